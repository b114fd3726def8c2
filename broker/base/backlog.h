/* backlog.h - submissions that wait to be read, and whose turn it is. Belongs to the hub's thread.
 *
 *     sockets --put--> sender a: s s s s s      next: of a for a slice, of b, of c, of a again ...
 *                      sender b: s
 *                      sender c: s s
 *
 * A sender is a party, or the source of one that needs no key and of a gate. The submissions of a sender stay in their
 * order. Senders take turns by the time that reading them takes: each for a slice, and one that used more than two slices
 * at once (a message cannot be cut) is in debt for it and is passed over while others wait, for as long as it has held
 * them up. Nobody else waits: it goes on at once.
 *
 * What waits is bounded. A sender may fill LB_SENDER_BYTES; when all together have LB_BACKLOG_BYTES, it may fill
 * LB_SCARCE_BYTES: a few who send more than is read leave room for the others. */
#ifndef BASE_BACKLOG_H
#define BASE_BACKLOG_H

#include "base/batch.h"

/* A sender may have one submission more than LB_SENDER_BYTES, of whatever length; gates bound themselves. */
#define LB_SENDER_BYTES  ((size_t)16 * 1024 * 1024)
#define LB_BACKLOG_BYTES ((size_t)64 * 1024 * 1024)
#define LB_SCARCE_BYTES  ((size_t)1024 * 1024)
#define LB_BACKLOG_MOST_BYTES \
    ((size_t)96 * 1024 * 1024) /* then nothing is taken: lb_backlog_is_full */

#define LB_SLICE_US      INT64_C(2000)
#define LB_LONE_US       INT64_C(200000)
#define LB_PACE_AHEAD_US INT64_C(10000)

typedef struct lb_backlog lb_backlog;

lb_err lb_backlog_open(lb_backlog **backlog);
void lb_backlog_close(lb_backlog **backlog); /* frees what waits */

/* Behind the sender's others. FULL: the sender's share is; NO_MEMORY. Then it was not put. */
lb_err lb_backlog_put(lb_backlog *backlog, lb_span sender, bool is_bounded, lb_submission *one);

bool lb_backlog_is_empty(const lb_backlog *backlog);
bool lb_backlog_is_quiet(const lb_backlog *backlog); /* nobody waits but who is held */
bool lb_backlog_is_full(const lb_backlog *backlog);  /* take no more from the sockets */
size_t lb_backlog_bytes(const lb_backlog *backlog);

/* The first submission of the sender whose turn it is. NULL: nobody waits, or only senders in debt while
 * `is_choosy`: when others were served in this turn it is better to end it, and while the view lags they wait. */
lb_submission *lb_backlog_next(lb_backlog *backlog, int64_t now_us, bool is_choosy);
/* One sender only was named for LB_LONE_US, again and again, and nobody else waits. */
bool lb_backlog_is_lone(const lb_backlog *backlog, int64_t now_us);
/* May the one that lb_backlog_next named go on, having used so much? */
bool lb_backlog_may_go_on(const lb_backlog *backlog, int64_t used_us);
/* That one goes on when lb_backlog_resume is called: its first submission waits for something beside the turn. It
 * keeps its place, and is passed over until then. */
void lb_backlog_suspend(lb_backlog *backlog, int64_t now_us, int64_t used_us);
void lb_backlog_resume(lb_backlog *backlog); /* all that are held */
/* That one waits for `pace_us` beside its debt, however small each of its submissions is; it may be ahead by
 * LB_PACE_AHEAD_US, so that one that sends little never waits. Before lb_backlog_used. */
void lb_backlog_pace(lb_backlog *backlog, int64_t now_us, int64_t pace_us);
/* That one has used so much, and stands behind all others; `is_through`: its submission is no longer the backlog's. */
void lb_backlog_used(lb_backlog *backlog, int64_t now_us, int64_t used_us, bool is_through);

/* The sender has `messages` that were turned away, for want of room: counted until lb_backlog_each_turned_away. */
void lb_backlog_turned_away(lb_backlog *backlog, lb_span sender, size_t messages);
typedef void lb_on_turned_away(void *whose, lb_span sender, size_t messages);
void lb_backlog_each_turned_away(lb_backlog *backlog, lb_on_turned_away *on_one, void *whose);

/* The turn ends: senders without a debt and without anything that waits are forgotten. */
void lb_backlog_end_turn(lb_backlog *backlog, int64_t now_us);

#endif
