/* test_view_cover.c - the rows that the view makes of a partly covered event. */
#include "keep/view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/cover.h"
#include "base/effect.h"
#include "keep/fact.h"
#include "landbridge/adapter/adapter.h"
#include "landbridge/client/ident.h"
#include "scratch.h"

#define NOON  INT64_C(1773316800000000) /* 2026-03-12T12:00:00Z */
#define BOX   LB_SPAN("container:LBKU2048176")
#define TRUCK LB_SPAN("truck:A12345")

typedef struct rig {
    lb_scratch folder;
    char path[SCRATCH_PATH_ROOM];
    lb_sink *sink;
    lb_view *view;
    lb_facts *facts;
    lb_arena arena;
    lb_permission_book *book;
    int64_t seq;
} rig;

static int set_up(void **state)
{
    static rig made;

    made = (rig){.seq = 0};
    scratch_make(&made.folder);
    snprintf(made.path, sizeof made.path, "%s", scratch_path(&made.folder, "view.db"));
    assert_int_equal(lb_sink_open(&made.sink, 64 * 1024 * 1024), LB_OK);
    assert_int_equal(lb_view_open(&made.view, made.path), LB_OK);
    assert_int_equal(lb_facts_open(&made.facts, made.path), LB_OK);
    lb_arena_init(&made.arena, 256 * 1024 * 1024);
    *state = &made;
    return 0;
}

static int tear_down(void **state)
{
    rig *r = *state;

    lb_facts_close(&r->facts);
    lb_view_close(&r->view);
    lb_permission_book_close(&r->book);
    lb_sink_close(&r->sink);
    lb_arena_fini(&r->arena);
    scratch_remove(&r->folder);
    return 0;
}

/* -- saying ---------------------------------------------------------------------------------------------- */

static const lb_permission *acme(rig *r, const char *grant)
{
    lb_party_role role = LB_PARTY_CARRIER;
    lb_span right = lb_span_of(grant);
    const lb_party party = {.name = LB_SPAN("acme"),
                            .roles = {&role, 1, 1},
                            .rights = {&right, 1, 1},
                            .messages_per_s = LB_UNKNOWN};
    const lb_party_list list = {(lb_party *)(uintptr_t)&party, 1, 1};

    lb_permission_book_close(&r->book);
    assert_int_equal(lb_permission_book_open(&r->book, &list, LB_SPAN("5ea1"), true), LB_OK);
    return lb_permission_of_source(r->book, LB_SPAN("acme"));
}

/* A gate-out of the box on the truck, with a booking; at the land port. */
static lb_event *gate_out(rig *r)
{
    lb_sink_reset(r->sink);
    lb_arena_reset(&r->arena);
    lb_event *event = lb_say(r->sink);
    lb_event_is(event, LB_EVENT_GTOT, LB_CLASSIFIER_ACTUAL, LB_MODE_ROAD);
    event->occurred.utc_us = NOON;
    lb_event_object(event, LB_ROLE_SUBJECT, LB_KIND_CONTAINER, LB_SCHEME_ISO6346,
                    LB_SPAN("LBKU2048176"));
    lb_event_object(event, LB_ROLE_MEANS, LB_KIND_TRUCK, LB_SCHEME_PLATE, LB_SPAN("A12345"));
    lb_event_reference(event, LB_SCHEME_BKG, LB_SPAN("BK7001"), LB_EMPTY);
    event->place.locode = LB_SPAN("CNULZ");
    return event;
}

static void put_as(rig *r, const lb_permission *permission, lb_event *event)
{
    lb_event_finish(event);
    event->hub_seq = ++r->seq;
    assert_int_equal(lb_permission_judge(permission, event, &r->arena), LB_OK);
    assert_int_equal(lb_view_put(r->view, event), LB_OK);
    assert_int_equal(lb_view_flush(r->view, r->seq), LB_OK);
}

static void put_with(rig *r, const char *grant, lb_event *event)
{
    put_as(r, acme(r, grant), event);
}

/* -- reading --------------------------------------------------------------------------------------------- */

static lb_fact_list facts_of(rig *r, lb_span key)
{
    lb_fact_list list;

    assert_int_equal(lb_facts_of(r->facts, key, &r->arena, &list), LB_OK);
    return list;
}

static lb_fact_list reports_of(rig *r, lb_span key, const lb_span *party)
{
    lb_fact_list list;

    assert_int_equal(lb_facts_reports(r->facts, key, party, &r->arena, &list), LB_OK);
    return list;
}

static lb_assoc_claim_list one_sided_of(rig *r, lb_span key)
{
    lb_assoc_claim_list list;

    assert_int_equal(lb_facts_one_sided(r->facts, key, NULL, &r->arena, &list), LB_OK);
    return list;
}

static lb_assoc_claim_list claims_of(rig *r, lb_span key)
{
    lb_assoc_claim_list list;

    assert_int_equal(lb_facts_claims(r->facts, key, &r->arena, &list), LB_OK);
    return list;
}

static size_t contents_of(rig *r, lb_span key)
{
    lb_key_list list;

    assert_int_equal(lb_facts_contents(r->facts, key, &r->arena, &list), LB_OK);
    return list.count;
}

static size_t linked_to(rig *r, lb_span reference)
{
    lb_key_list list;

    assert_int_equal(lb_facts_linked(r->facts, reference, &r->arena, &list), LB_OK);
    return list.count;
}

static size_t in_yard(rig *r)
{
    lb_key_list list;

    assert_int_equal(lb_facts_yard(r->facts, LB_SPAN("CNULZ"), &r->arena, &list), LB_OK);
    return list.count;
}

/* -- parts ----------------------------------------------------------------------------------------------- */

static void test_what_is_covered_whole_leaves_no_report(void **state)
{
    rig *r = *state;

    put_as(r, NULL, gate_out(r));
    assert_int_equal(facts_of(r, BOX).count, 1);
    assert_int_equal(linked_to(r, LB_SPAN("bkg:BK7001")), 1);
    assert_int_equal(contents_of(r, TRUCK), 1);
    assert_int_equal(in_yard(r), 1);
    const lb_assoc_claim_list claims = claims_of(r, BOX);
    assert_int_equal(claims.count, 1);
    assert_int_equal(claims.at[0].cover, LB_COVERS_CHILD | LB_COVERS_PARENT);
    assert_int_equal(claims.at[0].party.len, 0);
    assert_int_equal(reports_of(r, BOX, NULL).count + reports_of(r, TRUCK, NULL).count, 0);
}

/* The terminal: its container counts; the truck's load and the booking do not. */
static void test_the_child_alone_is_covered(void **state)
{
    rig *r = *state;

    put_with(r, "for:container:*", gate_out(r));
    const lb_fact_list facts = facts_of(r, BOX);
    assert_int_equal(facts.count, 1);
    assert_int_equal(facts.at[0].event->refs.count, 0);
    assert_false(lb_event_is_foreign(facts.at[0].event));
    assert_int_equal(facts.at[0].event->cover.things.len, 0);
    const lb_assoc_claim_list claims = claims_of(r, BOX);
    assert_int_equal(claims.count, 1);
    assert_int_equal(claims.at[0].cover, LB_COVERS_CHILD);
    assert_true(lb_span_is(claims.at[0].party, "acme"));
    assert_int_equal(contents_of(r, TRUCK), 0);
    assert_int_equal(linked_to(r, LB_SPAN("bkg:BK7001")), 0);
    assert_int_equal(in_yard(r), 0); /* the place is not covered */
    assert_int_equal(reports_of(r, BOX, NULL).count, 0);
    const lb_fact_list reports = reports_of(r, TRUCK, NULL);
    assert_int_equal(reports.count, 1);
    assert_true(lb_span_is(reports.at[0].event->cover.party, "acme"));
    assert_int_equal(lb_assoc_cover(reports.at[0].event, 0), LB_COVERS_CHILD);
}

/* The trucker: its truck is a candidate for the container, and nothing else of it counts. */
static void test_the_parent_alone_is_covered(void **state)
{
    const lb_span party = LB_SPAN("acme"), other = LB_SPAN("other");
    rig *r = *state;

    put_with(r, "terminal:139@A12345", gate_out(r));
    assert_int_equal(facts_of(r, BOX).count, 0);
    assert_int_equal(claims_of(r, BOX).count, 0);
    const lb_assoc_claim_list claims = one_sided_of(r, BOX);
    assert_int_equal(claims.count, 1);
    assert_int_equal(claims.at[0].cover, LB_COVERS_PARENT);
    assert_int_equal(contents_of(r, TRUCK), 1);
    assert_int_equal(linked_to(r, LB_SPAN("bkg:BK7001")), 0);
    assert_int_equal(reports_of(r, TRUCK, NULL).count, 0);
    assert_int_equal(reports_of(r, BOX, NULL).count, 1);
    assert_int_equal(reports_of(r, BOX, &party).count, 1);
    assert_int_equal(reports_of(r, BOX, &other).count, 0);
}

static void test_nothing_is_covered(void **state)
{
    rig *r = *state;

    put_with(r, "for:bkg:BK7001", gate_out(r));
    assert_int_equal(facts_of(r, BOX).count, 0);
    assert_int_equal(claims_of(r, BOX).count, 0);
    assert_int_equal(contents_of(r, TRUCK), 0);
    /* the reference is the party's own, the container another's */
    assert_int_equal(linked_to(r, LB_SPAN("bkg:BK7001")), 0);
    assert_int_equal(reports_of(r, BOX, NULL).count, 1);
    assert_int_equal(reports_of(r, TRUCK, NULL).count, 1);
    assert_false(lb_facts_is_known(r->facts, BOX)); /* reports do not make it known */
}

static void test_a_position_without_cover_is_a_report(void **state)
{
    rig *r = *state;
    lb_fix fix;

    for (int covered = 0; covered < 2; covered++) {
        lb_event *event = gate_out(r);
        event->type = LB_EVENT_PING;
        event->pos.lat_e7 = 438256000;
        event->pos.lon_e7 = 876168000;
        put_with(r, covered ? "for:container:*" : "for:truck:*", event);
        lb_err err = lb_facts_last_fix(r->facts, BOX, INT64_MIN, INT64_MAX, &r->arena, &fix);
        assert_int_equal(err, covered ? LB_OK : LB_ERR_NOT_FOUND);
        assert_int_equal(reports_of(r, BOX, NULL).count, 1);
    }
    assert_true((fix.flags & LB_FLAG(LB_DOUBT_NOT_ITS_OWN)) == 0);
}

static void test_a_closed_list_needs_its_parent(void **state)
{
    rig *r = *state;
    lb_assoc_claim_list lists;

    for (int covered = 0; covered < 2; covered++) {
        lb_event *event = gate_out(r);
        lb_event_finish(event);
        event->assoc.at[0].closed_world = true;
        put_with(r, covered ? "for:truck:*" : "for:container:*", event);
        assert_int_equal(lb_facts_complete(r->facts, TRUCK, &r->arena, &lists), LB_OK);
        assert_int_equal(lists.count, covered);
    }
}

static void test_a_capacity_without_cover_is_a_report_of_the_resource(void **state)
{
    rig *r = *state;
    lb_fact_list said;

    for (int covered = 0; covered < 2; covered++) {
        lb_event *event = gate_out(r);
        event->cap.kind = LB_RESOURCE_DEPARTURE;
        event->cap.id = LB_SPAN("X9023@2026-03-12");
        put_with(r, covered ? "for:resource:X9023@*" : "for:container:*", event);
        assert_int_equal(
            lb_facts_of_resource(r->facts, LB_SPAN("X9023@2026-03-12"), &r->arena, &said), LB_OK);
        assert_int_equal(said.count, covered);
        assert_int_equal(reports_of(r, LB_SPAN("resource:X9023@2026-03-12"), NULL).count, 1);
    }
    assert_false(lb_event_is_foreign(said.at[0].event));
}

static void test_what_an_older_hub_flagged_is_all_reports(void **state)
{
    rig *r = *state;
    lb_event *event = gate_out(r);

    lb_event_finish(event);
    event->quality_flags |= LB_FLAG(LB_DOUBT_NOT_ITS_OWN);
    event->hub_seq = ++r->seq;
    assert_int_equal(lb_view_put(r->view, event), LB_OK);
    assert_int_equal(lb_view_flush(r->view, r->seq), LB_OK);
    assert_int_equal(facts_of(r, BOX).count + claims_of(r, BOX).count + contents_of(r, TRUCK), 0);
    const lb_fact_list reports = reports_of(r, BOX, NULL);
    assert_int_equal(reports.count, 1);
    assert_int_equal(reports.at[0].event->cover.party.len, 0);
}

/* 3,000 foreign containers in one list of some 200 KB, each in a report of its own. */
static void test_a_wide_event_without_cover_does_not_fill_the_disk(void **state)
{
    enum { BOXES = 3000, BYTES_MAX = 8 * 1024 * 1024 };
    rig *r = *state;
    lb_event *event = gate_out(r);
    struct stat file;
    char id[16], wal[SCRATCH_PATH_ROOM + 8];

    for (int i = 0; i < BOXES; i++) {
        snprintf(id, sizeof id, "XJLU%06d0", i);
        lb_event_object(event, LB_ROLE_SUBJECT, LB_KIND_CONTAINER, LB_SCHEME_ISO6346,
                        lb_arena_copy(&r->arena, lb_span_of(id)));
    }
    put_with(r, "for:bkg:BK7001", event);
    snprintf(wal, sizeof wal, "%s-wal", r->path);
    assert_int_equal(stat(wal, &file), 0);
    assert_true(file.st_size < BYTES_MAX);
    const lb_fact_list reports = reports_of(r, LB_SPAN("container:XJLU0029990"), NULL);
    assert_int_equal(reports.count, 1);
    assert_true(lb_span_is(reports.at[0].event->objects.at[0].id, "XJLU0029990"));
    assert_true(lb_span_is(reports.at[0].event->objects.at[1].id, "A12345"));
}

int main(void)
{
#define WITH_RIG(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_RIG(test_what_is_covered_whole_leaves_no_report),
        WITH_RIG(test_the_child_alone_is_covered),
        WITH_RIG(test_the_parent_alone_is_covered),
        WITH_RIG(test_nothing_is_covered),
        WITH_RIG(test_a_position_without_cover_is_a_report),
        WITH_RIG(test_a_closed_list_needs_its_parent),
        WITH_RIG(test_a_capacity_without_cover_is_a_report_of_the_resource),
        WITH_RIG(test_what_an_older_hub_flagged_is_all_reports),
        WITH_RIG(test_a_wide_event_without_cover_does_not_fill_the_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
