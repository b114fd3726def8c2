/* test_restored.c - a restored journal continues in a new epoch, and a client with events that are no longer in it gets RESET
 * and the number where they begin, at every door. */
#include "keep/backup.h"
#include "keep/journal_sqlite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "landbridge/client/client.h"
#include "live.h"
#include "scratch.h"
#include "question.h"

enum {
    DEADLINE_MS = 20000,
    QUIET_MS = 300,
    PATH = SCRATCH_PATH_ROOM + 64,
    TEXT_ROOM = 1024,
    BOXES = 12,
    UNTIL = 16, /* events that are in the restored journal: those of 8 boxes */
};

typedef struct test_hub {
    char data[PATH];
    pid_t pid;
    lb_client *client;
    int64_t seq; /* newest event that has a receipt */
} test_hub;

typedef struct bench {
    lb_scratch folder;
    test_hub hub;
    char backup[PATH];
    lb_position_entry past; /* of a follower that has had all of BOXES */
} bench;

/* -- hubs ------------------------------------------------------------------------------------------------- */

static void on_receipt(void *whose, uint64_t ticket, const lb_receipt *receipt)
{
    test_hub *hub = whose;

    (void)ticket;
    assert_int_equal(receipt->result, LB_RESULT_KEPT);
    hub->seq = receipt->first_seq + receipt->events - 1;
}

static void start(bench *b, test_hub *hub)
{
    hub->pid =
        live_start(LB_BIN_DIR "/landbridged", hub->data, scratch_path(&b->folder, "hub.conf"),
                   scratch_path(&b->folder, "log"), NULL);
    assert_true(hub->pid > 0);
    if (hub->client == NULL) {
        assert_int_equal(lb_client_open(&hub->client, hub->data), LB_OK);
        lb_client_on_receipt(hub->client, on_receipt, hub);
    }
}

static void stop(test_hub *hub)
{
    if (hub->pid > 0) {
        kill(hub->pid, SIGTERM);
        waitpid(hub->pid, NULL, 0);
    }
    hub->pid = 0;
}

static void end(test_hub *hub)
{
    stop(hub);
    lb_client_close(&hub->client);
}

static const lb_answer *ask(test_hub *hub, lb_ask what, const char *path,
                            lb_position_entry *at_least)
{
    const lb_answer *answer = NULL;
    lb_query query;

    question_init(&query, what, lb_span_of(path));
    if (at_least != NULL)
        query.at_least = lb_position_of(at_least);
    assert_int_equal(lb_client_ask(hub->client, &query, DEADLINE_MS, &answer), LB_OK);
    return answer;
}

static void push_box(test_hub *hub, const char *box)
{
    char text[TEXT_ROOM];
    uint64_t ticket;

    snprintf(text, sizeof text,
             "{\"magic\":\"landbridge.report\",\"events\":[{\"type\":\"GTIN\",\"classifier\":"
             "\"ACTUAL\",\"occurred\":{\"utc_us\":1773309600000000},\"objects\":[{\"id\":\"%s\"}]},"
             "{\"type\":\"GTOT\",\"classifier\":\"ACTUAL\",\"occurred\":{\"utc_us\":"
             "1773313200000000},\"objects\":[{\"id\":\"%s\"}]}]}",
             box, box);
    assert_int_equal(lb_client_push(hub->client, lb_span_of(box), LB_EMPTY, lb_span_of(text),
                                    DEADLINE_MS, &ticket),
                     LB_OK);
    assert_int_equal(lb_client_flush(hub->client, DEADLINE_MS), LB_OK);
}

static lb_position_entry head_of(test_hub *hub)
{
    const lb_answer *answer = ask(hub, LB_ASK_STATUS, NULL, NULL);

    assert_int_equal(answer->status.head.entries.count, 1);
    return answer->status.head.entries.at[0];
}

static void follow_from(test_hub *hub, lb_position_entry from)
{
    const lb_position position = lb_position_of(&from);

    assert_int_equal(lb_client_follow_from(hub->client, &position), LB_OK);
}

static void assert_events(test_hub *hub, int64_t from_seq, int64_t to_seq)
{
    const lb_event *event;

    for (int64_t seq = from_seq; seq <= to_seq; seq++) {
        assert_int_equal(lb_client_next(hub->client, DEADLINE_MS, &event), LB_OK);
        assert_int_equal(event->hub_seq, seq);
        assert_int_equal(event->hub_epoch, lb_client_next_position(hub->client).epoch);
    }
    assert_int_equal(lb_client_next(hub->client, QUIET_MS, &event), LB_ERR_TIMEOUT);
}

static lb_err next_error(test_hub *hub)
{
    const lb_event *event;
    lb_err err;
    int64_t until_ms = live_now_ms() + DEADLINE_MS;

    do /* a timeout while the hub starts does not matter */
        err = lb_client_next(hub->client, QUIET_MS, &event);
    while (err == LB_ERR_TIMEOUT && live_now_ms() < until_ms);
    return err;
}

/* The original with all boxes, its follower, and a backup of it. */
static int set_up(void **state)
{
    static bench made;
    char box[16];

    made = (bench){.backup = ""};
    scratch_make(&made.folder);
    snprintf(made.backup, sizeof made.backup, "%s", scratch_path(&made.folder, "backup"));
    snprintf(made.hub.data, sizeof made.hub.data, "%s", scratch_path(&made.folder, "data"));
    assert_true(live_config(scratch_path(&made.folder, "hub.conf")));
    start(&made, &made.hub);
    for (int i = 0; i < BOXES; i++) {
        snprintf(box, sizeof box, "BOX%04d", i);
        push_box(&made.hub, box);
    }
    assert_int_equal(lb_client_follow(made.hub.client, 1), LB_OK);
    assert_events(&made.hub, 1, 2 * BOXES);
    made.past = lb_client_next_position(made.hub.client);
    assert_int_equal(made.past.number, 2 * BOXES + 1);
    assert_int_equal(ask(&made.hub, LB_ASK_BACKUP, made.backup, NULL)->error.len, 0);
    *state = &made;
    return 0;
}

static int tear_down(void **state)
{
    bench *made = *state;

    end(&made->hub);
    scratch_remove(&made->folder);
    return 0;
}

static void restore(bench *b, const char *data, int64_t until_seq)
{
    char why[LB_BACKUP_WHY];
    lb_journal_head head;

    lb_err err = lb_backup_restore(&lb_journal_sqlite, b->backup, data, until_seq, &head, why);
    if (err != LB_OK)
        fail_msg("%s: %s", lb_err_name(err), why);
}

/* In the place of the original: its clients find the restored hub there. */
static void replace_by_restored(bench *b, int64_t until_seq)
{
    char aside[PATH];

    stop(&b->hub);
    snprintf(aside, sizeof aside, "%s", scratch_path(&b->folder, "aside"));
    assert_int_equal(rename(b->hub.data, aside), 0);
    restore(b, b->hub.data, until_seq);
    start(b, &b->hub);
}

/* -- followers -------------------------------------------------------------------------------------------- */

static void test_a_follower_with_events_that_were_lost_is_reset_and_goes_on(void **state)
{
    bench *b = *state;

    replace_by_restored(b, UNTIL);
    push_box(&b->hub, "NEWBOX1");
    assert_int_equal(b->hub.seq, UNTIL + 2); /* numbers that others have had */
    follow_from(&b->hub, b->past);
    assert_int_equal(next_error(&b->hub), LB_ERR_RESET);
    lb_position_entry now = lb_client_next_position(b->hub.client);
    assert_int_equal(now.number, UNTIL + 1);
    assert_true(now.hub == b->past.hub && now.epoch > b->past.epoch);
    assert_non_null(strstr(lb_client_follow_why(b->hub.client), "restored"));
    assert_events(&b->hub, UNTIL + 1, UNTIL + 2);
}

static void test_a_follower_with_only_restored_events_goes_on(void **state)
{
    bench *b = *state;

    replace_by_restored(b, UNTIL);
    push_box(&b->hub, "NEWBOX1");
    b->past.number = UNTIL + 1; /* has had UNTIL, and that is here */
    follow_from(&b->hub, b->past);
    assert_events(&b->hub, UNTIL + 1, UNTIL + 2);
    assert_true(lb_client_next_position(b->hub.client).epoch > b->past.epoch);
    b->past.number = 5;
    follow_from(&b->hub, b->past);
    assert_events(&b->hub, 5, UNTIL + 2);
}

/* It stays connected, and receives a heartbeat or an event of another epoch. */
static void test_a_live_follower_is_reset(void **state)
{
    bench *b = *state;
    test_hub sender = {.pid = 0};

    replace_by_restored(b, UNTIL);
    snprintf(sender.data, sizeof sender.data, "%s", b->hub.data);
    assert_int_equal(lb_client_open(&sender.client, sender.data), LB_OK);
    lb_client_on_receipt(sender.client, on_receipt, &sender);
    for (int i = 0; i < BOXES; i++) { /* beyond the number that the follower waits for */
        char box[16];
        snprintf(box, sizeof box, "NEW%04d", i);
        push_box(&sender, box);
    }
    assert_int_equal(next_error(&b->hub), LB_ERR_RESET);
    assert_int_equal(lb_client_next_position(b->hub.client).number, UNTIL + 1);
    assert_events(&b->hub, UNTIL + 1, UNTIL + 2 * BOXES);
    end(&sender);
}

static void test_a_follower_of_another_hub_is_refused(void **state)
{
    bench *b = *state;

    b->past.hub = b->past.hub % 1000 + 1;
    follow_from(&b->hub, b->past);
    assert_int_equal(next_error(&b->hub), LB_ERR_FOREIGN);
    assert_non_null(strstr(lb_client_follow_why(b->hub.client), "this hub is"));
}

/* -- questions -------------------------------------------------------------------------------------------- */

static void assert_says(const lb_answer *answer, const char *error)
{
    if (!lb_span_is(answer->error, error))
        fail_msg("%.*s, not %s: %.*s", LB_ARG(answer->error), error, LB_ARG(answer->text));
}

static void test_a_question_at_least_at_a_position_of_before(void **state)
{
    bench *b = *state;
    lb_position_entry seen = b->past;

    replace_by_restored(b, UNTIL);
    push_box(&b->hub, "NEWBOX1");
    seen.number = UNTIL;
    assert_says(ask(&b->hub, LB_ASK_STATUS, NULL, &seen), "");
    seen.number = UNTIL + 1;
    const lb_answer *answer = ask(&b->hub, LB_ASK_STATUS, NULL, &seen);
    assert_says(answer, "RESET");
    assert_int_equal(lb_position_number(&answer->reset), UNTIL + 1);
    assert_true(answer->reset.entries.at[0].epoch > seen.epoch);
    lb_position_entry plain = lb_position_plain(UNTIL + 1);
    assert_says(ask(&b->hub, LB_ASK_STATUS, NULL, &plain), "");
    seen.hub++;
    assert_says(ask(&b->hub, LB_ASK_STATUS, NULL, &seen), "FOREIGN");
}

/* What an answer includes is said with hub and epoch, and is taken by the next question. */
static void test_an_answer_says_its_place_in_the_present_epoch(void **state)
{
    bench *b = *state;

    replace_by_restored(b, UNTIL);
    const lb_answer *answer = ask(&b->hub, LB_ASK_STATUS, NULL, NULL);
    const lb_position_entry head = answer->status.head.entries.at[0];
    assert_int_equal(head.number, UNTIL);
    assert_true(head.hub == b->past.hub && head.epoch > b->past.epoch);
    lb_position_entry wanted = head;
    answer = ask(&b->hub, LB_ASK_TRACK, "BOX0001", &wanted);
    assert_says(answer, "");
    assert_int_equal(answer->as_of.entries.count, 1);
    assert_memory_equal(answer->as_of.entries.at, &head, sizeof head);
    answer = ask(&b->hub, LB_ASK_STATUS, NULL, &wanted);
    assert_int_equal(answer->status.view.entries.count, 1);
    assert_memory_equal(answer->status.view.entries.at, &head, sizeof head);
    answer = ask(&b->hub, LB_ASK_VERIFY, NULL, NULL);
    assert_memory_equal(answer->as_of.entries.at, &head, sizeof head);
}

static const lb_answer *ask_cover(test_hub *hub, lb_position_entry *from)
{
    const lb_answer *answer = NULL;
    lb_query query;

    lb_query_init(&query, LB_ASK_COVER);
    query.cover.from = lb_position_of(from);
    assert_int_equal(lb_client_ask(hub->client, &query, DEADLINE_MS, &answer), LB_OK);
    return answer;
}

static void test_a_list_of_cover_does_not_go_on_behind_a_restore(void **state)
{
    bench *b = *state;
    lb_position_entry from = b->past;

    replace_by_restored(b, UNTIL);
    from.number = UNTIL + 1;
    assert_says(ask_cover(&b->hub, &from), "");
    from.number = UNTIL + 2;
    const lb_answer *answer = ask_cover(&b->hub, &from);
    assert_says(answer, "RESET");
    assert_int_equal(lb_position_number(&answer->reset), UNTIL + 1);
    from.hub++;
    assert_says(ask_cover(&b->hub, &from), "FOREIGN");
}

/* Read your own write: of the copy that has it, not of one that has another event under its number. */
static void test_a_receipt_of_an_earlier_epoch_is_not_one_of_the_restored_hub(void **state)
{
    bench *b = *state;
    lb_position_entry before = lb_client_pushed_position(b->hub.client);

    assert_int_equal(before.number, 2 * BOXES);
    assert_int_equal(before.epoch, b->past.epoch);
    assert_says(ask(&b->hub, LB_ASK_STATUS, NULL, &before), "");
    replace_by_restored(b, UNTIL);
    assert_says(ask(&b->hub, LB_ASK_STATUS, NULL, &before), "RESET");
    push_box(&b->hub, "NEWBOX1");
    lb_position_entry now = lb_client_pushed_position(b->hub.client);
    assert_int_equal(now.number, UNTIL + 2);
    assert_true(now.epoch > before.epoch);
    assert_says(ask(&b->hub, LB_ASK_STATUS, NULL, &now), "");
}

/* -- copies ----------------------------------------------------------------------------------------------- */

/* A hub is started directly on a backup, beside the original: both give out the same numbers. */
static void test_a_copy_beside_the_original(void **state)
{
    bench *b = *state;
    test_hub copy = {.pid = 0};
    lb_position_entry ours = b->past;

    snprintf(copy.data, sizeof copy.data, "%s", b->backup);
    start(b, &copy);
    push_box(&b->hub, "ORIGINAL1");
    push_box(&copy, "COPY1");
    assert_int_equal(copy.seq, b->hub.seq);
    lb_position_entry theirs = head_of(&copy);
    assert_true(theirs.hub == ours.hub && theirs.epoch > ours.epoch);
    assert_int_equal(head_of(&b->hub).epoch, ours.epoch);

    follow_from(&copy, ours); /* all that it has had is in the copy too */
    assert_events(&copy, 2 * BOXES + 1, 2 * BOXES + 2);
    ours.number = 2 * BOXES + 3;
    follow_from(&copy, ours);
    assert_int_equal(next_error(&copy), LB_ERR_RESET);
    assert_int_equal(lb_client_next_position(copy.client).number, 2 * BOXES + 1);
    theirs.number = 2 * BOXES + 3; /* the original cannot know where the copy parted */
    follow_from(&b->hub, theirs);
    assert_int_equal(next_error(&b->hub), LB_ERR_RESET);
    assert_int_equal(lb_client_next_position(b->hub.client).number, 1);

    stop(&copy);
    start(b, &copy);
    assert_int_equal(head_of(&copy).epoch, theirs.epoch); /* a start alone changes nothing */
    end(&copy);
}

/* Without the mark it is unknown which numbers were given out: a new epoch. A client that is up to date is not reset. */
static void test_a_journal_without_its_mark_goes_on_in_a_new_epoch(void **state)
{
    bench *b = *state;
    char mark[PATH + 16];

    stop(&b->hub);
    snprintf(mark, sizeof mark, "%s/head.mark", b->hub.data);
    assert_int_equal(remove(mark), 0);
    start(b, &b->hub);
    assert_true(head_of(&b->hub).epoch > b->past.epoch);
    push_box(&b->hub, "NEWBOX1");
    follow_from(&b->hub, b->past);
    assert_events(&b->hub, 2 * BOXES + 1, 2 * BOXES + 2);
}

/* -- the command ------------------------------------------------------------------------------------------ */

static int run_command(bench *b, const char *words, char *out)
{
    char line[2 * PATH + TEXT_ROOM];

    snprintf(line, sizeof line, LB_BIN_DIR "/landbridge %s --at %s 2>&1", words, b->hub.data);
    FILE *pipe = popen(line, "r");
    assert_non_null(pipe);
    size_t len = fread(out, 1, TEXT_ROOM * 4 - 1, pipe);
    out[len] = '\0';
    return WEXITSTATUS(pclose(pipe));
}

static void test_the_command_takes_and_gives_positions(void **state)
{
    bench *b = *state;
    char token[LB_POSITION_ROOM], words[LB_POSITION_ROOM + 64], out[TEXT_ROOM * 4];
    const lb_position past = lb_position_of(&b->past);

    replace_by_restored(b, UNTIL);
    lb_position_print(token, &past);
    snprintf(words, sizeof words, "stream --to-head --from %s", token);
    assert_int_equal(run_command(b, words, out), 7);
    assert_non_null(strstr(out, "RESET"));
    const char *next = strstr(out, "go on with --from P");
    assert_non_null(next);
    snprintf(words, sizeof words, "stream --to-head --from %s",
             next + strlen("go on with --from "));
    words[strcspn(words, "\n")] = '\0';
    assert_int_equal(run_command(b, words, out), 0);
    assert_string_equal(out, "");
    assert_int_equal(run_command(b, "stream --to-head --from 16", out), 0);
    assert_int_equal(strncmp(out, "16 ", 3), 0);
    snprintf(words, sizeof words, "track BOX0001 --at-least %s", token);
    assert_int_equal(run_command(b, words, out), 7);
    assert_int_equal(run_command(b, "track BOX0001 --at-least 16", out), 0);
    token[strlen(token) - 1] ^= 1;
    snprintf(words, sizeof words, "track BOX0001 --at-least %s", token);
    assert_int_equal(run_command(b, words, out), 2);
    assert_non_null(strstr(out, "damaged"));
    assert_int_equal(run_command(b, "admin status", out), 0);
    assert_non_null(strstr(out, "  hub      "));
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        EACH(test_a_follower_with_events_that_were_lost_is_reset_and_goes_on),
        EACH(test_a_follower_with_only_restored_events_goes_on),
        EACH(test_a_live_follower_is_reset),
        EACH(test_a_follower_of_another_hub_is_refused),
        EACH(test_a_question_at_least_at_a_position_of_before),
        EACH(test_an_answer_says_its_place_in_the_present_epoch),
        EACH(test_a_list_of_cover_does_not_go_on_behind_a_restore),
        EACH(test_a_receipt_of_an_earlier_epoch_is_not_one_of_the_restored_hub),
        EACH(test_a_copy_beside_the_original),
        EACH(test_a_journal_without_its_mark_goes_on_in_a_new_epoch),
        EACH(test_the_command_takes_and_gives_positions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
