/* test_head_mark.c - the mark has the journal's head, whichever of its pages is damaged. */
#include "keep/head_mark.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <string.h>

#include "base/log.h"
#include "scratch.h"

enum { PAGE = 4096, HEADS = 2 };

static int set_up(void **state)
{
    static lb_scratch scratch;

    scratch_make(&scratch);
    *state = &scratch;
    return 0;
}

static int tear_down(void **state)
{
    scratch_remove(*state);
    return 0;
}

static lb_head_mark *open_mark(void **state)
{
    lb_head_mark *mark = NULL;

    assert_int_equal(lb_head_mark_open(&mark, scratch_path(*state, "head.mark")), LB_OK);
    return mark;
}

static lb_head_mark_facts read_mark(void **state)
{
    lb_head_mark *mark = open_mark(state);
    lb_head_mark_facts facts = *lb_head_mark_reported(mark);

    lb_head_mark_close(&mark);
    return facts;
}

static void write_heads(void **state, int64_t count)
{
    lb_head_mark *mark = open_mark(state);

    for (int64_t i = 1; i <= count; i++) {
        assert_int_equal(lb_head_mark_begin(mark, 10 * i, i), LB_OK);
        lb_head_mark_set(mark, &(lb_head_now){10 * i, i, 2 * i, 77, 3 * i, 1000 + i});
    }
    lb_head_mark_close(&mark);
}

/* Inverts a byte of a page; heads and reservations have two pages each. */
static void spoil(void **state, int page)
{
    uint8_t byte;
    int fd = open(scratch_path(*state, "head.mark"), O_RDWR);

    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &byte, 1, (off_t)page * PAGE + 20), 1);
    byte = (uint8_t)~byte;
    assert_int_equal(pwrite(fd, &byte, 1, (off_t)page * PAGE + 20), 1);
    close(fd);
}

static void test_a_new_mark_is_empty_and_reports_it(void **state)
{
    lb_head_mark_facts facts = read_mark(state);

    assert_true(facts.is_new && !facts.has_head && !facts.has_reserved && !facts.is_torn);
    facts = read_mark(state);
    assert_true(!facts.is_new && !facts.has_head && !facts.is_torn);
}

static void test_the_newest_head_is_read_again(void **state)
{
    write_heads(state, 5);
    lb_head_mark_facts facts = read_mark(state);

    assert_true(facts.has_head && facts.has_reserved && !facts.is_torn);
    assert_int_equal(facts.seq, 50);
    assert_int_equal(facts.block, 5);
    assert_int_equal(facts.messages, 10);
    assert_int_equal(facts.generation, 77);
    assert_int_equal(facts.frames, 15);
    assert_int_equal(facts.pending_seq, 0);
    write_heads(state, 7); /* continued from the earlier ones */
    assert_int_equal(read_mark(state).seq, 70);
}

static void test_a_commit_that_has_begun_is_reported(void **state)
{
    write_heads(state, 3);
    lb_head_mark *mark = open_mark(state);
    lb_head_mark_set(mark, &(lb_head_now){30, 3, 6, 77, 9, 2000});
    assert_int_equal(lb_head_mark_begin(mark, 44, 4), LB_OK);
    lb_head_mark_close(&mark);

    lb_head_mark_facts facts = read_mark(state);
    assert_int_equal(facts.seq, 30);
    assert_int_equal(facts.pending_seq, 44);
    assert_int_equal(facts.pending_block, 4);
}

static void test_of_two_pages_one_may_be_torn(void **state)
{
    int reported_of = 0;

    for (int page = 0; page < HEADS; page++) {
        write_heads(state, 5);
        spoil(state, page);
        lb_head_mark_facts facts = read_mark(state);
        assert_true(facts.has_head && facts.is_torn && facts.has_reserved);
        assert_true(facts.seq == 50 || (facts.seq == 40 && facts.pending_seq == 50));
        reported_of += facts.seq == 50;
        spoil(state, page);
    }
    assert_int_equal(reported_of, 1);
}

static void test_only_reserved_numbers_are_given_out(void **state)
{
    const int64_t far = 3 * LB_HEAD_MARK_STEP;
    lb_head_mark *mark = open_mark(state);

    assert_int_equal(lb_head_mark_begin(mark, 1, 1), LB_OK);
    int64_t reserved = read_mark(state).reserved;
    assert_true(reserved >= 1);
    assert_int_equal(lb_head_mark_begin(mark, far, 2), LB_OK);
    assert_true(read_mark(state).reserved >= far);
    lb_head_mark_close(&mark);
}

static void test_it_reserves_ahead_between_turns_and_never_less(void **state)
{
    lb_head_mark *mark = open_mark(state);
    int64_t last = 0;

    for (int64_t i = 1; i <= 5; i++) {
        lb_head_mark_set(mark, &(lb_head_now){i * LB_HEAD_MARK_STEP, i, i, 1, 1, 1});
        int64_t reserved;
        do { /* the one before may not be through yet */
            lb_head_mark_look(mark, i * INT64_C(6000000));
            reserved = read_mark(state).reserved;
        } while (reserved <= i * LB_HEAD_MARK_STEP);
        assert_true(reserved >= last);
        last = reserved;
    }
    assert_true(last > 4 * LB_HEAD_MARK_STEP);
    lb_head_mark_close(&mark);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_new_mark_is_empty_and_reports_it),
        TEST(test_the_newest_head_is_read_again),
        TEST(test_a_commit_that_has_begun_is_reported),
        TEST(test_of_two_pages_one_may_be_torn),
        TEST(test_only_reserved_numbers_are_given_out),
        TEST(test_it_reserves_ahead_between_turns_and_never_less),
    };

    return cmocka_run_group_tests_name("head_mark", tests, NULL, NULL);
}
