/* test_day_order.c - the same letters in any order, some of them twice, give the same view: its dump is
 * equal to the byte. So is that of a view which was closed and opened again in the middle. */
#include "rig.h"

#include "arena.h"
#include "fold/answer.h"
#include "keep/view.h"
#include "record.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#define SHUFFLES 5

typedef struct pile { /* letters of the day, by their index, in the order of reading */
    size_t *at;
    size_t count;
} pile;

static pile pile_of(const rig *r, bool with_twice)
{
    pile p = {.at = day_memory(2 * r->post.count, sizeof *p.at)};

    for (size_t i = 0; i < r->post.count; i++)
        p.at[p.count++] = i;
    for (size_t i = 0; with_twice && i < r->post.count; i += 3)
        p.at[p.count++] = i;
    return p;
}

static void shuffle(pile *p, uint64_t seed)
{
    day_rng rng;

    day_rng_seed(&rng, seed, 1000);
    for (size_t i = p->count - 1; i > 0; i--) {
        size_t k = (size_t)day_rng_between(&rng, 0, (int64_t)i);
        size_t other = p->at[k];
        p->at[k] = p->at[i];
        p->at[i] = other;
    }
}

static void put_letter(rig *r, lb_view *view, const day_letter *letter, int64_t *seq)
{
    if (letter->kind == LB_DAY_DUPLICATE || rig_read(r, letter) != LB_VERDICT_READ)
        return;
    for (size_t i = 0; i < lb_sink_count(r->sink); i++) {
        lb_event *event = lb_sink_event(r->sink, i);
        event->hub_seq = ++*seq;
        event->recorded_at_us = letter->at_us;
        assert_int_equal(lb_view_put(view, event), LB_OK);
    }
}

static void fill(rig *r, const char *path, const pile *p, bool is_reopened)
{
    lb_view *view;
    int64_t seq = 0;

    assert_int_equal(lb_view_open(&view, path), LB_OK);
    for (size_t i = 0; i < p->count; i++) {
        put_letter(r, view, &r->post.at[p->at[i]], &seq);
        if (is_reopened && i == p->count / 2) {
            assert_int_equal(lb_view_flush(view, seq), LB_OK);
            lb_view_close(&view);
            assert_int_equal(lb_view_open(&view, path), LB_OK);
            assert_int_equal(lb_view_applied(view), seq);
        }
    }
    assert_int_equal(lb_view_flush(view, seq), LB_OK);
    lb_view_close(&view);
}

/* The dump lives in the arena. */
static lb_span dump(const rig *r, const char *path, lb_arena *arena)
{
    lb_view_reader *reader;
    lb_query query;
    lb_answer answer;

    lb_record_init(&lb_record_query, &query);
    lb_record_init(&lb_record_answer, &answer);
    query.ask = LB_ASK_DUMP;
    query.now_us = r->world.end_us;
    assert_int_equal(lb_view_reader_open(&reader, path), LB_OK);
    assert_int_equal(lb_view_answer(reader, &query, r->world.end_us, arena, &answer), LB_OK);
    lb_view_reader_close(&reader);
    return answer.dump;
}

static lb_span dump_of(rig *r, const char *name, const pile *p, bool is_reopened, lb_arena *arena)
{
    char path[128];

    rig_path(r, name, path);
    fill(r, path, p, is_reopened);
    return dump(r, path, arena);
}

static void assert_same(lb_span a, lb_span b)
{
    size_t i = 0;

    while (i < a.len && i < b.len && a.at[i] == b.at[i])
        i++;
    if (i < a.len || i < b.len) {
        size_t from = i < 200 ? 0 : i - 200;
        lb_span x = lb_span_first(lb_span_after(a, from), 400);
        lb_span y = lb_span_first(lb_span_after(b, from), 400);
        fail_msg("dumps differ at byte %zu:\n%.*s\n--- against ---\n%.*s", i, LB_ARG(x), LB_ARG(y));
    }
}

static void test_letters_in_any_order_and_twice_give_the_same_view(void **state)
{
    rig r;
    lb_arena arena;

    (void)state;
    rig_open(&r, 5, true);
    lb_arena_init(&arena, (size_t)256 << 20);
    pile p = pile_of(&r, false);
    lb_span expected = dump_of(&r, "in-order.db", &p, false, &arena);
    assert_true(expected.len > 10000);
    for (uint64_t seed = 1; seed <= SHUFFLES; seed++) {
        char name[32];
        pile shuffled = pile_of(&r, true);
        shuffle(&shuffled, seed);
        snprintf(name, sizeof name, "shuffled-%d.db", (int)seed);
        assert_same(expected, dump_of(&r, name, &shuffled, false, &arena));
        free(shuffled.at);
    }
    free(p.at);
    lb_arena_fini(&arena);
    rig_close(&r);
}

static void test_a_view_that_was_closed_in_between_is_the_same(void **state)
{
    rig r;
    lb_arena arena;

    (void)state;
    rig_open(&r, 6, true);
    lb_arena_init(&arena, (size_t)64 << 20);
    pile p = pile_of(&r, false);
    lb_span expected = dump_of(&r, "straight.db", &p, false, &arena);
    assert_same(expected, dump_of(&r, "reopened.db", &p, true, &arena));
    free(p.at);
    lb_arena_fini(&arena);
    rig_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_letters_in_any_order_and_twice_give_the_same_view),
        cmocka_unit_test(test_a_view_that_was_closed_in_between_is_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
