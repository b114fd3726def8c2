/* test_limits.c - how much a party may send and ask, and the errors beyond that. */
#include "counters.h"
#include "parties.h"
#include "party_words.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

static const char ARRIVED[] =
    "FSU/14\r\n" OWN "PVGURC/T24K812.5\r\nRCF/CZ5417/12MAR1145/URC/T24K812.5\r\n";

typedef struct peer { /* the bare socket: sends without waiting for answers */
    void *zmq, *socket;
    lb_arena arena;
} peer;

static void peer_open(test_hub *hub, const identity *who, int room, peer *p)
{
    char at[64];
    int linger = 0, patience = DEADLINE_MS;

    p->zmq = zmq_ctx_new();
    p->socket = zmq_socket(p->zmq, ZMQ_DEALER);
    zmq_setsockopt(p->socket, ZMQ_LINGER, &linger, sizeof linger);
    zmq_setsockopt(p->socket, ZMQ_RCVTIMEO, &patience, sizeof patience);
    zmq_setsockopt(p->socket, ZMQ_CURVE_SERVERKEY, hub->key, KEY_ROOM);
    zmq_setsockopt(p->socket, ZMQ_CURVE_PUBLICKEY, who->own_public, KEY_ROOM);
    zmq_setsockopt(p->socket, ZMQ_CURVE_SECRETKEY, who->own_secret, KEY_ROOM);
    snprintf(at, sizeof at, "tcp://127.0.0.1:%d", hub->port + room);
    assert_int_equal(zmq_connect(p->socket, at), 0);
    lb_arena_init(&p->arena, 64 * 1024 * 1024);
}

static void peer_close(peer *p)
{
    zmq_close(p->socket);
    zmq_ctx_term(p->zmq);
    lb_arena_fini(&p->arena);
}

static void peer_send(peer *p, const lb_record *record, const void *value)
{
    lb_span bytes;

    assert_int_equal(lb_record_pack(record, value, &p->arena, &bytes), LB_OK);
    assert_int_equal(zmq_send(p->socket, bytes.at, bytes.len, 0), bytes.len);
}

static void peer_take(peer *p, const lb_record *record, void *value)
{
    zmq_msg_t frame;

    zmq_msg_init(&frame);
    assert_true(zmq_msg_recv(&frame, p->socket, 0) >= 0);
    assert_int_equal(lb_record_unpack(record, (lb_span){zmq_msg_data(&frame), zmq_msg_size(&frame)},
                                      &p->arena, value),
                     LB_OK);
    zmq_msg_close(&frame);
}

static void send_text(peer *p, const char *source, const char *text, int number)
{
    lb_message message = {.body = lb_span_of(text)};
    lb_submit submit;

    lb_record_init(&lb_record_submit, &submit);
    submit.source = lb_span_of(source);
    submit.correlation = number;
    submit.messages = (lb_message_list){&message, 1, 1};
    peer_send(p, &lb_record_submit, &submit);
}

static void send_status(peer *p, int number)
{
    char text[TEXT_ROOM];

    snprintf(text, sizeof text,
             "FSU/14\r\n" OWN "PVGURC/T24K812.5\r\nRCF/CZ5417/12MAR11%02d/URC/T24K812.5\r\n",
             number);
    send_text(p, "cz-cargo", text, number);
}

static lb_receipt take_receipt(peer *p)
{
    lb_receipts receipts;

    peer_take(p, &lb_record_receipts, &receipts);
    assert_int_equal(receipts.receipts.count, 1);
    return receipts.receipts.at[0];
}

/* More than the queue of a peer holds: libzmq stops reading from it, and continues later. */
static void test_a_thousand_messages_at_once_are_all_answered(void **state)
{
    enum { SENT = 1000 };
    test_hub *hub = *state;
    peer p;
    lb_receipts receipts;

    peer_open(hub, &hub->who[CARRIER], 0, &p);
    for (int i = 0; i < SENT; i++)
        send_status(&p, i);
    for (int i = 0; i < SENT; i++) {
        peer_take(&p, &lb_record_receipts, &receipts);
        assert_int_equal(receipts.correlation, i);
        assert_int_not_equal(receipts.receipts.at[0].result, LB_RESULT_FAILED);
    }
    peer_close(&p);
}

/* 5 a second, with a burst of two seconds: the rest gets a time to retry, and is taken then. */
static void test_over_the_rate_the_reply_says_when_to_send_again(void **state)
{
    enum { SENT = 16 };
    test_hub *hub = *state;
    peer p;
    lb_receipts receipts;
    int kept = 0, busy = 0;
    int64_t retry_ms = 0;

    peer_open(hub, &hub->who[CARRIER], 0, &p);
    for (int i = 0; i < SENT; i++)
        send_status(&p, i);
    for (int i = 0; i < SENT; i++) {
        peer_take(&p, &lb_record_receipts, &receipts);
        const lb_receipt *receipt = &receipts.receipts.at[0];
        kept += receipt->result == LB_RESULT_KEPT;
        if (receipt->result == LB_RESULT_KEPT)
            continue;
        assert_int_equal(receipt->result, LB_RESULT_FAILED);
        assert_true(lb_span_is(receipt->error, "BUSY"));
        assert_true(lb_span_is(receipt->next_step, "SENDER_RETRY"));
        assert_in_range(receipt->retry_ms, 1, 2000);
        retry_ms = receipt->retry_ms;
        busy++;
    }
    assert_true(kept >= 10 && busy > 0);
    zmq_poll(NULL, 0, (long)retry_ms);
    send_status(&p, SENT);
    peer_take(&p, &lb_record_receipts, &receipts);
    assert_int_equal(receipts.receipts.at[0].result, LB_RESULT_KEPT);
    peer_close(&p);
}

/* The client library waits automatically, and loses nothing. */
static void test_the_client_waits_for_its_turn(void **state)
{
    test_hub *hub = *state;

    for (int i = 0; i < 14; i++) {
        char text[TEXT_ROOM];
        snprintf(text, sizeof text,
                 "FSU/14\r\n" OWN "PVGURC/T24K812.5\r\nRCF/CZ5417/12MAR12%02d/URC/T24K812.5\r\n",
                 i);
        say(hub, hub->who[CARRIER].client, text);
        assert_int_equal(hub->receipt.result, LB_RESULT_KEPT);
    }
}

static void test_too_many_questions_at_a_time_get_busy(void **state)
{
    enum { ASKED = 12 };
    test_hub *hub = *state;
    peer p;
    lb_query query;
    lb_answer answer;
    int busy = 0, answered = 0;

    peer_open(hub, &hub->who[SHIPPER], 1, &p);
    fill_question(hub, LB_ASK_TRACK, ABSENT, &query);
    for (int i = 0; i < ASKED; i++) {
        query.correlation = i;
        peer_send(&p, &lb_record_query, &query);
    }
    for (int i = 0; i < ASKED; i++) {
        peer_take(&p, &lb_record_answer, &answer);
        bool is_busy = lb_span_is(answer.error, "BUSY");
        assert_true(!is_busy || answer.retry_ms > 0);
        busy += is_busy;
        answered += lb_span_is(answer.error, "NOT_FOUND");
    }
    assert_int_equal(answered, 4); /* party_open */
    assert_int_equal(busy, ASKED - 4);
    peer_close(&p);
}

/* -- refused ---------------------------------------------------------------------------------------------- */

static int64_t counted(test_hub *hub, const char *door, const char *word)
{
    lb_query query;

    lb_query_init(&query, LB_ASK_FEEDS);
    int64_t number = counted_in(ask_as(hub->local, &query), "door", door, word);
    assert_int_not_equal(number, LB_UNKNOWN);
    return number;
}

static int64_t ask_ms(test_hub *hub, lb_client *client)
{
    lb_query query;

    fill_question(hub, LB_ASK_TRACK, OWN, &query);
    int64_t from_ms = live_now_ms();
    assert_string_equal(error_of(ask_as(client, &query)), "OK");
    return live_now_ms() - from_ms;
}

/* Sends the same again and again until the door closes the connection; returns the number of
 * answers. */
static int go_on(test_hub *hub, peer *p, const char *door, lb_span bytes)
{
    enum { ROUNDS = 300, AT_ONCE = 10, EVERY_MS = 20 };
    int reported = 0;
    zmq_msg_t frame;

    zmq_msg_init(&frame);
    for (int round = 0; round < ROUNDS && counted(hub, door, "expelled") == 0; round++) {
        for (int i = 0; i < AT_ONCE; i++)
            zmq_send(p->socket, bytes.at, bytes.len, ZMQ_DONTWAIT);
        poll(NULL, 0, EVERY_MS);
        while (zmq_msg_recv(&frame, p->socket, ZMQ_DONTWAIT) >= 0)
            reported++;
    }
    zmq_msg_close(&frame);
    return reported;
}

/* It gets one DENIED, and then its connection is closed; its key is refused when it reconnects. */
static void test_a_revoked_party_is_informed_once_and_disconnected(void **state)
{
    test_hub *hub = *state;
    lb_message message = {.body = LB_SPAN("FSU/14\r\n" OWN "PVGURC/T24K812.5\r\n")};
    lb_receipts receipts;
    lb_answer answer;
    lb_submit submit;
    lb_query query;
    lb_span bytes;
    peer asker, sender;

    peer_open(hub, &hub->who[SHIPPER], 1, &asker);
    fill_question(hub, LB_ASK_TRACK, OWN, &query);
    peer_send(&asker, &lb_record_query, &query);
    peer_take(&asker, &lb_record_answer, &answer);
    assert_int_equal(answer.track.tracks.count, 1);
    change(hub, LB_ASK_PARTY_REVOKE, &hub->who[SHIPPER], "", NULL, LB_UNKNOWN);
    assert_int_equal(lb_record_pack(&lb_record_query, &query, &asker.arena, &bytes), LB_OK);
    assert_int_equal(go_on(hub, &asker, "query", bytes), 1);
    assert_int_equal(counted(hub, "query", "expelled"), 1);

    peer_open(hub, &hub->who[CARRIER], 0, &sender);
    lb_record_init(&lb_record_submit, &submit);
    submit.source = LB_SPAN("cz-cargo");
    submit.messages = (lb_message_list){&message, 1, 1};
    peer_send(&sender, &lb_record_submit, &submit);
    peer_take(&sender, &lb_record_receipts, &receipts);
    assert_int_equal(receipts.receipts.count, 1);
    change(hub, LB_ASK_PARTY_REVOKE, &hub->who[CARRIER], "", NULL, LB_UNKNOWN);
    assert_int_equal(lb_record_pack(&lb_record_submit, &submit, &sender.arena, &bytes), LB_OK);
    assert_int_equal(go_on(hub, &sender, "intake", bytes), 1);
    assert_int_equal(counted(hub, "intake", "expelled"), 1);
    assert_true(ask_ms(hub, hub->who[CHIEF].client) < 1000); /* others are answered */
    peer_close(&asker);
    peer_close(&sender);
}

/* The connections of one party share the turns of one. */
static void test_requests_refused_to_one_party_delay_no_other(void **state)
{
    enum { ASKED = 20000, ROUNDS = 20 };
    test_hub *hub = *state;
    int64_t worst = 0;
    lb_span bytes;
    lb_query query;
    peer p;

    peer_open(hub, &hub->who[SHIPPER], 1, &p);
    fill_question(hub, LB_ASK_YARD, NULL, &query); /* not permitted to a shipper */
    assert_int_equal(lb_record_pack(&lb_record_query, &query, &p.arena, &bytes), LB_OK);
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < ASKED / ROUNDS; i++)
            zmq_send(p.socket, bytes.at, bytes.len, ZMQ_DONTWAIT);
        int64_t took = ask_ms(hub, hub->who[CHIEF].client);
        worst = took > worst ? took : worst;
    }
    print_message("the worst of %d answers beside %d refusals: %lld ms\n", (int)ROUNDS, (int)ASKED,
                  (long long)worst);
    assert_true(worst < 1000);
    assert_true(counted(hub, "query", "refused") > 0);
    peer_close(&p);
}

/* Rows in the audit log of refusals to a party: a few, and one for the rest. */
static int64_t notes_of(test_hub *hub, const char *party, const char *action, const char *outcome,
                        int64_t *times)
{
    int64_t rows = 0;
    lb_query query;

    lb_query_init(&query, LB_ASK_AUDIT_LIST);
    query.audit_list.party = lb_span_of(party);
    query.audit_list.limit = 10000;
    const lb_audit_note_list *notes = &ask_as(hub->local, &query)->audit.notes;
    *times = 0;
    for (size_t i = 0; i < notes->count; i++)
        if (strcmp(lb_outcome_name(notes->at[i].outcome), outcome) == 0 &&
            (action == NULL || note_is(&notes->at[i], action))) {
            *times += notes->at[i].times;
            rows++;
        }
    return rows;
}

static void test_refusals_do_not_fill_the_audit_log(void **state)
{
    enum { SENT = 400, OF_ONE_WRITING = 50, WRITING_MS = 200 }; /* of the access thread */
    test_hub *hub = *state;
    char source[64];
    int64_t refused, began_ms = live_now_ms();
    peer p;

    peer_open(hub, &hub->who[CARRIER], 0, &p);
    for (int i = 0; i < SENT; i++) {
        snprintf(source, sizeof source, "other-%d", i); /* not its own */
        send_text(&p, source, ARRIVED, i);
    }
    for (int i = 0; i < SENT; i++)
        assert_true(lb_span_is(take_receipt(&p).error, NO));
    peer_close(&p);
    int64_t writings = (live_now_ms() - began_ms) / WRITING_MS + 2;
    assert_true(notes_of(hub, "cz-cargo", NULL, NO, &refused) <= OF_ONE_WRITING * writings);
    assert_int_equal(refused, SENT); /* all are counted */
}

/* Each active feed is noted once a minute; a party's invented feeds together as often. */
static void test_invented_sources_do_not_fill_the_audit_log(void **state)
{
    enum { SENT = 400 };
    test_hub *hub = *state;
    char source[64];
    int64_t times;
    peer p;

    peer_open(hub, &hub->who[CARRIER], 0, &p);
    for (int i = 0; i < SENT; i++) {
        snprintf(source, sizeof source, "cz-cargo.%d", i);
        send_text(&p, source, "x", i);
    }
    for (int i = 0; i < SENT; i++)
        take_receipt(&p);
    for (int i = 0; i < 2; i++) {
        send_text(&p, "cz-cargo", ARRIVED, i); /* the first one is KEPT, and then it has a feed */
        take_receipt(&p);
    }
    peer_close(&p);
    assert_in_range(notes_of(hub, "cz-cargo", "SEND", "OK", &times), 1, 3);
}

/* One that takes as long as four counts as four. */
static void test_a_long_question_counts_as_several_open_ones(void **state)
{
    test_hub *hub = *state;
    static char reference[13 * 1024];
    lb_query query;
    lb_answer answer;
    peer p;

    memset(reference, 'X', sizeof reference - 1);
    peer_open(hub, &hub->who[SHIPPER], 1, &p);
    for (int i = 0; i < 2; i++) {
        fill_question(hub, LB_ASK_TRACK, i == 0 ? reference : ABSENT, &query);
        query.correlation = i;
        peer_send(&p, &lb_record_query, &query);
    }
    peer_take(&p, &lb_record_answer, &answer);
    assert_int_equal(answer.correlation, 1);
    assert_true(lb_span_is(answer.error, "BUSY"));
    peer_take(&p, &lb_record_answer, &answer);
    assert_true(lb_span_is(answer.error, "NOT_FOUND"));
    peer_send(&p, &lb_record_query, &query); /* its weight is released */
    peer_take(&p, &lb_record_answer, &answer);
    assert_true(lb_span_is(answer.error, "NOT_FOUND"));
    peer_close(&p);
}

/* -- connections ------------------------------------------------------------------------------------------ */

static int set_up_few_connections(void **state)
{
    return set_up_with(state, "[limits]\nparty_connections = 3\naddress_connections = 20\n");
}

static void ask_by(test_hub *hub, peer *p)
{
    lb_query query;
    lb_answer answer;

    fill_question(hub, LB_ASK_TRACK, ABSENT, &query);
    peer_send(p, &lb_record_query, &query);
    peer_take(p, &lb_record_answer, &answer);
    assert_true(lb_span_is(answer.error, "NOT_FOUND"));
}

static void wait_for(test_hub *hub, const char *word, int64_t least)
{
    for (int i = 0; i < 200 && counted(hub, "query", word) < least; i++)
        poll(NULL, 0, 10);
    assert_true(counted(hub, "query", word) >= least);
}

/* The fourth of them closes the party's own oldest; the others keep theirs. */
static void test_a_party_fills_its_own_connections_only(void **state)
{
    enum { MOST = 3 };
    test_hub *hub = *state;
    peer mine[MOST], one_more;

    assert_true(ask_ms(hub, hub->who[CHIEF].client) < 5000);
    for (int i = 0; i < MOST; i++) {
        peer_open(hub, &hub->who[SHIPPER], 1, &mine[i]);
        ask_by(hub, &mine[i]);
    }
    assert_int_equal(counted(hub, "query", "crowded"), 0);
    peer_open(hub, &hub->who[SHIPPER], 1, &one_more);
    ask_by(hub, &one_more);
    wait_for(hub, "crowded", 1);
    assert_true(ask_ms(hub, hub->who[CHIEF].client) < 5000);
    for (int i = 0; i < MOST; i++)
        peer_close(&mine[i]);
    peer_close(&one_more);
}

/* Silent connections, more than an address may have: an active one gets in all the same. */
static void test_silent_connections_of_an_address_give_way(void **state)
{
    enum { SILENT = 40 };
    test_hub *hub = *state;
    int fds[SILENT];
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)(hub->port + 1)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    peer p;

    for (int i = 0; i < SILENT; i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(connect(fds[i], (struct sockaddr *)&at, sizeof at), 0);
    }
    peer_open(hub, &hub->who[SHIPPER], 1, &p);
    ask_by(hub, &p);
    wait_for(hub, "crowded", SILENT - 20);
    for (int i = 0; i < SILENT; i++)
        close(fds[i]);
    peer_close(&p);
}

/* -- shares ---------------------------------------------------------------------------------------------- */

static lb_share share_of(test_hub *hub, const char *owner)
{
    lb_query query;

    lb_query_init(&query, LB_ASK_FEEDS);
    const lb_answer *answer = ask_as(hub->local, &query);
    for (size_t i = 0; i < answer->feeds.shares.count; i++)
        if (lb_span_is(answer->feeds.shares.at[i].owner, owner))
            return answer->feeds.shares.at[i];
    fail_msg("no share of %s", owner);
    return (lb_share){0};
}

static size_t feeds_reported(test_hub *hub)
{
    lb_query query;

    lb_query_init(&query, LB_ASK_FEEDS);
    return ask_as(hub->local, &query)->feeds.feeds.count;
}

static void add_carrier(test_hub *hub, identity *who, const char *name)
{
    *who = (identity){.name = name, .words = "CARRIER format:air.* for:awb:784-*"};
    assert_int_equal(zmq_curve_keypair(who->own_public, who->own_secret), 0);
    change(hub, LB_ASK_PARTY_ADD, who, who->words, who->own_public, LB_UNKNOWN);
    come_in(hub, who);
}

/* One byte as each of 4,096 sources of the party, which is the limit for all feeds. */
static void test_rubbish_of_many_sources_stops_no_new_carrier(void **state)
{
    enum { SOURCES = 4096, AT_ONCE = 256 };
    test_hub *hub = *state;
    char source[64];
    identity mu, hu;
    peer p;

    size_t before = feeds_reported(hub);
    peer_open(hub, &hub->who[CARRIER], 0, &p);
    for (int sent = 0; sent < SOURCES; sent += AT_ONCE) {
        for (int i = sent; i < sent + AT_ONCE; i++) {
            snprintf(source, sizeof source, "cz-cargo.%d", i);
            send_text(&p, source, "x", i);
        }
        for (int i = 0; i < AT_ONCE; i++)
            assert_int_not_equal(take_receipt(&p).result, LB_RESULT_KEPT);
    }
    peer_close(&p);
    const lb_share evil = share_of(hub, "cz-cargo");
    assert_int_equal(evil.refused, SOURCES);
    assert_int_equal(evil.unheard, 64);
    assert_int_equal(evil.sources, 0);
    assert_int_equal(feeds_reported(hub), before);

    add_carrier(hub, &mu, "mu");
    say(hub, mu.client, ARRIVED);
    assert_int_equal(hub->receipt.result, LB_RESULT_KEPT);
    lb_client_close(&mu.client);
    stop(hub);
    start(hub);
    add_carrier(hub, &hu, "hu");
    say(hub, hu.client, ARRIVED);
    assert_int_equal(hub->receipt.result, LB_RESULT_KEPT);
    lb_client_close(&hu.client);
    assert_int_equal(share_of(hub, "cz-cargo").refused, SOURCES);
}

static void test_rubbish_of_one_party_leaves_quarantine_to_the_others(void **state)
{
    enum { SENT = 40, SHARE = 20 };
    test_hub *hub = *state;
    char text[TEXT_ROOM];
    identity mu;
    peer p;

    peer_open(hub, &hub->who[CARRIER], 0, &p);
    for (int i = 0; i < SENT; i++) {
        snprintf(text, sizeof text, "FSU/14\r\nrubbish %d", i);
        send_text(&p, "cz-cargo", text, i);
    }
    for (int i = 0; i < SENT; i++) {
        const lb_receipt receipt = take_receipt(&p);
        assert_int_equal(receipt.result, LB_RESULT_REFUSED);
        assert_true((receipt.quarantine_id != LB_UNKNOWN) == (i < SHARE));
        snprintf(text, sizeof text, "%.*s", LB_ARG(receipt.text));
        assert_true((strstr(text, "not kept in quarantine: the party's share is full") != NULL) ==
                    (i >= SHARE));
    }
    peer_close(&p);
    assert_int_equal(share_of(hub, "cz-cargo").quarantined, SHARE);
    assert_int_equal(share_of(hub, "cz-cargo").quarantined_max, SHARE);
    add_carrier(hub, &mu, "mu");
    say(hub, mu.client, "FSU/14\r\nan honest mistake");
    assert_int_equal(hub->receipt.result, LB_RESULT_REFUSED);
    assert_true(hub->receipt.quarantine_id != LB_UNKNOWN);
    lb_client_close(&mu.client);
}

/* Messages in no known format, each different: every adapter probes each of them. */
static const char *write_rubbish(int number)
{
    static char text[60000];
    uint64_t chance = (uint64_t)number + 1;

    for (size_t i = 0; i + 1 < sizeof text; i++) {
        chance = chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        text[i] = (char)('a' + (chance >> 40) % 26);
    }
    return text;
}

/* Reading messages that are then refused may take a tenth of the hub's time for each party. */
static void test_a_party_that_sends_rubbish_all_the_time_gets_busy(void **state)
{
    enum { MOST = 5000, AT_ONCE = 200 };
    test_hub *hub = *state;
    int64_t retry_ms = 0;
    identity mu;
    peer p;

    peer_open(hub, &hub->who[CARRIER], 0, &p);
    for (int sent = 0; sent < MOST && retry_ms == 0; sent += AT_ONCE) {
        lb_arena_reset(&p.arena);
        for (int i = sent; i < sent + AT_ONCE; i++)
            send_text(&p, "cz-cargo", write_rubbish(i), i);
        for (int i = 0; i < AT_ONCE; i++) {
            const lb_receipt receipt = take_receipt(&p);
            if (lb_span_is(receipt.error, "BUSY"))
                retry_ms = receipt.retry_ms;
            else
                assert_int_equal(receipt.result, LB_RESULT_REFUSED);
        }
    }
    assert_true(retry_ms > 0);
    add_carrier(hub, &mu, "mu"); /* others are not delayed */
    say(hub, mu.client, ARRIVED);
    assert_int_equal(hub->receipt.result, LB_RESULT_KEPT);
    lb_client_close(&mu.client);
    lb_result result = LB_RESULT_FAILED;
    for (int tries = 0; tries < 20 && result == LB_RESULT_FAILED; tries++) {
        poll(NULL, 0, (int)retry_ms);
        send_status(&p, 7);
        result = take_receipt(&p).result;
    }
    assert_int_equal(result, LB_RESULT_KEPT);
    peer_close(&p);
}

/* A party is one sender, whatever its connections and addresses, and messages beyond its limit
 * are counted in its own share. */
static void test_what_a_party_has_no_room_for_is_counted_in_its_share(void **state)
{
    enum { MESSAGES = 40, TRIES = 20, LONG = 1024 * 1024 };
    test_hub *hub = *state;
    int64_t busy = 0;
    peer p;

    char *text = malloc(LONG);
    assert_non_null(text);
    memset(text, 'x', LONG);
    text[LONG - 1] = '\0';
    peer_open(hub, &hub->who[CARRIER], 0, &p);
    for (int n = 0; n < TRIES && busy == 0; n++) {
        for (int i = 0; i < MESSAGES; i++) {
            lb_arena_reset(&p.arena);
            snprintf(text, 32, "%d of %d", i, n);
            text[strlen(text)] = ' ';
            send_text(&p, "cz-cargo", text, i);
        }
        for (int i = 0; i < MESSAGES; i++) {
            lb_arena_reset(&p.arena);
            const lb_receipt receipt = take_receipt(&p);
            busy += lb_span_starts(receipt.text, "too many messages of this sender");
        }
    }
    peer_close(&p);
    free(text);
    assert_true(busy > 0);
    assert_true(share_of(hub, "cz-cargo").refused >= busy);
    lb_query query;
    lb_query_init(&query, LB_ASK_FEEDS);
    const lb_answer *answer = ask_as(hub->local, &query);
    for (size_t i = 0; i < answer->feeds.shares.count; i++)
        assert_null(
            memchr(answer->feeds.shares.at[i].owner.at, '/', answer->feeds.shares.at[i].owner.len));
}

static int set_up_small_shares(void **state)
{
    return set_up_with(state, "[limits]\nquarantine_rows = 30\nparty_quarantine_rows = 20\n"
                              "party_feeds = 3\n");
}

static void test_a_party_over_its_sources_gets_an_error(void **state)
{
    test_hub *hub = *state;
    char source[64];
    peer p;

    peer_open(hub, &hub->who[CARRIER], 0, &p);
    for (int i = 0; i < 4; i++) {
        snprintf(source, sizeof source, "cz-cargo.%d", i);
        send_text(&p, source, ARRIVED, i);
        const lb_receipt receipt = take_receipt(&p);
        assert_int_equal(receipt.result, i < 3 ? LB_RESULT_KEPT : LB_RESULT_REFUSED);
        assert_true(i < 3 || lb_span_is(receipt.error, "DENIED"));
    }
    assert_int_equal(share_of(hub, "cz-cargo").sources, 3);
    peer_close(&p);
}

#define WITH_SMALL_SHARES(test) \
    cmocka_unit_test_setup_teardown(test, set_up_small_shares, tear_down)

#define WITH_FEW_CONNECTIONS(test) \
    cmocka_unit_test_setup_teardown(test, set_up_few_connections, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_HUB(test_a_thousand_messages_at_once_are_all_answered),
        WITH_SMALL_HUB(test_over_the_rate_the_reply_says_when_to_send_again),
        WITH_SMALL_HUB(test_the_client_waits_for_its_turn),
        WITH_SMALL_HUB(test_too_many_questions_at_a_time_get_busy),
        WITH_HUB(test_a_revoked_party_is_informed_once_and_disconnected),
        WITH_HUB(test_requests_refused_to_one_party_delay_no_other),
        WITH_HUB(test_refusals_do_not_fill_the_audit_log),
        WITH_HUB(test_invented_sources_do_not_fill_the_audit_log),
        WITH_SMALL_HUB(test_a_long_question_counts_as_several_open_ones),
        WITH_FEW_CONNECTIONS(test_a_party_fills_its_own_connections_only),
        WITH_FEW_CONNECTIONS(test_silent_connections_of_an_address_give_way),
        WITH_HUB(test_rubbish_of_many_sources_stops_no_new_carrier),
        WITH_SMALL_SHARES(test_rubbish_of_one_party_leaves_quarantine_to_the_others),
        WITH_HUB(test_a_party_that_sends_rubbish_all_the_time_gets_busy),
        WITH_HUB(test_what_a_party_has_no_room_for_is_counted_in_its_share),
        WITH_SMALL_SHARES(test_a_party_over_its_sources_gets_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
