/* test_records.c - records (numbers of the journal that are not events) reach every follower, live and by replay. */
#include "parties.h"

#include "keep/journal.h"
#include "keep/journal_sqlite.h"

enum { RECORDS = 8 };

typedef struct heard { /* of one follower */
    lb_entry_kind kinds[RECORDS];
    int64_t numbers[RECORDS];
    int64_t epochs[RECORDS];
    size_t bytes, count;
} heard;

static void note(void *whose, const lb_stream_record *record)
{
    heard *all = whose;

    if (all->count == RECORDS)
        return;
    all->kinds[all->count] = record->kind;
    all->epochs[all->count] = record->hub_epoch;
    all->numbers[all->count++] = record->first_seq;
    all->bytes += record->body.len;
}

/* Writes a TICK as a second hub on this journal would; that fences the running one. */
static int64_t note_tick(const test_hub *hub)
{
    char path[SCRATCH_PATH_ROOM + 16];
    lb_journal *journal;
    lb_append append;
    lb_arena arena;

    snprintf(path, sizeof path, "%s/journal.db", hub->data);
    lb_arena_init(&arena, 1024 * 1024);
    assert_int_equal(lb_journal_open(&journal, LB_JOURNAL_FILE(path)), LB_OK);
    lb_journal_begin(journal, &append);
    assert_int_equal(
        lb_journal_add_record(journal, LB_ENTRY_TICK, LB_SPAN("tick"), 1000, &arena, &append),
        LB_OK);
    assert_int_equal(lb_journal_append(journal, &append), LB_OK);
    int64_t seq = lb_journal_tell(journal).seq;
    lb_journal_close(&journal);
    lb_arena_fini(&arena);
    return seq;
}

static int64_t next_of(lb_client *client, int timeout_ms)
{
    const lb_event *event;

    return lb_client_next(client, timeout_ms, &event) == LB_OK ? event->hub_seq : 0;
}

static void test_a_record_is_sent_live_to_every_subscriber(void **state)
{
    test_hub *hub = *state;
    lb_client *followers[] = {hub->who[CHIEF].client, hub->who[BENCH].client};
    heard all[2] = {{.count = 0}};

    int64_t event = say_arrival(hub, 1);
    for (size_t i = 0; i < 2; i++) {
        lb_client_on_record(followers[i], note, &all[i]);
        assert_int_equal(lb_client_follow(followers[i], event), LB_OK);
        assert_int_equal(next_of(followers[i], DEADLINE_MS), event);
        assert_int_equal(next_of(followers[i], NEVER_MS), 0); /* it is at the live end now */
    }
    assert_int_equal(note_tick(hub), event + 1);
    for (size_t i = 0; i < 2; i++) {
        for (int64_t until_ms = live_now_ms() + DEADLINE_MS;
             all[i].count == 0 && live_now_ms() < until_ms;)
            assert_int_equal(next_of(followers[i], NEVER_MS), 0);
        assert_int_equal(all[i].count, 1);
        assert_int_equal(all[i].kinds[0], LB_ENTRY_TICK);
        assert_int_equal(all[i].numbers[0], event + 1);
        assert_int_equal(all[i].bytes, strlen("tick"));
        assert_int_equal(all[i].epochs[0], lb_client_next_position(followers[i]).epoch);
        assert_int_equal(lb_client_next_position(followers[i]).number, event + 2);
    }
}

static void test_a_record_is_replayed_at_its_number(void **state)
{
    test_hub *hub = *state;
    lb_client *followers[] = {hub->who[CHIEF].client, hub->who[BENCH].client};
    heard all[2] = {{.count = 0}};

    int64_t event = say_arrival(hub, 1);
    note_tick(hub);
    note_tick(hub);
    for (size_t i = 0; i < 2; i++) {
        lb_client_on_record(followers[i], note, &all[i]);
        assert_int_equal(lb_client_follow(followers[i], event), LB_OK);
        assert_int_equal(next_of(followers[i], DEADLINE_MS), event);
        assert_int_equal(all[i].count, 0);
        assert_int_equal(next_of(followers[i], NEVER_MS), 0);
        assert_int_equal(all[i].count, 2);
        assert_int_equal(all[i].numbers[1], event + 2);
        assert_int_equal(all[i].epochs[1], lb_client_next_position(followers[i]).epoch);
        assert_int_equal(lb_client_next_position(followers[i]).number, event + 3);
    }
}

static bool is_fenced(test_hub *hub)
{
    lb_query query;

    lb_query_init(&query, LB_ASK_STATUS);
    return ask_as(hub->who[AUDITOR].client, &query)->status.fenced;
}

enum { STATUS_ROOM = 4096 };

/* As an operator sees it. */
static const char *read_status(const test_hub *hub, char text[STATUS_ROOM])
{
    char line[SCRATCH_PATH_ROOM + 64];

    snprintf(line, sizeof line, LB_BIN_DIR "/landbridge admin status --at %s", hub->data);
    FILE *pipe = popen(line, "r");
    assert_non_null(pipe);
    text[fread(text, 1, STATUS_ROOM - 1, pipe)] = '\0';
    assert_int_equal(pclose(pipe), 0);
    return text;
}

static void test_a_fenced_hub_keeps_nothing_and_reports_it(void **state)
{
    enum { SOON_MS = 500 };
    test_hub *hub = *state;
    uint64_t ticket;
    char text[STATUS_ROOM];

    say_arrival(hub, 1);
    note_tick(hub);
    assert_false(is_fenced(hub)); /* it has not written since */
    assert_null(strstr(read_status(hub, text), "FENCED"));
    assert_int_equal(lb_client_push(hub->local, LB_EMPTY, LB_EMPTY,
                                    LB_SPAN("FSU/14\r\n" OWN "PVGURC/T24K812.5\r\n"
                                            "RCF/CZ5417/12MAR1030/URC/T24K812.5\r\n"),
                                    DEADLINE_MS, &ticket),
                     LB_OK);
    assert_int_equal(lb_client_flush(hub->local, SOON_MS), LB_ERR_TIMEOUT);
    assert_int_equal(lb_client_outstanding(hub->local), 1);
    assert_true(is_fenced(hub));
    assert_non_null(strstr(read_status(hub, text), "\nFENCED: another hub"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_HUB(test_a_record_is_sent_live_to_every_subscriber),
        WITH_HUB(test_a_record_is_replayed_at_its_number),
        WITH_HUB(test_a_fenced_hub_keeps_nothing_and_reports_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
