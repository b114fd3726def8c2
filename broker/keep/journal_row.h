/* journal_row.h - one row of the table `journal`: how it is read, its check, and the body of one that is a hole. */
#ifndef KEEP_JOURNAL_ROW_H
#define KEEP_JOURNAL_ROW_H

#include "arena.h"
#include "keep/journal.h"
#include "landbridge/client/error.h"
#include "wire.h"

enum { LB_CHECK_BYTES = 16 };

typedef struct lb_journal_row {
    int64_t block, first_seq, last_seq, first_message, messages, recorded_us;
    lb_span body; /* compressed */
} lb_journal_row;

void lb_journal_row_check(const lb_journal_row *row, uint8_t check[LB_CHECK_BYTES]);
bool lb_journal_row_holds(const lb_journal_row *row, lb_span check);

/* Columns in the order in which lb_journal_row_read takes them. */
#define LB_JOURNAL_ROW_SQL                                                     \
    "SELECT block, first_seq, last_seq, first_message, messages, recorded_us," \
    " \"check\", body FROM journal"
/* CORRUPT: its check does not hold. The body lives as long as the statement's row. */
lb_err lb_journal_row_read(sqlite3_stmt *read, lb_journal_row *row);
/* Writes a row by that statement; its check is made here. `what` is for the log. */
extern const char lb_journal_put_sql[];
lb_err lb_journal_row_put(lb_store *store, sqlite3_stmt *put, const lb_journal_row *row,
                          const char *what);
#define LB_JOURNAL_TELL_SQL                                                          \
    "SELECT last_seq, block, first_message + messages - 1, recorded_us FROM journal" \
    " ORDER BY block DESC LIMIT 1"
/* The head, by that statement; all 0 when there is no row. */
lb_err lb_journal_row_tell(lb_store *store, sqlite3_stmt *tell, lb_journal_head *head);

/* The hole that a block is; NULL: it has messages. Lives as long as the block. */
const lb_lost *lb_hole_of(const lb_block *block);
/* The body of a row that is this hole, in the arena. */
lb_err lb_hole_pack(lb_lost *lost, lb_arena *arena, lb_span *body);
/* And back. CORRUPT: that is none. */
lb_err lb_hole_unpack(lb_span body, lb_arena *arena, lb_lost *lost);
/* A copy of its own in the arena. */
lb_err lb_hole_copy(const lb_lost *hole, lb_arena *arena, lb_lost *copy);
/* One line for people. */
lb_span lb_hole_text(const lb_lost *hole, lb_arena *arena);

#endif
