/* service.c - reports the state of the hub to the service manager: one datagram to the socket that it names.
 *
 * The protocol of sd_notify(3): an AF_UNIX path, or '@' and an abstract name. */
#include "base/service.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void lb_service_notify(const char *state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = getenv("NOTIFY_SOCKET");

    if (path == NULL || (path[0] != '/' && path[0] != '@'))
        return;
    size_t len = strlen(path);
    if (len >= sizeof address.sun_path)
        return;
    memcpy(address.sun_path, path, len);
    if (path[0] == '@')
        address.sun_path[0] = '\0';

    int socket_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket_fd < 0)
        return;
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    sendto(socket_fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address, size);
    close(socket_fd);
}

int64_t lb_service_watchdog_us(void)
{
    const char *usec = getenv("WATCHDOG_USEC");

    return usec == NULL ? 0 : strtoll(usec, NULL, 10) / 2;
}
