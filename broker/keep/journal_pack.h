/* journal_pack.h - packs and compresses the bodies of journal rows. This is most of the work of an
 * append and does not need the journal, so long messages are packed in other threads. A packer
 * belongs to one thread. */
#ifndef KEEP_JOURNAL_PACK_H
#define KEEP_JOURNAL_PACK_H

#include "base/batch.h"

typedef struct lb_journal_packer lb_journal_packer;

lb_err lb_journal_packer_open(lb_journal_packer **packer);
void lb_journal_packer_close(lb_journal_packer **packer);

/* Fills in the journal entry of a READ item. It borrows from frame and item. */
void lb_journal_entry(const lb_frame *frame, const lb_item *item, lb_entry *entry);

/* Packs a block and the raw bytes of its messages, one for each entry. The result is in the
 * arena. */
lb_err lb_journal_pack(lb_journal_packer *packer, const lb_block *block, const lb_raw_block *raw,
                       lb_arena *arena, lb_packed *packed);

/* Packs one item as a row of its own into item->packed, which lb_journal_add then writes as it
 * is. */
lb_err lb_journal_pack_item(lb_journal_packer *packer, const lb_frame *frame, lb_item *item,
                            lb_arena *arena);

#endif
