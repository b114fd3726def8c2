/* test_power_cut - the power fails at every sync, and everything receipted is there afterwards.
 *
 * A day of turns, releases, flushes, checkpoints and restarts is recorded on a tape once. Then the tape is played,
 * and at each sync the power is cut: unsynced writes are kept, dropped, reordered or torn (power.h), and the six
 * laws are checked on the result (laws.h), and that the hub has kept its id. The same is done with hub.id alone, at each
 * of its writes, since it is written too rarely to be met otherwise. `test_power_cut --whole` cuts at every sync of a longer day
 * and reports; without it, at a few hundred of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/store.h"
#include "keep/epoch.h"
#include "laws.h"
#include "power.h"
#include "scratch.h"

enum {
    ASKS_ROOM = 8192,
    WHOLE_TURNS = 360,
    SHORT_TURNS = 120,
    RESTART_EACH = 45, /* turns */
    FLUSH_EACH = 5,
    RELEASE_EACH = 8,
    SHORT_CUTS = 40, /* of each kind */
};

typedef struct day {
    lb_scratch folder, left; /* the working folder; the folder after a cut */
    tape tape;
    asked asks[ASKS_ROOM];
    int64_t asked, messages;
    int64_t waiting[ASKS_ROOM]; /* messages in quarantine */
    int64_t hub;                /* its id */
    int64_t waiting_count;
} day;

typedef struct findings {
    int64_t cuts[POWER_LOSS_COUNT];
    int64_t broken, syncs;
    char first[LAWS_WHY_ROOM + 64];
} findings;

/* -- recording a day --------------------------------------------------------------------------- */

static void ask(day *d, int64_t message, bool is_release)
{
    assert_true(d->asked < ASKS_ROOM);
    d->asks[d->asked++] = (asked){.message = message, .is_release = is_release};
}

/* Two to seven new messages and one that was sent before. */
static void live_turn(day *d, lb_hub *hub, int turn)
{
    int64_t messages[16], first = d->asked;
    reported answers[16];
    size_t count = 0;

    for (int i = 0; i < 2 + turn % 6; i++)
        messages[count++] = d->messages++;
    if (turn > 3)
        messages[count++] = (turn * INT64_C(37)) % (d->messages - 8);
    for (size_t i = 0; i < count; i++)
        ask(d, messages[i], false);
    tape_mark(&d->tape, first, d->asked);
    assert_int_equal(inside_turn(hub, messages, count, answers), LB_OK);
    for (size_t i = 0; i < count; i++) {
        d->asks[first + (int64_t)i].reported = answers[i];
        if (answers[i].result == LB_RESULT_REFUSED && messages[i] >= d->messages - 7)
            d->waiting[d->waiting_count++] = first + (int64_t)i;
    }
    tape_mark(&d->tape, d->asked, d->asked);
}

static void live_release(day *d, lb_hub *hub)
{
    if (d->waiting_count == 0)
        return;
    const asked *waiting = &d->asks[d->waiting[--d->waiting_count]];
    int64_t id = waiting->reported.quarantine_id;

    ask(d, waiting->message, true);
    tape_mark(&d->tape, d->asked - 1, d->asked);
    assert_int_equal(inside_release(hub, id, &d->asks[d->asked - 1].reported), LB_OK);
    assert_int_equal(d->asks[d->asked - 1].reported.result, LB_RESULT_KEPT);
    tape_mark(&d->tape, d->asked, d->asked);
}

static void checkpoint(const char *path, lb_store_kind kind)
{
    lb_store *store = NULL;

    assert_int_equal(lb_store_open(&store, path, kind, LB_STORE_WRITE), LB_OK);
    assert_int_equal(
        sqlite3_wal_checkpoint_v2(lb_store_db(store), NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL),
        SQLITE_OK);
    lb_store_close(&store);
}

/* A reader that stays open keeps the WAL of the view when its writer closes, as query workers
 * do. */
static void follow(day *d, int turn)
{
    char journal[SCRATCH_PATH_ROOM], view[SCRATCH_PATH_ROOM];

    snprintf(journal, sizeof journal, "%s/journal.db", d->folder.folder);
    snprintf(view, sizeof view, "%s/view.db", d->folder.folder);
    assert_int_equal(inside_follow(journal, view, 7), LB_OK);
    if (turn % (3 * FLUSH_EACH) == 0)
        checkpoint(view, LB_STORE_VIEW);
}

static int64_t id_in(lb_scratch *folder)
{
    lb_epochs epochs;

    assert_int_equal(lb_epochs_open(&epochs, scratch_path(folder, "hub.id")), LB_OK);
    return epochs.hub;
}

static void live(day *d, int turns, const char *pragma)
{
    lb_hub *hub = NULL;
    lb_store *worker = NULL;

    memset(d, 0, sizeof *d);
    scratch_make(&d->folder);
    scratch_make(&d->left);
    tape_start(&d->tape, d->folder.folder);
    for (int turn = 0; turn < turns; turn++) {
        if (hub == NULL) {
            assert_int_equal(inside_open(&hub, d->folder.folder), LB_OK);
            inside_checkpoint_often(hub, pragma);
        }
        live_turn(d, hub, turn);
        if (turn % RELEASE_EACH == RELEASE_EACH - 1)
            live_release(d, hub);
        if (turn % FLUSH_EACH == FLUSH_EACH - 1)
            follow(d, turn);
        if (worker == NULL && turn % RESTART_EACH > FLUSH_EACH)
            assert_int_equal(lb_store_open(&worker, scratch_path(&d->folder, "view.db"),
                                           LB_STORE_VIEW, LB_STORE_READ),
                             LB_OK);
        if (turn % RESTART_EACH == RESTART_EACH - 1) {
            lb_store_close(&worker);
            lb_hub_close(&hub);
        }
    }
    lb_store_close(&worker);
    lb_hub_close(&hub);
    tape_stop();
    d->hub = id_in(&d->folder);
}

static void bury(day *d)
{
    tape_free(&d->tape);
    scratch_remove(&d->folder);
    scratch_remove(&d->left);
}

/* -- cutting ------------------------------------------------------------------------------------------ */

static void clear_left(day *d)
{
    static const char *const names[] = {"journal.db", "keys.db",    "view.db",       "head.mark",
                                        "hub.id",     "hub.id.new", "hub.id.damaged"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        lb_store_remove(scratch_path(&d->left, names[i]));
}

/* The content of shared memory is lost with the power; its file may hold anything. */
static void leave_rubbish(day *d, uint64_t seed)
{
    FILE *file = fopen(scratch_path(&d->left, "journal.db-shm"), "wb");

    assert_non_null(file);
    for (int i = 0; i < 32768; i++)
        fputc((int)((seed >> (i % 24)) + (uint64_t)i * 31) & 0xff, file);
    assert_int_equal(fclose(file), 0);
}

static void cut(day *d, const power *p, power_loss loss, size_t at, findings *found)
{
    ledger l = {.asks = d->asks};
    char why[LAWS_WHY_ROOM];
    uint64_t seed = at * POWER_LOSS_COUNT + (uint64_t)loss;

    for (size_t i = 0; i < at; i++)
        if (d->tape.notes[i].kind == TAPE_MARK) {
            l.promised = d->tape.notes[i].promised;
            l.asked = d->tape.notes[i].asked;
        }
    clear_left(d);
    power_cut(p, loss, seed, d->left.folder);
    if (loss == POWER_TORN)
        leave_rubbish(d, seed);
    found->cuts[loss]++;
    bool holds = laws_hold(d->left.folder, &l, why);
    if (holds && l.promised > 0 && id_in(&d->left) != d->hub) {
        snprintf(why, sizeof why, "the hub has another id than when it gave receipts");
        holds = false;
    }
    if (holds)
        return;
    if (found->broken++ == 0)
        snprintf(found->first, sizeof found->first, "%s at note %zu: %s", power_loss_name(loss), at,
                 why);
}

static bool is_moment(const tape *t, size_t i)
{
    return t->notes[i].kind == TAPE_SYNC;
}

/* Cuts before every `each`-th sync, in every way. */
static findings cut_day(day *d, bool is_liar, size_t each)
{
    findings found = {.broken = 0};
    power *p = power_on(&d->tape, is_liar);

    for (size_t i = 0; i < d->tape.count; i++) {
        if (is_moment(&d->tape, i) && (size_t)found.syncs++ % each == 0)
            for (int loss = 0; loss < POWER_LOSS_COUNT; loss++)
                cut(d, p, (power_loss)loss, i, &found);
        power_play(p, i);
    }
    power_off(p);
    return found;
}

static int64_t total(const findings *found)
{
    int64_t cuts = 0;

    for (int loss = 0; loss < POWER_LOSS_COUNT; loss++)
        cuts += found->cuts[loss];
    return cuts;
}

static void report(const findings *found, int64_t began_us)
{
    printf("power cuts: %lld", (long long)total(found));
    for (int loss = 0; loss < POWER_LOSS_COUNT; loss++)
        printf("%s %s %lld", loss == 0 ? ":" : ",", power_loss_name((power_loss)loss),
               (long long)found->cuts[loss]);
    printf("; %lld syncs, %lld cuts broke a law, %.1f s\n", (long long)found->syncs,
           (long long)found->broken, (double)(lb_clock_monotonic_us() - began_us) / 1e6);
    if (found->broken > 0)
        printf("first: %s\n", found->first);
}

static size_t count_syncs(const tape *t)
{
    size_t syncs = 0;

    for (size_t i = 0; i < t->count; i++)
        syncs += is_moment(t, i);
    return syncs;
}

/* -- tests ------------------------------------------------------------------------------------- */

static void test_receipted_events_survive_a_power_cut(void **state)
{
    static day d;
    int64_t began_us = lb_clock_monotonic_us();

    (void)state;
    live(&d, SHORT_TURNS, "FULL");
    findings found = cut_day(&d, false, count_syncs(&d.tape) / SHORT_CUTS);
    report(&found, began_us);
    bury(&d);
    assert_true(total(&found) >= (SHORT_CUTS - 10) * POWER_LOSS_COUNT);
    if (found.broken > 0)
        fail_msg("%s", found.first);
}

/* Proves that the check can fail: it reports two broken receipts. */
static void test_a_disk_that_loses_synced_writes_is_detected(void **state)
{
    static day d;

    (void)state;
    live(&d, 24, "FULL");
    findings found = cut_day(&d, true, 10);
    bury(&d);
    assert_true(found.broken > 0);
}

static void test_a_journal_that_does_not_sync_is_detected(void **state)
{
    static day d;

    (void)state;
    live(&d, 24, "OFF");
    findings found = cut_day(&d, false, 1);
    bury(&d);
    assert_true(found.broken > 0);
}

/* -- hub.id alone ------------------------------------------------------------------------------------- */

enum { LIVES = 3, SEEDS = 12 }; /* its first one, and two that begin as after a restore */

typedef struct ids {
    day day;
    lb_epochs after[LIVES + 1]; /* what the file said when so many lives had begun; 0: no file */
    int as_before, as_after, fresh, damaged;
} ids;

static void live_ids(ids *all)
{
    day *d = &all->day;
    char path[SCRATCH_PATH_ROOM];
    lb_epochs epochs;

    memset(all, 0, sizeof *all);
    scratch_make(&d->folder);
    scratch_make(&d->left);
    snprintf(path, sizeof path, "%s", scratch_path(&d->folder, "hub.id"));
    tape_start(&d->tape, d->folder.folder);
    assert_int_equal(lb_epochs_open(&epochs, path), LB_OK);
    for (int64_t life = 1; life <= LIVES; life++) {
        if (life > 1)
            assert_int_equal(lb_epochs_begin(&epochs, path, 100 * life), LB_OK);
        all->after[life] = epochs;
        tape_mark(&d->tape, life, life);
    }
    tape_stop();
}

static bool is_same(const lb_epochs *a, const lb_epochs *b)
{
    if (a->hub != b->hub || a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (a->at[i].began_us != b->at[i].began_us || a->at[i].first != b->at[i].first)
            return false;
    return true;
}

/* A start after the cut: what was said last, or what was just being written, or a new id. */
static void start_after_cut(ids *all, int64_t begun)
{
    char path[SCRATCH_PATH_ROOM];
    int64_t made = lb_log_count(LB_LOG_HUB_ID), spoilt = lb_log_count(LB_LOG_HUB_ID_DAMAGED);
    lb_epochs epochs;

    snprintf(path, sizeof path, "%s", scratch_path(&all->day.left, "hub.id"));
    assert_int_equal(lb_epochs_open(&epochs, path), LB_OK);
    made = lb_log_count(LB_LOG_HUB_ID) - made;
    spoilt = lb_log_count(LB_LOG_HUB_ID_DAMAGED) - spoilt;
    all->damaged += (int)spoilt;
    assert_int_equal(access(scratch_path(&all->day.left, "hub.id.damaged"), F_OK),
                     spoilt > 0 ? 0 : -1);
    if (begun > 0 && is_same(&epochs, &all->after[begun])) {
        all->as_before++;
        assert_int_equal(made, 0);
    } else if (begun < LIVES && is_same(&epochs, &all->after[begun + 1])) {
        all->as_after++;
        assert_int_equal(made, 0);
    } else {
        all->fresh++;
        assert_int_equal(made, 1); /* logged, and no id that was there before */
        for (int life = 1; life <= LIVES; life++)
            assert_int_not_equal(epochs.hub, all->after[life].hub);
        assert_int_equal(epochs.count, 1);
    }
}

static void cut_ids(ids *all, bool is_liar)
{
    const tape *t = &all->day.tape;
    power *p = power_on(t, is_liar);
    int64_t begun = 0;

    for (size_t i = 0; i <= t->count; i++) {
        for (uint64_t seed = 0; seed < SEEDS * POWER_LOSS_COUNT; seed++) {
            clear_left(&all->day);
            power_cut(p, (power_loss)(seed % POWER_LOSS_COUNT), seed * 977 + i,
                      all->day.left.folder);
            start_after_cut(all, begun);
        }
        if (i < t->count && t->notes[i].kind == TAPE_MARK)
            begun = t->notes[i].promised;
        if (i < t->count)
            power_play(p, i);
    }
    power_off(p);
}

static void test_the_id_survives_a_power_cut_once_it_was_published(void **state)
{
    static ids all;
    int fresh_before_any = 0;

    (void)state;
    live_ids(&all);
    cut_ids(&all, false);
    print_message("hub.id: %d as before, %d as just written, %d new\n", all.as_before, all.as_after,
                  all.fresh);
    for (size_t i = 0; i < all.day.tape.count && all.day.tape.notes[i].kind != TAPE_MARK; i++)
        fresh_before_any += SEEDS * POWER_LOSS_COUNT;
    assert_true(all.as_before > 0 && all.as_after > 0 && all.fresh > 0);
    assert_true(all.fresh <= fresh_before_any); /* never when a life had begun */
    assert_int_equal(all.damaged, 0);
    bury(&all.day);
}

/* On such a disk hub.id may be missing or torn: then the hub gets a new id, and the damaged file is kept. */
static void test_an_id_that_is_gone_or_torn_is_replaced_by_a_new_one(void **state)
{
    static ids all;

    (void)state;
    live_ids(&all);
    cut_ids(&all, true);
    print_message("hub.id on a disk that lies: %d as before, %d as just written, %d new, %d torn\n",
                  all.as_before, all.as_after, all.fresh, all.damaged);
    assert_true(all.damaged > 0 && all.fresh > all.damaged);
    bury(&all.day);
}

static int run_whole(void)
{
    static day d;
    int64_t began_us = lb_clock_monotonic_us();

    live(&d, WHOLE_TURNS, "FULL");
    findings found = cut_day(&d, false, 1);
    report(&found, began_us);
    bury(&d);
    return found.broken == 0 && total(&found) >= 2000 ? 0 : 1;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_receipted_events_survive_a_power_cut),
        cmocka_unit_test(test_a_disk_that_loses_synced_writes_is_detected),
        cmocka_unit_test(test_the_id_survives_a_power_cut_once_it_was_published),
        cmocka_unit_test(test_an_id_that_is_gone_or_torn_is_replaced_by_a_new_one),
        cmocka_unit_test(test_a_journal_that_does_not_sync_is_detected),
    };

    lb_log_least(LB_LEVELS);
    tape_load();
    if (argc == 2 && strcmp(argv[1], "--whole") == 0)
        return run_whole();
    return cmocka_run_group_tests_name("power_cut", tests, NULL, NULL);
}
