/* thread.h - the hub's threads: one list of their names, one function that starts them.
 *
 * The name is what `ps -L`, `top -H`, gdb and /proc/PID/task/TID/comm show; Linux keeps 15 characters of it. The
 * hub's own thread has the name of the program. broker/README.md says what each owns; integration/test_threads
 * compares the two lists and the threads of a hub that runs. tools/checks/layers refuses pthread_create elsewhere.
 *
 * SIGINT, SIGTERM, SIGHUP and all other signals from outside are for the hub's own thread and blocked in these;
 * those that a thread's own fault raises (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT) are not: see net/translate.c. */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>

#include "landbridge/client/error.h"

/* LB_THREADS(X): X(id, name, is_lasting). Lasting: from the start of a hub with all its gates to its end. */
/* clang-format off */
#define LB_THREADS(X)                                                                              \
    X(KEEPER, "keeper", true)                                                                      \
    X(LONG_READER, "long-reader", true)                                                            \
    X(VIEW, "view", true)                                                                          \
    X(PUBLISH, "publish", true)                                                                    \
    X(REPLAY, "replay", true)                                                                      \
    X(QUERY, "query", true)                                                                        \
    X(QUERY_WORKER, "query-worker", true)                                                          \
    X(QUERY_SLOW, "query-slow", true)                                                              \
    X(ACCESS, "access", true)                                                                      \
    X(SPOOL, "spool", true)                                                                        \
    X(JT808, "jt808", true)                                                                        \
    X(JT809, "jt809", true)                                                                        \
    X(KEY_WRITER, "key-writer", false)                                                             \
    X(MARK_SYNC, "mark-sync", false)
/* clang-format on */

typedef enum lb_thread_name {
#define X(id, name, is_lasting) LB_THREAD_##id,
    LB_THREADS(X)
#undef X
        LB_THREAD_NAMES
} lb_thread_name;

typedef void *lb_thread_run(void *whose); /* what it returns is not looked at */

/* Zeroes before the first start. It belongs to the thread that starts it and must stay where it is until join. */
typedef struct lb_thread {
    pthread_t id;
    lb_thread_name name;
    lb_thread_run *run;
    void *whose;
    bool is_running;
} lb_thread;

/* NO_MEMORY, and logged: there are too many threads. After join it may be started again. */
lb_err lb_thread_start(lb_thread *thread, lb_thread_name name, lb_thread_run *run, void *whose);
/* Waits for its end; nothing when it was not started. */
void lb_thread_join(lb_thread *thread);

#endif
