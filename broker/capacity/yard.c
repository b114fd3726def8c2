/* yard.c - what stands in a yard, by block: derived from moves of containers. */
#include "capacity/yard.h"

#include <stdlib.h>

#include "base/key.h"
#include "capacity/key_set.h"
#include "capacity/resource.h"
#include "record.h"

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

lb_err lb_capacity_stock(const lb_derive *d, lb_span place, lb_yard_stock *stock)
{
    lb_key_list containers;
    *stock = (lb_yard_stock){.place = place};
    lb_err err = lb_facts_yard(d->facts, place, d->arena, &containers);
    stock->is_known = err == LB_OK && containers.count > 0;
    for (size_t i = 0; err == LB_OK && i < containers.count; i++) {
        lb_fact_list own;
        lb_yard_item item;
        lb_record_init(&lb_record_yard_item, &item);
        item.object = containers.at[i];
        item.place = place;
        err = lb_facts_of(d->facts, containers.at[i], d->arena, &own);
        if (err == LB_OK && stands(&own, place, d->now_us, d->arena, &item) &&
            lb_arena_grow(d->arena, &stock->items, sizeof item))
            stock->items.at[stock->items.count++] = item;
    }
    return lb_arena_failed(d->arena) ? LB_ERR_NO_MEMORY : err;
}

/* -- a block ------------------------------------------------------------------------------------------------- */

/* Containers are counted from their moves; figures that a sender stated in the same units are not used. */
static void clear_used(lb_resource *block)
{
    for (size_t i = 0; i < block->units.count; i++)
        if (block->units.at[i].unit == LB_UNIT_MILLI_TEU || block->units.at[i].unit == LB_UNIT_UNIT)
            block->units.at[i].used = 0;
}

static void count_item(lb_resource *block, const lb_yard_item *item, lb_arena *arena)
{
    lb_capacity_use(block, LB_UNIT_UNIT, 1, item->since_us, arena);
    if (item->milli_teu != LB_UNKNOWN)
        lb_capacity_use(block, LB_UNIT_MILLI_TEU, item->milli_teu, item->since_us, arena);
}

/* With a container of unknown size in the block, its TEU are unknown. */
static void forget_teu(lb_resource *block, lb_arena *arena)
{
    lb_unit_figures *teu = lb_capacity_unit(block, LB_UNIT_MILLI_TEU, arena);
    if (teu != NULL)
        teu->used = LB_UNKNOWN;
}

/* "CNULZ/A": the yard and the block. A resource that is known as another kind is no block, whatever its id. */
static bool is_block(const lb_capacity_basis *basis, const lb_resource *resource, lb_span *place,
                     lb_span *block)
{
    *block = resource->id;
    return (resource->kind == LB_RESOURCE_YARD_BLOCK || !basis->is_there) &&
           lb_span_cut(block, '/', place) && block->len > 0;
}

lb_err lb_capacity_standing(const lb_derive *d, lb_capacity_basis *basis, lb_resource *resource)
{
    lb_span place, name;
    lb_yard_stock own;
    bool is_sized = true;
    const lb_yard_stock *stock = basis->shared->stock;
    if (!is_block(basis, resource, &place, &name))
        return LB_OK;
    lb_err err = stock == NULL ? lb_capacity_stock(d, place, &own) : LB_OK;
    stock = stock == NULL ? &own : stock;
    if (err != LB_OK || !stock->is_known)
        return err;
    clear_used(resource);
    for (size_t i = 0; i < stock->items.count; i++) {
        if (!lb_span_equal(block_of(stock->items.at[i].block), name))
            continue;
        count_item(resource, &stock->items.at[i], d->arena);
        is_sized = is_sized && stock->items.at[i].milli_teu != LB_UNKNOWN;
        resource->kind = LB_RESOURCE_YARD_BLOCK;
        basis->is_there = true;
    }
    if (!is_sized)
        forget_teu(resource, d->arena);
    return LB_OK;
}

/* -- all of it ----------------------------------------------------------------------------------------------- */

static void sum_up(lb_yard *yard)
{
    yard->containers = (int64_t)yard->items.count;
    yard->milli_teu = yard->unknown_size = 0;
    for (size_t i = 0; i < yard->items.count; i++) {
        const lb_yard_item *item = &yard->items.at[i];
        if (item->milli_teu == LB_UNKNOWN)
            yard->unknown_size++;
        else
            yard->milli_teu += item->milli_teu;
        if (item->since_us > yard->as_of_us)
            yard->as_of_us = item->since_us;
    }
}

static bool is_of_yard(lb_span id, lb_span place)
{
    return id.len > place.len && lb_span_equal(lb_span_first(id, place.len), place) &&
           id.at[place.len] == '/';
}

/* The blocks that a sender named, and those in which a container stands. */
static lb_err list_blocks(const lb_derive *d, const lb_yard_stock *stock, lb_key_list *ids)
{
    lb_key_list stated;
    lb_key_set set;
    lb_key_set_init(&set, ids, d->arena);
    lb_err err = lb_facts_resources(d->facts, LB_RESOURCE_YARD_BLOCK, d->arena, &stated);
    for (size_t i = 0; err == LB_OK && i < stated.count; i++)
        if (is_of_yard(stated.at[i], stock->place))
            lb_key_set_add(&set, stated.at[i]);
    for (size_t i = 0; err == LB_OK && i < stock->items.count; i++)
        if (stock->items.at[i].block.len > 0)
            lb_key_set_add(&set, lb_arena_print(d->arena, "%.*s/%.*s", LB_ARG(stock->place),
                                                LB_ARG(block_of(stock->items.at[i].block))));
    return err;
}

static int by_id(const void *left, const void *right)
{
    return lb_span_compare(((const lb_resource *)left)->id, ((const lb_resource *)right)->id);
}

static lb_err add_blocks(const lb_derive *d, const lb_yard_stock *stock, lb_resource_list *blocks)
{
    lb_key_list ids;
    const lb_capacity_shared shared = {.stock = stock};
    lb_err err = list_blocks(d, stock, &ids);
    for (size_t i = 0; err == LB_OK && i < ids.count; i++) {
        lb_resource block;
        err = lb_capacity_of(d, &shared, ids.at[i], &block);
        if (err == LB_OK && lb_arena_grow(d->arena, blocks, sizeof block))
            blocks->at[blocks->count++] = block;
        err = err == LB_ERR_NOT_FOUND ? LB_OK : err; /* its statements were retracted */
    }
    if (blocks->count > 1)
        qsort(blocks->at, blocks->count, sizeof *blocks->at, by_id);
    return err;
}

lb_err lb_capacity_yard(const lb_derive *d, lb_span place, lb_yard *yard)
{
    lb_yard_stock stock;
    yard->place = place;
    yard->place_name = lb_key_place_name(place);
    lb_err err = lb_capacity_stock(d, place, &stock);
    if (err == LB_OK)
        err = add_blocks(d, &stock, &yard->blocks);
    yard->items = stock.items;
    sum_up(yard);
    return lb_arena_failed(d->arena) ? LB_ERR_NO_MEMORY : err;
}
