/* test_feed.c - a source gets counters with its first kept message, and each party has a share of sources. */
#include "keep/feed.h"
#include "keep/journal_sqlite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "scratch.h"
#include "turns.h"

#define NOW INT64_C(1773316800000000)

enum { PARTY_SOURCES = 4, LOCAL_SOURCES = 6, ALL_SOURCES = 10 };

typedef struct bench {
    lb_scratch folder;
    lb_journal *journal;
    lb_feed_book *book;
    lb_batch batch;
    lb_arena arena;
    lb_answer answer;
} bench;

static void open_bench(bench *d)
{
    const lb_feed_limits limits = {ALL_SOURCES, PARTY_SOURCES, LOCAL_SOURCES};
    const char *path = scratch_path(&d->folder, "journal.db");

    assert_int_equal(lb_journal_open(&d->journal, LB_JOURNAL_FILE(path)), LB_OK);
    assert_int_equal(lb_feed_open(&d->book, d->journal, &limits), LB_OK);
}

static void close_bench(bench *d)
{
    lb_feed_close(&d->book);
    lb_journal_close(&d->journal);
}

static int set_up(void **state)
{
    static bench made;

    scratch_make(&made.folder);
    assert_int_equal(lb_batch_init(&made.batch, 4096), LB_OK);
    lb_arena_init(&made.arena, 16 * 1024 * 1024);
    open_bench(&made);
    *state = &made;
    return 0;
}

static int tear_down(void **state)
{
    bench *d = *state;

    close_bench(d);
    lb_batch_fini(&d->batch);
    lb_arena_fini(&d->arena);
    scratch_remove(&d->folder);
    return 0;
}

/* One message of a source in this turn: kept, or refused as garbled. */
static lb_err say(bench *d, const char *owner, const char *source, bool is_kept)
{
    lb_frame *frame = turn_frame(&d->batch, source, source, 1);
    lb_item *item = &d->batch.items[frame->first];

    frame->owner = lb_span_of(owner);
    lb_err err = lb_feed_need(d->book, frame->submit.source, frame->owner, &frame->feed);
    if (err != LB_OK) {
        frame->refused = err;
        lb_item_refuse(item, LB_ITEM_DENIED, err, LB_UNKNOWN, LB_EMPTY);
    } else if (is_kept) {
        turn_read(&d->batch, item, 1);
    } else {
        lb_item_refuse(item, LB_ITEM_UNREAD, LB_ERR_GARBLED, 0, LB_SPAN("rubbish"));
    }
    return err;
}

static void end_turn(bench *d, bool is_kept)
{
    lb_append append;

    lb_journal_begin(d->journal, &append);
    lb_feed_count(d->book, &d->batch);
    assert_int_equal(lb_feed_add(d->book, &d->batch.arena, &append), LB_OK);
    if (!is_kept)
        append.expected.block++; /* not the journal's: it fails */
    assert_int_equal(lb_journal_append(d->journal, &append), is_kept ? LB_OK : LB_ERR_FENCED);
    lb_feed_settle(d->book, is_kept);
    lb_batch_reset(&d->batch);
}

static lb_err say_alone(bench *d, const char *owner, const char *source, bool is_kept)
{
    lb_err err = say(d, owner, source, is_kept);

    end_turn(d, true);
    return err;
}

static void ask(bench *d)
{
    lb_arena_reset(&d->arena);
    lb_record_init(&lb_record_answer, &d->answer);
    assert_int_equal(lb_feed_answer(d->book, NOW, &d->arena, &d->answer.feeds), LB_OK);
}

static const lb_feed *feed_of(bench *d, const char *source)
{
    ask(d);
    for (size_t i = 0; i < d->answer.feeds.feeds.count; i++)
        if (lb_span_is(d->answer.feeds.feeds.at[i].source, source))
            return &d->answer.feeds.feeds.at[i];
    return NULL;
}

static const lb_share *share_of(bench *d, const char *owner)
{
    ask(d);
    for (size_t i = 0; i < d->answer.feeds.shares.count; i++)
        if (lb_span_is(d->answer.feeds.shares.at[i].owner, owner))
            return &d->answer.feeds.shares.at[i];
    fail_msg("no share of %s", owner);
    return NULL;
}

static const char *numbered(const char *head, int number)
{
    static char name[64];

    snprintf(name, sizeof name, "%s.%d", head, number);
    return name;
}

/* -- the row --------------------------------------------------------------------------------------------- */

static void test_a_source_has_a_row_from_its_first_kept_message(void **state)
{
    bench *d = *state;

    assert_int_equal(say_alone(d, "acme", "acme.x", false), LB_OK);
    assert_int_equal(say_alone(d, "acme", "acme.x", false), LB_OK);
    assert_null(feed_of(d, "acme.x"));
    assert_int_equal(share_of(d, "acme")->refused, 2);
    assert_int_equal(share_of(d, "acme")->unheard, 1);
    assert_true(lb_span_is(share_of(d, "acme")->error, "GARBLED"));
    assert_int_equal(say_alone(d, "acme", "acme.x", true), LB_OK);
    assert_int_equal(feed_of(d, "acme.x")->messages, 1);
    assert_int_equal(share_of(d, "acme")->unheard, 0); /* it has a kept message now */
    assert_int_equal(share_of(d, "acme")->sources, 1);
    assert_int_equal(say_alone(d, "acme", "acme.x", false), LB_OK);
    assert_int_equal(feed_of(d, "acme.x")->refused, 1); /* in its own row from now on */
    assert_int_equal(share_of(d, "acme")->refused, 2);
}

static void test_rows_of_one_turn_stay_when_kept_and_go_when_not(void **state)
{
    static const char *const sources[] = {"acme.a", "acme.b", "acme.c"};
    bench *d = *state;

    for (unsigned kept = 0; kept < 4;
         kept++) { /* which of the first two are kept; never the third */
        char owner[8], names[3][16];
        snprintf(owner, sizeof owner, "p%u", kept);
        for (unsigned i = 0; i < 3; i++) {
            snprintf(names[i], sizeof names[i], "%s.%c", owner, 'a' + (int)i);
            assert_int_equal(say(d, owner, names[i], (kept >> i & 1) != 0), LB_OK);
        }
        end_turn(d, true);
        for (unsigned i = 0; i < 3; i++)
            assert_true((feed_of(d, names[i]) != NULL) == ((kept >> i & 1) != 0));
    }
    for (unsigned i = 0; i < 3; i++) /* all are found again, each by its own name only */
        assert_int_equal(say(d, "acme", sources[i], i != 1), LB_OK);
    end_turn(d, true);
    assert_non_null(feed_of(d, "acme.a"));
    assert_null(feed_of(d, "acme.b"));
    assert_non_null(feed_of(d, "acme.c"));
    assert_int_equal(feed_of(d, "p3.a")->messages, 1);
    assert_int_equal(feed_of(d, "p3.b")->messages, 1);
}

static void test_a_failed_commit_leaves_no_row_and_no_count(void **state)
{
    bench *d = *state;

    say_alone(d, "acme", "acme.old", true);
    say_alone(d, "acme", "acme.bad", false);
    say(d, "acme", "acme.new", true);
    say(d, "acme", "acme.worse", false);
    end_turn(d, false);
    assert_null(feed_of(d, "acme.new"));
    assert_int_equal(feed_of(d, "acme.old")->messages, 1);
    assert_int_equal(share_of(d, "acme")->sources, 1);
    assert_int_equal(share_of(d, "acme")->refused, 1);
    assert_int_equal(share_of(d, "acme")->unheard, 1);
    assert_int_equal(say_alone(d, "acme", "acme.new", true), LB_OK);
    assert_int_equal(feed_of(d, "acme.new")->messages, 1);
}

static void test_all_is_there_after_a_restart(void **state)
{
    bench *d = *state;

    say_alone(d, "acme", "acme.x", true);
    for (int i = 0; i < 100; i++)
        say_alone(d, "evil", numbered("evil", i), false);
    close_bench(d);
    open_bench(d);
    assert_int_equal(feed_of(d, "acme.x")->messages, 1);
    assert_int_equal(share_of(d, "acme")->sources, 1);
    assert_int_equal(share_of(d, "evil")->refused, 100);
    assert_int_equal(share_of(d, "evil")->unheard, 64); /* and more */
    assert_int_equal(share_of(d, "evil")->sources, 0);
    assert_int_equal(d->answer.feeds.feeds.count, 1);
}

/* -- the share ------------------------------------------------------------------------------------------- */

static void test_rubbish_of_four_thousand_sources_stops_no_new_carrier(void **state)
{
    bench *d = *state;

    for (int i = 0; i < 4096; i++) {
        assert_int_equal(say(d, "evil", numbered("evil", i), false), LB_OK);
        end_turn(d, true);
    }
    assert_int_equal(say_alone(d, "acme", "acme", true), LB_OK);
    close_bench(d);
    open_bench(d);
    assert_int_equal(say_alone(d, "lianhe", "lianhe", true), LB_OK);
}

static void test_a_party_has_its_share_of_sources_and_no_more(void **state)
{
    bench *d = *state;

    for (int i = 0; i < PARTY_SOURCES; i++)
        assert_int_equal(say_alone(d, "acme", numbered("acme", i), true), LB_OK);
    assert_int_equal(say_alone(d, "acme", "acme.more", true), LB_ERR_DENIED);
    assert_int_equal(say_alone(d, "acme", numbered("acme", 0), true), LB_OK); /* has its row */
    assert_int_equal(share_of(d, "acme")->refused, 1);
    assert_true(lb_span_is(share_of(d, "acme")->error, "DENIED"));
    assert_int_equal(share_of(d, "acme")->sources_max, PARTY_SOURCES);
    assert_int_equal(say_alone(d, "lianhe", "lianhe", true), LB_OK);
}

static void test_connections_without_a_key_have_a_share_of_their_own(void **state)
{
    bench *d = *state;

    for (int i = 0; i < LOCAL_SOURCES; i++)
        assert_int_equal(say_alone(d, "local", numbered("ktz", i), true), LB_OK);
    assert_int_equal(say_alone(d, "local", "ktz.more", true), LB_ERR_DENIED);
    assert_int_equal(say_alone(d, "acme", "acme", true), LB_OK);
}

static void test_the_table_has_an_end(void **state)
{
    static const char *const owners[] = {"a", "b", "c"};
    bench *d = *state;

    for (int i = 0; i < ALL_SOURCES; i++)
        assert_int_equal(
            say_alone(d, owners[i / PARTY_SOURCES], numbered(owners[i / PARTY_SOURCES], i), true),
            LB_OK);
    assert_int_equal(say_alone(d, "c", "c.more", true), LB_ERR_FULL);
}

/* They hold a place until the turn ends. */
static void test_new_sources_of_one_turn_wait_for_each_other(void **state)
{
    bench *d = *state;

    for (int i = 0; i < PARTY_SOURCES; i++)
        assert_int_equal(say(d, "evil", numbered("evil", i), false), LB_OK);
    assert_int_equal(say(d, "evil", "evil.good", true), LB_ERR_BUSY);
    assert_int_equal(say(d, "acme", "acme", true), LB_OK); /* not because of another party's */
    end_turn(d, true);
    assert_int_equal(say_alone(d, "evil", "evil.good", true), LB_OK);
}

int main(void)
{
#define WITH_BENCH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_BENCH(test_a_source_has_a_row_from_its_first_kept_message),
        WITH_BENCH(test_rows_of_one_turn_stay_when_kept_and_go_when_not),
        WITH_BENCH(test_a_failed_commit_leaves_no_row_and_no_count),
        WITH_BENCH(test_all_is_there_after_a_restart),
        WITH_BENCH(test_rubbish_of_four_thousand_sources_stops_no_new_carrier),
        WITH_BENCH(test_a_party_has_its_share_of_sources_and_no_more),
        WITH_BENCH(test_connections_without_a_key_have_a_share_of_their_own),
        WITH_BENCH(test_the_table_has_an_end),
        WITH_BENCH(test_new_sources_of_one_turn_wait_for_each_other),
    };
    return cmocka_run_group_tests_name("feed", tests, NULL, NULL);
}
