/* inquire.h - messages that ask instead of telling (Cargo-IMP FSR): answered from the view, in their own language.
 *
 * The hub's own thread, after the commit and before the receipts. Such messages are rare: a carrier's tracking
 * request is a person's question. What the view has not applied yet is not in the answer. */
#ifndef MOVE_INQUIRE_H
#define MOVE_INQUIRE_H

#include "base/batch.h"

typedef struct lb_inquire lb_inquire;

lb_err lb_inquire_open(lb_inquire **inquire, const char *view_path);
void lb_inquire_close(lb_inquire **inquire);

/* Leaves the answer of each message that asks in item->told, in the batch's arena. A message that came before is
 * answered again: the world may have moved on. */
void lb_inquire_answer(lb_inquire *inquire, lb_batch *batch, int64_t now_us);

#endif
