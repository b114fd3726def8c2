/* journal_sqlite.c - the journal engine on SQLite: the writer and the table of functions.
 *
 *     begin ─> check the head ─> rows, raw bytes ─> mark: pending head ─> quarantine ─> feeds
 *           ─> commit (one sync) ─> mark: new head */
#include "keep/journal_sqlite.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/point.h"
#include "keep/head_mark.h"
#include "keep/repair.h"

enum { PUT, PUT_RAW, PUT_HOLE, TELL, CUT, CUT_RAW, CUT_HOLES, HOLE_WITH, DROP, STATEMENTS };
static const char *const sql[STATEMENTS] = {
    [PUT] = lb_journal_put_sql,
    [PUT_RAW] = "INSERT INTO raw (block, body) VALUES (?1, ?2)",
    [PUT_HOLE] = "INSERT INTO lost (block) VALUES (?1)",
    [TELL] = LB_JOURNAL_TELL_SQL,
    [CUT] = "DELETE FROM journal WHERE block >= ?1",
    [CUT_RAW] = "DELETE FROM raw WHERE block >= ?1",
    [CUT_HOLES] = "DELETE FROM lost WHERE block >= ?1",
    [HOLE_WITH] = LB_JOURNAL_ROW_SQL " WHERE block IN (SELECT block FROM lost)"
                                     " AND first_seq <= ?1 AND last_seq >= ?1",
    [DROP] = "DELETE FROM journal WHERE block = ?1",
};

typedef struct writer {
    lb_store *store;
    sqlite3_stmt *statements[STATEMENTS];
    lb_refused_table *refusals;
    lb_feed_table *feeds;
    lb_head_mark *mark; /* NULL: none */
    lb_journal_head head;
} writer;

/* -- open and close ---------------------------------------------------------------------------- */

static void mark_head(writer *w)
{
    const lb_journal_head *head = &w->head;

    if (w->mark != NULL)
        lb_head_mark_set(w->mark, &(lb_head_now){head->seq, head->block, head->messages,
                                                 lb_store_generation(w->store),
                                                 lb_store_frames(w->store), lb_clock_now_us()});
}

/* Writes a head without a WAL: closing the last connection checkpoints and removes the WAL, which
 * must not look like a lost file at the next start. */
static void end_mark(writer *w)
{
    const lb_journal_head *head = &w->head;

    if (w->mark != NULL)
        lb_head_mark_end(w->mark, &(lb_head_now){head->seq, head->block, head->messages, 0, 0,
                                                 lb_clock_now_us()});
}

static void close_writer(void **out)
{
    writer *w = *out;

    if (w == NULL)
        return;
    end_mark(w);
    lb_refused_table_close(&w->refusals);
    lb_feed_table_close(&w->feeds);
    lb_store_finalize(w->statements, STATEMENTS);
    lb_store_close(&w->store);
    free(w);
    *out = NULL;
}

static lb_err open_writer(void **out, const char *path)
{
    writer *w = calloc(1, sizeof *w);

    if (w == NULL)
        return LB_ERR_NO_MEMORY;
    lb_err err = lb_store_open(&w->store, path, LB_STORE_JOURNAL, LB_STORE_WRITE);
    if (err == LB_OK)
        err = lb_store_prepare(w->store, sql, STATEMENTS, w->statements);
    if (err == LB_OK)
        err = lb_refused_table_open(&w->refusals, w->store);
    if (err == LB_OK)
        err = lb_feed_table_open(&w->feeds, w->store);
    if (err == LB_OK)
        err = lb_journal_row_tell(w->store, w->statements[TELL], &w->head);
    *out = w;
    if (err != LB_OK)
        close_writer(out);
    return err;
}

lb_store *lb_journal_sqlite_store(void *of)
{
    const writer *w = of;

    return w->store;
}

static lb_err tell_head(void *of, lb_journal_head *head)
{
    writer *w = of;

    return lb_journal_row_tell(w->store, w->statements[TELL], head);
}

/* -- append ------------------------------------------------------------------------------------ */

/* Reads the head from the table and not from memory, since another writer may have appended in the
 * meantime. */
static lb_err check_head(writer *w, const lb_journal_head *expected)
{
    lb_journal_head head;

    lb_err err = tell_head(w, &head);
    if (err != LB_OK || (head.seq == expected->seq && head.block == expected->block &&
                         head.messages == expected->messages))
        return err;
    lb_log(LB_LOG_JRN_FENCED, "expected=%lld found=%lld block=%lld", (long long)expected->seq,
           (long long)head.seq, (long long)head.block);
    return LB_ERR_FENCED;
}

static lb_err run_with(writer *w, int statement, int64_t number, const char *what)
{
    lb_bind_int(w->statements[statement], 1, number);
    return lb_store_step(w->store, w->statements[statement], what);
}

static lb_err cut(writer *w, int64_t block)
{
    if (block == 0)
        return LB_OK;
    lb_err err = run_with(w, CUT, block, "journal.cut");
    if (err == LB_OK)
        err = run_with(w, CUT_RAW, block, "journal.cut_raw");
    return err == LB_OK ? run_with(w, CUT_HOLES, block, "journal.cut_lost") : err;
}

static lb_err put_raw(writer *w, int64_t block, lb_span raw)
{
    sqlite3_stmt *put = w->statements[PUT_RAW];

    lb_bind_int(put, 1, block);
    lb_bind_blob(put, 2, raw);
    return lb_store_step(w->store, put, "journal.append_raw");
}

static lb_err put_row(writer *w, const lb_append_row *one)
{
    lb_err err = lb_journal_row_put(w->store, w->statements[PUT], &one->row, "journal.append");

    if (err == LB_OK && one->raw.len > 0)
        err = put_raw(w, one->row.block, one->raw);
    return err == LB_OK && one->is_hole ? run_with(w, PUT_HOLE, one->row.block, "journal.lost")
                                        : err;
}

static lb_err rewrite(writer *w, const lb_journal_row *row)
{
    lb_err err = run_with(w, DROP, row->block, "journal.rewrite");

    return err == LB_OK ? lb_journal_row_put(w->store, w->statements[PUT], row, "journal.rewrite")
                        : err;
}

static lb_err put_rows(writer *w, const lb_append *append)
{
    lb_err err = cut(w, append->cut_from);

    for (size_t i = 0; err == LB_OK && i < append->rows.count; i++)
        err = put_row(w, &append->rows.at[i]);
    for (size_t i = 0; err == LB_OK && i < append->rewritten.count; i++)
        err = rewrite(w, &append->rewritten.at[i]);
    return err;
}

/* True for the turns that the kill points are meant for; appends of counters or records have
 * none. */
static bool has_messages(const lb_append *append)
{
    return append->rows.count > 0 && append->rows.at[0].raw.len > 0;
}

static lb_err write_all(writer *w, const lb_append *append)
{
    lb_err err = put_rows(w, append);

    if (err == LB_OK && has_messages(append))
        lb_point("appended");
    /* A reservation on disk must cover every number before it is given out. */
    if (err == LB_OK && w->mark != NULL)
        err = lb_head_mark_begin(w->mark, append->head.seq, append->head.block);
    if (err == LB_OK)
        err = lb_refused_table_write(w->refusals, append);
    return err == LB_OK ? lb_feed_table_write(w->feeds, append) : err;
}

static lb_err append_turn(void *of, const lb_append *append)
{
    writer *w = of;
    bool is_turn = has_messages(append) || append->refused.count > 0;

    lb_err err = lb_store_begin(w->store);
    if (err == LB_OK)
        err = check_head(w, &append->expected);
    if (err == LB_OK)
        err = write_all(w, append);
    if (is_turn)
        lb_point("before-commit");
    if (err == LB_OK)
        err = lb_store_commit(w->store);
    if (err != LB_OK) {
        lb_store_rollback(w->store);
        return err;
    }
    w->head = append->head;
    mark_head(w);
    if (is_turn)
        lb_point("after-commit");
    return LB_OK;
}

static lb_err tidy(void *of, int64_t monotonic_us)
{
    writer *w = of;

    if (w->mark != NULL)
        lb_head_mark_look(w->mark, monotonic_us);
    return lb_store_tidy(w->store, monotonic_us);
}

static void set_mark(void *of, lb_head_mark *mark)
{
    writer *w = of;

    w->mark = mark;
    mark_head(w);
    if (mark != NULL)
        lb_head_mark_look(mark, lb_clock_monotonic_us());
}

/* -- reading by the writer --------------------------------------------------------------------- */

static lb_err hole_with(void *of, int64_t seq, lb_on_row *on, void *whose)
{
    writer *w = of;
    sqlite3_stmt *find = w->statements[HOLE_WITH];
    lb_err err = LB_ERR_NOT_FOUND;
    lb_journal_row row;

    lb_bind_int(find, 1, seq);
    int rc = sqlite3_step(find);
    if (rc == SQLITE_ROW) {
        err = lb_journal_row_read(find, &row);
        if (err == LB_OK)
            err = on(whose, &row);
    } else if (rc != SQLITE_DONE) {
        err = lb_store_err(w->store, rc, "journal.find_lost");
    }
    sqlite3_reset(find);
    return err;
}

static lb_err each_refused(void *of, lb_on_refused *on, void *whose)
{
    return lb_refused_table_each(((writer *)of)->refusals, on, whose);
}

static lb_err each_feed(void *of, lb_on_feed *on, void *whose)
{
    return lb_feed_table_each(((writer *)of)->feeds, on, whose);
}

static lb_err each_share(void *of, lb_on_share *on, void *whose)
{
    return lb_feed_table_each_share(((writer *)of)->feeds, on, whose);
}

static lb_err recall(void *of, lb_span token, lb_span raw, lb_on_refused *on, void *whose)
{
    return lb_refused_table_recall(((writer *)of)->refusals, token, raw, on, whose);
}

static lb_err show_refused(void *of, int64_t id, lb_on_refused *on, void *whose)
{
    return lb_refused_table_show(((writer *)of)->refusals, id, on, whose);
}

const lb_journal_engine lb_journal_sqlite = {
    .name = "sqlite",
    .is_in_files = true,
    .open = open_writer,
    .close = close_writer,
    .head = tell_head,
    .append = append_turn,
    .mark = set_mark,
    .tidy = tidy,
    .each_refused = each_refused,
    .each_feed = each_feed,
    .each_share = each_share,
    .recall = recall,
    .refused = show_refused,
    .hole_with = hole_with,
    .reader_open = lb_journal_sqlite_reader_open,
    .reader_close = lb_journal_sqlite_reader_close,
    .reader_head = lb_journal_sqlite_reader_head,
    .read = lb_journal_sqlite_read,
    .read_raw = lb_journal_sqlite_read_raw,
    .find = lb_journal_sqlite_find,
    .hole_before = lb_journal_sqlite_hole_before,
    .refusals = lb_journal_sqlite_refusals,
    .waiting = lb_journal_sqlite_waiting,
    .verify = lb_journal_sqlite_verify,
    .look = lb_journal_sqlite_look,
    .check = lb_journal_sqlite_check,
    .copy = lb_journal_sqlite_copy,
    .repair = lb_repair,
    .remove = lb_store_remove,
    .bytes = lb_store_size,
};
