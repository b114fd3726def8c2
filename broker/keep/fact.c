/* fact.c - reads the sets of the view, and leaves out what no longer holds.
 *
 *     rows of an object --> of whole lists --> newest version of each natural key --> not taken back --> sorted
 *
 * Versions of one fact name the same subject (or parent), so they are found among its own rows. */
#include "keep/fact.h"

#include <stdlib.h>

#include "base/nkey.h"
#include "base/store.h"
#include "keep/fact_sheet.h"
#include "record.h"

/* clang-format off */
typedef enum read_id {
    FACTS, REPORTS, RESOURCE, RESOURCES, CLAIMS, COMPLETES, CONTENTS, LINKED, CALLERS, YARD, YARDS, TRACKERS, OBJECTS,
    STARTING, KNOWN, LAST_FIX, RETRACTED, SHEETS, APPLIED, READS
} read_id;

static const char *const reads[READS] = {
    [FACTS]     = "SELECT seq, body FROM fact WHERE object = ?1 ORDER BY occurred_us, event_id",
    [REPORTS]   = "SELECT seq, body FROM report WHERE object = ?1 AND (?2 IS NULL OR party = ?2) ORDER BY occurred_us, event_id",
    [RESOURCE]  = "SELECT seq, body FROM resource WHERE id = ?1 ORDER BY occurred_us, event_id",
    [RESOURCES] = "SELECT DISTINCT id FROM resource WHERE ?1 = 0 OR kind = ?1 ORDER BY id",
    [CLAIMS]    = "SELECT child, occurred_us, event_id, parent, action, nkey, reported_us, revision, milli_teu,"
                  "       ordinal, source, sheet, cover, party FROM assoc WHERE child = ?1 ORDER BY occurred_us, event_id, parent",
    [COMPLETES] = "SELECT parent, occurred_us, event_id, parent, 0, nkey, reported_us, revision, 0, 0, '', sheet, 3, ''"
                  "  FROM complete WHERE parent = ?1 ORDER BY occurred_us, event_id",
    [CONTENTS]  = "SELECT child FROM content WHERE parent = ?1 ORDER BY child",
    [LINKED]    = "SELECT object FROM link WHERE reference = ?1 ORDER BY object",
    [CALLERS]   = "SELECT DISTINCT object FROM call WHERE place = ?1 AND day BETWEEN ?2 AND ?3 ORDER BY object",
    [YARD]      = "SELECT object FROM yard WHERE place = ?1 ORDER BY object",
    [YARDS]     = "SELECT DISTINCT place FROM yard ORDER BY place",
    [TRACKERS]  = "SELECT object FROM tracker ORDER BY object",
    [OBJECTS]   = "SELECT object FROM fact UNION SELECT object FROM report WHERE object NOT GLOB 'resource:*' UNION SELECT child FROM assoc UNION SELECT object FROM tracker ORDER BY 1",
    [STARTING]  = "SELECT DISTINCT object FROM fact WHERE object >= ?1 AND object < ?2 ORDER BY object DESC LIMIT ?3",
    [KNOWN]     = "SELECT EXISTS (SELECT 1 FROM fact WHERE object = ?1) OR EXISTS (SELECT 1 FROM report WHERE object = ?1) OR EXISTS (SELECT 1 FROM assoc WHERE child = ?1)"
                  "    OR EXISTS (SELECT 1 FROM content WHERE parent = ?1) OR EXISTS (SELECT 1 FROM tracker WHERE object = ?1)",
    [LAST_FIX]  = "SELECT occurred_us, lat_e7, lon_e7, fill, flags, source FROM position"
                  " WHERE object = ?1 AND occurred_us BETWEEN ?2 AND ?3 ORDER BY occurred_us DESC, event_id DESC",
    [RETRACTED] = "SELECT reported_us, revision FROM retraction WHERE nkey = ?1"
                  " ORDER BY reported_us DESC, revision DESC LIMIT 1",
    [SHEETS]    = "SELECT at_us, number, is_last FROM (SELECT * FROM sheet WHERE list = ?1 ORDER BY at_us DESC LIMIT 256)"
                  " ORDER BY at_us, number",
    [APPLIED]   = "SELECT seq FROM applied",
};
/* clang-format on */

struct lb_facts {
    lb_store *store;
    sqlite3_stmt *read[READS];
    lb_err err; /* of the snapshot: what could not be read */
};

/* A reset tells how the reading ended. What was cut short must not pass for all there is: the snapshot fails. */
static void end_read(lb_facts *facts, sqlite3_stmt *read)
{
    lb_err err = lb_store_err(facts->store, sqlite3_reset(read), "view");

    if (facts->err == LB_OK)
        facts->err = err;
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
    facts->err = LB_OK;
    return lb_store_begin(facts->store);
}

lb_err lb_facts_end(lb_facts *facts)
{
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

/* -- what holds ------------------------------------------------------------------------------------------ */

typedef struct version { /* what decides between two versions of one natural key */
    lb_span nkey, event_id, sheet;
    int64_t reported_us, revision;
    bool counts; /* is of a list that is whole */
} version;

static int compare_versions(const version *a, const version *b)
{
    if (a->reported_us != b->reported_us)
        return a->reported_us < b->reported_us ? -1 : 1;
    if (a->revision != b->revision)
        return a->revision < b->revision ? -1 : 1;
    return lb_span_compare(a->event_id, b->event_id);
}

/* Was everything of this natural key taken back that is not newer than the retraction? */
static bool is_retracted(lb_facts *facts, const version *one)
{
    sqlite3_stmt *read = facts->read[RETRACTED];
    bool is_void = false;
    lb_bind_blob(read, 1, one->nkey);
    if (sqlite3_step(read) == SQLITE_ROW) {
        int64_t reported_us = sqlite3_column_int64(read, 0),
                revision = sqlite3_column_int64(read, 1);
        is_void = one->reported_us < reported_us ||
                  (one->reported_us == reported_us && one->revision <= revision);
    }
    end_read(facts, read);
    return is_void;
}

static int by_nkey(const void *left, const void *right)
{
    const version *const *a = left, *const *b = right;
    int order = lb_span_compare((*a)->nkey, (*b)->nkey);
    if (order == 0)
        order = (int)(*b)->counts - (int)(*a)->counts;    /* what is void wins over nothing */
    return order != 0 ? order : compare_versions(*b, *a); /* the winner first */
}

/* Marks in `holds` which of `versions` stand: the newest of each natural key, unless taken back. Rows of
 * one event (same event id) stand or fall together. */
static lb_err find_standing(lb_facts *facts, version *versions, size_t count, lb_arena *arena,
                            bool *holds)
{
    const version **sorted = lb_arena_alloc(arena, (count + 1) * sizeof *sorted);
    lb_err err = sorted == NULL ? LB_ERR_NO_MEMORY : LB_OK;
    for (size_t i = 0; i < count && err == LB_OK; i++) {
        sorted[i] = &versions[i];
        err = lb_sheet_counts(facts->read[SHEETS], versions[i].sheet, arena, &versions[i].counts);
    }
    if (err != LB_OK)
        return err;
    qsort(sorted, count, sizeof *sorted, by_nkey);
    const version *winner = NULL;
    bool stands = false;
    for (size_t i = 0; i < count; i++) {
        if (winner == NULL || !lb_span_equal(winner->nkey, sorted[i]->nkey)) {
            winner = sorted[i];
            stands = winner->counts && !is_retracted(facts, winner);
        }
        holds[sorted[i] - versions] =
            stands && lb_span_equal(sorted[i]->event_id, winner->event_id);
    }
    return LB_OK;
}

/* -- facts -------------------------------------------------------------------------------------------------- */

static lb_err read_events(lb_facts *facts, sqlite3_stmt *read, lb_arena *arena, lb_fact_list *list)
{
    lb_err err = LB_OK;
    while (err == LB_OK && sqlite3_step(read) == SQLITE_ROW) {
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
    return err;
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
        versions[i] = (version){.nkey = lb_nkey(event, arena),
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
    *list = (lb_fact_list){0};
    lb_bind_text(facts->read[which], 1, key);
    lb_err err = read_events(facts, facts->read[which], arena, list);
    return err == LB_OK ? keep_standing_facts(facts, arena, list) : err;
}

lb_err lb_facts_of(lb_facts *facts, lb_span object, lb_arena *arena, lb_fact_list *list)
{
    return facts_by(facts, FACTS, object, arena, list);
}

lb_err lb_facts_reports(lb_facts *facts, lb_span object, const lb_span *party, lb_arena *arena,
                        lb_fact_list *list)
{
    sqlite3_stmt *read = facts->read[REPORTS];
    if (party == NULL)
        sqlite3_bind_null(read, 2);
    else
        lb_bind_text(read, 2, *party);
    return facts_by(facts, REPORTS, object, arena, list);
}

lb_err lb_facts_of_resource(lb_facts *facts, lb_span id, lb_arena *arena, lb_fact_list *list)
{
    return facts_by(facts, RESOURCE, id, arena, list);
}

/* -- claims -------------------------------------------------------------------------------------------------- */

static lb_claim take_claim(sqlite3_stmt *read, lb_arena *arena)
{
    lb_claim claim = {.occurred_us = sqlite3_column_int64(read, 1)};
    claim.child = lb_arena_copy(arena, lb_column_text(read, 0));
    claim.event_id = lb_arena_copy(arena, lb_column_blob(read, 2));
    claim.parent = lb_arena_copy(arena, lb_column_text(read, 3));
    claim.action = (lb_assoc_action)sqlite3_column_int(read, 4);
    claim.nkey = lb_arena_copy(arena, lb_column_blob(read, 5));
    claim.reported_us = sqlite3_column_int64(read, 6);
    claim.revision = sqlite3_column_int64(read, 7);
    claim.milli_teu = sqlite3_column_int64(read, 8);
    claim.ordinal = sqlite3_column_int64(read, 9);
    claim.source = lb_arena_copy(arena, lb_column_text(read, 10));
    claim.sheet = lb_arena_copy(arena, lb_column_text(read, 11));
    claim.cover = (unsigned)sqlite3_column_int(read, 12);
    claim.party = lb_arena_copy(arena, lb_column_text(read, 13));
    return claim;
}

static lb_err claims_by(lb_facts *facts, read_id which, lb_span key, lb_arena *arena,
                        lb_claim_list *list)
{
    sqlite3_stmt *read = facts->read[which];
    *list = (lb_claim_list){0};
    lb_bind_text(read, 1, key);
    while (sqlite3_step(read) == SQLITE_ROW && lb_arena_grow(arena, list, sizeof *list->at))
        list->at[list->count++] = take_claim(read, arena);
    end_read(facts, read);

    size_t kept = 0;
    version *versions = lb_arena_alloc(arena, (list->count + 1) * sizeof *versions);
    bool *holds = lb_arena_zero(arena, list->count + 1);
    if (versions == NULL || holds == NULL || lb_arena_failed(arena))
        return LB_ERR_NO_MEMORY;
    for (size_t i = 0; i < list->count; i++) {
        const lb_claim *claim = &list->at[i];
        versions[i] = (version){.nkey = claim->nkey,
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
    return err;
}

lb_err lb_facts_claims(lb_facts *facts, lb_span child, lb_arena *arena, lb_claim_list *list)
{
    return claims_by(facts, CLAIMS, child, arena, list);
}

lb_err lb_facts_complete(lb_facts *facts, lb_span parent, lb_arena *arena, lb_claim_list *list)
{
    return claims_by(facts, COMPLETES, parent, arena, list);
}

/* -- keys ------------------------------------------------------------------------------------------------------ */

static lb_err take_keys(lb_facts *facts, sqlite3_stmt *read, lb_arena *arena, lb_key_list *keys)
{
    *keys = (lb_key_list){0};
    while (sqlite3_step(read) == SQLITE_ROW && lb_arena_grow(arena, keys, sizeof *keys->at))
        keys->at[keys->count++] = lb_arena_copy(arena, lb_column_text(read, 0));
    end_read(facts, read);
    return lb_arena_failed(arena) ? LB_ERR_NO_MEMORY : LB_OK;
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
    lb_span after =
        lb_arena_print(arena, "%.*s\xf4\x8f\xbf\xbf", LB_ARG(prefix)); /* above every text */
    lb_bind_text(read, 1, prefix);
    lb_bind_text(read, 2, after);
    sqlite3_bind_int64(read, 3, (int64_t)limit);
    return take_keys(facts, read, arena, keys);
}

bool lb_facts_is_known(lb_facts *facts, lb_span object)
{
    sqlite3_stmt *read = facts->read[KNOWN];
    lb_bind_text(read, 1, object);
    bool is_known = sqlite3_step(read) == SQLITE_ROW && sqlite3_column_int(read, 0) != 0;
    end_read(facts, read);
    return is_known;
}

lb_err lb_facts_last_fix(lb_facts *facts, lb_span object, int64_t from_us, int64_t until_us,
                         lb_arena *arena, lb_fix *fix)
{
    sqlite3_stmt *read = facts->read[LAST_FIX];
    lb_err err = LB_ERR_NOT_FOUND;
    lb_bind_text(read, 1, object);
    sqlite3_bind_int64(read, 2, from_us);
    sqlite3_bind_int64(read, 3, until_us);
    while (err == LB_ERR_NOT_FOUND && sqlite3_step(read) == SQLITE_ROW) {
        if (sqlite3_column_int64(read, 1) == LB_UNKNOWN ||
            sqlite3_column_int64(read, 2) == LB_UNKNOWN)
            continue; /* a report without a place */
        *fix = (lb_fix){.occurred_us = sqlite3_column_int64(read, 0),
                        .lat_e7 = sqlite3_column_int64(read, 1),
                        .lon_e7 = sqlite3_column_int64(read, 2),
                        .fill = (lb_fill)sqlite3_column_int(read, 3),
                        .flags = sqlite3_column_int64(read, 4)};
        fix->source = lb_arena_copy(arena, lb_column_text(read, 5));
        err = LB_OK;
    }
    end_read(facts, read);
    return err;
}
