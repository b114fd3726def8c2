/* stage.c - a hub for the scenarios of hostile parties. */
#include "stage.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "live.h"
#include "question.h"
#include "party_words.h"

enum { WAIT_MS = 60000, QUEUE = 100000, WORDS = 16 };

static void read_hub_key(stage *s)
{
    char path[SCRATCH_PATH_ROOM + 16], line[256];

    snprintf(path, sizeof path, "%s/hub.key", s->data);
    FILE *file = fopen(path, "r");
    if (file == NULL || fgets(line, sizeof line, file) == NULL ||
        sscanf(line, "public = %40s", s->key) != 1)
        abort();
    fclose(file);
}

static void write_config(const stage *s)
{
    FILE *file = fopen(scratch_path(&s->folder, "hub.conf"), "w");

    if (file == NULL)
        abort();
    fprintf(file,
            "[listen]\nintake = off\nquery = off\nlive = off\nreplay = off\njt808 = %d\n"
            "curve_intake = %d\ncurve_query = %d\ncurve_live = %d\ncurve_replay = %d\n",
            s->port + STAGE_JT808, s->port + STAGE_INTAKE, s->port + STAGE_QUERY,
            s->port + STAGE_LIVE, s->port + STAGE_REPLAY);
    fclose(file);
}

void stage_open(stage *s, const char *program)
{
    const lb_answer *answer;
    lb_query query;

    memset(s, 0, sizeof *s);
    scratch_make(&s->folder);
    snprintf(s->data, sizeof s->data, "%s", scratch_path(&s->folder, "data"));
    s->port = live_free_ports(5);
    write_config(s);
    s->hub = live_start(program, s->data, scratch_path(&s->folder, "hub.conf"),
                        scratch_path(&s->folder, "log"), NULL);
    s->zmq = zmq_ctx_new();
    zmq_ctx_set(s->zmq, ZMQ_MAX_SOCKETS, 8192);
    lb_query_init(&query, LB_ASK_STATUS);
    if (s->hub < 0 || lb_client_open(&s->local, s->data) != LB_OK ||
        lb_client_ask(s->local, &query, WAIT_MS, &answer) != LB_OK)
        abort();
    read_hub_key(s);
}

void stage_close(stage *s)
{
    lb_client_close(&s->local);
    kill(s->hub, SIGTERM);
    waitpid(s->hub, NULL, 0);
    zmq_ctx_term(s->zmq);
    scratch_remove(&s->folder);
}

/* -- parties -------------------------------------------------------------------------------------------- */

static bool change(const stage *s, lb_ask ask, const party *who, const char *words)
{
    lb_party_role roles[WORDS];
    lb_span rights[WORDS], rest = lb_span_of(words), word;
    lb_party_key key = {lb_span_of(who->own_public), LB_UNKNOWN, LB_UNKNOWN};
    const lb_answer *answer;
    lb_query query;
    lb_party made;

    lb_record_init(&lb_record_party, &made);
    made.name = lb_span_of(who->name);
    made.roles = (lb_party_role_list){roles, 0, WORDS};
    made.rights = (lb_text_list){rights, 0, WORDS};
    made.keys = (lb_party_key_list){&key, words[0] != '\0', 1};
    while (lb_span_cut(&rest, ' ', &word)) {
        if (made.rights.count < WORDS && made.roles.count < WORDS)
            party_take_word(&made, word);
    }
    question_of_change(&query, ask, &made, LB_UNKNOWN);
    if (lb_client_ask(s->local, &query, WAIT_MS, &answer) != LB_OK)
        return false;
    if (answer->error.len > 0)
        fprintf(stderr, "%s: %.*s\n", who->name, LB_ARG(answer->text));
    return answer->error.len == 0;
}

bool stage_add(const stage *s, party *who, const char *name, const char *words)
{
    who->name = name;
    return zmq_curve_keypair(who->own_public, who->own_secret) == 0 &&
           change(s, LB_ASK_PARTY_ADD, who, words);
}

bool stage_revoke(const stage *s, const party *who)
{
    return change(s, LB_ASK_PARTY_REVOKE, who, "");
}

/* -- sockets -------------------------------------------------------------------------------------------- */

void *stage_socket(const stage *s, const party *who, stage_port port, const char *identity)
{
    const int no_linger = 0, many = QUEUE;
    char at[64];
    void *socket = zmq_socket(s->zmq, ZMQ_DEALER);

    if (socket == NULL)
        abort();
    zmq_setsockopt(socket, ZMQ_LINGER, &no_linger, sizeof no_linger);
    zmq_setsockopt(socket, ZMQ_SNDHWM, &many, sizeof many);
    zmq_setsockopt(socket, ZMQ_RCVHWM, &many, sizeof many);
    if (identity != NULL)
        zmq_setsockopt(socket, ZMQ_ROUTING_ID, identity, strlen(identity));
    zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, s->key, STAGE_KEY_ROOM);
    zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, who->own_public, STAGE_KEY_ROOM);
    zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, who->own_secret, STAGE_KEY_ROOM);
    snprintf(at, sizeof at, "tcp://127.0.0.1:%d", s->port + (int)port);
    zmq_connect(socket, at);
    return socket;
}

bool stage_send(void *socket, lb_arena *arena, const lb_record *record, const void *value)
{
    lb_span bytes;

    lb_arena_reset(arena);
    return lb_record_pack(record, value, arena, &bytes) == LB_OK &&
           zmq_send(socket, bytes.at, bytes.len, ZMQ_DONTWAIT) >= 0;
}

bool stage_submit(void *socket, lb_arena *arena, const char *source, int64_t correlation,
                  lb_span body)
{
    lb_message message = {.body = body};
    lb_submit submit;

    lb_record_init(&lb_record_submit, &submit);
    submit.source = lb_span_of(source);
    submit.correlation = correlation;
    submit.messages = (lb_message_list){&message, 1, 1};
    return stage_send(socket, arena, &lb_record_submit, &submit);
}

bool stage_take(void *socket, lb_arena *arena, const lb_record *record, void *value)
{
    zmq_msg_t frame;

    lb_arena_reset(arena);
    zmq_msg_init(&frame);
    bool is_there = zmq_msg_recv(&frame, socket, ZMQ_DONTWAIT) >= 0;
    lb_span bytes = {zmq_msg_data(&frame), zmq_msg_size(&frame)};
    is_there =
        is_there && lb_record_unpack(record, lb_arena_copy(arena, bytes), arena, value) == LB_OK;
    zmq_msg_close(&frame);
    return is_there;
}

bool stage_wait(void *socket, lb_arena *arena, const lb_record *record, void *value, int timeout_ms)
{
    zmq_pollitem_t item = {.socket = socket, .events = ZMQ_POLLIN};

    return zmq_poll(&item, 1, timeout_ms) > 0 && stage_take(socket, arena, record, value);
}
