/* test_bans - which departures a ban applies to, and that a ban needs a grant for its place. */
#include "view_rig.h"

#include <stdlib.h>

#define TRAIN "X9023@2026-03-13"
#define BAN   "BAN:W7"

static const view_party parties[] = {
    {"rail", "CARRIER", {"for:resource:X*", "for:resource:BAN:*", "for:place:CNULZ"}},
    {"evil", "CARRIER", {"for:resource:BAN:W7", "for:resource:BAN:W7@*", "for:place:CNAKL"}},
};

static int set_up(void **state)
{
    return view_set_up(state, parties, sizeof parties / sizeof parties[0]);
}

static void say(view_rig *r, const char *party, lb_event_type type, int64_t at_us,
                lb_resource_kind kind, const char *id, const char *from)
{
    lb_event *event = view_say(r, type, at_us);

    event->place.locode = LB_EMPTY;
    event->mode = LB_MODE_RAIL;
    event->cap.kind = kind;
    event->cap.id = lb_span_of(id);
    event->cap.from.locode = lb_span_of(from);
    if (kind == LB_RESOURCE_DEPARTURE)
        event->cap.departs_us = NOON + 30 * HOUR;
    view_put(r, party, event);
}

static void announce(view_rig *r)
{
    say(r, "rail", LB_EVENT_SNAP, NOON, LB_RESOURCE_DEPARTURE, TRAIN, "CNULZ");
}

/* How many bans hit the train. */
static size_t bans(view_rig *r)
{
    r->query.departures.after_us = NOON;
    r->query.departures.before_us = NOON + 72 * HOUR;
    const lb_answer *answer = view_ask(r, "rail", LB_ASK_DEPARTURES, "CNULZ");

    assert_int_equal(answer->capacity.resources.count, 1);
    assert_true(lb_span_is(answer->capacity.resources.at[0].id, TRAIN));
    return answer->capacity.resources.at[0].bans.count;
}

static void test_a_ban_applies_to_departures_from_its_place_until_it_is_cancelled(void **state)
{
    view_rig *r = *state;

    announce(r);
    assert_int_equal(bans(r), 0);
    say(r, "rail", LB_EVENT_SNAP, NOON, LB_RESOURCE_BAN, BAN, "CNULZ");
    assert_int_equal(bans(r), 1);
    say(r, "rail", LB_EVENT_CANC, NOON + HOUR, LB_RESOURCE_BAN, BAN, "CNULZ");
    assert_int_equal(bans(r), 0);
}

static void test_a_ban_of_a_foreign_place_is_a_report(void **state)
{
    view_rig *r = *state;

    announce(r);
    say(r, "evil", LB_EVENT_SNAP, NOON, LB_RESOURCE_BAN, BAN, "CNULZ");
    assert_int_equal(bans(r), 0);
}

/* A departure may leave from anywhere: its row needs no cover of the place. */
static void test_a_ban_gets_no_place_from_a_row_of_another_kind(void **state)
{
    view_rig *r = *state;

    announce(r);
    for (int i = 0; i < 2; i++) { /* each row is the later one once; no time comes twice */
        int64_t at_us = NOON + 2 * i * HOUR;
        say(r, "evil", LB_EVENT_SNAP, at_us + i * HOUR, LB_RESOURCE_BAN, BAN, "CNAKL");
        say(r, "evil", LB_EVENT_SNAP, at_us + (1 - i) * HOUR, LB_RESOURCE_DEPARTURE, BAN, "CNULZ");
        assert_int_equal(bans(r), 0);
    }
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, view_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_a_ban_applies_to_departures_from_its_place_until_it_is_cancelled),
        T(test_a_ban_of_a_foreign_place_is_a_report),
        T(test_a_ban_gets_no_place_from_a_row_of_another_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
