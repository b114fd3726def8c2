/* derive.h - what every derived figure is made of.
 *
 *     facts of one snapshot + rules + the moment --> figure, in the arena
 *
 * A derived figure is one pure function of these and of what it is asked about: the same facts, rules and moment give
 * the same figure, whatever the order in which the facts came. Nothing is kept between two calls but what the snapshot
 * remembers for its question (lb_facts_remember). One thread: that of the facts. */
#ifndef TRACK_DERIVE_H
#define TRACK_DERIVE_H

#include "arena.h"
#include "keep/fact.h"
#include "track/rules.h"

typedef struct lb_derive {
    lb_facts *facts;       /* a snapshot was begun                                            */
    const lb_rules *rules; /* never NULL                                                      */
    int64_t now_us;        /* what is known and due at this moment; LB_OPEN - 1: all there is */
    lb_arena *arena;       /* of everything that is returned                                  */
} lb_derive;

#define LB_OPEN INT64_MAX /* end of what has not ended */

/* Is a moment further ahead than clocks of senders may differ? */
bool lb_derive_is_ahead(const lb_derive *d, int64_t at_us);

#endif
