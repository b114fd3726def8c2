/* feed.c - counters of each source: messages, errors, gaps between messages, silence.
 *
 * A feed is silent when nothing has come for ten times its usual gap and for at least five minutes.
 * The usual gap is a running estimate: a longer gap raises it by a quarter of the difference, any
 * other gap lowers it by a sixteenth of that gap. So a feed with a burst every hour has a usual gap
 * of about an hour, however many messages a burst has, and the effect of one holiday fades. */
#include "keep/feed.h"

#include <stdio.h>
#include <stdlib.h>

#include "keep/feed_share.h"
#include "landbridge/client/time.h"
#include "record.h"

enum { NAME_ROOM = 65, FORMATS_ROOM = 160, SILENT_GAPS = 10 };
#define SILENT_LEAST_US (5 * LB_MINUTE_US)

enum { PLACES = 16, PLACE_ROOM = 64, PLACES_TEXT = PLACES * (PLACE_ROOM + 24) };

typedef struct unresolved_place {
    char text[PLACE_ROOM];
    int64_t count;
} unresolved_place;

typedef struct feed_row {
    char source[NAME_ROOM];
    char formats[FORMATS_ROOM]; /* names of adapters, separated by blanks */
    const lb_adapter *last_format;
    int64_t messages, events, duplicates, refused, doubts;
    int64_t first_heard_us, last_heard_us, usual_gap_us;
    unresolved_place places[PLACES]; /* the most frequent ones; count 0: free */
    bool is_dirty;                   /* changed since the last successful append */
    bool is_saved;                   /* part of the append in progress */
    bool is_heard;                   /* a message of it was kept, in this turn or earlier */
} feed_row;

struct lb_feed_book {
    lb_journal_writer writer;
    lb_feed_limits limits;
    lb_feed_shares *shares;
    feed_row *rows;
    size_t count, room;
    size_t settled; /* rows from this index on were added in this turn and are not permanent yet */
    size_t *index;  /* open addressing by name: row + 1 */
    size_t index_room;
};

/* -- rows by name ------------------------------------------------------------------------------ */

static size_t hash_of(lb_span name)
{
    uint64_t hash = lb_span_hash(name);

    return (size_t)(hash ^ hash >> 32);
}

static size_t *look(const lb_feed_book *book, lb_span source)
{
    size_t i = hash_of(source) & (book->index_room - 1);

    while (book->index[i] != 0 && !lb_span_is(source, book->rows[book->index[i] - 1].source))
        i = (i + 1) & (book->index_room - 1);
    return &book->index[i];
}

static lb_err grow(lb_feed_book *book)
{
    size_t room = book->room == 0 ? 64 : book->room * 2;

    feed_row *rows = realloc(book->rows, room * sizeof *rows);
    if (rows == NULL)
        return LB_ERR_NO_MEMORY;
    book->rows = rows;
    size_t *index = calloc(room * 2, sizeof *index);
    if (index == NULL)
        return LB_ERR_NO_MEMORY;
    free(book->index);
    book->index = index;
    book->index_room = room * 2;
    book->room = room;
    for (size_t i = 0; i < book->count; i++)
        *look(book, lb_span_of(rows[i].source)) = i + 1;
    return LB_OK;
}

static int64_t limit_of(const lb_feed_book *book, lb_span owner)
{
    return lb_span_is(owner, "local") ? book->limits.local : book->limits.party;
}

static lb_err may_have_one_more(const lb_feed_book *book, const lb_feed_share *share, lb_span owner)
{
    if (share->sources >= limit_of(book, owner))
        return LB_ERR_DENIED;
    if ((int64_t)book->settled >= book->limits.all)
        return LB_ERR_FULL;
    return share->sources + share->pending >= limit_of(book, owner) ||
                   (int64_t)book->count >= book->limits.all
               ? LB_ERR_BUSY
               : LB_OK;
}

static lb_err add_row(lb_feed_book *book, lb_span source)
{
    if (book->count == book->room) {
        lb_err err = grow(book);
        if (err != LB_OK)
            return err;
    }
    feed_row *row = &book->rows[book->count];
    memset(row, 0, sizeof *row);
    lb_span_to_text(row->source, sizeof row->source, source);
    row->first_heard_us = row->last_heard_us = row->usual_gap_us = LB_UNKNOWN;
    *look(book, source) = ++book->count;
    return LB_OK;
}

static bool find_row(const lb_feed_book *book, lb_span source, size_t *feed)
{
    size_t place = book->index_room == 0 ? 0 : *look(book, source);

    if (place > 0)
        *feed = place - 1;
    return place > 0;
}

lb_err lb_feed_need(lb_feed_book *book, lb_span source, lb_span owner, size_t *feed)
{
    if (find_row(book, source, feed))
        return LB_OK;
    lb_feed_share *share = lb_feed_share_need(book->shares, owner);
    if (share == NULL || source.len >= NAME_ROOM)
        return LB_ERR_NO_MEMORY;
    lb_err err = may_have_one_more(book, share, owner);
    if (err == LB_OK)
        err = add_row(book, source);
    if (err != LB_OK)
        return err;
    share->pending++;
    *feed = book->count - 1;
    return LB_OK;
}

bool lb_feed_is_heard(const lb_feed_book *book, size_t feed)
{
    return book->rows[feed].is_heard;
}

/* Removes the rows added in this turn, then adds again those with a kept message. Removal is in
 * reverse order of insertion, so that the probe sequences of other rows stay intact. */
static void settle_rows(lb_feed_book *book, bool is_kept)
{
    size_t last = book->count;

    for (size_t i = book->count; i > book->settled; i--)
        *look(book, lb_span_of(book->rows[i - 1].source)) = 0;
    book->count = book->settled;
    for (size_t i = book->settled; is_kept && i < last; i++) {
        if (!book->rows[i].is_heard)
            continue;
        if (i != book->count)
            book->rows[book->count] = book->rows[i];
        *look(book, lb_span_of(book->rows[book->count].source)) = book->count + 1;
        book->count++;
    }
    book->settled = book->count;
}

/* -- unresolved places ----------------------------------------------------------------------------
 *
 * When the table is full a new place replaces the rarest one and takes over its count. So frequent
 * places stay, and a count is too high by at most the count of the rarest (Space-Saving, Metwally
 * et al. 2005). */

static void note_place(feed_row *row, lb_span text, int64_t more)
{
    unresolved_place *rarest = &row->places[0];
    size_t len = text.len < PLACE_ROOM ? text.len : PLACE_ROOM - 1;
    while (len > 0 && len < text.len && (text.at[len] & 0xc0) == 0x80)
        len--; /* do not cut inside a UTF-8 character */
    text = lb_span_first(text, len);
    for (size_t i = 0; i < PLACES; i++) {
        if (row->places[i].count > 0 && lb_span_is(text, row->places[i].text)) {
            row->places[i].count += more;
            return;
        }
        if (row->places[i].count < rarest->count)
            rarest = &row->places[i];
    }
    lb_span_to_text(rarest->text, sizeof rarest->text, text);
    rarest->count += more;
}

/* One "12 Depot 14" per line. */
static void read_places(feed_row *row, lb_span text)
{
    lb_span line, number;
    int64_t count;
    memset(row->places, 0, sizeof row->places);
    while (lb_span_cut(&text, '\n', &line))
        if (lb_span_cut(&line, ' ', &number) && lb_span_number(number, &count) && count > 0)
            note_place(row, line, count);
}

static lb_span print_places(const feed_row *row, lb_arena *arena)
{
    char *text = lb_arena_alloc(arena, PLACES_TEXT);
    size_t len = 0;

    if (text == NULL)
        return LB_EMPTY;
    for (size_t i = 0; i < PLACES; i++) {
        int more = row->places[i].count == 0
                       ? 0
                       : snprintf(text + len, PLACES_TEXT - len, "%lld %s\n",
                                  (long long)row->places[i].count, row->places[i].text);
        if (more > 0 && (size_t)more < PLACES_TEXT - len)
            len += (size_t)more;
    }
    lb_arena_cut(arena, text, len);
    return (lb_span){text, len};
}

/* -- open and close ---------------------------------------------------------------------------- */

static lb_err read_row(void *whose, const lb_feed_counts *counts)
{
    lb_feed_book *book = whose;
    size_t feed;

    if (!find_row(book, counts->source, &feed)) { /* exists when a failed append is undone */
        lb_err err = add_row(book, counts->source);
        if (err != LB_OK)
            return err;
        feed = book->count - 1;
    }
    feed_row *row = &book->rows[feed];
    row->is_heard = true;
    row->messages = counts->messages;
    row->events = counts->events;
    row->duplicates = counts->duplicates;
    row->refused = counts->refused;
    row->doubts = counts->doubts;
    row->first_heard_us = counts->first_heard_us;
    row->last_heard_us = counts->last_heard_us;
    row->usual_gap_us = counts->usual_gap_us;
    lb_span_to_text(row->formats, sizeof row->formats, counts->formats);
    read_places(row, counts->unresolved);
    return LB_OK;
}

static lb_err read_rows(lb_feed_book *book)
{
    return book->writer.engine->each_feed(book->writer.of, read_row, book);
}

lb_err lb_feed_open(lb_feed_book **out, const lb_journal *journal, const lb_feed_limits *limits)
{
    lb_feed_book *book = calloc(1, sizeof *book);
    if (book == NULL)
        return LB_ERR_NO_MEMORY;
    book->writer = *lb_journal_writer_of(journal);
    book->limits = *limits;

    lb_err err = lb_feed_shares_open(&book->shares, &book->writer);
    if (err == LB_OK)
        err = read_rows(book);
    book->settled = book->count;
    if (err != LB_OK)
        lb_feed_close(&book);
    else
        *out = book;
    return err;
}

void lb_feed_close(lb_feed_book **book)
{
    if (*book == NULL)
        return;
    lb_feed_shares_close(&(*book)->shares);
    free((*book)->rows);
    free((*book)->index);
    free(*book);
    *book = NULL;
}

/* -- counting ---------------------------------------------------------------------------------- */

static void hear(feed_row *row, int64_t now_us)
{
    if (row->first_heard_us == LB_UNKNOWN)
        row->first_heard_us = now_us;
    if (row->last_heard_us != LB_UNKNOWN && now_us > row->last_heard_us) {
        int64_t gap_us = now_us - row->last_heard_us, usual_us = row->usual_gap_us;
        if (usual_us == LB_UNKNOWN)
            row->usual_gap_us = gap_us;
        else if (gap_us > usual_us)
            row->usual_gap_us = usual_us + (gap_us - usual_us) / 4;
        else
            row->usual_gap_us = usual_us - gap_us / 16;
    }
    row->last_heard_us = now_us;
}

static void note_format(feed_row *row, const lb_adapter *adapter)
{
    size_t len = strlen(row->formats), more = strlen(adapter->name);

    if (row->last_format == adapter)
        return;
    row->last_format = adapter;
    for (const char *at = row->formats; (at = strstr(at, adapter->name)) != NULL; at += more)
        if ((at == row->formats || at[-1] == ' ') && (at[more] == '\0' || at[more] == ' '))
            return;
    if (len + 1 + more >= sizeof row->formats)
        return;
    if (len > 0)
        row->formats[len++] = ' ';
    memcpy(row->formats + len, adapter->name, more + 1);
}

static void count_item(feed_row *row, const lb_item *item)
{
    row->messages++;
    switch (item->stage) {
    case LB_ITEM_READ:
        row->events += item->event_count;
        row->doubts += item->doubts;
        for (size_t i = 0; i < item->unresolved.count; i++)
            note_place(row, item->unresolved.at[i], 1);
        note_format(row, item->adapter);
        break;
    case LB_ITEM_UNREAD:
    case LB_ITEM_DENIED:
        row->refused++;
        break;
    default:
        row->duplicates++;
        break;
    }
}

static bool is_kept_of(const lb_batch *batch, const lb_frame *frame)
{
    for (size_t i = frame->first; i < frame->first + frame->count; i++)
        if (batch->items[i].stage == LB_ITEM_READ)
            return true;
    return false;
}

/* For a frame without kept messages that was refused, or whose source has no row: counts each of
 * its messages, or the request itself when it has none. */
static void count_in_share(lb_feed_book *book, const lb_batch *batch, const lb_frame *frame,
                           lb_span source)
{
    lb_feed_share *share = lb_feed_share_need(book->shares, frame->owner);

    if (share == NULL) /* without an owner it was counted at the door */
        return;
    for (size_t i = frame->first; i < frame->first + frame->count; i++)
        if (batch->items[i].error != LB_OK)
            lb_feed_share_refuse(share, source, batch->items[i].error, 1,
                                 batch->items[i].received_us);
    if (frame->count == 0)
        lb_feed_share_refuse(share, LB_EMPTY, frame->refused, 1, LB_UNKNOWN);
}

static void count_frame(lb_feed_book *book, const lb_batch *batch, const lb_frame *frame)
{
    feed_row *row = &book->rows[frame->feed];
    lb_feed_share *share = row->is_heard ? NULL : lb_feed_share_need(book->shares, frame->owner);

    if (share != NULL)
        lb_feed_share_hear(share, lb_span_of(row->source));
    row->is_heard = row->is_dirty = true;
    for (size_t i = frame->first; i < frame->first + frame->count; i++)
        count_item(row, &batch->items[i]);
    hear(row, batch->items[frame->first].received_us);
}

void lb_feed_count(lb_feed_book *book, const lb_batch *batch)
{
    for (size_t f = 0; f < batch->frame_count; f++) {
        const lb_frame *frame = &batch->frames[f];
        if (frame->refused != LB_OK)
            count_in_share(book, batch, frame, LB_EMPTY);
        else if (frame->count > 0 && (book->rows[frame->feed].is_heard || is_kept_of(batch, frame)))
            count_frame(book, batch, frame);
        else if (frame->count > 0)
            count_in_share(book, batch, frame, frame->submit.source);
    }
}

/* -- saving ------------------------------------------------------------------------------------ */

static lb_err add_counts(const feed_row *row, lb_arena *arena, lb_append *append)
{
    if (!lb_arena_grow(arena, &append->feeds, sizeof *append->feeds.at))
        return LB_ERR_NO_MEMORY;
    append->feeds.at[append->feeds.count++] =
        (lb_feed_counts){.source = lb_span_of(row->source),
                         .messages = row->messages,
                         .events = row->events,
                         .duplicates = row->duplicates,
                         .refused = row->refused,
                         .doubts = row->doubts,
                         .first_heard_us = row->first_heard_us,
                         .last_heard_us = row->last_heard_us,
                         .usual_gap_us = row->usual_gap_us,
                         .formats = lb_span_of(row->formats),
                         .unresolved = print_places(row, arena)};
    return lb_arena_failed(arena) ? LB_ERR_NO_MEMORY : LB_OK;
}

void lb_feed_refuse(lb_feed_book *book, lb_span owner, lb_err error, size_t count, int64_t now_us)
{
    lb_feed_share *share = lb_feed_share_need(book->shares, owner);

    if (share != NULL)
        lb_feed_share_refuse(share, LB_EMPTY, error, count, now_us);
}

lb_err lb_feed_add(lb_feed_book *book, lb_arena *arena, lb_append *append)
{
    for (size_t i = 0; i < book->count; i++) {
        feed_row *row = &book->rows[i];
        if (!row->is_dirty)
            continue;
        lb_err err = add_counts(row, arena, append);
        if (err != LB_OK)
            return err;
        row->is_saved = true;
    }
    return lb_feed_shares_add(book->shares, arena, append);
}

/* After a failed append the counters are read again from the journal. */
void lb_feed_settle(lb_feed_book *book, bool is_kept)
{
    for (size_t i = 0; i < book->count; i++) {
        feed_row *row = &book->rows[i];
        if (row->is_saved && is_kept)
            row->is_dirty = false;
        row->is_saved = false;
    }
    settle_rows(book, is_kept);
    lb_feed_shares_settle(book->shares, is_kept);
    if (!is_kept)
        read_rows(book);
}

bool lb_feed_is_dirty(const lb_feed_book *book)
{
    for (size_t i = 0; i < book->count; i++)
        if (book->rows[i].is_dirty)
            return true;
    return lb_feed_shares_are_dirty(book->shares);
}

/* -- answering --------------------------------------------------------------------------------- */

static bool is_silent(const feed_row *row, int64_t now_us)
{
    int64_t patience_us = SILENT_LEAST_US;

    if (row->last_heard_us == LB_UNKNOWN)
        return false;
    if (row->usual_gap_us != LB_UNKNOWN && row->usual_gap_us > patience_us / SILENT_GAPS)
        patience_us = row->usual_gap_us * SILENT_GAPS;
    return now_us - row->last_heard_us > patience_us;
}

static int by_count(const void *a, const void *b)
{
    const lb_unresolved *left = a, *right = b;

    if (left->count != right->count)
        return left->count > right->count ? -1 : 1;
    return lb_span_compare(left->place, right->place);
}

static void fill_places(const feed_row *row, lb_arena *arena, lb_unresolved_list *list)
{
    for (size_t i = 0; i < PLACES; i++) {
        if (row->places[i].count <= 0 || !lb_arena_grow(arena, list, sizeof *list->at))
            continue;
        lb_unresolved *one = &list->at[list->count++];
        lb_record_init(&lb_record_unresolved, one);
        one->place = lb_arena_copy(arena, lb_span_of(row->places[i].text));
        one->count = row->places[i].count;
    }
    if (list->count > 1)
        qsort(list->at, list->count, sizeof *list->at, by_count);
}

static void fill_feed(const feed_row *row, int64_t now_us, lb_arena *arena, lb_feed *feed)
{
    lb_record_init(&lb_record_feed, feed);
    feed->source = lb_arena_copy(arena, lb_span_of(row->source));
    feed->messages = row->messages;
    feed->events = row->events;
    feed->duplicates = row->duplicates;
    feed->refused = row->refused;
    feed->doubts = row->doubts;
    feed->first_heard_us = row->first_heard_us;
    feed->last_heard_us = row->last_heard_us;
    feed->usual_gap_us = row->usual_gap_us;
    feed->silent = is_silent(row, now_us);
    feed->formats = lb_arena_copy(arena, lb_span_of(row->formats));
    fill_places(row, arena, &feed->unresolved);
}

static int compare_feeds(const void *a, const void *b)
{
    const lb_feed *left = a, *right = b;

    return lb_span_compare(left->source, right->source);
}

static void fill_share(const lb_feed_book *book, const lb_feed_share *row, lb_arena *arena,
                       lb_share *share)
{
    lb_record_init(&lb_record_share, share);
    share->owner = lb_arena_copy(arena, lb_span_of(row->owner));
    share->sources = row->sources;
    share->sources_max = limit_of(book, lb_span_of(row->owner));
    share->unheard = (int64_t)row->unheard_count;
    share->refused = row->refused;
    share->refused_us = row->refused_us;
    share->error = lb_arena_copy(arena, lb_span_of(row->error));
}

static int compare_shares(const void *a, const void *b)
{
    const lb_share *left = a, *right = b;

    return lb_span_compare(left->owner, right->owner);
}

static lb_err fill_shares(const lb_feed_book *book, lb_arena *arena, lb_share_list *list)
{
    size_t count = lb_feed_shares_count(book->shares);

    list->at = lb_arena_alloc(arena, (count + 1) * sizeof *list->at);
    if (list->at == NULL)
        return LB_ERR_NO_MEMORY;
    list->room = count + 1;
    for (size_t i = 0; i < count; i++)
        fill_share(book, lb_feed_shares_at(book->shares, i), arena, &list->at[list->count++]);
    qsort(list->at, list->count, sizeof *list->at, compare_shares);
    return LB_OK;
}

lb_err lb_feed_answer(const lb_feed_book *book, int64_t now_us, lb_arena *arena,
                      lb_feeds_answer *answer)
{
    lb_feed_list *list = &answer->feeds;

    list->at = lb_arena_alloc(arena, (book->count + 1) * sizeof *list->at);
    if (list->at == NULL)
        return LB_ERR_NO_MEMORY;
    list->room = book->count + 1;
    for (size_t i = 0; i < book->settled; i++)
        fill_feed(&book->rows[i], now_us, arena, &list->at[list->count++]);
    qsort(list->at, list->count, sizeof *list->at, compare_feeds);
    lb_err err = fill_shares(book, arena, &answer->shares);
    return err == LB_OK && lb_arena_failed(arena) ? LB_ERR_NO_MEMORY : err;
}
