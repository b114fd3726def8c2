/* test_meter.c - rate limits with a burst, for each party. */
#include "base/meter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000)

enum { RATE = 100 };

static void test_two_seconds_worth_pass_at_once(void **state)
{
    lb_bucket bucket = {0};
    int64_t passed = 0;

    (void)state;
    while (lb_bucket_wait_us(&bucket, RATE, SECOND) == 0) {
        lb_bucket_spend(&bucket, 1);
        passed++;
    }
    assert_int_equal(passed, 2 * RATE);
}

static void test_in_the_long_run_the_rate_passes(void **state)
{
    lb_bucket bucket = {0};
    int64_t passed = 0;

    (void)state;
    for (int64_t at_us = SECOND; at_us < 61 * SECOND; at_us += SECOND / 1000)
        if (lb_bucket_wait_us(&bucket, RATE, at_us) == 0) {
            lb_bucket_spend(&bucket, 1);
            passed++;
        }
    assert_in_range(passed, 62 * RATE - 2, 62 * RATE + 2); /* two seconds' worth, and a minute's */
}

static void test_one_large_request_passes_and_leaves_a_debt(void **state)
{
    lb_bucket bucket = {0};

    (void)state;
    assert_int_equal(lb_bucket_wait_us(&bucket, RATE, SECOND), 0);
    lb_bucket_spend(&bucket, 12 * RATE);
    int64_t wait_us = lb_bucket_wait_us(&bucket, RATE, SECOND);
    assert_in_range(wait_us, 10 * SECOND, 10 * SECOND + 1);
    assert_int_not_equal(lb_bucket_wait_us(&bucket, RATE, SECOND + wait_us - 2), 0);
    assert_int_equal(lb_bucket_wait_us(&bucket, RATE, SECOND + wait_us), 0);
}

static void test_a_clock_that_goes_back_adds_no_budget(void **state)
{
    lb_bucket bucket = {0};

    (void)state;
    assert_int_equal(lb_bucket_wait_us(&bucket, RATE, 10 * SECOND), 0);
    lb_bucket_spend(&bucket, 3 * RATE);
    assert_int_not_equal(lb_bucket_wait_us(&bucket, RATE, 5 * SECOND), 0);
}

/* -- meters of parties ------------------------------------------------------------------------- */

static lb_meter *meter_of(lb_meters *meters, const char *name, size_t number)
{
    const lb_permission permission = {.name = lb_span_of(name), .number = number};
    lb_meter *meter = lb_meters_of(meters, &permission);

    assert_non_null(meter);
    return meter;
}

static void test_a_party_keeps_its_meter_when_the_book_is_made_anew(void **state)
{
    static const char *const names[] = {"acme", "cz-cargo", "lianhe", "bench"};
    lb_meters meters = {0};

    (void)state;
    for (size_t i = 0; i < 4; i++)
        meter_of(&meters, names[i], i)->open = (int64_t)i + 1;
    /* parties are added and removed: their numbers change */
    for (size_t shift = 0; shift < 7; shift++)
        for (size_t i = 0; i < 4; i++)
            assert_int_equal(meter_of(&meters, names[i], (i + shift) % 7)->open, i + 1);
    assert_int_equal(lb_meters_find(&meters, LB_SPAN("lianhe"))->open, 3);
    assert_null(lb_meters_find(&meters, LB_SPAN("nobody")));
    lb_meters_fini(&meters);
}

static void test_a_new_party_begins_at_nothing(void **state)
{
    lb_meters meters = {0};

    (void)state;
    meter_of(&meters, "acme", 0)->open = 5;
    assert_int_equal(meter_of(&meters, "before-acme", 0)->open, 0);
    assert_int_equal(meter_of(&meters, "acme", 1)->open, 5);
    lb_meters_fini(&meters);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_seconds_worth_pass_at_once),
        cmocka_unit_test(test_in_the_long_run_the_rate_passes),
        cmocka_unit_test(test_one_large_request_passes_and_leaves_a_debt),
        cmocka_unit_test(test_a_clock_that_goes_back_adds_no_budget),
        cmocka_unit_test(test_a_party_keeps_its_meter_when_the_book_is_made_anew),
        cmocka_unit_test(test_a_new_party_begins_at_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
