/* yard.h - the containers in a yard. */
#ifndef CAPACITY_YARD_H
#define CAPACITY_YARD_H

#include "capacity/figure.h"

/* The containers in a yard at d->now_us, and what is used and free of its blocks. `yard` must be as lb_record_init left it.
 * TOO_BIG: the budget of the snapshot is used up. */
lb_err lb_capacity_yard(const lb_derive *d, lb_span place, lb_yard *yard);
/* The containers alone. */
lb_err lb_capacity_stock(const lb_derive *d, lb_span place, lb_yard_stock *stock);

#endif
