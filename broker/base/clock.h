/* clock.h - the only place where the hub reads a clock. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

int64_t lb_clock_now_us(void);       /* wall clock, UTC; may jump */
int64_t lb_clock_monotonic_us(void); /* for deadlines and durations; never goes backwards */
int64_t lb_clock_thread_us(void);    /* processor time used by the calling thread */

#endif
