/* translate.h - messages -> events and doubts. Belongs to one thread: see lb_translate_guard.
 *
 * A message that crashed its adapter must not crash the hub twice: its delivery key is written to FOLDER/NOTE before
 * it is read and erased afterwards. */
#ifndef NET_TRANSLATE_H
#define NET_TRANSLATE_H

#include "base/batch.h"

typedef struct lb_translate lb_translate;

/* Processor time for reading one message; beyond it the message is refused (TOO_BIG), and the same bytes are not read
 * again. Any well-formed message within the size limits needs less. A release has no such limit. */
#ifdef __SANITIZE_THREAD__ /* ThreadSanitizer: everything takes ten times as long */
#define LB_READ_BUDGET_US INT64_C(100000000)
#else
#define LB_READ_BUDGET_US INT64_C(5000000)
#endif

/* Files: of the hub's thread, and of the thread that reads long messages. */
#define LB_READING_NOTE      "reading"
#define LB_READING_LONG_NOTE "reading-long"

lb_err lb_translate_open(lb_translate **translate, const char *folder, const char *note,
                         int64_t budget_us);
/* From now on a fatal signal in the calling thread is blamed on the message being read. Close in the same thread. */
void lb_translate_guard(lb_translate *translate);
void lb_translate_close(lb_translate **translate);

/* Reads a NEW item: it becomes READ, with its events packed in the batch's arena, or UNREAD, or DENIED. */
void lb_translate_read(lb_translate *translate, lb_batch *batch, lb_item *item);
/* Frees what a long message needed; the next reading does that, too. */
void lb_translate_rest(lb_translate *translate);

#endif
