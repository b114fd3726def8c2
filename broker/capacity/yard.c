/* yard.c - what stands in a yard, by block: derived from moves of containers. */
#include "capacity/yard.h"

#include <stdlib.h>

#include "base/key.h"
#include "base/keymap.h"
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
    lb_resource fresh;
    lb_record_init(&lb_record_resource, &fresh);
    fresh.id = id;
    fresh.kind = LB_RESOURCE_YARD_BLOCK;
    return add_block(book, &fresh);
}

/* The blocks that the ledger knows, without what it thinks is used: that is counted. */
static lb_err start_blocks(const lb_derive *d, block_book *book)
{
    const lb_yard *yard = book->yard;
    lb_key_list ids;
    lb_err err = lb_facts_resources(d->facts, LB_RESOURCE_YARD_BLOCK, d->arena, &ids);
    for (size_t i = 0; err == LB_OK && i < ids.count; i++) {
        lb_resource block;
        if (ids.at[i].len <= yard->place.len ||
            memcmp(ids.at[i].at, yard->place.at, yard->place.len) != 0 ||
            ids.at[i].at[yard->place.len] != '/')
            continue;
        err = lb_capacity_of(d, ids.at[i], &block);
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
    lb_capacity_use(block, LB_UNIT_UNIT, 1, item->since_us, arena);
    if (item->milli_teu != LB_UNKNOWN)
        lb_capacity_use(block, LB_UNIT_MILLI_TEU, item->milli_teu, item->since_us, arena);
}

lb_err lb_capacity_yard(const lb_derive *d, lb_span place, lb_yard *yard)
{
    lb_key_list containers;
    yard->place = place;
    yard->place_name = lb_key_place_name(place);
    yard->containers = yard->milli_teu = yard->unknown_size = 0;
    yard->as_of_us = LB_UNKNOWN;
    block_book book = {.yard = yard};
    lb_keymap_init(&book.numbers, d->arena);
    lb_err err = start_blocks(d, &book);
    if (err == LB_OK)
        err = lb_facts_yard(d->facts, place, d->arena, &containers);
    for (size_t i = 0; err == LB_OK && i < containers.count; i++) {
        lb_fact_list own;
        lb_yard_item item;
        lb_record_init(&lb_record_yard_item, &item);
        item.object = containers.at[i];
        item.place = place;
        err = lb_facts_of(d->facts, containers.at[i], d->arena, &own);
        if (err == LB_OK && stands(&own, place, d->now_us, d->arena, &item))
            add_item(&book, &item, d->arena);
    }
    for (size_t i = 0; i < yard->blocks.count; i++)
        for (size_t k = 0; k < yard->blocks.at[i].units.count; k++) {
            lb_unit_figures *figures = &yard->blocks.at[i].units.at[k];
            if (figures->effective != LB_UNKNOWN && figures->used != LB_UNKNOWN)
                figures->free = figures->effective - figures->used;
        }
    if (yard->blocks.count > 1)
        qsort(yard->blocks.at, yard->blocks.count, sizeof *yard->blocks.at, by_id);
    return lb_arena_failed(d->arena) ? LB_ERR_NO_MEMORY : err;
}
