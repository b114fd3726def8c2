/* journal_sqlite_read.c - the journal engine on SQLite: readers. */
#include <stdlib.h>

#include "keep/journal_sqlite.h"

enum { READ, LAST_SEQ, READ_RAW, TELL, HOLE_BEFORE, STATEMENTS };
static const char *const sql[STATEMENTS] = {
    [READ] = LB_JOURNAL_ROW_SQL " WHERE block >= ?1 ORDER BY block LIMIT 1",
    [LAST_SEQ] = "SELECT last_seq FROM journal WHERE block >= ?1 ORDER BY block LIMIT 1",
    [READ_RAW] = "SELECT body FROM raw WHERE block = ?1",
    [TELL] = LB_JOURNAL_TELL_SQL,
    [HOLE_BEFORE] = "SELECT max(block) FROM lost WHERE block < ?1",
};

typedef struct reader {
    lb_store *store;
    sqlite3_stmt *statements[STATEMENTS];
    lb_refused_table *refusals;
} reader;

lb_err lb_journal_sqlite_reader_open(void **out, const char *path)
{
    reader *r = calloc(1, sizeof *r);

    if (r == NULL)
        return LB_ERR_NO_MEMORY;
    lb_err err = lb_store_open(&r->store, path, LB_STORE_JOURNAL, LB_STORE_READ);
    if (err == LB_OK)
        err = lb_store_prepare(r->store, sql, STATEMENTS, r->statements);
    *out = r;
    if (err != LB_OK)
        lb_journal_sqlite_reader_close(out);
    return err;
}

void lb_journal_sqlite_reader_close(void **out)
{
    reader *r = *out;

    if (r == NULL)
        return;
    lb_refused_table_close(&r->refusals);
    lb_store_finalize(r->statements, STATEMENTS);
    lb_store_close(&r->store);
    free(r);
    *out = NULL;
}

lb_err lb_journal_sqlite_reader_head(void *of, lb_journal_head *head)
{
    reader *r = of;

    return lb_journal_row_tell(r->store, r->statements[TELL], head);
}

/* The statement is reset before it returns, since an open one would prevent the WAL from being
 * reset. */
lb_err lb_journal_sqlite_read(void *of, int64_t block, lb_on_row *on, void *whose)
{
    reader *r = of;
    sqlite3_stmt *read = r->statements[READ];
    lb_err err = LB_ERR_NOT_FOUND;
    lb_journal_row row;

    lb_bind_int(read, 1, block);
    int rc = sqlite3_step(read);
    if (rc == SQLITE_ROW) {
        err = lb_journal_row_read(read, &row);
        if (err == LB_OK)
            err = on(whose, &row);
    } else if (rc != SQLITE_DONE) {
        err = lb_store_err(r->store, rc, "journal.read_block");
    }
    sqlite3_reset(read);
    return err;
}

lb_err lb_journal_sqlite_read_raw(void *of, int64_t block, lb_on_bytes *on, void *whose)
{
    reader *r = of;
    sqlite3_stmt *read = r->statements[READ_RAW];
    lb_err err = LB_ERR_NOT_FOUND;

    lb_bind_int(read, 1, block);
    int rc = sqlite3_step(read);
    if (rc == SQLITE_ROW)
        err = on(whose, lb_column_blob(read, 0));
    else if (rc != SQLITE_DONE)
        err = lb_store_err(r->store, rc, "journal.read_raw");
    sqlite3_reset(read);
    return err;
}

/* The last number of the block, or of the next that exists. */
static lb_err read_last_seq(reader *r, int64_t block, int64_t *last_seq)
{
    sqlite3_stmt *read = r->statements[LAST_SEQ];

    lb_bind_int(read, 1, block);
    int rc = sqlite3_step(read);
    if (rc == SQLITE_ROW)
        *last_seq = sqlite3_column_int64(read, 0);
    sqlite3_reset(read);
    return rc == SQLITE_DONE ? LB_ERR_NOT_FOUND : lb_store_err(r->store, rc, "journal.seek");
}

/* Binary search, since last_seq never falls from block to block. An index would cost time in every
 * append. */
lb_err lb_journal_sqlite_find(void *of, int64_t seq, int64_t *block)
{
    reader *r = of;
    lb_journal_head head;

    lb_err err = lb_journal_sqlite_reader_head(r, &head);
    if (err == LB_OK && seq > head.seq)
        err = LB_ERR_NOT_FOUND;
    if (err != LB_OK)
        return err;

    int64_t low = 1, high = head.block;
    while (low < high) {
        int64_t middle = low + (high - low) / 2, last_seq = 0;
        err = read_last_seq(r, middle, &last_seq);
        if (err != LB_OK)
            return err;
        if (last_seq < seq)
            low = middle + 1;
        else
            high = middle;
    }
    *block = low;
    return LB_OK;
}

lb_err lb_journal_sqlite_hole_before(void *of, int64_t block, int64_t *found)
{
    reader *r = of;
    sqlite3_stmt *before = r->statements[HOLE_BEFORE];
    int64_t hole = LB_UNKNOWN;

    lb_bind_int(before, 1, block);
    int rc = sqlite3_step(before);
    if (rc == SQLITE_ROW)
        hole = lb_column_int(before, 0);
    lb_err err = lb_store_err(r->store, rc, "journal.lost");
    sqlite3_reset(before);
    *found = hole;
    return err == LB_OK && hole == LB_UNKNOWN ? LB_ERR_NOT_FOUND : err;
}

/* Few readers need quarantine, so its statements are prepared at the first use. */
static lb_err need_refusals(reader *r)
{
    return r->refusals != NULL ? LB_OK : lb_refused_table_open(&r->refusals, r->store);
}

lb_err lb_journal_sqlite_refusals(void *of, const lb_refused_choice *choice, lb_on_refused *on,
                                  void *whose)
{
    reader *r = of;

    lb_err err = need_refusals(r);
    return err == LB_OK ? lb_refused_table_list(r->refusals, choice, on, whose) : err;
}

lb_err lb_journal_sqlite_waiting(void *of, lb_span source, int64_t *count)
{
    reader *r = of;

    lb_err err = need_refusals(r);
    return err == LB_OK ? lb_refused_table_waiting(r->refusals, source, count) : err;
}

static const char ORPHANS[] = "SELECT block FROM raw WHERE block NOT IN"
                              " (SELECT block FROM journal) ORDER BY block";

lb_err lb_journal_sqlite_verify(void *of, lb_on_damage *on, void *whose)
{
    reader *r = of;

    lb_err err = lb_store_tell_damage(r->store, "raw", ORPHANS, on, whose);
    if (err == LB_OK)
        err = lb_refused_table_verify(r->store, on, whose);
    return err == LB_OK ? lb_feed_table_verify(r->store, on, whose) : err;
}
