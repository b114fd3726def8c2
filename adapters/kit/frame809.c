/* frame809.c - frames of JT/T 809. */
#include "frame809.h"

static bool is_special(unsigned char c)
{
    return c >= 0x5A && c <= 0x5E && c != 0x5C;
}

bool lb_809_cut(lb_span *rest, lb_span *frame)
{
    const char *begin = rest->len > 0 ? memchr(rest->at, LB_809_BEGIN, rest->len) : NULL;
    if (begin == NULL)
        return false;
    const char *whole = rest->at + rest->len;
    const char *end = memchr(begin, LB_809_END, (size_t)(whole - begin));
    if (end == NULL)
        return false;
    *frame = lb_span_between(begin, end + 1);
    *rest = lb_span_between(end + 1, whole);
    return true;
}

size_t lb_809_unescape(lb_span inner, char *plain)
{
    size_t len = 0;
    for (size_t i = 0; i < inner.len; i++) {
        unsigned char c = (unsigned char)inner.at[i];
        if (c == 0x5A || c == 0x5E) {
            unsigned char next = i + 1 < inner.len ? (unsigned char)inner.at[++i] : 0;
            if (next != 1 && next != 2)
                return SIZE_MAX;
            c = (unsigned char)(c == 0x5A ? (next == 1 ? 0x5B : 0x5A) : (next == 1 ? 0x5D : 0x5E));
        }
        plain[len++] = (char)c;
    }
    return len;
}

/* CRC-CCITT: polynomial 1021, initial value FFFF. */
static uint16_t crc_of(lb_span bytes)
{
    uint16_t crc = 0xFFFF;
    for (size_t i = 0; i < bytes.len; i++) {
        crc = (uint16_t)(crc ^ (unsigned char)bytes.at[i] << 8);
        for (int bit = 0; bit < 8; bit++)
            crc = (uint16_t)(crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1);
    }
    return crc;
}

/* Does a body of this length fit its type? Vehicle messages contain their length, logins have a
 * fixed one. */
bool lb_809_fits(uint16_t type, lb_span body, bool is_2019)
{
    unsigned family = type & 0x0F00u;
    if (type == 0x1001)
        return body.len == (is_2019 ? 50 : 46);
    if (family >= 0x200 && body.len >= LB_809_VEHICLE) {
        lb_pack pack = lb_pack_open(lb_span_after(body, LB_809_VEHICLE - 4));
        return lb_pack_u32(&pack) == body.len - LB_809_VEHICLE;
    }
    return family == 0 && (type == 0x1005 || type == 0x1006 || type == 0x9005 || type == 0x9006) &&
           body.len == 0;
}

bool lb_809_open(lb_span plain, lb_809_frame *frame)
{
    if (plain.len < LB_809_HEADER_2011 + 2)
        return false;
    lb_span content = lb_span_first(plain, plain.len - 2);
    lb_pack pack = lb_pack_open(plain), crc = lb_pack_open(lb_span_after(plain, plain.len - 2));
    *frame = (lb_809_frame){0};
    frame->length = lb_pack_u32(&pack);
    frame->serial = lb_pack_u32(&pack);
    frame->type = lb_pack_u16(&pack);
    frame->access_code = lb_pack_u32(&pack);
    for (size_t i = 0; i < 3; i++)
        frame->version[i] = lb_pack_u8(&pack);
    frame->is_encrypted = lb_pack_u8(&pack) != 0;
    frame->key = lb_pack_u32(&pack);
    frame->crc_is_right = lb_pack_u16(&crc) == crc_of(content);
    lb_span old = lb_span_after(content, LB_809_HEADER_2011),
            new = lb_span_after(content, LB_809_HEADER_2019);
    frame->is_2019 = content.len >= LB_809_HEADER_2019 && !lb_809_fits(frame->type, old, false) &&
                     lb_809_fits(frame->type, new, true);
    frame->body = frame->is_2019 ? new : old;
    return true;
}

void lb_809_cipher(char *body, size_t len, uint32_t key, const uint32_t constants[3])
{
    uint32_t modulus = constants[0], k = key;
    for (size_t i = 0; i < len && modulus != 0; i++) {
        k = constants[1] * (k % modulus) + constants[2];
        body[i] = (char)((unsigned char)body[i] ^ (unsigned char)(k >> 20));
    }
}

static void put_escaped(lb_packer *packer, unsigned char c)
{
    if (!is_special(c)) {
        lb_put_u8(packer, c);
        return;
    }
    lb_put_u8(packer, c <= 0x5B ? 0x5A : 0x5E);
    lb_put_u8(packer, c == 0x5B || c == 0x5D ? 1 : 2);
}

size_t lb_809_write(const lb_809_frame *like, uint16_t type, uint32_t serial, int64_t utc_s,
                    lb_span body, char *out, size_t room)
{
    enum { SMALL = 1024 };
    uint8_t plain[SMALL];
    lb_packer inner, outer;
    size_t header = like->is_2019 ? LB_809_HEADER_2019 : LB_809_HEADER_2011;
    lb_packer_init(&inner, plain, sizeof plain);
    lb_put_u32(&inner, (uint32_t)(header + body.len + 4));
    lb_put_u32(&inner, serial);
    lb_put_u16(&inner, type);
    lb_put_u32(&inner, like->access_code);
    for (size_t i = 0; i < 3; i++)
        lb_put_u8(&inner, like->version[i]);
    lb_put_u8(&inner, 0);
    lb_put_u32(&inner, 0);
    if (like->is_2019) {
        lb_put_u32(&inner, (uint32_t)((uint64_t)utc_s >> 32));
        lb_put_u32(&inner, (uint32_t)utc_s);
    }
    lb_put_bytes(&inner, body);
    lb_put_u16(&inner, crc_of(lb_packer_span(&inner)));

    lb_packer_init(&outer, out, room);
    lb_put_u8(&outer, LB_809_BEGIN);
    for (size_t i = 0; i < inner.len; i++)
        put_escaped(&outer, plain[i]);
    lb_put_u8(&outer, LB_809_END);
    return inner.is_full || outer.is_full ? 0 : outer.len;
}
