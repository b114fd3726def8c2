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
 * By the book a message carries one status; real ones carry dozens, about several waybills, so both kinds
 * are one grammar. Years are never sent and zones neither: the year is the one nearest to the telegram's
 * or the hub's time, the zone is the airport's. A status that is not known is an event all the same. */
#include "fsu.h"

#include "landbridge/ident.h"
#include "landbridge/time.h"

enum { SMI_LINE_MAX = 12, NEWEST_VERSION = 15 };

/* -- which message it is ---------------------------------------------------------------------- */

typedef struct kind {
    const char *smi;
    const char *refusal; /* NULL: it is read */
} kind;

static const kind kinds[] = {
    {"FSU", NULL},
    {"FSA", NULL},
    {"FMA", "an acknowledgement quotes a message and says nothing of cargo"},
    {"FNA", "a rejection quotes a message and says nothing of cargo"},
    {"FSR", "a request for status: ask the hub over its query socket"},
    {"FFM", "manifests are not read"},
    {"FBL", "booked lists are not read"},
    {"FFR", "space requests are not read"},
    {"FFA", "space answers are not read"},
    {"FWB", "waybill data is not read"},
    {"FHL", "house manifests are not read"},
};

/* "FSU/14", alone on its line. */
static const kind *kind_of(lb_span line, lb_span *version)
{
    lb_span head = lb_span_first(line, 3), tail = lb_span_after(line, 3);
    if (line.len > SMI_LINE_MAX || (tail.len > 0 && tail.at[0] != '/'))
        return NULL;
    tail = lb_span_after(tail, 1);
    if (tail.len > 3 || (tail.len > 0 && !lb_span_all_digits(tail)))
        return NULL;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (lb_span_is(head, kinds[i].smi)) {
            *version = tail;
            return &kinds[i];
        }
    return NULL;
}

static unsigned probe(lb_span head)
{
    lb_span line, version;
    while (lb_imp_line(&head, &line))
        if (kind_of(line, &version) != NULL)
            return 90;
    return 0;
}

/* -- the telegram around it ------------------------------------------------------------------- */

/* ".PVGFFCZ 121652": the day of the month nearest to the time of reception. */
static void read_signature(lb_fsu *fsu, lb_span line)
{
    lb_span address, rest = lb_span_after(line, 1);
    lb_civil civil;
    int64_t stamp;
    lb_span_cut(&rest, ' ', &address);
    rest = lb_span_trim(rest);
    if (address.len != 7)
        return;
    lb_sink_letter(fsu->sink)->party = address;
    if (rest.len != 6 || !lb_span_number(rest, &stamp))
        return;

    int64_t best_us = LB_UNKNOWN, best = INT64_MAX;
    for (int months = -1; months <= 1; months++) {
        lb_utc_to_civil(fsu->reading->received_us, 0, &civil);
        int month = civil.year * 12 + civil.month - 1 + months;
        civil = (lb_civil){.year = month / 12,
                           .month = month % 12 + 1,
                           .day = (int)(stamp / 10000),
                           .hour = (int)(stamp / 100 % 100),
                           .minute = (int)(stamp % 100)};
        int64_t us = lb_civil_is_valid(&civil) ? lb_civil_to_utc(&civil, 0) : LB_UNKNOWN;
        int64_t away = us == LB_UNKNOWN ? INT64_MAX : us - fsu->reading->received_us;
        away = away < 0 ? -away : away;
        if (away < best) {
            best = away;
            best_us = us;
        }
    }
    if (best_us == LB_UNKNOWN)
        return;
    lb_sink_letter(fsu->sink)->reported_at_us = best_us;
    fsu->reference_us = best_us;
}

static bool is_possible_duplicate(lb_span line)
{
    return lb_span_is(line, "PDM");
}

static lb_verdict read_head(lb_fsu *fsu, lb_span *rest)
{
    lb_span line, version;
    bool is_repeated = false;
    while (lb_imp_line(rest, &line)) {
        const kind *found = kind_of(line, &version);
        is_repeated = is_repeated || is_possible_duplicate(line);
        if (found == NULL && lb_span_starts(line, "."))
            read_signature(fsu, line);
        if (found == NULL)
            continue;
        if (found->refusal != NULL)
            return lb_refuse(fsu->sink, LB_VERDICT_UNKNOWN_KIND, line, "%s", found->refusal);
        int64_t number;
        fsu->smi = lb_span_first(line, 3);
        lb_sink_letter(fsu->sink)->format = fsu->smi;
        lb_sink_letter(fsu->sink)->format_version = version;
        if (lb_span_number(version, &number) && number > NEWEST_VERSION)
            lb_doubt(fsu->sink, NULL, line, LB_DOUBT_GRAMMAR_ODD);
        if (is_repeated)
            lb_doubt(fsu->sink, NULL, line, LB_DOUBT_DUPLICATE_HINT);
        return LB_VERDICT_READ;
    }
    return LB_VERDICT_NOT_MINE;
}

/* -- the consignment -------------------------------------------------------------------------- */

/* 784-30418264[PVGURC][/T24K812.5]; old serials have 7 digits. False: it is no such line. */
static bool read_consignment(lb_fsu *fsu, lb_span line)
{
    lb_span rest = line, number;
    lb_span_cut(&rest, '/', &number);
    if (number.len < 11 || number.at[3] != '-' || !lb_span_all_digits(lb_span_first(number, 3)))
        return false;
    size_t digits = 4;
    while (digits < number.len && number.at[digits] >= '0' && number.at[digits] <= '9')
        digits++;
    lb_span ends = lb_span_after(number, digits);
    if (digits < 11 || digits > 12 || (ends.len > 0 && !lb_imp_is_letters(ends, 6)))
        return false;

    fsu->awb = lb_span_first(number, digits);
    fsu->origin = lb_span_first(ends, 3);
    fsu->destination = lb_span_after(ends, 3);
    fsu->view = (lb_imp_quantity){.gross_g = LB_UNKNOWN, .total = LB_UNKNOWN};
    fsu->consignment = fsu->status = lb_sink_count(fsu->sink);
    fsu->continued = 0;
    if (rest.len > 0 && !lb_imp_quantity_read(rest, &fsu->view))
        lb_doubt(fsu->sink, NULL, rest, LB_DOUBT_GRAMMAR_ODD);
    return true;
}

/* -- lines that belong to another ------------------------------------------------------------- */

static bool has_status(const lb_fsu *fsu)
{
    return lb_sink_count(fsu->sink) > fsu->status;
}

/* A remark or customs note before any status is news of its own: a waybill that nobody knows, say. */
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
    lb_event *event = lb_sink_event(fsu->sink, fsu->status); /* the fact itself, not its plans */
    lb_span old = event->remark;
    event->remark =
        old.len == 0 ? text : lb_sink_print(fsu->sink, "%.*s %.*s", LB_ARG(old), LB_ARG(text));
}

/* country / information / control / text: M carries the customs' own reference. */
static void read_customs(lb_fsu *fsu, lb_span note)
{
    lb_span fields[4] = {LB_EMPTY, LB_EMPTY, LB_EMPTY, LB_EMPTY}, rest = note;
    for (size_t i = 0; i < 4; i++)
        if (i == 3)
            fields[i] = rest;
        else if (!lb_span_cut(&rest, '/', &fields[i]))
            break;
    bool is_customs = lb_span_is(fields[2], "M") && fields[3].len > 0;
    for (size_t i = fsu->consignment; is_customs && i < lb_sink_count(fsu->sink); i++)
        lb_event_reference(lb_sink_event(fsu->sink, i), LB_SCHEME_MRN, fields[3], fields[0]);
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

static void read_attached(lb_fsu *fsu, lb_span line)
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

/* PART/2/CONT and the like frame long messages; a repeated head starts the next part or message. */
static bool is_frame(lb_span line)
{
    lb_span version;
    return line.len == 0 || lb_span_starts(line, "PART/") || lb_span_is(line, "LAST") ||
           lb_span_is(line, "CONT") || is_possible_duplicate(line) ||
           kind_of(line, &version) != NULL;
}

/* -- the whole -------------------------------------------------------------------------------- */

static lb_verdict read_line(lb_fsu *fsu, lb_span line)
{
    if (is_frame(line) || read_consignment(fsu, line))
        return LB_VERDICT_READ;
    if (fsu->awb.len == 0)
        return lb_refuse(fsu->sink, LB_VERDICT_GARBLED, line,
                         "an air waybill must stand here, like 784-30418264PVGURC/T24K812.5");
    if (line.at[0] == '/')
        read_continuation(fsu, line);
    else if (is_attached(line))
        read_attached(fsu, line);
    else if (is_status(line))
        lb_fsu_status(fsu, line);
    else
        lb_doubt(fsu->sink, NULL, line, LB_DOUBT_GRAMMAR_ODD);
    return LB_VERDICT_READ;
}

static lb_verdict read_message(const lb_reading *reading, lb_span message, lb_sink *sink)
{
    lb_fsu fsu = {.reading = reading, .sink = sink, .reference_us = reading->received_us};
    lb_span rest = lb_sink_utf8(sink, NULL, "UTF-8", message), line;

    if (rest.at != message.at)
        lb_doubt(sink, NULL, message, LB_DOUBT_CHARSET_REPAIRED);
    lb_verdict verdict = read_head(&fsu, &rest);
    while (verdict == LB_VERDICT_READ && lb_imp_line(&rest, &line))
        verdict = read_line(&fsu, line);
    if (verdict == LB_VERDICT_READ && fsu.awb.len == 0)
        return lb_refuse(sink, LB_VERDICT_CUT_SHORT, lb_span_after(message, message.len),
                         "the message ends before its air waybill");
    return verdict;
}

const lb_adapter lb_air_fsu = {
    .name = "air.fsu",
    .title = "Cargo-IMP FSU and FSA, editions 8 to 15",
    .revision = 1,
    .mode = LB_MODE_AIR,
    .max_message = (size_t)1024 * 1024,
    .max_events = 20000,
    .probe = probe,
    .read = read_message,
};
