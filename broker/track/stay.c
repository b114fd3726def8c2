/* stay.c - derives the stays of a child from claims and events, in order of time:
 *
 *     ADD P, OBSERVE P     begins a stay in P, unless one is open; ends stays that it excludes (see `excludes`)
 *     DELETE P             ends the stay in P; without a parent: ends all stays
 *     complete list of P   ends the stay in P, when the list does not name the child
 *     own events           GTIN ends stays in trucks and trailers, DISC those in wagons and trains; STRP and DLVR end
 *                          all, unless partial
 *
 * Checklist for a new kind of conveyance: a case in `excludes`. */
#include "track/stay.h"

#include <stdlib.h>

#include "base/effect.h"
#include "track/handover.h"

/* -- what excludes what ---------------------------------------------------------------------------------- */

static bool is_surface(lb_kind kind)
{
    return kind == LB_KIND_TRUCK || kind == LB_KIND_TRAILER;
}

static bool is_rail(lb_kind kind)
{
    return kind == LB_KIND_WAGON || kind == LB_KIND_TRAIN;
}

/* Does a stay in a parent of kind `now` end one in another parent of kind `before`? Never for a consignment: its parts may
 * be in several units and on several trucks. */
static bool excludes(lb_kind child, lb_kind now, lb_kind before)
{
    if (child == LB_KIND_CONSIGNMENT)
        return false;
    if (now == before)
        return true;
    return (is_surface(now) && is_rail(before)) || (now == LB_KIND_WAGON && is_surface(before)) ||
           (now == LB_KIND_TRAIN && is_surface(before));
}

/* -- steps ------------------------------------------------------------------------------------------------- */

typedef enum step_kind {
    STEP_LEAVE,
    STEP_ENTER,
    STEP_SEEN,
    STEP_OFF_ROAD,
    STEP_OFF_RAIL,
    STEP_OUT
} step_kind;

typedef struct step {
    int64_t at_us;
    step_kind kind;
    lb_span parent, event_id;
    size_t parent_number;        /* from 1, see number_parents; 0: none */
    const lb_assoc_claim *claim; /* NULL for own events and complete lists */
    const lb_nesting *handover;  /* the stay by handover that begins or ends; or NULL */
} step;

typedef struct step_list {
    step *at;
    size_t count, room;
} step_list;

/* At the same time, ends come before beginnings, so that a change of wagons in one event works. */
static int by_time(const void *left, const void *right)
{
    const step *a = left, *b = right;
    if (a->at_us != b->at_us)
        return a->at_us < b->at_us ? -1 : 1;
    bool a_ends = a->kind != STEP_ENTER && a->kind != STEP_SEEN;
    bool b_ends = b->kind != STEP_ENTER && b->kind != STEP_SEEN;
    if (a_ends != b_ends)
        return a_ends ? -1 : 1;
    int order = lb_span_compare(a->event_id, b->event_id);
    return order != 0 ? order : lb_span_compare(a->parent, b->parent);
}

static void add_step(lb_arena *arena, step_list *steps, step one)
{
    if (one.at_us != LB_UNKNOWN && lb_arena_grow(arena, steps, sizeof *steps->at))
        steps->at[steps->count++] = one;
}

static void add_claims(lb_arena *arena, const lb_assoc_claim_list *claims, step_list *steps)
{
    for (size_t i = 0; i < claims->count; i++) {
        const lb_assoc_claim *claim = &claims->at[i];
        step one = {.at_us = claim->occurred_us,
                    .parent = claim->parent,
                    .event_id = claim->event_id,
                    .claim = claim};
        one.kind = claim->action == LB_ASSOC_ADD ? STEP_ENTER
                   : claim->action == LB_ASSOC_DELETE
                       ? (claim->parent.len == 0 ? STEP_OUT : STEP_LEAVE)
                       : STEP_SEEN;
        add_step(arena, steps, one);
    }
}

static int by_id(const void *left, const void *right)
{
    return lb_span_compare(*(const lb_span *)left, *(const lb_span *)right);
}

/* The ids of the events that made the claims, sorted. */
static lb_err list_event_ids(const lb_assoc_claim_list *claims, lb_arena *arena, lb_key_list *ids)
{
    *ids = (lb_key_list){.at = lb_arena_alloc(arena, (claims->count + 1) * sizeof *ids->at)};
    if (ids->at == NULL)
        return LB_ERR_NO_MEMORY;
    for (size_t i = 0; i < claims->count; i++)
        ids->at[ids->count++] = claims->at[i].event_id;
    qsort(ids->at, ids->count, sizeof *ids->at, by_id);
    return LB_OK;
}

static bool is_listed(const lb_key_list *ids, lb_span event_id)
{
    return bsearch(&event_id, ids->at, ids->count, sizeof *ids->at, by_id) != NULL;
}

/* Has the parent's side claimed it too, for a child with covered facts? Otherwise the parent's lists and movements say
 * nothing about the child. */
static bool is_agreed_by_parent(lb_facts *facts, lb_span child, lb_span parent)
{
    return lb_facts_is_content(facts, child, parent) && lb_facts_is_known(facts, child);
}

/* Adds an end for every complete list of a parent that does not name the child. */
static lb_err add_omissions_of(const lb_derive *d, const lb_assoc_claim *claim,
                               const lb_key_list *ids, step_list *steps)
{
    lb_assoc_claim_list lists;
    if ((claim->cover & LB_COVERS_PARENT) == 0 &&
        !is_agreed_by_parent(d->facts, claim->child, claim->parent))
        return LB_OK;
    lb_err err = lb_facts_complete(d->facts, claim->parent, d->arena, &lists);
    for (size_t k = 0; err == LB_OK && k < lists.count; k++)
        if (!is_listed(ids, lists.at[k].event_id) &&
            !lb_facts_is_named(d->facts, claim->child, &lists.at[k]))
            add_step(d->arena, steps,
                     (step){.at_us = lists.at[k].occurred_us,
                            .kind = STEP_LEAVE,
                            .parent = lists.at[k].parent,
                            .event_id = lists.at[k].event_id});
    return err;
}

/* The same for all parents in which the child ever was. */
static lb_err add_omissions(const lb_derive *d, const lb_assoc_claim_list *claims, step_list *steps)
{
    lb_key_list ids;
    lb_keymap seen;
    lb_err err = list_event_ids(claims, d->arena, &ids);
    lb_keymap_init(&seen, d->arena);
    for (size_t i = 0; err == LB_OK && i < claims->count; i++) {
        void **place =
            claims->at[i].parent.len == 0 ? NULL : lb_keymap_need(&seen, claims->at[i].parent);
        if (place == NULL || *place != NULL)
            continue;
        *place = &claims->at[i];
        err = add_omissions_of(d, &claims->at[i], &ids, steps);
    }
    return err;
}

static void add_own_events(lb_arena *arena, const lb_fact_list *own, step_list *steps)
{
    for (size_t i = 0; i < own->count; i++) {
        const lb_event *event = own->at[i].event;
        step one = {.at_us = event->occurred.utc_us, .event_id = event->event_id};
        if (event->classifier != LB_CLASSIFIER_ACTUAL)
            continue;
        switch (event->type) {
        case LB_EVENT_GTIN:
            one.kind = STEP_OFF_ROAD;
            break;
        case LB_EVENT_DISC:
            one.kind = STEP_OFF_RAIL;
            break;
        case LB_EVENT_STRP:
        case LB_EVENT_DLVR:
            if (event->qty.partial)
                continue;
            one.kind = STEP_OUT;
            break;
        default:
            continue;
        }
        add_step(arena, steps, one);
    }
}

/* A stay by handover has a begin and an end of its own; its end closes no stay that the child's side claims. */
static lb_err add_handovers(const lb_derive *d, lb_span object, const lb_fact_list *own,
                            step_list *steps)
{
    lb_nesting_list pieces;
    lb_err err = lb_track_handovers(d, object, own, &pieces);
    for (size_t i = 0; err == LB_OK && i < pieces.count; i++) {
        const lb_nesting *piece = &pieces.at[i];
        step one = {.at_us = piece->from_us,
                    .kind = STEP_ENTER,
                    .parent = piece->parent,
                    .event_id = piece->handover->event_id,
                    .claim = piece->handover,
                    .handover = piece};
        add_step(d->arena, steps, one);
        one.kind = STEP_LEAVE;
        one.at_us = piece->until_us;
        one.claim = NULL;
        if (piece->until_us != LB_OPEN)
            add_step(d->arena, steps, one);
    }
    return err;
}

/* -- stays ------------------------------------------------------------------------------------------------- */

/* Open stays are in one list for each kind of event that ends all of them. */
typedef enum ending { BY_GATE, BY_CRANE, BY_NOTHING_ELSE, ENDINGS } ending;

typedef struct open_stay {
    lb_nesting stay;
    lb_kind kind; /* of the parent */
    bool is_open;
    size_t number;        /* of the parent */
    size_t before, after; /* in the list of its ending: stays, from 1; 0: none */
} open_stay;

typedef struct folding {
    lb_kind child;
    open_stay *stays; /* at most one for each step; numbered from 1 */
    size_t count, first[ENDINGS];
    size_t *open; /* by parent number: the open stay in it; 0: none */
} folding;

static ending ending_of(lb_kind parent)
{
    return is_surface(parent) ? BY_GATE : is_rail(parent) ? BY_CRANE : BY_NOTHING_ELSE;
}

static void end_stay(folding *f, size_t number, int64_t at_us)
{
    open_stay *one = &f->stays[number];
    one->stay.until_us = at_us;
    one->is_open = false;
    if (one->before != 0)
        f->stays[one->before].after = one->after;
    else
        f->first[ending_of(one->kind)] = one->after;
    if (one->after != 0)
        f->stays[one->after].before = one->before;
    f->open[one->number] = 0;
}

static void end_all(folding *f, ending which, int64_t at_us)
{
    while (f->first[which] != 0)
        end_stay(f, f->first[which], at_us);
}

/* Linear in the number of open stays, which is small: one for each kind of parent, except for consignments, which are
 * skipped because they exclude nothing. */
static void end_excluded(folding *f, const step *one)
{
    lb_kind now = lb_key_kind(one->parent);
    for (int which = 0; f->child != LB_KIND_CONSIGNMENT && which < ENDINGS; which++)
        for (size_t i = f->first[which], after; i != 0; i = after) {
            after = f->stays[i].after;
            if (f->stays[i].number != one->parent_number &&
                excludes(f->child, now, f->stays[i].kind))
                end_stay(f, i, one->at_us);
        }
}

static void begin_stay(folding *f, const step *one, lb_span object)
{
    lb_kind kind = lb_key_kind(one->parent);
    size_t *first = &f->first[ending_of(kind)], number = ++f->count;
    f->stays[number] = (open_stay){.kind = kind, .is_open = true, .number = one->parent_number};
    f->stays[number].stay = (lb_nesting){.parent = one->parent,
                                         .child = object,
                                         .source = one->claim->source,
                                         .from_us = one->at_us,
                                         .until_us = LB_OPEN,
                                         .milli_teu = one->claim->milli_teu,
                                         .ordinal = one->claim->ordinal};
    if (one->handover != NULL) { /* the claim's quantities are not covered */
        f->stays[number].stay.milli_teu = f->stays[number].stay.ordinal = LB_UNKNOWN;
        f->stays[number].stay.handover = f->stays[number].stay.waybill = one->claim;
    }
    f->stays[number].after = *first;
    if (*first != 0)
        f->stays[*first].before = number;
    *first = number;
    f->open[one->parent_number] = number;
}

/* A further claim of a stay that is open. */
static void update_stay(lb_nesting *stay, const step *one)
{
    const lb_assoc_claim *claim = one->claim;
    if (one->handover != NULL) {
        stay->waybill = stay->waybill == NULL ? claim : stay->waybill;
        return;
    }
    stay->handover = NULL;
    if (claim->milli_teu != LB_UNKNOWN)
        stay->milli_teu = claim->milli_teu;
    if (claim->ordinal != LB_UNKNOWN)
        stay->ordinal = claim->ordinal;
}

static void enter(folding *f, const step *one, lb_span object)
{
    size_t open = f->open[one->parent_number];
    end_excluded(f, one);
    if (open != 0)
        update_stay(&f->stays[open].stay, one);
    else
        begin_stay(f, one, object);
}

static void leave(folding *f, const step *one)
{
    size_t open = f->open[one->parent_number];
    if (open != 0 && (one->handover == NULL || f->stays[open].stay.handover != NULL))
        end_stay(f, open, one->at_us);
}

static void apply(folding *f, const step *one, lb_span object)
{
    switch (one->kind) {
    case STEP_LEAVE:
        leave(f, one);
        return;
    case STEP_OFF_ROAD:
        end_all(f, BY_GATE, one->at_us);
        return;
    case STEP_OFF_RAIL:
        end_all(f, BY_CRANE, one->at_us);
        return;
    case STEP_OUT:
        for (int which = 0; which < ENDINGS; which++)
            end_all(f, (ending)which, one->at_us);
        return;
    case STEP_ENTER:
    case STEP_SEEN:
        enter(f, one, object);
    }
}

/* Gives the same number, from 1, to all steps that name the same parent. */
static size_t number_parents(step_list *steps, lb_arena *arena)
{
    lb_keymap numbers;
    size_t count = 0;
    lb_keymap_init(&numbers, arena);
    for (size_t i = 0; i < steps->count; i++) {
        step *one = &steps->at[i];
        void **place = one->parent.len == 0 ? NULL : lb_keymap_need(&numbers, one->parent);
        if (place == NULL)
            continue;
        if (*place == NULL) {
            one->parent_number = ++count;
            *place = one;
        }
        one->parent_number = ((const step *)*place)->parent_number;
    }
    return count;
}

static lb_err fold_steps(step_list *steps, lb_span object, lb_arena *arena, lb_nesting_list *stays)
{
    folding f = {.child = lb_key_kind(object)};
    if (steps->count > 1)
        qsort(steps->at, steps->count, sizeof *steps->at, by_time);
    size_t parents = number_parents(steps, arena);
    f.open = lb_arena_zero(arena, (parents + 1) * sizeof *f.open);
    f.stays = lb_arena_alloc(arena, (steps->count + 1) * sizeof *f.stays);
    if (f.open == NULL || f.stays == NULL)
        return LB_ERR_NO_MEMORY;
    for (size_t i = 0; i < steps->count; i++)
        apply(&f, &steps->at[i], object);
    stays->at = lb_arena_alloc(arena, (f.count + 1) * sizeof *stays->at);
    for (size_t i = 0; stays->at != NULL && i < f.count; i++)
        stays->at[stays->count++] = f.stays[i + 1].stay;
    stays->room = stays->count;
    return lb_arena_failed(arena) ? LB_ERR_NO_MEMORY : LB_OK;
}

/* Has the parent's side claimed it too, and not retracted that? */
static lb_err find_agreement(const lb_derive *d, lb_span child, lb_span parent, bool *is_agreed)
{
    lb_assoc_claim_list claims;
    *is_agreed = false;
    if (!is_agreed_by_parent(d->facts, child, parent))
        return LB_OK;
    lb_err err = lb_facts_one_sided(d->facts, child, &parent, d->arena, &claims);
    *is_agreed = err == LB_OK && claims.count > 0;
    return err;
}

/* Sets is_agreed: both sides claim the stay, or it is one by handover. */
static lb_err mark_agreed(const lb_derive *d, const lb_assoc_claim_list *claims,
                          lb_nesting_list *stays)
{
    bool marks[2], *const no = &marks[0], *const yes = &marks[1];
    lb_keymap agreed;
    lb_err err = LB_OK;
    lb_keymap_init(&agreed, d->arena);
    for (size_t i = 0; i < claims->count; i++) {
        void **place = (claims->at[i].cover & LB_COVERS_PARENT) == 0
                           ? NULL
                           : lb_keymap_need(&agreed, claims->at[i].parent);
        if (place != NULL)
            *place = yes;
    }
    for (size_t i = 0; err == LB_OK && i < stays->count; i++) {
        lb_nesting *stay = &stays->at[i];
        void **place = lb_keymap_need(&agreed, stay->parent);
        if (place != NULL && *place == NULL && stay->handover == NULL) {
            err = find_agreement(d, stay->child, stay->parent, &stay->is_agreed);
            *place = stay->is_agreed ? yes : no;
        }
        stay->is_agreed = stay->handover != NULL || (place != NULL && *place == yes);
    }
    return err;
}

static lb_err derive_stays(const lb_derive *d, lb_span object, lb_nesting_list *stays)
{
    lb_assoc_claim_list claims;
    lb_fact_list own;
    step_list steps = {0};
    lb_err err = lb_facts_claims(d->facts, object, d->arena, &claims);
    if (err != LB_OK || (claims.count == 0 && !lb_facts_has_one_sided(d->facts, object)))
        return err;
    err = lb_facts_of(d->facts, object, d->arena, &own);
    if (err != LB_OK)
        return err;
    add_claims(d->arena, &claims, &steps);
    add_own_events(d->arena, &own, &steps);
    err = add_omissions(d, &claims, &steps);
    /* Handovers need covered custody facts: an object known by reports alone has none. */
    if (err == LB_OK && lb_facts_is_known(d->facts, object))
        err = add_handovers(d, object, &own, &steps);
    if (err == LB_OK && !lb_facts_spend(d->facts, (int64_t)steps.count))
        err = LB_ERR_TOO_BIG;
    if (err == LB_OK)
        err = fold_steps(&steps, object, d->arena, stays);
    return err == LB_OK ? mark_agreed(d, &claims, stays) : err;
}

/* One question needs the stays of an object several times, so the snapshot caches them. */
lb_err lb_track_stays(const lb_derive *d, lb_span object, lb_nesting_list *stays)
{
    lb_keymap *notes = lb_facts_notes(d->facts, d->arena);
    void **place = notes == NULL ? NULL : lb_keymap_need(notes, lb_arena_copy(d->arena, object));
    *stays = (lb_nesting_list){0};
    if (place != NULL && *place != NULL) {
        *stays = *(const lb_nesting_list *)*place;
        return LB_OK;
    }
    lb_err err = derive_stays(d, object, stays);
    lb_nesting_list *copy =
        err == LB_OK && place != NULL ? lb_arena_alloc(d->arena, sizeof *copy) : NULL;
    if (copy != NULL) {
        *copy = *stays;
        *place = copy;
    }
    return err;
}
