/* test_ident - identifiers: check digits against known good and bad ones, normal forms, recognition by form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "landbridge/adapter/adapter.h"
#include "landbridge/client/ident.h"

static lb_sink *sink;

static int open_sink(void **state)
{
    (void)state;
    return lb_sink_open(&sink, 1024 * 1024) == LB_OK ? 0 : -1;
}

static int close_sink(void **state)
{
    (void)state;
    lb_sink_close(&sink);
    return 0;
}

static void check(lb_scheme scheme, const char *id, lb_check want)
{
    lb_check got = lb_ident_check(scheme, lb_span_of(id));
    if (got != want)
        fail_msg("%s %s: %s, not %s", lb_scheme_name(scheme), id, lb_check_name(got),
                 lb_check_name(want));
}

static void test_container_numbers_have_the_check_digit_of_iso_6346(void **state)
{
    (void)state;
    static const char *const good[] = {"CSQU3054383", "LBKU2048176", "XJLU3004155", "KZTU7150937",
                                       "TRKJ6400286", "LBKZ1182501", "LBKU2040350", "XJLU2041540"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        check(LB_SCHEME_ISO6346, good[i], LB_CHECK_OK);
    check(LB_SCHEME_ISO6346, "LBKU2048175", LB_CHECK_FAILED);
    check(LB_SCHEME_ISO6346, "LNBU1182508", LB_CHECK_FAILED);
    check(LB_SCHEME_ISO6346, "LBKU204817", LB_CHECK_MISSING);
    check(LB_SCHEME_ISO6346, "TRUCK", LB_CHECK_FAILED);
}

static void test_wagons_have_a_luhn_digit(void **state)
{
    (void)state;
    check(LB_SCHEME_UIC12, "218124712173", LB_CHECK_OK);
    check(LB_SCHEME_UIC12, "355108014406", LB_CHECK_OK);
    check(LB_SCHEME_UIC12, "333379300184", LB_CHECK_OK);
    check(LB_SCHEME_UIC12, "355108014407", LB_CHECK_FAILED);
    check(LB_SCHEME_OSJD8, "61204574", LB_CHECK_OK);
    check(LB_SCHEME_OSJD8, "94120862", LB_CHECK_OK);
    check(LB_SCHEME_OSJD8, "61204575", LB_CHECK_FAILED);
}

static void test_air_waybills_count_modulo_seven(void **state)
{
    (void)state;
    static const char *const good[] = {"784-30418264", "784-30418275", "999-44109380",
                                       "465-70123491", "235-88061212", "880-55619023",
                                       "784-30419056", "999-00042173"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        check(LB_SCHEME_AWB, good[i], LB_CHECK_OK);
    check(LB_SCHEME_AWB, "784-30418265", LB_CHECK_FAILED);
    check(LB_SCHEME_AWB, "999-44109381", LB_CHECK_FAILED);
}

static void test_logistic_units_and_vehicles_have_their_digits(void **state)
{
    (void)state;
    check(LB_SCHEME_SSCC, "106141412345678908", LB_CHECK_OK);
    check(LB_SCHEME_SSCC, "106141412345678907", LB_CHECK_FAILED);
    check(LB_SCHEME_VIN, "1M8GDM9AXKP042788", LB_CHECK_OK);
    check(LB_SCHEME_VIN, "1M8GDM9A1KP042788", LB_CHECK_FAILED);
    check(LB_SCHEME_PLATE, "新A12345", LB_CHECK_NOT_APPLICABLE);
}

static void normal(lb_scheme scheme, const char *raw, const char *want)
{
    lb_span got = lb_ident_normalise(sink, scheme, lb_span_of(raw));
    if (!lb_span_is(got, want))
        fail_msg("%s: '%.*s', not '%s'", raw, LB_ARG(got), want);
    assert_true(lb_span_equal(lb_ident_normalise(sink, scheme, got), got));
}

static void test_identifiers_are_written_one_way(void **state)
{
    (void)state;
    normal(LB_SCHEME_ISO6346, "lbku 204817-6", "LBKU2048176");
    normal(LB_SCHEME_UIC12, "21 81 2471 217-3", "218124712173");
    normal(LB_SCHEME_AWB, "784 30418264", "784-30418264");
    normal(LB_SCHEME_AWB, "78430418264", "784-30418264");
    normal(LB_SCHEME_PLATE, "新Ａ·１２３45", "新A12345");
    normal(LB_SCHEME_PLATE, "新a-12345", "新A12345");
    normal(LB_SCHEME_TRAIN_NO_DATE, "08173@2026-03-12", "8173@2026-03-12");
    normal(LB_SCHEME_FLIGHT_DATE, "HU005@2026-03-12", "HU5@2026-03-12");
    normal(LB_SCHEME_TERMINAL, "013912345678", "13912345678");
    normal(LB_SCHEME_ADHOC, " as it is ", "as it is");
}

static void guess(const char *raw, lb_kind kind, lb_scheme scheme)
{
    lb_kind got_kind;
    lb_scheme got_scheme;
    lb_ident_guess(lb_span_of(raw), &got_kind, &got_scheme);
    if (got_kind != kind || got_scheme != scheme)
        fail_msg("%s: %s %s", raw, lb_kind_name(got_kind), lb_scheme_name(got_scheme));
}

static void test_a_reference_is_known_by_its_shape(void **state)
{
    (void)state;
    guess("LBKU2048176", LB_KIND_CONTAINER, LB_SCHEME_ISO6346);
    guess("lbku 204817 6", LB_KIND_CONTAINER, LB_SCHEME_ISO6346);
    guess("355108014406", LB_KIND_WAGON, LB_SCHEME_UIC12);
    guess("61204574", LB_KIND_WAGON, LB_SCHEME_OSJD8);
    guess("784-30418264", LB_KIND_CONSIGNMENT, LB_SCHEME_AWB);
    guess("新A12345", LB_KIND_TRUCK, LB_SCHEME_PLATE);
    guess("X8173@2026-03-12", LB_KIND_TRAIN, LB_SCHEME_TRAIN_NO_DATE);
    guess("CZ5417@2026-03-12", LB_KIND_FLIGHT, LB_SCHEME_FLIGHT_DATE);
    guess("hello", LB_KIND_UNSPECIFIED, LB_SCHEME_ADHOC);
}

static void test_teu_come_from_the_first_character_of_the_size_type(void **state)
{
    (void)state;
    assert_int_equal(lb_ident_milli_teu(LB_SPAN("22G1")), 1000);
    assert_int_equal(lb_ident_milli_teu(LB_SPAN("45G1")), 2000); /* 40 ft high cube */
    assert_int_equal(lb_ident_milli_teu(LB_SPAN("L5G1")), 2250); /* 45 ft */
    assert_int_equal(lb_ident_milli_teu(LB_SPAN("2210")), 1000);
    assert_true(lb_ident_milli_teu(LB_SPAN("?")) == LB_UNKNOWN);
}

static void test_the_key_of_an_object_names_its_kind(void **state)
{
    (void)state;
    char key[LB_KEY_ROOM];
    lb_object object = {.kind = LB_KIND_CONTAINER, .id = LB_SPAN("LBKU2048176")};
    lb_object_key_print(key, sizeof key, &object);
    assert_string_equal(key, "container:LBKU2048176");
    object = (lb_object){
        .kind = LB_KIND_CONSIGNMENT, .scheme = LB_SCHEME_AWB, .id = LB_SPAN("784-30418264")};
    lb_object_key_print(key, sizeof key, &object);
    assert_string_equal(key, "awb:784-30418264");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_container_numbers_have_the_check_digit_of_iso_6346),
        cmocka_unit_test(test_wagons_have_a_luhn_digit),
        cmocka_unit_test(test_air_waybills_count_modulo_seven),
        cmocka_unit_test(test_logistic_units_and_vehicles_have_their_digits),
        cmocka_unit_test(test_identifiers_are_written_one_way),
        cmocka_unit_test(test_a_reference_is_known_by_its_shape),
        cmocka_unit_test(test_teu_come_from_the_first_character_of_the_size_type),
        cmocka_unit_test(test_the_key_of_an_object_names_its_kind),
    };
    return cmocka_run_group_tests_name("ident", tests, open_sink, close_sink);
}
