/* feed.h - counters of each source: messages, errors, gaps between messages, silence.
 *
 * Changed counters are part of the append of their turn (journal.h). A source gets a row with its
 * first message that is kept; messages refused before that are counted in the row of the party that
 * sent them (feed_share.h). So invented source names do not fill the table, and each party has its
 * own share of it. Belongs to the hub's thread. */
#ifndef KEEP_FEED_H
#define KEEP_FEED_H

#include "base/batch.h"
#include "keep/journal.h"

typedef struct lb_feed_book lb_feed_book;

/* How many sources may have a row. */
typedef struct lb_feed_limits {
    int64_t all;   /* in the whole table */
    int64_t party; /* of one party or one gate */
    int64_t local; /* of all connections without a key together */
} lb_feed_limits;

/* Reads the counters from the journal, which must stay open longer than the book. */
lb_err lb_feed_open(lb_feed_book **book, const lb_journal *journal, const lb_feed_limits *limits);
void lb_feed_close(lb_feed_book **book);

/* Finds the counters of a source, or adds new ones for this turn, which are kept only if a message
 * of the source is kept. *feed is valid until lb_feed_settle. DENIED: the owner has reached its
 * limit. FULL: the table has. BUSY: a limit is reached only together with new sources of this turn,
 * so the next turn may succeed. */
lb_err lb_feed_need(lb_feed_book *book, lb_span source, lb_span owner, size_t *feed);
/* True when the source has a permanent row. `feed` is from lb_feed_need in this turn. */
bool lb_feed_is_heard(const lb_feed_book *book, size_t feed);
/* Counts a finished turn: messages kept, duplicates, refused, doubts. Refused frames, and frames of
 * sources without a row, are counted in the share of frame->owner. */
void lb_feed_count(lb_feed_book *book, const lb_batch *batch);
/* Counts in an owner's share `count` requests refused outside a turn: queries over their budget,
 * messages refused for lack of space. */
void lb_feed_refuse(lb_feed_book *book, lb_span owner, lb_err error, size_t count, int64_t now_us);
/* Adds the changed rows to the append: whole rows and not differences, since the usual gap and the
 * places are not sums. The append borrows from the book until lb_feed_settle, which must be called
 * with the result of the append. */
lb_err lb_feed_add(lb_feed_book *book, lb_arena *arena, lb_append *append);
void lb_feed_settle(lb_feed_book *book, bool is_kept);
bool lb_feed_is_dirty(const lb_feed_book *book); /* has changes that are not in the journal yet */

/* All feeds and shares, sorted by name; how many messages of each are in quarantine is left
 * unknown. */
lb_err lb_feed_answer(const lb_feed_book *book, int64_t now_us, lb_arena *arena,
                      lb_feeds_answer *answer);

#endif
