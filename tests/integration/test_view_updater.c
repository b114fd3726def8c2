/* test_view_updater.c - which part of the stream a party may follow, and for how long. */
#include "parties.h"

static int64_t next_of(lb_client *client, int timeout_ms)
{
    const lb_event *event;

    return lb_client_next(client, timeout_ms, &event) == LB_OK ? event->hub_seq : 0;
}

/* Sends one event by air and one by rail; the number of the first. */
static int64_t say_air_and_rail(test_hub *hub, int minute)
{
    char text[TEXT_ROOM];

    snprintf(text, sizeof text,
             "FSU/14\r\n" OWN "PVGURC/T24K812.5\r\nRCF/CZ5417/12MAR10%02d/URC/T24K812.5\r\n",
             minute);
    say(hub, hub->local, text);
    int64_t air = hub->seq;
    snprintf(
        text, sizeof text,
        "{\"magic\":\"landbridge.report\",\"events\":[{\"type\":\"ARRI\",\"classifier\":\"ACTUAL\","
        "\"mode\":\"RAIL\",\"occurred\":"
        "{\"utc_us\":%lld},\"objects\":[{\"kind\":\"CONTAINER\",\"id\":\"LBKU2048176\",\"role\":"
        "\"SUBJECT\"}],"
        "\"place\":{\"locode\":\"CNULZ\"}}]}",
        (long long)(INT64_C(1773309600000000) + minute * INT64_C(60000000)));
    say(hub, hub->local, text);
    assert_int_equal(hub->seq, air + 1);
    return air;
}

static void test_an_integrator_follows_its_topics_and_no_others(void **state)
{
    test_hub *hub = *state;
    lb_client *bench = hub->who[BENCH].client, *chief = hub->who[CHIEF].client;

    int64_t first = say_air_and_rail(hub, 1);
    assert_int_equal(lb_client_follow(bench, first), LB_OK);
    assert_int_equal(lb_client_follow(chief, first), LB_OK);
    assert_int_equal(next_of(bench, DEADLINE_MS), first); /* from the journal */
    assert_int_equal(next_of(bench, NEVER_MS), 0);
    assert_int_equal(next_of(chief, DEADLINE_MS), first);
    assert_int_equal(next_of(chief, DEADLINE_MS), first + 1);
    for (int minute = 2; minute < 6; minute++) { /* live */
        int64_t air = say_air_and_rail(hub, minute);
        assert_int_equal(next_of(bench, DEADLINE_MS), air);
        assert_int_equal(next_of(chief, DEADLINE_MS), air);
        assert_int_equal(next_of(chief, DEADLINE_MS), air + 1);
    }
}

static void test_a_topic_that_is_withdrawn_is_not_followed_any_more(void **state)
{
    test_hub *hub = *state;
    identity *bench = &hub->who[BENCH];
    lb_client *chief = hub->who[CHIEF].client;

    int64_t first = say_air_and_rail(hub, 1);
    assert_int_equal(lb_client_follow(bench->client, first), LB_OK);
    assert_int_equal(lb_client_follow(chief, first + 2), LB_OK);
    assert_int_equal(next_of(bench->client, DEADLINE_MS), first);
    assert_int_equal(next_of(bench->client, NEVER_MS), 0); /* it follows live now */
    change(hub, LB_ASK_PARTY_WITHDRAW, bench, "topic:e/air/", NULL, LB_UNKNOWN);
    int64_t air = say_air_and_rail(hub, 2), between = air + 1;
    assert_int_equal(next_of(chief, DEADLINE_MS), air); /* others go on, over the new connection */
    assert_int_equal(next_of(chief, DEADLINE_MS), air + 1);
    assert_int_equal(next_of(bench->client, NEVER_MS), 0);
    change(hub, LB_ASK_PARTY_GRANT, bench, "topic:e/rail/", NULL, LB_UNKNOWN);
    air = say_air_and_rail(hub, 3);
    int64_t rail = next_of(bench->client, DEADLINE_MS);
    if (rail == between) /* it had not read that far before: it may have it now */
        rail = next_of(bench->client, DEADLINE_MS);
    assert_int_equal(rail, air + 1);
}

/* Events during the time without a connection are not in its queue: the numbers show it, replay
 * has them. */
static void test_a_follower_that_was_cut_off_and_does_not_look_misses_nothing(void **state)
{
    enum { MISSED = 30, AWAY_MS = 3000 };
    test_hub *hub = *state;
    lb_client *chief = hub->who[CHIEF].client;

    int64_t first = say_air_and_rail(hub, 1);
    assert_int_equal(lb_client_follow(hub->who[BENCH].client, first), LB_OK);
    assert_int_equal(next_of(hub->who[BENCH].client, DEADLINE_MS), first);
    /* follows live, so it will be cut off */
    assert_int_equal(next_of(hub->who[BENCH].client, NEVER_MS), 0);
    assert_int_equal(lb_client_follow(chief, first), LB_OK);
    assert_int_equal(next_of(chief, DEADLINE_MS), first);
    assert_int_equal(next_of(chief, DEADLINE_MS), first + 1);
    assert_int_equal(next_of(chief, NEVER_MS), 0);
    change(hub, LB_ASK_PARTY_WITHDRAW, &hub->who[BENCH], "topic:e/air/", NULL, LB_UNKNOWN);
    int64_t until_ms = live_now_ms() + AWAY_MS;
    for (int i = 0; i < MISSED / 2; i++)
        say_air_and_rail(hub, 2 + i);
    while (live_now_ms() < until_ms)
        usleep(10000);
    for (int64_t seq = first + 2; seq < first + 2 + MISSED; seq++)
        assert_int_equal(next_of(chief, DEADLINE_MS), seq);
    assert_int_equal(next_of(chief, NEVER_MS), 0);
}

static void test_only_operators_and_integrators_follow(void **state)
{
    static const size_t others[] = {CARRIER, SHIPPER, AUDITOR};
    test_hub *hub = *state;
    const lb_event *event;

    for (size_t i = 0; i < 3; i++) {
        lb_client *client = hub->who[others[i]].client;
        assert_int_equal(lb_client_follow(client, 1), LB_OK);
        assert_int_equal(lb_client_next(client, DEADLINE_MS, &event), LB_ERR_DENIED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_HUB(test_an_integrator_follows_its_topics_and_no_others),
        WITH_HUB(test_a_topic_that_is_withdrawn_is_not_followed_any_more),
        WITH_HUB(test_a_follower_that_was_cut_off_and_does_not_look_misses_nothing),
        WITH_HUB(test_only_operators_and_integrators_follow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
