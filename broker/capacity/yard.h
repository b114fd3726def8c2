/* yard.h - what stands in a yard. */
#ifndef CAPACITY_YARD_H
#define CAPACITY_YARD_H

#include "capacity/figure.h"

/* The containers that stand in a yard at the moment, and what is used and free of its blocks. The yard is as its
 * record's init left it. */
lb_err lb_capacity_yard(const lb_derive *d, lb_span place, lb_yard *yard);
/* Only the containers. */
lb_err lb_capacity_stock(const lb_derive *d, lb_span place, lb_yard_stock *stock);

#endif
