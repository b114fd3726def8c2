/* fact_sheet.h - lists sent in several messages ("sheets"): finds the edition that is in force.
 *
 *     1 2 3last           1 2 3last            1  2
 *     edition, complete   edition, complete:   edition, incomplete:
 *                         in force             void
 *
 * An edition is one sheet number 1 and all other sheets that are nearer to it in time than to any
 * other number 1. It is complete when it has all numbers up to its last sheet. The newest complete
 * edition is in force, all others are void. The result does not depend on the order in which the
 * sheets arrived. */
#ifndef KEEP_FACT_SHEET_H
#define KEEP_FACT_SHEET_H

#include <sqlite3.h>

#include "arena.h"
#include "landbridge/client/event.h"

typedef struct lb_sheet_row {
    int64_t at_us, number, start_us; /* start_us: when its edition began; set by lb_edition_find */
    bool is_last;
} lb_sheet_row;

/* The edition in force. */
typedef struct lb_edition {
    bool is_there;
    int64_t start_us, last;
    const int64_t *starts; /* when each edition began, ascending */
    size_t start_count, count;
} lb_edition;

/* Takes rows sorted by (at_us, number); reorders them by edition. edition->starts is in the
 * arena. */
lb_err lb_edition_find(lb_sheet_row *rows, size_t count, lb_arena *arena, lb_edition *edition);
bool lb_edition_has(const lb_edition *edition, int64_t at_us, int64_t number);

/* The column `sheet` of a claim: "number|at_us|source|list". */
typedef struct lb_sheet_name {
    int64_t number, at_us;
    lb_span list; /* "source|list" */
} lb_sheet_name;

/* Borrows from `text`. CORRUPT: the text does not have this form. */
lb_err lb_sheet_split(lb_span text, lb_sheet_name *sheet);
/* The edition in force of a list; `read` selects at_us, number, is_last of the list that is bound
 * to ?1. */
lb_err lb_edition_read(sqlite3_stmt *read, lb_span list, lb_arena *arena, lb_edition *edition);

#endif
