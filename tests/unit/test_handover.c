/* test_handover - a truck's report about a foreign container counts while the container was released to it. */
#include "view_rig.h"

#include <stdlib.h>

#define BOX "LBKU2048176"

static const view_party parties[] = {
    {"tos", "CARRIER", {"for:container:*", "for:place:CNULZ"}},
    {"rail", "CARRIER", {"for:train:*", "for:wagon:*", "for:container:*"}},
    {"truck", "CARRIER", {"for:truck:新A12345", "for:device:13912345678"}},
    {"other", "CARRIER", {"for:truck:新B67890"}},
    {"forwarder", "CARRIER", {"for:container:*"}},
};

static int set_up(void **state)
{
    return view_set_up(state, parties, sizeof parties / sizeof parties[0]);
}

/* A report of the container's own side; plate NULL: no vehicle is named. A gate that names a
 * truck implies that the container is on it, a hand-over does not. */
static lb_event *gate(view_rig *r, lb_event_type type, int64_t at_us, const char *plate)
{
    lb_event *event = view_box(r, type, at_us, BOX);
    if (plate != NULL)
        lb_event_object(event, LB_ROLE_MEANS, LB_KIND_TRUCK, LB_SCHEME_PLATE, lb_span_of(plate));
    return event;
}

static lb_event *waybill(view_rig *r, int64_t at_us, const char *plate, lb_assoc_action action)
{
    lb_event *event = view_say(r, LB_EVENT_ASSO, at_us);
    lb_object box;
    lb_event_object(event, LB_ROLE_SUBJECT, LB_KIND_TRUCK, LB_SCHEME_PLATE, lb_span_of(plate));
    lb_ident_object(event, &box, LB_KIND_CONTAINER, LB_SCHEME_ISO6346, LB_SPAN(BOX));
    lb_event_assoc(event, action, &event->objects.at[0], &box);
    event->movement.from.locode = LB_SPAN("CNULZ");
    event->movement.to.locode = LB_SPAN("CNCJS");
    event->qty.pieces = 4711;
    return event;
}

static const lb_stay *stay_in(view_rig *r, const char *truck)
{
    const lb_track *track = view_track(r, NULL, BOX);
    assert_non_null(track);
    return view_stay(track, truck);
}

static void test_a_claim_counts_from_the_hand_over_to_the_truck_until_it_is_delivered(void **state)
{
    view_rig *r = *state;
    view_put(r, "truck", waybill(r, NOON - HOUR, "新A12345", LB_ASSOC_ADD));
    view_put(r, "tos", gate(r, LB_EVENT_GTIN, NOON - 2 * HOUR, NULL));
    assert_null(stay_in(r, "truck:新A12345"));
    view_put(r, "tos", gate(r, LB_EVENT_HNDO, NOON, "新A12345"));
    const lb_stay *stay = stay_in(r, "truck:新A12345");
    assert_non_null(stay);
    assert_int_equal(stay->from_us, NOON);
    assert_int_equal(stay->until_us, LB_UNKNOWN);
    view_put(r, "tos", gate(r, LB_EVENT_DLVR, NOON + 5 * HOUR, NULL));
    assert_int_equal(stay_in(r, "truck:新A12345")->until_us, NOON + 5 * HOUR);
}

static void test_a_gate_that_takes_in_from_a_truck_says_that_it_was_there_before(void **state)
{
    view_rig *r = *state;
    view_put(r, "truck", waybill(r, NOON - 3 * HOUR, "新A12345", LB_ASSOC_ADD));
    view_put(r, "tos", gate(r, LB_EVENT_GTIN, NOON, "新A12345"));
    const lb_stay *stay = stay_in(r, "truck:新A12345");
    assert_non_null(stay);
    assert_int_equal(stay->from_us, NOON - 3 * HOUR);
    assert_int_equal(stay->until_us, NOON);
}

static void test_a_release_to_a_named_truck_is_none_to_another(void **state)
{
    view_rig *r = *state;
    view_put(r, "tos", gate(r, LB_EVENT_HNDO, NOON, "新A12345"));
    view_put(r, "other", waybill(r, NOON + HOUR, "新B67890", LB_ASSOC_ADD));
    assert_null(stay_in(r, "truck:新B67890"));
}

static void test_a_release_to_the_road_is_that_of_the_only_truck_that_claims_it(void **state)
{
    view_rig *r = *state;
    view_put(r, "tos", gate(r, LB_EVENT_GTOT, NOON, NULL));
    view_put(r, "truck", waybill(r, NOON + HOUR, "新A12345", LB_ASSOC_ADD));
    const lb_stay *stay = stay_in(r, "truck:新A12345");
    assert_non_null(stay);
    assert_int_equal(stay->from_us, NOON + HOUR);
    view_put(r, "other", waybill(r, NOON + 2 * HOUR, "新B67890", LB_ASSOC_ADD));
    assert_null(stay_in(r, "truck:新A12345"));
    assert_null(stay_in(r, "truck:新B67890"));
}

static void test_without_a_release_a_claim_is_a_report(void **state)
{
    view_rig *r = *state;
    view_put(r, "tos", gate(r, LB_EVENT_STOR, NOON, NULL));
    view_put(r, "truck", waybill(r, NOON + HOUR, "新A12345", LB_ASSOC_ADD));
    const lb_track *track = view_track(r, NULL, BOX);
    assert_int_equal(track->stays.count, 0);
    assert_int_equal(track->legs.count, 0);
    assert_int_equal(track->reports.count, 0);
    r->query.track.with_reports = true;
    assert_int_equal(view_track(r, NULL, BOX)->reports.count, 1);
}

static void test_of_a_claim_that_counts_only_the_ends_of_the_ride_are_taken(void **state)
{
    view_rig *r = *state;
    view_put(r, "tos", gate(r, LB_EVENT_HNDO, NOON, "新A12345"));
    view_put(r, "truck", waybill(r, NOON + HOUR, "新A12345", LB_ASSOC_ADD));
    const lb_track *track = view_track(r, NULL, BOX);
    assert_int_equal(track->legs.count, 1);
    assert_true(lb_span_is(track->legs.at[0].conveyance, "truck:新A12345"));
    assert_true(lb_span_is(track->legs.at[0].to, "CNCJS"));
    assert_int_equal(track->pieces, LB_UNKNOWN);
    for (size_t i = 0; i < track->milestones.count; i++)
        assert_int_not_equal(track->milestones.at[i].pieces, 4711);
}

static void test_what_the_truck_does_in_that_time_is_the_boxs_track_too(void **state)
{
    view_rig *r = *state;
    view_put(r, "tos", gate(r, LB_EVENT_HNDO, NOON, "新A12345"));
    view_put(r, "truck", waybill(r, NOON, "新A12345", LB_ASSOC_ADD));
    lb_event *stop = view_say(r, LB_EVENT_BRKD, NOON + HOUR);
    lb_event_object(stop, LB_ROLE_SUBJECT, LB_KIND_TRUCK, LB_SCHEME_PLATE, LB_SPAN("新A12345"));
    view_put(r, "truck", stop);
    assert_non_null(view_milestone(view_track(r, NULL, BOX), LB_EVENT_BRKD));
}

/* An association that only the child's side reports. */
static void test_a_foreign_parent_is_shown_by_its_name_alone_until_its_side_agrees(void **state)
{
    view_rig *r = *state;
    lb_event *put_on = view_box(r, LB_EVENT_ASSO, NOON, BOX);
    lb_object truck;
    lb_ident_object(put_on, &truck, LB_KIND_TRUCK, LB_SCHEME_PLATE, LB_SPAN("新A12345"));
    lb_event_assoc(put_on, LB_ASSOC_ADD, &truck, &put_on->objects.at[0]);
    view_put(r, "forwarder", put_on);
    lb_event *stop = view_say(r, LB_EVENT_BRKD, NOON + HOUR);
    lb_event_object(stop, LB_ROLE_SUBJECT, LB_KIND_TRUCK, LB_SCHEME_PLATE, LB_SPAN("新A12345"));
    view_put(r, "truck", stop);

    const lb_track *track = view_track(r, "forwarder", BOX);
    assert_non_null(view_stay(track, "truck:新A12345"));
    assert_null(view_milestone(track, LB_EVENT_BRKD));
    assert_int_equal(view_track(r, "truck", "truck:新A12345")->carries.count, 0);

    view_put(r, "truck", waybill(r, NOON + 2 * HOUR, "新A12345", LB_ASSOC_OBSERVE));
    assert_non_null(view_milestone(view_track(r, "forwarder", BOX), LB_EVENT_BRKD));
    assert_int_equal(view_track(r, NULL, "truck:新A12345")->carries.count, 1);
}

/* -- the order of arrival does not matter ------------------------------------------------------ */

enum { TALE = 12, SHUFFLES = 40 };

static void judge_tale(view_rig *r, lb_event *tale[TALE])
{
    static const char *const speakers[TALE] = {"tos",   "tos",   "tos",   "tos",  "truck", "truck",
                                               "other", "other", "truck", "rail", "tos",   "other"};
    tale[0] = gate(r, LB_EVENT_GTIN, NOON - 9 * HOUR, "新B67890");
    tale[1] = gate(r, LB_EVENT_GTOT, NOON, "新A12345");
    tale[2] = gate(r, LB_EVENT_GTIN, NOON + 6 * HOUR, NULL);
    tale[3] = gate(r, LB_EVENT_GTOT, NOON + 8 * HOUR, NULL);
    tale[4] = waybill(r, NOON - HOUR, "新A12345", LB_ASSOC_ADD);
    tale[5] = waybill(r, NOON + 5 * HOUR, "新A12345", LB_ASSOC_DELETE);
    tale[6] = waybill(r, NOON + 2 * HOUR, "新B67890", LB_ASSOC_ADD);
    tale[7] = waybill(r, NOON - 12 * HOUR, "新B67890", LB_ASSOC_ADD);
    tale[8] = waybill(r, NOON + 9 * HOUR, "新A12345", LB_ASSOC_ADD);
    tale[9] = gate(r, LB_EVENT_DISC, NOON - 10 * HOUR, NULL);
    tale[10] = gate(r, LB_EVENT_DLVR, NOON + 12 * HOUR, NULL);
    tale[11] = waybill(r, NOON + 10 * HOUR, "新B67890", LB_ASSOC_DELETE);
    for (size_t i = 0; i < TALE; i++)
        view_judge(r, speakers[i], tale[i]);
}

static void shuffle(lb_event *tale[TALE], uint64_t *seed)
{
    for (size_t i = TALE - 1; i > 0; i--) {
        *seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407U;
        size_t other = (size_t)(*seed >> 33) % (i + 1);
        lb_event *held = tale[i];
        tale[i] = tale[other];
        tale[other] = held;
    }
}

static void test_any_order_of_gates_and_claims_gives_the_same_stays(void **state)
{
    view_rig *first = *state;
    lb_event *tale[TALE];
    uint64_t seed = 12;
    judge_tale(first, tale);
    for (size_t i = 0; i < TALE; i++)
        assert_int_equal(lb_view_put(first->view, tale[i]), LB_OK);
    lb_span expected = view_text(first);
    assert_true(expected.len > 100);
    assert_non_null(memmem(expected.at, expected.len, "stays", 5));
    for (int turn = 0; turn < SHUFFLES; turn++) {
        view_rig again;
        view_open(&again, parties, sizeof parties / sizeof parties[0]);
        shuffle(tale, &seed);
        for (size_t i = 0; i < TALE; i++)
            assert_int_equal(lb_view_put(again.view, tale[i]), LB_OK);
        lb_span dump = view_text(&again);
        assert_int_equal(dump.len, expected.len);
        assert_memory_equal(dump.at, expected.at, dump.len);
        view_close(&again);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, view_tear_down)
        T(test_a_claim_counts_from_the_hand_over_to_the_truck_until_it_is_delivered),
        T(test_a_gate_that_takes_in_from_a_truck_says_that_it_was_there_before),
        T(test_a_release_to_a_named_truck_is_none_to_another),
        T(test_a_release_to_the_road_is_that_of_the_only_truck_that_claims_it),
        T(test_without_a_release_a_claim_is_a_report),
        T(test_of_a_claim_that_counts_only_the_ends_of_the_ride_are_taken),
        T(test_what_the_truck_does_in_that_time_is_the_boxs_track_too),
        T(test_a_foreign_parent_is_shown_by_its_name_alone_until_its_side_agrees),
        T(test_any_order_of_gates_and_claims_gives_the_same_stays),
#undef T
    };
    return cmocka_run_group_tests_name("handover", tests, NULL, NULL);
}
