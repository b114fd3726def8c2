/* trucks.c - which trucks are near a place, by their positions, and which of them carry cargo. */
#include "capacity/trucks.h"

#include "base/key.h"
#include "capacity/figure.h"
#include "landbridge/client/place.h"
#include "landbridge/client/time.h"
#include "record.h"
#include "track/nesting.h"

typedef struct sighting {
    int64_t near, laden, as_of_us;
} sighting;

/* Is there cargo in the vehicle that a device (808 terminal) is in? */
static lb_err carries_cargo(const lb_derive *d, lb_span device, bool *is_so)
{
    lb_nesting_list stays;
    *is_so = false;
    lb_err err = lb_track_stays(d, device, &stays);
    for (size_t i = 0; err == LB_OK && i < stays.count; i++) {
        lb_key_list load;
        if (!stays.at[i].is_agreed || stays.at[i].from_us > d->now_us ||
            stays.at[i].until_us <= d->now_us)
            continue;
        err = lb_track_load(d, stays.at[i].parent, d->now_us, &load);
        for (size_t k = 0; err == LB_OK && k < load.count; k++)
            *is_so = *is_so || (lb_key_kind(load.at[k]) != LB_KIND_DEVICE &&
                                lb_key_kind(load.at[k]) != LB_KIND_PERSON);
    }
    return err;
}

/* Counts a device or truck whose last position is recent and near the place. */
static lb_err look_at(const lb_derive *d, lb_span key, const lb_place_entry *place, sighting *seen,
                      lb_text_list *load)
{
    lb_fix fix;
    bool is_busy = false;
    lb_kind kind = lb_key_kind(key);
    int64_t radius_m = place->radius_m == 0 ? d->rules->place_radius_m : place->radius_m;
    if (kind != LB_KIND_DEVICE && kind != LB_KIND_TRUCK)
        return LB_OK;
    if (lb_facts_last_fix(d->facts, key, d->now_us - d->rules->truck_seen_us, d->now_us, d->arena,
                          &fix) != LB_OK ||
        lb_place_distance_m(fix.lat_e7, fix.lon_e7, place->lat_e7, place->lon_e7) >
            (double)(d->rules->truck_radii * radius_m))
        return LB_OK;
    lb_err err = carries_cargo(d, key, &is_busy);
    seen->near++;
    seen->laden += is_busy || fix.fill == LB_FILL_LADEN;
    if (fix.occurred_us > seen->as_of_us)
        seen->as_of_us = fix.occurred_us;
    if (lb_arena_grow(d->arena, load, sizeof *load->at))
        load->at[load->count++] = key;
    return err;
}

static void name_pool(const lb_derive *d, const lb_place_entry *place, lb_resource *pool)
{
    lb_record_init(&lb_record_resource, pool);
    pool->id = lb_arena_print(d->arena, "trucks:%s", place->key);
    pool->kind = LB_RESOURCE_TRUCK_POOL;
    pool->mode = LB_MODE_ROAD;
    pool->from = lb_span_of(place->key);
    pool->from_name = lb_span_of(place->name_en);
    pool->reason = lb_arena_print(d->arena,
                                  "seen in the last %lld hours; used = laden or with cargo on the "
                                  "waybill; whether the others are empty is not known",
                                  (long long)(d->rules->truck_seen_us / LB_HOUR_US));
}

lb_err lb_capacity_trucks(const lb_derive *d, lb_span place, lb_resource *pool)
{
    const lb_place_entry *entry = lb_place_by_key(place);
    lb_key_list keys;
    sighting seen = {.as_of_us = LB_UNKNOWN};
    if (entry == NULL)
        return LB_ERR_NOT_FOUND;
    name_pool(d, entry, pool);
    lb_err err = lb_facts_trackers(d->facts, d->arena, &keys);
    for (size_t i = 0; err == LB_OK && i < keys.count; i++)
        err = look_at(d, keys.at[i], entry, &seen, &pool->load);
    lb_unit_figures *trucks =
        lb_capacity_use(pool, LB_UNIT_TRUCK, seen.laden, seen.as_of_us, d->arena);
    if (trucks != NULL) {
        trucks->nominal = trucks->effective = seen.near;
        trucks->source = LB_SPAN("jt808");
    }
    return lb_arena_failed(d->arena) ? LB_ERR_NO_MEMORY : err;
}
