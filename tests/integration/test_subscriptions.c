/* test_subscriptions.c - a subscriber's present topics count against its limit, and refused topics are reported to
 * it. */
#include "parties.h"

#include "landbridge/client/answer.h"

enum { TOPICS_MAX = 100, FRAME_ROOM = 512 };

typedef struct live_message {
    char topic[FRAME_ROOM];
    char body[FRAME_ROOM];
    size_t len;
} live_message;

/* -- a client on ZeroMQ without the library ---------------------------------------------------- */

static void *connect_live(test_hub *hub, void *zmq, const identity *who)
{
    char endpoint[64];
    int linger_ms = 0;
    void *socket = zmq_socket(zmq, ZMQ_SUB);

    assert_non_null(socket);
    zmq_setsockopt(socket, ZMQ_LINGER, &linger_ms, sizeof linger_ms);
    zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, hub->key, KEY_ROOM);
    zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, who->own_public, KEY_ROOM);
    zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, who->own_secret, KEY_ROOM);
    snprintf(endpoint, sizeof endpoint, "tcp://127.0.0.1:%d", hub->port + 2);
    assert_int_equal(zmq_connect(socket, endpoint), 0);
    return socket;
}

static void set_topic(void *socket, int option, const char *topic)
{
    assert_int_equal(zmq_setsockopt(socket, option, topic, strlen(topic)), 0);
}

static void set_number(void *socket, int option, int number)
{
    char topic[32];

    snprintf(topic, sizeof topic, "e/air/%d/", number);
    set_topic(socket, option, topic);
}

/* The next message whose topic begins so; false: none came in time. */
static bool next_message(void *socket, const char *head, int timeout_ms, live_message *message)
{
    int64_t until_ms = live_now_ms() + timeout_ms;

    while (live_now_ms() < until_ms) {
        zmq_pollitem_t item = {.socket = socket, .events = ZMQ_POLLIN};
        if (zmq_poll(&item, 1, (long)(until_ms - live_now_ms())) <= 0)
            return false;
        int topic = zmq_recv(socket, message->topic, sizeof message->topic - 1, 0);
        int body = zmq_recv(socket, message->body, sizeof message->body, 0);
        assert_true(topic >= 0 && body >= 0);
        message->topic[topic] = '\0';
        message->len = (size_t)body;
        if (strncmp(message->topic, head, strlen(head)) == 0)
            return true;
    }
    return false;
}

static bool hears_air(test_hub *hub, void *socket, int minute)
{
    live_message message;

    set_topic(socket, ZMQ_SUBSCRIBE, "h");
    /* everything before it was processed */
    assert_true(next_message(socket, "h", DEADLINE_MS, &message));
    say_arrival(hub, minute);
    return next_message(socket, "e/air/", 2000, &message);
}

/* "FULL", "DENIED": the error in a refusal. */
static void assert_refused(const live_message *message, const char *topic, const char *error)
{
    lb_arena arena;
    lb_receipt receipt;
    const char *end = strrchr(message->topic, '/');

    lb_arena_init(&arena, 64 * 1024);
    assert_int_equal(lb_record_unpack(&lb_record_receipt, (lb_span){message->body, message->len},
                                      &arena, &receipt),
                     LB_OK);
    assert_int_equal(receipt.result, LB_RESULT_REFUSED);
    assert_true(lb_span_is(receipt.error, error));
    assert_true(receipt.next_step.len > 0 && receipt.text.len > 0);
    assert_non_null(end);
    assert_string_equal(message->topic + strlen(message->topic) - strlen(topic), topic);
    lb_arena_fini(&arena);
}

/* -- tests -------------------------------------------------------------------------------------------------- */

static void test_topics_that_were_given_back_do_not_count(void **state)
{
    test_hub *hub = *state;
    void *zmq = zmq_ctx_new(), *socket = connect_live(hub, zmq, &hub->who[BENCH]);

    for (int i = 0; i <= TOPICS_MAX; i++) {
        set_number(socket, ZMQ_SUBSCRIBE, i);
        set_number(socket, ZMQ_UNSUBSCRIBE, i);
    }
    set_topic(socket, ZMQ_SUBSCRIBE, "e/air/");
    assert_true(hears_air(hub, socket, 10));
    zmq_close(socket);
    zmq_ctx_term(zmq);
}

static void test_topics_of_a_connection_that_ended_do_not_count(void **state)
{
    test_hub *hub = *state;
    live_message message;
    void *zmq = zmq_ctx_new(), *first = connect_live(hub, zmq, &hub->who[BENCH]);

    for (int i = 0; i < TOPICS_MAX; i++)
        set_number(first, ZMQ_SUBSCRIBE, i);
    set_topic(first, ZMQ_SUBSCRIBE, "h");
    assert_true(next_message(first, "h", DEADLINE_MS, &message));
    zmq_close(first);
    void *second = connect_live(hub, zmq, &hub->who[BENCH]);
    /* until the hub has noticed that the first one ended */
    for (int tries = 0; tries < 20; tries++) {
        set_topic(second, ZMQ_SUBSCRIBE, "e/air/");
        if (hears_air(hub, second, 20 + tries))
            break;
        set_topic(second, ZMQ_UNSUBSCRIBE, "e/air/");
        assert_true(tries < 19);
    }
    zmq_close(second);
    zmq_ctx_term(zmq);
}

static void test_a_topic_over_the_limit_is_refused_by_a_receipt(void **state)
{
    test_hub *hub = *state;
    live_message message;
    void *zmq = zmq_ctx_new(), *socket = connect_live(hub, zmq, &hub->who[BENCH]);

    for (int i = 0; i <= TOPICS_MAX; i++)
        set_number(socket, ZMQ_SUBSCRIBE, i);
    set_topic(socket, ZMQ_SUBSCRIBE, "refused/"); /* after the refusal that it is about */
    assert_true(next_message(socket, "refused/", DEADLINE_MS, &message));
    assert_refused(&message, "/e/air/100/", "FULL");
    set_topic(socket, ZMQ_SUBSCRIBE, "e/rail/");
    assert_true(next_message(socket, "refused/", DEADLINE_MS, &message));
    assert_refused(&message, "/e/rail/", "DENIED");
    set_number(socket, ZMQ_UNSUBSCRIBE, 0);
    set_topic(socket, ZMQ_SUBSCRIBE, "e/air/");
    assert_true(hears_air(hub, socket, 30));
    zmq_close(socket);
    zmq_ctx_term(zmq);
}

static void test_a_refusal_is_sent_to_its_key_only(void **state)
{
    test_hub *hub = *state;
    live_message message;
    void *zmq = zmq_ctx_new();
    void *chief = connect_live(hub, zmq, &hub->who[CHIEF]);
    void *bench = connect_live(hub, zmq, &hub->who[BENCH]);

    set_topic(chief, ZMQ_SUBSCRIBE, "");
    assert_true(next_message(chief, "h", DEADLINE_MS, &message));
    set_topic(bench, ZMQ_SUBSCRIBE, "refused/");
    set_topic(bench, ZMQ_SUBSCRIBE, "e/rail/");
    assert_true(next_message(bench, "refused/", DEADLINE_MS, &message));
    assert_false(next_message(chief, "refused/", NEVER_MS, &message));
    char others[FRAME_ROOM];
    snprintf(others, sizeof others, "%s", message.topic); /* "refused/KEY/e/rail/" */
    others[strlen(others) - strlen("e/rail/")] = '\0';
    /* another party's own topic: refused, and nothing of it arrives */
    set_topic(chief, ZMQ_SUBSCRIBE, others);
    set_topic(bench, ZMQ_UNSUBSCRIBE, "e/rail/");
    set_topic(bench, ZMQ_SUBSCRIBE, "e/rail/");
    assert_true(next_message(bench, "refused/", DEADLINE_MS, &message));
    while (next_message(chief, "refused/", NEVER_MS, &message))
        assert_refused(&message, others, "DENIED");
    zmq_close(chief);
    zmq_close(bench);
    zmq_ctx_term(zmq);
}

/* Two subscriptions to one part of the stream: the part is sent until both are withdrawn. */
static void test_what_two_topics_have_in_common_stays_until_both_are_given_back(void **state)
{
    test_hub *hub = *state;
    live_message message;
    void *zmq = zmq_ctx_new(), *socket = connect_live(hub, zmq, &hub->who[BENCH]);

    set_topic(socket, ZMQ_SUBSCRIBE, "e/");
    set_topic(socket, ZMQ_SUBSCRIBE, "e/air/");
    set_topic(socket, ZMQ_UNSUBSCRIBE, "e/air/");
    assert_true(hears_air(hub, socket, 40));
    set_topic(socket, ZMQ_UNSUBSCRIBE, "e/");
    set_topic(socket, ZMQ_SUBSCRIBE, "e/air/transport/none/");
    set_topic(socket, ZMQ_SUBSCRIBE, "refused/");
    set_topic(socket, ZMQ_SUBSCRIBE, "e/rail/");
    /* everything was processed */
    assert_true(next_message(socket, "refused/", DEADLINE_MS, &message));
    say_arrival(hub, 41);
    assert_false(next_message(socket, "e/air/", NEVER_MS, &message));
    zmq_close(socket);
    zmq_ctx_term(zmq);
}

static void test_the_client_library_reports_a_refusal_and_goes_on_by_replay(void **state)
{
    test_hub *hub = *state;
    lb_client *bench = hub->who[BENCH].client;
    const lb_event *event = NULL;
    live_message message;
    lb_err err;
    void *zmq = zmq_ctx_new(), *socket = connect_live(hub, zmq, &hub->who[BENCH]);

    for (int i = 0; i < TOPICS_MAX; i++)
        set_number(socket, ZMQ_SUBSCRIBE, i);
    set_topic(socket, ZMQ_SUBSCRIBE, "h");
    assert_true(next_message(socket, "h", DEADLINE_MS, &message));
    assert_int_equal(lb_client_follow(bench, hub->seq + 1), LB_OK);
    while ((err = lb_client_next(bench, DEADLINE_MS, &event)) == LB_ERR_TIMEOUT)
        continue;
    assert_int_equal(err, LB_ERR_FULL);
    assert_non_null(strstr(lb_client_follow_why(bench), "100 topics"));
    say_arrival(hub, 50);
    assert_int_equal(lb_client_next(bench, DEADLINE_MS, &event), LB_OK);
    assert_int_equal(event->hub_seq, hub->seq);
    zmq_close(socket);
    zmq_ctx_term(zmq);
}

/* Endless subscriptions delay no event of another subscriber. */
static void test_a_flood_of_subscriptions_delays_no_other_subscriber(void **state)
{
    enum { TIMES = 100000, EVENTS = 5, SOON_MS = 2000 };
    test_hub *hub = *state;
    live_message message;
    lb_client *chief = hub->who[CHIEF].client;
    const lb_event *event;
    void *zmq = zmq_ctx_new(), *socket = connect_live(hub, zmq, &hub->who[BENCH]);

    assert_int_equal(lb_client_follow(chief, hub->seq + 1), LB_OK);
    assert_int_equal(lb_client_next(chief, NEVER_MS, &event), LB_ERR_TIMEOUT);
    set_topic(socket, ZMQ_SUBSCRIBE, "h");
    assert_true(next_message(socket, "h", DEADLINE_MS, &message));
    for (int i = 0; i < TIMES; i++) {
        set_number(socket, ZMQ_SUBSCRIBE, i);
        set_number(socket, ZMQ_UNSUBSCRIBE, i);
    }
    int64_t most_ms = 0;
    for (int i = 0; i < EVENTS; i++) {
        say_arrival(hub, i);
        int64_t from_ms = live_now_ms();
        assert_int_equal(lb_client_next(chief, DEADLINE_MS, &event), LB_OK);
        assert_int_equal(event->hub_seq, hub->seq);
        most_ms = live_now_ms() - from_ms > most_ms ? live_now_ms() - from_ms : most_ms;
    }
    print_message("beside %d subscriptions: %lld ms at most\n", TIMES, (long long)most_ms);
    assert_true(most_ms < SOON_MS);
    zmq_close(socket);
    zmq_ctx_term(zmq);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_HUB(test_topics_that_were_given_back_do_not_count),
        WITH_HUB(test_topics_of_a_connection_that_ended_do_not_count),
        WITH_HUB(test_a_topic_over_the_limit_is_refused_by_a_receipt),
        WITH_HUB(test_a_refusal_is_sent_to_its_key_only),
        WITH_HUB(test_what_two_topics_have_in_common_stays_until_both_are_given_back),
        WITH_HUB(test_a_flood_of_subscriptions_delays_no_other_subscriber),
        WITH_HUB(test_the_client_library_reports_a_refusal_and_goes_on_by_replay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
