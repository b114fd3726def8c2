/* journal_read.c - readers of the journal: a block by its number or by the number of an event, and
 * its raw bytes.
 *
 *     row ──check──> zstd frame ──> Block ──> page     one page at a time */
#include "keep/journal.h"

#include <stdlib.h>
#include <zstd.h>

#include "base/log.h"
#include "keep/journal_row.h"
#include "record.h"

enum { BODY_MAX = 1024 * 1024 * 1024, ARENA_KEEP = 4 * 1024 * 1024 };

struct lb_journal_reader {
    const lb_journal_engine *engine;
    void *of; /* the engine's reader */
    ZSTD_DCtx *zstd;
    lb_arena arena;
    lb_arena raw_arena;
    lb_page page; /* block 0: none */
};

lb_err lb_journal_reader_open(lb_journal_reader **out, const lb_journal_place *place)
{
    lb_journal_reader *reader = calloc(1, sizeof *reader);

    if (reader == NULL)
        return LB_ERR_NO_MEMORY;
    reader->engine = place->engine;
    lb_arena_init(&reader->arena, (size_t)3 * BODY_MAX);
    lb_arena_init(&reader->raw_arena, (size_t)3 * BODY_MAX);
    reader->zstd = ZSTD_createDCtx();
    lb_err err = reader->zstd == NULL ? LB_ERR_NO_MEMORY
                                      : place->engine->reader_open(&reader->of, place->path);
    *out = reader;
    if (err != LB_OK)
        lb_journal_reader_close(out);
    return err;
}

void lb_journal_reader_close(lb_journal_reader **out)
{
    lb_journal_reader *reader = *out;

    if (reader == NULL)
        return;
    reader->engine->reader_close(&reader->of);
    ZSTD_freeDCtx(reader->zstd);
    lb_arena_fini(&reader->arena);
    lb_arena_fini(&reader->raw_arena);
    free(reader);
    *out = NULL;
}

lb_err lb_journal_reader_tell(lb_journal_reader *reader, lb_journal_head *head)
{
    return reader->engine->reader_head(reader->of, head);
}

/* Frees the memory of a long turn. */
static void start_again(lb_arena *arena)
{
    if (arena->total > ARENA_KEEP)
        lb_arena_fini(arena);
    lb_arena_reset(arena);
}

static lb_err decompress(ZSTD_DCtx *zstd, lb_arena *arena, lb_span body, lb_span *plain)
{
    unsigned long long size = ZSTD_getFrameContentSize(body.at, body.len);

    if (size > BODY_MAX) /* includes ZSTD_CONTENTSIZE_UNKNOWN and _ERROR */
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

static int64_t count_numbers(const lb_block *block)
{
    int64_t count = 0;

    for (size_t i = 0; i < block->entries.count; i++)
        count += lb_entry_numbers(&block->entries.at[i]);
    return count;
}

static int64_t count_messages(const lb_block *block)
{
    int64_t count = 0;

    for (size_t i = 0; i < block->entries.count; i++)
        count += lb_entry_is_message(&block->entries.at[i]);
    return count;
}

static bool has_its_numbers(const lb_journal_row *row, const lb_block *block)
{
    const lb_lost *lost = lb_hole_of(block);

    if (lost != NULL)
        return lost->from_seq == row->first_seq && lost->to_seq == row->last_seq;
    return count_numbers(block) == row->last_seq - row->first_seq + 1 &&
           count_messages(block) == row->messages;
}

static lb_err take_row(void *whose, const lb_journal_row *row)
{
    lb_journal_reader *reader = whose;
    lb_page *page = &reader->page;
    lb_span plain;

    lb_err err = decompress(reader->zstd, &reader->arena, row->body, &plain);
    if (err == LB_OK)
        err = lb_record_unpack_lent(&lb_record_block, plain, &reader->arena, &page->body);
    if (err == LB_ERR_GARBLED)
        err = LB_ERR_CORRUPT;
    if (err == LB_OK && !has_its_numbers(row, &page->body))
        err = LB_ERR_CORRUPT;
    if (err != LB_OK)
        return err;
    page->block = row->block;
    page->first_seq = row->first_seq;
    page->last_seq = row->last_seq;
    page->first_message = row->first_message;
    page->last_message = row->first_message + row->messages - 1;
    page->recorded_us = row->recorded_us;
    page->lost = lb_hole_of(&page->body);
    return LB_OK;
}

lb_err lb_journal_read_block(lb_journal_reader *reader, int64_t block, const lb_page **page)
{
    if (reader->page.block != 0 && reader->page.block == block) {
        *page = &reader->page;
        return LB_OK;
    }
    reader->page.block = 0;
    start_again(&reader->arena);
    lb_err err = reader->engine->read(reader->of, block, take_row, reader);
    if (err == LB_ERR_CORRUPT)
        lb_log(LB_LOG_JRN_CORRUPT, "block=%lld", (long long)block);
    if (err == LB_OK)
        *page = &reader->page;
    return err;
}

lb_err lb_journal_find(lb_journal_reader *reader, int64_t seq, int64_t *block)
{
    return reader->engine->find(reader->of, seq, block);
}

lb_err lb_journal_read_seq(lb_journal_reader *reader, int64_t seq, const lb_page **page)
{
    const lb_page *now = &reader->page;
    int64_t block;

    if (now->block != 0 && seq >= now->first_seq && seq <= now->last_seq) {
        *page = now;
        return LB_OK;
    }
    if (now->block != 0 &&
        seq == now->last_seq + 1) { /* sequential reading: usually the next block */
        lb_err err = lb_journal_read_block(reader, now->block + 1, page);
        if (err != LB_OK || (*page)->last_seq >= seq)
            return err;
    }
    lb_err err = lb_journal_find(reader, seq, &block);
    return err == LB_OK ? lb_journal_read_block(reader, block, page) : err;
}

typedef struct raw_taking {
    lb_journal_reader *reader;
    lb_raw_block *raw;
} raw_taking;

static lb_err take_raw(void *whose, lb_span body)
{
    raw_taking *taking = whose;
    lb_journal_reader *reader = taking->reader;
    lb_span plain;

    lb_err err = decompress(reader->zstd, &reader->raw_arena, body, &plain);
    if (err == LB_OK)
        err = lb_record_unpack_lent(&lb_record_raw_block, plain, &reader->raw_arena, taking->raw);
    return err == LB_ERR_GARBLED ? LB_ERR_CORRUPT : err;
}

lb_err lb_journal_read_raw(lb_journal_reader *reader, int64_t block, lb_raw_block *raw)
{
    raw_taking taking = {reader, raw};

    start_again(&reader->raw_arena);
    return reader->engine->read_raw(reader->of, block, take_raw, &taking);
}

/* The page of the newest hole in a block below `block`. NOT_FOUND: there is none. */
static lb_err read_lost(lb_journal_reader *reader, int64_t block, const lb_page **page)
{
    int64_t found;

    lb_err err = reader->engine->hole_before(reader->of, block, &found);
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

lb_err lb_journal_verify_tables(lb_journal_reader *reader, lb_on_damage *on_damage, void *whose)
{
    return reader->engine->verify(reader->of, on_damage, whose);
}
