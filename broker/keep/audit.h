/* audit.h - the audit log: connections, queries, messages, subscriptions, releases, changes of rights. Append only.
 *
 *     check of a row = hash(check of the row before | number | at_us | times | gate | party | action | ask | about | outcome)
 *
 * So a row that was changed, removed or inserted breaks the chain from there on. Whether the end was cut off shows only
 * by a newest check kept elsewhere (`admin audit --head`). The writer belongs to the access thread; readers may be
 * opened in any. */
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

/* Appends a record (party, action, about, outcome, times, at_us; number and check are made), inside the caller's
 * transaction; settle tells how that ended. */
lb_err lb_audit_append(lb_audit *audit, const lb_audit_note *note);
void lb_audit_settle(lb_audit *audit, bool is_kept);

/* AUDIT_LIST: the newest `limit` (default 1,000) that match, or those from from_number on, oldest first. */
lb_err lb_audit_list(lb_audit *audit, const lb_audit_list_query *query, lb_arena *arena,
                     lb_audit_note_list *notes);
/* AUDIT_VERIFY: CORRUPT with the first wrong row in the answer's text. */
lb_err lb_audit_verify(lb_audit *audit, lb_arena *arena, lb_answer *answer);

#endif
