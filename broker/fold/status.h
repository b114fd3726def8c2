/* status.h - what a track comes down to: where it is, what holds it, when it will arrive. */
#ifndef FOLD_STATUS_H
#define FOLD_STATUS_H

#include "fold/milestone.h"

void lb_fold_status(int64_t now_us, bool is_for_dump, lb_arena *arena, lb_track *track);

#endif
