/* flight_list.h - a list of what is on a flight (FFM) or booked on it (FBL): both share one grammar.
 *
 *     ffm.c, fbl.c      which list it is
 *     flight_list.c     its lines, and what they add up to
 *
 * Private to adapters/air. */
#ifndef AIR_FLIGHT_LIST_H
#define AIR_FLIGHT_LIST_H

#include "imp_header.h"

typedef struct lb_flight_list_kind {
    const char *smi;
    int newest;             /* highest edition                                        */
    lb_event_type type;     /* of each consignment                                    */
    lb_cap_state state;     /* column of the ledger                                   */
    bool is_plan;           /* the flight lies ahead                                  */
    bool unit_comes_before; /* a ULD line stands before its consignments, not after   */
} lb_flight_list_kind;

lb_verdict lb_flight_list_read(const lb_flight_list_kind *kind, const lb_reading *reading,
                               lb_span message, lb_sink *sink);

#endif
