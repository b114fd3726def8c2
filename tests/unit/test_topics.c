/* test_topics.c - the present subscriptions of a key count against its limit, and nothing else. */
#include "net/publish_topics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static uint64_t ended; /* the cookie of an ended connection */

static bool is_there(lb_peer peer)
{
    return peer.cookie != ended;
}

static lb_err add(lb_topics *topics, int number, lb_peer peer)
{
    char text[16];

    snprintf(text, sizeof text, "e/%d/", number);
    return lb_topics_add(topics, lb_span_of(text), true, peer, is_there);
}

static bool take_back(lb_topics *topics, int number, lb_peer peer)
{
    char text[16];

    snprintf(text, sizeof text, "e/%d/", number);
    return lb_topics_remove(topics, lb_span_of(text), peer);
}

static void fill(lb_topics *topics, lb_peer peer)
{
    for (int i = 0; i < LB_TOPICS_MAX; i++)
        assert_int_equal(add(topics, i, peer), LB_OK);
    assert_int_equal(add(topics, LB_TOPICS_MAX, peer), LB_ERR_FULL);
}

static void test_a_topic_that_is_given_back_makes_room(void **state)
{
    lb_topics topics = {.at = NULL};
    lb_peer peer = {7, 70};

    (void)state;
    ended = 0;
    fill(&topics, peer);
    for (int i = 0; i < 10 * LB_TOPICS_MAX; i++) {
        assert_true(take_back(&topics, i, peer));
        assert_false(take_back(&topics, i, peer));
        assert_int_equal(add(&topics, i + LB_TOPICS_MAX, peer), LB_OK);
        assert_int_equal(add(&topics, -1, peer), LB_ERR_FULL);
    }
    lb_topics_fini(&topics);
}

static void test_a_topic_counts_once_however_many_connections_have_it(void **state)
{
    lb_topics topics = {.at = NULL};
    lb_peer peer = {7, 70}, other = {8, 80};

    (void)state;
    ended = 0;
    fill(&topics, peer);
    for (int i = 0; i < LB_TOPICS_MAX; i++)
        assert_int_equal(add(&topics, i, other), LB_OK);
    assert_int_equal(add(&topics, -1, other), LB_ERR_FULL);
    assert_true(take_back(&topics, 0, peer));
    assert_int_equal(add(&topics, -1, peer), LB_ERR_FULL); /* the other connection still has it */
    assert_true(take_back(&topics, 0, other));
    assert_int_equal(add(&topics, -1, peer), LB_OK);
    lb_topics_fini(&topics);
}

static void test_what_an_ended_connection_had_makes_room(void **state)
{
    lb_topics topics = {.at = NULL};
    lb_peer first = {7, 70}, second = {7, 71}; /* the same file number, reused */

    (void)state;
    ended = 0;
    fill(&topics, first);
    assert_int_equal(add(&topics, -1, second), LB_ERR_FULL);
    ended = first.cookie;
    for (int i = 0; i < LB_TOPICS_MAX; i++)
        assert_int_equal(add(&topics, 1000 + i, second), LB_OK);
    assert_int_equal(add(&topics, -1, second), LB_ERR_FULL);
    lb_topics_fini(&topics);
}

static void test_the_heartbeat_counts_nothing(void **state)
{
    lb_topics topics = {.at = NULL};
    lb_peer peer = {7, 70};

    (void)state;
    ended = 0;
    assert_int_equal(lb_topics_add(&topics, LB_SPAN("h"), false, peer, is_there), LB_OK);
    fill(&topics, peer);
    assert_int_equal(lb_topics_add(&topics, LB_SPAN("refused/"), false, peer, is_there), LB_OK);
    assert_true(lb_topics_remove(&topics, LB_SPAN("h"), peer));
    lb_topics_fini(&topics);
}

static void test_connections_are_limited_too(void **state)
{
    lb_topics topics = {.at = NULL};

    (void)state;
    ended = UINT64_MAX;
    for (int i = 0; i < LB_TOPIC_CONNECTIONS; i++)
        assert_int_equal(add(&topics, 0, (lb_peer){i, (uint64_t)i + 1}), LB_OK);
    assert_int_equal(add(&topics, 0, (lb_peer){-1, 0}), LB_ERR_FULL);
    ended = 5;
    assert_int_equal(add(&topics, 0, (lb_peer){-1, 0}), LB_OK);
    lb_topics_fini(&topics);
}

static void test_a_topic_has_64_bytes_at_most(void **state)
{
    static const char text[LB_TOPIC_BYTES + 2] =
        "e/3456789012345678901234567890123456789012345678901234567890123456";
    lb_topics topics = {.at = NULL};
    lb_peer peer = {7, 70};

    (void)state;
    for (size_t len = LB_TOPIC_BYTES - 1; len <= LB_TOPIC_BYTES + 1; len++)
        assert_int_equal(lb_topics_add(&topics, (lb_span){text, len}, true, peer, is_there),
                         len <= LB_TOPIC_BYTES ? LB_OK : LB_ERR_TOO_BIG);
    assert_int_equal(lb_topics_add(&topics, LB_EMPTY, true, peer, is_there), LB_OK);
    assert_true(lb_topics_remove(&topics, LB_EMPTY, peer));
    lb_topics_fini(&topics);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_topic_that_is_given_back_makes_room),
        cmocka_unit_test(test_a_topic_counts_once_however_many_connections_have_it),
        cmocka_unit_test(test_what_an_ended_connection_had_makes_room),
        cmocka_unit_test(test_the_heartbeat_counts_nothing),
        cmocka_unit_test(test_connections_are_limited_too),
        cmocka_unit_test(test_a_topic_has_64_bytes_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
