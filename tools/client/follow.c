/* follow.c - every event from a number on, each once, in order.
 *
 *            ask from next_seq                    next_seq > head
 *   REPLAY ---------------------> batch ... batch -----------------> LIVE
 *      ^                                                              |
 *      +------- a number is missing, or the heartbeat is ahead -------+
 *
 * The live socket may lose anything at any time (a slow reader, a restart): gaps in the numbers show it, and replay
 * fills them. Repeated events are dropped by number. A party with rights to some topics gets a part of the numbers: the
 * batch's `next` is the number after the last event examined, and there is no gap before it.
 *
 * A number counts in one epoch. A live event or heartbeat of another one (the hub was restored) leads to replay, which
 * either continues in the new epoch or answers RESET. */
#include "connection.h"

#include <stdio.h>

enum { CREDIT = 5000 };
#define ASK_AGAIN_US (3 * INT64_C(1000000))

lb_err lb_client_follow(lb_client *client, int64_t from_seq)
{
    lb_position_entry from = lb_position_plain(from_seq);
    const lb_position position = lb_position_of(&from);
    return lb_client_follow_from(client, &position);
}

lb_err lb_client_follow_from(lb_client *client, const lb_position *from)
{
    follow_side *follow = &client->follow;
    const lb_position_entry *one = from->entries.at;
    if (from->entries.count != 1 || one->number < 1)
        return LB_ERR_MISUSE;
    if (follow->live == NULL)
        follow->live = hub_connect(client, ZMQ_SUB, client->live);
    if (follow->replay == NULL)
        follow->replay = hub_connect(client, ZMQ_DEALER, client->replay);
    if (follow->live == NULL || follow->replay == NULL)
        return LB_ERR_NO_MEMORY;

    follow->hub = one->hub;
    follow->epoch = one->epoch;
    follow->next_seq = one->number;
    follow->is_live = follow->is_asked = false;
    follow->rows.events.count = follow->row = 0;
    follow->rows.records.count = follow->record = 0;
    return LB_OK;
}

void lb_client_on_record(lb_client *client, lb_on_record *on_record, void *whose)
{
    client->follow.on_record = on_record;
    client->follow.whose = whose;
}

lb_position_entry lb_client_next_position(const lb_client *client)
{
    const follow_side *follow = &client->follow;
    return (lb_position_entry){follow->hub, follow->epoch, follow->next_seq, 0};
}

lb_position_entry lb_client_head_position(const lb_client *client)
{
    const follow_side *follow = &client->follow;
    return (lb_position_entry){follow->hub, follow->epoch, follow->head_seq, 0};
}

const char *lb_client_follow_why(const lb_client *client)
{
    return client->follow.why;
}

static lb_err ask_for_more(follow_side *follow)
{
    lb_position_entry from = {follow->hub, follow->epoch, follow->next_seq, LB_UNKNOWN};
    lb_replay_request request;
    lb_record_init(&lb_record_replay_request, &request);
    request.schema_rev = LB_SCHEMA_REV;
    request.from = lb_position_of(&from);
    request.credit = CREDIT;

    lb_span packed;
    lb_arena_reset(&follow->batch);
    lb_err err = lb_record_pack(&lb_record_replay_request, &request, &follow->batch, &packed);
    if (err != LB_OK)
        return err;
    zmq_send(follow->replay, packed.at, packed.len, ZMQ_DONTWAIT);
    follow->is_asked = true;
    follow->again_us = hub_now_us() + ASK_AGAIN_US;
    return LB_OK;
}

/* From here on numbers are of the hub's present epoch. */
static void take_epoch(follow_side *follow, const lb_position *position)
{
    if (position->entries.count == 0)
        return;
    follow->hub = position->entries.at[0].hub;
    follow->epoch = position->entries.at[0].epoch;
}

static bool is_other(int64_t known, int64_t said)
{
    return known != LB_UNKNOWN && said != LB_UNKNOWN && known != said;
}

/* May the current event be handed out? Live, only if it has the next number; in a replay batch nothing is missing. */
static bool take_event(follow_side *follow, bool is_replay)
{
    int64_t seq = follow->event.hub_seq;

    if (is_replay ? seq < follow->next_seq : seq != follow->next_seq)
        return false;
    follow->next_seq = seq + 1;
    if (follow->head_seq < seq)
        follow->head_seq = seq;
    return true;
}

static lb_err unpack_event(follow_side *follow, lb_span bytes)
{
    lb_arena_reset(&follow->current);
    return lb_record_unpack(&lb_record_event, bytes, &follow->current, &follow->event);
}

/* Counts its numbers, and hands it out. */
static lb_err tell_record(follow_side *follow, const lb_stream_record *record)
{
    if (record->last_seq >= follow->next_seq)
        follow->next_seq = record->last_seq + 1;
    if (follow->head_seq < record->last_seq)
        follow->head_seq = record->last_seq;
    if (follow->on_record != NULL)
        follow->on_record(follow->whose, record);
    else if (record->kind == LB_ENTRY_LOST)
        return LB_ERR_CORRUPT;
    return LB_OK;
}

static bool is_batch_done(const follow_side *follow)
{
    return follow->row == follow->rows.events.count && follow->record == follow->rows.records.count;
}

/* The next of a batch: its events and its records stand in two lists, each in the order of its numbers. */
static lb_err take_row(follow_side *follow, bool *is_due)
{
    const lb_stream_record_list *records = &follow->rows.records;
    const lb_text_list *events = &follow->rows.events;
    const lb_stream_record *record =
        follow->record < records->count ? &records->at[follow->record] : NULL;
    lb_err err = LB_OK;

    if (follow->row < events->count)
        err = unpack_event(follow, events->at[follow->row]);
    if (record != NULL && (follow->row == events->count ||
                           (err == LB_OK && record->first_seq < follow->event.hub_seq))) {
        follow->record++;
        err = tell_record(follow, record);
    } else {
        follow->row++;
        *is_due = err == LB_OK && take_event(follow, true);
    }
    int64_t next_seq = lb_position_number(&follow->rows.next);
    if (is_batch_done(follow) && follow->next_seq < next_seq)
        follow->next_seq = next_seq;
    return err;
}

static lb_err err_named(lb_span text)
{
    char name[32];
    snprintf(name, sizeof name, "%.*s", LB_ARG(text));
    lb_err err = lb_err_from_name(name);
    return err == LB_ERRS ? LB_ERR_MISUSE : err;
}

static void keep_reason(follow_side *follow, lb_span text)
{
    snprintf(follow->why, sizeof follow->why, "%.*s", LB_ARG(text));
}

/* The events handed out from there on are no longer in the hub's journal: returns RESET once, then continues from there. */
static lb_err take_reset(follow_side *follow)
{
    take_epoch(follow, &follow->rows.reset);
    follow->next_seq = lb_position_number(&follow->rows.reset);
    follow->head_seq = LB_UNKNOWN;
    follow->is_asked = false;
    keep_reason(follow, follow->rows.text);
    return LB_ERR_RESET;
}

/* The hub refused the request. Only errors that may pass (BUSY) are worth another request. */
static lb_err take_refusal(follow_side *follow)
{
    lb_err err = err_named(follow->rows.error);
    if (err == LB_ERR_RESET && lb_position_number(&follow->rows.reset) >= 1)
        return take_reset(follow);
    if (lb_err_next_step(err) != LB_NEXT_STEP_SENDER_RETRY) {
        keep_reason(follow, follow->rows.text);
        return err;
    }
    int64_t pause_us =
        follow->rows.retry_ms == LB_UNKNOWN ? ASK_AGAIN_US : follow->rows.retry_ms * 1000;
    follow->again_us = hub_now_us() + pause_us;
    return LB_OK;
}

/* The answer to an older request is ignored. */
static lb_err take_batch(follow_side *follow, lb_span bytes)
{
    lb_replay_batch *rows = &follow->rows;
    lb_arena_reset(&follow->batch);
    follow->row = follow->record = 0;
    if (lb_record_unpack(&lb_record_replay_batch, bytes, &follow->batch, rows) != LB_OK ||
        lb_position_number(&rows->from) != follow->next_seq) {
        rows->events.count = rows->records.count = 0;
        return LB_OK;
    }
    if (rows->error.len > 0)
        return take_refusal(follow);
    follow->is_asked = false;
    int64_t head_seq = lb_position_number(&rows->head), next_seq = lb_position_number(&rows->next);
    if (is_other(follow->epoch,
                 rows->head.entries.count == 0 ? LB_UNKNOWN : rows->head.entries.at[0].epoch) ||
        head_seq > follow->head_seq)
        follow->head_seq = head_seq;
    take_epoch(follow, &rows->head);
    if (rows->events.count + rows->records.count > 0)
        return LB_OK;
    if (next_seq > follow->next_seq)
        follow->next_seq = next_seq;
    follow->is_live = follow->next_seq > head_seq;
    return LB_OK;
}

static lb_err receive_batch(follow_side *follow)
{
    zmq_msg_t frame;
    lb_err err = LB_OK;
    zmq_msg_init(&frame);
    if (zmq_msg_recv(&frame, follow->replay, ZMQ_DONTWAIT) >= 0)
        err = take_batch(follow, (lb_span){zmq_msg_data(&frame), zmq_msg_size(&frame)});
    zmq_msg_close(&frame);
    return err;
}

/* If the head is not less than the next number, something is missing. */
static lb_err take_heartbeat(follow_side *follow, lb_span bytes)
{
    lb_position head;
    lb_arena_reset(&follow->current);
    lb_err err = lb_record_unpack(&lb_record_position, bytes, &follow->current, &head);
    if (err != LB_OK || head.entries.count == 0)
        return err;
    const lb_position_entry *one = &head.entries.at[0];
    if (is_other(follow->hub, one->hub) || is_other(follow->epoch, one->epoch)) {
        follow->is_live = false;
        return LB_OK;
    }
    follow->head_seq = one->number;
    follow->is_live = follow->head_seq < follow->next_seq;
    return LB_OK;
}

/* "refused/KEY/TOPIC": other connections with the same key may have asked for other topics. */
static bool is_own_refusal(lb_span topic)
{
    lb_span part;

    for (int i = 0; i < 2; i++)
        if (!lb_span_cut(&topic, '/', &part))
            return false;
    return topic.len == 0;
}

/* Reported once: the events come by replay anyway, as far as permitted, and later than live. */
static lb_err take_live_refusal(follow_side *follow, lb_span bytes)
{
    lb_receipt receipt;
    lb_arena_reset(&follow->current);
    lb_err err = lb_record_unpack(&lb_record_receipt, bytes, &follow->current, &receipt);
    if (err != LB_OK)
        return err;
    keep_reason(follow, receipt.text);
    return err_named(receipt.error);
}

static lb_err take_live_event(follow_side *follow, lb_span bytes, bool *is_due)
{
    lb_err err = unpack_event(follow, bytes);

    if (err != LB_OK)
        return err;
    if (is_other(follow->epoch, follow->event.hub_epoch)) {
        follow->is_live = false;
        return LB_OK;
    }
    *is_due = take_event(follow, false);
    if (!*is_due && follow->event.hub_seq > follow->next_seq)
        follow->is_live = false; /* a number is missing */
    return LB_OK;
}

/* Holes are sent every second: those before the next number are known. */
static lb_err take_live_record(follow_side *follow, lb_span bytes)
{
    lb_stream_record record;

    lb_arena_reset(&follow->current);
    lb_err err = lb_record_unpack(&lb_record_stream_record, bytes, &follow->current, &record);
    bool is_of_now = !is_other(follow->epoch, record.hub_epoch);
    if (err != LB_OK || (is_of_now && record.last_seq < follow->next_seq))
        return err;
    if (is_of_now && record.first_seq <= follow->next_seq)
        return tell_record(follow, &record);
    follow->is_live = false;
    return LB_OK;
}

/* Takes one live message: two frames, topic and body. */
static lb_err receive_live(follow_side *follow, bool *is_due)
{
    zmq_msg_t topic, body;
    lb_err err = LB_OK;
    zmq_msg_init(&topic);
    zmq_msg_init(&body);
    if (zmq_msg_recv(&topic, follow->live, ZMQ_DONTWAIT) < 0 || !zmq_msg_more(&topic) ||
        zmq_msg_recv(&body, follow->live, 0) < 0)
        goto out;

    lb_span name = {zmq_msg_data(&topic), zmq_msg_size(&topic)};
    lb_span bytes = {zmq_msg_data(&body), zmq_msg_size(&body)};
    if (lb_span_is(name, "h")) {
        err = take_heartbeat(follow, bytes);
    } else if (lb_span_starts(name, "e/")) {
        err = take_live_event(follow, bytes, is_due);
    } else if (lb_span_starts(name, "r/")) {
        err = take_live_record(follow, bytes);
    } else if (lb_span_starts(name, "refused/") && is_own_refusal(name)) {
        err = take_live_refusal(follow, bytes);
    }
out:
    zmq_msg_close(&topic);
    zmq_msg_close(&body);
    return err;
}

lb_err lb_client_next(lb_client *client, int timeout_ms, const lb_event **event)
{
    follow_side *follow = &client->follow;
    int64_t until_us = hub_now_us() + timeout_ms * INT64_C(1000);
    if (follow->live == NULL)
        return LB_ERR_MISUSE;

    for (;;) {
        bool is_due = false;
        lb_err err = LB_OK;
        if (!is_batch_done(follow))
            err = take_row(follow, &is_due);
        else if (follow->is_live && hub_wait(follow->live, until_us))
            err = receive_live(follow, &is_due);
        else if (follow->is_live)
            return LB_ERR_TIMEOUT;
        else if (!follow->is_asked || hub_now_us() > follow->again_us)
            err = ask_for_more(follow);
        else {
            int64_t again_us = follow->again_us + 1000;
            if (hub_wait(follow->replay, again_us < until_us ? again_us : until_us))
                err = receive_batch(follow);
            else if (hub_now_us() >= until_us)
                return LB_ERR_TIMEOUT;
        }
        if (err != LB_OK)
            return err;
        if (is_due) {
            *event = &follow->event;
            return LB_OK;
        }
    }
}

void follow_fini(lb_client *client)
{
    hub_disconnect(&client->follow.replay);
    hub_disconnect(&client->follow.live);
    lb_arena_fini(&client->follow.batch);
    lb_arena_fini(&client->follow.current);
}
