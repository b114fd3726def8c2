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
#include "landbridge/client/event.h"

typedef struct lb_sheet_row {
    int64_t at_us, number, start_us; /* start: of its edition; found by lb_edition_find */
    bool is_last;
} lb_sheet_row;

typedef struct lb_edition { /* the one that stands */
    bool is_there;
    int64_t start_us, last;
    const int64_t *starts; /* of all editions, by time */
    size_t start_count, count;
} lb_edition;

/* Rows sorted by (at_us, number); sorts them anew. `starts` is borrowed from the arena. */
lb_err lb_edition_find(lb_sheet_row *rows, size_t count, lb_arena *arena, lb_edition *edition);
bool lb_edition_has(const lb_edition *edition, int64_t at_us, int64_t number);

typedef struct
    lb_sheet_name { /* what the column `sheet` of a claim says: "number|at_us|source|list" */
    int64_t number, at_us;
    lb_span list; /* "source|list" */
} lb_sheet_name;

lb_err lb_sheet_split(lb_span text,
                      lb_sheet_name *sheet); /* CORRUPT: the view did not write that */
/* The edition of a list that stands; `read` selects at_us, number, is_last of a list. */
lb_err lb_edition_read(sqlite3_stmt *read, lb_span list, lb_arena *arena, lb_edition *edition);

#endif
