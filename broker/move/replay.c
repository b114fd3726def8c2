/* replay.c - events from any number on, by request.
 *
 * The asker sets the pace: one ReplayBatch for one ReplayRequest, no longer than its credit and than the
 * limits here. An empty batch without error means: you have everything. */
#include "move/replay.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/stamp.h"
#include "keep/journal.h"
#include "record.h"

enum {
    WAIT_MS = 1000,
    CREDIT_MAX = 10000,
    BATCH_BYTES = 4 * 1024 * 1024,
    ARENA_MAX = 512 * 1024 * 1024, /* one event may be large, and is sent alone then */
};

struct lb_replay {
    void *socket;
    lb_journal_reader *reader;
    lb_arena arena;
    pthread_t thread;
    bool is_running;
};

static void complain(lb_replay_batch *batch, lb_err err, const char *text)
{
    batch->error = lb_span_of(lb_err_name(err));
    batch->text = lb_span_of(text);
}

/* Adds the events of the page from next_seq on; false when the batch is full. */
static bool add_page(lb_replay *replay, const lb_page *page, int64_t credit, size_t *bytes,
                     lb_replay_batch *batch)
{
    int64_t seq = page->first_seq;

    for (size_t i = 0; i < page->body.entries.count; i++) {
        const lb_text_list *events = &page->body.entries.at[i].events;
        for (size_t e = 0; e < events->count; e++, seq++) {
            if (seq < batch->next_seq)
                continue;
            *bytes += events->at[e].len + LB_STAMP_ROOM;
            if (batch->events.count > 0 &&
                (*bytes > BATCH_BYTES || (int64_t)batch->events.count >= credit))
                return false;
            lb_span event = lb_stamp(&replay->arena, events->at[e], seq, page->recorded_us);
            if (event.len == 0 ||
                !lb_arena_grow(&replay->arena, &batch->events, sizeof *batch->events.at))
                return false;
            batch->events.at[batch->events.count++] = event;
            batch->next_seq = seq + 1;
        }
    }
    return true;
}

static lb_err fill_batch(lb_replay *replay, int64_t credit, lb_replay_batch *batch)
{
    lb_journal_head head;
    const lb_page *page;
    size_t bytes = 0;

    lb_err err = lb_journal_reader_tell(replay->reader, &head);
    if (err != LB_OK)
        return err;
    batch->head_seq = head.seq;
    while (batch->next_seq <= head.seq && (int64_t)batch->events.count < credit) {
        err = lb_journal_read_seq(replay->reader, batch->next_seq, &page);
        if (err != LB_OK)
            return batch->events.count > 0 ? LB_OK : err;
        if (!add_page(replay, page, credit, &bytes, batch))
            break;
    }
    return LB_OK;
}

static void answer_request(lb_replay *replay, lb_span body, lb_replay_batch *batch)
{
    lb_replay_request request;

    lb_record_init(&lb_record_replay_batch, batch);
    if (lb_record_unpack(&lb_record_replay_request, body, &replay->arena, &request) != LB_OK) {
        complain(batch, LB_ERR_GARBLED, "this is no ReplayRequest");
        return;
    }
    batch->from_seq = batch->next_seq = request.from_seq;
    int64_t credit =
        request.credit == LB_UNKNOWN || request.credit > CREDIT_MAX ? CREDIT_MAX : request.credit;
    if (request.from_seq < 1 || credit < 1) {
        complain(batch, LB_ERR_MISUSE, "from_seq and credit start at 1");
        return;
    }
    lb_err err = fill_batch(replay, credit, batch);
    if (err != LB_OK)
        complain(batch, err, "the journal cannot be read here");
}

static void serve(lb_replay *replay)
{
    lb_letter_in letter;
    lb_err err;

    for (;;) {
        lb_arena_reset(&replay->arena);
        err = lb_socket_take(replay->socket, &replay->arena, &letter);
        if (err == LB_ERR_NOT_FOUND || err == LB_ERR_CLOSED)
            return;
        if (err != LB_OK)
            continue;
        lb_replay_batch batch;
        lb_span bytes;
        answer_request(replay, letter.body, &batch);
        if (lb_record_pack(&lb_record_replay_batch, &batch, &replay->arena, &bytes) == LB_OK)
            lb_socket_answer(replay->socket, letter.from, letter.is_req, bytes);
    }
}

static void *run(void *argument)
{
    lb_replay *replay = argument;
    zmq_pollitem_t items[] = {{.socket = replay->socket, .events = ZMQ_POLLIN}};

    while (lb_socket_wait(items, 1, WAIT_MS))
        serve(replay);
    lb_socket_close(&replay->socket);
    return NULL;
}

lb_err lb_replay_open(lb_replay **out, const lb_listen *listen, int64_t port,
                      const char *journal_path)
{
    lb_replay *replay = calloc(1, sizeof *replay);
    if (replay == NULL)
        return LB_ERR_NO_MEMORY;
    lb_arena_init(&replay->arena, ARENA_MAX);
    lb_err err = lb_journal_reader_open(&replay->reader, journal_path);
    if (err == LB_OK)
        err = lb_socket_listen(listen, ZMQ_ROUTER, "replay", port, &replay->socket);
    if (err == LB_OK) {
        replay->is_running = pthread_create(&replay->thread, NULL, run, replay) == 0;
        if (!replay->is_running)
            err = LB_ERR_NO_MEMORY;
    }
    if (err != LB_OK)
        lb_replay_close(&replay);
    else
        *out = replay;
    return err;
}

void lb_replay_close(lb_replay **out)
{
    lb_replay *replay = *out;

    if (replay == NULL)
        return;
    if (replay->is_running)
        pthread_join(replay->thread, NULL);
    lb_socket_close(&replay->socket);
    lb_journal_reader_close(&replay->reader);
    lb_arena_fini(&replay->arena);
    free(replay);
    *out = NULL;
}
