/* carriers.c - senders during crashes of the hub. */
#include "carriers.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "landbridge/client/client.h"
#include "live.h"
#include "terminal.h"

enum {
    PUSHERS = 4,
    OUTSTANDING = 60,
    PUSH_MS = 1000,
    REPEAT_EVERY = 20,
    FILE_EVERY_MS = 20,
    SEQS_MAX = 4 * MESSAGES_MAX,
    PATH_ROOM = 400,
};

typedef struct pusher {
    pthread_t thread;
    carriers *of;
    int number;
    lb_client *client;
    int32_t *message_of; /* by ticket */
    uint64_t tickets;
} pusher;

struct carriers {
    messages *all;
    char data[256];
    int port, rest_ms;
    _Atomic bool is_over, is_followed_enough;
    _Atomic int busy; /* threads that still wait for answers */
    pusher pushers[PUSHERS];
    pthread_t files, terminal, follower;
    _Atomic int64_t followed;
    uint8_t (*published)[EVENT_ID_BYTES]; /* by seq; the newest SEQS_MAX of them */
};

static void rest(int ms)
{
    poll(NULL, 0, ms);
}

/* -- with the client library ------------------------------------------------------------------------------ */

static void on_receipt(void *whose, uint64_t ticket, const lb_receipt *receipt)
{
    pusher *p = whose;
    messages *all = p->of->all;
    int64_t number = p->message_of[ticket],
            seq = receipt->first_seq == LB_UNKNOWN ? 0 : receipt->first_seq;
    message *one = &all->of[p->number][number];
    bool is_kept = receipt->result == LB_RESULT_KEPT || receipt->result == LB_RESULT_DUPLICATE;
    int said = is_kept ? REPORTED_KEPT : REPORTED_REFUSED, before = atomic_load(&one->reported);

    atomic_fetch_add(&all->receipts, 1);
    if (is_kept == message_is_garbage(p->number, number))
        messages_break(all, "%s message %lld got %s %.*s", messages_source(p->number),
                       (long long)number, lb_result_name(receipt->result), LB_ARG(receipt->error));
    if (!is_kept && receipt->quarantine_id == LB_UNKNOWN)
        messages_break(all, "%s message %lld is refused and not in quarantine",
                       messages_source(p->number), (long long)number);
    if (before != REPORTED_NOTHING && (before != said || atomic_load(&one->first_seq) != seq))
        messages_break(all, "law 3: %s message %lld has two different receipts",
                       messages_source(p->number), (long long)number);
    atomic_store(&one->first_seq, seq);
    atomic_store(&one->reported, said);
}

static void push(pusher *p, int64_t number)
{
    char text[TEXT_ROOM], id[32] = "";
    int len = message_write(p->number, number, text);
    uint64_t ticket = 0;

    if (p->number == 1) /* the others are known by their bytes */
        snprintf(id, sizeof id, "b-%lld", (long long)number);
    p->message_of[p->tickets + 1] = (int32_t)number; /* before any receipt can come */
    lb_err err;
    do
        err = lb_client_push(p->client, lb_span_of(id), LB_EMPTY, (lb_span){text, (size_t)len},
                             PUSH_MS, &ticket);
    while (err == LB_ERR_TIMEOUT);
    if (err != LB_OK || ticket != p->tickets + 1)
        messages_break(p->of->all, "%s: push says %s", messages_source(p->number),
                       lb_err_name(err));
    p->tickets++;
}

static void *run_pusher(void *argument)
{
    pusher *p = argument;
    messages *all = p->of->all;
    int64_t next = 0;

    while (!atomic_load(&p->of->is_over) && next < MESSAGES_MAX &&
           p->tickets < 2 * MESSAGES_MAX - 2) {
        push(p, next++);
        atomic_store(&all->sent[p->number], next);
        if (next % REPEAT_EVERY == 0) { /* a carrier without a receipt sends again */
            push(p, (next * 7919) % next);
            atomic_fetch_add(&all->repeated, 1);
        }
        lb_client_poll(p->client, 0);
        rest(p->of->rest_ms);
    }
    while (lb_client_flush(p->client, PUSH_MS) == LB_ERR_TIMEOUT)
        ;
    atomic_fetch_sub(&p->of->busy, 1);
    return NULL;
}

/* -- files ------------------------------------------------------------------------------------------------ */

static void drop_file(const carriers *c, int64_t number)
{
    char text[TEXT_ROOM], hidden[PATH_ROOM], path[PATH_ROOM];
    int len = message_write(SPOOL, number, text);

    snprintf(hidden, sizeof hidden, "%s/spool/%s/.%lld", c->data, messages_source(SPOOL),
             (long long)number);
    snprintf(path, sizeof path, "%s/spool/%s/%lld", c->data, messages_source(SPOOL),
             (long long)number);
    FILE *file = fopen(hidden, "w");
    if (file == NULL || fwrite(text, 1, (size_t)len, file) != (size_t)len || fclose(file) != 0 ||
        rename(hidden, path) != 0)
        messages_break(c->all, "%s: %s", path, strerror(errno));
}

/* A file that has disappeared was taken: it counts as kept. */
static int64_t look_for_done(carriers *c, int64_t from, int64_t until)
{
    char path[PATH_ROOM];

    for (int64_t number = from; number < until; number++) {
        message *one = &c->all->of[SPOOL][number];
        snprintf(path, sizeof path, "%s/spool/%s/%lld", c->data, messages_source(SPOOL),
                 (long long)number);
        if (atomic_load(&one->reported) == REPORTED_NOTHING && access(path, F_OK) != 0)
            atomic_store(&one->reported, REPORTED_KEPT);
    }
    while (from < until && atomic_load(&c->all->of[SPOOL][from].reported) != REPORTED_NOTHING)
        from++;
    return from;
}

static void *run_files(void *argument)
{
    carriers *c = argument;
    char folder[PATH_ROOM];
    int64_t next = 0, open = 0;

    snprintf(folder, sizeof folder, "%s/spool/%s", c->data, messages_source(SPOOL));
    while (mkdir(folder, 0750) != 0 && errno != EEXIST) /* the hub makes the folder */
        rest(FILE_EVERY_MS);
    while (!atomic_load(&c->is_over) && next < MESSAGES_MAX) {
        drop_file(c, next++);
        atomic_store(&c->all->sent[SPOOL], next);
        open = look_for_done(c, open, next);
        rest(FILE_EVERY_MS > c->rest_ms ? FILE_EVERY_MS : c->rest_ms);
    }
    while ((open = look_for_done(c, open, next)) < next)
        rest(FILE_EVERY_MS);
    atomic_fetch_sub(&c->busy, 1);
    return NULL;
}

/* -- a terminal --------------------------------------------------------------------------------------------- */

static void *run_terminal(void *argument)
{
    carriers *c = argument;
    lb_808_stream stream;
    int fd = -1;

    for (int64_t number = 0; number < MESSAGES_MAX && !atomic_load(&c->is_over); number++) {
        bool is_done = false, is_reported = false;
        atomic_store(&c->all->sent[TERMINAL], number + 1);
        while (!is_reported) { /* unanswered reports are sent again */
            if (fd < 0) {
                fd = terminal_dial(c->port);
                lb_808_stream_reset(&stream);
            }
            is_reported = fd >= 0 && terminal_say(fd, number, message_position_us(number)) &&
                          terminal_is_answered(fd, &stream, number, &is_done);
            if (!is_reported && fd >= 0)
                close(fd);
            if (!is_reported) {
                fd = -1;
                rest(REST_MS);
            }
        }
        if (!is_done)
            messages_break(c->all, "position %lld is answered as failed", (long long)number);
        atomic_store(&c->all->of[TERMINAL][number].reported, REPORTED_KEPT);
        rest(c->rest_ms);
    }
    if (fd >= 0)
        close(fd);
    atomic_fetch_sub(&c->busy, 1);
    return NULL;
}

/* -- the subscriber ---------------------------------------------------------------------------- */

static void *run_follower(void *argument)
{
    carriers *c = argument;
    lb_client *client;
    const lb_event *event;

    if (lb_client_open(&client, c->data) != LB_OK || lb_client_follow(client, 1) != LB_OK) {
        messages_break(c->all, "the follower cannot begin");
        return NULL;
    }
    while (!atomic_load(&c->is_followed_enough)) {
        lb_err err = lb_client_next(client, 100, &event);
        if (err == LB_ERR_TIMEOUT)
            continue;
        int64_t expected = atomic_load(&c->followed) + 1;
        if (err != LB_OK || event->hub_seq != expected || event->event_id.len != EVENT_ID_BYTES) {
            messages_break(c->all, "law 2: the stream gives %lld instead of %lld (%s)",
                           err == LB_OK ? (long long)event->hub_seq : 0, (long long)expected,
                           lb_err_name(err));
            break;
        }
        memcpy(c->published[expected % SEQS_MAX], event->event_id.at, EVENT_ID_BYTES);
        atomic_store(&c->followed, expected);
    }
    lb_client_close(&client);
    return NULL;
}

int64_t carriers_followed(const carriers *c)
{
    return atomic_load(&c->followed);
}

const uint8_t *carriers_published(const carriers *c, int64_t seq)
{
    return c->published[seq % SEQS_MAX];
}

/* ----------------------------------------------------------------------------------------------------------- */

static bool start_pusher(carriers *c, int number)
{
    pusher *p = &c->pushers[number];

    *p = (pusher){
        .of = c, .number = number, .message_of = calloc(2 * MESSAGES_MAX, sizeof *p->message_of)};
    if (p->message_of == NULL || lb_client_open(&p->client, c->data) != LB_OK)
        return false;
    lb_client_source(p->client, messages_source(number));
    lb_client_max_outstanding(p->client, OUTSTANDING);
    lb_client_on_receipt(p->client, on_receipt, p);
    return pthread_create(&p->thread, NULL, run_pusher, p) == 0;
}

carriers *carriers_start(messages *all, const char *data, int port, int rest_ms)
{
    carriers *c = calloc(1, sizeof *c);
    bool is_fine = c != NULL && (c->published = calloc(SEQS_MAX, sizeof *c->published)) != NULL;

    if (!is_fine)
        return NULL;
    c->all = all;
    c->port = port;
    c->rest_ms = rest_ms;
    atomic_store(&c->busy, PUSHERS + 2);
    snprintf(c->data, sizeof c->data, "%s", data);
    for (int i = 0; is_fine && i < PUSHERS; i++)
        is_fine = start_pusher(c, i);
    is_fine = is_fine && pthread_create(&c->files, NULL, run_files, c) == 0 &&
              pthread_create(&c->terminal, NULL, run_terminal, c) == 0 &&
              pthread_create(&c->follower, NULL, run_follower, c) == 0;
    return is_fine ? c : NULL;
}

bool carriers_stop(carriers *c, int wait_ms)
{
    int64_t until_ms = live_now_ms() + wait_ms;

    atomic_store(&c->is_over, true);
    while (atomic_load(&c->busy) > 0 && live_now_ms() < until_ms)
        rest(REST_MS);
    return atomic_load(&c->busy) == 0;
}

void carriers_close(carriers **out)
{
    carriers *c = *out;

    atomic_store(&c->is_followed_enough, true);
    for (int i = 0; i < PUSHERS; i++) {
        pthread_join(c->pushers[i].thread, NULL);
        lb_client_close(&c->pushers[i].client);
        free(c->pushers[i].message_of);
    }
    pthread_join(c->files, NULL);
    pthread_join(c->terminal, NULL);
    pthread_join(c->follower, NULL);
    free(c->published);
    free(c);
    *out = NULL;
}
