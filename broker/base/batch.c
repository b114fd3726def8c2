/* batch.c - one turn of the hub: what came in, the events read from it, and the answers. */
#include "base/batch.h"

#include <assert.h>
#include <stdlib.h>

/* A turn takes no more beyond this many bytes; its events need a few times as much. An arena that one huge turn has
 * grown is freed. */
enum {
    TURN_BYTES = 8 * 1024 * 1024,
    ARENA_MAX = 1024 * 1024 * 1024,
    ARENA_KEEP = 32 * 1024 * 1024,
};

lb_err lb_batch_init(lb_batch *batch, size_t messages)
{
    memset(batch, 0, sizeof *batch);
    batch->frame_room = messages;
    batch->room = messages + LB_FRAME_MESSAGES;
    batch->frames = calloc(batch->frame_room, sizeof *batch->frames);
    batch->items = calloc(batch->room, sizeof *batch->items);
    batch->turn = 1;
    lb_arena_init(&batch->arena, ARENA_MAX);
    if (batch->frames != NULL && batch->items != NULL)
        return LB_OK;
    lb_batch_fini(batch);
    return LB_ERR_NO_MEMORY;
}

void lb_batch_fini(lb_batch *batch)
{
    lb_arena_fini(&batch->arena);
    free(batch->frames);
    free(batch->items);
    memset(batch, 0, sizeof *batch);
}

void lb_batch_reset(lb_batch *batch)
{
    if (batch->arena.total > ARENA_KEEP) {
        lb_arena_fini(&batch->arena);
        lb_arena_init(&batch->arena, ARENA_MAX);
    }
    lb_arena_reset(&batch->arena);
    batch->frame_count = 0;
    batch->count = 0;
    batch->bytes = 0;
    batch->turn++;
}

bool lb_batch_is_full(const lb_batch *batch)
{
    return batch->frame_count == batch->frame_room ||
           batch->count + LB_FRAME_MESSAGES >= batch->room || batch->bytes >= TURN_BYTES;
}

lb_frame *lb_batch_frame(lb_batch *batch)
{
    if (batch->frame_count == batch->frame_room)
        return NULL;
    lb_frame *frame = &batch->frames[batch->frame_count++];
    memset(frame, 0, sizeof *frame);
    frame->first = batch->count;
    return frame;
}

lb_item *lb_batch_item(lb_batch *batch, lb_frame *frame, int64_t received_us)
{
    size_t message = frame->skipped + frame->count;

    assert(batch->count < batch->room && frame->first + frame->count == batch->count);
    assert(message < frame->submit.messages.count);
    lb_item *item = &batch->items[batch->count++];
    frame->count++;
    memset(item, 0, sizeof *item);
    item->message = &frame->submit.messages.at[message];
    item->frame = (size_t)(frame - batch->frames);
    item->received_us = received_us;
    item->releases = LB_UNKNOWN;
    item->slot = LB_NO_SLOT;
    item->offset = LB_UNKNOWN;
    item->first_seq = LB_UNKNOWN;
    item->quarantine_id = LB_UNKNOWN;
    return item;
}

void lb_batch_take_back(lb_batch *batch, lb_frame *frame)
{
    assert(frame->count > 0 && frame->first + frame->count == batch->count);
    batch->count--;
    frame->count--;
}

void lb_batch_items(lb_batch *batch, lb_frame *frame, int64_t received_us)
{
    while (!lb_frame_is_last(frame))
        lb_batch_item(batch, frame, received_us);
}

bool lb_frame_is_last(const lb_frame *frame)
{
    return frame->skipped + frame->count >= frame->submit.messages.count;
}

/* -- submissions --------------------------------------------------------------------------------- */

size_t lb_submission_bytes(const lb_submission *one)
{
    return sizeof *one + one->from.len + one->user.len + one->body.len;
}

void lb_submission_end(lb_submission *one)
{
    if (one->receipts != NULL)
        lb_arena_fini(&one->reported);
    one->receipts = NULL;
    if (one->request != NULL)
        one->let_go(one->request);
}

void lb_item_find_adapter(lb_item *item)
{
    if (item->adapter == NULL && item->message->format.len > 0)
        item->adapter = lb_adapter_find(item->message->format);
    else if (item->adapter == NULL)
        item->adapter = lb_adapter_probe(item->message->body);
}

void lb_item_refuse(lb_item *item, lb_stage_of_item stage, lb_err error, int64_t offset,
                    lb_span text)
{
    item->stage = stage;
    item->error = error;
    item->offset = offset;
    item->text = text;
}
