/* cover.h - which things of an event are covered by its sender's grants, and whether its effects need more.
 *
 *     grant                       covers
 *     for:KEY                     the object, reference, place ("place:CNULZ") or resource ("resource:ID") of this key;
 *                                 with '*' at the end all keys with this prefix
 *     terminal:NUMBER@PLATE       "device:NUMBER" and "truck:PLATE"
 *
 * A grant covers what it names and nothing else: a place does not cover the objects and capacities there, a vehicle
 * does not cover its load. An OPERATOR and a connection without a key cover everything. Pure. */
#ifndef BASE_COVER_H
#define BASE_COVER_H

#include "arena.h"
#include "base/permission.h"
#include "landbridge/client/event.h"

/* "container:LBKU2048176", "place:CNULZ", "resource:X9023@2026-03-12". */
bool lb_permission_covers(const lb_permission *permission, lb_span key);

/* Notes in the event what the grants cover and flags it NOT_ITS_OWN when one of its effects needs more; else leaves it
 * unchanged. `permission` NULL: as of an operator. The cover lives in the arena. */
lb_err lb_permission_judge(const lb_permission *permission, lb_event *event, lb_arena *arena);

#endif
