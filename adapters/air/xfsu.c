/* xfsu.c - air cargo status in XML, Cargo-XML XFSU: the content of an FSU as XML.
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
 * Each status is written as the line that it would be in an FSU, and that line is read: so both formats give
 * the same event with the same natural key, and a status received in both counts once. What differs: dates
 * have a year, and may have a zone; they are converted to the local time of the airport first. */
#include "xfsu.h"

#include "landbridge/adapter/source.h"

/* -- one status ------------------------------------------------------------------------------- */

/* A booking or manifest has no time of its own in an FSU; an XFSU may give one. */
static void put_own_time(lb_xfsu *s, size_t first)
{
    lb_xfsu_moment own = lb_xfsu_own_time(s, s->from);
    lb_event *event =
        first < lb_sink_count(s->fsu->sink) ? lb_sink_event(s->fsu->sink, first) : NULL;
    if (event != NULL && own.is_there && own.kind == 'A' &&
        lb_fsu_shape_of(s->code) == LB_FSU_OUT && event->type != LB_EVENT_DEPA)
        lb_when_set(event, &event->occurred, &own.civil, s->fsu->offset_min,
                    own.has_time ? LB_PRECISION_MINUTE : LB_PRECISION_DAY,
                    lb_xml_text(s->flight, "SpecifiedEvent/OccurrenceDateTime"),
                    s->fsu->reading->source, &event->place);
}

static void put_volume_and_place(lb_xfsu *s, size_t first)
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
static void read_attached(lb_xfsu *s)
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
    lb_xfsu s = {.fsu = fsu, .code = lb_span_first(code, 3), .node = node};
    s.flight = lb_xml_child(node, "SpecifiedLogisticsTransportMovement");
    fsu->offset_min = fsu->dated_us = LB_UNKNOWN;
    lb_xfsu_write(&s);
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

static bool read_consigned(lb_fsu *fsu, const lb_xml_node *master)
{
    const lb_xml_node *contract = lb_xml_child(master, "TransportContractDocument");
    lb_imp_waybill waybill;
    lb_span split = lb_xml_text(master, "TransportSplitDescription");
    lb_span number = lb_xml_text(contract, "ID");
    if (number.len == 0 || !lb_imp_waybill_read(number, &waybill))
        return false;
    fsu->awb = waybill.awb;
    fsu->consigned = (lb_imp_quantity){.kind = split.len > 0 ? split.at[0] : 'T',
                                       .gross_g = LB_UNKNOWN,
                                       .volume_ml = LB_UNKNOWN,
                                       .total = LB_UNKNOWN};
    if (!lb_span_number(lb_xml_text(master, "PieceQuantity"), &fsu->consigned.pieces))
        fsu->consigned.kind = 0;
    lb_span_number(lb_xml_text(master, "TotalPieceQuantity"), &fsu->consigned.total);
    fsu->consignment = fsu->status = lb_sink_count(fsu->sink);
    fsu->customs_lines = 0;
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
    if (!read_consigned(fsu, master)) {
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
    lb_message_info *info = lb_sink_message_info(fsu->sink);
    const lb_zone *zone = lb_source_zone(fsu->reading->source);
    lb_civil civil;
    int64_t offset_min;
    info->format = LB_SPAN("XFSU");
    info->format_version = lb_xml_text(head, "VersionID");
    info->message_ref = lb_xml_text(head, "ID");
    info->party = lb_xml_text(head, "SenderParty/PrimaryID");
    if (!lb_civil_iso(lb_xml_text(head, "IssueDateTime"), &civil, &offset_min) ||
        !lb_civil_is_valid(&civil))
        return;
    if (offset_min == LB_UNKNOWN && zone != NULL)
        offset_min = lb_zone_offset_for(zone, &civil);
    if (offset_min == LB_UNKNOWN)
        return; /* local time of the sender, in an unknown zone */
    info->reported_at_us = fsu->reference_us = lb_civil_to_utc(&civil, (int)offset_min);
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
