/* carriers.h - senders during crashes of the hub: threads with the client library, a spool folder, a truck terminal; and
 * a subscriber. They notice a crash only by missing answers. */
#ifndef CRASH_CARRIERS_H
#define CRASH_CARRIERS_H

#include "messages.h"

typedef struct carriers carriers;

enum { REST_MS = 4 };
/* `port` is the gate's; each carrier waits `rest` between two messages. */
carriers *carriers_start(messages *all, const char *data, int port, int rest_ms);
/* No new messages; waits until each has its answer, `wait_ms` at most. False: some have none. */
bool carriers_stop(carriers *c, int wait_ms);
int64_t
carriers_followed(const carriers *c); /* numbers that the follower has seen, 1 to this one */
/* The id of the event that was published with this number, of the newest 1.6 million. */
const uint8_t *carriers_published(const carriers *c, int64_t seq);
void carriers_close(carriers **c);

enum { EVENT_ID_BYTES = 16 };

#endif
