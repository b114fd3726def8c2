/* ffa.c - space on flights, Cargo-IMP FFR, FFA, FOR, FOA, FVA: requests, answers, allotments.
 *
 *     FFA/4
 *     784-30418264PVGURC/T24K812.5MC4.60/MACHINE PARTS
 *     CZ5417/12MAR/PVGURC/KK             flight, day, airports, status of the space
 *     SSR/KEEP DRY                       special service, remarks, references: kept as a remark
 *
 * A request and its answer share one grammar; two letters tell whether space is requested (NN), confirmed (KK,
 * HK), waitlisted (LL, HL, HN) or released (UU, UN, XX, CN). Every flight line is an event about that
 * flight's capacity, and the waybill is the booking that they have in common. */
#include "ffa.h"

static const char mine[] = "FFR FFA FOR FOA FVA";

/* clang-format off */
static const struct space {
    const char *code;
    lb_event_type type;
    lb_classifier classifier;
    lb_cap_state state;
} spaces[] = {
    {"NN", LB_EVENT_RESV, LB_CLASSIFIER_REQUESTED, LB_CAP_HELD},
    {"NA", LB_EVENT_RESV, LB_CLASSIFIER_REQUESTED, LB_CAP_HELD},
    {"NL", LB_EVENT_RESV, LB_CLASSIFIER_REQUESTED, LB_CAP_WAITLISTED},
    {"LL", LB_EVENT_RESV, LB_CLASSIFIER_ACTUAL,    LB_CAP_WAITLISTED},
    {"HL", LB_EVENT_RESV, LB_CLASSIFIER_ACTUAL,    LB_CAP_WAITLISTED},
    {"HN", LB_EVENT_RESV, LB_CLASSIFIER_ACTUAL,    LB_CAP_WAITLISTED},
    {"KK", LB_EVENT_CONF, LB_CLASSIFIER_ACTUAL,    LB_CAP_BOOKED},
    {"HK", LB_EVENT_CONF, LB_CLASSIFIER_ACTUAL,    LB_CAP_BOOKED},
    {"SS", LB_EVENT_CONF, LB_CLASSIFIER_ACTUAL,    LB_CAP_BOOKED},
    {"CA", LB_EVENT_CONF, LB_CLASSIFIER_ACTUAL,    LB_CAP_BOOKED},
    /* was never confirmed: ends the request only */
    {"UU", LB_EVENT_RELE, LB_CLASSIFIER_ACTUAL,    LB_CAP_UNSPECIFIED},
    {"UN", LB_EVENT_RELE, LB_CLASSIFIER_ACTUAL,    LB_CAP_UNSPECIFIED},
    {"XX", LB_EVENT_RELE, LB_CLASSIFIER_ACTUAL,    LB_CAP_BOOKED},
    {"CN", LB_EVENT_RELE, LB_CLASSIFIER_ACTUAL,    LB_CAP_BOOKED},
};
/* clang-format on */

static unsigned probe(lb_span head)
{
    return lb_imp_probe(head, mine);
}

/* -- what all of them have in common ----------------------------------------------------------- */

size_t lb_ffa_cut(lb_span text, lb_span field[LB_FFA_FIELDS])
{
    size_t count = 0;
    for (size_t i = 0; i < LB_FFA_FIELDS; i++)
        field[i] = LB_EMPTY;
    while (count < LB_FFA_FIELDS && lb_span_cut(&text, '/', &field[count]))
        count++;
    return count;
}

bool lb_ffa_leg(const lb_ffa *ffa, const lb_span field[LB_FFA_FIELDS], lb_flight_leg *leg)
{
    lb_imp_flight flight;
    lb_imp_day day;
    *leg = (lb_flight_leg){0};
    if (!lb_imp_is_letters(field[2], 6) ||
        (!lb_imp_flight_read(field[0], &flight) && !lb_imp_day_read(field[1], &day)))
        return false;
    lb_flight_leg_read(ffa->sink, leg, field[0], field[1], ffa->imp.reference_us, true);
    leg->from = lb_span_first(field[2], 3);
    leg->to = lb_span_after(field[2], 3);
    return true;
}

/* These messages carry no date: the time of the telegram, or of reception, is used. */
lb_event *lb_ffa_say(const lb_ffa *ffa, lb_event_type type, lb_classifier classifier,
                     const lb_flight_leg *leg, lb_span line)
{
    lb_event *event = lb_say(ffa->sink);
    lb_event_is(event, type, classifier, LB_MODE_AIR);
    lb_event_raw(event, "FFA", ffa->imp.smi, line);
    event->occurred.utc_us = ffa->imp.reference_us;
    event->occurred.prec = LB_PRECISION_UNKNOWN;
    lb_flight_leg_put(leg, event);
    if (type == LB_EVENT_UNSPECIFIED || leg->run.len == 0)
        return event;
    event->cap.kind = LB_RESOURCE_FLIGHT_LEG;
    event->cap.id = leg->run;
    event->cap.name = leg->flight;
    event->cap.mode = LB_MODE_AIR;
    event->cap.from.iata = leg->from;
    event->cap.to.iata = leg->to;
    return event;
}

void lb_ffa_measures(const lb_ffa *ffa, lb_event *event, lb_cap_state state, int64_t grams,
                     int64_t ml)
{
    bool dummy = lb_flight_is_dummy(grams, ml);
    if (dummy)
        lb_doubt(ffa->sink, event, event->raw.text, LB_DOUBT_GRAMMAR_ODD);
    if (grams != LB_UNKNOWN)
        lb_event_capacity(event, LB_UNIT_KG, state, (grams + 500) / 1000);
    if (ml != LB_UNKNOWN && !dummy)
        lb_event_capacity(event, LB_UNIT_LITRE, state, (ml + 500) / 1000);
}

void lb_ffa_remark(const lb_ffa *ffa, lb_span line)
{
    if (ffa->latest >= lb_sink_count(ffa->sink))
        return;
    lb_event *event = lb_sink_event(ffa->sink, ffa->latest);
    lb_join(ffa->sink, &event->remark, "; ", line);
}

/* -- a consignment on its flights ------------------------------------------------------------- */

static bool read_consignment(lb_ffa *ffa, lb_span line)
{
    lb_span quantity = LB_EMPTY;
    if (!lb_imp_waybill_read(line, &ffa->waybill))
        return false;
    ffa->goods = ffa->waybill.rest;
    lb_span_cut(&ffa->goods, '/', &quantity);
    ffa->quantity =
        (lb_imp_quantity){.gross_g = LB_UNKNOWN, .volume_ml = LB_UNKNOWN, .total = LB_UNKNOWN};
    if (!lb_imp_quantity_read(quantity, &ffa->quantity))
        lb_doubt(ffa->sink, NULL, quantity.len > 0 ? quantity : line, LB_DOUBT_GRAMMAR_ODD);
    ffa->latest = SIZE_MAX;
    ffa->is_known = true;
    return true;
}

static const struct space *find_space(lb_span code)
{
    for (size_t i = 0; i < sizeof spaces / sizeof spaces[0]; i++)
        if (lb_span_is(code, spaces[i].code))
            return &spaces[i];
    return NULL;
}

static void put_consignment(const lb_ffa *ffa, lb_event *event)
{
    const lb_imp_quantity *q = &ffa->quantity;
    lb_event_object(event, LB_ROLE_SUBJECT, LB_KIND_CONSIGNMENT, LB_SCHEME_AWB, ffa->waybill.awb);
    lb_event_reference(event, LB_SCHEME_AWB, ffa->waybill.awb, LB_EMPTY);
    event->remark = ffa->goods;
    if (q->kind == 0)
        return;
    event->qty.pieces = q->pieces;
    event->qty.pieces_total = q->total != LB_UNKNOWN ? q->total
                              : q->kind == 'T'       ? q->pieces
                                                     : LB_UNKNOWN;
    event->qty.partial = q->kind != 'T';
    event->qty.gross_g = q->gross_g;
    event->qty.volume_ml = q->volume_ml;
}

/* A part of a consignment has a booking of its own. */
static lb_span booking_of(const lb_ffa *ffa)
{
    if (ffa->quantity.kind == 0 || ffa->quantity.kind == 'T')
        return ffa->waybill.awb;
    return lb_sink_print(ffa->sink, "%.*s/%c%lld", LB_ARG(ffa->waybill.awb), ffa->quantity.kind,
                         (long long)ffa->quantity.pieces);
}

/* CZ5417/12MAR/PVGURC/KK[/allotment] */
static bool read_flight(lb_ffa *ffa, lb_span line)
{
    lb_span field[LB_FFA_FIELDS];
    lb_flight_leg leg;
    lb_ffa_cut(line, field);
    if (!lb_ffa_leg(ffa, field, &leg))
        return false;
    const struct space *space = find_space(field[3]);
    lb_event_type type = space == NULL ? LB_EVENT_UNSPECIFIED : space->type;
    ffa->latest = lb_sink_count(ffa->sink);
    lb_event *event =
        lb_ffa_say(ffa, type, space == NULL ? LB_CLASSIFIER_ACTUAL : space->classifier, &leg, line);
    event->raw.code = field[3];
    put_consignment(ffa, event);
    event->cap.holder = field[4];
    event->cap.booking = space == NULL ? LB_EMPTY : booking_of(ffa);
    event->source_event_key = lb_sink_print(ffa->sink, "%.*s|%.*s|%.*s|%s", LB_ARG(booking_of(ffa)),
                                            LB_ARG(leg.run.len > 0 ? leg.run : line),
                                            LB_ARG(field[2]), lb_event_type_code(type));
    if (space == NULL)
        lb_doubt(ffa->sink, event, field[3].len > 0 ? field[3] : line, LB_DOUBT_CODE_UNMAPPED);
    else if (event->cap.id.len > 0 && space->state != LB_CAP_UNSPECIFIED)
        lb_ffa_measures(ffa, event, space->state, ffa->quantity.gross_g, ffa->quantity.volume_ml);
    return true;
}

static bool is_attached(lb_span line)
{
    return line.at[0] == '/' ||
           (line.len > 3 && line.at[3] == '/' && lb_imp_is_letters(lb_span_first(line, 3), 3));
}

static void read_booking_line(lb_ffa *ffa, lb_span line)
{
    if (read_consignment(ffa, line) || (ffa->waybill.awb.len > 0 && read_flight(ffa, line)))
        return;
    if (is_attached(line))
        lb_ffa_remark(ffa, line.at[0] == '/' ? lb_span_after(line, 1) : line);
    else
        lb_doubt(ffa->sink, NULL, line, LB_DOUBT_GRAMMAR_ODD);
}

/* -- the message ------------------------------------------------------------------------------- */

static bool is_frame(lb_span line)
{
    return line.len == 0 || lb_span_starts(line, "PART/") || lb_span_is(line, "PDM") ||
           lb_span_is(line, "LAST") || lb_span_is(line, "CONT");
}

static void read_line(lb_ffa *ffa, lb_span line)
{
    if (is_frame(line))
        return;
    if (lb_imp_is_one(ffa->imp.smi, "FFR FFA"))
        read_booking_line(ffa, line);
    else if (lb_span_is(ffa->imp.smi, "FVA"))
        lb_ffa_schedule_line(ffa, line);
    else
        lb_ffa_allotment_line(ffa, line);
}

static lb_verdict read_message(const lb_reading *reading, lb_span message, lb_sink *sink)
{
    lb_ffa ffa = {.reading = reading, .sink = sink, .latest = SIZE_MAX};
    lb_span rest = lb_sink_utf8(sink, NULL, "UTF-8", message), line, smi, version;
    if (rest.at != message.at)
        lb_doubt(sink, NULL, message, LB_DOUBT_CHARSET_REPAIRED);
    if (!lb_imp_open(reading, sink, mine, 0, &rest, &ffa.imp))
        return LB_VERDICT_NOT_MINE;
    while (lb_imp_line(&rest, &line) && !lb_imp_smi(line, &smi, &version))
        read_line(&ffa, line);
    lb_ffa_allotment_end(&ffa);
    if (!ffa.is_known)
        return lb_refuse(sink, LB_VERDICT_CUT_SHORT, lb_span_after(message, message.len),
                         "the message ends before its waybill or flight");
    return LB_VERDICT_READ;
}

const lb_adapter lb_air_ffa = {
    .name = "air.ffa",
    .title = "Cargo-IMP FFR, FFA, FOR, FOA, FVA: space on flights",
    .revision = 1,
    .mode = LB_MODE_AIR,
    .max_message = (size_t)256 * 1024,
    .max_events = 5000,
    .probe = probe,
    .read = read_message,
};
