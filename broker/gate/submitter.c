/* submitter.c - a gate's client of the hub's intake; see submitter.h. */
#include "submitter.h"

#include <errno.h>
#include <stdlib.h>
#include <zmq.h>

#include "base/log.h"
#include "record.h"

enum {
    BATCHES = 64, /* without receipts at a time, the open one included */
    SPARE_BATCHES = 2,
    ARENA_BYTES = 16 * 1024 * 1024, /* for short messages */
    COPIES = 3, /* of a long message in an arena: collected, packed, and growth of the arena */
    LINGER_MS = 0,
};

typedef struct batch {   /* open, or waiting for its Receipts */
    int64_t correlation; /* 0: free */
    int64_t sent_us;
    size_t count;
    char *tags; /* space for LB_DRAFT_MESSAGES tags */
} batch;

struct lb_submitter {
    void *socket;
    const char *gate;
    size_t tag_bytes;
    int64_t last_correlation;
    size_t busy, waiting;   /* batches that are not free; messages in them */
    batch *open;            /* the batch that messages are added to, or NULL */
    lb_submit_head head;    /* of the open batch; in the draft's memory */
    lb_submit_draft draft;  /* messages of the open batch */
    lb_span packed;         /* the open batch, packed but not yet sent; or empty */
    lb_arena received;      /* one Receipts */
    batch batches[BATCHES]; /* by correlation % BATCHES */
    char *tags;             /* of all batches */
};

/* -- open and close ---------------------------------------------------------------------------- */

static lb_err open_tags(lb_submitter *submitter)
{
    const size_t each = LB_DRAFT_MESSAGES * submitter->tag_bytes;

    submitter->tags = calloc(BATCHES, each);
    if (submitter->tags == NULL)
        return LB_ERR_NO_MEMORY;
    for (size_t i = 0; i < BATCHES; i++)
        submitter->batches[i].tags = submitter->tags + i * each;
    return LB_OK;
}

static lb_err connect_intake(lb_submitter *submitter, const lb_submitter_options *options)
{
    const int linger_ms = LINGER_MS;

    submitter->socket = zmq_socket(options->zmq, ZMQ_DEALER);
    if (submitter->socket != NULL &&
        zmq_setsockopt(submitter->socket, ZMQ_LINGER, &linger_ms, sizeof linger_ms) == 0 &&
        zmq_setsockopt(submitter->socket, ZMQ_ROUTING_ID, options->gate, strlen(options->gate)) ==
            0 &&
        zmq_connect(submitter->socket, options->endpoint) == 0)
        return LB_OK;
    lb_log(LB_LOG_MOV_SOCKET, "gate=%s endpoint=%s error=%s", options->gate, options->endpoint,
           zmq_strerror(zmq_errno()));
    return LB_ERR_IO;
}

lb_err lb_submitter_open(lb_submitter **submitter, const lb_submitter_options *options)
{
    const size_t most = ARENA_BYTES + COPIES * options->message_bytes;

    lb_submitter *made = calloc(1, sizeof *made);
    if (made == NULL)
        return LB_ERR_NO_MEMORY;
    made->gate = options->gate;
    made->tag_bytes = options->tag_bytes;
    lb_submit_draft_init(&made->draft, most);
    lb_arena_init(&made->received, most);
    lb_err err = open_tags(made);
    if (err == LB_OK)
        err = connect_intake(made, options);
    if (err != LB_OK)
        lb_submitter_close(&made);
    else
        *submitter = made;
    return err;
}

void lb_submitter_close(lb_submitter **submitter)
{
    lb_submitter *closed = *submitter;
    if (closed == NULL)
        return;
    if (closed->socket != NULL)
        zmq_close(closed->socket);
    lb_submit_draft_fini(&closed->draft);
    lb_arena_fini(&closed->received);
    free(closed->tags);
    free(closed);
    *submitter = NULL;
}

/* -- waiting ----------------------------------------------------------------------------------- */

int lb_submitter_fd(const lb_submitter *submitter)
{
    int fd = -1;
    size_t size = sizeof fd;
    zmq_getsockopt(submitter->socket, ZMQ_FD, &fd, &size);
    return fd;
}

lb_err lb_submitter_wait(const lb_submitter *submitter, int stop_fd, int timeout_ms)
{
    zmq_pollitem_t items[] = {{.socket = submitter->socket, .events = ZMQ_POLLIN},
                              {.fd = stop_fd, .events = ZMQ_POLLIN}};

    int count = zmq_poll(items, 2, timeout_ms);
    if (count < 0 && zmq_errno() == EINTR)
        return LB_ERR_TIMEOUT;
    if (count < 0 || items[1].revents != 0)
        return LB_ERR_CLOSED;
    return count == 0 ? LB_ERR_TIMEOUT : LB_OK;
}

/* Reports full SPARE_BATCHES early, since the gate's read in progress may bring further
 * messages. */
bool lb_submitter_is_full(const lb_submitter *submitter)
{
    for (int ahead = 1; ahead <= SPARE_BATCHES; ahead++)
        if (submitter->batches[(submitter->last_correlation + ahead) % BATCHES].correlation != 0)
            return true;
    return submitter->packed.len > 0;
}

size_t lb_submitter_waiting(const lb_submitter *submitter)
{
    return submitter->waiting;
}

/* -- out --------------------------------------------------------------------------------------- */

static bool copy(lb_arena *memory, lb_span from, lb_span *to)
{
    *to = lb_arena_copy(memory, from);
    return to->len == from.len;
}

static lb_err begin_batch(lb_submitter *submitter, const lb_submit_head *head)
{
    batch *begun = &submitter->batches[(submitter->last_correlation + 1) % BATCHES];

    if (begun->correlation != 0)
        return LB_ERR_BUSY; /* the batch sent BATCHES before has no receipts yet */
    lb_submit_draft_reset(&submitter->draft);
    lb_arena *memory = &submitter->draft.memory;
    if (!copy(memory, head->source, &submitter->head.source) ||
        !copy(memory, head->on_behalf_of, &submitter->head.on_behalf_of) ||
        !copy(memory, head->client_address, &submitter->head.client_address))
        return LB_ERR_NO_MEMORY;
    begun->correlation = ++submitter->last_correlation;
    begun->count = 0;
    submitter->busy++;
    submitter->open = begun;
    return LB_OK;
}

static bool has_room(const lb_submitter *submitter)
{
    return submitter->packed.len == 0 && !lb_submit_draft_is_full(&submitter->draft);
}

static bool is_of_open_batch(const lb_submitter *submitter, const lb_submit_head *head)
{
    return lb_span_equal(submitter->head.source, head->source) &&
           lb_span_equal(submitter->head.on_behalf_of, head->on_behalf_of) &&
           lb_span_equal(submitter->head.client_address, head->client_address);
}

/* After OK there is an open batch with this head and space for a message. */
static lb_err need_batch(lb_submitter *submitter, const lb_submit_head *head, int64_t now_us)
{
    if (submitter->open != NULL && (!has_room(submitter) || !is_of_open_batch(submitter, head)))
        lb_submitter_flush(submitter, now_us);
    if (submitter->open == NULL)
        return begin_batch(submitter, head);
    return has_room(submitter) && is_of_open_batch(submitter, head) ? LB_OK : LB_ERR_BUSY;
}

/* An open batch without messages is never flushed, so it would block messages with another head. */
static void drop_empty(lb_submitter *submitter)
{
    if (submitter->open == NULL || submitter->open->count > 0)
        return;
    submitter->open->correlation = 0;
    submitter->open = NULL;
    submitter->busy--;
}

lb_err lb_submitter_push(lb_submitter *submitter, const lb_submit_head *head,
                         const lb_message *message, const void *tag, int64_t now_us)
{
    lb_err err = need_batch(submitter, head, now_us);

    if (err == LB_OK)
        err = lb_submit_draft_add(&submitter->draft, message);
    if (err != LB_OK) {
        drop_empty(submitter);
        return err;
    }
    batch *open = submitter->open;
    memcpy(open->tags + open->count * submitter->tag_bytes, tag, submitter->tag_bytes);
    open->count++;
    submitter->waiting++;
    return LB_OK;
}

/* Without memory the batch is not sent and expires: its messages get no receipt, and their senders
 * send them again. */
static void pack(lb_submitter *submitter)
{
    if (lb_submit_draft_pack(&submitter->draft, &submitter->head, submitter->open->correlation,
                             &submitter->packed) != LB_OK)
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
        return; /* the intake's queue is full; is_full until a later flush sends it */
    submitter->packed = LB_EMPTY;
    submitter->open = NULL;
}

/* -- in ---------------------------------------------------------------------------------------- */

/* Frees a batch. Messages without a receipt in the list get NULL. */
static void close_batch(lb_submitter *submitter, batch *closed, const lb_receipt_list *receipts,
                        lb_submitter_on_receipt *on_receipt, void *whose)
{
    submitter->waiting -= closed->count;
    for (size_t i = 0; i < closed->count; i++)
        on_receipt(whose, closed->tags + i * submitter->tag_bytes,
                   i < receipts->count ? &receipts->at[i] : NULL);
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
        lb_log(LB_LOG_MOV_PEER_BAD, "gate=%s error=%s", submitter->gate, lb_err_name(err));
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
        lb_log(LB_LOG_GAT_FAIL, "gate=%s what=receipt messages=%zu", submitter->gate, late->count);
        close_batch(submitter, late, &none, on_receipt, whose);
    }
}
