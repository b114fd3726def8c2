/* test_frame808.c - frames of JT/T 808: escapes, streams in any pieces, headers, answers; and the packed
 * fields that they are made of. */
#include "answer808.h"
#include "landbridge/client/time.h"
#include "pack.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define BYTES(...)                                           \
    ((lb_span){(const char *)(const uint8_t[]){__VA_ARGS__}, \
               sizeof((const uint8_t[]){__VA_ARGS__})})

static void assert_span(lb_span got, lb_span expected)
{
    assert_int_equal(got.len, expected.len);
    assert_memory_equal(got.at, expected.at, expected.len);
}

/* A heartbeat of terminal 13912345678 with the check byte `check`, found by trying serials. */
static size_t heartbeat(char *out, uint16_t serial)
{
    lb_808_header header = {
        .id = 0x0002, .serial = serial, .terminal = {0x01, 0x39, 0x12, 0x34, 0x56, 0x78}};
    return lb_808_write(&header, LB_EMPTY, out, 64);
}

/* -- packed fields ------------------------------------------------------------------------------- */

static void test_a_missing_field_reads_as_nothing_and_sets_is_short(void **state)
{
    (void)state;
    lb_pack pack = lb_pack_open(BYTES(0x12, 0x34, 0x56));
    assert_int_equal(lb_pack_u16(&pack), 0x1234);
    assert_false(pack.is_short);
    assert_int_equal(lb_pack_u16(&pack), 0);
    assert_true(pack.is_short);
    assert_int_equal(lb_pack_u8(&pack), 0); /* and stays so */
    assert_int_equal(lb_pack_rest(&pack).len, 0);
}

static void test_a_counted_field_is_whole_or_nothing(void **state)
{
    (void)state;
    lb_pack pack = lb_pack_open(BYTES(2, 'a', 'b', 3, 'c', 'd'));
    assert_span(lb_pack_counted(&pack), BYTES('a', 'b'));
    assert_int_equal(lb_pack_counted(&pack).len, 0);
    assert_true(pack.is_short);
}

static void test_bcd_reports_a_nibble_that_is_no_digit(void **state)
{
    char digits[13];
    (void)state;
    assert_true(lb_bcd_digits(BYTES(0x26, 0x03, 0x12), digits));
    assert_string_equal(digits, "260312");
    assert_false(lb_bcd_digits(BYTES(0x26, 0x0A), digits));
    assert_string_equal(digits, "260A");
}

static void test_padding_is_taken_off_both_ends(void **state)
{
    (void)state;
    assert_span(lb_pack_trim(BYTES(0, 0, 'X', 'J', ' ', 0)), BYTES('X', 'J'));
    assert_int_equal(lb_pack_trim(BYTES(0, ' ', 0)).len, 0);
}

static void test_a_writer_without_room_writes_nothing_more(void **state)
{
    uint8_t room[5];
    lb_packer packer;
    (void)state;
    lb_packer_init(&packer, room, sizeof room);
    lb_put_u32(&packer, 0x01020304);
    lb_put_u16(&packer, 0x0506);
    lb_put_u8(&packer, 7);
    assert_true(packer.is_full);
    assert_span(lb_packer_span(&packer), BYTES(1, 2, 3, 4));
}

/* -- escapes and headers --------------------------------------------------------------------------- */

static void test_escapes_are_taken_back(void **state)
{
    uint8_t plain[16];
    size_t len;
    (void)state;
    lb_span sent = BYTES(0x30, 0x7D, 0x02, 0x08, 0x7D, 0x01, 0x55);
    assert_int_equal(lb_808_unescape(sent, plain, &len), sent.len);
    assert_span((lb_span){(const char *)plain, len}, BYTES(0x30, 0x7E, 0x08, 0x7D, 0x55));
}

static void test_a_wrong_escape_is_named_by_its_place(void **state)
{
    uint8_t plain[16];
    size_t len;
    (void)state;
    assert_int_equal(lb_808_unescape(BYTES(1, 0x7D, 0x03, 2), plain, &len), 1);
    assert_int_equal(len, 1);
    assert_int_equal(lb_808_unescape(BYTES(1, 2, 0x7D), plain, &len), 2);
    assert_int_equal(lb_808_unescape(BYTES(1, 0x7E, 2), plain, &len), 1);
}

static void check_round_trip(lb_808_header header)
{
    char frame[LB_808_FRAME_MAX];
    uint8_t plain[LB_808_PLAIN_MAX];
    lb_808_header read;
    size_t plain_len, len = lb_808_write(&header, BYTES(0x7E, 0x7D, 1), frame, sizeof frame);
    assert_true(len > 0);
    lb_808_unescape((lb_span){frame + 1, len - 2}, plain, &plain_len);
    lb_span whole = {(const char *)plain, plain_len};
    assert_int_equal(lb_808_xor(whole), 0);
    assert_true(lb_808_header_read(whole, &read));
    assert_int_equal(read.declared, 3);
    assert_int_equal(read.size + 3 + 1, plain_len);
    assert_int_equal(read.id, header.id);
    assert_int_equal(read.serial, header.serial);
    assert_int_equal(read.packages, header.packages);
    assert_int_equal(read.package, header.package);
    assert_int_equal(read.is_2019, header.is_2019);
    assert_memory_equal(read.terminal, header.terminal, sizeof read.terminal);
    for (size_t cut = 0; cut < read.size; cut++)
        assert_false(lb_808_header_read(lb_span_first(whole, cut), &read));
}

static void test_headers_of_all_editions_are_read_back_unchanged(void **state)
{
    lb_808_header header = {
        .id = 0x0704, .serial = 0x7E7D, .terminal = {1, 0x39, 0x12, 0x34, 0x56, 0x78}};
    (void)state;
    check_round_trip(header);
    header.packages = 3;
    header.package = 2;
    check_round_trip(header);
    header.is_2019 = true;
    header.version = 1;
    header.terminal[9] = 0x99;
    check_round_trip(header);
    header.packages = header.package = 0;
    check_round_trip(header);
}

static void check_terminal(bool is_2019, lb_span bytes, const char *expected)
{
    char digits[LB_808_TERMINAL_ROOM];
    lb_808_header header = {.is_2019 = is_2019};
    memcpy(header.terminal, bytes.at, bytes.len);
    lb_808_terminal(&header, digits);
    assert_string_equal(digits, expected);
}

static void test_a_terminal_is_its_digits_without_zeros_in_front(void **state)
{
    (void)state;
    check_terminal(false, BYTES(0x01, 0x39, 0x12, 0x34, 0x56, 0x78), "13912345678");
    check_terminal(true, BYTES(0, 0, 0, 0, 1, 0x39, 0x12, 0x34, 0x56, 0x78), "13912345678");
    check_terminal(false, BYTES(0, 0, 0, 0, 0, 0), "0");
    check_terminal(false, BYTES(0x4E, 0xB6, 0xFB, 0x4A, 0xFD, 0x9E), "865478070102068");
    check_terminal(false, BYTES(0, 0, 0, 0, 0xAB, 0xCD), "ABCD");
}

/* -- streams ------------------------------------------------------------------------------------------ */

typedef struct heard {
    size_t frames;
    uint16_t serials[16];
} heard;

static void hear(lb_808_stream *stream, lb_span bytes, heard *all)
{
    lb_span plain;
    lb_808_header header;
    while (lb_808_stream_take(stream, &bytes, &plain)) {
        assert_true(lb_808_header_read(plain, &header));
        all->serials[all->frames++ % 16] = header.serial;
    }
}

static void test_a_frame_may_come_in_any_two_pieces(void **state)
{
    char frame[64];
    lb_808_stream stream;
    (void)state;
    size_t len = heartbeat(frame, 0x7E7D);
    for (size_t cut = 0; cut <= len; cut++) {
        heard all = {.frames = 0};
        lb_808_stream_reset(&stream);
        hear(&stream, (lb_span){frame, cut}, &all);
        hear(&stream, (lb_span){frame + cut, len - cut}, &all);
        assert_int_equal(all.frames, 1);
        assert_int_equal(all.serials[0], 0x7E7D);
        assert_int_equal(stream.bad, 0);
    }
}

/* Two good frames with a bad one between: both are read, and the bad one is counted. */
static void check_resync(lb_span between, int64_t bad)
{
    char frame[64];
    lb_808_stream stream;
    heard all = {.frames = 0};
    lb_808_stream_reset(&stream);
    hear(&stream, (lb_span){frame, heartbeat(frame, 1)}, &all);
    hear(&stream, between, &all);
    hear(&stream, (lb_span){frame, heartbeat(frame, 2)}, &all);
    assert_int_equal(all.frames, 2);
    assert_int_equal(all.serials[1], 2);
    assert_int_equal(stream.bad, bad);
}

static void test_the_stream_finds_the_next_frame_after_anything(void **state)
{
    char wrong[64];
    (void)state;
    size_t len = heartbeat(wrong, 9);
    wrong[5] ^= 1;
    check_resync(LB_EMPTY, 0);
    check_resync(BYTES(0x7E, 0x7E, 0x7E), 0);
    check_resync((lb_span){wrong, len}, 1);                  /* wrong check byte */
    check_resync((lb_span){wrong, len - 1}, 1);              /* and no end */
    check_resync(LB_SPAN("(013612345678BP05)"), 1);          /* another protocol */
    check_resync(BYTES(0x7E, 1, 2, 0x7D, 3, 4, 5, 0x7E), 1); /* a wrong escape */
    check_resync(BYTES(0x7E, 1, 2, 3, 0x7E), 1);             /* too short */
    check_resync(BYTES(0x7E, 1, 2, 0x7D), 1);                /* ends in an escape */
}

static void test_a_frame_has_at_most_1023_bytes_of_body(void **state)
{
    static char frame[4096], body[1200];
    lb_808_header header = {.id = 0x0701, .is_2019 = true, .packages = 2, .package = 1};
    lb_808_stream stream;
    lb_span plain, bytes;
    (void)state;
    memset(body, 0x7E, sizeof body); /* everything escaped */
    lb_808_stream_reset(&stream);
    for (size_t len = LB_808_BODY_MAX - 1; len <= LB_808_BODY_MAX; len++) {
        bytes = (lb_span){frame, lb_808_write(&header, (lb_span){body, len}, frame, sizeof frame)};
        assert_true(bytes.len <= LB_808_FRAME_MAX);
        assert_true(lb_808_stream_take(&stream, &bytes, &plain));
        assert_int_equal(plain.len, LB_808_HEADER_MAX + len);
    }
    bytes = (lb_span){
        frame, lb_808_write(&header, (lb_span){body, LB_808_BODY_MAX + 1}, frame, sizeof frame)};
    assert_false(lb_808_stream_take(&stream, &bytes, &plain));
    assert_int_equal(stream.bad, 1);
}

/* -- answers -------------------------------------------------------------------------------------------- */

static void test_the_general_answer_is_in_the_version_that_asked(void **state)
{
    char out[LB_808_ANSWER_ROOM];
    lb_808_header old = {
        .id = 2, .serial = 0x7FFF, .terminal = {0x01, 0x39, 0x12, 0x34, 0x56, 0x78}};
    lb_808_header new = {.id = 0x0704,
                         .serial = 0xFFFF,
                         .is_2019 = true,
                         .version = 1,
                         .terminal = {0, 0, 0, 0, 0x01, 0x39, 0x12, 0x34, 0x56, 0x78}};
    (void)state;
    size_t len = lb_808_answer(&old, LB_808_DONE, 1, out);
    assert_span((lb_span){out, len - 2},
                BYTES(0x7E, 0x80, 0x01, 0x00, 0x05, 0x01, 0x39, 0x12, 0x34, 0x56, 0x78, 0x00, 0x01,
                      0x7F, 0xFF, 0x00, 0x02, 0x00));
    len = lb_808_answer(&new, LB_808_NOT_SUPPORTED, 0, out);
    assert_span((lb_span){out, 6}, BYTES(0x7E, 0x80, 0x01, 0x40, 0x05, 0x01));
    assert_span((lb_span){out + len - 7, 5}, BYTES(0xFF, 0xFF, 0x07, 0x04, 0x03));
}

static void test_only_a_registered_terminal_gets_a_code(void **state)
{
    char out[LB_808_ANSWER_ROOM];
    lb_808_header asked = {.id = 0x0100, .serial = 5};
    (void)state;
    size_t with = lb_808_answer_register(&asked, LB_808_DONE, LB_SPAN("key"), 0, out);
    assert_memory_equal(out + with - 5, "key", 3);
    size_t without = lb_808_answer_register(&asked, LB_808_WRONG, LB_SPAN("key"), 0, out);
    assert_int_equal(with - without, 3);
}

static void test_the_time_is_utc(void **state)
{
    char out[LB_808_ANSWER_ROOM];
    lb_808_header asked = {.id = 0x0004};
    int64_t now_us = 0;
    (void)state;
    assert_true(lb_time_read(LB_SPAN("2026-03-12T09:15:07Z"), &now_us));
    size_t len = lb_808_answer_time(&asked, now_us, 0, out);
    assert_span((lb_span){out + len - 8, 6}, BYTES(0x26, 0x03, 0x12, 0x09, 0x15, 0x07));
}

static void test_missing_packages_are_counted_in_a_byte_and_since_2019_in_a_word(void **state)
{
    char out[LB_808_ANSWER_ROOM];
    const uint16_t missing[] = {2, 5};
    lb_808_header first = {.id = 0x0701, .serial = 0x0102};
    (void)state;
    size_t len = lb_808_ask_missing(&first, missing, 2, 0, out);
    assert_span((lb_span){out + len - 9, 7}, BYTES(0x01, 0x02, 2, 0, 2, 0, 5));
    first.is_2019 = true;
    len = lb_808_ask_missing(&first, missing, 2, 0, out);
    assert_span((lb_span){out + len - 10, 8}, BYTES(0x01, 0x02, 0, 2, 0, 2, 0, 5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_missing_field_reads_as_nothing_and_sets_is_short),
        cmocka_unit_test(test_a_counted_field_is_whole_or_nothing),
        cmocka_unit_test(test_bcd_reports_a_nibble_that_is_no_digit),
        cmocka_unit_test(test_padding_is_taken_off_both_ends),
        cmocka_unit_test(test_a_writer_without_room_writes_nothing_more),
        cmocka_unit_test(test_escapes_are_taken_back),
        cmocka_unit_test(test_a_wrong_escape_is_named_by_its_place),
        cmocka_unit_test(test_headers_of_all_editions_are_read_back_unchanged),
        cmocka_unit_test(test_a_terminal_is_its_digits_without_zeros_in_front),
        cmocka_unit_test(test_a_frame_may_come_in_any_two_pieces),
        cmocka_unit_test(test_the_stream_finds_the_next_frame_after_anything),
        cmocka_unit_test(test_a_frame_has_at_most_1023_bytes_of_body),
        cmocka_unit_test(test_the_general_answer_is_in_the_version_that_asked),
        cmocka_unit_test(test_only_a_registered_terminal_gets_a_code),
        cmocka_unit_test(test_the_time_is_utc),
        cmocka_unit_test(test_missing_packages_are_counted_in_a_byte_and_since_2019_in_a_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
