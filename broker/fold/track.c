/* track.c - one track from the facts of a cargo and of everything that it was in.
 *
 *     claims --> stays over all levels --+
 *                                        +--> what was told --> milestones --> legs, status, ETA
 *     facts of the cargo, of its stays --+
 *
 * A movement of a train is one fact of the train; it is joined here, through the stays, into the tracks of
 * all that was aboard. */
#include "fold/track.h"

#include <stdlib.h>

#include "fold/cycle.h"
#include "fold/leg.h"
#include "fold/milestone.h"
#include "fold/status.h"
#include "landbridge/adapter.h"
#include "landbridge/ident.h"
#include "landbridge/place.h"
#include "landbridge/time.h"

enum { RUNS_MAX = 1, LINKED_MAX = 1000 };

lb_span lb_place_name_of(lb_span key, lb_arena *arena)
{
    const lb_place_entry *entry = lb_place_by_key(key);
    (void)arena;
    return entry == NULL ? LB_EMPTY : lb_span_of(entry->name_en);
}

lb_span lb_key_of_place(const lb_place *place, lb_arena *arena)
{
    char key[LB_PLACE_KEY_ROOM];
    if (place->locode.len > 0)
        return place->locode; /* of the table: its text lives as long as the event */
    size_t len = lb_place_key_print(key, sizeof key, place);
    return lb_arena_copy(arena, (lb_span){key, len});
}

/* -- what a reference stands for -------------------------------------------------------------------------- */

static void add_key(lb_arena *arena, lb_key_list *keys, lb_span key)
{
    for (size_t i = 0; i < keys->count; i++)
        if (lb_span_equal(keys->at[i], key))
            return;
    if (keys->count < LINKED_MAX && lb_arena_grow(arena, keys, sizeof *keys->at))
        keys->at[keys->count++] = key;
}

static lb_err add_linked(lb_facts *facts, lb_span key, lb_arena *arena, lb_key_list *keys)
{
    lb_key_list linked;
    lb_err err = lb_facts_linked(facts, key, arena, &linked);
    for (size_t i = 0; err == LB_OK && i < linked.count; i++)
        add_key(arena, keys, linked.at[i]);
    return err;
}

/* An object of that kind and number, or what was named together with it. */
static lb_err try_key(lb_facts *facts, lb_span key, lb_arena *arena, lb_key_list *keys)
{
    if (lb_facts_is_known(facts, key)) {
        add_key(arena, keys, key);
        return LB_OK;
    }
    return add_linked(facts, key, arena, keys);
}

static lb_span key_as(lb_sink *sink, lb_kind kind, lb_scheme scheme, lb_span text)
{
    lb_object object = {.kind = kind, .scheme = scheme};
    object.id = lb_ident_normalise(sink, scheme, text);
    return lb_object_key(sink, &object);
}

static lb_err try_kinds(lb_facts *facts, lb_sink *sink, lb_span reference, lb_arena *arena,
                        lb_key_list *keys)
{
    static const struct {
        lb_kind kind;
        lb_scheme scheme;
    } also[] = {
        {LB_KIND_CONSIGNMENT, LB_SCHEME_BKG},
        {LB_KIND_CONSIGNMENT, LB_SCHEME_BL},
        {LB_KIND_CONSIGNMENT, LB_SCHEME_SMGS},
        {LB_KIND_CONSIGNMENT, LB_SCHEME_CIM},
        {LB_KIND_CONSIGNMENT, LB_SCHEME_CIM_SMGS},
        {LB_KIND_CONSIGNMENT, LB_SCHEME_CMR},
        {LB_KIND_CONSIGNMENT, LB_SCHEME_AWB},
        {LB_KIND_CONSIGNMENT, LB_SCHEME_HAWB},
        {LB_KIND_CONSIGNMENT, LB_SCHEME_TIR},
        {LB_KIND_CONSIGNMENT, LB_SCHEME_UCR},
        {LB_KIND_CONSIGNMENT, LB_SCHEME_PO},
        {LB_KIND_CONSIGNMENT, LB_SCHEME_MRN},
        {LB_KIND_CONSIGNMENT, LB_SCHEME_TR_ID},
        {LB_KIND_CONSIGNMENT, LB_SCHEME_ADHOC},
        {LB_KIND_TRUCK, LB_SCHEME_PLATE},
        {LB_KIND_ULD, LB_SCHEME_ULD},
        {LB_KIND_WAGON, LB_SCHEME_CN7},
        {LB_KIND_DEVICE, LB_SCHEME_TERMINAL},
        {LB_KIND_CONTAINER, LB_SCHEME_ADHOC},
        {LB_KIND_SWAPBODY, LB_SCHEME_ILU},
        {LB_KIND_TRAILER, LB_SCHEME_PLATE},
        {LB_KIND_UNSPECIFIED, LB_SCHEME_UNSPECIFIED},
    };
    lb_err err = LB_OK;
    for (size_t i = 0; err == LB_OK && i < sizeof also / sizeof also[0]; i++)
        err = try_key(facts, key_as(sink, also[i].kind, also[i].scheme, reference), arena, keys);
    return err;
}

/* A number alone: its newest run. */
static lb_err try_runs(lb_facts *facts, lb_span reference, lb_arena *arena, lb_key_list *keys)
{
    static const char *const words[] = {"train", "flight"};
    lb_err err = LB_OK;
    for (size_t i = 0; err == LB_OK && i < 2 && keys->count == 0; i++) {
        lb_key_list runs;
        lb_span prefix = lb_arena_print(arena, "%s:%.*s@", words[i], LB_ARG(reference));
        err = lb_facts_starting(facts, prefix, RUNS_MAX, arena, &runs);
        for (size_t k = 0; err == LB_OK && k < runs.count; k++)
            add_key(arena, keys, runs.at[k]);
    }
    return err;
}

static lb_err resolve_with(lb_facts *facts, lb_sink *sink, lb_span reference, lb_arena *arena,
                           lb_key_list *keys)
{
    lb_kind kind;
    lb_scheme scheme;
    lb_err err = try_key(facts, reference, arena, keys); /* a key already */
    lb_ident_guess(reference, &kind, &scheme);
    if (err == LB_OK && keys->count == 0 && kind != LB_KIND_UNSPECIFIED)
        err = try_key(facts, key_as(sink, kind, scheme, reference), arena, keys);
    if (err == LB_OK && keys->count == 0)
        err = try_kinds(facts, sink, reference, arena, keys);
    if (err == LB_OK && keys->count == 0)
        err = try_runs(facts, reference, arena, keys);
    for (size_t i = 0; i < keys->count; i++)
        keys->at[i] = lb_arena_copy(arena, keys->at[i]);
    return err;
}

lb_err lb_fold_resolve(lb_facts *facts, lb_span reference, lb_arena *arena, lb_key_list *keys)
{
    enum { SINK_BYTES = 1024 * 1024 };
    lb_sink *sink;
    *keys = (lb_key_list){0};
    lb_err err = lb_sink_open(&sink, SINK_BYTES);
    if (err != LB_OK)
        return err;
    err = resolve_with(facts, sink, lb_span_trim(reference), arena, keys);
    lb_sink_close(&sink);
    return err;
}

/* -- what was told ------------------------------------------------------------------------------------------- */

/* What a conveyance does, its cargo does too; what happens to it, its cargo feels. */
static bool concerns_cargo(const lb_event *event)
{
    return event->family == LB_FAMILY_TRANSPORT
               ? event->type != LB_EVENT_FORM && event->type != LB_EVENT_REDY
               : event->family == LB_FAMILY_EXCEPTION;
}

static void tell(lb_arena *arena, lb_told_list *told, const lb_event *event, lb_span object,
                 int depth)
{
    if (lb_arena_grow(arena, told, sizeof *told->at))
        told->at[told->count++] = (lb_told){event, object, depth};
}

static int by_parent(const void *left, const void *right)
{
    const lb_hold *a = *(const lb_hold *const *)left, *b = *(const lb_hold *const *)right;
    int order = lb_span_compare(a->parent, b->parent);
    return order != 0 ? order : (a->from_us > b->from_us) - (a->from_us < b->from_us);
}

/* What one parent says of the time of its stays, by start: each fact once, whatever the number of stays. */
static lb_err tell_parent(lb_facts *facts, const lb_hold *const *stays, size_t count,
                          lb_arena *arena, lb_told_list *told)
{
    lb_fact_list list;
    lb_span parent = stays[0]->parent;
    bool is_box = lb_key_kind(parent) == LB_KIND_CONTAINER;
    size_t next = 0;
    int64_t until_us = LB_UNKNOWN; /* of the stays that began already */
    lb_err err = lb_facts_of(facts, parent, arena, &list);
    for (size_t i = 0; err == LB_OK && i < list.count; i++) {
        const lb_event *event = list.at[i].event;
        int64_t at_us = event->occurred.utc_us;
        for (; next < count && stays[next]->from_us <= at_us; next++)
            if (stays[next]->until_us > until_us)
                until_us = stays[next]->until_us;
        bool is_told = concerns_cargo(event) || (is_box && event->family == LB_FAMILY_EQUIPMENT);
        if (is_told && at_us != LB_UNKNOWN && next > 0 && at_us <= until_us)
            tell(arena, told, event, parent, stays[0]->depth);
    }
    return err;
}

static lb_err tell_holds(lb_facts *facts, const lb_hold_list *holds, lb_arena *arena,
                         lb_told_list *told)
{
    const lb_hold **sorted = lb_arena_alloc(arena, (holds->count + 1) * sizeof *sorted);
    lb_err err = sorted == NULL ? LB_ERR_NO_MEMORY : LB_OK;
    size_t count = 0;
    for (size_t i = 0; err == LB_OK && i < holds->count; i++)
        if (holds->at[i].is_agreed)
            sorted[count++] = &holds->at[i];
    if (count > 1)
        qsort(sorted, count, sizeof *sorted, by_parent);
    for (size_t i = 0, next; err == LB_OK && i < count; i = next) {
        for (next = i + 1; next < count && lb_span_equal(sorted[i]->parent, sorted[next]->parent);)
            next++;
        err = tell_parent(facts, sorted + i, next - i, arena, told);
    }
    return err;
}

static void tell_own(const lb_fact_list *own, const lb_cycle *cycle, lb_span object,
                     lb_arena *arena, lb_told_list *told)
{
    for (size_t i = 0; i < own->count; i++) {
        const lb_event *event = own->at[i].event;
        int64_t at_us = event->occurred.utc_us;
        bool is_ours = at_us == LB_UNKNOWN || (at_us >= cycle->from_us && at_us < cycle->until_us);
        if (is_ours && event->family != LB_FAMILY_CAPACITY && event->type != LB_EVENT_PING)
            tell(arena, told, event, object, -1);
    }
}

static lb_err add_hearsay(lb_facts *facts, const lb_track_question *question, const lb_cycle *cycle,
                          lb_arena *arena, lb_track *track)
{
    lb_fact_list others;
    lb_told_list told = {0};
    lb_err err = lb_facts_reports(facts, question->object, NULL, arena, &others);
    if (err != LB_OK || others.count == 0)
        return err;
    tell_own(&others, cycle, question->object, arena, &told);
    return lb_fold_hearsay(&told, question->now_us, question->is_for_dump, arena,
                           &track->milestones);
}

/* -- the parts of a track ------------------------------------------------------------------------------------ */

static int by_reference(const void *left, const void *right)
{
    const lb_reference *a = left, *b = right;
    return a->scheme != b->scheme ? (int)a->scheme - (int)b->scheme
                                  : lb_span_compare(a->value, b->value);
}

/* The references of the cargo's own facts, sorted, each once. */
static void fill_refs(const lb_told_list *told, lb_arena *arena, lb_track *track)
{
    lb_reference_list *refs = &track->refs;
    size_t kept = 0;
    for (size_t i = 0; i < told->count; i++)
        for (size_t k = 0; told->at[i].depth < 0 && k < told->at[i].event->refs.count; k++) {
            if (!lb_arena_grow(arena, refs, sizeof *refs->at))
                return;
            refs->at[refs->count] = told->at[i].event->refs.at[k];
            refs->at[refs->count].value_raw = LB_EMPTY;
            refs->at[refs->count++].issuer = LB_EMPTY;
        }
    if (refs->count > 1)
        qsort(refs->at, refs->count, sizeof *refs->at, by_reference);
    for (size_t i = 0; i < refs->count; i++)
        if (kept == 0 || by_reference(&refs->at[kept - 1], &refs->at[i]) != 0)
            refs->at[kept++] = refs->at[i];
    refs->count = kept;
}

static void fill_condition(const lb_told_list *told, lb_track *track)
{
    int64_t fill_us = LB_UNKNOWN, seals_us = LB_UNKNOWN;
    for (size_t i = 0; i < told->count; i++) {
        const lb_event *event = told->at[i].event;
        int64_t at_us = event->occurred.utc_us;
        if (told->at[i].depth >= 0 || event->classifier != LB_CLASSIFIER_ACTUAL ||
            at_us == LB_UNKNOWN)
            continue;
        if (event->cond.fill != LB_FILL_UNSPECIFIED && at_us >= fill_us) {
            track->fill = event->cond.fill;
            fill_us = at_us;
        }
        if (event->cond.seals.count > 0 && at_us >= seals_us) {
            track->seals = event->cond.seals;
            seals_us = at_us;
        }
    }
}

static void fill_heard(const lb_told_list *told, lb_track *track)
{
    for (size_t i = 0; i < told->count; i++) {
        const lb_event *event = told->at[i].event;
        if (event->received_at_us == LB_UNKNOWN || event->received_at_us < track->last_heard_us)
            continue;
        track->last_heard_us = event->received_at_us;
        track->last_source = event->prov.source_id;
    }
}

static void fill_stays(const lb_hold_list *holds, bool is_conveyance, lb_arena *arena,
                       lb_track *track)
{
    for (size_t i = 0; i < holds->count && !is_conveyance; i++) {
        const lb_hold *hold = &holds->at[i];
        if (!lb_arena_grow(arena, &track->stays, sizeof *track->stays.at))
            return;
        track->stays.at[track->stays.count++] =
            (lb_stay){hold->parent, hold->child, hold->from_us,
                      hold->until_us == LB_OPEN ? LB_UNKNOWN : hold->until_us, hold->source};
    }
}

static bool is_newer(const lb_fix *fix, lb_span object, const lb_track *track)
{
    if (fix->occurred_us != track->position_us)
        return fix->occurred_us > track->position_us;
    return lb_span_compare(object, track->position_object) > 0;
}

/* The last position that an object itself tells in a time. */
static lb_err look_at(lb_facts *facts, lb_span object, int64_t from_us, int64_t until_us,
                      lb_arena *arena, lb_track *track)
{
    lb_fix fix;
    lb_err err = lb_facts_last_fix(facts, object, from_us, until_us, arena, &fix);
    if (err != LB_OK)
        return err == LB_ERR_NOT_FOUND && lb_facts_over(facts) == LB_BUDGET_NONE ? LB_OK : err;
    if (is_newer(&fix, object, track)) {
        track->position_us = fix.occurred_us;
        track->lat_e7 = fix.lat_e7;
        track->lon_e7 = fix.lon_e7;
        track->position_object = object;
    }
    return LB_OK;
}

/* That of a terminal while it was in the conveyance. */
static lb_err look_at_device(lb_facts *facts, lb_span device, const lb_hold *in, lb_arena *arena,
                             lb_track *track)
{
    lb_hold_list stays;
    lb_err err = lb_fold_stays(facts, device, arena, &stays);
    for (size_t k = stays.count; err == LB_OK && k > 0; k--) {
        const lb_hold *stay = &stays.at[k - 1];
        int64_t from_us = stay->from_us > in->from_us ? stay->from_us : in->from_us;
        int64_t until_us = stay->until_us < in->until_us ? stay->until_us : in->until_us;
        if (stay->is_agreed && from_us <= until_us && lb_span_equal(stay->parent, in->parent))
            err = look_at(facts, device, from_us, until_us, arena, track);
    }
    return err;
}

/* The last position of a conveyance in a time: its own, or that of a terminal in it. */
static lb_err look_for_fix(lb_facts *facts, const lb_hold *in, lb_arena *arena, lb_track *track)
{
    lb_key_list devices;
    lb_err err = lb_facts_devices(facts, in->parent, arena, &devices);
    for (size_t i = 0; err == LB_OK && i < devices.count; i++)
        err = look_at_device(facts, devices.at[i], in, arena, track);
    return err == LB_OK ? look_at(facts, in->parent, in->from_us, in->until_us, arena, track) : err;
}

static int by_end(const void *left, const void *right)
{
    const lb_hold *a = *(const lb_hold *const *)left, *b = *(const lb_hold *const *)right;
    if (a->until_us != b->until_us)
        return a->until_us > b->until_us ? -1 : 1;
    return lb_span_compare(a->parent, b->parent);
}

/* The newest of all; what ended before the best so far cannot be newer. */
static lb_err fill_position(lb_facts *facts, lb_span object, const lb_hold_list *holds,
                            lb_arena *arena, lb_track *track)
{
    const lb_hold itself = {.parent = object, .from_us = INT64_MIN + 1, .until_us = LB_OPEN};
    const lb_hold **sorted = lb_arena_alloc(arena, (holds->count + 1) * sizeof *sorted);
    size_t count = 0;
    lb_err err = sorted == NULL ? LB_ERR_NO_MEMORY : look_for_fix(facts, &itself, arena, track);
    for (size_t i = 0; err == LB_OK && i < holds->count; i++) {
        lb_kind kind = lb_key_kind(holds->at[i].parent);
        if (holds->at[i].is_agreed &&
            (kind == LB_KIND_TRUCK || kind == LB_KIND_TRAIN || kind == LB_KIND_TRAILER))
            sorted[count++] = &holds->at[i];
    }
    if (count > 1)
        qsort(sorted, count, sizeof *sorted, by_end);
    for (size_t i = 0; err == LB_OK && i < count && sorted[i]->until_us >= track->position_us; i++)
        err = look_for_fix(facts, sorted[i], arena, track);
    return err;
}

static bool is_conveyance_kind(lb_kind kind)
{
    return kind == LB_KIND_TRAIN || kind == LB_KIND_TRUCK || kind == LB_KIND_WAGON ||
           kind == LB_KIND_FLIGHT || kind == LB_KIND_TRAILER || kind == LB_KIND_DEVICE;
}

lb_err lb_fold_track(lb_facts *facts, const lb_track_question *question, lb_arena *arena,
                     lb_track *track)
{
    lb_fact_list own;
    lb_hold_list holds;
    lb_told_list told = {0};
    lb_kind kind = lb_key_kind(question->object);
    bool is_conveyance = is_conveyance_kind(kind);
    lb_cycle cycle = {INT64_MIN, INT64_MAX, 1, 1};

    lb_err err = lb_facts_of(facts, question->object, arena, &own);
    if (err == LB_OK && kind == LB_KIND_CONTAINER)
        cycle = lb_fold_cycle(&own, question->cycle);
    if (err == LB_OK)
        err = lb_fold_holds(facts, question->object, cycle.from_us, cycle.until_us, arena, &holds);
    if (err != LB_OK)
        return err;
    track->object = question->object;
    track->cycle = cycle.number;
    track->cycles = cycle.count;
    tell_own(&own, &cycle, question->object, arena, &told);
    err = tell_holds(facts, &holds, arena, &told);
    if (err == LB_OK)
        err = lb_fold_milestones(&told, question->now_us, question->is_for_dump, arena,
                                 &track->milestones);
    if (err == LB_OK)
        err = fill_position(facts, question->object, &holds, arena, track);
    if (err != LB_OK)
        return err;

    fill_refs(&told, arena, track);
    fill_condition(&told, track);
    fill_stays(&holds, is_conveyance && kind != LB_KIND_DEVICE, arena, track);
    if (!question->is_for_dump)
        fill_heard(&told, track);
    err = lb_fold_legs(facts, &told, &holds, question->object, arena, track);
    lb_fold_status(question->now_us, question->is_for_dump, arena, track);
    if (err == LB_OK && is_conveyance) {
        lb_key_list load;
        int64_t at_us = question->is_for_dump ? LB_OPEN - 1 : question->now_us;
        err = lb_fold_load(facts, question->object, at_us, arena, &load);
        track->carries = (lb_text_list){load.at, load.count, load.room};
    }
    if (err == LB_OK)
        err = add_hearsay(facts, question, &cycle, arena, track);
    return lb_arena_failed(arena) ? LB_ERR_NO_MEMORY : err;
}
