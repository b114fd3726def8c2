/* track.h - where a cargo was, is and will be, derived from facts and stays when it is asked for. */
#ifndef TRACK_TRACK_H
#define TRACK_TRACK_H

#include "landbridge/client/answer.h"
#include "track/use.h"

/* Fills in the track of one object in one of its uses, numbered from 0: every figure of figures.def. The track is as its
 * record's init left it. */
lb_err lb_track_derive(const lb_derive *d, const lb_track_question *question,
                       const lb_use_list *uses, size_t number, lb_track *track);

#endif
