/* entry.h - the facts that belong to a track. */
#ifndef TRACK_ENTRY_H
#define TRACK_ENTRY_H

#include "track/stay.h"
#include "track/use.h"

typedef struct lb_track_entry {
    const lb_event *event;
    lb_span object; /* that the fact is about: the cargo, or what it was in */
    int depth;      /* of the nesting; -1: the cargo itself */
} lb_track_entry;

typedef struct lb_track_entry_list {
    lb_track_entry *at;
    size_t count, room;
} lb_track_entry_list;

/* The facts of an object in one use, and the facts of what it was in during its stays there. `own`: all facts of the
 * object, by time. TOO_BIG: the budget of the snapshot is used up. */
lb_err lb_track_entries(const lb_derive *d, const lb_track_question *question,
                        const lb_fact_list *own, const lb_cycle *use,
                        const lb_nesting_list *nestings, lb_track_entry_list *entries);
/* Adds one entry. Out of memory: the arena is marked as failed. */
void lb_track_tell(lb_arena *arena, lb_track_entry_list *entries, const lb_event *event,
                   lb_span object, int depth);

#endif
