/* fact_key.h - the natural key of an event within its source, as 16 bytes: what makes two events versions of one
 * fact. BLAKE2b of the source's id and source_event_key. */
#ifndef BASE_FACT_KEY_H
#define BASE_FACT_KEY_H

#include "arena.h"
#include "landbridge/client/event.h"

enum { LB_FACT_KEY_BYTES = 16 };

lb_span lb_fact_key(const lb_event *event, lb_arena *arena); /* empty: no memory */

/* The sheet of an event as the view stores it: "number|at_us|source|list", where "source|list" names the list; empty
 * for a list in one message. */
lb_span lb_sheet_text(const lb_event *event, lb_arena *arena);
int64_t lb_sheet_at_us(const lb_event *event); /* reported, else received */

#endif
