/* key.h - keys of objects and places as the view writes them: "container:LBKU2048176", "train:X9023@2026-03-12",
 * "CNULZ". */
#ifndef BASE_KEY_H
#define BASE_KEY_H

#include "arena.h"
#include "landbridge/client/event.h"

/* "wagon:..." -> WAGON; a consignment has the scheme of its reference as first word ("awb:...") -> CONSIGNMENT. */
lb_kind lb_key_kind(lb_span key);

/* The key of a place: its UN/LOCODE, borrowed from the event, else printed into the arena; empty for no place. */
lb_span lb_key_of_place(const lb_place *place, lb_arena *arena);
/* English name of a place in the table, by its key; empty: unknown. */
lb_span lb_key_place_name(lb_span key);
/* Is a place, by its key, in another, over any number of parents? An empty outer place is everywhere. */
bool lb_key_is_within(lb_span place, lb_span outer);

#endif
