/* meter.h - the recent use of each party at one door. Belongs to the door's thread.
 *
 * Parties are known by name: a permission is rebuilt whenever rights change, and the use must not be forgotten with it.
 * Connections without a key are not measured. */
#ifndef BASE_METER_H
#define BASE_METER_H

#include "base/bucket.h"
#include "base/permission.h"

typedef struct lb_meter {
    char name[LB_PARTY_NAME_MAX + 1];
    lb_bucket messages, bytes, questions;
    lb_bucket refused_us; /* time spent reading what was then refused */
    int64_t open;         /* questions in progress */
    int64_t noted_us;     /* when a source of it without a feed was last put in the audit log */
} lb_meter;

typedef struct lb_meters { /* all zero: empty */
    lb_meter *at;
    size_t count, room;
} lb_meters;

/* Finds or adds; valid until the next call. NULL: no memory. */
lb_meter *lb_meters_of(lb_meters *meters, const lb_permission *permission);
lb_meter *lb_meters_find(lb_meters *meters, lb_span name); /* NULL: it has none */
void lb_meters_fini(lb_meters *meters);

#endif
