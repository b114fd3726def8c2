/* folder.h - the data folder: made when it is not there, locked for one process, its files named.
 *
 *     journal.db keys.db view.db party.db   the databases
 *     head.mark how far the journal is (keep/head_mark.h)
 *     hub.key   its own CURVE keys reading    key of the message in hand
 *     aside/    files as they were found damaged
 *     sources/  profiles           spool/  files        endpoints  where the hub listens
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
    char endpoints[LB_PATH_ROOM + 16];
    int lock_fd;
} lb_folder;

/* BUSY: another process holds it. Logged. */
lb_err lb_folder_open(lb_folder *folder, const char *path);
void lb_folder_close(lb_folder *folder);

/* Makes a small file say this. Touches nothing when it does already, so that a hub starts again on a full disk; else
 * by a second file and rename; on a full disk over what is there. FULL, IO: logged. */
lb_err lb_folder_write(const char *path, lb_span text);
bool lb_err_is_full(int number); /* an errno that means: no room (disk, quota, longest file) */

#endif
