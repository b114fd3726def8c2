/* client.h - the hub for programs: push with receipts, follow without gap or repeat, ask.
 *
 * Link with liblandbridge: `pkg-config landbridge`, or find_package(landbridge) and landbridge::landbridge in CMake.
 * tools/README.md says when its soname changes. No protobuf and no ZeroMQ types stand in this interface. A client belongs to
 * one thread; open one for each. Every call that waits takes a timeout and returns LB_ERR_TIMEOUT then;
 * nothing is lost by that: call again. */
#ifndef LANDBRIDGE_CLIENT_CLIENT_H
#define LANDBRIDGE_CLIENT_CLIENT_H

#include "landbridge/client/answer.h"
#include "landbridge/client/error.h"
#include "landbridge/client/event.h"
#include "landbridge/client/position.h"
#include "landbridge/client/version.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct lb_client lb_client;

/* `at` names the hub: its data folder ("/var/lib/landbridge": the ipc sockets in it), or
 * "tcp://127.0.0.1:5710" (intake; query, live and replay are the next three ports). Connects lazily and
 * comes back by itself after the hub was away. */
lb_err lb_client_open(lb_client **client, const char *at);
void lb_client_close(lb_client **client);

/* Shows a key to a hub that asks for one ("tcp://hub.example:5720" and the next three ports): one's own pair, and
 * the hub's public key, each 40 characters of Z85 (ZeroMQ RFC 26 and 32). Before anything is sent. MISUSE: that is
 * no key. With a key that the hub does not know nothing ever comes: every call ends with LB_ERR_TIMEOUT. */
lb_err lb_client_key(lb_client *client, const char *own_public, const char *own_secret,
                     const char *hub_public);
/* The same from a file as `landbridge admin keygen` writes it: lines "public = ", "secret = ", "hub = ".
 * NOT_FOUND: no such file. MISUSE: it lacks one of them, or is readable by others. */
lb_err lb_client_key_file(lb_client *client, const char *path);

/* -- push ------------------------------------------------------------------------------------------
 * Messages are gathered into batches, sent again until their receipt comes (which is safe: the hub
 * drops what it knows), and receipts are handed out in the order of the pushes. */

typedef void lb_on_receipt(void *whose, uint64_t ticket, const lb_receipt *receipt);

/* Who pushes; "local" without this. Before the first push. */
lb_err lb_client_source(lb_client *client, const char *source);
void lb_client_on_receipt(lb_client *client, lb_on_receipt *on_receipt, void *whose);

/* Longer messages are TOO_BIG here: a hub would cut the connection instead of saying so. */
#define LB_CLIENT_MESSAGE_BYTES ((size_t)64 * 1024 * 1024)

/* `message_id` (may be empty) is the sender's own key of idempotency; `format` (may be empty) an
 * adapter's name. The body is copied. Blocks when max_outstanding messages wait for receipts, for
 * timeout_ms at most. *ticket counts pushes from 1. */
lb_err lb_client_push(lb_client *client, lb_span message_id, lb_span format, lb_span body,
                      int timeout_ms, uint64_t *ticket);
void lb_client_max_outstanding(lb_client *client, size_t messages); /* 1,000 without this */

/* Sends what is gathered and takes receipts, calling on_receipt, until none is outstanding. */
lb_err lb_client_flush(lb_client *client, int timeout_ms);
/* Takes what receipts are there; waits for the first for timeout_ms at most. */
lb_err lb_client_poll(lb_client *client, int timeout_ms);
size_t lb_client_outstanding(const lb_client *client);
/* The newest event that a receipt has named so far, for lb_query.at_least: an answer then includes all that was pushed and
 * kept, or is RESET when the hub was restored from before. Its number is LB_UNKNOWN before the first one. */
lb_position_entry lb_client_pushed_position(const lb_client *client);

/* -- follow ----------------------------------------------------------------------------------------
 * Every event from a number on, each once, in order: first from the journal, then live, joined without
 * a seam, over restarts of the hub too. */

/* From a number of this hub on, in its present epoch. */
lb_err lb_client_follow(lb_client *client, int64_t from_seq);
/* From a position on, as lb_client_next_position or a token (position.h) had it: all that stands before it was had. One
 * entry; it may be of an older epoch. MISUSE: it has another count of entries, or no number from 1. */
lb_err lb_client_follow_from(lb_client *client, const lb_position *from);
/* The next event; it lives until the next call. LB_ERR_TIMEOUT when none came. DENIED: the party has no right to
 * follow. FULL: the key has its limit of live topics already; said once, the events go on by replay, a second late.
 * RESET: the hub's journal was restored, and events that were handed out are not in it any more: those from the number
 * on that lb_client_next_position has now. Said once; what was built on them goes, and the next call goes on from there.
 * FOREIGN: another hub answers than the one that the position is of; nothing is handed out. */
lb_err lb_client_next(lb_client *client, int timeout_ms, const lb_event **event);
const char *
lb_client_follow_why(const lb_client *client); /* the hub's words for it; "" when it said none */
/* Numbers that are no events, as records of their kind: holes, whose events are LOST or were never given out as far as
 * anybody knows (SKIPPED), and what the hub notes beside events (TICK and others). They are counted in any case; this is
 * called from lb_client_next for each of them, in its place among the events, before it goes on behind it. The record lives
 * as long as the call. Without this lb_client_next returns LB_ERR_CORRUPT once for a record of kind LOST, and goes on behind
 * it when it is called again. */
typedef void lb_on_record(void *whose, const lb_stream_record *record);
void lb_client_on_record(lb_client *client, lb_on_record *on_record, void *whose);
/* Where to go on later: keep it as text (lb_position_print), not the number alone, so that a restored hub is noticed. Hub and
 * epoch are LB_UNKNOWN until the hub has answered. */
lb_position_entry lb_client_next_position(const lb_client *client);
/* The newest number heard of; its number is LB_UNKNOWN before the first news. */
lb_position_entry lb_client_head_position(const lb_client *client);

/* -- ask -------------------------------------------------------------------------------------------*/

void lb_query_init(lb_query *query, lb_ask ask);
/* The answer lives until the next lb_client_ask. LB_OK even when the hub says no: look at
 * answer->error, which is a name of error.h. */
lb_err lb_client_ask(lb_client *client, const lb_query *query, int timeout_ms,
                     const lb_answer **answer);
/* lb_client_ask for the track of a reference: for languages that would have to write lb_query down. */
lb_err lb_client_track(lb_client *client, lb_span reference, int timeout_ms,
                       const lb_answer **answer);

/* -- text ------------------------------------------------------------------------------------------
 * One JSON object on one line, as long as the client's next call. */
lb_err lb_client_event_json(lb_client *client, const lb_event *event, lb_span *json);
lb_err lb_client_answer_json(lb_client *client, const lb_answer *answer, lb_span *json);

#ifdef __cplusplus
}
#endif

#endif
