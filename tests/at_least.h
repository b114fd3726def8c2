/* at_least.h - a question of a test that is to see what was written before. */
#ifndef TESTS_AT_LEAST_H
#define TESTS_AT_LEAST_H

#include "landbridge/client/answer.h"

/* LB_UNKNOWN: nothing. Good until this thread's next one. */
static inline void ask_at_least(lb_query *query, int64_t seq)
{
    static _Thread_local lb_position_entry one;

    one = lb_position_plain(seq);
    query->at_least = (lb_position){{&one, seq != LB_UNKNOWN, 1}};
}

#endif
