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

static bool is_within(const lb_event *event, int64_t from_us, int64_t until_us)
{
    int64_t at_us = event->occurred.utc_us;
    return at_us != LB_UNKNOWN && at_us >= from_us && at_us <= until_us;
}

static lb_err tell_holds(lb_facts *facts, const lb_hold_list *holds, lb_arena *arena,
                         lb_told_list *told)
{
    lb_err err = LB_OK;
    for (size_t i = 0; err == LB_OK && i < holds->count; i++) {
        const lb_hold *hold = &holds->at[i];
        lb_fact_list list;
        lb_kind kind = lb_key_kind(hold->parent);
        err = lb_facts_of(facts, hold->parent, arena, &list);
        for (size_t k = 0; err == LB_OK && k < list.count; k++) {
            const lb_event *event = list.at[k].event;
            bool is_box = kind == LB_KIND_CONTAINER && event->family == LB_FAMILY_EQUIPMENT;
            if ((is_box || concerns_cargo(event)) &&
                is_within(event, hold->from_us, hold->until_us))
                tell(arena, told, event, hold->parent, hold->depth);
        }
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

static void fill_refs(const lb_told_list *told, lb_arena *arena, lb_track *track)
{
    for (size_t i = 0; i < told->count; i++) {
        if (told->at[i].depth >= 0)
            continue;
        const lb_reference_list *refs = &told->at[i].event->refs;
        for (size_t k = 0; k < refs->count; k++) {
            size_t known = 0;
            while (known < track->refs.count &&
                   !(track->refs.at[known].scheme == refs->at[k].scheme &&
                     lb_span_equal(track->refs.at[known].value, refs->at[k].value)))
                known++;
            if (known < track->refs.count ||
                !lb_arena_grow(arena, &track->refs, sizeof *track->refs.at))
                continue;
            track->refs.at[track->refs.count] = refs->at[k];
            track->refs.at[track->refs.count].value_raw = LB_EMPTY;
            track->refs.at[track->refs.count++].issuer = LB_EMPTY;
        }
    }
}

static int by_reference(const void *left, const void *right)
{
    const lb_reference *a = left, *b = right;
    return a->scheme != b->scheme ? (int)a->scheme - (int)b->scheme
                                  : lb_span_compare(a->value, b->value);
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

/* The last position of a conveyance in a time: its own, or that of a terminal in it. */
static lb_err look_for_fix(lb_facts *facts, lb_span conveyance, int64_t from_us, int64_t until_us,
                           lb_arena *arena, lb_track *track)
{
    lb_key_list devices;
    lb_fix fix;
    lb_err err = lb_facts_contents(facts, conveyance, arena, &devices);
    for (size_t i = 0; err == LB_OK && i <= devices.count; i++) {
        lb_span object = i == devices.count ? conveyance : devices.at[i];
        lb_hold_list stays = {0};
        if (i < devices.count && lb_key_kind(object) != LB_KIND_DEVICE)
            continue;
        if (i < devices.count)
            err = lb_fold_stays(facts, object, arena, &stays);
        lb_hold always = {.parent = conveyance, .from_us = INT64_MIN + 1, .until_us = LB_OPEN};
        if (i == devices.count)
            stays = (lb_hold_list){&always, 1, 1};
        for (size_t k = 0; err == LB_OK && k < stays.count; k++) {
            const lb_hold *stay = &stays.at[k];
            if (!lb_span_equal(stay->parent, conveyance))
                continue;
            int64_t from = stay->from_us > from_us ? stay->from_us : from_us;
            int64_t until = stay->until_us < until_us ? stay->until_us : until_us;
            if (lb_facts_last_fix(facts, object, from, until, arena, &fix) != LB_OK ||
                fix.occurred_us < track->position_us)
                continue;
            track->position_us = fix.occurred_us;
            track->lat_e7 = fix.lat_e7;
            track->lon_e7 = fix.lon_e7;
            track->position_object = object;
        }
    }
    return err;
}

static lb_err fill_position(lb_facts *facts, lb_span object, const lb_hold_list *holds,
                            lb_arena *arena, lb_track *track)
{
    lb_err err = look_for_fix(facts, object, INT64_MIN + 1, LB_OPEN, arena, track);
    for (size_t i = 0; err == LB_OK && i < holds->count; i++) {
        lb_kind kind = lb_key_kind(holds->at[i].parent);
        if (kind == LB_KIND_TRUCK || kind == LB_KIND_TRAIN || kind == LB_KIND_TRAILER)
            err = look_for_fix(facts, holds->at[i].parent, holds->at[i].from_us,
                               holds->at[i].until_us, arena, track);
    }
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
    if (track->refs.count > 1)
        qsort(track->refs.at, track->refs.count, sizeof *track->refs.at, by_reference);
    fill_condition(&told, track);
    fill_stays(&holds, is_conveyance && kind != LB_KIND_DEVICE, arena, track);
    if (!question->is_for_dump)
        fill_heard(&told, track);
    lb_fold_legs(&told, &holds, question->object, arena, track);
    lb_fold_status(question->now_us, question->is_for_dump, arena, track);
    if (is_conveyance) {
        lb_key_list load;
        int64_t at_us = question->is_for_dump ? LB_OPEN - 1 : question->now_us;
        err = lb_fold_load(facts, question->object, at_us, arena, &load);
        track->carries = (lb_text_list){load.at, load.count, load.room};
    }
    if (err == LB_OK)
        err = add_hearsay(facts, question, &cycle, arena, track);
    return lb_arena_failed(arena) ? LB_ERR_NO_MEMORY : err;
}
