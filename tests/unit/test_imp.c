/* test_imp.c - the building blocks of Cargo-IMP. */
#include "imp_header.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static lb_imp_quantity quantity(const char *text)
{
    lb_imp_quantity q = {.kind = '?'};

    lb_imp_quantity_read(lb_span_of(text), &q);
    return q;
}

static void test_quantities_of_all_shapes_are_read(void **state)
{
    (void)state;
    assert_int_equal(quantity("T24K812.5").pieces, 24);
    assert_int_equal(quantity("T24K812.5").gross_g, 812500);
    assert_int_equal(quantity("P8K240.0T40").total, 40);
    assert_int_equal(quantity("P8T40").total, 40);
    assert_int_equal(quantity("P8T40").gross_g, LB_UNKNOWN);
    assert_int_equal(quantity("T24").total, LB_UNKNOWN);
    assert_int_equal(quantity("T1K84,275").gross_g, 84275);
    assert_int_equal(quantity("T2L100").gross_g, 45359); /* pounds */
    assert_int_equal(quantity("T1K0").gross_g, 0);
}

static void test_volumes_and_densities_stand_behind_the_weight(void **state)
{
    int64_t grams, ml;
    (void)state;
    assert_int_equal(quantity("T24K812.5MC4.60").volume_ml, 4600000);
    assert_int_equal(quantity("P8K240.0MC1.55T40").total, 40);
    assert_int_equal(quantity("T24K812.5DG6").pieces, 24);
    assert_int_equal(quantity("T24K812.5DG6").volume_ml, LB_UNKNOWN);
    assert_int_equal(quantity("T24K812.5MC").kind, '?');
    assert_true(lb_imp_measures_read(LB_SPAN("K1500.0MC9.5"), &grams, &ml));
    assert_true(grams == 1500000 && ml == 9500000);
    assert_true(lb_imp_measures_read(LB_SPAN("MC30"), &grams, &ml));
    assert_true(grams == LB_UNKNOWN && ml == 30000000);
    assert_false(lb_imp_measures_read(LB_SPAN("AVA"), &grams, &ml));
    assert_false(lb_imp_measures_read(LB_EMPTY, &grams, &ml));
}

static void test_the_first_identifier_decides(void **state)
{
    lb_imp_waybill waybill;
    lb_span smi, version, mrn, country;
    (void)state;
    assert_int_equal(lb_imp_probe(LB_SPAN("FNA/1\nACK/NO\nFSU/14\n"), "FSU FSA"), 0);
    assert_int_equal(lb_imp_probe(LB_SPAN("QD URCFMCZ\n.PVGFFCZ 121652\nFSU/14\n"), "FSU FSA"), 95);
    assert_int_equal(lb_imp_probe(LB_SPAN("FFM CZ5417/12MAR\nFSU/14"), "FFM"), 0);
    assert_true(lb_imp_smi(LB_SPAN("FSU/15"), &smi, &version));
    assert_true(lb_span_is(smi, "FSU") && lb_span_is(version, "15"));
    assert_false(lb_imp_smi(LB_SPAN("FSU/16 RCS"), &smi, &version));
    assert_true(lb_imp_waybill_read(LB_SPAN("784-30418264PVGURC/T24"), &waybill));
    assert_true(lb_span_is(waybill.awb, "784-30418264") && lb_span_is(waybill.destination, "URC"));
    assert_true(lb_imp_waybill_read(LB_SPAN("784-3041826"), &waybill)); /* an old serial */
    assert_false(lb_imp_waybill_read(LB_SPAN("784-304182"), &waybill));
    assert_true(lb_imp_customs(LB_SPAN("CN/EXP/M/26CN5500417A"), &mrn, &country));
    assert_true(lb_span_is(mrn, "26CN5500417A") && lb_span_is(country, "CN"));
    assert_false(lb_imp_customs(LB_SPAN("CN//SM/XRY"), &mrn, &country));
}

static void test_what_is_no_quantity_is_left_alone(void **state)
{
    static const char *const bad[] = {"",       "T",        "24",      "X24",    "T24K",
                                      "T12345", "T24K8.5X", "P8K240T", "T24KK1", "t24"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(quantity(bad[i]).kind, '?');
}

static void test_days_carry_time_and_change_of_day(void **state)
{
    lb_imp_day day;

    (void)state;
    assert_true(lb_imp_day_read(LB_SPAN("12MAR2148"), &day));
    assert_true(day.day == 12 && day.month == 3 && day.has_time);
    assert_true(day.hour == 21 && day.minute == 48 && day.shift == 0);
    assert_true(lb_imp_day_read(LB_SPAN("30SEP0025-N"), &day) && day.shift == 1);
    assert_true(lb_imp_day_read(LB_SPAN("01JUN2315-P"), &day) && day.shift == -1);
    assert_true(lb_imp_day_read(LB_SPAN("01JUN2315-L"), &day) && day.shift == 15);
    assert_true(lb_imp_day_read(LB_SPAN("12MAR"), &day) && !day.has_time);
    assert_false(lb_imp_day_read(LB_SPAN("12MRA"), &day));
    assert_false(lb_imp_day_read(LB_SPAN("12MAR21"), &day));
    assert_false(lb_imp_day_read(LB_SPAN("12MAR2148-Q"), &day));
    assert_false(lb_imp_day_read(LB_SPAN("2MAR"), &day));
}

static void test_slots_are_scheduled_estimated_or_actual(void **state)
{
    lb_imp_slot slot;

    (void)state;
    assert_true(lb_imp_slot_read(LB_SPAN("A1652"), &slot) && slot.kind == 'A' && slot.hour == 16);
    assert_true(lb_imp_slot_read(LB_SPAN("S0040-N"), &slot) && slot.shift == 1);
    assert_false(lb_imp_slot_read(LB_SPAN("X1652"), &slot));
    assert_false(lb_imp_slot_read(LB_SPAN("A165"), &slot));
    assert_false(lb_imp_slot_read(LB_SPAN("A16522"), &slot));
}

static void test_the_carrier_of_a_flight_has_two_characters(void **state)
{
    lb_imp_flight flight;

    (void)state;
    assert_true(lb_imp_flight_read(LB_SPAN("N4318"), &flight));
    assert_true(lb_span_is(flight.carrier, "N4") && lb_span_is(flight.number, "318"));
    assert_true(lb_imp_flight_read(LB_SPAN("P36042"), &flight));
    assert_true(lb_span_is(flight.carrier, "P3"));
    assert_true(lb_imp_flight_read(LB_SPAN("CZ5417D"), &flight) && !flight.is_icao);
    assert_true(lb_imp_flight_read(LB_SPAN("CSN5417"), &flight) && flight.is_icao);
    assert_false(lb_imp_flight_read(LB_SPAN("CZ"), &flight));
    assert_false(lb_imp_flight_read(LB_SPAN("CZ54170"), &flight));
    assert_false(lb_imp_flight_read(LB_SPAN("125417"), &flight));
}

static void test_volumes_become_millilitres(void **state)
{
    int64_t ml;

    (void)state;
    assert_true(lb_imp_volume_read(LB_SPAN("MC4.60"), &ml) && ml == 4600000);
    assert_true(lb_imp_volume_read(LB_SPAN("CC500"), &ml) && ml == 500);
    assert_true(lb_imp_volume_read(LB_SPAN("CF1"), &ml) && ml == 28316);
    assert_false(lb_imp_volume_read(LB_SPAN("MC"), &ml));
    assert_false(lb_imp_volume_read(LB_SPAN("MC1234567890"), &ml));
    assert_false(lb_imp_volume_read(LB_SPAN("XX4.60"), &ml));
}

static void test_lines_end_as_they_like(void **state)
{
    lb_span rest = LB_SPAN("FSU/15 \r\r784\r\nRCS/\n\nLAST"), line;
    static const char *const expected[] = {"FSU/15", "", "784", "RCS/", "", "LAST"};

    (void)state;
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        assert_true(lb_imp_line(&rest, &line));
        assert_true(lb_span_is(line, expected[i]));
    }
    assert_false(lb_imp_line(&rest, &line));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quantities_of_all_shapes_are_read),
        cmocka_unit_test(test_volumes_and_densities_stand_behind_the_weight),
        cmocka_unit_test(test_the_first_identifier_decides),
        cmocka_unit_test(test_what_is_no_quantity_is_left_alone),
        cmocka_unit_test(test_days_carry_time_and_change_of_day),
        cmocka_unit_test(test_slots_are_scheduled_estimated_or_actual),
        cmocka_unit_test(test_the_carrier_of_a_flight_has_two_characters),
        cmocka_unit_test(test_volumes_become_millilitres),
        cmocka_unit_test(test_lines_end_as_they_like),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
