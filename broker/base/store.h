/* store.h - one SQLite database: opened, migrated, its statements prepared, its commits checked.
 *
 * WAL everywhere. JOURNAL and PARTY run with synchronous=FULL: a commit that returned LB_OK is on disk. VIEW and
 * KEYS are derived and run with synchronous=NORMAL. A store belongs to one thread; open one for each. */
#ifndef BASE_STORE_H
#define BASE_STORE_H

#include <sqlite3.h>

#include "landbridge/client/error.h"
#include "landbridge/client/span.h"

typedef enum lb_store_kind {
    LB_STORE_JOURNAL,
    LB_STORE_VIEW,
    LB_STORE_KEYS,
    LB_STORE_PARTY
} lb_store_kind;
typedef enum lb_store_access { LB_STORE_WRITE, LB_STORE_READ } lb_store_access;

typedef struct lb_migration { /* numbered from 1; run once, in one transaction each, never edited */
    const char *name;
    const char *sql;
} lb_migration;

typedef struct lb_store lb_store;

/* Opens or creates the file (":memory:" too) and migrates it to the newest schema of its kind. READ does not create,
 * migrate or write; NOT_FOUND: nothing was ever written into it. Logged where it fails. */
lb_err lb_store_open(lb_store **store, const char *path, lb_store_kind kind,
                     lb_store_access access);
void lb_store_close(lb_store **store);
sqlite3 *lb_store_db(lb_store *store);

/* Prepares `count` statements; all or none. Freed by lb_store_finalize. */
lb_err lb_store_prepare(lb_store *store, const char *const *sql, size_t count, sqlite3_stmt **out);
void lb_store_finalize(sqlite3_stmt **statements, size_t count);

/* IMMEDIATE for writers, DEFERRED for readers. In a JOURNAL the frames that a failed transaction left in the WAL are
 * cut off first: salvage could take them for the turn that gets the same numbers. */
lb_err lb_store_begin(lb_store *store);
lb_err lb_store_commit(lb_store *store); /* rolls back when it fails */
void lb_store_rollback(lb_store *store); /* does nothing without an open transaction */
lb_err lb_store_run(lb_store *store, const char *sql);

/* Steps a statement that gives no rows and resets it; the result is mapped, and logged with `what`. Writes nothing when
 * the transaction that was begun has ended already. */
lb_err lb_store_step(lb_store *store, sqlite3_stmt *statement, const char *what);
/* Maps a SQLite result (FULL, IO, CORRUPT, BUSY, NO_MEMORY, else IO), logging it once. SQLITE_OK, ROW
 * and DONE are LB_OK and not logged. */
lb_err lb_store_err(lb_store *store, int rc, const char *what);
/* Removes the file, its WAL and its shared memory; the database must be closed. */
void lb_store_remove(const char *path);
int64_t lb_store_bytes(lb_store *store); /* of the database file and its WAL */

/* The two salts of the WAL that commits go to; 0: there is none yet. Changes when the WAL is restarted. */
uint64_t lb_store_generation(lb_store *store);
/* Of a JOURNAL opened for writing: the valid frames of that WAL, as of the last commit. */
int64_t lb_store_frames(const lb_store *store);
/* Checkpoints the WAL of a JOURNAL, outside commits: when it is longer than 16 MiB or 2 s after the last checkpoint.
 * Call between transactions. Does not wait for readers: the rest is done the next time. */
lb_err lb_store_tidy(lb_store *store, int64_t monotonic_us);
/* Makes a folder for files that are set aside, next to the file: "DIR/aside/20261130T101500.123456Z". `name` gets this
 * from "aside" on. */
enum { LB_ASIDE_ROOM = 40 };
lb_err lb_store_aside(const char *path, char name[LB_ASIDE_ROOM]);
/* Renames the file and its WAL into such a folder; its shared memory is removed. The database must be closed. */
lb_err lb_store_set_aside(const char *path, const char *name);

/* A copy of the whole file as of one moment, while others go on writing. `to` must not exist. */
lb_err lb_store_backup(lb_store *store, const char *to);
/* Every database has the SQL function check_of(values...): 16 bytes of BLAKE2b over the values and their types. Tables
 * keep it in each row; a row whose check does not match is damaged. */

typedef struct lb_damage { /* of one row */
    const char *table;     /* "journal", "raw", "quarantine", "feed" */
    int64_t row;           /* its number in the table      */
    /* Events that it should hold, if any; last_seq LB_UNKNOWN: to the end. */
    int64_t first_seq, last_seq;
} lb_damage;
typedef void lb_on_damage(void *whose, const lb_damage *damage);

/* Reports each row that `sql` finds; its first column is the row's number. */
lb_err lb_store_tell_damage(lb_store *store, const char *table, const char *sql,
                            lb_on_damage *on_damage, void *whose);
/* True when its creation was interrupted: the file is empty, or has the rollback journal of the time before the first
 * WAL. It cannot be opened for reading, and never held anything. */
bool lb_store_is_unborn(const char *path);
/* Reads one number from a database that is not open anywhere, read only. NOT_FOUND: no such file or row, or damaged. */
lb_err lb_store_look(const char *path, lb_store_kind kind, const char *sql, int64_t *value);
/* SQLite's own integrity check; CORRUPT when it finds something (logged). */
lb_err lb_store_check(lb_store *store);

/* Binds and columns as lb_span. Borrowed until the statement is reset. */
void lb_bind_text(sqlite3_stmt *statement, int i, lb_span text); /* empty is '' */
void lb_bind_blob(sqlite3_stmt *statement, int i, lb_span bytes);
void lb_bind_int(sqlite3_stmt *statement, int i, int64_t value); /* LB_UNKNOWN is NULL */
lb_span lb_column_text(sqlite3_stmt *statement, int i);
lb_span lb_column_blob(sqlite3_stmt *statement, int i);
int64_t lb_column_int(sqlite3_stmt *statement, int i); /* NULL is LB_UNKNOWN */

#endif
