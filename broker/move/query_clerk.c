/* query_clerk.c - a thread that answers questions. */
#include "move/query_clerk.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/beside.h"
#include "base/clock.h"
#include "base/log.h"
#include "fold/answer.h"
#include "fold/recheck.h"
#include "keep/journal.h"
#include "keep/party.h"
#include "keep/quarantine.h"
#include "landbridge/version.h"
#include "record.h"

enum {
    ARENA_MAX = 1024 * 1024 * 1024,
    ARENA_KEEP = 8 * 1024 * 1024,
    DESK_TIMEOUT_MS = 30000,
    REBUILD_MS = 500,
    HOLES_MAX = 100,
};
#define REBUILD_PAUSE_US INT64_C(10000000)

static const char HELD[] = {LB_CLERK_HOLD, '\0'}, WHOLE[] = {LB_CLERK_WHOLE, '\0'},
                  LONG[] = {LB_CLERK_LONG, '\0'}, EARLY[] = {LB_CLERK_EARLY, '\0'};

struct lb_clerk {
    void *zmq;
    const lb_query_options *options;
    uint8_t number;
    pthread_t thread;
    bool is_running, is_quick;
    const char *not_yet; /* why the question in hand has no answer yet; NULL: it has one */
    void *back, *desk, *registrar, *notes;
    lb_arena arena;
    lb_party_reader *parties;
    const lb_pass_book *book; /* of the question that is being answered */
    lb_journal_reader *journal;
    lb_quarantine_reader *quarantine;
    lb_view_reader *view;
    ino_t view_file; /* a rebuilt view is another file */
    int64_t no_rebuild_until_us;
};

/* -- answering ------------------------------------------------------------------------------------ */

static lb_err need_view(lb_clerk *clerk)
{
    const char *path = clerk->options->view_path;
    struct stat file;

    if (stat(path, &file) != 0)
        return LB_ERR_BUSY; /* just being made again */
    if (clerk->view != NULL && file.st_ino == clerk->view_file)
        return LB_OK;
    lb_view_reader_close(&clerk->view);
    clerk->view_file = file.st_ino;
    return lb_view_reader_open(&clerk->view, path);
}

/* Nobody waits for a number that was not given out yet. */
static bool is_given_out(lb_clerk *clerk, int64_t seq)
{
    lb_journal_head head;

    return seq == LB_UNKNOWN ||
           (lb_journal_reader_tell(clerk->journal, &head) == LB_OK && seq <= head.seq);
}

static bool is_damaged(lb_err err)
{
    return err == LB_ERR_CORRUPT || err == LB_ERR_GARBLED;
}

/* Read your own write: has the view come to that number? */
static lb_err reach_view(lb_clerk *clerk, int64_t seq)
{
    if (!is_given_out(clerk, seq))
        return LB_ERR_TIMEOUT;
    lb_err err = need_view(clerk);
    if (err == LB_OK && (seq == LB_UNKNOWN || lb_view_reader_applied(clerk->view) >= seq))
        return LB_OK;
    if (!is_damaged(err))
        clerk->not_yet = EARLY;
    return err == LB_OK ? LB_ERR_TIMEOUT : err;
}

/* The view is derived: found damaged, it is made again, and the asker asks again. Not more often than it takes. */
static lb_err make_view_again(lb_clerk *clerk, lb_answer *answer)
{
    int64_t now_us = lb_clock_monotonic_us();
    void *follow = NULL;
    lb_err begun;

    answer->text = LB_SPAN("the view was damaged and is being made again: ask again");
    answer->retry_ms = REBUILD_MS;
    if (now_us < clerk->no_rebuild_until_us)
        return LB_ERR_BUSY;
    clerk->no_rebuild_until_us = now_us + REBUILD_PAUSE_US;
    lb_view_reader_close(&clerk->view);
    if (lb_socket_connect(clerk->zmq, ZMQ_REQ, LB_FOLLOW_REBUILD, &follow) == LB_OK &&
        zmq_send(follow, "", 0, 0) >= 0)
        zmq_recv(follow, &begun, sizeof begun, 0);
    lb_socket_close(&follow);
    return LB_ERR_BUSY;
}

static lb_err answer_from_view(lb_clerk *clerk, const lb_query *query, const lb_pass *pass,
                               lb_answer *answer)
{
    if (clerk->is_quick && query->ask == LB_ASK_DUMP) {
        clerk->not_yet = LONG;
        return LB_ERR_TIMEOUT;
    }
    lb_err err = reach_view(clerk, query->at_least_seq);

    /* what was given out so far is little: the blocks that are kept are fewer */
    clerk->arena.max_bytes = query->ask == LB_ASK_DUMP ? ARENA_MAX : LB_QUESTION_MEMORY;
    if (err == LB_OK) {
        lb_view_reader_hurry(clerk->view, clerk->is_quick ? LB_CLERK_QUICK_US : 0);
        err = lb_view_answer(clerk->view, query, pass, lb_clock_now_us(), &clerk->arena, answer);
        if (clerk->is_quick && lb_view_reader_was_late(clerk->view))
            clerk->not_yet = LONG;
    }
    if (!is_damaged(err))
        return err;
    lb_record_init(&lb_record_answer, answer);
    return make_view_again(clerk, answer);
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
static lb_span tell_state(lb_clerk *clerk)
{
    const lb_query_options *options = clerk->options;
    lb_span text = lb_span_of(options->doors);

    if (options->found[0] != '\0')
        text = lb_arena_print(&clerk->arena, "FOUND AT THE START: %s\n%.*s", options->found,
                              LB_ARG(text));
    if (lb_log_count(LB_LOG_JRN_CORRUPT) > 0)
        text = lb_arena_print(&clerk->arena,
                              "THE JOURNAL IS DAMAGED: landbridge admin verify names what\n%.*s",
                              LB_ARG(text));
    if (lb_log_count(LB_LOG_JRN_AHEAD) > 0)
        text = lb_arena_print(&clerk->arena,
                              "A FOLLOWER HAS SEEN NUMBERS THAT THE JOURNAL DOES NOT HAVE: is this "
                              "an older copy of the folder?\n%.*s",
                              LB_ARG(text));
    return text;
}

static lb_err answer_status(lb_clerk *clerk, lb_answer *answer)
{
    const lb_query_options *options = clerk->options;
    lb_status *status = &answer->status;
    lb_journal_head head;

    lb_err err = lb_journal_reader_tell(clerk->journal, &head);
    if (err == LB_OK)
        err = lb_quarantine_count(clerk->quarantine, LB_EMPTY, &status->quarantined);
    if (err != LB_OK)
        return err;
    status->version = LB_SPAN(LB_VERSION);
    status->head_seq = head.seq;
    status->messages = head.messages;
    status->view_seq = need_view(clerk) == LB_OK ? lb_view_reader_applied(clerk->view) : 0;
    status->journal_bytes = file_bytes(options->journal_path);
    status->view_bytes = file_bytes(options->view_path);
    status->started_us = options->started_us;
    status->text = tell_state(clerk);
    err = lb_journal_list_lost(clerk->journal, INT64_MIN, HOLES_MAX, &clerk->arena, &status->lost);
    if (err != LB_OK)
        return err;
    answer->as_of_seq = head.seq;
    for (size_t i = 0; i < options->endpoints->count; i++) {
        if (!lb_arena_grow(&clerk->arena, &status->endpoints, sizeof *status->endpoints.at))
            return LB_ERR_NO_MEMORY;
        status->endpoints.at[status->endpoints.count++] = lb_span_of(options->endpoints->at[i]);
    }
    return LB_OK;
}

/* Asks the hub's thread or the registrar's, and copies the answer. */
static lb_err ask_desk(lb_clerk *clerk, void **desk, const char *endpoint, const lb_query *query,
                       lb_answer *answer)
{
    zmq_pollitem_t item = {.socket = *desk, .events = ZMQ_POLLIN};
    lb_span bytes;
    zmq_msg_t frame;

    lb_err err = lb_record_pack(&lb_record_query, query, &clerk->arena, &bytes);
    if (err != LB_OK)
        return err;
    if (zmq_send(*desk, bytes.at, bytes.len, 0) < 0 || !lb_socket_wait(&item, 1, DESK_TIMEOUT_MS))
        return LB_ERR_CLOSED;
    if ((item.revents & ZMQ_POLLIN) == 0) { /* a late answer must not be taken for the next one's */
        lb_socket_close(desk);
        lb_socket_connect(clerk->zmq, ZMQ_DEALER, endpoint, desk);
        return LB_ERR_TIMEOUT;
    }
    zmq_msg_init(&frame);
    err = LB_ERR_CLOSED;
    if (zmq_msg_recv(&frame, *desk, 0) >= 0)
        err = lb_record_unpack(&lb_record_answer,
                               (lb_span){zmq_msg_data(&frame), zmq_msg_size(&frame)}, &clerk->arena,
                               answer);
    zmq_msg_close(&frame);
    return err;
}

static lb_err ask_hub(lb_clerk *clerk, const lb_query *query, lb_answer *answer)
{
    return ask_desk(clerk, &clerk->desk, LB_QUERY_DESK, query, answer);
}

/* The registrar takes it from a clerk only, so what is in `reference` is who asks. */
static lb_err ask_registrar(lb_clerk *clerk, const lb_query *query, const lb_pass *pass,
                            lb_answer *answer)
{
    lb_query asked = *query;

    asked.reference = pass->name;
    return ask_desk(clerk, &clerk->registrar, LB_REGISTER, &asked, answer);
}

static lb_err recheck(lb_clerk *clerk, const lb_query *query, lb_answer *answer)
{
    const lb_recheck recheck = {clerk->journal, clerk->book, clerk->options->terminals_are_listed};

    return lb_recheck_answer(&recheck, query, &clerk->arena, answer);
}

static lb_err count_waiting(lb_clerk *clerk, lb_answer *answer)
{
    for (size_t i = 0; i < answer->feeds.count; i++) {
        lb_feed *feed = &answer->feeds.at[i];
        lb_err err = lb_quarantine_count(clerk->quarantine, feed->source, &feed->quarantined);
        if (err != LB_OK)
            return err;
    }
    return LB_OK;
}

static lb_err answer_query(lb_clerk *clerk, const lb_query *query, const lb_pass *pass,
                           lb_answer *answer)
{
    const lb_query_options *options = clerk->options;
    lb_err err;

    switch (query->ask) {
    case LB_ASK_TRACK:
    case LB_ASK_FIND_SPACE:
    case LB_ASK_CAPACITY:
    case LB_ASK_YARD:
    case LB_ASK_DEPARTURES:
    case LB_ASK_DUMP:
        return answer_from_view(clerk, query, pass, answer);
    case LB_ASK_STATUS:
        err = query->at_least_seq == LB_UNKNOWN ? LB_OK : reach_view(clerk, query->at_least_seq);
        return err == LB_OK ? answer_status(clerk, answer) : err;
    case LB_ASK_QUARANTINE_LIST:
    case LB_ASK_QUARANTINE_SHOW:
        return lb_quarantine_answer(clerk->quarantine, query, &clerk->arena, answer);
    case LB_ASK_FEEDS:
        err = ask_hub(clerk, query, answer);
        return err == LB_OK ? count_waiting(clerk, answer) : err;
    case LB_ASK_QUARANTINE_RELEASE:
    case LB_ASK_QUARANTINE_DROP:
        return ask_hub(clerk, query, answer);
    case LB_ASK_COVER:
        return recheck(clerk, query, answer);
    case LB_ASK_VERIFY:
    case LB_ASK_REBUILD:
    case LB_ASK_BACKUP:
    case LB_ASK_SALVAGE:
        return options->admin(options->whose, query, &clerk->arena, answer);
    case LB_ASK_PARTY_LIST:
    case LB_ASK_PARTY_ADD:
    case LB_ASK_PARTY_ROTATE:
    case LB_ASK_PARTY_REVOKE:
    case LB_ASK_PARTY_GRANT:
    case LB_ASK_PARTY_WITHDRAW:
    case LB_ASK_AUDIT_LIST:
    case LB_ASK_AUDIT_VERIFY:
        return ask_registrar(clerk, query, pass, answer);
    case LB_ASK_OVER_BUDGET:
    case LB_ASK_REGAINED: /* of the hub to itself */
    case LB_ASK_UNSPECIFIED:
        break;
    }
    return LB_ERR_MISUSE;
}

/* What a question is about, for the record of who asked what. */
static lb_span about(lb_clerk *clerk, const lb_query *query)
{
    if (query->reference.len > 0)
        return query->reference;
    if (query->party.name.len > 0)
        return query->party.name;
    if (query->quarantine_id != LB_UNKNOWN)
        return lb_arena_print(&clerk->arena, "%lld", (long long)query->quarantine_id);
    if (query->to.len > 0)
        return lb_arena_print(&clerk->arena, "%.*s to %.*s", LB_ARG(query->from),
                              LB_ARG(query->to));
    return query->from.len > 0 ? query->from : query->path;
}

/* The registrar itself notes what it changed. */
static bool is_noted_here(lb_ask ask)
{
    return ask < LB_ASK_PARTY_ADD || ask > LB_ASK_PARTY_WITHDRAW;
}

static void note(lb_clerk *clerk, const lb_query *query, const lb_pass *pass,
                 const lb_answer *answer)
{
    if (answer->error.len == 0 && !is_noted_here(query->ask))
        return;
    lb_span outcome = answer->error.len == 0 ? LB_SPAN("OK") : answer->error;
    lb_span deed = lb_arena_print(&clerk->arena, "ASK_%s", lb_ask_name(query->ask));
    lb_note(clerk->notes, pass == NULL ? LB_EMPTY : pass->name, deed, about(clerk, query), outcome);
}

/* BACKUP and SALVAGE name a folder on the hub's own machine. */
static bool may_ask(const lb_pass *pass, lb_ask ask)
{
    bool names_a_folder = ask == LB_ASK_BACKUP || ask == LB_ASK_SALVAGE;

    return pass != NULL && lb_pass_may_ask(pass, ask) && (!names_a_folder || pass->is_local);
}

/* Counted where its refused messages are: FEEDS shows it. */
static void count_over_budget(lb_clerk *clerk, const lb_pass *pass)
{
    lb_query query;
    lb_answer answer;

    lb_record_init(&lb_record_query, &query);
    lb_record_init(&lb_record_answer, &answer);
    query.ask = LB_ASK_OVER_BUDGET;
    query.party.name = pass->is_local ? LB_SPAN("local") : pass->name;
    ask_hub(clerk, &query, &answer);
}

static bool is_over_budget(const lb_query *query, const lb_answer *answer)
{
    return query->ask < LB_ASK_FEEDS && lb_span_is(answer->error, lb_err_name(LB_ERR_TOO_BIG));
}

static lb_err judge_and_answer(lb_clerk *clerk, lb_span user, lb_query *query, lb_answer *answer)
{
    clerk->book = lb_party_passes(clerk->parties);
    const lb_pass *pass = lb_pass_of_user(clerk->book, user, lb_clock_now_us());
    lb_err err = LB_ERR_DENIED;

    if (pass == NULL)
        answer->text = LB_SPAN("who asks this is not known to the hub");
    else if (!may_ask(pass, query->ask))
        answer->text = LB_SPAN("this party may not ask that");
    else
        err = answer_query(clerk, query, pass, answer);
    if (err != LB_OK && answer->error.len == 0) {
        answer->error = lb_span_of(lb_err_name(err));
        if (answer->text.len == 0)
            answer->text = lb_span_of(lb_err_text(err));
    }
    if (clerk->not_yet != NULL)
        return err;
    note(clerk, query, pass, answer);
    if (pass != NULL && is_over_budget(query, answer))
        count_over_budget(clerk, pass);
    return err;
}

/* The letters of the answer. */
static const char *fill_answer(lb_clerk *clerk, lb_span user, lb_span body, lb_answer *answer)
{
    lb_query query;

    clerk->not_yet = NULL;
    lb_record_init(&lb_record_answer, answer);
    lb_err err = lb_record_unpack(&lb_record_query, body, &clerk->arena, &query);
    if (err == LB_OK) {
        judge_and_answer(clerk, user, &query, answer);
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

static lb_err pack_answer(lb_clerk *clerk, const lb_span frames[2], const char **letters,
                          lb_span *bytes)
{
    lb_answer answer;

    *letters = fill_answer(clerk, frames[0], frames[1], &answer);
    if (clerk->not_yet != NULL)
        *letters = clerk->not_yet;
    if (clerk->not_yet == LONG) {
        *bytes = LB_EMPTY;
        return LB_OK;
    }
    lb_err err = lb_record_pack(&lb_record_answer, &answer, &clerk->arena, bytes);
    if (err == LB_OK)
        return LB_OK;
    int64_t correlation = answer.correlation; /* too long for memory: say that at least */
    lb_arena_reset(&clerk->arena);
    lb_record_init(&lb_record_answer, &answer);
    answer.correlation = correlation;
    answer.error = lb_span_of(lb_err_name(LB_ERR_TOO_BIG));
    answer.text = LB_SPAN("the answer is longer than the memory of a question; ask for less");
    return lb_record_pack(&lb_record_answer, &answer, &clerk->arena, bytes);
}

/* -- the thread ----------------------------------------------------------------------------------- */

static lb_err receive(lb_clerk *clerk, lb_span frames[2])
{
    for (int i = 0; i < 2; i++) {
        zmq_msg_t frame;
        zmq_msg_init(&frame);
        if (zmq_msg_recv(&frame, clerk->back, 0) < 0) {
            zmq_msg_close(&frame);
            return LB_ERR_CLOSED;
        }
        frames[i] =
            lb_arena_copy(&clerk->arena, (lb_span){zmq_msg_data(&frame), zmq_msg_size(&frame)});
        zmq_msg_close(&frame);
    }
    return lb_arena_failed(&clerk->arena) ? LB_ERR_NO_MEMORY : LB_OK;
}

static void hand_back(lb_clerk *clerk, const char *letters, lb_span answer)
{
    zmq_send(clerk->back, letters, strlen(letters), ZMQ_SNDMORE);
    zmq_send(clerk->back, answer.at, answer.len, 0);
}

static void reset_arena(lb_clerk *clerk)
{
    if (clerk->arena.total > ARENA_KEEP) {
        lb_arena_fini(&clerk->arena);
        lb_arena_init(&clerk->arena, ARENA_MAX);
    }
    lb_arena_reset(&clerk->arena);
    clerk->arena.max_bytes = ARENA_MAX; /* the last question may have been one with a budget */
}

static void *run(void *argument)
{
    lb_clerk *clerk = argument;
    lb_span frames[2], answer;
    const char *letters = "";

    if (!clerk->is_quick)
        lb_beside_step_back();
    hand_back(clerk, letters, LB_EMPTY); /* ready */
    for (;;) {
        lb_err err = receive(clerk, frames);
        if (err == LB_ERR_CLOSED)
            break;
        if (err != LB_OK || pack_answer(clerk, frames, &letters, &answer) != LB_OK)
            answer = LB_EMPTY;
        hand_back(clerk, letters, answer);
        reset_arena(clerk);
    }
    lb_socket_close(&clerk->back);
    lb_socket_close(&clerk->desk);
    lb_socket_close(&clerk->registrar);
    lb_socket_close(&clerk->notes);
    return NULL;
}

/* -- open and close ------------------------------------------------------------------------------- */

static lb_err open_sockets(lb_clerk *clerk, const char *back)
{
    clerk->back = zmq_socket(clerk->zmq, ZMQ_DEALER);
    if (clerk->back == NULL)
        return LB_ERR_NO_MEMORY;
    zmq_setsockopt(clerk->back, ZMQ_ROUTING_ID, &clerk->number, 1);
    if (zmq_connect(clerk->back, back) != 0)
        return LB_ERR_IO;
    lb_err err = lb_socket_connect(clerk->zmq, ZMQ_DEALER, LB_QUERY_DESK, &clerk->desk);
    if (err == LB_OK)
        err = lb_socket_connect(clerk->zmq, ZMQ_DEALER, LB_REGISTER, &clerk->registrar);
    if (err == LB_OK)
        err = lb_socket_connect(clerk->zmq, ZMQ_PUSH, LB_NOTES, &clerk->notes);
    return err;
}

static lb_err open_readers(lb_clerk *clerk, const lb_listen *listen)
{
    lb_err err =
        lb_party_reader_open(&clerk->parties, listen->party_path, listen->seal, listen->local_may);
    if (err == LB_OK)
        err = lb_journal_reader_open(&clerk->journal, clerk->options->journal_path);
    return err == LB_OK
               ? lb_quarantine_reader_open(&clerk->quarantine, clerk->options->journal_path)
               : err;
}

lb_err lb_clerk_open(lb_clerk **out, const lb_listen *listen, const lb_query_options *options,
                     const char *back, uint8_t number, bool is_quick)
{
    lb_clerk *clerk = calloc(1, sizeof *clerk);
    if (clerk == NULL)
        return LB_ERR_NO_MEMORY;
    clerk->zmq = listen->zmq;
    clerk->options = options;
    clerk->number = number;
    clerk->is_quick = is_quick;
    lb_arena_init(&clerk->arena, ARENA_MAX);
    lb_err err = open_sockets(clerk, back);
    if (err == LB_OK)
        err = open_readers(clerk, listen);
    if (err == LB_OK) {
        clerk->is_running = pthread_create(&clerk->thread, NULL, run, clerk) == 0;
        if (!clerk->is_running)
            err = LB_ERR_NO_MEMORY;
    }
    if (err != LB_OK)
        lb_clerk_close(&clerk);
    else
        *out = clerk;
    return err;
}

void lb_clerk_close(lb_clerk **out)
{
    lb_clerk *clerk = *out;

    if (clerk == NULL)
        return;
    if (clerk->is_running)
        pthread_join(clerk->thread, NULL);
    lb_socket_close(&clerk->back);
    lb_socket_close(&clerk->desk);
    lb_socket_close(&clerk->registrar);
    lb_socket_close(&clerk->notes);
    lb_view_reader_close(&clerk->view);
    lb_quarantine_reader_close(&clerk->quarantine);
    lb_journal_reader_close(&clerk->journal);
    lb_party_reader_close(&clerk->parties);
    lb_arena_fini(&clerk->arena);
    free(clerk);
    *out = NULL;
}
