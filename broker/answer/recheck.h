/* recheck.h - lists effects of events in the journal that today's grants judge differently than at receipt.
 *
 *     event --> the party that sent it --> its grants of today --> effects, compared with those that were kept
 *
 * It changes nothing that was kept. The party is the one named in the event's cover, else the owner of the source, or of
 * the terminal where terminals are listed. An event that an operator sent under a party's source counts as the party's; an
 * event from a source without a party is the operator's and is skipped. A party that no longer exists has no grants. */
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

/* Answers LB_ASK_COVER: at most query->limit changes (default 1,000, at most 10,000) from at most 20,000 numbers of the
 * journal. `query->from` has been judged. as_of is the last number examined; cover.next is set if the journal has more. */
lb_err lb_recheck_answer(const lb_recheck *recheck, const lb_cover_query *query, lb_arena *arena,
                         lb_answer *answer);

#endif
