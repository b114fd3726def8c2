/* fsu.c - air cargo status, Cargo-IMP FSU and FSA, editions 8 to 15.
 *
 *     QD URCFMCZ                               telegram header, when it came as one
 *     .PVGFFCZ 121652                          origin, time in UTC: day, hour, minute
 *     FSU/14
 *     784-30418264PVGURC/T24K812.5             air waybill, its ends, all 24 pieces
 *     DEP/CZ5417/12MAR/PVGURC/P15K507.5/A1652/E2150
 *     ULD/PMC40217CZ                           belongs to the status before it
 *     OCI/CN/EXP/M/26CN5500417A                belongs to the consignment
 *     OSI/SECOND PART FOLLOWS                  remark
 *
 * By IATA Cargo-IMP a message carries one status; real ones carry dozens, about several waybills. FSU and FSA
 * share the grammar. Years and zones are never sent: the year is the one nearest to the time of the telegram
 * or of reception, the zone is the airport's. An unknown status code still gives an event. */
#include "fsu.h"

#include "landbridge/client/ident.h"
#include "landbridge/client/time.h"

enum {
    NEWEST_EDITION = 15,
    CUSTOMS_LINES =
        99 /* of one waybill, each copied to each of its statuses; the standard expects few */
};

static const char mine[] = "FSU FSA";
/* claimed by no adapter, and not read yet */
static const char unread[] = "FWB FHL FSL FPU SSU FBR FVR";

static unsigned probe(lb_span head)
{
    unsigned sure = lb_imp_probe(head, mine);
    return sure > 0 ? sure : lb_imp_probe(head, unread);
}

static lb_verdict read_head(lb_fsu *fsu, lb_span *rest)
{
    lb_imp_header imp;
    if (!lb_imp_open(fsu->reading, fsu->sink, mine, NEWEST_EDITION, rest, &imp))
        return lb_imp_is_one(imp.smi, unread)
                   ? lb_refuse(fsu->sink, LB_VERDICT_UNKNOWN_KIND, imp.line,
                               "this kind of Cargo-IMP message is not read yet")
                   : LB_VERDICT_NOT_MINE;
    fsu->smi = imp.smi;
    fsu->reference_us = imp.reference_us;
    return LB_VERDICT_READ;
}

/* -- the consignment -------------------------------------------------------------------------- */

/* 784-30418264[PVGURC][/T24K812.5]. False: the line is something else. */
static bool read_consignment(lb_fsu *fsu, lb_span line)
{
    lb_imp_waybill waybill;
    if (!lb_imp_waybill_read(line, &waybill))
        return false;
    fsu->awb = waybill.awb;
    fsu->origin = waybill.origin;
    fsu->destination = waybill.destination;
    fsu->consigned = (lb_imp_quantity){.gross_g = LB_UNKNOWN, .total = LB_UNKNOWN};
    fsu->consignment = fsu->status = lb_sink_count(fsu->sink);
    fsu->continued = 0;
    fsu->customs_lines = 0;
    if (waybill.rest.len > 0 && !lb_imp_quantity_read(waybill.rest, &fsu->consigned))
        lb_doubt(fsu->sink, NULL, waybill.rest, LB_DOUBT_GRAMMAR_ODD);
    return true;
}

/* -- lines that belong to a status or consignment ---------------------------------------------- */

static bool has_status(const lb_fsu *fsu)
{
    return lb_sink_count(fsu->sink) > fsu->status;
}

/* A remark or customs note before any status gets an event of its own (an unknown waybill, for
 * example). */
static void need_event(lb_fsu *fsu, lb_span line)
{
    if (has_status(fsu))
        return;
    lb_event *event = lb_fsu_say(fsu, LB_EVENT_UNSPECIFIED, LB_CLASSIFIER_ACTUAL, line);
    event->occurred.prec = LB_PRECISION_UNKNOWN;
    lb_fsu_key(fsu, event, line);
}

/* PMC40217CZ[-L]: type 3, serial 4 to 5, owner 2 to 3. */
static void add_uld(lb_fsu *fsu, lb_span unit)
{
    lb_span id;
    lb_span_cut(&unit, '-', &id);
    for (size_t i = fsu->status; i < lb_sink_count(fsu->sink); i++) {
        lb_event *event = lb_sink_event(fsu->sink, i);
        if (event->classifier != LB_CLASSIFIER_ACTUAL)
            continue;
        lb_object *uld = lb_event_object(event, LB_ROLE_UNIT, LB_KIND_ULD, LB_SCHEME_ULD, id);
        if (uld != NULL && id.len < 9)
            lb_doubt(fsu->sink, event, id, LB_DOUBT_GRAMMAR_ODD);
    }
}

static void read_ulds(lb_fsu *fsu, lb_span units)
{
    lb_span unit;
    while (lb_span_cut(&units, '/', &unit))
        if (unit.len > 0)
            add_uld(fsu, unit);
}

static void add_remark(lb_fsu *fsu, lb_span text)
{
    if (!has_status(fsu)) /* no memory was left for it */
        return;
    /* the fact itself, not the plans that it implies */
    lb_event *event = lb_sink_event(fsu->sink, fsu->status);
    lb_join(fsu->sink, &event->remark, " ", text);
}

/* country / information / control / text: control M carries the customs reference. */
static void read_customs(lb_fsu *fsu, lb_span note)
{
    lb_span mrn, country;
    bool is_customs = lb_imp_customs(note, &mrn, &country);
    if (++fsu->customs_lines > CUSTOMS_LINES) {
        lb_too_much(fsu->sink, note, "more than %d customs lines of one waybill", CUSTOMS_LINES);
        return;
    }
    for (size_t i = fsu->consignment; is_customs && i < lb_sink_count(fsu->sink); i++)
        lb_event_reference(lb_sink_event(fsu->sink, i), LB_SCHEME_MRN, mrn, country);
    if (!is_customs)
        add_remark(fsu, note);
}

static void read_continuation(lb_fsu *fsu, lb_span line)
{
    lb_span text = lb_span_after(line, 1);
    int64_t ml;
    if (fsu->continued == 'U') {
        read_ulds(fsu, text);
    } else if (fsu->continued == 'O') {
        read_customs(fsu, text);
    } else if (fsu->continued != 0 && has_status(fsu)) {
        lb_event *event = lb_sink_event(fsu->sink, fsu->status);
        if (fsu->continued == 'R' && lb_imp_volume_read(text, &ml))
            event->qty.volume_ml = ml;
        else
            add_remark(fsu, text);
    } else {
        lb_doubt(fsu->sink, NULL, line, LB_DOUBT_GRAMMAR_ODD);
    }
}

void lb_fsu_attach(lb_fsu *fsu, lb_span line)
{
    lb_span text = lb_span_after(line, 4);
    need_event(fsu, line);
    fsu->continued = line.at[1] == 'L' ? 'U' : line.at[1] == 'C' ? 'O' : 'I';
    if (fsu->continued == 'U')
        read_ulds(fsu, text);
    else if (fsu->continued == 'O')
        read_customs(fsu, text);
    else
        add_remark(fsu, text);
}

static bool is_attached(lb_span line)
{
    return lb_span_starts(line, "ULD/") || lb_span_starts(line, "OCI/") ||
           lb_span_starts(line, "OSI/");
}

/* "DEP/...": three letters or digits and a slant. */
static bool is_status(lb_span line)
{
    if (line.len < 4 || line.at[3] != '/')
        return false;
    for (size_t i = 0; i < 3; i++)
        if (!((line.at[i] >= 'A' && line.at[i] <= 'Z') || (line.at[i] >= '0' && line.at[i] <= '9')))
            return false;
    return true;
}

/* PART/2/CONT and the like frame long messages; a repeated identifier starts the next part or
 * message. */
static bool is_frame(lb_span line)
{
    lb_span smi, version;
    return line.len == 0 || lb_span_starts(line, "PART/") || lb_span_is(line, "LAST") ||
           lb_span_is(line, "CONT") || lb_span_is(line, "PDM") || lb_imp_smi(line, &smi, &version);
}

/* A message of another kind begins behind this line. It may quote a status, which must not be
 * read. */
static bool is_foreign(lb_span line)
{
    lb_span smi, version;
    return lb_imp_smi(line, &smi, &version) && !lb_imp_is_one(smi, mine);
}

/* -- the message ------------------------------------------------------------------------------- */

static lb_verdict read_line(lb_fsu *fsu, lb_span line)
{
    if (is_frame(line) || read_consignment(fsu, line))
        return LB_VERDICT_READ;
    if (fsu->awb.len == 0)
        return lb_refuse(fsu->sink, LB_VERDICT_GARBLED, line,
                         "expected an air waybill, like 784-30418264PVGURC/T24K812.5");
    if (line.at[0] == '/')
        read_continuation(fsu, line);
    else if (is_attached(line))
        lb_fsu_attach(fsu, line);
    else if (is_status(line))
        lb_fsu_status(fsu, line);
    else
        lb_doubt(fsu->sink, NULL, line, LB_DOUBT_GRAMMAR_ODD);
    return LB_VERDICT_READ;
}

static lb_verdict read_message(const lb_reading *reading, lb_span message, lb_sink *sink)
{
    lb_fsu fsu = {
        .reading = reading, .sink = sink, .offset_min = LB_UNKNOWN, .dated_us = LB_UNKNOWN};
    lb_span rest = lb_sink_utf8(sink, NULL, "UTF-8", message), line = LB_EMPTY;

    if (rest.at != message.at)
        lb_doubt(sink, NULL, message, LB_DOUBT_CHARSET_REPAIRED);
    lb_verdict verdict = read_head(&fsu, &rest);
    while (verdict == LB_VERDICT_READ && lb_imp_line(&rest, &line) && !is_foreign(line))
        verdict = read_line(&fsu, line);
    if (verdict == LB_VERDICT_READ && is_foreign(line))
        lb_doubt(sink, NULL, line, LB_DOUBT_GRAMMAR_ODD);
    if (verdict == LB_VERDICT_READ && fsu.awb.len == 0)
        return lb_refuse(sink, LB_VERDICT_CUT_SHORT, lb_span_after(message, message.len),
                         "the message ends before its air waybill");
    return verdict;
}

const lb_adapter lb_air_fsu = {
    .name = "air.fsu",
    .title = "Cargo-IMP FSU and FSA, editions 8 to 15",
    .revision = 2,
    .mode = LB_MODE_AIR,
    .max_message = (size_t)1024 * 1024,
    .max_events = 20000,
    .probe = probe,
    .read = read_message,
};
