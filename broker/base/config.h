/* config.h - the operator's settings. Everything has a default; no file is needed.
 *
 *     [listen]                      [limits]
 *     tcp    = yes                  turn_messages   = 4096
 *     intake = 5710                 message_bytes   = 16777216
 *     query  = 5711                 lag_events      = 2000000
 *     live   = 5712                 quarantine_rows = 100000
 *     replay = 5713                 query_workers   = 2
 *     jt808  = 5808                 feeds           = 4096
 *
 *     curve_intake = 5720           party_messages  = 5000      per second, of a party without a limit of its own
 *     ...                           party_bytes     = 16777216
 *     curve_address = 127.0.0.1     party_questions = 200
 *     plain_address = 127.0.0.1     party_open      = 100       questions in progress
 *     jt808_address = 127.0.0.1     party_feeds     = 64        sources of one party, within `feeds`
 *                                   party_quarantine_rows  = 10000      waiting, within `quarantine_rows`
 *                                   party_quarantine_bytes = 268435456
 *                                   party_connections   = 256     of one party at one door
 *                                   address_connections = 2048    of one address at one door
 *                                   jt808_connections   = 4096    terminals
 *                                   jt808_of_address    = 1024    terminals of one address
 *
 *     [identity]
 *     local     = operator          operator or none: clients without a key have all rights, or none
 *     terminals = any               any or listed: JT/T 808 terminals that belong to no party are rejected
 *
 * Port 0 takes any free port, "off" disables it. An unknown key is an error, so a typing mistake is not ignored. */
#ifndef BASE_CONFIG_H
#define BASE_CONFIG_H

#include "landbridge/client/error.h"
#include "landbridge/client/span.h"

#define LB_PORT_OFF (-1)

/* X(section, key, default, least, most) of the numbers; ports may also be "off". Ports of gates stand in
 * gate/gates.def. */
#define LB_CONFIG_NUMBERS(X)                                            \
    X(listen, intake, 5710, LB_PORT_OFF, 65535)                         \
    X(listen, query, 5711, LB_PORT_OFF, 65535)                          \
    X(listen, live, 5712, LB_PORT_OFF, 65535)                           \
    X(listen, replay, 5713, LB_PORT_OFF, 65535)                         \
    X(listen, curve_intake, 5720, LB_PORT_OFF, 65535)                   \
    X(listen, curve_query, 5721, LB_PORT_OFF, 65535)                    \
    X(listen, curve_live, 5722, LB_PORT_OFF, 65535)                     \
    X(listen, curve_replay, 5723, LB_PORT_OFF, 65535)                   \
    X(limits, turn_messages, 4096, 1, 65536)                            \
    X(limits, message_bytes, 16 * 1024 * 1024, 1024, 256 * 1024 * 1024) \
    X(limits, lag_events, 2000000, 1000, 1000000000)                    \
    X(limits, quarantine_rows, 100000, 0, 100000000)                    \
    X(limits, query_workers, 2, 1, 64)                                  \
    X(limits, feeds, 4096, 1, 1000000)                                  \
    X(limits, party_messages, 5000, 1, 100000000)                       \
    X(limits, party_bytes, 16 * 1024 * 1024, 1024, INT64_C(1) << 40)    \
    X(limits, party_questions, 200, 1, 100000000)                       \
    X(limits, jt808_connections, 4096, 1, 65536)                        \
    X(limits, jt808_of_address, 1024, 1, 65536)                         \
    X(limits, address_connections, 2048, 1, 1000000)                    \
    X(limits, party_connections, 256, 1, 1000000)                       \
    X(limits, party_open, 100, 1, 10000)                                \
    X(limits, party_feeds, 64, 1, 1000000)                              \
    X(limits, party_quarantine_rows, 10000, 0, 100000000)               \
    X(limits, party_quarantine_bytes, 256 * 1024 * 1024, 0, INT64_C(1) << 40)

/* X(section, key, default): numeric addresses, IPv4 or IPv6. */
#define LB_CONFIG_ADDRESSES(X)            \
    X(listen, plain_address, "127.0.0.1") \
    X(listen, curve_address, "127.0.0.1") \
    X(listen, jt808_address, "127.0.0.1")

/* X(section, key, no, yes): one of two words; the second one is the default. */
#define LB_CONFIG_SWITCHES(X)              \
    X(listen, tcp, "no", "yes")            \
    X(identity, local, "none", "operator") \
    X(identity, terminals, "listed", "any")

enum { LB_ADDRESS_ROOM = 64 };

typedef struct lb_config {
#define X(section, key, no, yes) bool key; /* true unless the file says `no` */
    LB_CONFIG_SWITCHES(X)
#undef X
#define X(section, key, standard) char key[LB_ADDRESS_ROOM];
    LB_CONFIG_ADDRESSES(X)
#undef X
#define X(section, key, standard, least, most) int64_t key;
    LB_CONFIG_NUMBERS(X)
#undef X
#define LB_GATE_AT(name, sends_as, port) int64_t name;
#include "gate/gates.def"
} lb_config;

/* Connections without a key serve many clients: their share is a quarter of all, or a party's when that is more. */
int64_t lb_config_local_share(int64_t all, int64_t party);

void lb_config_init(lb_config *config); /* the defaults */
bool lb_config_is_loopback(const char *address);

/* Reads the file over the defaults. On error `why` gets "line 7: unknown key 'prot'" and the like. */
lb_err lb_config_read(lb_config *config, const char *path, char *why, size_t why_room);

#endif
