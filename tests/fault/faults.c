/* faults.c - see faults.h. */
#include "faults.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { FAULTS_MAX = 100000 };

static struct {
    bool is_armed, has_fired, goes_on;
    fault_where where;
    fault_kind kind;
    long left; /* calls that are still fine */
    pthread_t here;
} fault;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool is_whole;
static char reported[80];

const char *fault_name(fault_kind kind)
{
    static const char *const names[] = {
#define X(name, text) text,
        FAULT_KINDS(X)
#undef X
    };
    return names[kind];
}

const char *fault_reported(void)
{
    return reported;
}

void fault_whole(void)
{
    is_whole = true;
}

static void arm(const fault_body *body, fault_kind kind, long n, bool from_then_on)
{
    pthread_mutex_lock(&lock);
    fault.kind = kind;
    fault.left = n - 1;
    fault.goes_on = from_then_on;
    fault.has_fired = false;
    fault.where = body->where;
    fault.here = pthread_self();
    fault.is_armed = true;
    pthread_mutex_unlock(&lock);
}

static bool disarm(void)
{
    pthread_mutex_lock(&lock);
    fault.is_armed = false;
    bool fired = fault.has_fired;
    pthread_mutex_unlock(&lock);
    return fired;
}

static bool is_meant(fault_kind kind)
{
    bool is_here = pthread_equal(fault.here, pthread_self());

    if (!fault.is_armed || kind != fault.kind ||
        (fault.where != FAULT_EVERYWHERE && is_here != (fault.where == FAULT_HERE)))
        return false;
    if (fault.left > 0) {
        fault.left--;
        return false;
    }
    return !fault.has_fired || fault.goes_on;
}

bool fault_fires(fault_kind kind)
{
    pthread_mutex_lock(&lock);
    bool fires = is_meant(kind);
    fault.has_fired |= fires;
    pthread_mutex_unlock(&lock);
    return fires;
}

/* How many failures there were. */
static long loop_kind(const fault_body *body, fault_kind kind, bool from_then_on)
{
    const long sample = kind == FAULT_MEMORY ? body->each : body->each_else;
    const long each = is_whole || sample == 0 ? 1 : sample;
    bool fired = true;
    long failures = 0;

    for (long n = 1; fired; n += each) {
        if (n > FAULTS_MAX)
            abort(); /* a body that never ends proves nothing */
        if (body->prepare != NULL)
            body->prepare(body->whose);
        snprintf(reported, sizeof reported, "%s, call %ld%s", fault_name(kind), n,
                 from_then_on ? " and all that follow" : "");
        arm(body, kind, n, from_then_on);
        body->body(body->whose);
        fired = disarm();
        body->check(body->whose);
        failures += fired;
    }
    return failures;
}

long fault_loop(const fault_body *body)
{
    long failures = 0;

    printf("%s:", body->name);
    for (int kind = 0; kind < FAULT_KIND_COUNT; kind++) {
        long once = loop_kind(body, (fault_kind)kind, false);
        long more = loop_kind(body, (fault_kind)kind, true);
        if (once + more > 0)
            printf(" %s %ld+%ld", fault_name((fault_kind)kind), once, more);
        fflush(stdout);
        failures += once + more;
    }
    printf("; %ld failures\n", failures);
    return failures;
}
