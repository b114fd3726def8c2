/* test_kept.c - a data folder that an earlier version wrote is opened with everything in it: hub id and epochs, events and
 * holes, receipts, quarantine, parties, audit log, tracks.
 *
 *     tests/kept/VERSION/data        the folder, as a killed hub of that version left it
 *     tests/kept/VERSION/sent        messages that it kept
 *     tests/kept/VERSION/sent.positions  positions that followers had before a restore
 *     tests/kept/VERSION/expect.txt  what must be read from it
 *
 * Sent again, a message of SENT is a duplicate under its old numbers. `test_kept --facts DATA SENT` prints what it reads from
 * the folder DATA; tests/kept/write makes expect.txt with it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "landbridge/client/client.h"
#include "live.h"
#include "question.h"
#include "scratch.h"

enum {
    DEADLINE_MS = 60000,
    PATH = 2 * SCRATCH_PATH_ROOM,
    FACTS_BYTES = 1024 * 1024,
    FILES_MAX = 64,
    VERSIONS_MAX = 64,
};

#define SOURCE "kept"
#define KEPT   LB_SOURCE_DIR "/tests/kept"

typedef struct reading {
    lb_scratch folder;
    char data[PATH];
    pid_t pid;
    lb_client *client;
    lb_receipt receipt; /* of the last push; its spans are not valid */
    FILE *facts;
    char text[FACTS_BYTES];
} reading;

/* -- the hub ---------------------------------------------------------------------------------------------------- */

static void start(reading *r)
{
    r->pid = live_start(LB_BIN_DIR "/landbridged", r->data, scratch_path(&r->folder, "hub.conf"),
                        scratch_path(&r->folder, "log"), NULL);
    assert_true(r->pid > 0);
}

static void stop(reading *r, int signal)
{
    kill(r->pid, signal);
    waitpid(r->pid, NULL, 0);
    r->pid = 0;
}

static const lb_answer *ask(reading *r, lb_query *query)
{
    const lb_answer *answer = NULL;

    assert_int_equal(lb_client_ask(r->client, query, DEADLINE_MS, &answer), LB_OK);
    return answer;
}

static const lb_answer *ask_about(reading *r, lb_ask what, const char *about)
{
    lb_query query;

    question_init(&query, what, lb_span_of(about));
    return ask(r, &query);
}

static void on_receipt(void *whose, uint64_t ticket, const lb_receipt *receipt)
{
    (void)ticket;
    ((reading *)whose)->receipt = *receipt;
}

static void push(reading *r, lb_span body)
{
    uint64_t ticket;

    assert_int_equal(lb_client_push(r->client, LB_EMPTY, LB_EMPTY, body, DEADLINE_MS, &ticket),
                     LB_OK);
    assert_int_equal(lb_client_flush(r->client, DEADLINE_MS), LB_OK);
}

/* -- facts, a line each ------------------------------------------------------------------------------------------- */

static void tell_hub(reading *r)
{
    char id[LB_HUB_ID_ROOM], position[LB_POSITION_ROOM];
    const lb_answer *answer = ask_about(r, LB_ASK_STATUS, NULL);

    lb_hub_id_print(id, answer->status.head.entries.at[0].hub);
    lb_position_print(position, &answer->status.head);
    fprintf(r->facts, "hub %s\nhead %s\nmessages %lld\n", id, position,
            (long long)answer->status.messages);
}

static void tell_event(reading *r, const lb_event *event)
{
    fprintf(r->facts, "event %lld %s %lld", (long long)event->hub_seq,
            lb_event_type_code(event->type), (long long)event->occurred.utc_us);
    for (size_t i = 0; i < event->objects.count; i++)
        fprintf(r->facts, " %.*s", LB_ARG(event->objects.at[i].id));
    fprintf(r->facts, " %.*s\n", LB_ARG(event->prov.source_id));
}

static void tell_record(void *whose, const lb_stream_record *record)
{
    fprintf(((reading *)whose)->facts, "%s %lld to %lld\n", lb_entry_kind_name(record->kind),
            (long long)record->first_seq, (long long)record->last_seq);
}

static void tell_events(reading *r)
{
    const lb_event *event;
    int64_t head = lb_position_number(&ask_about(r, LB_ASK_STATUS, NULL)->status.head);

    lb_client_on_record(r->client, tell_record, r);
    assert_int_equal(lb_client_follow(r->client, 1), LB_OK);
    while (lb_client_next_position(r->client).number <= head) {
        assert_int_equal(lb_client_next(r->client, DEADLINE_MS, &event), LB_OK);
        tell_event(r, event);
    }
}

/* The positions in SENT.positions, one a line: of before the restore, below and beyond its first number. */
static void tell_positions(reading *r, const char *sent)
{
    char path[PATH], line[LB_POSITION_ROOM];
    lb_position_entry entries[LB_POSITION_ENTRIES];
    lb_query query;

    snprintf(path, sizeof path, "%s.positions", sent);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        question_init(&query, LB_ASK_STATUS, LB_EMPTY);
        assert_int_equal(lb_position_read(lb_span_of(line), entries, &query.at_least, NULL), LB_OK);
        const lb_answer *answer = ask(r, &query);
        fprintf(r->facts, "position %s %.*s %lld\n", line, LB_ARG(answer->error),
                answer->reset.entries.count == 0 ? 0LL
                                                 : (long long)lb_position_number(&answer->reset));
    }
    fclose(file);
}

static void tell_quarantine(reading *r)
{
    lb_query query;

    question_init(&query, LB_ASK_QUARANTINE_LIST, LB_EMPTY);
    query.quarantine_list.all = true;
    const lb_answer *answer = ask(r, &query);
    for (size_t i = 0; i < answer->quarantine.messages.count; i++) {
        const lb_quarantined *one = &answer->quarantine.messages.at[i];
        fprintf(r->facts, "quarantine %lld %d %.*s %lld bytes of %.*s\n", (long long)one->id,
                (int)one->state, LB_ARG(one->error), (long long)one->size, LB_ARG(one->source));
    }
}

static void tell_parties(reading *r)
{
    const lb_answer *answer = ask_about(r, LB_ASK_PARTY_LIST, NULL);

    for (size_t i = 0; i < answer->parties.parties.count; i++) {
        const lb_party *party = &answer->parties.parties.at[i];
        fprintf(r->facts, "party %.*s", LB_ARG(party->name));
        for (size_t k = 0; k < party->rights.count; k++)
            fprintf(r->facts, " %.*s", LB_ARG(party->rights.at[k]));
        for (size_t k = 0; k < party->keys.count; k++)
            fprintf(r->facts, " key %.*s", LB_ARG(party->keys.at[k].key));
        fputc('\n', r->facts);
    }
}

static void tell_tracks(reading *r)
{
    static const char *const references[] = {"LBKU2048176", "784-30418264", "X9023@2026-03-13"};

    for (size_t i = 0; i < sizeof references / sizeof references[0]; i++) {
        const lb_answer *answer = ask_about(r, LB_ASK_TRACK, references[i]);
        fprintf(r->facts, "track %s %s\n", references[i],
                answer->track.tracks.count > 0 ? "is known" : "is not known");
    }
}

static void tell_checks(reading *r)
{
    fprintf(r->facts, "verify %.*s\n", LB_ARG(ask_about(r, LB_ASK_VERIFY, NULL)->error));
    fprintf(r->facts, "audit %.*s\n", LB_ARG(ask_about(r, LB_ASK_AUDIT_VERIFY, NULL)->error));
}

/* -- messages that are sent again ---------------------------------------------------------------------------------- */

static int by_name(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

/* The names in a folder, in order, without those that begin with a dot. The caller frees each. */
static size_t list(const char *path, char *names[], size_t room)
{
    size_t count = 0;
    DIR *folder = opendir(path);

    assert_non_null(folder);
    for (struct dirent *one; (one = readdir(folder)) != NULL;)
        if (one->d_name[0] != '.' && count < room)
            names[count++] = strdup(one->d_name);
    closedir(folder);
    if (count > 1)
        qsort(names, count, sizeof *names, by_name);
    return count;
}

static void tell_receipts(reading *r, const char *sent)
{
    char *names[FILES_MAX], path[PATH];
    static char body[FACTS_BYTES];
    size_t count = list(sent, names, FILES_MAX);

    assert_true(count > 0);
    for (size_t i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%s", sent, names[i]);
        FILE *file = fopen(path, "rb");
        assert_non_null(file);
        size_t len = fread(body, 1, sizeof body, file);
        fclose(file);
        push(r, (lb_span){body, len});
        fprintf(r->facts, "again %s %s %lld %lld\n", names[i], lb_result_name(r->receipt.result),
                (long long)r->receipt.first_seq, (long long)r->receipt.events);
        free(names[i]);
    }
}

/* -- a folder -------------------------------------------------------------------------------------------------------- */

static void read_all(reading *r, const char *sent)
{
    memset(r->text, 0, sizeof r->text);
    r->facts = fmemopen(r->text, sizeof r->text - 1, "w");
    assert_non_null(r->facts);
    start(r);
    assert_int_equal(lb_client_open(&r->client, r->data), LB_OK);
    assert_int_equal(lb_client_source(r->client, SOURCE), LB_OK);
    lb_client_on_receipt(r->client, on_receipt, r);
    tell_hub(r);
    tell_events(r);
    tell_positions(r, sent);
    tell_quarantine(r);
    tell_parties(r);
    tell_tracks(r);
    tell_receipts(r, sent);
    tell_checks(r);
    fclose(r->facts);
}

static void finish(reading *r, int signal)
{
    lb_client_close(&r->client);
    stop(r, signal);
}

static void open_copy(reading *r, const char *data)
{
    char command[3 * PATH];

    scratch_make(&r->folder);
    snprintf(r->data, sizeof r->data, "%s", scratch_path(&r->folder, "data"));
    assert_true(live_config(scratch_path(&r->folder, "hub.conf")));
    snprintf(command, sizeof command, "cp -r '%s' '%s' && chmod -R go= '%s'", data, r->data,
             r->data);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): paths of the test */
}

static void compare(reading *r, const char *path)
{
    static char expected[FACTS_BYTES];
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    expected[fread(expected, 1, sizeof expected - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(r->text, expected);
}

/* It is read, read again after a kill, and continues after its last number. */
static void check_version(const char *version)
{
    static reading r;
    char data[PATH], sent[PATH], expect[PATH];

    memset(&r, 0, sizeof r);
    snprintf(data, sizeof data, KEPT "/%s/data", version);
    snprintf(sent, sizeof sent, KEPT "/%s/sent", version);
    snprintf(expect, sizeof expect, KEPT "/%s/expect.txt", version);
    open_copy(&r, data);
    read_all(&r, sent);
    compare(&r, expect);
    finish(&r, SIGKILL);
    read_all(&r, sent);
    compare(&r, expect);
    int64_t head = lb_position_number(&ask_about(&r, LB_ASK_STATUS, NULL)->status.head);
    push(&r,
         LB_SPAN("{\"magic\":\"landbridge.report\",\"events\":[{\"type\":\"GTIN\",\"classifier\":"
                 "\"ACTUAL\",\"occurred\":{\"utc_us\":1773309600000000},\"objects\":[{\"id\":"
                 "\"TBJU1234565\"}]}]}"));
    assert_int_equal(r.receipt.result, LB_RESULT_KEPT);
    assert_int_equal(r.receipt.first_seq, head + 1);
    finish(&r, SIGTERM);
    scratch_remove(&r.folder);
}

static void test_every_version_s_folder_is_opened_with_everything_in_it(void **state)
{
    char *names[VERSIONS_MAX], path[PATH];
    struct stat found;
    size_t versions = 0, count = list(KEPT, names, VERSIONS_MAX);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        snprintf(path, sizeof path, KEPT "/%s/data", names[i]);
        if (stat(path, &found) == 0) {
            check_version(names[i]);
            versions++;
        }
        free(names[i]);
    }
    assert_true(versions > 0);
}

static int print_facts(const char *data, const char *sent)
{
    static reading r;

    open_copy(&r, data);
    read_all(&r, sent);
    finish(&r, SIGTERM);
    fputs(r.text, stdout);
    scratch_remove(&r.folder);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_version_s_folder_is_opened_with_everything_in_it),
    };
    if (argc == 4 && strcmp(argv[1], "--facts") == 0)
        return print_facts(argv[2], argv[3]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
