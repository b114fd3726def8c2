/* test_taf_path.c - how many days a path may have: one below, at, and one above. */
#include "landbridge/adapter/adapter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { MESSAGE_ROOM = 1024 * 1024, SINK_BYTES = 64 * 1024 * 1024 };

typedef struct message {
    char *at;
    size_t len;
} message;

static void add(message *text, const char *more)
{
    size_t len = strlen(more);
    assert_true(text->len + len < MESSAGE_ROOM);
    memcpy(text->at + text->len, more, len);
    text->len += len;
}

static lb_verdict read_message(const message *text, size_t *events)
{
    lb_sink *sink = NULL;
    lb_reading reading = {.received_us = INT64_C(1773316800000000), .source = lb_source_default()};
    assert_int_equal(lb_sink_open(&sink, SINK_BYTES), LB_OK);
    lb_verdict verdict = lb_adapter_read(lb_adapter_find(LB_SPAN("rail.taf")), &reading,
                                         (lb_span){text->at, text->len}, sink);
    *events = lb_sink_count(sink);
    lb_sink_close(&sink);
    return verdict;
}

static message path_of_days(int days)
{
    message text = {malloc(MESSAGE_ROOM), 0};
    assert_non_null(text.at);
    add(&text, "<PathRequestMessage><TypeOfInformation>5</TypeOfInformation><PathInformation>"
               "<PlannedJourneyLocation><OperationalTrainNumber>41807</OperationalTrainNumber>"
               "</PlannedJourneyLocation><PlannedCalendar><BitmapDays>");
    for (int i = 0; i < days; i++)
        add(&text, "1");
    add(&text, "</BitmapDays><ValidityPeriod><StartDateTime>2026-12-13T00:00:00</StartDateTime>"
               "</ValidityPeriod></PlannedCalendar></PathInformation></PathRequestMessage>");
    return text;
}

static void test_a_path_has_seven_hundred_and_forty_days(void **state)
{
    (void)state;
    static const int days[] = {739, 740, 741};
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        size_t events;
        message text = path_of_days(days[i]);
        assert_int_equal(read_message(&text, &events), LB_VERDICT_READ);
        assert_int_equal(events, days[i] > 740 ? 740 : days[i]);
        free(text.at);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_path_has_seven_hundred_and_forty_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
