/* test_jt809_gate.c - the gate for other platforms, between a real TCP link and an intake played by the test. */
#include "frame809.h"
#include "gate/jt809.h"
#include "record.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

enum { PATIENCE_MS = 5000, ROOM = 1024 };
#define INTAKE "inproc://test-intake"

typedef struct rig {
    void *zmq, *router;
    lb_jt809_gate *gate;
    lb_arena arena;
    zmq_msg_t peer;
    lb_submit submit;
    int fd; /* the platform's side of the link */
} rig;

static const lb_809_frame like = {.access_code = 65001, .version = {1, 2, 15}};

static int connect_from(const lb_jt809_gate *gate, const char *own_address)
{
    struct sockaddr_in own = {.sin_family = AF_INET};
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(lb_jt809_gate_port(gate))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(inet_pton(AF_INET, own_address, &own.sin_addr), 1);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (const void *)&own, sizeof own), 0);
    assert_int_equal(connect(fd, (const void *)&address, sizeof address), 0);
    return fd;
}

static int connect_link(const lb_jt809_gate *gate)
{
    return connect_from(gate, "127.0.0.1");
}

static int set_up(void **state)
{
    rig *r = calloc(1, sizeof *r);
    int patience = PATIENCE_MS, linger = 0;
    const lb_jt809_options options = {.intake = INTAKE};
    r->zmq = zmq_ctx_new();
    r->router = zmq_socket(r->zmq, ZMQ_ROUTER);
    zmq_setsockopt(r->router, ZMQ_RCVTIMEO, &patience, sizeof patience);
    zmq_setsockopt(r->router, ZMQ_LINGER, &linger, sizeof linger);
    zmq_bind(r->router, INTAKE);
    zmq_msg_init(&r->peer);
    lb_arena_init(&r->arena, 16 * 1024 * 1024);
    if (lb_jt809_gate_open(&r->gate, r->zmq, &options) != LB_OK)
        return -1;
    r->fd = connect_link(r->gate);
    *state = r;
    return 0;
}

static int tear_down(void **state)
{
    rig *r = *state;
    close(r->fd);
    lb_jt809_gate_close(&r->gate);
    lb_jt809_gate_close(&r->gate);
    zmq_msg_close(&r->peer);
    zmq_close(r->router);
    zmq_ctx_term(r->zmq);
    lb_arena_fini(&r->arena);
    free(r);
    return 0;
}

/* -- the platform's side --------------------------------------------------------------------------- */

static void send_frame(const rig *r, uint16_t type, lb_span body)
{
    char out[ROOM];
    size_t len = lb_809_write(&like, type, 17, 0, body, out, sizeof out);
    assert_true(len > 0);
    for (size_t i = 0; i < len; i++) /* a byte at a time: frames are cut anywhere */
        assert_int_equal(send(r->fd, out + i, 1, MSG_NOSIGNAL), 1);
}

static void log_in(const rig *r)
{
    static const char login[46] = {0};
    send_frame(r, 0x1001, (lb_span){login, sizeof login});
}

/* A vehicle message of an unknown sub-type: the gate does not read it. */
static void send_vehicle(const rig *r)
{
    char body[LB_809_VEHICLE] = "AB12345";
    send_frame(r, 0x1200, (lb_span){body, sizeof body});
}

static uint16_t take_answer(const rig *r, char *body, size_t *body_len)
{
    static char bytes[ROOM], plain[ROOM];
    size_t len = 0;
    lb_span rest, frame;
    lb_809_frame opened;
    struct pollfd wait = {.fd = r->fd, .events = POLLIN};
    do {
        assert_int_equal(poll(&wait, 1, PATIENCE_MS), 1);
        ssize_t got = recv(r->fd, bytes + len, sizeof bytes - len, 0);
        assert_true(got > 0);
        len += (size_t)got;
        rest = (lb_span){bytes, len};
    } while (!lb_809_cut(&rest, &frame));
    size_t plain_len = lb_809_unescape((lb_span){frame.at + 1, frame.len - 2}, plain);
    assert_true(lb_809_open((lb_span){plain, plain_len}, &opened));
    assert_true(opened.crc_is_right);
    *body_len = opened.body.len;
    memcpy(body, opened.body.at, opened.body.len);
    return opened.type;
}

static void assert_closed(const rig *r)
{
    char byte;
    struct pollfd wait = {.fd = r->fd, .events = POLLIN};
    assert_int_equal(poll(&wait, 1, PATIENCE_MS), 1);
    assert_int_equal(recv(r->fd, &byte, 1, 0), 0);
}

/* -- the hub's side -------------------------------------------------------------------------------- */

static void take_submit(rig *r)
{
    zmq_msg_t body;
    zmq_msg_init(&body);
    assert_true(zmq_msg_recv(&r->peer, r->router, 0) >= 0);
    assert_true(zmq_msg_recv(&body, r->router, 0) >= 0);
    lb_arena_reset(&r->arena);
    assert_int_equal(lb_record_unpack(&lb_record_submit,
                                      (lb_span){zmq_msg_data(&body), zmq_msg_size(&body)},
                                      &r->arena, &r->submit),
                     LB_OK);
    zmq_msg_close(&body);
}

static void give_receipt(rig *r, lb_result result)
{
    lb_receipt one;
    lb_receipts receipts;
    lb_span bytes;
    lb_record_init(&lb_record_receipt, &one);
    lb_record_init(&lb_record_receipts, &receipts);
    one.result = result;
    receipts.correlation = r->submit.correlation;
    receipts.receipts = (lb_receipt_list){&one, 1, 1};
    assert_int_equal(lb_record_pack(&lb_record_receipts, &receipts, &r->arena, &bytes), LB_OK);
    assert_true(zmq_msg_send(&r->peer, r->router, ZMQ_SNDMORE) >= 0);
    assert_int_equal(zmq_send(r->router, bytes.at, bytes.len, 0), bytes.len);
    zmq_msg_init(&r->peer);
}

/* -- rules ------------------------------------------------------------------------------------------ */

static void test_login_and_link_keeping_are_answered(void **state)
{
    rig *r = *state;
    char body[ROOM];
    size_t len;
    log_in(r);
    assert_int_equal(take_answer(r, body, &len), 0x1002);
    assert_int_equal(len, 5);
    assert_int_equal(body[0], 0);
    send_frame(r, 0x1005, LB_EMPTY);
    assert_int_equal(take_answer(r, body, &len), 0x1006);
}

static void test_the_sub_link_is_answered_too(void **state)
{
    rig *r = *state;
    char body[ROOM];
    size_t len;
    send_frame(r, 0x9005, LB_EMPTY);
    assert_int_equal(take_answer(r, body, &len), 0x9006);
}

static void test_vehicle_messages_go_to_the_hub(void **state)
{
    rig *r = *state;
    char body[ROOM];
    size_t len;
    lb_jt809_counts counts;
    log_in(r);
    take_answer(r, body, &len);
    send_vehicle(r);
    take_submit(r);
    assert_true(lb_span_is(r->submit.source, "jt809"));
    assert_true(lb_span_is(r->submit.messages.at[0].format, "road.jt809"));
    assert_int_equal(r->submit.messages.at[0].body.at[0], 0x5B);
    give_receipt(r, LB_RESULT_KEPT);
    lb_jt809_gate_counts(r->gate, &counts);
    assert_int_equal(counts.frames, 1);
    assert_int_equal(counts.bad_frames, 0);
}

static void test_a_link_that_has_not_logged_in_is_not_accepted(void **state)
{
    rig *r = *state;
    char body[ROOM];
    size_t len;
    lb_jt809_counts counts;
    send_vehicle(r);
    log_in(r); /* its answer shows that the gate has processed everything before it */
    take_answer(r, body, &len);
    lb_jt809_gate_counts(r->gate, &counts);
    assert_int_equal(counts.strangers, 1);
    assert_int_equal(counts.frames, 0);
}

static void test_a_hub_that_could_not_keep_it_closes_the_link(void **state)
{
    rig *r = *state;
    char body[ROOM];
    size_t len;
    log_in(r);
    take_answer(r, body, &len);
    send_vehicle(r);
    take_submit(r);
    give_receipt(r, LB_RESULT_FAILED);
    assert_closed(r);
}

static void test_junk_between_frames_is_stepped_over(void **state)
{
    rig *r = *state;
    char body[ROOM];
    size_t len;
    lb_jt809_counts counts;
    static const char junk[] = "hello\x5Bnot a frame\x5D";
    assert_int_equal(send(r->fd, junk, sizeof junk - 1, MSG_NOSIGNAL), sizeof junk - 1);
    log_in(r);
    assert_int_equal(take_answer(r, body, &len), 0x1002);
    lb_jt809_gate_counts(r->gate, &counts);
    assert_int_equal(counts.bad_frames, 1);
}

/* -- too many links ------------------------------------------------------------------------------------ */

static lb_jt809_counts counts_when_links_are(const rig *r, int64_t links)
{
    lb_jt809_counts counts = {0};
    for (int i = 0; i < PATIENCE_MS && counts.links != links; i++) {
        poll(NULL, 0, 1);
        lb_jt809_gate_counts(r->gate, &counts);
    }
    assert_int_equal(counts.links, links);
    return counts;
}

static void test_a_link_that_does_not_log_in_gives_way_and_one_that_has_stays(void **state)
{
    enum { IDLE = LB_JT809_LINKS_OF_ADDRESS };
    rig *r = *state, late = *r;
    char body[ROOM];
    size_t len;
    int idle[IDLE];
    log_in(r);
    take_answer(r, body, &len);
    for (int i = 0; i < IDLE - 1; i++)
        idle[i] = connect_link(r->gate);
    counts_when_links_are(r, IDLE);
    late.fd = connect_link(r->gate); /* one more than an address may have */
    log_in(&late);
    assert_int_equal(take_answer(&late, body, &len), 0x1002);
    assert_int_equal(counts_when_links_are(r, IDLE).gave_way, 1);
    send_frame(r, 0x1005, LB_EMPTY);
    assert_int_equal(take_answer(r, body, &len), 0x1006);
    close(late.fd);
    for (int i = 0; i < IDLE - 1; i++)
        close(idle[i]);
}

static void test_one_address_leaves_links_to_the_others(void **state)
{
    rig *r = *state, mine = *r, more = *r, other = *r;
    char body[ROOM];
    size_t len;
    int logged_in[LB_JT809_LINKS_OF_ADDRESS];
    log_in(r);
    take_answer(r, body, &len);
    for (int i = 1; i < LB_JT809_LINKS_OF_ADDRESS; i++) {
        mine.fd = logged_in[i] = connect_link(r->gate);
        log_in(&mine);
        take_answer(&mine, body, &len);
    }
    more.fd = connect_link(r->gate);
    assert_closed(&more);
    assert_int_equal(counts_when_links_are(r, LB_JT809_LINKS_OF_ADDRESS).refused, 1);
    other.fd = connect_from(r->gate, "127.0.0.2");
    log_in(&other);
    assert_int_equal(take_answer(&other, body, &len), 0x1002);
    close(more.fd);
    close(other.fd);
    for (int i = 1; i < LB_JT809_LINKS_OF_ADDRESS; i++)
        close(logged_in[i]);
}

static void test_a_link_has_so_long_to_log_in(void **state)
{
    const lb_jt809_options options = {.intake = INTAKE, .login_us = 100 * 1000};
    rig *r = *state, late = *r;
    lb_jt809_counts counts;
    assert_int_equal(lb_jt809_gate_open(&late.gate, r->zmq, &options), LB_OK);
    late.fd = connect_link(late.gate);
    assert_closed(&late);
    lb_jt809_gate_counts(late.gate, &counts);
    assert_int_equal(counts.gave_way, 1);
    close(late.fd);
    lb_jt809_gate_close(&late.gate);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_login_and_link_keeping_are_answered),
        TEST(test_the_sub_link_is_answered_too),
        TEST(test_vehicle_messages_go_to_the_hub),
        TEST(test_a_link_that_has_not_logged_in_is_not_accepted),
        TEST(test_a_hub_that_could_not_keep_it_closes_the_link),
        TEST(test_junk_between_frames_is_stepped_over),
        TEST(test_a_link_that_does_not_log_in_gives_way_and_one_that_has_stays),
        TEST(test_one_address_leaves_links_to_the_others),
        TEST(test_a_link_has_so_long_to_log_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
