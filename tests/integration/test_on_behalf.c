/* test_on_behalf - gates that ask and submit on behalf of a party, in a hub that runs in this process: outside
 * connections may not; inside ones have that party's rights, and the audit log names both.
 *
 *     lianhe    SHIPPER   see:awb:784-30418264           cz-cargo  CARRIER   format:air.* for:awb:*
 *     homely    SHIPPER   network:10.0.0.0/8             chief     OPERATOR */
#include "at_least.h"
#include "base/clock.h"
#include "parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "landbridge/client/client.h"
#include "record.h"
#include "scratch.h"
#include "question.h"
#include "party_words.h"

enum { PATIENCE_MS = 20000, STEP_US = 50000, ENOUGH = 64 * 1024 * 1024 };

#define OWN     "784-30418264"
#define FOREIGN "999-12345675"
#define GATE    "jt809" /* a gate that this hub has not opened */

typedef struct rig {
    lb_scratch folder;
    lb_hub *hub;
    pthread_t thread;
    int stop;
    void *gate, *own_query, *own_intake; /* of the gate: questions, Submits */
    void *plain_query, *plain_intake;    /* of one outside without a key */
    lb_arena arena;
    lb_answer answer;
    lb_receipts receipts;
} rig;

/* -- talking -------------------------------------------------------------------------------------- */

static void *dial(rig *r, const char *endpoint, const char *name)
{
    void *socket = zmq_socket(r->hub->zmq, ZMQ_DEALER);
    int linger = 0, patience = PATIENCE_MS;

    assert_non_null(socket);
    zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof linger);
    zmq_setsockopt(socket, ZMQ_RCVTIMEO, &patience, sizeof patience);
    if (name != NULL)
        zmq_setsockopt(socket, ZMQ_ROUTING_ID, name, strlen(name));
    assert_int_equal(zmq_connect(socket, endpoint), 0);
    return socket;
}

static void *dial_door(rig *r, const char *door)
{
    char endpoint[LB_ENDPOINT_ROOM];

    snprintf(endpoint, sizeof endpoint, "ipc://%s/%s.sock", r->hub->folder.path, door);
    return dial(r, endpoint, NULL);
}

static void exchange(rig *r, void *socket, const lb_record *out, const void *question,
                     const lb_record *in, void *answer)
{
    lb_span bytes;
    zmq_msg_t frame;

    lb_arena_reset(&r->arena);
    assert_int_equal(lb_record_pack(out, question, &r->arena, &bytes), LB_OK);
    assert_int_equal(zmq_send(socket, bytes.at, bytes.len, 0), bytes.len);
    zmq_msg_init(&frame);
    assert_true(zmq_msg_recv(&frame, socket, 0) >= 0);
    assert_int_equal(lb_record_unpack(in, (lb_span){zmq_msg_data(&frame), zmq_msg_size(&frame)},
                                      &r->arena, answer),
                     LB_OK);
    zmq_msg_close(&frame);
}

static const char *ask(rig *r, void *socket, const lb_query *query)
{
    static char error[64];

    exchange(r, socket, &lb_record_query, query, &lb_record_answer, &r->answer);
    snprintf(error, sizeof error, "%.*s", LB_ARG(r->answer.error));
    return r->answer.error.len == 0 ? "OK" : error;
}

static const char *ask_for(rig *r, void *socket, const char *party, lb_ask what,
                           const char *reference)
{
    lb_query query;

    question_init(&query, what, lb_span_of(reference));
    query.on_behalf_of = lb_span_of(party);
    return ask(r, socket, &query);
}

static const lb_receipt *submit_from(rig *r, void *socket, const char *party, const char *address,
                                     const char *source, const char *body)
{
    lb_message message = {.body = lb_span_of(body)};
    lb_submit submit;

    lb_record_init(&lb_record_submit, &submit);
    submit.source = lb_span_of(source);
    submit.correlation = 1;
    submit.messages = (lb_message_list){&message, 1, 1};
    submit.on_behalf_of = lb_span_of(party);
    submit.client_address = lb_span_of(address);
    exchange(r, socket, &lb_record_submit, &submit, &lb_record_receipts, &r->receipts);
    assert_int_equal(r->receipts.receipts.count, 1);
    return &r->receipts.receipts.at[0];
}

static const lb_receipt *submit_for(rig *r, void *socket, const char *party, const char *source,
                                    const char *body)
{
    return submit_from(r, socket, party, NULL, source, body);
}

static void assert_denied(const lb_receipt *receipt, const char *why)
{
    assert_int_equal(receipt->result, LB_RESULT_REFUSED);
    assert_true(lb_span_is(receipt->error, "DENIED"));
    assert_true(lb_span_is(receipt->text, why));
}

/* From a connection without a key, which has all rights. */
static void change_party(rig *r, lb_ask what, const char *name, const char *role, const char *right,
                         int64_t questions_per_s)
{
    lb_party_role roles[] = {role_of(lb_span_of(role))};
    lb_span rights[] = {lb_span_of(right)};
    lb_query query;
    lb_party party;

    lb_record_init(&lb_record_party, &party);
    party.name = lb_span_of(name);
    party.roles = (lb_party_role_list){roles, role != NULL, 1};
    party.rights = (lb_text_list){rights, right != NULL, 1};
    party.questions_per_s = questions_per_s;
    question_of_change(&query, what, &party, LB_UNKNOWN);
    assert_string_equal(ask(r, r->own_query, &query), "OK");
}

static void add_party(rig *r, const char *name, const char *role, const char *right)
{
    change_party(r, LB_ASK_PARTY_ADD, name, role, right, LB_UNKNOWN);
}

/* A note of the audit log: gate, party, action, about, outcome. */
static bool is_noted(rig *r, const char *gate, const char *party, const char *action,
                     const char *about, const char *outcome)
{
    lb_query query;

    lb_query_init(&query, LB_ASK_AUDIT_LIST);
    assert_string_equal(ask(r, r->own_query, &query), "OK");
    for (size_t i = 0; i < r->answer.audit.notes.count; i++) {
        const lb_audit_note *note = &r->answer.audit.notes.at[i];
        if (lb_span_is(note->gate, gate) && lb_span_is(note->party, party) &&
            note_is(note, action) && lb_span_is(note->about, about) &&
            strcmp(lb_outcome_name(note->outcome), outcome) == 0)
            return true;
    }
    return false;
}

/* -- the hub -------------------------------------------------------------------------------------- */

static void *run(void *whose)
{
    rig *r = whose;

    lb_hub_run(r->hub, r->stop);
    return NULL;
}

static int set_up(void **state)
{
    rig *r = calloc(1, sizeof *r);
    lb_config config;

    lb_config_init(&config);
    config.tcp = false;
    scratch_make(&r->folder);
    lb_arena_init(&r->arena, ENOUGH);
    r->stop = eventfd(0, EFD_CLOEXEC);
    if (lb_hub_open(&r->hub, scratch_path(&r->folder, "data"), &config) != LB_OK ||
        pthread_create(&r->thread, NULL, run, r) != 0)
        return -1;
    r->gate = dial(r, LB_QUERY_INSIDE, GATE "/1");
    r->own_query = dial(r, LB_QUERY_INSIDE, NULL);
    r->own_intake = dial(r, LB_INTAKE_INSIDE, GATE "/1");
    r->plain_query = dial_door(r, "query");
    r->plain_intake = dial_door(r, "intake");
    add_party(r, "lianhe", "SHIPPER", "see:awb:" OWN);
    add_party(r, "cz-cargo", "CARRIER", "format:air.*");
    change_party(r, LB_ASK_PARTY_GRANT, "cz-cargo", NULL, "for:awb:*", LB_UNKNOWN);
    add_party(r, "chief", "OPERATOR", NULL);
    add_party(r, "homely", "SHIPPER", "network:10.0.0.0/8");
    *state = r;
    return 0;
}

static int tear_down(void **state)
{
    rig *r = *state;
    void **const sockets[] = {&r->gate, &r->own_query, &r->own_intake, &r->plain_query,
                              &r->plain_intake};

    for (size_t i = 0; i < sizeof sockets / sizeof sockets[0]; i++)
        lb_socket_close(sockets[i]);
    eventfd_write(r->stop, 1);
    pthread_join(r->thread, NULL);
    lb_hub_close(&r->hub);
    close(r->stop);
    lb_arena_fini(&r->arena);
    scratch_remove(&r->folder);
    free(r);
    return 0;
}

/* -- from outside ----------------------------------------------------------------------------------- */

static const char arrived[] =
    "FSU/14\r\n" OWN "PVGURC/T24K812.5\r\nNFD/12MAR1030/URC/T24K812.5\r\n";
static const char foreign[] =
    "FSU/14\r\n" FOREIGN "PVGURC/T24K812.5\r\nNFD/12MAR1031/URC/T24K812.5\r\n";

static void test_nobody_outside_asks_on_behalf_of_a_party(void **state)
{
    rig *r = *state;

    assert_string_equal(ask_for(r, r->plain_query, NULL, LB_ASK_STATUS, NULL), "OK");
    assert_string_equal(ask_for(r, r->plain_query, "lianhe", LB_ASK_TRACK, OWN), "DENIED");
    assert_true(lb_span_is(r->answer.text, LB_WHY_NO_GATE));
    assert_string_equal(ask_for(r, r->plain_query, "chief", LB_ASK_STATUS, NULL), "DENIED");
    assert_string_equal(ask_for(r, r->plain_query, "local", LB_ASK_STATUS, NULL), "DENIED");
    assert_true(is_noted(r, "", "local", "ASK", "lianhe", "DENIED"));
}

static void test_nobody_outside_submits_on_behalf_of_a_party(void **state)
{
    rig *r = *state;

    assert_denied(submit_for(r, r->plain_intake, "cz-cargo", "cz-cargo", arrived), LB_WHY_NO_GATE);
    assert_denied(submit_for(r, r->plain_intake, "chief", "chief", arrived), LB_WHY_NO_GATE);
    assert_int_equal(submit_for(r, r->plain_intake, NULL, "cz-cargo", arrived)->result,
                     LB_RESULT_KEPT);
    assert_true(is_noted(r, "", "local", "SEND", "cz-cargo", "DENIED"));
}

/* A gate is a socket inside the hub with a gate's name as routing id: neither alone suffices. */
static void test_only_a_socket_inside_with_the_name_of_a_gate_is_one(void **state)
{
    static const char *const names[] = {"http2", "local", "lianhe", "jt8", "jt809.x"};
    rig *r = *state;
    char endpoint[LB_ENDPOINT_ROOM];

    snprintf(endpoint, sizeof endpoint, "ipc://%s/query.sock", r->hub->folder.path);
    void *outside = dial(r, endpoint, GATE);
    assert_string_equal(ask_for(r, outside, "lianhe", LB_ASK_TRACK, OWN), "DENIED");
    lb_socket_close(&outside);
    assert_string_equal(ask_for(r, r->own_query, "lianhe", LB_ASK_TRACK, OWN), "DENIED");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        void *inside = dial(r, LB_QUERY_INSIDE, names[i]);
        assert_string_equal(ask_for(r, inside, "lianhe", LB_ASK_TRACK, OWN), "DENIED");
        assert_true(lb_span_is(r->answer.text, LB_WHY_NO_GATE));
        lb_socket_close(&inside);
        inside = dial(r, LB_INTAKE_INSIDE, names[i]);
        assert_denied(submit_for(r, inside, "cz-cargo", "cz-cargo", arrived), LB_WHY_NO_GATE);
        lb_socket_close(&inside);
    }
}

/* -- from inside ------------------------------------------------------------------------------------ */

static void keep_both(rig *r)
{
    lb_query query;

    assert_int_equal(submit_for(r, r->own_intake, "cz-cargo", "cz-cargo", arrived)->result,
                     LB_RESULT_KEPT);
    const lb_receipt *last = submit_for(r, r->own_intake, "cz-cargo", "cz-cargo", foreign);
    assert_int_equal(last->result, LB_RESULT_KEPT);
    lb_query_init(&query, LB_ASK_TRACK);
    ask_at_least(&query, last->first_seq);
    query.track.reference = LB_SPAN(FOREIGN);
    assert_string_equal(ask(r, r->own_query, &query), "OK");
}

static void test_a_question_has_the_rights_of_the_party(void **state)
{
    rig *r = *state;

    keep_both(r);
    assert_string_equal(ask_for(r, r->gate, "lianhe", LB_ASK_TRACK, OWN), "OK");
    assert_int_equal(r->answer.track.tracks.count, 1);
    int64_t from_us = lb_clock_monotonic_us();
    assert_string_equal(ask_for(r, r->gate, "lianhe", LB_ASK_TRACK, FOREIGN), "NOT_FOUND");
    assert_true(lb_clock_monotonic_us() - from_us >= STEP_US - 1000); /* as for the party itself */
    assert_string_equal(ask_for(r, r->gate, "lianhe", LB_ASK_STATUS, NULL), "DENIED");
    assert_string_equal(ask_for(r, r->gate, "lianhe", LB_ASK_PARTY_LIST, NULL), "DENIED");
    assert_string_equal(ask_for(r, r->gate, "cz-cargo", LB_ASK_TRACK, FOREIGN), "OK");
    assert_string_equal(ask_for(r, r->gate, "chief", LB_ASK_STATUS, NULL), "OK");
    assert_string_equal(ask_for(r, r->gate, "chief", LB_ASK_BACKUP, NULL), "DENIED");
    assert_string_equal(ask_for(r, r->gate, NULL, LB_ASK_STATUS, NULL), "OK"); /* for itself */
}

static void test_a_submit_has_the_rights_of_the_party(void **state)
{
    static const char denied[] = "this party may not send as this source";
    rig *r = *state;

    assert_int_equal(submit_for(r, r->own_intake, "cz-cargo", "cz-cargo", arrived)->result,
                     LB_RESULT_KEPT);
    assert_int_equal(submit_for(r, r->own_intake, "cz-cargo", "cz-cargo.west", arrived)->result,
                     LB_RESULT_KEPT);
    assert_denied(submit_for(r, r->own_intake, "cz-cargo", "other", arrived), denied);
    assert_denied(submit_for(r, r->own_intake, "lianhe", "lianhe", arrived), denied);
    const lb_receipt *receipt = submit_for(
        r, r->own_intake, "cz-cargo", "cz-cargo",
        "event,time,zone,place,container\nGTIN,2026-03-12 09:15,UTC,CNULZ,TBJU1234565\n");
    assert_true(lb_span_is(receipt->error, "DENIED")); /* not its format */
    assert_int_equal(submit_for(r, r->own_intake, "chief", "other", arrived)->result,
                     LB_RESULT_KEPT);
    assert_denied(submit_for(r, r->own_intake, "chief", GATE, arrived),
                  "this name belongs to a gate of the hub");
}

static void test_limits_of_the_party_hold(void **state)
{
    rig *r = *state;

    change_party(r, LB_ASK_PARTY_ADD, "slow", "INTEGRATOR", NULL, 1);
    int busy = 0;
    for (int i = 0; i < 20; i++)
        busy += strcmp(ask_for(r, r->gate, "slow", LB_ASK_STATUS, NULL), "BUSY") == 0;
    assert_true(busy > 10);
    assert_true(r->answer.retry_ms > 0);
    assert_string_equal(ask_for(r, r->gate, "chief", LB_ASK_STATUS, NULL), "OK"); /* another's */
}

static void test_the_audit_log_names_gate_and_party(void **state)
{
    lb_span rights[] = {LB_SPAN("see:awb:" FOREIGN)};
    rig *r = *state;
    lb_query query;

    keep_both(r);
    ask_for(r, r->gate, "lianhe", LB_ASK_TRACK, OWN);
    ask_for(r, r->gate, "lianhe", LB_ASK_STATUS, NULL);
    submit_for(r, r->own_intake, "lianhe", "lianhe", arrived);
    lb_query_init(&query, LB_ASK_PARTY_GRANT);
    query.on_behalf_of = LB_SPAN("chief");
    query.party_grant.name = LB_SPAN("lianhe");
    query.party_grant.rights = (lb_text_list){rights, 1, 1};
    assert_string_equal(ask(r, r->gate, &query), "OK");
    assert_true(is_noted(r, GATE, "lianhe", "ASK_TRACK", OWN, "OK"));
    assert_true(is_noted(r, GATE, "lianhe", "ASK_STATUS", "", "DENIED"));
    assert_true(is_noted(r, GATE, "lianhe", "SEND", "lianhe", "DENIED"));
    assert_true(is_noted(r, GATE, "cz-cargo", "SEND", "cz-cargo", "OK"));
    assert_true(is_noted(r, GATE, "chief", "PARTY_GRANT", "lianhe see:awb:" FOREIGN, "OK"));
    assert_true(is_noted(r, "", "local", "PARTY_ADD", "lianhe SHIPPER see:awb:" OWN, "OK"));
    lb_query_init(&query, LB_ASK_AUDIT_VERIFY);
    assert_string_equal(ask(r, r->own_query, &query), "OK");
}

static void test_an_unknown_party_is_refused(void **state)
{
    static const char *const names[] = {"nobody", "local", GATE, "lianhe/", "Lianhe"};
    rig *r = *state;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_string_equal(ask_for(r, r->gate, names[i], LB_ASK_STATUS, NULL), "DENIED");
        assert_true(lb_span_is(r->answer.text, LB_WHY_NO_PARTY));
        assert_denied(submit_for(r, r->own_intake, names[i], "cz-cargo", arrived), LB_WHY_NO_PARTY);
    }
    assert_true(is_noted(r, GATE, "nobody", "ASK", "", "DENIED"));
    assert_true(is_noted(r, GATE, "nobody", "SEND", "cz-cargo", "DENIED"));
}

static void test_a_revoked_party_is_refused_at_once(void **state)
{
    rig *r = *state;

    assert_string_equal(ask_for(r, r->gate, "lianhe", LB_ASK_TRACK, OWN), "NOT_FOUND");
    assert_int_equal(submit_for(r, r->own_intake, "cz-cargo", "cz-cargo", arrived)->result,
                     LB_RESULT_KEPT);
    change_party(r, LB_ASK_PARTY_REVOKE, "lianhe", NULL, NULL, LB_UNKNOWN);
    change_party(r, LB_ASK_PARTY_REVOKE, "cz-cargo", NULL, NULL, LB_UNKNOWN);
    assert_string_equal(ask_for(r, r->gate, "lianhe", LB_ASK_TRACK, OWN), "DENIED");
    assert_denied(submit_for(r, r->own_intake, "cz-cargo", "cz-cargo", foreign), LB_WHY_NO_PARTY);
}

static void test_a_party_that_is_bound_to_networks_needs_the_address_of_its_client(void **state)
{
    static const struct {
        const char *address, *says;
    } rows[] = {
        {NULL, "DENIED"}, {"192.168.1.1", "DENIED"}, {"junk", "DENIED"}, {"10.2.3.4", "NOT_FOUND"}};
    rig *r = *state;
    lb_query query;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        lb_query_init(&query, LB_ASK_TRACK);
        query.track.reference = LB_SPAN(OWN);
        query.on_behalf_of = LB_SPAN("homely");
        query.client_address = lb_span_of(rows[i].address);
        assert_string_equal(ask(r, r->gate, &query), rows[i].says);
    }
    change_party(r, LB_ASK_PARTY_GRANT, "cz-cargo", NULL, "network:10.0.0.0/8", LB_UNKNOWN);
    assert_denied(submit_for(r, r->own_intake, "cz-cargo", "cz-cargo", arrived), LB_WHY_NO_PARTY);
    assert_int_equal(
        submit_from(r, r->own_intake, "cz-cargo", "10.2.3.4", "cz-cargo", arrived)->result,
        LB_RESULT_KEPT);
}

#define WITH_HUB(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_HUB(test_nobody_outside_asks_on_behalf_of_a_party),
        WITH_HUB(test_nobody_outside_submits_on_behalf_of_a_party),
        WITH_HUB(test_only_a_socket_inside_with_the_name_of_a_gate_is_one),
        WITH_HUB(test_a_question_has_the_rights_of_the_party),
        WITH_HUB(test_a_submit_has_the_rights_of_the_party),
        WITH_HUB(test_limits_of_the_party_hold),
        WITH_HUB(test_the_audit_log_names_gate_and_party),
        WITH_HUB(test_an_unknown_party_is_refused),
        WITH_HUB(test_a_revoked_party_is_refused_at_once),
        WITH_HUB(test_a_party_that_is_bound_to_networks_needs_the_address_of_its_client),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
