/* derive.h - the input of every derived figure.
 *
 *     facts of one snapshot + rules + the moment --> figure, in the arena
 *
 * A derived figure is a pure function of these and of the object: the same facts, rules and moment give the same figure,
 * in whatever order the facts arrived. Nothing is kept between two calls except what the snapshot caches for one question
 * (lb_facts_remember). Belongs to the thread of `facts`. */
#ifndef TRACK_DERIVE_H
#define TRACK_DERIVE_H

#include "arena.h"
#include "keep/fact.h"
#include "track/rules.h"

typedef struct lb_derive {
    lb_facts *facts;       /* with a snapshot begun */
    const lb_rules *rules; /* never NULL */
    int64_t now_us;        /* the moment; LB_OPEN - 1: the end of time */
    lb_arena *arena;       /* results live here */
} lb_derive;

#define LB_OPEN INT64_MAX /* end of an interval that has not ended */

/* Is the time further in the future than rule ahead_us allows for differing clocks? */
bool lb_derive_is_ahead(const lb_derive *d, int64_t at_us);

#endif
