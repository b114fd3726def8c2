/* cr.c - China Railway as its portal 95306 shows it: wagons, containers, waybills, and tracking in words.
 *
 *     wagon      {"eventDate":"2026-03-12 03:17:42","carNo":"1547213","arrDepId":"D","eventStation":"..."}
 *     container  {"eventDate":...,"xh":"TBJU1234565","arrDepId":"在途","fz":"...","dz":"..."}
 *     waybill    {"hph":"...","ch":"1547213","xh":"...","zcwbsj":"...","fccc":"X8173","fcsj":"..."}
 *     words      {"xh":"...","list":[{"operator":"...","message":"货物已卸车完毕。","detail":"2026-03-12 03:17:42"}]}
 *
 * There is no public interface: records come in files and pushes, in various envelopes, so they are found by their
 * members at any depth. All times are Beijing time without a zone. A waybill record has up to ten times, overwritten
 * in place: each is an event of its own. Tracking in words comes newest first and names no cargo: the enclosing
 * object must. "0", "-1" and the like stand for an absent value. A train number does not contain the day, so it
 * gives no run. */
#include "china.h"
#include "json.h"
#include "landbridge/client/ident.h"

/* one object that gives an event */
typedef struct record {
    const lb_reading *reading;
    lb_sink *sink;
    const lb_json_node *node;
} record;

typedef struct meaning {
    lb_event_type type;
    lb_classifier classifier;
} meaning;

static lb_span text_of(const lb_json_node *node, const char *name)
{
    lb_span text = lb_span_trim(lb_json_text(node, name));
    return lb_china_is_nothing(text) ? LB_EMPTY : text;
}

/* The same, of the object or of those around it, which name the cargo of phrases. */
static lb_span text_around(const lb_json_node *node, const char *name)
{
    lb_span text = LB_EMPTY;
    for (; node != NULL && text.len == 0; node = node->parent)
        text = text_of(node, name);
    return text;
}

static lb_span first_of(const lb_json_node *node, const char *const *names)
{
    lb_span text = LB_EMPTY;
    for (size_t i = 0; names[i] != NULL && text.len == 0; i++)
        text = text_around(node, names[i]);
    return text;
}

/* -- what it is about ----------------------------------------------------------------------------- */

static const char *const container_names[] = {"xh", "conNo", NULL};
static const char *const wagon_names[] = {"carNo", "ch", "ch1", NULL};
static const char *const waybill_names[] = {"hph", "wbNbr", "ydid", "wbID", NULL};

/* The container if there is one, else the wagon, else the waybill. The container is on the
 * wagon. */
static void say_objects(const record *of, lb_event *event)
{
    lb_span container = first_of(of->node, container_names),
            wagon = first_of(of->node, wagon_names);
    lb_span waybill = first_of(of->node, waybill_names);
    if (container.len > 0)
        lb_event_object(event, LB_ROLE_SUBJECT, LB_KIND_CONTAINER, LB_SCHEME_ISO6346, container);
    if (wagon.len > 0)
        lb_event_object(event, container.len > 0 ? LB_ROLE_MEANS : LB_ROLE_SUBJECT, LB_KIND_WAGON,
                        LB_SCHEME_CN7, wagon);
    if (container.len == 0 && wagon.len == 0)
        lb_event_object(event, LB_ROLE_SUBJECT, LB_KIND_CONSIGNMENT, LB_SCHEME_ADHOC, waybill);
    lb_event_reference(event, LB_SCHEME_ADHOC, waybill, LB_SPAN("CR"));
    if (container.len == 0 || wagon.len == 0 || event->type == LB_EVENT_DISC)
        return;
    lb_object on, box;
    lb_ident_object(event, &on, LB_KIND_WAGON, LB_SCHEME_CN7, wagon);
    lb_ident_object(event, &box, LB_KIND_CONTAINER, LB_SCHEME_ISO6346, container);
    if (event->classifier == LB_CLASSIFIER_ACTUAL)
        lb_event_assoc(event, LB_ASSOC_OBSERVE, &on, &box);
}

static void say_station(lb_place *place, lb_span name, lb_span tmis)
{
    place->name = name;
    if (tmis.len == 0)
        return;
    place->station = tmis;
    place->station_scheme = LB_SPAN("CN_TMIS");
}

/* Origin and destination, by any of their names. */
static void say_way(const record *of, lb_event *event)
{
    static const char *const from[] = {"cdyStation", "fzhzzm", "fz", NULL};
    static const char *const to[] = {"destStation", "dzhzzm", "dz", NULL};
    say_station(&event->movement.from, first_of(of->node, from), text_around(of->node, "fztmism"));
    say_station(&event->movement.to, first_of(of->node, to), text_around(of->node, "dztmism"));
}

static lb_event *say(const record *of, meaning means, const char *scheme, lb_span code)
{
    lb_event *event = lb_say(of->sink);
    lb_event_is(event, means.type, means.classifier, LB_MODE_RAIL);
    lb_event_raw(event, scheme, code, LB_EMPTY);
    say_objects(of, event);
    say_way(of, event);
    return event;
}

/* Waybill or equipment, milestone, time: the portal has no number for events. */
static void set_key(const record *of, lb_event *event, lb_span fact)
{
    const lb_object *subject = lb_event_find_object(event, LB_ROLE_SUBJECT);
    event->source_event_key =
        lb_sink_print(of->sink, "%.*s|%.*s|%.*s|%.*s", LB_ARG(first_of(of->node, waybill_names)),
                      LB_ARG(subject == NULL ? LB_EMPTY : subject->id), LB_ARG(fact),
                      LB_ARG(event->occurred.local_text));
}

/* -- phrases -------------------------------------------------------------------------------------- */

static lb_span without_stop(lb_span phrase)
{
    const lb_span stop = LB_SPAN("\u3002");
    if (phrase.len >= stop.len && memcmp(phrase.at + phrase.len - stop.len, stop.at, stop.len) == 0)
        phrase.len -= stop.len;
    return lb_span_trim(phrase);
}

static bool find_phrase(const record *of, lb_span phrase, meaning *means)
{
    static const struct {
        const char *phrase;
        meaning means;
    } phrases[] = {
#define CR_PHRASE(phrase, type, classifier) {phrase, {LB_EVENT_##type, LB_CLASSIFIER_##classifier}},
#include "cr_phrases.def"
#undef CR_PHRASE
    };
    lb_source_code own;
    if (lb_source_find_code(of->reading->source, LB_SPAN("CR"), phrase, &own)) {
        *means =
            (meaning){own.type, own.classifier == LB_CLASSIFIER_UNSPECIFIED ? LB_CLASSIFIER_ACTUAL
                                                                            : own.classifier};
        return true;
    }
    for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++)
        if (lb_span_is(phrase, phrases[i].phrase)) {
            *means = phrases[i].means;
            return true;
        }
    *means = (meaning){LB_EVENT_UNSPECIFIED, LB_CLASSIFIER_ACTUAL};
    return false;
}

/* -- the three kinds of records ------------------------------------------------------------------- */

/* L laden, E empty; some senders write it in words. */
static void say_fill(const record *of, lb_event *event)
{
    lb_span fill = text_of(of->node, "carLE");
    if (lb_span_is(fill, "L") || lb_span_is(fill, "重"))
        event->cond.fill = LB_FILL_LADEN;
    else if (lb_span_is(fill, "E") || lb_span_is(fill, "空"))
        event->cond.fill = LB_FILL_EMPTY;
    else if (fill.len > 0)
        lb_doubt(of->sink, event, fill, LB_DOUBT_CODE_UNMAPPED);
}

static void say_train(const record *of, lb_event *event)
{
    int64_t position;
    event->movement.number = text_of(of->node, "trainId");
    if (lb_span_number(text_of(of->node, "trainOrder"), &position))
        for (size_t i = 0; i < event->assoc.count; i++)
            event->assoc.at[i].position = position;
}

/* A wagon or container, and its last operation. */
static void read_tracking(const record *of)
{
    lb_span state = without_stop(text_of(of->node, "arrDepId"));
    lb_span left_km = text_of(of->node, "dzlc");
    meaning means;
    bool is_known = find_phrase(of, state, &means);
    lb_event *event = say(of, means, "CR.arrDepId", state);
    if (!is_known)
        lb_doubt(of->sink, event, state.len > 0 ? state : lb_json_where(of->node),
                 LB_DOUBT_CODE_UNMAPPED);
    event->raw.text = text_of(of->node, "cdyName");
    say_station(&event->place, text_of(of->node, "eventStation"), text_of(of->node, "tmism"));
    if (event->place.name.len == 0)
        event->place.name = text_of(of->node, "eventCity");
    say_fill(of, event);
    say_train(of, event);
    lb_when_read_beijing(event, &event->occurred, text_of(of->node, "eventDate"),
                         of->reading->source);
    if (left_km.len > 0)
        event->remark = lb_sink_print(of->sink, "%.*s km left", LB_ARG(left_km));
    set_key(of, event, state);
}

typedef enum cr_end { CR_FROM, CR_TO } cr_end;

static void read_waybill(const record *of)
{
    static const struct {
        const char *field, *train;
        meaning means;
        cr_end end;
    } facts[] = {
#define CR_FACT(field, train, type, classifier, where) \
    {field, train, {LB_EVENT_##type, LB_CLASSIFIER_##classifier}, CR_##where},
#include "cr_facts.def"
#undef CR_FACT
    };
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        lb_span time = text_of(of->node, facts[i].field);
        if (time.len == 0)
            continue;
        lb_event *event = say(of, facts[i].means, "CR.waybill", lb_span_of(facts[i].field));
        event->place = facts[i].end == CR_FROM ? event->movement.from : event->movement.to;
        event->raw.text = text_of(of->node, "hzpm");
        if (facts[i].train != NULL)
            event->movement.number = text_of(of->node, facts[i].train);
        lb_when_read_beijing(event, &event->occurred, time, of->reading->source);
        set_key(of, event, event->raw.code);
    }
}

static void read_words(const record *of)
{
    lb_span phrase = text_of(of->node, "message"), bare = without_stop(phrase);
    meaning means;
    bool is_known = find_phrase(of, bare, &means);
    lb_event *event = say(of, means, "CR.words", bare);
    if (!is_known)
        lb_doubt(of->sink, event, phrase, LB_DOUBT_CODE_UNMAPPED);
    say_station(&event->place, text_of(of->node, "operator"), text_of(of->node, "tmism"));
    lb_when_read_beijing(event, &event->occurred, text_of(of->node, "detail"), of->reading->source);
    set_key(of, event, bare);
}

/* -- finding records --------------------------------------------------------------------------- */

static bool has(const lb_json_node *node, const char *name)
{
    return lb_json_child(node, name) != NULL;
}

static bool names_cargo(const lb_json_node *node)
{
    return first_of(node, container_names).len + first_of(node, wagon_names).len +
               first_of(node, waybill_names).len >
           0;
}

static void (*reader_of(const lb_json_node *node))(const record *)
{
    if (has(node, "operator") && has(node, "message") && has(node, "detail"))
        return read_words;
    if (has(node, "arrDepId"))
        return read_tracking;
    bool is_waybill = has(node, "hph") || has(node, "ydid");
    return is_waybill && (has(node, "fzhzzm") || has(node, "dzhzzm") || has(node, "fcsj") ||
                          has(node, "zcwbsj") || has(node, "dztmism"))
               ? read_waybill
               : NULL;
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
        (lb_message_info){.format = LB_SPAN("CR.95306"), .reported_at_us = LB_UNKNOWN};
    const lb_json_node *nameless = NULL;
    for (const lb_json_node *at = root; at != NULL; at = lb_json_walk(root, at)) {
        void (*read)(const record *) = reader_of(at);
        if (read == NULL)
            continue;
        lb_part(sink, lb_span_first(at->where, 40), "record", ++found);
        if (names_cargo(at))
            read(&(record){reading, sink, at});
        else
            nameless = at;
        lb_said(sink);
    }
    if (found == 0)
        return LB_VERDICT_NOT_MINE;
    if (nameless != NULL && lb_sink_count(sink) == 0)
        return lb_refuse(
            sink, LB_VERDICT_GARBLED, lb_span_first(nameless->where, 40),
            "no cargo is named: put the records inside an object with xh, ch, carNo or hph");
    if (nameless != NULL)
        lb_doubt(sink, NULL, lb_span_first(nameless->where, 40), LB_DOUBT_GRAMMAR_ODD);
    return LB_VERDICT_READ;
}

static unsigned probe(lb_span head)
{
    static const char *const waybill[] = {"fzhzzm", "dzhzzm", "dztmism", "zcwbsj", "fcsj"};
    if (!lb_json_looks_like(head))
        return 0;
    if (lb_json_head_names(head, "arrDepId"))
        return 92;
    if (lb_json_head_names(head, "operator") && lb_json_head_names(head, "message") &&
        lb_json_head_names(head, "detail"))
        return 90;
    bool has_number = lb_json_head_names(head, "hph") || lb_json_head_names(head, "ydid");
    for (size_t i = 0; has_number && i < sizeof waybill / sizeof waybill[0]; i++)
        if (lb_json_head_names(head, waybill[i]))
            return 92;
    return 0;
}

const lb_adapter lb_rail_cr = {
    .name = "rail.cr",
    .title = "China Railway 95306: wagons, containers, waybills, tracking in words",
    .revision = 1,
    .mode = LB_MODE_RAIL,
    .max_message = (size_t)8 * 1024 * 1024,
    .max_events = 50000,
    .probe = probe,
    .read = read_message,
};
