/* audit.h - the audit log: connections, queries, messages, subscriptions, releases, changes of
 * rights. Append only.
 *
 *     check of a row = BLAKE2b-128(check of the row before | number | at_us | times
 *                                  | gate | party | action | ask | about | outcome, each with its length)
 *
 * A row that was changed, removed or inserted breaks the chain from that row on. Rows cut off at
 * the end are detected only by comparing with a newest check that is kept elsewhere (`admin audit
 * --head`). The writer belongs to the access thread; any thread may open a reader. */
#ifndef KEEP_AUDIT_H
#define KEEP_AUDIT_H

#include "arena.h"
#include "base/store.h"
#include "landbridge/client/answer.h"

typedef struct lb_audit lb_audit;

/* A note of what a party did, and how it ended; the caller adds what else is known. Its text is borrowed. */
lb_audit_note lb_audit_note_of(lb_span party, lb_audit_action action, lb_span about,
                               lb_err outcome);
lb_outcome lb_audit_outcome(lb_err err);

lb_err lb_audit_open(lb_audit **audit, lb_store *store); /* borrows the store */
void lb_audit_close(lb_audit **audit);

/* Appends a record inside the caller's transaction. The caller fills in gate, party, action, about,
 * outcome, times and at_us; number and check are computed. Call lb_audit_settle after the
 * transaction ended; is_kept: it was committed. */
lb_err lb_audit_append(lb_audit *audit, const lb_audit_note *note);
void lb_audit_settle(lb_audit *audit, bool is_kept);

/* AUDIT_LIST: the newest `limit` records that match (default 1,000, at most 100,000), or with
 * from_number the first `limit` records after that number; oldest first. MISUSE: the limit is out
 * of range. */
lb_err lb_audit_list(lb_audit *audit, const lb_audit_list_query *query, lb_arena *arena,
                     lb_audit_note_list *notes);
/* AUDIT_VERIFY: checks the whole chain. answer->text is the result; CORRUPT: it names the first
 * wrong row. */
lb_err lb_audit_verify(lb_audit *audit, lb_arena *arena, lb_answer *answer);

#endif
