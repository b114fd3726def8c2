/* repair.h - a journal made again from the pages of one that SQLite does not read as it was.
 *
 * Every row is taken whose own check holds, from whatever version of its page (base/carve.h), under its own numbers. What
 * is missing between them becomes holes (LOST). The damaged file is only read. */
#ifndef KEEP_REPAIR_H
#define KEEP_REPAIR_H

#include "landbridge/client/answer.h"
#include "landbridge/client/error.h"

typedef struct lb_repaired {
    int64_t blocks;  /* turns that were taken       */
    int64_t holes;   /* between them                */
    int64_t missing; /* numbers of events in these  */
} lb_repaired;

/* Makes the file `fresh`, which must not be there, and leaves it synced and without a WAL beside it. `as` says what the
 * holes say: found_us, text, set_aside. What went wrong is logged, and nothing is left then. */
lb_err lb_repair(const char *damaged, const char *fresh, const lb_lost *as, lb_repaired *repaired);

#endif
