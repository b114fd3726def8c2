/* probe.c - a well-behaved carrier, client and subscriber beside the load. */
#include "probe.h"

#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <poll.h>

#include "landbridge/client/client.h"
#include "live.h"

enum { EVERY_MS = 5, WAIT_MS = 60000, TIMES_MAX = 65536, TEXT_ROOM = 512, PATH_ROOM = 320 };

typedef struct times { /* of one kind of request */
    pthread_mutex_t lock;
    double ms[TIMES_MAX];
    size_t count; /* of all, since the last take; the newest TIMES_MAX are kept */
} times;

struct probe {
    char data[256];
    _Atomic bool is_over, is_broken;
    pthread_t carrier, asker, follower;
    times receipts, answers;
    _Atomic int64_t kept, followed;
};

static double now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void note(times *t, double ms)
{
    pthread_mutex_lock(&t->lock);
    t->ms[t->count++ % TIMES_MAX] = ms;
    pthread_mutex_unlock(&t->lock);
}

static int by_value(const void *left, const void *right)
{
    const double a = *(const double *)left, b = *(const double *)right;

    return (a > b) - (a < b);
}

static int64_t take(times *t, double *p50, double *p99)
{
    pthread_mutex_lock(&t->lock);
    size_t count = t->count < TIMES_MAX ? t->count : TIMES_MAX;
    int64_t all = (int64_t)t->count;
    qsort(t->ms, count, sizeof *t->ms, by_value);
    *p50 = count == 0 ? 0 : t->ms[count / 2];
    *p99 = count == 0 ? 0 : t->ms[count * 99 / 100];
    t->count = 0;
    pthread_mutex_unlock(&t->lock);
    return all;
}

static void on_receipt(void *whose, uint64_t ticket, const lb_receipt *receipt)
{
    probe *p = whose;

    (void)ticket;
    if (receipt->result == LB_RESULT_KEPT)
        atomic_fetch_add(&p->kept, 1);
    else
        atomic_store(&p->is_broken, true);
}

static void *run_carrier(void *argument)
{
    probe *p = argument;
    lb_client *client;
    char text[TEXT_ROOM];
    uint64_t ticket;

    if (lb_client_open(&client, p->data) != LB_OK) {
        atomic_store(&p->is_broken, true);
        return NULL;
    }
    lb_client_source(client, "probe");
    lb_client_on_receipt(client, on_receipt, p);
    for (int64_t n = 0; !atomic_load(&p->is_over); n++) {
        int len =
            snprintf(text, sizeof text,
                     "{\"magic\":\"landbridge.report\",\"events\":[{\"type\":\"GTIN\","
                     "\"classifier\":\"ACTUAL\","
                     "\"occurred\":{\"utc_us\":%lld},\"place\":{\"locode\":\"CNULZ\"},\"objects\":["
                     "{\"kind\":"
                     "\"CONTAINER\",\"id\":\"PROBE%lld\"}]}]}",
                     (long long)(INT64_C(1773273600000000) + n * 1000), (long long)(n % 1000));
        double from = now_ms();
        lb_err err = lb_client_push(client, LB_EMPTY, LB_EMPTY, (lb_span){text, (size_t)len},
                                    WAIT_MS, &ticket);
        if (err == LB_OK)
            err = lb_client_flush(client, WAIT_MS);
        if (err != LB_OK)
            atomic_store(&p->is_broken, true);
        note(&p->receipts, now_ms() - from);
        poll(NULL, 0, EVERY_MS);
    }
    lb_client_close(&client);
    return NULL;
}

static void *run_asker(void *argument)
{
    probe *p = argument;
    lb_client *client;
    lb_query query;
    const lb_answer *answer;

    if (lb_client_open(&client, p->data) != LB_OK) {
        atomic_store(&p->is_broken, true);
        return NULL;
    }
    while (!atomic_load(&p->is_over)) {
        lb_query_init(&query, LB_ASK_TRACK);
        query.track.reference = LB_SPAN("PROBE0");
        double from = now_ms();
        if (lb_client_ask(client, &query, WAIT_MS, &answer) != LB_OK)
            atomic_store(&p->is_broken, true);
        note(&p->answers, now_ms() - from);
        poll(NULL, 0, EVERY_MS);
    }
    lb_client_close(&client);
    return NULL;
}

static void *run_follower(void *argument)
{
    probe *p = argument;
    lb_client *client;
    const lb_event *event;
    int64_t expected = 1;

    if (lb_client_open(&client, p->data) != LB_OK || lb_client_follow(client, 1) != LB_OK) {
        atomic_store(&p->is_broken, true);
        return NULL;
    }
    while (!atomic_load(&p->is_over)) {
        lb_err err = lb_client_next(client, 100, &event);
        if (err == LB_ERR_TIMEOUT)
            continue;
        if (err != LB_OK || event->hub_seq != expected++) {
            atomic_store(&p->is_broken, true);
            break;
        }
        atomic_fetch_add(&p->followed, 1);
    }
    lb_client_close(&client);
    return NULL;
}

probe *probe_start(const char *data)
{
    probe *p = calloc(1, sizeof *p);

    if (p == NULL)
        return NULL;
    snprintf(p->data, sizeof p->data, "%s", data);
    pthread_mutex_init(&p->receipts.lock, NULL);
    pthread_mutex_init(&p->answers.lock, NULL);
    if (pthread_create(&p->carrier, NULL, run_carrier, p) != 0 ||
        pthread_create(&p->asker, NULL, run_asker, p) != 0 ||
        pthread_create(&p->follower, NULL, run_follower, p) != 0)
        abort();
    return p;
}

bool probe_stop(probe **out)
{
    probe *p = *out;

    atomic_store(&p->is_over, true);
    pthread_join(p->carrier, NULL);
    pthread_join(p->asker, NULL);
    pthread_join(p->follower, NULL);
    bool is_fine = !atomic_load(&p->is_broken);
    free(p);
    *out = NULL;
    return is_fine;
}

void probe_take(probe *p, probe_figures *figures)
{
    figures->receipts = take(&p->receipts, &figures->receipt_p50, &figures->receipt_p99);
    figures->answers = take(&p->answers, &figures->answer_p50, &figures->answer_p99);
    figures->followed = atomic_load(&p->followed);
}

/* -- the hub's process -------------------------------------------------------------------------------------- */

static int64_t count_files(pid_t hub)
{
    char path[PATH_ROOM];
    int64_t count = 0;

    snprintf(path, sizeof path, "/proc/%d/fd", (int)hub);
    DIR *folder = opendir(path);
    while (folder != NULL && readdir(folder) != NULL)
        count++;
    if (folder != NULL)
        closedir(folder);
    return count - 2;
}

static int64_t wal_bytes(const char *data)
{
    static const char *const names[] = {"journal.db-wal", "view.db-wal", "keys.db-wal",
                                        "party.db-wal"};
    char path[PATH_ROOM];
    struct stat file;
    int64_t bytes = 0;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", data, names[i]);
        bytes += stat(path, &file) == 0 ? (int64_t)file.st_size : 0;
    }
    return bytes;
}

/* Of a view that cannot be read just now it is as if it had nothing. */
static int64_t behind(int64_t head_seq, int64_t view_seq)
{
    if (view_seq == LB_UNKNOWN)
        return head_seq;
    return head_seq > view_seq ? head_seq - view_seq : 0;
}

static int64_t view_lag(const char *data)
{
    lb_client *client;
    lb_query query;
    const lb_answer *answer;
    int64_t lag = -1;

    if (lb_client_open(&client, data) != LB_OK)
        return lag;
    lb_query_init(&query, LB_ASK_STATUS);
    if (lb_client_ask(client, &query, WAIT_MS, &answer) == LB_OK) /* the head was read first */
        lag = behind(lb_position_number(&answer->status.head),
                     lb_position_number(&answer->status.view));
    lb_client_close(&client);
    return lag;
}

bool hub_look(pid_t hub, const char *data, hub_figures *figures)
{
    char path[PATH_ROOM], line[256];
    long long number;

    *figures = (hub_figures){
        .files = count_files(hub), .wal_bytes = wal_bytes(data), .lag = view_lag(data)};
    snprintf(path, sizeof path, "/proc/%d/status", (int)hub);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return false;
    while (fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "VmRSS: %lld", &number) == 1)
            figures->rss_kib = number;
        if (sscanf(line, "VmHWM: %lld", &number) == 1)
            figures->peak_kib = number;
    }
    fclose(file);
    return figures->rss_kib > 0 && figures->lag >= 0;
}
