/* hub_load.c - misbehaving peers beside a well-behaved carrier, client and subscriber; see tests/README.md.
 *
 *     alone ──> one scenario after the other, each beside the three ──> did they wait much longer, did the hub grow, was
 *     anything dropped uncounted? */
#include <arpa/inet.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <zmq.h>

#include "landbridge/client/client.h"
#include "counters.h"
#include "live.h"
#include "probe.h"
#include "record.h"
#include "scratch.h"
#include "zmtp.h"

enum {
    PRODUCERS = 1000,
    STALLED = 500,
    MUTE = 500,
    QUESTIONS = 10000,
    ASKERS = 100,
    FILES = 2000,
    FILES_MAX = 16384,
    BIG_BYTES = 64 * 1024 * 1024,
    HUGE_BYTES = 128 * 1024 * 1024,
    BIG_EACH = 4,
    HEAVY_BYTES = 15 * 1024 * 1024,
    HEAVY_PEERS = 4,
    SHORT_REMARK = 200,
    LONG_REMARK = 60000,
    TEXT_ROOM = LONG_REMARK + 1024,
    SLOW_EVENTS = 40000,
    SLOW_ROUNDS = 10,
    WAIT_MS = 60000,
};

typedef struct load {
    bool is_quick;
    int64_t bound_mib;
    double rise, floor_ms; /* p99 may rise to so many times, or to so many milliseconds */
    const char *program, *only;
    lb_scratch folder;
    char data[SCRATCH_PATH_ROOM];
    int plain, gate; /* ports */
    pid_t hub;
    probe *probe;
    probe_figures alone;
    void *zmq;
    lb_arena arena;
    int broken;
} load;

static void breaks(load *l, const char *scenario, const char *what)
{
    printf("BROKEN  %s: %s\n", scenario, what);
    l->broken++;
}

/* -- the hub ------------------------------------------------------------------------------------------------ */

static void start(load *l)
{
    FILE *file = fopen(scratch_path(&l->folder, "hub.conf"), "w");

    l->plain = live_free_ports(5);
    l->gate = l->plain + 4;
    if (file == NULL)
        abort();
    fprintf(file,
            "[listen]\nintake = %d\nquery = %d\nlive = %d\nreplay = %d\njt808 = %d\ncurve_intake = "
            "off\n"
            "curve_query = off\ncurve_live = off\ncurve_replay = off\n",
            l->plain, l->plain + 1, l->plain + 2, l->plain + 3, l->gate);
    fclose(file);
    l->hub = live_start(l->program, l->data, scratch_path(&l->folder, "hub.conf"),
                        scratch_path(&l->folder, "log"), NULL);
}

static void *dealer(load *l, int type, int room)
{
    char at[64];
    int linger = 0, patience = WAIT_MS, many = 100000;
    void *socket = zmq_socket(l->zmq, type);

    if (socket == NULL)
        return NULL;
    zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof linger);
    zmq_setsockopt(socket, ZMQ_RCVTIMEO, &patience, sizeof patience);
    zmq_setsockopt(socket, ZMQ_SNDHWM, &many, sizeof many);
    snprintf(at, sizeof at, "tcp://127.0.0.1:%d", l->plain + room);
    zmq_connect(socket, at);
    return socket;
}

static void send_record(load *l, void *socket, const lb_record *record, const void *value)
{
    lb_span bytes;

    lb_arena_reset(&l->arena);
    if (lb_record_pack(record, value, &l->arena, &bytes) == LB_OK)
        zmq_send(socket, bytes.at, bytes.len, 0);
}

static void send_message(load *l, void *socket, const char *source, lb_span body)
{
    lb_message message = {.body = body};
    lb_submit submit;

    lb_record_init(&lb_record_submit, &submit);
    submit.source = lb_span_of(source);
    submit.messages = (lb_message_list){&message, 1, 1};
    send_record(l, socket, &lb_record_submit, &submit);
}

static void send_report(load *l, void *socket, const char *source, int64_t number, int64_t at_us)
{
    char text[TEXT_ROOM];
    int len = snprintf(
        text, sizeof text,
        "{\"magic\":\"landbridge.report\",\"events\":[{\"type\":\"GTOT\",\"classifier\":\"ACTUAL\","
        "\"occurred\":{\"utc_us\":%lld},\"objects\":[{\"kind\":\"CONTAINER\",\"id\":\"L%lld\"}]}]}",
        (long long)at_us, (long long)number);
    send_message(l, socket, source, (lb_span){text, (size_t)len});
}

/* The result of the first receipt; UNSPECIFIED when none came. */
static lb_result take_receipt(load *l, void *socket)
{
    lb_receipts receipts;
    zmq_msg_t frame;
    lb_result result = LB_RESULT_UNSPECIFIED;

    zmq_msg_init(&frame);
    lb_arena_reset(&l->arena);
    if (zmq_msg_recv(&frame, socket, 0) >= 0 &&
        lb_record_unpack(&lb_record_receipts, (lb_span){zmq_msg_data(&frame), zmq_msg_size(&frame)},
                         &l->arena, &receipts) == LB_OK &&
        receipts.receipts.count > 0)
        result = receipts.receipts.at[0].result;
    zmq_msg_close(&frame);
    return result;
}

/* -- the hub's counters ------------------------------------------------------------------------ */

/* The door's counter of that name; -1: not reported. */
static int64_t counted_by(const load *l, const char *kind, const char *name, const char *word)
{
    lb_client *client;
    lb_query query;
    const lb_answer *answer = NULL;
    int64_t number = LB_UNKNOWN;

    if (lb_client_open(&client, l->data) != LB_OK)
        return -1;
    lb_query_init(&query, LB_ASK_FEEDS);
    if (lb_client_ask(client, &query, WAIT_MS, &answer) == LB_OK)
        number = counted_in(answer, kind, name, word);
    lb_client_close(&client);
    return number == LB_UNKNOWN ? -1 : number;
}

static int64_t counted(const load *l, const char *door, const char *word)
{
    return counted_by(l, "door", door, word);
}

static bool rises(const load *l, const char *door, const char *word, int64_t above)
{
    for (int64_t until_ms = live_now_ms() + WAIT_MS; live_now_ms() < until_ms;) {
        if (counted(l, door, word) > above)
            return true;
        poll(NULL, 0, 50);
    }
    return false;
}

/* The present feed of a source; false: there is none. Its texts are not kept. */
static bool look_at_feed(const load *l, const char *source, lb_feed *found)
{
    lb_client *client;
    lb_query query;
    const lb_answer *answer = NULL;
    bool is_there = false;

    if (lb_client_open(&client, l->data) != LB_OK)
        return false;
    lb_query_init(&query, LB_ASK_FEEDS);
    if (lb_client_ask(client, &query, WAIT_MS, &answer) == LB_OK)
        for (size_t i = 0; i < answer->feeds.feeds.count && !is_there; i++)
            if ((is_there = lb_span_is(answer->feeds.feeds.at[i].source, source)))
                *found = answer->feeds.feeds.at[i];
    lb_client_close(&client);
    return is_there;
}

static int dial(const load *l, int port)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)l;
    if (fd >= 0 && connect(fd, (struct sockaddr *)&at, sizeof at) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

static void rest(const load *l, int ms)
{
    poll(NULL, 0, l->is_quick ? ms / 4 : ms);
}

/* -- the scenarios: each prints what was offered and the result -------------------------------- */

static void thousand_producers(load *l, char *said, size_t room)
{
    static void *sockets[PRODUCERS];
    int64_t sent = 0, kept = 0;
    int rounds = l->is_quick ? 2 : 10;

    for (int i = 0; i < PRODUCERS; i++)
        sockets[i] = dealer(l, ZMQ_DEALER, 0);
    for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < PRODUCERS; i++, sent++)
            send_report(l, sockets[i], "herd", sent, INT64_C(1773273600000000) + sent);
        for (int i = 0; i < PRODUCERS; i++)
            kept += take_receipt(l, sockets[i]) == LB_RESULT_KEPT;
    }
    for (int i = 0; i < PRODUCERS; i++)
        zmq_close(sockets[i]);
    snprintf(said, room, "%d producers, %lld sent, %lld kept", PRODUCERS, (long long)sent,
             (long long)kept);
    if (kept != sent)
        breaks(l, "producers", "a message has no receipt");
}

static void stalled_terminals(load *l, char *said, size_t room)
{
    static const char half[] = "\x7e\x02\x00\x00\x1c\x01\x39\x12\x34\x56\x78\x00\x01";
    int fds[STALLED], open = 0;

    for (int i = 0; i < STALLED; i++) {
        fds[i] = dial(l, l->gate);
        open += fds[i] >= 0 && send(fds[i], half, sizeof half - 1, MSG_NOSIGNAL) > 0;
    }
    rest(l, 4000);
    for (int i = 0; i < STALLED; i++)
        close(fds[i]);
    snprintf(said, room, "%d terminals that stall in the middle of a frame", open);
    if (open != STALLED)
        breaks(l, "terminals", "not all could connect");
}

/* Pushes events while a subscriber does not read well. */
static int64_t push_much(load *l, int64_t messages, int remark_len)
{
    static char text[TEXT_ROOM];
    static int64_t number = 1000000;
    lb_client *client;
    uint64_t ticket;

    if (lb_client_open(&client, l->data) != LB_OK)
        return 0;
    lb_client_source(client, "crowd");
    for (int64_t i = 0; i < messages; i++) {
        int len = snprintf(text, sizeof text,
                           "{\"magic\":\"landbridge.report\",\"events\":[{\"type\":\"GTOT\","
                           "\"classifier\":\"ACTUAL\","
                           "\"occurred\":{\"utc_us\":%lld},\"remark\":\"%0*d\",\"objects\":[{"
                           "\"kind\":\"CONTAINER\",\"id\":\"M%lld\"}]}]}",
                           (long long)(INT64_C(1773273600000000) + number), remark_len, 0,
                           (long long)number);
        number++;
        lb_client_push(client, LB_EMPTY, LB_EMPTY, (lb_span){text, (size_t)len}, WAIT_MS, &ticket);
        if (i % 100 == 0)
            poll(NULL, 0, 5);
    }
    lb_err err = lb_client_flush(client, WAIT_MS);
    lb_client_close(&client);
    return err == LB_OK ? messages : 0;
}

/* Subscribes to everything. */
static void *subscriber(load *l)
{
    char at[64];
    int linger = 0, patience = WAIT_MS, few = 10;
    void *socket = zmq_socket(l->zmq, ZMQ_SUB);

    zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof linger);
    zmq_setsockopt(socket, ZMQ_RCVTIMEO, &patience, sizeof patience);
    zmq_setsockopt(socket, ZMQ_RCVHWM, &few, sizeof few);
    zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "e/", 2);
    snprintf(at, sizeof at, "tcp://127.0.0.1:%d", l->plain + 2);
    zmq_connect(socket, at);
    return socket;
}

/* The number of the next event; 0: none came. */
static int64_t next_event(load *l, void *socket)
{
    lb_event event = {.hub_seq = 0};
    zmq_msg_t frame;

    zmq_msg_init(&frame);
    lb_arena_reset(&l->arena);
    bool is_there = zmq_msg_recv(&frame, socket, 0) >= 0; /* the topic */
    if (is_there)
        is_there = zmq_msg_recv(&frame, socket, 0) >= 0;
    if (!is_there ||
        lb_record_unpack(&lb_record_event, (lb_span){zmq_msg_data(&frame), zmq_msg_size(&frame)},
                         &l->arena, &event) != LB_OK)
        event.hub_seq = 0;
    zmq_msg_close(&frame);
    return event.hub_seq;
}

/* Does not read during `events` events; then it does, and must see from the numbers that it
 * missed some. */
static void stall_subscriber(load *l, const char *name, int64_t events, int remark_len, char *said,
                             size_t room)
{
    int64_t before = counted(l, "live", "hung_up"), seen = 0, last = 0, next = 0;
    void *socket = subscriber(l);

    poll(NULL, 0, 500); /* its subscription is on its way */
    int64_t sent = push_much(l, events, remark_len);
    for (; seen <= events; seen++, last = next)
        if ((next = next_event(l, socket)) == 0 || (last != 0 && next != last + 1))
            break;
    int64_t hung_up = counted(l, "live", "hung_up") - before;
    zmq_close(socket);
    snprintf(said, room,
             "%lld events of %d bytes; disconnected %lld times, it saw %lld and then the gap",
             (long long)sent, remark_len, (long long)hung_up, (long long)seen);
    if (sent != events)
        breaks(l, name, "the well-behaved carrier has no receipts");
    if (before < 0 || hung_up < 1)
        breaks(l, name, "events were dropped, and FEEDS does not count it");
    if (seen > events)
        breaks(l, name, "it missed nothing, so nothing was tested");
    if (next == 0)
        breaks(l, name, "it did not reconnect");
}

static void stalled_subscriber(load *l, char *said, size_t room)
{
    stall_subscriber(l, "stalled subscriber", l->is_quick ? 40000 : 100000, SHORT_REMARK, said,
                     room);
}

static void stalled_with_long_events(load *l, char *said, size_t room)
{
    stall_subscriber(l, "long events", l->is_quick ? 3000 : 6000, LONG_REMARK, said, room);
}

typedef struct slow_reader {
    int fd;
    _Atomic bool is_over;
    int64_t bytes;
} slow_reader;

/* A thousand bytes a second. */
static void *read_slowly(void *argument)
{
    slow_reader *r = argument;
    char bytes[250];

    while (!atomic_load(&r->is_over)) {
        ssize_t got = recv(r->fd, bytes, sizeof bytes, 0);
        if (got <= 0)
            break; /* disconnected */
        r->bytes += got;
        poll(NULL, 0, 250);
    }
    return NULL;
}

/* The kernel's own buffers are kept small, so that unread data waits in the hub. */
static void slow_subscriber(load *l, char *said, size_t room)
{
    static const char subscribe[] = "\0\3\1e/";
    int64_t before = counted(l, "live", "hung_up"), waiting = 0, most = 0;
    slow_reader r = {.fd = zmtp_dial(l->plain + 2, "SUB", 4096)};
    pthread_t thread;

    if (r.fd < 0 || send(r.fd, subscribe, sizeof subscribe - 1, MSG_NOSIGNAL) < 0 ||
        pthread_create(&thread, NULL, read_slowly, &r) != 0)
        abort();
    poll(NULL, 0, 500); /* its subscription is on its way */
    int64_t sent = 0;
    for (int i = 0; i < SLOW_ROUNDS; i++) {
        sent += push_much(l, SLOW_EVENTS / SLOW_ROUNDS, SHORT_REMARK);
        waiting = counted(l, "live", "waiting");
        most = waiting > most ? waiting : most;
    }
    bool is_reported = rises(l, "live", "hung_up", before);
    shutdown(r.fd, SHUT_RDWR);
    atomic_store(&r.is_over, true);
    pthread_join(thread, NULL);
    close(r.fd);
    snprintf(said, room, "%lld events; it read %lld bytes, %lld waited for it, then disconnected",
             (long long)sent, (long long)r.bytes, (long long)most);
    if (sent != SLOW_EVENTS)
        breaks(l, "slow subscriber", "the well-behaved carrier has no receipts");
    if (most == 0)
        breaks(l, "slow subscriber", "nothing was queued for it, so nothing was tested");
    if (!is_reported)
        breaks(l, "slow subscriber", "events were dropped, and FEEDS does not count it");
}

static void many_questions(load *l, char *said, size_t room)
{
    static void *sockets[ASKERS];
    int64_t answered = 0;
    lb_query query;

    for (int i = 0; i < ASKERS; i++)
        sockets[i] = dealer(l, ZMQ_DEALER, 1);
    lb_query_init(&query, LB_ASK_TRACK);
    query.track.reference = LB_SPAN("PROBE7");
    int64_t from_ms = live_now_ms();
    for (int n = 0; n < QUESTIONS; n++)
        send_record(l, sockets[n % ASKERS], &lb_record_query, &query);
    for (int n = 0; n < QUESTIONS; n++) {
        zmq_msg_t frame;
        zmq_msg_init(&frame);
        answered += zmq_msg_recv(&frame, sockets[n % ASKERS], 0) > 0;
        zmq_msg_close(&frame);
    }
    int64_t took_ms = live_now_ms() - from_ms;
    for (int i = 0; i < ASKERS; i++)
        zmq_close(sockets[i]);
    snprintf(said, room, "%d questions at once, %lld answered in %lld ms", QUESTIONS,
             (long long)answered, (long long)took_ms);
    if (answered != QUESTIONS)
        breaks(l, "questions", "some had no answer");
}

/* A message that is longer than its door allows: the connection is closed, and feeds count that
 * it ended. */
static void cut_off(load *l, int at, const char *door, lb_span bytes)
{
    int64_t ended = counted(l, door, "ended");
    void *socket = dealer(l, ZMQ_DEALER, at);
    int no_wait = 300;
    char answer[16];

    zmq_setsockopt(socket, ZMQ_RCVTIMEO, &no_wait, sizeof no_wait);
    zmq_send(socket, bytes.at, bytes.len, 0);
    if (zmq_recv(socket, answer, sizeof answer, 0) >= 0)
        breaks(l, "big messages", "one was accepted");
    if (!rises(l, door, "ended", ended)) /* while it is still connected */
        breaks(l, "big messages", "a connection was cut, and FEEDS does not count it");
    zmq_close(socket);
}

/* Over the hub's limit, but allowed as a message: refused by name. */
static int offer_as_message(load *l, lb_span bytes)
{
    void *socket = dealer(l, ZMQ_DEALER, 0);
    int refused = 0;

    for (int n = 0; n < BIG_EACH; n++) {
        send_message(l, socket, "heavy", bytes);
        refused += take_receipt(l, socket) == LB_RESULT_REFUSED;
    }
    zmq_close(socket);
    return refused;
}

/* 17 and 64 MiB as messages are refused by name, or by an error when they are no Submit; beyond
 * that, and at the doors of short messages, the connection is closed. */
static void big_messages(load *l, char *said, size_t room)
{
    char *bytes = calloc(1, HUGE_BYTES);
    int64_t refused_messages = counted(l, "intake", "refused");

    if (bytes == NULL)
        abort();
    int refused = offer_as_message(l, (lb_span){bytes, BIG_BYTES}) +
                  offer_as_message(l, (lb_span){bytes, 17 * 1024 * 1024});
    void *socket = dealer(l, ZMQ_DEALER, 0);
    zmq_send(socket, bytes, BIG_BYTES, 0);
    take_receipt(l, socket);
    zmq_close(socket);
    for (int n = 0; n < BIG_EACH; n++) {
        cut_off(l, 0, "intake", (lb_span){bytes, HUGE_BYTES});
        cut_off(l, 1, "query", (lb_span){bytes, BIG_BYTES});
        cut_off(l, 3, "replay", (lb_span){bytes, BIG_BYTES});
    }
    free(bytes);
    snprintf(said, room,
             "%d of 64 and 17 MiB refused by name, 1 as no Submit, %d of 64 and 128 MiB cut off",
             refused, 3 * BIG_EACH);
    if (refused != 2 * BIG_EACH)
        breaks(l, "big messages", "not refused as they should be");
    if (counted(l, "intake", "refused") != refused_messages + 1)
        breaks(l, "big messages", "a request that is not a Submit is not counted");
}

/* Many long messages in flight at once. */
static void long_messages(load *l, char *said, size_t room)
{
    void *sockets[HEAVY_PEERS];
    int each = l->is_quick ? 6 : 30, reported = 0;
    char *bytes = calloc(1, HEAVY_BYTES);

    if (bytes == NULL)
        abort();
    for (int i = 0; i < HEAVY_PEERS; i++) {
        char source[16];
        sockets[i] = dealer(l, ZMQ_DEALER, 0);
        snprintf(source, sizeof source, "truck%d", i);
        for (int n = 0; n < each; n++)
            send_message(l, sockets[i], source, (lb_span){bytes, HEAVY_BYTES});
    }
    for (int i = 0; i < HEAVY_PEERS; i++) {
        for (int n = 0; n < each; n++)
            reported += take_receipt(l, sockets[i]) != LB_RESULT_UNSPECIFIED;
        zmq_close(sockets[i]);
    }
    free(bytes);
    snprintf(said, room, "%d senders with %d messages of 15 MiB each on their way, %d receipts",
             HEAVY_PEERS, each, reported);
    if (reported != HEAVY_PEERS * each)
        breaks(l, "long messages", "a message has no receipt");
}

/* The time of the newest milestone of an object; INT64_MAX: it has no track. */
static int64_t newest_of(const load *l, const char *object)
{
    lb_client *client;
    lb_query query;
    const lb_answer *answer = NULL;
    int64_t newest = INT64_MAX;

    if (lb_client_open(&client, l->data) != LB_OK)
        return newest;
    lb_query_init(&query, LB_ASK_TRACK);
    query.track.reference = lb_span_of(object);
    for (int64_t until_ms = live_now_ms() + WAIT_MS;
         newest == INT64_MAX && live_now_ms() < until_ms; poll(NULL, 0, 20))
        if (lb_client_ask(client, &query, WAIT_MS, &answer) == LB_OK &&
            answer->track.tracks.count > 0)
            newest = answer->track.tracks.at[0].last_occurred_us;
    lb_client_close(&client);
    return newest;
}

/* Times in a message are claims of its sender: the received time is the hub's own, and others'
 * cargo does not move. */
static void wrong_clock(load *l, char *said, size_t room)
{
    static const int64_t clocks[] = {INT64_C(3786912000000000), INT64_C(31536000000000),
                                     INT64_MAX / 4, -1};
    void *socket = dealer(l, ZMQ_DEALER, 0);
    int reported = 0, sent = 0;
    int64_t from_us = (int64_t)time(NULL) * 1000000;
    lb_feed feed = {0};

    for (int n = 0; n < 400; n++, sent++) {
        send_report(l, socket, "clockwork", n % 50, clocks[n % 4] + n);
        reported += take_receipt(l, socket) != LB_RESULT_UNSPECIFIED;
    }
    zmq_close(socket);
    bool is_there = look_at_feed(l, "clockwork", &feed);
    snprintf(said, room, "%d messages of 2090, of 1971 and of an invalid year, %d receipts", sent,
             reported);
    if (reported != sent)
        breaks(l, "wrong clock", "a message has no receipt");
    if (!is_there || feed.messages != sent)
        breaks(l, "wrong clock", "feeds do not count them");
    if (feed.last_heard_us < from_us || feed.last_heard_us > from_us + WAIT_MS * INT64_C(1000) ||
        feed.silent)
        breaks(l, "wrong clock", "the hub uses the sender's clock");
    /* of 2090, and of an impossible year */
    if (newest_of(l, "L0") > from_us || newest_of(l, "L2") > from_us)
        breaks(l, "wrong clock", "a track has what is still to come");
}

static void spool_flood(load *l, char *said, size_t room)
{
    char text[TEXT_ROOM], hidden[SCRATCH_PATH_ROOM * 2], path[SCRATCH_PATH_ROOM * 2];
    int files = l->is_quick ? FILES / 4 : FILES, left = files;

    snprintf(path, sizeof path, "%s/spool/flood", l->data);
    mkdir(path, 0750);
    for (int n = 0; n < files; n++) {
        int len = snprintf(text, sizeof text,
                           "FSU/14\r\n999-%08dPVGURC/T1K1\r\nRCS/12MAR1030/PVG/T1K1\r\n", n);
        snprintf(hidden, sizeof hidden, "%s/spool/flood/.%d", l->data, n);
        snprintf(path, sizeof path, "%s/spool/flood/%d", l->data, n);
        int fd = open(hidden, O_WRONLY | O_CREAT, 0640);
        if (fd < 0 || write(fd, text, (size_t)len) != len || close(fd) != 0 ||
            rename(hidden, path) != 0)
            abort();
    }
    for (int64_t until_ms = live_now_ms() + WAIT_MS; left > 0 && live_now_ms() < until_ms;) {
        poll(NULL, 0, 20);
        snprintf(path, sizeof path, "%s/spool/flood/%d", l->data, files - left);
        while (left > 0 && access(path, F_OK) != 0) {
            left--;
            snprintf(path, sizeof path, "%s/spool/flood/%d", l->data, files - left);
        }
    }
    snprintf(said, room, "%d files at once, %d of them left", files, left);
    if (left > 0)
        breaks(l, "spool", "files were not sent");
}

static void silent_connections(load *l, char *said, size_t room)
{
    int fds[MUTE], open = 0;

    for (int i = 0; i < MUTE; i++) {
        fds[i] = dial(l, l->plain + i % 4);
        open += fds[i] >= 0;
    }
    rest(l, 4000);
    for (int i = 0; i < MUTE; i++)
        close(fds[i]);
    snprintf(said, room, "%d silent connections", open);
    if (open != MUTE)
        breaks(l, "silent", "not all could connect");
}

/* -- checks ------------------------------------------------------------------------------------ */

static const struct {
    const char *name;
    void (*run)(load *l, char *said, size_t room);
    double floors; /* p99 may rise to so many times the floor */
} scenarios[] = {
    {"producers", thousand_producers, 1},
    {"terminals", stalled_terminals, 1},
    {"stalled subscriber", stalled_subscriber, 1},
    {"slow subscriber", slow_subscriber, 1},
    {"questions", many_questions, 1},
    {"big messages", big_messages, 1},
    {"wrong clock", wrong_clock, 1},
    {"spool", spool_flood, 1},
    {"silent", silent_connections, 1},
    {"long events", stalled_with_long_events, 4}, /* each is as much work as a hundred others */
    {"long messages", long_messages, 4},
};

static double limit_of(const load *l, double alone_ms, double floors)
{
    double floor_ms = l->floor_ms * floors;

    return alone_ms * l->rise > floor_ms ? alone_ms * l->rise : floor_ms;
}

static void judge(load *l, const char *name, double floors, const char *said)
{
    probe_figures with;
    hub_figures hub;

    probe_take(l->probe, &with);
    bool is_up = hub_look(l->hub, l->data, &hub);
    printf("%-16s %s\n", name, said);
    printf("%16s receipt p50 %.1f p99 %.1f ms, answer p50 %.1f p99 %.1f ms, %lld MiB (most %lld), "
           "%lld files, lag %lld\n",
           "", with.receipt_p50, with.receipt_p99, with.answer_p50, with.answer_p99,
           (long long)hub.rss_kib / 1024, (long long)hub.peak_kib / 1024, (long long)hub.files,
           (long long)hub.lag);
    if (!is_up)
        breaks(l, name, "the hub has ended");
    if (with.receipts == 0 || with.answers == 0 || with.followed == 0)
        breaks(l, name, "others were not served at all");
    if (hub.peak_kib / 1024 > l->bound_mib)
        breaks(l, name, "the hub has grown beyond its bound");
    if (with.receipt_p99 > limit_of(l, l->alone.receipt_p99, floors))
        breaks(l, name, "others wait too long for receipts");
    if (with.answer_p99 > limit_of(l, l->alone.answer_p99, floors))
        breaks(l, name, "others wait too long for answers");
}

/* Of connections without a key, as those of this tool are. */
static int64_t refused_without_feed(const load *l)
{
    lb_client *client;
    const lb_answer *answer;
    lb_query query;
    int64_t refused = 0;

    if (lb_client_open(&client, l->data) != LB_OK)
        return 0;
    lb_query_init(&query, LB_ASK_FEEDS);
    if (lb_client_ask(client, &query, WAIT_MS, &answer) == LB_OK)
        for (size_t i = 0; i < answer->feeds.shares.count; i++)
            if (lb_span_is(answer->feeds.shares.at[i].owner, "local"))
                refused = answer->feeds.shares.at[i].refused;
    lb_client_close(&client);
    return refused;
}

/* Every message that was answered is in the counters of its feed, or in its sender's share when
 * no message of its source was kept. */
static void check_feeds(load *l)
{
    lb_feed herd = {0};

    look_at_feed(l, "herd", &herd);
    if (counted_by(l, "gate", "jt808", "bad_frames") < STALLED)
        breaks(l, "feeds", "they do not count the frames that stalled");
    if (refused_without_feed(l) < 2 * BIG_EACH ||
        herd.messages != PRODUCERS * (l->is_quick ? 2 : 10))
        breaks(l, "feeds", "they do not count what was sent");
}

static bool is_wanted(const load *l, const char *name)
{
    return l->only == NULL || strcmp(l->only, name) == 0;
}

static void run(load *l)
{
    char said[200];

    l->probe = probe_start(l->data);
    rest(l, 2000); /* warm-up */
    probe_take(l->probe, &l->alone);
    rest(l, 6000);
    probe_take(l->probe, &l->alone);
    printf("%-16s receipt p50 %.1f p99 %.1f ms, answer p50 %.1f p99 %.1f ms\n", "alone",
           l->alone.receipt_p50, l->alone.receipt_p99, l->alone.answer_p50, l->alone.answer_p99);
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
        if (!is_wanted(l, scenarios[i].name))
            continue;
        scenarios[i].run(l, said, sizeof said);
        judge(l, scenarios[i].name, scenarios[i].floors, said);
    }
    if (!probe_stop(&l->probe))
        breaks(l, "company", "a receipt or an answer failed, or the follower missed a number");
    if (l->only == NULL)
        check_feeds(l);
}

static void usage(void)
{
    fputs("usage: load [--quick] [--bound MIB] [--rise TIMES] [--floor MS] [--only SCENARIO] "
          "LANDBRIDGED\n",
          stderr);
    exit(2);
}

static void read_arguments(load *l, int count, char **words)
{
    static const struct option options[] = {
        {"quick", no_argument, NULL, 'q'},      {"bound", required_argument, NULL, 'b'},
        {"rise", required_argument, NULL, 'r'}, {"floor", required_argument, NULL, 'f'},
        {"only", required_argument, NULL, 'o'}, {NULL, 0, NULL, 0}};
    int option;
    int64_t number = 0;

    while ((option = getopt_long(count, words, "", options, NULL)) != -1) {
        if (option == '?' || (option != 'q' && option != 'o' &&
                              (!lb_span_number(lb_span_of(optarg), &number) || number < 1)))
            usage();
        l->is_quick |= option == 'q';
        if (option == 'o')
            l->only = optarg;
        if (option == 'b')
            l->bound_mib = number;
        if (option == 'r')
            l->rise = (double)number;
        if (option == 'f')
            l->floor_ms = (double)number;
    }
    if (optind + 1 != count)
        usage();
    l->program = words[optind];
}

int main(int count, char **words)
{
    static load l = {.program = "", .bound_mib = 640, .rise = 10, .floor_ms = 250};
    struct rlimit files = {FILES_MAX, FILES_MAX};

    read_arguments(&l, count, words);
    if (setrlimit(RLIMIT_NOFILE, &files) != 0)
        perror("load: open files");
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGPIPE, SIG_IGN);
    scratch_make(&l.folder);
    snprintf(l.data, sizeof l.data, "%s", scratch_path(&l.folder, "data"));
    l.zmq = zmq_ctx_new();
    zmq_ctx_set(l.zmq, ZMQ_MAX_SOCKETS, 4 * PRODUCERS);
    lb_arena_init(&l.arena, (size_t)256 * 1024 * 1024);
    start(&l);
    run(&l);
    kill(l.hub, SIGTERM);
    waitpid(l.hub, NULL, 0);
    printf("%d laws broken: at most %lld MiB, p99 at most %.0f times that of the hub alone, or "
           "%.0f ms\n",
           l.broken, (long long)l.bound_mib, l.rise, l.floor_ms);
    scratch_remove(&l.folder);
    zmq_ctx_term(l.zmq);
    lb_arena_fini(&l.arena);
    return l.broken > 0 ? 1 : 0;
}
