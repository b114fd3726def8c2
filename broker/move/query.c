/* query.c - questions and answers. */
#include "move/query.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/log.h"
#include "keep/journal.h"
#include "keep/quarantine.h"
#include "fold/answer.h"
#include "landbridge/version.h"
#include "record.h"

#define BACK "inproc://query-workers"
enum {
    WAIT_MS = 1000,
    WORKERS_MAX = 64,
    ARENA_MAX = 1024 * 1024 * 1024,
    ARENA_KEEP = 32 * 1024 * 1024,
    DESK_TIMEOUT_MS = 30000,
};
#define CATCH_UP_US INT64_C(5000000)

typedef struct query_worker {
    lb_query_room *room;
    uint8_t number;
    pthread_t thread;
    bool is_running;
    void *back, *desk, *applied;
    lb_arena arena;
    lb_journal_reader *journal;
    lb_quarantine_reader *quarantine;
    lb_view_reader *view;
    ino_t view_file; /* a rebuilt view is another file */
} query_worker;

struct lb_query_room {
    void *zmq;
    lb_query_options options;
    void *front, *back;
    pthread_t thread;
    bool is_running;
    size_t workers_open;
    query_worker workers[WORKERS_MAX];
};

/* -- answering: one worker ------------------------------------------------------------------------ */

static lb_err need_view(query_worker *worker)
{
    const char *path = worker->room->options.view_path;
    struct stat file;

    if (stat(path, &file) != 0)
        return LB_ERR_BUSY; /* just being made again */
    if (worker->view != NULL && file.st_ino == worker->view_file)
        return LB_OK;
    lb_view_reader_close(&worker->view);
    worker->view_file = file.st_ino;
    return lb_view_reader_open(&worker->view, path);
}

/* Read your own write: waits until the view has come to that number. */
static lb_err wait_for_view(query_worker *worker, int64_t seq)
{
    int64_t until_us = lb_clock_monotonic_us() + CATCH_UP_US, heard;

    for (;;) {
        lb_err err = need_view(worker);
        if (err == LB_OK && (seq == LB_UNKNOWN || lb_view_reader_applied(worker->view) >= seq))
            return LB_OK;
        int64_t left_us = until_us - lb_clock_monotonic_us();
        if (left_us <= 0)
            return err == LB_OK ? LB_ERR_TIMEOUT : err;
        zmq_pollitem_t item = {.socket = worker->applied, .events = ZMQ_POLLIN};
        if (!lb_socket_wait(&item, 1, left_us > 100000 ? 100 : (int)(left_us / 1000) + 1))
            return LB_ERR_CLOSED;
        lb_ear_hear(worker->applied, &heard);
    }
}

static int64_t file_bytes(const char *path)
{
    char wal[LB_ENDPOINT_ROOM + 8];
    struct stat file;
    int64_t bytes = stat(path, &file) == 0 ? (int64_t)file.st_size : 0;

    snprintf(wal, sizeof wal, "%s-wal", path);
    return bytes + (stat(wal, &file) == 0 ? (int64_t)file.st_size : 0);
}

static lb_err answer_status(query_worker *worker, lb_answer *answer)
{
    const lb_query_options *options = &worker->room->options;
    lb_status *status = &answer->status;
    lb_journal_head head;

    lb_err err = lb_journal_reader_tell(worker->journal, &head);
    if (err == LB_OK)
        err = lb_quarantine_count(worker->quarantine, LB_EMPTY, &status->quarantined);
    if (err != LB_OK)
        return err;
    status->version = LB_SPAN(LB_VERSION);
    status->head_seq = head.seq;
    status->messages = head.messages;
    status->view_seq = need_view(worker) == LB_OK ? lb_view_reader_applied(worker->view) : 0;
    status->journal_bytes = file_bytes(options->journal_path);
    status->view_bytes = file_bytes(options->view_path);
    status->started_us = options->started_us;
    status->text = LB_SPAN("no identity yet: loopback and ipc only");
    answer->as_of_seq = head.seq;
    for (size_t i = 0; i < options->endpoints->count; i++) {
        if (!lb_arena_grow(&worker->arena, &status->endpoints, sizeof *status->endpoints.at))
            return LB_ERR_NO_MEMORY;
        status->endpoints.at[status->endpoints.count++] = lb_span_of(options->endpoints->at[i]);
    }
    return LB_OK;
}

/* Asks the hub's thread, and copies its answer. */
static lb_err ask_desk(query_worker *worker, const lb_query *query, lb_answer *answer)
{
    zmq_pollitem_t item = {.socket = worker->desk, .events = ZMQ_POLLIN};
    lb_span bytes;
    zmq_msg_t frame;

    lb_err err = lb_record_pack(&lb_record_query, query, &worker->arena, &bytes);
    if (err != LB_OK)
        return err;
    if (zmq_send(worker->desk, bytes.at, bytes.len, 0) < 0 ||
        !lb_socket_wait(&item, 1, DESK_TIMEOUT_MS))
        return LB_ERR_CLOSED;
    if ((item.revents & ZMQ_POLLIN) == 0) { /* a late answer must not be taken for the next one's */
        lb_socket_close(&worker->desk);
        lb_socket_connect(worker->room->zmq, ZMQ_DEALER, LB_QUERY_DESK, &worker->desk);
        return LB_ERR_TIMEOUT;
    }
    zmq_msg_init(&frame);
    err = LB_ERR_CLOSED;
    if (zmq_msg_recv(&frame, worker->desk, 0) >= 0)
        err = lb_record_unpack(&lb_record_answer,
                               (lb_span){zmq_msg_data(&frame), zmq_msg_size(&frame)},
                               &worker->arena, answer);
    zmq_msg_close(&frame);
    return err;
}

static lb_err count_waiting(query_worker *worker, lb_answer *answer)
{
    for (size_t i = 0; i < answer->feeds.count; i++) {
        lb_feed *feed = &answer->feeds.at[i];
        lb_err err = lb_quarantine_count(worker->quarantine, feed->source, &feed->quarantined);
        if (err != LB_OK)
            return err;
    }
    return LB_OK;
}

static lb_err answer_query(query_worker *worker, const lb_query *query, lb_answer *answer)
{
    const lb_query_options *options = &worker->room->options;
    lb_err err;

    switch (query->ask) {
    case LB_ASK_TRACK:
    case LB_ASK_FIND_SPACE:
    case LB_ASK_CAPACITY:
    case LB_ASK_YARD:
    case LB_ASK_DEPARTURES:
    case LB_ASK_DUMP:
        err = wait_for_view(worker, query->at_least_seq);
        return err == LB_OK
                   ? lb_view_answer(worker->view, query, lb_clock_now_us(), &worker->arena, answer)
                   : err;
    case LB_ASK_STATUS:
        err =
            query->at_least_seq == LB_UNKNOWN ? LB_OK : wait_for_view(worker, query->at_least_seq);
        return err == LB_OK ? answer_status(worker, answer) : err;
    case LB_ASK_QUARANTINE_LIST:
    case LB_ASK_QUARANTINE_SHOW:
        return lb_quarantine_answer(worker->quarantine, query, &worker->arena, answer);
    case LB_ASK_FEEDS:
        err = ask_desk(worker, query, answer);
        return err == LB_OK ? count_waiting(worker, answer) : err;
    case LB_ASK_QUARANTINE_RELEASE:
    case LB_ASK_QUARANTINE_DROP:
        return ask_desk(worker, query, answer);
    case LB_ASK_VERIFY:
    case LB_ASK_REBUILD:
    case LB_ASK_BACKUP:
        return options->admin(options->whose, query, &worker->arena, answer);
    case LB_ASK_UNSPECIFIED:
        break;
    }
    return LB_ERR_MISUSE;
}

static void fill_answer(query_worker *worker, lb_span body, lb_answer *answer)
{
    lb_query query;

    lb_record_init(&lb_record_answer, answer);
    lb_err err = lb_record_unpack(&lb_record_query, body, &worker->arena, &query);
    if (err == LB_OK)
        err = answer_query(worker, &query, answer);
    else
        lb_record_init(&lb_record_query, &query);
    answer->correlation = query.correlation;
    if (answer->as_of_us == LB_UNKNOWN)
        answer->as_of_us = lb_clock_now_us();
    if (err != LB_OK && answer->error.len == 0) {
        answer->error = lb_span_of(lb_err_name(err));
        if (answer->text.len == 0)
            answer->text = lb_span_of(lb_err_text(err));
    }
}

static lb_err pack_answer(query_worker *worker, lb_span body, lb_span *bytes)
{
    lb_answer answer;

    fill_answer(worker, body, &answer);
    lb_err err = lb_record_pack(&lb_record_answer, &answer, &worker->arena, bytes);
    if (err == LB_OK)
        return LB_OK;
    int64_t correlation = answer.correlation; /* too long for memory: say that at least */
    lb_arena_reset(&worker->arena);
    lb_record_init(&lb_record_answer, &answer);
    answer.correlation = correlation;
    answer.error = lb_span_of(lb_err_name(LB_ERR_TOO_BIG));
    answer.text = LB_SPAN("the answer is too long; ask for less");
    return lb_record_pack(&lb_record_answer, &answer, &worker->arena, bytes);
}

/* -- the worker's thread: [asker][flag][body] in, the same with the answer out --------------------- */

static lb_err receive(void *socket, lb_arena *arena, lb_span frames[3])
{
    for (int i = 0; i < 3; i++) {
        zmq_msg_t frame;
        zmq_msg_init(&frame);
        if (zmq_msg_recv(&frame, socket, 0) < 0) {
            zmq_msg_close(&frame);
            return LB_ERR_CLOSED;
        }
        frames[i] = lb_arena_copy(arena, (lb_span){zmq_msg_data(&frame), zmq_msg_size(&frame)});
        zmq_msg_close(&frame);
    }
    return lb_arena_failed(arena) ? LB_ERR_NO_MEMORY : LB_OK;
}

static void send_back(void *socket, lb_span asker, lb_span flag, lb_span body)
{
    zmq_send(socket, asker.at, asker.len, ZMQ_SNDMORE);
    zmq_send(socket, flag.at, flag.len, ZMQ_SNDMORE);
    zmq_send(socket, body.at, body.len, 0);
}

static void reset_arena(query_worker *worker)
{
    if (worker->arena.total > ARENA_KEEP) {
        lb_arena_fini(&worker->arena);
        lb_arena_init(&worker->arena, ARENA_MAX);
    }
    lb_arena_reset(&worker->arena);
}

static void *run_worker(void *argument)
{
    query_worker *worker = argument;
    lb_span frames[3], bytes;

    send_back(worker->back, LB_EMPTY, LB_EMPTY, LB_EMPTY); /* ready */
    for (;;) {
        reset_arena(worker);
        lb_err err = receive(worker->back, &worker->arena, frames);
        if (err == LB_ERR_CLOSED)
            break;
        bytes = LB_EMPTY;
        if (err == LB_OK && pack_answer(worker, frames[2], &bytes) == LB_OK)
            send_back(worker->back, frames[0], frames[1], bytes);
        else
            send_back(worker->back, LB_EMPTY, LB_EMPTY, LB_EMPTY);
    }
    lb_socket_close(&worker->back);
    lb_socket_close(&worker->desk);
    lb_socket_close(&worker->applied);
    return NULL;
}

/* -- the thread that hands out ---------------------------------------------------------------------- */

typedef struct free_workers { /* numbers of workers that wait for a question */
    uint8_t free[WORKERS_MAX];
    size_t count;
} free_workers;

static bool pass_answer(lb_query_room *room, lb_arena *arena, free_workers *queue)
{
    uint8_t number;
    lb_span frames[3];

    if (zmq_recv(room->back, &number, 1, ZMQ_DONTWAIT) != 1)
        return false;
    if (receive(room->back, arena, frames) == LB_ERR_CLOSED)
        return false;
    queue->free[queue->count++] = number;
    if (frames[0].len > 0)
        lb_socket_answer(room->front, frames[0], frames[1].len > 0, frames[2]);
    return true;
}

static bool pass_question(lb_query_room *room, lb_arena *arena, free_workers *queue)
{
    lb_letter_in letter;

    if (queue->count == 0)
        return false;
    lb_err err = lb_socket_take(room->front, arena, &letter);
    if (err != LB_OK)
        return err != LB_ERR_NOT_FOUND && err != LB_ERR_CLOSED;
    uint8_t number = queue->free[--queue->count];
    zmq_send(room->back, &number, 1, ZMQ_SNDMORE);
    send_back(room->back, letter.from, letter.is_req ? LB_SPAN("q") : LB_EMPTY, letter.body);
    return true;
}

static void *run_room(void *argument)
{
    lb_query_room *room = argument;
    free_workers queue = {.count = 0};
    lb_arena arena;
    zmq_pollitem_t items[] = {{.socket = room->back, .events = ZMQ_POLLIN},
                              {.socket = room->front, .events = ZMQ_POLLIN}};

    lb_arena_init(&arena, ARENA_MAX);
    while (lb_socket_wait(items, queue.count > 0 ? 2 : 1, WAIT_MS)) {
        bool is_busy = true;
        while (is_busy) {
            lb_arena_reset(&arena);
            is_busy = pass_answer(room, &arena, &queue);
            is_busy |= pass_question(room, &arena, &queue);
        }
    }
    lb_socket_close(&room->front);
    lb_socket_close(&room->back);
    lb_arena_fini(&arena);
    return NULL;
}

/* -- open and close --------------------------------------------------------------------------------- */

static lb_err open_worker(lb_query_room *room, size_t number)
{
    query_worker *worker = &room->workers[number];
    void *zmq = room->zmq;

    worker->room = room;
    worker->number = (uint8_t)(number + 1); /* a routing id must not start with 0 */
    lb_arena_init(&worker->arena, ARENA_MAX);
    worker->back = zmq_socket(zmq, ZMQ_DEALER);
    if (worker->back == NULL)
        return LB_ERR_NO_MEMORY;
    zmq_setsockopt(worker->back, ZMQ_ROUTING_ID, &worker->number, 1);
    if (zmq_connect(worker->back, BACK) != 0)
        return LB_ERR_IO;
    lb_err err = lb_socket_connect(zmq, ZMQ_DEALER, LB_QUERY_DESK, &worker->desk);
    if (err == LB_OK)
        err = lb_ear_open(zmq, LB_BELL_APPLIED, &worker->applied);
    if (err == LB_OK)
        err = lb_journal_reader_open(&worker->journal, room->options.journal_path);
    if (err == LB_OK)
        err = lb_quarantine_reader_open(&worker->quarantine, room->options.journal_path);
    if (err == LB_OK) {
        worker->is_running = pthread_create(&worker->thread, NULL, run_worker, worker) == 0;
        if (!worker->is_running)
            err = LB_ERR_NO_MEMORY;
    }
    return err;
}

static void close_worker(query_worker *worker)
{
    if (worker->is_running)
        pthread_join(worker->thread, NULL);
    lb_socket_close(&worker->back);
    lb_socket_close(&worker->desk);
    lb_socket_close(&worker->applied);
    lb_view_reader_close(&worker->view);
    lb_quarantine_reader_close(&worker->quarantine);
    lb_journal_reader_close(&worker->journal);
    lb_arena_fini(&worker->arena);
}

lb_err lb_query_open(lb_query_room **out, const lb_listen *listen, int64_t port,
                     const lb_query_options *options)
{
    lb_query_room *room = calloc(1, sizeof *room);
    if (room == NULL)
        return LB_ERR_NO_MEMORY;
    room->zmq = listen->zmq;
    room->options = *options;

    lb_err err = lb_socket_listen(listen, ZMQ_ROUTER, "query", port, &room->front);
    if (err == LB_OK)
        err = lb_socket_bind(listen->zmq, ZMQ_ROUTER, BACK, &room->back);
    for (size_t i = 0; err == LB_OK && i < (size_t)options->workers && i < WORKERS_MAX; i++) {
        room->workers_open = i + 1;
        err = open_worker(room, i);
    }
    if (err == LB_OK) {
        room->is_running = pthread_create(&room->thread, NULL, run_room, room) == 0;
        if (!room->is_running)
            err = LB_ERR_NO_MEMORY;
    }
    *out = room; /* workers may be running already: closed by the caller in any case */
    return err;
}

void lb_query_close(lb_query_room **out)
{
    lb_query_room *room = *out;

    if (room == NULL)
        return;
    for (size_t i = 0; i < room->workers_open; i++)
        close_worker(&room->workers[i]);
    if (room->is_running)
        pthread_join(room->thread, NULL);
    lb_socket_close(&room->front);
    lb_socket_close(&room->back);
    free(room);
    *out = NULL;
}
