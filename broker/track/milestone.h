/* milestone.h - one claim as a milestone, and their order; the figure `milestones` is declared in figure.h. */
#ifndef TRACK_MILESTONE_H
#define TRACK_MILESTONE_H

#include "landbridge/answer.h"
#include "track/entry.h"

lb_milestone lb_milestone_of(const lb_derive *d, const lb_track_entry *entry);
/* For qsort: by time, then by content. */
int lb_milestone_by_time(const void *left, const void *right);

#endif
