/* query_worker.c - a thread that answers questions. */
#include "net/query_worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/beside.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "fold/answer.h"
#include "fold/recheck.h"
#include "keep/journal.h"
#include "keep/party.h"
#include "keep/quarantine.h"
#include "landbridge/client/version.h"
#include "record.h"

enum {
    ARENA_MAX = 1024 * 1024 * 1024,
    ARENA_KEEP = 8 * 1024 * 1024,
    RPC_TIMEOUT_MS = 30000,
    REBUILD_MS = 500,
    HOLES_MAX = 100,
};
#define REBUILD_PAUSE_US INT64_C(10000000)

static const char HELD[] = {LB_WORKER_DELAYED, '\0'}, WHOLE[] = {LB_WORKER_WHOLE, '\0'},
                  LONG[] = {LB_WORKER_LONG, '\0'}, EARLY[] = {LB_WORKER_EARLY, '\0'};

struct lb_query_worker {
    void *zmq;
    const lb_query_options *options;
    uint8_t number;
    lb_thread thread;
    bool is_quick;
    const char *not_yet; /* why the question in hand has no answer yet; NULL: it has one */
    void *back, *hub_rpc, *access, *notes;
    lb_arena arena;
    lb_party_reader *parties;
    const lb_permission_book *book; /* of the question that is being answered */
    lb_journal_reader *journal;
    lb_quarantine_reader *quarantine;
    lb_view_reader *view;
    ino_t view_file; /* a rebuilt view is another file */
    int64_t no_rebuild_until_us;
};

/* -- answering ------------------------------------------------------------------------------------ */

static lb_err need_view(lb_query_worker *worker)
{
    const char *path = worker->options->view_path;
    struct stat file;

    if (stat(path, &file) != 0)
        return LB_ERR_BUSY; /* just being made again */
    if (worker->view != NULL && file.st_ino == worker->view_file)
        return LB_OK;
    lb_view_reader_close(&worker->view);
    worker->view_file = file.st_ino;
    return lb_view_reader_open(&worker->view, path);
}

/* Nobody waits for a number that was not given out yet. */
static bool is_given_out(lb_query_worker *worker, int64_t seq)
{
    lb_journal_head head;

    return seq == LB_UNKNOWN ||
           (lb_journal_reader_tell(worker->journal, &head) == LB_OK && seq <= head.seq);
}

static bool is_damaged(lb_err err)
{
    return err == LB_ERR_CORRUPT || err == LB_ERR_GARBLED;
}

/* Read your own write: has the view come to that number? */
static lb_err reach_view(lb_query_worker *worker, int64_t seq)
{
    if (!is_given_out(worker, seq))
        return LB_ERR_TIMEOUT;
    lb_err err = need_view(worker);
    if (err == LB_OK && (seq == LB_UNKNOWN || lb_view_reader_applied(worker->view) >= seq))
        return LB_OK;
    if (!is_damaged(err))
        worker->not_yet = EARLY;
    return err == LB_OK ? LB_ERR_TIMEOUT : err;
}

/* The view is derived: found damaged, it is made again, and the asker asks again. Not more often than it takes. */
static lb_err make_view_again(lb_query_worker *worker, lb_answer *answer)
{
    int64_t now_us = lb_clock_monotonic_us();
    void *follow = NULL;
    lb_err begun;

    answer->text = LB_SPAN("the view was damaged and is being made again: ask again");
    answer->retry_ms = REBUILD_MS;
    if (now_us < worker->no_rebuild_until_us)
        return LB_ERR_BUSY;
    worker->no_rebuild_until_us = now_us + REBUILD_PAUSE_US;
    lb_view_reader_close(&worker->view);
    if (lb_socket_connect(worker->zmq, ZMQ_REQ, LB_VIEW_REBUILD, &follow) == LB_OK &&
        zmq_send(follow, "", 0, 0) >= 0)
        zmq_recv(follow, &begun, sizeof begun, 0);
    lb_socket_close(&follow);
    return LB_ERR_BUSY;
}

static lb_err answer_from_view(lb_query_worker *worker, const lb_query *query,
                               const lb_permission *permission, lb_answer *answer)
{
    if (worker->is_quick && query->ask == LB_ASK_DUMP) {
        worker->not_yet = LONG;
        return LB_ERR_TIMEOUT;
    }
    lb_err err = reach_view(worker, query->at_least_seq);

    /* what was given out so far is little: the blocks that are kept are fewer */
    worker->arena.max_bytes = query->ask == LB_ASK_DUMP ? ARENA_MAX : LB_QUESTION_MEMORY;
    if (err == LB_OK) {
        lb_view_reader_hurry(worker->view, worker->is_quick ? LB_WORKER_QUICK_US : 0);
        err = lb_view_answer(worker->view, query, permission, lb_clock_now_us(), &worker->arena,
                             answer);
        if (worker->is_quick && lb_view_reader_was_late(worker->view))
            worker->not_yet = LONG;
    }
    if (!is_damaged(err))
        return err;
    lb_record_init(&lb_record_answer, answer);
    return make_view_again(worker, answer);
}

static int64_t file_bytes(const char *path)
{
    char wal[LB_ENDPOINT_ROOM + 8];
    struct stat file;
    int64_t bytes = stat(path, &file) == 0 ? (int64_t)file.st_size : 0;

    snprintf(wal, sizeof wal, "%s-wal", path);
    return bytes + (stat(wal, &file) == 0 ? (int64_t)file.st_size : 0);
}

/* What is wrong comes first. */
static lb_span tell_state(lb_query_worker *worker)
{
    const lb_query_options *options = worker->options;
    lb_span text = lb_span_of(options->doors);

    if (options->found[0] != '\0')
        text = lb_arena_print(&worker->arena, "FOUND AT THE START: %s\n%.*s", options->found,
                              LB_ARG(text));
    if (lb_log_count(LB_LOG_JRN_CORRUPT) > 0)
        text = lb_arena_print(&worker->arena,
                              "THE JOURNAL IS DAMAGED: landbridge admin verify names what\n%.*s",
                              LB_ARG(text));
    if (lb_log_count(LB_LOG_JRN_AHEAD) > 0)
        text = lb_arena_print(&worker->arena,
                              "A FOLLOWER HAS SEEN NUMBERS THAT THE JOURNAL DOES NOT HAVE: is this "
                              "an older copy of the folder?\n%.*s",
                              LB_ARG(text));
    return text;
}

static lb_err answer_status(lb_query_worker *worker, lb_answer *answer)
{
    const lb_query_options *options = worker->options;
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
    status->text = tell_state(worker);
    err =
        lb_journal_list_lost(worker->journal, INT64_MIN, HOLES_MAX, &worker->arena, &status->lost);
    if (err != LB_OK)
        return err;
    answer->as_of_seq = head.seq;
    for (size_t i = 0; i < options->endpoints->count; i++) {
        if (!lb_arena_grow(&worker->arena, &status->endpoints, sizeof *status->endpoints.at))
            return LB_ERR_NO_MEMORY;
        status->endpoints.at[status->endpoints.count++] = lb_span_of(options->endpoints->at[i]);
    }
    return LB_OK;
}

/* Asks the hub's thread or the access thread's, and copies the answer. */
static lb_err call_rpc(lb_query_worker *worker, void **hub_rpc, const char *endpoint,
                       const lb_query *query, lb_answer *answer)
{
    zmq_pollitem_t item = {.socket = *hub_rpc, .events = ZMQ_POLLIN};
    lb_span bytes;
    zmq_msg_t frame;

    lb_err err = lb_record_pack(&lb_record_query, query, &worker->arena, &bytes);
    if (err != LB_OK)
        return err;
    if (zmq_send(*hub_rpc, bytes.at, bytes.len, 0) < 0 || !lb_socket_wait(&item, 1, RPC_TIMEOUT_MS))
        return LB_ERR_CLOSED;
    if ((item.revents & ZMQ_POLLIN) == 0) { /* a late answer must not be taken for the next one's */
        lb_socket_close(hub_rpc);
        lb_socket_connect(worker->zmq, ZMQ_DEALER, endpoint, hub_rpc);
        return LB_ERR_TIMEOUT;
    }
    zmq_msg_init(&frame);
    err = LB_ERR_CLOSED;
    if (zmq_msg_recv(&frame, *hub_rpc, 0) >= 0)
        err = lb_record_unpack(&lb_record_answer,
                               (lb_span){zmq_msg_data(&frame), zmq_msg_size(&frame)},
                               &worker->arena, answer);
    zmq_msg_close(&frame);
    return err;
}

static lb_err ask_hub(lb_query_worker *worker, const lb_query *query, lb_answer *answer)
{
    return call_rpc(worker, &worker->hub_rpc, LB_HUB_RPC, query, answer);
}

/* The access takes it from a worker only, so what is in `reference` is who asks. */
static lb_err ask_access(lb_query_worker *worker, const lb_query *query,
                         const lb_permission *permission, lb_answer *answer)
{
    lb_query asked = *query;

    asked.reference = permission->name;
    return call_rpc(worker, &worker->access, LB_REGISTER_RPC, &asked, answer);
}

static lb_err recheck(lb_query_worker *worker, const lb_query *query, lb_answer *answer)
{
    const lb_recheck recheck = {worker->journal, worker->book,
                                worker->options->terminals_are_listed};

    return lb_recheck_answer(&recheck, query, &worker->arena, answer);
}

static lb_err count_waiting(lb_query_worker *worker, lb_answer *answer)
{
    for (size_t i = 0; i < answer->feeds.count; i++) {
        lb_feed *feed = &answer->feeds.at[i];
        lb_err err = lb_quarantine_count(worker->quarantine, feed->source, &feed->quarantined);
        if (err != LB_OK)
            return err;
    }
    return LB_OK;
}

static lb_err answer_query(lb_query_worker *worker, const lb_query *query,
                           const lb_permission *permission, lb_answer *answer)
{
    const lb_query_options *options = worker->options;
    lb_err err;

    switch (query->ask) {
    case LB_ASK_TRACK:
    case LB_ASK_FIND_SPACE:
    case LB_ASK_CAPACITY:
    case LB_ASK_YARD:
    case LB_ASK_DEPARTURES:
    case LB_ASK_DUMP:
        return answer_from_view(worker, query, permission, answer);
    case LB_ASK_STATUS:
        err = query->at_least_seq == LB_UNKNOWN ? LB_OK : reach_view(worker, query->at_least_seq);
        return err == LB_OK ? answer_status(worker, answer) : err;
    case LB_ASK_QUARANTINE_LIST:
    case LB_ASK_QUARANTINE_SHOW:
        return lb_quarantine_answer(worker->quarantine, query, &worker->arena, answer);
    case LB_ASK_FEEDS:
        err = ask_hub(worker, query, answer);
        return err == LB_OK ? count_waiting(worker, answer) : err;
    case LB_ASK_QUARANTINE_RELEASE:
    case LB_ASK_QUARANTINE_DROP:
        return ask_hub(worker, query, answer);
    case LB_ASK_COVER:
        return recheck(worker, query, answer);
    case LB_ASK_VERIFY:
    case LB_ASK_REBUILD:
    case LB_ASK_BACKUP:
    case LB_ASK_SALVAGE:
        return options->admin(options->whose, query, &worker->arena, answer);
    case LB_ASK_PARTY_LIST:
    case LB_ASK_PARTY_ADD:
    case LB_ASK_PARTY_ROTATE:
    case LB_ASK_PARTY_REVOKE:
    case LB_ASK_PARTY_GRANT:
    case LB_ASK_PARTY_WITHDRAW:
    case LB_ASK_AUDIT_LIST:
    case LB_ASK_AUDIT_VERIFY:
        return ask_access(worker, query, permission, answer);
    case LB_ASK_OVER_BUDGET:
    case LB_ASK_REGAINED: /* of the hub to itself */
    case LB_ASK_UNSPECIFIED:
        break;
    }
    return LB_ERR_MISUSE;
}

/* What a question is about, for the record of who asked what. */
static lb_span about(lb_query_worker *worker, const lb_query *query)
{
    if (query->reference.len > 0)
        return query->reference;
    if (query->party.name.len > 0)
        return query->party.name;
    if (query->quarantine_id != LB_UNKNOWN)
        return lb_arena_print(&worker->arena, "%lld", (long long)query->quarantine_id);
    if (query->to.len > 0)
        return lb_arena_print(&worker->arena, "%.*s to %.*s", LB_ARG(query->from),
                              LB_ARG(query->to));
    return query->from.len > 0 ? query->from : query->path;
}

/* The access itself notes what it changed. */
static bool is_noted_here(lb_ask ask)
{
    return ask < LB_ASK_PARTY_ADD || ask > LB_ASK_PARTY_WITHDRAW;
}

static void note(lb_query_worker *worker, const lb_query *query, const lb_permission *permission,
                 const lb_answer *answer)
{
    if (answer->error.len == 0 && !is_noted_here(query->ask))
        return;
    lb_span outcome = answer->error.len == 0 ? LB_SPAN("OK") : answer->error;
    lb_span action = lb_arena_print(&worker->arena, "ASK_%s", lb_ask_name(query->ask));
    lb_note(worker->notes, permission == NULL ? LB_EMPTY : permission->name, action,
            about(worker, query), outcome);
}

/* BACKUP and SALVAGE name a folder on the hub's own machine. */
static bool may_ask(const lb_permission *permission, lb_ask ask)
{
    bool names_a_folder = ask == LB_ASK_BACKUP || ask == LB_ASK_SALVAGE;

    return permission != NULL && lb_permission_may_ask(permission, ask) &&
           (!names_a_folder || permission->is_local);
}

/* Counted where its refused messages are: FEEDS shows it. */
static void count_over_budget(lb_query_worker *worker, const lb_permission *permission)
{
    lb_query query;
    lb_answer answer;

    lb_record_init(&lb_record_query, &query);
    lb_record_init(&lb_record_answer, &answer);
    query.ask = LB_ASK_OVER_BUDGET;
    query.party.name = permission->is_local ? LB_SPAN("local") : permission->name;
    ask_hub(worker, &query, &answer);
}

static bool is_over_budget(const lb_query *query, const lb_answer *answer)
{
    return query->ask < LB_ASK_FEEDS && lb_span_is(answer->error, lb_err_name(LB_ERR_TOO_BIG));
}

static lb_err judge_and_answer(lb_query_worker *worker, lb_span user, lb_query *query,
                               lb_answer *answer)
{
    worker->book = lb_party_permissions(worker->parties);
    const lb_permission *permission = lb_permission_of_user(worker->book, user, lb_clock_now_us());
    lb_err err = LB_ERR_DENIED;

    if (permission == NULL)
        answer->text = LB_SPAN("who asks this is not known to the hub");
    else if (!may_ask(permission, query->ask))
        answer->text = LB_SPAN("this party may not ask that");
    else
        err = answer_query(worker, query, permission, answer);
    if (err != LB_OK && answer->error.len == 0) {
        answer->error = lb_span_of(lb_err_name(err));
        if (answer->text.len == 0)
            answer->text = lb_span_of(lb_err_text(err));
    }
    if (worker->not_yet != NULL)
        return err;
    note(worker, query, permission, answer);
    if (permission != NULL && is_over_budget(query, answer))
        count_over_budget(worker, permission);
    return err;
}

/* The requests of the answer. */
static const char *fill_answer(lb_query_worker *worker, lb_span user, lb_span body,
                               lb_answer *answer)
{
    lb_query query;

    worker->not_yet = NULL;
    lb_record_init(&lb_record_answer, answer);
    lb_err err = lb_record_unpack(&lb_record_query, body, &worker->arena, &query);
    if (err == LB_OK) {
        judge_and_answer(worker, user, &query, answer);
    } else {
        lb_record_init(&lb_record_query, &query);
        answer->error = lb_span_of(lb_err_name(err));
        answer->text = lb_span_of(lb_err_text(err));
    }
    answer->correlation = query.correlation;
    if (answer->as_of_us == LB_UNKNOWN)
        answer->as_of_us = lb_clock_now_us();
    if (query.ask == LB_ASK_DUMP)
        return WHOLE;
    bool is_held = query.ask == LB_ASK_TRACK && user.len > 0 && answer->tracks.count == 0;
    return is_held ? HELD : "";
}

static lb_err pack_answer(lb_query_worker *worker, const lb_span frames[2], const char **requests,
                          lb_span *bytes)
{
    lb_answer answer;

    *requests = fill_answer(worker, frames[0], frames[1], &answer);
    if (worker->not_yet != NULL)
        *requests = worker->not_yet;
    if (worker->not_yet == LONG) {
        *bytes = LB_EMPTY;
        return LB_OK;
    }
    lb_err err = lb_record_pack(&lb_record_answer, &answer, &worker->arena, bytes);
    if (err == LB_OK)
        return LB_OK;
    int64_t correlation = answer.correlation; /* too long for memory: say that at least */
    lb_arena_reset(&worker->arena);
    lb_record_init(&lb_record_answer, &answer);
    answer.correlation = correlation;
    answer.error = lb_span_of(lb_err_name(LB_ERR_TOO_BIG));
    answer.text = LB_SPAN("the answer is longer than the memory of a question; ask for less");
    return lb_record_pack(&lb_record_answer, &answer, &worker->arena, bytes);
}

/* -- the thread ----------------------------------------------------------------------------------- */

static lb_err receive(lb_query_worker *worker, lb_span frames[2])
{
    for (int i = 0; i < 2; i++) {
        zmq_msg_t frame;
        zmq_msg_init(&frame);
        if (zmq_msg_recv(&frame, worker->back, 0) < 0) {
            zmq_msg_close(&frame);
            return LB_ERR_CLOSED;
        }
        frames[i] =
            lb_arena_copy(&worker->arena, (lb_span){zmq_msg_data(&frame), zmq_msg_size(&frame)});
        zmq_msg_close(&frame);
    }
    return lb_arena_failed(&worker->arena) ? LB_ERR_NO_MEMORY : LB_OK;
}

static void hand_back(lb_query_worker *worker, const char *requests, lb_span answer)
{
    zmq_send(worker->back, requests, strlen(requests), ZMQ_SNDMORE);
    zmq_send(worker->back, answer.at, answer.len, 0);
}

static void reset_arena(lb_query_worker *worker)
{
    if (worker->arena.total > ARENA_KEEP) {
        lb_arena_fini(&worker->arena);
        lb_arena_init(&worker->arena, ARENA_MAX);
    }
    lb_arena_reset(&worker->arena);
    worker->arena.max_bytes = ARENA_MAX; /* the last question may have been one with a budget */
}

static void *run(void *argument)
{
    lb_query_worker *worker = argument;
    lb_span frames[2], answer;
    const char *requests = "";

    if (!worker->is_quick)
        lb_beside_step_back();
    hand_back(worker, requests, LB_EMPTY); /* ready */
    for (;;) {
        lb_err err = receive(worker, frames);
        if (err == LB_ERR_CLOSED)
            break;
        if (err != LB_OK || pack_answer(worker, frames, &requests, &answer) != LB_OK)
            answer = LB_EMPTY;
        hand_back(worker, requests, answer);
        reset_arena(worker);
    }
    lb_socket_close(&worker->back);
    lb_socket_close(&worker->hub_rpc);
    lb_socket_close(&worker->access);
    lb_socket_close(&worker->notes);
    return NULL;
}

/* -- open and close ------------------------------------------------------------------------------- */

static lb_err open_sockets(lb_query_worker *worker, const char *back)
{
    worker->back = zmq_socket(worker->zmq, ZMQ_DEALER);
    if (worker->back == NULL)
        return LB_ERR_NO_MEMORY;
    zmq_setsockopt(worker->back, ZMQ_ROUTING_ID, &worker->number, 1);
    if (zmq_connect(worker->back, back) != 0)
        return LB_ERR_IO;
    lb_err err = lb_socket_connect(worker->zmq, ZMQ_DEALER, LB_HUB_RPC, &worker->hub_rpc);
    if (err == LB_OK)
        err = lb_socket_connect(worker->zmq, ZMQ_DEALER, LB_REGISTER_RPC, &worker->access);
    if (err == LB_OK)
        err = lb_socket_connect(worker->zmq, ZMQ_PUSH, LB_NOTES, &worker->notes);
    return err;
}

static lb_err open_readers(lb_query_worker *worker, const lb_listen *listen)
{
    lb_err err = lb_party_reader_open(&worker->parties, listen->party_path, listen->user_nonce,
                                      listen->local_may);
    if (err == LB_OK)
        err = lb_journal_reader_open(&worker->journal, worker->options->journal_path);
    return err == LB_OK
               ? lb_quarantine_reader_open(&worker->quarantine, worker->options->journal_path)
               : err;
}

lb_err lb_query_worker_open(lb_query_worker **out, const lb_listen *listen,
                            const lb_query_options *options, const char *back, uint8_t number,
                            bool is_quick)
{
    lb_query_worker *worker = calloc(1, sizeof *worker);
    if (worker == NULL)
        return LB_ERR_NO_MEMORY;
    worker->zmq = listen->zmq;
    worker->options = options;
    worker->number = number;
    worker->is_quick = is_quick;
    lb_arena_init(&worker->arena, ARENA_MAX);
    lb_err err = open_sockets(worker, back);
    if (err == LB_OK)
        err = open_readers(worker, listen);
    if (err == LB_OK)
        err = lb_thread_start(
            &worker->thread, is_quick ? LB_THREAD_QUERY_WORKER : LB_THREAD_QUERY_SLOW, run, worker);
    if (err != LB_OK)
        lb_query_worker_close(&worker);
    else
        *out = worker;
    return err;
}

void lb_query_worker_close(lb_query_worker **out)
{
    lb_query_worker *worker = *out;

    if (worker == NULL)
        return;
    lb_thread_join(&worker->thread);
    lb_socket_close(&worker->back);
    lb_socket_close(&worker->hub_rpc);
    lb_socket_close(&worker->access);
    lb_socket_close(&worker->notes);
    lb_view_reader_close(&worker->view);
    lb_quarantine_reader_close(&worker->quarantine);
    lb_journal_reader_close(&worker->journal);
    lb_party_reader_close(&worker->parties);
    lb_arena_fini(&worker->arena);
    free(worker);
    *out = NULL;
}
