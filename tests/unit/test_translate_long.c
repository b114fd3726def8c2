/* test_translate_long.c - long messages are read beside the turn. */
#include "net/translate_long.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/translate.h"
#include "record.h"
#include "scratch.h"

enum { WAIT_MS = 10000 };
#define NOW_US INT64_C(1773316800000000)

static lb_verdict read_one_event(const lb_reading *reading, lb_span message, lb_sink *sink)
{
    (void)reading;
    if (message.at[0] == 'X')
        raise(SIGSEGV);
    lb_say(sink)->type = LB_EVENT_GTIN;
    return LB_VERDICT_READ;
}

static const lb_adapter made_up = {.name = "hub.made",
                                   .title = "made for this test",
                                   .revision = 1,
                                   .max_message = 1024 * 1024,
                                   .max_events = 10,
                                   .read = read_one_event};

typedef struct rig {
    lb_scratch folder;
    lb_translate_long *lane;
    lb_batch batch;
    lb_source *source;
    lb_submission a, b;
    char body[LB_LONG_BYTES];
} rig;

static int set_up(void **state)
{
    static rig made;

    made = (rig){.lane = NULL};
    scratch_make(&made.folder);
    assert_int_equal(lb_translate_long_open(&made.lane, made.folder.folder, LB_READ_BUDGET_US),
                     LB_OK);
    assert_int_equal(lb_batch_init(&made.batch, 16), LB_OK);
    assert_int_equal(lb_source_named(&made.source, LB_SPAN("tos")), LB_OK);
    *state = &made;
    return 0;
}

static int tear_down(void **state)
{
    rig *r = *state;

    lb_translate_long_close(&r->lane);
    lb_source_close(&r->source);
    lb_batch_fini(&r->batch);
    scratch_remove(&r->folder);
    return 0;
}

/* The item of a submission whose message has this length. */
static lb_item *lay_out(rig *r, lb_submission *one, size_t len, lb_frame **frame)
{
    static lb_message message;

    lb_batch_reset(&r->batch);
    message = (lb_message){.body = {r->body, len}};
    *frame = lb_batch_frame(&r->batch);
    (*frame)->of = one;
    (*frame)->submit.messages = (lb_message_list){&message, 1, 1};
    lb_item *item = lb_batch_item(&r->batch, *frame, NOW_US);
    memset(item->token, 7, sizeof item->token);
    item->adapter = &made_up;
    item->source = r->source;
    return item;
}

static bool is_read(rig *r, lb_submission *one, int64_t revision, lb_item **item)
{
    lb_frame *frame;

    *item = lay_out(r, one, LB_LONG_BYTES, &frame);
    return lb_translate_long_read(r->lane, frame, *item, revision);
}

static void wait_until_it_is_read(rig *r)
{
    struct pollfd item = {.fd = lb_translate_long_file(r->lane), .events = POLLIN};

    assert_int_equal(poll(&item, 1, WAIT_MS), 1);
    assert_true(lb_translate_long_look(r->lane, NOW_US));
}

static void test_only_long_messages_are_read_here(void **state)
{
    rig *r = *state;
    lb_frame *frame;

    lb_item *item = lay_out(r, &r->a, LB_LONG_BYTES - 1, &frame);
    assert_false(lb_translate_long_takes(item, frame));
    item = lay_out(r, &r->a, LB_LONG_BYTES, &frame);
    assert_true(lb_translate_long_takes(item, frame));
    item->releases = 7;
    assert_false(lb_translate_long_takes(item, frame));
}

static void test_a_message_is_read_beside_the_turns_and_taken_in_a_later_one(void **state)
{
    rig *r = *state;
    lb_item *item;

    assert_false(is_read(r, &r->a, 1, &item));
    assert_int_equal(item->stage, LB_ITEM_NEW);
    wait_until_it_is_read(r);
    assert_true(is_read(r, &r->a, 1, &item));
    assert_int_equal(item->stage, LB_ITEM_READ);
    assert_int_equal(item->events.count, 1);
    assert_int_equal(r->a.long_ticket, 0);
    assert_true(lb_translate_long_end_turn(r->lane));
    assert_false(lb_translate_long_end_turn(r->lane));
}

static void test_another_waits_until_the_turn_of_the_first_is_over(void **state)
{
    rig *r = *state;
    lb_item *item;

    assert_false(is_read(r, &r->a, 1, &item));
    assert_false(is_read(r, &r->b, 1, &item));
    assert_true(lb_translate_long_is_busy_for(r->lane, r->b.long_ticket));
    wait_until_it_is_read(r);
    assert_true(lb_translate_long_is_busy_for(r->lane, r->b.long_ticket));
    assert_false(lb_translate_long_is_busy_for(r->lane, r->a.long_ticket));
    assert_false(is_read(r, &r->b, 1, &item));
    assert_true(is_read(r, &r->a, 1, &item));
    assert_true(lb_translate_long_is_busy_for(r->lane, r->b.long_ticket));
    lb_translate_long_end_turn(r->lane);
    assert_false(lb_translate_long_is_busy_for(r->lane, r->b.long_ticket));
    assert_false(is_read(r, &r->b, 1, &item));
    wait_until_it_is_read(r);
    assert_true(is_read(r, &r->b, 1, &item));
}

static void test_what_was_read_under_other_rights_is_read_again(void **state)
{
    rig *r = *state;
    lb_item *item;

    assert_false(is_read(r, &r->a, 1, &item));
    wait_until_it_is_read(r);
    assert_false(is_read(r, &r->a, 2, &item));
    wait_until_it_is_read(r);
    assert_true(is_read(r, &r->a, 2, &item));
    assert_int_equal(item->events.count, 1);
}

static void test_what_was_read_by_a_profile_that_was_read_again_is_read_again(void **state)
{
    rig *r = *state;
    lb_item *item;

    assert_false(is_read(r, &r->a, 1, &item));
    lb_source *old = r->source;
    assert_int_equal(lb_source_named(&r->source, LB_SPAN("tos")), LB_OK);
    lb_source_close(&old); /* the thread has a share in it */
    wait_until_it_is_read(r);
    assert_false(is_read(r, &r->a, 1, &item));
    wait_until_it_is_read(r);
    assert_true(is_read(r, &r->a, 1, &item));
}

static void test_unread_pages_block_others_for_a_while_only(void **state)
{
    rig *r = *state;
    lb_item *item;

    assert_false(is_read(r, &r->a, 1, &item));
    wait_until_it_is_read(r);
    assert_false(is_read(r, &r->b, 1, &item));
    assert_false(lb_translate_long_look(r->lane, NOW_US + 1000000));
    assert_true(lb_translate_long_look(r->lane, NOW_US + 3000000));
    assert_false(is_read(r, &r->b, 1, &item));
    wait_until_it_is_read(r);
    assert_true(is_read(r, &r->b, 1, &item));
}

/* Does the hub crash on a long message? */
static bool is_deadly(rig *r)
{
    pid_t pid = fork();

    if (pid == 0) {
        lb_item *item;
        lb_translate_long *lane;
        if (lb_translate_long_open(&lane, r->folder.folder, LB_READ_BUDGET_US) == LB_OK) {
            r->lane = lane;
            is_read(r, &r->a, 1, &item);
            wait_until_it_is_read(r);
        }
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

static void test_a_long_message_of_which_the_hub_died_is_not_read_again(void **state)
{
    rig *r = *state;
    lb_item *item;

    r->body[0] = 'X';
    assert_true(is_deadly(r));
    is_deadly(r); /* a sanitizer's handler does not name the cause of the first crash */
    lb_translate_long_close(&r->lane);
    assert_int_equal(lb_translate_long_open(&r->lane, r->folder.folder, LB_READ_BUDGET_US), LB_OK);
    assert_false(is_read(r, &r->a, 1, &item));
    wait_until_it_is_read(r);
    assert_true(is_read(r, &r->a, 1, &item));
    assert_int_equal(item->stage, LB_ITEM_UNREAD);
    assert_true(lb_span_is(item->text, "its adapter crashed on this message"));
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_only_long_messages_are_read_here),
        T(test_a_message_is_read_beside_the_turns_and_taken_in_a_later_one),
        T(test_another_waits_until_the_turn_of_the_first_is_over),
        T(test_what_was_read_under_other_rights_is_read_again),
        T(test_what_was_read_by_a_profile_that_was_read_again_is_read_again),
        T(test_unread_pages_block_others_for_a_while_only),
        T(test_a_long_message_of_which_the_hub_died_is_not_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
