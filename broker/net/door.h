/* door.h - a door of the hub to the outside: who comes and goes there, and what waits to go out.
 *
 *     peers ── ipc, tcp, tcp with CURVE ──> door ──> intake, query, replay, publish
 *
 * libzmq bounds its queues by requests. A door bounds what waits to go out by bytes as well: above LB_DOOR_BYTES
 * it looks who reads, and hangs up on who does not for a tenth of a second; above twice that nothing more may
 * wait. A follower of events whose own queue is full is looked at in the same way.
 *
 * Nothing is dropped in silence:
 *
 *     hung_up   a peer that did not read. libzmq brings it back; a follower sees the gap in the numbers and asks
 *               replay, so who stays connected has had everything
 *     endless   a peer whose request came to no end: frames without a last one, more of them than may wait here
 *     crowded   a connection of an address or a party that has too many here (door_crowd.h)
 *     refused   a request that could not be read, or came from one that may not, or too often; it was reported, if it can be
 *     unheard   hung up on: it shows the routing id of a connection that is there, so libzmq throws away what it sends
 *     expelled  hung up on: its key was good when it came, and ended; it was told once, and went on
 *     untaken   an answer that its asker had no room for, or had left before; an event that not every
 *               follower could be given in time; either of them for want of memory
 *
 * A frame that is too long ends its connection, and libzmq does not tell why: it shows in ended.
 *
 * A door belongs to the thread that opened it. Its counts stand in a book that outlives it and the ZeroMQ
 * context, and may be read by any thread. */
#ifndef NET_DOOR_H
#define NET_DOOR_H

#include <stdatomic.h>

#include "base/counter.h"
#include "net/socket.h"

typedef enum lb_door_name {
    LB_DOOR_INTAKE,
    LB_DOOR_QUERY,
    LB_DOOR_REPLAY,
    LB_DOOR_LIVE,       /* of who needs no key */
    LB_DOOR_CURVE_LIVE, /* of who shows one    */
    LB_DOORS
} lb_door_name;

#define LB_DOOR_BYTES (INT64_C(64) * 1024 * 1024)

enum { LB_DOOR_REFUSALS = 1000 }; /* a client that waits as it is told does not come near them */

enum { LB_DOOR_LOOK_MS = 100 }; /* between two looks, when nothing else happens */

/* Since the hub was started. turned_away: for want of a key, of ZMTP, or of descriptors; those end as well. */
#define LB_DOOR_COUNTS(X) \
    X(came)               \
    X(ended)              \
    X(turned_away) X(crowded) X(refused) X(hung_up) X(endless) X(unheard) X(expelled) X(untaken)

typedef struct lb_door_tally {
#define X(name) atomic_llong name;
    LB_DOOR_COUNTS(X)
#undef X
    atomic_llong waiting; /* bytes on their way out */
} lb_door_tally;

struct lb_door_book {
    lb_door_tally at[LB_DOORS];
};

/* One set for each door: connected, the counts above, and the bytes that wait to go out. */
void lb_door_book_count(const lb_door_book *book, lb_arena *arena, lb_counter_set_list *sets);

typedef struct lb_door lb_door;

/* Bound nowhere yet. Letters over max_request bytes end their connection. */
lb_err lb_door_open(lb_door **door, const lb_listen *listen, lb_door_name name,
                    int64_t max_request);
lb_err lb_door_bind_plain(lb_door *door, const lb_listen *listen, int64_t port);
/* Last: libzmq's listeners take the options as they are when they are bound. */
lb_err lb_door_bind_curve(lb_door *door, const lb_listen *listen, int64_t port);
/* All three. */
lb_err lb_door_listen(lb_door **door, const lb_listen *listen, lb_door_name name, lb_ports ports,
                      int64_t max_request);
void lb_door_close(lb_door **door);

/* For waiting and for what only one kind of door needs. NULL: the door is closed. */
void *lb_door_socket(const lb_door *door);

/* Counts who came and went, and hangs up on who comes to no end. Called after each taking, and every LB_DOOR_LOOK_MS when
 * there is nothing to take. */
void lb_door_look(lb_door *door);

/* As lb_socket_take; counts what cannot be read. */
lb_err lb_door_take(lb_door *door, lb_arena *arena, lb_request *request);
lb_err lb_door_take_held(lb_door *door, lb_arena *arena, lb_request *request, zmq_msg_t *body);
/* The next subscription (1 and its topic) or end of one (0); false: none is there. For doors of followers; the frame is
 * initialised. */
bool lb_door_hear(lb_door *door, zmq_msg_t *frame);
/* The kernel's name of the socket behind a file number, which is given again after the socket is closed; 0: no socket. */
uint64_t lb_door_cookie(int file);
/* Counts a request that was read and turned down as a whole; one that take could not read is counted already. */
void lb_door_refuse(const lb_door *door);
/* A peer whose rights have ended has sent something. False: answer it, for once. True: it has been reported, and there is
 * nothing to answer; a tenth of a second after it was told its connection is ended. */
bool lb_door_expel(lb_door *door, int file);
/* The same, and hangs up on the connection when LB_DOOR_REFUSALS of its requests were refused one after the other: it
 * does not hear what it is reported, and a key that has ended opens nothing when it comes again. */
void lb_door_refuse_request(lb_door *door, const lb_request *request);
/* A request of this connection was worth reading: its refusals are counted from here. */
void lb_door_accept_request(lb_door *door, const lb_request *request);
/* Counts an answer or an event that there was no memory for. */
void lb_door_miss(const lb_door *door);
/* Never waits. */
void lb_door_answer(lb_door *door, lb_span to, bool is_req, lb_span body);
/* Waits at most 0.3 s, for ZeroMQ's own thread or for one who does not read. */
void lb_door_publish(lb_door *door, lb_span topic, lb_span body);

#endif
