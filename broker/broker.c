/* broker.c - the hub turns.
 *
 *     carriers ──> intake ─> admit ─> translate ─> journal ─> receipts ──> carriers
 *                                                     │
 *                                    head bell ───────┼──> follow  ──> view ──> query ──> askers
 *                                                     ├──> publish ──> live subscribers
 *                                                     └──> replay  ──> those who were away
 *
 * This thread owns the synchronous road: the sockets of intake, the journal's only writer, the delivery
 * keys, quarantine and the feeds. Everything to the right of the bell has a thread and readers of its
 * own, and can be late without anybody losing anything. */
#include "broker.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/notify.h"
#include "base/point.h"
#include "hub.h"
#include "keys.h"
#include "move/receipt.h"
#include "record.h"

enum { LAGGING_MS = 100 };
#define PAUSE_US     INT64_C(1000000) /* after a failed commit */
#define FEED_SAVE_US INT64_C(5000000) /* of counters that no commit took along */

/* -- the turn --------------------------------------------------------------------------------------- */

/* The senders of this turn send again. */
static void make_keys_again(lb_broker *hub)
{
    hub->are_keys_damaged = false;
    lb_err err =
        lb_keys_make_again(&hub->dedup, hub->journal, hub->folder.journal, hub->folder.keys);
    if (err != LB_OK) { /* nothing can be promised without them */
        lb_log(LB_LOG_HUB_FAIL, "what=keys err=%s", lb_err_name(err));
        hub->pause_until_us = INT64_MAX;
    }
}

/* Gives the item its place among the delivery keys, or what was said about it before. */
static lb_err claim_item(lb_broker *hub, size_t index)
{
    lb_item *item = &hub->batch.items[index];
    lb_claim claim;
    lb_known known;

    lb_err err =
        lb_dedup_claim(hub->dedup, item->token, index, &claim, &item->slot, &item->twin, &known);
    hub->are_keys_damaged = err == LB_ERR_CORRUPT;
    if (err != LB_OK)
        return err;
    if (claim == LB_CLAIM_TWIN) {
        item->stage = LB_ITEM_TWIN;
    } else if (claim == LB_CLAIM_KNOWN) {
        item->stage = LB_ITEM_KNOWN;
        item->first_seq = known.first_seq;
        item->event_count = known.events;
        item->doubts = known.doubts;
    } else if (item->releases == LB_UNKNOWN) {
        err = lb_quarantine_recall(hub->quarantine, item, &hub->batch.arena);
        return err == LB_ERR_NOT_FOUND ? LB_OK : err;
    }
    return LB_OK;
}

static lb_err drop_known(lb_broker *hub)
{
    lb_err err = lb_dedup_ready(hub->dedup, hub->batch.count);

    for (size_t i = 0; err == LB_OK && i < hub->batch.count; i++)
        if (hub->batch.items[i].stage == LB_ITEM_NEW)
            err = claim_item(hub, i);
    return err;
}

static bool has_news(const lb_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++)
        if (batch->items[i].stage == LB_ITEM_READ || batch->items[i].stage == LB_ITEM_UNREAD)
            return true;
    return false;
}

static lb_err write_turn(lb_broker *hub, lb_batch *batch)
{
    lb_err err = lb_journal_append(hub->journal, batch, lb_clock_now_us());

    if (err == LB_OK)
        err = lb_quarantine_append(hub->quarantine, batch);
    if (err != LB_OK)
        return err;
    lb_feed_count(hub->feeds, batch);
    err = lb_feed_save(hub->feeds);
    lb_point("before-commit");
    return err;
}

static void settle(lb_broker *hub, lb_batch *batch, bool is_kept)
{
    lb_journal_settle(hub->journal, is_kept);
    lb_quarantine_settle(hub->quarantine, is_kept);
    lb_feed_settle(hub->feeds, is_kept);
    for (size_t i = 0; i < batch->count; i++) {
        const lb_item *item = &batch->items[i];
        if (item->slot == LB_NO_SLOT)
            continue;
        if (is_kept && item->stage == LB_ITEM_READ)
            lb_dedup_settle(hub->dedup, item->slot,
                            &(lb_known){item->first_seq, item->event_count, item->doubts});
        else
            lb_dedup_forget(hub->dedup, item->slot);
    }
    if (is_kept)
        lb_dedup_reached(hub->dedup, lb_journal_tell(hub->journal).block);
}

/* All of the turn, or nothing: one fsynced commit. */
static lb_err keep_turn(lb_broker *hub, lb_batch *batch)
{
    if (!has_news(batch)) {
        lb_feed_count(hub->feeds, batch);
        settle(hub, batch, true);
        return LB_OK;
    }
    lb_err err = lb_store_begin(hub->store);
    if (err == LB_OK)
        err = write_turn(hub, batch);
    if (err == LB_OK)
        err = lb_store_commit(hub->store);
    if (err == LB_OK) {
        lb_point("after-commit");
        hub->feeds_saved_us = lb_clock_monotonic_us();
    } else {
        lb_store_rollback(hub->store);
        hub->pause_until_us = lb_clock_monotonic_us() + PAUSE_US;
        lb_log(LB_LOG_JRN_COMMIT_FAIL, "err=%s messages=%zu", lb_err_name(err), batch->count);
    }
    settle(hub, batch, err == LB_OK);
    return err;
}

static lb_err read_and_keep(lb_broker *hub, lb_batch *batch)
{
    lb_admit_judge(hub->admit, batch, LB_SIDE_INSIDE);
    lb_err err = drop_known(hub);
    if (err != LB_OK) {
        settle(hub, batch, false);
        if (hub->are_keys_damaged)
            make_keys_again(hub);
        return err;
    }
    lb_translate_read(hub->translate, batch);
    return keep_turn(hub, batch);
}

static void send_receipts(lb_broker *hub, lb_batch *batch, lb_err kept)
{
    for (size_t f = 0; f < batch->frame_count; f++) {
        lb_span receipts;
        if (lb_receipt_pack(batch, &batch->frames[f], kept, &receipts) == LB_OK)
            lb_intake_answer(hub->intake, &batch->frames[f], receipts);
        lb_point("mid-receipt");
    }
}

static void hand_on(lb_broker *hub)
{
    lb_bell_ring(hub->head_bell, lb_journal_tell(hub->journal).seq);
}

static void turn(lb_broker *hub)
{
    lb_batch *batch = &hub->batch;

    lb_intake_take(hub->intake, batch, lb_clock_now_us()); /* sockets -> frames       */
    if (batch->frame_count > 0) {
        lb_err kept = read_and_keep(hub, batch); /* frames -> events, on disk           */
        if (kept == LB_OK)
            lb_inquire_answer(hub->inquire, batch, lb_clock_now_us()); /* who asks is answered */
        send_receipts(hub, batch, kept); /* the promise, now that it is true    */
        if (kept == LB_OK)
            hand_on(hub); /* to the view and the stream                                 */
    }
    lb_batch_reset(batch);
}

/* -- the desk: questions that only this thread can answer --------------------------------------------- */

/* Reads one message of quarantine again, as a turn of its own. */
static lb_err release(lb_broker *hub, const lb_query *query, lb_answer *answer)
{
    lb_batch *batch = &hub->batch;
    uint8_t token[LB_TOKEN_BYTES];
    int64_t received_us;

    lb_frame *frame = lb_batch_frame(batch);
    frame->side = LB_SIDE_INSIDE;
    lb_err err = lb_quarantine_take(hub->quarantine, query->quarantine_id, &batch->arena,
                                    &frame->submit, token, &received_us);
    if (err != LB_OK)
        return err;
    if (query->format.len > 0)
        frame->submit.messages.at[0].format = query->format;
    lb_batch_items(batch, frame, received_us);
    lb_item *item = &batch->items[frame->first];
    item->releases = query->quarantine_id;

    lb_err kept = read_and_keep(hub, batch);
    lb_record_init(&lb_record_receipt, &answer->receipt);
    lb_receipt_fill(batch, item, kept, &answer->receipt);
    if (kept == LB_OK)
        hand_on(hub);
    if (kept == LB_OK && item->error != LB_OK) {
        answer->receipt.quarantine_id = query->quarantine_id;
        answer->text = LB_SPAN("it still cannot be read, and goes on waiting");
    }
    return kept;
}

/* What doors and gates dropped or turned away before it could be counted as anybody's message. */
static lb_span tell_doors_and_gates(const lb_broker *hub, lb_arena *arena)
{
    lb_span text = lb_door_book_tell(&hub->doors, arena);
    lb_jt808_counts trucks;
    lb_jt809_counts platforms;

    if (hub->jt808 != NULL) {
        lb_jt808_gate_counts(hub->jt808, &trucks);
        text = lb_arena_print(arena, "%.*s\ngate jt808:", LB_ARG(text));
#define X(name) \
    text = lb_arena_print(arena, "%.*s " #name " %lld", LB_ARG(text), (long long)trucks.name);
        LB_JT808_COUNTS(X)
#undef X
    }
    if (hub->jt809 != NULL) {
        lb_jt809_gate_counts(hub->jt809, &platforms);
        text = lb_arena_print(
            arena,
            "%.*s\ngate jt809: links %lld frames %lld bad_frames %lld strangers %lld "
            "failed %lld",
            LB_ARG(text), (long long)platforms.links, (long long)platforms.frames,
            (long long)platforms.bad_frames, (long long)platforms.strangers,
            (long long)platforms.failed);
    }
    return text;
}

static lb_err answer_feeds(lb_broker *hub, lb_arena *arena, lb_answer *answer)
{
    answer->text = tell_doors_and_gates(hub, arena);
    lb_err err = lb_feed_answer(hub->feeds, lb_clock_now_us(), arena, answer);
    for (size_t i = 0; err == LB_OK && i < answer->shares.count; i++) {
        lb_share *share = &answer->shares.at[i];
        const lb_quarantine_share waits = lb_quarantine_of(hub->quarantine, share->owner),
                                  most = lb_quarantine_most(hub->quarantine, share->owner);
        share->quarantined = waits.rows;
        share->quarantined_max = most.rows;
        share->quarantined_bytes = waits.bytes;
        share->quarantined_bytes_max = most.bytes;
    }
    return err;
}

static lb_err answer_at_desk(lb_broker *hub, const lb_query *query, lb_arena *arena,
                             lb_answer *answer)
{
    switch (query->ask) {
    case LB_ASK_FEEDS:
        return answer_feeds(hub, arena, answer);
    case LB_ASK_QUARANTINE_RELEASE:
        return release(hub, query, answer);
    case LB_ASK_QUARANTINE_DROP:
        return lb_quarantine_drop(hub->quarantine, query->quarantine_id);
    case LB_ASK_OVER_BUDGET:
        lb_feed_refuse_question(hub->feeds, query->party.name, lb_clock_now_us());
        return LB_OK;
    default:
        return LB_ERR_MISUSE;
    }
}

/* Between turns, so the batch is free; its arena holds question and answer. */
static bool serve_desk(lb_broker *hub)
{
    lb_batch *batch = &hub->batch;
    lb_letter_in letter;
    lb_query query;
    lb_answer answer;
    lb_span bytes;

    if (lb_socket_take(hub->desk, &batch->arena, &letter) != LB_OK)
        return false;
    lb_record_init(&lb_record_answer, &answer);
    lb_err err = lb_record_unpack(&lb_record_query, letter.body, &batch->arena, &query);
    if (err == LB_OK)
        err = answer_at_desk(hub, &query, &batch->arena, &answer);
    if (err != LB_OK) {
        answer.error = lb_span_of(lb_err_name(err));
        answer.text = lb_span_of(lb_err_text(err));
    }
    if (lb_record_pack(&lb_record_answer, &answer, &batch->arena, &bytes) == LB_OK)
        lb_socket_answer(hub->desk, letter.from, letter.is_req, bytes);
    lb_batch_reset(batch);
    return true;
}

/* -- running ------------------------------------------------------------------------------------------ */

static bool is_lagging(lb_broker *hub)
{
    lb_ear_hear(hub->applied, &hub->applied_seq);
    int64_t lag = lb_journal_tell(hub->journal).seq - hub->applied_seq;
    if (lag <= hub->config.lag_events)
        return false;
    lb_log(LB_LOG_VIE_SLOW, "lag=%lld", (long long)lag);
    return true;
}

void lb_hub_save_feeds(lb_broker *hub, int64_t now_us)
{
    if (now_us - hub->feeds_saved_us < FEED_SAVE_US || !lb_feed_is_dirty(hub->feeds))
        return;
    hub->feeds_saved_us = now_us;
    lb_err err = lb_store_begin(hub->store);
    if (err == LB_OK)
        err = lb_feed_save(hub->feeds);
    if (err == LB_OK)
        err = lb_store_commit(hub->store);
    if (err != LB_OK)
        lb_store_rollback(hub->store);
    lb_feed_settle(hub->feeds, err == LB_OK);
}

static void keep_house(lb_broker *hub)
{
    int64_t now_us = lb_clock_monotonic_us();
    int64_t every_us = lb_notify_watchdog_us();

    lb_hub_save_feeds(hub, now_us);
    if (every_us > 0 && now_us - hub->watchdog_us > every_us / 2) {
        hub->watchdog_us = now_us;
        lb_notify("WATCHDOG=1");
    }
}

/* The first two items are always looked at; those of the intake only when it is open. While the view
 * lags, the intake opens ten times a second and takes one turn. */
void lb_broker_run(lb_broker *hub, int wake_fd)
{
    zmq_pollitem_t items[2 + LB_SIDES] = {{.fd = wake_fd, .events = ZMQ_POLLIN},
                                          {.socket = hub->desk, .events = ZMQ_POLLIN}};
    lb_intake_wait_for(hub->intake, items + 2);

    for (;;) {
        bool is_paused = lb_clock_monotonic_us() < hub->pause_until_us;
        bool is_slowed = is_lagging(hub);
        bool is_open = !is_paused && !is_slowed;
        if (!lb_socket_wait(items, is_open ? 2 + LB_SIDES : 2,
                            is_open ? LB_DOOR_LOOK_MS : LAGGING_MS))
            return;
        if ((items[0].revents & ZMQ_POLLIN) != 0)
            return;
        while (serve_desk(hub))
            ;
        if (!is_paused)
            turn(hub);
        keep_house(hub);
    }
}

void lb_broker_reload(lb_broker *hub)
{
    lb_admit_forget(hub->admit);
}
