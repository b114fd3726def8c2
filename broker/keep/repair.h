/* repair.h - rebuilds a journal from the pages of a damaged SQLite file.
 *
 * Copies every row whose check is valid, from any version of its page (base/carve.h), under its own
 * numbers. Missing numbers become holes (LOST). The damaged file is only read. */
#ifndef KEEP_REPAIR_H
#define KEEP_REPAIR_H

#include "keep/journal_engine.h"

/* Creates the file `fresh`, which must not exist; it is synced and has no WAL. `as` has the fields
 * of the holes: found_us, text, set_aside. Errors are logged; after an error `fresh` does not
 * exist. */
lb_err lb_repair(const char *damaged, const char *fresh, const lb_lost *as, lb_repaired *repaired);

#endif
