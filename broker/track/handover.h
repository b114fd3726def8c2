/* handover.h - which claims count that only the parent's side covers: "box X is on my truck", said of a foreign box.
 *
 * Covered custody facts of the child cut its time into intervals. In one of them it stands released to
 *
 *     a vehicle    when the fact that begins the interval hands it out to that vehicle (GTOT, PICK, TFOU, HNDO, AVPU
 *                  with MEANS), or the fact that ends it takes it in from there (GTIN, DROP, DLVR, RCVD, TFIN)
 *     a mode       when the fact that begins it hands it out and names no vehicle: that of the fact, ROAD for a gate,
 *                  ROAD or AIR for an airline
 *
 *     facts        GTIN .......... GTOT, MEANS T ............... DLVR
 *     claim of T          ADD ------------------------------------->
 *     counts                       [============================)
 *
 * In an interval that names vehicles only their claims count; in one of a mode that of the only vehicle of that mode
 * that has one. Everything else stays a report of a third party. A function of facts: their order of arrival leaves
 * no trace. */
#ifndef TRACK_HANDOVER_H
#define TRACK_HANDOVER_H

#include "track/stay.h"

/* The stays of a child by such claims, each cut to the interval in which it counts. `own`: its covered facts, by
 * time. */
lb_err lb_track_handovers(const lb_derive *d, lb_span child, const lb_fact_list *own,
                          lb_nesting_list *stays);

#endif
