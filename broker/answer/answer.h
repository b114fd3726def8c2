/* answer.h - answers questions from the view, and dumps all of it. */
#ifndef ANSWER_ANSWER_H
#define ANSWER_ANSWER_H

#include "arena.h"
#include "base/permission.h"
#include "landbridge/client/answer.h"

typedef struct lb_view_reader lb_view_reader; /* belongs to one thread */

lb_err lb_view_reader_open(lb_view_reader **reader, const char *path);
void lb_view_reader_close(lb_view_reader **reader);
/* The newest journal number in the view. */
int64_t lb_view_reader_applied(lb_view_reader *reader);
/* Cost of the last answer, in steps of lb_budget. */
int64_t lb_view_reader_steps(const lb_view_reader *reader);
/* The last answer includes all events up to this number. */
int64_t lb_view_reader_as_of(const lb_view_reader *reader);

/* Limits the processor time of later answers, in place of LB_QUESTION_CPU_MS; 0: that limit again. For a reader whose
 * question can be repeated on a reader with a higher limit. */
void lb_view_reader_hurry(lb_view_reader *reader, int64_t us);
/* Was the last answer refused because its processor time was used up? */
bool lb_view_reader_was_late(const lb_view_reader *reader);

/* Every track, resource and yard in canonical text, for comparisons; capacity as of `now_us`. The caller frees *text; it is
 * NULL when the view is empty. Without permission or budget: no question on the wire gives it. */
lb_err lb_view_dump(lb_view_reader *reader, int64_t now_us, char **text, size_t *len,
                    int64_t *as_of_seq);

/* BLAKE2b of the same text, for views of any length. *as_of_seq: the newest number in the view. */
enum { LB_VIEW_DIGEST_BYTES = 32 };
lb_err lb_view_digest(lb_view_reader *reader, int64_t now_us, uint8_t digest[LB_VIEW_DIGEST_BYTES],
                      int64_t *as_of_seq);

/* Limits of one question. An answer over one of them is TOO_BIG, names it, and has no other content. */
#define LB_QUESTION_STEPS  600000              /* queries, rows, stays and legs: see lb_budget */
#define LB_QUESTION_CPU_MS 3000                /* of the processor */
#define LB_QUESTION_MEMORY (128 * 1024 * 1024) /* bytes; the caller sets it for the arena */

/* Answers a question that asks.def lists under VIEW (others: MISUSE) from one consistent snapshot. `permission` limits what
 * is visible: a track that its party may not see is answered as one that does not exist. NULL: everything is visible.
 * `now_us` decides what has expired or is overdue. The answer lives in the arena; answer->error is set for a mistake in
 * the question, for something that does not exist, and for a limit that was reached. */
lb_err lb_view_answer(lb_view_reader *reader, const lb_query *query,
                      const lb_permission *permission, int64_t now_us, lb_arena *arena,
                      lb_answer *answer);

#endif
