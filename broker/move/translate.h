/* translate.h - messages -> events and doubts. Belongs to the hub's thread.
 *
 * A message that crashed its adapter must not crash the hub twice: its delivery key is noted in
 * FOLDER/reading before it is read and taken back after. */
#ifndef MOVE_TRANSLATE_H
#define MOVE_TRANSLATE_H

#include "base/batch.h"

typedef struct lb_translate lb_translate;

lb_err lb_translate_open(lb_translate **translate, const char *folder);
void lb_translate_close(lb_translate **translate);

/* Reads a NEW item: it becomes READ, with its events packed in the batch's arena, or UNREAD, or DENIED. */
void lb_translate_read(lb_translate *translate, lb_batch *batch, lb_item *item);

#endif
