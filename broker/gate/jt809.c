/* jt809.c - the gate for other platforms; see jt809.h.
 *
 * One loop over poll is enough, since there are few links, each with the messages of thousands of
 * vehicles. A turn reads, splits frames, answers link messages, gives the others to the submitter,
 * and takes receipts. */
#include "jt809.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "gate.h"
#include "submitter.h"
#include "frame809.h"
#include "landbridge/adapter/adapter.h"

enum {
    LINKS = LB_JT809_LINKS,
    BACKLOG = 16,
    READ_BYTES = 32 * 1024,
    BUFFER = 2 * LB_809_FRAME_MAX,
    OUT_ROOM = 4096, /* unread answers before the link is closed */
    OWED_MAX = 4096, /* frames without receipt before reading stops */
    TURN_MS = 500,
    IDLE_S = 180,
    LOGIN_S = 30, /* a platform logs in at once */
    RECEIPT_S = 60,
    LOGIN = 0x1001,
    LOGOUT = 0x1003,
};
#define SECOND_US INT64_C(1000000)

typedef struct jt809_link {
    int fd; /* -1: free */
    uint32_t generation;
    in_addr_t address;
    bool is_in, is_closing;
    int64_t came_us, heard_us, owed;
    size_t in_len, out_len;
    char out[OUT_ROOM];
    char *in; /* BUFFER bytes */
} jt809_link;

/* The tag of a message at the submitter: the link of its frame. */
typedef struct jt809_tag {
    uint32_t slot, generation;
} jt809_tag;

struct lb_jt809_gate {
    lb_thread thread;
    int listener, stop;
    uint16_t port;
    int64_t idle_us, login_us;
    lb_submitter *submitter;
    const lb_adapter *adapter;
    jt809_link at[LINKS];
    /* Changed by the gate's thread only, read by any. */
#define X(name) atomic_int_fast64_t name;
    struct {
        LB_JT809_COUNTS(X)
    } counts;
#undef X
};

/* -- links ------------------------------------------------------------------------------------- */

static void close_link(lb_jt809_gate *gate, jt809_link *link)
{
    if (link->fd < 0)
        return;
    close(link->fd);
    free(link->in);
    *link = (jt809_link){.fd = -1, .generation = link->generation + 1};
    gate->counts.links -= 1;
}

/* The oldest link of an address, or of any (INADDR_ANY), that has not logged in; NULL: there is
 * none. */
static jt809_link *oldest_stranger(lb_jt809_gate *gate, in_addr_t address)
{
    jt809_link *oldest = NULL;

    for (size_t i = 0; i < LINKS; i++) {
        jt809_link *link = &gate->at[i];
        bool is_meant = address == INADDR_ANY || link->address == address;
        if (link->fd >= 0 && !link->is_in && is_meant &&
            (oldest == NULL || link->came_us < oldest->came_us))
            oldest = link;
    }
    return oldest;
}

static jt809_link *give_way(lb_jt809_gate *gate, in_addr_t address)
{
    jt809_link *link = oldest_stranger(gate, address);

    if (link != NULL) {
        gate->counts.gave_way += 1;
        close_link(gate, link);
    }
    return link;
}

/* A free entry, if necessary after closing a link that has not logged in; NULL: the new link must
 * be refused. */
static jt809_link *place_for(lb_jt809_gate *gate, in_addr_t address)
{
    jt809_link *free_one = NULL;
    size_t of_address = 0;

    for (size_t i = 0; i < LINKS; i++) {
        if (gate->at[i].fd < 0)
            free_one = &gate->at[i];
        else
            of_address += gate->at[i].address == address;
    }
    if (of_address >= LB_JT809_LINKS_OF_ADDRESS)
        return give_way(gate, address);
    return free_one != NULL ? free_one : give_way(gate, INADDR_ANY);
}

static void take_link(lb_jt809_gate *gate, int64_t now_us)
{
    struct sockaddr_in from = {.sin_family = AF_INET};
    socklen_t len = sizeof from;
    int fd = accept4(gate->listener, (void *)&from, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return;
    jt809_link *link = place_for(gate, from.sin_addr.s_addr);
    char *in = link == NULL ? NULL : malloc(BUFFER);
    if (in == NULL) {
        gate->counts.refused += 1;
        close(fd);
        return;
    }
    *link = (jt809_link){.fd = fd,
                         .generation = link->generation,
                         .address = from.sin_addr.s_addr,
                         .came_us = now_us,
                         .heard_us = now_us,
                         .in = in};
    gate->counts.links += 1;
}

static void send_out(jt809_link *link)
{
    ssize_t sent = link->out_len == 0 ? 0 : send(link->fd, link->out, link->out_len, MSG_NOSIGNAL);
    if (sent > 0) {
        memmove(link->out, link->out + sent, link->out_len - (size_t)sent);
        link->out_len -= (size_t)sent;
    } else if (sent < 0 && errno != EAGAIN && errno != EINTR) {
        link->is_closing = true;
    }
}

/* -- frames ------------------------------------------------------------------------------------ */

static void answer_link(lb_jt809_gate *gate, jt809_link *link, lb_span frame, uint16_t type)
{
    const lb_reading reading = {lb_clock_now_us(), lb_source_default()};
    lb_reply reply = {link->out + link->out_len, 0, OUT_ROOM - link->out_len, false};
    gate->adapter->answer(&reading, frame, LB_OK, &reply);
    if (reply.is_full) {
        link->is_closing = true; /* the platform does not read its answers */
        return;
    }
    link->out_len += reply.len;
    link->is_in = type == LOGIN || (link->is_in && type != LOGOUT);
}

static bool open_frame(lb_span frame, lb_809_frame *opened)
{
    char plain[BUFFER];
    lb_span inner = {frame.at + 1, frame.len - 2};
    size_t len = inner.len > sizeof plain ? SIZE_MAX : lb_809_unescape(inner, plain);
    return len != SIZE_MAX && lb_809_open((lb_span){plain, len}, opened) && opened->crc_is_right;
}

static bool push(lb_jt809_gate *gate, const jt809_link *link, lb_span frame, int64_t now_us)
{
    const lb_submit_head head = {.source = LB_SPAN("jt809")};
    const lb_message message = {.format = LB_SPAN("road.jt809"), .body = frame};
    const jt809_tag tag = {(uint32_t)(link - gate->at), link->generation};

    return lb_submitter_push(gate->submitter, &head, &message, &tag, now_us) == LB_OK;
}

static void handle_frame(lb_jt809_gate *gate, jt809_link *link, lb_span frame, int64_t now_us)
{
    lb_809_frame opened;
    if (!open_frame(frame, &opened))
        gate->counts.bad_frames += 1;
    else if ((opened.type & 0x0F00u) == 0)
        answer_link(gate, link, frame, opened.type);
    else if (!link->is_in)
        gate->counts.strangers += 1;
    else if (push(gate, link, frame, now_us)) {
        link->owed++;
        gate->counts.frames += 1;
    } else {
        link->is_closing = true; /* it is lost, and the protocol has no negative answer */
    }
}

static void cut_frames(lb_jt809_gate *gate, jt809_link *link, int64_t now_us)
{
    lb_span rest = {link->in, link->in_len}, frame;
    while (!link->is_closing && lb_809_cut(&rest, &frame))
        handle_frame(gate, link, frame, now_us);
    if (rest.len > LB_809_FRAME_MAX) { /* longer than any frame: garbage */
        gate->counts.bad_frames += 1;
        rest.len = 0;
    }
    memmove(link->in, rest.at, rest.len);
    link->in_len = rest.len;
}

static void read_link(lb_jt809_gate *gate, jt809_link *link, int64_t now_us)
{
    size_t room = BUFFER - link->in_len;
    ssize_t got = recv(link->fd, link->in + link->in_len, room < READ_BYTES ? room : READ_BYTES, 0);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
        link->is_closing = true;
    if (got <= 0)
        return;
    link->in_len += (size_t)got;
    link->heard_us = now_us;
    cut_frames(gate, link, now_us);
}

/* If a message was not kept the link is closed: after a new login the platform sends again what it
 * still has. */
static void take_receipt(void *whose, const void *tag, const lb_receipt *receipt)
{
    lb_jt809_gate *gate = whose;
    const jt809_tag *of = tag;
    jt809_link *link = &gate->at[of->slot % LINKS];
    bool has_failed = receipt == NULL || receipt->result == LB_RESULT_FAILED;
    if (has_failed)
        gate->counts.failed += 1;
    if (link->fd < 0 || link->generation != of->generation)
        return;
    link->owed--;
    link->is_closing = link->is_closing || has_failed;
}

/* -- the loop ---------------------------------------------------------------------------------- */

static size_t fill_polls(lb_jt809_gate *gate, struct pollfd *polls, size_t *slots)
{
    size_t number = 3;
    bool is_behind = lb_submitter_is_full(gate->submitter);
    polls[0] = (struct pollfd){.fd = gate->stop, .events = POLLIN};
    polls[1] = (struct pollfd){.fd = gate->listener, .events = POLLIN};
    polls[2] = (struct pollfd){.fd = lb_submitter_fd(gate->submitter), .events = POLLIN};
    for (size_t i = 0; i < LINKS; i++) {
        jt809_link *link = &gate->at[i];
        if (link->fd < 0)
            continue;
        short wants = !is_behind && link->owed < OWED_MAX ? POLLIN : 0;
        polls[number] = (struct pollfd){
            .fd = link->fd, .events = (short)(wants | (link->out_len > 0 ? POLLOUT : 0))};
        slots[number++] = i;
    }
    return number;
}

static void serve_links(lb_jt809_gate *gate, const struct pollfd *polls, const size_t *slots,
                        size_t number, int64_t now_us)
{
    for (size_t i = 3; i < number; i++) {
        jt809_link *link = &gate->at[slots[i]];
        if (link->fd != polls[i].fd)
            continue;
        if (polls[i].revents & (POLLIN | POLLHUP | POLLERR))
            read_link(gate, link, now_us);
        send_out(link);
        bool is_late = !link->is_in && now_us - link->came_us > gate->login_us;
        gate->counts.gave_way += is_late;
        if (is_late || now_us - link->heard_us > gate->idle_us)
            link->is_closing = true;
        if (link->is_closing)
            close_link(gate, link);
    }
}

static void *run(void *argument)
{
    lb_jt809_gate *gate = argument;
    struct pollfd polls[3 + LINKS];
    size_t slots[3 + LINKS];
    for (;;) {
        size_t number = fill_polls(gate, polls, slots);
        if (poll(polls, (nfds_t)number, TURN_MS) < 0 && errno != EINTR)
            break;
        if (polls[0].revents != 0)
            break;
        int64_t now_us = lb_clock_monotonic_us();
        if (polls[1].revents != 0)
            take_link(gate, now_us);
        serve_links(gate, polls, slots, number, now_us);
        lb_submitter_flush(gate->submitter, now_us);
        lb_submitter_take(gate->submitter, take_receipt, gate);
        lb_submitter_expire(gate->submitter, now_us - RECEIPT_S * SECOND_US, take_receipt, gate);
    }
    return NULL;
}

/* -- open and close ---------------------------------------------------------------------------- */

static lb_err bind_listener(lb_jt809_gate *gate, uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    socklen_t len = sizeof address;
    int yes = 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    gate->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (gate->listener < 0 ||
        setsockopt(gate->listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        bind(gate->listener, (const void *)&address, sizeof address) != 0 ||
        listen(gate->listener, BACKLOG) != 0 ||
        getsockname(gate->listener, (void *)&address, &len) != 0) {
        lb_log(LB_LOG_GAT_FAIL, "gate=jt809 port=%u errno=%d", (unsigned)port, errno);
        return LB_ERR_IO;
    }
    gate->port = ntohs(address.sin_port);
    return LB_OK;
}

static lb_err open_submitter(lb_jt809_gate *gate, void *zmq, const char *intake)
{
    const lb_submitter_options options = {.zmq = zmq,
                                          .endpoint = intake,
                                          .gate = "jt809",
                                          .tag_bytes = sizeof(jt809_tag),
                                          .message_bytes = LB_809_FRAME_MAX};

    return lb_submitter_open(&gate->submitter, &options);
}

lb_err lb_jt809_gate_open(lb_jt809_gate **out, void *zmq, const lb_jt809_options *options)
{
    lb_jt809_gate *gate = calloc(1, sizeof *gate);
    if (gate == NULL)
        return LB_ERR_NO_MEMORY;
    gate->listener = -1;
    gate->idle_us = options->idle_us != 0 ? options->idle_us : IDLE_S * SECOND_US;
    gate->login_us = options->login_us != 0 ? options->login_us : LOGIN_S * SECOND_US;
    gate->adapter = lb_adapter_find(LB_SPAN("road.jt809"));
    for (size_t i = 0; i < LINKS; i++)
        gate->at[i].fd = -1;
    gate->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    lb_err err =
        gate->stop < 0 || gate->adapter == NULL ? LB_ERR_IO : bind_listener(gate, options->port);
    if (err == LB_OK)
        err = open_submitter(gate, zmq, options->intake);
    if (err == LB_OK)
        err = lb_thread_start(&gate->thread, LB_THREAD_jt809, run, gate);
    if (err == LB_OK)
        *out = gate;
    else
        lb_jt809_gate_close(&gate);
    return err;
}

uint16_t lb_jt809_gate_port(const lb_jt809_gate *gate)
{
    return gate->port;
}

void lb_jt809_gate_counts(const lb_jt809_gate *gate, lb_jt809_counts *counts)
{
#define X(name) counts->name = gate->counts.name;
    LB_JT809_COUNTS(X)
#undef X
}

void lb_jt809_gate_close(lb_jt809_gate **out)
{
    lb_jt809_gate *gate = *out;
    if (gate == NULL)
        return;
    if (gate->thread.is_running)
        eventfd_write(gate->stop, 1);
    lb_thread_join(&gate->thread);
    for (size_t i = 0; i < LINKS; i++)
        close_link(gate, &gate->at[i]);
    lb_submitter_close(&gate->submitter);
    if (gate->listener >= 0)
        close(gate->listener);
    if (gate->stop >= 0)
        close(gate->stop);
    free(gate);
    *out = NULL;
}

/* -- operations of the gate -------------------------------------------------------------------- */

static lb_err open_gate(void **out, const lb_gate_site *site)
{
    const lb_jt809_options options = {.intake = site->intake, .port = site->port};
    lb_jt809_gate *gate = NULL;
    lb_err err = lb_jt809_gate_open(&gate, site->zmq, &options);

    *out = gate;
    return err;
}

static void close_gate(void **out)
{
    lb_jt809_gate *gate = *out;

    lb_jt809_gate_close(&gate);
    *out = NULL;
}

static void tell_endpoint(const void *gate, char text[LB_GATE_ENDPOINT_ROOM])
{
    snprintf(text, LB_GATE_ENDPOINT_ROOM, "tcp://127.0.0.1:%u", (unsigned)lb_jt809_gate_port(gate));
}

static void count(const void *gate, lb_arena *arena, lb_counter_set *set)
{
    lb_jt809_counts counts;

    lb_jt809_gate_counts(gate, &counts);
#define X(name) lb_counter_add(arena, set, #name, counts.name);
    LB_JT809_COUNTS(X)
#undef X
}

const lb_gate_kind lb_gate_jt809 = {
    .name = "jt809",
    .open = open_gate,
    .close = close_gate,
    .endpoint = tell_endpoint,
    .count = count,
};
