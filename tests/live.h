/* live.h - a real landbridged as a child of the test. */
#ifndef TESTS_LIVE_H
#define TESTS_LIVE_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static inline int64_t live_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* `program`: the landbridged to run. -1: it could not be started. `kill_at` (may be NULL) is a
 * kill point of broker/base/point.h. The hub is killed when the calling thread ends, so that a
 * killed test leaves none behind. */
static inline pid_t live_start(const char *program, const char *data, const char *config,
                               const char *log, const char *kill_at)
{
    pid_t parent = getpid(), pid = fork();

    if (pid != 0)
        return pid;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
        _exit(127);
    if (kill_at != NULL)
        setenv("LANDBRIDGE_KILL_AT", kill_at, 1);
    if (freopen(log, "a", stderr) != NULL)
        execl(program, program, "--data", data, "--config", config, (char *)NULL);
    _exit(127);
}

static inline bool live_is_free(int port)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_free = fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0;

    if (fd >= 0)
        close(fd);
    return is_free;
}

/* The first of `count` consecutive free ports on the loopback. */
static inline int live_free_ports(int count)
{
    int port = 20000 + (int)(getpid() % 1500) * 8, free_ones = 0;

    while (free_ones < count) {
        free_ones = live_is_free(port) ? free_ones + 1 : 0;
        port++;
    }
    return port - count;
}

/* A configuration without TCP ports: ipc only. */
static inline bool live_config(const char *path)
{
    FILE *file = fopen(path, "w");

    if (file == NULL)
        return false;
    bool is_written = fputs("[listen]\ntcp = no\n", file) >= 0;
    return fclose(file) == 0 && is_written;
}

#endif
