/* follow.c - keeps the view in step with the journal.
 *
 *     head bell ──> read block after block ──> put each event ──> flush by size or time ──> applied bell
 *
 * The view is derived, so nothing that happens to it may stop the hub: what cannot be written now is
 * tried again, and a damaged view is thrown away and made again. A block of the journal that is damaged is passed over
 * (and told by status and verify): what came behind it is no less true. The thread steps back when the machine
 * is busy: taking messages in comes first, and the lag is bounded by the hub. */
#include "move/follow.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/beside.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/store.h"
#include "keep/journal.h"
#include "keep/view.h"
#include "record.h"

enum {
    WAIT_MS = 200,
    FLUSH_FACTS = 20000,
    TRY_AGAIN_MS = 1000,
    PATH_ROOM = 4096,
    EVENT_ROOM = 256 * 1024 * 1024,
};
#define FLUSH_US INT64_C(200000)

struct lb_follow {
    const char *view_path;
    lb_journal_reader *reader;
    lb_view *view;
    void *ear, *bell, *rebuild;
    lb_arena arena;
    pthread_t thread;
    bool is_running;
    int64_t put_seq; /* newest event that the view was given */
    int64_t damaged_block;
    int64_t flushed_us;
    int64_t began_at;
};

/* -- the view ------------------------------------------------------------------------------------- */

/* A view that is ahead of the journal belongs to another journal, or has seen what this one has lost. */
static lb_err open_view(lb_follow *follow)
{
    lb_journal_head head;

    lb_err err = lb_journal_reader_tell(follow->reader, &head);
    if (err == LB_OK)
        err = lb_view_open(&follow->view, follow->view_path);
    if (err == LB_OK && lb_view_applied(follow->view) > head.seq) {
        lb_view_close(&follow->view);
        err = LB_ERR_NOT_FOUND;
    }
    if (err == LB_OK)
        follow->put_seq = lb_view_applied(follow->view);
    return err;
}

static lb_err set_aside(const char *path)
{
    char name[LB_ASIDE_ROOM];

    lb_err err = lb_store_aside(path, name);
    return err == LB_OK ? lb_store_set_aside(path, name) : err;
}

static lb_err make_again(lb_follow *follow, lb_err why)
{
    lb_log(LB_LOG_VIE_FAIL, "err=%s path=%s", lb_err_name(why), follow->view_path);
    lb_view_close(&follow->view);
    lb_err err = LB_OK;
    if (why == LB_ERR_NOT_FOUND) /* it is evidence */
        err = set_aside(follow->view_path);
    else
        lb_store_remove(follow->view_path);
    return err == LB_OK ? open_view(follow) : err;
}

static lb_err need_view(lb_follow *follow)
{
    if (follow->view != NULL)
        return LB_OK;
    lb_err err = open_view(follow);
    return err == LB_OK ? LB_OK : make_again(follow, err);
}

/* -- following ------------------------------------------------------------------------------------ */

static lb_err flush(lb_follow *follow)
{
    lb_err err = lb_view_flush(follow->view, follow->put_seq);

    follow->flushed_us = lb_clock_monotonic_us();
    if (err != LB_OK)
        return err;
    lb_log(LB_LOG_VIE_APPLIED, "seq=%lld", (long long)follow->put_seq);
    lb_bell_ring(follow->bell, follow->put_seq);
    return LB_OK;
}

static lb_err put_event(lb_follow *follow, const lb_page *page, lb_span bytes, int64_t seq)
{
    lb_event event;

    lb_arena_reset(&follow->arena);
    lb_err err = lb_record_unpack(&lb_record_event, bytes, &follow->arena, &event);
    if (err != LB_OK)
        return err;
    event.hub_seq = seq;
    event.recorded_at_us = page->recorded_us;
    return lb_view_put(follow->view, &event);
}

static lb_err put_page(lb_follow *follow, const lb_page *page)
{
    int64_t seq = page->first_seq;

    for (size_t i = 0; i < page->body.entries.count; i++) {
        const lb_text_list *events = &page->body.entries.at[i].events;
        for (size_t e = 0; e < events->count; e++, seq++) {
            lb_err err =
                seq > follow->put_seq ? put_event(follow, page, events->at[e], seq) : LB_OK;
            if (err != LB_OK)
                return err;
        }
    }
    follow->put_seq = page->last_seq;
    return LB_OK;
}

/* The block with the next event that can be read. */
static lb_err read_next(lb_follow *follow, const lb_page **page)
{
    lb_err err = lb_journal_read_seq(follow->reader, follow->put_seq + 1, page);

    if (err != LB_ERR_CORRUPT)
        return err;
    err = lb_journal_find(follow->reader, follow->put_seq + 1, &follow->damaged_block);
    return err == LB_OK ? lb_journal_read_past(follow->reader, follow->damaged_block, page) : err;
}

/* Goes on until the end of the journal. */
static lb_err catch_up(lb_follow *follow)
{
    const lb_page *page;
    lb_err err = need_view(follow);

    while (err == LB_OK) {
        err = read_next(follow, &page);
        if (err == LB_OK)
            err = put_page(follow, page);
        if (err == LB_OK && (lb_view_pending(follow->view) >= FLUSH_FACTS ||
                             lb_clock_monotonic_us() - follow->flushed_us > FLUSH_US))
            err = flush(follow);
    }
    if (err != LB_ERR_NOT_FOUND)
        return err;
    return follow->put_seq > lb_view_applied(follow->view) ? flush(follow) : LB_OK;
}

/* Closes what may hold half a flush; a damaged view is made again, anything else is tried again. */
static void recover(lb_follow *follow, lb_err err)
{
    if (err == LB_ERR_CORRUPT || err == LB_ERR_GARBLED) {
        make_again(follow, err);
        return;
    }
    lb_log(LB_LOG_VIE_FAIL, "err=%s path=%s", lb_err_name(err), follow->view_path);
    lb_view_close(&follow->view);
}

static void serve_rebuild(lb_follow *follow)
{
    char request[1];

    if (zmq_recv(follow->rebuild, request, sizeof request, ZMQ_DONTWAIT) < 0)
        return;
    lb_view_close(&follow->view);
    lb_store_remove(follow->view_path);
    lb_err err = open_view(follow);
    lb_bell_ring(follow->bell, follow->put_seq);
    zmq_send(follow->rebuild, &err, sizeof err, 0);
}

static void *run(void *argument)
{
    lb_follow *follow = argument;
    zmq_pollitem_t items[] = {{.socket = follow->ear, .events = ZMQ_POLLIN},
                              {.socket = follow->rebuild, .events = ZMQ_POLLIN}};
    int64_t head;
    int wait_ms = 0;

    lb_beside_step_back();
    while (lb_socket_wait(items, 2, wait_ms)) {
        lb_ear_hear(follow->ear, &head); /* only wakes: the journal itself says how far it is */
        serve_rebuild(follow);
        lb_err err = catch_up(follow);
        if (err == LB_OK)
            lb_bell_ring(follow->bell, follow->put_seq); /* again: a late ear missed the last one */
        else
            recover(follow, err);
        wait_ms = err == LB_OK ? WAIT_MS : TRY_AGAIN_MS;
    }
    lb_socket_close(&follow->ear);
    lb_socket_close(&follow->bell);
    lb_socket_close(&follow->rebuild);
    return NULL;
}

/* -- open and close ------------------------------------------------------------------------------- */

lb_err lb_follow_open(lb_follow **out, void *zmq, const char *journal_path, const char *view_path)
{
    lb_follow *follow = calloc(1, sizeof *follow);
    if (follow == NULL)
        return LB_ERR_NO_MEMORY;
    follow->view_path = view_path;
    lb_arena_init(&follow->arena, EVENT_ROOM);
    lb_err err = lb_journal_reader_open(&follow->reader, journal_path);
    if (err == LB_OK)
        err = need_view(follow);
    follow->began_at = follow->put_seq;
    if (err == LB_OK)
        err = lb_ear_open(zmq, LB_BELL_HEAD, &follow->ear);
    if (err == LB_OK)
        err = lb_bell_open(zmq, LB_BELL_APPLIED, &follow->bell);
    if (err == LB_OK)
        err = lb_socket_bind(zmq, ZMQ_REP, LB_FOLLOW_REBUILD, &follow->rebuild);
    if (err == LB_OK) {
        follow->is_running = pthread_create(&follow->thread, NULL, run, follow) == 0;
        if (!follow->is_running)
            err = LB_ERR_NO_MEMORY;
    }
    if (err != LB_OK)
        lb_follow_close(&follow);
    else
        *out = follow;
    return err;
}

int64_t lb_follow_began_at(const lb_follow *follow)
{
    return follow->began_at;
}

void lb_follow_close(lb_follow **out)
{
    lb_follow *follow = *out;

    if (follow == NULL)
        return;
    if (follow->is_running)
        pthread_join(follow->thread, NULL);
    if (follow->view != NULL && follow->put_seq > lb_view_applied(follow->view))
        lb_view_flush(follow->view, follow->put_seq);
    lb_view_close(&follow->view);
    lb_socket_close(&follow->ear);
    lb_socket_close(&follow->bell);
    lb_socket_close(&follow->rebuild);
    lb_journal_reader_close(&follow->reader);
    lb_arena_fini(&follow->arena);
    free(follow);
    *out = NULL;
}
