/* fact.h - the reading side of the view: facts of an object, its associations, runs that call at a place.
 *
 * One reader belongs to one thread. lb_facts_begin starts a snapshot; all reads until lb_facts_end see that moment.
 * Results live in the arena that was given, sorted by (occurred, event id), without superseded and retracted versions.
 *
 * A snapshot may have a budget. Over it every further read fails with TOO_BIG, and so does lb_facts_end. */
#ifndef KEEP_FACT_H
#define KEEP_FACT_H

#include "arena.h"
#include "base/keymap.h"
#include "landbridge/client/event.h"

typedef struct lb_facts lb_facts;

typedef struct lb_fact {
    const lb_event *event; /* hub_seq is its number in the journal */
} lb_fact;

typedef struct lb_fact_list {
    lb_fact *at;
    size_t count, room;
} lb_fact_list;

/* One association of a child. */
typedef struct lb_assoc_claim {
    lb_span child, parent, event_id, fact_key, source;
    lb_span sheet; /* of a list in several messages; see fact_sheet.h */
    int64_t occurred_us, reported_us, revision, milli_teu, ordinal;
    lb_assoc_action action;
    unsigned cover; /* LB_COVERS_CHILD, LB_COVERS_PARENT (base/effect.h): never 0 */
    lb_span party;  /* the sender, when one side is not covered */
} lb_assoc_claim;

typedef struct lb_assoc_claim_list {
    lb_assoc_claim *at;
    size_t count, room;
} lb_assoc_claim_list;

/* One position. */
typedef struct lb_fix {
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
/* Not OK: something could not be read, and the results are incomplete. */
lb_err lb_facts_end(lb_facts *facts);
int64_t lb_facts_applied(lb_facts *facts);

/* -- budget and memory of a snapshot ----------------------------------------------------------------------- */

typedef struct lb_budget { /* 0: no limit */
    /* A query, a row read, a stay or leg derived from it: equal on every machine for the same facts. */
    int64_t steps;
    int64_t us; /* processor time of the thread */
} lb_budget;

typedef enum lb_budget_part { LB_BUDGET_NONE, LB_BUDGET_STEPS, LB_BUDGET_TIME } lb_budget_part;

/* Limits the present snapshot; what was spent already counts. */
void lb_facts_limit(lb_facts *facts, const lb_budget *budget);
/* Work that a derivation does beside reading. False: the budget is used up, and it gives up with TOO_BIG. */
bool lb_facts_spend(lb_facts *facts, int64_t steps);
int64_t lb_facts_spent(const lb_facts *facts);       /* steps since the snapshot began */
lb_budget_part lb_facts_over(const lb_facts *facts); /* the part that is used up; NONE: none */

/* From now to the end of the snapshot lists read into this arena are cached and shared, so nobody may change them. Call
 * again after the arena was reset. */
void lb_facts_remember(lb_facts *facts, lb_arena *arena);
/* What a derivation remembers by key of object beside that; NULL: nothing is remembered in that arena. */
lb_keymap *lb_facts_notes(lb_facts *facts, const lb_arena *arena);

/* Facts about an object. */
lb_err lb_facts_of(lb_facts *facts, lb_span object, lb_arena *arena, lb_fact_list *list);
/* Reports about a thing (an object, or "resource:ID"): events that did not cover it, of one party or of all (NULL). The
 * event's cover tells which parts of it were covered. An object has reports as a subject, as a child and as a parent:
 * lb_effects tells which. */
lb_err lb_facts_reports(lb_facts *facts, lb_span object, const lb_span *party, lb_arena *arena,
                        lb_fact_list *list);
/* The newest reports of one party, at most `limit`, newest first; and how many there are. */
lb_err lb_facts_newest_reports(lb_facts *facts, lb_span object, lb_span party, size_t limit,
                               lb_arena *arena, lb_fact_list *list, int64_t *all);
/* Parties with a report about it. */
lb_err lb_facts_reporters(lb_facts *facts, lb_span object, lb_arena *arena, lb_key_list *parties);
bool lb_facts_is_reported(lb_facts *facts, lb_span object, const lb_span *party);
/* One report; *event is NULL when there is none. */
lb_err lb_facts_report(lb_facts *facts, lb_span object, const lb_assoc_claim *claim,
                       lb_arena *arena, const lb_event **event);
/* For an object without facts of a covering party: the next reads get these facts instead. Reads into an arena that
 * is not cached do not. */
void lb_facts_lend(lb_facts *facts, lb_span object, const lb_fact_list *facts_of,
                   const lb_assoc_claim_list *claims);
/* Facts about a capacity, by id; or the ids of a kind (UNSPECIFIED: every kind). */
lb_err lb_facts_of_resource(lb_facts *facts, lb_span id, lb_arena *arena, lb_fact_list *list);
lb_err lb_facts_resources(lb_facts *facts, lb_resource_kind kind, lb_arena *arena,
                          lb_key_list *ids);

/* A party may claim without limit that another's box is in its truck, so one-sided claims are cut at this number. */
enum { LB_ONE_SIDED_MAX = 1000 };
/* Claims about a child: covered by its side, or by both; the newest covered by the parent's side only, of one parent or
 * of all (NULL), at most LB_ONE_SIDED_MAX; complete lists of a parent (child and parent: the parent). */
lb_err lb_facts_claims(lb_facts *facts, lb_span child, lb_arena *arena, lb_assoc_claim_list *list);
lb_err lb_facts_one_sided(lb_facts *facts, lb_span child, const lb_span *parent, lb_arena *arena,
                          lb_assoc_claim_list *list);
bool lb_facts_has_one_sided(lb_facts *facts, lb_span child);
/* Has the parent's side ever claimed that the child is in it? */
bool lb_facts_is_content(lb_facts *facts, lb_span child, lb_span parent);
/* Does a complete list of a parent name the child? */
bool lb_facts_is_named(lb_facts *facts, lb_span child, const lb_assoc_claim *list);
lb_err lb_facts_complete(lb_facts *facts, lb_span parent, lb_arena *arena,
                         lb_assoc_claim_list *list);

/* Keys: all that ever was in a parent; terminals among these; objects linked with a reference; runs that call at a
 * place on days [from, until]; containers that moved at a place; objects with positions; all objects. */
lb_err lb_facts_contents(lb_facts *facts, lb_span parent, lb_arena *arena, lb_key_list *keys);
lb_err lb_facts_devices(lb_facts *facts, lb_span parent, lb_arena *arena, lb_key_list *keys);
lb_err lb_facts_linked(lb_facts *facts, lb_span reference, lb_arena *arena, lb_key_list *keys);
lb_err lb_facts_callers(lb_facts *facts, lb_span place, int64_t from_day, int64_t until_day,
                        lb_arena *arena, lb_key_list *keys);
lb_err lb_facts_yard(lb_facts *facts, lb_span place, lb_arena *arena, lb_key_list *keys);
lb_err lb_facts_yards(lb_facts *facts, lb_arena *arena, lb_key_list *places);
lb_err lb_facts_trackers(lb_facts *facts, lb_arena *arena, lb_key_list *keys);
lb_err lb_facts_objects(lb_facts *facts, lb_arena *arena, lb_key_list *keys);
/* Objects whose key has a prefix, in descending order: "train:X9023@" finds the runs of X9023, newest first. */
lb_err lb_facts_starting(lb_facts *facts, lb_span prefix, size_t limit, lb_arena *arena,
                         lb_key_list *keys);
/* Is there a fact, a claim of its own side, a content or a position of it? Reports do not count. */
bool lb_facts_is_known(lb_facts *facts, lb_span object);
/* Is the object linked with this reference, or (is_head) with one that has this prefix? */
bool lb_facts_is_linked(lb_facts *facts, lb_span object, lb_span reference, bool is_head);

/* The last valid position in [from, until]; NOT_FOUND when there is none. */
lb_err lb_facts_last_fix(lb_facts *facts, lb_span object, int64_t from_us, int64_t until_us,
                         lb_arena *arena, lb_fix *fix);

#endif
