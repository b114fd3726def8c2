/* test_jt808.c - the adapter of truck terminals: probe, split, answer. Its reading is tested by the goldens of
 * tests/golden/road.jt808. */
#include "frame808.h"
#include "landbridge/adapter/adapter.h"
#include "pack.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define BYTES(...)                                           \
    ((lb_span){(const char *)(const uint8_t[]){__VA_ARGS__}, \
               sizeof((const uint8_t[]){__VA_ARGS__})})

extern const lb_adapter lb_road_jt808;

static lb_span frame_of(char *out, uint16_t id, lb_span body)
{
    lb_808_header header = {
        .id = id, .serial = 0x0102, .terminal = {0x01, 0x39, 0x12, 0x34, 0x56, 0x78}};
    return (lb_span){out, lb_808_write(&header, body, out, LB_808_FRAME_MAX)};
}

/* -- finding ------------------------------------------------------------------------------------- */

static void test_a_whole_frame_is_known_with_and_without_its_flags(void **state)
{
    char out[LB_808_FRAME_MAX];
    (void)state;
    lb_span frame = frame_of(out, 0x0002, LB_EMPTY);
    assert_int_equal(lb_road_jt808.probe(frame), 100);
    assert_in_range(lb_road_jt808.probe((lb_span){frame.at + 1, frame.len - 2}), 50, 99);
    assert_in_range(lb_road_jt808.probe(lb_span_first(frame, 5)), 1, 99);
    assert_int_equal(lb_road_jt808.probe(lb_span_after(frame, 2)), 0);
}

static void test_other_formats_are_not_mine(void **state)
{
    static const char *const others[] = {
        "",          "UNB+UNOA:2",           "<?xml version=\"1.0\"?>",
        "{\"a\":1}", "FSU/14\n160-12345675", "ISA*00*"};
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_int_equal(lb_road_jt808.probe(lb_span_of(others[i])), 0);
}

/* -- cutting ------------------------------------------------------------------------------------- */

static void test_frames_are_cut_at_their_flags(void **state)
{
    (void)state;
    lb_span message, rest = BYTES(0x7E, 1, 0x7E, 0x7E, 2, 0x7E, 3, 0x7E, 4);
    assert_int_equal(lb_road_jt808.split(&rest, &message), LB_OK);
    assert_int_equal(message.len, 3);
    assert_int_equal(lb_road_jt808.split(&rest, &message), LB_OK);
    assert_int_equal(message.len, 3);
    assert_int_equal(message.at[1], 2);
    assert_int_equal(lb_road_jt808.split(&rest, &message), LB_OK); /* one flag for two */
    assert_int_equal(message.at[0], 3);
    assert_int_equal(lb_road_jt808.split(&rest, &message), LB_ERR_CUT_SHORT);
}

static void test_nothing_but_flags_is_no_message(void **state)
{
    (void)state;
    lb_span message, rest = BYTES(0x7E, 0x7E, 0x7E);
    assert_int_equal(lb_road_jt808.split(&rest, &message), LB_ERR_CUT_SHORT);
    assert_int_equal(rest.len, 3);
}

/* -- answering ------------------------------------------------------------------------------------ */

static size_t answer_to(uint16_t id, lb_err kept, char *out, size_t room)
{
    char frame[LB_808_FRAME_MAX];
    lb_reading reading = {.source = lb_source_default()};
    lb_reply reply = {.at = out, .room = room};
    lb_road_jt808.answer(&reading, frame_of(frame, id, BYTES(1, 2, 3)), kept, &reply);
    return reply.len;
}

static void check_answer(uint16_t id, lb_err kept, uint16_t answer, uint8_t result)
{
    char out[256];
    uint8_t plain[256];
    size_t plain_len, len = answer_to(id, kept, out, sizeof out);
    lb_808_header header;
    assert_true(len > 2);
    lb_808_unescape((lb_span){out + 1, len - 2}, plain, &plain_len);
    assert_true(lb_808_header_read((lb_span){(const char *)plain, plain_len}, &header));
    assert_int_equal(header.id, answer);
    assert_int_equal(plain[header.size + (answer == 0x8100 ? 2 : 4)], result);
}

static void test_the_answer_gives_the_result_of_the_message(void **state)
{
    (void)state;
    check_answer(0x0200, LB_OK, 0x8001, 0);
    check_answer(0x0200, LB_ERR_GARBLED, 0x8001, 2);
    check_answer(0x0200, LB_ERR_NOT_READ, 0x8001, 3);
    check_answer(0x0100, LB_OK, 0x8100, 0);
}

static void test_a_message_that_was_not_kept_gets_no_answer(void **state)
{
    char out[256];
    (void)state;
    assert_int_equal(answer_to(0x0200, LB_ERR_FULL, out, sizeof out), 0);
    assert_int_equal(answer_to(0x0200, LB_ERR_IO, out, sizeof out), 0);
    assert_int_equal(answer_to(0x0001, LB_OK, out, sizeof out), 0);
    assert_int_equal(answer_to(0x0201, LB_OK, out, sizeof out), 0);
}

/* -- reading ------------------------------------------------------------------------------------- */

static lb_verdict read_frame(lb_span frame, lb_sink *sink)
{
    lb_reading reading = {.received_us = INT64_C(1773316800000000), .source = lb_source_default()};
    lb_sink_reset(sink);
    return lb_adapter_read(&lb_road_jt808, &reading, frame, sink);
}

static void test_every_cut_of_a_frame_has_a_verdict_and_no_event_too_many(void **state)
{
    static const uint8_t place[28] = {[7] = 3, 0x02, 0x9C, 0xA3, 0xE0, 0x05, 0x38,
                                      0xAB,    0x80, 3,    0x52, 2,    0x0B, 1,
                                      0x0F,    0x26, 0x03, 0x12, 0x17, 0x15, 0};
    char out[LB_808_FRAME_MAX];
    lb_sink *sink = NULL;
    (void)state;
    assert_int_equal(lb_sink_open(&sink, 1024 * 1024), LB_OK);
    lb_span frame = frame_of(out, 0x0200, (lb_span){(const char *)place, sizeof place});
    for (size_t len = 0; len < frame.len; len++) {
        lb_verdict verdict = read_frame(lb_span_first(frame, len), sink);
        assert_true(verdict != LB_VERDICT_READ || lb_sink_count(sink) == 1);
    }
    assert_int_equal(read_frame(frame, sink), LB_VERDICT_READ);
    assert_int_equal(lb_sink_count(sink), 1);
    assert_int_equal(lb_sink_doubts(sink), 0);
    assert_int_equal(lb_sink_event(sink, 0)->pos.lat_e7, 438200000);
    lb_sink_close(&sink);
}

static void test_a_location_needs_28_bytes_and_no_more(void **state)
{
    static const uint8_t place[29] = {[7] = 3, [22] = 0x26, 0x03, 0x12, 0x17, 0x15};
    char out[LB_808_FRAME_MAX];
    lb_sink *sink = NULL;
    (void)state;
    assert_int_equal(lb_sink_open(&sink, 1024 * 1024), LB_OK);
    for (size_t len = 27; len <= 29; len++) {
        lb_span body = {(const char *)place, len};
        lb_verdict expected = len < 28 ? LB_VERDICT_GARBLED : LB_VERDICT_READ;
        assert_int_equal(read_frame(frame_of(out, 0x0200, body), sink), expected);
    }
    lb_sink_close(&sink);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_whole_frame_is_known_with_and_without_its_flags),
        cmocka_unit_test(test_other_formats_are_not_mine),
        cmocka_unit_test(test_frames_are_cut_at_their_flags),
        cmocka_unit_test(test_nothing_but_flags_is_no_message),
        cmocka_unit_test(test_the_answer_gives_the_result_of_the_message),
        cmocka_unit_test(test_a_message_that_was_not_kept_gets_no_answer),
        cmocka_unit_test(test_every_cut_of_a_frame_has_a_verdict_and_no_event_too_many),
        cmocka_unit_test(test_a_location_needs_28_bytes_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
