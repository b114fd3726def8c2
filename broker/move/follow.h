/* follow.h - keeps the view in step with the journal. Its own thread; the view's only writer. */
#ifndef MOVE_FOLLOW_H
#define MOVE_FOLLOW_H

#include "move/socket.h"

typedef struct lb_follow lb_follow;

lb_err lb_follow_open(lb_follow **follow, void *zmq, const char *journal_path,
                      const char *view_path);
int64_t lb_follow_began_at(const lb_follow *follow); /* what the view had when it was opened */
void lb_follow_close(lb_follow **follow); /* after the context was shut down; flushes the view */

#endif
