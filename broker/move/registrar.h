/* registrar.h - which parties come in, what they may, and what they did: a thread of its own.
 *
 *     a CURVE handshake of any socket ──ZAP──> is it a party's key?  ──> its user's name, or the door stays shut
 *     notes of every door             ──────> gathered, chained, committed every 200 ms
 *     PARTY_*, AUDIT_* of the workers ──────> the register and the record of deeds, in one transaction
 *
 * It is the only writer of party.db. A change is on disk, and its note with it, before it is answered; the doors
 * see it with the next message (keep/party.h). ZAP is ZeroMQ's RFC 27, CURVE its RFC 26.
 *
 * Notes of what was asked and sent are on disk a moment later: a power cut may cost those of the last 200 ms.
 * While they cannot be written they wait in memory; beyond 100,000 they are counted, and the count is noted. What a
 * party was refused has a share of them: 50 notes between two writings are kept as they are, the others as one,
 * REFUSED_MORE, that says how many. So nobody fills the record, or pushes others' notes out, by asking for what it
 * may not have. */
#ifndef MOVE_REGISTRAR_H
#define MOVE_REGISTRAR_H

#include "move/socket.h"

typedef struct lb_registrar lb_registrar;

enum { LB_SEAL_ROOM = 33 };

typedef struct lb_registrar_options {
    const char *party_path;
    lb_span seal; /* see lb_pass_book_open */
} lb_registrar_options;

/* Before any CURVE door is opened. */
lb_err lb_registrar_open(lb_registrar **registrar, void *zmq, const lb_registrar_options *options);
/* When all doors are closed: the last notes are written. */
void lb_registrar_close(lb_registrar **registrar);

#endif
