/* frame809.h - JT/T 809 frames: flags, escapes, checksum, header; platform to platform.
 *
 *     5B | length DWORD | serial DWORD | type WORD | access code DWORD | version BYTE[3] | encrypted BYTE | key DWORD
 *        | 2019: UTC seconds, 8 bytes | body | CRC WORD | 5D
 *
 * 5B, 5A, 5D and 5E inside are escaped: 5A 01, 5A 02, 5E 01, 5E 02. The length counts everything, flags included,
 * without escapes. A frame does not contain its edition: the right header is the one behind which the lengths
 * inside the body agree (lb_809_open). Pure. */
#ifndef KIT_FRAME809_H
#define KIT_FRAME809_H

#include "landbridge/client/span.h"
#include "pack.h"

enum {
    LB_809_BEGIN = 0x5B,
    LB_809_END = 0x5D,
    LB_809_HEADER_2011 = 22,
    LB_809_HEADER_2019 = 30,
    LB_809_PLATE = 21,
    LB_809_VEHICLE = LB_809_PLATE + 1 + 2 + 4, /* plate, colour, sub-type, length */
    LB_809_FRAME_MAX = 64 * 1024
};

typedef struct lb_809_frame {
    uint32_t length; /* as declared */
    uint32_t serial;
    uint16_t type;
    uint32_t access_code;
    uint8_t version[3];
    bool is_encrypted;
    uint32_t key;
    bool is_2019;
    bool crc_is_right;
    lb_span body;
} lb_809_frame;

/* Cuts the next frame off, with its flags; false when the rest holds no whole one. Bytes before
 * the first 5B are skipped. */
bool lb_809_cut(lb_span *rest, lb_span *frame);
/* Unescapes. `inner` is the bytes between the flags; `plain` has room for inner.len. The length,
 * or SIZE_MAX on an invalid escape. */
size_t lb_809_unescape(lb_span inner, char *plain);
/* False when `plain` is shorter than the shortest frame. */
bool lb_809_open(lb_span plain, lb_809_frame *frame);

/* Does a body of this length and beginning fit its type, in this edition? */
bool lb_809_fits(uint16_t type, lb_span body, bool is_2019);

/* The stream cipher of the standard, in place: M1, IA1 and IC1 are agreed between the platforms. */
void lb_809_cipher(char *body, size_t len, uint32_t key, const uint32_t constants[3]);

/* A whole frame with flags and escapes; 0 when it does not fit. `like` gives access code, version and edition. */
size_t lb_809_write(const lb_809_frame *like, uint16_t type, uint32_t serial, int64_t utc_s,
                    lb_span body, char *out, size_t room);

#endif
