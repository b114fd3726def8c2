/* journal.h - the hub's memory of what was said, in the order it was heard.
 *
 * Small on purpose, and stored by an engine (journal_engine.h), so that a replicated log can stand in the place of a file:
 * append a turn, read from a number on, tell the head. The writer belongs to the hub's thread; every other thread opens a
 * reader.
 *
 *     begin ─> add what was read (here), what was refused (quarantine.h), what was counted (feed.h) ─> append: all or nothing */
#ifndef KEEP_JOURNAL_H
#define KEEP_JOURNAL_H

#include "base/batch.h"
#include "keep/journal_engine.h"

typedef struct lb_journal lb_journal;
typedef struct lb_journal_reader lb_journal_reader;

/* -- the writer ---------------------------------------------------------------------------------- */

lb_err lb_journal_open(lb_journal **journal, const lb_journal_place *place);
void lb_journal_close(lb_journal **journal);
lb_journal_head lb_journal_tell(const lb_journal *journal); /* what is committed */

/* For the keepers whose rows the same engine stores: quarantine, feeds. As long as the journal is open. */
typedef struct lb_journal_writer {
    const lb_journal_engine *engine;
    void *of; /* the engine's */
} lb_journal_writer;
const lb_journal_writer *lb_journal_writer_of(const lb_journal *journal);

/* From now on the mark says where the journal is; NULL: no more. Borrowed. */
void lb_journal_mark(lb_journal *journal, struct lb_head_mark *mark);
lb_err lb_journal_tidy(lb_journal *journal, int64_t monotonic_us); /* between turns */

/* An append, empty and behind what is committed. One that was begun before and not appended is void. */
void lb_journal_begin(lb_journal *journal, lb_append *append);
/* Adds the READ items of the turn as one block, and a block for each that is packed, and gives each its first_seq. No
 * READ item: nothing is added. What it points to lives in the batch's arena. */
lb_err lb_journal_add(lb_journal *journal, lb_batch *batch, int64_t recorded_us, lb_append *append);
/* Adds a hole: the numbers from the head to lost->to_seq, and the turns up to `block`, stay without events. from_seq and
 * from_block are filled in. */
lb_err lb_journal_add_lost(lb_journal *journal, lb_lost *lost, int64_t block, lb_arena *arena,
                           lb_append *append);
/* Writes into the hole which holds them what its messages became; what it says already is said once. MISUSE: no hole
 * has these numbers. The head stays. */
lb_err lb_journal_add_regained(lb_journal *journal, const lb_regained *regained, lb_arena *arena,
                               lb_append *append);
/* Adds a record of a kind behind SKIPPED: one number, and no event. */
lb_err lb_journal_add_record(lb_journal *journal, lb_entry_kind kind, lb_span body,
                             int64_t recorded_us, lb_arena *arena, lb_append *append);
struct lb_page;
/* Forgets the block of the page and all behind it, but for the messages in its beginning whose events are none of
 * them newer than until_seq. For a restore up to a moment. */
lb_err lb_journal_add_cut(lb_journal *journal, const struct lb_page *page, const lb_raw_block *raw,
                          int64_t until_seq, lb_arena *arena, lb_append *append);
/* All of it, or nothing. FENCED: somebody else has written into the journal since it was opened here. */
lb_err lb_journal_append(lb_journal *journal, lb_append *append);

/* -- the readers ------------------------------------------------------------------------------- */

typedef struct lb_page { /* one block, unpacked; lives until the reader's next call */
    int64_t block;
    int64_t first_seq, last_seq; /* no event: last_seq = first_seq - 1 */
    int64_t first_message, last_message;
    int64_t recorded_us;
    const lb_lost *lost; /* it is a hole; NULL: messages */
    lb_block body;
} lb_page;

lb_err lb_journal_reader_open(lb_journal_reader **reader, const lb_journal_place *place);
void lb_journal_reader_close(lb_journal_reader **reader);
lb_err lb_journal_reader_tell(lb_journal_reader *reader, lb_journal_head *head);

/* The block with that number, or the next one there is. NOT_FOUND: the end of the journal. CORRUPT: the
 * row's check does not agree (logged with its number). */
lb_err lb_journal_read_block(lb_journal_reader *reader, int64_t block, const lb_page **page);
/* The number of the block that should hold the event `seq`, whether it can be read or not. */
lb_err lb_journal_find(lb_journal_reader *reader, int64_t seq, int64_t *block);
/* The first block behind `block` that can be read, when that one cannot. */
lb_err lb_journal_read_past(lb_journal_reader *reader, int64_t block, const lb_page **page);
/* The block that holds the event `seq`, or the next one with an event. */
lb_err lb_journal_read_seq(lb_journal_reader *reader, int64_t seq, const lb_page **page);
/* The holes that were found at or behind since_us, the newest first, `most` at most; copied into the arena. */
lb_err lb_journal_list_lost(lb_journal_reader *reader, int64_t since_us, size_t most,
                            lb_arena *arena, lb_lost_list *list);
/* The bytes as they came, one for each entry of that block. NOT_FOUND when they were thinned out. */
lb_err lb_journal_read_raw(lb_journal_reader *reader, int64_t block, lb_raw_block *raw);

/* What the engine finds damaged beside the rows of the journal: raw messages of no block, quarantine, feeds. */
lb_err lb_journal_verify_tables(lb_journal_reader *reader, lb_on_damage *on_damage, void *whose);
/* Walks the whole journal: checks, numbers without gap, raw messages, quarantine, feeds. Tells of every row that is damaged or gone, and
 * goes on behind it; CORRUPT when there was one. */
lb_err lb_journal_verify(lb_journal_reader *reader, lb_on_damage *on_damage, void *whose,
                         lb_journal_head *head);

#endif
