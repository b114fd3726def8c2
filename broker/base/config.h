/* config.h - what the operator may choose. Everything has a default; no file is needed.
 *
 *     [listen]                      [limits]
 *     tcp    = yes                  turn_messages   = 4096
 *     intake = 5710                 message_bytes   = 16777216
 *     query  = 5711                 lag_events      = 2000000
 *     live   = 5712                 quarantine_rows = 100000
 *     replay = 5713                 query_workers   = 2
 *     jt808  = 5808                 feeds           = 4096
 *
 * Port 0 takes any that is free, "off" none. An unknown key is an error: a typing mistake must not run. */
#ifndef BASE_CONFIG_H
#define BASE_CONFIG_H

#include "landbridge/error.h"
#include "landbridge/span.h"

#define LB_PORT_OFF (-1)

/* LB_CONFIG(X): X(section, key, default, least, most) of the numbers; ports may also be "off". */
#define LB_CONFIG_NUMBERS(X)                                            \
    X(listen, intake, 5710, LB_PORT_OFF, 65535)                         \
    X(listen, query, 5711, LB_PORT_OFF, 65535)                          \
    X(listen, live, 5712, LB_PORT_OFF, 65535)                           \
    X(listen, replay, 5713, LB_PORT_OFF, 65535)                         \
    X(listen, jt808, 5808, LB_PORT_OFF, 65535)                          \
    X(listen, jt809, LB_PORT_OFF, LB_PORT_OFF, 65535)                   \
    X(limits, turn_messages, 4096, 1, 65536)                            \
    X(limits, message_bytes, 16 * 1024 * 1024, 1024, 256 * 1024 * 1024) \
    X(limits, lag_events, 2000000, 1000, 1000000000)                    \
    X(limits, quarantine_rows, 100000, 0, 100000000)                    \
    X(limits, query_workers, 2, 1, 64)                                  \
    X(limits, feeds, 4096, 1, 1000000)

typedef struct lb_config {
    bool tcp;
#define X(section, key, standard, least, most) int64_t key;
    LB_CONFIG_NUMBERS(X)
#undef X
} lb_config;

void lb_config_init(lb_config *config); /* the defaults */

/* Reads the file over the defaults. `why` gets "line 7: unknown key 'prot'" and the like. */
lb_err lb_config_read(lb_config *config, const char *path, char *why, size_t why_room);

#endif
