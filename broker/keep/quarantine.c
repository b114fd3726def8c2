/* quarantine.c - messages that could not be read, stored until an operator decides.
 *
 * Refused messages are part of the append of the turn, so a receipt that names a quarantine id is
 * as durable as one for a kept message. Rows are never deleted, since the same bytes must get the
 * same refusal again. This file decides which messages are stored and in whose share they count;
 * the engine stores the rows (journal_engine.h). */
#include "keep/quarantine.h"

#include <stdlib.h>

#include "base/bloom.h"
#include "record.h"

static const lb_quarantine_state shown_states[LB_REFUSED_STATES] = {
    [LB_REFUSED_WAITING] = LB_QUARANTINE_WAITING,
    [LB_REFUSED_RELEASED] = LB_QUARANTINE_RELEASED,
    [LB_REFUSED_DROPPED] = LB_QUARANTINE_DROPPED,
};
enum { LIST_LIMIT = 100 };

/* -- the writer -------------------------------------------------------------------------------- */

/* `kept` is the state after the last append, `pending` the state after the one in progress. */
typedef struct owned { /* the share of one owner */
    char owner[LB_PARTY_NAME_MAX + 1];
    lb_quarantine_share kept, pending;
} owned;

typedef struct totals {
    int64_t last_id;
    int64_t waiting;
} totals;

struct lb_quarantine {
    lb_journal_writer writer;
    lb_bloom *filter; /* tokens of all rows: saves a search for most messages */
    lb_quarantine_limits limits;
    totals kept, pending;
    owned *shares;
    size_t share_count, share_room;
};

/* -- shares ------------------------------------------------------------------------------------ */

static owned *find_share(const lb_quarantine *quarantine, lb_span owner)
{
    for (size_t i = 0; i < quarantine->share_count; i++)
        if (lb_span_is(owner, quarantine->shares[i].owner))
            return &quarantine->shares[i];
    return NULL;
}

/* Finds or adds the share; valid until the next call. NULL: no memory. */
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

/* Rows come newest first, so the first id is an upper bound of their number and sizes the
 * filter. */
static lb_err load_row(void *whose, const lb_refused *refusal)
{
    lb_quarantine *quarantine = whose;
    lb_err err = LB_OK;

    if (quarantine->filter == NULL) {
        quarantine->kept.last_id = refusal->id;
        err = lb_bloom_open(&quarantine->filter, (size_t)refusal->id * 2);
    }
    if (err == LB_OK && refusal->token.len == LB_TOKEN_BYTES)
        lb_bloom_add(quarantine->filter, (const uint8_t *)refusal->token.at);
    if (err != LB_OK || refusal->owned == LB_UNKNOWN)
        return err;
    owned *share = need_share(quarantine, refusal->owner);
    if (share == NULL)
        return LB_ERR_NO_MEMORY;
    share->kept.rows++;
    share->kept.bytes += refusal->owned;
    share->pending = share->kept;
    quarantine->kept.waiting++;
    return LB_OK;
}

lb_err lb_quarantine_open(lb_quarantine **out, const lb_journal *journal,
                          const lb_quarantine_limits *limits)
{
    lb_quarantine *quarantine = calloc(1, sizeof *quarantine);
    if (quarantine == NULL)
        return LB_ERR_NO_MEMORY;
    quarantine->writer = *lb_journal_writer_of(journal);
    quarantine->limits = *limits;

    const lb_journal_writer *writer = &quarantine->writer;
    lb_err err = writer->engine->each_refused(writer->of, load_row, quarantine);
    if (err == LB_OK && quarantine->filter == NULL)
        err = lb_bloom_open(&quarantine->filter, 0);
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

typedef struct recalling {
    lb_item *item;
    lb_arena *arena;
} recalling;

static lb_err take_refusal(void *whose, const lb_refused *refusal)
{
    const recalling *one = whose;

    one->item->quarantine_id = refusal->id;
    lb_item_refuse(one->item, LB_ITEM_KNOWN, err_of(refusal->error), refusal->offset,
                   lb_arena_copy(one->arena, refusal->text));
    return LB_OK;
}

lb_err lb_quarantine_recall(lb_quarantine *quarantine, lb_item *item, lb_arena *arena)
{
    const lb_journal_writer *writer = &quarantine->writer;
    recalling one = {item, arena};

    if (quarantine->kept.last_id == 0 || !lb_bloom_may_have(quarantine->filter, item->token))
        return LB_ERR_NOT_FOUND;
    return writer->engine->recall(writer->of, (lb_span){(const char *)item->token, LB_TOKEN_BYTES},
                                  item->message->body, take_refusal, &one);
}

/* -- one turn ---------------------------------------------------------------------------------- */

static void fill_refusal(const lb_batch *batch, const lb_item *item, lb_refused *refusal)
{
    const lb_frame *frame = &batch->frames[item->frame];

    *refusal = (lb_refused){
        .id = item->quarantine_id,
        .token = {(const char *)item->token, LB_TOKEN_BYTES},
        .source = frame->submit.source,
        .message_id = item->message->message_id,
        .received_us = item->received_us,
        .format = item->adapter == NULL ? LB_EMPTY : lb_span_of(item->adapter->name),
        .error = lb_span_of(lb_err_name(item->error)),
        .offset = item->offset,
        .text = item->text,
        .raw = item->message->body,
        .size = (int64_t)item->message->body.len,
        .state = LB_REFUSED_WAITING,
        .owner = frame->owner,
        .owned = (int64_t)item->message->body.len,
    };
}

static lb_err put(lb_quarantine *quarantine, lb_batch *batch, lb_item *item, owned *share,
                  lb_append *append)
{
    if (!lb_arena_grow(&batch->arena, &append->refused, sizeof *append->refused.at))
        return LB_ERR_NO_MEMORY;
    lb_bloom_add(quarantine->filter, item->token);
    item->quarantine_id = ++quarantine->pending.last_id;
    fill_refusal(batch, item, &append->refused.at[append->refused.count++]);
    quarantine->pending.waiting++;
    change_share(share, 1, (int64_t)item->message->body.len);
    return LB_OK;
}

/* Makes the item DENIED, and appends the reason to the text that says what is wrong with the
 * message. */
static void deny(lb_batch *batch, lb_item *item, const char *why)
{
    lb_span text = lb_arena_print(&batch->arena, "%.*s%s%s", LB_ARG(item->text),
                                  item->text.len > 0 ? "; " : "", why);

    item->stage = LB_ITEM_DENIED;
    if (text.len > 0)
        item->text = text;
}

static lb_err put_within_limits(lb_quarantine *quarantine, lb_batch *batch, lb_item *item,
                                lb_append *append)
{
    const lb_span owner = batch->frames[item->frame].owner;
    const lb_quarantine_share most = lb_quarantine_most(quarantine, owner);
    const int64_t bytes = (int64_t)item->message->body.len;

    owned *share = need_share(quarantine, owner);
    if (share == NULL)
        return LB_ERR_NO_MEMORY;
    if (share->pending.rows >= most.rows || share->pending.bytes + bytes > most.bytes)
        deny(batch, item, "not kept in quarantine: the party's share is full");
    else if (quarantine->pending.waiting >= quarantine->limits.rows)
        deny(batch, item, "not kept in quarantine: it is full");
    else
        return put(quarantine, batch, item, share, append);
    return LB_OK;
}

typedef struct moving {
    lb_quarantine *quarantine;
    lb_arena *arena;
    lb_append *append;
    lb_refused_state to;
} moving;

/* Moves a WAITING row to another state and takes it out of its owner's share. NOT_FOUND: it is not
 * WAITING. */
static lb_err move(void *whose, const lb_refused *refusal)
{
    moving *one = whose;
    lb_append *append = one->append;
    owned *share = find_share(one->quarantine, refusal->owner);

    if (refusal->state != LB_REFUSED_WAITING)
        return LB_ERR_NOT_FOUND;
    if (!lb_arena_grow(one->arena, &append->moves, sizeof *append->moves.at))
        return LB_ERR_NO_MEMORY;
    append->moves.at[append->moves.count++] = (lb_refused_move){refusal->id, one->to};
    one->quarantine->pending.waiting--;
    if (share != NULL && refusal->owned != LB_UNKNOWN)
        change_share(share, -1, -refusal->owned);
    return LB_OK;
}

static lb_err add_move(lb_quarantine *quarantine, int64_t id, lb_refused_state to, lb_arena *arena,
                       lb_append *append)
{
    const lb_journal_writer *writer = &quarantine->writer;

    return writer->engine->refused(writer->of, id, move, &(moving){quarantine, arena, append, to});
}

static lb_err add_release(lb_quarantine *quarantine, int64_t id, lb_arena *arena, lb_append *append)
{
    lb_err err = add_move(quarantine, id, LB_REFUSED_RELEASED, arena, append);

    return err == LB_ERR_NOT_FOUND ? LB_OK : err; /* another release or drop came first */
}

lb_err lb_quarantine_add(lb_quarantine *quarantine, lb_batch *batch, lb_append *append)
{
    for (size_t i = 0; i < batch->count; i++) {
        lb_item *item = &batch->items[i];
        lb_err err = LB_OK;
        if (item->stage == LB_ITEM_UNREAD && item->releases != LB_UNKNOWN)
            item->stage = LB_ITEM_DENIED; /* still unreadable: its row stays WAITING */
        else if (item->stage == LB_ITEM_UNREAD)
            err = put_within_limits(quarantine, batch, item, append);
        else if (item->stage == LB_ITEM_READ && item->releases != LB_UNKNOWN)
            err = add_release(quarantine, item->releases, &batch->arena, append);
        if (err != LB_OK)
            return err;
    }
    return LB_OK;
}

lb_err lb_quarantine_add_drop(lb_quarantine *quarantine, int64_t id, lb_arena *arena,
                              lb_append *append)
{
    return add_move(quarantine, id, LB_REFUSED_DROPPED, arena, append);
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

typedef struct taking {
    lb_arena *arena;
    lb_submit *submit;
    uint8_t *token;
    int64_t *received_us;
} taking;

static lb_err take(void *whose, const lb_refused *refusal)
{
    const taking *one = whose;
    lb_message *message = lb_arena_zero(one->arena, sizeof *message);

    if (refusal->token.len != LB_TOKEN_BYTES)
        return LB_ERR_CORRUPT;
    if (refusal->state != LB_REFUSED_WAITING)
        return LB_ERR_MISUSE;
    if (message == NULL)
        return LB_ERR_NO_MEMORY;
    one->submit->source = lb_arena_copy(one->arena, refusal->source);
    message->message_id = lb_arena_copy(one->arena, refusal->message_id);
    message->format = lb_arena_copy(one->arena, refusal->format);
    message->body = lb_arena_copy(one->arena, refusal->raw);
    one->submit->messages = (lb_message_list){message, 1, 1};
    memcpy(one->token, refusal->token.at, LB_TOKEN_BYTES);
    *one->received_us = refusal->received_us;
    return lb_arena_failed(one->arena) ? LB_ERR_NO_MEMORY : LB_OK;
}

lb_err lb_quarantine_take(lb_quarantine *quarantine, int64_t id, lb_arena *arena, lb_submit *submit,
                          uint8_t token[LB_TOKEN_BYTES], int64_t *received_us)
{
    const lb_journal_writer *writer = &quarantine->writer;

    return writer->engine->refused(writer->of, id, take,
                                   &(taking){arena, submit, token, received_us});
}

/* -- the readers ------------------------------------------------------------------------------- */

struct lb_quarantine_reader {
    const lb_journal_engine *engine;
    void *of; /* the engine's reader */
};

lb_err lb_quarantine_reader_open(lb_quarantine_reader **out, const lb_journal_place *place)
{
    lb_quarantine_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL)
        return LB_ERR_NO_MEMORY;
    reader->engine = place->engine;
    lb_err err = place->engine->reader_open(&reader->of, place->path);
    *out = reader;
    if (err != LB_OK)
        lb_quarantine_reader_close(out);
    return err;
}

void lb_quarantine_reader_close(lb_quarantine_reader **out)
{
    lb_quarantine_reader *reader = *out;

    if (reader == NULL)
        return;
    reader->engine->reader_close(&reader->of);
    free(reader);
    *out = NULL;
}

typedef struct listing {
    lb_arena *arena;
    lb_quarantined_list *list;
} listing;

static lb_err add_row(void *whose, const lb_refused *refusal)
{
    const listing *one = whose;
    lb_arena *arena = one->arena;

    if (!lb_arena_grow(arena, one->list, sizeof *one->list->at))
        return LB_ERR_NO_MEMORY;
    lb_quarantined *row = &one->list->at[one->list->count++];
    lb_record_init(&lb_record_quarantined, row);
    row->id = refusal->id;
    row->source = lb_arena_copy(arena, refusal->source);
    row->received_us = refusal->received_us;
    row->format = lb_arena_copy(arena, refusal->format);
    row->error = lb_arena_copy(arena, refusal->error);
    row->offset = refusal->offset;
    row->text = lb_arena_copy(arena, refusal->text);
    row->size = refusal->size;
    if (refusal->state < LB_REFUSED_STATES)
        row->state = shown_states[refusal->state];
    row->body = lb_arena_copy(arena, refusal->raw);
    return LB_OK;
}

static lb_err read_rows(lb_quarantine_reader *reader, const lb_refused_choice *choice,
                        lb_arena *arena, lb_quarantined_list *list)
{
    lb_err err = reader->engine->refusals(reader->of, choice, add_row, &(listing){arena, list});
    return err == LB_OK && lb_arena_failed(arena) ? LB_ERR_NO_MEMORY : err;
}

lb_err lb_quarantine_list(lb_quarantine_reader *reader, const lb_quarantine_list_query *query,
                          lb_arena *arena, lb_quarantined_list *list)
{
    const lb_refused_choice choice = {
        .id = LB_UNKNOWN,
        .has_all = query->all,
        .most = query->limit == LB_UNKNOWN ? LIST_LIMIT : query->limit,
    };

    return read_rows(reader, &choice, arena, list);
}

lb_err lb_quarantine_show(lb_quarantine_reader *reader, int64_t id, lb_arena *arena,
                          lb_quarantined_list *list)
{
    const lb_refused_choice choice = {.id = id, .most = 1};

    if (id == LB_UNKNOWN)
        return LB_ERR_NOT_FOUND;
    lb_err err = read_rows(reader, &choice, arena, list);
    return err == LB_OK && list->count == 0 ? LB_ERR_NOT_FOUND : err;
}

lb_err lb_quarantine_count(lb_quarantine_reader *reader, lb_span source, int64_t *waiting)
{
    return reader->engine->waiting(reader->of, source, waiting);
}
