/* door.h - a public endpoint of the hub ("door"): its connections, and the bytes queued on their way out.
 *
 *     peers ── ipc, tcp, tcp with CURVE ──> door ──> intake, query, replay, publish
 *
 * libzmq limits its queues by number of messages. A door limits what waits to go out by bytes as well: above
 * LB_DOOR_BYTES it checks which peers read, and disconnects those that read nothing for a tenth of a second; above
 * twice that no more is queued. A live subscriber whose own queue is full is checked in the same way.
 *
 * Nothing is dropped in silence:
 *
 *     hung_up   disconnected: did not read, or LB_DOOR_REFUSALS refused requests in a row. libzmq reconnects it; a
 *               subscriber sees the gap in the numbers and asks replay, so one that stays connected has received all
 *     endless   disconnected: a request without a last frame, of more bytes than may be queued here
 *     crowded   disconnected: too many connections of its address or party here (door_crowd.h)
 *     refused   a request unreadable, not permitted or over the rate limit; answered with an error if possible
 *     unheard   disconnected: its routing id is used by another connection, so libzmq drops what it sends
 *     expelled  disconnected: its key expired or was revoked, and it went on after an error reply
 *     untaken   an answer whose peer had left or had a full queue; an event that some subscriber could not be given
 *               in time; either of them for lack of memory
 *
 * A frame that is too long ends its connection, and libzmq does not report the reason: it counts as ended.
 *
 * A door belongs to the thread that opened it. Its counters are in an lb_door_book that outlives it and the ZeroMQ
 * context, and any thread may read them. */
#ifndef NET_DOOR_H
#define NET_DOOR_H

#include <stdatomic.h>

#include "base/counter.h"
#include "net/socket.h"

typedef enum lb_door_name {
    LB_DOOR_INTAKE,
    LB_DOOR_QUERY,
    LB_DOOR_REPLAY,
    LB_DOOR_LIVE,       /* for subscribers without a key */
    LB_DOOR_CURVE_LIVE, /* for subscribers with a CURVE key */
    LB_DOORS
} lb_door_name;

#define LB_DOOR_BYTES (INT64_C(64) * 1024 * 1024)

enum { LB_DOOR_REFUSALS = 1000 }; /* in a row; a client that respects retry_ms stays far below */

enum { LB_DOOR_LOOK_MS = 100 }; /* between two checks when nothing else happens */

/* Since the hub was started. turned_away: no valid key, no ZMTP, or no free descriptors; these count as ended, too. */
#define LB_DOOR_COUNTS(X) \
    X(came)               \
    X(ended)              \
    X(turned_away) X(crowded) X(refused) X(hung_up) X(endless) X(unheard) X(expelled) X(untaken)

typedef struct lb_door_tally {
#define X(name) atomic_llong name;
    LB_DOOR_COUNTS(X)
#undef X
    atomic_llong waiting; /* bytes queued to go out */
} lb_door_tally;

struct lb_door_book {
    lb_door_tally at[LB_DOORS];
};

/* One set per door: connected, the counters above, and the bytes queued to go out. */
void lb_door_book_count(const lb_door_book *book, lb_arena *arena, lb_counter_set_list *sets);

typedef struct lb_door lb_door;

/* Not bound yet. A frame over max_request bytes ends its connection. */
lb_err lb_door_open(lb_door **door, const lb_listen *listen, lb_door_name name,
                    int64_t max_request);
lb_err lb_door_bind_plain(lb_door *door, const lb_listen *listen, int64_t port);
/* Bind CURVE last: libzmq's listeners take the socket options at the time of the bind. */
lb_err lb_door_bind_curve(lb_door *door, const lb_listen *listen, int64_t port);
/* Opens, binds the plain endpoints, then CURVE. */
lb_err lb_door_listen(lb_door **door, const lb_listen *listen, lb_door_name name, lb_ports ports,
                      int64_t max_request);
void lb_door_close(lb_door **door);

/* For polling, and for options of one kind of door. NULL: the door is closed. */
void *lb_door_socket(const lb_door *door);

/* Handles connects and disconnects, and disconnects peers with endless requests. Call after each take, and every
 * LB_DOOR_LOOK_MS when there is nothing to take. */
void lb_door_look(lb_door *door);

/* As lb_socket_take; counts requests that cannot be read. */
lb_err lb_door_take(lb_door *door, lb_arena *arena, lb_request *request);
lb_err lb_door_take_held(lb_door *door, lb_arena *arena, lb_request *request, zmq_msg_t *body);
/* The next subscription (1 and its topic) or its end (0); false: none waits. For live doors; `frame` is initialised. */
bool lb_door_hear(lb_door *door, zmq_msg_t *frame);
/* The kernel's SO_COOKIE of a descriptor, which unlike the descriptor is never reused; 0: no socket. */
uint64_t lb_door_cookie(int file);
/* Counts a request that was read and refused as a whole; lb_door_take has counted one that it could not read. */
void lb_door_refuse(const lb_door *door);
/* For a request with an invalid key. False: answer it with an error, once. True: do not answer; a tenth of a second
 * after that answer the connection is closed. */
bool lb_door_expel(lb_door *door, int file);
/* As lb_door_refuse, and closes the connection after LB_DOOR_REFUSALS refused requests in a row: the client ignores the
 * answers. */
void lb_door_refuse_request(lb_door *door, const lb_request *request);
/* Resets the connection's count of refused requests. */
void lb_door_accept_request(lb_door *door, const lb_request *request);
/* Counts an answer or an event that was lost for lack of memory. */
void lb_door_miss(const lb_door *door);
/* Never waits. */
void lb_door_answer(lb_door *door, lb_span to, bool is_req, lb_span body);
/* Waits at most 0.3 s, for ZeroMQ's I/O thread or for a slow subscriber. */
void lb_door_publish(lb_door *door, lb_span topic, lb_span body);

#endif
