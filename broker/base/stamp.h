/* stamp.h - an event's bytes as they lie in the journal, and as they travel.
 *
 * In the journal an event has no number and no commit time: its block has them. They are put behind its
 * bytes when it leaves; protobuf does not care for the order of fields. */
#ifndef BASE_STAMP_H
#define BASE_STAMP_H

#include "arena.h"
#include "landbridge/answer.h"

enum { LB_STAMP_ROOM = 24, LB_TOPIC_ROOM = 64 };

/* Writes hub_seq and recorded_at_us in wire form; at most LB_STAMP_ROOM bytes. */
size_t lb_stamp_print(char *out, int64_t hub_seq, int64_t recorded_us);
/* The event with its stamp, in the arena; empty when memory is used up. */
lb_span lb_stamp(lb_arena *arena, lb_span event, int64_t hub_seq, int64_t recorded_us);

/* "e/RAIL/TRANSPORT/DEPA/" in lower case, from the event's own fields; its length. */
size_t lb_stamp_topic(char *out, size_t room, lb_span event);
/* "r/lost/": of a number that is no event. */
size_t lb_stamp_record_topic(char *out, size_t room, lb_entry_kind kind);

#endif
