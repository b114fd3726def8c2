/* memory_engine.c - a journal engine in memory; see memory_engine.h. */
#include "memory_engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "base/point.h"
#include "keep/journal_row.h"

enum { PATH_ROOM = 320, JOURNALS = 16 };

typedef struct stored_row {
    lb_append_row one;
    uint8_t check[LB_CHECK_BYTES];
} stored_row;

typedef struct tables { /* the lists are on the heap, the bytes they point to in the arena */
    LB_APPEND_LIST(stored_row) rows;
    LB_APPEND_LIST(lb_refused) refused;
    LB_APPEND_LIST(lb_feed_counts) feeds;
    LB_APPEND_LIST(lb_share_counts) shares;
} tables;

typedef struct memory {
    char path[PATH_ROOM];
    lb_arena bytes;
    tables kept, staged;
    tables before; /* the state before the last append, for is_lying */
} memory;

typedef struct handle {
    memory *of;
    unsigned life; /* invalid when it is not the present one */
} handle;

static memory *journals[JOURNALS];
static unsigned life = 1; /* raised by each crash */
static bool is_lying;

/* -- lists ------------------------------------------------------------------------------------- */

static void *grown(void *at, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return at;
    *room = *room == 0 ? 16 : *room * 2;
    at = realloc(at, *room * size);
    if (at == NULL)
        abort();
    return at;
}

#define ADD(list, element)                                                        \
    ((list).at = grown((list).at, (list).count, &(list).room, sizeof *(list).at), \
     (list).at[(list).count++] = (element))

static void *copied(const void *at, size_t count, size_t room, size_t size)
{
    void *copy = room == 0 ? NULL : malloc(room * size);

    if (room > 0 && copy == NULL)
        abort();
    if (copy != NULL && count > 0)
        memcpy(copy, at, count * size);
    return copy;
}

#define COPY(list) ((list).at = copied((list).at, (list).count, (list).room, sizeof *(list).at))

static void free_tables(tables *t)
{
    free(t->rows.at);
    free(t->refused.at);
    free(t->feeds.at);
    free(t->shares.at);
    *t = (tables){.rows = {NULL, 0, 0}};
}

/* -- journals ---------------------------------------------------------------------------------- */

static memory **place_of(const char *path)
{
    for (size_t i = 0; i < JOURNALS; i++)
        if (journals[i] != NULL && strcmp(journals[i]->path, path) == 0)
            return &journals[i];
    return NULL;
}

static memory *make(const char *path)
{
    for (size_t i = 0; i < JOURNALS; i++) {
        if (journals[i] != NULL)
            continue;
        memory *m = calloc(1, sizeof *m);
        if (m == NULL)
            abort();
        snprintf(m->path, sizeof m->path, "%s", path);
        lb_arena_init(&m->bytes, SIZE_MAX / 2);
        return journals[i] = m;
    }
    abort();
}

static void remove_journal(const char *path)
{
    memory **place = place_of(path);

    if (place == NULL)
        return;
    free_tables(&(*place)->kept);
    free_tables(&(*place)->staged);
    free_tables(&(*place)->before);
    lb_arena_fini(&(*place)->bytes);
    free(*place);
    *place = NULL;
}

void memory_engine_clear(void)
{
    for (size_t i = 0; i < JOURNALS; i++)
        if (journals[i] != NULL)
            remove_journal(journals[i]->path);
}

void memory_engine_lie(bool is_liar)
{
    is_lying = is_liar;
}

void memory_engine_crash(void)
{
    life++;
    for (size_t i = 0; i < JOURNALS; i++)
        if (journals[i] != NULL && is_lying) {
            free_tables(&journals[i]->kept);
            journals[i]->kept = journals[i]->before;
            journals[i]->before = (tables){.rows = {NULL, 0, 0}};
        }
}

static lb_err open_handle(void **out, const char *path, bool may_make)
{
    memory **place = place_of(path);
    handle *h = malloc(sizeof *h);

    if (h == NULL)
        abort();
    if (place == NULL && !may_make) {
        free(h);
        return LB_ERR_NOT_FOUND;
    }
    *h = (handle){place != NULL ? *place : make(path), life};
    *out = h;
    return LB_OK;
}

static lb_err open_writer(void **out, const char *path)
{
    return open_handle(out, path, true);
}

static lb_err open_reader(void **out, const char *path)
{
    return open_handle(out, path, false);
}

static void close_handle(void **h)
{
    free(*h);
    *h = NULL;
}

/* The journal of a handle; NULL: the handle is from before a crash. */
static memory *memory_of(void *of)
{
    const handle *h = of;

    return h->life == life ? h->of : NULL;
}

static lb_journal_head head_of(const tables *t)
{
    if (t->rows.count == 0)
        return (lb_journal_head){.seq = 0};
    const lb_journal_row *row = &t->rows.at[t->rows.count - 1].one.row;
    return (lb_journal_head){.seq = row->last_seq,
                             .block = row->block,
                             .messages = row->first_message + row->messages - 1,
                             .recorded_us = row->recorded_us};
}

static lb_err tell_head(void *of, lb_journal_head *head)
{
    const memory *m = memory_of(of);

    if (m == NULL)
        return LB_ERR_CLOSED;
    *head = head_of(&m->kept);
    return LB_OK;
}

/* -- append ------------------------------------------------------------------------------------ */

static lb_span keep_bytes(memory *m, lb_span bytes)
{
    return lb_arena_copy(&m->bytes, bytes);
}

static void add_row(memory *m, const lb_append_row *from)
{
    stored_row row = {.one = *from};

    row.one.row.body = keep_bytes(m, from->row.body);
    row.one.raw = keep_bytes(m, from->raw);
    lb_journal_row_check(&row.one.row, row.check);
    ADD(m->staged.rows, row);
}

static void rewrite(memory *m, const lb_journal_row *row)
{
    for (size_t i = 0; i < m->staged.rows.count; i++) {
        stored_row *stored = &m->staged.rows.at[i];
        if (stored->one.row.block != row->block)
            continue;
        stored->one.row.body = keep_bytes(m, row->body);
        lb_journal_row_check(&stored->one.row, stored->check);
    }
}

static void add_refused(memory *m, const lb_refused *from)
{
    lb_refused refused = *from;

    refused.token = keep_bytes(m, from->token);
    refused.source = keep_bytes(m, from->source);
    refused.message_id = keep_bytes(m, from->message_id);
    refused.format = keep_bytes(m, from->format);
    refused.error = keep_bytes(m, from->error);
    refused.text = keep_bytes(m, from->text);
    refused.raw = keep_bytes(m, from->raw);
    refused.owner = keep_bytes(m, from->owner);
    ADD(m->staged.refused, refused);
}

static void move_refused(memory *m, const lb_refused_move *move)
{
    for (size_t i = 0; i < m->staged.refused.count; i++) {
        lb_refused *refused = &m->staged.refused.at[i];
        if (refused->id != move->id || refused->state != LB_REFUSED_WAITING)
            continue;
        refused->state = move->to;
        refused->owner = LB_EMPTY;
        refused->owned = LB_UNKNOWN;
    }
}

static void put_feed(memory *m, const lb_feed_counts *from)
{
    lb_feed_counts counts = *from;

    counts.source = keep_bytes(m, from->source);
    counts.formats = keep_bytes(m, from->formats);
    counts.unresolved = keep_bytes(m, from->unresolved);
    for (size_t i = 0; i < m->staged.feeds.count; i++)
        if (lb_span_equal(m->staged.feeds.at[i].source, counts.source)) {
            m->staged.feeds.at[i] = counts;
            return;
        }
    ADD(m->staged.feeds, counts);
}

static void put_share(memory *m, const lb_share_counts *from)
{
    lb_share_counts counts = *from;

    counts.owner = keep_bytes(m, from->owner);
    counts.error = keep_bytes(m, from->error);
    counts.unheard = keep_bytes(m, from->unheard);
    for (size_t i = 0; i < m->staged.shares.count; i++)
        if (lb_span_equal(m->staged.shares.at[i].owner, counts.owner)) {
            m->staged.shares.at[i] = counts;
            return;
        }
    ADD(m->staged.shares, counts);
}

static void stage(memory *m)
{
    free_tables(&m->staged);
    m->staged = m->kept;
    COPY(m->staged.rows);
    COPY(m->staged.refused);
    COPY(m->staged.feeds);
    COPY(m->staged.shares);
}

static lb_err change(memory *m, const lb_append *append)
{
    tables *t = &m->staged;

    while (append->cut_from > 0 && head_of(t).block >= append->cut_from)
        t->rows.count--;
    for (size_t i = 0; i < append->rows.count; i++) {
        if (append->rows.at[i].row.block <= head_of(t).block)
            return LB_ERR_IO; /* a row with this number exists */
        add_row(m, &append->rows.at[i]);
    }
    for (size_t i = 0; i < append->rewritten.count; i++)
        rewrite(m, &append->rewritten.at[i]);
    for (size_t i = 0; i < append->refused.count; i++)
        add_refused(m, &append->refused.at[i]);
    for (size_t i = 0; i < append->moves.count; i++)
        move_refused(m, &append->moves.at[i]);
    for (size_t i = 0; i < append->feeds.count; i++)
        put_feed(m, &append->feeds.at[i]);
    for (size_t i = 0; i < append->shares.count; i++)
        put_share(m, &append->shares.at[i]);
    return lb_arena_failed(&m->bytes) ? LB_ERR_NO_MEMORY : LB_OK;
}

static lb_err append_turn(void *of, const lb_append *append)
{
    memory *m = memory_of(of);

    if (m == NULL)
        return LB_ERR_CLOSED;
    const lb_journal_head head = head_of(&m->kept);
    if (head.seq != append->expected.seq || head.block != append->expected.block ||
        head.messages != append->expected.messages)
        return LB_ERR_FENCED;
    stage(m);
    lb_err err = change(m, append);
    if (err != LB_OK)
        return err;
    lb_point("appended");
    lb_point("before-commit");
    free_tables(&m->before);
    m->before = m->kept;
    m->kept = m->staged;
    m->staged = (tables){.rows = {NULL, 0, 0}};
    lb_point("after-commit");
    return LB_OK;
}

static void set_mark(void *of, struct lb_head_mark *mark)
{
    (void)of, (void)mark; /* without files no mark is needed */
}

static lb_err tidy(void *of, int64_t monotonic_us)
{
    (void)of, (void)monotonic_us;
    return LB_OK;
}

/* -- reading ----------------------------------------------------------------------------------- */

static lb_err hand_row(const stored_row *stored, lb_on_row *on, void *whose)
{
    const lb_span check = {(const char *)stored->check, LB_CHECK_BYTES};

    return lb_journal_row_holds(&stored->one.row, check) ? on(whose, &stored->one.row)
                                                         : LB_ERR_CORRUPT;
}

static lb_err read_row(void *of, int64_t block, lb_on_row *on, void *whose)
{
    const memory *m = memory_of(of);

    for (size_t i = 0; m != NULL && i < m->kept.rows.count; i++)
        if (m->kept.rows.at[i].one.row.block >= block)
            return hand_row(&m->kept.rows.at[i], on, whose);
    return m == NULL ? LB_ERR_CLOSED : LB_ERR_NOT_FOUND;
}

static lb_err read_raw(void *of, int64_t block, lb_on_bytes *on, void *whose)
{
    const memory *m = memory_of(of);

    for (size_t i = 0; m != NULL && i < m->kept.rows.count; i++) {
        const lb_append_row *one = &m->kept.rows.at[i].one;
        if (one->row.block == block && one->raw.len > 0)
            return on(whose, one->raw);
    }
    return m == NULL ? LB_ERR_CLOSED : LB_ERR_NOT_FOUND;
}

static lb_err find(void *of, int64_t seq, int64_t *block)
{
    const memory *m = memory_of(of);

    for (size_t i = 0; m != NULL && i < m->kept.rows.count; i++)
        if (m->kept.rows.at[i].one.row.last_seq >= seq) {
            *block = m->kept.rows.at[i].one.row.block;
            return LB_OK;
        }
    return m == NULL ? LB_ERR_CLOSED : LB_ERR_NOT_FOUND;
}

static lb_err hole_before(void *of, int64_t block, int64_t *found)
{
    const memory *m = memory_of(of);

    for (size_t i = m == NULL ? 0 : m->kept.rows.count; i > 0; i--) {
        const lb_append_row *one = &m->kept.rows.at[i - 1].one;
        if (one->is_hole && one->row.block < block) {
            *found = one->row.block;
            return LB_OK;
        }
    }
    return m == NULL ? LB_ERR_CLOSED : LB_ERR_NOT_FOUND;
}

static lb_err hole_with(void *of, int64_t seq, lb_on_row *on, void *whose)
{
    const memory *m = memory_of(of);

    for (size_t i = 0; m != NULL && i < m->kept.rows.count; i++) {
        const lb_append_row *one = &m->kept.rows.at[i].one;
        if (one->is_hole && one->row.first_seq <= seq && one->row.last_seq >= seq)
            return hand_row(&m->kept.rows.at[i], on, whose);
    }
    return m == NULL ? LB_ERR_CLOSED : LB_ERR_NOT_FOUND;
}

static lb_err each_refused(void *of, lb_on_refused *on, void *whose)
{
    const memory *m = memory_of(of);
    lb_err err = m == NULL ? LB_ERR_CLOSED : LB_OK;

    for (size_t i = m == NULL ? 0 : m->kept.refused.count; err == LB_OK && i > 0; i--)
        err = on(whose, &m->kept.refused.at[i - 1]);
    return err;
}

static lb_err each_feed(void *of, lb_on_feed *on, void *whose)
{
    const memory *m = memory_of(of);
    lb_err err = m == NULL ? LB_ERR_CLOSED : LB_OK;

    for (size_t i = 0; err == LB_OK && i < m->kept.feeds.count; i++)
        err = on(whose, &m->kept.feeds.at[i]);
    return err;
}

static lb_err each_share(void *of, lb_on_share *on, void *whose)
{
    const memory *m = memory_of(of);
    lb_err err = m == NULL ? LB_ERR_CLOSED : LB_OK;

    for (size_t i = 0; err == LB_OK && i < m->kept.shares.count; i++)
        err = on(whose, &m->kept.shares.at[i]);
    return err;
}

static lb_err recall(void *of, lb_span token, lb_span raw, lb_on_refused *on, void *whose)
{
    const memory *m = memory_of(of);

    for (size_t i = 0; m != NULL && i < m->kept.refused.count; i++) {
        const lb_refused *refused = &m->kept.refused.at[i];
        if (lb_span_equal(refused->token, token) && lb_span_equal(refused->raw, raw))
            return on(whose, refused);
    }
    return m == NULL ? LB_ERR_CLOSED : LB_ERR_NOT_FOUND;
}

static lb_err show_refused(void *of, int64_t id, lb_on_refused *on, void *whose)
{
    const memory *m = memory_of(of);

    for (size_t i = 0; m != NULL && i < m->kept.refused.count; i++)
        if (m->kept.refused.at[i].id == id)
            return on(whose, &m->kept.refused.at[i]);
    return m == NULL ? LB_ERR_CLOSED : LB_ERR_NOT_FOUND;
}

static lb_err list_refused(void *of, const lb_refused_choice *choice, lb_on_refused *on,
                           void *whose)
{
    const memory *m = memory_of(of);
    lb_err err = m == NULL ? LB_ERR_CLOSED : LB_OK;
    int64_t left = choice->most;

    if (choice->id != LB_UNKNOWN)
        return show_refused(of, choice->id, on, whose);
    for (size_t i = 0; err == LB_OK && i < m->kept.refused.count && left > 0; i++) {
        lb_refused refused = m->kept.refused.at[i];
        if (!choice->has_all && refused.state != LB_REFUSED_WAITING)
            continue;
        refused.raw = LB_EMPTY;
        left--;
        err = on(whose, &refused);
    }
    return err;
}

static lb_err count_waiting(void *of, lb_span source, int64_t *count)
{
    const memory *m = memory_of(of);

    *count = 0;
    for (size_t i = 0; m != NULL && i < m->kept.refused.count; i++) {
        const lb_refused *refused = &m->kept.refused.at[i];
        *count += refused->state == LB_REFUSED_WAITING &&
                  (source.len == 0 || lb_span_equal(source, refused->source));
    }
    return m == NULL ? LB_ERR_CLOSED : LB_OK;
}

static lb_err verify(void *of, lb_on_damage *on, void *whose)
{
    (void)on, (void)whose; /* raw bytes are part of their row here, so none can be without one */
    return memory_of(of) == NULL ? LB_ERR_CLOSED : LB_OK;
}

/* -- whole journals ---------------------------------------------------------------------------- */

static lb_err look(const char *path, int64_t rows, lb_journal_head *head)
{
    memory **place = place_of(path);

    (void)rows;
    *head = place == NULL ? (lb_journal_head){.seq = 0} : head_of(&(*place)->kept);
    return LB_OK;
}

static lb_err check(const char *path)
{
    return place_of(path) == NULL ? LB_ERR_NOT_FOUND : LB_OK;
}

static lb_err copy(const char *from, const char *to)
{
    memory **place = place_of(from);

    if (place == NULL || place_of(to) != NULL)
        return place == NULL ? LB_ERR_NOT_FOUND : LB_ERR_MISUSE;
    const tables *t = &(*place)->kept;
    memory *fresh = make(to);
    for (size_t i = 0; i < t->rows.count; i++)
        add_row(fresh, &t->rows.at[i].one);
    for (size_t i = 0; i < t->refused.count; i++)
        add_refused(fresh, &t->refused.at[i]);
    for (size_t i = 0; i < t->feeds.count; i++)
        put_feed(fresh, &t->feeds.at[i]);
    for (size_t i = 0; i < t->shares.count; i++)
        put_share(fresh, &t->shares.at[i]);
    fresh->kept = fresh->staged;
    fresh->staged = (tables){.rows = {NULL, 0, 0}};
    return LB_OK;
}

/* Memory is never damaged, so a repaired journal is a copy. */
static lb_err repair(const char *damaged, const char *fresh, const lb_lost *as,
                     lb_repaired *repaired)
{
    (void)as;
    *repaired = (lb_repaired){0};
    lb_err err = copy(damaged, fresh);
    if (err == LB_OK)
        repaired->blocks = (int64_t)(*place_of(fresh))->kept.rows.count;
    return err;
}

static int64_t count_bytes(const char *path)
{
    memory **place = place_of(path);

    return place == NULL ? 0 : (int64_t)(*place)->bytes.total;
}

const lb_journal_engine memory_engine = {
    .name = "memory",
    .open = open_writer,
    .close = close_handle,
    .head = tell_head,
    .append = append_turn,
    .mark = set_mark,
    .tidy = tidy,
    .each_refused = each_refused,
    .each_feed = each_feed,
    .each_share = each_share,
    .recall = recall,
    .refused = show_refused,
    .hole_with = hole_with,
    .reader_open = open_reader,
    .reader_close = close_handle,
    .reader_head = tell_head,
    .read = read_row,
    .read_raw = read_raw,
    .find = find,
    .hole_before = hole_before,
    .refusals = list_refused,
    .waiting = count_waiting,
    .verify = verify,
    .look = look,
    .check = check,
    .copy = copy,
    .repair = repair,
    .remove = remove_journal,
    .bytes = count_bytes,
};
