/* test_identity.c - who may do what at a real hub: every role, every request, own and foreign cargo; keys that come, go
 * and end while their owners are connected; limits; the record of deeds.
 *
 *     cz-cargo  CARRIER     format:air.* for:awb:784-*       lianhe  SHIPPER     see:awb:784-30418264
 *     desk      INTEGRATOR  topic:e/air/                     clerk   AUDITOR
 *     chief     OPERATOR                                     local   who needs no key */
#include "landbridge/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <zmq.h>

#include "live.h"
#include "record.h"
#include "scratch.h"

enum { DEADLINE_MS = 20000, NEVER_MS = 700, KEY_ROOM = 41, TEXT_ROOM = 2048, STEP_MS = 50 };

#define OWN     "784-30418264"
#define FOREIGN "999-12345675"
#define ABSENT  "999-76543215"

typedef struct identity {
    const char *name, *words; /* roles and rights */
    char own_public[KEY_ROOM], own_secret[KEY_ROOM];
    lb_client *client;
} identity;

enum { CHIEF, CARRIER, SHIPPER, DESK, AUDITOR, IDENTITIES };

typedef struct test_hub {
    lb_scratch folder;
    pid_t pid;
    int port; /* of the CURVE intake; query, live and replay are the next three */
    char key[KEY_ROOM], data[SCRATCH_PATH_ROOM];
    lb_client *local;
    identity who[IDENTITIES];
    int64_t seq; /* newest event */
    lb_receipt receipt;
    char error[64];
} test_hub;

/* -- the hub -------------------------------------------------------------------------------------------- */

static void write_config(test_hub *hub, const char *more)
{
    FILE *file = fopen(scratch_path(&hub->folder, "hub.conf"), "w");

    assert_non_null(file);
    fprintf(file,
            "[listen]\nintake = off\nquery = off\nlive = off\nreplay = off\njt808 = off\n"
            "curve_intake = %d\ncurve_query = %d\ncurve_live = %d\ncurve_replay = %d\n%s",
            hub->port, hub->port + 1, hub->port + 2, hub->port + 3, more);
    assert_int_equal(fclose(file), 0);
}

static void start(test_hub *hub)
{
    hub->pid =
        live_start(LB_BIN_DIR "/landbridged", hub->data, scratch_path(&hub->folder, "hub.conf"),
                   scratch_path(&hub->folder, "log"), NULL);
    assert_true(hub->pid > 0);
}

static void stop(test_hub *hub)
{
    kill(hub->pid, SIGTERM);
    waitpid(hub->pid, NULL, 0);
    hub->pid = 0;
}

static const lb_answer *ask_as(lb_client *client, const lb_query *query)
{
    const lb_answer *answer = NULL;

    assert_int_equal(lb_client_ask(client, query, DEADLINE_MS, &answer), LB_OK);
    return answer;
}

/* "PARTY_ADD", "acme", "CARRIER format:air.*" */
static void change(test_hub *hub, lb_ask ask, identity *who, const char *words, const char *key,
                   int64_t until_us)
{
    enum { WORDS = 8 };
    lb_span roles[WORDS], rights[WORDS], rest = lb_span_of(words), word;
    lb_party_key held = {lb_span_of(key), LB_UNKNOWN, LB_UNKNOWN};
    lb_query query;

    lb_query_init(&query, ask);
    query.before_us = until_us;
    query.party.name = lb_span_of(who->name);
    query.party.roles = (lb_text_list){roles, 0, WORDS};
    query.party.rights = (lb_text_list){rights, 0, WORDS};
    query.party.keys = (lb_party_key_list){&held, key != NULL, 1};
    while (lb_span_cut(&rest, ' ', &word)) {
        bool is_right = memchr(word.at, ':', word.len) != NULL;
        lb_text_list *list = is_right ? &query.party.rights : &query.party.roles;
        list->at[list->count++] = word;
    }
    const lb_answer *answer = ask_as(hub->local, &query);
    if (answer->error.len > 0)
        fail_msg("%s: %.*s", who->name, LB_ARG(answer->text));
}

static lb_client *connect_with(test_hub *hub, const char *own_public, const char *own_secret,
                               const char *hub_public)
{
    lb_client *client;
    char at[64];

    snprintf(at, sizeof at, "tcp://127.0.0.1:%d", hub->port);
    assert_int_equal(lb_client_open(&client, at), LB_OK);
    assert_int_equal(lb_client_key(client, own_public, own_secret, hub_public), LB_OK);
    return client;
}

static void on_receipt(void *whose, uint64_t ticket, const lb_receipt *receipt)
{
    test_hub *hub = whose;

    (void)ticket;
    hub->receipt = *receipt;
    snprintf(hub->error, sizeof hub->error, "%.*s", LB_ARG(receipt->error));
    if (receipt->first_seq != LB_UNKNOWN)
        hub->seq = receipt->first_seq + receipt->events - 1;
}

static void come_in(test_hub *hub, identity *who)
{
    lb_client_close(&who->client);
    who->client = connect_with(hub, who->own_public, who->own_secret, hub->key);
    lb_client_source(who->client, who->name);
    lb_client_on_receipt(who->client, on_receipt, hub);
}

static void say(test_hub *hub, lb_client *client, const char *text)
{
    uint64_t ticket;

    hub->error[0] = '\0';
    assert_int_equal(
        lb_client_push(client, LB_EMPTY, LB_EMPTY, lb_span_of(text), DEADLINE_MS, &ticket), LB_OK);
    assert_int_equal(lb_client_flush(client, DEADLINE_MS), LB_OK);
}

static void read_hub_key(test_hub *hub)
{
    char line[256], path[SCRATCH_PATH_ROOM + 16];

    snprintf(path, sizeof path, "%s/hub.key", hub->data);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    fclose(file);
    assert_int_equal(sscanf(line, "public = %40s", hub->key), 1);
}

static void wait_until_up(test_hub *hub)
{
    lb_query query;
    const lb_answer *answer;

    lb_query_init(&query, LB_ASK_STATUS);
    assert_int_equal(lb_client_ask(hub->local, &query, DEADLINE_MS, &answer), LB_OK);
}

static void open_hub(test_hub *hub, const char *more)
{
    scratch_make(&hub->folder);
    snprintf(hub->data, sizeof hub->data, "%s", scratch_path(&hub->folder, "data"));
    hub->port = live_free_ports(4);
    write_config(hub, more);
    start(hub);
    assert_int_equal(lb_client_open(&hub->local, hub->data), LB_OK);
    lb_client_on_receipt(hub->local, on_receipt, hub);
    wait_until_up(hub);
    read_hub_key(hub);
}

static int set_up_with(void **state, const char *more)
{
    static test_hub made;
    static const char *const names[][2] = {
        {"chief", "OPERATOR"},
        {"cz-cargo", "CARRIER format:air.* for:awb:784-*"},
        {"lianhe", "SHIPPER see:awb:784-30418264"},
        {"desk", "INTEGRATOR topic:e/air/"},
        {"clerk", "AUDITOR"},
    };

    made = (test_hub){.seq = 0};
    open_hub(&made, more);
    for (size_t i = 0; i < IDENTITIES; i++) {
        identity *who = &made.who[i];
        who->name = names[i][0];
        who->words = names[i][1];
        assert_int_equal(zmq_curve_keypair(who->own_public, who->own_secret), 0);
        change(&made, LB_ASK_PARTY_ADD, who, who->words, who->own_public, LB_UNKNOWN);
        come_in(&made, who);
    }
    say(&made, made.local, "FSU/14\r\n" OWN "PVGURC/T24K812.5\r\nRCS/12MAR1030/PVG/T24K812.5\r\n");
    say(&made, made.local,
        "FSU/14\r\n" FOREIGN "PVGURC/T24K812.5\r\nRCS/12MAR1030/PVG/T24K812.5\r\n");
    *state = &made;
    return 0;
}

static int set_up(void **state)
{
    return set_up_with(state, "");
}

static int set_up_small(void **state)
{
    return set_up_with(state,
                       "[limits]\nparty_messages = 5\nparty_questions = 50\nparty_open = 4\n");
}

static int tear_down(void **state)
{
    test_hub *hub = *state;

    for (size_t i = 0; i < IDENTITIES; i++)
        lb_client_close(&hub->who[i].client);
    lb_client_close(&hub->local);
    if (hub->pid > 0) {
        kill(hub->pid, SIGKILL);
        waitpid(hub->pid, NULL, 0);
    }
    scratch_remove(&hub->folder);
    return 0;
}

/* -- the matrix ----------------------------------------------------------------------------------------- */

static const char *error_of(const lb_answer *answer)
{
    static char text[64];

    snprintf(text, sizeof text, "%.*s", LB_ARG(answer->error));
    return text[0] == '\0' ? "OK" : text;
}

static void fill_question(test_hub *hub, lb_ask ask, const char *reference, lb_query *query)
{
    lb_query_init(query, ask);
    query->reference = lb_span_of(reference);
    if (ask == LB_ASK_TRACK)
        query->at_least_seq = hub->seq;
    if (ask == LB_ASK_FIND_SPACE || ask == LB_ASK_DEPARTURES || ask == LB_ASK_YARD)
        query->from = LB_SPAN("CNULZ");
    if (ask == LB_ASK_QUARANTINE_SHOW || ask == LB_ASK_QUARANTINE_RELEASE ||
        ask == LB_ASK_QUARANTINE_DROP)
        query->quarantine_id = 1000000;
    if (ask >= LB_ASK_PARTY_ADD && ask <= LB_ASK_PARTY_WITHDRAW)
        query->party.name = LB_SPAN("nobody");
    if (ask == LB_ASK_BACKUP)
        query->path = LB_SPAN("/nowhere/at/all");
}

/* One row for each request and object, one word for each identity: what the hub says. */
typedef struct matrix_row {
    lb_ask ask;
    const char *reference;
    const char *says[IDENTITIES]; /* CHIEF CARRIER SHIPPER DESK AUDITOR */
} matrix_row;

#define NO "DENIED"
static const matrix_row matrix[] = {
    {LB_ASK_TRACK, OWN, {"OK", "OK", "OK", NO, NO}},
    {LB_ASK_TRACK, FOREIGN, {"OK", "NOT_FOUND", "NOT_FOUND", NO, NO}},
    {LB_ASK_TRACK, ABSENT, {"NOT_FOUND", "NOT_FOUND", "NOT_FOUND", NO, NO}},
    {LB_ASK_FIND_SPACE, NULL, {"OK", "OK", "OK", NO, NO}},
    {LB_ASK_DEPARTURES, NULL, {"OK", "OK", "OK", NO, NO}},
    {LB_ASK_CAPACITY, "BAN:", {"OK", "OK", "OK", NO, NO}},
    {LB_ASK_YARD, NULL, {"OK", NO, NO, NO, NO}},
    {LB_ASK_FEEDS, NULL, {"OK", NO, NO, NO, "OK"}},
    {LB_ASK_STATUS, NULL, {"OK", NO, NO, "OK", "OK"}},
    {LB_ASK_DUMP, NULL, {"OK", NO, NO, NO, NO}},
    {LB_ASK_QUARANTINE_LIST, NULL, {"OK", NO, NO, NO, NO}},
    {LB_ASK_QUARANTINE_SHOW, NULL, {"NOT_FOUND", NO, NO, NO, NO}},
    {LB_ASK_QUARANTINE_RELEASE, NULL, {"NOT_FOUND", NO, NO, NO, NO}},
    {LB_ASK_QUARANTINE_DROP, NULL, {"NOT_FOUND", NO, NO, NO, NO}},
    {LB_ASK_VERIFY, NULL, {"OK", NO, NO, NO, "OK"}},
    {LB_ASK_REBUILD, NULL, {"OK", NO, NO, NO, NO}},
    {LB_ASK_BACKUP,
     NULL,
     {NO, NO, NO, NO, NO}}, /* a folder of the hub's machine: from there only */
    {LB_ASK_PARTY_LIST, NULL, {"OK", NO, NO, NO, "OK"}},
    {LB_ASK_PARTY_ADD, NULL, {"MISUSE", NO, NO, NO, NO}}, /* it names no role */
    {LB_ASK_PARTY_ROTATE, NULL, {"NOT_FOUND", NO, NO, NO, NO}},
    {LB_ASK_PARTY_REVOKE, NULL, {"NOT_FOUND", NO, NO, NO, NO}},
    {LB_ASK_PARTY_GRANT, NULL, {"NOT_FOUND", NO, NO, NO, NO}},
    {LB_ASK_PARTY_WITHDRAW, NULL, {"NOT_FOUND", NO, NO, NO, NO}},
    {LB_ASK_AUDIT_LIST, NULL, {"OK", NO, NO, NO, "OK"}},
    {LB_ASK_AUDIT_VERIFY, NULL, {"OK", NO, NO, NO, "OK"}},
    {LB_ASK_UNSPECIFIED, NULL, {NO, NO, NO, NO, NO}},
};
enum { ROWS = sizeof matrix / sizeof matrix[0] };

static bool is_in_matrix(lb_ask ask)
{
    for (size_t i = 0; i < ROWS; i++)
        if (matrix[i].ask == ask)
            return true;
    return false;
}

static void test_every_role_and_every_request(void **state)
{
    test_hub *hub = *state;
    lb_query query;

#define X(name, number) assert_true(is_in_matrix(LB_ASK_##name));
    LB_ASKS(X)
#undef X
    for (size_t row = 0; row < ROWS; row++)
        for (size_t i = 0; i < IDENTITIES; i++) {
            const matrix_row *expected = &matrix[row];
            fill_question(hub, expected->ask, expected->reference, &query);
            const char *said = error_of(ask_as(hub->who[i].client, &query));
            if (strcmp(said, expected->says[i]) != 0)
                fail_msg("%s asks %s %s: %s instead of %s", hub->who[i].name,
                         lb_ask_name(expected->ask),
                         expected->reference == NULL ? "" : expected->reference, said,
                         expected->says[i]);
        }
    print_message("%d requests by %d identities\n", (int)ROWS, (int)IDENTITIES);
}

/* The answer as text, without what depends on the moment, with the reference masked. */
static void describe(test_hub *hub, const lb_answer *answer, const char *reference,
                     char text[TEXT_ROOM])
{
    lb_answer bare = *answer;
    lb_span json;

    bare.correlation = bare.as_of_us = bare.as_of_seq = LB_UNKNOWN;
    assert_int_equal(lb_client_answer_json(hub->local, &bare, &json), LB_OK);
    assert_true(json.len < TEXT_ROOM);
    snprintf(text, TEXT_ROOM, "%.*s", LB_ARG(json));
    for (char *at = text; (at = strstr(at, reference)) != NULL;)
        memset(at, '#', strlen(reference));
}

static int by_number(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

    return (a > b) - (a < b);
}

static int64_t median_ms(test_hub *hub, lb_client *client, const char *reference, int64_t *least)
{
    enum { ROUNDS = 9 };
    int64_t took[ROUNDS];
    lb_query query;

    for (size_t i = 0; i < ROUNDS; i++) {
        fill_question(hub, LB_ASK_TRACK, reference, &query);
        int64_t from_ms = live_now_ms();
        ask_as(client, &query);
        took[i] = live_now_ms() - from_ms;
        *least = took[i] < *least ? took[i] : *least;
    }
    qsort(took, ROUNDS, sizeof *took, by_number);
    return took[ROUNDS / 2];
}

static void test_nothing_tells_foreign_cargo_from_none(void **state)
{
    test_hub *hub = *state;
    char foreign[TEXT_ROOM], absent[TEXT_ROOM];
    lb_query query;

    for (size_t i = CARRIER; i <= SHIPPER; i++) {
        lb_client *client = hub->who[i].client;
        int64_t least = INT64_MAX;
        fill_question(hub, LB_ASK_TRACK, FOREIGN, &query);
        describe(hub, ask_as(client, &query), FOREIGN, foreign);
        fill_question(hub, LB_ASK_TRACK, ABSENT, &query);
        describe(hub, ask_as(client, &query), ABSENT, absent);
        assert_string_equal(foreign, absent);
        int64_t there = median_ms(hub, client, FOREIGN, &least);
        int64_t not_there = median_ms(hub, client, ABSENT, &least);
        print_message("%s: foreign %lld ms, absent %lld ms\n", hub->who[i].name, (long long)there,
                      (long long)not_there);
        assert_true(least >= STEP_MS - 1); /* neither leaves before the step is over */
    }
}

static void test_who_sends_what(void **state)
{
    static const char status[] =
        "FSU/14\r\n" OWN "PVGURC/T24K812.5\r\nDEP/CZ5417/12MAR/PVGURC/T24K812.5\r\n";
    static const char report[] = "{\"magic\":\"landbridge.report\",\"events\":[{\"type\":\"ARRI\","
                                 "\"classifier\":\"ACTUAL\"}]}";
    static const struct {
        size_t who;
        const char *source, *text, *error;
    } cases[] = {
        {CARRIER, "cz-cargo", status, ""}, {CARRIER, "cz-cargo.pvg", status, ""},
        {CARRIER, "other", status, NO},    {CARRIER, "jt808", status, NO},
        {CARRIER, "cz-cargo", report, NO}, /* not its format */
        {SHIPPER, "lianhe", status, NO},   {DESK, "desk", status, NO},
        {AUDITOR, "clerk", status, NO},    {CHIEF, "chief", status, ""},
        {CHIEF, "other", status, ""},
    };
    test_hub *hub = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        identity *who = &hub->who[cases[i].who];
        assert_int_equal(lb_client_source(who->client, cases[i].source), LB_OK);
        say(hub, who->client, cases[i].text);
        if (strcmp(hub->error, cases[i].error) != 0)
            fail_msg("case %zu, %s as %s: '%s'", i, who->name, cases[i].source, hub->error);
    }
}

static const lb_track *track_of(test_hub *hub, lb_client *client, const char *reference)
{
    lb_query query;

    fill_question(hub, LB_ASK_TRACK, reference, &query);
    const lb_answer *answer = ask_as(client, &query);
    assert_int_equal(answer->tracks.count, 1);
    return &answer->tracks.at[0];
}

static void test_a_claim_about_others_cargo_never_wins(void **state)
{
    test_hub *hub = *state;
    char status[32];

    snprintf(status, sizeof status, "%.*s", LB_ARG(track_of(hub, hub->local, FOREIGN)->status));
    say(hub, hub->who[CARRIER].client,
        "FSU/14\r\n" FOREIGN "PVGURC/T24K812.5\r\nDLV/13MAR1030/URC/T24K812.5/SOMEBODY\r\n");
    assert_string_equal(hub->error, "");
    const lb_track *track = track_of(hub, hub->local, FOREIGN);
    assert_true(lb_span_is(track->status, status)); /* not DELIVERED */
    size_t claims = 0;
    for (size_t i = 0; i < track->milestones.count; i++) {
        const lb_milestone *one = &track->milestones.at[i];
        bool is_claim = (one->quality_flags & LB_FLAG(LB_DOUBT_NOT_ITS_OWN)) != 0;
        assert_true(is_claim == (one->type == LB_EVENT_DLVR));
        claims += is_claim;
    }
    assert_int_equal(claims, 1);
}

/* What is free on a train is for all who may ask for capacity; what is on it is for those whose cargo it is. */
static void test_a_load_list_names_ones_own_cargo_only(void **state)
{
    static const char composition[] =
        "{\"magic\":\"landbridge.report\",\"events\":[{\"type\":\"FORM\",\"classifier\":\"ACTUAL\","
        "\"mode\":\"RAIL\",\"occurred\":{\"utc_us\":\"2026-03-12T16:00:00+08:00\"},"
        "\"place\":{\"locode\":\"CNULZ\"},\"objects\":[{\"kind\":\"TRAIN\",\"id\":\"X9023@2026-03-"
        "12\"}],"
        "\"assoc\":["
        "{\"action\":\"ADD\",\"parent\":{\"id\":\"X9023@2026-03-12\"},\"child\":{\"id\":"
        "\"333379300184\"}},"
        "{\"action\":\"ADD\",\"parent\":{\"id\":\"333379300184\"},\"child\":{\"id\":"
        "\"LBKU2048176\"}},"
        "{\"action\":\"ADD\",\"parent\":{\"id\":\"333379300184\"},\"child\":{\"id\":"
        "\"XJLU3004155\"}}],"
        "\"cap\":{\"kind\":\"DEPARTURE\",\"id\":\"X9023@2026-03-12\",\"lines\":["
        "{\"unit\":\"MTEU\",\"state\":\"NOMINAL\",\"quantity\":110}]}}]}";
    static const struct {
        size_t who, whole; /* of wagon and two containers */
    } cases[] = {{CHIEF, 3}, {SHIPPER, 1}, {CARRIER, 0}};
    test_hub *hub = *state;
    lb_query query;

    say(hub, hub->local, composition);
    assert_string_equal(hub->error, "");
    change(hub, LB_ASK_PARTY_GRANT, &hub->who[SHIPPER], "see:container:LBKU2048176", NULL,
           LB_UNKNOWN);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fill_question(hub, LB_ASK_CAPACITY, "X9023@2026-03-12", &query);
        query.at_least_seq = hub->seq;
        query.now_us = INT64_C(1773306000000000); /* 2026-03-12T17:00:00+08:00 */
        const lb_answer *answer = ask_as(hub->who[cases[i].who].client, &query);
        assert_int_equal(answer->resources.count, 1);
        const lb_resource *train = &answer->resources.at[0];
        assert_int_equal(train->load.count, cases[i].whole);
        if (cases[i].who == SHIPPER)
            assert_true(lb_span_is(train->load.at[0], "container:LBKU2048176"));
    }
}

/* -- keys ----------------------------------------------------------------------------------------------- */

static void assert_stays_out(lb_client *client)
{
    lb_query query;
    const lb_answer *answer;

    lb_query_init(&query, LB_ASK_STATUS);
    assert_int_equal(lb_client_ask(client, &query, NEVER_MS, &answer), LB_ERR_TIMEOUT);
    lb_client_close(&client);
}

static void test_who_has_no_key_that_the_hub_knows_stays_outside(void **state)
{
    test_hub *hub = *state;
    char own_public[KEY_ROOM], own_secret[KEY_ROOM], at[64];
    identity *chief = &hub->who[CHIEF];
    lb_client *plain;

    assert_int_equal(zmq_curve_keypair(own_public, own_secret), 0);
    assert_stays_out(connect_with(hub, own_public, own_secret, hub->key));        /* a stranger  */
    assert_stays_out(connect_with(hub, chief->own_public, own_secret, hub->key)); /* not his key */
    assert_stays_out(
        connect_with(hub, chief->own_public, chief->own_secret, own_public)); /* not the hub */
    snprintf(at, sizeof at, "tcp://127.0.0.1:%d", hub->port);
    assert_int_equal(lb_client_open(&plain, at), LB_OK); /* none at all */
    assert_stays_out(plain);
}

static void test_a_key_that_is_revoked_ends_live_connections(void **state)
{
    test_hub *hub = *state;
    identity *shipper = &hub->who[SHIPPER], *carrier = &hub->who[CARRIER];
    lb_query query;

    track_of(hub, shipper->client, OWN);
    change(hub, LB_ASK_PARTY_REVOKE, shipper, "", shipper->own_public, LB_UNKNOWN);
    fill_question(hub, LB_ASK_TRACK, OWN, &query);
    assert_string_equal(error_of(ask_as(shipper->client, &query)), NO);

    say(hub, carrier->client,
        "FSU/14\r\n" OWN "PVGURC/T24K812.5\r\nMAN/CZ5417/12MAR/PVGURC/T24K812.5\r\n");
    assert_string_equal(hub->error, "");
    change(hub, LB_ASK_PARTY_REVOKE, carrier, "", NULL, LB_UNKNOWN);
    say(hub, carrier->client,
        "FSU/14\r\n" OWN "PVGURC/T24K812.5\r\nDEP/CZ5417/12MAR/PVGURC/T24K812.5\r\n");
    assert_string_equal(hub->error, NO);
}

static void test_two_keys_are_good_during_rotation(void **state)
{
    test_hub *hub = *state;
    identity *shipper = &hub->who[SHIPPER], next = {.name = shipper->name}, third = next;
    lb_query query;

    assert_int_equal(zmq_curve_keypair(next.own_public, next.own_secret), 0);
    assert_int_equal(zmq_curve_keypair(third.own_public, third.own_secret), 0);
    change(hub, LB_ASK_PARTY_ROTATE, shipper, "", next.own_public, INT64_MAX);
    come_in(hub, &next);
    track_of(hub, shipper->client, OWN);
    track_of(hub, next.client, OWN);
    change(hub, LB_ASK_PARTY_ROTATE, shipper, "", third.own_public,
           LB_UNKNOWN); /* the others end now */
    fill_question(hub, LB_ASK_TRACK, OWN, &query);
    assert_string_equal(error_of(ask_as(shipper->client, &query)), NO);
    assert_string_equal(error_of(ask_as(next.client, &query)), NO);
    lb_client_close(&next.client);
}

/* -- the stream ----------------------------------------------------------------------------------------- */

static int64_t next_of(lb_client *client, int timeout_ms)
{
    const lb_event *event;

    return lb_client_next(client, timeout_ms, &event) == LB_OK ? event->hub_seq : 0;
}

/* Sends one event by air and one by rail; the number of the first. */
static int64_t say_air_and_rail(test_hub *hub, int minute)
{
    char text[TEXT_ROOM];

    snprintf(text, sizeof text,
             "FSU/14\r\n" OWN "PVGURC/T24K812.5\r\nRCF/CZ5417/12MAR10%02d/URC/T24K812.5\r\n",
             minute);
    say(hub, hub->local, text);
    int64_t air = hub->seq;
    snprintf(
        text, sizeof text,
        "{\"magic\":\"landbridge.report\",\"events\":[{\"type\":\"ARRI\",\"classifier\":\"ACTUAL\","
        "\"mode\":\"RAIL\",\"occurred\":"
        "{\"utc_us\":%lld},\"objects\":[{\"kind\":\"CONTAINER\",\"id\":\"LBKU2048176\",\"role\":"
        "\"SUBJECT\"}],"
        "\"place\":{\"locode\":\"CNULZ\"}}]}",
        (long long)(INT64_C(1773309600000000) + minute * INT64_C(60000000)));
    say(hub, hub->local, text);
    assert_int_equal(hub->seq, air + 1);
    return air;
}

static void test_an_integrator_follows_its_topics_and_no_others(void **state)
{
    test_hub *hub = *state;
    lb_client *desk = hub->who[DESK].client, *chief = hub->who[CHIEF].client;

    int64_t first = say_air_and_rail(hub, 1);
    assert_int_equal(lb_client_follow(desk, first), LB_OK);
    assert_int_equal(lb_client_follow(chief, first), LB_OK);
    assert_int_equal(next_of(desk, DEADLINE_MS), first); /* from the journal */
    assert_int_equal(next_of(desk, NEVER_MS), 0);
    assert_int_equal(next_of(chief, DEADLINE_MS), first);
    assert_int_equal(next_of(chief, DEADLINE_MS), first + 1);
    for (int minute = 2; minute < 6; minute++) { /* live */
        int64_t air = say_air_and_rail(hub, minute);
        assert_int_equal(next_of(desk, DEADLINE_MS), air);
        assert_int_equal(next_of(chief, DEADLINE_MS), air);
        assert_int_equal(next_of(chief, DEADLINE_MS), air + 1);
    }
}

static void test_a_topic_that_is_withdrawn_is_not_followed_any_more(void **state)
{
    test_hub *hub = *state;
    identity *desk = &hub->who[DESK];
    lb_client *chief = hub->who[CHIEF].client;

    int64_t first = say_air_and_rail(hub, 1);
    assert_int_equal(lb_client_follow(desk->client, first), LB_OK);
    assert_int_equal(lb_client_follow(chief, first + 2), LB_OK);
    assert_int_equal(next_of(desk->client, DEADLINE_MS), first);
    assert_int_equal(next_of(desk->client, NEVER_MS), 0); /* it is at the live end now */
    change(hub, LB_ASK_PARTY_WITHDRAW, desk, "topic:e/air/", NULL, LB_UNKNOWN);
    int64_t air = say_air_and_rail(hub, 2);
    assert_int_equal(next_of(chief, DEADLINE_MS), air); /* others go on, over the new connection */
    assert_int_equal(next_of(chief, DEADLINE_MS), air + 1);
    assert_int_equal(next_of(desk->client, NEVER_MS), 0);
    change(hub, LB_ASK_PARTY_GRANT, desk, "topic:e/rail/", NULL, LB_UNKNOWN);
    air = say_air_and_rail(hub, 3);
    assert_int_equal(next_of(desk->client, DEADLINE_MS), air + 1);
}

static void test_only_operators_and_integrators_follow(void **state)
{
    static const size_t others[] = {CARRIER, SHIPPER, AUDITOR};
    test_hub *hub = *state;
    const lb_event *event;

    for (size_t i = 0; i < 3; i++) {
        lb_client *client = hub->who[others[i]].client;
        assert_int_equal(lb_client_follow(client, 1), LB_OK);
        assert_int_equal(lb_client_next(client, DEADLINE_MS, &event), LB_ERR_DENIED);
    }
}

/* -- limits --------------------------------------------------------------------------------------------- */

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

static void send_status(peer *p, int number)
{
    char text[TEXT_ROOM];
    int len = snprintf(
        text, sizeof text,
        "FSU/14\r\n" OWN "PVGURC/T24K812.5\r\nRCF/CZ5417/12MAR11%02d/URC/T24K812.5\r\n", number);
    lb_message message = {.body = {text, (size_t)len}};
    lb_submit submit;

    lb_record_init(&lb_record_submit, &submit);
    submit.source = LB_SPAN("cz-cargo");
    submit.correlation = number;
    submit.messages = (lb_message_list){&message, 1, 1};
    peer_send(p, &lb_record_submit, &submit);
}

/* 5 a second, two seconds' worth at once: the rest is told when to come back, and is taken then. */
static void test_over_the_rate_is_told_when_to_send_again(void **state)
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
        assert_true(lb_span_is(receipt->move, "SENDER_RETRY"));
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

/* The client of the house waits by itself, and loses nothing. */
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

static void test_too_many_questions_at_a_time_are_told_to_wait(void **state)
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

/* -- the record of deeds -------------------------------------------------------------------------------- */

static void audit(test_hub *hub, const char *party, lb_audit_note_list *notes)
{
    lb_query query;

    lb_query_init(&query, LB_ASK_AUDIT_LIST);
    query.party.name = lb_span_of(party);
    *notes = ask_as(hub->who[AUDITOR].client, &query)->notes;
}

static bool has_note(const lb_audit_note_list *notes, const char *deed, const char *about,
                     const char *outcome)
{
    for (size_t i = 0; i < notes->count; i++)
        if (lb_span_is(notes->at[i].deed, deed) && lb_span_is(notes->at[i].about, about) &&
            lb_span_is(notes->at[i].outcome, outcome))
            return true;
    return false;
}

static void test_deeds_are_on_record(void **state)
{
    test_hub *hub = *state;
    lb_audit_note_list notes;
    lb_query query;

    track_of(hub, hub->who[SHIPPER].client, OWN);
    fill_question(hub, LB_ASK_TRACK, FOREIGN, &query);
    ask_as(hub->who[SHIPPER].client, &query);
    fill_question(hub, LB_ASK_DUMP, NULL, &query);
    ask_as(hub->who[SHIPPER].client, &query);
    say(hub, hub->who[CARRIER].client,
        "FSU/14\r\n" OWN "PVGURC/T24K812.5\r\nNFD/12MAR1030/URC/T24K812.5\r\n");
    audit(hub, "lianhe", &notes);
    assert_true(has_note(&notes, "CONNECT", "127.0.0.1", "OK"));
    assert_true(has_note(&notes, "ASK_TRACK", OWN, "OK"));
    assert_true(has_note(&notes, "ASK_TRACK", FOREIGN, "NOT_FOUND"));
    assert_true(has_note(&notes, "ASK_DUMP", "", NO));
    audit(hub, "cz-cargo", &notes);
    assert_true(has_note(&notes, "SEND", "cz-cargo", "OK"));
    audit(hub, "local", &notes);
    assert_true(has_note(&notes, "PARTY_ADD", "lianhe SHIPPER see:awb:784-30418264", "OK"));
}

/* Somebody with the disk in his hands takes out a question that he asked. */
/* Kept, refused, foreign and asked for: the record of deeds says what was asked, the log of the hub never does. */
static void test_no_cargo_stands_in_the_log(void **state)
{
    static const char *const names[] = {OWN, FOREIGN, ABSENT, "30418264", "12345675", "SOMEBODY"};
    test_hub *hub = *state;
    lb_query query;
    char line[TEXT_ROOM];
    long lines = 0;

    say(hub, hub->who[CARRIER].client, "FSU/14\r\n" FOREIGN "PVGURC/T24K812.5\r\nDLV/SOMEBODY\r\n");
    say(hub, hub->who[CARRIER].client, "no language of ours, " OWN " for SOMEBODY");
    say(hub, hub->who[SHIPPER].client, "FSU/14\r\n" OWN "PVGURC/T24K812.5\r\nDLV/SOMEBODY\r\n");
    assert_string_equal(hub->error, NO);
    for (size_t i = 0; i < IDENTITIES; i++)
        for (size_t n = 0; n < 3; n++) {
            fill_question(hub, LB_ASK_TRACK, names[n], &query);
            ask_as(hub->who[i].client, &query);
        }
    FILE *log = fopen(scratch_path(&hub->folder, "log"), "r");
    assert_non_null(log);
    for (; fgets(line, sizeof line, log) != NULL; lines++)
        for (size_t n = 0; n < sizeof names / sizeof names[0]; n++)
            if (strstr(line, names[n]) != NULL)
                fail_msg("the log names %s: %s", names[n], line);
    fclose(log);
    assert_true(lines > 5);
}

static void test_a_record_that_was_touched_is_found(void **state)
{
    test_hub *hub = *state;
    char path[SCRATCH_PATH_ROOM + 16];
    sqlite3 *db;
    lb_query query;

    track_of(hub, hub->who[SHIPPER].client, OWN);
    lb_query_init(&query, LB_ASK_AUDIT_VERIFY);
    assert_string_equal(error_of(ask_as(hub->who[AUDITOR].client, &query)), "OK");
    stop(hub);
    snprintf(path, sizeof path, "%s/party.db", hub->data);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db, "DELETE FROM audit WHERE deed = 'ASK_TRACK'", NULL, NULL, NULL),
        SQLITE_OK);
    assert_true(sqlite3_changes(db) > 0);
    sqlite3_close(db);
    start(hub);
    assert_string_equal(error_of(ask_as(hub->who[AUDITOR].client, &query)), "CORRUPT");
}

/* -- who needs no key ------------------------------------------------------------------------------------ */

static void test_without_a_key_nothing_is_done_when_the_operator_says_so(void **state)
{
    test_hub *hub = *state;
    lb_query query;
    const lb_event *event;

    lb_query_init(&query, LB_ASK_STATUS);
    stop(hub);
    write_config(hub, "[identity]\nlocal = none\n");
    start(hub);
    assert_string_equal(error_of(ask_as(hub->local, &query)), NO);
    say(hub, hub->local,
        "FSU/14\r\n" OWN "PVGURC/T24K812.5\r\nDLV/13MAR1030/URC/T24K812.5/SOMEBODY\r\n");
    assert_string_equal(hub->error, NO);
    assert_int_equal(lb_client_follow(hub->local, 1), LB_OK);
    assert_int_equal(lb_client_next(hub->local, DEADLINE_MS, &event), LB_ERR_DENIED);
    assert_string_equal(error_of(ask_as(hub->who[CHIEF].client, &query)), "OK");
}

int main(void)
{
#define WITH_HUB(test)       cmocka_unit_test_setup_teardown(test, set_up, tear_down)
#define WITH_SMALL_HUB(test) cmocka_unit_test_setup_teardown(test, set_up_small, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_HUB(test_every_role_and_every_request),
        WITH_HUB(test_nothing_tells_foreign_cargo_from_none),
        WITH_HUB(test_who_sends_what),
        WITH_HUB(test_a_claim_about_others_cargo_never_wins),
        WITH_HUB(test_a_load_list_names_ones_own_cargo_only),
        WITH_HUB(test_who_has_no_key_that_the_hub_knows_stays_outside),
        WITH_HUB(test_a_key_that_is_revoked_ends_live_connections),
        WITH_HUB(test_two_keys_are_good_during_rotation),
        WITH_HUB(test_an_integrator_follows_its_topics_and_no_others),
        WITH_HUB(test_a_topic_that_is_withdrawn_is_not_followed_any_more),
        WITH_HUB(test_only_operators_and_integrators_follow),
        WITH_SMALL_HUB(test_over_the_rate_is_told_when_to_send_again),
        WITH_SMALL_HUB(test_the_client_waits_for_its_turn),
        WITH_SMALL_HUB(test_too_many_questions_at_a_time_are_told_to_wait),
        WITH_HUB(test_deeds_are_on_record),
        WITH_HUB(test_no_cargo_stands_in_the_log),
        WITH_HUB(test_a_record_that_was_touched_is_found),
        WITH_HUB(test_without_a_key_nothing_is_done_when_the_operator_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
