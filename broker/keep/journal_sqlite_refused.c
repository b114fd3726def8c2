/* journal_sqlite_refused.c - quarantine in the journal's SQLite file.
 *
 *     quarantine        id | token | source message_id | received_us | format | error offset text
 *                          | state | raw | check
 *     quarantine_owner  id | owner bytes       while it is WAITING
 *
 * Rows of quarantine are never deleted, since the same bytes must get the same refusal again. */
#include "keep/journal_sqlite.h"

#include <stdlib.h>

/* The columns that the check of a row covers: all others. */
#define CHECKED \
    "id, token, source, message_id, received_us, format, error, offset, text, state, raw"
/* Columns in the order in which read_refusal reads them. */
#define COLUMNS                                                                                \
    "SELECT q.id, token, source, message_id, received_us, format, error, offset, text, state," \
    " length(raw), owner, bytes, "
#define TABLES " FROM quarantine q LEFT JOIN quarantine_owner o ON o.id = q.id "

enum { PUT, OWN, DISOWN, MOVE, EACH, RECALL, SHOW, LIST, LIST_ALL, WAITING, STATEMENTS };
static const char *const sql[STATEMENTS] = {
    [PUT] =
        "INSERT INTO quarantine (id, token, source, message_id, received_us, format, error,"
        " offset, text, state, raw, \"check\") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, ?10,"
        " check_of(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, ?10))",
    [OWN] = "INSERT INTO quarantine_owner (id, owner, bytes) VALUES (?1, ?2, ?3)",
    [DISOWN] = "DELETE FROM quarantine_owner WHERE id = ?1",
    [MOVE] = "UPDATE quarantine SET state = ?2, \"check\" = check_of(id, token, source, message_id,"
             " received_us, format, error, offset, text, ?2, raw) WHERE id = ?1 AND state = 0",
    [EACH] = "SELECT q.id, token, state, owner, bytes" TABLES "ORDER BY q.id DESC",
    [RECALL] = COLUMNS "raw" TABLES "WHERE token = ?1 AND raw = ?2 ORDER BY q.id LIMIT 1",
    [SHOW] = COLUMNS "raw" TABLES "WHERE q.id = ?1",
    [LIST] = COLUMNS "NULL" TABLES "WHERE state = 0 ORDER BY q.id LIMIT ?1",
    [LIST_ALL] = COLUMNS "NULL" TABLES "ORDER BY q.id LIMIT ?1",
    [WAITING] = "SELECT count(*) FROM quarantine WHERE state = 0 AND (?1 = '' OR source = ?1)",
};

struct lb_refused_table {
    lb_store *store;
    sqlite3_stmt *statements[STATEMENTS];
};

lb_err lb_refused_table_open(lb_refused_table **out, lb_store *store)
{
    lb_refused_table *table = calloc(1, sizeof *table);

    if (table == NULL)
        return LB_ERR_NO_MEMORY;
    table->store = store;
    lb_err err = lb_store_prepare(store, sql, STATEMENTS, table->statements);
    *out = table;
    if (err != LB_OK)
        lb_refused_table_close(out);
    return err;
}

void lb_refused_table_close(lb_refused_table **table)
{
    if (*table == NULL)
        return;
    lb_store_finalize((*table)->statements, STATEMENTS);
    free(*table);
    *table = NULL;
}

/* -- writing ----------------------------------------------------------------------------------- */

static lb_err put_owner(lb_refused_table *table, const lb_refused *refusal)
{
    sqlite3_stmt *own = table->statements[OWN];

    lb_bind_int(own, 1, refusal->id);
    lb_bind_text(own, 2, refusal->owner);
    lb_bind_int(own, 3, refusal->owned);
    return lb_store_step(table->store, own, "quarantine.own");
}

static lb_err put(lb_refused_table *table, const lb_refused *refusal)
{
    sqlite3_stmt *put = table->statements[PUT];

    lb_bind_int(put, 1, refusal->id);
    lb_bind_blob(put, 2, refusal->token);
    lb_bind_text(put, 3, refusal->source);
    lb_bind_text(put, 4, refusal->message_id);
    lb_bind_int(put, 5, refusal->received_us);
    lb_bind_text(put, 6, refusal->format);
    lb_bind_text(put, 7, refusal->error);
    lb_bind_int(put, 8, refusal->offset);
    lb_bind_text(put, 9, refusal->text);
    lb_bind_blob(put, 10, refusal->raw);
    lb_err err = lb_store_step(table->store, put, "quarantine.put");
    return err == LB_OK ? put_owner(table, refusal) : err;
}

static lb_err move(lb_refused_table *table, const lb_refused_move *one)
{
    sqlite3_stmt *move = table->statements[MOVE], *disown = table->statements[DISOWN];

    lb_bind_int(move, 1, one->id);
    lb_bind_int(move, 2, one->to);
    lb_err err = lb_store_step(table->store, move, "quarantine.move");
    lb_bind_int(disown, 1, one->id);
    return err == LB_OK ? lb_store_step(table->store, disown, "quarantine.disown") : err;
}

lb_err lb_refused_table_write(lb_refused_table *table, const lb_append *append)
{
    lb_err err = LB_OK;

    for (size_t i = 0; err == LB_OK && i < append->refused.count; i++)
        err = put(table, &append->refused.at[i]);
    for (size_t i = 0; err == LB_OK && i < append->moves.count; i++)
        err = move(table, &append->moves.at[i]);
    return err;
}

/* -- reading ----------------------------------------------------------------------------------- */

static lb_refused_state state_of(int64_t state)
{
    return state < 0 || state >= LB_REFUSED_STATES ? LB_REFUSED_STATES : (lb_refused_state)state;
}

static void read_refusal(sqlite3_stmt *read, lb_refused *refusal)
{
    *refusal = (lb_refused){.id = sqlite3_column_int64(read, 0),
                            .token = lb_column_blob(read, 1),
                            .source = lb_column_text(read, 2),
                            .message_id = lb_column_text(read, 3),
                            .received_us = sqlite3_column_int64(read, 4),
                            .format = lb_column_text(read, 5),
                            .error = lb_column_text(read, 6),
                            .offset = lb_column_int(read, 7),
                            .text = lb_column_text(read, 8),
                            .state = state_of(sqlite3_column_int64(read, 9)),
                            .size = sqlite3_column_int64(read, 10),
                            .owner = lb_column_text(read, 11),
                            .owned = lb_column_int(read, 12),
                            .raw = lb_column_blob(read, 13)};
}

/* Calls `on` for each row; resets the statement. */
static lb_err hand_out(lb_refused_table *table, sqlite3_stmt *read, lb_on_refused *on, void *whose,
                       size_t *count)
{
    lb_err err = LB_OK;
    int rc = SQLITE_DONE;
    lb_refused refusal;

    for (*count = 0; err == LB_OK && (rc = sqlite3_step(read)) == SQLITE_ROW; (*count)++) {
        read_refusal(read, &refusal);
        err = on(whose, &refusal);
    }
    if (err == LB_OK)
        err = lb_store_err(table->store, rc, "quarantine.read");
    sqlite3_reset(read);
    return err;
}

static lb_err hand_out_one(lb_refused_table *table, sqlite3_stmt *read, lb_on_refused *on,
                           void *whose)
{
    size_t count;

    lb_err err = hand_out(table, read, on, whose, &count);
    return err == LB_OK && count == 0 ? LB_ERR_NOT_FOUND : err;
}

lb_err lb_refused_table_each(lb_refused_table *table, lb_on_refused *on, void *whose)
{
    sqlite3_stmt *each = table->statements[EACH];
    lb_err err = LB_OK;
    int rc = SQLITE_DONE;

    while (err == LB_OK && (rc = sqlite3_step(each)) == SQLITE_ROW)
        err = on(whose, &(lb_refused){.id = sqlite3_column_int64(each, 0),
                                      .token = lb_column_blob(each, 1),
                                      .state = state_of(sqlite3_column_int64(each, 2)),
                                      .owner = lb_column_text(each, 3),
                                      .owned = lb_column_int(each, 4)});
    if (err == LB_OK)
        err = lb_store_err(table->store, rc, "quarantine.scan");
    sqlite3_reset(each);
    return err;
}

lb_err lb_refused_table_recall(lb_refused_table *table, lb_span token, lb_span raw,
                               lb_on_refused *on, void *whose)
{
    sqlite3_stmt *recall = table->statements[RECALL];

    lb_bind_blob(recall, 1, token);
    lb_bind_blob(recall, 2, raw);
    return hand_out_one(table, recall, on, whose);
}

lb_err lb_refused_table_show(lb_refused_table *table, int64_t id, lb_on_refused *on, void *whose)
{
    sqlite3_stmt *show = table->statements[SHOW];

    lb_bind_int(show, 1, id);
    return hand_out_one(table, show, on, whose);
}

lb_err lb_refused_table_list(lb_refused_table *table, const lb_refused_choice *choice,
                             lb_on_refused *on, void *whose)
{
    sqlite3_stmt *list = table->statements[choice->has_all ? LIST_ALL : LIST];
    size_t count;

    if (choice->id != LB_UNKNOWN)
        return lb_refused_table_show(table, choice->id, on, whose);
    lb_bind_int(list, 1, choice->most);
    return hand_out(table, list, on, whose, &count);
}

lb_err lb_refused_table_waiting(lb_refused_table *table, lb_span source, int64_t *count)
{
    sqlite3_stmt *waiting = table->statements[WAITING];

    lb_bind_text(waiting, 1, source);
    int rc = sqlite3_step(waiting);
    if (rc == SQLITE_ROW)
        *count = sqlite3_column_int64(waiting, 0);
    sqlite3_reset(waiting);
    return lb_store_err(table->store, rc, "quarantine.number");
}

/* -- repair and verification ------------------------------------------------------------------- */

const char lb_refused_take_in[] =
    "INSERT INTO quarantine SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12"
    " WHERE ?12 = check_of(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
    " OR (?12 IS NULL AND typeof(?11) = 'blob')"
    " ON CONFLICT (id) DO UPDATE SET state = excluded.state, \"check\" = excluded.\"check\""
    " WHERE excluded.state > state";

lb_err lb_refused_table_verify(lb_store *store, lb_on_damage *on_damage, void *whose)
{
    return lb_store_tell_damage(store, "quarantine",
                                "SELECT id FROM quarantine WHERE \"check\" <> check_of(" CHECKED
                                ") ORDER BY id",
                                on_damage, whose);
}
