/* test_submitter - a gate's side of the intake, between a gate and an intake that the test plays. */
#include "gate/submitter.h"
#include "record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <zmq.h>

enum { PATIENCE_MS = 5000, TOLD_MAX = 1024 };
#define INTAKE "inproc://test-intake"

typedef struct told { /* what came back with a receipt */
    int tag;
    lb_result result; /* UNSPECIFIED: none came */
} told;

typedef struct rig {
    void *zmq, *router;
    lb_submitter *submitter;
    lb_arena arena;
    zmq_msg_t peer;
    lb_submit submit; /* taken last */
    told told[TOLD_MAX];
    size_t told_count;
} rig;

static int set_up(void **state)
{
    rig *r = calloc(1, sizeof *r);
    int patience = PATIENCE_MS, linger = 0;

    r->zmq = zmq_ctx_new();
    r->router = zmq_socket(r->zmq, ZMQ_ROUTER);
    zmq_setsockopt(r->router, ZMQ_RCVTIMEO, &patience, sizeof patience);
    zmq_setsockopt(r->router, ZMQ_LINGER, &linger, sizeof linger);
    zmq_bind(r->router, INTAKE);
    zmq_msg_init(&r->peer);
    lb_arena_init(&r->arena, 64 * 1024 * 1024);
    const lb_submitter_options options = {.zmq = r->zmq,
                                          .endpoint = INTAKE,
                                          .gate = "test",
                                          .tag_bytes = sizeof(int),
                                          .message_bytes = 1024 * 1024};
    *state = r;
    return lb_submitter_open(&r->submitter, &options) == LB_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    rig *r = *state;

    lb_submitter_close(&r->submitter);
    lb_submitter_close(&r->submitter);
    zmq_msg_close(&r->peer);
    zmq_close(r->router);
    zmq_ctx_term(r->zmq);
    lb_arena_fini(&r->arena);
    free(r);
    return 0;
}

/* -- the intake's side ----------------------------------------------------------------------------- */

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

static void give_receipts(rig *r, size_t count, lb_result result)
{
    lb_receipts receipts;
    lb_receipt at[LB_DRAFT_MESSAGES];
    lb_span bytes;

    lb_record_init(&lb_record_receipts, &receipts);
    receipts.correlation = r->submit.correlation;
    receipts.receipts = (lb_receipt_list){at, count, LB_DRAFT_MESSAGES};
    for (size_t i = 0; i < count; i++) {
        lb_record_init(&lb_record_receipt, &at[i]);
        at[i].result = result;
    }
    assert_int_equal(lb_record_pack(&lb_record_receipts, &receipts, &r->arena, &bytes), LB_OK);
    zmq_msg_t peer;
    zmq_msg_init(&peer);
    zmq_msg_copy(&peer, &r->peer);
    assert_true(zmq_msg_send(&peer, r->router, ZMQ_SNDMORE) >= 0);
    assert_int_equal(zmq_send(r->router, bytes.at, bytes.len, 0), bytes.len);
}

/* -- the gate's side ------------------------------------------------------------------------------- */

static void on_receipt(void *whose, const void *tag, const lb_receipt *receipt)
{
    rig *r = whose;

    assert_true(r->told_count < TOLD_MAX);
    r->told[r->told_count++] =
        (told){*(const int *)tag, receipt == NULL ? LB_RESULT_UNSPECIFIED : receipt->result};
}

static lb_err push(rig *r, const char *source, const char *body, int tag, int64_t now_us)
{
    const lb_submit_head head = {.source = lb_span_of(source)};
    const lb_message message = {.body = lb_span_of(body)};

    return lb_submitter_push(r->submitter, &head, &message, &tag, now_us);
}

static void take_receipts(rig *r)
{
    assert_int_equal(lb_submitter_wait(r->submitter, -1, PATIENCE_MS), LB_OK);
    lb_submitter_take(r->submitter, on_receipt, r);
}

static void assert_told(const rig *r, size_t at, int tag, lb_result result)
{
    assert_true(at < r->told_count);
    assert_int_equal(r->told[at].tag, tag);
    assert_int_equal(r->told[at].result, result);
}

static void test_each_message_gets_its_receipt_with_its_tag(void **state)
{
    rig *r = *state;

    assert_int_equal(push(r, "acme", "one", 11, 1), LB_OK);
    assert_int_equal(push(r, "acme", "two", 22, 1), LB_OK);
    assert_int_equal(lb_submitter_waiting(r->submitter), 2);
    lb_submitter_flush(r->submitter, 1);
    take_submit(r);
    assert_true(lb_span_is(r->submit.source, "acme"));
    assert_int_equal(r->submit.messages.count, 2);
    assert_true(lb_span_is(r->submit.messages.at[1].body, "two"));
    give_receipts(r, 2, LB_RESULT_KEPT);
    take_receipts(r);
    assert_int_equal(r->told_count, 2);
    assert_told(r, 0, 11, LB_RESULT_KEPT);
    assert_told(r, 1, 22, LB_RESULT_KEPT);
    assert_int_equal(lb_submitter_waiting(r->submitter), 0);
}

static void test_messages_of_two_sources_never_share_a_submit(void **state)
{
    rig *r = *state;

    assert_int_equal(push(r, "acme", "one", 1, 1), LB_OK);
    assert_int_equal(push(r, "other", "two", 2, 1), LB_OK);
    assert_int_equal(push(r, "acme", "three", 3, 1), LB_OK);
    lb_submitter_flush(r->submitter, 1);
    static const char *const sources[] = {"acme", "other", "acme"};
    for (int i = 0; i < 3; i++) {
        take_submit(r);
        assert_int_equal(r->submit.messages.count, 1);
        assert_true(lb_span_is(r->submit.source, sources[i]));
    }
}

static void test_a_message_without_a_receipt_has_failed(void **state)
{
    rig *r = *state;

    assert_int_equal(push(r, "acme", "one", 1, 10), LB_OK);
    assert_int_equal(push(r, "acme", "two", 2, 10), LB_OK);
    lb_submitter_flush(r->submitter, 10);
    take_submit(r);
    give_receipts(r, 1, LB_RESULT_KEPT); /* too few */
    take_receipts(r);
    assert_told(r, 0, 1, LB_RESULT_KEPT);
    assert_told(r, 1, 2, LB_RESULT_UNSPECIFIED);
    assert_int_equal(push(r, "acme", "three", 3, 20), LB_OK);
    lb_submitter_flush(r->submitter, 20);
    take_submit(r);
    lb_submitter_expire(r->submitter, 19, on_receipt, r);
    assert_int_equal(r->told_count, 2);
    lb_submitter_expire(r->submitter, 20, on_receipt, r);
    assert_told(r, 2, 3, LB_RESULT_UNSPECIFIED);
    give_receipts(r, 1, LB_RESULT_KEPT); /* too late */
    take_receipts(r);
    assert_int_equal(r->told_count, 3);
}

static void test_with_all_batches_on_their_way_it_is_full(void **state)
{
    rig *r = *state;
    int count = 0;

    while (!lb_submitter_is_full(r->submitter)) {
        assert_int_equal(push(r, "acme", "one", count++, 1), LB_OK);
        lb_submitter_flush(r->submitter, 1);
    }
    assert_true(count > 1 && count < TOLD_MAX);
    while (push(r, "acme", "spare", count, 1) == LB_OK) {
        count++;
        lb_submitter_flush(r->submitter, 1);
        assert_true(count < TOLD_MAX);
    }
    for (int i = 0; i < count; i++) {
        take_submit(r);
        give_receipts(r, 1, LB_RESULT_KEPT);
    }
    while (r->told_count < (size_t)count)
        take_receipts(r);
    assert_false(lb_submitter_is_full(r->submitter));
    assert_int_equal(push(r, "acme", "again", 1, 1), LB_OK);
}

static void test_closing_a_gate_ends_its_wait(void **state)
{
    rig *r = *state;
    int stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

    assert_int_equal(lb_submitter_wait(r->submitter, stop, 1), LB_ERR_TIMEOUT);
    assert_int_equal(eventfd_write(stop, 1), 0);
    assert_int_equal(lb_submitter_wait(r->submitter, stop, PATIENCE_MS), LB_ERR_CLOSED);
    close(stop);
}

#define WITH_RIG(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_RIG(test_each_message_gets_its_receipt_with_its_tag),
        WITH_RIG(test_messages_of_two_sources_never_share_a_submit),
        WITH_RIG(test_a_message_without_a_receipt_has_failed),
        WITH_RIG(test_with_all_batches_on_their_way_it_is_full),
        WITH_RIG(test_closing_a_gate_ends_its_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
