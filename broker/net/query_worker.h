/* query_worker.h - a thread that answers questions of the query pool, with readers of its own.
 *
 *     [gate][user][question] ──> who asks, is it permitted, what is visible ──> view, journal, quarantine (read only)
 *     [hold][answer]         <──                                                hub_rpc, the access thread, admin
 *
 * `hold` is a one-letter flag for an answer that needs special handling, else empty. No worker waits for the view. A quick
 * worker spends at most LB_WORKER_QUICK_US of processor time on a question; one that needs more comes back unanswered. */
#ifndef NET_QUERY_WORKER_H
#define NET_QUERY_WORKER_H

#include "net/query.h"

#define LB_WORKER_DELAYED 'h' /* the answer is delayed, so that timing reveals nothing */
#define LB_WORKER_LONG    'l' /* no answer: the question is for the slow worker */
/* The view is behind the position asked for, or is being rebuilt. The answer is the error to send if that lasts. */
#define LB_WORKER_EARLY   'e'

#define LB_WORKER_QUICK_US INT64_C(10000)   /* most questions take a twentieth */
#define LB_WORKER_EARLY_US INT64_C(5000000) /* a question waits for the view at most this long */

typedef struct lb_query_worker lb_query_worker;

/* Connects to the pool's socket at `back` with its number (not 0) as routing id, and sends an empty answer to report that
 * it is ready. `options` and `listen` must outlive it. */
lb_err lb_query_worker_open(lb_query_worker **worker, const lb_listen *listen,
                            const lb_query_options *options, const char *back, uint8_t number,
                            bool is_quick);
void lb_query_worker_close(lb_query_worker **worker); /* after the context was shut down */

#endif
