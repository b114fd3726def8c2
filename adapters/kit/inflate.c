/* inflate.c - base64 and zlib, with a limit that is checked before memory is allocated. */
#include "inflate.h"

#include <zlib.h>

/* -- base64 ----------------------------------------------------------------------------------- */

static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Four characters are three bytes; the last group may lack one or two, with '=' in their place. */
bool lb_base64_read(lb_sink *sink, lb_span text, lb_span *bytes)
{
    char *out = lb_sink_alloc(sink, text.len / 4 * 3 + 3);
    uint32_t group = 0;
    size_t len = 0, digits = 0, ends = 0;
    if (out == NULL)
        return false;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        int value = value_of(c);
        if (is_blank(c))
            continue;
        if (c == '=' && ++ends <= 2)
            continue;
        if (value < 0 || ends > 0)
            return false;
        group = group << 6 | (uint32_t)value;
        digits++;
        if (digits % 4 != 1) /* each digit but the first completes a byte */
            out[len++] = (char)(group >> (6 - 2 * ((digits - 1) % 4)) & 0xff);
    }
    *bytes = (lb_span){out, len};
    return digits % 4 != 1 && (ends == 0 || (digits + ends) % 4 == 0);
}

/* -- zlib ------------------------------------------------------------------------------------- */

enum { WINDOW = 16 * 1024 };

bool lb_is_zlib(lb_span bytes)
{
    if (bytes.len < 2)
        return false;
    unsigned first = (unsigned char)bytes.at[0], second = (unsigned char)bytes.at[1];
    return (first & 0x0f) == 8 && first >> 4 <= 7 && (first << 8 | second) % 31 == 0;
}

static lb_inflated verdict_of(int code, const z_stream *stream)
{
    if (code == Z_STREAM_END)
        return stream->avail_in == 0 ? LB_INFLATED_OK : LB_INFLATED_DAMAGED;
    if (code == Z_MEM_ERROR)
        return LB_INFLATED_TOO_MUCH;
    return code == Z_BUF_ERROR || code == Z_OK ? LB_INFLATED_CUT_SHORT : LB_INFLATED_DAMAGED;
}

/* zlib allocates from the sink, so its memory is freed with the message. */
static voidpf piece_alloc(voidpf sink, uInt count, uInt size)
{
    return lb_sink_alloc(sink, (size_t)count * size);
}

static void piece_free(voidpf sink, voidpf piece)
{
    (void)sink, (void)piece;
}

/* zlib's interface takes writable input but only reads it. */
static bool start(z_stream *stream, lb_sink *sink, lb_span packed)
{
    *stream = (z_stream){.zalloc = piece_alloc, .zfree = piece_free, .opaque = sink};
    stream->next_in = (z_const Bytef *)(uintptr_t)packed.at;
    stream->avail_in = (uInt)packed.len;
    return packed.len <= INT32_MAX && inflateInit(stream) == Z_OK;
}

static lb_inflated measure(lb_sink *sink, lb_span packed, size_t limit, size_t *len)
{
    unsigned char window[WINDOW];
    z_stream stream;
    int code = Z_OK;
    *len = 0;
    if (!start(&stream, sink, packed))
        return LB_INFLATED_TOO_MUCH;
    while (code == Z_OK && *len <= limit) {
        stream.next_out = window;
        stream.avail_out = WINDOW;
        code = inflate(&stream, Z_NO_FLUSH);
        *len += WINDOW - stream.avail_out;
    }
    lb_inflated verdict = *len > limit ? LB_INFLATED_TOO_MUCH : verdict_of(code, &stream);
    inflateEnd(&stream);
    return verdict;
}

lb_inflated lb_inflate(lb_sink *sink, lb_span packed, size_t limit, lb_span *bytes)
{
    size_t len;
    z_stream stream;
    lb_inflated verdict = measure(sink, packed, limit, &len);
    if (verdict != LB_INFLATED_OK)
        return verdict;

    /* one more byte, since zlib needs room to detect the end */
    char *out = lb_sink_alloc(sink, len + 1);
    if (out == NULL || !start(&stream, sink, packed))
        return LB_INFLATED_TOO_MUCH;
    stream.next_out = (Bytef *)out;
    stream.avail_out = (uInt)(len + 1);
    int code = inflate(&stream, Z_FINISH);
    verdict = verdict_of(code, &stream);
    inflateEnd(&stream);
    *bytes = (lb_span){out, len};
    return verdict;
}
