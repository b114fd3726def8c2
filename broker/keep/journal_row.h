/* journal_row.h - a row of the journal: its check, and the bodies of holes and other records. */
#ifndef KEEP_JOURNAL_ROW_H
#define KEEP_JOURNAL_ROW_H

#include "arena.h"
#include "keep/journal_engine.h"
#include "landbridge/client/error.h"
#include "wire.h"

/* BLAKE2b-128 of the numbers of the row, 8 bytes each in little endian, and its body. */
void lb_journal_row_check(const lb_journal_row *row, uint8_t check[LB_CHECK_BYTES]);
bool lb_journal_row_holds(const lb_journal_row *row, lb_span check);

/* False: the entry is a hole or another record, and has no events. */
bool lb_entry_is_message(const lb_entry *entry);
/* How many numbers the entry takes: a message one for each event, a hole all that it covers,
 * another record one. */
int64_t lb_entry_numbers(const lb_entry *entry);

/* The hole, if the block is one; else NULL. Valid as long as the block. */
const lb_lost *lb_hole_of(const lb_block *block);
/* The body of a row with this entry only, in the arena. */
lb_err lb_entry_pack(const lb_entry *entry, lb_arena *arena, lb_span *body);
/* The body of a row for this hole, in the arena. */
lb_err lb_hole_pack(lb_lost *lost, lb_arena *arena, lb_span *body);
/* Reads such a body. CORRUPT: it is not a hole. */
lb_err lb_hole_unpack(lb_span body, lb_arena *arena, lb_lost *lost);
/* A deep copy in the arena. */
lb_err lb_hole_copy(const lb_lost *hole, lb_arena *arena, lb_lost *copy);
/* Describes the hole in one line, for people. */
lb_span lb_hole_text(const lb_lost *hole, lb_arena *arena);

#endif
