/* test_day_crash.c - a day pushed into a real hub that is killed with SIGKILL at 20 random moments and
 * started again each time. Afterwards: every message has its receipt, every message that was receipted as kept
 * is in the journal once, the numbers have no gap, and the view has everything that happened and nothing else. A small day;
 * with LANDBRIDGE_WHOLE_DAY in the environment a whole one. */
#include "oracle.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "at_least.h"
#include "landbridge/client/client.h"
#include "live.h"

enum { KILLS = 20, PUSH_MS = 60 * 1000, MESSAGES_MAX = 200000 };

typedef struct hub {
    pid_t pid;
    char folder[128], config[160];
} hub;

typedef struct sender {
    const char *source;
    lb_client *client;
    size_t message_of[MESSAGES_MAX]; /* by ticket */
    lb_result *results;              /* by message, of all senders */
} sender;

static void start(hub *h)
{
    h->pid = live_start(LB_BIN_DIR "/landbridged", h->folder, h->config, "/dev/null", NULL);
    assert_true(h->pid > 0);
}

static void finish(hub *h, int signal)
{
    int status;

    kill(h->pid, signal);
    assert_int_equal(waitpid(h->pid, &status, 0), h->pid);
    if (signal == SIGTERM)
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void on_receipt(void *whose, uint64_t ticket, const lb_receipt *receipt)
{
    sender *s = whose;

    s->results[s->message_of[ticket]] = receipt->result;
}

static sender *sender_of(sender **senders, size_t *count, const hub *h, const char *source,
                         lb_result *results)
{
    for (size_t i = 0; i < *count; i++)
        if (strcmp(senders[i]->source, source) == 0)
            return senders[i];
    sender *s = day_memory(1, sizeof *s);
    s->source = source;
    s->results = results;
    assert_int_equal(lb_client_open(&s->client, h->folder), LB_OK);
    assert_int_equal(lb_client_source(s->client, source), LB_OK);
    lb_client_on_receipt(s->client, on_receipt, s);
    senders[(*count)++] = s;
    return s;
}

/* Pushes the whole day; the hub is killed at each moment of `deaths`. */
static void push_day(oracle *c, hub *h, lb_result *results)
{
    sender *senders[RIG_FEEDS + 1];
    size_t count = 0, next = 0, deaths[KILLS];
    day_rng rng;

    day_rng_seed(&rng, 99, 1);
    for (size_t i = 0; i < KILLS; i++) /* one in each twentieth of the day */
        deaths[i] =
            (i * c->day.post.count + (size_t)day_rng_between(&rng, 0, (int64_t)c->day.post.count)) /
            KILLS;
    start(h);
    for (size_t i = 0; i < c->day.post.count; i++) {
        const day_message *message = &c->day.post.at[i];
        uint64_t ticket;
        sender *s = sender_of(senders, &count, h, message->source, results);
        lb_span body = {message->body, message->len};
        assert_int_equal(lb_client_push(s->client, LB_EMPTY, lb_span_of(message->format), body,
                                        PUSH_MS, &ticket),
                         LB_OK);
        s->message_of[ticket] = i;
        while (next < KILLS && i >= deaths[next]) {
            struct timespec nap = {.tv_nsec = day_rng_between(&rng, 0, 30000000)};
            lb_client_poll(s->client, 0);
            nanosleep(&nap, NULL); /* the moment is random within the turn too */
            finish(h, SIGKILL);
            start(h);
            next++;
        }
    }
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(lb_client_flush(senders[i]->client, PUSH_MS), LB_OK);
        lb_client_close(&senders[i]->client);
        free(senders[i]);
    }
    assert_int_equal(next, KILLS);
}

static void check_receipts(const oracle *c, const lb_result *results)
{
    for (size_t i = 0; i < c->day.post.count; i++) {
        bool is_broken = c->day.post.at[i].kind == LB_DAY_BROKEN;
        bool is_kept = results[i] == LB_RESULT_KEPT || results[i] == LB_RESULT_DUPLICATE;
        if (is_broken ? results[i] == LB_RESULT_UNSPECIFIED : !is_kept)
            fail_msg("message %zu of %s: %s", i, c->day.post.at[i].source,
                     lb_result_name(results[i]));
    }
}

/* Follows the journal from the first number: no gap, and the event ids are those that the adapters give,
 * each once. */
static void check_journal(oracle *c, const hub *h)
{
    lb_client *client;
    const lb_event *event;
    lb_query query;
    const lb_answer *answer;
    int64_t expected = 0, seen = 0;

    for (size_t i = 0; i < c->day.post.count; i++)
        if (c->day.post.at[i].kind != LB_DAY_DUPLICATE &&
            rig_read(&c->day, &c->day.post.at[i]) == LB_VERDICT_READ)
            expected += (int64_t)lb_sink_count(c->day.sink);
    assert_int_equal(lb_client_open(&client, h->folder), LB_OK);
    lb_query_init(&query, LB_ASK_STATUS);
    assert_int_equal(lb_client_ask(client, &query, PUSH_MS, &answer), LB_OK);
    assert_int_equal(lb_position_number(&answer->status.head), expected);
    assert_int_equal(lb_client_follow(client, 1), LB_OK);
    while (seen < expected) {
        assert_int_equal(lb_client_next(client, PUSH_MS, &event), LB_OK);
        assert_int_equal(event->hub_seq, ++seen);
    }
    lb_query_init(&query, LB_ASK_STATUS);
    ask_at_least(&query, expected); /* the view has it all */
    assert_int_equal(lb_client_ask(client, &query, PUSH_MS, &answer), LB_OK);
    lb_query_init(&query, LB_ASK_VERIFY);
    assert_int_equal(lb_client_ask(client, &query, PUSH_MS, &answer), LB_OK);
    if (answer->error.len > 0)
        fail_msg("verify: %.*s %.*s", LB_ARG(answer->error), LB_ARG(answer->text));
    lb_client_close(&client);
}

static void prepare(oracle *c, hub *h)
{
    char path[128], command[400];

    rig_open_on(&c->day, 3, getenv("LANDBRIDGE_WHOLE_DAY") == NULL, true);
    snprintf(h->folder, sizeof h->folder, "%s", rig_path(&c->day, "data", path));
    snprintf(h->config, sizeof h->config, "%s", rig_path(&c->day, "hub.conf", path));
    snprintf(command, sizeof command, "mkdir -p '%s' && cp -r '%s/sources' '%s/'", h->folder,
             c->day.folder, h->folder);
    assert_int_equal(system(command), 0);
    assert_true(live_config(h->config));
}

static void test_a_hub_that_dies_twenty_times_loses_nothing_and_doubles_nothing(void **state)
{
    static oracle c;
    static hub h;
    char view[160];

    (void)state;
    memset(&c, 0, sizeof c);
    prepare(&c, &h);
    lb_result *results = day_memory(c.day.post.count, sizeof *results);
    push_day(&c, &h, results);
    check_receipts(&c, results);
    check_journal(&c, &h);
    finish(&h, SIGTERM);

    snprintf(view, sizeof view, "%s/view.db", h.folder);
    oracle_open(&c, view);
    int wrong = oracle_judge(&c), claimed = oracle_check_claims(&c);
    oracle_close(&c);
    rig_close(&c.day);
    free(results);
    assert_int_equal(wrong, 0);
    assert_int_equal(claimed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_hub_that_dies_twenty_times_loses_nothing_and_doubles_nothing),
    };
    return cmocka_run_group_tests_name("day_crash", tests, NULL, NULL);
}
