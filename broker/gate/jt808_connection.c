/* jt808_connection.c - connections of truck terminals: output buffers, flow control; see
 * jt808_gate.h.
 *
 *     open --> waits for epoll <--> touched in a turn, settled at its end
 *                                       '--leaving, after the last answer--> closed
 *
 * A connection is identified by its slot and a generation, so that a receipt for a closed
 * connection does not reach the next one in the same slot. */
#include "jt808_gate.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"

enum {
    OWED_MAX = 100, /* answers waiting for receipts before reading stops */
    OUT_STEP = 1024,
    OUT_MAX = 256 * 1024, /* unread answers before the connection is closed */
};

static uint64_t event_key(uint32_t slot, uint32_t generation)
{
    return (uint64_t)generation << 32 | slot;
}

lb_808_connection *lb_808_connection_find(lb_jt808_gate *gate, uint32_t slot, uint32_t generation)
{
    if (slot >= gate->slots || gate->connections[slot] == NULL ||
        gate->connections[slot]->generation != generation)
        return NULL;
    return gate->connections[slot];
}

void lb_808_connection_touch(lb_jt808_gate *gate, lb_808_connection *conn)
{
    if (conn->is_touched)
        return;
    conn->is_touched = true;
    gate->touched[gate->touched_count++] = conn;
}

static void note_address(lb_808_connection *conn, const lb_808_address *from)
{
    const void *at = from->any.sa_family == AF_INET6 ? (const void *)&from->v6.sin6_addr
                                                     : (const void *)&from->v4.sin_addr;
    inet_ntop(from->any.sa_family, at, conn->address, sizeof conn->address);
}

/* -- closing unidentified connections for new ones --------------------------------------------- */

/* Never 0. Of an IPv6 address only the first half, since one subscriber has a whole /64. */
static uint64_t address_key(const lb_808_address *from)
{
    uint64_t key = 0;

    if (from->any.sa_family == AF_INET)
        return UINT64_C(1) << 32 | from->v4.sin_addr.s_addr;
    memcpy(&key, &from->v6.sin6_addr, sizeof key);
    return key == 0 ? 1 : key;
}

static uint32_t count_of(const lb_jt808_gate *gate, uint64_t address)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < gate->slots; i++)
        count += gate->seats[i].address == address;
    return count;
}

static uint32_t count_free(const lb_jt808_gate *gate)
{
    return count_of(gate, 0);
}

/* The oldest unidentified connection of an address, or of any (0). Generations may wrap around, so
 * they are compared by their distance. */
static lb_808_connection *oldest_stranger(const lb_jt808_gate *gate, uint64_t address)
{
    lb_808_connection *oldest = NULL;
    uint32_t age = 0;

    for (uint32_t i = 0; i < gate->slots; i++) {
        const lb_808_seat *seat = &gate->seats[i];
        if (seat->stranger == 0 || (address != 0 && seat->address != address) ||
            (oldest != NULL && gate->last_generation - seat->stranger <= age))
            continue;
        oldest = gate->connections[i];
        age = gate->last_generation - seat->stranger;
    }
    return oldest;
}

static bool give_way(lb_jt808_gate *gate, uint64_t address)
{
    lb_808_connection *conn = oldest_stranger(gate, address);

    if (conn == NULL)
        return false;
    lb_808_count(gate, LB_808_COUNT_gave_way, 1);
    gate->seats[conn->slot] = (lb_808_seat){0};
    conn->is_leaving = true;
    conn->owed = 0;
    conn->out_len = 0;
    lb_808_connection_touch(gate, conn);
    return true;
}

bool lb_808_connection_give_way(lb_jt808_gate *gate)
{
    return give_way(gate, 0);
}

void lb_808_connection_know(lb_jt808_gate *gate, const lb_808_connection *conn)
{
    gate->seats[conn->slot].stranger = 0;
}

bool lb_808_connection_is_strangers(const lb_jt808_gate *gate, const lb_808_connection *conn)
{
    return gate->seats[conn->slot].stranger == conn->generation;
}

static bool has_place_for(lb_jt808_gate *gate, uint64_t address)
{
    if (gate->free_count == 0)
        return false;
    if (count_of(gate, address) >= gate->options.max_of_address)
        return give_way(gate, address);
    return gate->slots - count_free(gate) < gate->options.max_connections || give_way(gate, 0);
}

/* -- open and close ---------------------------------------------------------------------------- */

static void watch(lb_jt808_gate *gate, lb_808_connection *conn)
{
    struct epoll_event event = {.events = EPOLLIN,
                                .data.u64 = event_key(conn->slot, conn->generation)};

    if (epoll_ctl(gate->epoll, EPOLL_CTL_ADD, conn->fd, &event) == 0)
        return;
    lb_log(LB_LOG_GAT_FAIL, "gate=jt808 what=epoll errno=%d", errno);
    conn->is_leaving = true;
    lb_808_connection_touch(gate, conn);
}

static uint32_t next_generation(lb_jt808_gate *gate)
{
    gate->last_generation += gate->last_generation == UINT32_MAX ? 2 : 1; /* 0 means none */
    return gate->last_generation;
}

void lb_808_connection_open(lb_jt808_gate *gate, int fd, const lb_808_address *from)
{
    int yes = 1;
    uint64_t address = address_key(from);
    lb_808_connection *conn = has_place_for(gate, address) ? calloc(1, sizeof *conn) : NULL;
    if (conn == NULL) {
        lb_808_count(gate, LB_808_COUNT_refused, 1);
        close(fd);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
    conn->fd = fd;
    note_address(conn, from);
    conn->slot = gate->free_slots[--gate->free_count];
    conn->generation = next_generation(gate);
    conn->interest = EPOLLIN;
    conn->came_us = conn->heard_us = gate->now_us;
    lb_808_stream_reset(&conn->stream);
    lb_808_assemblies_init(&conn->assemblies, &gate->budget);
    gate->connections[conn->slot] = conn;
    gate->seats[conn->slot] = (lb_808_seat){address, conn->generation};
    lb_808_count(gate, LB_808_COUNT_connections, 1);
    watch(gate, conn);
}

void lb_808_connection_close(lb_jt808_gate *gate, lb_808_connection *conn)
{
    if (conn->stream.state != LB_808_HUNTING && conn->stream.len > 0)
        lb_808_count(gate, LB_808_COUNT_bad_frames, 1); /* a frame was incomplete */
    close(conn->fd);
    lb_808_sessions_leave(gate->sessions, &conn->sessions);
    lb_808_assemblies_fini(&conn->assemblies);
    gate->connections[conn->slot] = NULL;
    gate->seats[conn->slot] = (lb_808_seat){0};
    gate->free_slots[gate->free_count++] = conn->slot;
    free(conn->out);
    free(conn);
    lb_808_count(gate, LB_808_COUNT_connections, -1);
}

void lb_808_connection_put(lb_jt808_gate *gate, lb_808_connection *conn, const char *frame,
                           size_t len)
{
    size_t room = conn->out_room;
    while (room < conn->out_len + len)
        room += room < OUT_STEP ? OUT_STEP : room;
    if (room > conn->out_room) {
        char *grown = room <= OUT_MAX ? realloc(conn->out, room) : NULL;
        if (grown == NULL) { /* no memory, or more unread answers than OUT_MAX */
            shutdown(conn->fd, SHUT_RDWR);
            conn->is_leaving = true;
            conn->out_len = 0;
            lb_808_connection_touch(gate, conn);
            return;
        }
        conn->out = grown;
        conn->out_room = room;
    }
    memcpy(conn->out + conn->out_len, frame, len);
    conn->out_len += len;
    lb_808_connection_touch(gate, conn);
}

bool lb_808_connection_may_read(const lb_jt808_gate *gate, const lb_808_connection *conn)
{
    return !conn->is_leaving && conn->owed < OWED_MAX && conn->out_len < LB_808_OUT_PAUSE &&
           !lb_submitter_is_full(gate->intake);
}

static void send_out(lb_808_connection *conn)
{
    size_t sent = 0;
    while (sent < conn->out_len) {
        ssize_t len = send(conn->fd, conn->out + sent, conn->out_len - sent, MSG_NOSIGNAL);
        if (len < 0 && errno == EINTR)
            continue;
        if (len < 0 && errno != EAGAIN) { /* the peer is gone */
            conn->is_leaving = true;
            conn->owed = 0;
            sent = conn->out_len;
        }
        if (len < 0)
            break;
        sent += (size_t)len;
    }
    if (sent > 0)
        memmove(conn->out, conn->out + sent, conn->out_len - sent);
    conn->out_len -= sent;
}

void lb_808_connection_settle(lb_jt808_gate *gate, lb_808_connection *conn)
{
    conn->is_touched = false;
    send_out(conn);
    if (conn->is_leaving && conn->owed == 0 && conn->out_len == 0) {
        lb_808_connection_close(gate, conn);
        return;
    }
    uint32_t interest = (lb_808_connection_may_read(gate, conn) ? (uint32_t)EPOLLIN : 0) |
                        (conn->out_len > 0 ? (uint32_t)EPOLLOUT : 0);
    if (interest == conn->interest)
        return;
    struct epoll_event event = {.events = interest,
                                .data.u64 = event_key(conn->slot, conn->generation)};
    if (epoll_ctl(gate->epoll, EPOLL_CTL_MOD, conn->fd, &event) == 0)
        conn->interest = interest;
}
