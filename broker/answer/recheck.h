/* recheck.h - what of the journal today's grants judge otherwise than those of the moment of receipt.
 *
 *     event --> the party that sent it --> its grants of today --> effects, compared with those that were kept
 *
 * What was kept stays as it was judged; this only tells. A party is found by what the event's cover says, else by its
 * source, or by its terminal where terminals are listed. What an operator sent as a party's source counts as the
 * party's here; what comes of a source of no party is the operator's and is passed over. A party that is gone has no
 * grants. */
#ifndef ANSWER_RECHECK_H
#define ANSWER_RECHECK_H

#include "base/permission.h"
#include "keep/epoch.h"
#include "keep/journal.h"

typedef struct lb_recheck {
    lb_journal_reader *journal;
    const lb_epochs *epochs;
    const lb_permission_book *book;
    bool terminals_are_listed;
} lb_recheck;

/* Answers LB_ASK_COVER: at most query->limit changes (1,000) of at most 20,000 events. cover.next is there
 * when the journal goes on behind them, and as_of is the last event that was looked at. query->from has been judged. */
lb_err lb_recheck_answer(const lb_recheck *recheck, const lb_cover_query *query, lb_arena *arena,
                         lb_answer *answer);

#endif
