/* admit.h - who says this, and may they. Belongs to the hub's thread.
 *
 * Everything that is to become an event passes here, whichever door it came by:
 *
 *     a name is a name; a profile can be read            who fails: the whole Submit, nothing of it is kept
 *     the party may send as this source                  DENIED
 *     it has not sent too much lately                    BUSY, with the time after which it may go on
 *     the message is not too long                        TOO_BIG
 *
 * What a gate submits is its own, or on behalf of a party (Submit.on_behalf_of): then the party's rights and rates hold as
 * if it had come itself, and the audit log names both. From outside nobody speaks on behalf of another.
 *
 * Which formats a party may send is asked when the format is known (translate). Who comes by a door that needs no
 * key is the hub's own machine: it may use any source, but those that belong to gates. */
#ifndef NET_ADMIT_H
#define NET_ADMIT_H

#include "base/batch.h"
#include "keep/feed.h"
#include "net/socket.h"

typedef struct lb_admit lb_admit;

typedef struct lb_admit_options {
    lb_feed_book *feeds;
    int64_t message_bytes;               /* the longest message */
    int64_t messages_per_s, bytes_per_s; /* of a party that has no limits of its own */
    bool terminals_are_listed;           /* what comes by the 808 gate is its terminal's party's */
} lb_admit_options;

/* Profiles are FOLDER/sources/<source>.ini; read when the source speaks first, and after forget. */
lb_err lb_admit_open(lb_admit **admit, const lb_listen *listen, const lb_admit_options *options);
void lb_admit_close(lb_admit **admit);
void lb_admit_forget(lb_admit *admit); /* profiles are read again */

/* The turn begins: what parties may now holds until the next call. */
void lb_admit_begin(lb_admit *admit);
int64_t
lb_admit_revision(const lb_admit *admit); /* of what they may: another number, other rights */
/* Gives a frame its party and its feed, or refuses all of it: nothing is laid out then. The rates of the party are
 * asked once for each submission. `inside` is the door of gates. */
lb_err lb_admit_frame(lb_admit *admit, lb_frame *frame, int inside);
/* Whose share a frame fills that was refused before it could be admitted: one that is no Submit, or too much. */
void lb_admit_owner(lb_admit *admit, lb_frame *frame);
/* Gives an item of a frame that was admitted its source and its delivery key, or a refusal. */
void lb_admit_item(lb_admit *admit, const lb_frame *frame, lb_item *item);
/* What reading messages of the frame's party took that were refused: see REFUSED_US_PER_S. */
void lb_admit_charge(lb_admit *admit, const lb_frame *frame, int64_t refused_us);

#endif
