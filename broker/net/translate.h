/* translate.h - messages -> events and doubts. Belongs to one thread: see lb_translate_guard.
 *
 * A message that crashed its adapter must not crash the hub twice: its delivery key is noted in
 * FOLDER/NOTE before it is read and taken back after. */
#ifndef NET_TRANSLATE_H
#define NET_TRANSLATE_H

#include "base/batch.h"

typedef struct lb_translate lb_translate;

/* The processor's time that reading one message may take; longer is refused by name (TOO_BIG), and the same bytes are not
 * read again. All that is well formed and no longer than the hub takes needs less. A release is read however long it takes. */
#ifdef __SANITIZE_THREAD__ /* under it everything takes ten times as long */
#define LB_READ_BUDGET_US INT64_C(100000000)
#else
#define LB_READ_BUDGET_US INT64_C(5000000)
#endif

/* Notes: of the hub's thread, and of the one that reads long messages. */
#define LB_READING_NOTE      "reading"
#define LB_READING_LONG_NOTE "reading-long"

lb_err lb_translate_open(lb_translate **translate, const char *folder, const char *note,
                         int64_t budget_us);
/* From now on a fatal signal of the calling thread is held against what is read just then. The same thread closes. */
void lb_translate_guard(lb_translate *translate);
void lb_translate_close(lb_translate **translate);

/* Reads a NEW item: it becomes READ, with its events packed in the batch's arena, or UNREAD, or DENIED. */
void lb_translate_read(lb_translate *translate, lb_batch *batch, lb_item *item);
/* Gives back what a long message needed; the next reading does that too. */
void lb_translate_rest(lb_translate *translate);

#endif
