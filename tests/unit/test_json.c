/* test_json.c - untrusted JSON becomes a small tree whose values know their offset, or is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "json.h"

enum { SINK_BYTES = 256 * 1024 * 1024 };

static int open_sink(void **state)
{
    lb_sink *sink = NULL;
    if (lb_sink_open(&sink, SINK_BYTES) != LB_OK)
        return -1;
    *state = sink;
    return 0;
}

static int close_sink(void **state)
{
    lb_sink *sink = *state;
    lb_sink_close(&sink);
    return 0;
}

static const lb_json_node *read_text(void **state, const char *text)
{
    lb_json_fault fault;
    const lb_json_node *root = lb_json_read(*state, lb_span_of(text), &fault);
    assert_non_null(root);
    return root;
}

static void assert_text(lb_span got, const char *expected)
{
    assert_int_equal(got.len, strlen(expected));
    assert_memory_equal(got.at, expected, got.len);
}

static void assert_refused(void **state, const char *text, lb_verdict verdict, size_t offset)
{
    lb_json_fault fault;
    assert_null(lb_json_read(*state, lb_span_of(text), &fault));
    assert_int_equal(fault.verdict, verdict);
    assert_int_equal(fault.where.at - text, offset);
}

static void test_values_are_found_by_their_path(void **state)
{
    const lb_json_node *root =
        read_text(state, "{\"a\":{\"b\":\"two\",\"n\":-12.5},\"t\":true,\"z\":null,\"l\":[1,2,3]}");
    int64_t scaled;

    assert_text(lb_json_text(root, "a/b"), "two");
    assert_true(lb_json_number(root, "a/n", 3, &scaled));
    assert_int_equal(scaled, -12500);
    assert_text(lb_json_text(root, "t"), "true");
    assert_text(lb_json_text(root, "z"), "");
    assert_text(lb_json_text(root, "a"), "");
    assert_null(lb_json_find(root, "a/c/d"));
    assert_int_equal(lb_json_child(root, "l")->count, 3);
}

static void test_a_plain_string_points_into_the_message(void **state)
{
    const char *message = "{\"x\": \"LBKU2048176\"}";
    const lb_json_node *root = read_text(state, message);

    assert_ptr_equal(lb_json_text(root, "x").at, message + 7);
    assert_ptr_equal(lb_json_where(lb_json_child(root, "x")).at, message + 7);
}

static void test_escapes_become_characters(void **state)
{
    const lb_json_node *root = read_text(
        state, "[\"a\\n\\\"\\/\\u00e9\\u65b0\\ud83d\\ude9a\", \"\\ud83d!\", \"\\u0000\"]");

    assert_text(root->first->text, "a\n\"/\xC3\xA9\xE6\x96\xB0\xF0\x9F\x9A\x9A");
    assert_text(root->first->next->text, "\xEF\xBF\xBD!");
    assert_text(root->last->text, "\xEF\xBF\xBD");
}

static void test_terms_lose_their_namespace(void **state)
{
    const lb_json_node *root = read_text(
        state, "{\"cargo:code\":\"A\",\"https://example.org/ns#when\":\"B\",\"plain\":\"C\"}");

    assert_text(lb_json_own_text(lb_json_term(root, "code")), "A");
    assert_text(lb_json_own_text(lb_json_term(root, "when")), "B");
    assert_text(lb_json_own_text(lb_json_term(root, "plain")), "C");
    assert_null(lb_json_term(root, "other"));
}

static void test_one_thing_without_brackets_is_a_list_of_one(void **state)
{
    const lb_json_node *root =
        read_text(state, "{\"one\":{\"v\":1},\"many\":[{\"v\":2},{\"v\":3}]}");
    const lb_json_node *one = lb_json_child(root, "one"), *many = lb_json_child(root, "many");

    assert_ptr_equal(lb_json_each(one), one);
    assert_null(lb_json_each_next(one, one));
    const lb_json_node *first = lb_json_each(many), *second = lb_json_each_next(many, first);
    assert_text(lb_json_text(second, "v"), "3");
    assert_null(lb_json_each_next(many, second));
}

static void test_a_surplus_comma_is_tolerated(void **state)
{
    assert_int_equal(read_text(state, "[1, 2, ]")->count, 2);
}

static void test_faults_know_their_byte(void **state)
{
    assert_refused(state, "{\"a\":", LB_VERDICT_CUT_SHORT, 5);
    assert_refused(state, "{\"a\":\"b", LB_VERDICT_CUT_SHORT, 7);
    assert_refused(state, "{\"a\" 1}", LB_VERDICT_GARBLED, 5);
    assert_refused(state, "[1 2]", LB_VERDICT_GARBLED, 3);
    assert_refused(state, "[1]x", LB_VERDICT_GARBLED, 3);
    assert_refused(state, "[,]", LB_VERDICT_GARBLED, 1);
    assert_refused(state, "[\"\\q\"]", LB_VERDICT_GARBLED, 2);
    assert_refused(state, "[nil]", LB_VERDICT_GARBLED, 1);
    assert_refused(state, "[nul", LB_VERDICT_CUT_SHORT, 4);
    assert_refused(state, "", LB_VERDICT_CUT_SHORT, 0);
}

static void nest(char *text, size_t depth)
{
    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    text[2 * depth] = '\0';
}

static void test_nesting_has_a_limit(void **state)
{
    char text[2 * LB_JSON_MAX_DEPTH + 3];
    lb_json_fault fault;

    nest(text, LB_JSON_MAX_DEPTH);
    assert_non_null(lb_json_read(*state, lb_span_of(text), &fault));
    nest(text, LB_JSON_MAX_DEPTH + 1);
    assert_null(lb_json_read(*state, lb_span_of(text), &fault));
    assert_int_equal(fault.verdict, LB_VERDICT_TOO_MUCH);
}

static void test_values_have_a_limit(void **state)
{
    size_t count = LB_JSON_MAX_VALUES;
    char *text = malloc(2 * count + 3);
    lb_json_fault fault;

    text[0] = '[';
    for (size_t i = 0; i < count; i++)
        memcpy(text + 1 + 2 * i, "1,", 2);
    text[2 * count] = ']'; /* the array itself is a value too: one too many */
    assert_null(lb_json_read(*state, (lb_span){text, 2 * count + 1}, &fault));
    assert_int_equal(fault.verdict, LB_VERDICT_TOO_MUCH);
    lb_sink_reset(*state);
    text[2 * count - 2] = ']';
    assert_non_null(lb_json_read(*state, (lb_span){text, 2 * count - 1}, &fault));
    free(text);
}

static void test_a_probe_finds_names_in_quotes_only(void **state)
{
    (void)state;
    lb_span head = LB_SPAN("\xEF\xBB\xBF {\"eventType\": \"x\"");
    assert_true(lb_json_looks_like(head));
    assert_true(lb_json_head_names(head, "eventType"));
    assert_false(lb_json_head_names(head, "event"));
    assert_false(lb_json_looks_like(LB_SPAN("FSU/14")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_are_found_by_their_path),
        cmocka_unit_test(test_a_plain_string_points_into_the_message),
        cmocka_unit_test(test_escapes_become_characters),
        cmocka_unit_test(test_terms_lose_their_namespace),
        cmocka_unit_test(test_one_thing_without_brackets_is_a_list_of_one),
        cmocka_unit_test(test_a_surplus_comma_is_tolerated),
        cmocka_unit_test(test_faults_know_their_byte),
        cmocka_unit_test(test_nesting_has_a_limit),
        cmocka_unit_test(test_values_have_a_limit),
        cmocka_unit_test(test_a_probe_finds_names_in_quotes_only),
    };
    return cmocka_run_group_tests(tests, open_sink, close_sink);
}
