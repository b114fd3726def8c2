/* resource.h - derives a resource: every figure of figures.def for its id. */
#ifndef CAPACITY_RESOURCE_H
#define CAPACITY_RESOURCE_H

#include "capacity/figure.h"

/* The resource with an id: "X9023@2026-03-13", "CNULZ/A", ... NOT_FOUND: it has no facts. TOO_BIG: the budget of the
 * snapshot is used up. */
lb_err lb_capacity_of(const lb_derive *d, const lb_capacity_shared *shared, lb_span id,
                      lb_resource *resource);
/* All resources of a kind, sorted by id. */
lb_err lb_capacity_of_kind(const lb_derive *d, lb_resource_kind kind, lb_resource_list *resources);

/* The same in two steps: begin derives the quick figures, by which resources are selected, finish the dear ones. `shared`
 * must outlive the work. */
typedef struct lb_capacity_work {
    lb_resource resource;
    lb_capacity_basis basis;
} lb_capacity_work;

lb_err lb_capacity_begin(const lb_derive *d, const lb_capacity_shared *shared, lb_span id,
                         lb_capacity_work *work);
lb_err lb_capacity_finish(const lb_derive *d, lb_capacity_work *work);

#endif
