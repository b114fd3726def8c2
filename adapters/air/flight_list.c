/* flight_list.c - the lines of a flight manifest or booked list, and what they add up to.
 *
 * Each consignment line is an event: manifested (goods in a unit, unit on the flight) or booked. Behind
 * them stands a capacity snapshot of the flight leg from the loading point: kilograms, litres, units. A
 * sum is given only when every line gave its part, since unknown is not 0. Volumes are often dummies
 * (0.01 cubic metres for a tonne): one that makes the goods denser than gold is flagged and not summed.
 *
 * A long list comes in several messages, CONT ... CONT, LAST, numbered in the first line; every event
 * carries its sheet, and the list counts only when all its sheets have been received. */
#include "flight_list.h"

#include "flight_leg.h"

enum { FIELDS_MAX = 8 };

typedef struct total {
    int64_t grams, ml;
    bool is_weighed, is_measured; /* every consignment has one */
    int64_t units, upper, lower;
    bool is_stated; /* at least one consignment, or NIL */
} total;

typedef struct list { /* while it is read */
    const lb_flight_list_kind *kind;
    const lb_reading *reading;
    lb_sink *sink;
    lb_imp_header imp;
    lb_span header; /* the line itself; empty: not found yet */
    lb_flight_leg leg;
    lb_span first_to; /* the first unloading point */
    lb_span name;     /* "FFM|CZ5417@2026-03-12|PVG"; empty without flight and day */
    int64_t number;
    int64_t departs_us, arrives_us;
    lb_span unit;       /* ULD that what follows is in */
    size_t consignment; /* index of the event that lines belong to; SIZE_MAX: none */
    total sum;
    bool is_last, is_ended;
} list;

/* -- the first line: which flight ------------------------------------------------------------- */

static size_t cut_fields(lb_span text, lb_span field[FIELDS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < FIELDS_MAX; i++)
        field[i] = LB_EMPTY;
    while (count < FIELDS_MAX && lb_span_cut(&text, '/', &field[count]))
        count++;
    return count;
}

static int64_t local_time(const list *l, lb_span text, lb_span airport)
{
    return lb_flight_time(l->reading, text, airport, l->imp.reference_us, l->kind->is_plan);
}

/* 1/CZ5417/12MAR1630/PVG/B2081/CN/12MAR2135/URC */
static void read_header(list *l, lb_span line)
{
    lb_span field[FIELDS_MAX];
    cut_fields(line, field);
    l->header = line;
    if (!lb_span_number(field[0], &l->number) || l->number < 1) {
        l->number = 1;
        lb_doubt(l->sink, NULL, line, LB_DOUBT_GRAMMAR_ODD);
    }
    lb_flight_leg_read(l->sink, &l->leg, field[1], field[2], l->imp.reference_us, l->kind->is_plan);
    if (lb_imp_is_letters(field[3], 3))
        l->leg.from = field[3];
    else
        lb_doubt(l->sink, NULL, line, LB_DOUBT_GRAMMAR_ODD);
    l->departs_us = local_time(l, field[2], l->leg.from);
    if (lb_imp_is_letters(field[7], 3))
        l->arrives_us = local_time(l, field[6], field[7]);
    if (l->leg.run.len > 0)
        l->name = lb_sink_print(l->sink, "%s|%.*s|%.*s", l->kind->smi, LB_ARG(l->leg.run),
                                LB_ARG(l->leg.from));
}

/* -- unloading points ------------------------------------------------------------------------- */

/* URC, URC/NIL, URC//12MAR2135/13MAR0100 */
static bool read_unloading(list *l, lb_span line)
{
    lb_span field[FIELDS_MAX];
    cut_fields(line, field);
    if (!lb_imp_is_letters(field[0], 3) || (line.len > 3 && line.at[3] != '/'))
        return false;
    bool is_nil = lb_span_is(field[1], "NIL");
    if (line.len > 3 && !is_nil && field[1].len > 0)
        return false; /* "OSI/..." and other lines that begin with three letters */
    l->leg.to = field[0];
    if (l->first_to.len == 0) {
        l->first_to = field[0];
        if (l->arrives_us == LB_UNKNOWN)
            l->arrives_us = local_time(l, field[2], field[0]);
    }
    l->unit = LB_EMPTY;
    l->consignment = SIZE_MAX;
    l->sum.is_stated = l->sum.is_stated || is_nil;
    return true;
}

/* -- consignments ----------------------------------------------------------------------------- */

/* Lists carry no date: the time of the telegram, or of reception, is used. */
static lb_event *say(const list *l, lb_event_type type, lb_span line)
{
    lb_event *event = lb_say(l->sink);
    lb_event_is(event, type, LB_CLASSIFIER_ACTUAL, LB_MODE_AIR);
    lb_event_raw(event, l->kind->smi, lb_span_of(l->kind->smi), line);
    event->occurred.utc_us = l->imp.reference_us;
    event->occurred.prec = LB_PRECISION_UNKNOWN;
    event->sheet.list = l->name;
    event->sheet.number = l->name.len > 0 ? l->number : LB_UNKNOWN;
    return event;
}

/* Goods in the unit, the unit on the flight; loose goods on the flight. A booking associates
 * nothing. */
static void put_objects(const list *l, lb_event *event, lb_span awb)
{
    lb_object *added =
        lb_event_object(event, LB_ROLE_SUBJECT, LB_KIND_CONSIGNMENT, LB_SCHEME_AWB, awb);
    lb_object goods = added != NULL ? *added : (lb_object){0};
    lb_object *flight = lb_flight_leg_put(&l->leg, event);
    lb_object run = flight != NULL ? *flight : (lb_object){0};
    lb_object *unit = lb_event_object(event, LB_ROLE_UNIT, LB_KIND_ULD, LB_SCHEME_ULD, l->unit);
    if (l->kind->type != LB_EVENT_MANF || flight == NULL)
        return;
    lb_event_assoc(event, LB_ASSOC_ADD, unit != NULL ? unit : &run, &goods);
    if (unit != NULL)
        lb_event_assoc(event, LB_ASSOC_ADD, &run, unit);
}

static void put_quantity(list *l, lb_event *event, lb_span text, lb_imp_quantity *q)
{
    *q = (lb_imp_quantity){.gross_g = LB_UNKNOWN, .volume_ml = LB_UNKNOWN, .total = LB_UNKNOWN};
    if (!lb_imp_quantity_read(text, q)) {
        lb_doubt(l->sink, event, text.len > 0 ? text : event->raw.text, LB_DOUBT_GRAMMAR_ODD);
        return;
    }
    event->qty.pieces = q->pieces;
    event->qty.pieces_total = q->total != LB_UNKNOWN             ? q->total
                              : q->kind == 'T' || q->kind == 'S' ? q->pieces
                                                                 : LB_UNKNOWN;
    event->qty.partial = q->kind == 'P' || q->kind == 'D' || q->kind == 'M';
    event->qty.gross_g = q->gross_g;
    event->qty.volume_ml = q->volume_ml;
}

/* Another line about the same pieces is the same fact; a line with other pieces is a fact of its
 * own. */
static lb_span key_of(const list *l, lb_span awb, const lb_imp_quantity *q)
{
    char kind[2] = {q->kind == 0 ? '?' : q->kind, '\0'};
    int64_t pieces = q->kind == 0 ? 0 : q->pieces;
    return lb_sink_print(l->sink, "%s|%.*s|%.*s|%.*s|%.*s|%.*s|%s%lld", l->kind->smi,
                         LB_ARG(l->leg.run), LB_ARG(l->leg.from), LB_ARG(l->leg.to), LB_ARG(awb),
                         LB_ARG(l->unit), kind, (long long)pieces);
}

static bool read_consignment(list *l, lb_span line)
{
    lb_imp_waybill waybill;
    lb_imp_quantity q;
    lb_span quantity = LB_EMPTY;
    if (!lb_imp_waybill_read(line, &waybill))
        return false;
    lb_span goods = waybill.rest;
    lb_span_cut(&goods, '/', &quantity);

    l->consignment = lb_sink_count(l->sink);
    lb_event *event = say(l, l->kind->type, line);
    lb_event_reference(event, LB_SCHEME_AWB, waybill.awb, LB_EMPTY);
    put_objects(l, event, waybill.awb);
    put_quantity(l, event, quantity, &q);
    event->remark = goods.len > 0 && goods.at[0] != '/' ? goods : lb_span_after(goods, 1);
    event->source_event_key = key_of(l, waybill.awb, &q);
    l->sum.is_stated = true;
    if (l->leg.run.len == 0)
        lb_doubt(l->sink, event, line, LB_DOUBT_IDENTITY_GUESSED);
    if (l->leg.to.len == 0)
        lb_doubt(l->sink, event, line, LB_DOUBT_GRAMMAR_ODD);
    return true;
}

/* The event that a line belongs to; NULL: it is about the flight or a unit, or memory ran out. */
static lb_event *current(const list *l)
{
    return l->consignment < lb_sink_count(l->sink) ? lb_sink_event(l->sink, l->consignment) : NULL;
}

/* -- units ------------------------------------------------------------------------------------ */

/* PMC40217CZ-L: the indicator behind the dash says how high it is built or where it must stand. */
static void count_unit(list *l, int64_t count, lb_span indicator)
{
    l->sum.units += count;
    if (lb_span_is(indicator, "L"))
        l->sum.lower += count;
    else if (indicator.len == 1 && memchr("MNUR", indicator.at[0], 4) != NULL)
        l->sum.upper += count;
}

/* FFM: ULD/PMC40217CZ[-L][/remark]. The lines after it are in this unit. */
static void read_unit(list *l, lb_span text)
{
    lb_span field = LB_EMPTY, id = LB_EMPTY;
    lb_span_cut(&text, '/', &field);
    lb_span indicator = field;
    lb_span_cut(&indicator, '-', &id);
    if (id.len < 9 || id.len > 11) {
        lb_doubt(l->sink, NULL, field.len > 0 ? field : l->header, LB_DOUBT_GRAMMAR_ODD);
        if (id.len == 0)
            return;
    }
    l->unit = id;
    l->consignment = SIZE_MAX;
    count_unit(l, 1, id.len < field.len ? indicator : LB_EMPTY);
}

/* FBL: ULD/n/id[-ind]/Kw/id[-ind]/Kw: what the consignment before will be in. */
static void read_booked_units(list *l, lb_span text)
{
    lb_span field, id = LB_EMPTY;
    int64_t count = 1, named = 0;
    if (lb_span_cut(&text, '/', &field) && !lb_span_number(field, &count))
        lb_doubt(l->sink, NULL, field, LB_DOUBT_GRAMMAR_ODD);
    lb_event *event = current(l);
    while (lb_span_cut(&text, '/', &field)) {
        lb_span indicator = field;
        if (field.len < 9)
            continue; /* the weight of the unit before it */
        lb_span_cut(&indicator, '-', &id);
        if (event != NULL)
            lb_event_object(event, LB_ROLE_UNIT, LB_KIND_ULD, LB_SCHEME_ULD, id);
        count_unit(l, 1, id.len < field.len ? indicator : LB_EMPTY);
        named++;
    }
    if (count > named && count <= 9999)
        count_unit(l, count - named, LB_EMPTY);
}

/* -- lines that belong to a consignment ------------------------------------------------------- */

static void add_remark(list *l, lb_span text)
{
    lb_event *event = current(l);
    if (event == NULL)
        return; /* the journal keeps the bytes */
    lb_join(l->sink, &event->remark, "; ", text);
}

static void read_customs(list *l, lb_span note)
{
    lb_span mrn, country;
    lb_event *event = current(l);
    if (event != NULL && lb_imp_customs(note, &mrn, &country))
        lb_event_reference(event, LB_SCHEME_MRN, mrn, country);
    else
        add_remark(l, note);
}

/* SSR/, OSI/, COR/, DIM/, SCI/ and extensions of senders; a leading slant continues a line or
 * gives handling codes. */
static void read_attached(list *l, lb_span line)
{
    if (lb_span_starts(line, "OCI/"))
        read_customs(l, lb_span_after(line, 4));
    else
        add_remark(l, line.at[0] == '/' ? lb_span_after(line, 1) : line);
}

static bool is_attached(lb_span line)
{
    return line.at[0] == '/' ||
           (line.len > 3 && line.at[3] == '/' && lb_imp_is_letters(lb_span_first(line, 3), 3));
}

/* -- the message ------------------------------------------------------------------------------- */

static void read_unit_line(list *l, lb_span text)
{
    if (l->kind->unit_comes_before)
        read_unit(l, text);
    else
        read_booked_units(l, text);
}

/* It begins with a sheet number; a waybill does too, but its fourth byte is a dash. */
static bool is_header(lb_span line)
{
    return line.at[0] >= '0' && line.at[0] <= '9' && (line.len < 4 || line.at[3] != '-');
}

static void read_line(list *l, lb_span line)
{
    lb_span smi, version;
    if (line.len == 0 || lb_span_is(line, "PDM"))
        return;
    l->is_last = l->is_last || lb_span_is(line, "LAST");
    l->is_ended = l->is_last || lb_span_is(line, "CONT") || lb_imp_smi(line, &smi, &version);
    if (l->is_ended)
        return;
    if (l->header.len == 0 && is_header(line))
        read_header(l, line);
    else if (lb_span_starts(line, "ULD/"))
        read_unit_line(l, lb_span_after(line, 4));
    else if (!read_consignment(l, line) && !read_unloading(l, line)) {
        if (is_attached(line))
            read_attached(l, line);
        else
            lb_doubt(l->sink, NULL, line, LB_DOUBT_GRAMMAR_ODD);
    }
}

static void add_up(list *l)
{
    size_t count = lb_sink_count(l->sink);
    for (size_t i = 0; i < count; i++) {
        lb_event *event = lb_sink_event(l->sink, i);
        bool dummy = lb_flight_is_dummy(event->qty.gross_g, event->qty.volume_ml);
        if (dummy)
            lb_doubt(l->sink, event, event->raw.text, LB_DOUBT_GRAMMAR_ODD);
        if (event->qty.gross_g == LB_UNKNOWN)
            l->sum.is_weighed = false;
        else
            l->sum.grams += event->qty.gross_g;
        if (event->qty.volume_ml == LB_UNKNOWN || dummy)
            l->sum.is_measured = false;
        else
            l->sum.ml += event->qty.volume_ml;
    }
}

static void put_sums(const list *l, lb_event *event)
{
    const total *sum = &l->sum;
    if (sum->is_weighed)
        lb_event_capacity(event, LB_UNIT_KG, l->kind->state, (sum->grams + 500) / 1000);
    if (sum->is_measured)
        lb_event_capacity(event, LB_UNIT_LITRE, l->kind->state, (sum->ml + 500) / 1000);
    if (sum->units > 0)
        lb_event_capacity(event, LB_UNIT_UNIT, l->kind->state, sum->units);
    if (sum->upper > 0)
        lb_event_capacity(event, LB_UNIT_ULD_UPPER, l->kind->state, sum->upper);
    if (sum->lower > 0)
        lb_event_capacity(event, LB_UNIT_ULD_LOWER, l->kind->state, sum->lower);
}

/* The sums of the sheet, for the flight leg that leaves the loading point. */
static void say_snapshot(list *l)
{
    if (l->name.len == 0 || !l->sum.is_stated)
        return;
    lb_event *event = say(l, LB_EVENT_SNAP, l->header);
    lb_event_object(event, LB_ROLE_SUBJECT, LB_KIND_FLIGHT, LB_SCHEME_FLIGHT_DATE, l->leg.run);
    event->cap.kind = LB_RESOURCE_FLIGHT_LEG;
    event->cap.id = l->leg.run;
    event->cap.name = l->leg.flight;
    event->cap.mode = LB_MODE_AIR;
    event->place.iata = event->cap.from.iata = event->movement.from.iata = l->leg.from;
    event->cap.to.iata = event->movement.to.iata = l->first_to;
    event->movement.carrier = l->leg.carrier;
    event->movement.number = l->leg.flight;
    event->movement.service_date = l->leg.date;
    event->cap.departs_us = l->departs_us;
    event->cap.arrives_us = l->arrives_us;
    put_sums(l, event);
    event->source_event_key =
        lb_sink_print(l->sink, "%.*s|SNAP|%lld", LB_ARG(l->name), (long long)l->number);
}

static void end_sheet(list *l, lb_span end)
{
    for (size_t i = 0; l->is_last && l->name.len > 0 && i < lb_sink_count(l->sink); i++)
        lb_sink_event(l->sink, i)->sheet.is_last = true;
    if (!l->is_ended)
        lb_doubt(l->sink, NULL, end, LB_DOUBT_GRAMMAR_ODD);
}

lb_verdict lb_flight_list_read(const lb_flight_list_kind *kind, const lb_reading *reading,
                               lb_span message, lb_sink *sink)
{
    list l = {.kind = kind,
              .reading = reading,
              .sink = sink,
              .number = 1,
              .departs_us = LB_UNKNOWN,
              .arrives_us = LB_UNKNOWN,
              .consignment = SIZE_MAX,
              .sum = {.is_weighed = true, .is_measured = true}};
    lb_span rest = lb_sink_utf8(sink, NULL, "UTF-8", message), line = LB_EMPTY;
    if (rest.at != message.at)
        lb_doubt(sink, NULL, message, LB_DOUBT_CHARSET_REPAIRED);
    if (!lb_imp_open(reading, sink, kind->smi, kind->newest, &rest, &l.imp))
        return LB_VERDICT_NOT_MINE;
    while (!l.is_ended && lb_imp_line(&rest, &line))
        read_line(&l, line);
    if (l.header.len == 0 && lb_sink_count(sink) == 0)
        return lb_refuse(sink, LB_VERDICT_CUT_SHORT, lb_span_after(message, message.len),
                         "the message ends before its flight, like 1/CZ5417/12MAR/PVG");
    add_up(&l);
    say_snapshot(&l);
    end_sheet(&l, l.imp.line);
    return LB_VERDICT_READ;
}
