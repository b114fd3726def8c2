/* fit.c - whether what is needed fits into a departure, and what binds. */
#include "capacity/fit.h"

#include "capacity/figure.h"

static const lb_unit_figures *figures_of(const lb_resource *resource, lb_unit unit)
{
    for (size_t i = 0; i < resource->units.count; i++)
        if (resource->units.at[i].unit == unit)
            return &resource->units.at[i];
    return NULL;
}

/* The unit that is unknown or short; empty: all of the need is free. */
static lb_span short_of(const lb_derive *d, const lb_need_list *need, const lb_resource *resource)
{
    for (size_t i = 0; i < need->count; i++) {
        const char *name = lb_unit_name(need->at[i].unit);
        const lb_unit_figures *figures = figures_of(resource, need->at[i].unit);
        if (figures == NULL || figures->free == LB_UNKNOWN)
            return lb_arena_print(d->arena, "%s unknown", name);
        if (figures->free < need->at[i].quantity)
            return lb_span_of(name);
    }
    return LB_EMPTY;
}

static lb_span binding_of(const lb_derive *d, const lb_need_list *need, const lb_resource *resource)
{
    if (resource->bans.count > 0)
        return lb_arena_print(d->arena, "ban %.*s", LB_ARG(resource->bans.at[0]));
    if (lb_span_is(resource->reason, LB_CANCELLED))
        return LB_SPAN(LB_CANCELLED);
    if (resource->cutoff_us != LB_UNKNOWN && resource->cutoff_us <= d->now_us)
        return LB_SPAN("cut-off is over");
    if (resource->departure.actual_us != LB_UNKNOWN)
        return LB_SPAN("has left");
    return short_of(d, need, resource);
}

void lb_capacity_fit(const lb_derive *d, const lb_need_list *need, lb_resource *resource)
{
    resource->binding = binding_of(d, need, resource);
    resource->fits = resource->binding.len == 0 && !lb_arena_failed(d->arena);
}
