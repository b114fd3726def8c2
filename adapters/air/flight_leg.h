/* flight_leg.h - which flight a line of Cargo-IMP means: number, day, airports. Private to adapters/air. */
#ifndef AIR_FLIGHT_LEG_H
#define AIR_FLIGHT_LEG_H

#include "imp_header.h"

typedef struct lb_flight_leg {
    lb_span flight; /* "CZ5417", as sent; empty: unreadable */
    lb_span carrier;
    lb_span date; /* "2026-03-12"; empty: unreadable */
    lb_span run;  /* "CZ5417@2026-03-12"; empty without both */
    lb_span from, to;
} lb_flight_leg;

/* Reads number and day; oddities become doubts of the message. The airports are set by the
 * caller. */
void lb_flight_leg_read(lb_sink *sink, lb_flight_leg *leg, lb_span flight, lb_span day,
                        int64_t reference_us, bool is_plan);
/* Adds movement, place and the flight as MEANS. Returns the run, or NULL. */
lb_object *lb_flight_leg_put(const lb_flight_leg *leg, lb_event *event);
/* "12MAR1630" at an airport; LB_UNKNOWN without a time or a zone. */
int64_t lb_flight_time(const lb_reading *reading, lb_span text, lb_span airport,
                       int64_t reference_us, bool is_plan);
/* True when the goods would be denser than gold: senders write 0.01 m3 when the volume is
 * unknown. */
bool lb_flight_is_dummy(int64_t grams, int64_t ml);

#endif
