/* clock.c - the only place where the hub reads a clock.
 *
 * Adapters, keepers and the view get the time as an argument, so the same input gives the same output in ten years.
 * tools/checks/clock refuses any other reader of a wall clock, and proves that clock_set.c is not in the release
 * binary. */
#include "base/clock.h"

#include <time.h>

#include "base/clock_set.h"

static int64_t read_us(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

int64_t lb_clock_monotonic_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

int64_t lb_clock_thread_us(void)
{
    return read_us(CLOCK_THREAD_CPUTIME_ID);
}

#ifndef LB_TEST_CLOCK
int64_t lb_clock_now_us(void)
{
    return read_us(CLOCK_REALTIME);
}

int64_t lb_clock_steady_us(void)
{
    return lb_clock_monotonic_us();
}
#else
int64_t lb_clock_now_us(void)
{
    lb_clock_times now;

    return lb_clock_set_times(lb_clock_monotonic_us(), &now) ? now.wall_us
                                                             : read_us(CLOCK_REALTIME);
}

int64_t lb_clock_steady_us(void)
{
    int64_t real_us = lb_clock_monotonic_us();
    lb_clock_times now;

    return lb_clock_set_times(real_us, &now) ? now.steady_us : real_us;
}
#endif
