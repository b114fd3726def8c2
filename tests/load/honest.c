/* honest.c - four well-behaved parties beside a hostile one. */
#include "honest.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "landbridge/client/client.h"

enum {
    CONTAINERS = 1000, /* of each party */
    BATCH = 250,
    OPEN_MAX = 1 << 16, /* in flight; older ones are forgotten */
    WAIT_MS = 60000,
    TEXT_ROOM = 512,
    ARENA = 16 * 1024 * 1024,
};
#define SECOND_US INT64_C(1000000)
#define BEGAN_US  INT64_C(1773273600000000) /* 2026-03-12T00:00:00Z: the first reported time */

typedef struct waits {        /* of one kind of request */
    int64_t due_us[OPEN_MAX]; /* by number; 0: answered */
    int64_t next;             /* number */
    double *ms;
    size_t count, room;
    int64_t bad;
} waits;

typedef struct one {
    const struct honest *all;
    int number;
    party who;
    pthread_t thread;
    pthread_mutex_t lock;
    waits receipts, answers;
    lb_arena arena;
    uint64_t chance;
    int64_t reported; /* messages so far */
} one;

struct honest {
    /* with a ZeroMQ context of its own, since they are other machines than the hostile party */
    stage stage;
    _Atomic bool is_over;
    one at[HONEST_PARTIES];
};

static int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

static int64_t pick(one *o)
{
    o->chance = o->chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int64_t)(o->chance >> 33) % CONTAINERS;
}

/* -- waiting times ----------------------------------------------------------------------------- */

static void add_wait(waits *w, int64_t since_us, int64_t until_us)
{
    if (w->count == w->room) {
        w->room = w->room == 0 ? 4096 : 2 * w->room;
        w->ms = realloc(w->ms, w->room * sizeof *w->ms);
        if (w->ms == NULL)
            abort();
    }
    w->ms[w->count++] = (double)(until_us - since_us) / 1000.0;
}

static int64_t begin_wait(one *o, waits *w, int64_t due_us)
{
    pthread_mutex_lock(&o->lock);
    int64_t number = w->next++;
    w->due_us[number % OPEN_MAX] = due_us;
    pthread_mutex_unlock(&o->lock);
    return number;
}

static void end_wait(one *o, waits *w, int64_t number, bool is_good)
{
    pthread_mutex_lock(&o->lock);
    if (number >= 0 && number < w->next && number > w->next - OPEN_MAX &&
        w->due_us[number % OPEN_MAX] != 0) {
        add_wait(w, w->due_us[number % OPEN_MAX], now_us());
        w->due_us[number % OPEN_MAX] = 0;
        w->bad += !is_good;
    }
    pthread_mutex_unlock(&o->lock);
}

/* Requests without an answer, counted as if they were answered now. */
static int64_t count_open(waits *w, int64_t at_us, int64_t patience_us)
{
    int64_t open = 0;

    for (size_t i = 0; i < OPEN_MAX; i++) {
        if (w->due_us[i] == 0 || at_us - w->due_us[i] < patience_us)
            continue; /* in flight */
        add_wait(w, w->due_us[i], at_us);
        open++;
    }
    return open;
}

/* -- messages and queries ---------------------------------------------------------------------- */

static size_t write_report(one *o, int64_t container, char text[TEXT_ROOM])
{
    int64_t at_us = BEGAN_US + o->reported++ * 1000;

    return (size_t)snprintf(
        text, TEXT_ROOM,
        "{\"magic\":\"landbridge.report\",\"events\":[{\"type\":\"%s\",\"classifier\":\"ACTUAL\","
        "\"mode\":\"ROAD\",\"occurred\":{\"utc_us\":%lld},\"place\":{\"locode\":\"CNULZ\"},"
        "\"objects\":[{\"kind\":\"CONTAINER\",\"role\":\"SUBJECT\",\"id\":\"H%cAU%07lld\"}]}]}",
        o->reported % 2 == 0 ? "GTIN" : "GTOT", (long long)at_us, 'A' + o->number,
        (long long)container);
}

static void send_report(one *o, void *socket, int64_t due_us)
{
    char text[TEXT_ROOM];
    size_t len = write_report(o, pick(o), text);
    int64_t number = begin_wait(o, &o->receipts, due_us);

    stage_submit(socket, &o->arena, o->who.name, number, (lb_span){text, len});
}

static void ask_track(one *o, void *socket, int64_t due_us)
{
    char reference[32];
    lb_query query;

    snprintf(reference, sizeof reference, "H%cAU%07lld", 'A' + o->number, (long long)pick(o));
    lb_query_init(&query, LB_ASK_TRACK);
    query.track.reference = lb_span_of(reference);
    query.correlation = begin_wait(o, &o->answers, due_us);
    stage_send(socket, &o->arena, &lb_record_query, &query);
}

static void take_all(one *o, void *intake, void *query)
{
    lb_receipts receipts;
    lb_answer answer;

    while (stage_take(intake, &o->arena, &lb_record_receipts, &receipts))
        end_wait(o, &o->receipts, receipts.correlation,
                 receipts.receipts.count == 1 && receipts.receipts.at[0].result == LB_RESULT_KEPT);
    while (stage_take(query, &o->arena, &lb_record_answer, &answer))
        end_wait(o, &o->answers, answer.correlation,
                 answer.error.len == 0 && answer.track.tracks.count == 1);
}

static void *run(void *argument)
{
    one *o = argument;
    const int64_t send_every_us = SECOND_US * HONEST_PARTIES / HONEST_MESSAGES_PER_S;
    const int64_t ask_every_us = SECOND_US * HONEST_PARTIES / HONEST_QUESTIONS_PER_S;
    void *intake = stage_socket(&o->all->stage, &o->who, STAGE_INTAKE, NULL),
         *query = stage_socket(&o->all->stage, &o->who, STAGE_QUERY, NULL);
    int64_t send_us = now_us() + o->number * send_every_us / HONEST_PARTIES, ask_us = send_us;

    while (!atomic_load(&o->all->is_over)) {
        zmq_pollitem_t items[] = {{.socket = intake, .events = ZMQ_POLLIN},
                                  {.socket = query, .events = ZMQ_POLLIN}};
        for (; send_us <= now_us(); send_us += send_every_us)
            send_report(o, intake, send_us);
        for (; ask_us <= now_us(); ask_us += ask_every_us)
            ask_track(o, query, ask_us);
        int64_t left_us = (send_us < ask_us ? send_us : ask_us) - now_us();
        zmq_poll(items, 2, left_us > 0 ? (left_us + 999) / 1000 : 0);
        take_all(o, intake, query);
    }
    zmq_close(intake);
    zmq_close(query);
    return NULL;
}

/* -- begin and end ------------------------------------------------------------------------------------------- */

static bool send_containers(one *o, void *intake, int64_t first)
{
    static char texts[BATCH][TEXT_ROOM];
    lb_message messages[BATCH];
    lb_receipts receipts;
    lb_submit submit;

    memset(messages, 0, sizeof messages);
    for (int64_t i = 0; i < BATCH; i++)
        messages[i].body = (lb_span){texts[i], write_report(o, first + i, texts[i])};
    lb_record_init(&lb_record_submit, &submit);
    submit.source = lb_span_of(o->who.name);
    submit.messages = (lb_message_list){messages, BATCH, BATCH};
    bool is_kept = stage_send(intake, &o->arena, &lb_record_submit, &submit) &&
                   stage_wait(intake, &o->arena, &lb_record_receipts, &receipts, WAIT_MS);
    for (size_t i = 0; is_kept && i < receipts.receipts.count; i++)
        is_kept = receipts.receipts.at[i].result == LB_RESULT_KEPT;
    return is_kept && receipts.receipts.count == BATCH;
}

static bool introduce(one *o)
{
    static const char *const names[HONEST_PARTIES] = {"honest-a", "honest-b", "honest-c",
                                                      "honest-d"};
    const stage *s = &o->all->stage;
    char words[128];

    snprintf(words, sizeof words, "CARRIER format:hub.report for:container:H%cAU*",
             'A' + o->number);
    if (!stage_add(s, &o->who, names[o->number], words))
        return false;
    void *intake = stage_socket(s, &o->who, STAGE_INTAKE, NULL);
    bool is_fine = true;
    for (int64_t first = 0; is_fine && first < CONTAINERS; first += BATCH)
        is_fine = send_containers(o, intake, first);
    zmq_close(intake);
    return is_fine;
}

static bool wait_for_view(const stage *s)
{
    const lb_answer *answer;
    lb_query query;

    for (int n = 0; n < WAIT_MS / 20; n++, poll(NULL, 0, 20)) {
        lb_query_init(&query, LB_ASK_STATUS);
        if (lb_client_ask(s->local, &query, WAIT_MS, &answer) != LB_OK)
            return false;
        if (lb_position_number(&answer->status.view) >= lb_position_number(&answer->status.head))
            return true;
    }
    return false;
}

honest *honest_start(const stage *s)
{
    honest *h = calloc(1, sizeof *h);
    bool is_fine = h != NULL;

    if (!is_fine)
        return NULL;
    h->stage = *s;
    h->stage.zmq = zmq_ctx_new();
    for (int i = 0; i < HONEST_PARTIES && is_fine; i++) {
        one *o = &h->at[i];
        o->all = h;
        o->number = i;
        o->chance = (uint64_t)i + 1;
        pthread_mutex_init(&o->lock, NULL);
        lb_arena_init(&o->arena, ARENA);
        is_fine = introduce(o);
    }
    if (!is_fine || !wait_for_view(s)) {
        zmq_ctx_term(h->stage.zmq);
        free(h);
        return NULL;
    }
    for (int i = 0; i < HONEST_PARTIES; i++)
        if (pthread_create(&h->at[i].thread, NULL, run, &h->at[i]) != 0)
            abort();
    return h;
}

void honest_stop(honest **out)
{
    honest *h = *out;

    if (h == NULL)
        return;
    atomic_store(&h->is_over, true);
    for (int i = 0; i < HONEST_PARTIES; i++) {
        pthread_join(h->at[i].thread, NULL);
        free(h->at[i].receipts.ms);
        free(h->at[i].answers.ms);
        lb_arena_fini(&h->at[i].arena);
    }
    zmq_ctx_term(h->stage.zmq);
    free(h);
    *out = NULL;
}

/* -- figures -------------------------------------------------------------------------------------------------- */

static void forget(waits *w)
{
    w->count = 0;
    w->bad = 0;
}

static int by_value(const void *left, const void *right)
{
    const double a = *(const double *)left, b = *(const double *)right;

    return (a > b) - (a < b);
}

static void take_figures(waits *all, double *p50, double *p99, double *max)
{
    qsort(all->ms, all->count, sizeof *all->ms, by_value);
    *p50 = all->count == 0 ? 0 : all->ms[all->count / 2];
    *p99 = all->count == 0 ? 0 : all->ms[all->count * 99 / 100];
    *max = all->count == 0 ? 0 : all->ms[all->count - 1];
}

static void gather(waits *into, const waits *from)
{
    for (size_t i = 0; i < from->count; i++)
        add_wait(into, 0, (int64_t)(from->ms[i] * 1000.0));
    into->bad += from->bad;
}

void honest_watch(honest *h, int ms, double patience_s, honest_figures *figures)
{
    static waits receipts, answers;
    const int64_t patience_us = (int64_t)(patience_s * SECOND_US);

    for (int i = 0; i < HONEST_PARTIES; i++) {
        pthread_mutex_lock(&h->at[i].lock);
        forget(&h->at[i].receipts);
        forget(&h->at[i].answers);
        pthread_mutex_unlock(&h->at[i].lock);
    }
    poll(NULL, 0, ms);
    *figures = (honest_figures){0};
    forget(&receipts);
    forget(&answers);
    for (int i = 0; i < HONEST_PARTIES; i++) {
        one *o = &h->at[i];
        pthread_mutex_lock(&o->lock);
        figures->unreceipted += count_open(&o->receipts, now_us(), patience_us);
        figures->unanswered += count_open(&o->answers, now_us(), patience_us);
        gather(&receipts, &o->receipts);
        gather(&answers, &o->answers);
        pthread_mutex_unlock(&o->lock);
    }
    take_figures(&receipts, &figures->receipt_p50, &figures->receipt_p99, &figures->receipt_max);
    take_figures(&answers, &figures->answer_p50, &figures->answer_p99, &figures->answer_max);
    figures->receipts = (int64_t)receipts.count - figures->unreceipted;
    figures->answers = (int64_t)answers.count - figures->unanswered;
    figures->unkept = receipts.bad;
    figures->unfound = answers.bad;
}
