/* ledger.h - capacity: one resource folded from what was said of it, and from what is aboard.
 *
 *     free = effective - held - max(booked, used)        unknown when any of its parts is unknown
 *
 * A snapshot sets a figure and closes what changes were told before it; later changes move it. What is used
 * on a departure is counted from its composition. Unknown stays LB_UNKNOWN and is never 0. */
#ifndef FOLD_LEDGER_H
#define FOLD_LEDGER_H

#include "fold/interval.h"
#include "landbridge/client/answer.h"

/* A resource by its id: "X9023@2026-03-13", "CNULZ/A", ... NOT_FOUND when nothing is known of it. */
lb_err lb_fold_resource(lb_facts *facts, lb_span id, int64_t now_us, lb_arena *arena,
                        lb_resource *resource);

/* The same in two steps: first what was said, with the times; then what is aboard, which is dear. */
enum { LB_RUN_KINDS = 2 }; /* trains, flights */
typedef struct lb_resource_fold {
    lb_resource resource;
    lb_span runs[LB_RUN_KINDS];
    int64_t formed_us[LB_RUN_KINDS];
    bool is_cancelled;
} lb_resource_fold;

lb_err lb_resource_begin(lb_facts *facts, lb_span id, int64_t now_us, lb_arena *arena,
                         lb_resource_fold *fold);
lb_err lb_resource_finish(lb_facts *facts, lb_arena *arena, lb_resource_fold *fold);

/* -- departures.c ------------------------------------------------------------------------------------------- */

/* Departures (trains, flights) from a place or what is in it, in [after, before], by time; to: empty = any.
 * Bans that hit them are named in `bans`. */
lb_err lb_fold_departures(lb_facts *facts, lb_span from, lb_span to, int64_t after_us,
                          int64_t before_us, int64_t now_us, lb_arena *arena,
                          lb_resource_list *resources);

/* Does everything that is needed fit? Names the unit that binds, or the ban. */
void lb_fold_fit(const lb_need_list *need, int64_t now_us, lb_arena *arena, lb_resource *resource);

/* -- yard.c ------------------------------------------------------------------------------------------------- */

/* Trucks seen near a place lately. */
lb_err lb_fold_trucks(lb_facts *facts, lb_span place, int64_t now_us, lb_arena *arena,
                      lb_resource *resource);

/* What stands in a yard at a moment, by block. */
lb_err lb_fold_yard(lb_facts *facts, lb_span place, int64_t at_us, lb_arena *arena, lb_yard *yard);

#endif
