/* track.c - derives one track: its basis, and then each figure of figures.def in turn.
 *
 *     claims --> stays over all levels ------------+
 *                                                  +--> entries --> milestones --> legs, status, ETA ...
 *     facts of the cargo, and of what it was in ---+
 *
 * Short figures are here, the others in files with their names. */
#include "track/track.h"

#include <stdlib.h>

#include "base/key.h"
#include "record.h"
#include "track/figure.h"
#include "track/see.h"

/* -- figures ------------------------------------------------------------------------------------------------- */

static int by_reference(const void *left, const void *right)
{
    const lb_reference *a = left, *b = right;
    return a->scheme != b->scheme ? (int)a->scheme - (int)b->scheme
                                  : lb_span_compare(a->value, b->value);
}

/* The references of the cargo's own facts, sorted, each once. */
lb_err lb_track_references(const lb_derive *d, const lb_track_basis *basis, lb_track *track)
{
    const lb_track_entry_list *entries = &basis->entries;
    lb_reference_list *refs = &track->refs;
    size_t kept = 0;
    for (size_t i = 0; i < entries->count; i++)
        for (size_t k = 0; entries->at[i].depth < 0 && k < entries->at[i].event->refs.count; k++) {
            if (!lb_sees_reference(basis->question->permission, &entries->at[i].event->refs.at[k]))
                continue;
            if (!lb_arena_grow(d->arena, refs, sizeof *refs->at))
                return LB_ERR_NO_MEMORY;
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
    return LB_OK;
}

lb_err lb_track_condition(const lb_derive *d, const lb_track_basis *basis, lb_track *track)
{
    const lb_track_entry_list *entries = &basis->entries;
    (void)d;
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
    return LB_OK;
}

lb_err lb_track_heard(const lb_derive *d, const lb_track_basis *basis, lb_track *track)
{
    const lb_track_entry_list *entries = &basis->entries;
    (void)d;
    for (size_t i = 0; i < entries->count; i++) {
        const lb_event *event = entries->at[i].event;
        if (event->received_at_us == LB_UNKNOWN || event->received_at_us < track->last_heard_us)
            continue;
        track->last_heard_us = event->received_at_us;
        track->last_source = event->prov.source_id;
    }
    return LB_OK;
}

lb_err lb_track_within(const lb_derive *d, const lb_track_basis *basis, lb_track *track)
{
    bool hides = basis->is_conveyance && lb_key_kind(track->object) != LB_KIND_DEVICE;
    for (size_t i = 0; i < basis->nestings.count && !hides; i++) {
        const lb_nesting *nesting = &basis->nestings.at[i];
        if (!lb_arena_grow(d->arena, &track->stays, sizeof *track->stays.at))
            return LB_ERR_NO_MEMORY;
        lb_stay *stay = &track->stays.at[track->stays.count++];
        lb_record_init(&lb_record_stay, stay);
        stay->parent = nesting->parent;
        stay->child = nesting->child;
        stay->from_us = nesting->from_us;
        if (nesting->until_us != LB_OPEN)
            stay->until_us = nesting->until_us;
        stay->source = nesting->source;
    }
    return LB_OK;
}

lb_err lb_track_carries(const lb_derive *d, const lb_track_basis *basis, lb_track *track)
{
    lb_key_list load;
    if (!basis->is_conveyance)
        return LB_OK;
    lb_err err = lb_track_load(d, track->object, d->now_us, &load);
    track->carries = (lb_text_list){load.at, load.count, load.room};
    return err;
}

/* -- one track ----------------------------------------------------------------------------------------------- */

static bool is_conveyance(lb_kind kind)
{
    return kind == LB_KIND_TRAIN || kind == LB_KIND_TRUCK || kind == LB_KIND_WAGON ||
           kind == LB_KIND_FLIGHT || kind == LB_KIND_TRAILER || kind == LB_KIND_DEVICE;
}

static lb_err find_basis(const lb_derive *d, lb_track_basis *basis)
{
    const lb_track_question *question = basis->question;
    const lb_cycle *use = basis->use;
    basis->is_conveyance = is_conveyance(lb_key_kind(question->object));
    lb_err err =
        lb_track_nestings(d, question->object, use->from_us, use->until_us, &basis->nestings);
    if (err == LB_OK)
        err = lb_track_entries(d, question, basis->own, use, &basis->nestings, &basis->entries);
    return err;
}

lb_err lb_track_derive(const lb_derive *d, const lb_track_question *question,
                       const lb_use_list *uses, size_t number, lb_track *track)
{
    static lb_err (*const figures[])(const lb_derive *, const lb_track_basis *, lb_track *) = {
#define LB_TRACK_FIGURE(name, sentence) lb_track_##name,
#include "track/figures.def"
#undef LB_TRACK_FIGURE
    };
    lb_track_basis basis = {.question = question, .own = &uses->own, .use = &uses->list.at[number]};
    track->object = question->object;
    track->cycle = basis.use->number;
    track->cycles = basis.use->count;
    lb_err err = find_basis(d, &basis);
    for (size_t i = 0; err == LB_OK && i < sizeof figures / sizeof figures[0]; i++)
        err = figures[i](d, &basis, track);
    return lb_arena_failed(d->arena) ? LB_ERR_NO_MEMORY : err;
}
