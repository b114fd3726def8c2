/* recover.c - at the start: is the journal complete, and which numbers may be given out next? */
#include "recover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/carve.h"
#include "base/clock.h"
#include "base/folder.h"
#include "base/log.h"
#include "keep/dedup.h"
#include "keep/view.h"
#include "record.h"

enum {
    LOOK_ROWS = 4096, /* checked after a crash; a WAL does not hold more turns */
    PATH_ROOM = LB_PATH_ROOM + 64,
    NEWER_WALS = 1 << 20, /* a WAL that restarts increments its first salt */
    HOLE_BYTES = 1024 * 1024,
};

/* What each file says, before any is opened for writing. */
typedef struct evidence {
    const lb_journal_engine *engine;
    const lb_folder *folder;
    const lb_head_mark_facts *mark;
    lb_recovery *out;
    lb_journal_head head;
    lb_err look;
    lb_wal_facts wal;
    int64_t view_seq, keys_block; /* LB_UNKNOWN: unreadable or missing */
} evidence;

static void add_finding(evidence *e, lb_start_finding finding, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Appends to the findings, and its text to the list of LB_FOUND_ROOM bytes. */
static void add_finding(evidence *e, lb_start_finding finding, const char *format, ...)
{
    size_t len = strlen(e->out->found);
    va_list facts;

    if (e->out->finding_count < LB_FINDINGS_MAX)
        e->out->findings[e->out->finding_count++] = finding;
    if (len > 0 && len + 2 < sizeof e->out->found) {
        memcpy(e->out->found + len, "; ", 3);
        len += 2;
    }
    va_start(facts, format);
    vsnprintf(e->out->found + len, sizeof e->out->found - len, format, facts);
    va_end(facts);
}

static bool is_there(const char *path)
{
    struct stat file;

    return stat(path, &file) == 0;
}

/* -- evidence ---------------------------------------------------------------------------------------- */

/* Not a database at all is damage; a database of another application, or of a newer version, is not touched. */
static bool is_not_sqlite(const char *path)
{
    char magic[16] = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return false;
    bool is_read = pread(fd, magic, sizeof magic, 0) >= 0;
    close(fd);
    return is_read && memcmp(magic, "SQLite format 3", sizeof magic) != 0;
}

static lb_err look_at_journal(evidence *e)
{
    const char *path = e->folder->journal;

    lb_err err = lb_wal_look(path, &e->wal);
    if (err != LB_OK || !is_there(path))
        return err;
    e->look = e->engine->look(path, e->mark->generation == 0 ? 1 : LOOK_ROWS, &e->head);
    if (e->look == LB_ERR_MISUSE && is_not_sqlite(path))
        e->look = LB_ERR_CORRUPT;
    return e->look == LB_ERR_CORRUPT ? LB_OK : e->look;
}

static lb_err look_at_derived(evidence *e)
{
    e->view_seq = e->keys_block = LB_UNKNOWN;
    lb_err err = lb_view_look(e->folder->view, &e->view_seq);
    if (err == LB_OK || err == LB_ERR_NOT_FOUND)
        err = lb_dedup_look(e->folder->keys, &e->keys_block);
    return err == LB_ERR_NOT_FOUND ? LB_OK : err;
}

/* True when the WAL that the head was written with is missing, or an older one is in its place. A newer one is
 * normal: the last commit may have restarted the WAL. */
static bool is_other_wal(const evidence *e)
{
    uint64_t was = e->mark->generation, is = e->wal.generation;

    if (was == 0)
        return false;
    if (!e->wal.is_there)
        return true;
    uint32_t newer = (uint32_t)(is >> 32) - (uint32_t)(was >> 32);
    return newer == 0 ? is != was : newer > NEWER_WALS;
}

/* True when the WAL has fewer valid frames than were written. That may lose rows without numbers (quarantine, feeds),
 * and after a complete checkpoint it would mix pages of two moments. */
static bool is_wal_short(const evidence *e)
{
    return e->mark->generation != 0 && e->wal.generation == e->mark->generation &&
           e->wal.valid < e->mark->frames;
}

static lb_start_finding find_in_mark(const evidence *e)
{
    const lb_head_mark_facts *mark = e->mark;

    if (e->look != LB_OK || e->head.seq == 0)
        return LB_FINDING_UNSPECIFIED;
    if (mark->is_new)
        return LB_FINDING_MARK_MISSING;
    if (!mark->has_head || !mark->has_reserved || mark->is_torn)
        return LB_FINDING_MARK_DAMAGED;
    return e->head.seq > mark->reserved ? LB_FINDING_MARK_OLDER : LB_FINDING_UNSPECIFIED;
}

static void look_at_mark(evidence *e)
{
    const lb_head_mark_facts *mark = e->mark;
    lb_start_finding finding = find_in_mark(e);
    const char *why = finding == LB_FINDING_MARK_MISSING   ? "head.mark was missing"
                      : finding == LB_FINDING_MARK_DAMAGED ? "head.mark was damaged"
                                                           : "head.mark was older than the journal";

    if (finding == LB_FINDING_UNSPECIFIED)
        return;
    lb_log(LB_LOG_MRK_ODD, "why=\"%s\" head=%lld mark=%lld reserved=%lld", why,
           (long long)e->head.seq, (long long)mark->seq, (long long)mark->reserved);
    add_finding(e, finding, "%s: it is rebuilt", why);
}

/* -- the verdict --------------------------------------------------------------------------------------- */

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static void judge(evidence *e)
{
    const lb_head_mark_facts *mark = e->mark;
    lb_recovery *out = e->out;

    out->seq = larger(mark->seq, e->view_seq);
    out->block = larger(mark->block, e->keys_block);
    out->messages = mark->messages;
    if (e->look == LB_ERR_CORRUPT)
        add_finding(e, LB_FINDING_JOURNAL_UNREADABLE, "journal.db cannot be read to its end");
    if (e->head.seq < mark->seq || e->head.block < mark->block)
        add_finding(e, LB_FINDING_JOURNAL_SHORT, "the journal ends at %lld, before at %lld",
                    (long long)e->head.seq, (long long)mark->seq);
    if (is_other_wal(e))
        add_finding(e, LB_FINDING_WAL_REPLACED, "journal.db-wal is missing or was replaced");
    else if (is_wal_short(e))
        add_finding(e, LB_FINDING_WAL_SHORT, "journal.db-wal has %lld valid pages of %lld",
                    (long long)e->wal.valid, (long long)e->mark->frames);
    if (e->view_seq > e->head.seq)
        add_finding(e, LB_FINDING_VIEW_AHEAD, "view.db has seen %lld, the journal ends at %lld",
                    (long long)e->view_seq, (long long)e->head.seq);
    if (e->keys_block > e->head.block)
        add_finding(e, LB_FINDING_KEYS_AHEAD,
                    "keys.db has seen turn %lld, the journal ends at %lld",
                    (long long)e->keys_block, (long long)e->head.block);
    out->is_damaged = out->found[0] != '\0';
    if (out->is_damaged)
        lb_log(LB_LOG_JRN_DAMAGE, "found=\"%s\" head=%lld block=%lld wal_frames=%lld valid=%lld",
               out->found, (long long)e->head.seq, (long long)e->head.block,
               (long long)e->wal.frames, (long long)e->wal.valid);
}

/* -- salvage ---------------------------------------------------------------------------------------------- */

static lb_err move(const char *from, const char *to)
{
    if (rename(from, to) == 0)
        return LB_OK;
    lb_log(LB_LOG_HUB_FAIL, "what=salvage path=%s why=\"%s\"", from, strerror(errno));
    return LB_ERR_IO;
}

static lb_err need_aside(evidence *e)
{
    return e->out->set_aside[0] != '\0' ? LB_OK
                                        : lb_store_aside(e->folder->journal, e->out->set_aside);
}

/* Sets the damaged journal aside and gives the rebuilt file its name. If interrupted it is repeated at the next start:
 * as long as the rebuilt file has its own name, the file with the journal's name is the damaged one. */
static lb_err put_in_place(evidence *e, const char *whole)
{
    lb_err err = need_aside(e);
    if (err == LB_OK)
        err = lb_store_set_aside(e->folder->journal, e->out->set_aside);
    if (err == LB_OK)
        err = move(whole, e->folder->journal);
    return err == LB_OK ? lb_path_sync(e->folder->path) : err;
}

static lb_err salvage(evidence *e, const char *whole, lb_repaired *repaired)
{
    char fresh[PATH_ROOM];
    lb_lost as;

    lb_err err = need_aside(e);
    if (err != LB_OK)
        return err;
    lb_record_init(&lb_record_lost, &as);
    as.found_us = lb_clock_now_us();
    as.text = lb_span_of(e->out->found);
    as.set_aside = lb_span_of(e->out->set_aside);
    snprintf(fresh, sizeof fresh, "%s.fresh", e->folder->journal);
    e->engine->remove(fresh);
    err = e->engine->repair(e->folder->journal, fresh, &as, repaired);
    if (err == LB_OK)
        err = move(fresh, whole);
    if (err == LB_OK)
        err = put_in_place(e, whole);
    if (err == LB_OK)
        lb_log(LB_LOG_JRN_SALVAGED, "blocks=%lld holes=%lld missing=%lld aside=%s",
               (long long)repaired->blocks, (long long)repaired->holes,
               (long long)repaired->missing, e->out->set_aside);
    return err;
}

static lb_err set_aside_derived(evidence *e, bool is_ahead, const char *path)
{
    if (!is_ahead)
        return LB_OK;
    lb_err err = need_aside(e);
    return err == LB_OK ? lb_store_set_aside(path, e->out->set_aside) : err;
}

/* Compares with the journal as it is now: after salvage it may have all that view and keys have seen. Keys of turns
 * in a hole must go: a message of these would be called known when it is sent again. */
static lb_err set_aside_what_is_ahead(evidence *e, bool has_holes)
{
    lb_err err = e->engine->look(e->folder->journal, 1, &e->head);
    if (err == LB_OK)
        err = set_aside_derived(e, has_holes || e->view_seq > e->head.seq, e->folder->view);
    if (err == LB_OK)
        err = set_aside_derived(e, has_holes || e->keys_block > e->head.block, e->folder->keys);
    return err;
}

/* If the reservation itself cannot be read, as many numbers are skipped as any reservation may have held. */
static void choose_numbers(evidence *e)
{
    lb_recovery *out = e->out;
    const lb_head_mark_facts *mark = e->mark;
    int64_t reserved =
        mark->has_reserved ? mark->reserved : larger(out->seq, e->head.seq) + 2 * LB_HEAD_MARK_STEP;
    bool is_behind = e->head.seq < out->seq || e->head.block < out->block;
    bool is_pending = e->head.seq == mark->pending_seq && e->head.block == mark->pending_block;
    bool is_ahead = mark->has_head && e->head.seq > mark->seq && !is_pending;

    out->may_repeat =
        mark->is_new ? out->is_damaged || e->head.seq > 0 : out->is_damaged && !mark->has_reserved;
    out->next_seq_at_least = e->head.seq + 1;
    if (is_behind || is_ahead)
        out->next_seq_at_least = larger(larger(reserved, out->seq), e->head.seq) + 1;
}

/* For an engine that is not in files and repairs itself: only the next number is needed, for the epoch. */
static lb_err look_at_engine(evidence *e)
{
    lb_err err = e->engine->look(e->folder->journal, 1, &e->head);

    e->out->next_seq_at_least = e->head.seq + 1;
    return err;
}

lb_err lb_recover(lb_recovery *recovery, const lb_journal_engine *engine, const lb_folder *folder,
                  const lb_head_mark_facts *mark, lb_start_finding known)
{
    char whole[PATH_ROOM];
    evidence e = {.engine = engine, .folder = folder, .mark = mark, .out = recovery};

    memset(recovery, 0, sizeof *recovery);
    recovery->began_us = lb_clock_now_us();
    if (!engine->is_in_files)
        return look_at_engine(&e);
    snprintf(whole, sizeof whole, "%s.whole", folder->journal);
    lb_err err = is_there(whole) ? put_in_place(&e, whole) : LB_OK;
    if (err == LB_OK)
        err = look_at_journal(&e);
    if (err == LB_OK)
        err = look_at_derived(&e);
    if (err != LB_OK)
        return err;
    if (known == LB_FINDING_TABLES_UNREADABLE)
        add_finding(&e, known, "journal.db: rows of quarantine or feeds are unreadable");
    judge(&e);
    if (recovery->is_damaged) {
        lb_repaired repaired;
        err = salvage(&e, whole, &repaired);
        if (err == LB_OK)
            err = set_aside_what_is_ahead(&e, repaired.holes > 0);
    } else {
        look_at_mark(&e);
    }
    if (err == LB_OK)
        choose_numbers(&e);
    return err;
}

/* -- numbers ---------------------------------------------------------------------------------------------------- */

static void fill_hole(const lb_recovery *recovery, const lb_journal_head *head, lb_lost *lost)
{
    bool is_lost = head->seq < recovery->seq || head->block < recovery->block;

    lb_record_init(&lb_record_lost, lost);
    lost->kind = is_lost ? LB_ENTRY_LOST : LB_ENTRY_SKIPPED;
    lost->to_seq = recovery->next_seq_at_least - 1;
    lost->found_us = lb_clock_now_us();
    if (head->block > 0)
        lost->since_us = head->recorded_us;
    if (head->seq < recovery->seq)
        lost->known_seq = recovery->seq;
    if (recovery->messages > head->messages)
        lost->messages = recovery->messages - head->messages;
    lost->text = lb_span_of(recovery->found);
    lost->set_aside = lb_span_of(recovery->set_aside);
    if (!is_lost)
        lost->text = LB_SPAN("after a stop without a sync: these numbers may have been given out");
}

static lb_err append_lost(const lb_recovery *recovery, lb_journal *journal, lb_lost *lost)
{
    lb_append append;
    lb_arena arena;

    lb_arena_init(&arena, HOLE_BYTES);
    lb_journal_begin(journal, &append);
    lb_err err = lb_journal_add_lost(journal, lost, recovery->block, &arena, &append);
    if (err == LB_OK)
        err = lb_journal_append(journal, &append);
    lb_arena_fini(&arena);
    return err;
}

lb_err lb_recover_numbers(const lb_recovery *recovery, lb_journal *journal)
{
    lb_journal_head head = lb_journal_tell(journal);
    lb_lost lost;

    if (recovery->next_seq_at_least <= head.seq + 1)
        return LB_OK;
    fill_hole(recovery, &head, &lost);
    lb_err err = append_lost(recovery, journal, &lost);
    if (err == LB_OK)
        lb_log(lost.kind == LB_ENTRY_LOST ? LB_LOG_JRN_LOST : LB_LOG_JRN_SKIPPED,
               "from=%lld to=%lld known=%lld messages=%lld found=\"%.*s\" aside=%s",
               (long long)lost.from_seq, (long long)lost.to_seq,
               (long long)(lost.known_seq == LB_UNKNOWN ? 0 : lost.known_seq),
               (long long)(lost.messages == LB_UNKNOWN ? 0 : lost.messages), LB_ARG(lost.text),
               recovery->set_aside);
    return err;
}
