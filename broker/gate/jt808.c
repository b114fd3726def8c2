/* jt808.c - the gate for truck terminals: its event loop; see jt808.h, and jt808_gate.h for its
 * parts.
 *
 * One loop over epoll. Each turn reads the sockets, sends one Submit, takes receipts and sends
 * answers. Nothing blocks:
 *
 *     a terminal does not read its answers  its frames are not read    (lb_808_connection_may_read)
 *     the hub's intake is full              no frames are read         (lb_808_connection_may_read)
 *     a terminal is silent                  its connection is closed   (sweep) */
#include "jt808_gate.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "gate.h"
#include "landbridge/client/time.h"

enum {
    BACKLOG = 512,
    EVENTS = 256,                       /* per turn */
    READ_BYTES = 4096,                  /* per connection and turn: at most 292 frames */
    ASSEMBLY_BUDGET = 64 * 1024 * 1024, /* for all connections together */
    SWEEP_MAX_MS = 1000,
    SWEEP_MIN_MS = 10,
};

enum {
    CONNECTIONS_DEFAULT = 4096,
    /* A quarter of all: behind the NAT of a mobile network many trucks have one address. */
    OF_ADDRESS_DEFAULT = 1024,
    STRANGER_S = 30, /* enough for a registration over a slow network */
    IDLE_S = 600,
    RECEIPT_S = 60,
    PACKAGE_S = 5,
};

/* Keys in epoll that are not slots of connections. */
enum { SLOT_LISTENER = INT32_MAX, SLOT_STOP = INT32_MAX - 1, SLOT_INTAKE = INT32_MAX - 2 };

/* -- sockets ----------------------------------------------------------------------------------- */

static void accept_all(lb_jt808_gate *gate)
{
    for (int i = 0; i < LB_808_ACCEPTS; i++) {
        lb_808_address from = {.any.sa_family = AF_UNSPEC};
        socklen_t len = sizeof from;
        int fd = accept4(gate->listener, &from.any, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0)
            lb_808_connection_open(gate, fd, &from);
        else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            struct epoll_event nothing = {.data.u64 = SLOT_LISTENER};
            lb_log(LB_LOG_GAT_FAIL, "gate=jt808 what=accept errno=%d", errno);
            epoll_ctl(gate->epoll, EPOLL_CTL_MOD, gate->listener, &nothing);
            gate->is_listener_paused = true;
            lb_808_connection_give_way(gate); /* frees a descriptor at the end of the turn */
            return;
        } else if (errno != EINTR && errno != ECONNABORTED)
            return;
    }
}

static void read_from(lb_jt808_gate *gate, lb_808_connection *conn)
{
    char bytes[READ_BYTES];
    lb_808_connection_touch(gate, conn);
    if (!lb_808_connection_may_read(gate, conn))
        return;
    ssize_t got = recv(conn->fd, bytes, sizeof bytes, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        conn->is_leaving = true;
        return;
    }
    conn->heard_us = gate->now_us;
    lb_span rest = {bytes, (size_t)got}, plain;
    int64_t bad = conn->stream.bad;
    while (lb_808_stream_take(&conn->stream, &rest, &plain))
        lb_808_talk_hear(gate, conn, plain);
    lb_808_count(gate, LB_808_COUNT_bad_frames, conn->stream.bad - bad);
}

static void serve(lb_jt808_gate *gate, const struct epoll_event *event)
{
    uint32_t slot = (uint32_t)event->data.u64;
    lb_808_connection *conn = lb_808_connection_find(gate, slot, (uint32_t)(event->data.u64 >> 32));
    if (slot == SLOT_LISTENER)
        accept_all(gate);
    if (conn == NULL)
        return;
    if (event->events & (EPOLLERR | EPOLLHUP)) { /* closed in both directions */
        conn->is_leaving = true;
        conn->owed = 0;
        conn->out_len = 0;
        lb_808_connection_touch(gate, conn);
    } else if (event->events & EPOLLIN)
        read_from(gate, conn);
    else
        lb_808_connection_touch(gate, conn);
}

/* -- timeouts ---------------------------------------------------------------------------------- */

/* Closes without sending the waiting answers, for a terminal that does not read. */
static void leave_at_once(lb_jt808_gate *gate, lb_808_connection *conn)
{
    conn->is_leaving = true;
    conn->owed = 0;
    conn->out_len = 0;
    lb_808_connection_touch(gate, conn);
}

static void sweep_connection(lb_jt808_gate *gate, lb_808_connection *conn)
{
    lb_808_talk_ask_missing(gate, conn);
    if (lb_808_connection_is_strangers(gate, conn) &&
        gate->now_us - conn->came_us > gate->options.stranger_us) {
        lb_808_count(gate, LB_808_COUNT_said_nothing, 1);
        leave_at_once(gate, conn);
    } else if (conn->owed == 0 && gate->now_us - conn->heard_us > gate->options.idle_us) {
        lb_808_count(gate, LB_808_COUNT_idle, 1);
        leave_at_once(gate, conn);
    }
}

static void sweep(lb_jt808_gate *gate)
{
    if (gate->now_us - gate->swept_us < gate->sweep_ms * (LB_SECOND_US / 1000))
        return;
    gate->swept_us = gate->now_us;
    for (uint32_t i = 0; i < gate->slots; i++)
        if (gate->connections[i] != NULL)
            sweep_connection(gate, gate->connections[i]);
    lb_submitter_expire(gate->intake, gate->now_us - gate->options.receipt_us,
                        lb_808_talk_take_receipt, gate);
    if (gate->is_listener_paused) {
        struct epoll_event event = {.events = EPOLLIN, .data.u64 = SLOT_LISTENER};
        gate->is_listener_paused =
            epoll_ctl(gate->epoll, EPOLL_CTL_MOD, gate->listener, &event) != 0;
    }
}

/* -- the loop ---------------------------------------------------------------------------------- */

static void touch_all(lb_jt808_gate *gate)
{
    for (uint32_t i = 0; i < gate->slots; i++)
        if (gate->connections[i] != NULL)
            lb_808_connection_touch(gate, gate->connections[i]);
}

static void settle_all(lb_jt808_gate *gate)
{
    for (size_t i = 0; i < gate->touched_count; i++)
        lb_808_connection_settle(gate, gate->touched[i]);
    gate->touched_count = 0;
}

/* The thread. The intake's descriptor is edge-triggered, so receipts are taken in every turn, after
 * the last send; answers are sent after that. */
static void *run(void *whose)
{
    lb_jt808_gate *gate = whose;
    struct epoll_event events[EVENTS];
    for (;;) {
        int got = epoll_wait(gate->epoll, events, EVENTS, gate->sweep_ms);
        bool was_full = lb_submitter_is_full(gate->intake);
        gate->now_us = lb_clock_monotonic_us();
        gate->list_number = lb_808_list_look(gate->list) + 1;
        for (int i = 0; i < got; i++) {
            if ((uint32_t)events[i].data.u64 == SLOT_STOP)
                return NULL;
            serve(gate, &events[i]);
        }
        sweep(gate);
        was_full = was_full || lb_submitter_is_full(gate->intake);
        lb_submitter_flush(gate->intake, gate->now_us);
        lb_submitter_take(gate->intake, lb_808_talk_take_receipt, gate);
        if (was_full && !lb_submitter_is_full(gate->intake))
            touch_all(gate);
        settle_all(gate);
    }
}

/* -- open and close ---------------------------------------------------------------------------- */

static void fill_in(lb_jt808_options *options)
{
    options->address = options->address != NULL ? options->address : "127.0.0.1";
    options->source = options->source != NULL ? options->source : "jt808";
    if (options->max_connections == 0)
        options->max_connections = CONNECTIONS_DEFAULT;
    if (options->max_of_address == 0)
        options->max_of_address = OF_ADDRESS_DEFAULT;
    if (options->stranger_us == 0)
        options->stranger_us = STRANGER_S * LB_SECOND_US;
    if (options->idle_us == 0)
        options->idle_us = IDLE_S * LB_SECOND_US;
    if (options->receipt_us == 0)
        options->receipt_us = RECEIPT_S * LB_SECOND_US;
    if (options->package_us == 0)
        options->package_us = PACKAGE_S * LB_SECOND_US;
}

static int least_ms(const lb_jt808_options *options)
{
    int64_t least = options->idle_us;
    least = options->stranger_us < least ? options->stranger_us : least;
    least = options->receipt_us < least ? options->receipt_us : least;
    least = options->package_us < least ? options->package_us : least;
    least /= 4 * (LB_SECOND_US / 1000);
    return least < SWEEP_MIN_MS ? SWEEP_MIN_MS : least > SWEEP_MAX_MS ? SWEEP_MAX_MS : (int)least;
}

static socklen_t read_address(const lb_jt808_options *options, lb_808_address *at)
{
    memset(at, 0, sizeof *at);
    if (inet_pton(AF_INET, options->address, &at->v4.sin_addr) == 1) {
        at->v4.sin_family = AF_INET;
        at->v4.sin_port = htons(options->port);
        return sizeof at->v4;
    }
    if (inet_pton(AF_INET6, options->address, &at->v6.sin6_addr) == 1) {
        at->v6.sin6_family = AF_INET6;
        at->v6.sin6_port = htons(options->port);
        return sizeof at->v6;
    }
    errno = EINVAL;
    return 0;
}

static bool listen_at(lb_jt808_gate *gate)
{
    int yes = 1;
    lb_808_address at;
    socklen_t len = read_address(&gate->options, &at);
    if (len == 0)
        return false;
    gate->listener = socket(at.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (gate->listener < 0)
        return false;
    setsockopt(gate->listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(gate->listener, &at.any, len) != 0 || listen(gate->listener, BACKLOG) != 0 ||
        getsockname(gate->listener, &at.any, &len) != 0)
        return false;
    gate->port = ntohs(at.any.sa_family == AF_INET ? at.v4.sin_port : at.v6.sin6_port);
    return true;
}

static bool watch(lb_jt808_gate *gate, int fd, uint32_t slot)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = slot};
    return epoll_ctl(gate->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

static lb_err open_sockets(lb_jt808_gate *gate)
{
    if (!listen_at(gate)) {
        lb_log(LB_LOG_GAT_FAIL, "gate=jt808 what=listen address=%s port=%u errno=%d",
               gate->options.address, gate->options.port, errno);
        return LB_ERR_IO;
    }
    gate->epoll = epoll_create1(EPOLL_CLOEXEC);
    gate->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (gate->epoll < 0 || gate->stop < 0 || !watch(gate, gate->listener, SLOT_LISTENER) ||
        !watch(gate, gate->stop, SLOT_STOP) ||
        !watch(gate, lb_submitter_fd(gate->intake), SLOT_INTAKE)) {
        lb_log(LB_LOG_GAT_FAIL, "gate=jt808 what=epoll errno=%d", errno);
        return LB_ERR_IO;
    }
    return LB_OK;
}

static lb_err open_tables(lb_jt808_gate *gate)
{
    uint32_t most = gate->slots = gate->options.max_connections + LB_808_ACCEPTS;
    gate->seats = calloc(most, sizeof(lb_808_seat));
    gate->connections = calloc(most, sizeof(lb_808_connection *));
    gate->touched = calloc(most, sizeof(lb_808_connection *));
    gate->free_slots = calloc(most, sizeof(uint32_t));
    if (gate->seats == NULL || gate->connections == NULL || gate->touched == NULL ||
        gate->free_slots == NULL)
        return LB_ERR_NO_MEMORY;
    for (uint32_t i = 0; i < most; i++)
        gate->free_slots[i] = most - 1 - i;
    gate->free_count = most;
    return lb_808_sessions_open(&gate->sessions, LB_808_SESSIONS_MAX);
}

static lb_err open_submitter(lb_jt808_gate *gate, void *zmq)
{
    const lb_submitter_options options = {.zmq = zmq,
                                          .endpoint = gate->options.intake,
                                          .gate = "jt808",
                                          .tag_bytes = sizeof(lb_808_tag),
                                          .message_bytes = sizeof gate->frame};

    gate->head.source = lb_span_of(gate->options.source);
    return lb_submitter_open(&gate->intake, &options);
}

lb_err lb_jt808_gate_open(lb_jt808_gate **gate, void *zmq, const lb_jt808_options *options)
{
    lb_jt808_gate *made = calloc(1, sizeof *made);
    if (made == NULL)
        return LB_ERR_NO_MEMORY;
    made->epoll = made->listener = made->stop = -1;
    made->options = *options;
    made->budget.most = ASSEMBLY_BUDGET;
    fill_in(&made->options);
    made->sweep_ms = least_ms(&made->options);
    made->now_us = made->swept_us = lb_clock_monotonic_us();

    lb_err err = open_tables(made);
    if (err == LB_OK)
        err = lb_808_list_open(&made->list, options->party_path);
    if (err == LB_OK)
        err = open_submitter(made, zmq);
    if (err == LB_OK)
        err = open_sockets(made);
    if (err == LB_OK)
        err = lb_thread_start(&made->thread, LB_THREAD_jt808, run, made);
    if (err != LB_OK) {
        lb_jt808_gate_close(&made);
        return err;
    }
    *gate = made;
    return LB_OK;
}

uint16_t lb_jt808_gate_port(const lb_jt808_gate *gate)
{
    return gate->port;
}

void lb_jt808_gate_counts(const lb_jt808_gate *gate, lb_jt808_counts *counts)
{
#define X(name) \
    counts->name = atomic_load_explicit(&gate->counts[LB_808_COUNT_##name], memory_order_relaxed);
    LB_JT808_COUNTS(X)
#undef X
}

static void close_fd(int fd)
{
    if (fd >= 0)
        close(fd);
}

static void stop(lb_jt808_gate *gate)
{
    const uint64_t one = 1;
    if (!gate->thread.is_running)
        return;
    while (write(gate->stop, &one, sizeof one) < 0 && errno == EINTR)
        continue;
    lb_thread_join(&gate->thread);
}

void lb_jt808_gate_close(lb_jt808_gate **gate)
{
    lb_jt808_gate *closed = *gate;
    if (closed == NULL)
        return;
    stop(closed);
    for (uint32_t i = 0; closed->connections != NULL && i < closed->slots; i++)
        if (closed->connections[i] != NULL)
            lb_808_connection_close(closed, closed->connections[i]);
    lb_submitter_close(&closed->intake);
    lb_808_sessions_close(&closed->sessions);
    lb_808_list_close(&closed->list);
    close_fd(closed->epoll);
    close_fd(closed->listener);
    close_fd(closed->stop);
    free(closed->seats);
    free(closed->connections);
    free(closed->touched);
    free(closed->free_slots);
    free(closed);
    *gate = NULL;
}

/* -- operations of the gate -------------------------------------------------------------------- */

static lb_err open_gate(void **out, const lb_gate_site *site)
{
    const lb_config *config = site->config;
    const lb_jt808_options options = {.intake = site->intake,
                                      .address = config->jt808_address,
                                      .port = site->port,
                                      .party_path = config->terminals ? NULL : site->party_path,
                                      .max_connections = (uint32_t)config->jt808_connections,
                                      .max_of_address = (uint32_t)config->jt808_of_address};
    lb_jt808_gate *gate = NULL;
    lb_err err = lb_jt808_gate_open(&gate, site->zmq, &options);

    *out = gate;
    return err;
}

static void close_gate(void **out)
{
    lb_jt808_gate *gate = *out;

    lb_jt808_gate_close(&gate);
    *out = NULL;
}

static void tell_endpoint(const void *opened, char text[LB_GATE_ENDPOINT_ROOM])
{
    const lb_jt808_gate *gate = opened;

    snprintf(text, LB_GATE_ENDPOINT_ROOM, "tcp://%s:%u", gate->options.address,
             (unsigned)gate->port);
}

static void count(const void *gate, lb_arena *arena, lb_counter_set *set)
{
    lb_jt808_counts counts;

    lb_jt808_gate_counts(gate, &counts);
#define X(name) lb_counter_add(arena, set, #name, counts.name);
    LB_JT808_COUNTS(X)
#undef X
}

static bool is_open_to_strangers(const lb_config *config)
{
    return config->terminals && !lb_config_is_loopback(config->jt808_address);
}

const lb_gate_kind lb_gate_jt808 = {
    .name = "jt808",
    .open = open_gate,
    .close = close_gate,
    .endpoint = tell_endpoint,
    .count = count,
    .is_open_to_strangers = is_open_to_strangers,
};
