/* publish_audience.c - who follows the live stream by CURVE, and may they still. */
#include "move/publish_audience.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "keep/party.h"

enum {
    TOPIC_MAX = 64,
    TOPICS_MAX = 100, /* of one follower */
    SUBSCRIPTION_BYTES = 1024,
    RIGHTS_BYTES = 16,
};

typedef struct follower { /* one key of one party */
    char user[LB_USER_ROOM];
    uint8_t rights[RIGHTS_BYTES]; /* hash of what he may follow */
    char topics[TOPICS_MAX][TOPIC_MAX + 1];
    size_t topic_count;
} follower;

struct lb_audience {
    lb_listen listen;
    lb_endpoints unlisted; /* where it listens again is known already */
    int64_t port;
    lb_door *door; /* NULL: not open, or being opened again */
    void *notes;
    lb_party_reader *parties;
    follower *at;
    size_t count, room;
};

/* -- the door ---------------------------------------------------------------------------------------- */

/* Which port it got, when it could be any. */
static int64_t port_of(void *socket)
{
    char endpoint[LB_ENDPOINT_ROOM];
    size_t len = sizeof endpoint;
    const char *colon;

    if (zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, endpoint, &len) != 0 ||
        (colon = strrchr(endpoint, ':')) == NULL)
        return LB_PORT_OFF;
    return strtol(colon + 1, NULL, 10);
}

static lb_err open_door(lb_audience *audience)
{
    const int is_manual = 1;
    lb_door *door = NULL;

    lb_err err = lb_door_open(&door, &audience->listen, LB_DOOR_CURVE_LIVE, SUBSCRIPTION_BYTES);
    if (err == LB_OK &&
        zmq_setsockopt(lb_door_socket(door), ZMQ_XPUB_MANUAL, &is_manual, sizeof is_manual) != 0)
        err = LB_ERR_IO;
    if (err == LB_OK)
        err = lb_door_bind_curve(door, &audience->listen, audience->port);
    if (err != LB_OK) {
        lb_door_close(&door);
        return err;
    }
    audience->door = door;
    audience->port = port_of(lb_door_socket(door));
    return LB_OK;
}

/* The port is free again a moment after the door was closed: tried at every turn until it is. */
static void disconnect_all(lb_audience *audience)
{
    lb_door_close(&audience->door);
    audience->count = 0;
    audience->listen.endpoints = &audience->unlisted;
}

lb_err lb_audience_open(lb_audience **out, const lb_listen *listen, int64_t port)
{
    lb_audience *audience = calloc(1, sizeof *audience);
    if (audience == NULL)
        return LB_ERR_NO_MEMORY;
    audience->listen = *listen;
    audience->port = listen->tcp ? port : LB_PORT_OFF;
    lb_err err = lb_party_reader_open(&audience->parties, listen->party_path, listen->seal,
                                      listen->local_may);
    if (err == LB_OK)
        err = lb_socket_connect(listen->zmq, ZMQ_PUSH, LB_NOTES, &audience->notes);
    if (err == LB_OK && audience->port != LB_PORT_OFF)
        err = open_door(audience);
    if (err != LB_OK)
        lb_audience_close(&audience);
    else
        *out = audience;
    return err;
}

void lb_audience_close(lb_audience **audience)
{
    if (*audience == NULL)
        return;
    lb_door_close(&(*audience)->door);
    lb_socket_close(&(*audience)->notes);
    lb_party_reader_close(&(*audience)->parties);
    free((*audience)->at);
    free(*audience);
    *audience = NULL;
}

lb_door *lb_audience_door(const lb_audience *audience)
{
    return audience->door;
}

bool lb_audience_is_empty(const lb_audience *audience)
{
    return audience->count == 0;
}

/* -- who is there ------------------------------------------------------------------------------------- */

static bool may_follow_any(const lb_pass *pass)
{
    return pass != NULL &&
           (lb_pass_has(pass, LB_PARTY_OPERATOR) || lb_pass_has(pass, LB_PARTY_INTEGRATOR));
}

static void hash_rights(const lb_pass *pass, uint8_t rights[RIGHTS_BYTES])
{
    const lb_text_list *topics = &pass->rights[LB_RIGHT_TOPIC];
    crypto_generichash_state state;

    crypto_generichash_init(&state, NULL, 0, RIGHTS_BYTES);
    crypto_generichash_update(&state, (const uint8_t *)&pass->roles, sizeof pass->roles);
    for (size_t i = 0; i < topics->count; i++) {
        const lb_span *topic = &topics->at[i];
        crypto_generichash_update(&state, (const uint8_t *)&topic->len, sizeof topic->len);
        crypto_generichash_update(&state, (const uint8_t *)topic->at, topic->len);
    }
    crypto_generichash_final(&state, rights, RIGHTS_BYTES);
}

static follower *need_follower(lb_audience *audience, lb_span user, const lb_pass *pass)
{
    for (size_t i = 0; i < audience->count; i++)
        if (lb_span_is(user, audience->at[i].user))
            return &audience->at[i];
    if (audience->count == audience->room) {
        size_t room = audience->room == 0 ? 8 : 2 * audience->room;
        follower *wider = realloc(audience->at, room * sizeof *wider);
        if (wider == NULL)
            return NULL;
        audience->at = wider;
        audience->room = room;
    }
    follower *one = &audience->at[audience->count++];
    *one = (follower){.topic_count = 0};
    snprintf(one->user, sizeof one->user, "%.*s", LB_ARG(user));
    hash_rights(pass, one->rights);
    return one;
}

static bool may_still(const lb_pass_book *book, const follower *one)
{
    uint8_t rights[RIGHTS_BYTES];
    const lb_pass *pass = lb_pass_of_user(book, lb_span_of(one->user), lb_clock_now_us());

    if (!may_follow_any(pass))
        return false;
    hash_rights(pass, rights);
    return memcmp(rights, one->rights, RIGHTS_BYTES) == 0;
}

static bool may_all_still(const lb_audience *audience, const lb_pass_book *book)
{
    bool may = true;

    for (size_t i = 0; audience->at != NULL && i < audience->count; i++)
        may &= may_still(book, &audience->at[i]);
    return may;
}

/* -- subscriptions ------------------------------------------------------------------------------------ */

/* A topic counts once, however often he connects. */
static bool has_room_for(follower *one, lb_span topic)
{
    for (size_t i = 0; i < one->topic_count; i++)
        if (lb_span_is(topic, one->topics[i]))
            return true;
    if (one->topic_count == TOPICS_MAX || topic.len > TOPIC_MAX)
        return false;
    memcpy(one->topics[one->topic_count], topic.at, topic.len);
    one->topics[one->topic_count++][topic.len] = '\0';
    return true;
}

static bool begins(lb_span text, lb_span head)
{
    return text.len >= head.len && memcmp(text.at, head.at, head.len) == 0;
}

/* Sets or ends the subscription of the peer that spoke last. */
static bool set_topic(lb_audience *audience, follower *one, bool is_on, lb_span topic)
{
    if (is_on && !has_room_for(one, topic))
        return false;
    zmq_setsockopt(lb_door_socket(audience->door), is_on ? ZMQ_SUBSCRIBE : ZMQ_UNSUBSCRIBE,
                   topic.at, topic.len);
    return true;
}

/* The part of a subscription that he may have: everything below both what he asks for and what he may. */
static bool set_allowed(lb_audience *audience, follower *one, const lb_pass *pass, bool is_on,
                        lb_span topic)
{
    const lb_span all = LB_SPAN("e/"), heartbeat = LB_SPAN("h"), records = LB_SPAN("r/");
    const lb_text_list everything = {(lb_span[]){all}, 1, 1};
    const lb_text_list *allowed =
        lb_pass_has(pass, LB_PARTY_OPERATOR) ? &everything : &pass->rights[LB_RIGHT_TOPIC];
    bool is_any = begins(heartbeat, topic) && set_topic(audience, one, is_on, heartbeat);

    if (begins(records, topic)) /* what concerns everybody */
        is_any |= set_topic(audience, one, is_on, records);
    else if (begins(topic, records))
        is_any |= set_topic(audience, one, is_on, topic);

    for (size_t i = 0; i < allowed->count; i++) {
        lb_span limit = allowed->at[i];
        if (!begins(limit, all))
            continue;
        if (begins(topic, limit))
            is_any |= set_topic(audience, one, is_on, topic);
        else if (begins(limit, topic))
            is_any |= set_topic(audience, one, is_on, limit);
    }
    return is_any;
}

static void take_subscription(lb_audience *audience, const lb_pass_book *book, zmq_msg_t *frame)
{
    lb_span user = lb_socket_user(frame), news = {zmq_msg_data(frame), zmq_msg_size(frame)};
    const lb_pass *pass = user.len == 0 ? NULL : lb_pass_of_user(book, user, lb_clock_now_us());
    bool is_on = news.len > 0 && news.at[0] == 1, is_set = false;

    if (news.len == 0 || (news.at[0] != 0 && news.at[0] != 1))
        return;
    follower *one = may_follow_any(pass) ? need_follower(audience, user, pass) : NULL;
    lb_span topic = lb_span_after(news, 1);
    if (one != NULL)
        is_set = set_allowed(audience, one, pass, is_on, topic);
    if (is_on)
        lb_note(audience->notes, pass == NULL ? LB_EMPTY : pass->name, LB_SPAN("FOLLOW"), topic,
                is_set ? LB_SPAN("OK") : LB_SPAN("DENIED"));
}

void lb_audience_judge(lb_audience *audience)
{
    zmq_msg_t frame;

    if (audience->port == LB_PORT_OFF)
        return;
    const lb_pass_book *book = lb_party_passes(audience->parties);
    if (!may_all_still(audience, book))
        disconnect_all(audience);
    if (audience->door == NULL && open_door(audience) != LB_OK)
        return;
    zmq_msg_init(&frame);
    while (lb_door_hear(audience->door, &frame))
        take_subscription(audience, book, &frame);
    zmq_msg_close(&frame);
    lb_door_look(audience->door);
}
