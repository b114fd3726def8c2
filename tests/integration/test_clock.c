/* test_clock.c - a hub whose clock the test sets: a month passes in a moment, and all that depends on the time of day
 * follows. Only where LB_TEST_CLOCK is compiled in (presets dev, asan, tsan). */
#include "parties.h"

#include "base/clock.h"

#ifdef LB_TEST_CLOCK
enum { DAYS = 31, HOLD_ENDS = 10, KEY_ENDS = 20 };
#define DAY_US   (INT64_C(86400) * 1000000)
#define START_US INT64_C(1772323200000000) /* 2026-03-01T00:00:00Z */

static lb_scratch clock_folder;
static char clock_path[SCRATCH_PATH_ROOM];

static void set_clock(int64_t wall_us, int64_t rate)
{
    assert_int_equal(lb_clock_set(clock_path, wall_us, rate), LB_OK);
}

static int set_up_clock(void **state, const char *more)
{
    scratch_make(&clock_folder);
    snprintf(clock_path, sizeof clock_path, "%s", scratch_path(&clock_folder, "clock"));
    set_clock(START_US, 0);
    setenv(LB_CLOCK_VARIABLE, clock_path, 1);
    return set_up_with(state, more);
}

static int set_up_stopped(void **state)
{
    return set_up_clock(state, "");
}

static int set_up_stopped_and_small(void **state)
{
    return set_up_clock(state, "[limits]\nparty_questions = 5\n");
}

static int tear_down_clock(void **state)
{
    int failed = tear_down(state);

    unsetenv(LB_CLOCK_VARIABLE);
    scratch_remove(&clock_folder);
    return failed;
}

/* -- what is said, asked and followed --------------------------------------------------------------------- */

static void say_gate_in(test_hub *hub, int box)
{
    char text[TEXT_ROOM];

    snprintf(text, sizeof text,
             "{\"magic\":\"landbridge.report\",\"events\":[{\"type\":\"GTIN\",\"classifier\":"
             "\"ACTUAL\",\"occurred\":{\"utc_us\":%lld},\"objects\":[{\"id\":\"BOX%04d\"}]}]}",
             (long long)START_US, box);
    say(hub, hub->local, text);
    assert_int_equal(hub->receipt.result, LB_RESULT_KEPT);
}

/* 100 TEU, of which 40 are held for a booking until HOLD_ENDS. */
static void say_train_with_a_hold(test_hub *hub)
{
    char text[TEXT_ROOM];

    snprintf(text, sizeof text,
             "{\"magic\":\"landbridge.report\",\"events\":["
             "{\"type\":\"SNAP\",\"classifier\":\"ACTUAL\",\"cap\":{\"kind\":\"DEPARTURE\","
             "\"id\":\"X9023@2026-04-30\",\"lines\":[{\"unit\":\"MILLI_TEU\",\"state\":\"NOMINAL\","
             "\"quantity\":100000}]}},"
             "{\"type\":\"RESV\",\"classifier\":\"ACTUAL\",\"cap\":{\"kind\":\"DEPARTURE\","
             "\"id\":\"X9023@2026-04-30\",\"booking\":\"BK1\",\"expires_us\":%lld,\"lines\":[{"
             "\"unit\":\"MILLI_TEU\",\"state\":\"HELD\",\"quantity\":40000}]}}]}",
             (long long)(START_US + HOLD_ENDS * DAY_US));
    say(hub, hub->local, text);
    assert_int_equal(hub->receipt.result, LB_RESULT_KEPT);
}

static int64_t held_on_train(test_hub *hub)
{
    lb_query query;

    lb_query_init(&query, LB_ASK_CAPACITY);
    query.capacity.resource = LB_SPAN("X9023@2026-04-30");
    ask_at_least(&query, hub->seq);
    const lb_answer *answer = ask_as(hub->local, &query);
    assert_int_equal(answer->capacity.resources.count, 1);
    assert_true(answer->capacity.resources.at[0].units.count > 0);
    return answer->capacity.resources.at[0].units.at[0].held;
}

static const char *asked_by(test_hub *hub, int who)
{
    lb_query query;

    fill_question(hub, LB_ASK_FIND_SPACE, NULL, &query);
    return error_of(ask_as(hub->who[who].client, &query));
}

static void assert_received_at(test_hub *hub, int64_t seq, int64_t at_us)
{
    const lb_event *event;

    assert_int_equal(lb_client_next(hub->local, DEADLINE_MS, &event), LB_OK);
    assert_int_equal(event->hub_seq, seq);
    assert_int_equal(event->received_at_us, at_us);
    assert_int_equal(event->recorded_at_us, at_us);
}

/* -- tests ------------------------------------------------------------------------------------------------- */

static void test_a_month_of_messages_passes_in_a_moment(void **state)
{
    test_hub *hub = *state;
    identity *carrier = &hub->who[CARRIER];
    char fresh[KEY_ROOM], secret[KEY_ROOM];

    say_train_with_a_hold(hub);
    int64_t first_seq = hub->seq + 1;
    assert_int_equal(zmq_curve_keypair(fresh, secret), 0);
    change(hub, LB_ASK_PARTY_ROTATE, carrier, "", fresh, START_US + KEY_ENDS * DAY_US);
    assert_int_equal(lb_client_follow(hub->local, first_seq), LB_OK);
    for (int day = 1; day < DAYS; day++) {
        set_clock(START_US + day * DAY_US, 0);
        say_gate_in(hub, day);
        assert_received_at(hub, first_seq + day - 1, START_US + day * DAY_US);
        assert_int_equal(held_on_train(hub) > 0, day < HOLD_ENDS);
        if (day <= KEY_ENDS) /* answered with an error once; then the connection is closed */
            assert_string_equal(asked_by(hub, CARRIER), day < KEY_ENDS ? "OK" : NO);
    }
}

/* One day per second: messages 0.1 s apart are hours apart for the hub. */
static void test_the_clock_runs_as_fast_as_it_is_set(void **state)
{
    test_hub *hub = *state;
    const lb_event *event;

    set_clock(START_US, 86400);
    assert_int_equal(lb_client_follow(hub->local, hub->seq + 1), LB_OK);
    say_gate_in(hub, 1);
    assert_int_equal(lb_client_next(hub->local, DEADLINE_MS, &event), LB_OK);
    int64_t first_us = event->received_at_us;
    assert_true(first_us >= START_US);
    int64_t began_ms = live_now_ms();
    while (live_now_ms() < began_ms + 100)
        lb_client_poll(hub->local, 10);
    say_gate_in(hub, 2);
    assert_int_equal(lb_client_next(hub->local, DEADLINE_MS, &event), LB_OK);
    assert_true(event->received_at_us - first_us >= 100 * INT64_C(86400) * 1000);
}

/* Rates count the hub's seconds: none pass while its clock stands. */
static void test_limits_follow_the_clock(void **state)
{
    enum { BURST = 10 };
    test_hub *hub = *state;
    lb_query query;
    const lb_answer *answer;

    for (int i = 0; i < BURST; i++)
        assert_string_equal(asked_by(hub, SHIPPER), "OK");
    fill_question(hub, LB_ASK_FIND_SPACE, NULL, &query); /* the library retries while BUSY */
    lb_err err = lb_client_ask(hub->who[SHIPPER].client, &query, NEVER_MS, &answer);
    assert_true(err == LB_ERR_TIMEOUT || strcmp(error_of(answer), "BUSY") == 0);
    set_clock(START_US + DAY_US, 0);
    assert_string_equal(asked_by(hub, SHIPPER), "OK");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_month_of_messages_passes_in_a_moment, set_up_stopped,
                                        tear_down_clock),
        cmocka_unit_test_setup_teardown(test_the_clock_runs_as_fast_as_it_is_set, set_up_stopped,
                                        tear_down_clock),
        cmocka_unit_test_setup_teardown(test_limits_follow_the_clock, set_up_stopped_and_small,
                                        tear_down_clock),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
#else
int main(void)
{
    puts("SKIPPED: this build has no clock that can be set");
    return 0;
}
#endif
