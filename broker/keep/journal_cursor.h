/* journal_cursor.h - the one walk through the journal: from page to entry to number.
 *
 *     page ── entry ── event 41            a message: a number for each event, perhaps none
 *       │       └───── event 42
 *       ├──── entry (a message without events)
 *       ├──── entry 43                     a record: one number, and no event
 *     page ── entry 44 .. 200043           a hole: all of its numbers at once
 *
 * A cursor is a plain struct on a page, and good for as long as that is. */
#ifndef KEEP_JOURNAL_CURSOR_H
#define KEEP_JOURNAL_CURSOR_H

#include "keep/journal.h"
#include "keep/journal_row.h"

typedef struct lb_cursor {
    const lb_page *page;
    const lb_entry *entry;       /* that it stands on */
    int64_t first_seq, last_seq; /* of the entry; last = first - 1: it has none */
    int64_t seq;                 /* that it stands on; of a hole the first */
    bool is_event;               /* else the number is a record's, or the first of a hole */
    lb_span event;               /* packed */
    size_t next_entry, next_event;
} lb_cursor;

lb_cursor lb_cursor_on(const lb_page *page); /* before its first entry */
bool lb_cursor_next_entry(lb_cursor *cursor);
/* The next number of the page that is `from_seq` or newer, an entry of several numbers without events being one step. */
bool lb_cursor_next(lb_cursor *cursor, int64_t from_seq);

/* What a follower gets for a number that is no event; a copy of its own in the arena. The journal does
 * not know the hub's epoch: the sender fills in hub_epoch. */
lb_err lb_cursor_record(const lb_cursor *cursor, lb_arena *arena, lb_stream_record *record);

/* The next page with a number that is `seq` or newer; one that is damaged is passed over, and its block is told.
 * NOT_FOUND: the journal ends before. */
lb_err lb_journal_read_on(lb_journal_reader *reader, int64_t seq, const lb_page **page,
                          int64_t *damaged_block);

#endif
