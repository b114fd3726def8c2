/* test_forwarder.c - a forwarder books house waybills and stuffs them into a box that a terminal and a railway handle,
 * and customs hold and release one of them: each party with the grants that broker/README.md gives for its trade.
 *
 *     LF100 (booking LF7) --+
 *                           +-- LBKU2048176 -- wagon -- X9023 --> Dostyk
 *     LF200 (booking LF8) --+                                                   other boxes: not the forwarder's */
#include "rights_hub.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "landbridge/client/time.h"
#include "record.h"

#define NOON INT64_C(1773316800000000) /* 2026-03-12T12:00:00Z */
#define NOW  (NOON + 24 * LB_HOUR_US)

static const char grants[] =
    "RAIL CARRIER format:hub.report for:train:X* for:wagon:33* for:container:*\n"
    "PORT CARRIER format:hub.report for:container:* for:place:CNULZ\n"
    "LINK CARRIER format:hub.report for:hawb:LF* for:bkg:LF* for:container:LBKU2048176\n"
    "CUSTOMS CARRIER format:hub.report for:hawb:*\n"
    "BUYER SHIPPER see:hawb:LF100\n"
    "HOLDER SHIPPER see:bkg:LF7\n"
    "OTHER SHIPPER see:bkg:LF8\n";

#define HAWB(number) "{\"kind\":\"CONSIGNMENT\",\"scheme\":\"HAWB\",\"id\":\"" number "\"}"
#define HAWB_AS(number, role) \
    "{\"kind\":\"CONSIGNMENT\",\"scheme\":\"HAWB\",\"id\":\"" number "\",\"role\":\"" role "\"}"
#define BOX_AS(number, role) "{\"kind\":\"CONTAINER\",\"id\":\"" number "\",\"role\":\"" role "\"}"
#define BOX                  "LBKU2048176"
#define WAGON                "{\"kind\":\"WAGON\",\"id\":\"333345500012\"}"
#define TRAIN                "{\"kind\":\"TRAIN\",\"scheme\":\"TRAIN_NO_DATE\",\"id\":\"X9023@2026-03-12\"}"
#define TRAIN_SUBJECT                                                                        \
    "{\"kind\":\"TRAIN\",\"scheme\":\"TRAIN_NO_DATE\",\"id\":\"X9023@2026-03-12\",\"role\":" \
    "\"SUBJECT\"}"
#define AT(place) ",\"place\":{\"locode\":\"" place "\"}"

typedef struct rig {
    rights_hub *hub;
    lb_arena arena;
    lb_answer answer;
} rig;

static int set_up(void **state)
{
    static rig made;

    made = (rig){.hub = rights_hub_open(grants, NULL)};
    lb_arena_init(&made.arena, 64 << 20);
    *state = &made;
    return 0;
}

static int tear_down(void **state)
{
    rig *r = *state;

    rights_hub_close(&r->hub);
    lb_arena_fini(&r->arena);
    return 0;
}

/* An event, so many hours after noon, as its sender reports it half an hour later. */
static void say(rig *r, const char *party, const char *type, int hour, const char *rest)
{
    char body[2048];
    int64_t at_us = NOON + hour * LB_HOUR_US;
    int len =
        snprintf(body, sizeof body,
                 "{\"magic\":\"landbridge.report\",\"party\":\"%s\",\"events\":[{\"type\":\"%s\","
                 "\"classifier\":\"ACTUAL\",\"mode\":\"RAIL\",\"occurred\":{\"utc_us\":%lld},%s}]}",
                 party, type, (long long)at_us, rest);
    const rights_message message = {.party = party,
                                    .source = party,
                                    .format = "hub.report",
                                    .body = {body, (size_t)len},
                                    .at_us = at_us + 30 * LB_MINUTE_US};

    assert_true(len > 0 && (size_t)len < sizeof body);
    assert_int_equal(rights_hub_send(r->hub, &message).stage, LB_ITEM_READ);
}

static void tell_the_story(rig *r)
{
    say(r, "LINK", "BKDC", 0,
        "\"objects\":[" HAWB("LF100") "],\"refs\":[{\"scheme\":\"BKG\",\"value\":\"LF7\"}]");
    say(r, "LINK", "BKDC", 0,
        "\"objects\":[" HAWB("LF200") "],\"refs\":[{\"scheme\":\"BKG\",\"value\":\"LF8\"}]");
    say(r, "LINK", "STUF", 1,
        "\"objects\":[" HAWB_AS("LF100", "SUBJECT") "," BOX_AS(BOX, "UNIT") "]" AT("CNULZ"));
    say(r, "LINK", "STUF", 2,
        "\"objects\":[" HAWB_AS("LF200", "SUBJECT") "," BOX_AS(BOX, "UNIT") "]" AT("CNULZ"));
    say(r, "CUSTOMS", "HOLD", 3, "\"objects\":[" HAWB("LF100") "]" AT("CNULZ"));
    say(r, "CUSTOMS", "CUSR", 5, "\"objects\":[" HAWB("LF100") "]" AT("CNULZ"));
    say(r, "PORT", "LOAD", 6,
        "\"objects\":[" BOX_AS(BOX, "SUBJECT") ",{\"kind\":\"WAGON\",\"id\":\"333345500012\","
                                               "\"role\":\"MEANS\"}]" AT("CNULZ"));
    say(r, "RAIL", "FORM", 7,
        "\"objects\":[" TRAIN_SUBJECT "],\"assoc\":[{\"action\":\"ADD\",\"closed_world\":true,"
        "\"parent\":" TRAIN ",\"child\":" WAGON "},{\"action\":\"ADD\",\"closed_world\":true,"
        "\"parent\":" WAGON ",\"child\":{\"kind\":\"CONTAINER\",\"id\":\"" BOX "\"}}]");
    say(r, "RAIL", "DEPA", 8, "\"objects\":[" TRAIN_SUBJECT "]" AT("CNULZ"));
    rights_hub_flush(r->hub);
}

static const lb_answer *ask(rig *r, const char *party, const char *reference)
{
    lb_query query;

    lb_arena_reset(&r->arena);
    lb_record_init(&lb_record_query, &query);
    query.ask = LB_ASK_TRACK;
    query.track.reference = lb_span_of(reference);
    rights_hub_ask(r->hub, party, &query, NOW, &r->arena, &r->answer);
    return &r->answer;
}

static const lb_track *track_of(rig *r, const char *party, const char *reference)
{
    const lb_answer *answer = ask(r, party, reference);

    if (answer->track.tracks.count != 1)
        fail_msg("%s is shown %zu tracks of %s", party, answer->track.tracks.count, reference);
    return &answer->track.tracks.at[0];
}

/* The types of its milestones in order: "BKDC STUF LOAD". */
static const char *story(const lb_track *track)
{
    static char text[256];
    size_t len = 0;

    for (size_t i = 0; i < track->milestones.count; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", i == 0 ? "" : " ",
                                lb_event_type_code(track->milestones.at[i].type));
    return len == 0 ? "" : text;
}

static void expect_nothing_of(const rig *r, const char *const *words)
{
    lb_span json = LB_EMPTY;
    lb_arena arena;

    lb_arena_init(&arena, 16 << 20);
    assert_int_equal(lb_record_json(&lb_record_answer, &r->answer, &arena, &json), LB_OK);
    for (; *words != NULL; words++)
        if (memmem(json.at, json.len, *words, strlen(*words)) != NULL)
            fail_msg("%s stands in %.*s", *words, LB_ARG(json));
    lb_arena_fini(&arena);
}

static void test_the_buyer_follows_its_house_waybill_onto_the_train(void **state)
{
    static const char *const others[] = {"LF200", "LF8", NULL};
    rig *r = *state;

    tell_the_story(r);
    const lb_track *track = track_of(r, "BUYER", "hawb:LF100");
    assert_string_equal(story(track), "BKDC STUF HOLD CUSR LOAD DEPA");
    assert_int_equal(track->legs.count, 1);
    assert_true(lb_span_is(track->legs.at[0].conveyance, "train:X9023@2026-03-12"));
    assert_true(track->status == LB_CARGO_STATUS_ON_RAIL);
    expect_nothing_of(r, others);
}

static void test_a_booking_finds_the_waybill_that_it_names_and_nothing_else(void **state)
{
    rig *r = *state;

    tell_the_story(r);
    assert_true(lb_span_is(track_of(r, "HOLDER", "bkg:LF7")->object, "hawb:LF100"));
    assert_true(lb_span_is(track_of(r, "OTHER", "bkg:LF8")->object, "hawb:LF200"));
    assert_string_equal(story(track_of(r, "OTHER", "bkg:LF8")), "BKDC STUF LOAD DEPA");
    assert_int_equal(ask(r, "HOLDER", "bkg:LF8")->track.tracks.count, 0);
    assert_int_equal(ask(r, "BUYER", "hawb:LF200")->track.tracks.count, 0);
    assert_int_equal(ask(r, "BUYER", "container:" BOX)->track.tracks.count, 0);
    assert_int_equal(ask(r, "OTHER", "hawb:LF100")->track.tracks.count, 0);
}

static void test_a_hold_stands_until_customs_let_it_go(void **state)
{
    rig *r = *state;

    say(r, "LINK", "BKDC", 0, "\"objects\":[" HAWB("LF100") "]");
    say(r, "CUSTOMS", "HOLD", 3, "\"objects\":[" HAWB("LF100") "]" AT("CNULZ"));
    rights_hub_flush(r->hub);
    const lb_track *held = track_of(r, "BUYER", "hawb:LF100");
    assert_int_equal(held->exceptions.count, 1);
    assert_int_equal(held->exceptions.at[0].type, LB_EVENT_HOLD);
    say(r, "CUSTOMS", "CUSR", 5, "\"objects\":[" HAWB("LF100") "]" AT("CNULZ"));
    rights_hub_flush(r->hub);
    const lb_track *track = track_of(r, "BUYER", "hawb:LF100");
    assert_string_equal(story(track), "BKDC HOLD CUSR");
    assert_int_equal(track->exceptions.count, 0);
}

/* Reports of the forwarder and customs beyond their grants change nothing. */
static void test_neither_can_change_other_parties_cargo(void **state)
{
    rig *r = *state;

    say(r, "PORT", "STOR", 0, "\"objects\":[" BOX_AS("LBKU2048181", "SUBJECT") "]" AT("CNULZ"));
    say(r, "LINK", "DLVR", 2, "\"objects\":[" BOX_AS("LBKU2048181", "SUBJECT") "]" AT("CNURC"));
    say(r, "CUSTOMS", "HOLD", 3, "\"objects\":[" BOX_AS("LBKU2048181", "SUBJECT") "]" AT("CNULZ"));
    say(r, "LINK", "STUF", 4,
        "\"objects\":[" HAWB_AS("LF100", "SUBJECT") "," BOX_AS("LBKU2048181", "UNIT") "]");
    say(r, "RAIL", "LOAD", 6,
        "\"objects\":[" BOX_AS("LBKU2048181",
                               "SUBJECT") ",{\"kind\":\"WAGON\",\"id\":"
                                          "\"333345500012\",\"role\":\"MEANS\"}]" AT("CNULZ"));
    rights_hub_flush(r->hub);
    assert_string_equal(story(track_of(r, NULL, "container:LBKU2048181")), "STOR LOAD");
    /* not the route of the container */
    assert_string_equal(story(track_of(r, "BUYER", "hawb:LF100")), "STUF");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_buyer_follows_its_house_waybill_onto_the_train,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_a_booking_finds_the_waybill_that_it_names_and_nothing_else, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_hold_stands_until_customs_let_it_go, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_neither_can_change_other_parties_cargo, set_up,
                                        tear_down),
    };

    lb_log_least(LB_WARN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
