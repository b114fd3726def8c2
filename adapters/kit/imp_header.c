/* imp_header.c - see imp_header.h. */
#include "imp_header.h"

enum { SMI_LINE_MAX = 12 };
enum { PLANNED_BEFORE = 30, PLANNED_AFTER = 335, ACTUAL_BEFORE = 335, ACTUAL_AFTER = 2 };

static const char identifiers[] =
    "FSU FSA FSR FSL FFM FBL FBR FFR FFA FOR FOA FVR FVA FMA FNA FWB FHL FPU SSU";

/* -- identifiers ------------------------------------------------------------------------------ */

bool lb_imp_is_one(lb_span smi, const char *words)
{
    lb_span rest = lb_span_of(words), word;
    while (lb_span_cut(&rest, ' ', &word))
        if (smi.len > 0 && lb_span_equal(word, smi))
            return true;
    return false;
}

bool lb_imp_smi(lb_span line, lb_span *smi, lb_span *version)
{
    lb_span head = lb_span_first(line, 3), tail = lb_span_after(line, 3);
    if (line.len < 3 || line.len > SMI_LINE_MAX || (tail.len > 0 && tail.at[0] != '/'))
        return false;
    tail = lb_span_after(tail, 1);
    if (tail.len > 3 || (tail.len > 0 && !lb_span_all_digits(tail)) ||
        !lb_imp_is_one(head, identifiers))
        return false;
    *smi = head;
    *version = tail;
    return true;
}

unsigned lb_imp_probe(lb_span head, const char *words)
{
    lb_span line, smi, version;
    while (lb_imp_line(&head, &line))
        if (lb_imp_smi(line, &smi, &version))
            return lb_imp_is_one(smi, words) ? 95 : 0;
    return 0;
}

/* -- the telegram ----------------------------------------------------------------------------- */

/* "121652": day, hour, minute of the month that is nearest to the time of reception. */
static int64_t nearest(int64_t stamp, int64_t received_us)
{
    int64_t best_us = LB_UNKNOWN, best = INT64_MAX;
    for (int months = -1; months <= 1; months++) {
        lb_civil civil;
        lb_utc_to_civil(received_us, 0, &civil);
        int month = civil.year * 12 + civil.month - 1 + months;
        civil = (lb_civil){.year = month / 12,
                           .month = month % 12 + 1,
                           .day = (int)(stamp / 10000),
                           .hour = (int)(stamp / 100 % 100),
                           .minute = (int)(stamp % 100)};
        if (!lb_civil_is_valid(&civil))
            continue;
        int64_t us = lb_civil_to_utc(&civil, 0);
        int64_t away = us > received_us ? us - received_us : received_us - us;
        if (away < best) {
            best = away;
            best_us = us;
        }
    }
    return best_us;
}

/* ".PVGFFCZ 121652" */
static void read_signature(const lb_reading *reading, lb_sink *sink, lb_span line,
                           lb_imp_header *header)
{
    lb_span address = LB_EMPTY, rest = lb_span_after(line, 1);
    int64_t stamp;
    lb_span_cut(&rest, ' ', &address);
    rest = lb_span_trim(rest);
    if (address.len != 7)
        return;
    header->sender = line;
    lb_sink_message_info(sink)->party = address;
    if (rest.len != 6 || !lb_span_number(rest, &stamp))
        return;
    int64_t sent_us = nearest(stamp, reading->received_us);
    if (sent_us == LB_UNKNOWN)
        return;
    lb_sink_message_info(sink)->reported_at_us = sent_us;
    header->reference_us = sent_us;
}

static void take_identifier(lb_sink *sink, int newest, const lb_imp_header *header)
{
    int64_t number;
    lb_sink_message_info(sink)->format = header->smi;
    lb_sink_message_info(sink)->format_version = header->version;
    if (newest > 0 && lb_span_number(header->version, &number) && number > newest)
        lb_doubt(sink, NULL, header->line, LB_DOUBT_GRAMMAR_ODD);
    if (header->is_repeated)
        lb_doubt(sink, NULL, header->line, LB_DOUBT_DUPLICATE_HINT);
}

bool lb_imp_open(const lb_reading *reading, lb_sink *sink, const char *words, int newest,
                 lb_span *rest, lb_imp_header *header)
{
    *header = (lb_imp_header){.reference_us = reading->received_us};
    while (lb_imp_line(rest, &header->line)) {
        if (lb_imp_smi(header->line, &header->smi, &header->version)) {
            if (!lb_imp_is_one(header->smi, words))
                return false;
            take_identifier(sink, newest, header);
            return true;
        }
        header->is_repeated = header->is_repeated || lb_span_is(header->line, "PDM");
        if (lb_span_starts(header->line, "."))
            read_signature(reading, sink, header->line, header);
    }
    return false;
}

/* -- lines that many messages have ------------------------------------------------------------ */

bool lb_imp_waybill_read(lb_span line, lb_imp_waybill *waybill)
{
    lb_span rest = line, number = LB_EMPTY;
    size_t digits = 4;
    lb_span_cut(&rest, '/', &number);
    if (number.len < 11 || number.at[3] != '-' || !lb_span_all_digits(lb_span_first(number, 3)))
        return false;
    while (digits < number.len && number.at[digits] >= '0' && number.at[digits] <= '9')
        digits++;
    lb_span ends = lb_span_after(number, digits);
    if (digits < 11 || digits > 12 || (ends.len > 0 && !lb_imp_is_letters(ends, 6)))
        return false;
    *waybill = (lb_imp_waybill){lb_span_first(number, digits), lb_span_first(ends, 3),
                                lb_span_after(ends, 3), rest};
    return true;
}

bool lb_imp_date(const lb_imp_day *day, int64_t reference_us, bool is_plan, lb_civil *civil)
{
    *civil = (lb_civil){.month = day->month, .day = day->day};
    return lb_civil_guess_year(civil, reference_us, is_plan ? PLANNED_BEFORE : ACTUAL_BEFORE,
                               is_plan ? PLANNED_AFTER : ACTUAL_AFTER);
}

bool lb_imp_customs(lb_span note, lb_span *mrn, lb_span *country)
{
    lb_span fields[3] = {LB_EMPTY, LB_EMPTY, LB_EMPTY}, rest = note;
    for (size_t i = 0; i < 3; i++)
        if (!lb_span_cut(&rest, '/', &fields[i]))
            return false;
    *mrn = rest;
    *country = fields[0];
    return lb_span_is(fields[2], "M") && rest.len > 0;
}
