/* day.h - a day of messages in one file: time, source, endpoint, bytes.
 *
 * The file "messages.lbd" is one header and then records in order of time; numbers little-endian:
 *
 *     "LBDAY1\n\0"                                                        8 bytes
 *     at_us i64 | door u8 | kind u8 | source u16 | format u16 | body u32  18 bytes: lengths of what follows
 *     source bytes | format bytes | body bytes
 *
 * `at_us` is when the message reaches the hub. `source` is the feed (its profile: sources/<source>.ini
 * beside the file), `format` the adapter's name or empty for probing. A record of the door
 * JT808 is one frame of a terminal, with its 0x7E at both ends. */
#ifndef LANDBRIDGE_DAY_H
#define LANDBRIDGE_DAY_H

#include "landbridge/client/error.h"
#include "landbridge/client/span.h"

typedef enum lb_day_door { LB_DAY_PUSH, LB_DAY_JT808, LB_DAY_DOORS } lb_day_door;

typedef enum lb_day_kind {
    LB_DAY_NORMAL,
    /* damaged in transit: gives no event; the sender sends it again correctly later */
    LB_DAY_BROKEN,
    LB_DAY_DUPLICATE, /* the same bytes as an earlier record */
    LB_DAY_LATE,      /* normal, but received hours after its events */
    LB_DAY_KINDS
} lb_day_kind;

typedef struct lb_day_record { /* borrowed until the next call */
    int64_t at_us;
    lb_day_door door;
    lb_day_kind kind;
    lb_span source, format, body;
} lb_day_record;

typedef struct lb_day lb_day;

lb_err lb_day_open(lb_day **day, const char *path);     /* the file, or the folder it is in */
lb_err lb_day_next(lb_day *day, lb_day_record *record); /* NOT_FOUND: the end */
void lb_day_close(lb_day **day);

#endif
