/* test_jt808_session.c - sessions of terminals: their codes, and the number of terminals on one connection. */
#include "gate/jt808_session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static int set_up(void **state)
{
    static lb_808_sessions *sessions;

    assert_int_equal(lb_808_sessions_open(&sessions, LB_808_SESSIONS_MAX), LB_OK);
    *state = sessions;
    return 0;
}

static int tear_down(void **state)
{
    lb_808_sessions *sessions = *state;

    lb_808_sessions_close(&sessions);
    return 0;
}

static lb_808_session *meet(lb_808_sessions *sessions, size_t number, void *connection,
                            lb_808_session_list *list)
{
    char terminal[LB_808_TERMINAL_ROOM];

    snprintf(terminal, sizeof terminal, "139%08zu", number);
    lb_808_session *session = lb_808_session_need(sessions, terminal);
    if (session != NULL && connection != NULL)
        lb_808_session_join(sessions, session, connection, list);
    return session;
}

static void test_each_registration_gives_a_new_code(void **state)
{
    lb_808_session *session = meet(*state, 1, NULL, NULL);
    char first[LB_808_CODE_ROOM];

    assert_false(lb_808_session_has_code(session, LB_EMPTY));
    lb_808_session_register(session, 7);
    assert_int_equal(session->code_generation, 7);
    memcpy(first, session->code, sizeof first);
    assert_true(lb_808_session_has_code(session, lb_span_of(first)));
    assert_false(lb_808_session_has_code(session, lb_span_first(lb_span_of(first), 31)));
    lb_808_session_register(session, 8);
    assert_false(lb_808_session_has_code(session, lb_span_of(first)));
    lb_808_session_unregister(session);
    assert_false(lb_808_session_has_code(session, LB_EMPTY));
}

static void test_a_connection_has_its_share_of_terminals_and_leaves_room_for_others(void **state)
{
    lb_808_sessions *sessions = *state;
    lb_808_session_list crowd = {0}, truck = {0};
    char one[1], other[1]; /* stand-ins for connections */

    lb_808_session *first = meet(sessions, 0, one, &crowd);
    for (size_t i = 1; i < LB_808_SESSIONS_OF_CONNECTION; i++)
        meet(sessions, i, one, &crowd);
    assert_int_equal(crowd.count, LB_808_SESSIONS_OF_CONNECTION);
    assert_ptr_equal(first->connection, one);
    for (size_t i = LB_808_SESSIONS_OF_CONNECTION; i < 2 * LB_808_SESSIONS_MAX; i++)
        assert_non_null(meet(sessions, i, one, &crowd)); /* more than there may be in all */
    assert_int_equal(crowd.count, LB_808_SESSIONS_OF_CONNECTION);
    lb_808_session *late = meet(sessions, 99999999, other, &truck);
    assert_non_null(late);
    assert_ptr_equal(late->connection, other);
    lb_808_sessions_leave(sessions, &crowd);
    lb_808_sessions_leave(sessions, &truck);
    assert_int_equal(crowd.count, 0);
}

int main(void)
{
#define WITH_SESSIONS(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_SESSIONS(test_each_registration_gives_a_new_code),
        WITH_SESSIONS(test_a_connection_has_its_share_of_terminals_and_leaves_room_for_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
