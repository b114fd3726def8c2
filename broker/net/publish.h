/* publish.h - live events to whoever listens. Its own thread, its own reader of the journal.
 *
 *     topic "e/rail/transport/depa/"   body CargoEvent with hub_seq and recorded_at_us
 *     topic "r/lost/"                  body Lost, for each hole that was found at this start; every second
 *     topic "h"                        body Position of the head; every second
 *     topic "refused/KEY/TOPIC"        body Receipt: this key does not follow this topic; to this key only
 *
 * Who falls 20,000 events behind, or so many that 64 MiB wait, is hung up on, comes back, sees the gap in the
 * numbers, and asks replay (door.h). One that shows a key follows the topics that its party may (publish_audience.h); one
 * that needs none follows everything, or nothing when it may nothing. */
#ifndef NET_PUBLISH_H
#define NET_PUBLISH_H

#include "keep/epoch.h"
#include "net/socket.h"

typedef struct lb_publish lb_publish;

/* Holes that were found at or behind since_us are told. The epochs must outlive it. */
lb_err lb_publish_open(lb_publish **publish, const lb_listen *listen, lb_ports ports,
                       const char *journal_path, const lb_epochs *epochs, int64_t since_us);
void lb_publish_close(lb_publish **publish); /* after the context was shut down */

#endif
