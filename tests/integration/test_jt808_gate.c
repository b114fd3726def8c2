/* test_jt808_gate.c - the gate for truck terminals: frames, receipts, and the terminals of each connection. */
#include <poll.h>

#include "jt808_rig.h"

/* -- frames -------------------------------------------------------------------------------------- */

static void test_a_frame_in_any_two_pieces_is_answered(void **state)
{
    char frame[64];
    terminal t;
    (void)state;
    rig *r = open_plain();
    dial(r, &t);
    for (size_t cut = 1;; cut++) {
        lb_808_header header = header_of(0x0002, 0x78, (uint16_t)(0x7E00 + cut));
        size_t len = lb_808_write(&header, LB_EMPTY, frame, sizeof frame);
        if (cut >= len)
            break;
        say_bytes(&t, frame, cut);
        say_bytes(&t, frame + cut, len - cut);
        expect_answer(&t, 0x0002, header.serial, LB_808_DONE);
    }
    hang_up(&t);
    close_rig(r);
}

static void test_a_wrong_check_byte_costs_one_frame_and_no_connection(void **state)
{
    char frame[64];
    terminal t;
    lb_808_header header = header_of(0x0002, 0x78, 1);
    (void)state;
    rig *r = open_plain();
    dial(r, &t);
    size_t len = lb_808_write(&header, LB_EMPTY, frame, sizeof frame);
    frame[8] ^= 1;
    say_bytes(&t, frame, len);
    say_bytes(&t, "(not this language)", 19);
    beat(&t, 0x78, 2);
    expect_answer(&t, 0x0002, 2, LB_808_DONE);
    assert_int_equal(counts_of(r).bad_frames, 2);
    hang_up(&t);
    close_rig(r);
}

static void test_a_lost_end_costs_one_frame(void **state)
{
    char frame[64];
    terminal t;
    lb_808_header header = header_of(0x0002, 0x78, 1);
    (void)state;
    rig *r = open_plain();
    dial(r, &t);
    size_t len = lb_808_write(&header, LB_EMPTY, frame, sizeof frame);
    say_bytes(&t, frame, len - 3);
    beat(&t, 0x78, 2);
    beat(&t, 0x78, 3);
    expect_answer(&t, 0x0002, 2, LB_808_DONE);
    expect_answer(&t, 0x0002, 3, LB_808_DONE);
    hang_up(&t);
    close_rig(r);
}

static void test_the_answer_is_in_the_edition_of_the_question(void **state)
{
    terminal t;
    lb_808_header asked = {.id = 0x0004,
                           .serial = 9,
                           .is_2019 = true,
                           .version = 1,
                           .terminal = {0, 0, 0, 0, 0x01, 0x39, 0x12, 0x34, 0x56, 0x78}};
    lb_808_header heard;
    lb_span body;
    (void)state;
    rig *r = open_plain();
    dial(r, &t);
    say(&t, asked, LB_EMPTY);
    assert_true(hear(&t, &heard, &body));
    assert_int_equal(heard.id, 0x8004);
    assert_true(heard.is_2019);
    assert_int_equal(body.len, 6);
    assert_memory_equal(heard.terminal, asked.terminal, sizeof asked.terminal);
    hang_up(&t);
    close_rig(r);
}

/* -- receipts ------------------------------------------------------------------------------------ */

/* Answers come in the order in which they are made: a heartbeat's answer that comes first shows
 * that the report had none yet. */
static void test_a_report_is_answered_after_its_receipt(void **state)
{
    terminal t;
    (void)state;
    rig *r = open_plain();
    dial(r, &t);
    report(&t, 0x78, 1);
    take_submit(r);
    assert_int_equal(r->submit.messages.count, 1);
    assert_true(lb_span_is(r->submit.messages.at[0].format, "road.jt808"));
    assert_int_equal(r->submit.messages.at[0].message_id.len, 0);
    assert_int_equal(r->submit.messages.at[0].body.at[0], 0x7E);
    beat(&t, 0x78, 2);
    expect_answer(&t, 0x0002, 2, LB_808_DONE);
    give_receipts(r, LB_RESULT_KEPT, NULL);
    expect_answer(&t, 0x0200, 1, LB_808_DONE);
    hang_up(&t);
    close_rig(r);
}

static void check_receipt(lb_result result, const char *error, lb_808_result expected)
{
    terminal t;
    rig *r = open_plain();
    dial(r, &t);
    report(&t, 0x78, 1);
    take_submit(r);
    give_receipts(r, result, error);
    expect_answer(&t, 0x0200, 1, expected);
    hang_up(&t);
    close_rig(r);
}

static void test_a_receipt_becomes_the_result_of_the_answer(void **state)
{
    (void)state;
    check_receipt(LB_RESULT_DUPLICATE, NULL, LB_808_DONE);
    check_receipt(LB_RESULT_REFUSED, "GARBLED", LB_808_WRONG);
    check_receipt(LB_RESULT_REFUSED, "NOT_READ", LB_808_NOT_SUPPORTED);
}

static void test_what_the_hub_could_not_keep_gets_no_answer(void **state)
{
    terminal t;
    (void)state;
    rig *r = open_plain();
    dial(r, &t);
    report(&t, 0x78, 1);
    take_submit(r);
    give_receipts(r, LB_RESULT_FAILED, "FULL");
    report(&t, 0x78, 1); /* so it is sent again */
    take_submit(r);
    give_receipts(r, LB_RESULT_KEPT, NULL);
    expect_answer(&t, 0x0200, 1, LB_808_DONE);
    beat(&t, 0x78, 2);
    expect_answer(&t, 0x0002, 2, LB_808_DONE);
    assert_int_equal(counts_of(r).failed, 1);
    hang_up(&t);
    close_rig(r);
}

static void test_a_receipt_that_never_comes_is_given_up(void **state)
{
    terminal t;
    (void)state;
    rig *r = open_rig(&(lb_jt808_options){.receipt_us = 50 * 1000});
    dial(r, &t);
    report(&t, 0x78, 1);
    take_submit(r);
    lb_submit late = r->submit;
    for (int tries = 0; counts_of(r).failed == 0 && tries < PATIENCE_MS; tries++)
        poll(NULL, 0, 1);
    r->submit = late;
    give_receipts(r, LB_RESULT_KEPT, NULL); /* no terminal waits for it any more */
    beat(&t, 0x78, 2);
    expect_answer(&t, 0x0002, 2, LB_808_DONE);
    assert_int_equal(counts_of(r).kept, 0);
    hang_up(&t);
    close_rig(r);
}

static void test_a_hub_that_is_behind_slows_its_terminals_and_loses_nothing(void **state)
{
    enum { REPORTS = 1500 };
    terminal t;
    (void)state;
    rig *r = open_plain();
    dial(r, &t);
    for (int i = 0; i < REPORTS; i++)
        report(&t, 0x78, (uint16_t)i);
    take_submit(r);
    assert_true(r->submit.messages.count < 500); /* not everything was read */
    give_receipts(r, LB_RESULT_KEPT, NULL);
    keep(r, REPORTS - r->submit.messages.count);
    for (int i = 0; i < REPORTS; i++)
        expect_answer(&t, 0x0200, (uint16_t)i, LB_808_DONE);
    hang_up(&t);
    close_rig(r);
}

/* -- connections --------------------------------------------------------------------------------- */

static void test_the_newest_connection_wins_and_the_old_one_gets_its_answers(void **state)
{
    terminal old, new;
    (void)state;
    rig *r = open_plain();
    dial(r, &old);
    report(&old, 0x78, 1);
    take_submit(r);
    dial(r, &new);
    beat(&new, 0x78, 2);
    expect_answer(&new, 0x0002, 2, LB_808_DONE);
    give_receipts(r, LB_RESULT_KEPT, NULL);
    expect_answer(&old, 0x0200, 1, LB_808_DONE);
    expect_end(&old);
    assert_int_equal(counts_of(r).replaced, 1);
    beat(&new, 0x78, 3);
    expect_answer(&new, 0x0002, 3, LB_808_DONE);
    hang_up(&old);
    hang_up(&new);
    close_rig(r);
}

static void test_two_terminals_share_a_connection(void **state)
{
    terminal both, one;
    (void)state;
    rig *r = open_plain();
    dial(r, &both);
    report(&both, 0x11, 1);
    report(&both, 0x22, 1);
    keep(r, 2);
    for (uint8_t i = 0, who = 0x11; i < 2; i++, who = 0x22) {
        lb_808_header header;
        assert_true(hear(&both, &header, NULL));
        assert_int_equal(header.id, 0x8001);
        assert_int_equal(header.terminal[5], who);
    }
    dial(r, &one); /* one of them connects directly: the other stays where it is */
    beat(&one, 0x11, 2);
    expect_answer(&one, 0x0002, 2, LB_808_DONE);
    beat(&both, 0x22, 2);
    expect_answer(&both, 0x0002, 2, LB_808_DONE);
    beat(&both, 0x11, 3); /* the forwarder's copy is answered on its connection */
    expect_answer(&both, 0x0002, 3, LB_808_DONE);
    assert_int_equal(counts_of(r).replaced, 0);
    hang_up(&both);
    hang_up(&one);
    close_rig(r);
}

static void test_silence_closes_a_connection_half_a_frame_too(void **state)
{
    char frame[64];
    terminal t;
    lb_808_header header = header_of(0x0002, 0x78, 1);
    (void)state;
    rig *r = open_rig(&(lb_jt808_options){.idle_us = 60 * 1000});
    dial(r, &t);
    say_bytes(&t, frame, lb_808_write(&header, LB_EMPTY, frame, sizeof frame) / 2);
    expect_end(&t);
    assert_int_equal(counts_of(r).idle, 1);
    hang_up(&t);
    close_rig(r);
}

static void test_a_connection_too_many_is_closed_and_the_others_go_on(void **state)
{
    enum { MANY = 300 };
    static terminal trucks[MANY + 1];
    (void)state;
    rig *r = open_rig(&(lb_jt808_options){.max_connections = MANY});
    for (int i = 0; i < MANY; i++) {
        dial(r, &trucks[i]);
        lb_808_header header = header_of(0x0002, (uint8_t)(i % 100 / 10 * 16 + i % 10), 1);
        header.terminal[4] = (uint8_t)(i / 100);
        say(&trucks[i], header, LB_EMPTY);
        expect_answer(&trucks[i], 0x0002, 1, LB_808_DONE);
    }
    dial(r, &trucks[MANY]);
    expect_end(&trucks[MANY]);
    assert_int_equal(counts_of(r).refused, 1);
    assert_int_equal(counts_of(r).connections, MANY);
    for (int i = 0; i <= MANY; i++)
        hang_up(&trucks[i]);
    close_rig(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_frame_in_any_two_pieces_is_answered),
        cmocka_unit_test(test_a_wrong_check_byte_costs_one_frame_and_no_connection),
        cmocka_unit_test(test_a_lost_end_costs_one_frame),
        cmocka_unit_test(test_the_answer_is_in_the_edition_of_the_question),
        cmocka_unit_test(test_a_report_is_answered_after_its_receipt),
        cmocka_unit_test(test_a_receipt_becomes_the_result_of_the_answer),
        cmocka_unit_test(test_what_the_hub_could_not_keep_gets_no_answer),
        cmocka_unit_test(test_a_receipt_that_never_comes_is_given_up),
        cmocka_unit_test(test_a_hub_that_is_behind_slows_its_terminals_and_loses_nothing),
        cmocka_unit_test(test_the_newest_connection_wins_and_the_old_one_gets_its_answers),
        cmocka_unit_test(test_two_terminals_share_a_connection),
        cmocka_unit_test(test_silence_closes_a_connection_half_a_frame_too),
        cmocka_unit_test(test_a_connection_too_many_is_closed_and_the_others_go_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
