/* updater.h - keeps the view in step with the journal. Its own thread; the view's only writer. */
#ifndef NET_VIEW_UPDATER_H
#define NET_VIEW_UPDATER_H

#include "keep/journal_engine.h"
#include "net/socket.h"

typedef struct lb_view_updater lb_view_updater;

lb_err lb_view_updater_open(lb_view_updater **updater, void *zmq, const lb_journal_place *journal,
                            const char *view_path);
int64_t
lb_view_updater_began_at(const lb_view_updater *updater); /* what the view had when it was opened */
void lb_view_updater_close(
    lb_view_updater **updater); /* after the context was shut down; flushes the view */

#endif
