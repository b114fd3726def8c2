/* trucks.h - trucks near a place. */
#ifndef CAPACITY_TRUCKS_H
#define CAPACITY_TRUCKS_H

#include "landbridge/client/answer.h"
#include "track/derive.h"

/* Trucks with a recent position near a place (rules truck_seen_us, truck_radii), and how many of them carry cargo, as a
 * resource of kind TRUCK_POOL. NOT_FOUND: the place is not in the table. */
lb_err lb_capacity_trucks(const lb_derive *d, lb_span place, lb_resource *pool);

#endif
