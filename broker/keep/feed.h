/* feed.h - who speaks, how much, how well, and since when not any more.
 *
 * Counters of each source, part of the append of the turn that changed them (journal.h). A source has a row from its first
 * message that was kept; what is refused before stands in the row of the party that sends it (feed_share.h). So the
 * table is not filled with rubbish, and each party fills its own share. Belongs to the hub's thread. */
#ifndef KEEP_FEED_H
#define KEEP_FEED_H

#include "base/batch.h"
#include "keep/journal.h"

typedef struct lb_feed_book lb_feed_book;

typedef struct lb_feed_limits { /* sources with a row */
    int64_t all;
    int64_t party; /* of one party, or one gate            */
    int64_t local; /* of those together that need no key   */
} lb_feed_limits;

/* The journal stays open for as long as this is. */
lb_err lb_feed_open(lb_feed_book **book, const lb_journal *journal, const lb_feed_limits *limits);
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
/* Adds what has changed: the rows as they are now, since the usual gap and the places do not add up. Borrowed, until
 * settle says how the append ended. */
lb_err lb_feed_add(lb_feed_book *book, lb_arena *arena, lb_append *append);
void lb_feed_settle(lb_feed_book *book, bool is_kept);
bool lb_feed_is_dirty(const lb_feed_book *book);

/* All feeds and shares, by name. What they have in quarantine is left unknown. */
lb_err lb_feed_answer(const lb_feed_book *book, int64_t now_us, lb_arena *arena, lb_answer *answer);

#endif
