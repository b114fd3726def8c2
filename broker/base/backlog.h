/* backlog.h - submissions that wait to be read, and which sender's turn is next. Belongs to the hub's thread.
 *
 *     sockets --put--> sender a: s s s s s      next: of a for a slice, of b, of c, of a again ...
 *                      sender b: s
 *                      sender c: s s
 *
 * A sender is a party, or a source: of a connection without a key, or of a gate. The submissions of a sender stay in
 * order. Senders take turns by processor time: each gets a slice. A message cannot be cut, so a sender may overrun; one
 * that used more than two slices at once is in debt, and is passed over while others wait, for as long as it delayed
 * them. When no other sender waits it goes on at once.
 *
 * The queue is bounded. A sender may fill LB_SENDER_BYTES; when all together have LB_BACKLOG_BYTES it may fill
 * LB_SCARCE_BYTES, so a few senders that send more than is read leave space for the others. */
#ifndef BASE_BACKLOG_H
#define BASE_BACKLOG_H

#include "base/batch.h"

/* A sender may exceed LB_SENDER_BYTES by one submission of any length; gates limit themselves. */
#define LB_SENDER_BYTES       ((size_t)16 * 1024 * 1024)
#define LB_BACKLOG_BYTES      ((size_t)64 * 1024 * 1024)
#define LB_SCARCE_BYTES       ((size_t)1024 * 1024)
/* From here on nothing is taken: lb_backlog_is_full. */
#define LB_BACKLOG_MOST_BYTES ((size_t)96 * 1024 * 1024)

#define LB_SLICE_US      INT64_C(2000)
#define LB_LONE_US       INT64_C(200000)
#define LB_PACE_AHEAD_US INT64_C(10000)

typedef struct lb_backlog lb_backlog;

lb_err lb_backlog_open(lb_backlog **backlog);
void lb_backlog_close(lb_backlog **backlog); /* frees what is queued */

/* Appends to the sender's queue. FULL: the sender's share is used up; NO_MEMORY. On error it was not taken. */
lb_err lb_backlog_put(lb_backlog *backlog, lb_span sender, bool is_bounded, lb_submission *one);

bool lb_backlog_is_empty(const lb_backlog *backlog);
bool lb_backlog_is_quiet(const lb_backlog *backlog); /* nothing waits but suspended senders */
bool lb_backlog_is_full(const lb_backlog *backlog);  /* take no more from the sockets */
size_t lb_backlog_bytes(const lb_backlog *backlog);

/* The first submission of the sender whose turn it is. NULL: nothing waits, or `is_choosy` and only senders in debt
 * wait: for a turn that served others already, which then better ends, and for all while the view lags. */
lb_submission *lb_backlog_next(lb_backlog *backlog, int64_t now_us, bool is_choosy);
/* For LB_LONE_US only one sender was named, again and again, and no other waits. */
bool lb_backlog_is_lone(const lb_backlog *backlog, int64_t now_us);
/* May the sender that lb_backlog_next named go on, having used this much of its turn? */
bool lb_backlog_may_go_on(const lb_backlog *backlog, int64_t used_us);
/* Passes that sender over until lb_backlog_resume, because its first submission waits for work outside the turn. It
 * keeps its place. */
void lb_backlog_suspend(lb_backlog *backlog, int64_t now_us, int64_t used_us);
void lb_backlog_resume(lb_backlog *backlog); /* all that are suspended */
/* Makes that sender wait for `pace_us` in addition to its debt, however small each of its submissions is. It may be
 * ahead by LB_PACE_AHEAD_US, so a sender with little to send never waits. Call before lb_backlog_used. */
void lb_backlog_pace(lb_backlog *backlog, int64_t now_us, int64_t pace_us);
/* Charges that sender and puts it last in the ring; `is_through`: its submission no longer belongs to the backlog. */
void lb_backlog_used(lb_backlog *backlog, int64_t now_us, int64_t used_us, bool is_through);

/* `messages` of the sender were refused for lack of space; counted until lb_backlog_each_turned_away. */
void lb_backlog_turned_away(lb_backlog *backlog, lb_span sender, size_t messages);
typedef void lb_on_turned_away(void *whose, lb_span sender, size_t messages);
void lb_backlog_each_turned_away(lb_backlog *backlog, lb_on_turned_away *on_one, void *whose);

/* Ends the turn: senders without debt and without anything queued are forgotten. */
void lb_backlog_end_turn(lb_backlog *backlog, int64_t now_us);

#endif
