/* faults.h - one failure at a time, of each kind, until a run in which none was left to fail.
 *
 *     fault_loop: for n = 1, 2, ...: arm; body; disarm; check      ends with the first n at which nothing failed
 *
 * The n-th call of the kind fails, alone or with all that follow, and only in the thread that runs the body (but see
 * is_everywhere): so a number means the same failure every time. */
#ifndef TESTS_FAULT_FAULTS_H
#define TESTS_FAULT_FAULTS_H

#include <stdbool.h>

#define FAULT_KINDS(X)                                                               \
    X(MEMORY, "memory") /* malloc, calloc, realloc of ours, and SQLite's      */     \
    X(OPEN, "open")     /* SQLite opens a file                                */     \
    X(READ, "read")                                                                  \
    X(WRITE, "write")                                                                \
    X(SYNC, "sync")                                                                  \
    X(TRUNCATE, "truncate")                                                          \
    X(FULL, "disk full")    /* a write that finds no room                         */ \
    X(AGAIN, "would block") /* zmq_send says EAGAIN                               */

typedef enum fault_kind {
#define X(name, text) FAULT_##name,
    FAULT_KINDS(X)
#undef X
        FAULT_KIND_COUNT
} fault_kind;

const char *fault_name(fault_kind kind);

/* Asked by those who can fail. */
bool fault_fires(fault_kind kind);

typedef struct fault_body { /* one deed of the hub, and what must hold whatever failed in it */
    const char *name;
    void (*prepare)(void *whose); /* may be NULL */
    void (*body)(void *whose);
    void (*check)(void *whose);
    void *whose;
    long each;          /* of its allocations, in ctest: every 1st, every 20th; --whole: all */
    bool is_everywhere; /* in the threads that the body starts and ends, too */
} fault_body;

/* Every kind, once and from then on; prints how many failures there were, and returns it. */
long fault_loop(const fault_body *body);
void fault_whole(void); /* from now on `each` counts for nothing */

#endif
