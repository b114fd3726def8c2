/* resource.c - one resource: each figure of figures.def in turn. */
#include "capacity/resource.h"

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

lb_err lb_capacity_begin(const lb_derive *d, lb_span id, lb_capacity_work *work)
{
    work->basis = LB_CAPACITY_BASIS;
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

lb_err lb_capacity_of(const lb_derive *d, lb_span id, lb_resource *resource)
{
    lb_capacity_work work;
    lb_err err = lb_capacity_begin(d, id, &work);
    if (err == LB_OK)
        err = lb_capacity_finish(d, &work);
    *resource = work.resource;
    return err;
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
