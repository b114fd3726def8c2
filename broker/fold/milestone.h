/* milestone.h - claims about the same thing become one milestone with a winner and its losers. */
#ifndef FOLD_MILESTONE_H
#define FOLD_MILESTONE_H

#include "keep/fact.h"
#include "landbridge/answer.h"

typedef struct lb_told { /* one fact that belongs to a track */
    const lb_event *event;
    lb_span object; /* whose fact it is: the cargo, or what it was on */
    int depth;      /* -1: the cargo itself */
} lb_told;

typedef struct lb_told_list {
    lb_told *at;
    size_t count, room;
} lb_told_list;

/* Groups what was told into milestones, sorted by time. Keeps the list sorted by (time, event id). */
lb_err lb_fold_milestones(lb_told_list *told, int64_t now_us, bool is_for_dump, lb_arena *arena,
                          lb_milestone_list *milestones);
/* Adds what was said by those who do not carry the cargo: each beside the milestone that it claims to be, as a
 * loser, or as one of its own that carries the flag NOT_ITS_OWN. To be called when all else is folded. */
lb_err lb_fold_hearsay(const lb_told_list *told, int64_t now_us, bool is_for_dump, lb_arena *arena,
                       lb_milestone_list *milestones);
int lb_classifier_rank(lb_classifier classifier); /* ACTUAL 4 ... REQUESTED 1 */

#endif
