/* movement.h - when a conveyance left or reached a place: the same for a leg of a track and for a resource. */
#ifndef TRACK_MOVEMENT_H
#define TRACK_MOVEMENT_H

#include "landbridge/client/answer.h"
#include "track/derive.h"

void lb_times_note(lb_times *times, lb_classifier classifier, int64_t us);
/* The winner's time, and beside it the planned and estimated times of the claims that lost to it. */
void lb_times_note_milestone(lb_times *times, const lb_milestone *milestone);

/* When an object left (DEPA) or reached (ARRI) a place, by what was said of it: of planned, estimated and actual times
 * each the claim that is believed; of actual claims in conflict the first departure, and the last arrival. What nobody
 * claims stays as it is. */
lb_err lb_track_movement(const lb_derive *d, lb_span object, const lb_fact_list *own,
                         lb_event_type type, lb_span place, lb_times *times);

#endif
