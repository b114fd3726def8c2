/* view.h - the writing side of the view: the sets of facts derived from the journal. keep/fact.h
 * reads them.
 *
 * Events may be put in any order and any number of times. Facts are stored as sets keyed by their
 * content, so the same events in another order or repeated give the same view. Tracks and capacity
 * are derived from the facts when they are queried (broker/track, broker/capacity). */
#ifndef KEEP_VIEW_H
#define KEEP_VIEW_H

#include "arena.h"
#include "landbridge/client/event.h"

typedef struct lb_view lb_view; /* the writer; one thread */

lb_err lb_view_open(lb_view **view, const char *path);
void lb_view_close(lb_view **view);
/* The newest journal number that is durably in the view. */
int64_t lb_view_applied(const lb_view *view);
/* Reads from a closed view the events with these journal numbers, as JSON, one per line, at most
 * `most`; appends them to *lines. NOT_FOUND: the view cannot be read. */
lb_err lb_view_show(const char *path, int64_t from_seq, int64_t to_seq, int64_t most,
                    lb_arena *arena, lb_span *lines);
/* Adds the rows of an event, in memory until the next flush. Copies what it needs. */
lb_err lb_view_put(lb_view *view, const lb_event *event);
/* Writes all rows and applied_seq in one transaction. After an error the rows stay in memory for
 * the next call. */
lb_err lb_view_flush(lb_view *view, int64_t applied_seq);
/* lb_view_applied of a closed view, opened for reading only. NOT_FOUND: it cannot be read. */
lb_err lb_view_look(const char *path, int64_t *applied_seq);
size_t lb_view_pending(const lb_view *view); /* number of rows not yet flushed */

#endif
