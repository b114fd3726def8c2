/* china.c - Beijing time, and fields that say nothing. */
#include "china.h"

enum { BEIJING_MIN = 8 * 60 };

void lb_when_set_beijing(lb_event *event, lb_when *when, const lb_civil *civil, lb_precision prec,
                         lb_span local_text, const lb_source *source)
{
    bool has_zone = lb_source_zone(source) != NULL;
    lb_when_set(event, when, civil, has_zone ? LB_UNKNOWN : BEIJING_MIN, prec, local_text, source,
                NULL);
    if (!has_zone && when->utc_us != LB_UNKNOWN)
        when->tz = LB_TZ_ASSUMED_UTC8;
}

/* The same with 'T' for the blank and '-' for '/', so that the reader of ISO times can read it. */
static lb_span as_iso(char *out, size_t room, lb_span text)
{
    text = lb_span_first(text, room);
    for (size_t i = 0; i < text.len; i++)
        out[i] = text.at[i] == '/' ? '-' : text.at[i] == ' ' ? 'T' : text.at[i];
    return (lb_span){out, text.len};
}

void lb_when_read_beijing(lb_event *event, lb_when *when, lb_span text, const lb_source *source)
{
    enum { ROOM = 32 };
    char iso[ROOM];
    lb_civil civil = {0};
    int64_t offset_min = LB_UNKNOWN;
    bool is_digits = lb_span_all_digits(text) && lb_civil_digits(text, &civil);
    if (lb_china_is_nothing(text))
        return;
    when->local_text = text;
    if (!is_digits && !lb_civil_iso(as_iso(iso, sizeof iso, text), &civil, &offset_min)) {
        lb_doubt(event->sink, event, text, LB_DOUBT_TIME_IMPOSSIBLE);
        return;
    }
    lb_precision prec = text.len <= 10 ? LB_PRECISION_DAY : LB_PRECISION_SECOND;
    if (text.len == 12 || text.len == 16)
        prec = LB_PRECISION_MINUTE;
    if (offset_min != LB_UNKNOWN)
        lb_when_set(event, when, &civil, offset_min, prec, text, source, NULL);
    else
        lb_when_set_beijing(event, when, &civil, prec, text, source);
}

bool lb_china_is_nothing(lb_span text)
{
    static const char *const nothings[] = {"0", "-1", "null", "NULL", "None", "--", "-"};
    for (size_t i = 0; i < sizeof nothings / sizeof nothings[0]; i++)
        if (lb_span_is(text, nothings[i]))
            return true;
    return text.len == 0;
}
