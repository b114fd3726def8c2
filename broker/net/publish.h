/* publish.h - sends live events to subscribers. Its own thread, its own reader of the journal.
 *
 *     topic "e/rail/transport/depa/"   body CargoEvent with hub_seq and recorded_at_us
 *     topic "r/<kind>/"                body StreamRecord: a number that is no event; those of holes (r/lost/, r/skipped/)
 *                                      that were found at this start every second
 *     topic "h"                        body Position of the head; every second
 *     topic "refused/KEY/TOPIC"        body Receipt: this subscription of the key is refused; to this key only
 *
 * A subscriber that falls 20,000 events behind, or makes 64 MiB wait, is disconnected, reconnects, sees the gap in the
 * numbers, and asks replay (door.h). One with a key gets the topics that its party may follow (publish_audience.h); one
 * without a key gets everything, or nothing when local clients have no rights. */
#ifndef NET_PUBLISH_H
#define NET_PUBLISH_H

#include "keep/epoch.h"
#include "keep/journal_engine.h"
#include "net/socket.h"

typedef struct lb_publish lb_publish;

/* Reports holes that were found at or after since_us. The epochs must outlive it. */
lb_err lb_publish_open(lb_publish **publish, const lb_listen *listen, lb_ports ports,
                       const lb_journal_place *journal, const lb_epochs *epochs, int64_t since_us);
void lb_publish_close(lb_publish **publish); /* after the context was shut down */

#endif
