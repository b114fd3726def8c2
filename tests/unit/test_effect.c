/* test_effect.c - the effects of an event, and which cover each of them needs. */
#include "base/effect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "landbridge/adapter/adapter.h"
#include "landbridge/client/ident.h"
#include "record.h"

#define NOW INT64_C(1773316800000000) /* 2026-03-12T12:00:00Z */

enum { TEXT_ROOM = 2048, THINGS_MAX = 256 };

typedef struct rig {
    lb_sink *sink;
    lb_arena arena;
    char text[TEXT_ROOM];
    char bits[THINGS_MAX / 8];
} rig;

static int set_up(void **state)
{
    static rig made;

    made = (rig){.text = ""};
    assert_int_equal(lb_sink_open(&made.sink, 16 * 1024 * 1024), LB_OK);
    lb_arena_init(&made.arena, 64 * 1024 * 1024);
    *state = &made;
    return 0;
}

static int tear_down(void **state)
{
    rig *r = *state;

    lb_sink_close(&r->sink);
    lb_arena_fini(&r->arena);
    return 0;
}

/* -- saying --------------------------------------------------------------------------------------------- */

static lb_event *say(rig *r, lb_event_type type)
{
    lb_sink_reset(r->sink);
    lb_arena_reset(&r->arena);
    lb_event *event = lb_say(r->sink);
    lb_event_is(event, type, LB_CLASSIFIER_ACTUAL, LB_MODE_RAIL);
    event->occurred.utc_us = NOW;
    return event;
}

static void name(lb_event *event, lb_role role, lb_kind kind, lb_scheme scheme, const char *id)
{
    lb_event_object(event, role, kind, scheme, lb_span_of(id));
}

/* An event that names objects in every possible role, none twice. */
static lb_event *say_everything(rig *r, lb_event_type type)
{
    lb_event *event = say(r, type);
    lb_object parent, child;

    name(event, LB_ROLE_SUBJECT, LB_KIND_CONTAINER, LB_SCHEME_ISO6346, "LBKU2048176");
    name(event, LB_ROLE_UNIT, LB_KIND_CONTAINER, LB_SCHEME_ISO6346, "XJLU3004155");
    name(event, LB_ROLE_MEANS, LB_KIND_TRUCK, LB_SCHEME_PLATE, "A12345");
    name(event, LB_ROLE_OTHER, LB_KIND_WAGON, LB_SCHEME_UIC12, "333379300184");
    name(event, LB_ROLE_SUBJECT, LB_KIND_TRAIN, LB_SCHEME_TRAIN_NO_DATE, "X9023@2026-03-12");
    lb_ident_object(event, &parent, LB_KIND_WAGON, LB_SCHEME_UIC12, LB_SPAN("333345510064"));
    lb_ident_object(event, &child, LB_KIND_ULD, LB_SCHEME_ADHOC, LB_SPAN("AKE1CZ"));
    lb_event_assoc(event, LB_ASSOC_ADD, &parent, &child)->closed_world = true;
    lb_event_reference(event, LB_SCHEME_BKG, LB_SPAN("BK7001"), LB_EMPTY);
    event->place.locode = LB_SPAN("CNULZ");
    event->counter_place.locode = LB_SPAN("CNURC");
    event->movement.from.locode = LB_SPAN("CNCJS");
    event->movement.to.locode = LB_SPAN("KZALA");
    event->cap.kind = LB_RESOURCE_BAN;
    event->cap.id = LB_SPAN("BAN1");
    event->cap.from.locode = LB_SPAN("KZDYK");
    event->cap.to.locode = LB_SPAN("KZALT");
    return event;
}

/* The same bits over all things. */
static void cover(rig *r, lb_event *event, bool is_covered)
{
    size_t bytes = (lb_things(event) + 7) / 8;

    assert_true(lb_things(event) <= THINGS_MAX);
    memset(r->bits, is_covered ? 0xff : 0, bytes);
    event->cover = (lb_cover){LB_SPAN("acme"), {r->bits, bytes}};
}

static void cover_not(rig *r, size_t thing)
{
    r->bits[thing / 8] &= (char)~(1U << thing % 8);
}

/* -- telling -------------------------------------------------------------------------------------------- */

/* "STORY container:LBKU2048176|-CAPACITY resource:BAN1": an effect without cover has a '-'. */
static const char *effects_of(rig *r, const lb_event *event)
{
    lb_effect_list list;
    size_t len = 0;

    r->text[0] = '\0';
    assert_int_equal(lb_effects(event, &r->arena, &list), LB_OK);
    for (size_t i = 0; i < list.count; i++) {
        lb_span key = lb_effect_key(event, &list.at[i], &r->arena);
        len +=
            (size_t)snprintf(r->text + len, sizeof r->text - len, "%s%s%s%s%.*s", i == 0 ? "" : "|",
                             list.at[i].is_covered ? "" : "-", lb_effect_kind_name(list.at[i].kind),
                             key.len == 0 ? "" : " ", LB_ARG(key));
        assert_true(len < sizeof r->text);
    }
    return r->text;
}

/* Those that are not covered only: "STORY,WITHIN". */
static const char *uncovered(rig *r, const lb_event *event)
{
    lb_effect_list list;
    size_t len = 0;

    r->text[0] = '\0';
    assert_int_equal(lb_effects(event, &r->arena, &list), LB_OK);
    for (size_t i = 0; i < list.count; i++)
        if (!list.at[i].is_covered)
            len += (size_t)snprintf(r->text + len, sizeof r->text - len, "%s%s",
                                    len == 0 ? "" : ",", lb_effect_kind_name(list.at[i].kind));
    assert_true((len == 0) == lb_effects_are_covered(event));
    return r->text;
}

/* -- every type ----------------------------------------------------------------------------------------- */

#define REST                                                                                \
    "WITHIN uld:AKE1CZ|CONTENT wagon:333345510064|LIST wagon:333345510064|LINK bkg:BK7001|" \
    "CAPACITY resource:BAN1"

static const struct {
    lb_event_type type;
    const char *effects; /* before REST */
} odd_types[] = {
#define YARD_MOVE                                                                          \
    "STORY container:LBKU2048176|YARD container:LBKU2048176|STORY train:X9023@2026-03-12|" \
    "CALL train:X9023@2026-03-12|CALL train:X9023@2026-03-12|"
    {LB_EVENT_GTIN, YARD_MOVE},
    {LB_EVENT_GTOT, YARD_MOVE},
    {LB_EVENT_LOAD, YARD_MOVE},
    {LB_EVENT_DISC, YARD_MOVE},
    {LB_EVENT_STOR, YARD_MOVE},
    {LB_EVENT_RMVD, YARD_MOVE},
    {LB_EVENT_YMOV, YARD_MOVE},
    {LB_EVENT_PING, "POSITION container:LBKU2048176|POSITION train:X9023@2026-03-12|"},
    {LB_EVENT_ASSO, "STORY container:LBKU2048176|STORY container:XJLU3004155|"
                    "STORY train:X9023@2026-03-12|CALL train:X9023@2026-03-12|"
                    "CALL train:X9023@2026-03-12|"},
};

static const char *expected_of(lb_event_type type)
{
    for (size_t i = 0; i < sizeof odd_types / sizeof odd_types[0]; i++)
        if (odd_types[i].type == type)
            return odd_types[i].effects;
    return "STORY container:LBKU2048176|STORY train:X9023@2026-03-12|"
           "CALL train:X9023@2026-03-12|CALL train:X9023@2026-03-12|";
}

static void test_each_type_of_event_has_its_effects(void **state)
{
    static const lb_event_type types[] = {
        LB_EVENT_UNSPECIFIED,
#define LB_EVENT_TYPE(family, code, number, words) LB_EVENT_##code,
#include "landbridge/client/event_types.def"
#undef LB_EVENT_TYPE
    };
    rig *r = *state;
    char expected[TEXT_ROOM];

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        snprintf(expected, sizeof expected, "%s%s", expected_of(types[i]), REST);
        const char *said = effects_of(r, say_everything(r, types[i]));
        if (strcmp(said, expected) != 0)
            fail_msg("%s: %s\ninstead of %s", lb_event_type_code(types[i]), said, expected);
    }
}

static void test_a_test_has_no_effects_and_a_retraction_only_its_own(void **state)
{
    rig *r = *state;
    lb_event *event = say_everything(r, LB_EVENT_GTIN);

    event->prov.test = true;
    assert_string_equal(effects_of(r, event), "");
    event = say_everything(r, LB_EVENT_GTIN);
    event->correction = LB_CORRECTION_RETRACTS;
    cover(r, event, false);
    assert_string_equal(effects_of(r, event), "RETRACT"); /* of its own source: needs no cover */
}

static void test_a_list_in_several_messages_has_numbered_sheets(void **state)
{
    rig *r = *state;
    lb_event *event = say(r, LB_EVENT_SNAP);

    event->sheet = (lb_sheet){LB_SPAN("FBL|CZ5417"), 1, true};
    cover(r, event, false);
    assert_string_equal(effects_of(r, event), "SHEET");
    event->sheet.number = 0; /* no number of a sheet */
    assert_string_equal(effects_of(r, event), "");
}

static void test_what_is_not_named_has_no_effect(void **state)
{
    rig *r = *state;
    lb_event *event = say(r, LB_EVENT_GTIN);
    lb_object parent, none = {.milli_teu = LB_UNKNOWN};

    lb_event_reference(event, LB_SCHEME_BKG, LB_SPAN("BK7001"), LB_EMPTY); /* with no subject */
    event->cap.kind = LB_RESOURCE_BAN;                                     /* without an id */
    assert_string_equal(effects_of(r, event), "");
    lb_ident_object(event, &parent, LB_KIND_TRUCK, LB_SCHEME_PLATE, LB_SPAN("A12345"));
    lb_event_assoc(event, LB_ASSOC_DELETE, &parent, &none);
    lb_event_assoc(event, LB_ASSOC_ADD, &none, &parent);
    assert_string_equal(effects_of(r, event), "");
    lb_event_assoc(event, LB_ASSOC_DELETE, &none, &parent); /* it is in nothing */
    assert_string_equal(effects_of(r, event), "WITHIN truck:A12345");
}

/* -- what needs what ------------------------------------------------------------------------------------ */

/* In the order of CargoEvent.cover: the effects that are lost when this part alone is not
 * covered. */
static void test_each_effect_needs_its_things_and_no_others(void **state)
{
    static const char *const lost[] = {
        "STORY,YARD",      /* objects[0], SUBJECT, a container */
        "STORY",           /* objects[1], UNIT of an ASSO; else nothing */
        "",                /* objects[2], MEANS */
        "",                /* objects[3], OTHER */
        "STORY,CALL,CALL", /* objects[4], SUBJECT, a train */
        "CONTENT,LIST",    /* assoc[0].parent */
        "WITHIN",          /* assoc[0].child */
        "LINK",            /* refs[0] */
        "YARD",            /* place */
        "",                /* counter_place */
        "",                /* movement.from */
        "",                /* movement.to */
        "CAPACITY",        /* cap.id */
        "CAPACITY",        /* cap.from: a ban acts there */
        "CAPACITY",        /* cap.to */
    };
    enum { LOST = sizeof lost / sizeof lost[0] };
    static const lb_event_type types[] = {LB_EVENT_GTIN, LB_EVENT_ASSO};
    rig *r = *state;

    for (size_t t = 0; t < 2; t++)
        for (size_t i = 0; i < LOST; i++) {
            lb_event *event = say_everything(r, types[t]);
            bool is_asso = types[t] == LB_EVENT_ASSO;
            const char *expected = i == 0 && is_asso    ? "STORY"
                                   : i == 1 && !is_asso ? ""
                                   : i == 8 && is_asso  ? ""
                                                        : lost[i];
            assert_int_equal(lb_things(event), LOST);
            cover(r, event, true);
            assert_string_equal(uncovered(r, event), "");
            cover_not(r, i);
            const char *said = uncovered(r, event);
            if (strcmp(said, expected) != 0)
                fail_msg("%s without %zu: '%s' instead of '%s'", lb_event_type_code(types[t]), i,
                         said, expected);
        }
}

static void test_a_capacity_acts_on_places_by_its_kind(void **state)
{
    static const bool acts[] = {
        [LB_RESOURCE_DEPARTURE] = false,   [LB_RESOURCE_PATH] = false,
        [LB_RESOURCE_WAGON_SET] = false,   [LB_RESOURCE_FLIGHT_LEG] = false,
        [LB_RESOURCE_TRUCK_LANE] = false,  [LB_RESOURCE_YARD_BLOCK] = true,
        [LB_RESOURCE_REEFER_PLUG] = true,  [LB_RESOURCE_GATE_WINDOW] = true,
        [LB_RESOURCE_CRANE_WINDOW] = true, [LB_RESOURCE_TRACK_WINDOW] = true,
        [LB_RESOURCE_CUSTOMS_BAY] = true,  [LB_RESOURCE_GAUGE_BREAK] = true,
        [LB_RESOURCE_BORDER] = true,       [LB_RESOURCE_BAN] = true,
        [LB_RESOURCE_TRUCK_POOL] = false,
    };
    static const lb_named places[] = {LB_NAMED_CAP_FROM, LB_NAMED_CAP_TO};
    rig *r = *state;

    for (size_t kind = 1; kind < sizeof acts; kind++)
        for (size_t p = 0; p < 2; p++) {
            lb_event *event = say_everything(r, LB_EVENT_SNAP);
            event->cap.kind = (lb_resource_kind)kind;
            cover(r, event, true);
            cover_not(r, lb_thing_of_named(event, places[p]));
            assert_string_equal(uncovered(r, event), acts[kind] ? "CAPACITY" : "");
        }
}

static void test_an_association_tells_which_side_is_covered(void **state)
{
    rig *r = *state;
    lb_event *event = say_everything(r, LB_EVENT_ASSO);

    cover(r, event, true);
    assert_int_equal(lb_assoc_cover(event, 0), LB_COVERS_CHILD | LB_COVERS_PARENT);
    cover_not(r, lb_thing_of_parent(event, 0));
    assert_int_equal(lb_assoc_cover(event, 0), LB_COVERS_CHILD);
    cover(r, event, true);
    cover_not(r, lb_thing_of_child(event, 0));
    assert_int_equal(lb_assoc_cover(event, 0), LB_COVERS_PARENT);
    event->assoc.at[0].parent.id = LB_EMPTY; /* in no parent: its cover has no effect */
    assert_int_equal(lb_assoc_cover(event, 0), 0);
}

static void test_what_an_older_hub_flagged_is_not_covered_at_all(void **state)
{
    rig *r = *state;
    lb_event *event = say_everything(r, LB_EVENT_GTIN);

    event->quality_flags = LB_FLAG(LB_DOUBT_NOT_ITS_OWN);
    assert_string_equal(uncovered(r, event),
                        "STORY,YARD,STORY,CALL,CALL,WITHIN,CONTENT,LIST,LINK,CAPACITY");
}

static void test_a_cover_that_is_too_short_covers_no_more(void **state)
{
    rig *r = *state;
    lb_event *event = say_everything(r, LB_EVENT_GTIN);

    cover(r, event, true);
    event->cover.things.len = 1; /* objects[0] to assoc[0].parent, .child and refs[0] */
    assert_string_equal(uncovered(r, event), "YARD,CAPACITY");
}

/* -- the covered part of an event -------------------------------------------------------------- */

static void test_what_counts_has_no_foreign_references_and_no_flag(void **state)
{
    rig *r = *state;
    lb_event bare, *event = say_everything(r, LB_EVENT_GTIN);

    lb_event_reference(event, LB_SCHEME_BKG, LB_SPAN("BK7002"), LB_EMPTY);
    event->quality_flags = LB_FLAG(LB_DOUBT_NOT_ITS_OWN) | LB_FLAG(LB_DOUBT_PLACE_UNKNOWN);
    cover(r, event, true);
    cover_not(r, lb_thing_of_reference(event, 0));
    assert_int_equal(lb_effect_bare(event, &r->arena, &bare), LB_OK);
    assert_int_equal(bare.refs.count, 1);
    assert_true(lb_span_is(bare.refs.at[0].value, "BK7002"));
    assert_true(bare.quality_flags == LB_FLAG(LB_DOUBT_PLACE_UNKNOWN));
    assert_int_equal(bare.cover.things.len + bare.cover.party.len, 0);
    assert_int_equal(event->refs.count, 2);
}

/* 5,000 boxes in one event, all by one that covers none: what is kept of it grows with it, not with its square. */
static void test_a_wide_event_is_kept_in_parts(void **state)
{
    enum { BOXES = 5000, PART_MAX = 4096 };
    rig *r = *state;
    lb_event part, *event = say(r, LB_EVENT_GTIN);
    lb_effect_list list;
    lb_span bytes;

    for (int i = 0; i < BOXES; i++)
        name(event, LB_ROLE_SUBJECT, LB_KIND_CONTAINER, LB_SCHEME_ISO6346, "LBKU2048176");
    name(event, LB_ROLE_MEANS, LB_KIND_TRUCK, LB_SCHEME_PLATE, "A12345");
    assert_int_equal(lb_effects(event, &r->arena, &list), LB_OK);
    assert_true(lb_effects_are_wide(event, &list));
    static char bits[BOXES];
    bits[(BOXES - 1) / 8] = (char)(1U << (BOXES - 1) % 8);
    event->cover = (lb_cover){LB_SPAN("acme"), {bits, (lb_things(event) + 7) / 8}};
    assert_int_equal(lb_effects(event, &r->arena, &list), LB_OK);
    assert_int_equal(list.count, BOXES);
    assert_int_equal(lb_effect_part(event, &list.at[BOXES - 1], &r->arena, &part), LB_OK);
    assert_int_equal(part.objects.count, 1); /* the truck is behind the first 64 */
    assert_true(lb_thing_is_covered(&part, 0));
    assert_int_equal(lb_effect_part(event, &list.at[0], &r->arena, &part), LB_OK);
    assert_false(lb_thing_is_covered(&part, 0));
    assert_int_equal(lb_record_pack(&lb_record_event, &part, &r->arena, &bytes), LB_OK);
    assert_true(bytes.len < PART_MAX);
}

int main(void)
{
#define WITH_RIG(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_RIG(test_each_type_of_event_has_its_effects),
        WITH_RIG(test_a_test_has_no_effects_and_a_retraction_only_its_own),
        WITH_RIG(test_a_list_in_several_messages_has_numbered_sheets),
        WITH_RIG(test_what_is_not_named_has_no_effect),
        WITH_RIG(test_each_effect_needs_its_things_and_no_others),
        WITH_RIG(test_a_capacity_acts_on_places_by_its_kind),
        WITH_RIG(test_an_association_tells_which_side_is_covered),
        WITH_RIG(test_what_an_older_hub_flagged_is_not_covered_at_all),
        WITH_RIG(test_a_cover_that_is_too_short_covers_no_more),
        WITH_RIG(test_what_counts_has_no_foreign_references_and_no_flag),
        WITH_RIG(test_a_wide_event_is_kept_in_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
