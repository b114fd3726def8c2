/* inflate.h - content that was compressed for transport: base64 around zlib (RFC 4648, RFC 1950).
 *
 * A few kilobytes of zlib can expand to gigabytes, so the length is measured first, in a window that is thrown
 * away, and memory is only allocated for content within the caller's limit. */
#ifndef KIT_INFLATE_H
#define KIT_INFLATE_H

#include "landbridge/adapter/adapter.h"

typedef enum lb_inflated {
    LB_INFLATED_OK,
    LB_INFLATED_CUT_SHORT, /* the stream ends too early */
    LB_INFLATED_DAMAGED,   /* no zlib, or its checksum is wrong, or bytes behind it */
    LB_INFLATED_TOO_MUCH,  /* more than the limit, or no memory */
} lb_inflated;

/* The decoded bytes in the sink's memory; line ends and blanks inside are skipped. False when
 * the text is not base64. */
bool lb_base64_read(lb_sink *sink, lb_span text, lb_span *bytes);

bool lb_is_zlib(lb_span bytes); /* by its first two */
lb_inflated lb_inflate(lb_sink *sink, lb_span packed, size_t limit, lb_span *bytes);

#endif
