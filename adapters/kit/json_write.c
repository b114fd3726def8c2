/* json_write.c - JSON out. */
#include "json_write.h"

#include "landbridge/client/show.h"

static void put(lb_json_out *out, const char *bytes, size_t len)
{
    lb_reply_put(out->reply, (lb_span){bytes, len});
}

static void put_string(lb_json_out *out, lb_span text)
{
    char shown[LB_SHOW_ROOM];

    put(out, "\"", 1);
    while (text.len > 0) {
        size_t len = lb_show_next(&text, LB_SHOW_JSON, shown);
        put(out, shown, len);
    }
    put(out, "\"", 1);
}

static void begin(lb_json_out *out, const char *name)
{
    if (out->needs_comma)
        put(out, ",", 1);
    out->needs_comma = true;
    if (name == NULL)
        return;
    put_string(out, lb_span_of(name));
    put(out, ":", 1);
}

void lb_json_open(lb_json_out *out, const char *name, char bracket)
{
    begin(out, name);
    put(out, &bracket, 1);
    out->needs_comma = false;
}

void lb_json_close(lb_json_out *out, char bracket)
{
    put(out, &bracket, 1);
    out->needs_comma = true;
}

void lb_json_put(lb_json_out *out, const char *name, lb_span text)
{
    if (text.len == 0)
        return;
    begin(out, name);
    put_string(out, text);
}

void lb_json_put_raw(lb_json_out *out, const char *name, lb_span value)
{
    if (value.len == 0)
        return;
    begin(out, name);
    put(out, value.at, value.len);
}
