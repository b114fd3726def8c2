/* scratch.h - a temporary folder for one test. */
#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SCRATCH_ROOM = 64, SCRATCH_PATH_ROOM = 256 };

typedef struct lb_scratch {
    char folder[SCRATCH_ROOM]; /* short: a socket's path has 107 bytes */
} lb_scratch;

static inline void scratch_make(lb_scratch *scratch)
{
    snprintf(scratch->folder, sizeof scratch->folder, "/tmp/lb-XXXXXX");
    if (mkdtemp(scratch->folder) == NULL)
        abort();
}

static inline int scratch_remove_one(const char *path, const struct stat *facts, int kind,
                                     struct FTW *where)
{
    (void)facts, (void)kind, (void)where;
    return remove(path);
}

static inline void scratch_remove(lb_scratch *scratch)
{
    nftw(scratch->folder, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* A path in the folder; lives until the next call but three. */
static inline const char *scratch_path(const lb_scratch *scratch, const char *name)
{
    static char paths[4][SCRATCH_PATH_ROOM];
    static unsigned next;
    char *path = paths[next++ % 4];

    snprintf(path, SCRATCH_PATH_ROOM, "%s/%s", scratch->folder, name);
    return path;
}

#endif
