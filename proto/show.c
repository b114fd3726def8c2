/* show.c - untrusted text made safe for a terminal, a log line or JSON. */
#include "landbridge/client/show.h"

#include "utf8.h"

static const char digits[] = "0123456789abcdef";

/* The character of a valid sequence of `len` bytes. */
static uint32_t decode(const unsigned char *at, size_t len)
{
    static const unsigned char masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t code = at[0] & masks[len];

    for (size_t i = 1; i < len; i++)
        code = code << 6 | (at[i] & 0x3f);
    return code;
}

static bool is_shown_as_it_is(uint32_t code)
{
    return !(code < 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0x061c || code == 0x200e ||
             code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
             (code >= 0x2066 && code <= 0x2069));
}

static size_t put_code(char out[LB_SHOW_ROOM], uint32_t code)
{
    out[0] = '\\';
    out[1] = 'u';
    for (int i = 0; i < 4; i++)
        out[2 + i] = digits[code >> (4 * (3 - i)) & 15];
    return LB_SHOW_ROOM;
}

static size_t put_byte(char out[LB_SHOW_ROOM], unsigned char byte)
{
    const char shown[] = {'\\', 'x', digits[byte >> 4], digits[byte & 15]};

    memcpy(out, shown, sizeof shown);
    return sizeof shown;
}

size_t lb_show_run(lb_span text, lb_show_as as)
{
    size_t len = 0;

    while (len < text.len && text.at[len] >= 0x20 && text.at[len] < 0x7f &&
           (as == LB_SHOW_PLAIN || (text.at[len] != '"' && text.at[len] != '\\')))
        len++;
    return len;
}

size_t lb_show_next(lb_span *rest, lb_show_as as, char out[LB_SHOW_ROOM])
{
    const unsigned char *at = (const unsigned char *)rest->at;
    size_t len = lb_utf8_length(*rest);
    bool is_odd = len == 0;

    *rest = lb_span_after(*rest, is_odd ? 1 : len);
    if (is_odd)
        return as == LB_SHOW_JSON ? put_code(out, 0xfffd) : put_byte(out, at[0]);
    uint32_t code = decode(at, len);
    if (!is_shown_as_it_is(code))
        return put_code(out, code);
    bool is_quoted = as == LB_SHOW_JSON && (code == '"' || code == '\\');
    if (is_quoted)
        out[0] = '\\';
    memcpy(out + is_quoted, at, len);
    return len + is_quoted;
}

size_t lb_show(char *out, size_t room, lb_span text, lb_show_as as)
{
    char one[LB_SHOW_ROOM];
    size_t used = 0;

    while (text.len > 0) {
        size_t len = lb_show_next(&text, as, one);
        if (used + len + 1 > room)
            break;
        memcpy(out + used, one, len);
        used += len;
    }
    if (room > 0)
        out[used] = '\0';
    return used;
}
