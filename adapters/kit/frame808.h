/* frame808.h - the frames of JT/T 808: cut out of a stream, opened, made.
 *
 *     7E | header | body | XOR of both | 7E      and inside:  7E -> 7D 02,  7D -> 7D 01
 *
 *     header   id, attributes, [2019: version,] terminal (BCD[6], 2019: BCD[10]), serial,
 *              [bit 13: packages of the message, number of this one, from 1]
 *     attributes  bits 0-9 length of the body, 10-12 encryption, 13 sub-package, 14 2019 header
 *
 * The unescaped bytes between the flags are called `plain` here. A transmitted message has at most 1,023
 * bytes of body. A longer one was reassembled from sub-packages by a gate: it has no bit 13, and the length
 * bits are the lowest ten of its true length. Used by the adapter road.jt808 and by the gate of the
 * terminals. */
#ifndef KIT_FRAME808_H
#define KIT_FRAME808_H

#include "landbridge/client/span.h"

enum {
    LB_808_FLAG = 0x7E,
    LB_808_BODY_MAX = 1023,
    LB_808_HEADER_MAX = 21, /* 2019, sub-package */
    LB_808_HEADER_MIN = 12,
    LB_808_PLAIN_MAX = LB_808_HEADER_MAX + LB_808_BODY_MAX + 1,
    LB_808_FRAME_MAX = 2 * LB_808_PLAIN_MAX + 2, /* every byte escaped: 2,092 */
    LB_808_TERMINAL_ROOM = 21,                   /* digits of a terminal, and NUL */
};

typedef struct lb_808_header {
    uint16_t id;
    bool is_2019;
    uint8_t version;      /* 2019 and later: as sent */
    uint8_t encryption;   /* 0 none, 1 RSA, others the vendor's */
    uint8_t terminal[10]; /* as sent; 6 bytes before 2019 */
    uint16_t serial;
    uint16_t packages; /* 0: not a sub-package */
    uint16_t package;  /* from 1 */
    uint16_t declared; /* length of the body, by the attributes */
    uint8_t size;      /* of the header in bytes */
} lb_808_header;

/* -- opening ---------------------------------------------------------------------------------- */

/* False when `plain` ends inside the header. */
bool lb_808_header_read(lb_span plain, lb_808_header *header);

/* The terminal in its usual notation: digits without leading zeros. Six bytes that are not BCD may be the
 * first 14 digits of an IMEI as a 48-bit number, which is then written with its 15 digits; anything else is
 * written in hex. */
void lb_808_terminal(const lb_808_header *header, char digits[LB_808_TERMINAL_ROOM]);

uint8_t lb_808_xor(lb_span bytes); /* of plain with its check byte: 0 */

/* Unescapes. `inner` is the bytes between the flags; `plain` has room for inner.len. Returns
 * inner.len on success, else the offset of the wrong byte: a flag, or a 7D without 01 or 02;
 * *len is then the length before it. */
size_t lb_808_unescape(lb_span inner, uint8_t *plain, size_t *len);

/* -- cutting ---------------------------------------------------------------------------------- */

/* Cuts frames out of what a connection delivers, in whatever pieces. One for each connection.
 *
 *     HUNTING --7E--> INSIDE --7D--> ESCAPED --01,02--> INSIDE       any other, or too long: HUNTING
 *                       '--7E--> a frame, or a bad one; INSIDE either way: so a lost flag costs one */
typedef enum lb_808_state { LB_808_HUNTING, LB_808_INSIDE, LB_808_ESCAPED } lb_808_state;

typedef struct lb_808_stream {
    lb_808_state state;
    size_t len;
    int64_t bad; /* dropped: checksum, escape, too short, too long */
    uint8_t plain[LB_808_PLAIN_MAX];
} lb_808_stream;

void lb_808_stream_reset(lb_808_stream *stream);
/* Takes bytes off `rest` until a frame is complete: true, and `plain` is its header and body;
 * the checksum was right and is removed. Valid until the next call. False when `rest` is used
 * up. */
bool lb_808_stream_take(lb_808_stream *stream, lb_span *rest, lb_span *plain);

/* -- making ----------------------------------------------------------------------------------- */

/* A whole frame with flags and escapes. `size` and `declared` of the header are ignored. 0 when
 * it does not fit; 2 * (LB_808_HEADER_MAX + body.len + 1) + 2 is always enough. */
size_t lb_808_write(const lb_808_header *header, lb_span body, char *out, size_t room);
/* The same, of a header and body as taken off a stream. */
size_t lb_808_wrap(lb_span plain, char *out, size_t room);

#endif
