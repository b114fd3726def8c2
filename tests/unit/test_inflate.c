/* test_inflate.c - base64 and zlib: what real senders write, damage, and the limit. */
#include "inflate.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* "rail freight " sixteen times, 208 bytes, in zlib */
static const char zlib_of_208[] =
    "\x78\xda\x2b\x4a\xcc\xcc\x51\x48\x2b\x4a\xcd\x4c\xcf\x28\x51\x28\x1a\xfa\x1c\x00"
    "\x88\x99\x4d\x11";

static int open_sink(void **state)
{
    lb_sink *sink = NULL;
    assert_int_equal(lb_sink_open(&sink, 1024 * 1024), LB_OK);
    *state = sink;
    return 0;
}

static int close_sink(void **state)
{
    lb_sink *sink = *state;
    lb_sink_close(&sink);
    return 0;
}

static void assert_base64(lb_sink *sink, const char *text, const char *bytes)
{
    lb_span got = LB_EMPTY;
    assert_true(lb_base64_read(sink, lb_span_of(text), &got));
    assert_int_equal(got.len, strlen(bytes));
    assert_memory_equal(got.at, bytes, got.len);
}

static void test_base64_has_one_two_or_three_bytes_at_its_end(void **state)
{
    assert_base64(*state, "dHJhaW4=", "train");
    assert_base64(*state, "dHJhaW4", "train");
    assert_base64(*state, "d2Fnb25z", "wagons");
    assert_base64(*state, "cmFpbA==", "rail");
    assert_base64(*state, " d2Fn\r\n b25z\n", "wagons");
}

static void test_what_is_no_base64_is_none(void **state)
{
    lb_span got;
    assert_false(lb_base64_read(*state, LB_SPAN("d2Fn-b25z"), &got));
    assert_false(lb_base64_read(*state, LB_SPAN("d2Fnb"), &got));
    assert_false(lb_base64_read(*state, LB_SPAN("dHJh=aW4"), &got));
    assert_false(lb_base64_read(*state, LB_SPAN("cmFpbA==="), &got));
}

static void test_the_limit_is_what_may_come_out(void **state)
{
    lb_span packed = LB_SPAN(zlib_of_208), got = LB_EMPTY;
    assert_int_equal(lb_inflate(*state, packed, 207, &got), LB_INFLATED_TOO_MUCH);
    assert_int_equal(lb_inflate(*state, packed, 208, &got), LB_INFLATED_OK);
    assert_int_equal(got.len, 208);
    assert_memory_equal(got.at + 195, "rail freight ", 13);
    assert_int_equal(lb_inflate(*state, packed, 209, &got), LB_INFLATED_OK);
}

static void test_every_cut_and_every_flipped_byte_is_noticed(void **state)
{
    char copy[sizeof zlib_of_208 - 1];
    lb_span got;
    for (size_t len = 0; len < sizeof copy; len++)
        assert_int_equal(lb_inflate(*state, (lb_span){zlib_of_208, len}, 1000, &got),
                         LB_INFLATED_CUT_SHORT);
    for (size_t i = 0; i < sizeof copy; i++) {
        memcpy(copy, zlib_of_208, sizeof copy);
        copy[i] = (char)(copy[i] ^ 0x10);
        assert_int_not_equal(lb_inflate(*state, (lb_span){copy, sizeof copy}, 1000, &got),
                             LB_INFLATED_OK);
    }
}

static void test_bytes_behind_the_end_are_damage(void **state)
{
    char copy[sizeof zlib_of_208] = {0};
    lb_span got;
    memcpy(copy, zlib_of_208, sizeof copy);
    assert_int_equal(lb_inflate(*state, (lb_span){copy, sizeof copy}, 1000, &got),
                     LB_INFLATED_DAMAGED);
    assert_true(lb_is_zlib(LB_SPAN(zlib_of_208)));
    assert_false(lb_is_zlib(LB_SPAN("<?xml")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_base64_has_one_two_or_three_bytes_at_its_end,
                                        open_sink, close_sink),
        cmocka_unit_test_setup_teardown(test_what_is_no_base64_is_none, open_sink, close_sink),
        cmocka_unit_test_setup_teardown(test_the_limit_is_what_may_come_out, open_sink, close_sink),
        cmocka_unit_test_setup_teardown(test_every_cut_and_every_flipped_byte_is_noticed, open_sink,
                                        close_sink),
        cmocka_unit_test_setup_teardown(test_bytes_behind_the_end_are_damage, open_sink,
                                        close_sink),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
