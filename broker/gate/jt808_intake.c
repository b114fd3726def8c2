/* jt808_intake.c - the gate's side of the hub's intake; see jt808_intake.h. */
#include "jt808_intake.h"

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
    lb_808_waiting waiting[BATCH_MESSAGES];
} batch;

struct lb_808_intake {
    void *socket;
    lb_span source;
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

lb_err lb_808_intake_open(lb_808_intake **intake, void *zmq, const char *endpoint,
                          const char *source)
{
    lb_808_intake *made = calloc(1, sizeof *made);
    if (made == NULL)
        return LB_ERR_NO_MEMORY;
    int linger = LINGER_MS;
    made->source = lb_span_of(source);
    lb_arena_init(&made->gathered, ARENA_BYTES);
    lb_arena_init(&made->received, ARENA_BYTES);
    made->socket = zmq_socket(zmq, ZMQ_DEALER);
    if (made->socket == NULL || zmq_setsockopt(made->socket, ZMQ_LINGER, &linger, sizeof linger) ||
        zmq_connect(made->socket, endpoint)) {
        lb_log(LB_LOG_MOV_SOCKET, "gate=jt808 endpoint=%s error=%s", endpoint,
               zmq_strerror(zmq_errno()));
        lb_808_intake_close(&made);
        return LB_ERR_IO;
    }
    *intake = made;
    return LB_OK;
}

void lb_808_intake_close(lb_808_intake **intake)
{
    lb_808_intake *closed = *intake;
    if (closed == NULL)
        return;
    if (closed->socket != NULL)
        zmq_close(closed->socket);
    lb_arena_fini(&closed->gathered);
    lb_arena_fini(&closed->received);
    free(closed);
    *intake = NULL;
}

int lb_808_intake_fd(const lb_808_intake *intake)
{
    int fd = -1;
    size_t size = sizeof fd;
    zmq_getsockopt(intake->socket, ZMQ_FD, &fd, &size);
    return fd;
}

/* -- out --------------------------------------------------------------------------------------- */

static batch *begin_batch(lb_808_intake *intake)
{
    batch *begun = &intake->batches[(intake->last_correlation + 1) % BATCHES];
    if (begun->correlation != 0)
        return NULL; /* that one waits since BATCHES batches ago */
    begun->correlation = ++intake->last_correlation;
    begun->count = 0;
    intake->busy++;
    intake->open_bytes = 0;
    lb_arena_reset(&intake->gathered);
    return begun;
}

static bool has_room(const lb_808_intake *intake)
{
    return intake->open->count < BATCH_MESSAGES && intake->open_bytes < BATCH_BYTES &&
           intake->packed.len == 0;
}

/* Two batches are kept back for what one more read may bring. */
bool lb_808_intake_is_full(const lb_808_intake *intake)
{
    for (int ahead = 1; ahead <= SPARE_BATCHES; ahead++)
        if (intake->batches[(intake->last_correlation + ahead) % BATCHES].correlation != 0)
            return true;
    return intake->packed.len > 0;
}

lb_err lb_808_intake_push(lb_808_intake *intake, lb_span frame, const lb_808_waiting *waiting,
                          int64_t now_us)
{
    if (intake->open != NULL && !has_room(intake))
        lb_808_intake_flush(intake, now_us);
    if (intake->open == NULL)
        intake->open = begin_batch(intake);
    if (intake->open == NULL || !has_room(intake))
        return LB_ERR_BUSY;

    lb_span body = lb_arena_copy(&intake->gathered, frame);
    if (body.len != frame.len)
        return LB_ERR_NO_MEMORY;
    intake->bodies[intake->open->count] =
        (lb_message){.format = LB_SPAN("road.jt808"), .body = body};
    intake->open->waiting[intake->open->count] = *waiting;
    intake->open->count++;
    intake->open_bytes += body.len;
    return LB_OK;
}

static void pack(lb_808_intake *intake)
{
    lb_submit submit;
    lb_record_init(&lb_record_submit, &submit);
    submit.schema_rev = LB_SCHEMA_REV;
    submit.source = intake->source;
    submit.correlation = intake->open->correlation;
    submit.messages = (lb_message_list){intake->bodies, intake->open->count, BATCH_MESSAGES};
    /* Without memory it stays unsent and expires: nobody gets an answer, everybody sends again. */
    if (lb_record_pack(&lb_record_submit, &submit, &intake->gathered, &intake->packed) != LB_OK)
        intake->packed = LB_EMPTY;
}

void lb_808_intake_flush(lb_808_intake *intake, int64_t now_us)
{
    if (intake->open == NULL || intake->open->count == 0)
        return;
    if (intake->packed.len == 0) {
        pack(intake);
        intake->open->sent_us = now_us;
    }
    if (intake->packed.len > 0 &&
        zmq_send(intake->socket, intake->packed.at, intake->packed.len, ZMQ_DONTWAIT) < 0 &&
        zmq_errno() == EAGAIN)
        return; /* the intake is behind: is_full until it took this */
    intake->packed = LB_EMPTY;
    intake->open = NULL;
}

/* -- in ---------------------------------------------------------------------------------------- */

/* What the hub said nothing about has failed. */
static void close_batch(lb_808_intake *intake, batch *closed, const lb_receipt_list *receipts,
                        lb_808_on_receipt *on_receipt, void *whose)
{
    for (size_t i = 0; i < closed->count; i++)
        on_receipt(whose, &closed->waiting[i], i < receipts->count ? &receipts->at[i] : NULL);
    closed->correlation = 0;
    closed->count = 0;
    intake->busy--;
}

static void take_one(lb_808_intake *intake, lb_span bytes, lb_808_on_receipt *on_receipt,
                     void *whose)
{
    lb_receipts receipts;
    lb_arena_reset(&intake->received);
    lb_err err = lb_record_unpack(&lb_record_receipts, bytes, &intake->received, &receipts);
    if (err != LB_OK) {
        lb_log(LB_LOG_MOV_PEER_BAD, "gate=jt808 error=%s", lb_err_name(err));
        return;
    }
    if (receipts.correlation <= 0)
        return;
    batch *sent = &intake->batches[receipts.correlation % BATCHES];
    if (sent->correlation == receipts.correlation && sent != intake->open)
        close_batch(intake, sent, &receipts.receipts, on_receipt, whose);
}

void lb_808_intake_take(lb_808_intake *intake, lb_808_on_receipt *on_receipt, void *whose)
{
    zmq_msg_t message;
    zmq_msg_init(&message);
    while (zmq_msg_recv(&message, intake->socket, ZMQ_DONTWAIT) >= 0)
        take_one(intake, (lb_span){zmq_msg_data(&message), zmq_msg_size(&message)}, on_receipt,
                 whose);
    zmq_msg_close(&message);
}

void lb_808_intake_expire(lb_808_intake *intake, int64_t since_us, lb_808_on_receipt *on_receipt,
                          void *whose)
{
    static const lb_receipt_list none;
    for (size_t i = 0; i < BATCHES && intake->busy > 0; i++) {
        batch *late = &intake->batches[i];
        if (late->correlation == 0 || late == intake->open || late->sent_us > since_us)
            continue;
        lb_log(LB_LOG_GAT_FAIL, "gate=jt808 what=receipt messages=%zu", late->count);
        close_batch(intake, late, &none, on_receipt, whose);
    }
}
