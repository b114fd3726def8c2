/* test_door_crowd.c - which connection is closed when an address or a party has too many at a door. */
#include "net/door_crowd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { HERE = 1, ELSEWHERE = 2, OF_ADDRESS = 4, OF_PARTY = 3 };
#define ACME   LB_SPAN("5ea1/0011/10.0.0.1/acme")
#define LIANHE LB_SPAN("5ea1/2233/10.0.0.1/lianhe")

static int set_up(void **state)
{
    static lb_door_crowd made;

    made = (lb_door_crowd){.address_most = OF_ADDRESS, .party_most = OF_PARTY};
    *state = &made;
    return 0;
}

static int tear_down(void **state)
{
    lb_door_crowd_fini(*state);
    return 0;
}

static void assert_nobody_goes(int file)
{
    assert_int_equal(file, LB_CROWD_NONE);
}

static void test_beyond_an_addresss_connections_the_oldest_silent_one_is_closed(void **state)
{
    lb_door_crowd *crowd = *state;

    for (int file = 10; file < 10 + OF_ADDRESS - 1; file++)
        assert_nobody_goes(lb_door_crowd_came(crowd, file, HERE)); /* one below */
    assert_nobody_goes(lb_door_crowd_came(crowd, 100, HERE));      /* at */
    assert_nobody_goes(lb_door_crowd_spoke(crowd, 10, LB_EMPTY));
    assert_int_equal(lb_door_crowd_came(crowd, 101, HERE), 11); /* one above; 10 was active */
    lb_door_crowd_ended(crowd, 11);
    assert_nobody_goes(lb_door_crowd_came(crowd, 20, ELSEWHERE));
    assert_int_equal(lb_door_crowd_came(crowd, 102, HERE), 12);
}

static void
test_the_newest_connection_is_closed_when_all_others_of_its_address_were_used(void **state)
{
    lb_door_crowd *crowd = *state;

    for (int file = 10; file < 10 + OF_ADDRESS; file++) {
        assert_nobody_goes(lb_door_crowd_came(crowd, file, HERE));
        assert_nobody_goes(lb_door_crowd_spoke(crowd, file, LB_EMPTY));
    }
    assert_int_equal(lb_door_crowd_came(crowd, 50, HERE), 50);
}

static void test_beyond_a_partys_connections_the_least_recently_used_is_closed(void **state)
{
    lb_door_crowd *crowd = *state;

    for (int file = 1; file <= OF_PARTY; file++) { /* each from an address of its own */
        assert_nobody_goes(lb_door_crowd_came(crowd, file, (uint64_t)file));
        assert_nobody_goes(lb_door_crowd_spoke(crowd, file, ACME));
    }
    /* again: 2 is the least recently used now */
    assert_nobody_goes(lb_door_crowd_spoke(crowd, 1, ACME));
    lb_door_crowd_came(crowd, 8, 8);
    assert_nobody_goes(lb_door_crowd_spoke(crowd, 8, LIANHE)); /* another party */
    lb_door_crowd_came(crowd, 9, 9);
    assert_int_equal(lb_door_crowd_spoke(crowd, 9, ACME), 2);
}

static void test_an_ended_connection_no_longer_counts(void **state)
{
    lb_door_crowd *crowd = *state;

    for (int round = 0; round < 5; round++)
        for (int file = 1; file <= OF_PARTY; file++) {
            assert_nobody_goes(lb_door_crowd_came(crowd, file, HERE));
            assert_nobody_goes(lb_door_crowd_spoke(crowd, file, ACME));
            lb_door_crowd_ended(crowd, file);
        }
}

static void test_connections_without_address_and_key_are_not_counted(void **state)
{
    lb_door_crowd *crowd = *state;

    for (int file = 1; file < 200; file++) {
        assert_nobody_goes(lb_door_crowd_came(crowd, file, 0));
        assert_nobody_goes(lb_door_crowd_spoke(crowd, file, LB_EMPTY));
    }
    assert_nobody_goes(lb_door_crowd_spoke(crowd, 5000, ACME)); /* an unknown connection */
}

static void test_without_a_limit_no_connection_is_closed(void **state)
{
    lb_door_crowd *crowd = *state;

    crowd->address_most = crowd->party_most = 0;
    for (int file = 1; file < 200; file++) {
        assert_nobody_goes(lb_door_crowd_came(crowd, file, HERE));
        assert_nobody_goes(lb_door_crowd_spoke(crowd, file, ACME));
    }
}

int main(void)
{
#define WITH_CROWD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_CROWD(test_beyond_an_addresss_connections_the_oldest_silent_one_is_closed),
        WITH_CROWD(test_the_newest_connection_is_closed_when_all_others_of_its_address_were_used),
        WITH_CROWD(test_beyond_a_partys_connections_the_least_recently_used_is_closed),
        WITH_CROWD(test_an_ended_connection_no_longer_counts),
        WITH_CROWD(test_connections_without_address_and_key_are_not_counted),
        WITH_CROWD(test_without_a_limit_no_connection_is_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
