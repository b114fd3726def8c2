/* dump.c - `landbridge admin dump`: all that a data folder's view says, by landbridged itself. Needs no hub. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "party.h"

enum { PROGRAM_ROOM = 4096 };

static int run_dump(const subcommand *self, int argc, char **argv)
{
    char program[PROGRAM_ROOM];
    common_options common = {0};
    int words;
    if (!options_read(self, NULL, 0, &common, argc, argv, &words))
        return common.help ? EXIT_FINE : EXIT_USAGE;
    if (words > 1 || (words == 0 && strstr(common.at, "://") != NULL)) {
        complain("usage: landbridge admin dump %s\n", self->usage);
        return EXIT_USAGE;
    }
    if (!child_program(program, sizeof program))
        return EXIT_TROUBLE;
    execl(program, program, "--dump", words == 1 ? argv[0] : common.at, (char *)NULL);
    complain("landbridge admin dump: %s: %s\n", program, strerror(errno));
    return EXIT_TROUBLE;
}

const subcommand command_dump = {
    .name = "admin dump",
    .words = "every track and resource of a data folder, in canonical text",
    .usage = "[FOLDER]",
    .example = "  landbridge admin dump /var/lib/landbridge >before.txt\n",
    .run = run_dump,
};
