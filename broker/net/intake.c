/* intake.c - receives submissions and sends receipts.
 *
 * It knows no formats and checks no rights: a request is an address and a Submit. No timer gathers a batch. While one
 * turn is being synced, requests are queued in the backlog until it is their sender's turn: an idle hub answers at
 * once, a busy one commits thousands together. */
#include "net/intake.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/point.h"
#include "record.h"

enum {
    TAKE_BYTES = 8 * 1024 * 1024,
    TAKE_REQUESTS = 1000,
    RETRY_MS = 100,
    /* A shorter body may share memory with others in a libzmq buffer: it is copied. A longer one is not. */
    LONG_BODY = 16 * 1024,
    /* For the receipts of one Submit that was refused unread. */
    ARENA_MAX = 256 * 1024 * 1024,
};

typedef struct request { /* freed with its submission */
    lb_submission submission;
    zmq_msg_t body; /* of a long request */
    char bytes[];   /* user, address, and the body of a short one */
} request;

struct lb_intake {
    lb_door *outside;
    void *inside;
    lb_arena arena; /* of the request being taken */
};

lb_err lb_intake_open(lb_intake **out, const lb_listen *listen, lb_ports ports, int64_t max_request)
{
    lb_intake *intake = calloc(1, sizeof *intake);
    if (intake == NULL)
        return LB_ERR_NO_MEMORY;

    lb_arena_init(&intake->arena, ARENA_MAX);
    lb_err err = lb_door_listen(&intake->outside, listen, LB_DOOR_INTAKE, ports, max_request);
    if (err == LB_OK)
        err = lb_socket_bind(listen->zmq, ZMQ_ROUTER, LB_INTAKE_INSIDE, &intake->inside);
    if (err != LB_OK)
        lb_intake_close(&intake);
    else
        *out = intake;
    return err;
}

void lb_intake_close(lb_intake **intake)
{
    if (*intake == NULL)
        return;
    lb_door_close(&(*intake)->outside);
    lb_socket_close(&(*intake)->inside);
    lb_arena_fini(&(*intake)->arena);
    free(*intake);
    *intake = NULL;
}

void lb_intake_wait_for(const lb_intake *intake, zmq_pollitem_t items[LB_SIDES])
{
    void *const sockets[] = {
        [LB_SIDE_OUTSIDE] = lb_door_socket(intake->outside), [LB_SIDE_INSIDE] = intake->inside};

    for (int side = 0; side < LB_SIDES; side++)
        items[side] = (zmq_pollitem_t){.socket = sockets[side], .events = ZMQ_POLLIN};
}

/* -- from submissions to frames ---------------------------------------------------------------------- */

void lb_intake_refuse(lb_batch *batch, lb_frame *frame, lb_err err, lb_span why)
{
    frame->refused = err;
    frame->why = why;
    while (!lb_frame_is_last(frame))
        lb_item_refuse(lb_batch_item(batch, frame, frame->of->received_us), LB_ITEM_DENIED, err,
                       LB_UNKNOWN, why);
}

/* Refuses a request whose messages cannot be answered singly. */
static void refuse_unread(lb_frame *frame, lb_err err, lb_span why)
{
    frame->refused = err;
    frame->why = why;
    frame->submit.messages.count = 0;
    lb_log(LB_LOG_MOV_PEER_BAD, "side=%d err=%s why=\"%.*s\"", frame->side, lb_err_name(err),
           LB_ARG(why));
}

static lb_err unpack(lb_submission *one, lb_batch *batch)
{
    lb_err err = LB_OK;

    if (one->unpacked_in != batch->turn)
        err = lb_record_unpack_lent(&lb_record_submit, one->body, &batch->arena, &one->submit);
    one->unpacked_in = err == LB_OK ? batch->turn : 0;
    return err;
}

lb_frame *lb_intake_frame(lb_batch *batch, lb_submission *one)
{
    lb_frame *frame = lb_batch_frame(batch);
    lb_err err = unpack(one, batch);

    frame->of = one;
    frame->skipped = one->done;
    frame->from = one->from;
    frame->is_req = one->is_req;
    frame->user = one->user;
    frame->side = one->side;
    frame->file = one->file;
    frame->submit = one->submit;
    if (err != LB_OK)
        refuse_unread(frame, err,
                      err == LB_ERR_NO_MEMORY
                          ? LB_SPAN("the hub lacks memory to read it; send it again later")
                          : LB_SPAN("not a Submit message"));
    else if (one->submit.messages.count > LB_FRAME_MESSAGES)
        refuse_unread(frame, LB_ERR_TOO_BIG, LB_SPAN("at most 10000 messages in one Submit"));
    return frame;
}

/* -- taking -------------------------------------------------------------------------------------------- */

/* The sender of a connection without a key is its source: it cannot be a party's name, since that has no '/'. */
static lb_span sender_of(const lb_submission *one, lb_arena *arena)
{
    enum { SOURCE = 2, ON_BEHALF_OF = 50 }; /* in a Submit */
    lb_span party = one->side == LB_SIDE_INSIDE ? lb_record_peek(one->body, ON_BEHALF_OF)
                                                : lb_permission_user_party(one->user);

    if (party.len > 0)
        return lb_arena_print(arena, "/%.*s", LB_ARG(party));
    lb_span source = lb_record_peek(one->body, SOURCE);
    return lb_span_starts(source, "/") ? LB_EMPTY : source; /* not a valid source either */
}

static void let_go(void *whose)
{
    request *taken = whose;

    zmq_msg_close(&taken->body);
    free(taken);
}

/* Moves the body. NULL: no memory; the caller keeps the body. */
static lb_submission *make_submission(const lb_request *in, zmq_msg_t *body, int side,
                                      int64_t now_us)
{
    bool is_long = in->body.len >= LONG_BODY;
    request *made =
        malloc(sizeof *made + in->from.len + in->user.len + (is_long ? 0 : in->body.len));
    if (made == NULL)
        return NULL;

    char *at = made->bytes;
    made->submission = (lb_submission){.from = lb_span_append(&at, in->from),
                                       .user = lb_span_append(&at, in->user),
                                       .body = is_long ? in->body : lb_span_append(&at, in->body),
                                       .is_req = in->is_req,
                                       .file = in->file,
                                       .side = side,
                                       .received_us = now_us,
                                       .request = made,
                                       .let_go = let_go};
    zmq_msg_init(&made->body);
    if (is_long)
        zmq_msg_move(&made->body, body);
    else
        zmq_msg_close(body);
    return &made->submission;
}

static void answer(lb_intake *intake, int side, lb_span to, bool is_req, lb_span receipts)
{
    if (side == LB_SIDE_OUTSIDE)
        lb_door_answer(intake->outside, to, is_req, receipts);
    else
        lb_socket_answer(intake->inside, to, is_req, receipts);
}

static lb_err pack_busy(const lb_submit *submit, lb_arena *arena, lb_span *bytes)
{
    size_t messages = submit->messages.count;
    size_t count = messages > 0 && messages <= LB_FRAME_MESSAGES ? messages : 1;
    lb_receipts receipts;

    lb_record_init(&lb_record_receipts, &receipts);
    receipts.correlation = submit->correlation;
    receipts.receipts.at = lb_arena_alloc(arena, count * sizeof *receipts.receipts.at);
    if (receipts.receipts.at == NULL)
        return LB_ERR_NO_MEMORY;
    receipts.receipts.count = receipts.receipts.room = count;
    for (size_t i = 0; i < count; i++) {
        lb_receipt *receipt = &receipts.receipts.at[i];
        lb_record_init(&lb_record_receipt, receipt);
        receipt->result = LB_RESULT_FAILED;
        if (count == messages)
            receipt->message_id = submit->messages.at[i].message_id;
        receipt->error = lb_span_of(lb_err_name(LB_ERR_BUSY));
        receipt->next_step = lb_span_of(lb_next_step_name(lb_err_next_step(LB_ERR_BUSY)));
        receipt->retry_ms = RETRY_MS;
        receipt->text = LB_SPAN("too many messages of this sender are queued: send it again after "
                                "retry_ms");
    }
    return lb_record_pack(&lb_record_receipts, &receipts, arena, bytes);
}

/* A request that cannot be read counts as one message; it is refused as not a Submit when it is sent again. */
static void turn_away(lb_intake *intake, lb_backlog *backlog, lb_span sender, lb_submission *one)
{
    lb_submit submit;
    lb_span bytes;

    if (lb_record_unpack_lent(&lb_record_submit, one->body, &intake->arena, &submit) != LB_OK)
        lb_record_init(&lb_record_submit, &submit);
    lb_backlog_turned_away(backlog, sender, submit.messages.count > 0 ? submit.messages.count : 1);
    if (one->side == LB_SIDE_OUTSIDE)
        lb_door_refuse(intake->outside);
    if (pack_busy(&submit, &intake->arena, &bytes) == LB_OK)
        answer(intake, one->side, one->from, one->is_req, bytes);
    else if (one->side == LB_SIDE_OUTSIDE)
        lb_door_miss(intake->outside);
    lb_submission_end(one);
}

static void put_in_line(lb_intake *intake, lb_backlog *backlog, lb_submission *one)
{
    lb_span sender = sender_of(one, &intake->arena);

    bool is_bounded = one->side == LB_SIDE_OUTSIDE || lb_span_starts(sender, "/");

    if (lb_backlog_put(backlog, sender, is_bounded, one) != LB_OK)
        turn_away(intake, backlog, sender, one);
}

/* Returns the request's length; -1: none waits. */
static int64_t take_request(lb_intake *intake, int side, lb_backlog *backlog, int64_t now_us)
{
    lb_submission *one = NULL;
    lb_request in;
    zmq_msg_t body;

    lb_arena_reset(&intake->arena);
    zmq_msg_init(&body);
    lb_err err = side == LB_SIDE_OUTSIDE
                     ? lb_door_take_held(intake->outside, &intake->arena, &in, &body)
                     : lb_socket_take_held(intake->inside, &intake->arena, &in, &body);
    if (err == LB_OK)
        one = make_submission(&in, &body, side, now_us);
    if (one != NULL) {
        put_in_line(intake, backlog, one);
        return (int64_t)in.body.len;
    }
    zmq_msg_close(&body);
    if (err == LB_ERR_NOT_FOUND || err == LB_ERR_CLOSED)
        return -1;
    lb_log(LB_LOG_MOV_PEER_BAD, "side=%d err=%s", side, /* no address to answer to */
           lb_err_name(err == LB_OK ? LB_ERR_NO_MEMORY : err));
    return 0;
}

void lb_intake_take(lb_intake *intake, lb_backlog *backlog, int64_t now_us)
{
    bool is_there = true;
    int64_t bytes = 0;
    size_t requests = 0;

    while (is_there) {
        is_there = false;
        for (int side = 0; side < LB_SIDES; side++) {
            if (bytes >= TAKE_BYTES || requests >= TAKE_REQUESTS || lb_backlog_is_full(backlog))
                break;
            int64_t len = take_request(intake, side, backlog, now_us);
            is_there |= len >= 0;
            bytes += len > 0 ? len : 0;
            requests += len >= 0;
        }
    }
    lb_door_look(intake->outside);
    if (requests > 0)
        lb_point("received");
}

/* -- answering ------------------------------------------------------------------------------------------ */

bool lb_intake_expel(lb_intake *intake, const lb_frame *frame)
{
    return frame->side == LB_SIDE_OUTSIDE && frame->user.len > 0 &&
           lb_door_expel(intake->outside, frame->file);
}

void lb_intake_answer(lb_intake *intake, const lb_frame *frame, lb_span receipts)
{
    if (frame->side == LB_SIDE_OUTSIDE && frame->refused != LB_OK)
        lb_door_refuse(intake->outside);
    answer(intake, frame->side, frame->from, frame->is_req, receipts);
}
