/* power.h - the content of a disk after a power failure.
 *
 * Plays a tape and tracks for each file what was synced and what only the cache holds. At a cut the
 * cache is lost in one of four ways, and the files are written out as the next start finds them. */
#ifndef TESTS_FAULT_POWER_H
#define TESTS_FAULT_POWER_H

#include "tape.h"

#define POWER_LOSSES(X)                                                              \
    X(KEPT, "kept")           /* by chance all of the cache reached the disk */      \
    X(DROPPED, "dropped")     /* nothing of it did */                                \
    X(REORDERED, "reordered") /* some of the writes did, in any order             */ \
    X(TORN, "torn")           /* the same, and some of them only in part */

typedef enum power_loss {
#define X(name, text) POWER_##name,
    POWER_LOSSES(X)
#undef X
        POWER_LOSS_COUNT
} power_loss;

const char *power_loss_name(power_loss loss);

typedef struct power power;

/* A lying disk reports syncs that it did not do. */
power *power_on(const tape *t, bool is_liar);
void power_play(power *p, size_t note); /* in their order */
void power_cut(const power *p, power_loss loss, uint64_t seed, const char *folder);
void power_off(power *p);

#endif
