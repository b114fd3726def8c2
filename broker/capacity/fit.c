/* fit.c - whether what is needed fits into a departure, and if not, why. */
#include "capacity/fit.h"

#include "capacity/figure.h"

static const lb_unit_figures *figures_of(const lb_resource *resource, lb_unit unit)
{
    for (size_t i = 0; i < resource->units.count; i++)
        if (resource->units.at[i].unit == unit)
            return &resource->units.at[i];
    return NULL;
}

/* The first needed unit whose free quantity is unknown or too small; UNSPECIFIED: there is none. */
static lb_binding short_of(const lb_need_list *need, const lb_resource *resource, lb_unit *unit)
{
    for (size_t i = 0; i < need->count; i++) {
        const lb_unit_figures *figures = figures_of(resource, need->at[i].unit);
        *unit = need->at[i].unit;
        if (figures == NULL || figures->free == LB_UNKNOWN)
            return LB_BINDING_UNIT_UNKNOWN;
        if (figures->free < need->at[i].quantity)
            return LB_BINDING_UNIT_SHORT;
    }
    *unit = LB_UNIT_UNSPECIFIED;
    return LB_BINDING_UNSPECIFIED;
}

static lb_binding binding_of(const lb_derive *d, const lb_need_list *need, lb_resource *resource)
{
    if (resource->bans.count > 0)
        return LB_BINDING_BAN;
    if (lb_span_is(resource->reason, LB_CANCELLED))
        return LB_BINDING_CANCELLED;
    if (resource->cutoff_us != LB_UNKNOWN && resource->cutoff_us <= d->now_us)
        return LB_BINDING_CUT_OFF;
    if (resource->departure.actual_us != LB_UNKNOWN)
        return LB_BINDING_LEFT;
    return short_of(need, resource, &resource->binding_unit);
}

void lb_capacity_fit(const lb_derive *d, const lb_need_list *need, lb_resource *resource)
{
    resource->binding = binding_of(d, need, resource);
    resource->fits = resource->binding == LB_BINDING_UNSPECIFIED;
}
