/* epoch.h - which hub this is, and which lives its journal has had: a small file of its own, hub.id, beside the mark.
 *
 *     hub = 1f0c5e77a2b391        made once, random, for as long as there are copies of this journal
 *     1773273600000000 = 1        epoch = the first number that was given out in it
 *     1773619200000000 = 801      restored: what had the numbers from 801 on before is not here
 *     copy = no                   yes: a backup, which begins an epoch of its own when it is started
 *     check = ...
 *
 * Numbers are given out again when a journal is restored, so a number alone does not tell two lives apart. A new epoch
 * begins
 *   - at a restore, with and without --until, and when a hub is started on a backup as it lies there: its first number is the
 *     next one of the copy. The original knows nothing of it and goes on in its epoch;
 *   - when the journal is found without its mark, or damaged and the mark does not say what was reserved (recover.h).
 * An epoch is named by the time when it began, in microseconds since 1970, and is higher than those before. Two copies
 * of one backup that are started side by side thus have different epochs, and whoever changes from one to the other is told.
 *
 * A position (landbridge/client/position.h) is good as long as all that its owner has had is in this journal too:
 *
 *     epoch                                    owner may have had
 *     the present one                          everything
 *     an older one of this table               the numbers below the first of each epoch behind it; beyond: RESET, with the
 *                                              lowest of these: what the owner has from there on is not of this journal
 *     one that is not in the table             nothing: nobody here knows where it parted. RESET with 1
 *     of another hub                           FOREIGN
 *     not said: a plain number                 taken for the present epoch
 *
 * A folder that was copied by hand, with its mark and this file, is the same epoch twice: then only a number beyond the head
 * shows it (JRN-AHEAD). Opened by the hub's thread at the start; constant afterwards, so any thread may read it. */
#ifndef KEEP_EPOCH_H
#define KEEP_EPOCH_H

#include "arena.h"
#include "landbridge/client/position.h"

enum { LB_EPOCHS_MAX = 200 }; /* more: the oldest is forgotten */

typedef struct lb_epoch {
    int64_t began_us; /* its name */
    int64_t first;    /* number that was given out in it */
} lb_epoch;

typedef struct lb_epochs {
    int64_t hub;
    bool is_copy;
    size_t count; /* 1 at least */
    lb_epoch at[LB_EPOCHS_MAX];
} lb_epochs;

/* Reads the file; makes it, with a new id, when it is not there. One that is damaged is kept as hub.id.damaged, and the hub
 * has a new id (logged). A new one begins its first epoch with number 1. IO, FULL: logged. */
lb_err lb_epochs_open(lb_epochs *epochs, const char *path);
/* Begins a new epoch with that number; on the disk when it returns. IO, FULL: logged, and *epochs is as before. */
lb_err lb_epochs_begin(lb_epochs *epochs, const char *path, int64_t first);
/* The same file for a backup. NOT_FOUND: there is none. CORRUPT: it is damaged. */
lb_err lb_epochs_copy(const char *from, const char *to);

int64_t lb_epochs_present(const lb_epochs *epochs);
/* That number in the present epoch. */
lb_position_entry lb_epochs_entry(const lb_epochs *epochs, int64_t number);
/* The same as a position in the arena; without entries when memory is used up. */
lb_position lb_epochs_position(const lb_epochs *epochs, int64_t number, lb_arena *arena);

typedef enum lb_position_use {
    LB_POSITION_FROM,    /* the next that is wanted: its owner has had what stands before it */
    LB_POSITION_THROUGH, /* its owner has had it, or has its receipt                        */
} lb_position_use;

/* What a position is worth here. OK: *number is its number. RESET: its owner has had numbers of a life that this journal does
 * not go on from; *number is where to go on, in the present epoch. FOREIGN: of another hub. MISUSE: not one entry, or no
 * number. `why` says it for people, in the arena. */
lb_err lb_epochs_judge(const lb_epochs *epochs, const lb_position *position, lb_position_use use,
                       lb_arena *arena, int64_t *number, lb_span *why);

#endif
