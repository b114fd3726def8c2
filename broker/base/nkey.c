/* nkey.c - hashes the natural key of an event. */
#include "base/nkey.h"

#include <sodium.h>

lb_span lb_nkey(const lb_event *event, lb_arena *arena)
{
    const lb_span parts[] = {event->prov.source_id, LB_SPAN("|"), event->source_event_key};
    crypto_generichash_state state;
    unsigned char *out = lb_arena_alloc(arena, LB_NKEY_BYTES);
    if (out == NULL)
        return LB_EMPTY;
    crypto_generichash_init(&state, NULL, 0, LB_NKEY_BYTES);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        crypto_generichash_update(&state, (const unsigned char *)parts[i].at, parts[i].len);
    crypto_generichash_final(&state, out, LB_NKEY_BYTES);
    return (lb_span){(const char *)out, LB_NKEY_BYTES};
}
