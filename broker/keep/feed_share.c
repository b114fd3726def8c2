/* feed_share.c - the share of each party in the table of feeds. */
#include "keep/feed_share.h"

#include <stdlib.h>

#include "landbridge/client/event.h"

struct lb_feed_shares {
    lb_journal_writer writer;
    lb_feed_share *at;
    size_t count, room;
};

/* -- rows by owner ----------------------------------------------------------------------------- */

lb_feed_share *lb_feed_share_need(lb_feed_shares *shares, lb_span owner)
{
    for (size_t i = 0; i < shares->count; i++)
        if (lb_span_is(owner, shares->at[i].owner))
            return &shares->at[i];
    if (owner.len == 0 || owner.len > LB_PARTY_NAME_MAX)
        return NULL;
    if (shares->count == shares->room) {
        size_t room = shares->room == 0 ? 16 : shares->room * 2;
        lb_feed_share *wider = realloc(shares->at, room * sizeof *wider);
        if (wider == NULL)
            return NULL;
        shares->at = wider;
        shares->room = room;
    }
    lb_feed_share *share = &shares->at[shares->count++];
    *share = (lb_feed_share){.refused_us = LB_UNKNOWN};
    lb_span_to_text(share->owner, sizeof share->owner, owner);
    return share;
}

/* Index of the hash; unheard_count when it is not there. */
static size_t find_unheard(const lb_feed_share *share, uint64_t hash)
{
    size_t i = 0;

    while (i < share->unheard_count && share->unheard[i] != hash)
        i++;
    return i;
}

void lb_feed_share_refuse(lb_feed_share *share, lb_span source, lb_err error, size_t count,
                          int64_t at_us)
{
    uint64_t hash = lb_span_hash(source);

    share->refused += (int64_t)count;
    if (at_us != LB_UNKNOWN)
        share->refused_us = at_us;
    share->is_dirty = true;
    lb_span_to_text(share->error, sizeof share->error, lb_span_of(lb_err_name(error)));
    if (source.len > 0 && share->unheard_count < LB_FEED_UNHEARD &&
        find_unheard(share, hash) == share->unheard_count)
        share->unheard[share->unheard_count++] = hash;
}

void lb_feed_share_hear(lb_feed_share *share, lb_span source)
{
    size_t i = find_unheard(share, lb_span_hash(source));

    share->sources++;
    share->is_dirty = true;
    if (i < share->unheard_count)
        share->unheard[i] = share->unheard[--share->unheard_count];
}

/* -- open and close ---------------------------------------------------------------------------- */

static lb_err read_row(void *whose, const lb_share_counts *counts)
{
    lb_feed_share *share = lb_feed_share_need(whose, counts->owner);
    lb_span unheard = counts->unheard;

    if (share == NULL)
        return LB_ERR_NO_MEMORY;
    share->sources = counts->sources;
    share->refused = counts->refused;
    share->refused_us = counts->refused_us;
    lb_span_to_text(share->error, sizeof share->error, counts->error);
    share->unheard_count = unheard.len / sizeof share->unheard[0];
    if (share->unheard_count > LB_FEED_UNHEARD)
        share->unheard_count = LB_FEED_UNHEARD;
    if (share->unheard_count > 0)
        memcpy(share->unheard, unheard.at, share->unheard_count * sizeof share->unheard[0]);
    return LB_OK;
}

static lb_err read_rows(lb_feed_shares *shares)
{
    return shares->writer.engine->each_share(shares->writer.of, read_row, shares);
}

lb_err lb_feed_shares_open(lb_feed_shares **out, const lb_journal_writer *writer)
{
    lb_feed_shares *shares = calloc(1, sizeof *shares);
    if (shares == NULL)
        return LB_ERR_NO_MEMORY;
    shares->writer = *writer;
    lb_err err = read_rows(shares);
    if (err != LB_OK)
        lb_feed_shares_close(&shares);
    else
        *out = shares;
    return err;
}

void lb_feed_shares_close(lb_feed_shares **shares)
{
    if (*shares == NULL)
        return;
    free((*shares)->at);
    free(*shares);
    *shares = NULL;
}

/* -- saving ------------------------------------------------------------------------------------ */

static lb_err add_counts(const lb_feed_share *share, lb_arena *arena, lb_append *append)
{
    if (!lb_arena_grow(arena, &append->shares, sizeof *append->shares.at))
        return LB_ERR_NO_MEMORY;
    append->shares.at[append->shares.count++] = (lb_share_counts){
        .owner = lb_span_of(share->owner),
        .sources = share->sources,
        .refused = share->refused,
        .refused_us = share->refused_us,
        .error = lb_span_of(share->error),
        .unheard = {(const char *)share->unheard, share->unheard_count * sizeof share->unheard[0]},
    };
    return LB_OK;
}

lb_err lb_feed_shares_add(lb_feed_shares *shares, lb_arena *arena, lb_append *append)
{
    for (size_t i = 0; i < shares->count; i++) {
        lb_feed_share *share = &shares->at[i];
        if (!share->is_dirty)
            continue;
        lb_err err = add_counts(share, arena, append);
        if (err != LB_OK)
            return err;
        share->is_saved = true;
    }
    return LB_OK;
}

/* After a failed append the rows are read again from the journal; rows that it does not have start
 * at zero. */
void lb_feed_shares_settle(lb_feed_shares *shares, bool is_kept)
{
    for (size_t i = 0; i < shares->count; i++) {
        lb_feed_share *share = &shares->at[i];
        if (share->is_saved && is_kept)
            share->is_dirty = false;
        share->is_saved = false;
        share->pending = 0;
    }
    if (is_kept)
        return;
    for (size_t i = 0; i < shares->count; i++) {
        lb_feed_share *share = &shares->at[i];
        share->sources = share->refused = 0;
        share->unheard_count = 0;
    }
    read_rows(shares);
}

bool lb_feed_shares_are_dirty(const lb_feed_shares *shares)
{
    for (size_t i = 0; i < shares->count; i++)
        if (shares->at[i].is_dirty)
            return true;
    return false;
}

size_t lb_feed_shares_count(const lb_feed_shares *shares)
{
    return shares->count;
}

const lb_feed_share *lb_feed_shares_at(const lb_feed_shares *shares, size_t i)
{
    return &shares->at[i];
}
