/* use.h - what is asked of a track, and the uses of the object that it is asked of. */
#ifndef TRACK_USE_H
#define TRACK_USE_H

#include "base/permission.h"
#include "track/cycle.h"

typedef struct lb_track_question {
    lb_span object; /* key */
    /* Key of a reference: only uses in which it stands; empty: any. */
    lb_span reference;
    /* NULL: sees everything. */
    const lb_permission *permission;
    /* Seen by a reference on it only: nothing of other uses, and of other cargo in it. */
    bool is_share;
    /* Nothing covered is known of it: made of reports. */
    bool is_reported;
    /* Beside the track, the newest of each party. */
    bool with_reports;
} lb_track_question;

/* Uses of an object, as far as they are asked for and may be seen, by time. `own`: all that was said of it, by time. */
typedef struct lb_use_list {
    lb_fact_list own;
    lb_cycle_list list;
} lb_use_list;

/* The uses of an object in which the reference stands that was asked for; of a share, cut to the asker's part of the
 * time and numbered as if there were no others. What is no container has one use, for ever. */
lb_err lb_track_uses(const lb_derive *d, const lb_track_question *question, lb_use_list *uses);

/* The first of facts by time that did not happen before the moment. */
size_t lb_facts_since(const lb_fact_list *facts, int64_t at_us);

#endif
