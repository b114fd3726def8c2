/* keys.h - the delivery keys of a journal: which messages were kept before (keep/dedup.h). */
#ifndef BROKER_KEYS_H
#define BROKER_KEYS_H

#include "keep/dedup.h"
#include "keep/journal.h"

/* Opens keys.db and adds from the journal what it lacks. */
lb_err lb_keys_open(lb_dedup **keys, const lb_journal *journal, const lb_journal_place *place,
                    const char *path);
/* For a damaged keys.db: deletes it and rebuilds it from the first block on. */
lb_err lb_keys_make_again(lb_dedup **keys, const lb_journal *journal, const lb_journal_place *place,
                          const char *path);

#endif
