/* fact_sheet.h - which sheets of a list that comes in several messages count.
 *
 *     1 2 3last        1 2 3last            1  2
 *     edition, whole   edition, whole: it   edition, not whole: void
 *                      stands
 *
 * An edition is a sheet number 1 and all others that are nearer to it in time than to any other number 1. It is
 * whole when it has all numbers up to its last. The newest whole edition stands, all else is void, whatever the
 * order in which the sheets came. */
#ifndef KEEP_FACT_SHEET_H
#define KEEP_FACT_SHEET_H

#include <sqlite3.h>

#include "arena.h"
#include "landbridge/event.h"

typedef struct lb_sheet_row {
    int64_t at_us, number;
    bool is_last;
} lb_sheet_row;

typedef struct lb_edition { /* the one that stands */
    bool is_there;
    int64_t start_us, last;
} lb_edition;

/* Rows sorted by (at_us, number). */
lb_edition lb_edition_find(const lb_sheet_row *rows, size_t count);
bool lb_edition_has(const lb_edition *edition, const lb_sheet_row *rows, size_t count,
                    int64_t at_us, int64_t number);

/* Does a claim or fact with this sheet ("number|at_us|source|list"; empty: always) count? `read` selects
 * at_us, number, is_last of a list. */
lb_err lb_sheet_counts(sqlite3_stmt *read, lb_span sheet, lb_arena *arena, bool *counts);

#endif
