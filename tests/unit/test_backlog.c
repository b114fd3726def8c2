/* test_backlog.c - requests that wait to be read, and the order of their senders. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/backlog.h"

enum { MS = 1000, ROOM = 16 * 1024 * 1024 };

typedef struct line {
    lb_backlog *backlog;
    lb_arena arena;
    int64_t now_us;
} line;

static int set_up(void **state)
{
    static line made;

    made = (line){.now_us = 1000000};
    lb_arena_init(&made.arena, 4 * (size_t)ROOM);
    assert_int_equal(lb_backlog_open(&made.backlog), LB_OK);
    *state = &made;
    return 0;
}

static int tear_down(void **state)
{
    line *l = *state;

    lb_backlog_close(&l->backlog);
    lb_arena_fini(&l->arena);
    return 0;
}

static lb_submission *make(line *l, const char *body, size_t len)
{
    lb_submission *one = lb_arena_zero(&l->arena, sizeof *one);

    one->body = (lb_span){body, len};
    return one;
}

static void put(line *l, const char *sender, const char *body)
{
    assert_int_equal(
        lb_backlog_put(l->backlog, lb_span_of(sender), true, make(l, body, strlen(body))), LB_OK);
}

/* The next one is this, and reading it takes so long. */
static void assert_next(line *l, const char *body, int64_t takes_us)
{
    lb_submission *one = lb_backlog_next(l->backlog, l->now_us, false);

    assert_non_null(one);
    assert_true(lb_span_is(one->body, body));
    l->now_us += takes_us;
    lb_backlog_used(l->backlog, l->now_us, takes_us, true);
    lb_submission_end(one);
}

static void end_turn(line *l)
{
    lb_backlog_end_turn(l->backlog, l->now_us);
}

static void test_senders_take_turns_and_each_keeps_its_order(void **state)
{
    line *l = *state;

    put(l, "a", "a1");
    put(l, "a", "a2");
    put(l, "a", "a3");
    put(l, "b", "b1");
    put(l, "c", "c1");
    assert_int_equal(lb_backlog_put(l->backlog, LB_EMPTY, true, make(l, "nameless", 8)), LB_OK);
    assert_next(l, "a1", MS);
    assert_next(l, "b1", MS);
    assert_next(l, "c1", MS);
    assert_next(l, "nameless", MS);
    assert_next(l, "a2", MS);
    put(l, "b", "b2");
    assert_next(l, "a3", MS);
    assert_next(l, "b2", MS);
    assert_true(lb_backlog_is_empty(l->backlog));
}

static void test_an_expensive_message_is_charged_to_its_sender(void **state)
{
    line *l = *state;

    put(l, "dear", "d1");
    put(l, "dear", "d2");
    put(l, "other", "o1");
    put(l, "other", "o2");
    assert_next(l, "d1", 100 * MS);
    assert_next(l, "o1", MS);
    assert_next(l, "o2", MS); /* d2 would be next without its debt */
    assert_null(lb_backlog_next(l->backlog, l->now_us, true));
    assert_next(l, "d2", MS); /* no other sender waits */
}

static void test_a_debt_is_paid_off_by_time_and_outlasts_an_empty_queue(void **state)
{
    line *l = *state;

    put(l, "dear", "d1");
    assert_next(l, "d1", 50 * MS);
    end_turn(l);
    put(l, "dear", "d2");
    put(l, "other", "o1");
    assert_next(l, "o1", MS);
    l->now_us += 50 * MS;
    put(l, "other", "o2");
    assert_next(l, "d2", MS);
    assert_next(l, "o2", MS);
}

static void test_many_small_submissions_wait_as_long_as_one_with_all_their_events(void **state)
{
    line *l = *state;
    int64_t began_us = l->now_us;

    for (int i = 0; i < 1000; i++) {
        lb_submission *one;
        put(l, "many", "m");
        while ((one = lb_backlog_next(l->backlog, l->now_us, true)) == NULL)
            l->now_us += 100;
        lb_backlog_pace(l->backlog, l->now_us, 100);
        lb_backlog_used(l->backlog, l->now_us, 1, true);
        lb_submission_end(one);
        end_turn(l);
    }
    assert_true(l->now_us - began_us >= 1000 * 100 - 2 * LB_PACE_AHEAD_US);
}

static void test_a_sender_counts_as_lone_after_some_time_alone(void **state)
{
    line *l = *state;

    assert_false(lb_backlog_is_lone(l->backlog, l->now_us));
    for (int64_t began_us = l->now_us; l->now_us - began_us < LB_LONE_US;) {
        assert_false(lb_backlog_is_lone(l->backlog, l->now_us));
        put(l, "a", "a");
        assert_next(l, "a", MS);
        end_turn(l);
    }
    put(l, "a", "a");
    assert_next(l, "a", MS);
    assert_true(lb_backlog_is_lone(l->backlog, l->now_us));
    put(l, "a", "a");
    put(l, "b", "b");
    assert_false(lb_backlog_is_lone(l->backlog, l->now_us));
    assert_next(l, "a", MS);
    assert_next(l, "b", MS);
    assert_false(lb_backlog_is_lone(l->backlog, l->now_us));
    put(l, "a", "a");
    assert_next(l, "a", MS);
    assert_false(lb_backlog_is_lone(l->backlog, l->now_us));
    assert_false(lb_backlog_is_lone(l->backlog, l->now_us + 2 * LB_LONE_US));
}

static void note_end(void *message)
{
    *(int *)message += 1;
}

static void test_closing_frees_what_is_queued(void **state)
{
    line *l = *state;
    int ended = 0;

    for (int i = 0; i < 3; i++) {
        lb_submission *one = make(l, "waits", 5);
        one->request = &ended;
        one->let_go = note_end;
        assert_int_equal(lb_backlog_put(l->backlog, LB_SPAN("a"), true, one), LB_OK);
    }
    assert_next(l, "waits", MS);
    assert_int_equal(ended, 1);
    lb_backlog_close(&l->backlog);
    assert_int_equal(ended, 3);
}

static void note_away(void *whose, lb_span sender, size_t messages)
{
    char *reported = whose;

    sprintf(reported + strlen(reported), "%.*s %zu;", LB_ARG(sender), messages);
}

static void test_messages_turned_away_are_reported_once(void **state)
{
    line *l = *state;
    char reported[64] = "";

    put(l, "a", "a1");
    put(l, "b", "b1");
    lb_backlog_turned_away(l->backlog, LB_SPAN("b"), 3);
    lb_backlog_turned_away(l->backlog, LB_SPAN("b"), 2);
    lb_backlog_turned_away(l->backlog, LB_SPAN("nobody"), 7);
    assert_next(l, "a1", MS);
    assert_next(l, "b1", MS);
    end_turn(l); /* counted until it is reported */
    lb_backlog_each_turned_away(l->backlog, note_away, reported);
    assert_string_equal(reported, "b 5;");
    lb_backlog_each_turned_away(l->backlog, note_away, reported);
    assert_string_equal(reported, "b 5;");
}

static void test_a_slice_ends_only_when_others_wait(void **state)
{
    line *l = *state;

    put(l, "a", "a1");
    assert_non_null(lb_backlog_next(l->backlog, l->now_us, false));
    assert_true(lb_backlog_may_go_on(l->backlog, 100 * LB_SLICE_US));
    put(l, "b", "b1");
    assert_true(lb_backlog_may_go_on(l->backlog, LB_SLICE_US - 1));
    assert_false(lb_backlog_may_go_on(l->backlog, LB_SLICE_US));
}

static void test_a_delayed_request_keeps_its_place_and_lets_others_pass(void **state)
{
    line *l = *state;

    put(l, "long", "l1");
    put(l, "long", "l2");
    put(l, "other", "o1");
    put(l, "other", "o2");
    assert_non_null(lb_backlog_next(l->backlog, l->now_us, false));
    lb_backlog_suspend(l->backlog, l->now_us, 0);
    assert_next(l, "o1", MS);
    assert_false(lb_backlog_is_quiet(l->backlog));
    assert_next(l, "o2", MS);
    assert_null(lb_backlog_next(l->backlog, l->now_us, false));
    assert_true(lb_backlog_is_quiet(l->backlog));
    assert_false(lb_backlog_is_empty(l->backlog));
    end_turn(l);
    put(l, "other", "o3");
    lb_backlog_resume(l->backlog);
    assert_next(l, "l1", MS);
    assert_next(l, "o3", MS);
    assert_next(l, "l2", MS);
}

static void test_a_sender_fills_its_own_share_and_no_other(void **state)
{
    line *l = *state;
    static char long_body[LB_SENDER_BYTES];
    lb_submission *one = make(l, long_body, sizeof long_body - 1024);

    assert_int_equal(lb_backlog_put(l->backlog, LB_SPAN("a"), true, one), LB_OK);
    assert_true(lb_backlog_bytes(l->backlog) < LB_SENDER_BYTES);
    put(l, "a", "one more, whatever its length");
    one = make(l, long_body, 1024);
    assert_int_equal(lb_backlog_put(l->backlog, LB_SPAN("a"), true, one), LB_OK);
    assert_int_equal(lb_backlog_put(l->backlog, LB_SPAN("a"), true, make(l, "too much", 8)),
                     LB_ERR_FULL);
    put(l, "b", "b1");
    assert_int_equal(lb_backlog_put(l->backlog, LB_SPAN("a"), false, make(l, "of a gate", 9)),
                     LB_OK);
}

static lb_err put_long(line *l, const char *sender, size_t len)
{
    static char body[LB_SENDER_BYTES];

    return lb_backlog_put(l->backlog, lb_span_of(sender), true, make(l, body, len));
}

static void test_a_few_that_fill_the_backlog_leave_room_for_the_others(void **state)
{
    line *l = *state;
    char name[] = "a";

    for (; name[0] < 'e'; name[0]++)
        assert_int_equal(put_long(l, name, LB_SENDER_BYTES), LB_OK);
    assert_int_equal(put_long(l, "new", LB_SENDER_BYTES), LB_ERR_FULL);
    assert_int_equal(put_long(l, "new", LB_SCARCE_BYTES / 2), LB_OK);
    put(l, "new", "another one");
    assert_int_equal(put_long(l, "new", LB_SCARCE_BYTES / 2), LB_ERR_FULL);
    put(l, "newer", "n1");
    assert_false(lb_backlog_is_full(l->backlog));
    assert_int_equal(lb_backlog_put(l->backlog, LB_SPAN("a"), true, make(l, "more", 4)),
                     LB_ERR_FULL);
}

static void test_the_backlog_reports_when_it_is_full(void **state)
{
    line *l = *state;
    char name[8];
    int senders = 0;

    while (!lb_backlog_is_full(l->backlog)) {
        snprintf(name, sizeof name, "s%d", senders++);
        size_t len = senders <= 4 ? LB_SENDER_BYTES : LB_SCARCE_BYTES - 1000;
        assert_int_equal(put_long(l, name, len), LB_OK);
        assert_true(lb_backlog_bytes(l->backlog) <= LB_BACKLOG_MOST_BYTES + LB_SCARCE_BYTES);
    }
    assert_true(senders > 4);
    assert_true(lb_backlog_bytes(l->backlog) >= LB_BACKLOG_MOST_BYTES);
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_senders_take_turns_and_each_keeps_its_order),
        T(test_an_expensive_message_is_charged_to_its_sender),
        T(test_a_debt_is_paid_off_by_time_and_outlasts_an_empty_queue),
        T(test_many_small_submissions_wait_as_long_as_one_with_all_their_events),
        T(test_a_sender_counts_as_lone_after_some_time_alone),
        T(test_closing_frees_what_is_queued),
        T(test_messages_turned_away_are_reported_once),
        T(test_a_slice_ends_only_when_others_wait),
        T(test_a_delayed_request_keeps_its_place_and_lets_others_pass),
        T(test_a_sender_fills_its_own_share_and_no_other),
        T(test_a_few_that_fill_the_backlog_leave_room_for_the_others),
        T(test_the_backlog_reports_when_it_is_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
