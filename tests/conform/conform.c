/* conform.c - the contract of adapters, tested on every capture of the goldens.
 *
 * Each test walks all adapters and all their captures, so a new adapter is under all of them with its
 * first golden. Reading is done on a copy of exactly the right size, so that address sanitizer and
 * valgrind see every byte that is read past the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "goldens.h"
#include "landbridge/adapter/adapter.h"
#include "landbridge/client/ident.h"
#include "record.h"

enum {
    SINK_BYTES = 64 * 1024 * 1024,
    SMALL_SINK = 2048,
    EVERY_PREFIX = 6000, /* longer captures are cut at so many places, spread evenly */
    FAULTS_MAX = 400,
};

/* -- allocations that fail on demand: linked with --wrap ---------------------------------------- */

static long fail_at = -1; /* the allocation that fails, counted down; -1: none */
static bool fail_on;      /* from then on */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

static bool fails_now(void)
{
    if (fail_at < 0)
        return false;
    if (fail_at > 0) {
        fail_at--;
        return false;
    }
    if (!fail_on)
        fail_at = -2; /* fired */
    return true;
}

void *__wrap_malloc(size_t size)
{
    return fails_now() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails_now() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails_now() ? NULL : __real_realloc(old, size);
}

/* -- walking ------------------------------------------------------------------------------------------ */

typedef void on_capture(const lb_adapter *adapter, const golden *one, lb_sink *sink);

static void for_every_capture(on_capture *body)
{
    size_t count;
    const lb_adapter *const *all = lb_adapters(&count);
    lb_sink *sink;
    assert_int_equal(lb_sink_open(&sink, SINK_BYTES), LB_OK);
    for (size_t i = 0; i < count; i++) {
        goldens found = goldens_load(all[i]->name);
        for (size_t k = 0; k < found.count; k++)
            body(all[i], &found.at[k], sink);
        goldens_free(&found);
    }
    lb_sink_close(&sink);
}

static lb_verdict read_exact(const lb_adapter *adapter, const golden *one, size_t len,
                             lb_sink *sink)
{
    char *exact = malloc(len == 0 ? 1 : len);
    memcpy(exact, one->bytes, len);
    const lb_reading reading = {
        .received_us = one->received_us,
        .source = one->source != NULL ? one->source : lb_source_default(),
    };
    lb_sink_reset(sink);
    lb_verdict verdict = lb_adapter_read(adapter, &reading, (lb_span){exact, len}, sink);
    free(exact);
    return verdict;
}

/* Holds for every event, whatever the input. Texts are checked by packing and unpacking, which
 * refuses anything but UTF-8. The bytes of the message are freed by now and nothing may point
 * into them, so the read is repeated here on bytes that stay. */
static void check_events(const lb_adapter *adapter, const golden *one, lb_sink *sink)
{
    lb_arena arena;
    lb_arena_init(&arena, SINK_BYTES);
    const lb_reading reading = {
        .received_us = one->received_us,
        .source = one->source != NULL ? one->source : lb_source_default(),
    };
    lb_sink_reset(sink);
    lb_verdict verdict = lb_adapter_read(adapter, &reading, (lb_span){one->bytes, one->len}, sink);
    if (verdict != LB_VERDICT_READ && lb_sink_count(sink) != 0)
        fail_msg("%s: events after %s", one->path, lb_verdict_name(verdict));

    for (size_t i = 0; i < lb_sink_count(sink); i++) {
        const lb_event *event = lb_sink_event(sink, i);
        lb_event again;
        lb_span packed;
        lb_arena_reset(&arena);
        if (lb_record_pack(&lb_record_event, event, &arena, &packed) != LB_OK ||
            lb_record_unpack(&lb_record_event, packed, &arena, &again) != LB_OK)
            fail_msg("%s: event %zu does not survive the wire", one->path, i + 1);
        int64_t utc_us = event->occurred.utc_us;
        if (utc_us != LB_UNKNOWN &&
            (utc_us < INT64_C(631152000000000) || utc_us > INT64_C(4102444800000000)))
            fail_msg("%s: event %zu is not of our time", one->path, i + 1);
        if (event->event_id.len != 16 || event->source_event_key.len == 0)
            fail_msg("%s: event %zu has no identity", one->path, i + 1);
        for (size_t k = 0; k < event->objects.count; k++) {
            const lb_object *object = &event->objects.at[k];
            if (!lb_span_equal(lb_ident_normalise(event->sink, object->scheme, object->id),
                               object->id))
                fail_msg("%s: '%.*s' is not normal", one->path, LB_ARG(object->id));
        }
    }
    lb_arena_fini(&arena);
}

static void test_what_is_read_is_sound(void **state)
{
    (void)state;
    for_every_capture(check_events);
}

static void check_prefixes(const lb_adapter *adapter, const golden *one, lb_sink *sink)
{
    size_t step = one->len / EVERY_PREFIX + 1;
    for (size_t len = 0; len <= one->len; len += step)
        if (read_exact(adapter, one, len, sink) != LB_VERDICT_READ && lb_sink_count(sink) != 0)
            fail_msg("%s: events of a message that was not read, at %zu bytes", one->path, len);
}

static void test_every_prefix_is_survived(void **state)
{
    (void)state;
    for_every_capture(check_prefixes);
}

static lb_span text_of(lb_sink *sink, lb_arena *arena)
{
    lb_span text = LB_EMPTY;
    for (size_t i = 0; i < lb_sink_count(sink); i++)
        assert_int_equal(lb_record_text(&lb_record_event, lb_sink_event(sink, i), arena, &text),
                         LB_OK);
    return text;
}

static void check_twice(const lb_adapter *adapter, const golden *one, lb_sink *sink)
{
    lb_arena arena;
    lb_arena_init(&arena, SINK_BYTES);
    const lb_reading reading = {
        .received_us = one->received_us,
        .source = one->source != NULL ? one->source : lb_source_default(),
    };
    lb_span message = {one->bytes, one->len}, text[2];
    for (int i = 0; i < 2; i++) {
        lb_sink_reset(sink); /* poisons what the first run left behind, where LB_POISON is on */
        lb_adapter_read(adapter, &reading, message, sink);
        text[i] = text_of(sink, &arena);
    }
    if (!lb_span_equal(text[0], text[1]))
        fail_msg("%s: read twice, understood differently", one->path);
    lb_arena_fini(&arena);
}

static void test_the_same_bytes_give_the_same_events(void **state)
{
    (void)state;
    for_every_capture(check_twice);
}

static void check_small_sink(const lb_adapter *adapter, const golden *one, lb_sink *sink)
{
    lb_sink *small;
    (void)sink;
    assert_int_equal(lb_sink_open(&small, SMALL_SINK), LB_OK);
    if (read_exact(adapter, one, one->len, small) == LB_VERDICT_READ && lb_sink_count(small) > 1)
        fail_msg("%s: %zu events in %d bytes", one->path, lb_sink_count(small), SMALL_SINK);
    lb_sink_close(&small);
}

static void test_a_sink_that_is_too_small_ends_cleanly(void **state)
{
    (void)state;
    for_every_capture(check_small_sink);
}

/* A fresh sink each time, so that its own blocks fail too. */
static void check_failing_memory(const lb_adapter *adapter, const golden *one, lb_sink *sink)
{
    (void)sink;
    for (int kind = 0; kind < 2; kind++)
        for (long n = 0; n < FAULTS_MAX; n++) {
            lb_sink *fresh = NULL;
            const lb_reading reading = {one->received_us,
                                        one->source != NULL ? one->source : lb_source_default()};
            fail_at = n;
            fail_on = kind == 1;
            if (lb_sink_open(&fresh, SINK_BYTES) == LB_OK) {
                lb_verdict verdict =
                    lb_adapter_read(adapter, &reading, (lb_span){one->bytes, one->len}, fresh);
                if (verdict >= LB_VERDICTS ||
                    (verdict != LB_VERDICT_READ && lb_sink_count(fresh) > 0))
                    fail_msg("%s: allocation %ld fails, verdict %d", one->path, n, (int)verdict);
            }
            bool is_fired = kind == 0 ? fail_at == -2 : fail_at == 0;
            fail_at = -1;
            lb_sink_close(&fresh);
            if (!is_fired)
                break;
        }
}

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    for_every_capture(check_failing_memory);
}

/* The adapter that owns a capture scores at least as high on it as any other. Prints the table. */
static void test_no_probe_scores_above_the_owner_of_a_capture(void **state)
{
    size_t count, stolen = 0;
    const lb_adapter *const *all = lb_adapters(&count);
    (void)state;
    printf("%-16s", "captures of");
    for (size_t k = 0; k < count; k++)
        printf(" %14s", all[k]->name);
    putchar('\n');
    for (size_t i = 0; i < count; i++) {
        goldens found = goldens_load(all[i]->name);
        printf("%-16s", all[i]->name);
        for (size_t k = 0; k < count; k++) {
            unsigned surest = 0;
            for (size_t c = 0; c < found.count; c++) {
                lb_span head = lb_span_first((lb_span){found.at[c].bytes, found.at[c].len}, 4096);
                unsigned own = all[i]->probe(head), theirs = all[k]->probe(head);
                surest = theirs > surest ? theirs : surest;
                if (k != i && theirs > own) {
                    stolen++;
                    printf("\n%s claims %s (%u over %u)\n", all[k]->name, found.at[c].path, theirs,
                           own);
                }
            }
            printf(" %14u", surest);
        }
        putchar('\n');
        goldens_free(&found);
    }
    assert_int_equal(stolen, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_read_is_sound),
        cmocka_unit_test(test_every_prefix_is_survived),
        cmocka_unit_test(test_the_same_bytes_give_the_same_events),
        cmocka_unit_test(test_a_sink_that_is_too_small_ends_cleanly),
        cmocka_unit_test(test_every_allocation_may_fail),
        cmocka_unit_test(test_no_probe_scores_above_the_owner_of_a_capture),
    };
    return cmocka_run_group_tests_name("conform", tests, NULL, NULL);
}
