/* test_day_messages.c - every message of a made-up day is read by its adapter, and gives the events that the
 * writer put in: the numbers of gate moves, lifts, departures; none from a damaged message. */
#include "rig.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <stdio.h>

static int open_day(void **state)
{
    static rig r;

    rig_open(&r, 1, true);
    *state = &r;
    return 0;
}

static int close_day(void **state)
{
    rig_close(*state);
    return 0;
}

static void show_refusal(const rig *r, const day_message *message, lb_verdict verdict)
{
    const lb_refusal *refusal = lb_sink_refusal(r->sink);

    print_message("%s of %s: %s at %lld: %.*s\n", message->format, message->source,
                  lb_verdict_name(verdict), refusal == NULL ? -1LL : (long long)refusal->offset,
                  refusal == NULL ? 0 : (int)refusal->text.len,
                  refusal == NULL ? "" : refusal->text.at);
    if (message->door == LB_DAY_PUSH)
        print_message("%.400s\n", message->body);
}

static void test_every_message_that_is_whole_is_read(void **state)
{
    rig *r = *state;
    int refused = 0;

    for (size_t i = 0; i < r->post.count; i++) {
        const day_message *message = &r->post.at[i];
        if (message->kind == LB_DAY_BROKEN)
            continue;
        lb_verdict verdict = rig_read(r, message);
        if (verdict != LB_VERDICT_READ && refused++ < 5)
            show_refusal(r, message, verdict);
    }
    assert_int_equal(refused, 0);
}

static void test_a_damaged_message_yields_nothing(void **state)
{
    rig *r = *state;
    int broken = 0;

    for (size_t i = 0; i < r->post.count; i++) {
        const day_message *message = &r->post.at[i];
        if (message->kind != LB_DAY_BROKEN)
            continue;
        lb_verdict verdict = rig_read(r, message);
        if (verdict == LB_VERDICT_READ)
            print_message("%s was read though damaged: %.200s\n", message->format, message->body);
        assert_int_not_equal(verdict, LB_VERDICT_READ);
        assert_int_equal(lb_sink_count(r->sink), 0);
        broken++;
    }
    assert_true(broken > 0);
}

/* Doubts that no sender can avoid: a telegram has no year, an arrival does not contain the
 * departure of its flight, positions after a coverage gap are late. */
static bool is_usual(const day_message *message, lb_doubt_code code)
{
    if (strcmp(message->format, "air.fsu") == 0)
        return code == LB_DOUBT_YEAR_INFERRED || code == LB_DOUBT_IDENTITY_GUESSED;
    return message->door == LB_DAY_JT808 && code == LB_DOUBT_LATE;
}

static void test_hardly_anything_is_in_doubt(void **state)
{
    rig *r = *state;
    int doubts[LB_DOUBTS] = {0}, total = 0;

    for (size_t i = 0; i < r->post.count; i++) {
        const day_message *message = &r->post.at[i];
        if (message->kind == LB_DAY_BROKEN || rig_read(r, message) != LB_VERDICT_READ)
            continue;
        for (size_t k = 0; k < lb_sink_doubts(r->sink); k++) {
            const lb_doubt_note *note = lb_sink_doubt(r->sink, k);
            if (is_usual(message, note->code))
                continue;
            total++;
            if (doubts[note->code]++ < 3)
                print_message("%s of %s: %s: %.*s\n", message->format, message->source,
                              lb_doubt_name(note->code), LB_ARG(note->text));
        }
    }
    assert_int_equal(total, 0);
}

/* -- counts ------------------------------------------------------------------------------------ */

static int count_events(rig *r, const char *format, lb_event_type type, lb_classifier classifier)
{
    int count = 0;

    for (size_t i = 0; i < r->post.count; i++) {
        const day_message *message = &r->post.at[i];
        if (message->kind == LB_DAY_BROKEN || message->kind == LB_DAY_DUPLICATE ||
            strcmp(message->format, format) != 0 || rig_read(r, message) != LB_VERDICT_READ)
            continue;
        for (size_t k = 0; k < lb_sink_count(r->sink); k++) {
            const lb_event *event = lb_sink_event(r->sink, k);
            count += event->type == type && event->classifier == classifier ? 1 : 0;
        }
    }
    return count;
}

static int count_boxes(const rig *r, size_t moment)
{
    int count = 0;

    for (int i = 0; i < r->world.box_count; i++) {
        int64_t us;
        memcpy(&us, (const char *)&r->world.boxes[i] + moment, sizeof us);
        count += us != DAY_NEVER ? 1 : 0;
    }
    return count;
}

static void test_gate_and_crane_report_each_move_once(void **state)
{
    rig *r = *state;
    const lb_classifier actual = LB_CLASSIFIER_ACTUAL;

    assert_int_equal(count_events(r, "hub.codeco", LB_EVENT_GTIN, actual),
                     count_boxes(r, offsetof(day_box, gate_in_us)));
    assert_int_equal(count_events(r, "hub.codeco", LB_EVENT_GTOT, actual),
                     count_boxes(r, offsetof(day_box, gate_out_us)));
    assert_int_equal(count_events(r, "hub.codeco", LB_EVENT_LOAD, actual),
                     count_boxes(r, offsetof(day_box, load_us)));
    assert_int_equal(count_events(r, "hub.codeco", LB_EVENT_DISC, actual),
                     count_boxes(r, offsetof(day_box, disc_us)));
    assert_int_equal(count_events(r, "hub.report", LB_EVENT_YMOV, actual),
                     count_boxes(r, offsetof(day_box, set_down_us)));
    assert_int_equal(count_events(r, "hub.iftsta", LB_EVENT_CROS, actual),
                     count_boxes(r, offsetof(day_box, transload_us)));
}

static void test_trains_and_flights_have_a_position(void **state)
{
    rig *r = *state;
    int departures = 0, arrivals = 0;

    for (int i = 0; i < DAY_TRAINS; i++) {
        const day_train *train = &r->world.trains[i];
        for (int k = 0; k < train->stop_count; k++) {
            const day_stop *stop = &train->stops[k];
            bool is_permission = k > 0 && stop->plan_arr == DAY_NEVER;
            departures += stop->dep != DAY_NEVER && !is_permission ? 1 : 0;
            arrivals += stop->arr != DAY_NEVER ? 1 : 0;
        }
    }
    const lb_classifier actual = LB_CLASSIFIER_ACTUAL;
    assert_int_equal(count_events(r, "rail.taf", LB_EVENT_DEPA, actual), departures);
    assert_int_equal(count_events(r, "rail.taf", LB_EVENT_ARRI, actual), arrivals);
    assert_int_equal(count_events(r, "rail.taf", LB_EVENT_FORM, actual), DAY_TRAINS);
    assert_int_equal(count_events(r, "rail.taf", LB_EVENT_STOP, actual), 1);
    assert_int_equal(count_events(r, "air.fsu", LB_EVENT_DEPA, actual), r->world.awb_count);
    assert_int_equal(count_events(r, "air.fsu", LB_EVENT_RCVD, actual), r->world.awb_count);
    assert_int_equal(count_events(r, "air.fsu", LB_EVENT_ACPT, actual), r->world.awb_count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_message_that_is_whole_is_read),
        cmocka_unit_test(test_a_damaged_message_yields_nothing),
        cmocka_unit_test(test_hardly_anything_is_in_doubt),
        cmocka_unit_test(test_gate_and_crane_report_each_move_once),
        cmocka_unit_test(test_trains_and_flights_have_a_position),
    };
    return cmocka_run_group_tests(tests, open_day, close_day);
}
