/* beside.c - a thread that does one piece of work at a time. */
#include "base/beside.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* `work`, `whose` and `result` belong to the owner until `go` is written, then to the thread until `done` is. */
struct lb_beside {
    int go, done;
    lb_thread thread;
    bool has_begun;
    lb_work *work; /* NULL: the thread ends */
    void *whose;
    lb_err result;
};

static void signal_file(int file)
{
    const uint64_t one = 1;

    while (write(file, &one, sizeof one) < 0 && errno == EINTR)
        ;
}

static bool take_signal(int file)
{
    uint64_t count;
    ssize_t len;

    while ((len = read(file, &count, sizeof count)) < 0 && errno == EINTR)
        ;
    return len == (ssize_t)sizeof count;
}

static void *run(void *argument)
{
    lb_beside *beside = argument;

    while (take_signal(beside->go) && beside->work != NULL) {
        beside->result = beside->work(beside->whose);
        signal_file(beside->done);
    }
    return NULL;
}

lb_err lb_beside_open(lb_beside **out, lb_thread_name name)
{
    lb_beside *beside = calloc(1, sizeof *beside);

    if (beside == NULL)
        return LB_ERR_NO_MEMORY;
    beside->go = eventfd(0, EFD_CLOEXEC);
    beside->done = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    lb_err err = beside->go < 0 || beside->done < 0
                     ? LB_ERR_NO_MEMORY
                     : lb_thread_start(&beside->thread, name, run, beside);
    if (err != LB_OK) {
        lb_beside_close(&beside);
        return err;
    }
    *out = beside;
    return LB_OK;
}

void lb_beside_close(lb_beside **out)
{
    lb_beside *beside = *out;

    if (beside == NULL)
        return;
    if (beside->thread.is_running) {
        lb_beside_wait(beside);
        beside->work = NULL;
        signal_file(beside->go);
        lb_thread_join(&beside->thread);
    }
    if (beside->go >= 0)
        close(beside->go);
    if (beside->done >= 0)
        close(beside->done);
    free(beside);
    *out = NULL;
}

void lb_beside_begin(lb_beside *beside, lb_work *work, void *whose)
{
    beside->work = work;
    beside->whose = whose;
    beside->has_begun = true;
    signal_file(beside->go);
}

int lb_beside_file(const lb_beside *beside)
{
    return beside->done;
}

bool lb_beside_end(lb_beside *beside, lb_err *result)
{
    if (!beside->has_begun || !take_signal(beside->done))
        return false;
    beside->has_begun = false;
    *result = beside->result;
    return true;
}

lb_err lb_beside_wait(lb_beside *beside)
{
    struct pollfd done = {.fd = beside->done, .events = POLLIN};
    lb_err result = LB_OK;

    while (beside->has_begun && !lb_beside_end(beside, &result))
        poll(&done, 1, -1);
    return result;
}

void lb_beside_step_back(void)
{
    enum { NICENESS = 10 };

    /* On Linux: of this thread only. */
    setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), NICENESS);
}
