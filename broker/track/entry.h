/* entry.h - what was told of a cargo: each fact that belongs to its track. */
#ifndef TRACK_ENTRY_H
#define TRACK_ENTRY_H

#include "track/stay.h"
#include "track/use.h"

typedef struct lb_track_entry { /* one fact that belongs to a track */
    const lb_event *event;
    lb_span object; /* whose fact it is: the cargo, or what it was in */
    int depth;      /* -1: the cargo itself                           */
} lb_track_entry;

typedef struct lb_track_entry_list {
    lb_track_entry *at;
    size_t count, room;
} lb_track_entry_list;

/* The facts of an object in one use, and those of what it was in, in the time of its stays: what a conveyance does, its
 * cargo does too. `own`: all that was said of it, by time. */
lb_err lb_track_entries(const lb_derive *d, const lb_track_question *question,
                        const lb_fact_list *own, const lb_cycle *use,
                        const lb_nesting_list *nestings, lb_track_entry_list *entries);
void lb_track_tell(lb_arena *arena, lb_track_entry_list *entries, const lb_event *event,
                   lb_span object, int depth);

#endif
