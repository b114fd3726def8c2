/* test_place - the table of places: found by codes and names, nested in each other, near a position. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "landbridge/adapter/adapter.h"
#include "landbridge/client/place.h"

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

static void is_place(const lb_place_entry *entry, const char *key, const char *asked)
{
    if (entry == NULL || strcmp(entry->key, key) != 0)
        fail_msg("'%s' is %s, not %s", asked, entry == NULL ? "unknown" : entry->key, key);
}

static void code_finds(const char *scheme, const char *value, const char *key)
{
    is_place(lb_place_by_code(lb_span_of(scheme), lb_span_of(value)), key, value);
}

static void finds(const char *text, const char *key)
{
    is_place(lb_place_by_any(lb_span_of(text)), key, text);
}

static void test_every_place_is_found_by_its_own_key_and_names(void **state)
{
    (void)state;
    const lb_place_entry *entry;
    for (size_t i = 0; (entry = lb_place_at(i)) != NULL; i++) {
        assert_ptr_equal(lb_place_by_key(lb_span_of(entry->key)), entry);
        finds(entry->key, entry->key);
        finds(entry->name_en, entry->key);
        finds(entry->name_zh, entry->key);
        finds(entry->name_ru, entry->key);
        if (entry->locode[0] != '\0')
            code_finds("LOCODE", entry->locode, entry->key);
        if (entry->iata[0] != '\0')
            code_finds("IATA", entry->iata, entry->key);
    }
}

static void test_every_place_has_a_clock_and_a_parent_that_exists(void **state)
{
    (void)state;
    const lb_place_entry *entry;
    for (size_t i = 0; (entry = lb_place_at(i)) != NULL; i++) {
        if (lb_zone_find(lb_span_of(entry->zone)) == NULL)
            fail_msg("%s: no zone %s", entry->key, entry->zone);
        if (entry->parent[0] != '\0' && lb_place_by_key(lb_span_of(entry->parent)) == NULL)
            fail_msg("%s: no parent %s", entry->key, entry->parent);
        assert_int_equal(strlen(entry->country), 2);
        assert_true(entry->radius_m == 0 || entry->lat_e7 != 0);
    }
}

static void test_codes_are_distinguished_by_their_scheme(void **state)
{
    (void)state;
    code_finds("IATA", "URC", "CNURC");
    code_finds("ICAO", "ZWWW", "CNURC");
    code_finds("ESR6", "708507", "KZ-DOSTYK");
    code_finds("IATA", "ALA", "KZALA"); /* AZALA is Alat */
    assert_null(lb_place_by_code(LB_SPAN("ICAO"), LB_SPAN("URC")));
    assert_null(lb_place_by_code(LB_SPAN("ESR6"), LB_SPAN("708508")));
    assert_null(lb_place_by_code(LB_EMPTY, LB_SPAN("CNULZ")));
    assert_null(lb_place_by_code(LB_SPAN("IATA"), LB_EMPTY)); /* many places have none */
}

/* An event of that moment at the airport with this code; its place is looked up. */
static lb_event *at_airport(const char *iata, const char *when)
{
    lb_event *event = lb_say(sink);
    int64_t at_us = LB_UNKNOWN;
    if (when != NULL)
        assert_true(lb_time_read(lb_span_of(when), &at_us));
    event->occurred.utc_us = at_us;
    event->place.iata = lb_span_of(iata);
    lb_place_resolve(event, &event->place, lb_source_default());
    return event;
}

static void test_a_code_means_what_it_meant_on_that_day(void **state)
{
    (void)state;
    assert_true(lb_span_is(at_airport("IST", "2019-04-05T23:59:59Z")->place.locode, "TR-ATATURK"));
    assert_true(lb_span_is(at_airport("IST", "2019-04-06T00:00:00Z")->place.locode, "TRIST"));
    assert_true(lb_span_is(at_airport("IST", NULL)->place.locode, "TRIST")); /* today's */
    code_finds("IATA", "IST", "TRIST");
    finds("IST", "TRIST");
}

static void test_an_old_code_is_understood_as_long_as_no_other_place_has_it(void **state)
{
    (void)state;
    assert_true(lb_span_is(at_airport("TSE", "2020-06-07T12:00:00Z")->place.locode, "KZAST"));
    assert_true(lb_span_is(at_airport("TSE", "2026-03-12T12:00:00Z")->place.locode, "KZAST"));
    code_finds("IATA", "TSE", "KZAST");
    code_finds("IATA", "NQZ", "KZAST");
}

/* The UTC of a local time at the airport: "20240301T0030" at ALA. */
static void local_time_is(const char *iata, const char *local, const char *utc, int offset_min)
{
    lb_event *event = lb_say(sink);
    lb_civil civil = {0};
    int64_t at_us;
    assert_int_equal(sscanf(local, "%4d-%2d-%2dT%2d:%2d", &civil.year, &civil.month, &civil.day,
                            &civil.hour, &civil.minute),
                     5);
    assert_true(lb_time_read(lb_span_of(utc), &at_us));
    event->place.iata = lb_span_of(iata);
    lb_when_set(event, &event->occurred, &civil, LB_UNKNOWN, LB_PRECISION_MINUTE, lb_span_of(local),
                lb_source_default(), &event->place);
    assert_int_equal(event->occurred.utc_us, at_us);
    assert_int_equal(event->occurred.offset_min, offset_min);
    assert_int_equal(event->occurred.tz, LB_TZ_LOCATION);
}

static void test_the_clock_of_a_place_has_a_history(void **state)
{
    (void)state;
    local_time_is("ALA", "2024-02-29T23:59", "2024-02-29T17:59:00Z", 360);
    local_time_is("ALA", "2024-03-01T00:30", "2024-02-29T19:30:00Z", 300);
    local_time_is("NQZ", "2024-03-01T00:30", "2024-02-29T19:30:00Z", 300);
    /* the west of Kazakhstan used it already */
    local_time_is("SCO", "2024-02-29T23:59", "2024-02-29T18:59:00Z", 300);
    local_time_is("TAS", "2024-03-01T00:30", "2024-02-29T19:30:00Z", 300);
}

/* An unofficial local time two hours behind is used there, but not by railways, airlines or carriers. A source that
 * uses it has "+06:00" in its profile; the zone name Asia/Urumqi is unknown on purpose. */
static void test_all_of_xinjiang_keeps_beijing_time(void **state)
{
    static const char *const airports[] = {"URC", "KHG", "YIN", "HMI"};
    (void)state;
    for (size_t i = 0; i < sizeof airports / sizeof airports[0]; i++)
        local_time_is(airports[i], "2026-03-12T10:00", "2026-03-12T02:00:00Z", 480);
    assert_string_equal(lb_place_by_key(LB_SPAN("CNULZ"))->zone, "Asia/Shanghai");
    assert_null(lb_zone_find(LB_SPAN("Asia/Urumqi")));
    assert_non_null(lb_zone_find(LB_SPAN("+06:00")));
}

static void test_a_person_may_write_a_name_in_three_languages(void **state)
{
    (void)state;
    finds("urumqi", "CNURM");
    finds("  Xian land port ", "CNXAG");
    finds("霍尔果斯", "CNHRS");
    finds("陆港", "CNULZ");
    finds("Дружба", "KZ-DOSTYK");
    finds("urc", "CNURC");
    finds("kz dostyk", "KZ-DOSTYK");
    finds("ZWWW", "CNURC");
    assert_null(lb_place_by_any(LB_SPAN("Atlantis")));
    assert_null(lb_place_by_any(LB_SPAN("  ")));
    assert_null(lb_place_by_any(LB_EMPTY));
}

static void test_a_land_port_is_within_its_city_and_not_the_other_way(void **state)
{
    (void)state;
    assert_true(lb_place_is_within(LB_SPAN("CNULZ"), LB_SPAN("CNURM")));
    assert_true(lb_place_is_within(LB_SPAN("CNULZ"), LB_SPAN("CNULZ")));
    assert_false(lb_place_is_within(LB_SPAN("CNURM"), LB_SPAN("CNULZ")));
    assert_false(lb_place_is_within(LB_SPAN("CNULZ"), LB_SPAN("CNXIA")));
    assert_true(lb_place_is_within(LB_SPAN("ACME:DEPOT-9"), LB_SPAN("ACME:DEPOT-9")));
    assert_false(lb_place_is_within(LB_EMPTY, LB_EMPTY));
}

static void test_a_position_is_at_a_place_only_within_its_radius(void **state)
{
    (void)state;
    const lb_place_entry *port = lb_place_by_key(LB_SPAN("CNULZ"));
    int64_t degree_km = 89900; /* 1 km of latitude in 1e-7 degrees */
    is_place(lb_place_near(port->lat_e7, port->lon_e7), "CNULZ", "its centre");
    is_place(lb_place_near(port->lat_e7 + 2 * degree_km, port->lon_e7), "CNULZ", "2 km north");
    assert_null(lb_place_near(port->lat_e7 - 4 * degree_km, port->lon_e7));
    is_place(lb_place_near(lb_place_by_key(LB_SPAN("KZHOR"))->lat_e7, 802900000), "KZHOR",
             "the Kazakh side");
    assert_null(lb_place_near(0, 0));
}

static void test_distances_are_those_of_the_globe(void **state)
{
    (void)state;
    double degree_m = lb_place_distance_m(0, 0, 0, 10000000);
    assert_true(degree_m > 111000 && degree_m < 111400);
    assert_true(lb_place_distance_m(438167000, 876000000, 438167000, 876000000) < 0.001);
    double around_m = lb_place_distance_m(0, 1799000000, 0, -1799000000);
    assert_true(around_m < 23000); /* over the date line */
}

static void test_what_the_table_knows_is_filled_in_and_what_was_sent_stays(void **state)
{
    (void)state;
    lb_event *event = lb_say(sink);
    event->place.iata = LB_SPAN("URC");
    event->place.name = LB_SPAN("地窝堡");
    lb_place_resolve(event, &event->place, lb_source_default());
    assert_true(lb_span_is(event->place.locode, "CNURC"));
    assert_true(lb_span_is(event->place.name, "地窝堡"));
    assert_true(lb_span_is(event->place.country, "CN"));
    assert_int_equal(event->place.ftype, LB_FACILITY_AIRT);
    assert_int_equal(lb_sink_doubts(sink), 0);
}

static void test_an_unknown_place_is_a_doubt_and_stays_as_sent(void **state)
{
    (void)state;
    lb_event *event = lb_say(sink);
    event->place.station = LB_SPAN("999999");
    event->place.station_scheme = LB_SPAN("ESR6");
    lb_place_resolve(event, &event->place, lb_source_default());
    assert_int_equal(event->quality_flags, LB_FLAG(LB_DOUBT_PLACE_UNKNOWN));
    assert_int_equal(event->place.locode.len, 0);
    assert_true(lb_span_is(lb_place_key(sink, &event->place), "ESR6:999999"));
    assert_null(lb_place_zone(&event->place, lb_source_default()));
}

static void test_the_surest_code_names_a_place(void **state)
{
    (void)state;
    lb_place place = {.name = LB_SPAN("yard 3")};
    assert_true(lb_span_is(lb_place_key(sink, &place), "yard 3"));
    place.facility = LB_SPAN("D9"), place.facility_scheme = LB_SPAN("ACME");
    assert_true(lb_span_is(lb_place_key(sink, &place), "ACME:D9"));
    place.iata = LB_SPAN("XXX");
    assert_true(lb_span_is(lb_place_key(sink, &place), "IATA:XXX"));
    place.locode = LB_SPAN("CNXXX");
    assert_true(lb_span_is(lb_place_key(sink, &place), "CNXXX"));
    assert_int_equal(lb_place_key(sink, &(lb_place){.sub = LB_SPAN("A")}).len, 0);
}

int main(void)
{
#define WITH_SINK(test) cmocka_unit_test_setup_teardown(test, open_sink, close_sink)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_place_is_found_by_its_own_key_and_names),
        cmocka_unit_test(test_every_place_has_a_clock_and_a_parent_that_exists),
        cmocka_unit_test(test_codes_are_distinguished_by_their_scheme),
        cmocka_unit_test(test_a_person_may_write_a_name_in_three_languages),
        cmocka_unit_test(test_a_land_port_is_within_its_city_and_not_the_other_way),
        cmocka_unit_test(test_a_position_is_at_a_place_only_within_its_radius),
        cmocka_unit_test(test_distances_are_those_of_the_globe),
        WITH_SINK(test_a_code_means_what_it_meant_on_that_day),
        WITH_SINK(test_an_old_code_is_understood_as_long_as_no_other_place_has_it),
        WITH_SINK(test_the_clock_of_a_place_has_a_history),
        WITH_SINK(test_all_of_xinjiang_keeps_beijing_time),
        WITH_SINK(test_what_the_table_knows_is_filled_in_and_what_was_sent_stays),
        WITH_SINK(test_an_unknown_place_is_a_doubt_and_stays_as_sent),
        WITH_SINK(test_the_surest_code_names_a_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
