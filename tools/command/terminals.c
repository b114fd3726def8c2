/* terminals.c - plays JT/T 808 frames as their terminals would: one connection for each group of terminals, a
 * frame is done when the platform has answered it. Damaged frames are never answered, so a connection without an
 * answer for QUIET_MS gives the missing ones up. */
#include "terminals.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "command.h"

enum { CONNECTIONS = 32, WINDOW = 1024, QUIET_MS = 1500, LOOK_MS = 10, FLAG = 0x7e, HEADER = 17 };

typedef struct connection {
    int socket;
    long sent, answered; /* frames; answered counts flags / 2 */
    long flags;
} connection;

struct terminals {
    connection at[CONNECTIONS];
};

terminals *terminals_open(const char *host, int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    terminals *all = calloc(1, sizeof *all);
    if (all == NULL || inet_pton(AF_INET, host, &address.sin_addr) != 1) {
        free(all);
        return NULL;
    }
    for (int i = 0; i < CONNECTIONS; i++)
        all->at[i].socket = -1;
    for (int i = 0; i < CONNECTIONS; i++) {
        int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
        all->at[i].socket = fd;
        if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
            complain("landbridge: no JT/T 808 gate at %s:%d: %s\n", host, port, strerror(errno));
            terminals_close(&all);
            return NULL;
        }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    }
    return all;
}

/* The connection of a frame, by the terminal's number, whose bytes need no escapes. */
static connection *connection_of(terminals *all, lb_span frame)
{
    unsigned char header[HEADER] = {0};
    size_t len = 0;
    for (size_t i = 1; i < frame.len && len < HEADER; i++) {
        unsigned char c = (unsigned char)frame.at[i];
        if (c == 0x7d && i + 1 < frame.len)
            c = frame.at[++i] == 2 ? 0x7e : 0x7d;
        header[len++] = c;
    }
    bool is_2019 = (header[2] & 0x40) != 0;
    size_t from = is_2019 ? 5 : 4, to = is_2019 ? 15 : 10;
    unsigned sum = 0;
    for (size_t i = from; i < to; i++)
        sum = sum * 31 + header[i];
    return &all->at[sum % CONNECTIONS];
}

/* Reads waiting answers; waits for the first up to timeout_ms. False when none came. */
static bool take_answers(connection *conn, int timeout_ms)
{
    char bytes[4096];
    struct pollfd item = {.fd = conn->socket, .events = POLLIN};
    if (poll(&item, 1, timeout_ms) <= 0)
        return false;
    ssize_t got = recv(conn->socket, bytes, sizeof bytes, MSG_DONTWAIT);
    for (ssize_t i = 0; i < got; i++)
        conn->flags += (unsigned char)bytes[i] == FLAG;
    conn->answered = conn->flags / 2;
    return got > 0;
}

bool terminals_send(terminals *all, lb_span frame)
{
    connection *conn = connection_of(all, frame);
    size_t done = 0;
    while (take_answers(conn, 0))
        continue;
    while (conn->sent - conn->answered >= WINDOW)
        if (!take_answers(conn, QUIET_MS))
            conn->sent = conn->answered; /* the missing ones were damaged: no answer will come */
    while (done < frame.len) {
        ssize_t sent = send(conn->socket, frame.at + done, frame.len - done, MSG_NOSIGNAL);
        if (sent <= 0) {
            complain("landbridge: the JT/T 808 gate closed a connection: %s\n", strerror(errno));
            return false;
        }
        done += (size_t)sent;
    }
    conn->sent++;
    return true;
}

void terminals_finish(terminals *all)
{
    for (int quiet_ms = 0; quiet_ms < QUIET_MS && terminals_sent(all) > terminals_answered(all);
         quiet_ms += LOOK_MS) {
        bool has_come = false;
        for (int i = 0; i < CONNECTIONS; i++)
            has_come = take_answers(&all->at[i], 0) || has_come;
        if (has_come)
            quiet_ms = 0;
        else
            poll(NULL, 0, LOOK_MS);
    }
}

long terminals_sent(const terminals *all)
{
    long sum = 0;
    for (int i = 0; i < CONNECTIONS; i++)
        sum += all->at[i].sent;
    return sum;
}

long terminals_answered(const terminals *all)
{
    long sum = 0;
    for (int i = 0; i < CONNECTIONS; i++)
        sum += all->at[i].answered;
    return sum;
}

void terminals_close(terminals **all)
{
    if (*all == NULL)
        return;
    for (int i = 0; i < CONNECTIONS; i++)
        if ((*all)->at[i].socket >= 0)
            close((*all)->at[i].socket);
    free(*all);
    *all = NULL;
}
