/* name.h - names of parties and sources: which are well formed, which are reserved for the hub, and whose a name is.
 *
 *     acme            a party, and a source of its own
 *     acme.trucks     a source of acme; never a party beside acme
 *     jt808, local    reserved: a gate's, or of connections without a key; no party may be called so, nor jt808.x
 *
 * Reserved are the names of gates (gate/gates.def) and those in the list below. Pure. */
#ifndef BASE_NAME_H
#define BASE_NAME_H

#include <stdbool.h>

#include "landbridge/client/span.h"

enum { LB_PARTY_NAME_MAX = 64 };

/* Other than gates: present and future parts of the hub, and names that look like one. */
#define LB_RESERVED_NAMES(X) X(http) X(local) X(hub) X(admin) X(operator) X(landbridge)

/* Which clients may send as a reserved source: see gate/gates.def. */
typedef enum lb_sends_as {
    LB_SENDS_AS_SHARED,  /* clients without a key, too */
    LB_SENDS_AS_ITS_OWN, /* its gate only */
    LB_SENDS_AS_DEVICES, /* the same; each message belongs to its terminal's party */
} lb_sends_as;

/* Letters, digits, '.', '_', '-', starting with a letter or digit: a party's name is a source's, too. */
bool lb_party_name_is_valid(lb_span name);
/* "acme" and "acme.trucks" are acme's. */
bool lb_name_is_of(lb_span name, lb_span owner);
/* A reserved name, or one below it, in any case: no party may have it. */
bool lb_name_is_reserved(lb_span name);
/* The source of a gate, or one below it: no other sender may use it. */
bool lb_name_is_a_gates(lb_span source);
/* The gate behind a socket inside the hub, by its routing id: NAME, or NAME/anything when the gate has several sockets.
 * Empty: no row of gates.def has that name. */
lb_span lb_name_gate_of(lb_span routing_id);
/* The source of a gate whose messages are each a terminal's. */
bool lb_name_is_of_devices(lb_span source);

#endif
