/* jt808.h - the gate for truck terminals: JT/T 808 (2011, 2013, 2019) over TCP, with sessions.
 *
 * One thread owns the listener, every terminal's connection and one DEALER to the hub's intake:
 *
 *     terminal ==TCP==> frame parser --frames--> sub-packages reassembled --Submit--> intake
 *     terminal <==TCP== answer 0x8001, 0x8100 <----------------------------- Receipts <--'
 *
 * A report is answered when its receipt says that it is on disk, never before: a terminal deletes what was answered. A
 * report that the hub could not keep (FAILED) gets no answer, so the terminal sends it again. Heartbeats,
 * authentication and time requests are answered at once and not kept.
 *
 * With a list of terminals (party_path) only listed terminals can register, with the listed plate and from the listed
 * networks. Their reports are accepted once they have authenticated on the connection on which they registered; a
 * code of an earlier connection is refused, and the terminal registers again. So a terminal can send for its own
 * vehicle only, and one whose right was withdrawn is rejected with its next frame. Without a list any terminal is
 * accepted.
 *
 * A connection is unidentified ("stranger") until a terminal has authenticated on it, or, without a list, has sent a
 * frame. It has stranger_us for that; and when an address or the gate has as many connections as it may, the oldest
 * unidentified one is closed for a new one. So silent connections keep no terminal out, and a connection with a
 * terminal is never closed for another.
 *
 * A session belongs to a terminal, not to a connection: forwarding platforms carry many terminals on one connection,
 * and a terminal that reconnects moves from its old connection to the new one. */
#ifndef GATE_JT808_H
#define GATE_JT808_H

#include <stdbool.h>
#include <stdint.h>

#include "landbridge/client/error.h"

typedef struct lb_jt808_gate lb_jt808_gate;

typedef struct lb_jt808_options { /* zero and NULL: the default */
    const char *intake;           /* ZeroMQ endpoint of the intake's ROUTER; required */
    const char *address;          /* numeric, IPv4 or IPv6; "127.0.0.1" */
    uint16_t port;                /* 0: any free one, see lb_jt808_gate_port */
    const char *source;           /* name of the feed; "jt808" */
    const char *party_path;       /* which party each terminal belongs to; NULL: any is accepted */
    uint32_t max_connections;     /* 4,096; beyond, an unidentified one or the new one is closed */
    uint32_t max_of_address;      /* 1,024: of one IPv4 address or one /64 of IPv6 */
    int64_t stranger_us;          /* for a terminal to identify itself; 30 seconds */
    int64_t idle_us;              /* silence that closes a connection; 10 minutes */
    int64_t receipt_us;           /* how long a receipt may take; 60 seconds */
    int64_t package_us;           /* gap after which missing packages are asked for; 5 s */
    /* Answer each sub-package when it comes, not only when the whole message is kept: for terminals that wait for
     * it. */
    bool answers_packages;
} lb_jt808_options;

/* Counters of the gate, since it was opened. */
#define LB_JT808_COUNTS(X)                                                   \
    X(connections)   /* open now */                                          \
    X(refused)       /* closed at once: too many, with terminals on all */   \
    X(gave_way)      /* unidentified, closed for a newer connection */       \
    X(said_nothing)  /* unidentified, closed after stranger_us */            \
    X(frames)        /* with a valid checksum */                             \
    X(bad_frames)    /* dropped: checksum, escape, length, header */         \
    X(kept)          /* receipts KEPT and DUPLICATE */                       \
    X(rejected)      /* receipts REFUSED */                                  \
    X(failed)        /* receipts FAILED, and those that never came */        \
    X(unregistered)  /* authentications without registration, accepted */    \
    X(strangers)     /* frames rejected: not listed, or not authenticated */ \
    X(wrong_codes)   /* authentications with a wrong code */                 \
    X(replaced)      /* closed, since their terminal has a newer one */      \
    X(idle)          /* connections closed for silence */                    \
    X(lost_packages) /* messages given up, since packages are missing */

typedef struct lb_jt808_counts {
#define X(name) int64_t name;
    LB_JT808_COUNTS(X)
#undef X
} lb_jt808_counts;

/* Binds and starts the thread. `zmq` is the hub's ZeroMQ context (for inproc endpoints) and must outlive the gate.
 * LB_ERR_IO, logged, when the address cannot be bound. */
lb_err lb_jt808_gate_open(lb_jt808_gate **gate, void *zmq, const lb_jt808_options *options);
uint16_t lb_jt808_gate_port(const lb_jt808_gate *gate);
/* Any thread may call it. */
void lb_jt808_gate_counts(const lb_jt808_gate *gate, lb_jt808_counts *counts);
/* Stops the thread, closes every connection. Reports without a receipt stay unanswered. */
void lb_jt808_gate_close(lb_jt808_gate **gate);

#endif
