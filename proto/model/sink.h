/* sink.h - what setters of events need of a sink. Adapters and others: landbridge/adapter.h. */
#ifndef PROTO_SINK_H
#define PROTO_SINK_H

#include "arena.h"
#include "landbridge/adapter/adapter.h"

lb_arena *lb_sink_arena(lb_sink *sink); /* of its events and of all that hangs on them */
const lb_source *lb_sink_source(const lb_sink *sink); /* never NULL */
/* Counts one more part of the message; false when its list has `most` already, or the message too many. */
bool lb_sink_counts(lb_sink *sink, size_t count, size_t most, const char *what, lb_span where);

#endif
