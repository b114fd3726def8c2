/* view_table.c - binds, reads and compares rows of the view's tables by their descriptions. */
#include "keep/view_table.h"

#include <stddef.h>

/* -- descriptions ------------------------------------------------------------------------------ */

#define DESCRIBE(row, type, column) {#column, LB_COLUMN_##type, offsetof(row, column)},
#define TABLE(name, NAME, keys) \
    static const lb_view_column name##_columns[] = {LB_VIEW_##NAME(DESCRIBE, lb_view_##name, )};
LB_VIEW_TABLES(TABLE)
#undef TABLE

#define PLACE(any, type, column) "?"
#define COUNT(list)              (sizeof(list) / sizeof(list)[0])
const lb_view_table lb_view_tables[LB_VIEW_TABLE_COUNT] = {
#define TABLE(name, NAME, keys)                                                  \
    {#name,                                                                      \
     "INSERT OR IGNORE INTO " #name                                              \
     " (" LB_VIEW_COLUMNS(NAME) ") VALUES (" LB_VIEW_##NAME(PLACE, _, ", ") ")", \
     name##_columns,                                                             \
     COUNT(name##_columns),                                                      \
     keys,                                                                       \
     sizeof(lb_view_##name)},
    LB_VIEW_TABLES(TABLE)
#undef TABLE
};

/* -- rows -------------------------------------------------------------------------------------- */

static const lb_span *text_of(const lb_view_column *column, const void *row)
{
    return (const lb_span *)(const void *)((const char *)row + column->member);
}

static int64_t number_of(const lb_view_column *column, const void *row)
{
    return *(const int64_t *)(const void *)((const char *)row + column->member);
}

void lb_view_row_bind(const lb_view_table *table, sqlite3_stmt *insert, const void *row)
{
    for (size_t i = 0; i < table->count; i++) {
        const lb_view_column *column = &table->columns[i];
        if (column->type == LB_COLUMN_INT)
            sqlite3_bind_int64(insert, (int)i + 1, number_of(column, row));
        else if (column->type == LB_COLUMN_TEXT)
            lb_bind_text(insert, (int)i + 1, *text_of(column, row));
        else
            lb_bind_blob(insert, (int)i + 1, *text_of(column, row));
    }
}

void lb_view_row_read(const lb_view_table *table, sqlite3_stmt *select, void *row)
{
    for (size_t i = 0; i < table->count; i++) {
        const lb_view_column *column = &table->columns[i];
        void *member = (char *)row + column->member;
        if (column->type == LB_COLUMN_INT)
            *(int64_t *)member = sqlite3_column_int64(select, (int)i);
        else if (column->type == LB_COLUMN_TEXT)
            *(lb_span *)member = lb_column_text(select, (int)i);
        else
            *(lb_span *)member = lb_column_blob(select, (int)i);
    }
}

int lb_view_row_compare(const lb_view_table *table, const void *left, const void *right)
{
    int order = 0;
    for (size_t i = 0; order == 0 && i < table->keys; i++) {
        const lb_view_column *column = &table->columns[i];
        if (column->type != LB_COLUMN_INT) {
            order = lb_span_compare(*text_of(column, left), *text_of(column, right));
            continue;
        }
        int64_t a = number_of(column, left), b = number_of(column, right);
        order = (a > b) - (a < b);
    }
    return order;
}
