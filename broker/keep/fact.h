/* fact.h - the reading side of the view: facts of an object, its associations, who calls at a place.
 *
 * One reader belongs to one thread. lb_facts_begin starts a snapshot; everything read until lb_facts_end is
 * of that moment. What is returned lives in the arena that was given, sorted by (occurred, event id), with
 * superseded versions and what was taken back left out already. */
#ifndef KEEP_FACT_H
#define KEEP_FACT_H

#include "arena.h"
#include "landbridge/event.h"

typedef struct lb_facts lb_facts;

typedef struct lb_fact {
    const lb_event *event; /* hub_seq is the number in the journal */
} lb_fact;

typedef struct lb_fact_list {
    lb_fact *at;
    size_t count, room;
} lb_fact_list;

typedef struct lb_claim { /* one association of a child */
    lb_span child, parent, event_id, nkey, source;
    lb_span sheet; /* of a list that comes in several messages; see fact_sheet.h */
    int64_t occurred_us, reported_us, revision, milli_teu, ordinal;
    lb_assoc_action action;
    unsigned cover; /* LB_COVERS_CHILD, LB_COVERS_PARENT (base/effect.h): never 0 */
    lb_span party;  /* the sender, where one side is not covered                   */
} lb_claim;

typedef struct lb_claim_list {
    lb_claim *at;
    size_t count, room;
} lb_claim_list;

typedef struct lb_fix { /* one position */
    int64_t occurred_us, lat_e7, lon_e7, flags;
    lb_fill fill;
    lb_span source;
} lb_fix;

typedef struct lb_key_list {
    lb_span *at;
    size_t count, room;
} lb_key_list;

lb_err lb_facts_open(lb_facts **facts, const char *path);
void lb_facts_close(lb_facts **facts);
lb_err lb_facts_begin(lb_facts *facts);
lb_err lb_facts_end(
    lb_facts *facts); /* not OK: something could not be read, and what was read is not all */
int64_t lb_facts_applied(lb_facts *facts);

/* What was said of an object. */
lb_err lb_facts_of(lb_facts *facts, lb_span object, lb_arena *arena, lb_fact_list *list);
/* What was said of a thing (an object, or "resource:ID") without cover of it, by one party or by all (NULL). The
 * event's cover tells what of it was covered. An object has reports as what an event is about, as a child and as
 * a parent: lb_effects tells which. */
lb_err lb_facts_reports(lb_facts *facts, lb_span object, const lb_span *party, lb_arena *arena,
                        lb_fact_list *list);
/* What was said of a capacity, all of an id; or the ids of a kind (UNSPECIFIED: every kind). */
lb_err lb_facts_of_resource(lb_facts *facts, lb_span id, lb_arena *arena, lb_fact_list *list);
lb_err lb_facts_resources(lb_facts *facts, lb_resource_kind kind, lb_arena *arena,
                          lb_key_list *ids);

/* Claims about a child; about where a parent's list was complete (child and parent: the parent). */
lb_err lb_facts_claims(lb_facts *facts, lb_span child, lb_arena *arena, lb_claim_list *list);
lb_err lb_facts_complete(lb_facts *facts, lb_span parent, lb_arena *arena, lb_claim_list *list);

/* Keys: what ever was in a parent; what a reference was named with; runs that call at a place on days
 * [from, until]; containers that moved at a place; objects with positions; every object there is. */
lb_err lb_facts_contents(lb_facts *facts, lb_span parent, lb_arena *arena, lb_key_list *keys);
lb_err lb_facts_linked(lb_facts *facts, lb_span reference, lb_arena *arena, lb_key_list *keys);
lb_err lb_facts_callers(lb_facts *facts, lb_span place, int64_t from_day, int64_t until_day,
                        lb_arena *arena, lb_key_list *keys);
lb_err lb_facts_yard(lb_facts *facts, lb_span place, lb_arena *arena, lb_key_list *keys);
lb_err lb_facts_yards(lb_facts *facts, lb_arena *arena, lb_key_list *places);
lb_err lb_facts_trackers(lb_facts *facts, lb_arena *arena, lb_key_list *keys);
lb_err lb_facts_objects(lb_facts *facts, lb_arena *arena, lb_key_list *keys);
/* Objects whose key begins with a text, newest first by key: "train:X9023@" finds the runs of X9023. */
lb_err lb_facts_starting(lb_facts *facts, lb_span prefix, size_t limit, lb_arena *arena,
                         lb_key_list *keys);
bool lb_facts_is_known(lb_facts *facts, lb_span object);

/* The last good position in [from, until]; NOT_FOUND when there is none. */
lb_err lb_facts_last_fix(lb_facts *facts, lb_span object, int64_t from_us, int64_t until_us,
                         lb_arena *arena, lb_fix *fix);

#endif
