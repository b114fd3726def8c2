/* cover.h - which things of an event its sender's grants cover, and whether that is enough for what it would do.
 *
 *     grant                       covers
 *     for:KEY                     the object, reference, place ("place:CNULZ") or resource ("resource:ID") of this key;
 *                                 with '*' at the end all whose keys begin so
 *     terminal:NUMBER@PLATE       "device:NUMBER" and "truck:PLATE"
 *
 * A grant covers what it names and nothing else: a place none of the objects and capacities there, a vehicle nothing
 * that is on it. An OPERATOR and what needs no key cover everything. Pure. */
#ifndef BASE_COVER_H
#define BASE_COVER_H

#include "arena.h"
#include "base/permission.h"
#include "landbridge/client/event.h"

/* "container:LBKU2048176", "place:CNULZ", "resource:X9023@2026-03-12". */
bool lb_permission_covers(const lb_permission *permission, lb_span key);

/* Notes in the event what the grants cover, and flags it NOT_ITS_OWN, when one of its effects needs more; leaves it as
 * it is when none does. pass NULL: as of an operator. The cover lives in the arena. */
lb_err lb_permission_judge(const lb_permission *permission, lb_event *event, lb_arena *arena);

#endif
