/* test_day_rights.c - the made-up day played by its parties, each with its own grants (grants.txt) and nothing more,
 * and asked by shippers: every track and all capacity as in truth. In one process; parties.py plays it at a hub. */
#include "court.h"

#include "base/log.h"
#include "rights/hub.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

typedef struct feed_party {
    const char *source, *party;
} feed_party;

static const feed_party feeds[] = {
    {"cr-urumqi", "CNRAIL"}, {"ktz", "KTZ"},   {"ktz-border", "KTZ"}, {"tos-ulz", "TOSULZ"},
    {"hub-ulz", "ULZ"},      {"fsu-o3", "O3"}, {"fsu-cz", "CZ"},      {"fsu-mu", "MU"},
};

static const char *party_of(const char *source)
{
    for (size_t i = 0; i < sizeof feeds / sizeof *feeds; i++)
        if (strcmp(feeds[i].source, source) == 0)
            return feeds[i].party;
    fail_msg("nobody sends %s", source);
    return NULL;
}

#define TERMINALS "terminal:NUMBER@PLATE"

/* The grants of the file with one right for each terminal of the day in the place of TERMINALS, and without the
 * right `dropped` of one party (NULL: none is dropped). */
typedef struct grant {
    char party[32], right[64];
} grant;

static void print_right(day_text *out, const day_world *world, const char *before,
                        const char *right)
{
    if (strcmp(right, TERMINALS) != 0) {
        day_text_print(out, "%s%s", before, right);
        return;
    }
    for (int i = 0; i < world->truck_count; i++)
        day_text_print(out, " terminal:%s@%s", world->trucks[i].terminal, world->trucks[i].plate);
}

static void write_grants(const day_world *world, const grant *dropped, day_text *out)
{
    char *text = rights_read_file(LB_SOURCE_DIR "/tests/day/grants.txt"), *rest = text, *line;
    char party[32] = "";

    while ((line = strsep(&rest, "\n")) != NULL) {
        const char *before = line[0] == ' ' ? " " : "";
        if (line[0] == '#' || line[0] == '\0')
            continue;
        if (line[0] != ' ')
            snprintf(party, sizeof party, "%.*s", (int)strcspn(line, " "), line);
        for (char *word; (word = strsep(&line, " ")) != NULL; before = " ")
            if (dropped == NULL || strcmp(party, dropped->party) != 0 ||
                strcmp(word, dropped->right) != 0)
                print_right(out, world, before, word);
        day_text_print(out, "\n");
    }
    free(text);
}

/* How many of them may not be sent. */
static int send_letter(rights_hub *hub, const day_letter *letter)
{
    bool by_gate = letter->door == LB_DAY_JT808;
    const rights_letter sent = {.party = by_gate ? NULL : party_of(letter->source),
                                .source = by_gate ? "jt808" : letter->source,
                                .format = letter->format,
                                .body = {letter->body, letter->len},
                                .at_us = letter->at_us,
                                .by_gate = by_gate};
    rights_receipt receipt = rights_hub_send(hub, &sent);

    return receipt.stage == LB_ITEM_DENIED ? 1 : 0;
}

/* A shipper asks for its cargo, the railways for their trains, anybody for capacity, the operator for the yard. */
static const char *asker_of(const lb_query *query)
{
    if (query->ask == LB_ASK_YARD)
        return NULL;
    if (query->ask == LB_ASK_TRACK &&
        memchr(query->reference.at, '@', query->reference.len) != NULL)
        return lb_span_starts(query->reference, "X") ? "CNRAIL" : "KTZ";
    if (query->ask == LB_ASK_TRACK &&
        memchr(query->reference.at, '-', query->reference.len) != NULL)
        return "WAYBILLS";
    return "BOXES";
}

static void put_question(void *whose, const lb_query *query, int64_t now_us, lb_arena *arena,
                         lb_answer *answer)
{
    rights_hub_ask(whose, asker_of(query), query, now_us, arena, answer);
}

/* How much of the truth is not known, and how much is claimed that is not so. */
static int play(uint64_t seed, bool is_small, const grant *dropped)
{
    static court c;
    day_text grants = {0};
    int refused = 0;

    memset(&c, 0, sizeof c);
    rig_open(&c.day, seed, is_small);
    write_grants(&c.day.world, dropped, &grants);
    rights_hub *hub = rights_hub_open(grants.at, c.day.folder);
    for (size_t i = 0; i < c.day.post.count; i++)
        refused += send_letter(hub, &c.day.post.at[i]);
    rights_hub_flush(hub);
    c.is_quiet = dropped != NULL;
    c.put = put_question;
    c.whose = hub;
    court_open(&c, NULL);
    int wrong = court_judge(&c), claimed = court_check_claims(&c);
    court_close(&c);
    rights_hub_close(&hub);
    day_text_fini(&grants);
    rig_close(&c.day);
    return refused + wrong + claimed;
}

static void test_small_days_by_their_parties_are_known_as_they_were(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++)
        assert_int_equal(play(seed, true, NULL), 0);
}

static void test_a_whole_day_by_its_parties_is_known_as_it_was(void **state)
{
    (void)state;
    assert_int_equal(play(1, false, NULL), 0);
}

enum { GRANTS_MAX = 128 };

/* All rights of the file. */
static size_t list_grants(grant list[GRANTS_MAX])
{
    char *text = rights_read_file(LB_SOURCE_DIR "/tests/day/grants.txt"), *rest = text, *line;
    char party[32] = "";
    size_t count = 0;

    while ((line = strsep(&rest, "\n")) != NULL) {
        if (line[0] == '#')
            continue;
        if (line[0] != ' ')
            snprintf(party, sizeof party, "%.*s", (int)strcspn(line, " "), line);
        for (char *word; (word = strsep(&line, " ")) != NULL;)
            if (strchr(word, ':') != NULL && count < GRANTS_MAX) {
                snprintf(list[count].party, sizeof list[count].party, "%s", party);
                snprintf(list[count++].right, sizeof list->right, "%s", word);
            }
    }
    free(text);
    return count;
}

/* A right that can be left out is too much; and a day that nothing spoils would prove nothing. */
static void test_every_grant_of_the_file_is_needed(void **state)
{
    static grant list[GRANTS_MAX];
    size_t count = list_grants(list);
    int idle = 0;

    (void)state;
    for (size_t i = 0; i < count; i++) {
        int wrong = play(1, true, &list[i]);
        print_message("without %s of %s: %d wrong\n", list[i].right, list[i].party, wrong);
        idle += wrong == 0 ? 1 : 0;
    }
    assert_true(count > 30);
    assert_int_equal(idle, 0);
}

int main(void)
{
    lb_log_least(LB_WARN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small_days_by_their_parties_are_known_as_they_were),
        cmocka_unit_test(test_a_whole_day_by_its_parties_is_known_as_it_was),
        cmocka_unit_test(test_every_grant_of_the_file_is_needed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
