/* inside.h - the hub without its sockets: the keepers that hub.c opens, and turns of it made by hand.
 *
 * inside.c includes hub.c itself, so a turn is deduplicated, kept and settled by the hub's own code. Messages
 * are numbered; a number always gives the same bytes. */
#ifndef TESTS_FAULT_INSIDE_H
#define TESTS_FAULT_INSIDE_H

#include <stdio.h>

#include "hub.h"
#include "landbridge/client/answer.h"

#define INSIDE_SOURCE "gate-a"

typedef struct reported { /* the result that the sender of a message got */
    lb_result result;
    int64_t first_seq, events, quarantine_id;
    bool may_retry; /* FAILED, and the next step is the sender's */
} reported;

/* As lb_hub_open does it, up to the movers. */
lb_err inside_open(lb_hub **hub, const char *folder);
/* The journal is checkpointed between turns when its WAL has 40 pages, with the given
 * `synchronous`. */
void inside_checkpoint_often(lb_hub *hub, const char *synchronous);

/* Runs at once what the hub does between turns. */
lb_err inside_tidy(lb_hub *hub);
/* One turn with the messages of these numbers. `answers` has one for each. */
lb_err inside_turn(lb_hub *hub, const int64_t *messages, size_t count, reported *answers);
/* A folder whose journal has the first messages of all, up to 64; nothing is open afterwards. */
lb_err inside_begin(const char *folder, int64_t messages);
/* An operator releases a message from quarantine, as through the hub RPC. */
lb_err inside_release(lb_hub *hub, int64_t quarantine_id, reported *answer);

/* The whole hub, on ipc and inproc, with a gate for terminals if wanted; its own threads run,
 * and this thread calls its turns. */
lb_err inside_hub_open(lb_hub **hub, const char *folder, bool has_gate);
int inside_hub_gate_port(const lb_hub *hub);
/* The peers at a door that were disconnected or refused, as counted in feeds. */
int64_t inside_hub_missed(const lb_hub *hub, int door);
/* The socket of a sender or client, at one of the hub's inner doors. */
void *inside_hub_dial(lb_hub *hub, bool is_rpc);
/* Processes what waits at the doors: hub RPC requests, then one turn. False: nothing came within
 * the time. */
bool inside_hub_turn(lb_hub *hub, int timeout_ms);
/* A Submit of these messages, packed; the caller frees it. */
char *inside_submit(const int64_t *messages, size_t count, int64_t correlation, size_t *len);

/* A message has one to four events. Every seventh names an unknown format: it goes to
 * quarantine, and an operator can release it with its real one. */
bool inside_is_unreadable(int64_t message);
void inside_token(int64_t message, unsigned char token[16]);
void inside_write_message(int64_t message, FILE *file);

/* The newest block of a journal; and how often a message stands behind a block, by its token, and under which number. */
int64_t inside_head_block(const char *journal);
int inside_count_kept(const char *journal, int64_t after_block, const unsigned char token[16],
                      int64_t *first_seq);

/* Brings the view in a file to the head of the journal in another; at most `flush_each` events a flush. */
lb_err inside_follow(const char *journal, const char *view, int64_t flush_each);

#endif
