/* test_stuck.c - a stuck disk or view. The disk does not return from its sync: messages are accepted meanwhile, and those
 * beyond the limit get BUSY before the turn ends. The view does not advance: a sender of many events waits, the others do
 * not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <poll.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <zmq.h>

#include "base/clock.h"
#include "hub.h"
#include "live.h"
#include "record.h"
#include "scratch.h"

enum {
    MIB = 1024 * 1024,
    MESSAGES = 24,
    LAG_EVENTS = 20000,
    TABLE_ROOM = 4 * MIB,
    WAIT_MS = 60000,
    ARENA = 64 * MIB,
    SOME_MORE_MS = 300
};

static _Atomic bool is_disk_stuck, has_sync_begun;

/* Replaces the C library's: SQLite calls it for each commit. */
static int sync_file(long call, int file)
{
    while (atomic_load(&is_disk_stuck)) {
        atomic_store(&has_sync_begun, true);
        poll(NULL, 0, 1);
    }
    return (int)syscall(call, file);
}

int fdatasync(int file)
{
    return sync_file(SYS_fdatasync, file);
}

int fsync(int file)
{
    return sync_file(SYS_fsync, file);
}

typedef struct rig {
    lb_scratch folder;
    char data[SCRATCH_PATH_ROOM];
    lb_hub *hub;
    int wake;
    pthread_t thread;
    void *zmq;
    void *dialled[2];
    size_t dialled_count;
    lb_arena arena;
} rig;

static void *run_hub(void *argument)
{
    rig *r = argument;

    lb_hub_run(r->hub, r->wake);
    return NULL;
}

static int set_up(void **state)
{
    static rig made;
    lb_config config;

    made = (rig){.wake = eventfd(0, EFD_CLOEXEC)};
    scratch_make(&made.folder);
    snprintf(made.data, sizeof made.data, "%s", scratch_path(&made.folder, "data"));
    lb_config_init(&config);
    config.tcp = false;
    config.lag_events = LAG_EVENTS;
    assert_int_equal(lb_hub_open(&made.hub, made.data, &config), LB_OK);
    assert_int_equal(pthread_create(&made.thread, NULL, run_hub, &made), 0);
    made.zmq = zmq_ctx_new();
    lb_arena_init(&made.arena, ARENA);
    *state = &made;
    return 0;
}

/* The sockets are closed after the hub: libzmq leaks memory when a monitor is closed during an
 * event. */
static int tear_down(void **state)
{
    const uint64_t one = 1;
    rig *r = *state;

    atomic_store(&is_disk_stuck, false);
    assert_int_equal(write(r->wake, &one, sizeof one), sizeof one);
    pthread_join(r->thread, NULL);
    lb_hub_close(&r->hub);
    close(r->wake);
    for (size_t i = 0; i < r->dialled_count; i++)
        zmq_close(r->dialled[i]);
    zmq_ctx_term(r->zmq);
    lb_arena_fini(&r->arena);
    scratch_remove(&r->folder);
    return 0;
}

static void *dial(rig *r)
{
    void *socket = zmq_socket(r->zmq, ZMQ_DEALER);
    char at[SCRATCH_PATH_ROOM + 32];
    int none = 0;

    snprintf(at, sizeof at, "ipc://%s/intake.sock", r->data);
    assert_non_null(socket);
    zmq_setsockopt(socket, ZMQ_LINGER, &none, sizeof none);
    assert_int_equal(zmq_connect(socket, at), 0);
    r->dialled[r->dialled_count++] = socket;
    return socket;
}

static void submit(rig *r, void *socket, const char *source, int64_t number, lb_span body)
{
    lb_message message = {.body = body};
    lb_submit submit;
    lb_span bytes;

    lb_arena_reset(&r->arena);
    lb_record_init(&lb_record_submit, &submit);
    submit.source = lb_span_of(source);
    submit.correlation = number;
    submit.messages = (lb_message_list){&message, 1, 1};
    assert_int_equal(lb_record_pack(&lb_record_submit, &submit, &r->arena, &bytes), LB_OK);
    assert_int_equal(zmq_send(socket, bytes.at, bytes.len, 0), bytes.len);
}

/* False: none came in that time. */
static bool hear(rig *r, void *socket, int wait_ms, lb_receipts *receipts)
{
    zmq_pollitem_t item = {.socket = socket, .events = ZMQ_POLLIN};
    zmq_msg_t frame;

    if (zmq_poll(&item, 1, wait_ms) <= 0)
        return false;
    zmq_msg_init(&frame);
    assert_true(zmq_msg_recv(&frame, socket, 0) >= 0);
    lb_arena_reset(&r->arena);
    assert_int_equal(lb_record_unpack(&lb_record_receipts,
                                      (lb_span){zmq_msg_data(&frame), zmq_msg_size(&frame)},
                                      &r->arena, receipts),
                     LB_OK);
    zmq_msg_close(&frame);
    return true;
}

static void stick_the_disk(rig *r, void *socket)
{
    static const char report[] =
        "{\"magic\":\"landbridge.report\",\"events\":[{\"type\":\"GTIN\",\"classifier\":\"ACTUAL\","
        "\"occurred\":{\"utc_us\":1773273600000000},\"objects\":[{\"kind\":\"CONTAINER\","
        "\"role\":\"SUBJECT\",\"id\":\"TKWU0000017\"}]}]}";

    atomic_store(&has_sync_begun, false);
    atomic_store(&is_disk_stuck, true);
    submit(r, socket, "first", 1, lb_span_of(report));
    for (int64_t until_ms = live_now_ms() + WAIT_MS;
         !atomic_load(&has_sync_begun) && live_now_ms() < until_ms;)
        poll(NULL, 0, 1);
    assert_true(atomic_load(&has_sync_begun));
}

static void test_messages_are_received_and_refused_while_a_turn_is_written(void **state)
{
    rig *r = *state;
    void *first = dial(r), *other = dial(r);
    char *body = calloc(1, MIB);
    int busy = 0, refused = 0;
    lb_receipts receipts;

    assert_non_null(body);
    stick_the_disk(r, first);
    for (int64_t n = 0; n < MESSAGES; n++)
        submit(r, other, "other", n, (lb_span){body, MIB - (size_t)n});
    free(body);
    for (int64_t n = 16; n < MESSAGES; n++, busy++) { /* 16 MiB of it wait; these are too much */
        assert_true(hear(r, other, WAIT_MS, &receipts));
        assert_int_equal(receipts.correlation, n);
        assert_int_equal(receipts.receipts.count, 1);
        assert_int_equal(receipts.receipts.at[0].result, LB_RESULT_FAILED);
        assert_true(lb_span_is(receipts.receipts.at[0].error, "BUSY"));
        assert_true(receipts.receipts.at[0].retry_ms > 0);
    }
    assert_false(hear(r, first, SOME_MORE_MS, &receipts)); /* no receipt before the sync */
    assert_false(hear(r, other, 0, &receipts));
    atomic_store(&is_disk_stuck, false);
    assert_true(hear(r, first, WAIT_MS, &receipts));
    assert_int_equal(receipts.receipts.at[0].result, LB_RESULT_KEPT);
    for (; refused < 16; refused++) { /* zeros are no format */
        assert_true(hear(r, other, WAIT_MS, &receipts));
        assert_int_equal(receipts.correlation, refused);
        assert_int_equal(receipts.receipts.at[0].result, LB_RESULT_REFUSED);
    }
    assert_int_equal(busy + refused, MESSAGES);
}

/* So many rows, each an event. */
static void submit_table(rig *r, void *socket, const char *source, int64_t number, int rows)
{
    char *text = malloc(TABLE_ROOM);
    size_t len = 0;

    assert_non_null(text);
    len += (size_t)sprintf(text, "event;time;place;own id;truck\n");
    for (int i = 0; i < rows; i++)
        len += (size_t)sprintf(text + len, "GTIN;2026-11-29 10:05;CNULZ;%s-%d-%d;XA%05d\n", source,
                               (int)number, i, i);
    assert_true(len < TABLE_ROOM);
    submit(r, socket, source, number, (lb_span){text, len});
    free(text);
}

static void assert_kept(rig *r, void *socket, int64_t number)
{
    lb_receipts receipts;

    lb_record_init(&lb_record_receipts, &receipts);
    assert_true(hear(r, socket, WAIT_MS, &receipts));
    assert_int_equal(receipts.correlation, number);
    assert_int_equal(receipts.receipts.count, 1);
    assert_int_equal(receipts.receipts.at[0].result, LB_RESULT_KEPT);
}

static sqlite3 *stick_the_view(rig *r)
{
    char path[SCRATCH_PATH_ROOM + 16];
    sqlite3 *view = NULL;

    snprintf(path, sizeof path, "%s/view.db", r->data);
    assert_int_equal(sqlite3_open_v2(path, &view, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    sqlite3_busy_timeout(view, WAIT_MS);
    assert_int_equal(sqlite3_exec(view, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    return view;
}

/* Messages sent before the other's come after it: 10,000 events cost their sender a second. */
static void test_a_sender_of_many_events_waits_for_the_view_and_no_other(void **state)
{
    rig *r = *state;
    void *many = dial(r), *few = dial(r);
    lb_receipts receipts;

    submit_table(r, few, "few", 0, 1);
    assert_kept(r, few, 0); /* the view is there */
    sqlite3 *view = stick_the_view(r);
    submit_table(r, many, "many", 1, LAG_EVENTS + 5000);
    assert_kept(r, many, 1);
    submit_table(r, many, "many", 2, 10000);
    submit_table(r, many, "many", 3, 1);
    assert_kept(r, many, 2);
    submit_table(r, few, "few", 4, 1);
    assert_kept(r, few, 4);
    assert_false(hear(r, many, 0, &receipts));
    sqlite3_close(view);
    assert_kept(r, many, 3);
}

static void test_many_small_submits_wait_as_long_as_one_of_all_their_events(void **state)
{
    enum { SUBMITS = 100, ROWS = 40, EVENT_US = 100, AHEAD_US = 10000 };
    rig *r = *state;
    void *many = dial(r);

    submit_table(r, many, "many", 0, 1);
    assert_kept(r, many, 0);
    sqlite3 *view = stick_the_view(r);
    submit_table(r, many, "many", 1, LAG_EVENTS + 100);
    assert_kept(r, many, 1);
    int64_t began_us = lb_clock_monotonic_us();
    for (int i = 0; i < SUBMITS; i++)
        submit_table(r, many, "many", 2 + i, ROWS);
    for (int i = 0; i < SUBMITS; i++)
        assert_kept(r, many, 2 + i);
    assert_true(lb_clock_monotonic_us() - began_us >= (SUBMITS - 1) * ROWS * EVENT_US - AHEAD_US);
    sqlite3_close(view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_messages_are_received_and_refused_while_a_turn_is_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_a_sender_of_many_events_waits_for_the_view_and_no_other, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_many_small_submits_wait_as_long_as_one_of_all_their_events, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
