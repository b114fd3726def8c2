/* china.c - Beijing time, and placeholders for an absent value. */
#include "china.h"

#include "dates.h"

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

void lb_when_read_beijing(lb_event *event, lb_when *when, lb_span text, const lb_source *source)
{
    lb_civil civil = {0};
    int64_t offset_min = LB_UNKNOWN;
    lb_precision prec;
    if (lb_china_is_nothing(text))
        return;
    if (!lb_dates_read(text, &civil, &offset_min, &prec)) {
        when->local_text = text;
        lb_doubt(event->sink, event, text, LB_DOUBT_TIME_IMPOSSIBLE);
    } else if (offset_min != LB_UNKNOWN) {
        lb_when_set(event, when, &civil, offset_min, prec, text, source, NULL);
    } else {
        lb_when_set_beijing(event, when, &civil, prec, text, source);
    }
}

bool lb_china_is_nothing(lb_span text)
{
    static const char *const nothings[] = {"0", "-1", "null", "NULL", "None", "--", "-"};
    for (size_t i = 0; i < sizeof nothings / sizeof nothings[0]; i++)
        if (lb_span_is(text, nothings[i]))
            return true;
    return text.len == 0;
}
