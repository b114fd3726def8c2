/* replay.c - events from any number on, by request.
 *
 * The client sets the pace: one ReplayBatch for one ReplayRequest, within its credit and the limits here. A party with
 * rights to some topics gets only their events; `next` is the number after the last event examined. A `next` beyond
 * `head`: the client has everything. */
#include "net/replay.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/meter.h"
#include "base/stamp.h"
#include "base/thread.h"
#include "keep/audit.h"
#include "keep/journal_cursor.h"
#include "keep/party.h"
#include "net/door.h"
#include "record.h"

enum {
    CREDIT_MAX = 10000,
    BATCH_BYTES = 4 * 1024 * 1024, /* of events that are sent or only examined */
    REQUEST_BYTES = 1024,
    TAKE_AT_ONCE = 256,            /* then lb_door_look has its turn */
    ARENA_MAX = 512 * 1024 * 1024, /* a very large event is sent alone */
};

struct lb_replay {
    lb_door *door;
    void *notes;
    const lb_epochs *epochs;
    int64_t questions_per_s;
    lb_party_reader *parties;
    lb_meters meters;
    lb_journal_reader *reader;
    lb_arena arena;
    lb_thread thread;
};

static void complain(lb_replay_batch *batch, lb_err err, const char *text)
{
    batch->error = lb_span_of(lb_err_name(err));
    batch->text = lb_span_of(text);
}

typedef struct filling { /* one batch and its reader */
    lb_replay *replay;
    const lb_permission *permission;
    lb_replay_batch *batch;
    int64_t from_seq, next_seq, head_seq;
    int64_t credit;
    size_t bytes;
} filling;

static bool may_have(const filling *one, lb_span event)
{
    char topic[LB_TOPIC_ROOM];

    if (lb_permission_has(one->permission, LB_PARTY_OPERATOR))
        return true;
    size_t len = lb_stamp_topic(topic, sizeof topic, event);
    return lb_permission_may_follow(one->permission, (lb_span){topic, len});
}

static bool add_event(filling *one, lb_span packed, int64_t seq, int64_t recorded_us)
{
    lb_replay_batch *batch = one->batch;
    const lb_stamp_facts facts = {seq, lb_epochs_present(one->replay->epochs), recorded_us};
    lb_span event = lb_stamp(&one->replay->arena, packed, &facts);

    if (event.len == 0 ||
        !lb_arena_grow(&one->replay->arena, &batch->events, sizeof *batch->events.at))
        return false;
    batch->events.at[batch->events.count++] = event;
    return true;
}

/* Does it fit? The first of a batch always does. */
static bool has_room(filling *one, size_t len)
{
    const lb_replay_batch *batch = one->batch;
    bool is_first = one->bytes == 0;

    one->bytes += len + LB_STAMP_ROOM;
    return is_first || (one->bytes <= BATCH_BYTES &&
                        (int64_t)(batch->events.count + batch->records.count) < one->credit);
}

/* Records go to every follower, whatever its topics. Only an operator is told where the files of a hole are. */
static bool add_record(filling *one, const lb_cursor *at)
{
    lb_stream_record_list *records = &one->batch->records;
    lb_arena *arena = &one->replay->arena;

    if (!lb_arena_grow(arena, records, sizeof *records->at) ||
        lb_cursor_record(at, arena, &records->at[records->count]) != LB_OK)
        return false;
    lb_stream_record *record = &records->at[records->count++];
    record->hub_epoch = lb_epochs_present(one->replay->epochs);
    if (record->lost.count > 0 && !lb_permission_has(one->permission, LB_PARTY_OPERATOR))
        record->lost.at[0].set_aside = LB_EMPTY;
    return true;
}

static bool add_number(filling *one, const lb_cursor *at)
{
    if (!has_room(one, at->is_event ? at->event.len : at->entry->body.len))
        return false;
    if (!at->is_event)
        return add_record(one, at);
    return !may_have(one, at->event) || add_event(one, at->event, at->seq, at->page->recorded_us);
}

/* Adds the numbers of the page from the next number on; false when the batch is full. */
static bool add_page(filling *one, const lb_page *page)
{
    lb_cursor at = lb_cursor_on(page);

    while (lb_cursor_next(&at, one->next_seq)) {
        if (!add_number(one, &at))
            return false;
        one->next_seq = at.is_event ? at.seq + 1 : at.last_seq + 1;
    }
    return true;
}

/* A request beyond the end names numbers that the journal does not have: it was replaced by an older copy. */
static lb_err tell_ahead(const filling *one)
{
    lb_log(LB_LOG_JRN_AHEAD, "party=%.*s from=%lld head=%lld", LB_ARG(one->permission->name),
           (long long)one->from_seq, (long long)one->head_seq);
    complain(one->batch, LB_ERR_CORRUPT,
             "the journal ends before this number: if it was given out, tell the hub's operator");
    return LB_OK;
}

static lb_err fill_batch(filling *one)
{
    lb_replay_batch *batch = one->batch;
    lb_journal_head head;
    const lb_page *page;

    lb_err err = lb_journal_reader_tell(one->replay->reader, &head);
    if (err != LB_OK)
        return err;
    one->head_seq = head.seq;
    if (one->from_seq > head.seq + 1)
        return tell_ahead(one);
    while (one->next_seq <= head.seq && (int64_t)batch->events.count < one->credit) {
        err = lb_journal_read_seq(one->replay->reader, one->next_seq, &page);
        if (err != LB_OK)
            return one->next_seq > one->from_seq ? LB_OK : err;
        if (!add_page(one, page))
            break;
    }
    return LB_OK;
}

/* How long the party must wait before it may ask; 0: it may. The hub's own machine always may. */
static int64_t wait_of(lb_replay *replay, const lb_permission *permission)
{
    int64_t per_s = permission->questions_per_s == LB_UNKNOWN ? replay->questions_per_s
                                                              : permission->questions_per_s;

    if (permission->is_local)
        return 0;
    lb_meter *meter = lb_meters_of(&replay->meters, permission);
    if (meter == NULL)
        return 1;
    int64_t wait_us = lb_bucket_wait_us(&meter->questions, per_s, lb_clock_steady_us());
    if (wait_us == 0)
        lb_bucket_spend(&meter->questions, 1);
    return wait_us;
}

static void note(lb_replay *replay, const lb_permission *permission, lb_err outcome)
{
    const lb_audit_note one = lb_audit_note_of(permission == NULL ? LB_EMPTY : permission->name,
                                               LB_ACTION_REPLAY, LB_EMPTY, outcome);
    lb_note(replay->notes, &one);
}

/* The party, if it may follow and is within its rate; NULL: not, and the batch has the error. */
static const lb_permission *judge(lb_replay *replay, lb_span user, lb_replay_batch *batch)
{
    const lb_permission_book *book = lb_party_permissions(replay->parties);
    const lb_permission *permission = lb_permission_of_user(book, user, lb_clock_now_us());

    if (permission == NULL || (!lb_permission_has(permission, LB_PARTY_OPERATOR) &&
                               !lb_permission_has(permission, LB_PARTY_INTEGRATOR))) {
        complain(batch, LB_ERR_DENIED, "this party may not follow the stream");
        note(replay, permission, LB_ERR_DENIED);
        return NULL;
    }
    int64_t wait_us = wait_of(replay, permission);
    if (wait_us == 0)
        return permission;
    complain(batch, LB_ERR_BUSY, "over the party's limit: ask again after retry_ms");
    batch->retry_ms = wait_us / 1000 + 1;
    return NULL;
}

/* The number at which to begin in this journal; false: none, and the batch has the error. */
static bool find_place(filling *one, const lb_position *from)
{
    lb_replay *replay = one->replay;
    lb_replay_batch *batch = one->batch;
    lb_span why = LB_EMPTY;
    int64_t number = 0;

    lb_err err =
        lb_epochs_judge(replay->epochs, from, LB_POSITION_FROM, &replay->arena, &number, &why);
    one->from_seq = one->next_seq = number;
    if (err == LB_OK && number >= 1)
        return true;
    complain(batch, err == LB_OK ? LB_ERR_MISUSE : err, "from and credit start at 1");
    if (err != LB_OK)
        batch->text = why;
    if (err == LB_ERR_RESET)
        batch->reset = lb_epochs_position(replay->epochs, number, &replay->arena);
    return false;
}

static void fill_positions(const filling *one)
{
    lb_replay *replay = one->replay;

    one->batch->next = lb_epochs_position(replay->epochs, one->next_seq, &replay->arena);
    one->batch->head = lb_epochs_position(replay->epochs, one->head_seq, &replay->arena);
}

static void answer_request(lb_replay *replay, const lb_request *in, lb_replay_batch *batch)
{
    lb_replay_request request;

    lb_record_init(&lb_record_replay_batch, batch);
    if (lb_record_unpack(&lb_record_replay_request, in->body, &replay->arena, &request) != LB_OK) {
        complain(batch, LB_ERR_GARBLED, "not a ReplayRequest message");
        return;
    }
    batch->from = request.from;
    int64_t credit =
        request.credit == LB_UNKNOWN || request.credit > CREDIT_MAX ? CREDIT_MAX : request.credit;
    const lb_permission *permission = judge(replay, in->user, batch);
    if (permission == NULL)
        return;
    if (credit < 1) {
        complain(batch, LB_ERR_MISUSE, "from and credit start at 1");
        return;
    }
    filling one = {.replay = replay, .permission = permission, .batch = batch, .credit = credit};
    if (!find_place(&one, &request.from))
        return;
    note(replay, permission, LB_OK);
    lb_err err = fill_batch(&one);
    fill_positions(&one);
    if (err != LB_OK)
        complain(batch, err, "the journal cannot be read here");
}

/* Its key was valid at the handshake; the first request after that is answered with an error, the next ones are not. */
static bool is_expelled(lb_replay *replay, const lb_request *request)
{
    const lb_permission_book *book = lb_party_permissions(replay->parties);

    return request->user.len > 0 &&
           lb_permission_of_user(book, request->user, lb_clock_now_us()) == NULL &&
           lb_door_expel(replay->door, request->file);
}

static void serve(lb_replay *replay)
{
    lb_request request;
    lb_err err;

    for (unsigned i = 0; i < TAKE_AT_ONCE; i++) {
        lb_arena_reset(&replay->arena);
        err = lb_door_take(replay->door, &replay->arena, &request);
        if (err == LB_ERR_NOT_FOUND || err == LB_ERR_CLOSED)
            return;
        if (err != LB_OK || is_expelled(replay, &request))
            continue;
        lb_replay_batch batch;
        lb_span bytes;
        answer_request(replay, &request, &batch);
        if (lb_record_pack(&lb_record_replay_batch, &batch, &replay->arena, &bytes) == LB_OK)
            lb_door_answer(replay->door, request.from, request.is_req, bytes);
        else
            lb_door_miss(replay->door);
        if (batch.error.len > 0)
            lb_door_refuse_request(replay->door, &request);
        else
            lb_door_accept_request(replay->door, &request);
    }
}

static void *run(void *argument)
{
    lb_replay *replay = argument;
    zmq_pollitem_t items[] = {{.socket = lb_door_socket(replay->door), .events = ZMQ_POLLIN}};

    while (lb_socket_wait(items, 1, LB_DOOR_LOOK_MS)) {
        serve(replay);
        lb_door_look(replay->door);
    }
    lb_door_close(&replay->door);
    lb_socket_close(&replay->notes);
    return NULL;
}

lb_err lb_replay_open(lb_replay **out, const lb_listen *listen, lb_ports ports,
                      int64_t questions_per_s, const lb_journal_place *journal,
                      const lb_epochs *epochs)
{
    lb_replay *replay = calloc(1, sizeof *replay);
    if (replay == NULL)
        return LB_ERR_NO_MEMORY;
    replay->questions_per_s = questions_per_s;
    replay->epochs = epochs;
    lb_arena_init(&replay->arena, ARENA_MAX);
    lb_err err = lb_party_reader_open(&replay->parties, listen->party_path, listen->user_nonce,
                                      listen->local_may);
    if (err == LB_OK)
        err = lb_socket_connect(listen->zmq, ZMQ_PUSH, LB_NOTES, &replay->notes);
    if (err == LB_OK)
        err = lb_journal_reader_open(&replay->reader, journal);
    if (err == LB_OK)
        err = lb_door_listen(&replay->door, listen, LB_DOOR_REPLAY, ports, REQUEST_BYTES);
    if (err == LB_OK)
        err = lb_thread_start(&replay->thread, LB_THREAD_REPLAY, run, replay);
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
    lb_thread_join(&replay->thread);
    lb_door_close(&replay->door);
    lb_socket_close(&replay->notes);
    lb_party_reader_close(&replay->parties);
    lb_meters_fini(&replay->meters);
    lb_journal_reader_close(&replay->reader);
    lb_arena_fini(&replay->arena);
    free(replay);
    *out = NULL;
}
