/* test_day_order.c - the same events in any order, some of them twice, some retracted before they arrive,
 * give the same view: its dump is byte-equal. So is that of a view which was closed and opened again
 * in the middle, and of a rebuilt one.
 *
 * A whole day with LANDBRIDGE_SEEDS shuffles (12 without it). */
#include "rig.h"

#include "arena.h"
#include "answer/answer.h"
#include "keep/view.h"
#include "record.h"
#include "view_dump.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SEEDS = 12, RETRACT_EVERY = 40, REPEAT_EVERY = 7, FLUSH_AT = 30000 };

typedef struct pile { /* events as the journal has them */
    lb_span *at;
    size_t count, room;
} pile;

static void add(pile *p, lb_arena *arena, const lb_event *event)
{
    lb_span packed;

    assert_true(lb_arena_grow(arena, p, sizeof *p->at));
    assert_int_equal(lb_record_pack(&lb_record_event, event, arena, &packed), LB_OK);
    p->at[p->count++] = packed;
}

/* The retraction that the sender of an event would send an hour later. */
static void add_retraction(pile *p, lb_arena *arena, const lb_event *event)
{
    lb_event back = *event;

    back.correction = LB_CORRECTION_RETRACTS;
    back.reported_at_us = event->reported_at_us == LB_UNKNOWN
                              ? event->received_at_us
                              : event->reported_at_us + INT64_C(3600000000);
    back.event_id = LB_SPAN("0123456789abcdef");
    add(p, arena, &back);
}

/* The whole day, with a retraction for every 40th event that is not a position. */
static pile events_of(rig *r, lb_arena *arena)
{
    pile p = {0};
    size_t others = 0;

    for (size_t i = 0; i < r->post.count; i++) {
        if (rig_read(r, &r->post.at[i]) != LB_VERDICT_READ)
            continue;
        for (size_t k = 0; k < lb_sink_count(r->sink); k++) {
            lb_event *event = lb_sink_event(r->sink, k);
            event->hub_seq = event->recorded_at_us = 0;
            add(&p, arena, event);
            if (event->type != LB_EVENT_PING && ++others % RETRACT_EVERY == 0)
                add_retraction(&p, arena, event);
        }
    }
    return p;
}

static void shuffle(pile *p, uint64_t seed)
{
    day_rng rng;

    day_rng_seed(&rng, seed, 1000);
    for (size_t i = p->count - 1; i > 0; i--) {
        size_t k = (size_t)day_rng_between(&rng, 0, (int64_t)i);
        lb_span other = p->at[k];
        p->at[k] = p->at[i];
        p->at[i] = other;
    }
}

static void put(lb_view *view, lb_span packed, int64_t seq, lb_arena *scratch)
{
    lb_event event;

    lb_arena_reset(scratch);
    assert_int_equal(lb_record_unpack(&lb_record_event, packed, scratch, &event), LB_OK);
    event.hub_seq = seq;
    assert_int_equal(lb_view_put(view, &event), LB_OK);
}

/* Every 7th event comes twice; the view is flushed now and then, and reopened in the middle when
 * `is_reopened`. */
static void fill(const pile *p, const char *path, bool is_repeated, bool is_reopened,
                 lb_arena *scratch)
{
    lb_view *view;
    int64_t seq = 0;

    unlink(path);
    assert_int_equal(lb_view_open(&view, path), LB_OK);
    for (size_t i = 0; i < p->count; i++) {
        put(view, p->at[i], ++seq, scratch);
        if (is_repeated && i % REPEAT_EVERY == 0)
            put(view, p->at[i / 2], ++seq, scratch);
        if (lb_view_pending(view) > FLUSH_AT)
            assert_int_equal(lb_view_flush(view, seq), LB_OK);
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
    lb_span text = LB_EMPTY;

    assert_int_equal(view_dump(path, r->world.end_us, arena, &text), LB_OK);
    return text;
}

static void assert_same(lb_span a, lb_span b, uint64_t seed)
{
    size_t i = 0;

    while (i < a.len && i < b.len && a.at[i] == b.at[i])
        i++;
    if (i < a.len || i < b.len) {
        size_t from = i < 200 ? 0 : i - 200;
        lb_span x = lb_span_first(lb_span_after(a, from), 400);
        lb_span y = lb_span_first(lb_span_after(b, from), 400);
        fail_msg("seed %d: dumps differ at byte %zu:\n%.*s\n--- against ---\n%.*s", (int)seed, i,
                 LB_ARG(x), LB_ARG(y));
    }
}

static uint64_t seeds(void)
{
    const char *text = getenv("LANDBRIDGE_SEEDS");
    int64_t number = SEEDS;

    if (text != NULL)
        assert_true(lb_span_number(lb_span_of(text), &number));
    return (uint64_t)number;
}

static void try_day(bool is_small, uint64_t shuffles)
{
    rig r;
    lb_arena events, dumps, scratch;
    char path[128];

    rig_open(&r, 5, is_small);
    lb_arena_init(&events, (size_t)1 << 30);
    lb_arena_init(&dumps, (size_t)1 << 30);
    lb_arena_init(&scratch, (size_t)64 << 20);
    rig_path(&r, "view.db", path);
    pile p = events_of(&r, &events);
    assert_true(p.count > 1000);

    fill(&p, path, false, false, &scratch);
    lb_arena expected_memory;
    lb_arena_init(&expected_memory, (size_t)1 << 30);
    lb_span expected = dump(&r, path, &expected_memory);
    assert_true(expected.len > 10000);
    for (uint64_t seed = 1; seed <= shuffles; seed++) {
        lb_arena_reset(&dumps);
        shuffle(&p, seed);
        fill(&p, path, true, seed % 10 == 0, &scratch);
        assert_same(expected, dump(&r, path, &dumps), seed);
    }
    print_message("%zu events, %d shuffles, %zu bytes of dump\n", p.count, (int)shuffles,
                  expected.len);
    lb_arena_fini(&expected_memory);
    lb_arena_fini(&scratch);
    lb_arena_fini(&dumps);
    lb_arena_fini(&events);
    rig_close(&r);
}

static void test_events_of_a_small_day_in_any_order_give_the_same_view(void **state)
{
    (void)state;
    try_day(true, 20);
}

static void test_events_of_a_whole_day_in_any_order_give_the_same_view(void **state)
{
    (void)state;
    try_day(false, seeds());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events_of_a_small_day_in_any_order_give_the_same_view),
        cmocka_unit_test(test_events_of_a_whole_day_in_any_order_give_the_same_view),
    };
    return cmocka_run_group_tests_name("day_order", tests, NULL, NULL);
}
