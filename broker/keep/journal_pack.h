/* journal_pack.h - the bodies of rows of the journal, packed and compressed: most of the work of writing a long turn
 * down, and none that needs the journal. A packer belongs to one thread. */
#ifndef KEEP_JOURNAL_PACK_H
#define KEEP_JOURNAL_PACK_H

#include "base/batch.h"

typedef struct lb_journal_packer lb_journal_packer;

lb_err lb_journal_packer_open(lb_journal_packer **packer);
void lb_journal_packer_close(lb_journal_packer **packer);

/* What the journal says of an item that was READ, beside its numbers. Lives as long as frame and item. */
void lb_journal_entry(const lb_frame *frame, const lb_item *item, lb_entry *entry);

/* `raw`: the messages as they came, one for each entry. The result stands in the arena. */
lb_err lb_journal_pack(lb_journal_packer *packer, const lb_block *block, const lb_raw_block *raw,
                       lb_arena *arena, lb_packed *packed);

/* One item as a row of its own, into item->packed: the journal then only writes it down. */
lb_err lb_journal_pack_item(lb_journal_packer *packer, const lb_frame *frame, lb_item *item,
                            lb_arena *arena);

#endif
