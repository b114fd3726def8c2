/* query_worker.h - a thread that answers questions of the query pool, with readers of its own.
 *
 *     [gate][user][question] ──> who is it, may it ask that, what may it see ──> view, journal, quarantine (read only)
 *     [hold][answer]         <──                                                 the hub's hub_rpc, the register, admin
 *
 * `hold` has a letter for each way in which the answer is not like others. No worker waits for
 * the view. A quick one takes LB_WORKER_QUICK_US of the processor at most; what needs more comes back without an answer. */
#ifndef NET_QUERY_WORKER_H
#define NET_QUERY_WORKER_H

#include "net/query.h"

#define LB_WORKER_DELAYED 'h' /* the answer must not tell by its speed */

#define LB_WORKER_LONG 'l' /* no answer: it takes longer than a quick worker may */
#define LB_WORKER_EARLY \
    'e' /* the view has not come so far yet, or is made again: an error, for one that waits no longer */

#define LB_WORKER_QUICK_US INT64_C(10000)   /* most questions take a twentieth of it */
#define LB_WORKER_EARLY_US INT64_C(5000000) /* so long a question waits for the view */

typedef struct lb_query_worker lb_query_worker;

/* Connects to the room at `back` with its number (not 0) as routing id, and says an empty answer: ready. Options
 * and listen must outlive it. */
lb_err lb_query_worker_open(lb_query_worker **worker, const lb_listen *listen,
                            const lb_query_options *options, const char *back, uint8_t number,
                            bool is_quick);
void lb_query_worker_close(lb_query_worker **worker); /* after the context was shut down */

#endif
