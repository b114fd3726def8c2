/* terminal.h - a JT/T 808 terminal that reports positions and waits for their acknowledgement. */
#ifndef TESTS_TERMINAL_H
#define TESTS_TERMINAL_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "frame808.h"
#include "landbridge/client/time.h"
#include "pack.h"

/* Waits 0.4 s for each answer; -1: connection refused. */
static inline int terminal_dial(int port)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval patience = {.tv_usec = 400000};

    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (connect(fd, (struct sockaddr *)&at, sizeof at) == 0)
        return fd;
    close(fd);
    return -1;
}

/* Terminal clocks are UTC+8. */
static inline void terminal_put_time(lb_packer *body, int64_t us)
{
    lb_civil at;

    lb_utc_to_civil(us, 480, &at);
    lb_put_bcd(body, (unsigned)at.year % 100);
    lb_put_bcd(body, (unsigned)at.month);
    lb_put_bcd(body, (unsigned)at.day);
    lb_put_bcd(body, (unsigned)at.hour);
    lb_put_bcd(body, (unsigned)at.minute);
    lb_put_bcd(body, (unsigned)at.second);
}

/* The position report (0x0200) of this serial. */
static inline size_t terminal_write(int64_t number, int64_t at_us, char frame[LB_808_FRAME_MAX])
{
    uint8_t room[64];
    lb_packer body;
    const lb_808_header header = {
        .id = 0x0200, .serial = (uint16_t)number, .terminal = {0x01, 0x39, 0x12, 0x34, 0x56, 0x78}};

    lb_packer_init(&body, room, sizeof room);
    lb_put_u32(&body, 0);
    lb_put_u32(&body, 3);
    lb_put_u32(&body, 43800000);
    lb_put_u32(&body, 87600000);
    lb_put_u16(&body, 850);
    lb_put_u16(&body, 500);
    lb_put_u16(&body, 90);
    terminal_put_time(&body, at_us);
    return lb_808_write(&header, lb_packer_span(&body), frame, LB_808_FRAME_MAX);
}

static inline bool terminal_say(int fd, int64_t number, int64_t at_us)
{
    char frame[LB_808_FRAME_MAX];
    size_t len = terminal_write(number, at_us, frame);

    return send(fd, frame, len, MSG_NOSIGNAL) == (ssize_t)len;
}

/* Waits for the 0x8001 that names the serial; false when it does not come. */
static inline bool terminal_is_answered(int fd, lb_808_stream *stream, int64_t number,
                                        bool *is_done)
{
    char bytes[512];

    for (;;) {
        ssize_t got = recv(fd, bytes, sizeof bytes, 0);
        if (got <= 0)
            return false;
        lb_span left = {bytes, (size_t)got}, plain;
        while (lb_808_stream_take(stream, &left, &plain)) {
            lb_808_header header;
            if (!lb_808_header_read(plain, &header) || header.id != 0x8001)
                continue;
            lb_pack body = lb_pack_open(lb_span_after(plain, header.size));
            uint16_t serial = lb_pack_u16(&body), id = lb_pack_u16(&body);
            *is_done = lb_pack_u8(&body) == 0;
            if (id == 0x0200 && serial == (uint16_t)number)
                return true;
        }
    }
}

#endif
