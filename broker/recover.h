/* recover.h - at the start: is the journal complete, and which numbers may be given out next?
 *
 *     journal, its WAL    what there is now         ─┐
 *     head.mark           what there was            ─┼─> equal    the next number is head + 1
 *     view.db, keys.db    what they have seen of it ─┘   less     damage: readable turns are salvaged (keep/repair.h),
 *                                                                 the rest is LOST up to the reservation
 *                                                        more     the mark was not synced: numbers up to the
 *                                                                 reservation are SKIPPED, clients may have seen them
 *
 * Everything is compared before anything is opened for writing. Files that are damaged, or ahead of the journal, are
 * set aside, never removed. */
#ifndef BROKER_RECOVER_H
#define BROKER_RECOVER_H

#include "base/folder.h"
#include "base/store.h"
#include "keep/journal.h"
#include "keep/head_mark.h"
#include "landbridge/client/enums.h"

enum { LB_FOUND_ROOM = 400, LB_FINDINGS_MAX = 16 };

typedef struct lb_recovery {
    bool is_damaged;
    char found[LB_FOUND_ROOM]; /* for people: findings of this start; empty: none */
    lb_start_finding findings[LB_FINDINGS_MAX];
    size_t finding_count;
    char set_aside[LB_ASIDE_ROOM]; /* inside the data folder; empty: nothing was set aside */
    int64_t seq, block, messages;  /* the furthest that any file says the journal has been */
    int64_t began_us;              /* holes found at or after this were found by this start */
    int64_t next_seq_at_least;     /* lower numbers are not given out again */
    bool may_repeat;               /* higher numbers may have been given out before, too */
} lb_recovery;

/* Compares; if needed, salvages and sets aside. No file of the folder may be open. `known`: damage that was found
 * already; UNSPECIFIED: none. */
lb_err lb_recover(lb_recovery *recovery, const lb_journal_engine *engine, const lb_folder *folder,
                  const lb_head_mark_facts *mark, lb_start_finding known);
/* Appends LOST or SKIPPED to the journal if needed, in an append of its own. */
lb_err lb_recover_numbers(const lb_recovery *recovery, lb_journal *journal);

#endif
