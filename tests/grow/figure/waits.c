/* waits.c - an exception while a cargo stands at a border: the example of a derived figure, one row of figures.def and
 * this function. */
#include "record.h"
#include "track/figure.h"

lb_err lb_track_waits(const lb_derive *d, const lb_track_basis *basis, lb_track *track)
{
    (void)basis;
    if (track->status != LB_CARGO_STATUS_AT_BORDER ||
        !lb_arena_grow(d->arena, &track->exceptions, sizeof *track->exceptions.at))
        return LB_OK;
    lb_track_exception *one = &track->exceptions.at[track->exceptions.count++];
    lb_record_init(&lb_record_track_exception, one);
    one->type = LB_EVENT_DWEL;
    one->rule = LB_SPAN("WAITS");
    one->since_us = track->last_occurred_us;
    one->object = track->object;
    one->source = LB_SPAN("hub");
    return LB_OK;
}
