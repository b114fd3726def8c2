/* test_query_pool - clients take turns, and long answers are sent in pages. */
#include "net/query_line.h"
#include "net/query_pages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ALICE LB_SPAN("alice")
#define BOB   LB_SPAN("bob")

/* -- the line ------------------------------------------------------------------------------------------------ */

static void put(lb_query_line *line, const char *from, const char *party, const char *body)
{
    lb_question *one = lb_question_make(&(lb_question){
        .from = lb_span_of(from), .party = lb_span_of(party), .body = lb_span_of(body)});
    assert_non_null(one);
    assert_true(lb_query_line_put(line, one));
}

static bool may(void *whose, const lb_question *one)
{
    const char *busy = whose;
    return busy == NULL || !lb_span_is(lb_question_asker(one), busy);
}

static void assert_next(lb_query_line *line, const char *busy, const char *body)
{
    char text[16] = "";
    lb_question *one = lb_query_line_take(line, may, busy == NULL ? NULL : strcpy(text, busy));
    assert_non_null(one);
    assert_true(lb_span_is(one->body, body));
    lb_question_free(one);
}

static void test_a_party_with_many_connections_has_one_turn(void **state)
{
    lb_query_line *line;
    (void)state;
    assert_int_equal(lb_query_line_open(&line), LB_OK);
    put(line, "1", "alice", "a1");
    put(line, "2", "alice", "a2");
    put(line, "3", "alice", "a3");
    put(line, "4", "bob", "b1");
    assert_next(line, NULL, "a1");
    assert_next(line, NULL, "b1");
    assert_next(line, NULL, "a2");
    assert_next(line, NULL, "a3");
    lb_query_line_close(&line);
}

static void test_an_asker_with_its_share_of_workers_is_passed_over(void **state)
{
    lb_query_line *line;
    char busy[] = "alice";
    (void)state;
    assert_int_equal(lb_query_line_open(&line), LB_OK);
    put(line, "1", "alice", "a1");
    put(line, "2", "bob", "b1");
    put(line, "3", "carol", "c1");
    assert_next(line, "alice", "b1");
    assert_next(line, "alice", "c1");
    assert_null(lb_query_line_take(line, may, busy));
    assert_int_equal(lb_query_line_count(line), 1);
    put(line, "2", "bob", "b2");
    assert_next(line, NULL, "a1");
    assert_next(line, NULL, "b2");
    lb_query_line_close(&line);
}

/* -- pages --------------------------------------------------------------------------------------------------- */

static char *answer_of(size_t len)
{
    char *bytes = malloc(len);
    assert_non_null(bytes);
    for (size_t i = 0; i < len; i++)
        bytes[i] = (char)(i * 31 + i / 4096);
    return bytes;
}

static void test_the_pages_of_an_answer_are_its_bytes(void **state)
{
    enum { LEN = 2 * LB_PAGE_BYTES + 17 };
    lb_query_pages *pages;
    char name[LB_PAGE_NAME_ROOM], next[LB_PAGE_NAME_ROOM];
    char *answer = answer_of(LEN), *expected = answer_of(LEN);
    size_t at = 0, count = 0;
    (void)state;
    assert_int_equal(lb_query_pages_open(&pages), LB_OK);
    assert_int_equal(lb_query_pages_put(pages, ALICE, &answer, LEN, 0, name), LB_OK);
    assert_null(answer);
    while (name[0] != '\0') {
        lb_span bytes;
        assert_int_equal(lb_query_pages_take(pages, ALICE, lb_span_of(name), 1, &bytes, next),
                         LB_OK);
        assert_memory_equal(bytes.at, expected + at, bytes.len);
        at += bytes.len;
        count++;
        memcpy(name, next, sizeof name);
    }
    assert_int_equal(at, LEN);
    assert_int_equal(count, 3);
    free(expected);
    lb_query_pages_close(&pages);
}

static void test_a_page_belongs_to_its_client_and_expires(void **state)
{
    lb_query_pages *pages;
    char name[LB_PAGE_NAME_ROOM], next[LB_PAGE_NAME_ROOM];
    char *answer = answer_of(LB_PAGE_BYTES + 1);
    lb_span bytes;
    (void)state;
    assert_int_equal(lb_query_pages_open(&pages), LB_OK);
    assert_int_equal(lb_query_pages_put(pages, ALICE, &answer, LB_PAGE_BYTES + 1, 0, name), LB_OK);
    assert_int_equal(lb_query_pages_take(pages, BOB, lb_span_of(name), 1, &bytes, next),
                     LB_ERR_NOT_FOUND);
    assert_int_equal(
        lb_query_pages_take(pages, ALICE, lb_span_of(name), LB_PAGES_WAIT_US - 1, &bytes, next),
        LB_OK);
    assert_int_equal(
        lb_query_pages_take(pages, ALICE, lb_span_of(name), 3 * LB_PAGES_WAIT_US, &bytes, next),
        LB_ERR_NOT_FOUND);
    lb_query_pages_close(&pages);
}

static void test_an_asker_has_one_long_answer_and_all_together_have_a_bound(void **state)
{
    lb_query_pages *pages;
    char name[LB_PAGE_NAME_ROOM], next[LB_PAGE_NAME_ROOM], first[LB_PAGE_NAME_ROOM];
    char *answer = answer_of(LB_PAGE_BYTES + 1);
    lb_span bytes;
    (void)state;
    assert_int_equal(lb_query_pages_open(&pages), LB_OK);
    assert_int_equal(lb_query_pages_put(pages, ALICE, &answer, LB_PAGE_BYTES + 1, 0, first), LB_OK);
    answer = answer_of(LB_PAGES_BYTES);
    assert_int_equal(lb_query_pages_put(pages, BOB, &answer, LB_PAGES_BYTES, 0, name), LB_ERR_BUSY);
    assert_non_null(answer);
    assert_int_equal(lb_query_pages_put(pages, ALICE, &answer, LB_PAGES_BYTES, 0, name), LB_OK);
    assert_int_equal(lb_query_pages_take(pages, ALICE, lb_span_of(first), 1, &bytes, next),
                     LB_ERR_NOT_FOUND);
    lb_query_pages_close(&pages);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_party_with_many_connections_has_one_turn),
        cmocka_unit_test(test_an_asker_with_its_share_of_workers_is_passed_over),
        cmocka_unit_test(test_the_pages_of_an_answer_are_its_bytes),
        cmocka_unit_test(test_a_page_belongs_to_its_client_and_expires),
        cmocka_unit_test(test_an_asker_has_one_long_answer_and_all_together_have_a_bound),
    };
    return cmocka_run_group_tests_name("query_room", tests, NULL, NULL);
}
