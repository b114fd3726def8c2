/* clock.h - the only place where the hub reads a clock.
 *
 *     lb_clock_now_us        times that are stored, shown or compared with reported times: received and recorded times,
 *                            due times, expiry, the end of a key
 *     lb_clock_steady_us     limits per second: rates
 *     lb_clock_monotonic_us  time of threads, disks and peers: timeouts, time slices, heartbeats, back-off
 *
 * The first two are the hub's time, which a test may set (below). The third is always the machine's: sockets do not
 * become faster with the hub's time. Any thread. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

#include "landbridge/client/error.h"

/* Wall clock, microseconds UTC since 1970; may jump. */
int64_t lb_clock_now_us(void);
/* Never goes backwards; runs at the rate of the wall clock. */
int64_t lb_clock_steady_us(void);
/* Never goes backwards; real time, even when a test has set the clock. */
int64_t lb_clock_monotonic_us(void);
/* Processor time used by the calling thread. */
int64_t lb_clock_thread_us(void);

#ifdef LB_TEST_CLOCK
/* Test builds only (CMake option LB_TEST_CLOCK): a process that starts with the environment variable LANDBRIDGE_CLOCK =
 * PATH takes its time from that file, which must exist. It may be set again while the hub runs. */
#define LB_CLOCK_VARIABLE "LANDBRIDGE_CLOCK"
/* Creates or rewrites the file: the time is wall_us now and runs at `rate` seconds per second (0: it stands still).
 * Only one process at a time may set it. lb_clock_steady_us jumps forward with the wall clock, and never back. IO. */
lb_err lb_clock_set(const char *path, int64_t wall_us, int64_t rate);
#endif

#endif
