/* test_jt808_packages.c - the gate for truck terminals: messages that come in several packages. */
#include "landbridge/adapter/adapter.h"

#include <poll.h>

#include "jt808_rig.h"

enum { PART = 900 };

static void say_part(terminal *t, uint16_t first_serial, uint16_t part, uint16_t parts,
                     char message)
{
    char body[PART];
    lb_808_header header = header_of(0x0701, 0x78, (uint16_t)(first_serial + part - 1));
    header.packages = parts;
    header.package = part;
    memset(body, message, sizeof body);
    say(t, header, (lb_span){body, sizeof body});
}

/* The body of the only message of the last submission, its escapes taken back. */
static size_t joined_body(rig *r, uint8_t *plain, lb_808_header *header)
{
    size_t len;
    assert_int_equal(r->submit.messages.count, 1);
    lb_span frame = r->submit.messages.at[0].body;
    lb_span inner = {frame.at + 1, frame.len - 2};
    assert_int_equal(lb_808_unescape(inner, plain, &len), inner.len);
    assert_true(lb_808_header_read((lb_span){(const char *)plain, len}, header));
    return len - header->size - 1u;
}

static void check_joined(rig *r, uint16_t serial, const char *messages)
{
    static uint8_t plain[16 * 1024];
    lb_808_header header;
    size_t len = joined_body(r, plain, &header);
    assert_int_equal(header.serial, serial);
    assert_int_equal(header.packages, 0);
    assert_int_equal(len, PART * strlen(messages));
    for (size_t i = 0; i < len; i++)
        assert_int_equal(plain[header.size + i], messages[i / PART]);
}

static void test_packages_in_any_order_and_twice_are_one_message(void **state)
{
    terminal t;
    (void)state;
    rig *r = open_plain();
    dial(r, &t);
    say_part(&t, 65534, 3, 3, 'c'); /* the serial wraps within the message */
    say_part(&t, 65534, 1, 3, 'a');
    say_part(&t, 65534, 1, 3, 'a');
    say_part(&t, 65534, 2, 3, 'b');
    take_submit(r);
    check_joined(r, 65534, "abc");
    beat(&t, 0x78, 9);
    expect_answer(&t, 0x0002, 9, LB_808_DONE); /* no package has an answer yet */
    give_receipts(r, LB_RESULT_KEPT, NULL);
    expect_answer(&t, 0x0701, 65534, LB_808_DONE);
    expect_answer(&t, 0x0701, 65535, LB_808_DONE);
    expect_answer(&t, 0x0701, 0, LB_808_DONE);
    say_part(&t, 65534, 2, 3, 'b'); /* its answer was lost: it is sent again */
    expect_answer(&t, 0x0701, 65535, LB_808_DONE);
    hang_up(&t);
    close_rig(r);
}

static void test_two_messages_of_one_kind_do_not_mix(void **state)
{
    terminal t;
    (void)state;
    rig *r = open_plain();
    dial(r, &t);
    say_part(&t, 10, 1, 2, 'a');
    say_part(&t, 20, 2, 2, 'y');
    say_part(&t, 10, 2, 2, 'b');
    take_submit(r);
    check_joined(r, 10, "ab");
    give_receipts(r, LB_RESULT_KEPT, NULL);
    say_part(&t, 20, 1, 2, 'x');
    take_submit(r);
    check_joined(r, 20, "xy");
    give_receipts(r, LB_RESULT_KEPT, NULL);
    hang_up(&t);
    close_rig(r);
}

static void test_a_missing_package_is_asked_for(void **state)
{
    terminal t;
    (void)state;
    rig *r = open_rig(&(lb_jt808_options){.package_us = 40 * 1000});
    dial(r, &t);
    say_part(&t, 100, 1, 4, 'a');
    say_part(&t, 100, 3, 4, 'c');
    lb_pack pack = expect_frame(&t, 0x8003);
    assert_int_equal(lb_pack_u16(&pack), 100);
    assert_int_equal(lb_pack_u8(&pack), 2);
    assert_int_equal(lb_pack_u16(&pack), 2);
    assert_int_equal(lb_pack_u16(&pack), 4);
    say_part(&t, 100, 2, 4, 'b');
    say_part(&t, 100, 4, 4, 'd');
    take_submit(r);
    check_joined(r, 100, "abcd");
    hang_up(&t);
    close_rig(r);
}

static void test_packages_that_never_come_are_given_up_after_three_questions(void **state)
{
    terminal t;
    (void)state;
    rig *r = open_rig(&(lb_jt808_options){.package_us = 40 * 1000});
    dial(r, &t);
    say_part(&t, 100, 1, 2, 'a');
    for (int round = 0; round < 3; round++)
        expect_frame(&t, 0x8003);
    for (int tries = 0; counts_of(r).lost_packages == 0 && tries < PATIENCE_MS; tries++)
        poll(NULL, 0, 1);
    assert_int_equal(counts_of(r).lost_packages, 1);
    hang_up(&t);
    close_rig(r);
}

static void test_package_numbers_that_make_no_sense_are_dropped(void **state)
{
    terminal t;
    (void)state;
    rig *r = open_plain();
    dial(r, &t);
    say_part(&t, 100, 0, 2, 'a');
    say_part(&t, 100, 3, 2, 'a');
    say_part(&t, 100, 1, 2, 'a');
    say_part(&t, 100, 2, 3, 'b'); /* the total changed */
    beat(&t, 0x78, 9);
    expect_answer(&t, 0x0002, 9, LB_808_DONE);
    assert_int_equal(counts_of(r).bad_frames, 3);
    hang_up(&t);
    close_rig(r);
}

static void test_a_terminal_that_waits_for_each_package_gets_its_answers(void **state)
{
    terminal t;
    (void)state;
    rig *r = open_rig(&(lb_jt808_options){.answers_packages = true});
    dial(r, &t);
    say_part(&t, 100, 1, 2, 'a');
    expect_answer(&t, 0x0701, 100, LB_808_DONE);
    say_part(&t, 100, 2, 2, 'b');
    take_submit(r);
    give_receipts(r, LB_RESULT_KEPT, NULL);
    expect_answer(&t, 0x0701, 101, LB_808_DONE);
    hang_up(&t);
    close_rig(r);
}

/* A reassembled message is longer than any transmitted frame; the adapter reads it. */
static void test_the_adapter_reads_what_the_gate_put_together(void **state)
{
    static char bill[1500];
    terminal t;
    lb_sink *sink = NULL;
    lb_reading reading = {.received_us = INT64_C(1773316800000000), .source = lb_source_default()};
    (void)state;
    rig *r = open_plain();
    dial(r, &t);
    memset(bill, ';', sizeof bill);
    memcpy(bill, "\0\0\5\330WAYBILL=XJ26031207;CONTAINER=TRKJ6400286", 44);
    for (uint16_t part = 1; part <= 2; part++) {
        lb_808_header header = header_of(0x0701, 0x78, part);
        header.packages = 2;
        header.package = part;
        say(&t, header, (lb_span){bill + (part - 1) * 750, 750});
    }
    take_submit(r);
    assert_int_equal(lb_sink_open(&sink, 4 * 1024 * 1024), LB_OK);
    lb_verdict verdict = lb_adapter_read(lb_adapter_find(LB_SPAN("road.jt808")), &reading,
                                         r->submit.messages.at[0].body, sink);
    assert_int_equal(verdict, LB_VERDICT_READ);
    assert_int_equal(lb_sink_count(sink), 2);
    assert_int_equal(lb_sink_doubts(sink), 0);
    lb_sink_close(&sink);
    hang_up(&t);
    close_rig(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_packages_in_any_order_and_twice_are_one_message),
        cmocka_unit_test(test_two_messages_of_one_kind_do_not_mix),
        cmocka_unit_test(test_a_missing_package_is_asked_for),
        cmocka_unit_test(test_packages_that_never_come_are_given_up_after_three_questions),
        cmocka_unit_test(test_package_numbers_that_make_no_sense_are_dropped),
        cmocka_unit_test(test_a_terminal_that_waits_for_each_package_gets_its_answers),
        cmocka_unit_test(test_the_adapter_reads_what_the_gate_put_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
