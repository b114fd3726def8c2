/* ask.c - one question, one answer; and answers as JSON. */
#include "connection.h"

#include <stdio.h>
#include <stdlib.h>

enum { PAGES_MAX = 256 * 1024 * 1024 }; /* bytes of one answer */

void lb_query_init(lb_query *query, lb_ask ask)
{
    lb_record_init(&lb_record_query, query);
    query->schema_rev = LB_SCHEMA_REV;
    query->ask = ask;
}

/* Reads what has arrived; true when it is the answer to the current query. */
static bool take_answer(ask_side *ask)
{
    zmq_msg_t frame;
    bool is_ours = false;
    zmq_msg_init(&frame);
    if (zmq_msg_recv(&frame, ask->socket, ZMQ_DONTWAIT) >= 0) {
        lb_span bytes = {zmq_msg_data(&frame), zmq_msg_size(&frame)};
        lb_arena_reset(&ask->memory);
        is_ours = lb_record_unpack(&lb_record_answer, bytes, &ask->memory, &ask->answer) == LB_OK &&
                  ask->answer.correlation == (int64_t)ask->correlation;
    }
    zmq_msg_close(&frame);
    return is_ours;
}

static lb_err send_question(lb_client *client, const lb_query *query)
{
    ask_side *ask = &client->ask;
    lb_query question = *query;
    lb_span packed;

    question.correlation = (int64_t)++ask->correlation;
    lb_arena_reset(&ask->memory);
    lb_err err = lb_record_pack(&lb_record_query, &question, &ask->memory, &packed);
    if (err == LB_OK)
        zmq_send(ask->socket, packed.at, packed.len, ZMQ_DONTWAIT);
    return err;
}

/* Over a limit the hub gives a time to retry; waits for it when it is before `until_us`. */
static bool wait_for_turn(const lb_answer *answer, int64_t until_us)
{
    if (!lb_span_is(answer->error, lb_err_name(LB_ERR_BUSY)) || answer->retry_ms == LB_UNKNOWN ||
        hub_now_us() + answer->retry_ms * 1000 >= until_us)
        return false;
    zmq_poll(NULL, 0, (long)answer->retry_ms);
    return true;
}

static void forget_pages(ask_side *ask)
{
    free(ask->pages);
    ask->pages = NULL;
    ask->pages_len = 0;
}

/* Appends a page to those before, and requests the next; after the last one, unpacks the answer
 * from all of them. */
static lb_err take_page(lb_client *client, bool *is_whole)
{
    ask_side *ask = &client->ask;
    lb_span page = ask->answer.page;
    lb_query query;
    char next[64];
    *is_whole = page.len == 0;
    if (page.len == 0)
        return LB_OK;
    char *wider = ask->pages_len + page.len > PAGES_MAX
                      ? NULL
                      : realloc(ask->pages, ask->pages_len + page.len);
    if (wider == NULL)
        return LB_ERR_NO_MEMORY;
    memcpy(wider + ask->pages_len, page.at, page.len);
    ask->pages = wider;
    ask->pages_len += page.len;
    if (ask->answer.next_page.len > 0) {
        snprintf(next, sizeof next, "%.*s", LB_ARG(ask->answer.next_page));
        lb_query_init(&query, LB_ASK_UNSPECIFIED);
        query.page = lb_span_of(next);
        return send_question(client, &query);
    }
    *is_whole = true;
    lb_arena_reset(&ask->memory);
    return lb_record_unpack(&lb_record_answer, (lb_span){ask->pages, ask->pages_len}, &ask->memory,
                            &ask->answer);
}

lb_err lb_client_ask(lb_client *client, const lb_query *query, int timeout_ms,
                     const lb_answer **answer)
{
    ask_side *ask = &client->ask;
    int64_t until_us = hub_now_us() + timeout_ms * INT64_C(1000);
    if (ask->socket == NULL)
        ask->socket = hub_connect(client, ZMQ_DEALER, client->query);
    if (ask->socket == NULL)
        return LB_ERR_NO_MEMORY;

    forget_pages(ask);
    lb_err err = send_question(client, query);
    while (err == LB_OK && hub_wait(ask->socket, until_us)) {
        if (!take_answer(ask))
            continue;
        if (wait_for_turn(&ask->answer, until_us)) {
            err = send_question(client, query);
            continue;
        }
        bool is_whole;
        err = take_page(client, &is_whole);
        if (err != LB_OK || !is_whole)
            continue;
        *answer = &ask->answer;
        return LB_OK;
    }
    hub_disconnect(&ask->socket); /* drops the pending request, which must not be executed later */
    return err == LB_OK ? LB_ERR_TIMEOUT : err;
}

static lb_err json_of(lb_client *client, const lb_record *record, const void *value, lb_span *json)
{
    lb_arena_reset(&client->ask.text);
    return lb_record_json(record, value, &client->ask.text, json);
}

lb_err lb_client_event_json(lb_client *client, const lb_event *event, lb_span *json)
{
    return json_of(client, &lb_record_event, event, json);
}

lb_err lb_client_track(lb_client *client, lb_span reference, int timeout_ms,
                       const lb_answer **answer)
{
    lb_query query;

    lb_query_init(&query, LB_ASK_TRACK);
    query.track.reference = reference;
    return lb_client_ask(client, &query, timeout_ms, answer);
}

lb_err lb_client_answer_json(lb_client *client, const lb_answer *answer, lb_span *json)
{
    return json_of(client, &lb_record_answer, answer, json);
}

void ask_fini(lb_client *client)
{
    hub_disconnect(&client->ask.socket);
    forget_pages(&client->ask);
    lb_arena_fini(&client->ask.memory);
    lb_arena_fini(&client->ask.text);
}
