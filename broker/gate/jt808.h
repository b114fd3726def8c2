/* jt808.h - the gate for truck terminals: JT/T 808 (2011, 2013, 2019) over TCP, with sessions.
 *
 * One thread owns the listener, every terminal's connection and one DEALER to the hub's intake:
 *
 *     terminal ==TCP==> frame parser --frames--> sub-packages reassembled --Submit--> intake
 *     terminal <==TCP== answer 0x8001, 0x8100 <----------------------------- Receipts <--'
 *
 * A report is answered only after its receipt says that it is on disk, since a terminal deletes
 * acknowledged reports. A report that the hub could not keep (FAILED) is not answered, so the
 * terminal sends it again. Heartbeats, authentication and time requests are answered at once and
 * not kept.
 *
 * With a list of terminals (party_path) only listed terminals can register, with the listed plate
 * and from the listed networks. Their reports are accepted after they have authenticated on the
 * connection on which they registered. A code of an earlier connection is refused, and the terminal
 * registers again. So a terminal can send only for its own vehicle, and a terminal whose right is
 * withdrawn is rejected from its next frame on. Without a list any terminal is accepted.
 *
 * A connection is unidentified ("stranger") until a terminal has authenticated on it or, without a
 * list, has sent a frame. It is closed after stranger_us; and when an address or the gate has
 * reached its limit of connections, the oldest unidentified one is closed for a new one. So silent
 * connections cannot keep terminals out, and a connection with a terminal is never closed for
 * another.
 *
 * A session belongs to a terminal, not to a connection: forwarding platforms carry many terminals
 * on one connection, and a terminal that reconnects moves from its old connection to the new
 * one. */
#ifndef GATE_JT808_H
#define GATE_JT808_H

#include <stdbool.h>
#include <stdint.h>

#include "landbridge/client/error.h"

typedef struct lb_jt808_gate lb_jt808_gate;

typedef struct lb_jt808_options { /* 0 or NULL: the default, which is named here */
    const char *intake;           /* ZeroMQ endpoint of the intake's ROUTER; required */
    const char *address;          /* numeric, IPv4 or IPv6; "127.0.0.1" */
    uint16_t port;                /* 0: any free one, see lb_jt808_gate_port */
    const char *source;           /* name of the feed; "jt808" */
    const char *party_path;       /* register with the list of terminals; NULL: no list */
    uint32_t max_connections;     /* 4,096; see above for what is closed beyond that */
    uint32_t max_of_address;      /* from one IPv4 address or one /64 of IPv6; 1,024 */
    int64_t stranger_us;          /* for a terminal to identify itself; 30 seconds */
    int64_t idle_us;              /* silence after which a connection is closed; 10 minutes */
    int64_t receipt_us;           /* how long a receipt may take; 60 seconds */
    int64_t package_us;           /* silence after which missing packages are requested; 5 s */
    /* Answer each package when it arrives, not only when the whole message is kept: for terminals
     * that wait for the answer before they send the next package. */
    bool answers_packages;
} lb_jt808_options;

/* Counters of the gate, since it was opened. */
#define LB_JT808_COUNTS(X)                                                    \
    X(connections)   /* open now */                                           \
    X(refused)       /* closed at once: no unidentified one to close */       \
    X(gave_way)      /* unidentified, closed for a newer connection */        \
    X(said_nothing)  /* unidentified, closed after stranger_us */             \
    X(frames)        /* with a valid checksum */                              \
    X(bad_frames)    /* dropped: checksum, escape, length, header */          \
    X(kept)          /* receipts KEPT and DUPLICATE */                        \
    X(rejected)      /* receipts REFUSED */                                   \
    X(failed)        /* receipts FAILED, or none in time */                   \
    X(unregistered)  /* authentications without registration, accepted */     \
    X(strangers)     /* frames rejected: not listed, or not authenticated */  \
    X(wrong_codes)   /* authentications with a wrong code */                  \
    X(replaced)      /* connections closed: their terminal has a newer one */ \
    X(idle)          /* connections closed after idle_us */                   \
    X(lost_packages) /* messages given up because packages are missing */

typedef struct lb_jt808_counts {
#define X(name) int64_t name;
    LB_JT808_COUNTS(X)
#undef X
} lb_jt808_counts;

/* Binds the port and starts the thread. `zmq` is the hub's ZeroMQ context (for inproc endpoints)
 * and must outlive the gate. IO, logged: the address cannot be bound. */
lb_err lb_jt808_gate_open(lb_jt808_gate **gate, void *zmq, const lb_jt808_options *options);
uint16_t lb_jt808_gate_port(const lb_jt808_gate *gate);
/* Any thread may call it. */
void lb_jt808_gate_counts(const lb_jt808_gate *gate, lb_jt808_counts *counts);
/* Stops the thread and closes every connection. Reports without a receipt stay unanswered. */
void lb_jt808_gate_close(lb_jt808_gate **gate);

#endif
