/* backup.c - copies the files of a data folder that cannot be rebuilt, and restores a folder from
 * them. */
#include "keep/backup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/folder.h"
#include "base/store.h"
#include "keep/epoch.h"
#include "keep/head_mark.h"

enum { PATH_ROOM = LB_PATH_ROOM + 512, DEPTH = 8 };
#define ARENA_MAX ((size_t)4 * 1024 * 1024 * 1024)

typedef struct copying {
    const lb_journal_engine *engine;
    const char *from, *to; /* folders */
    char *why;
} copying;

static lb_err complain(const copying *c, lb_err err, const char *what, const char *name)
{
    snprintf(c->why, LB_BACKUP_WHY, "%s: %s", name, what);
    return err;
}

/* -- copying ----------------------------------------------------------------------------------- */

static lb_err copy_journal(const copying *c)
{
    char from[PATH_ROOM], to[PATH_ROOM];

    snprintf(from, sizeof from, "%s/journal.db", c->from);
    snprintf(to, sizeof to, "%s/journal.db", c->to);
    lb_err err = c->engine->copy(from, to);
    if (err == LB_ERR_NOT_FOUND)
        return complain(c, err, "does not exist", "journal.db");
    return err == LB_OK ? LB_OK : complain(c, err, lb_err_text(err), "journal.db");
}

static lb_err copy_parties(const copying *c)
{
    char from[PATH_ROOM], to[PATH_ROOM];
    lb_store *store = NULL;

    snprintf(from, sizeof from, "%s/party.db", c->from);
    snprintf(to, sizeof to, "%s/party.db", c->to);
    if (access(from, F_OK) != 0) /* optional: a hub without parties may have none */
        return LB_OK;
    lb_err err = lb_store_open(&store, from, LB_STORE_PARTY, LB_STORE_READ);
    if (err == LB_OK)
        err = lb_store_backup(store, to);
    lb_store_close(&store);
    if (err == LB_OK)
        err = lb_store_open(&store, to, LB_STORE_PARTY, LB_STORE_READ);
    if (err == LB_OK)
        err = lb_store_check(store);
    lb_store_close(&store);
    if (err == LB_OK)
        err = lb_path_sync(to);
    return err == LB_OK ? LB_OK : complain(c, err, lb_err_text(err), "party.db");
}

/* Copies the file mode too: hub.key must stay readable by its owner only. A missing file is not an
 * error. */
static lb_err copy_file(const copying *c, const char *name)
{
    char from[PATH_ROOM], to[PATH_ROOM];
    struct stat file;
    off_t done = 0;

    snprintf(from, sizeof from, "%s/%s", c->from, name);
    snprintf(to, sizeof to, "%s/%s", c->to, name);
    int in = open(from, O_RDONLY | O_CLOEXEC);
    if (in < 0)
        return errno == ENOENT ? LB_OK : complain(c, LB_ERR_IO, strerror(errno), name);
    int out = -1;
    if (fstat(in, &file) == 0)
        out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, file.st_mode & 0777);
    bool is_copied = out >= 0;
    while (is_copied && done < file.st_size)
        is_copied = sendfile(out, in, &done, (size_t)(file.st_size - done)) > 0;
    is_copied = is_copied && fsync(out) == 0;
    if (out >= 0 && close(out) != 0)
        is_copied = false;
    close(in);
    return is_copied ? LB_OK : complain(c, LB_ERR_IO, strerror(errno), name);
}

static lb_err copy_profiles(const copying *c)
{
    char path[PATH_ROOM], name[PATH_ROOM];
    lb_err err = LB_OK;

    snprintf(path, sizeof path, "%s/sources", c->to);
    if (mkdir(path, 0750) != 0 && errno != EEXIST)
        return complain(c, LB_ERR_IO, strerror(errno), "sources");
    snprintf(path, sizeof path, "%s/sources", c->from);
    DIR *folder = opendir(path);
    if (folder == NULL)
        return errno == ENOENT ? LB_OK : complain(c, LB_ERR_IO, strerror(errno), "sources");
    for (struct dirent *entry; err == LB_OK && (entry = readdir(folder)) != NULL;) {
        snprintf(name, sizeof name, "sources/%s", entry->d_name);
        if (entry->d_type == DT_REG)
            err = copy_file(c, name);
    }
    closedir(folder);
    return err;
}

/* The file is missing until the hub is started for the first time. */
static lb_err copy_id(const copying *c)
{
    char from[PATH_ROOM], to[PATH_ROOM];

    snprintf(from, sizeof from, "%s/hub.id", c->from);
    snprintf(to, sizeof to, "%s/hub.id", c->to);
    lb_err err = lb_epochs_copy(from, to);
    return err == LB_OK || err == LB_ERR_NOT_FOUND ? LB_OK
                                                   : complain(c, err, lb_err_text(err), "hub.id");
}

static lb_err copy_all(const copying *c)
{
    lb_err err = copy_journal(c);
    if (err == LB_OK)
        err = copy_parties(c);
    if (err == LB_OK)
        err = copy_file(c, "hub.key");
    if (err == LB_OK)
        err = copy_id(c);
    return err == LB_OK ? copy_profiles(c) : err;
}

/* -- a temporary folder, renamed when it is complete ------------------------------------------- */

static int remove_one(const char *path, const struct stat *facts, int kind, struct FTW *where)
{
    (void)facts, (void)kind, (void)where;
    return remove(path);
}

static void remove_tree(const char *path)
{
    nftw(path, remove_one, DEPTH, FTW_DEPTH | FTW_PHYS);
}

static bool is_free_name(const char *path)
{
    return access(path, F_OK) != 0 ? errno == ENOENT
                                   : rmdir(path) == 0; /* rmdir fails if not empty */
}

static lb_err begin(copying *c, const char *to, char fresh[PATH_ROOM])
{
    if (!is_free_name(to))
        return complain(c, LB_ERR_MISUSE, "exists already and is not empty", to);
    snprintf(fresh, PATH_ROOM, "%s.part", to);
    remove_tree(fresh); /* left over from an interrupted attempt */
    c->to = fresh;
    return mkdir(fresh, 0750) == 0 ? LB_OK : complain(c, LB_ERR_IO, strerror(errno), fresh);
}

static lb_err end(copying *c, lb_err err, const char *to)
{
    if (err == LB_OK)
        err = lb_path_sync(c->to);
    if (err == LB_OK && rename(c->to, to) != 0)
        err = complain(c, LB_ERR_IO, strerror(errno), to);
    if (err != LB_OK && c->to != NULL)
        remove_tree(c->to);
    return err;
}

static void tell_damage(void *whose, const lb_damage *damage)
{
    const copying *c = whose;

    if (c->why[0] == '\0')
        snprintf(c->why, LB_BACKUP_WHY, "%s: row %lld is damaged", damage->table,
                 (long long)damage->row);
}

static lb_err read_through(copying *c, lb_journal_head *head)
{
    char path[PATH_ROOM];
    lb_journal_reader *reader = NULL;

    snprintf(path, sizeof path, "%s/journal.db", c->to);
    lb_err err = lb_journal_reader_open(&reader, &(lb_journal_place){c->engine, path});
    if (err == LB_OK)
        err = lb_journal_verify(reader, tell_damage, c, head);
    lb_journal_reader_close(&reader);
    return err;
}

lb_err lb_backup_make(const lb_journal_engine *engine, const lb_folder *folder, const char *to,
                      lb_journal_head *head, char why[LB_BACKUP_WHY])
{
    char fresh[PATH_ROOM];
    copying c = {.engine = engine, .from = folder->path, .why = why};

    why[0] = '\0';
    lb_err err = begin(&c, to, fresh);
    if (err == LB_OK)
        err = copy_all(&c);
    if (err == LB_OK)
        err = read_through(&c, head);
    return end(&c, err, to);
}

/* -- restoring --------------------------------------------------------------------------------- */

static lb_err cut_at(lb_journal *journal, lb_journal_reader *reader, int64_t until_seq)
{
    const lb_page *page;
    lb_raw_block raw = {{NULL, 0, 0}};
    lb_append append;
    lb_arena arena;

    lb_err err = lb_journal_read_seq(reader, until_seq + 1, &page);
    if (err == LB_ERR_NOT_FOUND)
        return LB_OK; /* the journal ends before until_seq */
    if (err == LB_OK)
        err = lb_journal_read_raw(reader, page->block, &raw);
    if (err == LB_ERR_NOT_FOUND) /* raw bytes may have been deleted by age */
        err = LB_OK;
    if (err != LB_OK)
        return err;
    lb_arena_init(&arena, ARENA_MAX);
    lb_journal_begin(journal, &append);
    err = lb_journal_add_cut(journal, page, &raw, until_seq, &arena, &append);
    if (err == LB_OK)
        err = lb_journal_append(journal, &append);
    lb_arena_fini(&arena);
    return err;
}

static lb_err cut(const copying *c, int64_t until_seq)
{
    char path[PATH_ROOM];
    const lb_journal_place place = {c->engine, path};
    lb_journal *journal = NULL;
    lb_journal_reader *reader = NULL;

    snprintf(path, sizeof path, "%s/journal.db", c->to);
    lb_err err = lb_journal_open(&journal, &place);
    if (err == LB_OK)
        err = lb_journal_reader_open(&reader, &place);
    if (err == LB_OK)
        err = cut_at(journal, reader, until_seq);
    lb_journal_reader_close(&reader);
    lb_journal_close(&journal);
    return err == LB_OK ? LB_OK : complain(c, err, lb_err_text(err), "journal.db");
}

/* A journal without its mark would be reported as a loss when the hub starts (recover.h). */
static lb_err make_mark(const copying *c, const lb_journal_head *head)
{
    char path[PATH_ROOM];
    lb_head_mark *mark = NULL;

    snprintf(path, sizeof path, "%s/head.mark", c->to);
    lb_err err = lb_head_mark_open(&mark, path);
    if (err == LB_OK)
        err = lb_head_mark_begin(mark, head->seq, head->block);
    if (err == LB_OK)
        lb_head_mark_end(
            mark, &(lb_head_now){head->seq, head->block, head->messages, 0, 0, lb_clock_now_us()});
    lb_head_mark_close(&mark);
    return err == LB_OK ? LB_OK : complain(c, err, lb_err_text(err), "head.mark");
}

/* The original hub may have given out numbers after this head, so the copy needs an epoch of its
 * own. */
static lb_err begin_epoch(const copying *c, const lb_journal_head *head)
{
    char path[PATH_ROOM];
    lb_epochs epochs;

    snprintf(path, sizeof path, "%s/hub.id", c->to);
    lb_err err = lb_epochs_open(&epochs, path);
    if (err == LB_OK)
        err = lb_epochs_begin(&epochs, path, head->seq + 1);
    return err == LB_OK ? LB_OK : complain(c, err, lb_err_text(err), "hub.id");
}

lb_err lb_backup_restore(const lb_journal_engine *engine, const char *backup, const char *folder,
                         int64_t until_seq, lb_journal_head *head, char why[LB_BACKUP_WHY])
{
    char fresh[PATH_ROOM];
    copying c = {.engine = engine, .from = backup, .why = why};

    why[0] = '\0';
    if (until_seq != LB_UNKNOWN && until_seq < 0)
        return complain(&c, LB_ERR_MISUSE, "numbers of events begin at 1", "--until");
    lb_err err = begin(&c, folder, fresh);
    if (err == LB_OK)
        err = copy_all(&c);
    if (err == LB_OK && until_seq != LB_UNKNOWN)
        err = cut(&c, until_seq);
    if (err == LB_OK)
        err = read_through(&c, head);
    if (err == LB_OK)
        err = make_mark(&c, head);
    if (err == LB_OK)
        err = begin_epoch(&c, head);
    return end(&c, err, folder);
}
