/* departure.c - departures from a place within a time. */
#include "capacity/departure.h"

#include <stdlib.h>

#include "base/key.h"
#include "capacity/ban.h"
#include "capacity/key_set.h"
#include "capacity/resource.h"
#include "landbridge/client/place.h"
#include "landbridge/client/time.h"

int64_t lb_departs_us(const lb_resource *resource)
{
    const lb_times *times = &resource->departure;
    return times->actual_us != LB_UNKNOWN      ? times->actual_us
           : times->estimated_us != LB_UNKNOWN ? times->estimated_us
                                               : times->planned_us;
}

static lb_err add_stated(lb_facts *facts, lb_key_set *set)
{
    static const lb_resource_kind kinds[] = {LB_RESOURCE_DEPARTURE, LB_RESOURCE_FLIGHT_LEG,
                                             LB_RESOURCE_TRUCK_LANE};
    lb_err err = LB_OK;
    for (size_t i = 0; err == LB_OK && i < sizeof kinds / sizeof kinds[0]; i++) {
        lb_key_list some;
        err = lb_facts_resources(facts, kinds[i], set->known.arena, &some);
        for (size_t k = 0; err == LB_OK && k < some.count; k++)
            lb_key_set_add(set, some.at[k]);
    }
    return err;
}

/* Ids of departures: stated resources of such kinds, and runs that call at a place of the table within `from`. */
static lb_err list_departures(const lb_derive *d, lb_span from, int64_t after_us, int64_t before_us,
                              lb_key_list *ids)
{
    lb_key_set set;
    lb_key_set_init(&set, ids, d->arena);
    lb_err err = add_stated(d->facts, &set);
    const lb_place_entry *entry;
    for (size_t i = 0; err == LB_OK && (entry = lb_place_at(i)) != NULL; i++) {
        lb_key_list runs;
        lb_span place = lb_span_of(entry->key);
        if (!lb_place_is_within(place, from))
            continue;
        err = lb_facts_callers(d->facts, place, after_us / LB_DAY_US - 1, before_us / LB_DAY_US + 1,
                               d->arena, &runs);
        for (size_t k = 0; err == LB_OK && k < runs.count; k++) {
            lb_span rest = runs.at[k], word;
            lb_span_cut(&rest, ':', &word);
            lb_key_set_add(&set, rest);
        }
    }
    return err;
}

static int by_departure(const void *left, const void *right)
{
    const lb_resource *a = left, *b = right;
    if (lb_departs_us(a) != lb_departs_us(b))
        return lb_departs_us(a) < lb_departs_us(b) ? -1 : 1;
    return lb_span_compare(a->id, b->id);
}

static lb_err add_departure(const lb_derive *d, lb_capacity_work *work, lb_resource_list *resources)
{
    lb_err err = lb_capacity_finish(d, work);
    if (lb_arena_grow(d->arena, resources, sizeof *resources->at))
        resources->at[resources->count++] = work->resource;
    return err;
}

static bool is_wanted(const lb_resource *one, lb_span from, lb_span to, int64_t after_us,
                      int64_t before_us)
{
    int64_t at_us = lb_departs_us(one);
    return at_us != LB_UNKNOWN && at_us >= after_us && at_us <= before_us &&
           lb_key_is_within(one->from, from) && lb_key_is_within(one->to, to);
}

lb_err lb_capacity_departures(const lb_derive *d, lb_span from, lb_span to, int64_t after_us,
                              int64_t before_us, lb_resource_list *resources)
{
    lb_key_list ids;
    lb_resource_list bans;
    const lb_capacity_shared shared = {.bans = &bans};
    lb_err err = list_departures(d, from, after_us, before_us, &ids);
    if (err == LB_OK)
        err = lb_capacity_list_bans(d, &bans);
    for (size_t i = 0; err == LB_OK && i < ids.count; i++) {
        lb_capacity_work work;
        err = lb_capacity_begin(d, &shared, ids.at[i], &work);
        if (err == LB_OK && is_wanted(&work.resource, from, to, after_us, before_us))
            err = add_departure(d, &work, resources);
        else if (err == LB_ERR_NOT_FOUND)
            err = LB_OK; /* all its facts were retracted */
    }
    if (resources->count > 1)
        qsort(resources->at, resources->count, sizeof *resources->at, by_departure);
    return lb_arena_failed(d->arena) ? LB_ERR_NO_MEMORY : err;
}
