/* figure.h - the derived figures of a track: a row of figures.def and a function each. */
#ifndef TRACK_FIGURE_H
#define TRACK_FIGURE_H

#include "landbridge/client/answer.h"
#include "track/entry.h"
#include "track/nesting.h"
#include "track/use.h"

typedef struct lb_track_basis { /* input of the figures of one track */
    const lb_track_question *question;
    const lb_fact_list *own;     /* all facts of the object, by time */
    const lb_cycle *use;         /* the use that the track is of */
    lb_nesting_list nestings;    /* what it was in, over all levels, within the use */
    lb_track_entry_list entries; /* facts of the object, then of each parent */
    bool is_conveyance;          /* train, truck, trailer, wagon, flight, or a device */
} lb_track_basis;

/* Each function sets its own members of the track, which lb_record_init has made unknown, and may use those of the
 * figures before it. TOO_BIG: the budget of the snapshot is used up. */
#define LB_TRACK_FIGURE(name, sentence) \
    lb_err lb_track_##name(const lb_derive *d, const lb_track_basis *basis, lb_track *track);
#include "track/figures.def"
#undef LB_TRACK_FIGURE

#endif
