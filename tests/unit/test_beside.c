/* test_beside.c - a thread that does one piece of work at a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <stdatomic.h>

#include "base/beside.h"

enum { WAIT_MS = 60000 };

typedef struct work {
    _Atomic bool may_end, has_begun;
    int times;
} work;

static lb_err do_it(void *whose)
{
    work *w = whose;

    atomic_store(&w->has_begun, true);
    while (!atomic_load(&w->may_end))
        poll(NULL, 0, 1);
    w->times++;
    return w->times == 1 ? LB_ERR_FULL : LB_OK;
}

static bool is_done(const lb_beside *beside, int wait_ms)
{
    struct pollfd item = {.fd = lb_beside_file(beside), .events = POLLIN};

    return poll(&item, 1, wait_ms) == 1;
}

static void test_its_owner_goes_on_and_gets_the_result_once(void **state)
{
    lb_beside *beside;
    lb_err result = LB_OK;
    work w = {.times = 0};
    (void)state;

    assert_int_equal(lb_beside_open(&beside, LB_THREAD_KEEPER), LB_OK);
    assert_false(lb_beside_end(beside, &result));
    lb_beside_begin(beside, do_it, &w);
    while (!atomic_load(&w.has_begun))
        poll(NULL, 0, 1);
    assert_false(is_done(beside, 0));
    assert_false(lb_beside_end(beside, &result));
    atomic_store(&w.may_end, true);
    assert_true(is_done(beside, WAIT_MS));
    assert_true(lb_beside_end(beside, &result));
    assert_int_equal(result, LB_ERR_FULL);
    assert_false(lb_beside_end(beside, &result));
    lb_beside_begin(beside, do_it, &w);
    assert_true(is_done(beside, WAIT_MS));
    assert_true(lb_beside_end(beside, &result));
    assert_int_equal(result, LB_OK);
    assert_int_equal(w.times, 2);
    lb_beside_close(&beside);
    assert_null(beside);
}

static void test_work_that_has_begun_is_done_before_it_closes(void **state)
{
    lb_beside *beside;
    work w = {.may_end = true};
    (void)state;

    assert_int_equal(lb_beside_open(&beside, LB_THREAD_KEEPER), LB_OK);
    lb_beside_begin(beside, do_it, &w);
    lb_beside_close(&beside);
    assert_int_equal(w.times, 1);
    lb_beside_close(&beside);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_its_owner_goes_on_and_gets_the_result_once),
        cmocka_unit_test(test_work_that_has_begun_is_done_before_it_closes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
