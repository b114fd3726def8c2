/* jt808.c - the gate for truck terminals; see jt808.h.
 *
 * One loop over epoll. Each turn: take what the sockets have, send one Submit, take the receipts, send
 * the answers. Nothing waits for anything:
 *
 *     a terminal that reads no answers      is not read from          (may_read)
 *     a hub that is behind                  nobody is read from       (may_read)
 *     a terminal that falls silent          is closed                 (sweep)
 *
 * A connection is named by its slot and a generation, so that a receipt for one that is gone does not
 * reach the next one in its slot. */
#include "jt808.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "answer808.h"
#include "base/clock.h"
#include "base/log.h"
#include "jt808_assembly.h"
#include "feeder.h"
#include "jt808_list.h"
#include "jt808_session.h"
#include "pack.h"
#include "register808.h"

enum {
    BACKLOG = 512,
    EVENTS = 256,      /* of one turn */
    READ_BYTES = 4096, /* of one connection in one turn: at most 292 frames */
    OWED_MAX = 100,    /* answers that wait for receipts before reading stops */
    OUT_STEP = 1024,
    OUT_PAUSE = 8 * 1024, /* answers that nobody took before reading stops */
    OUT_MAX = 256 * 1024, /* and before the connection is closed */
    SESSIONS_MAX = 65536,
    ASSEMBLY_BUDGET = 64 * 1024 * 1024, /* of all connections together */
    SWEEP_MAX_MS = 1000,
    SWEEP_MIN_MS = 10,
};

enum {
    CONNECTIONS_DEFAULT = 4096,
    ASSEMBLY_LIFE_S = 60,
    IDLE_S = 600,
    RECEIPT_S = 60,
    PACKAGE_S = 5,
};
#define SECOND_US INT64_C(1000000)

enum { /* messages that the gate itself has to do with; all others are the hub's */
       GENERAL_ANSWER = 0x0001,
       HEARTBEAT = 0x0002,
       DEREGISTER = 0x0003,
       ASK_TIME = 0x0004,
       REGISTER = 0x0100,
       AUTHENTICATE = 0x0102,
};

typedef enum count_id {
#define X(name) COUNT_##name,
    LB_JT808_COUNTS(X)
#undef X
        COUNT_IDS
} count_id;

typedef union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} address;

typedef struct connection {
    int fd;
    char address[INET6_ADDRSTRLEN]; /* of the other end */
    uint32_t slot, generation;
    uint32_t interest; /* of epoll */
    bool is_touched;   /* waits to be settled */
    bool is_leaving;   /* not read any more; closed when all is answered */
    uint32_t owed;     /* answers that wait for receipts */
    uint16_t serial;   /* of what the platform says here */
    int64_t heard_us;
    char *out;
    size_t out_len, out_room;
    lb_808_session_list sessions;
    lb_808_assemblies assemblies;
    lb_808_stream stream;
} connection;

struct lb_jt808_gate {
    lb_jt808_options options;
    pthread_t thread;
    bool has_thread;
    int epoll, listener, stop;
    uint16_t port;
    bool is_deaf; /* no descriptors left: the listener rests until the next sweep */
    connection **connections;
    uint32_t *free_slots, free_count, last_generation;
    connection **touched;
    size_t touched_count;
    lb_808_sessions *sessions;
    lb_808_list *list;
    int64_t list_number;
    lb_feeder *intake;
    lb_808_budget budget;
    int64_t now_us, swept_us;
    int sweep_ms;
    char joined[LB_808_BODY_WHOLE];
    char frame[2 * (LB_808_HEADER_MAX + LB_808_BODY_WHOLE + 1) + 2];
    _Atomic int64_t counts[COUNT_IDS]; /* read by other threads; each stands for itself */
};

/* Slots that are no connections. */
enum { SLOT_LISTENER = INT32_MAX, SLOT_STOP = INT32_MAX - 1, SLOT_INTAKE = INT32_MAX - 2 };

static void count(lb_jt808_gate *gate, count_id id)
{
    atomic_fetch_add_explicit(&gate->counts[id], 1, memory_order_relaxed);
}

/* -- connections -------------------------------------------------------------------------------- */

static uint64_t event_key(uint32_t slot, uint32_t generation)
{
    return (uint64_t)generation << 32 | slot;
}

static connection *find_connection(lb_jt808_gate *gate, uint32_t slot, uint32_t generation)
{
    if (slot >= gate->options.max_connections || gate->connections[slot] == NULL ||
        gate->connections[slot]->generation != generation)
        return NULL;
    return gate->connections[slot];
}

static void touch(lb_jt808_gate *gate, connection *conn)
{
    if (conn->is_touched)
        return;
    conn->is_touched = true;
    gate->touched[gate->touched_count++] = conn;
}

static void note_address(connection *conn, const address *from)
{
    const void *at = from->any.sa_family == AF_INET6 ? (const void *)&from->v6.sin6_addr
                                                     : (const void *)&from->v4.sin_addr;
    inet_ntop(from->any.sa_family, at, conn->address, sizeof conn->address);
}

static void open_connection(lb_jt808_gate *gate, int fd, const address *from)
{
    int yes = 1;
    connection *conn = gate->free_count > 0 ? calloc(1, sizeof *conn) : NULL;
    if (conn == NULL) {
        count(gate, COUNT_refused);
        close(fd);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
    conn->fd = fd;
    note_address(conn, from);
    conn->slot = gate->free_slots[--gate->free_count];
    conn->generation = ++gate->last_generation;
    conn->interest = EPOLLIN;
    conn->heard_us = gate->now_us;
    lb_808_stream_reset(&conn->stream);
    lb_808_assemblies_init(&conn->assemblies, &gate->budget);
    gate->connections[conn->slot] = conn;
    count(gate, COUNT_connections);

    struct epoll_event event = {.events = EPOLLIN,
                                .data.u64 = event_key(conn->slot, conn->generation)};
    if (epoll_ctl(gate->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        lb_log(LB_LOG_GAT_FAIL, "gate=jt808 what=epoll errno=%d", errno);
        conn->is_leaving = true;
        touch(gate, conn);
    }
}

/* Not while it is touched: settle is the only place that closes. */
static void close_connection(lb_jt808_gate *gate, connection *conn)
{
    if (conn->stream.state != LB_808_HUNTING && conn->stream.len > 0)
        count(gate, COUNT_bad_frames); /* it never came to an end */
    close(conn->fd);
    lb_808_sessions_leave(gate->sessions, &conn->sessions);
    lb_808_assemblies_fini(&conn->assemblies);
    gate->connections[conn->slot] = NULL;
    gate->free_slots[gate->free_count++] = conn->slot;
    free(conn->out);
    free(conn);
    atomic_fetch_sub_explicit(&gate->counts[COUNT_connections], 1, memory_order_relaxed);
}

static void accept_all(lb_jt808_gate *gate)
{
    for (int i = 0; i < EVENTS; i++) {
        address from = {.any.sa_family = AF_UNSPEC};
        socklen_t len = sizeof from;
        int fd = accept4(gate->listener, &from.any, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0)
            open_connection(gate, fd, &from);
        else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            struct epoll_event nothing = {.data.u64 = event_key(SLOT_LISTENER, 0)};
            lb_log(LB_LOG_GAT_FAIL, "gate=jt808 what=accept errno=%d", errno);
            epoll_ctl(gate->epoll, EPOLL_CTL_MOD, gate->listener, &nothing);
            gate->is_deaf = true;
            return;
        } else if (errno != EINTR && errno != ECONNABORTED)
            return;
    }
}

/* -- answers ------------------------------------------------------------------------------------ */

static void put_out(lb_jt808_gate *gate, connection *conn, const char *frame, size_t len)
{
    size_t room = conn->out_room;
    while (room < conn->out_len + len)
        room += room < OUT_STEP ? OUT_STEP : room;
    if (room > conn->out_room) {
        char *grown = room <= OUT_MAX ? realloc(conn->out, room) : NULL;
        if (grown == NULL) { /* it has asked for more answers than it ever read */
            shutdown(conn->fd, SHUT_RDWR);
            conn->is_leaving = true;
            conn->out_len = 0;
            touch(gate, conn);
            return;
        }
        conn->out = grown;
        conn->out_room = room;
    }
    memcpy(conn->out + conn->out_len, frame, len);
    conn->out_len += len;
    touch(gate, conn);
}

static void say(lb_jt808_gate *gate, connection *conn, const lb_808_header *asked,
                lb_808_result result)
{
    char out[LB_808_ANSWER_ROOM];
    if (!lb_808_is_answered(asked->id))
        return;
    put_out(gate, conn, out, lb_808_answer(asked, result, conn->serial++, out));
}

static void say_registered(lb_jt808_gate *gate, connection *conn, const lb_808_header *asked,
                           lb_808_result result)
{
    char terminal[LB_808_TERMINAL_ROOM], code[LB_808_CODE_ROOM], out[LB_808_ANSWER_ROOM];
    lb_808_terminal(asked, terminal);
    lb_808_session *session =
        result == LB_808_DONE ? lb_808_session_need(gate->sessions, terminal) : NULL;
    if (session != NULL)
        session->is_registered = true;
    lb_808_session_code(gate->sessions, terminal, code);
    size_t len = lb_808_answer_register(asked, result, lb_span_of(code), conn->serial++, out);
    put_out(gate, conn, out, len);
}

static void say_time(lb_jt808_gate *gate, connection *conn, const lb_808_header *asked)
{
    char out[LB_808_ANSWER_ROOM];
    size_t len = lb_808_answer_time(asked, lb_clock_now_us(), conn->serial++, out);
    put_out(gate, conn, out, len);
}

/* Every package of a message is owed an answer, the last one's last. */
static void say_packages(lb_jt808_gate *gate, connection *conn, const lb_808_header *first,
                         lb_808_result result)
{
    lb_808_header asked = *first;
    if (gate->options.answers_packages) { /* the others have theirs */
        asked.serial = (uint16_t)(first->serial + first->packages - 1);
        say(gate, conn, &asked, result);
        return;
    }
    for (uint16_t i = 0; i < first->packages; i++, asked.serial++)
        say(gate, conn, &asked, result);
}

static lb_808_assembly *find_pushed(connection *conn, const lb_808_header *first)
{
    lb_808_assembly *at = conn->assemblies.at;
    for (size_t i = 0; i < LB_808_ASSEMBLIES; i++)
        if (at[i].progress == LB_808_PUSHED && at[i].first.serial == first->serial &&
            at[i].first.id == first->id &&
            memcmp(at[i].first.terminal, first->terminal, sizeof first->terminal) == 0)
            return &at[i];
    return NULL;
}

/* After it logged out, its code is no code any more. */
static void unregister(lb_jt808_gate *gate, const lb_808_header *asked)
{
    char terminal[LB_808_TERMINAL_ROOM];
    lb_808_terminal(asked, terminal);
    lb_808_session *session = lb_808_session_need(gate->sessions, terminal);
    if (session != NULL)
        session->is_registered = false;
}

static void answer_kept(lb_jt808_gate *gate, connection *conn, const lb_808_header *asked,
                        lb_808_result result)
{
    lb_808_assembly *assembly = asked->packages > 1 ? find_pushed(conn, asked) : NULL;
    if (assembly != NULL)
        assembly->progress = LB_808_KEPT;
    if (asked->id == DEREGISTER && result == LB_808_DONE)
        unregister(gate, asked);
    if (asked->id == REGISTER)
        say_registered(gate, conn, asked, result);
    else if (asked->packages > 1)
        say_packages(gate, conn, asked, result);
    else
        say(gate, conn, asked, result);
}

static void answer_failed(connection *conn, const lb_808_header *asked)
{
    lb_808_assembly *assembly = asked->packages > 1 ? find_pushed(conn, asked) : NULL;
    if (assembly != NULL)
        lb_808_assembly_drop(&conn->assemblies, assembly);
}

static void on_receipt(void *whose, const lb_feeder_waiting *waiting, const lb_receipt *receipt)
{
    lb_jt808_gate *gate = whose;
    lb_result result = receipt != NULL ? receipt->result : LB_RESULT_FAILED;
    bool is_kept = result == LB_RESULT_KEPT || result == LB_RESULT_DUPLICATE;
    bool is_refused = result == LB_RESULT_REFUSED;
    count(gate, is_kept ? COUNT_kept : is_refused ? COUNT_rejected : COUNT_failed);

    connection *conn = find_connection(gate, waiting->slot, waiting->generation);
    if (conn == NULL)
        return;
    if (conn->owed > 0) /* 0: it has just hung up */
        conn->owed--;
    touch(gate, conn);
    if (is_kept)
        answer_kept(gate, conn, &waiting->asked, LB_808_DONE);
    else if (is_refused)
        answer_kept(gate, conn, &waiting->asked,
                    lb_span_is(receipt->error, "NOT_READ") ? LB_808_NOT_SUPPORTED : LB_808_WRONG);
    else
        answer_failed(conn, &waiting->asked);
}

/* -- frames ------------------------------------------------------------------------------------- */

/* The newest connection of a terminal wins: the old one is most often a socket whose other end is long
 * gone. It is closed when nobody else speaks on it and what was heard is answered. */
static lb_808_session *meet(lb_jt808_gate *gate, connection *conn, const char *terminal)
{
    lb_808_session *session = lb_808_session_need(gate->sessions, terminal);
    if (session == NULL || session->connection == conn)
        return session;
    connection *old = session->connection;
    if (old != NULL && old->generation - conn->generation < UINT32_MAX / 2)
        return session; /* the old one still speaks; its words count, but it stays the old one */
    lb_808_session_join(session, conn, &conn->sessions);
    if (old != NULL && old->sessions.count == 0) {
        count(gate, COUNT_replaced);
        old->is_leaving = true;
        touch(gate, old);
    }
    return session;
}

static void push(lb_jt808_gate *gate, connection *conn, lb_span frame, const lb_808_header *asked)
{
    lb_feeder_waiting waiting = {
        .slot = conn->slot, .generation = conn->generation, .asked = *asked};
    if (frame.len == 0 || lb_feeder_push(gate->intake, frame, &waiting, gate->now_us) != LB_OK) {
        count(gate, COUNT_failed);
        answer_failed(conn, asked);
        return;
    }
    conn->owed++;
}

/* 2019: BYTE length, code, IMEI of 15, software of 20. Before, and from terminals that only changed
 * their header: the code alone. */
static lb_span code_of(const lb_808_header *header, lb_span body)
{
    lb_pack pack = lb_pack_open(body);
    lb_span counted = lb_pack_counted(&pack);
    if (header->is_2019 && !pack.is_short && pack.rest.len >= 35)
        return lb_pack_trim(counted);
    return lb_pack_trim(body);
}

static void authenticate(lb_jt808_gate *gate, connection *conn, lb_808_session *session,
                         const lb_808_header *header, lb_span body)
{
    char right[LB_808_CODE_ROOM];
    bool is_strict = lb_808_list_is_strict(gate->list);
    if (!is_strict && (session == NULL || !session->is_registered)) {
        count(gate, COUNT_unregistered); /* nobody asks who he is: a stranger is heard */
        say(gate, conn, header, LB_808_DONE);
        return;
    }
    lb_span code = code_of(header, body);
    if (session != NULL)
        lb_808_session_code(gate->sessions, session->terminal, right);
    if (session != NULL && session->is_registered && code.len == sizeof right - 1 &&
        sodium_memcmp(code.at, right, code.len) == 0) {
        session = meet(gate, conn, session->terminal);
        session->is_authenticated = session->connection == conn;
        say(gate, conn, header, LB_808_DONE);
        return;
    }
    count(gate, COUNT_wrong_codes);
    say(gate, conn, header, LB_808_FAILED); /* it must register again */
}

static void push_joined(lb_jt808_gate *gate, connection *conn, lb_808_assembly *assembly)
{
    lb_808_header whole = assembly->first;
    lb_808_assembly_join(&conn->assemblies, assembly, gate->joined);
    whole.packages = 0;
    size_t len = lb_808_write(&whole, (lb_span){gate->joined, assembly->body_len}, gate->frame,
                              sizeof gate->frame);
    push(gate, conn, (lb_span){gate->frame, len}, &assembly->first);
}

static void take_package(lb_jt808_gate *gate, connection *conn, const lb_808_header *header,
                         lb_span body)
{
    lb_808_assembly *assembly =
        lb_808_assemblies_take(&conn->assemblies, header, body, gate->now_us);
    if (assembly == NULL) {
        count(gate, COUNT_bad_frames);
        return;
    }
    bool is_last = assembly->progress == LB_808_WHOLE;
    if (assembly->progress == LB_808_KEPT)
        say(gate, conn, header, LB_808_DONE); /* its answer was lost */
    else if (gate->options.answers_packages && !is_last)
        say(gate, conn, header, LB_808_DONE);
    if (is_last)
        push_joined(gate, conn, assembly);
}

/* Looked for once on its connection, and again when the list has changed. */
static bool is_listed(lb_jt808_gate *gate, const connection *conn, lb_808_session *session)
{
    if (session->connection != conn)
        return lb_808_list_has(gate->list, session->terminal, conn->address);
    if (session->list_number != gate->list_number) {
        session->is_listed = lb_808_list_has(gate->list, session->terminal, conn->address);
        session->list_number = gate->list_number;
    }
    return session->is_listed;
}

static bool may_register(lb_jt808_gate *gate, const connection *conn, const char *terminal,
                         const lb_808_header *header, lb_span body)
{
    lb_808_register reg;
    return header->packages == 0 && lb_808_register_read(header, body, &reg) &&
           lb_808_list_has_in(gate->list, terminal, reg.plate, conn->address);
}

static bool may_speak(lb_jt808_gate *gate, const connection *conn, const char *terminal,
                      const lb_808_header *header, lb_span body)
{
    if (!lb_808_list_is_strict(gate->list))
        return true;
    if (header->id == REGISTER)
        return may_register(gate, conn, terminal, header, body);
    lb_808_session *session = lb_808_session_find(gate->sessions, terminal);
    if (session == NULL || !is_listed(gate, conn, session))
        return false;
    bool is_small_talk = header->id == GENERAL_ANSWER || header->id == HEARTBEAT ||
                         header->id == ASK_TIME || header->id == AUTHENTICATE;
    return is_small_talk || (session->connection == conn && session->is_authenticated);
}

/* With a list, a number in a header proves nothing: a terminal is on a connection when it has shown its code
 * there. */
static lb_808_session *find_session(lb_jt808_gate *gate, connection *conn, const char *terminal)
{
    return lb_808_list_is_strict(gate->list) ? lb_808_session_find(gate->sessions, terminal)
                                             : meet(gate, conn, terminal);
}

static void turn_away(lb_jt808_gate *gate, connection *conn, const lb_808_header *header)
{
    count(gate, COUNT_strangers);
    if (header->id == REGISTER)
        say_registered(gate, conn, header, LB_808_NO_SUCH_TERMINAL);
    else
        say(gate, conn, header, LB_808_FAILED);
}

static void take_frame(lb_jt808_gate *gate, connection *conn, lb_span plain)
{
    lb_808_header header;
    char terminal[LB_808_TERMINAL_ROOM];
    if (!lb_808_header_read(plain, &header) || (header.packages == 0 && header.package != 0)) {
        count(gate, COUNT_bad_frames);
        return;
    }
    count(gate, COUNT_frames);
    lb_808_terminal(&header, terminal);
    lb_span body = lb_span_after(plain, header.size);
    if (!may_speak(gate, conn, terminal, &header, body)) {
        turn_away(gate, conn, &header);
        return;
    }
    lb_808_session *session = find_session(gate, conn, terminal);

    if (header.packages > 1) {
        take_package(gate, conn, &header, body);
        return;
    }
    switch (header.id) {
    case GENERAL_ANSWER: /* it has heard us */
        break;
    case HEARTBEAT:
        say(gate, conn, &header, LB_808_DONE);
        break;
    case ASK_TIME:
        say_time(gate, conn, &header);
        break;
    case AUTHENTICATE:
        authenticate(gate, conn, session, &header, body);
        break;
    default:
        push(gate, conn,
             (lb_span){gate->frame, lb_808_wrap(plain, gate->frame, sizeof gate->frame)}, &header);
        break;
    }
}

static bool may_read(const lb_jt808_gate *gate, const connection *conn)
{
    return !conn->is_leaving && conn->owed < OWED_MAX && conn->out_len < OUT_PAUSE &&
           !lb_feeder_is_full(gate->intake);
}

static void read_from(lb_jt808_gate *gate, connection *conn)
{
    char bytes[READ_BYTES];
    touch(gate, conn);
    if (!may_read(gate, conn))
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
        take_frame(gate, conn, plain);
    atomic_fetch_add_explicit(&gate->counts[COUNT_bad_frames], conn->stream.bad - bad,
                              memory_order_relaxed);
}

/* -- the end of a turn --------------------------------------------------------------------------- */

static void send_out(connection *conn)
{
    size_t sent = 0;
    while (sent < conn->out_len) {
        ssize_t len = send(conn->fd, conn->out + sent, conn->out_len - sent, MSG_NOSIGNAL);
        if (len < 0 && errno == EINTR)
            continue;
        if (len < 0 && errno != EAGAIN) { /* nobody is there any more */
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

static void settle(lb_jt808_gate *gate, connection *conn)
{
    conn->is_touched = false;
    send_out(conn);
    if (conn->is_leaving && conn->owed == 0 && conn->out_len == 0) {
        close_connection(gate, conn);
        return;
    }
    uint32_t interest = (may_read(gate, conn) ? (uint32_t)EPOLLIN : 0) |
                        (conn->out_len > 0 ? (uint32_t)EPOLLOUT : 0);
    if (interest == conn->interest)
        return;
    struct epoll_event event = {.events = interest,
                                .data.u64 = event_key(conn->slot, conn->generation)};
    if (epoll_ctl(gate->epoll, EPOLL_CTL_MOD, conn->fd, &event) == 0)
        conn->interest = interest;
}

static void settle_all(lb_jt808_gate *gate)
{
    for (size_t i = 0; i < gate->touched_count; i++)
        settle(gate, gate->touched[i]);
    gate->touched_count = 0;
}

static void touch_all(lb_jt808_gate *gate)
{
    for (uint32_t i = 0; i < gate->options.max_connections; i++)
        if (gate->connections[i] != NULL)
            touch(gate, gate->connections[i]);
}

/* -- now and then --------------------------------------------------------------------------------- */

static void ask_missing(lb_jt808_gate *gate, connection *conn, lb_808_assembly *assembly)
{
    uint16_t numbers[LB_808_MISSING_MAX];
    char out[LB_808_ANSWER_ROOM];
    size_t missing = lb_808_assembly_missing(assembly, numbers, LB_808_MISSING_MAX);
    size_t len = lb_808_ask_missing(&assembly->first, numbers, missing, conn->serial++, out);
    put_out(gate, conn, out, len);
    assembly->rounds++;
    assembly->heard_us = gate->now_us;
}

static void sweep_assembly(lb_jt808_gate *gate, connection *conn, lb_808_assembly *assembly)
{
    bool is_old = gate->now_us - assembly->begun_us > ASSEMBLY_LIFE_S * SECOND_US;
    if (assembly->progress == LB_808_KEPT && is_old)
        lb_808_assembly_drop(&conn->assemblies, assembly);
    if (assembly->progress != LB_808_COLLECTING ||
        (!is_old && gate->now_us - assembly->heard_us < gate->options.package_us))
        return;
    if (is_old || assembly->rounds == LB_808_ROUNDS) {
        count(gate, COUNT_lost_packages);
        lb_808_assembly_drop(&conn->assemblies, assembly);
    } else if (conn->out_len < OUT_PAUSE)
        ask_missing(gate, conn, assembly);
}

static void sweep_connection(lb_jt808_gate *gate, connection *conn)
{
    for (size_t i = 0; i < LB_808_ASSEMBLIES && conn->assemblies.count > 0; i++)
        if (conn->assemblies.at[i].progress != LB_808_FREE)
            sweep_assembly(gate, conn, &conn->assemblies.at[i]);
    if (conn->owed == 0 && gate->now_us - conn->heard_us > gate->options.idle_us) {
        count(gate, COUNT_idle);
        conn->is_leaving = true;
        conn->out_len = 0; /* it does not read either */
        touch(gate, conn);
    }
}

static void sweep(lb_jt808_gate *gate)
{
    if (gate->now_us - gate->swept_us < gate->sweep_ms * (SECOND_US / 1000))
        return;
    gate->swept_us = gate->now_us;
    for (uint32_t i = 0; i < gate->options.max_connections; i++)
        if (gate->connections[i] != NULL)
            sweep_connection(gate, gate->connections[i]);
    lb_feeder_expire(gate->intake, gate->now_us - gate->options.receipt_us, on_receipt, gate);
    if (gate->is_deaf) {
        struct epoll_event event = {.events = EPOLLIN, .data.u64 = event_key(SLOT_LISTENER, 0)};
        gate->is_deaf = epoll_ctl(gate->epoll, EPOLL_CTL_MOD, gate->listener, &event) != 0;
    }
}

/* -- the loop ------------------------------------------------------------------------------------- */

static void serve(lb_jt808_gate *gate, const struct epoll_event *event)
{
    uint32_t slot = (uint32_t)event->data.u64;
    connection *conn = find_connection(gate, slot, (uint32_t)(event->data.u64 >> 32));
    if (slot == SLOT_LISTENER)
        accept_all(gate);
    if (conn == NULL)
        return;
    if (event->events & (EPOLLERR | EPOLLHUP)) { /* both ways are shut */
        conn->is_leaving = true;
        conn->owed = 0;
        conn->out_len = 0;
        touch(gate, conn);
    } else if (event->events & EPOLLIN)
        read_from(gate, conn);
    else
        touch(gate, conn);
}

/* The intake's descriptor tells of changes only, so receipts are taken in every turn, and after the
 * last send. Answers go out last. */
static void *run(void *whose)
{
    lb_jt808_gate *gate = whose;
    struct epoll_event events[EVENTS];
    for (;;) {
        int got = epoll_wait(gate->epoll, events, EVENTS, gate->sweep_ms);
        bool was_full = lb_feeder_is_full(gate->intake);
        gate->now_us = lb_clock_monotonic_us();
        gate->list_number = lb_808_list_look(gate->list) + 1;
        for (int i = 0; i < got; i++) {
            if ((uint32_t)events[i].data.u64 == SLOT_STOP)
                return NULL;
            serve(gate, &events[i]);
        }
        sweep(gate);
        was_full = was_full || lb_feeder_is_full(gate->intake);
        lb_feeder_flush(gate->intake, gate->now_us);
        lb_feeder_take(gate->intake, on_receipt, gate);
        if (was_full && !lb_feeder_is_full(gate->intake))
            touch_all(gate);
        settle_all(gate);
    }
}

/* -- life ------------------------------------------------------------------------------------------ */

static void fill_in(lb_jt808_options *options)
{
    options->address = options->address != NULL ? options->address : "127.0.0.1";
    options->source = options->source != NULL ? options->source : "jt808";
    if (options->max_connections == 0)
        options->max_connections = CONNECTIONS_DEFAULT;
    if (options->idle_us == 0)
        options->idle_us = IDLE_S * SECOND_US;
    if (options->receipt_us == 0)
        options->receipt_us = RECEIPT_S * SECOND_US;
    if (options->package_us == 0)
        options->package_us = PACKAGE_S * SECOND_US;
}

static int least_ms(const lb_jt808_options *options)
{
    int64_t least = options->idle_us;
    least = options->receipt_us < least ? options->receipt_us : least;
    least = options->package_us < least ? options->package_us : least;
    least /= 4 * (SECOND_US / 1000);
    return least < SWEEP_MIN_MS ? SWEEP_MIN_MS : least > SWEEP_MAX_MS ? SWEEP_MAX_MS : (int)least;
}

static socklen_t read_address(const lb_jt808_options *options, address *at)
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
    address at;
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
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = event_key(slot, 0)};
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
        !watch(gate, lb_feeder_fd(gate->intake), SLOT_INTAKE)) {
        lb_log(LB_LOG_GAT_FAIL, "gate=jt808 what=epoll errno=%d", errno);
        return LB_ERR_IO;
    }
    return LB_OK;
}

static lb_err open_tables(lb_jt808_gate *gate)
{
    uint32_t most = gate->options.max_connections;
    gate->connections = calloc(most, sizeof(connection *));
    gate->touched = calloc(most, sizeof(connection *));
    gate->free_slots = calloc(most, sizeof(uint32_t));
    if (gate->connections == NULL || gate->touched == NULL || gate->free_slots == NULL)
        return LB_ERR_NO_MEMORY;
    for (uint32_t i = 0; i < most; i++)
        gate->free_slots[i] = most - 1 - i;
    gate->free_count = most;
    return lb_808_sessions_open(&gate->sessions, SESSIONS_MAX);
}

/* Signals are for the hub's own thread. */
static lb_err start(lb_jt808_gate *gate)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    int wrong = pthread_create(&gate->thread, NULL, run, gate);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    gate->has_thread = wrong == 0;
    if (wrong != 0)
        lb_log(LB_LOG_HUB_THREAD, "thread=jt808 errno=%d", wrong);
    return wrong == 0 ? LB_OK : LB_ERR_NO_MEMORY;
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
        err = lb_feeder_open(&made->intake, zmq, made->options.intake, made->options.source,
                             "road.jt808");
    if (err == LB_OK)
        err = open_sockets(made);
    if (err == LB_OK)
        err = start(made);
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
    counts->name = atomic_load_explicit(&gate->counts[COUNT_##name], memory_order_relaxed);
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
    if (!gate->has_thread)
        return;
    while (write(gate->stop, &one, sizeof one) < 0 && errno == EINTR)
        continue;
    pthread_join(gate->thread, NULL);
}

void lb_jt808_gate_close(lb_jt808_gate **gate)
{
    lb_jt808_gate *closed = *gate;
    if (closed == NULL)
        return;
    stop(closed);
    for (uint32_t i = 0; closed->connections != NULL && i < closed->options.max_connections; i++)
        if (closed->connections[i] != NULL)
            close_connection(closed, closed->connections[i]);
    lb_feeder_close(&closed->intake);
    lb_808_sessions_close(&closed->sessions);
    lb_808_list_close(&closed->list);
    close_fd(closed->epoll);
    close_fd(closed->listener);
    close_fd(closed->stop);
    free(closed->connections);
    free(closed->touched);
    free(closed->free_slots);
    free(closed);
    *gate = NULL;
}
