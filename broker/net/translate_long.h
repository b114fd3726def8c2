/* translate_long.h - reads long messages in a thread of its own, beside the turn: a table of 100,000 rows takes most
 * of a second, and other senders must not wait for it.
 *
 *     turn n     the message's turn: it is copied to the thread, its sender is suspended
 *     ...        other senders have their turns; the thread reads and packs it, with a sink, arena and note of its own
 *     turn m     the message's turn again: the events are taken, and kept with this turn
 *     its end    the thread is free for the next message
 *
 *     FREE -> READING -> READ -> TAKEN -> FREE      READ -> FREE: not fetched in time, or rights or profile have
 * changed
 *
 * One message at a time. A submission that waits for its result has a ticket. Called by the hub's thread only. */
#ifndef NET_TRANSLATE_LONG_H
#define NET_TRANSLATE_LONG_H

#include "base/batch.h"

/* Longer messages are read here: this length takes some ten milliseconds. */
#define LB_LONG_BYTES ((size_t)64 * 1024)

typedef struct lb_translate_long lb_translate_long;

lb_err lb_translate_long_open(lb_translate_long **lane, const char *folder, int64_t budget_us);
/* waits until the message in progress is read */
void lb_translate_long_close(lb_translate_long **lane);

/* Readable when a message has been read. */
int lb_translate_long_file(const lb_translate_long *lane);
/* Call before each turn. True: suspended senders may try again. */
bool lb_translate_long_look(lb_translate_long *lane, int64_t now_us);
/* Call at the end of each turn. True: as above. */
bool lb_translate_long_end_turn(lb_translate_long *lane);

/* Is this message read here? */
bool lb_translate_long_takes(const lb_item *item, const lb_frame *frame);
/* Is the thread busy with another message than that of this ticket? Then there is no use in making an item. */
bool lb_translate_long_is_busy_for(const lb_translate_long *lane, int64_t ticket);
/* Lends the result for this item, as lb_translate_read would leave it, until the end of the turn. False: not yet,
 * suspend its sender. `revision` is that of the current rights. */
bool lb_translate_long_read(lb_translate_long *lane, lb_frame *frame, lb_item *item,
                            int64_t revision);

#endif
