/* query.c - questions and answers: the room where they wait.
 *
 *     [waiting] ── a clerk is free ──> [with him] ── his answer ──> sent, or [parked] until it may leave
 *
 * Askers take turns (query_line.h). */
#include "move/query.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/meter.h"
#include "keep/party.h"
#include "move/door.h"
#include "move/query_clerk.h"
#include "move/query_line.h"
#include "move/query_pages.h"
#include "record.h"

#define BACK "inproc://query-clerks"
enum {
    CLERKS_MAX = 64,
    WAITING_MAX = 20000, /* questions; then the askers' sockets fill up */
    WAITING_BYTES = 64 * 1024 * 1024,
    QUESTION_BYTES = 64 * 1024,
    ARENA_MAX = 16 * 1024 * 1024, /* a question, or a page */
    PAGES_BUSY_MS = 1000,
};
#define STEP_US INT64_C(50000) /* of answers that must not tell by their speed */

struct lb_query_room {
    lb_query_options options;
    lb_door *front;
    void *back;
    pthread_t thread;
    bool is_running;
    lb_party_reader *parties;
    lb_meters meters;
    lb_arena arena;
    lb_query_line *waiting;
    lb_query_pages *pages;
    lb_question_list parked;
    lb_question *with[CLERKS_MAX + 1]; /* what each clerk is at, by his number */
    uint8_t free[CLERKS_MAX];          /* numbers of those who are at nothing  */
    size_t free_count;
    lb_clerk *clerks[CLERKS_MAX];
};

/* -- a question's end -------------------------------------------------------------------------------- */

static void end_question(lb_query_room *room, lb_question *one)
{
    lb_meter *meter = one->is_measured ? lb_meters_find(&room->meters, one->party) : NULL;

    if (meter != NULL && meter->open > 0)
        meter->open--;
    lb_question_free(one);
}

static void send_packed(lb_query_room *room, const lb_question *one, const lb_answer *answer)
{
    lb_span bytes;
    if (lb_record_pack(&lb_record_answer, answer, &room->arena, &bytes) == LB_OK)
        lb_door_answer(room->front, one->from, one->is_req, bytes);
}

static void send_page(lb_query_room *room, const lb_question *one, lb_span name,
                      int64_t correlation)
{
    char next[LB_PAGE_NAME_ROOM];
    lb_answer answer;
    lb_record_init(&lb_record_answer, &answer);
    answer.correlation = correlation;
    lb_err err = lb_query_pages_take(room->pages, lb_question_asker(one), name,
                                     lb_clock_monotonic_us(), &answer.page, next);
    answer.next_page = err == LB_OK ? lb_span_of(next) : LB_EMPTY;
    if (err != LB_OK) {
        answer.error = lb_span_of(lb_err_name(err));
        answer.text = LB_SPAN("this page is not there any more: ask the question again");
    }
    send_packed(room, one, &answer);
}

static void send_in_pages(lb_query_room *room, lb_question *one)
{
    char name[LB_PAGE_NAME_ROOM];
    lb_answer answer;
    lb_query query;
    lb_arena_reset(&room->arena);
    lb_record_init(&lb_record_query, &query);
    lb_record_unpack(&lb_record_query, one->body, &room->arena, &query);
    lb_err err = lb_query_pages_put(room->pages, lb_question_asker(one), &one->answer,
                                    one->answer_len, lb_clock_monotonic_us(), name);
    if (err == LB_OK) {
        send_page(room, one, lb_span_of(name), query.correlation);
        return;
    }
    lb_record_init(&lb_record_answer, &answer);
    answer.correlation = query.correlation;
    answer.error = lb_span_of(lb_err_name(err));
    answer.text = LB_SPAN("too many long answers wait for their readers: ask again");
    answer.retry_ms = PAGES_BUSY_MS;
    send_packed(room, one, &answer);
}

static void send_answer(lb_query_room *room, lb_question *one)
{
    if (one->answer_len > LB_PAGE_BYTES && !one->is_whole)
        send_in_pages(room, one);
    else
        lb_door_answer(room->front, one->from, one->is_req,
                       (lb_span){one->answer, one->answer_len});
    end_question(room, one);
}

/* -- coming in -------------------------------------------------------------------------------------- */

static void refuse(lb_query_room *room, const lb_letter_in *letter, lb_err err, const char *text,
                   int64_t retry_ms)
{
    lb_answer answer;
    lb_query query;
    lb_span bytes;

    lb_door_refuse(room->front);
    lb_record_init(&lb_record_answer, &answer);
    if (lb_record_unpack(&lb_record_query, letter->body, &room->arena, &query) == LB_OK)
        answer.correlation = query.correlation;
    answer.error = lb_span_of(lb_err_name(err));
    answer.text = lb_span_of(text);
    answer.retry_ms = retry_ms;
    if (lb_record_pack(&lb_record_answer, &answer, &room->arena, &bytes) == LB_OK)
        lb_door_answer(room->front, letter->from, letter->is_req, bytes);
}

/* How long he must wait before he may ask; 0: he may. */
static int64_t wait_of(lb_query_room *room, const lb_pass *pass, lb_meter *meter)
{
    int64_t per_s =
        pass->questions_per_s == LB_UNKNOWN ? room->options.questions_per_s : pass->questions_per_s;

    if (meter->open >= room->options.open_max)
        return STEP_US;
    return lb_bucket_wait_us(&meter->questions, per_s, lb_clock_monotonic_us());
}

/* The next page of a long answer needs no clerk. */
static bool answer_with_page(lb_query_room *room, lb_question *one)
{
    lb_query query;
    if (lb_record_unpack(&lb_record_query, one->body, &room->arena, &query) != LB_OK ||
        query.page.len == 0)
        return false;
    send_page(room, one, query.page, query.correlation);
    end_question(room, one);
    return true;
}

static void take_in(lb_query_room *room, const lb_letter_in *letter)
{
    const lb_pass_book *book = lb_party_passes(room->parties);
    const lb_pass *pass = lb_pass_of_user(book, letter->user, lb_clock_now_us());
    bool is_measured = pass != NULL && !pass->is_local;

    if (is_measured) {
        lb_meter *meter = lb_meters_of(&room->meters, pass);
        int64_t wait_us = meter == NULL ? STEP_US : wait_of(room, pass, meter);
        if (wait_us > 0) {
            refuse(room, letter, LB_ERR_BUSY, "over the party's limit: ask again after retry_ms",
                   wait_us / 1000 + 1);
            return;
        }
        lb_bucket_spend(&meter->questions, 1);
        meter->open++;
    }
    lb_question *one = lb_question_make(letter->from, letter->user,
                                        is_measured ? pass->name : LB_EMPTY, letter->body);
    if (one == NULL) {
        refuse(room, letter, LB_ERR_NO_MEMORY, lb_err_text(LB_ERR_NO_MEMORY), LB_UNKNOWN);
        return;
    }
    one->came_us = lb_clock_monotonic_us();
    one->is_req = letter->is_req;
    one->is_measured = is_measured;
    if (answer_with_page(room, one))
        return;
    if (!lb_query_line_put(room->waiting, one)) {
        refuse(room, letter, LB_ERR_NO_MEMORY, lb_err_text(LB_ERR_NO_MEMORY), LB_UNKNOWN);
        end_question(room, one);
    }
}

static bool has_room(const lb_query_room *room)
{
    return lb_query_line_count(room->waiting) < WAITING_MAX &&
           lb_query_line_bytes(room->waiting) < WAITING_BYTES;
}

static bool take_questions(lb_query_room *room)
{
    lb_letter_in letter;
    bool took = false;

    while (has_room(room)) {
        lb_arena_reset(&room->arena);
        lb_err err = lb_door_take(room->front, &room->arena, &letter);
        if (err == LB_ERR_NOT_FOUND || err == LB_ERR_CLOSED)
            break;
        took = true;
        if (err == LB_OK)
            take_in(room, &letter);
    }
    return took;
}

/* -- to the clerks, and back ------------------------------------------------------------------------ */

/* One party never has all clerks. */
static bool may_answer(void *whose, const lb_question *one)
{
    const lb_query_room *room = whose;
    lb_span asker = lb_question_asker(one);
    int64_t has = 0;

    for (size_t i = 0; i <= CLERKS_MAX; i++)
        has += room->with[i] != NULL && lb_span_equal(lb_question_asker(room->with[i]), asker);
    return !one->is_measured || has == 0 || has < room->options.workers - 1;
}

static bool hand_out(lb_query_room *room)
{
    bool gave = false;
    lb_question *one;

    while (room->free_count > 0 &&
           (one = lb_query_line_take(room->waiting, may_answer, room)) != NULL) {
        uint8_t number = room->free[--room->free_count];
        room->with[number] = one;
        zmq_send(room->back, &number, 1, ZMQ_SNDMORE);
        zmq_send(room->back, one->user.at, one->user.len, ZMQ_SNDMORE);
        zmq_send(room->back, one->body.at, one->body.len, 0);
        gave = true;
    }
    return gave;
}

/* What must not tell by its speed leaves at the next step. */
static void settle(lb_query_room *room, lb_question *one, bool is_held)
{
    int64_t took_us = lb_clock_monotonic_us() - one->came_us;

    if (one->answer_len == 0) { /* no memory for any answer: he asks again */
        lb_door_miss(room->front);
        end_question(room, one);
    } else if (is_held) {
        one->leaves_us = one->came_us + (took_us / STEP_US + 1) * STEP_US;
        lb_question_put(&room->parked, one);
    } else {
        send_answer(room, one);
    }
}

static bool receive(void *socket, zmq_msg_t *frame)
{
    zmq_msg_init(frame);
    if (zmq_msg_recv(frame, socket, ZMQ_DONTWAIT) >= 0)
        return true;
    zmq_msg_close(frame);
    return false;
}

static bool has_letter(zmq_msg_t *frame, char letter)
{
    return memchr(zmq_msg_data(frame), letter, zmq_msg_size(frame)) != NULL;
}

static bool take_answer(lb_query_room *room)
{
    uint8_t number;
    zmq_msg_t held, answer;

    if (zmq_recv(room->back, &number, 1, ZMQ_DONTWAIT) != 1 || !receive(room->back, &held))
        return false;
    if (receive(room->back, &answer)) {
        lb_question *one = room->with[number];
        room->with[number] = NULL;
        room->free[room->free_count++] = number;
        if (one != NULL) {
            size_t len = zmq_msg_size(&answer);
            one->answer = malloc(len + 1);
            one->answer_len = one->answer == NULL ? 0 : len;
            if (one->answer_len > 0)
                memcpy(one->answer, zmq_msg_data(&answer), len);
            one->is_whole = has_letter(&held, LB_CLERK_WHOLE);
            settle(room, one, has_letter(&held, LB_CLERK_HOLD));
        }
        zmq_msg_close(&answer);
    }
    zmq_msg_close(&held);
    return true;
}

/* Sends what may leave; how long until the next may. */
static int64_t send_parked(lb_query_room *room)
{
    int64_t now_us = lb_clock_monotonic_us(), next_us = now_us + LB_DOOR_LOOK_MS * INT64_C(1000);

    for (size_t count = room->parked.count; count > 0; count--) {
        lb_question *one = lb_question_take(&room->parked);
        if (one->leaves_us <= now_us) {
            send_answer(room, one);
            continue;
        }
        next_us = one->leaves_us < next_us ? one->leaves_us : next_us;
        lb_question_put(&room->parked, one);
    }
    return next_us - now_us;
}

static void *run(void *argument)
{
    lb_query_room *room = argument;
    zmq_pollitem_t items[] = {{.socket = room->back, .events = ZMQ_POLLIN},
                              {.socket = lb_door_socket(room->front), .events = ZMQ_POLLIN}};
    int64_t wait_us = 0;

    while (lb_socket_wait(items, has_room(room) ? 2 : 1, (int)(wait_us / 1000) + 1)) {
        bool is_busy = true;
        while (is_busy) {
            is_busy = false;
            while (take_answer(room))
                is_busy = true;
            is_busy |= hand_out(room);
            is_busy |= take_questions(room);
            lb_door_look(room->front);
        }
        wait_us = send_parked(room);
    }
    lb_door_close(&room->front);
    lb_socket_close(&room->back);
    return NULL;
}

/* -- open and close --------------------------------------------------------------------------------- */

lb_err lb_query_open(lb_query_room **out, const lb_listen *listen, lb_ports ports,
                     const lb_query_options *options)
{
    lb_query_room *room = calloc(1, sizeof *room);
    if (room == NULL)
        return LB_ERR_NO_MEMORY;
    room->options = *options;
    lb_arena_init(&room->arena, ARENA_MAX);

    lb_err err = lb_door_listen(&room->front, listen, LB_DOOR_QUERY, ports, QUESTION_BYTES);
    if (err == LB_OK)
        err = lb_socket_bind(listen->zmq, ZMQ_ROUTER, BACK, &room->back);
    if (err == LB_OK)
        err = lb_query_line_open(&room->waiting);
    if (err == LB_OK)
        err = lb_query_pages_open(&room->pages);
    if (err == LB_OK)
        err = lb_party_reader_open(&room->parties, listen->party_path, listen->seal,
                                   listen->local_may);
    for (size_t i = 0; err == LB_OK && i < (size_t)options->workers && i < CLERKS_MAX; i++)
        err = lb_clerk_open(&room->clerks[i], listen, &room->options, BACK, (uint8_t)(i + 1));
    if (err == LB_OK) {
        room->is_running = pthread_create(&room->thread, NULL, run, room) == 0;
        if (!room->is_running)
            err = LB_ERR_NO_MEMORY;
    }
    *out = room; /* clerks may be running already: closed by the caller in any case */
    return err;
}

void lb_query_close(lb_query_room **out)
{
    lb_query_room *room = *out;

    if (room == NULL)
        return;
    for (size_t i = 0; i < CLERKS_MAX; i++)
        lb_clerk_close(&room->clerks[i]);
    if (room->is_running)
        pthread_join(room->thread, NULL);
    lb_query_line_close(&room->waiting);
    lb_query_pages_close(&room->pages);
    while (room->parked.count > 0)
        end_question(room, lb_question_take(&room->parked));
    for (size_t i = 0; i <= CLERKS_MAX; i++)
        if (room->with[i] != NULL)
            end_question(room, room->with[i]);
    lb_door_close(&room->front);
    lb_socket_close(&room->back);
    lb_party_reader_close(&room->parties);
    lb_meters_fini(&room->meters);
    lb_arena_fini(&room->arena);
    free(room);
    *out = NULL;
}
