/* fact_sheet.c - sheets of a list, put together when they are asked for. */
#include "keep/fact_sheet.h"

#include "base/store.h"

/* When the edition began to which a sheet of that moment belongs: the nearest number 1, the earlier of two. */
static bool find_start(const lb_sheet_row *rows, size_t count, int64_t at_us, int64_t *start_us)
{
    bool is_found = false;
    int64_t best_away = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t away = rows[i].at_us > at_us ? rows[i].at_us - at_us : at_us - rows[i].at_us;
        if (rows[i].number != 1 || (is_found && away >= best_away))
            continue;
        best_away = away;
        *start_us = rows[i].at_us;
        is_found = true;
    }
    return is_found;
}

static bool has_number(const lb_sheet_row *rows, size_t count, int64_t start_us, int64_t number)
{
    int64_t start = 0;
    for (size_t i = 0; i < count; i++)
        if (rows[i].number == number && find_start(rows, count, rows[i].at_us, &start) &&
            start == start_us)
            return true;
    return false;
}

/* The number of the last sheet of the edition; 0 when it is not whole. */
static int64_t last_of_whole(const lb_sheet_row *rows, size_t count, int64_t start_us)
{
    int64_t last = 0, start = 0;
    for (size_t i = 0; i < count; i++)
        if (rows[i].is_last && rows[i].number > last &&
            find_start(rows, count, rows[i].at_us, &start) && start == start_us)
            last = rows[i].number;
    if (last > (int64_t)count)
        return 0; /* there are not even so many sheets */
    for (int64_t number = 1; number <= last; number++)
        if (!has_number(rows, count, start_us, number))
            return 0;
    return last;
}

lb_edition lb_edition_find(const lb_sheet_row *rows, size_t count)
{
    for (size_t i = count; i > 0; i--) {
        if (rows[i - 1].number != 1)
            continue;
        int64_t last = last_of_whole(rows, count, rows[i - 1].at_us);
        if (last > 0)
            return (lb_edition){true, rows[i - 1].at_us, last};
    }
    return (lb_edition){0};
}

bool lb_edition_has(const lb_edition *edition, const lb_sheet_row *rows, size_t count,
                    int64_t at_us, int64_t number)
{
    int64_t start = 0;
    return edition->is_there && number <= edition->last && find_start(rows, count, at_us, &start) &&
           start == edition->start_us;
}

/* -- from the view ---------------------------------------------------------------------------------- */

typedef struct sheet_rows {
    lb_sheet_row *at;
    size_t count, room;
} sheet_rows;

static lb_err read_rows(sqlite3_stmt *read, lb_span list, lb_arena *arena, sheet_rows *rows)
{
    lb_bind_text(read, 1, list);
    while (sqlite3_step(read) == SQLITE_ROW && lb_arena_grow(arena, rows, sizeof *rows->at))
        rows->at[rows->count++] = (lb_sheet_row){.at_us = sqlite3_column_int64(read, 0),
                                                 .number = sqlite3_column_int64(read, 1),
                                                 .is_last = sqlite3_column_int(read, 2) != 0};
    if (sqlite3_reset(read) != SQLITE_OK)
        return LB_ERR_CORRUPT;
    return lb_arena_failed(arena) ? LB_ERR_NO_MEMORY : LB_OK;
}

lb_err lb_sheet_counts(sqlite3_stmt *read, lb_span sheet, lb_arena *arena, bool *counts)
{
    lb_span number_text, at_text;
    int64_t number = 0, at_us = 0;
    sheet_rows rows = {0};
    *counts = true;
    if (sheet.len == 0)
        return LB_OK;
    if (!lb_span_cut(&sheet, '|', &number_text) || !lb_span_cut(&sheet, '|', &at_text) ||
        !lb_span_number(number_text, &number) || !lb_span_number(at_text, &at_us))
        return LB_ERR_CORRUPT;
    lb_err err = read_rows(read, sheet, arena, &rows);
    if (err != LB_OK)
        return err;
    lb_edition edition = lb_edition_find(rows.at, rows.count);
    *counts = lb_edition_has(&edition, rows.at, rows.count, at_us, number);
    return LB_OK;
}
