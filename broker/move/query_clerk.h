/* query_clerk.h - one who answers questions in the query room: a thread with readers of his own.
 *
 *     [user][question] ──> who is it, may he ask that, what may he see ──> view, journal, quarantine (read only)
 *     [hold][answer]   <──                                                 the hub's desk, the register, admin
 *
 * `hold` has a letter for each way in which the answer is not like others. */
#ifndef MOVE_QUERY_CLERK_H
#define MOVE_QUERY_CLERK_H

#include "move/query.h"

#define LB_CLERK_HOLD  'h' /* the answer must not tell by its speed           */
#define LB_CLERK_WHOLE 'w' /* the answer has no pages, however long it is     */

typedef struct lb_clerk lb_clerk;

/* Connects to the room at `back` with his number (not 0) as routing id, and says an empty answer: ready. Options
 * and listen must outlive him. */
lb_err lb_clerk_open(lb_clerk **clerk, const lb_listen *listen, const lb_query_options *options,
                     const char *back, uint8_t number);
void lb_clerk_close(lb_clerk **clerk); /* after the context was shut down */

#endif
