/* ledger.c - the figures of a resource: what was stated of its units, and what is free of them.
 *
 *     free = effective - held - max(booked, used)        unknown when any of its parts is unknown
 *
 * A snapshot (SNAP) sets a figure, in place of all changes before it; later changes are added. Unknown is LB_UNKNOWN,
 * never 0. */
#include <stdlib.h>

#include "base/effect.h"
#include "base/key.h"
#include "base/keymap.h"
#include "capacity/figure.h"

/* -- what was stated -------------------------------------------------------------------------------------------- */

static int64_t *column(lb_unit_figures *figures, lb_cap_state state)
{
    switch (state) {
    case LB_CAP_NOMINAL:
        return &figures->nominal;
    case LB_CAP_EFFECTIVE:
        return &figures->effective;
    case LB_CAP_HELD:
        return &figures->held;
    case LB_CAP_BOOKED:
        return &figures->booked;
    case LB_CAP_USED:
        return &figures->used;
    case LB_CAP_FREE:
        return &figures->free;
    case LB_CAP_WAITLISTED:
        return &figures->waitlisted;
    default:
        return NULL;
    }
}

static void move_by(int64_t *figure, int64_t change)
{
    if (figure != NULL)
        *figure = (*figure == LB_UNKNOWN ? 0 : *figure) + change;
}

static void note_as_of(lb_unit_figures *figures, const lb_event *event)
{
    if (event->occurred.utc_us < figures->as_of_us)
        return;
    figures->as_of_us = event->occurred.utc_us;
    figures->source = event->prov.source_id;
}

static bool is_expired(const lb_event *event, int64_t now_us)
{
    return event->cap.expires_us != LB_UNKNOWN && event->cap.expires_us <= now_us;
}

/* Applies a change: request (RESV), confirmation, release, use, outage or other difference (DELT). */
static void apply_change(lb_unit_figures *figures, const lb_event *event,
                         const lb_capacity_line *line, int64_t now_us)
{
    int64_t quantity = line->quantity;
    switch (event->type) {
    case LB_EVENT_RESV:
        if (line->state == LB_CAP_WAITLISTED)
            move_by(&figures->waitlisted, quantity);
        else if (!is_expired(event, now_us))
            move_by(&figures->held, quantity);
        return;
    case LB_EVENT_CONF:
        move_by(&figures->booked, quantity);
        return;
    case LB_EVENT_RELE:
        move_by(line->state == LB_CAP_HELD ? &figures->held : &figures->booked, -quantity);
        return;
    case LB_EVENT_USED:
        move_by(&figures->used, quantity);
        return;
    case LB_EVENT_OUTG:
        move_by(&figures->effective,
                figures->effective == LB_UNKNOWN && figures->nominal != LB_UNKNOWN
                    ? figures->nominal - quantity
                    : -quantity);
        return;
    default:
        move_by(column(figures, line->state), quantity); /* DELT */
    }
}

/* Events of one booking by their number in the sorted facts, from 1; 0: none. */
typedef struct booking {
    size_t first_conf, first_resv, last_settled;
} booking;

/* Indexes over the facts of one resource. */
typedef struct fact_index {
    lb_keymap bookings; /* booking number -> booking */
    lb_keymap sheets;   /* source, list, unit and state -> the first fact that stated them */
    lb_arena *arena;
} fact_index;

static void note_booking(fact_index *book, const lb_event *event, size_t number)
{
    void **place =
        event->cap.booking.len == 0 ? NULL : lb_keymap_need(&book->bookings, event->cap.booking);
    if (place != NULL && *place == NULL)
        *place = lb_arena_zero(book->arena, sizeof(booking));
    if (place == NULL || *place == NULL)
        return;
    booking *one = *place;
    if (event->type == LB_EVENT_CONF && one->first_conf == 0)
        one->first_conf = number;
    if (event->type == LB_EVENT_RESV && one->first_resv == 0)
        one->first_resv = number;
    if (event->type == LB_EVENT_CONF || event->type == LB_EVENT_RELE)
        one->last_settled = number;
}

static lb_span column_of_list(const lb_event *event, const lb_capacity_line *line, lb_arena *arena)
{
    return lb_arena_print(arena, "%d %d %zu %.*s %.*s", (int)line->unit, (int)line->state,
                          event->prov.source_id.len, LB_ARG(event->prov.source_id),
                          LB_ARG(event->sheet.list));
}

static void note_sheet(fact_index *book, lb_fact *fact)
{
    const lb_event *event = fact->event;
    for (size_t i = 0; event->sheet.list.len > 0 && i < event->cap.lines.count; i++) {
        void **place = lb_keymap_need(&book->sheets,
                                      column_of_list(event, &event->cap.lines.at[i], book->arena));
        if (place != NULL && *place == NULL)
            *place = fact;
    }
}

static void open_index(fact_index *book, const lb_fact_list *said, lb_arena *arena)
{
    book->arena = arena;
    lb_keymap_init(&book->bookings, arena);
    lb_keymap_init(&book->sheets, arena);
    for (size_t i = 0; i < said->count; i++) {
        note_booking(book, said->at[i].event, i + 1);
        note_sheet(book, &said->at[i]);
    }
}

/* A request that was confirmed or released later, under the same booking, no longer holds capacity. */
static bool is_settled(const fact_index *book, const lb_event *event, size_t number)
{
    const booking *one = event->type != LB_EVENT_RESV || event->cap.booking.len == 0
                             ? NULL
                             : lb_keymap_find(&book->bookings, event->cap.booking);
    return one != NULL && one->last_settled > number;
}

/* A release of a request that was not confirmed changes nothing: is_settled has left the request out already. */
static bool is_empty_release(const fact_index *book, const lb_event *event, size_t number)
{
    const booking *one = event->type != LB_EVENT_RELE || event->cap.booking.len == 0
                             ? NULL
                             : lb_keymap_find(&book->bookings, event->cap.booking);
    if (one == NULL || (one->first_conf != 0 && one->first_conf < number))
        return false;
    return one->first_resv != 0 && one->first_resv < number;
}

/* A snapshot in several messages (sheets) is the sum of them: the first sheet sets the figure, the others are added. */
static bool is_further_sheet(const fact_index *book, const lb_fact *fact,
                             const lb_capacity_line *line)
{
    const lb_event *event = fact->event;
    const lb_fact *first =
        event->sheet.list.len == 0
            ? NULL
            : lb_keymap_find(&book->sheets, column_of_list(event, line, book->arena));
    return first != NULL && first != fact;
}

static void take_lines(const lb_derive *d, lb_resource *resource, const fact_index *book,
                       const lb_fact *fact, size_t number)
{
    const lb_event *event = fact->event;
    bool moves = !is_settled(book, event, number) && !is_empty_release(book, event, number);
    for (size_t i = 0; i < event->cap.lines.count; i++) {
        const lb_capacity_line *line = &event->cap.lines.at[i];
        lb_unit_figures *figures = lb_capacity_unit(resource, line->unit, d->arena);
        int64_t *figure = figures == NULL ? NULL : column(figures, line->state);
        if (figures == NULL)
            return;
        if (event->type != LB_EVENT_SNAP) {
            if (moves)
                apply_change(figures, event, line, d->now_us);
        } else if (figure != NULL) {
            *figure = line->quantity + (is_further_sheet(book, fact, line) ? *figure : 0);
        }
        note_as_of(figures, event);
    }
}

static void take_text(lb_span *to, lb_span from)
{
    if (from.len > 0)
        *to = from;
}

static void take_number(int64_t *to, int64_t from)
{
    if (from != LB_UNKNOWN)
        *to = from;
}

static void take_header(lb_resource *resource, const lb_event *event, lb_arena *arena)
{
    const lb_capacity_info *cap = &event->cap;
    if (cap->kind != LB_RESOURCE_UNSPECIFIED)
        resource->kind = cap->kind;
    if (cap->mode != LB_MODE_UNSPECIFIED)
        resource->mode = cap->mode;
    take_text(&resource->name, cap->name);
    take_text(&resource->from, lb_key_of_place(&cap->from, arena));
    take_text(&resource->from_name, cap->from.name);
    take_text(&resource->to, lb_key_of_place(&cap->to, arena));
    take_text(&resource->to_name, cap->to.name);
    take_text(&resource->reason, cap->reason);
    take_number(&resource->departure.planned_us, cap->departs_us);
    take_number(&resource->arrival.planned_us, cap->arrives_us);
    take_number(&resource->cutoff_us, cap->cutoff_us);
    take_number(&resource->window_from_us, cap->window_from_us);
    take_number(&resource->window_until_us, cap->window_until_us);
}

static int by_reported(const void *left, const void *right)
{
    const lb_event *a = ((const lb_fact *)left)->event, *b = ((const lb_fact *)right)->event;
    if (a->occurred.utc_us != b->occurred.utc_us)
        return a->occurred.utc_us < b->occurred.utc_us ? -1 : 1;
    bool a_snap = a->type == LB_EVENT_SNAP, b_snap = b->type == LB_EVENT_SNAP;
    if (a_snap != b_snap)
        return a_snap ? 1 : -1; /* a snapshot includes the changes of its own time */
    if (a->reported_at_us != b->reported_at_us)
        return a->reported_at_us < b->reported_at_us ? -1 : 1;
    return lb_span_compare(a->event_id, b->event_id);
}

/* If a fact under the id has a kind that acts on places, facts of other kinds are dropped: their senders were not checked
 * for cover of the places. False: no fact has such a kind. */
static bool keep_placed(lb_fact_list *said)
{
    size_t placed = 0;
    for (size_t i = 0; i < said->count; i++)
        placed += lb_resource_acts_on_places(said->at[i].event->cap.kind);
    if (placed == 0)
        return false;
    size_t kept = 0;
    for (size_t i = 0; i < said->count; i++)
        if (lb_resource_acts_on_places(said->at[i].event->cap.kind))
            said->at[kept++] = said->at[i];
    said->count = kept;
    return true;
}

static bool is_cancelled(const lb_fact_list *said)
{
    for (size_t i = 0; i < said->count; i++)
        if (said->at[i].event->type == LB_EVENT_CANC)
            return true;
    return false;
}

static void take_facts(const lb_derive *d, lb_fact_list *said, lb_resource *resource)
{
    if (said->count > 1)
        qsort(said->at, said->count, sizeof *said->at, by_reported);
    fact_index book;
    open_index(&book, said, d->arena);
    for (size_t i = 0; i < said->count; i++) {
        take_header(resource, said->at[i].event, d->arena);
        take_lines(d, resource, &book, &said->at[i], i + 1);
    }
}

lb_err lb_capacity_told(const lb_derive *d, lb_capacity_basis *basis, lb_resource *resource)
{
    lb_fact_list said;
    lb_err err = lb_facts_of_resource(d->facts, resource->id, d->arena, &said);
    if (err != LB_OK)
        return err;
    basis->is_there = said.count > 0;
    basis->is_placed = keep_placed(&said);
    basis->is_cancelled = is_cancelled(&said);
    take_facts(d, &said, resource);
    return LB_OK;
}

lb_err lb_capacity_cancelled(const lb_derive *d, lb_capacity_basis *basis, lb_resource *resource)
{
    (void)d;
    if (basis->is_cancelled)
        resource->reason = LB_SPAN(LB_CANCELLED);
    return LB_OK;
}

/* -- what is free ----------------------------------------------------------------------------------------------- */

static void balance(lb_unit_figures *figures, bool has_left)
{
    int64_t stated_free = figures->free;
    if (figures->effective == LB_UNKNOWN)
        figures->effective = figures->nominal;
    figures->free = LB_UNKNOWN;
    if (figures->effective == LB_UNKNOWN) {
        figures->free = stated_free;
        return;
    }
    int64_t taken = has_left                          ? figures->used
                    : figures->booked > figures->used ? figures->booked
                                                      : figures->used;
    if (taken == LB_UNKNOWN) {
        figures->free = stated_free;
        return;
    }
    int64_t held = figures->held == LB_UNKNOWN || has_left ? 0 : figures->held;
    figures->free = figures->effective - held - taken;
}

static int by_unit(const void *left, const void *right)
{
    return (int)((const lb_unit_figures *)left)->unit - (int)((const lb_unit_figures *)right)->unit;
}

lb_err lb_capacity_free(const lb_derive *d, lb_capacity_basis *basis, lb_resource *resource)
{
    (void)d;
    (void)basis;
    bool has_left = resource->departure.actual_us != LB_UNKNOWN;
    for (size_t i = 0; i < resource->units.count; i++)
        balance(&resource->units.at[i], has_left);
    if (resource->units.count > 1)
        qsort(resource->units.at, resource->units.count, sizeof *resource->units.at, by_unit);
    return LB_OK;
}
