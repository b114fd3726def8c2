/* zmtp.h - a peer on plain ZMTP 3.0, without libzmq and without a key (ZeroMQ RFC 23). */
#ifndef TESTS_ZMTP_H
#define TESTS_ZMTP_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ZMTP_MORE = 1, ZMTP_FRAME_MAX = 255 };

/* A frame of up to 255 bytes. */
static inline size_t zmtp_frame(char flags, const void *body, size_t len, char *frame)
{
    frame[0] = flags;
    frame[1] = (char)len;
    memcpy(frame + 2, body, len);
    return len + 2;
}

/* Reads the peer's greeting and READY; then it has read ours. */
static inline bool zmtp_is_met(int file)
{
    char theirs[64 + 2], ready[ZMTP_FRAME_MAX];

    if (recv(file, theirs, sizeof theirs, MSG_WAITALL) != (ssize_t)sizeof theirs)
        return false;
    ssize_t len = (unsigned char)theirs[sizeof theirs - 1];
    return recv(file, ready, (size_t)len, MSG_WAITALL) == len;
}

/* Connects to the loopback as a socket of this type ("DEALER", "SUB"); `room` bytes of kernel
 * buffer (0: default). -1: connection refused or another protocol. */
static inline int zmtp_dial(int port, const char *type, int room)
{
    static const char greeting[64] = "\xff\0\0\0\0\0\0\0\1\x7f\3\0NULL";
    static const char property[] = "\5READY\13Socket-Type\0\0\0";
    const struct sockaddr_in at = {.sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                   .sin_port = htons((uint16_t)port)};
    char body[ZMTP_FRAME_MAX], ready[2 + ZMTP_FRAME_MAX];
    size_t len = sizeof property - 1, type_len = strlen(type);

    memcpy(body, property, len);
    body[len++] = (char)type_len;
    memcpy(body + len, type, type_len);
    len = zmtp_frame(4, body, len + type_len, ready);
    int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (file < 0)
        return -1;
    if (room > 0)
        setsockopt(file, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    if (connect(file, (const struct sockaddr *)&at, sizeof at) == 0 &&
        send(file, greeting, sizeof greeting, MSG_NOSIGNAL) == (ssize_t)sizeof greeting &&
        send(file, ready, len, MSG_NOSIGNAL) == (ssize_t)len && zmtp_is_met(file))
        return file;
    close(file);
    return -1;
}

#endif
