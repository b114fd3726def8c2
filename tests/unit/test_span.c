/* test_span - borrowed bytes: cutting, trimming, numbers, joining. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "landbridge/client/event.h"

static void expect_fields(const char *text, const char *const *want, size_t count)
{
    lb_span rest = lb_span_of(text), field;
    for (size_t i = 0; i < count; i++) {
        assert_true(lb_span_cut(&rest, '/', &field));
        if (!lb_span_is(field, want[i]))
            fail_msg("field %zu of '%s' is '%.*s'", i, text, LB_ARG(field));
    }
    assert_false(lb_span_cut(&rest, '/', &field));
}

static void test_empty_fields_are_kept(void **state)
{
    (void)state;
    expect_fields("a//b", (const char *const[]){"a", "", "b"}, 3);
    expect_fields("a/", (const char *const[]){"a", ""}, 2);
    expect_fields("/", (const char *const[]){"", ""}, 2);
    expect_fields("", (const char *const[]){""}, 1);
    expect_fields("abc", (const char *const[]){"abc"}, 1);
}

static void test_nothing_is_cut_from_nothing(void **state)
{
    (void)state;
    lb_span rest = LB_EMPTY, field = LB_SPAN("of an earlier cut");
    assert_false(lb_span_cut(&rest, '/', &field));
    assert_true(lb_span_is(field, "of an earlier cut"));
}

static void test_blanks_go_from_both_ends_only(void **state)
{
    (void)state;
    assert_true(lb_span_is(lb_span_trim(LB_SPAN(" \t a b \r\n")), "a b"));
    assert_int_equal(lb_span_trim(LB_SPAN(" \n ")).len, 0);
    assert_int_equal(lb_span_trim(LB_EMPTY).len, 0);
}

static void test_a_span_never_grows_beyond_its_bytes(void **state)
{
    (void)state;
    lb_span text = LB_SPAN("URC");
    assert_true(lb_span_is(lb_span_first(text, 2), "UR"));
    assert_true(lb_span_is(lb_span_first(text, 9), "URC"));
    assert_true(lb_span_is(lb_span_after(text, 1), "RC"));
    assert_int_equal(lb_span_after(text, 9).len, 0);
    assert_ptr_equal(lb_span_after(text, 9).at, text.at + 3);
    assert_true(lb_span_starts(text, "UR"));
    assert_false(lb_span_starts(text, "URCA"));
}

static void test_a_number_is_digits_and_nothing_else(void **state)
{
    (void)state;
    static const char *const bad[] = {"",   "+1",  "-1",  " 1",
                                      "1 ", "1.0", "0x1", "1234567890123456789"};
    int64_t value = 77;
    assert_true(lb_span_number(LB_SPAN("007"), &value));
    assert_int_equal(value, 7);
    assert_true(lb_span_number(LB_SPAN("999999999999999999"), &value));
    assert_true(value == INT64_C(999999999999999999));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        value = 77;
        assert_false(lb_span_number(lb_span_of(bad[i]), &value));
        assert_int_equal(value, 77);
    }
}

static void test_a_decimal_is_scaled_without_floating_point(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int digits;
        int64_t want;
    } good[] = {
        {"812.5", 3, 812500},
        {"812,5", 3, 812500},
        {"30", 3, 30000},
        {".5", 1, 5},
        {"5.", 1, 50},
        {"-0.5", 0, -1},
        {"0.4999", 0, 0},
        {"0.5", 0, 1},
        {"1.2345", 3, 1235},
        {"-1.2345", 3, -1235},
        {"+87.6", 7, 876000000},
        {"-179.99999995", 7, INT64_C(-1800000000)},
        {"999999999999", 0, INT64_C(999999999999)},
        {"99999999999.9999999", 7, INT64_C(999999999999999999)},
    };
    static const char *const bad[] = {"",    ".",  "-",   "1.2.3",        "1,2.3",
                                      "12a", " 1", "1e3", "1234567890123"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        int64_t got = 0;
        if (!lb_span_decimal(lb_span_of(good[i].text), good[i].digits, &got) || got != good[i].want)
            fail_msg("'%s' with %d digits gives %lld", good[i].text, good[i].digits,
                     (long long)got);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int64_t got = 77;
        if (lb_span_decimal(lb_span_of(bad[i]), 3, &got) || got != 77)
            fail_msg("'%s' is taken for %lld", bad[i], (long long)got);
    }
}

static void test_more_digits_than_degrees_have_are_our_own_mistake(void **state)
{
    (void)state;
    int64_t got = 77;
    assert_false(lb_span_decimal(LB_SPAN("1"), 8, &got));
    assert_false(lb_span_decimal(LB_SPAN("1"), -1, &got));
    assert_int_equal(got, 77);
}

static void test_joined_text_is_cut_at_its_room(void **state)
{
    (void)state;
    char out[8];
    const lb_span parts[] = {LB_SPAN("CN"), LB_EMPTY, LB_SPAN("ULZ"), LB_SPAN("|GTIN")};
    assert_int_equal(lb_span_join(out, sizeof out, parts, 3), 5);
    assert_string_equal(out, "CNULZ");
    assert_int_equal(lb_span_join(out, sizeof out, parts, 4), 7);
    assert_string_equal(out, "CNULZ|G");
    assert_int_equal(lb_span_join(out, 1, parts, 4), 0);
    assert_string_equal(out, "");
    lb_span_to_text(out, sizeof out, LB_SPAN("longer than there is room"));
    assert_int_equal(strlen(out), sizeof out - 1);
    char row[8] = "", *at = row;
    assert_true(lb_span_is(lb_span_append(&at, LB_SPAN("abc")), "abc"));
    assert_int_equal(lb_span_append(&at, LB_EMPTY).len, 0);
    assert_true(lb_span_is(lb_span_append(&at, LB_SPAN("de")), "de"));
    assert_memory_equal(row, "abcde", 5);
    assert_ptr_equal(at, row + 5);
}

static void test_any_number_can_be_printed(void **state)
{
    (void)state;
    char out[LB_NUMBER_ROOM];
    assert_true(lb_span_is(lb_span_print_number(out, 0), "0"));
    assert_true(lb_span_is(lb_span_print_number(out, -480), "-480"));
    assert_true(lb_span_is(lb_span_print_number(out, INT64_MAX), "9223372036854775807"));
    assert_true(lb_span_is(lb_span_print_number(out, INT64_MIN), "-9223372036854775808"));
}

static void test_spans_are_ordered_by_bytes_and_the_shorter_first(void **state)
{
    (void)state;
    assert_true(lb_span_compare(LB_SPAN("AB"), LB_SPAN("ABC")) < 0);
    assert_true(lb_span_compare(LB_SPAN("B"), LB_SPAN("ABC")) > 0);
    assert_true(lb_span_compare(LB_SPAN("\xc3"), LB_SPAN("z")) > 0);
    assert_int_equal(lb_span_compare(LB_EMPTY, LB_SPAN("")), 0);
    assert_true(lb_span_equal(LB_EMPTY, LB_SPAN("")));
    assert_int_equal(lb_span_of(NULL).len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty_fields_are_kept),
        cmocka_unit_test(test_nothing_is_cut_from_nothing),
        cmocka_unit_test(test_blanks_go_from_both_ends_only),
        cmocka_unit_test(test_a_span_never_grows_beyond_its_bytes),
        cmocka_unit_test(test_a_number_is_digits_and_nothing_else),
        cmocka_unit_test(test_a_decimal_is_scaled_without_floating_point),
        cmocka_unit_test(test_more_digits_than_degrees_have_are_our_own_mistake),
        cmocka_unit_test(test_joined_text_is_cut_at_its_room),
        cmocka_unit_test(test_any_number_can_be_printed),
        cmocka_unit_test(test_spans_are_ordered_by_bytes_and_the_shorter_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
