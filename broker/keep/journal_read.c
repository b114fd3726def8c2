/* journal_read.c - the journal's readers: a block by its number, by a number in it, and what came with it.
 *
 *     row ──check──> zstd frame ──> Block ──> page     one at a time, kept until the next one is asked for */
#include "keep/journal.h"

#include <stdlib.h>
#include <zstd.h>

#include "base/log.h"
#include "keep/journal_row.h"
#include "record.h"

enum { BODY_MAX = 1024 * 1024 * 1024, ARENA_KEEP = 4 * 1024 * 1024 };

enum { READ_BLOCK, FIRST_SEQ, READ_RAW, READER_TELL, LOST_BEFORE, READER_STATEMENTS };
static const char *const reader_sql[READER_STATEMENTS] = {
    [READ_BLOCK] = LB_JOURNAL_ROW_SQL " WHERE block >= ?1 ORDER BY block LIMIT 1",
    [FIRST_SEQ] = "SELECT last_seq, block FROM journal WHERE block >= ?1 ORDER BY block LIMIT 1",
    [READ_RAW] = "SELECT body FROM raw WHERE first_message = ?1",
    [READER_TELL] = LB_JOURNAL_TELL_SQL,
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
    return lb_journal_row_tell(reader->store, reader->statements[READER_TELL], head);
}

/* What a long turn needed is given back. */
static void start_again(lb_arena *arena)
{
    if (arena->total > ARENA_KEEP)
        lb_arena_fini(arena);
    lb_arena_reset(arena);
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

    lb_err err = lb_journal_row_read(read, &row);
    if (err == LB_OK)
        err = decompress(reader->zstd, &reader->arena, row.body, &plain);
    if (err == LB_OK)
        err = lb_record_unpack_lent(&lb_record_block, plain, &reader->arena, &page->body);
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
    start_again(&reader->arena);
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

    start_again(&reader->raw_arena);
    lb_bind_int(read, 1, first_message);
    int rc = sqlite3_step(read);
    if (rc == SQLITE_ROW) {
        err = decompress(reader->zstd, &reader->raw_arena, lb_column_blob(read, 0), &plain);
        if (err == LB_OK)
            err = lb_record_unpack_lent(&lb_record_raw_block, plain, &reader->raw_arena, raw);
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

/* -- raw messages of no block ------------------------------------------------------------------- */

static const char ORPHANS[] = "SELECT first_message FROM raw WHERE first_message NOT IN"
                              " (SELECT first_message FROM journal) ORDER BY first_message";

lb_err lb_journal_tell_orphans(lb_journal_reader *reader, lb_on_damage *on_damage, void *whose)
{
    return lb_store_tell_damage(reader->store, "raw", ORPHANS, on_damage, whose);
}
