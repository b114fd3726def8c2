/* wire.h - what travels on the sockets and lies in the journal, as plain structs.
 *
 * Twins of the messages of the same names in wire.proto, report.proto and journal.proto. */
#ifndef PROTO_WIRE_H
#define PROTO_WIRE_H

#include "landbridge/client/answer.h"

typedef struct lb_message {
    lb_span message_id; /* the sender's own id, the key of idempotency; absent: hash of body */
    lb_span format;     /* adapter's name; absent: found by looking                          */
    lb_span body;
} lb_message;

typedef struct lb_message_list {
    lb_message *at;
    size_t count, room;
} lb_message_list;

typedef struct lb_submit {
    int64_t schema_rev;
    lb_span source;      /* the feed               */
    int64_t correlation; /* comes back in Receipts */
    lb_message_list messages;
} lb_submit;

typedef struct lb_receipts {
    int64_t correlation;
    lb_receipt_list receipts; /* one for each message, in its order */
} lb_receipts;

typedef struct lb_replay_request {
    int64_t schema_rev;
    int64_t from_seq; /* the first number that is wanted, from 1 */
    int64_t credit;   /* at most so many events in this answer   */
} lb_replay_request;

typedef struct lb_replay_batch {
    int64_t from_seq;    /* as asked                               */
    int64_t next_seq;    /* ask for this one next                  */
    int64_t head_seq;    /* the newest number in the journal       */
    lb_text_list events; /* CargoEvent, in order, without gap      */
    lb_span error;
    lb_span text;
    int64_t retry_ms;
    lb_lost_list lost; /* holes that begin before next_seq and end at or behind from_seq */
} lb_replay_batch;

typedef struct lb_event_list {
    lb_event *at;
    size_t count, room;
} lb_event_list;

#define LB_REPORT_MAGIC "landbridge.report"

typedef struct lb_report {
    lb_span magic;
    lb_span party;
    lb_span report_id;
    int64_t reported_at_us;
    lb_event_list events;
} lb_report;

typedef struct lb_entry {
    lb_span token; /* 16 bytes */
    lb_span source;
    lb_span message_id;
    int64_t received_us;
    lb_span adapter;
    int64_t adapter_revision;
    int64_t doubts;
    lb_text_list events; /* CargoEvent bytes */
    lb_entry_kind kind;  /* UNSPECIFIED: a message */
    lb_lost_list lost;   /* one, of kind LOST and SKIPPED: such an entry is alone in its block */
} lb_entry;

typedef struct lb_entry_list {
    lb_entry *at;
    size_t count, room;
} lb_entry_list;

typedef struct lb_block {
    lb_entry_list entries;
} lb_block;

typedef struct lb_raw_block {
    lb_text_list bodies;
} lb_raw_block;

#endif
