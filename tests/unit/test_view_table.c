/* test_view_table - the rows of the view are described as its schema has them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "keep/view.h"
#include "keep/view_table.h"
#include "scratch.h"

static const char *const types[] = {
    [LB_COLUMN_TEXT] = "TEXT", [LB_COLUMN_BLOB] = "BLOB", [LB_COLUMN_INT] = "INTEGER"};

static sqlite3 *open_view(lb_scratch *folder)
{
    lb_view *view;
    sqlite3 *database;

    scratch_make(folder);
    assert_int_equal(lb_view_open(&view, scratch_path(folder, "view.db")), LB_OK);
    lb_view_close(&view);
    assert_int_equal(sqlite3_open(scratch_path(folder, "view.db"), &database), SQLITE_OK);
    return database;
}

static sqlite3_stmt *prepare(sqlite3 *database, const char *sql, const char *name)
{
    sqlite3_stmt *read;

    assert_int_equal(sqlite3_prepare_v2(database, sql, -1, &read, NULL), SQLITE_OK);
    if (name != NULL)
        sqlite3_bind_text(read, 1, name, -1, SQLITE_STATIC);
    return read;
}

static void compare_columns(sqlite3 *database, const lb_view_table *table)
{
    sqlite3_stmt *read = prepare(
        database, "SELECT name, type, pk FROM pragma_table_info(?1) ORDER BY cid", table->name);
    size_t count = 0;

    while (sqlite3_step(read) == SQLITE_ROW) {
        assert_true(count < table->count);
        const lb_view_column *column = &table->columns[count++];
        assert_string_equal(column->name, (const char *)sqlite3_column_text(read, 0));
        assert_string_equal(types[column->type], (const char *)sqlite3_column_text(read, 1));
        assert_int_equal(count <= table->keys ? (int)count : 0, sqlite3_column_int(read, 2));
    }
    assert_int_equal(count, table->count);
    sqlite3_finalize(read);
}

static void test_columns_types_and_keys_are_those_of_the_schema(void **state)
{
    lb_scratch folder;
    sqlite3 *database = open_view(&folder);

    (void)state;
    for (int i = 0; i < LB_VIEW_TABLE_COUNT; i++)
        compare_columns(database, &lb_view_tables[i]);
    sqlite3_close(database);
    scratch_remove(&folder);
}

static void test_every_table_of_the_schema_is_described(void **state)
{
    lb_scratch folder;
    sqlite3 *database = open_view(&folder);
    sqlite3_stmt *read = prepare(database,
                                 "SELECT count(*) FROM sqlite_master WHERE type = 'table'"
                                 " AND name NOT IN ('applied') AND name NOT LIKE 'sqlite_%'",
                                 NULL);

    (void)state;
    assert_int_equal(sqlite3_step(read), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int(read, 0), LB_VIEW_TABLE_COUNT);
    sqlite3_finalize(read);
    sqlite3_close(database);
    scratch_remove(&folder);
}

static void test_a_row_is_read_as_it_was_written(void **state)
{
    const lb_view_table *table = &lb_view_tables[LB_TABLE_CALL];
    const lb_view_call row = {
        .place = LB_SPAN("CNULZ"), .day = 20524, .object = LB_SPAN("train:X1")};
    lb_view_call back;
    lb_scratch folder;
    sqlite3 *database = open_view(&folder);
    sqlite3_stmt *insert = prepare(database, table->insert, NULL);

    (void)state;
    lb_view_row_bind(table, insert, &row);
    assert_int_equal(sqlite3_step(insert), SQLITE_DONE);
    sqlite3_finalize(insert);
    sqlite3_stmt *read = prepare(database, "SELECT " LB_VIEW_COLUMNS(CALL) " FROM call", NULL);
    assert_int_equal(sqlite3_step(read), SQLITE_ROW);
    lb_view_row_read(table, read, &back);
    assert_true(lb_span_equal(back.place, row.place));
    assert_int_equal(back.day, row.day);
    assert_true(lb_span_equal(back.object, row.object));
    sqlite3_finalize(read);
    sqlite3_close(database);
    scratch_remove(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns_types_and_keys_are_those_of_the_schema),
        cmocka_unit_test(test_every_table_of_the_schema_is_described),
        cmocka_unit_test(test_a_row_is_read_as_it_was_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
