/* onerecord.c - IATA ONE Record: what happened to a shipment, a piece or a means, as linked data.
 *
 *     {"@type":"cargo:LogisticsEvent","cargo:eventCode":{"@id":"...StatusCode#RCF"},
 *      "cargo:eventDate":{"@value":"2026-03-12T13:48:00.000Z"},"cargo:eventTimeType":{"@id":"cargo:ACTUAL"},
 *      "cargo:eventFor":{"@type":"cargo:Shipment","@id":"https://.../s-1"},"cargo:eventLocation":{...}}
 *
 * One event, a list, or an api:Collection; LogisticsEvent and its child StatusUpdateEvent, which gives pieces and
 * weight as an FSU does. Codes have the same meaning as in an FSU. Seen: names with and without a prefix,
 * values bare or as {"@value"} or {"@id"}, codes as a list element {"code"}, linkedObject for eventFor, the drafts'
 * partialPieceCount. Times are always UTC. Events are never changed: the link of an event is its natural key. */
#include "fsu.h"
#include "json.h"
#include "landbridge/client/ident.h"
#include "landbridge/client/time.h"

enum { POUND_MG = 453592 };

typedef struct notice { /* one event */
    const lb_reading *reading;
    lb_sink *sink;
    const lb_json_node *node;
    lb_event *event;
} notice;

/* "https://onerecord.iata.org/ns/code-lists/StatusCode#RCF", "cargo:ACTUAL" */
static lb_span last_word(lb_span text)
{
    for (size_t i = text.len; i > 0; i--)
        if (text.at[i - 1] == '#' || text.at[i - 1] == ':' || text.at[i - 1] == '/')
            return lb_span_after(text, i);
    return text;
}

/* A value in any of its wrappings: bare, {"@value"}, {"@id"}, {"code"}, or the first of a list
 * of these. */
static lb_span value_of(const lb_json_node *node)
{
    if (node != NULL && node->kind == LB_JSON_ARRAY)
        node = node->first;
    if (node == NULL || node->kind != LB_JSON_OBJECT)
        return lb_json_own_text(node);
    lb_span value = lb_json_own_text(lb_json_child(node, "@value"));
    if (value.len == 0)
        value = lb_json_own_text(lb_json_term(node, "code"));
    return value.len > 0 ? value : lb_json_own_text(lb_json_child(node, "@id"));
}

static lb_span term(const notice *of, const char *name)
{
    return value_of(lb_json_term(of->node, name));
}

/* -- what happened -------------------------------------------------------------------------------- */

static bool find_time_type(lb_span word, lb_classifier *classifier)
{
    return lb_classifier_from_name(word, classifier) && *classifier != LB_CLASSIFIER_UNSPECIFIED;
}

static void say_type(const notice *of)
{
    lb_event_type type = LB_EVENT_UNSPECIFIED;
    lb_classifier classifier = LB_CLASSIFIER_ACTUAL, said;
    lb_span code = last_word(term(of, "eventCode")),
            time_type = last_word(term(of, "eventTimeType"));
    bool is_known = lb_fsu_meaning(code, &type, &classifier);
    bool is_said = find_time_type(time_type, &said);
    lb_event_is(of->event, type, is_said ? said : classifier, LB_MODE_AIR);
    lb_event_raw(of->event, "FSU", code, term(of, "eventName"));
    if (!is_known)
        lb_doubt(of->sink, of->event, code.len > 0 ? code : lb_span_first(of->node->where, 40),
                 LB_DOUBT_CODE_UNMAPPED);
    if (!is_said && time_type.len > 0)
        lb_doubt(of->sink, of->event, time_type, LB_DOUBT_CODE_UNMAPPED);
}

static int64_t moment(lb_span said)
{
    lb_civil civil = {0};
    int64_t offset_min = LB_UNKNOWN;
    if (said.len == 0 || !lb_civil_iso(said, &civil, &offset_min) || !lb_civil_is_valid(&civil))
        return LB_UNKNOWN;
    return lb_civil_to_utc(&civil, offset_min == LB_UNKNOWN ? 0 : (int)offset_min);
}

static void say_time(const notice *of)
{
    lb_civil civil = {0};
    int64_t offset_min = LB_UNKNOWN;
    lb_span said = term(of, "eventDate");
    if (!lb_civil_iso(said, &civil, &offset_min)) {
        of->event->occurred.local_text = said;
        lb_doubt(of->sink, of->event, said.len > 0 ? said : lb_span_first(of->node->where, 40),
                 LB_DOUBT_TIME_IMPOSSIBLE);
        return;
    }
    lb_when_set(of->event, &of->event->occurred, &civil, offset_min == LB_UNKNOWN ? 0 : offset_min,
                LB_PRECISION_SECOND, said, of->reading->source, NULL);
    if (offset_min == LB_UNKNOWN && of->event->occurred.utc_us != LB_UNKNOWN)
        of->event->occurred.tz = LB_TZ_ASSUMED_UTC; /* the standard defines eventDate as UTC */
}

static void say_place(const notice *of)
{
    lb_place *place = &of->event->place;
    const lb_json_node *node = lb_json_term(of->node, "eventLocation");
    lb_span code = LB_EMPTY;
    for (const lb_json_node *at = node; at != NULL && code.len == 0; at = lb_json_walk(node, at))
        if (at->kind == LB_JSON_OBJECT)
            code = value_of(lb_json_term(at, "code"));
    if (code.len == 0)
        code = last_word(value_of(node));
    if (lb_imp_is_letters(code, 3))
        place->iata = code;
    else if (lb_imp_is_letters(code, 5))
        place->locode = code;
    place->name = value_of(lb_json_term(node, "locationName"));
    if (place->name.len == 0 && place->iata.len == 0 && place->locode.len == 0)
        place->name = value_of(node);
}

/* -- what it is about ----------------------------------------------------------------------------- */

/* "784" and "30418264" are separate members of a waybill. */
static lb_span waybill_below(lb_sink *sink, const lb_json_node *node)
{
    lb_span prefix = LB_EMPTY, number = LB_EMPTY;
    for (const lb_json_node *at = node; at != NULL && number.len == 0;
         at = lb_json_walk(node, at)) {
        prefix = value_of(lb_json_term(at, "waybillPrefix"));
        number = value_of(lb_json_term(at, "waybillNumber"));
    }
    if (number.len == 0)
        return LB_EMPTY;
    return prefix.len == 0 ? number
                           : lb_sink_print(sink, "%.*s-%.*s", LB_ARG(prefix), LB_ARG(number));
}

static const lb_json_node *subject_of(const notice *of)
{
    const lb_json_node *node = lb_json_term(of->node, "eventFor");
    return node != NULL ? node : lb_json_term(of->node, "linkedObject");
}

static void add_subject(const notice *of, const lb_json_node *node)
{
    lb_span type = last_word(value_of(lb_json_child(node, "@type")));
    lb_span awb = waybill_below(of->sink, node), link = value_of(node);
    lb_kind kind = lb_span_is(type, "Piece")         ? LB_KIND_PIECE
                   : lb_span_is(type, "LoadingUnit") ? LB_KIND_ULD
                                                     : LB_KIND_CONSIGNMENT;
    if (awb.len > 0) {
        lb_event_object(of->event, LB_ROLE_SUBJECT, LB_KIND_CONSIGNMENT, LB_SCHEME_AWB, awb);
        lb_event_reference(of->event, LB_SCHEME_AWB, awb, LB_EMPTY);
        lb_event_reference(of->event, LB_SCHEME_ADHOC, link, LB_EMPTY);
    } else {
        lb_event_object(of->event, LB_ROLE_SUBJECT, kind, LB_SCHEME_ADHOC, link);
        lb_event_reference(of->event, LB_SCHEME_ADHOC, link, LB_EMPTY);
    }
}

/* References that look like a waybill become one; the others are kept as they are. */
static void say_references(const notice *of)
{
    const lb_json_node *list = lb_json_term(of->node, "externalReferences");
    for (const lb_json_node *one = lb_json_each(list); one != NULL;
         one = lb_json_each_next(list, one)) {
        lb_span text = value_of(lb_json_term(one, "documentIdentifier"));
        lb_kind kind;
        lb_scheme scheme;
        if (text.len == 0)
            text = value_of(one);
        lb_ident_guess(text, &kind, &scheme);
        lb_event_reference(of->event, scheme == LB_SCHEME_AWB ? LB_SCHEME_AWB : LB_SCHEME_ADHOC,
                           text, LB_EMPTY);
    }
}

/* "CZ5417" at the end of the link of a movement, when it looks like a flight. */
static void say_movement(const notice *of)
{
    lb_imp_flight flight;
    lb_span link = last_word(term(of, "transportMovementReference"));
    if (link.len == 0)
        return;
    if (lb_imp_flight_read(link, &flight)) {
        of->event->movement.carrier = flight.carrier;
        of->event->movement.number = link;
    } else {
        of->event->movement.departure_id = term(of, "transportMovementReference");
    }
}

/* {"numericalValue":{"@value":"507.5"},"unit":{"@id":"...#KGM"}} */
static int64_t weight_of(const notice *of, const char *name)
{
    int64_t grams;
    const lb_json_node *node = lb_json_term(of->node, name);
    lb_span number = value_of(lb_json_term(node, "numericalValue")),
            unit = last_word(value_of(lb_json_term(node, "unit")));
    if (number.len == 0 || !lb_span_decimal(number, 3, &grams))
        return LB_UNKNOWN;
    if (lb_span_is(unit, "LBR") && grams < INT64_MAX / POUND_MG)
        return grams * POUND_MG / 1000000; /* thousandths of a pound to grams */
    return grams;
}

static void say_quantity(const notice *of)
{
    int64_t pieces;
    lb_span partial = term(of, "partialEventIndicator");
    lb_span count = term(of, "recordedPieceCount");
    if (count.len == 0)
        count = term(of, "partialPieceCount"); /* the name in the drafts */
    if (lb_span_number(count, &pieces))
        of->event->qty.pieces = pieces;
    of->event->qty.gross_g = weight_of(of, "recordedWeight");
    if (of->event->qty.gross_g == LB_UNKNOWN)
        of->event->qty.gross_g = weight_of(of, "partialWeight");
    of->event->qty.partial = lb_span_is(partial, "true");
}

static void read_event(const lb_reading *reading, lb_sink *sink, const lb_json_node *node)
{
    notice one = {reading, sink, node, lb_say(sink)};
    const lb_json_node *subjects = subject_of(&one);
    say_type(&one);
    for (const lb_json_node *at = lb_json_each(subjects); at != NULL;
         at = lb_json_each_next(subjects, at))
        add_subject(&one, at);
    if (one.event->objects.count == 0)
        lb_doubt(sink, one.event, lb_span_first(node->where, 40), LB_DOUBT_IDENTITY_GUESSED);
    say_place(&one);
    say_time(&one);
    say_references(&one);
    say_movement(&one);
    say_quantity(&one);
    one.event->prov.party = last_word(term(&one, "recordingOrganization"));
    one.event->reported_at_us = moment(term(&one, "creationDate"));
    one.event->source_event_key = lb_json_own_text(lb_json_child(node, "@id"));
    one.event->prov.message_ref = one.event->source_event_key;
}

/* -- finding events ------------------------------------------------------------------------------- */

static bool is_event(const lb_json_node *node)
{
    const lb_json_node *type = node->kind == LB_JSON_OBJECT ? lb_json_child(node, "@type") : NULL;
    for (const lb_json_node *one = lb_json_each(type); one != NULL;
         one = lb_json_each_next(type, one)) {
        lb_span word = last_word(lb_json_own_text(one));
        if (lb_span_is(word, "LogisticsEvent") || lb_span_is(word, "StatusUpdateEvent"))
            return true;
    }
    return node->kind == LB_JSON_OBJECT && lb_json_term(node, "eventCode") != NULL &&
           lb_json_term(node, "eventDate") != NULL;
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
        (lb_message_info){.format = LB_SPAN("ONERECORD"), .reported_at_us = LB_UNKNOWN};
    for (const lb_json_node *at = root; at != NULL; at = lb_json_walk(root, at))
        if (is_event(at)) {
            lb_part(sink, lb_span_first(at->where, 40), "event", ++found);
            read_event(reading, sink, at);
            lb_said(sink);
        }
    const lb_json_node *total = lb_json_term(root, "hasTotalItems");
    int64_t stated;
    if (lb_span_number(value_of(total), &stated) && stated != (int64_t)found)
        lb_doubt(sink, NULL, lb_json_where(total), LB_DOUBT_COUNT_MISMATCH);
    return found > 0 ? LB_VERDICT_READ : LB_VERDICT_NOT_MINE;
}

static unsigned probe(lb_span head)
{
    static const char *const words[] = {"cargo:eventCode", "eventCode",
                                        "https://onerecord.iata.org/ns/cargo#eventCode"};
    if (!lb_json_looks_like(head))
        return 0;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (lb_json_head_names(head, words[i]))
            return 92;
    return 0;
}

const lb_adapter lb_air_onerecord = {
    .name = "air.onerecord",
    .title = "IATA ONE Record logistics events, JSON-LD",
    .revision = 1,
    .mode = LB_MODE_AIR,
    .max_message = (size_t)8 * 1024 * 1024,
    .max_events = 10000,
    .probe = probe,
    .read = read_message,
};
