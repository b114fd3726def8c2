/* view.c - the writing side of the view: events become rows of sets.
 *
 *     event --put--> rows in memory --flush--> sorted, INSERT OR IGNORE, one transaction
 *
 * Rows are gathered and sorted before they are written, so that a batch walks each table from left to
 * right once. A row that is there already says the same: nothing is ever changed. */
#include "keep/view.h"

#include <stdlib.h>

#include "base/nkey.h"
#include "base/point.h"
#include "base/store.h"
#include "landbridge/ident.h"
#include "landbridge/place.h"
#include "landbridge/time.h"
#include "record.h"

/* clang-format off */
typedef enum table_id {
    FACT, HEARSAY, POSITION, TRACKER, ASSOC, CONTENT, COMPLETE, LINK, RETRACTION, RESOURCE, CALL, YARD, SHEET, TABLES
} table_id;

/* The columns in the order of the table: which member of a row each is. a b c d texts, t u v w times and
 * numbers, i event id, k natural key, x body. */
static const struct {
    const char *sql, *columns;
} tables[TABLES] = {
    [FACT]       = {"INSERT OR IGNORE INTO fact       VALUES (?1, ?2, ?3, ?4, ?5)", "atiux"},
    [HEARSAY]    = {"INSERT OR IGNORE INTO hearsay    VALUES (?1, ?2, ?3, ?4, ?5)", "atiux"},
    [POSITION]   = {"INSERT OR IGNORE INTO position   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)", "atiuvwzqb"},
    [TRACKER]    = {"INSERT OR IGNORE INTO tracker    VALUES (?1)", "a"},
    [ASSOC]      = {"INSERT OR IGNORE INTO assoc      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)", "atibukvwzqcd"},
    [CONTENT]    = {"INSERT OR IGNORE INTO content    VALUES (?1, ?2)", "ab"},
    [COMPLETE]   = {"INSERT OR IGNORE INTO complete   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", "atikuvd"},
    [LINK]       = {"INSERT OR IGNORE INTO link       VALUES (?1, ?2)", "ab"},
    [RETRACTION] = {"INSERT OR IGNORE INTO retraction VALUES (?1, ?2, ?3)", "kuv"},
    [RESOURCE]   = {"INSERT OR IGNORE INTO resource   VALUES (?1, ?2, ?3, ?4, ?5, ?6)", "atiuvx"},
    [CALL]       = {"INSERT OR IGNORE INTO call       VALUES (?1, ?2, ?3)", "atb"},
    [YARD]       = {"INSERT OR IGNORE INTO yard       VALUES (?1, ?2)", "ab"},
    [SHEET]      = {"INSERT OR IGNORE INTO sheet      VALUES (?1, ?2, ?3, ?4)", "atuv"},
};
/* clang-format on */

typedef struct row {
    lb_span a, b, c, d, id, nkey, body;
    int64_t t, u, v, w, z, q;
} row;

typedef struct row_list {
    row *at;
    size_t count, room;
} row_list;

enum { MEMORY_MAX = 1024 * 1024 * 1024 };

struct lb_view {
    lb_store *store;
    sqlite3_stmt *insert[TABLES];
    sqlite3_stmt *apply;
    row_list rows[TABLES];
    lb_arena memory; /* of the rows */
    int64_t applied;
    size_t pending;
};

/* -- life ---------------------------------------------------------------------------------------------- */

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
    const char *sql[TABLES];
    static const char *const apply = "UPDATE applied SET seq = ?1";
    for (int i = 0; i < TABLES; i++)
        sql[i] = tables[i].sql;
    lb_err err = lb_store_prepare(view->store, sql, TABLES, view->insert);
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
    lb_store_finalize((*view)->insert, TABLES);
    lb_store_finalize(&(*view)->apply, 1);
    lb_store_close(&(*view)->store);
    lb_arena_fini(&(*view)->memory);
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

/* One fact is a row for each object that it is about. */
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

/* -- events to rows -------------------------------------------------------------------------------------- */

static void add(lb_view *view, table_id table, row one)
{
    row_list *list = &view->rows[table];
    if (lb_arena_grow(&view->memory, list, sizeof *list->at)) {
        list->at[list->count++] = one;
        view->pending++;
    }
}

static lb_span key_of(lb_view *view, const lb_object *object)
{
    char key[LB_KEY_ROOM];
    if (object->id.len == 0)
        return LB_EMPTY;
    size_t len = lb_object_key_print(key, sizeof key, object);
    return lb_arena_copy(&view->memory, (lb_span){key, len});
}

static lb_span place_of(lb_view *view, const lb_place *place)
{
    char key[LB_PLACE_KEY_ROOM];
    size_t len = lb_place_key_print(key, sizeof key, place);
    return lb_arena_copy(&view->memory, (lb_span){key, len});
}

static void put_position(lb_view *view, const lb_event *event, lb_span object, lb_span id)
{
    row one = {.a = object, .t = event->occurred.utc_us, .id = id};
    one.u = event->pos.lat_e7;
    one.v = event->pos.lon_e7;
    one.w = event->cond.fill;
    one.z = event->quality_flags;
    one.q = event->hub_seq;
    one.b = lb_arena_copy(&view->memory, event->prov.source_id);
    add(view, POSITION, one);
    add(view, TRACKER, (row){.a = object});
}

static void put_associations(lb_view *view, const lb_event *event, lb_span id, lb_span nkey)
{
    lb_span last_complete = LB_EMPTY;
    lb_span source = lb_arena_copy(&view->memory, event->prov.source_id);
    lb_span sheet = lb_sheet_text(event, &view->memory);
    for (size_t i = 0; i < event->assoc.count; i++) {
        const lb_assoc *assoc = &event->assoc.at[i];
        lb_span parent = key_of(view, &assoc->parent), child = key_of(view, &assoc->child);
        row one = {.a = child,
                   .b = parent,
                   .c = source,
                   .d = sheet,
                   .id = id,
                   .nkey = nkey,
                   .t = event->occurred.utc_us};
        one.u = assoc->action;
        one.v = event->reported_at_us;
        one.w = event->revision;
        one.z = assoc->child.milli_teu;
        one.q = assoc->position;
        if (child.len > 0 && (parent.len > 0 || assoc->action == LB_ASSOC_DELETE))
            add(view, ASSOC, one);
        if (child.len > 0 && parent.len > 0)
            add(view, CONTENT, (row){.a = parent, .b = child});
        if (assoc->closed_world && parent.len > 0 && !lb_span_equal(parent, last_complete)) {
            row all = {
                .a = parent, .d = sheet, .id = id, .nkey = nkey, .t = event->occurred.utc_us};
            all.u = event->reported_at_us;
            all.v = event->revision;
            add(view, COMPLETE, all);
            last_complete = parent;
        }
    }
}

static void put_links(lb_view *view, const lb_event *event)
{
    char key[LB_KEY_ROOM];
    for (size_t r = 0; r < event->refs.count; r++) {
        const lb_reference *ref = &event->refs.at[r];
        const lb_object as_object = {
            .kind = LB_KIND_CONSIGNMENT, .scheme = ref->scheme, .id = ref->value};
        size_t len = lb_object_key_print(key, sizeof key, &as_object);
        lb_span reference = lb_arena_copy(&view->memory, (lb_span){key, len});
        for (size_t o = 0; o < event->objects.count; o++) {
            const lb_object *object = &event->objects.at[o];
            if (object->role == LB_ROLE_SUBJECT && object->id.len > 0)
                add(view, LINK, (row){.a = reference, .b = key_of(view, object)});
        }
    }
}

/* Who calls where: a train's or flight's own movements, and the ends of its way. */
static void put_call(lb_view *view, const lb_event *event, const lb_object *object, lb_span key)
{
    bool is_run = object->kind == LB_KIND_TRAIN || object->kind == LB_KIND_FLIGHT;
    if (!is_run || event->occurred.utc_us == LB_UNKNOWN)
        return;
    int64_t day = event->occurred.utc_us / LB_DAY_US;
    const lb_place *const places[] = {&event->place, &event->movement.from};
    for (size_t i = 0; i < 2; i++)
        if (!lb_place_is_empty(places[i]))
            add(view, CALL, (row){.a = place_of(view, places[i]), .t = day, .b = key});
}

static bool is_yard_move(lb_event_type type)
{
    switch (type) {
    case LB_EVENT_GTIN:
    case LB_EVENT_GTOT:
    case LB_EVENT_LOAD:
    case LB_EVENT_DISC:
    case LB_EVENT_STOR:
    case LB_EVENT_RMVD:
    case LB_EVENT_YMOV:
        return true;
    default:
        return false;
    }
}

static void put_facts(lb_view *view, const lb_event *event, lb_span id)
{
    lb_span body = LB_EMPTY;
    lb_event bare = *event;
    bare.assoc = (lb_assoc_list){0};
    for (size_t i = 0; i < event->objects.count; i++) {
        const lb_object *object = &event->objects.at[i];
        bool is_unit = event->type == LB_EVENT_ASSO && object->role == LB_ROLE_UNIT;
        if ((object->role != LB_ROLE_SUBJECT && !is_unit) || object->id.len == 0)
            continue;
        lb_span key = key_of(view, object);
        if (event->type == LB_EVENT_PING) {
            put_position(view, event, key, id);
            continue;
        }
        if (body.len == 0 && lb_record_pack(&lb_record_event, &bare, &view->memory, &body) != LB_OK)
            return;
        add(view, FACT,
            (row){.a = key,
                  .t = event->occurred.utc_us,
                  .id = id,
                  .u = event->hub_seq,
                  .body = body});
        put_call(view, event, object, key);
        if (is_yard_move(event->type) && object->kind == LB_KIND_CONTAINER &&
            !lb_place_is_empty(&event->place))
            add(view, YARD, (row){.a = place_of(view, &event->place), .b = key});
    }
}

/* What is said by one who does not carry it is kept beside, and moves nothing. */
static void put_hearsay(lb_view *view, const lb_event *event, lb_span id)
{
    lb_span body;
    if (event->type == LB_EVENT_PING ||
        lb_record_pack(&lb_record_event, event, &view->memory, &body) != LB_OK)
        return;
    row one = {.t = event->occurred.utc_us, .id = id, .u = event->hub_seq, .body = body};
    for (size_t i = 0; i < event->objects.count; i++) {
        one.a = key_of(view, &event->objects.at[i]);
        if (event->objects.at[i].role == LB_ROLE_SUBJECT && one.a.len > 0)
            add(view, HEARSAY, one);
    }
}

static void put_resource(lb_view *view, const lb_event *event, lb_span id)
{
    lb_span body;
    if (event->cap.id.len == 0 ||
        lb_record_pack(&lb_record_event, event, &view->memory, &body) != LB_OK)
        return;
    row one = {.a = lb_arena_copy(&view->memory, event->cap.id),
               .t = event->occurred.utc_us,
               .id = id,
               .body = body};
    one.u = event->cap.kind;
    one.v = event->hub_seq;
    add(view, RESOURCE, one);
}

static void put_sheet(lb_view *view, const lb_event *event)
{
    lb_span list = lb_sheet_text(event, &view->memory), number, at;
    if (!lb_span_cut(&list, '|', &number) || !lb_span_cut(&list, '|', &at))
        return; /* it came in one piece */
    row one = {.a = list, .t = lb_sheet_at_us(event)};
    one.u = event->sheet.number;
    one.v = event->sheet.is_last;
    add(view, SHEET, one);
}

lb_err lb_view_put(lb_view *view, const lb_event *event)
{
    if (event->prov.test)
        return LB_OK; /* a test must not reach the tracks */
    if (event->correction == LB_CORRECTION_RETRACTS) {
        row one = {.nkey = lb_nkey(event, &view->memory),
                   .u = event->reported_at_us,
                   .v = event->revision};
        add(view, RETRACTION, one);
        return lb_arena_failed(&view->memory) ? LB_ERR_NO_MEMORY : LB_OK;
    }
    lb_span id = lb_arena_copy(&view->memory, event->event_id);
    put_sheet(view, event);
    if (lb_event_is_foreign(event)) {
        put_hearsay(view, event, id);
        return lb_arena_failed(&view->memory) ? LB_ERR_NO_MEMORY : LB_OK;
    }
    put_facts(view, event, id);
    if (event->assoc.count > 0)
        put_associations(view, event, id, lb_nkey(event, &view->memory));
    if (event->refs.count > 0)
        put_links(view, event);
    if (event->cap.kind != LB_RESOURCE_UNSPECIFIED)
        put_resource(view, event, id);
    return lb_arena_failed(&view->memory) ? LB_ERR_NO_MEMORY : LB_OK;
}

/* -- rows to the database ---------------------------------------------------------------------------------- */

static int by_key(const void *left, const void *right)
{
    const row *a = left, *b = right;
    int order = lb_span_compare(a->a, b->a);
    if (order == 0)
        order = (a->t > b->t) - (a->t < b->t);
    if (order == 0)
        order = lb_span_compare(a->id, b->id);
    if (order == 0)
        order = lb_span_compare(a->b, b->b);
    if (order == 0)
        order = lb_span_compare(a->nkey, b->nkey);
    return order;
}

static void bind(sqlite3_stmt *statement, int i, char column, const row *one)
{
    switch (column) {
    case 'a':
        lb_bind_text(statement, i, one->a);
        break;
    case 'b':
        lb_bind_text(statement, i, one->b);
        break;
    case 'c':
        lb_bind_text(statement, i, one->c);
        break;
    case 'd':
        lb_bind_text(statement, i, one->d);
        break;
    case 'i':
        lb_bind_blob(statement, i, one->id);
        break;
    case 'k':
        lb_bind_blob(statement, i, one->nkey);
        break;
    case 'x':
        lb_bind_blob(statement, i, one->body);
        break;
    default: {
        int64_t number = column == 't'   ? one->t
                         : column == 'u' ? one->u
                         : column == 'v' ? one->v
                         : column == 'w' ? one->w
                         : column == 'z' ? one->z
                                         : one->q;
        sqlite3_bind_int64(statement, i, number);
    }
    }
}

static lb_err write_table(lb_view *view, table_id table)
{
    row_list *list = &view->rows[table];
    sqlite3_stmt *statement = view->insert[table];
    const char *columns = tables[table].columns;
    lb_err err = LB_OK;
    if (list->count > 1)
        qsort(list->at, list->count, sizeof *list->at, by_key);
    for (size_t r = 0; r < list->count && err == LB_OK; r++) {
        for (int i = 0; columns[i] != '\0'; i++)
            bind(statement, i + 1, columns[i], &list->at[r]);
        err = lb_store_step(view->store, statement, "view");
    }
    return err;
}

lb_err lb_view_flush(lb_view *view, int64_t applied_seq)
{
    lb_err err = lb_store_begin(view->store);
    for (int i = 0; i < TABLES && err == LB_OK; i++) {
        err = write_table(view, (table_id)i);
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
        return err; /* the rows stay: they are written next time */
    }
    for (int i = 0; i < TABLES; i++)
        view->rows[i] = (row_list){0};
    lb_arena_reset(&view->memory);
    view->pending = 0;
    view->applied = applied_seq;
    return LB_OK;
}
