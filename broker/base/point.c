/* point.c - named places where the crash tests kill the hub. */
#include "base/point.h"

typedef int lb_point_is_here; /* a file must hold something when the points are off */

#ifdef LB_POINTS
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

void lb_point(const char *name)
{
    static _Atomic long passes;
    const char *wanted = getenv("LANDBRIDGE_KILL_AT");
    size_t len = strlen(name);

    if (wanted == NULL || strncmp(wanted, name, len) != 0)
        return;
    if (wanted[len] != '\0' && wanted[len] != ':')
        return;
    long pass = wanted[len] == ':' ? strtol(wanted + len + 1, NULL, 10) : 1;
    if (atomic_fetch_add(&passes, 1) + 1 == pass)
        raise(SIGKILL);
}
#endif
