/* leg.c - folds rides into legs.
 *
 *     a stay in a train, lorry or flight   one leg: where it was first to leave, where it is to arrive last
 *     a flight that the cargo's own        one leg for each flight number and pair of airports: FSU tells
 *     messages tell                        of flights without naming a run */
#include "fold/leg.h"

#include <stdlib.h>

#include "fold/track.h"
#include "landbridge/ident.h"

static lb_mode mode_of(lb_kind kind)
{
    switch (kind) {
    case LB_KIND_TRAIN:
        return LB_MODE_RAIL;
    case LB_KIND_TRUCK:
        return LB_MODE_ROAD;
    case LB_KIND_FLIGHT:
        return LB_MODE_AIR;
    default:
        return LB_MODE_UNSPECIFIED;
    }
}

static void clear_leg(lb_leg *leg)
{
    *leg = (lb_leg){0};
    leg->departure = (lb_times){LB_UNKNOWN, LB_UNKNOWN, LB_UNKNOWN};
    leg->arrival = leg->departure;
}

static lb_leg *add_leg(lb_arena *arena, lb_track *track)
{
    if (!lb_arena_grow(arena, &track->legs, sizeof *track->legs.at))
        return NULL;
    lb_leg *leg = &track->legs.at[track->legs.count++];
    clear_leg(leg);
    return leg;
}

static void note_time(lb_times *times, lb_classifier classifier, int64_t us)
{
    if (classifier == LB_CLASSIFIER_ACTUAL)
        times->actual_us = us;
    else if (classifier == LB_CLASSIFIER_ESTIMATED || classifier == LB_CLASSIFIER_EXPECTED)
        times->estimated_us = us;
    else if (classifier == LB_CLASSIFIER_PLANNED)
        times->planned_us = us;
}

/* Planned and estimated times of the losing claims stand beside the winner's. */
static void note_milestone(lb_times *times, const lb_milestone *milestone)
{
    for (size_t i = milestone->losers.count; i > 0; i--) {
        const lb_loss *loss = &milestone->losers.at[i - 1];
        if (loss->classifier != milestone->classifier)
            note_time(times, loss->classifier, loss->occurred_us);
    }
    note_time(times, milestone->classifier, milestone->occurred_us);
}

static bool leaves(const lb_milestone *milestone)
{
    return milestone->type == LB_EVENT_DEPA;
}

static bool comes(const lb_milestone *milestone)
{
    return milestone->type == LB_EVENT_ARRI;
}

/* -- rides ------------------------------------------------------------------------------------------------- */

static void name_ends(lb_leg *leg, const lb_milestone *first, const lb_milestone *last)
{
    if (first != NULL) {
        leg->from = first->place;
        leg->from_name = first->place_name;
        note_milestone(&leg->departure, first);
    }
    if (last != NULL) {
        leg->to = last->place;
        leg->to_name = last->place_name;
        note_milestone(&leg->arrival, last);
    }
}

/* What stood between the cargo and the conveyance at that time, from the inside out. */
static lb_span units_of(const lb_hold_list *holds, const lb_hold *ride, lb_span object,
                        lb_arena *arena)
{
    lb_span units = LB_EMPTY, child = ride->child;
    for (int depth = ride->depth; depth > 0 && !lb_span_equal(child, object); depth--) {
        units = units.len == 0 ? child
                               : lb_arena_print(arena, "%.*s %.*s", LB_ARG(child), LB_ARG(units));
        const lb_hold *below = NULL;
        for (size_t i = 0; i < holds->count && below == NULL; i++)
            if (holds->at[i].depth == depth - 1 && lb_span_equal(holds->at[i].parent, child))
                below = &holds->at[i];
        if (below == NULL)
            break;
        child = below->child;
    }
    return units;
}

/* Where a lorry ride began and ended, by what the cargo's own events say: the movement that was told with
 * it, the gate that it went through. */
static void name_road_ends(lb_leg *leg, const lb_told_list *told, const lb_hold *ride,
                           lb_arena *arena)
{
    for (size_t i = 0; i < told->count; i++) {
        const lb_event *event = told->at[i].event;
        int64_t at_us = event->occurred.utc_us;
        if (told->at[i].depth >= 0 || at_us == LB_UNKNOWN ||
            event->classifier != LB_CLASSIFIER_ACTUAL)
            continue;
        bool is_start = at_us == ride->from_us, is_end = at_us == ride->until_us;
        bool is_aboard = event->mode == LB_MODE_ROAD && at_us >= ride->from_us &&
                         at_us < ride->until_us; /* a waybill may come after the gate */
        if (is_start && leg->from.len == 0 && event->movement.from.locode.len > 0)
            leg->from = event->movement.from.locode, leg->from_name = event->movement.from.name;
        if (is_aboard && leg->to.len == 0 && event->movement.to.locode.len > 0)
            leg->to = event->movement.to.locode, leg->to_name = event->movement.to.name;
        if (is_start && leg->from.len == 0 && event->type == LB_EVENT_GTOT) {
            leg->from = lb_key_of_place(&event->place, arena), leg->from_name = event->place.name;
            leg->departure.actual_us = at_us;
        }
        if (is_end && (event->type == LB_EVENT_GTIN || event->type == LB_EVENT_DLVR)) {
            leg->to = lb_key_of_place(&event->place, arena), leg->to_name = event->place.name;
            leg->arrival.actual_us = at_us;
        }
    }
}

static void fold_ride(const lb_told_list *told, const lb_hold_list *holds, const lb_hold *ride,
                      lb_span object, lb_arena *arena, lb_track *track)
{
    const lb_milestone *first = NULL, *last = NULL;
    for (size_t i = 0; i < track->milestones.count; i++) {
        const lb_milestone *milestone = &track->milestones.at[i];
        int64_t at_us = milestone->occurred_us;
        if (!lb_span_equal(milestone->object, ride->parent) || at_us < ride->from_us ||
            at_us > ride->until_us)
            continue;
        if (leaves(milestone) && first == NULL)
            first = milestone;
        if (comes(milestone))
            last = milestone;
    }
    bool is_untold = first == NULL && last == NULL && lb_key_kind(ride->parent) == LB_KIND_FLIGHT;
    lb_leg *leg =
        is_untold ? NULL : add_leg(arena, track); /* the cargo's own messages tell of it */
    if (leg == NULL)
        return;
    leg->mode = mode_of(lb_key_kind(ride->parent));
    leg->conveyance = ride->parent;
    leg->units = units_of(holds, ride, object, arena);
    name_ends(leg, first, last);
    if (leg->mode == LB_MODE_ROAD)
        name_road_ends(leg, told, ride, arena);
}

/* -- flights of FSU -------------------------------------------------------------------------------------------- */

/* "flight:CZ5417@2026-03-12", or without a date when it was not said or only guessed. */
static lb_span flight_of(const lb_event *event, lb_arena *arena)
{
    bool is_guessed = event->quality_flags != LB_UNKNOWN &&
                      (event->quality_flags & LB_FLAG(LB_DOUBT_IDENTITY_GUESSED)) != 0;
    char key[LB_KEY_ROOM];
    for (size_t i = 0; i < event->objects.count; i++)
        if (event->objects.at[i].kind == LB_KIND_FLIGHT) {
            size_t len = lb_object_key_print(key, sizeof key, &event->objects.at[i]);
            const char *date = is_guessed ? memchr(key, '@', len) : NULL;
            return lb_arena_copy(arena, (lb_span){key, date == NULL ? len : (size_t)(date - key)});
        }
    return lb_arena_print(arena, "flight:%.*s", LB_ARG(event->movement.number));
}

/* One of them may be without its date. */
static bool is_same_flight(lb_span a, lb_span b)
{
    lb_span longer = a.len > b.len ? a : b, shorter = a.len > b.len ? b : a;
    return lb_span_equal(lb_span_first(longer, shorter.len), shorter) &&
           (longer.len == shorter.len || longer.at[shorter.len] == '@');
}

static lb_leg *find_flight(lb_arena *arena, lb_track *track, const lb_event *event)
{
    lb_span flight = flight_of(event, arena);
    lb_span from = event->movement.from.locode, to = event->movement.to.locode;
    for (size_t i = 0; i < track->legs.count; i++) {
        lb_leg *leg = &track->legs.at[i];
        bool fits_from = from.len == 0 || leg->from.len == 0 || lb_span_equal(leg->from, from);
        bool fits_to = to.len == 0 || leg->to.len == 0 || lb_span_equal(leg->to, to);
        if (leg->mode != LB_MODE_AIR || !fits_from || !fits_to ||
            !is_same_flight(leg->conveyance, flight))
            continue;
        if (flight.len > leg->conveyance.len)
            leg->conveyance = flight;
        return leg;
    }
    lb_leg *leg = add_leg(arena, track);
    if (leg != NULL) {
        leg->mode = LB_MODE_AIR;
        leg->conveyance = flight;
    }
    return leg;
}

static int by_told_time(const void *left, const void *right)
{
    const lb_event *a = (*(const lb_told *const *)left)->event,
                   *b = (*(const lb_told *const *)right)->event;
    int rank = lb_classifier_rank(a->classifier) - lb_classifier_rank(b->classifier);
    if (rank != 0)
        return rank; /* the surest claim is noted last */
    if (a->occurred.utc_us != b->occurred.utc_us)
        return a->occurred.utc_us < b->occurred.utc_us ? -1 : 1;
    return lb_span_compare(a->event_id, b->event_id);
}

static bool tells_of_flight(const lb_told *told)
{
    const lb_event *event = told->event;
    return told->depth < 0 && event->mode == LB_MODE_AIR && event->movement.number.len > 0 &&
           (event->type == LB_EVENT_DEPA || event->type == LB_EVENT_ARRI ||
            event->type == LB_EVENT_RCVD);
}

static void fold_flights(const lb_told_list *told, lb_arena *arena, lb_track *track)
{
    const lb_told **sorted = lb_arena_alloc(arena, (told->count + 1) * sizeof *sorted);
    size_t count = 0;
    for (size_t i = 0; sorted != NULL && i < told->count; i++)
        if (tells_of_flight(&told->at[i]))
            sorted[count++] = &told->at[i];
    if (count > 1)
        qsort(sorted, count, sizeof *sorted, by_told_time);
    for (size_t i = 0; i < count; i++) {
        const lb_event *event = sorted[i]->event;
        lb_leg *leg = find_flight(arena, track, event);
        if (leg == NULL)
            return;
        bool is_departure = event->type == LB_EVENT_DEPA;
        const lb_place *from = is_departure && event->movement.from.locode.len == 0
                                   ? &event->place
                                   : &event->movement.from;
        const lb_place *to = !is_departure && event->movement.to.locode.len == 0
                                 ? &event->place
                                 : &event->movement.to;
        if (from->locode.len > 0)
            leg->from = from->locode, leg->from_name = from->name;
        if (to->locode.len > 0)
            leg->to = to->locode, leg->to_name = to->name;
        if (is_departure)
            note_time(&leg->departure, event->classifier, event->occurred.utc_us);
        else if (event->type == LB_EVENT_ARRI || leg->arrival.actual_us == LB_UNKNOWN)
            note_time(&leg->arrival, event->classifier, event->occurred.utc_us);
    }
}

/* -------------------------------------------------------------------------------------------------------------- */

static int64_t start_of(const lb_leg *leg)
{
    const lb_times *d = &leg->departure, *a = &leg->arrival;
    return d->actual_us != LB_UNKNOWN      ? d->actual_us
           : d->estimated_us != LB_UNKNOWN ? d->estimated_us
           : d->planned_us != LB_UNKNOWN   ? d->planned_us
                                           : a->actual_us;
}

/* A leg and when it began; without a time of departure, when the cargo came aboard. */
typedef struct dated_leg {
    lb_leg leg;
    int64_t since_us;
} dated_leg;

static int by_start(const void *left, const void *right)
{
    const dated_leg *a = left, *b = right;
    if (a->since_us != b->since_us)
        return a->since_us < b->since_us ? -1 : 1;
    return lb_span_compare(a->leg.conveyance, b->leg.conveyance);
}

static void sort_legs(const lb_hold_list *holds, lb_arena *arena, lb_track *track)
{
    size_t count = track->legs.count;
    dated_leg *legs = lb_arena_alloc(arena, (count + 1) * sizeof *legs);
    for (size_t i = 0; legs != NULL && i < count; i++) {
        legs[i] = (dated_leg){track->legs.at[i], start_of(&track->legs.at[i])};
        for (size_t k = 0; legs[i].since_us == LB_UNKNOWN && k < holds->count; k++)
            if (lb_span_equal(holds->at[k].parent, legs[i].leg.conveyance))
                legs[i].since_us = holds->at[k].from_us;
    }
    if (legs == NULL || count < 2)
        return;
    qsort(legs, count, sizeof *legs, by_start);
    for (size_t i = 0; i < count; i++)
        track->legs.at[i] = legs[i].leg;
}

void lb_fold_legs(const lb_told_list *told, const lb_hold_list *holds, lb_span object,
                  lb_arena *arena, lb_track *track)
{
    lb_kind own = lb_key_kind(object);
    if (mode_of(own) != LB_MODE_UNSPECIFIED) { /* a conveyance rides itself */
        const lb_hold itself = {
            .parent = object, .child = object, .from_us = INT64_MIN, .until_us = LB_OPEN};
        if (own != LB_KIND_TRUCK)
            fold_ride(told, holds, &itself, object, arena, track);
        return;
    }
    for (size_t i = 0; i < holds->count; i++)
        if (mode_of(lb_key_kind(holds->at[i].parent)) != LB_MODE_UNSPECIFIED)
            fold_ride(told, holds, &holds->at[i], object, arena, track);
    fold_flights(told, arena, track);
    sort_legs(holds, arena, track);
}
