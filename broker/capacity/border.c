/* border.c - what is used of a border: the trains that crossed it in its window. A higher stated figure is kept. */
#include "base/key.h"
#include "capacity/figure.h"
#include "landbridge/client/time.h"

lb_err lb_capacity_crossings(const lb_derive *d, lb_capacity_basis *basis, lb_resource *resource)
{
    lb_key_list runs;
    int64_t count = 0;
    (void)basis;
    if (resource->kind != LB_RESOURCE_BORDER || resource->window_from_us == LB_UNKNOWN ||
        resource->window_until_us == LB_UNKNOWN)
        return LB_OK;
    lb_err err = lb_facts_callers(d->facts, resource->from, resource->window_from_us / LB_DAY_US,
                                  resource->window_until_us / LB_DAY_US, d->arena, &runs);
    for (size_t i = 0; err == LB_OK && i < runs.count; i++) {
        lb_fact_list own;
        bool has_crossed = false;
        err = lb_facts_of(d->facts, runs.at[i], d->arena, &own);
        for (size_t k = 0; err == LB_OK && k < own.count; k++) {
            const lb_event *event = own.at[k].event;
            int64_t us = event->occurred.utc_us;
            has_crossed =
                has_crossed ||
                (event->type == LB_EVENT_CROS && event->classifier == LB_CLASSIFIER_ACTUAL &&
                 us >= resource->window_from_us && us < resource->window_until_us &&
                 lb_span_equal(lb_key_of_place(&event->place, d->arena), resource->from));
        }
        count += has_crossed;
    }
    lb_unit_figures *trains = lb_capacity_unit(resource, LB_UNIT_TRAIN, d->arena);
    if (trains != NULL && (count > 0 || trains->used == LB_UNKNOWN) && count > trains->used)
        trains->used = count;
    return err;
}
