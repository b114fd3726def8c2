/* access.h - which parties come in, what they may, and what they did: a thread of its own.
 *
 *     a CURVE handshake of any socket ──ZAP──> is it a party's key?  ──> its user's name, or the door stays shut
 *     notes of every door             ──────> gathered, chained, committed every 200 ms
 *     PARTY_*, AUDIT_* of the workers ──────> the register and the audit log, in one transaction
 *
 * It is the only writer of party.db. A change is on disk, and its note with it, before it is answered; the doors
 * see it with the next message (keep/party.h). ZAP is ZeroMQ's RFC 27, CURVE its RFC 26.
 *
 * Notes of what was asked and sent are on disk a moment later: a power cut may cost those of the last 200 ms.
 * While they cannot be written they wait in memory; beyond 100,000 they are counted, and the count is noted. What a
 * party was refused has a share of them: 50 notes between two writings are kept as they are, the others as one,
 * REFUSED_MORE, that says how many. So nobody fills the record, or pushes others' notes out, by asking for what it
 * may not have. */
#ifndef NET_ACCESS_H
#define NET_ACCESS_H

#include "net/socket.h"

typedef struct lb_access lb_access;

enum { LB_USER_NONCE_ROOM = 33 };

typedef struct lb_access_options {
    const char *party_path;
    lb_span user_nonce; /* see lb_permission_book_open */
} lb_access_options;

/* Before any CURVE door is opened. */
lb_err lb_access_open(lb_access **access, void *zmq, const lb_access_options *options);
/* When all doors are closed: the last notes are written. */
void lb_access_close(lb_access **access);

#endif
