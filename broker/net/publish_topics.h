/* publish_topics.h - which topics one key is subscribed to, by which of its connections.
 *
 *     topic "e/air/"      connections 17, 21        counts once towards the limit of the key
 *     topic "h"           connection 17             the heartbeat and the like do not count
 *
 * ZeroMQ reports when a topic has no subscriber left, not which connection ended. So a topic is removed with its last
 * connection, which is checked only when the limit is reached. No sockets are used here; the caller says whether a
 * connection still exists. Belongs to the thread of publish. */
#ifndef NET_PUBLISH_TOPICS_H
#define NET_PUBLISH_TOPICS_H

#include "landbridge/client/error.h"
#include "landbridge/client/span.h"

enum {
    LB_TOPIC_BYTES = 64,         /* of one subscription */
    LB_TOPICS_MAX = 100,         /* that count towards the limit, of one key */
    LB_TOPIC_CONNECTIONS = 4096, /* subscribed to a topic, of one key */
};

/* One connection; descriptors are reused, cookies are not. */
typedef struct lb_peer {
    int file;
    uint64_t cookie;
} lb_peer;

typedef struct lb_topic {
    char text[LB_TOPIC_BYTES + 1];
    size_t len;
    bool is_counted;
    lb_peer *by;
    size_t count, room;
} lb_topic;

typedef struct lb_topics { /* memory of the caller; all zero is empty */
    lb_topic *at;
    size_t count, room;
} lb_topics;

typedef bool lb_peer_is_there(lb_peer peer);

void lb_topics_fini(lb_topics *topics);

/* Subscribes a connection; repeating it changes nothing. TOO_BIG: the topic is too long. FULL: the key has reached its
 * limit of topics, or of connections. NO_MEMORY. */
lb_err lb_topics_add(lb_topics *topics, lb_span topic, bool is_counted, lb_peer peer,
                     lb_peer_is_there *is_there);
/* Unsubscribes; false: this connection was not subscribed. */
bool lb_topics_remove(lb_topics *topics, lb_span topic, lb_peer peer);
/* Removes connections that no longer exist. */
void lb_topics_drop_ended(lb_topics *topics, lb_peer_is_there *is_there);
bool lb_topic_is_of(const lb_topic *topic, lb_peer peer);

#endif
