/* test_query_line.c - queries wait only for those of the same client: a party, or a connection without a key. */
#include "net/query_line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int set_up(void **state)
{
    static lb_query_line *line;

    assert_int_equal(lb_query_line_open(&line), LB_OK);
    *state = line;
    return 0;
}

static int tear_down(void **state)
{
    lb_query_line *line = *state;

    lb_query_line_close(&line);
    return 0;
}

static void put(lb_query_line *line, const char *from, const char *party, const char *body)
{
    lb_question *one = lb_question_make(&(lb_question){
        .from = lb_span_of(from), .party = lb_span_of(party), .body = lb_span_of(body)});

    assert_non_null(one);
    assert_true(lb_query_line_put(line, one));
}

static bool may_always(void *whose, const lb_question *one)
{
    (void)whose;
    (void)one;
    return true;
}

static void expect(lb_query_line *line, const char *body)
{
    lb_question *one = lb_query_line_take(line, may_always, NULL);

    assert_non_null(one);
    if (!lb_span_is(one->body, body))
        fail_msg("%.*s instead of %s", LB_ARG(one->body), body);
    lb_question_free(one);
}

static void test_askers_take_turns(void **state)
{
    lb_query_line *line = *state;

    put(line, "1", "", "a1");
    put(line, "1", "", "a2");
    put(line, "1", "", "a3");
    put(line, "2", "", "b1");
    assert_int_equal(lb_query_line_count(line), 4);
    assert_int_equal(lb_query_line_bytes(line), 8);
    expect(line, "a1");
    expect(line, "b1");
    expect(line, "a2");
    expect(line, "a3");
    assert_null(lb_query_line_take(line, may_always, NULL));
}

static void test_a_party_has_one_turn_by_however_many_connections(void **state)
{
    lb_query_line *line = *state;

    put(line, "1", "evil", "e1");
    put(line, "2", "evil", "e2");
    put(line, "3", "evil", "e3");
    put(line, "4", "acme", "a1");
    put(line, "4", "acme", "a2");
    expect(line, "e1");
    expect(line, "a1");
    expect(line, "e2");
    expect(line, "a2");
    expect(line, "e3");
}

static void test_a_routing_id_with_the_name_of_a_party_is_not_the_party(void **state)
{
    lb_query_line *line = *state;

    put(line, "acme", "", "stranger 1");
    put(line, "acme", "", "stranger 2");
    put(line, "x", "acme", "a1");
    expect(line, "stranger 1");
    expect(line, "a1");
    expect(line, "stranger 2");
}

int main(void)
{
#define WITH_LINE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_LINE(test_askers_take_turns),
        WITH_LINE(test_a_party_has_one_turn_by_however_many_connections),
        WITH_LINE(test_a_routing_id_with_the_name_of_a_party_is_not_the_party),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
