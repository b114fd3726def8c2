/* batch.h - one turn of the hub: what came in, the events read from it, and the answers.
 *
 *     submission   one request of a socket (a Submit), answered by one Receipts
 *     frame        what is read of it in one turn: all, or a part when it takes longer than its sender's slice
 *     item         one message in it, from its bytes to its receipt
 *
 *     frame 0: item 0 1 2     frame 1: item 3     frame 2: item 4 5 6 7 ...
 *
 * All memory is one arena that is reset after the turn, except the bytes of submissions: those live until
 * lb_submission_end. Belongs to the hub's thread; while a turn is being kept, to the keeper (hub.c). */
#ifndef BASE_BATCH_H
#define BASE_BATCH_H

#include "arena.h"
#include "base/permission.h"
#include "landbridge/adapter/adapter.h"
#include "wire.h"

enum { LB_TOKEN_BYTES = 16, LB_FRAME_MESSAGES = 10000 };

#define LB_NO_SLOT SIZE_MAX

typedef struct lb_submission {
    struct lb_submission *next; /* of the same sender: base/backlog.h */
    lb_span from, user, body;   /* as lb_frame; body: the packed Submit */
    int side, file;
    bool is_req;
    int64_t received_us;
    int64_t unpacked_in; /* lb_batch.turn for which `submit` is valid; 0: none */
    bool is_metered;     /* its party's rates were charged already */
    int64_t long_ticket; /* of its message that waits for net/translate_long; 0: none */
    bool is_broken;      /* a part of it could not be kept, so the rest is not kept either */
    lb_submit submit;
    void *request; /* its memory, freed by let_go; NULL: owned elsewhere */
    void (*let_go)(void *request);

    size_t done;          /* messages that are decided, from the first on */
    lb_receipt *receipts; /* of those; NULL while it is read in one turn */
    lb_arena reported;    /* of the receipts */
    bool is_unreported;   /* some receipts were lost for lack of memory: the sender repeats it */
} lb_submission;

/* Bytes that a queued submission counts for. */
size_t lb_submission_bytes(const lb_submission *one);
/* Frees it. */
void lb_submission_end(lb_submission *one);

typedef struct lb_frame {
    lb_submission *of;               /* NULL: from no socket (a release) */
    size_t skipped;                  /* messages of the submission before the first of this */
    int file;                        /* descriptor of the connection; -1: none */
    lb_span from;                    /* address on that side's socket: where the receipts go */
    int side;                        /* lb_side of the intake */
    bool is_req;                     /* a REQ peer: an empty frame comes before the request */
    lb_span user;                    /* shown by its key; empty for a peer without one */
    const lb_permission *permission; /* NULL: not judged, or the key is unknown */
    bool is_stranger;                /* judged, and the key belongs to no party (any more) */
    /* Of a gate whose terminals each belong to a party; else NULL. */
    const lb_permission_book *terminals;
    int64_t retry_ms; /* of a frame over its party's limits */
    lb_submit submit;
    lb_err refused; /* the request as a whole; OK: each message for itself */
    lb_span why;
    size_t first; /* index of its first item */
    size_t count;
    size_t feed; /* row of its counters: keep/feed.h */
    /* Whose share of feeds and quarantine it uses: a party, "local" or a gate; empty: nobody's. */
    lb_span owner;
} lb_frame;

typedef struct lb_packed { /* rows of the journal, ready to be written: keep/journal_pack.h */
    lb_span block, raw;
} lb_packed;

typedef enum lb_stage_of_item {
    LB_ITEM_NEW,    /* to be read */
    LB_ITEM_READ,   /* has events, to be kept */
    LB_ITEM_KNOWN,  /* was kept before, under `first_seq` */
    LB_ITEM_TWIN,   /* the same as item `twin` of this turn */
    LB_ITEM_UNREAD, /* refused, goes to quarantine */
    LB_ITEM_DENIED, /* refused, not kept */
    LB_ITEM_STAGES
} lb_stage_of_item;

typedef struct lb_item {
    const lb_message *message;
    const lb_source *source;
    const lb_adapter *adapter; /* NULL: no adapter recognised it */
    size_t frame;
    lb_stage_of_item stage;
    uint8_t token[LB_TOKEN_BYTES];
    size_t slot; /* of its token in keep/dedup, or LB_NO_SLOT */
    size_t twin;
    int64_t received_us;
    int64_t releases; /* quarantine row that this reading releases; LB_UNKNOWN */

    lb_text_list events; /* packed CargoEvents, in the batch's arena */
    lb_packed packed;    /* a block of its own; empty: in the block of the turn */
    int64_t doubts;
    lb_text_list unresolved; /* some of the places that are in no table */

    lb_err error; /* of UNREAD and DENIED */
    int64_t offset;
    lb_span text;

    int64_t first_seq; /* after the commit; KNOWN: of the first time */
    int64_t event_count;
    int64_t quarantine_id;
    lb_span reported; /* the answer to a query message (FSR) */
} lb_item;

typedef struct lb_batch {
    lb_arena arena;
    lb_frame *frames;
    size_t frame_count, frame_room;
    lb_item *items;
    size_t count, room;
    size_t bytes; /* of messages read in this turn */
    int64_t turn; /* number of the turn, from 1 */
} lb_batch;

lb_err lb_batch_init(lb_batch *batch, size_t messages); /* room for so many, plus one full frame */
void lb_batch_fini(lb_batch *batch);
void lb_batch_reset(lb_batch *batch);

bool lb_batch_is_full(const lb_batch *batch); /* take no more */
/* Adds a frame; NULL: the batch is full. */
lb_frame *lb_batch_frame(lb_batch *batch);
/* Adds the next message of the frame's submit as an item. */
lb_item *lb_batch_item(lb_batch *batch, lb_frame *frame, int64_t received_us);
/* Removes the newest item; it is added again in a later turn. */
void lb_batch_take_back(lb_batch *batch, lb_frame *frame);
/* Adds all messages of the frame. */
void lb_batch_items(lb_batch *batch, lb_frame *frame, int64_t received_us);
/* Are all messages of the submission in this frame or before it? */
bool lb_frame_is_last(const lb_frame *frame);

/* Sets item->adapter unless it is set: the one the sender named, else the one whose probe recognises the bytes. */
void lb_item_find_adapter(lb_item *item);

void lb_item_refuse(lb_item *item, lb_stage_of_item stage, lb_err error, int64_t offset,
                    lb_span text);

#endif
