/* fact.h - the reading side of the view: facts of an object, its associations, runs that call at a
 * place.
 *
 * A reader belongs to one thread. lb_facts_begin starts a snapshot; all reads until lb_facts_end
 * see the same state. Results are in the caller's arena, sorted by (occurred, event id), without
 * superseded and retracted versions.
 *
 * A snapshot may have a budget. When it is exceeded every further read fails with TOO_BIG, and so
 * does lb_facts_end. */
#ifndef KEEP_FACT_H
#define KEEP_FACT_H

#include "arena.h"
#include "base/keymap.h"
#include "landbridge/client/event.h"

typedef struct lb_facts lb_facts;

typedef struct lb_fact {
    const lb_event *event; /* event->hub_seq: its number in the journal */
} lb_fact;

typedef struct lb_fact_list {
    lb_fact *at;
    size_t count, room;
} lb_fact_list;

/* One statement that a child is, or is not, in a parent. */
typedef struct lb_assoc_claim {
    lb_span child, parent, event_id, fact_key, source;
    lb_span sheet; /* set when it is part of a list in several messages; see fact_sheet.h */
    int64_t occurred_us, reported_us, revision, milli_teu, ordinal;
    lb_assoc_action action;
    unsigned cover; /* LB_COVERS_CHILD, LB_COVERS_PARENT (base/effect.h): never 0 */
    lb_span party;  /* the sender; set when one side is not covered */
} lb_assoc_claim;

typedef struct lb_assoc_claim_list {
    lb_assoc_claim *at;
    size_t count, room;
} lb_assoc_claim_list;

/* One geographic position. */
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
/* An error: some read of the snapshot failed or exceeded the budget, so its results are
 * incomplete. */
lb_err lb_facts_end(lb_facts *facts);
int64_t lb_facts_applied(lb_facts *facts); /* newest journal number in the view */

/* -- budget and memory of a snapshot ----------------------------------------------------------- */

typedef struct lb_budget { /* 0: no limit */
    /* One step is a statement, a row read, or a stay or leg derived. The same facts cost the same
     * on every machine. */
    int64_t steps;
    int64_t us; /* processor time of the thread */
} lb_budget;

typedef enum lb_budget_part { LB_BUDGET_NONE, LB_BUDGET_STEPS, LB_BUDGET_TIME } lb_budget_part;

/* Sets the budget of the present snapshot; steps already spent count. */
void lb_facts_limit(lb_facts *facts, const lb_budget *budget);
/* Counts steps of a derivation that are not reads. False: the budget is used up; the derivation
 * must return TOO_BIG. */
bool lb_facts_spend(lb_facts *facts, int64_t steps);
int64_t lb_facts_spent(const lb_facts *facts);       /* steps since the snapshot began */
lb_budget_part lb_facts_over(const lb_facts *facts); /* which limit was exceeded */

/* Until the end of the snapshot, caches the lists that are read into this arena. Cached lists are
 * shared and must not be changed. Call it again after the arena was reset. */
void lb_facts_remember(lb_facts *facts, lb_arena *arena);
/* A map by object key for results that derivations cache; NULL: this arena is not cached. */
lb_keymap *lb_facts_notes(lb_facts *facts, const lb_arena *arena);

/* Facts about an object that its sender's cover includes. */
lb_err lb_facts_of(lb_facts *facts, lb_span object, lb_arena *arena, lb_fact_list *list);
/* Third-party reports about a thing (an object, or "resource:ID"): events whose cover does not
 * include it, from one party or from all (NULL). event->cover says which parts of the event are
 * covered. An object has reports as a subject, as a child and as a parent; lb_effects distinguishes
 * them. */
lb_err lb_facts_reports(lb_facts *facts, lb_span object, const lb_span *party, lb_arena *arena,
                        lb_fact_list *list);
/* The newest reports of one party, at most `limit`, newest first. *all: how many rows of reports it
 * has, superseded and retracted ones included. */
lb_err lb_facts_newest_reports(lb_facts *facts, lb_span object, lb_span party, size_t limit,
                               lb_arena *arena, lb_fact_list *list, int64_t *all);
/* The parties that have reported about an object. */
lb_err lb_facts_reporters(lb_facts *facts, lb_span object, lb_arena *arena, lb_key_list *parties);
bool lb_facts_is_reported(lb_facts *facts, lb_span object, const lb_span *party);
/* The report behind a claim; *event is NULL when there is none. */
lb_err lb_facts_report(lb_facts *facts, lb_span object, const lb_assoc_claim *claim,
                       lb_arena *arena, const lb_event **event);
/* Caches facts and claims for an object: further reads of it into the cached arena return these and
 * do not read the view. For an object without facts of a covering party. */
void lb_facts_lend(lb_facts *facts, lb_span object, const lb_fact_list *facts_of,
                   const lb_assoc_claim_list *claims);
/* Facts about a capacity, by id; and the ids of all capacities of a kind (UNSPECIFIED: of every
 * kind). */
lb_err lb_facts_of_resource(lb_facts *facts, lb_span id, lb_arena *arena, lb_fact_list *list);
lb_err lb_facts_resources(lb_facts *facts, lb_resource_kind kind, lb_arena *arena,
                          lb_key_list *ids);

/* Limit of one-sided claims in one read: a party can send any number of claims that another's box
 * is in its truck. */
enum { LB_ONE_SIDED_MAX = 1000 };
/* Claims about a child whose sender covers the child or both sides. */
lb_err lb_facts_claims(lb_facts *facts, lb_span child, lb_arena *arena, lb_assoc_claim_list *list);
/* Claims about a child whose sender covers only the parent, of one parent or of all (NULL): the
 * newest, at most LB_ONE_SIDED_MAX + 1, so that the caller sees that there are more. */
lb_err lb_facts_one_sided(lb_facts *facts, lb_span child, const lb_span *parent, lb_arena *arena,
                          lb_assoc_claim_list *list);
bool lb_facts_has_one_sided(lb_facts *facts, lb_span child);
/* True when a sender that covers the parent has ever claimed that the child is in it. */
bool lb_facts_is_content(lb_facts *facts, lb_span child, lb_span parent);
/* True when this complete list of a parent (from lb_facts_complete) names the child. */
bool lb_facts_is_named(lb_facts *facts, lb_span child, const lb_assoc_claim *list);
/* Complete lists of a parent: in each claim child and parent are both the parent. */
lb_err lb_facts_complete(lb_facts *facts, lb_span parent, lb_arena *arena,
                         lb_assoc_claim_list *list);

/* Keys, sorted. contents: children that a parent ever had; devices: the terminals among these;
 * linked: objects linked with a reference; callers: runs that call at a place on days [from, until]
 * (days since 1970, UTC); yard: containers that moved at a place; yards: places with such
 * containers; trackers: objects with positions; objects: all objects. */
lb_err lb_facts_contents(lb_facts *facts, lb_span parent, lb_arena *arena, lb_key_list *keys);
lb_err lb_facts_devices(lb_facts *facts, lb_span parent, lb_arena *arena, lb_key_list *keys);
lb_err lb_facts_linked(lb_facts *facts, lb_span reference, lb_arena *arena, lb_key_list *keys);
lb_err lb_facts_callers(lb_facts *facts, lb_span place, int64_t from_day, int64_t until_day,
                        lb_arena *arena, lb_key_list *keys);
lb_err lb_facts_yard(lb_facts *facts, lb_span place, lb_arena *arena, lb_key_list *keys);
lb_err lb_facts_yards(lb_facts *facts, lb_arena *arena, lb_key_list *places);
lb_err lb_facts_trackers(lb_facts *facts, lb_arena *arena, lb_key_list *keys);
lb_err lb_facts_objects(lb_facts *facts, lb_arena *arena, lb_key_list *keys);
/* Objects whose key has a prefix, in descending order: "train:X9023@" finds the runs of X9023,
 * newest first. */
lb_err lb_facts_starting(lb_facts *facts, lb_span prefix, size_t limit, lb_arena *arena,
                         lb_key_list *keys);
/* True when the object has a fact, a claim of its own side, a content or a position. Reports do not
 * count. */
bool lb_facts_is_known(lb_facts *facts, lb_span object);
/* True when the object is linked with this reference, or (is_head) with one that has this
 * prefix. */
bool lb_facts_is_linked(lb_facts *facts, lb_span object, lb_span reference, bool is_head);

/* The last position with coordinates in [from, until]. NOT_FOUND: there is none. */
lb_err lb_facts_last_fix(lb_facts *facts, lb_span object, int64_t from_us, int64_t until_us,
                         lb_arena *arena, lb_fix *fix);

#endif
