/* gates.h - all gates of gates.def, as the hub sees them. Of the hub's thread. */
#ifndef GATE_GATES_H
#define GATE_GATES_H

#include "gate/gate.h"

typedef struct lb_gates lb_gates;

/* Those that listen at a port: when it is not off and the configuration says tcp. `site->port` is filled in for each. What
 * is open when it fails is closed by the caller. */
lb_err lb_gates_open(lb_gates **gates, const lb_gate_site *site);
void lb_gates_close(lb_gates **gates);

/* Where each that is open listens. */
typedef void lb_on_gate_endpoint(void *whose, const char *name, const char *endpoint);
void lb_gates_each_endpoint(const lb_gates *gates, lb_on_gate_endpoint *on_endpoint, void *whose);
/* One set for each that is open and counts. */
void lb_gates_count(const lb_gates *gates, lb_arena *arena, lb_counter_set_list *sets);
/* As it is configured, other machines come in by some gate and show nothing. */
bool lb_gates_are_open_to_strangers(const lb_config *config);

#endif
