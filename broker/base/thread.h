/* thread.h - the hub's threads: one list of their names, one function that starts them.
 *
 * The name is what `ps -L`, `top -H`, gdb and /proc/PID/task/TID/comm show; Linux keeps 15 characters of it. The
 * hub's own thread has the name of the program. broker/README.md says what each owns; integration/test_threads
 * compares the two lists and the threads of a hub that runs. tools/checks/layers refuses pthread_create elsewhere.
 *
 * SIGINT, SIGTERM, SIGHUP and all other signals from outside are for the hub's own thread and blocked in these;
 * signals of a thread's own faults (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT) are not: see net/translate.c. */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>

#include "landbridge/client/error.h"

/* LB_THREADS(X): X(id, name, is_lasting). Lasting: from the start of a hub to its end. Beside these each gate has one of its
 * own name, LB_THREAD_<name> (gate/gates.def). */
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
    X(KEY_WRITER, "key-writer", false)                                                             \
    X(MARK_SYNC, "mark-sync", false)
/* clang-format on */

typedef enum lb_thread_name {
#define X(id, name, is_lasting) LB_THREAD_##id,
    LB_THREADS(X)
#undef X
#define LB_GATE(name, sends_as) LB_THREAD_##name,
#include "gate/gates.def"
        LB_THREAD_NAMES
} lb_thread_name;

typedef void *lb_thread_run(void *whose); /* the result is ignored */

/* All zero before the first start. Belongs to the thread that starts it, and must not move until join. */
typedef struct lb_thread {
    pthread_t id;
    lb_thread_name name;
    lb_thread_run *run;
    void *whose;
    bool is_running;
} lb_thread;

/* NO_MEMORY, logged: too many threads. After join it may be started again. */
lb_err lb_thread_start(lb_thread *thread, lb_thread_name name, lb_thread_run *run, void *whose);
/* Waits for its end; does nothing when it was not started. */
void lb_thread_join(lb_thread *thread);

#endif
