/* test_fsr.c - a request in Cargo-IMP, its answer, and that the answer can be read again. */
#include "landbridge/adapter/adapter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "landbridge/client/time.h"
#include "record.h"

enum { MILESTONES = 4, ROOM = 4096 };

typedef struct scene {
    lb_track track;
    lb_milestone milestones[MILESTONES];
    lb_leg leg;
    lb_answer answer;
    lb_sink *sink;
    char bytes[ROOM];
    lb_reply reply;
} scene;

static int64_t at(const char *text)
{
    int64_t us = 0;
    assert_true(lb_time_read(lb_span_of(text), &us));
    return us;
}

static lb_milestone *add(scene *s, lb_event_type type, const char *place, const char *time)
{
    lb_milestone *milestone = &s->milestones[s->track.milestones.count++];
    *milestone =
        (lb_milestone){.offset_min = LB_UNKNOWN, .pieces = LB_UNKNOWN, .pieces_total = LB_UNKNOWN};
    milestone->type = type;
    milestone->classifier = LB_CLASSIFIER_ACTUAL;
    milestone->place = lb_span_of(place);
    milestone->occurred_us = at(time);
    milestone->prec = LB_PRECISION_MINUTE;
    milestone->mode = LB_MODE_AIR;
    return milestone;
}

static void set_up(scene *s)
{
    *s = (scene){0};
    lb_record_init(&lb_record_track, &s->track);
    lb_record_init(&lb_record_answer, &s->answer);
    s->track.milestones.at = s->milestones;
    s->track.pieces_total = 24;
    s->answer.track.tracks = (lb_track_list){&s->track, 1, 1};
    s->reply = (lb_reply){.at = s->bytes, .room = sizeof s->bytes};
    assert_int_equal(lb_sink_open(&s->sink, (size_t)1024 * 1024), LB_OK);
}

static void tear_down(scene *s)
{
    lb_sink_close(&s->sink);
}

static lb_reading reading(void)
{
    return (lb_reading){.received_us = at("2026-03-13T04:05:00Z"), .source = lb_source_default()};
}

static void tell(scene *s, const char *question)
{
    const lb_reading now = reading();
    lb_adapter_find(LB_SPAN("air.fsr"))->tell(&now, lb_span_of(question), &s->answer, &s->reply);
    assert_false(s->reply.is_full);
}

static void assert_reported(const scene *s, const char *text)
{
    lb_span reported = {s->bytes, s->reply.len};
    if (!lb_span_is(reported, text))
        print_message("told: %.*s\n", LB_ARG(reported));
    assert_true(lb_span_is(reported, text));
}

static void test_a_question_names_its_waybill(void **state)
{
    const lb_reading now = reading();
    const lb_adapter *fsr = lb_adapter_find(LB_SPAN("air.fsr"));
    (void)state;
    assert_true(
        lb_span_is(fsr->ask(&now, LB_SPAN("FSR\r\n784-30418275/P8T40\r\n")), "784-30418275"));
    assert_int_equal(fsr->ask(&now, LB_SPAN("FSR\r\n")).len, 0);
    assert_int_equal(fsr->ask(&now, LB_SPAN("FNA/1\nACK/NO\nFSR\n784-30418275\n")).len, 0);
}

static void test_what_came_as_a_line_goes_out_as_that_line(void **state)
{
    scene s;
    (void)state;
    set_up(&s);
    lb_milestone *left = add(&s, LB_EVENT_DEPA, "CNPVG", "2026-03-12T08:52:00Z");
    left->raw_scheme = LB_SPAN("FSU");
    left->raw_text = LB_SPAN("DEP/CZ5417/12MAR/PVGURC/T15K507.5/A1652/E2150");
    left->pieces = 15;
    lb_milestone *due = add(&s, LB_EVENT_ARRI, "CNURC", "2026-03-12T13:50:00Z");
    due->raw_scheme = left->raw_scheme; /* from the same line */
    due->raw_text = left->raw_text;
    tell(&s, "FSR\n784-30418264PVGURC\n");
    assert_reported(&s, "FSA/15\r\n784-30418264PVGURC/T24\r\n"
                        "DEP/CZ5417/12MAR/PVGURC/P15K507.5/A1652/E2150\r\n");
    tear_down(&s);
}

static void test_a_status_of_another_format_is_written_in_local_time(void **state)
{
    scene s;
    (void)state;
    set_up(&s);
    s.leg.mode = LB_MODE_AIR;
    s.leg.conveyance = LB_SPAN("flight:CZ5417@2026-03-12");
    s.leg.from = LB_SPAN("CNPVG");
    s.leg.to = LB_SPAN("CNURC");
    s.track.legs = (lb_leg_list){&s.leg, 1, 1};
    add(&s, LB_EVENT_DEPA, "CNPVG", "2026-03-12T08:52:00Z")->pieces = 15;
    add(&s, LB_EVENT_ARRI, "CNURC", "2026-03-12T16:31:00Z");
    add(&s, LB_EVENT_DLVR, "CNURC", "2026-03-13T00:15:00Z")->mode = LB_MODE_ROAD;
    add(&s, LB_EVENT_GTIN, "CNURC", "2026-03-13T00:05:00Z")->mode = LB_MODE_ROAD;
    tell(&s, "FSR\n784-30418264\n");
    assert_reported(&s, "FSA/15\r\n784-30418264/T24\r\n"
                        "DEP/CZ5417/12MAR/PVGURC/P15/A1652\r\n"
                        "ARR/CZ5417/13MAR0031/URC/T24\r\n"
                        "DLV/13MAR0815/URC/T24\r\n");
    tear_down(&s);
}

static void test_the_answer_can_be_read_again(void **state)
{
    scene s;
    const lb_reading now = reading();
    (void)state;
    set_up(&s);
    add(&s, LB_EVENT_ACPT, "CNPVG", "2026-03-11T07:20:00Z");
    add(&s, LB_EVENT_DLVR, "CNURC", "2026-03-13T00:15:00Z")->pieces = 15;
    tell(&s, "FSR\n784-30418264PVGURC\n");
    assert_int_equal(lb_adapter_read(lb_adapter_find(LB_SPAN("air.fsu")), &now,
                                     (lb_span){s.bytes, s.reply.len}, s.sink),
                     LB_VERDICT_READ);
    assert_int_equal(lb_sink_count(s.sink), 2);
    const lb_event *taken = lb_sink_event(s.sink, 0), *given = lb_sink_event(s.sink, 1);
    assert_int_equal(taken->type, LB_EVENT_ACPT);
    assert_true(taken->occurred.utc_us == s.milestones[0].occurred_us);
    assert_true(lb_span_is(taken->place.locode, "CNPVG"));
    assert_int_equal(given->type, LB_EVENT_DLVR);
    assert_true(given->occurred.utc_us == s.milestones[1].occurred_us);
    assert_int_equal(given->qty.pieces, 15);
    assert_true(given->qty.partial);
    tear_down(&s);
}

static void test_an_unknown_waybill_is_answered_without_a_quantity(void **state)
{
    scene s;
    (void)state;
    set_up(&s);
    s.answer.track.tracks.count = 0;
    tell(&s, "FSR\n784-30418275/P8T40\n");
    assert_reported(&s, "FSA/15\r\n784-30418275\r\nOSI/NO RECORD FOUND\r\n");
    tear_down(&s);
}

static void test_the_answer_to_a_telegram_goes_to_its_origin(void **state)
{
    scene s;
    (void)state;
    set_up(&s);
    s.answer.track.tracks.count = 0;
    tell(&s, "QD URCFMCZ URCKOXX\r\n.PVGFFCZ 121652\r\nFSR\r\n784-30418275\r\n");
    assert_reported(&s, "QD PVGFFCZ\r\n.URCFMCZ 130405\r\nFSA/15\r\n784-30418275\r\n"
                        "OSI/NO RECORD FOUND\r\n");
    tear_down(&s);
}

static void test_an_answer_that_does_not_fit_is_reported(void **state)
{
    scene s;
    const lb_reading now = reading();
    (void)state;
    set_up(&s);
    s.reply.room = 10;
    lb_adapter_find(LB_SPAN("air.fsr"))
        ->tell(&now, LB_SPAN("FSR\n784-30418275\n"), &s.answer, &s.reply);
    assert_true(s.reply.is_full);
    tear_down(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_question_names_its_waybill),
        cmocka_unit_test(test_what_came_as_a_line_goes_out_as_that_line),
        cmocka_unit_test(test_a_status_of_another_format_is_written_in_local_time),
        cmocka_unit_test(test_the_answer_can_be_read_again),
        cmocka_unit_test(test_an_unknown_waybill_is_answered_without_a_quantity),
        cmocka_unit_test(test_the_answer_to_a_telegram_goes_to_its_origin),
        cmocka_unit_test(test_an_answer_that_does_not_fit_is_reported),
    };
    return cmocka_run_group_tests_name("fsr", tests, NULL, NULL);
}
