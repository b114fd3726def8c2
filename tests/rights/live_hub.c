/* live_hub.c - see live_hub.h. */
#include "live_hub.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <zmq.h>

#include "at_least.h"
#include "live.h"
#include "record.h"
#include "live_clock.h"
#include "party_words.h"

enum { PARTIES = 16, KEY_ROOM = 41, PATHS = 160 };

typedef struct live_party {
    char name[32];
    char own_public[KEY_ROOM], own_secret[KEY_ROOM];
    lb_client *client; /* for questions */
} live_party;

struct live_hub {
    live_clock clock;
    pid_t pid;
    int first_port; /* CURVE intake, query, live, replay, then the gate */
    char data[PATHS], key[KEY_ROOM];
    lb_client *local;
    live_party parties[PARTIES];
    size_t count;
};

static void write_config(const live_hub *hub, const char *path)
{
    FILE *file = fopen(path, "w");
    int port = hub->first_port;

    assert_non_null(file);
    fprintf(file,
            "[listen]\nintake = off\nquery = off\nlive = off\nreplay = off\njt808 = %d\n"
            "curve_intake = %d\ncurve_query = %d\ncurve_live = %d\ncurve_replay = %d\n"
            "[identity]\nterminals = listed\n[limits]\nparty_messages = 1000000\n"
            "party_bytes = 1000000000\nparty_questions = 1000000\n",
            port + 4, port, port + 1, port + 2, port + 3);
    assert_int_equal(fclose(file), 0);
}

static void read_key(live_hub *hub)
{
    char line[256], path[PATHS + 16];

    snprintf(path, sizeof path, "%s/hub.key", hub->data);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    fclose(file);
    assert_int_equal(sscanf(line, "public = %40s", hub->key), 1);
}

static const lb_answer *ask(lb_client *client, const lb_query *query)
{
    const lb_answer *answer;

    assert_int_equal(lb_client_ask(client, query, LIVE_PATIENCE_MS, &answer), LB_OK);
    return answer;
}

static void start(live_hub *hub, const char *folder)
{
    char config[PATHS + 16];
    lb_query query;

    mkdir(folder, 0750);
    snprintf(hub->data, sizeof hub->data, "%s", folder);
    snprintf(config, sizeof config, "%s/hub.conf", hub->data);
    hub->first_port = live_free_ports(5);
    write_config(hub, config);
    snprintf(config, sizeof config, "%s/clock", hub->data);
    assert_true(live_clock_open(&hub->clock, config));
    snprintf(config, sizeof config, "%s/hub.conf", hub->data);
    hub->pid = live_start(LB_BIN_DIR "/landbridged", hub->data, config, "/dev/null", NULL);
    assert_true(hub->pid > 0);
    assert_int_equal(lb_client_open(&hub->local, hub->data), LB_OK);
    lb_query_init(&query, LB_ASK_STATUS);
    ask(hub->local, &query);
    read_key(hub);
}

/* "NAME ROLE right right ..."; the line is cut up. */
static void add_party(live_hub *hub, char *line)
{
    enum { RIGHTS = 600 };
    static lb_span rights[RIGHTS];
    live_party *one = &hub->parties[hub->count++];
    lb_query query;

    assert_true(hub->count <= PARTIES);
    snprintf(one->name, sizeof one->name, "%s", strsep(&line, " "));
    lb_party_role role = role_of(lb_span_of(strsep(&line, " ")));
    assert_int_equal(zmq_curve_keypair(one->own_public, one->own_secret), 0);
    lb_party_key key = {lb_span_of(one->own_public), LB_UNKNOWN, LB_UNKNOWN};
    lb_query_init(&query, LB_ASK_PARTY_ADD);
    query.party_add.name = lb_span_of(one->name);
    query.party_add.roles = (lb_party_role_list){&role, 1, 1};
    query.party_add.keys = (lb_party_key_list){&key, 1, 1};
    query.party_add.rights = (lb_text_list){rights, 0, RIGHTS};
    for (char *word; (word = strsep(&line, " ")) != NULL;) {
        assert_true(query.party_add.rights.count < RIGHTS);
        if (word[0] != '\0')
            rights[query.party_add.rights.count++] = lb_span_of(word);
    }
    const lb_answer *answer = ask(hub->local, &query);
    if (answer->error.len > 0)
        fail_msg("%s: %.*s", one->name, LB_ARG(answer->text));
}

/* A line that begins with a blank continues the one above. */
static void add_parties(live_hub *hub, const char *grants)
{
    char *text = strdup(grants), *line;

    assert_non_null(text);
    for (char *at = text; (at = strstr(at, "\n ")) != NULL;)
        *at = ' ';
    for (char *rest = text; (line = strsep(&rest, "\n")) != NULL;)
        if (line[0] != '\0' && line[0] != '#')
            add_party(hub, line);
    free(text);
}

live_hub *live_hub_open(const char *folder, const char *grants)
{
    live_hub *hub = calloc(1, sizeof *hub);

    assert_non_null(hub);
    start(hub, folder);
    add_parties(hub, grants);
    return hub;
}

void live_hub_close(live_hub **out)
{
    live_hub *hub = *out;
    int status;

    for (size_t i = 0; i < hub->count; i++)
        lb_client_close(&hub->parties[i].client);
    lb_client_close(&hub->local);
    kill(hub->pid, SIGTERM);
    assert_int_equal(waitpid(hub->pid, &status, 0), hub->pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    live_clock_close(&hub->clock);
    free(hub);
    *out = NULL;
}

int live_hub_gate(const live_hub *hub)
{
    return hub->first_port + 4;
}

int64_t live_hub_head(const live_hub *hub)
{
    lb_query query;

    lb_query_init(&query, LB_ASK_STATUS);
    return lb_position_number(&ask(hub->local, &query)->status.head);
}

static live_party *party_named(const live_hub *hub, const char *name)
{
    for (size_t i = 0; i < hub->count; i++)
        if (strcmp(hub->parties[i].name, name) == 0)
            return (live_party *)(uintptr_t)&hub->parties[i];
    fail_msg("no party %s", name);
    return NULL;
}

lb_client *live_hub_connect(const live_hub *hub, const char *party)
{
    const live_party *one = party_named(hub, party);
    lb_client *client;
    char at[64];

    snprintf(at, sizeof at, "tcp://127.0.0.1:%d", hub->first_port);
    assert_int_equal(lb_client_open(&client, at), LB_OK);
    assert_int_equal(lb_client_key(client, one->own_public, one->own_secret, hub->key), LB_OK);
    return client;
}

static lb_client *asker(live_hub *hub, const char *party)
{
    if (party == NULL)
        return hub->local;
    live_party *one = party_named(hub, party);
    if (one->client == NULL)
        one->client = live_hub_connect(hub, party);
    return one->client;
}

void live_hub_ask(live_hub *hub, const char *party, const lb_query *asked, int64_t now_us,
                  int64_t at_least_seq, lb_arena *arena, lb_answer *answer)
{
    lb_query query = *asked;
    lb_span bytes = LB_EMPTY;

    ask_at_least(&query, at_least_seq);
    if (!live_clock_stop(&hub->clock, now_us))
        skip();
    const lb_answer *said = ask(asker(hub, party), &query);
    assert_true(live_clock_free(&hub->clock));
    assert_int_equal(lb_record_pack(&lb_record_answer, said, arena, &bytes), LB_OK);
    assert_int_equal(lb_record_unpack(&lb_record_answer, bytes, arena, answer), LB_OK);
}
