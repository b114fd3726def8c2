/* gate.h - what a gate is to the hub: another door to the same intake, with a thread of its own.
 *
 *     peers, in their own protocol ==> gate ==Submit==> intake ==> the turn
 *                                      gate <=Receipts=
 *
 * Each gate exports one lb_gate_kind, named by its row in gates.def. All functions are called from the hub's thread, but
 * for `count`, which any thread may call. */
#ifndef GATE_GATE_H
#define GATE_GATE_H

#include "base/config.h"
#include "base/counter.h"

enum { LB_GATE_ENDPOINT_ROOM = 128 };

typedef struct lb_gate_site { /* what the hub lends a gate; all of it outlives the gate */
    void *zmq;                /* context, for inproc                                    */
    const char *intake;       /* endpoint of the intake's socket for gates              */
    const char *folder;       /* the data folder                                        */
    const char *party_path;   /* what parties may: keep/party.h                         */
    const lb_config *config;
    uint16_t port; /* of its row; 0: any free one, or it has none */
} lb_gate_site;

typedef struct lb_gate_kind {
    const char *name;
    /* What is open when it fails is closed by it. */
    lb_err (*open)(void **gate, const lb_gate_site *site);
    /* Ends its thread first. NULL is allowed; NULL afterwards. */
    void (*close)(void **gate);
    /* Where it listens, as "tcp://127.0.0.1:5808". NULL: nowhere. */
    void (*endpoint)(const void *gate, char text[LB_GATE_ENDPOINT_ROOM]);
    /* What it has seen since it was opened. NULL: nothing that feeds do not tell. */
    void (*count)(const void *gate, lb_arena *arena, lb_counter_set *set);
    /* Other machines come in by it and show nothing. NULL: never. */
    bool (*is_open_to_strangers)(const lb_config *config);
} lb_gate_kind;

#endif
