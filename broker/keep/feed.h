/* feed.h - who speaks, how much, how well, and since when not any more.
 *
 * Counters of each source, saved in the transaction of the turn that changed them. Belongs to the hub's
 * thread. */
#ifndef KEEP_FEED_H
#define KEEP_FEED_H

#include "base/batch.h"
#include "base/store.h"

typedef struct lb_feed_book lb_feed_book;

lb_err lb_feed_open(lb_feed_book **book, lb_store *store, int64_t limit);
void lb_feed_close(lb_feed_book **book);

/* Finds or makes the counters of a source. FULL when there are too many sources. */
lb_err lb_feed_need(lb_feed_book *book, lb_span source, size_t *feed);
/* Counts a turn that is through: what was kept, known, refused, doubted. */
void lb_feed_count(lb_feed_book *book, const lb_batch *batch);
/* Writes what has changed. Inside a transaction; settle says how that ended. */
lb_err lb_feed_save(lb_feed_book *book);
void lb_feed_settle(lb_feed_book *book, bool is_kept);
bool lb_feed_is_dirty(const lb_feed_book *book);

/* All feeds, by name. `quarantined` is left unknown. */
lb_err lb_feed_answer(const lb_feed_book *book, int64_t now_us, lb_arena *arena, lb_answer *answer);

/* Takes in a row as it stood in another file, its columns in their order (keep/repair.h): when its check holds, and
 * when it counts more than what is there. */
extern const char lb_feed_take_in[];
enum { LB_FEED_COLUMNS = 12 };

/* Tells of every row whose check does not agree; rows are numbered by their sources. */
lb_err lb_feed_verify(lb_store *store, lb_on_damage *on_damage, void *whose);

#endif
