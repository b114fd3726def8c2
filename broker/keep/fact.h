/* fact.h - the reading side of the view: facts of an object, its associations, who calls at a place.
 *
 * One reader belongs to one thread. lb_facts_begin starts a snapshot; everything read until lb_facts_end is
 * of that moment. What is returned lives in the arena that was given, sorted by (occurred, event id), with
 * superseded versions and what was taken back left out already.
 *
 * A snapshot may have a budget. Over it every further read fails with TOO_BIG, and so does lb_facts_end. */
#ifndef KEEP_FACT_H
#define KEEP_FACT_H

#include "arena.h"
#include "base/keymap.h"
#include "landbridge/client/event.h"

typedef struct lb_facts lb_facts;

typedef struct lb_fact {
    const lb_event *event; /* hub_seq is the number in the journal */
} lb_fact;

typedef struct lb_fact_list {
    lb_fact *at;
    size_t count, room;
} lb_fact_list;

typedef struct lb_assoc_claim { /* one association of a child */
    lb_span child, parent, event_id, fact_key, source;
    lb_span sheet; /* of a list that comes in several messages; see fact_sheet.h */
    int64_t occurred_us, reported_us, revision, milli_teu, ordinal;
    lb_assoc_action action;
    unsigned cover; /* LB_COVERS_CHILD, LB_COVERS_PARENT (base/effect.h): never 0 */
    lb_span party;  /* the sender, where one side is not covered                   */
} lb_assoc_claim;

typedef struct lb_assoc_claim_list {
    lb_assoc_claim *at;
    size_t count, room;
} lb_assoc_claim_list;

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

/* -- budget and memory of a snapshot ----------------------------------------------------------------------- */

typedef struct lb_budget { /* 0: without limit */
    int64_t
        steps; /* a query, a row that it reads, a stay or a leg that is made of it: the same for the
                              same facts on every machine */
    int64_t us; /* processor time of the thread */
} lb_budget;

typedef enum lb_budget_part { LB_BUDGET_NONE, LB_BUDGET_STEPS, LB_BUDGET_TIME } lb_budget_part;

/* Of the snapshot that was begun; what was spent before counts. */
void lb_facts_limit(lb_facts *facts, const lb_budget *budget);
/* Work that a fold does beside reading. False: the budget is used up, the fold gives up with TOO_BIG. */
bool lb_facts_spend(lb_facts *facts, int64_t steps);
int64_t lb_facts_spent(const lb_facts *facts);       /* steps since the beginning    */
lb_budget_part lb_facts_over(const lb_facts *facts); /* what was used up; NONE: none */

/* From now until the end: what is read into this arena is read once and shared, so nobody changes a list. To be
 * called again after the arena was reset. */
void lb_facts_remember(lb_facts *facts, lb_arena *arena);
/* What a fold remembers by key of object beside that; NULL: nothing is remembered in that arena. */
lb_keymap *lb_facts_notes(lb_facts *facts, const lb_arena *arena);

/* What was said of an object. */
lb_err lb_facts_of(lb_facts *facts, lb_span object, lb_arena *arena, lb_fact_list *list);
/* What was said of a thing (an object, or "resource:ID") without cover of it, by one party or by all (NULL). The
 * event's cover tells what of it was covered. An object has reports as what an event is about, as a child and as
 * a parent: lb_effects tells which. */
lb_err lb_facts_reports(lb_facts *facts, lb_span object, const lb_span *party, lb_arena *arena,
                        lb_fact_list *list);
/* The newest of one party, at most `limit`, newest first; how many there are in all. */
lb_err lb_facts_newest_reports(lb_facts *facts, lb_span object, lb_span party, size_t limit,
                               lb_arena *arena, lb_fact_list *list, int64_t *all);
/* Parties that said something of it without cover. */
lb_err lb_facts_reporters(lb_facts *facts, lb_span object, lb_arena *arena, lb_key_list *parties);
bool lb_facts_is_reported(lb_facts *facts, lb_span object, const lb_span *party);
/* One report; NULL in *event when it is not there. */
lb_err lb_facts_report(lb_facts *facts, lb_span object, const lb_assoc_claim *claim,
                       lb_arena *arena, const lb_event **event);
/* Of an object of which no covered party has spoken: what reads it next gets these instead. What reads into another
 * arena than the one that is remembered does not. */
void lb_facts_lend(lb_facts *facts, lb_span object, const lb_fact_list *facts_of,
                   const lb_assoc_claim_list *claims);
/* What was said of a capacity, all of an id; or the ids of a kind (UNSPECIFIED: every kind). */
lb_err lb_facts_of_resource(lb_facts *facts, lb_span id, lb_arena *arena, lb_fact_list *list);
lb_err lb_facts_resources(lb_facts *facts, lb_resource_kind kind, lb_arena *arena,
                          lb_key_list *ids);

/* Claims about a child that its side covers, or both; the newest of those that only the parent's side covers, of one
 * parent or of all (NULL), at most LB_ONE_SIDED_MAX; where a parent's list was complete (child and parent: the
 * parent). */
enum {
    LB_ONE_SIDED_MAX = 1000
}; /* a party can say as often as it likes that a foreign box is in its truck */
lb_err lb_facts_claims(lb_facts *facts, lb_span child, lb_arena *arena, lb_assoc_claim_list *list);
lb_err lb_facts_one_sided(lb_facts *facts, lb_span child, const lb_span *parent, lb_arena *arena,
                          lb_assoc_claim_list *list);
bool lb_facts_has_one_sided(lb_facts *facts, lb_span child);
/* Did the parent's side ever say of this child that it is in it? */
bool lb_facts_is_content(lb_facts *facts, lb_span child, lb_span parent);
/* Does a complete list of a parent name the child? */
bool lb_facts_is_named(lb_facts *facts, lb_span child, const lb_assoc_claim *list);
lb_err lb_facts_complete(lb_facts *facts, lb_span parent, lb_arena *arena,
                         lb_assoc_claim_list *list);

/* Keys: what ever was in a parent; terminals among it; what a reference was named with; runs that call at a place on days
 * [from, until]; containers that moved at a place; objects with positions; every object there is. */
lb_err lb_facts_contents(lb_facts *facts, lb_span parent, lb_arena *arena, lb_key_list *keys);
lb_err lb_facts_devices(lb_facts *facts, lb_span parent, lb_arena *arena, lb_key_list *keys);
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
/* Has a covered party spoken of it: a fact, a claim of its own side, a content, a position? Reports are no knowledge. */
bool lb_facts_is_known(lb_facts *facts, lb_span object);
/* Is the object named with a reference that begins so (or is just this)? */
bool lb_facts_is_linked(lb_facts *facts, lb_span object, lb_span reference, bool is_head);

/* The last good position in [from, until]; NOT_FOUND when there is none. */
lb_err lb_facts_last_fix(lb_facts *facts, lb_span object, int64_t from_us, int64_t until_us,
                         lb_arena *arena, lb_fix *fix);

#endif
