/* translate_long.h - long messages, read beside the turn by a thread of their own: a table of 100,000 rows takes most of
 * a second, and others must not wait for it.
 *
 *     turn n     the message's turn comes: it is copied to the thread, its sender is held
 *     ...        others have their turns                     the thread reads it, and packs it for the journal: sink, arena and note are its own
 *     turn m     the message's turn comes again: what was read of it is taken, and kept with the turn
 *     its end    what was taken is void; the thread is free for the next
 *
 *     FREE -> READING -> READ -> TAKEN -> FREE          READ -> FREE: nobody comes for it, or rights or profile have changed
 *
 * One message at a time. A submission that waits for it has a ticket. All functions belong to the hub's thread. */
#ifndef NET_TRANSLATE_LONG_H
#define NET_TRANSLATE_LONG_H

#include "base/batch.h"

/* Longer messages are read here: reading so much takes some ten milliseconds. */
#define LB_LONG_BYTES ((size_t)64 * 1024)

typedef struct lb_translate_long lb_translate_long;

lb_err lb_translate_long_open(lb_translate_long **lane, const char *folder, int64_t budget_us);
void lb_translate_long_close(lb_translate_long **lane); /* what is being read is read to its end */

/* Readable when a message has been read. */
int lb_translate_long_file(const lb_translate_long *lane);
/* Once a turn, before it. True: those who were held may try again. */
bool lb_translate_long_look(lb_translate_long *lane, int64_t now_us);
/* The turn ends. True: as above. */
bool lb_translate_long_end_turn(lb_translate_long *lane);

/* Is it a message to be read here? */
bool lb_translate_long_takes(const lb_item *item, const lb_frame *frame);
/* Is there no use in laying out the message that has this ticket? */
bool lb_translate_long_is_busy_for(const lb_translate_long *lane, int64_t ticket);
/* Lends what was read of this item, as lb_translate_read would leave it, until the end of the turn. False: not yet, hold its
 * sender. `revision` is that of the rights that hold now. */
bool lb_translate_long_read(lb_translate_long *lane, lb_frame *frame, lb_item *item,
                            int64_t revision);

#endif
