/* fma.c - Cargo-IMP FMA and FNA: the acknowledgement or rejection of a message.
 *
 *     FNA/1
 *     ACK/AWB NOT ON FILE          reason; a slant continues it
 *     FSU/14                       the acknowledged message, quoted
 *     784-30418264PVGURC/T24K812.5
 *     DLV/12MAR1510/URC/T24K812.5/NOBODY
 *
 * The quoted message only identifies the message and air waybill; it is never read as a status. The event is
 * the approval (FMA) or rejection (FNA) of a document. */
#include "imp_header.h"

static const char mine[] = "FMA FNA";
/* these concern a flight: their first waybill is one of many */
static const char lists[] = "FFM FBL";

typedef struct note { /* while it is read */
    lb_sink *sink;
    lb_imp_header imp;
    lb_span reason, ack; /* the text; the whole first line of it */
    lb_span about;       /* identifier of the quoted message     */
    lb_span awb;
} note;

static unsigned probe(lb_span head)
{
    return lb_imp_probe(head, mine);
}

static void add_reason(note *n, lb_span text)
{
    lb_join(n->sink, &n->reason, " ", text);
}

/* Before the quoted message: its reason. Inside it: the first waybill. */
static void read_line(note *n, lb_span line)
{
    lb_imp_waybill waybill;
    lb_span smi, version;
    if (n->about.len > 0) {
        if (n->awb.len == 0 && !lb_imp_is_one(n->about, lists) &&
            lb_imp_waybill_read(lb_span_starts(line, "MBI/") ? lb_span_after(line, 4) : line,
                                &waybill))
            n->awb = waybill.awb;
    } else if (lb_imp_smi(line, &smi, &version)) {
        n->about = smi;
    } else if (lb_span_starts(line, "ACK/")) {
        n->ack = line;
        add_reason(n, lb_span_after(line, 4));
    } else if (n->ack.len > 0 && lb_span_starts(line, "/")) {
        add_reason(n, lb_span_after(line, 1));
    } else if (line.len > 0) {
        lb_doubt(n->sink, NULL, line, LB_DOUBT_GRAMMAR_ODD);
    }
}

static void say(const note *n)
{
    bool is_accepted = lb_span_is(n->imp.smi, "FMA");
    lb_event *event = lb_say(n->sink);
    lb_event_is(event, is_accepted ? LB_EVENT_APPR : LB_EVENT_REJE, LB_CLASSIFIER_ACTUAL,
                LB_MODE_AIR);
    lb_event_raw(event, "FMA", n->imp.smi, n->ack);
    lb_event_reference(event, LB_SCHEME_AWB, n->awb, LB_EMPTY);
    event->occurred.utc_us = n->imp.reference_us;
    event->occurred.prec = LB_PRECISION_UNKNOWN;
    event->remark = n->about.len == 0 || n->reason.len == 0
                        ? n->reason
                        : lb_sink_print(n->sink, "%.*s: %.*s", LB_ARG(n->about), LB_ARG(n->reason));
    event->source_event_key = lb_sink_print(n->sink, "%.*s|%.*s|%.*s|%.*s", LB_ARG(n->imp.smi),
                                            LB_ARG(n->about), LB_ARG(n->awb), LB_ARG(n->reason));
    if (n->ack.len == 0)
        lb_doubt(n->sink, event, n->imp.line, LB_DOUBT_GRAMMAR_ODD);
}

static lb_verdict read_message(const lb_reading *reading, lb_span message, lb_sink *sink)
{
    note n = {.sink = sink};
    lb_span rest = lb_sink_utf8(sink, NULL, "UTF-8", message), line;
    if (rest.at != message.at)
        lb_doubt(sink, NULL, message, LB_DOUBT_CHARSET_REPAIRED);
    if (!lb_imp_open(reading, sink, mine, 0, &rest, &n.imp))
        return LB_VERDICT_NOT_MINE;
    while (lb_imp_line(&rest, &line))
        read_line(&n, line);
    if (n.ack.len == 0 && n.about.len == 0)
        return lb_refuse(sink, LB_VERDICT_CUT_SHORT, lb_span_after(message, message.len),
                         "the message ends before its reason, like ACK/MESSAGE PROCESSED");
    say(&n);
    return LB_VERDICT_READ;
}

const lb_adapter lb_air_fma = {
    .name = "air.fma",
    .title = "Cargo-IMP FMA and FNA, accepted and rejected",
    .revision = 1,
    .mode = LB_MODE_AIR,
    .max_message = (size_t)1024 * 1024,
    .max_events = 4,
    .probe = probe,
    .read = read_message,
};
