/* cycle.c - cuts a container's facts into its uses. */
#include "track/cycle.h"

typedef struct use { /* state of the open cycle */
    bool was_laden, was_empty, is_closed;
    int64_t last_us;
} use;

static bool opens(const lb_derive *d, const use *before, const lb_event *event)
{
    bool is_empty = event->cond.fill == LB_FILL_EMPTY;
    if (before->last_us == LB_UNKNOWN)
        return false; /* the first cycle is open from the beginning */
    if (event->occurred.utc_us - before->last_us > d->rules->cycle_gap_us || before->is_closed)
        return true;
    return (event->type == LB_EVENT_GTOT || event->type == LB_EVENT_PICK) && is_empty &&
           before->was_laden;
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

static void open_cycle(lb_cycle_list *cycles, int64_t from_us, lb_arena *arena)
{
    if (!lb_arena_grow(arena, cycles, sizeof *cycles->at))
        return;
    if (cycles->count > 0)
        cycles->at[cycles->count - 1].until_us = from_us;
    cycles->at[cycles->count] = (lb_cycle){from_us, INT64_MAX, (int64_t)cycles->count + 1, 0};
    cycles->count++;
}

lb_err lb_track_cycles(const lb_derive *d, const lb_fact_list *said, lb_cycle_list *cycles)
{
    use now = {.last_us = LB_UNKNOWN};
    *cycles = (lb_cycle_list){0};
    open_cycle(cycles, INT64_MIN, d->arena);
    for (size_t i = 0; i < said->count; i++) {
        const lb_event *event = said->at[i].event;
        if (!counts(event))
            continue;
        if (opens(d, &now, event)) {
            open_cycle(cycles, event->occurred.utc_us, d->arena);
            now = (use){.last_us = LB_UNKNOWN};
        }
        now.was_laden =
            now.was_laden || event->cond.fill == LB_FILL_LADEN || event->type == LB_EVENT_STUF;
        now.is_closed = closes(&now, event);
        now.last_us = event->occurred.utc_us;
    }
    for (size_t i = 0; i < cycles->count; i++)
        cycles->at[i].count = (int64_t)cycles->count;
    return lb_arena_failed(d->arena) ? LB_ERR_NO_MEMORY : LB_OK;
}
