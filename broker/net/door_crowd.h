/* door_crowd.h - limits the connections of one address and of one party at a door, and chooses which one is closed.
 *
 *     connected ── address has too many ──> of its connections without any request yet, the one idle longest; if all
 *                                           have sent a request, the new one
 *     request   ── party has too many  ──> its connection that is idle longest
 *
 * So one address or party can only fill its own share of a door. libzmq reconnects a closed connection, so nothing is
 * lost but what was queued for it. Connections by ipc have no address. Part of door.c, of its thread; connections are
 * known by descriptor. */
#ifndef NET_DOOR_CROWD_H
#define NET_DOOR_CROWD_H

#include <stdbool.h>
#include <stdint.h>

#include "landbridge/client/span.h"

enum { LB_CROWD_NONE = -1 };

/* Indexed by descriptor. */
typedef struct lb_crowd_place {
    uint64_t address; /* or its /64; 0: unknown */
    uint64_t party;   /* hash of its name; 0: none, or no request yet */
    uint64_t heard;   /* order of its last sign of life; 0: no connection */
    bool has_spoken;
} lb_crowd_place;

/* All zero: empty, without limits. */
typedef struct lb_door_crowd {
    int64_t address_most, party_most;
    lb_crowd_place *at;
    size_t room;
    uint64_t now; /* counter for `heard` */
} lb_door_crowd;

/* A connection was made. Returns the descriptor to close; LB_CROWD_NONE: none. */
int lb_door_crowd_came(lb_door_crowd *crowd, int file, uint64_t address);
/* A request came; `user` is empty for a connection without a key. Returns as above. */
int lb_door_crowd_spoke(lb_door_crowd *crowd, int file, lb_span user);
void lb_door_crowd_ended(lb_door_crowd *crowd, int file);
void lb_door_crowd_fini(lb_door_crowd *crowd);

/* A socket's peer: an IPv4 address, or the /64 of an IPv6 one; 0: neither. */
uint64_t lb_door_address_of(int file);

#endif
