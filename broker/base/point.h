/* point.h - named places where the crash tests kill the hub.
 *
 * LANDBRIDGE_KILL_AT="after-commit" makes the process SIGKILL itself at the first pass of that point,
 * "after-commit:3" at the third. Compiles to nothing unless LB_POINTS is on. The names stand in
 * broker/README.md. */
#ifndef BASE_POINT_H
#define BASE_POINT_H

#include <stdbool.h>

#ifdef LB_POINTS
void lb_point(const char *name);
/* The same inside a library that has no points: the process is killed within a millisecond from here. */
void lb_point_soon(const char *name);
bool lb_point_is_wanted(const char *name);
#else
#define lb_point(name)      ((void)0)
#define lb_point_soon(name) ((void)0)
#endif

#endif
