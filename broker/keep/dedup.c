/* dedup.c - the delivery keys of all messages ever kept.
 *
 *     verdict ──> young ──> old ──> filter ──no──> NEW (without reading the disk)
 *               memory    memory     └───maybe──> keys.db, newest run first
 *
 * Tokens are random, so inserting them one by one would write to pages all over a B-tree. Instead
 * they are collected in memory (`young`). A full generation is frozen (`old`), sorted and appended
 * to keys.db as one run, by a thread started for that run; until it ends `old` is read only. Tokens
 * that were only in memory when the hub stopped are read again from the end of the journal. */
#include "keep/dedup.h"

#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/bloom.h"
#include "base/log.h"
#include "base/store.h"
#include "base/thread.h"

enum { GENERATION = 512 * 1024, LEAST_SLOTS = 1024, PATH_ROOM = 4096 };

/* -- a table of tokens in memory: open addressing, at most half full --------------------------- */

/* Special values of `kept`, which otherwise is the number of events plus one. EMPTY is zero, so
 * that calloc gives an empty table without touching its pages. */
enum { EMPTY = 0, CLAIMED = -1, VOID = -2 };

typedef struct token_slot {
    uint8_t token[LB_TOKEN_BYTES];
    int64_t first_seq; /* CLAIMED: index of the item */
    int32_t kept;
    uint32_t doubts;
} token_slot;

typedef struct token_table {
    token_slot *slots;
    size_t room; /* a power of two */
    size_t count;
} token_table;

static lb_err table_init(token_table *table, size_t tokens)
{
    size_t room = LEAST_SLOTS;

    while (room < tokens * 2)
        room *= 2;
    table->slots = calloc(room, sizeof *table->slots);
    if (table->slots == NULL)
        return LB_ERR_NO_MEMORY;
    table->room = room;
    table->count = 0;
    return LB_OK;
}

static void table_fini(token_table *table)
{
    free(table->slots);
    *table = (token_table){0};
}

/* The slot of the token, or the empty slot where it would be inserted. */
static token_slot *table_look(const token_table *table, const uint8_t *token)
{
    uint64_t hash;

    memcpy(&hash, token, sizeof hash);
    size_t i = (size_t)hash & (table->room - 1);
    while (table->slots[i].kept != EMPTY &&
           memcmp(table->slots[i].token, token, LB_TOKEN_BYTES) != 0)
        i = (i + 1) & (table->room - 1);
    return &table->slots[i];
}

static token_slot *table_add(token_table *table, const uint8_t *token)
{
    token_slot *slot = table_look(table, token);

    if (slot->kept == EMPTY) {
        memcpy(slot->token, token, LB_TOKEN_BYTES);
        slot->kept = VOID;
        table->count++;
    }
    return slot;
}

/* Called between turns, so nothing is CLAIMED; VOID slots are dropped. */
static lb_err table_grow(token_table *table, size_t tokens)
{
    token_table larger;

    lb_err err = table_init(&larger, tokens);
    if (err != LB_OK)
        return err;
    for (size_t i = 0; i < table->room; i++)
        if (table->slots[i].kept > 0)
            *table_add(&larger, table->slots[i].token) = table->slots[i];
    table_fini(table);
    *table = larger;
    return LB_OK;
}

/* -- state and statements ---------------------------------------------------------------------- */

enum { PUT, SET_APPLIED, WRITE_STATEMENTS };
static const char *const write_sql[WRITE_STATEMENTS] = {
    [PUT] = "INSERT INTO token (run, token, first_seq, events, doubts) VALUES (?1, ?2, ?3, ?4, ?5)",
    [SET_APPLIED] = "UPDATE applied SET block = ?1, runs = ?2, count = count + ?3",
};

enum { FIND, SCAN, APPLIED, READ_STATEMENTS };
static const char *const read_sql[READ_STATEMENTS] = {
    [FIND] = "SELECT first_seq, events, doubts FROM token WHERE run = ?1 AND token = ?2",
    [SCAN] = "SELECT token FROM token",
    [APPLIED] = "SELECT block, runs, count FROM applied",
};

/* Owned by the writing thread while it runs; meanwhile the hub reads only `is_done`. */
typedef struct flush_job {
    lb_store *store;
    sqlite3_stmt *statements[WRITE_STATEMENTS];
    const token_table *table;
    int64_t block;
    int64_t run;
    lb_err err;
    atomic_bool is_done;
} flush_job;

struct lb_dedup {
    token_table young, old;
    lb_bloom *filter;
    lb_store *reading;
    sqlite3_stmt *statements[READ_STATEMENTS];
    flush_job job;
    lb_thread writer;
    bool is_writing;
    size_t generation;
    int64_t reached; /* newest block whose tokens have all been added */
    int64_t applied; /* newest block in keys.db */
    int64_t runs;    /* number of runs in keys.db */
    int64_t count;
};

void lb_token_make(uint8_t token[LB_TOKEN_BYTES], lb_span source, lb_span message_id, lb_span body)
{
    /* The length distinguishes "a" + "bc" from "ab" + "c"; the kind an id from a body. */
    const uint8_t head[2] = {(uint8_t)source.len, message_id.len > 0};
    lb_span what = message_id.len > 0 ? message_id : body;
    crypto_generichash_state state;

    crypto_generichash_init(&state, NULL, 0, LB_TOKEN_BYTES);
    crypto_generichash_update(&state, head, sizeof head);
    crypto_generichash_update(&state, (const uint8_t *)source.at, source.len);
    crypto_generichash_update(&state, (const uint8_t *)what.at, what.len);
    crypto_generichash_final(&state, token, LB_TOKEN_BYTES);
}

int64_t lb_dedup_applied(const lb_dedup *dedup)
{
    return dedup->applied;
}

int64_t lb_dedup_count(const lb_dedup *dedup)
{
    return dedup->count;
}

void lb_dedup_reached(lb_dedup *dedup, int64_t block)
{
    dedup->reached = block;
}

/* -- writing in the background --------------------------------------------------------------------*/

static int compare_slots(const void *a, const void *b)
{
    const token_slot *const *left = a, *const *right = b;

    return memcmp((*left)->token, (*right)->token, LB_TOKEN_BYTES);
}

static lb_err put_sorted(flush_job *job, const token_slot **sorted, size_t count)
{
    sqlite3_stmt *put = job->statements[PUT], *applied = job->statements[SET_APPLIED];

    for (size_t i = 0; i < count; i++) {
        lb_bind_int(put, 1, job->run);
        lb_bind_blob(put, 2, (lb_span){(const char *)sorted[i]->token, LB_TOKEN_BYTES});
        lb_bind_int(put, 3, sorted[i]->first_seq);
        lb_bind_int(put, 4, sorted[i]->kept - 1);
        lb_bind_int(put, 5, sorted[i]->doubts);
        lb_err err = lb_store_step(job->store, put, "dedup.put");
        if (err != LB_OK)
            return err;
    }
    lb_bind_int(applied, 1, job->block);
    lb_bind_int(applied, 2, job->run);
    lb_bind_int(applied, 3, (int64_t)count);
    return lb_store_step(job->store, applied, "dedup.set_applied");
}

static lb_err write_run(flush_job *job)
{
    size_t count = 0;

    const token_slot **sorted = malloc((job->table->count + 1) * sizeof(const token_slot *));
    if (sorted == NULL)
        return LB_ERR_NO_MEMORY;
    for (size_t i = 0; i < job->table->room; i++)
        if (job->table->slots[i].kept > 0)
            sorted[count++] = &job->table->slots[i];
    qsort(sorted, count, sizeof *sorted, compare_slots);

    lb_err err = lb_store_begin(job->store);
    if (err == LB_OK)
        err = put_sorted(job, sorted, count);
    if (err == LB_OK)
        err = lb_store_commit(job->store);
    if (err != LB_OK) {
        lb_store_rollback(job->store);
        lb_log(LB_LOG_KEY_FLUSH_FAIL, "tokens=%zu err=%s", count, lb_err_name(err));
    }
    free(sorted);
    return err;
}

static void *run_job(void *argument)
{
    flush_job *job = argument;

    job->err = write_run(job);
    atomic_store(&job->is_done, true);
    return NULL;
}

static void start_writing(lb_dedup *dedup)
{
    flush_job *job = &dedup->job;

    job->table = &dedup->old;
    job->run = dedup->runs + 1;
    atomic_store(&job->is_done, false);
    dedup->is_writing =
        lb_thread_start(&dedup->writer, LB_THREAD_KEY_WRITER, run_job, job) == LB_OK;
}

/* On success the run is in keys.db; otherwise `old` stays and is written again later. */
static void finish_writing(lb_dedup *dedup)
{
    if (!dedup->is_writing)
        return;
    lb_thread_join(&dedup->writer);
    dedup->is_writing = false;
    if (dedup->job.err != LB_OK)
        return;
    dedup->applied = dedup->job.block;
    dedup->runs = dedup->job.run;
    table_fini(&dedup->old);
}

/* `young` becomes `old` and is written; `fresh` takes its place. */
static void freeze(lb_dedup *dedup, token_table fresh)
{
    dedup->old = dedup->young;
    dedup->young = fresh;
    dedup->job.block = dedup->reached;
    start_writing(dedup);
}

lb_err lb_dedup_ready(lb_dedup *dedup, size_t messages)
{
    size_t wanted = dedup->young.count + messages;
    bool is_old_there = dedup->old.slots != NULL;

    if (is_old_there && (atomic_load(&dedup->job.is_done) || wanted > 2 * dedup->generation)) {
        finish_writing(dedup);
        is_old_there = dedup->old.slots != NULL;
    }
    if (is_old_there && !dedup->is_writing)
        start_writing(dedup);
    if (!is_old_there && wanted > dedup->generation && dedup->young.count > 0) {
        token_table fresh;
        lb_err err = table_init(&fresh, dedup->generation);
        if (err != LB_OK)
            return err;
        freeze(dedup, fresh);
        wanted = messages;
    }
    return wanted * 2 > dedup->young.room ? table_grow(&dedup->young, wanted * 2) : LB_OK;
}

/* -- verdicts -------------------------------------------------------------------------------------*/

static void copy_known(const token_slot *slot, lb_known *known)
{
    known->first_seq = slot->first_seq;
    known->events = slot->kept - 1;
    known->doubts = slot->doubts;
}

static lb_err find_on_disk(lb_dedup *dedup, const uint8_t *token, bool *is_found, lb_known *known)
{
    sqlite3_stmt *find = dedup->statements[FIND];

    *is_found = false;
    for (int64_t run = dedup->runs; run > 0 && !*is_found; run--) {
        lb_bind_int(find, 1, run);
        lb_bind_blob(find, 2, (lb_span){(const char *)token, LB_TOKEN_BYTES});
        int rc = sqlite3_step(find);
        if (rc == SQLITE_ROW) {
            *is_found = true;
            *known = (lb_known){lb_column_int(find, 0), sqlite3_column_int64(find, 1),
                                sqlite3_column_int64(find, 2)};
        }
        lb_err err = lb_store_err(dedup->reading, rc, "dedup.find");
        sqlite3_reset(find);
        if (err != LB_OK)
            return err;
    }
    return LB_OK;
}

/* Looks in `old`, the filter and keys.db. */
static lb_err find_older(lb_dedup *dedup, const uint8_t *token, bool *is_found, lb_known *known)
{
    *is_found = false;
    if (dedup->old.slots != NULL) {
        const token_slot *slot = table_look(&dedup->old, token);
        if (slot->kept > 0) {
            *is_found = true;
            copy_known(slot, known);
            return LB_OK;
        }
    }
    if (dedup->runs == 0 || !lb_bloom_may_have(dedup->filter, token))
        return LB_OK;
    return find_on_disk(dedup, token, is_found, known);
}

lb_err lb_dedup_judge(lb_dedup *dedup, const uint8_t *token, size_t item, lb_dedup_verdict *verdict,
                      size_t *slot_index, size_t *twin, lb_known *known)
{
    token_slot *slot = table_look(&dedup->young, token);
    bool is_found = false;

    if (slot->kept > 0) {
        *verdict = LB_DEDUP_KNOWN;
        copy_known(slot, known);
        return LB_OK;
    }
    if (slot->kept == CLAIMED) {
        *verdict = LB_DEDUP_TWIN;
        *twin = (size_t)slot->first_seq;
        return LB_OK;
    }
    lb_err err = find_older(dedup, token, &is_found, known);
    if (err != LB_OK)
        return err;
    if (is_found) {
        *verdict = LB_DEDUP_KNOWN;
        return LB_OK;
    }
    slot = table_add(&dedup->young, token);
    slot->kept = CLAIMED;
    slot->first_seq = (int64_t)item;
    *verdict = LB_DEDUP_NEW;
    *slot_index = (size_t)(slot - dedup->young.slots);
    return LB_OK;
}

/* The filter must know the token before it leaves memory: from then on only keys.db has it. */
static void keep_slot(lb_dedup *dedup, token_slot *slot, const lb_known *known)
{
    slot->first_seq = known->first_seq;
    slot->kept = (int32_t)known->events + 1;
    slot->doubts = (uint32_t)known->doubts;
    lb_bloom_add(dedup->filter, slot->token);
    dedup->count++;
}

void lb_dedup_settle(lb_dedup *dedup, size_t slot, const lb_known *known)
{
    keep_slot(dedup, &dedup->young.slots[slot], known);
}

void lb_dedup_forget(lb_dedup *dedup, size_t slot)
{
    dedup->young.slots[slot].kept = VOID;
}

lb_err lb_dedup_learn(lb_dedup *dedup, const uint8_t *token, const lb_known *known)
{
    lb_err err = dedup->young.count * 2 + 2 > dedup->young.room
                     ? table_grow(&dedup->young, dedup->young.count * 2)
                     : LB_OK;
    if (err == LB_OK)
        keep_slot(dedup, table_add(&dedup->young, token), known);
    return err;
}

/* -- open and close -------------------------------------------------------------------------------*/

static lb_err read_applied(lb_dedup *dedup)
{
    sqlite3_stmt *applied = dedup->statements[APPLIED];

    int rc = sqlite3_step(applied);
    if (rc == SQLITE_ROW) {
        dedup->applied = dedup->reached = sqlite3_column_int64(applied, 0);
        dedup->runs = sqlite3_column_int64(applied, 1);
        dedup->count = sqlite3_column_int64(applied, 2);
    }
    sqlite3_reset(applied);
    return lb_store_err(dedup->reading, rc, "dedup.applied");
}

static lb_err fill_filter(lb_dedup *dedup)
{
    sqlite3_stmt *scan = dedup->statements[SCAN];
    lb_err err = lb_bloom_open(&dedup->filter, (size_t)dedup->count * 2);
    int rc = SQLITE_DONE;

    while (err == LB_OK && (rc = sqlite3_step(scan)) == SQLITE_ROW) {
        lb_span token = lb_column_blob(scan, 0);
        if (token.len == LB_TOKEN_BYTES)
            lb_bloom_add(dedup->filter, (const uint8_t *)token.at);
        else
            err = LB_ERR_CORRUPT;
    }
    sqlite3_reset(scan);
    return err == LB_OK ? lb_store_err(dedup->reading, rc, "dedup.scan") : err;
}

static void close_files(lb_dedup *dedup)
{
    lb_store_finalize(dedup->statements, READ_STATEMENTS);
    lb_store_finalize(dedup->job.statements, WRITE_STATEMENTS);
    lb_store_close(&dedup->reading);
    lb_store_close(&dedup->job.store);
    lb_bloom_close(&dedup->filter);
}

static lb_err open_files(lb_dedup *dedup, const char *path, int64_t head_block)
{
    lb_err err = lb_store_open(&dedup->job.store, path, LB_STORE_KEYS, LB_STORE_WRITE);
    if (err == LB_OK)
        err = lb_store_open(&dedup->reading, path, LB_STORE_KEYS, LB_STORE_READ);
    if (err == LB_OK)
        err =
            lb_store_prepare(dedup->job.store, write_sql, WRITE_STATEMENTS, dedup->job.statements);
    if (err == LB_OK)
        err = lb_store_prepare(dedup->reading, read_sql, READ_STATEMENTS, dedup->statements);
    if (err == LB_OK)
        err = read_applied(dedup);
    if (err == LB_OK && dedup->applied > head_block)
        err = LB_ERR_NOT_FOUND; /* it has tokens of messages that this journal does not have */
    if (err == LB_OK)
        err = fill_filter(dedup);
    if (err != LB_OK)
        close_files(dedup);
    return err;
}

/* A keys.db that is ahead of the journal is set aside and not deleted: it proves that the journal
 * has lost turns. */
static lb_err put_away(const char *path, lb_err why)
{
    char name[LB_ASIDE_ROOM];

    lb_log(LB_LOG_KEY_REBUILD, "path=%s why=%s", path,
           why == LB_ERR_NOT_FOUND ? "AHEAD" : lb_err_name(why));
    if (why != LB_ERR_NOT_FOUND) {
        lb_store_remove(path);
        return LB_OK;
    }
    lb_err err = lb_store_aside(path, name);
    return err == LB_OK ? lb_store_set_aside(path, name) : err;
}

lb_err lb_dedup_open(lb_dedup **out, const char *path, int64_t head_block, size_t generation)
{
    lb_dedup *dedup = calloc(1, sizeof *dedup);
    if (dedup == NULL)
        return LB_ERR_NO_MEMORY;
    dedup->generation = generation == 0 ? GENERATION : generation;

    lb_err err = open_files(dedup, path, head_block);
    if (err != LB_OK && err != LB_ERR_NO_MEMORY) {
        err = put_away(path, err);
        if (err == LB_OK)
            err = open_files(dedup, path, head_block);
    }
    if (err == LB_OK)
        err = table_init(&dedup->young, dedup->generation);
    if (err != LB_OK)
        lb_dedup_close(&dedup);
    else
        *out = dedup;
    return err;
}

lb_err lb_dedup_look(const char *path, int64_t *block)
{
    return lb_store_look(path, LB_STORE_KEYS, "SELECT block FROM applied", block);
}

void lb_dedup_close(lb_dedup **out)
{
    lb_dedup *dedup = *out;

    if (dedup == NULL)
        return;
    finish_writing(dedup);
    if (dedup->old.slots == NULL && dedup->young.count > 0) {
        freeze(dedup, (token_table){0});
        finish_writing(dedup);
    }
    close_files(dedup);
    table_fini(&dedup->young);
    table_fini(&dedup->old);
    free(dedup);
    *out = NULL;
}
