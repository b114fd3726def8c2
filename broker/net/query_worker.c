/* query_worker.c - a thread that answers questions. */
#include "net/query_worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/beside.h"
#include "base/clock.h"
#include "base/log.h"
#include "answer/answer.h"
#include "answer/recheck.h"
#include "base/thread.h"
#include "keep/audit.h"
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
    FRAMES = 3, /* of a question: gate, user, body */
};
#define REBUILD_PAUSE_US INT64_C(10000000)

static const char DELAYED[] = {LB_WORKER_DELAYED, '\0'}, LONG[] = {LB_WORKER_LONG, '\0'},
                  EARLY[] = {LB_WORKER_EARLY, '\0'};

struct lb_query_worker {
    void *zmq;
    const lb_query_options *options;
    uint8_t number;
    lb_thread thread;
    bool is_quick;
    lb_span gate;        /* asks the present question on behalf of a party; empty: none */
    const char *not_yet; /* flag of a question without a final answer; NULL: it has one */
    void *back, *hub_rpc, *access, *notes;
    lb_arena arena;
    lb_party_reader *parties;
    const lb_permission_book *book; /* of the question that is being answered */
    lb_journal_reader *journal;
    lb_quarantine_reader *quarantine;
    lb_view_reader *view;
    ino_t view_file; /* a rebuilt view is another file */
    int64_t no_rebuild_until_us;
    lb_position_entry as_of; /* of the present answer */
};

/* -- answering ------------------------------------------------------------------------------------ */

static lb_err need_view(lb_query_worker *worker)
{
    const char *path = worker->options->view_path;
    struct stat file;

    if (stat(path, &file) != 0)
        return LB_ERR_BUSY; /* being rebuilt */
    if (worker->view != NULL && file.st_ino == worker->view_file)
        return LB_OK;
    lb_view_reader_close(&worker->view);
    worker->view_file = file.st_ino;
    return lb_view_reader_open(&worker->view, path);
}

/* A question does not wait for a number that was not given out yet. */
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

/* Read your own writes: has the view reached that number? */
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

/* The view is derived from the journal: when a query finds it damaged, it is rebuilt, and the answer is an error that says
 * to ask again. At most one rebuild in REBUILD_PAUSE_US. */
static lb_err make_view_again(lb_query_worker *worker, lb_answer *answer)
{
    int64_t now_us = lb_clock_monotonic_us();
    void *follow = NULL;
    lb_err begun;

    answer->text = LB_SPAN("the view was damaged and is being rebuilt: ask again");
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

static void say_as_of(lb_query_worker *worker, int64_t seq, lb_answer *answer)
{
    worker->as_of = lb_epochs_entry(worker->options->epochs, seq);
    answer->as_of = lb_position_of(&worker->as_of);
}

static lb_err answer_from_view(lb_query_worker *worker, const lb_query *query,
                               const lb_permission *permission, lb_answer *answer)
{
    lb_err err = reach_view(worker, lb_position_number(&query->at_least));

    /* little is allocated so far, so few blocks stay below the limit */
    worker->arena.max_bytes = LB_QUESTION_MEMORY;
    if (err == LB_OK) {
        lb_view_reader_hurry(worker->view, worker->is_quick ? LB_WORKER_QUICK_US : 0);
        err = lb_view_answer(worker->view, query, permission, lb_clock_now_us(), &worker->arena,
                             answer);
        if (worker->is_quick && lb_view_reader_was_late(worker->view))
            worker->not_yet = LONG;
    }
    if (err == LB_OK)
        say_as_of(worker, lb_view_reader_as_of(worker->view), answer);
    if (!is_damaged(err))
        return err;
    lb_record_init(&lb_record_answer, answer);
    return make_view_again(worker, answer);
}

static void fill_troubles(const lb_query_options *options, lb_status *status)
{
    status->findings = options->findings;
    status->found = lb_span_of(options->found);
    status->journal_damaged = lb_log_count(LB_LOG_JRN_CORRUPT) > 0;
    status->follower_ahead = lb_log_count(LB_LOG_JRN_AHEAD) > 0;
    status->fenced = lb_log_count(LB_LOG_JRN_FENCED) > 0;
}

static lb_err list_endpoints(lb_query_worker *worker, lb_endpoint_list *list)
{
    const lb_endpoints *known = worker->options->endpoints;

    for (size_t i = 0; i < known->count; i++) {
        lb_span address = lb_span_of(known->at[i]), door;
        if (!lb_arena_grow(&worker->arena, list, sizeof *list->at))
            return LB_ERR_NO_MEMORY;
        lb_span_cut(&address, '=', &door); /* "intake = tcp://..." */
        list->at[list->count++] = (lb_endpoint){lb_span_trim(door), lb_span_trim(address)};
    }
    return LB_OK;
}

static lb_err fill_status(lb_query_worker *worker, lb_answer *answer)
{
    const lb_query_options *options = worker->options;
    const lb_epochs *epochs = options->epochs;
    lb_status *status = &answer->status;
    lb_journal_head head;

    lb_err err = lb_journal_reader_tell(worker->journal, &head);
    if (err == LB_OK)
        err = lb_quarantine_count(worker->quarantine, LB_EMPTY, &status->quarantined);
    if (err != LB_OK)
        return err;
    status->version = LB_SPAN(LB_VERSION);
    status->messages = head.messages;
    status->head = lb_epochs_position(epochs, head.seq, &worker->arena);
    if (need_view(worker) == LB_OK)
        status->view =
            lb_epochs_position(epochs, lb_view_reader_applied(worker->view), &worker->arena);
    status->journal_bytes = options->journal.engine->bytes(options->journal.path);
    status->view_bytes = lb_store_size(options->view_path);
    status->started_us = options->started_us;
    status->text = lb_span_of(options->doors);
    fill_troubles(options, status);
    err =
        lb_journal_list_lost(worker->journal, INT64_MIN, HOLES_MAX, &worker->arena, &status->lost);
    if (err != LB_OK)
        return err;
    say_as_of(worker, head.seq, answer);
    return list_endpoints(worker, &status->endpoints);
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
    if ((item.revents & ZMQ_POLLIN) ==
        0) { /* a late answer must not be taken as the next question's */
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

/* The access thread takes questions from workers only, so it may trust `asked_by`. */
static lb_err ask_access(lb_query_worker *worker, const lb_query *query,
                         const lb_permission *permission, lb_answer *answer)
{
    lb_query asked = *query;

    asked.asked_by = worker->gate.len == 0
                         ? permission->name
                         : lb_arena_print(&worker->arena, "%.*s/%.*s", LB_ARG(worker->gate),
                                          LB_ARG(permission->name));
    return call_rpc(worker, &worker->access, LB_REGISTER_RPC, &asked, answer);
}

/* The hub's thread does not know how many messages of a feed are in quarantine. */
static lb_err count_waiting(lb_query_worker *worker, lb_answer *answer)
{
    for (size_t i = 0; i < answer->feeds.feeds.count; i++) {
        lb_feed *feed = &answer->feeds.feeds.at[i];
        lb_err err = lb_quarantine_count(worker->quarantine, feed->source, &feed->quarantined);
        if (err != LB_OK)
            return err;
    }
    return LB_OK;
}

static lb_err ask_hub(lb_query_worker *worker, const lb_query *query, lb_answer *answer)
{
    lb_err err = call_rpc(worker, &worker->hub_rpc, LB_HUB_RPC, query, answer);

    return err == LB_OK ? count_waiting(worker, answer) : err;
}

/* Is the position valid in this journal? It may be of another epoch or hub (keep/epoch.h). */
static lb_err judge_position(lb_query_worker *worker, const lb_position *position,
                             lb_position_use use, lb_answer *answer)
{
    const lb_epochs *epochs = worker->options->epochs;
    int64_t number = 0;

    if (position->entries.count == 0)
        return LB_OK;
    lb_err err = lb_epochs_judge(epochs, position, use, &worker->arena, &number, &answer->text);
    if (err == LB_ERR_RESET)
        answer->reset = lb_epochs_position(epochs, number, &worker->arena);
    return err;
}

static lb_err answer_cover(lb_query_worker *worker, const lb_query *query, lb_answer *answer)
{
    const lb_recheck recheck = {worker->journal, worker->options->epochs, worker->book,
                                worker->options->terminals_are_listed};

    lb_err err = judge_position(worker, &query->cover.from, LB_POSITION_FROM, answer);
    if (err != LB_OK)
        return err;
    return lb_recheck_answer(&recheck, &query->cover, &worker->arena, answer);
}

static lb_err answer_quarantine_list(lb_query_worker *worker, const lb_query *query,
                                     lb_answer *answer)
{
    return lb_quarantine_list(worker->quarantine, &query->quarantine_list, &worker->arena,
                              &answer->quarantine.messages);
}

static lb_err answer_quarantine_show(lb_query_worker *worker, const lb_query *query,
                                     lb_answer *answer)
{
    return lb_quarantine_show(worker->quarantine, query->quarantine_show.id, &worker->arena,
                              &answer->quarantine.messages);
}

static lb_err answer_status(lb_query_worker *worker, const lb_query *query, lb_answer *answer)
{
    lb_err err = query->at_least.entries.count == 0
                     ? LB_OK
                     : reach_view(worker, lb_position_number(&query->at_least));

    return err == LB_OK ? fill_status(worker, answer) : err;
}

static lb_err ask_admin(lb_query_worker *worker, const lb_query *query, lb_answer *answer)
{
    return worker->options->admin(worker->options->whose, query, &worker->arena, answer);
}

/* Where each question of asks.def is answered. */
static lb_err answer_query(lb_query_worker *worker, const lb_query *query,
                           const lb_permission *permission, lb_answer *answer)
{
#define ANSWERED_BY(NAME, answer) \
    case LB_ASK_##NAME:           \
        return answer;
    switch (query->ask) {
#define LB_ASK_OF_VIEW(NAME, name) \
    ANSWERED_BY(NAME, answer_from_view(worker, query, permission, answer))
#define LB_ASK_OF_WORKER(NAME, name) ANSWERED_BY(NAME, answer_##name(worker, query, answer))
#define LB_ASK_OF_HUB(NAME, name)    ANSWERED_BY(NAME, ask_hub(worker, query, answer))
#define LB_ASK_OF_ACCESS(NAME, name) \
    ANSWERED_BY(NAME, ask_access(worker, query, permission, answer))
#define LB_ASK_OF_ADMIN(NAME, name)  ANSWERED_BY(NAME, ask_admin(worker, query, answer))
#define LB_ASK_OF_INSIDE(NAME, name) ANSWERED_BY(NAME, LB_ERR_MISUSE)
#include "landbridge/asks.def"
    case LB_ASK_UNSPECIFIED:
        break;
    }
#undef ANSWERED_BY
    return LB_ERR_MISUSE;
}

static lb_span about_route(lb_query_worker *worker, lb_span from, lb_span to)
{
    return to.len == 0 ? from
                       : lb_arena_print(&worker->arena, "%.*s to %.*s", LB_ARG(from), LB_ARG(to));
}

static lb_span about_number(lb_query_worker *worker, int64_t number)
{
    return number == LB_UNKNOWN ? LB_EMPTY
                                : lb_arena_print(&worker->arena, "%lld", (long long)number);
}

/* What a question is about, for the audit log. */
static lb_span about(lb_query_worker *worker, const lb_query *query)
{
#define NOTHING            LB_EMPTY
#define TEXT(member)       query->member
#define EITHER(one, other) (query->one.len > 0 ? query->one : query->other)
#define NUMBER(member)     about_number(worker, query->member)
#define ROUTE(request)     about_route(worker, query->request.from, query->request.to)
    switch (query->ask) {
#define LB_ASK(NAME, number, name, WHERE, may, AUDIT, ABOUT, ...) \
    case LB_ASK_##NAME:                                           \
        return ABOUT;
#include "landbridge/asks.def"
    case LB_ASK_UNSPECIFIED:
        break;
    }
#undef NOTHING
#undef TEXT
#undef EITHER
#undef NUMBER
#undef ROUTE
    return LB_EMPTY;
}

static void note(lb_query_worker *worker, const lb_query *query, const lb_permission *permission,
                 const lb_answer *answer)
{
    /* the access thread records its changes */
    if (answer->error.len == 0 && lb_ask_about(query->ask)->audit != LB_AUDIT_ASKED)
        return;
    lb_span party = permission != NULL     ? permission->name
                    : worker->gate.len > 0 ? query->on_behalf_of
                                           : LB_EMPTY;
    lb_audit_note one = lb_audit_note_of(party, LB_ACTION_ASK, about(worker, query), LB_OK);
    one.gate = worker->gate;
    one.ask = query->ask;
    if (answer->error.len > 0 && !lb_outcome_from_name(answer->error, &one.outcome))
        one.outcome = LB_OUTCOME_UNSPECIFIED;
    lb_note(worker->notes, &one);
}

/* Counted beside the party's refused messages, shown by FEEDS. */
static void count_over_budget(lb_query_worker *worker, const lb_permission *permission)
{
    lb_query query;
    lb_answer answer;

    lb_record_init(&lb_record_query, &query);
    lb_record_init(&lb_record_answer, &answer);
    query.ask = LB_ASK_OVER_BUDGET;
    query.over_budget.party = permission->is_local ? LB_SPAN("local") : permission->name;
    ask_hub(worker, &query, &answer);
}

static bool is_over_budget(const lb_query *query, const lb_answer *answer)
{
    return lb_ask_about(query->ask)->where == LB_WHERE_VIEW &&
           lb_span_is(answer->error, lb_err_name(LB_ERR_TOO_BIG));
}

static lb_err judge_and_answer(lb_query_worker *worker, lb_span user, lb_query *query,
                               lb_answer *answer)
{
    worker->book = lb_party_permissions(worker->parties);
    const lb_permission *permission =
        worker->gate.len == 0
            ? lb_permission_of_user(worker->book, user, lb_clock_now_us())
            : lb_permission_of_party(worker->book, query->on_behalf_of, query->client_address);
    lb_err err = LB_ERR_DENIED;

    if (permission == NULL)
        answer->text = LB_SPAN("no party has this key, or it may not be used from this address");
    else if (!lb_permission_may_ask(permission, query->ask))
        answer->text = LB_SPAN("this party may not ask this question");
    else
        err = judge_position(worker, &query->at_least, LB_POSITION_THROUGH, answer);
    if (err == LB_OK)
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

/* Answers one query. Returns the flag of the answer: DELAYED or "". */
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
    bool is_party = user.len > 0 || worker->gate.len > 0;
    bool is_delayed = query.ask == LB_ASK_TRACK && is_party && answer->track.tracks.count == 0;
    return is_delayed ? DELAYED : "";
}

static lb_err pack_answer(lb_query_worker *worker, const lb_span frames[FRAMES], const char **hold,
                          lb_span *bytes)
{
    lb_answer answer;

    worker->gate = frames[0];
    *hold = fill_answer(worker, frames[1], frames[2], &answer);
    if (worker->not_yet != NULL)
        *hold = worker->not_yet;
    if (worker->not_yet == LONG) {
        *bytes = LB_EMPTY;
        return LB_OK;
    }
    lb_err err = lb_record_pack(&lb_record_answer, &answer, &worker->arena, bytes);
    if (err == LB_OK)
        return LB_OK;
    int64_t correlation = answer.correlation; /* too long for the arena: send an error instead */
    lb_arena_reset(&worker->arena);
    lb_record_init(&lb_record_answer, &answer);
    answer.correlation = correlation;
    answer.error = lb_span_of(lb_err_name(LB_ERR_TOO_BIG));
    answer.text = LB_SPAN("the answer is over the memory limit of a question: ask for less");
    return lb_record_pack(&lb_record_answer, &answer, &worker->arena, bytes);
}

/* -- the thread ----------------------------------------------------------------------------------- */

static lb_err receive(lb_query_worker *worker, lb_span frames[FRAMES])
{
    for (int i = 0; i < FRAMES; i++) {
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

static void hand_back(lb_query_worker *worker, const char *hold, lb_span answer)
{
    zmq_send(worker->back, hold, strlen(hold), ZMQ_SNDMORE);
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
    lb_span frames[FRAMES], answer;
    const char *hold = "";

    if (!worker->is_quick)
        lb_beside_step_back();
    hand_back(worker, hold, LB_EMPTY); /* ready */
    for (;;) {
        lb_err err = receive(worker, frames);
        if (err == LB_ERR_CLOSED)
            break;
        if (err != LB_OK || pack_answer(worker, frames, &hold, &answer) != LB_OK)
            answer = LB_EMPTY;
        hand_back(worker, hold, answer);
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
        err = lb_journal_reader_open(&worker->journal, &worker->options->journal);
    return err == LB_OK ? lb_quarantine_reader_open(&worker->quarantine, &worker->options->journal)
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
