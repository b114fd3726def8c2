/* publish_topics.c - which topics one key is subscribed to now. */
#include "net/publish_topics.h"

#include <stdlib.h>

static bool is_same(lb_peer a, lb_peer b)
{
    return a.file == b.file && a.cookie == b.cookie;
}

static size_t find_peer(const lb_topic *topic, lb_peer peer)
{
    size_t i = 0;

    while (i < topic->count && !is_same(topic->by[i], peer))
        i++;
    return i;
}

bool lb_topic_is_of(const lb_topic *topic, lb_peer peer)
{
    return find_peer(topic, peer) < topic->count;
}

static lb_topic *find(const lb_topics *topics, lb_span text)
{
    for (size_t i = 0; i < topics->count; i++)
        if (lb_span_equal((lb_span){topics->at[i].text, topics->at[i].len}, text))
            return &topics->at[i];
    return NULL;
}

/* The last topic takes its place. */
static void drop(lb_topics *topics, lb_topic *topic)
{
    free(topic->by);
    *topic = topics->at[--topics->count];
}

void lb_topics_fini(lb_topics *topics)
{
    for (size_t i = 0; i < topics->count; i++)
        free(topics->at[i].by);
    free(topics->at);
    *topics = (lb_topics){.at = NULL};
}

void lb_topics_drop_ended(lb_topics *topics, lb_peer_is_there *is_there)
{
    for (size_t i = topics->count; i-- > 0;) {
        lb_topic *topic = &topics->at[i];
        for (size_t k = topic->count; k-- > 0;)
            if (!is_there(topic->by[k]))
                topic->by[k] = topic->by[--topic->count];
        if (topic->count == 0)
            drop(topics, topic);
    }
}

static size_t count_counted(const lb_topics *topics)
{
    size_t count = 0;

    for (size_t i = 0; i < topics->count; i++)
        count += topics->at[i].is_counted;
    return count;
}

static size_t count_connections(const lb_topics *topics)
{
    size_t count = 0;

    for (size_t i = 0; i < topics->count; i++)
        count += topics->at[i].count;
    return count;
}

static bool is_full(const lb_topics *topics, bool is_new_and_counted)
{
    return (is_new_and_counted && count_counted(topics) >= LB_TOPICS_MAX) ||
           count_connections(topics) >= LB_TOPIC_CONNECTIONS;
}

/* Grows {at, count, room} for one more; NULL: no memory. */
static void *grown(void *at, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return at;
    size_t wider = *room == 0 ? 4 : 2 * *room;
    void *grown_at = realloc(at, wider * size);
    if (grown_at != NULL)
        *room = wider;
    return grown_at;
}

static lb_topic *append(lb_topics *topics, lb_span text, bool is_counted)
{
    lb_topic *at = grown(topics->at, topics->count, &topics->room, sizeof *at);

    if (at == NULL)
        return NULL;
    topics->at = at;
    lb_topic *fresh = &at[topics->count++];
    *fresh = (lb_topic){.len = text.len, .is_counted = is_counted};
    if (text.len > 0)
        memcpy(fresh->text, text.at, text.len);
    return fresh;
}

static lb_err append_peer(lb_topic *topic, lb_peer peer)
{
    lb_peer *by = grown(topic->by, topic->count, &topic->room, sizeof *by);

    if (by == NULL)
        return LB_ERR_NO_MEMORY;
    topic->by = by;
    by[topic->count++] = peer;
    return LB_OK;
}

lb_err lb_topics_add(lb_topics *topics, lb_span text, bool is_counted, lb_peer peer,
                     lb_peer_is_there *is_there)
{
    if (text.len > LB_TOPIC_BYTES)
        return LB_ERR_TOO_BIG;
    lb_topic *topic = find(topics, text);
    if (topic != NULL && lb_topic_is_of(topic, peer))
        return LB_OK;
    if (is_full(topics, is_counted && topic == NULL)) {
        lb_topics_drop_ended(topics, is_there);
        topic = find(topics, text);
        if (is_full(topics, is_counted && topic == NULL))
            return LB_ERR_FULL;
    }
    if (topic == NULL)
        topic = append(topics, text, is_counted);
    if (topic == NULL)
        return LB_ERR_NO_MEMORY;
    lb_err err = append_peer(topic, peer);
    if (topic->count == 0)
        drop(topics, topic);
    return err;
}

bool lb_topics_remove(lb_topics *topics, lb_span text, lb_peer peer)
{
    lb_topic *topic = find(topics, text);

    if (topic == NULL || !lb_topic_is_of(topic, peer))
        return false;
    topic->by[find_peer(topic, peer)] = topic->by[topic->count - 1];
    if (--topic->count == 0)
        drop(topics, topic);
    return true;
}
