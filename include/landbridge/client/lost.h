/* lost.h - numbers of the journal that are no events: holes, and records of other kinds. */
#ifndef LANDBRIDGE_CLIENT_LOST_H
#define LANDBRIDGE_CLIENT_LOST_H

#include "landbridge/client/span.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Of a row of the journal; all kinds take numbers of the one sequence. LOST: its numbers were assigned to events that are
 * lost. SKIPPED: they were reserved; no event is known to have had one. The kinds behind these have one number and a body.
 * UNSPECIFIED is a message too. */
#define LB_ENTRY_KINDS(X) \
    X(UNSPECIFIED, 0)     \
    X(MESSAGE, 1)         \
    X(LOST, 2)            \
    X(SKIPPED, 3)         \
    X(TICK, 4)            \
    X(IMPORT, 5)          \
    X(RULES, 6)           \
    X(REREAD, 7)          \
    X(DECISION, 8)

typedef enum lb_entry_kind {
#define X(name, number) LB_ENTRY_##name = (number),
    LB_ENTRY_KINDS(X)
#undef X
} lb_entry_kind;

/* "LOST"; "UNSPECIFIED" of an unknown one */
const char *lb_entry_kind_name(lb_entry_kind kind);

typedef struct lb_regained { /* messages of a hole that were kept again under other numbers */
    int64_t lost_seq;        /* the first of their old numbers */
    int64_t events;
    int64_t seq; /* the first of their new ones */
} lb_regained;

typedef struct lb_regained_list {
    lb_regained *at;
    size_t count, room;
} lb_regained_list;

typedef struct lb_lost { /* numbers without events: a hole in the journal that was found and told */
    lb_entry_kind kind;  /* LOST or SKIPPED */
    int64_t from_seq, to_seq;
    int64_t since_us; /* when the last event before the hole was recorded */
    int64_t found_us;
    int64_t known_seq; /* the highest number in it that was certainly given out */
    int64_t messages;  /* how many messages are gone */
    lb_span text;      /* what was found */
    lb_span set_aside; /* the folder inside the data folder with the files as they were found */
    lb_regained_list regained;
    int64_t from_block; /* inside the journal: the first turn that is missing */
} lb_lost;

typedef struct lb_lost_list {
    lb_lost *at;
    size_t count, room;
} lb_lost_list;

typedef struct lb_stream_record { /* what a follower gets in the place of events */
    lb_entry_kind kind;
    int64_t first_seq, last_seq; /* its numbers; of all kinds but LOST and SKIPPED one */
    int64_t hub_epoch;           /* of first_seq and last_seq */
    int64_t recorded_at_us;
    lb_lost_list lost; /* one, of kind LOST and SKIPPED */
    lb_span body;      /* of the other kinds: what it says */
} lb_stream_record;

typedef struct lb_stream_record_list {
    lb_stream_record *at;
    size_t count, room;
} lb_stream_record_list;

typedef struct lb_regained_query { /* REGAINED */
    lb_regained_list regained;
} lb_regained_query;

#ifdef __cplusplus
}
#endif

#endif
