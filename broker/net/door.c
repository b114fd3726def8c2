/* door.c - a public endpoint of the hub: its connections and their limits. */
#include "net/door.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "net/door_crowd.h"

enum {
    HEAR_EVENTS = ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED |
                  ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH,
    /* For the ZMTP handshake, including the key where one is required. */
    HANDSHAKE_MS = 30000,
    UNANSWERED_MS = 60000, /* then TCP gives up a peer that acknowledges nothing */
    KEEPALIVE_IDLE_S = 60,
    KEEPALIVE_S = 10,
    KEEPALIVE_TIMES = 6,
};
#define LOOK_US     INT64_C(10000) /* between two checks which peers read */
#define SLACK_BYTES INT64_C(65536) /* handshakes and frame headers */
#define BEAT_BYTES  INT64_C(256)   /* per second, of heartbeats: they are part of no request */
#define GREET_BYTES INT64_C(832) /* the longest handshake: CURVE, with a routing id of 255 bytes */
#define UNHEARD_US  INT64_C(2000000) /* bytes arrive, but no request, for so long */
#define WARNED_US   INT64_C(100000)  /* until the error reply has arrived */
#define DEAF_US     INT64_C(100000)  /* for so long the peer reads nothing */
#define PATIENCE_US INT64_C(300000)  /* waited for a slow subscriber, per event */

/* Queue limits per peer, in requests, beside one that is being read from the wire. A request to the intake may be as
 * long as many messages, a batch of replay has 4 MiB: so few of them. With a limit of 1, libzmq 4.3.4 stops taking
 * requests under CURVE. */
static const struct {
    const char *name;
    int type, in, out;
} doors[LB_DOORS] = {
    [LB_DOOR_INTAKE] = {"intake", ZMQ_ROUTER, 2, 1000},
    [LB_DOOR_QUERY] = {"query", ZMQ_ROUTER, 100, 1000},
    [LB_DOOR_REPLAY] = {"replay", ZMQ_ROUTER, 8, 8},
    [LB_DOOR_LIVE] = {"live", ZMQ_XPUB, 1000, 20000},
    [LB_DOOR_CURVE_LIVE] = {"live", ZMQ_XPUB, 1000, 20000},
};

/* Indexed by its descriptor. */
typedef struct connection {
    bool is_there;
    bool has_spoken;        /* a request of it has ended, ever */
    int64_t warned_us;      /* since when its key has been invalid; 0: valid */
    bool has_ended_request; /* since the last check */
    uint64_t cookie;        /* SO_COOKIE: unique, while descriptors are reused */
    int64_t deaf_since_us;  /* 0: it reads, as far as is known */
    int64_t ended_at;       /* bytes received when a request was last seen to end */
    int64_t came_us;
    int64_t grew_at, grew_us; /* bytes received when they last grew, and when */
    int64_t refusals;         /* requests refused in a row */
} connection;

struct lb_door {
    void *socket, *monitor;
    lb_door_name name;
    lb_door_tally *tally;
    int64_t max_request;
    rlim_t file_most;  /* connections with this descriptor or above are closed */
    int64_t looked_us; /* last check which peers read; 0: all do */
    int64_t ends_us;   /* last check for endless requests */
    connection *at;
    size_t count, room;
    lb_door_crowd crowd;
};

/* -- the counters ------------------------------------------------------------------------------------ */

static void count_door(const lb_door_tally *one, lb_arena *arena, lb_counter_set *set)
{
    lb_counter_add(arena, set, "connected", atomic_load(&one->came) - atomic_load(&one->ended));
#define X(name) lb_counter_add(arena, set, #name, atomic_load(&one->name));
    LB_DOOR_COUNTS(X)
#undef X
    lb_counter_add(arena, set, "waiting", atomic_load(&one->waiting));
}

void lb_door_book_count(const lb_door_book *book, lb_arena *arena, lb_counter_set_list *sets)
{
    for (int i = 0; i < LB_DOORS; i++) {
        const char *name = i == LB_DOOR_CURVE_LIVE ? "curve-live" : doors[i].name;
        lb_counter_set *set = lb_counter_set_add(arena, sets, "door", name);
        if (set != NULL)
            count_door(&book->at[i], arena, set);
    }
}

/* -- connections -------------------------------------------------------------------------------------- */

static connection *find_connection(const lb_door *door, int file)
{
    return file >= 0 && (size_t)file < door->room && door->at[file].is_there ? &door->at[file]
                                                                             : NULL;
}

uint64_t lb_door_cookie(int file)
{
    uint64_t cookie = 0;
    socklen_t len = sizeof cookie;

    return getsockopt(file, SOL_SOCKET, SO_COOKIE, &cookie, &len) == 0 ? cookie : 0;
}

/* Bytes that libzmq has received on this connection; -1: the kernel does not count them (ipc). */
static int64_t bytes_taken(int file)
{
    struct tcp_info facts = {.tcpi_bytes_received = 0};
    socklen_t len = sizeof facts;
    int unread = 0;

    return getsockopt(file, IPPROTO_TCP, TCP_INFO, &facts, &len) == 0 &&
                   ioctl(file, FIONREAD, &unread) == 0
               ? (int64_t)facts.tcpi_bytes_received - unread
               : -1;
}

static bool need_place(lb_door *door, int file)
{
    size_t room = door->room == 0 ? 64 : door->room;

    while (room <= (size_t)file)
        room *= 2;
    if (room == door->room)
        return true;
    connection *wider = realloc(door->at, room * sizeof *wider);
    if (wider == NULL)
        return false;
    memset(wider + door->room, 0, (room - door->room) * sizeof *wider);
    door->at = wider;
    door->room = room;
    return true;
}

/* -- disconnecting ------------------------------------------------------------------------------------ */

/* Closes a connection and counts it, once. */
static void hang_up(const lb_door *door, int file, atomic_llong *count, const char *why)
{
    connection *one = &door->at[file];

    if (one->cookie == 0 || one->cookie != lb_door_cookie(file))
        return;
    one->is_there = false;
    shutdown(file, SHUT_RDWR);
    atomic_fetch_add(count, 1);
    lb_log(LB_LOG_MOV_PEER_BAD, "door=%s why=\"%s: disconnected\"", doors[door->name].name, why);
}

/* -- connections that come and end --------------------------------------------------------------------- */

static void keep_crowd_down(lb_door *door, int file)
{
    if (file == LB_CROWD_NONE || find_connection(door, file) == NULL)
        return;
    lb_door_crowd_ended(&door->crowd, file); /* before libzmq reports its end */
    hang_up(door, file, &door->tally->crowded, "too many connections of one address or party");
}

/* Bytes that arrived before the connection is known are ignored: their request may have been taken already. A
 * connection that cannot be registered for lack of memory is counted, but cannot be closed. */
static void note_came(lb_door *door, int file)
{
    atomic_fetch_add(&door->tally->came, 1);
    door->count++;
    if (file >= 0 && need_place(door, file))
        door->at[file] = (connection){.is_there = true,
                                      .cookie = lb_door_cookie(file),
                                      .ended_at = bytes_taken(file),
                                      .came_us = lb_clock_monotonic_us()};
    keep_crowd_down(door, lb_door_crowd_came(&door->crowd, file, lb_door_address_of(file)));
}

static void note_ended(lb_door *door, int file)
{
    connection *one = find_connection(door, file);

    atomic_fetch_add(&door->tally->ended, 1);
    door->count -= door->count > 0;
    if (one != NULL)
        one->is_there = false;
    lb_door_crowd_ended(&door->crowd, file);
}

/* A monitor event is two frames: 16 bits event, 32 bits descriptor; then the endpoint (zmq_socket_monitor). */
static bool take_event(lb_door *door, uint16_t *what, int32_t *file)
{
    unsigned char head[sizeof *what + sizeof *file];
    char endpoint[1];

    if (zmq_recv(door->monitor, head, sizeof head, ZMQ_DONTWAIT) != (int)sizeof head)
        return false;
    memcpy(what, head, sizeof *what);
    memcpy(file, head + sizeof *what, sizeof *file);
    zmq_recv(door->monitor, endpoint, sizeof endpoint, 0);
    return true;
}

/* -- descriptors -------------------------------------------------------------------------------------- */

/* libzmq 4.3.4 aborts when accept finds no free descriptor for an ipc peer. So peers from outside never get the upper
 * half of the descriptors that are free at the start; numbers are assigned from the lowest. */
static rlim_t file_most(void)
{
    enum { OWN = 128 }; /* opened by the hub itself */
    struct rlimit files;

    return getrlimit(RLIMIT_NOFILE, &files) == 0 ? (files.rlim_cur + OWN) / 2 : RLIM_INFINITY;
}

static bool is_ipc(int file)
{
    struct sockaddr_storage name = {.ss_family = AF_UNSPEC};
    socklen_t len = sizeof name;

    return getsockname(file, (struct sockaddr *)&name, &len) == 0 && name.ss_family == AF_UNIX;
}

static void keep_files_free(const lb_door *door, int file)
{
    if (file >= 0 && (rlim_t)file >= door->file_most && (size_t)file < door->room && !is_ipc(file))
        hang_up(door, file, &door->tally->turned_away, "too few descriptors, raise LimitNOFILE");
}

static void hear_monitor(lb_door *door)
{
    uint16_t what;
    int32_t file;

    while (take_event(door, &what, &file)) {
        if (what == ZMQ_EVENT_ACCEPTED) {
            note_came(door, file);
            keep_files_free(door, file);
        } else if (what == ZMQ_EVENT_DISCONNECTED)
            note_ended(door, file);
        else
            atomic_fetch_add(&door->tally->turned_away, 1);
    }
}

/* -- requests that do not end ------------------------------------------------------------------------- */

/* Of two connections with one routing id a ROUTER serves the first; what the second sends is read and thrown away
 * without an error. It shows as bytes beyond a handshake without any request. A first request that is long and still
 * arriving keeps growing meanwhile. */
static void look_if_unheard(const lb_door *door, int file, int64_t taken, int64_t now_us)
{
    connection *one = &door->at[file];
    const int64_t beats = (now_us - one->came_us) / 1000 * BEAT_BYTES / 1000;

    if (one->has_spoken || taken <= GREET_BYTES + beats)
        return;
    if (one->grew_us == 0 || taken > one->grew_at + SLACK_BYTES / 64) {
        one->grew_at = taken;
        one->grew_us = now_us;
    } else if (now_us - one->grew_us > UNHEARD_US) {
        hang_up(door, file, &door->tally->unheard, "its routing id is used by another connection");
    }
}

/* libzmq limits each frame of a request but not the number of frames, and keeps all of them until the last: a peer that
 * sends more than its queue can hold without ending a request is disconnected. */
static void look_for_endless(lb_door *door)
{
    const int64_t most = (doors[door->name].in + 2) * door->max_request + SLACK_BYTES;
    const int64_t now_us = lb_clock_monotonic_us(), since_us = now_us - door->ends_us;

    if (since_us < LB_DOOR_LOOK_MS * INT64_C(1000))
        return;
    door->ends_us = now_us;
    for (size_t file = 0; file < door->room; file++) {
        connection *one = &door->at[file];
        int64_t taken = one->is_there ? bytes_taken((int)file) : -1;
        one->ended_at += since_us * BEAT_BYTES / 1000000;
        if (one->has_ended_request || one->ended_at > taken)
            one->ended_at = taken;
        else if (taken - one->ended_at > most)
            hang_up(door, (int)file, &door->tally->endless, "a request with too many frames");
        one->has_ended_request = false;
        if (taken >= 0 && one->is_there && doors[door->name].type == ZMQ_ROUTER)
            look_if_unheard(door, (int)file, taken, now_us);
    }
}

void lb_door_look(lb_door *door)
{
    int events;
    size_t len = sizeof events;

    if (door == NULL)
        return;
    /* Makes libzmq free what was queued for peers that have left. */
    zmq_getsockopt(door->socket, ZMQ_EVENTS, &events, &len);
    hear_monitor(door);
    look_for_endless(door);
}

/* -- open and close ----------------------------------------------------------------------------------- */

static void set(void *socket, int option, int value)
{
    zmq_setsockopt(socket, option, &value, sizeof value);
}

static void set_up(const lb_door *door)
{
    zmq_setsockopt(door->socket, ZMQ_MAXMSGSIZE, &door->max_request, sizeof door->max_request);
    set(door->socket, ZMQ_RCVHWM, doors[door->name].in);
    set(door->socket, ZMQ_SNDHWM, doors[door->name].out);
    if (doors[door->name].type == ZMQ_ROUTER) {
        set(door->socket, ZMQ_ROUTER_MANDATORY, 1);
    } else {
        set(door->socket, ZMQ_XPUB_NODROP, 1);
        /* Reports each subscription, not only the first to a topic. */
        set(door->socket, ZMQ_XPUB_VERBOSER, 1);
    }
    set(door->socket, ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS);
    set(door->socket, ZMQ_TCP_MAXRT, UNANSWERED_MS);
    set(door->socket, ZMQ_TCP_KEEPALIVE, 1);
    set(door->socket, ZMQ_TCP_KEEPALIVE_IDLE, KEEPALIVE_IDLE_S);
    set(door->socket, ZMQ_TCP_KEEPALIVE_INTVL, KEEPALIVE_S);
    set(door->socket, ZMQ_TCP_KEEPALIVE_CNT, KEEPALIVE_TIMES);
}

/* The monitor's queue is unlimited: with a limit libzmq's I/O thread would block. It is emptied at every check. */
static lb_err open_monitor(lb_door *door, void *zmq)
{
    char endpoint[LB_ENDPOINT_ROOM];

    snprintf(endpoint, sizeof endpoint, "inproc://door-%d", (int)door->name);
    door->monitor = lb_socket_open(zmq, ZMQ_PAIR);
    if (door->monitor == NULL)
        return LB_ERR_NO_MEMORY;
    set(door->monitor, ZMQ_RCVHWM, 0);
    return zmq_socket_monitor(door->socket, endpoint, HEAR_EVENTS) == 0 &&
                   zmq_connect(door->monitor, endpoint) == 0
               ? LB_OK
               : lb_socket_failed(endpoint);
}

lb_err lb_door_open(lb_door **out, const lb_listen *listen, lb_door_name name, int64_t max_request)
{
    lb_door *door = calloc(1, sizeof *door);
    if (door == NULL)
        return LB_ERR_NO_MEMORY;
    door->name = name;
    door->max_request = max_request;
    door->ends_us = lb_clock_monotonic_us();
    door->file_most = file_most();
    door->tally = &listen->book->at[name];
    door->crowd = (lb_door_crowd){.address_most = listen->address_connections,
                                  .party_most = listen->party_connections};
    door->socket = lb_socket_open(listen->zmq, doors[name].type);
    if (door->socket != NULL)
        set_up(door);
    lb_err err = door->socket == NULL ? LB_ERR_IO : open_monitor(door, listen->zmq);
    if (err != LB_OK)
        lb_door_close(&door);
    else
        *out = door;
    return err;
}

static lb_err bind_one(const lb_door *door, const lb_listen *listen, const char *label,
                       const char *endpoint)
{
    char bound[LB_ENDPOINT_ROOM];
    size_t len = sizeof bound;

    if (zmq_bind(door->socket, endpoint) != 0 ||
        zmq_getsockopt(door->socket, ZMQ_LAST_ENDPOINT, bound, &len) != 0)
        return lb_socket_failed(endpoint);
    lb_endpoints_add(listen->endpoints, label, bound);
    return LB_OK;
}

lb_err lb_door_bind_plain(lb_door *door, const lb_listen *listen, int64_t port)
{
    const char *name = doors[door->name].name;
    char endpoint[LB_ENDPOINT_ROOM];

    snprintf(endpoint, sizeof endpoint, "ipc://%s/%s.sock", listen->folder, name);
    lb_err err = bind_one(door, listen, name, endpoint);
    if (err != LB_OK || !listen->tcp || port == LB_PORT_OFF)
        return err;
    snprintf(endpoint, sizeof endpoint, "tcp://%s:%lld", listen->plain_address, (long long)port);
    return bind_one(door, listen, name, endpoint);
}

/* Endpoints bound before stay without CURVE. With a domain set, libzmq asks the access thread (ZAP, RFC 27), and
 * refuses every handshake while that does not answer. */
lb_err lb_door_bind_curve(lb_door *door, const lb_listen *listen, int64_t port)
{
    static const char domain[] = "landbridge";
    char endpoint[LB_ENDPOINT_ROOM], label[32];

    if (!listen->tcp || port == LB_PORT_OFF)
        return LB_OK;
    snprintf(endpoint, sizeof endpoint, "tcp://%s:%lld", listen->curve_address, (long long)port);
    snprintf(label, sizeof label, "curve-%s", doors[door->name].name);
    set(door->socket, ZMQ_CURVE_SERVER, 1);
    if (zmq_setsockopt(door->socket, ZMQ_ZAP_DOMAIN, domain, sizeof domain - 1) != 0 ||
        zmq_setsockopt(door->socket, ZMQ_CURVE_SECRETKEY, listen->curve_secret,
                       strlen(listen->curve_secret) + 1) != 0)
        return lb_socket_failed(endpoint);
    return bind_one(door, listen, label, endpoint);
}

lb_err lb_door_listen(lb_door **out, const lb_listen *listen, lb_door_name name, lb_ports ports,
                      int64_t max_request)
{
    lb_err err = lb_door_open(out, listen, name, max_request);

    if (err == LB_OK)
        err = lb_door_bind_plain(*out, listen, ports.plain);
    if (err == LB_OK)
        err = lb_door_bind_curve(*out, listen, ports.curve);
    if (err != LB_OK)
        lb_door_close(out);
    return err;
}

/* The monitor is closed first, so its name is free at once. Connections that are left are closed now. */
void lb_door_close(lb_door **out)
{
    lb_door *door = *out;

    if (door == NULL)
        return;
    if (door->socket != NULL && door->monitor != NULL) {
        zmq_socket_monitor(door->socket, NULL, 0);
        lb_door_look(door);
    }
    atomic_fetch_add(&door->tally->ended, (long long)door->count);
    lb_socket_close(&door->monitor);
    lb_socket_close(&door->socket);
    lb_door_crowd_fini(&door->crowd);
    free(door->at);
    free(door);
    *out = NULL;
}

void *lb_door_socket(const lb_door *door)
{
    return door == NULL ? NULL : door->socket;
}

/* -- requests in -------------------------------------------------------------------------------------- */

static void note_request(lb_door *door, int file, lb_span user)
{
    if (file >= 0 && find_connection(door, file) == NULL)
        hear_monitor(door); /* its connect event may still be in the queue */
    connection *one = find_connection(door, file);

    if (one == NULL)
        return;
    one->has_ended_request = one->has_spoken = true;
    keep_crowd_down(door, lb_door_crowd_spoke(&door->crowd, file, user));
}

static lb_err note_taken(lb_door *door, const lb_request *request, lb_err err)
{
    if (err == LB_ERR_NOT_FOUND || err == LB_ERR_CLOSED)
        return err;
    note_request(door, request->file, request->user);
    if (err != LB_OK)
        lb_door_refuse_request(door, request);
    return err;
}

lb_err lb_door_take(lb_door *door, lb_arena *arena, lb_request *request)
{
    return note_taken(door, request, lb_socket_take(door->socket, arena, request));
}

lb_err lb_door_take_held(lb_door *door, lb_arena *arena, lb_request *request, zmq_msg_t *body)
{
    return note_taken(door, request, lb_socket_take_held(door->socket, arena, request, body));
}

bool lb_door_hear(lb_door *door, zmq_msg_t *frame)
{
    if (zmq_msg_recv(frame, door->socket, ZMQ_DONTWAIT) < 0)
        return false;
    note_request(door, zmq_msg_get(frame, ZMQ_SRCFD), lb_socket_user(frame));
    return true;
}

void lb_door_refuse(const lb_door *door)
{
    atomic_fetch_add(&door->tally->refused, 1);
}

bool lb_door_expel(lb_door *door, int file)
{
    connection *one = find_connection(door, file);
    int64_t now_us = lb_clock_monotonic_us();

    if (one == NULL || one->warned_us == 0) {
        if (one != NULL)
            one->warned_us = now_us;
        return false;
    }
    if (now_us - one->warned_us > WARNED_US)
        hang_up(door, file, &door->tally->expelled, "its key is no longer valid");
    return true;
}

void lb_door_refuse_request(lb_door *door, const lb_request *request)
{
    connection *one = find_connection(door, request->file);

    lb_door_refuse(door);
    if (one != NULL && ++one->refusals >= LB_DOOR_REFUSALS)
        hang_up(door, request->file, &door->tally->hung_up, "too many refused requests in a row");
}

void lb_door_accept_request(lb_door *door, const lb_request *request)
{
    connection *one = find_connection(door, request->file);

    if (one != NULL)
        one->refusals = 0;
}

/* -- bytes on their way out --------------------------------------------------------------------------- */

/* A body until ZeroMQ has sent it to every peer. */
typedef struct weighed {
    lb_door_tally *tally;
    size_t len;
    char bytes[];
} weighed;

static void weigh_off(void *bytes, void *hint)
{
    weighed *one = hint;

    (void)bytes;
    atomic_fetch_sub(&one->tally->waiting, (long long)one->len);
    free(one);
}

/* Makes the last frame of a message, counted in `waiting` until it is sent; false: no memory. */
static bool weigh(lb_door *door, lb_span body, zmq_msg_t *frame)
{
    weighed *one = malloc(sizeof *one + body.len);

    if (one == NULL)
        return false;
    one->tally = door->tally;
    one->len = body.len;
    memcpy(one->bytes, body.at, body.len);
    if (zmq_msg_init_data(frame, one->bytes, body.len, weigh_off, one) != 0) {
        free(one);
        return false;
    }
    atomic_fetch_add(&door->tally->waiting, (long long)body.len);
    return true;
}

/* -- peers that do not read ----------------------------------------------------------------------------- */

static bool is_writable(int file)
{
    struct pollfd one = {.fd = file, .events = POLLOUT};

    return poll(&one, 1, 0) > 0;
}

/* Requests or events are queued for some peer. Either ZeroMQ's I/O thread is behind, or the kernel takes no more for
 * it: a connection found in the second state for DEAF_US is closed, and its queue is dropped. */
static void look_for_deaf(lb_door *door)
{
    int64_t now_us = lb_clock_monotonic_us();

    if (now_us - door->looked_us < LOOK_US)
        return;
    door->looked_us = now_us;
    lb_door_look(door);
    for (size_t file = 0; file < door->room; file++) {
        connection *one = &door->at[file];
        if (!one->is_there || is_writable((int)file))
            one->deaf_since_us = 0;
        else if (one->deaf_since_us == 0)
            one->deaf_since_us = now_us;
        else if (now_us - one->deaf_since_us > DEAF_US)
            hang_up(door, (int)file, &door->tally->hung_up, "does not read");
    }
}

static int64_t waiting(const lb_door *door)
{
    return atomic_load(&door->tally->waiting);
}

/* May one more message be queued? */
static bool has_room(lb_door *door)
{
    if (waiting(door) > LB_DOOR_BYTES)
        look_for_deaf(door);
    return waiting(door) <= 2 * LB_DOOR_BYTES;
}

/* A message was queued: the checks start anew unless too much waits. */
static void end_looks(lb_door *door)
{
    if (door->looked_us == 0 || waiting(door) > LB_DOOR_BYTES)
        return;
    for (size_t file = 0; file < door->room; file++)
        door->at[file].deaf_since_us = 0;
    door->looked_us = 0;
}

/* -- answers ------------------------------------------------------------------------------------------ */

void lb_door_miss(const lb_door *door)
{
    if (door != NULL)
        atomic_fetch_add(&door->tally->untaken, 1);
}

void lb_door_answer(lb_door *door, lb_span to, bool is_req, lb_span body)
{
    zmq_msg_t frame;

    if (!has_room(door) || !weigh(door, body, &frame)) {
        lb_door_miss(door);
        return;
    }
    if (zmq_send(door->socket, to.at, to.len, ZMQ_SNDMORE | ZMQ_DONTWAIT) >= 0 &&
        (!is_req || zmq_send(door->socket, "", 0, ZMQ_SNDMORE | ZMQ_DONTWAIT) >= 0) &&
        zmq_msg_send(&frame, door->socket, ZMQ_DONTWAIT) >= 0) {
        end_looks(door);
        return;
    }
    zmq_msg_close(&frame);
    lb_door_miss(door);
}

/* -- events ------------------------------------------------------------------------------------------- */

static bool send_topic(lb_door *door, lb_span topic)
{
    return zmq_send(door->socket, topic.at, topic.len, ZMQ_SNDMORE | ZMQ_DONTWAIT) >= 0;
}

/* Begins an event when the queue of every subscriber has space; BUSY: some queue is full. */
static lb_err begin_event(lb_door *door, lb_span topic)
{
    int64_t until_us = 0;

    for (;;) {
        bool is_there_room = has_room(door);
        if (is_there_room && send_topic(door, topic)) {
            end_looks(door);
            return LB_OK;
        }
        if (is_there_room && errno != EAGAIN)
            return LB_ERR_CLOSED;
        int64_t now_us = lb_clock_monotonic_us();
        until_us = until_us == 0 ? now_us + PATIENCE_US : until_us;
        if (now_us > until_us)
            return is_there_room ? LB_ERR_BUSY : LB_ERR_FULL;
        look_for_deaf(door);
        poll(NULL, 0, 1);
        lb_door_look(door);
    }
}

/* For the subscribers whose queue has space; the others miss the event. */
static lb_err begin_event_for_some(lb_door *door, lb_span topic)
{
    set(door->socket, ZMQ_XPUB_NODROP, 0);
    bool is_begun = send_topic(door, topic);
    set(door->socket, ZMQ_XPUB_NODROP, 1);
    return is_begun ? LB_OK : LB_ERR_CLOSED;
}

void lb_door_publish(lb_door *door, lb_span topic, lb_span body)
{
    zmq_msg_t frame;

    if (!weigh(door, body, &frame)) {
        lb_door_miss(door);
        return;
    }
    lb_err err = begin_event(door, topic);
    if (err == LB_ERR_BUSY || err == LB_ERR_FULL)
        lb_door_miss(door);
    if (err == LB_ERR_BUSY)
        err = begin_event_for_some(door, topic);
    if (err != LB_OK || zmq_msg_send(&frame, door->socket, ZMQ_DONTWAIT) < 0)
        zmq_msg_close(&frame);
}
