/* journal_pack.c - packs and compresses the bodies of journal rows. */
#include "keep/journal_pack.h"

#include <stdlib.h>
#include <zstd.h>

#include "record.h"

enum {
    LEVEL = 1,
    HEAD = 512,     /* upper bound of an entry on the wire without its texts and events */
    EVENT_HEAD = 8, /* upper bound of an event on the wire without its bytes */
    PLAIN_KEEP = 4 * 1024 * 1024,
};
#define PLAIN_MAX ((size_t)1024 * 1024 * 1024)

struct lb_journal_packer {
    ZSTD_CCtx *zstd;
    lb_arena plain; /* input of the compression */
};

lb_err lb_journal_packer_open(lb_journal_packer **out)
{
    lb_journal_packer *packer = calloc(1, sizeof *packer);

    if (packer == NULL)
        return LB_ERR_NO_MEMORY;
    packer->zstd = ZSTD_createCCtx();
    if (packer->zstd == NULL) {
        free(packer);
        return LB_ERR_NO_MEMORY;
    }
    lb_arena_init(&packer->plain, PLAIN_MAX);
    ZSTD_CCtx_setParameter(packer->zstd, ZSTD_c_compressionLevel, LEVEL);
    ZSTD_CCtx_setParameter(packer->zstd, ZSTD_c_checksumFlag, 1);
    *out = packer;
    return LB_OK;
}

void lb_journal_packer_close(lb_journal_packer **packer)
{
    if (*packer == NULL)
        return;
    ZSTD_freeCCtx((*packer)->zstd);
    lb_arena_fini(&(*packer)->plain);
    free(*packer);
    *packer = NULL;
}

void lb_journal_entry(const lb_frame *frame, const lb_item *item, lb_entry *entry)
{
    lb_record_init(&lb_record_entry, entry);
    entry->token = (lb_span){(const char *)item->token, LB_TOKEN_BYTES};
    entry->source = frame->submit.source;
    entry->message_id = item->message->message_id;
    entry->received_us = item->received_us;
    entry->adapter = lb_span_of(item->adapter->name);
    entry->adapter_revision = item->adapter->revision;
    entry->doubts = item->doubts;
    entry->events = item->events;
}

/* Makes the arena ready with one chunk of this length, so that it does not grow several times while
 * packing. */
static void set_up_plain(lb_journal_packer *packer, size_t len)
{
    if (packer->plain.total > PLAIN_KEEP)
        lb_arena_fini(&packer->plain);
    lb_arena_reset(&packer->plain);
    void *at = lb_arena_alloc(&packer->plain, len);
    if (at != NULL)
        lb_arena_cut(&packer->plain, at, 0);
}

static size_t length_of_block(const lb_block *block)
{
    size_t len = HEAD;

    for (size_t i = 0; i < block->entries.count; i++) {
        const lb_entry *entry = &block->entries.at[i];
        len += HEAD + entry->source.len + entry->message_id.len;
        for (size_t e = 0; e < entry->events.count; e++)
            len += EVENT_HEAD + entry->events.at[e].len;
    }
    return len;
}

static size_t length_of_raw(const lb_raw_block *raw)
{
    size_t len = HEAD;

    for (size_t i = 0; i < raw->bodies.count; i++)
        len += EVENT_HEAD + raw->bodies.at[i].len;
    return len;
}

static lb_err compress(lb_journal_packer *packer, lb_arena *arena, lb_span plain, lb_span *out)
{
    size_t room = ZSTD_compressBound(plain.len);
    char *at = lb_arena_alloc(arena, room);

    if (at == NULL)
        return LB_ERR_NO_MEMORY;
    size_t len = ZSTD_compress2(packer->zstd, at, room, plain.at, plain.len);
    if (ZSTD_isError(len))
        return LB_ERR_NO_MEMORY; /* no other error is possible: the output buffer is large enough */
    lb_arena_cut(arena, at, len);
    *out = (lb_span){at, len};
    return LB_OK;
}

lb_err lb_journal_pack(lb_journal_packer *packer, const lb_block *block, const lb_raw_block *raw,
                       lb_arena *arena, lb_packed *packed)
{
    lb_span plain;

    set_up_plain(packer, length_of_block(block));
    lb_err err = lb_record_pack(&lb_record_block, block, &packer->plain, &plain);
    if (err == LB_OK)
        err = compress(packer, arena, plain, &packed->block);
    set_up_plain(packer, length_of_raw(raw));
    if (err == LB_OK)
        err = lb_record_pack(&lb_record_raw_block, raw, &packer->plain, &plain);
    if (err == LB_OK)
        err = compress(packer, arena, plain, &packed->raw);
    set_up_plain(packer, 0); /* frees the memory of a long turn */
    return err;
}

lb_err lb_journal_pack_item(lb_journal_packer *packer, const lb_frame *frame, lb_item *item,
                            lb_arena *arena)
{
    lb_packed packed = {0};
    lb_entry entry;
    lb_span body = item->message->body;
    lb_block block;
    lb_raw_block raw;

    lb_record_init(&lb_record_block, &block);
    lb_record_init(&lb_record_raw_block, &raw);
    block.entries = (lb_entry_list){&entry, 1, 1};
    raw.bodies = (lb_text_list){&body, 1, 1};
    lb_journal_entry(frame, item, &entry);
    lb_err err = lb_journal_pack(packer, &block, &raw, arena, &packed);
    if (err == LB_OK)
        item->packed = packed;
    return err;
}
