/* replay.h - events from any number on, by request. Its own thread, its own reader of the journal. */
#ifndef MOVE_REPLAY_H
#define MOVE_REPLAY_H

#include "move/socket.h"

typedef struct lb_replay lb_replay;

lb_err lb_replay_open(lb_replay **replay, const lb_listen *listen, int64_t port,
                      const char *journal_path);
void lb_replay_close(lb_replay **replay); /* after the context was shut down */

#endif
