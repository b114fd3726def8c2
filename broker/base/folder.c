/* folder.c - the data folder: created if missing, locked for one process, its files named. */
#include "base/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

enum { LOCK_TRIES = 10, LOCK_PAUSE_MS = 20 };

static lb_err make(const char *folder, const char *name)
{
    char path[LB_PATH_ROOM + 32];

    snprintf(path, sizeof path, "%s%s%s", folder, name[0] == '\0' ? "" : "/", name);
    if (mkdir(path, 0750) == 0 || errno == EEXIST)
        return LB_OK;
    lb_log(LB_LOG_HUB_FAIL, "what=folder path=%s why=\"%s\"", path, strerror(errno));
    return LB_ERR_IO;
}

/* Tried several times: a client that checks whether a hub runs holds the lock for a moment. */
static lb_err lock(lb_folder *folder)
{
    char path[LB_PATH_ROOM + 16];

    snprintf(path, sizeof path, "%s/lock", folder->path);
    folder->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (folder->lock_fd < 0) {
        lb_log(LB_LOG_HUB_FAIL, "what=lock path=%s why=\"%s\"", path, strerror(errno));
        return LB_ERR_IO;
    }
    for (int tries = 0; tries < LOCK_TRIES; tries++) {
        if (flock(folder->lock_fd, LOCK_EX | LOCK_NB) == 0)
            return LB_OK;
        poll(NULL, 0, LOCK_PAUSE_MS);
    }
    lb_log(LB_LOG_HUB_LOCKED, "path=%s why=\"another landbridged uses this folder\"", folder->path);
    lb_folder_close(folder);
    return LB_ERR_BUSY;
}

lb_err lb_folder_open(lb_folder *folder, const char *path)
{
    static const char *const rooms[] = {"",           "sources",        "spool",
                                        "spool/done", "spool/rejected", "spool/answers"};
    lb_err err = LB_OK;

    memset(folder, 0, sizeof *folder);
    folder->lock_fd = -1;
    if (strlen(path) >= sizeof folder->path)
        return LB_ERR_MISUSE;
    memcpy(folder->path, path, strlen(path) + 1);
    snprintf(folder->journal, sizeof folder->journal, "%s/journal.db", path);
    snprintf(folder->keys, sizeof folder->keys, "%s/keys.db", path);
    snprintf(folder->view, sizeof folder->view, "%s/view.db", path);
    snprintf(folder->party, sizeof folder->party, "%s/party.db", path);
    snprintf(folder->mark, sizeof folder->mark, "%s/head.mark", path);
    snprintf(folder->hub_key, sizeof folder->hub_key, "%s/hub.key", path);
    snprintf(folder->hub_id, sizeof folder->hub_id, "%s/hub.id", path);
    snprintf(folder->endpoints, sizeof folder->endpoints, "%s/endpoints", path);
    for (size_t i = 0; err == LB_OK && i < sizeof rooms / sizeof rooms[0]; i++)
        err = make(path, rooms[i]);
    return err == LB_OK ? lock(folder) : err;
}

/* -- a small file ------------------------------------------------------------------------------ */

static bool is_file(const char *path)
{
    struct stat about;

    return lstat(path, &about) == 0 && S_ISREG(about.st_mode);
}

static bool says(const char *path, lb_span text)
{
    char there[LB_SMALL_FILE];
    ssize_t len = -1;

    if (!is_file(path)) /* opening a pipe would block */
        return false;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return false;
    len = read(fd, there, sizeof there);
    close(fd);
    return len >= 0 && lb_span_equal((lb_span){there, (size_t)len}, text);
}

static bool write_all(int fd, lb_span text)
{
    ssize_t len = fd < 0 ? -1 : write(fd, text.at, text.len);
    bool is_written = len == (ssize_t)text.len;
    int why = len < 0 ? errno : ENOSPC; /* a short write: the disk is full */

    if (fd >= 0 && close(fd) != 0 && is_written)
        return false;
    if (!is_written)
        errno = why;
    return is_written;
}

/* By rename: a concurrent reader sees the old text or the new one, never a part. */
static bool write_beside(const char *path, lb_span text)
{
    char fresh[LB_PATH_ROOM + 32];

    snprintf(fresh, sizeof fresh, "%s.new", path);
    if (write_all(open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640), text) &&
        rename(fresh, path) == 0)
        return true;
    int why = errno;
    unlink(fresh);
    errno = why;
    return false;
}

/* For a full disk: it has no space for a second file, but the first one keeps its own. */
static bool write_over(const char *path, lb_span text)
{
    return is_file(path) && write_all(open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC), text) &&
           truncate(path, (off_t)text.len) == 0;
}

lb_err lb_folder_write(const char *path, lb_span text)
{
    if (text.len >= LB_SMALL_FILE)
        return LB_ERR_TOO_BIG;
    if (says(path, text) || write_beside(path, text))
        return LB_OK;
    if (!lb_err_is_full(errno)) {
        lb_log(LB_LOG_HUB_FAIL, "what=file path=%s why=\"%s\"", path, strerror(errno));
        return LB_ERR_IO;
    }
    if (write_over(path, text))
        return LB_OK;
    lb_log(LB_LOG_HUB_FAIL, "what=file path=%s why=\"%s\"", path, strerror(errno));
    return LB_ERR_FULL;
}

lb_err lb_path_sync(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool is_synced = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0)
        close(fd);
    return is_synced ? LB_OK : LB_ERR_IO;
}

bool lb_err_is_full(int number)
{
    return number == ENOSPC || number == EDQUOT || number == EFBIG;
}

void lb_folder_close(lb_folder *folder)
{
    if (folder->lock_fd >= 0)
        close(folder->lock_fd);
    folder->lock_fd = -1;
}
