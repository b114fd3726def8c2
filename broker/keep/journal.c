/* journal.c - all messages that the hub has kept and their events, in the order received.
 *
 * Rows are added and never changed. Only `seq` orders events: clocks can be wrong.
 *
 *     journal   block | first_seq last_seq | first_message messages | recorded_us | check | body
 *     raw       block | body
 *
 * One row is one turn of the hub. Its body is a Block of journal.proto in a zstd frame: for each
 * message its source, when it was received, the adapter that read it, and its events. Packing a
 * whole turn into one row makes the synchronous path cheap, since events need no rows, B-tree steps
 * and headers of their own. A long message that another thread packed beforehand (journal_pack.h)
 * has a row of its own after that of its turn. The engine decides where rows are stored and how an
 * append becomes durable (journal_engine.h).
 *
 * A hole in the numbers is a row too: one entry of kind LOST or SKIPPED without events. Only such a
 * row is ever rewritten, to note that its messages were kept again.
 *
 * Everything else (keys, tracks, capacity) is derived and can be rebuilt from the journal. */
#include "keep/journal.h"

#include <stdlib.h>

#include "keep/journal_pack.h"
#include "keep/journal_row.h"
#include "record.h"

struct lb_journal {
    lb_journal_writer writer;
    lb_journal_packer *packer;
    lb_journal_head kept;    /* committed */
    lb_journal_head pending; /* the head after the append in progress */
};

lb_err lb_journal_open(lb_journal **out, const lb_journal_place *place)
{
    lb_journal *journal = calloc(1, sizeof *journal);

    if (journal == NULL)
        return LB_ERR_NO_MEMORY;
    journal->writer.engine = place->engine;
    lb_err err = lb_journal_packer_open(&journal->packer);
    if (err == LB_OK)
        err = place->engine->open(&journal->writer.of, place->path);
    if (err == LB_OK)
        err = place->engine->head(journal->writer.of, &journal->kept);
    journal->pending = journal->kept;
    *out = journal;
    if (err != LB_OK)
        lb_journal_close(out);
    return err;
}

void lb_journal_close(lb_journal **journal)
{
    if (*journal == NULL)
        return;
    (*journal)->writer.engine->close(&(*journal)->writer.of);
    lb_journal_packer_close(&(*journal)->packer);
    free(*journal);
    *journal = NULL;
}

lb_journal_head lb_journal_tell(const lb_journal *journal)
{
    return journal->kept;
}

const lb_journal_writer *lb_journal_writer_of(const lb_journal *journal)
{
    return &journal->writer;
}

void lb_journal_mark(lb_journal *journal, struct lb_head_mark *mark)
{
    journal->writer.engine->mark(journal->writer.of, mark);
}

lb_err lb_journal_tidy(lb_journal *journal, int64_t monotonic_us)
{
    return journal->writer.engine->tidy(journal->writer.of, monotonic_us);
}

/* -- one append -------------------------------------------------------------------------------- */

void lb_journal_begin(lb_journal *journal, lb_append *append)
{
    journal->pending = journal->kept;
    *append = (lb_append){.expected = journal->kept};
}

lb_err lb_journal_append(lb_journal *journal, lb_append *append)
{
    append->head = journal->pending;
    lb_err err = journal->writer.engine->append(journal->writer.of, append);

    if (err == LB_OK)
        journal->kept = journal->pending;
    else
        journal->pending = journal->kept;
    return err;
}

/* Adds a row and moves the pending head after it. */
static lb_err add_row(lb_journal *journal, lb_append *append, lb_arena *arena,
                      const lb_append_row *one)
{
    const lb_journal_row *row = &one->row;

    if (!lb_arena_grow(arena, &append->rows, sizeof *append->rows.at))
        return LB_ERR_NO_MEMORY;
    append->rows.at[append->rows.count++] = *one;
    journal->pending = (lb_journal_head){.seq = row->last_seq,
                                         .block = row->block,
                                         .messages = row->first_message + row->messages - 1,
                                         .recorded_us = row->recorded_us};
    return LB_OK;
}

static lb_journal_row next_row(const lb_journal *journal, int64_t recorded_us)
{
    return (lb_journal_row){.block = journal->pending.block + 1,
                            .first_seq = journal->pending.seq + 1,
                            .first_message = journal->pending.messages + 1,
                            .recorded_us = recorded_us};
}

/* -- messages ---------------------------------------------------------------------------------- */

/* Gives the item the numbers after those of the row so far. */
static void number_item(lb_journal_row *row, lb_item *item)
{
    item->event_count = (int64_t)item->events.count;
    item->first_seq = item->events.count > 0 ? row->last_seq + 1 : LB_UNKNOWN;
    row->last_seq += item->event_count;
    row->messages++;
}

/* Numbers the READ items without a row of their own, and collects their entries and raw bytes for
 * packing. */
static lb_err collect(lb_batch *batch, lb_journal_row *row, lb_block *block, lb_raw_block *raw)
{
    size_t room = batch->count;

    block->entries.at = lb_arena_alloc(&batch->arena, room * sizeof *block->entries.at);
    raw->bodies.at = lb_arena_alloc(&batch->arena, room * sizeof *raw->bodies.at);
    if (block->entries.at == NULL || raw->bodies.at == NULL)
        return LB_ERR_NO_MEMORY;

    for (size_t i = 0; i < batch->count; i++) {
        lb_item *item = &batch->items[i];
        if (item->stage != LB_ITEM_READ || item->packed.block.len > 0)
            continue;
        number_item(row, item);
        lb_journal_entry(&batch->frames[item->frame], item,
                         &block->entries.at[block->entries.count++]);
        raw->bodies.at[raw->bodies.count++] = item->message->body;
    }
    block->entries.room = raw->bodies.room = room;
    return LB_OK;
}

static lb_err add_common(lb_journal *journal, lb_batch *batch, int64_t recorded_us,
                         lb_append *append)
{
    lb_append_row one = {.row = next_row(journal, recorded_us)};
    lb_raw_block raw;
    lb_block block;
    lb_packed packed;

    lb_record_init(&lb_record_raw_block, &raw);
    lb_record_init(&lb_record_block, &block);
    one.row.last_seq = journal->pending.seq;
    lb_err err = collect(batch, &one.row, &block, &raw);
    if (err != LB_OK || block.entries.count == 0)
        return err;
    err = lb_journal_pack(journal->packer, &block, &raw, &batch->arena, &packed);
    if (err != LB_OK)
        return err;
    one.row.body = packed.block;
    one.raw = packed.raw;
    return add_row(journal, append, &batch->arena, &one);
}

static lb_err add_packed(lb_journal *journal, lb_item *item, int64_t recorded_us, lb_append *append,
                         lb_arena *arena)
{
    lb_append_row one = {.row = next_row(journal, recorded_us), .raw = item->packed.raw};

    one.row.last_seq = journal->pending.seq;
    number_item(&one.row, item);
    one.row.body = item->packed.block;
    return add_row(journal, append, arena, &one);
}

lb_err lb_journal_add(lb_journal *journal, lb_batch *batch, int64_t recorded_us, lb_append *append)
{
    lb_err err = add_common(journal, batch, recorded_us, append);

    for (size_t i = 0; err == LB_OK && i < batch->count; i++)
        if (batch->items[i].stage == LB_ITEM_READ && batch->items[i].packed.block.len > 0)
            err = add_packed(journal, &batch->items[i], recorded_us, append, &batch->arena);
    return err;
}

/* -- holes ------------------------------------------------------------------------------------- */

lb_err lb_journal_add_lost(lb_journal *journal, lb_lost *lost, int64_t block, lb_arena *arena,
                           lb_append *append)
{
    lb_append_row one = {.row = next_row(journal, lost->found_us), .is_hole = true};

    lost->from_seq = one.row.first_seq;
    lost->from_block = one.row.block;
    one.row.last_seq = lost->to_seq;
    one.row.messages = lost->messages == LB_UNKNOWN ? 0 : lost->messages;
    if (block > one.row.block)
        one.row.block = block;
    if (one.row.last_seq < one.row.first_seq - 1)
        return LB_ERR_MISUSE;
    lb_err err = lb_hole_pack(lost, arena, &one.row.body);
    return err == LB_OK ? add_row(journal, append, arena, &one) : err;
}

/* -- records of other kinds -------------------------------------------------------------------- */

lb_err lb_journal_add_record(lb_journal *journal, lb_entry_kind kind, lb_span body,
                             int64_t recorded_us, lb_arena *arena, lb_append *append)
{
    lb_append_row one = {.row = next_row(journal, recorded_us)};
    lb_entry entry;

    if (kind <= LB_ENTRY_SKIPPED)
        return LB_ERR_MISUSE;
    lb_record_init(&lb_record_entry, &entry);
    entry.kind = kind;
    entry.body = body;
    one.row.last_seq = one.row.first_seq;
    lb_err err = lb_entry_pack(&entry, arena, &one.row.body);
    return err == LB_OK ? add_row(journal, append, arena, &one) : err;
}

/* -- a restore up to a number ------------------------------------------------------------------ */

/* Number of entries of the page before the first that has a number after until_seq. */
static size_t count_staying(const lb_page *page, int64_t until_seq, int64_t *last_seq)
{
    const lb_entry_list *entries = &page->body.entries;
    size_t count = 0;

    *last_seq = page->first_seq - 1;
    if (page->lost != NULL)
        return 0;
    while (count < entries->count && *last_seq + lb_entry_numbers(&entries->at[count]) <= until_seq)
        *last_seq += lb_entry_numbers(&entries->at[count++]);
    return count;
}

lb_err lb_journal_add_cut(lb_journal *journal, const lb_page *page, const lb_raw_block *raw,
                          int64_t until_seq, lb_arena *arena, lb_append *append)
{
    lb_append_row one = {.row = {.block = page->block,
                                 .first_seq = page->first_seq,
                                 .first_message = page->first_message,
                                 .recorded_us = page->recorded_us}};
    lb_block block = page->body;
    lb_raw_block bodies = *raw;
    lb_packed packed;

    append->cut_from = page->block;
    block.entries.count = count_staying(page, until_seq, &one.row.last_seq);
    if (bodies.bodies.count > block.entries.count)
        bodies.bodies.count = block.entries.count;
    journal->pending = (lb_journal_head){page->first_seq - 1, page->block - 1,
                                         page->first_message - 1, page->recorded_us};
    if (block.entries.count == 0)
        return LB_OK;
    lb_err err = lb_journal_pack(journal->packer, &block, &bodies, arena, &packed);
    if (err != LB_OK)
        return err;
    one.row.messages = (int64_t)block.entries.count;
    one.row.body = packed.block;
    one.raw = packed.raw;
    return add_row(journal, append, arena, &one);
}

/* -- holes: messages kept again ---------------------------------------------------------------- */

typedef struct hole { /* a row and its unpacked body */
    lb_journal_row row;
    lb_lost lost;
    lb_arena *arena;
} hole;

static lb_err take_hole(void *whose, const lb_journal_row *row)
{
    hole *found = whose;

    found->row = *row;
    return lb_hole_unpack(row->body, found->arena, &found->lost);
}

/* Looks in the append first, since one append may have several notes for the same hole. */
static lb_err find_hole(lb_journal *journal, int64_t seq, lb_append *append, hole *found,
                        lb_journal_row **rewritten)
{
    const lb_journal_writer *writer = &journal->writer;

    for (size_t i = 0; i < append->rewritten.count; i++) {
        lb_journal_row *row = &append->rewritten.at[i];
        if (seq >= row->first_seq && seq <= row->last_seq) {
            *rewritten = row;
            return take_hole(found, row);
        }
    }
    lb_err err = writer->engine->hole_with(writer->of, seq, take_hole, found);
    return err == LB_ERR_NOT_FOUND ? LB_ERR_MISUSE : err;
}

static bool has_note(const lb_lost *lost, const lb_regained *regained)
{
    for (size_t i = 0; i < lost->regained.count; i++)
        if (lost->regained.at[i].lost_seq == regained->lost_seq)
            return true;
    return false;
}

static bool is_possible(const lb_journal *journal, const lb_lost *lost, const lb_regained *regained)
{
    return regained->events >= 1 && regained->seq >= 1 &&
           regained->seq + regained->events - 1 <= journal->kept.seq &&
           regained->lost_seq + regained->events - 1 <= lost->to_seq;
}

lb_err lb_journal_add_regained(lb_journal *journal, const lb_regained *regained, lb_arena *arena,
                               lb_append *append)
{
    hole found = {.arena = arena};
    lb_journal_row *row = NULL;

    lb_err err = find_hole(journal, regained->lost_seq, append, &found, &row);
    if (err != LB_OK)
        return err;
    if (!is_possible(journal, &found.lost, regained))
        return LB_ERR_MISUSE;
    if (has_note(&found.lost, regained))
        return LB_OK;
    if (!lb_arena_grow(arena, &found.lost.regained, sizeof *found.lost.regained.at))
        return LB_ERR_NO_MEMORY;
    found.lost.regained.at[found.lost.regained.count++] = *regained;
    err = lb_hole_pack(&found.lost, arena, &found.row.body);
    if (err == LB_OK && row == NULL) {
        if (!lb_arena_grow(arena, &append->rewritten, sizeof *append->rewritten.at))
            return LB_ERR_NO_MEMORY;
        row = &append->rewritten.at[append->rewritten.count++];
    }
    if (err == LB_OK)
        *row = found.row;
    return err;
}
