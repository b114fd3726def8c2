/* view_updater.c - applies the journal's events to the view.
 *
 *     head channel ──> read block after block ──> put each event ──> flush by size or time ──> applied channel
 *
 * The view is derived, so its failures never stop the hub: a failed write is retried, a damaged view is deleted and
 * rebuilt. A damaged block of the journal is skipped (STATUS and VERIFY report it), and the events after it are applied.
 * The thread runs at a lower priority, since receiving messages comes first; the hub bounds the lag. */
#include "net/view_updater.h"

#include <stdlib.h>

#include "base/beside.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/store.h"
#include "base/thread.h"
#include "keep/journal_cursor.h"
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

struct lb_view_updater {
    const char *view_path;
    lb_journal_reader *reader;
    lb_view *view;
    void *head_channel, *applied_channel, *rebuild;
    lb_arena arena;
    lb_thread thread;
    int64_t put_seq; /* newest number put into the view, flushed or not */
    int64_t damaged_block;
    int64_t flushed_us;
    int64_t began_at;
};

/* -- the view ------------------------------------------------------------------------------------- */

/* A view that is ahead of the journal belongs to another journal, or has events that this one has lost. */
static lb_err open_view(lb_view_updater *updater)
{
    lb_journal_head head;

    lb_err err = lb_journal_reader_tell(updater->reader, &head);
    if (err == LB_OK)
        err = lb_view_open(&updater->view, updater->view_path);
    if (err == LB_OK && lb_view_applied(updater->view) > head.seq) {
        lb_view_close(&updater->view);
        err = LB_ERR_NOT_FOUND;
    }
    if (err == LB_OK)
        updater->put_seq = lb_view_applied(updater->view);
    return err;
}

static lb_err set_aside(const char *path)
{
    char name[LB_ASIDE_ROOM];

    lb_err err = lb_store_aside(path, name);
    return err == LB_OK ? lb_store_set_aside(path, name) : err;
}

static lb_err rebuild(lb_view_updater *updater, lb_err why)
{
    lb_log(LB_LOG_VIE_FAIL, "err=%s path=%s", lb_err_name(why), updater->view_path);
    lb_view_close(&updater->view);
    lb_err err = LB_OK;
    if (why == LB_ERR_NOT_FOUND) /* ahead of the journal: evidence of a loss */
        err = set_aside(updater->view_path);
    else
        lb_store_remove(updater->view_path);
    return err == LB_OK ? open_view(updater) : err;
}

static lb_err need_view(lb_view_updater *updater)
{
    if (updater->view != NULL)
        return LB_OK;
    lb_err err = open_view(updater);
    return err == LB_OK ? LB_OK : rebuild(updater, err);
}

/* -- following ------------------------------------------------------------------------------------ */

static lb_err flush(lb_view_updater *updater)
{
    lb_err err = lb_view_flush(updater->view, updater->put_seq);

    updater->flushed_us = lb_clock_monotonic_us();
    if (err != LB_OK)
        return err;
    lb_log(LB_LOG_VIE_APPLIED, "seq=%lld", (long long)updater->put_seq);
    lb_notify_send(updater->applied_channel, updater->put_seq);
    return LB_OK;
}

static lb_err put_event(lb_view_updater *updater, const lb_cursor *at)
{
    lb_event event;

    lb_arena_reset(&updater->arena);
    lb_err err = lb_record_unpack(&lb_record_event, at->event, &updater->arena, &event);
    if (err != LB_OK)
        return err;
    event.hub_seq = at->seq;
    event.recorded_at_us = at->page->recorded_us;
    return lb_view_put(updater->view, &event);
}

static lb_err put_page(lb_view_updater *updater, const lb_page *page)
{
    lb_cursor at = lb_cursor_on(page);
    lb_err err = LB_OK;

    while (err == LB_OK && lb_cursor_next(&at, updater->put_seq + 1))
        if (at.is_event)
            err = put_event(updater, &at);
    if (err == LB_OK)
        updater->put_seq = page->last_seq;
    return err;
}

/* Applies entries until the end of the journal. */
static lb_err catch_up(lb_view_updater *updater)
{
    const lb_page *page;
    lb_err err = need_view(updater);

    while (err == LB_OK) {
        err = lb_journal_read_on(updater->reader, updater->put_seq + 1, &page,
                                 &updater->damaged_block);
        if (err == LB_OK)
            err = put_page(updater, page);
        if (err == LB_OK && (lb_view_pending(updater->view) >= FLUSH_FACTS ||
                             lb_clock_monotonic_us() - updater->flushed_us > FLUSH_US))
            err = flush(updater);
    }
    if (err != LB_ERR_NOT_FOUND)
        return err;
    return updater->put_seq > lb_view_applied(updater->view) ? flush(updater) : LB_OK;
}

/* Closes the view, which may hold half a flush. A damaged one is rebuilt, anything else is retried. */
static void recover(lb_view_updater *updater, lb_err err)
{
    if (err == LB_ERR_CORRUPT || err == LB_ERR_GARBLED) {
        rebuild(updater, err);
        return;
    }
    lb_log(LB_LOG_VIE_FAIL, "err=%s path=%s", lb_err_name(err), updater->view_path);
    lb_view_close(&updater->view);
}

static void serve_rebuild(lb_view_updater *updater)
{
    char request[1];

    if (zmq_recv(updater->rebuild, request, sizeof request, ZMQ_DONTWAIT) < 0)
        return;
    lb_view_close(&updater->view);
    lb_store_remove(updater->view_path);
    lb_err err = open_view(updater);
    lb_notify_send(updater->applied_channel, updater->put_seq);
    zmq_send(updater->rebuild, &err, sizeof err, 0);
}

static void *run(void *argument)
{
    lb_view_updater *updater = argument;
    zmq_pollitem_t items[] = {{.socket = updater->head_channel, .events = ZMQ_POLLIN},
                              {.socket = updater->rebuild, .events = ZMQ_POLLIN}};
    int64_t head;
    int wait_ms = 0;

    lb_beside_step_back();
    while (lb_socket_wait(items, 2, wait_ms)) {
        lb_notify_receive(updater->head_channel,
                          &head); /* only a wake-up: the head is read from the journal */
        serve_rebuild(updater);
        lb_err err = catch_up(updater);
        if (err == LB_OK)
            lb_notify_send(updater->applied_channel,
                           updater->put_seq); /* repeated: a late subscriber missed the last one */
        else
            recover(updater, err);
        wait_ms = err == LB_OK ? WAIT_MS : TRY_AGAIN_MS;
    }
    lb_socket_close(&updater->head_channel);
    lb_socket_close(&updater->applied_channel);
    lb_socket_close(&updater->rebuild);
    return NULL;
}

/* -- open and close ------------------------------------------------------------------------------- */

lb_err lb_view_updater_open(lb_view_updater **out, void *zmq, const lb_journal_place *journal,
                            const char *view_path)
{
    lb_view_updater *updater = calloc(1, sizeof *updater);
    if (updater == NULL)
        return LB_ERR_NO_MEMORY;
    updater->view_path = view_path;
    lb_arena_init(&updater->arena, EVENT_ROOM);
    lb_err err = lb_journal_reader_open(&updater->reader, journal);
    if (err == LB_OK)
        err = need_view(updater);
    updater->began_at = updater->put_seq;
    if (err == LB_OK)
        err = lb_notify_subscribe(zmq, LB_NOTIFY_HEAD, &updater->head_channel);
    if (err == LB_OK)
        err = lb_notify_open(zmq, LB_NOTIFY_APPLIED, &updater->applied_channel);
    if (err == LB_OK)
        err = lb_socket_bind(zmq, ZMQ_REP, LB_VIEW_REBUILD, &updater->rebuild);
    if (err == LB_OK)
        err = lb_thread_start(&updater->thread, LB_THREAD_VIEW, run, updater);
    if (err != LB_OK)
        lb_view_updater_close(&updater);
    else
        *out = updater;
    return err;
}

int64_t lb_view_updater_began_at(const lb_view_updater *updater)
{
    return updater->began_at;
}

void lb_view_updater_close(lb_view_updater **out)
{
    lb_view_updater *updater = *out;

    if (updater == NULL)
        return;
    lb_thread_join(&updater->thread);
    if (updater->view != NULL && updater->put_seq > lb_view_applied(updater->view))
        lb_view_flush(updater->view, updater->put_seq);
    lb_view_close(&updater->view);
    lb_socket_close(&updater->head_channel);
    lb_socket_close(&updater->applied_channel);
    lb_socket_close(&updater->rebuild);
    lb_journal_reader_close(&updater->reader);
    lb_arena_fini(&updater->arena);
    free(updater);
    *out = NULL;
}
