/* stay.h - what was in what, from when until when.
 *
 * A pure function of sorted claims: the same claims in any order of arrival give the same stays. */
#ifndef TRACK_STAY_H
#define TRACK_STAY_H

#include "base/key.h"
#include "track/derive.h"

/* The child was in the parent, [from_us, until_us); LB_OPEN: it still is. */
typedef struct lb_nesting {
    lb_span parent, child, source;
    int64_t from_us, until_us;
    int64_t milli_teu, ordinal;
    int depth; /* 0: the object itself in parent; 1: its parent in a grandparent; ... */
    /* Of lb_track_nestings: number of the stay, from 1, whose parent the child is; 0: the object itself. */
    size_t via;
    /* The parent's side says so too: what it carries, and what it does is the child's as well. */
    bool is_agreed;
    /* It stands by the parent's side alone, see handover.h; NULL: by the child's. */
    const lb_assoc_claim *handover;
    /* Of the parent's side alone, tells where the ride goes; NULL: none. */
    const lb_assoc_claim *waybill;
} lb_nesting;

typedef struct lb_nesting_list {
    lb_nesting *at;
    size_t count, room;
} lb_nesting_list;

/* When one object was in what, by start. Derived once for each object and question. */
lb_err lb_track_stays(const lb_derive *d, lb_span object, lb_nesting_list *stays);

#endif
