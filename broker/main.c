/* main.c - landbridged: reads the command line, opens the hub, turns until told to stop. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/log.h"
#include "base/notify.h"
#include "broker.h"
#include "landbridge/version.h"

enum { EXIT_FINE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, WHY_ROOM = 256 };

static const char help[] =
    "landbridged - the message broker of a land port\n"
    "\n"
    "  landbridged --data DIR [--config FILE]\n"
    "\n"
    "  --data DIR       folder of everything the hub keeps; made when it is not there\n"
    "  --config FILE    ports and limits; everything has a default\n"
    "  --check-config   read the configuration, say what is wrong with it (exit 2) or nothing (0)\n"
    "  --verbose        log what is usual, too\n"
    "  --version        say the version\n"
    "  --help           this\n"
    "\n"
    "The hub has no identities yet. It listens on 127.0.0.1 and on ipc sockets in DIR only; who "
    "can\n"
    "reach them may send for any source and see everything. Where it listens stands in "
    "DIR/endpoints.\n"
    "SIGTERM stops it, SIGHUP makes it read the profiles in DIR/sources again.\n";

typedef struct command_line {
    const char *folder, *config;
    bool is_check, is_verbose;
} command_line;

/* Says false, and the exit code, when there is nothing more to do. */
static bool read_arguments(int count, char **words, command_line *arguments, int *code)
{
    static const struct option options[] = {{"data", required_argument, NULL, 'd'},
                                            {"config", required_argument, NULL, 'c'},
                                            {"check-config", no_argument, NULL, 'k'},
                                            {"verbose", no_argument, NULL, 'v'},
                                            {"version", no_argument, NULL, 'V'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    int option;

    *code = EXIT_FINE;
    while ((option = getopt_long(count, words, "d:c:vVh", options, NULL)) != -1) {
        switch (option) {
        case 'd':
            arguments->folder = optarg;
            break;
        case 'c':
            arguments->config = optarg;
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
        fprintf(stderr, "landbridged: %s: %s\n", path, why);
    return err;
}

/* Blocked before any thread is started, so that all of them inherit it. */
static int open_signals(void)
{
    sigset_t wanted;

    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGTERM);
    sigaddset(&wanted, SIGINT);
    sigaddset(&wanted, SIGHUP);
    sigprocmask(SIG_BLOCK, &wanted, NULL);
    return signalfd(-1, &wanted, SFD_CLOEXEC);
}

static void run_until_stopped(lb_broker *hub, int signals)
{
    struct signalfd_siginfo news = {0};

    do {
        lb_broker_run(hub, signals);
        if (read(signals, &news, sizeof news) != (ssize_t)sizeof news)
            return;
        if (news.ssi_signo == SIGHUP)
            lb_broker_reload(hub);
    } while (news.ssi_signo == SIGHUP);
    lb_log(LB_LOG_HUB_STOP, "signal=%u", news.ssi_signo);
}

int main(int count, char **words)
{
    command_line arguments = {0};
    lb_broker *hub = NULL;
    lb_config config;
    int code;

    if (!read_arguments(count, words, &arguments, &code))
        return code;
    if (read_config(arguments.config, &config) != LB_OK)
        return EXIT_USAGE;
    if (arguments.is_check)
        return EXIT_FINE;
    if (arguments.is_verbose)
        lb_log_least(LB_DEBUG);

    int signals = open_signals();
    if (signals < 0 || lb_broker_open(&hub, arguments.folder, &config) != LB_OK)
        return EXIT_FAILED;
    lb_notify("READY=1");
    run_until_stopped(hub, signals);
    lb_notify("STOPPING=1");
    lb_broker_close(&hub);
    close(signals);
    return EXIT_FINE;
}
