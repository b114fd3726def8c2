/* epoch.h - the identity of the hub and the epochs of its journal, in the file hub.id of the data
 * folder.
 *
 *     hub = 1f0c5e77a2b391        random, created once; copies of the journal have the same
 *     1773273600000000 = 1        epoch = its first number
 *     1773619200000000 = 801      restored: earlier events with numbers from 801 on are not in it
 *     copy = no                   yes: a backup; a hub started on it begins a new epoch
 *     check = ...                 BLAKE2b-128 of the lines above
 *
 * A restored journal gives out numbers a second time, so a number alone does not identify an event.
 * A new epoch begins
 *   - at a restore, with or without --until, and when a hub is started directly on a backup. Its
 *     first number follows the head of the copy. The original hub continues in its own epoch;
 *   - when the journal has no mark, or is damaged and the mark has no reservation (recover.h).
 * The name of an epoch is the time when it began, in microseconds since 1970; it is always greater
 * than the names before. So two hubs started on copies of one backup have different epochs, and a
 * client that changes from one to the other gets RESET.
 *
 * A position (landbridge/client/position.h) is valid while all events up to it are in this journal
 * too:
 *
 *     epoch of the position        valid
 *     the present epoch            always
 *     an older epoch in the file   below the first number of every later epoch; else RESET with the
 *                                  lowest of these, where the client's events begin to differ
 *     not in the file              never: where it diverged is unknown. RESET with 1
 *     of another hub               never: FOREIGN
 *     none (a plain number)        taken for the present epoch
 *
 * A folder copied by hand, with its mark and hub.id, has the same epoch twice; this is detected
 * only by a number beyond the head (JRN-AHEAD). The hub's thread opens the file at the start;
 * constant afterwards, so any thread may read it. */
#ifndef KEEP_EPOCH_H
#define KEEP_EPOCH_H

#include "arena.h"
#include "landbridge/client/position.h"

enum { LB_EPOCHS_MAX = 200 }; /* beyond this the oldest entry is dropped */

typedef struct lb_epoch {
    int64_t began_us; /* the name of the epoch */
    int64_t first;    /* first number given out in it */
} lb_epoch;

typedef struct lb_epochs {
    int64_t hub;
    bool is_copy;
    size_t count; /* at least 1 */
    lb_epoch at[LB_EPOCHS_MAX];
} lb_epochs;

/* Reads the file. If it is missing, creates it with a new id and a first epoch that begins at
 * number 1. A damaged file is renamed to hub.id.damaged, and the hub gets a new id (logged). IO,
 * FULL: logged. */
lb_err lb_epochs_open(lb_epochs *epochs, const char *path);
/* Begins a new epoch with this first number; synced to disk before it returns. IO, FULL: logged,
 * *epochs unchanged. */
lb_err lb_epochs_begin(lb_epochs *epochs, const char *path, int64_t first);
/* Copies the file for a backup, marked as a copy. NOT_FOUND: `from` does not exist. CORRUPT: it is
 * damaged. */
lb_err lb_epochs_copy(const char *from, const char *to);

int64_t lb_epochs_present(const lb_epochs *epochs);
/* This number in the present epoch. */
lb_position_entry lb_epochs_entry(const lb_epochs *epochs, int64_t number);
/* The same as a position in the arena. Without memory it has no entries. */
lb_position lb_epochs_position(const lb_epochs *epochs, int64_t number, lb_arena *arena);

typedef enum lb_position_use {
    LB_POSITION_FROM,    /* the next number wanted: the client has all numbers before it */
    LB_POSITION_THROUGH, /* the newest number that the client has, or has a receipt for */
} lb_position_use;

/* Checks whether a position is valid in this journal. OK: *number is its number. RESET: the client
 * has events that are not in this journal; *number is where to continue, in the present epoch.
 * FOREIGN: it is of another hub. MISUSE: it does not have exactly one entry, or has no number. On
 * an error *why is the reason, for people, in the arena or constant. */
lb_err lb_epochs_judge(const lb_epochs *epochs, const lb_position *position, lb_position_use use,
                       lb_arena *arena, int64_t *number, lb_span *why);

#endif
