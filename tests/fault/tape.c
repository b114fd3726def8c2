/* tape.c - a SQLite VFS over the default one that records the calls on the files of one folder.
 *
 * Two threads may write (the hub, and the one that writes delivery keys behind it), so the tape has a lock.
 * Opening, reading, writing, cutting and syncing can be made to fail (faults.h). A file is synced with its folder
 * when SQLite's own VFS would do so: the first sync of a WAL or rollback journal that was opened to be made. */
#include "tape.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "faults.h"

typedef struct taped_file {
    sqlite3_file base;
    int file; /* -1: not on the tape */
    bool owes_folder;
    sqlite3_file *real; /* behind this struct */
} taped_file;

static sqlite3_vfs *real_vfs;
static sqlite3_vfs taping;
static tape *running;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static sqlite3_file *real_of(sqlite3_file *file)
{
    return ((taped_file *)file)->real;
}

/* -- the tape ----------------------------------------------------------------------------------- */

static void put(tape *t, tape_note note)
{
    pthread_mutex_lock(&lock);
    if (t->count == t->room) {
        t->room = t->room == 0 ? 4096 : t->room * 2;
        tape_note *notes = realloc(t->notes, t->room * sizeof *notes);
        if (notes == NULL)
            abort();
        t->notes = notes;
    }
    t->notes[t->count++] = note;
    pthread_mutex_unlock(&lock);
}

void tape_mark(tape *t, int64_t promised, int64_t asked)
{
    put(t, (tape_note){.kind = TAPE_MARK, .promised = promised, .asked = asked});
}

void tape_free(tape *t)
{
    for (size_t i = 0; i < t->count; i++)
        free(t->notes[i].bytes);
    free(t->notes);
    *t = (tape){.notes = NULL};
}

/* The number of a file of the folder; -1 for others. */
int tape_number(const char *path)
{
    int i = 0;

    if (running == NULL || path == NULL)
        return -1;
    size_t len = strlen(running->folder);
    if (strncmp(path, running->folder, len) != 0 || path[len] != '/')
        return -1;
    const char *name = path + len + 1;
    pthread_mutex_lock(&lock);
    while (i < running->file_count && strcmp(running->files[i], name) != 0)
        i++;
    if (i == running->file_count) {
        if (i == TAPE_FILES)
            abort();
        snprintf(running->files[running->file_count++], sizeof running->files[0], "%s", name);
    }
    pthread_mutex_unlock(&lock);
    return i;
}

bool tape_is_folder(const char *path)
{
    return running != NULL && strcmp(path, running->folder) == 0;
}

void tape_put(tape_note note)
{
    if (running != NULL)
        put(running, note);
}

void tape_put_write(int file, const void *bytes, size_t len, int64_t at)
{
    uint8_t *copy = malloc(len + 1);

    if (copy == NULL)
        abort();
    memcpy(copy, bytes, len);
    put(running,
        (tape_note){.kind = TAPE_WRITE, .file = file, .at = at, .len = len, .bytes = copy});
}

/* -- recording --------------------------------------------------------------------------------- */

static int write_file(sqlite3_file *file, const void *bytes, int len, sqlite3_int64 at)
{
    const taped_file *taped = (taped_file *)file;

    if (fault_fires(FAULT_WRITE))
        return SQLITE_IOERR_WRITE;
    if (fault_fires(FAULT_FULL))
        return SQLITE_FULL;
    if (taped->file >= 0)
        tape_put_write(taped->file, bytes, (size_t)len, at);
    return taped->real->pMethods->xWrite(taped->real, bytes, len, at);
}

static int truncate_file(sqlite3_file *file, sqlite3_int64 size)
{
    const taped_file *taped = (taped_file *)file;

    if (fault_fires(FAULT_TRUNCATE))
        return SQLITE_IOERR_TRUNCATE;
    if (taped->file >= 0)
        put(running, (tape_note){.kind = TAPE_TRUNCATE, .file = taped->file, .at = size});
    return taped->real->pMethods->xTruncate(taped->real, size);
}

static int sync_file(sqlite3_file *file, int flags)
{
    taped_file *taped = (taped_file *)file;

    (void)flags;
    if (fault_fires(FAULT_SYNC))
        return SQLITE_IOERR_FSYNC;
    if (taped->file >= 0)
        put(running, (tape_note){.kind = TAPE_SYNC,
                                 .file = taped->file,
                                 .syncs_folder = taped->owes_folder});
    taped->owes_folder = false;
    return SQLITE_OK;
}

static int delete_file(sqlite3_vfs *vfs, const char *path, int syncs_folder)
{
    int number = tape_number(path);

    (void)vfs;
    int rc = real_vfs->xDelete(real_vfs, path, 0);
    if (rc == SQLITE_OK && number >= 0)
        put(running,
            (tape_note){.kind = TAPE_DELETE, .file = number, .syncs_folder = syncs_folder != 0});
    return rc;
}

/* -- passed through ---------------------------------------------------------------------------- */

static int close_file(sqlite3_file *file)
{
    sqlite3_file *real = real_of(file);

    return real->pMethods == NULL ? SQLITE_OK : real->pMethods->xClose(real);
}

static int read_file(sqlite3_file *file, void *bytes, int len, sqlite3_int64 at)
{
    if (fault_fires(FAULT_READ))
        return SQLITE_IOERR_READ;
    return real_of(file)->pMethods->xRead(real_of(file), bytes, len, at);
}

static int tell_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int lock_file(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int unlock_file(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int is_reserved(sqlite3_file *file, int *answer)
{
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), answer);
}

static int control_file(sqlite3_file *file, int what, void *argument)
{
    return real_of(file)->pMethods->xFileControl(real_of(file), what, argument);
}

static int sector_of(sqlite3_file *file)
{
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int traits_of(sqlite3_file *file)
{
    return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int map_shared(sqlite3_file *file, int region, int size, int extends, void volatile **at)
{
    return real_of(file)->pMethods->xShmMap(real_of(file), region, size, extends, at);
}

static int lock_shared(sqlite3_file *file, int offset, int count, int flags)
{
    return real_of(file)->pMethods->xShmLock(real_of(file), offset, count, flags);
}

static void order_shared(sqlite3_file *file)
{
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int unmap_shared(sqlite3_file *file, int deletes)
{
    return real_of(file)->pMethods->xShmUnmap(real_of(file), deletes);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = close_file,
    .xRead = read_file,
    .xWrite = write_file,
    .xTruncate = truncate_file,
    .xSync = sync_file,
    .xFileSize = tell_size,
    .xLock = lock_file,
    .xUnlock = unlock_file,
    .xCheckReservedLock = is_reserved,
    .xFileControl = control_file,
    .xSectorSize = sector_of,
    .xDeviceCharacteristics = traits_of,
    .xShmMap = map_shared,
    .xShmLock = lock_shared,
    .xShmBarrier = order_shared,
    .xShmUnmap = unmap_shared,
};

static int open_file(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags,
                     int *out_flags)
{
    taped_file *taped = (taped_file *)file;
    int was_there = 0;

    (void)vfs;
    *taped = (taped_file){.file = -1};
    if (fault_fires(FAULT_OPEN))
        return SQLITE_CANTOPEN;
    *taped = (taped_file){.file = tape_number(path), .real = (sqlite3_file *)(taped + 1)};
    if (path != NULL)
        real_vfs->xAccess(real_vfs, path, SQLITE_ACCESS_EXISTS, &was_there);
    int rc = real_vfs->xOpen(real_vfs, path, taped->real, flags, out_flags);
    if (rc != SQLITE_OK)
        return rc;
    taped->base.pMethods = &methods;
    taped->owes_folder =
        (flags & SQLITE_OPEN_CREATE) != 0 &&
        (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL)) != 0;
    if (taped->file >= 0 && !was_there)
        put(running, (tape_note){.kind = TAPE_CREATE, .file = taped->file});
    return SQLITE_OK;
}

/* -- on and off ------------------------------------------------------------------------------------- */

void tape_load(void)
{
    real_vfs = sqlite3_vfs_find("unix");
    if (real_vfs == NULL)
        abort();
    taping = *real_vfs;
    taping.zName = "tape";
    taping.szOsFile = (int)sizeof(taped_file) + real_vfs->szOsFile;
    taping.pNext = NULL;
    taping.xOpen = open_file;
    taping.xDelete = delete_file;
    sqlite3_vfs_register(&taping, 1);
}

void tape_start(tape *t, const char *folder)
{
    memset(t, 0, sizeof *t);
    snprintf(t->folder, sizeof t->folder, "%s", folder);
    running = t;
}

void tape_stop(void)
{
    running = NULL;
}
