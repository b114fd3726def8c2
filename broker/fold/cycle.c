/* cycle.c - cuts a container's facts into its uses. */
#include "fold/cycle.h"

#include "landbridge/time.h"

#define CYCLE_GAP (45 * LB_DAY_US)

typedef struct use { /* what is known while walking */
    bool was_laden, was_empty, is_closed;
    int64_t last_us;
} use;

static bool opens(const use *before, const lb_event *event)
{
    bool is_empty = event->cond.fill == LB_FILL_EMPTY;
    if (before->last_us == LB_UNKNOWN)
        return false; /* the first one is open already */
    if (event->occurred.utc_us - before->last_us > CYCLE_GAP || before->is_closed)
        return true;
    if ((event->type == LB_EVENT_GTOT || event->type == LB_EVENT_PICK) && is_empty &&
        before->was_laden)
        return true;
    return event->type == LB_EVENT_STUF && before->was_laden;
}

static bool closes(const use *now, const lb_event *event)
{
    bool is_empty = event->cond.fill == LB_FILL_EMPTY;
    if (event->type == LB_EVENT_STRP)
        return true;
    return (event->type == LB_EVENT_GTIN || event->type == LB_EVENT_DROP) && is_empty &&
           now->was_laden;
}

static bool counts(const lb_event *event)
{
    return event->classifier == LB_CLASSIFIER_ACTUAL && event->occurred.utc_us != LB_UNKNOWN;
}

lb_cycle lb_fold_cycle(const lb_fact_list *facts, int64_t number)
{
    use now = {.last_us = LB_UNKNOWN};
    lb_cycle cycle = {.from_us = INT64_MIN, .until_us = INT64_MAX, .number = 1, .count = 1};
    lb_cycle wanted = cycle;
    for (size_t i = 0; i < facts->count; i++) {
        const lb_event *event = facts->at[i].event;
        if (!counts(event))
            continue;
        if (opens(&now, event)) {
            cycle.until_us = event->occurred.utc_us;
            if (cycle.number == number)
                wanted = cycle;
            cycle = (lb_cycle){event->occurred.utc_us, INT64_MAX, cycle.number + 1, 0};
            now = (use){.last_us = LB_UNKNOWN};
        }
        now.was_laden =
            now.was_laden || event->cond.fill == LB_FILL_LADEN || event->type == LB_EVENT_STUF;
        now.is_closed = closes(&now, event);
        now.last_us = event->occurred.utc_us;
    }
    if (number == 0 || number == cycle.number)
        wanted = cycle;
    wanted.count = cycle.number;
    return wanted;
}
