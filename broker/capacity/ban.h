/* ban.h - bans on departures. */
#ifndef CAPACITY_BAN_H
#define CAPACITY_BAN_H

#include "landbridge/answer.h"
#include "track/derive.h"

/* All bans that were told and not taken back. */
lb_err lb_capacity_list_bans(const lb_derive *d, lb_resource_list *bans);
/* Names in departure->bans those that hit it. */
lb_err lb_capacity_find_bans(const lb_derive *d, const lb_resource_list *bans,
                             lb_resource *departure);

#endif
