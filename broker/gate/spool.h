/* spool.h - the watched folder: whoever has only files moves them in here.
 *
 *     FOLDER/spool/FILE           from the source "local"
 *     FOLDER/spool/SOURCE/FILE    from that source
 *
 * A file must be moved in by rename (names that start with '.' or end in ".part" or ".tmp" are not looked
 * at). Kept on disk by the hub, it moves to spool/done; refused, to spool/rejected with a .txt beside it
 * that says why. What the hub could not keep stays, and is tried again. */
#ifndef GATE_SPOOL_H
#define GATE_SPOOL_H

#include <stdint.h>

#include "landbridge/client/error.h"

typedef struct lb_spool lb_spool;

lb_err lb_spool_open(lb_spool **spool, void *zmq, const char *folder, int64_t message_bytes);
void lb_spool_close(lb_spool **spool); /* after the context was shut down */

#endif
