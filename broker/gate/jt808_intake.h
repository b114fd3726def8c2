/* jt808_intake.h - the gate's side of the hub's intake: messages out, receipts in.
 *
 *     push --> the open batch --flush--> Submit --> intake        at most BATCHES on their way
 *     who waits for the answer <-- batch <-- Receipts <--'
 *
 * What is gathered in one turn travels together. When as many batches as there may be are on their way,
 * nothing is pushed: the gate stops reading from its terminals. One thread. */
#ifndef GATE_JT808_INTAKE_H
#define GATE_JT808_INTAKE_H

#include "frame808.h"
#include "landbridge/error.h"
#include "wire.h"

typedef struct lb_808_waiting { /* for whom a receipt will be */
    uint32_t slot;              /* of the connection          */
    uint32_t generation;        /* of what is in that slot    */
    lb_808_header asked;
} lb_808_waiting;

/* Called for every message once: with its receipt, or with NULL when none came in time. */
typedef void lb_808_on_receipt(void *whose, const lb_808_waiting *waiting,
                               const lb_receipt *receipt);

typedef struct lb_808_intake lb_808_intake;

lb_err lb_808_intake_open(lb_808_intake **intake, void *zmq, const char *endpoint,
                          const char *source);
void lb_808_intake_close(lb_808_intake **intake);

int lb_808_intake_fd(const lb_808_intake *intake); /* edge-triggered: read until nothing comes */
bool lb_808_intake_is_full(const lb_808_intake *intake);

/* The frame is copied. LB_ERR_BUSY when too much is on its way. */
lb_err lb_808_intake_push(lb_808_intake *intake, lb_span frame, const lb_808_waiting *waiting,
                          int64_t now_us);
void lb_808_intake_flush(lb_808_intake *intake, int64_t now_us);

/* Takes every receipt that is there. */
void lb_808_intake_take(lb_808_intake *intake, lb_808_on_receipt *on_receipt, void *whose);
/* Gives up what was sent before `since_us`. */
void lb_808_intake_expire(lb_808_intake *intake, int64_t since_us, lb_808_on_receipt *on_receipt,
                          void *whose);

#endif
