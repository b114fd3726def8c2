/* rights_hub.h - a hub in one process: messages are admitted, read, put into a view and queried, without sockets.
 *
 *     message --lb_admit_judge--> duplicate? --lb_translate_read--> packed events --lb_view_put--> view.db
 *                                                                      query --lb_view_answer--> answer
 *
 * These are the hub's own functions in the hub's order, with a party.db of its own; only the journal is left out.
 * Times of receipt are given by the caller. An error ends the test. One thread. */
#ifndef TESTS_RIGHTS_HUB_H
#define TESTS_RIGHTS_HUB_H

#include "base/batch.h"
#include "landbridge/client/answer.h"

typedef struct rights_hub rights_hub;

/* `grants` are lines "NAME ROLE[,ROLE] right right ..."; a line that begins with a blank goes on with the party
 * above it, '#' begins a comment. Profiles of sources are FOLDER/sources/<source>.ini. */
rights_hub *rights_hub_open(const char *grants, const char *folder);
void rights_hub_close(rights_hub **hub);
void rights_hub_clear(rights_hub *hub); /* an empty view; numbers begin at 1 */

typedef struct rights_message {
    const char *party; /* NULL: a client without a key */
    const char *source, *format;
    lb_span message_id, body;
    int64_t at_us;
    bool by_gate; /* the gate of truck terminals has authenticated it */
} rights_message;

typedef struct rights_receipt {
    lb_stage_of_item stage; /* READ: kept */
    lb_err error;
    int64_t first_seq; /* LB_UNKNOWN: no events */
    int64_t events;
} rights_receipt;

/* One turn of `count` messages, in their order; `receipts` may be NULL. */
void rights_hub_turn(rights_hub *hub, const rights_message *messages, size_t count,
                     rights_receipt *receipts);
/* The same for one message. */
rights_receipt rights_hub_send(rights_hub *hub, const rights_message *message);
/* makes the sent messages visible to queries; returns the newest number */
int64_t rights_hub_flush(rights_hub *hub);

/* The hub's answer to this party (NULL: local) at a moment. Memory of the arena. */
void rights_hub_ask(rights_hub *hub, const char *party, const lb_query *query, int64_t now_us,
                    lb_arena *arena, lb_answer *answer);

/* The text of a file, ended by NUL; to be freed. */
char *rights_read_file(const char *path);

#endif
