/* test_store.c - a database is opened with the right settings, or not at all. */
#include "base/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "scratch.h"

static int set_up(void **state)
{
    static lb_scratch folder;

    scratch_make(&folder);
    *state = &folder;
    return 0;
}

static int tear_down(void **state)
{
    scratch_remove(*state);
    return 0;
}

static int64_t ask(lb_store *store, const char *sql)
{
    const char *const texts[] = {sql};
    sqlite3_stmt *statement;

    assert_int_equal(lb_store_prepare(store, texts, 1, &statement), LB_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t value = lb_column_int(statement, 0);
    lb_store_finalize(&statement, 1);
    return value;
}

static void test_the_journal_is_written_through_to_the_disk(void **state)
{
    lb_store *store = NULL;

    assert_int_equal(
        lb_store_open(&store, scratch_path(*state, "j.db"), LB_STORE_JOURNAL, LB_STORE_WRITE),
        LB_OK);
    assert_int_equal(ask(store, "PRAGMA synchronous"), 2);
    assert_int_equal(ask(store, "PRAGMA user_version"), 1);
    assert_int_equal(ask(store, "SELECT count(*) FROM pragma_journal_mode"
                                " WHERE journal_mode = 'wal'"),
                     1);
    assert_true(lb_store_size(scratch_path(*state, "j.db")) > 0);
    lb_store_close(&store);
    assert_null(store);
    lb_store_close(&store);
}

static uint64_t commit_pages(lb_store *store, int number, int bytes)
{
    char sql[96];

    snprintf(sql, sizeof sql, "INSERT INTO raw VALUES (%d, zeroblob(%d))", number, bytes);
    assert_int_equal(lb_store_begin(store), LB_OK);
    assert_int_equal(lb_store_run(store, sql), LB_OK);
    assert_int_equal(lb_store_commit(store), LB_OK);
    return lb_store_generation(store);
}

/* A WAL that was checkpointed begins anew with the next commit, which shows in its generation. */
static void
test_the_wal_of_a_journal_is_checkpointed_by_size_and_time_and_in_no_commit(void **state)
{
    const int64_t now_us = INT64_C(100000000);
    lb_store *store = NULL;

    assert_int_equal(
        lb_store_open(&store, scratch_path(*state, "j.db"), LB_STORE_JOURNAL, LB_STORE_WRITE),
        LB_OK);
    uint64_t first = commit_pages(store, 1, 10);
    assert_int_equal(lb_store_tidy(store, now_us), LB_OK);
    uint64_t generation = commit_pages(store, 2, 10);
    assert_true(generation != first);
    for (int i = 3; i < 60; i++) /* 1,400 pages */
        assert_true(commit_pages(store, i, 400000) == generation);
    assert_int_equal(lb_store_tidy(store, now_us + 1), LB_OK); /* it is long */
    uint64_t second = commit_pages(store, 60, 10);
    assert_true(second != generation);
    assert_int_equal(lb_store_tidy(store, now_us + 2), LB_OK); /* neither long nor old */
    assert_true(commit_pages(store, 61, 10) == second);
    assert_int_equal(lb_store_tidy(store, now_us + INT64_C(3000000)), LB_OK); /* it is old */
    assert_true(commit_pages(store, 62, 10) != second);
    lb_store_close(&store);
}

static void test_a_reader_creates_no_file(void **state)
{
    lb_store *store = NULL;

    assert_int_not_equal(
        lb_store_open(&store, scratch_path(*state, "none.db"), LB_STORE_JOURNAL, LB_STORE_READ),
        LB_OK);
    assert_null(store);
    assert_int_not_equal(access(scratch_path(*state, "none.db"), F_OK), 0);
}

static void test_a_database_of_another_kind_is_not_opened(void **state)
{
    lb_store *store = NULL;
    const char *path = scratch_path(*state, "keys.db");

    assert_int_equal(lb_store_open(&store, path, LB_STORE_KEYS, LB_STORE_WRITE), LB_OK);
    lb_store_close(&store);
    assert_int_equal(lb_store_open(&store, path, LB_STORE_JOURNAL, LB_STORE_WRITE), LB_ERR_MISUSE);
    assert_int_equal(lb_store_open(&store, path, LB_STORE_KEYS, LB_STORE_WRITE), LB_OK);
    assert_int_equal(lb_store_run(store, "PRAGMA user_version=99"), LB_OK);
    lb_store_close(&store);
    assert_int_equal(lb_store_open(&store, path, LB_STORE_KEYS, LB_STORE_WRITE), LB_ERR_MISUSE);
}

static void test_uncommitted_rows_are_not_there_after_a_reopen(void **state)
{
    lb_store *store = NULL;
    const char *put = "INSERT INTO raw VALUES (1, x'00')";

    assert_int_equal(
        lb_store_open(&store, scratch_path(*state, "j.db"), LB_STORE_JOURNAL, LB_STORE_WRITE),
        LB_OK);
    assert_int_equal(lb_store_begin(store), LB_OK);
    assert_int_equal(lb_store_run(store, put), LB_OK);
    lb_store_rollback(store);
    lb_store_rollback(store);
    assert_int_equal(ask(store, "SELECT count(*) FROM raw"), 0);
    assert_int_equal(lb_store_begin(store), LB_OK);
    assert_int_equal(lb_store_run(store, put), LB_OK);
    assert_int_equal(lb_store_commit(store), LB_OK);
    assert_int_equal(ask(store, "SELECT count(*) FROM raw"), 1);
    lb_store_close(&store);
}

/* Without memory not even "ROLLBACK" can be prepared: a connection that stays in its transaction
 * reads outdated data for ever. */
static void test_a_transaction_ends_without_any_memory(void **state)
{
    lb_store *store = NULL;

    assert_int_equal(
        lb_store_open(&store, scratch_path(*state, "j.db"), LB_STORE_JOURNAL, LB_STORE_WRITE),
        LB_OK);
    assert_int_equal(lb_store_begin(store), LB_OK);
    sqlite3_hard_heap_limit64(1);
    assert_int_equal(lb_store_commit(store), LB_ERR_NO_MEMORY);
    assert_true(sqlite3_get_autocommit(lb_store_db(store)));
    sqlite3_hard_heap_limit64(0);
    assert_int_equal(lb_store_begin(store), LB_OK);
    assert_int_equal(lb_store_commit(store), LB_OK);
    lb_store_close(&store);
}

static void test_unknown_is_null_and_empty_is_not(void **state)
{
    lb_store *store = NULL;
    const char *const sql[] = {"SELECT ?1, ?2, ?3"};
    sqlite3_stmt *statement;

    assert_int_equal(
        lb_store_open(&store, scratch_path(*state, "j.db"), LB_STORE_JOURNAL, LB_STORE_WRITE),
        LB_OK);
    assert_int_equal(lb_store_prepare(store, sql, 1, &statement), LB_OK);
    lb_bind_int(statement, 1, INT64_MIN);
    lb_bind_text(statement, 2, LB_EMPTY);
    lb_bind_int(statement, 3, 0);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_int_equal(sqlite3_column_type(statement, 0), SQLITE_NULL);
    assert_true(lb_column_int(statement, 0) == INT64_MIN);
    assert_int_equal(sqlite3_column_type(statement, 1), SQLITE_TEXT);
    assert_true(lb_column_int(statement, 2) == 0);
    lb_store_finalize(&statement, 1);
    lb_store_close(&store);
}

static void test_a_backup_is_whole_and_overwrites_nothing(void **state)
{
    lb_store *store = NULL, *copy = NULL;

    assert_int_equal(
        lb_store_open(&store, scratch_path(*state, "j.db"), LB_STORE_JOURNAL, LB_STORE_WRITE),
        LB_OK);
    assert_int_equal(lb_store_run(store, "INSERT INTO raw VALUES (7, x'00')"), LB_OK);
    assert_int_equal(lb_store_backup(store, scratch_path(*state, "copy.db")), LB_OK);
    assert_int_equal(lb_store_backup(store, scratch_path(*state, "copy.db")), LB_ERR_MISUSE);
    lb_store_close(&store);
    assert_int_equal(
        lb_store_open(&copy, scratch_path(*state, "copy.db"), LB_STORE_JOURNAL, LB_STORE_READ),
        LB_OK);
    assert_int_equal(lb_store_check(copy), LB_OK);
    assert_int_equal(ask(copy, "SELECT block FROM raw"), 7);
    lb_store_close(&copy);
}

/* As SQLite does by itself after some errors, noticed or not. */
static void test_no_statement_is_committed_alone_after_its_transaction_ended(void **state)
{
    static const char *const sql = "INSERT INTO raw (block, body) VALUES (8, x'00')";
    lb_store *store = NULL;
    sqlite3_stmt *insert;

    assert_int_equal(
        lb_store_open(&store, scratch_path(*state, "j.db"), LB_STORE_JOURNAL, LB_STORE_WRITE),
        LB_OK);
    assert_int_equal(lb_store_prepare(store, &sql, 1, &insert), LB_OK);
    assert_int_equal(lb_store_begin(store), LB_OK);
    assert_int_equal(sqlite3_exec(lb_store_db(store), "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(lb_store_step(store, insert, "test"), LB_ERR_IO);
    assert_int_not_equal(lb_store_commit(store), LB_OK);
    assert_int_equal(ask(store, "SELECT count(*) FROM raw"), 0);

    assert_int_equal(lb_store_begin(store), LB_OK); /* the next one works */
    assert_int_equal(lb_store_step(store, insert, "test"), LB_OK);
    assert_int_equal(lb_store_commit(store), LB_OK);
    assert_int_equal(ask(store, "SELECT count(*) FROM raw"), 1);
    lb_store_finalize(&insert, 1);
    lb_store_close(&store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_journal_is_written_through_to_the_disk, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            test_the_wal_of_a_journal_is_checkpointed_by_size_and_time_and_in_no_commit, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(test_a_reader_creates_no_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_database_of_another_kind_is_not_opened, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_uncommitted_rows_are_not_there_after_a_reopen, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_transaction_ends_without_any_memory, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_unknown_is_null_and_empty_is_not, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_no_statement_is_committed_alone_after_its_transaction_ended, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_backup_is_whole_and_overwrites_nothing, set_up,
                                        tear_down),
    };
    /* the lookaside reserve of small pieces would hide the failures that are tested */
    sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0);
    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
