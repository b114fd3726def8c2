/* stay.h - stays: which object was in which parent, from when until when.
 *
 * A pure function of claims: the order in which they arrived does not change the stays. */
#ifndef TRACK_STAY_H
#define TRACK_STAY_H

#include "base/key.h"
#include "track/derive.h"

/* The child was in the parent during [from_us, until_us); LB_OPEN: it still is. */
typedef struct lb_nesting {
    lb_span parent, child, source;
    int64_t from_us, until_us;
    int64_t milli_teu, ordinal;
    int depth; /* 0: the object itself in parent; 1: its parent in a grandparent; ... */
    /* Set by lb_track_nestings: number, from 1, of the stay whose parent is this child; 0: the child is the object. */
    size_t via;
    /* Confirmed by the parent's side: the parent's movements and position apply to the child. */
    bool is_agreed;
    /* The claim when only the parent's side makes it (handover.h); NULL: the child's side makes it. */
    const lb_assoc_claim *handover;
    /* A claim of the parent's side whose event may name origin and destination of the ride; NULL: none. */
    const lb_assoc_claim *waybill;
} lb_nesting;

typedef struct lb_nesting_list {
    lb_nesting *at;
    size_t count, room;
} lb_nesting_list;

/* The stays of one object, by start; cached for the snapshot. TOO_BIG: the budget is used up. */
lb_err lb_track_stays(const lb_derive *d, lb_span object, lb_nesting_list *stays);

#endif
