/* view_table.h - the tables of the view as structs: one list of columns for each table.
 *
 * Derived from the list: the struct of a row, its description (name, type, member), the INSERT, and
 * the columns of a SELECT. The leading columns are the primary key. tests/unit/test_view_table.c
 * compares the lists with the schema. */
#ifndef KEEP_VIEW_TABLE_H
#define KEEP_VIEW_TABLE_H

#include "base/store.h"

/* clang-format off */
/* C(A, type, column) for each column, in the order of the table, S between them. */
#define LB_VIEW_FACT(C, A, S)                                                       \
    C(A, TEXT, object) S C(A, INT, occurred_us) S C(A, BLOB, event_id) S C(A, INT, seq) S    \
    C(A, BLOB, body)
#define LB_VIEW_REPORT(C, A, S)                                                     \
    C(A, TEXT, object) S C(A, TEXT, party) S C(A, INT, occurred_us) S C(A, BLOB, event_id) S \
    C(A, INT, seq) S C(A, BLOB, body)
#define LB_VIEW_POSITION(C, A, S)                                                   \
    C(A, TEXT, object) S C(A, INT, occurred_us) S C(A, BLOB, event_id) S C(A, INT, lat_e7) S \
    C(A, INT, lon_e7) S C(A, INT, fill) S C(A, INT, flags) S C(A, INT, seq) S C(A, TEXT, source)
#define LB_VIEW_TRACKER(C, A, S) C(A, TEXT, object)
#define LB_VIEW_ASSOC(C, A, S)                                                      \
    C(A, TEXT, child) S C(A, INT, occurred_us) S C(A, BLOB, event_id) S C(A, TEXT, parent) S \
    C(A, INT, action) S C(A, BLOB, fact_key) S C(A, INT, reported_us) S C(A, INT, revision) S \
    C(A, INT, milli_teu) S C(A, INT, ordinal) S C(A, TEXT, source) S C(A, TEXT, sheet) S     \
    C(A, INT, cover) S C(A, TEXT, party)
#define LB_VIEW_CONTENT(C, A, S) C(A, TEXT, parent) S C(A, TEXT, child)
#define LB_VIEW_COMPLETE(C, A, S)                                                   \
    C(A, TEXT, parent) S C(A, INT, occurred_us) S C(A, BLOB, event_id) S C(A, BLOB, fact_key) S \
    C(A, INT, reported_us) S C(A, INT, revision) S C(A, TEXT, sheet)
#define LB_VIEW_LINK(C, A, S) C(A, TEXT, reference) S C(A, TEXT, object)
#define LB_VIEW_RETRACTION(C, A, S) C(A, BLOB, fact_key) S C(A, INT, reported_us) S C(A, INT, revision)
#define LB_VIEW_RESOURCE(C, A, S)                                                   \
    C(A, TEXT, id) S C(A, INT, occurred_us) S C(A, BLOB, event_id) S C(A, INT, kind) S       \
    C(A, INT, seq) S C(A, BLOB, body)
#define LB_VIEW_CALL(C, A, S) C(A, TEXT, place) S C(A, INT, day) S C(A, TEXT, object)
#define LB_VIEW_YARD(C, A, S) C(A, TEXT, place) S C(A, TEXT, object)
#define LB_VIEW_SHEET(C, A, S) C(A, TEXT, list) S C(A, INT, at_us) S C(A, INT, number) S C(A, INT, is_last)

/* X(name, NAME, columns of the primary key), in the order in which they are written. */
#define LB_VIEW_TABLES(X)                                                       \
    X(fact, FACT, 3)                                                            \
    X(report, REPORT, 4)                                                        \
    X(position, POSITION, 3)                                                    \
    X(tracker, TRACKER, 1)                                                      \
    X(assoc, ASSOC, 4)                                                          \
    X(content, CONTENT, 2)                                                      \
    X(complete, COMPLETE, 3)                                                    \
    X(link, LINK, 2)                                                            \
    X(retraction, RETRACTION, 3)                                                \
    X(resource, RESOURCE, 3)                                                    \
    X(call, CALL, 3)                                                            \
    X(yard, YARD, 2)                                                            \
    X(sheet, SHEET, 4)

/* clang-format on */

typedef enum lb_view_table_id {
#define LB_TABLE(name, NAME, keys) LB_TABLE_##NAME,
    LB_VIEW_TABLES(LB_TABLE)
#undef LB_TABLE
        LB_VIEW_TABLE_COUNT
} lb_view_table_id;

/* lb_view_fact, lb_view_report, ...: a row. Texts and bytes are borrowed. */
#define LB_MEMBER_TEXT(column)       lb_span column;
#define LB_MEMBER_BLOB(column)       lb_span column;
#define LB_MEMBER_INT(column)        int64_t column;
#define LB_MEMBER(any, type, column) LB_MEMBER_##type(column)
#define LB_TABLE(name, NAME, keys)     \
    typedef struct lb_view_##name {    \
        LB_VIEW_##NAME(LB_MEMBER, _, ) \
    } lb_view_##name;
LB_VIEW_TABLES(LB_TABLE)
#undef LB_TABLE

/* "object, occurred_us, ...": the columns of a SELECT that lb_view_row_read reads. */
#define LB_COLUMN_NAME(any, type, column) #column
#define LB_VIEW_COLUMNS(NAME)             LB_VIEW_##NAME(LB_COLUMN_NAME, _, ", ")

typedef enum lb_column_type { LB_COLUMN_TEXT, LB_COLUMN_BLOB, LB_COLUMN_INT } lb_column_type;

typedef struct lb_view_column {
    const char *name;
    lb_column_type type;
    size_t member; /* offset in the row */
} lb_view_column;

typedef struct lb_view_table {
    const char *name, *insert; /* insert: ignores a row whose key exists */
    const lb_view_column *columns;
    size_t count, keys, row_size;
} lb_view_table;

extern const lb_view_table lb_view_tables[LB_VIEW_TABLE_COUNT];

void lb_view_row_bind(const lb_view_table *table, sqlite3_stmt *insert, const void *row);
/* Texts and blobs are valid until the statement steps or is reset. */
void lb_view_row_read(const lb_view_table *table, sqlite3_stmt *select, void *row);
/* Compares the primary keys; 0: equal. */
int lb_view_row_compare(const lb_view_table *table, const void *left, const void *right);

#endif
