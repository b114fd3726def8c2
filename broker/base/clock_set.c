/* clock_set.c - lets a test set the hub's time, to play a month of messages in seconds. Test builds only, see clock.h.
 *
 *     test ── lb_clock_set ──> file, mapped by both ── lb_clock_set_times ──> hub
 *
 *     wall(t)   = wall_us   + (t - real_us) * rate          t, real_us: CLOCK_MONOTONIC, the same in all processes
 *     steady(t) = steady_us + (t - real_us) * rate
 *
 * The file holds five numbers. `version` is odd while they are being written: a reader repeats until it has seen the
 * same even version before and after (a seqlock: the hub is never blocked). */
#include "base/clock_set.h"

typedef int lb_clock_set_is_here; /* ISO C wants a declaration when the clock is not settable */

#ifdef LB_TEST_CLOCK
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"

typedef struct setting {
    _Atomic uint64_t version; /* 0: never set */
    _Atomic int64_t real_us, wall_us, steady_us, rate;
} setting;

static setting *of_this_process;
static pthread_once_t is_looked_for = PTHREAD_ONCE_INIT;

static setting *map_file(const char *path, int flags)
{
    int fd = open(path, flags | O_RDWR | O_CLOEXEC, 0600);
    void *at = MAP_FAILED;

    if (fd >= 0 && ftruncate(fd, sizeof(setting)) == 0)
        at = mmap(NULL, sizeof(setting), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd >= 0)
        close(fd);
    return at == MAP_FAILED ? NULL : at;
}

/* A test hub whose clock is missing must not run on the real one: abort. */
static void look_for_file(void)
{
    const char *path = getenv(LB_CLOCK_VARIABLE);

    if (path == NULL)
        return;
    of_this_process = map_file(path, 0);
    if (of_this_process != NULL && atomic_load(&of_this_process->version) != 0)
        return;
    fprintf(stderr, "landbridge: " LB_CLOCK_VARIABLE "=%s: this file holds no clock\n", path);
    abort();
}

static void read_times(setting *from, int64_t now_real_us, lb_clock_times *now)
{
    uint64_t version;

    do {
        version = atomic_load(&from->version);
        int64_t passed_us = (now_real_us - atomic_load(&from->real_us)) * atomic_load(&from->rate);
        now->wall_us = atomic_load(&from->wall_us) + passed_us;
        now->steady_us = atomic_load(&from->steady_us) + passed_us;
    } while (version % 2 != 0 || version != atomic_load(&from->version));
}

bool lb_clock_set_times(int64_t real_us, lb_clock_times *now)
{
    pthread_once(&is_looked_for, look_for_file);
    if (of_this_process == NULL)
        return false;
    read_times(of_this_process, real_us, now);
    return true;
}

static void write_times(setting *to, int64_t real_us, const lb_clock_times *now, int64_t rate)
{
    atomic_fetch_add(&to->version, 1);
    atomic_store(&to->real_us, real_us);
    atomic_store(&to->wall_us, now->wall_us);
    atomic_store(&to->steady_us, now->steady_us);
    atomic_store(&to->rate, rate);
    atomic_fetch_add(&to->version, 1);
}

lb_err lb_clock_set(const char *path, int64_t wall_us, int64_t rate)
{
    int64_t real_us = lb_clock_monotonic_us();
    lb_clock_times now = {wall_us, real_us};

    setting *file = map_file(path, O_CREAT);
    if (file == NULL)
        return LB_ERR_IO;
    if (atomic_load(&file->version) != 0) {
        lb_clock_times before;
        read_times(file, real_us, &before);
        int64_t forward_us = wall_us - before.wall_us;
        now.steady_us = before.steady_us + (forward_us > 0 ? forward_us : 0);
    }
    write_times(file, real_us, &now, rate);
    munmap(file, sizeof *file);
    return LB_OK;
}
#endif
