/* journal_row.h - one row of a journal: its check, and the body of one that is a hole. */
#ifndef KEEP_JOURNAL_ROW_H
#define KEEP_JOURNAL_ROW_H

#include "arena.h"
#include "keep/journal_engine.h"
#include "landbridge/client/error.h"
#include "wire.h"

void lb_journal_row_check(const lb_journal_row *row, uint8_t check[LB_CHECK_BYTES]);
bool lb_journal_row_holds(const lb_journal_row *row, lb_span check);

/* Has the entry events? Else it is a hole or another record. */
bool lb_entry_is_message(const lb_entry *entry);
/* How many numbers the entry has: of a message those of its events, of a hole all, of any other record one. */
int64_t lb_entry_numbers(const lb_entry *entry);

/* The hole that a block is; NULL: it has messages. Lives as long as the block. */
const lb_lost *lb_hole_of(const lb_block *block);
/* The body of a row that has this entry alone, in the arena. */
lb_err lb_entry_pack(const lb_entry *entry, lb_arena *arena, lb_span *body);
/* The body of a row that is this hole, in the arena. */
lb_err lb_hole_pack(lb_lost *lost, lb_arena *arena, lb_span *body);
/* And back. CORRUPT: that is none. */
lb_err lb_hole_unpack(lb_span body, lb_arena *arena, lb_lost *lost);
/* A copy of its own in the arena. */
lb_err lb_hole_copy(const lb_lost *hole, lb_arena *arena, lb_lost *copy);
/* One line for people. */
lb_span lb_hole_text(const lb_lost *hole, lb_arena *arena);

#endif
