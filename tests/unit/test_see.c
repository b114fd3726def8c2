/* test_see - what a party sees of shared equipment, of reports and of others' cargo. */
#include "load/shapes.h"
#include "view_rig.h"

#include <stdio.h>
#include <stdlib.h>

#define BOX "LBKU2048176"

static const view_party parties[] = {
    {"tos", "CARRIER", {"for:container:*", "for:bkg:*", "for:place:CNULZ"}},
    {"truck", "CARRIER", {"for:truck:*"}},
    {"evil", "CARRIER", {"for:bkg:OWN1", "for:truck:新E00001", "for:container:EVIU1111116"}},
    {"shipper-a", "SHIPPER", {"see:bkg:BKA"}},
    {"shipper-b", "SHIPPER", {"see:bkg:BKB*"}},
    {"owner", "SHIPPER", {"see:container:" BOX}},
};

static int set_up(void **state)
{
    return view_set_up(state, parties, sizeof parties / sizeof parties[0]);
}

static void put_box(view_rig *r, lb_event_type type, int64_t at_us, const char *booking)
{
    lb_event *event = view_box(r, type, at_us, BOX);
    if (booking != NULL)
        view_ref(event, booking);
    view_put(r, "tos", event);
}

/* -- equipment used again by another shipper ---------------------------------------------------------- */

static void put_two_uses(view_rig *r)
{
    put_box(r, LB_EVENT_STUF, NOON, "BKA");
    put_box(r, LB_EVENT_GTIN, NOON + HOUR, NULL);
    put_box(r, LB_EVENT_STRP, NOON + 2 * HOUR, NULL);
    put_box(r, LB_EVENT_STUF, NOON + 3 * HOUR, "BKB");
    put_box(r, LB_EVENT_LOAD, NOON + 4 * HOUR, NULL);
}

static void test_a_reference_answers_with_the_use_in_which_it_stands(void **state)
{
    view_rig *r = *state;
    put_two_uses(r);
    const lb_track *track = view_track(r, NULL, "BKA");
    assert_non_null(track);
    assert_int_equal(track->cycle, 1);
    assert_non_null(view_milestone(track, LB_EVENT_GTIN));
    assert_null(view_milestone(track, LB_EVENT_LOAD));
    assert_int_equal(view_track(r, NULL, "BKB")->cycle, 2);
    assert_int_equal(view_track(r, NULL, BOX)->cycle, 2);
}

static void test_access_by_a_reference_shows_no_other_use_of_the_equipment(void **state)
{
    view_rig *r = *state;
    put_two_uses(r);
    const char *const words[] = {"BKA", BOX};
    for (size_t i = 0; i < 2; i++) {
        r->query.track.all_cycles = true;
        const lb_track *track = view_track(r, "shipper-a", words[i]);
        assert_non_null(track);
        assert_non_null(view_milestone(track, LB_EVENT_GTIN));
        assert_null(view_milestone(track, LB_EVENT_LOAD));
        assert_int_equal(track->cycles, 1);
        assert_false(view_says(r, "BKB"));
    }
    assert_null(view_track(r, "shipper-a", "BKB"));
}

/* A fact without a time counts for the last use; it sorts before all others. */
static void test_a_reference_in_two_uses_answers_with_both(void **state)
{
    view_rig *r = *state;
    put_two_uses(r);
    put_box(r, LB_EVENT_LOAD, LB_UNKNOWN, "BKA");
    const lb_answer *answer = view_ask(r, NULL, LB_ASK_TRACK, "BKA");
    assert_int_equal(answer->track.tracks.count, 1);
    assert_int_equal(answer->track.tracks.at[0].cycle, 2);
    r->query.track.all_cycles = true;
    answer = view_ask(r, NULL, LB_ASK_TRACK, "BKA");
    assert_int_equal(answer->track.tracks.count, 2);
    assert_int_equal(answer->track.tracks.at[0].cycle, 2); /* the newest first */
    assert_int_equal(answer->track.tracks.at[1].cycle, 1);
    assert_non_null(view_milestone(&answer->track.tracks.at[1], LB_EVENT_GTIN));
}

/* -- groupage: several consignments in one container -------------------------------------------------- */

static void put_groupage(view_rig *r)
{
    put_box(r, LB_EVENT_GTIN, NOON - HOUR, NULL);
    put_box(r, LB_EVENT_STUF, NOON, "BKA");
    put_box(r, LB_EVENT_STOR, NOON + HOUR, NULL);
    put_box(r, LB_EVENT_STUF, NOON + 2 * HOUR, "BKB1");
    put_box(r, LB_EVENT_LOAD, NOON + 3 * HOUR, NULL);
}

static void test_stuffing_alone_opens_no_use(void **state)
{
    view_rig *r = *state;
    put_groupage(r);
    assert_int_equal(view_track(r, NULL, BOX)->cycles, 1);
    assert_non_null(view_track(r, "shipper-a", "BKA"));
    assert_non_null(view_track(r, "shipper-b", "BKB1"));
}

static void test_two_consignments_stuffed_at_one_time_are_two_facts(void **state)
{
    view_rig *r = *state;
    put_box(r, LB_EVENT_STUF, NOON, "BKA");
    put_box(r, LB_EVENT_STUF, NOON, "BKB1");
    put_box(r, LB_EVENT_LOAD, NOON + HOUR, NULL);
    assert_int_equal(view_track(r, NULL, BOX)->cycles, 1);
    assert_non_null(view_track(r, "shipper-a", "BKA"));
    assert_non_null(view_track(r, "shipper-b", "BKB1"));
}

static void test_in_a_shared_container_each_consignment_shows_its_own_share_and_time(void **state)
{
    view_rig *r = *state;
    put_groupage(r);
    const lb_track *track = view_track(r, "shipper-b", BOX);
    assert_non_null(track);
    assert_int_equal(track->milestones.count, 2); /* its stuffing and the loading */
    assert_null(view_milestone(track, LB_EVENT_STOR));
    assert_false(view_says(r, "BKA"));
    track = view_track(r, "shipper-a", "BKA");
    assert_int_equal(track->milestones.count, 3);
    assert_false(view_says(r, "BKB1"));
}

static void test_a_right_on_the_container_shows_all_its_uses_without_references(void **state)
{
    view_rig *r = *state;
    put_two_uses(r);
    r->query.track.all_cycles = true;
    assert_int_equal(view_ask(r, "owner", LB_ASK_TRACK, BOX)->track.tracks.count, 2);
    assert_false(view_says(r, "BKA"));
    assert_false(view_says(r, "BKB"));
    assert_null(view_track(r, "owner", "BKA"));
}

/* -- claiming other parties' references --------------------------------------------------------------- */

static void test_another_partys_reference_on_a_foreign_box_grants_nothing(void **state)
{
    view_rig *r = *state;
    put_box(r, LB_EVENT_GTIN, NOON, "BKA");
    lb_event *evil = view_box(r, LB_EVENT_LOAD, NOON + HOUR, BOX);
    lb_event_object(evil, LB_ROLE_MEANS, LB_KIND_TRUCK, LB_SCHEME_PLATE, LB_SPAN("新E00001"));
    view_ref(evil, "OWN1");
    evil->cond.fill = LB_FILL_EMPTY;
    view_put(r, "evil", evil);
    assert_null(view_track(r, "evil", BOX));
    assert_null(view_track(r, "evil", "OWN1"));
    const lb_track *track = view_track(r, NULL, BOX);
    assert_int_equal(track->fill, LB_FILL_UNSPECIFIED);
    assert_int_equal(track->stays.count, 0);
}

/* -- reports ------------------------------------------------------------------------------------------ */

static void put_reports(view_rig *r, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        view_put(r, "evil", view_box(r, LB_EVENT_DLVR, NOON + i * LB_MINUTE_US, BOX));
}

static void test_reports_are_in_an_answer_only_on_request(void **state)
{
    view_rig *r = *state;
    lb_span before = LB_EMPTY, after = LB_EMPTY;
    put_box(r, LB_EVENT_GTIN, NOON, NULL);
    const lb_track *track = view_track(r, "owner", BOX);
    assert_int_equal(lb_record_text(&lb_record_track, track, &r->kept, &before), LB_OK);
    put_reports(r, 3);
    r->seq -= 3; /* only the number of the view may differ */
    track = view_track(r, "owner", BOX);
    assert_int_equal(lb_record_text(&lb_record_track, track, &r->kept, &after), LB_OK);
    assert_int_equal(before.len, after.len);
    assert_memory_equal(before.at, after.at, before.len);
}

static void
test_the_newest_twenty_reports_of_each_party_are_shown_and_the_others_counted(void **state)
{
    view_rig *r = *state;
    put_box(r, LB_EVENT_GTIN, NOON, NULL);
    put_reports(r, 25);
    view_put(r, "truck", view_box(r, LB_EVENT_STOP, NOON, BOX));
    r->query.track.with_reports = true;
    const lb_track *track = view_track(r, "owner", BOX);
    assert_int_equal(track->reports.count, 21);
    assert_int_equal(track->omitted.count, 1);
    assert_true(lb_span_is(track->omitted.at[0].party, "evil"));
    assert_int_equal(track->omitted.at[0].count, 5);
    assert_null(view_milestone(track, LB_EVENT_DLVR));
    for (size_t i = 0; i < track->reports.count; i++)
        assert_true(track->reports.at[i].quality_flags & LB_FLAG(LB_DOUBT_NOT_ITS_OWN));
    assert_int_equal(track->reports.at[20].occurred_us, NOON + 24 * LB_MINUTE_US);
}

static void test_without_a_covered_report_only_sender_and_operator_see_the_track(void **state)
{
    view_rig *r = *state;
    put_reports(r, 2);
    view_put(r, "truck", view_box(r, LB_EVENT_STOP, NOON, BOX));
    const lb_track *track = view_track(r, "evil", BOX);
    assert_non_null(track);
    assert_null(view_milestone(track, LB_EVENT_STOP));
    assert_non_null(view_milestone(track, LB_EVENT_DLVR));
    assert_non_null(view_milestone(view_track(r, NULL, BOX), LB_EVENT_STOP));
    assert_null(view_track(r, "owner", BOX));
    assert_null(view_track(r, "tos", BOX));
    put_box(r, LB_EVENT_GTIN, NOON - HOUR, NULL);
    assert_null(view_track(r, "evil", BOX));
    assert_int_equal(view_track(r, NULL, BOX)->milestones.count, 1);
    assert_int_equal(view_track(r, "owner", BOX)->milestones.count, 1);
}

/* -- foreign and absent ------------------------------------------------------------------------------- */

/* Equal codes, bytes and steps for foreign and for absent cargo. */
static void assert_alike(view_rig *r, const char *party, const lb_shape *shape)
{
    char absent[32], foreign_text[128];
    snprintf(absent, sizeof absent, "%s", shape->reference);
    absent[3] = absent[3] == 'Z' ? 'Y' : 'Z';
    r->query.track.all_cycles = shape->all_cycles;
    assert_null(view_track(r, party, shape->reference));
    int64_t steps = lb_view_reader_steps(r->reader);
    snprintf(foreign_text, sizeof foreign_text, "%.*s", LB_ARG(r->answer.text));
    r->query.track.all_cycles = shape->all_cycles;
    assert_null(view_track(r, party, absent));
    assert_int_equal(lb_view_reader_steps(r->reader), steps);
    assert_int_equal(strlen(foreign_text), r->answer.text.len);
}

static void test_foreign_and_absent_cargo_take_the_same_steps_and_give_the_same_answer(void **state)
{
    view_rig *r = *state;
    assert_int_equal(lb_shapes_put(r->view, 100), LB_OK);
    r->seq = 100000;
    for (int i = 0; i < LB_SHAPES; i++) {
        assert_alike(r, "shipper-a", &lb_shapes[i]);
        assert_alike(r, "evil", &lb_shapes[i]);
    }
}

/* -- questions that are expensive to answer ----------------------------------------------------------- */

static int64_t steps_of(const lb_shape *shape, int64_t less)
{
    view_rig r;
    view_open(&r, parties, sizeof parties / sizeof parties[0]);
    assert_int_equal(lb_shapes_put(r.view, less), LB_OK);
    r.seq = 100000;
    r.query.track.all_cycles = shape->all_cycles;
    const lb_answer *answer = view_ask(&r, NULL, LB_ASK_TRACK, shape->reference);
    assert_int_equal(answer->error.len, 0);
    int64_t steps = lb_view_reader_steps(r.reader);
    view_close(&r);
    return steps;
}

/* Ten times the size costs at most ten times the steps, plus a quarter. */
static void test_no_shape_of_cargo_costs_more_than_what_is_read_of_it(void **state)
{
    (void)state;
    for (int i = 0; i < LB_SHAPES; i++) {
        int64_t few = steps_of(&lb_shapes[i], 200), many = steps_of(&lb_shapes[i], 20);
        print_message("%-9s %6lld steps, of ten times as much %8lld\n", lb_shapes[i].name,
                      (long long)few, (long long)many);
        assert_true(many * 4 <= few * 50);
    }
}

static void test_circular_containment_is_followed_once(void **state)
{
    view_rig *r = *state;
    assert_int_equal(lb_shapes_put(r->view, 1), LB_OK);
    r->seq = 100000;
    const lb_track *track = view_track(r, NULL, "SHAPEA");
    assert_int_equal(track->stays.count, 1);
    track = view_track(r, NULL, "SHAPE80");
    assert_in_range(track->stays.count, 7, 7 * 7);
}

static void test_a_question_over_its_budget_is_refused_with_the_name_of_the_budget(void **state)
{
    view_rig *r = *state;
    assert_int_equal(lb_shapes_put(r->view, 1), LB_OK);
    r->seq = 100000;
    lb_arena_fini(&r->arena);
    lb_arena_init(&r->arena, 4 * 1024 * 1024);
    const lb_answer *answer = view_ask(r, NULL, LB_ASK_TRACK, "SHAPE7");
    assert_true(lb_span_is(answer->error, "TOO_BIG"));
    assert_non_null(memmem(answer->text.at, answer->text.len, "bytes of memory", 15));
    assert_int_equal(answer->track.tracks.count, 0);
    assert_non_null(view_track(r, NULL, BOX)); /* the next query is answered */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, view_tear_down)
        T(test_a_reference_answers_with_the_use_in_which_it_stands),
        T(test_a_reference_in_two_uses_answers_with_both),
        T(test_access_by_a_reference_shows_no_other_use_of_the_equipment),
        T(test_stuffing_alone_opens_no_use),
        T(test_two_consignments_stuffed_at_one_time_are_two_facts),
        T(test_in_a_shared_container_each_consignment_shows_its_own_share_and_time),
        T(test_a_right_on_the_container_shows_all_its_uses_without_references),
        T(test_another_partys_reference_on_a_foreign_box_grants_nothing),
        T(test_reports_are_in_an_answer_only_on_request),
        T(test_the_newest_twenty_reports_of_each_party_are_shown_and_the_others_counted),
        T(test_without_a_covered_report_only_sender_and_operator_see_the_track),
        T(test_foreign_and_absent_cargo_take_the_same_steps_and_give_the_same_answer),
        T(test_no_shape_of_cargo_costs_more_than_what_is_read_of_it),
        T(test_circular_containment_is_followed_once),
        T(test_a_question_over_its_budget_is_refused_with_the_name_of_the_budget),
#undef T
    };
    return cmocka_run_group_tests_name("see", tests, NULL, NULL);
}
