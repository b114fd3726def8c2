/* feed_share.h - the share of each party in the table of feeds, and the refused messages of its
 * sources without a row.
 *
 *     party ── sources with a row (feed.h), each from its first message that was KEPT
 *         └─── its row here: sources without a kept message, refused messages, the last error
 *
 * So a party that sends garbage as evil.0, evil.1, ... fills only its own row. Used by feed.c only,
 * in the same appends and thread. Owners are parties, "local" (connections without a key) and
 * gates, so the register bounds their number. */
#ifndef KEEP_FEED_SHARE_H
#define KEEP_FEED_SHARE_H

#include "base/name.h"
#include "keep/journal.h"

enum {
    /* How many sources without a kept message a row counts; further ones are not counted. */
    LB_FEED_UNHEARD = 64,
    LB_FEED_ERROR_ROOM = 24,
};

typedef struct lb_feed_share {
    char owner[LB_PARTY_NAME_MAX + 1];
    int64_t sources;                /* with a row */
    int64_t pending;                /* that got a row in this turn, until it is settled */
    int64_t refused, refused_us;    /* number of refused messages; time of the last, or unknown */
    char error[LB_FEED_ERROR_ROOM]; /* name of the last lb_err */
    uint64_t unheard[LB_FEED_UNHEARD]; /* hashes of the names of sources without a kept message */
    size_t unheard_count;
    bool is_dirty, is_saved; /* as in a row of feed.c */
} lb_feed_share;

typedef struct lb_feed_shares lb_feed_shares;

lb_err lb_feed_shares_open(lb_feed_shares **shares, const lb_journal_writer *writer);
void lb_feed_shares_close(lb_feed_shares **shares);

/* Finds or adds the row of an owner; valid until the next call. NULL: no memory, or `owner` is
 * empty or too long. */
lb_feed_share *lb_feed_share_need(lb_feed_shares *shares, lb_span owner);
/* Counts `count` messages that were not kept. `source`: the source if it has no row and a valid
 * name, else empty. at_us may be unknown. */
void lb_feed_share_refuse(lb_feed_share *share, lb_span source, lb_err error, size_t count,
                          int64_t at_us);
/* The first message of this source was kept: it has a row from now on. */
void lb_feed_share_hear(lb_feed_share *share, lb_span source);

/* As lb_feed_add, _settle and _is_dirty. */
lb_err lb_feed_shares_add(lb_feed_shares *shares, lb_arena *arena, lb_append *append);
void lb_feed_shares_settle(lb_feed_shares *shares, bool is_kept);
bool lb_feed_shares_are_dirty(const lb_feed_shares *shares);
size_t lb_feed_shares_count(const lb_feed_shares *shares);
const lb_feed_share *lb_feed_shares_at(const lb_feed_shares *shares, size_t i);

#endif
