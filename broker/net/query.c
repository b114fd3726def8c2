/* query.c - questions and answers: queues questions for the workers.
 *
 *     [waiting] ── a worker is free ──> [with it] ── its answer ──> sent, or [parked] until its delay is over
 *         ^                                ├── the view is behind: [early] until it has caught up
 *         └────────────────────────────────┘
 *                                          └── takes long: [lengthy] ── the slow worker ──> as above
 *
 * Askers take turns (query_line.h). Expensive questions go to the slow worker, which runs at a lower priority, so that
 * the others need not wait for them. */
#include "net/query.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/meter.h"
#include "base/thread.h"
#include "keep/audit.h"
#include "keep/party.h"
#include "net/door.h"
#include "net/query_worker.h"
#include "net/query_line.h"
#include "net/query_pages.h"
#include "record.h"

#define BACK "inproc://query-workers"
enum {
    WORKERS_MAX = 64,
    WAITING_MAX = 20000, /* questions; then the askers' sockets fill up */
    WAITING_BYTES = 64 * 1024 * 1024,
    QUESTION_BYTES = 64 * 1024,
    WEIGHT_BYTES =
        4 *
        1024, /* a question counts once more for each: so a party's open ones are bounded by bytes, too */
    TAKE_AT_ONCE = 256,           /* then workers and answers have their turn */
    ARENA_MAX = 16 * 1024 * 1024, /* a question, or a page */
    PAGES_BUSY_MS = 1000,
    EARLY_MS = 100, /* between two tries of a question that waits for the view */
};
#define STEP_US INT64_C(50000) /* of delayed answers */

struct lb_query_pool {
    lb_query_options options;
    lb_door *front; /* for outside clients */
    void *inside;   /* for gates */
    void *back;
    lb_thread thread;
    lb_party_reader *parties;
    lb_meters meters;
    void *notes;
    lb_arena arena;
    lb_query_line *waiting;
    lb_query_pages *pages;
    lb_query_line *lengthy; /* for the slow worker */
    lb_question_list parked, early;
    void *applied; /* channel: newest number in the view */
    int64_t applied_seq, tried_us;
    lb_question *with[WORKERS_MAX +
                      2]; /* the question of each worker, by its number; the slow one is the last */
    uint8_t free[WORKERS_MAX]; /* numbers of the idle quick workers */
    size_t free_count;
    bool is_slow_free;
    lb_query_worker *workers[WORKERS_MAX + 1];
};

/* -- a question's end -------------------------------------------------------------------------------- */

static void end_question(lb_query_pool *pool, lb_question *one)
{
    lb_meter *meter = one->is_measured ? lb_meters_find(&pool->meters, one->party) : NULL;

    if (meter != NULL)
        meter->open = meter->open > one->weight ? meter->open - one->weight : 0;
    lb_question_free(one);
}

static void send_bytes(lb_query_pool *pool, const lb_question *one, lb_span bytes)
{
    if (one->is_inside)
        lb_socket_answer(pool->inside, one->from, one->is_req, bytes);
    else
        lb_door_answer(pool->front, one->from, one->is_req, bytes);
}

static void send_packed(lb_query_pool *pool, const lb_question *one, const lb_answer *answer)
{
    lb_span bytes;
    if (lb_record_pack(&lb_record_answer, answer, &pool->arena, &bytes) == LB_OK)
        send_bytes(pool, one, bytes);
}

static void send_page(lb_query_pool *pool, const lb_question *one, lb_span name,
                      int64_t correlation)
{
    char next[LB_PAGE_NAME_ROOM];
    lb_answer answer;
    lb_record_init(&lb_record_answer, &answer);
    answer.correlation = correlation;
    lb_err err = lb_query_pages_take(pool->pages, lb_question_asker(one), name,
                                     lb_clock_monotonic_us(), &answer.page, next);
    answer.next_page = err == LB_OK ? lb_span_of(next) : LB_EMPTY;
    if (err != LB_OK) {
        answer.error = lb_span_of(lb_err_name(err));
        answer.text = LB_SPAN("this page is no longer kept: ask the question again");
    }
    send_packed(pool, one, &answer);
}

static void send_in_pages(lb_query_pool *pool, lb_question *one)
{
    char name[LB_PAGE_NAME_ROOM];
    lb_answer answer;
    lb_query query;
    lb_arena_reset(&pool->arena);
    lb_record_init(&lb_record_query, &query);
    lb_record_unpack(&lb_record_query, one->body, &pool->arena, &query);
    lb_err err = lb_query_pages_put(pool->pages, lb_question_asker(one), &one->answer,
                                    one->answer_len, lb_clock_monotonic_us(), name);
    if (err == LB_OK) {
        send_page(pool, one, lb_span_of(name), query.correlation);
        return;
    }
    lb_record_init(&lb_record_answer, &answer);
    answer.correlation = query.correlation;
    answer.error = lb_span_of(lb_err_name(err));
    answer.text = LB_SPAN("too many long answers are waiting to be read: ask again after retry_ms");
    answer.retry_ms = PAGES_BUSY_MS;
    send_packed(pool, one, &answer);
}

static void send_answer(lb_query_pool *pool, lb_question *one)
{
    if (one->answer_len > LB_PAGE_BYTES)
        send_in_pages(pool, one);
    else
        send_bytes(pool, one, (lb_span){one->answer, one->answer_len});
    end_question(pool, one);
}

/* -- coming in -------------------------------------------------------------------------------------- */

/* A question as received. */
typedef struct coming {
    lb_request request;
    bool is_inside;
    lb_span on_behalf_of, client_address; /* as stated in it */
    lb_span gate;                         /* that asks on behalf of a party; empty: none */
} coming;

static void read_coming(coming *in, bool is_inside)
{
    enum { ON_BEHALF_OF = 50, CLIENT_ADDRESS = 51 }; /* in a Query */

    in->is_inside = is_inside;
    in->on_behalf_of = lb_record_peek(in->request.body, ON_BEHALF_OF);
    in->client_address = lb_record_peek(in->request.body, CLIENT_ADDRESS);
    in->gate = is_inside && in->on_behalf_of.len > 0 ? lb_name_gate_of(in->request.from) : LB_EMPTY;
}

static void refuse(lb_query_pool *pool, const coming *in, lb_err err, const char *text,
                   int64_t retry_ms)
{
    const lb_question like = {
        .from = in->request.from, .is_req = in->request.is_req, .is_inside = in->is_inside};
    lb_answer answer;
    lb_query query;

    lb_record_init(&lb_record_answer, &answer);
    if (lb_record_unpack(&lb_record_query, in->request.body, &pool->arena, &query) == LB_OK)
        answer.correlation = query.correlation;
    answer.error = lb_span_of(lb_err_name(err));
    answer.text = lb_span_of(text);
    answer.retry_ms = retry_ms;
    send_packed(pool, &like, &answer);
    if (!in->is_inside)
        lb_door_refuse_request(pool->front, &in->request);
}

/* NULL: unknown, or not permitted to ask on behalf of another; *why says which. */
static const lb_permission *find_asker(lb_query_pool *pool, const coming *in, const char **why)
{
    const lb_permission_book *book = lb_party_permissions(pool->parties);

    *why = "no party has this key, or it may not be used from this address";
    if (in->on_behalf_of.len == 0)
        return lb_permission_of_user(book, in->request.user, lb_clock_now_us());
    *why = in->gate.len == 0 ? LB_WHY_NO_GATE : LB_WHY_NO_PARTY;
    return in->gate.len == 0 ? NULL
                             : lb_permission_of_party(book, in->on_behalf_of, in->client_address);
}

/* Audit record of a question that no worker has answered. */
static void note_unasked(lb_query_pool *pool, lb_span gate, lb_span party, lb_span about,
                         lb_err outcome)
{
    lb_audit_note note = lb_audit_note_of(party, LB_ACTION_ASK, about, outcome);

    note.gate = gate;
    lb_note(pool->notes, &note);
}

/* Refused before any worker sees it. The audit record has the party that the gate names, even if the hub does not know
 * it. */
static void refuse_stranger(lb_query_pool *pool, const coming *in, const char *why)
{
    lb_span claimed = lb_party_name_is_valid(in->on_behalf_of) ? in->on_behalf_of : LB_EMPTY;
    const lb_permission *own = in->is_inside || in->on_behalf_of.len == 0
                                   ? NULL
                                   : lb_permission_of_user(lb_party_permissions(pool->parties),
                                                           in->request.user, lb_clock_now_us());

    if (in->gate.len > 0)
        note_unasked(pool, in->gate, claimed, LB_EMPTY, LB_ERR_DENIED);
    else
        note_unasked(pool, LB_EMPTY, own == NULL ? LB_EMPTY : own->name, claimed, LB_ERR_DENIED);
    refuse(pool, in, LB_ERR_DENIED, why, LB_UNKNOWN);
}

/* How long the party must wait before it may ask; 0: it may. */
static int64_t wait_of(lb_query_pool *pool, const lb_permission *permission, lb_meter *meter)
{
    int64_t per_s = permission->questions_per_s == LB_UNKNOWN ? pool->options.questions_per_s
                                                              : permission->questions_per_s;

    if (meter->open >= pool->options.open_max)
        return STEP_US;
    return lb_bucket_wait_us(&meter->questions, per_s, lb_clock_steady_us());
}

/* The next page of a long answer needs no worker. */
static bool answer_with_page(lb_query_pool *pool, lb_question *one)
{
    lb_query query;
    if (lb_record_unpack(&lb_record_query, one->body, &pool->arena, &query) != LB_OK ||
        query.page.len == 0)
        return false;
    send_page(pool, one, query.page, query.correlation);
    end_question(pool, one);
    return true;
}

/* Charges the question to its party. False: over its limits, and refused. */
static bool charge(lb_query_pool *pool, const coming *in, const lb_permission *permission,
                   int64_t weight)
{
    lb_meter *meter = lb_meters_of(&pool->meters, permission);
    int64_t wait_us = meter == NULL ? STEP_US : wait_of(pool, permission, meter);

    if (wait_us > 0) {
        refuse(pool, in, LB_ERR_BUSY, "over the party's limit: ask again after retry_ms",
               wait_us / 1000 + 1);
        return false;
    }
    lb_bucket_spend(&meter->questions, 1);
    meter->open += weight;
    return true;
}

static void put_in_line(lb_query_pool *pool, const coming *in, const lb_permission *permission,
                        int64_t weight)
{
    const bool is_measured = !permission->is_local;
    const lb_question like = {.from = in->request.from,
                              .user = in->request.user,
                              .party = is_measured ? permission->name : LB_EMPTY,
                              .body = in->request.body,
                              .gate = in->gate,
                              .is_inside = in->is_inside,
                              .is_req = in->request.is_req,
                              .came_us = lb_clock_monotonic_us(),
                              .is_measured = is_measured,
                              .weight = weight};

    lb_question *one = lb_question_make(&like);
    if (one == NULL) {
        if (is_measured)
            lb_meters_of(&pool->meters, permission)->open -= weight;
        refuse(pool, in, LB_ERR_NO_MEMORY, lb_err_text(LB_ERR_NO_MEMORY), LB_UNKNOWN);
        return;
    }
    if (answer_with_page(pool, one))
        return;
    if (!lb_query_line_put(pool->waiting, one)) {
        refuse(pool, in, LB_ERR_NO_MEMORY, lb_err_text(LB_ERR_NO_MEMORY), LB_UNKNOWN);
        end_question(pool, one);
    }
}

static void take_in(lb_query_pool *pool, const coming *in)
{
    const int64_t weight = 1 + (int64_t)in->request.body.len / WEIGHT_BYTES;
    const char *why;
    const lb_permission *permission = find_asker(pool, in, &why);

    if (permission == NULL && in->on_behalf_of.len == 0 && in->request.user.len > 0 &&
        lb_door_expel(pool->front, in->request.file))
        return;
    if (permission == NULL) {
        refuse_stranger(pool, in, why);
        return;
    }
    if (!permission->is_local && !charge(pool, in, permission, weight))
        return;
    if (!in->is_inside)
        lb_door_accept_request(pool->front, &in->request);
    put_in_line(pool, in, permission, weight);
}

static bool has_room(const lb_query_pool *pool)
{
    return lb_query_line_count(pool->waiting) + lb_query_line_count(pool->lengthy) +
                   pool->early.count <
               WAITING_MAX &&
           lb_query_line_bytes(pool->waiting) + lb_query_line_bytes(pool->lengthy) < WAITING_BYTES;
}

static bool take_questions(lb_query_pool *pool, bool is_inside)
{
    coming in;
    bool took = false;

    for (unsigned i = 0; i < TAKE_AT_ONCE && has_room(pool); i++) {
        lb_arena_reset(&pool->arena);
        lb_err err = is_inside ? lb_socket_take(pool->inside, &pool->arena, &in.request)
                               : lb_door_take(pool->front, &pool->arena, &in.request);
        if (err == LB_ERR_NOT_FOUND || err == LB_ERR_CLOSED)
            break;
        took = true;
        if (err != LB_OK)
            continue;
        read_coming(&in, is_inside);
        take_in(pool, &in);
    }
    return took;
}

/* -- to the workers, and back ------------------------------------------------------------------------ */

static uint8_t slow_worker(const lb_query_pool *pool)
{
    return (uint8_t)(pool->options.workers + 1);
}

/* One party never occupies all quick workers. */
static bool may_answer(void *whose, const lb_question *one)
{
    const lb_query_pool *pool = whose;
    lb_span asker = lb_question_asker(one);
    int64_t has = 0;

    for (size_t i = 0; i < slow_worker(pool); i++)
        has += pool->with[i] != NULL && lb_span_equal(lb_question_asker(pool->with[i]), asker);
    return !one->is_measured || has == 0 || has < pool->options.workers - 1;
}

static void give(lb_query_pool *pool, uint8_t number, lb_question *one)
{
    pool->with[number] = one;
    zmq_send(pool->back, &number, 1, ZMQ_SNDMORE);
    zmq_send(pool->back, one->gate.at, one->gate.len, ZMQ_SNDMORE);
    zmq_send(pool->back, one->user.at, one->user.len, ZMQ_SNDMORE);
    zmq_send(pool->back, one->body.at, one->body.len, 0);
}

static bool hand_out(lb_query_pool *pool)
{
    bool gave = false;
    lb_question *one;

    while (pool->free_count > 0 &&
           (one = lb_query_line_take(pool->waiting, may_answer, pool)) != NULL) {
        give(pool, pool->free[--pool->free_count], one);
        gave = true;
    }
    if (pool->is_slow_free && (one = lb_query_line_take(pool->lengthy, NULL, NULL)) != NULL) {
        pool->is_slow_free = false;
        give(pool, slow_worker(pool), one);
        gave = true;
    }
    return gave;
}

/* A delayed answer is sent at the next multiple of STEP_US. */
static void settle(lb_query_pool *pool, lb_question *one, bool is_delayed)
{
    int64_t took_us = lb_clock_monotonic_us() - one->came_us;

    if (one->answer_len == 0) { /* no memory for any answer: the asker times out and asks again */
        lb_door_miss(pool->front);
        end_question(pool, one);
    } else if (is_delayed) {
        one->leaves_us = one->came_us + (took_us / STEP_US + 1) * STEP_US;
        lb_question_put(&pool->parked, one);
    } else {
        send_answer(pool, one);
    }
}

static void put_again(lb_query_pool *pool, lb_query_line *line, lb_question *one)
{
    if (lb_query_line_put(line, one))
        return;
    one->answer_len = 0;
    settle(pool, one, false);
}

/* -- waiting for the view ------------------------------------------------------------------------------- */

static void wait_for_view(lb_query_pool *pool, lb_question *one)
{
    lb_query query;

    lb_arena_reset(&pool->arena);
    if (lb_record_unpack(&lb_record_query, one->body, &pool->arena, &query) == LB_OK)
        one->from_seq = lb_position_number(&query.at_least);
    lb_question_put(&pool->early, one);
}

/* Queues again the questions whose number the view has reached, and every EARLY_MS all of them. After LB_WORKER_EARLY_US
 * the error of the last try is sent. True: some question was queued. */
static bool look_at_early(lb_query_pool *pool)
{
    int64_t now_us = lb_clock_monotonic_us();
    bool is_time = now_us - pool->tried_us > EARLY_MS * INT64_C(1000), has_moved = false;

    if (!lb_notify_receive(pool->applied, &pool->applied_seq) && !is_time)
        return false;
    if (is_time)
        pool->tried_us = now_us;
    for (size_t count = pool->early.count; count > 0; count--) {
        lb_question *one = lb_question_take(&pool->early);
        if (now_us - one->came_us > LB_WORKER_EARLY_US) {
            note_unasked(pool, one->gate, one->party, LB_EMPTY, LB_ERR_TIMEOUT);
            settle(pool, one, false);
        } else if (is_time || one->from_seq <= pool->applied_seq) {
            put_again(pool, pool->waiting, one);
            has_moved = true;
        } else {
            lb_question_put(&pool->early, one);
        }
    }
    return has_moved;
}

/* -- answers back ----------------------------------------------------------------------------------------- */

static bool receive(void *socket, zmq_msg_t *frame)
{
    zmq_msg_init(frame);
    if (zmq_msg_recv(frame, socket, ZMQ_DONTWAIT) >= 0)
        return true;
    zmq_msg_close(frame);
    return false;
}

static bool has_flag(zmq_msg_t *hold, char flag)
{
    return memchr(zmq_msg_data(hold), flag, zmq_msg_size(hold)) != NULL;
}

/* The worker is idle now. */
static lb_question *take_from(lb_query_pool *pool, uint8_t number)
{
    lb_question *one = pool->with[number];

    pool->with[number] = NULL;
    if (number == slow_worker(pool))
        pool->is_slow_free = true;
    else
        pool->free[pool->free_count++] = number;
    return one;
}

static void note_answer(lb_query_pool *pool, lb_question *one, zmq_msg_t *hold, zmq_msg_t *answer)
{
    size_t len = zmq_msg_size(answer);

    if (has_flag(hold, LB_WORKER_LONG)) {
        put_again(pool, pool->lengthy, one);
        return;
    }
    free(one->answer); /* of an earlier try */
    one->answer = malloc(len + 1);
    one->answer_len = one->answer == NULL ? 0 : len;
    if (one->answer_len > 0)
        memcpy(one->answer, zmq_msg_data(answer), len);
    if (has_flag(hold, LB_WORKER_EARLY))
        wait_for_view(pool, one);
    else
        settle(pool, one, has_flag(hold, LB_WORKER_DELAYED));
}

static bool take_answer(lb_query_pool *pool)
{
    uint8_t number;
    zmq_msg_t hold, answer;

    if (zmq_recv(pool->back, &number, 1, ZMQ_DONTWAIT) != 1 || !receive(pool->back, &hold))
        return false;
    if (receive(pool->back, &answer)) {
        lb_question *one = take_from(pool, number);
        if (one != NULL)
            note_answer(pool, one, &hold, &answer);
        zmq_msg_close(&answer);
    }
    zmq_msg_close(&hold);
    return true;
}

/* Sends parked answers that are due; returns the time until the next one is. */
static int64_t send_parked(lb_query_pool *pool)
{
    int64_t now_us = lb_clock_monotonic_us(), next_us = now_us + LB_DOOR_LOOK_MS * INT64_C(1000);

    for (size_t count = pool->parked.count; count > 0; count--) {
        lb_question *one = lb_question_take(&pool->parked);
        if (one->leaves_us <= now_us) {
            send_answer(pool, one);
            continue;
        }
        next_us = one->leaves_us < next_us ? one->leaves_us : next_us;
        lb_question_put(&pool->parked, one);
    }
    return next_us - now_us;
}

static void *run(void *argument)
{
    lb_query_pool *pool = argument;
    zmq_pollitem_t items[] = {{.socket = pool->back, .events = ZMQ_POLLIN},
                              {.socket = pool->applied, .events = ZMQ_POLLIN},
                              {.socket = pool->inside, .events = ZMQ_POLLIN},
                              {.socket = lb_door_socket(pool->front), .events = ZMQ_POLLIN}};
    int64_t wait_us = 0;

    while (lb_socket_wait(items, has_room(pool) ? 4 : 2, (int)(wait_us / 1000) + 1)) {
        bool is_busy = true;
        while (is_busy) {
            is_busy = false;
            while (take_answer(pool))
                is_busy = true;
            is_busy |= look_at_early(pool);
            is_busy |= hand_out(pool);
            is_busy |= take_questions(pool, true);
            is_busy |= take_questions(pool, false);
            lb_door_look(pool->front);
        }
        wait_us = send_parked(pool);
    }
    lb_door_close(&pool->front);
    lb_socket_close(&pool->inside);
    lb_socket_close(&pool->back);
    lb_socket_close(&pool->notes);
    lb_socket_close(&pool->applied);
    return NULL;
}

/* -- open and close --------------------------------------------------------------------------------- */

lb_err lb_query_open(lb_query_pool **out, const lb_listen *listen, lb_ports ports,
                     const lb_query_options *options)
{
    lb_query_pool *pool = calloc(1, sizeof *pool);
    if (pool == NULL)
        return LB_ERR_NO_MEMORY;
    pool->options = *options;
    lb_arena_init(&pool->arena, ARENA_MAX);

    lb_err err = lb_door_listen(&pool->front, listen, LB_DOOR_QUERY, ports, QUESTION_BYTES);
    if (err == LB_OK)
        err = lb_socket_bind(listen->zmq, ZMQ_ROUTER, LB_QUERY_INSIDE, &pool->inside);
    if (err == LB_OK)
        err = lb_socket_bind(listen->zmq, ZMQ_ROUTER, BACK, &pool->back);
    if (err == LB_OK)
        err = lb_socket_connect(listen->zmq, ZMQ_PUSH, LB_NOTES, &pool->notes);
    if (err == LB_OK)
        err = lb_notify_subscribe(listen->zmq, LB_NOTIFY_APPLIED, &pool->applied);
    if (err == LB_OK)
        err = lb_query_line_open(&pool->waiting);
    if (err == LB_OK)
        err = lb_query_line_open(&pool->lengthy);
    if (err == LB_OK)
        err = lb_query_pages_open(&pool->pages);
    if (err == LB_OK)
        err = lb_party_reader_open(&pool->parties, listen->party_path, listen->user_nonce,
                                   listen->local_may);
    for (size_t i = 0; err == LB_OK && i <= (size_t)options->workers && i <= WORKERS_MAX; i++)
        err = lb_query_worker_open(&pool->workers[i], listen, &pool->options, BACK,
                                   (uint8_t)(i + 1), i < (size_t)options->workers);
    if (err == LB_OK)
        err = lb_thread_start(&pool->thread, LB_THREAD_QUERY, run, pool);
    *out = pool; /* workers may be running already: closed by the caller in any case */
    return err;
}

void lb_query_close(lb_query_pool **out)
{
    lb_query_pool *pool = *out;

    if (pool == NULL)
        return;
    for (size_t i = 0; i <= WORKERS_MAX; i++)
        lb_query_worker_close(&pool->workers[i]);
    lb_thread_join(&pool->thread);
    lb_query_line_close(&pool->waiting);
    lb_query_line_close(&pool->lengthy);
    lb_query_pages_close(&pool->pages);
    while (pool->parked.count > 0)
        end_question(pool, lb_question_take(&pool->parked));
    while (pool->early.count > 0)
        end_question(pool, lb_question_take(&pool->early));
    for (size_t i = 0; i <= WORKERS_MAX + 1; i++)
        if (pool->with[i] != NULL)
            end_question(pool, pool->with[i]);
    lb_door_close(&pool->front);
    lb_socket_close(&pool->inside);
    lb_socket_close(&pool->back);
    lb_socket_close(&pool->notes);
    lb_socket_close(&pool->applied);
    lb_party_reader_close(&pool->parties);
    lb_meters_fini(&pool->meters);
    lb_arena_fini(&pool->arena);
    free(pool);
    *out = NULL;
}
