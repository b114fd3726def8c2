/* admin.c - verify, rebuild, backup.
 *
 *     verify   every check of the journal, SQLite's own checks of all databases, and the view compared with one rebuilt
 *              from the journal; each damaged row is named
 *     rebuild  deletes the view and rebuilds it; answers when it has caught up
 *     backup   keep/backup.h */
#include "net/admin.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/store.h"
#include "keep/backup.h"
#include "keep/journal_cursor.h"
#include "keep/journal_row.h"
#include "answer/answer.h"
#include "keep/view.h"
#include "net/admin_salvage.h"
#include "record.h"

enum { FLUSH_FACTS = 50000, PATH_ROOM = LB_PATH_ROOM + 64, EVENT_ROOM = 256 * 1024 * 1024 };
#define CATCH_UP_US INT64_C(600000000)
#define LOOK_US     50000

/* -- comparing the view with a rebuilt one ------------------------------------------------------------- */

static lb_err put_page(lb_view *view, const lb_page *page, int64_t until_seq, lb_arena *scratch)
{
    lb_cursor at = lb_cursor_on(page);
    lb_err err = LB_OK;

    while (err == LB_OK && lb_cursor_next(&at, 1) && at.seq <= until_seq) {
        lb_event event;
        if (!at.is_event)
            continue;
        lb_arena_reset(scratch);
        err = lb_record_unpack(&lb_record_event, at.event, scratch, &event);
        event.hub_seq = at.seq;
        event.recorded_at_us = page->recorded_us;
        if (err == LB_OK)
            err = lb_view_put(view, &event);
    }
    return err;
}

static lb_err fold_journal(lb_journal_reader *reader, lb_view *view, int64_t until_seq)
{
    const lb_page *page;
    lb_arena scratch;
    lb_err err = LB_OK;

    lb_arena_init(&scratch, EVENT_ROOM);
    for (int64_t seq = 1; err == LB_OK && seq <= until_seq; seq = page->last_seq + 1) {
        err = lb_journal_read_seq(reader, seq, &page);
        if (err == LB_OK)
            err = put_page(view, page, until_seq, &scratch);
        if (err == LB_OK && lb_view_pending(view) > FLUSH_FACTS)
            err = lb_view_flush(view, page->last_seq < until_seq ? page->last_seq : until_seq);
    }
    lb_arena_fini(&scratch);
    return err == LB_OK ? lb_view_flush(view, until_seq) : err;
}

static lb_err digest_view(const char *path, int64_t now_us, uint8_t digest[LB_VIEW_DIGEST_BYTES],
                          int64_t *as_of_seq)
{
    lb_view_reader *reader = NULL;

    lb_err err = lb_view_reader_open(&reader, path);
    if (err == LB_OK)
        err = lb_view_digest(reader, now_us, digest, as_of_seq);
    lb_view_reader_close(&reader);
    return err;
}

/* -- verify ------------------------------------------------------------------------------------------ */

static lb_err check_file(const char *path, lb_store_kind kind)
{
    lb_store *store = NULL;

    lb_err err = lb_store_open(&store, path, kind, LB_STORE_READ);
    if (err == LB_OK)
        err = lb_store_check(store);
    lb_store_close(&store);
    return err;
}

static lb_err compare_views(const lb_folder *folder, lb_journal_reader *reader, int64_t *seq)
{
    char scratch[PATH_ROOM];
    lb_view *view = NULL;
    uint8_t live[LB_VIEW_DIGEST_BYTES], afresh[LB_VIEW_DIGEST_BYTES];
    int64_t now_us = lb_clock_now_us(), live_seq = 0, afresh_seq = 0;

    snprintf(scratch, sizeof scratch, "%s/verify-%ld.db", folder->path, (long)gettid());
    lb_store_remove(scratch);
    lb_err err = digest_view(folder->view, now_us, live, &live_seq);
    if (err == LB_OK)
        err = lb_view_open(&view, scratch);
    if (err == LB_OK)
        err = fold_journal(reader, view, live_seq);
    lb_view_close(&view);
    if (err == LB_OK)
        err = digest_view(scratch, now_us, afresh, &afresh_seq);
    if (err == LB_OK && memcmp(live, afresh, sizeof live) != 0)
        err = LB_ERR_CORRUPT;
    if (err == LB_OK)
        *seq = live_seq;
    lb_store_remove(scratch);
    return err;
}

static lb_err fail(const char *what, lb_err err, lb_arena *arena, lb_answer *answer)
{
    lb_log(LB_LOG_ADM_FAIL, "what=%s err=%s", what, lb_err_name(err));
    answer->error = lb_span_of(lb_err_name(err));
    answer->text = lb_arena_print(arena, "%s: %s", what, lb_err_text(err));
    return LB_OK;
}

/* One line for each thing that is wrong. */
typedef struct findings {
    lb_arena *arena;
    lb_span text;
    size_t count;
} findings;

enum { FINDINGS_MAX = 100 };

static void find(findings *found, lb_span line)
{
    if (found->count++ < FINDINGS_MAX)
        found->text = lb_arena_print(found->arena, "%.*s%s%.*s", LB_ARG(found->text),
                                     found->text.len == 0 ? "" : "\n", LB_ARG(line));
}

static void find_row(void *whose, const lb_damage *damage)
{
    findings *found = whose;

    if (damage->first_seq == 0) { /* a row without events */
        find(found, lb_arena_print(found->arena,
                                   "journal.db, table %s, row %lld is damaged; restore it "
                                   "from a backup (landbridge admin restore)",
                                   damage->table, (long long)damage->row));
        return;
    }
    lb_span events =
        damage->last_seq == LB_UNKNOWN
            ? lb_arena_print(found->arena, "events %lld to the end", (long long)damage->first_seq)
            : lb_arena_print(found->arena, "events %lld to %lld", (long long)damage->first_seq,
                             (long long)damage->last_seq);
    find(found, lb_arena_print(found->arena,
                               "journal.db, table %s, row %lld is damaged or missing: %.*s; "
                               "restore them from a backup (landbridge admin restore)",
                               damage->table, (long long)damage->row, LB_ARG(events)));
}

static lb_err find_in_journal(const lb_admin *admin, findings *found, lb_journal_head *head)
{
    lb_journal_reader *reader = NULL;

    lb_err err = lb_journal_reader_open(&reader, &admin->journal);
    if (err == LB_OK)
        err = lb_journal_verify(reader, find_row, found, head);
    lb_journal_reader_close(&reader);
    return err == LB_ERR_CORRUPT ? LB_OK : err; /* the files themselves are looked at next */
}

static lb_err find_in_file(const char *name, const char *advice, lb_err err, findings *found)
{
    if (err == LB_OK || err == LB_ERR_NO_MEMORY)
        return err;
    find(found, lb_arena_print(found->arena, "%s: %s; %s", name, lb_err_text(err), advice));
    return LB_OK;
}

static lb_err find_in_files(const lb_admin *admin, findings *found)
{
    const lb_folder *folder = admin->folder;
    const struct {
        const char *name, *path, *advice;
        lb_store_kind kind;
    } files[] = {
        {"party.db", folder->party, "restore a backup", LB_STORE_PARTY},
        {"keys.db", folder->keys, "stop the hub and remove it: it is rebuilt", LB_STORE_KEYS},
        {"view.db", folder->view, "landbridge admin rebuild", LB_STORE_VIEW},
    };

    lb_err err = find_in_file("journal.db", "restore a backup",
                              admin->journal.engine->check(admin->journal.path), found);
    for (size_t i = 0; err == LB_OK && i < sizeof files / sizeof files[0]; i++)
        err = find_in_file(files[i].name, files[i].advice, check_file(files[i].path, files[i].kind),
                           found);
    return err;
}

static lb_err find_in_view(const lb_admin *admin, findings *found, int64_t *seq)
{
    lb_journal_reader *reader = NULL;

    lb_err err = lb_journal_reader_open(&reader, &admin->journal);
    if (err == LB_OK)
        err = compare_views(admin->folder, reader, seq);
    lb_journal_reader_close(&reader);
    if (err == LB_ERR_CORRUPT)
        find(found, LB_SPAN("view.db differs from the journal; landbridge admin rebuild"));
    return err == LB_ERR_CORRUPT ? LB_OK : err;
}

/* A hole has a LOST record in its place, so it is reported but is no finding. */
static lb_err tell_holes(const lb_admin *admin, lb_arena *arena, lb_answer *answer)
{
    lb_journal_reader *reader = NULL;
    lb_lost_list holes = {NULL, 0, 0};

    lb_err err = lb_journal_reader_open(&reader, &admin->journal);
    if (err == LB_OK)
        err = lb_journal_list_lost(reader, INT64_MIN, FINDINGS_MAX, arena, &holes);
    lb_journal_reader_close(&reader);
    for (size_t i = 0; err == LB_OK && i < holes.count; i++)
        answer->text = lb_arena_print(arena, "%.*s\n%.*s", LB_ARG(answer->text),
                                      LB_ARG(lb_hole_text(&holes.at[i], arena)));
    return err == LB_OK ? LB_OK : fail("verify", err, arena, answer);
}

static lb_err answer_verify(const lb_admin *admin, const lb_query *query, lb_arena *arena,
                            lb_answer *answer)
{
    (void)query;
    findings found = {.arena = arena};
    lb_journal_head head = {0};
    int64_t seq = 0;

    lb_err err = find_in_journal(admin, &found, &head);
    if (err == LB_OK)
        err = find_in_files(admin, &found);
    if (err == LB_OK && found.count == 0) /* a damaged journal cannot be compared */
        err = find_in_view(admin, &found, &seq);
    if (err != LB_OK)
        return fail("verify", err, arena, answer);
    if (found.count > 0) {
        lb_log(LB_LOG_ADM_FAIL, "what=verify findings=%zu", found.count);
        answer->error = lb_span_of(lb_err_name(LB_ERR_CORRUPT));
        answer->text = found.text;
        return LB_OK;
    }
    lb_log(LB_LOG_ADM_DONE, "what=verify head=%lld", (long long)head.seq);
    answer->as_of = lb_epochs_position(admin->epochs, seq, arena);
    answer->text = lb_arena_print(
        arena,
        "%lld events of %lld messages in %lld blocks are whole; the view equals a rebuilt one",
        (long long)head.seq, (long long)head.messages, (long long)head.block);
    return tell_holes(admin, arena, answer);
}

/* -- rebuild ----------------------------------------------------------------------------------------- */

static lb_err wait_for_view(const lb_folder *folder, int64_t seq)
{
    int64_t until_us = lb_clock_monotonic_us() + CATCH_UP_US;

    while (lb_clock_monotonic_us() < until_us) {
        lb_view_reader *reader = NULL;
        lb_err err = lb_view_reader_open(&reader, folder->view);
        int64_t applied = err == LB_OK ? lb_view_reader_applied(reader) : 0;
        lb_view_reader_close(&reader);
        if (err == LB_OK && applied >= seq)
            return LB_OK;
        usleep(LOOK_US);
    }
    return LB_ERR_TIMEOUT;
}

static lb_err answer_rebuild(const lb_admin *admin, const lb_query *query, lb_arena *arena,
                             lb_answer *answer)
{
    (void)query;
    lb_journal_reader *reader = NULL;
    lb_journal_head head = {0};
    void *updater = NULL;
    lb_err begun = LB_ERR_CLOSED;

    lb_err err = lb_journal_reader_open(&reader, &admin->journal);
    if (err == LB_OK)
        err = lb_journal_reader_tell(reader, &head);
    if (err == LB_OK)
        err = lb_socket_connect(admin->zmq, ZMQ_REQ, LB_VIEW_REBUILD, &updater);
    if (err == LB_OK && (zmq_send(updater, "", 0, 0) < 0 ||
                         zmq_recv(updater, &begun, sizeof begun, 0) != (int)sizeof begun))
        err = LB_ERR_CLOSED;
    lb_socket_close(&updater);
    lb_journal_reader_close(&reader);
    if (err == LB_OK)
        err = begun;
    if (err == LB_OK)
        err = wait_for_view(admin->folder, head.seq);
    if (err != LB_OK)
        return fail("rebuild", err, arena, answer);
    lb_log(LB_LOG_ADM_DONE, "what=rebuild head=%lld", (long long)head.seq);
    answer->as_of = lb_epochs_position(admin->epochs, head.seq, arena);
    answer->text =
        lb_arena_print(arena, "the view was rebuilt from %lld events", (long long)head.seq);
    return LB_OK;
}

/* -- backup ------------------------------------------------------------------------------------------ */

static lb_err answer_backup(const lb_admin *admin, const lb_query *query, lb_arena *arena,
                            lb_answer *answer)
{
    char path[PATH_ROOM], why[LB_BACKUP_WHY];
    lb_journal_head head = {0};

    if (query->backup.folder.len == 0 || query->backup.folder.len >= LB_PATH_ROOM ||
        query->backup.folder.at[0] != '/')
        return fail("backup needs the full path of a folder on the hub's machine", LB_ERR_MISUSE,
                    arena, answer);
    snprintf(path, sizeof path, "%.*s", LB_ARG(query->backup.folder));
    lb_err err = lb_backup_make(admin->journal.engine, admin->folder, path, &head, why);
    if (err != LB_OK) {
        fail("backup", err, arena, answer);
        answer->text = lb_arena_print(arena, "backup: %s", why[0] == '\0' ? lb_err_text(err) : why);
        return LB_OK;
    }
    lb_log(LB_LOG_ADM_DONE, "what=backup head=%lld path=%s", (long long)head.seq, path);
    answer->as_of = lb_epochs_position(admin->epochs, head.seq, arena);
    answer->text = lb_arena_print(arena, "%s: %lld events of %lld messages, verified", path,
                                  (long long)head.seq, (long long)head.messages);
    return LB_OK;
}

/* -- salvage ----------------------------------------------------------------------------------------- */

static lb_err answer_salvage(const lb_admin *admin, const lb_query *query, lb_arena *arena,
                             lb_answer *answer)
{
    lb_err err = lb_admin_salvage(admin->zmq, &admin->journal, admin->folder, query->salvage.folder,
                                  arena, answer);

    return err == LB_OK ? LB_OK : fail("salvage", err, arena, answer);
}

lb_err lb_admin_answer(void *whose, const lb_query *query, lb_arena *arena, lb_answer *answer)
{
    switch (query->ask) {
#define LB_ASK_OF_ADMIN(NAME, name) \
    case LB_ASK_##NAME:             \
        return answer_##name(whose, query, arena, answer);
#include "landbridge/asks.def"
    default:
        return LB_ERR_MISUSE;
    }
}
