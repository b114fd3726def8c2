/* ban.h - bans on departures; the figure `bans` of a resource is declared in figure.h. */
#ifndef CAPACITY_BAN_H
#define CAPACITY_BAN_H

#include "landbridge/client/answer.h"
#include "track/derive.h"

/* All bans except cancelled ones. TOO_BIG: the budget of the snapshot is used up. */
lb_err lb_capacity_list_bans(const lb_derive *d, lb_resource_list *bans);

#endif
