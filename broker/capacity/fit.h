/* fit.h - whether what is needed fits into a departure. */
#ifndef CAPACITY_FIT_H
#define CAPACITY_FIT_H

#include "landbridge/client/answer.h"
#include "track/derive.h"

/* Does everything that is needed fit? Names the unit that binds, or the ban. The resource is derived already. */
void lb_capacity_fit(const lb_derive *d, const lb_need_list *need, lb_resource *resource);

#endif
