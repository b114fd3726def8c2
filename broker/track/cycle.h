/* cycle.h - the uses of a container: each journey of goods in it is a track of its own.
 *
 * A cycle opens at the empty pick-up (GTOT or PICK, empty) after a laden event, and at the first event after one that
 * closes: STRP, the empty return, or silence (rule cycle_gap_us). Stuffing alone opens none: several consignments may be
 * stuffed into one box. */
#ifndef TRACK_CYCLE_H
#define TRACK_CYCLE_H

#include "track/derive.h"

typedef struct lb_cycle {
    int64_t from_us, until_us; /* [from, until) */
    int64_t number, count;
} lb_cycle;

typedef struct lb_cycle_list { /* at least one, sorted by time, without gaps */
    lb_cycle *at;
    size_t count, room;
} lb_cycle_list;

/* The uses of a container by its facts, which are sorted by time. Without facts: one use, without limits. */
lb_err lb_track_cycles(const lb_derive *d, const lb_fact_list *said, lb_cycle_list *cycles);

#endif
