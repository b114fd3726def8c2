/* ffa.h - the state of reading one space message: requested, answered, allotted. Private to adapters/air/ffa*.c.
 *
 *     ffa.c              FFR and FFA: one consignment on its flights
 *     ffa_allotment.c    FOR and FOA: space that an agent has; FVA: space that is there */
#ifndef AIR_FFA_H
#define AIR_FFA_H

#include "flight_leg.h"

enum { LB_FFA_FIELDS = 8 };

typedef struct lb_ffa {
    const lb_reading *reading;
    lb_sink *sink;
    lb_imp_header imp;
    lb_imp_waybill waybill;
    lb_imp_quantity quantity;
    lb_span goods;
    size_t latest; /* the event that further lines belong to; SIZE_MAX: none */
    bool is_known; /* something of the message was understood */
    /* of an allotment */
    lb_flight_leg leg;
    lb_span allotment, header;
} lb_ffa;

size_t lb_ffa_cut(lb_span text, lb_span field[LB_FFA_FIELDS]);
/* CZ5417/12MAR/PVGURC/..: false when the line is something else. */
bool lb_ffa_leg(const lb_ffa *ffa, const lb_span field[LB_FFA_FIELDS], lb_flight_leg *leg);
lb_event *lb_ffa_say(const lb_ffa *ffa, lb_event_type type, lb_classifier classifier,
                     const lb_flight_leg *leg, lb_span line);
void lb_ffa_measures(const lb_ffa *ffa, lb_event *event, lb_cap_state state, int64_t grams,
                     int64_t ml);
void lb_ffa_allotment_line(lb_ffa *ffa, lb_span line);
void lb_ffa_allotment_end(lb_ffa *ffa);
void lb_ffa_schedule_line(lb_ffa *ffa, lb_span line);
void lb_ffa_remark(const lb_ffa *ffa, lb_span line);

#endif
