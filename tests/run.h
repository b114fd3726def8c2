/* run.h - runs a program as a user would: its output, exit status and duration. */
#ifndef TESTS_RUN_H
#define TESTS_RUN_H

#include <fcntl.h>
#include <string.h>

#include "live.h"

enum { RUN_ROOM = 8 * 1024 * 1024, RUN_WORDS = 24 };

typedef struct run_result {
    char said[RUN_ROOM]; /* stdout and stderr together; NUL-terminated */
    size_t len;
    int code; /* -1: ended by a signal */
    int64_t took_ms;
} run_result;

static inline void run_become(const char *program, const char *const *words, int out)
{
    char *argv[RUN_WORDS + 2] = {(char *)(uintptr_t)program};

    for (size_t i = 0; i < RUN_WORDS && words[i] != NULL; i++)
        argv[i + 1] = (char *)(uintptr_t)words[i];
    if (dup2(out, STDOUT_FILENO) >= 0 && dup2(out, STDERR_FILENO) >= 0)
        execv(program, argv);
    _exit(127);
}

/* `words` end with NULL. Output beyond the room is dropped. */
static inline void run_program(run_result *result, const char *program, const char *const *words)
{
    char rest[4096];
    int ends[2], status = 0;
    ssize_t got = 1;
    int64_t from_ms = live_now_ms();

    result->len = 0;
    if (pipe2(ends, O_CLOEXEC) != 0)
        abort();
    pid_t pid = fork();
    if (pid == 0)
        run_become(program, words, ends[1]);
    close(ends[1]);
    while (pid > 0 && got > 0) {
        size_t room = RUN_ROOM - 1 - result->len;
        got = read(ends[0], room > 0 ? result->said + result->len : rest,
                   room > 0 ? room : sizeof rest);
        if (got > 0 && room > 0)
            result->len += (size_t)got;
    }
    close(ends[0]);
    waitpid(pid, &status, 0);
    result->said[result->len] = '\0';
    result->code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    result->took_ms = live_now_ms() - from_ms;
}

#define RUN(result, ...) \
    run_program(result, LB_BIN_DIR "/landbridge", (const char *const[]){__VA_ARGS__, NULL})

#endif
