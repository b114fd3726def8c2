/* fit.h - whether what is needed fits into a departure. */
#ifndef CAPACITY_FIT_H
#define CAPACITY_FIT_H

#include "landbridge/client/answer.h"
#include "track/derive.h"

/* Sets fits, binding and binding_unit of a resource whose figures are derived. */
void lb_capacity_fit(const lb_derive *d, const lb_need_list *need, lb_resource *resource);

#endif
