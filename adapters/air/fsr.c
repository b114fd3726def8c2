/* fsr.c - request for status, Cargo-IMP FSR.
 *
 *     QD URCFMCZ                         telegram header, when it came as one
 *     .PVGFFCZ 121652                    where the answer goes
 *     FSR
 *     784-30418275/P8T40                 air waybill, or a part of it
 *     CZ5417/12MAR/PVGURC                flight, optional
 *     OSI/PLEASE ANSWER SOON
 *
 * A request gives no event. It is kept like every message and answered with an FSA by fsr_tell.c. */
#include "fsr.h"

static const char mine[] = "FSR";

static unsigned probe(lb_span head)
{
    return lb_imp_probe(head, mine);
}

bool lb_fsr_open(lb_span message, lb_fsr *fsr)
{
    lb_span rest = message, line, smi = LB_EMPTY, version;
    *fsr = (lb_fsr){0};
    while (smi.len == 0 && lb_imp_line(&rest, &line)) {
        bool is_named = lb_imp_smi(line, &smi, &version);
        if (!is_named && lb_span_starts(line, "."))
            fsr->signature = line;
        else if (!is_named && fsr->signature.len == 0 && line.len > 7)
            fsr->addresses = fsr->addresses.len == 0 ? line : fsr->addresses;
    }
    if (!lb_imp_is_one(smi, mine))
        return false;
    while (lb_imp_line(&rest, &line) && !lb_imp_waybill_read(line, &fsr->waybill)) {
    }
    return true;
}

static lb_span ask(const lb_reading *reading, lb_span message)
{
    lb_fsr fsr;
    (void)reading;
    return lb_fsr_open(message, &fsr) ? fsr.waybill.awb : LB_EMPTY;
}

/* CZ5417/12MAR/PVGURC, OSI/ and its continuation, quantities: they do not change the answer. */
static bool is_known(lb_span line)
{
    return line.len == 0 || memchr(line.at, '/', line.len) != NULL || lb_span_is(line, "PDM");
}

static lb_verdict read_message(const lb_reading *reading, lb_span message, lb_sink *sink)
{
    lb_imp_header imp;
    lb_imp_waybill waybill = {LB_EMPTY, LB_EMPTY, LB_EMPTY, LB_EMPTY};
    lb_span rest = lb_sink_utf8(sink, NULL, "UTF-8", message), line;
    if (rest.at != message.at)
        lb_doubt(sink, NULL, message, LB_DOUBT_CHARSET_REPAIRED);
    if (!lb_imp_open(reading, sink, mine, 0, &rest, &imp))
        return LB_VERDICT_NOT_MINE;
    while (lb_imp_line(&rest, &line))
        if (!lb_imp_waybill_read(line, &waybill) && !is_known(line))
            lb_doubt(sink, NULL, line, LB_DOUBT_GRAMMAR_ODD);
    if (waybill.awb.len == 0)
        return lb_refuse(sink, LB_VERDICT_CUT_SHORT, lb_span_after(message, message.len),
                         "the message ends before its air waybill, like 784-30418264");
    return LB_VERDICT_READ;
}

const lb_adapter lb_air_fsr = {
    .name = "air.fsr",
    .title = "Cargo-IMP FSR, answered with an FSA",
    .revision = 1,
    .mode = LB_MODE_AIR,
    .max_message = (size_t)64 * 1024,
    .max_events = 4,
    .probe = probe,
    .read = read_message,
    .ask = ask,
    .tell = lb_fsr_tell,
};
