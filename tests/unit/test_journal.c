/* test_journal.c - appended turns can be read from any number on, and damage is detected. */
#include "keep/journal.h"
#include "keep/journal_sqlite.h"
#include "keep/journal_pack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "record.h"
#include "scratch.h"
#include "turns.h"

typedef struct test_bench {
    lb_scratch folder;
    lb_store *store; /* the journal's */
    lb_journal *journal;
    lb_journal_reader *reader;
    lb_batch batch;
    lb_damage damage; /* the last report */
    int damages;
} test_bench;

static void open_bench(test_bench *bench)
{
    const char *path = scratch_path(&bench->folder, "journal.db");

    assert_int_equal(lb_journal_open(&bench->journal, LB_JOURNAL_FILE(path)), LB_OK);
    bench->store = lb_journal_sqlite_store(lb_journal_writer_of(bench->journal)->of);
    assert_int_equal(lb_journal_reader_open(&bench->reader, LB_JOURNAL_FILE(path)), LB_OK);
}

static void close_bench(test_bench *bench)
{
    lb_journal_reader_close(&bench->reader);
    lb_journal_close(&bench->journal);
}

static int set_up(void **state)
{
    static test_bench made;

    scratch_make(&made.folder);
    assert_int_equal(lb_batch_init(&made.batch, 4096), LB_OK);
    open_bench(&made);
    *state = &made;
    return 0;
}

static int tear_down(void **state)
{
    test_bench *bench = *state;

    close_bench(bench);
    lb_batch_fini(&bench->batch);
    scratch_remove(&bench->folder);
    return 0;
}

/* One turn: `messages` messages of `events` events each; in the append, and not written. */
static lb_err lay_out(test_bench *bench, lb_append *append, const char *prefix, size_t messages,
                      size_t events)
{
    lb_batch_reset(&bench->batch);
    turn_frame(&bench->batch, "carrier", prefix, messages);
    for (size_t i = 0; i < messages; i++)
        turn_read(&bench->batch, &bench->batch.items[i], events);
    lb_journal_begin(bench->journal, append);
    return lb_journal_add(bench->journal, &bench->batch, 1000, append);
}

static void keep(test_bench *bench, const char *prefix, size_t messages, size_t events)
{
    lb_append append;

    assert_int_equal(lay_out(bench, &append, prefix, messages, events), LB_OK);
    assert_int_equal(lb_journal_append(bench->journal, &append), LB_OK);
}

static void note_damage(void *whose, const lb_damage *damage)
{
    test_bench *bench = whose;

    bench->damage = *damage;
    bench->damages++;
}

static lb_err verify(test_bench *bench, lb_journal_head *head)
{
    bench->damages = 0;
    return lb_journal_verify(bench->reader, note_damage, bench, head);
}

static void test_numbers_run_from_one_without_gap(void **state)
{
    test_bench *bench = *state;

    keep(bench, "a", 3, 2);
    assert_int_equal(bench->batch.items[0].first_seq, 1);
    assert_int_equal(bench->batch.items[2].first_seq, 5);
    keep(bench, "b", 1, 1);
    assert_int_equal(bench->batch.items[0].first_seq, 7);
    lb_journal_head head = lb_journal_tell(bench->journal);
    assert_int_equal(head.seq, 7);
    assert_int_equal(head.block, 2);
    assert_int_equal(head.messages, 4);
}

static void test_a_packed_message_has_a_row_of_its_own_behind_its_turn(void **state)
{
    test_bench *bench = *state;
    lb_journal_packer *packer;
    lb_append append;
    lb_journal_head head;
    const lb_page *page;
    lb_raw_block raw;

    keep(bench, "before", 1, 1);
    assert_int_equal(lb_journal_packer_open(&packer), LB_OK);
    lb_batch_reset(&bench->batch);
    lb_frame *frame = turn_frame(&bench->batch, "carrier", "turn", 3);
    lb_item *items = bench->batch.items;
    for (size_t i = 0; i < 3; i++)
        turn_read(&bench->batch, &items[i], i + 1);
    assert_int_equal(lb_journal_pack_item(packer, frame, &items[1], &bench->batch.arena), LB_OK);
    lb_journal_begin(bench->journal, &append);
    assert_int_equal(lb_journal_add(bench->journal, &bench->batch, 2000, &append), LB_OK);
    assert_int_equal(lb_journal_append(bench->journal, &append), LB_OK);
    assert_int_equal(items[0].first_seq, 2);
    assert_int_equal(items[2].first_seq, 3);
    assert_int_equal(items[1].first_seq, 6);
    assert_int_equal(verify(bench, &head), LB_OK);
    assert_int_equal(head.seq, 7);
    assert_int_equal(head.block, 3);
    assert_int_equal(head.messages, 4);
    assert_int_equal(lb_journal_read_seq(bench->reader, 6, &page), LB_OK);
    assert_int_equal(page->block, 3);
    assert_int_equal(page->recorded_us, 2000);
    assert_int_equal(page->body.entries.count, 1);
    assert_int_equal(page->body.entries.at[0].events.count, 2);
    assert_memory_equal(page->body.entries.at[0].token.at, items[1].token, LB_TOKEN_BYTES);
    assert_true(lb_span_is(page->body.entries.at[0].source, "carrier"));
    assert_int_equal(lb_journal_read_raw(bench->reader, page->block, &raw), LB_OK);
    assert_int_equal(raw.bodies.count, 1);
    assert_true(lb_span_is(raw.bodies.at[0], "turn-1"));
    lb_journal_packer_close(&packer);
}

static void test_a_message_without_events_is_kept_too(void **state)
{
    test_bench *bench = *state;
    const lb_page *page;

    keep(bench, "quiet", 2, 0);
    assert_true(bench->batch.items[0].first_seq == LB_UNKNOWN);
    keep(bench, "loud", 1, 1);
    assert_int_equal(lb_journal_read_block(bench->reader, 1, &page), LB_OK);
    assert_int_equal(page->last_seq, page->first_seq - 1);
    assert_int_equal(page->body.entries.count, 2);
    assert_int_equal(lb_journal_read_seq(bench->reader, 1, &page), LB_OK);
    assert_int_equal(page->block, 2);
}

static void test_a_turn_that_failed_leaves_no_gap(void **state)
{
    test_bench *bench = *state;
    lb_append append;

    keep(bench, "a", 1, 5);
    assert_int_equal(lay_out(bench, &append, "lost", 9, 9), LB_OK);
    append.rows.at[0].row.block = 1; /* that one is there already */
    assert_int_not_equal(lb_journal_append(bench->journal, &append), LB_OK);
    keep(bench, "b", 1, 1);
    assert_int_equal(bench->batch.items[0].first_seq, 6);
    lb_journal_head head;
    assert_int_equal(verify(bench, &head), LB_OK);
    assert_int_equal(head.seq, 6);
    assert_int_equal(head.messages, 2);
}

static void test_a_second_writer_is_fenced(void **state)
{
    test_bench *bench = *state;
    lb_journal *other;
    lb_append append;
    lb_journal_head head;

    keep(bench, "a", 2, 1);
    assert_int_equal(
        lb_journal_open(&other, LB_JOURNAL_FILE(scratch_path(&bench->folder, "journal.db"))),
        LB_OK);
    keep(bench, "b", 1, 1);
    turn_frame(&bench->batch, "carrier", "late", 1);
    turn_read(&bench->batch, &bench->batch.items[1], 3);
    lb_journal_begin(other, &append);
    assert_int_equal(lb_journal_add(other, &bench->batch, 2000, &append), LB_OK);
    assert_int_equal(lb_journal_append(other, &append), LB_ERR_FENCED);
    assert_int_equal(lb_journal_tell(other).seq, 2);
    lb_journal_close(&other);
    assert_int_equal(verify(bench, &head), LB_OK);
    assert_int_equal(head.seq, 3);
    keep(bench, "c", 1, 1);
    assert_int_equal(bench->batch.items[0].first_seq, 4);
}

static void test_every_number_is_found(void **state)
{
    test_bench *bench = *state;
    const lb_page *page;

    for (size_t i = 0; i < 40; i++)
        keep(bench, "m", 1 + i % 3, i % 4); /* some without events */
    int64_t head = lb_journal_tell(bench->journal).seq;
    for (int64_t seq = head; seq >= 1; seq--) {
        assert_int_equal(lb_journal_read_seq(bench->reader, seq, &page), LB_OK);
        assert_true(page->first_seq <= seq && seq <= page->last_seq);
    }
    int64_t next = 1;
    while (lb_journal_read_seq(bench->reader, next, &page) == LB_OK) {
        assert_int_equal(page->first_seq, next);
        next = page->last_seq + 1;
    }
    assert_int_equal(next, head + 1);
    assert_int_equal(lb_journal_read_seq(bench->reader, head + 1, &page), LB_ERR_NOT_FOUND);
    keep(bench, "late", 1, 1);
    assert_int_equal(lb_journal_read_seq(bench->reader, head + 1, &page), LB_OK);
}

static void test_a_turn_is_read_back_unchanged(void **state)
{
    test_bench *bench = *state;
    const lb_page *page;
    lb_raw_block raw;
    lb_event event;
    lb_arena arena;

    keep(bench, "train", 2, 1);
    assert_int_equal(lb_journal_read_seq(bench->reader, 2, &page), LB_OK);
    const lb_entry *entry = &page->body.entries.at[1];
    assert_true(lb_span_is(entry->source, "carrier"));
    assert_true(lb_span_is(entry->adapter, "hub.made"));
    assert_int_equal(entry->token.len, LB_TOKEN_BYTES);
    lb_arena_init(&arena, 1 << 20);
    assert_int_equal(lb_record_unpack(&lb_record_event, entry->events.at[0], &arena, &event),
                     LB_OK);
    assert_int_equal(event.type, LB_EVENT_DEPA);
    assert_true(lb_span_is(event.remark, "train-1"));
    lb_arena_fini(&arena);
    assert_int_equal(lb_journal_read_raw(bench->reader, page->block, &raw), LB_OK);
    assert_int_equal(raw.bodies.count, 2);
    assert_true(lb_span_is(raw.bodies.at[1], "train-1"));
}

static void test_a_damaged_row_is_detected_and_reported(void **state)
{
    test_bench *bench = *state;
    const lb_page *page;
    lb_journal_head head;

    keep(bench, "a", 2, 2);
    keep(bench, "b", 2, 2);
    keep(bench, "c", 2, 2);
    assert_int_equal(lb_store_run(bench->store, "UPDATE journal SET recorded_us = recorded_us + 1"
                                                " WHERE block = 2"),
                     LB_OK);
    assert_int_equal(lb_journal_read_block(bench->reader, 1, &page), LB_OK);
    assert_int_equal(lb_journal_read_block(bench->reader, 2, &page), LB_ERR_CORRUPT);
    assert_int_equal(lb_journal_read_block(bench->reader, 3, &page), LB_OK);
    assert_int_equal(lb_journal_read_past(bench->reader, 2, &page), LB_OK);
    assert_int_equal(page->block, 3);
    assert_int_equal(verify(bench, &head), LB_ERR_CORRUPT);
    assert_int_equal(bench->damages, 1);
    assert_string_equal(bench->damage.table, "journal");
    assert_int_equal(bench->damage.row, 2);
    assert_int_equal(bench->damage.first_seq, 5);
    assert_int_equal(bench->damage.last_seq, 8);
    assert_int_equal(head.seq, 12); /* the rows behind it were checked too */
}

static void test_a_missing_row_is_detected(void **state)
{
    test_bench *bench = *state;
    lb_journal_head head;

    keep(bench, "a", 1, 1);
    keep(bench, "b", 1, 1);
    keep(bench, "c", 1, 1);
    assert_int_equal(lb_store_run(bench->store, "DELETE FROM journal WHERE block = 2"), LB_OK);
    assert_int_equal(verify(bench, &head), LB_ERR_CORRUPT);
    assert_int_equal(bench->damage.row, 2);
}

/* The journal cut at every moment: complete messages stay, every message that stays is complete,
 * and writing continues from there. */
static void test_a_truncated_journal_ends_there_and_can_be_appended_to(void **state)
{
    enum { TURNS = 3, MESSAGES = 3, EVENTS = 2, ALL = TURNS * MESSAGES * EVENTS };

    for (int64_t until = 0; until <= ALL; until++) {
        test_bench *bench;
        lb_journal_head head;
        const lb_page *page;
        lb_raw_block raw;
        lb_append append;
        lb_arena arena;
        tear_down(state);
        set_up(state);
        bench = *state;
        for (int turn = 0; turn < TURNS; turn++)
            keep(bench, turn == 0 ? "a" : turn == 1 ? "b" : "c", MESSAGES, EVENTS);
        if (until < ALL) {
            lb_arena_init(&arena, 1024 * 1024);
            assert_int_equal(lb_journal_read_seq(bench->reader, until + 1, &page), LB_OK);
            assert_int_equal(lb_journal_read_raw(bench->reader, page->block, &raw), LB_OK);
            lb_journal_begin(bench->journal, &append);
            assert_int_equal(lb_journal_add_cut(bench->journal, page, &raw, until, &arena, &append),
                             LB_OK);
            assert_int_equal(lb_journal_append(bench->journal, &append), LB_OK);
            lb_arena_fini(&arena);
        }
        keep(bench, "new", 1, 1);
        assert_int_equal(bench->batch.items[0].first_seq, until / EVENTS * EVENTS + 1);
        lb_journal_reader_close(&bench->reader);
        assert_int_equal(lb_journal_reader_open(&bench->reader, LB_JOURNAL_FILE(scratch_path(
                                                                    &bench->folder, "journal.db"))),
                         LB_OK);
        assert_int_equal(verify(bench, &head), LB_OK);
        assert_int_equal(head.seq, until / EVENTS * EVENTS + 1);
        assert_int_equal(head.messages, until / EVENTS + 1);
    }
}

static void test_a_reopened_journal_continues_its_numbers(void **state)
{
    test_bench *bench = *state;

    keep(bench, "a", 2, 3);
    close_bench(bench);
    open_bench(bench);
    assert_int_equal(lb_journal_tell(bench->journal).seq, 6);
    keep(bench, "b", 1, 1);
    assert_int_equal(bench->batch.items[0].first_seq, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_numbers_run_from_one_without_gap, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_packed_message_has_a_row_of_its_own_behind_its_turn,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_message_without_events_is_kept_too, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_turn_that_failed_leaves_no_gap, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_second_writer_is_fenced, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_every_number_is_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_turn_is_read_back_unchanged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_damaged_row_is_detected_and_reported, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_missing_row_is_detected, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_truncated_journal_ends_there_and_can_be_appended_to,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_reopened_journal_continues_its_numbers, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
