/* fact.c - reads the sets of the view, without superseded and retracted facts.
 *
 *     rows of an object, sorted --> not of incomplete lists --> newest version of each fact key
 *                               --> not retracted
 *
 * All versions of a fact name the same subject (or parent), so all of them are among the rows of
 * one object. */
#include "keep/fact.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/fact_key.h"
#include "base/store.h"
#include "keep/fact_sheet.h"
#include "keep/view_table.h"
#include "record.h"

/* clang-format off */
typedef enum read_id {
    FACTS, REPORTS, RESOURCE, RESOURCES, CLAIMS, COMPLETES, CONTENTS, DEVICES, LINKED, CALLERS, YARD, YARDS, TRACKERS, OBJECTS,
    STARTING, KNOWN, NEWEST, REPORT_COUNT, REPORTERS, REPORTED, REPORT, ONE_SIDED, HAS_ONE_SIDED, IS_CONTENT, NAMED, LINK_IS, LINK_BEGINS,
     LAST_FIX, RETRACTED, SHEETS, APPLIED, READS
} read_id;

static const char *const reads[READS] = {
    [FACTS]     = "SELECT seq, body FROM fact WHERE object = ?1 ORDER BY occurred_us, event_id",
    [REPORTS]   = "SELECT seq, body FROM report WHERE object = ?1 AND (?2 IS NULL OR party = ?2) ORDER BY occurred_us, event_id",
    [RESOURCE]  = "SELECT seq, body FROM resource WHERE id = ?1 ORDER BY occurred_us, event_id",
    [RESOURCES] = "SELECT DISTINCT id FROM resource WHERE ?1 = 0 OR kind = ?1 ORDER BY id",
    [CLAIMS]    = "SELECT " LB_VIEW_COLUMNS(ASSOC) " FROM assoc WHERE child = ?1 AND cover <> 2 ORDER BY occurred_us, event_id, parent",
    [COMPLETES] = "SELECT parent, occurred_us, event_id, parent, 0, fact_key, reported_us, revision, 0, 0, '', sheet, 3, ''"
                  "  FROM complete WHERE parent = ?1 ORDER BY occurred_us, event_id",
    [CONTENTS]  = "SELECT child FROM content WHERE parent = ?1 ORDER BY child",
    [DEVICES]   = "SELECT child FROM content WHERE parent = ?1 AND child >= 'device:' AND child < 'device;' ORDER BY child",
    [LINKED]    = "SELECT object FROM link WHERE reference = ?1 ORDER BY object",
    [CALLERS]   = "SELECT DISTINCT object FROM call WHERE place = ?1 AND day BETWEEN ?2 AND ?3 ORDER BY object",
    [YARD]      = "SELECT object FROM yard WHERE place = ?1 ORDER BY object",
    [YARDS]     = "SELECT DISTINCT place FROM yard ORDER BY place",
    [TRACKERS]  = "SELECT object FROM tracker ORDER BY object",
    [OBJECTS]   = "SELECT object FROM fact UNION SELECT object FROM report WHERE object NOT GLOB 'resource:*' UNION SELECT child FROM assoc UNION SELECT object FROM tracker ORDER BY 1",
    [STARTING]  = "SELECT DISTINCT object FROM fact WHERE object >= ?1 AND object < ?2 ORDER BY object DESC LIMIT ?3",
    [KNOWN]     = "SELECT EXISTS (SELECT 1 FROM fact WHERE object = ?1) OR EXISTS (SELECT 1 FROM assoc WHERE child = ?1 AND cover <> 2)"
                  "    OR EXISTS (SELECT 1 FROM content WHERE parent = ?1) OR EXISTS (SELECT 1 FROM tracker WHERE object = ?1)",
    [NEWEST]    = "SELECT seq, body FROM report WHERE object = ?1 AND party = ?2 ORDER BY occurred_us DESC, event_id DESC LIMIT ?3",
    [REPORT_COUNT] = "SELECT count(*) FROM report WHERE object = ?1 AND party = ?2",
    [REPORTERS] = "SELECT DISTINCT party FROM report WHERE object = ?1 ORDER BY party",
    [REPORTED]  = "SELECT EXISTS (SELECT 1 FROM report WHERE object = ?1 AND (?2 IS NULL OR party = ?2))",
    [REPORT]    = "SELECT seq, body FROM report WHERE object = ?1 AND party = ?2 AND occurred_us = ?3 AND event_id = ?4",
    [ONE_SIDED] = "SELECT " LB_VIEW_COLUMNS(ASSOC) " FROM assoc WHERE child = ?1 AND cover = 2 AND (?2 IS NULL OR parent = ?2)"
                  " ORDER BY occurred_us DESC, event_id DESC, parent DESC LIMIT ?3",
    [HAS_ONE_SIDED] = "SELECT EXISTS (SELECT 1 FROM assoc WHERE child = ?1 AND cover = 2)",
    [NAMED]     = "SELECT EXISTS (SELECT 1 FROM assoc WHERE child = ?1 AND occurred_us = ?2 AND event_id = ?3 AND parent = ?4)",
    [IS_CONTENT] = "SELECT EXISTS (SELECT 1 FROM content WHERE parent = ?2 AND child = ?1)",
    [LINK_IS]   = "SELECT EXISTS (SELECT 1 FROM link WHERE object = ?1 AND reference = ?2)",
    [LINK_BEGINS] = "SELECT EXISTS (SELECT 1 FROM link WHERE object = ?1 AND reference >= ?2 AND reference < ?2 || char(1114111))",
    [LAST_FIX]  = "SELECT " LB_VIEW_COLUMNS(POSITION) " FROM position"
                  " WHERE object = ?1 AND occurred_us BETWEEN ?2 AND ?3 ORDER BY occurred_us DESC, event_id DESC",
    [RETRACTED] = "SELECT reported_us, revision FROM retraction WHERE fact_key = ?1"
                  " ORDER BY reported_us DESC, revision DESC LIMIT 1",
    [SHEETS]    = "SELECT at_us, number, is_last FROM (SELECT * FROM sheet WHERE list = ?1 ORDER BY at_us DESC LIMIT 256)"
                  " ORDER BY at_us, number",
    [APPLIED]   = "SELECT seq FROM applied",
};
/* clang-format on */

enum { LOOK_EVERY = 20000 }; /* steps of SQLite's VM between two checks of the clock */

struct lb_facts {
    lb_store *store;
    sqlite3_stmt *read[READS];
    lb_err err; /* of the snapshot: the first read error */
    lb_budget budget;
    int64_t spent, begun_us;
    lb_budget_part over;
    lb_arena *remembered; /* NULL: nothing is cached */
    lb_keymap lists[READS], notes;
};

/* -- budget ------------------------------------------------------------------------------------ */

static bool is_over(lb_facts *facts, lb_budget_part part)
{
    facts->over = part;
    facts->err = LB_ERR_TOO_BIG;
    return true;
}

static bool is_late(lb_facts *facts)
{
    return facts->budget.us > 0 && lb_clock_thread_us() - facts->begun_us > facts->budget.us &&
           is_over(facts, LB_BUDGET_TIME);
}

bool lb_facts_spend(lb_facts *facts, int64_t steps)
{
    enum { STEPS_A_LOOK = 256 };
    int64_t before = facts->spent;
    if (facts->over != LB_BUDGET_NONE)
        return false;
    facts->spent += steps;
    if (facts->budget.steps > 0 && facts->spent > facts->budget.steps)
        return !is_over(facts, LB_BUDGET_STEPS);
    return before / STEPS_A_LOOK == facts->spent / STEPS_A_LOOK || !is_late(facts);
}

/* SQLite's progress handler: a result other than 0 aborts the statement. */
static int look_at_clock(void *whose)
{
    return is_late(whose);
}

void lb_facts_limit(lb_facts *facts, const lb_budget *budget)
{
    facts->budget = *budget;
    facts->begun_us = budget->us > 0 ? lb_clock_thread_us() : 0;
    sqlite3_progress_handler(lb_store_db(facts->store), budget->us > 0 ? LOOK_EVERY : 0,
                             look_at_clock, facts);
}

int64_t lb_facts_spent(const lb_facts *facts)
{
    return facts->spent;
}

lb_budget_part lb_facts_over(const lb_facts *facts)
{
    return facts->over;
}

/* -- reading ----------------------------------------------------------------------------------- */

static bool next_row(lb_facts *facts, sqlite3_stmt *read)
{
    return lb_facts_spend(facts, 1) && sqlite3_step(read) == SQLITE_ROW;
}

/* sqlite3_reset returns the error of the last step. An incomplete read must not pass for a complete
 * one, so its error is the snapshot's. */
static void end_read(lb_facts *facts, sqlite3_stmt *read)
{
    int rc = sqlite3_reset(read);
    lb_err err = facts->over == LB_BUDGET_NONE ? lb_store_err(facts->store, rc, "view") : LB_OK;

    if (facts->err == LB_OK)
        facts->err = err;
}

/* The error when a list that was read may be incomplete. */
static lb_err list_err(const lb_facts *facts, const lb_arena *arena)
{
    if (facts->over != LB_BUDGET_NONE)
        return LB_ERR_TOO_BIG;
    return lb_arena_failed(arena) ? LB_ERR_NO_MEMORY : LB_OK;
}

void lb_facts_remember(lb_facts *facts, lb_arena *arena)
{
    facts->remembered = arena;
    lb_keymap_init(&facts->notes, arena);
    for (int i = 0; i < READS; i++)
        facts->lists[i] = facts->notes;
}

lb_keymap *lb_facts_notes(lb_facts *facts, const lb_arena *arena)
{
    return facts->remembered == arena ? &facts->notes : NULL;
}

/* The cached list of a key; NULL: none. */
static const void *recall(lb_facts *facts, read_id which, lb_span key, const lb_arena *arena)
{
    return facts->remembered == arena ? lb_keymap_find(&facts->lists[which], key) : NULL;
}

static void keep(lb_facts *facts, read_id which, lb_span key, const void *list, size_t size,
                 lb_arena *arena)
{
    if (facts->remembered != arena)
        return;
    void **place = lb_keymap_need(&facts->lists[which], lb_arena_copy(arena, key));
    void *copy = lb_arena_alloc(arena, size);
    if (place == NULL || copy == NULL)
        return;
    memcpy(copy, list, size);
    *place = copy;
}

lb_err lb_facts_open(lb_facts **out, const char *path)
{
    lb_facts *facts = calloc(1, sizeof *facts);
    if (facts == NULL)
        return LB_ERR_NO_MEMORY;
    lb_err err = lb_store_open(&facts->store, path, LB_STORE_VIEW, LB_STORE_READ);
    if (err == LB_OK)
        err = lb_store_prepare(facts->store, reads, READS, facts->read);
    if (err == LB_OK)
        *out = facts;
    else
        lb_facts_close(&facts);
    return err;
}

void lb_facts_close(lb_facts **facts)
{
    if (*facts == NULL)
        return;
    lb_store_finalize((*facts)->read, READS);
    lb_store_close(&(*facts)->store);
    free(*facts);
    *facts = NULL;
}

lb_err lb_facts_begin(lb_facts *facts)
{
    static const lb_budget none = {0};
    facts->err = LB_OK;
    facts->spent = 0;
    facts->over = LB_BUDGET_NONE;
    facts->remembered = NULL;
    lb_facts_limit(facts, &none);
    return lb_store_begin(facts->store);
}

lb_err lb_facts_end(lb_facts *facts)
{
    static const lb_budget none = {0};
    facts->remembered = NULL;
    lb_facts_limit(facts, &none);
    lb_store_rollback(facts->store);
    return facts->err;
}

int64_t lb_facts_applied(lb_facts *facts)
{
    sqlite3_stmt *read = facts->read[APPLIED];
    int64_t seq = sqlite3_step(read) == SQLITE_ROW ? sqlite3_column_int64(read, 0) : 0;
    end_read(facts, read);
    return seq;
}

/* -- which versions are in force --------------------------------------------------------------- */

/* The columns that decide between versions of one fact key. */
typedef struct version {
    lb_span fact_key, event_id, sheet;
    int64_t reported_us, revision;
    bool counts; /* false: part of an incomplete list */
} version;

static int compare_versions(const version *a, const version *b)
{
    if (a->reported_us != b->reported_us)
        return a->reported_us < b->reported_us ? -1 : 1;
    if (a->revision != b->revision)
        return a->revision < b->revision ? -1 : 1;
    return lb_span_compare(a->event_id, b->event_id);
}

/* A retraction covers all versions of a fact key that are not newer than itself. */
static bool is_retracted(lb_facts *facts, const version *one)
{
    sqlite3_stmt *read = facts->read[RETRACTED];
    bool is_void = false;
    lb_bind_blob(read, 1, one->fact_key);
    if (next_row(facts, read)) {
        int64_t reported_us = sqlite3_column_int64(read, 0),
                revision = sqlite3_column_int64(read, 1);
        is_void = one->reported_us < reported_us ||
                  (one->reported_us == reported_us && one->revision <= revision);
    }
    end_read(facts, read);
    return is_void;
}

static int by_fact_key(const void *left, const void *right)
{
    const version *const *a = left, *const *b = right;
    int order = lb_span_compare((*a)->fact_key, (*b)->fact_key);
    if (order == 0)
        order = (int)(*b)->counts - (int)(*a)->counts; /* a version of an incomplete list loses */
    return order != 0 ? order : compare_versions(*b, *a); /* newest first */
}

/* *counts: false for a version of an incomplete list. The edition of each list is computed once and
 * cached. */
static lb_err counts_by_sheet(lb_facts *facts, lb_span sheet, lb_arena *arena, bool *counts)
{
    lb_sheet_name one;
    *counts = true;
    if (sheet.len == 0)
        return LB_OK;
    lb_err err = lb_sheet_split(sheet, &one);
    if (err != LB_OK)
        return err;
    const lb_edition *edition = recall(facts, SHEETS, one.list, arena);
    lb_edition fresh;
    if (edition == NULL) {
        err = lb_edition_read(facts->read[SHEETS], one.list, arena, &fresh);
        lb_facts_spend(facts, 1 + (int64_t)fresh.count);
        if (err != LB_OK)
            return err;
        keep(facts, SHEETS, one.list, &fresh, sizeof fresh, arena);
        edition = &fresh;
    }
    *counts = lb_edition_has(edition, one.at_us, one.number);
    return LB_OK;
}

/* Sets holds[i] for each version in force: the newest of its fact key, unless that is retracted.
 * Rows of one event (same event id) are in force together or not at all. */
static lb_err find_standing(lb_facts *facts, version *versions, size_t count, lb_arena *arena,
                            bool *holds)
{
    const version **sorted = lb_arena_alloc(arena, (count + 1) * sizeof *sorted);
    lb_err err = sorted == NULL ? LB_ERR_NO_MEMORY : LB_OK;
    for (size_t i = 0; i < count && err == LB_OK; i++) {
        sorted[i] = &versions[i];
        err = counts_by_sheet(facts, versions[i].sheet, arena, &versions[i].counts);
    }
    if (err != LB_OK)
        return err;
    qsort(sorted, count, sizeof *sorted, by_fact_key);
    const version *winner = NULL;
    bool stands = false;
    for (size_t i = 0; i < count; i++) {
        if (winner == NULL || !lb_span_equal(winner->fact_key, sorted[i]->fact_key)) {
            winner = sorted[i];
            stands = winner->counts && !is_retracted(facts, winner);
        }
        holds[sorted[i] - versions] =
            stands && lb_span_equal(sorted[i]->event_id, winner->event_id);
    }
    return LB_OK;
}

/* -- facts ------------------------------------------------------------------------------------- */

static lb_err read_events(lb_facts *facts, sqlite3_stmt *read, lb_arena *arena, lb_fact_list *list)
{
    lb_err err = LB_OK;
    while (err == LB_OK && next_row(facts, read)) {
        lb_event *event = lb_arena_alloc(arena, sizeof *event);
        if (event == NULL || !lb_arena_grow(arena, list, sizeof *list->at))
            err = LB_ERR_NO_MEMORY;
        else
            err = lb_record_unpack(&lb_record_event, lb_column_blob(read, 1), arena, event);
        if (err == LB_OK) {
            event->hub_seq = sqlite3_column_int64(read, 0);
            list->at[list->count++].event = event;
        }
    }
    end_read(facts, read);
    return err == LB_OK ? list_err(facts, arena) : err;
}

static lb_err keep_standing_facts(lb_facts *facts, lb_arena *arena, lb_fact_list *list)
{
    size_t count = list->count, kept = 0;
    version *versions = lb_arena_alloc(arena, (count + 1) * sizeof *versions);
    bool *holds = lb_arena_zero(arena, count + 1);
    if (versions == NULL || holds == NULL)
        return LB_ERR_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        const lb_event *event = list->at[i].event;
        versions[i] = (version){.fact_key = lb_fact_key(event, arena),
                                .event_id = event->event_id,
                                .sheet = lb_sheet_text(event, arena),
                                .reported_us = event->reported_at_us,
                                .revision = event->revision};
    }
    lb_err err = find_standing(facts, versions, count, arena, holds);
    for (size_t i = 0; err == LB_OK && i < count; i++)
        if (holds[i])
            list->at[kept++] = list->at[i];
    list->count = kept;
    return err;
}

static lb_err facts_by(lb_facts *facts, read_id which, lb_span key, lb_arena *arena,
                       lb_fact_list *list)
{
    const lb_fact_list *before = recall(facts, which, key, arena);
    *list = (lb_fact_list){0};
    if (before != NULL) {
        *list = *before;
        return LB_OK;
    }
    lb_bind_text(facts->read[which], 1, key);
    lb_err err = read_events(facts, facts->read[which], arena, list);
    if (err == LB_OK)
        err = keep_standing_facts(facts, arena, list);
    if (err == LB_OK)
        keep(facts, which, key, list, sizeof *list, arena);
    return err;
}

lb_err lb_facts_of(lb_facts *facts, lb_span object, lb_arena *arena, lb_fact_list *list)
{
    return facts_by(facts, FACTS, object, arena, list);
}

static void bind_or_null(sqlite3_stmt *read, int number, const lb_span *text)
{
    if (text == NULL)
        sqlite3_bind_null(read, number);
    else
        lb_bind_text(read, number, *text);
}

static lb_err read_standing(lb_facts *facts, read_id which, lb_span object, lb_arena *arena,
                            lb_fact_list *list)
{
    *list = (lb_fact_list){0};
    lb_bind_text(facts->read[which], 1, object);
    lb_err err = read_events(facts, facts->read[which], arena, list);
    return err == LB_OK ? keep_standing_facts(facts, arena, list) : err;
}

lb_err lb_facts_reports(lb_facts *facts, lb_span object, const lb_span *party, lb_arena *arena,
                        lb_fact_list *list)
{
    bind_or_null(facts->read[REPORTS], 2, party);
    return read_standing(facts, REPORTS, object, arena, list);
}

static int64_t read_number(lb_facts *facts, sqlite3_stmt *read)
{
    int64_t number = next_row(facts, read) ? sqlite3_column_int64(read, 0) : 0;
    end_read(facts, read);
    return number;
}

lb_err lb_facts_newest_reports(lb_facts *facts, lb_span object, lb_span party, size_t limit,
                               lb_arena *arena, lb_fact_list *list, int64_t *all)
{
    lb_bind_text(facts->read[REPORT_COUNT], 1, object);
    lb_bind_text(facts->read[REPORT_COUNT], 2, party);
    *all = read_number(facts, facts->read[REPORT_COUNT]);
    lb_bind_text(facts->read[NEWEST], 2, party);
    sqlite3_bind_int64(facts->read[NEWEST], 3, (int64_t)limit);
    return read_standing(facts, NEWEST, object, arena, list);
}

bool lb_facts_is_reported(lb_facts *facts, lb_span object, const lb_span *party)
{
    lb_bind_text(facts->read[REPORTED], 1, object);
    bind_or_null(facts->read[REPORTED], 2, party);
    return read_number(facts, facts->read[REPORTED]) != 0;
}

lb_err lb_facts_report(lb_facts *facts, lb_span object, const lb_assoc_claim *claim,
                       lb_arena *arena, const lb_event **event)
{
    sqlite3_stmt *read = facts->read[REPORT];
    lb_fact_list list = {0};
    lb_bind_text(read, 1, object);
    lb_bind_text(read, 2, claim->party);
    sqlite3_bind_int64(read, 3, claim->occurred_us);
    lb_bind_blob(read, 4, claim->event_id);
    lb_err err = read_events(facts, read, arena, &list);
    *event = err == LB_OK && list.count > 0 ? list.at[0].event : NULL;
    return err;
}

void lb_facts_lend(lb_facts *facts, lb_span object, const lb_fact_list *facts_of,
                   const lb_assoc_claim_list *claims)
{
    keep(facts, FACTS, object, facts_of, sizeof *facts_of, facts->remembered);
    keep(facts, CLAIMS, object, claims, sizeof *claims, facts->remembered);
}

lb_err lb_facts_of_resource(lb_facts *facts, lb_span id, lb_arena *arena, lb_fact_list *list)
{
    return facts_by(facts, RESOURCE, id, arena, list);
}

/* -- claims ------------------------------------------------------------------------------------ */

static lb_assoc_claim take_claim(sqlite3_stmt *read, lb_arena *arena)
{
    lb_view_assoc row;
    lb_view_row_read(&lb_view_tables[LB_TABLE_ASSOC], read, &row);
    const lb_assoc_claim claim = {.child = lb_arena_copy(arena, row.child),
                                  .parent = lb_arena_copy(arena, row.parent),
                                  .event_id = lb_arena_copy(arena, row.event_id),
                                  .fact_key = lb_arena_copy(arena, row.fact_key),
                                  .source = lb_arena_copy(arena, row.source),
                                  .sheet = lb_arena_copy(arena, row.sheet),
                                  .occurred_us = row.occurred_us,
                                  .reported_us = row.reported_us,
                                  .revision = row.revision,
                                  .milli_teu = row.milli_teu,
                                  .ordinal = row.ordinal,
                                  .action = (lb_assoc_action)row.action,
                                  .cover = (unsigned)row.cover,
                                  .party = lb_arena_copy(arena, row.party)};
    return claim;
}

/* Removes claims that are superseded or retracted. */
static lb_err keep_standing_claims(lb_facts *facts, lb_arena *arena, lb_assoc_claim_list *list)
{
    size_t kept = 0;
    version *versions = lb_arena_alloc(arena, (list->count + 1) * sizeof *versions);
    bool *holds = lb_arena_zero(arena, list->count + 1);
    if (versions == NULL || holds == NULL || lb_arena_failed(arena))
        return LB_ERR_NO_MEMORY;
    for (size_t i = 0; i < list->count; i++) {
        const lb_assoc_claim *claim = &list->at[i];
        versions[i] = (version){.fact_key = claim->fact_key,
                                .event_id = claim->event_id,
                                .sheet = claim->sheet,
                                .reported_us = claim->reported_us,
                                .revision = claim->revision};
    }
    lb_err err = find_standing(facts, versions, list->count, arena, holds);
    for (size_t i = 0; err == LB_OK && i < list->count; i++)
        if (holds[i])
            list->at[kept++] = list->at[i];
    list->count = kept;
    return err == LB_OK ? list_err(facts, arena) : err;
}

static lb_err read_claims(lb_facts *facts, read_id which, lb_span key, lb_arena *arena,
                          lb_assoc_claim_list *list)
{
    sqlite3_stmt *read = facts->read[which];
    *list = (lb_assoc_claim_list){0};
    lb_bind_text(read, 1, key);
    while (next_row(facts, read) && lb_arena_grow(arena, list, sizeof *list->at))
        list->at[list->count++] = take_claim(read, arena);
    end_read(facts, read);
    return keep_standing_claims(facts, arena, list);
}

static lb_err claims_by(lb_facts *facts, read_id which, lb_span key, lb_arena *arena,
                        lb_assoc_claim_list *list)
{
    const lb_assoc_claim_list *before = recall(facts, which, key, arena);
    if (before != NULL) {
        *list = *before;
        return LB_OK;
    }
    lb_err err = read_claims(facts, which, key, arena, list);
    if (err == LB_OK)
        keep(facts, which, key, list, sizeof *list, arena);
    return err;
}

lb_err lb_facts_claims(lb_facts *facts, lb_span child, lb_arena *arena, lb_assoc_claim_list *list)
{
    return claims_by(facts, CLAIMS, child, arena, list);
}

lb_err lb_facts_one_sided(lb_facts *facts, lb_span child, const lb_span *parent, lb_arena *arena,
                          lb_assoc_claim_list *list)
{
    bind_or_null(facts->read[ONE_SIDED], 2, parent);
    sqlite3_bind_int64(facts->read[ONE_SIDED], 3, LB_ONE_SIDED_MAX + 1);
    return read_claims(facts, ONE_SIDED, child, arena, list);
}

bool lb_facts_has_one_sided(lb_facts *facts, lb_span child)
{
    lb_bind_text(facts->read[HAS_ONE_SIDED], 1, child);
    return read_number(facts, facts->read[HAS_ONE_SIDED]) != 0;
}

bool lb_facts_is_content(lb_facts *facts, lb_span child, lb_span parent)
{
    lb_bind_text(facts->read[IS_CONTENT], 1, child);
    lb_bind_text(facts->read[IS_CONTENT], 2, parent);
    return read_number(facts, facts->read[IS_CONTENT]) != 0;
}

bool lb_facts_is_named(lb_facts *facts, lb_span child, const lb_assoc_claim *list)
{
    sqlite3_stmt *read = facts->read[NAMED];
    lb_bind_text(read, 1, child);
    sqlite3_bind_int64(read, 2, list->occurred_us);
    lb_bind_blob(read, 3, list->event_id);
    lb_bind_text(read, 4, list->parent);
    return read_number(facts, read) != 0;
}

lb_err lb_facts_complete(lb_facts *facts, lb_span parent, lb_arena *arena,
                         lb_assoc_claim_list *list)
{
    return claims_by(facts, COMPLETES, parent, arena, list);
}

/* -- keys -------------------------------------------------------------------------------------- */

static lb_err take_keys(lb_facts *facts, sqlite3_stmt *read, lb_arena *arena, lb_key_list *keys)
{
    *keys = (lb_key_list){0};
    while (next_row(facts, read) && lb_arena_grow(arena, keys, sizeof *keys->at))
        keys->at[keys->count++] = lb_arena_copy(arena, lb_column_text(read, 0));
    end_read(facts, read);
    return list_err(facts, arena);
}

static lb_err keys_of(lb_facts *facts, read_id which, lb_span key, lb_arena *arena,
                      lb_key_list *keys)
{
    lb_bind_text(facts->read[which], 1, key);
    return take_keys(facts, facts->read[which], arena, keys);
}

lb_err lb_facts_resources(lb_facts *facts, lb_resource_kind kind, lb_arena *arena, lb_key_list *ids)
{
    sqlite3_bind_int(facts->read[RESOURCES], 1, (int)kind);
    return take_keys(facts, facts->read[RESOURCES], arena, ids);
}

lb_err lb_facts_contents(lb_facts *facts, lb_span parent, lb_arena *arena, lb_key_list *keys)
{
    return keys_of(facts, CONTENTS, parent, arena, keys);
}

lb_err lb_facts_devices(lb_facts *facts, lb_span parent, lb_arena *arena, lb_key_list *keys)
{
    return keys_of(facts, DEVICES, parent, arena, keys);
}

lb_err lb_facts_linked(lb_facts *facts, lb_span reference, lb_arena *arena, lb_key_list *keys)
{
    return keys_of(facts, LINKED, reference, arena, keys);
}

lb_err lb_facts_callers(lb_facts *facts, lb_span place, int64_t from_day, int64_t until_day,
                        lb_arena *arena, lb_key_list *keys)
{
    sqlite3_bind_int64(facts->read[CALLERS], 2, from_day);
    sqlite3_bind_int64(facts->read[CALLERS], 3, until_day);
    return keys_of(facts, CALLERS, place, arena, keys);
}

lb_err lb_facts_yard(lb_facts *facts, lb_span place, lb_arena *arena, lb_key_list *keys)
{
    return keys_of(facts, YARD, place, arena, keys);
}

lb_err lb_facts_yards(lb_facts *facts, lb_arena *arena, lb_key_list *places)
{
    return take_keys(facts, facts->read[YARDS], arena, places);
}

lb_err lb_facts_trackers(lb_facts *facts, lb_arena *arena, lb_key_list *keys)
{
    return take_keys(facts, facts->read[TRACKERS], arena, keys);
}

lb_err lb_facts_objects(lb_facts *facts, lb_arena *arena, lb_key_list *keys)
{
    return take_keys(facts, facts->read[OBJECTS], arena, keys);
}

lb_err lb_facts_starting(lb_facts *facts, lb_span prefix, size_t limit, lb_arena *arena,
                         lb_key_list *keys)
{
    sqlite3_stmt *read = facts->read[STARTING];
    /* U+10FFFF sorts after every text. */
    lb_span after = lb_arena_print(arena, "%.*s\xf4\x8f\xbf\xbf", LB_ARG(prefix));
    lb_bind_text(read, 1, prefix);
    lb_bind_text(read, 2, after);
    sqlite3_bind_int64(read, 3, (int64_t)limit);
    return take_keys(facts, read, arena, keys);
}

lb_err lb_facts_reporters(lb_facts *facts, lb_span object, lb_arena *arena, lb_key_list *parties)
{
    return keys_of(facts, REPORTERS, object, arena, parties);
}

static bool is_there(lb_facts *facts, read_id which, lb_span key)
{
    lb_bind_text(facts->read[which], 1, key);
    return read_number(facts, facts->read[which]) != 0;
}

bool lb_facts_is_known(lb_facts *facts, lb_span object)
{
    return is_there(facts, KNOWN, object);
}

bool lb_facts_is_linked(lb_facts *facts, lb_span object, lb_span reference, bool is_head)
{
    read_id which = is_head ? LINK_BEGINS : LINK_IS;
    lb_bind_text(facts->read[which], 2, reference);
    return is_there(facts, which, object);
}

lb_err lb_facts_last_fix(lb_facts *facts, lb_span object, int64_t from_us, int64_t until_us,
                         lb_arena *arena, lb_fix *fix)
{
    sqlite3_stmt *read = facts->read[LAST_FIX];
    lb_err err = LB_ERR_NOT_FOUND;
    lb_bind_text(read, 1, object);
    sqlite3_bind_int64(read, 2, from_us);
    sqlite3_bind_int64(read, 3, until_us);
    while (err == LB_ERR_NOT_FOUND && next_row(facts, read)) {
        lb_view_position row;
        lb_view_row_read(&lb_view_tables[LB_TABLE_POSITION], read, &row);
        if (row.lat_e7 == LB_UNKNOWN || row.lon_e7 == LB_UNKNOWN)
            continue;
        *fix = (lb_fix){.occurred_us = row.occurred_us,
                        .lat_e7 = row.lat_e7,
                        .lon_e7 = row.lon_e7,
                        .flags = row.flags,
                        .fill = (lb_fill)row.fill,
                        .source = lb_arena_copy(arena, row.source)};
        err = LB_OK;
    }
    end_read(facts, read);
    return err;
}
