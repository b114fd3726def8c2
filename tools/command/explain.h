/* explain.h - a message beside what was understood of it, for `landbridge inspect --explain`. */
#ifndef COMMAND_EXPLAIN_H
#define COMMAND_EXPLAIN_H

#include "arena.h"
#include "landbridge/adapter/adapter.h"

/* Prints every part of the message (segment, line, field, cell) that the adapter marked, and below it which field
 * of which event came from these bytes and which doubts or refusal they caused. `sink` has just read the message
 * and explained; `first_event` is how many events were printed before. As text, or as JSON, one object a part. */
void explain_message(lb_span message, lb_sink *sink, int64_t first_event, bool is_json,
                     lb_arena *arena);

#endif
