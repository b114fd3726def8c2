/* socket.h - the movers' kit: sockets that are bound, bells between threads. No mover itself.
 *
 * A socket belongs to the thread that opened it. When the ZeroMQ context is shut down every wait ends:
 * that is how threads are told to stop. */
#ifndef NET_SOCKET_H
#define NET_SOCKET_H

#include <zmq.h>

#include "arena.h"
#include "base/config.h"

lb_err lb_context_open(void **zmq);
void lb_context_shut_down(void *zmq); /* every wait in it ends; threads close their sockets */
void lb_context_close(void **zmq);    /* when all sockets are closed                        */

enum { LB_ENDPOINT_ROOM = 256, LB_ENDPOINTS = 16 };

typedef struct lb_endpoints { /* what was bound, as "name = endpoint" */
    char at[LB_ENDPOINTS][LB_ENDPOINT_ROOM];
    size_t count;
} lb_endpoints;

void lb_endpoints_add(lb_endpoints *endpoints, const char *name, const char *endpoint);

typedef struct lb_door_book lb_door_book;

/* Where a room listens. Plain doors ask for no key: ipc://FOLDER/<name>.sock and tcp://<plain_address>:<port>.
 * CURVE doors are tcp://<curve_address>:<curve port>; who comes there has shown a key that the access thread
 * knows. A socket may have both: the name of the user tells them apart (lb_request.user). */
typedef struct lb_listen {
    void *zmq;
    const char *folder;
    bool tcp;
    const char *plain_address, *curve_address; /* "127.0.0.1" */
    const char *curve_secret;                  /* 40 characters of Z85 */
    lb_endpoints *endpoints;
    lb_door_book *book;                             /* counts of the doors: net/door.h */
    int64_t address_connections, party_connections; /* of one at one door, at most; 0: any number */
    const char *party_path;                         /* who may what: see lb_party_reader_open */
    lb_span user_nonce;
    bool local_may;
} lb_listen;

typedef struct lb_ports { /* LB_PORT_OFF: none */
    int64_t plain, curve;
} lb_ports;

/* Waits for nothing when it is closed, a thousand requests for one peer each way. NULL: no memory, no file. */
void *lb_socket_open(void *zmq, int type);
lb_err lb_socket_bind(void *zmq, int type, const char *endpoint, void **socket);
lb_err lb_socket_connect(void *zmq, int type, const char *endpoint, void **socket);
void lb_socket_close(void **socket);

/* One request of a ROUTER: address, perhaps an empty frame, body; copied into the arena. NOT_FOUND:
 * nothing there. GARBLED: other frames than these. CLOSED: the context is shut down. */
typedef struct lb_request {
    lb_span from;
    bool is_req;
    lb_span body;
    lb_span user; /* who showed a key: see lb_permission_of_user; empty for who needs none */
    int file;     /* of the connection that it came by; -1: none (inproc) */
} lb_request;
lb_err lb_socket_take(void *router, lb_arena *arena, lb_request *request);
/* The same, but the body stays in `body` (initialised by the caller, who closes it) and is not copied. */
lb_err lb_socket_take_held(void *router, lb_arena *arena, lb_request *request, zmq_msg_t *body);
/* Never waits: a peer that does not read its answers loses them. */
void lb_socket_answer(void *router, lb_span to, bool is_req, lb_span body);

lb_err lb_socket_failed(const char *what); /* logs why; LB_ERR_IO */

/* Waits for any of the sockets; false when the context is shut down. */
bool lb_socket_wait(zmq_pollitem_t *items, int count, int timeout_ms);

/* -- where threads meet ------------------------------------------------------------------------- */

#define LB_INTAKE_INSIDE \
    "inproc://intake" /* ROUTER of the hub: Submit in, Receipts out; for gates */
#define LB_QUERY_INSIDE \
    "inproc://questions" /* ROUTER of the query thread: Query in, Answer out; for gates */
#define LB_HUB_RPC "inproc://hub-rpc" /* ROUTER of the hub: Query in, Answer out; for workers */
#define LB_REGISTER_RPC \
    "inproc://register-rpc"                /* ROUTER of the access thread: Query in, Answer out */
#define LB_NOTES        "inproc://notes"   /* PULL of the access thread: who did what           */
#define LB_VIEW_REBUILD "inproc://rebuild" /* REP of follow: any request; answers an lb_err */

/* Tells the access thread who did what; "" for what need not be said. Waits when a thousand notes are on their way. */
void lb_note(void *notes, lb_span party, lb_span action, lb_span about, lb_span outcome);
/* The same of what a gate did on behalf of a party. */
void lb_note_by_gate(void *notes, lb_span gate, lb_span party, lb_span action, lb_span about,
                     lb_span outcome);

/* The user behind the last frame of a message; empty for who needs no key. Lives as long as the frame. */
lb_span lb_socket_user(zmq_msg_t *frame);

/* -- bells: the newest of a growing number, from one thread to any others --------------------------
 *
 * Who has an ear listens every second at least: the request itself is replaced by the next one, but libzmq 4.3
 * keeps a wake-up of each ring, about 50 bytes, until the ear is heard. */

#define LB_NOTIFY_HEAD    "inproc://head"    /* rung by the hub: newest event in the journal */
#define LB_NOTIFY_APPLIED "inproc://applied" /* rung by follow: newest event in the view     */

lb_err lb_notify_open(void *zmq, const char *name, void **channel);
void lb_notify_send(void *channel, int64_t number);
lb_err lb_notify_subscribe(void *zmq, const char *name, void **channel);
bool lb_notify_receive(void *channel,
                       int64_t *number); /* false, and *number untouched: nothing new */

#endif
