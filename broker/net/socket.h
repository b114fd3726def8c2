/* socket.h - ZeroMQ helpers: bound sockets, requests, notify channels between threads. Owns no socket itself.
 *
 * A socket belongs to the thread that opened it. When the ZeroMQ context is shut down every wait ends: that is how
 * threads are stopped. */
#ifndef NET_SOCKET_H
#define NET_SOCKET_H

#include <zmq.h>

#include "arena.h"
#include "base/config.h"
#include "landbridge/client/party.h"

lb_err lb_context_open(void **zmq);
void lb_context_shut_down(void *zmq); /* ends every wait in it; threads then close their sockets */
void lb_context_close(void **zmq);    /* after all sockets are closed */

enum { LB_ENDPOINT_ROOM = 256, LB_ENDPOINTS = 16 };

/* What was bound, as "name = endpoint". */
typedef struct lb_endpoints {
    char at[LB_ENDPOINTS][LB_ENDPOINT_ROOM];
    size_t count;
} lb_endpoints;

void lb_endpoints_add(lb_endpoints *endpoints, const char *name, const char *endpoint);

typedef struct lb_door_book lb_door_book;

/* Where a door listens. Plain endpoints require no key: ipc://FOLDER/<name>.sock and tcp://<plain_address>:<port>.
 * CURVE endpoints are tcp://<curve_address>:<curve port>; the access thread has checked the key of their connections.
 * A socket may have both: the user ID tells them apart (lb_request.user). */
typedef struct lb_listen {
    void *zmq;
    const char *folder;
    bool tcp;
    const char *plain_address, *curve_address; /* "127.0.0.1" */
    const char *curve_secret;                  /* 40 characters of Z85 */
    lb_endpoints *endpoints;
    lb_door_book *book;                             /* counters of the doors: net/door.h */
    int64_t address_connections, party_connections; /* limits for one at one door; 0: no limit */
    const char *party_path;                         /* party.db: see lb_party_reader_open */
    lb_span user_nonce;
    bool local_may;
} lb_listen;

typedef struct lb_ports { /* LB_PORT_OFF: none */
    int64_t plain, curve;
} lb_ports;

/* Lingers for nothing when it is closed; queues a thousand messages per peer, each way. NULL: no memory, or no free
 * descriptor. */
void *lb_socket_open(void *zmq, int type);
lb_err lb_socket_bind(void *zmq, int type, const char *endpoint, void **socket);
lb_err lb_socket_connect(void *zmq, int type, const char *endpoint, void **socket);
void lb_socket_close(void **socket);

/* One request at a ROUTER: address, perhaps an empty frame, body; copied into the arena. NOT_FOUND: none waits.
 * GARBLED: other frames than these. CLOSED: the context is shut down. */
typedef struct lb_request {
    lb_span from;
    bool is_req;
    lb_span body;
    lb_span user; /* the user ID of lb_permission_of_user; empty for a connection without a key */
    int file;     /* descriptor of the connection; -1: none (inproc) */
} lb_request;
lb_err lb_socket_take(void *router, lb_arena *arena, lb_request *request);
/* The same, but the body stays in `body` (initialised and closed by the caller) and is not copied. */
lb_err lb_socket_take_held(void *router, lb_arena *arena, lb_request *request, zmq_msg_t *body);
/* Never blocks: a peer that does not read its answers loses them. */
void lb_socket_answer(void *router, lb_span to, bool is_req, lb_span body);

lb_err lb_socket_failed(const char *what); /* logs why; LB_ERR_IO */

/* Waits for any of the sockets; false when the context is shut down. */
bool lb_socket_wait(zmq_pollitem_t *items, int count, int timeout_ms);

/* -- endpoints between threads --------------------------------------------------------------------- */

/* ROUTER of the hub: Submit in, Receipts out; for gates. */
#define LB_INTAKE_INSIDE "inproc://intake"
/* ROUTER of the query thread: Query in, Answer out; for gates. */
#define LB_QUERY_INSIDE  "inproc://questions"
/* ROUTER of the hub: Query in, Answer out; for workers. */
#define LB_HUB_RPC       "inproc://hub-rpc"
/* ROUTER of the access thread: Query in, Answer out; for workers. */
#define LB_REGISTER_RPC  "inproc://register-rpc"
/* PULL of the access thread: audit records. */
#define LB_NOTES         "inproc://notes"
/* REP of the view updater: any request; answers an lb_err. */
#define LB_VIEW_REBUILD  "inproc://rebuild"

/* Sends an audit record (keep/audit.h) to the access thread: lb_note_take reads its frames. Blocks while a thousand records
 * are queued. */
void lb_note(void *notes, const lb_audit_note *note);
enum { LB_NOTE_FRAMES = 4 };
/* Its text stays in the frames. False: these are no audit record. */
bool lb_note_take(const lb_span frames[LB_NOTE_FRAMES], lb_audit_note *note);

/* The user ID of a message, from its last frame; empty for a connection without a key. Lives as long as the frame. */
lb_span lb_socket_user(zmq_msg_t *frame);

/* -- notify channels: the newest value of a growing number, from one thread to any others ------------
 *
 * A subscriber must drain the channel at least once a second: a newer number replaces the queued one, but libzmq 4.3
 * keeps a wake-up of about 50 bytes for each send until then. */

/* Sent by the hub: newest event in the journal. */
#define LB_NOTIFY_HEAD    "inproc://head"
/* Sent by the view updater: newest event in the view. */
#define LB_NOTIFY_APPLIED "inproc://applied"

lb_err lb_notify_open(void *zmq, const char *name, void **channel);
void lb_notify_send(void *channel, int64_t number);
lb_err lb_notify_subscribe(void *zmq, const char *name, void **channel);
bool lb_notify_receive(void *channel, int64_t *number); /* false: nothing new, *number unchanged */

#endif
