/* stamp.h - the bytes of an event, as stored in the journal and as sent.
 *
 * In the journal an event has no number and no commit time: its block has them. They are appended to its bytes when it
 * is sent; protobuf fields may stand in any order. */
#ifndef BASE_STAMP_H
#define BASE_STAMP_H

#include "arena.h"

enum { LB_STAMP_ROOM = 24, LB_TOPIC_ROOM = 64 };

/* Writes hub_seq and recorded_at_us as protobuf fields; at most LB_STAMP_ROOM bytes. */
size_t lb_stamp_print(char *out, int64_t hub_seq, int64_t recorded_us);
/* The event with its stamp, in the arena; empty: no memory. */
lb_span lb_stamp(lb_arena *arena, lb_span event, int64_t hub_seq, int64_t recorded_us);

/* Writes "e/RAIL/TRANSPORT/DEPA/" in lower case, from the event's fields; returns its length. */
size_t lb_stamp_topic(char *out, size_t room, lb_span event);

#endif
