/* handover.c - intervals in which a child is released, by its own facts, and the claims that fall into them. */
#include "track/handover.h"

#include <stdlib.h>

#include "landbridge/client/ident.h"

enum { MATCHED = 16 }; /* pairs of a stay and an interval for one step of the budget */

static lb_mode mode_of(lb_kind vehicle)
{
    switch (vehicle) {
    case LB_KIND_TRUCK:
    case LB_KIND_TRAILER:
        return LB_MODE_ROAD;
    case LB_KIND_WAGON:
    case LB_KIND_TRAIN:
        return LB_MODE_RAIL;
    case LB_KIND_FLIGHT:
        return LB_MODE_AIR;
    default:
        return LB_MODE_UNSPECIFIED;
    }
}

/* -- intervals ------------------------------------------------------------------------------------------------- */

typedef struct interval {
    int64_t from_us, until_us;
    lb_key_list vehicles; /* named by the facts at its ends */
    unsigned modes;       /* a bit for each mode, for a release that names no vehicle */
} interval;

typedef struct interval_list {
    interval *at;
    size_t count, room;
} interval_list;

static bool hands_out(lb_event_type type)
{
    return type == LB_EVENT_GTOT || type == LB_EVENT_PICK || type == LB_EVENT_TFOU ||
           type == LB_EVENT_HNDO || type == LB_EVENT_AVPU;
}

static bool takes_in(lb_event_type type)
{
    return type == LB_EVENT_GTIN || type == LB_EVENT_DROP || type == LB_EVENT_DLVR ||
           type == LB_EVENT_RCVD || type == LB_EVENT_TFIN;
}

static bool is_custody(const lb_event *event)
{
    if (event->classifier != LB_CLASSIFIER_ACTUAL || event->occurred.utc_us == LB_UNKNOWN)
        return false;
    switch (event->type) {
    case LB_EVENT_LOAD:
    case LB_EVENT_DISC:
    case LB_EVENT_STOR:
    case LB_EVENT_STUF:
    case LB_EVENT_STRP:
    case LB_EVENT_DEPA:
    case LB_EVENT_ARRI:
        return true;
    default:
        return hands_out(event->type) || takes_in(event->type);
    }
}

/* Adds the vehicles that the event names; false: it names none. */
static bool add_vehicles(const lb_event *event, lb_arena *arena, lb_key_list *vehicles)
{
    char key[LB_KEY_ROOM];
    bool names_one = false;
    for (size_t i = 0; i < event->objects.count; i++) {
        const lb_object *object = &event->objects.at[i];
        if (object->role != LB_ROLE_MEANS || object->id.len == 0 ||
            mode_of(object->kind) == LB_MODE_UNSPECIFIED)
            continue;
        size_t len = lb_object_key_print(key, sizeof key, object);
        names_one = true;
        if (lb_arena_grow(arena, vehicles, sizeof *vehicles->at))
            vehicles->at[vehicles->count++] = lb_arena_copy(arena, (lb_span){key, len});
    }
    return names_one;
}

static unsigned bit_of(lb_mode mode)
{
    return mode == LB_MODE_UNSPECIFIED ? 0 : 1U << mode;
}

/* What leaves through a gate (GTOT) goes on by road; what an airline hands out, by road or with another airline. */
static unsigned released_to(const lb_event *event)
{
    if (event->type == LB_EVENT_GTOT)
        return bit_of(LB_MODE_ROAD);
    return bit_of(event->mode) | (event->mode == LB_MODE_AIR ? bit_of(LB_MODE_ROAD) : 0);
}

static void hand_out(interval *next, const lb_event *event, lb_arena *arena)
{
    if (!hands_out(event->type) || add_vehicles(event, arena, &next->vehicles))
        return;
    next->modes |= released_to(event);
}

static void add_interval(interval_list *list, const interval *one, lb_arena *arena)
{
    bool is_release = one->vehicles.count > 0 || one->modes != 0;
    if (is_release && one->from_us < one->until_us && lb_arena_grow(arena, list, sizeof *list->at))
        list->at[list->count++] = *one;
}

/* Facts of the same time make one boundary between intervals. */
static void cut_time(const lb_fact_list *own, lb_arena *arena, interval_list *list)
{
    interval now = {.from_us = INT64_MIN, .until_us = LB_OPEN}, next = now;
    for (size_t i = 0; i < own->count; i++) {
        const lb_event *event = own->at[i].event;
        if (!is_custody(event))
            continue;
        int64_t at_us = event->occurred.utc_us;
        if (at_us != next.from_us) {
            if (next.from_us != INT64_MIN) {
                add_interval(list, &now, arena);
                now = next;
            }
            next = (interval){.from_us = at_us, .until_us = LB_OPEN};
            now.until_us = at_us;
        }
        if (takes_in(event->type))
            add_vehicles(event, arena, &now.vehicles);
        hand_out(&next, event, arena);
    }
    add_interval(list, &now, arena);
    if (next.from_us != INT64_MIN)
        add_interval(list, &next, arena);
}

/* -- claims of one vehicle --------------------------------------------------------------------------------------- */

typedef struct point {
    int64_t at_us;
    lb_span event_id;
    const lb_assoc_claim *claim; /* NULL: the stay ends here */
} point;

typedef struct point_list {
    point *at;
    size_t count, room;
} point_list;

/* At the same time, ends come before beginnings. */
static int by_time(const void *left, const void *right)
{
    const point *a = left, *b = right;
    if (a->at_us != b->at_us)
        return a->at_us < b->at_us ? -1 : 1;
    if ((a->claim == NULL) != (b->claim == NULL))
        return a->claim == NULL ? -1 : 1;
    return lb_span_compare(a->event_id, b->event_id);
}

static void add_point(point_list *points, int64_t at_us, lb_span event_id,
                      const lb_assoc_claim *claim, lb_arena *arena)
{
    if (at_us != LB_UNKNOWN && lb_arena_grow(arena, points, sizeof *points->at))
        points->at[points->count++] = (point){at_us, event_id, claim};
}

/* A complete list of the vehicle that does not name the child ends its stay. */
static lb_err add_omissions(const lb_derive *d, lb_span child, lb_span vehicle, point_list *points)
{
    lb_assoc_claim_list lists;
    lb_err err = lb_facts_complete(d->facts, vehicle, d->arena, &lists);
    for (size_t i = 0; err == LB_OK && i < lists.count; i++)
        if (!lb_facts_is_named(d->facts, child, &lists.at[i]))
            add_point(points, lists.at[i].occurred_us, lists.at[i].event_id, NULL, d->arena);
    return err;
}

static void add_stay(lb_nesting_list *stays, const lb_assoc_claim *claim, int64_t until_us,
                     lb_arena *arena)
{
    if (lb_arena_grow(arena, stays, sizeof *stays->at))
        stays->at[stays->count++] = (lb_nesting){.parent = claim->parent,
                                                 .child = claim->child,
                                                 .source = claim->source,
                                                 .from_us = claim->occurred_us,
                                                 .until_us = until_us,
                                                 .milli_teu = LB_UNKNOWN,
                                                 .ordinal = LB_UNKNOWN,
                                                 .is_agreed = true,
                                                 .handover = claim};
}

/* The stays in one vehicle, by its claims and complete lists alone. */
static lb_err fold_claims(const lb_derive *d, const lb_assoc_claim *const *claims, size_t count,
                          lb_nesting_list *stays)
{
    point_list points = {0};
    const lb_assoc_claim *open = NULL;
    for (size_t i = 0; i < count; i++)
        add_point(&points, claims[i]->occurred_us, claims[i]->event_id,
                  claims[i]->action == LB_ASSOC_DELETE ? NULL : claims[i], d->arena);
    lb_err err = add_omissions(d, claims[0]->child, claims[0]->parent, &points);
    if (points.count > 1)
        qsort(points.at, points.count, sizeof *points.at, by_time);
    for (size_t i = 0; i < points.count; i++) {
        if (points.at[i].claim == NULL && open != NULL)
            add_stay(stays, open, points.at[i].at_us, d->arena);
        if (points.at[i].claim == NULL || open == NULL)
            open = points.at[i].claim;
    }
    if (open != NULL)
        add_stay(stays, open, LB_OPEN, d->arena);
    return err;
}

static int by_parent(const void *left, const void *right)
{
    const lb_assoc_claim *a = *(const lb_assoc_claim *const *)left,
                         *b = *(const lb_assoc_claim *const *)right;
    return lb_span_compare(a->parent, b->parent);
}

/* The stays in all vehicles, grouped by vehicle. */
static lb_err fold_vehicles(const lb_derive *d, const lb_assoc_claim_list *claims,
                            lb_nesting_list *stays)
{
    const lb_assoc_claim **sorted = lb_arena_alloc(d->arena, (claims->count + 1) * sizeof *sorted);
    lb_err err = sorted == NULL ? LB_ERR_NO_MEMORY : LB_OK;
    for (size_t i = 0; err == LB_OK && i < claims->count; i++)
        sorted[i] = &claims->at[i];
    if (err == LB_OK && claims->count > 1)
        qsort(sorted, claims->count, sizeof *sorted, by_parent);
    for (size_t i = 0, next; err == LB_OK && i < claims->count; i = next) {
        for (next = i + 1;
             next < claims->count && lb_span_equal(sorted[i]->parent, sorted[next]->parent);)
            next++;
        err = fold_claims(d, sorted + i, next - i, stays);
    }
    return err;
}

/* -- claims in intervals ----------------------------------------------------------------------------------------- */

static bool meets(const lb_nesting *stay, const interval *one)
{
    return stay->from_us < one->until_us && one->from_us < stay->until_us;
}

static void add_piece(const lb_nesting *stay, const interval *one, lb_arena *arena,
                      lb_nesting_list *pieces)
{
    if (!meets(stay, one) || !lb_arena_grow(arena, pieces, sizeof *pieces->at))
        return;
    lb_nesting *piece = &pieces->at[pieces->count++];
    *piece = *stay;
    piece->from_us = stay->from_us > one->from_us ? stay->from_us : one->from_us;
    piece->until_us = stay->until_us < one->until_us ? stay->until_us : one->until_us;
}

static bool is_repeated(const interval *one, size_t number)
{
    for (size_t i = 0; i < number; i++)
        if (lb_span_equal(one->vehicles.at[i], one->vehicles.at[number]))
            return true;
    return false;
}

static lb_err match_named(const lb_derive *d, lb_span child, const interval *one,
                          lb_nesting_list *pieces)
{
    lb_err err = LB_OK;
    for (size_t v = 0; err == LB_OK && v < one->vehicles.count; v++) {
        lb_assoc_claim_list claims;
        lb_nesting_list stays = {0};
        if (is_repeated(one, v))
            continue;
        err = lb_facts_one_sided(d->facts, child, &one->vehicles.at[v], d->arena, &claims);
        if (err == LB_OK)
            err = fold_vehicles(d, &claims, &stays);
        for (size_t i = 0; err == LB_OK && i < stays.count; i++)
            add_piece(&stays.at[i], one, d->arena, pieces);
    }
    return err;
}

/* Adds the stays in the only vehicle of the interval's modes; none when there are several. */
static void match_mode(const lb_nesting_list *stays, const interval *one, lb_arena *arena,
                       lb_nesting_list *pieces)
{
    const lb_nesting *only = NULL;
    for (size_t i = 0; i < stays->count; i++) {
        const lb_nesting *stay = &stays->at[i];
        if ((bit_of(mode_of(lb_key_kind(stay->parent))) & one->modes) == 0 || !meets(stay, one))
            continue;
        if (only != NULL && !lb_span_equal(only->parent, stay->parent))
            return;
        only = stay;
    }
    for (size_t i = 0; only != NULL && i < stays->count; i++)
        if (lb_span_equal(stays->at[i].parent, only->parent))
            add_piece(&stays->at[i], one, arena, pieces);
}

/* The stays by all one-sided claims. Over LB_ONE_SIDED_MAX the list would be cut, so then there are none. */
static lb_err read_all(const lb_derive *d, lb_span child, lb_nesting_list *stays)
{
    lb_assoc_claim_list claims;
    lb_err err = lb_facts_one_sided(d->facts, child, NULL, d->arena, &claims);
    if (err != LB_OK || claims.count > LB_ONE_SIDED_MAX)
        return err;
    return fold_vehicles(d, &claims, stays);
}

lb_err lb_track_handovers(const lb_derive *d, lb_span child, const lb_fact_list *own,
                          lb_nesting_list *pieces)
{
    interval_list intervals = {0};
    lb_nesting_list all = {0};
    bool is_read = false;
    lb_err err = LB_OK;
    *pieces = (lb_nesting_list){0};
    if (own->count == 0 || !lb_facts_has_one_sided(d->facts, child))
        return LB_OK;
    cut_time(own, d->arena, &intervals);
    for (size_t i = 0; err == LB_OK && i < intervals.count; i++) {
        const interval *one = &intervals.at[i];
        if (one->vehicles.count > 0) {
            err = match_named(d, child, one, pieces);
            continue;
        }
        if (!is_read)
            err = read_all(d, child, &all);
        is_read = true;
        if (!lb_facts_spend(d->facts, (int64_t)all.count / MATCHED))
            err = LB_ERR_TOO_BIG;
        if (err == LB_OK)
            match_mode(&all, one, d->arena, pieces);
    }
    return err;
}
