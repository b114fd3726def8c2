/* feed.h - who speaks, how much, how well, and since when not any more.
 *
 * Counters of each source, saved in the transaction of the turn that changed them. A source has a row from its first
 * message that was kept; what is refused before stands in the row of the party that sends it (feed_share.h). So the
 * table is not filled with rubbish, and each party fills its own share. Belongs to the hub's thread. */
#ifndef KEEP_FEED_H
#define KEEP_FEED_H

#include "base/batch.h"
#include "base/store.h"

typedef struct lb_feed_book lb_feed_book;

typedef struct lb_feed_limits { /* sources with a row */
    int64_t all;
    int64_t party; /* of one party, or one gate            */
    int64_t local; /* of those together that need no key   */
} lb_feed_limits;

lb_err lb_feed_open(lb_feed_book **book, lb_store *store, const lb_feed_limits *limits);
void lb_feed_close(lb_feed_book **book);

/* Finds the counters of a source, or makes some for this turn: they stay if something of it is kept. The number is good
 * until settle. DENIED: the owner has as many sources as it may. FULL: all owners together have. BUSY: either of them
 * with those of this turn, so the next one may do. */
lb_err lb_feed_need(lb_feed_book *book, lb_span source, lb_span owner, size_t *feed);
/* Has it a row that stays? Of a number that need gave in this turn. */
bool lb_feed_is_heard(const lb_feed_book *book, size_t feed);
/* Counts a turn that is through: what was kept, known, refused, doubted. Frames that were turned away, and those of
 * sources without a row, count in the share of frame->owner. */
void lb_feed_count(lb_feed_book *book, const lb_batch *batch);
/* Counts in an owner's share what no turn has: questions over their budget, messages that there was no room to take. */
void lb_feed_refuse(lb_feed_book *book, lb_span owner, lb_err error, size_t count, int64_t now_us);
/* Writes what has changed. Inside a transaction; settle says how that ended. */
lb_err lb_feed_save(lb_feed_book *book);
void lb_feed_settle(lb_feed_book *book, bool is_kept);
bool lb_feed_is_dirty(const lb_feed_book *book);

/* All feeds and shares, by name. What they have in quarantine is left unknown. */
lb_err lb_feed_answer(const lb_feed_book *book, int64_t now_us, lb_arena *arena,
                      lb_feeds_answer *answer);

/* Takes in a row as it stood in another file, its columns in their order (keep/repair.h): when its check holds, and
 * when it counts more than what is there. */
extern const char lb_feed_take_in[];
enum { LB_FEED_COLUMNS = 12 };

/* Tells of every row whose check does not agree; rows are numbered by their sources. */
lb_err lb_feed_verify(lb_store *store, lb_on_damage *on_damage, void *whose);

#endif
