/* point.c - named places where the crash tests kill the hub. */
#include "base/point.h"

typedef int lb_point_is_here; /* ISO C wants a declaration when the points are off */

#ifdef LB_POINTS
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

bool lb_point_is_wanted(const char *name)
{
    const char *wanted = getenv("LANDBRIDGE_KILL_AT");
    size_t len = strlen(name);

    return wanted != NULL && strncmp(wanted, name, len) == 0 &&
           (wanted[len] == '\0' || wanted[len] == ':');
}

/* Has the wanted number of passes been reached? */
static bool is_now(const char *name)
{
    static _Atomic long passes;

    if (!lb_point_is_wanted(name))
        return false;
    const char *colon = strchr(getenv("LANDBRIDGE_KILL_AT"), ':');
    long permission = colon != NULL ? strtol(colon + 1, NULL, 10) : 1;
    return atomic_fetch_add(&passes, 1) + 1 == permission;
}

void lb_point(const char *name)
{
    if (is_now(name))
        raise(SIGKILL);
}

void lb_point_soon(const char *name)
{
    struct sigevent how = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL};
    struct itimerspec when = {.it_value.tv_nsec = 1};
    struct timespec now;
    timer_t timer;

    if (!is_now(name) || timer_create(CLOCK_MONOTONIC, &how, &timer) != 0)
        return;
    clock_gettime(CLOCK_MONOTONIC, &now);
    when.it_value.tv_nsec += now.tv_nsec % 1000000;
    timer_settime(timer, 0, &when, NULL);
}
#endif
