/* yard.c - what stands in a yard, and which trucks are about: folded from moves and positions. */
#include <stdlib.h>

#include "base/keymap.h"
#include "fold/ledger.h"
#include "fold/track.h"
#include "landbridge/client/place.h"
#include "landbridge/client/time.h"

enum { NEAR = 3 }; /* so many radii of a place are "near" it */
#define LATELY_US (12 * LB_HOUR_US)

/* -- the yard --------------------------------------------------------------------------------------------------- */

static bool brings_in(lb_event_type type)
{
    return type == LB_EVENT_GTIN || type == LB_EVENT_DISC || type == LB_EVENT_STOR ||
           type == LB_EVENT_YMOV;
}

static bool takes_out(lb_event_type type)
{
    return type == LB_EVENT_GTOT || type == LB_EVENT_LOAD || type == LB_EVENT_RMVD;
}

static lb_span block_of(lb_span sub)
{
    for (size_t i = 0; i < sub.len; i++)
        if (sub.at[i] == '-' || sub.at[i] == '/')
            return lb_span_first(sub, i);
    return sub;
}

/* Walks a container's moves at the place until a moment; false when it is not there then. */
static bool stands(const lb_fact_list *own, lb_span place, int64_t at_us, lb_arena *arena,
                   lb_yard_item *item)
{
    bool is_there = false;
    item->since_us = item->milli_teu = LB_UNKNOWN;
    for (size_t i = 0; i < own->count; i++) {
        const lb_event *event = own->at[i].event;
        if (event->occurred.utc_us == LB_UNKNOWN || event->occurred.utc_us > at_us ||
            event->classifier != LB_CLASSIFIER_ACTUAL)
            continue;
        for (size_t k = 0; k < event->objects.count; k++)
            if (event->objects.at[k].role == LB_ROLE_SUBJECT &&
                event->objects.at[k].milli_teu != LB_UNKNOWN)
                item->milli_teu = event->objects.at[k].milli_teu;
        if (event->cond.fill != LB_FILL_UNSPECIFIED)
            item->fill = event->cond.fill;
        if (!lb_span_equal(lb_key_of_place(&event->place, arena), place))
            continue;
        if (brings_in(event->type)) {
            if (!is_there)
                item->since_us = event->occurred.utc_us;
            if (event->place.sub.len > 0)
                item->block = event->place.sub;
            item->source = event->prov.source_id;
            is_there = true;
        } else if (takes_out(event->type)) {
            is_there = false;
            item->block = LB_EMPTY;
        }
    }
    return is_there;
}

/* Blocks of a yard by id: each says in which place of the list it stands, from 1. */
typedef struct block_book {
    lb_keymap numbers;
    lb_yard *yard;
} block_book;

static lb_resource *add_block(block_book *book, const lb_resource *block)
{
    lb_yard *yard = book->yard;
    void **place = lb_keymap_need(&book->numbers, block->id);
    if (place == NULL ||
        !lb_arena_grow(book->numbers.arena, &yard->blocks, sizeof *yard->blocks.at))
        return NULL;
    yard->blocks.at[yard->blocks.count] = *block;
    *place = (void *)(uintptr_t)++yard->blocks.count;
    return &yard->blocks.at[yard->blocks.count - 1];
}

static lb_resource *need_block(block_book *book, lb_span block, lb_arena *arena)
{
    lb_yard *yard = book->yard;
    lb_span id = lb_arena_print(arena, "%.*s/%.*s", LB_ARG(yard->place), LB_ARG(block));
    uintptr_t number = (uintptr_t)lb_keymap_find(&book->numbers, id);
    if (number != 0)
        return &yard->blocks.at[number - 1];
    lb_resource fresh = {.id = id, .kind = LB_RESOURCE_YARD_BLOCK};
    fresh.departure = (lb_times){LB_UNKNOWN, LB_UNKNOWN, LB_UNKNOWN};
    fresh.arrival = fresh.departure;
    fresh.cutoff_us = fresh.window_from_us = fresh.window_until_us = LB_UNKNOWN;
    return add_block(book, &fresh);
}

static void use(lb_resource *block, lb_unit unit, int64_t quantity, int64_t as_of_us,
                lb_arena *arena)
{
    lb_unit_figures *figures = NULL;
    for (size_t i = 0; i < block->units.count; i++)
        if (block->units.at[i].unit == unit)
            figures = &block->units.at[i];
    if (figures == NULL && lb_arena_grow(arena, &block->units, sizeof *block->units.at)) {
        figures = &block->units.at[block->units.count++];
        *figures = (lb_unit_figures){unit,       LB_UNKNOWN, LB_UNKNOWN, LB_UNKNOWN, LB_UNKNOWN,
                                     LB_UNKNOWN, LB_UNKNOWN, LB_UNKNOWN, LB_UNKNOWN, LB_EMPTY};
    }
    if (figures == NULL)
        return;
    figures->used = (figures->used == LB_UNKNOWN ? 0 : figures->used) + quantity;
    if (as_of_us > figures->as_of_us)
        figures->as_of_us = as_of_us;
}

/* The blocks that the ledger knows, without what it thinks is used: that is counted. */
static lb_err start_blocks(lb_facts *facts, int64_t now_us, lb_arena *arena, block_book *book)
{
    const lb_yard *yard = book->yard;
    lb_key_list ids;
    lb_err err = lb_facts_resources(facts, LB_RESOURCE_YARD_BLOCK, arena, &ids);
    for (size_t i = 0; err == LB_OK && i < ids.count; i++) {
        lb_resource block;
        if (ids.at[i].len <= yard->place.len ||
            memcmp(ids.at[i].at, yard->place.at, yard->place.len) != 0 ||
            ids.at[i].at[yard->place.len] != '/')
            continue;
        err = lb_fold_resource(facts, ids.at[i], now_us, arena, &block);
        for (size_t k = 0; err == LB_OK && k < block.units.count; k++)
            block.units.at[k].used = 0;
        if (err == LB_OK)
            add_block(book, &block);
    }
    return err == LB_ERR_NOT_FOUND ? LB_OK : err;
}

static int by_id(const void *left, const void *right)
{
    return lb_span_compare(((const lb_resource *)left)->id, ((const lb_resource *)right)->id);
}

static void add_item(block_book *book, const lb_yard_item *item, lb_arena *arena)
{
    lb_yard *yard = book->yard;
    if (!lb_arena_grow(arena, &yard->items, sizeof *yard->items.at))
        return;
    yard->items.at[yard->items.count++] = *item;
    yard->containers++;
    if (item->milli_teu == LB_UNKNOWN)
        yard->unknown_size++;
    else
        yard->milli_teu += item->milli_teu;
    if (item->since_us > yard->as_of_us)
        yard->as_of_us = item->since_us;
    lb_resource *block =
        item->block.len == 0 ? NULL : need_block(book, block_of(item->block), arena);
    if (block == NULL)
        return;
    use(block, LB_UNIT_UNIT, 1, item->since_us, arena);
    if (item->milli_teu != LB_UNKNOWN)
        use(block, LB_UNIT_MILLI_TEU, item->milli_teu, item->since_us, arena);
}

lb_err lb_fold_yard(lb_facts *facts, lb_span place, int64_t at_us, lb_arena *arena, lb_yard *yard)
{
    lb_key_list containers;
    yard->place = place;
    yard->place_name = lb_place_name_of(place, arena);
    yard->containers = yard->milli_teu = yard->unknown_size = 0;
    yard->as_of_us = LB_UNKNOWN;
    block_book book = {.yard = yard};
    lb_keymap_init(&book.numbers, arena);
    lb_err err = start_blocks(facts, at_us, arena, &book);
    if (err == LB_OK)
        err = lb_facts_yard(facts, place, arena, &containers);
    for (size_t i = 0; err == LB_OK && i < containers.count; i++) {
        lb_fact_list own;
        lb_yard_item item = {.object = containers.at[i], .place = place};
        err = lb_facts_of(facts, containers.at[i], arena, &own);
        if (err == LB_OK && stands(&own, place, at_us, arena, &item))
            add_item(&book, &item, arena);
    }
    for (size_t i = 0; i < yard->blocks.count; i++)
        for (size_t k = 0; k < yard->blocks.at[i].units.count; k++) {
            lb_unit_figures *figures = &yard->blocks.at[i].units.at[k];
            if (figures->effective != LB_UNKNOWN && figures->used != LB_UNKNOWN)
                figures->free = figures->effective - figures->used;
        }
    if (yard->blocks.count > 1)
        qsort(yard->blocks.at, yard->blocks.count, sizeof *yard->blocks.at, by_id);
    return lb_arena_failed(arena) ? LB_ERR_NO_MEMORY : err;
}

/* -- trucks ------------------------------------------------------------------------------------------------------ */

/* Has something been put on the truck that the terminal belongs to, and not been taken off? */
static lb_err carries_cargo(lb_facts *facts, lb_span device, int64_t now_us, lb_arena *arena,
                            bool *is_so)
{
    lb_nesting_list stays;
    *is_so = false;
    lb_err err = lb_fold_stays(facts, device, arena, &stays);
    for (size_t i = 0; err == LB_OK && i < stays.count; i++) {
        lb_key_list load;
        if (!stays.at[i].is_agreed || stays.at[i].from_us > now_us ||
            stays.at[i].until_us <= now_us)
            continue;
        err = lb_fold_load(facts, stays.at[i].parent, now_us, arena, &load);
        for (size_t k = 0; err == LB_OK && k < load.count; k++)
            *is_so = *is_so || (lb_key_kind(load.at[k]) != LB_KIND_DEVICE &&
                                lb_key_kind(load.at[k]) != LB_KIND_PERSON);
    }
    return err;
}

lb_err lb_fold_trucks(lb_facts *facts, lb_span place, int64_t now_us, lb_arena *arena,
                      lb_resource *resource)
{
    const lb_place_entry *entry = lb_place_by_key(place);
    lb_key_list devices;
    int64_t near = 0, laden = 0, as_of_us = LB_UNKNOWN;
    *resource = (lb_resource){.id = lb_arena_print(arena, "trucks:%.*s", LB_ARG(place)),
                              .kind = LB_RESOURCE_TRUCK_POOL,
                              .mode = LB_MODE_ROAD,
                              .from = place};
    resource->departure = (lb_times){LB_UNKNOWN, LB_UNKNOWN, LB_UNKNOWN};
    resource->arrival = resource->departure;
    resource->cutoff_us = resource->window_from_us = resource->window_until_us = LB_UNKNOWN;
    if (entry == NULL)
        return LB_ERR_NOT_FOUND;
    resource->from_name = lb_span_of(entry->name_en);
    double reach_m = NEAR * (entry->radius_m == 0 ? 3000.0 : entry->radius_m);

    lb_err err = lb_facts_trackers(facts, arena, &devices);
    for (size_t i = 0; err == LB_OK && i < devices.count; i++) {
        lb_fix fix;
        bool is_busy = false;
        if (lb_key_kind(devices.at[i]) != LB_KIND_DEVICE &&
            lb_key_kind(devices.at[i]) != LB_KIND_TRUCK)
            continue;
        if (lb_facts_last_fix(facts, devices.at[i], now_us - LATELY_US, now_us, arena, &fix) !=
                LB_OK ||
            lb_place_distance_m(fix.lat_e7, fix.lon_e7, entry->lat_e7, entry->lon_e7) > reach_m)
            continue;
        err = carries_cargo(facts, devices.at[i], now_us, arena, &is_busy);
        near++;
        laden += is_busy || fix.fill == LB_FILL_LADEN;
        if (fix.occurred_us > as_of_us)
            as_of_us = fix.occurred_us;
        if (lb_arena_grow(arena, &resource->load, sizeof *resource->load.at))
            resource->load.at[resource->load.count++] = devices.at[i];
    }
    use(resource, LB_UNIT_TRUCK, laden, as_of_us, arena);
    if (resource->units.count > 0) {
        resource->units.at[0].nominal = resource->units.at[0].effective = near;
        resource->units.at[0].source = LB_SPAN("jt808");
    }
    resource->reason = LB_SPAN(
        "seen in the last 12 hours; used = laden or with cargo on the waybill; whether the others "
        "are empty is not known");
    return lb_arena_failed(arena) ? LB_ERR_NO_MEMORY : err;
}
