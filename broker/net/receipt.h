/* receipt.h - what a frame's sender is told. Belongs to the hub's thread. */
#ifndef NET_RECEIPT_H
#define NET_RECEIPT_H

#include "base/batch.h"
#include "keep/epoch.h"

/* What the sender of this frame is reported, packed into the batch's arena. `kept` is how the turn's commit ended: when it
 * failed, whatever rests on it is FAILED and may be sent again. A frame that is a part of its submission is remembered
 * there instead, and *bytes is empty until it is the last. */
lb_err lb_receipt_pack(lb_batch *batch, const lb_frame *frame, lb_err kept, const lb_epochs *epochs,
                       lb_span *bytes);

/* One message's receipt, as a struct: for those who asked in another way than by a Submit. */
void lb_receipt_fill(lb_batch *batch, const lb_item *item, lb_err kept, lb_receipt *receipt);

#endif
