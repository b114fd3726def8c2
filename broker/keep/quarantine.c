/* quarantine.c - messages that could not be read, kept until a person decides.
 *
 *     id | token | source message_id | received_us | format | error offset text | state | raw
 *
 * Written in the transaction of the turn, so a refusal that names a quarantine id is as much a promise
 * as a receipt. A row is never deleted: the same bytes again get the same refusal. */
#include "keep/quarantine.h"

#include <stdlib.h>

#include "base/bloom.h"

enum { WAITING, RELEASED, DROPPED, STATES };
static const lb_quarantine_state shown_states[STATES] = {
    [WAITING] = LB_QUARANTINE_WAITING,
    [RELEASED] = LB_QUARANTINE_RELEASED,
    [DROPPED] = LB_QUARANTINE_DROPPED,
};
enum { LIST_LIMIT = 100 };

/* -- the writer --------------------------------------------------------------------------------- */

/* What the check of a row stands for: everything in it. */
#define CHECKED \
    "id, token, source, message_id, received_us, format, error, offset, text, state, raw"

enum { PUT, OWN, DISOWN, MOVE, TAKE, RECALL, SCAN, LAST, COUNT_OWNED, WRITER_STATEMENTS };
static const char *const writer_sql[WRITER_STATEMENTS] = {
    [PUT] =
        "INSERT INTO quarantine (id, token, source, message_id, received_us, format, error,"
        " offset, text, state, raw, \"check\") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, ?10,"
        " check_of(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, ?10))",
    [OWN] = "INSERT INTO quarantine_owner (id, owner, bytes) VALUES (?1, ?2, ?3)",
    [DISOWN] = "DELETE FROM quarantine_owner WHERE id = ?1 RETURNING owner, bytes",
    [MOVE] = "UPDATE quarantine SET state = ?2, \"check\" = check_of(id, token, source, message_id,"
             " received_us, format, error, offset, text, ?2, raw) WHERE id = ?1 AND state = 0",
    [TAKE] = "SELECT token, source, message_id, received_us, format, raw, state"
             " FROM quarantine WHERE id = ?1",
    [RECALL] =
        "SELECT id, error, offset, text FROM quarantine WHERE token = ?1 AND raw = ?2 ORDER BY id",
    [SCAN] = "SELECT token FROM quarantine",
    [LAST] = "SELECT coalesce(max(id), 0) FROM quarantine",
    [COUNT_OWNED] = "SELECT owner, count(*), sum(bytes) FROM quarantine_owner GROUP BY owner",
};

typedef struct owned { /* of one owner, as it is on disk and as it is in this turn */
    char owner[LB_PARTY_NAME_MAX + 1];
    lb_quarantine_share kept, pending;
} owned;

typedef struct shelf { /* numbers that a failed commit takes back */
    int64_t last_id;
    int64_t waiting;
} shelf;

struct lb_quarantine {
    lb_store *store;
    sqlite3_stmt *statements[WRITER_STATEMENTS];
    lb_bloom *filter; /* of the tokens: most messages were never refused */
    lb_quarantine_limits limits;
    shelf kept, pending;
    owned *shares;
    size_t share_count, share_room;
};

/* -- shares -------------------------------------------------------------------------------------- */

static owned *find_share(const lb_quarantine *quarantine, lb_span owner)
{
    for (size_t i = 0; i < quarantine->share_count; i++)
        if (lb_span_is(owner, quarantine->shares[i].owner))
            return &quarantine->shares[i];
    return NULL;
}

/* Finds or makes; good until the next call. NULL: no memory. */
static owned *need_share(lb_quarantine *quarantine, lb_span owner)
{
    owned *share = find_share(quarantine, owner);

    if (share != NULL)
        return share;
    if (quarantine->share_count == quarantine->share_room) {
        size_t room = quarantine->share_room == 0 ? 16 : quarantine->share_room * 2;
        owned *wider = realloc(quarantine->shares, room * sizeof *wider);
        if (wider == NULL)
            return NULL;
        quarantine->shares = wider;
        quarantine->share_room = room;
    }
    share = &quarantine->shares[quarantine->share_count++];
    *share = (owned){.owner = ""};
    memcpy(share->owner, owner.at, owner.len < LB_PARTY_NAME_MAX ? owner.len : LB_PARTY_NAME_MAX);
    return share;
}

lb_quarantine_share lb_quarantine_of(const lb_quarantine *quarantine, lb_span owner)
{
    static const lb_quarantine_share nothing;
    const owned *share = find_share(quarantine, owner);

    return share == NULL ? nothing : share->kept;
}

lb_quarantine_share lb_quarantine_most(const lb_quarantine *quarantine, lb_span owner)
{
    return lb_span_is(owner, "local") ? quarantine->limits.local : quarantine->limits.party;
}

static void change_share(owned *share, int64_t rows, int64_t bytes)
{
    share->pending.rows += rows;
    share->pending.bytes += bytes;
}

static lb_err read_number(lb_store *store, sqlite3_stmt *statement, int64_t *number)
{
    int rc = sqlite3_step(statement);

    if (rc == SQLITE_ROW)
        *number = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return lb_store_err(store, rc, "quarantine.number");
}

static lb_err read_shares(lb_quarantine *quarantine)
{
    sqlite3_stmt *count = quarantine->statements[COUNT_OWNED];
    int rc;

    while ((rc = sqlite3_step(count)) == SQLITE_ROW) {
        owned *share = need_share(quarantine, lb_column_text(count, 0));
        if (share == NULL) {
            sqlite3_reset(count);
            return LB_ERR_NO_MEMORY;
        }
        share->kept = share->pending =
            (lb_quarantine_share){sqlite3_column_int64(count, 1), sqlite3_column_int64(count, 2)};
        quarantine->kept.waiting += share->kept.rows;
    }
    sqlite3_reset(count);
    return lb_store_err(quarantine->store, rc, "quarantine.shares");
}

static lb_err fill_filter(lb_quarantine *quarantine)
{
    sqlite3_stmt *scan = quarantine->statements[SCAN];
    int rc;

    lb_err err = lb_bloom_open(&quarantine->filter, (size_t)quarantine->kept.last_id * 2);
    if (err != LB_OK)
        return err;
    while ((rc = sqlite3_step(scan)) == SQLITE_ROW) {
        lb_span token = lb_column_blob(scan, 0);
        if (token.len == LB_TOKEN_BYTES)
            lb_bloom_add(quarantine->filter, (const uint8_t *)token.at);
    }
    sqlite3_reset(scan);
    return lb_store_err(quarantine->store, rc, "quarantine.scan");
}

lb_err lb_quarantine_open(lb_quarantine **out, lb_store *store, const lb_quarantine_limits *limits)
{
    lb_quarantine *quarantine = calloc(1, sizeof *quarantine);
    if (quarantine == NULL)
        return LB_ERR_NO_MEMORY;
    quarantine->store = store;
    quarantine->limits = *limits;

    sqlite3_stmt **statements = quarantine->statements;
    lb_err err = lb_store_prepare(store, writer_sql, WRITER_STATEMENTS, statements);
    if (err == LB_OK)
        err = read_number(store, statements[LAST], &quarantine->kept.last_id);
    if (err == LB_OK)
        err = read_shares(quarantine);
    if (err == LB_OK)
        err = fill_filter(quarantine);
    quarantine->pending = quarantine->kept;
    if (err != LB_OK)
        lb_quarantine_close(&quarantine);
    else
        *out = quarantine;
    return err;
}

void lb_quarantine_close(lb_quarantine **quarantine)
{
    if (*quarantine == NULL)
        return;
    lb_store_finalize((*quarantine)->statements, WRITER_STATEMENTS);
    lb_bloom_close(&(*quarantine)->filter);
    free((*quarantine)->shares);
    free(*quarantine);
    *quarantine = NULL;
}

int64_t lb_quarantine_waiting(const lb_quarantine *quarantine)
{
    return quarantine->kept.waiting;
}

static lb_err err_of(lb_span name)
{
    char text[32] = {0};

    memcpy(text, name.at, name.len < sizeof text ? name.len : sizeof text - 1);
    return lb_err_from_name(text);
}

lb_err lb_quarantine_recall(lb_quarantine *quarantine, lb_item *item, lb_arena *arena)
{
    sqlite3_stmt *recall = quarantine->statements[RECALL];
    lb_err err = LB_ERR_NOT_FOUND;

    if (quarantine->kept.last_id == 0 || !lb_bloom_may_have(quarantine->filter, item->token))
        return err;
    lb_bind_blob(recall, 1, (lb_span){(const char *)item->token, LB_TOKEN_BYTES});
    lb_bind_blob(recall, 2, item->message->body);
    int rc = sqlite3_step(recall);
    if (rc == SQLITE_ROW) {
        item->quarantine_id = sqlite3_column_int64(recall, 0);
        lb_item_refuse(item, LB_ITEM_KNOWN, err_of(lb_column_text(recall, 1)),
                       lb_column_int(recall, 2), lb_arena_copy(arena, lb_column_text(recall, 3)));
        err = LB_OK;
    } else if (rc != SQLITE_DONE) {
        err = lb_store_err(quarantine->store, rc, "quarantine.recall");
    }
    sqlite3_reset(recall);
    return err;
}

static lb_err put_row(lb_quarantine *quarantine, const lb_batch *batch, const lb_item *item)
{
    sqlite3_stmt *put = quarantine->statements[PUT];
    const char *format = item->adapter == NULL ? "" : item->adapter->name;

    lb_bind_int(put, 1, quarantine->pending.last_id + 1);
    lb_bind_blob(put, 2, (lb_span){(const char *)item->token, LB_TOKEN_BYTES});
    lb_bind_text(put, 3, batch->frames[item->frame].submit.source);
    lb_bind_text(put, 4, item->message->message_id);
    lb_bind_int(put, 5, item->received_us);
    lb_bind_text(put, 6, lb_span_of(format));
    lb_bind_text(put, 7, lb_span_of(lb_err_name(item->error)));
    lb_bind_int(put, 8, item->offset);
    lb_bind_text(put, 9, item->text);
    lb_bind_blob(put, 10, item->message->body);
    return lb_store_step(quarantine->store, put, "quarantine.put");
}

static lb_err put_owner(lb_quarantine *quarantine, int64_t id, lb_span owner, int64_t bytes)
{
    sqlite3_stmt *own = quarantine->statements[OWN];

    lb_bind_int(own, 1, id);
    lb_bind_text(own, 2, owner);
    lb_bind_int(own, 3, bytes);
    return lb_store_step(quarantine->store, own, "quarantine.own");
}

static lb_err put(lb_quarantine *quarantine, const lb_batch *batch, lb_item *item, owned *share)
{
    const lb_span owner = batch->frames[item->frame].owner;
    const int64_t bytes = (int64_t)item->message->body.len;

    lb_err err = put_row(quarantine, batch, item);
    if (err == LB_OK)
        err = put_owner(quarantine, quarantine->pending.last_id + 1, owner, bytes);
    if (err != LB_OK)
        return err;
    lb_bloom_add(quarantine->filter, item->token);
    item->quarantine_id = ++quarantine->pending.last_id;
    quarantine->pending.waiting++;
    change_share(share, 1, bytes);
    return LB_OK;
}

/* Refused as before, but not kept; says why behind what is wrong with the message. */
static void put_nowhere(lb_batch *batch, lb_item *item, const char *why)
{
    lb_span text = lb_arena_print(&batch->arena, "%.*s%s%s", LB_ARG(item->text),
                                  item->text.len > 0 ? "; " : "", why);

    item->stage = LB_ITEM_DENIED;
    if (text.len > 0)
        item->text = text;
}

static lb_err put_or_not(lb_quarantine *quarantine, lb_batch *batch, lb_item *item)
{
    const lb_span owner = batch->frames[item->frame].owner;
    const lb_quarantine_share most = lb_quarantine_most(quarantine, owner);
    const int64_t bytes = (int64_t)item->message->body.len;

    owned *share = need_share(quarantine, owner);
    if (share == NULL)
        return LB_ERR_NO_MEMORY;
    if (share->pending.rows >= most.rows || share->pending.bytes + bytes > most.bytes)
        put_nowhere(batch, item, "not kept in quarantine: the party's share is full");
    else if (quarantine->pending.waiting >= quarantine->limits.rows)
        put_nowhere(batch, item, "not kept in quarantine: it is full");
    else
        return put(quarantine, batch, item, share);
    return LB_OK;
}

/* It waits no more, so it fills nobody's share. */
static lb_err disown(lb_quarantine *quarantine, int64_t id)
{
    sqlite3_stmt *disown = quarantine->statements[DISOWN];

    lb_bind_int(disown, 1, id);
    int rc = sqlite3_step(disown);
    if (rc == SQLITE_ROW) {
        owned *share = find_share(quarantine, lb_column_text(disown, 0));
        if (share != NULL)
            change_share(share, -1, -sqlite3_column_int64(disown, 1));
        rc = sqlite3_step(disown);
    }
    lb_err err = lb_store_err(quarantine->store, rc, "quarantine.disown");
    sqlite3_reset(disown);
    return err;
}

static lb_err move(lb_quarantine *quarantine, int64_t id, int state)
{
    sqlite3_stmt *move = quarantine->statements[MOVE];

    lb_bind_int(move, 1, id);
    lb_bind_int(move, 2, state);
    lb_err err = lb_store_step(quarantine->store, move, "quarantine.move");
    if (err != LB_OK || sqlite3_changes(lb_store_db(quarantine->store)) != 1)
        return err;
    quarantine->pending.waiting--;
    return disown(quarantine, id);
}

lb_err lb_quarantine_append(lb_quarantine *quarantine, lb_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        lb_item *item = &batch->items[i];
        lb_err err = LB_OK;
        if (item->stage == LB_ITEM_UNREAD && item->releases != LB_UNKNOWN)
            item->stage = LB_ITEM_DENIED; /* goes on waiting in the row it has */
        else if (item->stage == LB_ITEM_UNREAD)
            err = put_or_not(quarantine, batch, item);
        else if (item->stage == LB_ITEM_READ && item->releases != LB_UNKNOWN)
            err = move(quarantine, item->releases, RELEASED);
        if (err != LB_OK)
            return err;
    }
    return LB_OK;
}

void lb_quarantine_settle(lb_quarantine *quarantine, bool is_kept)
{
    if (is_kept)
        quarantine->kept = quarantine->pending;
    else
        quarantine->pending = quarantine->kept;
    for (size_t i = 0; i < quarantine->share_count; i++) {
        owned *share = &quarantine->shares[i];
        if (is_kept)
            share->kept = share->pending;
        else
            share->pending = share->kept;
    }
}

static lb_err fill_submit(sqlite3_stmt *take, lb_arena *arena, lb_submit *submit)
{
    lb_message *message = lb_arena_zero(arena, sizeof *message);

    if (message == NULL)
        return LB_ERR_NO_MEMORY;
    submit->source = lb_arena_copy(arena, lb_column_text(take, 1));
    message->message_id = lb_arena_copy(arena, lb_column_text(take, 2));
    message->format = lb_arena_copy(arena, lb_column_text(take, 4));
    message->body = lb_arena_copy(arena, lb_column_blob(take, 5));
    submit->messages = (lb_message_list){message, 1, 1};
    return lb_arena_failed(arena) ? LB_ERR_NO_MEMORY : LB_OK;
}

lb_err lb_quarantine_take(lb_quarantine *quarantine, int64_t id, lb_arena *arena, lb_submit *submit,
                          uint8_t token[LB_TOKEN_BYTES], int64_t *received_us)
{
    sqlite3_stmt *take = quarantine->statements[TAKE];
    lb_err err = LB_ERR_NOT_FOUND;

    lb_bind_int(take, 1, id);
    int rc = sqlite3_step(take);
    if (rc == SQLITE_ROW) {
        lb_span key = lb_column_blob(take, 0);
        if (key.len != LB_TOKEN_BYTES)
            err = LB_ERR_CORRUPT;
        else if (sqlite3_column_int64(take, 6) != WAITING)
            err = LB_ERR_MISUSE;
        else
            err = fill_submit(take, arena, submit);
        if (err == LB_OK) {
            memcpy(token, key.at, LB_TOKEN_BYTES);
            *received_us = sqlite3_column_int64(take, 3);
        }
    } else if (rc != SQLITE_DONE) {
        err = lb_store_err(quarantine->store, rc, "quarantine.take");
    }
    sqlite3_reset(take);
    return err;
}

lb_err lb_quarantine_drop(lb_quarantine *quarantine, int64_t id)
{
    int64_t waiting = quarantine->kept.waiting;

    lb_err err = lb_store_begin(quarantine->store);
    if (err != LB_OK)
        return err;
    err = move(quarantine, id, DROPPED);
    if (err == LB_OK)
        err = lb_store_commit(quarantine->store);
    else
        lb_store_rollback(quarantine->store);
    lb_quarantine_settle(quarantine, err == LB_OK);
    if (err == LB_OK && quarantine->kept.waiting == waiting)
        err = LB_ERR_NOT_FOUND;
    return err;
}

/* -- the readers --------------------------------------------------------------------------------- */

#define COLUMNS "SELECT id, source, received_us, format, error, offset, text, length(raw), state, "
enum { LIST_WAITING, LIST_ALL, SHOW, COUNT_OF, READER_STATEMENTS };
static const char *const reader_sql[READER_STATEMENTS] = {
    [LIST_WAITING] = COLUMNS "NULL FROM quarantine WHERE state = 0 ORDER BY id LIMIT ?1",
    [LIST_ALL] = COLUMNS "NULL FROM quarantine ORDER BY id LIMIT ?1",
    [SHOW] = COLUMNS "raw FROM quarantine WHERE id = ?1",
    [COUNT_OF] = "SELECT count(*) FROM quarantine WHERE state = 0 AND (?1 = '' OR source = ?1)",
};

struct lb_quarantine_reader {
    lb_store *store;
    sqlite3_stmt *statements[READER_STATEMENTS];
};

lb_err lb_quarantine_reader_open(lb_quarantine_reader **out, const char *path)
{
    lb_quarantine_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL)
        return LB_ERR_NO_MEMORY;

    lb_err err = lb_store_open(&reader->store, path, LB_STORE_JOURNAL, LB_STORE_READ);
    if (err == LB_OK)
        err = lb_store_prepare(reader->store, reader_sql, READER_STATEMENTS, reader->statements);
    if (err != LB_OK)
        lb_quarantine_reader_close(&reader);
    else
        *out = reader;
    return err;
}

void lb_quarantine_reader_close(lb_quarantine_reader **reader)
{
    if (*reader == NULL)
        return;
    lb_store_finalize((*reader)->statements, READER_STATEMENTS);
    lb_store_close(&(*reader)->store);
    free(*reader);
    *reader = NULL;
}

static void fill_row(sqlite3_stmt *read, lb_arena *arena, lb_quarantined *row)
{
    int64_t state = sqlite3_column_int64(read, 8);

    row->id = sqlite3_column_int64(read, 0);
    row->source = lb_arena_copy(arena, lb_column_text(read, 1));
    row->received_us = sqlite3_column_int64(read, 2);
    row->format = lb_arena_copy(arena, lb_column_text(read, 3));
    row->error = lb_arena_copy(arena, lb_column_text(read, 4));
    row->offset = lb_column_int(read, 5);
    row->text = lb_arena_copy(arena, lb_column_text(read, 6));
    row->size = sqlite3_column_int64(read, 7);
    row->state = state >= 0 && state < STATES ? shown_states[state] : LB_QUARANTINE_UNSPECIFIED;
    row->body = lb_arena_copy(arena, lb_column_blob(read, 9));
}

static lb_err read_rows(lb_quarantine_reader *reader, sqlite3_stmt *read, lb_arena *arena,
                        lb_quarantined_list *list)
{
    int rc;

    while ((rc = sqlite3_step(read)) == SQLITE_ROW) {
        if (!lb_arena_grow(arena, list, sizeof *list->at)) {
            sqlite3_reset(read);
            return LB_ERR_NO_MEMORY;
        }
        fill_row(read, arena, &list->at[list->count++]);
    }
    lb_err err = lb_store_err(reader->store, rc, "quarantine.answer");
    sqlite3_reset(read);
    return err == LB_OK && lb_arena_failed(arena) ? LB_ERR_NO_MEMORY : err;
}

lb_err lb_quarantine_list(lb_quarantine_reader *reader, const lb_quarantine_list_query *query,
                          lb_arena *arena, lb_quarantined_list *list)
{
    sqlite3_stmt *read = reader->statements[query->all ? LIST_ALL : LIST_WAITING];

    lb_bind_int(read, 1, query->limit == LB_UNKNOWN ? LIST_LIMIT : query->limit);
    return read_rows(reader, read, arena, list);
}

lb_err lb_quarantine_show(lb_quarantine_reader *reader, int64_t id, lb_arena *arena,
                          lb_quarantined_list *list)
{
    lb_bind_int(reader->statements[SHOW], 1, id);
    lb_err err = read_rows(reader, reader->statements[SHOW], arena, list);
    return err == LB_OK && list->count == 0 ? LB_ERR_NOT_FOUND : err;
}

lb_err lb_quarantine_count(lb_quarantine_reader *reader, lb_span source, int64_t *waiting)
{
    sqlite3_stmt *count = reader->statements[COUNT_OF];

    lb_bind_text(count, 1, source);
    return read_number(reader->store, count, waiting);
}

const char lb_quarantine_take_in[] =
    "INSERT INTO quarantine SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12"
    " WHERE ?12 = check_of(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
    " OR (?12 IS NULL AND typeof(?11) = 'blob')"
    " ON CONFLICT (id) DO UPDATE SET state = excluded.state, \"check\" = excluded.\"check\""
    " WHERE excluded.state > state";

lb_err lb_quarantine_verify(lb_store *store, lb_on_damage *on_damage, void *whose)
{
    return lb_store_tell_damage(store, "quarantine",
                                "SELECT id FROM quarantine WHERE \"check\" <> check_of(" CHECKED
                                ") ORDER BY id",
                                on_damage, whose);
}
