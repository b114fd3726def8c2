/* x12_322.c - status of containers and trailers at rail terminals, ANSI X12 transaction set 322.
 *
 *     Q5*AR*20260312*0915*LT**CHICAGO*IL*US~             status, when, where
 *     N7*LBKU*204817*24100*G*******CN******L*6****4310~  container: initial, number .. check digit .. size
 *     DTM*371*20260314*0700*LT~                          arrival expected
 *     M7*K40718~                                         seals
 *     W2*LBKU*204817**CC*L~                              laden or empty
 *     R4*5*UN*USCHI*CHICAGO RAMP*US***IL~                where it happened, as a code
 *     N9*BN*URQ88123~                                    references
 *
 * One event for each N7. Some senders put a location number (SPLC) before the city in Q5. Status codes are
 * of element 1650, one or two letters; some senders use the three letters of list 304 (car location). */
#include "landbridge/client/ident.h"
#include "landbridge/client/place.h"
#include "x12.h"

enum { LIST_MAX = 64 };

typedef struct report {
    const lb_x12 *x12;
    const lb_x12_set *set;
    lb_x12_segment q5, zc1;
    lb_x12_segment here, from, to; /* R4 5, L, D or E */
    lb_x12_segment references[LIST_MAX], times[LIST_MAX];
    size_t reference_count, time_count;
    lb_span railway; /* N1*RR */
} report;

typedef struct status {
    const char *code;
    lb_event_type type;
    lb_classifier classifier;
    const char *words;
} status;

static const status statuses[] = {
    /* list 1650 */
    {"A", LB_EVENT_ARRI, LB_CLASSIFIER_ACTUAL, "arrived"},
    {"AL", LB_EVENT_LOAD, LB_CLASSIFIER_ACTUAL, "loaded on rail"},
    {"AR", LB_EVENT_ARRI, LB_CLASSIFIER_ACTUAL, "arrived by rail at the ramp"},
    {"AV", LB_EVENT_AVPU, LB_CLASSIFIER_ACTUAL, "available for pick-up"},
    {"B", LB_EVENT_BRKD, LB_CLASSIFIER_ACTUAL, "bad order"},
    {"C", LB_EVENT_DEPA, LB_CLASSIFIER_ESTIMATED, "departure expected"},
    {"E", LB_EVENT_ARRI, LB_CLASSIFIER_ESTIMATED, "arrival expected"},
    {"GI", LB_EVENT_GTIN, LB_CLASSIFIER_ACTUAL, "through the gate, in"},
    {"I", LB_EVENT_GTIN, LB_CLASSIFIER_ACTUAL, "through the gate, in"},
    {"J", LB_EVENT_TFOU, LB_CLASSIFIER_ACTUAL, "delivered to the connecting line"},
    {"OA", LB_EVENT_GTOT, LB_CLASSIFIER_ACTUAL, "through the gate, out"},
    {"P", LB_EVENT_DEPA, LB_CLASSIFIER_ACTUAL, "departed"},
    {"R", LB_EVENT_TFIN, LB_CLASSIFIER_ACTUAL, "received from the prior carrier"},
    {"RL", LB_EVENT_DEPA, LB_CLASSIFIER_ACTUAL, "departed by rail from the ramp"},
    {NULL, LB_EVENT_UNSPECIFIED, LB_CLASSIFIER_UNSPECIFIED, NULL},
};

static const status sightings[] = {
    /* list 304; ANL, EAD, ERD, NOB and TRN are ambiguous */
    {"ADR", LB_EVENT_DEPA, LB_CLASSIFIER_ACTUAL, "departed by road"},
    {"ALR", LB_EVENT_LOAD, LB_CLASSIFIER_ACTUAL, "loaded on rail"},
    {"ARI", LB_EVENT_ARRI, LB_CLASSIFIER_ACTUAL, "arrived in transit"},
    {"ARR", LB_EVENT_ARRI, LB_CLASSIFIER_ACTUAL, "arrived at the destination"},
    {"BAD", LB_EVENT_BRKD, LB_CLASSIFIER_ACTUAL, "bad order"},
    {"BFR", LB_EVENT_RESU, LB_CLASSIFIER_ACTUAL, "released from bad order"},
    {"DFL", LB_EVENT_DEPA, LB_CLASSIFIER_ACTUAL, "departed"},
    {"DRM", LB_EVENT_DISC, LB_CLASSIFIER_ACTUAL, "deramped"},
    {"ETA", LB_EVENT_ARRI, LB_CLASSIFIER_ESTIMATED, "arrival expected"},
    {"HAR", LB_EVENT_ARRI, LB_CLASSIFIER_ACTUAL, "arrived by road"},
    {"ICH", LB_EVENT_TFOU, LB_CLASSIFIER_ACTUAL, "delivered at interchange"},
    {"ICR", LB_EVENT_TFIN, LB_CLASSIFIER_ACTUAL, "received at interchange"},
    {"IGT", LB_EVENT_GTIN, LB_CLASSIFIER_ACTUAL, "through the gate, in"},
    {"OGT", LB_EVENT_GTOT, LB_CLASSIFIER_ACTUAL, "through the gate, out"},
    {"PAC", LB_EVENT_DLVR, LB_CLASSIFIER_ACTUAL, "placed"},
    {"PCO", LB_EVENT_AVPU, LB_CLASSIFIER_ACTUAL, "placed constructively"},
    {"PFP", LB_EVENT_PICK, LB_CLASSIFIER_ACTUAL, "pulled from the patron"},
    {"RAM", LB_EVENT_LOAD, LB_CLASSIFIER_ACTUAL, "ramped"},
    {"RLO", LB_EVENT_REDY, LB_CLASSIFIER_ACTUAL, "released loaded"},
    {"RMT", LB_EVENT_REDY, LB_CLASSIFIER_ACTUAL, "released empty"},
    {"RYD", LB_EVENT_YMOV, LB_CLASSIFIER_ACTUAL, "moved in the yard"},
    {"TMA", LB_EVENT_ARRI, LB_CLASSIFIER_ACTUAL, "arrived with the train"},
    {"TMD", LB_EVENT_DEPA, LB_CLASSIFIER_ACTUAL, "departed with the train"},
    {"TRP", LB_EVENT_PASS, LB_CLASSIFIER_ACTUAL, "passed with the train"},
    {NULL, LB_EVENT_UNSPECIFIED, LB_CLASSIFIER_UNSPECIFIED, NULL},
};

static const status *find_status(lb_span code)
{
    const status *row = code.len == 3 ? sightings : statuses;
    while (row->code != NULL && !lb_span_is(code, row->code))
        row++;
    return row->code == NULL ? NULL : row;
}

/* -- parts ------------------------------------------------------------------------------------ */

static void put_r4(const report *in, lb_place *place, const lb_x12_segment *r4, lb_place_role role)
{
    lb_span code = lb_x12_value(in->x12, r4, 3);
    if (r4->number == 0)
        return;
    if (lb_span_is(lb_x12_value(in->x12, r4, 2), "UN") && code.len == 5)
        place->locode = code;
    lb_x12_place(in->x12, place, lb_x12_value(in->x12, r4, 4), LB_EMPTY,
                 lb_x12_value(in->x12, r4, 5));
    place->facility = lb_x12_value(in->x12, r4, 6);
    place->role = role;
}

/* Q5 has the city, R4 with function 5 its code. */
static void put_place(const report *in, lb_event *event)
{
    const lb_x12 *x12 = in->x12;
    lb_span splc = lb_x12_value(x12, &in->q5, 6), next = lb_x12_value(x12, &in->q5, 7);
    bool has_splc = splc.len == 0 ? next.len > 2 : lb_span_all_digits(splc);
    size_t city = has_splc ? 7 : 6;

    put_r4(in, &event->place, &in->here, LB_PLACE_ROLE_AT);
    if (event->place.locode.len == 0) {
        event->place.name = LB_EMPTY;
        lb_x12_place(x12, &event->place, lb_x12_value(x12, &in->q5, city),
                     lb_x12_value(x12, &in->q5, city + 1), lb_x12_value(x12, &in->q5, city + 2));
    }
    if (has_splc && splc.len > 0) {
        event->place.station = splc;
        event->place.station_scheme = LB_SPAN("SPLC");
    }
    event->place.role = LB_PLACE_ROLE_AT;
    put_r4(in, &event->movement.from, &in->from, LB_PLACE_ROLE_FROM);
    put_r4(in, &event->movement.to, &in->to, LB_PLACE_ROLE_TO);
}

static void put_references(const report *in, lb_event *event)
{
    for (size_t i = 0; i < in->reference_count; i++) {
        const lb_x12_segment *n9 = &in->references[i];
        lb_scheme scheme = lb_x12_reference_scheme(lb_x12_value(in->x12, n9, 1));
        if (scheme != LB_SCHEME_UNSPECIFIED)
            lb_event_reference(event, scheme, lb_x12_value(in->x12, n9, 2), LB_EMPTY);
    }
}

static void put_unit(const report *in, lb_event *event, const lb_x12_segment *n7)
{
    const lb_x12 *x12 = in->x12;
    lb_span size = lb_x12_value(x12, n7, 22);
    lb_object *unit =
        lb_x12_unit(x12, event, LB_ROLE_SUBJECT, lb_x12_value(x12, n7, 1), lb_x12_value(x12, n7, 2),
                    lb_x12_value(x12, n7, 18), lb_x12_value(x12, n7, 11));
    if (unit == NULL) {
        lb_doubt(x12->sink, event, n7->where, LB_DOUBT_GRAMMAR_ODD);
        return;
    }
    unit->size_type = size;
    unit->milli_teu = lb_ident_milli_teu(size);
    if (lb_span_is(lb_x12_value(x12, n7, 4), "G"))
        event->qty.gross_g = lb_x12_grams(lb_x12_value(x12, n7, 3), lb_x12_value(x12, n7, 17));
}

/* M7 and W2 behind an N7 belong to that container. */
static void put_details(const report *in, lb_event *event, lb_x12_cursor cursor)
{
    lb_x12_segment s;
    while (lb_x12_next(in->x12, &cursor, &s) && !lb_x12_is(&s, "N7")) {
        if (lb_x12_is(&s, "M7"))
            for (size_t element = 1; element <= 4; element++)
                lb_event_seal_number(event, lb_x12_value(in->x12, &s, element));
        if (!lb_x12_is(&s, "W2"))
            continue;
        lb_span fill = lb_x12_value(in->x12, &s, 5);
        event->cond.fill = lb_span_is(fill, "L")   ? LB_FILL_LADEN
                           : lb_span_is(fill, "E") ? LB_FILL_EMPTY
                                                   : LB_FILL_UNSPECIFIED;
    }
}

static void put_key(lb_event *event)
{
    const lb_object *subject = lb_event_find_object(event, LB_ROLE_SUBJECT);
    lb_span place = event->place.locode.len > 0 ? event->place.locode : event->place.name;
    event->source_event_key = lb_sink_print(
        event->sink, "%.*s|%.*s|%.*s:%.*s|%.*s|%.*s", LB_ARG(event->prov.party),
        LB_ARG(subject == NULL ? LB_SPAN("-") : subject->id), LB_ARG(event->raw.scheme),
        LB_ARG(event->raw.code), LB_ARG(event->occurred.local_text), LB_ARG(place));
}

/* -- events ----------------------------------------------------------------------------------- */

static lb_event *start(const report *in, const lb_x12_segment *n7, lb_x12_cursor behind,
                       const lb_x12_segment *segment)
{
    lb_event *event = lb_say(in->x12->sink);
    event->correction = in->zc1.number > 0 ? LB_CORRECTION_OVERRIDES : LB_CORRECTION_NONE;
    event->prov.segment_no = segment->number;
    event->movement.carrier = in->railway;
    put_unit(in, event, n7);
    put_details(in, event, behind);
    put_references(in, event);
    return event;
}

static void say_status(const report *in, const lb_x12_segment *n7, lb_x12_cursor behind)
{
    const lb_x12 *x12 = in->x12;
    lb_event *event = start(in, n7, behind, &in->q5);
    lb_span code = lb_x12_value(x12, &in->q5, 1);
    const status *row = find_status(code);
    lb_source_code partner = {LB_EVENT_UNSPECIFIED, LB_CLASSIFIER_UNSPECIFIED};
    const char *list = code.len == 3 ? "X12.304" : "X12.1650";
    bool is_partners = lb_source_find_code(x12->reading->source, lb_span_of(list), code, &partner);
    lb_classifier classifier = row == NULL ? LB_CLASSIFIER_ACTUAL : row->classifier;

    if (partner.classifier != LB_CLASSIFIER_UNSPECIFIED)
        classifier = partner.classifier;
    lb_event_is(event,
                is_partners   ? partner.type
                : row == NULL ? LB_EVENT_UNSPECIFIED
                              : row->type,
                classifier, LB_MODE_RAIL);
    lb_event_raw(event, list, code, row == NULL ? LB_EMPTY : lb_span_of(row->words));
    lb_text_list_add(x12->sink, &event->raw.reasons, lb_x12_value(x12, &in->q5, 5));
    if (is_partners)
        lb_doubt(x12->sink, event, code, LB_DOUBT_CODE_PARTNER_TABLE);
    else if (row == NULL)
        lb_doubt(x12->sink, event, code.len > 0 ? code : n7->where, LB_DOUBT_CODE_UNMAPPED);
    if (lb_span_is(code, "RLO") || lb_span_is(code, "RMT"))
        event->cond.fill = lb_span_is(code, "RLO") ? LB_FILL_LADEN : LB_FILL_EMPTY;
    put_place(in, event);
    lb_x12_time_set(x12, event, lb_x12_value(x12, &in->q5, 2), lb_x12_value(x12, &in->q5, 3),
                    lb_x12_value(x12, &in->q5, 4), &event->place);
    put_key(event);
}

/* DTM: 371 arrival, 017 delivery expected. Other qualifiers are no milestones. */
static void say_time(const report *in, const lb_x12_segment *n7, lb_x12_cursor behind,
                     const lb_x12_segment *dtm)
{
    const lb_x12 *x12 = in->x12;
    lb_span code = lb_x12_value(x12, dtm, 1);
    bool is_arrival = lb_span_is(code, "371");
    if (!is_arrival && !lb_span_is(code, "017"))
        return;
    lb_event *event = start(in, n7, behind, dtm);
    lb_event_is(event, is_arrival ? LB_EVENT_ARRI : LB_EVENT_DLVR, LB_CLASSIFIER_ESTIMATED,
                LB_MODE_RAIL);
    lb_event_raw(event, "X12.374", code, LB_EMPTY);
    put_r4(in, &event->place, &in->to, LB_PLACE_ROLE_TO);
    lb_x12_time_set(x12, event, lb_x12_value(x12, dtm, 2), lb_x12_value(x12, dtm, 3),
                    lb_x12_value(x12, dtm, 4), &event->place);
    put_key(event);
}

/* -- walking the segments ---------------------------------------------------------------------- */

static void read_r4(report *in, const lb_x12_segment *r4)
{
    lb_span function = lb_x12_value(in->x12, r4, 1);
    if (lb_span_is(function, "5"))
        in->here = *r4;
    else if (lb_span_is(function, "L"))
        in->from = *r4;
    else if (lb_span_is(function, "D") || lb_span_is(function, "E"))
        in->to = *r4;
}

/* Segments before and behind the containers hold for all of them: the first pass collects these. */
static void gather(report *in)
{
    lb_x12_cursor cursor = in->set->body;
    lb_x12_segment s;
    while (lb_x12_next(in->x12, &cursor, &s)) {
        if (lb_x12_is(&s, "Q5") && in->q5.number == 0)
            in->q5 = s;
        else if (lb_x12_is(&s, "ZC1"))
            in->zc1 = s;
        else if (lb_x12_is(&s, "R4"))
            read_r4(in, &s);
        else if (lb_x12_is(&s, "N9") && in->reference_count < LIST_MAX)
            in->references[in->reference_count++] = s;
        else if (lb_x12_is(&s, "DTM") && in->time_count < LIST_MAX)
            in->times[in->time_count++] = s;
        else if (lb_x12_is(&s, "N1") && lb_span_is(lb_x12_value(in->x12, &s, 1), "RR"))
            in->railway = lb_x12_value(in->x12, &s, 4);
    }
}

static void read_set(const lb_x12_set *set)
{
    report *in = lb_x12_set_state(set->x12, sizeof *in);
    lb_x12_cursor cursor = set->body;
    lb_x12_segment s;
    if (in == NULL)
        return;
    in->x12 = set->x12;
    in->set = set;
    gather(in);
    while (lb_x12_next(in->x12, &cursor, &s)) {
        if (!lb_x12_is(&s, "N7"))
            continue;
        lb_part(in->x12->sink, s.where, "segment", (size_t)s.number);
        say_status(in, &s, cursor);
        for (size_t i = 0; i < in->time_count; i++)
            say_time(in, &s, cursor, &in->times[i]);
        lb_said(in->x12->sink);
    }
}

static unsigned probe(lb_span head)
{
    return lb_x12_probe(head, "322");
}

static lb_verdict read_interchange(const lb_reading *reading, lb_span message, lb_sink *sink)
{
    static const lb_x12_kind kinds[] = {{"322", read_set}, {NULL, NULL}};
    return lb_x12_read(reading, message, sink, kinds);
}

const lb_adapter lb_rail_x12_322 = {
    .name = "rail.x12_322",
    .title = "ANSI X12 322, status of containers at rail terminals, 4010",
    .revision = 2,
    .mode = LB_MODE_RAIL,
    .max_message = LB_X12_MAX_INTERCHANGE,
    .max_events = 100000,
    .probe = probe,
    .read = read_interchange,
};
