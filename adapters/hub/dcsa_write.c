/* dcsa_write.c - writes an event of the hub as DCSA Track & Trace, one JSON object.
 *
 * An event without a DCSA code is left out, since any other code would be misread. Wagons and trucks are means: the
 * standard's only subject is the container. The eventID is source and natural key, so that a later version
 * of a fact has the same one; when that is too long for the standard (100), the event's own identity. */
#include "dcsa.h"
#include "json_write.h"
#include "landbridge/client/ident.h"
#include "landbridge/client/time.h"

enum { EVENT_ID_MAX = 100 };

typedef struct speaking {
    const lb_event *event;
    const lb_dcsa_code *code;
    lb_json_out out;
    bool is_third;
} speaking;

static void put_time(speaking *to, const char *name, int64_t utc_us, int64_t offset_min)
{
    char time[LB_TIME_ROOM];
    if (utc_us == LB_UNKNOWN)
        return;
    size_t len =
        lb_time_print(time, sizeof time, utc_us, offset_min == LB_UNKNOWN ? 0 : (int)offset_min);
    lb_json_put(&to->out, name, (lb_span){time, len});
}

static void put_id(speaking *to)
{
    static const char hex[] = "0123456789abcdef";
    char id[EVENT_ID_MAX + 1];
    const lb_event *event = to->event;
    const lb_span parts[] = {event->prov.source_id, LB_SPAN(":"), event->source_event_key};
    size_t len = event->prov.source_id.len + 1 + event->source_event_key.len;
    if (event->source_event_key.len > 0 && len <= EVENT_ID_MAX) {
        lb_span_join(id, sizeof id, parts, sizeof parts / sizeof parts[0]);
    } else {
        for (len = 0; len / 2 < event->event_id.len && len + 2 <= EVENT_ID_MAX; len += 2) {
            unsigned char c = (unsigned char)event->event_id.at[len / 2];
            id[len] = hex[c >> 4];
            id[len + 1] = hex[c & 15];
        }
    }
    lb_json_put(&to->out, "eventID", (lb_span){id, len});
}

static lb_span classifier_word(lb_classifier classifier)
{
    switch (classifier) {
    case LB_CLASSIFIER_ACTUAL:
        return LB_SPAN("ACT");
    case LB_CLASSIFIER_ESTIMATED:
    case LB_CLASSIFIER_EXPECTED:
        return LB_SPAN("EST");
    case LB_CLASSIFIER_PLANNED:
        return LB_SPAN("PLN");
    case LB_CLASSIFIER_REQUESTED:
        return LB_SPAN("REQ");
    default:
        return LB_EMPTY;
    }
}

static lb_span mode_word(lb_mode mode)
{
    switch (mode) {
    case LB_MODE_RAIL:
        return LB_SPAN("RAIL");
    case LB_MODE_ROAD:
        return LB_SPAN("TRUCK");
    case LB_MODE_MARITIME:
        return LB_SPAN("VESSEL");
    case LB_MODE_INLAND_WATER:
        return LB_SPAN("BARGE");
    case LB_MODE_MULTIMODAL:
        return LB_SPAN("MULTIMODAL");
    default:
        return LB_EMPTY;
    }
}

static const lb_object *find_kind(const lb_event *event, lb_kind kind)
{
    for (size_t i = 0; i < event->objects.count; i++)
        if (event->objects.at[i].kind == kind)
            return &event->objects.at[i];
    return NULL;
}

static void put_object(speaking *to, const char *name, lb_kind kind)
{
    const lb_object *object = find_kind(to->event, kind);
    if (object != NULL)
        lb_json_put(&to->out, name, object->id);
}

static void put_degrees(speaking *to, const char *name, int64_t e7)
{
    char text[24];
    if (e7 == LB_UNKNOWN)
        return;
    uint64_t size = (uint64_t)(e7 < 0 ? -e7 : e7);
    char digits[LB_NUMBER_ROOM], fraction[8];
    lb_span whole = lb_span_print_number(digits, (int64_t)(size / 10000000));
    uint64_t rest = size % 10000000;
    for (size_t i = 7; i > 0; i--, rest /= 10)
        fraction[i - 1] = (char)('0' + rest % 10);
    const lb_span parts[] = {e7 < 0 ? LB_SPAN("-") : LB_EMPTY, whole, LB_SPAN("."), {fraction, 7}};
    size_t len = lb_span_join(text, sizeof text, parts, 4);
    lb_json_put_raw(&to->out, name, (lb_span){text, len});
}

static void put_location(speaking *to)
{
    const lb_place *place = &to->event->place;
    lb_json_open(&to->out, "eventLocation", '{');
    lb_json_put(&to->out, "locationName", place->name);
    if (place->locode.len == 5)
        lb_json_put(&to->out, "UNLocationCode", place->locode);
    lb_json_put(&to->out, "facilityCode", place->facility);
    put_degrees(to, "latitude", place->lat_e7);
    put_degrees(to, "longitude", place->lon_e7);
    lb_json_close(&to->out, '}');
    if (place->ftype != LB_FACILITY_UNSPECIFIED && place->ftype <= LB_FACILITY_WAYP)
        lb_json_put(&to->out, "facilityTypeCode", lb_span_of(lb_facility_name(place->ftype)));
}

static const char *reference_word(lb_scheme scheme)
{
    switch (scheme) {
    case LB_SCHEME_BKG:
        return "BKG";
    case LB_SCHEME_BL:
        return "TRD";
    case LB_SCHEME_PO:
        return "PO";
    case LB_SCHEME_UCR:
        return "UCR";
    case LB_SCHEME_AWB:
        return "AWB";
    case LB_SCHEME_CIM:
        return "CIM";
    case LB_SCHEME_SMGS:
        return "SMGS";
    default:
        return "SHI";
    }
}

static void put_references(speaking *to)
{
    if (to->event->refs.count == 0)
        return;
    lb_json_open(&to->out, "documentReferences", '[');
    for (size_t i = 0; i < to->event->refs.count; i++) {
        const lb_reference *ref = &to->event->refs.at[i];
        lb_json_open(&to->out, NULL, '{');
        lb_json_put(&to->out, to->is_third ? "type" : "documentReferenceType",
                    lb_span_of(reference_word(ref->scheme)));
        lb_json_put(&to->out, to->is_third ? "value" : "documentReferenceValue", ref->value);
        lb_json_close(&to->out, '}');
    }
    lb_json_close(&to->out, ']');
}

static void put_equipment(speaking *to)
{
    const lb_object *box = find_kind(to->event, LB_KIND_CONTAINER);
    if (box == NULL)
        return;
    if (to->is_third)
        lb_json_open(&to->out, "equipmentDetails", '{');
    lb_json_put(&to->out, "equipmentReference", box->id);
    lb_json_put(&to->out, "ISOEquipmentCode", box->size_type);
    if (to->event->cond.fill == LB_FILL_EMPTY || to->event->cond.fill == LB_FILL_LADEN)
        lb_json_put(&to->out, "emptyIndicatorCode", lb_span_of(lb_fill_name(to->event->cond.fill)));
    if (to->event->cond.seals.count > 0) {
        lb_json_open(&to->out, "seals", '[');
        for (size_t i = 0; i < to->event->cond.seals.count; i++) {
            lb_json_open(&to->out, NULL, '{');
            lb_json_put(&to->out, "sealNumber", to->event->cond.seals.at[i]);
            lb_json_close(&to->out, '}');
        }
        lb_json_close(&to->out, ']');
    }
    if (to->is_third)
        lb_json_close(&to->out, '}');
}

static void put_transport(speaking *to)
{
    lb_span mode = mode_word(to->event->mode);
    lb_json_open(&to->out, to->is_third ? "transportDetails" : "transportCall", '{');
    lb_json_put(&to->out, "modeOfTransport", mode);
    if (to->is_third) {
        put_object(to, "railCarReference", LB_KIND_WAGON);
        lb_json_put(&to->out, "railServiceReference",
                    to->event->mode == LB_MODE_RAIL ? to->event->movement.number : LB_EMPTY);
        lb_json_put(&to->out, "departureID", to->event->movement.departure_id);
        put_object(to, "licensePlate", LB_KIND_TRUCK);
    } else {
        lb_json_put(&to->out, "carrierVoyageNumber", to->event->movement.number);
    }
    lb_json_close(&to->out, '}');
}

static void put_classification(speaking *to)
{
    static const struct {
        const char *group, *name;
    } names[] = {{"TRANSPORT", "transportEventTypeCode"},
                 {"EQUIPMENT", "equipmentEventTypeCode"},
                 {"SHIPMENT", "shipmentEventTypeCode"},
                 {"IOT", "iotEventCode"}};
    if (to->is_third)
        lb_json_open(&to->out, "eventClassification", '{');
    lb_json_put(&to->out, "eventType", lb_span_of(to->code->group));
    lb_json_put(&to->out, "eventClassifierCode", classifier_word(to->event->classifier));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i].group, to->code->group) == 0)
            lb_json_put(&to->out, to->is_third ? "eventTypeCode" : names[i].name,
                        lb_span_of(to->code->code));
    if (to->is_third)
        lb_json_close(&to->out, '}');
}

bool lb_dcsa_write(const lb_event *event, lb_span version, lb_reply *reply)
{
    speaking to = {.event = event, .code = lb_dcsa_of(event->type), .out = {reply, false}};
    to.is_third = version.len == 0 || lb_span_starts(version, "3");
    bool is_retracted = event->correction == LB_CORRECTION_RETRACTS;
    if (!to.is_third && !lb_span_starts(version, "2"))
        return false;
    if (to.code == NULL || (!to.is_third && (to.code->since > 2 || is_retracted)) ||
        classifier_word(event->classifier).len == 0)
        return false;

    lb_json_open(&to.out, NULL, '{');
    put_id(&to);
    if (to.is_third)
        lb_json_put_raw(&to.out, "isRetracted", is_retracted ? LB_SPAN("true") : LB_SPAN("false"));
    put_time(&to, "eventDateTime", event->occurred.utc_us, event->occurred.offset_min);
    int64_t said_us =
        event->reported_at_us != LB_UNKNOWN ? event->reported_at_us : event->received_at_us;
    put_time(&to, to.is_third ? "eventUpdatedDateTime" : "eventCreatedDateTime", said_us, 0);
    put_classification(&to);
    put_equipment(&to);
    put_transport(&to);
    put_location(&to);
    put_references(&to);
    lb_json_close(&to.out, '}');
    return !reply->is_full;
}
