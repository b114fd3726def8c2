/* view.h - everything that is derived from the journal: opened and fed. It is asked through answer/answer.h.
 *
 * Facts go in one by one, in any order, any number of times. What is stored is a set of facts, keyed by
 * their content, so the same events shuffled and repeated give the same view: tracks and capacity are derived from the
 * facts when they are asked for (broker/track, broker/capacity). */
#ifndef KEEP_VIEW_H
#define KEEP_VIEW_H

#include "arena.h"
#include "landbridge/client/event.h"

typedef struct lb_view lb_view; /* the writer; one thread */

lb_err lb_view_open(lb_view **view, const char *path);
void lb_view_close(lb_view **view);
/* The newest journal number that is in the view and will still be there after a crash. */
int64_t lb_view_applied(const lb_view *view);
/* Adds the events of these numbers that a closed view has, as JSON, a line each and `most` lines at most. NOT_FOUND: there
 * is no view that can be read. */
lb_err lb_view_show(const char *path, int64_t from_seq, int64_t to_seq, int64_t most,
                    lb_arena *arena, lb_span *lines);
/* Takes an event (nothing of it is kept by reference). Written behind in sorted batches. */
lb_err lb_view_put(lb_view *view, const lb_event *event);
/* Writes what was put, with `applied_seq`, in one transaction. Idempotent. */
lb_err lb_view_flush(lb_view *view, int64_t applied_seq);
/* The same of a view that is closed, read only. NOT_FOUND: it cannot be told. */
lb_err lb_view_look(const char *path, int64_t *applied_seq);
size_t lb_view_pending(const lb_view *view); /* facts put and not yet flushed */

#endif
