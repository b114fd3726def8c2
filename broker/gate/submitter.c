/* submitter.c - the gate's side of the hub's intake; see submitter.h. */
#include "submitter.h"

#include <errno.h>
#include <stdlib.h>
#include <zmq.h>

#include "base/log.h"
#include "landbridge/client/version.h"
#include "record.h"

enum {
    BATCHES = 64, /* on their way at once          */
    SPARE_BATCHES = 2,
    BATCH_MESSAGES = 256,
    BATCH_BYTES = 1024 * 1024,
    ARENA_BYTES = 16 * 1024 * 1024,
    LINGER_MS = 0,
};

typedef struct batch {   /* waits for its Receipts */
    int64_t correlation; /* 0: free */
    int64_t sent_us;
    size_t count;
    lb_submitter_waiting waiting[BATCH_MESSAGES];
} batch;

struct lb_submitter {
    void *socket;
    lb_span source, format;
    int64_t last_correlation;
    size_t busy; /* batches that are not free        */
    batch *open; /* the one that is gathered, or NULL */
    lb_message bodies[BATCH_MESSAGES];
    size_t open_bytes;
    lb_span packed;         /* of the open batch, when the socket did not take it */
    lb_arena gathered;      /* of the open batch                */
    lb_arena received;      /* of one Receipts                  */
    batch batches[BATCHES]; /* by correlation % BATCHES         */
};

lb_err lb_submitter_open(lb_submitter **submitter, void *zmq, const char *endpoint,
                         const char *source, const char *format)
{
    lb_submitter *made = calloc(1, sizeof *made);
    if (made == NULL)
        return LB_ERR_NO_MEMORY;
    int linger = LINGER_MS;
    made->source = lb_span_of(source);
    made->format = lb_span_of(format);
    lb_arena_init(&made->gathered, ARENA_BYTES);
    lb_arena_init(&made->received, ARENA_BYTES);
    made->socket = zmq_socket(zmq, ZMQ_DEALER);
    if (made->socket == NULL || zmq_setsockopt(made->socket, ZMQ_LINGER, &linger, sizeof linger) ||
        zmq_connect(made->socket, endpoint)) {
        lb_log(LB_LOG_MOV_SOCKET, "gate=jt808 endpoint=%s error=%s", endpoint,
               zmq_strerror(zmq_errno()));
        lb_submitter_close(&made);
        return LB_ERR_IO;
    }
    *submitter = made;
    return LB_OK;
}

void lb_submitter_close(lb_submitter **submitter)
{
    lb_submitter *closed = *submitter;
    if (closed == NULL)
        return;
    if (closed->socket != NULL)
        zmq_close(closed->socket);
    lb_arena_fini(&closed->gathered);
    lb_arena_fini(&closed->received);
    free(closed);
    *submitter = NULL;
}

int lb_submitter_fd(const lb_submitter *submitter)
{
    int fd = -1;
    size_t size = sizeof fd;
    zmq_getsockopt(submitter->socket, ZMQ_FD, &fd, &size);
    return fd;
}

/* -- out --------------------------------------------------------------------------------------- */

static batch *begin_batch(lb_submitter *submitter)
{
    batch *begun = &submitter->batches[(submitter->last_correlation + 1) % BATCHES];
    if (begun->correlation != 0)
        return NULL; /* that one waits since BATCHES batches ago */
    begun->correlation = ++submitter->last_correlation;
    begun->count = 0;
    submitter->busy++;
    submitter->open_bytes = 0;
    lb_arena_reset(&submitter->gathered);
    return begun;
}

static bool has_room(const lb_submitter *submitter)
{
    return submitter->open->count < BATCH_MESSAGES && submitter->open_bytes < BATCH_BYTES &&
           submitter->packed.len == 0;
}

/* Two batches are kept back for what one more read may bring. */
bool lb_submitter_is_full(const lb_submitter *submitter)
{
    for (int ahead = 1; ahead <= SPARE_BATCHES; ahead++)
        if (submitter->batches[(submitter->last_correlation + ahead) % BATCHES].correlation != 0)
            return true;
    return submitter->packed.len > 0;
}

lb_err lb_submitter_push(lb_submitter *submitter, lb_span frame,
                         const lb_submitter_waiting *waiting, int64_t now_us)
{
    if (submitter->open != NULL && !has_room(submitter))
        lb_submitter_flush(submitter, now_us);
    if (submitter->open == NULL)
        submitter->open = begin_batch(submitter);
    if (submitter->open == NULL || !has_room(submitter))
        return LB_ERR_BUSY;

    lb_span body = lb_arena_copy(&submitter->gathered, frame);
    if (body.len != frame.len)
        return LB_ERR_NO_MEMORY;
    submitter->bodies[submitter->open->count] =
        (lb_message){.format = submitter->format, .body = body};
    submitter->open->waiting[submitter->open->count] = *waiting;
    submitter->open->count++;
    submitter->open_bytes += body.len;
    return LB_OK;
}

static void pack(lb_submitter *submitter)
{
    lb_submit submit;
    lb_record_init(&lb_record_submit, &submit);
    submit.schema_rev = LB_SCHEMA_REV;
    submit.source = submitter->source;
    submit.correlation = submitter->open->correlation;
    submit.messages = (lb_message_list){submitter->bodies, submitter->open->count, BATCH_MESSAGES};
    /* Without memory it stays unsent and expires: nobody gets an answer, everybody sends again. */
    if (lb_record_pack(&lb_record_submit, &submit, &submitter->gathered, &submitter->packed) !=
        LB_OK)
        submitter->packed = LB_EMPTY;
}

void lb_submitter_flush(lb_submitter *submitter, int64_t now_us)
{
    if (submitter->open == NULL || submitter->open->count == 0)
        return;
    if (submitter->packed.len == 0) {
        pack(submitter);
        submitter->open->sent_us = now_us;
    }
    if (submitter->packed.len > 0 &&
        zmq_send(submitter->socket, submitter->packed.at, submitter->packed.len, ZMQ_DONTWAIT) <
            0 &&
        zmq_errno() == EAGAIN)
        return; /* the intake is behind: is_full until it took this */
    submitter->packed = LB_EMPTY;
    submitter->open = NULL;
}

/* -- in ---------------------------------------------------------------------------------------- */

/* What the hub said nothing about has failed. */
static void close_batch(lb_submitter *submitter, batch *closed, const lb_receipt_list *receipts,
                        lb_submitter_on_receipt *on_receipt, void *whose)
{
    for (size_t i = 0; i < closed->count; i++)
        on_receipt(whose, &closed->waiting[i], i < receipts->count ? &receipts->at[i] : NULL);
    closed->correlation = 0;
    closed->count = 0;
    submitter->busy--;
}

static void take_one(lb_submitter *submitter, lb_span bytes, lb_submitter_on_receipt *on_receipt,
                     void *whose)
{
    lb_receipts receipts;
    lb_arena_reset(&submitter->received);
    lb_err err = lb_record_unpack(&lb_record_receipts, bytes, &submitter->received, &receipts);
    if (err != LB_OK) {
        lb_log(LB_LOG_MOV_PEER_BAD, "gate=jt808 error=%s", lb_err_name(err));
        return;
    }
    if (receipts.correlation <= 0)
        return;
    batch *sent = &submitter->batches[receipts.correlation % BATCHES];
    if (sent->correlation == receipts.correlation && sent != submitter->open)
        close_batch(submitter, sent, &receipts.receipts, on_receipt, whose);
}

void lb_submitter_take(lb_submitter *submitter, lb_submitter_on_receipt *on_receipt, void *whose)
{
    zmq_msg_t message;
    zmq_msg_init(&message);
    while (zmq_msg_recv(&message, submitter->socket, ZMQ_DONTWAIT) >= 0)
        take_one(submitter, (lb_span){zmq_msg_data(&message), zmq_msg_size(&message)}, on_receipt,
                 whose);
    zmq_msg_close(&message);
}

void lb_submitter_expire(lb_submitter *submitter, int64_t since_us,
                         lb_submitter_on_receipt *on_receipt, void *whose)
{
    static const lb_receipt_list none;
    for (size_t i = 0; i < BATCHES && submitter->busy > 0; i++) {
        batch *late = &submitter->batches[i];
        if (late->correlation == 0 || late == submitter->open || late->sent_us > since_us)
            continue;
        lb_log(LB_LOG_GAT_FAIL, "gate=jt808 what=receipt messages=%zu", late->count);
        close_batch(submitter, late, &none, on_receipt, whose);
    }
}
