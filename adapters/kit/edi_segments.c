/* edi_segments.c - DTM, LOC, TDT, EQD, RFF, SEL, MEA, FTX and BGM. */
#include "edi_segments.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool has_digit(lb_span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (is_digit(text.at[i]))
            return true;
    return false;
}

/* Blanks or small letters: text, not a code. */
static bool is_words(lb_span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] == ' ' || (text.at[i] >= 'a' && text.at[i] <= 'z'))
            return true;
    return false;
}

/* -- DTM -------------------------------------------------------------------------------------- */

/* 2379: how many digits, how many of them are the year, and whether a zone follows. */
static const struct time_format {
    const char *code;
    unsigned char digits, year;
    bool has_zone;
} formats[] = {
    {"101", 6, 2, false},  {"102", 8, 4, false},  {"201", 10, 2, false}, {"202", 12, 2, false},
    {"203", 12, 4, false}, {"204", 14, 4, false}, {"205", 12, 4, true},  {"301", 10, 2, true},
    {"302", 12, 2, true},  {"303", 12, 4, true},  {"304", 14, 4, true},  {"718", 8, 4, false},
};

static const struct time_format *format_of(lb_span code)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (lb_span_is(code, formats[i].code))
            return &formats[i];
    return NULL;
}

static size_t leading_digits(lb_span text)
{
    size_t n = 0;
    while (n < text.len && is_digit(text.at[n]))
        n++;
    return n;
}

/* "+08", "+0800", "+08:00", "UTC"; LB_UNKNOWN for what is not a zone. */
static int64_t zone_minutes(lb_span zone)
{
    int64_t hours, minutes = 0;
    zone = lb_span_trim(zone);
    if (lb_span_is(zone, "UTC") || lb_span_is(zone, "GMT") || lb_span_is(zone, "Z"))
        return 0;
    if (zone.len < 3 || (zone.at[0] != '+' && zone.at[0] != '-'))
        return LB_UNKNOWN;
    lb_span rest = lb_span_after(zone, zone.len > 3 && zone.at[3] == ':' ? 4 : 3);
    if (!lb_span_number(lb_span_between(zone.at + 1, zone.at + 3), &hours) || hours > 14 ||
        (rest.len > 0 && (!lb_span_number(rest, &minutes) || minutes > 59)))
        return LB_UNKNOWN;
    minutes += hours * 60;
    return zone.at[0] == '-' ? -minutes : minutes;
}

typedef struct time_parts {
    lb_civil civil;
    int64_t offset_min;
    lb_precision prec;
    bool is_odd; /* the format code disagrees with the text */
} time_parts;

static bool read_digits(lb_span digits, int year_len, lb_civil *civil)
{
    char full[14] = "20";
    size_t lead = year_len == 2 ? 2 : 0;
    if (digits.len + lead > sizeof full)
        return false;
    if (digits.len > 0)
        memcpy(full + lead, digits.at, digits.len);
    return lb_civil_digits((lb_span){full, digits.len + lead}, civil);
}

static bool read_time(const lb_edi_time *time, time_parts *parts)
{
    size_t digits = leading_digits(time->text);
    const struct time_format *format = format_of(time->format);
    int year_len = format != NULL ? format->year : digits == 6 || digits == 10 ? 2 : 4;
    lb_span zone = lb_span_after(time->text, digits);

    *parts = (time_parts){.offset_min = LB_UNKNOWN};
    if (format != NULL && lb_span_is(time->format, "718"))
        digits = digits > 8 ? 8 : digits; /* of a period, the first day */
    else if (zone.len > 0)
        parts->offset_min = zone_minutes(zone);
    parts->is_odd = format == NULL ? time->format.len > 0 : format->digits != digits;
    if (parts->is_odd && format != NULL && (digits == 6 || digits == 10))
        return false; /* "260312" as format 203: the position of the year is ambiguous */
    if (parts->is_odd)
        year_len = 4;
    parts->prec = digits <= 8                                       ? LB_PRECISION_DAY
                  : digits == 14 || (year_len == 2 && digits == 12) ? LB_PRECISION_SECOND
                                                                    : LB_PRECISION_MINUTE;
    return read_digits(lb_span_first(time->text, digits), year_len, &parts->civil);
}

lb_edi_time lb_edi_time_of(const lb_edi *edi, const lb_edi_segment *dtm)
{
    return (lb_edi_time){
        .qualifier = lb_edi_value(edi, dtm, 1, 1),
        .text = lb_edi_value(edi, dtm, 1, 2),
        .format = lb_edi_value(edi, dtm, 1, 3),
    };
}

static bool is_time_of_day(const lb_edi_time *time)
{
    return lb_span_is(time->format, "401") || lb_span_is(time->format, "402") ||
           lb_span_is(time->format, "404");
}

static lb_edi_time *date_for(lb_edi_times *times, const lb_edi_time *time)
{
    for (size_t i = 0; i < times->count; i++)
        if (lb_span_equal(times->at[i].qualifier, time->qualifier) &&
            lb_span_is(times->at[i].format, "102"))
            return &times->at[i];
    return NULL;
}

void lb_edi_times_add(const lb_edi *edi, lb_edi_times *times, const lb_edi_segment *dtm)
{
    lb_edi_time time = lb_edi_time_of(edi, dtm);
    lb_edi_time *date = is_time_of_day(&time) ? date_for(times, &time) : NULL;
    if (date != NULL) {
        date->text = lb_sink_print(edi->sink, "%.*s%.*s", LB_ARG(date->text), LB_ARG(time.text));
        date->format = lb_span_is(time.format, "401")   ? LB_SPAN("203")
                       : lb_span_is(time.format, "402") ? LB_SPAN("204")
                                                        : LB_SPAN("304");
        return;
    }
    if (time.text.len == 0)
        return;
    if (times->count < LB_EDI_TIMES)
        times->at[times->count++] = time;
    else
        lb_doubt(edi->sink, NULL, dtm->where, LB_DOUBT_GRAMMAR_ODD);
}

const lb_edi_time *lb_edi_times_find(const lb_edi_times *times, const char *qualifier)
{
    for (size_t i = 0; i < times->count; i++)
        if (lb_span_is(times->at[i].qualifier, qualifier))
            return &times->at[i];
    return NULL;
}

void lb_edi_time_set(const lb_edi *edi, lb_event *event, const lb_edi_time *time,
                     const lb_place *place)
{
    time_parts parts;
    if (!read_time(time, &parts)) {
        event->occurred.local_text = time->text;
        lb_doubt(edi->sink, event, time->text, LB_DOUBT_TIME_IMPOSSIBLE);
        return;
    }
    if (parts.is_odd)
        lb_doubt(edi->sink, event, time->text, LB_DOUBT_GRAMMAR_ODD);
    lb_when_set(event, &event->occurred, &parts.civil, parts.offset_min, parts.prec, time->text,
                edi->reading->source, place);
}

lb_span lb_edi_time_day(const lb_edi *edi, const lb_edi_time *time)
{
    char text[16];
    time_parts parts;
    if (time == NULL || !read_time(time, &parts) || !lb_civil_is_valid(&parts.civil))
        return LB_EMPTY;
    size_t len = lb_date_print(text, sizeof text, &parts.civil);
    return lb_sink_copy(edi->sink, (lb_span){text, len});
}

static int64_t utc_of(const lb_edi *edi, const lb_edi_time *time, lb_span where)
{
    time_parts parts;
    const lb_zone *zone = lb_source_zone(edi->reading->source);
    if (!read_time(time, &parts) || !lb_civil_is_valid(&parts.civil)) {
        lb_doubt(edi->sink, NULL, where, LB_DOUBT_TIME_IMPOSSIBLE);
        return LB_UNKNOWN;
    }
    if (parts.offset_min == LB_UNKNOWN && zone == NULL) {
        lb_doubt(edi->sink, NULL, where, LB_DOUBT_TIME_NO_ZONE);
        return LB_UNKNOWN;
    }
    int offset = parts.offset_min == LB_UNKNOWN ? lb_zone_offset_for(zone, &parts.civil)
                                                : (int)parts.offset_min;
    return lb_civil_to_utc(&parts.civil, offset);
}

/* UNB has its date in 6 or 8 digits, whatever its syntax version, and the time of day in a
 * component of its own. */
static lb_edi_time time_of_unb(const lb_edi *edi)
{
    lb_span date = lb_edi_value(edi, &edi->unb, 4, 1), clock = lb_edi_value(edi, &edi->unb, 4, 2);
    if (date.len == 0)
        return (lb_edi_time){0};
    return (lb_edi_time){
        .text = lb_sink_print(edi->sink, "%.*s%.*s", LB_ARG(date), LB_ARG(clock)),
        .format = clock.len != 4  ? LB_EMPTY
                  : date.len == 8 ? LB_SPAN("203")
                                  : LB_SPAN("201"),
    };
}

int64_t lb_edi_reported(const lb_edi *edi, const lb_edi_time *document)
{
    /* allows for zones, and for documents dated to the next working day */
    enum { TOLERANCE_DAYS = 2 };
    lb_edi_time sent = time_of_unb(edi);
    time_parts written, posted;

    if (document == NULL || document->text.len == 0)
        return sent.text.len == 0 ? LB_UNKNOWN
                                  : utc_of(edi, &sent, lb_edi_value(edi, &edi->unb, 4, 1));
    bool is_later = read_time(document, &written) && sent.text.len > 0 &&
                    read_time(&sent, &posted) && lb_civil_is_valid(&written.civil) &&
                    lb_civil_is_valid(&posted.civil) &&
                    lb_civil_day(&written.civil) > lb_civil_day(&posted.civil) + TOLERANCE_DAYS;
    if (!is_later)
        return utc_of(edi, document, document->text);
    lb_doubt(edi->sink, NULL, document->text, LB_DOUBT_TIME_IMPOSSIBLE);
    return utc_of(edi, &sent, lb_edi_value(edi, &edi->unb, 4, 1));
}

/* -- LOC -------------------------------------------------------------------------------------- */

static bool has_locode_shape(lb_span code)
{
    if (code.len != 5 || !is_upper(code.at[0]) || !is_upper(code.at[1]))
        return false;
    for (size_t i = 2; i < 5; i++)
        if (!is_upper(code.at[i]) && (code.at[i] < '2' || code.at[i] > '9'))
            return false;
    return true;
}

static bool is_country(lb_span code)
{
    return code.len == 2 && is_upper(code.at[0]) && is_upper(code.at[1]);
}

/* Five letters may be a code or a name ("PARIS"): a code when the table has it, when the sender
 * names its list, or when its first two letters are the country beside it. */
static bool is_locode(lb_span code, bool is_listed, lb_span country)
{
    return has_locode_shape(code) &&
           (is_listed || lb_place_by_code(LB_SPAN("LOCODE"), code) != NULL ||
            (is_country(country) && memcmp(country.at, code.at, 2) == 0));
}

static bool put_station(lb_place *place, lb_span code)
{
    static const char *const schemes[] = {"ESR6", "CN_TMIS", "TAF_PLC", "UIRR"};
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
        if (lb_place_by_code(lb_span_of(schemes[i]), code) != NULL) {
            place->station = code;
            place->station_scheme = lb_span_of(schemes[i]);
            return true;
        }
    return false;
}

static void put_code(lb_place *place, lb_span code, lb_span list, bool is_listed, lb_span country)
{
    if (code.len == 0)
        return;
    if (lb_span_is(list, "16")) /* a post code looks like a station code */
        place->facility = code;
    else if (is_locode(code, is_listed, country))
        place->locode = code;
    else if (is_country(code))
        place->country = code;
    else if (code.len == 3 && lb_place_by_code(LB_SPAN("IATA"), code) != NULL)
        place->iata = code;
    else if (put_station(place, code))
        return;
    else if (!has_digit(code) || is_words(code))
        place->name = code;
    else
        place->facility = code;
}

/* C519 and C553: the country, the terminal, or a block of the yard. */
static void put_related(const lb_edi *edi, const lb_edi_segment *loc, lb_place *place)
{
    for (size_t element = 3; element <= 4; element++) {
        lb_span code = lb_edi_value(edi, loc, element, 1),
                text = lb_edi_value(edi, loc, element, 4);
        if (code.len == 0)
            code = text;
        if (code.len == 0)
            continue;
        if (is_country(code) || lb_span_is(lb_edi_value(edi, loc, element, 2), "162"))
            place->country = code;
        else if (element == 4)
            place->sub = code;
        else if (place->facility.len == 0)
            place->facility = code;
    }
}

static lb_facility facility_of(lb_span qualifier)
{
    return lb_span_is(qualifier, "17")   ? LB_FACILITY_BRDR
           : lb_span_is(qualifier, "29") ? LB_FACILITY_RSTN
                                         : LB_FACILITY_UNSPECIFIED;
}

void lb_edi_place(const lb_edi *edi, const lb_edi_segment *loc, lb_place *place, lb_place_role role)
{
    lb_span code = lb_edi_value(edi, loc, 2, 1), list = lb_edi_value(edi, loc, 2, 2);
    lb_span name = lb_edi_value(edi, loc, 2, 4);
    lb_span country = lb_edi_value(edi, loc, 3, 1);
    bool is_listed = list.len > 0 || lb_edi_value(edi, loc, 2, 3).len > 0;

    put_code(place, code, list, is_listed, country);
    if (name.len > 0)
        place->name = name;
    put_related(edi, loc, place);
    place->ftype = facility_of(lb_edi_value(edi, loc, 1, 1));
    if (!lb_place_is_empty(place))
        place->role = role;
}

lb_span lb_edi_place_word(const lb_place *place)
{
    const lb_span words[] = {place->locode,   place->station, place->iata,
                             place->facility, place->name,    place->country};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (words[i].len > 0)
            return words[i];
    return LB_SPAN("-");
}

/* -- TDT -------------------------------------------------------------------------------------- */

/* 8067 is UN/ECE Recommendation 19; for 0, 9 and blank the kind of vehicle (8179) often gives
 * the mode. */
static lb_mode mode_of(lb_span mode, lb_span type)
{
    int64_t number;
    if (lb_span_number(mode, &number) && number >= 1 && number <= 8)
        return (lb_mode)number;
    if (lb_span_is(type, "31") || lb_span_is(type, "32") || lb_span_is(type, "37"))
        return LB_MODE_ROAD;
    if (lb_span_is(type, "25") || lb_span_starts(type, "2/"))
        return LB_MODE_RAIL;
    if (lb_span_starts(type, "3/"))
        return LB_MODE_ROAD;
    if (lb_span_is(type, "6"))
        return LB_MODE_AIR;
    return lb_span_is(type, "11") || lb_span_is(type, "13") ? LB_MODE_MARITIME
                                                            : LB_MODE_UNSPECIFIED;
}

static lb_stage stage_of(lb_span stage)
{
    int64_t number;
    if (!lb_span_number(stage, &number))
        return LB_STAGE_UNSPECIFIED;
    if (number == 10 || number == 1)
        return LB_STAGE_PRE;
    if (number == 11)
        return LB_STAGE_BORDER;
    if (number >= 20 && number <= 23)
        return LB_STAGE_MAIN;
    return number == 30 ? LB_STAGE_ON : LB_STAGE_UNSPECIFIED;
}

/* Some senders put the name of a carrier in place of the vehicle ("CSX TRANSPORTATION"): a plate
 * or train number has a digit in it. */
static lb_span vehicle(const lb_edi *edi, const lb_edi_segment *tdt)
{
    lb_span id = lb_edi_value(edi, tdt, 8, 1);
    if (id.len == 0)
        id = lb_edi_value(edi, tdt, 8, 4);
    return has_digit(id) ? id : LB_EMPTY;
}

lb_edi_means lb_edi_means_of(const lb_edi *edi, const lb_edi_segment *tdt)
{
    lb_span mode = lb_edi_value(edi, tdt, 3, 1), type = lb_edi_value(edi, tdt, 4, 1);
    lb_span carrier = lb_edi_value(edi, tdt, 5, 1);
    if (carrier.len == 0)
        carrier = lb_edi_value(edi, tdt, 5, 4);
    return (lb_edi_means){
        .mode = mode_of(mode, type),
        .stage = stage_of(lb_edi_value(edi, tdt, 1, 1)),
        .number = lb_edi_value(edi, tdt, 2, 1),
        .id = vehicle(edi, tdt),
        .carrier = carrier,
        .where = tdt->where,
    };
}

/* "5417" of carrier CZ is flight CZ5417. */
static lb_span flight_number(const lb_edi *edi, const lb_edi_means *means)
{
    bool is_bare = lb_span_all_digits(means->number) && means->carrier.len == 2;
    return is_bare
               ? lb_sink_print(edi->sink, "%.*s%.*s", LB_ARG(means->carrier), LB_ARG(means->number))
               : means->number;
}

lb_object *lb_edi_means_put(const lb_edi *edi, lb_event *event, lb_role role,
                            const lb_edi_means *means, lb_span day)
{
    lb_movement *movement = &event->movement;
    lb_span number = means->number;
    if (number.len == 0 && means->mode == LB_MODE_RAIL)
        number = means->id;
    if (means->mode == LB_MODE_AIR)
        number = flight_number(edi, means);

    movement->carrier = means->carrier;
    movement->number = number;
    movement->stage = means->stage;
    if (means->mode == LB_MODE_ROAD) {
        lb_span plate = means->id.len > 0 ? means->id : has_digit(number) ? number : LB_EMPTY;
        return lb_event_object(event, role, LB_KIND_TRUCK, LB_SCHEME_PLATE, plate);
    }
    if (means->mode != LB_MODE_RAIL && means->mode != LB_MODE_AIR)
        return NULL;
    movement->service_date = number.len > 0 ? day : LB_EMPTY;
    return lb_event_run(event, role, means->mode == LB_MODE_AIR ? LB_KIND_FLIGHT : LB_KIND_TRAIN,
                        number, day);
}

/* -- EQD -------------------------------------------------------------------------------------- */

static const struct {
    const char *type;
    lb_kind kind;
} unit_kinds[] = {
    {"CN", LB_KIND_CONTAINER}, {"CH", LB_KIND_CHASSIS}, {"TE", LB_KIND_TRAILER},
    {"SW", LB_KIND_SWAPBODY},  {"RR", LB_KIND_WAGON},   {"BX", LB_KIND_WAGON},
    {"RF", LB_KIND_WAGON},     {"UL", LB_KIND_ULD},     {"PA", LB_KIND_PALLET},
    {"PL", LB_KIND_PALLET},    {"BPO", LB_KIND_TRUCK},  {"BPP", LB_KIND_TRUCK},
    {"BPQ", LB_KIND_TRUCK},
};

static lb_kind unit_kind(lb_span type)
{
    for (size_t i = 0; i < sizeof unit_kinds / sizeof unit_kinds[0]; i++)
        if (lb_span_is(type, unit_kinds[i].type))
            return unit_kinds[i].kind;
    return LB_KIND_UNSPECIFIED;
}

/* The letters and digits of a number, without blanks and dashes. */
typedef struct unit_shape {
    size_t letters, digits, others; /* letters: before the first digit */
} unit_shape;

static unit_shape shape_of(lb_span id)
{
    unit_shape shape = {0};
    for (size_t i = 0; i < id.len; i++) {
        char c = id.at[i];
        if (is_digit(c))
            shape.digits++;
        else if (((c >= 'a' && c <= 'z') || is_upper(c)) && shape.digits == 0)
            shape.letters++;
        else if (c != ' ' && c != '-' && c != '/')
            shape.others++;
    }
    return shape;
}

static bool is_box_number(lb_span id)
{
    unit_shape s = shape_of(id);
    return s.letters == 4 && (s.digits == 6 || s.digits == 7) && s.others == 0;
}

static lb_scheme wagon_scheme(lb_span id)
{
    unit_shape s = shape_of(id);
    if (s.letters > 0 || s.others > 0)
        return LB_SCHEME_ADHOC;
    return s.digits == 12  ? LB_SCHEME_UIC12
           : s.digits == 8 ? LB_SCHEME_OSJD8
           : s.digits == 7 ? LB_SCHEME_CN7
                           : LB_SCHEME_ADHOC;
}

static lb_scheme unit_scheme(lb_kind kind, lb_span id)
{
    switch (kind) {
    case LB_KIND_CONTAINER:
        return is_box_number(id) ? LB_SCHEME_ISO6346 : LB_SCHEME_ADHOC;
    case LB_KIND_SWAPBODY:
        return is_box_number(id) ? LB_SCHEME_ILU : LB_SCHEME_ADHOC;
    case LB_KIND_TRAILER:
        return is_box_number(id) ? LB_SCHEME_ILU : LB_SCHEME_PLATE;
    case LB_KIND_TRUCK:
        return LB_SCHEME_PLATE;
    case LB_KIND_WAGON:
        return wagon_scheme(id);
    case LB_KIND_ULD:
        return LB_SCHEME_ULD;
    default:
        return LB_SCHEME_ADHOC;
    }
}

lb_edi_unit lb_edi_unit_named(const lb_edi *edi, lb_span type, lb_span id)
{
    (void)edi;
    lb_edi_unit unit = {.kind = unit_kind(type), .id = id};
    unit.scheme = unit_scheme(unit.kind, id);
    unit.is_odd = unit.scheme == LB_SCHEME_ADHOC && unit.kind != LB_KIND_CHASSIS &&
                  unit.kind != LB_KIND_PALLET;
    return unit;
}

static lb_fill fill_of(lb_span code)
{
    static const lb_fill fills[] = {
        [1] = LB_FILL_QUARTER_FREE, [2] = LB_FILL_HALF_FREE, [3] = LB_FILL_THREE_QUARTERS_FREE,
        [4] = LB_FILL_EMPTY,        [5] = LB_FILL_LADEN,     [6] = LB_FILL_NO_VOLUME,
        [7] = LB_FILL_LADEN,        [8] = LB_FILL_LADEN,
    };
    int64_t number;
    return lb_span_number(code, &number) && number >= 1 && number <= 8 ? fills[number]
                                                                       : LB_FILL_UNSPECIFIED;
}

lb_edi_unit lb_edi_unit_of(const lb_edi *edi, const lb_edi_segment *eqd)
{
    lb_edi_unit unit =
        lb_edi_unit_named(edi, lb_edi_value(edi, eqd, 1, 1), lb_edi_value(edi, eqd, 2, 1));
    unit.size_type = lb_edi_value(edi, eqd, 3, 1);
    unit.fill = fill_of(lb_edi_value(edi, eqd, 6, 1));
    return unit;
}

lb_object *lb_edi_unit_put(const lb_edi *edi, lb_event *event, lb_role role,
                           const lb_edi_unit *unit)
{
    lb_object *object = lb_event_object(event, role, unit->kind, unit->scheme, unit->id);
    if (object == NULL)
        return NULL;
    object->size_type = unit->size_type;
    if (unit->kind == LB_KIND_CONTAINER || unit->kind == LB_KIND_SWAPBODY)
        object->milli_teu = lb_ident_milli_teu(unit->size_type);
    if (unit->fill != LB_FILL_UNSPECIFIED && role == LB_ROLE_SUBJECT)
        event->cond.fill = unit->fill;
    if (unit->is_odd)
        lb_doubt(edi->sink, event, unit->id, LB_DOUBT_IDENTITY_GUESSED);
    return object;
}

/* -- RFF -------------------------------------------------------------------------------------- */

static const struct {
    const char *qualifier;
    lb_scheme scheme;
    int rank;
} references[] = {
    {"BM", LB_SCHEME_BL, 1},     {"MB", LB_SCHEME_BL, 1},    {"BH", LB_SCHEME_BL, 1},
    {"AWB", LB_SCHEME_AWB, 2},   {"MWB", LB_SCHEME_AWB, 2},  {"HWB", LB_SCHEME_HAWB, 3},
    {"BN", LB_SCHEME_BKG, 4},    {"UCN", LB_SCHEME_UCR, 5},  {"AAM", LB_SCHEME_ADHOC, 6},
    {"AAS", LB_SCHEME_ADHOC, 6}, {"CN", LB_SCHEME_ADHOC, 7}, {"SRN", LB_SCHEME_ADHOC, 7},
    {"SI", LB_SCHEME_ADHOC, 8},  {"FF", LB_SCHEME_ADHOC, 8}, {"CU", LB_SCHEME_ADHOC, 8},
    {"ABT", LB_SCHEME_MRN, 0},   {"ON", LB_SCHEME_PO, 0},    {"CO", LB_SCHEME_PO, 0},
    {"AFB", LB_SCHEME_ADHOC, 0},
};

lb_edi_reference lb_edi_reference_of(const lb_edi *edi, const lb_edi_segment *rff)
{
    lb_edi_reference reference = {
        .qualifier = lb_edi_value(edi, rff, 1, 1),
        .value = lb_edi_value(edi, rff, 1, 2),
    };
    for (size_t i = 0; i < sizeof references / sizeof references[0]; i++)
        if (lb_span_is(reference.qualifier, references[i].qualifier)) {
            reference.scheme = references[i].scheme;
            reference.rank = references[i].rank;
        }
    return reference;
}

/* -- SEL, MEA, FTX, BGM ----------------------------------------------------------------------- */

/* "SEL+K40718+SH", "SEL+K40718:CA", but also "SEL+SH+CA": two parties and no seal. */
lb_span lb_edi_seal(const lb_edi *edi, const lb_edi_segment *sel)
{
    for (size_t element = 1; element <= 2; element++) {
        lb_span text = lb_edi_value(edi, sel, element, 1);
        if (text.len > 2 || has_digit(text))
            return text;
    }
    return LB_EMPTY;
}

/* 0 stands for an unknown mass. */
int64_t lb_edi_gross_g(const lb_edi *edi, const lb_edi_segment *mea)
{
    static const char *const gross[] = {"G", "AAD", "AET", "VGM", "WT"};
    static const struct {
        const char *unit;
        int64_t g;
    } units[] = {{"KGM", 1}, {"TNE", 1000}};
    lb_span what = lb_edi_value(edi, mea, 2, 1), unit = lb_edi_value(edi, mea, 3, 1);
    lb_span kind = what.len > 0 ? what : lb_edi_value(edi, mea, 1, 1);
    int64_t grams;
    bool is_gross = false;

    for (size_t i = 0; i < sizeof gross / sizeof gross[0]; i++)
        is_gross = is_gross || lb_span_is(kind, gross[i]);
    lb_span number = lb_edi_value(edi, mea, 3, 2);
    if (!is_gross || number.len > 12 || !lb_span_decimal(number, 3, &grams) || grams <= 0)
        return LB_UNKNOWN;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (lb_span_is(unit, units[i].unit))
            return grams * units[i].g;
    return LB_UNKNOWN;
}

lb_span lb_edi_free_text(const lb_edi *edi, const lb_edi_segment *ftx)
{
    lb_span text = lb_edi_value(edi, ftx, 4, 1);
    for (size_t line = 2; line <= 5; line++) {
        lb_span more = lb_edi_value(edi, ftx, 4, line);
        if (more.len > 0)
            text = lb_sink_print(edi->sink, "%.*s %.*s", LB_ARG(text), LB_ARG(more));
    }
    return text;
}

lb_edi_function lb_edi_function_of(const lb_edi *edi, const lb_edi_segment *bgm)
{
    lb_span code = lb_edi_value(edi, bgm, 3, 1);
    lb_edi_function function = {.correction = LB_CORRECTION_NONE};

    if (lb_span_is(code, "1") || lb_span_is(code, "3"))
        function.correction = LB_CORRECTION_RETRACTS;
    else if (lb_span_is(code, "5"))
        function.correction = LB_CORRECTION_OVERRIDES;
    function.is_repetition = lb_span_is(code, "7") || lb_span_is(code, "35");
    if (lb_span_is(code, "53"))
        lb_sink_message_info(edi->sink)->test = true;
    return function;
}
