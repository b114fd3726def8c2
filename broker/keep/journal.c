/* journal.c - the hub's memory of what was said, in the order it was heard.
 *
 * Rows are added and never changed. `seq` is the only order that counts: clocks lie, seq does not.
 *
 *     journal   block | first_seq last_seq | first_message messages | recorded_us | check | body
 *     raw       first_message | body
 *
 * One row is one turn of the hub. Its body is a Block of journal.proto in a zstd frame: for each message
 * who said it, when it came, who read it, and its events. Packing a whole turn into one row is what
 * makes the synchronous path cheap: no row, no B-tree step and no varint header for each event. A long message that was
 * packed beforehand by another thread (journal_pack.h) has a row of its own, behind that of its turn.
 *
 * A hole in the numbers is a row too: one entry of kind LOST or SKIPPED and no events. Such a row is the only one that
 * is ever written again, when it is told what its messages became. `lost` has the blocks of these rows.
 *
 * Everything else (keys, tracks, capacity) can be thrown away and made again from here. */
#include "keep/journal.h"

#include <stdlib.h>

#include "base/point.h"
#include "keep/journal_pack.h"
#include "keep/journal_row.h"

/* -- the writer -------------------------------------------------------------------------------- */

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
    [APPEND] = lb_journal_put_sql,
    [APPEND_RAW] = "INSERT INTO raw (first_message, body) VALUES (?1, ?2)",
    [APPEND_LOST] = "INSERT INTO lost (block) VALUES (?1)",
    [WRITER_TELL] = LB_JOURNAL_TELL_SQL,
    [DROP] = "DELETE FROM journal WHERE block >= ?1",
    [DROP_RAW] = "DELETE FROM raw WHERE first_message >= ?1",
    [DROP_LOST] = "DELETE FROM lost WHERE block >= ?1",
    [FIND_LOST] = LB_JOURNAL_ROW_SQL " WHERE block IN (SELECT block FROM lost)"
                                     " AND first_seq <= ?1 AND last_seq >= ?1",
    [REWRITE] = "UPDATE journal SET body = ?2, \"check\" = ?3 WHERE block = ?1",
};

struct lb_journal {
    lb_store *store;
    sqlite3_stmt *statements[WRITER_STATEMENTS];
    lb_journal_packer *packer;
    lb_journal_head kept;    /* on disk                           */
    lb_journal_head pending; /* as `kept`, with the turn in hand  */
};

lb_err lb_journal_open(lb_journal **out, lb_store *store)
{
    lb_journal *journal = calloc(1, sizeof *journal);

    if (journal == NULL)
        return LB_ERR_NO_MEMORY;
    journal->store = store;
    lb_err err = lb_journal_packer_open(&journal->packer);
    if (err == LB_OK)
        err = lb_store_prepare(store, writer_sql, WRITER_STATEMENTS, journal->statements);
    if (err == LB_OK)
        err = lb_journal_row_tell(store, journal->statements[WRITER_TELL], &journal->kept);
    journal->pending = journal->kept;
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
    lb_journal_packer_close(&(*journal)->packer);
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

/* Gives the item the next number. */
static void number_item(lb_journal *journal, lb_item *item)
{
    item->event_count = (int64_t)item->events.count;
    item->first_seq = item->events.count > 0 ? journal->pending.seq + 1 : LB_UNKNOWN;
    journal->pending.seq += item->event_count;
    journal->pending.messages++;
}

/* Numbers what has no row of its own, and lays out what will be packed. */
static lb_err collect(lb_journal *journal, lb_batch *batch, lb_block *block, lb_raw_block *raw)
{
    size_t room = batch->count;

    *block = (lb_block){0};
    *raw = (lb_raw_block){0};
    block->entries.at = lb_arena_alloc(&batch->arena, room * sizeof *block->entries.at);
    raw->bodies.at = lb_arena_alloc(&batch->arena, room * sizeof *raw->bodies.at);
    if (block->entries.at == NULL || raw->bodies.at == NULL)
        return LB_ERR_NO_MEMORY;

    for (size_t i = 0; i < batch->count; i++) {
        lb_item *item = &batch->items[i];
        if (item->stage != LB_ITEM_READ || item->packed.block.len > 0)
            continue;
        number_item(journal, item);
        lb_journal_entry(&batch->frames[item->frame], item,
                         &block->entries.at[block->entries.count++]);
        raw->bodies.at[raw->bodies.count++] = item->message->body;
    }
    block->entries.room = raw->bodies.room = room;
    return LB_OK;
}

static lb_err write_row(lb_journal *journal, const lb_journal_row *row)
{
    return lb_journal_row_put(journal->store, journal->statements[APPEND], row, "journal.append");
}

static lb_err write_raw(lb_journal *journal, int64_t first_message, lb_span body)
{
    sqlite3_stmt *append = journal->statements[APPEND_RAW];

    lb_bind_int(append, 1, first_message);
    lb_bind_blob(append, 2, body);
    return lb_store_step(journal->store, append, "journal.append_raw");
}

static lb_err write_packed(lb_journal *journal, lb_journal_row *row, const lb_packed *packed)
{
    row->body = packed->block;
    lb_err err = write_row(journal, row);
    if (err == LB_OK && row->messages > 0) /* it may be thinned out */
        err = write_raw(journal, row->first_message, packed->raw);
    return err;
}

static lb_err write_block(lb_journal *journal, lb_journal_row *row, const lb_block *block,
                          const lb_raw_block *raw, lb_arena *arena)
{
    lb_packed packed;

    row->messages = (int64_t)block->entries.count;
    lb_err err = lb_journal_pack(journal->packer, block, raw, arena, &packed);
    return err == LB_OK ? write_packed(journal, row, &packed) : err;
}

static lb_journal_row next_row(const lb_journal *journal, int64_t recorded_us)
{
    return (lb_journal_row){.block = journal->pending.block + 1,
                            .first_seq = journal->pending.seq + 1,
                            .first_message = journal->pending.messages + 1,
                            .recorded_us = recorded_us};
}

static lb_err append_common(lb_journal *journal, lb_batch *batch, int64_t recorded_us)
{
    lb_journal_row row = next_row(journal, recorded_us);
    lb_raw_block raw;
    lb_block block;

    lb_err err = collect(journal, batch, &block, &raw);
    if (err != LB_OK || block.entries.count == 0)
        return err;
    journal->pending.block = row.block;
    journal->pending.recorded_us = recorded_us;
    row.last_seq = journal->pending.seq;
    return write_block(journal, &row, &block, &raw, &batch->arena);
}

static lb_err append_packed(lb_journal *journal, lb_item *item, int64_t recorded_us)
{
    lb_journal_row row = next_row(journal, recorded_us);

    number_item(journal, item);
    journal->pending.block = row.block;
    journal->pending.recorded_us = recorded_us;
    row.last_seq = journal->pending.seq;
    row.messages = 1;
    return write_packed(journal, &row, &item->packed);
}

lb_err lb_journal_append(lb_journal *journal, lb_batch *batch, int64_t recorded_us)
{
    lb_err err = append_common(journal, batch, recorded_us);

    for (size_t i = 0; err == LB_OK && i < batch->count; i++)
        if (batch->items[i].stage == LB_ITEM_READ && batch->items[i].packed.block.len > 0)
            err = append_packed(journal, &batch->items[i], recorded_us);
    if (journal->pending.block > journal->kept.block)
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

/* -- holes: what their messages became ------------------------------------------------------------ */

/* The row of the hole that has the number. */
static lb_err find_hole(lb_journal *journal, int64_t seq, lb_arena *arena, lb_journal_row *row,
                        lb_lost *lost)
{
    sqlite3_stmt *find = journal->statements[FIND_LOST];
    lb_err err = LB_ERR_MISUSE;

    lb_bind_int(find, 1, seq);
    int rc = sqlite3_step(find);
    if (rc == SQLITE_ROW) {
        err = lb_journal_row_read(find, row);
        if (err == LB_OK)
            err = lb_hole_unpack(row->body, arena, lost);
    } else if (rc != SQLITE_DONE) {
        err = lb_store_err(journal->store, rc, "journal.find_lost");
    }
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
    lb_journal_row row = {.block = 0};
    lb_lost lost = {.to_seq = 0};

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
