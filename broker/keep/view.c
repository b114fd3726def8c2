/* view.c - the writing side of the view: turns events into rows of sets.
 *
 *     event --put--> rows in memory --flush--> sorted, INSERT OR IGNORE, one transaction
 *
 * Rows are sorted by key before they are written, so that a batch visits the pages of each table
 * once and in order. An existing row with the same key has the same content, so rows are never
 * updated. */
#include "keep/view.h"

#include <stdlib.h>

#include "base/effect.h"
#include "base/fact_key.h"
#include "base/point.h"
#include "base/store.h"
#include "keep/view_table.h"
#include "landbridge/client/ident.h"
#include "landbridge/client/place.h"
#include "landbridge/client/time.h"
#include "record.h"

typedef struct row_list { /* rows of one table, in the order in which they were put */
    void *at;
    size_t count, room;
} row_list;

enum { MEMORY_MAX = 1024 * 1024 * 1024 };

struct lb_view {
    lb_store *store;
    sqlite3_stmt *insert[LB_VIEW_TABLE_COUNT];
    sqlite3_stmt *apply;
    row_list rows[LB_VIEW_TABLE_COUNT];
    lb_arena memory;  /* the rows */
    lb_arena scratch; /* the effects of the present event */
    int64_t applied;
    size_t pending;
};

/* -- open and close ---------------------------------------------------------------------------- */

static lb_err read_applied(lb_view *view)
{
    static const char *const sql = "SELECT seq FROM applied";
    sqlite3_stmt *statement;
    lb_err err = lb_store_prepare(view->store, &sql, 1, &statement);
    if (err != LB_OK)
        return err;
    int rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW)
        view->applied = sqlite3_column_int64(statement, 0);
    err = lb_store_err(view->store, rc, "applied");
    lb_store_finalize(&statement, 1);
    return err;
}

static lb_err prepare(lb_view *view)
{
    const char *sql[LB_VIEW_TABLE_COUNT];
    static const char *const apply = "UPDATE applied SET seq = ?1";
    for (int i = 0; i < LB_VIEW_TABLE_COUNT; i++)
        sql[i] = lb_view_tables[i].insert;
    lb_err err = lb_store_prepare(view->store, sql, LB_VIEW_TABLE_COUNT, view->insert);
    if (err == LB_OK)
        err = lb_store_prepare(view->store, &apply, 1, &view->apply);
    return err == LB_OK ? read_applied(view) : err;
}

lb_err lb_view_open(lb_view **out, const char *path)
{
    lb_view *view = calloc(1, sizeof *view);
    if (view == NULL)
        return LB_ERR_NO_MEMORY;
    lb_arena_init(&view->memory, MEMORY_MAX);
    lb_arena_init(&view->scratch, MEMORY_MAX);
    lb_err err = lb_store_open(&view->store, path, LB_STORE_VIEW, LB_STORE_WRITE);
    if (err == LB_OK)
        err = prepare(view);
    if (err == LB_OK)
        *out = view;
    else
        lb_view_close(&view);
    return err;
}

void lb_view_close(lb_view **view)
{
    if (*view == NULL)
        return;
    lb_store_finalize((*view)->insert, LB_VIEW_TABLE_COUNT);
    lb_store_finalize(&(*view)->apply, 1);
    lb_store_close(&(*view)->store);
    lb_arena_fini(&(*view)->memory);
    lb_arena_fini(&(*view)->scratch);
    free(*view);
    *view = NULL;
}

int64_t lb_view_applied(const lb_view *view)
{
    return view->applied;
}

lb_err lb_view_look(const char *path, int64_t *applied_seq)
{
    return lb_store_look(path, LB_STORE_VIEW, "SELECT seq FROM applied", applied_seq);
}

/* The table `fact` has a row for each object of an event, hence GROUP BY seq in the statement. */
static lb_err show_rows(lb_store *store, sqlite3_stmt *read, lb_arena *arena, lb_span *lines)
{
    lb_event event;
    lb_span json;
    int rc;

    while ((rc = sqlite3_step(read)) == SQLITE_ROW) {
        lb_err err = lb_record_unpack(&lb_record_event, lb_column_blob(read, 1), arena, &event);
        event.hub_seq = sqlite3_column_int64(read, 0);
        if (err == LB_OK)
            err = lb_record_json(&lb_record_event, &event, arena, &json);
        if (err != LB_OK)
            return err;
        *lines = lb_arena_print(arena, "%.*s%.*s\n", LB_ARG(*lines), LB_ARG(json));
    }
    return lb_store_err(store, rc, "view.show");
}

lb_err lb_view_show(const char *path, int64_t from_seq, int64_t to_seq, int64_t most,
                    lb_arena *arena, lb_span *lines)
{
    static const char *const sql = "SELECT seq, body FROM fact WHERE seq BETWEEN ?1 AND ?2"
                                   " GROUP BY seq ORDER BY seq LIMIT ?3";
    sqlite3_stmt *read = NULL;
    lb_store *store = NULL;
    int64_t applied;

    if (lb_view_look(path, &applied) != LB_OK)
        return LB_ERR_NOT_FOUND;
    lb_err err = lb_store_open(&store, path, LB_STORE_VIEW, LB_STORE_READ);
    if (err == LB_OK)
        err = lb_store_prepare(store, &sql, 1, &read);
    if (err == LB_OK) {
        lb_bind_int(read, 1, from_seq);
        lb_bind_int(read, 2, to_seq);
        lb_bind_int(read, 3, most);
        err = show_rows(store, read, arena, lines);
    }
    lb_store_finalize(&read, 1);
    lb_store_close(&store);
    return err;
}

size_t lb_view_pending(const lb_view *view)
{
    return view->pending;
}

/* -- events to rows ---------------------------------------------------------------------------- */

static void add(lb_view *view, lb_view_table_id id, const void *row)
{
    const lb_view_table *table = &lb_view_tables[id];
    row_list *list = &view->rows[id];
    if (!lb_arena_grow(&view->memory, list, table->row_size))
        return;
    memcpy((char *)list->at + list->count++ * table->row_size, row, table->row_size);
    view->pending++;
}

typedef struct putting { /* one event, and the values that its rows share */
    lb_view *view;
    const lb_event *event;
    const lb_event *bare; /* the event without the parts that are not covered */
    bool is_wide;         /* see lb_effects_are_wide: each row gets its own part as body */
    lb_span id, fact_key, source, sheet, party;
    lb_span fact, report; /* bodies, packed for the first row that needs them */
    size_t last;          /* index of the object that last_key is of */
    lb_span last_key;
} putting;

/* The key of the effect's object. Effects of one object are adjacent, so the last key is cached. */
static lb_span key_of(putting *put, const lb_effect *effect)
{
    bool is_of_object = effect->kind <= LB_EFFECT_YARD;
    if (is_of_object && put->last_key.len > 0 && put->last == effect->at)
        return put->last_key;
    lb_span key = lb_effect_key(put->event, effect, &put->view->memory);
    if (is_of_object) {
        put->last = effect->at;
        put->last_key = key;
    }
    return key;
}

static lb_span copy_key(putting *put, const lb_object *object)
{
    char key[LB_KEY_ROOM];
    if (object->id.len == 0)
        return LB_EMPTY;
    size_t len = lb_object_key_print(key, sizeof key, object);
    return lb_arena_copy(&put->view->memory, (lb_span){key, len});
}

static lb_span place_of(putting *put, const lb_place *place)
{
    char key[LB_PLACE_KEY_ROOM];
    size_t len = lb_place_key_print(key, sizeof key, place);
    return lb_arena_copy(&put->view->memory, (lb_span){key, len});
}

static lb_span fact_key_of(putting *put)
{
    if (put->fact_key.len == 0)
        put->fact_key = lb_fact_key(put->event, &put->view->memory);
    return put->fact_key;
}

/* The packed event of a row: one body for all rows of an event, or for a wide event the effect's
 * part. */
static lb_span body_of(putting *put, const lb_event *event, const lb_effect *effect, lb_span *body)
{
    lb_arena *memory = &put->view->memory;
    lb_event part;
    if (body->len > 0)
        return *body;
    if (!put->is_wide) {
        lb_record_pack(&lb_record_event, event, memory, body); /* an error is kept by the arena */
        return *body;
    }
    lb_span own = LB_EMPTY;
    if (lb_effect_part(event, effect, memory, &part) == LB_OK)
        lb_record_pack(&lb_record_event, &part, memory, &own);
    return own;
}

static lb_span fact_body(putting *put, const lb_effect *effect)
{
    lb_event reported;
    if (put->fact.len > 0 || put->bare->assoc.count == 0)
        return body_of(put, put->bare, effect, &put->fact);
    reported = *put->bare;
    reported.assoc = (lb_assoc_list){0};
    return body_of(put, &reported, effect, &put->fact);
}

/* An uncovered effect becomes a third-party report, which changes no track. If an event has several
 * on one thing, the first is kept. */
static void put_report(putting *put, const lb_effect *effect)
{
    const lb_view_report row = {.object = key_of(put, effect),
                                .party = put->party,
                                .occurred_us = put->event->occurred.utc_us,
                                .event_id = put->id,
                                .seq = put->event->hub_seq,
                                .body = body_of(put, put->event, effect, &put->report)};
    add(put->view, LB_TABLE_REPORT, &row);
}

static void put_story(putting *put, const lb_effect *effect)
{
    const lb_view_fact row = {.object = key_of(put, effect),
                              .occurred_us = put->event->occurred.utc_us,
                              .event_id = put->id,
                              .seq = put->event->hub_seq,
                              .body = fact_body(put, effect)};
    add(put->view, LB_TABLE_FACT, &row);
}

static void put_position(putting *put, const lb_effect *effect)
{
    const lb_event *event = put->event;
    const lb_view_position row = {.object = key_of(put, effect),
                                  .occurred_us = event->occurred.utc_us,
                                  .event_id = put->id,
                                  .lat_e7 = event->pos.lat_e7,
                                  .lon_e7 = event->pos.lon_e7,
                                  .fill = event->cond.fill,
                                  .flags = put->bare->quality_flags,
                                  .seq = event->hub_seq,
                                  .source = put->source};
    const lb_view_tracker tracker = {.object = row.object};
    add(put->view, LB_TABLE_POSITION, &row);
    add(put->view, LB_TABLE_TRACKER, &tracker);
}

static void put_call(putting *put, const lb_effect *effect)
{
    const lb_view_call row = {.place = place_of(put, effect->place),
                              .day = put->event->occurred.utc_us / LB_DAY_US,
                              .object = key_of(put, effect)};
    add(put->view, LB_TABLE_CALL, &row);
}

static void put_yard(putting *put, const lb_effect *effect)
{
    const lb_view_yard row = {.place = place_of(put, effect->place), .object = key_of(put, effect)};
    add(put->view, LB_TABLE_YARD, &row);
}

/* Stores a claim if its sender covers the child or the parent, with that cover, so that readers can
 * distinguish them. */
static void put_claim(putting *put, const lb_effect *effect)
{
    const lb_event *event = put->event;
    const lb_assoc *assoc = &event->assoc.at[effect->at];
    unsigned cover = lb_assoc_cover(event, effect->at);
    if (cover == 0)
        return;
    const lb_view_assoc row = {.child = key_of(put, effect),
                               .occurred_us = event->occurred.utc_us,
                               .event_id = put->id,
                               .parent = copy_key(put, &assoc->parent),
                               .action = assoc->action,
                               .fact_key = fact_key_of(put),
                               .reported_us = event->reported_at_us,
                               .revision = event->revision,
                               .milli_teu = assoc->child.milli_teu,
                               .ordinal = assoc->position,
                               .source = put->source,
                               .sheet = put->sheet,
                               .cover = cover,
                               .party = put->party};
    add(put->view, LB_TABLE_ASSOC, &row);
}

static void put_content(putting *put, const lb_effect *effect)
{
    const lb_view_content row = {.parent = key_of(put, effect),
                                 .child = copy_key(put, &put->event->assoc.at[effect->at].child)};
    add(put->view, LB_TABLE_CONTENT, &row);
}

static void put_list(putting *put, const lb_effect *effect)
{
    const lb_view_complete row = {.parent = key_of(put, effect),
                                  .occurred_us = put->event->occurred.utc_us,
                                  .event_id = put->id,
                                  .fact_key = fact_key_of(put),
                                  .reported_us = put->event->reported_at_us,
                                  .revision = put->event->revision,
                                  .sheet = put->sheet};
    add(put->view, LB_TABLE_COMPLETE, &row);
}

static void put_links(putting *put, const lb_effect *effect)
{
    const lb_event *event = put->event;
    lb_view_link row = {.reference = key_of(put, effect)};
    for (size_t i = 0; i < event->objects.count; i++) {
        const lb_object *object = &event->objects.at[i];
        if (object->role != LB_ROLE_SUBJECT || object->id.len == 0 ||
            !lb_thing_is_covered(event, lb_thing_of_object(event, i)))
            continue;
        row.object = copy_key(put, object);
        add(put->view, LB_TABLE_LINK, &row);
    }
}

static void put_resource(putting *put, const lb_effect *effect)
{
    (void)effect;
    lb_arena *memory = &put->view->memory;
    lb_view_resource row = {.id = lb_arena_copy(memory, put->event->cap.id),
                            .occurred_us = put->event->occurred.utc_us,
                            .event_id = put->id,
                            .kind = put->event->cap.kind,
                            .seq = put->event->hub_seq};
    lb_record_pack(&lb_record_event, put->bare, memory, &row.body); /* an error is kept by it */
    add(put->view, LB_TABLE_RESOURCE, &row);
}

static void put_sheet(putting *put, const lb_effect *effect)
{
    lb_span list = put->sheet, number, at;
    (void)effect;
    lb_span_cut(&list, '|', &number);
    lb_span_cut(&list, '|', &at);
    const lb_view_sheet row = {.list = list,
                               .at_us = lb_sheet_at_us(put->event),
                               .number = put->event->sheet.number,
                               .is_last = put->event->sheet.is_last};
    add(put->view, LB_TABLE_SHEET, &row);
}

static void put_retraction(putting *put, const lb_effect *effect)
{
    const lb_view_retraction row = {.fact_key = fact_key_of(put),
                                    .reported_us = put->event->reported_at_us,
                                    .revision = put->event->revision};
    (void)effect;
    add(put->view, LB_TABLE_RETRACTION, &row);
}

/* The function for each effect when it is covered, and when it is not. An uncovered CALL, YARD or
 * LINK needs none: the report of the same object has its content. */
static const struct {
    void (*covered)(putting *, const lb_effect *), (*uncovered)(putting *, const lb_effect *);
} rules[LB_EFFECTS] = {
    [LB_EFFECT_STORY] = {put_story, put_report},
    [LB_EFFECT_POSITION] = {put_position, put_report},
    [LB_EFFECT_CALL] = {put_call, NULL},
    [LB_EFFECT_YARD] = {put_yard, NULL},
    [LB_EFFECT_WITHIN] = {put_claim, put_report},
    [LB_EFFECT_CONTENT] = {put_content, put_report},
    [LB_EFFECT_LIST] = {put_list, put_report},
    [LB_EFFECT_LINK] = {put_links, NULL},
    [LB_EFFECT_CAPACITY] = {put_resource, put_report},
    [LB_EFFECT_SHEET] = {put_sheet, NULL},
    [LB_EFFECT_RETRACT] = {put_retraction, NULL},
};

static void put_effect(putting *put, const lb_effect *effect)
{
    void (*rule)(putting *, const lb_effect *) =
        effect->is_covered ? rules[effect->kind].covered : rules[effect->kind].uncovered;
    if (rule != NULL)
        rule(put, effect);
    if (effect->kind == LB_EFFECT_WITHIN && !effect->is_covered)
        put_claim(put, effect); /* the parent may still be covered */
}

lb_err lb_view_put(lb_view *view, const lb_event *event)
{
    lb_arena *memory = &view->memory;
    lb_effect_list effects;
    putting put = {.view = view, .event = event, .bare = event};
    lb_event bare;

    lb_arena_reset(&view->scratch);
    if (lb_effects(event, &view->scratch, &effects) != LB_OK)
        return LB_ERR_NO_MEMORY;
    if (lb_event_is_foreign(event)) {
        if (lb_effect_bare(event, &view->scratch, &bare) != LB_OK)
            return LB_ERR_NO_MEMORY;
        put.bare = &bare;
    }
    put.is_wide = lb_effects_are_wide(event, &effects);
    put.id = lb_arena_copy(memory, event->event_id);
    put.source = lb_arena_copy(memory, event->prov.source_id);
    put.party = lb_arena_copy(memory, event->cover.party);
    put.sheet = lb_sheet_text(event, memory);
    for (size_t i = 0; i < effects.count; i++)
        put_effect(&put, &effects.at[i]);
    return lb_arena_failed(memory) ? LB_ERR_NO_MEMORY : LB_OK;
}

/* -- rows to the database ---------------------------------------------------------------------- */

/* Rows with the same key stay in the order in which they were put, so that INSERT OR IGNORE keeps
 * the first. */
static int by_key(const void *left, const void *right, void *table)
{
    const char *a = *(const char *const *)left, *b = *(const char *const *)right;
    int order = lb_view_row_compare(table, a, b);
    return order != 0 ? order : (a > b) - (a < b);
}

static lb_err write_table(lb_view *view, lb_view_table_id id)
{
    lb_view_table table = lb_view_tables[id];
    row_list *list = &view->rows[id];
    const char **sorted = lb_arena_alloc(&view->memory, (list->count + 1) * sizeof *sorted);
    lb_err err = sorted == NULL ? LB_ERR_NO_MEMORY : LB_OK;
    for (size_t i = 0; i < list->count && err == LB_OK; i++)
        sorted[i] = (const char *)list->at + i * table.row_size;
    if (list->count > 1 && err == LB_OK)
        qsort_r(sorted, list->count, sizeof *sorted, by_key, &table);
    for (size_t i = 0; i < list->count && err == LB_OK; i++) {
        lb_view_row_bind(&table, view->insert[id], sorted[i]);
        err = lb_store_step(view->store, view->insert[id], "view");
    }
    return err;
}

lb_err lb_view_flush(lb_view *view, int64_t applied_seq)
{
    lb_err err = lb_store_begin(view->store);
    for (int i = 0; i < LB_VIEW_TABLE_COUNT && err == LB_OK; i++) {
        err = write_table(view, (lb_view_table_id)i);
        lb_point("mid-view-flush");
    }
    if (err == LB_OK) {
        sqlite3_bind_int64(view->apply, 1, applied_seq);
        err = lb_store_step(view->store, view->apply, "applied");
    }
    if (err == LB_OK)
        err = lb_store_commit(view->store);
    if (err != LB_OK) {
        lb_store_rollback(view->store);
        return err; /* the rows stay in memory and are written next time */
    }
    for (int i = 0; i < LB_VIEW_TABLE_COUNT; i++)
        view->rows[i] = (row_list){0};
    lb_arena_reset(&view->memory);
    view->pending = 0;
    view->applied = applied_seq;
    return LB_OK;
}
