/* jt809.h - the gate for other platforms: the main link of JT/T 809 (2011, 2019) over TCP. The hub
 * is the upper platform.
 *
 *     platform ==TCP==> frames --of vehicles--> Submit --> intake ... Receipts
 *     platform <==TCP== 0x1002, 0x1004, 0x1006 (answers to login, logout, link keeping) by the gate
 *
 * The protocol has no acknowledgement of messages about vehicles, so a platform can notice only by
 * the state of the link that the hub does not keep them: the gate stops reading when receipts stop
 * coming, and closes the link when one is FAILED. Frames before a login are dropped and counted. A
 * link is closed if it does not log in within login_us; and when an address or the gate has reached
 * its limit of links, the oldest that has not logged in is closed for a new one. The down link is
 * optional in the standard and not opened; answers are sent on the main link. */
#ifndef GATE_JT809_H
#define GATE_JT809_H

#include <stdbool.h>
#include <stdint.h>

#include "landbridge/client/error.h"

typedef struct lb_jt809_gate lb_jt809_gate;

typedef struct lb_jt809_options { /* 0: the default, which is named here */
    const char *intake;           /* ZeroMQ endpoint of the intake's ROUTER; required */
    uint16_t port;                /* on 127.0.0.1; 0: any free one, see lb_jt809_gate_port */
    int64_t idle_us;              /* silence after which a link is closed; 3 minutes */
    int64_t login_us;             /* for a link to log in; 30 seconds */
} lb_jt809_options;

enum { LB_JT809_LINKS = 64, LB_JT809_LINKS_OF_ADDRESS = 32 }; /* a platform needs one or two */

#define LB_JT809_COUNTS(X)                                                        \
    X(links)      /* open now */                                                  \
    X(refused)    /* closed at once: too many */                                  \
    X(gave_way)   /* not logged in: closed for a newer link, or after login_us */ \
    X(frames)     /* of vehicles, sent to the hub */                              \
    X(bad_frames) /* invalid header or checksum */                                \
    X(strangers)  /* frames before a login, dropped */                            \
    X(failed)     /* receipts FAILED, or none in time */

typedef struct lb_jt809_counts {
#define X(name) int64_t name;
    LB_JT809_COUNTS(X)
#undef X
} lb_jt809_counts;

/* Binds the port and starts the thread. IO, logged: the address cannot be bound. */
lb_err lb_jt809_gate_open(lb_jt809_gate **gate, void *zmq, const lb_jt809_options *options);
uint16_t lb_jt809_gate_port(const lb_jt809_gate *gate);
/* Any thread may call it. */
void lb_jt809_gate_counts(const lb_jt809_gate *gate, lb_jt809_counts *counts);
void lb_jt809_gate_close(lb_jt809_gate **gate);

#endif
