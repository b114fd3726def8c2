/* use.h - the question for a track, and the uses of its object that it selects. */
#ifndef TRACK_USE_H
#define TRACK_USE_H

#include "base/permission.h"
#include "track/cycle.h"

typedef struct lb_track_question {
    lb_span object; /* key */
    /* Key of a reference: only uses in which it occurs; empty: all uses. */
    lb_span reference;
    /* NULL: sees everything. */
    const lb_permission *permission;
    /* Visible through a reference only: other uses, and other cargo in the same use, are hidden. */
    bool is_share;
    /* It has no covered facts: third-party reports are used instead. */
    bool is_reported;
    /* Add the newest third-party reports of each party. */
    bool with_reports;
} lb_track_question;

/* The uses of an object that are asked for and visible, by time. `own`: all its facts, by time. */
typedef struct lb_use_list {
    lb_fact_list own;
    lb_cycle_list list;
} lb_use_list;

/* Selects the uses for a question. For a share they are cut to the asker's part of the time, and numbered as if there were
 * no others. An object that is not a container has one use, without limits. */
lb_err lb_track_uses(const lb_derive *d, const lb_track_question *question, lb_use_list *uses);

/* Index of the first fact at or after a time, of facts sorted by time. */
size_t lb_facts_since(const lb_fact_list *facts, int64_t at_us);

#endif
