/* head_mark.c - a copy of the journal's head in a separate file.
 *
 *     page: "LBmk" version kind | counter | up to 8 numbers | check        at 0, 4096, 8192, 12288
 *
 * Each kind has two pages, written alternately, so a torn write leaves the other one intact. Heads
 * and reservations have pages of their own because heads are not synced: a torn head must not
 * damage a reservation. */
#include "keep/head_mark.h"

#include <sodium.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/thread.h"

enum {
    PAGE = 4096,
    PAGES_OF_A_KIND = 2,
    PATH_ROOM = 4096,
    NUMBERS = 8,
    CHECK_BYTES = 16,
    CHECKED_BYTES = 8 + 8 + NUMBERS * 8,
    SLOT_BYTES = CHECKED_BYTES + CHECK_BYTES,
    VERSION = 1,
};
#define SYNC_US INT64_C(5000000)

typedef enum slot_kind { HEAD, RESERVATION, SLOT_KINDS } slot_kind;

typedef struct slot {
    uint64_t counter; /* 0: no page */
    int64_t numbers[NUMBERS];
} slot;

struct lb_head_mark {
    char path[PATH_ROOM];
    sqlite3_file *file;
    lb_head_mark_facts reported;
    uint64_t counters[SLOT_KINDS]; /* of the newest page of each kind */
    lb_head_now head;
    int64_t reserved; /* synced to disk */
    int64_t synced_us;
    bool is_dirty;     /* a head was written since the last sync */
    int64_t reserving; /* written; on disk when the sync in progress is done */
    lb_thread thread;
    bool is_syncing;
    atomic_bool is_done;
    int sync_rc;
};

/* -- pages ------------------------------------------------------------------------------------- */

static void put(uint8_t *at, uint64_t value)
{
    for (unsigned i = 0; i < 8; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t get(const uint8_t *at)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < 8; i++)
        value |= (uint64_t)at[i] << (8 * i);
    return value;
}

static void print_slot(slot_kind kind, const slot *one, uint8_t bytes[SLOT_BYTES])
{
    const uint8_t name[8] = {'L', 'B', 'm', 'k', VERSION, (uint8_t)kind, 0, 0};

    memcpy(bytes, name, sizeof name);
    put(bytes + 8, one->counter);
    for (unsigned i = 0; i < NUMBERS; i++)
        put(bytes + 16 + 8 * i, (uint64_t)one->numbers[i]);
    crypto_generichash(bytes + CHECKED_BYTES, CHECK_BYTES, bytes, CHECKED_BYTES, NULL, 0);
}

static bool read_slot(slot_kind kind, const uint8_t bytes[SLOT_BYTES], slot *one)
{
    uint8_t again[SLOT_BYTES];

    one->counter = get(bytes + 8);
    for (unsigned i = 0; i < NUMBERS; i++)
        one->numbers[i] = (int64_t)get(bytes + 16 + 8 * i);
    print_slot(kind, one, again);
    return one->counter > 0 && memcmp(bytes, again, SLOT_BYTES) == 0;
}

static bool is_empty(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

static sqlite3_int64 place_of(slot_kind kind, uint64_t counter)
{
    return (sqlite3_int64)PAGE * ((int)kind * PAGES_OF_A_KIND + (int)(counter % PAGES_OF_A_KIND));
}

static lb_err complain(const lb_head_mark *mark, const char *what, int rc)
{
    lb_log(LB_LOG_MRK_FAIL, "what=%s path=%s rc=%d", what, mark->path, rc);
    return (rc & 0xff) == SQLITE_FULL    ? LB_ERR_FULL
           : (rc & 0xff) == SQLITE_NOMEM ? LB_ERR_NO_MEMORY
                                         : LB_ERR_IO;
}

static lb_err write_slot(lb_head_mark *mark, slot_kind kind, const int64_t numbers[NUMBERS])
{
    slot one = {.counter = mark->counters[kind] + 1};
    uint8_t bytes[SLOT_BYTES];

    memcpy(one.numbers, numbers, sizeof one.numbers);
    print_slot(kind, &one, bytes);
    int rc =
        mark->file->pMethods->xWrite(mark->file, bytes, sizeof bytes, place_of(kind, one.counter));
    if (rc != SQLITE_OK)
        return complain(mark, "write", rc);
    mark->counters[kind] = one.counter;
    return LB_OK;
}

/* -- opening ----------------------------------------------------------------------------------- */

static void take_newest(lb_head_mark *mark, slot_kind kind, const slot *one)
{
    lb_head_mark_facts *reported = &mark->reported;

    if (one->counter <= mark->counters[kind])
        return;
    mark->counters[kind] = one->counter;
    if (kind == RESERVATION) {
        reported->has_reserved = true;
        reported->reserved = one->numbers[0];
        return;
    }
    reported->has_head = true;
    reported->seq = one->numbers[0];
    reported->block = one->numbers[1];
    reported->messages = one->numbers[2];
    reported->generation = (uint64_t)one->numbers[3];
    reported->written_us = one->numbers[4];
    reported->pending_seq = one->numbers[5];
    reported->pending_block = one->numbers[6];
    reported->frames = one->numbers[7];
}

static lb_err read_slots(lb_head_mark *mark)
{
    for (int kind = 0; kind < SLOT_KINDS; kind++)
        for (unsigned i = 0; i < PAGES_OF_A_KIND; i++) {
            uint8_t bytes[SLOT_BYTES];
            slot one;
            int rc = mark->file->pMethods->xRead(mark->file, bytes, sizeof bytes,
                                                 place_of((slot_kind)kind, i));
            /* The VFS fills the rest of a short read with zeros. */
            if (rc != SQLITE_OK && rc != SQLITE_IOERR_SHORT_READ)
                return complain(mark, "read", rc);
            if (read_slot((slot_kind)kind, bytes, &one))
                take_newest(mark, (slot_kind)kind, &one);
            else
                mark->reported.is_torn |= !is_empty(bytes, sizeof bytes);
        }
    return LB_OK;
}

/* Allocates all pages at creation, so that a full disk cannot stop a turn later. */
static lb_err make_room(lb_head_mark *mark)
{
    static const uint8_t zeros[PAGE];

    for (int page = 0; page < SLOT_KINDS * PAGES_OF_A_KIND; page++) {
        int rc = mark->file->pMethods->xWrite(mark->file, zeros, PAGE, (sqlite3_int64)page * PAGE);
        if (rc != SQLITE_OK)
            return complain(mark, "make", rc);
    }
    return LB_OK;
}

static lb_err open_file(lb_head_mark *mark)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_SUPER_JOURNAL;
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    sqlite3_int64 size = 0;
    int opened;

    mark->file = vfs == NULL ? NULL : calloc(1, (size_t)vfs->szOsFile);
    if (mark->file == NULL)
        return LB_ERR_NO_MEMORY;
    int rc = vfs->xOpen(vfs, mark->path, mark->file, flags, &opened);
    if (rc != SQLITE_OK)
        return complain(mark, "open", rc);
    rc = mark->file->pMethods->xFileSize(mark->file, &size);
    if (rc != SQLITE_OK)
        return complain(mark, "size", rc);
    mark->reported.is_new = size == 0;
    return mark->reported.is_new ? make_room(mark) : LB_OK;
}

lb_err lb_head_mark_open(lb_head_mark **out, const char *path)
{
    lb_head_mark *mark = calloc(1, sizeof *mark);
    if (mark == NULL)
        return LB_ERR_NO_MEMORY;
    lb_err err = LB_ERR_MISUSE;
    if (strlen(path) < sizeof mark->path) {
        memcpy(mark->path, path, strlen(path) + 1);
        err = open_file(mark);
    }
    if (err == LB_OK)
        err = read_slots(mark);
    /* The reservation that was read may not be synced, so `reserved` starts at 0. */
    mark->reserving = mark->reported.reserved;
    mark->head.seq = mark->reported.seq;
    if (err != LB_OK)
        lb_head_mark_close(&mark);
    else
        *out = mark;
    return err;
}

const lb_head_mark_facts *lb_head_mark_reported(const lb_head_mark *mark)
{
    return &mark->reported;
}

/* -- syncing ----------------------------------------------------------------------------------- */

static void *run_sync(void *argument)
{
    lb_head_mark *mark = argument;

    mark->sync_rc = mark->file->pMethods->xSync(mark->file, SQLITE_SYNC_NORMAL);
    atomic_store(&mark->is_done, true);
    return NULL;
}

static lb_err note_synced(lb_head_mark *mark)
{
    if (mark->sync_rc != SQLITE_OK)
        return complain(mark, "sync", mark->sync_rc);
    mark->reserved = mark->reserving;
    return LB_OK;
}

static lb_err finish_sync(lb_head_mark *mark)
{
    if (!mark->is_syncing)
        return LB_OK;
    lb_thread_join(&mark->thread);
    mark->is_syncing = false;
    return note_synced(mark);
}

/* Writes the page in the hub's thread, in order with the heads; only the sync is done by another
 * thread. */
static lb_err begin_reservation(lb_head_mark *mark, int64_t seq)
{
    int64_t ahead = seq + 2 * LB_HEAD_MARK_STEP;
    int64_t reserved = ahead > mark->reserving ? ahead : mark->reserving;
    const int64_t numbers[NUMBERS] = {reserved};

    lb_err err = write_slot(mark, RESERVATION, numbers);
    if (err == LB_OK)
        mark->reserving = reserved;
    return err;
}

static void start_sync(lb_head_mark *mark)
{
    atomic_store(&mark->is_done, false);
    mark->is_syncing = lb_thread_start(&mark->thread, LB_THREAD_MARK_SYNC, run_sync, mark) == LB_OK;
}

static lb_err allow(lb_head_mark *mark, int64_t seq)
{
    if (seq <= mark->reserved)
        return LB_OK;
    lb_err err = finish_sync(mark);
    if (err == LB_OK && seq <= mark->reserved)
        return LB_OK;
    err = begin_reservation(mark, seq);
    if (err != LB_OK)
        return err;
    run_sync(mark);
    return note_synced(mark);
}

static lb_err write_head(lb_head_mark *mark, int64_t pending_seq, int64_t pending_block)
{
    const lb_head_now *head = &mark->head;
    const int64_t numbers[NUMBERS] = {
        head->seq,    head->block, head->messages, (int64_t)head->generation,
        head->now_us, pending_seq, pending_block,  head->frames};

    return write_slot(mark, HEAD, numbers);
}

lb_err lb_head_mark_begin(lb_head_mark *mark, int64_t seq, int64_t block)
{
    lb_err err = allow(mark, seq);

    return err == LB_OK ? write_head(mark, seq, block) : err;
}

void lb_head_mark_set(lb_head_mark *mark, const lb_head_now *head)
{
    mark->head = *head;
    mark->is_dirty |= write_head(mark, 0, 0) == LB_OK;
}

void lb_head_mark_end(lb_head_mark *mark, const lb_head_now *head)
{
    finish_sync(mark);
    lb_head_mark_set(mark, head);
    run_sync(mark);
    note_synced(mark);
}

void lb_head_mark_look(lb_head_mark *mark, int64_t monotonic_us)
{
    if (mark->is_syncing && !atomic_load(&mark->is_done))
        return;
    finish_sync(mark);
    bool is_low = mark->reserved - mark->head.seq < LB_HEAD_MARK_STEP;
    bool is_due = mark->is_dirty && monotonic_us - mark->synced_us > SYNC_US;
    if (!is_low && !is_due)
        return;
    mark->synced_us = monotonic_us;
    mark->is_dirty = false;
    if (begin_reservation(mark, mark->head.seq) == LB_OK)
        start_sync(mark);
}

void lb_head_mark_close(lb_head_mark **out)
{
    lb_head_mark *mark = *out;

    if (mark == NULL)
        return;
    finish_sync(mark);
    if (mark->file != NULL && mark->file->pMethods != NULL)
        mark->file->pMethods->xClose(mark->file);
    free(mark->file);
    free(mark);
    *out = NULL;
}
