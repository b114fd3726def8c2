/* intake.c - where messages come in and receipts go out.
 *
 * It understands no format and judges nobody: a request is an address and a Submit. There is no timer
 * that gathers a batch. While one turn is on its way to the disk, the next one fills up in the queues:
 * a quiet hub answers at once, a busy one commits thousands together. */
#include "move/intake.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/point.h"
#include "record.h"

struct lb_intake {
    lb_door *outside;
    void *inside;
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

static void refuse_frame(lb_frame *frame, lb_err err, lb_span why)
{
    frame->refused = err;
    frame->why = why;
    frame->submit.messages.count = 0;
    lb_log(LB_LOG_MOV_PEER_BAD, "side=%d err=%s why=\"%.*s\"", frame->side, lb_err_name(err),
           LB_ARG(why));
}

static void open_letter(lb_frame *frame, lb_batch *batch, lb_span body, int64_t now_us)
{
    lb_err err = lb_record_unpack(&lb_record_submit, body, &batch->arena, &frame->submit);

    if (err != LB_OK)
        refuse_frame(frame, err, LB_SPAN("this is no Submit"));
    else if (frame->submit.messages.count > LB_FRAME_MESSAGES)
        refuse_frame(frame, LB_ERR_TOO_BIG, LB_SPAN("at most 10000 messages in one Submit"));
    else
        lb_batch_items(batch, frame, now_us);
}

static bool take_letter(lb_intake *intake, int side, lb_batch *batch, int64_t now_us)
{
    lb_letter_in letter;

    lb_err err = side == LB_SIDE_OUTSIDE ? lb_door_take(intake->outside, &batch->arena, &letter)
                                         : lb_socket_take(intake->inside, &batch->arena, &letter);
    if (err == LB_ERR_NOT_FOUND || err == LB_ERR_CLOSED)
        return false;
    if (err != LB_OK) { /* nothing that could be answered */
        lb_log(LB_LOG_MOV_PEER_BAD, "side=%d err=%s", side, lb_err_name(err));
        return true;
    }
    lb_frame *frame = lb_batch_frame(batch);
    frame->from = letter.from;
    frame->is_req = letter.is_req;
    frame->user = letter.user;
    frame->side = side;
    batch->bytes += letter.body.len;
    open_letter(frame, batch, letter.body, now_us);
    return true;
}

void lb_intake_take(lb_intake *intake, lb_batch *batch, int64_t now_us)
{
    bool is_there = true;

    while (is_there && !lb_batch_is_full(batch)) {
        is_there = false;
        for (int side = 0; side < LB_SIDES && !lb_batch_is_full(batch); side++)
            is_there |= take_letter(intake, side, batch, now_us);
    }
    lb_door_look(intake->outside);
    if (batch->frame_count > 0)
        lb_point("received");
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
