/* dcsa.c - DCSA Track & Trace events, 2.2 and 3.0, in JSON.
 *
 *     2.2        {"eventID":"...","eventType":"EQUIPMENT","equipmentEventTypeCode":"GTIN","eventClassifierCode":"ACT",
 *                 "eventDateTime":"...","equipmentReference":"...","transportCall":{...},"documentReferences":[...]}
 *     3.0 beta   {"metadata":{"eventID":"...","retractedEventID":"..."},"payload":{...}}
 *     3.0        {"eventID":"...","isRetracted":false,"eventUpdatedDateTime":"...","eventClassification":{...},
 *                 "equipmentDetails":{...},"transportDetails":{...},"eventLocation":{...},"eventRouting":{...}}
 *
 * One event, a list, or either in an envelope ("events"). The versions nest the same members differently, so they
 * are searched by name inside the event. 2.2 has no corrections; 3.0 retracts everything of an eventID with
 * isRetracted, its beta names the retracted eventID. An eventID is unique for the party that made it. */
#include "dcsa.h"

#include "json.h"
#include "landbridge/client/ident.h"
#include "landbridge/client/time.h"

typedef struct notice { /* one event */
    const lb_reading *reading;
    lb_sink *sink;
    const lb_json_node *node;
    lb_event *event;
} notice;

static const lb_dcsa_code codes[] = {
#define DCSA(group, code, type, since) {#group, code, LB_EVENT_##type, since},
#include "dcsa_codes.def"
#undef DCSA
};

const lb_dcsa_code *lb_dcsa_find(lb_span code)
{
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (lb_span_is(code, codes[i].code))
            return &codes[i];
    return NULL;
}

const lb_dcsa_code *lb_dcsa_of(lb_event_type type)
{
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (codes[i].type == type)
            return &codes[i];
    return NULL;
}

static lb_span text(const notice *of, const char *name)
{
    return lb_span_trim(lb_json_own_text(lb_json_below(of->node, name)));
}

static lb_span first_text(const notice *of, const char *const *names)
{
    lb_span found = LB_EMPTY;
    for (size_t i = 0; names[i] != NULL && found.len == 0; i++)
        found = text(of, names[i]);
    return found;
}

/* -- what happened -------------------------------------------------------------------------------- */

static lb_span code_of(const notice *of)
{
    static const char *const names[] = {
        "equipmentEventTypeCode", "transportEventTypeCode", "shipmentEventTypeCode", "iotEventCode",
        "iotEventTypeCode",       "reeferEventTypeCode",    "eventTypeCode",         NULL};
    return first_text(of, names);
}

static lb_classifier classifier_of(const notice *of)
{
    static const struct {
        const char *code;
        lb_classifier classifier;
    } classifiers[] = {{"ACT", LB_CLASSIFIER_ACTUAL},
                       {"EST", LB_CLASSIFIER_ESTIMATED},
                       {"PLN", LB_CLASSIFIER_PLANNED},
                       {"REQ", LB_CLASSIFIER_REQUESTED}};
    lb_span code = text(of, "eventClassifierCode");
    for (size_t i = 0; i < sizeof classifiers / sizeof classifiers[0]; i++)
        if (lb_span_is(code, classifiers[i].code))
            return classifiers[i].classifier;
    return LB_CLASSIFIER_UNSPECIFIED;
}

static lb_mode mode_of(const notice *of)
{
    static const struct {
        const char *name;
        lb_mode mode;
    } modes[] = {{"RAIL", LB_MODE_RAIL},
                 {"TRUCK", LB_MODE_ROAD},
                 {"VESSEL", LB_MODE_MARITIME},
                 {"BARGE", LB_MODE_INLAND_WATER},
                 {"RAIL_TRUCK", LB_MODE_MULTIMODAL},
                 {"MULTIMODAL", LB_MODE_MULTIMODAL}};
    lb_span name = text(of, "modeOfTransport");
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++)
        if (lb_span_is(name, modes[i].name))
            return modes[i].mode;
    return LB_MODE_UNSPECIFIED;
}

static int64_t moment(const notice *of, const char *name)
{
    lb_civil civil = {0};
    int64_t offset_min = LB_UNKNOWN;
    lb_span said = text(of, name);
    if (said.len == 0 || !lb_civil_iso(said, &civil, &offset_min) || !lb_civil_is_valid(&civil) ||
        offset_min == LB_UNKNOWN)
        return LB_UNKNOWN;
    return lb_civil_to_utc(&civil, (int)offset_min);
}

static void say_time(const notice *of)
{
    lb_civil civil = {0};
    int64_t offset_min = LB_UNKNOWN;
    lb_span said = text(of, "eventDateTime");
    if (said.len == 0)
        return;
    if (!lb_civil_iso(said, &civil, &offset_min)) {
        of->event->occurred.local_text = said;
        lb_doubt(of->sink, of->event, said, LB_DOUBT_TIME_IMPOSSIBLE);
        return;
    }
    lb_when_set(of->event, &of->event->occurred, &civil, offset_min, LB_PRECISION_SECOND, said,
                of->reading->source, &of->event->place);
}

/* -- where ---------------------------------------------------------------------------------------- */

static lb_facility facility_of(lb_span code)
{
    lb_facility facility = LB_FACILITY_UNSPECIFIED;
    if (lb_span_is(code,
                   /* the enumeration of 2.2 and of the beta has BOCR where their text says BORD */
                   "BOCR"))
        return LB_FACILITY_BORD;
    lb_facility_from_name(code, &facility);
    return facility;
}

static void take_location(const notice *of, lb_place *place, const lb_json_node *node)
{
    if (node == NULL)
        return;
    if (place->locode.len == 0)
        place->locode = lb_json_text(node, "UNLocationCode");
    if (place->name.len == 0)
        place->name = lb_json_text(node, "locationName");
    if (place->facility.len == 0) {
        place->facility = lb_json_own_text(lb_json_below(node, "facilityCode"));
        place->facility_scheme = lb_json_own_text(lb_json_below(node, "facilityCodeListProvider"));
    }
    if (place->lat_e7 == LB_UNKNOWN) {
        lb_json_number(node, "latitude", 7, &place->lat_e7);
        lb_json_number(node, "longitude", 7, &place->lon_e7);
    }
    if (place->ftype == LB_FACILITY_UNSPECIFIED)
        place->ftype = facility_of(text(of, "facilityTypeCode"));
}

static void say_place(const notice *of)
{
    lb_place *place = &of->event->place;
    const lb_json_node *call = lb_json_below(of->node, "transportCall");
    take_location(of, place, lb_json_below(of->node, "eventLocation"));
    take_location(of, place, lb_json_child(call, "location"));
    take_location(of, place, call);
    if (place->locode.len == 0 && place->name.len == 0)
        take_location(of, place, lb_json_below(of->node, "location"));
    if (of->event->type != LB_EVENT_PING)
        return;
    of->event->pos.lat_e7 = place->lat_e7;
    of->event->pos.lon_e7 = place->lon_e7;
}

/* -- what it is about ----------------------------------------------------------------------------- */

static void say_container(const notice *of, lb_role role)
{
    lb_span reference = text(of, "equipmentReference");
    lb_object *box =
        lb_event_object(of->event, role, LB_KIND_CONTAINER, LB_SCHEME_ISO6346, reference);
    if (box == NULL)
        return;
    box->size_type = text(of, "ISOEquipmentCode");
    box->milli_teu = lb_ident_milli_teu(box->size_type);
}

/* Wagon, truck and trailer: 3.0 and its beta name them differently. */
static void say_means(const notice *of, lb_role role)
{
    static const char *const cars[] = {"railCarReference", "railCar", NULL};
    static const char *const plates[] = {"licensePlate", "licencePlate", NULL};
    lb_span car = first_text(of, cars), plate = first_text(of, plates);
    if (car.len > 0) {
        lb_kind kind;
        lb_scheme scheme;
        lb_ident_guess(car, &kind, &scheme);
        lb_event_object(of->event, role, LB_KIND_WAGON, scheme, car);
    }
    if (plate.len > 0)
        lb_event_object(of->event, role, LB_KIND_TRUCK, LB_SCHEME_PLATE, plate);
    lb_event_object(of->event, role, LB_KIND_CHASSIS, LB_SCHEME_PLATE,
                    text(of, "chassisLicencePlate"));
}

static void say_movement(const notice *of)
{
    static const char *const numbers[] = {"railServiceReference", "railService",
                                          "exportVoyageNumber",   "carrierExportVoyageNumber",
                                          "carrierVoyageNumber",  NULL};
    lb_movement *movement = &of->event->movement;
    movement->number = first_text(of, numbers);
    movement->departure_id = text(of, "departureID");
    movement->service = text(of, "carrierServiceCode");
}

typedef struct reference_word {
    const char *type;
    lb_scheme scheme;
} reference_word;

static lb_scheme scheme_of(lb_span type)
{
    static const reference_word words[] = {
        {"BKG", LB_SCHEME_BKG}, {"TRD", LB_SCHEME_BL},  {"SHI", LB_SCHEME_ADHOC},
        {"CBR", LB_SCHEME_BKG}, {"PO", LB_SCHEME_PO},   {"UCR", LB_SCHEME_UCR},
        {"AWB", LB_SCHEME_AWB}, {"CIM", LB_SCHEME_CIM}, {"SMGS", LB_SCHEME_SMGS}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (lb_span_is(type, words[i].type))
            return words[i].scheme;
    return LB_SCHEME_ADHOC;
}

static void say_references(const notice *of, const char *list, const char *type, const char *value)
{
    const lb_json_node *node = lb_json_below(of->node, list);
    for (const lb_json_node *one = lb_json_each(node); one != NULL;
         one = lb_json_each_next(node, one))
        lb_event_reference(of->event, scheme_of(lb_json_text(one, type)), lb_json_text(one, value),
                           LB_EMPTY);
}

static void say_documents(const notice *of)
{
    say_references(of, "documentReferences", "documentReferenceType", "documentReferenceValue");
    say_references(of, "documentReferences", "type", "value");
    say_references(of, "references", "referenceType", "referenceValue");
    say_references(of, "shipmentReferences", "typeCode", "value");
    lb_span id = text(of, "documentID");
    lb_scheme scheme = scheme_of(text(of, "documentTypeCode"));
    lb_event_reference(of->event, scheme, id, LB_EMPTY);
    lb_event_reference(of->event, LB_SCHEME_BKG, text(of, "carrierBookingReference"), LB_EMPTY);
    lb_event_reference(of->event, LB_SCHEME_BL, text(of, "transportDocumentReference"), LB_EMPTY);
    if (lb_event_find_object(of->event, LB_ROLE_SUBJECT) != NULL)
        return;
    if (id.len > 0)
        lb_event_object(of->event, LB_ROLE_SUBJECT, LB_KIND_CONSIGNMENT, scheme, id);
    else if (of->event->refs.count > 0)
        lb_event_object(of->event, LB_ROLE_SUBJECT, LB_KIND_CONSIGNMENT,
                        of->event->refs.at[0].scheme, of->event->refs.at[0].value);
}

static void say_condition(const notice *of)
{
    lb_span empty = text(of, "emptyIndicatorCode");
    const lb_json_node *seals = lb_json_below(of->node, "seals");
    if (lb_span_is(empty, "EMPTY"))
        of->event->cond.fill = LB_FILL_EMPTY;
    else if (lb_span_is(empty, "LADEN"))
        of->event->cond.fill = LB_FILL_LADEN;
    else if (empty.len > 0)
        lb_doubt(of->sink, of->event, empty, LB_DOUBT_CODE_UNMAPPED);
    for (const lb_json_node *seal = lb_json_each(seals); seal != NULL;
         seal = lb_json_each_next(seals, seal))
        lb_event_seal_number(of->event, lb_json_text(seal, "sealNumber"));
    of->event->exc.cause = text(of, "delayReasonCode");
    of->event->exc.text = text(of, "changeRemark");
}

/* -- identity ------------------------------------------------------------------------------------- */

/* The party that made the event, its provider and code list: an eventID is unique only with
 * them. */
static lb_span party_of(const notice *of)
{
    const lb_json_node *party = lb_json_below(of->node, "originatingParty");
    lb_span code = lb_json_text(party, "partyCode"),
            provider = lb_json_text(party, "codeListProvider");
    if (code.len == 0)
        code = lb_json_own_text(lb_json_below(party, "partyCode"));
    if (provider.len == 0)
        provider = lb_json_own_text(lb_json_below(party, "codeListProvider"));
    lb_span list = lb_json_own_text(lb_json_below(party, "codeListName"));
    if (code.len == 0)
        return LB_EMPTY;
    of->event->prov.party = code;
    return lb_sink_print(of->sink, "%.*s|%.*s|%.*s|", LB_ARG(code), LB_ARG(provider), LB_ARG(list));
}

static void say_identity(const notice *of)
{
    lb_span id = text(of, "eventID"), retracted = text(of, "retractedEventID"),
            party = party_of(of);
    bool is_retracted = lb_span_is(text(of, "isRetracted"), "true") || retracted.len > 0;
    if (retracted.len > 0)
        id = retracted;
    if (id.len > 0)
        of->event->source_event_key =
            lb_sink_print(of->sink, "%.*s%.*s", LB_ARG(party), LB_ARG(id));
    of->event->prov.message_ref = id;
    if (is_retracted)
        of->event->correction = LB_CORRECTION_RETRACTS;
    int64_t updated_us = moment(of, "eventUpdatedDateTime");
    of->event->reported_at_us =
        updated_us != LB_UNKNOWN ? updated_us : moment(of, "eventCreatedDateTime");
}

static void read_event(const lb_reading *reading, lb_sink *sink, const lb_json_node *node)
{
    notice one = {reading, sink, node, lb_say(sink)};
    lb_span code = code_of(&one);
    const lb_dcsa_code *known = lb_dcsa_find(code);
    lb_event_type type = known == NULL ? LB_EVENT_UNSPECIFIED : known->type;
    bool is_transport = known != NULL && strcmp(known->group, "TRANSPORT") == 0;
    lb_event_is(one.event, type, classifier_of(&one), mode_of(&one));
    lb_event_raw(one.event, "DCSA", code, text(&one, "description"));
    say_identity(&one);
    if (known == NULL && one.event->correction != LB_CORRECTION_RETRACTS)
        lb_doubt(sink, one.event, code.len > 0 ? code : lb_span_first(node->where, 40),
                 LB_DOUBT_CODE_UNMAPPED);
    if (one.event->classifier == LB_CLASSIFIER_UNSPECIFIED &&
        one.event->correction != LB_CORRECTION_RETRACTS)
        lb_doubt(sink, one.event, lb_json_where(lb_json_below(node, "eventClassifierCode")),
                 LB_DOUBT_CODE_UNMAPPED);
    say_container(&one, LB_ROLE_SUBJECT);
    say_means(&one, is_transport && lb_event_find_object(one.event, LB_ROLE_SUBJECT) == NULL
                        ? LB_ROLE_SUBJECT
                        : LB_ROLE_MEANS);
    say_movement(&one);
    say_documents(&one);
    say_place(&one);
    say_time(&one);
    say_condition(&one);
}

/* -- finding events ------------------------------------------------------------------------------- */

static bool is_event(const lb_json_node *node)
{
    if (node->kind != LB_JSON_OBJECT)
        return false;
    const lb_json_node *metadata = lb_json_child(node, "metadata");
    if (lb_json_child(metadata, "eventID") != NULL ||
        lb_json_child(metadata, "retractedEventID") != NULL)
        return true;
    return lb_json_child(node, "eventDateTime") != NULL ||
           lb_json_child(node, "eventClassifierCode") != NULL ||
           (lb_json_child(node, "eventID") != NULL && lb_json_child(node, "isRetracted") != NULL);
}

/* The value after this one, without descending into it. */
static const lb_json_node *step_over(const lb_json_node *root, const lb_json_node *at)
{
    while (at != root && at->next == NULL)
        at = at->parent;
    return at == root ? NULL : at->next;
}

static lb_verdict read_message(const lb_reading *reading, lb_span message, lb_sink *sink)
{
    lb_json_fault fault;
    size_t found = 0;
    if (!lb_json_looks_like(message))
        return LB_VERDICT_NOT_MINE;
    const lb_json_node *root = lb_json_read(sink, message, &fault);
    if (root == NULL)
        return lb_refuse(sink, fault.verdict, fault.where, "%s", fault.text);

    *lb_sink_message_info(sink) =
        (lb_message_info){.format = LB_SPAN("DCSA.TNT"), .reported_at_us = LB_UNKNOWN};
    for (const lb_json_node *at = root; at != NULL;) {
        if (!is_event(at)) {
            at = lb_json_walk(root, at);
            continue;
        }
        lb_part(sink, lb_span_first(at->where, 40), "event", ++found);
        bool is_third = lb_json_child(at, "eventClassification") != NULL ||
                        lb_json_child(at, "metadata") != NULL ||
                        lb_json_child(at, "isRetracted") != NULL;
        lb_sink_message_info(sink)->format_version = is_third ? LB_SPAN("3.0") : LB_SPAN("2.2");
        read_event(reading, sink, at);
        lb_said(sink);
        at = step_over(root, at);
    }
    return found > 0 ? LB_VERDICT_READ : LB_VERDICT_NOT_MINE;
}

static unsigned probe(lb_span head)
{
    if (!lb_json_looks_like(head))
        return 0;
    bool has_code = lb_json_head_names(head, "equipmentEventTypeCode") ||
                    lb_json_head_names(head, "transportEventTypeCode") ||
                    lb_json_head_names(head, "shipmentEventTypeCode") ||
                    lb_json_head_names(head, "eventClassification") ||
                    lb_json_head_names(head, "retractedEventID");
    if (has_code)
        return 93;
    return lb_json_head_names(head, "eventClassifierCode") ||
                   lb_json_head_names(head, "isRetracted")
               ? 90
               : 0;
}

const lb_adapter lb_hub_dcsa = {
    .name = "hub.dcsa",
    .title = "DCSA Track & Trace 2.2 and 3.0, JSON, in and out",
    .revision = 1,
    .mode = LB_MODE_MULTIMODAL,
    .max_message = (size_t)16 * 1024 * 1024,
    .max_events = 20000,
    .probe = probe,
    .read = read_message,
    .write = lb_dcsa_write,
};
