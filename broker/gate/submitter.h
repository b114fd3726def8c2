/* submitter.h - a gate's side of the hub's intake: messages out, receipts in.
 *
 *     push --> the open batch --flush--> Submit --> intake        at most BATCHES on their way
 *     tag and receipt  <-- batch <-- Receipts <--'
 *
 * It knows no protocol. With each message the gate leaves a tag, which is a value of its own of a fixed size, and gets it
 * back with the receipt: the connection that waits, what was asked there, a number.
 *
 * What is gathered in one turn travels together, as far as it has the same head. When as many batches as there may be are
 * on their way, nothing is pushed: the gate stops reading from its peers. One thread. */
#ifndef GATE_SUBMITTER_H
#define GATE_SUBMITTER_H

#include "landbridge/client/error.h"
#include "submit_draft.h"

typedef struct lb_submitter_options {
    void *zmq;            /* the hub's context; outlives the submitter             */
    const char *endpoint; /* of the intake's socket for gates                      */
    const char *gate;     /* its name, for the log and for the hub: see lb_name_gate_of */
    size_t tag_bytes;     /* of one tag                                            */
    size_t message_bytes; /* the longest message                                   */
} lb_submitter_options;

/* Called for every message once: with its receipt, or with NULL when none came in time. The tag is as it was pushed. */
typedef void lb_submitter_on_receipt(void *whose, const void *tag, const lb_receipt *receipt);

typedef struct lb_submitter lb_submitter;

lb_err lb_submitter_open(lb_submitter **submitter, const lb_submitter_options *options);
void lb_submitter_close(lb_submitter **submitter);

int lb_submitter_fd(const lb_submitter *submitter); /* edge-triggered: read until nothing comes */
/* For a gate that waits for nothing else: until a receipt is there (OK), the time is over (TIMEOUT), or `stop_fd` is
 * readable or the context is shut down (CLOSED). */
lb_err lb_submitter_wait(const lb_submitter *submitter, int stop_fd, int timeout_ms);

bool lb_submitter_is_full(const lb_submitter *submitter);
size_t lb_submitter_waiting(const lb_submitter *submitter); /* messages without a receipt */

/* Head, message and tag are copied. LB_ERR_BUSY when too much is on its way. */
lb_err lb_submitter_push(lb_submitter *submitter, const lb_submit_head *head,
                         const lb_message *message, const void *tag, int64_t now_us);
void lb_submitter_flush(lb_submitter *submitter, int64_t now_us);

/* Takes every receipt that is there. */
void lb_submitter_take(lb_submitter *submitter, lb_submitter_on_receipt *on_receipt, void *whose);
/* Gives up what was sent before `since_us`. */
void lb_submitter_expire(lb_submitter *submitter, int64_t since_us,
                         lb_submitter_on_receipt *on_receipt, void *whose);

#endif
