/* publish_audience.h - live subscribers with a CURVE key, and whether they still have the right.
 *
 *     a subscription ──> its party ──> topics that the party may follow ──> the permitted part of the subscription
 *     rights change, a key expires ──> all are disconnected; those that are still permitted reconnect by themselves
 *
 * What a key does not get (no right, too many topics) is sent to it as a Receipt below "refused/", which every key may
 * subscribe to for itself.
 *
 * ZeroMQ cannot end a topic for one subscriber of many. So when a right of any connected key is narrowed, the socket is
 * reopened on the same port: subscribers reconnect, are checked again, see the gap in the numbers and ask replay.
 * Belongs to the thread of publish. */
#ifndef NET_PUBLISH_AUDIENCE_H
#define NET_PUBLISH_AUDIENCE_H

#include "net/door.h"

typedef struct lb_audience lb_audience;

lb_err lb_audience_open(lb_audience **audience, const lb_listen *listen, int64_t port);
void lb_audience_close(lb_audience **audience);

/* Takes subscriptions and checks that all are still permitted. Call before anything is sent. */
void lb_audience_judge(lb_audience *audience);
/* NULL: being reopened, no subscriber is connected */
lb_door *lb_audience_door(const lb_audience *audience);
bool lb_audience_is_empty(const lb_audience *audience);

#endif
