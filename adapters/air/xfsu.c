/* xfsu.c - air cargo status in XML, Cargo-XML XFSU: the same news as an FSU, in other clothes.
 *
 *     StatusMessage                          root, of a namespace "iata:statusmessage:..."
 *       MessageHeaderDocument                id, sender, when it was issued
 *       MasterConsignment
 *         TransportContractDocument/ID       784-30418264
 *         PieceQuantity, TotalPieceQuantity, TransportSplitDescription
 *         ReportedStatus/ReasonCode          RCF
 *           AssociatedStatusConsignment*     each one is a status of its own
 *             SpecifiedLogisticsTransportMovement   flight, places, times
 *
 * Each status is written as the line that it would be in an FSU, and that line is read: so both languages
 * give the same event with the same natural key, and whoever hears it in both hears it once. What differs:
 * dates have their year, and may have a zone; then they are put into the clock of the airport first. */
#include "fsu.h"
#include "landbridge/place.h"
#include "landbridge/source.h"
#include "landbridge/time.h"
#include "xml.h"

enum { LINE_ROOM = 512, SHIFT_MAX = 15 };

typedef struct status { /* one AssociatedStatusConsignment */
    lb_fsu *fsu;
    lb_span code;
    const lb_xml_node *node;   /* itself                   */
    const lb_xml_node *flight; /* its movement; may be NULL */
    lb_span at, from, to;      /* airports                 */
    lb_span unknown_place;     /* a location code that is no airport of the table */
    char line[LINE_ROOM];
    size_t len;
} status;

typedef struct moment {
    lb_civil civil;
    bool is_there, has_time;
    char kind; /* S, E, A */
} moment;

/* -- writing the line ------------------------------------------------------------------------- */

static void put(status *s, lb_span text)
{
    for (size_t i = 0; i < text.len && s->len < sizeof s->line; i++)
        s->line[s->len++] = text.at[i];
}

/* A field; a slant or a line end inside would be read as the end of it. */
static void put_field(status *s, lb_span text)
{
    put(s, LB_SPAN("/"));
    for (size_t i = 0; i < text.len && s->len < sizeof s->line; i++)
        s->line[s->len++] = text.at[i] == '/' || (unsigned char)text.at[i] < ' ' ? ' ' : text.at[i];
}

static void put_two(status *s, int number)
{
    char two[2] = {(char)('0' + number / 10 % 10), (char)('0' + number % 10)};
    put(s, (lb_span){two, 2});
}

static void put_day(status *s, const moment *when, bool with_time)
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

static void put_shift(status *s, int64_t days)
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
static void put_quantity(status *s)
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

static void put_volume(status *s)
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

/* An airport in three letters; a UN/LOCODE is looked up, for its last letters need not be the airport's. */
static lb_span airport_of(status *s, lb_span code)
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

static void find_places(status *s)
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

/* With a zone: put into the clock of the source or the airport, if it is known. */
static void localise(status *s, moment *when, int64_t offset_min, lb_span airport)
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

static moment moment_of(status *s, const lb_xml_node *event, const char *time, const char *kind,
                        lb_span airport)
{
    moment when = {.kind = 'A'};
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

static moment own_time(status *s, lb_span airport)
{
    return moment_of(s, lb_xml_child(s->flight, "SpecifiedEvent"), "OccurrenceDateTime",
                     "DateTimeTypeCode", airport);
}

static moment departure_of(status *s)
{
    return moment_of(s, lb_xml_child(s->flight, "DepartureEvent"), "DepartureOccurrenceDateTime",
                     "DepartureDateTimeTypeCode", s->from);
}

static moment arrival_of(status *s, lb_span airport)
{
    return moment_of(s, lb_xml_child(s->flight, "ArrivalEvent"), "ArrivalOccurrenceDateTime",
                     "ArrivalDateTimeTypeCode", airport);
}

/* The years that the line will not have. */
static void note_year(status *s, const moment *when)
{
    if (when->is_there && lb_civil_is_valid(&when->civil))
        s->fsu->dated_us = lb_civil_to_utc(&when->civil, 0);
}

static int64_t days_between(const moment *from, const moment *to)
{
    return lb_civil_day(&to->civil) - lb_civil_day(&from->civil);
}

static void put_slot(status *s, const moment *when, const moment *base)
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

static void put_flight(status *s)
{
    lb_span number = lb_xml_text(s->flight, "ID");
    lb_span carrier = lb_xml_text(s->flight, "CarrierParty/PrimaryID");
    put(s, LB_SPAN("/"));
    if (lb_span_all_digits(number) && carrier.len == 2)
        put(s, carrier);
    put(s, number);
}

static void write_out(status *s)
{
    bool has_left = lb_span_is(s->code, "DEP");
    moment departure = departure_of(s), arrival = arrival_of(s, s->to), own = own_time(s, s->from);
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

/* The day is the scheduled one, and the time the event's own, on whatever day that was. */
static void write_in(status *s)
{
    moment own = own_time(s, s->at), arrival = arrival_of(s, s->at), departure = departure_of(s);
    moment scheduled = moment_of(s, lb_xml_child(s->flight, "ScheduledArrivalEvent"),
                                 "ScheduledOccurrenceDateTime", "", s->at);
    bool has_schedule = scheduled.is_there && own.is_there &&
                        days_between(&scheduled, &own) >= -1 &&
                        days_between(&scheduled, &own) <= SHIFT_MAX;
    moment day = own;
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

static void write_day_and_place(status *s)
{
    moment own = own_time(s, s->at);
    note_year(s, &own);
    put(s, LB_SPAN("/"));
    put_day(s, &own, true);
    put_field(s, s->at);
}

static void write_ground(status *s)
{
    lb_span name = lb_xml_text(lb_xml_below(s->node, "NotifiedParty"), "Name");
    if (name.len == 0)
        name = lb_xml_text(lb_xml_below(s->node, "DeliveryParty"), "Name");
    write_day_and_place(s);
    put(s, LB_SPAN("/"));
    put_quantity(s);
    put_field(s, name);
}

/* The other carrier: whichever of the two parties is there. */
static void write_transfer(status *s)
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

static void write_discrepancy(status *s)
{
    put_flight(s);
    write_day_and_place(s);
    put_field(s, lb_xml_text(s->node, "DiscrepancyDescriptionCode"));
    put(s, LB_SPAN("/"));
    put_quantity(s);
}

static void write_unknown(status *s)
{
    put_flight(s);
    write_day_and_place(s);
    put(s, LB_SPAN("/"));
    put_quantity(s);
}

static void write_line(status *s)
{
    static void (*const writers[])(status *) = {[LB_FSU_UNKNOWN] = write_unknown,
                                                [LB_FSU_OUT] = write_out,
                                                [LB_FSU_IN] = write_in,
                                                [LB_FSU_GROUND] = write_ground,
                                                [LB_FSU_TRANSFER] = write_transfer,
                                                [LB_FSU_TRANSFER_PLAN] = write_transfer,
                                                [LB_FSU_DISCREPANCY] = write_discrepancy};
    put(s, s->code);
    writers[lb_fsu_shape_of(s->code)](s);
    if (s->len == sizeof s->line)
        while (s->len > 0 && (unsigned char)s->line[s->len - 1] >= 0x80)
            s->len--; /* it may be cut inside a letter */
    while (s->len > 0 && s->line[s->len - 1] == '/')
        s->len--; /* what is not there at the end leaves no slant */
}

/* -- one status ------------------------------------------------------------------------------- */

/* A booking or manifest has no time of its own in an FSU; here it may have. */
static void put_own_time(status *s, size_t first)
{
    moment own = own_time(s, s->from);
    lb_event *event =
        first < lb_sink_count(s->fsu->sink) ? lb_sink_event(s->fsu->sink, first) : NULL;
    if (event != NULL && own.is_there && own.kind == 'A' &&
        lb_fsu_shape_of(s->code) == LB_FSU_OUT && event->type != LB_EVENT_DEPA)
        lb_when_set(event, &event->occurred, &own.civil, s->fsu->offset_min,
                    own.has_time ? LB_PRECISION_MINUTE : LB_PRECISION_DAY,
                    lb_xml_text(s->flight, "SpecifiedEvent/OccurrenceDateTime"),
                    s->fsu->reading->source, &event->place);
}

static void put_volume_and_place(status *s, size_t first)
{
    int64_t ml;
    lb_span volume = lb_xml_text(s->node, "GrossVolumeMeasure");
    bool is_metric = lb_span_is(
        lb_xml_attribute_of(lb_xml_child(s->node, "GrossVolumeMeasure"), "unitCode"), "MTQ");
    for (size_t i = first; i < lb_sink_count(s->fsu->sink); i++) {
        lb_event *event = lb_sink_event(s->fsu->sink, i);
        if (i == first && is_metric && lb_span_decimal(volume, 6, &ml))
            event->qty.volume_ml = ml;
        if (event->place.iata.len == 0)
            event->place.locode = s->unknown_place;
    }
}

static void attach(lb_fsu *fsu, const lb_xml_node *node, lb_span line)
{
    lb_mark_copy(fsu->sink, node->where, line);
    if (line.len > 0)
        lb_fsu_attach(fsu, line);
}

/* ULD in three pieces, remarks. */
static void read_attached(status *s)
{
    lb_sink *sink = s->fsu->sink;
    const lb_xml_node *node = s->node;
    while ((node = lb_xml_walk(s->node, node)) != NULL) {
        lb_span owner = lb_xml_text(node, "OperatingParty/PrimaryID");
        lb_span type = lb_xml_text(node, "CharacteristicCode"), id = lb_xml_text(node, "ID");
        lb_span text = lb_xml_text(node, "Description");
        if (lb_xml_is(node, "UtilizedUnitLoadTransportEquipment"))
            attach(
                s->fsu, node,
                lb_sink_print(sink, "ULD/%.*s%.*s%.*s", LB_ARG(type), LB_ARG(id), LB_ARG(owner)));
        else if (lb_xml_is(node, "HandlingOSIInstructions") && text.len > 0)
            attach(s->fsu, node, lb_sink_print(sink, "OSI/%.*s", LB_ARG(text)));
    }
}

static void read_status(lb_fsu *fsu, lb_span code, const lb_xml_node *node)
{
    status s = {.fsu = fsu, .code = lb_span_first(code, 3), .node = node};
    s.flight = lb_xml_child(node, "SpecifiedLogisticsTransportMovement");
    fsu->offset_min = fsu->dated_us = LB_UNKNOWN;
    find_places(&s);
    write_line(&s);
    lb_span line = lb_sink_copy(fsu->sink, (lb_span){s.line, s.len});
    size_t first = lb_sink_count(fsu->sink);
    if (line.len < 4)
        return;
    lb_mark_copy(fsu->sink, node->where, line);
    lb_fsu_status(fsu, line);
    put_own_time(&s, first);
    put_volume_and_place(&s, first);
    read_attached(&s);
}

/* -- the message ------------------------------------------------------------------------------ */

static bool read_view(lb_fsu *fsu, const lb_xml_node *master)
{
    const lb_xml_node *contract = lb_xml_child(master, "TransportContractDocument");
    lb_imp_waybill waybill;
    lb_span split = lb_xml_text(master, "TransportSplitDescription");
    lb_span number = lb_xml_text(contract, "ID");
    if (number.len == 0 || !lb_imp_waybill_read(number, &waybill))
        return false;
    fsu->awb = waybill.awb;
    fsu->view = (lb_imp_quantity){.kind = split.len > 0 ? split.at[0] : 'T',
                                  .gross_g = LB_UNKNOWN,
                                  .volume_ml = LB_UNKNOWN,
                                  .total = LB_UNKNOWN};
    if (!lb_span_number(lb_xml_text(master, "PieceQuantity"), &fsu->view.pieces))
        fsu->view.kind = 0;
    lb_span_number(lb_xml_text(master, "TotalPieceQuantity"), &fsu->view.total);
    fsu->consignment = fsu->status = lb_sink_count(fsu->sink);
    return true;
}

/* Country, subject, content code, content are the four fields of an OCI line. */
static void read_customs(lb_fsu *fsu, const lb_xml_node *master)
{
    const lb_xml_node *note = master;
    while ((note = lb_xml_walk(master, note)) != NULL) {
        if (!lb_xml_is(note, "IncludedCustomsNote"))
            continue;
        lb_span country = lb_xml_text(note, "CountryID"),
                subject = lb_xml_text(note, "SubjectCode");
        lb_span code = lb_xml_text(note, "ContentCode"), text = lb_xml_text(note, "Content");
        attach(fsu, note,
               lb_sink_print(fsu->sink, "OCI/%.*s/%.*s/%.*s/%.*s", LB_ARG(country), LB_ARG(subject),
                             LB_ARG(code), LB_ARG(text)));
    }
}

static void read_consignment(lb_fsu *fsu, const lb_xml_node *master)
{
    const lb_xml_node *reported = lb_xml_child(master, "ReportedStatus");
    if (!read_view(fsu, master)) {
        lb_doubt(fsu->sink, NULL, master->where, LB_DOUBT_GRAMMAR_ODD);
        return;
    }
    for (; reported != NULL; reported = lb_xml_next(reported, "ReportedStatus")) {
        lb_span code = lb_xml_text(reported, "ReasonCode");
        const lb_xml_node *one = lb_xml_child(reported, "AssociatedStatusConsignment");
        if (code.len != 3 || one == NULL)
            lb_doubt(fsu->sink, NULL, lb_xml_where(reported), LB_DOUBT_GRAMMAR_ODD);
        for (; code.len > 0 && one != NULL; one = lb_xml_next(one, "AssociatedStatusConsignment"))
            read_status(fsu, code, one);
    }
    read_customs(fsu, master);
}

static void read_header(lb_fsu *fsu, const lb_xml_node *root)
{
    const lb_xml_node *head = lb_xml_child(root, "MessageHeaderDocument");
    lb_letter *letter = lb_sink_letter(fsu->sink);
    const lb_zone *zone = lb_source_zone(fsu->reading->source);
    lb_civil civil;
    int64_t offset_min;
    letter->format = LB_SPAN("XFSU");
    letter->format_version = lb_xml_text(head, "VersionID");
    letter->message_ref = lb_xml_text(head, "ID");
    letter->party = lb_xml_text(head, "SenderParty/PrimaryID");
    if (!lb_civil_iso(lb_xml_text(head, "IssueDateTime"), &civil, &offset_min) ||
        !lb_civil_is_valid(&civil))
        return;
    if (offset_min == LB_UNKNOWN && zone != NULL)
        offset_min = lb_zone_offset_for(zone, &civil);
    if (offset_min == LB_UNKNOWN)
        return; /* local at the sender, wherever that is */
    letter->reported_at_us = fsu->reference_us = lb_civil_to_utc(&civil, (int)offset_min);
}

static bool is_status_message(const lb_xml_node *root)
{
    for (size_t i = 0; lb_xml_is(root, "StatusMessage") && i < root->attribute_count; i++)
        if (lb_span_starts(root->attributes[i].value, "iata:statusmessage"))
            return true;
    return false;
}

static unsigned probe(lb_span head)
{
    static const char name[] = "iata:statusmessage";
    if (!lb_span_is(lb_xml_root_name(head), "StatusMessage"))
        return 0;
    for (size_t i = 0; i + sizeof name - 1 <= head.len; i++)
        if (memcmp(head.at + i, name, sizeof name - 1) == 0)
            return 95;
    return 0;
}

static lb_verdict read_message(const lb_reading *reading, lb_span message, lb_sink *sink)
{
    lb_fsu fsu = {.reading = reading,
                  .sink = sink,
                  .smi = LB_SPAN("FSU"),
                  .reference_us = reading->received_us,
                  .offset_min = LB_UNKNOWN,
                  .dated_us = LB_UNKNOWN};
    lb_xml_fault fault;
    const lb_xml_node *root = lb_xml_read(sink, message, &fault);
    if (root == NULL)
        return probe(message) == 0 ? LB_VERDICT_NOT_MINE
                                   : lb_refuse(sink, fault.verdict, fault.where, "%s", fault.text);
    if (!is_status_message(root))
        return LB_VERDICT_NOT_MINE;
    const lb_xml_node *master = lb_xml_child(root, "MasterConsignment");
    if (master == NULL)
        return lb_refuse(sink, LB_VERDICT_GARBLED, root->where, "no MasterConsignment");
    read_header(&fsu, root);
    for (; master != NULL; master = lb_xml_next(master, "MasterConsignment"))
        read_consignment(&fsu, master);
    return LB_VERDICT_READ;
}

const lb_adapter lb_air_xfsu = {
    .name = "air.xfsu",
    .title = "Cargo-XML XFSU, air cargo status",
    .revision = 1,
    .mode = LB_MODE_AIR,
    .max_message = (size_t)4 * 1024 * 1024,
    .max_events = 20000,
    .probe = probe,
    .read = read_message,
};
