/* tape.h - a disk that records its calls.
 *
 * A SQLite VFS over the default one. The calls on the files of one folder go on a tape, in order, with marks set by
 * the test. Syncs are recorded and not passed on: power.h decides about their effect. Of files that are not SQLite's,
 * tape_wrap.c puts hub.id on the tape, in tests that are linked with it. */
#ifndef TESTS_FAULT_TAPE_H
#define TESTS_FAULT_TAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum tape_kind {
    TAPE_CREATE,
    TAPE_WRITE,
    TAPE_TRUNCATE,
    TAPE_SYNC,
    TAPE_DELETE,
    TAPE_RENAME,
    TAPE_SYNC_FOLDER,
    TAPE_MARK
} tape_kind;

enum { TAPE_FILES = 16 };

typedef struct tape_note {
    tape_kind kind;
    bool syncs_folder; /* SYNC, DELETE: the folder's entries are on disk too */
    int file;
    int to;     /* RENAME: the file that has its name from now on */
    int64_t at; /* WRITE: offset; TRUNCATE: the size */
    size_t len;
    uint8_t *bytes;
    int64_t promised, asked; /* MARK */
} tape_note;

typedef struct tape {
    char folder[128];
    char files[TAPE_FILES][64]; /* names in the folder */
    int file_count;
    tape_note *notes;
    size_t count, room;
} tape;

/* Call once: from then on every database of the process is opened through this VFS, and nothing
 * is synced. */
void tape_load(void);
/* Starts recording in the folder. */
void tape_start(tape *t, const char *folder);
void tape_stop(void); /* all databases of the folder are closed */
void tape_mark(tape *t, int64_t promised, int64_t asked);
void tape_free(tape *t);

/* For tape_wrap.c, of the tape that is running. The number of a file of the folder; -1: another. */
int tape_number(const char *path);
bool tape_is_folder(const char *path);
void tape_put(tape_note note); /* of a file that has a number */
void tape_put_write(int file, const void *bytes, size_t len, int64_t at);

#endif
