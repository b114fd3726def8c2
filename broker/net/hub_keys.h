/* hub_keys.h - the hub's own CURVE keys: FOLDER/hub.key, made at the first start, readable by its owner only.
 *
 *     public = k$Lp2(...40 characters...)               Z85 (ZeroMQ RFC 32)
 *     secret = ...
 *
 * A client needs the public key to connect to a CURVE door: it is in FOLDER/endpoints, as hub-key. */
#ifndef NET_HUB_KEYS_H
#define NET_HUB_KEYS_H

#include "landbridge/client/error.h"

enum { LB_CURVE_TEXT_ROOM = 41 };

typedef struct lb_hub_keys {
    char open[LB_CURVE_TEXT_ROOM], secret[LB_CURVE_TEXT_ROOM];
} lb_hub_keys;

/* Reads the file, or creates it. GARBLED: it exists and holds no keys. Logged. */
lb_err lb_hub_keys_need(lb_hub_keys *keys, const char *path);

#endif
