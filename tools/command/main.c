/* main.c - the landbridge command: finds the subcommand, prints the help. */
#include "command.h"

#include <signal.h>

static const subcommand *const subcommands[] = {
#define SUBCOMMAND_ROW(name) &command_##name,
    SUBCOMMANDS(SUBCOMMAND_ROW)
#undef SUBCOMMAND_ROW
};

enum { COUNT = sizeof subcommands / sizeof subcommands[0] };

static void print_help(FILE *out)
{
    fputs("landbridge - send messages to the message broker of a land port, and query it\n\n"
          "usage: landbridge COMMAND [OPTIONS] ...\n\n",
          out);
    for (size_t i = 0; i < COUNT; i++)
        fprintf(out, "  %-12s %s\n", subcommands[i]->name, subcommands[i]->words);
    fputs("\n`landbridge COMMAND --help` shows its options. The hub is found by --at, else by the "
          "variable\n"
          "LANDBRIDGE_AT, else at tcp://127.0.0.1:5710.\n\n"
          "exit codes: 0 fine, 1 nothing found, 2 wrong usage, 3 configuration, 4 no hub found,\n"
          "6 time-out, 7 some of it refused, 9 other trouble; inspect: 0 read, 1 with doubts, 2 "
          "not\n",
          out);
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    if (argc < 2) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    lb_span name = lb_span_of(argv[1]);
    if (lb_span_is(name, "--help") || lb_span_is(name, "-h") || lb_span_is(name, "help")) {
        print_help(stdout);
        return EXIT_FINE;
    }
    if (lb_span_is(name, "--version")) {
        printf("landbridge %s\n", LB_VERSION);
        return EXIT_FINE;
    }
    for (size_t i = 0; i < COUNT; i++)
        if (lb_span_is(name, subcommands[i]->name))
            return subcommands[i]->run(subcommands[i], argc - 2, argv + 2);

    complain("landbridge: there is no command '%s'; `landbridge --help` lists them\n", argv[1]);
    return EXIT_USAGE;
}
