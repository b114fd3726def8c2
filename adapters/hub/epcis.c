/* epcis.c - EPCIS 2.0 events in JSON-LD (GS1 EPCIS 2.0, ISO/IEC 19987): observations of goods, pallets, containers
 * and wagons, and what was packed into what.
 *
 *     {"type":"EPCISDocument","epcisBody":{"eventList":[
 *       {"type":"AggregationEvent","eventTime":"...","eventTimeZoneOffset":"+08:00","action":"ADD",
 *        "parentID":"urn:epc:id:bic:LBKU2048176","childEPCs":["urn:epc:id:sscc:..."],
 *        "bizStep":"loading","readPoint":{"id":"..."},"bizTransactionList":[...]}]}}
 *
 * A document, a query's answer, a list, or one event. Steps and dispositions come as short names, URNs or links: the
 * last path element counts. ADD, DELETE and OBSERVE are associations; DELETE without children empties the parent. An
 * errorDeclaration retracts the event with the same eventID, void_shipping the shipping of the same documents
 * or pallets. */
#include "epcis.h"

#include "json.h"
#include "landbridge/client/time.h"

enum { MILLI_MAX = 1000000 }; /* 1,000 degrees */

typedef struct capture { /* one event */
    const lb_reading *reading;
    lb_sink *sink;
    const lb_json_node *node;
    lb_event *event;
} capture;

/* "urn:epcglobal:cbv:bizstep:loading", "https://ref.gs1.org/cbv/BizStep-loading", "cbv:BizStep-loading" */
static lb_span last_word(lb_span text)
{
    for (size_t i = text.len; i > 0; i--)
        if (text.at[i - 1] == ':' || text.at[i - 1] == '/' || text.at[i - 1] == '-')
            return lb_span_after(text, i);
    return text;
}

static lb_span text(const capture *of, const char *path)
{
    return lb_json_text(of->node, path);
}

/* Senders write {"id": "..."} or the id alone. */
static lb_span id_of(const lb_json_node *node)
{
    if (node != NULL && node->kind == LB_JSON_OBJECT)
        return lb_json_text(node, "id");
    return lb_json_own_text(node);
}

/* -- what happened -------------------------------------------------------------------------------- */

static bool find_step(const capture *of, lb_span step, lb_source_code *out)
{
    static const struct {
        const char *name;
        lb_event_type type;
    } steps[] = {
#define STEP(name, type) {name, LB_EVENT_##type},
#include "epcis_steps.def"
#undef STEP
    };
    lb_span point = id_of(lb_json_child(of->node, "readPoint"));
    if (lb_source_find_code(of->reading->source, LB_SPAN("EPCIS.readPoint"), point, out) ||
        lb_source_find_code(of->reading->source, LB_SPAN("EPCIS"), step, out))
        return true;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (lb_span_is(step, steps[i].name)) {
            out->type = steps[i].type;
            return true;
        }
    return false;
}

static bool states_association(const lb_json_node *node)
{
    lb_span type = lb_json_text(node, "type");
    return lb_span_is(type, "AggregationEvent") || lb_span_is(type, "AssociationEvent");
}

static void say_type(const capture *of)
{
    lb_span step = last_word(text(of, "bizStep"));
    lb_source_code means = {LB_EVENT_UNSPECIFIED, LB_CLASSIFIER_UNSPECIFIED};
    bool is_known = find_step(of, step, &means);
    if (lb_span_is(step, "void_shipping")) {
        means.type = LB_EVENT_DEPA;
        is_known = true;
    }
    if (!is_known && states_association(of->node)) {
        means.type = LB_EVENT_ASSO;
        /* the action of the event itself says whether things are put in or taken out */
        is_known = true;
    }
    lb_event_is(of->event, means.type,
                means.classifier != LB_CLASSIFIER_UNSPECIFIED ? means.classifier
                                                              : LB_CLASSIFIER_ACTUAL,
                LB_MODE_UNSPECIFIED);
    lb_event_raw(of->event, "EPCIS", step, last_word(text(of, "disposition")));
    if (!is_known)
        lb_doubt(of->sink, of->event, step.len > 0 ? step : lb_span_first(of->node->where, 40),
                 LB_DOUBT_CODE_UNMAPPED);
}

/* Valid only with an offset; without one, eventTimeZoneOffset is used and the event is flagged. */
static void say_time(const capture *of)
{
    lb_civil civil = {0};
    int64_t offset_min = LB_UNKNOWN, beside_min = LB_UNKNOWN;
    lb_span said = text(of, "eventTime"), zone = text(of, "eventTimeZoneOffset");
    const lb_zone *beside = lb_zone_find(zone);
    if (beside != NULL)
        beside_min = lb_zone_offset_at(beside, 0);
    if (!lb_civil_iso(said, &civil, &offset_min)) {
        of->event->occurred.local_text = said;
        lb_doubt(of->sink, of->event, said.len > 0 ? said : lb_span_first(of->node->where, 40),
                 LB_DOUBT_TIME_IMPOSSIBLE);
        return;
    }
    if (offset_min == LB_UNKNOWN && beside_min != LB_UNKNOWN)
        lb_doubt(of->sink, of->event, said, LB_DOUBT_GRAMMAR_ODD);
    lb_when_set(of->event, &of->event->occurred, &civil,
                offset_min != LB_UNKNOWN ? offset_min : beside_min, LB_PRECISION_SECOND, said,
                of->reading->source, &of->event->place);
    if (beside_min != LB_UNKNOWN && of->event->occurred.utc_us != LB_UNKNOWN)
        of->event->occurred.offset_min = beside_min;
}

static void say_place(const capture *of)
{
    lb_span point = id_of(lb_json_child(of->node, "readPoint"));
    lb_span location = id_of(lb_json_child(of->node, "bizLocation"));
    if (point.len > 0)
        lb_epcis_place(of->event, &of->event->place, point);
    if (location.len > 0 && (point.len == 0 || of->event->place.facility.len == 0))
        lb_epcis_place(of->event, &of->event->place, location);
}

/* -- objects -------------------------------------------------------------------------------------- */

static void add_object(const capture *of, lb_role role, lb_span epc)
{
    lb_object object;
    lb_epcis_object(of->event, &object, epc);
    lb_event_object(of->event, role, object.kind, object.scheme, object.id);
}

static void add_list(const capture *of, const char *name, lb_role role)
{
    const lb_json_node *list = lb_json_child(of->node, name);
    for (const lb_json_node *one = lb_json_each(list); one != NULL;
         one = lb_json_each_next(list, one))
        if (lb_json_own_text(one).len > 0)
            add_object(of, role, lb_json_own_text(one));
}

static lb_assoc_action action_of(const capture *of)
{
    lb_assoc_action action = LB_ASSOC_UNSPECIFIED;
    lb_span said = text(of, "action");
    if (said.len > 0 && !lb_assoc_action_from_name(said, &action))
        lb_doubt(of->sink, of->event, said, LB_DOUBT_CODE_UNMAPPED);
    return action;
}

static void say_associations(const capture *of)
{
    lb_object parent, child;
    lb_assoc_action action = action_of(of);
    lb_span parent_id = text(of, "parentID");
    const lb_json_node *children = lb_json_child(of->node, "childEPCs");
    if (parent_id.len == 0 || action == LB_ASSOC_UNSPECIFIED)
        return;
    lb_epcis_object(of->event, &parent, parent_id);
    for (const lb_json_node *one = lb_json_each(children); one != NULL;
         one = lb_json_each_next(children, one)) {
        if (lb_json_own_text(one).len == 0)
            continue;
        lb_epcis_object(of->event, &child, lb_json_own_text(one));
        lb_event_assoc(of->event, action, &parent, &child);
    }
    if (action == LB_ASSOC_DELETE && of->event->assoc.count == 0)
        lb_event_assoc(of->event, action, &parent, NULL);
}

/* Goods without a number of their own are counted. */
static void say_quantities(const capture *of)
{
    static const char *const lists[] = {"quantityList", "childQuantityList"};
    for (size_t i = 0; i < 2; i++) {
        const lb_json_node *list = lb_json_child(of->node, lists[i]);
        for (const lb_json_node *one = lb_json_each(list); one != NULL;
             one = lb_json_each_next(list, one)) {
            int64_t grams, pieces;
            bool is_weight = lb_span_is(lb_json_text(one, "uom"), "KGM");
            if (is_weight && lb_json_number(one, "quantity", 3, &grams))
                of->event->qty.gross_g = grams;
            else if (!is_weight && lb_json_number(one, "quantity", 0, &pieces))
                of->event->qty.pieces = pieces;
            add_object(of, LB_ROLE_OTHER, lb_json_text(one, "epcClass"));
        }
    }
}

static void say_objects(const capture *of)
{
    bool has_children = lb_json_each(lb_json_child(of->node, "childEPCs")) != NULL;
    add_list(of, "childEPCs", LB_ROLE_SUBJECT);
    add_list(of, "epcList", LB_ROLE_SUBJECT);
    add_list(of, "outputEPCList", LB_ROLE_SUBJECT);
    add_list(of, "inputEPCList", LB_ROLE_OTHER);
    if (text(of, "parentID").len > 0)
        add_object(of, has_children ? LB_ROLE_UNIT : LB_ROLE_SUBJECT, text(of, "parentID"));
    say_quantities(of);
    if (states_association(of->node))
        say_associations(of);
}

static void say_references(const capture *of)
{
    const lb_json_node *list = lb_json_child(of->node, "bizTransactionList");
    for (const lb_json_node *one = lb_json_each(list); one != NULL;
         one = lb_json_each_next(list, one)) {
        lb_span type = last_word(lb_json_text(one, "type")),
                value = lb_json_text(one, "bizTransaction");
        lb_scheme scheme = lb_span_is(type, "bol")  ? LB_SCHEME_BL
                           : lb_span_is(type, "po") ? LB_SCHEME_PO
                                                    : LB_SCHEME_ADHOC;
        bool is_urn = lb_span_starts(value, "urn:epcglobal:cbv:bt:");
        lb_event_reference(of->event, scheme, is_urn ? last_word(value) : value, LB_EMPTY);
    }
}

/* Degrees Celsius or Fahrenheit of the first sensor that reports a temperature. */
static void say_sensors(const capture *of)
{
    const lb_json_node *list = lb_json_child(of->node, "sensorElementList");
    for (const lb_json_node *at = list; at != NULL; at = lb_json_walk(list, at)) {
        int64_t milli;
        if (!lb_span_is(last_word(lb_json_text(at, "type")), "Temperature") ||
            !lb_json_number(at, "value", 3, &milli))
            continue;
        if (milli > MILLI_MAX || milli < -MILLI_MAX) {
            lb_doubt(of->sink, of->event, lb_json_where(lb_json_child(at, "value")),
                     LB_DOUBT_GRAMMAR_ODD);
            return;
        }
        lb_span unit = lb_json_text(at, "uom");
        if (lb_span_is(unit, "FAH"))
            milli = (milli - 32000) * 5 / 9;
        else if (!lb_span_is(unit, "CEL"))
            lb_doubt(of->sink, of->event, unit.len > 0 ? unit : at->where, LB_DOUBT_CODE_UNMAPPED);
        of->event->cond.temperature_mc = milli;
        return;
    }
}

/* -- identity ------------------------------------------------------------------------------------- */

static int64_t moment(lb_span said)
{
    lb_civil civil = {0};
    int64_t offset_min = LB_UNKNOWN;
    if (said.len == 0 || !lb_civil_iso(said, &civil, &offset_min) || offset_min == LB_UNKNOWN ||
        !lb_civil_is_valid(&civil))
        return LB_UNKNOWN;
    return lb_civil_to_utc(&civil, (int)offset_min);
}

static void say_identity(const capture *of)
{
    const lb_json_node *wrong = lb_json_child(of->node, "errorDeclaration");
    int64_t recorded_us = moment(text(of, "recordTime")),
            declared_us = moment(lb_json_text(wrong, "declarationTime"));
    of->event->source_event_key = text(of, "eventID");
    of->event->prov.message_ref = text(of, "eventID");
    if (recorded_us != LB_UNKNOWN)
        of->event->reported_at_us = recorded_us;
    if (wrong == NULL)
        return;
    of->event->correction = LB_CORRECTION_RETRACTS;
    of->event->reported_at_us = declared_us;
    of->event->exc.cause = last_word(lb_json_text(wrong, "reason"));
}

/* A shipping that void_shipping can retract has a key made of what both name: the documents, and pallets, whose
 * numbers are used once. Containers are shipped repeatedly, so a container alone makes no such key. */
static lb_span shipping_key(const capture *of)
{
    enum { NAMES_MAX = 20 };
    const lb_event *event = of->event;
    lb_span key = LB_EMPTY;
    for (size_t i = 0; i < event->refs.count && i < NAMES_MAX; i++)
        key = lb_sink_print(of->sink, "%.*s|%.*s", LB_ARG(key), LB_ARG(event->refs.at[i].value));
    for (size_t i = 0; i < event->objects.count && i < NAMES_MAX; i++)
        if (event->objects.at[i].scheme == LB_SCHEME_SSCC)
            key =
                lb_sink_print(of->sink, "%.*s|%.*s", LB_ARG(key), LB_ARG(event->objects.at[i].id));
    return key.len == 0 ? key : lb_sink_print(of->sink, "shipping%.*s", LB_ARG(key));
}

static void key_shipping(const capture *of)
{
    bool is_void = lb_span_is(of->event->raw.code, "void_shipping");
    if (!is_void && !lb_span_is(of->event->raw.code, "shipping"))
        return;
    lb_span key = shipping_key(of);
    if (key.len > 0) {
        of->event->source_event_key = key;
        if (is_void)
            of->event->correction = LB_CORRECTION_RETRACTS;
    } else if (is_void) {
        lb_event_is(of->event, LB_EVENT_UNSPECIFIED, LB_CLASSIFIER_ACTUAL, LB_MODE_UNSPECIFIED);
        lb_doubt(of->sink, of->event, of->event->raw.code, LB_DOUBT_IDENTITY_GUESSED);
    }
}

static void read_event(const lb_reading *reading, lb_sink *sink, const lb_json_node *node)
{
    capture one = {reading, sink, node, lb_say(sink)};
    say_type(&one);
    say_place(&one);
    say_time(&one);
    say_objects(&one);
    say_references(&one);
    say_sensors(&one);
    say_identity(&one);
    key_shipping(&one);
}

/* -- finding events ------------------------------------------------------------------------------- */

static bool is_event(const lb_json_node *node)
{
    static const char *const types[] = {"ObjectEvent", "AggregationEvent", "AssociationEvent",
                                        "TransactionEvent", "TransformationEvent"};
    lb_span type = lb_json_text(node, "type");
    if (type.len == 0)
        type = lb_json_text(node, "isA");
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (lb_span_is(type, types[i]))
            return true;
    return false;
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
        (lb_message_info){.format = LB_SPAN("EPCIS"),
                          .format_version = lb_json_text(root, "schemaVersion"),
                          .reported_at_us = LB_UNKNOWN};
    lb_sink_message_info(sink)->reported_at_us = moment(lb_json_text(root, "creationDate"));
    for (const lb_json_node *at = root; at != NULL; at = lb_json_walk(root, at))
        if (is_event(at)) {
            lb_part(sink, lb_span_first(at->where, 40), "event", ++found);
            read_event(reading, sink, at);
            lb_said(sink);
        }
    return found > 0 ? LB_VERDICT_READ : LB_VERDICT_NOT_MINE;
}

static unsigned probe(lb_span head)
{
    static const char *const words[] = {
        "EPCISDocument",    "EPCISQueryDocument", "ObjectEvent",        "AggregationEvent",
        "AssociationEvent", "TransactionEvent",   "TransformationEvent"};
    if (!lb_json_looks_like(head))
        return 0;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (lb_json_head_names(head, words[i]))
            return 94;
    return 0;
}

const lb_adapter lb_hub_epcis = {
    .name = "hub.epcis",
    .title = "EPCIS 2.0 events, JSON-LD",
    .revision = 1,
    .mode = LB_MODE_MULTIMODAL,
    .max_message = (size_t)16 * 1024 * 1024,
    .max_events = 20000,
    .probe = probe,
    .read = read_message,
};
