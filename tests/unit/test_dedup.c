/* test_dedup.c - a kept message is a duplicate for ever, wherever its key is stored. */
#include "keep/dedup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "landbridge/client/event.h"
#include "scratch.h"

static lb_scratch folder;

static int set_up(void **state)
{
    scratch_make(&folder);
    *state = NULL;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    scratch_remove(&folder);
    return 0;
}

static lb_dedup *open_at(int64_t head_block, size_t generation)
{
    lb_dedup *dedup = NULL;

    assert_int_equal(
        lb_dedup_open(&dedup, scratch_path(&folder, "keys.db"), head_block, generation), LB_OK);
    return dedup;
}

static void make_token(uint8_t *token, int number)
{
    char id[32];

    snprintf(id, sizeof id, "message-%d", number);
    lb_token_make(token, LB_SPAN("carrier"), lb_span_of(id), LB_SPAN("body"));
}

static lb_dedup_verdict verdict(lb_dedup *dedup, int number, size_t *slot, lb_known *known)
{
    uint8_t token[LB_TOKEN_BYTES];
    lb_dedup_verdict result;
    size_t twin;

    make_token(token, number);
    assert_int_equal(lb_dedup_judge(dedup, token, (size_t)number, &result, slot, &twin, known),
                     LB_OK);
    if (result == LB_DEDUP_TWIN)
        assert_int_equal(twin, number);
    return result;
}

static void keep(lb_dedup *dedup, int number)
{
    size_t slot;
    lb_known known;

    assert_int_equal(verdict(dedup, number, &slot, &known), LB_DEDUP_NEW);
    lb_dedup_settle(dedup, slot, &(lb_known){number * 10 + 1, 10, 2});
}

static void assert_known(lb_dedup *dedup, int number)
{
    size_t slot;
    lb_known known;

    assert_int_equal(verdict(dedup, number, &slot, &known), LB_DEDUP_KNOWN);
    assert_int_equal(known.first_seq, number * 10 + 1);
    assert_int_equal(known.events, 10);
    assert_int_equal(known.doubts, 2);
}

static void test_the_key_is_the_senders_id_or_else_the_body(void **state)
{
    uint8_t a[LB_TOKEN_BYTES], b[LB_TOKEN_BYTES];

    (void)state;
    lb_token_make(a, LB_SPAN("x"), LB_SPAN("id"), LB_SPAN("one body"));
    lb_token_make(b, LB_SPAN("x"), LB_SPAN("id"), LB_SPAN("another"));
    assert_memory_equal(a, b, sizeof a);
    lb_token_make(b, LB_SPAN("y"), LB_SPAN("id"), LB_SPAN("one body"));
    assert_memory_not_equal(a, b, sizeof a);
    lb_token_make(b, LB_SPAN("x"), LB_EMPTY, LB_SPAN("id")); /* a body that looks like an id */
    assert_memory_not_equal(a, b, sizeof a);
    lb_token_make(a, LB_SPAN("ab"), LB_EMPTY, LB_SPAN("c"));
    lb_token_make(b, LB_SPAN("a"), LB_EMPTY, LB_SPAN("bc"));
    assert_memory_not_equal(a, b, sizeof a);
}

static void test_a_claim_is_settled_or_forgotten(void **state)
{
    lb_dedup *dedup = open_at(0, 0);
    size_t slot;
    lb_known known;

    (void)state;
    assert_int_equal(lb_dedup_ready(dedup, 10), LB_OK);
    assert_int_equal(verdict(dedup, 1, &slot, &known), LB_DEDUP_NEW);
    assert_int_equal(verdict(dedup, 1, &slot, &known), LB_DEDUP_TWIN);
    lb_dedup_forget(dedup, slot);
    assert_int_equal(verdict(dedup, 1, &slot, &known), LB_DEDUP_NEW); /* the commit had failed */
    lb_dedup_settle(dedup, slot, &(lb_known){LB_UNKNOWN, 0, 0});
    assert_int_equal(verdict(dedup, 1, &slot, &known), LB_DEDUP_KNOWN);
    assert_true(known.first_seq == LB_UNKNOWN);
    assert_int_equal(known.events, 0);
    lb_dedup_close(&dedup);
}

static void test_keys_that_left_memory_are_known(void **state)
{
    enum { KEYS = 10000, TURN = 100 };
    lb_dedup *dedup = open_at(0, 1000);

    (void)state;
    for (int i = 0; i < KEYS; i++) {
        if (i % TURN == 0)
            assert_int_equal(lb_dedup_ready(dedup, TURN), LB_OK);
        keep(dedup, i);
        if (i % TURN == TURN - 1)
            lb_dedup_reached(dedup, i / TURN + 1);
    }
    assert_int_equal(lb_dedup_count(dedup), KEYS);
    for (int i = 0; i < KEYS; i += 7)
        assert_known(dedup, i);
    lb_dedup_close(&dedup);

    dedup = open_at(KEYS / TURN, 1000);
    assert_int_equal(lb_dedup_applied(dedup), KEYS / TURN);
    assert_int_equal(lb_dedup_count(dedup), KEYS);
    assert_int_equal(lb_dedup_ready(dedup, TURN), LB_OK);
    for (int i = 0; i < KEYS; i += 7)
        assert_known(dedup, i);
    keep(dedup, KEYS);
    lb_dedup_close(&dedup);
}

static void test_keys_ahead_of_the_journal_are_discarded(void **state)
{
    lb_dedup *dedup = open_at(0, 0);

    (void)state;
    assert_int_equal(lb_dedup_ready(dedup, 1), LB_OK);
    keep(dedup, 1);
    lb_dedup_reached(dedup, 5);
    lb_dedup_close(&dedup);

    dedup = open_at(4, 0); /* the journal was put back from a backup */
    assert_int_equal(lb_dedup_applied(dedup), 0);
    assert_int_equal(lb_dedup_ready(dedup, 1), LB_OK);
    keep(dedup, 1);
    lb_dedup_close(&dedup);
}

static void test_a_broken_file_is_rebuilt(void **state)
{
    FILE *file = fopen(scratch_path(&folder, "keys.db"), "w");

    (void)state;
    assert_non_null(file);
    fputs("this is no database, but it is long enough to look at: 0123456789", file);
    fclose(file);
    lb_dedup *dedup = open_at(0, 0);
    assert_int_equal(lb_dedup_applied(dedup), 0);
    lb_dedup_close(&dedup);
}

static void test_keys_are_read_again_from_the_journal(void **state)
{
    lb_dedup *dedup = open_at(3, 0);
    uint8_t token[LB_TOKEN_BYTES];

    (void)state;
    for (int i = 0; i < 5000; i++) {
        make_token(token, i);
        assert_int_equal(lb_dedup_learn(dedup, token, &(lb_known){i * 10 + 1, 10, 2}), LB_OK);
    }
    lb_dedup_reached(dedup, 3);
    assert_int_equal(lb_dedup_ready(dedup, 10), LB_OK);
    assert_known(dedup, 0);
    assert_known(dedup, 4999);
    lb_dedup_close(&dedup);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_key_is_the_senders_id_or_else_the_body),
        cmocka_unit_test_setup_teardown(test_a_claim_is_settled_or_forgotten, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_keys_that_left_memory_are_known, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_keys_ahead_of_the_journal_are_discarded, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_broken_file_is_rebuilt, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_keys_are_read_again_from_the_journal, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests_name("dedup", tests, NULL, NULL);
}
