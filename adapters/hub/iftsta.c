/* iftsta.c - multimodal status reports, UN/EDIFACT IFTSTA of D.94B to D.24A.
 *
 *     BGM DTM RFF NAD ...            document, sender, references of the whole message
 *     CNI+1+LB2603170'               a consignment
 *       STS+1+24'                    a status: departed
 *         RFF DTM LOC                of which, when, where
 *         TDT+20+X8173+2'            by which train
 *           LOC+9+.. DTM+186:..      left there, then     -> an event of its own
 *           LOC+11+.. DTM+132:..     expected there, then -> an event of its own
 *         EQD+CN+LBKU2048176+..'     the container
 *     EQD+CN+..'                     from D.08B also without consignment, before any CNI
 *       STS+1+24' ...
 *
 * Group numbers differ between UN/EDIFACT directories, so segments are bound by their tags: a DTM behind
 * a LOC of a TDT is of that place from D.99B on, and bound by its qualifier before. */
#include "iftsta.h"

#include "readers.h"

/* -- collecting -------------------------------------------------------------------------------- */

static void too_many(const lb_iftsta *in, const lb_edi_segment *segment)
{
    lb_doubt(in->edi->sink, NULL, segment->where, LB_DOUBT_GRAMMAR_ODD);
}

static void add_wagon(lb_iftsta *in, lb_span number);

static void add_reference(lb_iftsta *in, lb_iftsta_references *list, const lb_edi_segment *rff)
{
    lb_edi_reference reference = lb_edi_reference_of(in->edi, rff);
    if (lb_span_is(reference.qualifier, "EQ")) {
        list->equipment = reference.value;
        return;
    }
    if (lb_span_is(reference.qualifier, "WGN") && in->has_status) {
        add_wagon(in, reference.value);
        return;
    }
    if (reference.scheme == LB_SCHEME_UNSPECIFIED || reference.value.len == 0)
        return;
    if (list->count < LB_IFTSTA_REFERENCES)
        list->at[list->count++] = reference;
    else
        too_many(in, rff);
}

/* Clears the status, but keeps its consignment or branch. */
static void clear_status(lb_iftsta *in)
{
    in->has_status = in->was_said = in->has_equipment = in->is_alone = false;
    in->status.count = in->unit.count = 0;
    in->status.equipment = in->unit.equipment = LB_EMPTY;
    in->times.count = in->location_count = in->means_count = in->stop_count = 0;
    in->date_count = in->unit_count = in->goods_count = in->seal_count = in->wagon_count = 0;
    in->position = in->text = LB_EMPTY;
    in->gross_g = LB_UNKNOWN;
}

/* Makes the events of the units so far and starts a new list; the wagons under all of them stay. */
static void say_units(lb_iftsta *in)
{
    lb_iftsta_say(in);
    in->was_said = true;
    in->is_alone = false;
    in->unit_count = in->wagon_count;
    in->seal_count = 0;
    in->unit.count = 0;
    in->gross_g = LB_UNKNOWN;
}

static void add_unit(lb_iftsta *in, const lb_edi_unit *unit)
{
    if (unit->id.len == 0)
        return;
    if (in->unit_count == LB_IFTSTA_UNITS || in->is_alone) {
        in->wagon_count = in->wagon_count == LB_IFTSTA_UNITS ? 0 : in->wagon_count;
        say_units(in);
    }
    if (unit->kind == LB_KIND_WAGON && in->wagon_count == in->unit_count)
        in->wagon_count++;
    in->units[in->unit_count++] = *unit;
}

/* RFF+WGN: behind an EQD the wagon of that container, before any EQD the wagon of all. */
static void add_wagon(lb_iftsta *in, lb_span number)
{
    lb_edi_unit wagon = lb_edi_unit_named(in->edi, LB_SPAN("RR"), number);
    if (in->is_alone && number.len > 0 && in->unit_count < LB_IFTSTA_UNITS)
        in->units[in->unit_count++] = wagon;
    else if (!in->is_alone)
        add_unit(in, &wagon);
}

static void close_status(lb_iftsta *in)
{
    if (in->has_status && (!in->was_said || in->unit_count > in->wagon_count)) {
        lb_iftsta_say(in);
        lb_said(in->edi->sink);
    }
    clear_status(in);
}

static void open_scope(lb_iftsta *in)
{
    close_status(in);
    in->scope.count = 0;
    in->scope.equipment = LB_EMPTY;
    in->consignment = LB_EMPTY;
    in->has_branch = false;
}

static void open_status(lb_iftsta *in, const lb_edi_segment *sts)
{
    close_status(in);
    lb_part(in->edi->sink, sts->where, "segment", (size_t)sts->number);
    in->has_status = true;
    in->sts = *sts;
    if (in->has_branch)
        add_unit(in, &in->branch);
}

/* A reference or wagon behind an EQD belongs to that container alone, which gets events of its
 * own. */
static void add_unit_reference(lb_iftsta *in, const lb_edi_segment *rff)
{
    if (!in->is_alone && in->unit_count > in->wagon_count + 1) {
        lb_edi_unit last = in->units[in->unit_count - 1];
        in->unit_count--;
        say_units(in);
        in->units[in->unit_count++] = last;
    }
    in->is_alone = in->unit_count > in->wagon_count;
    add_reference(in, &in->unit, rff);
}

static bool is_transport_date(lb_span qualifier)
{
    static const char *const dates[] = {"132", "133", "136", "178", "186",
                                        "189", "191", "232", "252", "35"};
    for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++)
        if (lb_span_is(qualifier, dates[i]))
            return true;
    return false;
}

static void add_transport_date(lb_iftsta *in, const lb_edi_segment *dtm)
{
    lb_iftsta_date date = {.time = lb_edi_time_of(in->edi, dtm),
                           .dtm = *dtm,
                           .stop = SIZE_MAX,
                           .means = in->means_count - 1};
    bool is_nested = in->message->directory >= LB_EDI_DIRECTORY(1999, 'B');
    if (date.time.text.len == 0 || !is_transport_date(date.time.qualifier))
        return;
    if (is_nested && in->stop_count > 0 && in->stops[in->stop_count - 1].means == date.means)
        date.stop = in->stop_count - 1;
    if (in->date_count < LB_IFTSTA_DATES)
        in->dates[in->date_count++] = date;
    else
        too_many(in, dtm);
}

static void add_stop(lb_iftsta *in, const lb_edi_segment *loc, lb_span qualifier)
{
    if (in->stop_count < LB_IFTSTA_STOPS)
        in->stops[in->stop_count++] = (lb_iftsta_stop){*loc, qualifier, in->means_count - 1};
    else
        too_many(in, loc);
}

static void add_location(lb_iftsta *in, const lb_edi_segment *loc)
{
    lb_span qualifier = lb_edi_value(in->edi, loc, 1, 1);
    if (lb_span_is(qualifier, "147"))
        in->position = lb_edi_value(in->edi, loc, 2, 1);
    else if (in->means_count > 0 && in->unit_count == 0)
        add_stop(in, loc, qualifier);
    else if (in->location_count < LB_IFTSTA_LOCATIONS)
        in->locations[in->location_count++] = *loc;
    else
        too_many(in, loc);
}

/* GIN: up to five composites, each one number or a range, of which only the ends are known. */
static void add_goods(lb_iftsta *in, const lb_edi_segment *gin)
{
    for (size_t element = 2; element <= 6; element++) {
        lb_span from = lb_edi_value(in->edi, gin, element, 1);
        lb_span to = lb_edi_value(in->edi, gin, element, 2);
        if (from.len > 0 && in->goods_count < LB_IFTSTA_GOODS)
            in->goods[in->goods_count++] = from;
        if (to.len > 0 && !lb_span_equal(from, to) && in->goods_count < LB_IFTSTA_GOODS) {
            in->goods[in->goods_count++] = to;
            lb_doubt(in->edi->sink, NULL, gin->where, LB_DOUBT_IDENTITY_GUESSED);
        }
    }
}

static void add_means(lb_iftsta *in, const lb_edi_segment *tdt)
{
    if (in->means_count < LB_IFTSTA_MEANS)
        in->means[in->means_count++] = lb_edi_means_of(in->edi, tdt);
    else
        too_many(in, tdt);
}

static void add_seal(lb_iftsta *in, const lb_edi_segment *sel)
{
    lb_span seal = lb_edi_seal(in->edi, sel);
    if (seal.len > 0 && in->seal_count < LB_IFTSTA_GOODS)
        in->seals[in->seal_count++] = seal;
    else
        too_many(in, sel);
}

/* -- walking the segments ---------------------------------------------------------------------- */

/* NAD: MS message sender, CA carrier, CF container operator; the first of this order is the
 * sender. */
static void read_party(lb_iftsta *in, const lb_edi_segment *nad, int *best)
{
    static const char *const roles[] = {"MS", "CA", "CF"};
    lb_span role = lb_edi_value(in->edi, nad, 1, 1), party = lb_edi_value(in->edi, nad, 2, 1);
    if (party.len == 0)
        party = lb_edi_value(in->edi, nad, 4, 1);
    for (int i = 0; i < 3; i++)
        if (i < *best && party.len > 0 && lb_span_is(role, roles[i])) {
            *best = i;
            lb_sink_message_info(in->edi->sink)->party = party;
        }
}

/* The header must be complete before the first event: its segments come in any order. */
static void read_header(lb_iftsta *in)
{
    lb_edi_cursor cursor = in->message->body;
    lb_edi_segment s;
    int best = 3;

    while (lb_edi_next(in->edi, &cursor, &s) && !lb_edi_is(&s, "CNI") && !lb_edi_is(&s, "STS") &&
           !lb_edi_is(&s, "EQD")) {
        if (lb_edi_is(&s, "BGM"))
            in->function = lb_edi_function_of(in->edi, &s);
        else if (lb_edi_is(&s, "DTM"))
            lb_edi_times_add(in->edi, &in->header_times, &s);
        else if (lb_edi_is(&s, "NAD"))
            read_party(in, &s, &best);
        else if (lb_edi_is(&s, "RFF"))
            add_reference(in, &in->header, &s);
    }
    lb_sink_message_info(in->edi->sink)->reported_at_us =
        lb_edi_reported(in->edi, lb_edi_times_find(&in->header_times, "137"));
}

/* A segment of a status other than STS itself. */
static void read_detail(lb_iftsta *in, const lb_edi_segment *s)
{
    if (lb_edi_is(s, "RFF"))
        in->has_equipment ? add_unit_reference(in, s) : add_reference(in, &in->status, s);
    else if (lb_edi_is(s, "DTM") && in->means_count > 0)
        add_transport_date(in, s);
    else if (lb_edi_is(s, "DTM"))
        lb_edi_times_add(in->edi, &in->times, s);
    else if (lb_edi_is(s, "LOC"))
        add_location(in, s);
    else if (lb_edi_is(s, "TDT"))
        add_means(in, s);
    else if (lb_edi_is(s, "GIN"))
        add_goods(in, s);
    else if (lb_edi_is(s, "SEL"))
        add_seal(in, s);
    else if (lb_edi_is(s, "FTX"))
        in->text = lb_edi_free_text(in->edi, s);
    else if (lb_edi_is(s, "MEA") && lb_edi_gross_g(in->edi, s) != LB_UNKNOWN)
        in->gross_g = lb_edi_gross_g(in->edi, s);
}

static void read_equipment(lb_iftsta *in, const lb_edi_segment *eqd, bool in_consignment)
{
    lb_edi_unit unit = lb_edi_unit_of(in->edi, eqd);
    if (in_consignment || (in->has_status && !in->has_branch)) {
        add_unit(in, &unit);
        in->has_equipment = true;
        return;
    }
    open_scope(in);
    in->branch = unit;
    in->has_branch = true;
}

static void walk(lb_iftsta *in)
{
    lb_edi_cursor cursor = in->message->body;
    lb_edi_segment s;
    bool in_consignment = false, in_body = false;

    while (lb_edi_next(in->edi, &cursor, &s)) {
        bool is_eqd = lb_edi_is(&s, "EQD"), is_sts = lb_edi_is(&s, "STS");
        if (lb_edi_is(&s, "CNI")) {
            open_scope(in);
            in->consignment = lb_edi_value(in->edi, &s, 2, 1);
            in_consignment = true;
        } else if (is_sts) {
            open_status(in, &s);
        } else if (is_eqd) {
            read_equipment(in, &s, in_consignment && in->has_status);
        } else if (in->has_status) {
            read_detail(in, &s);
        } else if (in_body && lb_edi_is(&s, "RFF")) {
            add_reference(in, &in->scope, &s);
        }
        in_body = in_body || in_consignment || is_sts || is_eqd;
    }
    close_status(in);
}

/* CNT+16: how many containers the message names. */
static void check_equipment_count(const lb_iftsta *in)
{
    lb_edi_cursor cursor = in->message->body;
    lb_edi_segment s, cnt = {0};
    int64_t said, count = 0;

    while (lb_edi_next(in->edi, &cursor, &s)) {
        count += lb_edi_is(&s, "EQD");
        if (lb_edi_is(&s, "CNT") && lb_span_is(lb_edi_value(in->edi, &s, 1, 1), "16"))
            cnt = s;
    }
    lb_span text = cnt.number == 0 ? LB_EMPTY : lb_edi_value(in->edi, &cnt, 1, 2);
    if (cnt.number > 0 && (!lb_span_number(text, &said) || said != count))
        lb_doubt(in->edi->sink, NULL, cnt.where, LB_DOUBT_COUNT_MISMATCH);
}

/* "2.0f" with STS+Z..: messages of the energy market about meters and grids. The same name, but
 * no cargo. */
static bool is_of_energy_market(const lb_edi_message *message)
{
    lb_edi_cursor cursor = message->body;
    lb_edi_segment s;
    lb_span guide = message->association;
    if (guide.len < 3 || guide.at[1] != '.' || !lb_span_all_digits(lb_span_first(guide, 1)))
        return false;
    while (lb_edi_next(message->edi, &cursor, &s))
        if (lb_edi_is(&s, "STS"))
            return lb_span_starts(lb_edi_value(message->edi, &s, 1, 1), "Z");
    return false;
}

lb_verdict lb_iftsta_read(const lb_edi_message *message)
{
    if (is_of_energy_market(message))
        return lb_refuse(message->edi->sink, LB_VERDICT_UNKNOWN_KIND, message->unh.where,
                         "IFTSTA of the energy market (%.*s), not of transport",
                         LB_ARG(message->association));
    lb_iftsta *in = lb_edi_message_state(message->edi, sizeof *in);
    if (in == NULL)
        return LB_VERDICT_TOO_MUCH;
    in->edi = message->edi;
    in->message = message;
    in->gross_g = LB_UNKNOWN;
    if (message->directory < LB_EDI_DIRECTORY(1994, 'B') ||
        message->directory > LB_EDI_DIRECTORY(2024, 'A'))
        lb_doubt(in->edi->sink, NULL, message->unh.where, LB_DOUBT_GRAMMAR_ODD);

    read_header(in);
    walk(in);
    check_equipment_count(in);
    /* the message gave no event: flagged so that its sender can look into it */
    if (in->events == 0)
        lb_doubt(in->edi->sink, NULL, message->unh.where, LB_DOUBT_GRAMMAR_ODD);
    return LB_VERDICT_READ;
}

static unsigned probe(lb_span head)
{
    static const char *const types[] = {"IFTSTA", NULL};
    return lb_edi_probe(head, types);
}

static lb_verdict read_interchange(const lb_reading *reading, lb_span message, lb_sink *sink)
{
    return lb_edi_read(reading, message, sink, lb_hub_kinds);
}

const lb_adapter lb_hub_iftsta = {
    .name = "hub.iftsta",
    .title = "UN/EDIFACT IFTSTA, status of a consignment or container in any mode, D.94B to D.24A",
    .revision = 1,
    .mode = LB_MODE_MULTIMODAL,
    .max_message = LB_EDI_MAX_INTERCHANGE,
    .max_events = 100000,
    .probe = probe,
    .read = read_interchange,
};
