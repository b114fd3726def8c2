/* jt808_rig.h - the gate for truck terminals between real TCP connections and an intake played by the test,
 * which takes the Submit and decides the results in the Receipts.
 *
 *     terminal ==TCP==> gate --Submit--> rig          dial, say, report, beat ... take_submit
 *     terminal <==TCP== gate <-Receipts- rig          hear, expect_answer     ... give_receipts, keep */
#ifndef TESTS_INTEGRATION_JT808_RIG_H
#define TESTS_INTEGRATION_JT808_RIG_H

#include "answer808.h"
#include "gate/jt808.h"
#include "pack.h"
#include "record.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <netinet/tcp.h>
#include <stdlib.h>
#include <zmq.h>

#include "terminal.h"

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

/* -- the hub's side ------------------------------------------------------------------------------ */

static inline rig *open_rig(const lb_jt808_options *wanted)
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

static inline rig *open_plain(void)
{
    return open_rig(&(lb_jt808_options){.port = 0});
}

static inline void close_rig(rig *r)
{
    lb_jt808_gate_close(&r->gate);
    lb_jt808_gate_close(&r->gate);
    zmq_msg_close(&r->peer);
    zmq_close(r->router);
    zmq_ctx_term(r->zmq);
    lb_arena_fini(&r->arena);
    free(r);
}

static inline void take_submit(rig *r)
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

static inline void give_receipts(rig *r, lb_result result, const char *error)
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
static inline void keep(rig *r, size_t count)
{
    for (size_t kept = 0; kept < count; kept += r->submit.messages.count) {
        take_submit(r);
        give_receipts(r, LB_RESULT_KEPT, NULL);
    }
}

static inline lb_jt808_counts counts_of(rig *r)
{
    lb_jt808_counts counts;
    lb_jt808_gate_counts(r->gate, &counts);
    return counts;
}

/* -- the truck's side ---------------------------------------------------------------------------- */

static inline void dial(rig *r, terminal *t)
{
    int yes = 1;
    struct timeval patience = {.tv_sec = PATIENCE_MS / 1000};
    memset(t, 0, sizeof *t);
    t->fd = terminal_dial(lb_jt808_gate_port(r->gate));
    assert_true(t->fd >= 0);
    setsockopt(t->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    setsockopt(t->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    lb_808_stream_reset(&t->stream);
}

static inline void hang_up(terminal *t)
{
    close(t->fd);
}

static inline void say_bytes(terminal *t, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t sent = send(t->fd, bytes, len, MSG_NOSIGNAL);
        assert_true(sent > 0);
        bytes += sent;
        len -= (size_t)sent;
    }
}

static inline lb_808_header header_of(uint16_t id, uint8_t who, uint16_t serial)
{
    return (lb_808_header){
        .id = id, .serial = serial, .terminal = {0x01, 0x39, 0x12, 0x34, 0x56, who}};
}

static inline void say(terminal *t, lb_808_header header, lb_span body)
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

static inline void beat(terminal *t, uint8_t who, uint16_t serial)
{
    say(t, header_of(0x0002, who, serial), LB_EMPTY);
}

static inline void report(terminal *t, uint8_t who, uint16_t serial)
{
    say(t, header_of(0x0200, who, serial), PLACE);
}

/* The next frame of the platform; `body` (may be NULL) lives until the next call. False at the end. */
static inline bool hear(terminal *t, lb_808_header *header, lb_span *body)
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

/* The body of the next frame, which is of this kind; valid until the next call of hear. */
static inline lb_pack expect_frame(terminal *t, uint16_t id)
{
    lb_808_header header;
    lb_span body;
    assert_true(hear(t, &header, &body));
    assert_int_equal(header.id, id);
    return lb_pack_open(body);
}

static inline void expect_answer(terminal *t, uint16_t id, uint16_t serial, lb_808_result result)
{
    lb_pack pack = expect_frame(t, 0x8001);
    assert_int_equal(lb_pack_u16(&pack), serial);
    assert_int_equal(lb_pack_u16(&pack), id);
    assert_int_equal(lb_pack_u8(&pack), result);
}

static inline void expect_end(terminal *t)
{
    lb_808_header header;
    assert_false(hear(t, &header, NULL));
}

#endif
