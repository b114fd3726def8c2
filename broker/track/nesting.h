/* nesting.h - stays over all levels: what an object was in, and in what that was; what is in a parent. */
#ifndef TRACK_NESTING_H
#define TRACK_NESTING_H

#include "track/stay.h"

/* The stays of an object and of what it was in, over all levels, cut to [from_us, until_us). Each object on the way
 * is entered once for each moment, whatever the number of ways that lead there; what would lead back is left out. */
lb_err lb_track_nestings(const lb_derive *d, lb_span object, int64_t from_us, int64_t until_us,
                         lb_nesting_list *nestings);

/* What is in a parent at a moment, and in that, and so on; sorted by key, each key once. */
lb_err lb_track_load(const lb_derive *d, lb_span parent, int64_t at_us, lb_key_list *keys);

#endif
