/* main.c - landbridged: reads the command line, opens the hub and runs it until a signal stops it. */
#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/folder.h"
#include "base/log.h"
#include "base/service.h"
#include "answer/answer.h"
#include "hub.h"
#include "keep/backup.h"
#include "keep/journal_sqlite.h"
#include "landbridge/client/show.h"
#include "landbridge/client/version.h"

enum { EXIT_FINE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, WHY_ROOM = 256, LINE_ROOM = 4096 };
enum { LONG_PIECE = 64 * 1024 }; /* bytes: larger allocations are mapped singly */

static const char help[] =
    "landbridged - the message broker of a land port\n"
    "\n"
    "  landbridged --data DIR [--config FILE]\n"
    "\n"
    "  --data DIR       data folder; created if missing\n"
    "  --config FILE    ports, limits, identity; every setting has a default\n"
    "  --restore DIR    restore a backup into the data folder (missing or empty), and exit\n"
    "  --until SEQ      with --restore: only events up to this number\n"
    "  --dump DIR       print every track and resource of a data folder, and exit\n"
    "  --check-config   check the configuration: exit 0, or 2 and the mistake on stderr\n"
    "  --verbose        log debug messages, too\n"
    "  --version        print the version\n"
    "  --help           print this help\n"
    "\n"
    "Without a configuration it listens on 127.0.0.1 and on ipc sockets in DIR. Clients on these\n"
    "have full rights without a key; clients on the CURVE ports need a key (landbridge admin\n"
    "party). DIR/endpoints lists all endpoints.\n"
    "SIGTERM stops it, SIGHUP makes it read the profiles in DIR/sources again.\n";

typedef struct command_line {
    const char *folder, *config, *restore, *until, *dump;
    bool is_check, is_verbose;
} command_line;

/* One line on stderr, with control characters escaped. */
static void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void complain(const char *format, ...)
{
    char line[LINE_ROOM], shown[LB_SHOW_ROOM * LINE_ROOM];
    va_list facts;

    va_start(facts, format);
    vsnprintf(line, sizeof line, format, facts);
    va_end(facts);
    lb_show(shown, sizeof shown, lb_span_of(line), LB_SHOW_PLAIN);
    fprintf(stderr, "landbridged: %s\n", shown);
}

/* False: the program ends with *code. */
static bool read_arguments(int count, char **words, command_line *arguments, int *code)
{
    static const struct option options[] = {
        {"data", required_argument, NULL, 'd'},    {"config", required_argument, NULL, 'c'},
        {"restore", required_argument, NULL, 'r'}, {"until", required_argument, NULL, 'u'},
        {"dump", required_argument, NULL, 'D'},    {"check-config", no_argument, NULL, 'k'},
        {"verbose", no_argument, NULL, 'v'},       {"version", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0}};
    int option;

    *code = EXIT_FINE;
    opterr = 0;
    while ((option = getopt_long(count, words, "d:c:vVh", options, NULL)) != -1) {
        switch (option) {
        case 'd':
            arguments->folder = optarg;
            break;
        case 'c':
            arguments->config = optarg;
            break;
        case 'r':
            arguments->restore = optarg;
            break;
        case 'u':
            arguments->until = optarg;
            break;
        case 'D':
            arguments->dump = optarg;
            break;
        case 'k':
            arguments->is_check = true;
            break;
        case 'v':
            arguments->is_verbose = true;
            break;
        case 'V':
            puts("landbridged " LB_VERSION);
            return false;
        case 'h':
            fputs(help, stdout);
            return false;
        default:
            complain("unknown option, or its value is missing: '%s'; see --help",
                     words[optind - 1]);
            *code = EXIT_USAGE;
            return false;
        }
    }
    if (optind == count &&
        (arguments->folder != NULL || arguments->is_check || arguments->dump != NULL))
        return true;
    fputs("landbridged: --data DIR is required; see --help\n", stderr);
    *code = EXIT_USAGE;
    return false;
}

static lb_err read_config(const char *path, lb_config *config)
{
    char why[WHY_ROOM];

    lb_config_init(config);
    if (path == NULL)
        return LB_OK;
    lb_err err = lb_config_read(config, path, why, sizeof why);
    if (err != LB_OK)
        complain("%s: %s", path, why);
    return err;
}

/* Each query worker has readers and sockets of its own; the base is for doors, databases and some connections.
 * Measured: 111 with every door and two workers, before any client connects. */
static rlim_t files_needed(const lb_config *config)
{
    enum { BASE = 256, EACH_WORKER = 16 };

    return BASE + EACH_WORKER * (rlim_t)config->query_workers;
}

/* Raises the soft limit. Checked before anything is opened: later each part would fail with an error of its own, and
 * libzmq aborts the process. */
static bool has_files(const lb_config *config)
{
    const rlim_t enough = 65536, needed = files_needed(config);
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return true;
    if (files.rlim_cur < enough && files.rlim_cur < files.rlim_max) {
        files.rlim_cur = files.rlim_max < enough ? files.rlim_max : enough;
        setrlimit(RLIMIT_NOFILE, &files);
        getrlimit(RLIMIT_NOFILE, &files);
    }
    if (files.rlim_cur >= needed)
        return true;
    lb_log(LB_LOG_HUB_FAIL,
           "what=descriptors have=%llu need=%llu and one for each connection "
           "why=\"raise the limit of open files: ulimit -n, or LimitNOFILE of the service\"",
           (unsigned long long)files.rlim_cur, (unsigned long long)needed);
    return false;
}

/* Call before any thread is started, so that all threads inherit the signal mask. */
static int open_signals(void)
{
    sigset_t wanted;

    sigemptyset(&wanted);
    sigaddset(&wanted, SIGTERM);
    sigaddset(&wanted, SIGINT);
    sigaddset(&wanted, SIGHUP);
    sigprocmask(SIG_BLOCK, &wanted, NULL);
    return signalfd(-1, &wanted, SFD_CLOEXEC);
}

static void run_until_stopped(lb_hub *hub, int signals)
{
    struct signalfd_siginfo news = {0};

    do {
        lb_hub_run(hub, signals);
        if (read(signals, &news, sizeof news) != (ssize_t)sizeof news)
            return;
        if (news.ssi_signo == SIGHUP)
            lb_hub_reload(hub);
    } while (news.ssi_signo == SIGHUP);
    lb_log(LB_LOG_HUB_STOP, "signal=%u", news.ssi_signo);
}

static int restore(const command_line *arguments)
{
    char why[LB_BACKUP_WHY];
    lb_journal_head head = {0};
    int64_t until_seq = LB_UNKNOWN;

    if (arguments->until != NULL &&
        (!lb_span_number(lb_span_of(arguments->until), &until_seq) || until_seq < 0)) {
        complain("--until takes the number of an event, not '%s'", arguments->until);
        return EXIT_USAGE;
    }
    lb_log_least(LB_WARN);
    lb_err err = lb_backup_restore(&lb_journal_sqlite, arguments->restore, arguments->folder,
                                   until_seq, &head, why);
    if (err != LB_OK) {
        complain("restore: %s", why[0] == '\0' ? lb_err_text(err) : why);
        return EXIT_FAILED;
    }
    char folder[LB_SHOW_ROOM * LINE_ROOM];
    lb_show(folder, sizeof folder, lb_span_of(arguments->folder), LB_SHOW_PLAIN);
    printf("%s: %lld events of %lld messages, verified; the view is rebuilt at the start\n", folder,
           (long long)head.seq, (long long)head.messages);
    return EXIT_FINE;
}

/* Reads view.db without the folder's lock, so it works with and without a running hub. */
static int dump(const char *folder)
{
    char path[LB_PATH_ROOM + 16];
    lb_view_reader *reader = NULL;
    int64_t seq = 0;
    char *text = NULL;
    size_t len = 0;

    lb_log_least(LB_WARN);
    snprintf(path, sizeof path, "%s/view.db", folder);
    lb_err err = access(path, R_OK) == 0 ? lb_view_reader_open(&reader, path) : LB_ERR_NOT_FOUND;
    if (err == LB_OK)
        err = lb_view_dump(reader, lb_clock_now_us(), &text, &len, &seq);
    if (err == LB_OK && len > 0 && fwrite(text, 1, len, stdout) != len)
        err = LB_ERR_IO;
    free(text);
    lb_view_reader_close(&reader);
    if (err == LB_OK && fflush(stdout) == 0)
        return EXIT_FINE;
    complain("dump: %s: %s", path, lb_err_text(err == LB_OK ? LB_ERR_IO : err));
    return EXIT_FAILED;
}

int main(int count, char **words)
{
    command_line arguments = {0};
    lb_hub *hub = NULL;
    lb_config config;
    int code;

    /* Memory of a long message or answer is returned to the system as soon as it is freed. */
    mallopt(M_MMAP_THRESHOLD, LONG_PIECE);
    mallopt(M_TRIM_THRESHOLD, 16 * LONG_PIECE);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file size limit is handled as a full disk */
    if (!read_arguments(count, words, &arguments, &code))
        return code;
    if (arguments.dump != NULL)
        return dump(arguments.dump);
    if (arguments.restore != NULL && arguments.folder != NULL)
        return restore(&arguments);
    if (read_config(arguments.config, &config) != LB_OK)
        return EXIT_USAGE;
    if (arguments.is_check)
        return EXIT_FINE;
    if (arguments.is_verbose)
        lb_log_least(LB_DEBUG);

    int signals = open_signals();
    if (signals < 0 || !has_files(&config) || lb_hub_open(&hub, arguments.folder, &config) != LB_OK)
        return EXIT_FAILED;
    lb_service_notify("READY=1");
    run_until_stopped(hub, signals);
    lb_service_notify("STOPPING=1");
    lb_hub_close(&hub);
    close(signals);
    return EXIT_FINE;
}
