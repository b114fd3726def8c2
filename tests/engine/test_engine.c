/* test_engine.c - every journal engine fulfils the contract of keep/journal_engine.h, and the six
 * laws hold over it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine_lives.h"
#include "keep/feed.h"
#include "keep/journal_cursor.h"
#include "keep/journal_sqlite.h"
#include "keep/quarantine.h"
#include "memory_engine.h"
#include "recover.h"
#include "scratch.h"
#include "turns.h"

typedef struct bench {
    const lb_journal_engine *engine;
    lb_scratch folder;
    char path[SCRATCH_PATH_ROOM];
    lb_journal *journal;
    lb_journal_reader *reader;
    lb_quarantine *quarantine;
    lb_batch batch;
} bench;

static lb_journal_place place_of(const bench *b)
{
    return (lb_journal_place){b->engine, b->path};
}

static void open_bench(bench *b)
{
    const lb_quarantine_limits limits = {10, {10, 1000}, {10, 1000}};
    const lb_journal_place place = place_of(b);

    assert_int_equal(lb_journal_open(&b->journal, &place), LB_OK);
    assert_int_equal(lb_journal_reader_open(&b->reader, &place), LB_OK);
    assert_int_equal(lb_quarantine_open(&b->quarantine, b->journal, &limits), LB_OK);
}

static void close_bench(bench *b)
{
    lb_quarantine_close(&b->quarantine);
    lb_journal_reader_close(&b->reader);
    lb_journal_close(&b->journal);
}

static int set_up(void **state, const lb_journal_engine *engine)
{
    static bench made;

    made = (bench){.engine = engine};
    scratch_make(&made.folder);
    snprintf(made.path, sizeof made.path, "%s/journal.db", made.folder.folder);
    assert_int_equal(lb_batch_init(&made.batch, 4096), LB_OK);
    open_bench(&made);
    *state = &made;
    return 0;
}

static int set_up_sqlite(void **state)
{
    return set_up(state, &lb_journal_sqlite);
}

static int set_up_memory(void **state)
{
    return set_up(state, &memory_engine);
}

static int tear_down(void **state)
{
    bench *b = *state;

    close_bench(b);
    lb_batch_fini(&b->batch);
    memory_engine_clear();
    scratch_remove(&b->folder);
    return 0;
}

/* An append of a turn: messages of two events each, then one that could not be read. */
static void lay_out(bench *b, lb_append *append, const char *prefix, size_t messages)
{
    lb_batch_reset(&b->batch);
    turn_frame(&b->batch, "carrier", prefix, messages + 1)->owner = LB_SPAN("acme");
    for (size_t i = 0; i < messages; i++)
        turn_read(&b->batch, &b->batch.items[i], 2);
    lb_item_refuse(&b->batch.items[messages], LB_ITEM_UNREAD, LB_ERR_GARBLED, 3, LB_SPAN("odd"));
    lb_journal_begin(b->journal, append);
    assert_int_equal(lb_journal_add(b->journal, &b->batch, 1000, append), LB_OK);
    assert_int_equal(lb_quarantine_add(b->quarantine, &b->batch, append), LB_OK);
}

static lb_err append_laid_out(bench *b, lb_append *append)
{
    lb_err err = lb_journal_append(b->journal, append);

    lb_quarantine_settle(b->quarantine, err == LB_OK);
    return err;
}

static void keep(bench *b, const char *prefix, size_t messages)
{
    lb_append append;

    lay_out(b, &append, prefix, messages);
    assert_int_equal(append_laid_out(b, &append), LB_OK);
}

static void note_record(bench *b, lb_entry_kind kind, const char *body)
{
    lb_append append;

    lb_batch_reset(&b->batch);
    lb_journal_begin(b->journal, &append);
    assert_int_equal(
        lb_journal_add_record(b->journal, kind, lb_span_of(body), 2000, &b->batch.arena, &append),
        LB_OK);
    assert_int_equal(lb_journal_append(b->journal, &append), LB_OK);
}

static void lose(bench *b, int64_t to_seq)
{
    lb_append append;
    lb_lost lost = {.kind = LB_ENTRY_LOST,
                    .to_seq = to_seq,
                    .found_us = 3000,
                    .since_us = LB_UNKNOWN,
                    .known_seq = LB_UNKNOWN,
                    .messages = LB_UNKNOWN};

    lb_batch_reset(&b->batch);
    lb_journal_begin(b->journal, &append);
    assert_int_equal(lb_journal_add_lost(b->journal, &lost, 0, &b->batch.arena, &append), LB_OK);
    assert_int_equal(lb_journal_append(b->journal, &append), LB_OK);
}

static void no_damage(void *whose, const lb_damage *damage)
{
    (void)whose;
    fail_msg("row %lld of %s", (long long)damage->row, damage->table);
}

static lb_journal_head verified(bench *b)
{
    lb_journal_head head;

    assert_int_equal(lb_journal_verify(b->reader, no_damage, NULL, &head), LB_OK);
    return head;
}

static int64_t waiting(bench *b)
{
    const lb_journal_place place = place_of(b);
    lb_quarantine_reader *reader;
    int64_t count = -1;

    assert_int_equal(lb_quarantine_reader_open(&reader, &place), LB_OK);
    assert_int_equal(lb_quarantine_count(reader, LB_EMPTY, &count), LB_OK);
    lb_quarantine_reader_close(&reader);
    return count;
}

/* -- the table of functions -------------------------------------------------------------------- */

static void test_an_append_is_stored_as_a_whole_when_it_returns(void **state)
{
    bench *b = *state;
    const lb_page *page;
    lb_raw_block raw;

    keep(b, "first", 2);
    assert_int_equal(verified(b).seq, 4);
    assert_int_equal(lb_journal_read_seq(b->reader, 3, &page), LB_OK);
    assert_int_equal(page->block, 1);
    assert_int_equal(lb_journal_read_raw(b->reader, page->block, &raw), LB_OK);
    assert_int_equal(raw.bodies.count, 2);
    assert_true(lb_span_is(raw.bodies.at[1], "first-1"));
    assert_int_equal(waiting(b), 1);
    close_bench(b);
    open_bench(b);
    assert_int_equal(lb_journal_tell(b->journal).seq, 4);
    assert_int_equal(lb_quarantine_of(b->quarantine, LB_SPAN("acme")).rows, 1);
    keep(b, "second", 1);
    assert_int_equal(verified(b).seq, 6);
    assert_int_equal(waiting(b), 2);
}

static void test_an_append_after_another_head_is_fenced_and_writes_nothing(void **state)
{
    bench *b = *state;
    lb_append append;

    keep(b, "first", 2);
    lay_out(b, &append, "late", 3);
    append.expected.seq--;
    assert_int_equal(append_laid_out(b, &append), LB_ERR_FENCED);
    assert_int_equal(verified(b).seq, 4);
    assert_int_equal(waiting(b), 1);
    keep(b, "next", 1);
    assert_int_equal(b->batch.items[0].first_seq, 5);
    assert_int_equal(b->batch.items[1].quarantine_id, 2);
}

static void test_an_append_that_fails_leaves_nothing(void **state)
{
    bench *b = *state;
    lb_append append;

    keep(b, "first", 2);
    lay_out(b, &append, "bad", 3);
    append.rows.at[0].row.block = 1; /* exists already */
    assert_int_not_equal(append_laid_out(b, &append), LB_OK);
    assert_int_equal(verified(b).seq, 4);
    assert_int_equal(waiting(b), 1);
    keep(b, "next", 1);
    assert_int_equal(b->batch.items[0].first_seq, 5);
}

static void test_records_of_every_kind_take_numbers_of_the_same_sequence(void **state)
{
    bench *b = *state;
    static const lb_entry_kind kinds[] = {LB_ENTRY_TICK, LB_ENTRY_IMPORT, LB_ENTRY_RULES,
                                          LB_ENTRY_REREAD, LB_ENTRY_DECISION};
    enum { KINDS = sizeof kinds / sizeof kinds[0] };
    const lb_page *page;

    keep(b, "first", 1);
    for (size_t i = 0; i < KINDS; i++)
        note_record(b, kinds[i], "body");
    keep(b, "second", 1);
    assert_int_equal(b->batch.items[0].first_seq, 3 + KINDS);
    assert_int_equal(verified(b).seq, 4 + KINDS);
    for (size_t i = 0; i < KINDS; i++) {
        assert_int_equal(lb_journal_read_seq(b->reader, 3 + (int64_t)i, &page), LB_OK);
        lb_cursor at = lb_cursor_on(page);
        assert_true(lb_cursor_next(&at, 1));
        assert_int_equal(at.seq, 3 + i);
        assert_false(at.is_event);
        assert_int_equal(at.entry->kind, kinds[i]);
        assert_true(lb_span_is(at.entry->body, "body"));
        assert_false(lb_cursor_next(&at, 1));
    }
}

static void test_a_cursor_visits_every_number_once_wherever_it_begins(void **state)
{
    bench *b = *state;
    enum { HEAD = 2 + 1 + 10 + 4 };

    keep(b, "first", 1);
    note_record(b, LB_ENTRY_TICK, "");
    lose(b, 13);
    keep(b, "second", 2);
    for (int64_t from = 1; from <= HEAD; from++) {
        const lb_page *page;
        int64_t next = from;
        while (next <= HEAD) {
            assert_int_equal(lb_journal_read_seq(b->reader, next, &page), LB_OK);
            lb_cursor at = lb_cursor_on(page);
            while (lb_cursor_next(&at, next)) {
                assert_true(at.seq == next || (!at.is_event && at.seq < next));
                next = at.is_event ? at.seq + 1 : at.last_seq + 1;
            }
        }
        assert_int_equal(next, HEAD + 1);
    }
}

static void test_a_hole_is_listed_and_notes_which_messages_were_kept_again(void **state)
{
    bench *b = *state;
    const lb_regained one = {.lost_seq = 3, .events = 2, .seq = 11},
                      other = {.lost_seq = 5, .events = 2, .seq = 13};
    lb_lost_list holes;
    lb_append append;

    keep(b, "first", 1);
    lose(b, 10);
    keep(b, "second", 2);
    lb_journal_begin(b->journal, &append);
    assert_int_equal(lb_journal_add_regained(b->journal, &one, &b->batch.arena, &append), LB_OK);
    assert_int_equal(lb_journal_add_regained(b->journal, &other, &b->batch.arena, &append), LB_OK);
    assert_int_equal(lb_journal_append(b->journal, &append), LB_OK);
    assert_int_equal(lb_journal_list_lost(b->reader, 0, 10, &b->batch.arena, &holes), LB_OK);
    assert_int_equal(holes.count, 1);
    assert_int_equal(holes.at[0].to_seq, 10);
    assert_int_equal(holes.at[0].regained.count, 2);
    assert_int_equal(holes.at[0].regained.at[1].seq, 13);
    assert_int_equal(verified(b).seq, 14);
}

static void test_a_dropped_message_no_longer_counts_in_a_share(void **state)
{
    bench *b = *state;
    lb_append append;

    keep(b, "first", 1);
    keep(b, "second", 1);
    lb_journal_begin(b->journal, &append);
    assert_int_equal(lb_quarantine_add_drop(b->quarantine, 1, &b->batch.arena, &append), LB_OK);
    assert_int_equal(append_laid_out(b, &append), LB_OK);
    close_bench(b);
    open_bench(b);
    assert_int_equal(waiting(b), 1);
    assert_int_equal(lb_quarantine_of(b->quarantine, LB_SPAN("acme")).rows, 1);
    lb_journal_begin(b->journal, &append);
    assert_int_equal(lb_quarantine_add_drop(b->quarantine, 1, &b->batch.arena, &append),
                     LB_ERR_NOT_FOUND);
}

static void test_counters_of_feeds_are_those_of_the_last_append(void **state)
{
    bench *b = *state;
    const lb_feed_limits limits = {10, 10, 10};
    lb_feed_book *book;
    lb_answer answer;
    lb_append append;

    for (int turn = 0; turn < 3; turn++) {
        assert_int_equal(lb_feed_open(&book, b->journal, &limits), LB_OK);
        lay_out(b, &append, turn == 0 ? "a" : turn == 1 ? "b" : "c", 2);
        lb_frame *frame = &b->batch.frames[0];
        assert_int_equal(lb_feed_need(book, frame->submit.source, frame->owner, &frame->feed),
                         LB_OK);
        lb_feed_count(book, &b->batch);
        assert_int_equal(lb_feed_add(book, &b->batch.arena, &append), LB_OK);
        assert_int_equal(append_laid_out(b, &append), LB_OK);
        lb_feed_close(&book); /* drops changes that were not appended */
    }
    assert_int_equal(lb_feed_open(&book, b->journal, &limits), LB_OK);
    lb_record_init(&lb_record_answer, &answer);
    assert_int_equal(lb_feed_answer(book, 5000, &b->batch.arena, &answer.feeds), LB_OK);
    assert_int_equal(answer.feeds.feeds.count, 1);
    assert_int_equal(answer.feeds.feeds.at[0].messages, 9);
    assert_int_equal(answer.feeds.feeds.at[0].refused, 3);
    assert_int_equal(answer.feeds.shares.at[0].sources, 1);
    lb_feed_close(&book);
}

static void test_a_journal_is_cut_within_one_append(void **state)
{
    bench *b = *state;
    const lb_page *page;
    lb_raw_block raw;
    lb_append append;

    keep(b, "first", 2);
    keep(b, "second", 2);
    keep(b, "third", 2);
    assert_int_equal(lb_journal_read_seq(b->reader, 7, &page), LB_OK);
    assert_int_equal(lb_journal_read_raw(b->reader, page->block, &raw), LB_OK);
    lb_journal_begin(b->journal, &append);
    assert_int_equal(lb_journal_add_cut(b->journal, page, &raw, 6, &b->batch.arena, &append),
                     LB_OK);
    assert_int_equal(lb_journal_append(b->journal, &append), LB_OK);
    close_bench(b);
    open_bench(b);
    assert_int_equal(verified(b).seq, 6);
    keep(b, "fourth", 1);
    assert_int_equal(b->batch.items[0].first_seq, 7);
}

static void test_a_copy_is_a_journal_of_its_own(void **state)
{
    bench *b = *state;
    bench other = *b;
    lb_journal_head head;

    keep(b, "first", 2);
    snprintf(other.path, sizeof other.path, "%s/copy.db", b->folder.folder);
    assert_int_equal(b->engine->copy(b->path, other.path), LB_OK);
    keep(b, "second", 1);
    open_bench(&other);
    assert_int_equal(verified(&other).seq, 4);
    assert_int_equal(waiting(&other), 1);
    close_bench(&other);
    assert_int_equal(b->engine->check(other.path), LB_OK);
    assert_int_equal(b->engine->look(b->path, 1, &head), LB_OK);
    assert_int_equal(head.seq, 6);
}

/* -- the six laws ------------------------------------------------------------------------------ */

static void test_the_six_laws_hold_after_a_crash_at_every_named_point(void **state)
{
    static const char *const points[] = {"received",    "admitted",      "read",
                                         "appended",    "before-commit", "after-commit",
                                         "mid-receipt", "mid-publish"};
    const bench *b = *state;

    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++)
        for (int pass = 1; pass < 8; pass += 3) {
            engine_fate fate = engine_life(b->engine, points[i], pass);
            if (fate.why[0] != '\0')
                fail_msg("%s:%d: %s", points[i], pass, fate.why);
#ifdef LB_POINTS
            assert_true(fate.is_dead);
#endif
        }
}

static void test_numbers_continue_after_the_head_at_the_next_start(void **state)
{
    bench *b = *state;
    const lb_head_mark_facts mark = {.is_new = true};
    lb_folder folder = {.lock_fd = -1};
    lb_recovery recovery;

    keep(b, "a", 2);
    keep(b, "b", 1);
    int64_t seq = lb_journal_tell(b->journal).seq;
    close_bench(b);
    snprintf(folder.path, sizeof folder.path, "%s", b->folder.folder);
    snprintf(folder.journal, sizeof folder.journal, "%s", b->path);
    assert_int_equal(lb_recover(&recovery, b->engine, &folder, &mark, LB_FINDING_UNSPECIFIED),
                     LB_OK);
    assert_false(recovery.is_damaged);
    assert_int_equal(recovery.next_seq_at_least, seq + 1);
    open_bench(b);
}

static void test_the_six_laws_hold_without_a_crash(void **state)
{
    const bench *b = *state;

    engine_fate fate = engine_life(b->engine, "nowhere", 1);
    assert_false(fate.is_dead);
    assert_string_equal(fate.why, "");
}

static void test_an_engine_that_returns_before_it_stores_is_detected(void **state)
{
    (void)state;
    memory_engine_lie(true);
    engine_fate fate = engine_life(&memory_engine, "mid-publish", 3);
    memory_engine_lie(false);
    assert_true(fate.is_dead);
    assert_string_not_equal(fate.why, "");
}

#define ON(test, engine)                                               \
    {                                                                  \
#test " (" #engine ")", test, set_up_##engine, tear_down, NULL \
    }
#define ON_EACH(test) ON(test, sqlite), ON(test, memory)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_EACH(test_an_append_is_stored_as_a_whole_when_it_returns),
        ON_EACH(test_an_append_after_another_head_is_fenced_and_writes_nothing),
        ON_EACH(test_an_append_that_fails_leaves_nothing),
        ON_EACH(test_records_of_every_kind_take_numbers_of_the_same_sequence),
        ON_EACH(test_a_cursor_visits_every_number_once_wherever_it_begins),
        ON_EACH(test_a_hole_is_listed_and_notes_which_messages_were_kept_again),
        ON_EACH(test_a_dropped_message_no_longer_counts_in_a_share),
        ON_EACH(test_counters_of_feeds_are_those_of_the_last_append),
        ON_EACH(test_a_journal_is_cut_within_one_append),
        ON_EACH(test_a_copy_is_a_journal_of_its_own),
        ON_EACH(test_numbers_continue_after_the_head_at_the_next_start),
        ON_EACH(test_the_six_laws_hold_without_a_crash),
        ON_EACH(test_the_six_laws_hold_after_a_crash_at_every_named_point),
        ON(test_an_engine_that_returns_before_it_stores_is_detected, memory),
    };
    return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
