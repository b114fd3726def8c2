/* query.c - questions and answers: the room where they wait.
 *
 *     [waiting] ── a clerk is free ──> [with it] ── its answer ──> sent, or [parked] until it may leave
 *         ^                                ├── the view is behind: [early] until it has come so far
 *         └────────────────────────────────┘
 *                                          └── takes long: [long] ── the slow clerk ──> as above
 *
 * Askers take turns (query_line.h). Questions that are dear to answer are those of the slow clerk, so that the others
 * need not wait for them: it steps back when the machine is busy. */
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
    WEIGHT_BYTES =
        4 *
        1024, /* so long a question counts as one more: a party's open ones are bounded by bytes too */
    TAKE_AT_ONCE = 256, /* then clerks and answers have their turn, whoever goes on sending */
    ARENA_MAX = 16 * 1024 * 1024, /* a question, or a page */
    PAGES_BUSY_MS = 1000,
    EARLY_MS = 100, /* between two tries of a question that waits for the view */
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
    void *notes;
    lb_arena arena;
    lb_query_line *waiting;
    lb_query_pages *pages;
    lb_query_line *lengthy; /* of the slow clerk */
    lb_question_list parked, early;
    void *applied; /* how far the view is */
    int64_t applied_seq, tried_us;
    lb_question
        *with[CLERKS_MAX + 2]; /* what each clerk is at, by its number; the slow one is the last */
    uint8_t free[CLERKS_MAX];  /* numbers of the quick ones that are at nothing */
    size_t free_count;
    bool is_slow_free;
    lb_clerk *clerks[CLERKS_MAX + 1];
};

/* -- a question's end -------------------------------------------------------------------------------- */

static void end_question(lb_query_room *room, lb_question *one)
{
    lb_meter *meter = one->is_measured ? lb_meters_find(&room->meters, one->party) : NULL;

    if (meter != NULL)
        meter->open = meter->open > one->weight ? meter->open - one->weight : 0;
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

    lb_record_init(&lb_record_answer, &answer);
    if (lb_record_unpack(&lb_record_query, letter->body, &room->arena, &query) == LB_OK)
        answer.correlation = query.correlation;
    answer.error = lb_span_of(lb_err_name(err));
    answer.text = lb_span_of(text);
    answer.retry_ms = retry_ms;
    if (lb_record_pack(&lb_record_answer, &answer, &room->arena, &bytes) == LB_OK)
        lb_door_answer(room->front, letter->from, letter->is_req, bytes);
    lb_door_refuse_letter(room->front, letter);
}

/* Nobody that the hub knows: no right, no rate, and no work for a clerk. */
static void refuse_stranger(lb_query_room *room, const lb_letter_in *letter)
{
    lb_note(room->notes, LB_EMPTY, LB_SPAN("ASK"), LB_EMPTY, LB_SPAN("DENIED"));
    refuse(room, letter, LB_ERR_DENIED, "who asks this is not known to the hub", LB_UNKNOWN);
}

/* How long the party must wait before it may ask; 0: it may. */
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
    const int64_t weight = 1 + (int64_t)letter->body.len / WEIGHT_BYTES;

    if (pass == NULL && letter->user.len > 0 && lb_door_expel(room->front, letter->file))
        return;
    if (pass == NULL) {
        refuse_stranger(room, letter);
        return;
    }
    bool is_measured = !pass->is_local;
    if (is_measured) {
        lb_meter *meter = lb_meters_of(&room->meters, pass);
        int64_t wait_us = meter == NULL ? STEP_US : wait_of(room, pass, meter);
        if (wait_us > 0) {
            refuse(room, letter, LB_ERR_BUSY, "over the party's limit: ask again after retry_ms",
                   wait_us / 1000 + 1);
            return;
        }
        lb_bucket_spend(&meter->questions, 1);
        meter->open += weight;
    }
    lb_door_accept_letter(room->front, letter);
    lb_question *one = lb_question_make(letter->from, letter->user,
                                        is_measured ? pass->name : LB_EMPTY, letter->body);
    if (one == NULL) {
        refuse(room, letter, LB_ERR_NO_MEMORY, lb_err_text(LB_ERR_NO_MEMORY), LB_UNKNOWN);
        return;
    }
    one->came_us = lb_clock_monotonic_us();
    one->is_req = letter->is_req;
    one->is_measured = is_measured;
    one->weight = weight;
    if (answer_with_page(room, one))
        return;
    if (!lb_query_line_put(room->waiting, one)) {
        refuse(room, letter, LB_ERR_NO_MEMORY, lb_err_text(LB_ERR_NO_MEMORY), LB_UNKNOWN);
        end_question(room, one);
    }
}

static bool has_room(const lb_query_room *room)
{
    return lb_query_line_count(room->waiting) + lb_query_line_count(room->lengthy) +
                   room->early.count <
               WAITING_MAX &&
           lb_query_line_bytes(room->waiting) + lb_query_line_bytes(room->lengthy) < WAITING_BYTES;
}

static bool take_questions(lb_query_room *room)
{
    lb_letter_in letter;
    bool took = false;

    for (unsigned i = 0; i < TAKE_AT_ONCE && has_room(room); i++) {
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

static uint8_t slow_clerk(const lb_query_room *room)
{
    return (uint8_t)(room->options.workers + 1);
}

/* One party never has all quick clerks. */
static bool may_answer(void *whose, const lb_question *one)
{
    const lb_query_room *room = whose;
    lb_span asker = lb_question_asker(one);
    int64_t has = 0;

    for (size_t i = 0; i < slow_clerk(room); i++)
        has += room->with[i] != NULL && lb_span_equal(lb_question_asker(room->with[i]), asker);
    return !one->is_measured || has == 0 || has < room->options.workers - 1;
}

static void give(lb_query_room *room, uint8_t number, lb_question *one)
{
    room->with[number] = one;
    zmq_send(room->back, &number, 1, ZMQ_SNDMORE);
    zmq_send(room->back, one->user.at, one->user.len, ZMQ_SNDMORE);
    zmq_send(room->back, one->body.at, one->body.len, 0);
}

static bool hand_out(lb_query_room *room)
{
    bool gave = false;
    lb_question *one;

    while (room->free_count > 0 &&
           (one = lb_query_line_take(room->waiting, may_answer, room)) != NULL) {
        give(room, room->free[--room->free_count], one);
        gave = true;
    }
    if (room->is_slow_free && (one = lb_query_line_take(room->lengthy, NULL, NULL)) != NULL) {
        room->is_slow_free = false;
        give(room, slow_clerk(room), one);
        gave = true;
    }
    return gave;
}

/* What must not tell by its speed leaves at the next step. */
static void settle(lb_query_room *room, lb_question *one, bool is_held)
{
    int64_t took_us = lb_clock_monotonic_us() - one->came_us;

    if (one->answer_len == 0) { /* no memory for any answer: its asker asks again */
        lb_door_miss(room->front);
        end_question(room, one);
    } else if (is_held) {
        one->leaves_us = one->came_us + (took_us / STEP_US + 1) * STEP_US;
        lb_question_put(&room->parked, one);
    } else {
        send_answer(room, one);
    }
}

static void put_again(lb_query_room *room, lb_query_line *line, lb_question *one)
{
    if (lb_query_line_put(line, one))
        return;
    one->answer_len = 0;
    settle(room, one, false);
}

/* -- what waits for the view ---------------------------------------------------------------------------- */

static void wait_for_view(lb_query_room *room, lb_question *one)
{
    lb_query query;

    lb_arena_reset(&room->arena);
    if (lb_record_unpack(&lb_record_query, one->body, &room->arena, &query) == LB_OK)
        one->from_seq = query.at_least_seq;
    lb_question_put(&room->early, one);
}

/* Those whose number has come, and from time to time all of them; after LB_CLERK_EARLY_US what the last try has said. True:
 * one may be answered now. */
static bool look_at_early(lb_query_room *room)
{
    int64_t now_us = lb_clock_monotonic_us();
    bool is_time = now_us - room->tried_us > EARLY_MS * INT64_C(1000), has_moved = false;

    if (!lb_ear_hear(room->applied, &room->applied_seq) && !is_time)
        return false;
    if (is_time)
        room->tried_us = now_us;
    for (size_t count = room->early.count; count > 0; count--) {
        lb_question *one = lb_question_take(&room->early);
        if (now_us - one->came_us > LB_CLERK_EARLY_US) {
            lb_note(room->notes, one->party, LB_SPAN("ASK"), LB_EMPTY, LB_SPAN("TIMEOUT"));
            settle(room, one, false);
        } else if (is_time || one->from_seq <= room->applied_seq) {
            put_again(room, room->waiting, one);
            has_moved = true;
        } else {
            lb_question_put(&room->early, one);
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

static bool has_letter(zmq_msg_t *frame, char letter)
{
    return memchr(zmq_msg_data(frame), letter, zmq_msg_size(frame)) != NULL;
}

/* The clerk is at nothing now. */
static lb_question *take_from(lb_query_room *room, uint8_t number)
{
    lb_question *one = room->with[number];

    room->with[number] = NULL;
    if (number == slow_clerk(room))
        room->is_slow_free = true;
    else
        room->free[room->free_count++] = number;
    return one;
}

static void note_answer(lb_query_room *room, lb_question *one, zmq_msg_t *held, zmq_msg_t *answer)
{
    size_t len = zmq_msg_size(answer);

    if (has_letter(held, LB_CLERK_LONG)) {
        put_again(room, room->lengthy, one);
        return;
    }
    free(one->answer); /* of an earlier try */
    one->answer = malloc(len + 1);
    one->answer_len = one->answer == NULL ? 0 : len;
    if (one->answer_len > 0)
        memcpy(one->answer, zmq_msg_data(answer), len);
    one->is_whole = has_letter(held, LB_CLERK_WHOLE);
    if (has_letter(held, LB_CLERK_EARLY))
        wait_for_view(room, one);
    else
        settle(room, one, has_letter(held, LB_CLERK_HOLD));
}

static bool take_answer(lb_query_room *room)
{
    uint8_t number;
    zmq_msg_t held, answer;

    if (zmq_recv(room->back, &number, 1, ZMQ_DONTWAIT) != 1 || !receive(room->back, &held))
        return false;
    if (receive(room->back, &answer)) {
        lb_question *one = take_from(room, number);
        if (one != NULL)
            note_answer(room, one, &held, &answer);
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
                              {.socket = room->applied, .events = ZMQ_POLLIN},
                              {.socket = lb_door_socket(room->front), .events = ZMQ_POLLIN}};
    int64_t wait_us = 0;

    while (lb_socket_wait(items, has_room(room) ? 3 : 2, (int)(wait_us / 1000) + 1)) {
        bool is_busy = true;
        while (is_busy) {
            is_busy = false;
            while (take_answer(room))
                is_busy = true;
            is_busy |= look_at_early(room);
            is_busy |= hand_out(room);
            is_busy |= take_questions(room);
            lb_door_look(room->front);
        }
        wait_us = send_parked(room);
    }
    lb_door_close(&room->front);
    lb_socket_close(&room->back);
    lb_socket_close(&room->notes);
    lb_socket_close(&room->applied);
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
        err = lb_socket_connect(listen->zmq, ZMQ_PUSH, LB_NOTES, &room->notes);
    if (err == LB_OK)
        err = lb_ear_open(listen->zmq, LB_BELL_APPLIED, &room->applied);
    if (err == LB_OK)
        err = lb_query_line_open(&room->waiting);
    if (err == LB_OK)
        err = lb_query_line_open(&room->lengthy);
    if (err == LB_OK)
        err = lb_query_pages_open(&room->pages);
    if (err == LB_OK)
        err = lb_party_reader_open(&room->parties, listen->party_path, listen->seal,
                                   listen->local_may);
    for (size_t i = 0; err == LB_OK && i <= (size_t)options->workers && i <= CLERKS_MAX; i++)
        err = lb_clerk_open(&room->clerks[i], listen, &room->options, BACK, (uint8_t)(i + 1),
                            i < (size_t)options->workers);
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
    for (size_t i = 0; i <= CLERKS_MAX; i++)
        lb_clerk_close(&room->clerks[i]);
    if (room->is_running)
        pthread_join(room->thread, NULL);
    lb_query_line_close(&room->waiting);
    lb_query_line_close(&room->lengthy);
    lb_query_pages_close(&room->pages);
    while (room->parked.count > 0)
        end_question(room, lb_question_take(&room->parked));
    while (room->early.count > 0)
        end_question(room, lb_question_take(&room->early));
    for (size_t i = 0; i <= CLERKS_MAX + 1; i++)
        if (room->with[i] != NULL)
            end_question(room, room->with[i]);
    lb_door_close(&room->front);
    lb_socket_close(&room->back);
    lb_socket_close(&room->notes);
    lb_socket_close(&room->applied);
    lb_party_reader_close(&room->parties);
    lb_meters_fini(&room->meters);
    lb_arena_fini(&room->arena);
    free(room);
    *out = NULL;
}
