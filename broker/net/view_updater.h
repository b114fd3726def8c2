/* view_updater.h - applies the journal's events to the view. Its own thread; the view's only writer. */
#ifndef NET_VIEW_UPDATER_H
#define NET_VIEW_UPDATER_H

#include "keep/journal_engine.h"
#include "net/socket.h"

typedef struct lb_view_updater lb_view_updater;

lb_err lb_view_updater_open(lb_view_updater **updater, void *zmq, const lb_journal_place *journal,
                            const char *view_path);
/* Newest number in the view when it was opened. */
int64_t lb_view_updater_began_at(const lb_view_updater *updater);
/* Call after the context was shut down; flushes the view. */
void lb_view_updater_close(lb_view_updater **updater);

#endif
