/* test_dcsa.c - an event written as DCSA reads back with the same meaning. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "landbridge/adapter/adapter.h"
#include "landbridge/client/time.h"

static const lb_adapter *dcsa(void)
{
    return lb_adapter_find(LB_SPAN("hub.dcsa"));
}

static int open_sink(void **state)
{
    lb_sink *sink = NULL;
    if (lb_sink_open(&sink, 16 * 1024 * 1024) != LB_OK)
        return -1;
    *state = sink;
    return 0;
}

static int close_sink(void **state)
{
    lb_sink *sink = *state;
    lb_sink_close(&sink);
    return 0;
}

static lb_event *say_loaded(lb_sink *sink)
{
    lb_event *event = lb_say(sink);
    lb_event_is(event, LB_EVENT_LOAD, LB_CLASSIFIER_ACTUAL, LB_MODE_RAIL);
    lb_event_object(event, LB_ROLE_SUBJECT, LB_KIND_CONTAINER, LB_SCHEME_ISO6346,
                    LB_SPAN("LBKU2048176"))
        ->size_type = LB_SPAN("45G1");
    lb_event_object(event, LB_ROLE_MEANS, LB_KIND_WAGON, LB_SCHEME_UIC12, LB_SPAN("355108014406"));
    lb_event_reference(event, LB_SCHEME_BKG, LB_SPAN("URQ88123"), LB_EMPTY);
    lb_when_set_utc(&event->occurred, INT64_C(1773316800000000), LB_TZ_EXPLICIT, LB_EMPTY);
    event->occurred.offset_min = 480;
    event->place.locode = LB_SPAN("CNULZ");
    event->cond.fill = LB_FILL_LADEN;
    event->source_event_key = LB_SPAN("load|LBKU2048176");
    lb_event_seal_number(event, LB_SPAN("K\"1"));
    lb_event_finish(event);
    return event;
}

static lb_span write_event(const lb_event *event, const char *version, char *room, size_t size)
{
    lb_reply reply = {room, 0, size, false};
    if (!dcsa()->write(event, lb_span_of(version), &reply))
        return LB_EMPTY;
    return (lb_span){room, reply.len};
}

static void assert_reads_back(void **state, const char *version)
{
    char room[4096];
    const lb_reading reading = {INT64_C(1773320000000000), lb_source_default()};
    lb_sink *again = NULL;
    lb_span said = write_event(say_loaded(*state), version, room, sizeof room);
    assert_true(said.len > 0);
    assert_int_equal(lb_sink_open(&again, 16 * 1024 * 1024), LB_OK);
    assert_int_equal(lb_adapter_read(dcsa(), &reading, said, again), LB_VERDICT_READ);
    assert_int_equal(lb_sink_count(again), 1);
    assert_int_equal(lb_sink_doubts(again), 0);

    const lb_event *event = lb_sink_event(again, 0);
    assert_int_equal(event->type, LB_EVENT_LOAD);
    assert_int_equal(event->classifier, LB_CLASSIFIER_ACTUAL);
    assert_int_equal(event->mode, LB_MODE_RAIL);
    assert_int_equal(event->occurred.utc_us, INT64_C(1773316800000000));
    assert_int_equal(event->occurred.offset_min, 480);
    assert_int_equal(event->cond.fill, LB_FILL_LADEN);
    assert_true(lb_span_is(event->cond.seals.at[0], "K\"1"));
    assert_true(lb_span_is(event->objects.at[0].id, "LBKU2048176"));
    assert_true(lb_span_is(event->place.locode, "CNULZ"));
    assert_true(lb_span_is(event->refs.at[0].value, "URQ88123"));
    assert_int_equal(event->refs.at[0].scheme, LB_SCHEME_BKG);
    assert_true(lb_span_is(event->source_event_key, "local:load|LBKU2048176"));
    lb_sink_close(&again);
}

static void test_version_2_reads_back(void **state)
{
    assert_reads_back(state, "2.2");
}

static void test_version_3_reads_back(void **state)
{
    assert_reads_back(state, "3.0");
    assert_reads_back(state, "");
}

static void test_an_event_without_a_dcsa_code_is_not_written(void **state)
{
    char room[4096];
    lb_event *event = say_loaded(*state);
    event->type = LB_EVENT_GAUG;
    assert_int_equal(write_event(event, "3.0", room, sizeof room).len, 0);
    event->type = LB_EVENT_CROS;
    assert_int_equal(write_event(event, "2.2", room, sizeof room).len, 0);
    assert_true(write_event(event, "3.0", room, sizeof room).len > 0);
    assert_int_equal(write_event(event, "4.0", room, sizeof room).len, 0);
}

static void test_version_2_has_no_retraction(void **state)
{
    char room[4096];
    lb_event *event = say_loaded(*state);
    event->correction = LB_CORRECTION_RETRACTS;
    assert_int_equal(write_event(event, "2.2", room, sizeof room).len, 0);
    lb_span said = write_event(event, "3.0", room, sizeof room);
    assert_non_null(memmem(said.at, said.len, "\"isRetracted\":true", 18));
}

static void test_too_little_room_is_no_event(void **state)
{
    char room[40];
    assert_int_equal(write_event(say_loaded(*state), "3.0", room, sizeof room).len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_version_2_reads_back),
        cmocka_unit_test(test_version_3_reads_back),
        cmocka_unit_test(test_an_event_without_a_dcsa_code_is_not_written),
        cmocka_unit_test(test_version_2_has_no_retraction),
        cmocka_unit_test(test_too_little_room_is_no_event),
    };
    return cmocka_run_group_tests(tests, open_sink, close_sink);
}
