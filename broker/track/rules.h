/* rules.h - the figures that a derivation goes by: rules.def with its defaults.
 *
 * They are numbers in a struct and no constants in C, so that rules of a place or a party can come from records. */
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
