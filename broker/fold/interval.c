/* interval.c - folds claims into stays.
 *
 *     ADD P       in P from now; out of everything that cannot hold it at the same time
 *     OBSERVE P   the same, when it was not known to be in P already
 *     DELETE P    out of P; DELETE of nothing: out of everything
 *     complete    a list of all that is in P, without this child: out of P
 *     own events  a gate or a crane takes it off its lorry or wagon, a delivery out of everything
 *
 * Checklist for a new kind of conveyance: a row in `excludes`. */
#include "fold/interval.h"

#include <stdlib.h>

enum { DEPTH_MAX = 6, HOLDS_MAX = 4096 };

lb_kind lb_key_kind(lb_span key)
{
    lb_span rest = key, word;
    char upper[24] = "";
    lb_kind kind;
    if (!lb_span_cut(&rest, ':', &word) || word.len >= sizeof upper)
        return LB_KIND_UNSPECIFIED;
    for (size_t i = 0; i < word.len; i++)
        upper[i] =
            word.at[i] == '-'
                ? '_'
                : (char)(word.at[i] >= 'a' && word.at[i] <= 'z' ? word.at[i] - 32 : word.at[i]);
    lb_span name = {upper, word.len};
    /* "uld:" is a unit load device, the scheme of the same name has no consignments */
    if (lb_kind_from_name(name, &kind))
        return kind;
    return LB_KIND_CONSIGNMENT;
}

/* -- what cannot be at the same time --------------------------------------------------------------------- */

static bool is_surface(lb_kind kind)
{
    return kind == LB_KIND_TRUCK || kind == LB_KIND_TRAILER;
}

static bool is_rail(lb_kind kind)
{
    return kind == LB_KIND_WAGON || kind == LB_KIND_TRAIN;
}

/* Being in something of kind `now` ends being in something else of kind `before`. A consignment may be in
 * several units and on several lorries: its parts. */
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
    const lb_claim *claim; /* NULL for own events and complete lists */
} step;

typedef struct step_list {
    step *at;
    size_t count, room;
} step_list;

/* At one moment: first what ends, then what begins, so that a change of wagons in one event works. */
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

static void add_claims(lb_arena *arena, const lb_claim_list *claims, step_list *steps)
{
    for (size_t i = 0; i < claims->count; i++) {
        const lb_claim *claim = &claims->at[i];
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

static bool was_seen_before(const lb_claim_list *claims, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (lb_span_equal(claims->at[k].parent, claims->at[i].parent))
            return true;
    return false;
}

static bool is_listed(const lb_claim_list *claims, lb_span event_id)
{
    for (size_t i = 0; i < claims->count; i++)
        if (lb_span_equal(claims->at[i].event_id, event_id))
            return true;
    return false;
}

/* Every complete list of a parent that the child was ever in, and that does not name the child. */
static lb_err add_omissions(lb_facts *facts, lb_arena *arena, const lb_claim_list *claims,
                            step_list *steps)
{
    for (size_t i = 0; i < claims->count; i++) {
        lb_claim_list lists;
        if (claims->at[i].parent.len == 0 || was_seen_before(claims, i))
            continue;
        lb_err err = lb_facts_complete(facts, claims->at[i].parent, arena, &lists);
        if (err != LB_OK)
            return err;
        for (size_t k = 0; k < lists.count; k++)
            if (!is_listed(claims, lists.at[k].event_id))
                add_step(arena, steps,
                         (step){.at_us = lists.at[k].occurred_us,
                                .kind = STEP_LEAVE,
                                .parent = lists.at[k].parent,
                                .event_id = lists.at[k].event_id});
    }
    return LB_OK;
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

/* -- folding ----------------------------------------------------------------------------------------------- */

static bool ends(const step *one, lb_kind child, lb_kind parent, lb_span parent_key)
{
    switch (one->kind) {
    case STEP_LEAVE:
        return lb_span_equal(one->parent, parent_key);
    case STEP_OFF_ROAD:
        return is_surface(parent);
    case STEP_OFF_RAIL:
        return is_rail(parent);
    case STEP_OUT:
        return true;
    case STEP_ENTER:
    case STEP_SEEN:
        return !lb_span_equal(one->parent, parent_key) &&
               excludes(child, lb_key_kind(one->parent), parent);
    }
    return false;
}

static lb_hold *find_open(lb_hold_list *stays, lb_span parent)
{
    for (size_t i = stays->count; i > 0; i--)
        if (stays->at[i - 1].until_us == LB_OPEN && lb_span_equal(stays->at[i - 1].parent, parent))
            return &stays->at[i - 1];
    return NULL;
}

static void apply(const step *one, lb_span object, lb_arena *arena, lb_hold_list *stays)
{
    lb_kind child = lb_key_kind(object);
    for (size_t i = 0; i < stays->count; i++) {
        lb_hold *stay = &stays->at[i];
        if (stay->until_us == LB_OPEN && ends(one, child, lb_key_kind(stay->parent), stay->parent))
            stay->until_us = one->at_us;
    }
    if (one->kind != STEP_ENTER && one->kind != STEP_SEEN)
        return;
    lb_hold *open = find_open(stays, one->parent);
    if (open != NULL) {
        if (one->claim->milli_teu != LB_UNKNOWN)
            open->milli_teu = one->claim->milli_teu;
        if (one->claim->ordinal != LB_UNKNOWN)
            open->ordinal = one->claim->ordinal;
        return;
    }
    if (!lb_arena_grow(arena, stays, sizeof *stays->at))
        return;
    stays->at[stays->count++] = (lb_hold){.parent = one->parent,
                                          .child = object,
                                          .source = one->claim->source,
                                          .from_us = one->at_us,
                                          .until_us = LB_OPEN,
                                          .milli_teu = one->claim->milli_teu,
                                          .ordinal = one->claim->ordinal};
}

lb_err lb_fold_stays(lb_facts *facts, lb_span object, lb_arena *arena, lb_hold_list *stays)
{
    lb_claim_list claims;
    lb_fact_list own;
    step_list steps = {0};
    *stays = (lb_hold_list){0};
    lb_err err = lb_facts_claims(facts, object, arena, &claims);
    if (err != LB_OK || claims.count == 0)
        return err;
    err = lb_facts_of(facts, object, arena, &own);
    if (err != LB_OK)
        return err;
    add_claims(arena, &claims, &steps);
    add_own_events(arena, &own, &steps);
    err = add_omissions(facts, arena, &claims, &steps);
    if (steps.count > 1)
        qsort(steps.at, steps.count, sizeof *steps.at, by_time);
    for (size_t i = 0; i < steps.count; i++)
        apply(&steps.at[i], object, arena, stays);
    return lb_arena_failed(arena) ? LB_ERR_NO_MEMORY : err;
}

/* -- over levels --------------------------------------------------------------------------------------------- */

lb_err lb_fold_holds(lb_facts *facts, lb_span object, int64_t from_us, int64_t until_us,
                     lb_arena *arena, lb_hold_list *holds)
{
    lb_err err = LB_OK;
    *holds = (lb_hold_list){0};
    if (!lb_arena_grow(arena, holds, sizeof *holds->at))
        return LB_ERR_NO_MEMORY;
    /* The list is its own queue: each hold brings the stays of its parent, cut to its own time. */
    lb_hold start = {.parent = object, .from_us = from_us, .until_us = until_us, .depth = -1};
    for (size_t next = 0; err == LB_OK && holds->count < HOLDS_MAX; next++) {
        lb_hold above = next == 0 ? start : (lb_hold){0};
        if (next > holds->count)
            break;
        if (next > 0)
            above = holds->at[next - 1];
        if (above.depth + 1 >= DEPTH_MAX)
            continue;
        lb_hold_list stays;
        err = lb_fold_stays(facts, above.parent, arena, &stays);
        for (size_t i = 0; err == LB_OK && i < stays.count; i++) {
            lb_hold one = stays.at[i];
            one.from_us = one.from_us > above.from_us ? one.from_us : above.from_us;
            one.until_us = one.until_us < above.until_us ? one.until_us : above.until_us;
            one.depth = above.depth + 1;
            if (one.from_us < one.until_us && lb_arena_grow(arena, holds, sizeof *holds->at))
                holds->at[holds->count++] = one;
        }
    }
    return lb_arena_failed(arena) ? LB_ERR_NO_MEMORY : err;
}

static int by_span(const void *left, const void *right)
{
    return lb_span_compare(*(const lb_span *)left, *(const lb_span *)right);
}

lb_err lb_fold_load(lb_facts *facts, lb_span parent, int64_t at_us, lb_arena *arena,
                    lb_key_list *keys)
{
    lb_err err = LB_OK;
    size_t next = 0;
    *keys = (lb_key_list){0};
    for (lb_span above = parent; err == LB_OK && keys->count < HOLDS_MAX;
         above = keys->at[next++]) {
        lb_key_list ever;
        err = lb_facts_contents(facts, above, arena, &ever);
        for (size_t i = 0; err == LB_OK && i < ever.count; i++) {
            lb_hold_list stays;
            err = lb_fold_stays(facts, ever.at[i], arena, &stays);
            for (size_t k = 0; err == LB_OK && k < stays.count; k++)
                if (lb_span_equal(stays.at[k].parent, above) && stays.at[k].from_us <= at_us &&
                    at_us < stays.at[k].until_us && lb_arena_grow(arena, keys, sizeof *keys->at))
                    keys->at[keys->count++] = ever.at[i];
        }
        if (next == keys->count)
            break;
    }
    if (keys->count > 1)
        qsort(keys->at, keys->count, sizeof *keys->at, by_span);
    return lb_arena_failed(arena) ? LB_ERR_NO_MEMORY : err;
}
