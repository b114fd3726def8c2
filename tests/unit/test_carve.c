/* test_carve.c - the records of a database and its WAL, read without SQLite. */
#include "base/carve.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "scratch.h"

enum { ROWS = 60, PAGE = 16384, FRAME = PAGE + 24, PATH = SCRATCH_PATH_ROOM };

typedef struct stage {
    lb_scratch folder;
    char lived[PATH], copy[PATH];
    bool is_seen[ROWS + 1];
    int others, wrong;
} stage;

/* Rows of a `number` have a length that fits in no page, in one, or in several; all bytes of a
 * row are equal. */
static size_t length_of(int64_t number)
{
    return number % 3 == 0 ? 10 : number % 3 == 1 ? 12000 : 70000;
}

static void run_sql(sqlite3 *db, const char *sql)
{
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static void put(sqlite3 *db, int number)
{
    char sql[256];

    snprintf(
        sql, sizeof sql,
        "INSERT INTO t VALUES (%d, -%d, 'row', CAST(replace(hex(zeroblob(%zu)), '00', char(%d)) "
        "AS BLOB), NULL)",
        number, number, length_of(number), 'a' + number % 26);
    run_sql(db, sql);
}

/* Half of the rows are in the database, the others in its WAL only; one transaction each. */
static int set_up(void **state)
{
    static stage made;
    sqlite3 *db;
    char command[4 * PATH];

    memset(&made, 0, sizeof made);
    scratch_make(&made.folder);
    snprintf(made.lived, PATH, "%s/lived.db", made.folder.folder);
    snprintf(made.copy, PATH, "%s/copy.db", made.folder.folder);
    assert_int_equal(sqlite3_open(made.lived, &db), SQLITE_OK);
    run_sql(db, "PRAGMA page_size=16384; PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0;"
                "CREATE TABLE t (n INTEGER PRIMARY KEY, m INTEGER, word TEXT, body BLOB, none)");
    for (int i = 1; i <= ROWS / 2; i++)
        put(db, i);
    run_sql(db, "PRAGMA wal_checkpoint(TRUNCATE)");
    for (int i = ROWS / 2 + 1; i <= ROWS; i++)
        put(db, i);
    snprintf(command, sizeof command, "cp '%s' '%s' && cp '%s-wal' '%s-wal'", made.lived, made.copy,
             made.lived, made.copy);
    assert_int_equal(system(command), 0);
    sqlite3_close(db);
    *state = &made;
    return 0;
}

static int tear_down(void **state)
{
    scratch_remove(&((stage *)*state)->folder);
    return 0;
}

static bool is_whole(const lb_carved *row)
{
    const lb_value *v = row->values;

    if (v[1].number != -row->rowid || !lb_span_is(v[2].bytes, "row") ||
        v[3].bytes.len != length_of(row->rowid))
        return false;
    for (size_t i = 0; i < v[3].bytes.len; i++)
        if (v[3].bytes.at[i] != 'a' + row->rowid % 26)
            return false;
    return true;
}

static lb_err take(void *whose, const lb_carved *row)
{
    stage *s = whose;

    if (row->is_index || row->count != 5 || row->values[0].type != LB_VALUE_NULL ||
        row->values[3].type != LB_VALUE_BLOB) {
        s->others++;
        return LB_OK;
    }
    if (row->rowid < 1 || row->rowid > ROWS || !is_whole(row)) {
        s->wrong++;
        return LB_ERR_CORRUPT;
    }
    s->is_seen[row->rowid] = true;
    return LB_OK;
}

static int carve(stage *s)
{
    int seen = 0;

    memset(s->is_seen, 0, sizeof s->is_seen);
    assert_int_equal(lb_carve(s->copy, take, s), LB_OK);
    for (int i = 1; i <= ROWS; i++)
        seen += s->is_seen[i];
    return seen;
}

static const char *wal_of(const stage *s)
{
    static char path[PATH + 8];

    snprintf(path, sizeof path, "%s-wal", s->copy);
    return path;
}

static void flip(const char *path, off_t at)
{
    uint8_t byte;
    int fd = open(path, O_RDWR);

    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte ^= 4;
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    close(fd);
}

static void test_every_row_of_database_and_wal_is_seen_whole(void **state)
{
    lb_wal_facts wal;

    assert_int_equal(carve(*state), ROWS);
    assert_int_equal(((stage *)*state)->wrong, 0);
    assert_true(((stage *)*state)->others > 0); /* the schema */
    assert_int_equal(lb_wal_look(((stage *)*state)->copy, &wal), LB_OK);
    assert_true(wal.is_there && wal.generation != 0);
    assert_true(wal.frames > ROWS / 2 && wal.valid == wal.frames);
}

/* SQLite reads nothing behind the wrong bit. */
static void test_a_wrong_bit_costs_the_row_that_has_it_and_no_other(void **state)
{
    stage *s = *state;
    lb_wal_facts wal;

    assert_int_equal(lb_wal_look(s->copy, &wal), LB_OK);
    for (int64_t frame = 0; frame < wal.frames; frame += 3) {
        off_t at = (off_t)(32 + frame * FRAME + 24 + 9000);
        flip(wal_of(s), at);
        lb_wal_facts now;
        assert_int_equal(lb_wal_look(s->copy, &now), LB_OK);
        assert_true(now.valid <= frame);
        assert_true(carve(s) >= ROWS - 1);
        flip(wal_of(s), at);
    }
}

static void test_salts_and_sums_do_not_matter(void **state)
{
    stage *s = *state;

    for (int at = 8; at < 24; at += 5)
        flip(wal_of(s), 32 + 5 * FRAME + at);
    flip(wal_of(s), 17);
    flip(wal_of(s), 2);
    assert_int_equal(carve(s), ROWS);
}

static void test_one_of_the_two_files_is_enough_for_its_own_rows(void **state)
{
    stage *s = *state;

    remove(s->copy);
    int from_wal = carve(s);
    assert_true(from_wal >= ROWS / 2);
    assert_true(s->is_seen[ROWS]);
    remove(wal_of(s));
    assert_int_equal(carve(s), 0);
}

static void test_files_that_end_anywhere_are_read_to_there(void **state)
{
    stage *s = *state;
    struct stat file;
    int last = ROWS;

    assert_int_equal(stat(wal_of(s), &file), 0);
    for (off_t size = file.st_size; size > 0; size -= size > 300007 ? 300007 : size) {
        assert_int_equal(truncate(wal_of(s), size), 0);
        int seen = carve(s);
        assert_true(seen <= last && seen >= ROWS / 2);
        last = seen;
    }
    assert_true(last < ROWS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_every_row_of_database_and_wal_is_seen_whole),
        TEST(test_a_wrong_bit_costs_the_row_that_has_it_and_no_other),
        TEST(test_salts_and_sums_do_not_matter),
        TEST(test_one_of_the_two_files_is_enough_for_its_own_rows),
        TEST(test_files_that_end_anywhere_are_read_to_there),
    };

    return cmocka_run_group_tests_name("carve", tests, NULL, NULL);
}
