/* jt808_gate.h - what the parts of the gate for truck terminals share: the gate and its
 * connections.
 *
 *     jt808.c             the loop      sockets, timeouts, the end of a turn
 *     jt808_connection.c  connections   output buffers, flow control
 *     jt808_talk.c        the protocol  handles frames and receipts, makes the answers
 *
 *     loop --frame--> talk --message--> submitter (the hub's intake)
 *                       | <--receipt------'
 *                       '--answer--> connection --bytes, at the end of the turn--> terminal
 *
 * All of it belongs to the gate's thread, except the counters. */
#ifndef GATE_JT808_GATE_H
#define GATE_JT808_GATE_H

#include <netinet/in.h>
#include <stdatomic.h>

#include "base/thread.h"
#include "submitter.h"
#include "jt808.h"
#include "jt808_assembly.h"
#include "jt808_list.h"
#include "jt808_session.h"

enum { LB_808_ACCEPTS = 256 };        /* new connections per turn, at most */
enum { LB_808_OUT_PAUSE = 8 * 1024 }; /* unread answers before reading stops */

typedef enum lb_808_count_id {
#define X(name) LB_808_COUNT_##name,
    LB_JT808_COUNTS(X)
#undef X
        LB_808_COUNT_IDS
} lb_808_count_id;

typedef union lb_808_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} lb_808_address;

/* The tag of a message at the submitter: which connection gets the answer. */
typedef struct lb_808_tag {
    uint32_t slot;       /* of the connection */
    uint32_t generation; /* of the connection in that slot */
    lb_808_header asked; /* the header of the message to answer */
} lb_808_tag;

/* One for each slot, in an array of its own, since all are searched for every new connection. */
typedef struct lb_808_seat {
    uint64_t address;  /* or the /64 of an IPv6 one; 0: free, or closing */
    uint32_t stranger; /* generation of an unidentified connection; 0: none */
} lb_808_seat;

typedef struct lb_808_connection {
    int fd;
    char address[INET6_ADDRSTRLEN]; /* of the peer */
    uint32_t slot, generation;      /* epoll's key: generation << 32 | slot */
    uint32_t interest;              /* events asked of epoll */
    bool is_touched;                /* in gate->touched: settled at the end of the turn */
    bool is_leaving;                /* not read any more; closed after the last answer */
    uint32_t owed;                  /* number of answers waiting for receipts */
    uint16_t serial;                /* of the gate's last message on this connection */
    int64_t came_us, heard_us;
    char *out;
    size_t out_len, out_room;
    lb_808_session_list sessions;
    lb_808_assemblies assemblies;
    lb_808_stream stream;
} lb_808_connection;

struct lb_jt808_gate {
    lb_jt808_options options;
    lb_thread thread;
    int epoll, listener, stop;
    uint16_t port;
    bool is_listener_paused; /* out of descriptors; until the next sweep */
    uint32_t slots;          /* max_connections, and some for those that are closed in this turn */
    lb_808_connection **connections;
    lb_808_seat *seats;
    uint32_t *free_slots, free_count, last_generation;
    lb_808_connection **touched;
    size_t touched_count;
    lb_808_sessions *sessions;
    lb_808_list *list;
    int64_t list_number;
    lb_submitter *intake;
    lb_submit_head head; /* of all its Submits */
    lb_808_budget budget;
    int64_t now_us, swept_us;
    int sweep_ms;
    char joined[LB_808_BODY_WHOLE];
    char frame[2 * (LB_808_HEADER_MAX + LB_808_BODY_WHOLE + 1) + 2];
    _Atomic int64_t counts[LB_808_COUNT_IDS]; /* read by other threads; each is independent */
};

static inline void lb_808_count(lb_jt808_gate *gate, lb_808_count_id id, int64_t more)
{
    atomic_fetch_add_explicit(&gate->counts[id], more, memory_order_relaxed);
}

/* -- connections ------------------------------------------------------------------------------- */

/* Takes `fd`. Closes it at once if there is no free slot and no unidentified connection to close
 * instead. */
void lb_808_connection_open(lb_jt808_gate *gate, int fd, const lb_808_address *from);
/* Must not be called while the connection is touched: settle closes those. */
void lb_808_connection_close(lb_jt808_gate *gate, lb_808_connection *conn);
/* NULL: that connection was closed, even if its slot is in use again. */
lb_808_connection *lb_808_connection_find(lb_jt808_gate *gate, uint32_t slot, uint32_t generation);
/* Marks it to be settled at the end of the turn. */
void lb_808_connection_touch(lb_jt808_gate *gate, lb_808_connection *conn);
void lb_808_connection_put(lb_jt808_gate *gate, lb_808_connection *conn, const char *frame,
                           size_t len);
/* Marks it as identified. */
void lb_808_connection_know(lb_jt808_gate *gate, const lb_808_connection *conn);
bool lb_808_connection_is_strangers(const lb_jt808_gate *gate, const lb_808_connection *conn);
/* Closes the oldest unidentified connection at the end of the turn; false: there is none. */
bool lb_808_connection_give_way(lb_jt808_gate *gate);
bool lb_808_connection_may_read(const lb_jt808_gate *gate, const lb_808_connection *conn);
/* Sends the waiting answers; then closes the connection, or updates its events in epoll. */
void lb_808_connection_settle(lb_jt808_gate *gate, lb_808_connection *conn);

/* -- protocol ---------------------------------------------------------------------------------- */

/* Handles one frame; `plain` is without flags and escapes. */
void lb_808_talk_hear(lb_jt808_gate *gate, lb_808_connection *conn, lb_span plain);
/* An lb_submitter_on_receipt; `whose` is the gate, the tag an lb_808_tag. */
void lb_808_talk_take_receipt(void *whose, const void *tag, const lb_receipt *receipt);
/* Requests missing packages, and gives up messages after LB_808_ROUNDS requests. */
void lb_808_talk_ask_missing(lb_jt808_gate *gate, lb_808_connection *conn);

#endif
