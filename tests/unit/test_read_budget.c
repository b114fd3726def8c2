/* test_read_budget.c - the time budget of reading one message. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "net/translate.h"
#include "record.h"
#include "scratch.h"

enum { LONG = 8192, ROOM = 4 };
#define BUDGET_US INT64_C(20000)

/* Makes one event, after as many milliseconds of work as the message's first byte. */
static lb_verdict read_slowly(const lb_reading *reading, lb_span message, lb_sink *sink)
{
    const int64_t until_us = lb_clock_thread_us() + message.at[0] * INT64_C(1000);

    (void)reading;
    while (lb_clock_thread_us() < until_us)
        ;
    lb_say(sink)->type = LB_EVENT_GTIN;
    return LB_VERDICT_READ;
}

static const lb_adapter slow = {.name = "hub.slow",
                                .title = "made for this test",
                                .revision = 1,
                                .max_message = 65536,
                                .max_events = 10,
                                .read = read_slowly};

typedef struct bench {
    lb_scratch folder;
    lb_batch batch;
    lb_translate *translate;
    char body[LONG];
} bench;

static int set_up(void **state)
{
    static bench made;

    scratch_make(&made.folder);
    assert_int_equal(lb_batch_init(&made.batch, ROOM), LB_OK);
    assert_int_equal(
        lb_translate_open(&made.translate, made.folder.folder, LB_READING_NOTE, BUDGET_US), LB_OK);
    *state = &made;
    return 0;
}

static int tear_down(void **state)
{
    bench *d = *state;

    lb_translate_close(&d->translate);
    lb_batch_fini(&d->batch);
    scratch_remove(&d->folder);
    return 0;
}

static lb_item *read_one(bench *d, int work_ms, size_t len, int64_t releases)
{
    static lb_message message;
    lb_frame *frame = lb_batch_frame(&d->batch);

    d->body[0] = (char)work_ms;
    message = (lb_message){.body = {d->body, len}};
    lb_record_init(&lb_record_submit, &frame->submit);
    frame->submit.messages = (lb_message_list){&message, 1, 1};
    lb_item *item = lb_batch_item(&d->batch, frame, INT64_C(1773316800000000));
    item->adapter = &slow;
    item->source = lb_source_default();
    item->releases = releases;
    lb_translate_read(d->translate, &d->batch, item);
    return item;
}

static void test_a_message_that_takes_too_long_to_read_is_refused_by_name(void **state)
{
    lb_item *item = read_one(*state, 60, LONG, LB_UNKNOWN);

    assert_int_equal(item->stage, LB_ITEM_UNREAD);
    assert_int_equal(item->error, LB_ERR_TOO_BIG);
    assert_true(lb_span_is(item->text, "reading it takes more than the 20 ms that one message may "
                                       "take: send it in parts"));
}

static void test_a_message_within_its_time_is_read(void **state)
{
    lb_item *item = read_one(*state, 1, LONG, LB_UNKNOWN);

    assert_int_equal(item->stage, LB_ITEM_READ);
    assert_int_equal(item->events.count, 1);
}

static void test_an_operator_may_have_it_read_however_long_it_takes(void **state)
{
    assert_int_equal(read_one(*state, 60, LONG, 7)->stage, LB_ITEM_READ);
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_a_message_that_takes_too_long_to_read_is_refused_by_name),
        T(test_a_message_within_its_time_is_read),
        T(test_an_operator_may_have_it_read_however_long_it_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
