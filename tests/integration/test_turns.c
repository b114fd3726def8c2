/* test_turns.c - one sender cannot block the turns of others: a real hub, and senders on plain ZeroMQ. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <zmq.h>

#include "landbridge/client/client.h"
#include "live.h"
#include "record.h"
#include "scratch.h"

enum {
    DEADLINE_MS = 60000,
    ROWS = 1000,    /* of one long message */
    LONG_ONES = 50, /* in one Submit */
    UNREADABLE = 30,
    ROW_ROOM = 80,
    ARENA = 256 * 1024 * 1024,
};

typedef struct test_hub {
    lb_scratch folder;
    char data[SCRATCH_PATH_ROOM];
    pid_t pid;
    void *zmq;
    void *sockets[4]; /* closed at the end, also of a failed test */
    size_t socket_count;
    lb_client *client;
    lb_arena arena;
} test_hub;

static int set_up(void **state)
{
    static test_hub made;
    const lb_answer *answer;
    lb_query query;

    memset(&made, 0, sizeof made);
    scratch_make(&made.folder);
    snprintf(made.data, sizeof made.data, "%s", scratch_path(&made.folder, "data"));
    assert_true(live_config(scratch_path(&made.folder, "hub.conf")));
    made.pid =
        live_start(LB_BIN_DIR "/landbridged", made.data, scratch_path(&made.folder, "hub.conf"),
                   scratch_path(&made.folder, "log"), NULL);
    made.zmq = zmq_ctx_new();
    lb_arena_init(&made.arena, ARENA);
    assert_int_equal(lb_client_open(&made.client, made.data), LB_OK);
    lb_query_init(&query, LB_ASK_STATUS);
    assert_int_equal(lb_client_ask(made.client, &query, DEADLINE_MS, &answer), LB_OK);
    *state = &made;
    return 0;
}

static int tear_down(void **state)
{
    test_hub *hub = *state;

    lb_client_close(&hub->client);
    kill(hub->pid, SIGKILL);
    waitpid(hub->pid, NULL, 0);
    while (hub->socket_count > 0)
        zmq_close(hub->sockets[--hub->socket_count]);
    zmq_ctx_term(hub->zmq);
    lb_arena_fini(&hub->arena);
    scratch_remove(&hub->folder);
    return 0;
}

static void *open_socket(test_hub *hub)
{
    const int no_linger = 0, patience = DEADLINE_MS;
    char at[SCRATCH_PATH_ROOM + 32];
    void *socket = zmq_socket(hub->zmq, ZMQ_DEALER);

    zmq_setsockopt(socket, ZMQ_LINGER, &no_linger, sizeof no_linger);
    zmq_setsockopt(socket, ZMQ_RCVTIMEO, &patience, sizeof patience);
    snprintf(at, sizeof at, "ipc://%s/intake.sock", hub->data);
    assert_int_equal(zmq_connect(socket, at), 0);
    hub->sockets[hub->socket_count++] = socket;
    return socket;
}

static void submit(test_hub *hub, void *socket, const char *source, int64_t correlation,
                   lb_message *messages, size_t count)
{
    lb_submit one;
    lb_span bytes;

    lb_record_init(&lb_record_submit, &one);
    one.source = lb_span_of(source);
    one.correlation = correlation;
    one.messages = (lb_message_list){messages, count, count};
    assert_int_equal(lb_record_pack(&lb_record_submit, &one, &hub->arena, &bytes), LB_OK);
    assert_true(zmq_send(socket, bytes.at, bytes.len, 0) >= 0);
}

static void take_receipts(test_hub *hub, void *socket, lb_receipts *receipts)
{
    zmq_msg_t frame;

    zmq_msg_init(&frame);
    assert_true(zmq_msg_recv(&frame, socket, 0) >= 0);
    lb_span bytes = {zmq_msg_data(&frame), zmq_msg_size(&frame)};
    assert_int_equal(lb_record_unpack(&lb_record_receipts, lb_arena_copy(&hub->arena, bytes),
                                      &hub->arena, receipts),
                     LB_OK);
    zmq_msg_close(&frame);
}

static bool has_receipts(void *socket)
{
    zmq_pollitem_t item = {.socket = socket, .events = ZMQ_POLLIN};

    return zmq_poll(&item, 1, 0) > 0;
}

/* A gate list that takes a while to read. */
static lb_span write_list(test_hub *hub, int number)
{
    char *at = lb_arena_alloc(&hub->arena, (ROWS + 1) * ROW_ROOM);
    size_t len = (size_t)snprintf(at, ROW_ROOM, "event,time,zone,place,container,truck\n");

    for (int row = 0; row < ROWS; row++)
        len += (size_t)snprintf(at + len, ROW_ROOM,
                                "GTIN,2026-03-12 %02d:%02d,Asia/Shanghai,CNULZ,LBKU%07d,T%d\n",
                                row / 60 % 24, row % 60, number * ROWS + row, row);
    return (lb_span){at, len};
}

/* One Submit of many long messages; one of them is in no format. */
static void submit_long(test_hub *hub, void *socket, int64_t correlation)
{
    static lb_message messages[LONG_ONES];

    for (int i = 0; i < LONG_ONES; i++)
        messages[i] = (lb_message){
            .message_id = lb_arena_print(&hub->arena, "long-%lld-%d", (long long)correlation, i),
            .body = i == UNREADABLE ? LB_SPAN("in no language") : write_list(hub, i)};
    submit(hub, socket, "long", correlation, messages, LONG_ONES);
}

static void submit_short(test_hub *hub, void *socket, const char *id)
{
    lb_message message = {.message_id = lb_span_of(id),
                          .body = LB_SPAN("FSU/14\r\n784-30418264PVGURC/T24K812.5\r\n"
                                          "RCS/12MAR1030/PVG/T24K812.5\r\n")};

    submit(hub, socket, "short", 1, &message, 1);
}

static void assert_long_receipts(const lb_receipts *receipts, int64_t correlation)
{
    char id[32];
    int64_t last_seq = 0;

    assert_int_equal(receipts->correlation, correlation);
    assert_int_equal(receipts->receipts.count, LONG_ONES);
    for (int i = 0; i < LONG_ONES; i++) {
        const lb_receipt *receipt = &receipts->receipts.at[i];
        snprintf(id, sizeof id, "long-%lld-%d", (long long)correlation, i);
        assert_true(lb_span_is(receipt->message_id, id));
        if (i == UNREADABLE) {
            assert_int_equal(receipt->result, LB_RESULT_REFUSED);
            assert_true(lb_span_is(receipt->text, "no adapter reads this format"));
            assert_int_not_equal(receipt->quarantine_id, LB_UNKNOWN);
            continue;
        }
        assert_int_equal(receipt->result, LB_RESULT_KEPT);
        assert_int_equal(receipt->events, ROWS);
        assert_true(receipt->first_seq > last_seq);
        last_seq = receipt->first_seq;
    }
}

static void test_a_submit_that_takes_long_is_read_in_parts_and_others_go_between(void **state)
{
    test_hub *hub = *state;
    void *slow = open_socket(hub), *quick = open_socket(hub);
    lb_receipts receipts;
    int between = 0;

    submit_long(hub, slow, 7);
    for (int n = 0; n < 1000 && !has_receipts(slow); n++) {
        char id[16];
        snprintf(id, sizeof id, "quick-%d", n);
        submit_short(hub, quick, id);
        take_receipts(hub, quick, &receipts);
        assert_int_equal(receipts.receipts.at[0].result, LB_RESULT_KEPT);
        between++;
    }
    take_receipts(hub, slow, &receipts);
    assert_long_receipts(&receipts, 7);
    assert_true(between > 3);
}

static void test_a_message_is_counted_once_however_many_turns_its_submit_takes(void **state)
{
    test_hub *hub = *state;
    void *socket = open_socket(hub), *other = open_socket(hub);
    const lb_answer *answer;
    lb_receipts receipts;
    lb_query query;

    submit_long(hub, socket, 1);
    submit_short(hub, other, "between");
    take_receipts(hub, socket, &receipts);
    assert_long_receipts(&receipts, 1);
    submit_long(hub, socket, 1); /* again */
    take_receipts(hub, socket, &receipts);
    for (int i = 0; i < LONG_ONES; i++)
        assert_int_equal(receipts.receipts.at[i].result,
                         i == UNREADABLE ? LB_RESULT_REFUSED : LB_RESULT_DUPLICATE);
    lb_query_init(&query, LB_ASK_FEEDS);
    assert_int_equal(lb_client_ask(hub->client, &query, DEADLINE_MS, &answer), LB_OK);
    for (size_t i = 0; i < answer->feeds.feeds.count; i++) {
        const lb_feed *feed = &answer->feeds.feeds.at[i];
        if (!lb_span_is(feed->source, "long"))
            continue;
        assert_int_equal(feed->messages, 2 * LONG_ONES);
        assert_int_equal(feed->events, (LONG_ONES - 1) * ROWS);
    }
}

static void test_receipts_of_one_source_come_in_the_order_of_its_submits(void **state)
{
    test_hub *hub = *state;
    void *socket = open_socket(hub), *other = open_socket(hub);
    lb_receipts receipts;

    submit_long(hub, socket, 1);
    for (int n = 2; n < 20; n++) {
        lb_message message = {.body = lb_arena_print(&hub->arena, "in no language, number %d", n)};
        submit(hub, socket, "long", n, &message, 1);
    }
    submit_short(hub, other, "between");
    for (int n = 1; n < 20; n++) {
        take_receipts(hub, socket, &receipts);
        assert_int_equal(receipts.correlation, n);
    }
}

static void test_a_sender_with_too_much_waiting_gets_an_error(void **state)
{
    enum { HEAVY = 1024 * 1024, MANY = 40 };
    test_hub *hub = *state;
    void *socket = open_socket(hub);
    char *body = lb_arena_zero(&hub->arena, HEAVY);
    int reported = 0, busy = 0;
    lb_receipts receipts;

    assert_non_null(body);
    submit_long(hub, socket, 1);
    for (int n = 0; n < MANY; n++) {
        lb_message message = {.body = {body, HEAVY - (size_t)n}};
        submit(hub, socket, "long", 100 + n, &message, 1);
    }
    for (; reported < MANY + 1; reported++) {
        take_receipts(hub, socket, &receipts);
        if (receipts.correlation == 1 || receipts.receipts.at[0].result != LB_RESULT_FAILED)
            continue;
        assert_true(lb_span_is(receipts.receipts.at[0].error, "BUSY"));
        assert_true(receipts.receipts.at[0].retry_ms > 0);
        busy++;
    }
    assert_in_range(busy, 1, MANY - 10); /* 16 MiB may wait */
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_a_submit_that_takes_long_is_read_in_parts_and_others_go_between),
        T(test_a_message_is_counted_once_however_many_turns_its_submit_takes),
        T(test_receipts_of_one_source_come_in_the_order_of_its_submits),
        T(test_a_sender_with_too_much_waiting_gets_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
