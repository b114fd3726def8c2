/* thread.c - starts the hub's threads, each with its name, and with the hub's signals blocked. */
#include "base/thread.h"

#include <signal.h>

#include "base/log.h"

static const char *const names[] = {
#define X(id, name, is_lasting) name,
    LB_THREADS(X)
#undef X
#define LB_GATE(name, sends_as) #name,
#include "gate/gates.def"
};

/* pthread_setname_np refuses a longer one. */
#define X(id, name, is_lasting) _Static_assert(sizeof name <= 16, "the thread's name is too long");
LB_THREADS(X)
#undef X
#define LB_GATE(name, sends_as) \
    _Static_assert(sizeof #name <= 16, "a name of a thread is too long");
#include "gate/gates.def"

/* The thread names itself: named by its creator, it could run, or end, before it has a name. */
static void *run_named(void *argument)
{
    const lb_thread *thread = argument;

    pthread_setname_np(pthread_self(), names[thread->name]);
    return thread->run(thread->whose);
}

/* All signals except faults of the thread itself, which the process handles. */
static void signals_from_outside(sigset_t *set)
{
    static const int own_faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

    sigfillset(set);
    for (size_t i = 0; i < sizeof own_faults / sizeof own_faults[0]; i++)
        sigdelset(set, own_faults[i]);
}

lb_err lb_thread_start(lb_thread *thread, lb_thread_name name, lb_thread_run *run, void *whose)
{
    sigset_t outside, before;

    thread->name = name;
    thread->run = run;
    thread->whose = whose;
    signals_from_outside(&outside);
    pthread_sigmask(SIG_BLOCK, &outside, &before); /* inherited by the new thread */
    int wrong = pthread_create(&thread->id, NULL, run_named, thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    thread->is_running = wrong == 0;
    if (wrong != 0)
        lb_log(LB_LOG_HUB_THREAD, "thread=%s errno=%d", names[name], wrong);
    return wrong == 0 ? LB_OK : LB_ERR_NO_MEMORY;
}

void lb_thread_join(lb_thread *thread)
{
    if (!thread->is_running)
        return;
    pthread_join(thread->id, NULL);
    thread->is_running = false;
}
