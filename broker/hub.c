/* hub.c - the turns of the hub: from requests at the intake to receipts.
 *
 *     carriers ──> intake ─> backlog ─> admit ─> translate ─> journal ─> receipts ──> carriers
 *                                                                │
 *                                                  head channel ─┼──> view_updater ─> view ─> query ──> clients
 *                                                                ├──> publish ──> live subscribers
 *                                                                └──> replay ──> clients that catch up
 *
 * The first line is the hub's thread. It owns the sockets of the intake, the journal's only writer, the delivery keys,
 * quarantine and the feeds. What hears of the head has threads and journal readers of its own: it may lag without any
 * loss. */
#include "hub.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/service.h"
#include "base/point.h"
#include "parts.h"
#include "keys.h"
#include "net/receipt.h"
#include "record.h"

enum { STOPPED_MS = 100, PACED_MS = 5, LOOK_ITEMS = 16, LOOK_BYTES = 4096 };
#define PACED_EVENT_US INT64_C(100)     /* delay of its sender for each event while the view lags */
#define TURN_READ_US   INT64_C(20000)   /* reading time of a turn */
#define LONE_READ_US   INT64_C(60000)   /* the same while one sender sends and no other waits */
#define PAUSE_US       INT64_C(1000000) /* after a failed commit */
#define FEED_SAVE_US   INT64_C(5000000) /* after it counters of feeds get an append of their own */

/* -- the turn --------------------------------------------------------------------------------------- */

/* The receipts of this turn say FAILED, so its messages are sent again and judged by the rebuilt keys. */
static void rebuild_keys(lb_hub *hub)
{
    hub->are_keys_damaged = false;
    lb_err err =
        lb_keys_make_again(&hub->dedup, hub->journal, &hub->journal_place, hub->folder.keys);
    if (err != LB_OK) { /* without them a message could be kept twice */
        lb_log(LB_LOG_HUB_FAIL, "what=keys err=%s", lb_err_name(err));
        hub->pause_until_us = INT64_MAX;
    }
}

/* Looks the item's delivery key up: a new key gets a slot; a known one the result of the first receipt; one that was
 * refused before, the refusal in quarantine. */
static lb_err claim_item(lb_hub *hub, size_t index)
{
    lb_item *item = &hub->batch.items[index];
    lb_dedup_verdict claim;
    lb_known known;

    lb_err err =
        lb_dedup_judge(hub->dedup, item->token, index, &claim, &item->slot, &item->twin, &known);
    hub->are_keys_damaged = err == LB_ERR_CORRUPT;
    if (err != LB_OK)
        return err;
    if (claim == LB_DEDUP_TWIN) {
        item->stage = LB_ITEM_TWIN;
    } else if (claim == LB_DEDUP_KNOWN) {
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

static bool has_news(const lb_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++)
        if (batch->items[i].stage == LB_ITEM_READ || batch->items[i].stage == LB_ITEM_UNREAD)
            return true;
    return false;
}

/* Puts everything that the turn writes into one append: events, refused messages, counters. */
static lb_err fill_append(lb_hub *hub, lb_batch *batch, lb_append *append)
{
    lb_journal_begin(hub->journal, append);
    lb_err err = lb_journal_add(hub->journal, batch, lb_clock_now_us(), append);
    if (err == LB_OK)
        err = lb_quarantine_add(hub->quarantine, batch, append);
    if (err != LB_OK)
        return err;
    lb_feed_count(hub->feeds, batch);
    return lb_feed_add(hub->feeds, &batch->arena, append);
}

/* Applies the outcome of the append in memory: delivery keys are settled or forgotten, quarantine and feeds follow. */
static void settle(lb_hub *hub, lb_batch *batch, bool is_kept)
{
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

/* FENCED is final: another hub writes this journal now. */
static void pause_after(lb_hub *hub, lb_err err)
{
    hub->is_fenced = err == LB_ERR_FENCED;
    hub->pause_until_us = hub->is_fenced ? INT64_MAX : lb_clock_monotonic_us() + PAUSE_US;
}

/* Appends the turn, all of it or nothing, in one synced append. Runs in the hub's thread or in the keeper. */
static lb_err keep_turn(void *whose)
{
    lb_hub *hub = whose;
    lb_batch *batch = &hub->batch;
    lb_append append;

    lb_err err = fill_append(hub, batch, &append);
    if (err == LB_OK)
        err = lb_journal_append(hub->journal, &append);
    if (err == LB_OK) {
        hub->feeds_saved_us = lb_clock_monotonic_us();
    } else {
        pause_after(hub, err);
        lb_log(LB_LOG_JRN_COMMIT_FAIL, "err=%s messages=%zu", lb_err_name(err), batch->count);
    }
    settle(hub, batch, err == LB_OK);
    return err;
}

/* Keeps the turn in the keeper and meanwhile moves requests from the sockets to the backlog, for later turns. If they
 * stayed in libzmq's queues, libzmq would take two of each peer and no more until the turn is on disk. */
static lb_err keep_beside(lb_hub *hub)
{
    zmq_pollitem_t items[1 + LB_SIDES] = {
        {.fd = lb_beside_file(hub->keeper), .events = ZMQ_POLLIN}};
    lb_err kept = LB_OK;

    lb_intake_wait_for(hub->intake, items + 1);
    lb_beside_begin(hub->keeper, keep_turn, hub);
    while (!lb_beside_end(hub->keeper, &kept)) {
        bool may_take = hub->lag != LB_LAG_STOPPED && !lb_backlog_is_full(hub->backlog);
        bool is_open = lb_socket_wait(items, may_take ? 1 + LB_SIDES : 1, LB_DOOR_LOOK_MS);
        if (may_take && is_open)
            lb_intake_take(hub->intake, hub->backlog, lb_clock_now_us());
    }
    return kept;
}

/* -- reading ------------------------------------------------------------------------------------------ */

/* False: a long message that its own thread has not read yet; the item comes in a later turn. */
static bool translate_item(lb_hub *hub, lb_frame *frame, lb_item *item)
{
    if (hub->translate_long == NULL || !lb_translate_long_takes(item, frame)) {
        lb_translate_read(hub->translate, &hub->batch, item);
        return true;
    }
    return lb_translate_long_read(hub->translate_long, frame, item, lb_admit_revision(hub->admit));
}

/* Reads the message unless its delivery key is known. *is_later: it is being read outside the turn, and the item was
 * taken back. */
static lb_err read_item(lb_hub *hub, lb_frame *frame, lb_item *item, bool *is_later)
{
    lb_err err = LB_OK;

    *is_later = false;
    if (item->stage == LB_ITEM_NEW)
        err = claim_item(hub, (size_t)(item - hub->batch.items));
    if (err != LB_OK || item->stage != LB_ITEM_NEW)
        return err;
    *is_later = !translate_item(hub, frame, item);
    if (*is_later) {
        lb_dedup_forget(hub->dedup, item->slot);
        lb_batch_take_back(&hub->batch, frame);
    }
    return LB_OK;
}

/* The part of a turn that one sender gets. Reading the clock is expensive compared with reading a small message, so it
 * is read once for LOOK_ITEMS messages or LOOK_BYTES bytes, and at once after a refused message, which is charged. */
typedef struct slice {
    int64_t began_us, looked_us;
    int64_t left_us;     /* of the turn's reading time */
    int64_t wall_us;     /* "now" for answers to FSR messages */
    size_t items, bytes; /* since the clock was read */
    bool has_refused;    /* the same */
    bool is_suspended;   /* the next message is being read outside the turn */
} slice;

static bool is_look_due(slice *s, const lb_item *item)
{
    s->items++;
    s->bytes += item->message->body.len;
    s->has_refused |= item->stage == LB_ITEM_UNREAD || item->stage == LB_ITEM_DENIED;
    return s->has_refused || s->items >= LOOK_ITEMS || s->bytes >= LOOK_BYTES;
}

/* Reads the clock and charges the sender for refused messages. False: the slice is over. */
static bool look_at_clock(lb_hub *hub, const lb_frame *frame, slice *s)
{
    int64_t now_us = lb_clock_monotonic_us(), used_us = now_us - s->began_us;

    if (s->has_refused)
        lb_admit_charge(hub->admit, frame, now_us - s->looked_us);
    s->looked_us = now_us;
    s->items = s->bytes = 0;
    s->has_refused = false;
    return used_us < s->left_us && lb_backlog_may_go_on(hub->backlog, used_us);
}

static lb_err read_frame(lb_hub *hub, lb_frame *frame, slice *s)
{
    lb_err err = LB_OK;
    bool may_go_on = true;

    while (err == LB_OK && may_go_on && !lb_frame_is_last(frame)) {
        lb_item *item = lb_batch_item(&hub->batch, frame, frame->of->received_us);
        lb_admit_item(hub->admit, frame, item);
        err = read_item(hub, frame, item, &s->is_suspended);
        if (s->is_suspended)
            break;
        if (err == LB_OK)
            lb_inquire_answer(hub->inquire, &hub->batch, item, s->wall_us);
        if (err == LB_OK && is_look_due(s, item))
            may_go_on = look_at_clock(hub, frame, s);
    }
    return err;
}

/* The delay of the frame's sender while the view lags, by the number of events in the frame. */
static int64_t pace_of(const lb_hub *hub, const lb_frame *frame)
{
    int64_t events = 0;

    for (size_t i = 0; hub->lag != LB_LAG_NONE && i < frame->count; i++)
        events += (int64_t)hub->batch.items[frame->first + i].events.count;
    return events * PACED_EVENT_US;
}

/* Reads a submission from its next message on, until it ends or its sender's slice is over. */
static lb_err read_slice(lb_hub *hub, lb_submission *one, int64_t now_us, int64_t left_us)
{
    lb_batch *batch = &hub->batch;
    slice s = {
        .began_us = now_us, .looked_us = now_us, .left_us = left_us, .wall_us = lb_clock_now_us()};
    lb_err err = LB_OK;

    if (hub->translate_long != NULL &&
        lb_translate_long_is_busy_for(hub->translate_long, one->long_ticket)) {
        lb_backlog_suspend(hub->backlog, now_us, 0);
        return LB_OK;
    }
    lb_frame *frame = lb_intake_frame(batch, one);
    if (one->is_broken && frame->refused == LB_OK)
        lb_intake_refuse(batch, frame, LB_ERR_BUSY,
                         LB_SPAN("an earlier part of the same Submit could not be kept: "
                                 "send both again"));
    else if (frame->refused == LB_OK && lb_admit_frame(hub->admit, frame, LB_SIDE_INSIDE) != LB_OK)
        lb_intake_refuse(batch, frame, frame->refused, frame->why);
    else if (frame->refused == LB_OK)
        err = read_frame(hub, frame, &s);
    else
        lb_admit_owner(hub->admit, frame);
    if (frame->refused == LB_OK && frame->skipped == 0 && frame->count > 0)
        batch->bytes +=
            one->body.len; /* once, however many turns it takes; not when it is refused */
    one->done = frame->skipped + frame->count;
    now_us = lb_clock_monotonic_us();
    lb_backlog_pace(hub->backlog, now_us, pace_of(hub, frame));
    if (s.is_suspended)
        lb_backlog_suspend(hub->backlog, now_us, now_us - s.began_us);
    else
        lb_backlog_used(hub->backlog, now_us, now_us - s.began_us, lb_frame_is_last(frame));
    return err;
}

/* For a turn without space for its delivery keys: submissions get items that are not read, so that their receipts say
 * FAILED and they are sent again. */
static void add_unread_items(lb_hub *hub, lb_batch *batch)
{
    lb_submission *one;

    while (!lb_batch_is_full(batch) && (one = lb_backlog_next(hub->backlog, 0, false)) != NULL) {
        lb_frame *frame = lb_intake_frame(batch, one);
        lb_batch_items(batch, frame, one->received_us);
        lb_backlog_used(hub->backlog, 0, 0, true);
    }
}

/* Counts messages that the backlog refused: "/NAME" is a party; sources share the row of connections without a key. */
static void count_turned_away(void *whose, lb_span sender, size_t messages)
{
    lb_hub *hub = whose;
    bool is_party = lb_span_starts(sender, "/");

    lb_feed_refuse(hub->feeds, is_party ? lb_span_after(sender, 1) : LB_SPAN("local"), LB_ERR_BUSY,
                   messages, lb_clock_now_us());
}

/* Gives senders slices in turn until the reading time is used up. What is not reached waits for the next turn. */
static lb_err read_waiting(lb_hub *hub, lb_batch *batch)
{
    const int64_t began_us = lb_clock_monotonic_us();
    int64_t now_us = began_us, most_us;
    lb_submission *one;

    hub->is_lone = lb_backlog_is_lone(hub->backlog, began_us);
    most_us = hub->is_lone ? LONE_READ_US : TURN_READ_US;
    lb_backlog_each_turned_away(hub->backlog, count_turned_away, hub);
    if (lb_backlog_is_empty(hub->backlog))
        return LB_OK;
    lb_admit_begin(hub->admit);
    lb_err err = lb_dedup_ready(hub->dedup, batch->room);
    if (err != LB_OK)
        add_unread_items(hub, batch);
    while (err == LB_OK && !lb_batch_is_full(batch) && now_us - began_us < most_us &&
           (one = lb_backlog_next(hub->backlog, now_us,
                                  batch->count > 0 || hub->lag == LB_LAG_PACED)) != NULL) {
        err = read_slice(hub, one, now_us, most_us - (now_us - began_us));
        now_us = lb_clock_monotonic_us();
    }
    return err;
}

/* Keeps the turn, or frees its delivery keys when reading failed. Gives the error that its receipts report. */
static lb_err keep_or_take_back(lb_hub *hub, lb_err read)
{
    lb_batch *batch = &hub->batch;

    if (read == LB_OK &&
        has_news(batch)) /* with one sender a second thread costs more than it saves */
        return hub->keeper == NULL || hub->is_lone ? keep_turn(hub) : keep_beside(hub);
    if (read == LB_OK) { /* nothing to append: duplicates and refusals that are not kept */
        lb_feed_count(hub->feeds, batch);
        settle(hub, batch, true);
        return LB_OK;
    }
    settle(hub, batch, false);
    if (hub->are_keys_damaged)
        rebuild_keys(hub);
    return read;
}

/* -- receipts ----------------------------------------------------------------------------------------- */

static void answer_frame(lb_hub *hub, lb_batch *batch, lb_frame *frame, lb_err kept)
{
    lb_span receipts;

    if (frame->is_stranger && lb_intake_expel(hub->intake, frame))
        return;
    if (lb_receipt_pack(batch, frame, kept, &hub->epochs, &receipts) == LB_OK && receipts.len > 0)
        lb_intake_answer(hub->intake, frame, receipts);
}

static void send_receipts(lb_hub *hub, lb_batch *batch, lb_err kept)
{
    for (size_t f = 0; f < batch->frame_count; f++) {
        lb_frame *frame = &batch->frames[f];
        answer_frame(hub, batch, frame, kept);
        if (lb_frame_is_last(frame))
            lb_submission_end(frame->of);
        lb_point("mid-receipt");
    }
}

/* The view, the live stream and replay read on from here. */
static void notify_head(lb_hub *hub)
{
    lb_notify_send(hub->head_channel, lb_journal_tell(hub->journal).seq);
}

static void turn(lb_hub *hub)
{
    lb_batch *batch = &hub->batch;

    if (lb_translate_long_look(hub->translate_long, lb_clock_monotonic_us()))
        lb_backlog_resume(hub->backlog);
    /* sockets -> backlog */
    lb_intake_take(hub->intake, hub->backlog, lb_clock_now_us());
    /* backlog -> frames, items, events */
    lb_err kept = read_waiting(hub, batch);
    if (batch->frame_count > 0) {
        /* events -> journal, on disk */
        kept = keep_or_take_back(hub, kept);
        /* A receipt promises what is on disk, so it is sent after the append. */
        send_receipts(hub, batch, kept);
        if (kept == LB_OK)
            notify_head(hub);
    }
    lb_backlog_end_turn(hub->backlog, lb_clock_monotonic_us());
    lb_batch_reset(batch);
    if (lb_translate_long_end_turn(hub->translate_long))
        lb_backlog_resume(hub->backlog);
}

/* -- hub_rpc: questions that the hub's thread answers ---------------------------------------------------- */

static lb_err read_released(lb_hub *hub, lb_frame *frame, lb_item *item)
{
    bool is_later; /* stays false: what is released is always read in this turn */

    lb_admit_begin(hub->admit);
    lb_err err = lb_dedup_ready(hub->dedup, 1);
    if (err == LB_OK && lb_admit_frame(hub->admit, frame, LB_SIDE_INSIDE) == LB_OK) {
        lb_admit_item(hub->admit, frame, item);
        err = read_item(hub, frame, item, &is_later);
    } else if (err == LB_OK) {
        lb_item_refuse(item, LB_ITEM_DENIED, frame->refused, LB_UNKNOWN, frame->why);
    }
    return keep_or_take_back(hub, err);
}

/* Reads one message of quarantine again, as a turn of its own. */
static lb_err answer_quarantine_release(lb_hub *hub, const lb_query *query, lb_arena *arena,
                                        lb_answer *answer)
{
    (void)arena; /* the same as the batch's */
    lb_batch *batch = &hub->batch;
    uint8_t token[LB_TOKEN_BYTES];
    int64_t received_us;

    lb_frame *frame = lb_batch_frame(batch);
    frame->side = LB_SIDE_INSIDE;
    lb_err err = lb_quarantine_take(hub->quarantine, query->quarantine_release.id, &batch->arena,
                                    &frame->submit, token, &received_us);
    if (err != LB_OK)
        return err;
    if (query->quarantine_release.format.len > 0)
        frame->submit.messages.at[0].format = query->quarantine_release.format;
    lb_item *item = lb_batch_item(batch, frame, received_us);
    item->releases = query->quarantine_release.id;

    lb_err kept = read_released(hub, frame, item);
    lb_record_init(&lb_record_receipt, &answer->receipt);
    lb_receipt_fill(batch, item, kept, &answer->receipt);
    if (kept == LB_OK)
        notify_head(hub);
    if (kept == LB_OK && item->error != LB_OK) {
        answer->receipt.quarantine_id = query->quarantine_release.id;
        answer->text = LB_SPAN("still unreadable; left in quarantine");
    }
    return kept;
}

static lb_err answer_feeds(lb_hub *hub, const lb_query *query, lb_arena *arena, lb_answer *answer)
{
    (void)query;
    lb_door_book_count(&hub->doors, arena, &answer->feeds.counter_sets);
    lb_gates_count(hub->gates, arena, &answer->feeds.counter_sets);
    lb_err err = lb_feed_answer(hub->feeds, lb_clock_now_us(), arena, &answer->feeds);
    for (size_t i = 0; err == LB_OK && i < answer->feeds.shares.count; i++) {
        lb_share *share = &answer->feeds.shares.at[i];
        const lb_quarantine_share waits = lb_quarantine_of(hub->quarantine, share->owner),
                                  most = lb_quarantine_most(hub->quarantine, share->owner);
        share->quarantined = waits.rows;
        share->quarantined_max = most.rows;
        share->quarantined_bytes = waits.bytes;
        share->quarantined_bytes_max = most.bytes;
    }
    return err;
}

/* Records in the journal's LOST entries under which numbers salvage has kept their messages again. */
static lb_err answer_regained(lb_hub *hub, const lb_query *query, lb_arena *arena,
                              lb_answer *answer)
{
    (void)answer;
    lb_append append;
    lb_err err = LB_OK;

    lb_journal_begin(hub->journal, &append);
    for (size_t i = 0; err == LB_OK && i < query->regained.regained.count; i++)
        err =
            lb_journal_add_regained(hub->journal, &query->regained.regained.at[i], arena, &append);
    return err == LB_OK ? lb_journal_append(hub->journal, &append) : err;
}

static lb_err answer_quarantine_drop(lb_hub *hub, const lb_query *query, lb_arena *arena,
                                     lb_answer *answer)
{
    (void)answer;
    lb_append append;

    lb_journal_begin(hub->journal, &append);
    lb_err err = lb_quarantine_add_drop(hub->quarantine, query->quarantine_drop.id, arena, &append);
    if (err == LB_OK)
        err = lb_journal_append(hub->journal, &append);
    lb_quarantine_settle(hub->quarantine, err == LB_OK);
    return err;
}

static lb_err answer_over_budget(lb_hub *hub, const lb_query *query, lb_arena *arena,
                                 lb_answer *answer)
{
    (void)arena, (void)answer;
    lb_feed_refuse(hub->feeds, query->over_budget.party, LB_ERR_TOO_BIG, 1, lb_clock_now_us());
    return LB_OK;
}

static lb_err answer_rpc(lb_hub *hub, const lb_query *query, lb_arena *arena, lb_answer *answer)
{
    switch (query->ask) {
#define LB_ASK_OF_HUB(NAME, name) \
    case LB_ASK_##NAME:           \
        return answer_##name(hub, query, arena, answer);
#define LB_ASK_OF_INSIDE LB_ASK_OF_HUB
#include "landbridge/asks.def"
    default:
        return LB_ERR_MISUSE;
    }
}

/* Answers one question; false: none is queued. Called between turns, when the batch is empty: its arena holds question
 * and answer. */
static bool serve_rpc(lb_hub *hub)
{
    lb_batch *batch = &hub->batch;
    lb_request request;
    lb_query query;
    lb_answer answer;
    lb_span bytes;

    if (lb_socket_take(hub->hub_rpc, &batch->arena, &request) != LB_OK)
        return false;
    lb_record_init(&lb_record_answer, &answer);
    lb_err err = lb_record_unpack(&lb_record_query, request.body, &batch->arena, &query);
    if (err == LB_OK)
        err = answer_rpc(hub, &query, &batch->arena, &answer);
    if (err != LB_OK) {
        answer.error = lb_span_of(lb_err_name(err));
        answer.text = lb_span_of(lb_err_text(err));
    }
    if (lb_record_pack(&lb_record_answer, &answer, &batch->arena, &bytes) == LB_OK)
        lb_socket_answer(hub->hub_rpc, request.from, request.is_req, bytes);
    lb_batch_reset(batch);
    return true;
}

/* -- running ------------------------------------------------------------------------------------------ */

/* Reads how far the view is and sets hub->lag; logs when the lag has grown. */
static void measure_lag(lb_hub *hub)
{
    int64_t most = hub->config.lag_events;

    lb_notify_receive(hub->applied, &hub->applied_seq);
    int64_t events = lb_journal_tell(hub->journal).seq - hub->applied_seq;
    lb_lag lag = events <= most          ? LB_LAG_NONE
                 : events - most <= most ? LB_LAG_PACED
                                         : LB_LAG_STOPPED;
    if (lag > hub->lag)
        lb_log(LB_LOG_VIE_SLOW, "lag=%lld", (long long)events);
    hub->lag = lag;
}

void lb_hub_save_feeds(lb_hub *hub, int64_t now_us)
{
    lb_append append;

    if (hub->is_fenced || now_us - hub->feeds_saved_us < FEED_SAVE_US ||
        !lb_feed_is_dirty(hub->feeds))
        return;
    hub->feeds_saved_us = now_us;
    lb_journal_begin(hub->journal, &append);
    lb_err err = lb_feed_add(hub->feeds, &hub->batch.arena, &append);
    if (err == LB_OK)
        err = lb_journal_append(hub->journal, &append);
    lb_batch_reset(&hub->batch);
    lb_feed_settle(hub->feeds, err == LB_OK);
    if (err == LB_ERR_FENCED)
        pause_after(hub, err);
}

static void do_housekeeping(lb_hub *hub)
{
    int64_t now_us = lb_clock_monotonic_us();
    int64_t every_us = lb_service_watchdog_us();

    lb_hub_save_feeds(hub, now_us);
    lb_journal_tidy(hub->journal, now_us); /* a failure is logged there, and tried again */
    if (every_us > 0 && now_us - hub->watchdog_us > every_us / 2) {
        hub->watchdog_us = now_us;
        lb_service_notify("WATCHDOG=1");
    }
}

/* Timeout of the wait for the sockets. */
static int wait_ms(const lb_hub *hub, bool is_open)
{
    if (!is_open)
        return STOPPED_MS;
    if (lb_backlog_is_quiet(hub->backlog))
        return LB_DOOR_LOOK_MS;
    return hub->lag == LB_LAG_PACED ? PACED_MS : 0; /* PACED: all that wait may be in debt */
}

/* The first three items are always polled, those of the intake only while it is open. With LB_LAG_STOPPED it is closed,
 * so each wait runs into STOPPED_MS, and one turn follows. */
void lb_hub_run(lb_hub *hub, int wake_fd)
{
    enum { ALWAYS = 3 };
    zmq_pollitem_t items[ALWAYS + LB_SIDES] = {
        {.fd = wake_fd, .events = ZMQ_POLLIN},
        {.socket = hub->hub_rpc, .events = ZMQ_POLLIN},
        {.fd = lb_translate_long_file(hub->translate_long), .events = ZMQ_POLLIN}};
    lb_intake_wait_for(hub->intake, items + ALWAYS);

    for (;;) {
        bool is_paused = lb_clock_monotonic_us() < hub->pause_until_us;
        measure_lag(hub);
        bool is_open = !is_paused && hub->lag != LB_LAG_STOPPED;
        if (!lb_socket_wait(items, is_open ? ALWAYS + LB_SIDES : ALWAYS, wait_ms(hub, is_open)))
            return;
        if ((items[0].revents & ZMQ_POLLIN) != 0)
            return;
        while (serve_rpc(hub))
            ;
        if (!is_paused)
            turn(hub);
        do_housekeeping(hub);
    }
}

void lb_hub_reload(lb_hub *hub)
{
    lb_admit_forget(hub->admit);
}
