/* submitter.h - a gate's client of the hub's intake: sends messages, returns their receipts.
 *
 *     push --> open batch --flush--> Submit --> intake        at most 64 batches without receipts
 *     tag and receipt  <-- batch <-- Receipts <--'
 *
 * Independent of the gate's protocol. With each message the gate gives a tag, a value of fixed size
 * that the submitter does not interpret, and gets it back with the receipt: for instance which
 * connection waits for it.
 *
 * Messages pushed before a flush are sent together if they have the same head. When too many
 * batches have no receipts a push fails with BUSY, and the gate should stop reading from its peers.
 * One thread. */
#ifndef GATE_SUBMITTER_H
#define GATE_SUBMITTER_H

#include "landbridge/client/error.h"
#include "submit_draft.h"

typedef struct lb_submitter_options {
    void *zmq;            /* the hub's context; outlives the submitter */
    const char *endpoint; /* of the intake's socket for gates */
    const char *gate;     /* routing id and name in the log: see lb_name_gate_of */
    size_t tag_bytes;     /* size of a tag */
    size_t message_bytes; /* the longest message */
} lb_submitter_options;

/* Called once for every message: with its receipt, or with NULL when none came in time. */
typedef void lb_submitter_on_receipt(void *whose, const void *tag, const lb_receipt *receipt);

typedef struct lb_submitter lb_submitter;

lb_err lb_submitter_open(lb_submitter **submitter, const lb_submitter_options *options);
void lb_submitter_close(lb_submitter **submitter);

int lb_submitter_fd(const lb_submitter *submitter); /* ZMQ_FD: edge-triggered, take all receipts */
/* For a gate without other descriptors. Waits until a receipt has come (OK), the timeout is over
 * (TIMEOUT), or `stop_fd` is readable or the context was shut down (CLOSED). */
lb_err lb_submitter_wait(const lb_submitter *submitter, int stop_fd, int timeout_ms);

bool lb_submitter_is_full(const lb_submitter *submitter);
size_t lb_submitter_waiting(const lb_submitter *submitter); /* messages without a receipt */

/* Adds a message to the open batch. Head, message and tag are copied. BUSY: too many batches have
 * no receipts. */
lb_err lb_submitter_push(lb_submitter *submitter, const lb_submit_head *head,
                         const lb_message *message, const void *tag, int64_t now_us);
/* Sends the open batch; if the intake's queue is full, the next flush tries again. */
void lb_submitter_flush(lb_submitter *submitter, int64_t now_us);

/* Takes all receipts that have come, without waiting. */
void lb_submitter_take(lb_submitter *submitter, lb_submitter_on_receipt *on_receipt, void *whose);
/* Gives up the batches sent at or before `since_us` (monotonic): on_receipt gets NULL for their
 * messages. */
void lb_submitter_expire(lb_submitter *submitter, int64_t since_us,
                         lb_submitter_on_receipt *on_receipt, void *whose);

#endif
