/* milestone.h - milestones made from claims, and their order; the figure `milestones` is declared in figure.h. */
#ifndef TRACK_MILESTONE_H
#define TRACK_MILESTONE_H

#include "landbridge/client/answer.h"
#include "track/entry.h"

lb_milestone lb_milestone_of(const lb_derive *d, const lb_track_entry *entry);
/* When the event happened. LB_UNKNOWN for a time of unknown precision: that is when it was reported. */
int64_t lb_milestone_time(const lb_event *event);
/* Are two actual claims about the same thing in conflict? */
bool lb_milestones_are_apart(const lb_rules *rules, const lb_event *a, const lb_event *b);
/* For qsort: by time, then by content. */
int lb_milestone_by_time(const void *left, const void *right);

#endif
