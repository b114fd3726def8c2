/* counter.c - counters of doors and gates. */
#include "base/counter.h"

lb_counter_set *lb_counter_set_add(lb_arena *arena, lb_counter_set_list *sets, const char *kind,
                                   const char *name)
{
    if (!lb_arena_grow(arena, sets, sizeof *sets->at))
        return NULL;
    lb_counter_set *set = &sets->at[sets->count++];
    *set = (lb_counter_set){.kind = lb_span_of(kind), .name = lb_span_of(name)};
    return set;
}

void lb_counter_add(lb_arena *arena, lb_counter_set *set, const char *name, int64_t value)
{
    lb_counter_list *list = &set->counters;

    if (lb_arena_grow(arena, list, sizeof *list->at))
        list->at[list->count++] = (lb_counter){lb_span_of(name), value};
}
