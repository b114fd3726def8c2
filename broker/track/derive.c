/* derive.c - compares times with the moment of a derivation. */
#include "track/derive.h"

bool lb_derive_is_ahead(const lb_derive *d, int64_t at_us)
{
    return at_us - d->rules->ahead_us >
           d->now_us; /* subtract, not add: now_us may be LB_OPEN - 1 */
}
