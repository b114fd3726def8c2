/* test_long_table.c - a table of as many rows as a message may have events, through a real hub: one message, one
 * receipt, all rows or none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <signal.h>

#include "landbridge/adapter/adapter.h"
#include "landbridge/client/client.h"
#include "live.h"
#include "scratch.h"

enum { ANSWER_ROOM = 4096, COMMAND_ROOM = 1024, DEADLINE_MS = 60000 };

typedef struct test_hub {
    lb_scratch folder;
    pid_t pid;
    char data[SCRATCH_PATH_ROOM];
} test_hub;

static size_t rows_at_most(void)
{
    return lb_adapter_find(LB_SPAN("hub.csv"))->max_events;
}

static void write_table(test_hub *hub, const char *name, size_t rows)
{
    FILE *file = fopen(scratch_path(&hub->folder, name), "w");
    assert_non_null(file);
    fputs("event;time;place;own id;truck\n", file);
    for (size_t i = 1; i <= rows; i++)
        fprintf(file, "GTIN;2026-11-29 10:05;CNULZ;%s-%zu;XA%05zu\n", name, i, i);
    assert_int_equal(fclose(file), 0);
}

/* What `landbridge WORDS` prints, its beginning; its lines are counted. */
static size_t run(test_hub *hub, const char *words, char answer[ANSWER_ROOM])
{
    char command[COMMAND_ROOM], rest[ANSWER_ROOM];
    size_t lines = 0, len = 0, got;
    snprintf(command, sizeof command, "cd '%s' && LANDBRIDGE_AT='%s' '%s/landbridge' %s 2>&1",
             hub->folder.folder, hub->data, LB_BIN_DIR, words);
    FILE *out = popen(command, "r");
    assert_non_null(out);
    while ((got = fread(rest, 1, sizeof rest, out)) > 0) {
        size_t room = ANSWER_ROOM - 1 - len;
        memcpy(answer + len, rest, got < room ? got : room);
        len += got < room ? got : room;
        for (size_t i = 0; i < got; i++)
            lines += rest[i] == '\n';
    }
    answer[len] = '\0';
    pclose(out);
    return lines;
}

/* The view follows the journal. */
static void assert_known(test_hub *hub, const char *truck)
{
    char answer[ANSWER_ROOM] = "", words[64];
    int64_t until_ms = live_now_ms() + DEADLINE_MS;
    snprintf(words, sizeof words, "track %s", truck);
    while (strstr(answer, "through the gate, in") == NULL && live_now_ms() < until_ms)
        run(hub, words, answer);
    assert_non_null(strstr(answer, "through the gate, in"));
}

static int setup(void **state)
{
    static test_hub hub;
    scratch_make(&hub.folder);
    snprintf(hub.data, sizeof hub.data, "%s", scratch_path(&hub.folder, "data"));
    assert_true(live_config(scratch_path(&hub.folder, "hub.conf")));
    hub.pid = live_start(LB_BIN_DIR "/landbridged", hub.data, scratch_path(&hub.folder, "hub.conf"),
                         scratch_path(&hub.folder, "log"), NULL);
    *state = &hub;
    return hub.pid > 0 ? 0 : -1;
}

static int teardown(void **state)
{
    test_hub *hub = *state;
    kill(hub->pid, SIGTERM);
    waitpid(hub->pid, NULL, 0);
    scratch_remove(&hub->folder);
    return 0;
}

static void test_a_table_is_kept_whole_up_to_its_limit_and_refused_whole_above(void **state)
{
    test_hub *hub = *state;
    char answer[ANSWER_ROOM], expected[200];
    size_t most = rows_at_most();

    write_table(hub, "above", most + 1);
    run(hub, "send --source tos above", answer);
    snprintf(expected, sizeof expected, "TOO_BIG at byte");
    assert_non_null(strstr(answer, expected));
    snprintf(expected, sizeof expected, "more than %zu events in one message, in row %zu", most,
             most + 2); /* the heading is row 1 */
    assert_non_null(strstr(answer, expected));

    write_table(hub, "whole", most);
    run(hub, "send --source tos whole", answer);
    snprintf(expected, sizeof expected, "%zu events", most);
    assert_non_null(strstr(answer, "kept"));
    assert_non_null(strstr(answer, expected));

    assert_int_equal(run(hub, "stream --from 1 --to-head --json", answer), most);
    assert_null(strstr(answer, "above-"));
    assert_known(hub, "XA00001");
    snprintf(expected, sizeof expected, "XA%05zu", most);
    assert_known(hub, expected);
}

/* -- others meanwhile ------------------------------------------------------------------------------ */

typedef struct sender {
    lb_client *client;
    size_t kept;
    int64_t seqs[2]; /* of the first events, in the order of the receipts */
} sender;

static void note_kept(void *whose, uint64_t ticket, const lb_receipt *receipt)
{
    sender *s = whose;

    (void)ticket;
    assert_int_equal(receipt->result, LB_RESULT_KEPT);
    assert_true(s->kept < 2);
    s->seqs[s->kept++] = receipt->first_seq;
}

static void open_sender(test_hub *hub, sender *s, const char *source)
{
    *s = (sender){.kept = 0};
    assert_int_equal(lb_client_open(&s->client, hub->data), LB_OK);
    assert_int_equal(lb_client_source(s->client, source), LB_OK);
    lb_client_on_receipt(s->client, note_kept, s);
}

static void push(sender *s, lb_span body)
{
    uint64_t ticket;

    assert_int_equal(lb_client_push(s->client, LB_EMPTY, LB_EMPTY, body, DEADLINE_MS, &ticket),
                     LB_OK);
}

static lb_span read_file(test_hub *hub, const char *name, char *text, size_t room)
{
    FILE *file = fopen(scratch_path(&hub->folder, name), "r");
    assert_non_null(file);
    size_t len = fread(text, 1, room, file);
    fclose(file);
    return (lb_span){text, len};
}

static void test_nobody_waits_for_a_table_of_another(void **state)
{
    static char text[8 * 1024 * 1024];
    const lb_span line =
        LB_SPAN("event;time;place;own id;truck\nGTIN;2026-11-29 10:05;CNULZ;short;XB00001\n");
    test_hub *hub = *state;
    sender slow, quick;

    write_table(hub, "slow", rows_at_most());
    open_sender(hub, &slow, "slow");
    open_sender(hub, &quick, "quick");
    push(&quick,
         LB_SPAN("event;time;place;own id;truck\nGTIN;2026-11-29 10:05;CNULZ;up;XB00002\n"));
    assert_int_equal(lb_client_flush(quick.client, DEADLINE_MS), LB_OK); /* the hub is there */
    push(&slow, read_file(hub, "slow", text, sizeof text));
    push(&slow, line);
    lb_client_poll(slow.client, 50); /* it is on its way */
    push(&quick, line);
    assert_int_equal(lb_client_flush(quick.client, DEADLINE_MS), LB_OK);
    assert_int_equal(lb_client_flush(slow.client, DEADLINE_MS), LB_OK);
    assert_int_equal(slow.kept, 2);
    assert_true(quick.seqs[1] < slow.seqs[0]);
    assert_int_equal(slow.seqs[1], slow.seqs[0] + (int64_t)rows_at_most()); /* in its order */
    lb_client_close(&slow.client);
    lb_client_close(&quick.client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_a_table_is_kept_whole_up_to_its_limit_and_refused_whole_above, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nobody_waits_for_a_table_of_another, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
