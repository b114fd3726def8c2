/* journal_row.c - a row of the journal: its check, and the bodies of holes and other records. */
#include "keep/journal_row.h"

#include <sodium.h>
#include <zstd.h>

#include "landbridge/client/time.h"
#include "record.h"

enum { LEVEL = 1, HOLE_MAX = 16 * 1024 * 1024, TIME_ROOM = 40 };

void lb_journal_row_check(const lb_journal_row *row, uint8_t check[LB_CHECK_BYTES])
{
    const int64_t numbers[] = {row->block,         row->first_seq, row->last_seq,
                               row->first_message, row->messages,  row->recorded_us};
    crypto_generichash_state state;

    crypto_generichash_init(&state, NULL, 0, LB_CHECK_BYTES);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        uint8_t bytes[8];
        for (unsigned b = 0; b < sizeof bytes; b++)
            bytes[b] = (uint8_t)((uint64_t)numbers[i] >> (8 * b));
        crypto_generichash_update(&state, bytes, sizeof bytes);
    }
    crypto_generichash_update(&state, (const uint8_t *)row->body.at, row->body.len);
    crypto_generichash_final(&state, check, LB_CHECK_BYTES);
}

bool lb_journal_row_holds(const lb_journal_row *row, lb_span check)
{
    uint8_t again[LB_CHECK_BYTES];

    lb_journal_row_check(row, again);
    return lb_span_equal(check, (lb_span){(const char *)again, sizeof again});
}

/* -- numbers ----------------------------------------------------------------------------------- */

bool lb_entry_is_message(const lb_entry *entry)
{
    return entry->kind == LB_ENTRY_UNSPECIFIED || entry->kind == LB_ENTRY_MESSAGE;
}

int64_t lb_entry_numbers(const lb_entry *entry)
{
    if (lb_entry_is_message(entry))
        return (int64_t)entry->events.count;
    if (entry->lost.count == 1)
        return entry->lost.at[0].to_seq - entry->lost.at[0].from_seq + 1;
    return 1;
}

/* -- holes ------------------------------------------------------------------------------------- */

const lb_lost *lb_hole_of(const lb_block *block)
{
    const lb_entry *entry = block->entries.count == 1 ? block->entries.at : NULL;
    bool is_hole = entry != NULL && entry->lost.count == 1 &&
                   (entry->kind == LB_ENTRY_LOST || entry->kind == LB_ENTRY_SKIPPED);

    return is_hole ? entry->lost.at : NULL;
}

static lb_err compress(lb_span plain, lb_arena *arena, lb_span *body)
{
    size_t room = ZSTD_compressBound(plain.len);
    char *at = lb_arena_alloc(arena, room);
    ZSTD_CCtx *zstd = ZSTD_createCCtx();
    lb_err err = LB_ERR_NO_MEMORY;

    if (at != NULL && zstd != NULL) {
        ZSTD_CCtx_setParameter(zstd, ZSTD_c_compressionLevel, LEVEL);
        ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, 1);
        size_t len = ZSTD_compress2(zstd, at, room, plain.at, plain.len);
        if (!ZSTD_isError(len)) {
            *body = (lb_span){at, len};
            err = LB_OK;
        }
    }
    ZSTD_freeCCtx(zstd);
    return err;
}

lb_err lb_entry_pack(const lb_entry *entry, lb_arena *arena, lb_span *body)
{
    lb_entry one = *entry;
    lb_span plain;
    lb_block block;

    lb_record_init(&lb_record_block, &block);
    block.entries = (lb_entry_list){&one, 1, 1};
    lb_err err = lb_record_pack(&lb_record_block, &block, arena, &plain);
    return err == LB_OK ? compress(plain, arena, body) : err;
}

lb_err lb_hole_pack(lb_lost *lost, lb_arena *arena, lb_span *body)
{
    lb_entry entry;

    lb_record_init(&lb_record_entry, &entry);
    entry.kind = lost->kind;
    entry.lost = (lb_lost_list){lost, 1, 1};
    return lb_entry_pack(&entry, arena, body);
}

lb_err lb_hole_unpack(lb_span body, lb_arena *arena, lb_lost *lost)
{
    unsigned long long size = ZSTD_getFrameContentSize(body.at, body.len);
    lb_block block;

    if (size > HOLE_MAX) /* includes ZSTD_CONTENTSIZE_UNKNOWN and _ERROR */
        return LB_ERR_CORRUPT;
    char *at = lb_arena_alloc(arena, (size_t)size + 1);
    if (at == NULL)
        return LB_ERR_NO_MEMORY;
    size_t len = ZSTD_decompress(at, (size_t)size, body.at, body.len);
    if (ZSTD_isError(len) ||
        lb_record_unpack(&lb_record_block, (lb_span){at, len}, arena, &block) != LB_OK)
        return LB_ERR_CORRUPT;
    const lb_lost *hole = lb_hole_of(&block);
    if (hole == NULL)
        return LB_ERR_CORRUPT;
    *lost = *hole;
    return LB_OK;
}

lb_err lb_hole_copy(const lb_lost *hole, lb_arena *arena, lb_lost *copy)
{
    lb_span bytes;

    lb_err err = lb_record_pack(&lb_record_lost, hole, arena, &bytes);
    return err == LB_OK ? lb_record_unpack(&lb_record_lost, bytes, arena, copy) : err;
}

static int64_t count_regained(const lb_lost *hole)
{
    int64_t count = 0;

    for (size_t i = 0; i < hole->regained.count; i++)
        count += hole->regained.at[i].events;
    return count;
}

lb_span lb_hole_text(const lb_lost *hole, lb_arena *arena)
{
    char since[TIME_ROOM] = "the beginning";
    lb_span text;

    if (hole->since_us != LB_UNKNOWN)
        lb_time_print(since, sizeof since, hole->since_us, 0);
    text = lb_arena_print(arena, "%s: numbers %lld to %lld, since %s",
                          hole->kind == LB_ENTRY_LOST ? "LOST" : "SKIPPED",
                          (long long)hole->from_seq, (long long)hole->to_seq, since);
    if (hole->known_seq != LB_UNKNOWN)
        text = lb_arena_print(arena, "%.*s; certainly given out up to %lld", LB_ARG(text),
                              (long long)hole->known_seq);
    if (hole->messages != LB_UNKNOWN && hole->messages > 0)
        text =
            lb_arena_print(arena, "%.*s; %lld messages", LB_ARG(text), (long long)hole->messages);
    if (hole->regained.count > 0)
        text = lb_arena_print(arena, "%.*s; %lld events kept again", LB_ARG(text),
                              (long long)count_regained(hole));
    text = lb_arena_print(arena, "%.*s (%.*s)", LB_ARG(text), LB_ARG(hole->text));
    if (hole->set_aside.len == 0)
        return text;
    return lb_arena_print(arena, "%.*s; damaged files set aside in %.*s", LB_ARG(text),
                          LB_ARG(hole->set_aside));
}
