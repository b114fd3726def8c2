/* x12_214_tender.c - load tender to a carrier (ANSI X12 204) and the response (990).
 *
 *     204   B2**XJTK**SH26031**PP~  B2A*00~  L11*4471*PO~  N7**XJTU204817...~
 *             S5*1*LD*24100*K*12~  G62*69*20260313*I*0900*LT~  N1*SF..~  N4*CHANGJI**..*CN~
 *             S5*2*UL*24100*K*12~  G62*70*20260313*K*1500*LT~  N1*ST..~  N4*URUMQI**..*CN~
 *     990   B1*XJTK*SH26031*20260312*A~
 *
 * Stops are plans: pick-up or delivery. Purpose 01 of B2A cancels them. In 990, A accepts (a booking), D declines
 * it; other codes (C and the like) are kept as they are. */
#include "landbridge/client/ident.h"
#include "x12_214.h"

enum { LIST_MAX = 64 };

typedef struct tender {
    const lb_x12 *x12;
    lb_span carrier, shipment;
    bool is_cancelled;
    lb_x12_segment l11[LIST_MAX], n7;
    size_t count;
} tender;

typedef struct stop {
    lb_x12_segment s5, g62, n4;
} stop;

static lb_span value(const tender *of, const lb_x12_segment *segment, size_t element)
{
    return segment->number == 0 ? LB_EMPTY : lb_x12_value(of->x12, segment, element);
}

static void put_identity(const tender *of, lb_event *event, lb_span fact)
{
    event->prov.party = of->carrier;
    lb_event_object(event, LB_ROLE_SUBJECT, LB_KIND_CONSIGNMENT, LB_SCHEME_ADHOC, of->shipment);
    lb_event_reference(event, LB_SCHEME_ADHOC, of->shipment, of->carrier);
    for (size_t i = 0; i < of->count; i++) {
        lb_scheme scheme = lb_x12_reference_scheme(value(of, &of->l11[i], 2));
        if (scheme != LB_SCHEME_UNSPECIFIED)
            lb_event_reference(event, scheme, value(of, &of->l11[i], 1), LB_EMPTY);
    }
    event->source_event_key =
        lb_sink_print(of->x12->sink, "%.*s|%.*s|%.*s|%.*s", LB_ARG(of->carrier),
                      LB_ARG(of->shipment), LB_ARG(event->raw.scheme), LB_ARG(fact));
}

/* -- 204 ------------------------------------------------------------------------------------------ */

static lb_event_type type_of_stop(lb_span reason)
{
    static const struct {
        const char *code;
        lb_event_type type;
    } reasons[] = {{"LD", LB_EVENT_PICK}, {"CL", LB_EVENT_PICK}, {"PL", LB_EVENT_PICK},
                   {"UL", LB_EVENT_DLVR}, {"CU", LB_EVENT_DLVR}, {"PU", LB_EVENT_DLVR}};
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (lb_span_is(reason, reasons[i].code))
            return reasons[i].type;
    return LB_EVENT_UNSPECIFIED;
}

static void say_stop(const tender *of, const stop *at)
{
    int64_t pieces;
    lb_sink *sink = of->x12->sink;
    lb_span reason = value(of, &at->s5, 2), unit = value(of, &at->s5, 4);
    lb_event_type type = type_of_stop(reason);
    if (at->s5.number == 0)
        return;
    lb_part(sink, at->s5.where, "segment", (size_t)at->s5.number);
    lb_event *event = lb_say(sink);
    lb_event_is(event, type, LB_CLASSIFIER_PLANNED, LB_MODE_ROAD);
    lb_event_raw(event, "X12.S5", reason, LB_EMPTY);
    event->prov.segment_no = at->s5.number;
    event->correction = of->is_cancelled ? LB_CORRECTION_RETRACTS : LB_CORRECTION_NONE;
    if (type == LB_EVENT_UNSPECIFIED)
        lb_doubt(sink, event, reason.len > 0 ? reason : at->s5.where, LB_DOUBT_CODE_UNMAPPED);
    put_identity(of, event, value(of, &at->s5, 1));
    if (of->n7.number > 0)
        lb_x12_unit(of->x12, event, LB_ROLE_MEANS, value(of, &of->n7, 1), value(of, &of->n7, 2),
                    value(of, &of->n7, 18), value(of, &of->n7, 11));
    event->qty.gross_g = lb_x12_grams(value(of, &at->s5, 3), unit);
    if (lb_span_number(value(of, &at->s5, 5), &pieces))
        event->qty.pieces = pieces;
    lb_x12_place(of->x12, &event->place, value(of, &at->n4, 1), value(of, &at->n4, 2),
                 value(of, &at->n4, 4));
    event->place.role = type == LB_EVENT_DLVR ? LB_PLACE_ROLE_DELIVERY : LB_PLACE_ROLE_PICKUP;
    if (at->g62.number > 0)
        lb_x12_time_set(of->x12, event, value(of, &at->g62, 2), value(of, &at->g62, 4),
                        value(of, &at->g62, 5), &event->place);
    lb_said(sink);
}

/* Segments before the first S5 concern the whole load. */
static void take_header(tender *of, const lb_x12_segment *s)
{
    if (lb_x12_is(s, "B2")) {
        of->carrier = lb_x12_value(of->x12, s, 2);
        of->shipment = lb_x12_value(of->x12, s, 4);
    } else if (lb_x12_is(s, "B2A")) {
        of->is_cancelled = lb_span_is(lb_x12_value(of->x12, s, 1), "01");
    } else if (lb_x12_is(s, "L11") && of->count < LIST_MAX) {
        of->l11[of->count++] = *s;
    } else if (lb_x12_is(s, "N7")) {
        of->n7 = *s;
    }
}

void lb_x12_tender(const lb_x12_set *set)
{
    tender of = {.x12 = set->x12};
    lb_x12_cursor cursor = set->body;
    lb_x12_segment s;
    stop at = {0};
    while (lb_x12_next(of.x12, &cursor, &s)) {
        if (lb_x12_is(&s, "S5")) {
            say_stop(&of, &at);
            at = (stop){.s5 = s};
        } else if (at.s5.number == 0) {
            take_header(&of, &s);
        } else if (lb_x12_is(&s, "G62") && at.g62.number == 0) {
            at.g62 = s;
        } else if (lb_x12_is(&s, "N4") && at.n4.number == 0) {
            at.n4 = s;
        }
    }
    say_stop(&of, &at);
    if (at.s5.number == 0)
        lb_doubt(of.x12->sink, NULL, set->st.where, LB_DOUBT_GRAMMAR_ODD);
}

/* -- 990 ------------------------------------------------------------------------------------------ */

static void say_answer(const tender *of, const lb_x12_segment *b1)
{
    lb_sink *sink = of->x12->sink;
    lb_span action = value(of, b1, 4);
    lb_event_type type = lb_span_is(action, "A")   ? LB_EVENT_BKDC
                         : lb_span_is(action, "D") ? LB_EVENT_BKCX
                                                   : LB_EVENT_UNSPECIFIED;
    lb_event *event = lb_say(sink);
    lb_event_is(event, type, LB_CLASSIFIER_ACTUAL, LB_MODE_ROAD);
    lb_event_raw(event, "X12.B1", action, LB_EMPTY);
    event->prov.segment_no = b1->number;
    if (type == LB_EVENT_UNSPECIFIED)
        lb_doubt(sink, event, action.len > 0 ? action : b1->where, LB_DOUBT_CODE_UNMAPPED);
    put_identity(of, event, value(of, b1, 3));
    lb_x12_time_set(of->x12, event, value(of, b1, 3), LB_EMPTY, LB_EMPTY, NULL);
}

void lb_x12_tender_answer(const lb_x12_set *set)
{
    tender of = {.x12 = set->x12};
    lb_x12_cursor cursor = set->body;
    lb_x12_segment s, b1 = {0};
    while (lb_x12_next(of.x12, &cursor, &s)) {
        if (lb_x12_is(&s, "B1") && b1.number == 0)
            b1 = s;
        else
            take_header(&of, &s);
    }
    if (b1.number == 0) {
        lb_doubt(of.x12->sink, NULL, set->st.where, LB_DOUBT_GRAMMAR_ODD);
        return;
    }
    of.carrier = value(&of, &b1, 1);
    of.shipment = value(&of, &b1, 2);
    say_answer(&of, &b1);
}
