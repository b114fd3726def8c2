/* feed_share.c - the share of each party in the table of feeds. */
#include "keep/feed_share.h"

#include <stdlib.h>

#include "landbridge/client/event.h"

enum { PUT, SCAN, STATEMENTS };
static const char *const sql[STATEMENTS] = {
    [PUT] = "INSERT OR REPLACE INTO share (owner, sources, refused, refused_us, error, unheard,"
            " \"check\") VALUES (?1, ?2, ?3, ?4, ?5, ?6, check_of(?1, ?2, ?3, ?4, ?5, ?6))",
    [SCAN] = "SELECT owner, sources, refused, refused_us, error, unheard FROM share",
};

struct lb_feed_shares {
    lb_store *store;
    sqlite3_stmt *statements[STATEMENTS];
    lb_feed_share *at;
    size_t count, room;
};

/* -- rows by owner --------------------------------------------------------------------------------------- */

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

/* Index of the hash; the count when it is missing. */
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

/* -- open and close -------------------------------------------------------------------------------------- */

static lb_err read_row(lb_feed_shares *shares)
{
    sqlite3_stmt *scan = shares->statements[SCAN];
    lb_feed_share *share = lb_feed_share_need(shares, lb_column_text(scan, 0));
    lb_span unheard = lb_column_blob(scan, 5);

    if (share == NULL)
        return LB_ERR_NO_MEMORY;
    share->sources = sqlite3_column_int64(scan, 1);
    share->refused = sqlite3_column_int64(scan, 2);
    share->refused_us = lb_column_int(scan, 3);
    lb_span_to_text(share->error, sizeof share->error, lb_column_text(scan, 4));
    share->unheard_count = unheard.len / sizeof share->unheard[0];
    if (share->unheard_count > LB_FEED_UNHEARD)
        share->unheard_count = LB_FEED_UNHEARD;
    if (share->unheard_count > 0)
        memcpy(share->unheard, unheard.at, share->unheard_count * sizeof share->unheard[0]);
    return LB_OK;
}

static lb_err read_rows(lb_feed_shares *shares)
{
    sqlite3_stmt *scan = shares->statements[SCAN];
    lb_err err = LB_OK;
    int rc = SQLITE_DONE;

    while (err == LB_OK && (rc = sqlite3_step(scan)) == SQLITE_ROW)
        err = read_row(shares);
    if (err == LB_OK)
        err = lb_store_err(shares->store, rc, "share.scan");
    sqlite3_reset(scan);
    return err;
}

lb_err lb_feed_shares_open(lb_feed_shares **out, lb_store *store)
{
    lb_feed_shares *shares = calloc(1, sizeof *shares);
    if (shares == NULL)
        return LB_ERR_NO_MEMORY;
    shares->store = store;
    lb_err err = lb_store_prepare(store, sql, STATEMENTS, shares->statements);
    if (err == LB_OK)
        err = read_rows(shares);
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
    lb_store_finalize((*shares)->statements, STATEMENTS);
    free((*shares)->at);
    free(*shares);
    *shares = NULL;
}

/* -- saving ---------------------------------------------------------------------------------------------- */

static lb_err save_row(lb_feed_shares *shares, const lb_feed_share *share)
{
    sqlite3_stmt *put = shares->statements[PUT];
    const lb_span unheard = {(const char *)share->unheard,
                             share->unheard_count * sizeof share->unheard[0]};

    lb_bind_text(put, 1, lb_span_of(share->owner));
    lb_bind_int(put, 2, share->sources);
    lb_bind_int(put, 3, share->refused);
    lb_bind_int(put, 4, share->refused_us);
    lb_bind_text(put, 5, lb_span_of(share->error));
    lb_bind_blob(put, 6, unheard);
    return lb_store_step(shares->store, put, "share.put");
}

lb_err lb_feed_shares_save(lb_feed_shares *shares)
{
    for (size_t i = 0; i < shares->count; i++) {
        lb_feed_share *share = &shares->at[i];
        if (!share->is_dirty)
            continue;
        lb_err err = save_row(shares, share);
        if (err != LB_OK)
            return err;
        share->is_saved = true;
    }
    return LB_OK;
}

/* After a failed commit the rows are set back to the table's values; those that are not in it start at zero. */
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

lb_err lb_feed_shares_verify(lb_store *store, lb_on_damage *on_damage, void *whose)
{
    return lb_store_tell_damage(
        store, "share",
        "SELECT place FROM (SELECT row_number() OVER (ORDER BY owner) AS place, * FROM share)"
        " WHERE \"check\" <> check_of(owner, sources, refused, refused_us, error, unheard)",
        on_damage, whose);
}
