/* gates.h - opens, closes and queries all gates of gates.def. Belongs to the hub's thread, except
 * lb_gates_count. */
#ifndef GATE_GATES_H
#define GATE_GATES_H

#include "gate/gate.h"

typedef struct lb_gates lb_gates;

/* Opens the gates; one with a port only if the configuration has tcp = true and the port is not
 * off. `site->port` is ignored and set for each gate. After an error *gates must still be closed by
 * the caller. */
lb_err lb_gates_open(lb_gates **gates, const lb_gate_site *site);
void lb_gates_close(lb_gates **gates);

/* Calls on_endpoint for each open gate that listens. */
typedef void lb_on_gate_endpoint(void *whose, const char *name, const char *endpoint);
void lb_gates_each_endpoint(const lb_gates *gates, lb_on_gate_endpoint *on_endpoint, void *whose);
/* Adds a set of counters for each open gate that has counters. Any thread may call it. */
void lb_gates_count(const lb_gates *gates, lb_arena *arena, lb_counter_set_list *sets);
/* True when, with this configuration, other machines can connect to some gate without proving who
 * they are. */
bool lb_gates_are_open_to_strangers(const lb_config *config);

#endif
