/* sink.h - the inside of a sink, for those of proto/ who build events. Everybody else: adapter.h. */
#ifndef PROTO_SINK_H
#define PROTO_SINK_H

#include "arena.h"
#include "landbridge/adapter.h"

typedef struct lb_event_pointers {
    lb_event **at;
    size_t count, room;
} lb_event_pointers;

typedef struct lb_doubt_notes {
    lb_doubt_note *at;
    size_t count, room;
} lb_doubt_notes;

typedef struct lb_mark_notes {
    lb_mark_note *at;
    size_t count, room;
} lb_mark_notes;

typedef struct lb_copied {
    lb_span where, copy;
} lb_copied;

typedef struct lb_copies {
    lb_copied *at;
    size_t count, room;
} lb_copies;

enum { LB_SINK_TOOLS = 8, LB_TOOL_NAME = 40 };

typedef struct lb_sink_kept {
    char name[LB_TOOL_NAME];
    void *tool;
    void (*close)(void *tool);
} lb_sink_kept;

struct lb_sink {
    lb_arena arena;
    lb_event_pointers events;
    lb_doubt_notes doubts;
    lb_mark_notes marks; /* only when it explains */
    lb_copies copies;
    lb_refusal refusal; /* verdict READ: none */
    lb_letter letter;
    lb_event scrap; /* what a caller works on when there is no more room */
    lb_span message;
    const lb_reading *reading; /* of the message that is read; NULL between messages */
    const lb_adapter *adapter;
    lb_sink_kept tools[LB_SINK_TOOLS];
    bool explains;
    bool is_over; /* more events than the adapter may say */
};

const lb_source *lb_sink_source(const lb_sink *sink); /* never NULL */

#endif
