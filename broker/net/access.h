/* access.h - the access thread: authenticates keys, changes parties and their rights, writes the audit log.
 *
 *     a CURVE handshake at any door ──ZAP──> is it a party's key?  ──> user ID of the connection, or refused
 *     audit records of every door     ──────> gathered, hash-chained, committed every 200 ms
 *     PARTY_*, AUDIT_* of the workers ──────> the register and the audit log, in one transaction
 *
 * It is the only writer of party.db. A change and its audit record are on disk before it is answered; the doors use it
 * from the next message on (keep/party.h). ZAP is ZeroMQ's RFC 27, CURVE its RFC 26.
 *
 * Records of queries and messages reach the disk later: a power cut may cost those of the last 200 ms. While they
 * cannot be written they wait in memory; beyond 100,000 they are only counted, and the count is recorded. Refusals
 * have a share per party: 50 between two writes are recorded singly, the others as one record, REFUSED_MORE, with
 * their number. So no party fills the audit log, or displaces others' records, by asking for what it may not have. */
#ifndef NET_ACCESS_H
#define NET_ACCESS_H

#include "net/socket.h"

typedef struct lb_access lb_access;

enum { LB_USER_NONCE_ROOM = 33 };

typedef struct lb_access_options {
    const char *party_path;
    lb_span user_nonce; /* see lb_permission_book_open */
} lb_access_options;

/* Call before any CURVE door is opened: until then handshakes are refused. */
lb_err lb_access_open(lb_access **access, void *zmq, const lb_access_options *options);
/* Call after all doors are closed: writes the last records. */
void lb_access_close(lb_access **access);

#endif
