/* stay.h - what was in what, from when until when.
 *
 * A pure fold of sorted claims: the same claims in any order of arrival give the same stays. */
#ifndef TRACK_STAY_H
#define TRACK_STAY_H

#include "base/key.h"
#include "keep/fact.h"

#define LB_OPEN INT64_MAX /* until_us of a stay that has not ended */

typedef struct lb_nesting { /* child was in parent, [from_us, until_us) */
    lb_span parent, child, source;
    int64_t from_us, until_us;
    int64_t milli_teu, ordinal;
    int depth; /* 0: the object itself in parent; 1: its parent in a grandparent; ... */
    size_t
        via; /* of lb_track_nestings: number of the hold, from 1, whose parent the child is; 0: the object itself */
    bool
        is_agreed; /* the parent's side says so too: what it carries, and what it does is the child's as well */
    const lb_assoc_claim *
        handover; /* that stands by the parent's side alone, see handover.h; NULL: by the child's */
    const lb_assoc_claim
        *waybill; /* of the parent's side alone, that tells where the ride goes; NULL: none */
} lb_nesting;

typedef struct lb_nesting_list {
    lb_nesting *at;
    size_t count, room;
} lb_nesting_list;

/* The stays of one object, by start. */
lb_err lb_track_stays(lb_facts *facts, lb_span object, lb_arena *arena, lb_nesting_list *stays);

/* The stays of an object and of what it was in, over all levels, cut to [from_us, until_us). Each object on the way
 * is entered once for each moment, whatever the number of ways that lead there; what would lead back is left out. */
lb_err lb_track_nestings(lb_facts *facts, lb_span object, int64_t from_us, int64_t until_us,
                         lb_arena *arena, lb_nesting_list *nestings);

/* What is in a parent at a moment, and in that, and so on; sorted by key, each key once. */
lb_err lb_track_load(lb_facts *facts, lb_span parent, int64_t at_us, lb_arena *arena,
                     lb_key_list *keys);

#endif
