/* clock.c - the only place where the hub reads a clock.
 *
 * Adapters, keepers and the view get the time as an argument, so the same input gives the same output in ten years. */
#include "base/clock.h"

#include <time.h>

static int64_t read_us(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

int64_t lb_clock_now_us(void)
{
    return read_us(CLOCK_REALTIME);
}

int64_t lb_clock_monotonic_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

int64_t lb_clock_thread_us(void)
{
    return read_us(CLOCK_THREAD_CPUTIME_ID);
}
