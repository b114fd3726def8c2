/* test_quarantine.c - what could not be read waits, and is refused the same way each time. */
#include "keep/quarantine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "scratch.h"
#include "turns.h"

typedef struct test_desk {
    lb_scratch folder;
    lb_store *store;
    lb_quarantine *quarantine;
    lb_quarantine_reader *reader;
    lb_batch batch;
} test_desk;

/* Of the party as much as of all; of "local" three rows or 40 bytes. */
static void open_desk(test_desk *desk, int64_t rows)
{
    const lb_quarantine_limits limits = {rows, {rows, 1000}, {3, 40}};
    const char *path = scratch_path(&desk->folder, "journal.db");

    assert_int_equal(lb_store_open(&desk->store, path, LB_STORE_JOURNAL, LB_STORE_WRITE), LB_OK);
    assert_int_equal(lb_quarantine_open(&desk->quarantine, desk->store, &limits), LB_OK);
    assert_int_equal(lb_quarantine_reader_open(&desk->reader, path), LB_OK);
}

static void close_desk(test_desk *desk)
{
    lb_quarantine_reader_close(&desk->reader);
    lb_quarantine_close(&desk->quarantine);
    lb_store_close(&desk->store);
}

static int set_up(void **state)
{
    static test_desk made;

    scratch_make(&made.folder);
    assert_int_equal(lb_batch_init(&made.batch, 4096), LB_OK);
    open_desk(&made, 5);
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

/* One turn in which `count` messages of an owner could not be read. */
static void refuse_of(test_desk *desk, const char *owner, const char *prefix, size_t count,
                      bool is_kept)
{
    lb_batch_reset(&desk->batch);
    turn_frame(&desk->batch, "carrier", prefix, count)->owner = lb_span_of(owner);
    for (size_t i = 0; i < count; i++)
        lb_item_refuse(&desk->batch.items[i], LB_ITEM_UNREAD, LB_ERR_CUT_SHORT, 12,
                       LB_SPAN("no end"));
    assert_int_equal(lb_store_begin(desk->store), LB_OK);
    assert_int_equal(lb_quarantine_append(desk->quarantine, &desk->batch), LB_OK);
    if (is_kept)
        assert_int_equal(lb_store_commit(desk->store), LB_OK);
    else
        lb_store_rollback(desk->store);
    lb_quarantine_settle(desk->quarantine, is_kept);
}

static void refuse(test_desk *desk, const char *prefix, size_t count, bool is_kept)
{
    refuse_of(desk, "carrier", prefix, count, is_kept);
}

static lb_err recall(test_desk *desk, const char *prefix)
{
    lb_batch_reset(&desk->batch);
    turn_frame(&desk->batch, "carrier", prefix, 1);
    return lb_quarantine_recall(desk->quarantine, &desk->batch.items[0], &desk->batch.arena);
}

static size_t list(test_desk *desk, bool all, lb_answer *answer)
{
    lb_query query;

    lb_batch_reset(&desk->batch);
    lb_record_init(&lb_record_query, &query);
    lb_record_init(&lb_record_answer, answer);
    query.ask = LB_ASK_QUARANTINE_LIST;
    query.all_cycles = all;
    assert_int_equal(lb_quarantine_answer(desk->reader, &query, &desk->batch.arena, answer), LB_OK);
    return answer->quarantine.count;
}

static void test_the_same_bytes_get_the_same_refusal(void **state)
{
    test_desk *desk = *state;

    refuse(desk, "garbage", 1, true);
    int64_t id = desk->batch.items[0].quarantine_id;
    assert_int_equal(recall(desk, "garbage"), LB_OK);
    const lb_item *item = &desk->batch.items[0];
    assert_int_equal(item->stage, LB_ITEM_KNOWN);
    assert_int_equal(item->quarantine_id, id);
    assert_int_equal(item->error, LB_ERR_CUT_SHORT);
    assert_int_equal(item->offset, 12);
    assert_true(lb_span_is(item->text, "no end"));
    assert_int_equal(recall(desk, "other"), LB_ERR_NOT_FOUND);
    close_desk(desk);
    open_desk(desk, 5);
    assert_int_equal(recall(desk, "garbage"), LB_OK);
    assert_int_equal(desk->batch.items[0].quarantine_id, id);
}

static void test_a_failed_commit_leaves_nothing(void **state)
{
    test_desk *desk = *state;
    lb_answer answer;

    refuse(desk, "garbage", 2, false);
    assert_int_equal(lb_quarantine_waiting(desk->quarantine), 0);
    assert_int_equal(recall(desk, "garbage"), LB_ERR_NOT_FOUND);
    assert_int_equal(list(desk, true, &answer), 0);
}

static void test_a_full_quarantine_keeps_no_more(void **state)
{
    test_desk *desk = *state;

    refuse(desk, "five", 5, true);
    assert_int_equal(desk->batch.items[4].stage, LB_ITEM_UNREAD);
    refuse(desk, "sixth", 1, true);
    assert_int_equal(desk->batch.items[0].stage, LB_ITEM_DENIED);
    assert_true(desk->batch.items[0].quarantine_id == LB_UNKNOWN);
    assert_int_equal(lb_quarantine_drop(desk->quarantine, 1), LB_OK);
    refuse(desk, "sixth", 1, true);
    assert_int_equal(desk->batch.items[0].stage, LB_ITEM_UNREAD);
}

static int64_t rows_of(const test_desk *desk, const char *owner)
{
    return lb_quarantine_of(desk->quarantine, lb_span_of(owner)).rows;
}

static void test_who_fills_its_share_leaves_room_for_others(void **state)
{
    test_desk *desk = *state;

    refuse_of(desk, "local", "rubbish", 4, true); /* three may wait */
    assert_int_equal(desk->batch.items[2].stage, LB_ITEM_UNREAD);
    assert_int_equal(desk->batch.items[3].stage, LB_ITEM_DENIED);
    assert_int_equal(desk->batch.items[3].error, LB_ERR_CUT_SHORT);
    assert_true(lb_span_is(desk->batch.items[3].text,
                           "no end; not kept in quarantine: the party's share is full"));
    refuse_of(desk, "carrier", "garbage", 2, true); /* the rest of five */
    assert_int_equal(desk->batch.items[1].stage, LB_ITEM_UNREAD);
    refuse_of(desk, "carrier", "more", 1, true);
    assert_true(
        lb_span_is(desk->batch.items[0].text, "no end; not kept in quarantine: it is full"));
    assert_int_equal(rows_of(desk, "local"), 3);
    assert_int_equal(rows_of(desk, "carrier"), 2);
}

static void test_a_share_is_of_bytes_too(void **state)
{
    test_desk *desk = *state;

    refuse_of(desk, "local", "a body of thirty-eight bytes, in all", 1, true);
    assert_int_equal(desk->batch.items[0].message->body.len, 38);
    assert_int_equal(desk->batch.items[0].stage, LB_ITEM_UNREAD);
    refuse_of(desk, "local", "", 1, true); /* two more: forty, as many as may */
    assert_int_equal(desk->batch.items[0].message->body.len, 2);
    assert_int_equal(desk->batch.items[0].stage, LB_ITEM_UNREAD);
    refuse_of(desk, "local", "x", 1, true);
    assert_int_equal(desk->batch.items[0].stage, LB_ITEM_DENIED);
    assert_int_equal(lb_quarantine_of(desk->quarantine, LB_SPAN("local")).bytes, 40);
}

static void test_a_share_is_what_waits_after_a_restart_too(void **state)
{
    test_desk *desk = *state;

    refuse_of(desk, "local", "rubbish", 3, true);
    refuse_of(desk, "carrier", "lost", 1, false); /* the commit failed */
    close_desk(desk);
    open_desk(desk, 5);
    assert_int_equal(rows_of(desk, "local"), 3);
    assert_int_equal(rows_of(desk, "carrier"), 0);
    assert_int_equal(lb_quarantine_waiting(desk->quarantine), 3);
    refuse_of(desk, "local", "more", 1, true);
    assert_int_equal(desk->batch.items[0].stage, LB_ITEM_DENIED);
    assert_int_equal(lb_quarantine_drop(desk->quarantine, 2), LB_OK); /* waits no more */
    assert_int_equal(rows_of(desk, "local"), 2);
    refuse_of(desk, "local", "more", 1, true);
    assert_int_equal(desk->batch.items[0].stage, LB_ITEM_UNREAD);
}

static void test_a_row_moves_once(void **state)
{
    test_desk *desk = *state;
    lb_answer answer;
    lb_submit submit;
    uint8_t token[LB_TOKEN_BYTES];
    int64_t received_us;

    refuse(desk, "garbage", 2, true);
    assert_int_equal(lb_quarantine_drop(desk->quarantine, 1), LB_OK);
    assert_int_equal(lb_quarantine_drop(desk->quarantine, 1), LB_ERR_NOT_FOUND);
    assert_int_equal(lb_quarantine_drop(desk->quarantine, 77), LB_ERR_NOT_FOUND);
    assert_int_equal(lb_quarantine_waiting(desk->quarantine), 1);
    assert_int_equal(
        lb_quarantine_take(desk->quarantine, 1, &desk->batch.arena, &submit, token, &received_us),
        LB_ERR_MISUSE);
    assert_int_equal(
        lb_quarantine_take(desk->quarantine, 2, &desk->batch.arena, &submit, token, &received_us),
        LB_OK);
    assert_true(lb_span_is(submit.messages.at[0].body, "garbage-1"));
    assert_int_equal(list(desk, false, &answer), 1);
    assert_int_equal(answer.quarantine.at[0].id, 2);
    assert_int_equal(list(desk, true, &answer), 2);
    assert_true(lb_span_is(answer.quarantine.at[0].state, "DROPPED"));
}

static void test_a_message_that_is_read_after_all_is_released(void **state)
{
    test_desk *desk = *state;
    lb_answer answer;

    refuse(desk, "garbage", 1, true);
    lb_batch_reset(&desk->batch);
    turn_frame(&desk->batch, "carrier", "garbage", 1);
    turn_read(&desk->batch, &desk->batch.items[0], 1);
    desk->batch.items[0].releases = 1;
    assert_int_equal(lb_store_begin(desk->store), LB_OK);
    assert_int_equal(lb_quarantine_append(desk->quarantine, &desk->batch), LB_OK);
    assert_int_equal(lb_store_commit(desk->store), LB_OK);
    lb_quarantine_settle(desk->quarantine, true);
    assert_int_equal(lb_quarantine_waiting(desk->quarantine), 0);
    assert_int_equal(list(desk, true, &answer), 1);
    assert_true(lb_span_is(answer.quarantine.at[0].state, "RELEASED"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_same_bytes_get_the_same_refusal, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_failed_commit_leaves_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_full_quarantine_keeps_no_more, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_who_fills_its_share_leaves_room_for_others, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_share_is_of_bytes_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_share_is_what_waits_after_a_restart_too, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_row_moves_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_message_that_is_read_after_all_is_released, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests_name("quarantine", tests, NULL, NULL);
}
