/* resolve.h - finds the objects that a reference names and that the asker may see, before anything is derived.
 *
 *     reference as typed --> keys that it may mean --> the asker's right on each key
 *
 *                                  on the key itself       all of the object
 *                                  on a reference of it    the uses in which that reference occurs, and the share of them
 *                                  none, but own reports   an object without covered facts, by the asker's own reports
 *
 * An object that the asker may not see and one that does not exist cost the same look-ups, none of which reads facts of
 * the object: the time of an answer must not reveal which it was. Without a permission, or with one that sees everything,
 * every known key is visible. */
#ifndef TRACK_RESOLVE_H
#define TRACK_RESOLVE_H

#include "base/permission.h"
#include "track/derive.h"

typedef struct lb_sight {
    lb_span object;    /* key */
    lb_span reference; /* key of the reference by which it was found; empty: found by its own key */
    bool is_share;     /* visible through a reference only */
    bool is_reported;  /* has no covered facts */
} lb_sight;

typedef struct lb_sight_list {
    lb_sight *at;
    size_t count, room;
} lb_sight_list;

/* Objects with that number, and objects that were reported with it as their reference; those that the asker may see.
 * None: OK and an empty list. */
lb_err lb_track_resolve(const lb_derive *d, const lb_permission *permission, lb_span reference,
                        lb_sight_list *sights);

#endif
