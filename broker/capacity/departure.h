/* departure.h - trains and flights that leave a place. */
#ifndef CAPACITY_DEPARTURE_H
#define CAPACITY_DEPARTURE_H

#include "landbridge/client/answer.h"
#include "track/derive.h"

/* Departures from a place, or from places within it, in [after_us, before_us], by time; `to` empty: to anywhere. Their
 * `bans` name the bans that apply. TOO_BIG: the budget of the snapshot is used up. */
lb_err lb_capacity_departures(const lb_derive *d, lb_span from, lb_span to, int64_t after_us,
                              int64_t before_us, lb_resource_list *resources);
/* When it leaves: the actual time, else the estimated, else the planned one; LB_UNKNOWN: none is known. */
int64_t lb_departs_us(const lb_resource *resource);

#endif
