/* test_cover.c - which parts of an event a party's grants cover, and how that is stored. */
#include "base/cover.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/effect.h"
#include "landbridge/adapter/adapter.h"
#include "landbridge/client/ident.h"
#include "record.h"
#include "party_words.h"

#define NOW INT64_C(1773316800000000) /* 2026-03-12T12:00:00Z */

enum { WORDS = 16, MANY = 20000, WORD_ROOM = 48 };

typedef struct rig {
    lb_party_role roles[WORDS];
    lb_span rights[MANY];
    char texts[MANY][WORD_ROOM];
    lb_party party;
    lb_permission_book *book;
    lb_sink *sink;
    lb_arena arena;
} rig;

static int set_up(void **state)
{
    static rig made;

    made.book = NULL;
    assert_int_equal(lb_sink_open(&made.sink, 16 * 1024 * 1024), LB_OK);
    lb_arena_init(&made.arena, 64 * 1024 * 1024);
    *state = &made;
    return 0;
}

static int tear_down(void **state)
{
    rig *r = *state;

    lb_permission_book_close(&r->book);
    lb_sink_close(&r->sink);
    lb_arena_fini(&r->arena);
    return 0;
}

/* -- parties and events ---------------------------------------------------------------------------------- */

static void begin_party(rig *r)
{
    r->party = (lb_party){.name = LB_SPAN("acme"),
                          .roles = {r->roles, 0, WORDS},
                          .rights = {r->rights, 0, MANY},
                          .messages_per_s = LB_UNKNOWN,
                          .bytes_per_s = LB_UNKNOWN,
                          .questions_per_s = LB_UNKNOWN};
}

static const lb_permission *open_party(rig *r)
{
    const lb_party_list list = {&r->party, 1, 1};

    lb_permission_book_close(&r->book);
    assert_int_equal(lb_permission_book_open(&r->book, &list, LB_SPAN("5ea1"), true), LB_OK);
    return lb_permission_of_source(r->book, LB_SPAN("acme"));
}

/* "CARRIER for:awb:784-*": words with a colon are rights. */
static const lb_permission *permission_of(rig *r, const char *words)
{
    lb_span rest = lb_span_of(words), word;

    begin_party(r);
    while (lb_span_cut(&rest, ' ', &word))
        party_take_word(&r->party, word);
    return open_party(r);
}

static lb_event *say(rig *r, lb_event_type type)
{
    lb_sink_reset(r->sink);
    lb_arena_reset(&r->arena);
    lb_event *event = lb_say(r->sink);
    lb_event_is(event, type, LB_CLASSIFIER_ACTUAL, LB_MODE_ROAD);
    event->occurred.utc_us = NOW;
    return event;
}

static lb_event *say_of(rig *r, lb_kind kind, lb_scheme scheme, const char *id)
{
    lb_event *event = say(r, LB_EVENT_ARRI);

    lb_event_object(event, LB_ROLE_SUBJECT, kind, scheme, lb_span_of(id));
    return event;
}

static bool is_foreign(rig *r, const lb_permission *permission, lb_event *event)
{
    assert_int_equal(lb_permission_judge(permission, event, &r->arena), LB_OK);
    assert_true(lb_event_is_foreign(event) == (event->cover.things.len > 0));
    return lb_event_is_foreign(event);
}

/* -- grants ---------------------------------------------------------------------------------------------- */

static void test_a_grant_covers_what_it_names_and_nothing_else(void **state)
{
    static const struct {
        const char *grants, *covered, *not_covered;
    } cases[] = {
        {"for:container:LBKU2048176", "container:LBKU2048176", "container:LBKU20481761"},
        {"for:container:LBKU*", "container:LBKU2048176", "container:XJLU3004155"},
        {"for:awb:784-*", "awb:784-30418264", "awb:999-12345675"},
        {"for:bkg:BK7001", "bkg:BK7001", "bkg:BK7002"},
        {"for:place:CNULZ", "place:CNULZ", "place:CNULZ1"},
        {"for:place:CNULZ", "place:CNULZ", "container:CNULZ"},
        {"for:resource:X9023@*", "resource:X9023@2026-03-12", "resource:X8001@2026-03-12"},
        {"terminal:13912345678@A12345", "device:13912345678", "device:13912345679"},
        {"terminal:13912345678@A12345", "truck:A12345", "truck:A12346"},
        {"terminal:13912345678@A12345", "truck:A12345", "container:A12345"},
        {"for:truck:A* for:truck:B1", "truck:B1", "truck:B2"},
        {"see:container:LBKU* for:bkg:B", "bkg:B", "container:LBKU2048176"},
        {"source:container:X for:bkg:B", "bkg:B", "container:X"},
    };
    rig *r = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char words[128];
        snprintf(words, sizeof words, "CARRIER %s", cases[i].grants);
        const lb_permission *permission = permission_of(r, words);
        if (!lb_permission_covers(permission, lb_span_of(cases[i].covered)) ||
            lb_permission_covers(permission, lb_span_of(cases[i].not_covered)))
            fail_msg("%s", cases[i].grants);
    }
    assert_false(
        lb_permission_covers(permission_of(r, "CARRIER"), LB_SPAN("container:LBKU2048176")));
    assert_true(
        lb_permission_covers(permission_of(r, "OPERATOR"), LB_SPAN("container:LBKU2048176")));
}

static void test_a_long_list_of_grants_is_searched_whole(void **state)
{
    rig *r = *state;

    begin_party(r);
    r->roles[r->party.roles.count++] = LB_PARTY_CARRIER;
    for (int i = 0; i < MANY; i++) { /* unsorted */
        snprintf(r->texts[i], WORD_ROOM, "%s%d%s",
                 i % 2 == 0 ? "for:truck:A" : "terminal:", i * 7919 % MANY, i % 2 == 0 ? "" : "@B");
        r->rights[r->party.rights.count++] = lb_span_of(r->texts[i]);
    }
    const lb_permission *permission = open_party(r);
    for (int i = 0; i < MANY; i++) {
        char key[WORD_ROOM];
        int number = i * 7919 % MANY;
        snprintf(key, sizeof key, i % 2 == 0 ? "truck:A%d" : "device:%d", number);
        assert_true(lb_permission_covers(permission, lb_span_of(key)));
        snprintf(key, sizeof key, "%d", number);
        assert_true((lb_permission_of_device(r->book, lb_span_of(key)) == permission) ==
                    (i % 2 == 1));
    }
    assert_null(lb_permission_of_device(r->book, LB_SPAN("20001")));
}

/* -- judging --------------------------------------------------------------------------------------------- */

static void test_nothing_is_noted_of_what_is_covered(void **state)
{
    rig *r = *state;
    lb_event *event = say_of(r, LB_KIND_CONSIGNMENT, LB_SCHEME_AWB, "784-30418264");

    assert_false(is_foreign(r, permission_of(r, "CARRIER for:awb:784-*"), event));
    event->place.locode = LB_SPAN("CNPVG"); /* not covered, and nothing needs it */
    assert_false(is_foreign(r, permission_of(r, "CARRIER for:awb:784-*"), event));
    assert_true(event->quality_flags == LB_UNKNOWN);
    event = say_of(r, LB_KIND_CONSIGNMENT, LB_SCHEME_AWB, "999-12345675");
    assert_false(is_foreign(r, permission_of(r, "OPERATOR"), event));
    assert_false(is_foreign(r, NULL, event));
    /* a client without a key needs no grant */
    assert_false(is_foreign(r, lb_permission_of_user(r->book, LB_EMPTY, NOW), event));
}

static void test_the_sender_and_what_was_covered_are_noted(void **state)
{
    rig *r = *state;
    lb_event *event = say_of(r, LB_KIND_CONSIGNMENT, LB_SCHEME_AWB, "999-12345675");

    event->quality_flags = LB_FLAG(LB_DOUBT_PLACE_UNKNOWN);
    lb_event_reference(event, LB_SCHEME_BKG, LB_SPAN("BK7001"), LB_EMPTY);
    assert_true(is_foreign(r, permission_of(r, "CARRIER for:bkg:BK7001"), event));
    assert_true(event->quality_flags ==
                (LB_FLAG(LB_DOUBT_PLACE_UNKNOWN) | LB_FLAG(LB_DOUBT_NOT_ITS_OWN)));
    assert_true(lb_span_is(event->cover.party, "acme"));
    assert_int_equal(event->cover.things.len, 2);
    assert_memory_equal(event->cover.things.at, "\xfe\x01", 2); /* all but objects[0] */
}

/* Each thing of an event by the one grant that covers it, in the order that event.proto states. */
static void test_the_bits_stand_in_the_order_of_the_proto(void **state)
{
    static const char *const grants[] = {
        "for:container:LBKU2048176",
        "for:truck:A1",
        "for:train:X1",
        "for:wagon:1",
        "for:train:X2",
        "for:wagon:2",
        "for:bkg:BK1",
        "for:bkg:BK2",
        "for:place:P1",
        "for:place:P2",
        "for:place:P3",
        "for:place:P4",
        "for:resource:R1",
        "for:place:P5",
        "for:place:P6",
    };
    enum { THINGS = sizeof grants / sizeof grants[0] };
    rig *r = *state;

    for (size_t i = 0; i < THINGS; i++) {
        lb_event *event = say_of(r, LB_KIND_CONTAINER, LB_SCHEME_ISO6346, "LBKU2048176");
        lb_event_object(event, LB_ROLE_MEANS, LB_KIND_TRUCK, LB_SCHEME_PLATE, LB_SPAN("A1"));
        const lb_object parents[] = {{.kind = LB_KIND_TRAIN, .id = LB_SPAN("X1")},
                                     {.kind = LB_KIND_TRAIN, .id = LB_SPAN("X2")}};
        const lb_object children[] = {{.kind = LB_KIND_WAGON, .id = LB_SPAN("1")},
                                      {.kind = LB_KIND_WAGON, .id = LB_SPAN("2")}};
        lb_event_assoc(event, LB_ASSOC_ADD, &parents[0], &children[0]);
        lb_event_assoc(event, LB_ASSOC_ADD, &parents[1], &children[1]);
        lb_event_reference(event, LB_SCHEME_BKG, LB_SPAN("BK1"), LB_EMPTY);
        lb_event_reference(event, LB_SCHEME_BKG, LB_SPAN("BK2"), LB_EMPTY);
        event->place.locode = LB_SPAN("P1");
        event->counter_place.locode = LB_SPAN("P2");
        event->movement.from.locode = LB_SPAN("P3");
        event->movement.to.locode = LB_SPAN("P4");
        event->cap.id = LB_SPAN("R1");
        event->cap.from.locode = LB_SPAN("P5");
        event->cap.to.locode = LB_SPAN("P6");
        assert_int_equal(lb_things(event), THINGS);
        char words[64];
        snprintf(words, sizeof words, "CARRIER %s", grants[i]);
        assert_true(is_foreign(r, permission_of(r, words), event));
        for (size_t k = 0; k < THINGS; k++)
            if (lb_thing_is_covered(event, k) != (k == i))
                fail_msg("%s: bit %zu", grants[i], k);
    }
}

/* B23: a place does not include the objects there. */
static void test_a_place_covers_no_object_and_no_capacity(void **state)
{
    rig *r = *state;
    const char *words = "CARRIER for:place:CNULZ";
    lb_event *event = say_of(r, LB_KIND_CONTAINER, LB_SCHEME_ISO6346, "LBKU2048176");

    event->place.locode = LB_SPAN("CNULZ");
    assert_true(is_foreign(r, permission_of(r, words), event));
    event = say(r, LB_EVENT_SNAP);
    event->place.locode = LB_SPAN("CNULZ");
    event->cap.kind = LB_RESOURCE_DEPARTURE;
    event->cap.id = LB_SPAN("X9023@2026-03-12");
    event->cap.from.locode = LB_SPAN("CNULZ");
    assert_true(is_foreign(r, permission_of(r, words), event));
}

/* A grant for a vehicle does not cover its load: "X is on my truck" states where X is. */
static void test_a_vehicle_covers_nothing_that_is_on_it(void **state)
{
    rig *r = *state;
    const lb_permission *permission = permission_of(r, "CARRIER for:truck:A1");
    lb_event *event = say(r, LB_EVENT_GTOT);

    lb_event_object(event, LB_ROLE_SUBJECT, LB_KIND_CONTAINER, LB_SCHEME_ISO6346,
                    LB_SPAN("LBKU2048176"));
    lb_event_object(event, LB_ROLE_MEANS, LB_KIND_TRUCK, LB_SCHEME_PLATE, LB_SPAN("A1"));
    lb_event_finish(event);
    assert_int_equal(event->assoc.count, 1);
    assert_true(is_foreign(r, permission, event));
    assert_int_equal(lb_assoc_cover(event, 0), LB_COVERS_PARENT);
    assert_false(lb_thing_is_covered(event, lb_thing_of_object(event, 0)));
    assert_true(lb_thing_is_covered(event, lb_thing_of_object(event, 1)));
}

/* The capacity in an event needs its own grant, whatever the event's objects are. */
static void test_a_capacity_needs_its_own_grant(void **state)
{
    rig *r = *state;
    lb_event *event = say(r, LB_EVENT_SNAP);

    lb_event_object(event, LB_ROLE_OTHER, LB_KIND_CONSIGNMENT, LB_SCHEME_ADHOC, LB_SPAN("Q1"));
    event->cap.kind = LB_RESOURCE_DEPARTURE;
    event->cap.id = LB_SPAN("X9023@2026-03-12");
    assert_true(is_foreign(r, permission_of(r, "CARRIER for:adhoc:Q1"), event));
    event->cover = (lb_cover){LB_EMPTY, LB_EMPTY};
    event->quality_flags = LB_UNKNOWN;
    assert_false(is_foreign(r, permission_of(r, "CARRIER for:resource:X9023@*"), event));
}

/* -- over the wire --------------------------------------------------------------------------------------- */

static void test_the_cover_is_no_part_of_the_identity(void **state)
{
    rig *r = *state;
    lb_event again, *event = say_of(r, LB_KIND_CONTAINER, LB_SCHEME_ISO6346, "LBKU2048176");
    lb_span bytes;

    lb_event_finish(event);
    lb_span id = lb_arena_copy(&r->arena, event->event_id);
    assert_true(is_foreign(r, permission_of(r, "CARRIER"), event));
    assert_int_equal(lb_event_pack(event, &r->arena, &bytes), LB_OK);
    assert_int_equal(lb_record_unpack(&lb_record_event, bytes, &r->arena, &again), LB_OK);
    assert_true(lb_span_equal(again.event_id, id));
    assert_true(lb_span_is(again.cover.party, "acme"));
    assert_true(lb_span_equal(again.cover.things, event->cover.things));
    assert_true(lb_event_is_foreign(&again));
    lb_event_finish(event); /* once more, with its cover: the same */
    assert_true(lb_span_is(event->cover.party, "acme"));
    event->quality_flags = 0;
    lb_event_finish(event);
    assert_true(lb_span_equal(event->event_id, id));
}

static void test_a_cover_that_comes_in_from_outside_is_dropped(void **state)
{
    static const char text[] =
        "{\"magic\":\"landbridge.report\",\"party\":\"P\",\"events\":[{\"type\":\"GTIN\","
        "\"classifier\":\"ACTUAL\",\"occurred\":{\"utc_us\":\"2026-03-12T12:00:00Z\"},"
        "\"objects\":[{\"id\":\"LBKU2048176\"}],"
        "\"cover\":{\"party\":\"victim\",\"things\":\"ff\"}}]}";
    rig *r = *state;
    const lb_reading reading = {.received_us = NOW, .source = lb_source_default()};
    const lb_adapter *adapter = lb_adapter_find(LB_SPAN("hub.report"));
    lb_report report;
    lb_span where, bytes;
    int64_t offset;

    lb_arena_reset(&r->arena);
    assert_int_equal(lb_record_from_json(&lb_record_report, lb_span_of(text), &r->arena, &report,
                                         &where, &offset),
                     LB_OK);
    assert_true(lb_span_is(report.events.at[0].cover.party, "victim")); /* it was there */
    assert_int_equal(lb_record_pack(&lb_record_report, &report, &r->arena, &bytes), LB_OK);
    const lb_span bodies[] = {lb_span_of(text), bytes};
    for (size_t i = 0; i < 2; i++) {
        lb_sink_reset(r->sink);
        assert_int_equal(lb_adapter_read(adapter, &reading, bodies[i], r->sink), LB_VERDICT_READ);
        const lb_event *event = lb_sink_event(r->sink, 0);
        assert_int_equal(event->cover.party.len + event->cover.things.len, 0);
    }
}

int main(void)
{
#define WITH_RIG(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_RIG(test_a_grant_covers_what_it_names_and_nothing_else),
        WITH_RIG(test_a_long_list_of_grants_is_searched_whole),
        WITH_RIG(test_nothing_is_noted_of_what_is_covered),
        WITH_RIG(test_the_sender_and_what_was_covered_are_noted),
        WITH_RIG(test_the_bits_stand_in_the_order_of_the_proto),
        WITH_RIG(test_a_place_covers_no_object_and_no_capacity),
        WITH_RIG(test_a_vehicle_covers_nothing_that_is_on_it),
        WITH_RIG(test_a_capacity_needs_its_own_grant),
        WITH_RIG(test_the_cover_is_no_part_of_the_identity),
        WITH_RIG(test_a_cover_that_comes_in_from_outside_is_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
