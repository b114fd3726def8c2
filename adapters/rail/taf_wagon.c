/* taf_wagon.c - wagons on their way: WagonStatusMessages, ETA and alerts.
 *
 *     WagonStatusMessage 1..500        3.4.1 and later
 *       ReportingRU, MessageCreationDateTime, WagonNumberFreight
 *       Event                          EventType, time, place or position
 *       LoadingStatus                  0 empty, 1 loaded
 *       Train                          number and date: OBSERVE of the wagon in this train
 *       ConsignmentIdentification*     ControlLabel: the CIM consignment
 *
 * There is no MessageStatus, hence no retraction: of two messages on the same event the one with the newer
 * MessageCreationDateTime counts. The notices of earlier versions: taf_notice.c. */
#include "taf.h"

enum { MAX_MESSAGES = 500 };

/* EventType. Its numbers overlap with RunningStatus (taf_train.c) but have other meanings. */
static const lb_taf_code event_type[] = {
    {"10", LB_EVENT_REDY, true, "ready to pull"},
    {"20", LB_EVENT_PICK, true, "pulled from siding"},
    {"01", LB_EVENT_DEPA, true, "left origin with train"},
    {"03", LB_EVENT_DEPA, true, "departed from station with train"},
    {"04", LB_EVENT_ARRI, true, "arrived with train"},
    {"13", LB_EVENT_PASS, true, "passed through"},
    {"14", LB_EVENT_HNDO, true, "handed over to next railway undertaking"},
    {"24", LB_EVENT_HNDO, true, "taken over from previous railway undertaking"},
    {"06", LB_EVENT_BRKD, true, "journey irregularity"},
    {"16", LB_EVENT_RESU, true, "journey recovered"},
    {"05", LB_EVENT_ARRI, true, "reached destination station"},
    {"15", LB_EVENT_DLVR, true, "delivered to siding or unloading place"},
    {"60", LB_EVENT_PING, true, "position"},
    {NULL, LB_EVENT_UNSPECIFIED, false, NULL},
};

typedef struct wagon_message {
    const lb_xml_node *node, *number, *event;
    lb_span railway; /* ReportingRU */
} wagon_message;

/* -- parts ------------------------------------------------------------------------------------ */

static void put_fill(lb_event *event, lb_span loading_status)
{
    if (lb_span_is(loading_status, "0"))
        event->cond.fill = LB_FILL_EMPTY;
    else if (lb_span_is(loading_status, "1"))
        event->cond.fill = LB_FILL_LADEN;
}

/* "2917" -> "02917": a station code has five digits; older senders omit leading zeros. */
static lb_span station_code(const lb_taf *taf, lb_span code)
{
    int64_t number;
    if (code.len >= 5 || !lb_span_number(code, &number))
        return code;
    return lb_sink_print(taf->sink, "%05d", (int)number);
}

/* ControlLabel: only the whole is unique, "80/02917/2180/2026-03-10/417305". */
static void put_consignment(const lb_taf *taf, lb_event *event, const lb_xml_node *consignment)
{
    const lb_xml_node *label = lb_xml_child(consignment, "ControlLabel");
    lb_span number = lb_xml_text(label, "ConsignmentNumber");
    lb_span carrier = lb_taf_company(taf, lb_xml_text(label, "ShippingCarrier"));
    lb_event_reference(event, LB_SCHEME_ADHOC, lb_xml_text(consignment, "DossierNumber"), LB_EMPTY);
    if (number.len == 0)
        return;
    lb_span value = lb_sink_print(
        taf->sink, "%.*s/%.*s/%.*s/%.*s/%.*s", LB_ARG(lb_xml_text(label, "ShippingCountry")),
        LB_ARG(station_code(taf, lb_xml_text(label, "ShippingStationCode"))), LB_ARG(carrier),
        LB_ARG(lb_taf_day(lb_xml_child(label, "AcceptanceDate"))), LB_ARG(number));
    lb_event_reference(event, LB_SCHEME_CIM, value, carrier);
}

static void put_train(const lb_taf *taf, lb_event *event, const lb_xml_node *train)
{
    if (train == NULL)
        return;
    lb_taf_train run = lb_taf_train_of(taf, train, NULL);
    if (run.is_guessed)
        run.date = LB_EMPTY; /* a wagon is not put into a train on a guessed date */
    lb_taf_train_put(taf, event, LB_ROLE_MEANS, &run);
    event->movement.carrier = lb_taf_company(taf, lb_xml_text(train, "TrainOperatingRU"));
}

static void put_where(const lb_taf *taf, lb_event *event, const lb_xml_node *told)
{
    const lb_xml_node *information = lb_xml_child(told, "EventLocationInformation");
    const lb_xml_node *location = lb_xml_child(information, "EventLocation");
    lb_taf_place(taf, event, &event->place, location, LB_PLACE_ROLE_AT);
    lb_taf_position(taf, event, lb_xml_child(information, "Position"));

    bool may_lack = lb_span_is(event->raw.code, "06") || lb_span_is(event->raw.code, "16");
    if (location == NULL && event->pos.lat_e7 == LB_UNKNOWN && !may_lack)
        lb_taf_doubt(taf, event, told, LB_DOUBT_GRAMMAR_ODD);
}

static void put_route(const lb_taf *taf, lb_event *event, const lb_xml_node *node)
{
    lb_taf_place(taf, event, &event->movement.from, lb_xml_child(node, "ShippingLocation"),
                 LB_PLACE_ROLE_FROM);
    lb_taf_place(taf, event, &event->movement.to, lb_xml_child(node, "DestinationLocation"),
                 LB_PLACE_ROLE_TO);
    if (lb_span_is(event->raw.code, "01") && lb_place_is_empty(&event->movement.from))
        lb_taf_place_as(&event->movement.from, &event->place, LB_PLACE_ROLE_FROM);
    if (lb_span_is(event->raw.code, "05") && lb_place_is_empty(&event->movement.to))
        lb_taf_place_as(&event->movement.to, &event->place, LB_PLACE_ROLE_TO);
}

/* "2180|WAGON|355108014406|05|2026-03-12T05:02:00Z|DE02917": the time is in UTC, so that the
 * same moment in another zone is the same fact. */
static void set_key(const lb_taf *taf, lb_event *event, const wagon_message *m, const char *suffix)
{
    char utc[LB_TIME_ROOM];
    lb_span time = event->occurred.local_text;
    if (event->occurred.utc_us != LB_UNKNOWN)
        time = (lb_span){utc, lb_time_print(utc, sizeof utc, event->occurred.utc_us, 0)};
    event->source_event_key =
        lb_sink_print(taf->sink, "%.*s|WAGON|%.*s|%.*s|%.*s|%.*s%s", LB_ARG(m->railway),
                      LB_ARG(m->number->text), LB_ARG(event->raw.code), LB_ARG(time),
                      LB_ARG(lb_taf_place_word(taf, &event->place)), suffix);
}

/* -- WagonStatusMessages ---------------------------------------------------------------------- */

static lb_event *say_wagon(const lb_taf *taf, const wagon_message *m)
{
    lb_event *event = lb_taf_say(taf, LB_EVENT_UNSPECIFIED, LB_CLASSIFIER_ACTUAL);
    const lb_xml_node *created = lb_xml_child(m->node, "MessageCreationDateTime");
    int64_t created_us = lb_taf_moment(taf, created);

    if (created_us != LB_UNKNOWN)
        event->reported_at_us = created_us;
    event->classifier = lb_taf_status(taf, event, "TAF.EventType", event_type,
                                      lb_xml_child(m->event, "EventType"), LB_CLASSIFIER_ACTUAL);
    lb_taf_wagon(event, LB_ROLE_SUBJECT, m->number->text);
    put_where(taf, event, m->event);
    lb_taf_when(taf, event, &event->occurred, lb_xml_child(m->event, "EventDateTime"),
                &event->place);
    put_fill(event, lb_xml_text(m->node, "LoadingStatus"));
    put_train(taf, event, lb_xml_child(m->node, "Train"));
    put_route(taf, event, m->node);
    const lb_xml_node *id = lb_xml_child(m->node, "ConsignmentIdentification");
    for (; id != NULL; id = lb_xml_next(id, "ConsignmentIdentification"))
        put_consignment(taf, event, id);
    return event;
}

static void put_damage(const lb_taf *taf, lb_event *event, const lb_xml_node *irregularity)
{
    const lb_xml_node *code = lb_xml_child(irregularity, "DamageCodes");
    if (code != NULL && event->type == LB_EVENT_BRKD)
        lb_event_is(event, LB_EVENT_DAMG, event->classifier, LB_MODE_RAIL);
    for (; code != NULL; code = lb_xml_next(code, "DamageCodes")) {
        lb_text_list_add(taf->sink, &event->cond.damage, code->text);
        for (const lb_xml_node *each = code->first; each != NULL; each = each->next)
            lb_text_list_add(taf->sink, &event->cond.damage, each->text);
    }
}

/* A wagon that can no longer run gets a STOP beside its defect. */
static void say_stop(const lb_taf *taf, const wagon_message *m)
{
    lb_event *event = say_wagon(taf, m);
    lb_event_is(event, LB_EVENT_STOP, LB_CLASSIFIER_ACTUAL, LB_MODE_RAIL);
    set_key(taf, event, m, "|STOP");
}

static void read_one(const lb_taf *taf, const wagon_message *m)
{
    lb_event *event = say_wagon(taf, m);
    const lb_xml_node *irregularity = lb_xml_child(m->node, "WagonJourneyIrregularity");
    lb_span able = lb_xml_text(irregularity, "IsAbleToRun");
    bool is_ahead =
        event->occurred.utc_us != LB_UNKNOWN && event->occurred.utc_us > taf->reading->received_us;

    if (lb_span_is(event->raw.code, "10") && is_ahead)
        event->classifier = LB_CLASSIFIER_ESTIMATED;
    put_damage(taf, event, irregularity);
    set_key(taf, event, m, "");
    if (lb_span_is(event->raw.code, "06") && (lb_span_is(able, "false") || lb_span_is(able, "0")))
        say_stop(taf, m);
}

lb_verdict lb_taf_read_wagon_status(const lb_taf *taf)
{
    const lb_xml_node *node = lb_xml_child(taf->root, "WagonStatusMessage");
    if (node == NULL)
        return lb_refuse(taf->sink, LB_VERDICT_GARBLED, taf->root->where, "no WagonStatusMessage");
    if (lb_xml_count(taf->root, "WagonStatusMessage") > MAX_MESSAGES)
        return lb_refuse(taf->sink, LB_VERDICT_TOO_MUCH, taf->root->where,
                         "more than %d wagons in one message: send several", MAX_MESSAGES);

    for (; node != NULL; node = lb_xml_next(node, "WagonStatusMessage")) {
        wagon_message m = {node, lb_xml_child(node, "WagonNumberFreight"),
                           lb_xml_child(node, "Event"), LB_EMPTY};
        if (m.number == NULL || m.number->text.len == 0 || m.event == NULL)
            return lb_refuse(taf->sink, LB_VERDICT_GARBLED, node->where, "no %s",
                             m.event == NULL ? "Event" : "WagonNumberFreight");
        m.railway = lb_taf_company(taf, lb_xml_text(node, "ReportingRU"));
        if (m.railway.len == 0)
            m.railway = taf->sender;
        read_one(taf, &m);
    }
    return LB_VERDICT_READ;
}

/* -- ETI and ETA ------------------------------------------------------------------------------ */

/* Source is an English text. Experience is a plan, the other two are forecasts. */
static lb_classifier eta_classifier(const lb_taf *taf, lb_event *event, const lb_xml_node *source)
{
    lb_span text = source == NULL ? LB_EMPTY : source->text;
    if (lb_span_starts(text, "Experienced"))
        return LB_CLASSIFIER_PLANNED;
    if (text.len > 0 && !lb_span_starts(text, "Real Time") && !lb_span_starts(text, "Estimated"))
        lb_taf_doubt(taf, event, source, LB_DOUBT_CODE_UNMAPPED);
    return LB_CLASSIFIER_ESTIMATED;
}

static void say_eta(const lb_taf *taf, const lb_xml_node *report, lb_span number, bool is_arrival)
{
    const lb_xml_node *source = lb_xml_child(report, "Source");
    lb_event *event =
        lb_taf_say(taf, is_arrival ? LB_EVENT_ARRI : LB_EVENT_DEPA, LB_CLASSIFIER_ESTIMATED);
    event->classifier = eta_classifier(taf, event, source);
    lb_event_raw(event, "TAF.ETASource", source == NULL ? LB_EMPTY : source->text, LB_EMPTY);
    lb_taf_wagon(event, LB_ROLE_SUBJECT, number);
    lb_taf_place(taf, event, &event->place, report, LB_PLACE_ROLE_AT);
    lb_taf_when(
        taf, event, &event->occurred,
        lb_xml_child(report, is_arrival ? "ArrivalTimeAtLocation" : "DepartureTimeAtLocation"),
        &event->place);
    put_fill(event, lb_xml_text(taf->root, "WagonInformation/LoadingStatus"));
    put_train(taf, event, lb_xml_child(report, "TrainID"));
    event->source_event_key = lb_sink_print(
        taf->sink, "%.*s|ETA|%.*s|%.*s|%s|%.*s|%s", LB_ARG(taf->sender), LB_ARG(number),
        LB_ARG(lb_taf_place_word(taf, &event->place)), lb_event_type_code(event->type),
        LB_ARG(event->raw.code), lb_classifier_name(event->classifier));
}

static lb_verdict refuse_no_wagon(const lb_taf *taf)
{
    return lb_refuse(taf->sink, LB_VERDICT_GARBLED, taf->root->where,
                     "no WagonNumberFreight: the wagon cannot be identified");
}

lb_verdict lb_taf_read_eta(const lb_taf *taf)
{
    const lb_xml_node *number = lb_xml_below(taf->root, "WagonNumberFreight");
    const lb_xml_node *report = lb_xml_child(taf->root, "ArrivalInterchangeReport");
    if (number == NULL || number->text.len == 0)
        return refuse_no_wagon(taf);
    for (; report != NULL; report = lb_xml_next(report, "ArrivalInterchangeReport"))
        say_eta(taf, report, number->text, true);
    report = lb_xml_child(taf->root, "DepartureInterchangeReport");
    for (; report != NULL; report = lb_xml_next(report, "DepartureInterchangeReport"))
        say_eta(taf, report, number->text, false);
    return LB_VERDICT_READ;
}

/* -- alert ------------------------------------------------------------------------------------ */

/* 5001: the announced time of arrival cannot be kept. */
lb_verdict lb_taf_read_alert(const lb_taf *taf)
{
    const lb_xml_node *number = lb_xml_below(taf->root, "WagonNumberFreight");
    const lb_xml_node *promised = lb_xml_below(taf->root, "CommitmentETA");
    const lb_xml_node *actual = lb_xml_below(taf->root, "ActualETA");
    if (number == NULL || number->text.len == 0)
        return refuse_no_wagon(taf);

    lb_event *event = lb_taf_say(taf, LB_EVENT_DLAY, LB_CLASSIFIER_ESTIMATED);
    lb_event_raw(event, "TAF", LB_SPAN("5001"), LB_SPAN("alert"));
    lb_taf_wagon(event, LB_ROLE_SUBJECT, number->text);
    lb_taf_place(taf, event, &event->place, lb_xml_below(taf->root, "Location"), LB_PLACE_ROLE_AT);
    lb_taf_when(taf, event, &event->occurred, actual, &event->place);
    int64_t promised_us = lb_taf_moment(taf, promised);
    if (promised_us != LB_UNKNOWN && event->occurred.utc_us != LB_UNKNOWN)
        event->exc.delay_s = (event->occurred.utc_us - promised_us) / LB_SECOND_US;
    event->source_event_key =
        lb_sink_print(taf->sink, "%.*s|ALERT|%.*s|%.*s", LB_ARG(taf->sender), LB_ARG(number->text),
                      LB_ARG(lb_taf_place_word(taf, &event->place)));
    return LB_VERDICT_READ;
}
