/* test_grants.c - a carrier's reports about other parties' cargo change nothing, at a real hub.
 *
 * The hub's own system sends the facts; `cz-cargo`, granted a booking and a box of its own, contradicts them. */
#include "parties.h"

enum { REPORT_ROOM = 4096 };

#define OWN_BOX  "LBKU2048176"
#define BOX      "LBKU1111119" /* another's */
#define TRAIN    "X9023@2026-03-12"
#define WAGON    "333379300184"
#define GRANTS   "format:hub.report for:bkg:OWN1 for:container:" OWN_BOX
#define AN_EVENT "\"classifier\":\"ACTUAL\",\"mode\":\"RAIL\","
#define AT(hour) "\"occurred\":{\"utc_us\":\"2026-03-12T" hour ":00:00Z\"},"
#define LATER_US INT64_C(1773360000000000) /* 2026-03-13T00:00:00Z */

static void report(test_hub *hub, lb_client *client, const char *event)
{
    char text[REPORT_ROOM];

    snprintf(text, sizeof text, "{\"magic\":\"landbridge.report\",\"events\":[{%s}]}", event);
    say(hub, client, text);
    assert_string_equal(hub->error, "");
}

static int set_up_grants(void **state)
{
    int failed = set_up(state);
    test_hub *hub = *state;

    change(hub, LB_ASK_PARTY_GRANT, &hub->who[CARRIER], GRANTS, NULL, LB_UNKNOWN);
    return failed;
}

static void report_as_carrier(test_hub *hub, const char *event)
{
    report(hub, hub->who[CARRIER].client, event);
}

static const lb_answer *ask_at(test_hub *hub, lb_client *client, lb_ask ask, const char *reference)
{
    lb_query query;

    fill_question(hub, ask, reference, &query);
    ask_at_least(&query, hub->seq);
    return ask_as_at(hub, client, &query, LATER_US);
}

/* The answer as text, without the parts that depend on the moment. */
static void tell(test_hub *hub, lb_ask ask, const char *reference, char text[TEXT_ROOM])
{
    lb_answer bare = *ask_at(hub, hub->local, ask, reference);
    lb_span json;

    bare.correlation = bare.as_of_us = LB_UNKNOWN;
    bare.as_of.entries.count = 0;
    assert_int_equal(lb_client_answer_json(hub->local, &bare, &json), LB_OK);
    assert_true(json.len < TEXT_ROOM);
    snprintf(text, TEXT_ROOM, "%.*s", LB_ARG(json));
}

/* A capacity, a train and a box as the hub's system knows them. */
static void say_what_is_so(test_hub *hub)
{
    report(hub, hub->local,
           "\"type\":\"SNAP\"," AN_EVENT AT(
               "01") "\"cap\":{\"kind\":\"DEPARTURE\",\"id\":\"" TRAIN
                     "\",\"from\":{\"locode\":\"CNULZ\"},\"departs_us\":\"2026-03-12T20:00:00Z\","
                     "\"lines\":["
                     "{\"unit\":\"MILLI_TEU\",\"state\":\"NOMINAL\",\"quantity\":110000},"
                     "{\"unit\":\"MILLI_TEU\",\"state\":\"BOOKED\",\"quantity\":30000}]}");
    report(hub, hub->local,
           "\"type\":\"FORM\"," AN_EVENT AT("02") "\"place\":{\"locode\":\"CNULZ\"},"
                                                  "\"objects\":[{\"kind\":\"TRAIN\",\"id\":\"" TRAIN
                                                  "\"}],\"assoc\":["
                                                  "{\"action\":\"ADD\",\"parent\":{\"id\":\"" TRAIN
                                                  "\"},\"child\":{\"id\":\"" WAGON "\"}},"
                                                  "{\"action\":\"ADD\",\"parent\":{\"id\":\"" WAGON
                                                  "\"},\"child\":{\"id\":\"" BOX "\"}}]");
    report(hub, hub->local,
           "\"type\":\"LOAD\"," AN_EVENT AT(
               "01") "\"place\":{\"locode\":\"CNULZ\"},"
                     "\"objects\":[{\"id\":\"" BOX "\"}],"
                     "\"cond\":{\"fill\":\"LADEN\",\"seals\":[\"GOOD\"]}");
}

static void assert_unchanged(test_hub *hub, lb_ask ask, const char *reference, const char *before)
{
    char after[TEXT_ROOM];

    tell(hub, ask, reference, after);
    assert_string_equal(after, before);
}

/* -- statements about others' capacities -------------------------------------------------------------- */

static void test_a_capacity_is_changed_by_its_own_carrier_only(void **state)
{
    test_hub *hub = *state;
    char before[TEXT_ROOM];

    say_what_is_so(hub);
    tell(hub, LB_ASK_CAPACITY, TRAIN, before);
    report_as_carrier(hub,
                      "\"type\":\"SNAP\"," AN_EVENT AT(
                          "03") "\"objects\":[{\"id\":\"Q1\",\"role\":\"OTHER\"}],\"cap\":{"
                                "\"kind\":\"DEPARTURE\",\"id\":\"" TRAIN "\",\"lines\":[{\"unit\":"
                                "\"MILLI_TEU\",\"state\":\"BOOKED\",\"quantity\":0}]}");
    assert_unchanged(hub, LB_ASK_CAPACITY, TRAIN, before);
    change(hub, LB_ASK_PARTY_GRANT, &hub->who[CARRIER], "for:resource:" TRAIN, NULL, LB_UNKNOWN);
    report_as_carrier(
        hub, "\"type\":\"SNAP\"," AN_EVENT AT(
                 "04") "\"cap\":{"
                       "\"kind\":\"DEPARTURE\",\"id\":\"" TRAIN "\",\"lines\":[{\"unit\":"
                       "\"MILLI_TEU\",\"state\":\"NOMINAL\",\"quantity\":110000},{\"unit\":"
                       "\"MILLI_TEU\",\"state\":\"BOOKED\",\"quantity\":0}]}");
    const lb_answer *answer = ask_at(hub, hub->local, LB_ASK_CAPACITY, TRAIN);
    assert_int_equal(answer->capacity.resources.at[0].units.at[0].booked, 0);
}

static void test_a_ban_needs_the_places_that_it_closes(void **state)
{
    static const char ban[] = "\"type\":\"SNAP\"," AN_EVENT AT(
        "03") "\"objects\":[{\"id\":\"Q1\",\"role\":\"OTHER\"}],"
              "\"cap\":{\"kind\":\"BAN\",\"id\":\"EVIL-BAN\",\"from\":{\"locode\":\"CNULZ\"}}";
    test_hub *hub = *state;

    say_what_is_so(hub);
    report_as_carrier(hub, ban);
    assert_int_equal(ask_at(hub, hub->local, LB_ASK_CAPACITY, "EVIL-BAN")->capacity.resources.count,
                     0);
    change(hub, LB_ASK_PARTY_GRANT, &hub->who[CARRIER], "for:resource:EVIL-*", NULL, LB_UNKNOWN);
    report_as_carrier(hub, ban); /* the same message is a duplicate: kept once */
    report_as_carrier(
        hub, "\"remark\":\"again\","
             "\"type\":\"SNAP\"," AN_EVENT AT(
                 "04") "\"cap\":{\"kind\":\"BAN\",\"id\":\"EVIL-BAN\",\"from\":{\"locode\":"
                       "\"CNULZ\"}}");
    assert_int_equal(ask_at(hub, hub->local, LB_ASK_CAPACITY, "EVIL-BAN")->capacity.resources.count,
                     0);
    const lb_answer *answer = ask_at(hub, hub->local, LB_ASK_CAPACITY, TRAIN);
    assert_int_equal(answer->capacity.resources.at[0].bans.count, 0);
}

/* -- others' references ------------------------------------------------------------------------------- */

static void test_another_partys_reference_changes_nothing_and_grants_nothing(void **state)
{
    static const char *const events[] = {
        "\"type\":\"ASSO\"," AN_EVENT AT(
            "05") "\"objects\":[{\"id\":\"" BOX
                  "\",\"role\":\"UNIT\"}],\"refs\":[{\"scheme\":\"BKG\",\"value\":\"OWN1\"}],"
                  "\"cond\":{\"fill\":\"EMPTY\",\"seals\":[\"EVIL\"]}",
        "\"type\":\"GTIN\"," AN_EVENT AT(
            "06") "\"objects\":[{\"id\":\"" BOX
                  "\"}],\"refs\":[{\"scheme\":\"BKG\",\"value\":\"OWN1\"}],"
                  "\"cond\":{\"fill\":\"EMPTY\",\"seals\":[\"EVIL\"]}",
    };
    test_hub *hub = *state;
    lb_client *carrier = hub->who[CARRIER].client;

    say_what_is_so(hub);
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        report_as_carrier(hub, events[i]);
        const lb_track *track = &ask_at(hub, hub->local, LB_ASK_TRACK, BOX)->track.tracks.at[0];
        assert_int_equal(track->fill, LB_FILL_LADEN);
        assert_int_equal(track->seals.count, 1);
        assert_true(lb_span_is(track->seals.at[0], "GOOD"));
        assert_int_equal(track->refs.count, 0);
        assert_string_equal(error_of(ask_at(hub, carrier, LB_ASK_TRACK, BOX)), "NOT_FOUND");
        assert_string_equal(error_of(ask_at(hub, carrier, LB_ASK_TRACK, "OWN1")), "NOT_FOUND");
    }
    report_as_carrier(hub, "\"type\":\"GTIN\"," AN_EVENT AT(
                               "06") "\"objects\":[{\"id\":\"" OWN_BOX
                                     "\"}],\"refs\":[{\"scheme\":\"BKG\",\"value\":\"OWN1\"}]");
    assert_string_equal(error_of(ask_at(hub, carrier, LB_ASK_TRACK, "OWN1")), "OK");
}

/* A box on the party's own truck, with its own booking: the box and its shipper stay hidden. */
static void test_a_grant_of_a_vehicle_shows_no_container_of_others(void **state)
{
    test_hub *hub = *state;
    lb_client *carrier = hub->who[CARRIER].client;

    say_what_is_so(hub);
    change(hub, LB_ASK_PARTY_GRANT, &hub->who[CARRIER], "for:truck:A12345", NULL, LB_UNKNOWN);
    report_as_carrier(hub,
                      "\"type\":\"GTOT\"," AN_EVENT AT(
                          "05") "\"objects\":[{\"id\":\"" BOX
                                "\"},{\"kind\":\"TRUCK\",\"id\":\"A12345\",\"role\":\"MEANS\"}],"
                                "\"refs\":[{\"scheme\":\"BKG\",\"value\":\"OWN1\"}]");
    assert_string_equal(error_of(ask_at(hub, carrier, LB_ASK_TRACK, "OWN1")), "NOT_FOUND");
    assert_string_equal(error_of(ask_at(hub, carrier, LB_ASK_TRACK, BOX)), "NOT_FOUND");
}

/* -- closed lists that empty others' trains ----------------------------------------------------------- */

static bool carries(test_hub *hub, const char *parent, const char *key)
{
    const lb_answer *answer = ask_at(hub, hub->local, LB_ASK_TRACK, parent);

    assert_int_equal(answer->track.tracks.count, 1);
    const lb_text_list *list = &answer->track.tracks.at[0].carries;
    for (size_t i = 0; i < list->count; i++)
        if (lb_span_is(list->at[i], key))
            return true;
    return false;
}

static void test_a_closed_list_empties_ones_own_train_only(void **state)
{
    static const char list[] = "\"type\":\"ASSO\"," AN_EVENT AT(
        "%s") "\"objects\":[{\"id\":\"" OWN_BOX "\"}],"
              "\"assoc\":[{\"action\":\"ADD\",\"closed_world\":true,\"parent\":{\"id\":\"" TRAIN
              "\"},\"child\":{\"id\":\"" OWN_BOX "\"}}]";
    test_hub *hub = *state;
    char event[REPORT_ROOM];

    say_what_is_so(hub);
    assert_true(carries(hub, TRAIN, "wagon:" WAGON));
    snprintf(event, sizeof event, list, "05");
    report_as_carrier(hub, event);
    assert_true(carries(hub, TRAIN, "wagon:" WAGON));
    assert_true(carries(hub, TRAIN, "container:" BOX));
    change(hub, LB_ASK_PARTY_GRANT, &hub->who[CARRIER], "for:train:" TRAIN, NULL, LB_UNKNOWN);
    snprintf(event, sizeof event, list, "06");
    report_as_carrier(hub, event);
    assert_false(carries(hub, TRAIN, "wagon:" WAGON));
}

/* -- places and parents of others --------------------------------------------------------------------- */

typedef struct changes { /* of COVER: effect and thing, what was kept */
    char text[REPORT_ROOM];
    lb_position_entry next; /* its number is LB_UNKNOWN at the end */
} changes;

/* The effects that today's grants judge differently, as "YARD container:X REPORT>FACT|...". */
static changes recheck(test_hub *hub, const char *party, const lb_position_entry *from,
                       int64_t limit)
{
    changes reported = {.next = lb_position_plain(LB_UNKNOWN)};
    lb_position_entry asked;
    size_t len = 0;
    lb_query query;

    lb_query_init(&query, LB_ASK_COVER);
    query.cover.party = lb_span_of(party);
    if (from != NULL) {
        asked = *from;
        query.cover.from = lb_position_of(&asked);
    }
    query.cover.limit = limit;
    const lb_answer *answer = ask_as(hub->who[AUDITOR].client, &query);
    assert_string_equal(error_of(answer), "OK");
    for (size_t i = 0; i < answer->cover.changes.count; i++) {
        const lb_cover_change *one = &answer->cover.changes.at[i];
        len += (size_t)snprintf(reported.text + len, sizeof reported.text - len, "%s%s %.*s %s>%s",
                                i == 0 ? "" : "|", lb_effect_kind_name(one->effect),
                                LB_ARG(one->thing), lb_coverage_name(one->kept),
                                lb_coverage_name(one->now));
        assert_true(len < sizeof reported.text);
    }
    if (answer->cover.next.entries.count == 1)
        reported.next = answer->cover.next.entries.at[0];
    return reported;
}

/* Own box on a foreign wagon: the own box is there; the wagon carries nothing more for it. */
static void test_a_foreign_parent_holds_nothing(void **state)
{
    test_hub *hub = *state;

    say_what_is_so(hub);
    report_as_carrier(hub,
                      "\"type\":\"ASSO\"," AN_EVENT AT(
                          "05") "\"objects\":[{\"id\":\"" OWN_BOX
                                "\"}],\"assoc\":[{\"action\":\"ADD\",\"parent\":{\"id\":\"" WAGON
                                "\"},\"child\":{\"id\":\"" OWN_BOX "\"}}]");
    assert_false(carries(hub, WAGON, "container:" OWN_BOX));
    assert_true(carries(hub, WAGON, "container:" BOX));
    change(hub, LB_ASK_PARTY_GRANT, &hub->who[CARRIER], "for:wagon:*", NULL, LB_UNKNOWN);
    assert_string_equal(recheck(hub, "cz-cargo", NULL, LB_UNKNOWN).text,
                        "CONTENT wagon:" WAGON " REPORT>FACT");
}

static void test_a_place_covers_nothing_that_is_there(void **state)
{
    test_hub *hub = *state;
    char box[TEXT_ROOM], train[TEXT_ROOM];

    say_what_is_so(hub);
    tell(hub, LB_ASK_TRACK, BOX, box);
    tell(hub, LB_ASK_CAPACITY, TRAIN, train);
    change(hub, LB_ASK_PARTY_GRANT, &hub->who[CARRIER], "for:place:CNULZ", NULL, LB_UNKNOWN);
    report_as_carrier(
        hub, "\"type\":\"SNAP\"," AN_EVENT AT(
                 "05") "\"place\":{\"locode\":\"CNULZ\"},"
                       "\"objects\":[{\"id\":\"Q1\",\"role\":\"OTHER\"}],\"cap\":{\"kind\":"
                       "\"DEPARTURE\",\"id\":\"" TRAIN "\",\"lines\":[{\"unit\":\"MILLI_TEU\","
                       "\"state\":\"BOOKED\",\"quantity\":0}]}");
    assert_unchanged(hub, LB_ASK_CAPACITY, TRAIN, train);
    report_as_carrier(
        hub, "\"type\":\"GTOT\"," AN_EVENT AT("05") "\"place\":{\"locode\":\"CNULZ\"},"
                                                    "\"objects\":[{\"id\":\"" BOX
                                                    "\"}],\"cond\":{\"seals\":[\"EVIL\"]}");
    const lb_track *track = &ask_at(hub, hub->local, LB_ASK_TRACK, BOX)->track.tracks.at[0];
    assert_int_equal(track->seals.count, 1);
    assert_true(lb_span_is(track->seals.at[0], "GOOD"));
}

/* -- grants that change ------------------------------------------------------------------------------- */

/* Kept events do not change; the command lists the effects that today's grants do not cover. */
static void test_a_withdrawn_grant_is_reported_and_changes_nothing_that_was_kept(void **state)
{
    test_hub *hub = *state;
    char before[TEXT_ROOM];

    report_as_carrier(hub, "\"type\":\"LOAD\"," AN_EVENT AT(
                               "05") "\"objects\":[{\"id\":\"" OWN_BOX
                                     "\"}],\"refs\":[{\"scheme\":\"BKG\",\"value\":\"OWN1\"}]");
    const lb_position_entry own = lb_position_plain(hub->seq);
    const lb_position_entry behind = lb_position_plain(hub->seq + 1);
    assert_string_equal(recheck(hub, NULL, NULL, LB_UNKNOWN).text, "");
    tell(hub, LB_ASK_TRACK, OWN_BOX, before);
    change(hub, LB_ASK_PARTY_WITHDRAW, &hub->who[CARRIER], "for:container:" OWN_BOX, NULL,
           LB_UNKNOWN);
    assert_unchanged(hub, LB_ASK_TRACK, OWN_BOX, before);
    static const char reported[] = "STORY container:" OWN_BOX " FACT>REPORT";
    assert_string_equal(recheck(hub, NULL, NULL, LB_UNKNOWN).text, reported);
    assert_string_equal(recheck(hub, "cz-cargo", &own, LB_UNKNOWN).text, reported);
    assert_string_equal(recheck(hub, "cz-cargo", &behind, LB_UNKNOWN).text, "");
    assert_string_equal(recheck(hub, "lianhe", NULL, LB_UNKNOWN).text, "");
}

static void test_the_list_goes_on_where_a_page_ends(void **state)
{
    enum { SAID = 5 };
    test_hub *hub = *state;
    size_t pages = 0, found = 0;

    for (int i = 0; i < SAID; i++) {
        char event[REPORT_ROOM];
        snprintf(event, sizeof event,
                 "\"type\":\"LOAD\"," AN_EVENT AT("1%d") "\"objects\":[{\"id\":\"" BOX "\"}]", i);
        report_as_carrier(hub, event);
    }
    change(hub, LB_ASK_PARTY_GRANT, &hub->who[CARRIER], "for:container:*", NULL, LB_UNKNOWN);
    changes reported = {.next = lb_position_plain(1)};
    while (reported.next.number != LB_UNKNOWN) {
        const lb_position_entry from = reported.next;
        reported = recheck(hub, NULL, &from, 2);
        for (const char *at = reported.text; (at = strstr(at, "REPORT>FACT")) != NULL; at++)
            found++;
        pages++;
    }
    assert_int_equal(found, SAID);
    assert_int_equal(pages, 3);
}

/* The output of the command, which must exit with 0. */
static void run_cover(test_hub *hub, const char *options, char text[REPORT_ROOM])
{
    char command[512];

    snprintf(command, sizeof command, LB_BIN_DIR "/landbridge admin cover --at %s %s", hub->data,
             options);
    FILE *out = popen(command, "r");
    assert_non_null(out);
    size_t len = fread(text, 1, REPORT_ROOM - 1, out);
    text[len] = '\0';
    assert_int_equal(pclose(out), 0);
}

static void test_the_command_prints_what_would_be_refused(void **state)
{
    test_hub *hub = *state;
    char text[REPORT_ROOM], since[64];

    report_as_carrier(hub, "\"type\":\"LOAD\"," AN_EVENT AT("05") "\"objects\":[{\"id\":\"" OWN_BOX
                                                                  "\"}]");
    change(hub, LB_ASK_PARTY_WITHDRAW, &hub->who[CARRIER], "for:container:" OWN_BOX, NULL,
           LB_UNKNOWN);
    run_cover(hub, "--party cz-cargo", text);
    assert_non_null(strstr(text, "STORY    FACT   -> REPORT container:" OWN_BOX "\n"));
    assert_non_null(strstr(text, "would be reports today: 1; reports that would be facts: 0"));
    run_cover(hub, "--source cz-cargo --json", text);
    assert_non_null(
        strstr(text, "\"party\":\"cz-cargo\",\"effect\":\"STORY\",\"thing\":\"container:" OWN_BOX
                     "\",\"kept\":\"FACT\",\"now\":\"REPORT\"}"));
    run_cover(hub, "--since 2026-01-01 --json", text); /* by the time of recording */
    assert_non_null(strstr(text, OWN_BOX));
    run_cover(hub, "--since now --json", text);
    assert_string_equal(text, "");
    snprintf(since, sizeof since, "--since %lld --json", (long long)hub->seq + 1);
    run_cover(hub, since, text);
    assert_string_equal(text, "");
}

int main(void)
{
#define WITH_GRANTS(test) cmocka_unit_test_setup_teardown(test, set_up_grants, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_GRANTS(test_a_capacity_is_changed_by_its_own_carrier_only),
        WITH_GRANTS(test_a_ban_needs_the_places_that_it_closes),
        WITH_GRANTS(test_another_partys_reference_changes_nothing_and_grants_nothing),
        WITH_GRANTS(test_a_grant_of_a_vehicle_shows_no_container_of_others),
        WITH_GRANTS(test_a_closed_list_empties_ones_own_train_only),
        WITH_GRANTS(test_a_foreign_parent_holds_nothing),
        WITH_GRANTS(test_a_place_covers_nothing_that_is_there),
        WITH_GRANTS(test_a_withdrawn_grant_is_reported_and_changes_nothing_that_was_kept),
        WITH_GRANTS(test_the_list_goes_on_where_a_page_ends),
        WITH_GRANTS(test_the_command_prints_what_would_be_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
