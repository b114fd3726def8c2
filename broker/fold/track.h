/* track.h - where a cargo was, is and will be, folded from facts and stays when it is asked for. */
#ifndef FOLD_TRACK_H
#define FOLD_TRACK_H

#include "fold/interval.h"
#include "landbridge/answer.h"

typedef struct lb_track_question {
    lb_span object; /* key */
    int64_t now_us;
    bool is_for_dump; /* leave out what depends on the clock or on when it was heard */
    int64_t cycle;    /* number of the use of the equipment; 0: the last one */
} lb_track_question;

/* Fills in the track of one object; everything in it lives in the arena. */
lb_err lb_fold_track(lb_facts *facts, const lb_track_question *question, lb_arena *arena,
                     lb_track *track);

/* The keys that a reference may stand for: an object of that number, or what was named with it. */
lb_err lb_fold_resolve(lb_facts *facts, lb_span reference, lb_arena *arena, lb_key_list *keys);

lb_span lb_place_name_of(lb_span key,
                         lb_arena *arena); /* English name of a place key; empty: unknown */
lb_span lb_key_of_place(const lb_place *place, lb_arena *arena);

#endif
