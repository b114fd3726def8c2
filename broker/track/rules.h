/* rules.h - parameters of the derivations: rules.def with its defaults.
 *
 * They are members of a struct instead of constants so that a place or a party can later have rules of its own. */
#ifndef TRACK_RULES_H
#define TRACK_RULES_H

#include <stdint.h>

typedef struct lb_rules {
#define LB_RULE(name, usual, sentence) int64_t name;
#include "track/rules.def"
#undef LB_RULE
} lb_rules;

extern const lb_rules lb_rules_usual; /* the defaults */

#endif
