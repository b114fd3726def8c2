/* departure.h - trains and flights that leave a place. */
#ifndef CAPACITY_DEPARTURE_H
#define CAPACITY_DEPARTURE_H

#include "landbridge/client/answer.h"
#include "track/derive.h"

/* Departures from a place or what is in it, in [after, before], by time; to: empty = any. Bans that hit them are named
 * in `bans`. */
lb_err lb_capacity_departures(const lb_derive *d, lb_span from, lb_span to, int64_t after_us,
                              int64_t before_us, lb_resource_list *resources);
/* When it leaves, by the surest that is known. */
int64_t lb_departs_us(const lb_resource *resource);

#endif
