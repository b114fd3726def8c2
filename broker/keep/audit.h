/* audit.h - who asked, sent, followed, released and changed rights: added to, never changed.
 *
 *     check of a row = hash(check of the row before | number | at_us | party | action | about | outcome | times)
 *
 * So a row that was changed, taken out or put in breaks the chain from there on; who keeps the newest check
 * elsewhere (`admin audit --head`) can tell that the end was not cut off either. The writer belongs to the
 * access's thread; readers may be opened in any. */
#ifndef KEEP_AUDIT_H
#define KEEP_AUDIT_H

#include "arena.h"
#include "base/store.h"
#include "landbridge/client/answer.h"

typedef struct lb_audit lb_audit;

lb_err lb_audit_open(lb_audit **audit, lb_store *store); /* borrows the store */
void lb_audit_close(lb_audit **audit);

/* Adds notes (party, action, about, outcome, times, at_us; number and check are made), inside the caller's
 * transaction; settle says how that ended. */
lb_err lb_audit_append(lb_audit *audit, const lb_audit_note *note);
void lb_audit_settle(lb_audit *audit, bool is_kept);

/* AUDIT_LIST: the newest `limit` (1,000 when not said) that fit, or from after_number on, oldest first. */
lb_err lb_audit_answer(lb_audit *audit, const lb_query *query, lb_arena *arena, lb_answer *answer);
/* AUDIT_VERIFY: CORRUPT, and the first row that is wrong in the answer's text. */
lb_err lb_audit_verify(lb_audit *audit, lb_arena *arena, lb_answer *answer);

#endif
