/* figure.h - the derived figures of a track: a row of figures.def and a function each. */
#ifndef TRACK_FIGURE_H
#define TRACK_FIGURE_H

#include "landbridge/client/answer.h"
#include "track/entry.h"
#include "track/nesting.h"
#include "track/use.h"

typedef struct lb_track_basis { /* what the figures of one track are made of */
    const lb_track_question *question;
    const lb_fact_list *own;     /* all that was said of the object, by time           */
    const lb_cycle *use;         /* of its equipment                                   */
    lb_nesting_list nestings;    /* what it was in, over all levels, within the use    */
    lb_track_entry_list entries; /* what was told of it and of what it was in, by time */
    bool is_conveyance;          /* train, truck, trailer, wagon, flight, or a terminal */
} lb_track_basis;

/* Each fills in its members of the track, which is as its record's init left them. TOO_BIG: the budget of the snapshot
 * is used up. */
#define LB_TRACK_FIGURE(name, sentence) \
    lb_err lb_track_##name(const lb_derive *d, const lb_track_basis *basis, lb_track *track);
#include "track/figures.def"
#undef LB_TRACK_FIGURE

#endif
