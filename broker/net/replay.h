/* replay.h - events from any number on, by request. Its own thread, its own reader of the journal. */
#ifndef NET_REPLAY_H
#define NET_REPLAY_H

#include "keep/epoch.h"
#include "keep/journal_engine.h"
#include "net/socket.h"

typedef struct lb_replay lb_replay;

/* questions_per_s: for a party without a limit of its own. `epochs` must outlive it. */
lb_err lb_replay_open(lb_replay **replay, const lb_listen *listen, lb_ports ports,
                      int64_t questions_per_s, const lb_journal_place *journal,
                      const lb_epochs *epochs);
void lb_replay_close(lb_replay **replay); /* after the context was shut down */

#endif
