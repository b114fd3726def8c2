/* submit_draft.h - messages that are gathered until they leave together as one Submit: for gates and clients alike.
 *
 *     add --> [ message | message | ... ] --pack--> the bytes of a Submit
 *
 * What is added is copied. When the bytes are sent, sent again, and what their Receipts mean is the user's affair:
 * a client keeps them for days, a gate gives up after a minute. One thread. */
#ifndef PROTO_SUBMIT_DRAFT_H
#define PROTO_SUBMIT_DRAFT_H

#include "arena.h"
#include "wire.h"

enum { LB_DRAFT_MESSAGES = 256, LB_DRAFT_BYTES = 1024 * 1024 }; /* then it is full */

typedef struct lb_submit_head {           /* what all messages of a Submit have in common */
    lb_span source;                       /* the feed */
    lb_span on_behalf_of, client_address; /* as in lb_submit; of gates */
} lb_submit_head;

typedef struct lb_submit_draft {
    lb_arena memory; /* of the messages */
    lb_arena packed; /* of the packed bytes */
    lb_message_list messages;
    size_t bytes; /* of the bodies */
} lb_submit_draft;

void lb_submit_draft_init(lb_submit_draft *draft, size_t max_bytes); /* of each of the two */
void lb_submit_draft_fini(lb_submit_draft *draft);
void lb_submit_draft_reset(lb_submit_draft *draft); /* empty; what was packed is void */

bool lb_submit_draft_is_full(const lb_submit_draft *draft);
/* NO_MEMORY: it was not added, and the others are still there. */
lb_err lb_submit_draft_add(lb_submit_draft *draft, const lb_message *message);
/* The bytes live until the next pack or reset. NO_MEMORY: it can be tried again. */
lb_err lb_submit_draft_pack(lb_submit_draft *draft, const lb_submit_head *head, int64_t correlation,
                            lb_span *bytes);

#endif
