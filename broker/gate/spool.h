/* spool.h - the watched folder: for senders that have only files.
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

typedef struct lb_spool_options {
    void *zmq;             /* the hub's context; outlives the spool       */
    const char *intake;    /* endpoint of the intake's socket for gates   */
    const char *folder;    /* the data folder                             */
    int64_t message_bytes; /* the longest message                      */
} lb_spool_options;

/* Starts the thread that looks. */
lb_err lb_spool_open(lb_spool **spool, const lb_spool_options *options);
/* Stops it. A file whose receipts have not all come stays where it is. */
void lb_spool_close(lb_spool **spool);

#endif
