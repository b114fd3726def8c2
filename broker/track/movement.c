/* movement.c - when a conveyance left or reached a place. */
#include "track/movement.h"

#include "base/key.h"
#include "record.h"
#include "track/figure.h"
#include "track/milestone.h"
#include "track/worth.h"

void lb_times_note(lb_times *times, lb_classifier classifier, int64_t us)
{
    if (classifier == LB_CLASSIFIER_ACTUAL)
        times->actual_us = us;
    else if (classifier == LB_CLASSIFIER_ESTIMATED || classifier == LB_CLASSIFIER_EXPECTED)
        times->estimated_us = us;
    else if (classifier == LB_CLASSIFIER_PLANNED)
        times->planned_us = us;
}

void lb_times_note_milestone(lb_times *times, const lb_milestone *milestone)
{
    for (size_t i = milestone->losers.count; i > 0; i--) {
        const lb_loss *loss = &milestone->losers.at[i - 1];
        if (loss->classifier != milestone->classifier)
            lb_times_note(times, loss->classifier, loss->occurred_us);
    }
    lb_times_note(times, milestone->classifier, milestone->occurred_us);
}

/* The preferred claims so far. */
typedef enum claim { PLANNED, ESTIMATED, ACTUAL, CLAIMS } claim;

typedef struct preferred {
    lb_worth of[CLAIMS];
    bool is_in_conflict;
} preferred;

static claim claim_of(lb_classifier classifier)
{
    switch (classifier) {
    case LB_CLASSIFIER_ACTUAL:
        return ACTUAL;
    case LB_CLASSIFIER_ESTIMATED:
    case LB_CLASSIFIER_EXPECTED:
        return ESTIMATED;
    case LB_CLASSIFIER_PLANNED:
        return PLANNED;
    default:
        return CLAIMS;
    }
}

static void weigh(const lb_derive *d, const lb_event *event, preferred *so_far)
{
    claim which = claim_of(event->classifier);
    if (which == CLAIMS)
        return;
    lb_worth worth = lb_worth_of(event), *best = &so_far->of[which];
    if (best->event != NULL && which == ACTUAL &&
        lb_milestones_are_apart(d->rules, best->event, event))
        so_far->is_in_conflict = true;
    if (best->event == NULL || lb_worth_compare(&worth, best) < 0)
        *best = worth;
}

static bool is_of(const lb_derive *d, const lb_event *event, lb_event_type type, lb_span place)
{
    return event->type == type && event->occurred.utc_us != LB_UNKNOWN &&
           lb_span_equal(lb_key_of_place(&event->place, d->arena), place);
}

/* Actual claims in conflict give several milestones. This is rare, so milestones are derived only then. */
static lb_err note_conflict(const lb_derive *d, lb_span object, const lb_fact_list *own,
                            lb_event_type type, lb_span place, lb_times *times)
{
    lb_track_basis basis = {0};
    lb_track track;
    lb_record_init(&lb_record_track, &track);
    for (size_t i = 0; i < own->count; i++)
        if (is_of(d, own->at[i].event, type, place))
            lb_track_tell(d->arena, &basis.entries, own->at[i].event, object, -1);
    lb_err err = lb_track_milestones(d, &basis, &track);
    if (err == LB_OK && track.milestones.count > 0)
        lb_times_note_milestone(times, type == LB_EVENT_DEPA
                                           ? &track.milestones.at[0]
                                           : &track.milestones.at[track.milestones.count - 1]);
    return err;
}

lb_err lb_track_movement(const lb_derive *d, lb_span object, const lb_fact_list *own,
                         lb_event_type type, lb_span place, lb_times *times)
{
    preferred so_far = {0};
    for (size_t i = 0; i < own->count; i++)
        if (is_of(d, own->at[i].event, type, place))
            weigh(d, own->at[i].event, &so_far);
    if (so_far.is_in_conflict)
        return note_conflict(d, object, own, type, place, times);
    for (int i = 0; i < CLAIMS; i++)
        if (so_far.of[i].event != NULL)
            lb_times_note(times, so_far.of[i].event->classifier,
                          lb_milestone_time(so_far.of[i].event));
    return LB_OK;
}
