/* taf_train.c - a train on its way: running information, forecasts, delays, stops.
 *
 *     TrainLocationReport        one of the train's locations, 1 (4005) or n (4004)
 *       Location, LocationDateTime       actual in 4005, forecast in 4003 and 4004
 *       TrainLocationStatus              RunningStatus: 01 arrival at destination ... 05 pass through
 *       BookedLocationDateTime           the latest plan       -> a second event, PLANNED
 *       ReferencedLocationDateTime       the contract's plan   -> only when there is no booked time
 *       TrainDelay/AgainstBooked         "+0018" minutes
 *
 * The natural key has train, place, status and classifier but no time: a later message about the same
 * point is a newer version of the same fact. */
#include "taf.h"

/* RunningStatus, train part. The EventType of wagon messages uses the same numbers with other
 * meanings. */
static const lb_taf_code running_status[] = {
    {"01", LB_EVENT_ARRI, true, "arrival at destination"},
    {"02", LB_EVENT_DEPA, true, "departure at origin"},
    {"03", LB_EVENT_ARRI, true, "intermediate arrival"},
    {"04", LB_EVENT_DEPA, true, "intermediate departure"},
    {"05", LB_EVENT_PASS, true, "pass through"},
    {"00", LB_EVENT_PASS, false, "not specified"},
    {"06", LB_EVENT_PASS, false, "infrastructure manager's own"},
    {"07", LB_EVENT_PASS, false, "infrastructure manager's own"},
    {"08", LB_EVENT_PASS, false, "infrastructure manager's own"},
    {"09", LB_EVENT_PASS, false, "infrastructure manager's own"},
    {NULL, LB_EVENT_UNSPECIFIED, false, NULL},
};

/* UIC leaflet 450-2: the tens are the responsible party. */
static const char *cause_words(lb_span code)
{
    static const char *const tens[] = {
        NULL,
        "planning",
        "infrastructure",
        "works on the line",
        "neighbouring network",
        "commercial",
        "rolling stock",
        "neighbouring undertaking",
        "external cause",
        "secondary delay",
    };
    if (lb_span_is(code, "81"))
        return "administrative formalities";
    if (lb_span_is(code, "80"))
        return "strike";
    if (lb_span_is(code, "95"))
        return "under investigation";
    if (code.len != 2 || !lb_span_all_digits(code))
        return NULL;
    return tens[code.at[0] - '0'];
}

static lb_verdict refuse_nameless(const lb_taf *taf)
{
    return lb_refuse(taf->sink, LB_VERDICT_GARBLED, taf->root->where,
                     "no OperationalTrainNumber: the train cannot be identified");
}

/* "0084|RUN|41807@2026-03-11|DE02917|05|ACTUAL" */
static void set_key(const lb_taf *taf, lb_event *event, const char *what, lb_span run,
                    lb_span detail)
{
    event->source_event_key =
        lb_sink_print(taf->sink, "%.*s|%s|%.*s|%.*s|%.*s|%s", LB_ARG(taf->sender), what,
                      LB_ARG(run), LB_ARG(lb_taf_place_word(taf, &event->place)), LB_ARG(detail),
                      lb_classifier_name(event->classifier));
}

/* The next network: the handover point and the receiving manager. */
static void put_transfer(const lb_taf *taf, lb_event *event)
{
    lb_span next =
        taf->next_manager == NULL ? LB_EMPTY : lb_taf_company(taf, taf->next_manager->text);
    lb_taf_place(taf, event, &event->counter_place, taf->transfer_point, LB_PLACE_ROLE_TRANSFER);
    if (next.len > 0)
        event->remark = lb_sink_print(taf->sink, "next infrastructure manager %.*s", LB_ARG(next));
}

static lb_event *say_about(const lb_taf *taf, lb_event_type type, lb_classifier classifier,
                           const lb_taf_train *train, const lb_xml_node *location, lb_span *run)
{
    lb_event *event = lb_taf_say(taf, type, classifier);
    lb_span word = lb_taf_train_put(taf, event, LB_ROLE_SUBJECT, train);
    if (run != NULL)
        *run = word;
    if (taf->responsible_ru != NULL)
        event->movement.carrier = lb_taf_company(taf, taf->responsible_ru->text);
    lb_taf_place(taf, event, &event->place, location, LB_PLACE_ROLE_AT);
    put_transfer(taf, event);
    return event;
}

/* -- running information and forecast --------------------------------------------------------- */

static const lb_xml_node *first_with_text(const lb_xml_node *node, const char *one,
                                          const char *other)
{
    const lb_xml_node *first = lb_xml_child(node, one);
    return first != NULL && first->text.len > 0 ? first : lb_xml_child(node, other);
}

/* The delay sent must equal the difference of the times sent, to the minute. */
static void check_delay(const lb_taf *taf, lb_event *event, const lb_xml_node *delay,
                        const lb_xml_node *plan)
{
    int64_t planned_us = lb_taf_moment_quietly(taf, plan);
    if (event->exc.delay_s == LB_UNKNOWN || planned_us == LB_UNKNOWN ||
        event->occurred.utc_us == LB_UNKNOWN)
        return;
    int64_t off_us = event->occurred.utc_us - planned_us - event->exc.delay_s * LB_SECOND_US;
    if (off_us > LB_MINUTE_US || off_us < -LB_MINUTE_US)
        lb_taf_doubt(taf, event, delay, LB_DOUBT_COUNT_MISMATCH);
}

static void read_delay(const lb_taf *taf, lb_event *event, const lb_xml_node *report)
{
    const lb_xml_node *delay = lb_xml_child(report, "TrainDelay");
    const lb_xml_node *booked = lb_xml_child(delay, "AgainstBooked");
    if (booked != NULL && booked->text.len > 0) {
        event->exc.delay_s = lb_taf_delay_s(taf, event, booked);
        check_delay(taf, event, booked, lb_xml_child(report, "BookedLocationDateTime"));
        return;
    }
    const lb_xml_node *referenced = lb_xml_child(delay, "AgainstReferenced");
    event->exc.delay_s = lb_taf_delay_s(taf, event, referenced);
    check_delay(taf, event, referenced, lb_xml_child(report, "ReferencedLocationDateTime"));
}

/* Only the status identifies origin and destination of the run. */
static void place_in_run(lb_event *event)
{
    if (lb_span_is(event->raw.code, "01"))
        lb_taf_place_as(&event->movement.to, &event->place, LB_PLACE_ROLE_TO);
    else if (lb_span_is(event->raw.code, "02"))
        lb_taf_place_as(&event->movement.from, &event->place, LB_PLACE_ROLE_FROM);
}

static lb_event *say_report(const lb_taf *taf, const lb_xml_node *report, const lb_taf_train *train,
                            lb_classifier classifier, const lb_xml_node *time)
{
    lb_span run;
    lb_event *event = say_about(taf, LB_EVENT_UNSPECIFIED, classifier, train,
                                lb_xml_child(report, "Location"), &run);
    event->classifier = lb_taf_status(taf, event, "TAF.RunningStatus", running_status,
                                      lb_xml_child(report, "TrainLocationStatus"), classifier);
    place_in_run(event);
    lb_taf_when(taf, event, &event->occurred, time, &event->place);
    set_key(taf, event, "RUN", run, event->raw.code);
    return event;
}

static void say_plan(const lb_taf *taf, const lb_xml_node *report, const lb_taf_train *train)
{
    const lb_xml_node *booked =
        first_with_text(report, "BookedLocationDateTime", "ReferencedLocationDateTime");
    if (booked == NULL || booked->text.len == 0)
        return;
    lb_event *event = say_report(taf, report, train, LB_CLASSIFIER_PLANNED, booked);
    if (lb_xml_is(booked, "ReferencedLocationDateTime"))
        event->remark = LB_SPAN("plan of the contract");
}

static void say_position(const lb_taf *taf, const lb_xml_node *report, const lb_taf_train *train)
{
    const lb_xml_node *geo = lb_xml_child(report, "GeoLocalisationOnNetwork");
    if (lb_xml_below(geo, "Latitude") == NULL)
        return;
    lb_event *event = lb_taf_say(taf, LB_EVENT_PING, LB_CLASSIFIER_ACTUAL);
    lb_span run = lb_taf_train_put(taf, event, LB_ROLE_SUBJECT, train);
    lb_taf_position(taf, event, geo);
    const lb_xml_node *time = lb_xml_child(report, "LocationDateTime");
    lb_taf_when(taf, event, &event->occurred, time, NULL);
    set_key(taf, event, "PING", run, time == NULL ? LB_EMPTY : time->text);
}

static void read_report(const lb_taf *taf, const lb_xml_node *report, const lb_taf_train *train,
                        lb_classifier classifier)
{
    const lb_xml_node *time = lb_xml_child(report, "LocationDateTime");
    if (time != NULL && time->text.len > 0) {
        lb_event *event = say_report(taf, report, train, classifier, time);
        read_delay(taf, event, report);
    } else {
        lb_taf_doubt(taf, NULL, report, LB_DOUBT_GRAMMAR_ODD); /* a report without a time */
    }
    if (lb_taf_is_retraction(taf))
        return; /* only the report is retracted; the plan stays */
    say_plan(taf, report, train);
    if (classifier == LB_CLASSIFIER_ACTUAL)
        say_position(taf, report, train);
}

static lb_verdict read_reports(const lb_taf *taf, lb_classifier classifier)
{
    const lb_xml_node *report = lb_xml_child(taf->root, "TrainLocationReport");
    if (report == NULL) /* 4003 has its single place at the top */
        report = taf->root;

    const lb_xml_node *first =
        first_with_text(report, "BookedLocationDateTime", "LocationDateTime");
    lb_taf_train train = lb_taf_train_of(taf, taf->root, first);
    if (train.number == NULL)
        return refuse_nameless(taf);
    if (lb_xml_child(report, "Location") == NULL)
        return lb_refuse(taf->sink, LB_VERDICT_GARBLED, report->where, "no Location in the report");
    if (report == taf->root) {
        read_report(taf, report, &train, classifier);
        return LB_VERDICT_READ;
    }
    for (; report != NULL; report = lb_xml_next(report, "TrainLocationReport"))
        read_report(taf, report, &train, classifier);
    return LB_VERDICT_READ;
}

lb_verdict lb_taf_read_running(const lb_taf *taf)
{
    return read_reports(taf, LB_CLASSIFIER_ACTUAL);
}

lb_verdict lb_taf_read_forecast(const lb_taf *taf)
{
    return read_reports(taf, LB_CLASSIFIER_ESTIMATED);
}

/* -- delay cause ------------------------------------------------------------------------------ */

/* SenderReference (DB) correlates a modification or deletion with its creation; other senders
 * repeat the cause. `nth` distinguishes several causes of one message. */
static void set_cause_key(const lb_taf *taf, lb_event *event, lb_span run, lb_span status,
                          size_t nth)
{
    lb_span reference = lb_xml_text(taf->root, "MessageHeader/SenderReference");
    lb_span detail =
        reference.len > 0
            ? lb_sink_print(taf->sink, "%.*s#%zu", LB_ARG(reference), nth)
            : lb_sink_print(taf->sink, "%.*s/%.*s", LB_ARG(status), LB_ARG(event->exc.cause));
    set_key(taf, event, "CAUSE", run, detail);
}

static void say_cause(const lb_taf *taf, const lb_xml_node *report, const lb_xml_node *cause,
                      const lb_taf_train *train, size_t nth)
{
    lb_span run;
    lb_event *event = say_about(taf, LB_EVENT_DLAY, LB_CLASSIFIER_ACTUAL, train,
                                lb_xml_child(report, "DelayLocation"), &run);
    event->exc.cause = lb_xml_text(cause, "DelayCause");
    event->exc.delay_s = LB_UNKNOWN;
    event->exc.text = lb_xml_text(cause, "Remarks");
    lb_event_raw(event, "UIC450-2", event->exc.cause, lb_span_of(cause_words(event->exc.cause)));
    if (cause_words(event->exc.cause) == NULL)
        lb_taf_doubt(taf, event, cause, LB_DOUBT_CODE_UNMAPPED);
    lb_text_list_add(taf->sink, &event->raw.reasons,
                     lb_xml_text(cause, "InternalReferenceIdentifier"));

    int64_t minutes = lb_taf_number(taf, event, lb_xml_child(cause, "DelayMinutes"));
    if (minutes != LB_UNKNOWN)
        event->exc.delay_s = minutes * 60;
    lb_taf_when(taf, event, &event->occurred, lb_xml_child(cause, "DelayEventDateTime"),
                &event->place);
    set_cause_key(taf, event, run, lb_xml_text(report, "TrainLocationStatus"), nth);
}

lb_verdict lb_taf_read_delay_cause(const lb_taf *taf)
{
    const lb_xml_node *report = lb_xml_child(taf->root, "DelayEventReport");
    lb_taf_train train =
        lb_taf_train_of(taf, taf->root, lb_xml_find(report, "DelayCauseTime/DelayEventDateTime"));
    if (train.number == NULL)
        return refuse_nameless(taf);
    if (report == NULL)
        return lb_refuse(taf->sink, LB_VERDICT_GARBLED, taf->root->where, "no DelayEventReport");

    size_t nth = 0;
    for (; report != NULL; report = lb_xml_next(report, "DelayEventReport")) {
        const lb_xml_node *cause = lb_xml_child(report, "DelayCauseTime");
        for (; cause != NULL; cause = lb_xml_next(cause, "DelayCauseTime"))
            say_cause(taf, report, cause, &train, ++nth);
    }
    return LB_VERDICT_READ;
}

/* -- ready ------------------------------------------------------------------------------------ */

static void say_not_ready(const lb_taf *taf, lb_event *event, const lb_xml_node *status)
{
    event->exc.text = lb_xml_text(status, "TrainNotReadyDescription");
    event->exc.cause = lb_xml_text(status, "DelayCause");
    event->exc.delay_s = lb_taf_delay_s(taf, event, lb_xml_child(status, "TrainDelay"));
}

lb_verdict lb_taf_read_ready(const lb_taf *taf)
{
    const lb_xml_node *status = lb_xml_child(taf->root, "TrainReadyStatus");
    const lb_xml_node *ready = lb_xml_child(status, "TrainReady");
    const lb_xml_node *time = first_with_text(taf->root, "TrainReadyTime", "TrainStartTime");
    lb_taf_train train = lb_taf_train_of(taf, taf->root, time);
    if (train.number == NULL)
        return refuse_nameless(taf);
    if (ready == NULL || ready->text.len == 0)
        return lb_refuse(taf->sink, LB_VERDICT_GARBLED, taf->root->where, "no TrainReady in it");

    lb_span run;
    bool is_ready = lb_span_is(ready->text, "1") || lb_span_is(ready->text, "true");
    lb_event *event = say_about(taf, is_ready ? LB_EVENT_REDY : LB_EVENT_DLAY,
                                is_ready ? LB_CLASSIFIER_ACTUAL : LB_CLASSIFIER_ESTIMATED, &train,
                                lb_xml_child(taf->root, "Location"), &run);
    lb_event_raw(event, "TAF.TrainReady", ready->text, LB_EMPTY);
    if (!is_ready)
        say_not_ready(taf, event, status);
    if (time == NULL || time->text.len == 0)
        time = lb_xml_find(taf->root, "MessageHeader/MessageReference/MessageDateTime");
    lb_taf_when(taf, event, &event->occurred, time, &event->place);
    set_key(taf, event, "READY", run, ready->text);
    return LB_VERDICT_READ;
}

/* -- interruption ----------------------------------------------------------------------------- */

/*  TrainRunningInterruptionStatus (>= 3.3.0)   0 end, 1 at the location, 2 will be
 *  .../TrainInterrupted                        seen as a child of it
 *  TrainNotAtInterruptionPoint (2.4 to 3.2)    1 means: will be
 *  neither (before 2.4)                        interrupted */
static lb_span interruption_status(const lb_taf *taf)
{
    const lb_xml_node *status = lb_xml_child(taf->root, "TrainRunningInterruptionStatus");
    const lb_xml_node *away = lb_xml_below(taf->root, "TrainNotAtInterruptionPoint");
    if (away != NULL && (lb_span_is(away->text, "1") || lb_span_is(away->text, "true")))
        return LB_SPAN("2");
    if (status != NULL && status->text.len > 0)
        return status->text;
    if (status != NULL && status->first != NULL && status->first->text.len > 0)
        return status->first->text;
    return LB_SPAN("1");
}

static const char *interruption_words(lb_span status)
{
    if (lb_span_is(status, "0"))
        return "end of interruption";
    if (lb_span_is(status, "1"))
        return "interrupted at the location";
    return lb_span_is(status, "2") ? "will be interrupted" : NULL;
}

/* All InterruptionDescription elements as one text. */
static lb_span descriptions(const lb_taf *taf, const lb_xml_node *interruption)
{
    const lb_xml_node *next = lb_xml_child(interruption, "InterruptionDescription");
    lb_span all = next == NULL ? LB_EMPTY : next->text;
    enum { MOST = 8 };
    for (int i = 1; i < MOST && next != NULL; i++) {
        next = lb_xml_next(next, "InterruptionDescription");
        if (next != NULL && next->text.len > 0)
            all = lb_sink_print(taf->sink, "%.*s; %.*s", LB_ARG(all), LB_ARG(next->text));
    }
    return all;
}

static void read_until(const lb_taf *taf, lb_event *event, const lb_xml_node *point)
{
    const lb_xml_node *duration = lb_xml_child(point, "InterruptionDuration");
    event->occurred.until_us =
        lb_taf_moment(taf, first_with_text(duration, "LatestEndDateTime", "EarliestEndDateTime"));
}

static void say_interruption(const lb_taf *taf, const lb_xml_node *point, const lb_taf_train *train)
{
    lb_span run, status = interruption_status(taf);
    const lb_xml_node *interruption = lb_xml_child(point, "Interruption");
    bool is_end = lb_span_is(status, "0"), is_future = lb_span_is(status, "2");
    lb_event *event = say_about(taf, is_end ? LB_EVENT_RESU : LB_EVENT_STOP,
                                is_future ? LB_CLASSIFIER_ESTIMATED : LB_CLASSIFIER_ACTUAL, train,
                                lb_xml_child(point, "Location"), &run);
    lb_event_raw(event, "TAF.Interruption", status, lb_span_of(interruption_words(status)));
    if (interruption_words(status) == NULL)
        lb_taf_doubt(taf, event, lb_xml_child(taf->root, "TrainRunningInterruptionStatus"),
                     LB_DOUBT_CODE_UNMAPPED);
    event->exc.cause = lb_xml_text(interruption, "InterruptionReason");
    event->exc.text = descriptions(taf, interruption);
    event->place.sub = lb_xml_text(point, "DetailedDescriptionOfLocation");
    lb_taf_when(taf, event, &event->occurred, lb_xml_child(interruption, "InterruptionDateTime"),
                &event->place);
    if (!is_end)
        read_until(taf, event, point);

    lb_span reference = lb_xml_text(interruption, "InternalReferenceIdentifier");
    lb_text_list_add(taf->sink, &event->raw.reasons, reference);
    set_key(taf, event, "STOP", run,
            lb_sink_print(taf->sink, "%.*s/%.*s", LB_ARG(status), LB_ARG(reference)));
}

lb_verdict lb_taf_read_interruption(const lb_taf *taf)
{
    const lb_xml_node *point = lb_xml_child(taf->root, "InterruptionPoint");
    lb_taf_train train =
        lb_taf_train_of(taf, taf->root, lb_xml_find(point, "Interruption/InterruptionDateTime"));
    if (train.number == NULL)
        return refuse_nameless(taf);
    if (point == NULL)
        return lb_refuse(taf->sink, LB_VERDICT_GARBLED, taf->root->where, "no InterruptionPoint");
    for (; point != NULL; point = lb_xml_next(point, "InterruptionPoint"))
        say_interruption(taf, point, &train);
    return LB_VERDICT_READ;
}

/* -- another track, another journey ----------------------------------------------------------- */

lb_verdict lb_taf_read_track_change(const lb_taf *taf)
{
    const lb_xml_node *time =
        lb_xml_find(taf->root, "MessageHeader/MessageReference/MessageDateTime");
    lb_taf_train train = lb_taf_train_of(taf, taf->root, NULL);
    const lb_xml_node *actual = lb_xml_child(taf->root, "LocationActualTrack");
    if (train.number == NULL)
        return refuse_nameless(taf);
    if (actual == NULL)
        return lb_refuse(taf->sink, LB_VERDICT_GARBLED, taf->root->where, "no LocationActualTrack");

    lb_span run;
    lb_event *event = say_about(taf, LB_EVENT_POSN, LB_CLASSIFIER_PLANNED, &train, actual, &run);
    lb_taf_when(taf, event, &event->occurred, time, &event->place);
    set_key(taf, event, "TRACK", run, LB_EMPTY);
    return LB_VERDICT_READ;
}

/* The values of TrainJourneyModificationIndicator are private to each infrastructure manager: a
 * profile maps them ([codes] TAF.JourneyModification:02 = CANC), else only the raw code is kept. */
static void say_journey_change(const lb_taf *taf, const lb_taf_train *train,
                               const lb_xml_node *indicator, const lb_xml_node *location)
{
    static const lb_taf_code none[] = {{NULL, LB_EVENT_UNSPECIFIED, false, NULL}};
    const lb_xml_node *time =
        lb_xml_find(taf->root, "MessageHeader/MessageReference/MessageDateTime");
    lb_span run;
    lb_event *event =
        say_about(taf, LB_EVENT_UNSPECIFIED, LB_CLASSIFIER_ACTUAL, train, location, &run);
    event->classifier =
        lb_taf_status(taf, event, "TAF.JourneyModification", none, indicator, LB_CLASSIFIER_ACTUAL);
    lb_text_list_add(taf->sink, &event->raw.reasons,
                     lb_xml_text(location, "ModificationStatusIndicator"));
    lb_taf_when(taf, event, &event->occurred, time, &event->place);
    set_key(taf, event, "JOURNEY", run, event->raw.code);
}

lb_verdict lb_taf_read_journey_change(const lb_taf *taf)
{
    const lb_xml_node *indicator = lb_xml_below(taf->root, "TrainJourneyModificationIndicator");
    const lb_xml_node *location = lb_xml_below(taf->root, "LocationModified");
    lb_taf_train train = lb_taf_train_of(taf, taf->root, NULL);
    if (train.number == NULL)
        return refuse_nameless(taf);
    if (location == NULL)
        say_journey_change(taf, &train, indicator, NULL);
    for (; location != NULL; location = lb_xml_next(location, "LocationModified"))
        say_journey_change(taf, &train, indicator, location);
    return LB_VERDICT_READ;
}
