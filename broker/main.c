/* main.c - landbridged: reads the command line, opens the hub, turns until told to stop. */
#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/log.h"
#include "base/service.h"
#include "hub.h"
#include "keep/backup.h"
#include "landbridge/client/show.h"
#include "landbridge/client/version.h"

enum { EXIT_FINE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, WHY_ROOM = 256, LINE_ROOM = 4096 };
enum { LONG_PIECE = 64 * 1024 }; /* bytes: asked of the machine by itself */

static const char help[] =
    "landbridged - the message broker of a land port\n"
    "\n"
    "  landbridged --data DIR [--config FILE]\n"
    "\n"
    "  --data DIR       folder of everything the hub keeps; made when it is not there\n"
    "  --config FILE    ports, limits, identity; everything has a default\n"
    "  --restore DIR    make the data folder (not there, or empty) of a backup, and end\n"
    "  --until SEQ      with --restore: of the events up to this number only\n"
    "  --check-config   read the configuration, say what is wrong with it (exit 2) or nothing (0)\n"
    "  --verbose        log what is usual, too\n"
    "  --version        say the version\n"
    "  --help           this\n"
    "\n"
    "Without a configuration it listens on 127.0.0.1 and on ipc sockets in DIR. Who comes by them "
    "may do\n"
    "everything; who comes by the CURVE ports shows a key (landbridge admin party). Where it "
    "listens stands\n"
    "in DIR/endpoints.\n"
    "SIGTERM stops it, SIGHUP makes it read the profiles in DIR/sources again.\n";

typedef struct command_line {
    const char *folder, *config, *restore, *until;
    bool is_check, is_verbose;
} command_line;

/* One line on stderr, whatever is in its facts. */
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

/* Says false, and the exit code, when there is nothing more to do. */
static bool read_arguments(int count, char **words, command_line *arguments, int *code)
{
    static const struct option options[] = {{"data", required_argument, NULL, 'd'},
                                            {"config", required_argument, NULL, 'c'},
                                            {"restore", required_argument, NULL, 'r'},
                                            {"until", required_argument, NULL, 'u'},
                                            {"check-config", no_argument, NULL, 'k'},
                                            {"verbose", no_argument, NULL, 'v'},
                                            {"version", no_argument, NULL, 'V'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
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
            complain("no such option, or without its value: '%s'; --help lists them",
                     words[optind - 1]);
            *code = EXIT_USAGE;
            return false;
        }
    }
    if (optind == count && (arguments->folder != NULL || arguments->is_check))
        return true;
    fputs("landbridged: --data DIR is needed; --help says more\n", stderr);
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

/* Each query worker has readers and sockets of its own; the rest is for doors, databases and some connections. Measured:
 * 111 with every door and two workers, before anybody comes. */
static rlim_t files_needed(const lb_config *config)
{
    enum { BASE = 256, EACH_WORKER = 16 };

    return BASE + EACH_WORKER * (rlim_t)config->query_workers;
}

/* Takes what it may have. Said before anything is opened: later each part would fail with a cause of its own, and
 * libzmq ends the process. */
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

/* Blocked before any thread is started, so that all of them inherit it. */
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
    lb_err err = lb_backup_restore(arguments->restore, arguments->folder, until_seq, &head, why);
    if (err != LB_OK) {
        complain("restore: %s", why[0] == '\0' ? lb_err_text(err) : why);
        return EXIT_FAILED;
    }
    char folder[LB_SHOW_ROOM * LINE_ROOM];
    lb_show(folder, sizeof folder, lb_span_of(arguments->folder), LB_SHOW_PLAIN);
    printf("%s: %lld events of %lld messages, read through and whole; the view is made again at "
           "the start\n",
           folder, (long long)head.seq, (long long)head.messages);
    return EXIT_FINE;
}

int main(int count, char **words)
{
    command_line arguments = {0};
    lb_hub *hub = NULL;
    lb_config config;
    int code;

    /* What a long message or answer needed goes back to the machine, whatever was asked for before. */
    mallopt(M_MMAP_THRESHOLD, LONG_PIECE);
    mallopt(M_TRIM_THRESHOLD, 16 * LONG_PIECE);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is a full disk, not the end */
    if (!read_arguments(count, words, &arguments, &code))
        return code;
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
