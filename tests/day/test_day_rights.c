/* test_day_rights.c - the made-up day sent by its parties, each with its own grants (grants.txt) only, and queried by
 * shippers: every track and all capacity equal the truth. In one process; test_day_parties does it with a hub and
 * keys. */
#include "oracle.h"
#include "grants.h"

#include "base/log.h"
#include "rights/rights_hub.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* 1: it may not be sent. */
static int send_message(rights_hub *hub, const day_message *message)
{
    bool by_gate = message->door == LB_DAY_JT808;
    const rights_message sent = {.party = by_gate ? "FLEET" : grants_sender(message->source),
                                 .source = by_gate ? "jt808" : message->source,
                                 .format = message->format,
                                 .body = {message->body, message->len},
                                 .at_us = message->at_us,
                                 .by_gate = by_gate};
    rights_receipt receipt = rights_hub_send(hub, &sent);

    return receipt.stage == LB_ITEM_DENIED ? 1 : 0;
}

static void put_question(void *whose, const lb_query *query, int64_t now_us, lb_arena *arena,
                         lb_answer *answer)
{
    rights_hub_ask(whose, grants_asker(query), query, now_us, arena, answer);
}

/* The number of messages that may not be sent, truth lines that are missing, and movements that
 * are not in the truth. */
static int play(uint64_t seed, bool is_small, const grant *dropped)
{
    static oracle c;
    day_text grants = {0};
    int wrong = 0;

    memset(&c, 0, sizeof c);
    rig_open(&c.day, seed, is_small);
    grants_write(&c.day.world, dropped, &grants);
    rights_hub *hub = rights_hub_open(grants.at, c.day.folder);
    for (size_t i = 0; i < c.day.post.count; i++)
        wrong += send_message(hub, &c.day.post.at[i]);
    rights_hub_flush(hub);
    c.is_quiet = dropped != NULL;
    c.put = put_question;
    c.whose = hub;
    oracle_open(&c, NULL);
    wrong += oracle_judge(&c);
    wrong += oracle_check_claims(&c);
    oracle_close(&c);
    rights_hub_close(&hub);
    day_text_fini(&grants);
    rig_close(&c.day);
    return wrong;
}

static void test_small_days_by_their_parties_are_known_as_they_were(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++)
        assert_int_equal(play(seed, true, NULL), 0);
}

static void test_a_whole_day_by_its_parties_is_known_as_it_was(void **state)
{
    (void)state;
    assert_int_equal(play(1, false, NULL), 0);
}

/* A right that can be left out is too much; and a day that no missing right spoils would prove
 * nothing. The subscriber is tested by test_day_parties. */
static void test_every_grant_of_the_file_is_needed(void **state)
{
    static grant list[GRANTS_MAX];
    size_t count = grants_list(list);
    int idle = 0;

    (void)state;
    assert_int_equal(play(1, true, NULL), 0);
    for (size_t i = 0; i < count; i++) {
        int wrong = strncmp(list[i].right, "topic:", 6) == 0 ? 1 : play(1, true, &list[i]);
        if (wrong == 0)
            print_message("%s of %s is not needed\n", list[i].right, list[i].party);
        idle += wrong == 0 ? 1 : 0;
    }
    print_message("%zu rights, %d of them idle\n", count, idle);
    assert_true(count > 30);
    assert_int_equal(idle, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small_days_by_their_parties_are_known_as_they_were),
        cmocka_unit_test(test_a_whole_day_by_its_parties_is_known_as_it_was),
        cmocka_unit_test(test_every_grant_of_the_file_is_needed),
    };

    lb_log_least(LB_WARN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
