/* gates.c - the gates of gates.def: opened in its order, closed in reverse. */
#include "gate/gates.h"

#include <stdlib.h>

#define LB_GATE(name, sends_as) extern const lb_gate_kind lb_gate_##name;
#include "gate/gates.def"

typedef struct gate_row {
    const lb_gate_kind *kind;
    int64_t (*port)(const lb_config *config); /* NULL: it has no port */
} gate_row;

#define LB_GATE_AT(name, sends_as, port)                   \
    static int64_t port_of_##name(const lb_config *config) \
    {                                                      \
        return config->name;                               \
    }
#include "gate/gates.def"

static const gate_row rows[] = {
#define LB_GATE(name, sends_as)          {&lb_gate_##name, NULL},
#define LB_GATE_AT(name, sends_as, port) {&lb_gate_##name, port_of_##name},
#include "gate/gates.def"
};
enum { GATES = sizeof rows / sizeof rows[0] };

struct lb_gates {
    void *at[GATES]; /* NULL: not open */
};

static bool is_wanted(const gate_row *row, const lb_config *config)
{
    return row->port == NULL || (config->tcp && row->port(config) != LB_PORT_OFF);
}

lb_err lb_gates_open(lb_gates **out, const lb_gate_site *site)
{
    lb_gates *gates = calloc(1, sizeof *gates);
    lb_err err = gates == NULL ? LB_ERR_NO_MEMORY : LB_OK;

    *out = gates;
    for (size_t i = 0; err == LB_OK && i < GATES; i++) {
        lb_gate_site its = *site;
        if (!is_wanted(&rows[i], site->config))
            continue;
        its.port = rows[i].port == NULL ? 0 : (uint16_t)rows[i].port(site->config);
        err = rows[i].kind->open(&gates->at[i], &its);
    }
    return err;
}

void lb_gates_close(lb_gates **gates)
{
    if (*gates == NULL)
        return;
    for (size_t i = GATES; i-- > 0;)
        rows[i].kind->close(&(*gates)->at[i]);
    free(*gates);
    *gates = NULL;
}

void lb_gates_each_endpoint(const lb_gates *gates, lb_on_gate_endpoint *on_endpoint, void *whose)
{
    char endpoint[LB_GATE_ENDPOINT_ROOM];

    for (size_t i = 0; i < GATES; i++) {
        const lb_gate_kind *kind = rows[i].kind;
        if (gates->at[i] == NULL || kind->endpoint == NULL)
            continue;
        kind->endpoint(gates->at[i], endpoint);
        on_endpoint(whose, kind->name, endpoint);
    }
}

void lb_gates_count(const lb_gates *gates, lb_arena *arena, lb_counter_set_list *sets)
{
    for (size_t i = 0; i < GATES; i++) {
        const lb_gate_kind *kind = rows[i].kind;
        if (gates->at[i] == NULL || kind->count == NULL)
            continue;
        lb_counter_set *set = lb_counter_set_add(arena, sets, "gate", kind->name);
        if (set != NULL)
            kind->count(gates->at[i], arena, set);
    }
}

bool lb_gates_are_open_to_strangers(const lb_config *config)
{
    for (size_t i = 0; i < GATES; i++) {
        const lb_gate_kind *kind = rows[i].kind;
        if (kind->is_open_to_strangers != NULL && is_wanted(&rows[i], config) &&
            kind->is_open_to_strangers(config))
            return true;
    }
    return false;
}
