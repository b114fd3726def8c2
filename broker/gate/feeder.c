/* feeder.c - the gate's side of the hub's intake; see feeder.h. */
#include "feeder.h"

#include <errno.h>
#include <stdlib.h>
#include <zmq.h>

#include "base/log.h"
#include "landbridge/version.h"
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
    lb_feeder_waiting waiting[BATCH_MESSAGES];
} batch;

struct lb_feeder {
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

lb_err lb_feeder_open(lb_feeder **feeder, void *zmq, const char *endpoint, const char *source,
                      const char *format)
{
    lb_feeder *made = calloc(1, sizeof *made);
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
        lb_feeder_close(&made);
        return LB_ERR_IO;
    }
    *feeder = made;
    return LB_OK;
}

void lb_feeder_close(lb_feeder **feeder)
{
    lb_feeder *closed = *feeder;
    if (closed == NULL)
        return;
    if (closed->socket != NULL)
        zmq_close(closed->socket);
    lb_arena_fini(&closed->gathered);
    lb_arena_fini(&closed->received);
    free(closed);
    *feeder = NULL;
}

int lb_feeder_fd(const lb_feeder *feeder)
{
    int fd = -1;
    size_t size = sizeof fd;
    zmq_getsockopt(feeder->socket, ZMQ_FD, &fd, &size);
    return fd;
}

/* -- out --------------------------------------------------------------------------------------- */

static batch *begin_batch(lb_feeder *feeder)
{
    batch *begun = &feeder->batches[(feeder->last_correlation + 1) % BATCHES];
    if (begun->correlation != 0)
        return NULL; /* that one waits since BATCHES batches ago */
    begun->correlation = ++feeder->last_correlation;
    begun->count = 0;
    feeder->busy++;
    feeder->open_bytes = 0;
    lb_arena_reset(&feeder->gathered);
    return begun;
}

static bool has_room(const lb_feeder *feeder)
{
    return feeder->open->count < BATCH_MESSAGES && feeder->open_bytes < BATCH_BYTES &&
           feeder->packed.len == 0;
}

/* Two batches are kept back for what one more read may bring. */
bool lb_feeder_is_full(const lb_feeder *feeder)
{
    for (int ahead = 1; ahead <= SPARE_BATCHES; ahead++)
        if (feeder->batches[(feeder->last_correlation + ahead) % BATCHES].correlation != 0)
            return true;
    return feeder->packed.len > 0;
}

lb_err lb_feeder_push(lb_feeder *feeder, lb_span frame, const lb_feeder_waiting *waiting,
                      int64_t now_us)
{
    if (feeder->open != NULL && !has_room(feeder))
        lb_feeder_flush(feeder, now_us);
    if (feeder->open == NULL)
        feeder->open = begin_batch(feeder);
    if (feeder->open == NULL || !has_room(feeder))
        return LB_ERR_BUSY;

    lb_span body = lb_arena_copy(&feeder->gathered, frame);
    if (body.len != frame.len)
        return LB_ERR_NO_MEMORY;
    feeder->bodies[feeder->open->count] = (lb_message){.format = feeder->format, .body = body};
    feeder->open->waiting[feeder->open->count] = *waiting;
    feeder->open->count++;
    feeder->open_bytes += body.len;
    return LB_OK;
}

static void pack(lb_feeder *feeder)
{
    lb_submit submit;
    lb_record_init(&lb_record_submit, &submit);
    submit.schema_rev = LB_SCHEMA_REV;
    submit.source = feeder->source;
    submit.correlation = feeder->open->correlation;
    submit.messages = (lb_message_list){feeder->bodies, feeder->open->count, BATCH_MESSAGES};
    /* Without memory it stays unsent and expires: nobody gets an answer, everybody sends again. */
    if (lb_record_pack(&lb_record_submit, &submit, &feeder->gathered, &feeder->packed) != LB_OK)
        feeder->packed = LB_EMPTY;
}

void lb_feeder_flush(lb_feeder *feeder, int64_t now_us)
{
    if (feeder->open == NULL || feeder->open->count == 0)
        return;
    if (feeder->packed.len == 0) {
        pack(feeder);
        feeder->open->sent_us = now_us;
    }
    if (feeder->packed.len > 0 &&
        zmq_send(feeder->socket, feeder->packed.at, feeder->packed.len, ZMQ_DONTWAIT) < 0 &&
        zmq_errno() == EAGAIN)
        return; /* the intake is behind: is_full until it took this */
    feeder->packed = LB_EMPTY;
    feeder->open = NULL;
}

/* -- in ---------------------------------------------------------------------------------------- */

/* What the hub said nothing about has failed. */
static void close_batch(lb_feeder *feeder, batch *closed, const lb_receipt_list *receipts,
                        lb_feeder_on_receipt *on_receipt, void *whose)
{
    for (size_t i = 0; i < closed->count; i++)
        on_receipt(whose, &closed->waiting[i], i < receipts->count ? &receipts->at[i] : NULL);
    closed->correlation = 0;
    closed->count = 0;
    feeder->busy--;
}

static void take_one(lb_feeder *feeder, lb_span bytes, lb_feeder_on_receipt *on_receipt,
                     void *whose)
{
    lb_receipts receipts;
    lb_arena_reset(&feeder->received);
    lb_err err = lb_record_unpack(&lb_record_receipts, bytes, &feeder->received, &receipts);
    if (err != LB_OK) {
        lb_log(LB_LOG_MOV_PEER_BAD, "gate=jt808 error=%s", lb_err_name(err));
        return;
    }
    if (receipts.correlation <= 0)
        return;
    batch *sent = &feeder->batches[receipts.correlation % BATCHES];
    if (sent->correlation == receipts.correlation && sent != feeder->open)
        close_batch(feeder, sent, &receipts.receipts, on_receipt, whose);
}

void lb_feeder_take(lb_feeder *feeder, lb_feeder_on_receipt *on_receipt, void *whose)
{
    zmq_msg_t message;
    zmq_msg_init(&message);
    while (zmq_msg_recv(&message, feeder->socket, ZMQ_DONTWAIT) >= 0)
        take_one(feeder, (lb_span){zmq_msg_data(&message), zmq_msg_size(&message)}, on_receipt,
                 whose);
    zmq_msg_close(&message);
}

void lb_feeder_expire(lb_feeder *feeder, int64_t since_us, lb_feeder_on_receipt *on_receipt,
                      void *whose)
{
    static const lb_receipt_list none;
    for (size_t i = 0; i < BATCHES && feeder->busy > 0; i++) {
        batch *late = &feeder->batches[i];
        if (late->correlation == 0 || late == feeder->open || late->sent_us > since_us)
            continue;
        lb_log(LB_LOG_GAT_FAIL, "gate=jt808 what=receipt messages=%zu", late->count);
        close_batch(feeder, late, &none, on_receipt, whose);
    }
}
