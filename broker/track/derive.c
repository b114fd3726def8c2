/* derive.c - what derivations of all kinds ask of the moment. */
#include "track/derive.h"

bool lb_derive_is_ahead(const lb_derive *d, int64_t at_us)
{
    return at_us - d->rules->ahead_us > d->now_us; /* `now` may be the end of time */
}
