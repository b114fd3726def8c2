/* track.h - where a cargo was, is and will be, folded from facts and stays when it is asked for. */
#ifndef FOLD_TRACK_H
#define FOLD_TRACK_H

#include "base/permission.h"
#include "fold/cycle.h"
#include "fold/interval.h"
#include "landbridge/client/answer.h"

typedef struct lb_track_question {
    lb_span object;    /* key */
    lb_span reference; /* key of a reference: only uses in which it stands; empty: any */
    const lb_permission *permission; /* NULL: of one who sees all */
    bool is_share; /* seen by a reference on it only: nothing of other uses, of other cargo in it */
    bool is_reported;  /* nothing covered is known of it: made of reports */
    bool with_reports; /* beside the track, the newest of each party */
    int64_t now_us;
    bool is_for_dump; /* leave out what depends on the clock or on when it was heard */
    int64_t
        cycle; /* number of the use of the equipment, of those that are asked for; 0: the last one */
} lb_track_question;

typedef struct
    lb_use_list {     /* of an object, as far as they are asked for and may be seen; by time */
    lb_fact_list own; /* all that was said of it, by time */
    lb_cycle_list list;
} lb_use_list;

/* What is common to the tracks of all uses. Everything lives in the arena. */
lb_err lb_fold_uses(lb_facts *facts, const lb_track_question *question, lb_arena *arena,
                    lb_use_list *uses);
/* Fills in the track of one object in one of its uses, numbered from 0. */
lb_err lb_fold_track(lb_facts *facts, const lb_track_question *question, const lb_use_list *uses,
                     size_t number, lb_arena *arena, lb_track *track);

lb_span lb_place_name_of(lb_span key,
                         lb_arena *arena); /* English name of a place key; empty: unknown */
lb_span lb_key_of_place(const lb_place *place, lb_arena *arena);

#endif
