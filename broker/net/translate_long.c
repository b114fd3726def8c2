/* translate_long.c - reads long messages in a thread of its own. */
#include "net/translate_long.h"

#include <stdlib.h>

#include "base/beside.h"
#include "base/clock.h"
#include "keep/journal_pack.h"
#include "net/translate.h"

#define STALE_US INT64_C(2000000) /* then a result that nobody fetched is dropped */

typedef enum state { FREE, READING, READ, TAKEN } state;

/* `batch` and `source` belong to the hub while FREE, to the thread while READING, and to the hub from READ on. */
struct lb_translate_long {
    lb_beside *beside;
    lb_translate *translate; /* used by the thread only */
    lb_journal_packer *packer;
    bool is_guarded;

    lb_batch batch; /* one frame with one item */
    lb_source *source;

    state state;
    const lb_source *asked_source; /* the profile at the time of the request */
    int64_t revision, ticket, last_ticket;
    int64_t read_at_us;
};

/* -- the thread ----------------------------------------------------------------------------------- */

/* On lack of memory the events stay unpacked, and are packed with the turn. */
static lb_err read_and_pack(void *whose)
{
    lb_translate_long *lane = whose;
    lb_item *item = &lane->batch.items[0];

    if (!lane->is_guarded) {
        lb_beside_step_back();
        lb_translate_guard(lane->translate);
        lane->is_guarded = true;
    }
    lb_translate_read(lane->translate, &lane->batch, item);
    lb_translate_rest(lane->translate);
    if (item->stage == LB_ITEM_READ)
        lb_journal_pack_item(lane->packer, &lane->batch.frames[0], item, &lane->batch.arena);
    return LB_OK;
}

/* Runs in the thread that was guarded, whose signal stack it frees. */
static lb_err leave(void *whose)
{
    lb_translate_long *lane = whose;

    lb_translate_close(&lane->translate);
    return LB_OK;
}

lb_err lb_translate_long_open(lb_translate_long **out, const char *folder, int64_t budget_us)
{
    lb_translate_long *lane = calloc(1, sizeof *lane);
    if (lane == NULL)
        return LB_ERR_NO_MEMORY;
    lb_err err = lb_batch_init(&lane->batch, 1);
    if (err == LB_OK)
        err = lb_journal_packer_open(&lane->packer);
    if (err == LB_OK)
        err = lb_translate_open(&lane->translate, folder, LB_READING_LONG_NOTE, budget_us);
    if (err == LB_OK)
        err = lb_beside_open(&lane->beside, LB_THREAD_LONG_READER);
    if (err != LB_OK)
        lb_translate_long_close(&lane);
    else
        *out = lane;
    return err;
}

void lb_translate_long_close(lb_translate_long **out)
{
    lb_translate_long *lane = *out;

    if (lane == NULL)
        return;
    if (lane->beside != NULL) {
        lb_beside_wait(lane->beside);
        lb_beside_begin(lane->beside, leave, lane);
    }
    lb_beside_close(&lane->beside);
    lb_translate_close(&lane->translate);
    lb_journal_packer_close(&lane->packer);
    lb_source_close(&lane->source);
    lb_batch_fini(&lane->batch);
    free(lane);
    *out = NULL;
}

int lb_translate_long_file(const lb_translate_long *lane)
{
    return lb_beside_file(lane->beside);
}

/* -- whose turn it is ----------------------------------------------------------------------------- */

static void set_free(lb_translate_long *lane)
{
    lb_source_close(&lane->source);
    lb_batch_reset(&lane->batch);
    lane->state = FREE;
}

bool lb_translate_long_look(lb_translate_long *lane, int64_t now_us)
{
    lb_err result;

    if (lane->state == READING && lb_beside_end(lane->beside, &result)) {
        lane->state = READ;
        lane->read_at_us = now_us;
        return true;
    }
    if (lane->state != READ || now_us - lane->read_at_us < STALE_US)
        return false;
    set_free(lane);
    return true;
}

bool lb_translate_long_end_turn(lb_translate_long *lane)
{
    if (lane->state != TAKEN)
        return false;
    set_free(lane);
    return true;
}

bool lb_translate_long_is_busy_for(const lb_translate_long *lane, int64_t ticket)
{
    return ticket != 0 && lane->state != FREE && !(lane->state == READ && lane->ticket == ticket);
}

/* -- to the thread and back ---------------------------------------------------------------------------- */

/* Not for gates, where each terminal has a permission: none of their messages is long. */
bool lb_translate_long_takes(const lb_item *item, const lb_frame *frame)
{
    return item->message->body.len >= LB_LONG_BYTES && item->releases == LB_UNKNOWN &&
           frame->of != NULL && frame->terminals == NULL;
}

static bool copy_message(lb_batch *batch, const lb_frame *frame, const lb_item *item)
{
    lb_arena *arena = &batch->arena;
    lb_message *message = lb_arena_alloc(arena, sizeof *message);
    if (message == NULL)
        return false;

    *message = (lb_message){.message_id = lb_arena_copy(arena, item->message->message_id),
                            .format = lb_arena_copy(arena, item->message->format),
                            .body = lb_arena_copy(arena, item->message->body)};
    lb_frame *own = lb_batch_frame(batch);
    own->submit.source = lb_arena_copy(arena, frame->submit.source);
    own->submit.messages = (lb_message_list){message, 1, 1};
    own->permission =
        frame->permission == NULL ? NULL : lb_permission_copy(frame->permission, arena);
    lb_item *read = lb_batch_item(batch, own, item->received_us);
    read->adapter = item->adapter;
    memcpy(read->token, item->token, sizeof read->token);
    return !lb_arena_failed(arena);
}

static bool begin(lb_translate_long *lane, lb_frame *frame, const lb_item *item, int64_t revision)
{
    if (!copy_message(&lane->batch, frame, item)) {
        set_free(lane);
        return false;
    }
    lane->source = lb_source_share(item->source);
    lane->batch.items[0].source = lane->source;
    lane->asked_source = item->source;
    lane->revision = revision;
    lane->ticket = frame->of->long_ticket = ++lane->last_ticket;
    lane->state = READING;
    lb_beside_begin(lane->beside, read_and_pack, lane);
    return true;
}

static void take(lb_translate_long *lane, lb_frame *frame, lb_item *item)
{
    const lb_item *read = &lane->batch.items[0];

    item->adapter = read->adapter;
    item->stage = read->stage;
    item->events = read->events;
    item->packed = read->packed;
    item->doubts = read->doubts;
    item->unresolved = read->unresolved;
    item->error = read->error;
    item->offset = read->offset;
    item->text = read->text;
    frame->of->long_ticket = 0;
    lane->state = TAKEN;
}

bool lb_translate_long_read(lb_translate_long *lane, lb_frame *frame, lb_item *item,
                            int64_t revision)
{
    bool is_its_own = lane->state == READ && lane->ticket == frame->of->long_ticket;

    if (is_its_own && lane->revision == revision && lane->asked_source == item->source) {
        take(lane, frame, item);
        return true;
    }
    if (is_its_own) /* rights have changed meanwhile: judge again */
        set_free(lane);
    if (lane->state == FREE && !begin(lane, frame, item, revision)) {
        lb_item_refuse(item, LB_ITEM_DENIED, LB_ERR_NO_MEMORY, LB_UNKNOWN,
                       LB_SPAN("the hub lacks memory to read it; send it again later"));
        return true;
    }
    if (frame->of->long_ticket == 0)
        frame->of->long_ticket = ++lane->last_ticket;
    return false;
}
