/* hostile.c - one hostile party beside four well-behaved ones: do they wait longer than specified? See tests/README.md.
 *
 *     a hub for each case: the honest four alone ──> the hostile party beside them ──> the bars
 *
 *     receipts        p99 at most max(100 ms, 3 times that without the hostile party)
 *     answers         p99 at most max(50 ms, 3 times), for existing cargo
 *     memory          at most 512 MiB resident
 *     served          each honest message is kept, each answer has its track; what the case checks */
#include <getopt.h>
#include <pthread.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hostile_cases.h"
#include "probe.h"

enum {
    WARM_MS = 1000,
    FILES_MAX = 16384,
    RECEIPT_FLOOR_MS = 100,
    ANSWER_FLOOR_MS = 50,
    RISE = 3,
    BOUND_MIB = 512,
    NICENESS = 19,
    ARENA = 256 * 1024 * 1024,
};

typedef struct options {
    const char *program, *wanted; /* name of a case, "mix", "all" */
    int alone_ms, beside_ms;
    int64_t bound_mib; /* resident */
    double slack;      /* checks run on shared machines: the time bars are multiplied by this */
} options;

typedef struct attacker {
    pthread_t thread;
    attack *attack;
    const hostile_case *of;
} attacker;

static int broken;

static void breaks(const char *name, const char *what)
{
    printf("BROKEN  %s: %s\n", name, what);
    broken++;
}

static void *run_attack(void *argument)
{
    attacker *one = argument;
    lb_arena arena;

    /* Composing is the work of another machine: it only takes otherwise idle processor time. */
    setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), NICENESS);

    lb_arena_init(&arena, ARENA);
    one->of->run(one->attack, &arena);
    lb_arena_fini(&arena);
    return NULL;
}

static double bar(const options *o, double alone_ms, double floor_ms)
{
    return (RISE * alone_ms > floor_ms ? RISE * alone_ms : floor_ms) * o->slack;
}

static void print_row(const char *name, const honest_figures *f, const hub_figures *hub,
                      const attack *a)
{
    printf("%-10s %8.1f %8.1f %8.1f %8.1f %8.1f %8.1f %6lld %7lld %7lld %8lld %8lld %8lld\n", name,
           f->receipt_p50, f->receipt_p99, f->receipt_max, f->answer_p50, f->answer_p99,
           f->answer_max, (long long)hub->peak_kib / 1024, (long long)f->receipts,
           (long long)f->answers, (long long)atomic_load(&a->sent),
           (long long)atomic_load(&a->answered), (long long)atomic_load(&a->refused));
}

static void print_head(void)
{
    printf("%-10s %26s %26s %6s %15s %26s\n", "", "receipts: p50, p99, max ms",
           "answers: p50, p99, max ms", "MiB", "receipts answers",
           "hostile: sent answered refused");
}

static void judge(const options *o, const char *name, const honest_figures *alone,
                  const honest_figures *with, const hub_figures *hub)
{
    if (with->receipt_p99 > bar(o, alone->receipt_p99, RECEIPT_FLOOR_MS))
        breaks(name, "others wait too long for receipts");
    if (with->answer_p99 > bar(o, alone->answer_p99, ANSWER_FLOOR_MS))
        breaks(name, "others wait too long for answers");
    if (hub->peak_kib / 1024 > o->bound_mib)
        breaks(name, "the hub has grown beyond its bound");
    if (with->unkept > 0)
        breaks(name, "an honest message was not kept");
    if (with->unfound > 0)
        breaks(name, "an answer did not have its track");
    if (with->unreceipted > 0 || with->unanswered > 0)
        breaks(name, "some requests had no answer at the end");
}

static void check(attack *a, const hostile_case *of, const char *name)
{
    lb_arena arena;

    if (of->check == NULL)
        return;
    lb_arena_init(&arena, ARENA);
    const char *what = of->check(a, &arena);
    lb_arena_fini(&arena);
    if (what != NULL)
        breaks(name, what);
}

/* All of them at once beside the honest four. */
static void play(const options *o, const char *name, const hostile_case *cases, size_t count)
{
    static attacker attackers[HOSTILE_CASES];
    static attack a;
    honest_figures alone, with;
    hub_figures hub;
    stage s;

    stage_open(&s, o->program);
    memset(&a, 0, sizeof a);
    a.stage = &s;
    a.honest = honest_start(&s);
    if (a.honest == NULL || !hostile_introduce(&a)) {
        breaks(name, "the scenario cannot be set up");
        stage_close(&s);
        return;
    }
    honest_watch(a.honest, WARM_MS, o->slack, &alone);
    honest_watch(a.honest, o->alone_ms, o->slack, &alone);
    hub_look(s.hub, s.data, &hub);
    print_row("  alone", &alone, &hub, &a);
    for (size_t i = 0; i < count; i++)
        if (cases[i].prepare != NULL && !cases[i].prepare(&a))
            breaks(cases[i].name, "the scenario cannot be prepared");
    atomic_store(&a.sent, 0);
    for (size_t i = 0; i < count; i++) {
        attackers[i] = (attacker){.attack = &a, .of = &cases[i]};
        if (pthread_create(&attackers[i].thread, NULL, run_attack, &attackers[i]) != 0)
            abort();
    }
    honest_watch(a.honest, o->beside_ms, o->slack, &with);
    bool is_up = hub_look(s.hub, s.data, &hub);
    for (size_t i = 0; i < count; i++)
        check(&a, &cases[i], name);
    atomic_store(&a.is_over, true);
    for (size_t i = 0; i < count; i++)
        pthread_join(attackers[i].thread, NULL);
    print_row(name, &with, &hub, &a);
    if (!is_up)
        breaks(name, "the hub has ended");
    judge(o, name, &alone, &with, &hub);
    honest_stop(&a.honest);
    stage_close(&s);
}

static void usage(void)
{
    fputs("usage: hostile --hostile CASE|all|mix [--minutes N] [--seconds N] [--slack TIMES] "
          "[--bound MIB] LANDBRIDGED\ncases:\n",
          stderr);
    for (size_t i = 0; i < HOSTILE_CASES; i++)
        fprintf(stderr, "  %-10s %s\n", hostile_cases[i].name, hostile_cases[i].what);
    exit(2);
}

static void read_arguments(options *o, int count, char **words)
{
    static const struct option known[] = {
        {"hostile", required_argument, NULL, 'h'}, {"minutes", required_argument, NULL, 'm'},
        {"seconds", required_argument, NULL, 's'}, {"slack", required_argument, NULL, 'x'},
        {"bound", required_argument, NULL, 'b'},   {NULL, 0, NULL, 0}};
    int64_t number = 0;
    int option;

    while ((option = getopt_long(count, words, "", known, NULL)) != -1) {
        if (option == '?' ||
            (option != 'h' && (!lb_span_number(lb_span_of(optarg), &number) || number < 1 ||
                               number > (option == 'b' ? 1000000 : 10000))))
            usage();
        if (option == 'h')
            o->wanted = optarg;
        if (option == 'm')
            o->beside_ms = (int)number * 60000;
        if (option == 's')
            o->alone_ms = o->beside_ms = (int)number * 1000;
        if (option == 'x')
            o->slack = (double)number;
        if (option == 'b')
            o->bound_mib = number;
    }
    if (optind + 1 != count)
        usage();
    o->program = words[optind];
}

int main(int count, char **words)
{
    options o = {
        .wanted = "all", .alone_ms = 8000, .beside_ms = 15000, .slack = 1, .bound_mib = BOUND_MIB};
    const struct rlimit files = {FILES_MAX, FILES_MAX};
    size_t played = 0;

    read_arguments(&o, count, words);
    if (setrlimit(RLIMIT_NOFILE, &files) != 0)
        perror("hostile: open files");
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGPIPE, SIG_IGN);
    print_head();
    if (strcmp(o.wanted, "mix") == 0) {
        play(&o, "mix", hostile_cases, HOSTILE_CASES);
        played++;
    }
    for (size_t i = 0; i < HOSTILE_CASES; i++)
        if (strcmp(o.wanted, "all") == 0 ||
            strncmp(o.wanted, hostile_cases[i].name, strlen(o.wanted)) == 0) {
            play(&o, hostile_cases[i].name, &hostile_cases[i], 1);
            played++;
        }
    if (played == 0)
        usage();
    printf("%d bars broken in %zu scenarios\n", broken, played);
    return broken > 0 ? 1 : 0;
}
