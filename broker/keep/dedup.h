/* dedup.h - the delivery keys (tokens) of all messages ever kept, to recognise duplicates.
 *
 * A token is BLAKE2b-128 of the source and the sender's message id, or of the body when the message
 * has no id. keys.db is derived, and rebuilt from the journal when it is missing. Belongs to the
 * hub's thread. */
#ifndef KEEP_DEDUP_H
#define KEEP_DEDUP_H

#include "base/batch.h"
#include "base/store.h"

typedef struct lb_dedup lb_dedup;

typedef struct lb_known { /* contents of the first receipt */
    int64_t first_seq;    /* LB_UNKNOWN: it had no events */
    int64_t events;
    int64_t doubts;
} lb_known;

void lb_token_make(uint8_t token[LB_TOKEN_BYTES], lb_span source, lb_span message_id, lb_span body);

/* Opens keys.db. A file that cannot be read is deleted; a file that is ahead of the journal's
 * newest block (head_block) is set aside. `generation`: number of tokens collected in memory before
 * they are written; 0: the default. */
lb_err lb_dedup_open(lb_dedup **dedup, const char *path, int64_t head_block, size_t generation);
void lb_dedup_close(lb_dedup **dedup); /* writes the tokens in memory first */

/* Reads from a closed keys.db the newest block whose tokens it has. NOT_FOUND: it cannot be
 * read. */
lb_err lb_dedup_look(const char *path, int64_t *block);
/* After opening: the newest block in keys.db. The caller must add the tokens of all later blocks of
 * the journal with lb_dedup_learn, and call lb_dedup_reached after each block. */
int64_t lb_dedup_applied(const lb_dedup *dedup);
lb_err lb_dedup_learn(lb_dedup *dedup, const uint8_t *token, const lb_known *known);
/* All tokens of the blocks up to this one have been added. */
void lb_dedup_reached(lb_dedup *dedup, int64_t block);

/* Call before the first verdict of a turn of at most `messages` messages. May start writing in the
 * background; blocks on the disk only when the previous write is a whole generation late. */
lb_err lb_dedup_ready(lb_dedup *dedup, size_t messages);

typedef enum lb_dedup_verdict {
    LB_DEDUP_NEW,   /* not seen before; the caller must settle or forget *slot */
    LB_DEDUP_TWIN,  /* same token as item *twin of this turn */
    LB_DEDUP_KNOWN, /* kept before; *known has the contents of its first receipt */
} lb_dedup_verdict;

/* `item`: index of the message in the turn, returned as *twin for a later message with the same
 * token. */
lb_err lb_dedup_judge(lb_dedup *dedup, const uint8_t *token, size_t item, lb_dedup_verdict *verdict,
                      size_t *slot, size_t *twin, lb_known *known);
/* A NEW message was committed (settle) or not (forget). Slots are valid until the next
 * lb_dedup_ready. */
void lb_dedup_settle(lb_dedup *dedup, size_t slot, const lb_known *known);
void lb_dedup_forget(lb_dedup *dedup, size_t slot);

int64_t lb_dedup_count(const lb_dedup *dedup); /* number of tokens */

#endif
