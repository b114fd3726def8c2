/* parties.h - a real hub, its five parties with their keys, and a client without a key; for the tests of permissions.
 *
 *     cz-cargo  CARRIER     format:air.* for:awb:784-*       lianhe  SHIPPER     see:awb:784-30418264
 *     bench      INTEGRATOR  topic:e/air/                     worker   AUDITOR
 *     chief     OPERATOR                                     local   a client without a key */
#ifndef INTEGRATION_PARTIES_H
#define INTEGRATION_PARTIES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "at_least.h"
#include "landbridge/client/client.h"
#include "live.h"
#include "record.h"
#include "scratch.h"
#include "question.h"
#include "live_clock.h"
#include "party_words.h"

enum { DEADLINE_MS = 20000, NEVER_MS = 700, KEY_ROOM = 41, TEXT_ROOM = 2048 };

#define OWN     "784-30418264"
#define FOREIGN "999-12345675"
#define ABSENT  "999-76543215"
#define NO      "DENIED"

typedef struct identity {
    const char *name, *words; /* roles and rights */
    char own_public[KEY_ROOM], own_secret[KEY_ROOM];
    lb_client *client;
} identity;

enum { CHIEF, CARRIER, SHIPPER, BENCH, AUDITOR, IDENTITIES };

typedef struct test_hub {
    lb_scratch folder;
    pid_t pid;
    int port; /* of the CURVE intake; query, live and replay are the next three */
    char key[KEY_ROOM], data[SCRATCH_PATH_ROOM];
    live_clock clock;
    lb_client *local;
    identity who[IDENTITIES];
    int64_t seq; /* newest event */
    lb_receipt receipt;
    char error[64];
} test_hub;

/* -- the hub -------------------------------------------------------------------------------------------- */

static inline void write_config(test_hub *hub, const char *more)
{
    FILE *file = fopen(scratch_path(&hub->folder, "hub.conf"), "w");

    assert_non_null(file);
    fprintf(file,
            "[listen]\nintake = off\nquery = off\nlive = off\nreplay = off\njt808 = off\n"
            "curve_intake = %d\ncurve_query = %d\ncurve_live = %d\ncurve_replay = %d\n%s",
            hub->port, hub->port + 1, hub->port + 2, hub->port + 3, more);
    assert_int_equal(fclose(file), 0);
}

static inline void start(test_hub *hub)
{
    if (hub->clock.path[0] == '\0' && getenv("LANDBRIDGE_CLOCK") == NULL)
        assert_true(live_clock_open(&hub->clock, scratch_path(&hub->folder, "clock")));
    hub->pid =
        live_start(LB_BIN_DIR "/landbridged", hub->data, scratch_path(&hub->folder, "hub.conf"),
                   scratch_path(&hub->folder, "log"), NULL);
    assert_true(hub->pid > 0);
}

static inline void stop(test_hub *hub)
{
    kill(hub->pid, SIGTERM);
    waitpid(hub->pid, NULL, 0);
    hub->pid = 0;
}

static inline const lb_answer *ask_as(lb_client *client, const lb_query *query)
{
    const lb_answer *answer = NULL;

    assert_int_equal(lb_client_ask(client, query, DEADLINE_MS, &answer), LB_OK);
    return answer;
}

/* As if it were that time: in builds whose clock can be set. */
static inline const lb_answer *ask_as_at(test_hub *hub, lb_client *client, const lb_query *query,
                                         int64_t now_us)
{
    if (!live_clock_stop(&hub->clock, now_us))
        skip();
    const lb_answer *answer = ask_as(client, query);
    assert_true(live_clock_free(&hub->clock));
    return answer;
}

/* "PARTY_ADD", "acme", "CARRIER format:air.*" */
static inline void change(test_hub *hub, lb_ask ask, identity *who, const char *words,
                          const char *key, int64_t until_us)
{
    enum { WORDS = 8 };
    lb_party_role roles[WORDS];
    lb_span rights[WORDS], rest = lb_span_of(words), word;
    lb_party_key held = {lb_span_of(key), LB_UNKNOWN, LB_UNKNOWN};
    lb_query query;
    lb_party party;

    lb_record_init(&lb_record_party, &party);
    party.name = lb_span_of(who->name);
    party.roles = (lb_party_role_list){roles, 0, WORDS};
    party.rights = (lb_text_list){rights, 0, WORDS};
    party.keys = (lb_party_key_list){&held, key != NULL, 1};
    while (lb_span_cut(&rest, ' ', &word))
        party_take_word(&party, word);
    question_of_change(&query, ask, &party, until_us);
    const lb_answer *answer = ask_as(hub->local, &query);
    if (answer->error.len > 0)
        fail_msg("%s: %.*s", who->name, LB_ARG(answer->text));
}

static inline lb_client *connect_with(test_hub *hub, const char *own_public, const char *own_secret,
                                      const char *hub_public)
{
    lb_client *client;
    char at[64];

    snprintf(at, sizeof at, "tcp://127.0.0.1:%d", hub->port);
    assert_int_equal(lb_client_open(&client, at), LB_OK);
    assert_int_equal(lb_client_key(client, own_public, own_secret, hub_public), LB_OK);
    return client;
}

static inline void on_receipt(void *whose, uint64_t ticket, const lb_receipt *receipt)
{
    test_hub *hub = whose;

    (void)ticket;
    hub->receipt = *receipt;
    snprintf(hub->error, sizeof hub->error, "%.*s", LB_ARG(receipt->error));
    if (receipt->first_seq != LB_UNKNOWN)
        hub->seq = receipt->first_seq + receipt->events - 1;
}

static inline void come_in(test_hub *hub, identity *who)
{
    lb_client_close(&who->client);
    who->client = connect_with(hub, who->own_public, who->own_secret, hub->key);
    lb_client_source(who->client, who->name);
    lb_client_on_receipt(who->client, on_receipt, hub);
}

static inline void say(test_hub *hub, lb_client *client, const char *text)
{
    uint64_t ticket;

    hub->error[0] = '\0';
    assert_int_equal(
        lb_client_push(client, LB_EMPTY, LB_EMPTY, lb_span_of(text), DEADLINE_MS, &ticket), LB_OK);
    assert_int_equal(lb_client_flush(client, DEADLINE_MS), LB_OK);
}

/* The arrival of OWN at that minute past ten: a status by air, from the client without a key. Its number. */
static inline int64_t say_arrival(test_hub *hub, int minute)
{
    char text[TEXT_ROOM];

    snprintf(text, sizeof text,
             "FSU/14\r\n" OWN "PVGURC/T24K812.5\r\nRCF/CZ5417/12MAR10%02d/URC/T24K812.5\r\n",
             minute);
    say(hub, hub->local, text);
    return hub->seq;
}

static inline void read_hub_key(test_hub *hub)
{
    char line[256], path[SCRATCH_PATH_ROOM + 16];

    snprintf(path, sizeof path, "%s/hub.key", hub->data);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    fclose(file);
    assert_int_equal(sscanf(line, "public = %40s", hub->key), 1);
}

static inline void wait_until_up(test_hub *hub)
{
    lb_query query;
    const lb_answer *answer;

    lb_query_init(&query, LB_ASK_STATUS);
    assert_int_equal(lb_client_ask(hub->local, &query, DEADLINE_MS, &answer), LB_OK);
}

static inline void open_hub(test_hub *hub, const char *more)
{
    scratch_make(&hub->folder);
    snprintf(hub->data, sizeof hub->data, "%s", scratch_path(&hub->folder, "data"));
    hub->port = live_free_ports(4);
    write_config(hub, more);
    start(hub);
    assert_int_equal(lb_client_open(&hub->local, hub->data), LB_OK);
    lb_client_on_receipt(hub->local, on_receipt, hub);
    wait_until_up(hub);
    read_hub_key(hub);
}

static inline int set_up_with(void **state, const char *more)
{
    static test_hub made;
    static const char *const names[][2] = {
        {"chief", "OPERATOR"},
        {"cz-cargo", "CARRIER format:air.* for:awb:784-*"},
        {"lianhe", "SHIPPER see:awb:784-30418264"},
        {"bench", "INTEGRATOR topic:e/air/"},
        {"worker", "AUDITOR"},
    };

    made = (test_hub){.seq = 0};
    open_hub(&made, more);
    for (size_t i = 0; i < IDENTITIES; i++) {
        identity *who = &made.who[i];
        who->name = names[i][0];
        who->words = names[i][1];
        assert_int_equal(zmq_curve_keypair(who->own_public, who->own_secret), 0);
        change(&made, LB_ASK_PARTY_ADD, who, who->words, who->own_public, LB_UNKNOWN);
        come_in(&made, who);
    }
    say(&made, made.local, "FSU/14\r\n" OWN "PVGURC/T24K812.5\r\nRCS/12MAR1030/PVG/T24K812.5\r\n");
    say(&made, made.local,
        "FSU/14\r\n" FOREIGN "PVGURC/T24K812.5\r\nRCS/12MAR1030/PVG/T24K812.5\r\n");
    *state = &made;
    return 0;
}

static inline int set_up(void **state)
{
    return set_up_with(state, "");
}

static inline int set_up_small(void **state)
{
    return set_up_with(state,
                       "[limits]\nparty_messages = 5\nparty_questions = 50\nparty_open = 4\n");
}

static inline int tear_down(void **state)
{
    test_hub *hub = *state;

    for (size_t i = 0; i < IDENTITIES; i++)
        lb_client_close(&hub->who[i].client);
    lb_client_close(&hub->local);
    if (hub->pid > 0) {
        kill(hub->pid, SIGKILL);
        waitpid(hub->pid, NULL, 0);
    }
    if (hub->clock.path[0] != '\0')
        live_clock_close(&hub->clock);
    scratch_remove(&hub->folder);
    return 0;
}

/* -- asking ---------------------------------------------------------------------------------------------- */

static inline const char *error_of(const lb_answer *answer)
{
    static char text[64];

    snprintf(text, sizeof text, "%.*s", LB_ARG(answer->error));
    return text[0] == '\0' ? "OK" : text;
}

static inline void fill_question(test_hub *hub, lb_ask ask, const char *reference, lb_query *query)
{
    bool is_of_place = ask == LB_ASK_FIND_SPACE || ask == LB_ASK_DEPARTURES || ask == LB_ASK_YARD;
    lb_party nobody;

    lb_record_init(&lb_record_party, &nobody);
    nobody.name = LB_SPAN("nobody");
    question_of_change(query, ask, &nobody, LB_UNKNOWN);
    question_set(query, ask, is_of_place ? LB_SPAN("CNULZ") : lb_span_of(reference));
    if (ask == LB_ASK_TRACK)
        ask_at_least(query, hub->seq);
    query->quarantine_show.id = query->quarantine_release.id = query->quarantine_drop.id = 1000000;
    if (ask == LB_ASK_BACKUP)
        query->backup.folder = LB_SPAN("/nowhere/at/all");
}

static inline const lb_track *track_of(test_hub *hub, lb_client *client, const char *reference)
{
    lb_query query;

    fill_question(hub, LB_ASK_TRACK, reference, &query);
    const lb_answer *answer = ask_as(client, &query);
    assert_int_equal(answer->track.tracks.count, 1);
    return &answer->track.tracks.at[0];
}

#define WITH_HUB(test)       cmocka_unit_test_setup_teardown(test, set_up, tear_down)
#define WITH_SMALL_HUB(test) cmocka_unit_test_setup_teardown(test, set_up_small, tear_down)

#endif
