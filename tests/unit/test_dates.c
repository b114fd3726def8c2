/* test_dates.c - days and times are read in every spreadsheet notation, and never guessed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dates.h"

static void assert_reads(const char *text, const char *expected, lb_precision prec)
{
    lb_civil civil = {0};
    int64_t offset_min = 0;
    lb_precision got;
    char shown[40];
    if (!lb_dates_read(lb_span_of(text), &civil, &offset_min, &got))
        fail_msg("'%s' is not read", text);
    snprintf(shown, sizeof shown, "%04d-%02d-%02d %02d:%02d:%02d %s", civil.year, civil.month,
             civil.day, civil.hour, civil.minute, civil.second,
             offset_min == LB_UNKNOWN ? "local" : "zoned");
    assert_string_equal(shown, expected);
    assert_int_equal(got, prec);
}

static void test_every_form_is_the_same_moment(void **state)
{
    (void)state;
    assert_reads("2026-03-12T09:05:00", "2026-03-12 09:05:00 local", LB_PRECISION_SECOND);
    assert_reads("2026-03-12 09:05", "2026-03-12 09:05:00 local", LB_PRECISION_MINUTE);
    assert_reads("2026/3/12 9:05", "2026-03-12 09:05:00 local", LB_PRECISION_MINUTE);
    assert_reads("12.03.2026 09:05:30", "2026-03-12 09:05:30 local", LB_PRECISION_SECOND);
    assert_reads("12.3.2026", "2026-03-12 00:00:00 local", LB_PRECISION_DAY);
    assert_reads("20260312", "2026-03-12 00:00:00 local", LB_PRECISION_DAY);
    assert_reads("202603120905", "2026-03-12 09:05:00 local", LB_PRECISION_MINUTE);
    assert_reads("20260312090507", "2026-03-12 09:05:07 local", LB_PRECISION_SECOND);
    assert_reads("2026-03-12T09:05:00+08:00", "2026-03-12 09:05:00 zoned", LB_PRECISION_SECOND);
    assert_reads(" 2026-03-12 09:05:00Z ", "2026-03-12 09:05:00 zoned", LB_PRECISION_SECOND);
}

static void test_a_text_that_is_no_time_is_not_read(void **state)
{
    static const char *const texts[] = {
        "",        "soon",          "12/03/2026",           "12.03.26",
        "2026-03", "2026-03-12 xx", "2026-03-12 09:05 but", "09:05",
        "1234567", "2026-03-12 09"};
    lb_civil civil;
    int64_t offset_min;
    lb_precision prec;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (lb_dates_read(lb_span_of(texts[i]), &civil, &offset_min, &prec))
            fail_msg("'%s' is read", texts[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_form_is_the_same_moment),
        cmocka_unit_test(test_a_text_that_is_no_time_is_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
