/* nesting.c - from an object up to what it was in, and from a parent down to what is in it.
 *
 *     box --stay--> wagon --stay--> train         nestings: up, over time
 *     train --contents--> wagon --contents--> box load: down, at a moment */
#include "track/nesting.h"

#include <stdlib.h>

#include "base/keymap.h"

enum {
    DEPTH_MAX = 6,
    SCANNED = 8 /* stays scanned for one step of the budget */
};

/* -- up ------------------------------------------------------------------------------------------------------ */

typedef struct span_of_time {
    int64_t from_us, until_us;
} span_of_time;

typedef struct entered { /* times for which an object's stays were added: sorted, disjoint */
    span_of_time *at;
    size_t count, room;
} entered;

typedef struct climb {
    const lb_derive *d;
    lb_span object; /* where the climb began */
    lb_keymap entered;
    lb_nesting_list *nestings;
} climb;

/* Index of the first span that ends after a time. */
static size_t first_behind(const entered *list, int64_t at_us)
{
    size_t from = 0, until = list->count;
    while (from < until) {
        size_t middle = (from + until) / 2;
        if (list->at[middle].until_us <= at_us)
            from = middle + 1;
        else
            until = middle;
    }
    return from;
}

static bool insert(entered *list, size_t at, span_of_time span, lb_arena *arena)
{
    if (!lb_arena_grow(arena, list, sizeof *list->at))
        return false;
    memmove(&list->at[at + 1], &list->at[at], (list->count - at) * sizeof *list->at);
    list->at[at] = span;
    list->count++;
    return true;
}

/* Is the parent already on the way from the object to here? */
static bool leads_back(const climb *c, lb_span parent, size_t via)
{
    if (lb_span_equal(parent, c->object))
        return true;
    for (; via != 0; via = c->nestings->at[via - 1].via)
        if (lb_span_equal(parent, c->nestings->at[via - 1].parent))
            return true;
    return false;
}

/* Adds the stays that fall into a span, cut to it. */
static void add_nestings(climb *c, const lb_nesting_list *stays, span_of_time span, int depth,
                         size_t via)
{
    for (size_t i = 0; i < stays->count; i++) {
        lb_nesting one = stays->at[i];
        one.from_us = one.from_us > span.from_us ? one.from_us : span.from_us;
        one.until_us = one.until_us < span.until_us ? one.until_us : span.until_us;
        one.depth = depth;
        one.via = via;
        if (one.from_us < one.until_us && !leads_back(c, one.parent, via) &&
            lb_arena_grow(c->d->arena, c->nestings, sizeof *c->nestings->at))
            c->nestings->at[c->nestings->count++] = one;
    }
}

/* Adds the stays of `above` for those parts of the time in which they were not added before. */
static lb_err enter_object(climb *c, lb_span above, span_of_time wanted, int depth, size_t via)
{
    lb_nesting_list stays;
    void **place = lb_keymap_need(&c->entered, above);
    if (place != NULL && *place == NULL)
        *place = lb_arena_zero(c->d->arena, sizeof(entered));
    if (place == NULL || *place == NULL)
        return LB_ERR_NO_MEMORY;
    entered *list = *place;
    lb_err err = lb_track_stays(c->d, above, &stays);
    int64_t from_us = wanted.from_us;
    for (size_t at = first_behind(list, from_us); err == LB_OK && from_us < wanted.until_us; at++) {
        span_of_time next = {LB_OPEN, LB_OPEN};
        if (at < list->count)
            next = list->at[at];
        span_of_time gap = {from_us,
                            next.from_us < wanted.until_us ? next.from_us : wanted.until_us};
        from_us = next.until_us;
        if (gap.from_us >= gap.until_us)
            continue;
        if (!lb_facts_spend(c->d->facts, 1 + (int64_t)(stays.count + list->count - at) / SCANNED))
            return LB_ERR_TOO_BIG;
        add_nestings(c, &stays, gap, depth, via);
        if (!insert(list, at++, gap, c->d->arena))
            return LB_ERR_NO_MEMORY;
    }
    return err;
}

lb_err lb_track_nestings(const lb_derive *d, lb_span object, int64_t from_us, int64_t until_us,
                         lb_nesting_list *nestings)
{
    climb c = {.d = d, .object = object, .nestings = nestings};
    *nestings = (lb_nesting_list){0};
    lb_keymap_init(&c.entered, d->arena);
    lb_err err = enter_object(&c, object, (span_of_time){from_us, until_us}, 0, 0);
    /* The list is also the queue: each stay adds the stays of its parent, for its own time. */
    for (size_t next = 0; err == LB_OK && next < nestings->count; next++) {
        const lb_nesting above = nestings->at[next];
        if (above.depth + 1 < DEPTH_MAX && above.is_agreed)
            err = enter_object(&c, above.parent, (span_of_time){above.from_us, above.until_us},
                               above.depth + 1, next + 1);
    }
    return lb_arena_failed(d->arena) ? LB_ERR_NO_MEMORY : err;
}

/* -- down ---------------------------------------------------------------------------------------------------- */

static int by_id(const void *left, const void *right)
{
    return lb_span_compare(*(const lb_span *)left, *(const lb_span *)right);
}

static bool is_in_at(const lb_nesting_list *stays, lb_span parent, int64_t at_us)
{
    for (size_t i = 0; i < stays->count; i++)
        if (stays->at[i].is_agreed && stays->at[i].from_us <= at_us &&
            at_us < stays->at[i].until_us && lb_span_equal(stays->at[i].parent, parent))
            return true;
    return false;
}

static lb_err add_load(const lb_derive *d, lb_span parent, int64_t at_us, lb_keymap *seen,
                       lb_key_list *keys)
{
    lb_key_list ever;
    lb_err err = lb_facts_contents(d->facts, parent, d->arena, &ever);
    for (size_t i = 0; err == LB_OK && i < ever.count; i++) {
        lb_nesting_list stays;
        void **place = lb_keymap_need(seen, ever.at[i]);
        err = lb_track_stays(d, ever.at[i], &stays);
        if (err == LB_OK && !lb_facts_spend(d->facts, (int64_t)stays.count / SCANNED))
            err = LB_ERR_TOO_BIG;
        if (err != LB_OK || place == NULL || *place != NULL || !is_in_at(&stays, parent, at_us) ||
            !lb_arena_grow(d->arena, keys, sizeof *keys->at))
            continue;
        *place = keys;
        keys->at[keys->count++] = ever.at[i];
    }
    return err;
}

lb_err lb_track_load(const lb_derive *d, lb_span parent, int64_t at_us, lb_key_list *keys)
{
    lb_keymap seen;
    *keys = (lb_key_list){0};
    lb_keymap_init(&seen, d->arena);
    void **place = lb_keymap_need(&seen, parent);
    if (place != NULL)
        *place = keys; /* a circle must not add the parent to its own load */
    lb_err err = add_load(d, parent, at_us, &seen, keys);
    for (size_t next = 0; err == LB_OK && next < keys->count; next++)
        err = add_load(d, keys->at[next], at_us, &seen, keys);
    if (keys->count > 1)
        qsort(keys->at, keys->count, sizeof *keys->at, by_id);
    return lb_arena_failed(d->arena) ? LB_ERR_NO_MEMORY : err;
}
