/* test_csv.c - tables of all spreadsheets are read, and each cell knows its row and its bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "csv.h"

enum { CONTAINER, TIME, REMARK };

static int name_column(lb_span name)
{
    static const struct {
        const char *name;
        int column;
    } names[] = {
        {"container", CONTAINER},
        {"\xE7\xAE\xB1\xE5\x8F\xB7", CONTAINER}, /* 箱号 */
        {"\xD0\x9A\xD0\xBE\xD0\xBD\xD1\x82\xD0\xB5\xD0\xB9\xD0\xBD\xD0\xB5\xD1\x80", CONTAINER},
        {"time", TIME},
        {"\xE6\x97\xB6\xE9\x97\xB4", TIME}, /* 时间 */
        {"\xD0\x92\xD1\x80\xD0\xB5\xD0\xBC\xD1\x8F", TIME},
        {"remark", REMARK},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (lb_span_is(name, names[i].name))
            return names[i].column;
    return -1;
}

static int open_sink(void **state)
{
    lb_sink *sink = NULL;
    if (lb_sink_open(&sink, 64 * 1024 * 1024) != LB_OK)
        return -1;
    *state = sink;
    return 0;
}

static int close_sink(void **state)
{
    lb_sink *sink = *state;
    lb_sink_close(&sink);
    return 0;
}

static lb_csv table; /* too large for many stacks */

static void open_bytes(void **state, lb_span bytes)
{
    const lb_reading reading = {0, lb_source_default()};
    assert_true(lb_csv_open(&table, &reading, bytes, *state, name_column, 2));
}

static void assert_cell(int column, const char *expected)
{
    lb_span cell = lb_csv_cell(&table, NULL, column);
    assert_int_equal(cell.len, strlen(expected));
    assert_memory_equal(cell.at, expected, cell.len);
}

static void test_each_delimiter_is_found(void **state)
{
    static const char *const tables[] = {
        "container,time\nLBKU2048176,12.03.2026\n", "container;time\r\nLBKU2048176;12.03.2026",
        "container\ttime\rLBKU2048176\t12.03.2026\r", "container|time\nLBKU2048176|12.03.2026\n"};
    for (size_t i = 0; i < 4; i++) {
        open_bytes(state, lb_span_of(tables[i]));
        assert_true(lb_csv_row(&table));
        assert_cell(CONTAINER, "LBKU2048176");
        assert_cell(TIME, "12.03.2026");
        assert_false(lb_csv_row(&table));
    }
}

static void test_a_title_may_stand_above_the_header(void **state)
{
    open_bytes(state, LB_SPAN("Gate list of 12 March\n\ntime;container\n10:05;LBKU2048176\n"));
    assert_true(lb_csv_row(&table));
    assert_int_equal(table.row, 4);
    assert_cell(CONTAINER, "LBKU2048176");
    assert_false(lb_csv_has(&table, REMARK));
    assert_cell(TIME, "10:05");
}

static void test_quotes_hide_delimiters_and_line_ends(void **state)
{
    open_bytes(state, LB_SPAN("container,remark\nLBKU2048176,\"one, \"\"two\"\"\nthree\"\nX,y\n"));
    assert_true(lb_csv_row(&table));
    assert_cell(REMARK, "one, \"two\"\nthree");
    assert_true(lb_csv_row(&table));
    assert_int_equal(table.row, 3);
    assert_cell(CONTAINER, "X");
}

static void test_a_short_row_has_empty_cells(void **state)
{
    open_bytes(state, LB_SPAN("container,time,remark\nLBKU2048176\n\n,,\nX,,z\n"));
    assert_true(lb_csv_row(&table));
    assert_cell(REMARK, "");
    assert_true(lb_csv_row(&table));
    assert_int_equal(table.row, 5);
    assert_cell(REMARK, "z");
}

static void test_a_cell_points_into_the_message(void **state)
{
    static const char bytes[] = "container;time\n\"LBKU2048176\";1\n";
    open_bytes(state, LB_SPAN(bytes));
    assert_true(lb_csv_row(&table));
    assert_ptr_equal(lb_csv_where(&table, CONTAINER).at, bytes + 16);
    assert_ptr_equal(lb_csv_cell(&table, NULL, CONTAINER).at, bytes + 16);
}

static void test_gb18030_is_found_by_the_names_of_columns(void **state)
{
    /* 箱号,时间 and a remark of two characters */
    open_bytes(
        state,
        LB_SPAN("\xCF\xE4\xBA\xC5,\xCA\xB1\xBC\xE4,remark\nLBKU2048176,1,\xD0\xC2\xBD\xAE\n"));
    assert_true(lb_csv_row(&table));
    assert_string_equal(table.charset, "GB18030");
    assert_cell(REMARK, "\xE6\x96\xB0\xE7\x96\x86");
}

static void test_windows_1251_is_found_by_the_names_of_columns(void **state)
{
    static const char bytes[] =
        "\xCA\xEE\xED\xF2\xE5\xE9\xED\xE5\xF0;\xC2\xF0\xE5\xEC\xFF;remark\nTKRU1;2;x\n";
    open_bytes(state, LB_SPAN(bytes));
    assert_true(lb_csv_row(&table));
    assert_string_equal(table.charset, "CP1251");
    assert_cell(CONTAINER, "TKRU1");
    assert_int_equal(lb_csv_probe(LB_SPAN(bytes), name_column), 3);
}

static void test_utf16_is_read_by_its_mark(void **state)
{
    static const char text[] = "container\ttime\tremark\nAB\t1\tx\n";
    char bytes[2 * sizeof text + 2] = "\xFF\xFE";
    for (size_t i = 0; i + 1 < sizeof text; i++) {
        bytes[2 + 2 * i] = text[i];
        bytes[3 + 2 * i] = '\0';
    }
    lb_span message = {bytes, 2 * sizeof text};
    open_bytes(state, message);
    assert_true(lb_csv_row(&table));
    assert_cell(CONTAINER, "AB");
    assert_int_equal(lb_csv_probe(message, name_column), 3);
}

static void test_a_table_without_known_columns_is_not_opened(void **state)
{
    const lb_reading reading = {0, lb_source_default()};
    assert_false(lb_csv_open(&table, &reading, LB_SPAN("a,b\n1,2\n"), *state, name_column, 2));
    assert_false(lb_csv_open(&table, &reading, LB_EMPTY, *state, name_column, 2));
    assert_int_equal(lb_csv_probe(LB_SPAN("FSU/14\n784-30418264"), name_column), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_delimiter_is_found),
        cmocka_unit_test(test_a_title_may_stand_above_the_header),
        cmocka_unit_test(test_quotes_hide_delimiters_and_line_ends),
        cmocka_unit_test(test_a_short_row_has_empty_cells),
        cmocka_unit_test(test_a_cell_points_into_the_message),
        cmocka_unit_test(test_gb18030_is_found_by_the_names_of_columns),
        cmocka_unit_test(test_windows_1251_is_found_by_the_names_of_columns),
        cmocka_unit_test(test_utf16_is_read_by_its_mark),
        cmocka_unit_test(test_a_table_without_known_columns_is_not_opened),
    };
    return cmocka_run_group_tests(tests, open_sink, close_sink);
}
