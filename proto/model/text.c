/* text.c - conversion of texts to UTF-8. */
#include <errno.h>
#include <iconv.h>

#include "sink.h"
#include "utf8.h"

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */
enum { REPLACEMENT = sizeof replacement - 1 };

/* Keeps valid UTF-8 and puts U+FFFD for each other byte, also for NUL. */
static lb_span repaired(lb_sink *sink, lb_span text)
{
    char *out = lb_sink_alloc(sink, text.len * REPLACEMENT + 1);
    size_t len = 0;
    if (out == NULL)
        return LB_EMPTY;
    for (size_t i = 0; i < text.len;) {
        size_t step = text.at[i] == '\0' ? 0 : lb_utf8_length(lb_span_after(text, i));
        memcpy(out + len, step == 0 ? replacement : text.at + i, step == 0 ? REPLACEMENT : step);
        len += step == 0 ? REPLACEMENT : step;
        i += step == 0 ? 1 : step;
    }
    return (lb_span){out, len};
}

/* Transcodes with iconv; every byte that it rejects becomes U+FFFD. */
static lb_span transcoded(lb_sink *sink, iconv_t way, lb_span text, bool *is_odd)
{
    size_t room = text.len * 4 + 4, left = room;
    char *out = lb_sink_alloc(sink, room), *to = out;
    /* iconv's interface takes a writable pointer but does not write there */
    char *from = (char *)(uintptr_t)text.at;
    size_t rest = text.len;
    if (out == NULL)
        return LB_EMPTY;
    while (rest > 0) {
        if (iconv(way, &from, &rest, &to, &left) != (size_t)-1)
            break;
        if (errno == E2BIG || left < REPLACEMENT)
            break;
        memcpy(to, replacement, REPLACEMENT);
        to += REPLACEMENT;
        left -= REPLACEMENT;
        from++;
        rest--;
        *is_odd = true;
    }
    return (lb_span){out, (size_t)(to - out)};
}

static void close_way(void *way)
{
    iconv_close((iconv_t)way);
}

/* The converter of this charset; *is_ours: the sink does not keep it, so the caller closes it. */
static iconv_t open_way(lb_sink *sink, const char *charset, bool *is_ours)
{
    void *kept = lb_sink_tool(sink, charset);
    *is_ours = false;
    if (kept != NULL) {
        iconv((iconv_t)kept, NULL, NULL, NULL, NULL); /* resets the conversion state */
        return (iconv_t)kept;
    }
    iconv_t way = iconv_open("UTF-8", charset);
    if (way != (iconv_t)-1)
        *is_ours = !lb_sink_keep_tool(sink, charset, (void *)way, close_way);
    return way;
}

lb_span lb_sink_utf8(lb_sink *sink, lb_event *event, const char *charset, lb_span text)
{
    if (text.len == 0)
        return text;
    bool is_odd = false, is_ours = false;
    lb_span out = text;
    iconv_t way = (iconv_t)-1;
    if (strcmp(charset, "UTF-8") != 0 && strcmp(charset, "ASCII") != 0)
        way = open_way(sink, charset, &is_ours);
    if (way != (iconv_t)-1) {
        out = transcoded(sink, way, text, &is_odd);
        if (is_ours)
            iconv_close(way);
    }
    if (!lb_utf8_is_valid(out)) {
        out = repaired(sink, out);
        is_odd = true;
    }
    if (out.at != text.at)
        lb_mark_copy(sink, text, out);
    if (is_odd && event != NULL)
        lb_doubt(sink, event, text, LB_DOUBT_CHARSET_REPAIRED);
    return out;
}
