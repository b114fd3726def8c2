/* test_translate.c - whose grants judge a message: a party's, a listed terminal's, or none (the hub's own). */
#include "net/translate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/effect.h"
#include "frame808.h"
#include "landbridge/client/time.h"
#include "record.h"
#include "scratch.h"

#define NOON INT64_C(1773316800000000) /* 2026-03-12T12:00:00Z */
#define BILL "CONTAINER=LBKU2048176;PLATE=A12345;TIME=2026-03-12T09:15:00+08:00"

typedef struct rig {
    lb_scratch folder;
    lb_batch batch;
    lb_translate *translate;
    lb_permission_book *book;
    lb_arena arena;
} rig;

static int set_up(void **state)
{
    static rig made;

    made = (rig){.book = NULL};
    scratch_make(&made.folder);
    assert_int_equal(
        lb_translate_open(&made.translate, made.folder.folder, LB_READING_NOTE, LB_READ_BUDGET_US),
        LB_OK);
    assert_int_equal(lb_batch_init(&made.batch, 16), LB_OK);
    lb_arena_init(&made.arena, 16 * 1024 * 1024);
    *state = &made;
    return 0;
}

static int tear_down(void **state)
{
    rig *r = *state;

    lb_permission_book_close(&r->book);
    lb_translate_close(&r->translate);
    lb_batch_fini(&r->batch);
    lb_arena_fini(&r->arena);
    scratch_remove(&r->folder);
    return 0;
}

/* A party with one terminal. */
static const lb_permission *open_book(rig *r, const char *grant)
{
    lb_party_role role = LB_PARTY_CARRIER;
    lb_span right = lb_span_of(grant);
    lb_party party = {.name = LB_SPAN("fleet"),
                      .roles = {&role, 1, 1},
                      .rights = {&right, 1, 1},
                      .messages_per_s = LB_UNKNOWN};
    const lb_party_list list = {&party, 1, 1};

    lb_permission_book_close(&r->book);
    assert_int_equal(lb_permission_book_open(&r->book, &list, LB_SPAN("5ea1"), true), LB_OK);
    return lb_permission_of_source(r->book, LB_SPAN("fleet"));
}

/* A waybill of terminal 13912345678: box LBKU2048176 is on truck A12345. */
static lb_span waybill(rig *r)
{
    const lb_808_header header = {.id = 0x0701, .terminal = {0x01, 0x39, 0x12, 0x34, 0x56, 0x78}};
    char body[256] = {0, 0, 0, (char)(sizeof BILL - 1)};
    char *frame = lb_arena_alloc(&r->arena, LB_808_FRAME_MAX);

    assert_non_null(frame);
    memcpy(body + 4, BILL, sizeof BILL - 1);
    size_t len =
        lb_808_write(&header, (lb_span){body, sizeof BILL - 1 + 4}, frame, LB_808_FRAME_MAX);
    assert_true(len > 0);
    return (lb_span){frame, len};
}

static lb_event read_as(rig *r, const lb_permission *permission,
                        const lb_permission_book *terminals)
{
    lb_message message = {.format = LB_SPAN("road.jt808"), .body = waybill(r)};
    lb_event event;

    lb_batch_reset(&r->batch);
    lb_frame *frame = lb_batch_frame(&r->batch);
    lb_record_init(&lb_record_submit, &frame->submit);
    frame->submit.messages = (lb_message_list){&message, 1, 1};
    frame->permission = permission;
    frame->terminals = terminals;
    lb_batch_items(&r->batch, frame, NOON);
    lb_item *item = &r->batch.items[frame->first];
    item->source = lb_source_default();
    memset(item->token, 1, sizeof item->token);
    lb_translate_read(r->translate, &r->batch, item);
    assert_int_equal(item->stage, LB_ITEM_READ);
    /* the document, and the cargo that it puts on the truck */
    assert_int_equal(item->events.count, 2);
    assert_int_equal(lb_record_unpack(&lb_record_event, item->events.at[1], &r->arena, &event),
                     LB_OK);
    return event;
}

static lb_span parent_and_cover(const lb_event *event, const char *child, unsigned *cover)
{
    for (size_t i = 0; i < event->assoc.count; i++)
        if (lb_span_is(event->assoc.at[i].child.id, child)) {
            *cover = lb_assoc_cover(event, i);
            return event->assoc.at[i].parent.id;
        }
    fail_msg("%s is in nothing", child);
    return LB_EMPTY;
}

static void test_a_listed_terminal_covers_itself_and_its_truck(void **state)
{
    rig *r = *state;
    unsigned cover;

    open_book(r, "terminal:13912345678@A12345");
    const lb_event event = read_as(r, NULL, r->book);
    assert_true(lb_event_is_foreign(&event));
    assert_true(lb_span_is(event.cover.party, "fleet"));
    assert_true(lb_span_is(parent_and_cover(&event, "13912345678", &cover), "A12345"));
    assert_int_equal(cover, LB_COVERS_CHILD | LB_COVERS_PARENT);
    assert_true(lb_span_is(parent_and_cover(&event, "LBKU2048176", &cover), "A12345"));
    /* the container is not covered by the trucker's grants */
    assert_int_equal(cover, LB_COVERS_PARENT);
}

static void test_a_listed_terminal_covers_no_other_truck(void **state)
{
    rig *r = *state;
    unsigned cover;

    open_book(r, "terminal:13912345678@B99999");
    const lb_event event = read_as(r, NULL, r->book);
    parent_and_cover(&event, "LBKU2048176", &cover);
    assert_int_equal(cover, 0);
    parent_and_cover(&event, "13912345678", &cover);
    assert_int_equal(cover, LB_COVERS_CHILD);
}

/* The right may be withdrawn between the gate and translation. */
static void test_a_terminal_that_is_not_listed_any_more_covers_nothing(void **state)
{
    rig *r = *state;

    open_book(r, "terminal:13900000000@A12345");
    const lb_event event = read_as(r, NULL, r->book);
    assert_true(lb_event_is_foreign(&event));
    assert_int_equal(event.cover.party.len, 0);
    for (size_t i = 0; i < event.objects.count; i++)
        assert_false(lb_thing_is_covered(&event, lb_thing_of_object(&event, i)));
}

static void test_without_a_list_a_terminals_report_counts_as_the_hubs_own(void **state)
{
    rig *r = *state;

    const lb_event event = read_as(r, NULL, NULL);
    assert_false(lb_event_is_foreign(&event));
    assert_int_equal(event.cover.things.len + event.cover.party.len, 0);
}

static void test_a_party_that_sends_it_is_judged_by_its_own_grants(void **state)
{
    rig *r = *state;
    unsigned cover;
    lb_party_role role = LB_PARTY_CARRIER;
    lb_span rights[] = {LB_SPAN("format:road.jt808"), LB_SPAN("for:container:LBKU2048176")};
    lb_party party = {.name = LB_SPAN("acme"),
                      .roles = {&role, 1, 1},
                      .rights = {rights, 2, 2},
                      .messages_per_s = LB_UNKNOWN};
    const lb_party_list list = {&party, 1, 1};

    assert_int_equal(lb_permission_book_open(&r->book, &list, LB_SPAN("5ea1"), true), LB_OK);
    const lb_event event = read_as(r, lb_permission_of_source(r->book, LB_SPAN("acme")), NULL);
    assert_true(lb_span_is(event.cover.party, "acme"));
    parent_and_cover(&event, "LBKU2048176", &cover);
    assert_int_equal(cover, LB_COVERS_CHILD);
}

int main(void)
{
#define WITH_RIG(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_RIG(test_a_listed_terminal_covers_itself_and_its_truck),
        WITH_RIG(test_a_listed_terminal_covers_no_other_truck),
        WITH_RIG(test_a_terminal_that_is_not_listed_any_more_covers_nothing),
        WITH_RIG(test_without_a_list_a_terminals_report_counts_as_the_hubs_own),
        WITH_RIG(test_a_party_that_sends_it_is_judged_by_its_own_grants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
