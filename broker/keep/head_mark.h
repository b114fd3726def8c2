/* head_mark.h - how far the journal had come, in a file of its own: for when the journal is damaged.
 *
 *     page 0, 1   head: newest number, turn, message, the WAL that held them, and its length; written in turn, so that
 *                 one is always whole
 *     page 2, 3   reservation: numbers up to this one may have been given out; written in turn, too
 *
 * The head is written after each commit and before its receipts, and not synced: after kill -9 it is exact, after a
 * power cut it may be old, and it is never ahead of the journal. Before the commit the head that the turn would make is
 * written as pending: SIGKILL during fsync takes effect after it, so the journal is at one of the two. A
 * reservation is synced before the first of its numbers is given out: by a thread that lives as long as that takes,
 * once per LB_HEAD_MARK_STEP numbers or 5 s, so no turn waits for it. So numbers given out never exceed the
 * reservation.
 *
 * Uses SQLite's VFS, as the databases do, so tests with faulty disks include it. Belongs to the hub's thread. */
#ifndef KEEP_HEAD_MARK_H
#define KEEP_HEAD_MARK_H

#include <stdbool.h>
#include <stdint.h>

#include "landbridge/client/error.h"

#define LB_HEAD_MARK_STEP INT64_C(100000) /* numbers */

typedef struct lb_head_mark lb_head_mark;

typedef struct lb_head_mark_facts {
    bool is_new;       /* the file did not exist */
    bool has_head;     /* a head could be read; else it is 0, 0, 0 */
    bool has_reserved; /* a reservation could be read */
    bool is_torn;      /* some page is neither valid nor empty */
    int64_t seq, block, messages;
    int64_t pending_seq, pending_block; /* of a turn whose commit was in progress; 0: none */
    int64_t reserved;
    /* Of the WAL when the head was written; 0: there was none, or the hub was closed. */
    uint64_t generation;
    int64_t frames; /* valid frames of that WAL at that time; 0: unknown */
    int64_t written_us;
} lb_head_mark_facts;

/* Opens or creates the file and reads it; does not write to an existing one. Logged where it fails. */
lb_err lb_head_mark_open(lb_head_mark **mark, const char *path);
/* Waits for the sync in progress; writes nothing. */
void lb_head_mark_close(lb_head_mark **mark);
/* Contents of the file when it was opened. */
const lb_head_mark_facts *lb_head_mark_reported(const lb_head_mark *mark);

typedef struct lb_head_now {
    int64_t seq, block, messages;
    uint64_t generation;
    int64_t frames;
    int64_t now_us; /* for people only */
} lb_head_now;

/* Call before a commit that would bring the journal there. Waits for the disk only when more numbers are wanted at once
 * than a reservation holds. On an error the numbers must not be given out. */
lb_err lb_head_mark_begin(lb_head_mark *mark, int64_t seq, int64_t block);

/* Call after a commit, with the journal's head. Not synced. A write error is logged and ignored: the mark is then
 * old, as after a power cut. */
void lb_head_mark_set(lb_head_mark *mark, const lb_head_now *head);
/* The same when the hub stops; waits until it is on disk. */
void lb_head_mark_end(lb_head_mark *mark, const lb_head_now *head);
/* Call between turns: reserves ahead, and syncs the head of the last seconds. */
void lb_head_mark_look(lb_head_mark *mark, int64_t monotonic_us);

#endif
