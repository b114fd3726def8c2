/* publish_audience.c - live subscribers with a CURVE key, and whether they still have the right. */
#include "net/publish_audience.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "keep/audit.h"
#include "keep/party.h"
#include "net/publish_topics.h"
#include "record.h"

enum {
    SUBSCRIPTION_BYTES = 1024,
    /* of all subscribers; then events are sent before more are taken */
    SUBSCRIPTIONS_AT_ONCE = 1000,
    RIGHTS_BYTES = 16,
    REFUSALS_MAX = 32, /* queued until their connection subscribes to refusals */
    REFUSED_ROOM = 64,
    RECEIPT_ROOM = 64 * 1024,
};

typedef struct refusal {
    char topic[LB_TOPIC_BYTES];
    size_t len;
    lb_err err;
    lb_peer peer;
} refusal;

/* One key of one party. */
typedef struct follower {
    char user[LB_USER_ROOM];
    char refused[REFUSED_ROOM];   /* "refused/KEY/": topic of its refused subscriptions */
    uint8_t rights[RIGHTS_BYTES]; /* hash of the rights that count for topics */
    lb_topics topics;
    refusal refusals[REFUSALS_MAX];
    size_t refusal_count;
} follower;

struct lb_audience {
    lb_listen listen;
    lb_endpoints unlisted; /* for a reopened socket, whose endpoint is listed already */
    int64_t port;
    lb_door *door; /* NULL: closed, or being reopened */
    void *notes;
    lb_party_reader *parties;
    lb_arena arena; /* of one refusal */
    follower *at;
    size_t count, room;
};

/* -- the door ---------------------------------------------------------------------------------------- */

/* The port that was bound, when any was asked for. */
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

static void forget_all(lb_audience *audience)
{
    for (size_t i = 0; i < audience->count; i++)
        lb_topics_fini(&audience->at[i].topics);
    audience->count = 0;
}

/* The port is free only a moment after the door was closed: retried at every turn. */
static void disconnect_all(lb_audience *audience)
{
    lb_door_close(&audience->door);
    forget_all(audience);
    audience->listen.endpoints = &audience->unlisted;
}

lb_err lb_audience_open(lb_audience **out, const lb_listen *listen, int64_t port)
{
    lb_audience *audience = calloc(1, sizeof *audience);
    if (audience == NULL)
        return LB_ERR_NO_MEMORY;
    audience->listen = *listen;
    audience->port = listen->tcp ? port : LB_PORT_OFF;
    lb_arena_init(&audience->arena, RECEIPT_ROOM);
    lb_err err = lb_party_reader_open(&audience->parties, listen->party_path, listen->user_nonce,
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
    lb_arena_fini(&(*audience)->arena);
    forget_all(*audience);
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
    for (size_t i = 0; i < audience->count; i++)
        if (audience->at[i].topics.count > 0)
            return false;
    return true;
}

/* -- subscribers -------------------------------------------------------------------------------------- */

static bool may_follow_any(const lb_permission *permission)
{
    return permission != NULL && (lb_permission_has(permission, LB_PARTY_OPERATOR) ||
                                  lb_permission_has(permission, LB_PARTY_INTEGRATOR));
}

static void hash_rights(const lb_permission *permission, uint8_t rights[RIGHTS_BYTES])
{
    const lb_text_list *topics = &permission->rights[LB_RIGHT_TOPIC];
    crypto_generichash_state state;

    crypto_generichash_init(&state, NULL, 0, RIGHTS_BYTES);
    crypto_generichash_update(&state, (const uint8_t *)&permission->roles,
                              sizeof permission->roles);
    for (size_t i = 0; i < topics->count; i++) {
        const lb_span *topic = &topics->at[i];
        crypto_generichash_update(&state, (const uint8_t *)&topic->len, sizeof topic->len);
        crypto_generichash_update(&state, (const uint8_t *)topic->at, topic->len);
    }
    crypto_generichash_final(&state, rights, RIGHTS_BYTES);
}

/* From the part of the user ID that differs between keys. */
static void name_refused(follower *one)
{
    lb_span user = lb_span_of(one->user), user_nonce, key = LB_EMPTY;

    lb_span_cut(&user, '/', &user_nonce);
    lb_span_cut(&user, '/', &key);
    snprintf(one->refused, sizeof one->refused, "refused/%.*s/", LB_ARG(key));
}

static follower *need_follower(lb_audience *audience, lb_span user, const lb_permission *permission)
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
    *one = (follower){.refusal_count = 0};
    snprintf(one->user, sizeof one->user, "%.*s", LB_ARG(user));
    name_refused(one);
    hash_rights(permission, one->rights);
    return one;
}

static bool may_still(const lb_permission_book *book, const follower *one)
{
    uint8_t rights[RIGHTS_BYTES];
    const lb_permission *permission =
        lb_permission_of_user(book, lb_span_of(one->user), lb_clock_now_us());

    if (permission == NULL)
        return false;
    hash_rights(permission, rights);
    return memcmp(rights, one->rights, RIGHTS_BYTES) == 0;
}

static bool is_there(lb_peer peer)
{
    return peer.file >= 0 && fcntl(peer.file, F_GETFD) >= 0 &&
           lb_door_cookie(peer.file) == peer.cookie;
}

/* A key without connections is forgotten, so a change of its rights does not disconnect others. */
static bool may_all_still(lb_audience *audience, const lb_permission_book *book)
{
    for (size_t i = audience->at == NULL ? 0 : audience->count; i-- > 0;) {
        follower *one = &audience->at[i];
        if (may_still(book, one))
            continue;
        lb_topics_drop_ended(&one->topics, is_there);
        if (one->topics.count > 0)
            return false;
        lb_topics_fini(&one->topics);
        *one = audience->at[--audience->count];
    }
    return true;
}

/* -- the parts of a subscription -----------------------------------------------------------------------
 *
 * A subscription asks for all topics with a prefix. What the key gets of it are parts: the heartbeat, its own refusals,
 * records of the journal, and everything below both the prefix and a topic of its rights. */

enum { HEARTBEAT, REFUSED, RECORDS, EVENTS };

static bool begins(lb_span text, lb_span head)
{
    return text.len >= head.len && (head.len == 0 || memcmp(text.at, head.at, head.len) == 0);
}

static const lb_text_list *allowed_topics(const lb_permission *permission)
{
    static lb_span all[] = {{"e/", 2}};
    static const lb_text_list everything = {all, 1, 1}, nothing = {NULL, 0, 0};

    if (lb_permission_has(permission, LB_PARTY_OPERATOR))
        return &everything;
    return may_follow_any(permission) ? &permission->rights[LB_RIGHT_TOPIC] : &nothing;
}

static size_t part_count(const lb_permission *permission)
{
    return EVENTS + allowed_topics(permission)->count;
}

/* The number-th possible part of a subscription; false: there is none. */
static bool find_part(const follower *one, const lb_permission *permission, lb_span topic,
                      size_t number, lb_span *part)
{
    lb_span own = number == HEARTBEAT ? LB_SPAN("h") : lb_span_of(one->refused);

    if (number == RECORDS) { /* holes in the journal concern every subscriber */
        const lb_span records = LB_SPAN("r/");
        *part = topic.len > records.len ? topic : records;
        return may_follow_any(permission) && (begins(topic, records) || begins(records, topic));
    }
    if (number < EVENTS) {
        *part = own;
        return begins(own, topic) && (number == REFUSED || may_follow_any(permission));
    }
    lb_span limit = allowed_topics(permission)->at[number - EVENTS];
    *part = topic.len > limit.len ? topic : limit;
    return begins(limit, LB_SPAN("e/")) && (begins(topic, limit) || begins(limit, topic));
}

static bool has_part(const follower *one, const lb_permission *permission, lb_span topic,
                     size_t from, size_t before)
{
    lb_span part;

    for (size_t i = from; i < before; i++)
        if (find_part(one, permission, topic, i, &part))
            return true;
    return false;
}

/* Does some topic of the connection include this part? */
static bool is_wanted(const follower *one, const lb_permission *permission, lb_peer peer,
                      lb_span wanted)
{
    lb_span part;

    for (size_t t = 0; t < one->topics.count; t++) {
        const lb_topic *topic = &one->topics.at[t];
        lb_span text = {topic->text, topic->len};
        for (size_t i = 0; lb_topic_is_of(topic, peer) && i < part_count(permission); i++)
            if (find_part(one, permission, text, i, &part) && lb_span_equal(part, wanted))
                return true;
    }
    return false;
}

/* -- subscriptions ------------------------------------------------------------------------------------ */

/* Applies the parts to the peer whose subscription was read last (ZMQ_XPUB_MANUAL). */
static void set_parts(const lb_audience *audience, const follower *one,
                      const lb_permission *permission, lb_span topic, size_t before)
{
    lb_span part;

    for (size_t i = 0; i < before; i++)
        if (find_part(one, permission, topic, i, &part))
            zmq_setsockopt(lb_door_socket(audience->door), ZMQ_SUBSCRIBE, part.at, part.len);
}

/* Topics that are not events do not count and need no right: a key can always see its refusals. */
static lb_err subscribe(const lb_audience *audience, follower *one, const lb_permission *permission,
                        lb_span topic, lb_peer peer)
{
    size_t all = part_count(permission);
    bool has_events = has_part(one, permission, topic, EVENTS, all);
    bool has_others = has_part(one, permission, topic, 0, EVENTS);
    bool wants_others_only = has_others && topic.len > 0;

    lb_err err = !has_events && !wants_others_only
                     ? LB_ERR_DENIED
                     : lb_topics_add(&one->topics, topic, has_events, peer, is_there);
    if (err == LB_OK)
        set_parts(audience, one, permission, topic, all);
    else if (has_others && lb_topics_add(&one->topics, topic, false, peer, is_there) == LB_OK)
        set_parts(audience, one, permission, topic, EVENTS);
    return err;
}

static void unsubscribe(const lb_audience *audience, follower *one, const lb_permission *permission,
                        lb_span topic, lb_peer peer)
{
    lb_span part;

    if (!lb_topics_remove(&one->topics, topic, peer))
        return;
    for (size_t i = 0; i < part_count(permission); i++)
        if (find_part(one, permission, topic, i, &part) && !is_wanted(one, permission, peer, part))
            zmq_setsockopt(lb_door_socket(audience->door), ZMQ_UNSUBSCRIBE, part.at, part.len);
}

/* -- refusals ----------------------------------------------------------------------------------------- */

/* Beyond REFUSALS_MAX the oldest is dropped. */
static void note_refusal(follower *one, lb_span topic, lb_err err, lb_peer peer)
{
    if (one->refusal_count == REFUSALS_MAX)
        memmove(&one->refusals[0], &one->refusals[1],
                --one->refusal_count * sizeof one->refusals[0]);
    refusal *fresh = &one->refusals[one->refusal_count++];
    *fresh = (refusal){.err = err, .peer = peer};
    fresh->len = lb_span_first(topic, LB_TOPIC_BYTES).len;
    if (fresh->len > 0)
        memcpy(fresh->topic, topic.at, fresh->len);
}

static const char *reason_of(lb_err err)
{
    switch (err) {
    case LB_ERR_FULL:
        return "a key has at most 100 topics at a time; unsubscribe some and try again";
    case LB_ERR_DENIED:
        return "the party has no right to it";
    case LB_ERR_TOO_BIG:
        return "a topic has at most 64 bytes";
    default:
        return lb_err_text(err);
    }
}

static void send_refusal(lb_audience *audience, const follower *one, const refusal *what)
{
    lb_receipt receipt;
    lb_span topic = {what->topic, what->len}, body;

    lb_arena_reset(&audience->arena);
    lb_record_init(&lb_record_receipt, &receipt);
    receipt.result = LB_RESULT_REFUSED;
    receipt.error = lb_span_of(lb_err_name(what->err));
    receipt.next_step = lb_span_of(lb_next_step_name(lb_err_next_step(what->err)));
    receipt.text = lb_arena_print(&audience->arena, "subscription to '%.*s' refused: %s",
                                  LB_ARG(lb_utf8_is_valid(topic) ? topic : LB_SPAN("?")),
                                  reason_of(what->err));
    lb_span name = lb_arena_print(&audience->arena, "%s", one->refused);
    char *whole = lb_arena_alloc(&audience->arena, name.len + topic.len + 1);
    if (whole == NULL ||
        lb_record_pack(&lb_record_receipt, &receipt, &audience->arena, &body) != LB_OK) {
        lb_door_miss(audience->door);
        return;
    }
    size_t len = lb_span_join(whole, name.len + topic.len + 1, (const lb_span[]){name, topic}, 2);
    lb_door_publish(audience->door, (lb_span){whole, len}, body);
}

/* A refusal waits until its connection subscribes to refusals: ZeroMQ gives subscriptions in no fixed order. */
static void send_refusals(lb_audience *audience, follower *one, const lb_permission *permission)
{
    size_t left = 0;

    for (size_t i = 0; i < one->refusal_count; i++) {
        const refusal *what = &one->refusals[i];
        if (is_wanted(one, permission, what->peer, lb_span_of(one->refused)))
            send_refusal(audience, one, what);
        else if (is_there(what->peer))
            one->refusals[left++] = *what;
    }
    one->refusal_count = left;
}

/* -- subscriptions in --------------------------------------------------------------------------------- */

static void take_one(lb_audience *audience, const lb_permission *permission, lb_span user,
                     bool is_on, lb_span topic, lb_peer peer)
{
    lb_err err = LB_ERR_DENIED;

    follower *one = permission == NULL ? NULL : need_follower(audience, user, permission);
    if (one != NULL && is_on)
        err = subscribe(audience, one, permission, topic, peer);
    else if (one != NULL)
        unsubscribe(audience, one, permission, topic, peer);
    const lb_audit_note note = lb_audit_note_of(permission == NULL ? LB_EMPTY : permission->name,
                                                LB_ACTION_FOLLOW, topic, err);
    if (is_on)
        lb_note(audience->notes, &note);
    if (one == NULL)
        return;
    if (is_on && err != LB_OK)
        note_refusal(one, topic, err, peer);
    send_refusals(audience, one, permission);
}

/* The unsubscriptions that libzmq makes for a closed connection have no user. */
static void take_subscription(lb_audience *audience, const lb_permission_book *book,
                              zmq_msg_t *frame)
{
    lb_span user = lb_socket_user(frame), news = {zmq_msg_data(frame), zmq_msg_size(frame)};
    int file = zmq_msg_get(frame, ZMQ_SRCFD);
    const lb_peer peer = {file, lb_door_cookie(file)};

    if (news.len == 0 || (news.at[0] != 0 && news.at[0] != 1) || user.len == 0 || !is_there(peer))
        return;
    take_one(audience, lb_permission_of_user(book, user, lb_clock_now_us()), user, news.at[0] == 1,
             lb_span_after(news, 1), peer);
}

void lb_audience_judge(lb_audience *audience)
{
    zmq_msg_t frame;

    if (audience->port == LB_PORT_OFF)
        return;
    const lb_permission_book *book = lb_party_permissions(audience->parties);
    if (!may_all_still(audience, book))
        disconnect_all(audience);
    if (audience->door == NULL && open_door(audience) != LB_OK)
        return;
    zmq_msg_init(&frame);
    for (int i = 0; i < SUBSCRIPTIONS_AT_ONCE && lb_door_hear(audience->door, &frame); i++)
        take_subscription(audience, book, &frame);
    zmq_msg_close(&frame);
    lb_door_look(audience->door);
}
