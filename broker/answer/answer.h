/* answer.h - questions that are answered from the view; and the dump of everything in it. */
#ifndef ANSWER_ANSWER_H
#define ANSWER_ANSWER_H

#include "arena.h"
#include "base/permission.h"
#include "landbridge/client/answer.h"

typedef struct lb_view_reader lb_view_reader; /* one for each thread that asks */

lb_err lb_view_reader_open(lb_view_reader **reader, const char *path);
void lb_view_reader_close(lb_view_reader **reader);
int64_t lb_view_reader_applied(lb_view_reader *reader);
int64_t
lb_view_reader_steps(const lb_view_reader *reader); /* what the last answer cost, see lb_budget */
int64_t
lb_view_reader_as_of(const lb_view_reader *reader); /* the last answer includes up to that number */

/* From now on an answer may take so much of the processor at most: another budget than LB_QUESTION_CPU_MS, for questions
 * that can be asked again of a reader with more. 0: that one. */
void lb_view_reader_hurry(lb_view_reader *reader, int64_t us);
/* Has the last answer been refused for its time? */
bool lb_view_reader_was_late(const lb_view_reader *reader);

/* Every track and resource in canonical text, as of `now_us`, for comparisons; *text is the caller's, to be freed, and
 * NULL when the view is empty. No permission and no budget: no question of the wire asks for it. */
lb_err lb_view_dump(lb_view_reader *reader, int64_t now_us, char **text, size_t *len,
                    int64_t *as_of_seq);

/* The same as a digest: for comparisons of views of any length. The number up to which it counts. */
enum { LB_VIEW_DIGEST_BYTES = 32 };
lb_err lb_view_digest(lb_view_reader *reader, int64_t now_us, uint8_t digest[LB_VIEW_DIGEST_BYTES],
                      int64_t *as_of_seq);

/* What one question may cost. Over it the answer is TOO_BIG, says which of these it was, and holds nothing else. */
#define LB_QUESTION_STEPS  600000              /* queries, rows, stays and legs: see lb_budget */
#define LB_QUESTION_CPU_MS 3000                /* of the processor                             */
#define LB_QUESTION_MEMORY (128 * 1024 * 1024) /* bytes of the arena, to be set by its owner   */

/* Answers the questions that asks.def has under VIEW (others: MISUSE) from one consistent
 * snapshot, as far as the pass goes: of tracks that its party may not see it says what it says of those that are
 * not there. NULL: of everything. `now_us` is the clock for holds and exceptions. The answer
 * lives in the arena; answer->error is set for what the asker did wrong or what is not there. */
lb_err lb_view_answer(lb_view_reader *reader, const lb_query *query,
                      const lb_permission *permission, int64_t now_us, lb_arena *arena,
                      lb_answer *answer);

#endif
