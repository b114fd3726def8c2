/* repair.h - rebuilds a journal from the pages of a damaged one.
 *
 * Takes every row whose own check is valid, from any version of its page (base/carve.h), with its numbers. Missing
 * numbers become holes (LOST). The damaged file is only read. */
#ifndef KEEP_REPAIR_H
#define KEEP_REPAIR_H

#include "landbridge/client/answer.h"
#include "landbridge/client/error.h"

typedef struct lb_repaired {
    int64_t blocks;  /* turns recovered */
    int64_t holes;   /* between them */
    int64_t missing; /* numbers of events in the holes */
} lb_repaired;

/* Creates the file `fresh`, which must not exist, synced and without a WAL. `as` has the fields of the holes: found_us,
 * text, set_aside. Errors are logged, and leave no file. */
lb_err lb_repair(const char *damaged, const char *fresh, const lb_lost *as, lb_repaired *repaired);

#endif
