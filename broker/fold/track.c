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

#include "base/effect.h"
#include "fold/leg.h"
#include "fold/milestone.h"
#include "fold/see.h"
#include "fold/status.h"
#include "landbridge/client/ident.h"
#include "landbridge/client/place.h"
#include "landbridge/client/time.h"

enum {
    REPORTS_SHOWN = 20, /* of each party, the newest */
    SCANNED = 8         /* facts that are looked at for one step of the budget */
};

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

/* -- what was told ------------------------------------------------------------------------------------------- */

/* What a conveyance does, its cargo does too; what happens to it, its cargo feels. */
static bool concerns_cargo(const lb_event *event)
{
    return event->family == LB_FAMILY_TRANSPORT
               ? event->type != LB_EVENT_FORM && event->type != LB_EVENT_REDY
               : event->family == LB_FAMILY_EXCEPTION;
}

static void tell(lb_arena *arena, lb_track_entry_list *entries, const lb_event *event,
                 lb_span object, int depth)
{
    if (lb_arena_grow(arena, entries, sizeof *entries->at))
        entries->at[entries->count++] = (lb_track_entry){event, object, depth};
}

static int by_parent(const void *left, const void *right)
{
    const lb_nesting *a = *(const lb_nesting *const *)left, *b = *(const lb_nesting *const *)right;
    int order = lb_span_compare(a->parent, b->parent);
    return order != 0 ? order : (a->from_us > b->from_us) - (a->from_us < b->from_us);
}

/* Of equipment that the asker may not see by itself, what is about others' cargo in it is hidden. */
static bool hides_others(const lb_track_question *question, lb_span equipment)
{
    return question->is_share || !lb_permission_sees(question->permission, equipment);
}

/* What one parent says of the time of its stays, by start: each fact once, whatever the number of stays. */
static lb_err tell_parent(lb_facts *facts, const lb_track_question *question,
                          const lb_nesting *const *stays, size_t count, lb_arena *arena,
                          lb_track_entry_list *entries)
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
        bool is_reported =
            concerns_cargo(event) || (is_box && event->family == LB_FAMILY_EQUIPMENT);
        if (is_reported && at_us != LB_UNKNOWN && next > 0 && at_us <= until_us &&
            !(lb_is_others(question->permission, event) && hides_others(question, parent)))
            tell(arena, entries, event, parent, stays[0]->depth);
    }
    return err;
}

static lb_err add_nested(lb_facts *facts, const lb_track_question *question,
                         const lb_nesting_list *nestings, lb_arena *arena,
                         lb_track_entry_list *entries)
{
    const lb_nesting **sorted = lb_arena_alloc(arena, (nestings->count + 1) * sizeof *sorted);
    lb_err err = sorted == NULL ? LB_ERR_NO_MEMORY : LB_OK;
    size_t count = 0;
    for (size_t i = 0; err == LB_OK && i < nestings->count; i++)
        if (nestings->at[i].is_agreed)
            sorted[count++] = &nestings->at[i];
    if (count > 1)
        qsort(sorted, count, sizeof *sorted, by_parent);
    for (size_t i = 0, next; err == LB_OK && i < count; i = next) {
        for (next = i + 1; next < count && lb_span_equal(sorted[i]->parent, sorted[next]->parent);)
            next++;
        err = tell_parent(facts, question, sorted + i, next - i, arena, entries);
    }
    return err;
}

/* The first fact that did not happen before the moment. */
static size_t first_since(const lb_fact_list *own, int64_t at_us)
{
    size_t from = 0, until = own->count;
    while (from < until) {
        size_t middle = (from + until) / 2;
        if (own->at[middle].event->occurred.utc_us < at_us)
            from = middle + 1;
        else
            until = middle;
    }
    return from;
}

/* Facts without a time come first, and are told in each use. */
static void tell_own(const lb_fact_list *own, const lb_track_question *question,
                     const lb_cycle *cycle, lb_arena *arena, lb_track_entry_list *entries)
{
    size_t timeless = first_since(own, LB_UNKNOWN + 1);
    size_t first = first_since(own, cycle->from_us);
    for (size_t i = 0; i < own->count; i++) {
        i = i == timeless && first > i ? first : i;
        if (i == own->count || own->at[i].event->occurred.utc_us >= cycle->until_us)
            return;
        const lb_event *event = own->at[i].event;
        if (event->family != LB_FAMILY_CAPACITY && event->type != LB_EVENT_PING &&
            !(question->is_share && lb_is_others(question->permission, event)))
            tell(arena, entries, event, question->object, -1);
    }
}

/* -- uses ---------------------------------------------------------------------------------------------------- */

/* Does the question ask for this use? A fact without a time is of the last one. */
static bool is_asked_for(const lb_track_question *question, const lb_event *event)
{
    return event->refs.count > 0 &&
           lb_names_reference(question->permission, event, question->reference);
}

/* Leaves the uses in which the reference stands by which the asker came, or may see the object at all. */
static void keep_asked(const lb_track_question *question, const lb_fact_list *own,
                       lb_cycle_list *uses)
{
    size_t use = 0, kept = 0;
    int64_t kept_number = 0; /* of the use that was kept last */
    lb_cycle_list all = *uses;
    if (!question->is_share && question->reference.len == 0)
        return;
    for (size_t i = 0; i < own->count; i++) {
        const lb_event *event = own->at[i].event;
        int64_t at_us = event->occurred.utc_us;
        while (at_us != LB_UNKNOWN && at_us >= all.at[use].until_us)
            use++;
        size_t of = at_us == LB_UNKNOWN ? all.count - 1 : use;
        if (all.at[of].number == kept_number || !is_asked_for(question, event))
            continue;
        kept_number = all.at[of].number;
        uses->at[kept++] = all.at[of]; /* kept <= use: what is overwritten was passed already */
    }
    uses->count = kept;
}

/* Of a use that others' cargo shares: from the first fact that names the asker's, until it was taken out. */
static void cut_to_share(const lb_track_question *question, const lb_fact_list *own, lb_cycle *use)
{
    int64_t from_us = LB_UNKNOWN, until_us = use->until_us;
    bool is_shared = false;
    for (size_t i = first_since(own, use->from_us); i < own->count; i++) {
        const lb_event *event = own->at[i].event;
        int64_t at_us = event->occurred.utc_us;
        if (at_us >= use->until_us)
            break;
        is_shared = is_shared || lb_is_others(question->permission, event);
        if (at_us == LB_UNKNOWN || event->refs.count == 0 ||
            lb_is_others(question->permission, event))
            continue;
        from_us = from_us == LB_UNKNOWN ? at_us : from_us;
        if (event->type == LB_EVENT_STRP && event->classifier == LB_CLASSIFIER_ACTUAL)
            until_us = at_us + 1;
    }
    if (!is_shared || from_us == LB_UNKNOWN)
        return;
    use->from_us = from_us;
    use->until_us = until_us;
}

/* Those that the asker sees are numbered as if there were no others. */
static void cut_to_shares(const lb_track_question *question, lb_use_list *uses)
{
    for (size_t i = 0; i < uses->list.count; i++) {
        cut_to_share(question, &uses->own, &uses->list.at[i]);
        uses->list.at[i].number = (int64_t)i + 1;
        uses->list.at[i].count = (int64_t)uses->list.count;
    }
}

/* -- reports ------------------------------------------------------------------------------------------------- */

/* The newest reports of one party that fall into the use, and how many more there are. */
static lb_err add_reports_of(lb_facts *facts, lb_span party, const lb_track_question *question,
                             const lb_cycle *use, lb_arena *arena, lb_track_entry_list *entries,
                             lb_omitted_list *omitted)
{
    lb_fact_list some;
    int64_t all = 0;
    size_t before = entries->count;
    lb_err err = lb_facts_newest_reports(facts, question->object, party,
                                         question->is_for_dump ? SIZE_MAX / 4 : REPORTS_SHOWN,
                                         arena, &some, &all);
    for (size_t i = 0; err == LB_OK && i < some.count; i++) {
        int64_t at_us = some.at[i].event->occurred.utc_us;
        if (at_us == LB_UNKNOWN || (at_us >= use->from_us && at_us < use->until_us))
            tell(arena, entries, some.at[i].event, question->object, -1);
    }
    int64_t left = all - (int64_t)(entries->count - before);
    if (err == LB_OK && left > 0 && !question->is_share && !question->is_for_dump &&
        lb_arena_grow(arena, omitted, sizeof *omitted->at))
        omitted->at[omitted->count++] = (lb_omitted){party, left};
    return err;
}

static lb_err add_reports(lb_facts *facts, const lb_track_question *question, const lb_cycle *use,
                          lb_arena *arena, lb_track *track)
{
    lb_key_list parties;
    lb_track_entry_list entries = {0};
    if (!question->with_reports || question->is_reported)
        return LB_OK;
    lb_err err = lb_facts_reporters(facts, question->object, arena, &parties);
    for (size_t i = 0; err == LB_OK && i < parties.count; i++)
        err = add_reports_of(facts, parties.at[i], question, use, arena, &entries, &track->omitted);
    return err == LB_OK ? lb_fold_reports(&entries, question->now_us, question->is_for_dump, arena,
                                          &track->reports)
                        : err;
}

/* What an event that nothing covers claims of its child. */
static void take_claims(const lb_event *event, lb_span object, lb_arena *arena,
                        lb_assoc_claim_list *claims)
{
    char text[LB_KEY_ROOM];
    for (size_t i = 0; i < event->assoc.count; i++) {
        const lb_assoc *assoc = &event->assoc.at[i];
        size_t len = lb_object_key_print(text, sizeof text, &assoc->child);
        if (!lb_span_equal((lb_span){text, len}, object) ||
            !lb_arena_grow(arena, claims, sizeof *claims->at))
            continue;
        len =
            assoc->parent.id.len == 0 ? 0 : lb_object_key_print(text, sizeof text, &assoc->parent);
        claims->at[claims->count++] =
            (lb_assoc_claim){.child = object,
                             .parent = lb_arena_copy(arena, (lb_span){text, len}),
                             .event_id = event->event_id,
                             .source = event->prov.source_id,
                             .occurred_us = event->occurred.utc_us,
                             .milli_teu = assoc->child.milli_teu,
                             .ordinal = assoc->position,
                             .action = assoc->action,
                             .cover = lb_assoc_cover(event, i) | LB_COVERS_CHILD};
    }
}

static bool is_about(const lb_event *event, lb_span object)
{
    char text[LB_KEY_ROOM];
    for (size_t i = 0; i < event->objects.count; i++)
        if (event->objects.at[i].role == LB_ROLE_SUBJECT &&
            lb_span_equal(
                (lb_span){text, lb_object_key_print(text, sizeof text, &event->objects.at[i])},
                object))
            return true;
    return false;
}

/* Of an object of which no covered party has spoken, reports stand for facts: to their sender its own. */
static lb_err lend_reports(lb_facts *facts, const lb_track_question *question, lb_arena *arena)
{
    lb_fact_list reports, own = {0};
    lb_assoc_claim_list claims = {0};
    const lb_span *party = lb_sees_all(question->permission) ? NULL : &question->permission->name;
    lb_err err = lb_facts_reports(facts, question->object, party, arena, &reports);
    for (size_t i = 0; err == LB_OK && i < reports.count; i++) {
        take_claims(reports.at[i].event, question->object, arena, &claims);
        if (is_about(reports.at[i].event, question->object) &&
            lb_arena_grow(arena, &own, sizeof *own.at))
            own.at[own.count++] = reports.at[i];
    }
    if (err == LB_OK)
        lb_facts_lend(facts, question->object, &own, &claims);
    return err;
}

/* -- the parts of a track ------------------------------------------------------------------------------------ */

static int by_reference(const void *left, const void *right)
{
    const lb_reference *a = left, *b = right;
    return a->scheme != b->scheme ? (int)a->scheme - (int)b->scheme
                                  : lb_span_compare(a->value, b->value);
}

/* The references of the cargo's own facts, sorted, each once. */
static void fill_refs(const lb_track_entry_list *entries, const lb_permission *permission,
                      lb_arena *arena, lb_track *track)
{
    lb_reference_list *refs = &track->refs;
    size_t kept = 0;
    for (size_t i = 0; i < entries->count; i++)
        for (size_t k = 0; entries->at[i].depth < 0 && k < entries->at[i].event->refs.count; k++) {
            if (!lb_sees_reference(permission, &entries->at[i].event->refs.at[k]))
                continue;
            if (!lb_arena_grow(arena, refs, sizeof *refs->at))
                return;
            refs->at[refs->count] = entries->at[i].event->refs.at[k];
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

static void fill_condition(const lb_track_entry_list *entries, lb_track *track)
{
    int64_t fill_us = LB_UNKNOWN, seals_us = LB_UNKNOWN;
    for (size_t i = 0; i < entries->count; i++) {
        const lb_event *event = entries->at[i].event;
        int64_t at_us = event->occurred.utc_us;
        if (entries->at[i].depth >= 0 || event->classifier != LB_CLASSIFIER_ACTUAL ||
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

static void fill_heard(const lb_track_entry_list *entries, lb_track *track)
{
    for (size_t i = 0; i < entries->count; i++) {
        const lb_event *event = entries->at[i].event;
        if (event->received_at_us == LB_UNKNOWN || event->received_at_us < track->last_heard_us)
            continue;
        track->last_heard_us = event->received_at_us;
        track->last_source = event->prov.source_id;
    }
}

static void fill_stays(const lb_nesting_list *nestings, bool is_conveyance, lb_arena *arena,
                       lb_track *track)
{
    for (size_t i = 0; i < nestings->count && !is_conveyance; i++) {
        const lb_nesting *nesting = &nestings->at[i];
        if (!lb_arena_grow(arena, &track->stays, sizeof *track->stays.at))
            return;
        track->stays.at[track->stays.count++] = (lb_stay){
            nesting->parent, nesting->child, nesting->from_us,
            nesting->until_us == LB_OPEN ? LB_UNKNOWN : nesting->until_us, nesting->source};
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
static lb_err look_at_device(lb_facts *facts, lb_span device, const lb_nesting *in, lb_arena *arena,
                             lb_track *track)
{
    lb_nesting_list stays;
    lb_err err = lb_fold_stays(facts, device, arena, &stays);
    for (size_t k = stays.count; err == LB_OK && k > 0; k--) {
        const lb_nesting *stay = &stays.at[k - 1];
        int64_t from_us = stay->from_us > in->from_us ? stay->from_us : in->from_us;
        int64_t until_us = stay->until_us < in->until_us ? stay->until_us : in->until_us;
        if (stay->is_agreed && from_us <= until_us && lb_span_equal(stay->parent, in->parent))
            err = look_at(facts, device, from_us, until_us, arena, track);
    }
    return err;
}

/* The last position of a conveyance in a time: its own, or that of a terminal in it. */
static lb_err look_for_fix(lb_facts *facts, const lb_nesting *in, lb_arena *arena, lb_track *track)
{
    lb_key_list devices;
    lb_err err = lb_facts_devices(facts, in->parent, arena, &devices);
    for (size_t i = 0; err == LB_OK && i < devices.count; i++)
        err = look_at_device(facts, devices.at[i], in, arena, track);
    return err == LB_OK ? look_at(facts, in->parent, in->from_us, in->until_us, arena, track) : err;
}

static int by_end(const void *left, const void *right)
{
    const lb_nesting *a = *(const lb_nesting *const *)left, *b = *(const lb_nesting *const *)right;
    if (a->until_us != b->until_us)
        return a->until_us > b->until_us ? -1 : 1;
    return lb_span_compare(a->parent, b->parent);
}

/* The newest of all; what ended before the best so far cannot be newer. */
static lb_err fill_position(lb_facts *facts, lb_span object, const lb_nesting_list *nestings,
                            lb_arena *arena, lb_track *track)
{
    const lb_nesting itself = {.parent = object, .from_us = INT64_MIN + 1, .until_us = LB_OPEN};
    const lb_nesting **sorted = lb_arena_alloc(arena, (nestings->count + 1) * sizeof *sorted);
    size_t count = 0;
    lb_err err = sorted == NULL ? LB_ERR_NO_MEMORY : look_for_fix(facts, &itself, arena, track);
    for (size_t i = 0; err == LB_OK && i < nestings->count; i++) {
        lb_kind kind = lb_key_kind(nestings->at[i].parent);
        if (nestings->at[i].is_agreed &&
            (kind == LB_KIND_TRUCK || kind == LB_KIND_TRAIN || kind == LB_KIND_TRAILER))
            sorted[count++] = &nestings->at[i];
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

/* A terminal's pings that nothing covers. */
static void fill_reported_position(const lb_fact_list *own, lb_track *track)
{
    for (size_t i = 0; i < own->count; i++) {
        const lb_event *event = own->at[i].event;
        if (event->type != LB_EVENT_PING || event->pos.lat_e7 == LB_UNKNOWN ||
            event->pos.lon_e7 == LB_UNKNOWN || event->occurred.utc_us < track->position_us)
            continue;
        track->position_us = event->occurred.utc_us;
        track->lat_e7 = event->pos.lat_e7;
        track->lon_e7 = event->pos.lon_e7;
        track->position_object = track->object;
    }
}

static lb_err fill_load(lb_facts *facts, const lb_track_question *question, lb_arena *arena,
                        lb_track *track)
{
    lb_key_list load;
    int64_t at_us = question->is_for_dump ? LB_OPEN - 1 : question->now_us;
    lb_err err = lb_fold_load(facts, question->object, at_us, arena, &load);
    track->carries = (lb_text_list){load.at, load.count, load.room};
    return err;
}

static lb_err fold_use(lb_facts *facts, const lb_track_question *question, const lb_fact_list *own,
                       const lb_cycle *use, lb_arena *arena, lb_track *track)
{
    lb_nesting_list nestings;
    lb_track_entry_list entries = {0};
    lb_kind kind = lb_key_kind(question->object);
    bool is_conveyance = is_conveyance_kind(kind);

    lb_err err =
        lb_fold_nestings(facts, question->object, use->from_us, use->until_us, arena, &nestings);
    if (err != LB_OK)
        return err;
    tell_own(own, question, use, arena, &entries);
    err = add_nested(facts, question, &nestings, arena, &entries);
    if (err == LB_OK)
        err = lb_fold_milestones(&entries, question->now_us, question->is_for_dump, arena,
                                 &track->milestones);
    if (err == LB_OK)
        err = fill_position(facts, question->object, &nestings, arena, track);
    if (err != LB_OK)
        return err;

    if (question->is_reported)
        fill_reported_position(own, track);
    fill_refs(&entries, question->permission, arena, track);
    fill_condition(&entries, track);
    fill_stays(&nestings, is_conveyance && kind != LB_KIND_DEVICE, arena, track);
    if (!question->is_for_dump)
        fill_heard(&entries, track);
    err = lb_fold_legs(facts, &entries, &nestings, question->object, arena, track);
    lb_fold_status(question->now_us, question->is_for_dump, arena, track);
    return err == LB_OK && is_conveyance ? fill_load(facts, question, arena, track) : err;
}

lb_err lb_fold_uses(lb_facts *facts, const lb_track_question *question, lb_arena *arena,
                    lb_use_list *uses)
{
    static const lb_fact_list nothing = {0};
    bool is_reused = lb_key_kind(question->object) == LB_KIND_CONTAINER;
    *uses = (lb_use_list){.own = nothing};
    lb_err err = question->is_reported ? lend_reports(facts, question, arena) : LB_OK;
    if (err == LB_OK)
        err = lb_facts_of(facts, question->object, arena, &uses->own);
    if (err == LB_OK && !lb_facts_spend(facts, (int64_t)uses->own.count / SCANNED))
        err = LB_ERR_TOO_BIG;
    if (err == LB_OK) /* what is no equipment has one use, for ever */
        err = lb_fold_cycles(is_reused ? &uses->own : &nothing, arena, &uses->list);
    if (err != LB_OK)
        return err;
    keep_asked(question, &uses->own, &uses->list);
    if (question->is_share)
        cut_to_shares(question, uses);
    return LB_OK;
}

lb_err lb_fold_track(lb_facts *facts, const lb_track_question *question, const lb_use_list *uses,
                     size_t number, lb_arena *arena, lb_track *track)
{
    const lb_cycle *use = &uses->list.at[number];
    track->object = question->object;
    track->cycle = use->number;
    track->cycles = use->count;
    lb_err err = fold_use(facts, question, &uses->own, use, arena, track);
    if (err == LB_OK)
        err = add_reports(facts, question, use, arena, track);
    return lb_arena_failed(arena) ? LB_ERR_NO_MEMORY : err;
}
