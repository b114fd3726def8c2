/* growth.c - is every adapter linear? Each repeatable element of each grammar, at 1, 10 and 100 % of the longest
 * message (or of the named cap of that element), in instructions counted by callgrind.
 *
 *     growth [--quick] [ADAPTER...]     all elements; quick: the first one of each at 6 and 60 kB, `read` only
 *     growth --bytes N [ADAPTER...]     all elements, in messages of N bytes at most
 *     growth --percent N [ADAPTER...]   all elements, in messages of N percent of the longest at most
 *     growth --caps [ADAPTER...]        only checks the caps: read below, refused above
 *     growth --measure[-read] ADAPTER E:N,N.. ...  reads the given messages: this is the part under valgrind
 *
 * Counted separately: `read`, the adapter alone, and `keep`, the hub's work on the events before the journal
 * (places, identity, packing). The count of one repetition is subtracted; `keep` is known to a block of the hash,
 * see hash_it(). A ratio over 12 for a step of 10 is not linear: exit code 1. Also 1: an adapter without a table or
 * without a nested element, a message below its cap that is refused, one above it that is not. */
#include <glob.h>
#include <malloc.h>
#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <valgrind/callgrind.h>

#include "growth/table.h"
#include "landbridge/adapter/adapter.h"
#include "record.h"

enum {
    SINK_BYTES = 256 * 1024 * 1024,     /* as the hub has it */
    MEASURE_BYTES = 1024 * 1024 * 1024, /* where `read` alone is counted, no event is handed over */
    STEPS = 4,                          /* one repetition, and three sizes */
    HASH_BLOCK = 128,                   /* bytes */
    FEWEST = 4,                         /* repetitions: fewer give no usable step */
    FEWEST_NESTED = 10,                 /* the outer element has costs of its own */
    QUICK_BYTES = 60 * 1000,
    RATIO_MAX = 12,
    JOBS = 64, /* adapters; the list has 22 */
};

static char *self;      /* this program, to run it under valgrind */
static bool reads_only; /* the quick run, at half the cost: `keep` is not counted */
static double block;    /* instructions of one block of the hash */

/* -- what is measured: callgrind counts in it, and dumps its counters behind it ---------------------- */

typedef struct work { /* of the hub with one message */
    const lb_adapter *adapter;
    lb_span message;
    lb_sink *sink;
    lb_arena *arena; /* where the events go */
} work;

static const lb_reading *reading(void)
{
    static lb_reading one = {.received_us = INT64_C(1773316800000000)};
    one.source = lb_source_default();
    return &one;
}

static void read_it(const work *one)
{
    lb_adapter_read_unfinished(one->adapter, reading(), one->message, one->sink);
}

static void keep_it(const work *one)
{
    for (size_t i = 0; i < lb_sink_count(one->sink); i++) {
        lb_span packed;
        lb_event_finish(lb_sink_event(one->sink, i));
        lb_event_pack(lb_sink_event(one->sink, i), one->arena, &packed);
    }
}

/* An event is identified by a hash of its content (lb_event_finish), whose cost rises by the
 * block: a text that grows within its last block costs nothing, and the next byte costs a block.
 * So a count of few repetitions may be one block short of its cost, and the next step then looks
 * steeper. The cost of a block is measured here, in the same run. */
static void hash_it(const work *one)
{
    unsigned char id[crypto_generichash_BYTES_MIN];
    crypto_generichash(id, sizeof id, (const unsigned char *)one->message.at, one->message.len,
                       NULL, 0);
}

static void count(void (*what)(const work *one), const work *one)
{
    CALLGRIND_START_INSTRUMENTATION;
    CALLGRIND_ZERO_STATS;
    what(one);
    CALLGRIND_DUMP_STATS;
    CALLGRIND_STOP_INSTRUMENTATION;
}

/* One block and two: take_counts() takes their difference. */
static void measure_block(void)
{
    static const char text[2 * HASH_BLOCK];
    /* a warm-up, so that dynamic binding is not counted */
    hash_it(&(work){.message = {text, sizeof text}});
    count(hash_it, &(work){.message = {text, HASH_BLOCK}});
    count(hash_it, &(work){.message = {text, 2 * HASH_BLOCK}});
}

/* False: the message was refused, so the count is not that of reading it. */
static bool measure_once(const lb_adapter *adapter, const element *one, size_t times, lb_sink *sink,
                         lb_arena *arena)
{
    grown message = element_grow(one, times);
    lb_sink_reset(sink);
    lb_arena_reset(arena);
    const work now = {adapter, {message.at, message.len}, sink, arena};
    /* frees the C library's lists, so that the last message does not affect this one's cost */
    malloc_trim(0);
    count(read_it, &now);
    const lb_refusal *refusal = lb_sink_refusal(sink);
    if (!reads_only)
        count(keep_it, &now);
    free(message.at);
    if (refusal == NULL)
        return true;
    fprintf(stderr, "%s: %s: %zu times: %.*s\n", adapter->name, one->words, times,
            LB_ARG(refusal->text));
    return false;
}

/* "3:1,20,200,2000": element and repetitions. Resources of the first read are opened before
 * counting. */
static bool measure_plan(const lb_adapter *adapter, const table *all, char *plan, lb_sink *sink,
                         lb_arena *arena)
{
    const element *one = &all->at[strtoul(plan, &plan, 10)];
    grown first = element_grow(one, 1);
    lb_sink_reset(sink);
    lb_adapter_read(adapter, reading(), (lb_span){first.at, first.len}, sink);
    free(first.at);
    bool is_read = true;
    while (*plan != '\0')
        is_read = measure_once(adapter, one, strtoul(plan + 1, &plan, 10), sink, arena) && is_read;
    return is_read;
}

/* An adapter's name and its plans, and so on. */
static int measure(char **words)
{
    table all = {0};
    lb_sink *sink = NULL;
    lb_arena arena;
    const lb_adapter *adapter = NULL;
    bool are_read = true;
    if (lb_sink_open(&sink, MEASURE_BYTES) != LB_OK)
        return 1;
    lb_arena_init(&arena, MEASURE_BYTES);
    if (!reads_only)
        measure_block();
    for (; *words != NULL; words++) {
        if (adapter != NULL && strchr(*words, ':') != NULL) {
            are_read = measure_plan(adapter, &all, *words, sink, &arena) && are_read;
            continue;
        }
        table_free(&all);
        adapter = lb_adapter_find(lb_span_of(*words));
        if (adapter == NULL || !table_load(&all, adapter->name))
            return 1;
    }
    lb_arena_fini(&arena);
    lb_sink_close(&sink);
    table_free(&all);
    return are_read ? 0 : 1;
}

/* -- planning ------------------------------------------------------------------------------------- */

typedef struct plan {
    const element *one;
    size_t times[STEPS], bytes[STEPS]; /* 0: this step is not usable */
    double read[STEPS], keep[STEPS];   /* instructions */
} plan;

typedef struct job { /* of one adapter */
    const lb_adapter *adapter;
    table all;
    plan plans[TABLE_ELEMENTS];
    size_t count;
} job;

static size_t bytes_of(const element *one, size_t times)
{
    grown message = element_grow(one, times);
    free(message.at);
    return message.len;
}

/* The most repetitions that fit, or nearly: guessed from the size of fewer, five times. */
static size_t most(const element *one, size_t max_bytes)
{
    size_t times = one->cap < 10 ? one->cap : 10, fits = 1;
    for (int i = 0; i < 6; i++) {
        double by = (double)max_bytes / (double)bytes_of(one, times);
        fits = by >= 1 && times > fits ? times : fits;
        double guess = (double)times * (one->is_nested ? sqrt(by) : by);
        size_t next = guess < (double)one->cap ? (size_t)guess : one->cap;
        if (next == times)
            break;
        times = by < 1 && next >= times ? times - 1 : next > 1 ? next : 1;
    }
    return fits;
}

static size_t shrunk(const plan *p, size_t times, double by)
{
    return (size_t)((double)times / (p->one->is_nested ? sqrt(by) : by));
}

static void plan_sizes(plan *p, size_t largest, bool is_quick)
{
    const size_t times[STEPS] = {1, is_quick ? 0 : shrunk(p, largest, 100), shrunk(p, largest, 10),
                                 largest};
    size_t fewest = p->one->is_nested ? FEWEST_NESTED : FEWEST;
    for (int i = 0; i < STEPS; i++) {
        p->times[i] = i == 0 || times[i] >= fewest ? times[i] : 0;
        p->bytes[i] = p->times[i] == 0 ? 0 : bytes_of(p->one, p->times[i]);
    }
}

static void forget(void *who, lb_event *event)
{
    (void)who;
    (void)event;
}

static lb_verdict verdict_at(const lb_adapter *adapter, const element *one, size_t times,
                             lb_sink *sink, char *text, size_t room)
{
    grown message = element_grow(one, times);
    lb_sink_reset(sink);
    lb_sink_hand_over(sink, forget, NULL); /* as in the hub: finished events need no memory */
    lb_verdict verdict =
        lb_adapter_read(adapter, reading(), (lb_span){message.at, message.len}, sink);
    const lb_refusal *refusal = lb_sink_refusal(sink);
    snprintf(text, room, "%s at byte %lld: %.*s", lb_verdict_name(verdict),
             refusal == NULL ? 0LL : (long long)refusal->offset,
             refusal == NULL ? 0 : (int)refusal->text.len, refusal == NULL ? "" : refusal->text.at);
    free(message.at);
    return verdict;
}

/* Checks the cap: the last accepted count, the first refused one, and the reason. */
static bool check_cap(const lb_adapter *adapter, const plan *p, lb_sink *sink)
{
    char why[500];
    size_t largest = p->times[STEPS - 1];
    bool is_fine = true;
    for (int i = 0; i < STEPS; i++)
        if (p->times[i] > 0 &&
            verdict_at(adapter, p->one, p->times[i], sink, why, sizeof why) != LB_VERDICT_READ) {
            printf("%s: %s: %zu times: %s\n", adapter->name, p->one->words, p->times[i], why);
            is_fine = false;
        }
    if (largest < p->one->cap || p->one->limit[0] == '~' ||
        bytes_of(p->one, largest + 1) > adapter->max_message)
        return is_fine;
    if (verdict_at(adapter, p->one, largest + 1, sink, why, sizeof why) != LB_VERDICT_READ)
        return is_fine;
    printf("%s: %s: %zu times, above %s: %s\n", adapter->name, p->one->words, largest + 1,
           p->one->limit, why);
    return false;
}

/* -- counting ------------------------------------------------------------------------------------- */

static double total_of(const char *path)
{
    char line[256];
    unsigned long long total = 0;
    FILE *file = fopen(path, "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "totals: %llu", &total) == 1)
            break;
    if (file != NULL)
        fclose(file);
    return (double)total;
}

/* The next total. */
static double take_total(const char *folder, unsigned *dump)
{
    char path[600];
    snprintf(path, sizeof path, "%s/out.%u", folder, ++*dump);
    return total_of(path);
}

static bool take_block(const char *folder, unsigned *dump)
{
    if (reads_only)
        return true;
    double one = take_total(folder, dump), two = take_total(folder, dump);
    block = two - one;
    return one > 0 && block > 0;
}

static bool take_plan(const char *folder, plan *one, unsigned *dump)
{
    for (int k = 0; k < STEPS; k++) {
        if (one->times[k] == 0)
            continue;
        one->read[k] = take_total(folder, dump);
        if (one->read[k] <= 0)
            return false;
        if (!reads_only)
            one->keep[k] = take_total(folder, dump);
    }
    return true;
}

/* One dump for each counted part, in that order. */
static bool take_counts(const char *folder, job *jobs, size_t count)
{
    unsigned dump = 0;
    if (!take_block(folder, &dump))
        return false;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < jobs[i].count; k++)
            if (!take_plan(folder, &jobs[i].plans[k], &dump))
                return false;
    return true;
}

static void empty_folder(const char *folder)
{
    char pattern[600];
    glob_t found;
    snprintf(pattern, sizeof pattern, "%s/out*", folder);
    if (glob(pattern, 0, NULL, &found) != 0)
        return;
    for (size_t i = 0; i < found.gl_pathc; i++)
        unlink(found.gl_pathv[i]);
    globfree(&found);
}

typedef struct words { /* what valgrind is called with */
    char *at[32 + JOBS * (1 + TABLE_ELEMENTS)];
    size_t count;
} words;

static void add_word(words *all, const char *text)
{
    all->at[all->count] = strdup(text);
    all->at[++all->count] = NULL;
}

static void add_plan(words *all, const job *one, const plan *p)
{
    char text[200];
    size_t len = (size_t)snprintf(text, sizeof text, "%zu:", p->one - one->all.at);
    for (int k = 0; k < STEPS; k++)
        if (p->times[k] > 0)
            len += (size_t)snprintf(text + len, sizeof text - len, "%s%zu", k == 0 ? "" : ",",
                                    p->times[k]);
    add_word(all, text);
}

static void run_valgrind(const job *jobs, size_t count, const char *folder)
{
    static words all;
    char out[600];
    snprintf(out, sizeof out, "--callgrind-out-file=%s/out", folder);
    const char *const first[] = {"valgrind",
                                 "--quiet",
                                 "--tool=callgrind",
                                 "--instr-atstart=no",
                                 out,
                                 self,
                                 reads_only ? "--measure-read" : "--measure"};
    for (size_t i = 0; i < sizeof first / sizeof first[0]; i++)
        add_word(&all, first[i]);
    for (size_t i = 0; i < count; i++) {
        add_word(&all, jobs[i].adapter->name);
        for (size_t k = 0; k < jobs[i].count; k++)
            add_plan(&all, &jobs[i], &jobs[i].plans[k]);
    }
    execvp(all.at[0], all.at);
    perror("growth: valgrind");
    _exit(127);
}

static bool count_instructions(job *jobs, size_t count, const char *folder)
{
    int status = 0;
    fflush(stdout);
    empty_folder(folder);
    pid_t child = fork();
    if (child == 0)
        run_valgrind(jobs, count, folder);
    if (child < 0 || waitpid(child, &status, 0) < 0 || status != 0) {
        printf("%s: valgrind did not run to its end (status %d)\n", jobs[0].adapter->name, status);
        return false;
    }
    bool is_counted = take_counts(folder, jobs, count);
    if (!is_counted)
        printf("%s: callgrind left no counts\n", jobs[0].adapter->name);
    empty_folder(folder);
    return is_counted;
}

/* -- evaluating -------------------------------------------------------------------------------- */

/* The ratio of a step of 10, from step i to the next, when `cost[i]` may be too low by
 * `short_by`; 0: not measured. */
static double ratio(const plan *p, const double *cost, int i, double short_by)
{
    if (p->times[i] == 0 || p->times[i + 1] == 0 || i == 0)
        return 0;
    double bytes = (double)(p->bytes[i + 1] - p->bytes[0]) / (double)(p->bytes[i] - p->bytes[0]);
    double before = cost[i] - cost[0] + short_by, after = cost[i + 1] - cost[0];
    return before < 1 || after < 0 ? 0 : after / before / bytes * 10;
}

static bool print_plan(const lb_adapter *adapter, const plan *p)
{
    double read1 = ratio(p, p->read, 1, 0), read2 = ratio(p, p->read, 2, 0);
    double keep1 = ratio(p, p->keep, 1, block), keep2 = ratio(p, p->keep, 2, block);
    bool is_linear =
        read1 <= RATIO_MAX && read2 <= RATIO_MAX && keep1 <= RATIO_MAX && keep2 <= RATIO_MAX;
    double bytes = p->bytes[STEPS - 1] > 0 ? (double)p->bytes[STEPS - 1] : 1;
    printf("%-14s %-50.50s %8zu%s %9zu %7.0f %7.0f  %5.1f %5.1f  %5.1f %5.1f %s %s\n",
           adapter->name, p->one->words, p->times[STEPS - 1], p->one->is_nested ? "^2" : "  ",
           p->bytes[STEPS - 1], p->read[STEPS - 1] / bytes, p->keep[STEPS - 1] / bytes, read1,
           read2, keep1, keep2, is_linear ? "" : "NOT LINEAR", p->one->limit);
    return is_linear;
}

static bool has_nested(const table *all)
{
    for (size_t i = 0; i < all->count; i++)
        if (all->at[i].is_nested)
            return true;
    return false;
}

typedef struct choice { /* what the caller wants */
    bool is_quick, only_caps;
    size_t max_bytes, percent;
    char **adapters; /* NULL ends; none: all */
} choice;

static bool plan_adapter(job *one, const lb_adapter *adapter, const choice *what, lb_sink *sink)
{
    one->adapter = adapter;
    bool is_fine = table_load(&one->all, adapter->name);
    one->count = what->is_quick && one->all.count > 1 ? 1 : one->all.count;
    size_t max_bytes = adapter->max_message / 100 * what->percent;
    max_bytes = what->max_bytes < max_bytes ? what->max_bytes : max_bytes;
    if (!has_nested(&one->all)) {
        printf("%s: no nested element is declared\n", adapter->name);
        is_fine = false;
    }
    for (size_t i = 0; i < one->count; i++) {
        plan *p = &one->plans[i];
        *p = (plan){.one = &one->all.at[i]};
        plan_sizes(p, most(p->one, max_bytes), what->is_quick);
        is_fine = check_cap(adapter, p, sink) && is_fine;
    }
    lb_sink_reset(sink);
    return is_fine && one->count > 0;
}

static bool print_job(const job *one)
{
    bool is_fine = true;
    for (size_t i = 0; i < one->count; i++)
        is_fine = print_plan(one->adapter, &one->plans[i]) && is_fine;
    return is_fine;
}

/* Counts the planned messages in one process. Returns the number of elements that are not
 * linear. */
static size_t run_jobs(job *jobs, size_t count, const choice *what, const char *folder)
{
    size_t bad = 0;
    if (count > 0 && !what->only_caps && !count_instructions(jobs, count, folder))
        bad = count;
    for (size_t i = 0; i < count; i++) {
        if (!what->only_caps && bad < count)
            bad += !print_job(&jobs[i]);
        table_free(&jobs[i].all);
    }
    return bad;
}

static bool is_wanted(const char *name, char **wanted)
{
    if (*wanted == NULL)
        return true;
    while (*wanted != NULL && strcmp(*wanted, name) != 0)
        wanted++;
    return *wanted != NULL;
}

static choice choose(int argc, char **argv)
{
    choice what = {.max_bytes = SIZE_MAX, .percent = 100};
    int used = 1;
    if (argc > 1 && strcmp(argv[1], "--quick") == 0) {
        what.is_quick = true;
        what.max_bytes = QUICK_BYTES;
        used = 2;
    } else if (argc > 1 && strcmp(argv[1], "--caps") == 0) {
        what.only_caps = true;
        used = 2;
    } else if (argc > 2 && strcmp(argv[1], "--bytes") == 0) {
        what.max_bytes = strtoul(argv[2], NULL, 10);
        used = 3;
    } else if (argc > 2 && strcmp(argv[1], "--percent") == 0) {
        what.percent = strtoul(argv[2], NULL, 10);
        used = 3;
    }
    what.adapters = argv + used;
    return what;
}

/* Starting valgrind takes as long as the quick run of an adapter, so all adapters share one
 * process. */
static size_t grow_all(const choice *what, const char *folder, lb_sink *sink)
{
    static job jobs[JOBS];
    size_t count, planned = 0, bad = 0;
    const lb_adapter *const *all = lb_adapters(&count);
    printf("%-14s %-50s %10s %9s %15s  %11s  %11s\n", "adapter", "element", "times", "bytes",
           "instr/byte", "read, x10", "keep, x10");
    for (size_t i = 0; i < count && planned < JOBS; i++) {
        if (!is_wanted(all[i]->name, what->adapters))
            continue;
        bad += !plan_adapter(&jobs[planned++], all[i], what, sink);
        if (!what->is_quick) {
            bad += run_jobs(jobs, planned, what, folder);
            planned = 0;
        }
    }
    return bad + run_jobs(jobs, planned, what, folder);
}

int main(int argc, char **argv)
{
    char folder[] = "/tmp/growth-XXXXXX";
    lb_sink *sink;
    self = argv[0];
    reads_only =
        argc > 1 && (strcmp(argv[1], "--measure-read") == 0 || strcmp(argv[1], "--quick") == 0);
    if (argc > 3 && strncmp(argv[1], "--measure", 9) == 0)
        return measure(argv + 2);
    const choice what = choose(argc, argv);
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (lb_sink_open(&sink, SINK_BYTES) != LB_OK || mkdtemp(folder) == NULL)
        return 2;
    size_t bad = grow_all(&what, folder, sink);
    rmdir(folder);
    lb_sink_close(&sink);
    if (bad > 0)
        printf("growth: %zu adapters are not as they should be, see above\n", bad);
    else if (what.only_caps)
        printf("growth: every cap is where its table says\n");
    else
        printf("growth: every step of 10 costs %d at most\n", RATIO_MAX);
    return bad == 0 ? 0 : 1;
}
