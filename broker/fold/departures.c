/* departures.c - what leaves a place in a time, which bans hit it, and whether a need fits. */
#include <stdlib.h>

#include "base/keymap.h"
#include "fold/ledger.h"
#include "fold/track.h"
#include "landbridge/client/place.h"
#include "landbridge/client/time.h"

enum { CHECKED = 8 }; /* bans that are looked at for one step of the budget */

static int64_t departs(const lb_resource *resource)
{
    const lb_times *times = &resource->departure;
    return times->actual_us != LB_UNKNOWN      ? times->actual_us
           : times->estimated_us != LB_UNKNOWN ? times->estimated_us
                                               : times->planned_us;
}

/* -- which there are ------------------------------------------------------------------------------------------ */

typedef struct id_set {
    lb_keymap known;
    lb_key_list *ids;
} id_set;

static void add_id(id_set *set, lb_span id)
{
    void **place = lb_keymap_need(&set->known, id);
    if (place == NULL || *place != NULL ||
        !lb_arena_grow(set->known.arena, set->ids, sizeof *set->ids->at))
        return;
    *place = set;
    set->ids->at[set->ids->count++] = id;
}

static lb_err add_ledger(lb_facts *facts, id_set *set)
{
    static const lb_resource_kind kinds[] = {LB_RESOURCE_DEPARTURE, LB_RESOURCE_FLIGHT_LEG,
                                             LB_RESOURCE_TRUCK_LANE};
    lb_err err = LB_OK;
    for (size_t i = 0; err == LB_OK && i < sizeof kinds / sizeof kinds[0]; i++) {
        lb_key_list some;
        err = lb_facts_resources(facts, kinds[i], set->known.arena, &some);
        for (size_t k = 0; err == LB_OK && k < some.count; k++)
            add_id(set, some.at[k]);
    }
    return err;
}

/* Ids of departures: those of the ledger, and runs that call at a place of the table within `from`. */
static lb_err list_departures(lb_facts *facts, lb_span from, int64_t after_us, int64_t before_us,
                              lb_arena *arena, lb_key_list *ids)
{
    id_set set = {.ids = ids};
    lb_keymap_init(&set.known, arena);
    lb_err err = add_ledger(facts, &set);
    const lb_place_entry *entry;
    for (size_t i = 0; err == LB_OK && (entry = lb_place_at(i)) != NULL; i++) {
        lb_key_list runs;
        lb_span place = lb_span_of(entry->key);
        if (!lb_place_is_within(place, from))
            continue;
        err = lb_facts_callers(facts, place, after_us / LB_DAY_US - 1, before_us / LB_DAY_US + 1,
                               arena, &runs);
        for (size_t k = 0; err == LB_OK && k < runs.count; k++) {
            lb_span rest = runs.at[k], word;
            lb_span_cut(&rest, ':', &word);
            add_id(&set, rest);
        }
    }
    return err;
}

/* -- bans ------------------------------------------------------------------------------------------------------ */

static bool is_in(lb_span place, lb_span outer)
{
    return outer.len == 0 || lb_place_is_within(place, outer);
}

/* Where the run goes by, by anything that was said of it; each place once. */
static lb_err list_calls(lb_facts *facts, const lb_resource *departure, lb_arena *arena,
                         lb_key_list *places)
{
    lb_fact_list own;
    id_set set = {.ids = places};
    *places = (lb_key_list){0};
    lb_keymap_init(&set.known, arena);
    add_id(&set, departure->from);
    add_id(&set, departure->to);
    lb_span run = lb_arena_print(arena, "train:%.*s", LB_ARG(departure->id));
    lb_err err = lb_facts_of(facts, run, arena, &own);
    for (size_t i = 0; err == LB_OK && i < own.count; i++)
        add_id(&set, lb_key_of_place(&own.at[i].event->place, arena));
    return err;
}

static bool calls_in(const lb_key_list *places, lb_span outer)
{
    for (size_t i = 0; i < places->count; i++)
        if (is_in(places->at[i], outer))
            return true;
    return false;
}

static bool is_then(const lb_resource *ban, int64_t at_us)
{
    return at_us != LB_UNKNOWN && ban->from.len > 0 &&
           (ban->window_from_us == LB_UNKNOWN || at_us >= ban->window_from_us) &&
           (ban->window_until_us == LB_UNKNOWN || at_us < ban->window_until_us);
}

/* A ban may be on one direction only. */
static bool is_that_way(const lb_resource *ban, const lb_resource *departure)
{
    return departure->name.len == 0 || ban->to.len == 0 || is_in(departure->to, ban->to);
}

static lb_err find_bans(lb_facts *facts, const lb_resource_list *bans, lb_arena *arena,
                        lb_resource *departure)
{
    lb_key_list places = {0};
    lb_err err = lb_facts_spend(facts, (int64_t)bans->count / CHECKED) ? LB_OK : LB_ERR_TOO_BIG;
    for (size_t i = 0; err == LB_OK && i < bans->count; i++) {
        const lb_resource *ban = &bans->at[i];
        if (!is_then(ban, departs(departure)) || !is_that_way(ban, departure))
            continue;
        if (places.count == 0)
            err = list_calls(facts, departure, arena, &places);
        if (!lb_facts_spend(facts, (int64_t)places.count / CHECKED))
            err = LB_ERR_TOO_BIG;
        if (err == LB_OK && calls_in(&places, ban->from) &&
            lb_arena_grow(arena, &departure->bans, sizeof *departure->bans.at))
            departure->bans.at[departure->bans.count++] = ban->id;
    }
    return err;
}

static lb_err list_bans(lb_facts *facts, int64_t now_us, lb_arena *arena, lb_resource_list *bans)
{
    lb_key_list ids;
    *bans = (lb_resource_list){0};
    lb_err err = lb_facts_resources(facts, LB_RESOURCE_BAN, arena, &ids);
    for (size_t i = 0; err == LB_OK && i < ids.count; i++) {
        lb_resource_fold fold;
        if (!lb_arena_grow(arena, bans, sizeof *bans->at))
            return LB_ERR_NO_MEMORY;
        err = lb_resource_begin(facts, ids.at[i], now_us, arena, &fold);
        if (err == LB_OK && !fold.is_cancelled)
            bans->at[bans->count++] = fold.resource;
        err = err == LB_ERR_NOT_FOUND ? LB_OK : err;
    }
    return err;
}

static int by_departure(const void *left, const void *right)
{
    const lb_resource *a = left, *b = right;
    if (departs(a) != departs(b))
        return departs(a) < departs(b) ? -1 : 1;
    return lb_span_compare(a->id, b->id);
}

lb_err lb_fold_departures(lb_facts *facts, lb_span from, lb_span to, int64_t after_us,
                          int64_t before_us, int64_t now_us, lb_arena *arena,
                          lb_resource_list *resources)
{
    lb_key_list ids = {0};
    lb_resource_list bans;
    lb_err err = list_departures(facts, from, after_us, before_us, arena, &ids);
    if (err == LB_OK)
        err = list_bans(facts, now_us, arena, &bans);
    for (size_t i = 0; err == LB_OK && i < ids.count; i++) {
        lb_resource_fold fold;
        err = lb_resource_begin(facts, ids.at[i], now_us, arena, &fold);
        if (err == LB_ERR_NOT_FOUND) {
            err = LB_OK; /* everything that was said of it was taken back */
            continue;
        }
        lb_resource *one = &fold.resource;
        int64_t at_us = departs(one);
        if (err != LB_OK || at_us == LB_UNKNOWN || at_us < after_us || at_us > before_us ||
            !is_in(one->from, from) || !is_in(one->to, to))
            continue;
        err = lb_resource_finish(facts, arena, &fold);
        if (err == LB_OK)
            err = find_bans(facts, &bans, arena, one);
        if (lb_arena_grow(arena, resources, sizeof *resources->at))
            resources->at[resources->count++] = *one;
    }
    if (resources->count > 1)
        qsort(resources->at, resources->count, sizeof *resources->at, by_departure);
    return lb_arena_failed(arena) ? LB_ERR_NO_MEMORY : err;
}

/* -- fit -------------------------------------------------------------------------------------------------------- */

void lb_fold_fit(const lb_need_list *need, int64_t now_us, lb_arena *arena, lb_resource *resource)
{
    resource->fits = false;
    if (resource->bans.count > 0) {
        resource->binding = lb_arena_print(arena, "ban %.*s", LB_ARG(resource->bans.at[0]));
        return;
    }
    if (resource->cutoff_us != LB_UNKNOWN && resource->cutoff_us <= now_us) {
        resource->binding = LB_SPAN("cut-off is over");
        return;
    }
    if (resource->departure.actual_us != LB_UNKNOWN) {
        resource->binding = LB_SPAN("has left");
        return;
    }
    for (size_t i = 0; i < need->count; i++) {
        const lb_unit_figures *figures = NULL;
        for (size_t k = 0; k < resource->units.count; k++)
            if (resource->units.at[k].unit == need->at[i].unit)
                figures = &resource->units.at[k];
        if (figures == NULL || figures->free == LB_UNKNOWN) {
            resource->binding = lb_arena_print(arena, "%s unknown", lb_unit_name(need->at[i].unit));
            return;
        }
        if (figures->free < need->at[i].quantity) {
            resource->binding = lb_span_of(lb_unit_name(need->at[i].unit));
            return;
        }
    }
    resource->fits = true;
}
