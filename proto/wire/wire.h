/* wire.h - the messages on the sockets and in the journal, as plain structs.
 *
 * The same as the messages of these names in wire.proto, report.proto and journal.proto. */
#ifndef PROTO_WIRE_H
#define PROTO_WIRE_H

#include "landbridge/client/answer.h"

typedef struct lb_message {
    lb_span message_id; /* the sender's own id, the key of idempotency; absent: hash of body */
    lb_span format;     /* name of the adapter; absent: chosen by probing the bytes */
    lb_span body;
} lb_message;

typedef struct lb_message_list {
    lb_message *at;
    size_t count, room;
} lb_message_list;

typedef struct lb_submit {
    int64_t schema_rev;
    lb_span source;      /* the feed */
    int64_t correlation; /* comes back in Receipts */
    lb_message_list messages;
    lb_span on_behalf_of;   /* a party's name; from gates inside the hub only */
    lb_span client_address; /* with it: where that party's client comes from, "10.1.2.3" */
} lb_submit;

typedef struct lb_receipts {
    int64_t correlation;
    lb_receipt_list receipts; /* one for each message, in its order */
    lb_position newest;       /* of the events that they name */
} lb_receipts;

typedef struct lb_replay_request {
    int64_t schema_rev;
    lb_position from; /* the first number that is wanted, from 1 */
    int64_t credit;   /* at most so many events in this answer */
} lb_replay_request;

typedef struct lb_replay_batch {
    lb_position from;    /* as asked */
    lb_position next;    /* ask for this one next */
    lb_position head;    /* the newest number in the journal */
    lb_text_list events; /* CargoEvent, in order, without gap */
    lb_span error;
    lb_span text;
    int64_t retry_ms;
    /* In their order, those that begin before next and end at or behind from. */
    lb_stream_record_list records;
    lb_position reset; /* with error RESET: where to go on */
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
    lb_span body; /* of the kinds behind these: what it says; it has one number, and no events */
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
