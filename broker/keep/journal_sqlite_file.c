/* journal_sqlite_file.c - operations on a whole journal file: inspect it before it is opened, check
 * it, copy it. */
#include <unistd.h>

#include "base/folder.h"
#include "keep/journal_sqlite.h"

enum { LOOK_BYTES = 64 * 1024 * 1024 };

/* -- looking ----------------------------------------------------------------------------------- */

/* Checks rows from the newest backwards. Their bodies must be read, so it stops after LOOK_BYTES,
 * more than a WAL holds. */
static lb_err look_back(lb_store *store, sqlite3_stmt *read, int64_t rows)
{
    lb_journal_row row, next = {.block = 0};
    size_t bytes = 0;
    int rc = SQLITE_DONE;

    lb_bind_int(read, 1, rows);
    while (bytes < LOOK_BYTES && (rc = sqlite3_step(read)) == SQLITE_ROW) {
        if (lb_journal_row_read(read, &row) != LB_OK)
            return LB_ERR_CORRUPT;
        if (next.block != 0 && (next.first_seq != row.last_seq + 1 ||
                                next.first_message != row.first_message + row.messages))
            return LB_ERR_CORRUPT;
        bytes += row.body.len;
        next = row;
    }
    return lb_store_err(store, rc, "journal.look");
}

lb_err lb_journal_sqlite_look(const char *path, int64_t rows, lb_journal_head *head)
{
    static const char *const sql[] = {LB_JOURNAL_TELL_SQL,
                                      LB_JOURNAL_ROW_SQL " ORDER BY block DESC LIMIT ?1"};
    sqlite3_stmt *statements[2] = {NULL};
    lb_store *store = NULL;

    *head = (lb_journal_head){0};
    if (lb_store_is_unborn(path))
        return LB_OK;
    lb_err err = lb_store_open(&store, path, LB_STORE_JOURNAL, LB_STORE_READ);
    if (err == LB_ERR_NOT_FOUND)
        return LB_OK;
    if (err == LB_OK)
        err = lb_store_prepare(store, sql, 2, statements);
    if (err == LB_OK)
        err = lb_journal_row_tell(store, statements[0], head);
    if (err == LB_OK)
        err = look_back(store, statements[1], rows);
    lb_store_finalize(statements, 2);
    lb_store_close(&store);
    return err;
}

/* -- checking and copying ---------------------------------------------------------------------- */

lb_err lb_journal_sqlite_check(const char *path)
{
    lb_store *store = NULL;

    lb_err err = lb_store_open(&store, path, LB_STORE_JOURNAL, LB_STORE_READ);
    if (err == LB_OK)
        err = lb_store_check(store);
    lb_store_close(&store);
    return err;
}

lb_err lb_journal_sqlite_copy(const char *from, const char *to)
{
    lb_store *store = NULL;

    if (access(from, F_OK) != 0)
        return LB_ERR_NOT_FOUND;
    lb_err err = lb_store_open(&store, from, LB_STORE_JOURNAL, LB_STORE_READ);
    if (err == LB_OK)
        err = lb_store_backup(store, to);
    lb_store_close(&store);
    if (err == LB_OK)
        err = lb_journal_sqlite_check(to);
    return err == LB_OK ? lb_path_sync(to) : err;
}
