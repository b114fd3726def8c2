/* taf_path.c - 2001 to 2006, 2500 and 2501: paths: the right to run a train through a network on certain days.
 *
 *     TypeOfRequest                    1 study, 2 request, 3 modification
 *     TypeOfInformation                state: requested -> offered -> accepted, booked -> cancelled
 *     Identifiers
 *       PlannedTransportIdentifiers*   TR train, CR case, PR request, PA path
 *     PathInformation
 *       PlannedJourneyLocation 2..n    place, train number, Timing (time of day, Offset in days)
 *         PlannedTrainTechnicalData    TrainWeight t, TrainLength m
 *       PlannedCalendar                BitmapDays "0111110...", from the first day of ValidityPeriod
 *
 * A path is one resource for each day of its calendar, with one train. When the train number is given, the
 * resource is the departure of that run, "41807@2026-03-12", which running messages, compositions and bookings
 * share; else it is named by the path's identifier. A request is WAITLISTED, an offer HELD, an accepted or
 * booked path BOOKED, a refused or cancelled one released. A study requests nothing and has no quantity. */
#include "taf.h"

enum { MAX_DAYS = 740 };

typedef struct path_step {
    int code;
    lb_event_type type;
    lb_cap_state state;
    const char *words;
} path_step;

/* clang-format off */
static const path_step steps[] = { /* TypeOfInformation */
    { 5, LB_EVENT_RESV, LB_CAP_WAITLISTED, "requested"},
    { 6, LB_EVENT_RESV, LB_CAP_WAITLISTED, "requested"},
    { 9, LB_EVENT_RESV, LB_CAP_HELD,       "offered"},
    {16, LB_EVENT_RESV, LB_CAP_HELD,       "final offer"},
    {17, LB_EVENT_CONF, LB_CAP_BOOKED,     "accepted"},
    {20, LB_EVENT_RELE, LB_CAP_HELD,       "rejected"},
    {21, LB_EVENT_RELE, LB_CAP_HELD,       "no alternative"},
    {22, LB_EVENT_CONF, LB_CAP_BOOKED,     "booked"},
    {32, LB_EVENT_RELE, LB_CAP_BOOKED,     "cancelled fully"},
    {33, LB_EVENT_RELE, LB_CAP_BOOKED,     "cancelled partly"},
    {53, LB_EVENT_RELE, LB_CAP_BOOKED,     "path and train cancelled"},
    {65, LB_EVENT_SNAP, LB_CAP_NOMINAL,    "route updated"},
    {66, LB_EVENT_SNAP, LB_CAP_NOMINAL,    "route updated"},
};

/* The meaning of a message without TypeOfInformation. */
static const struct {
    const char *root;
    path_step step;
} by_root[] = {
    {"PathRequestMessage",        {0, LB_EVENT_RESV, LB_CAP_WAITLISTED, "requested"}},
    {"PathDetailsMessage",        {0, LB_EVENT_RESV, LB_CAP_HELD,       "offered"}},
    {"PathConfirmedMessage",      {0, LB_EVENT_CONF, LB_CAP_BOOKED,     "accepted"}},
    {"PathDetailsRefusedMessage", {0, LB_EVENT_RELE, LB_CAP_HELD,       "rejected"}},
    {"PathNotAvailableMessage",   {0, LB_EVENT_RELE, LB_CAP_HELD,       "not available"}},
    {"PathCanceledMessage",       {0, LB_EVENT_RELE, LB_CAP_BOOKED,     "cancelled"}},
};
/* clang-format on */

/* a time of day at a place, with an offset in days from the day of the path */
typedef struct path_time {
    lb_civil clock;
    int64_t days_later, offset_min;
    bool is_told;
} path_time;

typedef struct path {
    const lb_xml_node *first, *last; /* PlannedJourneyLocation */
    const lb_xml_node *number;       /* OperationalTrainNumber */
    const lb_xml_node *calendar, *information;
    path_time departs, arrives;
    path_step step;
    bool is_study;
    lb_span name, booking, holder;
    int64_t mass_kg, length_m;
} path;

/* -- the state of a path ----------------------------------------------------------------------- */

static path_step step_by_root(const lb_taf *taf)
{
    for (size_t i = 0; i < sizeof by_root / sizeof by_root[0]; i++)
        if (lb_xml_is(taf->root, by_root[i].root))
            return by_root[i].step;
    return (path_step){0};
}

static path_step step_of(const lb_taf *taf, const lb_xml_node *information)
{
    int64_t code;
    if (information == NULL || information->text.len == 0)
        return step_by_root(taf);
    if (!lb_span_number(information->text, &code))
        return (path_step){0};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (steps[i].code == code)
            return steps[i];
    return (path_step){0};
}

/* The calendar of 33 may list the remaining days or the cancelled ones: it is read as the
 * cancelled ones. */
static void put_step(const lb_taf *taf, const path *in, lb_event *event)
{
    lb_span code = in->information == NULL ? LB_EMPTY : in->information->text;
    lb_source_code partner;
    lb_event_is(event, in->step.type, LB_CLASSIFIER_ACTUAL, LB_MODE_RAIL);
    lb_event_raw(event, "TAF.TypeOfInformation", code, lb_span_of(in->step.words));
    lb_text_list_add(taf->sink, &event->raw.reasons, lb_xml_text(taf->root, "TypeOfRequest"));
    if (lb_source_find_code(taf->reading->source, LB_SPAN("TAF.TypeOfInformation"), code,
                            &partner)) {
        lb_event_is(event, partner.type, LB_CLASSIFIER_ACTUAL, LB_MODE_RAIL);
        lb_taf_doubt(taf, event, in->information, LB_DOUBT_CODE_PARTNER_TABLE);
    } else if (event->type == LB_EVENT_UNSPECIFIED) {
        lb_taf_doubt(taf, event, code.len > 0 ? in->information : taf->root,
                     LB_DOUBT_CODE_UNMAPPED);
    }
    if (in->step.code == 33)
        lb_taf_doubt(taf, event, in->information, LB_DOUBT_IMPLIED);
    if (event->type == LB_EVENT_RELE)
        event->cap.reason = lb_span_of(in->step.words);
}

/* -- times ------------------------------------------------------------------------------------ */

static const lb_xml_node *timing_called(const lb_xml_node *location, const char *qualifier)
{
    const lb_xml_node *at = lb_xml_below(location, "Timing");
    for (; at != NULL; at = lb_xml_next(at, "Timing"))
        if (qualifier == NULL ||
            lb_span_is(lb_xml_attribute_of(at, "TimingQualifierCode"), qualifier))
            return at;
    return NULL;
}

/* The agreed time, else the earliest, latest or public one; without a qualifier the first, with
 * a doubt. */
static const lb_xml_node *timing_of(const lb_taf *taf, const lb_xml_node *location,
                                    const char *const *qualifiers)
{
    for (; *qualifiers != NULL; qualifiers++) {
        const lb_xml_node *found = timing_called(location, *qualifiers);
        if (found != NULL)
            return found;
    }
    const lb_xml_node *any = timing_called(location, NULL);
    if (any != NULL)
        lb_taf_doubt(taf, NULL, any, LB_DOUBT_GRAMMAR_ODD);
    return any;
}

static path_time read_timing(const lb_taf *taf, const lb_xml_node *timing)
{
    const lb_xml_node *time = lb_xml_child(timing, "Time");
    const lb_xml_node *offset = lb_xml_child(timing, "Offset");
    path_time told = {.offset_min = LB_UNKNOWN};
    if (time == NULL || time->text.len == 0)
        return told;

    lb_span whole = lb_sink_print(taf->sink, "2000-01-01T%.*s", LB_ARG(time->text));
    told.is_told =
        lb_civil_iso(whole, &told.clock, &told.offset_min) && lb_civil_is_valid(&told.clock);
    if (!told.is_told)
        lb_taf_doubt(taf, NULL, time, LB_DOUBT_TIME_IMPOSSIBLE);
    if (offset == NULL || offset->text.len == 0)
        return told;
    bool is_before = lb_span_starts(offset->text, "-");
    if (!lb_span_number(lb_span_after(offset->text, is_before), &told.days_later) ||
        told.days_later > MAX_DAYS) {
        lb_taf_doubt(taf, NULL, offset, LB_DOUBT_GRAMMAR_ODD);
        told.is_told = false;
    }
    told.days_later = is_before ? -told.days_later : told.days_later;
    return told;
}

/* In the zone that was sent, else the profile's, else the place's; LB_UNKNOWN with a doubt. */
static int64_t moment_on(const lb_taf *taf, lb_event *event, const path_time *time, int64_t day,
                         const lb_place *place)
{
    lb_civil civil;
    lb_when when = {.utc_us = LB_UNKNOWN};
    if (!time->is_told || day == LB_UNKNOWN)
        return LB_UNKNOWN;
    lb_civil_from_day(day + time->days_later, &civil);
    civil.hour = time->clock.hour;
    civil.minute = time->clock.minute;
    civil.second = time->clock.second;
    lb_when_set(event, &when, &civil, time->offset_min, LB_PRECISION_SECOND, LB_EMPTY,
                taf->reading->source, place);
    return when.utc_us;
}

/* -- parties, trains, paths -------------------------------------------------------------------- */

static const lb_xml_node *identifier_of_type(const lb_taf *taf, const char *type)
{
    const lb_xml_node *id = lb_xml_find(taf->root, "Identifiers/PlannedTransportIdentifiers");
    for (; id != NULL; id = lb_xml_next(id, "PlannedTransportIdentifiers"))
        if (lb_span_is(lb_xml_text(id, "ObjectType"), type) && lb_xml_text(id, "Core").len > 0)
            return id;
    return NULL;
}

/* "PA/0080/------LB9023/00/2026" */
static lb_span word_of(const lb_taf *taf, const lb_xml_node *id)
{
    return lb_sink_print(
        taf->sink, "%.*s/%.*s/%.*s/%.*s/%.*s", LB_ARG(lb_xml_text(id, "ObjectType")),
        LB_ARG(lb_taf_company(taf, lb_xml_text(id, "Company"))), LB_ARG(lb_xml_text(id, "Core")),
        LB_ARG(lb_xml_text(id, "Variant")), LB_ARG(lb_xml_text(id, "TimetableYear")));
}

static lb_span first_word(const lb_taf *taf, const char *const *types)
{
    for (; *types != NULL; types++) {
        const lb_xml_node *id = identifier_of_type(taf, *types);
        if (id != NULL)
            return word_of(taf, id);
    }
    return LB_EMPTY;
}

/* Trains and paths are named with their day, as in running messages. */
static void put_identifiers(const lb_taf *taf, lb_event *event, lb_span date)
{
    const lb_xml_node *id = lb_xml_find(taf->root, "Identifiers/PlannedTransportIdentifiers");
    for (; id != NULL; id = lb_xml_next(id, "PlannedTransportIdentifiers")) {
        lb_span type = lb_xml_text(id, "ObjectType");
        bool has_day = lb_span_is(type, "TR") || lb_span_is(type, "PA");
        if (type.len == 0 || lb_xml_text(id, "Core").len == 0)
            continue;
        lb_span value = lb_sink_print(taf->sink, "%.*s/%.*s", LB_ARG(word_of(taf, id)),
                                      LB_ARG(has_day ? date : LB_EMPTY));
        lb_event_reference(event, LB_SCHEME_TR_ID, value,
                           lb_taf_company(taf, lb_xml_text(id, "Company")));
    }
}

static int64_t largest(const lb_taf *taf, const lb_xml_node *in, const char *name)
{
    int64_t most = LB_UNKNOWN;
    const lb_xml_node *at = lb_xml_walk(in, in);
    for (; at != NULL; at = lb_xml_walk(in, at)) {
        int64_t value = lb_xml_is(at, name) ? lb_taf_number(taf, NULL, at) : LB_UNKNOWN;
        most = value > most ? value : most;
    }
    return most;
}

static void read_train(const lb_taf *taf, const lb_xml_node *in, path *read)
{
    int64_t tonnes = largest(taf, in, "WeightOfSetOfCarriages");
    if (tonnes == LB_UNKNOWN)
        tonnes = largest(taf, in, "TrainWeight");
    read->mass_kg = tonnes == LB_UNKNOWN ? LB_UNKNOWN : tonnes * 1000;
    read->length_m = largest(taf, in, "TrainLength");
    read->number = lb_xml_below(in, "OperationalTrainNumber");
    if (read->number != NULL && read->number->text.len == 0)
        read->number = NULL;
}

static lb_span holder_of(const lb_taf *taf)
{
    static const char *const names[] = {"ResponsibleApplicant", "LeadRU", "LeadEntity",
                                        "ResponsibleRU"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const lb_xml_node *node = lb_xml_below(taf->root, names[i]);
        if (node != NULL && node->text.len > 0)
            return lb_taf_company(taf, node->text);
    }
    return LB_EMPTY;
}

static path read_path(const lb_taf *taf)
{
    static const char *const leaving[] = {"ALD", "ELD", "LLD", "PLD", "ART", "ERT", "LRT", NULL};
    static const char *const coming[] = {"ALA", "ELA", "LLA", "PLA", "ART", "ERT", "LRT", NULL};
    static const char *const names[] = {"PA", "PR", "CR", "TR", NULL};
    static const char *const dossiers[] = {"TR", "CR", "PR", "PA", NULL};
    const lb_xml_node *in = lb_xml_below(taf->root, "PathInformation");
    path read = {.information = lb_xml_child(taf->root, "TypeOfInformation")};

    if (in == NULL)
        in = taf->root;
    else if (lb_xml_next(in, "PathInformation") != NULL) /* of several, only the first is read */
        lb_taf_doubt(taf, NULL, lb_xml_next(in, "PathInformation"), LB_DOUBT_GRAMMAR_ODD);
    read.first = read.last = lb_xml_below(in, "PlannedJourneyLocation");
    for (const lb_xml_node *at = read.first; at != NULL;
         at = lb_xml_next(at, "PlannedJourneyLocation"))
        read.last = at;
    read.calendar = lb_xml_below(in, "PlannedCalendar");
    if (read.calendar == NULL)
        read.calendar = lb_xml_below(taf->root, "PlannedCalendar");
    read_train(taf, in, &read);
    read.departs = read_timing(taf, timing_of(taf, read.first, leaving));
    read.arrives = read_timing(taf, timing_of(taf, read.last, coming));
    read.step = step_of(taf, read.information);
    read.is_study = lb_span_is(lb_xml_text(taf->root, "TypeOfRequest"), "1");
    read.name = first_word(taf, names);
    read.booking = first_word(taf, dossiers);
    read.holder = holder_of(taf);
    return read;
}

/* -- one day of the calendar ------------------------------------------------------------------- */

static void put_resource(const lb_taf *taf, const path *in, lb_event *event, int64_t day,
                         lb_span date)
{
    const lb_object *run = in->number == NULL ? NULL
                                              : lb_event_run(event, LB_ROLE_SUBJECT, LB_KIND_TRAIN,
                                                             in->number->text, date);
    lb_capacity_info *cap = &event->cap;
    cap->kind = run != NULL ? LB_RESOURCE_DEPARTURE : LB_RESOURCE_PATH;
    cap->id = run != NULL ? run->id
              : date.len == 0
                  ? in->name
                  : lb_sink_print(taf->sink, "%.*s@%.*s", LB_ARG(in->name), LB_ARG(date));
    cap->mode = LB_MODE_RAIL;
    cap->booking = in->booking;
    cap->holder = in->holder;
    lb_taf_place(taf, event, &cap->from, in->first, LB_PLACE_ROLE_FROM);
    lb_taf_place(taf, event, &cap->to, in->last, LB_PLACE_ROLE_TO);
    cap->departs_us = moment_on(taf, event, &in->departs, day, &cap->from);
    cap->arrives_us = moment_on(taf, event, &in->arrives, day, &cap->to);
    cap->window_from_us = cap->departs_us;
    cap->window_until_us = cap->arrives_us;
    if (in->number != NULL)
        event->movement.number = in->number->text;
    event->movement.service_date = date;
    put_identifiers(taf, event, date);
}

/* "PATH|41807@2026-03-12|TR/2180/...|RESV": an offer replaces its request. */
static void set_key(const lb_taf *taf, lb_event *event)
{
    event->source_event_key =
        lb_sink_print(taf->sink, "PATH|%.*s|%.*s|%s", LB_ARG(event->cap.id),
                      LB_ARG(event->cap.booking), lb_event_type_code(event->type));
}

static lb_event *say_of_day(const lb_taf *taf, const path *in, int64_t day, lb_span date)
{
    const lb_xml_node *made =
        lb_xml_find(taf->root, "MessageHeader/MessageReference/MessageDateTime");
    lb_event *event = lb_taf_say(taf, LB_EVENT_UNSPECIFIED, LB_CLASSIFIER_ACTUAL);
    put_step(taf, in, event);
    lb_taf_when(taf, event, &event->occurred, made, NULL);
    put_resource(taf, in, event, day, date);
    if (in->length_m != LB_UNKNOWN)
        event->remark = lb_sink_print(taf->sink, "train length %lld m", (long long)in->length_m);
    return event;
}

/* The size of the resource: a train, and its tonnes. */
static void say_size(const lb_taf *taf, const path *in, int64_t day, lb_span date)
{
    lb_event *event = say_of_day(taf, in, day, date);
    lb_event_is(event, LB_EVENT_SNAP, LB_CLASSIFIER_ACTUAL, LB_MODE_RAIL);
    lb_event_capacity(event, LB_UNIT_TRAIN, LB_CAP_NOMINAL, 1);
    if (in->mass_kg != LB_UNKNOWN)
        lb_event_capacity(event, LB_UNIT_KG, LB_CAP_NOMINAL, in->mass_kg);
    set_key(taf, event);
}

/* 53 cancels the train as well. */
static void say_train_cancelled(const lb_taf *taf, const path *in, int64_t day, lb_span date)
{
    lb_event *event = say_of_day(taf, in, day, date);
    lb_event_is(event, LB_EVENT_CANC, LB_CLASSIFIER_ACTUAL, LB_MODE_RAIL);
    set_key(taf, event);
}

static void say_day(const lb_taf *taf, const path *in, int64_t day)
{
    char text[LB_TIME_ROOM];
    lb_civil civil;
    lb_span date = LB_EMPTY;
    if (day != LB_UNKNOWN) {
        lb_civil_from_day(day, &civil);
        date = lb_sink_copy(taf->sink, (lb_span){text, lb_date_print(text, sizeof text, &civil)});
    }
    bool is_offer = in->step.state == LB_CAP_HELD && in->step.type == LB_EVENT_RESV;
    bool is_there = is_offer || in->step.type == LB_EVENT_CONF;

    if (in->step.type == LB_EVENT_SNAP) {
        say_size(taf, in, day, date);
        return;
    }
    lb_event *event = say_of_day(taf, in, day, date);
    if (!in->is_study && event->type != LB_EVENT_UNSPECIFIED)
        lb_event_capacity(event, LB_UNIT_TRAIN,
                          in->step.state != LB_CAP_UNSPECIFIED ? in->step.state : LB_CAP_BOOKED, 1);
    if (day == LB_UNKNOWN)
        lb_taf_doubt(taf, event, taf->root, LB_DOUBT_IDENTITY_GUESSED);
    set_key(taf, event);
    if (is_there && !in->is_study)
        say_size(taf, in, day, date);
    if (in->step.code == 53 && event->cap.kind == LB_RESOURCE_DEPARTURE)
        say_train_cancelled(taf, in, day, date);
}

/* -- days ------------------------------------------------------------------------------------- */

static int64_t day_of(const lb_xml_node *node)
{
    lb_civil civil;
    int64_t offset_min;
    if (node == NULL || !lb_civil_iso(node->text, &civil, &offset_min) ||
        !lb_civil_is_valid(&civil))
        return LB_UNKNOWN;
    return lb_civil_day(&civil);
}

static int64_t day_of_identifiers(const lb_taf *taf)
{
    static const char *const types[] = {"TR", "PA"};
    int64_t day = LB_UNKNOWN;
    for (size_t i = 0; i < 2 && day == LB_UNKNOWN; i++)
        day = day_of(lb_xml_child(identifier_of_type(taf, types[i]), "StartDate"));
    return day;
}

static void check_calendar(const lb_taf *taf, const lb_xml_node *bitmap, int64_t from,
                           int64_t until)
{
    int64_t said = (int64_t)bitmap->text.len;
    if (said > MAX_DAYS || (until != LB_UNKNOWN && until - from + 1 != said))
        lb_taf_doubt(taf, NULL, bitmap, LB_DOUBT_COUNT_MISMATCH);
    lb_span away = lb_xml_text(bitmap->parent, "OffsetToReference");
    int64_t days;
    if (away.len > 0 && !(lb_span_number(away, &days) && days == 0))
        lb_doubt(taf->sink, NULL, away, LB_DOUBT_IDENTITY_GUESSED);
}

static void say_calendar(const lb_taf *taf, const path *in, const lb_xml_node *bitmap, int64_t from)
{
    for (size_t i = 0; i < bitmap->text.len && i < MAX_DAYS; i++) {
        char bit = bitmap->text.at[i];
        if (bit == '1')
            say_day(taf, in, from + (int64_t)i);
        else if (bit != '0')
            lb_doubt(taf->sink, NULL, lb_span_first(lb_span_after(bitmap->text, i), 1),
                     LB_DOUBT_GRAMMAR_ODD);
    }
}

lb_verdict lb_taf_read_path(const lb_taf *taf)
{
    path in = read_path(taf);
    const lb_xml_node *validity = lb_xml_child(in.calendar, "ValidityPeriod");
    const lb_xml_node *bitmap = lb_xml_child(in.calendar, "BitmapDays");
    int64_t from = day_of(lb_xml_child(validity, "StartDateTime"));
    int64_t until = day_of(lb_xml_child(validity, "EndDateTime"));

    if (in.name.len == 0 && in.number == NULL)
        return lb_refuse(taf->sink, LB_VERDICT_GARBLED, taf->root->where,
                         "no identifier and no train number: the path cannot be identified");
    if (bitmap != NULL && bitmap->text.len > 0 && from != LB_UNKNOWN) {
        check_calendar(taf, bitmap, from, until);
        say_calendar(taf, &in, bitmap, from);
        return LB_VERDICT_READ;
    }
    bool is_one_day = until == LB_UNKNOWN || until == from;
    say_day(taf, &in, from != LB_UNKNOWN && is_one_day ? from : day_of_identifiers(taf));
    return LB_VERDICT_READ;
}
