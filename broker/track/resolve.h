/* resolve.h - what a reference stands for, decided before anything is derived.
 *
 *     reference as asked --> keys that it may stand for --> may the asker see that key?
 *
 *                                  by its own key          all of it
 *                                  by a reference on it    the uses and the share that carry what the reference names
 *                                  by its own report       of what no covered party has spoken: its own words
 *
 * For what the asker may not see and for what is not there the same look-ups are made, and as many: none of them
 * reads facts of the object. Without a permission, or with one that sees all, every key that is known is seen. */
#ifndef TRACK_RESOLVE_H
#define TRACK_RESOLVE_H

#include "base/permission.h"
#include "track/derive.h"

typedef struct lb_sight {
    lb_span object;    /* key */
    lb_span reference; /* key of the reference through which it was asked for; empty: by its own */
    bool is_share;     /* seen by a reference on it only                                         */
    bool is_reported;  /* nothing covered is known of it                                         */
} lb_sight;

typedef struct lb_sight_list {
    lb_sight *at;
    size_t count, room;
} lb_sight_list;

/* What the asker sees of what a reference stands for: an object of that number, or what was named with it. */
lb_err lb_track_resolve(const lb_derive *d, const lb_permission *permission, lb_span reference,
                        lb_sight_list *sights);

#endif
