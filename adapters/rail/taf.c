/* taf.c - railway messages of TAF TSI (Regulation (EU) 1305/2014, TD-105), versions 2.1 to 3.5.
 *
 *     [Envelope/Body/UICMessage/message]         Common Interface, stripped
 *       TrainRunningInformationMessage           the root element is the kind of message
 *         MessageHeader                          sender, time, version
 *         MessageStatus                          1 creation, 2 modification, 3 deletion
 *         ...                                    one of the readers of taf.h
 *
 * Elements are found by their local name, since namespaces differ (ERA, sector, none) and their numbers do
 * not rise with time (5.3 is older than 3.5). MessageType is a code of 1 to 4 characters, or the element's
 * name, or an old number: it is only a cross-check. Empty elements count as missing. */
#include "taf.h"

typedef struct taf_kind {
    const char *root;
    const char *code; /* MessageType, where it is certain; else "" */
    lb_verdict (*read)(const lb_taf *taf);
} taf_kind;

static lb_verdict read_nothing(const lb_taf *taf)
{
    (void)taf;
    return LB_VERDICT_READ; /* known, but of no use for tracks and capacity */
}

static const taf_kind kinds[] = {
    {"TrainRunningInformationMessage", "4005", lb_taf_read_running},
    {"TrainRunningForecastMessage", "4004", lb_taf_read_forecast},
    {"TrainForecastAtReportingLocationMessage", "4003", lb_taf_read_forecast},
    {"TrainDelayCauseMessage", "4001", lb_taf_read_delay_cause},
    {"TrainRunningInterruptionMessage", "4006", lb_taf_read_interruption},
    {"TrainReadyMessage", "3006", lb_taf_read_ready},
    {"ChangeofTrackMessage", "4504", lb_taf_read_track_change},
    {"ChangeOfTrackMessage", "4504", lb_taf_read_track_change},
    {"TrainJourneyModificationMessage", "4505", lb_taf_read_journey_change},
    {"TrainCompositionMessage", "3003", lb_taf_read_composition},
    {"WagonStatusMessages", "5020", lb_taf_read_wagon_status},
    {"WagonETI_ETA_Message", "5006", lb_taf_read_eta},
    {"AlertMessage", "5001", lb_taf_read_alert},
    {"WagonReleaseNoticeMessage", "", lb_taf_read_notice},
    {"WagonDepartureNoticeMessage", "", lb_taf_read_notice},
    {"WagonYardArrivalMessage", "", lb_taf_read_notice},
    {"WagonYardDepartureMessage", "", lb_taf_read_notice},
    {"WagonArrivalNoticeMessage", "", lb_taf_read_notice},
    {"WagonDeliveryNoticeMessage", "", lb_taf_read_notice},
    {"WagonDeliveryMessage", "", lb_taf_read_notice},
    {"WagonInterchangeNoticeMessage", "", lb_taf_read_notice},
    {"WagonInterchangeSubNoticeMessage", "", lb_taf_read_notice},
    {"WagonReceivedAtInterchangeMessage", "", lb_taf_read_notice},
    {"WagonRefusedAtInterchangeMessage", "", lb_taf_read_notice},
    {"WagonExceptionMessage", "", lb_taf_read_exception},
    {"WagonExceptionReasonMessage", "", lb_taf_read_exception},
    {"WagonDeviationMessage", "", lb_taf_read_exception},
    {"WagonPerformanceMessage", "5500", read_nothing},
    {"ReceiptConfirmationMessage", "2007", read_nothing},
    {"UICMessageResponse", "", read_nothing},
    {"LI_TechnicalAck", "", read_nothing},
    {"PathCanceledMessage", "2001", lb_taf_read_path},
    {"PathConfirmedMessage", "2002", lb_taf_read_path},
    {"PathDetailsMessage", "2003", lb_taf_read_path},
    {"PathDetailsRefusedMessage", "2004", lb_taf_read_path},
    {"PathNotAvailableMessage", "2005", lb_taf_read_path},
    {"PathRequestMessage", "2006", lb_taf_read_path},
    {"PathCoordinationMessage", "2500", lb_taf_read_path},
    {"PathSectionNotificationMessage", "2501", lb_taf_read_path},
    {"ConsignmentOrderMessage", "1000", lb_taf_read_order},
    {"ErrorMessage", "", lb_taf_read_error},
    {"LocationFileDatasetMessage", "6002", read_nothing},
    {"RollingStockDatasetMessage", "6003", read_nothing},
    {"RollingStockDatasetQueryMessage", "6004", read_nothing},
    {"ILUDataQueryMessage", "6005", read_nothing},
    {"ILUDataMessage", "6006", read_nothing},
    {"PassengerTrainCompositionProcessMessage", "4500", read_nothing},
    {"RollingStockRestrictionMessage", "4501", read_nothing},
    {"TrainForecastedDelayCauseMessage", "4506", read_nothing},
    {"RunningStatusReportMessage", "4510", read_nothing},
};

#define TYPE "MessageHeader/MessageReference/MessageType"

static const taf_kind *kind_of(lb_span root)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (lb_span_is(root, kinds[i].root))
            return &kinds[i];
    return NULL;
}

/* Capacity restrictions (6500 to 6502) have several names: recognised by their number, and not
 * used. */
static const taf_kind restriction = {"", "", read_nothing};

static bool is_restriction(lb_span type)
{
    return lb_span_is(type, "6500") || lb_span_is(type, "6501") || lb_span_is(type, "6502");
}

static bool holds(lb_span head, const char *word)
{
    return memmem(head.at, head.len, word, strlen(word)) != NULL;
}

static unsigned probe(lb_span head)
{
    lb_span root = lb_xml_root_name(head);
    if (root.len == 0)
        return 0;
    if (lb_span_is(root, "UICMessage"))
        return 90;
    if (lb_span_is(root, "Envelope"))
        return holds(head, "UICMessage") ? 90 : 0;

    const taf_kind *kind = kind_of(root);
    if (kind == NULL)
        return holds(head, "<MessageReference>") && holds(head, "TAFTSI/") ? 80 : 0;
    bool is_plain_word = lb_span_is(root, "ErrorMessage") || lb_span_is(root, "AlertMessage");
    return is_plain_word && !holds(head, "MessageReference") ? 30 : 95;
}

/* -- header ----------------------------------------------------------------------------------- */

/* ".../TAFTSI/3.4" -> "3.4": used when MessageTypeVersion is missing. */
static lb_span version_of_namespace(const lb_xml_node *root)
{
    for (size_t i = 0; i < root->attribute_count; i++) {
        const lb_xml_attribute *a = &root->attributes[i];
        const char *mark = memmem(a->value.at, a->value.len, "TSI/", 4);
        bool is_namespace = lb_span_is(a->name, "xmlns") || lb_span_is(a->prefix, "xmlns");
        if (is_namespace && mark != NULL)
            return lb_span_between(mark + 4, a->value.at + a->value.len);
    }
    return LB_EMPTY;
}

/* Templates that were sent without being filled in: "REPLACE-WITH-ID", "${id}", "{{id}}", "?". */
static bool is_placeholder(lb_span text)
{
    return lb_span_is(text, "?") || lb_span_starts(text, "${") || lb_span_starts(text, "{{") ||
           lb_span_starts(text, "REPLACE") || lb_span_is(text, "string");
}

static void check_type(const lb_taf *taf, const taf_kind *kind, const lb_xml_node *type)
{
    if (type == NULL || kind->code[0] == '\0' || !lb_span_all_digits(type->text))
        return;
    if (!lb_span_is(type->text, kind->code))
        lb_taf_doubt(taf, NULL, type, LB_DOUBT_REF_MISMATCH);
}

static void read_header(lb_taf *taf, const taf_kind *kind)
{
    const lb_xml_node *header = lb_xml_child(taf->root, "MessageHeader");
    const lb_xml_node *reference = lb_xml_child(header, "MessageReference");
    lb_message_info *info = lb_sink_message_info(taf->sink);

    taf->sender = lb_taf_company(taf, lb_xml_text(header, "Sender"));
    info->party = taf->sender;
    info->format = LB_SPAN("TAF");
    info->format_version = lb_xml_text(reference, "MessageTypeVersion");
    if (info->format_version.len == 0)
        info->format_version = version_of_namespace(taf->root);
    info->message_ref = lb_xml_text(reference, "MessageIdentifier");
    if (is_placeholder(info->message_ref))
        lb_taf_doubt(taf, NULL, lb_xml_child(reference, "MessageIdentifier"), LB_DOUBT_GRAMMAR_ODD);
    info->reported_at_us = lb_taf_moment(taf, lb_xml_child(reference, "MessageDateTime"));
    check_type(taf, kind, lb_xml_child(reference, "MessageType"));
}

static void read_status(lb_taf *taf)
{
    const lb_xml_node *status = lb_xml_child(taf->root, "MessageStatus");
    lb_span text = status == NULL ? LB_EMPTY : status->text;

    taf->correction = LB_CORRECTION_NONE;
    if (lb_span_is(text, "2"))
        taf->correction = LB_CORRECTION_OVERRIDES;
    else if (lb_span_is(text, "3"))
        taf->correction = LB_CORRECTION_RETRACTS;
    else if (text.len > 0 && !lb_span_is(text, "1"))
        lb_taf_doubt(taf, NULL, status, LB_DOUBT_GRAMMAR_ODD);
}

/* -- the adapter ------------------------------------------------------------------------------ */

static lb_verdict read_kind(lb_taf *taf, const taf_kind *kind)
{
    read_header(taf, kind);
    read_status(taf);
    taf->responsible_ru = lb_xml_child(taf->root, "ResponsibleRU");
    taf->next_manager = lb_xml_child(taf->root, "TransfereeIM");
    taf->transfer_point = lb_xml_child(taf->root, "TransferPoint");
    return kind->read(taf);
}

static lb_verdict read_message(const lb_reading *reading, lb_span message, lb_sink *sink)
{
    lb_xml_fault fault;
    const lb_xml_node *root = lb_xml_read(sink, message, &fault);
    if (root == NULL)
        return probe(message) == 0 ? LB_VERDICT_NOT_MINE
                                   : lb_refuse(sink, fault.verdict, fault.where, "%s", fault.text);

    lb_verdict verdict = LB_VERDICT_NOT_MINE;
    root = lb_taf_open(sink, root, &verdict);
    if (root == NULL)
        return verdict;
    const taf_kind *kind = kind_of(root->name);
    if (kind == NULL && is_restriction(lb_xml_text(root, TYPE)))
        kind = &restriction;
    if (kind == NULL && lb_xml_text(root, TYPE).len > 0)
        return lb_refuse(sink, LB_VERDICT_UNKNOWN_KIND, root->where,
                         "unknown message name; adapters/rail/README.md lists those that are read");
    if (kind == NULL)
        return verdict;

    lb_taf taf = {.reading = reading, .sink = sink, .root = root};
    return read_kind(&taf, kind);
}

const lb_adapter lb_rail_taf = {
    .name = "rail.taf",
    .title = "TAF TSI messages of European railways, 2.1 to 3.5, bare or in the Common Interface",
    .revision = 2,
    .mode = LB_MODE_RAIL,
    .authority = LB_AUTHORITY_RAILWAY,
    .max_message = 8 * 1024 * 1024,
    .max_events = 20000,
    .probe = probe,
    .read = read_message,
    .answer = lb_taf_answer,
};
