/* intake.c - where messages come in and receipts go out.
 *
 * It understands no format and judges nobody: a request is an address and a Submit. There is no timer
 * that gathers a batch. While one turn is on its way to the disk, the next one fills up in the queues:
 * a quiet hub answers at once, a busy one commits thousands together. What is taken stands in the backlog until it is
 * its sender's turn; in most turns all of it is read at once. */
#include "move/intake.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/point.h"
#include "record.h"

enum { TAKE_BYTES = 8 * 1024 * 1024, RETRY_MS = 100 };

/* A letter whose body stays where libzmq has put it until the turn ends: what is refused is never copied. */
typedef struct held_letter {
    struct held_letter *next;
    zmq_msg_t body;
} held_letter;

struct lb_intake {
    lb_door *outside;
    void *inside;
    held_letter *held; /* of this turn */
};

lb_err lb_intake_open(lb_intake **out, const lb_listen *listen, lb_ports ports, int64_t max_letter)
{
    lb_intake *intake = calloc(1, sizeof *intake);
    if (intake == NULL)
        return LB_ERR_NO_MEMORY;

    lb_err err = lb_door_listen(&intake->outside, listen, LB_DOOR_INTAKE, ports, max_letter);
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
    lb_intake_end_turn(*intake);
    lb_door_close(&(*intake)->outside);
    lb_socket_close(&(*intake)->inside);
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

/* Nothing in it can be answered one by one. */
static void refuse_unread(lb_frame *frame, lb_err err, lb_span why)
{
    frame->refused = err;
    frame->why = why;
    frame->submit.messages.count = 0;
    lb_log(LB_LOG_MOV_PEER_BAD, "side=%d err=%s why=\"%.*s\"", frame->side, lb_err_name(err),
           LB_ARG(why));
}

static lb_err unpack(lb_submission *one, lb_arena *arena)
{
    lb_err err = one->is_unpacked
                     ? LB_OK
                     : lb_record_unpack(&lb_record_submit, one->body, arena, &one->submit);

    one->is_unpacked = err == LB_OK;
    return err;
}

lb_frame *lb_intake_frame(lb_batch *batch, lb_submission *one)
{
    lb_frame *frame = lb_batch_frame(batch);
    lb_err err = unpack(one, &batch->arena);

    frame->of = one;
    frame->skipped = one->done;
    frame->from = one->from;
    frame->is_req = one->is_req;
    frame->user = one->user;
    frame->side = one->side;
    frame->file = one->file;
    frame->submit = one->submit;
    if (err != LB_OK)
        refuse_unread(frame, err, LB_SPAN("this is no Submit"));
    else if (one->submit.messages.count > LB_FRAME_MESSAGES)
        refuse_unread(frame, LB_ERR_TOO_BIG, LB_SPAN("at most 10000 messages in one Submit"));
    return frame;
}

/* -- taking -------------------------------------------------------------------------------------------- */

/* The party's name stands behind the second '/' of the user: see lb_pass_user. Sources of those that need no key cannot
 * be named like it. */
static lb_span sender_of(lb_submission *one, lb_arena *arena)
{
    lb_span seal, key, name = one->user;

    if (one->user.len > 0 && lb_span_cut(&name, '/', &seal) && lb_span_cut(&name, '/', &key))
        return lb_arena_print(arena, "/%.*s", LB_ARG(name));
    return unpack(one, arena) == LB_OK ? one->submit.source : LB_EMPTY;
}

static lb_submission *make_submission(lb_arena *arena, const lb_letter_in *letter, int side,
                                      int64_t now_us)
{
    lb_submission *one = lb_arena_zero(arena, sizeof *one);

    if (one == NULL)
        return NULL;
    one->from = letter->from;
    one->user = letter->user;
    one->body = letter->body;
    one->is_req = letter->is_req;
    one->file = letter->file;
    one->side = side;
    one->received_us = now_us;
    return one;
}

static bool put_in_line(lb_backlog *backlog, lb_batch *batch, lb_submission *one)
{
    lb_err err =
        lb_backlog_put(backlog, sender_of(one, &batch->arena), one->side == LB_SIDE_OUTSIDE, one);
    if (err == LB_OK)
        return true;
    lb_frame *frame = lb_intake_frame(batch, one);
    if (frame->refused != LB_OK)
        return false;
    frame->retry_ms = RETRY_MS;
    lb_intake_refuse(batch, frame, LB_ERR_BUSY,
                     LB_SPAN("too much of this sender waits to be read: send it again after "
                             "retry_ms"));
    return false;
}

void lb_intake_end_turn(lb_intake *intake)
{
    for (; intake->held != NULL; intake->held = intake->held->next)
        zmq_msg_close(&intake->held->body);
}

/* Returns what was taken and not refused at once, in bytes; -1: nothing is there. */
static int64_t take_letter(lb_intake *intake, int side, lb_backlog *backlog, lb_batch *batch,
                           int64_t now_us)
{
    lb_letter_in letter;

    held_letter *held = lb_arena_alloc(&batch->arena, sizeof *held);
    if (held == NULL)
        return -1;
    zmq_msg_init(&held->body);
    held->next = intake->held;
    intake->held = held;
    lb_err err = side == LB_SIDE_OUTSIDE
                     ? lb_door_take_held(intake->outside, &batch->arena, &letter, &held->body)
                     : lb_socket_take_held(intake->inside, &batch->arena, &letter, &held->body);
    if (err == LB_ERR_NOT_FOUND || err == LB_ERR_CLOSED)
        return -1;
    lb_submission *one =
        err == LB_OK ? make_submission(&batch->arena, &letter, side, now_us) : NULL;
    if (one == NULL) { /* nothing that could be answered */
        lb_log(LB_LOG_MOV_PEER_BAD, "side=%d err=%s", side,
               lb_err_name(err == LB_OK ? LB_ERR_NO_MEMORY : err));
        return 0;
    }
    return put_in_line(backlog, batch, one) ? (int64_t)letter.body.len : 0;
}

/* A letter may need a frame at once, for its refusal. */
static bool may_take(const lb_backlog *backlog, const lb_batch *batch, int64_t bytes,
                     size_t letters)
{
    return bytes < TAKE_BYTES && letters < batch->frame_room && !lb_backlog_is_full(backlog) &&
           !lb_batch_is_full(batch);
}

void lb_intake_take(lb_intake *intake, lb_backlog *backlog, lb_batch *batch, int64_t now_us)
{
    bool is_there = true;
    int64_t bytes = 0;
    size_t letters = 0;

    while (is_there) {
        is_there = false;
        for (int side = 0; side < LB_SIDES && may_take(backlog, batch, bytes, letters); side++) {
            int64_t len = take_letter(intake, side, backlog, batch, now_us);
            is_there |= len >= 0;
            bytes += len > 0 ? len : 0;
            letters += len >= 0;
        }
    }
    lb_door_look(intake->outside);
    if (letters > 0)
        lb_point("received");
}

/* -- answering ------------------------------------------------------------------------------------------ */

void lb_intake_miss(lb_intake *intake, const lb_submission *lost)
{
    if (lost->side == LB_SIDE_OUTSIDE)
        lb_door_miss(intake->outside);
}

bool lb_intake_expel(lb_intake *intake, const lb_frame *frame)
{
    return frame->side == LB_SIDE_OUTSIDE && frame->user.len > 0 &&
           lb_door_expel(intake->outside, frame->file);
}

void lb_intake_answer(lb_intake *intake, const lb_frame *frame, lb_span receipts)
{
    if (frame->side == LB_SIDE_OUTSIDE && frame->refused != LB_OK)
        lb_door_refuse(intake->outside);
    if (frame->side == LB_SIDE_OUTSIDE)
        lb_door_answer(intake->outside, frame->from, frame->is_req, receipts);
    else
        lb_socket_answer(intake->inside, frame->from, frame->is_req, receipts);
}
