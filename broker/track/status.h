/* status.h - what a track comes down to: where it is, what holds it, when it will arrive. */
#ifndef CARGO_STATUS_H
#define CARGO_STATUS_H

#include "track/milestone.h"

void lb_track_status(int64_t now_us, bool is_for_dump, lb_arena *arena, lb_track *track);

#endif
