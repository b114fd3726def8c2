/* test_submit_draft - messages collected for one Submit: packed in the order in which they were added, up to its limits. */
#include "record.h"
#include "submit_draft.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ENOUGH = 16 * 1024 * 1024 };

static const lb_submit_head head = {.source = {"acme", 4}};

static void test_what_was_added_is_packed_in_its_order(void **state)
{
    lb_submit_draft draft;
    lb_arena arena;
    lb_submit submit;
    lb_span bytes;
    char body[] = "first";

    (void)state;
    lb_submit_draft_init(&draft, ENOUGH);
    lb_arena_init(&arena, ENOUGH);
    const lb_message first = {LB_SPAN("m-1"), LB_SPAN("air.fsu"), lb_span_of(body)};
    const lb_message second = {.body = LB_SPAN("second")};
    assert_int_equal(lb_submit_draft_add(&draft, &first), LB_OK);
    memset(body, '-', sizeof body - 1); /* a copy was taken */
    assert_int_equal(lb_submit_draft_add(&draft, &second), LB_OK);
    assert_int_equal(lb_submit_draft_pack(&draft, &head, 7, &bytes), LB_OK);
    assert_int_equal(lb_record_unpack(&lb_record_submit, bytes, &arena, &submit), LB_OK);
    assert_true(lb_span_is(submit.source, "acme"));
    assert_int_equal(submit.correlation, 7);
    assert_int_equal(submit.messages.count, 2);
    assert_true(lb_span_is(submit.messages.at[0].message_id, "m-1"));
    assert_true(lb_span_is(submit.messages.at[0].format, "air.fsu"));
    assert_true(lb_span_is(submit.messages.at[0].body, "first"));
    assert_true(lb_span_is(submit.messages.at[1].body, "second"));
    lb_submit_draft_fini(&draft);
    lb_arena_fini(&arena);
}

static void test_it_is_full_by_messages_and_by_bytes(void **state)
{
    lb_submit_draft draft;
    char *body = calloc(1, LB_DRAFT_BYTES);
    const lb_message empty = {.body = LB_EMPTY}, one = {.body = {body, 1}},
                     nearly = {.body = {body, LB_DRAFT_BYTES - 1}};

    (void)state;
    lb_submit_draft_init(&draft, ENOUGH);
    for (int i = 0; i < LB_DRAFT_MESSAGES; i++) {
        assert_false(lb_submit_draft_is_full(&draft));
        assert_int_equal(lb_submit_draft_add(&draft, &empty), LB_OK);
    }
    assert_true(lb_submit_draft_is_full(&draft));
    lb_submit_draft_reset(&draft);
    assert_int_equal(lb_submit_draft_add(&draft, &nearly), LB_OK);
    assert_false(lb_submit_draft_is_full(&draft));
    assert_int_equal(lb_submit_draft_add(&draft, &one), LB_OK);
    assert_true(lb_submit_draft_is_full(&draft));
    lb_submit_draft_fini(&draft);
    free(body);
}

static void test_a_message_that_finds_no_memory_leaves_the_others_there(void **state)
{
    enum { MOST = 256 * 1024, LONG = 300 * 1024 };
    lb_submit_draft draft;
    lb_span bytes;
    char *body = calloc(1, LONG);
    const lb_message fits = {.body = {body, 1000}}, does_not = {.body = {body, LONG}};

    (void)state;
    lb_submit_draft_init(&draft, MOST);
    assert_int_equal(lb_submit_draft_add(&draft, &fits), LB_OK);
    assert_int_equal(lb_submit_draft_add(&draft, &does_not), LB_ERR_NO_MEMORY);
    assert_int_equal(draft.messages.count, 1);
    assert_int_equal(lb_submit_draft_pack(&draft, &head, 1, &bytes), LB_OK);
    assert_true(bytes.len > 1000 && bytes.len < LONG);
    lb_submit_draft_fini(&draft);
    free(body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_added_is_packed_in_its_order),
        cmocka_unit_test(test_it_is_full_by_messages_and_by_bytes),
        cmocka_unit_test(test_a_message_that_finds_no_memory_leaves_the_others_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
