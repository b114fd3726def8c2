/* track.h - the track of an object: where it was, is and will be, derived on demand from facts and stays. */
#ifndef TRACK_TRACK_H
#define TRACK_TRACK_H

#include "landbridge/client/answer.h"
#include "track/use.h"

/* Sets every figure of figures.def for one use of the object: an index of `uses`, from 0. `track` must be as lb_record_init
 * left it. TOO_BIG: the budget of the snapshot is used up. */
lb_err lb_track_derive(const lb_derive *d, const lb_track_question *question,
                       const lb_use_list *uses, size_t number, lb_track *track);

#endif
