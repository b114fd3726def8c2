/* journal_cursor.h - iterates over the journal: from page to entry to number.
 *
 *     page ── entry ── event 41            a message: one number for each event, possibly none
 *       │       └───── event 42
 *       ├──── entry (a message without events)
 *       ├──── entry 43                     a record: one number, and no event
 *     page ── entry 44 .. 200043           a hole: all of its numbers at once
 *
 * All code that follows the journal uses it. A cursor owns nothing and is valid as long as its
 * page. */
#ifndef KEEP_JOURNAL_CURSOR_H
#define KEEP_JOURNAL_CURSOR_H

#include "keep/journal.h"
#include "keep/journal_row.h"

typedef struct lb_cursor {
    const lb_page *page;
    const lb_entry *entry;       /* the current entry */
    int64_t first_seq, last_seq; /* of the entry; without numbers last = first - 1 */
    int64_t seq;                 /* the current number; in a hole its first */
    bool is_event;               /* false: `seq` is a record's number, or the first of a hole */
    lb_span event;               /* packed; empty unless is_event */
    size_t next_entry, next_event;
} lb_cursor;

lb_cursor lb_cursor_on(const lb_page *page); /* before its first entry */
bool lb_cursor_next_entry(lb_cursor *cursor);
/* Moves to the next number of the page that is not below `from_seq`. A hole is one step, whatever
 * its length. False: the page has no further one. */
bool lb_cursor_next(lb_cursor *cursor, int64_t from_seq);

/* The record that followers get for a number without an event; copied into the arena. The caller
 * fills in hub_epoch, which the journal does not know. */
lb_err lb_cursor_record(const lb_cursor *cursor, lb_arena *arena, lb_stream_record *record);

/* The page that has the number `seq`. If that page is damaged, *damaged_block is set to its block
 * and *page is the next readable page. NOT_FOUND: the journal ends before. */
lb_err lb_journal_read_on(lb_journal_reader *reader, int64_t seq, const lb_page **page,
                          int64_t *damaged_block);

#endif
