/* fact_key.c - hashes the natural key of an event. */
#include "base/fact_key.h"

#include <sodium.h>

lb_span lb_fact_key(const lb_event *event, lb_arena *arena)
{
    const lb_span parts[] = {event->prov.source_id, LB_SPAN("|"), event->source_event_key};
    crypto_generichash_state state;
    unsigned char *out = lb_arena_alloc(arena, LB_FACT_KEY_BYTES);
    if (out == NULL)
        return LB_EMPTY;
    crypto_generichash_init(&state, NULL, 0, LB_FACT_KEY_BYTES);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        crypto_generichash_update(&state, (const unsigned char *)parts[i].at, parts[i].len);
    crypto_generichash_final(&state, out, LB_FACT_KEY_BYTES);
    return (lb_span){(const char *)out, LB_FACT_KEY_BYTES};
}

int64_t lb_sheet_at_us(const lb_event *event)
{
    int64_t at_us =
        event->reported_at_us != LB_UNKNOWN ? event->reported_at_us : event->received_at_us;
    return at_us > 0 ? at_us : 0;
}

lb_span lb_sheet_text(const lb_event *event, lb_arena *arena)
{
    if (event->sheet.list.len == 0 || event->sheet.number < 1)
        return LB_EMPTY;
    return lb_arena_print(arena, "%lld|%lld|%.*s|%.*s", (long long)event->sheet.number,
                          (long long)lb_sheet_at_us(event), LB_ARG(event->prov.source_id),
                          LB_ARG(event->sheet.list));
}
