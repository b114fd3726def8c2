/* test_quarantine.c - unreadable messages are stored, and refused the same way each time. */
#include "keep/quarantine.h"
#include "keep/journal_sqlite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "scratch.h"
#include "turns.h"

typedef struct test_bench {
    lb_scratch folder;
    lb_journal *journal;
    lb_quarantine *quarantine;
    lb_quarantine_reader *reader;
    lb_batch batch;
} test_bench;

/* Of the party as much as of all; of "local" three rows or 40 bytes. */
static void open_bench(test_bench *bench, int64_t rows)
{
    const lb_quarantine_limits limits = {rows, {rows, 1000}, {3, 40}};
    const char *path = scratch_path(&bench->folder, "journal.db");

    assert_int_equal(lb_journal_open(&bench->journal, LB_JOURNAL_FILE(path)), LB_OK);
    assert_int_equal(lb_quarantine_open(&bench->quarantine, bench->journal, &limits), LB_OK);
    assert_int_equal(lb_quarantine_reader_open(&bench->reader, LB_JOURNAL_FILE(path)), LB_OK);
}

static void close_bench(test_bench *bench)
{
    lb_quarantine_reader_close(&bench->reader);
    lb_quarantine_close(&bench->quarantine);
    lb_journal_close(&bench->journal);
}

static int set_up(void **state)
{
    static test_bench made;

    scratch_make(&made.folder);
    assert_int_equal(lb_batch_init(&made.batch, 4096), LB_OK);
    open_bench(&made, 5);
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

/* The turn as an append; one that fails names a row that is not there to be written behind. */
static lb_err append(test_bench *bench, bool is_kept)
{
    lb_append append;

    lb_journal_begin(bench->journal, &append);
    assert_int_equal(lb_quarantine_add(bench->quarantine, &bench->batch, &append), LB_OK);
    if (!is_kept)
        append.expected.block++;
    lb_err err = lb_journal_append(bench->journal, &append);
    lb_quarantine_settle(bench->quarantine, err == LB_OK);
    return err;
}

static lb_err drop(test_bench *bench, int64_t id)
{
    lb_append append;

    lb_journal_begin(bench->journal, &append);
    lb_err err = lb_quarantine_add_drop(bench->quarantine, id, &bench->batch.arena, &append);
    if (err == LB_OK)
        err = lb_journal_append(bench->journal, &append);
    lb_quarantine_settle(bench->quarantine, err == LB_OK);
    return err;
}

/* One turn in which `count` messages of an owner could not be read. */
static void refuse_of(test_bench *bench, const char *owner, const char *prefix, size_t count,
                      bool is_kept)
{
    lb_batch_reset(&bench->batch);
    turn_frame(&bench->batch, "carrier", prefix, count)->owner = lb_span_of(owner);
    for (size_t i = 0; i < count; i++)
        lb_item_refuse(&bench->batch.items[i], LB_ITEM_UNREAD, LB_ERR_CUT_SHORT, 12,
                       LB_SPAN("no end"));
    assert_int_equal(append(bench, is_kept), is_kept ? LB_OK : LB_ERR_FENCED);
}

static void refuse(test_bench *bench, const char *prefix, size_t count, bool is_kept)
{
    refuse_of(bench, "carrier", prefix, count, is_kept);
}

static lb_err recall(test_bench *bench, const char *prefix)
{
    lb_batch_reset(&bench->batch);
    turn_frame(&bench->batch, "carrier", prefix, 1);
    return lb_quarantine_recall(bench->quarantine, &bench->batch.items[0], &bench->batch.arena);
}

static size_t list(test_bench *bench, bool all, lb_answer *answer)
{
    const lb_quarantine_list_query query = {all, LB_UNKNOWN};

    lb_batch_reset(&bench->batch);
    lb_record_init(&lb_record_answer, answer);
    assert_int_equal(lb_quarantine_list(bench->reader, &query, &bench->batch.arena,
                                        &answer->quarantine.messages),
                     LB_OK);
    return answer->quarantine.messages.count;
}

static void test_the_same_bytes_get_the_same_refusal(void **state)
{
    test_bench *bench = *state;

    refuse(bench, "garbage", 1, true);
    int64_t id = bench->batch.items[0].quarantine_id;
    assert_int_equal(recall(bench, "garbage"), LB_OK);
    const lb_item *item = &bench->batch.items[0];
    assert_int_equal(item->stage, LB_ITEM_KNOWN);
    assert_int_equal(item->quarantine_id, id);
    assert_int_equal(item->error, LB_ERR_CUT_SHORT);
    assert_int_equal(item->offset, 12);
    assert_true(lb_span_is(item->text, "no end"));
    assert_int_equal(recall(bench, "other"), LB_ERR_NOT_FOUND);
    close_bench(bench);
    open_bench(bench, 5);
    assert_int_equal(recall(bench, "garbage"), LB_OK);
    assert_int_equal(bench->batch.items[0].quarantine_id, id);
}

static void test_a_failed_commit_leaves_nothing(void **state)
{
    test_bench *bench = *state;
    lb_answer answer;

    refuse(bench, "garbage", 2, false);
    assert_int_equal(lb_quarantine_waiting(bench->quarantine), 0);
    assert_int_equal(recall(bench, "garbage"), LB_ERR_NOT_FOUND);
    assert_int_equal(list(bench, true, &answer), 0);
}

static void test_a_full_quarantine_keeps_no_more(void **state)
{
    test_bench *bench = *state;

    refuse(bench, "five", 5, true);
    assert_int_equal(bench->batch.items[4].stage, LB_ITEM_UNREAD);
    refuse(bench, "sixth", 1, true);
    assert_int_equal(bench->batch.items[0].stage, LB_ITEM_DENIED);
    assert_true(bench->batch.items[0].quarantine_id == LB_UNKNOWN);
    assert_int_equal(drop(bench, 1), LB_OK);
    refuse(bench, "sixth", 1, true);
    assert_int_equal(bench->batch.items[0].stage, LB_ITEM_UNREAD);
}

static int64_t rows_of(const test_bench *bench, const char *owner)
{
    return lb_quarantine_of(bench->quarantine, lb_span_of(owner)).rows;
}

static void test_a_full_share_leaves_room_for_others(void **state)
{
    test_bench *bench = *state;

    refuse_of(bench, "local", "rubbish", 4, true); /* three may wait */
    assert_int_equal(bench->batch.items[2].stage, LB_ITEM_UNREAD);
    assert_int_equal(bench->batch.items[3].stage, LB_ITEM_DENIED);
    assert_int_equal(bench->batch.items[3].error, LB_ERR_CUT_SHORT);
    assert_true(lb_span_is(bench->batch.items[3].text,
                           "no end; not kept in quarantine: the party's share is full"));
    refuse_of(bench, "carrier", "garbage", 2, true); /* the rest of five */
    assert_int_equal(bench->batch.items[1].stage, LB_ITEM_UNREAD);
    refuse_of(bench, "carrier", "more", 1, true);
    assert_true(
        lb_span_is(bench->batch.items[0].text, "no end; not kept in quarantine: it is full"));
    assert_int_equal(rows_of(bench, "local"), 3);
    assert_int_equal(rows_of(bench, "carrier"), 2);
}

static void test_a_share_is_of_bytes_too(void **state)
{
    test_bench *bench = *state;

    refuse_of(bench, "local", "a body of thirty-eight bytes, in all", 1, true);
    assert_int_equal(bench->batch.items[0].message->body.len, 38);
    assert_int_equal(bench->batch.items[0].stage, LB_ITEM_UNREAD);
    refuse_of(bench, "local", "", 1, true); /* two more: forty, as many as may */
    assert_int_equal(bench->batch.items[0].message->body.len, 2);
    assert_int_equal(bench->batch.items[0].stage, LB_ITEM_UNREAD);
    refuse_of(bench, "local", "x", 1, true);
    assert_int_equal(bench->batch.items[0].stage, LB_ITEM_DENIED);
    assert_int_equal(lb_quarantine_of(bench->quarantine, LB_SPAN("local")).bytes, 40);
}

static void test_a_share_is_what_waits_after_a_restart_too(void **state)
{
    test_bench *bench = *state;

    refuse_of(bench, "local", "rubbish", 3, true);
    refuse_of(bench, "carrier", "lost", 1, false); /* the commit failed */
    close_bench(bench);
    open_bench(bench, 5);
    assert_int_equal(rows_of(bench, "local"), 3);
    assert_int_equal(rows_of(bench, "carrier"), 0);
    assert_int_equal(lb_quarantine_waiting(bench->quarantine), 3);
    refuse_of(bench, "local", "more", 1, true);
    assert_int_equal(bench->batch.items[0].stage, LB_ITEM_DENIED);
    assert_int_equal(drop(bench, 2), LB_OK); /* no longer waiting */
    assert_int_equal(rows_of(bench, "local"), 2);
    refuse_of(bench, "local", "more", 1, true);
    assert_int_equal(bench->batch.items[0].stage, LB_ITEM_UNREAD);
}

static void test_a_row_leaves_the_waiting_state_once(void **state)
{
    test_bench *bench = *state;
    lb_answer answer;
    lb_submit submit;
    uint8_t token[LB_TOKEN_BYTES];
    int64_t received_us;

    refuse(bench, "garbage", 2, true);
    assert_int_equal(drop(bench, 1), LB_OK);
    assert_int_equal(drop(bench, 1), LB_ERR_NOT_FOUND);
    assert_int_equal(drop(bench, 77), LB_ERR_NOT_FOUND);
    assert_int_equal(lb_quarantine_waiting(bench->quarantine), 1);
    assert_int_equal(
        lb_quarantine_take(bench->quarantine, 1, &bench->batch.arena, &submit, token, &received_us),
        LB_ERR_MISUSE);
    assert_int_equal(
        lb_quarantine_take(bench->quarantine, 2, &bench->batch.arena, &submit, token, &received_us),
        LB_OK);
    assert_true(lb_span_is(submit.messages.at[0].body, "garbage-1"));
    assert_int_equal(list(bench, false, &answer), 1);
    assert_int_equal(answer.quarantine.messages.at[0].id, 2);
    assert_int_equal(list(bench, true, &answer), 2);
    assert_true(answer.quarantine.messages.at[0].state == LB_QUARANTINE_DROPPED);
}

static void test_a_message_that_is_read_after_all_is_released(void **state)
{
    test_bench *bench = *state;
    lb_answer answer;

    refuse(bench, "garbage", 1, true);
    lb_batch_reset(&bench->batch);
    turn_frame(&bench->batch, "carrier", "garbage", 1);
    turn_read(&bench->batch, &bench->batch.items[0], 1);
    bench->batch.items[0].releases = 1;
    assert_int_equal(append(bench, true), LB_OK);
    assert_int_equal(lb_quarantine_waiting(bench->quarantine), 0);
    assert_int_equal(list(bench, true, &answer), 1);
    assert_true(answer.quarantine.messages.at[0].state == LB_QUARANTINE_RELEASED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_same_bytes_get_the_same_refusal, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_failed_commit_leaves_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_full_quarantine_keeps_no_more, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_full_share_leaves_room_for_others, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_share_is_of_bytes_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_share_is_what_waits_after_a_restart_too, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_row_leaves_the_waiting_state_once, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_message_that_is_read_after_all_is_released, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests_name("quarantine", tests, NULL, NULL);
}
