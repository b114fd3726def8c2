/* movement.h - when a conveyance left or reached a place: the same for a leg of a track and for a resource. */
#ifndef TRACK_MOVEMENT_H
#define TRACK_MOVEMENT_H

#include "landbridge/client/answer.h"
#include "track/derive.h"

/* Sets the time that belongs to the classifier: actual, estimated (or expected), planned. */
void lb_times_note(lb_times *times, lb_classifier classifier, int64_t us);
/* Sets the milestone's time, and those of its losing claims with other classifiers. */
void lb_times_note_milestone(lb_times *times, const lb_milestone *milestone);

/* When an object left (DEPA) or reached (ARRI) a place, by its facts: the preferred claim for each of planned, estimated and
 * actual time; for actual claims in conflict the first departure or the last arrival. Times without a claim are left
 * as they are. */
lb_err lb_track_movement(const lb_derive *d, lb_span object, const lb_fact_list *own,
                         lb_event_type type, lb_span place, lb_times *times);

#endif
