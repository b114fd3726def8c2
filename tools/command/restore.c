/* restore.c - `landbridge admin restore`: creates a data folder from a backup, by landbridged itself. Needs no hub. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "party.h"

enum { PROGRAM_ROOM = 4096 };

static int run_restore(const subcommand *self, int argc, char **argv)
{
    const char *data = NULL, *until = NULL;
    char program[PROGRAM_ROOM];
    common_options common = {0};
    const option_row rows[] = {
        {"--data", "NEW", "folder to create, or an empty one", &data, NULL},
        {"--until", "SEQ", "restore only events up to this number", &until, NULL},
    };
    int words;
    if (!options_read(self, rows, sizeof rows / sizeof rows[0], &common, argc, argv, &words))
        return common.help ? EXIT_FINE : EXIT_USAGE;
    if (words != 1 || data == NULL) {
        complain("usage: landbridge admin restore %s\n", self->usage);
        return EXIT_USAGE;
    }
    if (!child_program(program, sizeof program))
        return EXIT_TROUBLE;
    if (until == NULL)
        execl(program, program, "--restore", argv[0], "--data", data, (char *)NULL);
    else
        execl(program, program, "--restore", argv[0], "--data", data, "--until", until,
              (char *)NULL);
    complain("landbridge admin restore: %s: %s\n", program, strerror(errno));
    return EXIT_TROUBLE;
}

const subcommand command_restore = {
    .name = "admin restore",
    .words = "create a data folder from a backup",
    .usage = "BACKUP --data NEW [--until SEQ]",
    .example =
        "  landbridge admin restore /srv/backup/landbridge --data /var/lib/landbridge\n"
        "  landbridge admin restore /srv/backup/landbridge --data /tmp/as-it-was --until 80000\n",
    .run = run_restore,
};
