/* soak.c - a hub under a steady load for hours: does anything grow without bound? See tests/README.md.
 *
 *     every few seconds   one line of soak.csv: memory, files, WAL, lag, waiting times, events
 *     at the end          soak.svg, and a verdict
 *
 * The first half is for warming up: caches fill as long as there is something new to hold. After it memory and open
 * files may not rise by more than a stated part between the third quarter and the last (medians, so that one peak says
 * nothing); WAL and lag stay under a bound from the second quarter on, and no receipt is lost. */
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "carriers.h"
#include "landbridge/client/client.h"
#include "live.h"
#include "probe.h"
#include "scratch.h"

enum {
    MEMORY_RISE = 5,             /* percent */
    FILES_RISE = 5,              /* percent */
    WAL_MAX = 300 * 1024 * 1024, /* bytes: 64 MiB is kept of each, and a flush on top */
    LAG_MAX = 200000,            /* events */
    SAMPLES_MAX = 20000,
    SERIES = 6,
    PLOT_WIDTH = 900,
    PLOT_HEIGHT = 130,
    MARGIN = 60,
};

typedef struct sample {
    double at_s;
    double series[SERIES];
} sample;

static const struct {
    const char *name, *unit;
    double part; /* of what was measured to what is printed */
} series_of[SERIES] = {
    {"memory", "MiB", 1.0 / 1024}, {"files", "open", 1},     {"WAL", "MiB", 1.0 / (1024 * 1024)},
    {"view lag", "events", 1},     {"receipt p99", "ms", 1}, {"answer p99", "ms", 1},
};
enum { MEMORY, FILES, WAL, LAG, RECEIPT, ANSWER };

typedef struct soak {
    double hours;
    double every_s, memory_rise;
    const char *program, *folder;
    lb_scratch scratch;
    char data[SCRATCH_PATH_ROOM];
    int port;
    pid_t hub;
    sample *samples;
    size_t count;
    int complaints;
} soak;

/* -- the verdict ---------------------------------------------------------------------------------------------- */

static int by_value(const void *left, const void *right)
{
    const double a = *(const double *)left, b = *(const double *)right;

    return (a > b) - (a < b);
}

static double median(const soak *s, int series, size_t from, size_t until)
{
    static double values[SAMPLES_MAX];
    size_t count = 0;

    for (size_t i = from; i < until; i++)
        values[count++] = s->samples[i].series[series];
    qsort(values, count, sizeof *values, by_value);
    return count == 0 ? 0 : values[count / 2];
}

static void complain(soak *s, const char *what, double from, double to)
{
    printf("NO: %s: %.1f, then %.1f\n", what, from, to);
    s->complaints++;
}

static void judge_rise(soak *s, int series, double percent)
{
    double before = median(s, series, s->count / 2, s->count * 3 / 4),
           after = median(s, series, s->count * 3 / 4, s->count);

    if (after > before * (1 + percent / 100))
        complain(s, series_of[series].name, before, after);
}

static void judge_bound(soak *s, int series, double bound)
{
    for (size_t i = s->count / 4; i < s->count; i++)
        if (s->samples[i].series[series] > bound) {
            complain(s, series_of[series].name, bound, s->samples[i].series[series]);
            return;
        }
}

static void judge(soak *s)
{
    judge_rise(s, MEMORY, s->memory_rise);
    judge_rise(s, FILES, FILES_RISE);
    judge_bound(s, WAL, WAL_MAX);
    judge_bound(s, LAG, LAG_MAX);
}

/* -- the plot ------------------------------------------------------------------------------------------------- */

static double greatest(const soak *s, int series)
{
    double most = 0;

    for (size_t i = 0; i < s->count; i++)
        most = s->samples[i].series[series] > most ? s->samples[i].series[series] : most;
    return most;
}

static void plot_series(const soak *s, FILE *out, int series)
{
    double most = greatest(s, series), last_s = s->samples[s->count - 1].at_s;
    int top = 40 + series * (PLOT_HEIGHT + 40);

    fprintf(out, "<text x='%d' y='%d' class='name'>%s, %s</text>\n", MARGIN, top - 8,
            series_of[series].name, series_of[series].unit);
    fprintf(out, "<text x='%d' y='%d' class='tick' text-anchor='end'>%.4g</text>\n", MARGIN - 6,
            top + 5, most * series_of[series].part);
    fprintf(out, "<text x='%d' y='%d' class='tick' text-anchor='end'>0</text>\n", MARGIN - 6,
            top + PLOT_HEIGHT);
    fprintf(out,
            "<rect x='%d' y='%d' width='%d' height='%d' class='frame'/>\n<polyline class='line' "
            "points='",
            MARGIN, top, PLOT_WIDTH, PLOT_HEIGHT);
    for (size_t i = 0; i < s->count; i++)
        fprintf(out, "%.1f,%.1f ", MARGIN + s->samples[i].at_s / last_s * PLOT_WIDTH,
                top + PLOT_HEIGHT -
                    (most <= 0 ? 0 : s->samples[i].series[series] / most * PLOT_HEIGHT));
    fputs("'/>\n", out);
}

static void plot(const soak *s, const char *path)
{
    FILE *out = fopen(path, "w");
    int height = 60 + SERIES * (PLOT_HEIGHT + 40);

    if (out == NULL || s->count < 2)
        return;
    fprintf(
        out,
        "<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d' font-family='sans-serif'>\n"
        "<style>.name{font-size:14px;font-weight:bold}.tick{font-size:11px;fill:#555}"
        ".frame{fill:#f7f7f7;stroke:#bbb}.line{fill:none;stroke:#1f5fa8;stroke-width:1.2}</style>\n"
        "<rect width='100%%' height='100%%' fill='white'/>\n",
        PLOT_WIDTH + MARGIN + 30, height);
    for (int i = 0; i < SERIES; i++)
        plot_series(s, out, i);
    fprintf(out,
            "<text x='%d' y='%d' class='tick'>0</text><text x='%d' y='%d' class='tick' "
            "text-anchor='end'>%.1f "
            "min</text>\n</svg>\n",
            MARGIN, height - 40, MARGIN + PLOT_WIDTH, height - 40,
            s->samples[s->count - 1].at_s / 60);
    fclose(out);
}

/* -- the hours ------------------------------------------------------------------------------------------------ */

static void start(soak *s)
{
    FILE *file = fopen(scratch_path(&s->scratch, "hub.conf"), "w");

    s->port = live_free_ports(1);
    if (file == NULL)
        abort();
    fprintf(file,
            "[listen]\nintake = off\nquery = off\nlive = off\nreplay = off\njt808 = "
            "%d\ncurve_intake = off\n"
            "curve_query = off\ncurve_live = off\ncurve_replay = off\n",
            s->port);
    fclose(file);
    s->hub = live_start(s->program, s->data, scratch_path(&s->scratch, "hub.conf"),
                        scratch_path(&s->scratch, "log"), NULL);
}

static bool take_sample(soak *s, probe *p, double at_s, FILE *csv)
{
    probe_figures waits;
    hub_figures hub;

    probe_take(p, &waits);
    if (!hub_look(s->hub, s->data, &hub))
        return false;
    sample *one = &s->samples[s->count++];
    *one = (sample){at_s,
                    {(double)hub.rss_kib, (double)hub.files, (double)hub.wal_bytes, (double)hub.lag,
                     waits.receipt_p99, waits.answer_p99}};
    fprintf(csv, "%.1f,%lld,%lld,%lld,%lld,%.2f,%.2f,%lld\n", at_s, (long long)hub.rss_kib,
            (long long)hub.files, (long long)hub.wal_bytes, (long long)hub.lag, waits.receipt_p99,
            waits.answer_p99, (long long)waits.followed);
    fflush(csv);
    return true;
}

static void run(soak *s, FILE *csv)
{
    static messages all;
    double seconds = s->hours * 3600, least_s = seconds / (SAMPLES_MAX - 100);
    /* so that the memory for lines suffices */
    s->every_s = s->every_s < least_s ? least_s : s->every_s;
    int64_t from_ms = live_now_ms();

    if (!messages_open(&all))
        abort();
    probe *p = probe_start(s->data);
    double least_ms = seconds * 1100 / MESSAGES_MAX; /* so that their messages suffice */
    carriers *c =
        carriers_start(&all, s->data, s->port, least_ms > REST_MS ? (int)least_ms : REST_MS);
    for (double at_s = 0; at_s < seconds; at_s = (double)(live_now_ms() - from_ms) / 1000) {
        poll(NULL, 0, (int)(s->every_s * 1000));
        if (!take_sample(s, p, (double)(live_now_ms() - from_ms) / 1000, csv)) {
            printf("NO: the hub is gone; its log is %s\n", scratch_path(&s->scratch, "log"));
            s->complaints++;
            break;
        }
        if (isatty(STDERR_FILENO))
            fprintf(stderr, "\r%.1f of %.1f min", (double)(live_now_ms() - from_ms) / 60000,
                    seconds / 60);
    }
    fputc('\n', stderr);
    bool are_reported = carriers_stop(c, 60000);
    carriers_close(&c);
    if (!probe_stop(&p) || !are_reported || atomic_load(&all.violations) > 0) {
        puts("NO: a receipt or an answer was lost, or a number was missing");
        s->complaints++;
    }
    int64_t sent = 0;
    for (int i = 0; i < CARRIERS; i++)
        sent += atomic_load(&all.sent[i]);
    printf("%.1f min, %lld messages of six carriers, %zu samples\n",
           s->samples[s->count - 1].at_s / 60, (long long)sent, s->count);
    messages_close(&all);
}

static void report(const soak *s)
{
    for (int i = 0; i < SERIES; i++)
        printf("%-12s third quarter %9.1f, last quarter %9.1f, most %9.1f %s\n", series_of[i].name,
               median(s, i, s->count / 2, s->count * 3 / 4) * series_of[i].part,
               median(s, i, s->count * 3 / 4, s->count) * series_of[i].part,
               greatest(s, i) * series_of[i].part, series_of[i].unit);
}

/* Proves that the verdict can fail: a series of a hub that leaks. */
static void leak(soak *s)
{
    for (size_t i = 0; i < s->count; i++) {
        double part = (double)i / (double)s->count;
        s->samples[i].series[MEMORY] *= 1 + 20 * part * part * part * part;
    }
}

static void usage(void)
{
    fputs("usage: soak --hours N [--every SECONDS] [--out FOLDER] [--rise PERCENT] [--leak] "
          "LANDBRIDGED\n",
          stderr);
    exit(2);
}

int main(int count, char **words)
{
    static const struct option options[] = {
        {"hours", required_argument, NULL, 'h'}, {"every", required_argument, NULL, 'e'},
        {"out", required_argument, NULL, 'o'},   {"rise", required_argument, NULL, 'r'},
        {"leak", no_argument, NULL, 'l'},        {NULL, 0, NULL, 0}};
    static soak s = {.every_s = 2, .memory_rise = MEMORY_RISE, .folder = "."};
    bool is_leaking = false;
    char path[512];
    int option;

    while ((option = getopt_long(count, words, "", options, NULL)) != -1) {
        if (option == '?')
            usage();
        if (option == 'h')
            s.hours = strtod(optarg, NULL);
        if (option == 'e')
            s.every_s = strtod(optarg, NULL);
        if (option == 'r')
            s.memory_rise = strtod(optarg, NULL);
        if (option == 'o')
            s.folder = optarg;
        is_leaking |= option == 'l';
    }
    if (optind + 1 != count || s.hours <= 0 || s.every_s <= 0)
        usage();
    s.program = words[optind];
    s.samples = calloc(SAMPLES_MAX, sizeof *s.samples);
    scratch_make(&s.scratch);
    snprintf(s.data, sizeof s.data, "%s", scratch_path(&s.scratch, "data"));
    snprintf(path, sizeof path, "%s/soak.csv", s.folder);
    FILE *csv = fopen(path, "w");
    if (csv == NULL || s.samples == NULL) {
        perror(path);
        return 1;
    }
    fputs("seconds,rss_kib,files,wal_bytes,view_lag,receipt_p99_ms,answer_p99_ms,events\n", csv);
    start(&s);
    run(&s, csv);
    fclose(csv);
    kill(s.hub, SIGTERM);
    waitpid(s.hub, NULL, 0);
    if (is_leaking)
        leak(&s);
    judge(&s);
    report(&s);
    snprintf(path, sizeof path, "%s/soak.svg", s.folder);
    plot(&s, path);
    printf("%s: %s\n", path,
           s.complaints == 0 ? "nothing grows that should not" : "something grows");
    scratch_remove(&s.scratch);
    free(s.samples);
    return s.complaints == 0 ? 0 : 1;
}
