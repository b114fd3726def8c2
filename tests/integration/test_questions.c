/* test_questions.c - what carriers and operators learn from a real hub: the answer to a question in the carrier's own
 * language, and the unknown places. */
#include "at_least.h"
#include "landbridge/client/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "live.h"
#include "record.h"
#include "scratch.h"
#include "question.h"

enum { DEADLINE_MS = 20000, TEXT_ROOM = 1024 };

typedef struct test_hub {
    lb_scratch folder;
    pid_t pid;
    lb_client *client;
    lb_result result; /* of the last receipt */
    int64_t last_seq;
    char answer[TEXT_ROOM];
} test_hub;

static void on_receipt(void *whose, uint64_t ticket, const lb_receipt *receipt)
{
    test_hub *hub = whose;

    (void)ticket;
    hub->result = receipt->result;
    if (receipt->first_seq != LB_UNKNOWN)
        hub->last_seq = receipt->first_seq + receipt->events - 1;
    snprintf(hub->answer, sizeof hub->answer, "%.*s", LB_ARG(receipt->answer));
}

static void start(test_hub *hub)
{
    hub->pid =
        live_start(LB_BIN_DIR "/landbridged", scratch_path(&hub->folder, "data"),
                   scratch_path(&hub->folder, "hub.conf"), scratch_path(&hub->folder, "log"), NULL);
    assert_true(hub->pid > 0);
}

static int set_up(void **state)
{
    static test_hub made;

    made = (test_hub){0};
    scratch_make(&made.folder);
    assert_true(live_config(scratch_path(&made.folder, "hub.conf")));
    start(&made);
    assert_int_equal(lb_client_open(&made.client, scratch_path(&made.folder, "data")), LB_OK);
    assert_int_equal(lb_client_source(made.client, "carrier"), LB_OK);
    lb_client_on_receipt(made.client, on_receipt, &made);
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

static void say(test_hub *hub, const char *text)
{
    uint64_t ticket;

    assert_int_equal(
        lb_client_push(hub->client, LB_EMPTY, LB_EMPTY, lb_span_of(text), DEADLINE_MS, &ticket),
        LB_OK);
    assert_int_equal(lb_client_flush(hub->client, DEADLINE_MS), LB_OK);
    assert_true(hub->result == LB_RESULT_KEPT || hub->result == LB_RESULT_DUPLICATE);
}

static const lb_answer *ask(test_hub *hub, lb_ask what, const char *reference)
{
    const lb_answer *answer = NULL;
    lb_query query;

    question_init(&query, what, lb_span_of(reference));
    if (what == LB_ASK_TRACK)
        ask_at_least(&query, hub->last_seq);
    assert_int_equal(lb_client_ask(hub->client, &query, DEADLINE_MS, &answer), LB_OK);
    assert_int_equal(answer->error.len, 0);
    return answer;
}

static void assert_says(const char *said, const char *what)
{
    if (strstr(said, what) == NULL)
        fail_msg("'%s' is not in:\n%s", what, said);
}

/* -- an FSR of Cargo-IMP ----------------------------------------------------------------------- */

static void test_a_status_request_is_answered_from_the_track(void **state)
{
    test_hub *hub = *state;

    say(hub, "FSU/14\r\n784-30418264PVGURC/T24K812.5\r\n"
             "DEP/CZ5417/12MAR/PVGURC/P15K507.5/A1652/E2150\r\n");
    assert_int_equal(hub->answer[0], '\0'); /* only a request gets an answer */
    ask(hub, LB_ASK_TRACK, "784-30418264"); /* the view has caught up */
    say(hub, "QD URCFMCZ\r\n.PVGFFCZ 121652\r\nFSR\r\n784-30418264PVGURC\r\n");
    assert_says(hub->answer, "QD PVGFFCZ\r\n.URCFMCZ ");
    assert_says(hub->answer, "FSA/15\r\n784-30418264PVGURC/T24\r\n"
                             "DEP/CZ5417/12MAR/PVGURC/P15K507.5/A1652/E2150\r\n");
}

static void test_the_same_question_is_answered_anew(void **state)
{
    test_hub *hub = *state;

    say(hub, "FSR\r\n784-30418264PVGURC\r\n");
    assert_string_equal(hub->answer, "FSA/15\r\n784-30418264PVGURC\r\nOSI/NO RECORD FOUND\r\n");
    say(hub, "FSU/14\r\n784-30418264PVGURC/T24K812.5\r\nRCS/12MAR1030/PVG/T24K812.5\r\n");
    ask(hub, LB_ASK_TRACK, "784-30418264");
    say(hub, "FSR\r\n784-30418264PVGURC\r\n");
    /* nothing new is kept, and yet it is answered: */
    assert_int_equal(hub->result, LB_RESULT_DUPLICATE);
    assert_says(hub->answer, "RCS/12MAR1030/PVG/T24K812.5\r\n");
}

static void test_the_answer_to_a_file_lies_in_the_spool(void **state)
{
    test_hub *hub = *state;
    int64_t until_ms = live_now_ms() + DEADLINE_MS;
    char said[TEXT_ROOM] = "";

    ask(hub, LB_ASK_STATUS, ""); /* it is up: the spool is there */
    FILE *file = fopen(scratch_path(&hub->folder, "fresh"), "w");
    assert_non_null(file);
    fputs("FSR\r\n784-30418264PVGURC\r\n", file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(rename(scratch_path(&hub->folder, "fresh"),
                            scratch_path(&hub->folder, "data/spool/question.txt")),
                     0);
    while ((file = fopen(scratch_path(&hub->folder, "data/spool/answers/local-question.txt.1"),
                         "r")) == NULL) {
        assert_true(live_now_ms() < until_ms);
        lb_client_poll(hub->client, 20);
    }
    said[fread(said, 1, sizeof said - 1, file)] = '\0';
    fclose(file);
    assert_says(said, "FSA/15\r\n784-30418264PVGURC\r\n");
}

/* -- unknown places ---------------------------------------------------------------------------- */

static void say_gate_in(test_hub *hub, const char *place, int minute)
{
    char report[400];

    snprintf(report, sizeof report,
             "{\"magic\":\"landbridge.report\",\"events\":[{\"type\":\"GTIN\",\"classifier\":"
             "\"ACTUAL\",\"occurred\":{\"utc_us\":\"2026-03-12T10:%02d:00+08:00\"},"
             "\"place\":{\"name\":\"%s\"},\"objects\":[{\"id\":\"LBKU2048176\"}]}]}",
             minute, place);
    say(hub, report);
}

static void assert_unresolved(const lb_answer *answer)
{
    assert_int_equal(answer->feeds.feeds.count, 1);
    const lb_unresolved_list *list = &answer->feeds.feeds.at[0].unresolved;
    assert_int_equal(list->count, 2);
    assert_true(lb_span_is(list->at[0].place, "Depot 14"));
    assert_int_equal(list->at[0].count, 2);
    assert_true(lb_span_is(list->at[1].place, "\xe5\x9d\xaa\xe5\xb1\xb1"));
    assert_int_equal(list->at[1].count, 1);
}

/* The operator's output. */
static void read_feeds(test_hub *hub, const char *option, char *said)
{
    char command[2 * SCRATCH_PATH_ROOM];

    snprintf(command, sizeof command, "%s/landbridge feeds %s --at %s", LB_BIN_DIR, option,
             scratch_path(&hub->folder, "data"));
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    said[fread(said, 1, TEXT_ROOM - 1, pipe)] = '\0';
    assert_int_equal(pclose(pipe), 0);
}

static void test_unknown_places_are_listed_by_their_feed(void **state)
{
    test_hub *hub = *state;
    char said[TEXT_ROOM];

    say_gate_in(hub, "\xe5\x9d\xaa\xe5\xb1\xb1", 1); /* a goods station that is in no table */
    say_gate_in(hub, "Depot 14", 2);
    say_gate_in(hub, "Urumqi", 3);
    say_gate_in(hub, "Depot 14", 4);
    assert_unresolved(ask(hub, LB_ASK_FEEDS, ""));
    read_feeds(hub, "", said);
    assert_says(said, "unknown places: Depot 14 (2), \xe5\x9d\xaa\xe5\xb1\xb1 (1)\n");
}

static void test_what_was_refused_before_a_source_has_a_feed_is_reported(void **state)
{
    test_hub *hub = *state;
    char said[TEXT_ROOM];
    uint64_t ticket;

    assert_int_equal(lb_client_source(hub->client, "ktx"), LB_OK); /* a typing mistake */
    assert_int_equal(lb_client_push(hub->client, LB_EMPTY, LB_EMPTY, LB_SPAN("no language"),
                                    DEADLINE_MS, &ticket),
                     LB_OK);
    assert_int_equal(lb_client_flush(hub->client, DEADLINE_MS), LB_OK);
    assert_int_equal(ask(hub, LB_ASK_FEEDS, "")->feeds.feeds.count, 0);
    read_feeds(hub, "", said);
    assert_says(said, "local: 1 source without a kept message, 1 refused, last NOT_READ 0 min ago; "
                      "0 of 1024 sources, 1 of 25000 in quarantine\n");
    read_feeds(hub, "--json", said);
    assert_says(said, "\"owner\":\"local\",\"sources\":0,\"sources_max\":1024,\"unheard\":1,"
                      "\"refused\":1,");
}

static void test_unknown_places_are_not_forgotten_by_a_restart(void **state)
{
    test_hub *hub = *state;
    int status = 0;

    say_gate_in(hub, "Depot 14", 1);
    say_gate_in(hub, "\xe5\x9d\xaa\xe5\xb1\xb1", 2);
    say_gate_in(hub, "Depot 14", 3);
    kill(hub->pid, SIGKILL);
    assert_int_equal(waitpid(hub->pid, &status, 0), hub->pid);
    start(hub);
    assert_unresolved(ask(hub, LB_ASK_FEEDS, ""));
}

/* -- a long answer ---------------------------------------------------------------------------------------------- */

enum { LONG_EVENTS = 6000 };

/* A report of one box that was stored so often, an hour and a bit apart. */
static char *long_report(void)
{
    enum { ROOM = LONG_EVENTS * 320 + 200 };
    char *text = malloc(ROOM);
    assert_non_null(text);
    size_t len = (size_t)snprintf(text, ROOM,
                                  "{\"magic\":\"landbridge.report\",\"party\":\"P\",\"events\":[");
    for (int64_t i = 0; i < LONG_EVENTS; i++)
        len += (size_t)snprintf(
            text + len, ROOM - len,
            "%s{\"type\":\"STOR\",\"classifier\":\"ACTUAL\",\"mode\":\"RAIL\",\"place\":"
            "{\"locode\":\"CNULZ\"},"
            "\"occurred\":{\"utc_us\":%lld},\"objects\":[{\"id\":\"LBKU2048176\",\"role\":"
            "\"SUBJECT\"}],"
            "\"remark\":\"stored for the time of number %lld, of many, so that the answer gets "
            "long\"}",
            i == 0 ? "" : ",", (long long)(INT64_C(1500000000000000) + i * INT64_C(3660000000)),
            (long long)i);
    snprintf(text + len, ROOM - len, "]}");
    return text;
}

static void test_a_long_answer_comes_in_pages_and_is_whole(void **state)
{
    test_hub *hub = *state;
    lb_arena arena;
    lb_span bytes;
    char *text = long_report();

    say(hub, text);
    free(text);
    const lb_answer *answer = ask(hub, LB_ASK_TRACK, "LBKU2048176");
    assert_int_equal(answer->track.tracks.count, 1);
    assert_int_equal(answer->page.len, 0);
    lb_arena_init(&arena, 64 * 1024 * 1024);
    assert_int_equal(lb_record_pack(&lb_record_answer, answer, &arena, &bytes), LB_OK);
    assert_true(bytes.len > 1024 * 1024);
    lb_arena_fini(&arena);
    assert_int_equal(answer->track.tracks.at[0].milestones.count, LONG_EVENTS);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_a_status_request_is_answered_from_the_track),
        TEST(test_the_same_question_is_answered_anew),
        TEST(test_the_answer_to_a_file_lies_in_the_spool),
        TEST(test_unknown_places_are_listed_by_their_feed),
        TEST(test_what_was_refused_before_a_source_has_a_feed_is_reported),
        TEST(test_unknown_places_are_not_forgotten_by_a_restart),
        TEST(test_a_long_answer_comes_in_pages_and_is_whole),
    };
    return cmocka_run_group_tests_name("questions", tests, NULL, NULL);
}
