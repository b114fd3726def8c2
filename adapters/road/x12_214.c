/* x12_214.c - status of a shipment on the road, ANSI X12 transaction set 214.
 *
 *     B10*995551*99948782*XXXX~            PRO number, shipment, carrier
 *     L11*4471*PO~                         references of the whole set
 *     N1*ST*.. N4*URUMQI**..               addresses of pick-up and delivery
 *     LX*1~                                an assignment
 *       AT7*X3*NS***20260312*0915*LT~      a status: arrived at pick-up
 *         MS1*URUMQI**CN~                  place (before AT7 in older guides)
 *         MS2*XJTU*204817*CN*6~            trailer or container
 *       L11*99997666*DO~                   references of the assignment, behind its statuses
 *       AT8*G*L*24100*12~                  mass, pieces
 *
 * AT7 has a status or an appointment (AA pick-up, AB delivery), not both. Element 1650 and its reasons
 * (1651) use the same letters with different meanings: AF is a departure in 1650 and an accident in 1651. */
#include "landbridge/client/ident.h"
#include "landbridge/client/place.h"
#include "x12_214.h"

enum { LIST_MAX = 64 };

/* collected so far */
typedef struct shipment {
    const lb_x12 *x12;
    const lb_x12_set *set;
    lb_x12_segment b10;
    lb_x12_segment header[LIST_MAX], own[LIST_MAX]; /* L11 of the set, of the assignment */
    size_t header_count, own_count;
    lb_span from_city, from_state, from_country, to_city, to_state, to_country; /* N4 */
    lb_x12_segment weight;                                                      /* AT8 */
    bool has_weight;
} shipment;

/* -- codes ------------------------------------------------------------------------------------ */

typedef struct status {
    const char *code;
    lb_event_type type, also;
    lb_classifier classifier;
    lb_place_role role;
    const char *words;
} status;

#define ACT LB_CLASSIFIER_ACTUAL
#define EST LB_CLASSIFIER_ESTIMATED
#define PLN LB_CLASSIFIER_PLANNED
#define UP  LB_PLACE_ROLE_PICKUP
#define DEL LB_PLACE_ROLE_DELIVERY
#define AT  LB_PLACE_ROLE_AT
#define NO  LB_EVENT_UNSPECIFIED

/* clang-format off */
static const status statuses[] = {
    {"X3", LB_EVENT_ARRI, NO, ACT, UP, "arrived at pick-up"},
    {"X8", LB_EVENT_ARRI, NO, ACT, UP, "arrived at the dock of pick-up"},
    {"X1", LB_EVENT_ARRI, NO, ACT, DEL, "arrived at delivery"},
    {"X5", LB_EVENT_ARRI, NO, ACT, DEL, "arrived at the dock of delivery"},
    {"L1", LB_EVENT_LOAD, NO, EST, UP, "loading"},
    {"CP", LB_EVENT_LOAD, NO, ACT, UP, "loading completed"},
    {"AM", LB_EVENT_LOAD, NO, ACT, UP, "loaded on the truck"},
    {"AF", LB_EVENT_PICK, LB_EVENT_DEPA, ACT, UP, "departed pick-up with the shipment"},
    {"CD", LB_EVENT_DEPA, NO, ACT, DEL, "departed the place of delivery"},
    {"X4", LB_EVENT_ARRI, NO, ACT, AT, "arrived at the terminal"},
    {"P1", LB_EVENT_DEPA, NO, ACT, AT, "departed the terminal"},
    {"X6", LB_EVENT_PASS, NO, ACT, AT, "on its way"},
    {"D1", LB_EVENT_DLVR, LB_EVENT_DISC, ACT, DEL, "unloading completed at delivery"},
    {"AG", LB_EVENT_DLVR, NO, EST, DEL, "delivery expected"},
    {"X2", LB_EVENT_ARRI, NO, EST, DEL, "arrival at the consignee expected"},
    {"AA", LB_EVENT_PICK, NO, EST, UP, "pick-up expected"},
    {"B6", LB_EVENT_ARRI, NO, EST, AT, "arrival at the terminal expected"},
    {"C1", LB_EVENT_DEPA, NO, EST, AT, "departure from the terminal expected"},
    {"AH", LB_EVENT_DLVF, NO, ACT, DEL, "delivery attempted"},
    {"AP", LB_EVENT_DLVF, NO, ACT, DEL, "delivery not completed"},
    {"A7", LB_EVENT_REFU, NO, ACT, DEL, "refused by the consignee"},
    {"A3", LB_EVENT_RETN, NO, ACT, AT, "returned to the shipper"},
    {"A9", LB_EVENT_DAMG, NO, ACT, AT, "damaged"},
    {"SD", LB_EVENT_DLAY, NO, ACT, AT, "delayed"},
    {"CA", LB_EVENT_BKCX, NO, ACT, AT, "cancelled"},
    {"AI", LB_EVENT_DIVR, NO, ACT, AT, "sent to another consignee"},
    {"AJ", LB_EVENT_AVDO, NO, ACT, DEL, "tendered for delivery"},
    {"AV", LB_EVENT_AVDO, NO, ACT, DEL, "available for delivery"},
    {"I1", LB_EVENT_GTIN, NO, ACT, AT, "through the gate, in"},
    {"OA", LB_EVENT_GTOT, NO, ACT, AT, "through the gate, out"},
    {"S1", LB_EVENT_POSN, NO, ACT, AT, "trailer spotted"},
    {"J1", LB_EVENT_TFOU, NO, ACT, AT, "delivered to the connecting line"},
    {"R1", LB_EVENT_TFIN, NO, ACT, AT, "received from the prior carrier"},
    {"BA", LB_EVENT_HNDO, NO, ACT, AT, "picked up by the cartage agent"},
    {"AN", LB_EVENT_TFOU, NO, ACT, AT, "delivered to the air carrier"},
    {"AR", LB_EVENT_ARRI, NO, ACT, AT, "arrived by rail at the ramp"},
    {"RL", LB_EVENT_DEPA, NO, ACT, AT, "departed by rail from the ramp"},
    {"BC", LB_EVENT_STOR, NO, ACT, AT, "stored on its way"},
    {"K1", LB_EVENT_ARRI, NO, ACT, AT, "arrived at customs"},
    {"PR", LB_EVENT_HOLD, NO, ACT, AT, "held by customs"},
    {"OO", LB_EVENT_MISS, NO, ACT, AT, "papers only"},
    {"XB", LB_EVENT_BKDC, NO, ACT, AT, "shipment acknowledged"},
};
/* clang-format on */

static const status appointments[] = {
    {"AA", LB_EVENT_PICK, NO, PLN, UP, "pick-up appointment"},
    {"AB", LB_EVENT_DLVR, NO, PLN, DEL, "delivery appointment"},
};

static const status *find_status(const status *rows, size_t count, lb_span code)
{
    for (size_t i = 0; i < count; i++)
        if (lb_span_is(code, rows[i].code))
            return &rows[i];
    return NULL;
}

static lb_mode mode_of(lb_span code)
{
    if (lb_span_is(code, "AR") || lb_span_is(code, "RL"))
        return LB_MODE_RAIL;
    return lb_span_is(code, "AN") ? LB_MODE_AIR : LB_MODE_ROAD;
}

/* -- parts ------------------------------------------------------------------------------------ */

static void put_references(const shipment *in, lb_event *event, const lb_x12_segment *list,
                           size_t count)
{
    for (size_t i = 0; i < count; i++) {
        lb_span value = lb_x12_value(in->x12, &list[i], 1);
        lb_span qualifier = lb_x12_value(in->x12, &list[i], 2);
        lb_scheme scheme = lb_x12_reference_scheme(qualifier);
        int64_t stop;
        if (scheme != LB_SCHEME_UNSPECIFIED)
            lb_event_reference(event, scheme, value, LB_EMPTY);
        else if (lb_span_is(qualifier, "SN"))
            lb_event_seal_number(event, value);
        else if (lb_span_is(qualifier, "QN") && lb_span_number(value, &stop))
            event->movement.call_seq = stop;
    }
}

/* DDDMMSS with a hemisphere, to 1e-7 degrees. */
static int64_t degrees(lb_span dms, lb_span hemisphere)
{
    int64_t number;
    if (dms.len < 6 || dms.len > 7 || !lb_span_number(dms, &number))
        return LB_UNKNOWN;
    int64_t seconds = number / 10000 * 3600 + number / 100 % 100 * 60 + number % 100;
    int64_t e7 = seconds * INT64_C(10000000) / 3600;
    if (e7 > INT64_C(1800000000) || number / 100 % 100 > 59 || number % 100 > 59)
        return LB_UNKNOWN;
    return lb_span_is(hemisphere, "S") || lb_span_is(hemisphere, "W") ? -e7 : e7;
}

static void put_spot(const shipment *in, lb_event *event, const lb_x12_segment *ms1)
{
    const lb_x12 *x12 = in->x12;
    lb_x12_place(x12, &event->place, lb_x12_value(x12, ms1, 1), lb_x12_value(x12, ms1, 2),
                 lb_x12_value(x12, ms1, 3));
    int64_t lon = degrees(lb_x12_value(x12, ms1, 4), lb_x12_value(x12, ms1, 6));
    int64_t lat = degrees(lb_x12_value(x12, ms1, 5), lb_x12_value(x12, ms1, 7));
    if (lon == LB_UNKNOWN || lat == LB_UNKNOWN)
        return;
    bool is_swapped =
        lb_span_is(lb_x12_value(x12, ms1, 6), "N") || lb_span_is(lb_x12_value(x12, ms1, 6), "S");
    event->place.lon_e7 = is_swapped ? lat : lon;
    event->place.lat_e7 = is_swapped ? lon : lat;
}

/* The place: MS1, else the address of the party where such a status happens. */
static void put_place(const shipment *in, lb_event *event, const lb_x12_segment *ms1,
                      lb_place_role role)
{
    lb_place *place = &event->place;
    bool is_up = role == LB_PLACE_ROLE_PICKUP, is_delivery = role == LB_PLACE_ROLE_DELIVERY;
    lb_span city = is_up ? in->from_city : is_delivery ? in->to_city : LB_EMPTY;
    if (ms1->number > 0) {
        put_spot(in, event, ms1);
    } else if (city.len > 0) {
        lb_x12_place(in->x12, place, city, is_up ? in->from_state : in->to_state,
                     is_up ? in->from_country : in->to_country);
        lb_doubt(in->x12->sink, event, city, LB_DOUBT_IMPLIED);
    }
    place->role = role;
}

/* A container is the subject; a trailer only carries the shipment. */
static void put_objects(const shipment *in, lb_event *event, const lb_x12_segment *ms2)
{
    const lb_x12 *x12 = in->x12;
    lb_span initial = lb_x12_value(x12, ms2, 1), number = lb_x12_value(x12, ms2, 2);
    lb_span type = lb_x12_value(x12, ms2, 3);
    lb_span shipment_id = lb_x12_value(x12, &in->b10, 2), pro = lb_x12_value(x12, &in->b10, 1);
    bool has_unit = ms2->number > 0 && number.len > 0;
    bool is_box = has_unit && lb_x12_is_container(initial, number, type);

    event->movement.carrier = lb_x12_value(x12, &in->b10, 3);
    if (shipment_id.len > 0)
        lb_event_reference(event, LB_SCHEME_BL, shipment_id, event->movement.carrier);
    if (pro.len > 0)
        lb_event_reference(event, LB_SCHEME_ADHOC, pro, event->movement.carrier);
    if (is_box)
        lb_x12_unit(x12, event, LB_ROLE_SUBJECT, initial, number, lb_x12_value(x12, ms2, 4), type);
    else if (shipment_id.len > 0)
        lb_event_object(event, LB_ROLE_SUBJECT, LB_KIND_CONSIGNMENT, LB_SCHEME_BL, shipment_id);
    else
        lb_event_object(event, LB_ROLE_SUBJECT, LB_KIND_CONSIGNMENT, LB_SCHEME_ADHOC, pro);
    if (has_unit && !is_box)
        lb_x12_unit(x12, event, LB_ROLE_MEANS, initial, number, LB_EMPTY, type);
}

static void put_weight(const shipment *in, lb_event *event)
{
    int64_t pieces;
    if (!in->has_weight)
        return;
    event->qty.gross_g =
        lb_x12_grams(lb_x12_value(in->x12, &in->weight, 3), lb_x12_value(in->x12, &in->weight, 2));
    if (lb_span_number(lb_x12_value(in->x12, &in->weight, 4), &pieces))
        event->qty.pieces = pieces;
}

/* The first reference of the assignment keeps its facts apart from those of other orders. */
static void put_key(const shipment *in, lb_event *event)
{
    const lb_object *subject = lb_event_find_object(event, LB_ROLE_SUBJECT);
    lb_span order = in->own_count > 0 ? lb_x12_value(in->x12, &in->own[0], 1) : LB_EMPTY;
    event->source_event_key =
        lb_sink_print(in->x12->sink, "%.*s|%.*s|%.*s|%s|%.*s|%.*s|%.*s", LB_ARG(event->prov.party),
                      LB_ARG(subject == NULL ? LB_SPAN("-") : subject->id), LB_ARG(event->raw.code),
                      lb_event_type_code(event->type), LB_ARG(event->occurred.local_text),
                      LB_ARG(event->place.name), LB_ARG(order));
}

/* Up to 003070 the year has two digits, and the century is in the element before the time. */
static void put_time(const shipment *in, lb_event *event, const lb_x12_segment *at7)
{
    lb_span date = lb_x12_value(in->x12, at7, 5), century = lb_x12_value(in->x12, at7, 6);
    bool has_century = date.len == 6 && century.len == 2;
    size_t time = has_century ? 7 : 6;
    if (has_century)
        date = lb_sink_print(in->x12->sink, "%.*s%.*s", LB_ARG(century), LB_ARG(date));
    lb_x12_time_set(in->x12, event, date, lb_x12_value(in->x12, at7, time),
                    lb_x12_value(in->x12, at7, time + 1), &event->place);
}

/* -- one status ------------------------------------------------------------------------------- */

typedef struct line { /* AT7 with its MS1 and MS2 */
    lb_x12_segment at7, ms1, ms2;
} line;

static void say(const shipment *in, const line *l, const status *row, lb_event_type type,
                lb_span code, const char *scheme)
{
    enum { ACKNOWLEDGED = 50 };
    const lb_x12 *x12 = in->x12;
    lb_event *event = lb_say(x12->sink);
    lb_source_code partner;
    lb_classifier classifier = row == NULL ? ACT : row->classifier;
    bool is_partners =
        lb_source_find_code(x12->reading->source, lb_span_of(scheme), code, &partner);
    if (is_partners && partner.classifier != LB_CLASSIFIER_UNSPECIFIED)
        classifier = partner.classifier;

    lb_event_is(event, is_partners ? partner.type : type, classifier, mode_of(code));
    lb_event_raw(event, scheme, code, row == NULL ? LB_EMPTY : lb_span_of(row->words));
    bool is_appointment = lb_span_is(event->raw.scheme, "X12.1652");
    lb_span reason = lb_x12_value(x12, &l->at7, is_appointment ? 4 : 2);
    lb_text_list_add(x12->sink, &event->raw.reasons, reason);
    if (!lb_span_is(reason, "NS") && !lb_span_is(reason, "NA"))
        event->exc.cause = reason;
    event->correction = LB_CORRECTION_NONE;
    event->prov.segment_no = l->at7.number;
    if (is_partners)
        lb_doubt(x12->sink, event, code, LB_DOUBT_CODE_PARTNER_TABLE);
    else if (row == NULL)
        lb_doubt(x12->sink, event, code.len > 0 ? code : l->at7.where, LB_DOUBT_CODE_UNMAPPED);
    put_objects(in, event, &l->ms2);
    put_references(in, event, in->own, in->own_count);
    put_references(in, event, in->header, in->header_count);
    put_weight(in, event);
    put_place(in, event, &l->ms1, row == NULL ? LB_PLACE_ROLE_AT : row->role);
    if (lb_span_is(code, "K1"))
        event->place.ftype = LB_FACILITY_BRDR;
    if (lb_span_is(code, "XB"))
        event->confidence = ACKNOWLEDGED;
    put_time(in, event, &l->at7);
    put_key(in, event);
}

static void say_line(const shipment *in, const line *l)
{
    lb_span code = lb_x12_value(in->x12, &l->at7, 1);
    bool is_appointment = code.len == 0;
    if (is_appointment)
        code = lb_x12_value(in->x12, &l->at7, 3);
    const status *row =
        is_appointment
            ? find_status(appointments, sizeof appointments / sizeof appointments[0], code)
            : find_status(statuses, sizeof statuses / sizeof statuses[0], code);
    const char *scheme = is_appointment ? "X12.1652" : "X12.1650";

    say(in, l, row, row == NULL ? LB_EVENT_UNSPECIFIED : row->type, code, scheme);
    if (row != NULL && row->also != LB_EVENT_UNSPECIFIED)
        say(in, l, row, row->also, code, scheme);
}

/* -- walking the segments ---------------------------------------------------------------------- */

/* References and weight of an assignment follow its statuses: looks ahead to the next LX. */
static void read_own(shipment *in, lb_x12_cursor cursor)
{
    lb_x12_segment s;
    in->own_count = 0;
    in->has_weight = false;
    while (lb_x12_next(in->x12, &cursor, &s) && !lb_x12_is(&s, "LX")) {
        if (lb_x12_is(&s, "L11") && in->own_count < LIST_MAX)
            in->own[in->own_count++] = s;
        else if (lb_x12_is(&s, "AT8") && !in->has_weight) {
            in->weight = s;
            in->has_weight = true;
        }
    }
}

static void read_address(shipment *in, const lb_x12_segment *n4, lb_span party)
{
    lb_span city = lb_x12_value(in->x12, n4, 1), state = lb_x12_value(in->x12, n4, 2);
    lb_span country = lb_x12_value(in->x12, n4, 4);
    if (lb_span_is(party, "SF") || lb_span_is(party, "SH")) {
        in->from_city = city;
        in->from_state = state;
        in->from_country = country;
    } else if (lb_span_is(party, "ST") || lb_span_is(party, "CN")) {
        in->to_city = city;
        in->to_state = state;
        in->to_country = country;
    }
}

static void close_line(const shipment *in, line *l)
{
    if (l->at7.number > 0) {
        lb_part(in->x12->sink, l->at7.where, "segment", (size_t)l->at7.number);
        say_line(in, l);
        lb_said(in->x12->sink);
    }
    *l = (line){0};
}

/* An AT7 ends at the next AT7 or LX. An MS1 before the first AT7 of an assignment belongs to the
 * AT7 that follows, and so do all others of that set. */
static void walk(shipment *in)
{
    lb_x12_cursor cursor = in->set->body;
    lb_x12_segment s, before = {0};
    lb_span party = LB_EMPTY;
    line l = {0};
    bool in_lines = false, is_old = false;

    while (lb_x12_next(in->x12, &cursor, &s)) {
        if (lb_x12_is(&s, "LX")) {
            close_line(in, &l);
            read_own(in, cursor);
            before = (lb_x12_segment){0};
            in_lines = true;
            is_old = false;
        } else if (lb_x12_is(&s, "AT7")) {
            close_line(in, &l);
            l.at7 = s;
            l.ms1 = before;
        } else if (lb_x12_is(&s, "MS1")) {
            is_old = is_old || l.at7.number == 0;
            *(is_old ? &before : &l.ms1) = s;
        } else if (lb_x12_is(&s, "MS2")) {
            l.ms2 = s;
        } else if (lb_x12_is(&s, "N1")) {
            party = lb_x12_value(in->x12, &s, 1);
        } else if (lb_x12_is(&s, "N4")) {
            read_address(in, &s, party);
        } else if (lb_x12_is(&s, "B10")) {
            in->b10 = s;
        } else if (lb_x12_is(&s, "L11") && !in_lines && in->header_count < LIST_MAX) {
            in->header[in->header_count++] = s;
        }
    }
    close_line(in, &l);
}

static void read_set(const lb_x12_set *set)
{
    shipment *in = lb_x12_set_state(set->x12, sizeof *in);
    if (in == NULL)
        return;
    in->x12 = set->x12;
    in->set = set;
    walk(in);
}

static unsigned probe(lb_span head)
{
    static const char *const kinds[] = {"214", "204", "990"};
    unsigned surest = 0;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        unsigned score = lb_x12_probe(head, kinds[i]);
        surest = score > surest ? score : surest;
    }
    return surest;
}

static lb_verdict read_interchange(const lb_reading *reading, lb_span message, lb_sink *sink)
{
    static const lb_x12_kind kinds[] = {
        {"214", read_set}, {"204", lb_x12_tender}, {"990", lb_x12_tender_answer}, {NULL, NULL}};
    return lb_x12_read(reading, message, sink, kinds);
}

const lb_adapter lb_road_x12_214 = {
    .name = "road.x12_214",
    .title = "ANSI X12 214, 204 and 990: shipments on the road, 3070 to 5010",
    .revision = 2,
    .mode = LB_MODE_ROAD,
    .max_message = LB_X12_MAX_INTERCHANGE,
    .max_events = 100000,
    .probe = probe,
    .read = read_interchange,
};
