/* counter.h - counters of doors and gates in the answer to FEEDS: names and numbers, no text.
 *
 * In the arena; when that is used up counters are missing, and lb_arena_failed is true. */
#ifndef BASE_COUNTER_H
#define BASE_COUNTER_H

#include "arena.h"
#include "landbridge/client/answer.h"

/* `kind` ("door" or "gate") and `name` are static strings. NULL: no memory; valid until the next call. */
lb_counter_set *lb_counter_set_add(lb_arena *arena, lb_counter_set_list *sets, const char *kind,
                                   const char *name);
void lb_counter_add(lb_arena *arena, lb_counter_set *set, const char *name, int64_t value);

#endif
