/* dedup.h - the delivery keys of all messages ever kept.
 *
 * A token is BLAKE2b-128 of the source and the sender's message id, or of the body when it has none. keys.db is derived
 * and rebuilt from the journal when it is missing. Belongs to the hub's thread. */
#ifndef KEEP_DEDUP_H
#define KEEP_DEDUP_H

#include "base/batch.h"
#include "base/store.h"

typedef struct lb_dedup lb_dedup;

typedef struct lb_known { /* what the first receipt said */
    int64_t first_seq;    /* LB_UNKNOWN: it had no events */
    int64_t events;
    int64_t doubts;
} lb_known;

void lb_token_make(uint8_t token[LB_TOKEN_BYTES], lb_span source, lb_span message_id, lb_span body);

/* Opens keys.db; one that cannot be read is deleted, one that is ahead of the journal's newest block set aside.
 * `generation` tokens are gathered in memory before they are written; 0: the default. */
lb_err lb_dedup_open(lb_dedup **dedup, const char *path, int64_t head_block, size_t generation);
void lb_dedup_close(lb_dedup **dedup); /* writes what is in memory */

/* Reads the newest block in keys.db while it is closed. NOT_FOUND: it cannot be read. */
lb_err lb_dedup_look(const char *path, int64_t *block);
/* After opening: the journal's blocks after this one must be added, each followed by lb_dedup_reached. */
int64_t lb_dedup_applied(const lb_dedup *dedup);
lb_err lb_dedup_learn(lb_dedup *dedup, const uint8_t *token, const lb_known *known);
/* All tokens of the blocks up to this one have been added. */
void lb_dedup_reached(lb_dedup *dedup, int64_t block);

/* Call before the first verdict of a turn of at most `messages`. Starts writing in the background; waits for the disk
 * only when that is a whole generation late. */
lb_err lb_dedup_ready(lb_dedup *dedup, size_t messages);

typedef enum lb_dedup_verdict {
    LB_DEDUP_NEW,   /* not seen before: *slot is the caller's to settle or forget */
    LB_DEDUP_TWIN,  /* claimed already in this turn, by item *twin */
    LB_DEDUP_KNOWN, /* kept before; *known is from its first receipt */
} lb_dedup_verdict;

lb_err lb_dedup_judge(lb_dedup *dedup, const uint8_t *token, size_t item, lb_dedup_verdict *verdict,
                      size_t *slot, size_t *twin, lb_known *known);
/* Slots are valid until the next lb_dedup_ready. */
void lb_dedup_settle(lb_dedup *dedup, size_t slot, const lb_known *known); /* it was committed */
void lb_dedup_forget(lb_dedup *dedup, size_t slot);                        /* it was not */

int64_t lb_dedup_count(const lb_dedup *dedup); /* number of tokens */

#endif
