/* pack.h - packed binary fields: a reader that cannot run past the end, and a writer that cannot.
 *
 * Numbers are big-endian; BCD is two digits a byte. Failure is sticky on both sides: a missing field
 * reads as 0 or empty and sets `is_short`; a field without room is left out and sets `is_full`. So a record
 * is read or written without branches, and checked once at the end. Pure. */
#ifndef KIT_PACK_H
#define KIT_PACK_H

#include "landbridge/client/span.h"

/* a position in borrowed bytes */
typedef struct lb_pack {
    lb_span rest;
    bool is_short;
} lb_pack;

lb_pack lb_pack_open(lb_span bytes);
uint8_t lb_pack_u8(lb_pack *pack);
uint16_t lb_pack_u16(lb_pack *pack);
uint32_t lb_pack_u32(lb_pack *pack);
/* all of them, or none and is_short */
lb_span lb_pack_bytes(lb_pack *pack, size_t len);
lb_span lb_pack_counted(lb_pack *pack); /* BYTE length, then as many bytes */
lb_span lb_pack_rest(lb_pack *pack);    /* everything that is left; may be nothing */

lb_span lb_pack_trim(lb_span text); /* NUL and blank off both ends */

/* Digits of packed BCD, two for each byte, with a NUL behind; false when a nibble is no digit. `digits`
 * has room for 2 * bcd.len + 1. */
bool lb_bcd_digits(lb_span bcd, char *digits);
/* Upper-case hex, the same room. */
void lb_hex_digits(lb_span bytes, char *digits);

typedef struct lb_packer { /* memory of the caller */
    uint8_t *at;
    size_t len, room;
    bool is_full;
} lb_packer;

void lb_packer_init(lb_packer *packer, void *at, size_t room);
void lb_put_u8(lb_packer *packer, unsigned value);
void lb_put_u16(lb_packer *packer, unsigned value);
void lb_put_u32(lb_packer *packer, uint32_t value);
void lb_put_bytes(lb_packer *packer, lb_span bytes);
void lb_put_bcd(lb_packer *packer, unsigned two_digits); /* 0..99 */
lb_span lb_packer_span(const lb_packer *packer);

#endif
