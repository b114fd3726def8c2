/* beside.h - a worker thread that does one piece of work at a time, while its owner goes on with something else.
 *
 *     owner    begin ── other work ── polls the file with its sockets ───────────────────── end
 *     thread         work ──────────────────────────────┘
 *
 * From begin to end the work alone uses what it was given. All functions are called by the owner's thread. */
#ifndef BASE_BESIDE_H
#define BASE_BESIDE_H

#include <stdbool.h>

#include "base/thread.h"
#include "landbridge/client/error.h"

typedef struct lb_beside lb_beside;
typedef lb_err lb_work(void *whose);

lb_err lb_beside_open(lb_beside **beside, lb_thread_name name);
void lb_beside_close(lb_beside **beside); /* waits for work that has begun */

/* Only when no work is in progress. */
void lb_beside_begin(lb_beside *beside, lb_work *work, void *whose);
/* Readable when the work is done. */
int lb_beside_file(const lb_beside *beside);
/* Gives the result of the work. False: still in progress. */
bool lb_beside_end(lb_beside *beside, lb_err *result);
/* As lb_beside_end, but waits; OK when no work was begun. */
lb_err lb_beside_wait(lb_beside *beside);

/* Lowers the calling thread's priority for good, so background work yields to the hub on a busy machine. */
void lb_beside_step_back(void);

#endif
