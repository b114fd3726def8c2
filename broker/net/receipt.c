/* receipt.c - the receipts for a frame.
 *
 * A receipt KEPT promises durability, so it is made after the commit, from its result; so is the reply in the sender's
 * own format (`answer` of an adapter: the acknowledgement of rail.taf, the answers of road.jt808 and road.jt809).
 * Receipts of requests that no turn takes, since the hub has too many waiting, are made in intake.c (BUSY). */
#include "net/receipt.h"

#include "record.h"

enum {
    ANSWER_ROOM = 4096,
    /* Memory for the receipts of a submission that is read in parts: texts and answers per message, on average. */
    REPORTED_EACH = 2048,
    REPORTED_LEAST = 1024 * 1024,
};

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
    receipt->next_step = lb_span_of(lb_next_step_name(LB_NEXT_STEP_SENDER_RETRY));
    receipt->text = kept == LB_ERR_FULL
                        ? LB_SPAN("the hub's disk is full; send it again later")
                        : LB_SPAN("the hub could not store it; send it again later");
}

/* A lack of memory, disk or capacity at the hub may pass; the same bytes with any other error fail again. */
static void set_error(lb_receipt *receipt, lb_err error)
{
    bool may_pass = error == LB_ERR_NO_MEMORY || error == LB_ERR_FULL || error == LB_ERR_BUSY;

    receipt->result = may_pass ? LB_RESULT_FAILED : LB_RESULT_REFUSED;
    receipt->error = lb_span_of(lb_err_name(error));
    receipt->next_step = lb_span_of(lb_next_step_name(lb_err_next_step(error)));
}

static void say_refused(const lb_item *item, lb_receipt *receipt)
{
    set_error(receipt, item->error);
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
    receipt->answer = receipt->result == LB_RESULT_FAILED ? LB_EMPTY : item->reported;
    receipt->retry_ms = batch->frames[item->frame].retry_ms;
    if (receipt->answer.len == 0)
        add_carriers_own(batch, item, answer, receipt);
}

/* A request that is not a Submit has no messages: one receipt for the whole. */
static void fill_refused_frame(const lb_frame *frame, lb_receipt *receipt)
{
    set_error(receipt, frame->refused);
    receipt->text = frame->why;
}

static void fill_all(lb_batch *batch, const lb_frame *frame, lb_err kept, lb_receipt *receipts)
{
    for (size_t i = 0; i < frame->count; i++) {
        lb_record_init(&lb_record_receipt, &receipts[i]);
        lb_receipt_fill(batch, &batch->items[frame->first + i], kept, &receipts[i]);
    }
}

static int64_t newest_of(const lb_receipt_list *receipts)
{
    int64_t newest = LB_UNKNOWN;

    for (size_t i = 0; i < receipts->count; i++) {
        const lb_receipt *one = &receipts->at[i];
        if (one->first_seq != LB_UNKNOWN && one->first_seq + one->events - 1 > newest)
            newest = one->first_seq + one->events - 1;
    }
    return newest;
}

/* With the position that a question gives to see all of it. */
static lb_err pack_receipts(lb_batch *batch, lb_receipts *receipts, const lb_epochs *epochs,
                            lb_span *bytes)
{
    int64_t newest = newest_of(&receipts->receipts);

    if (newest != LB_UNKNOWN)
        receipts->newest = lb_epochs_position(epochs, newest, &batch->arena);
    return lb_record_pack(&lb_record_receipts, receipts, &batch->arena, bytes);
}

static lb_err pack_whole(lb_batch *batch, const lb_frame *frame, lb_err kept,
                         const lb_epochs *epochs, lb_span *bytes)
{
    size_t count = frame->count > 0 ? frame->count : 1;
    lb_receipts receipts;

    lb_record_init(&lb_record_receipts, &receipts);
    receipts.correlation = frame->submit.correlation;
    receipts.receipts.at = lb_arena_alloc(&batch->arena, count * sizeof *receipts.receipts.at);
    if (receipts.receipts.at == NULL)
        return LB_ERR_NO_MEMORY;
    receipts.receipts.room = count;
    receipts.receipts.count = frame->count;
    fill_all(batch, frame, kept, receipts.receipts.at);
    if (frame->count == 0 && frame->refused != LB_OK) {
        lb_record_init(&lb_record_receipt, receipts.receipts.at);
        fill_refused_frame(frame, receipts.receipts.at);
        receipts.receipts.count = 1;
    }
    return pack_receipts(batch, &receipts, epochs, bytes);
}

/* -- in parts ---------------------------------------------------------------------------------------- */

static bool need_place(lb_submission *of)
{
    size_t count = of->submit.messages.count;

    if (of->receipts != NULL)
        return true;
    lb_arena_init(&of->reported, count * (sizeof *of->receipts + REPORTED_EACH) + REPORTED_LEAST);
    of->receipts = lb_arena_alloc(&of->reported, count * sizeof *of->receipts);
    if (of->receipts == NULL)
        lb_arena_fini(&of->reported);
    return of->receipts != NULL;
}

/* Texts move to the submission's memory, since the turn's is reset; error and next step are literals. */
static lb_err remember(lb_batch *batch, const lb_frame *frame, lb_err kept)
{
    lb_submission *of = frame->of;

    if (!need_place(of))
        return LB_ERR_NO_MEMORY;
    fill_all(batch, frame, kept, of->receipts + frame->skipped);
    for (size_t i = 0; i < frame->count; i++) {
        lb_receipt *receipt = &of->receipts[frame->skipped + i];
        receipt->message_id = lb_arena_copy(&of->reported, receipt->message_id);
        receipt->text = lb_arena_copy(&of->reported, receipt->text);
        receipt->answer = lb_arena_copy(&of->reported, receipt->answer);
    }
    of->is_broken |= kept != LB_OK;
    return lb_arena_failed(&of->reported) ? LB_ERR_NO_MEMORY : LB_OK;
}

lb_err lb_receipt_pack(lb_batch *batch, const lb_frame *frame, lb_err kept, const lb_epochs *epochs,
                       lb_span *bytes)
{
    lb_receipts receipts;

    *bytes = LB_EMPTY;
    if (frame->skipped == 0 && lb_frame_is_last(frame))
        return pack_whole(batch, frame, kept, epochs, bytes);
    frame->of->is_unreported |= remember(batch, frame, kept) != LB_OK;
    if (frame->of->is_unreported)
        return LB_ERR_NO_MEMORY;
    if (!lb_frame_is_last(frame))
        return LB_OK;
    lb_record_init(&lb_record_receipts, &receipts);
    receipts.correlation = frame->submit.correlation;
    receipts.receipts = (lb_receipt_list){frame->of->receipts, frame->submit.messages.count,
                                          frame->submit.messages.count};
    return pack_receipts(batch, &receipts, epochs, bytes);
}
