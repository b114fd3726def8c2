/* folder.h - the data folder: created if missing, locked for one process, its files named.
 *
 *     journal.db keys.db view.db party.db   the databases
 *     head.mark how far the journal had come (keep/head_mark.h)
 *     hub.key   the hub's CURVE keys    reading    delivery key of the message being read
 *     aside/    damaged files, set aside
 *     sources/  profiles           spool/  files        endpoints  where the hub listens
 *     hub.id    id of this hub (keep/epoch.h)
 *     lock      held by the hub    *.sock  its sockets */
#ifndef BASE_FOLDER_H
#define BASE_FOLDER_H

#include "landbridge/client/error.h"
#include "landbridge/client/span.h"

enum { LB_PATH_ROOM = 1024, LB_SMALL_FILE = 16 * 1024 };

typedef struct lb_folder {
    char path[LB_PATH_ROOM];
    char journal[LB_PATH_ROOM + 16];
    char keys[LB_PATH_ROOM + 16];
    char view[LB_PATH_ROOM + 16];
    char party[LB_PATH_ROOM + 16];
    char mark[LB_PATH_ROOM + 16];
    char hub_key[LB_PATH_ROOM + 16];
    char hub_id[LB_PATH_ROOM + 16];
    char endpoints[LB_PATH_ROOM + 16];
    int lock_fd;
} lb_folder;

/* BUSY: another process holds it. Logged. */
lb_err lb_folder_open(lb_folder *folder, const char *path);
void lb_folder_close(lb_folder *folder);

/* Writes a small file. Touches nothing when it has this text already, so a hub can restart on a full disk; else
 * writes a second file and renames it, or on a full disk overwrites the first. FULL, IO: logged. */
lb_err lb_folder_write(const char *path, lb_span text);
/* Syncs a file or folder to the disk. IO: errno says why; not logged. */
lb_err lb_path_sync(const char *path);
bool lb_err_is_full(int number); /* an errno that means: no space (disk, quota, file size) */

#endif
