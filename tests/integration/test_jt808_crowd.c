/* test_jt808_crowd.c - the gate for truck terminals with too many connections: a silent one is closed, an active one
 * stays, and one address leaves room for the others. */
#include "jt808_rig.h"

#include <poll.h>

enum { MOST = 12, OF_ADDRESS = 8 };
#define HERE      "127.0.0.1"
#define ELSEWHERE "127.0.0.2"

static void dial_from(rig *r, terminal *t, const char *address)
{
    struct sockaddr_in own = {.sin_family = AF_INET},
                       at = {.sin_family = AF_INET,
                             .sin_port = htons(lb_jt808_gate_port(r->gate)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval patience = {.tv_sec = PATIENCE_MS / 1000};
    memset(t, 0, sizeof *t);
    assert_int_equal(inet_pton(AF_INET, address, &own.sin_addr), 1);
    t->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(t->fd, (struct sockaddr *)&own, sizeof own), 0);
    setsockopt(t->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    assert_int_equal(connect(t->fd, (struct sockaddr *)&at, sizeof at), 0);
    lb_808_stream_reset(&t->stream);
}

static rig *open_small(void)
{
    return open_rig(&(lb_jt808_options){.max_connections = MOST, .max_of_address = OF_ADDRESS});
}

/* Terminal `number` identifies itself, on a connection of its own. */
static void speak(terminal *t, uint8_t number)
{
    beat(t, number, 1);
    expect_answer(t, 0x0002, 1, LB_808_DONE);
}

static void hang_up_all(terminal *all, int count)
{
    for (int i = 0; i < count; i++)
        hang_up(&all[i]);
}

static void wait_for_connections(rig *r, int64_t count)
{
    for (int i = 0; i < PATIENCE_MS && counts_of(r).connections != count; i++)
        poll(NULL, 0, 1);
    assert_int_equal(counts_of(r).connections, count);
}

static void test_a_silent_connection_gives_way_to_a_new_one(void **state)
{
    terminal idle[OF_ADDRESS], truck;
    (void)state;
    rig *r = open_small();
    for (int i = 0; i < OF_ADDRESS; i++)
        dial_from(r, &idle[i], HERE);
    wait_for_connections(r, OF_ADDRESS);
    dial_from(r, &truck, HERE);
    speak(&truck, 0x01);
    expect_end(&idle[0]); /* the oldest of them */
    assert_int_equal(counts_of(r).gave_way, 1);
    assert_int_equal(counts_of(r).refused, 0);
    wait_for_connections(r, OF_ADDRESS);
    hang_up_all(idle, OF_ADDRESS);
    hang_up(&truck);
    close_rig(r);
}

static void test_an_active_terminal_is_not_closed_for_another(void **state)
{
    terminal trucks[OF_ADDRESS], idle;
    (void)state;
    rig *r = open_small();
    for (int i = 0; i < OF_ADDRESS; i++) {
        dial_from(r, &trucks[i], HERE);
        speak(&trucks[i], (uint8_t)i);
    }
    dial_from(r, &idle, HERE); /* one more of this address */
    expect_end(&idle);
    assert_int_equal(counts_of(r).refused, 1);
    for (int i = 0; i < OF_ADDRESS; i++)
        speak(&trucks[i], (uint8_t)i);
    hang_up_all(trucks, OF_ADDRESS);
    hang_up(&idle);
    close_rig(r);
}

static void test_one_address_leaves_room_for_the_others(void **state)
{
    terminal crowd[OF_ADDRESS], trucks[MOST - OF_ADDRESS], late;
    (void)state;
    rig *r = open_small();
    for (int i = 0; i < OF_ADDRESS; i++) {
        dial_from(r, &crowd[i], HERE);
        speak(&crowd[i], (uint8_t)i);
    }
    for (int i = 0; i < MOST - OF_ADDRESS; i++) {
        dial_from(r, &trucks[i], ELSEWHERE);
        speak(&trucks[i], (uint8_t)(0x10 + i));
    }
    dial_from(r, &late, ELSEWHERE); /* all places are taken by terminals */
    expect_end(&late);
    assert_int_equal(counts_of(r).connections, MOST);
    assert_int_equal(counts_of(r).refused, 1);
    hang_up_all(crowd, OF_ADDRESS);
    hang_up_all(trucks, MOST - OF_ADDRESS);
    hang_up(&late);
    close_rig(r);
}

/* The oldest of all, whatever its address. */
static void test_a_full_gate_closes_an_unidentified_connection_for_a_terminal(void **state)
{
    terminal idle[OF_ADDRESS], others[MOST - OF_ADDRESS], truck;
    (void)state;
    rig *r = open_small();
    for (int i = 0; i < OF_ADDRESS; i++)
        dial_from(r, &idle[i], HERE);
    for (int i = 0; i < MOST - OF_ADDRESS; i++)
        dial_from(r, &others[i], ELSEWHERE);
    wait_for_connections(r, MOST);
    dial_from(r, &truck, "127.0.0.3");
    speak(&truck, 0x01);
    expect_end(&idle[0]);
    assert_int_equal(counts_of(r).gave_way, 1);
    hang_up_all(idle, OF_ADDRESS);
    hang_up_all(others, MOST - OF_ADDRESS);
    hang_up(&truck);
    close_rig(r);
}

static void test_a_connection_that_stays_silent_is_closed_in_time(void **state)
{
    terminal idle, truck;
    (void)state;
    rig *r = open_rig(&(lb_jt808_options){.stranger_us = 100 * 1000});
    dial(r, &truck);
    speak(&truck, 0x01);
    dial(r, &idle);
    say_bytes(&idle, "half a fra", 10); /* does not count as a frame */
    expect_end(&idle);
    assert_int_equal(counts_of(r).said_nothing, 1);
    speak(&truck, 0x01);
    hang_up(&idle);
    hang_up(&truck);
    close_rig(r);
}

/* As many connections as the gate has places, by default; then a truck comes. */
static void test_four_thousand_idle_connections_keep_no_terminal_out(void **state)
{
    enum { IDLE = 4096 };
    static terminal idle[IDLE];
    terminal truck;
    (void)state;
    rig *r = open_plain();
    for (int i = 0; i < IDLE; i++)
        dial_from(r, &idle[i], i % 4 == 0 ? HERE : i % 4 == 1 ? ELSEWHERE : "127.0.0.4");
    dial_from(r, &truck, "127.0.0.9");
    speak(&truck, 0x01);
    assert_int_equal(counts_of(r).refused, 0);
    hang_up_all(idle, IDLE);
    hang_up(&truck);
    close_rig(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_silent_connection_gives_way_to_a_new_one),
        cmocka_unit_test(test_an_active_terminal_is_not_closed_for_another),
        cmocka_unit_test(test_one_address_leaves_room_for_the_others),
        cmocka_unit_test(test_a_full_gate_closes_an_unidentified_connection_for_a_terminal),
        cmocka_unit_test(test_a_connection_that_stays_silent_is_closed_in_time),
        cmocka_unit_test(test_four_thousand_idle_connections_keep_no_terminal_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
