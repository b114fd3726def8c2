/* journal.h - the hub's memory of what was said, in the order it was heard.
 *
 * Small on purpose, so that a replicated log could stand in its place: append a turn, read from a
 * number on, tell the head. The writer belongs to the hub's thread; every other thread opens a reader. */
#ifndef KEEP_JOURNAL_H
#define KEEP_JOURNAL_H

#include "base/batch.h"
#include "base/store.h"

typedef struct lb_journal lb_journal;
typedef struct lb_journal_reader lb_journal_reader;

typedef struct lb_journal_head {
    int64_t seq;         /* of the newest event; 0: none yet  */
    int64_t block;       /* of the newest turn; 0: none yet   */
    int64_t messages;    /* accepted since the beginning      */
    int64_t recorded_us; /* of the newest turn             */
} lb_journal_head;

/* -- the writer; the store is borrowed, and so is its transaction ------------------------------ */

lb_err lb_journal_open(lb_journal **journal, lb_store *store);
void lb_journal_close(lb_journal **journal);
lb_journal_head lb_journal_tell(const lb_journal *journal); /* what is committed */

/* Adds the READ items of the turn as one block, and a block for each that is packed, and gives each its first_seq. Nothing to add: nothing
 * is written. Inside a transaction; lb_journal_settle says how that ended. */
lb_err lb_journal_append(lb_journal *journal, lb_batch *batch, int64_t recorded_us);
void lb_journal_settle(lb_journal *journal, bool is_kept);
lb_journal_head lb_journal_pending(const lb_journal *journal); /* with what was appended */

/* Adds a hole: the numbers from the head to lost->to_seq, and the turns up to `block`, stay without events. from_seq and
 * from_block are filled in. Inside a transaction, as above. */
lb_err lb_journal_append_lost(lb_journal *journal, lb_lost *lost, int64_t block, lb_arena *arena);
/* Writes into the hole which holds them what its messages became; what it says already is said once. MISUSE: no hole
 * has these numbers. Inside a transaction; the head stays. */
lb_err lb_journal_regain(lb_journal *journal, const lb_regained *regained, lb_arena *arena);

struct lb_page;
/* Forgets the block of the page and all behind it, but for the messages in its beginning whose events are none of
 * them newer than until_seq. For a restore up to a moment; inside a transaction, as above. */
lb_err lb_journal_cut(lb_journal *journal, const struct lb_page *page, const lb_raw_block *raw,
                      int64_t until_seq, lb_arena *arena);

/* Looks without opening for writing, also into a journal of an older version: the head, and whether its newest `rows`
 * hold and follow each other. CORRUPT: they do not, or it cannot be read. MISUSE: it is no journal, or a newer one. */
lb_err lb_journal_look(const char *path, int64_t rows, lb_journal_head *head);

/* -- the readers ------------------------------------------------------------------------------- */

typedef struct lb_page { /* one block, unpacked; lives until the reader's next call */
    int64_t block;
    int64_t first_seq, last_seq; /* no event: last_seq = first_seq - 1 */
    int64_t first_message, last_message;
    int64_t recorded_us;
    const lb_lost *lost; /* it is a hole; NULL: messages */
    lb_block body;
} lb_page;

lb_err lb_journal_reader_open(lb_journal_reader **reader, const char *path);
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
/* The bytes as they came, one for each entry of the block with that first_message. NOT_FOUND when they
 * were thinned out. */
lb_err lb_journal_read_raw(lb_journal_reader *reader, int64_t first_message, lb_raw_block *raw);

/* Raw messages whose first number no block has. */
lb_err lb_journal_tell_orphans(lb_journal_reader *reader, lb_on_damage *on_damage, void *whose);
/* Walks the whole journal: checks, numbers without gap, raw messages. Tells of every row that is damaged or gone, and
 * goes on behind it; CORRUPT when there was one. */
lb_err lb_journal_verify(lb_journal_reader *reader, lb_on_damage *on_damage, void *whose,
                         lb_journal_head *head);

#endif
