/* X12 interchanges: separators, envelope, times. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "x12.h"

typedef struct bench {
    lb_sink *sink;
    lb_reading reading;
} bench;

static int lay(void **state)
{
    bench *d = calloc(1, sizeof *d);
    assert_int_equal(lb_sink_open(&d->sink, 64 * 1024 * 1024), LB_OK);
    d->reading = (lb_reading){.received_us = 0, .source = lb_source_default()};
    *state = d;
    return 0;
}

static int clear(void **state)
{
    bench *d = *state;
    lb_sink_close(&d->sink);
    free(d);
    return 0;
}

#define ISA "ISA*00**00**ZZ*A*ZZ*B*260312*0930*U*00401*417*0*P*>"
#define GS  "GS*QM*A*B*20260312*0930*417*X*004010"

static int sets, segments;

static void see(const lb_x12_set *set)
{
    lb_x12_cursor cursor = set->body;
    lb_x12_segment s;
    sets++;
    while (lb_x12_next(set->x12, &cursor, &s))
        segments++;
}

static lb_verdict read_span(bench *d, lb_span text)
{
    sets = segments = 0;
    lb_sink_reset(d->sink);
    static const lb_x12_kind kinds[] = {{"214", see}, {NULL, NULL}};
    return lb_x12_read(&d->reading, text, d->sink, kinds);
}

static lb_verdict read_text(bench *d, const char *text)
{
    return read_span(d, lb_span_of(text));
}

static bool has_doubt(bench *d, lb_doubt_code code)
{
    for (size_t i = 0; i < lb_sink_doubts(d->sink); i++)
        if (lb_sink_doubt(d->sink, i)->code == code)
            return true;
    return false;
}

static void test_nine_hundred_assignments_are_nine_hundred_statuses(void **state)
{
    enum { ASSIGNMENTS = 900, ROOM = 200 * ASSIGNMENTS };
    bench *d = *state;
    char *text = malloc(ROOM);
    int len = snprintf(text, ROOM, "%s~%s~ST*214*1~B10*PRO1*SH1*XJTK~", ISA, GS);
    for (int i = 1; i <= ASSIGNMENTS; i++)
        len += snprintf(text + len, (size_t)(ROOM - len),
                        "LX*%d~L11*%d*PO~AT7*X3*NS***20260312*0915*LT~MS1*URUMQI**CN~", i, i);
    len += snprintf(text + len, (size_t)(ROOM - len), "SE*%d*1~GE*1*417~IEA*1*417~",
                    3 + 4 * ASSIGNMENTS);
    lb_sink_reset(d->sink);
    assert_int_equal(lb_adapter_read(lb_adapter_find(LB_SPAN("road.x12_214")), &d->reading,
                                     (lb_span){text, (size_t)len}, d->sink),
                     LB_VERDICT_READ);
    assert_int_equal(lb_sink_count(d->sink), ASSIGNMENTS);
    free(text);
}

static void test_what_stands_between_isa_and_gs_ends_segments(void **state)
{
    bench *d = *state;
    static const char *const ends[] = {"~", "~\r\n", "\n", "\r\n", "'", "\xe2\x80\xa6", "\x85"};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        const char *e = ends[i];
        lb_span text =
            lb_sink_print(d->sink, ISA "%s" GS "%sST*214*1%sLX*1%sSE*3*1%sGE*1*417%sIEA*1*417%s", e,
                          e, e, e, e, e, e);
        char *copy = malloc(text.len);
        memcpy(copy, text.at, text.len);
        assert_int_equal(read_span(d, (lb_span){copy, text.len}), LB_VERDICT_READ);
        assert_int_equal(sets, 1);
        assert_int_equal(segments, 1);
        assert_false(has_doubt(d, LB_DOUBT_COUNT_MISMATCH));
        free(copy);
    }
}

static void test_an_interchange_that_ends_early_gives_no_event(void **state)
{
    bench *d = *state;
    const char *whole = ISA "~" GS "~ST*214*1~LX*1~SE*3*1~GE*1*417~IEA*1*417~";
    for (size_t len = 0; len + 1 < strlen(whole); len++) {
        assert_int_not_equal(read_span(d, (lb_span){whole, len}), LB_VERDICT_READ);
        assert_int_equal(sets, 0);
    }
    assert_int_equal(read_span(d, (lb_span){whole, strlen(whole) - 1}), LB_VERDICT_READ);
    assert_true(has_doubt(d, LB_DOUBT_GRAMMAR_ODD)); /* only the last terminator is missing */
}

static void test_counts_and_references_are_doubts(void **state)
{
    bench *d = *state;
    assert_int_equal(read_text(d, ISA "~" GS "~ST*214*1~SE*9*1~GE*1*417~IEA*1*417~"),
                     LB_VERDICT_READ);
    assert_true(has_doubt(d, LB_DOUBT_COUNT_MISMATCH));
    assert_false(has_doubt(d, LB_DOUBT_REF_MISMATCH));
    assert_int_equal(read_text(d, ISA "~" GS "~ST*214*1~SE*2*2~GE*1*417~IEA*1*417~"),
                     LB_VERDICT_READ);
    assert_true(has_doubt(d, LB_DOUBT_REF_MISMATCH));
}

static void test_another_set_is_named(void **state)
{
    bench *d = *state;
    assert_int_equal(read_text(d, ISA "~" GS "~ST*990*1~SE*2*1~GE*1*417~IEA*1*417~"),
                     LB_VERDICT_UNKNOWN_KIND);
    assert_int_equal(read_text(d, "UNB+UNOA:1+A+B'"), LB_VERDICT_NOT_MINE);
}

static lb_verdict read_long(bench *d, size_t len)
{
    static char text[2 * LB_X12_MAX_SEGMENT];
    const char *head = ISA "~" GS "~ST*214*1~", *tail = "~SE*3*1~GE*1*417~IEA*1*417~";
    size_t at = strlen(head);
    memcpy(text, head, at);
    memset(text + at, 'X', len);
    memcpy(text + at + len, tail, strlen(tail));
    return read_span(d, (lb_span){text, at + len + strlen(tail)});
}

static void test_a_segment_has_a_limit(void **state)
{
    bench *d = *state;
    assert_int_equal(read_long(d, LB_X12_MAX_SEGMENT - 1), LB_VERDICT_READ);
    assert_int_equal(read_long(d, LB_X12_MAX_SEGMENT), LB_VERDICT_READ);
    assert_int_equal(read_long(d, LB_X12_MAX_SEGMENT + 1), LB_VERDICT_TOO_MUCH);
}

static int64_t utc(bench *d, const char *time, const char *zone)
{
    const lb_x12 x12 = {.reading = &d->reading, .sink = d->sink};
    lb_event event;
    lb_place nowhere = {.lat_e7 = LB_UNKNOWN, .lon_e7 = LB_UNKNOWN};
    lb_event_init(&event, d->sink);
    lb_x12_time_set(&x12, &event, LB_SPAN("20260312"), lb_span_of(time), lb_span_of(zone),
                    &nowhere);
    return event.occurred.utc_us;
}

static void test_zones_are_numbers_or_letters(void **state)
{
    bench *d = *state;
    int64_t noon = utc(d, "1200", "UT");
    assert_int_equal(utc(d, "2000", "08"), noon);
    assert_int_equal(utc(d, "0700", "20"), noon);
    assert_int_equal(utc(d, "0700", "ES"), noon);
    assert_int_equal(utc(d, "0800", "ED"), noon);
    assert_int_equal(utc(d, "0800", "ET"), noon); /* since the 8th of March */
    assert_int_equal(utc(d, "120000", "GM"), noon);
    assert_int_equal(utc(d, "12000099", "GM"), noon);
    assert_int_equal(utc(d, "1200", "LT"), LB_UNKNOWN);
    assert_int_equal(utc(d, "1200", "25"), LB_UNKNOWN);
    assert_int_equal(utc(d, "1200", ""), LB_UNKNOWN);
}

static void test_pounds_are_weighed_to_the_gram(void **state)
{
    (void)state;
    assert_int_equal(lb_x12_grams(LB_SPAN("1000"), LB_SPAN("L")), 453592);
    assert_int_equal(lb_x12_grams(LB_SPAN("24.1"), LB_SPAN("K")), 24100);
    assert_int_equal(lb_x12_grams(LB_SPAN("0"), LB_SPAN("K")), LB_UNKNOWN);
    assert_int_equal(lb_x12_grams(LB_SPAN("1000"), LB_SPAN("")), LB_UNKNOWN);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, lay, clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_nine_hundred_assignments_are_nine_hundred_statuses),
        TEST(test_what_stands_between_isa_and_gs_ends_segments),
        TEST(test_an_interchange_that_ends_early_gives_no_event),
        TEST(test_counts_and_references_are_doubts),
        TEST(test_another_set_is_named),
        TEST(test_a_segment_has_a_limit),
        TEST(test_zones_are_numbers_or_letters),
        TEST(test_pounds_are_weighed_to_the_gram),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
