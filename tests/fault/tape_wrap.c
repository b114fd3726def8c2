/* tape_wrap.c - small files of the hub on the tape: what it makes with open, write, fsync and rename (--wrap).
 *
 * Only the files that are named here: others are no part of what a receipt promises. A sync of the folder itself is a
 * sync of its entries. */
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tape.h"

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
ssize_t __real_write(int fd, const void *bytes, size_t len);
ssize_t __wrap_write(int fd, const void *bytes, size_t len);
int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_close(int fd);
int __wrap_close(int fd);
int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);

enum { FDS = 1024, NOT_TAPED = 0, THE_FOLDER = 1, FIRST_FILE = 2 };

static _Atomic int taped[FDS]; /* by descriptor: FIRST_FILE + number of the file */
static _Atomic int64_t ends[FDS];

/* Of "hub.id" and what becomes it; NOT_TAPED: of others. */
static int look_up(const char *path)
{
    const char *name = strrchr(path, '/');

    if (tape_is_folder(path))
        return THE_FOLDER;
    if (name == NULL || strncmp(name, "/hub.id", strlen("/hub.id")) != 0)
        return NOT_TAPED;
    int number = tape_number(path);
    return number < 0 ? NOT_TAPED : FIRST_FILE + number;
}

static bool is_file(int fd)
{
    return fd >= 0 && fd < FDS && taped[fd] >= FIRST_FILE;
}

static int file_of(int fd)
{
    return taped[fd] - FIRST_FILE;
}

int __wrap_open(const char *path, int flags, ...)
{
    struct stat file;
    va_list more;

    va_start(more, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    bool was_there = stat(path, &file) == 0;
    int fd = __real_open(path, flags, mode);
    if (fd < 0 || fd >= FDS)
        return fd;
    taped[fd] = look_up(path);
    ends[fd] = 0;
    if (is_file(fd) && !was_there)
        tape_put((tape_note){.kind = TAPE_CREATE, .file = file_of(fd)});
    if (is_file(fd) && was_there && (flags & O_TRUNC) != 0)
        tape_put((tape_note){.kind = TAPE_TRUNCATE, .file = file_of(fd)});
    return fd;
}

ssize_t __wrap_write(int fd, const void *bytes, size_t len)
{
    if (is_file(fd)) {
        tape_put_write(file_of(fd), bytes, len, ends[fd]);
        ends[fd] += (int64_t)len;
    }
    return __real_write(fd, bytes, len);
}

/* Not passed on: power.h decides about its effect. */
int __wrap_fsync(int fd)
{
    if (is_file(fd))
        tape_put((tape_note){.kind = TAPE_SYNC, .file = file_of(fd)});
    else if (fd >= 0 && fd < FDS && taped[fd] == THE_FOLDER)
        tape_put((tape_note){.kind = TAPE_SYNC_FOLDER, .syncs_folder = true});
    return 0;
}

int __wrap_close(int fd)
{
    if (fd >= 0 && fd < FDS)
        taped[fd] = NOT_TAPED;
    return __real_close(fd);
}

int __wrap_rename(const char *from, const char *to)
{
    int old = look_up(from), now = look_up(to);
    int rc = __real_rename(from, to);

    if (rc == 0 && old >= FIRST_FILE && now >= FIRST_FILE)
        tape_put(
            (tape_note){.kind = TAPE_RENAME, .file = old - FIRST_FILE, .to = now - FIRST_FILE});
    return rc;
}
