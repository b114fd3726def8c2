/* inquire.h - answers query messages (Cargo-IMP FSR) from the view, in their own format.
 *
 * Runs in the hub's thread when the message is read, so its time is charged to the sender's slice; sent after the
 * commit. Events that the view has not applied yet are not in the answer. */
#ifndef NET_INQUIRE_H
#define NET_INQUIRE_H

#include "base/batch.h"

typedef struct lb_inquire lb_inquire;

lb_err lb_inquire_open(lb_inquire **inquire, const char *view_path);
void lb_inquire_close(lb_inquire **inquire);

/* Leaves the answer to a query message in item->reported, in the batch's arena. A repeated message is answered anew:
 * the state may have changed. */
void lb_inquire_answer(lb_inquire *inquire, lb_batch *batch, lb_item *item, int64_t now_us);

#endif
