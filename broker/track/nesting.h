/* nesting.h - stays over all levels: what an object was in, and in what that was; what is in a parent. */
#ifndef TRACK_NESTING_H
#define TRACK_NESTING_H

#include "track/stay.h"

/* The stays of an object and of its parents, over all levels, cut to [from_us, until_us). A parent that is reached by
 * several ways at the same time is included once; circles are left out. TOO_BIG: the budget is used up. */
lb_err lb_track_nestings(const lb_derive *d, lb_span object, int64_t from_us, int64_t until_us,
                         lb_nesting_list *nestings);

/* What is in a parent at a time, directly or over several levels; sorted by key, each key once. */
lb_err lb_track_load(const lb_derive *d, lb_span parent, int64_t at_us, lb_key_list *keys);

#endif
