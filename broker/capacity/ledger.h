/* ledger.h - capacity: one resource folded from what was said of it, and from what is aboard.
 *
 *     free = effective - held - max(booked, used)        unknown when any of its parts is unknown
 *
 * A snapshot sets a figure and closes what changes were told before it; later changes move it. What is used
 * on a departure is counted from its composition. Unknown stays LB_UNKNOWN and is never 0. */
#ifndef CAPACITY_LEDGER_H
#define CAPACITY_LEDGER_H

#include "track/stay.h"
#include "landbridge/answer.h"

/* A resource by its id: "X9023@2026-03-13", "CNULZ/A", ... NOT_FOUND when nothing is known of it. */
lb_err lb_capacity_derive(lb_facts *facts, lb_span id, int64_t now_us, lb_arena *arena,
                          lb_resource *resource);

/* The same in two steps: first what was said, with the times; then what is aboard, which is dear. */
enum { LB_RUN_KINDS = 2 }; /* trains, flights */
typedef struct lb_capacity_work {
    lb_resource resource;
    lb_span runs[LB_RUN_KINDS];
    int64_t formed_us[LB_RUN_KINDS];
    bool is_cancelled;
} lb_capacity_work;

lb_err lb_capacity_begin(lb_facts *facts, lb_span id, int64_t now_us, lb_arena *arena,
                         lb_capacity_work *fold);
lb_err lb_capacity_finish(lb_facts *facts, lb_arena *arena, lb_capacity_work *fold);

/* -- departure.c -------------------------------------------------------------------------------------------- */

/* Departures (trains, flights) from a place or what is in it, in [after, before], by time; to: empty = any.
 * Bans that hit them are named in `bans`. */
lb_err lb_capacity_departures(lb_facts *facts, lb_span from, lb_span to, int64_t after_us,
                              int64_t before_us, int64_t now_us, lb_arena *arena,
                              lb_resource_list *resources);

/* Does everything that is needed fit? Names the unit that binds, or the ban. */
void lb_capacity_fit(const lb_need_list *need, int64_t now_us, lb_resource *resource);

/* -- yard.c ------------------------------------------------------------------------------------------------- */

/* Trucks seen near a place lately. */
lb_err lb_capacity_trucks(lb_facts *facts, lb_span place, int64_t now_us, lb_arena *arena,
                          lb_resource *resource);

/* What stands in a yard at a moment, by block. */
lb_err lb_capacity_yard(lb_facts *facts, lb_span place, int64_t at_us, lb_arena *arena,
                        lb_yard *yard);

#endif
