/* test_time - civil time, zones with their history, missing years. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "landbridge/client/time.h"

static int64_t at(const char *text)
{
    int64_t us = LB_UNKNOWN;
    if (!lb_time_read(lb_span_of(text), &us))
        fail_msg("%s is not read", text);
    return us;
}

static void test_days_are_counted_from_1970(void **state)
{
    (void)state;
    assert_true(at("1970-01-01") == 0);
    assert_true(at("2000-03-01T00:00:00Z") == INT64_C(951868800000000));
    assert_true(at("1969-12-31T23:59:59Z") == -LB_SECOND_US);
    for (int64_t day = -200000; day < 200000; day += 97) {
        lb_civil civil;
        lb_civil_from_day(day, &civil);
        assert_true(lb_civil_is_valid(&civil));
        assert_true(lb_civil_day(&civil) == day);
    }
}

static void test_only_days_that_exist_are_valid(void **state)
{
    (void)state;
    lb_civil leap = {.year = 2024, .month = 2, .day = 29};
    assert_true(lb_civil_is_valid(&leap));
    leap.year = 2026;
    assert_false(lb_civil_is_valid(&leap));
    lb_civil late = {.year = 2026, .month = 3, .day = 12, .hour = 24};
    assert_false(lb_civil_is_valid(&late));
}

static void offset(const char *zone, const char *when, int want)
{
    const lb_zone *found = lb_zone_find(lb_span_of(zone));
    assert_non_null(found);
    int got = lb_zone_offset_at(found, at(when));
    if (got != want)
        fail_msg("%s at %s: %d, not %d", zone, when, got, want);
}

static void test_kazakhstan_changed_its_clock_on_1_march_2024(void **state)
{
    (void)state;
    offset("Asia/Almaty", "2024-02-29T17:59:59Z", 360);
    offset("Asia/Almaty", "2024-02-29T18:00:00Z", 300);
    offset("Asia/Shanghai", "2026-07-01T00:00:00Z", 480);
}

static void test_summer_time_begins_and_ends_on_sundays(void **state)
{
    (void)state;
    offset("Europe/Berlin", "2026-03-29T00:59:59Z", 60);
    offset("Europe/Berlin", "2026-03-29T01:00:00Z", 120);
    offset("Europe/Berlin", "2026-10-25T00:59:59Z", 120);
    offset("Europe/Berlin", "2026-10-25T01:00:00Z", 60);
    offset("America/New_York", "2026-03-08T06:59:59Z", -300);
    offset("America/New_York", "2026-03-08T07:00:00Z", -240);
    offset("America/New_York", "2026-11-01T06:00:00Z", -300);
}

static void test_an_hour_that_occurs_twice_is_the_first(void **state)
{
    (void)state;
    const lb_zone *berlin = lb_zone_find(LB_SPAN("Europe/Berlin"));
    lb_civil twice = {.year = 2026, .month = 10, .day = 25, .hour = 2, .minute = 30};
    assert_int_equal(lb_zone_offset_for(berlin, &twice), 120);
    twice.hour = 3;
    assert_int_equal(lb_zone_offset_for(berlin, &twice), 60);
}

static void iso(const char *text, const char *utc, int64_t want_offset)
{
    lb_civil civil;
    int64_t offset_min;
    if (!lb_civil_iso(lb_span_of(text), &civil, &offset_min))
        fail_msg("%s is not read", text);
    assert_true(offset_min == want_offset);
    int64_t us = lb_civil_to_utc(&civil, offset_min == LB_UNKNOWN ? 0 : (int)offset_min);
    if (us != at(utc))
        fail_msg("%s is not %s", text, utc);
}

static void test_iso_times_are_read_with_every_zone_that_is_sent(void **state)
{
    (void)state;
    iso("2026-03-12T09:15:00+08:00", "2026-03-12T01:15:00Z", 480);
    iso("2026-03-12T09:15:00+0800", "2026-03-12T01:15:00Z", 480);
    iso("2026-03-12T02:00:00+1:00", "2026-03-12T01:00:00Z", 60);
    iso("2026-03-12T01:15:00.250Z", "2026-03-12T01:15:00.250Z", 0);
    iso("2026-03-12T01:15", "2026-03-12T01:15:00Z", LB_UNKNOWN);
    iso("2026-03-12", "2026-03-12T00:00:00Z", LB_UNKNOWN);
    lb_civil civil;
    int64_t offset_min;
    assert_false(lb_civil_iso(LB_SPAN("2026-03-12T01"), &civil, &offset_min));
    assert_false(lb_civil_iso(LB_SPAN("2026-03-12T01:15:00+99:00"), &civil, &offset_min));
    assert_false(lb_civil_iso(LB_SPAN("12.03.2026"), &civil, &offset_min));
}

static int guess(const char *received, int month, int day, int before, int after)
{
    lb_civil civil = {.month = month, .day = day};
    return lb_civil_guess_year(&civil, at(received), before, after) ? civil.year : 0;
}

static void test_the_year_that_was_not_sent_is_the_nearest(void **state)
{
    (void)state;
    assert_int_equal(guess("2026-01-01T00:10:00Z", 12, 31, 335, 2), 2025);
    assert_int_equal(guess("2025-12-30T12:00:00Z", 1, 2, 30, 335), 2026);
    assert_int_equal(guess("2026-03-12T12:00:00Z", 3, 12, 335, 2), 2026);
    assert_int_equal(guess("2025-02-01T12:00:00Z", 2, 29, 400, 2), 2024);
    assert_int_equal(guess("2026-02-01T12:00:00Z", 2, 29, 335, 2), 0);
}

static void test_terminals_count_in_bcd(void **state)
{
    (void)state;
    lb_civil civil;
    static const uint8_t good[] = {0x26, 0x03, 0x12, 0x10, 0x05, 0x59},
                         bad[] = {0x26, 0x0a, 1, 1, 1, 1};
    assert_true(lb_civil_bcd(good, &civil));
    assert_int_equal(civil.year, 2026);
    assert_int_equal(civil.second, 59);
    assert_false(lb_civil_bcd(bad, &civil));
}

static void test_a_time_is_printed_with_its_zone(void **state)
{
    (void)state;
    char text[LB_TIME_ROOM];
    lb_time_print(text, sizeof text, at("2026-03-12T01:15:00Z"), 480);
    assert_string_equal(text, "2026-03-12T09:15:00+08:00");
    lb_time_print(text, sizeof text, at("2026-03-12T01:15:00.5Z"), 0);
    assert_string_equal(text, "2026-03-12T01:15:00.500000Z");
    lb_time_print(text, sizeof text, at("2026-03-12T01:15:00Z"), -210);
    assert_string_equal(text, "2026-03-11T21:45:00-03:30");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_days_are_counted_from_1970),
        cmocka_unit_test(test_only_days_that_exist_are_valid),
        cmocka_unit_test(test_kazakhstan_changed_its_clock_on_1_march_2024),
        cmocka_unit_test(test_summer_time_begins_and_ends_on_sundays),
        cmocka_unit_test(test_an_hour_that_occurs_twice_is_the_first),
        cmocka_unit_test(test_iso_times_are_read_with_every_zone_that_is_sent),
        cmocka_unit_test(test_the_year_that_was_not_sent_is_the_nearest),
        cmocka_unit_test(test_terminals_count_in_bcd),
        cmocka_unit_test(test_a_time_is_printed_with_its_zone),
    };
    return cmocka_run_group_tests_name("time", tests, NULL, NULL);
}
