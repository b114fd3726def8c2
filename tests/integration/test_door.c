/* test_door.c - doors: queues bounded by bytes, every dropped request and every connection counted. */
#include "net/door.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "counters.h"
#include "scratch.h"
#include "zmtp.h"

enum { PATIENCE_MS = 20000, SHORT = 100, LONG = 20000, HEAVY = 1024 * 1024 };

typedef struct hall { /* one door, and what it needs */
    lb_scratch folder;
    void *zmq;
    lb_endpoints endpoints;
    lb_door_book book;
    lb_door *door;
    lb_door_tally *tally;
} hall;

static void open_hall_at(hall *h, lb_door_name name, int64_t max_request, bool tcp)
{
    *h = (hall){.tally = NULL};
    h->tally = &h->book.at[name];
    scratch_make(&h->folder);
    assert_int_equal(lb_context_open(&h->zmq), LB_OK);
    const lb_listen listen = {.zmq = h->zmq,
                              .folder = h->folder.folder,
                              .tcp = tcp,
                              .plain_address = "127.0.0.1",
                              .endpoints = &h->endpoints,
                              .book = &h->book};
    const lb_ports ports = {tcp ? 0 : LB_PORT_OFF, LB_PORT_OFF};
    assert_int_equal(lb_door_listen(&h->door, &listen, name, ports, max_request), LB_OK);
}

static void open_hall(hall *h, lb_door_name name, int64_t max_request)
{
    open_hall_at(h, name, max_request, false);
}

static void close_hall(hall *h)
{
    lb_door_close(&h->door);
    lb_context_close(&h->zmq);
    assert_int_equal(atomic_load(&h->tally->waiting), 0);
    scratch_remove(&h->folder);
}

/* By the last endpoint: tcp, when there is one. */
static const char *endpoint_of(const hall *h)
{
    return strchr(h->endpoints.at[h->endpoints.count - 1], '=') + 2;
}

static void *visit(const hall *h, int type)
{
    char endpoint[LB_ENDPOINT_ROOM];
    void *socket = lb_socket_open(h->zmq, type);
    int patience = PATIENCE_MS;

    snprintf(endpoint, sizeof endpoint, "%s", endpoint_of(h));
    zmq_setsockopt(socket, ZMQ_RCVTIMEO, &patience, sizeof patience);
    if (type == ZMQ_SUB)
        zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "", 0);
    assert_int_equal(zmq_connect(socket, endpoint), 0);
    return socket;
}

/* Polls until the count has reached the number, or time is up. */
static long long wait_for(const hall *h, atomic_llong *count, long long number)
{
    for (int i = 0; i < PATIENCE_MS && atomic_load(count) < number; i++) {
        lb_door_look(h->door);
        poll(NULL, 0, 1);
    }
    return atomic_load(count);
}

static void take_subscriptions(const hall *h, int count)
{
    char news[16];
    int patience = PATIENCE_MS;

    zmq_setsockopt(lb_door_socket(h->door), ZMQ_RCVTIMEO, &patience, sizeof patience);
    for (int i = 0; i < count; i++)
        assert_int_equal(zmq_recv(lb_door_socket(h->door), news, sizeof news, 0), 1);
}

static void publish(const hall *h, int64_t number, size_t len)
{
    char *body = calloc(1, len);

    assert_non_null(body);
    memcpy(body, &number, sizeof number);
    lb_door_publish(h->door, LB_SPAN("e/"), (lb_span){body, len});
    free(body);
}

/* The number of the next event; -1: none in time. */
static int64_t read_event(void *follower)
{
    static char body[HEAVY];
    char topic[8];
    int64_t number = -1;

    if (zmq_recv(follower, topic, sizeof topic, 0) == 2 &&
        zmq_recv(follower, body, sizeof body, 0) >= (int)sizeof number)
        memcpy(&number, body, sizeof number);
    return number;
}

static void
a_subscriber_that_does_not_read_is_disconnected_and_its_neighbour_misses_nothing(void **state)
{
    const int events = 12000;
    hall h;

    (void)state;
    open_hall(&h, LB_DOOR_LIVE, 1024);
    void *stalled = visit(&h, ZMQ_SUB);
    take_subscriptions(&h, 1);
    void *neighbour = visit(&h, ZMQ_SUB);
    take_subscriptions(&h, 1);
    long long most = 0;
    for (int64_t n = 0; n < events; n++) {
        publish(&h, n, LONG);
        if (n == 0)
            poll(NULL, 0, SHORT);
        assert_int_equal(read_event(neighbour), n);
        long long waiting = atomic_load(&h.tally->waiting);
        most = waiting > most ? waiting : most;
    }
    assert_true(most > LB_DOOR_BYTES / 2); /* messages did pile up for it */
    assert_true(most <= 2 * LB_DOOR_BYTES + LONG);
    assert_true(atomic_load(&h.tally->hung_up) > 0);
    assert_int_equal(atomic_load(&h.tally->untaken), 0);
    assert_int_equal(wait_for(&h, &h.tally->ended, h.tally->hung_up), h.tally->hung_up);

    /* It reads again: its queue, then a gap, then new events, since it has reconnected. */
    int64_t last = -1, number = 0;
    int patience = SHORT;
    zmq_setsockopt(stalled, ZMQ_RCVTIMEO, &patience, sizeof patience);
    for (int i = 0; i < 2 * events && number < events; i++)
        if ((number = read_event(stalled)) < 0)
            publish(&h, events, LONG);
        else if (number < events)
            last = number;
    assert_int_equal(number, events);
    assert_in_range(last, 0, events - 2);
    lb_socket_close(&stalled);
    lb_socket_close(&neighbour);
    close_hall(&h);
}

static void a_subscriber_that_reads_slowly_is_waited_for(void **state)
{
    hall h;

    (void)state;
    open_hall(&h, LB_DOOR_LIVE, 1024);
    void *follower = visit(&h, ZMQ_SUB);
    take_subscriptions(&h, 1);
    for (int64_t n = 0; n < 100000;
         n++) { /* five times what its queue holds, read when a tenth of it waits */
        publish(&h, n, 100);
        for (int64_t read = n - 1999; n % 2000 == 1999 && read <= n; read++)
            assert_int_equal(read_event(follower), read);
    }
    assert_int_equal(atomic_load(&h.tally->hung_up), 0);
    assert_int_equal(atomic_load(&h.tally->untaken), 0);
    lb_socket_close(&follower);
    close_hall(&h);
}

static void ask(const hall *h, void *asker, lb_arena *arena, lb_request *message)
{
    zmq_pollitem_t item = {.socket = lb_door_socket(h->door), .events = ZMQ_POLLIN};

    assert_int_equal(zmq_send(asker, "?", 1, 0), 1);
    assert_int_equal(zmq_poll(&item, 1, PATIENCE_MS), 1);
    assert_int_equal(lb_door_take(h->door, arena, message), LB_OK);
}

static void a_client_that_does_not_read_is_disconnected_and_its_answers_are_counted(void **state)
{
    char *heavy = calloc(1, HEAVY);
    lb_request message;
    lb_arena arena;
    hall h;

    (void)state;
    assert_non_null(heavy);
    open_hall(&h, LB_DOOR_QUERY, 1024);
    lb_arena_init(&arena, HEAVY);
    void *asker = visit(&h, ZMQ_DEALER);
    ask(&h, asker, &arena, &message);
    for (int i = 0; i < PATIENCE_MS && atomic_load(&h.tally->hung_up) == 0; i++) {
        lb_door_answer(h.door, message.from, message.is_req, (lb_span){heavy, HEAVY});
        assert_in_range(atomic_load(&h.tally->waiting), 0, 2 * LB_DOOR_BYTES + HEAVY);
        poll(NULL, 0, 1);
    }
    assert_int_equal(atomic_load(&h.tally->hung_up), 1);
    for (int i = 0; i < PATIENCE_MS && atomic_load(&h.tally->waiting) > 0; i++) {
        lb_door_look(h.door);
        poll(NULL, 0, 1);
    }
    assert_int_equal(atomic_load(&h.tally->waiting), 0); /* its queue is freed */
    wait_for(&h, &h.tally->ended, 1);
    long long untaken = atomic_load(&h.tally->untaken);
    lb_door_answer(h.door, message.from, message.is_req, LB_SPAN("late"));
    assert_int_equal(atomic_load(&h.tally->untaken), untaken + 1);

    void *other = visit(&h, ZMQ_DEALER);
    ask(&h, other, &arena, &message);
    lb_door_answer(h.door, message.from, message.is_req, (lb_span){heavy, HEAVY});
    assert_int_equal(zmq_recv(other, heavy, HEAVY, 0), HEAVY);
    lb_socket_close(&asker);
    lb_socket_close(&other);
    lb_arena_fini(&arena);
    free(heavy);
    close_hall(&h);
}

static void who_comes_and_goes_is_counted(void **state)
{
    char *heavy = calloc(1, HEAVY);
    lb_arena arena;
    hall h;

    (void)state;
    open_hall(&h, LB_DOOR_INTAKE, HEAVY / 2);
    lb_arena_init(&arena, HEAVY);
    void *polite = visit(&h, ZMQ_DEALER), *greedy = visit(&h, ZMQ_DEALER);
    assert_int_equal(wait_for(&h, &h.tally->came, 2), 2);
    assert_int_equal(atomic_load(&h.tally->ended), 0);
    zmq_send(greedy, heavy, HEAVY, 0); /* longer than a message may be */
    assert_true(wait_for(&h, &h.tally->ended, 1) >= 1);
    lb_socket_close(&greedy);
    lb_socket_close(&polite);
    assert_true(wait_for(&h, &h.tally->ended, 2) >= 2);

    struct sockaddr_un at = {.sun_family = AF_UNIX};
    snprintf(at.sun_path, sizeof at.sun_path, "%s/intake.sock", h.folder.folder);
    int stranger = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(connect(stranger, (struct sockaddr *)&at, sizeof at), 0);
    static const char greeting[64] =
        "\xff\0\0\0\0\0\0\0\1\x7f\3\0NOSUCH"; /* ZMTP, of no known mechanism */
    assert_int_equal(write(stranger, greeting, sizeof greeting), sizeof greeting);
    assert_int_equal(wait_for(&h, &h.tally->turned_away, 1), 1);
    close(stranger);

    wait_for(&h, &h.tally->ended, atomic_load(&h.tally->came));
    lb_answer answer = {0};
    lb_door_book_count(&h.book, &arena, &answer.feeds.counter_sets);
    assert_int_equal(counted_in(&answer, "door", "intake", "connected"), 0);
    assert_int_equal(counted_in(&answer, "door", "intake", "came"), atomic_load(&h.tally->came));
    assert_int_equal(counted_in(&answer, "door", "intake", "turned_away"), 1);
    lb_arena_fini(&arena);
    free(heavy);
    close_hall(&h);
}

/* -- a client on plain ZMTP -------------------------------------------------------------------- */

static int dial(const hall *h, const char *type)
{
    int file = zmtp_dial(atoi(strrchr(endpoint_of(h), ':') + 1), type, 0);

    assert_true(file >= 0);
    return file;
}

/* An intake for messages of 1 kB, and its connections. */
static int open_intake(hall *h, lb_arena *arena)
{
    open_hall_at(h, LB_DOOR_INTAKE, 1024, true);
    lb_arena_init(arena, HEAVY);
    return dial(h, "DEALER");
}

enum { FRAME = 200 };

/* Sends frames, and takes messages meanwhile, until the hub closes the connection or enough were
 * sent. */
static long send_frames(const hall *h, int file, long count, char flags, lb_arena *arena)
{
    static const char body[FRAME] = {0};
    char frame[2 + FRAME];
    lb_request message;
    long sent = 0; /* bytes */

    zmtp_frame(flags, body, FRAME, frame);
    while (sent < count * (long)sizeof frame) {
        long at = sent % (long)sizeof frame;
        ssize_t more =
            send(file, frame + at, sizeof frame - (size_t)at, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (more < 0 && errno != EAGAIN)
            break;
        sent += more > 0 ? more : 0;
        lb_arena_reset(arena);
        lb_door_take(h->door, arena, &message);
        lb_door_look(h->door);
    }
    return sent / (long)sizeof frame;
}

static void message_without_an_end_is_hung_up_on(void **state)
{
    const long many = 100L * 1024 * 1024 / FRAME;
    lb_arena arena;
    hall h;

    (void)state;
    int file = open_intake(&h, &arena);
    assert_in_range(send_frames(&h, file, many, ZMTP_MORE, &arena), 3 * 1024 / FRAME, many - 1);
    assert_int_equal(wait_for(&h, &h.tally->endless, 1), 1);
    close(file);
    close_hall(&h);
    lb_arena_fini(&arena);
}

/* A busy door checks late. */
static void messages_that_were_taken_before_the_first_look_count_for_nothing(void **state)
{
    static const char body[FRAME] = {0};
    const int many = 3 * 1024 * 1024 / FRAME;
    char frame[2 + FRAME];
    lb_request message;
    lb_arena arena;
    hall h;

    (void)state;
    int file = open_intake(&h, &arena);
    zmtp_frame(0, body, FRAME, frame);
    for (int i = 0; i < many; i++) {
        assert_int_equal(send(file, frame, sizeof frame, MSG_NOSIGNAL), sizeof frame);
        zmq_pollitem_t item = {.socket = lb_door_socket(h.door), .events = ZMQ_POLLIN};
        assert_int_equal(zmq_poll(&item, 1, PATIENCE_MS), 1);
        lb_arena_reset(&arena);
        assert_int_equal(lb_socket_take(item.socket, &arena, &message), LB_OK); /* does not check */
    }
    poll(NULL, 0, 2 * LB_DOOR_LOOK_MS);
    lb_door_look(h.door);
    assert_int_equal(atomic_load(&h.tally->came), 1);
    assert_int_equal(atomic_load(&h.tally->endless), 0);
    close(file);
    close_hall(&h);
    lb_arena_fini(&arena);
}

/* Another subscriber has the topic already, and this one subscribes and unsubscribes without
 * end. */
static void a_subscriber_that_subscribes_and_unsubscribes_without_end_is_disconnected(void **state)
{
    static const char change[] = "\0\3\1e/\0\3\0e/";
    zmq_msg_t news;
    hall h;

    (void)state;
    open_hall_at(&h, LB_DOOR_LIVE, 64, true);
    void *neighbour = visit(&h, ZMQ_SUB);
    int file = dial(&h, "SUB");
    zmq_msg_init(&news);
    for (int i = 0; i < 100 * 1024; i++) {
        if (send(file, change, sizeof change - 1, MSG_NOSIGNAL) != sizeof change - 1)
            fail_msg("disconnected after %d changes", i);
        while (lb_door_hear(h.door, &news))
            ;
        lb_door_look(h.door);
    }
    assert_int_equal(atomic_load(&h.tally->endless), 0);
    zmq_msg_close(&news);
    close(file);
    lb_socket_close(&neighbour);
    close_hall(&h);
}

static void many_messages_that_end_are_no_endless_one(void **state)
{
    const long many = 10L * 1024 * 1024 / FRAME;
    lb_arena arena;
    hall h;

    (void)state;
    int file = open_intake(&h, &arena);
    assert_int_equal(send_frames(&h, file, many, 0, &arena), many);
    poll(NULL, 0, 2 * LB_DOOR_LOOK_MS);
    lb_door_look(h.door);
    assert_int_equal(atomic_load(&h.tally->endless), 0);
    assert_int_equal(atomic_load(&h.tally->ended), 0);
    close(file);
    close_hall(&h);
    lb_arena_fini(&arena);
}

/* -- the same routing id ---------------------------------------------------------------------------------- */

static void *visit_as(const hall *h, const char *id)
{
    char endpoint[LB_ENDPOINT_ROOM];
    void *socket = lb_socket_open(h->zmq, ZMQ_DEALER);

    snprintf(endpoint, sizeof endpoint, "%s", endpoint_of(h));
    zmq_setsockopt(socket, ZMQ_ROUTING_ID, id, strlen(id));
    assert_int_equal(zmq_connect(socket, endpoint), 0);
    return socket;
}

static void a_second_connection_with_a_routing_id_is_ended_and_counted(void **state)
{
    static const char body[2 * FRAME] = {0};
    lb_request message;
    lb_arena arena;
    hall h;

    (void)state;
    open_hall_at(&h, LB_DOOR_INTAKE, HEAVY, true);
    lb_arena_init(&arena, HEAVY);
    void *first = visit_as(&h, "same");
    ask(&h, first, &arena, &message);
    void *second = visit_as(&h, "same");
    for (int n = 0; n < 20; n++)
        zmq_send(second, body, sizeof body, 0);
    assert_int_equal(wait_for(&h, &h.tally->unheard, 1), 1);
    ask(&h, first, &arena, &message); /* as before */
    assert_int_equal(atomic_load(&h.tally->unheard), 1);
    lb_socket_close(&first);
    lb_socket_close(&second);
    lb_arena_fini(&arena);
    close_hall(&h);
}

static void a_first_message_that_is_long_on_its_way_is_waited_for(void **state)
{
    enum { PIECES = 12, PIECE = 2048, EVERY_MS = 300 };
    static const char piece[PIECE] = {0};
    static const char head[] = {2, 0, 0, 0, 0, 0, 0, PIECES * PIECE / 256, 0}; /* a long frame */
    lb_request message = {.file = -1};
    lb_arena arena;
    hall h;

    (void)state;
    open_hall_at(&h, LB_DOOR_INTAKE, HEAVY, true);
    lb_arena_init(&arena, HEAVY);
    int file = dial(&h, "DEALER");
    assert_int_equal(send(file, head, sizeof head, MSG_NOSIGNAL), sizeof head);
    for (int n = 0; n < PIECES; n++) {
        assert_int_equal(send(file, piece, PIECE, MSG_NOSIGNAL), PIECE);
        for (int ms = 0; ms < EVERY_MS; ms += LB_DOOR_LOOK_MS) {
            poll(NULL, 0, LB_DOOR_LOOK_MS);
            lb_door_look(h.door);
        }
    }
    assert_int_equal(atomic_load(&h.tally->unheard), 0);
    assert_int_equal(lb_door_take(h.door, &arena, &message), LB_OK);
    assert_int_equal(message.body.len, PIECES * PIECE);
    close(file);
    lb_arena_fini(&arena);
    close_hall(&h);
}

/* -- rights that have ended --------------------------------------------------------------------------------- */

static void one_that_goes_on_without_rights_is_reported_once_and_hung_up_on(void **state)
{
    lb_request message;
    lb_arena arena;
    hall h;

    (void)state;
    open_hall_at(&h, LB_DOOR_INTAKE, HEAVY, true);
    lb_arena_init(&arena, HEAVY);
    void *peer = visit(&h, ZMQ_DEALER), *other = visit(&h, ZMQ_DEALER);
    wait_for(&h, &h.tally->came, 2);
    ask(&h, peer, &arena, &message);
    assert_false(lb_door_expel(h.door, message.file));
    ask(&h, peer, &arena, &message);
    assert_true(lb_door_expel(h.door, message.file));
    assert_int_equal(atomic_load(&h.tally->expelled), 0); /* it still gets the reason */
    poll(NULL, 0, 150);
    ask(&h, peer, &arena, &message);
    assert_true(lb_door_expel(h.door, message.file));
    assert_int_equal(atomic_load(&h.tally->expelled), 1);
    assert_int_equal(wait_for(&h, &h.tally->ended, 1), 1);
    ask(&h, other, &arena, &message);
    assert_false(lb_door_expel(h.door, message.file));
    lb_socket_close(&peer);
    lb_socket_close(&other);
    lb_arena_fini(&arena);
    close_hall(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            a_subscriber_that_does_not_read_is_disconnected_and_its_neighbour_misses_nothing),
        cmocka_unit_test(a_subscriber_that_reads_slowly_is_waited_for),
        cmocka_unit_test(a_client_that_does_not_read_is_disconnected_and_its_answers_are_counted),
        cmocka_unit_test(who_comes_and_goes_is_counted),
        cmocka_unit_test(message_without_an_end_is_hung_up_on),
        cmocka_unit_test(many_messages_that_end_are_no_endless_one),
        cmocka_unit_test(messages_that_were_taken_before_the_first_look_count_for_nothing),
        cmocka_unit_test(a_subscriber_that_subscribes_and_unsubscribes_without_end_is_disconnected),
        cmocka_unit_test(a_second_connection_with_a_routing_id_is_ended_and_counted),
        cmocka_unit_test(a_first_message_that_is_long_on_its_way_is_waited_for),
        cmocka_unit_test(one_that_goes_on_without_rights_is_reported_once_and_hung_up_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
