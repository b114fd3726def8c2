/* terminals.h - many JT/T 808 terminals, played over a few TCP connections. */
#ifndef COMMAND_TERMINALS_H
#define COMMAND_TERMINALS_H

#include <stdbool.h>

#include "landbridge/client/span.h"

typedef struct terminals terminals;

/* Connects to the gate ("127.0.0.1", port). NULL on failure, with an error on stderr. */
terminals *terminals_open(const char *host, int port);
/* Sends one frame on the connection of its terminal; waits when too many frames are unanswered there. */
bool terminals_send(terminals *all, lb_span frame);
/* Waits until every frame that can be answered was, or no answer came for a while. */
void terminals_finish(terminals *all);
long terminals_sent(const terminals *all);
long terminals_answered(const terminals *all);
void terminals_close(terminals **all);

#endif
