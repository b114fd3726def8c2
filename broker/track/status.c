/* status.c - where a cargo is: status, last place, pieces.
 *
 * The status follows from the last actual milestone that changes it, and from open stays. An actual claim of a time in the
 * future changes nothing. */
#include "base/key.h"
#include "landbridge/client/place.h"
#include "track/figure.h"

static lb_cargo_status riding(lb_mode mode)
{
    switch (mode) {
    case LB_MODE_AIR:
        return LB_CARGO_STATUS_IN_AIR;
    case LB_MODE_ROAD:
        return LB_CARGO_STATUS_ON_ROAD;
    case LB_MODE_RAIL:
        return LB_CARGO_STATUS_ON_RAIL;
    default:
        return LB_CARGO_STATUS_UNDER_WAY;
    }
}

static bool is_border(const lb_milestone *milestone)
{
    const lb_place_entry *place = lb_place_by_key(milestone->place);
    return place != NULL && place->ftype == LB_FACILITY_BRDR;
}

/* UNSPECIFIED: the milestone does not change the status. */
static lb_cargo_status status_after(const lb_milestone *milestone)
{
    switch (milestone->type) {
    case LB_EVENT_BKDC:
        return LB_CARGO_STATUS_BOOKED;
    case LB_EVENT_BKCX:
    case LB_EVENT_CANC:
        return LB_CARGO_STATUS_CANCELLED;
    case LB_EVENT_ACPT:
    case LB_EVENT_ONHD:
        return LB_CARGO_STATUS_AT_ORIGIN;
    case LB_EVENT_PICK:
        return LB_CARGO_STATUS_ON_ROAD;
    case LB_EVENT_GTIN:
    case LB_EVENT_DISC:
    case LB_EVENT_STOR:
    case LB_EVENT_RCVD:
    case LB_EVENT_LOAD:
    case LB_EVENT_STUF:
    case LB_EVENT_STRP:
    case LB_EVENT_YMOV:
    case LB_EVENT_TFIN:
    case LB_EVENT_TFOU:
        return LB_CARGO_STATUS_IN_TERMINAL;
    case LB_EVENT_GTOT:
        return LB_CARGO_STATUS_ON_ROAD;
    case LB_EVENT_DEPA:
    case LB_EVENT_PASS:
    case LB_EVENT_RESU:
        return riding(milestone->mode);
    case LB_EVENT_CROS:
    case LB_EVENT_GAUG:
        return LB_CARGO_STATUS_AT_BORDER;
    case LB_EVENT_ARRI:
        return milestone->mode == LB_MODE_AIR ? LB_CARGO_STATUS_IN_TERMINAL
               : is_border(milestone)         ? LB_CARGO_STATUS_AT_BORDER
                                              : riding(milestone->mode);
    case LB_EVENT_AVPU:
    case LB_EVENT_NTFY:
        return LB_CARGO_STATUS_AVAILABLE;
    case LB_EVENT_DLVR:
        return LB_CARGO_STATUS_DELIVERED;
    default:
        return LB_CARGO_STATUS_UNSPECIFIED;
    }
}

static bool is_effective(const lb_derive *d, const lb_milestone *milestone)
{
    return milestone->classifier == LB_CLASSIFIER_ACTUAL && milestone->occurred_us != LB_UNKNOWN &&
           !lb_derive_is_ahead(d, milestone->occurred_us);
}

/* Does the milestone show that the cargo was handled or moved, and not only its documents? */
static bool has_custody(const lb_milestone *milestone)
{
    switch (lb_event_type_family(milestone->type)) {
    case LB_FAMILY_TRANSPORT:
    case LB_FAMILY_EQUIPMENT:
        return milestone->type != LB_EVENT_EMTY && milestone->type != LB_EVENT_LADN;
    case LB_FAMILY_CARGO:
        return milestone->type != LB_EVENT_BKDC && milestone->type != LB_EVENT_PREP &&
               milestone->type != LB_EVENT_MANF && milestone->type != LB_EVENT_NTFY;
    default:
        return milestone->type == LB_EVENT_OFLD || milestone->type == LB_EVENT_FOND;
    }
}

/* -- parts -------------------------------------------------------------------------------------------------- */

lb_err lb_track_pieces(const lb_derive *d, const lb_track_basis *basis, lb_track *track)
{
    (void)d;
    (void)basis;
    int64_t delivered = 0, total = LB_UNKNOWN;
    for (size_t i = 0; i < track->milestones.count; i++) {
        const lb_milestone *milestone = &track->milestones.at[i];
        if (!lb_span_equal(milestone->object, track->object))
            continue;
        if (milestone->pieces_total != LB_UNKNOWN && milestone->pieces_total > total)
            total = milestone->pieces_total;
        if (milestone->type == LB_EVENT_DLVR && milestone->classifier == LB_CLASSIFIER_ACTUAL &&
            milestone->pieces != LB_UNKNOWN)
            delivered += milestone->pieces;
    }
    track->pieces = total == LB_UNKNOWN && delivered == 0 ? LB_UNKNOWN : delivered;
    track->pieces_total = total;
    return LB_OK;
}

static bool is_delivered_in_part(const lb_track *track)
{
    return track->pieces_total != LB_UNKNOWN && track->pieces != LB_UNKNOWN &&
           track->pieces < track->pieces_total && track->pieces > 0;
}

/* Trucks report what they load and seldom their departure, so an open stay in one counts as ON_ROAD. */
static bool is_in_truck(const lb_track *track, int64_t since_us)
{
    for (size_t i = 0; i < track->stays.count; i++) {
        const lb_stay *stay = &track->stays.at[i];
        if (lb_span_starts(stay->parent, "truck:") && stay->until_us == LB_UNKNOWN &&
            stay->from_us != LB_UNKNOWN && stay->from_us >= since_us)
            return true;
    }
    return false;
}

static bool is_held_by_customs(const lb_track *track)
{
    for (size_t i = 0; i < track->exceptions.count; i++)
        if (track->exceptions.at[i].type == LB_EVENT_HOLD &&
            lb_span_equal(track->exceptions.at[i].object, track->object))
            return true;
    return false;
}

lb_err lb_track_last_place(const lb_derive *d, const lb_track_basis *basis, lb_track *track)
{
    (void)basis;
    for (size_t i = 0; i < track->milestones.count; i++) {
        const lb_milestone *one = &track->milestones.at[i];
        if (!is_effective(d, one) || !has_custody(one) || one->place.len == 0)
            continue;
        track->last_place = one->place;
        track->last_place_name = one->place_name;
        track->last_type = one->type;
        track->last_occurred_us = one->occurred_us;
    }
    return LB_OK;
}

lb_err lb_track_status(const lb_derive *d, const lb_track_basis *basis, lb_track *track)
{
    lb_cargo_status status = LB_CARGO_STATUS_UNKNOWN;
    int64_t since_us = LB_UNKNOWN;
    (void)basis;
    for (size_t i = 0; i < track->milestones.count; i++) {
        const lb_milestone *one = &track->milestones.at[i];
        lb_cargo_status next =
            is_effective(d, one) ? status_after(one) : LB_CARGO_STATUS_UNSPECIFIED;
        if (next == LB_CARGO_STATUS_UNSPECIFIED ||
            (one->type == LB_EVENT_DLVR && is_delivered_in_part(track)))
            continue;
        status = next;
        since_us = one->occurred_us;
    }
    status = is_in_truck(track, since_us) ? LB_CARGO_STATUS_ON_ROAD : status;
    track->status = is_held_by_customs(track) ? LB_CARGO_STATUS_CUSTOMS_HOLD : status;
    return LB_OK;
}
