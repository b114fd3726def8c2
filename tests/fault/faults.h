/* faults.h - one failure at a time, of each kind, until a run in which none was left to fail.
 *
 *     fault_loop: for n = 1, 2, ...: arm; body; disarm; check      ends with the first n at which nothing failed
 *
 * The n-th call of the kind fails, alone or with all later ones. In the thread that runs the body a number means the
 * same failure every time; in other threads approximately. */
#ifndef TESTS_FAULT_FAULTS_H
#define TESTS_FAULT_FAULTS_H

#include <stdbool.h>

#define FAULT_KINDS(X)                                                               \
    X(MEMORY, "memory") /* malloc, calloc, realloc of ours, and SQLite's      */     \
    X(OPEN, "open")     /* SQLite opens a file, or we do                      */     \
    X(READ, "read")                                                                  \
    X(WRITE, "write")                                                                \
    X(SYNC, "sync")                                                                  \
    X(TRUNCATE, "truncate")                                                          \
    X(FULL, "disk full")    /* a write that finds no room                         */ \
    X(AGAIN, "would block") /* a non-blocking send fails with EAGAIN */

typedef enum fault_kind {
#define X(name, text) FAULT_##name,
    FAULT_KINDS(X)
#undef X
        FAULT_KIND_COUNT
} fault_kind;

const char *fault_name(fault_kind kind);

/* The failure of the present check: "memory, call 37 and all that follow". */
const char *fault_reported(void);

/* Called by the functions that can fail. */
bool fault_fires(fault_kind kind);

typedef enum fault_where {
    FAULT_HERE,       /* the thread that runs the body */
    FAULT_EVERYWHERE, /* it and all others */
    FAULT_ELSEWHERE,  /* all others */
} fault_where;

typedef struct fault_body { /* one action of the hub, and what must hold whatever failed in it */
    const char *name;
    void (*prepare)(void *whose); /* may be NULL */
    void (*body)(void *whose);
    void (*check)(void *whose);
    void *whose;
    long each;      /* of its allocations, in ctest: every 1st, every 20th; --whole: all */
    long each_else; /* of all other calls; 0: each */
    fault_where where;
} fault_body;

/* Every kind, once and from then on; prints how many failures there were, and returns it. */
long fault_loop(const fault_body *body);
void fault_whole(void); /* from now on `each` is ignored */

#endif
