/* admit.h - access check of submissions: is the sender known, and may it send this? Belongs to the hub's thread.
 *
 * Every message passes here, from whichever door:
 *
 *     the source's name is valid; its profile can be read    else the whole Submit is refused, nothing of it is kept
 *     the party may send as this source                  DENIED
 *     it is within its rate limits                       BUSY, with the time after which it may go on
 *     the message is not too long                        TOO_BIG
 *
 * A gate submits for itself, or on behalf of a party (Submit.on_behalf_of): then the party's rights and rates hold as if
 * it had sent the message itself, and the audit log names both. Outside connections may not set on_behalf_of.
 *
 * Which formats a party may send is checked when the format is known (translate). A client without a key is on the
 * hub's own machine: it may use any source except those reserved for gates. */
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
    bool terminals_are_listed; /* a message of the 808 gate belongs to its terminal's party */
} lb_admit_options;

/* Profiles are FOLDER/sources/<source>.ini; read with the first message of a source, and again after forget. */
lb_err lb_admit_open(lb_admit **admit, const lb_listen *listen, const lb_admit_options *options);
void lb_admit_close(lb_admit **admit);
void lb_admit_forget(lb_admit *admit); /* profiles are read again */

/* Begins a turn: rights as of now are valid until the next call. */
void lb_admit_begin(lb_admit *admit);
/* Of the rights; changes with them. */
int64_t lb_admit_revision(const lb_admit *admit);
/* Gives a frame its party and its feed, or refuses all of it: then no items are made. The party's rates are charged
 * once per submission. `inside` is the side of the gates. */
lb_err lb_admit_frame(lb_admit *admit, lb_frame *frame, int inside);
/* Sets the owner of a frame that was refused before its access check: not a Submit, or too big. */
void lb_admit_owner(lb_admit *admit, lb_frame *frame);
/* Gives an item of an admitted frame its source and its delivery key, or a refusal. */
void lb_admit_item(lb_admit *admit, const lb_frame *frame, lb_item *item);
/* Charges the frame's party for reading messages that were refused: see REFUSED_US_PER_S. */
void lb_admit_charge(lb_admit *admit, const lb_frame *frame, int64_t refused_us);

#endif
