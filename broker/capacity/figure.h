/* figure.h - the derived figures of a resource: a row of figures.def and a function each. */
#ifndef CAPACITY_FIGURE_H
#define CAPACITY_FIGURE_H

#include "landbridge/client/answer.h"
#include "track/derive.h"

#define LB_CANCELLED "cancelled" /* reason of a resource that was taken back */

enum { LB_RUN_KINDS = 2 }; /* trains, flights */

/* What stands in a yard at the moment. `is_known`: containers ever moved there. */
typedef struct lb_yard_stock {
    lb_span place;
    lb_yard_item_list items;
    bool is_known;
} lb_yard_stock;

/* What several resources of one question are derived with; NULL: looked up for each that needs it. */
typedef struct lb_capacity_shared {
    const lb_resource_list *bans;
    const lb_yard_stock *stock;
} lb_capacity_shared;

/* What figures find and others need. A resource that is placed acts on places and is no train or flight. */
typedef struct lb_capacity_basis {
    const lb_capacity_shared *shared;
    bool is_there; /* something is known of it */
    bool is_placed;
    bool is_cancelled;
    lb_span runs[LB_RUN_KINDS];      /* keys of the train and of the flight of its id */
    int64_t formed_us[LB_RUN_KINDS]; /* when they were made up                        */
} lb_capacity_basis;

/* Each fills in its members of the resource, whose id is set and the rest as its record's init left it. */
#define LB_CAPACITY_FIGURE(name, cost, sentence) \
    lb_err lb_capacity_##name(const lb_derive *d, lb_capacity_basis *basis, lb_resource *resource);
#include "capacity/figures.def"
#undef LB_CAPACITY_FIGURE

/* The figures of a unit of the resource, added when there are none yet; NULL: no memory. */
lb_unit_figures *lb_capacity_unit(lb_resource *resource, lb_unit unit, lb_arena *arena);
/* Adds to what is used of a unit; the same. */
lb_unit_figures *lb_capacity_use(lb_resource *resource, lb_unit unit, int64_t quantity,
                                 int64_t as_of_us, lb_arena *arena);

#endif
