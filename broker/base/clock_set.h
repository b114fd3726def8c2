/* clock_set.h - the clock that a test has set, for clock.c only. Test builds only, see clock.h. */
#ifndef BASE_CLOCK_SET_H
#define BASE_CLOCK_SET_H

#include <stdbool.h>
#include <stdint.h>

#ifdef LB_TEST_CLOCK
typedef struct lb_clock_times {
    int64_t wall_us, steady_us;
} lb_clock_times;

/* The hub's times when the machine's monotonic clock is real_us. False: no clock is set for this process. */
bool lb_clock_set_times(int64_t real_us, lb_clock_times *now);
#endif

#endif
