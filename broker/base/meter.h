/* meter.h - what each party has used lately, at one door. Belongs to the door's thread.
 *
 * Parties are known by their names: a pass is made anew whenever its rights change, and what it has used
 * must not be forgotten with it. Who comes from the hub's own machine is not measured. */
#ifndef BASE_METER_H
#define BASE_METER_H

#include "base/bucket.h"
#include "base/permission.h"

typedef struct lb_meter {
    char name[LB_PARTY_NAME_MAX + 1];
    lb_bucket messages, bytes, questions;
    lb_bucket refused_us; /* reading what was refused then */
    int64_t open;         /* questions on their way */
    int64_t noted_us;     /* that a source of it sends which has no feed yet */
} lb_meter;

typedef struct lb_meters { /* zero: nobody was here yet */
    lb_meter *at;
    size_t count, room;
} lb_meters;

/* NULL: no memory. Good until the next call. */
lb_meter *lb_meters_of(lb_meters *meters, const lb_permission *permission);
lb_meter *lb_meters_find(lb_meters *meters, lb_span name); /* NULL: was never here */
void lb_meters_fini(lb_meters *meters);

#endif
