/* name.h - names of parties and sources: which are well formed, which are reserved for the hub, and whose a name is.
 *
 *     acme            a party, and a source of its own
 *     acme.trucks     a source of acme; never a party beside acme
 *     jt808, local    reserved: a gate's, or of connections without a key; no party may be called so, nor jt808.x
 *
 * This is the only list of reserved names. Pure. */
#ifndef BASE_NAME_H
#define BASE_NAME_H

#include <stdbool.h>

#include "landbridge/span.h"

enum { LB_PARTY_NAME_MAX = 64 };

/* X(name, only_the_gate_sends_as_it): the second is false where clients without a key may use the source, too. A new
 * gate needs a row here. */
#define LB_RESERVED_NAMES(X) \
    X(jt808, true)           \
    X(jt809, true)           \
    X(spool, false)          \
    X(http, false)           \
    X(local, false)          \
    X(hub, false)            \
    X(admin, false)          \
    X(operator, false)       \
    X(landbridge, false)

/* The gate whose messages belong to many parties under one source: each to the party of its terminal. */
#define LB_TERMINALS_SOURCE "jt808"

/* Letters, digits, '.', '_', '-', starting with a letter or digit: a party's name is a source's, too. */
bool lb_party_name_is_valid(lb_span name);
/* "acme" and "acme.trucks" are acme's. */
bool lb_name_is_of(lb_span name, lb_span owner);
/* A reserved name, or one below it, in any case: no party may have it. */
bool lb_name_is_reserved(lb_span name);
/* The source of a gate, or one below it: no other sender may use it. */
bool lb_name_is_a_gates(lb_span source);

#endif
