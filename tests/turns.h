/* turns.h - turns of the hub, made by hand for the tests of its keepers. */
#ifndef TESTS_TURNS_H
#define TESTS_TURNS_H

#include <stdio.h>

#include "base/batch.h"
#include "keep/dedup.h"
#include "record.h"

/* Adds a frame of `count` messages of a source to the batch: "PREFIX-0", "PREFIX-1", ... */
static inline lb_frame *turn_frame(lb_batch *batch, const char *source, const char *prefix,
                                   size_t count)
{
    static const lb_adapter adapter = {.name = "hub.made", .revision = 1};
    lb_frame *frame = lb_batch_frame(batch);

    lb_record_init(&lb_record_submit, &frame->submit);
    frame->submit.source = lb_span_of(source);
    lb_message *messages = lb_arena_zero(&batch->arena, count * sizeof *messages);
    for (size_t i = 0; i < count; i++)
        messages[i].body = lb_arena_print(&batch->arena, "%s-%zu", prefix, i);
    frame->submit.messages = (lb_message_list){messages, count, count};
    lb_batch_items(batch, frame, INT64_C(1773316800000000)); /* 2026-03-12T12:00:00Z */
    for (size_t i = frame->first; i < frame->first + count; i++) {
        lb_item *item = &batch->items[i];
        item->adapter = &adapter;
        lb_token_make(item->token, frame->submit.source, LB_EMPTY, item->message->body);
    }
    return frame;
}

/* Marks a message as read, with so many events. */
static inline void turn_read(lb_batch *batch, lb_item *item, size_t events)
{
    lb_event event;

    item->stage = LB_ITEM_READ;
    item->events.at = lb_arena_alloc(&batch->arena, (events + 1) * sizeof *item->events.at);
    item->events.count = item->events.room = events;
    for (size_t e = 0; e < events; e++) {
        lb_record_init(&lb_record_event, &event);
        event.type = LB_EVENT_DEPA;
        event.family = LB_FAMILY_TRANSPORT;
        event.mode = LB_MODE_RAIL;
        event.remark = item->message->body;
        lb_record_pack(&lb_record_event, &event, &batch->arena, &item->events.at[e]);
    }
}

#endif
