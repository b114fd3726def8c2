/* store.c - one SQLite database: opened, migrated, its statements prepared, its commits checked.
 *
 * schema/NNNN_<kind>.sql is embedded by EmbedSchema.cmake; a store runs the files of its kind in order, and
 * user_version is the number of files that have run. */
#include "base/store.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/carve.h"
#include "base/clock.h"
#include "base/folder.h"
#include "base/log.h"
#include "base/point.h"

#pragma GCC diagnostic ignored "-Woverlength-strings"
#include "schema.inc" /* lb_schemas[] */

enum {
    BUSY_TIMEOUT_MS = 5000,
    PATH_ROOM = 4096,
    SQL_ROOM = 256,
    CHECK_BYTES = 16,
    WAL_PAGES = 1000, /* of a journal's WAL, before it is checkpointed */
    WAL_PAGE_SIZE_AT = 8,
    WAL_SALTS_AT = 16,
    WAL_HEADER = 32,
    FRAME_HEADER = 24,
};
#define WAL_US INT64_C(2000000)

typedef struct kind_rules {
    const char *word; /* in the names of the schema files */
    int application_id;
    const char *pragmas;
} kind_rules;

/* A receipt relies on the journal's commit, and parties cannot be derived: FULL. The others can be rebuilt from the
 * journal. A block of the journal is 10 to 100 KiB in one row, so big pages. */
static const kind_rules kinds[] = {
    [LB_STORE_JOURNAL] = {"_journal", 0x4c426a72, /* "LBjr" */
                          "PRAGMA synchronous=FULL; PRAGMA cache_size=-8192;"
                          "PRAGMA wal_autocheckpoint=0;"},
    [LB_STORE_VIEW] = {"_view", 0x4c427677, /* "LBvw" */
                       "PRAGMA synchronous=NORMAL; PRAGMA cache_size=-40960;"
                       "PRAGMA wal_autocheckpoint=8000;"},
    [LB_STORE_KEYS] = {"_keys", 0x4c426b79, /* "LBky" */
                       "PRAGMA synchronous=NORMAL; PRAGMA cache_size=-32768;"
                       "PRAGMA wal_autocheckpoint=8000;"},
    [LB_STORE_PARTY] = {"_party", 0x4c427074, /* "LBpt" */
                        "PRAGMA synchronous=FULL; PRAGMA cache_size=-4096;"
                        "PRAGMA wal_autocheckpoint=1000;"},
};

struct lb_store {
    sqlite3 *db;
    /* Prepared early: after a failure there may be no memory for it; NULL while opening. */
    sqlite3_stmt *rollback;
    lb_store_kind kind;
    lb_store_access access;
    bool is_in_transaction;
    bool has_remains;  /* of a journal: the WAL may hold frames of an uncommitted transaction */
    int64_t frames;    /* of a journal: frames in its WAL as of the last commit */
    int wal_pages;     /* of a journal: pages not checkpointed as of the last commit */
    int64_t tidied_us; /* time of the last checkpoint */
    char path[PATH_ROOM];
};

static bool measures_wal(const lb_store *store)
{
    return store->kind == LB_STORE_JOURNAL && store->access == LB_STORE_WRITE;
}

sqlite3 *lb_store_db(lb_store *store)
{
    return store->db;
}

/* The errno of the last failed write to a file; a failed COMMIT leaves none in sqlite3_system_errno. */
static int last_errno(sqlite3 *db)
{
    sqlite3_file *wal = NULL;
    int number = 0;

    if (sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &wal) == SQLITE_OK &&
        wal != NULL && wal->pMethods != NULL)
        wal->pMethods->xFileControl(wal, SQLITE_FCNTL_LAST_ERRNO, &number);
    if (number == 0)
        sqlite3_file_control(db, "main", SQLITE_FCNTL_LAST_ERRNO, &number);
    return number;
}

/* The errno behind an error; 0: none. SQLite reports a file that may not grow (EFBIG, EDQUOT) as an I/O error. */
static int cause_of(sqlite3 *db, int rc)
{
    if (db == NULL)
        return 0;
    if (rc == SQLITE_IOERR_WRITE || rc == SQLITE_IOERR_TRUNCATE || rc == SQLITE_IOERR_SHMSIZE)
        return last_errno(db);
    return (rc & 0xff) == SQLITE_CANTOPEN ? sqlite3_system_errno(db) : 0;
}

static const char *why_of(int number)
{
    return number == 0 ? "" : strerror(number);
}

lb_err lb_store_err(lb_store *store, int rc, const char *what)
{
    switch (rc & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return LB_OK;
    default:
        break;
    }
    int number = cause_of(store->db, rc);
    lb_log(LB_LOG_STO_FAIL, "what=%s rc=%d path=%s says=\"%s\" why=\"%s\"", what, rc, store->path,
           sqlite3_errmsg(store->db), why_of(number));
    if (lb_err_is_full(number))
        return LB_ERR_FULL;
    switch (rc & 0xff) {
    case SQLITE_FULL:
        return LB_ERR_FULL;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return LB_ERR_CORRUPT;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return LB_ERR_BUSY;
    case SQLITE_NOMEM:
        return LB_ERR_NO_MEMORY;
    default:
        return LB_ERR_IO;
    }
}

lb_err lb_store_run(lb_store *store, const char *sql)
{
    return lb_store_err(store, sqlite3_exec(store->db, sql, NULL, NULL, NULL), sql);
}

static lb_err read_number(lb_store *store, const char *sql, int64_t *value)
{
    sqlite3_stmt *statement;

    int rc = sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL);
    if (rc == SQLITE_OK) {
        rc = sqlite3_step(statement);
        if (rc == SQLITE_ROW)
            *value = sqlite3_column_int64(statement, 0);
        sqlite3_finalize(statement);
    }
    return lb_store_err(store, rc, sql);
}

/* -- transactions ------------------------------------------------------------------------------ */

/* The open WAL of the database; NULL: there is none. */
static sqlite3_file *wal_of(lb_store *store)
{
    sqlite3_file *wal = NULL;
    int rc = sqlite3_file_control(store->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &wal);

    return rc != SQLITE_OK || wal == NULL || wal->pMethods == NULL ? NULL : wal;
}

/* The end of the last valid frame of the WAL. Only a checkpoint gives the number of valid frames, also when the WAL was
 * restarted for the transaction that failed. */
static int find_end(lb_store *store, sqlite3_file *wal, sqlite3_int64 *end)
{
    uint8_t size[4] = {0};
    int frames = -1;

    int rc = sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_PASSIVE, &frames, NULL);
    if (frames >= 0 && (rc & 0xff) == SQLITE_BUSY)
        rc = SQLITE_OK;
    if (rc == SQLITE_OK)
        rc = wal->pMethods->xRead(wal, size, sizeof size, WAL_PAGE_SIZE_AT);
    int64_t page = (int64_t)size[0] << 24 | size[1] << 16 | size[2] << 8 | size[3];
    *end = WAL_HEADER + frames * (FRAME_HEADER + page);
    return rc;
}

static lb_err cut_remains(lb_store *store)
{
    sqlite3_file *wal = wal_of(store);
    sqlite3_int64 size = 0, end = 0;

    if (!store->has_remains || wal == NULL)
        return LB_OK;
    int rc = wal->pMethods->xFileSize(wal, &size);
    if (rc == SQLITE_OK && size > WAL_HEADER) {
        rc = find_end(store, wal, &end);
        if (rc == SQLITE_OK && size > end)
            rc = wal->pMethods->xTruncate(wal, end);
    }
    store->has_remains = rc != SQLITE_OK;
    return lb_store_err(store, rc, "cut the WAL");
}

lb_err lb_store_begin(lb_store *store)
{
    lb_store_rollback(store);
    lb_err err = cut_remains(store);
    if (err == LB_OK)
        err = lb_store_run(store, store->access == LB_STORE_WRITE ? "BEGIN IMMEDIATE" : "BEGIN");
    store->is_in_transaction = err == LB_OK;
    store->has_remains |= err == LB_OK && measures_wal(store);
    return err;
}

void lb_store_rollback(lb_store *store)
{
    store->is_in_transaction = false;
    if (sqlite3_get_autocommit(store->db))
        return;
    if (store->rollback == NULL) {
        sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
        return;
    }
    sqlite3_step(store->rollback);
    sqlite3_reset(store->rollback);
}

lb_err lb_store_commit(lb_store *store)
{
    lb_err err = lb_store_run(store, "COMMIT");
    if (err != LB_OK)
        lb_store_rollback(store);
    store->has_remains &= err != LB_OK;
    store->is_in_transaction = false;
    return err;
}

/* -- schema ------------------------------------------------------------------------------------ */

static bool is_of_kind(const lb_migration *migration, lb_store_kind kind)
{
    const char *word = strchr(migration->name, '_');

    return word != NULL && strcmp(word, kinds[kind].word) == 0;
}

static lb_err run_migration(lb_store *store, const lb_migration *migration, int64_t version)
{
    char marks[SQL_ROOM];

    lb_err err = lb_store_run(store, migration->sql);
    if (err != LB_OK)
        return err;
    snprintf(marks, sizeof marks, "PRAGMA application_id=%d; PRAGMA user_version=%lld",
             kinds[store->kind].application_id, (long long)version);
    err = lb_store_run(store, marks);
    if (err == LB_OK)
        lb_log(LB_LOG_STO_MIGRATE, "path=%s schema=%s", store->path, migration->name);
    return err;
}

static lb_err migrate_from(lb_store *store, int64_t has_run)
{
    int64_t version = 0;

    for (size_t i = 0; i < sizeof lb_schemas / sizeof lb_schemas[0]; i++) {
        if (!is_of_kind(&lb_schemas[i], store->kind) || ++version <= has_run)
            continue;
        lb_err err = lb_store_begin(store);
        if (err != LB_OK)
            return err;
        err = run_migration(store, &lb_schemas[i], version);
        if (err == LB_OK)
            err = lb_store_commit(store);
        if (err != LB_OK) {
            lb_store_rollback(store);
            return err;
        }
    }
    return LB_OK;
}

static int64_t newest_version(lb_store_kind kind)
{
    int64_t version = 0;

    for (size_t i = 0; i < sizeof lb_schemas / sizeof lb_schemas[0]; i++)
        version += is_of_kind(&lb_schemas[i], kind);
    return version;
}

static lb_err check_and_migrate(lb_store *store)
{
    int64_t id = 0, version = 0;

    lb_err err = read_number(store, "PRAGMA application_id", &id);
    if (err == LB_OK)
        err = read_number(store, "PRAGMA user_version", &version);
    if (err != LB_OK)
        return err;

    bool is_new = id == 0 && version == 0;
    if (is_new && store->access == LB_STORE_READ)
        return LB_ERR_NOT_FOUND; /* created, and never written to */
    if ((!is_new && id != kinds[store->kind].application_id) ||
        version > newest_version(store->kind)) {
        lb_log(LB_LOG_STO_FOREIGN, "path=%s application_id=%lld version=%lld", store->path,
               (long long)id, (long long)version);
        return LB_ERR_MISUSE;
    }
    return store->access == LB_STORE_WRITE ? migrate_from(store, version) : LB_OK;
}

/* -- open and close ---------------------------------------------------------------------------- */

/* A number is hashed as decimal digits, written here: sqlite3_value_text would allocate, and give an empty text when
 * memory is short. */
static void add_value(crypto_generichash_state *state, sqlite3_value *value)
{
    char digits[24];
    lb_span bytes;

    int type = sqlite3_value_type(value);
    if (type == SQLITE_INTEGER) {
        int len = snprintf(digits, sizeof digits, "%lld", sqlite3_value_int64(value));
        bytes = (lb_span){digits, (size_t)len};
    } else {
        bytes.at = sqlite3_value_blob(value);
        bytes.len = bytes.at == NULL ? 0 : (size_t)sqlite3_value_bytes(value);
    }
    const int64_t facts[2] = {type, (int64_t)bytes.len};
    crypto_generichash_update(state, (const uint8_t *)facts, sizeof facts);
    if (bytes.len > 0)
        crypto_generichash_update(state, (const uint8_t *)bytes.at, bytes.len);
}

/* The SQL function check_of(values...). */
static void check_of(sqlite3_context *context, int count, sqlite3_value **values)
{
    crypto_generichash_state state;
    uint8_t check[CHECK_BYTES];

    crypto_generichash_init(&state, NULL, 0, CHECK_BYTES);
    for (int i = 0; i < count; i++)
        add_value(&state, values[i]);
    crypto_generichash_final(&state, check, CHECK_BYTES);
    sqlite3_result_blob(context, check, CHECK_BYTES, SQLITE_TRANSIENT);
}

static int pages_of_checkpoint(int usual)
{
#ifdef LB_POINTS
    enum { FEW = 20 };
    if (lb_point_is_wanted("mid-checkpoint")) /* more often when this is the wanted kill point */
        return FEW;
#endif
    return usual;
}

/* Only counts the pages of a journal's WAL: lb_store_tidy checkpoints it. */
static int on_journal_wal(void *whose, sqlite3 *db, const char *name, int pages)
{
    lb_store *store = whose;

    (void)db, (void)name;
    store->wal_pages = pages;
    store->frames = pages;
    return SQLITE_OK;
}

#ifdef LB_POINTS
/* As SQLite's automatic checkpoint, with a kill point in it. */
static int on_wal(void *whose, sqlite3 *db, const char *name, int pages)
{
    enum { PAGES = 2000 };
    (void)whose;
    if (pages < pages_of_checkpoint(PAGES))
        return SQLITE_OK;
    lb_point_soon("mid-checkpoint");
    sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    return SQLITE_OK;
}
#endif

static lb_err set_up(lb_store *store)
{
    const int kind_of_function = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;

    sqlite3_busy_timeout(store->db, BUSY_TIMEOUT_MS);
    lb_err err = lb_store_err(store,
                              sqlite3_create_function(store->db, "check_of", -1, kind_of_function,
                                                      NULL, check_of, NULL, NULL),
                              "check_of");
    if (err != LB_OK)
        return err;
    sqlite3_extended_result_codes(store->db, 1);
    if (store->access == LB_STORE_WRITE) {
        if (store->kind == LB_STORE_JOURNAL)
            err = lb_store_run(store, "PRAGMA page_size=16384");
        if (err == LB_OK)
            err = lb_store_run(store, "PRAGMA journal_mode=WAL;"
                                      "PRAGMA journal_size_limit=67108864;");
    }
    if (err == LB_OK)
        err = lb_store_run(store, "PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY;");
    if (err == LB_OK)
        err = lb_store_run(store, kinds[store->kind].pragmas);
    if (err == LB_OK && store->access == LB_STORE_READ) /* for each thread that reads */
        err = lb_store_run(store, "PRAGMA cache_size=-8192");
    if (measures_wal(store))
        sqlite3_wal_hook(store->db, on_journal_wal, store);
#ifdef LB_POINTS
    else if (store->access == LB_STORE_WRITE)
        sqlite3_wal_hook(store->db, on_wal, NULL);
#endif
    return err;
}

/* Counts the frames of an existing WAL. A read error is reported when the database is opened. */
static void measure_wal(lb_store *store)
{
    lb_wal_facts facts;

    if (measures_wal(store) && lb_wal_look(store->path, &facts) == LB_OK)
        store->frames = facts.valid;
}

static int open_file(lb_store *store)
{
    int flags = SQLITE_OPEN_NOMUTEX;

    flags |= store->access == LB_STORE_WRITE ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                             : SQLITE_OPEN_READONLY;
    return sqlite3_open_v2(store->path, &store->db, flags, NULL);
}

lb_err lb_store_open(lb_store **out, const char *path, lb_store_kind kind, lb_store_access access)
{
    lb_err err = LB_ERR_MISUSE;

    lb_store *store = calloc(1, sizeof *store);
    if (store == NULL)
        return LB_ERR_NO_MEMORY;
    store->kind = kind;
    store->access = access;
    if (strlen(path) >= sizeof store->path)
        goto out;
    memcpy(store->path, path, strlen(path) + 1);

    measure_wal(store);
    int rc = open_file(store);
    if (rc != SQLITE_OK) {
        lb_log(LB_LOG_STO_OPEN, "path=%s rc=%d says=\"%s\" why=\"%s\"", path, rc,
               sqlite3_errstr(rc), why_of(cause_of(store->db, rc)));
        err = LB_ERR_IO;
        goto out;
    }
    err = set_up(store);
    if (err == LB_OK)
        err = check_and_migrate(store);
    if (err == LB_OK) /* last: a schema change would invalidate it */
        err = lb_store_prepare(store, (const char *const[]){"ROLLBACK"}, 1, &store->rollback);
out:
    if (err != LB_OK)
        lb_store_close(&store);
    else
        *out = store;
    return err;
}

void lb_store_close(lb_store **store)
{
    if (*store == NULL)
        return;
    lb_store_finalize(&(*store)->rollback, 1);
    sqlite3_close_v2((*store)->db);
    free(*store);
    *store = NULL;
}

int64_t lb_store_size(const char *file_path)
{
    static const char *const endings[] = {"", "-wal"};
    int64_t bytes = 0;

    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        char path[PATH_ROOM + 8];
        struct stat file;

        snprintf(path, sizeof path, "%s%s", file_path, endings[i]);
        if (stat(path, &file) == 0)
            bytes += (int64_t)file.st_size;
    }
    return bytes;
}

static bool join(char *name, size_t room, const char *path, const char *ending)
{
    int len = snprintf(name, room, "%s%s", path, ending);

    return len > 0 && (size_t)len < room;
}

/* -- the WAL ----------------------------------------------------------------------------------- */

uint64_t lb_store_generation(lb_store *store)
{
    sqlite3_file *wal = wal_of(store);
    uint8_t salts[8] = {0};
    uint64_t generation = 0;

    if (wal == NULL || wal->pMethods->xRead(wal, salts, sizeof salts, WAL_SALTS_AT) != SQLITE_OK)
        return 0;
    for (unsigned i = 0; i < sizeof salts; i++)
        generation = generation << 8 | salts[i];
    return generation;
}

int64_t lb_store_frames(const lb_store *store)
{
    return store->frames;
}

lb_err lb_store_tidy(lb_store *store, int64_t monotonic_us)
{
    int pages = 0, done = 0;
    bool is_long = store->wal_pages >= pages_of_checkpoint(WAL_PAGES);

    if (store->wal_pages == 0 || (!is_long && monotonic_us - store->tidied_us < WAL_US))
        return LB_OK;
    store->tidied_us = monotonic_us;
    lb_point_soon("mid-checkpoint");
    int rc = sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_PASSIVE, &pages, &done);
    if (rc == SQLITE_OK && done == pages)
        store->wal_pages = 0;
    return (rc & 0xff) == SQLITE_BUSY ? LB_OK : lb_store_err(store, rc, "checkpoint");
}

/* -- copies and checks ------------------------------------------------------------------------- */

static int copy_pages(lb_store *store, sqlite3 *target)
{
    sqlite3_backup *backup = sqlite3_backup_init(target, "main", store->db, "main");

    if (backup == NULL)
        return sqlite3_errcode(target);
    int rc = sqlite3_backup_step(backup, -1); /* all in one read transaction */
    int finished = sqlite3_backup_finish(backup);
    return rc == SQLITE_DONE ? finished : rc;
}

lb_err lb_store_backup(lb_store *store, const char *to)
{
    sqlite3 *target = NULL;
    struct stat there;

    if (stat(to, &there) == 0)
        return LB_ERR_MISUSE;
    int rc = sqlite3_open_v2(to, &target, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    if (rc == SQLITE_OK)
        rc = copy_pages(store, target);
    if (rc == SQLITE_OK) /* makes it one file, without a WAL */
        rc = sqlite3_exec(target, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL);
    lb_err err = LB_OK;
    if (rc != SQLITE_OK) {
        lb_log(LB_LOG_STO_FAIL, "what=backup rc=%d path=%s says=\"%s\"", rc, to,
               sqlite3_errstr(rc));
        err = rc == SQLITE_FULL ? LB_ERR_FULL : LB_ERR_IO;
    }
    sqlite3_close_v2(target);
    return err;
}

lb_err lb_store_tell_damage(lb_store *store, const char *table, const char *sql,
                            lb_on_damage *on_damage, void *whose)
{
    sqlite3_stmt *find;
    int rc;

    lb_err err = lb_store_prepare(store, &sql, 1, &find);
    if (err != LB_OK)
        return err;
    while ((rc = sqlite3_step(find)) == SQLITE_ROW)
        on_damage(whose, &(lb_damage){table, sqlite3_column_int64(find, 0), 0, 0});
    err = lb_store_err(store, rc, table);
    lb_store_finalize(&find, 1);
    return err;
}

bool lb_store_is_unborn(const char *path)
{
    char journal[PATH_ROOM + 8];
    struct stat file;

    return (stat(path, &file) == 0 && file.st_size == 0) ||
           (join(journal, sizeof journal, path, "-journal") && stat(journal, &file) == 0);
}

lb_err lb_store_look(const char *path, lb_store_kind kind, const char *sql, int64_t *value)
{
    lb_store *store = NULL;
    int64_t found = INT64_MIN;
    struct stat there;

    if (stat(path, &there) != 0 || lb_store_is_unborn(path))
        return LB_ERR_NOT_FOUND;
    lb_err err = lb_store_open(&store, path, kind, LB_STORE_READ);
    if (err == LB_OK)
        err = read_number(store, sql, &found);
    lb_store_close(&store);
    if (err == LB_ERR_NO_MEMORY)
        return err;
    if (err != LB_OK || found == INT64_MIN)
        return LB_ERR_NOT_FOUND;
    *value = found;
    return LB_OK;
}

lb_err lb_store_check(lb_store *store)
{
    sqlite3_stmt *check;

    int rc = sqlite3_prepare_v2(store->db, "PRAGMA integrity_check(1)", -1, &check, NULL);
    if (rc != SQLITE_OK)
        return lb_store_err(store, rc, "integrity_check");
    rc = sqlite3_step(check);
    lb_err err = lb_store_err(store, rc, "integrity_check");
    if (err == LB_OK && !lb_span_is(lb_column_text(check, 0), "ok")) {
        lb_log(LB_LOG_STO_FAIL, "what=integrity_check path=%s says=\"%.*s\"", store->path,
               LB_ARG(lb_column_text(check, 0)));
        err = LB_ERR_CORRUPT;
    }
    sqlite3_finalize(check);
    return err;
}

/* -- statements -------------------------------------------------------------------------------- */

lb_err lb_store_prepare(lb_store *store, const char *const *sql, size_t count, sqlite3_stmt **out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = NULL;
    for (size_t i = 0; i < count; i++) {
        int rc =
            sqlite3_prepare_v3(store->db, sql[i], -1, SQLITE_PREPARE_PERSISTENT, &out[i], NULL);
        if (rc != SQLITE_OK) {
            lb_err err = lb_store_err(store, rc, sql[i]);
            lb_store_finalize(out, count);
            return err;
        }
    }
    return LB_OK;
}

void lb_store_finalize(sqlite3_stmt **statements, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        sqlite3_finalize(statements[i]);
        statements[i] = NULL;
    }
}

lb_err lb_store_step(lb_store *store, sqlite3_stmt *statement, const char *what)
{
    /* A failure may have rolled back the transaction: a later statement would then commit alone. */
    bool is_gone = store->is_in_transaction && sqlite3_get_autocommit(store->db);
    int rc = is_gone ? SQLITE_ABORT_ROLLBACK : sqlite3_step(statement);
    lb_err err = lb_store_err(store, rc, what);

    sqlite3_reset(statement);
    return err;
}

/* A bind fails only for a parameter that does not exist, which is a bug, or a value over SQLite's 1 GB, far above every
 * limit of the hub. Going on would write a wrong row. */
static void must(int rc)
{
    if (rc != SQLITE_OK)
        abort();
}

void lb_bind_text(sqlite3_stmt *statement, int i, lb_span text)
{
    must(sqlite3_bind_text64(statement, i, text.len == 0 ? "" : text.at, text.len, SQLITE_STATIC,
                             SQLITE_UTF8));
}

void lb_bind_blob(sqlite3_stmt *statement, int i, lb_span bytes)
{
    must(sqlite3_bind_blob64(statement, i, bytes.len == 0 ? "" : bytes.at, bytes.len,
                             SQLITE_STATIC));
}

void lb_bind_int(sqlite3_stmt *statement, int i, int64_t value)
{
    must(value == INT64_MIN ? sqlite3_bind_null(statement, i)
                            : sqlite3_bind_int64(statement, i, value));
}

/* Read as a blob: sqlite3_column_text would append a NUL, and give an empty text for lack of memory that could not be
 * told from a real one. */
lb_span lb_column_text(sqlite3_stmt *statement, int i)
{
    const char *at = sqlite3_column_blob(statement, i);

    return (lb_span){at == NULL ? "" : at, (size_t)sqlite3_column_bytes(statement, i)};
}

lb_span lb_column_blob(sqlite3_stmt *statement, int i)
{
    const char *at = sqlite3_column_blob(statement, i);

    return (lb_span){at, (size_t)sqlite3_column_bytes(statement, i)};
}

int64_t lb_column_int(sqlite3_stmt *statement, int i)
{
    return sqlite3_column_type(statement, i) == SQLITE_NULL ? INT64_MIN
                                                            : sqlite3_column_int64(statement, i);
}

static int length_of_folder(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? 0 : (int)(slash - path) + 1;
}

static lb_err make_folder(const char *path)
{
    if (mkdir(path, 0750) == 0 || errno == EEXIST)
        return LB_OK;
    lb_log(LB_LOG_STO_FAIL, "what=set-aside path=%s why=\"%s\"", path, strerror(errno));
    return errno == ENOSPC ? LB_ERR_FULL : LB_ERR_IO;
}

lb_err lb_store_aside(const char *path, char name[LB_ASIDE_ROOM])
{
    char folder[PATH_ROOM + LB_ASIDE_ROOM];
    int64_t now_us = lb_clock_now_us();
    time_t second = (time_t)(now_us / 1000000);
    struct tm utc;

    gmtime_r(&second, &utc);
    size_t len = strftime(name, LB_ASIDE_ROOM, "aside/%Y%m%dT%H%M%S", &utc);
    snprintf(name + len, LB_ASIDE_ROOM - len, ".%06dZ", (int)(now_us % 1000000));
    snprintf(folder, sizeof folder, "%.*saside", length_of_folder(path), path);
    lb_err err = make_folder(folder);
    snprintf(folder, sizeof folder, "%.*s%s", length_of_folder(path), path, name);
    return err == LB_OK ? make_folder(folder) : err;
}

lb_err lb_store_set_aside(const char *path, const char *name)
{
    static const char *const endings[] = {"-journal", "-wal", ""};
    int folder = length_of_folder(path);
    char from[PATH_ROOM + 8], to[PATH_ROOM + LB_ASIDE_ROOM];

    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        if (!join(from, sizeof from, path, endings[i]))
            return LB_ERR_MISUSE;
        snprintf(to, sizeof to, "%.*s%s/%s", folder, from, name, from + folder);
        if (rename(from, to) == 0) {
            lb_log(LB_LOG_JRN_ASIDE, "file=%s now=%s", from, to);
        } else if (errno != ENOENT) {
            lb_log(LB_LOG_STO_FAIL, "what=set-aside path=%s why=\"%s\"", from, strerror(errno));
            return LB_ERR_IO;
        }
    }
    if (join(from, sizeof from, path, "-shm"))
        unlink(from);
    return LB_OK;
}

void lb_store_remove(const char *path)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-journal"};

    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        char name[PATH_ROOM + 8];
        int len = snprintf(name, sizeof name, "%s%s", path, endings[i]);
        if (len > 0 && (size_t)len < sizeof name)
            unlink(name);
    }
}
