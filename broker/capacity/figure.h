/* figure.h - the derived figures of a resource: a row of figures.def and a function each. */
#ifndef CAPACITY_FIGURE_H
#define CAPACITY_FIGURE_H

#include "landbridge/client/answer.h"
#include "track/derive.h"

#define LB_CANCELLED "cancelled" /* reason of a resource that was cancelled (CANC) */

enum { LB_RUN_KINDS = 2 }; /* trains, flights */

/* The containers in a yard at the moment. `is_known`: a container has ever moved there. */
typedef struct lb_yard_stock {
    lb_span place;
    lb_yard_item_list items;
    bool is_known;
} lb_yard_stock;

/* Input shared by the resources of one question. A member that is NULL is looked up for each resource that needs it. */
typedef struct lb_capacity_shared {
    const lb_resource_list *bans;
    const lb_yard_stock *stock;
} lb_capacity_shared;

/* Passed from figure to figure. */
typedef struct lb_capacity_basis {
    const lb_capacity_shared *shared;
    bool is_there;  /* the resource has facts */
    bool is_placed; /* of a kind that acts on places: not a train or flight */
    bool is_cancelled;
    lb_span runs[LB_RUN_KINDS];      /* keys of the train and of the flight with its id */
    int64_t formed_us[LB_RUN_KINDS]; /* when each was made up (FORM); LB_UNKNOWN: not yet */
} lb_capacity_basis;

/* Each function sets its own members of the resource. The id is set before; other members are as lb_record_init or the
 * figures before it left them. TOO_BIG: the budget of the snapshot is used up. */
#define LB_CAPACITY_FIGURE(name, cost, sentence) \
    lb_err lb_capacity_##name(const lb_derive *d, lb_capacity_basis *basis, lb_resource *resource);
#include "capacity/figures.def"
#undef LB_CAPACITY_FIGURE

/* The figures of a unit of the resource; added, all unknown, if there are none. NULL: out of memory. */
lb_unit_figures *lb_capacity_unit(lb_resource *resource, lb_unit unit, lb_arena *arena);
/* Adds a quantity to what is used of a unit. NULL: out of memory. */
lb_unit_figures *lb_capacity_use(lb_resource *resource, lb_unit unit, int64_t quantity,
                                 int64_t as_of_us, lb_arena *arena);

#endif
