/* test_show.c - characters that move the cursor, end a line or change the text direction are escaped; all others stay. */
#include "landbridge/client/show.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <jansson.h>

#include "record.h"

enum { ROOM = 4096 };

static size_t encode(uint32_t code, char out[4])
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xc0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xe0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3f));
        out[2] = (char)(0x80 | (code & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3f));
    out[2] = (char)(0x80 | (code >> 6 & 0x3f));
    out[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}

/* By an explicit list, independent of the ranges in the tested code. */
static bool is_dangerous(uint32_t code)
{
    static const uint32_t marks[] = {0x061c, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202b, 0x202c,
                                     0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069, 0x7f};
    bool is_mark = false;

    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        is_mark |= code == marks[i];
    return is_mark || code <= 31 || (code >= 128 && code <= 159);
}

static void test_every_character_is_shown_or_written_out(void **state)
{
    char text[4], out[ROOM], expected[16];

    (void)state;
    for (uint32_t code = 0; code <= 0x10ffff; code++) {
        if (code >= 0xd800 && code <= 0xdfff)
            continue;
        size_t len = encode(code, text);
        size_t shown = lb_show(out, sizeof out, (lb_span){text, len}, LB_SHOW_PLAIN);
        if (is_dangerous(code))
            snprintf(expected, sizeof expected, "\\u%04x", (unsigned)code);
        else
            snprintf(expected, sizeof expected, "%.*s", (int)len, text);
        assert_int_equal(shown, strlen(expected));
        assert_string_equal(out, expected);
    }
}

static void test_a_byte_that_is_no_utf8_is_written_out(void **state)
{
    static const struct {
        const char *text, *plain, *json;
    } cases[] = {
        {"a\xff", "a\\xff", "a\\ufffd"},
        {"\x9b[2J", "\\x9b[2J", "\\ufffd[2J"},
        {"\xc2", "\\xc2", "\\ufffd"},
        {"\xe2\x80", "\\xe2\\x80", "\\ufffd\\ufffd"},
        {"\xed\xa0\x80", "\\xed\\xa0\\x80", "\\ufffd\\ufffd\\ufffd"},
        {"\xc0\x9b", "\\xc0\\x9b", "\\ufffd\\ufffd"}, /* a control character in two bytes */
        {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", "\\ufffd\\ufffd\\ufffd\\ufffd"},
    };
    char out[ROOM];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        lb_show(out, sizeof out, lb_span_of(cases[i].text), LB_SHOW_PLAIN);
        assert_string_equal(out, cases[i].plain);
        lb_show(out, sizeof out, lb_span_of(cases[i].text), LB_SHOW_JSON);
        assert_string_equal(out, cases[i].json);
    }
}

/* Escaping twice equals escaping once: the escapes of JSON stay. */
static void test_a_shown_text_stays_valid(void **state)
{
    char once[ROOM], twice[ROOM];

    (void)state;
    lb_show(once, sizeof once, LB_SPAN("\033\x9b \"Ürümqi\" \\ 乌鲁木齐 Урумчи\n\342\200\256"),
            LB_SHOW_PLAIN);
    assert_string_equal(once, "\\u001b\\x9b \"Ürümqi\" \\ 乌鲁木齐 Урумчи\\u000a\\u202e");
    lb_show(twice, sizeof twice, lb_span_of(once), LB_SHOW_PLAIN);
    assert_string_equal(twice, once);
}

static void test_a_text_is_cut_between_characters(void **state)
{
    static const char expected[][12] = {"",  "",  "a",        "a",        "a",        "a",
                                        "a", "a", "a\\u001b", "a\\u001b", "a\\u001bé"};
    char out[16];

    (void)state;
    for (size_t room = 1; room <= 10; room++) {
        size_t len = lb_show(out, room, LB_SPAN("a\033é"), LB_SHOW_PLAIN);
        assert_string_equal(out, expected[room]);
        assert_int_equal(len, strlen(out));
    }
    assert_int_equal(lb_show(out, sizeof out, LB_EMPTY, LB_SHOW_PLAIN), 0);
    assert_string_equal(out, "");
}

/* Every byte pair, in the JSON of a record: another library reads it, and gets the same text if
 * it was valid. */
static void test_json_of_any_text_is_json(void **state)
{
    lb_arena arena;

    (void)state;
    lb_arena_init(&arena, 1 << 20);
    for (unsigned pair = 0; pair < 0x10000; pair++) {
        const char text[] = {(char)(pair >> 8), (char)(pair & 255)};
        lb_event event;
        lb_span json;
        json_error_t error;
        lb_arena_reset(&arena);
        lb_record_init(&lb_record_event, &event);
        event.raw.text = (lb_span){text, sizeof text};
        assert_int_equal(lb_record_json(&lb_record_event, &event, &arena, &json), LB_OK);
        json_t *root = json_loadb(json.at, json.len, JSON_ALLOW_NUL, &error);
        assert_non_null(root);
        const json_t *back = json_object_get(json_object_get(root, "raw"), "text");
        if (lb_utf8_is_valid(event.raw.text))
            assert_memory_equal(json_string_value(back), text, sizeof text);
        json_decref(root);
    }
    lb_arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_character_is_shown_or_written_out),
        cmocka_unit_test(test_a_byte_that_is_no_utf8_is_written_out),
        cmocka_unit_test(test_a_shown_text_stays_valid),
        cmocka_unit_test(test_a_text_is_cut_between_characters),
        cmocka_unit_test(test_json_of_any_text_is_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
