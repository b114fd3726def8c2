/* fbl.c - booked list, Cargo-IMP FBL: everything that is booked on a flight.
 *
 *     FBL/4
 *     1/CZ5417/12MAR/PVG                 sheet, flight, day of departure, loading point
 *     URC                                unloading point
 *     784-30418264PVGURC/T24K812.5MC4.60/MACHINE PARTS
 *     ULD/1/PMC40217CZ-L/K812.5          units for the consignment before: how many, which, weight
 *     LAST                               CONT: more sheets follow
 *
 * IATA Cargo-IMP, FBL editions 1 to 4; read by flight_list.c. */
#include "flight_list.h"

static const lb_flight_list_kind booked = {
    .smi = "FBL",
    .newest = 4,
    .type = LB_EVENT_BKDC,
    .state = LB_CAP_BOOKED,
    .is_plan = true,
    .unit_comes_before = false,
};

static unsigned probe(lb_span head)
{
    return lb_imp_probe(head, booked.smi);
}

static lb_verdict read_message(const lb_reading *reading, lb_span message, lb_sink *sink)
{
    return lb_flight_list_read(&booked, reading, message, sink);
}

const lb_adapter lb_air_fbl = {
    .name = "air.fbl",
    .title = "Cargo-IMP FBL, booked list of a flight",
    .revision = 1,
    .mode = LB_MODE_AIR,
    .max_message = (size_t)1024 * 1024,
    .max_events = 5000,
    .probe = probe,
    .read = read_message,
};
