/* ffm.c - flight manifest, Cargo-IMP FFM: what is loaded on a flight.
 *
 *     FFM/8
 *     1/CZ5417/12MAR1630/PVG/B2081       sheet, flight, day of departure, loading point, registration
 *     URC//12MAR2135                     unloading point, its times
 *     784-30418264PVGURC/P9K305MC1.7T24/MACHINE PARTS
 *     ULD/PMC40217CZ-L                   a unit; the lines after it are in it
 *     784-30418264PVGURC/P15K507.5MC2.9T24/MACHINE PARTS
 *     /PER/EAT                           special handling
 *     COR/T1                             customs origin: nothing is corrected by it
 *     LAST                               CONT: more sheets follow
 *
 * IATA Cargo-IMP, FFM editions 1 to 8; read by flight_list.c. */
#include "flight_list.h"

static const lb_flight_list_kind manifest = {
    .smi = "FFM",
    .newest = 8,
    .type = LB_EVENT_MANF,
    .state = LB_CAP_USED,
    .is_plan = false,
    .unit_comes_before = true,
};

static unsigned probe(lb_span head)
{
    return lb_imp_probe(head, manifest.smi);
}

static lb_verdict read_message(const lb_reading *reading, lb_span message, lb_sink *sink)
{
    return lb_flight_list_read(&manifest, reading, message, sink);
}

const lb_adapter lb_air_ffm = {
    .name = "air.ffm",
    .title = "Cargo-IMP FFM, flight manifest",
    .revision = 1,
    .mode = LB_MODE_AIR,
    .max_message = (size_t)1024 * 1024,
    .max_events = 5000,
    .probe = probe,
    .read = read_message,
};
