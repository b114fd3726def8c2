/* test_event - what is derived from one event alone: associations, natural key, identity. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "landbridge/adapter/adapter.h"
#include "landbridge/client/ident.h"

#define NOON_US INT64_C(1773316800000000) /* 2026-03-12T12:00:00Z */

static lb_sink *sink;

static int open_sink(void **state)
{
    (void)state;
    return lb_sink_open(&sink, 4 * 1024 * 1024) == LB_OK ? 0 : -1;
}

static int close_sink(void **state)
{
    (void)state;
    lb_sink_close(&sink);
    return 0;
}

static lb_event *say(lb_event_type type)
{
    lb_event *event = lb_say(sink);
    lb_event_is(event, type, LB_CLASSIFIER_ACTUAL, LB_MODE_RAIL);
    event->occurred.utc_us = NOON_US;
    event->place.locode = LB_SPAN("CNULZ");
    event->prov.party = LB_SPAN("ACME");
    return event;
}

static lb_event *say_box(lb_event_type type)
{
    lb_event *event = say(type);
    lb_event_object(event, LB_ROLE_SUBJECT, LB_KIND_CONTAINER, LB_SCHEME_ISO6346,
                    LB_SPAN("LBKU2048176"));
    return event;
}

static void add_truck(lb_event *event)
{
    lb_event_object(event, LB_ROLE_MEANS, LB_KIND_TRUCK, LB_SCHEME_PLATE, LB_SPAN("新A12345"));
}

static void add_wagon(lb_event *event)
{
    lb_event_object(event, LB_ROLE_MEANS, LB_KIND_WAGON, LB_SCHEME_UIC12, LB_SPAN("333379300184"));
}

/* -- associations ---------------------------------------------------------------------------------------- */

static void expect_implied(lb_event_type type, lb_role parent, lb_assoc_action action)
{
    lb_event *event = say_box(type);
    lb_event_object(event, parent, LB_KIND_TRUCK, LB_SCHEME_PLATE, LB_SPAN("新A12345"));
    lb_event_finish(event);
    size_t wanted = action == LB_ASSOC_UNSPECIFIED ? 0 : 1;
    if (event->assoc.count != wanted)
        fail_msg("%s implies %zu associations", lb_event_type_code(type), event->assoc.count);
    if (wanted == 0)
        return;
    const lb_assoc *assoc = &event->assoc.at[0];
    if (assoc->action != action || !assoc->implied || assoc->closed_world)
        fail_msg("%s implies %s", lb_event_type_code(type), lb_assoc_action_name(assoc->action));
    assert_true(lb_span_is(assoc->parent.id, "新A12345"));
    assert_true(lb_span_is(assoc->child.id, "LBKU2048176"));
}

static void test_the_type_implies_what_is_put_on_and_taken_off(void **state)
{
    (void)state;
    expect_implied(LB_EVENT_LOAD, LB_ROLE_MEANS, LB_ASSOC_ADD);
    expect_implied(LB_EVENT_DISC, LB_ROLE_MEANS, LB_ASSOC_DELETE);
    expect_implied(LB_EVENT_GTIN, LB_ROLE_MEANS, LB_ASSOC_DELETE);
    expect_implied(LB_EVENT_GTOT, LB_ROLE_MEANS, LB_ASSOC_ADD);
    expect_implied(LB_EVENT_GAUG, LB_ROLE_MEANS, LB_ASSOC_ADD);
    expect_implied(LB_EVENT_STUF, LB_ROLE_UNIT, LB_ASSOC_ADD);
    expect_implied(LB_EVENT_STRP, LB_ROLE_UNIT, LB_ASSOC_DELETE);
    expect_implied(LB_EVENT_DEPA, LB_ROLE_MEANS, LB_ASSOC_OBSERVE);
    expect_implied(LB_EVENT_ARRI, LB_ROLE_MEANS, LB_ASSOC_OBSERVE);
    expect_implied(LB_EVENT_RCVD, LB_ROLE_UNIT, LB_ASSOC_OBSERVE);
    expect_implied(LB_EVENT_LOAD, LB_ROLE_UNIT, LB_ASSOC_OBSERVE);
    expect_implied(LB_EVENT_STUF, LB_ROLE_MEANS, LB_ASSOC_UNSPECIFIED);
    expect_implied(LB_EVENT_PING, LB_ROLE_MEANS, LB_ASSOC_UNSPECIFIED);
    expect_implied(LB_EVENT_CUSR, LB_ROLE_MEANS, LB_ASSOC_UNSPECIFIED);
}

static void test_a_plan_implies_no_association(void **state)
{
    (void)state;
    lb_event *event = say_box(LB_EVENT_LOAD);
    add_wagon(event);
    event->classifier = LB_CLASSIFIER_ESTIMATED;
    lb_event_finish(event);
    assert_int_equal(event->assoc.count, 0);
}

static void test_what_is_stated_is_not_implied_again(void **state)
{
    (void)state;
    lb_event *event = say_box(LB_EVENT_LOAD);
    add_wagon(event);
    lb_event_assoc(event, LB_ASSOC_OBSERVE, &event->objects.at[1], &event->objects.at[0]);
    lb_event_finish(event);
    assert_int_equal(event->assoc.count, 1);
    assert_int_equal(event->assoc.at[0].action, LB_ASSOC_OBSERVE);
    assert_false(event->assoc.at[0].implied);
}

static void test_a_gate_takes_in_trucks_and_lets_trains_carry_on(void **state)
{
    (void)state;
    lb_event *event = say_box(LB_EVENT_GTIN);
    add_wagon(event);
    lb_event_finish(event);
    assert_int_equal(event->assoc.count, 0);
}

static void test_every_subject_goes_on_the_means(void **state)
{
    (void)state;
    lb_event *event = say_box(LB_EVENT_LOAD);
    lb_event_object_guess(event, LB_ROLE_SUBJECT, LB_SPAN("XJLU3004155"));
    add_wagon(event);
    lb_event_finish(event);
    assert_int_equal(event->assoc.count, 2);
    assert_true(lb_span_is(event->assoc.at[1].child.id, "XJLU3004155"));
}

/* -- natural key ------------------------------------------------------------------------------------------ */

static void test_the_natural_key_has_party_type_object_time_and_place(void **state)
{
    (void)state;
    lb_event *event = say_box(LB_EVENT_GTIN);
    lb_event_raw(event, "CODECO", LB_SPAN("34"), LB_EMPTY);
    lb_event_finish(event);
    assert_true(lb_span_is(event->source_event_key,
                           "ACME|GTIN|34|ACTUAL|container:LBKU2048176|1773316800000000|CNULZ"));
}

static void test_a_party_that_is_not_named_is_the_feed(void **state)
{
    (void)state;
    lb_event *event = say_box(LB_EVENT_GTIN);
    event->prov.party = LB_EMPTY;
    event->occurred.utc_us = LB_UNKNOWN;
    event->occurred.local_text = LB_SPAN("12.03. 10:05");
    lb_event_finish(event);
    assert_true(lb_span_is(event->source_event_key,
                           "local|GTIN||ACTUAL|container:LBKU2048176|12.03. 10:05|CNULZ"));
}

static void test_two_bookings_on_one_departure_are_two_facts(void **state)
{
    (void)state;
    lb_span keys[2];
    for (int i = 0; i < 2; i++) {
        lb_event *event = say(LB_EVENT_CONF);
        event->place.locode = LB_EMPTY;
        event->cap.kind = LB_RESOURCE_DEPARTURE;
        event->cap.id = LB_SPAN("X9023@2026-03-13");
        event->cap.booking = i == 0 ? LB_SPAN("BK-1") : LB_SPAN("BK-2");
        lb_event_finish(event);
        keys[i] = event->source_event_key;
    }
    assert_true(lb_span_is(keys[0], "ACME|CONF||ACTUAL||1773316800000000||X9023@2026-03-13|BK-1"));
    assert_false(lb_span_equal(keys[0], keys[1]));
}

static void test_two_sheets_of_a_list_are_two_facts(void **state)
{
    (void)state;
    for (int64_t number = 1; number <= 2; number++) {
        lb_event *event = say(LB_EVENT_SNAP);
        event->place.locode = LB_EMPTY;
        event->cap.id = LB_SPAN("X9023@2026-03-13");
        event->sheet = (lb_sheet){LB_SPAN("booked"), number, number == 2};
        lb_event_finish(event);
        assert_true(lb_span_is(
            event->source_event_key,
            number == 1 ? "ACME|SNAP||ACTUAL||1773316800000000||X9023@2026-03-13||booked|1"
                        : "ACME|SNAP||ACTUAL||1773316800000000||X9023@2026-03-13||booked|2"));
    }
}

static void test_a_key_that_was_given_is_kept(void **state)
{
    (void)state;
    lb_event *event = say_box(LB_EVENT_GTIN);
    event->source_event_key = LB_SPAN("gate-17");
    lb_event_finish(event);
    assert_true(lb_span_is(event->source_event_key, "gate-17"));
}

static void test_a_long_key_is_cut_and_the_identity_still_differs(void **state)
{
    (void)state;
    char long_code[3000];
    lb_span ids[2];
    memset(long_code, 'x', sizeof long_code);
    for (int i = 0; i < 2; i++) {
        lb_event *event = say_box(LB_EVENT_GTIN);
        long_code[sizeof long_code - 1] = i == 0 ? 'a' : 'b';
        lb_event_raw(event, "X", lb_sink_copy(sink, (lb_span){long_code, sizeof long_code}),
                     LB_EMPTY);
        lb_event_finish(event);
        assert_int_equal(event->source_event_key.len, 1023);
        ids[i] = event->event_id;
    }
    assert_false(lb_span_equal(ids[0], ids[1]));
}

/* -- identity ---------------------------------------------------------------------------------------------- */

static lb_span identity_of(lb_event *event)
{
    lb_event_finish(event);
    assert_int_equal(event->event_id.len, 16);
    return event->event_id;
}

static void test_the_same_words_have_the_same_identity(void **state)
{
    (void)state;
    lb_event *event = say_box(LB_EVENT_LOAD), *again = say_box(LB_EVENT_LOAD);
    add_truck(event);
    add_truck(again);
    assert_true(lb_span_equal(identity_of(event), identity_of(again)));
}

static void test_when_and_how_it_came_does_not_change_the_identity(void **state)
{
    (void)state;
    lb_event *event = say_box(LB_EVENT_GTIN), *again = say_box(LB_EVENT_GTIN);
    event->received_at_us = NOON_US;
    again->received_at_us = NOON_US + 1;
    again->recorded_at_us = NOON_US + 2;
    again->hub_seq = 17;
    again->prov.adapter_revision = 2;
    again->prov.raw_sha256 = LB_SPAN("0123456789abcdef0123456789abcdef");
    assert_true(lb_span_equal(identity_of(event), identity_of(again)));
    assert_true(again->received_at_us == NOON_US + 1);
    assert_int_equal(again->prov.adapter_revision, 2);
    assert_int_equal(again->prov.raw_sha256.len, 32);
}

static void test_any_other_content_changes_the_identity(void **state)
{
    (void)state;
    enum { CHANGES = 9 };
    lb_span first = identity_of(say_box(LB_EVENT_GTIN));
    for (int change = 0; change < CHANGES; change++) {
        lb_event *event = say_box(LB_EVENT_GTIN);
        switch (change) {
        case 0:
            event->occurred.utc_us++;
            break;
        case 1:
            event->place.locode = LB_SPAN("CNXAG");
            break;
        case 2:
            event->classifier = LB_CLASSIFIER_PLANNED;
            break;
        case 3:
            event->revision = 0;
            break;
        case 4:
            event->remark = LB_SPAN("lane 4");
            break;
        case 5:
            lb_event_seal_number(event, LB_SPAN("K40718"));
            break;
        case 6:
            event->prov.source_id = LB_SPAN("another feed");
            break;
        case 7:
            event->qty.pieces = 0; /* none, where it was unknown before */
            break;
        default:
            lb_event_reference(event, LB_SCHEME_BKG, LB_SPAN("BK1"), LB_EMPTY);
        }
        if (lb_span_equal(identity_of(event), first))
            fail_msg("change %d leaves the identity as it was", change);
    }
}

static void test_a_finished_event_may_be_finished_again(void **state)
{
    (void)state;
    lb_event *event = say_box(LB_EVENT_LOAD);
    add_wagon(event);
    lb_span first = identity_of(event);
    assert_true(lb_span_equal(first, identity_of(event)));
    assert_int_equal(event->assoc.count, 1);
}

/* -- setters ----------------------------------------------------------------------------------------------- */

static void test_setters_ignore_empty_values(void **state)
{
    (void)state;
    lb_event *event = say(LB_EVENT_DEPA);
    assert_null(lb_event_object_guess(event, LB_ROLE_SUBJECT, LB_EMPTY));
    assert_null(lb_event_run(event, LB_ROLE_SUBJECT, LB_KIND_TRAIN, LB_SPAN("X9023"), LB_EMPTY));
    lb_event_reference(event, LB_SCHEME_BKG, LB_EMPTY, LB_SPAN("ACME"));
    lb_event_seal_number(event, LB_EMPTY);
    assert_int_equal(event->objects.count + event->refs.count + event->cond.seals.count, 0);
}

static void test_a_run_is_number_and_date_without_leading_zeros(void **state)
{
    (void)state;
    lb_event *event = say(LB_EVENT_DEPA);
    const lb_span date = LB_SPAN("2026-03-12");
    lb_event_run(event, LB_ROLE_SUBJECT, LB_KIND_TRAIN, LB_SPAN("08173"), date);
    lb_event_run(event, LB_ROLE_MEANS, LB_KIND_FLIGHT, LB_SPAN("HU005"), date);
    assert_true(lb_span_is(event->objects.at[0].id, "8173@2026-03-12"));
    assert_true(lb_span_is(event->objects.at[1].id, "HU5@2026-03-12"));
    assert_int_equal(event->objects.at[1].id_raw.len, 0);
    assert_ptr_equal(lb_event_find_object(event, LB_ROLE_MEANS), &event->objects.at[1]);
    assert_null(lb_event_find_object(event, LB_ROLE_DRIVER));
}

static void test_a_wrong_check_digit_is_a_doubt_and_the_object_stays(void **state)
{
    (void)state;
    lb_event *event = say(LB_EVENT_GTIN);
    lb_object *object = lb_event_object_guess(event, LB_ROLE_SUBJECT, LB_SPAN("lbku 204817-7"));
    assert_true(lb_span_is(object->id, "LBKU2048177"));
    assert_true(lb_span_is(object->id_raw, "lbku 204817-7"));
    assert_int_equal(object->check, LB_CHECK_FAILED);
    assert_int_equal(event->quality_flags, LB_FLAG(LB_DOUBT_CHECKDIGIT_FAILED));
    assert_int_equal(lb_sink_doubts(sink), 1);
}

static void test_every_type_has_a_code_a_family_and_words(void **state)
{
    (void)state;
#define LB_EVENT_TYPE(fam, code, number, text)                                \
    assert_string_equal(lb_event_type_code(LB_EVENT_##code), #code);          \
    assert_string_equal(lb_event_type_words(LB_EVENT_##code), text);          \
    assert_int_equal(lb_event_type_family(LB_EVENT_##code), LB_FAMILY_##fam); \
    assert_int_equal(lb_event_type_from_code(LB_SPAN(#code)), LB_EVENT_##code);
#include "landbridge/client/event_types.def"
#undef LB_EVENT_TYPE
    assert_int_equal(lb_event_type_from_code(LB_SPAN("XXXX")), LB_EVENT_UNSPECIFIED);
    assert_int_equal(lb_event_type_from_code(LB_SPAN("GTI")), LB_EVENT_UNSPECIFIED);
    assert_string_equal(lb_event_type_code((lb_event_type)12345), "UNSPECIFIED");
}

int main(void)
{
#define WITH_SINK(test) cmocka_unit_test_setup_teardown(test, open_sink, close_sink)
    const struct CMUnitTest tests[] = {
        WITH_SINK(test_the_type_implies_what_is_put_on_and_taken_off),
        WITH_SINK(test_a_plan_implies_no_association),
        WITH_SINK(test_what_is_stated_is_not_implied_again),
        WITH_SINK(test_a_gate_takes_in_trucks_and_lets_trains_carry_on),
        WITH_SINK(test_every_subject_goes_on_the_means),
        WITH_SINK(test_the_natural_key_has_party_type_object_time_and_place),
        WITH_SINK(test_a_party_that_is_not_named_is_the_feed),
        WITH_SINK(test_two_bookings_on_one_departure_are_two_facts),
        WITH_SINK(test_two_sheets_of_a_list_are_two_facts),
        WITH_SINK(test_a_key_that_was_given_is_kept),
        WITH_SINK(test_a_long_key_is_cut_and_the_identity_still_differs),
        WITH_SINK(test_the_same_words_have_the_same_identity),
        WITH_SINK(test_when_and_how_it_came_does_not_change_the_identity),
        WITH_SINK(test_any_other_content_changes_the_identity),
        WITH_SINK(test_a_finished_event_may_be_finished_again),
        WITH_SINK(test_setters_ignore_empty_values),
        WITH_SINK(test_a_run_is_number_and_date_without_leading_zeros),
        WITH_SINK(test_a_wrong_check_digit_is_a_doubt_and_the_object_stays),
        cmocka_unit_test(test_every_type_has_a_code_a_family_and_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
