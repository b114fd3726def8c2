/* hostile_cases.h - the attacks of hostile parties: one function for each fault that was found by attacking the hub
 * with its own parties.
 *
 *     prepare   messages that the attack needs; not measured. May be NULL
 *     attack    goes on until is_over; in a thread of its own
 *     check     what must hold for other parties at the end, while the attack goes on; NULL: the bars only
 *
 * The hostile parties: `evil`, a carrier with cargo of its own; `eve`, a shipper without any right; `gone`, which was
 * revoked while it was connected. */
#ifndef LOAD_HOSTILE_CASES_H
#define LOAD_HOSTILE_CASES_H

#include <stdatomic.h>

#include "honest.h"
#include "stage.h"

typedef struct attack {
    const stage *stage;
    honest *honest;
    party evil, eve, gone, late; /* late: an honest one that connects only now */
    _Atomic bool is_over;
    _Atomic int64_t sent, answered, refused;
    _Atomic int64_t answered_gone; /* those of `gone` */
} attack;

typedef struct hostile_case {
    const char *name, *what;
    bool (*prepare)(attack *a);
    void (*run)(attack *a, lb_arena *arena);
    const char *(*check)(attack *a, lb_arena *arena); /* the broken property; NULL: none */
} hostile_case;

enum { HOSTILE_CASES = 13 };
extern const hostile_case hostile_cases[HOSTILE_CASES];

/* Adds the hostile parties. */
bool hostile_introduce(attack *a);

#endif
