/* test_day_truth.c - a whole made-up day goes into a view, and the view must have everything that happened and
 * nothing else: see oracle.h. */
#include "oracle.h"

#include "keep/view.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void put_message(oracle *c, lb_view *view, const day_message *message, int64_t *seq)
{
    if (rig_read(&c->day, message) != LB_VERDICT_READ)
        return;
    for (size_t i = 0; i < lb_sink_count(c->day.sink); i++) {
        lb_event *event = lb_sink_event(c->day.sink, i);
        event->hub_seq = ++*seq;
        event->recorded_at_us = message->at_us;
        assert_int_equal(lb_view_put(view, event), LB_OK);
    }
}

static void fill_view(oracle *c, const char *path)
{
    lb_view *view;
    int64_t seq = 0;

    assert_int_equal(lb_view_open(&view, path), LB_OK);
    for (size_t i = 0; i < c->day.post.count; i++)
        if (c->day.post.at[i].kind != LB_DAY_DUPLICATE) /* the journal drops those */
            put_message(c, view, &c->day.post.at[i], &seq);
    assert_int_equal(lb_view_flush(view, seq), LB_OK);
    lb_view_close(&view);
}

static void try_day(uint64_t seed, bool is_small)
{
    static oracle c;
    char path[128];

    memset(&c, 0, sizeof c);
    rig_open(&c.day, seed, is_small);
    fill_view(&c, rig_path(&c.day, "view.db", path));
    oracle_open(&c, path);
    int wrong = oracle_judge(&c), claimed = oracle_check_claims(&c);
    oracle_close(&c);
    rig_close(&c.day);
    assert_int_equal(wrong, 0);
    assert_int_equal(claimed, 0);
}

static void test_the_view_knows_what_happened_on_small_days_and_nothing_else(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++)
        try_day(seed, true);
}

static void test_the_view_knows_what_happened_on_a_whole_day_and_nothing_else(void **state)
{
    (void)state;
    try_day(1, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_view_knows_what_happened_on_small_days_and_nothing_else),
        cmocka_unit_test(test_the_view_knows_what_happened_on_a_whole_day_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
