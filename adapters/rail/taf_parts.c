/* taf_parts.c - the parts that TAF messages share: codes, times, places, train identity.
 *
 * Every doubt points at the bytes of its element. */
#include "taf.h"

lb_event *lb_taf_say(const lb_taf *taf, lb_event_type type, lb_classifier classifier)
{
    lb_event *event = lb_say(taf->sink);
    lb_event_is(event, type, classifier, LB_MODE_RAIL);
    event->correction = taf->correction;
    return event;
}

void lb_taf_doubt(const lb_taf *taf, lb_event *event, const lb_xml_node *node, lb_doubt_code code)
{
    lb_doubt(taf->sink, event, lb_xml_where(node), code);
}

bool lb_taf_is_retraction(const lb_taf *taf)
{
    return taf->correction == LB_CORRECTION_RETRACTS;
}

lb_span lb_taf_company(const lb_taf *taf, lb_span code)
{
    if (code.len == 0 || code.len >= 4 || !lb_span_all_digits(code))
        return code;
    return lb_sink_print(taf->sink, "%.*s%.*s", (int)(4 - code.len), "0000", LB_ARG(code));
}

/* -- codes ------------------------------------------------------------------------------------ */

static const lb_taf_code *find_code(const lb_taf_code *table, lb_span code)
{
    for (; table->code != NULL; table++)
        if (lb_span_is(code, table->code))
            return table;
    return NULL;
}

lb_classifier lb_taf_status(const lb_taf *taf, lb_event *event, const char *scheme,
                            const lb_taf_code *table, const lb_xml_node *code,
                            lb_classifier classifier)
{
    lb_span text = code == NULL ? LB_EMPTY : code->text;
    if (text.len == 1 && lb_span_all_digits(text)) {
        text = lb_sink_print(taf->sink, "0%.*s", LB_ARG(text));
        lb_taf_doubt(taf, event, code, LB_DOUBT_GRAMMAR_ODD);
    }

    const lb_taf_code *known = find_code(table, text);
    lb_event_raw(event, scheme, text, known == NULL ? LB_EMPTY : lb_span_of(known->words));
    lb_source_code partner;
    if (lb_source_find_code(taf->reading->source, lb_span_of(scheme), text, &partner)) {
        /* a plan or forecast stays one: the kind of message decides, not the code */
        if (classifier == LB_CLASSIFIER_ACTUAL && partner.classifier != LB_CLASSIFIER_UNSPECIFIED)
            classifier = partner.classifier;
        lb_event_is(event, partner.type, classifier, LB_MODE_RAIL);
        lb_taf_doubt(taf, event, code, LB_DOUBT_CODE_PARTNER_TABLE);
        return classifier;
    }
    if (known != NULL)
        lb_event_is(event, known->type, classifier, LB_MODE_RAIL);
    if (known == NULL || !known->is_mapped)
        lb_taf_doubt(taf, event, code, LB_DOUBT_CODE_UNMAPPED);
    return classifier;
}

/* -- times ------------------------------------------------------------------------------------ */

/* xs:dateTime has its zone as Z or +hh:mm; "+1:00" occurs and is read with a doubt. */
static bool is_odd_zone(lb_span text)
{
    const char *t = memchr(text.at, 'T', text.len);
    if (t == NULL)
        return false;
    lb_span clock = lb_span_between(t, text.at + text.len);
    for (size_t i = 0; i < clock.len; i++)
        if (clock.at[i] == '+' || clock.at[i] == '-')
            return clock.len - i != 6 || clock.at[i + 3] != ':';
    return false;
}

static bool is_date_only(lb_span text)
{
    return memchr(text.at, 'T', text.len) == NULL;
}

void lb_taf_when(const lb_taf *taf, lb_event *event, lb_when *when, const lb_xml_node *node,
                 const lb_place *place)
{
    if (node == NULL || node->text.len == 0)
        return;

    lb_civil civil;
    int64_t offset_min;
    if (!lb_civil_iso(node->text, &civil, &offset_min)) {
        when->local_text = node->text;
        lb_taf_doubt(taf, event, node, LB_DOUBT_TIME_IMPOSSIBLE);
        return;
    }
    if (is_odd_zone(node->text))
        lb_taf_doubt(taf, event, node, LB_DOUBT_GRAMMAR_ODD);
    bool is_day = is_date_only(node->text);
    if (is_day)
        lb_taf_doubt(taf, event, node, LB_DOUBT_TIME_DAY_PRECISION);
    lb_when_set(event, when, &civil, offset_min, is_day ? LB_PRECISION_DAY : LB_PRECISION_SECOND,
                node->text, taf->reading->source, place);
}

int64_t lb_taf_moment_quietly(const lb_taf *taf, const lb_xml_node *node)
{
    lb_civil civil;
    int64_t offset_min;
    if (node == NULL || !lb_civil_iso(node->text, &civil, &offset_min) ||
        !lb_civil_is_valid(&civil))
        return LB_UNKNOWN;

    const lb_zone *zone = lb_source_zone(taf->reading->source);
    if (offset_min == LB_UNKNOWN && zone == NULL)
        return LB_UNKNOWN;
    int offset = offset_min == LB_UNKNOWN ? lb_zone_offset_for(zone, &civil) : (int)offset_min;
    return lb_civil_to_utc(&civil, offset);
}

int64_t lb_taf_moment(const lb_taf *taf, const lb_xml_node *node)
{
    lb_civil civil;
    int64_t offset_min, utc_us = lb_taf_moment_quietly(taf, node);
    if (utc_us != LB_UNKNOWN || node == NULL || node->text.len == 0)
        return utc_us;
    bool is_time = lb_civil_iso(node->text, &civil, &offset_min) && lb_civil_is_valid(&civil);
    lb_taf_doubt(taf, NULL, node, is_time ? LB_DOUBT_TIME_NO_ZONE : LB_DOUBT_TIME_IMPOSSIBLE);
    return LB_UNKNOWN;
}

/* -- places ----------------------------------------------------------------------------------- */

/* Subsidiary locations by their type code; most are missing in one version or another. */
static lb_facility facility_of(lb_span type)
{
    static const struct {
        const char *code;
        lb_facility is;
    } table[] = {
        {"3", LB_FACILITY_BRDR},  {"36", LB_FACILITY_YARD}, {"42", LB_FACILITY_RSTN},
        {"57", LB_FACILITY_INTE}, {"60", LB_FACILITY_INTE}, {"70", LB_FACILITY_BRDR},
        {"71", LB_FACILITY_BRDR},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (lb_span_is(type, table[i].code))
            return table[i].is;
    return LB_FACILITY_UNSPECIFIED;
}

static void read_subsidiary(lb_place *place, const lb_xml_node *location)
{
    const lb_xml_node *sub = lb_xml_child(location, "LocationSubsidiaryIdentification");
    const lb_xml_node *code = lb_xml_child(sub, "LocationSubsidiaryCode");
    if (code == NULL)
        return;

    lb_span type = lb_xml_attribute_of(code, "LocationSubsidiaryTypeCode");
    place->ftype = facility_of(type);
    place->sub = lb_xml_text(sub, "LocationSubsidiaryName");
    if (place->sub.len == 0)
        place->sub = code->text;
    if (lb_span_is(type, "58")) { /* an OSJD location: a station code of the 1520 mm network */
        place->facility = code->text;
        place->facility_scheme = code->text.len == 6 ? LB_SPAN("ESR6") : LB_SPAN("ESR5");
    }
}

static bool is_country(lb_span code)
{
    return code.len == 2 && code.at[0] >= 'A' && code.at[0] <= 'Z' && code.at[1] >= 'A' &&
           code.at[1] <= 'Z';
}

void lb_taf_place(const lb_taf *taf, lb_event *event, lb_place *place, const lb_xml_node *node,
                  lb_place_role role)
{
    if (node == NULL)
        return;
    if (lb_xml_child(node, "LocationPrimaryCode") == NULL) {
        const lb_xml_node *inner = lb_xml_child(node, "Location");
        if (inner == NULL)
            inner = lb_xml_child(node, "LocationIdent");
        node = inner == NULL ? node : inner;
    }

    const lb_xml_node *code = lb_xml_child(node, "LocationPrimaryCode");
    const lb_xml_node *country = lb_xml_child(node, "CountryCodeISO");
    int64_t number;
    place->name = lb_xml_text(node, "PrimaryLocationName");
    read_subsidiary(place, node);
    if (country != NULL && is_country(country->text))
        place->country = country->text;
    else if (country != NULL && country->text.len > 0)
        lb_taf_doubt(taf, event, country, LB_DOUBT_GRAMMAR_ODD);

    if (code != NULL && code->text.len > 0) {
        bool is_plc = lb_span_number(code->text, &number) && number >= 1 && number <= 99999;
        if (is_plc && place->country.len > 0) {
            place->station =
                lb_sink_print(taf->sink, "%.*s%05d", LB_ARG(place->country), (int)number);
            place->station_scheme = LB_SPAN("TAF_PLC");
        } else {
            place->station = code->text;
            lb_taf_doubt(taf, event, code, LB_DOUBT_GRAMMAR_ODD);
        }
    }
    if (!lb_place_is_empty(place))
        place->role = role;
}

void lb_taf_place_as(lb_place *copy, const lb_place *place, lb_place_role role)
{
    *copy = *place;
    if (!lb_place_is_empty(copy))
        copy->role = role;
}

lb_span lb_taf_place_word(const lb_taf *taf, const lb_place *place)
{
    (void)taf;
    if (place->station.len > 0)
        return place->station;
    return place->name.len > 0 ? place->name : LB_SPAN("-");
}

/* -- train identity --------------------------------------------------------------------------- */

enum { OTN_MAX = 8, CORE_LEN = 12, DATE_LEN = 10 };

lb_span lb_taf_day(const lb_xml_node *node)
{
    lb_civil civil;
    int64_t offset_min;
    if (node == NULL || !lb_civil_iso(node->text, &civil, &offset_min) ||
        !lb_civil_is_valid(&civil))
        return LB_EMPTY;
    return lb_span_first(node->text, DATE_LEN);
}

/* TransportOperationalIdentifiers are in TrainOperationalIdentification, or directly (3003,
 * 3006). */
static const lb_xml_node *first_identifier(const lb_xml_node *owner)
{
    const lb_xml_node *wrapper = lb_xml_child(owner, "TrainOperationalIdentification");
    return lb_xml_child(wrapper == NULL ? owner : wrapper, "TransportOperationalIdentifiers");
}

static const lb_xml_node *start_date(const lb_xml_node *owner)
{
    const lb_xml_node *id = first_identifier(owner);
    const lb_xml_node *any = lb_xml_child(id, "StartDate");
    for (; id != NULL; id = lb_xml_next(id, "TransportOperationalIdentifiers"))
        if (lb_span_is(lb_xml_text(id, "ObjectType"), "TR") &&
            lb_taf_day(lb_xml_child(id, "StartDate")).len > 0)
            return lb_xml_child(id, "StartDate");
    return any;
}

lb_taf_train lb_taf_train_of(const lb_taf *taf, const lb_xml_node *node,
                             const lb_xml_node *first_time)
{
    const lb_xml_node *otn = lb_xml_child(node, "OperationalTrainNumberIdentifier");
    /* Looked up once: looking for an absent element walks all reports of a forecast. */
    lb_taf_train train = {.identifiers = first_identifier(node),
                          .former = lb_xml_child(node, "ReferenceOTN")};
    const lb_xml_node *tells[] = {
        start_date(node),
        lb_xml_child(node, "TrainDepartureDate"),
        lb_xml_child(otn, "ScheduledTimeAtHandover"),
        first_time,
        lb_xml_find(taf->root, "MessageHeader/MessageReference/MessageDateTime"),
    };
    enum { STATED = 3, ALL = sizeof tells / sizeof tells[0] };

    train.number = lb_xml_child(otn, "OperationalTrainNumber");
    /* up to 2.1, and in wagon messages */
    if (train.number == NULL || train.number->text.len == 0)
        train.number = lb_xml_child(node, "OperationalTrainNumber");
    if (train.number != NULL && train.number->text.len == 0)
        train.number = NULL;
    for (size_t i = 0; i < ALL && train.date.len == 0; i++) {
        train.date = lb_taf_day(tells[i]);
        train.dated = tells[i];
        train.is_guessed = i >= STATED;
    }
    return train;
}

static bool is_core(lb_span core)
{
    if (core.len != CORE_LEN)
        return false;
    for (size_t i = 0; i < core.len; i++)
        if (strchr("-*0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", core.at[i]) == NULL)
            return false;
    return true;
}

/* "TR/0033/ABCDEFGHIJKL/00/2026/2026-03-11" */
static void put_identifier(const lb_taf *taf, lb_event *event, const lb_xml_node *id)
{
    lb_span core = lb_xml_text(id, "Core"), type = lb_xml_text(id, "ObjectType");
    if (core.len == 0 || type.len == 0)
        return;
    const lb_xml_node *start = lb_xml_child(id, "StartDate");
    lb_span company = lb_taf_company(taf, lb_xml_text(id, "Company")), date = lb_taf_day(start);

    if (!is_core(core))
        lb_taf_doubt(taf, event, lb_xml_child(id, "Core"), LB_DOUBT_GRAMMAR_ODD);
    if (start != NULL && start->text.len > DATE_LEN)
        lb_taf_doubt(taf, event, start, LB_DOUBT_GRAMMAR_ODD);
    lb_span value = lb_sink_print(taf->sink, "%.*s/%.*s/%.*s/%.*s/%.*s/%.*s", LB_ARG(type),
                                  LB_ARG(company), LB_ARG(core), LB_ARG(lb_xml_text(id, "Variant")),
                                  LB_ARG(lb_xml_text(id, "TimetableYear")), LB_ARG(date));
    lb_event_reference(event, LB_SCHEME_TR_ID, value, company);
}

/* The number before renumbering at a border: another name of the same run. */
static void put_former_number(lb_event *event, const lb_taf_train *train)
{
    const lb_xml_node *otn = lb_xml_below(train->former, "OperationalTrainNumber");
    const lb_xml_node *handover = lb_xml_below(train->former, "ScheduledTimeAtHandover");
    if (otn == NULL || otn->text.len == 0 || lb_span_equal(otn->text, train->number->text))
        return;
    lb_span date = lb_taf_day(handover);
    lb_event_run(event, LB_ROLE_OTHER, LB_KIND_TRAIN, otn->text, date.len > 0 ? date : train->date);
}

lb_span lb_taf_train_put(const lb_taf *taf, lb_event *event, lb_role role,
                         const lb_taf_train *train)
{
    const lb_xml_node *id = train->identifiers;
    for (; id != NULL; id = lb_xml_next(id, "TransportOperationalIdentifiers"))
        put_identifier(taf, event, id);
    if (train->number == NULL)
        return LB_SPAN("-");

    event->movement.number = train->number->text;
    event->movement.service_date = train->date;
    if (train->number->text.len > OTN_MAX)
        lb_taf_doubt(taf, event, train->number, LB_DOUBT_GRAMMAR_ODD);
    lb_object *run = lb_event_run(event, role, LB_KIND_TRAIN, train->number->text, train->date);
    if (run == NULL)
        return train->number->text;
    if (train->is_guessed)
        lb_taf_doubt(taf, event, train->dated, LB_DOUBT_IDENTITY_GUESSED);
    lb_span word = run->id; /* adding the next object may move this one */
    put_former_number(event, train);
    return word;
}

/* -- numbers ---------------------------------------------------------------------------------- */

/* "PT5M", "PT1H30M", "-PT2M": xs:duration in place of minutes. */
static bool read_duration(lb_span text, int64_t *minutes)
{
    bool is_early = lb_span_starts(text, "-");
    text = is_early ? lb_span_after(text, 1) : text;
    if (!lb_span_starts(text, "PT"))
        return false;

    int64_t sum = 0, number = 0;
    for (size_t i = 2; i < text.len; i++) {
        char c = text.at[i];
        if (c >= '0' && c <= '9' && number < 100000)
            number = number * 10 + (c - '0');
        else if (c == 'H' || c == 'M')
            sum += number * (c == 'H' ? 60 : 1), number = 0;
        else if (c == 'S')
            number = 0;
        else
            return false;
    }
    *minutes = is_early ? -sum : sum;
    return text.len > 2 && number == 0;
}

static bool read_minutes(lb_span text, int64_t *minutes)
{
    bool is_signed = text.at[0] == '+' || text.at[0] == '-';
    lb_span digits = is_signed ? lb_span_after(text, 1) : text;
    if (digits.len > 5 || !lb_span_number(digits, minutes))
        return read_duration(text, minutes);
    if (text.at[0] == '-')
        *minutes = -*minutes;
    return true;
}

int64_t lb_taf_delay_s(const lb_taf *taf, lb_event *event, const lb_xml_node *node)
{
    if (node == NULL || node->text.len == 0)
        return LB_UNKNOWN;

    int64_t minutes;
    bool is_signed = node->text.at[0] == '+' || node->text.at[0] == '-';
    bool is_read = read_minutes(node->text, &minutes);
    if (!is_read || !is_signed || node->text.len != 5 || node->text.at[1] == 'P')
        lb_taf_doubt(taf, event, node, LB_DOUBT_GRAMMAR_ODD);
    return is_read ? minutes * 60 : LB_UNKNOWN;
}

int64_t lb_taf_number(const lb_taf *taf, lb_event *event, const lb_xml_node *node)
{
    int64_t value;
    if (node == NULL || node->text.len == 0)
        return LB_UNKNOWN;
    if (node->text.len <= 12 && lb_span_decimal(node->text, 0, &value) && value >= 0)
        return value;
    lb_taf_doubt(taf, event, node, LB_DOUBT_GRAMMAR_ODD);
    return LB_UNKNOWN;
}

/* -- positions -------------------------------------------------------------------------------- */

static bool read_degrees(const lb_xml_node *node, int64_t limit, int64_t *e7)
{
    int64_t value;
    if (node == NULL || node->text.len > 24 || !lb_span_decimal(node->text, 7, &value))
        return false;
    if (value < -limit * 10000000 || value > limit * 10000000)
        return false;
    *e7 = value;
    return true;
}

static void read_motion(lb_event *event, const lb_xml_node *node)
{
    const lb_xml_node *speed = lb_xml_below(node, "CurrentSpeed");
    const lb_xml_node *heading = lb_xml_below(node, "Heading");
    const lb_xml_node *satellites = lb_xml_below(node, "NumberOfSatellites");
    int64_t value;

    if (speed == NULL)
        speed = lb_xml_below(node, "Speed");
    if (speed != NULL && speed->text.len <= 12 && lb_span_decimal(speed->text, 1, &value))
        event->pos.speed_dkmh = value < 0 ? -value : value; /* negative: rolling backwards */
    if (heading != NULL && heading->text.len <= 12 && lb_span_decimal(heading->text, 0, &value) &&
        value >= 0 && value <= 360)
        event->pos.course_deg = value % 360;
    if (satellites != NULL && lb_span_number(satellites->text, &value) && value < 1000)
        event->pos.satellites = value;
}

void lb_taf_position(const lb_taf *taf, lb_event *event, const lb_xml_node *node)
{
    const lb_xml_node *latitude = lb_xml_below(node, "Latitude");
    const lb_xml_node *longitude = lb_xml_below(node, "Longitude");
    int64_t lat, lon;
    if (latitude == NULL || longitude == NULL)
        return;
    if (!read_degrees(latitude, 90, &lat) || !read_degrees(longitude, 180, &lon)) {
        lb_taf_doubt(taf, event, latitude, LB_DOUBT_GRAMMAR_ODD);
        return;
    }
    event->pos.lat_e7 = lat;
    event->pos.lon_e7 = lon;
    read_motion(event, node);
}

/* -- wagons and load units -------------------------------------------------------------------- */

/* Eight digits are a wagon of the 1520 mm network: never made into twelve. */
static lb_scheme wagon_scheme(lb_span number)
{
    return number.len == 8 && lb_span_all_digits(number) ? LB_SCHEME_OSJD8 : LB_SCHEME_UIC12;
}

lb_object *lb_taf_wagon(lb_event *event, lb_role role, lb_span number)
{
    return lb_event_object(event, role, LB_KIND_WAGON, wagon_scheme(number), number);
}

void lb_taf_wagon_object(lb_event *event, lb_object *object, lb_span number)
{
    lb_ident_object(event, object, LB_KIND_WAGON, wagon_scheme(number), number);
}

void lb_taf_unit_object(lb_event *event, lb_object *object, lb_span type, lb_span number)
{
    bool is_box = number.len >= 4 && (number.at[3] == 'U' || number.at[3] == 'u');
    lb_kind kind = LB_KIND_CONTAINER;
    lb_scheme scheme = LB_SCHEME_ISO6346;

    if (lb_span_is(type, "02") && !is_box)
        kind = LB_KIND_SWAPBODY, scheme = LB_SCHEME_ILU;
    else if (lb_span_is(type, "03"))
        kind = LB_KIND_TRAILER, scheme = LB_SCHEME_ILU;
    else if (lb_span_is(type, "04"))
        kind = LB_KIND_TRUCK, scheme = LB_SCHEME_ADHOC;
    lb_ident_object(event, object, kind, scheme, number);
}
