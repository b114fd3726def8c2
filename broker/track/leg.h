/* leg.h - the legs of a track: one for each ride, or for each flight that the cargo's own messages tell. */
#ifndef TRACK_LEG_H
#define TRACK_LEG_H

#include "track/stay.h"
#include "track/milestone.h"

/* TOO_BIG: the budget of the snapshot is used up. */
lb_err lb_track_legs(lb_facts *facts, const lb_track_entry_list *entries,
                     const lb_nesting_list *nestings, lb_span object, lb_arena *arena,
                     lb_track *track);

#endif
