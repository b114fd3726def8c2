/* xfsu_line.c - writes a status in XML as the line that it would be in an FSU.
 *
 *     ReasonCode, flight, places, times, pieces  ->  RCF/CZ5417/12MAR2148/URC/P15K507.5
 *
 * Every field keeps its position, empty or not; slants at the end are left out. Names and numbers are copied,
 * except characters that would end a field. */
#include "landbridge/client/place.h"
#include "landbridge/adapter/source.h"
#include "xfsu.h"

enum { SHIFT_MAX = 15 };

/* -- writing the line ------------------------------------------------------------------------- */

static void put(lb_xfsu *s, lb_span text)
{
    for (size_t i = 0; i < text.len && s->len < sizeof s->line; i++)
        s->line[s->len++] = text.at[i];
}

/* A field; a slant or line end inside it would be read as its end. */
static void put_field(lb_xfsu *s, lb_span text)
{
    put(s, LB_SPAN("/"));
    for (size_t i = 0; i < text.len && s->len < sizeof s->line; i++)
        s->line[s->len++] = text.at[i] == '/' || (unsigned char)text.at[i] < ' ' ? ' ' : text.at[i];
}

static void put_two(lb_xfsu *s, int number)
{
    char two[2] = {(char)('0' + number / 10 % 10), (char)('0' + number % 10)};
    put(s, (lb_span){two, 2});
}

static void put_day(lb_xfsu *s, const lb_xfsu_moment *when, bool with_time)
{
    static const char months[] = "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC";
    if (!when->is_there || when->civil.month < 1 || when->civil.month > 12)
        return;
    put_two(s, when->civil.day);
    put(s, (lb_span){months + (size_t)(when->civil.month - 1) * 3, 3});
    if (with_time && when->has_time) {
        put_two(s, when->civil.hour);
        put_two(s, when->civil.minute);
    }
}

static void put_shift(lb_xfsu *s, int64_t days)
{
    static const char later[] = "NSTABCDEFGHIJKL";
    if (days == -1)
        put(s, LB_SPAN("-P"));
    else if (days > 0 && days <= SHIFT_MAX) {
        put(s, LB_SPAN("-"));
        put(s, (lb_span){later + days - 1, 1});
    }
}

/* P15K507.5 */
static void put_quantity(lb_xfsu *s)
{
    lb_span split = lb_xml_text(s->node, "TransportSplitDescription");
    lb_span pieces = lb_xml_text(s->node, "PieceQuantity");
    const lb_xml_node *weight = lb_xml_child(s->node, "GrossWeightMeasure");
    if (pieces.len == 0)
        return;
    put(s, split.len > 0 ? lb_span_first(split, 1) : LB_SPAN("T"));
    put(s, pieces);
    if (weight == NULL || weight->text.len == 0)
        return;
    put(s,
        lb_span_is(lb_xml_attribute_of(weight, "unitCode"), "LBR") ? LB_SPAN("L") : LB_SPAN("K"));
    put(s, weight->text);
}

static void put_volume(lb_xfsu *s)
{
    const lb_xml_node *volume = lb_xml_child(s->node, "GrossVolumeMeasure");
    lb_span unit = lb_xml_attribute_of(volume, "unitCode");
    if (volume == NULL || volume->text.len == 0)
        return;
    put(s, LB_SPAN("/"));
    put(s, lb_span_is(unit, "CMQ")   ? LB_SPAN("CC")
           : lb_span_is(unit, "FTQ") ? LB_SPAN("CF")
           : lb_span_is(unit, "INQ") ? LB_SPAN("CI")
                                     : LB_SPAN("MC"));
    put(s, volume->text);
}

/* -- places ----------------------------------------------------------------------------------- */

/* An airport in three letters; a UN/LOCODE is looked up, since its last letters need not be the
 * airport's. */
static lb_span airport_of(lb_xfsu *s, lb_span code)
{
    const lb_place_entry *entry;
    if (code.len != 5)
        return code;
    entry = lb_place_by_code(LB_SPAN("LOCODE"), code);
    if (entry != NULL && entry->iata[0] != '\0')
        return lb_span_of(entry->iata);
    s->unknown_place = code;
    return LB_EMPTY;
}

static void find_places(lb_xfsu *s)
{
    const lb_xml_node *place = lb_xml_child(s->flight, "SpecifiedLocation");
    lb_span first = lb_xml_text(place, "ID");
    for (; place != NULL; place = lb_xml_next(place, "SpecifiedLocation")) {
        lb_span role = lb_xml_text(place, "FlightStatusTypeCode");
        if (lb_span_starts(role, "Dep"))
            s->from = airport_of(s, lb_xml_text(place, "ID"));
        else if (lb_span_starts(role, "Arr"))
            s->to = airport_of(s, lb_xml_text(place, "ID"));
    }
    if (first.len == 0)
        first = lb_xml_text(lb_xml_below(s->node, "HandoverLocation"), "ID");
    s->at = s->to.len > 0 ? s->to : airport_of(s, first);
    if (s->from.len == 0)
        s->from = s->to.len > 0 ? LB_EMPTY : s->at;
}

/* -- times ------------------------------------------------------------------------------------ */

/* With a zone: converted to local time of the source or airport, if that is known. */
static void localise(lb_xfsu *s, lb_xfsu_moment *when, int64_t offset_min, lb_span airport)
{
    lb_place place = {.iata = airport, .lat_e7 = LB_UNKNOWN, .lon_e7 = LB_UNKNOWN};
    const lb_source *source = s->fsu->reading->source;
    const lb_zone *zone = lb_source_zone(source);
    if (offset_min == LB_UNKNOWN || !lb_civil_is_valid(&when->civil))
        return;
    if (zone == NULL && airport.len > 0)
        zone = lb_place_zone(&place, source);
    if (zone == NULL) {
        s->fsu->offset_min = offset_min;
        return;
    }
    int64_t us = lb_civil_to_utc(&when->civil, (int)offset_min);
    lb_utc_to_civil(us, lb_zone_offset_at(zone, us), &when->civil);
}

static lb_xfsu_moment moment_of(lb_xfsu *s, const lb_xml_node *event, const char *time,
                                const char *kind, lb_span airport)
{
    lb_xfsu_moment when = {.kind = 'A'};
    lb_span text = lb_xml_text(event, time), letter = lb_xml_text(event, kind);
    int64_t offset_min;
    if (text.len == 0)
        return when;
    if (!lb_civil_iso(text, &when.civil, &offset_min)) {
        lb_doubt(s->fsu->sink, NULL, text, LB_DOUBT_TIME_IMPOSSIBLE);
        return when;
    }
    when.is_there = true;
    when.has_time = memchr(text.at, 'T', text.len) != NULL;
    if (letter.len > 0 && memchr("SEA", letter.at[0], 3) != NULL)
        when.kind = letter.at[0];
    localise(s, &when, offset_min, airport);
    return when;
}

lb_xfsu_moment lb_xfsu_own_time(lb_xfsu *s, lb_span airport)
{
    return moment_of(s, lb_xml_child(s->flight, "SpecifiedEvent"), "OccurrenceDateTime",
                     "DateTimeTypeCode", airport);
}

static lb_xfsu_moment departure_of(lb_xfsu *s)
{
    return moment_of(s, lb_xml_child(s->flight, "DepartureEvent"), "DepartureOccurrenceDateTime",
                     "DepartureDateTimeTypeCode", s->from);
}

static lb_xfsu_moment arrival_of(lb_xfsu *s, lb_span airport)
{
    return moment_of(s, lb_xml_child(s->flight, "ArrivalEvent"), "ArrivalOccurrenceDateTime",
                     "ArrivalDateTimeTypeCode", airport);
}

/* The line has no years: they are kept beside it. */
static void note_year(lb_xfsu *s, const lb_xfsu_moment *when)
{
    if (when->is_there && lb_civil_is_valid(&when->civil))
        s->fsu->dated_us = lb_civil_to_utc(&when->civil, 0);
}

static int64_t days_between(const lb_xfsu_moment *from, const lb_xfsu_moment *to)
{
    return lb_civil_day(&to->civil) - lb_civil_day(&from->civil);
}

static void put_slot(lb_xfsu *s, const lb_xfsu_moment *when, const lb_xfsu_moment *base)
{
    put(s, LB_SPAN("/"));
    if (!when->is_there || !when->has_time)
        return;
    put(s, (lb_span){&when->kind, 1});
    put_two(s, when->civil.hour);
    put_two(s, when->civil.minute);
    put_shift(s, days_between(base, when));
}

/* -- shapes ----------------------------------------------------------------------------------- */

static void put_flight(lb_xfsu *s)
{
    lb_span number = lb_xml_text(s->flight, "ID");
    lb_span carrier = lb_xml_text(s->flight, "CarrierParty/PrimaryID");
    put(s, LB_SPAN("/"));
    if (lb_span_all_digits(number) && carrier.len == 2)
        put(s, carrier);
    put(s, number);
}

static void write_out(lb_xfsu *s)
{
    bool has_left = lb_span_is(s->code, "DEP");
    lb_xfsu_moment departure = departure_of(s), arrival = arrival_of(s, s->to),
                   own = lb_xfsu_own_time(s, s->from);
    if (has_left && own.is_there && (!departure.is_there || departure.kind != 'A'))
        departure = own;
    note_year(s, departure.is_there ? &departure : &arrival);
    put_flight(s);
    put(s, LB_SPAN("/"));
    put_day(s, &departure, false);
    put_field(s, s->from);
    put(s, s->to);
    put(s, LB_SPAN("/"));
    put_quantity(s);
    put_slot(s, &departure, &departure);
    put_slot(s, &arrival, departure.is_there ? &departure : &arrival);
    put_volume(s);
}

/* The day is the scheduled one; the time is the event's own, whatever its day. */
static void write_in(lb_xfsu *s)
{
    lb_xfsu_moment own = lb_xfsu_own_time(s, s->at), arrival = arrival_of(s, s->at),
                   departure = departure_of(s);
    lb_xfsu_moment scheduled = moment_of(s, lb_xml_child(s->flight, "ScheduledArrivalEvent"),
                                         "ScheduledOccurrenceDateTime", "", s->at);
    bool has_schedule = scheduled.is_there && own.is_there &&
                        days_between(&scheduled, &own) >= -1 &&
                        days_between(&scheduled, &own) <= SHIFT_MAX;
    lb_xfsu_moment day = own;
    if (has_schedule) {
        day.civil = scheduled.civil;
        day.civil.hour = own.civil.hour;
        day.civil.minute = own.civil.minute;
    }
    note_year(s, &day);
    put_flight(s);
    put(s, LB_SPAN("/"));
    put_day(s, &day, true);
    put_shift(s, days_between(&day, &own));
    put_field(s, s->at);
    put(s, LB_SPAN("/"));
    put_quantity(s);
    put_slot(s, &departure, &departure);
    put_slot(s, &arrival, &day);
}

static void write_day_and_place(lb_xfsu *s)
{
    lb_xfsu_moment own = lb_xfsu_own_time(s, s->at);
    note_year(s, &own);
    put(s, LB_SPAN("/"));
    put_day(s, &own, true);
    put_field(s, s->at);
}

static void write_ground(lb_xfsu *s)
{
    lb_span name = lb_xml_text(lb_xml_below(s->node, "NotifiedParty"), "Name");
    if (name.len == 0)
        name = lb_xml_text(lb_xml_below(s->node, "DeliveryParty"), "Name");
    write_day_and_place(s);
    put(s, LB_SPAN("/"));
    put_quantity(s);
    put_field(s, name);
}

/* The other carrier: whichever of the two parties is present. */
static void write_transfer(lb_xfsu *s)
{
    lb_span carrier =
        lb_xml_text(lb_xml_below(s->node, "AssociatedReceivedFromParty"), "PrimaryID");
    if (carrier.len == 0)
        carrier = lb_xml_text(lb_xml_below(s->node, "AssociatedTransferredFromParty"), "PrimaryID");
    if (carrier.len == 0)
        carrier = lb_xml_text(s->flight, "CarrierParty/PrimaryID");
    put_field(s, carrier);
    if (lb_fsu_shape_of(s->code) == LB_FSU_TRANSFER)
        write_day_and_place(s);
    else
        put_field(s, s->at);
    put(s, LB_SPAN("/"));
    put_quantity(s);
    put_field(s, lb_xml_text(s->node, "AssociatedManifestDocument/ID"));
}

static void write_discrepancy(lb_xfsu *s)
{
    put_flight(s);
    write_day_and_place(s);
    put_field(s, lb_xml_text(s->node, "DiscrepancyDescriptionCode"));
    put(s, LB_SPAN("/"));
    put_quantity(s);
}

static void write_unknown(lb_xfsu *s)
{
    put_flight(s);
    write_day_and_place(s);
    put(s, LB_SPAN("/"));
    put_quantity(s);
}

void lb_xfsu_write(lb_xfsu *s)
{
    static void (*const writers[])(lb_xfsu *) = {[LB_FSU_UNKNOWN] = write_unknown,
                                                 [LB_FSU_OUT] = write_out,
                                                 [LB_FSU_IN] = write_in,
                                                 [LB_FSU_GROUND] = write_ground,
                                                 [LB_FSU_TRANSFER] = write_transfer,
                                                 [LB_FSU_TRANSFER_PLAN] = write_transfer,
                                                 [LB_FSU_DISCREPANCY] = write_discrepancy};
    find_places(s);
    put(s, s->code);
    writers[lb_fsu_shape_of(s->code)](s);
    if (s->len == sizeof s->line)
        while (s->len > 0 && (unsigned char)s->line[s->len - 1] >= 0x80)
            s->len--; /* it may be cut inside a character */
    while (s->len > 0 && s->line[s->len - 1] == '/')
        s->len--; /* empty fields at the end leave no slant */
}
