/* journal.h - all messages that the hub has kept and their events, in the order received.
 *
 * The interface is small (append a turn, read from a number on, return the head) and rows are
 * stored by an engine (journal_engine.h), so that a replicated log can replace the file. The writer
 * belongs to the hub's thread; every other thread opens a reader of its own.
 *
 *     begin ─> add messages read (here), messages refused (quarantine.h), counters (feed.h)
 *           ─> append: all of it or nothing */
#ifndef KEEP_JOURNAL_H
#define KEEP_JOURNAL_H

#include "base/batch.h"
#include "keep/journal_engine.h"

typedef struct lb_journal lb_journal;
typedef struct lb_journal_reader lb_journal_reader;

/* -- the writer -------------------------------------------------------------------------------- */

lb_err lb_journal_open(lb_journal **journal, const lb_journal_place *place);
void lb_journal_close(lb_journal **journal);
lb_journal_head lb_journal_tell(const lb_journal *journal); /* the committed head */

/* The engine's writer, for modules whose rows it stores too: quarantine, feeds. Valid while the
 * journal is open. */
typedef struct lb_journal_writer {
    const lb_journal_engine *engine;
    void *of; /* first argument of the engine's functions */
} lb_journal_writer;
const lb_journal_writer *lb_journal_writer_of(const lb_journal *journal);

/* From now on the engine keeps this mark up to date (head_mark.h); NULL: no mark. Borrowed. */
void lb_journal_mark(lb_journal *journal, struct lb_head_mark *mark);
/* Call between turns: checkpoints and similar work of the engine. */
lb_err lb_journal_tidy(lb_journal *journal, int64_t monotonic_us);

/* Begins an empty append after the committed head. An earlier one that was not appended becomes
 * void. */
void lb_journal_begin(lb_journal *journal, lb_append *append);
/* Adds the READ items of the turn: those packed beforehand (item->packed) as one block each, all
 * others together as one block. Sets first_seq and event_count of each. Without a READ item nothing
 * is added. The append borrows from the batch's arena. */
lb_err lb_journal_add(lb_journal *journal, lb_batch *batch, int64_t recorded_us, lb_append *append);
/* Adds a hole: the numbers after the head up to lost->to_seq, and the turns up to `block` (0: one
 * turn), have no events. Fills in lost->from_seq and from_block. MISUSE: to_seq is before the
 * head. */
lb_err lb_journal_add_lost(lb_journal *journal, lb_lost *lost, int64_t block, lb_arena *arena,
                           lb_append *append);
/* Notes in the hole that has the number regained->lost_seq that its events were kept again, under
 * new numbers. A note that the hole has already is not added twice. Does not move the head. MISUSE:
 * no hole has these numbers, or the new ones are not in the journal. */
lb_err lb_journal_add_regained(lb_journal *journal, const lb_regained *regained, lb_arena *arena,
                               lb_append *append);
/* Adds a record of a kind greater than SKIPPED (else MISUSE): it takes one number and has no
 * event. */
lb_err lb_journal_add_record(lb_journal *journal, lb_entry_kind kind, lb_span body,
                             int64_t recorded_us, lb_arena *arena, lb_append *append);
struct lb_page;
/* For a restore up to a number: deletes the block of the page and all later blocks, then adds the
 * block again with its first messages, those whose events are all at or before until_seq. */
lb_err lb_journal_add_cut(lb_journal *journal, const struct lb_page *page, const lb_raw_block *raw,
                          int64_t until_seq, lb_arena *arena, lb_append *append);
/* Appends all of it or nothing. FENCED: another writer has appended since the journal was opened
 * here. */
lb_err lb_journal_append(lb_journal *journal, lb_append *append);

/* -- the readers ------------------------------------------------------------------------------- */

typedef struct lb_page { /* one block, unpacked; valid until the reader's next call */
    int64_t block;
    int64_t first_seq, last_seq; /* without events last_seq = first_seq - 1 */
    int64_t first_message, last_message;
    int64_t recorded_us;
    const lb_lost *lost; /* NULL: not a hole */
    lb_block body;
} lb_page;

lb_err lb_journal_reader_open(lb_journal_reader **reader, const lb_journal_place *place);
void lb_journal_reader_close(lb_journal_reader **reader);
lb_err lb_journal_reader_tell(lb_journal_reader *reader, lb_journal_head *head);

/* The block with this number, or the next that exists. NOT_FOUND: the end of the journal. CORRUPT:
 * the row's check is wrong, or the row cannot be unpacked (logged with its number). */
lb_err lb_journal_read_block(lb_journal_reader *reader, int64_t block, const lb_page **page);
/* The number of the block that should have the number `seq`, whether it can be read or not. */
lb_err lb_journal_find(lb_journal_reader *reader, int64_t seq, int64_t *block);
/* The first readable block after `block`. NOT_FOUND: there is none. */
lb_err lb_journal_read_past(lb_journal_reader *reader, int64_t block, const lb_page **page);
/* The block that has the number `seq`, or the next one if its row is missing. NOT_FOUND: the
 * journal ends before it. */
lb_err lb_journal_read_seq(lb_journal_reader *reader, int64_t seq, const lb_page **page);
/* The holes found at since_us or later, newest first, at most `most`; copied into the arena. */
lb_err lb_journal_list_lost(lb_journal_reader *reader, int64_t since_us, size_t most,
                            lb_arena *arena, lb_lost_list *list);
/* The raw bytes of each message of a block, in order. NOT_FOUND: none are stored, or they were
 * deleted by age. */
lb_err lb_journal_read_raw(lb_journal_reader *reader, int64_t block, lb_raw_block *raw);

/* Reports damage outside the rows of the journal: raw bytes without a block, quarantine, feeds. */
lb_err lb_journal_verify_tables(lb_journal_reader *reader, lb_on_damage *on_damage, void *whose);
/* Verifies the whole journal: checks of rows, numbers without gap, raw bytes, quarantine, feeds.
 * Reports every row that is damaged or missing, and continues after it. *head: the last row that
 * could be read. CORRUPT: there was damage. */
lb_err lb_journal_verify(lb_journal_reader *reader, lb_on_damage *on_damage, void *whose,
                         lb_journal_head *head);

#endif
