/* beside.h - a thread that does one piece of work at a time, while its owner goes on with something else.
 *
 *     owner    begin ── other work ── waits for the file, with whatever else it waits for ── end
 *     thread         work ──────────────────────────────┘
 *
 * From begin to end the work has what it was given for itself. All functions belong to the owner's thread. */
#ifndef BASE_BESIDE_H
#define BASE_BESIDE_H

#include <stdbool.h>

#include "base/thread.h"
#include "landbridge/client/error.h"

typedef struct lb_beside lb_beside;
typedef lb_err lb_work(void *whose);

lb_err lb_beside_open(lb_beside **beside, lb_thread_name name);
void lb_beside_close(lb_beside **beside); /* waits for work that has begun */

/* Not while other work of it has not ended. */
void lb_beside_begin(lb_beside *beside, lb_work *work, void *whose);
/* Readable when the work is done. */
int lb_beside_file(const lb_beside *beside);
/* What the work has returned. False: it is not done yet. */
bool lb_beside_end(lb_beside *beside, lb_err *result);
/* The same, when it is; OK when no work has begun. */
lb_err lb_beside_wait(lb_beside *beside);

/* The calling thread steps back, for good, when the machine is busy: what others do comes first. */
void lb_beside_step_back(void);

#endif
