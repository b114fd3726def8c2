/* keygen.c - `landbridge admin keygen`: writes a pair of CURVE keys into a new file. Needs no hub. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#include "party.h"

enum { KEY_ROOM = 41, TEXT_ROOM = 256 };

static int write_file(const char *path, const char *text, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        complain("landbridge admin keygen: %s: %s\n", path,
                 errno == EEXIST ? "exists already; a key file is never overwritten"
                                 : strerror(errno));
        return EXIT_TROUBLE;
    }
    bool is_written = write(fd, text, len) == (ssize_t)len && fsync(fd) == 0;
    if (close(fd) == 0 && is_written)
        return EXIT_FINE;
    complain("landbridge admin keygen: %s: %s\n", path, strerror(errno));
    return EXIT_TROUBLE;
}

static int run_keygen(const subcommand *self, int argc, char **argv)
{
    const char *hub = NULL;
    common_options common = {0};
    const option_row rows[] = {
        {"--hub", "KEY", "the hub's public key: `hub-key` in its file endpoints", &hub, NULL},
    };
    char own_public[KEY_ROOM], own_secret[KEY_ROOM], text[TEXT_ROOM];
    int words;
    if (!options_read(self, rows, sizeof rows / sizeof rows[0], &common, argc, argv, &words))
        return common.help ? EXIT_FINE : EXIT_USAGE;
    if (words != 1 || (hub != NULL && strlen(hub) != KEY_ROOM - 1)) {
        fputs(words != 1 ? "landbridge admin keygen: name the file to write\n"
                         : "landbridge admin keygen: the hub's key has 40 characters\n",
              stderr);
        return EXIT_USAGE;
    }
    if (zmq_curve_keypair(own_public, own_secret) != 0) {
        complain("landbridge admin keygen: %s\n", zmq_strerror(errno));
        return EXIT_TROUBLE;
    }
    int len = snprintf(text, sizeof text, "public = %s\nsecret = %s\n", own_public, own_secret);
    if (hub != NULL)
        len += snprintf(text + len, sizeof text - (size_t)len, "hub = %s\n", hub);
    int code = write_file(argv[0], text, (size_t)len);
    memset(text, 0, sizeof text);
    memset(own_secret, 0, sizeof own_secret);
    if (code == EXIT_FINE)
        printf("%s\n", own_public);
    return code;
}

const subcommand command_keygen = {
    .name = "admin keygen",
    .words = "make a pair of keys; print the public one, for the hub's operator",
    .usage = "FILE [--hub KEY]",
    .example = "  landbridge admin keygen acme.key --hub KEY\n"
               "  landbridge track LBKU2048176 --at tcp://hub.example:5720 --key acme.key\n",
    .run = run_keygen,
};
