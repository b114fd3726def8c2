/* test_taf.c - the limits of the TAF adapter, and what goldens cannot show: messages made by counting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "landbridge/adapter/adapter.h"

enum { SINK_BYTES = 256 * 1024 * 1024, ROOM = 2 * 1024 * 1024 };

typedef struct message {
    lb_sink *sink;
    char *text;
    size_t len;
} message;

static int set_up(void **state)
{
    static message one;
    one = (message){.text = malloc(ROOM)};
    *state = &one;
    return one.text == NULL || lb_sink_open(&one.sink, SINK_BYTES) != LB_OK ? -1 : 0;
}

static int tear_down(void **state)
{
    message *l = *state;
    lb_sink_close(&l->sink);
    free(l->text);
    return 0;
}

static void begin(message *l)
{
    l->len = 0;
    lb_sink_reset(l->sink);
}

static void put(message *l, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(message *l, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    l->len += (size_t)vsnprintf(l->text + l->len, ROOM - l->len, format, list);
    va_end(list);
    assert_true(l->len < ROOM);
}

static lb_verdict read_it(message *l)
{
    const lb_adapter *taf = lb_adapter_find(LB_SPAN("rail.taf"));
    lb_reading reading = {.received_us = INT64_C(1773316800000000), .source = lb_source_default()};
    assert_non_null(taf);
    return lb_adapter_read(taf, &reading, (lb_span){l->text, l->len}, l->sink);
}

static lb_verdict read_wagons(message *l, int count)
{
    begin(l);
    put(l, "<WagonStatusMessages>");
    for (int i = 0; i < count; i++)
        put(l,
            "<WagonStatusMessage><WagonNumberFreight>3551080144%02d</WagonNumberFreight><Event>"
            "<EventType>04</EventType><EventDateTime>2026-03-12T05:%02d:%02dZ</EventDateTime></"
            "Event>"
            "</WagonStatusMessage>",
            i % 100, i / 60 % 60, i % 60);
    put(l, "</WagonStatusMessages>");
    return read_it(l);
}

static lb_verdict read_train(message *l, int wagons)
{
    begin(l);
    put(l,
        "<TrainCompositionMessage><OperationalTrainNumberIdentifier><OperationalTrainNumber>41807"
        "</OperationalTrainNumber><ScheduledTimeAtHandover>2026-03-11T23:20:00Z"
        "</ScheduledTimeAtHandover></OperationalTrainNumberIdentifier>"
        "<TrainCompositionJourneySection>");
    for (int i = 0; i < wagons; i++)
        put(l,
            "<WagonData><WagonNumberFreight>%012d</WagonNumberFreight><WagonTrainPosition>%d"
            "</WagonTrainPosition></WagonData>",
            i, i + 1);
    put(l, "</TrainCompositionJourneySection></TrainCompositionMessage>");
    return read_it(l);
}

static void test_five_hundred_wagons_may_report_and_not_one_more(void **state)
{
    message *l = *state;

    assert_int_equal(read_wagons(l, 499), LB_VERDICT_READ);
    assert_int_equal(read_wagons(l, 500), LB_VERDICT_READ);
    assert_int_equal(lb_sink_count(l->sink), 500);
    assert_int_equal(read_wagons(l, 501), LB_VERDICT_TOO_MUCH);
    assert_int_equal(lb_sink_count(l->sink), 0);
    assert_non_null(lb_sink_refusal(l->sink));
}

static void test_a_train_has_999_wagons_at_most(void **state)
{
    message *l = *state;

    assert_int_equal(read_train(l, 998), LB_VERDICT_READ);
    assert_int_equal(read_train(l, 999), LB_VERDICT_READ);
    assert_int_equal(lb_sink_count(l->sink), 1);
    assert_int_equal(lb_sink_event(l->sink, 0)->assoc.count, 999);
    assert_int_equal(lb_sink_event(l->sink, 0)->assoc.at[998].position, 999);
    assert_int_equal(read_train(l, 1000), LB_VERDICT_TOO_MUCH);
}

static void test_an_empty_train_is_a_train(void **state)
{
    message *l = *state;

    assert_int_equal(read_train(l, 0), LB_VERDICT_READ);
    assert_int_equal(lb_sink_event(l->sink, 0)->qty.units, 0);
    assert_int_equal(lb_sink_event(l->sink, 0)->qty.gross_g, LB_UNKNOWN);
}

static void test_twenty_thousand_events_are_the_end(void **state)
{
    message *l = *state;
    for (int count = 19999; count <= 20001; count++) {
        begin(l);
        put(l, "<TrainDelayCauseMessage><OperationalTrainNumberIdentifier><OperationalTrainNumber>1"
               "</OperationalTrainNumber></OperationalTrainNumberIdentifier><DelayEventReport>");
        for (int i = 0; i < count; i++)
            put(l, "%s<DelayCauseTime><DelayCause>81</DelayCause></DelayCauseTime>",
                i % 1000 == 999 ? "</DelayEventReport><DelayEventReport>" : "");
        put(l, "</DelayEventReport></TrainDelayCauseMessage>");
        assert_int_equal(read_it(l), count <= 20000 ? LB_VERDICT_READ : LB_VERDICT_TOO_MUCH);
    }
}

/* The lists overlap: 05 is the pass of a train and the arrival of a wagon at its destination. */
static void test_the_same_number_has_another_meaning_for_trains_and_wagons(void **state)
{
    message *l = *state;

    begin(l);
    put(l, "<WagonStatusMessages><WagonStatusMessage><WagonNumberFreight>355108014406"
           "</WagonNumberFreight><Event><EventType>05</EventType></Event></WagonStatusMessage>"
           "</WagonStatusMessages>");
    assert_int_equal(read_it(l), LB_VERDICT_READ);
    assert_int_equal(lb_sink_event(l->sink, 0)->type, LB_EVENT_ARRI);

    begin(l);
    put(l,
        "<TrainRunningInformationMessage><OperationalTrainNumber>1</OperationalTrainNumber>"
        "<TrainLocationReport><Location/><LocationDateTime>2026-03-12T05:00:00Z</LocationDateTime>"
        "<TrainLocationStatus>05</TrainLocationStatus></TrainLocationReport>"
        "</TrainRunningInformationMessage>");
    assert_int_equal(read_it(l), LB_VERDICT_READ);
    assert_int_equal(lb_sink_event(l->sink, 0)->type, LB_EVENT_PASS);
}

static void test_an_unknown_root_is_not_mine(void **state)
{
    message *l = *state;

    begin(l);
    put(l, "<Invoice><Total>1</Total></Invoice>");
    assert_int_equal(read_it(l), LB_VERDICT_NOT_MINE);
    begin(l);
    put(l, "<Invoice><Total>1");
    assert_int_equal(read_it(l), LB_VERDICT_NOT_MINE);
    assert_int_equal(lb_sink_count(l->sink), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_five_hundred_wagons_may_report_and_not_one_more),
        cmocka_unit_test(test_a_train_has_999_wagons_at_most),
        cmocka_unit_test(test_an_empty_train_is_a_train),
        cmocka_unit_test(test_twenty_thousand_events_are_the_end),
        cmocka_unit_test(test_the_same_number_has_another_meaning_for_trains_and_wagons),
        cmocka_unit_test(test_an_unknown_root_is_not_mine),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
