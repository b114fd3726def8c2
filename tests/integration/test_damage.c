/* test_damage.c - flipped bytes, incomplete copies, older databases: damage is found and named, derived data is rebuilt,
 * and every loss is reported. */
#include "keep/backup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zmq.h>

#include "base/log.h"
#include "keep/feed.h"
#include "keep/quarantine.h"
#include "at_least.h"
#include "keep/journal_sqlite.h"
#include "keep/view.h"
#include "landbridge/client/client.h"
#include "live.h"
#include "scratch.h"
#include "question.h"
#include "view_dump.h"

enum {
    DEADLINE_MS = 20000,
    TEXT_ROOM = 4096,
    BOXES = 120,
    FLIPS = 400,
    PATH = SCRATCH_PATH_ROOM + 64,
    DUMP_BYTES = 64 * 1024 * 1024,
};

typedef struct test_hub {
    lb_scratch folder;
    char data[SCRATCH_PATH_ROOM];
    pid_t pid;
    lb_client *client;
    lb_result result;
    int64_t first_seq, seq; /* of the last receipt; the newest of all */
} test_hub;

/* -- the hub -------------------------------------------------------------------------------------------- */

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

static void on_receipt(void *whose, uint64_t ticket, const lb_receipt *receipt)
{
    test_hub *hub = whose;

    (void)ticket;
    hub->result = receipt->result;
    hub->first_seq = receipt->first_seq;
    if (receipt->first_seq != LB_UNKNOWN && receipt->first_seq + receipt->events - 1 > hub->seq)
        hub->seq = receipt->first_seq + receipt->events - 1;
}

static void push(test_hub *hub, const char *id, const char *text)
{
    uint64_t ticket;

    assert_int_equal(lb_client_push(hub->client, lb_span_of(id), LB_EMPTY, lb_span_of(text),
                                    DEADLINE_MS, &ticket),
                     LB_OK);
    assert_int_equal(lb_client_flush(hub->client, DEADLINE_MS), LB_OK);
}

static void push_box(test_hub *hub, int number)
{
    char id[32], text[TEXT_ROOM];

    snprintf(id, sizeof id, "box-%d", number);
    snprintf(
        text, sizeof text,
        "{\"magic\":\"landbridge.report\",\"events\":[{\"type\":\"GTIN\",\"classifier\":\"ACTUAL\","
        "\"mode\":\"ROAD\",\"occurred\":{\"utc_us\":%lld},\"place\":{\"locode\":\"CNULZ\"},"
        "\"objects\":[{\"id\":\"BOX%04d\"}]},{\"type\":\"LOAD\",\"classifier\":\"ACTUAL\",\"mode\":"
        "\"RAIL\","
        "\"occurred\":{\"utc_us\":%lld},\"place\":{\"locode\":\"CNULZ\"},\"objects\":[{\"id\":"
        "\"BOX%04d\"}]}]}",
        (long long)(INT64_C(1773309600000000) + number * INT64_C(60000000)), number,
        (long long)(INT64_C(1773313200000000) + number * INT64_C(60000000)), number);
    push(hub, id, text);
}

static const lb_answer *ask(test_hub *hub, lb_ask what, const char *reference)
{
    const lb_answer *answer = NULL;
    lb_query query;

    question_init(&query, what, lb_span_of(reference));
    if (what == LB_ASK_TRACK)
        ask_at_least(&query, hub->seq);
    assert_int_equal(lb_client_ask(hub->client, &query, DEADLINE_MS, &answer), LB_OK);
    return answer;
}

static void assert_fine(const lb_answer *answer)
{
    if (answer->error.len > 0)
        fail_msg("%.*s: %.*s", LB_ARG(answer->error), LB_ARG(answer->text));
}

static void assert_found(const lb_answer *answer, lb_start_finding finding)
{
    const lb_start_finding_list *list = &answer->status.findings;

    assert_true(answer->status.found.len > 0);
    for (size_t i = 0; i < list->count; i++)
        if (list->at[i] == finding)
            return;
    fail_msg("not %s: %.*s", lb_start_finding_name(finding), LB_ARG(answer->status.found));
}

static void assert_says(lb_span text, const char *what)
{
    if (memmem(text.at, text.len, what, strlen(what)) == NULL)
        fail_msg("'%s' is not in '%.*s'", what, LB_ARG(text));
}

static int set_up(void **state)
{
    static test_hub made;

    made = (test_hub){.seq = 0};
    scratch_make(&made.folder);
    snprintf(made.data, sizeof made.data, "%s", scratch_path(&made.folder, "data"));
    assert_true(live_config(scratch_path(&made.folder, "hub.conf")));
    assert_int_equal(lb_client_open(&made.client, made.data), LB_OK);
    assert_int_equal(lb_client_source(made.client, "carrier"), LB_OK);
    lb_client_on_receipt(made.client, on_receipt, &made);
    *state = &made;
    return 0;
}

static int set_up_filled(void **state)
{
    set_up(state);
    test_hub *hub = *state;
    start(hub);
    for (int i = 0; i < BOXES; i++)
        push_box(hub, i);
    push(hub, "", "in no known format");
    assert_int_equal(hub->result, LB_RESULT_REFUSED);
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

static const char *file_of(const test_hub *hub, const char *name)
{
    static char paths[2][PATH];
    static unsigned next;
    char *path = paths[next++ % 2];

    snprintf(path, PATH, "%s/%s", hub->data, name);
    return path;
}

/* -- flipped bytes --------------------------------------------------------------------------------------- */

/* Bytes from..until of every page are inverted. */
static void spoil(const char *path, off_t from_page, size_t from, size_t until, off_t page)
{
    char bytes[4096];
    int fd = open(path, O_RDWR);
    struct stat file = {.st_size = 0};

    assert_true(fd >= 0 && until - from <= sizeof bytes && fstat(fd, &file) == 0);
    for (off_t at = from_page * page; at + (off_t)until <= file.st_size; at += page) {
        assert_int_equal(pread(fd, bytes, until - from, at + (off_t)from), until - from);
        for (size_t i = 0; i < until - from; i++)
            bytes[i] = (char)~bytes[i];
        assert_int_equal(pwrite(fd, bytes, until - from, at + (off_t)from), until - from);
    }
    close(fd);
}

typedef struct reading { /* the whole content of the journal's file in one hash, and its damage */
    uint8_t hash[16];
    int findings;
    bool is_open;
} reading;

static void count_damage(void *whose, const lb_damage *damage)
{
    reading *r = whose;

    assert_true(damage->row > 0);
    r->findings++;
}

static void hash_rows(sqlite3 *db, const char *sql, crypto_generichash_state *state, reading *r)
{
    sqlite3_stmt *read;
    int rc = sqlite3_prepare_v2(db, sql, -1, &read, NULL);

    while (rc == SQLITE_OK && (rc = sqlite3_step(read)) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(read); i++) {
            int type = sqlite3_column_type(read, i);
            if (type ==
                /* one bit makes it text instead of a blob: the bytes are the same, and the type
                 * is not checked */
                SQLITE_TEXT)
                type = SQLITE_BLOB;
            const void *bytes = sqlite3_column_blob(read, i);
            int len = sqlite3_column_bytes(read, i);
            crypto_generichash_update(state, (const uint8_t *)&type, sizeof type);
            crypto_generichash_update(state, (const uint8_t *)&len, sizeof len);
            if (len > 0)
                crypto_generichash_update(state, bytes, (unsigned long long)len);
        }
        rc = SQLITE_OK;
    }
    r->findings += rc != SQLITE_DONE;
    sqlite3_finalize(read);
}

/* The messages as received. */
static void hash_raw(lb_journal_reader *reader, crypto_generichash_state *state)
{
    const lb_page *page;
    lb_raw_block raw = {{NULL, 0, 0}};

    for (int64_t block = 1; lb_journal_read_block(reader, block, &page) == LB_OK;
         block = page->block + 1)
        if (lb_journal_read_raw(reader, page->block, &raw) == LB_OK)
            for (size_t i = 0; i < raw.bodies.count; i++)
                crypto_generichash_update(state, (const uint8_t *)raw.bodies.at[i].at,
                                          raw.bodies.at[i].len);
}

/* Reads the same as `admin verify`, without a hub. */
static void read_journal(const char *path, reading *r)
{
    lb_store *store = NULL;
    lb_journal_reader *reader = NULL;
    lb_journal_head head;
    crypto_generichash_state state;

    *r = (reading){.is_open = false};
    if (lb_store_open(&store, path, LB_STORE_JOURNAL, LB_STORE_READ) != LB_OK)
        return;
    r->is_open = true;
    crypto_generichash_init(&state, NULL, 0, sizeof r->hash);
    hash_rows(lb_store_db(store), "SELECT * FROM journal", &state, r);
    hash_rows(lb_store_db(store), "SELECT block FROM raw", &state, r);
    hash_rows(lb_store_db(store), "SELECT * FROM quarantine", &state, r);
    hash_rows(lb_store_db(store), "SELECT * FROM feed", &state, r);
    lb_err err = lb_journal_reader_open(&reader, LB_JOURNAL_FILE(path));
    if (err == LB_OK)
        hash_raw(reader, &state);
    crypto_generichash_final(&state, r->hash, sizeof r->hash);
    if (err == LB_OK)
        err = lb_journal_verify(reader, count_damage, r, &head);
    lb_journal_reader_close(&reader);
    r->findings += err != LB_OK;
    r->findings += lb_store_check(store) != LB_OK;
    lb_store_close(&store);
}

static void flip(const char *path, off_t at, int bit)
{
    char byte;
    int fd = open(path, O_RDWR);

    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte = (char)(byte ^ (1 << bit));
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    close(fd);
}

static void test_a_flipped_bit_of_the_journal_is_found_or_changes_nothing(void **state)
{
    test_hub *hub = *state;
    reading whole, spoilt;
    struct stat file;
    uint32_t random = 4, found = 0, refused = 0, unused = 0;

    stop(hub);
    const char *path = strdup(file_of(hub, "journal.db"));
    assert_int_equal(stat(path, &file), 0);
    read_journal(path, &whole);
    assert_true(whole.is_open);
    assert_int_equal(whole.findings, 0);
    lb_log_least(LB_LEVELS); /* hundreds of warnings */
    for (int i = 0; i < FLIPS; i++) {
        random = random * 1664525 + 1013904223;
        off_t at = (off_t)((uint64_t)random * (uint64_t)file.st_size >> 32);
        flip(path, at, i % 8);
        read_journal(path, &spoilt);
        flip(path, at, i % 8);
        bool is_same = memcmp(whole.hash, spoilt.hash, sizeof whole.hash) == 0;
        if (spoilt.is_open && spoilt.findings == 0 && !is_same)
            fail_msg("bit %d of byte %lld was inverted, and not detected", i % 8, (long long)at);
        refused += !spoilt.is_open;
        found += spoilt.is_open && spoilt.findings > 0;
        unused += spoilt.is_open && spoilt.findings == 0;
    }
    lb_log_least(LB_INFO);
    print_message(
        "%d bits of %lld bytes: %u found, %u not opened at all, %u where nothing stands\n", FLIPS,
        (long long)file.st_size, found, refused, unused);
    assert_true(found > FLIPS / 4);
    free((void *)(uintptr_t)path);
}

static void change_journal(const test_hub *hub, const char *sql)
{
    sqlite3 *db;

    assert_int_equal(sqlite3_open(file_of(hub, "journal.db"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_true(sqlite3_changes(db) > 0);
    sqlite3_close(db);
}

/* One block is lost: the hub starts, serves the others, and reports the lost numbers. */
static void test_a_damaged_block_is_named_and_the_rest_is_served(void **state)
{
    test_hub *hub = *state;
    const lb_event *event;
    int64_t damaged = hub->seq - 3; /* of BOX0118 */
    char where[64];

    stop(hub);
    snprintf(where, sizeof where, "events %lld to %lld", (long long)damaged,
             (long long)damaged + 1);
    change_journal(hub, "UPDATE journal SET body = zeroblob(length(body)) WHERE block = 119");
    remove(file_of(hub, "view.db"));
    remove(file_of(hub, "keys.db"));
    start(hub);
    assert_fine(ask(hub, LB_ASK_TRACK, "BOX0117"));
    assert_fine(ask(hub, LB_ASK_TRACK, "BOX0119")); /* the one behind it */
    assert_says(ask(hub, LB_ASK_TRACK, "BOX0118")->error, "NOT_FOUND");
    const lb_answer *status = ask(hub, LB_ASK_STATUS, NULL);
    assert_true(status->status.journal_damaged);
    const lb_answer *verdict = ask(hub, LB_ASK_VERIFY, NULL);
    assert_says(verdict->error, "CORRUPT");
    assert_says(verdict->text, "table journal, row 119");
    assert_says(verdict->text, where);
    assert_int_equal(lb_client_follow(hub->client, damaged - 1), LB_OK);
    assert_int_equal(lb_client_next(hub->client, DEADLINE_MS, &event), LB_OK);
    /* no silent gap */
    assert_int_equal(lb_client_next(hub->client, DEADLINE_MS, &event), LB_ERR_CORRUPT);
    assert_int_equal(lb_client_follow(hub->client, damaged + 2), LB_OK);
    assert_int_equal(lb_client_next(hub->client, DEADLINE_MS, &event), LB_OK);
    push_box(hub, 118); /* sent again, it is kept again */
    assert_int_equal(hub->result, LB_RESULT_KEPT);
    assert_fine(ask(hub, LB_ASK_TRACK, "BOX0118"));
}

static void test_a_quarantined_message_that_changed_is_named(void **state)
{
    test_hub *hub = *state;

    stop(hub);
    change_journal(hub, "UPDATE quarantine SET raw = CAST('something else' AS BLOB)");
    start(hub);
    const lb_answer *verdict = ask(hub, LB_ASK_VERIFY, NULL);
    assert_says(verdict->error, "CORRUPT");
    assert_says(verdict->text, "table quarantine, row 1");
}

static void dump(test_hub *hub, char **text)
{
    int64_t until_ms = live_now_ms() + DEADLINE_MS;
    lb_span made = LB_EMPTY;
    lb_arena arena;

    lb_arena_init(&arena, DUMP_BYTES);
    assert_fine(ask(hub, LB_ASK_TRACK, "BOX0000")); /* the view has come so far */
    while (view_dump(file_of(hub, "view.db"), INT64_C(1773400000000000), &arena, &made) != LB_OK) {
        assert_true(live_now_ms() < until_ms);
        assert_fine(ask(hub, LB_ASK_TRACK, "BOX0000")); /* found damaged, and rebuilt */
    }
    *text = strndup(made.at, made.len);
    lb_arena_fini(&arena);
}

static void assert_view_is(test_hub *hub, const char *before)
{
    char *after;

    dump(hub, &after);
    assert_string_equal(before, after);
    assert_fine(ask(hub, LB_ASK_VERIFY, NULL));
    free(after);
}

static void test_a_damaged_view_is_made_again_at_the_start(void **state)
{
    test_hub *hub = *state;
    char *before;

    dump(hub, &before);
    stop(hub);
    spoil(file_of(hub, "view.db"), 1, 0, 1024, 4096);
    start(hub);
    assert_view_is(hub, before);
    stop(hub);
    spoil(file_of(hub, "view.db"), 0, 0, 100, 1 << 20); /* not even the head is left */
    start(hub);
    assert_view_is(hub, before);
    free(before);
}

static void test_a_view_that_is_damaged_under_way_is_made_again(void **state)
{
    test_hub *hub = *state;
    char *before;

    dump(hub, &before);
    stop(hub); /* so that all of it is in the file */
    start(hub);
    assert_fine(ask(hub, LB_ASK_STATUS, NULL));
    spoil(file_of(hub, "view.db"), 1, 0, 1024, 4096);
    assert_view_is(hub, before);
    free(before);
}

/* Replaced by a file that is not a database, so it cannot be opened. */
static void test_a_view_that_is_replaced_under_way_is_made_again(void **state)
{
    test_hub *hub = *state;
    char *before, view[PATH];

    dump(hub, &before);
    snprintf(view, sizeof view, "%s", file_of(hub, "view.db"));
    FILE *file = fopen(scratch_path(&hub->folder, "no-database"), "w");
    assert_non_null(file);
    for (int i = 0; i < 4096; i++)
        fputs("no page ", file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(rename(scratch_path(&hub->folder, "no-database"), view), 0);
    assert_fine(ask(hub, LB_ASK_TRACK, "BOX0000"));
    assert_view_is(hub, before);
    free(before);
}

static void test_damaged_keys_are_made_again_and_no_message_is_kept_twice(void **state)
{
    test_hub *hub = *state;

    stop(hub);
    spoil(file_of(hub, "keys.db"), 0, 0, 200, 4096);
    start(hub);
    for (int i = 0; i < BOXES; i++) {
        push_box(hub, i);
        assert_int_equal(hub->result, LB_RESULT_DUPLICATE);
        assert_int_equal(hub->first_seq, 2 * i + 1);
    }
}

static void copy_file(const char *from, const char *to)
{
    char command[2 * PATH + 16];

    snprintf(command, sizeof command, "cp '%s' '%s'", from, to);
    assert_int_equal(system(command), 0);
}

/* Its rows are in its other pages: all are recovered, under their own numbers. */
static void test_a_journal_without_its_head_is_made_again_from_its_pages(void **state)
{
    test_hub *hub = *state;
    char *before;

    dump(hub, &before);
    stop(hub);
    spoil(file_of(hub, "journal.db"), 0, 0, 100, 1 << 20);
    start(hub);
    assert_view_is(hub, before);
    assert_true(ask(hub, LB_ASK_STATUS, NULL)->status.findings.count > 0);
    for (int i = 0; i < BOXES; i++) {
        push_box(hub, i);
        assert_int_equal(hub->result, LB_RESULT_DUPLICATE);
        assert_int_equal(hub->first_seq, 2 * i + 1);
    }
    push(hub, "", "in no known format");
    assert_int_equal(hub->result, LB_RESULT_REFUSED);
    free(before);
}

/* As after one wrong bit in the head of a record: the bytes and their check are right. */
static void test_a_body_that_is_called_a_text_is_served_and_salvaged(void **state)
{
    test_hub *hub = *state;

    stop(hub);
    change_journal(hub, "UPDATE journal SET body = CAST(body AS TEXT) WHERE block % 2 = 0");
    start(hub);
    assert_fine(ask(hub, LB_ASK_VERIFY, NULL));
    stop(hub);
    spoil(file_of(hub, "journal.db"), 0, 0, 100, 1 << 20);
    start(hub);
    for (int i = 0; i < BOXES; i++) {
        push_box(hub, i);
        assert_int_equal(hub->result, LB_RESULT_DUPLICATE);
        assert_int_equal(hub->first_seq, 2 * i + 1);
    }
    assert_int_equal(ask(hub, LB_ASK_STATUS, NULL)->status.lost.count, 0);
}

static void test_a_database_of_another_kind_is_not_opened_as_a_journal(void **state)
{
    test_hub *hub = *state;
    int status;

    stop(hub);
    copy_file(file_of(hub, "keys.db"), file_of(hub, "journal.db"));
    start(hub);
    waitpid(hub->pid, &status, 0);
    hub->pid = 0;
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

/* -- numbers that are lost -------------------------------------------------------------------------------- */

enum { LATER = 60 };

static void kill_hub(test_hub *hub)
{
    kill(hub->pid, SIGKILL);
    waitpid(hub->pid, NULL, 0);
    hub->pid = 0;
}

/* Sends LATER boxes more and kills the hub. True: the WAL has them all; rows older than 2 s may
 * be in the file itself. */
static bool fill_wal(test_hub *hub)
{
    int64_t began_ms = live_now_ms();

    for (int i = BOXES; i < BOXES + LATER; i++)
        push_box(hub, i);
    int64_t took_ms = live_now_ms() - began_ms;
    kill_hub(hub);
    return took_ms < 1500;
}

/* Replaces the journal by its older file, without a WAL; the newer one is in aside/saved.
 * Returns the last number before the lost ones. */
static int64_t lose_later_boxes(test_hub *hub)
{
    char command[6 * PATH];
    const char *data = hub->data;
    int64_t before = hub->seq;

    stop(hub);
    snprintf(command, sizeof command, "cp '%s/journal.db' '%s/old'", data, data);
    assert_int_equal(system(command), 0);
    start(hub);
    fill_wal(hub);
    snprintf(command, sizeof command,
             "cd '%s' && mkdir -p aside/saved && mv journal.db journal.db-wal aside/saved && "
             "mv old journal.db",
             data);
    assert_int_equal(system(command), 0);
    return before;
}

static void test_an_older_journal_is_reported_and_its_numbers_are_not_given_again(void **state)
{
    test_hub *hub = *state;
    int64_t before = lose_later_boxes(hub), given = hub->seq;

    start(hub);
    const lb_answer *status = ask(hub, LB_ASK_STATUS, NULL);
    assert_found(status, LB_FINDING_JOURNAL_SHORT);
    assert_int_equal(status->status.lost.count, 1);
    const lb_lost *lost = &status->status.lost.at[0];
    assert_int_equal(lost->kind, LB_ENTRY_LOST);
    assert_int_equal(lost->from_seq, before + 1);
    assert_int_equal(lost->known_seq, given);
    assert_int_equal(lost->messages, LATER);
    assert_true(lost->since_us > 0 && lost->found_us > lost->since_us);
    int64_t to_seq = lost->to_seq;
    assert_true(to_seq >= given);
    push_box(hub, BOXES); /* sent again, it is kept under a new number */
    assert_int_equal(hub->result, LB_RESULT_KEPT);
    assert_true(hub->first_seq > to_seq);
    push_box(hub, BOXES - 1);
    assert_int_equal(hub->result, LB_RESULT_DUPLICATE);
    const lb_answer *verdict = ask(hub, LB_ASK_VERIFY, NULL);
    assert_fine(verdict);
    assert_says(verdict->text, "LOST: numbers");
}

static void test_a_view_that_has_seen_more_is_set_aside_and_not_removed(void **state)
{
    test_hub *hub = *state;
    char path[PATH];
    struct stat file;

    int64_t before = lose_later_boxes(hub);
    start(hub);
    const lb_answer *status = ask(hub, LB_ASK_STATUS, NULL);
    assert_found(status, LB_FINDING_VIEW_AHEAD);
    snprintf(path, sizeof path, "%s/%.*s/view.db", hub->data,
             LB_ARG(status->status.lost.at[0].set_aside));
    assert_int_equal(stat(path, &file), 0);
    hub->seq = before; /* the view is rebuilt: the query waits for it */
    assert_says(ask(hub, LB_ASK_TRACK, "BOX0179")->error, "NOT_FOUND");
    assert_fine(ask(hub, LB_ASK_TRACK, "BOX0119"));
}

static void note_lost(void *whose, const lb_stream_record *record)
{
    *(lb_stream_record *)whose = *record;
}

static void test_a_follower_is_informed_of_the_hole_and_goes_on_behind_it(void **state)
{
    test_hub *hub = *state;
    int64_t before = lose_later_boxes(hub), to_seq;
    const lb_event *event;
    lb_stream_record reported = {.kind = LB_ENTRY_UNSPECIFIED};

    start(hub);
    push_box(hub, BOXES + LATER);
    assert_int_equal(lb_client_follow(hub->client, before), LB_OK);
    assert_int_equal(lb_client_next(hub->client, DEADLINE_MS, &event), LB_OK);
    assert_int_equal(event->hub_seq, before);
    assert_int_equal(lb_client_next(hub->client, DEADLINE_MS, &event), LB_ERR_CORRUPT);
    to_seq = lb_client_next_position(hub->client).number - 1;
    assert_int_equal(lb_client_next(hub->client, DEADLINE_MS, &event), LB_OK);
    assert_int_equal(event->hub_seq, to_seq + 1);

    lb_client_on_record(hub->client, note_lost, &reported);
    assert_int_equal(lb_client_follow(hub->client, before + 10), LB_OK); /* from inside the hole */
    assert_int_equal(lb_client_next(hub->client, DEADLINE_MS, &event), LB_OK);
    assert_int_equal(event->hub_seq, to_seq + 1);
    assert_int_equal(reported.kind, LB_ENTRY_LOST);
    assert_int_equal(reported.first_seq, before + 1);
    assert_int_equal(reported.last_seq, to_seq);
}

static void test_every_subscriber_is_informed_of_the_hole_live(void **state)
{
    test_hub *hub = *state;
    char endpoint[PATH + 8], topic[32] = "";
    const int wait_ms = DEADLINE_MS;

    lose_later_boxes(hub);
    start(hub);
    assert_fine(ask(hub, LB_ASK_STATUS, NULL));
    void *zmq = zmq_ctx_new(), *live = zmq_socket(zmq, ZMQ_SUB);
    zmq_setsockopt(live, ZMQ_SUBSCRIBE, "r/", 2);
    zmq_setsockopt(live, ZMQ_RCVTIMEO, &wait_ms, sizeof wait_ms);
    snprintf(endpoint, sizeof endpoint, "ipc://%s/live.sock", hub->data);
    assert_int_equal(zmq_connect(live, endpoint), 0);
    assert_int_equal(zmq_recv(live, topic, sizeof topic, 0), strlen("r/lost/"));
    assert_string_equal(topic, "r/lost/");
    zmq_close(live);
    zmq_ctx_term(zmq);
}

static void test_an_older_copy_of_the_folder_is_noticed_by_its_followers(void **state)
{
    test_hub *hub = *state;
    char command[4 * PATH];
    const lb_event *event;

    stop(hub);
    snprintf(command, sizeof command, "cp -r '%s' '%s.old'", hub->data, hub->data);
    assert_int_equal(system(command), 0);
    start(hub);
    push_box(hub, BOXES);
    int64_t seen = hub->seq;
    stop(hub);
    snprintf(command, sizeof command, "rm -r '%s' && mv '%s.old' '%s'", hub->data, hub->data,
             hub->data);
    assert_int_equal(system(command), 0);
    start(hub);
    hub->seq = 0;
    assert_int_equal(ask(hub, LB_ASK_STATUS, NULL)->status.lost.count, 0); /* no file contains it */
    assert_int_equal(lb_client_follow(hub->client, seen + 1), LB_OK);
    assert_int_equal(lb_client_next(hub->client, DEADLINE_MS, &event), LB_ERR_CORRUPT);
    assert_true(ask(hub, LB_ASK_STATUS, NULL)->status.follower_ahead);
}

/* A later salvage: when two of them recover the same message, the second gets the number of the
 * first. */
static void test_what_was_set_aside_is_kept_again_under_numbers_that_are_reported(void **state)
{
    test_hub *hub = *state;
    int64_t before = lose_later_boxes(hub), given = hub->seq, regained = 0;

    start(hub);
    push_box(hub, BOXES + 7);
    assert_int_equal(hub->result, LB_RESULT_KEPT);
    int64_t again = hub->first_seq;
    lb_query query;
    const lb_answer *answer;
    lb_query_init(&query, LB_ASK_SALVAGE);
    query.salvage.folder = LB_SPAN("aside/saved");
    assert_int_equal(lb_client_ask(hub->client, &query, DEADLINE_MS, &answer), LB_OK);
    assert_fine(answer);
    assert_says(answer->text, "59 messages are kept again, 1 were known already, 0 cannot");
    const lb_lost *lost = &ask(hub, LB_ASK_STATUS, NULL)->status.lost.at[0];
    assert_int_equal(lost->from_seq, before + 1);
    for (size_t i = 0; i < lost->regained.count; i++) {
        const lb_regained *one = &lost->regained.at[i];
        assert_true(one->lost_seq > before && one->lost_seq <= given && one->seq > lost->to_seq);
        if (one->lost_seq == before + 1 + 2 * 7)
            assert_int_equal(one->seq, again);
        regained += one->events;
    }
    assert_int_equal(regained, given - before);
    for (int i = BOXES; i < BOXES + LATER; i++) {
        push_box(hub, i);
        assert_int_equal(hub->result, LB_RESULT_DUPLICATE);
    }
    assert_fine(ask(hub, LB_ASK_VERIFY, NULL));
}

/* The newest number of the view that was set aside. */
static int64_t seen_by_view(const test_hub *hub, const lb_answer *status)
{
    char path[2 * PATH];
    int64_t seq = LB_UNKNOWN;

    snprintf(path, sizeof path, "%s/%.*s/view.db", hub->data,
             LB_ARG(status->status.lost.at[0].set_aside));
    assert_int_equal(lb_view_look(path, &seq), LB_OK);
    return seq;
}

static void assert_is_fact(lb_span line, int64_t seq, int64_t first_later)
{
    char number[40], box[16];

    snprintf(number, sizeof number, "\"hub_seq\":%lld", (long long)seq);
    snprintf(box, sizeof box, "BOX%04lld", (long long)(BOXES + (seq - first_later) / 2));
    assert_true(line.len > 2 && line.at[0] == '{' && line.at[line.len - 1] == '}');
    assert_says(line, number);
    assert_says(line, box);
    assert_says(line, (seq - first_later) % 2 == 0 ? "GTIN" : "LOAD");
}

/* Their messages are lost with the journal: the facts are printed for the operator, and nothing
 * is kept automatically. */
static void test_facts_of_a_view_that_was_set_aside_are_printed_each_once(void **state)
{
    test_hub *hub = *state;
    int64_t before = lose_later_boxes(hub), seq = before;
    char path[PATH];
    lb_query query;
    const lb_answer *answer;

    start(hub);
    const lb_answer *status = ask(hub, LB_ASK_STATUS, NULL);
    int64_t seen = seen_by_view(hub, status);
    assert_true(seen > before);
    snprintf(path, sizeof path, "%.*s", LB_ARG(status->status.lost.at[0].set_aside));
    lb_query_init(&query, LB_ASK_SALVAGE);
    query.salvage.folder = lb_span_of(path);
    assert_int_equal(lb_client_ask(hub->client, &query, DEADLINE_MS, &answer), LB_OK);
    assert_fine(answer);
    assert_says(answer->text, "0 messages are kept again, 0 were known already");
    for (lb_span rest = answer->salvage.facts; rest.len > 0;) {
        const char *end = memchr(rest.at, '\n', rest.len);
        assert_non_null(end);
        lb_span line = {rest.at, (size_t)(end - rest.at)};
        assert_is_fact(line, ++seq, before + 1);
        rest = (lb_span){end + 1, rest.len - line.len - 1};
    }
    assert_int_equal(seq, seen);
}

/* The reported case: many acknowledged turns, one wrong bit. */
static void test_one_wrong_bit_of_the_wal_costs_no_acknowledged_message(void **state)
{
    test_hub *hub = *state;
    struct stat file;

    bool is_in_wal = fill_wal(hub);
    int64_t given = hub->seq;
    assert_int_equal(stat(file_of(hub, "journal.db-wal"), &file), 0);
    flip(file_of(hub, "journal.db-wal"), file.st_size / 3, 5);
    start(hub);
    for (int i = 0; i < BOXES + LATER; i++) {
        push_box(hub, i);
        assert_int_equal(hub->result, LB_RESULT_DUPLICATE);
        assert_int_equal(hub->first_seq, 2 * i + 1);
    }
    if (is_in_wal)
        assert_found(ask(hub, LB_ASK_STATUS, NULL), LB_FINDING_JOURNAL_SHORT);
    push_box(hub, BOXES + LATER);
    assert_true(hub->first_seq > given);
    assert_fine(ask(hub, LB_ASK_VERIFY, NULL));
}

static void test_without_the_mark_the_hub_starts_and_reports_it(void **state)
{
    test_hub *hub = *state;
    fill_wal(hub);
    int64_t given = hub->seq;

    remove(file_of(hub, "head.mark"));
    start(hub);
    push_box(hub, BOXES + LATER);
    assert_int_equal(hub->first_seq, given + 1);
    assert_found(ask(hub, LB_ASK_STATUS, NULL), LB_FINDING_MARK_MISSING);
}

/* -- copies ------------------------------------------------------------------------------------------------ */

static void use(test_hub *hub, const char *data)
{
    snprintf(hub->data, sizeof hub->data, "%s", data);
    lb_client_close(&hub->client);
    assert_int_equal(lb_client_open(&hub->client, hub->data), LB_OK);
    lb_client_source(hub->client, "carrier");
    lb_client_on_receipt(hub->client, on_receipt, hub);
}

static void restore(test_hub *hub, const char *backup, const char *data, int64_t until_seq,
                    int64_t seq)
{
    char why[LB_BACKUP_WHY];
    lb_journal_head head = {0};

    lb_err err = lb_backup_restore(&lb_journal_sqlite, backup, data, until_seq, &head, why);
    if (err != LB_OK)
        fail_msg("%s: %s", lb_err_name(err), why);
    assert_int_equal(head.seq, seq);
    hub->seq = head.seq;
}

/* A backup is made while a carrier goes on sending; the restored hub has everything that was
 * receipted before it began. */
static void test_a_backup_under_load_is_a_whole_hub(void **state)
{
    test_hub *hub = *state;
    char backup[PATH], data[PATH], why[LB_BACKUP_WHY];
    lb_journal_head head = {0};
    lb_client *other;
    uint64_t ticket;

    snprintf(backup, sizeof backup, "%s", scratch_path(&hub->folder, "backup"));
    snprintf(data, sizeof data, "%s", scratch_path(&hub->folder, "restored"));
    assert_int_equal(lb_client_open(&other, hub->data), LB_OK);
    for (int i = 0; i < 2000; i++) { /* on their way while it is copied */
        char text[256];
        int len = snprintf(text, sizeof text,
                           "{\"magic\":\"landbridge.report\",\"events\":[{\"type\":\"GTOT\","
                           "\"classifier\":\"ACTUAL\","
                           "\"occurred\":{\"utc_us\":%d},\"objects\":[{\"id\":\"BOX%04d\"}]}]}",
                           i, i);
        lb_client_max_outstanding(other, 3000);
        assert_int_equal(lb_client_push(other, LB_EMPTY, LB_EMPTY, (lb_span){text, (size_t)len},
                                        DEADLINE_MS, &ticket),
                         LB_OK);
    }
    int64_t receipted = hub->seq;
    assert_fine(ask(hub, LB_ASK_BACKUP, backup));
    assert_says(ask(hub, LB_ASK_BACKUP, backup)->text, "exists already");
    assert_int_equal(lb_client_flush(other, DEADLINE_MS), LB_OK);
    lb_client_close(&other);
    stop(hub);
    assert_int_equal(lb_backup_restore(&lb_journal_sqlite, backup, data, LB_UNKNOWN, &head, why),
                     LB_OK);
    assert_true(head.seq >= receipted);
    /* never overwritten */
    assert_int_not_equal(
        lb_backup_restore(&lb_journal_sqlite, backup, data, LB_UNKNOWN, &head, why), LB_OK);
    use(hub, data);
    start(hub);
    assert_fine(ask(hub, LB_ASK_VERIFY, NULL));
    push_box(hub, 7);
    assert_int_equal(hub->result, LB_RESULT_DUPLICATE);
}

static void test_a_hub_as_it_was_at_any_number(void **state)
{
    static const int64_t moments[] = {0, 1, 2, 101, 102, 2 * BOXES - 1, 2 * BOXES};
    test_hub *hub = *state;
    char backup[PATH], data[PATH], reference[32];

    snprintf(backup, sizeof backup, "%s", scratch_path(&hub->folder, "backup"));
    assert_fine(ask(hub, LB_ASK_BACKUP, backup));
    stop(hub);
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        int64_t seq = moments[i] / 2 * 2; /* a message has two events: whole, or not at all */
        snprintf(data, sizeof data, "%s/as-of-%zu", hub->folder.folder, i);
        restore(hub, backup, data, moments[i], seq);
        use(hub, data);
        start(hub);
        assert_fine(ask(hub, LB_ASK_VERIFY, NULL));
        for (int box = 0; box < BOXES; box += 17) {
            snprintf(reference, sizeof reference, "BOX%04d", box);
            bool is_there = ask(hub, LB_ASK_TRACK, reference)->error.len == 0;
            assert_int_equal(is_there, 2 * box + 2 <= seq);
        }
        if (seq <
            2 * BOXES) { /* what was forgotten may be sent again, and gets the number it had */
            push_box(hub, (int)seq / 2);
            assert_int_equal(hub->result, LB_RESULT_KEPT);
            assert_int_equal(hub->first_seq, seq + 1);
        }
        stop(hub);
    }
}

static void test_a_damaged_hub_gives_no_backup(void **state)
{
    test_hub *hub = *state;
    char backup[PATH];

    snprintf(backup, sizeof backup, "%s", scratch_path(&hub->folder, "backup"));
    stop(hub);
    change_journal(hub, "UPDATE journal SET body = zeroblob(length(body)) WHERE block = 60");
    start(hub);
    const lb_answer *answer = ask(hub, LB_ASK_BACKUP, backup);
    assert_says(answer->text, "row 60 is damaged");
    assert_int_not_equal(access(backup, F_OK), 0);
}

int main(void)
{
#define WITH_HUB(test) cmocka_unit_test_setup_teardown(test, set_up_filled, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_HUB(test_a_flipped_bit_of_the_journal_is_found_or_changes_nothing),
        WITH_HUB(test_a_damaged_block_is_named_and_the_rest_is_served),
        WITH_HUB(test_a_quarantined_message_that_changed_is_named),
        WITH_HUB(test_a_damaged_view_is_made_again_at_the_start),
        WITH_HUB(test_a_view_that_is_damaged_under_way_is_made_again),
        WITH_HUB(test_a_view_that_is_replaced_under_way_is_made_again),
        WITH_HUB(test_damaged_keys_are_made_again_and_no_message_is_kept_twice),
        WITH_HUB(test_a_journal_without_its_head_is_made_again_from_its_pages),
        WITH_HUB(test_a_body_that_is_called_a_text_is_served_and_salvaged),
        WITH_HUB(test_a_database_of_another_kind_is_not_opened_as_a_journal),
        WITH_HUB(test_an_older_journal_is_reported_and_its_numbers_are_not_given_again),
        WITH_HUB(test_a_view_that_has_seen_more_is_set_aside_and_not_removed),
        WITH_HUB(test_a_follower_is_informed_of_the_hole_and_goes_on_behind_it),
        WITH_HUB(test_every_subscriber_is_informed_of_the_hole_live),
        WITH_HUB(test_an_older_copy_of_the_folder_is_noticed_by_its_followers),
        WITH_HUB(test_what_was_set_aside_is_kept_again_under_numbers_that_are_reported),
        WITH_HUB(test_facts_of_a_view_that_was_set_aside_are_printed_each_once),
        WITH_HUB(test_one_wrong_bit_of_the_wal_costs_no_acknowledged_message),
        WITH_HUB(test_without_the_mark_the_hub_starts_and_reports_it),
        WITH_HUB(test_a_backup_under_load_is_a_whole_hub),
        WITH_HUB(test_a_hub_as_it_was_at_any_number),
        WITH_HUB(test_a_damaged_hub_gives_no_backup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
