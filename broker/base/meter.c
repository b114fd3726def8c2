/* meter.c - the recent use of each party at one door.
 *
 * A party's meter stands at the index of its permission in the book, so it is found at once; after the book was rebuilt
 * the meter is searched for and moved there. */
#include "base/meter.h"

#include <stdlib.h>

static bool is_of(const lb_meter *meter, lb_span name)
{
    return lb_span_is(name, meter->name);
}

static bool need_room(lb_meters *meters, size_t count)
{
    size_t room = meters->room == 0 ? 16 : meters->room;

    while (room < count)
        room *= 2;
    if (room > meters->room) {
        lb_meter *wider = realloc(meters->at, room * sizeof *wider);
        if (wider == NULL)
            return false;
        meters->at = wider;
        meters->room = room;
    }
    while (meters->count < count)
        meters->at[meters->count++] = (lb_meter){.open = 0};
    return true;
}

lb_meter *lb_meters_find(lb_meters *meters, lb_span name)
{
    for (size_t i = 0; i < meters->count; i++)
        if (is_of(&meters->at[i], name))
            return &meters->at[i];
    return NULL;
}

lb_meter *lb_meters_of(lb_meters *meters, const lb_permission *permission)
{
    if (permission->number < meters->count &&
        is_of(&meters->at[permission->number], permission->name))
        return &meters->at[permission->number];
    if (!need_room(meters, permission->number + 1))
        return NULL;
    lb_meter *there = &meters->at[permission->number],
             *other = lb_meters_find(meters, permission->name);
    if (other == NULL) { /* new: the meter in its place moves to the end */
        size_t last = meters->count;
        if (!need_room(meters, last + 1))
            return NULL;
        there = &meters->at[permission->number];
        meters->at[last] = *there;
        *there = (lb_meter){.open = 0};
        memcpy(there->name, permission->name.at, permission->name.len);
    } else {
        const lb_meter kept = *there;
        *there = *other;
        *other = kept;
    }
    return there;
}

void lb_meters_fini(lb_meters *meters)
{
    free(meters->at);
    *meters = (lb_meters){0};
}
