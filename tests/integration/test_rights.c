/* test_rights.c - permissions at a real hub: every role, every request, own and foreign cargo. */
#include "parties.h"

enum { STEP_MS = 50 };

/* -- queries ----------------------------------------------------------------------------------- */

/* One row for each request and object, one column for each identity: the hub's answer. */
typedef struct matrix_row {
    lb_ask ask;
    const char *reference;
    const char *says[IDENTITIES]; /* CHIEF CARRIER SHIPPER BENCH AUDITOR */
} matrix_row;

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
    {LB_ASK_QUARANTINE_LIST, NULL, {"OK", NO, NO, NO, NO}},
    {LB_ASK_QUARANTINE_SHOW, NULL, {"NOT_FOUND", NO, NO, NO, NO}},
    {LB_ASK_QUARANTINE_RELEASE, NULL, {"NOT_FOUND", NO, NO, NO, NO}},
    {LB_ASK_QUARANTINE_DROP, NULL, {"NOT_FOUND", NO, NO, NO, NO}},
    {LB_ASK_VERIFY, NULL, {"OK", NO, NO, NO, "OK"}},
    {LB_ASK_REBUILD, NULL, {"OK", NO, NO, NO, NO}},
    {LB_ASK_BACKUP,
     NULL,
     {NO, NO, NO, NO, NO}}, /* a folder on the hub's machine: permitted from there only */
    {LB_ASK_SALVAGE, NULL, {NO, NO, NO, NO, NO}},  /* the same */
    {LB_ASK_REGAINED, NULL, {NO, NO, NO, NO, NO}}, /* internal to the hub */
    {LB_ASK_PARTY_LIST, NULL, {"OK", NO, NO, NO, "OK"}},
    {LB_ASK_PARTY_ADD, NULL, {"MISUSE", NO, NO, NO, NO}}, /* it names no role */
    {LB_ASK_PARTY_ROTATE, NULL, {"NOT_FOUND", NO, NO, NO, NO}},
    {LB_ASK_PARTY_REVOKE, NULL, {"NOT_FOUND", NO, NO, NO, NO}},
    {LB_ASK_PARTY_GRANT, NULL, {"NOT_FOUND", NO, NO, NO, NO}},
    {LB_ASK_PARTY_WITHDRAW, NULL, {"NOT_FOUND", NO, NO, NO, NO}},
    {LB_ASK_AUDIT_LIST, NULL, {"OK", NO, NO, NO, "OK"}},
    {LB_ASK_AUDIT_VERIFY, NULL, {"OK", NO, NO, NO, "OK"}},
    {LB_ASK_COVER, NULL, {"OK", NO, NO, NO, "OK"}},
    {LB_ASK_OVER_BUDGET, NULL, {NO, NO, NO, NO, NO}},
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

#define LB_ASK(NAME, ...) assert_true(is_in_matrix(LB_ASK_##NAME));
#include "landbridge/asks.def"
    assert_true(is_in_matrix(LB_ASK_UNSPECIFIED));
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

/* The answer as text, without the parts that depend on the moment, with the reference masked. */
static void describe(test_hub *hub, const lb_answer *answer, const char *reference,
                     char text[TEXT_ROOM])
{
    lb_answer bare = *answer;
    lb_span json;

    bare.correlation = bare.as_of_us = LB_UNKNOWN;
    bare.as_of.entries.count = 0;
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

static void test_foreign_cargo_is_answered_as_if_there_were_none(void **state)
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

static void test_each_role_sends_what_it_may(void **state)
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
        {CARRIER, "cz-cargo", report, NO},                               /* not its format */
        {CHIEF, "jt808", status, NO},      {CHIEF, "jt809", status, NO}, /* reserved for gates */
        {CHIEF, "jt809.x", status, NO},    {SHIPPER, "lianhe", status, NO},
        {BENCH, "bench", status, NO},      {AUDITOR, "worker", status, NO},
        {CHIEF, "chief", status, ""},      {CHIEF, "other", status, ""},
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

static void test_a_claim_about_others_cargo_never_wins(void **state)
{
    test_hub *hub = *state;
    lb_cargo_status status = track_of(hub, hub->local, FOREIGN)->status;

    say(hub, hub->who[CARRIER].client,
        "FSU/14\r\n" FOREIGN "PVGURC/T24K812.5\r\nDLV/13MAR1030/URC/T24K812.5/SOMEBODY\r\n");
    assert_string_equal(hub->error, "");
    const lb_track *track = track_of(hub, hub->local, FOREIGN);
    assert_int_equal(track->status, status); /* not DELIVERED */
    assert_int_equal(track->reports.count, 0);
    for (size_t i = 0; i < track->milestones.count; i++)
        assert_int_not_equal(track->milestones.at[i].type, LB_EVENT_DLVR);

    const lb_answer *answer;
    lb_query query;
    lb_query_init(&query, LB_ASK_TRACK);
    query.track.reference = LB_SPAN(FOREIGN);
    query.track.with_reports = true;
    assert_int_equal(lb_client_ask(hub->local, &query, DEADLINE_MS, &answer), LB_OK);
    assert_int_equal(answer->track.tracks.at[0].reports.count, 1);
    assert_int_equal(answer->track.tracks.at[0].reports.at[0].type, LB_EVENT_DLVR);
}

/* The free capacity of a train is for all parties that may ask for capacity; its load is for
 * those whose cargo it is. */
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
        "{\"unit\":\"MILLI_TEU\",\"state\":\"NOMINAL\",\"quantity\":110}]}}]}";
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
        ask_at_least(&query, hub->seq);
        const lb_answer *answer = ask_as_at(hub, hub->who[cases[i].who].client, &query,
                                            INT64_C(1773306000000000)); /* 17:00 in Urumqi */
        assert_int_equal(answer->capacity.resources.count, 1);
        const lb_resource *train = &answer->capacity.resources.at[0];
        assert_int_equal(train->load.count, cases[i].whole);
        if (cases[i].who == SHIPPER)
            assert_true(lb_span_is(train->load.at[0], "container:LBKU2048176"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_HUB(test_every_role_and_every_request),
        WITH_HUB(test_foreign_cargo_is_answered_as_if_there_were_none),
        WITH_HUB(test_each_role_sends_what_it_may),
        WITH_HUB(test_a_claim_about_others_cargo_never_wins),
        WITH_HUB(test_a_load_list_names_ones_own_cargo_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
