/* live_clock.h - the wall clock of a hub that is another process (base/clock.h), set around single questions.
 *
 * Open it before the hub is started, which inherits where it is. Builds without LB_TEST_CLOCK have no such clock: what
 * needs one is skipped there. */
#ifndef TESTS_LIVE_CLOCK_H
#define TESTS_LIVE_CLOCK_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"

typedef struct live_clock {
    char path[256]; /* empty: not open */
} live_clock;

#ifdef LB_TEST_CLOCK
/* Back to the machine's own time. */
static inline bool live_clock_free(const live_clock *clock)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    int64_t us = (int64_t)now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
    return lb_clock_set(clock->path, us, 1) == LB_OK;
}

static inline bool live_clock_open(live_clock *clock, const char *path)
{
    snprintf(clock->path, sizeof clock->path, "%s", path);
    return live_clock_free(clock) && setenv(LB_CLOCK_VARIABLE, path, 1) == 0;
}

/* It stands at this time. */
static inline bool live_clock_stop(const live_clock *clock, int64_t us)
{
    return lb_clock_set(clock->path, us, 0) == LB_OK;
}

static inline void live_clock_close(live_clock *clock)
{
    clock->path[0] = '\0';
    unsetenv(LB_CLOCK_VARIABLE);
}
#else
static inline bool live_clock_free(const live_clock *clock)
{
    return clock->path[0] != '\0';
}

static inline bool live_clock_open(live_clock *clock, const char *path)
{
    snprintf(clock->path, sizeof clock->path, "%s", path);
    return true;
}

static inline bool live_clock_stop(const live_clock *clock, int64_t us)
{
    (void)clock, (void)us;
    return false;
}

static inline void live_clock_close(live_clock *clock)
{
    clock->path[0] = '\0';
}
#endif

#endif
