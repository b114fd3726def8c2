/* jt808_message.c - what the readers of JT/T 808 messages share; see jt808_message.h. */
#include "jt808_message.h"

#include "china.h"
#include "landbridge/client/ident.h"
#include "landbridge/client/time.h"
#include "pack.h"

enum { OLDEST_YEAR = 2010 };

lb_event *lb_808_say(const lb_808_message *message, lb_event_type type, const char *code,
                     lb_role role)
{
    lb_event *event = lb_say(message->sink);
    lb_event_is(event, type, LB_CLASSIFIER_ACTUAL, LB_MODE_ROAD);
    char scheme[16];
    const lb_span parts[] = {LB_SPAN("JT808."), lb_span_of(code)};
    size_t len = lb_span_join(scheme, sizeof scheme, parts, 2);
    event->raw.scheme = lb_sink_copy(message->sink, (lb_span){scheme, len});
    if (message->is_odd)
        event->quality_flags = (event->quality_flags == LB_UNKNOWN ? 0 : event->quality_flags) |
                               LB_FLAG(LB_DOUBT_GRAMMAR_ODD);
    lb_event_object(event, role, LB_KIND_DEVICE, LB_SCHEME_TERMINAL, message->terminal);
    return event;
}

lb_object lb_808_device(const lb_808_message *message, lb_event *event)
{
    lb_object device;
    lb_ident_object(event, &device, LB_KIND_DEVICE, LB_SCHEME_TERMINAL, message->terminal);
    return device;
}

lb_span lb_808_text(const lb_808_message *message, lb_event *event, lb_span bytes)
{
    const char *charset = lb_source_charset(message->reading->source);
    return lb_sink_utf8(message->sink, event, charset != NULL ? charset : "GB18030",
                        lb_pack_trim(bytes));
}

/* A single repeated character (000000, a VIN of ones) is not a real plate either. */
bool lb_808_is_nobodys_plate(lb_span plate)
{
    static const char *const defaults[] = {"\u7ca4B88888", "ABC00000"};
    if (plate.len < 6 || lb_span_starts(plate, "\u6d4b") ||
        memmem(plate.at, plate.len, "\uFFFD", strlen("\uFFFD")) != NULL)
        return true;
    for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++)
        if (lb_span_is(plate, defaults[i]))
            return true;
    for (size_t i = 1; i < plate.len; i++)
        if (plate.at[i] != plate.at[0])
            return false;
    return true;
}

const char *lb_808_colour(uint8_t colour)
{
    switch (colour) {
    case 1:
        return "blue";
    case 2:
        return "yellow";
    case 3:
        return "black";
    case 4:
        return "white";
    case 5:
        return "green";
    case 9:
        return "other";
    case 91:
        return "farm yellow";
    case 92:
        return "farm green";
    case 93:
        return "yellow and green";
    case 94:
        return "gradient green";
    default:
        return "";
    }
}

lb_span lb_808_ascii(lb_span field)
{
    field = lb_pack_trim(field);
    for (size_t i = 0; i < field.len; i++)
        if (field.at[i] <= 0x20 || field.at[i] > 0x7E)
            return LB_EMPTY;
    return field;
}

/* The last four characters of the licence distinguish the drivers of one truck without
 * identifying them. */
lb_span lb_808_driver(lb_sink *sink, lb_span licence)
{
    licence = lb_808_ascii(licence);
    if (licence.len < 5)
        return LB_EMPTY;
    return lb_sink_print(sink, "driver:****%.4s", licence.at + licence.len - 4);
}

static size_t sent_len(const lb_808_message *message, size_t at)
{
    return message->inner.at[at] == 0x7D ? 2 : 1;
}

bool lb_808_trail(lb_808_message *message)
{
    size_t count = message->plain.len / LB_808_TRAIL + 1, at = 0;
    if (count == 1)
        return true;
    uint32_t *trail = lb_sink_alloc(message->sink, count * sizeof *trail);
    for (size_t i = 0; trail != NULL && i <= message->plain.len; i++) {
        if (i % LB_808_TRAIL == 0)
            trail[i / LB_808_TRAIL] = (uint32_t)at;
        at += i < message->plain.len ? sent_len(message, at) : 0;
    }
    message->trail = trail;
    return trail != NULL;
}

/* Escapes make the plain bytes shorter than the sent ones: counts from the last known place. */
lb_span lb_808_where(const lb_808_message *message, lb_span part)
{
    if (message->plain.at == message->inner.at)
        return part;
    size_t begin = (size_t)(part.at - message->plain.at), end = begin + part.len;
    size_t known = begin / LB_808_TRAIL, plain = message->trail == NULL ? 0 : known * LB_808_TRAIL;
    size_t i = message->trail == NULL ? 0 : message->trail[known], from = i, to = i;
    while (i < message->inner.len && plain < end) {
        if (plain == begin)
            from = i;
        i += sent_len(message, i);
        plain++;
        to = i;
    }
    if (part.len == 0)
        return (lb_span){message->inner.at + to, 0};
    return (lb_span){message->inner.at + from, to - from};
}

void lb_808_doubt(const lb_808_message *message, lb_event *event, lb_span part, lb_doubt_code code)
{
    lb_doubt(message->sink, event, lb_808_where(message, part), code);
}

void lb_808_time(const lb_808_message *message, lb_event *event, lb_span six)
{
    char digits[2 * 6 + 1];
    lb_civil civil;
    bool is_bcd = lb_bcd_digits(six, digits);
    lb_span text = lb_sink_copy(message->sink, lb_span_of(digits));

    if (!is_bcd || !lb_civil_bcd((const uint8_t *)six.at, &civil) || civil.year < OLDEST_YEAR ||
        !lb_civil_is_valid(&civil)) {
        event->occurred.local_text = text;
        lb_808_doubt(message, event, six, LB_DOUBT_TIME_IMPOSSIBLE);
        return;
    }
    lb_when_set_beijing(event, &event->occurred, &civil, LB_PRECISION_SECOND, text,
                        message->reading->source);
}

void lb_808_time_heard(const lb_808_message *message, lb_event *event)
{
    event->occurred.utc_us = message->reading->received_us;
    event->occurred.prec = LB_PRECISION_UNKNOWN;
}
