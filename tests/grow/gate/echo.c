/* echo.c - a gate to try: what a connection says is one message, and the answer is what became of it. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/thread.h"
#include "gate/gate.h"
#include "submitter.h"

enum { ROOM = 4096, PATIENCE_MS = 5000 };

typedef struct echo {
    lb_thread thread;
    lb_submitter *submitter;
    int listener, stop;
    uint16_t port;
    atomic_int_fast64_t messages, kept;
} echo;

static void answer(void *whose, const void *tag, const lb_receipt *receipt)
{
    echo *gate = whose;
    const char *said =
        receipt != NULL && receipt->result == LB_RESULT_KEPT ? "KEPT\n" : "NOT KEPT\n";

    gate->kept += said[0] == 'K';
    if (write(*(const int *)tag, said, strlen(said)) < 0)
        return;
}

static void serve(echo *gate, int fd)
{
    char text[ROOM];
    ssize_t len = recv(fd, text, sizeof text, 0);
    const lb_submit_head head = {.source = LB_SPAN("echo")};
    const lb_message message = {.body = {text, len < 0 ? 0 : (size_t)len}};
    int64_t now_us = lb_clock_monotonic_us();

    gate->messages += 1;
    if (lb_submitter_push(gate->submitter, &head, &message, &fd, now_us) == LB_OK) {
        lb_submitter_flush(gate->submitter, now_us);
        lb_submitter_wait(gate->submitter, gate->stop, PATIENCE_MS);
        lb_submitter_take(gate->submitter, answer, gate);
    }
    close(fd);
}

static void *run(void *whose)
{
    echo *gate = whose;
    struct pollfd items[] = {{.fd = gate->stop, .events = POLLIN},
                             {.fd = gate->listener, .events = POLLIN}};

    while (poll(items, 2, -1) >= 0 && items[0].revents == 0)
        serve(gate, accept(gate->listener, NULL, NULL));
    return NULL;
}

static bool listen_at(echo *gate, uint16_t port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
    socklen_t len = sizeof at;

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    gate->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_fine = gate->listener >= 0 && bind(gate->listener, (const void *)&at, len) == 0 &&
                   listen(gate->listener, 1) == 0 &&
                   getsockname(gate->listener, (void *)&at, &len) == 0;
    gate->port = ntohs(at.sin_port);
    return is_fine;
}

static void close_gate(void **out)
{
    echo *gate = *out;

    if (gate == NULL)
        return;
    eventfd_write(gate->stop, 1);
    lb_thread_join(&gate->thread);
    lb_submitter_close(&gate->submitter);
    close(gate->listener);
    close(gate->stop);
    free(gate);
    *out = NULL;
}

static lb_err open_gate(void **out, const lb_gate_site *site)
{
    const lb_submitter_options options = {.zmq = site->zmq,
                                          .endpoint = site->intake,
                                          .gate = "echo",
                                          .tag_bytes = sizeof(int),
                                          .message_bytes = ROOM};
    echo *gate = calloc(1, sizeof *gate);
    if (gate == NULL)
        return LB_ERR_NO_MEMORY;
    gate->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    lb_err err = listen_at(gate, site->port) ? LB_OK : LB_ERR_IO;
    if (err == LB_OK)
        err = lb_submitter_open(&gate->submitter, &options);
    if (err == LB_OK)
        err = lb_thread_start(&gate->thread, LB_THREAD_echo, run, gate);
    *out = gate;
    if (err != LB_OK)
        close_gate(out);
    return err;
}

static void tell_endpoint(const void *opened, char text[LB_GATE_ENDPOINT_ROOM])
{
    snprintf(text, LB_GATE_ENDPOINT_ROOM, "tcp://127.0.0.1:%u",
             (unsigned)((const echo *)opened)->port);
}

static void count(const void *opened, lb_arena *arena, lb_counter_set *set)
{
    const echo *gate = opened;

    lb_counter_add(arena, set, "messages", gate->messages);
    lb_counter_add(arena, set, "kept", gate->kept);
}

const lb_gate_kind lb_gate_echo = {
    .name = "echo",
    .open = open_gate,
    .close = close_gate,
    .endpoint = tell_endpoint,
    .count = count,
};
