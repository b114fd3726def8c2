/* taf_order.c - ConsignmentOrder (1000): which consignment is in which wagons; and Error messages.
 *
 *     COMS 1..50                       one consignment each
 *       COM_Header                     ShipmentType CIM, CUV or SMGS; DossierNumber, VersionNumber
 *       COM
 *         AcceptancePoint              Station, ConsignmentNumber, CarrierCode [, AcceptanceDate]
 *         DeliveryPoint                Station
 *         Wagons 0..99                 WagonNumberFreight
 *           GoodsInWagon               ILU...: the load units on the wagon
 *         AgreedTimeOfDelivery
 *
 * Version 3.3.0 replaced the message as a whole, so elements are found by name anywhere below COMS. A
 * consignment has the same identifier as in wagon messages, "80/02917/2180/2026-03-10/417305": country of the
 * railway (UIC), station, carrier, day, number. CUV, the order for an empty wagon, is numbered like CIM.
 * Associations are OBSERVE at the acceptance when there is one: an order alone loads nothing. */
#include "taf.h"

enum { MAX_CONSIGNMENTS = 50 };

/* -- the identifier of the consignment --------------------------------------------------------- */

/* The UIC country code of control labels; other countries keep their two letters. */
static lb_span uic_country(lb_span country)
{
    static const char *const table[][2] = {
        {"AT", "81"}, {"AZ", "57"}, {"BY", "21"}, {"CN", "33"}, {"DE", "80"}, {"EE", "26"},
        {"GE", "28"}, {"KG", "59"}, {"KZ", "27"}, {"LT", "24"}, {"LV", "25"}, {"MD", "23"},
        {"MN", "31"}, {"NL", "84"}, {"PL", "51"}, {"RU", "20"}, {"TJ", "66"}, {"TM", "67"},
        {"TR", "75"}, {"UA", "22"}, {"UZ", "29"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (lb_span_is(country, table[i][0]))
            return lb_span_of(table[i][1]);
    return country;
}

static const lb_xml_node *said_below(const lb_xml_node *top, const char *name)
{
    const lb_xml_node *at = lb_xml_below(top, name);
    return at != NULL && at->text.len > 0 ? at : NULL;
}

static lb_span text_below(const lb_xml_node *top, const char *name)
{
    const lb_xml_node *at = said_below(top, name);
    return at == NULL ? LB_EMPTY : at->text;
}

static const lb_xml_node *acceptance_time(const lb_xml_node *acceptance)
{
    const lb_xml_node *at = said_below(acceptance, "AcceptanceDateTime");
    return at != NULL ? at : said_below(acceptance, "AcceptanceDate");
}

static lb_scheme scheme_of(lb_span type)
{
    if (lb_span_is(type, "SMGS"))
        return LB_SCHEME_SMGS;
    return lb_span_is(type, "CIM") || lb_span_is(type, "CUV") ? LB_SCHEME_CIM : LB_SCHEME_ADHOC;
}

/* The five digits of a station: its primary code, or the code of a control label. */
static lb_span station_word(const lb_taf *taf, const lb_xml_node *acceptance)
{
    lb_span code = text_below(acceptance, "ShippingStationCode");
    int64_t number;
    if (code.len == 0)
        code = text_below(acceptance, "LocationPrimaryCode");
    if (code.len >= 5 || !lb_span_number(code, &number))
        return code;
    return lb_sink_print(taf->sink, "%05d", (int)number);
}

static lb_span consignment_name(const lb_taf *taf, const lb_xml_node *acceptance, lb_scheme scheme)
{
    lb_span number = text_below(acceptance, "ConsignmentNumber");
    lb_span country = text_below(acceptance, "ShippingCountry");
    if (number.len == 0 || scheme == LB_SCHEME_SMGS)
        return number; /* an SMGS waybill has a number of its own */
    if (country.len == 0)
        country = uic_country(text_below(acceptance, "CountryCodeISO"));
    return lb_sink_print(taf->sink, "%.*s/%.*s/%.*s/%.*s/%.*s", LB_ARG(country),
                         LB_ARG(station_word(taf, acceptance)),
                         LB_ARG(lb_taf_company(taf, text_below(acceptance, "CarrierCode"))),
                         LB_ARG(lb_taf_day(acceptance_time(acceptance))), LB_ARG(number));
}

/* -- wagons and load units --------------------------------------------------------------------- */

static bool is_unit_name(lb_span name)
{
    return lb_span_starts(name, "ILU") || lb_span_is(name, "ContainerNumber") ||
           lb_span_is(name, "LoadUnitNumber");
}

/* Four letters and seven digits: other elements named ILU... hold lengths and types. */
static bool is_unit_number(lb_span text)
{
    return text.len == 11 && !lb_span_all_digits(lb_span_first(text, 4)) &&
           lb_span_all_digits(lb_span_after(text, 4));
}

static void put_units(lb_event *event, const lb_object *consignment, const lb_object *wagon,
                      const lb_xml_node *top)
{
    const lb_xml_node *at = lb_xml_walk(top, top);
    for (; at != NULL; at = lb_xml_walk(top, at)) {
        if (!is_unit_name(at->name) || !is_unit_number(at->text))
            continue;
        lb_object box;
        lb_taf_unit_object(event, &box, LB_EMPTY, at->text);
        lb_event_assoc(event, LB_ASSOC_OBSERVE, wagon, &box);
        lb_event_assoc(event, LB_ASSOC_OBSERVE, &box, consignment);
    }
}

/* The element around a wagon's number and its goods: the parent, or the one above when the
 * number has a wrapper; never one that contains another wagon. */
static const lb_xml_node *around_wagon(const lb_xml_node *order, const lb_xml_node *number)
{
    const lb_xml_node *near = number->parent, *above = near->parent;
    if (near == order || above == order || lb_xml_below(near, "GoodsInWagon") != NULL)
        return near == order ? number : near;
    const lb_xml_node *at = lb_xml_walk(above, above);
    size_t wagons = 0;
    for (; at != NULL && wagons < 2; at = lb_xml_walk(above, at))
        wagons += lb_xml_is(at, "WagonNumberFreight");
    return wagons == 1 ? above : near;
}

static void put_wagons(lb_event *event, const lb_xml_node *order)
{
    const lb_object *subject = lb_event_find_object(event, LB_ROLE_SUBJECT);
    if (subject == NULL)
        return;
    lb_object consignment = *subject;
    const lb_xml_node *at = lb_xml_walk(order, order);
    for (; at != NULL; at = lb_xml_walk(order, at)) {
        if (!lb_xml_is(at, "WagonNumberFreight") || at->text.len == 0)
            continue;
        lb_object wagon;
        lb_taf_wagon_object(event, &wagon, at->text);
        lb_event_assoc(event, LB_ASSOC_OBSERVE, &wagon, &consignment);
        put_units(event, &consignment, &wagon, around_wagon(order, at));
    }
}

typedef struct order {
    const lb_xml_node *node, *acceptance, *delivery;
    lb_span type, name, dossier;
    lb_scheme scheme;
} order;

static order read_order(const lb_taf *taf, const lb_xml_node *node)
{
    order in = {.node = node,
                .acceptance = lb_xml_below(node, "AcceptancePoint"),
                .delivery = lb_xml_below(node, "DeliveryPoint"),
                .type = text_below(node, "ShipmentType"),
                .dossier = text_below(node, "DossierNumber")};
    in.scheme = scheme_of(in.type);
    in.name = consignment_name(taf, in.acceptance, in.scheme);
    return in;
}

static void put_places(const lb_taf *taf, const order *in, lb_event *event)
{
    const lb_xml_node *from = lb_xml_below(in->acceptance, "Station");
    const lb_xml_node *to = lb_xml_below(in->delivery, "Station");
    lb_taf_place(taf, event, &event->movement.from, from != NULL ? from : in->acceptance,
                 LB_PLACE_ROLE_FROM);
    lb_taf_place(taf, event, &event->movement.to, to != NULL ? to : in->delivery, LB_PLACE_ROLE_TO);
    event->movement.carrier = lb_taf_company(taf, text_below(in->acceptance, "CarrierCode"));
}

/* "2180|ORDER|2180202603100000417|BKDC"; without a dossier number the consignment identifies the
 * order. */
static lb_event *say_order(const lb_taf *taf, const order *in, lb_event_type type,
                           lb_classifier classifier)
{
    int64_t version;
    lb_event *event = lb_taf_say(taf, type, classifier);
    lb_event_object(event, LB_ROLE_SUBJECT, LB_KIND_CONSIGNMENT,
                    in->name.len > 0 ? in->scheme : LB_SCHEME_ADHOC,
                    in->name.len > 0 ? in->name : in->dossier);
    lb_event_raw(event, "TAF.ShipmentType", in->type, LB_EMPTY);
    if (in->scheme == LB_SCHEME_ADHOC)
        lb_doubt(taf->sink, event, in->type.len > 0 ? in->type : in->node->where,
                 LB_DOUBT_CODE_UNMAPPED);
    lb_event_reference(event, LB_SCHEME_ADHOC, in->dossier, LB_EMPTY);
    if (lb_span_number(text_below(in->node, "VersionNumber"), &version))
        event->revision = version;
    put_places(taf, in, event);
    event->source_event_key = lb_sink_print(taf->sink, "%.*s|ORDER|%.*s|%s", LB_ARG(taf->sender),
                                            LB_ARG(in->dossier.len > 0 ? in->dossier : in->name),
                                            lb_event_type_code(type));
    return event;
}

static void say_consignment(const lb_taf *taf, const lb_xml_node *node)
{
    const lb_xml_node *made =
        lb_xml_find(taf->root, "MessageHeader/MessageReference/MessageDateTime");
    order in = read_order(taf, node);
    const lb_xml_node *accepted = acceptance_time(in.acceptance);
    const lb_xml_node *agreed = said_below(node, "AgreedTimeOfDelivery");
    if (in.name.len == 0 && in.dossier.len == 0) {
        lb_taf_doubt(taf, NULL, node, LB_DOUBT_GRAMMAR_ODD);
        return;
    }

    lb_event *event = say_order(taf, &in, LB_EVENT_BKDC, LB_CLASSIFIER_ACTUAL);
    lb_taf_place_as(&event->place, &event->movement.from, LB_PLACE_ROLE_AT);
    lb_taf_when(taf, event, &event->occurred, made, &event->place);
    if (accepted == NULL)
        put_wagons(event, node);
    if (accepted != NULL) {
        event = say_order(taf, &in, LB_EVENT_ACPT, LB_CLASSIFIER_ACTUAL);
        lb_taf_place_as(&event->place, &event->movement.from, LB_PLACE_ROLE_AT);
        lb_taf_when(taf, event, &event->occurred, accepted, &event->place);
        if (event->occurred.utc_us > taf->reading->received_us)
            event->classifier = LB_CLASSIFIER_PLANNED;
        put_wagons(event, node);
    }
    if (agreed != NULL) {
        event = say_order(taf, &in, LB_EVENT_DLVR, LB_CLASSIFIER_PLANNED);
        lb_taf_place_as(&event->place, &event->movement.to, LB_PLACE_ROLE_AT);
        lb_taf_when(taf, event, &event->occurred, agreed, &event->place);
    }
}

lb_verdict lb_taf_read_order(const lb_taf *taf)
{
    const lb_xml_node *node = lb_xml_below(taf->root, "COMS");
    if (node == NULL) {
        say_consignment(taf, taf->root); /* before 3.3.0: one consignment, without the wrapper */
        return LB_VERDICT_READ;
    }
    if (lb_xml_count(node->parent, "COMS") > MAX_CONSIGNMENTS)
        return lb_refuse(taf->sink, LB_VERDICT_TOO_MUCH, node->where,
                         "more than %d consignments in one message", MAX_CONSIGNMENTS);
    for (; node != NULL; node = lb_xml_next(node, "COMS"))
        say_consignment(taf, node);
    return LB_VERDICT_READ;
}

/* -- errors ----------------------------------------------------------------------------------- */

/* A partner could not process a message of ours. The codes are bilateral, so a profile may map
 * them. */
static void say_error(const lb_taf *taf, const lb_xml_node *error, size_t nth)
{
    static const char *const reasons[] = {"TypeOfError", "Severity", "TagReference"};
    const lb_xml_node *made =
        lb_xml_find(taf->root, "MessageHeader/MessageReference/MessageDateTime");
    lb_event *event = lb_taf_say(taf, LB_EVENT_UNSPECIFIED, LB_CLASSIFIER_ACTUAL);
    lb_taf_train train = lb_taf_train_of(taf, taf->root, NULL);
    lb_span code = text_below(error, "ErrorCode");
    lb_source_code partner;

    lb_event_raw(event, "TAF.Error", code, text_below(error, "FreeTextField"));
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        lb_text_list_add(taf->sink, &event->raw.reasons, text_below(error, reasons[i]));
    if (lb_source_find_code(taf->reading->source, LB_SPAN("TAF.Error"), code, &partner)) {
        lb_event_is(event, partner.type, LB_CLASSIFIER_ACTUAL, LB_MODE_RAIL);
        lb_doubt(taf->sink, event, code, LB_DOUBT_CODE_PARTNER_TABLE);
    } else {
        lb_doubt(taf->sink, event, code.len > 0 ? code : error->where, LB_DOUBT_CODE_UNMAPPED);
    }
    if (train.is_guessed)
        train.date = LB_EMPTY; /* the day of the error is not the day of the train */
    lb_span run = lb_taf_train_put(taf, event, LB_ROLE_SUBJECT, &train);
    lb_taf_when(taf, event, &event->occurred, made, NULL);
    event->source_event_key = lb_sink_print(
        taf->sink, "%.*s|ERROR|%.*s|%.*s|%.*s#%zu", LB_ARG(taf->sender), LB_ARG(run),
        LB_ARG(lb_xml_text(taf->root, "MessageHeader/MessageReference/MessageIdentifier")),
        LB_ARG(code), nth);
}

lb_verdict lb_taf_read_error(const lb_taf *taf)
{
    const lb_xml_node *error = lb_xml_child(taf->root, "Error");
    size_t nth = 0;
    if (error == NULL)
        say_error(taf, taf->root, ++nth);
    for (; error != NULL; error = lb_xml_next(error, "Error"))
        say_error(taf, error, ++nth);
    return LB_VERDICT_READ;
}
