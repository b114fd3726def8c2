/* cycle.h - the uses of a container: each journey of goods in it is a track of its own.
 *
 * A cycle opens at the empty pick-up (GTOT or PICK, empty), at STUF, at the first laden event after an
 * empty one; it closes at STRP, at the empty return, or when nothing was heard for CYCLE_GAP. */
#ifndef FOLD_CYCLE_H
#define FOLD_CYCLE_H

#include "keep/fact.h"

typedef struct lb_cycle {
    int64_t from_us, until_us; /* [from, until) */
    int64_t number, count;
} lb_cycle;

/* The cycle of that number, or the last one for 0. Facts are sorted by time. */
lb_cycle lb_fold_cycle(const lb_fact_list *facts, int64_t number);

#endif
