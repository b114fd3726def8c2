/* status.c - folds milestones into status, last place, ETA, exceptions and parts.
 *
 * The status follows the last actual milestone that changes it, plus open nestings. A claim from the future
 * (more than 15 minutes) changes nothing. */
#include "fold/status.h"

#include "fold/interval.h"
#include "fold/track.h"
#include "landbridge/client/place.h"
#include "landbridge/client/time.h"

#define FUTURE_US  (15 * LB_MINUTE_US)
#define DWELL_US   (24 * LB_HOUR_US)
#define SILENCE_US (48 * LB_HOUR_US)

static const char *riding(lb_mode mode)
{
    switch (mode) {
    case LB_MODE_AIR:
        return "IN_AIR";
    case LB_MODE_ROAD:
        return "ON_ROAD";
    case LB_MODE_RAIL:
        return "ON_RAIL";
    default:
        return "UNDER_WAY";
    }
}

static bool is_border(const lb_milestone *milestone)
{
    const lb_place_entry *place = lb_place_by_key(milestone->place);
    return place != NULL && place->ftype == LB_FACILITY_BRDR;
}

/* NULL: the status stays as it was. */
static const char *status_after(const lb_milestone *milestone)
{
    switch (milestone->type) {
    case LB_EVENT_BKDC:
        return "BOOKED";
    case LB_EVENT_BKCX:
    case LB_EVENT_CANC:
        return "CANCELLED";
    case LB_EVENT_ACPT:
    case LB_EVENT_ONHD:
        return "AT_ORIGIN";
    case LB_EVENT_PICK:
        return "ON_ROAD";
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
        return "IN_TERMINAL";
    case LB_EVENT_GTOT:
        return "ON_ROAD";
    case LB_EVENT_DEPA:
    case LB_EVENT_PASS:
    case LB_EVENT_RESU:
        return riding(milestone->mode);
    case LB_EVENT_CROS:
    case LB_EVENT_GAUG:
        return "AT_BORDER";
    case LB_EVENT_ARRI:
        return milestone->mode == LB_MODE_AIR ? "IN_TERMINAL"
               : is_border(milestone)         ? "AT_BORDER"
                                              : riding(milestone->mode);
    case LB_EVENT_AVPU:
    case LB_EVENT_NTFY:
        return "AVAILABLE";
    case LB_EVENT_DLVR:
        return "DELIVERED";
    default:
        return NULL;
    }
}

static bool is_effective(const lb_milestone *milestone, int64_t now_us, bool is_for_dump)
{
    return milestone->classifier == LB_CLASSIFIER_ACTUAL && milestone->occurred_us != LB_UNKNOWN &&
           (is_for_dump || milestone->occurred_us <= now_us + FUTURE_US);
}

/* Moves the cargo, or the papers only? */
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

/* Sum of the pieces that were delivered, when they are told in parts. */
static void fill_pieces(lb_track *track)
{
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
}

static bool is_delivered_in_part(const lb_track *track)
{
    return track->pieces_total != LB_UNKNOWN && track->pieces != LB_UNKNOWN &&
           track->pieces < track->pieces_total && track->pieces > 0;
}

/* -- exceptions ------------------------------------------------------------------------------------------------ */

static bool opens_exception(lb_event_type type)
{
    return lb_event_type_family(type) == LB_FAMILY_EXCEPTION || type == LB_EVENT_STOP ||
           type == LB_EVENT_HOLD || type == LB_EVENT_HELD || type == LB_EVENT_ALRM ||
           type == LB_EVENT_DLVF;
}

/* What ends an exception; a row for each way in which one ends. */
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

static void add_exception(lb_track *track, lb_track_exception one, lb_arena *arena)
{
    if (lb_arena_grow(arena, &track->exceptions, sizeof *track->exceptions.at))
        track->exceptions.at[track->exceptions.count++] = one;
}

/* An exception is open when nothing that ends it happened later. */
static void fill_exceptions(lb_arena *arena, lb_track *track)
{
    int64_t closed_us[CLOSINGS];
    for (int how = 0; how < CLOSINGS; how++)
        closed_us[how] = LB_UNKNOWN;
    for (size_t i = 0; i < track->milestones.count; i++) {
        const lb_milestone *one = &track->milestones.at[i];
        for (int how = 0; how < CLOSINGS; how++)
            if (one->classifier == LB_CLASSIFIER_ACTUAL && closes(one->type, (closing)how) &&
                one->occurred_us > closed_us[how])
                closed_us[how] = one->occurred_us;
    }
    for (size_t i = 0; i < track->milestones.count; i++) {
        const lb_milestone *open = &track->milestones.at[i];
        if (open->classifier == LB_CLASSIFIER_ACTUAL && opens_exception(open->type) &&
            closed_us[closing_of(open->type)] <= open->occurred_us)
            add_exception(track,
                          (lb_track_exception){open->type, open->raw_code, open->raw_text,
                                               open->occurred_us, LB_UNKNOWN, open->object,
                                               open->source},
                          arena);
    }
}

/* What only a clock can see. */
static void fill_clock_exceptions(int64_t now_us, lb_arena *arena, lb_track *track)
{
    bool is_over = lb_span_is(track->status, "DELIVERED") || lb_span_is(track->status, "CANCELLED");
    if (is_over || track->last_occurred_us == LB_UNKNOWN)
        return;
    bool stands =
        lb_span_is(track->status, "IN_TERMINAL") || lb_span_is(track->status, "AT_BORDER");
    int64_t idle_us = now_us - track->last_occurred_us;
    if (stands && idle_us > DWELL_US)
        add_exception(track,
                      (lb_track_exception){LB_EVENT_DWEL, LB_SPAN("DWELL"), LB_EMPTY,
                                           track->last_occurred_us, LB_UNKNOWN, track->object,
                                           LB_SPAN("hub")},
                      arena);
    if (!stands && idle_us > SILENCE_US)
        add_exception(track,
                      (lb_track_exception){LB_EVENT_SILN, LB_SPAN("SILENCE"), LB_EMPTY,
                                           track->last_occurred_us, LB_UNKNOWN, track->object,
                                           LB_SPAN("hub")},
                      arena);
}

/* -- ETA ---------------------------------------------------------------------------------------------------------- */

static void fill_eta(lb_track *track)
{
    for (size_t i = 0; i < track->milestones.count; i++) {
        const lb_milestone *one = &track->milestones.at[i];
        bool is_arrival = one->type == LB_EVENT_ARRI || one->type == LB_EVENT_DLVR;
        bool is_ahead =
            one->classifier != LB_CLASSIFIER_ACTUAL && one->occurred_us != LB_UNKNOWN &&
            (track->last_occurred_us == LB_UNKNOWN || one->occurred_us > track->last_occurred_us);
        if (!is_arrival || !is_ahead || lb_classifier_rank(one->classifier) < 2)
            continue;
        track->eta_us = one->occurred_us; /* milestones are sorted: the last one is the furthest */
        track->eta_place = one->place_name.len > 0 ? one->place_name : one->place;
    }
}

/* A truck says what it has loaded, and seldom that it leaves. */
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

/* ----------------------------------------------------------------------------------------------------------------- */

void lb_fold_status(int64_t now_us, bool is_for_dump, lb_arena *arena, lb_track *track)
{
    const char *status = "UNKNOWN";
    int64_t since_us = LB_UNKNOWN;
    fill_pieces(track);
    for (size_t i = 0; i < track->milestones.count; i++) {
        const lb_milestone *one = &track->milestones.at[i];
        if (!is_effective(one, now_us, is_for_dump))
            continue;
        const char *next = status_after(one);
        if (next != NULL && !(one->type == LB_EVENT_DLVR && is_delivered_in_part(track))) {
            status = next;
            since_us = one->occurred_us;
        }
        if (!has_custody(one) || one->place.len == 0)
            continue;
        track->last_place = one->place;
        track->last_place_name = one->place_name;
        track->last_type = one->type;
        track->last_occurred_us = one->occurred_us;
    }
    track->status = lb_span_of(is_in_truck(track, since_us) ? "ON_ROAD" : status);
    fill_eta(track);
    fill_exceptions(arena, track);
    for (size_t i = 0; i < track->exceptions.count; i++)
        if (track->exceptions.at[i].type == LB_EVENT_HOLD &&
            lb_span_equal(track->exceptions.at[i].object, track->object))
            track->status = LB_SPAN("CUSTOMS_HOLD");
    if (!is_for_dump)
        fill_clock_exceptions(now_us, arena, track);
}
