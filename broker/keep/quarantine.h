/* quarantine.h - messages that could not be read, kept until a person decides.
 *
 *     WAITING ──release──> RELEASED      read after all, with another adapter or a better one
 *        └─────drop──────> DROPPED
 *
 * Each party has a share of it, in rows and bytes that wait, and so have the gates and those together that need no key
 * (lb_frame.owner). What is refused beyond a full share is not kept, and its receipt says so: a row that is there was
 * promised to its sender, so none of them gives way to a newer one.
 *
 * What is refused is part of the append of its turn (journal.h), and stored by the journal's engine. The writer belongs to
 * the hub's thread; query workers open readers. */
#ifndef KEEP_QUARANTINE_H
#define KEEP_QUARANTINE_H

#include "base/batch.h"
#include "keep/journal.h"

typedef struct lb_quarantine lb_quarantine;
typedef struct lb_quarantine_reader lb_quarantine_reader;

typedef struct lb_quarantine_share { /* of one owner */
    int64_t rows, bytes;
} lb_quarantine_share;

typedef struct lb_quarantine_limits {
    int64_t rows;                     /* waiting, of all together       */
    lb_quarantine_share party, local; /* of one party or gate; of those that need no key */
} lb_quarantine_limits;

/* The journal stays open for as long as this is. */
lb_err lb_quarantine_open(lb_quarantine **quarantine, const lb_journal *journal,
                          const lb_quarantine_limits *limits);
void lb_quarantine_close(lb_quarantine **quarantine);
int64_t lb_quarantine_waiting(const lb_quarantine *quarantine);
/* What waits of an owner, and how much may. */
lb_quarantine_share lb_quarantine_of(const lb_quarantine *quarantine, lb_span owner);
lb_quarantine_share lb_quarantine_most(const lb_quarantine *quarantine, lb_span owner);

/* Were these bytes refused before, under this id? Makes the item what it was then: UNREAD no more, KNOWN with the old refusal
 * and its quarantine id. NOT_FOUND when it was not. */
lb_err lb_quarantine_recall(lb_quarantine *quarantine, lb_item *item, lb_arena *arena);

/* Adds the UNREAD items of the turn, each with a new quarantine_id, or makes them DENIED where the share of the
 * frame's owner is full; a READ item that `releases` a row
 * moves that row to RELEASED. settle says how the append ended. */
lb_err lb_quarantine_add(lb_quarantine *quarantine, lb_batch *batch, lb_append *append);
/* Moves a waiting row to DROPPED. NOT_FOUND: none waits under this id. */
lb_err lb_quarantine_add_drop(lb_quarantine *quarantine, int64_t id, lb_arena *arena,
                              lb_append *append);
void lb_quarantine_settle(lb_quarantine *quarantine, bool is_kept);

/* A waiting row, for reading it again: source, message and token, in the arena. NOT_FOUND: no such row;
 * MISUSE: it is not waiting any more. */
lb_err lb_quarantine_take(lb_quarantine *quarantine, int64_t id, lb_arena *arena, lb_submit *submit,
                          uint8_t token[LB_TOKEN_BYTES], int64_t *received_us);

lb_err lb_quarantine_reader_open(lb_quarantine_reader **reader, const lb_journal_place *place);
void lb_quarantine_reader_close(lb_quarantine_reader **reader);
/* Rows with the messages that wait, or all of them; and one row with its bytes, NOT_FOUND when there is none. */
lb_err lb_quarantine_list(lb_quarantine_reader *reader, const lb_quarantine_list_query *query,
                          lb_arena *arena, lb_quarantined_list *list);
lb_err lb_quarantine_show(lb_quarantine_reader *reader, int64_t id, lb_arena *arena,
                          lb_quarantined_list *list);
/* How many wait, in all (source empty) or of one source. */
lb_err lb_quarantine_count(lb_quarantine_reader *reader, lb_span source, int64_t *waiting);

#endif
