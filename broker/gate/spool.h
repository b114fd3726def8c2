/* spool.h - the gate for files: a watched folder.
 *
 *     FOLDER/spool/FILE           a message or several, from the source "local"
 *     FOLDER/spool/SOURCE/FILE    from that source
 *
 * A file must be moved in by rename: names that start with '.' or end in ".part" or ".tmp" are
 * ignored. When all its messages are kept the file is moved to spool/done; when one was refused, to
 * spool/rejected, with the reasons in a .txt file beside it. A file whose messages the hub could
 * not keep stays and is tried again. Answers of the carrier's format are written to
 * spool/answers. */
#ifndef GATE_SPOOL_H
#define GATE_SPOOL_H

#include <stdint.h>

#include "landbridge/client/error.h"

typedef struct lb_spool lb_spool;

typedef struct lb_spool_options {
    void *zmq;             /* the hub's context; outlives the spool */
    const char *intake;    /* endpoint of the intake's socket for gates */
    const char *folder;    /* the data folder */
    int64_t message_bytes; /* the longest message */
} lb_spool_options;

/* Starts the thread that watches the folder. */
lb_err lb_spool_open(lb_spool **spool, const lb_spool_options *options);
/* Stops the thread. A file without all its receipts stays where it is. */
void lb_spool_close(lb_spool **spool);

#endif
