/* test_day_parties.c - the made-up day at a real hub: seven carriers by CURVE, each with its own key and its own
 * grants (grants.txt), the trucks' terminals listed at the gate of JT/T 808, each with the code that it was given.
 * Shippers and railways query, and an integrator follows the stream and builds a view of its own: every track and all
 * capacity equal the truth, for all of them. */
#include "oracle.h"
#include "grants.h"

#include "keep/view.h"
#include "live.h"
#include "rights/live_hub.h"
#include "terminal.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

enum { WINDOW = 200 };

typedef struct port {
    oracle judge;
    live_hub *hub;
    int64_t kept, refused, head;
} port;

static void open_port(port *p)
{
    char data[128], command[400];
    day_text grants = {0};

    rig_path(&p->judge.day, "data", data);
    snprintf(command, sizeof command, "mkdir -p '%s' && cp -r '%s/sources' '%s/'", data,
             p->judge.day.folder, data);
    assert_int_equal(system(command), 0);
    grants_write(&p->judge.day.world, NULL, &grants);
    p->hub = live_hub_open(data, grants.at);
    day_text_fini(&grants);
}

/* -- carriers push ------------------------------------------------------------------------------------------ */

typedef struct feed {
    const char *source;
    lb_client *client;
} feed;

static void on_receipt(void *whose, uint64_t ticket, const lb_receipt *receipt)
{
    port *p = whose;

    (void)ticket;
    p->kept += receipt->result == LB_RESULT_KEPT;
    p->refused += lb_span_is(receipt->error, "DENIED");
}

static lb_client *feed_of(port *p, feed *feeds, size_t *count, const char *source)
{
    for (size_t i = 0; i < *count; i++)
        if (strcmp(feeds[i].source, source) == 0)
            return feeds[i].client;
    feed *fresh = &feeds[(*count)++];
    fresh->source = source;
    fresh->client = live_hub_connect(p->hub, grants_sender(source));
    assert_int_equal(lb_client_source(fresh->client, source), LB_OK);
    lb_client_on_receipt(fresh->client, on_receipt, p);
    return fresh->client;
}

static void push_feeds(port *p)
{
    feed feeds[RIG_FEEDS];
    size_t count = 0;
    uint64_t ticket;

    for (size_t i = 0; i < p->judge.day.post.count; i++) {
        const day_message *message = &p->judge.day.post.at[i];
        if (message->door != LB_DAY_PUSH)
            continue;
        lb_client *client = feed_of(p, feeds, &count, message->source);
        assert_int_equal(lb_client_push(client, LB_EMPTY, lb_span_of(message->format),
                                        (lb_span){message->body, message->len}, LIVE_PATIENCE_MS,
                                        &ticket),
                         LB_OK);
    }
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(lb_client_flush(feeds[i].client, LIVE_PATIENCE_MS), LB_OK);
        lb_client_close(&feeds[i].client);
    }
}

/* -- trucks report ----------------------------------------------------------------------------------------- */

typedef struct truck {
    int fd;
    lb_808_stream stream;
    char code[64];
    long sent, answered;
} truck;

/* Reads the platform's answers; false when it closed the connection or was silent for so long. */
static bool hear(truck *l, int timeout_ms)
{
    char bytes[4096];
    struct pollfd look = {.fd = l->fd, .events = POLLIN};

    if (poll(&look, 1, timeout_ms) <= 0)
        return false;
    ssize_t got = recv(l->fd, bytes, sizeof bytes, 0);
    lb_span left = {bytes, got > 0 ? (size_t)got : 0}, plain;
    while (lb_808_stream_take(&l->stream, &left, &plain)) {
        lb_808_header header;
        assert_true(lb_808_header_read(plain, &header));
        lb_pack body = lb_pack_open(lb_span_after(plain, header.size));
        lb_pack_u16(&body);
        bool is_registered = header.id == 0x8100 && lb_pack_u8(&body) == 0;
        lb_span code = lb_pack_rest(&body);
        if (is_registered)
            snprintf(l->code, sizeof l->code, "%.*s", LB_ARG(code));
        l->answered++;
    }
    return got > 0;
}

static void say(truck *l, const char *frame, size_t len)
{
    assert_int_equal(send(l->fd, frame, len, MSG_NOSIGNAL), (ssize_t)len);
    l->sent++;
    while (l->sent - l->answered > WINDOW && hear(l, LIVE_PATIENCE_MS))
        ;
}

/* Sends the code from the registration. */
static void sign_in(truck *l, const lb_808_header *registered)
{
    char frame[LB_808_FRAME_MAX];
    uint8_t room[128];
    lb_808_header header = *registered;
    lb_packer body;

    while (l->code[0] == '\0' && hear(l, LIVE_PATIENCE_MS))
        ;
    assert_true(l->code[0] != '\0');
    lb_packer_init(&body, room, sizeof room);
    if (header.is_2019)
        lb_put_u8(&body, (unsigned)strlen(l->code));
    lb_put_bytes(&body, lb_span_of(l->code));
    for (int i = 0; header.is_2019 && i < 35; i++)
        lb_put_u8(&body, '0'); /* IMEI, version */
    header.id = 0x0102;
    header.serial = 60000;
    say(l, frame, lb_808_write(&header, lb_packer_span(&body), frame, sizeof frame));
}

static bool open_frame(const day_message *message, lb_808_header *header,
                       char digits[LB_808_TERMINAL_ROOM])
{
    static lb_808_stream stream;
    lb_span rest = {message->body, message->len}, plain;

    lb_808_stream_reset(&stream);
    if (message->door != LB_DAY_JT808 || message->kind == LB_DAY_BROKEN ||
        !lb_808_stream_take(&stream, &rest, &plain) || !lb_808_header_read(plain, header))
        return false;
    lb_808_terminal(header, digits);
    return true;
}

/* One truck's frames in order; it registers first, even if the day's own registration was
 * damaged. */
static void drive(port *p, const char *terminal)
{
    truck l = {.fd = terminal_dial(live_hub_gate(p->hub))};
    lb_808_header header;
    char digits[LB_808_TERMINAL_ROOM];

    assert_true(l.fd >= 0);
    for (int is_in = 0; is_in < 2; is_in++)
        for (size_t i = 0; i < p->judge.day.post.count; i++) {
            const day_message *message = &p->judge.day.post.at[i];
            if (!open_frame(message, &header, digits) || strcmp(digits, terminal) != 0 ||
                header.id == 0x0102 || (header.id == 0x0100) != (is_in == 0))
                continue;
            say(&l, message->body, message->len);
            if (header.id == 0x0100)
                sign_in(&l, &header);
        }
    while (l.answered < l.sent && hear(&l, LIVE_PATIENCE_MS))
        ;
    assert_int_equal(l.answered, l.sent);
    close(l.fd);
}

static void drive_all(port *p)
{
    const day_world *world = &p->judge.day.world;

    for (int i = 0; i < world->truck_count; i++)
        drive(p, world->trucks[i].terminal + strspn(world->trucks[i].terminal, "0"));
}

/* -- asking ------------------------------------------------------------------------------------------------- */

static void put_question(void *whose, const lb_query *query, int64_t now_us, lb_arena *arena,
                         lb_answer *answer)
{
    port *p = whose;

    live_hub_ask(p->hub, grants_asker(query), query, now_us, p->head, arena, answer);
}

static int judge(oracle *c)
{
    int wrong = oracle_judge(c);

    return wrong + oracle_check_claims(c);
}

static int ask_as_parties(port *p)
{
    oracle *c = &p->judge;

    c->put = put_question;
    c->whose = p;
    oracle_open(c, NULL);
    return judge(c);
}

/* Builds a view from the integrator's stream. */
static int follow(port *p)
{
    static oracle own;
    char path[128];
    lb_view *view;
    const lb_event *event;
    lb_client *client = live_hub_connect(p->hub, "FOLLOWER");

    own = (oracle){.day = p->judge.day};
    rig_path(&p->judge.day, "own.db", path);
    assert_int_equal(lb_view_open(&view, path), LB_OK);
    assert_int_equal(lb_client_follow(client, 1), LB_OK);
    for (int64_t seq = 1; seq <= p->head; seq++) {
        assert_int_equal(lb_client_next(client, LIVE_PATIENCE_MS, &event), LB_OK);
        assert_int_equal(event->hub_seq, seq);
        assert_int_equal(lb_view_put(view, event), LB_OK);
    }
    assert_int_equal(lb_view_flush(view, p->head), LB_OK);
    lb_view_close(&view);
    lb_client_close(&client);
    oracle_open(&own, path);
    int wrong = judge(&own);
    oracle_close(&own);
    return wrong;
}

/* ------------------------------------------------------------------------------------------------------------ */

static void test_a_day_by_seven_parties_and_listed_trucks_is_known_as_it_was(void **state)
{
    static port p;
    int64_t from_ms = live_now_ms();

    (void)state;
    memset(&p, 0, sizeof p);
    rig_open_on(&p.judge.day, 5, getenv("LANDBRIDGE_WHOLE_DAY") == NULL, true);
    open_port(&p);
    push_feeds(&p);
    drive_all(&p);
    p.head = live_hub_head(p.hub);
    int wrong = ask_as_parties(&p), own = follow(&p);
    print_message("%lld messages and the frames of %d trucks, %lld events in %lld ms\n",
                  (long long)p.kept, p.judge.day.world.truck_count, (long long)p.head,
                  (long long)(live_now_ms() - from_ms));
    live_hub_close(&p.hub);
    oracle_close(&p.judge);
    rig_close(&p.judge.day);
    assert_int_equal(p.refused, 0);
    assert_int_equal(wrong, 0);
    assert_int_equal(own, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_day_by_seven_parties_and_listed_trucks_is_known_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
