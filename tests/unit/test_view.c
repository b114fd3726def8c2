/* test_view - the view of a few events: each rule of tracks and capacity as a test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "answer/answer.h"
#include "keep/view.h"
#include "landbridge/adapter/adapter.h"
#include "landbridge/client/ident.h"
#include "landbridge/client/time.h"
#include "record.h"
#include "question.h"

#define BOX  "LBKU2048176"
#define NOON INT64_C(1773316800000000) /* 2026-03-12T12:00:00Z */
#define HOUR LB_HOUR_US

typedef struct rig {
    char path[64];
    lb_sink *sink;
    lb_view *view;
    lb_view_reader *reader;
    lb_arena arena;
    lb_answer answer;
    int64_t seq;
} rig;

static int set_up(void **state)
{
    rig *r = calloc(1, sizeof *r);
    snprintf(r->path, sizeof r->path, "/tmp/landbridge-view-XXXXXX");
    int file = mkstemp(r->path);
    assert_true(file >= 0);
    close(file);
    assert_int_equal(lb_sink_open(&r->sink, 16 * 1024 * 1024), LB_OK);
    assert_int_equal(lb_view_open(&r->view, r->path), LB_OK);
    lb_arena_init(&r->arena, 64 * 1024 * 1024);
    *state = r;
    return 0;
}

static int tear_down(void **state)
{
    rig *r = *state;
    char name[80];
    lb_view_reader_close(&r->reader);
    lb_view_close(&r->view);
    lb_sink_close(&r->sink);
    lb_arena_fini(&r->arena);
    unlink(r->path);
    snprintf(name, sizeof name, "%s-wal", r->path);
    unlink(name);
    snprintf(name, sizeof name, "%s-shm", r->path);
    unlink(name);
    free(r);
    return 0;
}

/* -- saying ------------------------------------------------------------------------------------------- */

static lb_event *say(rig *r, lb_event_type type, lb_classifier classifier, int64_t at_us,
                     const char *place)
{
    lb_event *event = lb_say(r->sink);
    lb_event_is(event, type, classifier, LB_MODE_RAIL);
    lb_when_set_utc(&event->occurred, at_us, LB_TZ_EXPLICIT, LB_EMPTY);
    event->place.locode = lb_span_of(place);
    return event;
}

static void put(rig *r, lb_event *event)
{
    lb_event_finish(event);
    event->hub_seq = ++r->seq;
    assert_int_equal(lb_view_put(r->view, event), LB_OK);
}

static lb_event *of_box(lb_event *event)
{
    lb_event_object(event, LB_ROLE_SUBJECT, LB_KIND_CONTAINER, LB_SCHEME_ISO6346, LB_SPAN(BOX));
    return event;
}

static lb_event *of_train(lb_event *event)
{
    lb_event_run(event, LB_ROLE_SUBJECT, LB_KIND_TRAIN, LB_SPAN("X9023"), LB_SPAN("2026-03-12"));
    return event;
}

static void put_box(rig *r, lb_event_type type, int64_t at_us, const char *place)
{
    put(r, of_box(say(r, type, LB_CLASSIFIER_ACTUAL, at_us, place)));
}

/* The box is put on a wagon, and the wagon is listed in the train. */
static void put_aboard(rig *r, int64_t at_us, const char *wagon)
{
    lb_event *load = of_box(say(r, LB_EVENT_LOAD, LB_CLASSIFIER_ACTUAL, at_us, "CNULZ"));
    lb_event_object(load, LB_ROLE_MEANS, LB_KIND_WAGON, LB_SCHEME_UIC12, lb_span_of(wagon));
    put(r, load);
}

static void put_composition(rig *r, int64_t at_us, const char *wagon)
{
    lb_event *form = of_train(say(r, LB_EVENT_FORM, LB_CLASSIFIER_ACTUAL, at_us, "CNULZ"));
    lb_object child;
    lb_ident_object(form, &child, LB_KIND_WAGON, LB_SCHEME_UIC12, lb_span_of(wagon));
    lb_event_assoc(form, LB_ASSOC_ADD, &form->objects.at[0], &child)->closed_world = true;
    put(r, form);
}

/* -- asking ---------------------------------------------------------------------------------------------- */

static const lb_answer *ask(rig *r, lb_ask what, const char *reference)
{
    lb_query query;
    assert_int_equal(lb_view_flush(r->view, r->seq), LB_OK);
    if (r->reader == NULL)
        assert_int_equal(lb_view_reader_open(&r->reader, r->path), LB_OK);
    lb_arena_reset(&r->arena);
    question_init(&query, what, lb_span_of(reference));
    lb_record_init(&lb_record_answer, &r->answer);
    assert_int_equal(
        lb_view_answer(r->reader, &query, NULL, NOON + 24 * HOUR, &r->arena, &r->answer), LB_OK);
    return &r->answer;
}

static const lb_track *track(rig *r)
{
    const lb_answer *answer = ask(r, LB_ASK_TRACK, BOX);
    assert_int_equal(answer->track.tracks.count, 1);
    return &answer->track.tracks.at[0];
}

static const lb_milestone *milestone(const lb_track *track, lb_event_type type)
{
    for (size_t i = 0; i < track->milestones.count; i++)
        if (track->milestones.at[i].type == type)
            return &track->milestones.at[i];
    return NULL;
}

/* -- rules ------------------------------------------------------------------------------------------------ */

static void test_a_retraction_may_come_before_the_event(void **state)
{
    rig *r = *state;
    put_box(r, LB_EVENT_GTIN, NOON, "CNULZ");
    lb_event *back = of_box(say(r, LB_EVENT_LOAD, LB_CLASSIFIER_ACTUAL, NOON + HOUR, "CNULZ"));
    back->source_event_key = LB_SPAN("load-1");
    back->correction = LB_CORRECTION_RETRACTS;
    back->reported_at_us = NOON + 3 * HOUR;
    put(r, back);
    lb_event *load = of_box(say(r, LB_EVENT_LOAD, LB_CLASSIFIER_ACTUAL, NOON + HOUR, "CNULZ"));
    load->source_event_key = LB_SPAN("load-1");
    load->reported_at_us = NOON + 2 * HOUR;
    put(r, load);
    assert_null(milestone(track(r), LB_EVENT_LOAD));

    lb_event *again = of_box(say(r, LB_EVENT_LOAD, LB_CLASSIFIER_ACTUAL, NOON + 2 * HOUR, "CNULZ"));
    again->source_event_key = LB_SPAN("load-1");
    again->reported_at_us = NOON + 4 * HOUR;
    put(r, again);
    assert_true(milestone(track(r), LB_EVENT_LOAD)->occurred_us ==
                NOON + 2 * HOUR); /* a later event revives it */
}

static void test_the_latest_report_of_a_source_counts(void **state)
{
    rig *r = *state;
    for (int i = 2; i >= 0; i--) { /* the newest first */
        lb_event *event =
            of_box(say(r, LB_EVENT_GTIN, LB_CLASSIFIER_ACTUAL, NOON + i * HOUR, "CNULZ"));
        event->source_event_key = LB_SPAN("gate-1");
        event->reported_at_us = NOON + i * HOUR;
        put(r, event);
    }
    const lb_track *seen = track(r);
    assert_int_equal(seen->milestones.count, 1);
    assert_true(seen->milestones.at[0].occurred_us == NOON + 2 * HOUR);
}

static void test_an_estimate_never_wins_over_an_actual(void **state)
{
    rig *r = *state;
    lb_event *actual = of_box(say(r, LB_EVENT_ARRI, LB_CLASSIFIER_ACTUAL, NOON, "KZALA"));
    put(r, actual);
    lb_event *estimate =
        of_box(say(r, LB_EVENT_ARRI, LB_CLASSIFIER_ESTIMATED, NOON + 5 * HOUR, "KZALA"));
    estimate->reported_at_us = NOON + HOUR;
    put(r, estimate);
    const lb_milestone *won = milestone(track(r), LB_EVENT_ARRI);
    assert_int_equal(won->classifier, LB_CLASSIFIER_ACTUAL);
    assert_true(won->occurred_us == NOON);
    assert_int_equal(won->losers.count, 1);
}

static void test_two_sources_hours_apart_are_both_kept_and_flagged(void **state)
{
    rig *r = *state;
    put_box(r, LB_EVENT_GTIN, NOON, "CNULZ");
    put_box(r, LB_EVENT_GTIN, NOON + 3 * HOUR, "CNULZ");
    const lb_track *seen = track(r);
    assert_int_equal(seen->milestones.count, 2);
    assert_true(seen->milestones.at[0].quality_flags & LB_FLAG(LB_DOUBT_CONFLICT));
}

static void test_a_train_carries_what_is_on_its_wagons(void **state)
{
    rig *r = *state;
    put_aboard(r, NOON, "333345510064");
    put_composition(r, NOON + HOUR, "333345510064");
    put(r, of_train(say(r, LB_EVENT_DEPA, LB_CLASSIFIER_ACTUAL, NOON + 2 * HOUR, "CNULZ")));
    const lb_milestone *left = milestone(track(r), LB_EVENT_DEPA);
    assert_non_null(left);
    assert_true(lb_span_is(left->object, "train:X9023@2026-03-12"));
    assert_true(track(r)->status == LB_CARGO_STATUS_ON_RAIL);
}

static void test_a_wagon_that_is_not_listed_any_more_has_left_the_train(void **state)
{
    rig *r = *state;
    put_composition(r, NOON + 3 * HOUR, "333345510098"); /* the later list comes first */
    put_aboard(r, NOON, "333345510064");
    put_composition(r, NOON + HOUR, "333345510064");
    put(r, of_train(say(r, LB_EVENT_DEPA, LB_CLASSIFIER_ACTUAL, NOON + 2 * HOUR, "CNULZ")));
    put(r, of_train(say(r, LB_EVENT_ARRI, LB_CLASSIFIER_ACTUAL, NOON + 5 * HOUR, "CNAKL")));
    assert_non_null(milestone(track(r), LB_EVENT_DEPA));
    assert_null(milestone(track(r), LB_EVENT_ARRI));
}

static void test_a_second_trip_does_not_leak_into_the_first(void **state)
{
    rig *r = *state;
    put_box(r, LB_EVENT_STUF, NOON - 20 * HOUR, "CNULZ");
    put_box(r, LB_EVENT_LOAD, NOON - 10 * HOUR, "CNULZ");
    put_box(r, LB_EVENT_STRP, NOON - 5 * HOUR, "KZALA");
    put_box(r, LB_EVENT_GTIN, NOON, "CNULZ");
    const lb_track *seen = track(r);
    assert_int_equal(seen->cycles, 2);
    assert_int_equal(seen->cycle, 2);
    assert_null(milestone(seen, LB_EVENT_LOAD));
    assert_non_null(milestone(seen, LB_EVENT_GTIN));
}

/* -- capacity --------------------------------------------------------------------------------------------- */

static lb_event *capacity(rig *r, lb_event_type type, int64_t at_us)
{
    lb_event *event = say(r, type, LB_CLASSIFIER_ACTUAL, at_us, "");
    event->cap.kind = LB_RESOURCE_DEPARTURE;
    event->cap.id = LB_SPAN("X9023@2026-03-13");
    return event;
}

static const lb_unit_figures *figures(rig *r)
{
    const lb_answer *answer = ask(r, LB_ASK_CAPACITY, "X9023@2026-03-13");
    assert_int_equal(answer->capacity.resources.count, 1);
    assert_int_equal(answer->capacity.resources.at[0].units.count, 1);
    return &answer->capacity.resources.at[0].units.at[0];
}

static void test_a_snapshot_closes_the_changes_before_it(void **state)
{
    rig *r = *state;
    lb_event *later = capacity(r, LB_EVENT_CONF, NOON + HOUR);
    lb_event_capacity(later, LB_UNIT_MILLI_TEU, LB_CAP_BOOKED, 4000);
    put(r, later);
    lb_event *snapshot = capacity(r, LB_EVENT_SNAP, NOON);
    lb_event_capacity(snapshot, LB_UNIT_MILLI_TEU, LB_CAP_NOMINAL, 110000);
    lb_event_capacity(snapshot, LB_UNIT_MILLI_TEU, LB_CAP_BOOKED, 30000);
    put(r, snapshot);
    lb_event *earlier = capacity(r, LB_EVENT_CONF, NOON - HOUR);
    lb_event_capacity(earlier, LB_UNIT_MILLI_TEU, LB_CAP_BOOKED, 10000);
    put(r, earlier);
    assert_int_equal(figures(r)->booked, 34000);
    assert_int_equal(figures(r)->free, 76000);
}

static void test_what_is_not_known_is_not_zero(void **state)
{
    rig *r = *state;
    lb_event *booked = capacity(r, LB_EVENT_CONF, NOON);
    lb_event_capacity(booked, LB_UNIT_MILLI_TEU, LB_CAP_BOOKED, 6000);
    put(r, booked);
    assert_true(figures(r)->nominal == LB_UNKNOWN);
    assert_true(figures(r)->free == LB_UNKNOWN);
}

static void test_a_hold_that_has_expired_holds_nothing(void **state)
{
    rig *r = *state;
    lb_event *snapshot = capacity(r, LB_EVENT_SNAP, NOON);
    lb_event_capacity(snapshot, LB_UNIT_MILLI_TEU, LB_CAP_NOMINAL, 10000);
    lb_event_capacity(snapshot, LB_UNIT_MILLI_TEU, LB_CAP_BOOKED, 0);
    put(r, snapshot);
    lb_event *hold = capacity(r, LB_EVENT_RESV, NOON + HOUR);
    lb_event_capacity(hold, LB_UNIT_MILLI_TEU, LB_CAP_HELD, 2000);
    hold->cap.expires_us = NOON + 48 * HOUR; /* asked at NOON + 24 h */
    hold->cap.booking = LB_SPAN("B1");
    put(r, hold);
    assert_int_equal(figures(r)->free, 8000);
    lb_event *stale = capacity(r, LB_EVENT_RESV, NOON + HOUR);
    lb_event_capacity(stale, LB_UNIT_MILLI_TEU, LB_CAP_HELD, 3000);
    stale->cap.expires_us = NOON + 2 * HOUR;
    stale->cap.booking = LB_SPAN("B2");
    put(r, stale);
    assert_int_equal(figures(r)->free, 8000);
}

/* One sheet of a booked list in several messages. */
static void put_sheet(rig *r, int64_t at_us, int64_t number, bool is_last, int64_t booked)
{
    lb_event *sheet = capacity(r, LB_EVENT_SNAP, at_us);
    sheet->sheet = (lb_sheet){LB_SPAN("FBL|X9023"), number, is_last};
    sheet->reported_at_us = at_us;
    sheet->source_event_key = number == 1 ? LB_SPAN("FBL|1") : LB_SPAN("FBL|2");
    lb_event_capacity(sheet, LB_UNIT_MILLI_TEU, LB_CAP_BOOKED, booked);
    put(r, sheet);
}

static void test_a_list_in_sheets_counts_when_it_is_whole(void **state)
{
    rig *r = *state;
    put_sheet(r, NOON + 60000000, 2, true, 4000);
    assert_int_equal(ask(r, LB_ASK_CAPACITY, "X9023@2026-03-13")->capacity.resources.count, 0);
    put_sheet(r, NOON, 1, false, 10000);
    assert_int_equal(figures(r)->booked, 14000);
}

static void test_a_new_list_that_is_not_whole_leaves_the_old_one(void **state)
{
    rig *r = *state;
    put_sheet(r, NOON, 1, false, 10000);
    put_sheet(r, NOON, 2, true, 4000);
    put_sheet(r, NOON + 5 * HOUR, 1, false, 99000);
    assert_int_equal(figures(r)->booked, 14000);
    put_sheet(r, NOON + 5 * HOUR, 2, true, 1000);
    assert_int_equal(figures(r)->booked, 100000);
}

static void test_a_shorter_list_drops_the_old_sheets_behind_its_end(void **state)
{
    rig *r = *state;
    put_sheet(r, NOON, 1, false, 10000);
    put_sheet(r, NOON, 2, true, 4000);
    put_sheet(r, NOON + 5 * HOUR, 1, true, 3000);
    assert_int_equal(figures(r)->booked, 3000);
}

/* -- the same from carriers' own formats ------------------------------------------------------- */

#define FFM_FIRST                                                                            \
    "FFM/8\r\n1/CZ5417/12MAR1630/PVG/B2081\r\nURC\r\n784-30418264PVGURC/T24K812.5/PARTS\r\n" \
    "CONT\r\n"
#define FFM_SECOND                                                                             \
    "FFM/8\r\n2/CZ5417/12MAR1630/PVG/B2081\r\nURC\r\n784-30418275PVGURC/T40K1240/GARMENTS\r\n" \
    "LAST\r\n"

static void put_message(rig *r, const char *adapter, const char *message, int64_t received_us)
{
    const lb_reading reading = {.received_us = received_us, .source = lb_source_default()};
    lb_sink_reset(r->sink);
    assert_int_equal(lb_adapter_read(lb_adapter_find(lb_span_of(adapter)), &reading,
                                     lb_span_of(message), r->sink),
                     LB_VERDICT_READ);
    for (size_t i = 0; i < lb_sink_count(r->sink); i++) {
        lb_event *event = lb_sink_event(r->sink, i);
        event->hub_seq = ++r->seq;
        assert_int_equal(lb_view_put(r->view, event), LB_OK);
    }
}

/* The kilograms used of the flight; LB_UNKNOWN when not given. */
static int64_t kilograms_used(rig *r)
{
    const lb_answer *answer = ask(r, LB_ASK_CAPACITY, "CZ5417@2026-03-12");
    for (size_t i = 0;
         answer->capacity.resources.count > 0 && i < answer->capacity.resources.at[0].units.count;
         i++)
        if (answer->capacity.resources.at[0].units.at[i].unit == LB_UNIT_KG)
            return answer->capacity.resources.at[0].units.at[i].used;
    return LB_UNKNOWN;
}

static void test_half_a_manifest_fills_no_flight(void **state)
{
    rig *r = *state;
    put_message(r, "air.ffm", FFM_FIRST, NOON);
    assert_int_equal(kilograms_used(r), LB_UNKNOWN);
    /* nor is it on board */
    assert_int_equal(ask(r, LB_ASK_TRACK, "784-30418264")->track.tracks.at[0].stays.count, 0);
    put_message(r, "air.ffm", FFM_SECOND, NOON + LB_MINUTE_US);
    assert_int_equal(kilograms_used(r), 813 + 1240);
    assert_int_equal(ask(r, LB_ASK_TRACK, "784-30418264")->track.tracks.at[0].stays.count, 1);
}

static void test_a_manifest_may_come_from_its_end(void **state)
{
    rig *r = *state;
    put_message(r, "air.ffm", FFM_SECOND, NOON);
    assert_int_equal(kilograms_used(r), LB_UNKNOWN);
    put_message(r, "air.ffm", FFM_FIRST, NOON + LB_MINUTE_US);
    assert_int_equal(kilograms_used(r), 813 + 1240);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_a_retraction_may_come_before_the_event),
        TEST(test_the_latest_report_of_a_source_counts),
        TEST(test_an_estimate_never_wins_over_an_actual),
        TEST(test_two_sources_hours_apart_are_both_kept_and_flagged),
        TEST(test_a_train_carries_what_is_on_its_wagons),
        TEST(test_a_wagon_that_is_not_listed_any_more_has_left_the_train),
        TEST(test_a_second_trip_does_not_leak_into_the_first),
        TEST(test_a_snapshot_closes_the_changes_before_it),
        TEST(test_what_is_not_known_is_not_zero),
        TEST(test_a_hold_that_has_expired_holds_nothing),
        TEST(test_a_list_in_sheets_counts_when_it_is_whole),
        TEST(test_a_new_list_that_is_not_whole_leaves_the_old_one),
        TEST(test_a_shorter_list_drops_the_old_sheets_behind_its_end),
        TEST(test_half_a_manifest_fills_no_flight),
        TEST(test_a_manifest_may_come_from_its_end),
    };
    return cmocka_run_group_tests_name("view", tests, NULL, NULL);
}
