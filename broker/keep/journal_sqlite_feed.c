/* journal_sqlite_feed.c - counters of feeds and shares of parties in the journal's SQLite file.
 *
 *     feed   source | messages events duplicates refused doubts | first, last heard, usual gap
 *                   | formats | unresolved
 *     share  owner | sources refused refused_us error unheard
 *
 * A changed row is replaced as a whole, since the usual gap and the unresolved places are not
 * sums. */
#include "keep/journal_sqlite.h"

#include <stdlib.h>

enum { PUT, SCAN, PUT_SHARE, SCAN_SHARES, STATEMENTS };
static const char *const sql[STATEMENTS] = {
    [PUT] = "INSERT OR REPLACE INTO feed (source, messages, events, duplicates, refused, doubts,"
            " first_heard_us, last_heard_us, usual_gap_us, formats, unresolved, \"check\")"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,"
            " check_of(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11))",
    [SCAN] = "SELECT source, messages, events, duplicates, refused, doubts,"
             " first_heard_us, last_heard_us, usual_gap_us, formats, unresolved FROM feed",
    [PUT_SHARE] =
        "INSERT OR REPLACE INTO share (owner, sources, refused, refused_us, error, unheard,"
        " \"check\") VALUES (?1, ?2, ?3, ?4, ?5, ?6, check_of(?1, ?2, ?3, ?4, ?5, ?6))",
    [SCAN_SHARES] = "SELECT owner, sources, refused, refused_us, error, unheard FROM share",
};

struct lb_feed_table {
    lb_store *store;
    sqlite3_stmt *statements[STATEMENTS];
};

lb_err lb_feed_table_open(lb_feed_table **out, lb_store *store)
{
    lb_feed_table *table = calloc(1, sizeof *table);

    if (table == NULL)
        return LB_ERR_NO_MEMORY;
    table->store = store;
    lb_err err = lb_store_prepare(store, sql, STATEMENTS, table->statements);
    *out = table;
    if (err != LB_OK)
        lb_feed_table_close(out);
    return err;
}

void lb_feed_table_close(lb_feed_table **table)
{
    if (*table == NULL)
        return;
    lb_store_finalize((*table)->statements, STATEMENTS);
    free(*table);
    *table = NULL;
}

/* -- writing ----------------------------------------------------------------------------------- */

static lb_err put(lb_feed_table *table, const lb_feed_counts *counts)
{
    sqlite3_stmt *put = table->statements[PUT];

    lb_bind_text(put, 1, counts->source);
    lb_bind_int(put, 2, counts->messages);
    lb_bind_int(put, 3, counts->events);
    lb_bind_int(put, 4, counts->duplicates);
    lb_bind_int(put, 5, counts->refused);
    lb_bind_int(put, 6, counts->doubts);
    lb_bind_int(put, 7, counts->first_heard_us);
    lb_bind_int(put, 8, counts->last_heard_us);
    lb_bind_int(put, 9, counts->usual_gap_us);
    lb_bind_text(put, 10, counts->formats);
    lb_bind_text(put, 11, counts->unresolved);
    return lb_store_step(table->store, put, "feed.put");
}

static lb_err put_share(lb_feed_table *table, const lb_share_counts *counts)
{
    sqlite3_stmt *put = table->statements[PUT_SHARE];

    lb_bind_text(put, 1, counts->owner);
    lb_bind_int(put, 2, counts->sources);
    lb_bind_int(put, 3, counts->refused);
    lb_bind_int(put, 4, counts->refused_us);
    lb_bind_text(put, 5, counts->error);
    lb_bind_blob(put, 6, counts->unheard);
    return lb_store_step(table->store, put, "share.put");
}

lb_err lb_feed_table_write(lb_feed_table *table, const lb_append *append)
{
    lb_err err = LB_OK;

    for (size_t i = 0; err == LB_OK && i < append->feeds.count; i++)
        err = put(table, &append->feeds.at[i]);
    for (size_t i = 0; err == LB_OK && i < append->shares.count; i++)
        err = put_share(table, &append->shares.at[i]);
    return err;
}

/* -- reading ----------------------------------------------------------------------------------- */

static void read_feed(sqlite3_stmt *scan, lb_feed_counts *counts)
{
    *counts = (lb_feed_counts){.source = lb_column_text(scan, 0),
                               .messages = sqlite3_column_int64(scan, 1),
                               .events = sqlite3_column_int64(scan, 2),
                               .duplicates = sqlite3_column_int64(scan, 3),
                               .refused = sqlite3_column_int64(scan, 4),
                               .doubts = sqlite3_column_int64(scan, 5),
                               .first_heard_us = lb_column_int(scan, 6),
                               .last_heard_us = lb_column_int(scan, 7),
                               .usual_gap_us = lb_column_int(scan, 8),
                               .formats = lb_column_text(scan, 9),
                               .unresolved = lb_column_text(scan, 10)};
}

lb_err lb_feed_table_each(lb_feed_table *table, lb_on_feed *on, void *whose)
{
    sqlite3_stmt *scan = table->statements[SCAN];
    lb_err err = LB_OK;
    int rc = SQLITE_DONE;
    lb_feed_counts counts;

    while (err == LB_OK && (rc = sqlite3_step(scan)) == SQLITE_ROW) {
        read_feed(scan, &counts);
        err = on(whose, &counts);
    }
    if (err == LB_OK)
        err = lb_store_err(table->store, rc, "feed.scan");
    sqlite3_reset(scan);
    return err;
}

lb_err lb_feed_table_each_share(lb_feed_table *table, lb_on_share *on, void *whose)
{
    sqlite3_stmt *scan = table->statements[SCAN_SHARES];
    lb_err err = LB_OK;
    int rc = SQLITE_DONE;

    while (err == LB_OK && (rc = sqlite3_step(scan)) == SQLITE_ROW)
        err = on(whose, &(lb_share_counts){.owner = lb_column_text(scan, 0),
                                           .sources = sqlite3_column_int64(scan, 1),
                                           .refused = sqlite3_column_int64(scan, 2),
                                           .refused_us = lb_column_int(scan, 3),
                                           .error = lb_column_text(scan, 4),
                                           .unheard = lb_column_blob(scan, 5)});
    if (err == LB_OK)
        err = lb_store_err(table->store, rc, "share.scan");
    sqlite3_reset(scan);
    return err;
}

/* -- repair and verification ------------------------------------------------------------------- */

const char lb_feed_take_in[] =
    "INSERT OR REPLACE INTO feed SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12"
    " WHERE ?12 = check_of(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
    " AND NOT EXISTS (SELECT 1 FROM feed WHERE source = ?1 AND messages + duplicates + refused"
    " > ?2 + ?4 + ?5)";

lb_err lb_feed_table_verify(lb_store *store, lb_on_damage *on_damage, void *whose)
{
    lb_err err = lb_store_tell_damage(
        store, "share",
        "SELECT place FROM (SELECT row_number() OVER (ORDER BY owner) AS place, * FROM share)"
        " WHERE \"check\" <> check_of(owner, sources, refused, refused_us, error, unheard)",
        on_damage, whose);
    if (err != LB_OK)
        return err;
    return lb_store_tell_damage(
        store, "feed",
        "SELECT place FROM (SELECT row_number() OVER (ORDER BY source) AS place, * FROM feed)"
        " WHERE \"check\" <> check_of(source, messages, events, duplicates, refused, doubts,"
        " first_heard_us, last_heard_us, usual_gap_us, formats, unresolved)",
        on_damage, whose);
}
