/* party.c - the register of parties: names, roles, rights, CURVE keys. */
#include "keep/party.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/name.h"
#include "base/right.h"
#include "record.h"

enum { LIST_BYTES = 256 * 1024 * 1024 };

enum {
    REVISION,
    PARTIES,
    RIGHTS,
    KEYS,
    READS,
    PUT_PARTY = READS,
    PUT_RIGHT,
    PUT_KEY,
    END_KEYS,
    DROP_PARTY,
    DROP_RIGHT,
    DROP_RIGHTS,
    DROP_KEY,
    DROP_KEYS,
    RAISE,
    OVERLAP,
    STATEMENTS
};

static const char SQL_OVERLAP[] =
    "SELECT name FROM party WHERE substr(?1, 1, length(name) + 1) = name || '.'"
    " OR substr(name, 1, length(?1) + 1) = ?1 || '.' LIMIT 1";

/* clang-format off */
static const char *const sql[STATEMENTS] = {
    [REVISION]    = "SELECT revision FROM register",
    [PARTIES]     = "SELECT name, roles, messages, bytes, questions, added_us FROM party WHERE ?1 = '' OR name = ?1 ORDER BY name",
    [RIGHTS]      = "SELECT \"right\" FROM party_right WHERE party = ?1 ORDER BY 1",
    [KEYS]        = "SELECT \"key\", added_us, ends_us FROM party_key WHERE party = ?1 ORDER BY added_us, \"key\"",
    [PUT_PARTY]   = "INSERT INTO party (name, roles, messages, bytes, questions, added_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    [PUT_RIGHT]   = "INSERT OR IGNORE INTO party_right (party, \"right\") VALUES (?1, ?2)",
    [PUT_KEY]     = "INSERT INTO party_key (\"key\", party, added_us) VALUES (?1, ?2, ?3)",
    [END_KEYS]    = "UPDATE party_key SET ends_us = ?2 WHERE party = ?1 AND (ends_us IS NULL OR ends_us > ?2)",
    [DROP_PARTY]  = "DELETE FROM party WHERE name = ?1",
    [DROP_RIGHT]  = "DELETE FROM party_right WHERE party = ?1 AND \"right\" = ?2",
    [DROP_RIGHTS] = "DELETE FROM party_right WHERE party = ?1",
    [DROP_KEY]    = "DELETE FROM party_key WHERE party = ?1 AND \"key\" = ?2",
    [DROP_KEYS]   = "DELETE FROM party_key WHERE party = ?1",
    [RAISE]       = "UPDATE register SET revision = revision + 1",
    [OVERLAP]     = SQL_OVERLAP,
};
/* clang-format on */

/* -- reading, by writer and readers ------------------------------------------------------------ */

static lb_err read_roles(int64_t bits, lb_arena *arena, lb_party_role_list *roles)
{
    for (unsigned i = 1; i < LB_PARTY_ROLE_COUNT; i++) {
        if ((bits & (INT64_C(1) << i)) == 0)
            continue;
        if (!lb_arena_grow(arena, roles, sizeof *roles->at))
            return LB_ERR_NO_MEMORY;
        roles->at[roles->count++] = (lb_party_role)i;
    }
    return LB_OK;
}

static lb_err read_rights(lb_store *store, sqlite3_stmt *read, lb_arena *arena, lb_party *party)
{
    int rc;

    lb_bind_text(read, 1, party->name);
    while ((rc = sqlite3_step(read)) == SQLITE_ROW)
        if (lb_arena_grow(arena, &party->rights, sizeof *party->rights.at))
            party->rights.at[party->rights.count++] = lb_arena_copy(arena, lb_column_text(read, 0));
    sqlite3_reset(read);
    return lb_store_err(store, rc, "party.rights");
}

static void read_key(sqlite3_stmt *read, lb_arena *arena, lb_party_key_list *keys)
{
    if (!lb_arena_grow(arena, keys, sizeof *keys->at))
        return;
    lb_party_key *key = &keys->at[keys->count++];
    lb_record_init(&lb_record_party_key, key);
    key->key = lb_arena_copy(arena, lb_column_blob(read, 0));
    key->added_us = lb_column_int(read, 1);
    key->ends_us = lb_column_int(read, 2);
}

static lb_err read_keys(lb_store *store, sqlite3_stmt *read, lb_arena *arena, lb_party *party)
{
    int rc;

    lb_bind_text(read, 1, party->name);
    while ((rc = sqlite3_step(read)) == SQLITE_ROW)
        read_key(read, arena, &party->keys);
    sqlite3_reset(read);
    return lb_store_err(store, rc, "party.keys");
}

static lb_err read_parties(lb_store *store, sqlite3_stmt **reads, lb_span name, lb_arena *arena,
                           lb_party_list *list)
{
    int rc;
    lb_err err = LB_OK;

    *list = (lb_party_list){0};
    lb_bind_text(reads[PARTIES], 1, name);
    while (err == LB_OK && (rc = sqlite3_step(reads[PARTIES])) == SQLITE_ROW) {
        if (!lb_arena_grow(arena, list, sizeof *list->at)) {
            err = LB_ERR_NO_MEMORY;
            break;
        }
        lb_party *party = &list->at[list->count++];
        lb_record_init(&lb_record_party, party);
        party->name = lb_arena_copy(arena, lb_column_text(reads[PARTIES], 0));
        party->messages_per_s = lb_column_int(reads[PARTIES], 2);
        party->bytes_per_s = lb_column_int(reads[PARTIES], 3);
        party->questions_per_s = lb_column_int(reads[PARTIES], 4);
        party->added_us = lb_column_int(reads[PARTIES], 5);
        err = read_roles(lb_column_int(reads[PARTIES], 1), arena, &party->roles);
        if (err == LB_OK)
            err = read_rights(store, reads[RIGHTS], arena, party);
        if (err == LB_OK)
            err = read_keys(store, reads[KEYS], arena, party);
    }
    sqlite3_reset(reads[PARTIES]);
    if (err == LB_OK)
        err = lb_store_err(store, rc, "party.list");
    return lb_arena_failed(arena) ? LB_ERR_NO_MEMORY : err;
}

/* -- the register ------------------------------------------------------------------------------ */

struct lb_party_register {
    lb_store *store;
    sqlite3_stmt *statements[STATEMENTS];
};

lb_err lb_party_register_open(lb_party_register **out, lb_store *store)
{
    lb_party_register *book = calloc(1, sizeof *book);
    if (book == NULL)
        return LB_ERR_NO_MEMORY;
    book->store = store;
    lb_err err = lb_store_prepare(store, sql, STATEMENTS, book->statements);
    if (err != LB_OK)
        lb_party_register_close(&book);
    else
        *out = book;
    return err;
}

void lb_party_register_close(lb_party_register **book)
{
    if (*book == NULL)
        return;
    lb_store_finalize((*book)->statements, STATEMENTS);
    free(*book);
    *book = NULL;
}

lb_err lb_party_read_all(lb_party_register *book, lb_span name, lb_arena *arena,
                         lb_party_list *list)
{
    return read_parties(book->store, book->statements, name, arena, list);
}

static lb_err complain(const char **why, lb_err err, const char *text)
{
    *why = text;
    return err;
}

static lb_err step(lb_party_register *book, int which)
{
    return lb_store_step(book->store, book->statements[which], "party");
}

/* Runs inside the caller's transaction. An error must not be treated as "no such party": SQLite may
 * have rolled back the earlier statements, and the later ones would then be committed alone. */
static lb_err look_for(lb_party_register *book, lb_span name, bool *is_there, unsigned *roles)
{
    sqlite3_stmt *read = book->statements[PARTIES];

    lb_bind_text(read, 1, name);
    int rc = name.len > 0 ? sqlite3_step(read) : SQLITE_DONE;
    *is_there = rc == SQLITE_ROW;
    *roles = *is_there ? (unsigned)sqlite3_column_int64(read, 1) : 0;
    lb_err err = lb_store_err(book->store, rc, "party.look_for");
    sqlite3_reset(read);
    return err;
}

/* The sources NAME.x belong to the party NAME, so no party may have such a name, nor a name above
 * an existing one. */
static lb_err look_for_overlap(lb_party_register *book, lb_span name, bool *is_there)
{
    sqlite3_stmt *read = book->statements[OVERLAP];

    lb_bind_text(read, 1, name);
    int rc = sqlite3_step(read);
    *is_there = rc == SQLITE_ROW;
    lb_err err = lb_store_err(book->store, rc, "party.overlap");
    sqlite3_reset(read);
    return err;
}

static lb_err put_rights(lb_party_register *book, lb_span name, const lb_text_list *rights,
                         unsigned roles, const char **why)
{
    lb_err err = LB_OK;

    for (size_t i = 0; err == LB_OK && i < rights->count; i++) {
        lb_span right = rights->at[i];
        if (!lb_right_is_valid(right, why) || !lb_right_fits(right, roles, why))
            return LB_ERR_MISUSE;
        lb_bind_text(book->statements[PUT_RIGHT], 1, name);
        lb_bind_text(book->statements[PUT_RIGHT], 2, right);
        err = step(book, PUT_RIGHT);
    }
    return err;
}

static lb_err drop_rights(lb_party_register *book, const lb_party_rights_query *query,
                          const char **why)
{
    lb_err err = LB_OK;

    for (size_t i = 0; err == LB_OK && i < query->rights.count; i++) {
        lb_bind_text(book->statements[DROP_RIGHT], 1, query->name);
        lb_bind_text(book->statements[DROP_RIGHT], 2, query->rights.at[i]);
        err = step(book, DROP_RIGHT);
        if (err == LB_OK && sqlite3_changes(lb_store_db(book->store)) == 0)
            return complain(why, LB_ERR_NOT_FOUND, "the party has no such right");
    }
    return err;
}

static lb_err look_for_key(lb_party_register *book, lb_span key, bool *is_held)
{
    static const char *const ask = "SELECT 1 FROM party_key WHERE \"key\" = ?1";
    sqlite3_stmt *read;

    lb_err err = lb_store_prepare(book->store, &ask, 1, &read);
    if (err != LB_OK)
        return err;
    lb_bind_blob(read, 1, key);
    int rc = sqlite3_step(read);
    *is_held = rc == SQLITE_ROW;
    err = lb_store_err(book->store, rc, "party.look_for_key");
    lb_store_finalize(&read, 1);
    return err;
}

static lb_err put_key(lb_party_register *book, lb_span name, lb_span key, int64_t now_us,
                      const char **why)
{
    bool is_held = false;

    if (key.len != LB_CURVE_KEY_BYTES)
        return complain(why, LB_ERR_MISUSE, "a public key has 40 characters");
    lb_err err = look_for_key(book, key, &is_held);
    if (err != LB_OK)
        return err;
    if (is_held)
        return complain(why, LB_ERR_MISUSE, "a party has this key already");
    lb_bind_blob(book->statements[PUT_KEY], 1, key);
    lb_bind_text(book->statements[PUT_KEY], 2, name);
    lb_bind_int(book->statements[PUT_KEY], 3, now_us);
    return step(book, PUT_KEY);
}

static lb_err judge_name(lb_party_register *book, lb_span name, bool is_there, const char **why)
{
    bool is_overlap = false;

    if (!lb_party_name_is_valid(name))
        return complain(why, LB_ERR_MISUSE,
                        "a party's name is 1 to 64 letters, digits, '.', '_' or '-'");
    if (lb_name_is_reserved(name))
        return complain(why, LB_ERR_MISUSE,
                        "this name is reserved: a party cannot have the name of a gate, or a name "
                        "below it (NAME.x)");
    if (is_there)
        return complain(why, LB_ERR_MISUSE, "a party of this name exists already");
    lb_err err = look_for_overlap(book, name, &is_overlap);
    if (err == LB_OK && is_overlap)
        return complain(why, LB_ERR_MISUSE,
                        "the sources NAME.x belong to the party NAME, so no other party can have "
                        "such a name");
    return err;
}

static lb_err gather_roles(const lb_party_role_list *list, unsigned *roles, const char **why)
{
    *roles = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (list->at[i] == LB_PARTY_UNSPECIFIED)
            return complain(why, LB_ERR_MISUSE,
                            "a role is CARRIER, SHIPPER, OPERATOR, INTEGRATOR or AUDITOR");
        *roles |= 1U << list->at[i];
    }
    return *roles == 0 ? complain(why, LB_ERR_MISUSE, "at least one role is needed") : LB_OK;
}

static lb_err add_party(lb_party_register *book, const lb_party *party, bool is_there,
                        int64_t now_us, const char **why)
{
    sqlite3_stmt *put = book->statements[PUT_PARTY];
    unsigned roles;

    lb_err err = judge_name(book, party->name, is_there, why);
    if (err == LB_OK)
        err = gather_roles(&party->roles, &roles, why);
    if (err != LB_OK)
        return err;
    lb_bind_text(put, 1, party->name);
    lb_bind_int(put, 2, roles);
    lb_bind_int(put, 3, party->messages_per_s);
    lb_bind_int(put, 4, party->bytes_per_s);
    lb_bind_int(put, 5, party->questions_per_s);
    lb_bind_int(put, 6, now_us);
    err = step(book, PUT_PARTY);
    if (err == LB_OK)
        err = put_rights(book, party->name, &party->rights, roles, why);
    for (size_t i = 0; err == LB_OK && i < party->keys.count; i++)
        err = put_key(book, party->name, party->keys.at[i].key, now_us, why);
    return err;
}

/* The present keys expire at old_until_us; the new one is valid at once. */
static lb_err rotate_key(lb_party_register *book, const lb_party_rotate_query *query,
                         int64_t now_us, const char **why)
{
    int64_t ends_us = query->old_until_us == LB_UNKNOWN ? now_us : query->old_until_us;

    if (query->key.len == 0)
        return complain(why, LB_ERR_MISUSE, "the new key is missing");
    lb_bind_text(book->statements[END_KEYS], 1, query->name);
    lb_bind_int(book->statements[END_KEYS], 2, ends_us);
    lb_err err = step(book, END_KEYS);
    return err == LB_OK ? put_key(book, query->name, query->key, now_us, why) : err;
}

static lb_err drop_all(lb_party_register *book, lb_span name)
{
    static const int drops[] = {DROP_KEYS, DROP_RIGHTS, DROP_PARTY};
    lb_err err = LB_OK;

    for (size_t i = 0; err == LB_OK && i < sizeof drops / sizeof drops[0]; i++) {
        lb_bind_text(book->statements[drops[i]], 1, name);
        err = step(book, drops[i]);
    }
    return err;
}

static lb_err revoke(lb_party_register *book, const lb_party_revoke_query *query, const char **why)
{
    if (query->key.len == 0)
        return drop_all(book, query->name);
    lb_bind_text(book->statements[DROP_KEY], 1, query->name);
    lb_bind_blob(book->statements[DROP_KEY], 2, query->key);
    lb_err err = step(book, DROP_KEY);
    if (err == LB_OK && sqlite3_changes(lb_store_db(book->store)) == 0)
        return complain(why, LB_ERR_NOT_FOUND, "the party has no such key");
    return err;
}

static lb_span name_in(const lb_query *query)
{
    return query->ask == LB_ASK_PARTY_ADD      ? query->party_add.name
           : query->ask == LB_ASK_PARTY_ROTATE ? query->party_rotate.name
           : query->ask == LB_ASK_PARTY_REVOKE ? query->party_revoke.name
           : query->ask == LB_ASK_PARTY_GRANT  ? query->party_grant.name
                                               : query->party_withdraw.name;
}

static lb_err change(lb_party_register *book, const lb_query *query, int64_t now_us,
                     const char **why)
{
    const lb_party_rights_query *grant = &query->party_grant;
    bool is_there = false;
    unsigned roles = 0;

    lb_err err = look_for(book, name_in(query), &is_there, &roles);
    if (err != LB_OK)
        return err;
    if (query->ask == LB_ASK_PARTY_ADD)
        return add_party(book, &query->party_add, is_there, now_us, why);
    if (!is_there)
        return complain(why, LB_ERR_NOT_FOUND, "there is no party of this name");
    switch (query->ask) {
    case LB_ASK_PARTY_ROTATE:
        return rotate_key(book, &query->party_rotate, now_us, why);
    case LB_ASK_PARTY_REVOKE:
        return revoke(book, &query->party_revoke, why);
    case LB_ASK_PARTY_GRANT:
        return put_rights(book, grant->name, &grant->rights, roles, why);
    case LB_ASK_PARTY_WITHDRAW:
        return drop_rights(book, &query->party_withdraw, why);
    default:
        return LB_ERR_MISUSE;
    }
}

lb_err lb_party_change(lb_party_register *book, const lb_query *query, int64_t now_us,
                       const char **why)
{
    lb_err err = change(book, query, now_us, why);

    return err == LB_OK ? step(book, RAISE) : err;
}

/* -- readers ----------------------------------------------------------------------------------- */

struct lb_party_reader {
    lb_store *store;
    sqlite3_stmt *reads[READS];
    lb_span user_nonce;
    bool local_may;
    int64_t revision; /* of `book` */
    lb_permission_book *book;
};

static lb_err read_book(lb_party_reader *reader)
{
    lb_permission_book *fresh = NULL;
    lb_party_list parties;
    lb_arena arena;

    lb_arena_init(&arena, LIST_BYTES);
    lb_err err = read_parties(reader->store, reader->reads, LB_EMPTY, &arena, &parties);
    if (err == LB_OK)
        err = lb_permission_book_open(&fresh, &parties, reader->user_nonce, reader->local_may);
    lb_arena_fini(&arena);
    if (err != LB_OK)
        return err;
    lb_permission_book_close(&reader->book);
    reader->book = fresh;
    return LB_OK;
}

static lb_err look(lb_party_reader *reader)
{
    sqlite3_stmt *read = reader->reads[REVISION];
    int64_t revision = 0;

    int rc = sqlite3_step(read);
    if (rc == SQLITE_ROW)
        revision = sqlite3_column_int64(read, 0);
    sqlite3_reset(read);
    lb_err err = lb_store_err(reader->store, rc, "party.revision");
    if (err != LB_OK || (reader->book != NULL && revision == reader->revision))
        return err;
    err = lb_store_begin(reader->store); /* a consistent snapshot */
    if (err == LB_OK) {
        err = read_book(reader);
        lb_store_rollback(reader->store);
    }
    if (err == LB_OK)
        reader->revision = revision;
    return err;
}

lb_err lb_party_reader_open(lb_party_reader **out, const char *path, lb_span user_nonce,
                            bool local_may)
{
    lb_party_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL)
        return LB_ERR_NO_MEMORY;
    reader->user_nonce = user_nonce;
    reader->local_may = local_may;
    lb_err err = lb_store_open(&reader->store, path, LB_STORE_PARTY, LB_STORE_READ);
    if (err == LB_OK)
        err = lb_store_prepare(reader->store, sql, READS, reader->reads);
    if (err == LB_OK)
        err = look(reader);
    if (err != LB_OK)
        lb_party_reader_close(&reader);
    else
        *out = reader;
    return err;
}

void lb_party_reader_close(lb_party_reader **reader)
{
    if (*reader == NULL)
        return;
    lb_permission_book_close(&(*reader)->book);
    lb_store_finalize((*reader)->reads, READS);
    lb_store_close(&(*reader)->store);
    free(*reader);
    *reader = NULL;
}

const lb_permission_book *lb_party_permissions(lb_party_reader *reader)
{
    lb_err err = look(reader);

    if (err != LB_OK)
        lb_log(LB_LOG_PTY_STALE, "err=%s", lb_err_name(err));
    return reader->book;
}

int64_t lb_party_revision(const lb_party_reader *reader)
{
    return reader->revision;
}
