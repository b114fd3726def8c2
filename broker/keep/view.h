/* view.h - everything that is derived from the journal: opened, fed, asked.
 *
 * The seam between the movers and the view. Facts go in one by one, in any order, any number of times;
 * answers come out. What is stored is a set of facts, keyed by their content, so the same events shuffled
 * and repeated give the same view: tracks, milestones and the capacity ledger are folded from the facts
 * when they are asked for (broker/fold). */
#ifndef KEEP_VIEW_H
#define KEEP_VIEW_H

#include "arena.h"
#include "landbridge/answer.h"

typedef struct lb_view lb_view;               /* the writer; one thread   */
typedef struct lb_view_reader lb_view_reader; /* one for each query worker */

lb_err lb_view_open(lb_view **view, const char *path);
void lb_view_close(lb_view **view);
/* The newest journal number that is in the view and will still be there after a crash. */
int64_t lb_view_applied(const lb_view *view);
/* Takes an event (nothing of it is kept by reference). Written behind in sorted batches. */
lb_err lb_view_put(lb_view *view, const lb_event *event);
/* Writes what was put, with `applied_seq`, in one transaction. Idempotent. */
lb_err lb_view_flush(lb_view *view, int64_t applied_seq);
size_t lb_view_pending(const lb_view *view); /* facts put and not yet flushed */

lb_err lb_view_reader_open(lb_view_reader **reader, const char *path);
void lb_view_reader_close(lb_view_reader **reader);
int64_t lb_view_reader_applied(lb_view_reader *reader);

/* Answers TRACK, FIND_SPACE, CAPACITY, YARD, DEPARTURES and DUMP (others: MISUSE) from one consistent
 * snapshot. `now_us` is the clock for holds and exceptions when query->now_us is unknown. The answer
 * lives in the arena; answer->error is set for what the asker did wrong or what is not there. */
lb_err lb_view_answer(lb_view_reader *reader, const lb_query *query, int64_t now_us,
                      lb_arena *arena, lb_answer *answer);

#endif
