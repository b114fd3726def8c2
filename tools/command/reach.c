/* reach.c - checks that a hub is there, before any query, so that a wrong address is reported at once.
 *
 *     folder             one of its sockets accepts a connection, or its lock is held by a hub that is starting
 *     tcp://HOST:PORT    one of the four ports accepts a connection
 *
 * If another program listens there, the query ends with a time-out. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "command.h"

enum {
    CONNECT_MS = 3000,
    JUST_STARTED_MS = 500,
    LOOK_MS = 50,
    PORTS = 4,
    PORT_MOST = 65535,
    HOST_ROOM = 256,
    PORT_ROOM = 16
};

static int usage(const char *at, const char *why)
{
    complain("landbridge: --at takes a data folder or tcp://HOST:PORT, not '%s': %s\n", at, why);
    return EXIT_USAGE;
}

static int no_hub(const char *at, const char *why)
{
    complain("landbridge: no hub at %s: %s\n", at, why);
    return EXIT_CONNECT;
}

/* 0, or the errno of a connection attempt of at most CONNECT_MS. */
static int try_connect(const struct sockaddr *address, socklen_t len)
{
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), error = 0;
    socklen_t size = sizeof error;
    if (fd < 0)
        return errno;
    if (connect(fd, address, len) != 0)
        error = errno;
    if (error == EINPROGRESS) {
        struct pollfd wait = {.fd = fd, .events = POLLOUT};
        if (poll(&wait, 1, CONNECT_MS) <= 0)
            error = ETIMEDOUT;
        else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
            error = errno;
    }
    close(fd);
    return error == EAGAIN ? 0 : error; /* its queue is full, so there is a listener */
}

/* -- a folder ------------------------------------------------------------------------------------ */

static bool name_socket(const char *folder, const char *name, struct sockaddr_un *address)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    int len = snprintf(address->sun_path, sizeof address->sun_path, "%s/%s.sock", folder, name);
    return len > 0 && (size_t)len < sizeof address->sun_path;
}

/* The hub retries its lock some times, so this check does not disturb it. */
static bool is_locked(const char *folder)
{
    char path[sizeof(struct sockaddr_un)];
    snprintf(path, sizeof path, "%s/lock", folder);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool is_held = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    close(fd);
    return is_held;
}

/* 0, or the errno of the last attempt. */
static int try_folder(const char *folder)
{
    static const char *const names[] = {"intake", "query", "live", "replay"};
    struct sockaddr_un address;
    int error = 0;
    for (int i = 0; i < PORTS; i++) {
        name_socket(folder, names[i], &address);
        error = try_connect((const struct sockaddr *)&address, sizeof address);
        if (error == 0 || error == EACCES || error == EPERM)
            return error;
    }
    return is_locked(folder) ? 0 : error;
}

/* A hub that was started just before this command may not have its lock yet. */
static int reach_folder(const char *folder)
{
    struct sockaddr_un address;
    struct stat about;
    if (!name_socket(folder, "replay", &address))
        return usage(folder,
                     "its path is too long: the path of a Unix socket has at most 107 bytes");
    if (stat(folder, &about) == 0 ? !S_ISDIR(about.st_mode) : errno == ENOTDIR)
        return usage(folder, "not a folder");
    int error = try_folder(folder);
    for (int waited_ms = 0; error != 0 && waited_ms < JUST_STARTED_MS; waited_ms += LOOK_MS) {
        poll(NULL, 0, LOOK_MS);
        error = try_folder(folder);
    }
    if (error == 0)
        return EXIT_FINE;
    if (stat(folder, &about) != 0 || error == EACCES || error == EPERM)
        return no_hub(folder, strerror(error));
    return no_hub(folder, "no landbridged runs on this folder");
}

/* -- tcp ----------------------------------------------------------------------------------------- */

static bool cut_host(const char *at, char host[HOST_ROOM], int64_t *port)
{
    lb_span rest = lb_span_after(lb_span_of(at), strlen("tcp://")), name;
    const char *colon = strrchr(rest.at, ':');
    if (colon == NULL)
        return false;
    name = lb_span_between(rest.at, colon);
    if (name.len == 0 || name.len >= HOST_ROOM || !lb_span_number(lb_span_of(colon + 1), port) ||
        *port < 1 || *port > PORT_MOST - PORTS + 1)
        return false;
    snprintf(host, HOST_ROOM, "%.*s", LB_ARG(name));
    return strpbrk(host, "/:[]@*") == NULL;
}

/* Any of the four ports, since a hub may have one disabled. */
static int try_ports(const char *host, int64_t port, const char **why)
{
    const struct addrinfo wanted = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
    int error = 0;
    for (int i = 0; i < PORTS; i++) {
        char number[PORT_ROOM];
        struct addrinfo *found = NULL;
        snprintf(number, sizeof number, "%lld", (long long)port + i);
        int rc = getaddrinfo(host, number, &wanted, &found);
        if (rc != 0) {
            *why = gai_strerror(rc);
            return rc;
        }
        error = try_connect(found->ai_addr, found->ai_addrlen);
        freeaddrinfo(found);
        if (error != ECONNREFUSED)
            break;
    }
    *why = strerror(error);
    return error;
}

static int reach_tcp(const char *at)
{
    char host[HOST_ROOM];
    const char *why;
    int64_t port;
    if (!cut_host(at, host, &port))
        return usage(at, "HOST must be a name or an IPv4 address, PORT a number from 1 to 65532");
    return try_ports(host, port, &why) == 0 ? EXIT_FINE : no_hub(at, why);
}

int hub_reach(const common_options *common)
{
    lb_span at = lb_span_of(common->at);
    if (at.len == 0)
        return usage("", "empty");
    if (lb_span_starts(at, "tcp://"))
        return reach_tcp(common->at);
    return strstr(common->at, "://") != NULL ? usage(common->at, "only tcp:// is supported")
                                             : reach_folder(common->at);
}
