/* leg.h - the legs of a track: one for each ride, or for each flight that the cargo's own messages tell. */
#ifndef FOLD_LEG_H
#define FOLD_LEG_H

#include "fold/interval.h"
#include "fold/milestone.h"

void lb_fold_legs(const lb_told_list *told, const lb_hold_list *holds, lb_span object,
                  lb_arena *arena, lb_track *track);

#endif
