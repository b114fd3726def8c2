/* door_crowd.h - how many connections one address and one party have at a door, and which of them gives way.
 *
 *     came  ── address has too many ──> its connection that was heard least lately, of those that never spoke;
 *                                       if all of it have spoken, the one that came
 *     spoke ── party has too many  ──> its connection that was heard least lately
 *
 * So one address or party fills its own share of a door. A connection that was cut off comes back by itself (libzmq
 * connects again), so nothing is lost that was not waiting on it. Connections by ipc have no address. Part of door.c,
 * of its thread; connections are known by their file numbers. */
#ifndef NET_DOOR_CROWD_H
#define NET_DOOR_CROWD_H

#include <stdbool.h>
#include <stdint.h>

#include "landbridge/client/span.h"

enum { LB_CROWD_NONE = -1 };

typedef struct lb_crowd_place { /* index is the file number */
    uint64_t address;           /* or a network of it; 0: none is known     */
    uint64_t party;             /* hash of its name; 0: none, or not heard  */
    uint64_t heard;             /* in which order; 0: nobody is here        */
    bool has_spoken;
} lb_crowd_place;

typedef struct lb_door_crowd { /* zero: nobody came yet, and any number may */
    int64_t address_most, party_most;
    lb_crowd_place *at;
    size_t room;
    uint64_t now; /* counts what was heard */
} lb_door_crowd;

/* Which file must be hung up on; LB_CROWD_NONE: none. */
int lb_door_crowd_came(lb_door_crowd *crowd, int file, uint64_t address);
/* A request came; `user` is empty where no key is needed. */
int lb_door_crowd_spoke(lb_door_crowd *crowd, int file, lb_span user);
void lb_door_crowd_ended(lb_door_crowd *crowd, int file);
void lb_door_crowd_fini(lb_door_crowd *crowd);

/* Of the other end of a socket: an IPv4 address, or the first half of an IPv6 one; 0: neither. */
uint64_t lb_door_address_of(int file);

#endif
