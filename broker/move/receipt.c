/* receipt.c - what a frame's sender is told.
 *
 * A receipt is a promise, so it is written after the commit and from what the commit said. The carrier's
 * own receipt (CONTRL, a platform answer) is asked of the adapter now and not earlier. */
#include "move/receipt.h"

#include "record.h"

enum { ANSWER_ROOM = 4096 };

static void add_carriers_own(lb_batch *batch, const lb_item *item, lb_err kept, lb_receipt *receipt)
{
    const lb_reading reading = {.received_us = item->received_us, .source = item->source};
    lb_reply reply = {.room = ANSWER_ROOM};

    if (item->adapter == NULL || item->adapter->answer == NULL || item->source == NULL)
        return;
    reply.at = lb_arena_alloc(&batch->arena, reply.room);
    if (reply.at == NULL)
        return;
    item->adapter->answer(&reading, item->message->body, kept, &reply);
    if (!reply.is_full)
        receipt->answer = (lb_span){reply.at, reply.len};
}

static void say_failed(const lb_item *item, lb_err kept, lb_receipt *receipt)
{
    receipt->result = LB_RESULT_FAILED;
    receipt->message_id = item->message->message_id;
    receipt->error = lb_span_of(lb_err_name(kept));
    receipt->move = lb_span_of(lb_move_name(LB_MOVE_SENDER_RETRY));
    receipt->text =
        kept == LB_ERR_FULL
            ? LB_SPAN("there is no room on the hub's disk; nothing was kept, send it again later")
            : LB_SPAN("the hub could not write it down; nothing was kept, send it again later");
}

static void say_refused(const lb_item *item, lb_receipt *receipt)
{
    /* What the hub itself lacked may work later; the rest fails again. */
    bool is_ours =
        item->error == LB_ERR_NO_MEMORY || item->error == LB_ERR_FULL || item->error == LB_ERR_BUSY;

    receipt->result = is_ours ? LB_RESULT_FAILED : LB_RESULT_REFUSED;
    receipt->error = lb_span_of(lb_err_name(item->error));
    receipt->move = lb_span_of(lb_move_name(lb_err_move(item->error)));
    receipt->offset = item->offset;
    receipt->text = item->text;
    receipt->quarantine_id = item->quarantine_id;
}

static void say_kept(const lb_item *item, lb_result result, lb_receipt *receipt)
{
    receipt->result = result;
    receipt->first_seq = item->first_seq;
    receipt->events = item->event_count;
    receipt->doubts = item->doubts;
}

void lb_receipt_fill(lb_batch *batch, const lb_item *item, lb_err kept, lb_receipt *receipt)
{
    const lb_item *first = item->stage == LB_ITEM_TWIN ? &batch->items[item->twin] : item;
    bool rests_on_commit = first->stage == LB_ITEM_NEW || first->stage == LB_ITEM_READ ||
                           first->stage == LB_ITEM_UNREAD;
    lb_err answer = kept;

    if (kept != LB_OK && rests_on_commit) {
        say_failed(item, kept, receipt);
    } else if (first->error != LB_OK) {
        say_refused(first, receipt);
        answer = first->error;
    } else {
        bool is_known = item->stage != LB_ITEM_READ;
        say_kept(first, is_known ? LB_RESULT_DUPLICATE : LB_RESULT_KEPT, receipt);
        answer = LB_OK;
    }
    receipt->message_id = item->message->message_id;
    receipt->answer = item->told;
    receipt->retry_ms = batch->frames[item->frame].retry_ms;
    if (item->told.len == 0)
        add_carriers_own(batch, item, answer, receipt);
}

/* A request that is no Submit has no messages; its sender gets one receipt for the whole. */
static void fill_refused_frame(const lb_frame *frame, lb_receipt *receipt)
{
    receipt->result = LB_RESULT_REFUSED;
    receipt->error = lb_span_of(lb_err_name(frame->refused));
    receipt->move = lb_span_of(lb_move_name(lb_err_move(frame->refused)));
    receipt->text = frame->why;
}

lb_err lb_receipt_pack(lb_batch *batch, const lb_frame *frame, lb_err kept, lb_span *bytes)
{
    size_t count = frame->count > 0 ? frame->count : 1;
    lb_receipts receipts;

    lb_record_init(&lb_record_receipts, &receipts);
    receipts.correlation = frame->submit.correlation;
    receipts.receipts.at = lb_arena_alloc(&batch->arena, count * sizeof *receipts.receipts.at);
    if (receipts.receipts.at == NULL)
        return LB_ERR_NO_MEMORY;
    receipts.receipts.room = count;
    for (size_t i = 0; i < frame->count; i++) {
        lb_receipt *receipt = &receipts.receipts.at[receipts.receipts.count++];
        lb_record_init(&lb_record_receipt, receipt);
        lb_receipt_fill(batch, &batch->items[frame->first + i], kept, receipt);
    }
    if (frame->count == 0 && frame->refused != LB_OK) {
        lb_record_init(&lb_record_receipt, receipts.receipts.at);
        fill_refused_frame(frame, receipts.receipts.at);
        receipts.receipts.count = 1;
    }
    return lb_record_pack(&lb_record_receipts, &receipts, &batch->arena, bytes);
}
