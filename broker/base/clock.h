/* clock.h - the only place where the hub looks at a clock.
 *
 *     lb_clock_now_us        what is written down, shown or compared with a time that somebody said: received and
 *                            recorded times, due times, expiry, the end of a key
 *     lb_clock_steady_us     what is counted by the second: rates and other limits
 *     lb_clock_monotonic_us  how long a thread, a disk or a peer may take: waits, time slices, heartbeats, back-off
 *
 * The first two are the hub's own time: a test may set it (below) and then both follow. The third is always the
 * machine's: a socket is not faster because the hub's day is. Any thread. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

#include "landbridge/error.h"

/* Wall clock, microseconds UTC since 1970; may jump. */
int64_t lb_clock_now_us(void);
/* Never goes backwards; as fast as the wall clock runs. */
int64_t lb_clock_steady_us(void);
/* Never goes backwards; real time, whatever a test has set. */
int64_t lb_clock_monotonic_us(void);
/* Processor time that the calling thread has used. */
int64_t lb_clock_thread_us(void);

#ifdef LB_TEST_CLOCK
/* Test builds only (CMake option LB_TEST_CLOCK): a process that starts with the environment variable LANDBRIDGE_CLOCK =
 * PATH takes its time from that file; the file must be there before. It may be set again while the hub runs. */
#define LB_CLOCK_VARIABLE "LANDBRIDGE_CLOCK"
/* Makes the file, or sets it anew: it is wall_us now, and `rate` seconds pass in one (0: the clock stands). One process
 * at a time sets it. A clock that is set forward lets lb_clock_steady_us go forward as far; set back, it stays. IO. */
lb_err lb_clock_set(const char *path, int64_t wall_us, int64_t rate);
#endif

#endif
