/* broker.c - opens the parts in order, turns, closes them in reverse.
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

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/folder.h"
#include "base/log.h"
#include "base/notify.h"
#include "base/point.h"
#include "gate/jt808.h"
#include "gate/jt809.h"
#include "gate/spool.h"
#include "keep/dedup.h"
#include "keep/feed.h"
#include "keep/journal.h"
#include "keep/quarantine.h"
#include "landbridge/version.h"
#include "move/admin.h"
#include "move/admit.h"
#include "move/curve.h"
#include "move/follow.h"
#include "move/inquire.h"
#include "move/intake.h"
#include "move/publish.h"
#include "move/query.h"
#include "move/receipt.h"
#include "move/registrar.h"
#include "move/replay.h"
#include "move/translate.h"
#include "record.h"

enum { LAGGING_MS = 100, DESK_BYTES = 256 * 1024 * 1024 };
#define PAUSE_US     INT64_C(1000000) /* after a failed commit */
#define FEED_SAVE_US INT64_C(5000000) /* of counters that no commit took along */

struct lb_broker {
    lb_config config;
    lb_folder folder;
    lb_endpoints endpoints;
    lb_door_book doors;
    lb_curve_keys keys;
    char seal[LB_SEAL_ROOM]; /* of the names that the registrar gives */
    void *zmq;
    lb_batch batch;

    lb_store *store;
    lb_journal *journal;
    lb_dedup *dedup;
    lb_quarantine *quarantine;
    lb_feed_book *feeds;

    lb_registrar *registrar;
    lb_intake *intake;
    lb_admit *admit;
    lb_translate *translate;
    lb_inquire *inquire;
    void *desk;      /* of questions that this thread must answer */
    void *head_bell; /* rung after each commit                    */
    void *applied;   /* how far the view is                       */
    lb_admin admin;

    lb_follow *follow;
    lb_publish *publish;
    lb_replay *replay;
    lb_query_room *query;
    lb_spool *spool;
    lb_jt808_gate *jt808;
    lb_jt809_gate *jt809;

    bool are_keys_damaged;
    int64_t applied_seq;
    int64_t pause_until_us;
    int64_t feeds_saved_us;
    int64_t watchdog_us;
};

/* -- the delivery keys --------------------------------------------------------------------------------- */

static lb_err learn_page(lb_broker *hub, const lb_page *page)
{
    int64_t seq = page->first_seq;

    lb_err err = lb_dedup_ready(hub->dedup, page->body.entries.count);
    for (size_t i = 0; err == LB_OK && i < page->body.entries.count; i++) {
        const lb_entry *entry = &page->body.entries.at[i];
        int64_t events = (int64_t)entry->events.count;
        if (entry->token.len != LB_TOKEN_BYTES)
            return LB_ERR_CORRUPT;
        err = lb_dedup_learn(hub->dedup, (const uint8_t *)entry->token.at,
                             &(lb_known){events > 0 ? seq : LB_UNKNOWN, events,
                                         entry->doubts == LB_UNKNOWN ? 0 : entry->doubts});
        seq += events;
    }
    return err;
}

/* What keys.db does not have yet is learnt from the tail of the journal. A damaged block is passed over: who sends
 * its messages again is heard again, and the view knows an event by what it says. */
static lb_err learn_keys(lb_broker *hub)
{
    lb_journal_reader *reader = NULL;
    const lb_page *page;

    lb_err err = lb_journal_reader_open(&reader, hub->folder.journal);
    int64_t block = lb_dedup_applied(hub->dedup) + 1;
    while (err == LB_OK) {
        err = lb_journal_read_block(reader, block, &page);
        if (err == LB_ERR_CORRUPT)
            err = lb_journal_read_past(reader, block, &page);
        if (err == LB_OK)
            err = learn_page(hub, page);
        if (err == LB_OK) {
            lb_dedup_reached(hub->dedup, page->block);
            block = page->block + 1;
        }
    }
    lb_journal_reader_close(&reader);
    return err == LB_ERR_NOT_FOUND ? LB_OK : err;
}

static lb_err open_keys(lb_broker *hub)
{
    lb_err err =
        lb_dedup_open(&hub->dedup, hub->folder.keys, lb_journal_tell(hub->journal).block, 0);
    return err == LB_OK ? learn_keys(hub) : err;
}

/* keys.db is derived: damaged, it is thrown away and made again, and the senders of this turn send again. */
static void make_keys_again(lb_broker *hub)
{
    hub->are_keys_damaged = false;
    lb_log(LB_LOG_KEY_REBUILD, "path=%s why=%s", hub->folder.keys, lb_err_name(LB_ERR_CORRUPT));
    lb_dedup_close(&hub->dedup);
    lb_store_remove(hub->folder.keys);
    lb_err err = open_keys(hub);
    if (err != LB_OK) { /* nothing can be promised without them */
        lb_log(LB_LOG_HUB_FAIL, "what=keys err=%s", lb_err_name(err));
        hub->pause_until_us = INT64_MAX;
    }
}

/* -- the turn --------------------------------------------------------------------------------------- */

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
    return lb_feed_answer(hub->feeds, lb_clock_now_us(), arena, answer);
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

static void save_feeds(lb_broker *hub, int64_t now_us)
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

    save_feeds(hub, now_us);
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

/* -- open and close ------------------------------------------------------------------------------------ */

static lb_err open_keepers(lb_broker *hub)
{
    lb_err err = lb_store_open(&hub->store, hub->folder.journal, LB_STORE_JOURNAL, LB_STORE_WRITE);
    if (err == LB_OK)
        err = lb_journal_open(&hub->journal, hub->store);
    if (err == LB_OK)
        err = lb_quarantine_open(&hub->quarantine, hub->store, hub->config.quarantine_rows);
    if (err == LB_OK)
        err = lb_feed_open(&hub->feeds, hub->store, hub->config.feeds);
    if (err == LB_OK)
        err = open_keys(hub);
    if (err == LB_OK) {
        lb_journal_head head = lb_journal_tell(hub->journal);
        lb_log(LB_LOG_JRN_OPEN, "events=%lld messages=%lld blocks=%lld keys=%lld quarantine=%lld",
               (long long)head.seq, (long long)head.messages, (long long)head.block,
               (long long)lb_dedup_count(hub->dedup),
               (long long)lb_quarantine_waiting(hub->quarantine));
    }
    return err;
}

/* Before any door: nobody comes in whom it does not know. */
static lb_err open_registrar(lb_broker *hub)
{
    unsigned char random[(LB_SEAL_ROOM - 1) / 2];
    const lb_registrar_options options = {.party_path = hub->folder.party,
                                          .seal = {hub->seal, LB_SEAL_ROOM - 1}};

    randombytes_buf(random, sizeof random);
    sodium_bin2hex(hub->seal, sizeof hub->seal, random, sizeof random);
    lb_err err = lb_curve_need(&hub->keys, hub->folder.hub_key);
    if (err == LB_OK && hub->config.tcp)
        lb_endpoints_add(&hub->endpoints, "hub-key", hub->keys.open);
    return err == LB_OK ? lb_registrar_open(&hub->registrar, hub->zmq, &options) : err;
}

/* The bells are hung before the threads that listen to them. */
static lb_err open_movers(lb_broker *hub, const lb_listen *listen)
{
    const lb_config *config = &hub->config;
    const lb_ports intake = {config->intake, config->curve_intake},
                   live = {config->live, config->curve_live},
                   replay = {config->replay, config->curve_replay};
    const lb_admit_options admit = {.feeds = hub->feeds,
                                    .message_bytes = config->message_bytes,
                                    .messages_per_s = config->party_messages,
                                    .bytes_per_s = config->party_bytes};
    /* What is too long is read too, so that it can be refused by name; beyond this nothing is. */
    const int64_t whole_submit = 4 * config->message_bytes + 1024 * 1024;

    hub->admin = (lb_admin){.zmq = hub->zmq, .folder = &hub->folder};
    lb_err err = lb_bell_open(hub->zmq, LB_BELL_HEAD, &hub->head_bell);
    if (err == LB_OK)
        err = lb_follow_open(&hub->follow, hub->zmq, hub->folder.journal, hub->folder.view);
    if (err == LB_OK)
        hub->applied_seq = lb_follow_began_at(hub->follow);
    if (err == LB_OK)
        err = lb_ear_open(hub->zmq, LB_BELL_APPLIED, &hub->applied);
    if (err == LB_OK)
        err = lb_socket_bind(hub->zmq, ZMQ_ROUTER, LB_QUERY_DESK, &hub->desk);
    if (err == LB_OK)
        err = lb_translate_open(&hub->translate, hub->folder.path);
    if (err == LB_OK)
        err = lb_inquire_open(&hub->inquire, hub->folder.view);
    if (err == LB_OK)
        err = lb_admit_open(&hub->admit, listen, &admit);
    if (err == LB_OK)
        err = lb_intake_open(&hub->intake, listen, intake, whole_submit);
    if (err == LB_OK)
        err = lb_publish_open(&hub->publish, listen, live, hub->folder.journal);
    if (err == LB_OK)
        err = lb_replay_open(&hub->replay, listen, replay, config->party_questions,
                             hub->folder.journal);
    return err;
}

static void note_gate(lb_broker *hub, const char *name, const char *address, uint16_t port)
{
    char endpoint[LB_ENDPOINT_ROOM];
    snprintf(endpoint, sizeof endpoint, "tcp://%s:%u", address, (unsigned)port);
    lb_endpoints_add(&hub->endpoints, name, endpoint);
}

static lb_err open_gates(lb_broker *hub)
{
    const lb_config *config = &hub->config;
    const lb_jt808_options terminals = {.intake = LB_INTAKE_INSIDE,
                                        .address = config->jt808_address,
                                        .party_path = config->terminals ? NULL : hub->folder.party,
                                        .port = (uint16_t)config->jt808};
    const lb_jt809_options platforms = {.intake = LB_INTAKE_INSIDE,
                                        .port = (uint16_t)config->jt809};

    lb_err err = lb_spool_open(&hub->spool, hub->zmq, hub->folder.path, config->message_bytes);
    if (err == LB_OK && config->tcp && config->jt808 != LB_PORT_OFF) {
        err = lb_jt808_gate_open(&hub->jt808, hub->zmq, &terminals);
        if (err == LB_OK)
            note_gate(hub, "jt808", config->jt808_address, lb_jt808_gate_port(hub->jt808));
    }
    if (err == LB_OK && config->tcp && config->jt809 != LB_PORT_OFF) {
        err = lb_jt809_gate_open(&hub->jt809, hub->zmq, &platforms);
        if (err == LB_OK)
            note_gate(hub, "jt809", "127.0.0.1", lb_jt809_gate_port(hub->jt809));
    }
    return err;
}

static bool is_open_to_strangers(const lb_config *config)
{
    bool is_plain = config->local && !lb_config_is_loopback(config->plain_address);
    bool is_any_terminal = config->terminals && config->jt808 != LB_PORT_OFF &&
                           !lb_config_is_loopback(config->jt808_address);

    return config->tcp && (is_plain || is_any_terminal);
}

/* What an operator must know about who may come in, in one line. */
static const char *describe_doors(const lb_config *config)
{
    if (!config->tcp)
        return "ipc only";
    if (is_open_to_strangers(config))
        return "OTHER MACHINES COME IN WITHOUT A KEY: see plain_address and jt808_address";
    if (!lb_config_is_loopback(config->curve_address))
        return "other machines come in by CURVE keys only";
    return "loopback and ipc only";
}

/* The last to open: who asks and gets an answer finds everything else open too. */
static lb_err open_query(lb_broker *hub, const lb_listen *listen)
{
    const lb_config *config = &hub->config;
    const lb_query_options query = {.journal_path = hub->folder.journal,
                                    .view_path = hub->folder.view,
                                    .workers = config->query_workers,
                                    .started_us = lb_clock_now_us(),
                                    .questions_per_s = config->party_questions,
                                    .open_max = config->party_open,
                                    .doors = describe_doors(config),
                                    .endpoints = &hub->endpoints,
                                    .admin = lb_admin_answer,
                                    .whose = &hub->admin};

    const lb_ports ports = {config->query, config->curve_query};

    return lb_query_open(&hub->query, listen, ports, &query);
}

static lb_err write_endpoints(const lb_broker *hub)
{
    char fresh[LB_PATH_ROOM + 32];
    lb_err err = LB_ERR_IO;

    snprintf(fresh, sizeof fresh, "%s.new", hub->folder.endpoints);
    FILE *file = fopen(fresh, "we");
    if (file != NULL) {
        for (size_t i = 0; i < hub->endpoints.count; i++)
            fprintf(file, "%s\n", hub->endpoints.at[i]);
        if (fclose(file) == 0 && rename(fresh, hub->folder.endpoints) == 0)
            err = LB_OK;
    }
    if (err != LB_OK)
        lb_log(LB_LOG_HUB_FAIL, "what=endpoints path=%s why=\"%s\"", fresh, strerror(errno));
    return err;
}

lb_err lb_broker_open(lb_broker **out, const char *folder, const lb_config *config)
{
    lb_broker *hub = calloc(1, sizeof *hub);
    if (hub == NULL)
        return LB_ERR_NO_MEMORY;
    hub->config = *config;
    if (sodium_init() < 0) { /* chooses the fastest hash of this machine */
        free(hub);
        return LB_ERR_IO;
    }
    lb_log(LB_LOG_HUB_START, "version=%s folder=%s", LB_VERSION, folder);

    lb_err err = lb_folder_open(&hub->folder, folder);
    if (err == LB_OK)
        err = lb_context_open(&hub->zmq);
    if (err == LB_OK)
        err = lb_batch_init(&hub->batch, (size_t)config->turn_messages);
    if (err == LB_OK)
        err = open_keepers(hub);
    if (err == LB_OK)
        err = open_registrar(hub);
    const lb_listen listen = {.zmq = hub->zmq,
                              .folder = hub->folder.path,
                              .tcp = config->tcp,
                              .plain_address = config->plain_address,
                              .curve_address = config->curve_address,
                              .curve_secret = hub->keys.secret,
                              .endpoints = &hub->endpoints,
                              .book = &hub->doors,
                              .party_path = hub->folder.party,
                              .seal = lb_span_of(hub->seal),
                              .local_may = config->local};
    if (err == LB_OK)
        err = open_movers(hub, &listen);
    if (err == LB_OK)
        err = open_gates(hub);
    if (err == LB_OK)
        err = open_query(hub, &listen);
    if (err == LB_OK)
        err = write_endpoints(hub);
    if (err != LB_OK) {
        lb_log(LB_LOG_HUB_FAIL, "what=open err=%s", lb_err_name(err));
        lb_broker_close(&hub);
        return err;
    }
    lb_log(is_open_to_strangers(config) ? LB_LOG_HUB_OPEN : LB_LOG_HUB_DOORS,
           "doors=\"%s\" without_key=%s terminals=%s", describe_doors(config),
           config->local ? "everything" : "nothing", config->terminals ? "any" : "listed");
    *out = hub;
    return LB_OK;
}

void lb_broker_close(lb_broker **out)
{
    lb_broker *hub = *out;

    if (hub == NULL)
        return;
    lb_jt809_gate_close(&hub->jt809);
    lb_jt808_gate_close(&hub->jt808);
    lb_context_shut_down(hub->zmq); /* the other threads leave their loops */
    lb_spool_close(&hub->spool);
    lb_replay_close(&hub->replay);
    lb_publish_close(&hub->publish);
    lb_query_close(&hub->query);
    lb_intake_close(&hub->intake);
    lb_admit_close(&hub->admit);
    lb_inquire_close(&hub->inquire);
    lb_translate_close(&hub->translate);
    lb_follow_close(&hub->follow);
    lb_registrar_close(&hub->registrar); /* after everybody who has something to note */
    lb_socket_close(&hub->desk);
    lb_socket_close(&hub->applied);
    lb_socket_close(&hub->head_bell);
    if (hub->feeds != NULL) {
        hub->feeds_saved_us = INT64_MIN / 2;
        save_feeds(hub, lb_clock_monotonic_us());
    }
    lb_dedup_close(&hub->dedup);
    lb_feed_close(&hub->feeds);
    lb_quarantine_close(&hub->quarantine);
    lb_journal_close(&hub->journal);
    lb_store_close(&hub->store);
    lb_batch_fini(&hub->batch);
    lb_context_close(&hub->zmq);
    lb_folder_close(&hub->folder);
    free(hub);
    *out = NULL;
}
