/* quarantine.h - messages that could not be read, stored until an operator decides.
 *
 *     WAITING ──release──> RELEASED      it could be read later, with another or a newer adapter
 *        └─────drop──────> DROPPED
 *
 * Each owner (lb_frame.owner: a party, a gate, or all connections without a key together) has a
 * share of the WAITING rows and bytes. When its share is full a refused message is not stored, and
 * its receipt says so. An older row is never removed for a newer one, since its sender has a
 * receipt for it.
 *
 * Refused messages are part of the append of their turn (journal.h) and stored by the journal's
 * engine. The writer belongs to the hub's thread; query workers open readers. */
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
    int64_t rows;              /* WAITING rows of all owners together */
    lb_quarantine_share party; /* of one party or one gate */
    lb_quarantine_share local; /* of all connections without a key */
} lb_quarantine_limits;

/* Reads all rows from the journal, which must stay open longer than the quarantine. */
lb_err lb_quarantine_open(lb_quarantine **quarantine, const lb_journal *journal,
                          const lb_quarantine_limits *limits);
void lb_quarantine_close(lb_quarantine **quarantine);
int64_t lb_quarantine_waiting(const lb_quarantine *quarantine); /* number of WAITING rows */
/* An owner's WAITING rows and bytes, and its limits. */
lb_quarantine_share lb_quarantine_of(const lb_quarantine *quarantine, lb_span owner);
lb_quarantine_share lb_quarantine_most(const lb_quarantine *quarantine, lb_span owner);

/* If the message was refused before (same token, same bytes), makes the item KNOWN, with the
 * earlier refusal and its quarantine id. NOT_FOUND: it was not. */
lb_err lb_quarantine_recall(lb_quarantine *quarantine, lb_item *item, lb_arena *arena);

/* Adds the UNREAD items of the turn, each with a new quarantine_id, or makes them DENIED if their
 * owner's share is full. For a READ item that `releases` a row, moves that row to RELEASED. Call
 * lb_quarantine_settle with the result of the append. */
lb_err lb_quarantine_add(lb_quarantine *quarantine, lb_batch *batch, lb_append *append);
/* Moves a WAITING row to DROPPED. NOT_FOUND: no WAITING row has this id. */
lb_err lb_quarantine_add_drop(lb_quarantine *quarantine, int64_t id, lb_arena *arena,
                              lb_append *append);
void lb_quarantine_settle(lb_quarantine *quarantine, bool is_kept);

/* Reads a WAITING row back as a Submit of one message, in the arena, with its token and when
 * it was received. NOT_FOUND: no such row. MISUSE: it is not WAITING any more. */
lb_err lb_quarantine_take(lb_quarantine *quarantine, int64_t id, lb_arena *arena, lb_submit *submit,
                          uint8_t token[LB_TOKEN_BYTES], int64_t *received_us);

lb_err lb_quarantine_reader_open(lb_quarantine_reader **reader, const lb_journal_place *place);
void lb_quarantine_reader_close(lb_quarantine_reader **reader);
/* list: WAITING rows, or rows in all states (query->all), without raw bytes. show: one row with its
 * raw bytes; NOT_FOUND: no such row. */
lb_err lb_quarantine_list(lb_quarantine_reader *reader, const lb_quarantine_list_query *query,
                          lb_arena *arena, lb_quarantined_list *list);
lb_err lb_quarantine_show(lb_quarantine_reader *reader, int64_t id, lb_arena *arena,
                          lb_quarantined_list *list);
/* Number of WAITING rows, of one source or of all (empty). */
lb_err lb_quarantine_count(lb_quarantine_reader *reader, lb_span source, int64_t *waiting);

#endif
