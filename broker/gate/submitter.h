/* submitter.h - a gate's side of the hub's intake: messages out, receipts in.
 *
 *     push --> the open batch --flush--> Submit --> intake        at most BATCHES on their way
 *     who waits for the answer <-- batch <-- Receipts <--'
 *
 * What is gathered in one turn travels together. When as many batches as there may be are on their way,
 * nothing is pushed: the gate stops reading from its terminals. One thread. */
#ifndef GATE_SUBMITTER_H
#define GATE_SUBMITTER_H

#include "frame808.h"
#include "landbridge/client/error.h"
#include "wire.h"

typedef struct lb_submitter_waiting { /* for whom a receipt will be */
    uint32_t slot;                    /* of the connection          */
    uint32_t generation;              /* of what is in that slot    */
    lb_808_header asked;              /* of JT/T 808: what is answered */
} lb_submitter_waiting;

/* Called for every message once: with its receipt, or with NULL when none came in time. */
typedef void lb_submitter_on_receipt(void *whose, const lb_submitter_waiting *waiting,
                                     const lb_receipt *receipt);

typedef struct lb_submitter lb_submitter;

lb_err lb_submitter_open(lb_submitter **submitter, void *zmq, const char *endpoint,
                         const char *source,
                         const char *format); /* of the feed and of the adapter */
void lb_submitter_close(lb_submitter **submitter);

int lb_submitter_fd(const lb_submitter *submitter); /* edge-triggered: read until nothing comes */
bool lb_submitter_is_full(const lb_submitter *submitter);

/* The frame is copied. LB_ERR_BUSY when too much is on its way. */
lb_err lb_submitter_push(lb_submitter *submitter, lb_span frame,
                         const lb_submitter_waiting *waiting, int64_t now_us);
void lb_submitter_flush(lb_submitter *submitter, int64_t now_us);

/* Takes every receipt that is there. */
void lb_submitter_take(lb_submitter *submitter, lb_submitter_on_receipt *on_receipt, void *whose);
/* Gives up what was sent before `since_us`. */
void lb_submitter_expire(lb_submitter *submitter, int64_t since_us,
                         lb_submitter_on_receipt *on_receipt, void *whose);

#endif
