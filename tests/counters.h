/* counters.h - what a door or a gate of a hub has counted, out of the answer to FEEDS. */
#ifndef TESTS_COUNTERS_H
#define TESTS_COUNTERS_H

#include "landbridge/client/answer.h"

static inline int64_t counter_of(const lb_counter_set *set, const char *word)
{
    for (size_t i = 0; i < set->counters.count; i++)
        if (lb_span_is(set->counters.at[i].name, word))
            return set->counters.at[i].value;
    return LB_UNKNOWN;
}

/* "door", "intake", "refused"; LB_UNKNOWN: there is none. */
static inline int64_t counted_in(const lb_answer *answer, const char *kind, const char *name,
                                 const char *word)
{
    for (size_t i = 0; i < answer->feeds.counter_sets.count; i++) {
        const lb_counter_set *set = &answer->feeds.counter_sets.at[i];
        if (lb_span_is(set->kind, kind) && lb_span_is(set->name, name))
            return counter_of(set, word);
    }
    return LB_UNKNOWN;
}

#endif
