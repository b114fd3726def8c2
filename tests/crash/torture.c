/* torture.c - a hub that is killed a thousand times while carriers send: see tests/README.md.
 *
 *     start ──> killed at a named point, or at a random moment ──> check the files ──> start ...
 *
 * LANDBRIDGE_KILL_AT gives the hub the point, and the number of the pass at which it is killed. A point that is not reached
 * within two seconds counts as a random moment: the hub is killed then. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include <poll.h>

#include "base/log.h"
#include "judge.h"
#include "live.h"
#include "scratch.h"

static const char *const points[] = {"random",         "received",      "admitted",
                                     "read",           "appended",      "before-commit",
                                     "after-commit",   "mid-receipt",   "mid-publish",
                                     "mid-view-flush", "mid-checkpoint"};
enum {
    POINTS = sizeof points / sizeof points[0],
    POINT_MS = 2000,
    FULL_EVERY = 50,
    SETTLE_MS = 60000
};

typedef struct torture {
    int kills;
    uint64_t random;
    bool is_lying; /* simulates a lying receipt, to prove that it is detected */
    const char *program;
    lb_scratch folder;
    char data[SCRATCH_PATH_ROOM], config[SCRATCH_PATH_ROOM], log[SCRATCH_PATH_ROOM];
    int port;
    messages all;
    carriers *carriers;
    judge *judge;
    int killed_at[POINTS], full_checks;
} torture;

static uint64_t draw(torture *t, uint64_t below)
{
    t->random = t->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (t->random >> 33) % below;
}

static bool write_config(const torture *t)
{
    FILE *file = fopen(t->config, "w");

    if (file == NULL)
        return false;
    fprintf(file,
            "[listen]\nintake = off\nquery = off\nlive = off\nreplay = off\njt808 = "
            "%d\ncurve_intake = off\n"
            "curve_query = off\ncurve_live = off\ncurve_replay = off\n",
            t->port);
    return fclose(file) == 0;
}

static pid_t start(const torture *t, const char *kill_at)
{
    return live_start(t->program, t->data, t->config, t->log, kill_at);
}

/* Waits until it is dead; false when it still lives after so many milliseconds. */
static bool is_dead(pid_t pid, int64_t ms, int *status)
{
    int64_t until_ms = live_now_ms() + ms;

    while (waitpid(pid, status, WNOHANG) == 0) {
        if (live_now_ms() >= until_ms)
            return false;
        poll(NULL, 0, 2);
    }
    return true;
}

/* Points that are passed for each message are killed at a later pass, so that turns of every
 * size are hit. */
static uint64_t draw_permission(torture *t, size_t point)
{
    bool is_often = strcmp(points[point], "read") == 0 ||
                    strcmp(points[point], "mid-publish") == 0 ||
                    strcmp(points[point], "mid-receipt") == 0;

    return 1 + draw(t, is_often ? 200 : 20);
}

static void kill_once(torture *t, size_t point)
{
    char kill_at[64];
    int status = 0;
    int64_t wait_ms = point == 0 ? 20 + (int64_t)draw(t, 600) : POINT_MS;

    snprintf(kill_at, sizeof kill_at, "%s:%llu", points[point],
             (unsigned long long)draw_permission(t, point));
    pid_t pid = start(t, point == 0 ? NULL : kill_at);
    bool died = is_dead(pid, wait_ms, &status);
    if (!died) {
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
    }
    t->killed_at[died ? point : 0]++;
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
        messages_break(&t->all, "law 6: the hub ended by itself (status %x); its log is %s", status,
                       t->log);
}

/* Checks a running hub as a whole. */
static void check_whole(torture *t, bool with_stream)
{
    int status;

    judge_files(t->judge);
    pid_t pid = start(t, NULL);
    judge_hub(t->judge, with_stream ? t->carriers : NULL);
    kill(pid, SIGTERM);
    waitpid(pid, &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        messages_break(&t->all, "law 6: the hub does not stop when it is asked to (status %x)",
                       status);
    t->full_checks++;
}

/* Claims a receipt that was never sent. */
static void lie(torture *t)
{
    message *one = &t->all.of[1][MESSAGES_MAX - 1];

    atomic_store(&one->reported, REPORTED_KEPT);
    atomic_store(&t->all.sent[1], MESSAGES_MAX);
}

/* A first life, which makes the folder. */
static void begin(torture *t)
{
    pid_t pid = start(t, NULL);

    judge_hub(t->judge, NULL);
    kill(pid, SIGTERM);
    waitpid(pid, NULL, 0);
}

static void run_kills(torture *t)
{
    for (int i = 0; i < t->kills; i++) {
        kill_once(t, (size_t)i % POINTS);
        judge_look(t->judge);
        if ((i + 1) % FULL_EVERY == 0)
            check_whole(t, false);
        if (isatty(STDERR_FILENO) || (i + 1) % 100 == 0)
            fprintf(stderr, "\r%d of %d kills, %lld events ", i + 1, t->kills,
                    (long long)judge_events(t->judge));
    }
    fputc('\n', stderr);
}

static void finish(torture *t)
{
    int status;

    pid_t pid = start(t, NULL);
    bool is_settled = carriers_stop(t->carriers, SETTLE_MS);
    int64_t until_ms = live_now_ms() + SETTLE_MS;
    kill(pid, SIGTERM);
    waitpid(pid, &status, 0);
    if (!is_settled)
        messages_break(&t->all, "law 3: some never got a result");
    if (t->is_lying)
        lie(t);
    judge_end(t->judge);
    pid = start(t, NULL);
    while (carriers_followed(t->carriers) < judge_events(t->judge) && live_now_ms() < until_ms)
        poll(NULL, 0, 10);
    if (carriers_followed(t->carriers) < judge_events(t->judge))
        messages_break(&t->all, "law 2: the follower is at %lld of %lld",
                       (long long)carriers_followed(t->carriers),
                       (long long)judge_events(t->judge));
    kill(pid, SIGTERM);
    waitpid(pid, &status, 0);
    check_whole(t, true);
    if (is_settled)
        carriers_close(&t->carriers);
}

static void report(const torture *t, int64_t took_ms)
{
    int64_t messages_sent = 0;

    for (int i = 0; i < CARRIERS; i++)
        messages_sent += atomic_load(&t->all.sent[i]);
    printf("%d kills in %lld s:", t->kills, (long long)took_ms / 1000);
    for (size_t i = 0; i < POINTS; i++)
        printf(" %s %d%s", points[i], t->killed_at[i], i + 1 < POINTS ? "," : "\n");
    printf("%lld messages sent and %lld sent again by their carriers, %lld receipts, %lld events\n",
           (long long)messages_sent, (long long)atomic_load(&t->all.repeated),
           (long long)atomic_load(&t->all.receipts), (long long)judge_events(t->judge));
    printf(
        "laws 1, 2, 3 and 6 after each kill; 4 and 5 at %d moments and at the end: %lld broken\n",
        t->full_checks, (long long)atomic_load(&t->all.violations));
}

static void usage(void)
{
    fputs("usage: torture [--kills N] [--seed N] [--lie] LANDBRIDGED\n", stderr);
    exit(2);
}

static void read_arguments(torture *t, int count, char **words)
{
    static const struct option options[] = {{"kills", required_argument, NULL, 'k'},
                                            {"seed", required_argument, NULL, 's'},
                                            {"lie", no_argument, NULL, 'l'},
                                            {NULL, 0, NULL, 0}};
    int option;
    int64_t number;

    t->kills = 1000;
    while ((option = getopt_long(count, words, "", options, NULL)) != -1) {
        if (option == 'l')
            t->is_lying = true;
        else if (option == '?' || !lb_span_number(lb_span_of(optarg), &number) || number < 1)
            usage();
        else if (option == 'k')
            t->kills = (int)number;
        else
            t->random = (uint64_t)number;
    }
    if (optind + 1 != count)
        usage();
    t->program = words[optind];
}

int main(int count, char **words)
{
    static torture t = {.random = 1};

    read_arguments(&t, count, words);
    lb_log_least(LB_LEVELS); /* broken laws are reported by the judge */
    scratch_make(&t.folder);
    snprintf(t.data, sizeof t.data, "%s", scratch_path(&t.folder, "data"));
    snprintf(t.config, sizeof t.config, "%s", scratch_path(&t.folder, "hub.conf"));
    snprintf(t.log, sizeof t.log, "%s", scratch_path(&t.folder, "log"));
    t.port = live_free_ports(1);
    int64_t from_ms = live_now_ms();
    if (!messages_open(&t.all) || !write_config(&t) ||
        (t.judge = judge_open(&t.all, t.data)) == NULL ||
        (t.carriers = carriers_start(&t.all, t.data, t.port, REST_MS)) == NULL) {
        fputs("torture: cannot begin\n", stderr);
        return 1;
    }
    begin(&t);
    run_kills(&t);
    finish(&t);
    report(&t, live_now_ms() - from_ms);
    bool is_broken = atomic_load(&t.all.violations) > 0;
    if (is_broken)
        printf("the hub's folder is kept: %s\n", t.folder.folder);
    else
        scratch_remove(&t.folder);
    judge_close(&t.judge);
    messages_close(&t.all);
    return is_broken ? 1 : 0;
}
