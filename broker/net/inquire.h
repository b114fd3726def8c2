/* inquire.h - messages that ask instead of telling (Cargo-IMP FSR): answered from the view, in their own language.
 *
 * The hub's own thread, when the message is read, so that it is paid for by its sender's slice; told after the commit.
 * What the view has not applied yet is not in the answer. */
#ifndef NET_INQUIRE_H
#define NET_INQUIRE_H

#include "base/batch.h"

typedef struct lb_inquire lb_inquire;

lb_err lb_inquire_open(lb_inquire **inquire, const char *view_path);
void lb_inquire_close(lb_inquire **inquire);

/* Leaves the answer of a message that asks in item->reported, in the batch's arena. A message that came before is answered
 * again: the world may have moved on. */
void lb_inquire_answer(lb_inquire *inquire, lb_batch *batch, lb_item *item, int64_t now_us);

#endif
