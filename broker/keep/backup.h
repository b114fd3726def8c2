/* backup.h - copies the files of a data folder that cannot be rebuilt, while the hub runs, and
 * restores a folder from them.
 *
 *     journal.db  party.db    each a consistent snapshot
 *     hub.key                 the hub's CURVE key: clients have its public half
 *     hub.id                  the hub's id and epochs, marked as a copy (keep/epoch.h)
 *     sources/                profiles of the sources
 *
 * keys.db and view.db are not copied, since they are rebuilt from the journal. A backup is written
 * under a temporary name (NAME.part) and verified before it is renamed, so an incomplete one cannot
 * be mistaken for a complete one. */
#ifndef KEEP_BACKUP_H
#define KEEP_BACKUP_H

#include "base/folder.h"
#include "keep/journal.h"

enum { LB_BACKUP_WHY = 256 };

/* Writes a backup to the folder `to`, which must not exist or be empty (else MISUSE). *head: the
 * journal head in the backup. On an error `why` has the reason, for people. Any thread may call
 * it. */
lb_err lb_backup_make(const lb_journal_engine *engine, const lb_folder *folder, const char *to,
                      lb_journal_head *head, char why[LB_BACKUP_WHY]);

/* Restores a backup to the data folder `folder`, which must not exist or be empty (else MISUSE),
 * with the events up to until_seq (LB_UNKNOWN: all). A message with an event beyond until_seq is
 * left out as a whole and may be sent again. Quarantine and the counters of feeds are as they were
 * when the backup was made. The restored hub begins a new epoch. */
lb_err lb_backup_restore(const lb_journal_engine *engine, const char *backup, const char *folder,
                         int64_t until_seq, lb_journal_head *head, char why[LB_BACKUP_WHY]);

#endif
