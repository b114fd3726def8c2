/* fact_sheet.c - lists sent in several messages ("sheets"), put together when they are read. */
#include "keep/fact_sheet.h"

#include <stdlib.h>

#include "base/store.h"

/* Start of the edition that a sheet of this time belongs to: the nearest number 1; of two equally
 * near the earlier. */
static bool find_start(const lb_edition *edition, int64_t at_us, int64_t *start_us)
{
    const int64_t *starts = edition->starts;
    size_t from = 0,
           until = edition->start_count; /* binary search: the first start not before at_us */
    while (from < until) {
        size_t middle = (from + until) / 2;
        if (starts[middle] < at_us)
            from = middle + 1;
        else
            until = middle;
    }
    if (edition->start_count == 0)
        return false;
    bool is_before = from == edition->start_count ||
                     (from > 0 && at_us - starts[from - 1] <= starts[from] - at_us);
    *start_us = starts[is_before ? from - 1 : from];
    return true;
}

static int by_edition(const void *left, const void *right)
{
    const lb_sheet_row *a = left, *b = right;
    if (a->start_us != b->start_us)
        return a->start_us < b->start_us ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

/* The number of the last sheet of an edition, whose rows are sorted by number; 0 when it is
 * incomplete. */
static int64_t last_of_whole(const lb_sheet_row *rows, size_t count)
{
    int64_t last = 0, next = 1;
    for (size_t i = 0; i < count; i++) {
        if (rows[i].is_last)
            last = rows[i].number;
        next += rows[i].number == next;
    }
    return last < next ? last : 0;
}

/* Finds the newest complete edition in rows sorted by edition. */
static void find_newest(const lb_sheet_row *rows, size_t count, lb_edition *edition)
{
    for (size_t until = count, from; until > 0 && !edition->is_there; until = from) {
        for (from = until - 1; from > 0 && rows[from - 1].start_us == rows[until - 1].start_us;)
            from--;
        edition->last = last_of_whole(rows + from, until - from);
        edition->start_us = rows[from].start_us;
        edition->is_there = edition->last > 0;
    }
}

lb_err lb_edition_find(lb_sheet_row *rows, size_t count, lb_arena *arena, lb_edition *edition)
{
    size_t kept = 0;
    int64_t *starts = lb_arena_alloc(arena, (count + 1) * sizeof *starts);
    *edition = (lb_edition){.starts = starts, .count = count};
    if (starts == NULL)
        return LB_ERR_NO_MEMORY;
    for (size_t i = 0; i < count; i++)
        if (rows[i].number == 1)
            starts[edition->start_count++] = rows[i].at_us;
    for (size_t i = 0; i < count; i++) {
        rows[kept] = rows[i];
        kept += find_start(edition, rows[i].at_us, &rows[kept].start_us);
    }
    if (kept > 1)
        qsort(rows, kept, sizeof *rows, by_edition);
    find_newest(rows, kept, edition);
    return LB_OK;
}

bool lb_edition_has(const lb_edition *edition, int64_t at_us, int64_t number)
{
    int64_t start_us = 0;
    return edition->is_there && number <= edition->last && find_start(edition, at_us, &start_us) &&
           start_us == edition->start_us;
}

/* -- reading from the view --------------------------------------------------------------------- */

lb_err lb_sheet_split(lb_span text, lb_sheet_name *sheet)
{
    lb_span number, at;
    sheet->list = text;
    return lb_span_cut(&sheet->list, '|', &number) && lb_span_cut(&sheet->list, '|', &at) &&
                   lb_span_number(number, &sheet->number) && lb_span_number(at, &sheet->at_us)
               ? LB_OK
               : LB_ERR_CORRUPT;
}

typedef struct sheet_rows {
    lb_sheet_row *at;
    size_t count, room;
} sheet_rows;

lb_err lb_edition_read(sqlite3_stmt *read, lb_span list, lb_arena *arena, lb_edition *edition)
{
    sheet_rows rows = {0};
    lb_bind_text(read, 1, list);
    while (sqlite3_step(read) == SQLITE_ROW && lb_arena_grow(arena, &rows, sizeof *rows.at))
        rows.at[rows.count++] = (lb_sheet_row){.at_us = sqlite3_column_int64(read, 0),
                                               .number = sqlite3_column_int64(read, 1),
                                               .is_last = sqlite3_column_int(read, 2) != 0};
    if (sqlite3_reset(read) != SQLITE_OK)
        return LB_ERR_CORRUPT;
    return lb_arena_failed(arena) ? LB_ERR_NO_MEMORY
                                  : lb_edition_find(rows.at, rows.count, arena, edition);
}
