/* exception.c - exceptions of a track: reported ones, until a later event ends them, and those that only time shows. */
#include "record.h"
#include "track/figure.h"

/* -- reported -------------------------------------------------------------------------------------------------- */

static bool opens_exception(lb_event_type type)
{
    return lb_event_type_family(type) == LB_FAMILY_EXCEPTION || type == LB_EVENT_STOP ||
           type == LB_EVENT_HOLD || type == LB_EVENT_HELD || type == LB_EVENT_ALRM ||
           type == LB_EVENT_DLVF;
}

/* The kind of event that ends an exception. */
typedef enum closing {
    BY_MOVING,
    BY_CUSTOMS,
    BY_RELEASE,
    BY_FINDING,
    BY_GOING_ON,
    BY_DELIVERY,
    CLOSINGS
} closing;

static closing closing_of(lb_event_type open)
{
    switch (open) {
    case LB_EVENT_STOP:
        return BY_MOVING;
    case LB_EVENT_HOLD:
        return BY_CUSTOMS;
    case LB_EVENT_HELD:
        return BY_RELEASE;
    case LB_EVENT_LOST:
        return BY_FINDING;
    case LB_EVENT_DLAY:
    case LB_EVENT_BRKD:
        return BY_GOING_ON;
    default:
        return BY_DELIVERY;
    }
}

static bool closes(lb_event_type type, closing how)
{
    bool goes_on = type == LB_EVENT_RESU || type == LB_EVENT_DEPA || type == LB_EVENT_ARRI;
    switch (how) {
    case BY_MOVING:
        return goes_on || type == LB_EVENT_PASS;
    case BY_CUSTOMS:
        return type == LB_EVENT_CUSR;
    case BY_RELEASE:
        return type == LB_EVENT_RLSD;
    case BY_FINDING:
        return type == LB_EVENT_FOND;
    case BY_GOING_ON:
        return goes_on;
    default:
        return type == LB_EVENT_DLVR;
    }
}

static void add_exception(const lb_derive *d, lb_event_type type, int64_t since_us,
                          lb_track_exception **added, lb_track *track)
{
    *added = NULL;
    if (!lb_arena_grow(d->arena, &track->exceptions, sizeof *track->exceptions.at))
        return;
    lb_track_exception *one = &track->exceptions.at[track->exceptions.count++];
    lb_record_init(&lb_record_track_exception, one);
    one->type = type;
    one->since_us = since_us;
    *added = one;
}

static void add_reported(const lb_derive *d, const lb_milestone *open, lb_track *track)
{
    lb_track_exception *one;
    add_exception(d, open->type, open->occurred_us, &one, track);
    if (one == NULL)
        return;
    one->rule = open->raw_code;
    one->text = open->raw_text;
    one->object = open->object;
    one->source = open->source;
}

/* Time of the last event of each kind; LB_UNKNOWN: none. */
static void find_closings(const lb_milestone_list *milestones, int64_t closed_us[CLOSINGS])
{
    for (int how = 0; how < CLOSINGS; how++)
        closed_us[how] = LB_UNKNOWN;
    for (size_t i = 0; i < milestones->count; i++) {
        const lb_milestone *one = &milestones->at[i];
        for (int how = 0; how < CLOSINGS; how++)
            if (one->classifier == LB_CLASSIFIER_ACTUAL && closes(one->type, (closing)how) &&
                one->occurred_us > closed_us[how])
                closed_us[how] = one->occurred_us;
    }
}

lb_err lb_track_exceptions(const lb_derive *d, const lb_track_basis *basis, lb_track *track)
{
    int64_t closed_us[CLOSINGS];
    (void)basis;
    find_closings(&track->milestones, closed_us);
    for (size_t i = 0; i < track->milestones.count; i++) {
        const lb_milestone *open = &track->milestones.at[i];
        if (open->classifier == LB_CLASSIFIER_ACTUAL && opens_exception(open->type) &&
            closed_us[closing_of(open->type)] <= open->occurred_us)
            add_reported(d, open, track);
    }
    return LB_OK;
}

/* -- by the clock -------------------------------------------------------------------------------------------- */

static void add_overdue(const lb_derive *d, lb_event_type type, lb_span rule, lb_track *track)
{
    lb_track_exception *one;
    add_exception(d, type, track->last_occurred_us, &one, track);
    if (one == NULL)
        return;
    one->rule = rule;
    one->object = track->object;
    one->source = LB_SPAN("hub");
}

static bool is_older(const lb_derive *d, int64_t at_us, int64_t limit_us)
{
    return limit_us != LB_UNKNOWN && d->now_us - at_us > limit_us;
}

lb_err lb_track_overdue(const lb_derive *d, const lb_track_basis *basis, lb_track *track)
{
    bool is_over =
        track->status == LB_CARGO_STATUS_DELIVERED || track->status == LB_CARGO_STATUS_CANCELLED;
    bool is_standing =
        track->status == LB_CARGO_STATUS_IN_TERMINAL || track->status == LB_CARGO_STATUS_AT_BORDER;
    (void)basis;
    if (is_over || track->last_occurred_us == LB_UNKNOWN)
        return LB_OK;
    if (is_standing && is_older(d, track->last_occurred_us, d->rules->dwell_us))
        add_overdue(d, LB_EVENT_DWEL, LB_SPAN("DWELL"), track);
    if (!is_standing && is_older(d, track->last_occurred_us, d->rules->silence_us))
        add_overdue(d, LB_EVENT_SILN, LB_SPAN("SILENCE"), track);
    return LB_OK;
}
