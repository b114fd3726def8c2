/* ledger.c - folds what was said of a capacity into its figures. */
#include "fold/ledger.h"

#include <stdlib.h>

#include "base/effect.h"
#include "base/keymap.h"
#include "fold/track.h"
#include "landbridge/client/place.h"
#include "landbridge/client/time.h"

/* -- what was said -------------------------------------------------------------------------------------------- */

static lb_unit_figures *need_unit(lb_resource *resource, lb_unit unit, lb_arena *arena)
{
    for (size_t i = 0; i < resource->units.count; i++)
        if (resource->units.at[i].unit == unit)
            return &resource->units.at[i];
    if (!lb_arena_grow(arena, &resource->units, sizeof *resource->units.at))
        return NULL;
    lb_unit_figures *figures = &resource->units.at[resource->units.count++];
    *figures = (lb_unit_figures){.unit = unit,
                                 .nominal = LB_UNKNOWN,
                                 .effective = LB_UNKNOWN,
                                 .held = LB_UNKNOWN,
                                 .booked = LB_UNKNOWN,
                                 .used = LB_UNKNOWN,
                                 .free = LB_UNKNOWN,
                                 .waitlisted = LB_UNKNOWN,
                                 .as_of_us = LB_UNKNOWN};
    return figures;
}

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

/* What a request, confirmation, release or use does to the columns. */
static void enter(lb_unit_figures *figures, const lb_event *event, const lb_capacity_line *line,
                  int64_t now_us)
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

/* What stands under one booking, by number in what was said, from 1; 0: nothing. */
typedef struct booking {
    size_t first_conf, first_resv, last_settled;
} booking;

/* What is looked for in all that was said, gone through once. */
typedef struct said_book {
    lb_keymap
        bookings; /* booking -> booking                                                         */
    lb_keymap
        sheets; /* source, list, unit and state -> the number of the first that stated them    */
    lb_arena *arena;
} said_book;

static void note_booking(said_book *book, const lb_event *event, size_t number)
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

static void note_sheet(said_book *book, lb_fact *fact)
{
    const lb_event *event = fact->event;
    for (size_t i = 0; event->sheet.list.len > 0 && i < event->cap.lines.count; i++) {
        void **place = lb_keymap_need(&book->sheets,
                                      column_of_list(event, &event->cap.lines.at[i], book->arena));
        if (place != NULL && *place == NULL)
            *place = fact;
    }
}

static void open_said(said_book *book, const lb_fact_list *said, lb_arena *arena)
{
    book->arena = arena;
    lb_keymap_init(&book->bookings, arena);
    lb_keymap_init(&book->sheets, arena);
    for (size_t i = 0; i < said->count; i++) {
        note_booking(book, said->at[i].event, i + 1);
        note_sheet(book, &said->at[i]);
    }
}

/* A request that was confirmed or released later under the same booking holds nothing any more. */
static bool is_settled(const said_book *book, const lb_event *event, size_t number)
{
    const booking *one = event->type != LB_EVENT_RESV || event->cap.booking.len == 0
                             ? NULL
                             : lb_keymap_find(&book->bookings, event->cap.booking);
    return one != NULL && one->last_settled > number;
}

/* The release of a request that was never confirmed gives nothing back. */
static bool is_empty_release(const said_book *book, const lb_event *event, size_t number)
{
    const booking *one = event->type != LB_EVENT_RELE || event->cap.booking.len == 0
                             ? NULL
                             : lb_keymap_find(&book->bookings, event->cap.booking);
    if (one == NULL || (one->first_conf != 0 && one->first_conf < number))
        return false;
    return one->first_resv != 0 && one->first_resv < number;
}

/* A snapshot in sheets is the sum of its sheets; the first of them that is met has stated the column. */
static bool is_further_sheet(const said_book *book, const lb_fact *fact,
                             const lb_capacity_line *line)
{
    const lb_event *event = fact->event;
    const lb_fact *first =
        event->sheet.list.len == 0
            ? NULL
            : lb_keymap_find(&book->sheets, column_of_list(event, line, book->arena));
    return first != NULL && first != fact;
}

static void take_lines(lb_resource *resource, const said_book *book, const lb_fact *fact,
                       size_t number, int64_t now_us, lb_arena *arena)
{
    const lb_event *event = fact->event;
    bool moves = !is_settled(book, event, number) && !is_empty_release(book, event, number);
    for (size_t i = 0; i < event->cap.lines.count; i++) {
        const lb_capacity_line *line = &event->cap.lines.at[i];
        lb_unit_figures *figures = need_unit(resource, line->unit, arena);
        int64_t *figure = figures == NULL ? NULL : column(figures, line->state);
        if (figures == NULL)
            return;
        if (event->type != LB_EVENT_SNAP) {
            if (moves)
                enter(figures, event, line, now_us);
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
        return a_snap ? 1 : -1; /* a snapshot has in it what happened until its moment */
    if (a->reported_at_us != b->reported_at_us)
        return a->reported_at_us < b->reported_at_us ? -1 : 1;
    return lb_span_compare(a->event_id, b->event_id);
}

static void init_resource(lb_resource *resource, lb_span id)
{
    *resource = (lb_resource){.id = id};
    resource->departure = (lb_times){LB_UNKNOWN, LB_UNKNOWN, LB_UNKNOWN};
    resource->arrival = resource->departure;
    resource->cutoff_us = resource->window_from_us = resource->window_until_us = LB_UNKNOWN;
}

/* What acts on places was said with cover of each place that it names. A row of another kind under the same id was not
 * asked for that: it says nothing of this one. False: no kind of it acts on places. */
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

static void fold_said(lb_fact_list *said, int64_t now_us, lb_arena *arena, lb_resource *resource)
{
    if (said->count > 1)
        qsort(said->at, said->count, sizeof *said->at, by_reported);
    said_book book;
    open_said(&book, said, arena);
    for (size_t i = 0; i < said->count; i++) {
        take_header(resource, said->at[i].event, arena);
        take_lines(resource, &book, &said->at[i], i + 1, now_us, arena);
    }
}

/* -- what is aboard --------------------------------------------------------------------------------------------- */

typedef struct aboard {
    int64_t wagons, milli_teu;
    bool is_known, has_unknown_size;
} aboard;

/* The size of a container: by the claim that put it there, or by anything that was said of it. */
static lb_err size_of(lb_facts *facts, lb_span container, lb_arena *arena, int64_t *milli_teu)
{
    lb_fact_list own;
    *milli_teu = LB_UNKNOWN;
    lb_err err = lb_facts_of(facts, container, arena, &own);
    for (size_t i = 0; err == LB_OK && i < own.count; i++)
        for (size_t k = 0; k < own.at[i].event->objects.count; k++) {
            const lb_object *object = &own.at[i].event->objects.at[k];
            if (object->kind == LB_KIND_CONTAINER && object->milli_teu != LB_UNKNOWN &&
                lb_span_equal(object->id, lb_span_after(container, sizeof "container:" - 1)))
                *milli_teu = object->milli_teu;
        }
    return err;
}

static lb_err count_load(lb_facts *facts, lb_span run, int64_t at_us, lb_arena *arena,
                         lb_resource *resource, aboard *sum)
{
    lb_key_list load;
    lb_err err = lb_fold_load(facts, run, at_us, arena, &load);
    for (size_t i = 0; err == LB_OK && i < load.count; i++) {
        lb_kind kind = lb_key_kind(load.at[i]);
        int64_t milli_teu;
        sum->is_known = sum->is_known || kind == LB_KIND_WAGON || kind == LB_KIND_CONTAINER;
        sum->wagons += kind == LB_KIND_WAGON;
        if (kind != LB_KIND_CONTAINER)
            continue;
        err = size_of(facts, load.at[i], arena, &milli_teu);
        if (milli_teu == LB_UNKNOWN)
            sum->has_unknown_size = true;
        else
            sum->milli_teu += milli_teu;
    }
    resource->load = (lb_text_list){load.at, load.count, load.room};
    return err;
}

static void note_times(lb_times *times, const lb_event *event)
{
    int64_t us = event->occurred.utc_us;
    if (event->classifier == LB_CLASSIFIER_ACTUAL)
        times->actual_us = us;
    else if (event->classifier == LB_CLASSIFIER_PLANNED)
        times->planned_us = us;
    else
        times->estimated_us = us;
}

/* What a run says of itself: where it starts and goes, when; when it was made up. */
static lb_err fold_run(lb_facts *facts, lb_span run, lb_arena *arena, lb_resource *resource,
                       int64_t *formed, bool *is_there)
{
    lb_fact_list own;
    int64_t formed_us = LB_UNKNOWN, first_us = INT64_MAX, last_us = LB_UNKNOWN;
    lb_err err = lb_facts_of(facts, run, arena, &own);
    *is_there = err == LB_OK && own.count > 0;
    for (size_t i = 0; err == LB_OK && i < own.count; i++) {
        const lb_event *event = own.at[i].event;
        int64_t us = event->occurred.utc_us;
        if (event->type == LB_EVENT_FORM && us != LB_UNKNOWN &&
            event->classifier == LB_CLASSIFIER_ACTUAL) {
            formed_us = us;
            take_text(&resource->from, event->movement.from.locode);
            take_text(&resource->from_name, event->movement.from.name);
            take_text(&resource->to, event->movement.to.locode);
            take_text(&resource->to_name, event->movement.to.name);
        }
        if (event->mode != LB_MODE_UNSPECIFIED)
            resource->mode = event->mode;
        if (event->type == LB_EVENT_DEPA && us != LB_UNKNOWN) {
            lb_span place = lb_key_of_place(&event->place, arena);
            if (resource->from.len == 0 && us < first_us)
                resource->from = place, resource->from_name = event->place.name, first_us = us;
            if (lb_span_equal(place, resource->from))
                note_times(&resource->departure, event);
        }
        if (event->type == LB_EVENT_ARRI && us != LB_UNKNOWN) {
            lb_span place = lb_key_of_place(&event->place, arena);
            if (resource->to.len == 0 || (us > last_us && formed_us == LB_UNKNOWN))
                resource->to = place, resource->to_name = event->place.name, last_us = us;
            if (lb_span_equal(place, resource->to))
                note_times(&resource->arrival, event);
        }
    }
    *formed = formed_us;
    return err;
}

/* What was aboard when it was made up, or when it left. */
static lb_err fold_load(lb_facts *facts, lb_span run, int64_t formed_us, lb_arena *arena,
                        lb_resource *resource)
{
    aboard sum = {0};
    int64_t at_us =
        resource->departure.actual_us != LB_UNKNOWN && resource->departure.actual_us > formed_us
            ? resource->departure.actual_us
            : formed_us;
    lb_err err = count_load(facts, run, at_us, arena, resource, &sum);
    lb_unit_figures *wagons = need_unit(resource, LB_UNIT_WAGON, arena);
    lb_unit_figures *teu = need_unit(resource, LB_UNIT_MILLI_TEU, arena);
    if (wagons != NULL && teu != NULL && sum.is_known) {
        wagons->used = sum.wagons;
        teu->used = sum.has_unknown_size ? LB_UNKNOWN : sum.milli_teu;
        wagons->as_of_us = wagons->as_of_us > formed_us ? wagons->as_of_us : formed_us;
        teu->as_of_us = teu->as_of_us > formed_us ? teu->as_of_us : formed_us;
    }
    return err;
}

/* -- balance ----------------------------------------------------------------------------------------------------- */

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

static void finish(lb_resource *resource)
{
    bool has_left = resource->departure.actual_us != LB_UNKNOWN;
    for (size_t i = 0; i < resource->units.count; i++)
        balance(&resource->units.at[i], has_left);
    if (resource->units.count > 1)
        qsort(resource->units.at, resource->units.count, sizeof *resource->units.at, by_unit);
}

/* Trains that crossed at a border in the window of the resource. */
static lb_err count_crossings(lb_facts *facts, lb_resource *resource, lb_arena *arena)
{
    lb_key_list runs;
    int64_t count = 0;
    if (resource->window_from_us == LB_UNKNOWN || resource->window_until_us == LB_UNKNOWN)
        return LB_OK;
    lb_err err = lb_facts_callers(facts, resource->from, resource->window_from_us / LB_DAY_US,
                                  resource->window_until_us / LB_DAY_US, arena, &runs);
    for (size_t i = 0; err == LB_OK && i < runs.count; i++) {
        lb_fact_list own;
        bool has_crossed = false;
        err = lb_facts_of(facts, runs.at[i], arena, &own);
        for (size_t k = 0; err == LB_OK && k < own.count; k++) {
            const lb_event *event = own.at[k].event;
            int64_t us = event->occurred.utc_us;
            has_crossed =
                has_crossed ||
                (event->type == LB_EVENT_CROS && event->classifier == LB_CLASSIFIER_ACTUAL &&
                 us >= resource->window_from_us && us < resource->window_until_us &&
                 lb_span_equal(lb_key_of_place(&event->place, arena), resource->from));
        }
        count += has_crossed;
    }
    lb_unit_figures *trains = need_unit(resource, LB_UNIT_TRAIN, arena);
    if (trains != NULL && (count > 0 || trains->used == LB_UNKNOWN) && count > trains->used)
        trains->used = count;
    return err;
}

lb_err lb_resource_begin(lb_facts *facts, lb_span id, int64_t now_us, lb_arena *arena,
                         lb_resource_fold *fold)
{
    static const char *const words[LB_RUN_KINDS] = {"train", "flight"};
    lb_resource *resource = &fold->resource;
    lb_fact_list said;
    init_resource(resource, id);
    lb_err err = lb_facts_of_resource(facts, id, arena, &said);
    if (err != LB_OK)
        return err;
    bool is_there = said.count > 0, is_placed = keep_placed(&said);
    fold->formed_us[0] = fold->formed_us[1] = LB_UNKNOWN;
    fold->is_cancelled = is_cancelled(&said);
    fold_said(&said, now_us, arena, resource);
    for (size_t i = 0; err == LB_OK && i < LB_RUN_KINDS && !is_placed; i++) {
        bool is_run = false;
        fold->runs[i] = lb_arena_print(arena, "%s:%.*s", words[i], LB_ARG(id));
        err = fold_run(facts, fold->runs[i], arena, resource, &fold->formed_us[i], &is_run);
        if (is_run && resource->kind == LB_RESOURCE_UNSPECIFIED)
            resource->kind = i == 0 ? LB_RESOURCE_DEPARTURE : LB_RESOURCE_FLIGHT_LEG;
        is_there = is_there || is_run;
    }
    return err == LB_OK && !is_there ? LB_ERR_NOT_FOUND : err;
}

lb_err lb_resource_finish(lb_facts *facts, lb_arena *arena, lb_resource_fold *fold)
{
    lb_resource *resource = &fold->resource;
    lb_err err = LB_OK;
    for (size_t i = 0; err == LB_OK && i < LB_RUN_KINDS; i++)
        if (fold->formed_us[i] != LB_UNKNOWN)
            err = fold_load(facts, fold->runs[i], fold->formed_us[i], arena, resource);
    if (err == LB_OK && resource->kind == LB_RESOURCE_BORDER)
        err = count_crossings(facts, resource, arena);
    if (fold->is_cancelled)
        resource->reason = LB_SPAN("cancelled");
    finish(resource);
    return lb_arena_failed(arena) ? LB_ERR_NO_MEMORY : err;
}

lb_err lb_fold_resource(lb_facts *facts, lb_span id, int64_t now_us, lb_arena *arena,
                        lb_resource *resource)
{
    lb_resource_fold fold;
    lb_err err = lb_resource_begin(facts, id, now_us, arena, &fold);
    if (err == LB_OK)
        err = lb_resource_finish(facts, arena, &fold);
    *resource = fold.resource;
    return err;
}
