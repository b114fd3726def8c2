/* resource.c - one resource: each figure of figures.def in turn. */
#include "capacity/resource.h"

#include "base/effect.h"
#include "capacity/ban.h"
#include "capacity/yard.h"
#include "record.h"

typedef enum cost { QUICK, DEAR } cost;

static const struct {
    cost cost;
    lb_err (*derive)(const lb_derive *, lb_capacity_basis *, lb_resource *);
} rows[] = {
#define LB_CAPACITY_FIGURE(name, cost, sentence) {cost, lb_capacity_##name},
#include "capacity/figures.def"
#undef LB_CAPACITY_FIGURE
};

static lb_err derive(const lb_derive *d, cost which, lb_capacity_work *work)
{
    lb_err err = LB_OK;
    for (size_t i = 0; err == LB_OK && i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].cost == which)
            err = rows[i].derive(d, &work->basis, &work->resource);
    return err;
}

lb_err lb_capacity_begin(const lb_derive *d, const lb_capacity_shared *shared, lb_span id,
                         lb_capacity_work *work)
{
    work->basis = (lb_capacity_basis){.shared = shared, .formed_us = {LB_UNKNOWN, LB_UNKNOWN}};
    lb_record_init(&lb_record_resource, &work->resource);
    work->resource.id = id;
    lb_err err = derive(d, QUICK, work);
    return err == LB_OK && !work->basis.is_there ? LB_ERR_NOT_FOUND : err;
}

lb_err lb_capacity_finish(const lb_derive *d, lb_capacity_work *work)
{
    lb_err err = derive(d, DEAR, work);
    return lb_arena_failed(d->arena) ? LB_ERR_NO_MEMORY : err;
}

lb_err lb_capacity_of(const lb_derive *d, const lb_capacity_shared *shared, lb_span id,
                      lb_resource *resource)
{
    lb_capacity_work work;
    lb_err err = lb_capacity_begin(d, shared, id, &work);
    if (err == LB_OK)
        err = lb_capacity_finish(d, &work);
    *resource = work.resource;
    return err;
}

/* Blocks of one yard follow each other in a list by id: what stands in it is looked up once. */
static lb_err share_stock(const lb_derive *d, lb_resource_kind kind, lb_span id,
                          lb_capacity_shared *shared, lb_yard_stock *stock)
{
    lb_span block = id, place;
    if (kind != LB_RESOURCE_YARD_BLOCK || !lb_span_cut(&block, '/', &place) ||
        (shared->stock != NULL && lb_span_equal(stock->place, place)))
        return LB_OK;
    shared->stock = stock;
    return lb_capacity_stock(d, place, stock);
}

lb_err lb_capacity_of_kind(const lb_derive *d, lb_resource_kind kind, lb_resource_list *resources)
{
    lb_key_list ids;
    lb_resource_list bans = {0};
    lb_yard_stock stock = {.place = LB_EMPTY};
    lb_capacity_shared shared = {.bans = &bans};
    lb_err err = lb_facts_resources(d->facts, kind, d->arena, &ids);
    if (err == LB_OK && !lb_resource_acts_on_places(kind)) /* only what leaves is hit by bans */
        err = lb_capacity_list_bans(d, &bans);
    for (size_t i = 0; err == LB_OK && i < ids.count; i++) {
        if (!lb_arena_grow(d->arena, resources, sizeof *resources->at))
            return LB_ERR_NO_MEMORY;
        err = share_stock(d, kind, ids.at[i], &shared, &stock);
        if (err == LB_OK)
            err = lb_capacity_of(d, &shared, ids.at[i], &resources->at[resources->count]);
        resources->count += err == LB_OK;
    }
    return lb_arena_failed(d->arena) ? LB_ERR_NO_MEMORY : err;
}

lb_unit_figures *lb_capacity_unit(lb_resource *resource, lb_unit unit, lb_arena *arena)
{
    for (size_t i = 0; i < resource->units.count; i++)
        if (resource->units.at[i].unit == unit)
            return &resource->units.at[i];
    if (!lb_arena_grow(arena, &resource->units, sizeof *resource->units.at))
        return NULL;
    lb_unit_figures *figures = &resource->units.at[resource->units.count++];
    lb_record_init(&lb_record_unit_figures, figures);
    figures->unit = unit;
    return figures;
}

lb_unit_figures *lb_capacity_use(lb_resource *resource, lb_unit unit, int64_t quantity,
                                 int64_t as_of_us, lb_arena *arena)
{
    lb_unit_figures *figures = lb_capacity_unit(resource, unit, arena);
    if (figures == NULL)
        return NULL;
    figures->used = (figures->used == LB_UNKNOWN ? 0 : figures->used) + quantity;
    if (as_of_us > figures->as_of_us)
        figures->as_of_us = as_of_us;
    return figures;
}
