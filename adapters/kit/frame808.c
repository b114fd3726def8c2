/* frame808.c - the frames of JT/T 808; see frame808.h. */
#include "frame808.h"

#include <stdio.h>

#include "pack.h"

enum { FLAG = LB_808_FLAG, ESCAPE = 0x7D, ESCAPED_ESCAPE = 0x01, ESCAPED_FLAG = 0x02 };
enum { BIT_PACKAGES = 0x2000, BIT_2019 = 0x4000, LENGTH_BITS = 0x03FF, IMEI_DIGITS = 14 };

/* -- opening ---------------------------------------------------------------------------------- */

bool lb_808_header_read(lb_span plain, lb_808_header *header)
{
    lb_pack pack = lb_pack_open(plain);
    lb_808_header read = {.id = lb_pack_u16(&pack)};
    unsigned attributes = lb_pack_u16(&pack);

    read.declared = attributes & LENGTH_BITS;
    read.encryption = (uint8_t)(attributes >> 10 & 7);
    read.is_2019 = (attributes & BIT_2019) != 0;
    if (read.is_2019)
        read.version = lb_pack_u8(&pack);
    lb_span terminal = lb_pack_bytes(&pack, read.is_2019 ? 10 : 6);
    read.serial = lb_pack_u16(&pack);
    if (attributes & BIT_PACKAGES) {
        read.packages = lb_pack_u16(&pack);
        read.package = lb_pack_u16(&pack);
    }
    if (pack.is_short)
        return false;
    memcpy(read.terminal, terminal.at, terminal.len);
    read.size = (uint8_t)(plain.len - pack.rest.len);
    *header = read;
    return true;
}

static char luhn_digit(const char *digits, size_t len)
{
    unsigned sum = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned digit = (unsigned)(digits[len - 1 - i] - '0');
        if (i % 2 == 0)
            digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
        sum += digit;
    }
    return (char)('0' + (10 - sum % 10) % 10);
}

/* True when the six bytes, as a number, have as many digits as an IMEI without its check digit. */
static bool read_imei(const uint8_t *six, char digits[LB_808_TERMINAL_ROOM])
{
    uint64_t number = 0;
    for (int i = 0; i < 6; i++)
        number = number << 8 | six[i];
    int len = snprintf(digits, LB_808_TERMINAL_ROOM, "%llu", (unsigned long long)number);
    if (len != IMEI_DIGITS)
        return false;
    digits[IMEI_DIGITS] = luhn_digit(digits, IMEI_DIGITS);
    digits[IMEI_DIGITS + 1] = '\0';
    return true;
}

void lb_808_terminal(const lb_808_header *header, char digits[LB_808_TERMINAL_ROOM])
{
    size_t len = header->is_2019 ? 10 : 6;
    lb_span terminal = {(const char *)header->terminal, len};
    if (!lb_bcd_digits(terminal, digits)) {
        if (len == 6 && read_imei(header->terminal, digits))
            return;
        lb_hex_digits(terminal, digits);
    }
    size_t zeros = strspn(digits, "0");
    if (zeros == 2 * len)
        zeros--;
    memmove(digits, digits + zeros, 2 * len - zeros + 1);
}

uint8_t lb_808_xor(lb_span bytes)
{
    uint8_t sum = 0;
    for (size_t i = 0; i < bytes.len; i++)
        sum ^= (uint8_t)bytes.at[i];
    return sum;
}

size_t lb_808_unescape(lb_span inner, uint8_t *plain, size_t *len)
{
    *len = 0;
    for (size_t i = 0; i < inner.len; i++) {
        uint8_t byte = (uint8_t)inner.at[i];
        if (byte == FLAG)
            return i;
        if (byte == ESCAPE) {
            uint8_t next = i + 1 < inner.len ? (uint8_t)inner.at[i + 1] : 0;
            if (next != ESCAPED_ESCAPE && next != ESCAPED_FLAG)
                return i;
            byte = next == ESCAPED_FLAG ? FLAG : ESCAPE;
            i++;
        }
        plain[(*len)++] = byte;
    }
    return inner.len;
}

/* -- cutting ---------------------------------------------------------------------------------- */

void lb_808_stream_reset(lb_808_stream *stream)
{
    stream->state = LB_808_HUNTING;
    stream->len = 0;
    stream->bad = 0;
}

static void give_up(lb_808_stream *stream)
{
    stream->bad++;
    stream->len = 0;
    stream->state = LB_808_HUNTING;
}

/* A flag ends a frame and may begin the next. */
static bool close_frame(lb_808_stream *stream, lb_span *plain)
{
    lb_span closed = {(const char *)stream->plain, stream->len};
    bool is_whole =
        stream->state == LB_808_INSIDE && closed.len > LB_808_HEADER_MIN && lb_808_xor(closed) == 0;

    if (!is_whole && (closed.len > 0 || stream->state == LB_808_ESCAPED))
        stream->bad++;
    stream->state = LB_808_INSIDE;
    stream->len = 0;
    if (is_whole)
        *plain = lb_span_first(closed, closed.len - 1);
    return is_whole;
}

static void keep_byte(lb_808_stream *stream, uint8_t byte)
{
    if (stream->state == LB_808_ESCAPED) {
        if (byte != ESCAPED_ESCAPE && byte != ESCAPED_FLAG) {
            give_up(stream);
            return;
        }
        byte = byte == ESCAPED_FLAG ? FLAG : ESCAPE;
        stream->state = LB_808_INSIDE;
    } else if (byte == ESCAPE) {
        stream->state = LB_808_ESCAPED;
        return;
    }
    if (stream->len == sizeof stream->plain) {
        give_up(stream);
        return;
    }
    stream->plain[stream->len++] = byte;
}

bool lb_808_stream_take(lb_808_stream *stream, lb_span *rest, lb_span *plain)
{
    while (rest->len > 0) {
        uint8_t byte = (uint8_t)rest->at[0];
        *rest = lb_span_after(*rest, 1);
        if (byte == FLAG && stream->state == LB_808_HUNTING)
            stream->state = LB_808_INSIDE;
        else if (byte == FLAG) {
            if (close_frame(stream, plain))
                return true;
        } else if (stream->state != LB_808_HUNTING)
            keep_byte(stream, byte);
    }
    return false;
}

/* -- making ----------------------------------------------------------------------------------- */

static void put_escaped(lb_packer *frame, lb_span bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        uint8_t byte = (uint8_t)bytes.at[i];
        if (byte == FLAG || byte == ESCAPE) {
            lb_put_u8(frame, ESCAPE);
            byte = byte == FLAG ? ESCAPED_FLAG : ESCAPED_ESCAPE;
        }
        lb_put_u8(frame, byte);
    }
}

static void put_header(lb_packer *plain, const lb_808_header *header, size_t body_len)
{
    unsigned attributes =
        (unsigned)(body_len & LENGTH_BITS) | (unsigned)(header->encryption & 7) << 10 |
        (header->packages > 0 ? BIT_PACKAGES : 0u) | (header->is_2019 ? BIT_2019 : 0u);
    lb_put_u16(plain, header->id);
    lb_put_u16(plain, attributes);
    if (header->is_2019)
        lb_put_u8(plain, header->version);
    lb_put_bytes(plain, (lb_span){(const char *)header->terminal, header->is_2019 ? 10 : 6});
    lb_put_u16(plain, header->serial);
    if (header->packages > 0) {
        lb_put_u16(plain, header->packages);
        lb_put_u16(plain, header->package);
    }
}

static size_t write_frame(lb_span head, lb_span body, char *out, size_t room)
{
    char check = (char)(lb_808_xor(head) ^ lb_808_xor(body));
    lb_packer frame;
    lb_packer_init(&frame, out, room);
    lb_put_u8(&frame, FLAG);
    put_escaped(&frame, head);
    put_escaped(&frame, body);
    put_escaped(&frame, (lb_span){&check, 1});
    lb_put_u8(&frame, FLAG);
    return frame.is_full ? 0 : frame.len;
}

size_t lb_808_write(const lb_808_header *header, lb_span body, char *out, size_t room)
{
    uint8_t head[LB_808_HEADER_MAX];
    lb_packer plain;
    lb_packer_init(&plain, head, sizeof head);
    put_header(&plain, header, body.len);
    return write_frame(lb_packer_span(&plain), body, out, room);
}

size_t lb_808_wrap(lb_span plain, char *out, size_t room)
{
    return write_frame(plain, LB_EMPTY, out, room);
}
