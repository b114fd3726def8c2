/* test_full_disk - a real hub on a small disk that fills up.
 *
 * The hub's folder is a tmpfs of 16 MiB in a mount namespace of the test, filled up by another file. Messages then get
 * FAILED with SENDER_RETRY, no terminal's report is acknowledged, the spool keeps its file, queries are answered; and
 * when there is space again, everything goes on without help. Without the right to mount the test is skipped. */
#include "landbridge/client/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <zmq.h>

#include "answer808.h"
#include "arena.h"
#include "live.h"
#include "pack.h"
#include "record.h"
#include "scratch.h"
#include "question.h"
#include "party_words.h"

enum { DEADLINE_MS = 20000, SHORT_MS = 50, TIDY_MS = 2000, MESSAGE_ROOM = 300 };

typedef struct full_disk {
    lb_scratch folder; /* config, log; data/ is the small disk */
    char data[128];
    pid_t pid;
    lb_client *client;
    void *zmq, *sender; /* a sender that sees each single receipt */
    int terminal;       /* a truck's connection */
    lb_808_stream stream;
    int64_t correlation;
} full_disk;

/* -- the small disk ------------------------------------------------------------------------------------ */

static bool mount_small_disk(const char *path)
{
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        return false;
    return mount("tmpfs", path, "tmpfs", 0, "size=16m") == 0;
}

/* Fills all remaining space, to the last byte. */
static void fill(const full_disk *d)
{
    static char block[65536];
    char path[160];
    size_t piece = sizeof block;

    snprintf(path, sizeof path, "%s/somebody-elses", d->data);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    while (piece > 0)
        if (write(fd, block, piece) <= 0)
            piece /= 2;
    assert_int_equal(close(fd), 0);
}

static void make_room(const full_disk *d)
{
    char path[160];

    snprintf(path, sizeof path, "%s/somebody-elses", d->data);
    assert_int_equal(unlink(path), 0);
}

/* -- senders --------------------------------------------------------------------------------------------- */

static lb_span write_message(int number, char body[MESSAGE_ROOM])
{
    int len = snprintf(body, MESSAGE_ROOM,
                       "event,time,zone,place,container\n"
                       "GTIN,2026-03-12 10:05,Asia/Shanghai,CNULZ,LBKU%07d\n",
                       number);

    return (lb_span){body, (size_t)len};
}

/* One message, one receipt, without automatic repetition. `arena` holds the receipt. */
static lb_receipt send_one(full_disk *d, int number, lb_arena *arena)
{
    char body[MESSAGE_ROOM], bytes[4096];
    lb_message message = {.format = LB_SPAN("hub.csv"), .body = write_message(number, body)};
    lb_submit submit;
    lb_receipts receipts;
    lb_span packed;

    lb_record_init(&lb_record_submit, &submit);
    submit.schema_rev = LB_SCHEMA_REV;
    submit.source = LB_SPAN("gate-a");
    submit.correlation = ++d->correlation;
    submit.messages = (lb_message_list){&message, 1, 1};
    assert_int_equal(lb_record_pack(&lb_record_submit, &submit, arena, &packed), LB_OK);
    assert_int_equal(zmq_send(d->sender, packed.at, packed.len, 0), packed.len);
    int len = zmq_recv(d->sender, bytes, sizeof bytes, 0);
    assert_true(len > 0 && len < (int)sizeof bytes);
    lb_span answer = lb_arena_copy(arena, (lb_span){bytes, (size_t)len});
    assert_int_equal(lb_record_unpack(&lb_record_receipts, answer, arena, &receipts), LB_OK);
    assert_int_equal(receipts.correlation, d->correlation);
    assert_int_equal(receipts.receipts.count, 1);
    return receipts.receipts.at[0];
}

static lb_result result_of(full_disk *d, int number)
{
    lb_arena arena;

    lb_arena_init(&arena, 1 << 20);
    lb_result result = send_one(d, number, &arena).result;
    lb_arena_fini(&arena);
    return result;
}

static const lb_answer *ask(full_disk *d, lb_ask what, const char *reference)
{
    const lb_answer *answer = NULL;
    lb_query query;

    question_init(&query, what, lb_span_of(reference));
    assert_int_equal(lb_client_ask(d->client, &query, DEADLINE_MS, &answer), LB_OK);
    return answer;
}

/* The view may lag. */
static void wait_for_track(full_disk *d, const char *reference)
{
    int64_t until_ms = live_now_ms() + DEADLINE_MS;

    while (ask(d, LB_ASK_TRACK, reference)->track.tracks.count == 0)
        assert_true(live_now_ms() < until_ms);
}

/* -- a truck ------------------------------------------------------------------------------------------------ */

static uint16_t port_of_gate(const full_disk *d)
{
    char path[160], line[200];
    unsigned port = 0;

    snprintf(path, sizeof path, "%s/endpoints", d->data);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (port == 0 && fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "jt808 = tcp://127.0.0.1:%u", &port) != 1)
            port = 0;
    fclose(file);
    assert_true(port > 0 && port < 65536);
    return (uint16_t)port;
}

static void dial(full_disk *d)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons(port_of_gate(d)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    d->terminal = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(d->terminal >= 0);
    assert_int_equal(connect(d->terminal, (struct sockaddr *)&at, sizeof at), 0);
    lb_808_stream_reset(&d->stream);
}

static void say_where(full_disk *d, uint16_t id, uint16_t serial)
{
    static const uint8_t place[28] = {0,    0,    0,    0,    0,    0,    0,    3,    0x02, 0x9C,
                                      0xA1, 0x60, 0x05, 0x38, 0xA8, 0x80, 3,    0x52, 2,    0x0B,
                                      1,    0x0F, 0x26, 0x03, 0x12, 0x17, 0x15, 0x00};
    const lb_808_header header = {
        .id = id, .serial = serial, .terminal = {0x01, 0x39, 0x12, 0x34, 0x56, 0x78}};
    const lb_span body = id == 0x0200 ? (lb_span){(const char *)place, sizeof place} : LB_EMPTY;
    char frame[LB_808_FRAME_MAX];

    size_t len = lb_808_write(&header, body, frame, sizeof frame);
    assert_true(len > 0);
    assert_int_equal(send(d->terminal, frame, len, MSG_NOSIGNAL), len);
}

/* The serial of the next frame that the platform acknowledges; 0: none within the time. */
static int hear_done(full_disk *d, int timeout_ms)
{
    static char bytes[4096];
    static lb_span rest;
    struct pollfd item = {.fd = d->terminal, .events = POLLIN};
    lb_808_header header;
    lb_span plain;

    while (!lb_808_stream_take(&d->stream, &rest, &plain)) {
        if (poll(&item, 1, timeout_ms) <= 0)
            return 0;
        ssize_t got = recv(d->terminal, bytes, sizeof bytes, 0);
        assert_true(got > 0);
        rest = (lb_span){bytes, (size_t)got};
    }
    assert_true(lb_808_header_read(plain, &header));
    lb_pack pack = lb_pack_open(lb_span_after(plain, header.size));
    int serial = lb_pack_u16(&pack);
    lb_pack_u16(&pack);
    assert_int_equal(lb_pack_u8(&pack), LB_808_DONE);
    return serial;
}

/* -- waiting ------------------------------------------------------------------------------------------------- */

static bool is_logged(const full_disk *d, const char *words)
{
    char line[1000];
    bool is_there = false;

    FILE *log = fopen(scratch_path(&d->folder, "log"), "r");
    assert_non_null(log);
    while (!is_there && fgets(line, sizeof line, log) != NULL)
        is_there = strstr(line, words) != NULL;
    fclose(log);
    return is_there;
}

static bool is_there(const full_disk *d, const char *name)
{
    char path[200];

    snprintf(path, sizeof path, "%s/%s", d->data, name);
    return access(path, F_OK) == 0;
}

static void put_file(const full_disk *d, const char *name, int number)
{
    char path[200], body[MESSAGE_ROOM];
    lb_span bytes = write_message(number, body);

    snprintf(path, sizeof path, "%s/%s", d->data, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.at, 1, bytes.len, file), bytes.len);
    assert_int_equal(fclose(file), 0);
}

static void move_file(const full_disk *d, const char *from, const char *to)
{
    char old[200], fresh[200];

    snprintf(old, sizeof old, "%s/%s", d->data, from);
    snprintf(fresh, sizeof fresh, "%s/%s", d->data, to);
    assert_int_equal(rename(old, fresh), 0);
}

/* -- one hub --------------------------------------------------------------------------------------------------- */

static void open_sender(full_disk *d)
{
    char endpoint[200];
    const int patience_ms = DEADLINE_MS, linger_ms = 0;

    snprintf(endpoint, sizeof endpoint, "ipc://%s/intake.sock", d->data);
    d->zmq = zmq_ctx_new();
    d->sender = zmq_socket(d->zmq, ZMQ_DEALER);
    assert_non_null(d->sender);
    zmq_setsockopt(d->sender, ZMQ_RCVTIMEO, &patience_ms, sizeof patience_ms);
    zmq_setsockopt(d->sender, ZMQ_LINGER, &linger_ms, sizeof linger_ms);
    assert_int_equal(zmq_connect(d->sender, endpoint), 0);
}

static void start(full_disk *d)
{
    const char *config = scratch_path(&d->folder, "hub.conf");

    FILE *file = fopen(config, "w");
    assert_non_null(file);
    fputs("[listen]\nintake = off\nquery = off\nlive = off\nreplay = off\njt808 = 0\n"
          "curve_intake = off\ncurve_query = off\ncurve_live = off\ncurve_replay = off\n",
          file);
    assert_int_equal(fclose(file), 0);
    d->pid = live_start(LB_BIN_DIR "/landbridged", d->data, config, scratch_path(&d->folder, "log"),
                        NULL);
    assert_true(d->pid > 0);
    assert_int_equal(lb_client_open(&d->client, d->data), LB_OK);
    assert_int_equal(lb_client_source(d->client, "gate-b"), LB_OK);
    ask(d, LB_ASK_STATUS, "");
    open_sender(d);
    dial(d);
}

static int set_up(void **state)
{
    static full_disk made;

    made = (full_disk){.terminal = -1};
    scratch_make(&made.folder);
    snprintf(made.data, sizeof made.data, "%s/data", made.folder.folder);
    assert_int_equal(mkdir(made.data, 0700), 0);
    *state = &made;
    return 0;
}

static int tear_down(void **state)
{
    full_disk *d = *state;

    lb_client_close(&d->client);
    if (d->sender != NULL)
        zmq_close(d->sender);
    if (d->zmq != NULL)
        zmq_ctx_term(d->zmq);
    if (d->terminal >= 0)
        close(d->terminal);
    if (d->pid > 0) {
        kill(d->pid, SIGKILL);
        waitpid(d->pid, NULL, 0);
    }
    umount2(d->data, MNT_DETACH);
    scratch_remove(&d->folder);
    return 0;
}

/* -- tests ------------------------------------------------------------------------------------- */

/* SQLite writes for a while into space that its WAL already has; then the first FAILED comes. */
static int send_until_failed(full_disk *d, int number)
{
    lb_arena arena;
    lb_result result = LB_RESULT_KEPT;

    lb_arena_init(&arena, 1 << 20);
    while (result == LB_RESULT_KEPT) {
        lb_receipt receipt = send_one(d, ++number, &arena);
        result = receipt.result;
        assert_true(result == LB_RESULT_KEPT || result == LB_RESULT_FAILED);
        if (result == LB_RESULT_FAILED) {
            assert_true(lb_span_is(receipt.error, "FULL"));
            assert_true(lb_span_is(receipt.next_step, "SENDER_RETRY"));
            assert_true(lb_span_is(receipt.text, "the hub's disk is full; send it again later"));
        }
        lb_arena_reset(&arena);
    }
    lb_arena_fini(&arena);
    return number;
}

/* After two seconds the WAL is checkpointed into the database, and its space serves the next
 * turns: the disk is full only when the database cannot grow either. */
static int send_until_it_fails_for_good(full_disk *d, int number)
{
    do {
        number = send_until_failed(d, number);
        poll(NULL, 0, 2 * TIDY_MS);
    } while (result_of(d, number) != LB_RESULT_FAILED);
    return number;
}

static void check_while_full(full_disk *d, int failed)
{
    uint64_t ticket;
    char body[MESSAGE_ROOM];

    assert_true(is_logged(d, "JRN-COMMIT-FAIL err=FULL"));
    assert_int_equal(ask(d, LB_ASK_TRACK, "LBKU0000002")->track.tracks.count, 1);
    assert_int_equal(result_of(d, failed), LB_RESULT_FAILED); /* the same again */
    assert_int_equal(result_of(d, 1), LB_RESULT_DUPLICATE);   /* what was kept is still known */
    assert_int_equal(ask(d, LB_ASK_TRACK, "LBKU0000001")->track.tracks.count, 1);
    assert_int_equal(ask(d, LB_ASK_STATUS, "")->error.len, 0);
    say_where(d, 0x0200, 41);
    assert_int_equal(lb_client_push(d->client, LB_EMPTY, LB_SPAN("hub.csv"),
                                    write_message(9001, body), DEADLINE_MS, &ticket),
                     LB_OK);
    /* the client keeps it for a retry */
    assert_int_equal(lb_client_flush(d->client, 3000), LB_ERR_TIMEOUT);
    say_where(d, 0x0002, 42);
    /* the heartbeat is answered, the report is not */
    assert_int_equal(hear_done(d, DEADLINE_MS), 42);
    assert_int_equal(hear_done(d, SHORT_MS), 0);
    assert_true(is_there(d, "spool/later.csv"));
    assert_true(is_logged(d, "AUD-FAIL err=FULL"));
}

/* Queries made while nothing could be written are in the audit log afterwards, and its chain is
 * intact. */
static void check_record(full_disk *d, int64_t until_ms)
{
    bool is_noted = false;

    while (!is_noted) {
        const lb_answer *answer = ask(d, LB_ASK_AUDIT_LIST, "");
        assert_true(live_now_ms() < until_ms);
        for (size_t i = 0; i < answer->audit.notes.count; i++)
            is_noted |= note_is(&answer->audit.notes.at[i], "ASK_TRACK") &&
                        lb_span_is(answer->audit.notes.at[i].about, "LBKU0000002");
    }
    assert_int_equal(ask(d, LB_ASK_AUDIT_VERIFY, "")->error.len, 0);
}

static void check_afterwards(full_disk *d, int failed)
{
    int64_t until_ms = live_now_ms() + DEADLINE_MS;

    while (result_of(d, failed) == LB_RESULT_FAILED)
        assert_true(live_now_ms() < until_ms);
    assert_int_equal(result_of(d, failed), LB_RESULT_DUPLICATE);
    assert_int_equal(lb_client_flush(d->client, DEADLINE_MS), LB_OK);
    say_where(d, 0x0200, 41); /* repeated, as a terminal does without an answer */
    assert_int_equal(hear_done(d, DEADLINE_MS), 41);
    while (!is_there(d, "spool/done/later.csv")) {
        assert_true(live_now_ms() < until_ms);
        ask(d, LB_ASK_STATUS, "");
    }
    wait_for_track(d, "LBKU0009002");
    const lb_answer *verified = ask(d, LB_ASK_VERIFY, "");
    if (verified->error.len > 0)
        fail_msg("verify: %.*s", LB_ARG(verified->text));
    check_record(d, until_ms);
}

static void test_a_full_disk_stops_receipts_and_nothing_else(void **state)
{
    full_disk *d = *state;

    if (!mount_small_disk(d->data)) {
        puts("SKIPPED: a full disk: no right to mount a small one");
        skip();
    }
    start(d);
    for (int number = 1; number <= 20; number++)
        assert_int_equal(result_of(d, number), LB_RESULT_KEPT);
    wait_for_track(d, "LBKU0000020"); /* the newest: all are in the view */
    put_file(d, "later.csv", 9002);
    fill(d);
    int failed = send_until_it_fails_for_good(d, 20);
    move_file(d, "later.csv", "spool/later.csv");
    check_while_full(d, failed);
    make_room(d);
    check_afterwards(d, failed);
    kill(d->pid, SIGTERM);
    int status = 0;
    assert_int_equal(waitpid(d->pid, &status, 0), d->pid);
    d->pid = 0;
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void end_hub(full_disk *d)
{
    lb_client_close(&d->client);
    zmq_close(d->sender);
    zmq_ctx_term(d->zmq);
    close(d->terminal);
    d->sender = d->zmq = NULL;
    d->terminal = -1;
    kill(d->pid, SIGKILL);
    waitpid(d->pid, NULL, 0);
    d->pid = 0;
}

/* All its files exist, and the port of its gate has changed: the file `endpoints` has it all the
 * same. */
static void test_a_hub_starts_again_on_a_full_disk(void **state)
{
    full_disk *d = *state;

    if (!mount_small_disk(d->data)) {
        puts("SKIPPED: a start on a full disk: no right to mount a small one");
        skip();
    }
    start(d);
    for (int number = 1; number <= 20; number++)
        assert_int_equal(result_of(d, number), LB_RESULT_KEPT);
    wait_for_track(d, "LBKU0000020");
    fill(d);
    int failed = send_until_failed(d, 20);
    unsigned port = port_of_gate(d);
    end_hub(d);
    fill(d);
    start(d);
    assert_int_not_equal(port_of_gate(d), port);
    assert_int_equal(result_of(d, 1), LB_RESULT_DUPLICATE);
    failed = send_until_it_fails_for_good(d, failed); /* the start has checkpointed the WAL */
    assert_int_equal(ask(d, LB_ASK_TRACK, "LBKU0000001")->track.tracks.count, 1);
    make_room(d);
    int64_t until_ms = live_now_ms() + DEADLINE_MS;
    while (result_of(d, failed) == LB_RESULT_FAILED)
        assert_true(live_now_ms() < until_ms);
}

/* A limit on the length of a file (ulimit -f) sends a signal that ends a process by default, and
 * gives another errno than a full disk. */
static void test_a_file_that_may_not_grow_is_a_full_disk(void **state)
{
    const struct rlimit short_files = {2 * 1024 * 1024, RLIM_INFINITY},
                        no_limit = {RLIM_INFINITY, RLIM_INFINITY};
    full_disk *d = *state;
    int failed = 0;

    assert_int_equal(setrlimit(RLIMIT_FSIZE, &short_files), 0); /* the hub inherits it */
    start(d);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &no_limit), 0);
    failed = send_until_failed(d, failed);
    assert_true(failed > 1);
    assert_int_equal(result_of(d, 1), LB_RESULT_DUPLICATE);
    assert_int_equal(ask(d, LB_ASK_TRACK, "LBKU0000001")->track.tracks.count, 1);
    assert_int_equal(waitpid(d->pid, NULL, WNOHANG), 0); /* it lives */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_full_disk_stops_receipts_and_nothing_else, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_hub_starts_again_on_a_full_disk, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_file_that_may_not_grow_is_a_full_disk, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests_name("full_disk", tests, NULL, NULL);
}
