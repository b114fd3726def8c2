/* test_figures_agree - a figure in the answers to two questions is the same in both. */
#include "view_rig.h"

#include <stdlib.h>

#define TRAIN "X9023@2026-03-13"
#define BLOCK "CNULZ/A"

static int set_up(void **state)
{
    return view_set_up(state, NULL, 0);
}

static lb_event *of_resource(view_rig *r, lb_event_type type, int64_t at_us, lb_resource_kind kind,
                             const char *id)
{
    lb_event *event = view_say(r, type, at_us);

    event->place.locode = LB_EMPTY;
    event->mode = LB_MODE_RAIL;
    event->cap.kind = kind;
    event->cap.id = lb_span_of(id);
    event->cap.from.locode = LB_SPAN("CNULZ");
    return event;
}

static void tell_unit(view_rig *r, lb_event *event, lb_unit unit, lb_cap_state state,
                      int64_t quantity)
{
    lb_capacity_line *line = lb_arena_zero(&r->kept, sizeof *line);

    *line = (lb_capacity_line){.unit = unit, .state = state, .quantity = quantity};
    event->cap.lines = (lb_capacity_line_list){line, 1, 1};
}

static void announce(view_rig *r)
{
    lb_event *event = of_resource(r, LB_EVENT_SNAP, NOON, LB_RESOURCE_DEPARTURE, TRAIN);

    event->cap.departs_us = NOON + 30 * HOUR;
    tell_unit(r, event, LB_UNIT_MILLI_TEU, LB_CAP_FREE, 4000);
    view_put(r, NULL, event);
}

static const lb_resource *capacity(view_rig *r, const char *id)
{
    const lb_answer *answer = view_ask(r, NULL, LB_ASK_CAPACITY, id);

    assert_int_equal(answer->capacity.resources.count, 1);
    return &answer->capacity.resources.at[0];
}

static const lb_resource *find_space(view_rig *r, int64_t milli_teu)
{
    lb_need need = {.unit = LB_UNIT_MILLI_TEU, .quantity = milli_teu};

    r->query.find_space.after_us = NOON;
    r->query.find_space.need = (lb_need_list){&need, 1, 1};
    const lb_answer *answer = view_ask(r, NULL, LB_ASK_FIND_SPACE, "CNULZ");
    assert_int_equal(answer->capacity.resources.count, 1);
    return &answer->capacity.resources.at[0];
}

static int64_t used_of(const lb_resource *resource, lb_unit unit)
{
    for (size_t i = 0; i < resource->units.count; i++)
        if (resource->units.at[i].unit == unit)
            return resource->units.at[i].used;
    return LB_UNKNOWN;
}

static int64_t free_of(const lb_resource *resource, lb_unit unit)
{
    for (size_t i = 0; i < resource->units.count; i++)
        if (resource->units.at[i].unit == unit)
            return resource->units.at[i].free;
    return LB_UNKNOWN;
}

static void put_box(view_rig *r, lb_event_type type, int64_t at_us, const char *box,
                    const char *spot)
{
    lb_event *event = view_box(r, type, at_us, box);

    event->objects.at[0].milli_teu = 2000;
    event->place.sub = lb_span_of(spot);
    view_put(r, NULL, event);
}

/* -- yard and capacity ---------------------------------------------------------------------------------------- */

static void test_a_block_is_as_full_by_capacity_as_by_yard(void **state)
{
    view_rig *r = *state;
    lb_event *event = of_resource(r, LB_EVENT_SNAP, NOON, LB_RESOURCE_YARD_BLOCK, BLOCK);

    tell_unit(r, event, LB_UNIT_MILLI_TEU, LB_CAP_NOMINAL, 10000);
    view_put(r, NULL, event);
    put_box(r, LB_EVENT_GTIN, NOON, "LBKU2048176", "A-01-1");
    put_box(r, LB_EVENT_GTIN, NOON + HOUR, "TBJU1234565", "A-02-1");
    put_box(r, LB_EVENT_GTOT, NOON + 2 * HOUR, "TBJU1234565", "A-02-1");

    const lb_resource *block = capacity(r, BLOCK);
    assert_int_equal(used_of(block, LB_UNIT_MILLI_TEU), 2000);
    assert_int_equal(free_of(block, LB_UNIT_MILLI_TEU), 8000);
    assert_int_equal(used_of(block, LB_UNIT_UNIT), 1);

    const lb_yard *yard = &view_ask(r, NULL, LB_ASK_YARD, "CNULZ")->yard;
    assert_int_equal(yard->containers, 1);
    assert_int_equal(yard->blocks.count, 1);
    assert_int_equal(used_of(&yard->blocks.at[0], LB_UNIT_MILLI_TEU), 2000);
    assert_int_equal(free_of(&yard->blocks.at[0], LB_UNIT_MILLI_TEU), 8000);
}

static void test_what_is_held_in_a_block_is_not_free_by_yard_either(void **state)
{
    view_rig *r = *state;
    lb_event *event = of_resource(r, LB_EVENT_SNAP, NOON, LB_RESOURCE_YARD_BLOCK, BLOCK);

    tell_unit(r, event, LB_UNIT_MILLI_TEU, LB_CAP_NOMINAL, 10000);
    view_put(r, NULL, event);
    event = of_resource(r, LB_EVENT_RESV, NOON + HOUR, LB_RESOURCE_YARD_BLOCK, BLOCK);
    event->cap.booking = LB_SPAN("BK1");
    tell_unit(r, event, LB_UNIT_MILLI_TEU, LB_CAP_HELD, 3000);
    view_put(r, NULL, event);
    put_box(r, LB_EVENT_GTIN, NOON, "LBKU2048176", "A-01-1");

    assert_int_equal(free_of(capacity(r, BLOCK), LB_UNIT_MILLI_TEU), 5000);
    const lb_yard *yard = &view_ask(r, NULL, LB_ASK_YARD, "CNULZ")->yard;
    assert_int_equal(free_of(&yard->blocks.at[0], LB_UNIT_MILLI_TEU), 5000);
}

static void test_a_block_without_a_report_has_the_figures_of_what_stands_in_it(void **state)
{
    view_rig *r = *state;

    put_box(r, LB_EVENT_GTIN, NOON, "LBKU2048176", "B-01-1");
    assert_int_equal(used_of(capacity(r, "CNULZ/B"), LB_UNIT_UNIT), 1);
    assert_true(lb_span_is(view_ask(r, NULL, LB_ASK_CAPACITY, "CNULZ/C")->error, "NOT_FOUND"));
}

static void test_a_box_of_unknown_size_makes_the_teu_of_its_block_unknown(void **state)
{
    view_rig *r = *state;
    lb_event *event = of_resource(r, LB_EVENT_SNAP, NOON, LB_RESOURCE_YARD_BLOCK, BLOCK);

    tell_unit(r, event, LB_UNIT_MILLI_TEU, LB_CAP_NOMINAL, 10000);
    view_put(r, NULL, event);
    put_box(r, LB_EVENT_GTIN, NOON, "LBKU2048176", "A-01-1");
    event = view_box(r, LB_EVENT_GTIN, NOON, "TBJU1234565");
    event->objects.at[0].milli_teu = LB_UNKNOWN;
    event->place.sub = LB_SPAN("A-02-1");
    view_put(r, NULL, event);

    const lb_resource *block = capacity(r, BLOCK);
    assert_int_equal(used_of(block, LB_UNIT_UNIT), 2);
    assert_int_equal(used_of(block, LB_UNIT_MILLI_TEU), LB_UNKNOWN);
    assert_int_equal(free_of(block, LB_UNIT_MILLI_TEU), LB_UNKNOWN);
    assert_int_equal(view_ask(r, NULL, LB_ASK_YARD, "CNULZ")->yard.unknown_size, 1);
}

/* -- departures, capacity and space --------------------------------------------------------------------------- */

static void test_a_ban_is_named_by_capacity_as_by_departures(void **state)
{
    view_rig *r = *state;

    announce(r);
    view_put(r, NULL, of_resource(r, LB_EVENT_SNAP, NOON, LB_RESOURCE_BAN, "BAN:W7"));
    assert_int_equal(find_space(r, 1000)->bans.count, 1);
    assert_int_equal(capacity(r, TRAIN)->bans.count, 1);
    assert_int_equal(capacity(r, "DEPARTURE:")->bans.count, 1);
}

static void test_what_was_cancelled_has_no_space(void **state)
{
    view_rig *r = *state;

    announce(r);
    assert_true(find_space(r, 1000)->fits);
    view_put(r, NULL, of_resource(r, LB_EVENT_CANC, NOON + HOUR, LB_RESOURCE_DEPARTURE, TRAIN));
    const lb_resource *train = find_space(r, 1000);
    assert_false(train->fits);
    assert_int_equal(train->binding, LB_BINDING_CANCELLED);
}

/* -- tracks and capacity -------------------------------------------------------------------------------------- */

static void put_departure(view_rig *r, lb_classifier classifier, int64_t at_us, int64_t reported_us)
{
    lb_event *event = view_say(r, LB_EVENT_DEPA, at_us);

    lb_event_is(event, LB_EVENT_DEPA, classifier, LB_MODE_RAIL);
    lb_event_run(event, LB_ROLE_SUBJECT, LB_KIND_TRAIN, LB_SPAN("X9023"), LB_SPAN("2026-03-13"));
    event->reported_at_us = reported_us;
    view_put(r, NULL, event);
}

static void assert_departure(view_rig *r, int64_t planned_us, int64_t actual_us)
{
    lb_times by_capacity = capacity(r, TRAIN)->departure;
    const lb_track *track = view_track(r, NULL, "train:" TRAIN);

    assert_int_equal(by_capacity.planned_us, planned_us);
    assert_int_equal(by_capacity.actual_us, actual_us);
    assert_int_equal(track->legs.count, 1);
    assert_int_equal(track->legs.at[0].departure.planned_us, planned_us);
    assert_int_equal(track->legs.at[0].departure.actual_us, actual_us);
}

static void test_a_plan_that_was_brought_forward_counts_in_both(void **state)
{
    view_rig *r = *state;

    put_departure(r, LB_CLASSIFIER_PLANNED, NOON + 30 * HOUR, NOON);
    put_departure(r, LB_CLASSIFIER_PLANNED, NOON + 29 * HOUR, NOON + HOUR);
    assert_departure(r, NOON + 29 * HOUR, LB_UNKNOWN);
}

static void test_of_two_departures_in_conflict_both_tell_the_first(void **state)
{
    view_rig *r = *state;

    put_departure(r, LB_CLASSIFIER_ACTUAL, NOON, NOON);
    put_departure(r, LB_CLASSIFIER_ACTUAL, NOON + 5 * HOUR, NOON + 6 * HOUR);
    assert_departure(r, LB_UNKNOWN, NOON);
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, view_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_a_block_is_as_full_by_capacity_as_by_yard),
        T(test_what_is_held_in_a_block_is_not_free_by_yard_either),
        T(test_a_box_of_unknown_size_makes_the_teu_of_its_block_unknown),
        T(test_a_block_without_a_report_has_the_figures_of_what_stands_in_it),
        T(test_a_ban_is_named_by_capacity_as_by_departures),
        T(test_what_was_cancelled_has_no_space),
        T(test_a_plan_that_was_brought_forward_counts_in_both),
        T(test_of_two_departures_in_conflict_both_tell_the_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
