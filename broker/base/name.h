/* name.h - names of parties and sources: which are well formed, which belong to the hub itself, and whose a name is.
 *
 *     acme            a party, and a source of its own
 *     acme.trucks     a source of acme; never a party beside acme
 *     jt808, local    names of the hub: of a gate, or of what needs no key; never a party, nor is jt808.x
 *
 * This is the only list of reserved names. Pure. */
#ifndef BASE_NAME_H
#define BASE_NAME_H

#include <stdbool.h>

#include "landbridge/client/span.h"

enum { LB_PARTY_NAME_MAX = 64 };

/* X(name, only_the_gate_sends_as_it): the second is false where people without a key may use the source, too. A new
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

/* The gate that brings messages of many parties under one name: each is its terminal's party's. */
#define LB_TERMINALS_SOURCE "jt808"

/* Letters, digits, '.', '_', '-', starting with a request or digit: a party's name is a source's, too. */
bool lb_party_name_is_valid(lb_span name);
/* "acme" and "acme.trucks" are acme's. */
bool lb_name_is_of(lb_span name, lb_span owner);
/* A name of the hub's own, or one below it, in capitals or not: no party may have it. */
bool lb_name_is_reserved(lb_span name);
/* The source of a gate, or one below it: nobody else may send as it. */
bool lb_name_is_a_gates(lb_span source);

#endif
