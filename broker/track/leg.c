/* leg.c - the legs of a track.
 *
 *     a stay in a train, truck or flight   one leg, from the first departure to the last arrival during it
 *     a flight in the cargo's own          one leg for each flight number and pair of airports: FSU names flights,
 *     messages                             and has no associations */
#include <stdlib.h>

#include "base/keymap.h"
#include "base/key.h"
#include "landbridge/client/ident.h"
#include "record.h"
#include "track/figure.h"
#include "track/movement.h"
#include "track/worth.h"

enum { SCANNED = 16 }; /* legs compared for one step of the budget */

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

static lb_leg *add_leg(lb_arena *arena, lb_track *track)
{
    if (!lb_arena_grow(arena, &track->legs, sizeof *track->legs.at))
        return NULL;
    lb_leg *leg = &track->legs.at[track->legs.count++];
    lb_record_init(&lb_record_leg, leg);
    return leg;
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
        lb_times_note_milestone(&leg->departure, first);
    }
    if (last != NULL) {
        leg->to = last->place;
        leg->to_name = last->place_name;
        lb_times_note_milestone(&leg->arrival, last);
    }
}

/* The objects between the cargo and the conveyance during the ride, innermost first. */
static lb_text_list units_of(const lb_nesting_list *nestings, const lb_nesting *ride,
                             lb_arena *arena)
{
    lb_text_list units = {NULL, 0, 0};
    for (size_t via = ride->via; via != 0; via = nestings->at[via - 1].via)
        if (lb_arena_grow(arena, &units, sizeof *units.at))
            units.at[units.count++] = nestings->at[via - 1].parent;
    for (size_t i = 0; i < units.count / 2; i++) {
        lb_span outer = units.at[i];
        units.at[i] = units.at[units.count - 1 - i];
        units.at[units.count - 1 - i] = outer;
    }
    return units;
}

/* Indexes for the rides of one track: movements of each conveyance, and the cargo's own events that show where a truck
 * ride began or ended. */
typedef struct entries_by_time {
    const lb_event **at;
    size_t count;
} entries_by_time;

typedef struct ride_book {
    const lb_milestone **moves; /* departures and arrivals, by (object, time) */
    size_t move_count;
    entries_by_time starts, aims, ends;
} ride_book;

static int by_move(const void *left, const void *right)
{
    const lb_milestone *a = *(const lb_milestone *const *)left,
                       *b = *(const lb_milestone *const *)right;
    int order = lb_span_compare(a->object, b->object);
    if (order == 0)
        order = (a->occurred_us > b->occurred_us) - (a->occurred_us < b->occurred_us);
    return order != 0 ? order : (a > b) - (a < b); /* same time: in the order of the track */
}

static int by_event_time(const void *left, const void *right)
{
    const lb_event *a = *(const lb_event *const *)left, *b = *(const lb_event *const *)right;
    if (a->occurred.utc_us != b->occurred.utc_us)
        return a->occurred.utc_us < b->occurred.utc_us ? -1 : 1;
    return lb_span_compare(a->event_id, b->event_id);
}

static bool is_start(const lb_event *event)
{
    return event->movement.from.locode.len > 0 || event->type == LB_EVENT_GTOT;
}

static bool is_aim(const lb_event *event)
{
    return event->mode == LB_MODE_ROAD && event->movement.to.locode.len > 0;
}

static bool is_end(const lb_event *event)
{
    return event->type == LB_EVENT_GTIN || event->type == LB_EVENT_DLVR;
}

static bool select_entries(const lb_track_entry_list *entries, bool (*is_wanted)(const lb_event *),
                           lb_arena *arena, entries_by_time *selected)
{
    selected->at = lb_arena_alloc(arena, (entries->count + 1) * sizeof *selected->at);
    selected->count = 0;
    for (size_t i = 0; selected->at != NULL && i < entries->count; i++) {
        const lb_event *event = entries->at[i].event;
        if (entries->at[i].depth < 0 && event->occurred.utc_us != LB_UNKNOWN &&
            event->classifier == LB_CLASSIFIER_ACTUAL && is_wanted(event))
            selected->at[selected->count++] = event;
    }
    if (selected->count > 1)
        qsort(selected->at, selected->count, sizeof *selected->at, by_event_time);
    return selected->at != NULL;
}

static bool open_book(ride_book *book, const lb_track_entry_list *entries, const lb_track *track,
                      lb_arena *arena)
{
    *book = (ride_book){
        .moves = lb_arena_alloc(arena, (track->milestones.count + 1) * sizeof *book->moves)};
    for (size_t i = 0; book->moves != NULL && i < track->milestones.count; i++)
        if (leaves(&track->milestones.at[i]) || comes(&track->milestones.at[i]))
            book->moves[book->move_count++] = &track->milestones.at[i];
    if (book->move_count > 1)
        qsort(book->moves, book->move_count, sizeof *book->moves, by_move);
    return book->moves != NULL && select_entries(entries, is_start, arena, &book->starts) &&
           select_entries(entries, is_aim, arena, &book->aims) &&
           select_entries(entries, is_end, arena, &book->ends);
}

/* Index of the first entry at or after a time. */
static size_t first_since(const entries_by_time *entries, int64_t at_us)
{
    size_t from = 0, until = entries->count;
    while (from < until) {
        size_t middle = (from + until) / 2;
        if (entries->at[middle]->occurred.utc_us < at_us)
            from = middle + 1;
        else
            until = middle;
    }
    return from;
}

/* Index of the first movement of an object at or after a time. */
static size_t first_move(const ride_book *book, lb_span object, int64_t since_us)
{
    size_t from = 0, until = book->move_count;
    while (from < until) {
        size_t middle = (from + until) / 2;
        int order = lb_span_compare(book->moves[middle]->object, object);
        if (order < 0 || (order == 0 && book->moves[middle]->occurred_us < since_us))
            from = middle + 1;
        else
            until = middle;
    }
    return from;
}

static void name_start(lb_leg *leg, const entries_by_time *starts, int64_t at_us, lb_arena *arena)
{
    for (size_t i = first_since(starts, at_us);
         i < starts->count && leg->from.len == 0 && starts->at[i]->occurred.utc_us == at_us; i++) {
        const lb_event *event = starts->at[i];
        if (event->movement.from.locode.len > 0) {
            leg->from = event->movement.from.locode, leg->from_name = event->movement.from.name;
            continue;
        }
        leg->from = lb_key_of_place(&event->place, arena), leg->from_name = event->place.name;
        leg->departure.actual_us = at_us;
    }
}

/* Origin and destination of a truck ride by the cargo's own events: the movement that they name (a waybill may come
 * after the gate-out), and the gates. */
static void name_road_ends(lb_leg *leg, const ride_book *book, const lb_nesting *ride,
                           lb_arena *arena)
{
    if (leg->from.len == 0)
        name_start(leg, &book->starts, ride->from_us, arena);
    size_t aim = first_since(&book->aims, ride->from_us);
    if (leg->to.len == 0 && aim < book->aims.count &&
        book->aims.at[aim]->occurred.utc_us < ride->until_us) {
        leg->to = book->aims.at[aim]->movement.to.locode;
        leg->to_name = book->aims.at[aim]->movement.to.name;
    }
    size_t end = ride->until_us == LB_OPEN ? 0 : first_since(&book->ends, ride->until_us + 1);
    if (end > 0 && book->ends.at[end - 1]->occurred.utc_us == ride->until_us) {
        const lb_event *event = book->ends.at[end - 1];
        leg->to = lb_key_of_place(&event->place, arena), leg->to_name = event->place.name;
        leg->arrival.actual_us = ride->until_us;
    }
}

/* The same by the waybill in a claim that counts by handover. */
static lb_err name_claimed_ends(const lb_derive *d, const lb_nesting *ride, lb_leg *leg)
{
    const lb_event *event = NULL;
    lb_err err = lb_facts_report(d->facts, ride->child, ride->waybill, d->arena, &event);
    if (event == NULL)
        return err;
    if (leg->from.len == 0 && event->occurred.utc_us == ride->from_us)
        leg->from = event->movement.from.locode, leg->from_name = event->movement.from.name;
    if (leg->to.len == 0)
        leg->to = event->movement.to.locode, leg->to_name = event->movement.to.name;
    return LB_OK;
}

static lb_err add_ride(const lb_derive *d, const ride_book *book, const lb_nesting_list *nestings,
                       const lb_nesting *ride, lb_track *track)
{
    const lb_milestone *first = NULL, *last = NULL;
    for (size_t i = first_move(book, ride->parent, ride->from_us);
         ride->is_agreed && i < book->move_count; i++) {
        const lb_milestone *move = book->moves[i];
        if (move->occurred_us > ride->until_us || !lb_span_equal(move->object, ride->parent))
            break;
        if (leaves(move) && first == NULL)
            first = move;
        if (comes(move))
            last = move;
    }
    bool is_unreported =
        first == NULL && last == NULL && lb_key_kind(ride->parent) == LB_KIND_FLIGHT;
    /* A flight without movements of its own gets its leg from the cargo's messages (add_flights). */
    lb_leg *leg = is_unreported ? NULL : add_leg(d->arena, track);
    if (leg == NULL)
        return is_unreported ? LB_OK : LB_ERR_NO_MEMORY;
    leg->mode = mode_of(lb_key_kind(ride->parent));
    leg->conveyance = ride->parent;
    leg->units = units_of(nestings, ride, d->arena);
    name_ends(leg, first, last);
    if (leg->mode == LB_MODE_ROAD)
        name_road_ends(leg, book, ride, d->arena);
    return leg->mode == LB_MODE_ROAD && ride->waybill != NULL ? name_claimed_ends(d, ride, leg)
                                                              : LB_OK;
}

/* -- flights of FSU -------------------------------------------------------------------------------------------- */

/* "flight:CZ5417@2026-03-12"; without the date when it is unknown or guessed. */
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

/* Either may be without a date. */
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

static int by_reported_time(const void *left, const void *right)
{
    const lb_event *a = (*(const lb_track_entry *const *)left)->event,
                   *b = (*(const lb_track_entry *const *)right)->event;
    int rank = lb_classifier_rank(a->classifier) - lb_classifier_rank(b->classifier);
    if (rank != 0)
        return rank; /* the most certain claim is noted last, over the others */
    if (a->occurred.utc_us != b->occurred.utc_us)
        return a->occurred.utc_us < b->occurred.utc_us ? -1 : 1;
    return lb_span_compare(a->event_id, b->event_id);
}

static bool tells_of_flight(const lb_track_entry *entries)
{
    const lb_event *event = entries->event;
    return entries->depth < 0 && event->mode == LB_MODE_AIR && event->movement.number.len > 0 &&
           (event->type == LB_EVENT_DEPA || event->type == LB_EVENT_ARRI ||
            event->type == LB_EVENT_RCVD);
}

static lb_err add_flights(const lb_derive *d, const lb_track_entry_list *entries, lb_track *track)
{
    const lb_track_entry **sorted = lb_arena_alloc(d->arena, (entries->count + 1) * sizeof *sorted);
    size_t count = 0;
    for (size_t i = 0; sorted != NULL && i < entries->count; i++)
        if (tells_of_flight(&entries->at[i]))
            sorted[count++] = &entries->at[i];
    if (count > 1)
        qsort(sorted, count, sizeof *sorted, by_reported_time);
    for (size_t i = 0; i < count; i++) {
        const lb_event *event = sorted[i]->event;
        if (!lb_facts_spend(d->facts, 1 + (int64_t)track->legs.count / SCANNED))
            return LB_ERR_TOO_BIG;
        lb_leg *leg = find_flight(d->arena, track, event);
        if (leg == NULL)
            return LB_ERR_NO_MEMORY;
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
            lb_times_note(&leg->departure, event->classifier, event->occurred.utc_us);
        else if (event->type == LB_EVENT_ARRI || leg->arrival.actual_us == LB_UNKNOWN)
            lb_times_note(&leg->arrival, event->classifier, event->occurred.utc_us);
    }
    return LB_OK;
}

/* -- order ------------------------------------------------------------------------------------------------------ */

static int64_t start_of(const lb_leg *leg)
{
    const lb_times *d = &leg->departure, *a = &leg->arrival;
    return d->actual_us != LB_UNKNOWN      ? d->actual_us
           : d->estimated_us != LB_UNKNOWN ? d->estimated_us
           : d->planned_us != LB_UNKNOWN   ? d->planned_us
                                           : a->actual_us;
}

/* A leg and its start: the departure, or without one the time when the cargo was first on board. */
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

/* The first stay of the cargo in each conveyance. */
static void note_boardings(const lb_nesting_list *nestings, lb_keymap *boardings)
{
    for (size_t i = 0; i < nestings->count; i++) {
        void **place = lb_keymap_need(boardings, nestings->at[i].parent);
        if (place != NULL && *place == NULL)
            *place = &nestings->at[i];
    }
}

static void sort_legs(const lb_nesting_list *nestings, lb_arena *arena, lb_track *track)
{
    size_t count = track->legs.count;
    dated_leg *legs = lb_arena_alloc(arena, (count + 1) * sizeof *legs);
    lb_keymap boardings;
    if (legs == NULL || count < 2)
        return;
    lb_keymap_init(&boardings, arena);
    note_boardings(nestings, &boardings);
    for (size_t i = 0; i < count; i++) {
        legs[i] = (dated_leg){track->legs.at[i], start_of(&track->legs.at[i])};
        const lb_nesting *boarding = lb_keymap_find(&boardings, legs[i].leg.conveyance);
        if (legs[i].since_us == LB_UNKNOWN && boarding != NULL)
            legs[i].since_us = boarding->from_us;
    }
    qsort(legs, count, sizeof *legs, by_start);
    for (size_t i = 0; i < count; i++)
        track->legs.at[i] = legs[i].leg;
}

lb_err lb_track_legs(const lb_derive *d, const lb_track_basis *basis, lb_track *track)
{
    const lb_nesting_list *nestings = &basis->nestings;
    lb_kind own = lb_key_kind(track->object);
    ride_book book;
    if (!open_book(&book, &basis->entries, track, d->arena))
        return LB_ERR_NO_MEMORY;
    if (mode_of(own) != LB_MODE_UNSPECIFIED) { /* a conveyance's own movements are its legs */
        const lb_nesting itself = {.parent = track->object,
                                   .child = track->object,
                                   .from_us = INT64_MIN,
                                   .until_us = LB_OPEN,
                                   .is_agreed = true};
        return own == LB_KIND_TRUCK ? LB_OK : add_ride(d, &book, nestings, &itself, track);
    }
    lb_err err = LB_OK;
    for (size_t i = 0; err == LB_OK && i < nestings->count; i++)
        if (mode_of(lb_key_kind(nestings->at[i].parent)) != LB_MODE_UNSPECIFIED)
            err = add_ride(d, &book, nestings, &nestings->at[i], track);
    if (err == LB_OK)
        err = add_flights(d, &basis->entries, track);
    sort_legs(nestings, d->arena, track);
    return err;
}
