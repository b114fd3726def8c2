/* live_hub.h - a real landbridged with parties on CURVE, each with its key, and the operator on ipc. */
#ifndef TESTS_RIGHTS_LIVE_HUB_H
#define TESTS_RIGHTS_LIVE_HUB_H

#include "landbridge/client/client.h"

enum { LIVE_PATIENCE_MS = 60 * 1000 };

typedef struct live_hub live_hub;

/* `folder` is the data folder, made when it is not there; it may hold profiles. `grants` as in rights_hub.h, each party on
 * one line. Terminals of trucks are listed. */
live_hub *live_hub_open(const char *folder, const char *grants);
void live_hub_close(live_hub **hub); /* the hub must exit by itself, with status 0 */

int live_hub_gate(const live_hub *hub);     /* port of the gate of JT/T 808 */
int64_t live_hub_head(const live_hub *hub); /* newest number in the journal */
/* Closed by the caller. */
lb_client *live_hub_connect(const live_hub *hub, const char *party);
/* Queries as a party (NULL: the operator), once the view has reached `at_least_seq`; copied into
 * the arena. */
struct lb_arena;
void live_hub_ask(live_hub *hub, const char *party, const lb_query *query, int64_t now_us,
                  int64_t at_least_seq, struct lb_arena *arena, lb_answer *answer);

#endif
