/* test_position - positions as text, and over the wire. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "landbridge/client/position.h"
#include "record.h"

static const lb_position_entry here = {INT64_C(0x1a2b3c4d5e6f70), INT64_C(1773273600000000), 4711,
                                       0};

static lb_err read_text(const char *text, lb_position_entry entries[LB_POSITION_ENTRIES],
                        lb_position *position)
{
    const char *why = NULL;

    lb_err err = lb_position_read(lb_span_of(text), entries, position, &why);
    assert_int_equal(err != LB_OK, why != NULL);
    return err;
}

static void assert_same(const lb_position_entry *a, const lb_position_entry *b)
{
    assert_true(a->hub == b->hub && a->epoch == b->epoch && a->number == b->number);
    assert_int_equal(a->ordinal, b->ordinal);
}

static void print(char out[LB_POSITION_ROOM], const lb_position_entry *one)
{
    lb_position_entry copy = *one;
    const lb_position position = lb_position_of(&copy);

    size_t len = lb_position_print(out, &position);
    assert_true(len > 0);
    assert_int_equal(len, strlen(out));
}

static void test_a_token_is_read_back_as_its_position(void **state)
{
    static const lb_position_entry cases[] = {
        {INT64_C(0x1a2b3c4d5e6f70), INT64_C(1773273600000000), 4711, 0},
        {LB_HUB_ID_MAX, INT64_MAX, INT64_MAX, INT64_MAX},
        {1, 1, 0, 1},
        {LB_UNKNOWN, 7, 12, 0},
        {7, LB_UNKNOWN, 12, 3},
    };
    char text[LB_POSITION_ROOM];
    lb_position_entry entries[LB_POSITION_ENTRIES];
    lb_position position;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print(text, &cases[i]);
        assert_int_equal(text[0], 'P');
        assert_int_equal(strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                      "0123456789-_"),
                         strlen(text)); /* as it is into a URL and a shell */
        assert_int_equal(read_text(text, entries, &position), LB_OK);
        assert_int_equal(position.entries.count, 1);
        assert_same(&position.entries.at[0], &cases[i]);
    }
    print(text, &here);
    assert_true(strlen(text) <= 36); /* fits into a line beside other words */
}

static void test_a_plain_number_is_of_the_hub_that_is_asked(void **state)
{
    const lb_position_entry plain = lb_position_plain(4711);
    char text[LB_POSITION_ROOM];
    lb_position_entry entries[LB_POSITION_ENTRIES];
    lb_position position;

    (void)state;
    print(text, &plain);
    assert_string_equal(text, "4711");
    assert_int_equal(read_text("4711", entries, &position), LB_OK);
    assert_same(&position.entries.at[0], &plain);
    assert_true(position.entries.at[0].hub == LB_UNKNOWN);
}

/* One entry for each journal: a view that follows many keeps one token. */
static void test_a_position_may_speak_of_many_hubs(void **state)
{
    lb_position_entry many[LB_POSITION_ENTRIES + 1], entries[LB_POSITION_ENTRIES];
    char text[LB_POSITION_ROOM];
    lb_position position = {{many, LB_POSITION_ENTRIES, LB_POSITION_ENTRIES}};

    (void)state;
    for (int i = 0; i <= LB_POSITION_ENTRIES; i++)
        many[i] = (lb_position_entry){LB_HUB_ID_MAX - i, INT64_MAX - i, INT64_MAX - i, i};
    assert_true(lb_position_print(text, &position) > 0);
    assert_int_equal(read_text(text, entries, &position), LB_OK);
    assert_int_equal(position.entries.count, LB_POSITION_ENTRIES);
    for (int i = 0; i < LB_POSITION_ENTRIES; i++)
        assert_same(&entries[i], &many[i]);
    position = (lb_position){{many, LB_POSITION_ENTRIES + 1, LB_POSITION_ENTRIES + 1}};
    assert_int_equal(lb_position_print(text, &position), 0);
}

/* Any letter that is changed, left out or added is found. */
static void test_a_garbled_token_is_refused(void **state)
{
    char text[LB_POSITION_ROOM], odd[LB_POSITION_ROOM];
    lb_position_entry entries[LB_POSITION_ENTRIES];
    lb_position position;

    (void)state;
    print(text, &here);
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        snprintf(odd, sizeof odd, "%s", text);
        odd[i] = odd[i] == 'x' ? 'y' : 'x';
        assert_int_equal(read_text(odd, entries, &position), LB_ERR_GARBLED);
        snprintf(odd, sizeof odd, "%.*s%s", (int)i, text, text + i + 1);
        assert_int_equal(read_text(odd, entries, &position), LB_ERR_GARBLED);
        snprintf(odd, sizeof odd, "%.*s", (int)i, text);
        assert_int_equal(read_text(odd, entries, &position), LB_ERR_GARBLED);
        snprintf(odd, sizeof odd, "%.*sA%s", (int)i, text, text + i);
        assert_int_equal(read_text(odd, entries, &position), LB_ERR_GARBLED);
    }
    static const char *const foreign[] = {
        "",      "P",   "-1",   "47 11", "0x10",  " 4711",
        "4711 ", "P==", "PAAA", "Q123",  "seq=1", "99999999999999999999"};
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++)
        assert_int_equal(read_text(foreign[i], entries, &position), LB_ERR_GARBLED);
}

static void test_what_is_no_position_has_no_text(void **state)
{
    lb_position_entry odd[] = {{1, 1, -1, 0}, {-1, 1, 1, 0}, {1, -1, 1, 0}, {1, 1, 1, -1}};
    const lb_position none = {{NULL, 0, 0}};
    char text[LB_POSITION_ROOM];

    (void)state;
    assert_int_equal(lb_position_print(text, &none), 0);
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        const lb_position position = lb_position_of(&odd[i]);
        assert_int_equal(lb_position_print(text, &position), 0);
        assert_string_equal(text, "");
    }
}

static void test_a_position_travels_in_protobuf(void **state)
{
    lb_position_entry one = here;
    const lb_position position = lb_position_of(&one);
    lb_position back;
    lb_arena arena;
    lb_span bytes;

    (void)state;
    lb_arena_init(&arena, 1024 * 1024);
    assert_int_equal(lb_record_pack(&lb_record_position, &position, &arena, &bytes), LB_OK);
    assert_int_equal(lb_record_unpack(&lb_record_position, bytes, &arena, &back), LB_OK);
    assert_int_equal(back.entries.count, 1);
    assert_same(&back.entries.at[0], &here);
    lb_arena_fini(&arena);
}

static void test_ids_of_hubs_have_one_length(void **state)
{
    char text[LB_HUB_ID_ROOM];

    (void)state;
    lb_hub_id_print(text, 1);
    assert_string_equal(text, "00000000000001");
    lb_hub_id_print(text, LB_HUB_ID_MAX);
    assert_string_equal(text, "1fffffffffffff");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_token_is_read_back_as_its_position),
        cmocka_unit_test(test_a_plain_number_is_of_the_hub_that_is_asked),
        cmocka_unit_test(test_a_position_may_speak_of_many_hubs),
        cmocka_unit_test(test_a_garbled_token_is_refused),
        cmocka_unit_test(test_what_is_no_position_has_no_text),
        cmocka_unit_test(test_a_position_travels_in_protobuf),
        cmocka_unit_test(test_ids_of_hubs_have_one_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
