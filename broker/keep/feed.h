/* feed.h - counters of each source: messages, errors, gaps, and since when it is silent.
 *
 * Part of the append of the turn that changed them (journal.h). A source gets a row with its first message that is kept;
 * what is refused before is counted in the row of the party that sends it (feed_share.h). So invented source names do
 * not fill the table, and each party has its own share. Belongs to the hub's thread. */
#ifndef KEEP_FEED_H
#define KEEP_FEED_H

#include "base/batch.h"
#include "keep/journal.h"

typedef struct lb_feed_book lb_feed_book;

/* Limits of the number of sources with a row. */
typedef struct lb_feed_limits {
    int64_t all;
    int64_t party; /* of one party, or one gate */
    int64_t local; /* of all connections without a key together */
} lb_feed_limits;

/* The journal stays open for as long as this is. */
lb_err lb_feed_open(lb_feed_book **book, const lb_journal *journal, const lb_feed_limits *limits);
void lb_feed_close(lb_feed_book **book);

/* Finds the counters of a source, or makes some for this turn: they stay if a message of it is kept. The number is
 * valid until settle. DENIED: the owner has reached its limit. FULL: all owners together have. BUSY: a limit is
 * reached only by counting sources of this turn, so the next turn may have space. */
lb_err lb_feed_need(lb_feed_book *book, lb_span source, lb_span owner, size_t *feed);
/* Does the source have a permanent row? `feed` is a number that need gave in this turn. */
bool lb_feed_is_heard(const lb_feed_book *book, size_t feed);
/* Counts a finished turn: kept, known, refused, doubts. Refused frames, and those of sources without a row, count in
 * the share of frame->owner. */
void lb_feed_count(lb_feed_book *book, const lb_batch *batch);
/* Counts in an owner's share what is in no turn: queries over their budget, messages refused for lack of space. */
void lb_feed_refuse(lb_feed_book *book, lb_span owner, lb_err error, size_t count, int64_t now_us);
/* Adds what has changed: the rows as they are now, since the usual gap and the places do not add up. Borrowed, until
 * settle tells how the append ended. */
lb_err lb_feed_add(lb_feed_book *book, lb_arena *arena, lb_append *append);
void lb_feed_settle(lb_feed_book *book, bool is_kept);
bool lb_feed_is_dirty(const lb_feed_book *book);

/* All feeds and shares, by name. Their counts in quarantine are left unknown. */
lb_err lb_feed_answer(const lb_feed_book *book, int64_t now_us, lb_arena *arena,
                      lb_feeds_answer *answer);

#endif
