/* pack.c - packed binary fields; see pack.h. */
#include "pack.h"

lb_pack lb_pack_open(lb_span bytes)
{
    return (lb_pack){.rest = bytes};
}

lb_span lb_pack_bytes(lb_pack *pack, size_t len)
{
    if (pack->is_short || pack->rest.len < len) {
        pack->is_short = true;
        return LB_EMPTY;
    }
    lb_span bytes = lb_span_first(pack->rest, len);
    pack->rest = lb_span_after(pack->rest, len);
    return bytes;
}

static uint32_t big_endian(lb_pack *pack, size_t len)
{
    lb_span bytes = lb_pack_bytes(pack, len);
    uint32_t value = 0;
    for (size_t i = 0; i < bytes.len; i++)
        value = value << 8 | (uint8_t)bytes.at[i];
    return value;
}

uint8_t lb_pack_u8(lb_pack *pack)
{
    return (uint8_t)big_endian(pack, 1);
}

uint16_t lb_pack_u16(lb_pack *pack)
{
    return (uint16_t)big_endian(pack, 2);
}

uint32_t lb_pack_u32(lb_pack *pack)
{
    return big_endian(pack, 4);
}

lb_span lb_pack_counted(lb_pack *pack)
{
    return lb_pack_bytes(pack, lb_pack_u8(pack));
}

lb_span lb_pack_rest(lb_pack *pack)
{
    return lb_pack_bytes(pack, pack->rest.len);
}

static bool is_padding(char c)
{
    return c == '\0' || c == ' ';
}

lb_span lb_pack_trim(lb_span text)
{
    while (text.len > 0 && is_padding(text.at[text.len - 1]))
        text.len--;
    while (text.len > 0 && is_padding(text.at[0]))
        text = lb_span_after(text, 1);
    return text;
}

void lb_hex_digits(lb_span bytes, char *digits)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < bytes.len; i++) {
        uint8_t byte = (uint8_t)bytes.at[i];
        *digits++ = hex[byte >> 4];
        *digits++ = hex[byte & 15];
    }
    *digits = '\0';
}

bool lb_bcd_digits(lb_span bcd, char *digits)
{
    lb_hex_digits(bcd, digits);
    for (size_t i = 0; i < 2 * bcd.len; i++)
        if (digits[i] > '9')
            return false;
    return true;
}

void lb_packer_init(lb_packer *packer, void *at, size_t room)
{
    *packer = (lb_packer){.at = at, .room = room};
}

void lb_put_bytes(lb_packer *packer, lb_span bytes)
{
    if (packer->is_full || packer->room - packer->len < bytes.len) {
        packer->is_full = true;
        return;
    }
    if (bytes.len > 0)
        memcpy(packer->at + packer->len, bytes.at, bytes.len);
    packer->len += bytes.len;
}

void lb_put_u8(lb_packer *packer, unsigned value)
{
    char byte = (char)(value & 0xFF);
    lb_put_bytes(packer, (lb_span){&byte, 1});
}

void lb_put_u16(lb_packer *packer, unsigned value)
{
    char bytes[2] = {(char)(value >> 8 & 0xFF), (char)(value & 0xFF)};
    lb_put_bytes(packer, (lb_span){bytes, sizeof bytes});
}

void lb_put_u32(lb_packer *packer, uint32_t value)
{
    char bytes[4] = {(char)(value >> 24), (char)(value >> 16 & 0xFF), (char)(value >> 8 & 0xFF),
                     (char)(value & 0xFF)};
    lb_put_bytes(packer, (lb_span){bytes, sizeof bytes});
}

void lb_put_bcd(lb_packer *packer, unsigned two_digits)
{
    lb_put_u8(packer, two_digits / 10 % 10 << 4 | two_digits % 10);
}

lb_span lb_packer_span(const lb_packer *packer)
{
    return (lb_span){(const char *)packer->at, packer->len};
}
