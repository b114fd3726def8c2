/* resource.h - capacity: one resource, derived from what was told of it and from what is aboard. */
#ifndef CAPACITY_RESOURCE_H
#define CAPACITY_RESOURCE_H

#include "capacity/figure.h"

/* A resource by its id: "X9023@2026-03-13", "CNULZ/A", ... NOT_FOUND when nothing is known of it. */
lb_err lb_capacity_of(const lb_derive *d, const lb_capacity_shared *shared, lb_span id,
                      lb_resource *resource);
/* All of a kind, by id. */
lb_err lb_capacity_of_kind(const lb_derive *d, lb_resource_kind kind, lb_resource_list *resources);

/* One in two steps: the quick figures, by which resources are chosen, and the dear ones. `shared` lives as long. */
typedef struct lb_capacity_work {
    lb_resource resource;
    lb_capacity_basis basis;
} lb_capacity_work;

lb_err lb_capacity_begin(const lb_derive *d, const lb_capacity_shared *shared, lb_span id,
                         lb_capacity_work *work);
lb_err lb_capacity_finish(const lb_derive *d, lb_capacity_work *work);

#endif
