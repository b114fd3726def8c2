/* jt808.h - the gate for truck terminals: JT/T 808 over TCP, with sessions.
 *
 * One thread owns the listener, every terminal's connection and one DEALER to the hub's intake:
 *
 *     terminal ==TCP==> stream machine --frames--> sub-packages put together --Submit--> intake
 *     terminal <==TCP== answer 0x8001, 0x8100 <----------------------------- Receipts <--'
 *
 * A report is answered when its receipt says that it is on disk, never before: a terminal deletes what
 * was answered. What the hub could not keep (FAILED) gets no answer, so the terminal sends it again.
 * Heartbeats, authentication and the question for the time are answered at once and not kept.
 *
 * With a list of terminals (party_path) only who stands there is registered, with the plate and from the networks
 * that stand there; what it reports is taken when it has shown, on this connection, the code that it was given on this
 * connection. A code of an earlier connection is refused, and the terminal registers again. So a terminal speaks for
 * its own vehicle and no other, and one whose right was withdrawn is turned away with its next frame. Without a list
 * everybody is heard.
 *
 * A connection is a stranger's until a terminal has named itself on it: with a list by its code, without one by a
 * frame. Strangers have stranger_us to do so, and when an address or the gate has as many connections as it may, the
 * oldest stranger gives way to a new one. So silent connections
 * keep no terminal out, and a terminal that has spoken is never closed for another.
 *
 * A session belongs to a terminal, not to a connection: forwarding platforms carry many terminals on
 * one connection, and a terminal that comes back on a new connection wins over its old one. */
#ifndef GATE_JT808_H
#define GATE_JT808_H

#include <stdbool.h>
#include <stdint.h>

#include "landbridge/client/error.h"

typedef struct lb_jt808_gate lb_jt808_gate;

typedef struct lb_jt808_options { /* zero and NULL mean: as said behind */
    const char *intake;           /* ZeroMQ endpoint of the intake's ROUTER; needed          */
    const char *address;          /* numeric, IPv4 or IPv6; "127.0.0.1"                      */
    uint16_t port;                /* any free one: see lb_jt808_gate_port                    */
    const char *source;           /* the feed's name; "jt808"                                */
    const char *party_path;       /* who answers for which terminals; NULL: any may speak    */
    uint32_t max_connections;     /* 4,096; then strangers give way, or it is closed at once */
    uint32_t max_of_address;      /* 1,024: of one IPv4 address or one /64 of IPv6           */
    int64_t stranger_us;          /* in which a terminal names itself; 30 seconds            */
    int64_t idle_us;              /* silence that closes a connection; 10 minutes            */
    int64_t receipt_us;           /* how long a receipt may take; 60 seconds                 */
    int64_t package_us;           /* gap after which missing packages are asked for; 5 s     */
    bool answers_packages;        /* answer each sub-package when it comes, not only when the
                                     whole message is kept: for terminals that wait for it   */
} lb_jt808_options;

/* What the gate has seen; each counts from its opening. */
#define LB_JT808_COUNTS(X)                                                      \
    X(connections)   /* open now                                  */            \
    X(refused)       /* closed at once: too many, all of terminals */           \
    X(gave_way)      /* strangers closed for a newer connection   */            \
    X(said_nothing)  /* strangers closed after stranger_us        */            \
    X(frames)        /* with a right checksum                     */            \
    X(bad_frames)    /* dropped: checksum, escape, length, header */            \
    X(kept)          /* receipts KEPT and DUPLICATE               */            \
    X(rejected)      /* receipts REFUSED                          */            \
    X(failed)        /* receipts FAILED, and those that never came */           \
    X(unregistered)  /* authentications by strangers, let in      */            \
    X(strangers)     /* turned away: not listed, or not yet shown their code */ \
    X(wrong_codes)   /* authentications with a wrong code         */            \
    X(replaced)      /* connections that a newer one took over    */            \
    X(idle)          /* connections closed for silence            */            \
    X(lost_packages) /* messages given up: packages never came    */

typedef struct lb_jt808_counts {
#define X(name) int64_t name;
    LB_JT808_COUNTS(X)
#undef X
} lb_jt808_counts;

/* Binds and starts the thread. `zmq` is the hub's ZeroMQ context (for inproc endpoints) and outlives the
 * gate. LB_ERR_IO, with a line in the log, when the address cannot be bound. */
lb_err lb_jt808_gate_open(lb_jt808_gate **gate, void *zmq, const lb_jt808_options *options);
uint16_t lb_jt808_gate_port(const lb_jt808_gate *gate);
/* May be called from any thread. */
void lb_jt808_gate_counts(const lb_jt808_gate *gate, lb_jt808_counts *counts);
/* Stops the thread, closes every connection. What has no receipt yet was not answered. */
void lb_jt808_gate_close(lb_jt808_gate **gate);

#endif
