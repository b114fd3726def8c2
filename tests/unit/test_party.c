/* test_party.c - the register of parties and the audit log: one writer, readers that see every change, a hash chain that
 * shows every manipulation. */
#include "keep/party.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "keep/audit.h"
#include "record.h"
#include "scratch.h"
#include "question.h"
#include "party_words.h"

#define NOW  INT64_C(1773316800000000)
#define HERE LB_SPAN("127.0.0.1")

enum { ROWS = 20 };

typedef struct bench {
    lb_scratch folder;
    const char *path;
    lb_store *store;
    lb_party_register *book;
    lb_party_reader *reader;
    lb_audit *audit;
    lb_arena arena;
    const char *why;
} bench;

static int set_up(void **state)
{
    static bench made;

    made = (bench){0};
    scratch_make(&made.folder);
    made.path = strdup(scratch_path(&made.folder, "party.db"));
    lb_arena_init(&made.arena, 16 * 1024 * 1024);
    assert_int_equal(lb_store_open(&made.store, made.path, LB_STORE_PARTY, LB_STORE_WRITE), LB_OK);
    assert_int_equal(lb_party_register_open(&made.book, made.store), LB_OK);
    assert_int_equal(lb_audit_open(&made.audit, made.store), LB_OK);
    assert_int_equal(lb_party_reader_open(&made.reader, made.path, LB_SPAN("5ea1"), true), LB_OK);
    *state = &made;
    return 0;
}

static int tear_down(void **state)
{
    bench *d = *state;

    lb_party_reader_close(&d->reader);
    lb_audit_close(&d->audit);
    lb_party_register_close(&d->book);
    lb_store_close(&d->store);
    lb_arena_fini(&d->arena);
    scratch_remove(&d->folder);
    free((void *)(uintptr_t)d->path);
    return 0;
}

static const uint8_t *key_of(int fill)
{
    static uint8_t keys[256][LB_CURVE_KEY_BYTES];

    memset(keys[fill], fill, LB_CURVE_KEY_BYTES);
    return keys[fill];
}

/* fill 0: no key. */
static lb_err change(bench *d, lb_ask ask, const char *name, const char *role, const char *right,
                     int fill, int64_t until_us)
{
    lb_party_role role_word = role_of(lb_span_of(role));
    lb_span right_word = lb_span_of(right);
    lb_party_key key = {{(const char *)key_of(fill), LB_CURVE_KEY_BYTES}, LB_UNKNOWN, LB_UNKNOWN};
    lb_query query;
    lb_party party;

    lb_record_init(&lb_record_party, &party);
    party.name = lb_span_of(name);
    party.roles = (lb_party_role_list){&role_word, role[0] != '\0', 1};
    party.rights = (lb_text_list){&right_word, right[0] != '\0', 1};
    party.keys = (lb_party_key_list){&key, fill != 0, 1};
    question_of_change(&query, ask, &party, until_us);
    d->why = NULL;
    assert_int_equal(lb_store_begin(d->store), LB_OK);
    lb_err err = lb_party_change(d->book, &query, NOW, &d->why);
    if (err == LB_OK)
        assert_int_equal(lb_store_commit(d->store), LB_OK);
    else
        lb_store_rollback(d->store);
    return err;
}

static const lb_permission *find(bench *d, int fill, int64_t now_us)
{
    return lb_permission_of_key(lb_party_permissions(d->reader), key_of(fill), HERE, now_us);
}

/* -- parties -------------------------------------------------------------------------------------------- */

static void test_a_reader_sees_a_party_the_moment_it_is_added(void **state)
{
    bench *d = *state;

    assert_null(find(d, 1, NOW));
    int64_t before = lb_party_revision(d->reader);
    assert_int_equal(change(d, LB_ASK_PARTY_ADD, "acme", "CARRIER", "format:air.*", 1, LB_UNKNOWN),
                     LB_OK);
    assert_true(lb_span_is(find(d, 1, NOW)->name, "acme"));
    assert_true(lb_permission_may_send(find(d, 1, NOW), "air.fsu"));
    assert_true(lb_party_revision(d->reader) > before);
}

static void test_rights_come_and_go(void **state)
{
    bench *d = *state;

    change(d, LB_ASK_PARTY_ADD, "acme", "CARRIER", "", 1, LB_UNKNOWN);
    assert_false(lb_permission_may_send(find(d, 1, NOW), "air.fsu"));
    assert_int_equal(change(d, LB_ASK_PARTY_GRANT, "acme", "", "format:air.fsu", 0, LB_UNKNOWN),
                     LB_OK);
    assert_true(lb_permission_may_send(find(d, 1, NOW), "air.fsu"));
    assert_int_equal(change(d, LB_ASK_PARTY_WITHDRAW, "acme", "", "format:air.fsu", 0, LB_UNKNOWN),
                     LB_OK);
    assert_false(lb_permission_may_send(find(d, 1, NOW), "air.fsu"));
    assert_int_equal(change(d, LB_ASK_PARTY_WITHDRAW, "acme", "", "format:air.fsu", 0, LB_UNKNOWN),
                     LB_ERR_NOT_FOUND);
}

static void test_two_keys_are_good_while_one_follows_the_other(void **state)
{
    bench *d = *state;

    change(d, LB_ASK_PARTY_ADD, "acme", "CARRIER", "", 1, LB_UNKNOWN);
    assert_int_equal(change(d, LB_ASK_PARTY_ROTATE, "acme", "", "", 2, NOW + 10), LB_OK);
    assert_non_null(find(d, 1, NOW + 9));
    assert_non_null(find(d, 2, NOW + 9));
    assert_null(find(d, 1, NOW + 10));
    assert_non_null(find(d, 2, NOW + 10));
}

static void test_revoked_is_revoked(void **state)
{
    bench *d = *state;

    change(d, LB_ASK_PARTY_ADD, "acme", "CARRIER", "", 1, LB_UNKNOWN);
    change(d, LB_ASK_PARTY_ROTATE, "acme", "", "", 2, NOW + 10);
    assert_int_equal(change(d, LB_ASK_PARTY_REVOKE, "acme", "", "", 1, LB_UNKNOWN), LB_OK);
    assert_null(find(d, 1, NOW));
    assert_non_null(find(d, 2, NOW)); /* one key */
    assert_int_equal(change(d, LB_ASK_PARTY_REVOKE, "acme", "", "", 0, LB_UNKNOWN), LB_OK);
    assert_null(find(d, 2, NOW)); /* all of it */
    assert_int_equal(change(d, LB_ASK_PARTY_REVOKE, "acme", "", "", 0, LB_UNKNOWN),
                     LB_ERR_NOT_FOUND);
    assert_int_equal(lb_permission_book_count(lb_party_permissions(d->reader)), 0);
}

static void test_a_change_that_is_refused_changes_nothing(void **state)
{
    bench *d = *state;

    change(d, LB_ASK_PARTY_ADD, "acme", "CARRIER", "", 1, LB_UNKNOWN);
    lb_party_permissions(d->reader);
    int64_t before = lb_party_revision(d->reader);
    const struct {
        lb_ask ask;
        const char *name, *role, *right;
        int fill;
    } bad[] = {
        {LB_ASK_PARTY_ADD, "acme", "CARRIER", "", 3},         /* is there already */
        {LB_ASK_PARTY_ADD, "other", "CARRIER", "", 1},        /* another's key */
        {LB_ASK_PARTY_ADD, "other", "KING", "", 3},           /* no such role */
        {LB_ASK_PARTY_ADD, "other", "", "", 3},               /* none at all */
        {LB_ASK_PARTY_ADD, "local", "OPERATOR", "", 3},       /* the hub's own */
        {LB_ASK_PARTY_ADD, "../x", "CARRIER", "", 3},         /* no name */
        {LB_ASK_PARTY_ADD, "other", "CARRIER", "flies:x", 3}, /* no right */
        {LB_ASK_PARTY_GRANT, "other", "", "format:x", 0},     /* unknown party */
        {LB_ASK_PARTY_ROTATE, "acme", "", "", 0},             /* which key? */
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        lb_err err =
            change(d, bad[i].ask, bad[i].name, bad[i].role, bad[i].right, bad[i].fill, LB_UNKNOWN);
        if (err == LB_OK || d->why == NULL)
            fail_msg("case %zu: %s", i, lb_err_name(err));
    }
    assert_int_equal(lb_permission_book_count(lb_party_permissions(d->reader)), 1);
    assert_int_equal(lb_party_revision(d->reader), before);
}

/* The sources acme.x are acme's, so acme.sub and acme would send as each other. */
static void test_no_party_is_called_below_or_above_another(void **state)
{
    bench *d = *state;

    assert_int_equal(change(d, LB_ASK_PARTY_ADD, "acme", "CARRIER", "", 1, LB_UNKNOWN), LB_OK);
    assert_int_equal(change(d, LB_ASK_PARTY_ADD, "acme.sub", "CARRIER", "", 2, LB_UNKNOWN),
                     LB_ERR_MISUSE);
    assert_non_null(strstr(d->why, "NAME.x"));
    assert_int_equal(change(d, LB_ASK_PARTY_ADD, "acme2", "CARRIER", "", 2, LB_UNKNOWN), LB_OK);
    assert_int_equal(change(d, LB_ASK_PARTY_ADD, "cz.air", "CARRIER", "", 3, LB_UNKNOWN), LB_OK);
    assert_int_equal(change(d, LB_ASK_PARTY_ADD, "cz", "CARRIER", "", 4, LB_UNKNOWN),
                     LB_ERR_MISUSE);
    assert_int_equal(change(d, LB_ASK_PARTY_ADD, "cz.a", "CARRIER", "", 4, LB_UNKNOWN), LB_OK);
    assert_int_equal(change(d, LB_ASK_PARTY_ADD, "cz.air.x", "CARRIER", "", 5, LB_UNKNOWN),
                     LB_ERR_MISUSE);
}

static void test_no_party_is_called_like_a_gate(void **state)
{
    static const char *const names[] = {"jt808", "jt809", "spool",   "http",
                                        "local", "JT808", "jt809.x", "local.x"};
    bench *d = *state;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_int_equal(change(d, LB_ASK_PARTY_ADD, names[i], "CARRIER", "", 1, LB_UNKNOWN),
                         LB_ERR_MISUSE);
        assert_non_null(strstr(d->why, "gate"));
    }
}

static void test_a_right_that_can_never_match_is_refused_when_it_is_given(void **state)
{
    bench *d = *state;

    assert_int_equal(
        change(d, LB_ASK_PARTY_ADD, "lianhe", "SHIPPER", "format:air.fsu", 1, LB_UNKNOWN),
        LB_ERR_MISUSE);
    assert_non_null(strstr(d->why, "CARRIER"));
    assert_int_equal(change(d, LB_ASK_PARTY_ADD, "lianhe", "SHIPPER", "see:bkg:BK1", 1, LB_UNKNOWN),
                     LB_OK);
    assert_int_equal(change(d, LB_ASK_PARTY_GRANT, "lianhe", "", "for:awb:784-*", 0, LB_UNKNOWN),
                     LB_ERR_MISUSE);
    assert_non_null(strstr(d->why, "SHIPPER"));
    assert_int_equal(
        change(d, LB_ASK_PARTY_GRANT, "lianhe", "", "see:container:lbku*", 0, LB_UNKNOWN),
        LB_ERR_MISUSE);
    assert_non_null(strstr(d->why, "capitals"));
}

/* -- actions ---------------------------------------------------------------------------------------------- */

static void write_down(bench *d, const char *party, lb_ask ask, int64_t at_us)
{
    lb_audit_note note =
        lb_audit_note_of(lb_span_of(party), LB_ACTION_ASK, LB_SPAN("784-30418264"), LB_OK);
    note.ask = ask;
    note.at_us = at_us;
    note.times = 1;
    assert_int_equal(lb_store_begin(d->store), LB_OK);
    assert_int_equal(lb_audit_append(d->audit, &note), LB_OK);
    assert_int_equal(lb_store_commit(d->store), LB_OK);
    lb_audit_settle(d->audit, true);
}

static void write_many(bench *d)
{
    for (int i = 0; i < ROWS; i++)
        write_down(d, i % 2 == 0 ? "acme" : "lianhe", LB_ASK_TRACK, NOW + i);
}

static lb_err verify(bench *d, lb_answer *answer)
{
    lb_record_init(&lb_record_answer, answer);
    return lb_audit_verify(d->audit, &d->arena, answer);
}

static void tamper(bench *d, const char *sql)
{
    assert_int_equal(sqlite3_exec(lb_store_db(d->store), sql, NULL, NULL, NULL), SQLITE_OK);
    assert_true(sqlite3_changes(lb_store_db(d->store)) > 0);
}

static void test_an_intact_chain_is_verified(void **state)
{
    bench *d = *state;
    lb_answer answer;

    assert_int_equal(verify(d, &answer), LB_OK); /* the log is empty */
    write_many(d);
    assert_int_equal(verify(d, &answer), LB_OK);
    lb_audit_close(&d->audit); /* and continues where it ended */
    assert_int_equal(lb_audit_open(&d->audit, d->store), LB_OK);
    write_many(d);
    assert_int_equal(verify(d, &answer), LB_OK);
    assert_non_null(strstr(answer.text.at, "40 records"));
}

/* Every kind of manipulation, one at a time: the verdict names the row. */
static void assert_found(bench *d, const char *sql, const char *row)
{
    lb_answer answer;
    char text[256];

    write_many(d);
    tamper(d, sql);
    assert_int_equal(verify(d, &answer), LB_ERR_CORRUPT);
    snprintf(text, sizeof text, "%.*s", LB_ARG(answer.text));
    if (strstr(text, row) == NULL)
        fail_msg("'%s' is not in '%s'", row, text);
}

static void test_a_changed_row_is_detected(void **state)
{
    assert_found(*state, "UPDATE audit SET party = 'nobody' WHERE number = 7", "7");
}

static void test_a_removed_row_is_detected(void **state)
{
    assert_found(*state, "DELETE FROM audit WHERE number = 7", "7");
}

static void test_swapped_rows_are_detected(void **state)
{
    assert_found(
        *state,
        "UPDATE audit SET number = CASE number WHEN 7 THEN -8 ELSE -7 END WHERE number IN (7, 8);"
        "UPDATE audit SET number = -number WHERE number < 0",
        "7");
}

static void test_an_inserted_row_is_detected(void **state)
{
    assert_found(*state,
                 "INSERT INTO audit SELECT 21, at_us, party, action, about, outcome, times, "
                 "\"check\", gate, ask"
                 " FROM audit WHERE number = 20",
                 "21");
}

static void test_notes_are_found_by_party_and_time(void **state)
{
    bench *d = *state;
    lb_audit_note_list notes = {0};
    lb_query query;

    write_many(d);
    lb_record_init(&lb_record_query, &query);
    query.audit_list.party = LB_SPAN("lianhe");
    query.audit_list.after_us = NOW + 4;
    query.audit_list.before_us = NOW + 9;
    assert_int_equal(lb_audit_list(d->audit, &query.audit_list, &d->arena, &notes), LB_OK);
    assert_int_equal(notes.count, 3); /* 5, 7, 9 */
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(notes.at[i].at_us, NOW + 5 + 2 * (int64_t)i);
}

int main(void)
{
#define WITH_BENCH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_BENCH(test_a_reader_sees_a_party_the_moment_it_is_added),
        WITH_BENCH(test_rights_come_and_go),
        WITH_BENCH(test_two_keys_are_good_while_one_follows_the_other),
        WITH_BENCH(test_revoked_is_revoked),
        WITH_BENCH(test_a_change_that_is_refused_changes_nothing),
        WITH_BENCH(test_no_party_is_called_below_or_above_another),
        WITH_BENCH(test_no_party_is_called_like_a_gate),
        WITH_BENCH(test_a_right_that_can_never_match_is_refused_when_it_is_given),
        WITH_BENCH(test_an_intact_chain_is_verified),
        WITH_BENCH(test_a_changed_row_is_detected),
        WITH_BENCH(test_a_removed_row_is_detected),
        WITH_BENCH(test_swapped_rows_are_detected),
        WITH_BENCH(test_an_inserted_row_is_detected),
        WITH_BENCH(test_notes_are_found_by_party_and_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
