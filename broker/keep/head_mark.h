/* head_mark.h - a copy of the journal's head in a separate file, to detect what a damaged journal
 * has lost.
 *
 *     page 0, 1   head: newest number, turn, message, the WAL that held them, and its length
 *     page 2, 3   reservation: the highest number that may have been given out
 *
 * The two pages of a kind are written alternately, so that one of them is always whole.
 *
 * The head is written after each commit, before the receipts, and is not synced: after SIGKILL it
 * is exact, after a power cut it may be old, and it is never ahead of the journal. Before the
 * commit the head after this turn is written as pending: SIGKILL during fsync takes effect when
 * fsync has ended, so the journal is then at one of the two. A reservation is synced before the
 * first of its numbers is given out, so numbers given out never exceed it. A short-lived thread
 * does that ahead of time, once per LB_HEAD_MARK_STEP numbers or 5 s, so that turns do not wait for
 * the disk.
 *
 * The file is accessed through SQLite's VFS like the databases, so that tests with faulty disks
 * cover it. Belongs to the hub's thread. */
#ifndef KEEP_HEAD_MARK_H
#define KEEP_HEAD_MARK_H

#include <stdbool.h>
#include <stdint.h>

#include "landbridge/client/error.h"

#define LB_HEAD_MARK_STEP INT64_C(100000) /* numbers */

typedef struct lb_head_mark lb_head_mark;

typedef struct lb_head_mark_facts {
    bool is_new;       /* the file did not exist */
    bool has_head;     /* a head could be read; else seq, block and messages are 0 */
    bool has_reserved; /* a reservation could be read */
    bool is_torn;      /* at least one page is neither valid nor empty */
    int64_t seq, block, messages;
    /* The head after a turn whose commit was in progress; 0: none. */
    int64_t pending_seq, pending_block;
    int64_t reserved;
    /* Generation of the WAL when the head was written; 0: no WAL, or the hub was closed. */
    uint64_t generation;
    int64_t frames; /* number of valid frames in that WAL; 0: unknown */
    int64_t written_us;
} lb_head_mark_facts;

/* Opens or creates the file and reads it; does not write to an existing one. Errors are logged. */
lb_err lb_head_mark_open(lb_head_mark **mark, const char *path);
/* Waits for a sync in progress; writes nothing. */
void lb_head_mark_close(lb_head_mark **mark);
/* Contents of the file when it was opened. */
const lb_head_mark_facts *lb_head_mark_reported(const lb_head_mark *mark);

typedef struct lb_head_now {
    int64_t seq, block, messages;
    uint64_t generation;
    int64_t frames;
    int64_t now_us; /* wall clock; informative only */
} lb_head_now;

/* Call before a commit that would move the head to (seq, block). Waits for the disk only when seq
 * is beyond the synced reservation. On an error the numbers must not be given out. */
lb_err lb_head_mark_begin(lb_head_mark *mark, int64_t seq, int64_t block);

/* Call after a commit, with the journal's head. Not synced. A write error is logged and ignored:
 * the mark is then old, as after a power cut. */
void lb_head_mark_set(lb_head_mark *mark, const lb_head_now *head);
/* The same when the hub stops; synced before it returns. */
void lb_head_mark_end(lb_head_mark *mark, const lb_head_now *head);
/* Call between turns: starts a sync when the reservation is low, or when the last one is 5 s old
 * and a head was written since. */
void lb_head_mark_look(lb_head_mark *mark, int64_t monotonic_us);

#endif
