/* handover.h - which claims count that are covered by the parent's side only: "container X is on my truck", from a
 * party that has a right on the truck and none on the container.
 *
 * Covered custody facts of the child divide its time into intervals. In an interval the child is released to
 *
 *     a vehicle    when the fact that begins the interval hands it out to that vehicle (GTOT, PICK, TFOU, HNDO, AVPU
 *                  with MEANS), or the fact that ends it takes it in from there (GTIN, DROP, DLVR, RCVD, TFIN)
 *     a mode       when the fact that begins the interval hands the child out and names no vehicle: the fact's mode, ROAD
 *                  for a gate, ROAD or AIR for an airline
 *
 *     facts        GTIN .......... GTOT, MEANS T ............... DLVR
 *     claim of T          ADD ------------------------------------->
 *     counts                       [============================)
 *
 * In an interval that names vehicles, their claims count and no others. In an interval with a mode, the claims of a
 * vehicle of that mode count if no other vehicle of it has one. All other claims remain third-party reports. The result
 * does not depend on the order in which facts arrived. */
#ifndef TRACK_HANDOVER_H
#define TRACK_HANDOVER_H

#include "track/stay.h"

/* The stays of a child by such claims, each cut to the interval in which it counts. `own`: the child's covered facts, by
 * time. */
lb_err lb_track_handovers(const lb_derive *d, lb_span child, const lb_fact_list *own,
                          lb_nesting_list *stays);

#endif
