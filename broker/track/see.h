/* see.h - what a party may see, decided before anything is derived.
 *
 *     reference as asked --> keys that it may stand for --> may the asker see that key?
 *
 *                                  by its own key          all of it
 *                                  by a reference on it    the uses and the share that carry what the reference names
 *                                  by its own report       of what no covered party has spoken: its own words
 *
 * For what the asker may not see and for what is not there the same look-ups are made, and as many: none of them
 * reads facts of the object. Without a permission, or with one that sees all, every key that is known is seen. */
#ifndef TRACK_SEE_H
#define TRACK_SEE_H

#include "base/permission.h"
#include "keep/fact.h"

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

bool lb_sees_all(const lb_permission *permission);
/* What the asker sees of what a reference stands for: an object of that number, or what was named with it. */
lb_err lb_see(lb_facts *facts, const lb_permission *permission, lb_span reference, lb_arena *arena,
              lb_sight_list *sights);
/* May the asker see this reference of a cargo? */
bool lb_sees_reference(const lb_permission *permission, const lb_reference *reference);
/* Does the event name others' references and none that the asker may see? Then it is about others' cargo. */
bool lb_is_others(const lb_permission *permission, const lb_event *event);
/* Does the event name the reference of this key (empty: one that the asker may see)? */
bool lb_names_reference(const lb_permission *permission, const lb_event *event, lb_span key);

#endif
