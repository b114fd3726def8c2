/* milestone.h - claims about the same thing become one milestone with a winner and its losers. */
#ifndef FOLD_MILESTONE_H
#define FOLD_MILESTONE_H

#include "keep/fact.h"
#include "landbridge/client/answer.h"

typedef struct lb_track_entry { /* one fact that belongs to a track */
    const lb_event *event;
    lb_span object; /* whose fact it is: the cargo, or what it was on */
    int depth;      /* -1: the cargo itself */
} lb_track_entry;

typedef struct lb_track_entry_list {
    lb_track_entry *at;
    size_t count, room;
} lb_track_entry_list;

/* Groups what was told into milestones, sorted by time. Keeps the list sorted by (time, event id). */
lb_err lb_fold_milestones(lb_track_entry_list *entries, int64_t now_us, bool is_for_dump,
                          lb_arena *arena, lb_milestone_list *milestones);
/* Third parties' reports, one for each that was entries, sorted by time; each carries the flag NOT_ITS_OWN. */
lb_err lb_fold_reports(const lb_track_entry_list *entries, int64_t now_us, bool is_for_dump,
                       lb_arena *arena, lb_milestone_list *reports);
int lb_classifier_rank(lb_classifier classifier); /* ACTUAL 4 ... REQUESTED 1 */

#endif
