/* backup.h - what of a data folder cannot be made again, copied while the hub runs, and made into a folder again.
 *
 *     journal.db  party.db    each as it stood at one moment
 *     hub.key                 so that parties know the hub again
 *     hub.id                  which hub it is, and that this is a copy (keep/epoch.h)
 *     sources/                the profiles
 *
 * A backup is read through before it gets its name, so a half one is never taken for a whole one. keys.db and view.db
 * are made again from the journal. */
#ifndef KEEP_BACKUP_H
#define KEEP_BACKUP_H

#include "base/folder.h"
#include "keep/journal.h"

enum { LB_BACKUP_WHY = 256 };

/* Makes the folder `to`, which must not be there or be empty. `why` says what went wrong. */
lb_err lb_backup_make(const lb_journal_engine *engine, const lb_folder *folder, const char *to,
                      lb_journal_head *head, char why[LB_BACKUP_WHY]);

/* Makes a data folder of a backup, which must not be there or be empty, with the events up to until_seq; of a message
 * whose events go beyond it nothing is taken, and it may be sent again. LB_UNKNOWN: all. Messages in quarantine and
 * the counters of feeds are as they were when the backup was made. */
lb_err lb_backup_restore(const lb_journal_engine *engine, const char *backup, const char *folder,
                         int64_t until_seq, lb_journal_head *head, char why[LB_BACKUP_WHY]);

#endif
