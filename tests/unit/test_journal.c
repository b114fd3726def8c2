/* test_journal.c - what was appended can be read from any number on, and damage is seen. */
#include "keep/journal.h"
#include "keep/journal_pack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "record.h"
#include "scratch.h"
#include "turns.h"

typedef struct test_desk {
    lb_scratch folder;
    lb_store *store;
    lb_journal *journal;
    lb_journal_reader *reader;
    lb_batch batch;
    lb_damage damage; /* the last that was told */
    int damages;
} test_desk;

static void open_desk(test_desk *desk)
{
    const char *path = scratch_path(&desk->folder, "journal.db");

    assert_int_equal(lb_store_open(&desk->store, path, LB_STORE_JOURNAL, LB_STORE_WRITE), LB_OK);
    assert_int_equal(lb_journal_open(&desk->journal, desk->store), LB_OK);
    assert_int_equal(lb_journal_reader_open(&desk->reader, path), LB_OK);
}

static void close_desk(test_desk *desk)
{
    lb_journal_reader_close(&desk->reader);
    lb_journal_close(&desk->journal);
    lb_store_close(&desk->store);
}

static int set_up(void **state)
{
    static test_desk made;

    scratch_make(&made.folder);
    assert_int_equal(lb_batch_init(&made.batch, 4096), LB_OK);
    open_desk(&made);
    *state = &made;
    return 0;
}

static int tear_down(void **state)
{
    test_desk *desk = *state;

    close_desk(desk);
    lb_batch_fini(&desk->batch);
    scratch_remove(&desk->folder);
    return 0;
}

/* One turn: `messages` messages of `events` events each. */
static lb_err append(test_desk *desk, const char *prefix, size_t messages, size_t events)
{
    lb_batch_reset(&desk->batch);
    turn_frame(&desk->batch, "carrier", prefix, messages);
    for (size_t i = 0; i < messages; i++)
        turn_read(&desk->batch, &desk->batch.items[i], events);
    return lb_journal_append(desk->journal, &desk->batch, 1000);
}

static void keep(test_desk *desk, const char *prefix, size_t messages, size_t events)
{
    assert_int_equal(lb_store_begin(desk->store), LB_OK);
    assert_int_equal(append(desk, prefix, messages, events), LB_OK);
    assert_int_equal(lb_store_commit(desk->store), LB_OK);
    lb_journal_settle(desk->journal, true);
}

static void note_damage(void *whose, const lb_damage *damage)
{
    test_desk *desk = whose;

    desk->damage = *damage;
    desk->damages++;
}

static lb_err verify(test_desk *desk, lb_journal_head *head)
{
    desk->damages = 0;
    return lb_journal_verify(desk->reader, note_damage, desk, head);
}

static void test_numbers_run_from_one_without_gap(void **state)
{
    test_desk *desk = *state;

    keep(desk, "a", 3, 2);
    assert_int_equal(desk->batch.items[0].first_seq, 1);
    assert_int_equal(desk->batch.items[2].first_seq, 5);
    keep(desk, "b", 1, 1);
    assert_int_equal(desk->batch.items[0].first_seq, 7);
    lb_journal_head head = lb_journal_tell(desk->journal);
    assert_int_equal(head.seq, 7);
    assert_int_equal(head.block, 2);
    assert_int_equal(head.messages, 4);
}

static void test_a_packed_message_has_a_row_of_its_own_behind_its_turn(void **state)
{
    test_desk *desk = *state;
    lb_journal_packer *packer;
    lb_journal_head head;
    const lb_page *page;
    lb_raw_block raw;

    keep(desk, "before", 1, 1);
    assert_int_equal(lb_journal_packer_open(&packer), LB_OK);
    lb_batch_reset(&desk->batch);
    lb_frame *frame = turn_frame(&desk->batch, "carrier", "turn", 3);
    lb_item *items = desk->batch.items;
    for (size_t i = 0; i < 3; i++)
        turn_read(&desk->batch, &items[i], i + 1);
    assert_int_equal(lb_journal_pack_item(packer, frame, &items[1], &desk->batch.arena), LB_OK);
    assert_int_equal(lb_store_begin(desk->store), LB_OK);
    assert_int_equal(lb_journal_append(desk->journal, &desk->batch, 2000), LB_OK);
    assert_int_equal(lb_store_commit(desk->store), LB_OK);
    lb_journal_settle(desk->journal, true);
    assert_int_equal(items[0].first_seq, 2);
    assert_int_equal(items[2].first_seq, 3);
    assert_int_equal(items[1].first_seq, 6);
    assert_int_equal(verify(desk, &head), LB_OK);
    assert_int_equal(head.seq, 7);
    assert_int_equal(head.block, 3);
    assert_int_equal(head.messages, 4);
    assert_int_equal(lb_journal_read_seq(desk->reader, 6, &page), LB_OK);
    assert_int_equal(page->block, 3);
    assert_int_equal(page->recorded_us, 2000);
    assert_int_equal(page->body.entries.count, 1);
    assert_int_equal(page->body.entries.at[0].events.count, 2);
    assert_memory_equal(page->body.entries.at[0].token.at, items[1].token, LB_TOKEN_BYTES);
    assert_true(lb_span_is(page->body.entries.at[0].source, "carrier"));
    assert_int_equal(lb_journal_read_raw(desk->reader, page->first_message, &raw), LB_OK);
    assert_int_equal(raw.bodies.count, 1);
    assert_true(lb_span_is(raw.bodies.at[0], "turn-1"));
    lb_journal_packer_close(&packer);
}

static void test_a_message_without_events_is_kept_too(void **state)
{
    test_desk *desk = *state;
    const lb_page *page;

    keep(desk, "quiet", 2, 0);
    assert_true(desk->batch.items[0].first_seq == LB_UNKNOWN);
    keep(desk, "loud", 1, 1);
    assert_int_equal(lb_journal_read_block(desk->reader, 1, &page), LB_OK);
    assert_int_equal(page->last_seq, page->first_seq - 1);
    assert_int_equal(page->body.entries.count, 2);
    assert_int_equal(lb_journal_read_seq(desk->reader, 1, &page), LB_OK);
    assert_int_equal(page->block, 2);
}

static void test_a_turn_that_failed_leaves_no_gap(void **state)
{
    test_desk *desk = *state;

    keep(desk, "a", 1, 5);
    assert_int_equal(lb_store_begin(desk->store), LB_OK);
    assert_int_equal(append(desk, "lost", 9, 9), LB_OK);
    lb_store_rollback(desk->store);
    lb_journal_settle(desk->journal, false);
    keep(desk, "b", 1, 1);
    assert_int_equal(desk->batch.items[0].first_seq, 6);
    lb_journal_head head;
    assert_int_equal(verify(desk, &head), LB_OK);
    assert_int_equal(head.seq, 6);
    assert_int_equal(head.messages, 2);
}

static void test_every_number_is_found(void **state)
{
    test_desk *desk = *state;
    const lb_page *page;

    for (size_t i = 0; i < 40; i++)
        keep(desk, "m", 1 + i % 3, i % 4); /* some without events */
    int64_t head = lb_journal_tell(desk->journal).seq;
    for (int64_t seq = head; seq >= 1; seq--) {
        assert_int_equal(lb_journal_read_seq(desk->reader, seq, &page), LB_OK);
        assert_true(page->first_seq <= seq && seq <= page->last_seq);
    }
    int64_t next = 1;
    while (lb_journal_read_seq(desk->reader, next, &page) == LB_OK) {
        assert_int_equal(page->first_seq, next);
        next = page->last_seq + 1;
    }
    assert_int_equal(next, head + 1);
    assert_int_equal(lb_journal_read_seq(desk->reader, head + 1, &page), LB_ERR_NOT_FOUND);
    keep(desk, "late", 1, 1);
    assert_int_equal(lb_journal_read_seq(desk->reader, head + 1, &page), LB_OK);
}

static void test_what_comes_out_is_what_went_in(void **state)
{
    test_desk *desk = *state;
    const lb_page *page;
    lb_raw_block raw;
    lb_event event;
    lb_arena arena;

    keep(desk, "train", 2, 1);
    assert_int_equal(lb_journal_read_seq(desk->reader, 2, &page), LB_OK);
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
    assert_int_equal(lb_journal_read_raw(desk->reader, page->first_message, &raw), LB_OK);
    assert_int_equal(raw.bodies.count, 2);
    assert_true(lb_span_is(raw.bodies.at[1], "train-1"));
}

static void test_a_damaged_row_is_seen_and_named(void **state)
{
    test_desk *desk = *state;
    const lb_page *page;
    lb_journal_head head;

    keep(desk, "a", 2, 2);
    keep(desk, "b", 2, 2);
    keep(desk, "c", 2, 2);
    assert_int_equal(lb_store_run(desk->store, "UPDATE journal SET recorded_us = recorded_us + 1"
                                               " WHERE block = 2"),
                     LB_OK);
    assert_int_equal(lb_journal_read_block(desk->reader, 1, &page), LB_OK);
    assert_int_equal(lb_journal_read_block(desk->reader, 2, &page), LB_ERR_CORRUPT);
    assert_int_equal(lb_journal_read_block(desk->reader, 3, &page), LB_OK);
    assert_int_equal(lb_journal_read_past(desk->reader, 2, &page), LB_OK);
    assert_int_equal(page->block, 3);
    assert_int_equal(verify(desk, &head), LB_ERR_CORRUPT);
    assert_int_equal(desk->damages, 1);
    assert_string_equal(desk->damage.table, "journal");
    assert_int_equal(desk->damage.row, 2);
    assert_int_equal(desk->damage.first_seq, 5);
    assert_int_equal(desk->damage.last_seq, 8);
    assert_int_equal(head.seq, 12); /* what is behind was looked at too */
}

static void test_a_missing_row_is_seen(void **state)
{
    test_desk *desk = *state;
    lb_journal_head head;

    keep(desk, "a", 1, 1);
    keep(desk, "b", 1, 1);
    keep(desk, "c", 1, 1);
    assert_int_equal(lb_store_run(desk->store, "DELETE FROM journal WHERE block = 2"), LB_OK);
    assert_int_equal(verify(desk, &head), LB_ERR_CORRUPT);
    assert_int_equal(desk->damage.row, 2);
}

/* Every moment at which the journal may be cut: whole messages stay, what stays is whole, and it goes on from there. */
static void test_a_journal_that_was_cut_ends_there_and_goes_on(void **state)
{
    enum { TURNS = 3, MESSAGES = 3, EVENTS = 2, ALL = TURNS * MESSAGES * EVENTS };

    for (int64_t until = 0; until <= ALL; until++) {
        test_desk *desk;
        lb_journal_head head;
        const lb_page *page;
        lb_raw_block raw;
        lb_arena arena;
        tear_down(state);
        set_up(state);
        desk = *state;
        for (int turn = 0; turn < TURNS; turn++)
            keep(desk, turn == 0 ? "a" : turn == 1 ? "b" : "c", MESSAGES, EVENTS);
        if (until < ALL) {
            lb_arena_init(&arena, 1024 * 1024);
            assert_int_equal(lb_journal_read_seq(desk->reader, until + 1, &page), LB_OK);
            assert_int_equal(lb_journal_read_raw(desk->reader, page->first_message, &raw), LB_OK);
            assert_int_equal(lb_store_begin(desk->store), LB_OK);
            assert_int_equal(lb_journal_cut(desk->journal, page, &raw, until, &arena), LB_OK);
            assert_int_equal(lb_store_commit(desk->store), LB_OK);
            lb_journal_settle(desk->journal, true);
            lb_arena_fini(&arena);
        }
        keep(desk, "new", 1, 1);
        assert_int_equal(desk->batch.items[0].first_seq, until / EVENTS * EVENTS + 1);
        lb_journal_reader_close(&desk->reader);
        assert_int_equal(
            lb_journal_reader_open(&desk->reader, scratch_path(&desk->folder, "journal.db")),
            LB_OK);
        assert_int_equal(verify(desk, &head), LB_OK);
        assert_int_equal(head.seq, until / EVENTS * EVENTS + 1);
        assert_int_equal(head.messages, until / EVENTS + 1);
    }
}

static void test_the_journal_goes_on_where_it_stopped(void **state)
{
    test_desk *desk = *state;

    keep(desk, "a", 2, 3);
    close_desk(desk);
    open_desk(desk);
    assert_int_equal(lb_journal_tell(desk->journal).seq, 6);
    keep(desk, "b", 1, 1);
    assert_int_equal(desk->batch.items[0].first_seq, 7);
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
        cmocka_unit_test_setup_teardown(test_every_number_is_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_comes_out_is_what_went_in, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_damaged_row_is_seen_and_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_missing_row_is_seen, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_journal_that_was_cut_ends_there_and_goes_on, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_the_journal_goes_on_where_it_stopped, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
