/* publish_audience.h - who follows the live stream by CURVE, and may they still.
 *
 *     a subscription ──> whose is it, which topics may its party follow ──> the part of it that it may
 *     rights change, a key ends ──> all are disconnected; those that still may come back by themselves
 *
 * What a key does not get (no right, too many topics) is sent to it as a Receipt below "refused/", which every key may
 * hear for itself.
 *
 * ZeroMQ cannot take a topic from one subscriber of many. So when somebody of the audience may follow less than
 * it does, the socket is opened anew on the same port: subscribers connect again, are judged again, see the gap in
 * the numbers and ask replay. Belongs to the thread of publish. */
#ifndef NET_PUBLISH_AUDIENCE_H
#define NET_PUBLISH_AUDIENCE_H

#include "net/door.h"

typedef struct lb_audience lb_audience;

lb_err lb_audience_open(lb_audience **audience, const lb_listen *listen, int64_t port);
void lb_audience_close(lb_audience **audience);

/* Takes subscriptions and looks whether all may still follow. To be called before anything is sent. */
void lb_audience_judge(lb_audience *audience);
lb_door *lb_audience_door(const lb_audience *audience); /* NULL: nobody can be there just now */
bool lb_audience_is_empty(const lb_audience *audience);

#endif
