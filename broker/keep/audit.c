/* audit.c - the audit log: connections, queries, messages, subscriptions, releases, changes of
 * rights. Append only. */
#include "keep/audit.h"
#include "record.h"

#include <sodium.h>
#include <stdlib.h>

enum { CHECK_BYTES = 16, LIST_USUAL = 1000, LIST_MAX = 100000 };
enum { APPEND, LAST, NEWEST, FROM, ALL, STATEMENTS };

/* clang-format off */
#define COLUMNS "number, at_us, party, action, about, outcome, times, \"check\", gate, ask"
#define WHICH   "(?1 = '' OR party = ?1) AND (?2 IS NULL OR at_us >= ?2) AND (?3 IS NULL OR at_us <= ?3)"
static const char *const sql[STATEMENTS] = {
    [APPEND] = "INSERT INTO audit (" COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    [LAST]   = "SELECT number, \"check\" FROM audit ORDER BY number DESC LIMIT 1",
    [NEWEST] = "SELECT * FROM (SELECT " COLUMNS " FROM audit WHERE " WHICH " ORDER BY number DESC LIMIT ?5) ORDER BY number",
    [FROM]   = "SELECT " COLUMNS " FROM audit WHERE number > ?4 AND " WHICH " ORDER BY number LIMIT ?5",
    [ALL]    = "SELECT " COLUMNS " FROM audit ORDER BY number",
};
/* clang-format on */

typedef struct chain {
    int64_t number;
    uint8_t check[CHECK_BYTES];
} chain;

struct lb_audit {
    lb_store *store;
    sqlite3_stmt *statements[STATEMENTS];
    chain kept, pending;
};

static lb_err read_last(lb_audit *audit)
{
    sqlite3_stmt *last = audit->statements[LAST];

    int rc = sqlite3_step(last);
    if (rc == SQLITE_ROW) {
        lb_span check = lb_column_blob(last, 1);
        audit->kept.number = sqlite3_column_int64(last, 0);
        if (check.len == CHECK_BYTES)
            memcpy(audit->kept.check, check.at, CHECK_BYTES);
    }
    sqlite3_reset(last);
    audit->pending = audit->kept;
    return lb_store_err(audit->store, rc, "audit.last");
}

lb_err lb_audit_open(lb_audit **out, lb_store *store)
{
    lb_audit *audit = calloc(1, sizeof *audit);
    if (audit == NULL)
        return LB_ERR_NO_MEMORY;
    audit->store = store;
    lb_err err = lb_store_prepare(store, sql, STATEMENTS, audit->statements);
    if (err == LB_OK)
        err = read_last(audit);
    if (err != LB_OK)
        lb_audit_close(&audit);
    else
        *out = audit;
    return err;
}

void lb_audit_close(lb_audit **audit)
{
    if (*audit == NULL)
        return;
    lb_store_finalize((*audit)->statements, STATEMENTS);
    free(*audit);
    *audit = NULL;
}

/* -- a note ------------------------------------------------------------------------------------------- */

lb_outcome lb_audit_outcome(lb_err err)
{
    switch (err) {
#define X(name, next_step, text) \
    case LB_ERR_##name:          \
        return LB_OUTCOME_##name;
        LB_ERRORS(X)
#undef X
    case LB_ERRS:
        break;
    }
    return LB_OUTCOME_UNSPECIFIED;
}

lb_audit_note lb_audit_note_of(lb_span party, lb_audit_action action, lb_span about, lb_err outcome)
{
    lb_audit_note note;

    lb_record_init(&lb_record_audit_note, &note);
    note.party = party;
    note.action = action;
    note.about = about;
    note.outcome = lb_audit_outcome(outcome);
    return note;
}

/* -- the chain ---------------------------------------------------------------------------------------- */

static void hash_number(crypto_generichash_state *state, int64_t number)
{
    uint8_t bytes[8];

    for (unsigned b = 0; b < sizeof bytes; b++)
        bytes[b] = (uint8_t)((uint64_t)number >> (8 * b));
    crypto_generichash_update(state, bytes, sizeof bytes);
}

typedef struct names { /* of the enumerations of a note, as its row has them */
    lb_span action, ask, outcome;
} names;

static names names_of(const lb_audit_note *note)
{
    return (names){lb_span_of(lb_audit_action_name(note->action)),
                   lb_span_of(lb_ask_name(note->ask)), lb_span_of(lb_outcome_name(note->outcome))};
}

/* The lengths are hashed too, so that text cannot be moved between fields. */
static void compute_check(const uint8_t before[CHECK_BYTES], const lb_audit_note *note,
                          const names *words, uint8_t check[CHECK_BYTES])
{
    const lb_span texts[] = {note->gate, note->party, words->action,
                             words->ask, note->about, words->outcome};
    crypto_generichash_state state;

    crypto_generichash_init(&state, NULL, 0, CHECK_BYTES);
    crypto_generichash_update(&state, before, CHECK_BYTES);
    hash_number(&state, note->number);
    hash_number(&state, note->at_us);
    hash_number(&state, note->times);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        hash_number(&state, (int64_t)texts[i].len);
        crypto_generichash_update(&state, (const uint8_t *)texts[i].at, texts[i].len);
    }
    crypto_generichash_final(&state, check, CHECK_BYTES);
}

lb_err lb_audit_append(lb_audit *audit, const lb_audit_note *record)
{
    sqlite3_stmt *append = audit->statements[APPEND];
    lb_audit_note note = *record;
    uint8_t check[CHECK_BYTES];

    note.number = audit->pending.number + 1;
    const names words = names_of(&note);
    compute_check(audit->pending.check, &note, &words, check);
    lb_bind_int(append, 1, note.number);
    lb_bind_int(append, 2, note.at_us);
    lb_bind_text(append, 3, note.party);
    lb_bind_text(append, 4, words.action);
    lb_bind_text(append, 5, note.about);
    lb_bind_text(append, 6, words.outcome);
    lb_bind_int(append, 7, note.times);
    lb_bind_blob(append, 8, (lb_span){(const char *)check, CHECK_BYTES});
    lb_bind_text(append, 9, note.gate);
    lb_bind_text(append, 10, words.ask);
    lb_err err = lb_store_step(audit->store, append, "audit.append");
    if (err != LB_OK)
        return err;
    audit->pending.number = note.number;
    memcpy(audit->pending.check, check, CHECK_BYTES);
    return LB_OK;
}

void lb_audit_settle(lb_audit *audit, bool is_kept)
{
    if (is_kept)
        audit->kept = audit->pending;
    else
        audit->pending = audit->kept;
}

/* -- reading ----------------------------------------------------------------------------------- */

static names read_names(sqlite3_stmt *read)
{
    return (names){lb_column_text(read, 3), lb_column_text(read, 9), lb_column_text(read, 5)};
}

/* A name that is not known here is UNSPECIFIED. */
static lb_audit_note read_note(sqlite3_stmt *read)
{
    const names words = read_names(read);
    lb_audit_note note;
    lb_record_init(&lb_record_audit_note, &note);
    note.number = lb_column_int(read, 0);
    note.at_us = lb_column_int(read, 1);
    note.party = lb_column_text(read, 2);
    note.about = lb_column_text(read, 4);
    note.times = lb_column_int(read, 6);
    note.check = lb_column_blob(read, 7);
    note.gate = lb_column_text(read, 8);
    lb_audit_action_from_name(words.action, &note.action);
    lb_ask_from_name(words.ask, &note.ask);
    lb_outcome_from_name(words.outcome, &note.outcome);
    return note;
}

static lb_err copy_note(lb_arena *arena, lb_audit_note note, lb_audit_note_list *list)
{
    if (!lb_arena_grow(arena, list, sizeof *list->at))
        return LB_ERR_NO_MEMORY;
    note.gate = lb_arena_copy(arena, note.gate);
    note.party = lb_arena_copy(arena, note.party);
    note.about = lb_arena_copy(arena, note.about);
    note.check = lb_arena_copy(arena, note.check);
    list->at[list->count++] = note;
    return LB_OK;
}

lb_err lb_audit_list(lb_audit *audit, const lb_audit_list_query *query, lb_arena *arena,
                     lb_audit_note_list *notes)
{
    bool is_from = query->from_number != LB_UNKNOWN;
    sqlite3_stmt *read = audit->statements[is_from ? FROM : NEWEST];
    int64_t limit = query->limit == LB_UNKNOWN ? LIST_USUAL : query->limit;
    lb_err err = LB_OK;
    int rc = SQLITE_DONE;

    if (limit < 1 || limit > LIST_MAX)
        return LB_ERR_MISUSE;
    lb_bind_text(read, 1, query->party);
    lb_bind_int(read, 2, query->after_us);
    lb_bind_int(read, 3, query->before_us);
    lb_bind_int(read, 5, limit);
    if (is_from)
        lb_bind_int(read, 4, query->from_number);
    while (err == LB_OK && (rc = sqlite3_step(read)) == SQLITE_ROW)
        err = copy_note(arena, read_note(read), notes);
    sqlite3_reset(read);
    return err == LB_OK ? lb_store_err(audit->store, rc, "audit.list") : err;
}

lb_err lb_audit_verify(lb_audit *audit, lb_arena *arena, lb_answer *answer)
{
    sqlite3_stmt *read = audit->statements[ALL];
    chain at = {0};
    bool is_whole = true;
    int rc;

    while (is_whole && (rc = sqlite3_step(read)) == SQLITE_ROW) {
        lb_audit_note note = read_note(read);
        uint8_t check[CHECK_BYTES];
        const names words = read_names(read);
        compute_check(at.check, &note, &words, check);
        is_whole = note.number == at.number + 1 && note.check.len == CHECK_BYTES &&
                   memcmp(note.check.at, check, CHECK_BYTES) == 0;
        at.number++;
        memcpy(at.check, check, CHECK_BYTES);
    }
    sqlite3_reset(read);
    if (!is_whole) {
        answer->text =
            lb_arena_print(arena, "the audit log was changed at number %lld", (long long)at.number);
        return LB_ERR_CORRUPT;
    }
    char hex[2 * CHECK_BYTES + 1];
    sodium_bin2hex(hex, sizeof hex, at.check, CHECK_BYTES);
    answer->text =
        lb_arena_print(arena, "%lld records, the hash chain is unbroken; its newest check is %s",
                       (long long)at.number, hex);
    return lb_store_err(audit->store, rc, "audit.verify");
}
