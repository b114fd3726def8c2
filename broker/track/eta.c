/* eta.c - the estimated arrival: the last planned or expected ARRI or DLVR after what has happened. */
#include "track/figure.h"
#include "track/worth.h"

lb_err lb_track_eta(const lb_derive *d, const lb_track_basis *basis, lb_track *track)
{
    (void)d;
    (void)basis;
    for (size_t i = 0; i < track->milestones.count; i++) {
        const lb_milestone *one = &track->milestones.at[i];
        bool is_arrival = one->type == LB_EVENT_ARRI || one->type == LB_EVENT_DLVR;
        bool is_ahead =
            one->classifier != LB_CLASSIFIER_ACTUAL && one->occurred_us != LB_UNKNOWN &&
            (track->last_occurred_us == LB_UNKNOWN || one->occurred_us > track->last_occurred_us);
        if (!is_arrival || !is_ahead || lb_classifier_rank(one->classifier) < 2)
            continue;
        track->eta_us = one->occurred_us; /* milestones are sorted by time: the last one stays */
        track->eta_place = one->place_name.len > 0 ? one->place_name : one->place;
    }
    return LB_OK;
}
