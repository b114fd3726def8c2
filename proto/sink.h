/* sink.h - the inside of a sink, for those of proto/ who build events. Everybody else: adapter.h. */
#ifndef PROTO_SINK_H
#define PROTO_SINK_H

#include "arena.h"
#include "landbridge/adapter/adapter.h"

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

/* Where a stretch of copies begins whose addresses rise: memory comes in blocks, and rises within each. */
typedef struct lb_rises {
    size_t *at;
    size_t count, room;
} lb_rises;

/* How far a long copy and what it is a copy of go side by side, every kilobyte or so of the copy. */
typedef struct lb_trail_step {
    size_t copied, original;
} lb_trail_step;

typedef struct lb_trail {
    lb_trail_step *at;
    size_t count, room;
    const char *copy; /* whose trail it is */
} lb_trail;

/* The text that lb_join wrote last. */
typedef struct lb_joined {
    char *at;
    size_t len, room, pieces;
} lb_joined;

enum { LB_SINK_TOOLS = 8, LB_TOOL_NAME = 40 };

typedef struct lb_sink_kept {
    char name[LB_TOOL_NAME];
    void *tool;
    void (*close)(void *tool);
} lb_sink_kept;

struct lb_sink {
    lb_arena arena;
    lb_event_pointers events;
    lb_event_pointers spare; /* that were taken */
    size_t finished;         /* so many are finished, and taken when there is a taker */
    lb_taker *take;
    void *taker;
    bool finishes;
    lb_doubt_notes doubts;
    lb_mark_notes marks; /* only when it explains */
    lb_copies copies;
    lb_rises rises;
    lb_trail trail;
    lb_joined joined;
    lb_span part; /* see lb_part */
    const char *part_word;
    size_t part_number; /* 0: not told */
    size_t parts;       /* of all events: objects, references, associations, texts */
    lb_refusal refusal; /* verdict READ: none */
    lb_message_info info;
    lb_event scrap; /* what a caller works on when there is no more room */
    lb_span message;
    const lb_reading *reading; /* of the message that is read; NULL between messages */
    const lb_adapter *adapter;
    lb_sink_kept tools[LB_SINK_TOOLS];
    bool explains;
    lb_refusal limit; /* the first limit that was reached; verdict READ: none */
    char limit_text[240];
};

/* Counts one more part of the message; false when its list has `most` already, or the message too many. */
bool lb_sink_counts(lb_sink *sink, size_t count, size_t most, const char *what, lb_span where);

const lb_source *lb_sink_source(const lb_sink *sink); /* never NULL */

#endif
