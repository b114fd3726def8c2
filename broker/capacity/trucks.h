/* trucks.h - trucks about a place. */
#ifndef CAPACITY_TRUCKS_H
#define CAPACITY_TRUCKS_H

#include "landbridge/client/answer.h"
#include "track/derive.h"

/* Trucks that were seen near a place lately, and how many of them have cargo. NOT_FOUND: the table does not know the
 * place. */
lb_err lb_capacity_trucks(const lb_derive *d, lb_span place, lb_resource *pool);

#endif
