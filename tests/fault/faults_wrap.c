/* faults_wrap.c - memory and sends that can fail: malloc and its like of what is linked into the test (--wrap),
 * SQLite's memory, files opened here, non-blocking sends of zmq. Other libraries' memory does not fail. */
#include "faults_wrap.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <zmq.h>

#include "faults.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode);
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __real_zmq_send(void *socket, const void *bytes, size_t len, int flags);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
int __wrap_zmq_send(void *socket, const void *bytes, size_t len, int flags);
int __real_zmq_msg_send(zmq_msg_t *frame, void *socket, int flags);
int __wrap_zmq_msg_send(zmq_msg_t *frame, void *socket, int flags);

static sqlite3_mem_methods real_memory;

void *__wrap_malloc(size_t size)
{
    return fault_fires(FAULT_MEMORY) ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fault_fires(FAULT_MEMORY) ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fault_fires(FAULT_MEMORY) ? NULL : __real_realloc(old, size);
}

FILE *__wrap_fopen(const char *path, const char *mode)
{
    if (fault_fires(FAULT_OPEN)) {
        errno = EMFILE;
        return NULL;
    }
    return __real_fopen(path, mode);
}

int __wrap_open(const char *path, int flags, ...)
{
    va_list more;

    if (fault_fires(FAULT_OPEN)) {
        errno = EMFILE;
        return -1;
    }
    va_start(more, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    return __real_open(path, flags, mode);
}

/* Once its first frame was sent, a message is sent whole. */
static bool would_block(int flags)
{
    static _Thread_local bool is_begun;
    bool is_first = !is_begun;

    if ((flags & ZMQ_DONTWAIT) != 0 && is_first && fault_fires(FAULT_AGAIN)) {
        errno = EAGAIN;
        return true;
    }
    is_begun = (flags & ZMQ_SNDMORE) != 0;
    return false;
}

int __wrap_zmq_send(void *socket, const void *bytes, size_t len, int flags)
{
    return would_block(flags) ? -1 : __real_zmq_send(socket, bytes, len, flags);
}

int __wrap_zmq_msg_send(zmq_msg_t *frame, void *socket, int flags)
{
    return would_block(flags) ? -1 : __real_zmq_msg_send(frame, socket, flags);
}

static void *take(int size)
{
    return fault_fires(FAULT_MEMORY) ? NULL : real_memory.xMalloc(size);
}

static void *take_more(void *old, int size)
{
    return fault_fires(FAULT_MEMORY) ? NULL : real_memory.xRealloc(old, size);
}

void faults_wrap_sqlite(void)
{
    sqlite3_mem_methods failing;

    if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real_memory) != SQLITE_OK)
        abort();
    failing = real_memory;
    failing.xMalloc = take;
    failing.xRealloc = take_more;
    if (sqlite3_config(SQLITE_CONFIG_MALLOC, &failing) != SQLITE_OK ||
        sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0) != SQLITE_OK)
        abort();
}
