/* counter.h - counters of doors and gates, as they leave in the answer to FEEDS: names and numbers, no text.
 *
 * Memory is the arena's; where that is used up, what does not fit is missing and lb_arena_failed says so. */
#ifndef BASE_COUNTER_H
#define BASE_COUNTER_H

#include "arena.h"
#include "landbridge/answer.h"

/* Names live for ever. `kind` is "door" or "gate". NULL: no memory; good until the next call. */
lb_counter_set *lb_counter_set_add(lb_arena *arena, lb_counter_set_list *sets, const char *kind,
                                   const char *name);
void lb_counter_add(lb_arena *arena, lb_counter_set *set, const char *name, int64_t value);

#endif
