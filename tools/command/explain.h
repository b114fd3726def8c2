/* explain.h - shows each part of a message beside the event fields made from it, for `landbridge inspect --explain`. */
#ifndef COMMAND_EXPLAIN_H
#define COMMAND_EXPLAIN_H

#include "arena.h"
#include "landbridge/adapter/adapter.h"

/* Prints every part of the message (segment, line, field, cell) that the adapter marked, and
 * below it the event fields, doubts or refusal from these bytes. `sink` has just read the
 * message with marks; `first_event` is the number of events printed before. As text, or as JSON,
 * one object a part. */
void explain_message(lb_span message, lb_sink *sink, int64_t first_event, bool is_json,
                     lb_arena *arena);

#endif
