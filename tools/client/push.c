/* push.c - messages out, receipts in.
 *
 *     push --> gathered --pack--> submission --send--> hub
 *                                     ^   \            |
 *                                     |    again after RESEND_US without receipts
 *                                     +--- Receipts ---+
 *
 * Submissions are in a queue, oldest first. Receipts may come in any order and any number of times; they
 * are handed out from the front of the queue, so the caller gets them in the order of its pushes. Sending
 * again is safe, since the hub drops duplicates. */
#include "connection.h"

#include <stdlib.h>

#define RESEND_US (5 * INT64_C(1000000))
#define PAUSE_US  (200 * INT64_C(1000)) /* before a submission with FAILED receipts is sent again */

lb_err lb_client_source(lb_client *client, const char *source)
{
    lb_span name = lb_span_of(source);
    if (name.len == 0 || name.len >= sizeof client->push.source)
        return LB_ERR_MISUSE;
    memcpy(client->push.source, name.at, name.len + 1);
    return LB_OK;
}

void lb_client_on_receipt(lb_client *client, lb_on_receipt *on_receipt, void *whose)
{
    client->push.on_receipt = on_receipt;
    client->push.whose = whose;
}

void lb_client_max_outstanding(lb_client *client, size_t messages)
{
    client->push.max_outstanding = messages == 0 ? 1 : messages;
}

size_t lb_client_outstanding(const lb_client *client)
{
    return client->push.outstanding;
}

static bool is_connected(lb_client *client)
{
    push_side *push = &client->push;
    if (push->socket == NULL)
        push->socket = hub_connect(client, ZMQ_DEALER, client->intake);
    return push->socket != NULL;
}

static void send_out(push_side *push, submission *sub)
{
    /* No receipt by then, whether the send failed or the hub did: it is sent again. */
    sub->again_us = hub_now_us() + RESEND_US;
    zmq_send(push->socket, sub->packed.at, sub->packed.len, ZMQ_DONTWAIT);
}

static void free_submission(submission *sub)
{
    free((void *)(uintptr_t)sub->packed.at);
    free((void *)(uintptr_t)sub->receipts.at);
    free(sub);
}

static lb_err keep_copy(lb_span bytes, lb_span *copy)
{
    char *at = malloc(bytes.len == 0 ? 1 : bytes.len);
    if (at == NULL)
        return LB_ERR_NO_MEMORY;
    memcpy(at, bytes.at, bytes.len);
    *copy = (lb_span){at, bytes.len};
    return LB_OK; /* cppcheck-suppress memleak ; it is the submission's now */
}

/* Makes a submission of the collected messages and sends it. */
static lb_err send_gathered(lb_client *client)
{
    push_side *push = &client->push;
    if (push->draft.messages.count == 0)
        return LB_OK;
    if (!is_connected(client))
        return LB_ERR_NO_MEMORY;

    submission *sub = calloc(1, sizeof *sub);
    if (sub == NULL)
        return LB_ERR_NO_MEMORY;
    sub->correlation = push->next_correlation;
    sub->messages = push->draft.messages.count;
    sub->first_ticket = push->next_ticket - sub->messages;

    const lb_submit_head head = {.source = lb_span_of(push->source)};
    lb_span packed;
    lb_err err = lb_submit_draft_pack(&push->draft, &head, (int64_t)sub->correlation, &packed);
    if (err == LB_OK)
        err = keep_copy(packed, &sub->packed);
    if (err != LB_OK) {
        free_submission(sub);
        return err;
    }

    push->next_correlation++;
    if (push->newest == NULL)
        push->oldest = sub;
    else
        push->newest->next = sub;
    push->newest = sub;
    send_out(push, sub);

    lb_submit_draft_reset(&push->draft);
    return LB_OK;
}

/* True when a receipt asks for the message again (FAILED); *pause_us: after how long. */
static bool wants_again(const lb_receipts *receipts, int64_t *pause_us)
{
    bool is_so = false;

    *pause_us = PAUSE_US;
    for (size_t i = 0; i < receipts->receipts.count; i++) {
        const lb_receipt *receipt = &receipts->receipts.at[i];
        is_so |= receipt->result == LB_RESULT_FAILED &&
                 lb_span_is(receipt->next_step, lb_next_step_name(LB_NEXT_STEP_SENDER_RETRY));
        if (receipt->retry_ms != LB_UNKNOWN && receipt->retry_ms * 1000 > *pause_us)
            *pause_us = receipt->retry_ms * 1000;
    }
    return is_so;
}

static void take_receipts(push_side *push, lb_span bytes)
{
    lb_receipts receipts;
    int64_t pause_us;
    if (lb_record_unpack(&lb_record_receipts, bytes, &push->scratch, &receipts) != LB_OK)
        return; /* not a Receipts; the submission is sent again */

    for (submission *sub = push->oldest; sub != NULL; sub = sub->next) {
        if ((int64_t)sub->correlation != receipts.correlation)
            continue;
        if (receipts.receipts.count != sub->messages || sub->receipts.len > 0)
            return;
        if (wants_again(&receipts, &pause_us))
            sub->again_us = hub_now_us() + pause_us;
        else
            keep_copy(bytes, &sub->receipts);
        return;
    }
}

/* Numbers of two epochs cannot be compared: the later receipt counts. */
static void note_position(push_side *push, const lb_position *newest)
{
    if (newest->entries.count == 0)
        return;
    const lb_position_entry *one = &newest->entries.at[0];
    if (one->hub != push->pushed.hub || one->epoch != push->pushed.epoch ||
        one->number > push->pushed.number)
        push->pushed = *one;
}

static void hand_out(lb_client *client, submission *sub)
{
    push_side *push = &client->push;
    lb_receipts receipts;
    if (lb_record_unpack(&lb_record_receipts, sub->receipts, &push->scratch, &receipts) == LB_OK) {
        note_position(push, &receipts.newest);
        for (size_t i = 0; i < receipts.receipts.count; i++)
            if (push->on_receipt != NULL)
                push->on_receipt(push->whose, sub->first_ticket + i, &receipts.receipts.at[i]);
    }
    push->outstanding -= sub->messages;
}

lb_position_entry lb_client_pushed_position(const lb_client *client)
{
    return client->push.pushed;
}

static void hand_out_finished(lb_client *client)
{
    push_side *push = &client->push;
    while (push->oldest != NULL && push->oldest->receipts.len > 0) {
        submission *sub = push->oldest;
        push->oldest = sub->next;
        if (push->oldest == NULL)
            push->newest = NULL;
        hand_out(client, sub);
        lb_arena_reset(&push->scratch);
        free_submission(sub);
    }
}

static void send_again(push_side *push)
{
    int64_t now_us = hub_now_us();
    for (submission *sub = push->oldest; sub != NULL; sub = sub->next)
        if (sub->receipts.len == 0 && now_us >= sub->again_us)
            send_out(push, sub);
}

/* Takes everything that has arrived. */
static void drain(lb_client *client)
{
    push_side *push = &client->push;
    zmq_msg_t frame;
    zmq_msg_init(&frame);
    while (zmq_msg_recv(&frame, push->socket, ZMQ_DONTWAIT) >= 0) {
        take_receipts(push, (lb_span){zmq_msg_data(&frame), zmq_msg_size(&frame)});
        lb_arena_reset(&push->scratch);
    }
    zmq_msg_close(&frame);
    hand_out_finished(client);
}

/* Waits for receipts until fewer than `below` messages are outstanding. */
static lb_err wait_below(lb_client *client, size_t below, int64_t until_us)
{
    push_side *push = &client->push;
    while (push->outstanding >= below) {
        int64_t now_us = hub_now_us();
        if (now_us >= until_us)
            return LB_ERR_TIMEOUT;
        int64_t look_again_us = now_us + PAUSE_US;
        if (hub_wait(push->socket, look_again_us < until_us ? look_again_us : until_us))
            drain(client);
        send_again(push);
    }
    return LB_OK;
}

lb_err lb_client_push(lb_client *client, lb_span message_id, lb_span format, lb_span body,
                      int timeout_ms, uint64_t *ticket)
{
    push_side *push = &client->push;
    if (body.len > LB_CLIENT_MESSAGE_BYTES)
        return LB_ERR_TOO_BIG;
    if (!is_connected(client))
        return LB_ERR_NO_MEMORY;
    if (push->outstanding >= push->max_outstanding) {
        lb_err err = send_gathered(client);
        if (err == LB_OK)
            err = wait_below(client, push->max_outstanding,
                             hub_now_us() + timeout_ms * INT64_C(1000));
        if (err != LB_OK)
            return err;
    }

    const lb_message message = {message_id, format, body};
    lb_err added = lb_submit_draft_add(&push->draft, &message);
    if (added != LB_OK)
        return added;
    push->outstanding++;
    *ticket = push->next_ticket++;

    if (lb_submit_draft_is_full(&push->draft)) {
        lb_err err = send_gathered(client);
        drain(client);
        return err;
    }
    return LB_OK;
}

lb_err lb_client_flush(lb_client *client, int timeout_ms)
{
    lb_err err = send_gathered(client);
    if (err != LB_OK || client->push.outstanding == 0)
        return err;
    return wait_below(client, 1, hub_now_us() + timeout_ms * INT64_C(1000));
}

lb_err lb_client_poll(lb_client *client, int timeout_ms)
{
    lb_err err = send_gathered(client);
    if (err != LB_OK || client->push.outstanding == 0)
        return err;
    bool came = hub_wait(client->push.socket, hub_now_us() + timeout_ms * INT64_C(1000));
    if (came)
        drain(client);
    send_again(&client->push);
    return came ? LB_OK : LB_ERR_TIMEOUT;
}

void push_fini(lb_client *client)
{
    push_side *push = &client->push;
    hub_disconnect(&push->socket);
    while (push->oldest != NULL) {
        submission *sub = push->oldest;
        push->oldest = sub->next;
        free_submission(sub);
    }
    push->newest = NULL;
    lb_submit_draft_fini(&push->draft);
    lb_arena_fini(&push->scratch);
}
