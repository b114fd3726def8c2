/* head_mark.h - how far the journal had come, in a small file of its own: what a damaged journal cannot say of itself.
 *
 *     page 0, 1   head: newest number, turn, message, the WAL that held them, and how long that was; in turn, so that
 *                 one is always whole
 *     page 2, 3   reservation: numbers up to this one may have been given out; in turn too
 *
 * The head is written after each commit and before its receipts, and not synced: after kill -9 it is exact, after a
 * power cut it may be old, and it is never ahead of the journal. Before the commit it is written too, with the head that
 * the turn would make: a process that is killed dies when its fsync returns, so the journal is at one of the two. A reservation is synced before the first of its numbers
 * is given out: by a thread that lives as long as that takes, once for LB_HEAD_MARK_STEP numbers or 5 s, so that no turn waits
 * for it. Numbers that were given out are therefore always at or below the reservation.
 *
 * Goes through SQLite's VFS, as the databases do, so the tests' disks hold it too. Belongs to the hub's thread. */
#ifndef KEEP_HEAD_MARK_H
#define KEEP_HEAD_MARK_H

#include <stdbool.h>
#include <stdint.h>

#include "landbridge/client/error.h"

#define LB_HEAD_MARK_STEP INT64_C(100000) /* numbers */

typedef struct lb_head_mark lb_head_mark;

typedef struct lb_head_mark_facts {
    bool is_new;       /* the file was not there                                    */
    bool has_head;     /* a head could be read; else it is 0, 0, 0                  */
    bool has_reserved; /* a reservation could be read                               */
    bool is_torn;      /* something in the file is neither a page of it nor empty   */
    int64_t seq, block, messages;
    int64_t pending_seq, pending_block; /* of a turn whose commit had begun; 0: of none */
    int64_t reserved;
    uint64_t
        generation; /* of the WAL when the head was written; 0: there was none, or the hub was closed */
    int64_t frames; /* of that WAL that counted then; 0: not said */
    int64_t written_us;
} lb_head_mark_facts;

/* Opens or makes the file and reads it; writes nothing into one that is there. Logged where it fails. */
lb_err lb_head_mark_open(lb_head_mark **mark, const char *path);
/* Ends the syncing; writes nothing. */
void lb_head_mark_close(lb_head_mark **mark);
const lb_head_mark_facts *
lb_head_mark_reported(const lb_head_mark *mark); /* what was in the file when it was opened */

typedef struct lb_head_now {
    int64_t seq, block, messages;
    uint64_t generation;
    int64_t frames;
    int64_t now_us; /* for people */
} lb_head_now;

/* Before a commit that would bring the journal there. Waits for the disk only when more numbers are wanted at once than
 * any reservation holds. An error: they may not be given out. */
lb_err lb_head_mark_begin(lb_head_mark *mark, int64_t seq, int64_t block);

/* After a commit: where the journal is. Not synced. What cannot be written is logged and not missed: the mark is behind
 * then, as after a power cut. */
void lb_head_mark_set(lb_head_mark *mark, const lb_head_now *head);
/* The same at the end, and waits until it is on the disk. */
void lb_head_mark_end(lb_head_mark *mark, const lb_head_now *head);
/* Between turns: reserves ahead, and syncs the head of the last seconds. */
void lb_head_mark_look(lb_head_mark *mark, int64_t monotonic_us);

#endif
