/* test_jt808_gate.c - the gate for truck terminals between real TCP connections and an intake that the
 * test plays itself: it takes the Submit and decides what the Receipts say. */
#include "answer808.h"
#include "gate/jt808.h"
#include "keep/party.h"
#include "landbridge/adapter.h"
#include "pack.h"
#include "record.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

#include "scratch.h"

enum { PATIENCE_MS = 5000, PLACES_MAX = 2000 };
#define INTAKE "inproc://test-intake"

typedef struct rig { /* the hub's side */
    void *zmq, *router;
    lb_jt808_gate *gate;
    lb_arena arena;
    zmq_msg_t peer;
    lb_submit submit; /* the last one taken */
} rig;

typedef struct terminal { /* the truck's side: one connection */
    int fd;
    lb_808_stream stream;
    char bytes[4096];
    lb_span rest;
} terminal;

/* -- the hub's side ---------------------------------------------------------------------------------- */

static rig *open_rig(const lb_jt808_options *wanted)
{
    rig *r = calloc(1, sizeof *r);
    int patience = PATIENCE_MS, linger = 0;
    lb_jt808_options options = *wanted;
    options.intake = INTAKE;
    r->zmq = zmq_ctx_new();
    r->router = zmq_socket(r->zmq, ZMQ_ROUTER);
    zmq_setsockopt(r->router, ZMQ_RCVTIMEO, &patience, sizeof patience);
    zmq_setsockopt(r->router, ZMQ_LINGER, &linger, sizeof linger);
    assert_int_equal(zmq_bind(r->router, INTAKE), 0);
    zmq_msg_init(&r->peer);
    lb_arena_init(&r->arena, 64 * 1024 * 1024);
    assert_int_equal(lb_jt808_gate_open(&r->gate, r->zmq, &options), LB_OK);
    assert_int_not_equal(lb_jt808_gate_port(r->gate), 0);
    return r;
}

static rig *open_plain(void)
{
    return open_rig(&(lb_jt808_options){.port = 0});
}

static void close_rig(rig *r)
{
    lb_jt808_gate_close(&r->gate);
    lb_jt808_gate_close(&r->gate);
    zmq_msg_close(&r->peer);
    zmq_close(r->router);
    zmq_ctx_term(r->zmq);
    lb_arena_fini(&r->arena);
    free(r);
}

static void take_submit(rig *r)
{
    zmq_msg_t body;
    zmq_msg_init(&body);
    assert_true(zmq_msg_recv(&r->peer, r->router, 0) >= 0);
    assert_true(zmq_msg_recv(&body, r->router, 0) >= 0);
    lb_arena_reset(&r->arena);
    lb_span bytes = {zmq_msg_data(&body), zmq_msg_size(&body)};
    assert_int_equal(lb_record_unpack(&lb_record_submit, bytes, &r->arena, &r->submit), LB_OK);
    assert_true(lb_span_is(r->submit.source, "jt808"));
    zmq_msg_close(&body);
}

static void give_receipts(rig *r, lb_result result, const char *error)
{
    static lb_receipt at[PLACES_MAX];
    lb_receipts receipts;
    lb_span bytes;
    lb_record_init(&lb_record_receipts, &receipts);
    receipts.correlation = r->submit.correlation;
    receipts.receipts = (lb_receipt_list){at, r->submit.messages.count, PLACES_MAX};
    for (size_t i = 0; i < r->submit.messages.count; i++) {
        lb_record_init(&lb_record_receipt, &at[i]);
        at[i].result = result;
        at[i].error = lb_span_of(error);
    }
    assert_int_equal(lb_record_pack(&lb_record_receipts, &receipts, &r->arena, &bytes), LB_OK);
    zmq_msg_t peer;
    zmq_msg_init(&peer);
    zmq_msg_copy(&peer, &r->peer);
    assert_true(zmq_msg_send(&peer, r->router, ZMQ_SNDMORE) >= 0);
    assert_int_equal(zmq_send(r->router, bytes.at, bytes.len, 0), bytes.len);
}

/* Takes `count` messages, in however many submissions, and keeps them. */
static void keep(rig *r, size_t count)
{
    for (size_t kept = 0; kept < count; kept += r->submit.messages.count) {
        take_submit(r);
        give_receipts(r, LB_RESULT_KEPT, NULL);
    }
}

static lb_jt808_counts counts_of(rig *r)
{
    lb_jt808_counts counts;
    lb_jt808_gate_counts(r->gate, &counts);
    return counts;
}

/* -- the truck's side ---------------------------------------------------------------------------------- */

static void dial(rig *r, terminal *t)
{
    int yes = 1;
    struct timeval patience = {.tv_sec = PATIENCE_MS / 1000};
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons(lb_jt808_gate_port(r->gate)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    memset(t, 0, sizeof *t);
    t->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(t->fd >= 0);
    setsockopt(t->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    setsockopt(t->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    assert_int_equal(connect(t->fd, (struct sockaddr *)&at, sizeof at), 0);
    lb_808_stream_reset(&t->stream);
}

static void hang_up(terminal *t)
{
    close(t->fd);
}

static void say_bytes(terminal *t, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t sent = send(t->fd, bytes, len, MSG_NOSIGNAL);
        assert_true(sent > 0);
        bytes += sent;
        len -= (size_t)sent;
    }
}

static lb_808_header header_of(uint16_t id, uint8_t who, uint16_t serial)
{
    return (lb_808_header){
        .id = id, .serial = serial, .terminal = {0x01, 0x39, 0x12, 0x34, 0x56, who}};
}

static void say(terminal *t, lb_808_header header, lb_span body)
{
    char frame[LB_808_FRAME_MAX];
    size_t len = lb_808_write(&header, body, frame, sizeof frame);
    assert_true(len > 0);
    say_bytes(t, frame, len);
}

static const uint8_t place[28] = {0,    0,    0,    0,    0,    0,    0,    3,    0x02, 0x9C,
                                  0xA1, 0x60, 0x05, 0x38, 0xA8, 0x80, 3,    0x52, 2,    0x0B,
                                  1,    0x0F, 0x26, 0x03, 0x12, 0x17, 0x15, 0x00};
#define PLACE ((lb_span){(const char *)place, sizeof place})

static void beat(terminal *t, uint8_t who, uint16_t serial)
{
    say(t, header_of(0x0002, who, serial), LB_EMPTY);
}

static void report(terminal *t, uint8_t who, uint16_t serial)
{
    say(t, header_of(0x0200, who, serial), PLACE);
}

/* The next frame of the platform; `body` (may be NULL) lives until the next call. False at the end. */
static bool hear(terminal *t, lb_808_header *header, lb_span *body)
{
    lb_span plain;
    while (!lb_808_stream_take(&t->stream, &t->rest, &plain)) {
        ssize_t got = recv(t->fd, t->bytes, sizeof t->bytes, 0);
        if (got <= 0)
            return false;
        t->rest = (lb_span){t->bytes, (size_t)got};
    }
    assert_true(lb_808_header_read(plain, header));
    if (body != NULL)
        *body = lb_span_after(plain, header->size);
    return true;
}

static void expect_answer(terminal *t, uint16_t id, uint16_t serial, lb_808_result result)
{
    lb_808_header header;
    lb_span body;
    assert_true(hear(t, &header, &body));
    assert_int_equal(header.id, 0x8001);
    lb_pack pack = lb_pack_open(body);
    assert_int_equal(lb_pack_u16(&pack), serial);
    assert_int_equal(lb_pack_u16(&pack), id);
    assert_int_equal(lb_pack_u8(&pack), result);
}

static void expect_end(terminal *t)
{
    lb_808_header header;
    assert_false(hear(t, &header, NULL));
}

/* -- frames ------------------------------------------------------------------------------------------------ */

static void test_a_frame_in_any_two_pieces_is_answered(void **state)
{
    char frame[64];
    terminal t;
    (void)state;
    rig *r = open_plain();
    dial(r, &t);
    for (size_t cut = 1;; cut++) {
        lb_808_header header = header_of(0x0002, 0x78, (uint16_t)(0x7E00 + cut));
        size_t len = lb_808_write(&header, LB_EMPTY, frame, sizeof frame);
        if (cut >= len)
            break;
        say_bytes(&t, frame, cut);
        say_bytes(&t, frame + cut, len - cut);
        expect_answer(&t, 0x0002, header.serial, LB_808_DONE);
    }
    hang_up(&t);
    close_rig(r);
}

static void test_a_wrong_check_byte_costs_one_frame_and_no_connection(void **state)
{
    char frame[64];
    terminal t;
    lb_808_header header = header_of(0x0002, 0x78, 1);
    (void)state;
    rig *r = open_plain();
    dial(r, &t);
    size_t len = lb_808_write(&header, LB_EMPTY, frame, sizeof frame);
    frame[8] ^= 1;
    say_bytes(&t, frame, len);
    say_bytes(&t, "(not this language)", 19);
    beat(&t, 0x78, 2);
    expect_answer(&t, 0x0002, 2, LB_808_DONE);
    assert_int_equal(counts_of(r).bad_frames, 2);
    hang_up(&t);
    close_rig(r);
}

static void test_a_lost_end_costs_one_frame(void **state)
{
    char frame[64];
    terminal t;
    lb_808_header header = header_of(0x0002, 0x78, 1);
    (void)state;
    rig *r = open_plain();
    dial(r, &t);
    size_t len = lb_808_write(&header, LB_EMPTY, frame, sizeof frame);
    say_bytes(&t, frame, len - 3);
    beat(&t, 0x78, 2);
    beat(&t, 0x78, 3);
    expect_answer(&t, 0x0002, 2, LB_808_DONE);
    expect_answer(&t, 0x0002, 3, LB_808_DONE);
    hang_up(&t);
    close_rig(r);
}

static void test_the_answer_is_in_the_edition_of_the_question(void **state)
{
    terminal t;
    lb_808_header asked = {.id = 0x0004,
                           .serial = 9,
                           .is_2019 = true,
                           .version = 1,
                           .terminal = {0, 0, 0, 0, 0x01, 0x39, 0x12, 0x34, 0x56, 0x78}};
    lb_808_header heard;
    lb_span body;
    (void)state;
    rig *r = open_plain();
    dial(r, &t);
    say(&t, asked, LB_EMPTY);
    assert_true(hear(&t, &heard, &body));
    assert_int_equal(heard.id, 0x8004);
    assert_true(heard.is_2019);
    assert_int_equal(body.len, 6);
    assert_memory_equal(heard.terminal, asked.terminal, sizeof asked.terminal);
    hang_up(&t);
    close_rig(r);
}

/* -- receipts ------------------------------------------------------------------------------------------------ */

/* Answers come in the order in which they are made, so a heartbeat's that comes first shows that the
 * report had none yet. */
static void test_a_report_is_answered_after_its_receipt(void **state)
{
    terminal t;
    (void)state;
    rig *r = open_plain();
    dial(r, &t);
    report(&t, 0x78, 1);
    take_submit(r);
    assert_int_equal(r->submit.messages.count, 1);
    assert_true(lb_span_is(r->submit.messages.at[0].format, "road.jt808"));
    assert_int_equal(r->submit.messages.at[0].message_id.len, 0);
    assert_int_equal(r->submit.messages.at[0].body.at[0], 0x7E);
    beat(&t, 0x78, 2);
    expect_answer(&t, 0x0002, 2, LB_808_DONE);
    give_receipts(r, LB_RESULT_KEPT, NULL);
    expect_answer(&t, 0x0200, 1, LB_808_DONE);
    hang_up(&t);
    close_rig(r);
}

static void check_receipt(lb_result result, const char *error, lb_808_result expected)
{
    terminal t;
    rig *r = open_plain();
    dial(r, &t);
    report(&t, 0x78, 1);
    take_submit(r);
    give_receipts(r, result, error);
    expect_answer(&t, 0x0200, 1, expected);
    hang_up(&t);
    close_rig(r);
}

static void test_a_receipt_becomes_the_result_of_the_answer(void **state)
{
    (void)state;
    check_receipt(LB_RESULT_DUPLICATE, NULL, LB_808_DONE);
    check_receipt(LB_RESULT_REFUSED, "GARBLED", LB_808_WRONG);
    check_receipt(LB_RESULT_REFUSED, "NOT_READ", LB_808_NOT_SUPPORTED);
}

static void test_what_the_hub_could_not_keep_gets_no_answer(void **state)
{
    terminal t;
    (void)state;
    rig *r = open_plain();
    dial(r, &t);
    report(&t, 0x78, 1);
    take_submit(r);
    give_receipts(r, LB_RESULT_FAILED, "FULL");
    report(&t, 0x78, 1); /* so it says it again */
    take_submit(r);
    give_receipts(r, LB_RESULT_KEPT, NULL);
    expect_answer(&t, 0x0200, 1, LB_808_DONE);
    beat(&t, 0x78, 2);
    expect_answer(&t, 0x0002, 2, LB_808_DONE);
    assert_int_equal(counts_of(r).failed, 1);
    hang_up(&t);
    close_rig(r);
}

static void test_a_receipt_that_never_comes_is_given_up(void **state)
{
    terminal t;
    (void)state;
    rig *r = open_rig(&(lb_jt808_options){.receipt_us = 50 * 1000});
    dial(r, &t);
    report(&t, 0x78, 1);
    take_submit(r);
    lb_submit late = r->submit;
    for (int tries = 0; counts_of(r).failed == 0 && tries < PATIENCE_MS; tries++)
        poll(NULL, 0, 1);
    r->submit = late;
    give_receipts(r, LB_RESULT_KEPT, NULL); /* nobody waits for it any more */
    beat(&t, 0x78, 2);
    expect_answer(&t, 0x0002, 2, LB_808_DONE);
    assert_int_equal(counts_of(r).kept, 0);
    hang_up(&t);
    close_rig(r);
}

static void test_a_hub_that_is_behind_slows_its_terminals_and_loses_nothing(void **state)
{
    enum { REPORTS = 1500 };
    terminal t;
    (void)state;
    rig *r = open_plain();
    dial(r, &t);
    for (int i = 0; i < REPORTS; i++)
        report(&t, 0x78, (uint16_t)i);
    take_submit(r);
    assert_true(r->submit.messages.count < 500); /* not everything was read */
    give_receipts(r, LB_RESULT_KEPT, NULL);
    keep(r, REPORTS - r->submit.messages.count);
    for (int i = 0; i < REPORTS; i++)
        expect_answer(&t, 0x0200, (uint16_t)i, LB_808_DONE);
    hang_up(&t);
    close_rig(r);
}

/* -- sessions ------------------------------------------------------------------------------------------------- */

static void expect_registered(terminal *t, uint16_t serial, char code[64])
{
    lb_808_header header;
    lb_span body;
    assert_true(hear(t, &header, &body));
    assert_int_equal(header.id, 0x8100);
    lb_pack pack = lb_pack_open(body);
    assert_int_equal(lb_pack_u16(&pack), serial);
    assert_int_equal(lb_pack_u8(&pack), 0);
    lb_span given = lb_pack_rest(&pack);
    assert_true(given.len > 0 && given.len < 64);
    memcpy(code, given.at, given.len);
    code[given.len] = '\0';
}

/* 2013, in 新A12345 */
static const uint8_t truck[37 + 8] = {0,   65,       0,    100,  'T', 'S', 'R', 'T', 'M', 'G',
                                      '6', [36] = 2, 0xD0, 0xC2, 'A', '1', '2', '3', '4', '5'};
#define TRUCK ((lb_span){(const char *)truck, sizeof truck})

static void test_a_registered_terminal_must_show_its_code(void **state)
{
    terminal t;
    char code[64];
    (void)state;
    rig *r = open_plain();
    dial(r, &t);
    say(&t, header_of(0x0102, 0x78, 1), LB_SPAN("of another hub"));
    expect_answer(&t, 0x0102, 1, LB_808_DONE); /* a stranger is heard, and counted */
    assert_int_equal(counts_of(r).unregistered, 1);

    say(&t, header_of(0x0100, 0x78, 2), TRUCK);
    keep(r, 1);
    expect_registered(&t, 2, code);
    hang_up(&t);

    dial(r, &t); /* the code is good on the next connection, too */
    say(&t, header_of(0x0102, 0x78, 3), lb_span_of(code));
    expect_answer(&t, 0x0102, 3, LB_808_DONE);
    code[0] = code[0] == '0' ? '1' : '0';
    say(&t, header_of(0x0102, 0x78, 4), lb_span_of(code));
    expect_answer(&t, 0x0102, 4, LB_808_FAILED);
    assert_int_equal(counts_of(r).wrong_codes, 1);
    hang_up(&t);
    close_rig(r);
}

/* -- listed terminals ------------------------------------------------------------------------------------------- */

typedef struct list { /* a register of parties with one carrier of trucks */
    lb_scratch folder;
    lb_store *store;
    lb_party_register *book;
} list;

static void change_list(list *l, lb_ask ask, const char *right)
{
    lb_span role = LB_SPAN("CARRIER"), word = lb_span_of(right);
    const char *why = "";
    lb_query query;
    lb_record_init(&lb_record_query, &query);
    query.ask = ask;
    query.party.name = LB_SPAN("trucks");
    query.party.roles = (lb_text_list){&role, 1, 1};
    query.party.rights = (lb_text_list){&word, 1, 1};
    assert_int_equal(lb_store_begin(l->store), LB_OK);
    assert_int_equal(lb_party_change(l->book, &query, 1, &why), LB_OK);
    assert_int_equal(lb_store_commit(l->store), LB_OK);
}

static rig *open_listed(list *l, const char *right)
{
    static char path[SCRATCH_PATH_ROOM];
    scratch_make(&l->folder);
    snprintf(path, sizeof path, "%s", scratch_path(&l->folder, "party.db"));
    assert_int_equal(lb_store_open(&l->store, path, LB_STORE_PARTY, LB_STORE_WRITE), LB_OK);
    assert_int_equal(lb_party_register_open(&l->book, l->store), LB_OK);
    change_list(l, LB_ASK_PARTY_ADD, right);
    return open_rig(&(lb_jt808_options){.party_path = path});
}

static void close_listed(list *l, rig *r)
{
    close_rig(r);
    lb_party_register_close(&l->book);
    lb_store_close(&l->store);
    scratch_remove(&l->folder);
}

static void expect_no_terminal(terminal *t, uint16_t serial)
{
    lb_808_header header;
    lb_span body;
    assert_true(hear(t, &header, &body));
    assert_int_equal(header.id, 0x8100);
    lb_pack pack = lb_pack_open(body);
    assert_int_equal(lb_pack_u16(&pack), serial);
    assert_int_equal(lb_pack_u8(&pack), LB_808_NO_SUCH_TERMINAL);
    assert_int_equal(lb_pack_rest(&pack).len, 0); /* and no code */
}

/* Registers and shows the code: `serial` and the next. */
static void enter(rig *r, terminal *t, uint16_t serial, char code[64])
{
    say(t, header_of(0x0100, 0x78, serial), TRUCK);
    keep(r, 1);
    expect_registered(t, serial, code);
    say(t, header_of(0x0102, 0x78, (uint16_t)(serial + 1)), lb_span_of(code));
    expect_answer(t, 0x0102, (uint16_t)(serial + 1), LB_808_DONE);
}

static void test_a_listed_terminal_is_heard_when_it_has_shown_its_code(void **state)
{
    list l;
    terminal t;
    char code[64];
    (void)state;
    rig *r = open_listed(&l, "terminal:13912345678@新A12345");
    dial(r, &t);
    report(&t, 0x78, 1);
    expect_answer(&t, 0x0200, 1, LB_808_FAILED); /* nothing was shown */
    say(&t, header_of(0x0102, 0x78, 2), LB_SPAN("of another hub"));
    expect_answer(&t, 0x0102, 2, LB_808_FAILED); /* it must register */
    enter(r, &t, 3, code);
    report(&t, 0x78, 5);
    keep(r, 1);
    expect_answer(&t, 0x0200, 5, LB_808_DONE);
    hang_up(&t);
    close_listed(&l, r);
}

static void test_nobody_registers_with_anothers_plate_or_number_or_from_elsewhere(void **state)
{
    static const char *const rights[] = {"terminal:13912345678@新A12346",
                                         "terminal:13912345679@新A12345",
                                         "terminal:13912345678@新A12345"};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        list l;
        terminal t;
        rig *r = open_listed(&l, rights[i]);
        if (i == 2)
            change_list(&l, LB_ASK_PARTY_GRANT, "network:10.9.0.0/16");
        dial(r, &t);
        say(&t, header_of(0x0100, 0x78, 1), TRUCK);
        expect_no_terminal(&t, 1);
        report(&t, 0x78, 2);
        expect_answer(&t, 0x0200, 2, LB_808_FAILED);
        assert_int_equal(counts_of(r).strangers, 2);
        hang_up(&t);
        close_listed(&l, r);
    }
}

static void test_a_code_does_not_open_another_connection_by_itself(void **state)
{
    list l;
    terminal t, thief;
    char code[64];
    (void)state;
    rig *r = open_listed(&l, "terminal:13912345678@新A12345");
    dial(r, &t);
    enter(r, &t, 1, code);
    dial(r, &thief);
    report(&thief, 0x78, 7); /* the same number, and no code */
    expect_answer(&thief, 0x0200, 7, LB_808_FAILED);
    beat(&thief, 0x78, 8);
    expect_answer(&thief, 0x0002, 8, LB_808_DONE);
    report(&t, 0x78, 3); /* who is there was not pushed out */
    keep(r, 1);
    expect_answer(&t, 0x0200, 3, LB_808_DONE);
    hang_up(&thief);
    hang_up(&t);
    close_listed(&l, r);
}

static void test_a_terminal_speaks_for_its_own_vehicle_only(void **state)
{
    list l;
    terminal t;
    char code[64];
    (void)state;
    rig *r = open_listed(&l, "terminal:13912345678@新A12345");
    change_list(&l, LB_ASK_PARTY_GRANT, "terminal:13912345679@新A12346");
    dial(r, &t);
    enter(r, &t, 1, code);
    report(&t, 0x79, 3); /* another number, listed too, on his connection */
    expect_answer(&t, 0x0200, 3, LB_808_FAILED);
    say(&t, header_of(0x0102, 0x79, 4), lb_span_of(code)); /* his code is not the other's */
    expect_answer(&t, 0x0102, 4, LB_808_FAILED);
    hang_up(&t);
    close_listed(&l, r);
}

static void test_a_right_that_is_withdrawn_silences_its_terminal_at_once(void **state)
{
    list l;
    terminal t;
    char code[64];
    (void)state;
    rig *r = open_listed(&l, "terminal:13912345678@新A12345");
    dial(r, &t);
    enter(r, &t, 1, code);
    change_list(&l, LB_ASK_PARTY_WITHDRAW, "terminal:13912345678@新A12345");
    report(&t, 0x78, 3);
    expect_answer(&t, 0x0200, 3, LB_808_FAILED);
    hang_up(&t);
    close_listed(&l, r);
}

static void test_the_newest_connection_wins_and_the_old_one_gets_its_answers(void **state)
{
    terminal old, new;
    (void)state;
    rig *r = open_plain();
    dial(r, &old);
    report(&old, 0x78, 1);
    take_submit(r);
    dial(r, &new);
    beat(&new, 0x78, 2);
    expect_answer(&new, 0x0002, 2, LB_808_DONE);
    give_receipts(r, LB_RESULT_KEPT, NULL);
    expect_answer(&old, 0x0200, 1, LB_808_DONE);
    expect_end(&old);
    assert_int_equal(counts_of(r).replaced, 1);
    beat(&new, 0x78, 3);
    expect_answer(&new, 0x0002, 3, LB_808_DONE);
    hang_up(&old);
    hang_up(&new);
    close_rig(r);
}

static void test_two_terminals_share_a_connection(void **state)
{
    terminal both, one;
    (void)state;
    rig *r = open_plain();
    dial(r, &both);
    report(&both, 0x11, 1);
    report(&both, 0x22, 1);
    keep(r, 2);
    for (uint8_t i = 0, who = 0x11; i < 2; i++, who = 0x22) {
        lb_808_header header;
        assert_true(hear(&both, &header, NULL));
        assert_int_equal(header.id, 0x8001);
        assert_int_equal(header.terminal[5], who);
    }
    dial(r, &one); /* one of them comes by itself: the other stays where it is */
    beat(&one, 0x11, 2);
    expect_answer(&one, 0x0002, 2, LB_808_DONE);
    beat(&both, 0x22, 2);
    expect_answer(&both, 0x0002, 2, LB_808_DONE);
    beat(&both, 0x11, 3); /* the forwarder's copy is answered where it came from */
    expect_answer(&both, 0x0002, 3, LB_808_DONE);
    assert_int_equal(counts_of(r).replaced, 0);
    hang_up(&both);
    hang_up(&one);
    close_rig(r);
}

static void test_silence_closes_a_connection_half_a_frame_too(void **state)
{
    char frame[64];
    terminal t;
    lb_808_header header = header_of(0x0002, 0x78, 1);
    (void)state;
    rig *r = open_rig(&(lb_jt808_options){.idle_us = 60 * 1000});
    dial(r, &t);
    say_bytes(&t, frame, lb_808_write(&header, LB_EMPTY, frame, sizeof frame) / 2);
    expect_end(&t);
    assert_int_equal(counts_of(r).idle, 1);
    hang_up(&t);
    close_rig(r);
}

static void test_a_connection_too_many_is_closed_and_the_others_go_on(void **state)
{
    enum { MANY = 300 };
    static terminal trucks[MANY + 1];
    (void)state;
    rig *r = open_rig(&(lb_jt808_options){.max_connections = MANY});
    for (int i = 0; i < MANY; i++) {
        dial(r, &trucks[i]);
        lb_808_header header = header_of(0x0002, (uint8_t)(i % 100 / 10 * 16 + i % 10), 1);
        header.terminal[4] = (uint8_t)(i / 100);
        say(&trucks[i], header, LB_EMPTY);
        expect_answer(&trucks[i], 0x0002, 1, LB_808_DONE);
    }
    dial(r, &trucks[MANY]);
    expect_end(&trucks[MANY]);
    assert_int_equal(counts_of(r).refused, 1);
    assert_int_equal(counts_of(r).connections, MANY);
    for (int i = 0; i <= MANY; i++)
        hang_up(&trucks[i]);
    close_rig(r);
}

/* -- sub-packages ---------------------------------------------------------------------------------------------- */

enum { PART = 900 };

static void say_part(terminal *t, uint16_t first_serial, uint16_t part, uint16_t parts, char letter)
{
    char body[PART];
    lb_808_header header = header_of(0x0701, 0x78, (uint16_t)(first_serial + part - 1));
    header.packages = parts;
    header.package = part;
    memset(body, letter, sizeof body);
    say(t, header, (lb_span){body, sizeof body});
}

/* The body of the only message of the last submission, its escapes taken back. */
static size_t joined_body(rig *r, uint8_t *plain, lb_808_header *header)
{
    size_t len;
    assert_int_equal(r->submit.messages.count, 1);
    lb_span frame = r->submit.messages.at[0].body;
    lb_span inner = {frame.at + 1, frame.len - 2};
    assert_int_equal(lb_808_unescape(inner, plain, &len), inner.len);
    assert_true(lb_808_header_read((lb_span){(const char *)plain, len}, header));
    return len - header->size - 1u;
}

static void check_joined(rig *r, uint16_t serial, const char *letters)
{
    static uint8_t plain[16 * 1024];
    lb_808_header header;
    size_t len = joined_body(r, plain, &header);
    assert_int_equal(header.serial, serial);
    assert_int_equal(header.packages, 0);
    assert_int_equal(len, PART * strlen(letters));
    for (size_t i = 0; i < len; i++)
        assert_int_equal(plain[header.size + i], letters[i / PART]);
}

static void test_packages_in_any_order_and_twice_are_one_message(void **state)
{
    terminal t;
    (void)state;
    rig *r = open_plain();
    dial(r, &t);
    say_part(&t, 65534, 3, 3, 'c'); /* the serial wraps within the message */
    say_part(&t, 65534, 1, 3, 'a');
    say_part(&t, 65534, 1, 3, 'a');
    say_part(&t, 65534, 2, 3, 'b');
    take_submit(r);
    check_joined(r, 65534, "abc");
    beat(&t, 0x78, 9);
    expect_answer(&t, 0x0002, 9, LB_808_DONE); /* no package has an answer yet */
    give_receipts(r, LB_RESULT_KEPT, NULL);
    expect_answer(&t, 0x0701, 65534, LB_808_DONE);
    expect_answer(&t, 0x0701, 65535, LB_808_DONE);
    expect_answer(&t, 0x0701, 0, LB_808_DONE);
    say_part(&t, 65534, 2, 3, 'b'); /* its answer was lost: it says it again */
    expect_answer(&t, 0x0701, 65535, LB_808_DONE);
    hang_up(&t);
    close_rig(r);
}

static void test_two_messages_of_one_kind_do_not_mix(void **state)
{
    terminal t;
    (void)state;
    rig *r = open_plain();
    dial(r, &t);
    say_part(&t, 10, 1, 2, 'a');
    say_part(&t, 20, 2, 2, 'y');
    say_part(&t, 10, 2, 2, 'b');
    take_submit(r);
    check_joined(r, 10, "ab");
    give_receipts(r, LB_RESULT_KEPT, NULL);
    say_part(&t, 20, 1, 2, 'x');
    take_submit(r);
    check_joined(r, 20, "xy");
    give_receipts(r, LB_RESULT_KEPT, NULL);
    hang_up(&t);
    close_rig(r);
}

static void test_a_missing_package_is_asked_for(void **state)
{
    terminal t;
    lb_808_header header;
    lb_span body;
    (void)state;
    rig *r = open_rig(&(lb_jt808_options){.package_us = 40 * 1000});
    dial(r, &t);
    say_part(&t, 100, 1, 4, 'a');
    say_part(&t, 100, 3, 4, 'c');
    assert_true(hear(&t, &header, &body));
    assert_int_equal(header.id, 0x8003);
    lb_pack pack = lb_pack_open(body);
    assert_int_equal(lb_pack_u16(&pack), 100);
    assert_int_equal(lb_pack_u8(&pack), 2);
    assert_int_equal(lb_pack_u16(&pack), 2);
    assert_int_equal(lb_pack_u16(&pack), 4);
    say_part(&t, 100, 2, 4, 'b');
    say_part(&t, 100, 4, 4, 'd');
    take_submit(r);
    check_joined(r, 100, "abcd");
    hang_up(&t);
    close_rig(r);
}

static void test_packages_that_never_come_are_given_up_after_three_questions(void **state)
{
    terminal t;
    lb_808_header header;
    (void)state;
    rig *r = open_rig(&(lb_jt808_options){.package_us = 40 * 1000});
    dial(r, &t);
    say_part(&t, 100, 1, 2, 'a');
    for (int round = 0; round < 3; round++) {
        assert_true(hear(&t, &header, NULL));
        assert_int_equal(header.id, 0x8003);
    }
    for (int tries = 0; counts_of(r).lost_packages == 0 && tries < PATIENCE_MS; tries++)
        poll(NULL, 0, 1);
    assert_int_equal(counts_of(r).lost_packages, 1);
    hang_up(&t);
    close_rig(r);
}

static void test_package_numbers_that_make_no_sense_are_dropped(void **state)
{
    terminal t;
    (void)state;
    rig *r = open_plain();
    dial(r, &t);
    say_part(&t, 100, 0, 2, 'a');
    say_part(&t, 100, 3, 2, 'a');
    say_part(&t, 100, 1, 2, 'a');
    say_part(&t, 100, 2, 3, 'b'); /* the total changed */
    beat(&t, 0x78, 9);
    expect_answer(&t, 0x0002, 9, LB_808_DONE);
    assert_int_equal(counts_of(r).bad_frames, 3);
    hang_up(&t);
    close_rig(r);
}

static void test_a_terminal_that_waits_for_each_package_gets_its_answers(void **state)
{
    terminal t;
    (void)state;
    rig *r = open_rig(&(lb_jt808_options){.answers_packages = true});
    dial(r, &t);
    say_part(&t, 100, 1, 2, 'a');
    expect_answer(&t, 0x0701, 100, LB_808_DONE);
    say_part(&t, 100, 2, 2, 'b');
    take_submit(r);
    give_receipts(r, LB_RESULT_KEPT, NULL);
    expect_answer(&t, 0x0701, 101, LB_808_DONE);
    hang_up(&t);
    close_rig(r);
}

/* What the gate puts together is longer than any frame of the air; the adapter takes it. */
static void test_the_adapter_reads_what_the_gate_put_together(void **state)
{
    static char bill[1500];
    terminal t;
    lb_sink *sink = NULL;
    lb_reading reading = {.received_us = INT64_C(1773316800000000), .source = lb_source_default()};
    (void)state;
    rig *r = open_plain();
    dial(r, &t);
    memset(bill, ';', sizeof bill);
    memcpy(bill, "\0\0\5\330WAYBILL=XJ26031207;CONTAINER=TRKJ6400286", 44);
    for (uint16_t part = 1; part <= 2; part++) {
        lb_808_header header = header_of(0x0701, 0x78, part);
        header.packages = 2;
        header.package = part;
        say(&t, header, (lb_span){bill + (part - 1) * 750, 750});
    }
    take_submit(r);
    assert_int_equal(lb_sink_open(&sink, 4 * 1024 * 1024), LB_OK);
    lb_verdict verdict = lb_adapter_read(lb_adapter_find(LB_SPAN("road.jt808")), &reading,
                                         r->submit.messages.at[0].body, sink);
    assert_int_equal(verdict, LB_VERDICT_READ);
    assert_int_equal(lb_sink_count(sink), 2);
    assert_int_equal(lb_sink_doubts(sink), 0);
    lb_sink_close(&sink);
    hang_up(&t);
    close_rig(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_frame_in_any_two_pieces_is_answered),
        cmocka_unit_test(test_a_wrong_check_byte_costs_one_frame_and_no_connection),
        cmocka_unit_test(test_a_lost_end_costs_one_frame),
        cmocka_unit_test(test_the_answer_is_in_the_edition_of_the_question),
        cmocka_unit_test(test_a_report_is_answered_after_its_receipt),
        cmocka_unit_test(test_a_receipt_becomes_the_result_of_the_answer),
        cmocka_unit_test(test_what_the_hub_could_not_keep_gets_no_answer),
        cmocka_unit_test(test_a_receipt_that_never_comes_is_given_up),
        cmocka_unit_test(test_a_hub_that_is_behind_slows_its_terminals_and_loses_nothing),
        cmocka_unit_test(test_a_registered_terminal_must_show_its_code),
        cmocka_unit_test(test_a_listed_terminal_is_heard_when_it_has_shown_its_code),
        cmocka_unit_test(test_nobody_registers_with_anothers_plate_or_number_or_from_elsewhere),
        cmocka_unit_test(test_a_code_does_not_open_another_connection_by_itself),
        cmocka_unit_test(test_a_terminal_speaks_for_its_own_vehicle_only),
        cmocka_unit_test(test_a_right_that_is_withdrawn_silences_its_terminal_at_once),
        cmocka_unit_test(test_the_newest_connection_wins_and_the_old_one_gets_its_answers),
        cmocka_unit_test(test_two_terminals_share_a_connection),
        cmocka_unit_test(test_silence_closes_a_connection_half_a_frame_too),
        cmocka_unit_test(test_a_connection_too_many_is_closed_and_the_others_go_on),
        cmocka_unit_test(test_packages_in_any_order_and_twice_are_one_message),
        cmocka_unit_test(test_two_messages_of_one_kind_do_not_mix),
        cmocka_unit_test(test_a_missing_package_is_asked_for),
        cmocka_unit_test(test_packages_that_never_come_are_given_up_after_three_questions),
        cmocka_unit_test(test_package_numbers_that_make_no_sense_are_dropped),
        cmocka_unit_test(test_a_terminal_that_waits_for_each_package_gets_its_answers),
        cmocka_unit_test(test_the_adapter_reads_what_the_gate_put_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
