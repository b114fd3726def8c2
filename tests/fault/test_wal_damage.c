/* test_wal_damage - one file of a killed hub is damaged, at many places: no number is reused, every loss is reported, and
 * every turn that can still be read is recovered.
 *
 *     a life ──> copy of its folder, as kill -9 leaves it ──> one file damaged ──> start ──> the result for each turn
 *                                                                └──> pages.py: which turns can be read
 *
 * A wrong bit in the used part of the WAL is reported even when no turn is missing; one behind it is in unused bytes and
 * is not reported. SQLite gives the length of the used part for the undamaged folder.
 *
 * `test_wal_damage --whole` damages at 500 places and reports; without it, at 36. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/log.h"
#include "faults.h"
#include "keep/journal_sqlite.h"
#include "parts.h"
#include "inside.h"
#include "scratch.h"
#include "tape.h"

enum {
    MESSAGES_ROOM = 4096,
    BLOCKS_ROOM = 1024,
    LIVES = 10,
    TURNS = 60,
    SHORT_PLACES = 42,
    WHOLE_PLACES = 500,
    PATH = 300,
    WHY = 240,
    TURN_MESSAGES = 48,
};

/* Whether the damage itself is reported, or only its losses. */
typedef enum shown {
    BY_LOSS, /* no: only missing turns are reported */
    IN_USE,  /* when it is in the used part of the WAL */
    ALWAYS
} shown;

#define DAMAGES(X)                                                                      \
    X(WAL_FLIPPED, "journal.db-wal", "a flipped bit of the WAL", IN_USE)                \
    X(WAL_FLIPPED_LATE, "journal.db-wal", "a flipped bit of its last pages", IN_USE)    \
    X(WAL_TORN, "journal.db-wal", "a WAL whose tail is torn off", IN_USE)               \
    X(WAL_GARBLED, "journal.db-wal", "a sector of the WAL with something else", IN_USE) \
    X(WAL_DELETED, "journal.db-wal", "a deleted WAL", ALWAYS)                           \
    X(WAL_OLDER, "journal.db-wal", "an older WAL", ALWAYS)                              \
    X(WAL_SWAPPED, "journal.db-wal", "a WAL of another database", ALWAYS)               \
    X(JOURNAL_OLDER, "journal.db", "an older journal.db", BY_LOSS)                      \
    X(JOURNAL_DELETED, "journal.db", "a deleted journal.db", ALWAYS)                    \
    X(JOURNAL_TORN, "journal.db", "a journal.db whose tail is torn off", BY_LOSS)       \
    X(JOURNAL_FLIPPED, "journal.db", "a flipped bit of journal.db", BY_LOSS)            \
    X(MARK_DELETED, "head.mark", "a deleted mark", ALWAYS)                              \
    X(MARK_OLDER, "head.mark", "an older mark", BY_LOSS)                                \
    X(MARK_FLIPPED, "head.mark", "a flipped bit of the mark", BY_LOSS)                  \
    X(VIEW_DELETED, "view.db", "a deleted view", BY_LOSS)                               \
    X(VIEW_OLDER, "view.db", "an older view", BY_LOSS)                                  \
    X(KEYS_DELETED, "keys.db", "deleted keys", BY_LOSS)                                 \
    X(KEYS_OLDER, "keys.db", "older keys", BY_LOSS)                                     \
    X(ID_DELETED, "hub.id", "a deleted id", BY_LOSS)                                    \
    X(ID_TORN, "hub.id", "an id whose end is torn off", BY_LOSS)                        \
    X(ID_FLIPPED, "hub.id", "a flipped bit of the id", BY_LOSS)

typedef enum damage_kind {
#define X(name, file, text, shows) DAMAGE_##name,
    DAMAGES(X)
#undef X
        DAMAGE_COUNT
} damage_kind;

static const struct {
    const char *file, *text;
    shown shows; /* reported at the start even when no turn is missing */
} damages[] = {
#define X(name, file, text, shows) {file, text, shows},
    DAMAGES(X)
#undef X
};

typedef struct turn_kept { /* one block of the life, as it was */
    int64_t first_seq, last_seq;
    bool can_be_read; /* according to pages.py, in the damaged files */
    bool is_there;    /* after the start */
} turn_kept;

typedef struct life {
    lb_scratch folder;
    char lived[PATH], older[PATH], base[PATH], damaged[PATH];
    reported receipts[MESSAGES_ROOM];
    int64_t messages, head_seq, head_block;
    turn_kept turns[BLOCKS_ROOM]; /* by block */
    off_t used;                   /* length of the used part of the WAL */
    off_t damaged_at;             /* where in its file the damage begins */
    int64_t hub;                  /* its id */
    int64_t ids_made, ids_spoilt; /* so often the log has said it before the start */
    uint64_t random;
} life;

typedef struct tally {
    int places, reported, salvaged, lost_in_part, untouched;
    int64_t turns_read, turns_lost;
} tally;

static uint64_t draw(life *l, uint64_t below)
{
    l->random = l->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (l->random >> 33) % below;
}

static void run(const char *format, const char *a, const char *b)
{
    char command[3 * PATH];

    snprintf(command, sizeof command, format, a, b);
    assert_int_equal(system(command), 0);
}

static const char *in(const char *folder, const char *name)
{
    static char paths[4][PATH + 32];
    static unsigned next;
    char *path = paths[next++ % 4];

    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

/* -- the working folder ------------------------------------------------------------------------ */

static void live_turn(life *l, lb_hub *hub)
{
    int64_t messages[12] = {0};
    reported answers[12];
    size_t count = 1 + draw(l, 11);

    for (size_t i = 0; i < count; i++)
        messages[i] = l->messages + (int64_t)i;
    assert_int_equal(inside_turn(hub, messages, count, answers), LB_OK);
    for (size_t i = 0; i < count; i++)
        l->receipts[l->messages++] = answers[i];
}

static void keep_house_at_times(life *l, lb_hub **hub, int turn, int older_at)
{
    if (draw(l, 9) == 0)
        assert_int_equal(inside_tidy(*hub), LB_OK);
    if (draw(l, 7) == 0 || turn == older_at) /* so that there is an older view too */
        assert_int_equal(inside_follow(in(l->lived, "journal.db"), in(l->lived, "view.db"), 50),
                         LB_OK);
    if (turn == older_at)
        run("cp -r '%s' '%s'", l->lived, l->older);
    if (draw(l, 25) == 0) {
        lb_hub_close(hub);
        assert_int_equal(inside_open(hub, l->lived), LB_OK);
    }
}

static void note_turns(life *l)
{
    lb_journal_reader *reader = NULL;
    const lb_page *page;

    assert_int_equal(lb_journal_reader_open(&reader, LB_JOURNAL_FILE(in(l->lived, "journal.db"))),
                     LB_OK);
    for (int64_t block = 1; lb_journal_read_block(reader, block, &page) == LB_OK;
         block = page->block + 1) {
        assert_true(page->block < BLOCKS_ROOM);
        l->turns[page->block] =
            (turn_kept){.first_seq = page->first_seq, .last_seq = page->last_seq};
        l->head_seq = page->last_seq;
        l->head_block = page->block;
    }
    lb_journal_reader_close(&reader);
}

/* Measured by SQLite on a copy. */
static off_t measure_used(life *l)
{
    enum { HEADER = 32, FRAME = 24 + 16384 };
    sqlite3 *db = NULL;
    int frames = 0;

    run("rm -rf '%s'%s", l->damaged, "");
    run("cp -r '%s' '%s'", l->base, l->damaged);
    assert_int_equal(sqlite3_open(in(l->damaged, "journal.db"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "SELECT count(*) FROM journal", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_PASSIVE, &frames, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
    assert_true(frames > 0);
    return HEADER + (off_t)frames * FRAME;
}

/* Copies the folder while the hub is open: the state after a kill between two turns. */
static void live(life *l, int number)
{
    lb_hub *hub = NULL;
    int older_at = TURNS / 4 + number;

    memset(l, 0, sizeof *l);
    l->random = (uint64_t)number * 977 + 3;
    scratch_make(&l->folder);
    snprintf(l->lived, PATH, "%s/lived", l->folder.folder);
    snprintf(l->older, PATH, "%s/older", l->folder.folder);
    snprintf(l->base, PATH, "%s/base", l->folder.folder);
    snprintf(l->damaged, PATH, "%s/damaged", l->folder.folder);
    assert_int_equal(inside_open(&hub, l->lived), LB_OK);
    for (int turn = 0; turn < TURNS; turn++) {
        live_turn(l, hub);
        keep_house_at_times(l, &hub, turn, older_at);
    }
    live_turn(l, hub); /* so that there is a WAL */
    run("cp -r '%s' '%s'", l->lived, l->base);
    note_turns(l);
    l->hub = hub->epochs.hub;
    lb_hub_close(&hub);
    l->used = measure_used(l);
}

static void bury(life *l)
{
    scratch_remove(&l->folder);
}

/* -- damage ------------------------------------------------------------------------------------------------- */

static off_t size_of(const char *path)
{
    struct stat file;

    return stat(path, &file) == 0 ? file.st_size : 0;
}

static void overwrite(life *l, const char *path, off_t at, size_t len)
{
    uint8_t bytes[512];
    int fd = open(path, O_RDWR);

    l->damaged_at = at;
    assert_true(fd >= 0 && len <= sizeof bytes);
    assert_int_equal(pread(fd, bytes, len, at), len);
    if (len == 1)
        bytes[0] = (uint8_t)(bytes[0] ^ (1U << draw(l, 8)));
    for (size_t i = 0; len > 1 && i < len; i++)
        bytes[i] = (uint8_t)draw(l, 256);
    assert_int_equal(pwrite(fd, bytes, len, at), len);
    close(fd);
}

static void damage(life *l, damage_kind kind)
{
    const char *file = damages[kind].file, *path = in(l->damaged, file);
    off_t size = size_of(path);
    uint64_t all = (uint64_t)size - (kind == DAMAGE_ID_TORN);

    switch (kind) {
    case DAMAGE_WAL_FLIPPED:
    case DAMAGE_JOURNAL_FLIPPED:
        overwrite(l, path, (off_t)draw(l, all), 1);
        break;
    case DAMAGE_ID_FLIPPED: /* the last byte only ends the line */
        overwrite(l, path, (off_t)draw(l, all - 1), 1);
        break;
    case DAMAGE_MARK_FLIPPED:
        overwrite(l, path, (off_t)(draw(l, 4) * 4096 + draw(l, 80)), 1);
        break;
    case DAMAGE_WAL_FLIPPED_LATE:
        overwrite(l, path,
                  l->used - 1 - (off_t)draw(l, l->used < 60000 ? (uint64_t)l->used : 60000), 1);
        break;
    case DAMAGE_WAL_GARBLED:
        overwrite(l, path, (off_t)(draw(l, all / 512) * 512), 512);
        break;
    case DAMAGE_WAL_TORN:
    case DAMAGE_JOURNAL_TORN:
    case DAMAGE_ID_TORN:
        l->damaged_at = (off_t)draw(l, all);
        assert_int_equal(truncate(path, l->damaged_at), 0);
        break;
    case DAMAGE_WAL_SWAPPED:
        run("cp '%s' '%s'", in(l->older, "view.db"), path);
        break;
    case DAMAGE_WAL_DELETED:
    case DAMAGE_JOURNAL_DELETED:
    case DAMAGE_MARK_DELETED:
    case DAMAGE_VIEW_DELETED:
    case DAMAGE_KEYS_DELETED:
    case DAMAGE_ID_DELETED:
        run("rm -f '%s'%s", path, "");
        break;
    case DAMAGE_WAL_OLDER:
    case DAMAGE_JOURNAL_OLDER:
    case DAMAGE_MARK_OLDER:
    case DAMAGE_VIEW_OLDER:
    case DAMAGE_KEYS_OLDER:
        run("cp '%s' '%s' 2>/dev/null || true", in(l->older, file), path);
        break;
    case DAMAGE_COUNT:
        break;
    }
}

/* -- the result -------------------------------------------------------------------------------- */

/* An independent reader lists the readable turns. */
static void ask_pages(life *l)
{
    char command[2 * PATH];
    long block;

    for (int64_t i = 0; i <= l->head_block; i++)
        l->turns[i].can_be_read = l->turns[i].is_there = false;
    snprintf(command, sizeof command, "python3 %s/tests/fault/pages.py '%s'", LB_SOURCE_DIR,
             in(l->damaged, "journal.db"));
    FILE *pages = popen(command, "r");
    assert_non_null(pages);
    while (fscanf(pages, "%ld", &block) == 1)
        if (block <= l->head_block)
            l->turns[block].can_be_read = true;
    assert_int_equal(pclose(pages), 0);
}

typedef struct after { /* the start */
    int64_t holes, filled, head_seq;
    bool is_lost; /* a hole of kind LOST */
    int findings;
    char why[WHY];
} after;

static void count_finding(void *whose, const lb_damage *found)
{
    after *a = whose;

    assert_true(found->row > 0);
    a->findings++;
}

static void look_at_page(life *l, const lb_page *page, after *a)
{
    if (page->lost != NULL) {
        a->holes++;
        a->filled += page->lost->to_seq - page->lost->from_seq + 1;
        a->is_lost |= page->lost->kind == LB_ENTRY_LOST;
        return;
    }
    turn_kept *was = page->block <= l->head_block ? &l->turns[page->block] : NULL;
    if (was == NULL || was->first_seq != page->first_seq || was->last_seq != page->last_seq)
        snprintf(a->why, WHY, "block %lld has the numbers from %lld, which it never had",
                 (long long)page->block, (long long)page->first_seq);
    else
        was->is_there = true;
}

static void look_at_journal(life *l, after *a)
{
    lb_journal_reader *reader = NULL;
    lb_journal_head head;
    const lb_page *page;
    int64_t block = 0;

    assert_int_equal(lb_journal_reader_open(&reader, LB_JOURNAL_FILE(in(l->damaged, "journal.db"))),
                     LB_OK);
    assert_int_equal(lb_journal_reader_tell(reader, &head), LB_OK);
    a->head_seq = head.seq;
    lb_err err = lb_journal_verify(reader, count_finding, a, &head);
    assert_true(err == LB_OK || err == LB_ERR_CORRUPT);
    while (block < head.block) {
        err = lb_journal_read_block(reader, block + 1, &page);
        if (err == LB_OK)
            look_at_page(l, page, a);
        block = err == LB_OK ? page->block : block + 1;
    }
    lb_journal_reader_close(&reader);
}

static int64_t count_missing(const life *l, bool even_if_readable)
{
    int64_t count = 0;

    for (int64_t i = 1; i <= l->head_block; i++)
        count += !l->turns[i].is_there && (even_if_readable || l->turns[i].can_be_read);
    return count;
}

static bool is_kept(const reported *t)
{
    return t->result == LB_RESULT_KEPT || t->result == LB_RESULT_DUPLICATE;
}

static bool is_there(const life *l, int64_t seq)
{
    for (int64_t i = 1; i <= l->head_block; i++)
        if (seq >= l->turns[i].first_seq && seq <= l->turns[i].last_seq)
            return l->turns[i].is_there;
    return false;
}

static void check_answer(const life *l, int64_t message, const reported *now, after *a)
{
    const reported *then = &l->receipts[message];
    bool is_same = now->result == LB_RESULT_DUPLICATE && now->first_seq == then->first_seq;
    bool is_new = now->result == LB_RESULT_KEPT && now->first_seq > l->head_seq;

    if (is_kept(then) && (is_there(l, then->first_seq) ? !is_same : !is_new))
        snprintf(a->why, WHY, "message %lld was %lld, and now gets %s %lld", (long long)message,
                 (long long)then->first_seq, lb_result_name(now->result),
                 (long long)now->first_seq);
}

/* Sends all again: recovered messages are duplicates, lost ones are kept under new numbers. */
static void send_again(const life *l, lb_hub *hub, after *a)
{
    int64_t messages[TURN_MESSAGES];
    reported now[TURN_MESSAGES];

    for (int64_t from = 0; from < l->messages; from += TURN_MESSAGES) {
        size_t count = 0;
        for (; count < TURN_MESSAGES && from + (int64_t)count < l->messages; count++)
            messages[count] = from + (int64_t)count;
        assert_int_equal(inside_turn(hub, messages, count, now), LB_OK);
        for (size_t i = 0; i < count && a->why[0] == '\0'; i++)
            check_answer(l, messages[i], &now[i], a);
    }
}

static void judge(const life *l, const lb_hub *hub, damage_kind kind, after *a)
{
    int64_t missing = count_missing(l, true);
    /* at the start; other damage is reported by verify */
    bool is_found = hub->recovery.found[0] != '\0';
    bool is_of_wal = damages[kind].shows == IN_USE;
    bool shows = is_of_wal ? l->damaged_at < l->used : damages[kind].shows == ALWAYS;

    if (count_missing(l, false) > 0)
        snprintf(a->why, WHY, "%lld turns can be read, and are not there",
                 (long long)count_missing(l, false));
    else if (missing > 0 && !a->is_lost && a->findings == 0)
        snprintf(a->why, WHY, "%lld turns are missing and not reported", (long long)missing);
    else if ((shows || (missing > 0 && a->findings == 0)) && !is_found)
        snprintf(a->why, WHY, "it is not reported");
    else if (is_of_wal && !shows && (is_found || missing > 0))
        snprintf(a->why, WHY, "unused bytes are reported");
    else if (a->head_seq < l->head_seq)
        snprintf(a->why, WHY, "numbers go on at %lld, and %lld were given out",
                 (long long)a->head_seq + 1, (long long)l->head_seq);
}

/* Without hub.id the hub gets a new id and logs that; the damaged file is kept. */
static void judge_id(const life *l, const lb_hub *hub, damage_kind kind, after *a)
{
    bool is_damaged = kind == DAMAGE_ID_TORN || kind == DAMAGE_ID_FLIPPED;
    bool is_new = kind == DAMAGE_ID_DELETED || is_damaged;
    struct stat file;

    if (is_new != (hub->epochs.hub != l->hub))
        snprintf(a->why, WHY, "it %s", is_new ? "has the id of before" : "has another id");
    else if (lb_log_count(LB_LOG_HUB_ID) - l->ids_made != is_new ||
             lb_log_count(LB_LOG_HUB_ID_DAMAGED) - l->ids_spoilt != is_damaged)
        snprintf(a->why, WHY, "the log says something else of its id");
    else if (is_damaged != (stat(in(l->damaged, "hub.id.damaged"), &file) == 0))
        snprintf(a->why, WHY, "the damaged id is not kept");
}

static void count(tally *t, const life *l, const lb_hub *hub)
{
    int64_t missing = count_missing(l, true);

    t->places++;
    t->reported += hub->recovery.found[0] != '\0';
    t->untouched += hub->recovery.found[0] == '\0' && missing == 0;
    t->salvaged += hub->recovery.is_damaged && missing == 0;
    t->lost_in_part += missing > 0;
    t->turns_read += l->head_block - missing;
    t->turns_lost += missing;
}

static void try_one(life *l, damage_kind kind, tally *t)
{
    lb_hub *hub = NULL;
    after a = {.holes = 0};

    run("rm -rf '%s'%s", l->damaged, "");
    run("cp -r '%s' '%s'", l->base, l->damaged);
    damage(l, kind);
    ask_pages(l);
    l->ids_made = lb_log_count(LB_LOG_HUB_ID);
    l->ids_spoilt = lb_log_count(LB_LOG_HUB_ID_DAMAGED);
    lb_err err = inside_open(&hub, l->damaged);
    if (err != LB_OK)
        fail_msg("%s, place %d: the hub does not start: %s", damages[kind].text, t->places,
                 lb_err_name(err));
    look_at_journal(l, &a);
    count(t, l, hub);
    if (a.why[0] == '\0')
        judge(l, hub, kind, &a);
    if (a.why[0] == '\0')
        judge_id(l, hub, kind, &a);
    if (a.why[0] == '\0')
        send_again(l, hub, &a);
    if (a.why[0] != '\0')
        fail_msg("%s, place %d: %s (found: %s)", damages[kind].text, t->places, a.why,
                 hub->recovery.found);
    lb_hub_close(&hub);
}

static void try_many(int places)
{
    static life l;
    tally t = {.places = 0};
    int64_t began_us = lb_clock_monotonic_us();

    for (int number = 0; number < LIVES; number++) {
        live(&l, number);
        for (int i = number * places / LIVES; i < (number + 1) * places / LIVES; i++)
            try_one(&l, (damage_kind)(i % DAMAGE_COUNT), &t);
        bury(&l);
    }
    printf("%d places: %d reported at the start, %d without a loss or a report; %d salvaged whole, "
           "%d with "
           "losses that were reported; %lld turns read, %lld lost, %.1f s\n",
           t.places, t.reported, t.untouched, t.salvaged, t.lost_in_part, (long long)t.turns_read,
           (long long)t.turns_lost, (double)(lb_clock_monotonic_us() - began_us) / 1e6);
    assert_int_equal(t.places, places);
    assert_true(t.salvaged > 0 && t.lost_in_part > 0);
}

static void
test_no_number_is_reused_each_loss_is_reported_and_readable_turns_are_there(void **state)
{
    (void)state;
    try_many(SHORT_PLACES);
}

static void test_the_laws_hold_with_damage_at_five_hundred_places(void **state)
{
    (void)state;
    try_many(WHOLE_PLACES);
}

/* -- a turn that failed, and the turn that got its numbers ------------------------------------- */

enum { FAILED_MESSAGES = 40, WAL_FRAME = 24 + 16384, WAL_FRAMES_AT = 32 };

typedef struct retry {
    life life;
    lb_hub *hub;
    reported first[FAILED_MESSAGES]; /* the results of the turn that may fail */
    int64_t frames;                  /* of the WAL before it */
    uint64_t generation;
    int again; /* how often another turn got the numbers */
} retry;

static void copy_and_open(void *whose)
{
    retry *r = whose;

    run("rm -rf '%s'%s", r->life.older, "");
    run("cp -r '%s' '%s'", r->life.base, r->life.older);
    assert_int_equal(inside_open(&r->hub, r->life.older), LB_OK);
    r->frames = lb_store_frames(inside_store(r->hub));
    r->generation = lb_store_generation(inside_store(r->hub));
}

static int64_t failed_message(const retry *r, size_t i)
{
    return r->life.messages + (int64_t)i;
}

static void turn_that_may_fail(void *whose)
{
    retry *r = whose;
    int64_t messages[FAILED_MESSAGES];

    for (size_t i = 0; i < FAILED_MESSAGES; i++)
        messages[i] = failed_message(r, i);
    inside_turn(r->hub, messages, FAILED_MESSAGES, r->first);
}

/* Overwrites the pages of the second turn, but not the remains of the first behind them. */
static void spoil_second_turn(retry *r)
{
    int64_t from = lb_store_generation(inside_store(r->hub)) == r->generation ? r->frames : 0;
    int64_t until = lb_store_frames(inside_store(r->hub));

    run("rm -rf '%s'%s", r->life.damaged, "");
    run("cp -r '%s' '%s'", r->life.older, r->life.damaged);
    lb_hub_close(&r->hub);
    for (int64_t frame = from; frame < until; frame++)
        for (off_t at = 0; at < 16384; at += 512)
            overwrite(&r->life, in(r->life.damaged, "journal.db-wal"),
                      WAL_FRAMES_AT + frame * WAL_FRAME + 24 + at, 512);
}

/* None of the first turn's messages may become visible. */
static void check_failed_turn(retry *r, int64_t given)
{
    lb_hub *hub = NULL;

    assert_int_equal(inside_open(&hub, r->life.damaged), LB_OK);
    assert_true(hub->recovery.is_damaged);
    for (size_t i = 0; i < FAILED_MESSAGES; i++) {
        int64_t message = failed_message(r, i);
        reported now;
        if (inside_is_unreadable(message))
            continue;
        assert_int_equal(inside_turn(hub, &message, 1, &now), LB_OK);
        if (now.result != LB_RESULT_KEPT || now.first_seq <= given)
            fail_msg("%s: message %zu of a turn that failed got %s %lld, and %lld were assigned",
                     fault_reported(), i, lb_result_name(now.result), (long long)now.first_seq,
                     (long long)given);
    }
    lb_hub_close(&hub);
}

static void try_again_and_spoil(void *whose)
{
    retry *r = whose;
    int64_t message = r->life.messages + 2 * FAILED_MESSAGES;
    reported second;

    message += inside_is_unreadable(message);
    if (r->first[0].result != LB_RESULT_FAILED) {
        lb_hub_close(&r->hub);
        return;
    }
    assert_int_equal(inside_turn(r->hub, &message, 1, &second), LB_OK);
    assert_int_equal(second.result, LB_RESULT_KEPT);
    assert_int_equal(second.first_seq, r->life.head_seq + 1);
    spoil_second_turn(r);
    check_failed_turn(r, second.first_seq + second.events - 1);
    r->again++;
}

static void test_a_failed_turn_is_not_taken_for_the_one_that_got_its_numbers(void **state)
{
    static retry r;
    const fault_body turn = {.name = "a turn, and another one with its numbers",
                             .prepare = copy_and_open,
                             .body = turn_that_may_fail,
                             .check = try_again_and_spoil,
                             .whose = &r,
                             .each = 1,
                             .where = FAULT_HERE};

    (void)state;
    live(&r.life, 5);
    fault_loop(&turn);
    assert_true(r.again > 4);
    bury(&r.life);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest sample[] = {
        cmocka_unit_test(
            test_no_number_is_reused_each_loss_is_reported_and_readable_turns_are_there),
        cmocka_unit_test(test_a_failed_turn_is_not_taken_for_the_one_that_got_its_numbers)};
    const struct CMUnitTest whole[] = {
        cmocka_unit_test(test_the_laws_hold_with_damage_at_five_hundred_places)};

    lb_log_least(LB_LEVELS);
    tape_load(); /* no syncs are needed: the machine stays up */
    if (argc == 2 && strcmp(argv[1], "--whole") == 0)
        return cmocka_run_group_tests_name("wal_damage", whole, NULL, NULL);
    return cmocka_run_group_tests_name("wal_damage", sample, NULL, NULL);
}
