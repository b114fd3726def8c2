/* x12.c - ANSI X12 interchanges: separators, segments, envelope, and what the sets have in common. */
#include "x12.h"

#include "landbridge/client/ident.h"
#include "landbridge/client/place.h"

/* -- separators and segments ------------------------------------------------------------------ */

enum { ISA_ELEMENTS = 16, TERMINATOR_MAX = 4 };

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static lb_span skip_between(lb_span rest)
{
    if (lb_span_starts(rest, "\xef\xbb\xbf"))
        rest = lb_span_after(rest, 3);
    while (rest.len > 0 && is_blank(rest.at[0]))
        rest = lb_span_after(rest, 1);
    return rest;
}

static lb_span without_blanks_behind(lb_span text)
{
    while (text.len > 0 && is_blank(text.at[text.len - 1]))
        text.len--;
    return text;
}

/* Steps over the elements of ISA; the last is one character; the bytes between it and "GS" are
 * the segment terminator. */
static bool find_separators(lb_x12 *x12, lb_span rest)
{
    size_t at = 3, found = 0;
    x12->element = rest.at[3];
    for (; at < rest.len && found < ISA_ELEMENTS; at++)
        found += rest.at[at] == x12->element;
    lb_span behind = lb_span_after(rest, at + 1);
    lb_span line = lb_span_first(behind, 2);
    for (size_t len = 0; len <= TERMINATOR_MAX + 2 && len + 3 <= behind.len; len++) {
        lb_span next = lb_span_after(behind, len);
        if (!lb_span_starts(next, "GS") || next.at[2] != x12->element)
            continue;
        x12->terminator = without_blanks_behind(lb_span_first(behind, len));
        if (x12->terminator.len == 0) /* lines end segments */
            x12->terminator =
                lb_span_starts(line, "\r") ? lb_span_first(line, 1) : lb_span_first(behind, 1);
        return x12->terminator.len > 0 && len > 0;
    }
    return false;
}

typedef enum x12_step { STEP_GOT, STEP_END, STEP_CUT, STEP_TOO_BIG } x12_step;

static x12_step step(const lb_x12 *x12, lb_x12_cursor *cursor, lb_x12_segment *segment)
{
    lb_span rest = skip_between(cursor->rest), ignored;
    if (rest.len == 0)
        return STEP_END;
    lb_span head = lb_span_first(rest, LB_X12_MAX_SEGMENT + x12->terminator.len);
    const char *end = memmem(head.at, head.len, x12->terminator.at, x12->terminator.len);
    if (end == NULL && head.len < rest.len)
        return STEP_TOO_BIG;
    segment->where = end == NULL ? rest : lb_span_between(rest.at, end);
    lb_span after = segment->where;
    ignored = LB_EMPTY;
    lb_span_cut(&after, x12->element, &ignored);
    segment->tag = ignored;
    segment->number = ++cursor->number;
    cursor->rest =
        lb_span_after(rest, segment->where.len + (end == NULL ? 0 : x12->terminator.len));
    return end == NULL ? STEP_CUT : STEP_GOT;
}

bool lb_x12_next(const lb_x12 *x12, lb_x12_cursor *cursor, lb_x12_segment *segment)
{
    return step(x12, cursor, segment) != STEP_END;
}

bool lb_x12_is(const lb_x12_segment *segment, const char *tag)
{
    return lb_span_is(segment->tag, tag);
}

static bool is_ascii(lb_span text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.at[i] >= 0x80)
            return false;
    return true;
}

lb_span lb_x12_value(const lb_x12 *x12, const lb_x12_segment *segment, size_t element)
{
    lb_span rest = segment->where, value = LB_EMPTY;
    for (size_t i = 0; i <= element; i++)
        if (!lb_span_cut(&rest, x12->element, &value))
            return LB_EMPTY;
    value = lb_span_trim(value);
    if (is_ascii(value))
        return value;
    const char *charset = lb_source_charset(x12->reading->source);
    return lb_sink_utf8(x12->sink, NULL, charset == NULL ? "UTF-8" : charset, value);
}

/* -- envelope --------------------------------------------------------------------------------- */

static void check_count(const lb_x12 *x12, const lb_x12_segment *trailer, int64_t count)
{
    lb_span text = lb_x12_value(x12, trailer, 1);
    int64_t said;
    if (!lb_span_number(text, &said) || said != count)
        lb_doubt(x12->sink, NULL, text.len > 0 ? text : trailer->where, LB_DOUBT_COUNT_MISMATCH);
}

static void check_reference(const lb_x12 *x12, const lb_x12_segment *trailer, lb_span reference)
{
    lb_span text = lb_x12_value(x12, trailer, 2);
    if (!lb_span_equal(text, reference))
        lb_doubt(x12->sink, NULL, text.len > 0 ? text : trailer->where, LB_DOUBT_REF_MISMATCH);
}

/* X12 does not define a charset: UTF-8 unless the profile names one. */
static void check_charset(const lb_x12 *x12, const lb_x12_segment *segment)
{
    if (lb_source_charset(x12->reading->source) != NULL || is_ascii(segment->where))
        return;
    if (lb_sink_utf8(x12->sink, NULL, "UTF-8", segment->where).at != segment->where.at)
        lb_doubt(x12->sink, NULL, segment->where, LB_DOUBT_CHARSET_REPAIRED);
}

static lb_verdict check_frame(const lb_x12 *x12, lb_x12_cursor cursor)
{
    lb_x12_segment segment = x12->isa;
    lb_mark(x12->sink, segment.where, segment.tag);
    while (!lb_x12_is(&segment, "IEA")) {
        lb_x12_segment last = segment;
        x12_step got = step(x12, &cursor, &segment);
        bool is_whole_end =
            lb_x12_is(&segment, "IEA") &&
            lb_span_equal(lb_x12_value(x12, &segment, 2), lb_x12_value(x12, &x12->isa, 13));
        if (got == STEP_TOO_BIG)
            return lb_refuse(x12->sink, LB_VERDICT_TOO_MUCH, lb_span_first(cursor.rest, 40),
                             "segment %lld is longer than %d bytes", (long long)last.number + 1,
                             LB_X12_MAX_SEGMENT);
        if (got == STEP_END || (got == STEP_CUT && !is_whole_end))
            return lb_refuse(x12->sink, LB_VERDICT_CUT_SHORT, segment.where,
                             "the interchange ends in segment %lld, before IEA: send it whole",
                             (long long)segment.number);
        lb_mark(x12->sink, segment.where, segment.tag);
        check_charset(x12, &segment);
        if (got == STEP_CUT)
            lb_doubt(x12->sink, NULL, segment.where, LB_DOUBT_GRAMMAR_ODD);
    }
    return LB_VERDICT_READ;
}

/* The time of the group (GS04, GS05), in the profile's zone. */
static int64_t reported(const lb_x12 *x12, const lb_x12_segment *gs)
{
    const lb_zone *zone = lb_source_zone(x12->reading->source);
    lb_span date = lb_x12_value(x12, gs, 4), time = lb_span_first(lb_x12_value(x12, gs, 5), 6);
    lb_civil civil = {0};
    lb_span text = lb_sink_print(x12->sink, "%s%.*s%.*s", date.len == 6 ? "20" : "", LB_ARG(date),
                                 LB_ARG(time));
    if (!lb_civil_digits(text, &civil) || !lb_civil_is_valid(&civil)) {
        lb_doubt(x12->sink, NULL, date, LB_DOUBT_TIME_IMPOSSIBLE);
        return LB_UNKNOWN;
    }
    if (zone == NULL) {
        lb_doubt(x12->sink, NULL, date, LB_DOUBT_TIME_NO_ZONE);
        return LB_UNKNOWN;
    }
    return lb_civil_to_utc(&civil, lb_zone_offset_for(zone, &civil));
}

static void open_group(const lb_x12 *x12, const lb_x12_segment *gs)
{
    lb_message_info *info = lb_sink_message_info(x12->sink);
    info->party = lb_x12_value(x12, gs, 2);
    info->format_version = lb_x12_value(x12, gs, 8);
    info->interchange_ref = lb_x12_value(x12, &x12->isa, 13);
    info->reported_at_us = reported(x12, gs);
    info->test = lb_span_is(lb_x12_value(x12, &x12->isa, 15), "T");
}

/* The segments after ST, up to SE or to a segment that cannot be in a set. */
static void close_set(lb_x12_set *set, lb_x12_cursor *cursor)
{
    const lb_x12 *x12 = set->x12;
    lb_x12_segment s = set->st;
    const char *begin = cursor->rest.at, *end = begin;

    set->body = *cursor;
    for (lb_x12_cursor ahead = *cursor; lb_x12_next(x12, &ahead, &s); *cursor = ahead) {
        if (lb_x12_is(&s, "SE")) {
            *cursor = ahead;
            break;
        }
        if (lb_x12_is(&s, "ST") || lb_x12_is(&s, "GE") || lb_x12_is(&s, "IEA"))
            break;
        end = ahead.rest.at;
    }
    set->body.rest = lb_span_between(begin, end);
    if (!lb_x12_is(&s, "SE")) {
        lb_doubt(x12->sink, NULL, set->st.where, LB_DOUBT_GRAMMAR_ODD);
        return;
    }
    check_count(x12, &s, s.number - set->st.number + 1);
    check_reference(x12, &s, lb_x12_value(x12, &set->st, 2));
}

typedef struct x12_tally {
    int64_t groups, sets, read;
    lb_x12_segment stranger;
} x12_tally;

void *lb_x12_set_state(const lb_x12 *x12, size_t size)
{
    lb_x12_state *state = x12->state;
    if (state->size < size) {
        state->at = lb_sink_alloc(x12->sink, size);
        state->size = state->at == NULL ? 0 : size;
    }
    return state->at == NULL ? NULL : memset(state->at, 0, size);
}

static void read_set(const lb_x12 *x12, const lb_x12_segment *st, lb_x12_cursor *cursor,
                     const lb_x12_kind *kinds, x12_tally *tally)
{
    lb_message_info *info = lb_sink_message_info(x12->sink);
    lb_x12_set set = {.x12 = x12, .st = *st};
    close_set(&set, cursor);
    tally->sets++;
    while (kinds->kind != NULL && !lb_span_is(lb_x12_value(x12, st, 1), kinds->kind))
        kinds++;
    if (kinds->kind == NULL) {
        tally->stranger = *st;
        lb_doubt(x12->sink, NULL, st->where, LB_DOUBT_GRAMMAR_ODD);
        return;
    }
    info->format = lb_sink_print(x12->sink, "X12.%s", kinds->kind);
    info->message_ref = lb_x12_value(x12, st, 2);
    tally->read++;
    kinds->read(&set);
}

static void read_groups(const lb_x12 *x12, lb_x12_cursor cursor, const lb_x12_kind *kinds,
                        x12_tally *tally)
{
    lb_x12_segment s = x12->isa, gs = x12->isa;
    while (lb_x12_next(x12, &cursor, &s)) {
        if (lb_x12_is(&s, "GS")) {
            gs = s;
            tally->groups++;
            tally->sets = 0;
            open_group(x12, &gs);
        } else if (lb_x12_is(&s, "ST")) {
            read_set(x12, &s, &cursor, kinds, tally);
        } else if (lb_x12_is(&s, "GE")) {
            check_count(x12, &s, tally->sets);
            check_reference(x12, &s, lb_x12_value(x12, &gs, 6));
        } else if (lb_x12_is(&s, "IEA")) {
            check_count(x12, &s, tally->groups);
            check_reference(x12, &s, lb_x12_value(x12, &x12->isa, 13));
            return;
        } else {
            lb_doubt(x12->sink, NULL, s.where, LB_DOUBT_GRAMMAR_ODD);
        }
    }
}

lb_verdict lb_x12_read(const lb_reading *reading, lb_span message, lb_sink *sink,
                       const lb_x12_kind *kinds)
{
    lb_x12_state state = {NULL, 0};
    lb_x12 x12 = {.reading = reading, .sink = sink, .state = &state};
    lb_span rest = skip_between(message);
    lb_x12_cursor cursor = {.rest = rest};
    x12_tally tally = {0};

    if (!lb_span_starts(rest, "ISA") || rest.len < 4)
        return LB_VERDICT_NOT_MINE;
    if (!find_separators(&x12, rest) || step(&x12, &cursor, &x12.isa) != STEP_GOT)
        return lb_refuse(sink, LB_VERDICT_CUT_SHORT, lb_span_first(rest, 110),
                         "no GS after the 16 elements of ISA");
    lb_verdict verdict = check_frame(&x12, cursor);
    if (verdict != LB_VERDICT_READ)
        return verdict;

    read_groups(&x12, cursor, kinds, &tally);
    if (tally.read > 0)
        return LB_VERDICT_READ;
    return tally.stranger.number > 0
               ? lb_refuse(sink, LB_VERDICT_UNKNOWN_KIND, tally.stranger.where,
                           "unsupported transaction set; supported: 204, 214, 322, 990")
               : lb_refuse(sink, LB_VERDICT_GARBLED, x12.isa.where,
                           "the interchange has no transaction set");
}

unsigned lb_x12_probe(lb_span head, const char *kind)
{
    lb_span rest = skip_between(head);
    if (!lb_span_starts(rest, "ISA") || rest.len < 4)
        return 0;
    for (size_t i = 4; i + 7 <= rest.len; i++) {
        lb_span at = lb_span_after(rest, i);
        if (lb_span_starts(at, "ST") && at.at[2] == rest.at[3] && at.at[6] == rest.at[3] &&
            lb_span_is(lb_span_first(lb_span_after(at, 3), 3), kind))
            return 95;
    }
    return 0;
}

/* -- times ------------------------------------------------------------------------------------ */

static const struct {
    char letter;
    int offset_min; /* of standard time */
    const char *zone;
} zones[] = {
    {'E', -300, "America/New_York"},
    {'C', -360, "America/Chicago"},
    {'M', -420, "America/Denver"},
    {'P', -480, "America/Los_Angeles"},
    {'A', -540, NULL},
    {'T', -240, NULL},
    {'N', -210, NULL},
    {'H', -600, NULL},
};

/* ES is standard, ED daylight time, ET whichever is in force that day. */
static int64_t named_zone(lb_span code, const lb_civil *civil)
{
    for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++) {
        if (code.len != 2 || code.at[0] != zones[i].letter)
            continue;
        if (code.at[1] == 'S')
            return zones[i].offset_min;
        if (code.at[1] == 'D')
            return zones[i].offset_min + 60;
        const lb_zone *zone =
            zones[i].zone == NULL ? NULL : lb_zone_find(lb_span_of(zones[i].zone));
        return code.at[1] == 'T' && zone != NULL ? lb_zone_offset_for(zone, civil) : LB_UNKNOWN;
    }
    return LB_UNKNOWN;
}

/* 01..12 are hours east, 13..24 stand for 12..1 hours west. */
static int64_t zone_offset(lb_span code, const lb_civil *civil)
{
    int64_t number;
    if (lb_span_is(code, "UT") || lb_span_is(code, "GM"))
        return 0;
    if (!lb_span_number(code, &number) || number < 1 || number > 24)
        return named_zone(code, civil);
    return number <= 12 ? number * 60 : (number - 25) * 60;
}

void lb_x12_time_set(const lb_x12 *x12, lb_event *event, lb_span date, lb_span time, lb_span zone,
                     const lb_place *place)
{
    const lb_source *source = x12->reading->source;
    lb_civil civil;
    lb_span clock = lb_span_first(time, 6); /* hundredths of a second are dropped */
    lb_span text =
        lb_sink_print(x12->sink, "%.*s%s%.*s%s%.*s", LB_ARG(date), time.len > 0 ? " " : "",
                      LB_ARG(time), zone.len > 0 ? " " : "", LB_ARG(zone));
    lb_span digits = lb_sink_print(x12->sink, "%s%.*s%.*s", date.len == 6 ? "20" : "", LB_ARG(date),
                                   LB_ARG(clock));

    lb_mark_copy(x12->sink, date, text);
    if (date.len == 0 || !lb_civil_digits(digits, &civil)) {
        event->occurred.local_text = text;
        lb_doubt(x12->sink, event, date.len > 0 ? date : text, LB_DOUBT_TIME_IMPOSSIBLE);
        return;
    }
    if (lb_span_is(zone, "LT") && lb_place_zone(place, source) != NULL)
        /* the zone of the place is more precise than the profile's */
        source = lb_source_default();
    lb_precision prec = clock.len == 0   ? LB_PRECISION_DAY
                        : clock.len == 6 ? LB_PRECISION_SECOND
                                         : LB_PRECISION_MINUTE;
    lb_when_set(event, &event->occurred, &civil, zone_offset(zone, &civil), prec, text, source,
                place);
}

/* -- places, equipment, references, weights --------------------------------------------------- */

void lb_x12_place(const lb_x12 *x12, lb_place *place, lb_span city, lb_span state, lb_span country)
{
    if (country.len == 2)
        place->country = country;
    if (city.len == 0)
        return;
    bool is_known = state.len == 0 || lb_place_by_any(city) != NULL;
    place->name =
        is_known ? city : lb_sink_print(x12->sink, "%.*s, %.*s", LB_ARG(city), LB_ARG(state));
}

static bool is_box_initial(lb_span initial)
{
    if (initial.len != 4)
        return false;
    for (size_t i = 0; i < 4; i++)
        if (initial.at[i] < 'A' || initial.at[i] > 'Z')
            return false;
    return initial.at[3] == 'U' || initial.at[3] == 'J' || initial.at[3] == 'Z';
}

bool lb_x12_is_container(lb_span initial, lb_span number, lb_span type)
{
    bool has_shape = is_box_initial(initial) && lb_span_all_digits(number) && number.len <= 7;
    return lb_span_is(type, "CN") || lb_span_is(type, "CZ") || (type.len == 0 && has_shape);
}

static lb_kind kind_of(lb_span type)
{
    static const struct {
        const char *type;
        lb_kind kind;
    } kinds[] = {
        {"CH", LB_KIND_CHASSIS}, {"RR", LB_KIND_WAGON}, {"RC", LB_KIND_WAGON},
        {"RF", LB_KIND_WAGON},   {"BX", LB_KIND_WAGON}, {"TF", LB_KIND_TRUCK},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (lb_span_is(type, kinds[i].type))
            return kinds[i].kind;
    return LB_KIND_TRAILER;
}

/* X12 splits a container number into 4 letters, 6 digits and the check digit, and drops leading
 * zeros. */
static lb_span box_number(const lb_x12 *x12, lb_span initial, lb_span number, lb_span check)
{
    if (number.len == 7 || !lb_span_all_digits(number) || number.len > 6)
        return lb_sink_print(x12->sink, "%.*s%.*s", LB_ARG(initial), LB_ARG(number));
    return lb_sink_print(x12->sink, "%.*s%.*s%.*s%.*s", LB_ARG(initial), (int)(6 - number.len),
                         "000000", LB_ARG(number), LB_ARG(check));
}

lb_object *lb_x12_unit(const lb_x12 *x12, lb_event *event, lb_role role, lb_span initial,
                       lb_span number, lb_span check, lb_span type)
{
    if (number.len == 0)
        return NULL;
    if (!lb_x12_is_container(initial, number, type)) {
        lb_span id = lb_sink_print(x12->sink, "%.*s%.*s", LB_ARG(initial), LB_ARG(number));
        return lb_event_object(event, role, kind_of(type), LB_SCHEME_ADHOC, id);
    }
    lb_span id = box_number(x12, initial, number, check);
    bool has_shape = initial.len == 4 && (id.len == 11 || id.len == 10);
    lb_object *object = lb_event_object(event, role, LB_KIND_CONTAINER,
                                        has_shape ? LB_SCHEME_ISO6346 : LB_SCHEME_ADHOC, id);
    if (object != NULL && !has_shape)
        lb_doubt(x12->sink, event, number, LB_DOUBT_IDENTITY_GUESSED);
    return object;
}

lb_scheme lb_x12_reference_scheme(lb_span qualifier)
{
    static const struct {
        const char *qualifier;
        lb_scheme scheme;
    } schemes[] = {
        {"BM", LB_SCHEME_BL},    {"MB", LB_SCHEME_BL},    {"BN", LB_SCHEME_BKG},
        {"PO", LB_SCHEME_PO},    {"AW", LB_SCHEME_AWB},   {"CN", LB_SCHEME_ADHOC},
        {"CR", LB_SCHEME_ADHOC}, {"SI", LB_SCHEME_ADHOC}, {"LO", LB_SCHEME_ADHOC},
        {"DO", LB_SCHEME_ADHOC}, {"FF", LB_SCHEME_ADHOC}, {"WY", LB_SCHEME_ADHOC},
    };
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
        if (lb_span_is(qualifier, schemes[i].qualifier))
            return schemes[i].scheme;
    return LB_SCHEME_UNSPECIFIED;
}

int64_t lb_x12_grams(lb_span weight, lb_span unit)
{
    enum { POUND_G_E5 = 45359237, E5 = 100000 }; /* one pound is 453.59237 g */
    int64_t thousandths;
    if (weight.len > 9 || !lb_span_decimal(weight, 3, &thousandths) || thousandths <= 0)
        return LB_UNKNOWN;
    if (lb_span_is(unit, "K"))
        return thousandths;
    return lb_span_is(unit, "L") ? thousandths * POUND_G_E5 / E5 / 1000 : LB_UNKNOWN;
}
