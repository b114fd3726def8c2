/* test_keys.c - access: keys that are unknown, rotated, revoked; and clients without a key. */
#include "parties.h"

static void assert_stays_out(lb_client *client)
{
    lb_query query;
    const lb_answer *answer;

    lb_query_init(&query, LB_ASK_STATUS);
    assert_int_equal(lb_client_ask(client, &query, NEVER_MS, &answer), LB_ERR_TIMEOUT);
    lb_client_close(&client);
}

static void test_a_client_with_an_unknown_key_is_refused(void **state)
{
    test_hub *hub = *state;
    char own_public[KEY_ROOM], own_secret[KEY_ROOM], at[64];
    identity *chief = &hub->who[CHIEF];
    lb_client *plain;

    assert_int_equal(zmq_curve_keypair(own_public, own_secret), 0);
    assert_stays_out(connect_with(hub, own_public, own_secret, hub->key)); /* an unknown key */
    assert_stays_out(connect_with(hub, chief->own_public, own_secret, hub->key)); /* not its key */
    /* the hub's own key is no client key */
    assert_stays_out(connect_with(hub, chief->own_public, chief->own_secret, own_public));
    snprintf(at, sizeof at, "tcp://127.0.0.1:%d", hub->port);
    assert_int_equal(lb_client_open(&plain, at), LB_OK); /* no key at all */
    assert_stays_out(plain);
}

static void test_a_key_that_is_revoked_ends_live_connections(void **state)
{
    test_hub *hub = *state;
    identity *shipper = &hub->who[SHIPPER], *carrier = &hub->who[CARRIER];
    lb_query query;

    track_of(hub, shipper->client, OWN);
    change(hub, LB_ASK_PARTY_REVOKE, shipper, "", shipper->own_public, LB_UNKNOWN);
    fill_question(hub, LB_ASK_TRACK, OWN, &query);
    assert_string_equal(error_of(ask_as(shipper->client, &query)), NO);

    say(hub, carrier->client,
        "FSU/14\r\n" OWN "PVGURC/T24K812.5\r\nMAN/CZ5417/12MAR/PVGURC/T24K812.5\r\n");
    assert_string_equal(hub->error, "");
    change(hub, LB_ASK_PARTY_REVOKE, carrier, "", NULL, LB_UNKNOWN);
    say(hub, carrier->client,
        "FSU/14\r\n" OWN "PVGURC/T24K812.5\r\nDEP/CZ5417/12MAR/PVGURC/T24K812.5\r\n");
    assert_string_equal(hub->error, NO);
}

static void test_two_keys_are_good_during_rotation(void **state)
{
    test_hub *hub = *state;
    identity *shipper = &hub->who[SHIPPER], next = {.name = shipper->name}, third = next;
    lb_query query;

    assert_int_equal(zmq_curve_keypair(next.own_public, next.own_secret), 0);
    assert_int_equal(zmq_curve_keypair(third.own_public, third.own_secret), 0);
    change(hub, LB_ASK_PARTY_ROTATE, shipper, "", next.own_public, INT64_MAX);
    come_in(hub, &next);
    track_of(hub, shipper->client, OWN);
    track_of(hub, next.client, OWN);
    /* the other keys end now */
    change(hub, LB_ASK_PARTY_ROTATE, shipper, "", third.own_public, LB_UNKNOWN);
    fill_question(hub, LB_ASK_TRACK, OWN, &query);
    assert_string_equal(error_of(ask_as(shipper->client, &query)), NO);
    assert_string_equal(error_of(ask_as(next.client, &query)), NO);
    lb_client_close(&next.client);
}

/* Intake, query, replay and live: the connection existed before. */
static void test_a_network_that_is_granted_ends_live_connections_from_elsewhere(void **state)
{
    static const char status[] =
        "FSU/14\r\n" OWN "PVGURC/T24K812.5\r\nMAN/CZ5417/12MAR/PVGURC/T24K812.5\r\n";
    test_hub *hub = *state;
    identity *shipper = &hub->who[SHIPPER], *carrier = &hub->who[CARRIER],
             *bench = &hub->who[BENCH];
    const lb_event *event;
    lb_query query;

    track_of(hub, shipper->client, OWN);
    say(hub, carrier->client, status);
    assert_string_equal(hub->error, "");
    assert_int_equal(lb_client_follow(bench->client, 1), LB_OK);
    assert_int_equal(lb_client_next(bench->client, DEADLINE_MS, &event), LB_OK);
    while (lb_client_next(bench->client, NEVER_MS, &event) == LB_OK)
        continue; /* it follows live now */

    for (size_t i = CARRIER; i <= BENCH; i++)
        change(hub, LB_ASK_PARTY_GRANT, &hub->who[i], "network:10.9.0.0/16", NULL, LB_UNKNOWN);
    fill_question(hub, LB_ASK_TRACK, OWN, &query);
    assert_string_equal(error_of(ask_as(shipper->client, &query)), NO);
    say(hub, carrier->client, status);
    assert_string_equal(hub->error, NO);
    say(hub, hub->local,
        "FSU/14\r\n" OWN "PVGURC/T24K812.5\r\nDEP/CZ5417/12MAR/PVGURC/T24K812.5\r\n");
    assert_int_not_equal(lb_client_next(bench->client, NEVER_MS, &event), LB_OK);

    change(hub, LB_ASK_PARTY_GRANT, shipper, "network:127.0.0.0/8", NULL, LB_UNKNOWN);
    track_of(hub, shipper->client, OWN); /* the same connection: one of its networks is enough */
}

static void test_without_a_key_nothing_is_permitted_when_the_operator_configures_it(void **state)
{
    test_hub *hub = *state;
    lb_query query;
    const lb_event *event;

    lb_query_init(&query, LB_ASK_STATUS);
    stop(hub);
    write_config(hub, "[identity]\nlocal = none\n");
    start(hub);
    assert_string_equal(error_of(ask_as(hub->local, &query)), NO);
    say(hub, hub->local,
        "FSU/14\r\n" OWN "PVGURC/T24K812.5\r\nDLV/13MAR1030/URC/T24K812.5/SOMEBODY\r\n");
    assert_string_equal(hub->error, NO);
    assert_int_equal(lb_client_follow(hub->local, 1), LB_OK);
    assert_int_equal(lb_client_next(hub->local, DEADLINE_MS, &event), LB_ERR_DENIED);
    assert_string_equal(error_of(ask_as(hub->who[CHIEF].client, &query)), "OK");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_HUB(test_a_client_with_an_unknown_key_is_refused),
        WITH_HUB(test_a_key_that_is_revoked_ends_live_connections),
        WITH_HUB(test_two_keys_are_good_during_rotation),
        WITH_HUB(test_a_network_that_is_granted_ends_live_connections_from_elsewhere),
        WITH_HUB(test_without_a_key_nothing_is_permitted_when_the_operator_configures_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
