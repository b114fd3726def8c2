/* receipt.h - the receipts for a frame. Belongs to the hub's thread. */
#ifndef NET_RECEIPT_H
#define NET_RECEIPT_H

#include "base/batch.h"
#include "keep/epoch.h"

/* The receipts of this frame, packed into the batch's arena. `kept` is the result of the turn's commit: when it failed,
 * whatever depends on it is FAILED and may be sent again. A frame that is a part of its submission adds to its receipts
 * instead, and *bytes is empty until the last part. */
lb_err lb_receipt_pack(lb_batch *batch, const lb_frame *frame, lb_err kept, const lb_epochs *epochs,
                       lb_span *bytes);

/* One message's receipt as a struct, for requests that are not a Submit (a release). */
void lb_receipt_fill(lb_batch *batch, const lb_item *item, lb_err kept, lb_receipt *receipt);

#endif
