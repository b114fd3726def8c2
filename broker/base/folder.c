/* folder.c - the data folder: made when it is not there, locked for one process, its files named. */
#include "base/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

static lb_err make(const char *folder, const char *name)
{
    char path[LB_PATH_ROOM + 32];

    snprintf(path, sizeof path, "%s%s%s", folder, name[0] == '\0' ? "" : "/", name);
    if (mkdir(path, 0750) == 0 || errno == EEXIST)
        return LB_OK;
    lb_log(LB_LOG_HUB_FAIL, "what=folder path=%s why=\"%s\"", path, strerror(errno));
    return LB_ERR_IO;
}

static lb_err lock(lb_folder *folder)
{
    char path[LB_PATH_ROOM + 16];

    snprintf(path, sizeof path, "%s/lock", folder->path);
    folder->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (folder->lock_fd < 0) {
        lb_log(LB_LOG_HUB_FAIL, "what=lock path=%s why=\"%s\"", path, strerror(errno));
        return LB_ERR_IO;
    }
    if (flock(folder->lock_fd, LOCK_EX | LOCK_NB) == 0)
        return LB_OK;
    lb_log(LB_LOG_HUB_LOCKED, "path=%s why=\"another landbridged works on this folder\"",
           folder->path);
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
    snprintf(folder->endpoints, sizeof folder->endpoints, "%s/endpoints", path);
    for (size_t i = 0; err == LB_OK && i < sizeof rooms / sizeof rooms[0]; i++)
        err = make(path, rooms[i]);
    return err == LB_OK ? lock(folder) : err;
}

void lb_folder_close(lb_folder *folder)
{
    if (folder->lock_fd >= 0)
        close(folder->lock_fd);
    folder->lock_fd = -1;
}
