/* journal.c - the hub's memory of what was said, in the order it was heard.
 *
 * Rows are added and never changed. `seq` is the only order that counts: clocks lie, seq does not.
 *
 *     journal   block | first_seq last_seq | first_message messages | recorded_us | check | body
 *     raw       first_message | body
 *
 * One row is one turn of the hub. Its body is a Block of journal.proto in a zstd frame: for each message
 * who said it, when it came, who read it, and its events. Packing a whole turn into one row is what
 * makes the synchronous path cheap: no row, no B-tree step and no varint header for each event.
 *
 * A hole in the numbers is a row too: one entry of kind LOST or SKIPPED and no events. Such a row is the only one that
 * is ever written again, when it is told what its messages became. `lost` has the blocks of these rows.
 *
 * Everything else (keys, tracks, capacity) can be thrown away and made again from here. */
#include "keep/journal.h"

#include <stdlib.h>
#include <zstd.h>

#include "base/log.h"
#include "base/point.h"
#include "keep/journal_row.h"
#include "record.h"

enum { LEVEL = 1, LOOK_BYTES = 64 * 1024 * 1024, BODY_MAX = 1024 * 1024 * 1024 };

#define SQL_ROW                                                                \
    "SELECT block, first_seq, last_seq, first_message, messages, recorded_us," \
    " \"check\", body FROM journal"
static const char SQL_TELL[] =
    "SELECT last_seq, block, first_message + messages - 1, recorded_us FROM journal"
    " ORDER BY block DESC LIMIT 1";

static lb_err read_head(lb_store *store, sqlite3_stmt *tell, lb_journal_head *head)
{
    int rc = sqlite3_step(tell);

    *head = (lb_journal_head){0};
    if (rc == SQLITE_ROW)
        *head = (lb_journal_head){.seq = sqlite3_column_int64(tell, 0),
                                  .block = sqlite3_column_int64(tell, 1),
                                  .messages = sqlite3_column_int64(tell, 2),
                                  .recorded_us = sqlite3_column_int64(tell, 3)};
    sqlite3_reset(tell);
    return lb_store_err(store, rc, "journal.tell");
}

/* -- the writer -------------------------------------------------------------------------------- */

static const char SQL_APPEND[] =
    "INSERT INTO journal (block, first_seq, last_seq, first_message, messages,"
    " recorded_us, \"check\", body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
enum {
    APPEND,
    APPEND_RAW,
    APPEND_LOST,
    WRITER_TELL,
    DROP,
    DROP_RAW,
    DROP_LOST,
    FIND_LOST,
    REWRITE,
    WRITER_STATEMENTS
};
static const char *const writer_sql[WRITER_STATEMENTS] = {
    [APPEND] = SQL_APPEND,
    [APPEND_RAW] = "INSERT INTO raw (first_message, body) VALUES (?1, ?2)",
    [APPEND_LOST] = "INSERT INTO lost (block) VALUES (?1)",
    [WRITER_TELL] = SQL_TELL,
    [DROP] = "DELETE FROM journal WHERE block >= ?1",
    [DROP_RAW] = "DELETE FROM raw WHERE first_message >= ?1",
    [DROP_LOST] = "DELETE FROM lost WHERE block >= ?1",
    [FIND_LOST] = SQL_ROW " WHERE block IN (SELECT block FROM lost)"
                          " AND first_seq <= ?1 AND last_seq >= ?1",
    [REWRITE] = "UPDATE journal SET body = ?2, \"check\" = ?3 WHERE block = ?1",
};

struct lb_journal {
    lb_store *store;
    sqlite3_stmt *statements[WRITER_STATEMENTS];
    ZSTD_CCtx *zstd;
    lb_journal_head kept;    /* on disk                           */
    lb_journal_head pending; /* as `kept`, with the turn in hand  */
};

lb_err lb_journal_open(lb_journal **out, lb_store *store)
{
    lb_err err = LB_ERR_NO_MEMORY;

    lb_journal *journal = calloc(1, sizeof *journal);
    if (journal == NULL)
        return err;
    journal->store = store;
    journal->zstd = ZSTD_createCCtx();
    if (journal->zstd == NULL)
        goto out;
    ZSTD_CCtx_setParameter(journal->zstd, ZSTD_c_compressionLevel, LEVEL);
    ZSTD_CCtx_setParameter(journal->zstd, ZSTD_c_checksumFlag, 1);
    err = lb_store_prepare(store, writer_sql, WRITER_STATEMENTS, journal->statements);
    if (err == LB_OK)
        err = read_head(store, journal->statements[WRITER_TELL], &journal->kept);
    journal->pending = journal->kept;
out:
    if (err != LB_OK)
        lb_journal_close(&journal);
    else
        *out = journal;
    return err;
}

void lb_journal_close(lb_journal **journal)
{
    if (*journal == NULL)
        return;
    lb_store_finalize((*journal)->statements, WRITER_STATEMENTS);
    ZSTD_freeCCtx((*journal)->zstd);
    free(*journal);
    *journal = NULL;
}

lb_journal_head lb_journal_tell(const lb_journal *journal)
{
    return journal->kept;
}

lb_journal_head lb_journal_pending(const lb_journal *journal)
{
    return journal->pending;
}

void lb_journal_settle(lb_journal *journal, bool is_kept)
{
    if (is_kept)
        journal->kept = journal->pending;
    else
        journal->pending = journal->kept;
}

static lb_err compress(lb_journal *journal, lb_arena *arena, lb_span plain, lb_span *out)
{
    size_t room = ZSTD_compressBound(plain.len);
    char *at = lb_arena_alloc(arena, room);

    if (at == NULL)
        return LB_ERR_NO_MEMORY;
    size_t len = ZSTD_compress2(journal->zstd, at, room, plain.at, plain.len);
    if (ZSTD_isError(len))
        return LB_ERR_NO_MEMORY; /* the only way it can fail with room enough */
    *out = (lb_span){at, len};
    return LB_OK;
}

static void fill_entry(lb_entry *entry, const lb_batch *batch, const lb_item *item)
{
    *entry = (lb_entry){.kind = LB_ENTRY_UNSPECIFIED};
    entry->token = (lb_span){(const char *)item->token, LB_TOKEN_BYTES};
    entry->source = batch->frames[item->frame].submit.source;
    entry->message_id = item->message->message_id;
    entry->received_us = item->received_us;
    entry->adapter = lb_span_of(item->adapter->name);
    entry->adapter_revision = item->adapter->revision;
    entry->doubts = item->doubts;
    entry->events = item->events;
}

/* Numbers the events of the turn, and lays out what will be packed. */
static lb_err collect(lb_journal *journal, lb_batch *batch, lb_block *block, lb_raw_block *raw)
{
    size_t room = batch->count;
    int64_t next_seq = journal->kept.seq + 1;

    *block = (lb_block){0};
    *raw = (lb_raw_block){0};
    block->entries.at = lb_arena_alloc(&batch->arena, room * sizeof *block->entries.at);
    raw->bodies.at = lb_arena_alloc(&batch->arena, room * sizeof *raw->bodies.at);
    if (block->entries.at == NULL || raw->bodies.at == NULL)
        return LB_ERR_NO_MEMORY;

    for (size_t i = 0; i < batch->count; i++) {
        lb_item *item = &batch->items[i];
        if (item->stage != LB_ITEM_READ)
            continue;
        item->event_count = (int64_t)item->events.count;
        item->first_seq = item->events.count > 0 ? next_seq : LB_UNKNOWN;
        next_seq += item->event_count;
        fill_entry(&block->entries.at[block->entries.count++], batch, item);
        raw->bodies.at[raw->bodies.count++] = item->message->body;
    }
    block->entries.room = raw->bodies.room = room;
    journal->pending.seq = next_seq - 1;
    journal->pending.messages = journal->kept.messages + (int64_t)block->entries.count;
    return LB_OK;
}

static lb_err write_row(lb_journal *journal, const lb_journal_row *row)
{
    sqlite3_stmt *append = journal->statements[APPEND];
    uint8_t check[LB_CHECK_BYTES];

    lb_journal_row_check(row, check);
    lb_bind_int(append, 1, row->block);
    lb_bind_int(append, 2, row->first_seq);
    lb_bind_int(append, 3, row->last_seq);
    lb_bind_int(append, 4, row->first_message);
    lb_bind_int(append, 5, row->messages);
    lb_bind_int(append, 6, row->recorded_us);
    lb_bind_blob(append, 7, (lb_span){(const char *)check, sizeof check});
    lb_bind_blob(append, 8, row->body);
    return lb_store_step(journal->store, append, "journal.append");
}

static lb_err write_raw(lb_journal *journal, int64_t first_message, lb_span body)
{
    sqlite3_stmt *append = journal->statements[APPEND_RAW];

    lb_bind_int(append, 1, first_message);
    lb_bind_blob(append, 2, body);
    return lb_store_step(journal->store, append, "journal.append_raw");
}

static lb_err write_block(lb_journal *journal, lb_journal_row *row, const lb_block *block,
                          const lb_raw_block *raw, lb_arena *arena)
{
    lb_span plain, raw_plain, raw_body = LB_EMPTY;

    row->messages = (int64_t)block->entries.count;
    lb_err err = lb_record_pack(&lb_record_block, block, arena, &plain);
    if (err == LB_OK)
        err = lb_record_pack(&lb_record_raw_block, raw, arena, &raw_plain);
    if (err == LB_OK)
        err = compress(journal, arena, plain, &row->body);
    if (err == LB_OK)
        err = compress(journal, arena, raw_plain, &raw_body);
    if (err == LB_OK)
        err = write_row(journal, row);
    if (err == LB_OK && raw->bodies.count > 0) /* it may be thinned out */
        err = write_raw(journal, row->first_message, raw_body);
    return err;
}

lb_err lb_journal_append(lb_journal *journal, lb_batch *batch, int64_t recorded_us)
{
    lb_block block;
    lb_raw_block raw;
    lb_journal_row row = {.block = journal->kept.block + 1,
                          .first_seq = journal->kept.seq + 1,
                          .first_message = journal->kept.messages + 1,
                          .recorded_us = recorded_us};

    lb_err err = collect(journal, batch, &block, &raw);
    if (err != LB_OK || block.entries.count == 0)
        return err;
    journal->pending.block = row.block;
    journal->pending.recorded_us = recorded_us;
    row.last_seq = journal->pending.seq;
    err = write_block(journal, &row, &block, &raw, &batch->arena);
    lb_point("appended");
    return err;
}

/* -- holes: the writer ------------------------------------------------------------------------ */

lb_err lb_journal_append_lost(lb_journal *journal, lb_lost *lost, int64_t block, lb_arena *arena)
{
    int64_t messages = lost->messages == LB_UNKNOWN ? 0 : lost->messages;
    lb_journal_row row = {.block =
                              block > journal->pending.block ? block : journal->pending.block + 1,
                          .first_seq = journal->pending.seq + 1,
                          .last_seq = lost->to_seq,
                          .first_message = journal->pending.messages + 1,
                          .messages = messages,
                          .recorded_us = lost->found_us};

    if (row.last_seq < row.first_seq - 1)
        return LB_ERR_MISUSE;
    lost->from_seq = row.first_seq;
    lost->from_block = journal->pending.block + 1;
    lb_err err = lb_hole_pack(lost, arena, &row.body);
    if (err == LB_OK)
        err = write_row(journal, &row);
    lb_bind_int(journal->statements[APPEND_LOST], 1, row.block);
    if (err == LB_OK)
        err = lb_store_step(journal->store, journal->statements[APPEND_LOST], "journal.lost");
    if (err == LB_OK)
        journal->pending = (lb_journal_head){row.last_seq, row.block,
                                             row.first_message + messages - 1, lost->found_us};
    return err;
}

/* The messages of the page that stay: those before the first that has an event newer than until_seq. */
static size_t count_staying(const lb_page *page, int64_t until_seq, int64_t *last_seq)
{
    const lb_entry_list *entries = &page->body.entries;
    size_t count = 0;

    *last_seq = page->first_seq - 1;
    if (page->lost != NULL)
        return 0;
    while (count < entries->count &&
           *last_seq + (int64_t)entries->at[count].events.count <= until_seq)
        *last_seq += (int64_t)entries->at[count++].events.count;
    return count;
}

lb_err lb_journal_cut(lb_journal *journal, const lb_page *page, const lb_raw_block *raw,
                      int64_t until_seq, lb_arena *arena)
{
    lb_journal_row row = {.block = page->block,
                          .first_seq = page->first_seq,
                          .first_message = page->first_message,
                          .recorded_us = page->recorded_us};
    lb_block block = page->body;
    lb_raw_block bodies = *raw;

    block.entries.count = count_staying(page, until_seq, &row.last_seq);
    if (bodies.bodies.count > block.entries.count)
        bodies.bodies.count = block.entries.count;
    lb_bind_int(journal->statements[DROP], 1, page->block);
    lb_err err = lb_store_step(journal->store, journal->statements[DROP], "journal.cut");
    lb_bind_int(journal->statements[DROP_RAW], 1, page->first_message);
    if (err == LB_OK)
        err = lb_store_step(journal->store, journal->statements[DROP_RAW], "journal.cut_raw");
    lb_bind_int(journal->statements[DROP_LOST], 1, page->block);
    if (err == LB_OK)
        err = lb_store_step(journal->store, journal->statements[DROP_LOST], "journal.cut_lost");
    if (err == LB_OK && block.entries.count > 0)
        err = write_block(journal, &row, &block, &bodies, arena);
    journal->pending = (lb_journal_head){row.last_seq, page->block - (block.entries.count == 0),
                                         page->first_message + (int64_t)block.entries.count - 1,
                                         page->recorded_us};
    return err;
}

/* -- the readers ------------------------------------------------------------------------------- */

enum { READ_BLOCK, FIRST_SEQ, READ_RAW, READER_TELL, LOST_BEFORE, READER_STATEMENTS };
static const char *const reader_sql[READER_STATEMENTS] = {
    [READ_BLOCK] = SQL_ROW " WHERE block >= ?1 ORDER BY block LIMIT 1",
    [FIRST_SEQ] = "SELECT last_seq, block FROM journal WHERE block >= ?1 ORDER BY block LIMIT 1",
    [READ_RAW] = "SELECT body FROM raw WHERE first_message = ?1",
    [READER_TELL] = SQL_TELL,
    [LOST_BEFORE] = "SELECT max(block) FROM lost WHERE block < ?1",
};

struct lb_journal_reader {
    lb_store *store;
    sqlite3_stmt *statements[READER_STATEMENTS];
    ZSTD_DCtx *zstd;
    lb_arena arena;
    lb_arena raw_arena;
    lb_page page; /* block 0: none */
};

lb_err lb_journal_reader_open(lb_journal_reader **out, const char *path)
{
    lb_err err = LB_ERR_NO_MEMORY;

    lb_journal_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL)
        return err;
    lb_arena_init(&reader->arena, (size_t)3 * BODY_MAX);
    lb_arena_init(&reader->raw_arena, (size_t)3 * BODY_MAX);
    reader->zstd = ZSTD_createDCtx();
    if (reader->zstd == NULL)
        goto out;
    err = lb_store_open(&reader->store, path, LB_STORE_JOURNAL, LB_STORE_READ);
    if (err == LB_OK)
        err = lb_store_prepare(reader->store, reader_sql, READER_STATEMENTS, reader->statements);
out:
    if (err != LB_OK)
        lb_journal_reader_close(&reader);
    else
        *out = reader;
    return err;
}

void lb_journal_reader_close(lb_journal_reader **out)
{
    lb_journal_reader *reader = *out;

    if (reader == NULL)
        return;
    lb_store_finalize(reader->statements, READER_STATEMENTS);
    lb_store_close(&reader->store);
    ZSTD_freeDCtx(reader->zstd);
    lb_arena_fini(&reader->arena);
    lb_arena_fini(&reader->raw_arena);
    free(reader);
    *out = NULL;
}

lb_err lb_journal_reader_tell(lb_journal_reader *reader, lb_journal_head *head)
{
    return read_head(reader->store, reader->statements[READER_TELL], head);
}

static lb_err decompress(ZSTD_DCtx *zstd, lb_arena *arena, lb_span body, lb_span *plain)
{
    unsigned long long size = ZSTD_getFrameContentSize(body.at, body.len);

    if (size > BODY_MAX) /* unknown and error are huge too */
        return LB_ERR_CORRUPT;
    char *at = lb_arena_alloc(arena, (size_t)size + 1);
    if (at == NULL)
        return LB_ERR_NO_MEMORY;
    size_t len = ZSTD_decompressDCtx(zstd, at, (size_t)size, body.at, body.len);
    if (ZSTD_isError(len) || len != size)
        return LB_ERR_CORRUPT;
    *plain = (lb_span){at, len};
    return LB_OK;
}

/* A bit of a row's header can make a text of a blob, with the same bytes. */
static lb_err check_row(sqlite3_stmt *read, lb_journal_row *row)
{
    if (sqlite3_column_type(read, 6) != SQLITE_BLOB || sqlite3_column_type(read, 7) != SQLITE_BLOB)
        return LB_ERR_CORRUPT;
    row->block = sqlite3_column_int64(read, 0);
    row->first_seq = sqlite3_column_int64(read, 1);
    row->last_seq = sqlite3_column_int64(read, 2);
    row->first_message = sqlite3_column_int64(read, 3);
    row->messages = sqlite3_column_int64(read, 4);
    row->recorded_us = sqlite3_column_int64(read, 5);
    row->body = lb_column_blob(read, 7);
    return lb_journal_row_holds(row, lb_column_blob(read, 6)) ? LB_OK : LB_ERR_CORRUPT;
}

static int64_t count_events(const lb_block *block)
{
    int64_t count = 0;

    for (size_t i = 0; i < block->entries.count; i++)
        count += (int64_t)block->entries.at[i].events.count;
    return count;
}

static bool has_its_numbers(const lb_journal_row *row, const lb_block *block)
{
    const lb_lost *lost = lb_hole_of(block);

    if (lost != NULL)
        return lost->from_seq == row->first_seq && lost->to_seq == row->last_seq;
    return count_events(block) == row->last_seq - row->first_seq + 1 &&
           (int64_t)block->entries.count == row->messages;
}

static lb_err take_row(lb_journal_reader *reader, sqlite3_stmt *read)
{
    lb_page *page = &reader->page;
    lb_span plain;
    lb_journal_row row;

    lb_err err = check_row(read, &row);
    if (err == LB_OK)
        err = decompress(reader->zstd, &reader->arena, row.body, &plain);
    if (err == LB_OK)
        err = lb_record_unpack(&lb_record_block, plain, &reader->arena, &page->body);
    if (err == LB_ERR_GARBLED)
        err = LB_ERR_CORRUPT;
    if (err == LB_OK && !has_its_numbers(&row, &page->body))
        err = LB_ERR_CORRUPT;
    if (err != LB_OK)
        return err;
    page->block = row.block;
    page->first_seq = row.first_seq;
    page->last_seq = row.last_seq;
    page->first_message = row.first_message;
    page->last_message = row.first_message + row.messages - 1;
    page->recorded_us = row.recorded_us;
    page->lost = lb_hole_of(&page->body);
    return LB_OK;
}

lb_err lb_journal_read_block(lb_journal_reader *reader, int64_t block, const lb_page **page)
{
    sqlite3_stmt *read = reader->statements[READ_BLOCK];
    lb_err err = LB_ERR_NOT_FOUND;

    if (reader->page.block != 0 && reader->page.block == block) {
        *page = &reader->page;
        return LB_OK;
    }
    reader->page.block = 0;
    lb_arena_reset(&reader->arena);
    lb_bind_int(read, 1, block);
    int rc = sqlite3_step(read);
    if (rc == SQLITE_ROW)
        err = take_row(reader, read);
    else if (rc != SQLITE_DONE)
        err = lb_store_err(reader->store, rc, "journal.read_block");
    if (err == LB_ERR_CORRUPT)
        lb_log(LB_LOG_JRN_CORRUPT, "block=%lld", (long long)block);
    sqlite3_reset(read);
    if (err == LB_OK)
        *page = &reader->page;
    return err;
}

/* The last number of the block, or of the next one there is. */
static lb_err read_last_seq(lb_journal_reader *reader, int64_t block, int64_t *last_seq)
{
    sqlite3_stmt *read = reader->statements[FIRST_SEQ];

    lb_bind_int(read, 1, block);
    int rc = sqlite3_step(read);
    if (rc == SQLITE_ROW)
        *last_seq = sqlite3_column_int64(read, 0);
    sqlite3_reset(read);
    return rc == SQLITE_DONE ? LB_ERR_NOT_FOUND : lb_store_err(reader->store, rc, "journal.seek");
}

/* last_seq never falls from block to block, so the block is found by halving, without an index on the
 * hot path. */
lb_err lb_journal_find(lb_journal_reader *reader, int64_t seq, int64_t *block)
{
    lb_journal_head head;

    lb_err err = lb_journal_reader_tell(reader, &head);
    if (err == LB_OK && seq > head.seq)
        err = LB_ERR_NOT_FOUND;
    if (err != LB_OK)
        return err;

    int64_t low = 1, high = head.block;
    while (low < high) {
        int64_t middle = low + (high - low) / 2, last_seq = 0;
        err = read_last_seq(reader, middle, &last_seq);
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

lb_err lb_journal_read_seq(lb_journal_reader *reader, int64_t seq, const lb_page **page)
{
    const lb_page *now = &reader->page;
    int64_t block;

    if (now->block != 0 && seq >= now->first_seq && seq <= now->last_seq) {
        *page = now;
        return LB_OK;
    }
    if (now->block != 0 && seq == now->last_seq + 1) { /* reading on: mostly the next block */
        lb_err err = lb_journal_read_block(reader, now->block + 1, page);
        if (err != LB_OK || (*page)->last_seq >= seq)
            return err;
    }
    lb_err err = lb_journal_find(reader, seq, &block);
    return err == LB_OK ? lb_journal_read_block(reader, block, page) : err;
}

lb_err lb_journal_read_raw(lb_journal_reader *reader, int64_t first_message, lb_raw_block *raw)
{
    sqlite3_stmt *read = reader->statements[READ_RAW];
    lb_err err = LB_ERR_NOT_FOUND;
    lb_span plain;

    lb_arena_reset(&reader->raw_arena);
    lb_bind_int(read, 1, first_message);
    int rc = sqlite3_step(read);
    if (rc == SQLITE_ROW) {
        err = decompress(reader->zstd, &reader->raw_arena, lb_column_blob(read, 0), &plain);
        if (err == LB_OK)
            err = lb_record_unpack(&lb_record_raw_block, plain, &reader->raw_arena, raw);
        if (err == LB_ERR_GARBLED)
            err = LB_ERR_CORRUPT;
    } else if (rc != SQLITE_DONE) {
        err = lb_store_err(reader->store, rc, "journal.read_raw");
    }
    sqlite3_reset(read);
    return err;
}

/* The newest hole in a block below `block`. NOT_FOUND: there is none. */
static lb_err read_lost(lb_journal_reader *reader, int64_t block, const lb_page **page)
{
    sqlite3_stmt *before = reader->statements[LOST_BEFORE];
    int64_t found = LB_UNKNOWN;

    lb_bind_int(before, 1, block);
    int rc = sqlite3_step(before);
    if (rc == SQLITE_ROW)
        found = lb_column_int(before, 0);
    lb_err err = lb_store_err(reader->store, rc, "journal.lost");
    sqlite3_reset(before);
    if (err == LB_OK && found == LB_UNKNOWN)
        err = LB_ERR_NOT_FOUND;
    return err == LB_OK ? lb_journal_read_block(reader, found, page) : err;
}

lb_err lb_journal_list_lost(lb_journal_reader *reader, int64_t since_us, size_t most,
                            lb_arena *arena, lb_lost_list *list)
{
    int64_t block = INT64_MAX;
    const lb_page *page = NULL;
    lb_err err = LB_OK;

    *list = (lb_lost_list){NULL, 0, 0};
    while (list->count < most && (err = read_lost(reader, block, &page)) == LB_OK) {
        block = page->block;
        if (page->lost == NULL || page->lost->found_us < since_us)
            continue;
        if (!lb_arena_grow(arena, list, sizeof *list->at) ||
            lb_hole_copy(page->lost, arena, &list->at[list->count]) != LB_OK)
            return LB_ERR_NO_MEMORY;
        list->count++;
    }
    return err == LB_ERR_NOT_FOUND ? LB_OK : err;
}

lb_err lb_journal_read_past(lb_journal_reader *reader, int64_t block, const lb_page **page)
{
    lb_journal_head head;

    lb_err err = lb_journal_reader_tell(reader, &head);
    for (int64_t next = block + 1; err == LB_OK && next <= head.block; next++) {
        lb_err read = lb_journal_read_block(reader, next, page);
        if (read != LB_ERR_CORRUPT)
            return read;
    }
    return err == LB_OK ? LB_ERR_NOT_FOUND : err;
}

/* -- holes: what their messages became ------------------------------------------------------------ */

/* The row of the hole that has the number. */
static lb_err find_hole(lb_journal *journal, int64_t seq, lb_arena *arena, lb_journal_row *row,
                        lb_lost *lost)
{
    sqlite3_stmt *find = journal->statements[FIND_LOST];
    lb_err err = LB_ERR_MISUSE;

    lb_bind_int(find, 1, seq);
    int rc = sqlite3_step(find);
    if (rc == SQLITE_ROW)
        err = check_row(find, row);
    else if (rc != SQLITE_DONE)
        err = lb_store_err(journal->store, rc, "journal.find_lost");
    if (err == LB_OK)
        err = lb_hole_unpack(row->body, arena, lost);
    sqlite3_reset(find);
    return err;
}

static bool says_already(const lb_lost *lost, const lb_regained *regained)
{
    for (size_t i = 0; i < lost->regained.count; i++)
        if (lost->regained.at[i].lost_seq == regained->lost_seq)
            return true;
    return false;
}

lb_err lb_journal_regain(lb_journal *journal, const lb_regained *regained, lb_arena *arena)
{
    sqlite3_stmt *rewrite = journal->statements[REWRITE];
    uint8_t check[LB_CHECK_BYTES];
    lb_journal_row row;
    lb_lost lost;

    lb_err err = find_hole(journal, regained->lost_seq, arena, &row, &lost);
    if (err != LB_OK)
        return err;
    if (regained->events < 1 || regained->seq < 1 ||
        regained->seq + regained->events - 1 > journal->kept.seq ||
        regained->lost_seq + regained->events - 1 > lost.to_seq)
        return LB_ERR_MISUSE;
    if (says_already(&lost, regained))
        return LB_OK;
    if (!lb_arena_grow(arena, &lost.regained, sizeof *lost.regained.at))
        return LB_ERR_NO_MEMORY;
    lost.regained.at[lost.regained.count++] = *regained;
    err = lb_hole_pack(&lost, arena, &row.body);
    if (err != LB_OK)
        return err;
    lb_journal_row_check(&row, check);
    lb_bind_int(rewrite, 1, row.block);
    lb_bind_blob(rewrite, 2, row.body);
    lb_bind_blob(rewrite, 3, (lb_span){(const char *)check, sizeof check});
    return lb_store_step(journal->store, rewrite, "journal.regain");
}

/* -- looking ------------------------------------------------------------------------------------- */

/* Newest first. The bodies are read for their checks, so not more of them than a WAL can hold. */
static lb_err look_back(lb_store *store, sqlite3_stmt *read, int64_t rows)
{
    lb_journal_row row, next = {.block = 0};
    size_t bytes = 0;
    int rc = SQLITE_DONE;

    lb_bind_int(read, 1, rows);
    while (bytes < LOOK_BYTES && (rc = sqlite3_step(read)) == SQLITE_ROW) {
        if (check_row(read, &row) != LB_OK)
            return LB_ERR_CORRUPT;
        if (next.block != 0 && (next.first_seq != row.last_seq + 1 ||
                                next.first_message != row.first_message + row.messages))
            return LB_ERR_CORRUPT;
        bytes += row.body.len;
        next = row;
    }
    return lb_store_err(store, rc, "journal.look");
}

lb_err lb_journal_look(const char *path, int64_t rows, lb_journal_head *head)
{
    static const char *const sql[] = {SQL_TELL, SQL_ROW " ORDER BY block DESC LIMIT ?1"};
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
        err = read_head(store, statements[0], head);
    if (err == LB_OK)
        err = look_back(store, statements[1], rows);
    lb_store_finalize(statements, 2);
    lb_store_close(&store);
    return err;
}

/* -- verifying ----------------------------------------------------------------------------------- */

typedef struct walk {
    lb_journal_reader *reader;
    lb_on_damage *on_damage;
    void *whose;
    lb_journal_head at; /* what was walked through */
    bool is_damaged;
} walk;

static void tell_damage(walk *w, const char *table, int64_t row, int64_t first_seq,
                        int64_t last_seq)
{
    const lb_damage damage = {table, row, first_seq, last_seq};

    w->is_damaged = true;
    w->on_damage(w->whose, &damage);
}

/* Blocks `from` to `until` cannot be read, or are not there. */
static void tell_missing(walk *w, int64_t from, int64_t until, int64_t last_seq)
{
    for (int64_t block = from; block <= until; block++)
        tell_damage(w, "journal", block, w->at.seq + 1, last_seq);
}

static lb_err check_raw(walk *w, const lb_page *page)
{
    lb_raw_block raw = {{NULL, 0, 0}};

    if (page->lost != NULL)
        return LB_OK;
    lb_err err = lb_journal_read_raw(w->reader, page->first_message, &raw);
    if (err == LB_ERR_NOT_FOUND) /* it may be thinned out */
        return LB_OK;
    if (err == LB_ERR_CORRUPT || (err == LB_OK && raw.bodies.count != page->body.entries.count)) {
        tell_damage(w, "raw", page->first_message, page->first_seq, page->last_seq);
        return LB_OK;
    }
    return err; /* what cannot be read now is not damaged */
}

static lb_err take_block(walk *w, const lb_page *page)
{
    bool follows = page->first_seq == w->at.seq + 1 && page->first_message == w->at.messages + 1;

    int64_t from_block = page->lost == NULL ? page->block : page->lost->from_block;

    if (from_block != w->at.block + 1)
        tell_missing(w, w->at.block + 1, page->block - 1, page->first_seq - 1);
    else if (!follows)
        tell_damage(w, "journal", page->block, page->first_seq, page->last_seq);
    w->at = (lb_journal_head){page->last_seq, page->block, page->last_message, page->recorded_us};
    return check_raw(w, page);
}

/* Messages that came in no block: the row's number is wrong. */
static const char ORPHANS[] = "SELECT first_message FROM raw WHERE first_message NOT IN"
                              " (SELECT first_message FROM journal) ORDER BY first_message";

static void tell_orphan(void *whose, const lb_damage *damage)
{
    walk *w = whose;

    w->is_damaged = true;
    w->on_damage(w->whose, damage);
}

lb_err lb_journal_verify(lb_journal_reader *reader, lb_on_damage *on_damage, void *whose,
                         lb_journal_head *head)
{
    walk w = {.reader = reader, .on_damage = on_damage, .whose = whose};
    lb_journal_head last;
    const lb_page *page;

    lb_err err = lb_journal_reader_tell(reader, &last);
    while (err == LB_OK && w.at.block < last.block) {
        err = lb_journal_read_block(reader, w.at.block + 1, &page);
        if (err == LB_ERR_CORRUPT)
            err = lb_journal_read_past(reader, w.at.block + 1, &page);
        if (err == LB_OK)
            err = take_block(&w, page);
    }
    if (err == LB_ERR_NOT_FOUND) { /* nothing behind can be read */
        tell_missing(&w, w.at.block + 1, last.block, LB_UNKNOWN);
        err = LB_OK;
    }
    if (err == LB_OK)
        err = lb_store_tell_damage(reader->store, "raw", ORPHANS, tell_orphan, &w);
    *head = w.at;
    return err == LB_OK && w.is_damaged ? LB_ERR_CORRUPT : err;
}
