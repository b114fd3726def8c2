/* repair.c - rebuilds a journal from the pages of a damaged SQLite file.
 *
 *     pages ──> rows with a valid check ──> new file ──> rows in order ──> holes between them
 *
 * The number and types of a record's columns identify its table; its check shows whether it is a
 * row at all. Of several versions of a row that never changes the first is taken: pages come in the
 * order in which they were written, and frames of a failed commit come last. */
#include "keep/repair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "base/carve.h"
#include "base/log.h"
#include "base/store.h"
#include "keep/journal_row.h"
#include "keep/journal_sqlite.h"

enum { COMMIT_EACH = 2000, JOURNAL_COLUMNS = 8, RAW_COLUMNS = 2, RAW_MAX = 1024 * 1024 * 1024 };

enum {
    TAKE,
    TAKE_RAW,
    TAKE_QUARANTINE,
    TAKE_FEED,
    TAKE_LOST,
    DROP,
    DROP_ORPHANS,
    NEXT_LOST,
    DROP_LOST,
    PUT_HOLE,
    NEXT,
    STATEMENTS
};
static const char SQL_DROP_ORPHANS[] = "DELETE FROM raw WHERE block NOT IN"
                                       " (SELECT block FROM journal WHERE messages > 0)";
static const char SQL_NEXT[] =
    "SELECT block, first_seq, last_seq, first_message, messages, recorded_us, body"
    " FROM journal WHERE block > ?1 ORDER BY block LIMIT 1";
static const char *const sql[STATEMENTS] = {
    [TAKE] = "INSERT OR IGNORE INTO journal VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [TAKE_RAW] = "INSERT OR IGNORE INTO raw VALUES (?1, ?2)",
    [TAKE_QUARANTINE] = lb_refused_take_in,
    [TAKE_FEED] = lb_feed_take_in,
    [TAKE_LOST] = "INSERT OR IGNORE INTO lost VALUES (?1)",
    [DROP] = "DELETE FROM journal WHERE block = ?1",
    [DROP_ORPHANS] = SQL_DROP_ORPHANS,
    [NEXT_LOST] = "SELECT block FROM lost WHERE block > ?1 ORDER BY block LIMIT 1",
    [DROP_LOST] = "DELETE FROM lost WHERE block = ?1",
    [PUT_HOLE] = lb_journal_put_sql,
    [NEXT] = SQL_NEXT,
};

typedef struct repair {
    lb_store *store;
    sqlite3_stmt *statements[STATEMENTS];
    lb_arena arena;
    int64_t uncommitted;
    void *scratch; /* buffer for raw bodies while they are checked */
    size_t scratch_room;
    lb_repaired *repaired;
} repair;

/* -- copying rows ------------------------------------------------------------------------------ */

static void bind_value(sqlite3_stmt *statement, int i, const lb_value *value, bool has_text)
{
    switch (value->type) {
    case LB_VALUE_INT:
        sqlite3_bind_int64(statement, i, value->number);
        break;
    case LB_VALUE_TEXT:
        if (has_text)
            lb_bind_text(statement, i, value->bytes);
        else
            lb_bind_blob(statement, i, value->bytes);
        break;
    case LB_VALUE_BLOB:
        lb_bind_blob(statement, i, value->bytes);
        break;
    case LB_VALUE_NULL:
    case LB_VALUE_REAL:
        sqlite3_bind_null(statement, i);
        break;
    }
}

/* Copies the columns of a row. A rowid column is NULL in the record, so it is bound from
 * row->rowid. */
static lb_err put_row(repair *r, int statement, const lb_carved *row, int columns)
{
    sqlite3_stmt *put = r->statements[statement];
    const bool has_text = statement != TAKE && statement != TAKE_RAW;

    sqlite3_clear_bindings(put);
    for (int i = 0; i < columns && i < (int)row->count; i++)
        bind_value(put, i + 1, &row->values[i], has_text);
    if (!row->is_index)
        lb_bind_int(put, 1, row->rowid);
    r->uncommitted++;
    return lb_store_step(r->store, put, "repair.put");
}

/* A blob may appear as text, since one bit of the serial type distinguishes them; the check
 * decides. '.': any type. */
static bool is_type(char expected, char type)
{
    return expected == '.' || expected == type || (expected == 'b' && type == 't');
}

/* One letter for each column. */
static bool has_types(const lb_carved *row, const char *expected)
{
    static const char types[] = {[LB_VALUE_NULL] = 'n',
                                 [LB_VALUE_INT] = 'i',
                                 [LB_VALUE_TEXT] = 't',
                                 [LB_VALUE_BLOB] = 'b',
                                 [LB_VALUE_REAL] = 'r'};

    if (strlen(expected) != row->count)
        return false;
    for (size_t i = 0; i < row->count; i++)
        if (!is_type(expected[i], types[row->values[i].type]))
            return false;
    return true;
}

static lb_err take_journal(repair *r, const lb_carved *row)
{
    const lb_value *v = row->values;
    const lb_journal_row one = {row->rowid,  v[1].number, v[2].number, v[3].number,
                                v[4].number, v[5].number, v[7].bytes};

    if (!lb_journal_row_holds(&one, v[6].bytes))
        return LB_ERR_CORRUPT;
    return put_row(r, TAKE, row, JOURNAL_COLUMNS);
}

/* The table has no column for a check; the checksum of the zstd frame is verified instead. */
static lb_err take_raw(repair *r, const lb_carved *row)
{
    lb_span body = row->values[1].bytes;
    unsigned long long size = ZSTD_getFrameContentSize(body.at, body.len);

    if (size > RAW_MAX) /* includes ZSTD_CONTENTSIZE_UNKNOWN and _ERROR */
        return LB_ERR_CORRUPT;
    if (size > r->scratch_room) {
        void *wider = realloc(r->scratch, (size_t)size);
        if (wider == NULL)
            return LB_ERR_NO_MEMORY;
        r->scratch = wider;
        r->scratch_room = (size_t)size;
    }
    if (ZSTD_isError(ZSTD_decompress(r->scratch, r->scratch_room, body.at, body.len)))
        return LB_ERR_CORRUPT;
    return put_row(r, TAKE_RAW, row, RAW_COLUMNS);
}

static lb_err take_record(repair *r, const lb_carved *row)
{
    if (row->is_index)
        return has_types(row, "tiiiii...ttb") ? put_row(r, TAKE_FEED, row, LB_FEED_COLUMNS) : LB_OK;
    if (has_types(row, "niiiiibb"))
        return take_journal(r, row);
    if (has_types(row, "nb"))
        return take_raw(r, row);
    if (has_types(row, "nbttitt.tib.") || has_types(row, "nbttitt.tib"))
        return put_row(r, TAKE_QUARANTINE, row, LB_REFUSED_COLUMNS);
    if (has_types(row, "n"))
        return put_row(r, TAKE_LOST, row, 1);
    return LB_OK;
}

static lb_err commit_and_go_on(repair *r)
{
    r->uncommitted = 0;
    lb_err err = lb_store_commit(r->store);
    if (err == LB_OK)
        err = lb_store_tidy(r->store, INT64_MAX);
    return err == LB_OK ? lb_store_begin(r->store) : err;
}

static lb_err on_carved(void *whose, const lb_carved *row)
{
    repair *r = whose;

    lb_err err = take_record(r, row);
    if (err == LB_OK && r->uncommitted >= COMMIT_EACH)
        err = commit_and_go_on(r);
    return err;
}

/* -- rows in order, and the holes between them ------------------------------------------------- */

/* A row, and whether it is a hole. */
typedef struct place {
    lb_journal_row row;
    bool is_hole;
} place;

/* The first row after a block. next->is_hole requires unpacking the row, so it is set only with
 * `looks`, or when blocks are missing before the row. */
static lb_err read_next(repair *r, int64_t block, bool looks, place *next)
{
    sqlite3_stmt *read = r->statements[NEXT];
    lb_lost lost;

    lb_bind_int(read, 1, block);
    int rc = sqlite3_step(read);
    lb_err err = rc == SQLITE_DONE ? LB_ERR_NOT_FOUND : lb_store_err(r->store, rc, "repair.next");
    if (err == LB_OK) {
        next->row = (lb_journal_row){sqlite3_column_int64(read, 0),
                                     sqlite3_column_int64(read, 1),
                                     sqlite3_column_int64(read, 2),
                                     sqlite3_column_int64(read, 3),
                                     sqlite3_column_int64(read, 4),
                                     sqlite3_column_int64(read, 5),
                                     LB_EMPTY};
        lb_arena_reset(&r->arena);
        next->is_hole = (looks || next->row.block != block + 1) &&
                        lb_hole_unpack(lb_column_blob(read, 6), &r->arena, &lost) == LB_OK;
    }
    sqlite3_reset(read);
    return err;
}

/* True when the numbers of events and messages of `next` are after those of `at`. */
static bool is_behind(const place *at, const place *next)
{
    return next->row.first_seq > at->row.last_seq &&
           next->row.first_message >= at->row.first_message + at->row.messages &&
           next->row.last_seq >= next->row.first_seq - 1 && next->row.messages >= 0;
}

/* True when nothing is missing between the two rows. */
static bool is_next(const place *at, const place *next)
{
    return next->row.first_seq == at->row.last_seq + 1 &&
           next->row.first_message == at->row.first_message + at->row.messages &&
           (next->row.block == at->row.block + 1 || next->is_hole);
}

static lb_err write_hole(repair *r, lb_journal_row *row, lb_lost *lost)
{
    lb_arena_reset(&r->arena);
    lb_err err = lb_hole_pack(lost, &r->arena, &row->body);
    if (err != LB_OK)
        return err;
    err = lb_journal_row_put(r->store, r->statements[PUT_HOLE], row, "repair.hole");
    lb_bind_int(r->statements[TAKE_LOST], 1, row->block);
    return err == LB_OK ? lb_store_step(r->store, r->statements[TAKE_LOST], "repair.lost") : err;
}

/* The numbers between two rows were certainly given out, since the second row has later ones: so
 * known_seq = to_seq. */
static lb_err put_hole(repair *r, const lb_lost *as, const place *at, const place *next)
{
    int64_t after_message = at->row.first_message + at->row.messages;
    lb_journal_row row = {.block = next->row.block - 1,
                          .first_seq = at->row.last_seq + 1,
                          .last_seq = next->row.first_seq - 1,
                          .first_message = after_message,
                          .messages = next->row.first_message - after_message,
                          .recorded_us = as->found_us};
    lb_lost lost = *as;

    lost.kind = LB_ENTRY_LOST;
    lost.from_seq = row.first_seq;
    lost.to_seq = lost.known_seq = row.last_seq;
    lost.from_block = at->row.block + 1;
    lost.messages = row.messages;
    lost.since_us = at->row.block > 0 ? at->row.recorded_us : LB_UNKNOWN;
    r->repaired->holes++;
    r->repaired->missing += row.last_seq - row.first_seq + 1;
    return write_hole(r, &row, &lost);
}

static lb_err drop(repair *r, int64_t block)
{
    lb_log(LB_LOG_JRN_CORRUPT, "block=%lld why=\"its numbers are those of another block\"",
           (long long)block);
    lb_bind_int(r->statements[DROP], 1, block);
    return lb_store_step(r->store, r->statements[DROP], "repair.drop");
}

static lb_err fill_holes(repair *r, const lb_lost *as)
{
    place at = {.row = {.first_message = 1}}, next;
    lb_err err;

    while ((err = read_next(r, at.row.block, false, &next)) == LB_OK) {
        if (!is_behind(&at, &next)) {
            err = drop(r, next.row.block);
            at.row.block = next.row.block;
        } else {
            if (!is_next(&at, &next))
                err = put_hole(r, as, &at, &next);
            at = next;
            r->repaired->blocks++;
        }
        if (err != LB_OK)
            return err;
    }
    return err == LB_ERR_NOT_FOUND ? LB_OK : err;
}

/* Deletes the entries of the table `lost` whose block is not a hole. */
static lb_err drop_stale_holes(repair *r)
{
    sqlite3_stmt *next = r->statements[NEXT_LOST];
    lb_err err = LB_OK;
    int64_t block = 0;
    place at;

    for (;;) {
        lb_bind_int(next, 1, block);
        int rc = sqlite3_step(next);
        if (rc == SQLITE_ROW)
            block = sqlite3_column_int64(next, 0);
        sqlite3_reset(next);
        if (rc != SQLITE_ROW)
            return lb_store_err(r->store, rc, "repair.lost");
        err = read_next(r, block - 1, true, &at);
        bool is_hole = err == LB_OK && at.row.block == block && at.is_hole;
        lb_bind_int(r->statements[DROP_LOST], 1, block);
        if (!is_hole && (err == LB_OK || err == LB_ERR_NOT_FOUND))
            err = lb_store_step(r->store, r->statements[DROP_LOST], "repair.drop_lost");
        if (err != LB_OK)
            return err;
    }
}

/* -- rebuilding -------------------------------------------------------------------------------- */

static lb_err take_and_fill(repair *r, const char *damaged, const lb_lost *as)
{
    lb_err err = lb_store_begin(r->store);
    if (err == LB_OK)
        err = lb_carve(damaged, on_carved, r);
    if (err == LB_OK)
        err = fill_holes(r, as);
    if (err == LB_OK)
        err = lb_store_step(r->store, r->statements[DROP_ORPHANS], "repair.orphans");
    if (err == LB_OK)
        err = drop_stale_holes(r);
    if (err == LB_OK)
        err = lb_store_commit(r->store);
    lb_store_rollback(r->store);
    return err;
}

lb_err lb_repair(const char *damaged, const char *fresh, const lb_lost *as, lb_repaired *repaired)
{
    repair r = {.repaired = repaired};

    *repaired = (lb_repaired){0};
    lb_arena_init(&r.arena, RAW_MAX);
    lb_err err = lb_store_open(&r.store, fresh, LB_STORE_JOURNAL, LB_STORE_WRITE);
    if (err == LB_OK)
        err = lb_store_prepare(r.store, sql, STATEMENTS, r.statements);
    if (err == LB_OK)
        err = take_and_fill(&r, damaged, as);
    lb_store_finalize(r.statements, STATEMENTS);
    /* Closing the last connection checkpoints, syncs and removes the WAL. */
    lb_store_close(&r.store);
    lb_arena_fini(&r.arena);
    free(r.scratch);
    if (err != LB_OK)
        lb_store_remove(fresh);
    return err;
}
