/* publish.c - sends live events to subscribers.
 *
 * Follows the head of the journal. Without a subscriber nothing is read: the first one starts at the head, and asks
 * replay for earlier events. */
#include "net/publish.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/point.h"
#include "base/stamp.h"
#include "base/thread.h"
#include "keep/journal_cursor.h"
#include "net/publish_audience.h"
#include "record.h"

enum {
    EVENT_ROOM = 64 * 1024 * 1024,
    SUBSCRIPTION_BYTES = 1024,
    HOLES_MAX = 16, /* reported live; replay reports all */
};
#define HEARTBEAT_US INT64_C(1000000)

struct lb_publish {
    lb_door *door;         /* of connections without a key; NULL: they have no rights */
    lb_audience *audience; /* of connections with a key */
    void *channel;
    const lb_epochs *epochs;
    lb_journal_reader *reader;
    lb_arena arena;
    lb_thread thread;
    size_t subscriptions; /* of connections without a key */
    int64_t head;         /* newest number in the journal */
    int64_t next_seq;     /* next to be sent */
    int64_t heartbeat_us; /* when the next one is due */
    int64_t since_us;     /* holes found before are not reported */
};

static void send_to_all(lb_publish *publish, lb_span topic, lb_span body)
{
    if (publish->door != NULL && (publish->subscriptions > 0 || lb_span_is(topic, "h")))
        lb_door_publish(publish->door, topic, body);
    if (!lb_audience_is_empty(publish->audience))
        lb_door_publish(lb_audience_door(publish->audience), topic, body);
}

static void send_event(lb_publish *publish, const lb_page *page, lb_span event, int64_t seq)
{
    char topic[LB_TOPIC_ROOM];
    size_t len = lb_stamp_topic(topic, sizeof topic, event);

    lb_arena_reset(&publish->arena);
    const lb_stamp_facts facts = {seq, lb_epochs_present(publish->epochs), page->recorded_us};
    lb_span body = lb_stamp(&publish->arena, event, &facts);
    if (body.len == 0) { /* no memory: the subscriber sees the gap and asks replay */
        lb_door_miss(publish->door);
        lb_door_miss(lb_audience_door(publish->audience));
        return;
    }
    send_to_all(publish, (lb_span){topic, len}, body);
    lb_point("mid-publish");
}

static void send_record(lb_publish *publish, lb_stream_record *record)
{
    char topic[LB_TOPIC_ROOM];
    size_t len = lb_stamp_record_topic(topic, sizeof topic, record->kind);
    lb_span body;

    record->hub_epoch = lb_epochs_present(publish->epochs);
    if (record->lost.count > 0) /* where its files lie is for the operator */
        record->lost.at[0].set_aside = LB_EMPTY;
    if (lb_record_pack(&lb_record_stream_record, record, &publish->arena, &body) == LB_OK)
        send_to_all(publish, (lb_span){topic, len}, body);
}

/* The number is not an event: it is sent so that no follower takes it for a gap. */
static void send_number(lb_publish *publish, const lb_cursor *at)
{
    lb_stream_record record;

    lb_arena_reset(&publish->arena);
    if (lb_cursor_record(at, &publish->arena, &record) == LB_OK)
        send_record(publish, &record);
}

static void send_page(lb_publish *publish, const lb_page *page)
{
    lb_cursor at = lb_cursor_on(page);

    while (lb_cursor_next(&at, publish->next_seq))
        if (at.is_event)
            send_event(publish, page, at.event, at.seq);
        else
            send_number(publish, &at);
    publish->next_seq = page->last_seq + 1;
}

static void send_news(lb_publish *publish)
{
    const lb_page *page;

    if (publish->subscriptions == 0 && lb_audience_is_empty(publish->audience)) {
        publish->next_seq = publish->head + 1;
        return;
    }
    while (publish->next_seq <= publish->head) {
        if (lb_journal_read_seq(publish->reader, publish->next_seq, &page) != LB_OK)
            return; /* logged; tried again when the head moves */
        lb_audience_judge(publish->audience);
        send_page(publish, page);
    }
}

/* Repeated, since there may be no subscriber when a hole is found; read anew each time, since numbers of messages kept
 * again are written into it. */
static void send_holes(lb_publish *publish)
{
    lb_lost_list list;

    lb_arena_reset(&publish->arena);
    if (lb_journal_list_lost(publish->reader, publish->since_us, HOLES_MAX, &publish->arena,
                             &list) != LB_OK)
        return; /* logged */
    for (size_t i = list.count; i > 0; i--) {
        lb_lost *lost = &list.at[i - 1];
        lb_stream_record record;
        lb_record_init(&lb_record_stream_record, &record);
        record.kind = lost->kind;
        record.first_seq = lost->from_seq;
        record.last_seq = lost->to_seq;
        record.recorded_at_us = lost->found_us;
        record.lost = (lb_lost_list){lost, 1, 1};
        send_record(publish, &record);
    }
}

static void send_heartbeat(lb_publish *publish)
{
    lb_span body;
    int64_t now_us = lb_clock_monotonic_us();

    if (now_us < publish->heartbeat_us)
        return;
    publish->heartbeat_us = now_us + HEARTBEAT_US;
    send_holes(publish);
    lb_arena_reset(&publish->arena);
    lb_position head = lb_epochs_position(publish->epochs, publish->head, &publish->arena);
    if (lb_record_pack(&lb_record_position, &head, &publish->arena, &body) == LB_OK)
        send_to_all(publish, LB_SPAN("h"), body);
}

static void count_subscriptions(lb_publish *publish)
{
    zmq_msg_t news;

    zmq_msg_init(&news);
    while (publish->door != NULL && lb_door_hear(publish->door, &news)) {
        char what = zmq_msg_size(&news) > 0 ? *(const char *)zmq_msg_data(&news) : '\2';
        if (what == 1)
            publish->subscriptions++;
        else if (what == 0 && publish->subscriptions > 0)
            publish->subscriptions--;
    }
    zmq_msg_close(&news);
}

static void find_head(lb_publish *publish)
{
    lb_journal_head head;

    if (!lb_notify_receive(publish->channel, &publish->head) &&
        lb_journal_reader_tell(publish->reader, &head) == LB_OK)
        publish->head = head.seq;
}

/* Waits for a new head or a subscription; the audience's socket may be a different one each time. */
static bool wait_for_news(lb_publish *publish)
{
    zmq_pollitem_t items[3] = {{.socket = publish->channel, .events = ZMQ_POLLIN}};
    void *sockets[] = {lb_door_socket(publish->door),
                       lb_door_socket(lb_audience_door(publish->audience))};
    int count = 1;

    for (size_t i = 0; i < 2; i++)
        if (sockets[i] != NULL)
            items[count++] = (zmq_pollitem_t){.socket = sockets[i], .events = ZMQ_POLLIN};
    return lb_socket_wait(items, count, LB_DOOR_LOOK_MS);
}

static void *run(void *argument)
{
    lb_publish *publish = argument;

    while (wait_for_news(publish)) {
        find_head(publish);
        count_subscriptions(publish);
        lb_audience_judge(publish->audience);
        send_news(publish);
        send_heartbeat(publish);
        lb_door_look(publish->door);
    }
    lb_audience_close(&publish->audience);
    lb_door_close(&publish->door);
    lb_socket_close(&publish->channel);
    return NULL;
}

static lb_err open_sockets(lb_publish *publish, const lb_listen *listen, lb_ports ports)
{
    lb_err err = LB_OK;

    if (listen->local_may)
        err = lb_door_open(&publish->door, listen, LB_DOOR_LIVE, SUBSCRIPTION_BYTES);
    if (err == LB_OK && listen->local_may)
        err = lb_door_bind_plain(publish->door, listen, ports.plain);
    if (err == LB_OK)
        err = lb_audience_open(&publish->audience, listen, ports.curve);
    return err == LB_OK ? lb_notify_subscribe(listen->zmq, LB_NOTIFY_HEAD, &publish->channel) : err;
}

lb_err lb_publish_open(lb_publish **out, const lb_listen *listen, lb_ports ports,
                       const lb_journal_place *journal, const lb_epochs *epochs, int64_t since_us)
{
    lb_journal_head head = {0};

    lb_publish *publish = calloc(1, sizeof *publish);
    if (publish == NULL)
        return LB_ERR_NO_MEMORY;
    lb_arena_init(&publish->arena, EVENT_ROOM);
    lb_err err = lb_journal_reader_open(&publish->reader, journal);
    if (err == LB_OK)
        err = lb_journal_reader_tell(publish->reader, &head);
    publish->since_us = since_us;
    publish->epochs = epochs;
    publish->head = head.seq;
    publish->next_seq = head.seq + 1;
    if (err == LB_OK)
        err = open_sockets(publish, listen, ports);
    if (err == LB_OK)
        err = lb_thread_start(&publish->thread, LB_THREAD_PUBLISH, run, publish);
    if (err != LB_OK)
        lb_publish_close(&publish);
    else
        *out = publish;
    return err;
}

void lb_publish_close(lb_publish **out)
{
    lb_publish *publish = *out;

    if (publish == NULL)
        return;
    lb_thread_join(&publish->thread);
    lb_audience_close(&publish->audience);
    lb_door_close(&publish->door);
    lb_socket_close(&publish->channel);
    lb_journal_reader_close(&publish->reader);
    lb_arena_fini(&publish->arena);
    free(publish);
    *out = NULL;
}
