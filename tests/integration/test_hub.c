/* test_hub.c - a real landbridged in a folder of its own: its receipts, and the events behind them.
 *
 * Nothing here sleeps: every wait is for something that must happen, with a deadline. */
#include "landbridge/client/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/stat.h>

#include "live.h"
#include "scratch.h"

enum { DEADLINE_MS = 20000, STEP_MS = 20, IDS = 64, ID_ROOM = 16 };

typedef struct seen { /* one message's receipt */
    lb_result result;
    int64_t first_seq, events, quarantine_id;
} seen;

typedef struct test_hub {
    lb_scratch folder;
    pid_t pid;
    lb_client *client;
    uint64_t receipts; /* so far */
    seen at[4 * IDS];  /* by ticket, from 1 */
} test_hub;

/* -- the child -------------------------------------------------------------------------------------- */

static void start(test_hub *hub, const char *kill_at)
{
    const char *config = scratch_path(&hub->folder, "hub.conf");

    assert_true(live_config(config));
    hub->pid = live_start(LB_BIN_DIR "/landbridged", scratch_path(&hub->folder, "data"), config,
                          scratch_path(&hub->folder, "log"), kill_at);
    assert_true(hub->pid > 0);
}

/* Its exit status; fails when it does not end in time. Takes receipts meanwhile. */
static int wait_for_end(test_hub *hub)
{
    int64_t until_ms = live_now_ms() + DEADLINE_MS;
    int status = 0;

    while (waitpid(hub->pid, &status, WNOHANG) == 0) {
        assert_true(live_now_ms() < until_ms);
        lb_client_poll(hub->client, STEP_MS);
    }
    hub->pid = 0;
    return status;
}

/* -- the client -------------------------------------------------------------------------------------- */

static void on_receipt(void *whose, uint64_t ticket, const lb_receipt *receipt)
{
    test_hub *hub = whose;

    if (ticket < sizeof hub->at / sizeof hub->at[0])
        hub->at[ticket] =
            (seen){receipt->result, receipt->first_seq, receipt->events, receipt->quarantine_id};
    hub->receipts++;
}

static lb_client *new_client(test_hub *hub, const char *source)
{
    lb_client *client = NULL;

    assert_int_equal(lb_client_open(&client, scratch_path(&hub->folder, "data")), LB_OK);
    assert_int_equal(lb_client_source(client, source), LB_OK);
    lb_client_on_receipt(client, on_receipt, hub);
    return client;
}

static lb_err ask_with(lb_client *client, const lb_query *query, const lb_answer **answer)
{
    return lb_client_ask(client, query, DEADLINE_MS, answer);
}

static const lb_answer *ask(test_hub *hub, lb_ask what)
{
    const lb_answer *answer = NULL;
    lb_query query;

    lb_query_init(&query, what);
    assert_int_equal(ask_with(hub->client, &query, &answer), LB_OK);
    return answer;
}

static void stop(test_hub *hub)
{
    ask(hub, LB_ASK_STATUS); /* it is up, and handles signals */
    kill(hub->pid, SIGTERM);
    int status = wait_for_end(hub);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static const lb_answer *ask_quarantine(test_hub *hub, lb_ask what, int64_t id, const char *format)
{
    const lb_answer *answer = NULL;
    lb_query query;

    lb_query_init(&query, what);
    query.quarantine_show.id = query.quarantine_drop.id = id;
    query.quarantine_release = (lb_quarantine_release_query){id, lb_span_of(format)};
    assert_int_equal(ask_with(hub->client, &query, &answer), LB_OK);
    return answer;
}

static void name(char id[ID_ROOM], int number)
{
    snprintf(id, ID_ROOM, "LBKU%07d", number);
}

/* A report that a container came through the gate; the number makes its delivery key. */
static uint64_t push_as(test_hub *hub, int number, const char *format)
{
    char id[ID_ROOM], body[400];
    uint64_t ticket = 0;

    name(id, number);
    int len = snprintf(body, sizeof body,
                       "{\"magic\":\"landbridge.report\",\"events\":[{\"type\":\"GTIN\","
                       "\"classifier\":\"ACTUAL\",\"mode\":\"ROAD\","
                       "\"occurred\":{\"utc_us\":\"2026-03-12T10:05:00+08:00\"},"
                       "\"place\":{\"locode\":\"CNULZ\"},\"objects\":[{\"id\":\"%s\"}]}]}",
                       id);
    assert_int_equal(lb_client_push(hub->client, LB_EMPTY, lb_span_of(format),
                                    (lb_span){body, (size_t)len}, DEADLINE_MS, &ticket),
                     LB_OK);
    return ticket;
}

static uint64_t push(test_hub *hub, int number)
{
    return push_as(hub, number, "");
}

static void flush(test_hub *hub)
{
    assert_int_equal(lb_client_flush(hub->client, DEADLINE_MS), LB_OK);
}

static const seen *say(test_hub *hub, const char *text)
{
    uint64_t ticket = 0;

    assert_int_equal(
        lb_client_push(hub->client, LB_EMPTY, LB_EMPTY, lb_span_of(text), DEADLINE_MS, &ticket),
        LB_OK);
    flush(hub);
    return &hub->at[ticket];
}

static const char *first_id(const lb_event *event, char id[ID_ROOM])
{
    lb_span first = event->objects.count > 0 ? event->objects.at[0].id : LB_EMPTY;

    snprintf(id, ID_ROOM, "%.*s", LB_ARG(first));
    return id;
}

/* -- one hub for each test ------------------------------------------------------------------------------ */

static int set_up(void **state)
{
    static test_hub made;

    made = (test_hub){0};
    scratch_make(&made.folder);
    start(&made, NULL);
    made.client = new_client(&made, "carrier");
    *state = &made;
    return 0;
}

static int tear_down(void **state)
{
    test_hub *hub = *state;

    lb_client_close(&hub->client);
    if (hub->pid > 0) {
        kill(hub->pid, SIGKILL);
        waitpid(hub->pid, NULL, 0);
    }
    scratch_remove(&hub->folder);
    return 0;
}

/* -- the promise ------------------------------------------------------------------------------------------ */

static void test_what_was_kept_comes_back_by_replay_and_goes_on_live(void **state)
{
    test_hub *hub = *state;
    const lb_event *event;
    char id[ID_ROOM], expected[ID_ROOM];

    for (int i = 1; i <= 3; i++)
        push(hub, i);
    flush(hub);
    for (int i = 1; i <= 3; i++) {
        assert_int_equal(hub->at[i].result, LB_RESULT_KEPT);
        assert_int_equal(hub->at[i].first_seq, i);
        assert_int_equal(hub->at[i].events, 1);
    }
    lb_client *reader = new_client(hub, "reader");
    assert_int_equal(lb_client_follow(reader, 1), LB_OK);
    for (int i = 1; i <= 6; i++) {
        if (i > 3) { /* from here on it is new */
            push(hub, i);
            flush(hub);
        }
        assert_int_equal(lb_client_next(reader, DEADLINE_MS, &event), LB_OK);
        name(expected, i);
        assert_int_equal(event->hub_seq, i);
        assert_string_equal(first_id(event, id), expected);
        assert_true(event->recorded_at_us > 0 && event->received_at_us > 0);
        assert_true(lb_span_is(event->prov.source_id, "carrier"));
    }
    lb_client_close(&reader);
}

static void test_the_same_again_is_a_duplicate_with_the_same_number(void **state)
{
    test_hub *hub = *state;

    for (int i = 1; i <= 5; i++)
        push(hub, i);
    flush(hub);
    stop(hub);
    start(hub, NULL);
    for (int i = 1; i <= 5; i++) {
        uint64_t again = push(hub, i);
        flush(hub);
        assert_int_equal(hub->at[again].result, LB_RESULT_DUPLICATE);
        assert_int_equal(hub->at[again].first_seq, hub->at[i].first_seq);
        assert_int_equal(hub->at[again].events, 1);
    }
    assert_int_equal(lb_position_number(&ask(hub, LB_ASK_STATUS)->status.head), 5);
}

static void test_garbage_waits_in_quarantine_once(void **state)
{
    test_hub *hub = *state;

    const seen *first = say(hub, "\x01\x02 no language at all");
    int64_t id = first->quarantine_id;
    assert_int_equal(first->result, LB_RESULT_REFUSED);
    assert_true(id > 0);
    const seen *again = say(hub, "\x01\x02 no language at all");
    assert_int_equal(again->result, LB_RESULT_REFUSED);
    assert_int_equal(again->quarantine_id, id);
    const lb_answer *answer = ask(hub, LB_ASK_QUARANTINE_LIST);
    assert_int_equal(answer->quarantine.messages.count, 1);
    assert_true(answer->quarantine.messages.at[0].state == LB_QUARANTINE_WAITING);
    answer = ask_quarantine(hub, LB_ASK_QUARANTINE_SHOW, id, "");
    assert_int_equal(answer->quarantine.messages.count, 1);
    assert_true(lb_span_is(answer->quarantine.messages.at[0].body, "\x01\x02 no language at all"));
    answer = ask_quarantine(hub, LB_ASK_QUARANTINE_DROP, id, "");
    assert_int_equal(answer->error.len, 0);
    assert_int_equal(ask(hub, LB_ASK_QUARANTINE_LIST)->quarantine.messages.count, 0);
}

static const seen *say_as(test_hub *hub, const char *message_id, const char *text)
{
    uint64_t ticket = 0;

    assert_int_equal(lb_client_push(hub->client, lb_span_of(message_id), LB_EMPTY, lb_span_of(text),
                                    DEADLINE_MS, &ticket),
                     LB_OK);
    flush(hub);
    return &hub->at[ticket];
}

static void test_a_mended_message_keeps_its_id(void **state)
{
    static const char report[] =
        "{\"magic\":\"landbridge.report\",\"events\":[{\"type\":\"GTIN\","
        "\"classifier\":\"ACTUAL\",\"occurred\":{\"utc_us\":1773281100000000},"
        "\"objects\":[{\"id\":\"LBKU2048176\"}]}]}";
    test_hub *hub = *state;

    assert_int_equal(say_as(hub, "m-1", "what is this")->result, LB_RESULT_REFUSED);
    assert_int_equal(say_as(hub, "m-1", report)->result, LB_RESULT_KEPT);
    assert_int_equal(say_as(hub, "m-1", report)->result, LB_RESULT_DUPLICATE);
}

static void test_a_released_message_is_kept_after_all(void **state)
{
    test_hub *hub = *state;
    const lb_event *event;

    uint64_t ticket = push_as(hub, 7, "rail.taf"); /* it is a report, not a TAF message */
    flush(hub);
    int64_t id = hub->at[ticket].quarantine_id;
    assert_int_equal(hub->at[ticket].result, LB_RESULT_REFUSED);
    const lb_answer *answer = ask_quarantine(hub, LB_ASK_QUARANTINE_RELEASE, id, "rail.taf");
    assert_int_equal(answer->receipt.result, LB_RESULT_REFUSED);
    answer = ask_quarantine(hub, LB_ASK_QUARANTINE_RELEASE, id, "hub.report");
    assert_int_equal(answer->error.len, 0);
    assert_int_equal(answer->receipt.result, LB_RESULT_KEPT);
    assert_int_equal(answer->receipt.first_seq, 1);
    answer = ask_quarantine(hub, LB_ASK_QUARANTINE_RELEASE, id, "hub.report");
    assert_true(lb_span_is(answer->error, "MISUSE"));

    ticket = push_as(hub, 7, "hub.report");
    flush(hub);
    assert_int_equal(hub->at[ticket].result, LB_RESULT_DUPLICATE);
    assert_int_equal(hub->at[ticket].first_seq, 1);
    assert_int_equal(lb_client_follow(hub->client, 1), LB_OK);
    assert_int_equal(lb_client_next(hub->client, DEADLINE_MS, &event), LB_OK);
    assert_int_equal(event->type, LB_EVENT_GTIN);
}

/* The hub takes 16 MiB here; the client refuses longer messages before the hub would close the
 * connection. */
static void test_what_is_too_long_is_refused_by_name_up_to_the_clients_limit(void **state)
{
    static const size_t most = (size_t)16 * 1024 * 1024;
    static const struct {
        size_t len;
        lb_err pushed;
        lb_result said;
        bool is_kept_for_later;
    } cases[] = {
        {most, LB_OK, LB_RESULT_REFUSED, true}, /* no known format: it goes to quarantine */
        {most + 1, LB_OK, LB_RESULT_REFUSED, false},
        {LB_CLIENT_MESSAGE_BYTES, LB_OK, LB_RESULT_REFUSED, false},
        {LB_CLIENT_MESSAGE_BYTES + 1, LB_ERR_TOO_BIG, 0, false},
    };
    test_hub *hub = *state;
    char *body = calloc(1, LB_CLIENT_MESSAGE_BYTES + 1);
    uint64_t ticket = 0;

    assert_non_null(body);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(lb_client_push(hub->client, LB_EMPTY, LB_EMPTY,
                                        (lb_span){body, cases[i].len}, DEADLINE_MS, &ticket),
                         cases[i].pushed);
        if (cases[i].pushed != LB_OK)
            continue;
        flush(hub);
        assert_int_equal(hub->at[ticket].result, cases[i].said);
        assert_int_equal(hub->at[ticket].quarantine_id != LB_UNKNOWN, cases[i].is_kept_for_later);
    }
    free(body);
}

static void test_the_name_of_a_gate_is_reserved(void **state)
{
    test_hub *hub = *state;

    lb_client_close(&hub->client);
    hub->client = new_client(hub, "jt808");
    push(hub, 1);
    flush(hub);
    assert_int_equal(hub->at[1].result, LB_RESULT_REFUSED);
    assert_int_equal(lb_position_number(&ask(hub, LB_ASK_STATUS)->status.head), 0);
}

static void test_feeds_are_counted(void **state)
{
    test_hub *hub = *state;

    push(hub, 1);
    push(hub, 2);
    flush(hub);
    push(hub, 1);
    flush(hub);
    say(hub, "garbage");
    stop(hub);
    start(hub, NULL);
    const lb_answer *answer = ask(hub, LB_ASK_FEEDS);
    assert_int_equal(answer->feeds.feeds.count, 1);
    const lb_feed *feed = &answer->feeds.feeds.at[0];
    assert_true(lb_span_is(feed->source, "carrier"));
    assert_int_equal(feed->messages, 4);
    assert_int_equal(feed->events, 2);
    assert_int_equal(feed->duplicates, 1);
    assert_int_equal(feed->refused, 1);
    assert_int_equal(feed->quarantined, 1);
    assert_true(lb_span_is(feed->formats, "hub.report"));
    assert_false(feed->silent);
}

/* -- the folder --------------------------------------------------------------------------------------------- */

static void test_two_hubs_do_not_share_a_folder(void **state)
{
    test_hub *hub = *state;
    test_hub other = *hub;

    ask(hub, LB_ASK_STATUS); /* it is up */
    start(&other, NULL);
    int status = wait_for_end(&other);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
    assert_int_equal(ask(hub, LB_ASK_STATUS)->error.len, 0);
}

static bool is_there(test_hub *hub, const char *path)
{
    return access(scratch_path(&hub->folder, path), F_OK) == 0;
}

static void wait_for_file(test_hub *hub, const char *path)
{
    int64_t until_ms = live_now_ms() + DEADLINE_MS;

    while (!is_there(hub, path)) {
        assert_true(live_now_ms() < until_ms);
        lb_client_poll(hub->client, STEP_MS);
    }
}

static void drop_file(test_hub *hub, const char *where, const char *text)
{
    FILE *file = fopen(scratch_path(&hub->folder, "fresh"), "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(rename(scratch_path(&hub->folder, "fresh"), scratch_path(&hub->folder, where)),
                     0);
}

static void test_a_file_in_the_spool_is_taken_in(void **state)
{
    test_hub *hub = *state;

    ask(hub, LB_ASK_STATUS);
    mkdir(scratch_path(&hub->folder, "data/spool/railway"), 0750);
    drop_file(hub, "data/spool/railway/good.json",
              "{\"magic\":\"landbridge.report\",\"events\":[{\"type\":\"DEPA\",\"classifier\":"
              "\"ACTUAL\",\"occurred\":{\"utc_us\":\"2026-03-12T10:05:00+08:00\"}}]}");
    drop_file(hub, "data/spool/bad.txt", "garbage");
    wait_for_file(hub, "data/spool/done/railway-good.json");
    wait_for_file(hub, "data/spool/rejected/bad.txt");
    wait_for_file(hub, "data/spool/rejected/bad.txt.txt");
    assert_false(is_there(hub, "data/spool/bad.txt"));
    assert_int_equal(lb_position_number(&ask(hub, LB_ASK_STATUS)->status.head), 1);
    assert_int_equal(ask(hub, LB_ASK_QUARANTINE_LIST)->quarantine.messages.count, 1);
}

static void test_verify_rebuild_and_backup_agree(void **state)
{
    test_hub *hub = *state;
    const lb_answer *answer = NULL;
    lb_query query;

    for (int i = 1; i <= 50; i++)
        push(hub, i);
    flush(hub);
    assert_int_equal(ask(hub, LB_ASK_REBUILD)->error.len, 0);
    answer = ask(hub, LB_ASK_VERIFY);
    assert_int_equal(answer->error.len, 0);
    assert_int_equal(lb_position_number(&answer->as_of), 50);
    lb_query_init(&query, LB_ASK_BACKUP);
    query.backup.folder = lb_span_of(scratch_path(&hub->folder, "backup"));
    assert_int_equal(ask_with(hub->client, &query, &answer), LB_OK);
    assert_int_equal(answer->error.len, 0);
    assert_int_equal(lb_position_number(&answer->as_of), 50);
    assert_true(is_there(hub, "backup/journal.db"));
    assert_int_equal(ask_with(hub->client, &query, &answer), LB_OK);
    assert_true(lb_span_is(answer->error, "MISUSE")); /* never overwritten */
}

/* -- the six laws after a crash ---------------------------------------------------------------- */

#ifdef LB_POINTS /* the named points are compiled in by the presets dev and asan */

typedef struct test_witness { /* the events that a subscriber got before the crash */
    char ids[IDS + 1][ID_ROOM];
    int64_t seen;
} test_witness;

static void watch(lb_client *reader, test_witness *witness, int timeout_ms)
{
    const lb_event *event;

    while (lb_client_next(reader, timeout_ms, &event) == LB_OK) {
        assert_int_equal(event->hub_seq, witness->seen + 1);
        assert_true(event->hub_seq <= IDS);
        first_id(event, witness->ids[event->hub_seq]);
        witness->seen = event->hub_seq;
    }
}

static void die_at(test_hub *hub, const char *point, test_witness *witness)
{
    int64_t until_ms = live_now_ms() + DEADLINE_MS;
    int status = 0, number = 0;

    stop(hub);
    start(hub, point);
    lb_client *reader = new_client(hub, "reader");
    assert_int_equal(lb_client_follow(reader, 1), LB_OK);
    while (waitpid(hub->pid, &status, WNOHANG) == 0) {
        assert_true(live_now_ms() < until_ms);
        if (number < IDS)
            push(hub, ++number);
        lb_client_poll(hub->client, 1);
        watch(reader, witness, STEP_MS);
    }
    hub->pid = 0;
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    while (number < IDS)
        push(hub, ++number);
    lb_client_close(&reader);
}

/* Each id has one number, each number one id, and they equal those of the witness. */
static void read_it_all(test_hub *hub, const test_witness *before)
{
    test_witness after = {.seen = 0};

    lb_client *reader = new_client(hub, "reader");
    assert_int_equal(lb_client_follow(reader, 1), LB_OK);
    while (after.seen < IDS)
        watch(reader, &after, STEP_MS);
    lb_client_close(&reader);
    for (int64_t i = 1; i <= before->seen; i++)
        assert_string_equal(after.ids[i], before->ids[i]);
    for (int ticket = 1; ticket <= IDS; ticket++) {
        char id[ID_ROOM];
        name(id, ticket);
        assert_string_equal(after.ids[hub->at[ticket].first_seq], id);
    }
}

static void keep_the_laws(test_hub *hub, const char *point)
{
    test_witness before = {.seen = 0};

    die_at(hub, point, &before);
    start(hub, NULL); /* without help */
    flush(hub);       /* the client sends again what has no receipt */
    for (int ticket = 1; ticket <= IDS; ticket++)
        assert_true(hub->at[ticket].result == LB_RESULT_KEPT ||
                    hub->at[ticket].result == LB_RESULT_DUPLICATE);
    read_it_all(hub, &before);
    for (int number = 1; number <= IDS; number++) {
        uint64_t again = push(hub, number);
        flush(hub);
        assert_int_equal(hub->at[again].result, LB_RESULT_DUPLICATE);
        assert_int_equal(hub->at[again].first_seq, hub->at[number].first_seq);
    }
    assert_int_equal(lb_position_number(&ask(hub, LB_ASK_STATUS)->status.head), IDS);
    assert_int_equal(ask(hub, LB_ASK_VERIFY)->error.len, 0);
}

#define DEATH(point, words)                                            \
    static void test_the_laws_hold_after_a_death_##words(void **state) \
    {                                                                  \
        keep_the_laws(*state, point);                                  \
    }
DEATH("received", when_received)
DEATH("admitted:2", when_admitted)
DEATH("read:5", while_reading)
DEATH("appended", when_appended)
DEATH("before-commit:3", before_the_commit)
DEATH("after-commit:2", after_the_commit)
DEATH("mid-receipt", between_receipts)
DEATH("mid-publish:3", while_publishing)
#endif

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_was_kept_comes_back_by_replay_and_goes_on_live),
        TEST(test_the_same_again_is_a_duplicate_with_the_same_number),
        TEST(test_garbage_waits_in_quarantine_once),
        TEST(test_a_mended_message_keeps_its_id),
        TEST(test_a_released_message_is_kept_after_all),
        TEST(test_what_is_too_long_is_refused_by_name_up_to_the_clients_limit),
        TEST(test_the_name_of_a_gate_is_reserved),
        TEST(test_feeds_are_counted),
        TEST(test_two_hubs_do_not_share_a_folder),
        TEST(test_a_file_in_the_spool_is_taken_in),
        TEST(test_verify_rebuild_and_backup_agree),
#ifdef LB_POINTS
        TEST(test_the_laws_hold_after_a_death_when_received),
        TEST(test_the_laws_hold_after_a_death_when_admitted),
        TEST(test_the_laws_hold_after_a_death_while_reading),
        TEST(test_the_laws_hold_after_a_death_when_appended),
        TEST(test_the_laws_hold_after_a_death_before_the_commit),
        TEST(test_the_laws_hold_after_a_death_after_the_commit),
        TEST(test_the_laws_hold_after_a_death_between_receipts),
        TEST(test_the_laws_hold_after_a_death_while_publishing),
#endif
    };
    return cmocka_run_group_tests_name("broker", tests, NULL, NULL);
}
