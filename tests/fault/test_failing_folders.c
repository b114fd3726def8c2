/* test_failing_folders - memory, files, disk space and socket queues fail for the hub's other threads during turns.
 *
 *     messages ──> turn ──> view updater, publish, replay, query   spool, terminals ──> turn
 *                          └────────────── each of them fails once, or from then on ─────┘
 *
 * Answers meanwhile are right or errors, a batch of replay equals the journal, a report answered "done" to a terminal is
 * in the journal, an event that a subscriber missed is counted. Afterwards each thread recovers without help: nothing is
 * lost, nothing is doubled. `--whole` tries every failure. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <poll.h>
#include <sys/stat.h>
#include <zmq.h>

#include "at_least.h"
#include "base/log.h"
#include "faults.h"
#include "faults_wrap.h"
#include "inside.h"
#include "keep/dedup.h"
#include "keep/journal.h"
#include "live.h"
#include "net/door.h"
#include "record.h"
#include "scratch.h"
#include "tape.h"
#include "terminal.h"

enum {
    MESSAGES = 3,
    OLD_MESSAGES = 30,
    TURN_MS = 2,
    FAULT_MS = 400,  /* how long a thread may fail: the spool folder is checked every 300 ms */
    HEAL_MS = 20000, /* how long it may take to go on */
    EACH = 121,      /* of the allocations, in ctest */
    EACH_ELSE = 8,
    ARENA_BYTES = 64 * 1024 * 1024,
    PATH_ROOM = 300,
};
#define POSITIONS_US INT64_C(1773316800000000)

typedef struct heard { /* received since the last check */
    bool is_answered, is_right;
    char error[80]; /* of the last answer */
    bool is_replayed, is_replay_right;
    int64_t replayed_to, head;
    bool is_position_done;
    int64_t live_last;
} heard;

typedef struct port { /* the hub, and one of each kind of peer */
    lb_scratch folder;
    char journal[PATH_ROOM], spool[PATH_ROOM];
    lb_hub *hub;
    void *zmq, *sender, *asker, *replayer, *follower;
    int terminal;
    lb_808_stream stream;
    int64_t next; /* message, file or position: each has a number of its own */
    int64_t messages[MESSAGES], file, position;
    int64_t block, head; /* of the journal, before */
    int64_t milestones;  /* of the old container */
    int64_t live_next;   /* the next number that the subscriber expects; 0: it has received none */
    int64_t missed_live, missed_answers;
    heard heard;
    lb_arena arena;
} port;

/* -- the peers --------------------------------------------------------------------------------- */

static void *dial(const port *p, int type, const char *name)
{
    char at[PATH_ROOM];
    const int linger = 0;
    void *socket = zmq_socket(p->zmq, type);

    assert_non_null(socket);
    zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof linger);
    if (type == ZMQ_SUB)
        zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "e/", 2);
    snprintf(at, sizeof at, "ipc://%s/%s.sock", p->folder.folder, name);
    assert_int_equal(zmq_connect(socket, at), 0);
    return socket;
}

static void say(port *p, void *socket, const lb_record *record, const void *value)
{
    lb_span packed;

    lb_arena_reset(&p->arena);
    assert_int_equal(lb_record_pack(record, value, &p->arena, &packed), LB_OK);
    assert_int_equal(zmq_send(socket, packed.at, packed.len, ZMQ_DONTWAIT), packed.len);
}

/* One message, if there is one; its last frame. */
static bool hear(port *p, void *socket, const lb_record *record, void *value)
{
    zmq_msg_t frame;
    bool is_there, is_valid = false;

    zmq_msg_init(&frame);
    is_there = zmq_msg_recv(&frame, socket, ZMQ_DONTWAIT) >= 0;
    while (is_there && zmq_msg_more(&frame))
        is_there = zmq_msg_recv(&frame, socket, 0) >= 0;
    if (is_there) {
        lb_arena_reset(&p->arena);
        lb_span packed =
            lb_arena_copy(&p->arena, (lb_span){zmq_msg_data(&frame), zmq_msg_size(&frame)});
        is_valid = lb_record_unpack(record, packed, &p->arena, value) == LB_OK;
        assert_true(is_valid);
    }
    zmq_msg_close(&frame);
    return is_valid;
}

static void ask(port *p, int64_t at_least_seq)
{
    lb_query query;

    lb_record_init(&lb_record_query, &query);
    query.ask = LB_ASK_TRACK;
    query.track.reference = LB_SPAN("LBKU0000100");
    ask_at_least(&query, at_least_seq);
    say(p, p->asker, &lb_record_query, &query);
    p->heard.is_answered = false;
}

/* An answer is right or an error. */
static void hear_answer(port *p)
{
    lb_answer answer;

    while (hear(p, p->asker, &lb_record_answer, &answer)) {
        p->heard.is_answered = true;
        p->heard.is_right = answer.error.len == 0;
        snprintf(p->heard.error, sizeof p->heard.error, "%.*s", LB_ARG(answer.error));
        if (!p->heard.is_right)
            continue;
        assert_int_equal(answer.track.tracks.count, 1);
        if (p->milestones == 0)
            p->milestones = (int64_t)answer.track.tracks.at[0].milestones.count;
        assert_int_equal(answer.track.tracks.at[0].milestones.count, p->milestones);
    }
}

static void ask_replay(port *p, int64_t from_seq)
{
    lb_replay_request request;

    lb_record_init(&lb_record_replay_request, &request);
    lb_position_entry from = lb_position_plain(from_seq);
    request.from = lb_position_of(&from);
    say(p, p->replayer, &lb_record_replay_request, &request);
    p->heard.is_replayed = false;
}

/* A batch has each number once, from the first on, and the number to go on with. */
static void hear_replay(port *p)
{
    lb_replay_batch batch;
    lb_event event;

    while (hear(p, p->replayer, &lb_record_replay_batch, &batch)) {
        p->heard.is_replayed = true;
        p->heard.is_replay_right = batch.error.len == 0;
        if (!p->heard.is_replay_right)
            continue;
        int64_t expected = lb_position_number(&batch.from);
        for (size_t i = 0; i < batch.events.count; i++, expected++) {
            assert_int_equal(
                lb_record_unpack(&lb_record_event, batch.events.at[i], &p->arena, &event), LB_OK);
            assert_int_equal(event.hub_seq, expected);
        }
        assert_int_equal(lb_position_number(&batch.next), expected);
        p->heard.replayed_to = expected - 1;
        p->heard.head = lb_position_number(&batch.head);
    }
}

/* Numbers rise; missing ones are counted. */
static void hear_live(port *p)
{
    lb_event event;

    while (hear(p, p->follower, &lb_record_event, &event)) {
        assert_true(event.hub_seq >= p->live_next);
        if (p->live_next != 0 && event.hub_seq > p->live_next) {
            assert_true(inside_hub_missed(p->hub, LB_DOOR_LIVE) > p->missed_live);
            p->missed_live = inside_hub_missed(p->hub, LB_DOOR_LIVE);
        }
        p->live_next = event.hub_seq + 1;
        p->heard.live_last = event.hub_seq;
    }
}

static void report_position(port *p)
{
    if (p->terminal < 0) {
        p->terminal = terminal_dial(inside_hub_gate_port(p->hub));
        lb_808_stream_reset(&p->stream);
    }
    if (p->terminal >= 0 &&
        !terminal_say(p->terminal, p->position, POSITIONS_US + p->position * 1000000)) {
        close(p->terminal);
        p->terminal = -1;
    }
}

static void hear_terminal(port *p)
{
    struct pollfd one = {.fd = p->terminal, .events = POLLIN};
    bool is_done = false;

    if (p->terminal < 0 || poll(&one, 1, 0) <= 0)
        return;
    if (terminal_is_answered(p->terminal, &p->stream, p->position, &is_done)) {
        p->heard.is_position_done |= is_done;
    } else {
        close(p->terminal); /* the gate closed the connection */
        p->terminal = -1;
    }
}

static void drop_file(port *p)
{
    char hidden[PATH_ROOM + 32], path[PATH_ROOM + 32];

    snprintf(hidden, sizeof hidden, "%s/.%lld", p->spool, (long long)p->file);
    snprintf(path, sizeof path, "%s/%lld", p->spool, (long long)p->file);
    FILE *file = fopen(hidden, "w");
    assert_non_null(file);
    inside_write_message(p->file, file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(rename(hidden, path), 0);
}

static bool is_file_taken(const port *p)
{
    char path[PATH_ROOM + 32];

    snprintf(path, sizeof path, "%s/%lld", p->spool, (long long)p->file);
    return access(path, F_OK) != 0;
}

/* -- the body ------------------------------------------------------------------------------------------------ */

static void send_messages(port *p)
{
    size_t len = 0;
    char *bytes = inside_submit(p->messages, MESSAGES, 1, &len);

    assert_non_null(bytes);
    assert_int_equal(zmq_send(p->sender, bytes, len, 0), len);
    free(bytes);
}

static int64_t next_readable(port *p)
{
    while (inside_is_unreadable(p->next))
        p->next++;
    return p->next++;
}

static void prepare(void *whose)
{
    port *p = whose;

    p->block = inside_head_block(p->journal);
    for (int i = 0; i < MESSAGES; i++)
        p->messages[i] = next_readable(p);
    p->file = next_readable(p);
    p->position = p->next++;
    p->head = p->heard.head;
    p->heard = (heard){.live_last = 0};
    p->missed_live = inside_hub_missed(p->hub, LB_DOOR_LIVE);
    p->missed_answers = inside_hub_missed(p->hub, LB_DOOR_QUERY);
    send_messages(p);
    drop_file(p);
    report_position(p);
    ask(p, LB_UNKNOWN);
    ask_replay(p, p->head + 1);
}

static void hear_all(port *p)
{
    char bytes[4096];

    while (zmq_recv(p->sender, bytes, sizeof bytes, ZMQ_DONTWAIT) >= 0)
        ;
    hear_answer(p);
    hear_replay(p);
    hear_live(p);
    hear_terminal(p);
}

static bool is_all_done(const port *p)
{
    return p->heard.is_answered && p->heard.is_replayed && p->heard.is_position_done &&
           p->heard.live_last > 0 && is_file_taken(p);
}

static void run(void *whose)
{
    port *p = whose;

    for (int64_t until_ms = live_now_ms() + FAULT_MS;
         live_now_ms() < until_ms && !is_all_done(p);) {
        inside_hub_turn(p->hub, TURN_MS);
        hear_all(p);
    }
}

/* -- recovery ---------------------------------------------------------------------------------- */

static void position_token(const port *p, unsigned char token[LB_TOKEN_BYTES])
{
    char frame[LB_808_FRAME_MAX];
    size_t len = terminal_write(p->position, POSITIONS_US + p->position * 1000000, frame);

    lb_token_make(token, LB_SPAN("jt808"), LB_EMPTY, (lb_span){frame, len});
}

static int count_position(const port *p)
{
    unsigned char token[LB_TOKEN_BYTES];
    int64_t seq;

    position_token(p, token);
    return inside_count_kept(p->journal, p->block, token, &seq);
}

static int count_message(const port *p, int64_t message)
{
    unsigned char token[LB_TOKEN_BYTES];
    int64_t seq;

    inside_token(message, token);
    return inside_count_kept(p->journal, p->block, token, &seq);
}

/* Turns until that is so. */
static void turn_until(port *p, bool (*is_so)(const port *p), const char *what)
{
    for (int64_t until_ms = live_now_ms() + HEAL_MS; !is_so(p);) {
        if (live_now_ms() > until_ms)
            fail_msg("does not go on: %s (%s)", what, fault_reported());
        inside_hub_turn(p->hub, TURN_MS);
        hear_all(p);
    }
}

static bool is_answered(const port *p)
{
    return p->heard.is_answered;
}

static bool is_answered_or_missed(const port *p)
{
    return p->heard.is_answered || inside_hub_missed(p->hub, LB_DOOR_QUERY) > p->missed_answers;
}

static bool is_replayed(const port *p)
{
    return p->heard.is_replayed;
}

static bool is_live(const port *p)
{
    return p->heard.live_last >= p->heard.head;
}

/* The terminal repeats unanswered reports, as terminals do. */
static void heal_terminal(port *p)
{
    if (p->heard.is_position_done)
        assert_int_equal(count_position(p), 1);
    while (!p->heard.is_position_done) {
        report_position(p);
        for (int64_t until_ms = live_now_ms() + 200;
             !p->heard.is_position_done && live_now_ms() < until_ms;) {
            inside_hub_turn(p->hub, TURN_MS);
            hear_all(p);
        }
    }
    assert_int_equal(count_position(p), 1);
}

static void heal_replay(port *p)
{
    int64_t from = p->head + 1;

    do {
        ask_replay(p, from);
        turn_until(p, is_replayed, "replay");
        assert_true(p->heard.is_replay_right);
        from = p->heard.replayed_to + 1;
    } while (p->heard.replayed_to < p->heard.head);
}

/* The subscriber may have missed events, and these are counted; new ones it must receive. */
static void heal_live(port *p)
{
    if (p->heard.live_last >= p->heard.head)
        return;
    for (int i = 0; i < MESSAGES; i++)
        p->messages[i] = next_readable(p);
    send_messages(p);
    turn_until(p, is_live, "the live stream");
}

/* After TIMEOUT or BUSY the client asks again. */
static void heal_view(port *p)
{
    int64_t until_ms = live_now_ms() + HEAL_MS;

    do {
        ask(p, p->heard.head);
        turn_until(p, is_answered, "the view");
    } while (!p->heard.is_right && live_now_ms() < until_ms);
    if (!p->heard.is_right)
        fail_msg("the view is asked for %lld and says %s (%s)", (long long)p->heard.head,
                 p->heard.error, fault_reported());
}

static void check(void *whose)
{
    port *p = whose;

    turn_until(p, is_file_taken, "the spool folder");
    assert_int_equal(count_message(p, p->file), 1);
    for (int i = 0; i < MESSAGES; i++)
        assert_int_equal(count_message(p, p->messages[i]), 1);
    heal_terminal(p);
    heal_replay(p);
    heal_live(p);
    turn_until(p, is_answered_or_missed, "questions");
    heal_view(p);
}

/* ------------------------------------------------------------------------------------------------------------- */

static void test_failing_folders_report_nothing_false_and_recover(void **state)
{
    port *p = *state;

    prepare(p); /* once without any failure */
    while (!is_all_done(p)) {
        inside_hub_turn(p->hub, TURN_MS);
        hear_all(p);
    }
    check(p);
    long fired = fault_loop(
        &(fault_body){"folders", prepare, run, check, p, EACH, EACH_ELSE, FAULT_ELSEWHERE});
    assert_true(fired > 0);
    printf("folders that fail: %ld failures\n", fired);
}

static int set_up(void **state)
{
    static port made;

    memset(&made, 0, sizeof made);
    scratch_make(&made.folder);
    snprintf(made.journal, sizeof made.journal, "%s/journal.db", made.folder.folder);
    snprintf(made.spool, sizeof made.spool, "%s/spool/" INSIDE_SOURCE, made.folder.folder);
    lb_arena_init(&made.arena, ARENA_BYTES);
    assert_int_equal(inside_begin(made.folder.folder, OLD_MESSAGES), LB_OK);
    made.next = OLD_MESSAGES;

    assert_int_equal(inside_hub_open(&made.hub, made.folder.folder, true), LB_OK);
    assert_int_equal(mkdir(made.spool, 0750), 0);
    made.zmq = zmq_ctx_new();
    made.terminal = -1;
    made.sender = inside_hub_dial(made.hub, false);
    made.asker = dial(&made, ZMQ_DEALER, "query");
    made.replayer = dial(&made, ZMQ_DEALER, "replay");
    made.follower = dial(&made, ZMQ_SUB, "live");
    *state = &made;
    return 0;
}

static int tear_down(void **state)
{
    port *p = *state;

    zmq_close(p->sender);
    zmq_close(p->asker);
    zmq_close(p->replayer);
    zmq_close(p->follower);
    zmq_ctx_term(p->zmq);
    if (p->terminal >= 0)
        close(p->terminal);
    lb_hub_close(&p->hub);
    lb_arena_fini(&p->arena);
    scratch_remove(&p->folder);
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_failing_folders_report_nothing_false_and_recover,
                                        set_up, tear_down),
    };

    if (argc == 2 && strcmp(argv[1], "--whole") == 0)
        fault_whole();
    lb_log_least(LB_LEVELS);
    faults_wrap_sqlite();
    tape_load();
    return cmocka_run_group_tests_name("failing_rooms", tests, NULL, NULL);
}
