/* taf_notice.c - the wagon messages up to 3.4.0: one notice for one wagon.
 *
 *     WagonDepartureNoticeMessage
 *       WagonAtDeparture               place and time, under another name in each kind of notice
 *         Location, DepartureTimeAtLocation
 *       WagonInformation               number, loading status, weight
 *         GoodsInWagon*                ContainerNumber: the containers on the wagon
 *
 * The elements around place and time differ by kind and version, those of place and time do not: the first
 * element called ...TimeAtLocation... (not Scheduled...) is the time, and the place is a sibling or above. */
#include "taf.h"

typedef struct notice {
    const char *root;
    lb_event_type type;
    lb_classifier classifier;
    const char *words;
} notice;

static const notice notices[] = {
    {"WagonReleaseNoticeMessage", LB_EVENT_REDY, LB_CLASSIFIER_ACTUAL, "release notice"},
    {"WagonDepartureNoticeMessage", LB_EVENT_DEPA, LB_CLASSIFIER_ACTUAL, "departure notice"},
    {"WagonYardArrivalMessage", LB_EVENT_YARR, LB_CLASSIFIER_ACTUAL, "yard arrival"},
    {"WagonYardDepartureMessage", LB_EVENT_YDEP, LB_CLASSIFIER_ACTUAL, "yard departure"},
    {"WagonArrivalNoticeMessage", LB_EVENT_ARRI, LB_CLASSIFIER_ACTUAL, "arrival notice"},
    {"WagonDeliveryNoticeMessage", LB_EVENT_DLVR, LB_CLASSIFIER_ACTUAL, "delivery notice"},
    {"WagonDeliveryMessage", LB_EVENT_DLVR, LB_CLASSIFIER_ACTUAL, "delivery"},
    {"WagonInterchangeNoticeMessage", LB_EVENT_HNDO, LB_CLASSIFIER_PLANNED, "interchange notice"},
    {"WagonInterchangeSubNoticeMessage", LB_EVENT_HNDO, LB_CLASSIFIER_PLANNED,
     "interchange sub notice"},
    {"WagonReceivedAtInterchangeMessage", LB_EVENT_HNDO, LB_CLASSIFIER_ACTUAL,
     "received at interchange"},
    {"WagonRefusedAtInterchangeMessage", LB_EVENT_REFU, LB_CLASSIFIER_ACTUAL,
     "refused at interchange"},
};

/* RunningStatus, wagon part. */
static const lb_taf_code wagon_status[] = {
    {"11", LB_EVENT_ARRI, true, "arrival at destination by train"},
    {"12", LB_EVENT_DEPA, true, "departure from origin"},
    {"13", LB_EVENT_ARRI, true, "arrival at reporting point"},
    {"14", LB_EVENT_DEPA, true, "departure"},
    {"15", LB_EVENT_PASS, true, "run-through"},
    {"16", LB_EVENT_STOR, true, "parked"},
    {"17", LB_EVENT_YMOV, true, "shunted"},
    {"18", LB_EVENT_ARRI, true, "arrived"},
    {"19", LB_EVENT_DEPA, true, "departed"},
    {NULL, LB_EVENT_UNSPECIFIED, false, NULL},
};

/* -- places ------------------------------------------------------------------------------------ */

static bool is_time_name(lb_span name)
{
    return memmem(name.at, name.len, "TimeAtLocation", 14) != NULL &&
           !lb_span_starts(name, "Scheduled");
}

static const lb_xml_node *find_time(const lb_xml_node *top)
{
    const lb_xml_node *at = lb_xml_walk(top, top);
    while (at != NULL && !(is_time_name(at->name) && at->text.len > 0))
        at = lb_xml_walk(top, at);
    return at;
}

/* The Location beside the time, or above it; its fields may also be there directly. */
static const lb_xml_node *find_location(const lb_taf *taf, const lb_xml_node *time)
{
    const lb_xml_node *at = time == NULL ? NULL : time->parent;
    for (; at != NULL; at = at == taf->root ? NULL : at->parent)
        if (lb_xml_child(at, "Location") != NULL || lb_xml_child(at, "LocationIdent") != NULL ||
            lb_xml_child(at, "LocationPrimaryCode") != NULL)
            return at;
    return lb_xml_below(taf->root, "Location");
}

/* -- one wagon -------------------------------------------------------------------------------- */

static void put_goods(lb_event *event, const lb_object *wagon, const lb_xml_node *goods)
{
    const lb_xml_node *number = lb_xml_child(goods, "ContainerNumber");
    if (number == NULL || number->text.len == 0)
        return;
    lb_object box;
    lb_taf_unit_object(event, &box, LB_EMPTY, number->text);
    lb_event_assoc(event, LB_ASSOC_OBSERVE, wagon, &box);
}

static void put_wagon(const lb_taf *taf, lb_event *event, const lb_xml_node *information)
{
    const lb_xml_node *number = lb_xml_child(information, "WagonNumberFreight");
    lb_object *subject = lb_taf_wagon(event, LB_ROLE_SUBJECT, number->text);
    if (subject == NULL)
        return;
    lb_object wagon = *subject;
    lb_span loading = lb_xml_text(information, "LoadingStatus");
    int64_t weight = lb_taf_number(taf, event, lb_xml_child(information, "TotalWeight"));

    event->cond.fill = lb_span_is(loading, "0")   ? LB_FILL_EMPTY
                       : lb_span_is(loading, "1") ? LB_FILL_LADEN
                                                  : LB_FILL_UNSPECIFIED;
    if (weight != LB_UNKNOWN)
        event->qty.gross_g = weight * 1000;
    const lb_xml_node *goods = lb_xml_child(information, "GoodsInWagon");
    for (; goods != NULL; goods = lb_xml_next(goods, "GoodsInWagon"))
        put_goods(event, &wagon, goods);
}

/* Without WagonInformation the wagon number is elsewhere in the notice. */
static const lb_xml_node *information_of(const lb_taf *taf)
{
    const lb_xml_node *information = lb_xml_below(taf->root, "WagonInformation");
    if (lb_xml_text(information, "WagonNumberFreight").len > 0)
        return information;
    const lb_xml_node *number = lb_xml_below(taf->root, "WagonNumberFreight");
    return number != NULL && number->text.len > 0 ? number->parent : NULL;
}

/* The key has the day, since the wagon leaves the same place again in a later month. */
static void set_key(const lb_taf *taf, lb_event *event, lb_span wagon, const lb_xml_node *time)
{
    event->source_event_key = lb_sink_print(
        taf->sink, "%.*s|NOTICE|%.*s|%.*s|%.*s|%.*s|%s", LB_ARG(taf->sender), LB_ARG(wagon),
        LB_ARG(lb_taf_place_word(taf, &event->place)), LB_ARG(taf->root->name),
        LB_ARG(lb_taf_day(time)), lb_classifier_name(event->classifier));
}

static lb_event *say_notice(const lb_taf *taf, const notice *kind, const lb_xml_node *information,
                            const lb_xml_node *time)
{
    lb_event *event = lb_taf_say(taf, kind->type, kind->classifier);
    lb_event_raw(event, "TAF.Notice", taf->root->name, lb_span_of(kind->words));
    put_wagon(taf, event, information);
    lb_taf_place(taf, event, &event->place, find_location(taf, time), LB_PLACE_ROLE_AT);
    lb_taf_when(taf, event, &event->occurred, time, &event->place);

    lb_taf_train run = lb_taf_train_of(taf, time == NULL ? taf->root : time->parent, NULL);
    if (run.number == NULL)
        run = lb_taf_train_of(taf, taf->root, NULL);
    if (run.is_guessed)
        run.date = LB_EMPTY; /* a wagon is not put into a train on a guessed date */
    if (run.number != NULL)
        lb_taf_train_put(taf, event, LB_ROLE_MEANS, &run);
    set_key(taf, event, lb_xml_text(information, "WagonNumberFreight"), time);
    return event;
}

static lb_verdict refuse_no_wagon(const lb_taf *taf)
{
    return lb_refuse(taf->sink, LB_VERDICT_GARBLED, taf->root->where,
                     "no WagonNumberFreight: the wagon cannot be identified");
}

lb_verdict lb_taf_read_notice(const lb_taf *taf)
{
    const lb_xml_node *information = information_of(taf);
    if (information == NULL)
        return refuse_no_wagon(taf);
    for (size_t i = 0; i < sizeof notices / sizeof notices[0]; i++)
        if (lb_xml_is(taf->root, notices[i].root))
            say_notice(taf, &notices[i], information, find_time(taf->root));
    return LB_VERDICT_READ;
}

/* -- exceptions ------------------------------------------------------------------------------- */

static bool holds(lb_span text, const char *word)
{
    return text.len > 0 && memmem(text.at, text.len, word, strlen(word)) != NULL;
}

/* The reasons of ExceptionReason: wagon damaged, change of route, other. */
static lb_event_type type_of_reason(lb_span reason)
{
    if (holds(reason, "damage"))
        return LB_EVENT_DAMG;
    return holds(reason, "route") ? LB_EVENT_DIVR : LB_EVENT_DLAY;
}

static void put_lateness(const lb_taf *taf, lb_event *event, const lb_xml_node *point)
{
    int64_t planned_us = lb_taf_moment(taf, lb_xml_child(point, "ScheduledTimeAtLocation"));
    if (planned_us != LB_UNKNOWN && event->occurred.utc_us != LB_UNKNOWN)
        event->exc.delay_s = (event->occurred.utc_us - planned_us) / LB_SECOND_US;
}

lb_verdict lb_taf_read_exception(const lb_taf *taf)
{
    const lb_xml_node *information = information_of(taf);
    if (information == NULL)
        return refuse_no_wagon(taf);

    const lb_xml_node *point = lb_xml_below(taf->root, "ExceptionPoint");
    const lb_xml_node *time = find_time(point == NULL ? taf->root : point);
    const lb_xml_node *reason = lb_xml_below(taf->root, "ExceptionReason");
    const lb_xml_node *status = lb_xml_below(taf->root, "WagonLocationStatus");
    lb_span words = reason == NULL ? LB_EMPTY : reason->text;
    notice kind = {"", type_of_reason(words), LB_CLASSIFIER_ACTUAL, "exception"};

    lb_event *event = say_notice(taf, &kind, information, time);
    if (status != NULL && status->text.len > 0) {
        lb_taf_status(taf, event, "TAF.RunningStatus", wagon_status, status, kind.classifier);
        lb_event_is(event, kind.type, kind.classifier, LB_MODE_RAIL);
    }
    event->exc.text = words;
    const lb_xml_node *interruption = lb_xml_below(taf->root, "InterruptionType");
    event->exc.cause = interruption == NULL ? LB_EMPTY : interruption->text;
    put_lateness(taf, event, point);
    return LB_VERDICT_READ;
}
