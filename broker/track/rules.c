/* rules.c - the default rules. */
#include "track/rules.h"

#include "landbridge/client/time.h"

const lb_rules lb_rules_usual = {
#define LB_RULE(name, usual, sentence) .name = (usual),
#include "track/rules.def"
#undef LB_RULE
};
