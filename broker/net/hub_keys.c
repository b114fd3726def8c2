/* hub_keys.c - the hub's own CURVE keys. */
#include "net/hub_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#include "base/log.h"

enum { FILE_ROOM = 160, PATH_ROOM = 4096 };

static int take_line(void *user, const char *section, const char *name, const char *value)
{
    lb_hub_keys *keys = user;
    char *to = strcmp(name, "public") == 0   ? keys->open
               : strcmp(name, "secret") == 0 ? keys->secret
                                             : NULL;

    if (section[0] != '\0' || to == NULL || strlen(value) != LB_CURVE_TEXT_ROOM - 1)
        return 0;
    memcpy(to, value, LB_CURVE_TEXT_ROOM);
    return 1;
}

static lb_err complain(const char *path, lb_err err, const char *why)
{
    lb_log(LB_LOG_HUB_FAIL, "what=key path=%s why=\"%s\"", path, why);
    return err;
}

static lb_err write_file(const lb_hub_keys *keys, const char *path)
{
    char fresh[PATH_ROOM], text[FILE_ROOM];

    snprintf(fresh, sizeof fresh, "%s.new", path);
    int len = snprintf(text, sizeof text, "public = %s\nsecret = %s\n", keys->open, keys->secret);
    int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return complain(fresh, LB_ERR_IO, strerror(errno));
    bool is_written = write(fd, text, (size_t)len) == len && fsync(fd) == 0;
    sodium_memzero(text, sizeof text);
    if (close(fd) != 0 || !is_written || rename(fresh, path) != 0)
        return complain(path, LB_ERR_IO, strerror(errno));
    return LB_OK;
}

lb_err lb_hub_keys_need(lb_hub_keys *keys, const char *path)
{
    memset(keys, 0, sizeof *keys);
    if (access(path, F_OK) != 0) {
        if (zmq_curve_keypair(keys->open, keys->secret) != 0)
            return complain(path, LB_ERR_IO, zmq_strerror(errno));
        return write_file(keys, path);
    }
    if (ini_parse(path, take_line, keys) != 0 || keys->open[0] == '\0' || keys->secret[0] == '\0')
        return complain(path, LB_ERR_GARBLED,
                        "it should say public = and secret = with 40 characters each");
    return LB_OK;
}
