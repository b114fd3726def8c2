/* stamp.h - the bytes of an event, as stored in the journal and as sent.
 *
 * In the journal an event has no number and no commit time: its block has them, and the hub has the epoch. They are
 * appended to its bytes when it is sent; protobuf fields may stand in any order. */
#ifndef BASE_STAMP_H
#define BASE_STAMP_H

#include "arena.h"
#include "landbridge/client/answer.h"

enum { LB_STAMP_ROOM = 36, LB_TOPIC_ROOM = 64 };

typedef struct lb_stamp_facts {
    int64_t hub_seq, hub_epoch, recorded_us;
} lb_stamp_facts;

/* Writes them in wire form; at most LB_STAMP_ROOM bytes. */
size_t lb_stamp_print(char *out, const lb_stamp_facts *facts);
/* The event with its stamp, in the arena; empty when memory is used up. */
lb_span lb_stamp(lb_arena *arena, lb_span event, const lb_stamp_facts *facts);

/* Writes "e/RAIL/TRANSPORT/DEPA/" in lower case, from the event's fields; returns its length. */
size_t lb_stamp_topic(char *out, size_t room, lb_span event);
/* "r/lost/": of a number that is no event. */
size_t lb_stamp_record_topic(char *out, size_t room, lb_entry_kind kind);

#endif
