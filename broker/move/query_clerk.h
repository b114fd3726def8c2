/* query_clerk.h - a thread that answers questions of the query room, with readers of its own.
 *
 *     [user][question] ──> who is it, may it ask that, what may it see ──> view, journal, quarantine (read only)
 *     [hold][answer]   <──                                                 the hub's desk, the register, admin
 *
 * `hold` has a letter for each way in which the answer is not like others. No clerk waits for
 * the view. A quick one takes LB_CLERK_QUICK_US of the processor at most; what needs more comes back without an answer. */
#ifndef MOVE_QUERY_CLERK_H
#define MOVE_QUERY_CLERK_H

#include "move/query.h"

#define LB_CLERK_HOLD  'h' /* the answer must not tell by its speed           */
#define LB_CLERK_WHOLE 'w' /* the answer has no pages, however long it is     */

#define LB_CLERK_LONG 'l' /* no answer: it takes longer than a quick clerk may     */
#define LB_CLERK_EARLY \
    'e' /* the view has not come so far yet, or is made again: an error, for one that waits no longer */

#define LB_CLERK_QUICK_US INT64_C(10000)   /* most questions take a twentieth of it */
#define LB_CLERK_EARLY_US INT64_C(5000000) /* so long a question waits for the view */

typedef struct lb_clerk lb_clerk;

/* Connects to the room at `back` with its number (not 0) as routing id, and says an empty answer: ready. Options
 * and listen must outlive it. */
lb_err lb_clerk_open(lb_clerk **clerk, const lb_listen *listen, const lb_query_options *options,
                     const char *back, uint8_t number, bool is_quick);
void lb_clerk_close(lb_clerk **clerk); /* after the context was shut down */

#endif
