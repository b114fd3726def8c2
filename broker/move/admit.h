/* admit.h - who says this, and may they. Belongs to the hub's thread.
 *
 * There are no keys yet: whoever can reach a socket may use any source's name, so the sockets are
 * loopback and ipc only. What is checked is that a name is a name, that the names of gates are used by
 * gates, and that a source with a profile sends what its profile allows. */
#ifndef MOVE_ADMIT_H
#define MOVE_ADMIT_H

#include "base/batch.h"
#include "keep/feed.h"

typedef struct lb_admit lb_admit;

/* Profiles are FOLDER/sources/<source>.ini; read when the source speaks first, and after forget. */
lb_err lb_admit_open(lb_admit **admit, const char *folder, lb_feed_book *feeds,
                     int64_t message_bytes);
void lb_admit_close(lb_admit **admit);
void lb_admit_forget(lb_admit *admit); /* profiles are read again */

/* Gives every frame its feed, every item its source and its delivery key, or a refusal. `inside` is the
 * door of gates. */
void lb_admit_judge(lb_admit *admit, lb_batch *batch, int inside);

#endif
