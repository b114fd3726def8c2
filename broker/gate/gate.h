/* gate.h - the interface of a gate: a server for a foreign protocol inside the hub, with a thread
 * of its own. It submits to the same intake as clients do.
 *
 *     peers, in their own protocol ==> gate ==Submit==> intake ==> the turn
 *                                      gate <=Receipts=
 *
 * Each gate exports one lb_gate_kind, named by its row in gates.def. All functions are called from
 * the hub's thread, except `count`, which any thread may call. */
#ifndef GATE_GATE_H
#define GATE_GATE_H

#include "base/config.h"
#include "base/counter.h"

enum { LB_GATE_ENDPOINT_ROOM = 128 };

typedef struct lb_gate_site { /* borrowed from the hub; outlives the gate */
    void *zmq;                /* the ZeroMQ context, for inproc */
    const char *intake;       /* endpoint of the intake's socket for gates */
    const char *folder;       /* the data folder */
    const char *party_path;   /* the register of parties: keep/party.h */
    const lb_config *config;
    uint16_t port; /* the configured port; 0: any free one, or the gate has none */
} lb_gate_site;

typedef struct lb_gate_kind {
    const char *name;
    /* After an error nothing stays open. */
    lb_err (*open)(void **gate, const lb_gate_site *site);
    /* Ends the thread first. *gate may be NULL, and is NULL afterwards. */
    void (*close)(void **gate);
    /* The endpoint on which it listens, as "tcp://127.0.0.1:5808". NULL: it does not listen. */
    void (*endpoint)(const void *gate, char text[LB_GATE_ENDPOINT_ROOM]);
    /* Adds its counters since it was opened. NULL: it has none beside those of its feed. */
    void (*count)(const void *gate, lb_arena *arena, lb_counter_set *set);
    /* True when, with this configuration, other machines can connect without proving who they are.
     * NULL: never. */
    bool (*is_open_to_strangers)(const lb_config *config);
} lb_gate_kind;

#endif
