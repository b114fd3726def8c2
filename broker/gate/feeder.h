/* feeder.h - a gate's side of the hub's intake: messages out, receipts in.
 *
 *     push --> the open batch --flush--> Submit --> intake        at most BATCHES on their way
 *     who waits for the answer <-- batch <-- Receipts <--'
 *
 * What is gathered in one turn travels together. When as many batches as there may be are on their way,
 * nothing is pushed: the gate stops reading from its terminals. One thread. */
#ifndef GATE_FEEDER_H
#define GATE_FEEDER_H

#include "frame808.h"
#include "landbridge/error.h"
#include "wire.h"

typedef struct lb_feeder_waiting { /* for whom a receipt will be */
    uint32_t slot;                 /* of the connection          */
    uint32_t generation;           /* of what is in that slot    */
    lb_808_header asked;           /* of JT/T 808: what is answered */
} lb_feeder_waiting;

/* Called for every message once: with its receipt, or with NULL when none came in time. */
typedef void lb_feeder_on_receipt(void *whose, const lb_feeder_waiting *waiting,
                                  const lb_receipt *receipt);

typedef struct lb_feeder lb_feeder;

lb_err lb_feeder_open(lb_feeder **feeder, void *zmq, const char *endpoint, const char *source,
                      const char *format); /* of the feed and of the adapter */
void lb_feeder_close(lb_feeder **feeder);

int lb_feeder_fd(const lb_feeder *feeder); /* edge-triggered: read until nothing comes */
bool lb_feeder_is_full(const lb_feeder *feeder);

/* The frame is copied. LB_ERR_BUSY when too much is on its way. */
lb_err lb_feeder_push(lb_feeder *feeder, lb_span frame, const lb_feeder_waiting *waiting,
                      int64_t now_us);
void lb_feeder_flush(lb_feeder *feeder, int64_t now_us);

/* Takes every receipt that is there. */
void lb_feeder_take(lb_feeder *feeder, lb_feeder_on_receipt *on_receipt, void *whose);
/* Gives up what was sent before `since_us`. */
void lb_feeder_expire(lb_feeder *feeder, int64_t since_us, lb_feeder_on_receipt *on_receipt,
                      void *whose);

#endif
