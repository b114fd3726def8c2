/* test_source - profiles of feeds: their keys, and that errors name the line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "landbridge/adapter/adapter.h"
#include "landbridge/adapter/source.h"

static char path[] = "/tmp/landbridge-source-XXXXXX";

static int make_file(void **state)
{
    (void)state;
    int file = mkstemp(path);
    return file < 0 ? -1 : close(file);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

static lb_err open_profile(const char *text, lb_source **source, char *why, size_t room)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
    return lb_source_open(source, path, why, room);
}

static void test_a_profile_has_all_settings_of_a_feed(void **state)
{
    (void)state;
    lb_source *source = NULL;
    lb_source_code code;
    char why[200] = "";
    lb_err err = open_profile("; a feed of the railway\n"
                              "[source]\n"
                              "id      = cr-urumqi\n"
                              "party   = CNRAIL\n"
                              "zone    = Asia/Shanghai\n"
                              "charset = GB18030\n"
                              "formats = hub.iftsta rail.taf\n"
                              "newline_terminator = yes\n"
                              "[codes]\n"
                              "HS:P  = DEPA ACTUAL\n"
                              "HS:EA = ARRI ESTIMATED   ; expected\n"
                              "REC24:888 = STOR\n"
                              "[places]\n"
                              "TAF_PLC:KZ00017 = KZ-ALTYNKOL\n",
                              &source, why, sizeof why);
    if (err != LB_OK)
        fail_msg("%s", why);
    assert_string_equal(lb_source_id(source), "cr-urumqi");
    assert_string_equal(lb_source_party(source), "CNRAIL");
    assert_string_equal(lb_zone_name(lb_source_zone(source)), "Asia/Shanghai");
    assert_string_equal(lb_source_charset(source), "GB18030");
    assert_true(lb_source_newline_terminator(source));
    assert_true(lb_source_may_send(source, "rail.taf"));
    assert_false(lb_source_may_send(source, "air.fsu"));
    assert_true(lb_source_find_code(source, LB_SPAN("HS"), LB_SPAN("EA"), &code));
    assert_int_equal(code.type, LB_EVENT_ARRI);
    assert_int_equal(code.classifier, LB_CLASSIFIER_ESTIMATED);
    assert_true(lb_source_find_code(source, LB_SPAN("REC24"), LB_SPAN("888"), &code));
    assert_int_equal(code.classifier, LB_CLASSIFIER_UNSPECIFIED);
    assert_false(lb_source_find_code(source, LB_SPAN("HS"), LB_SPAN("888"), &code));
    assert_true(lb_span_is(lb_source_find_place(source, LB_SPAN("TAF_PLC"), LB_SPAN("KZ00017")),
                           "KZ-ALTYNKOL"));
    assert_int_equal(lb_source_find_place(source, LB_SPAN("ESR6"), LB_SPAN("KZ00017")).len, 0);
    lb_source_close(&source);
    assert_null(source);
    lb_source_close(&source);
}

static void test_without_a_profile_nothing_is_known_and_any_format_is_accepted(void **state)
{
    (void)state;
    lb_source *source = NULL, *named = NULL;
    assert_int_equal(open_profile("", &source, NULL, 0), LB_OK);
    assert_string_equal(lb_source_id(source), "local");
    assert_string_equal(lb_source_party(source), "");
    assert_null(lb_source_zone(source));
    assert_null(lb_source_charset(source));
    assert_false(lb_source_newline_terminator(source));
    assert_true(lb_source_may_send(source, "air.fsu"));
    lb_source_close(&source);
    assert_int_equal(lb_source_named(&named, LB_SPAN("gate-3")), LB_OK);
    assert_string_equal(lb_source_id(named), "gate-3");
    assert_true(lb_source_may_send(named, "air.fsu"));
    lb_source_close(&named);
}

static void test_a_feed_accepts_only_its_named_senders(void **state)
{
    (void)state;
    lb_source *source = NULL;
    assert_int_equal(open_profile("[source]\nsenders = CNRAIL 0081\n", &source, NULL, 0), LB_OK);
    assert_true(lb_source_is_sender(source, LB_SPAN("CNRAIL")));
    assert_true(lb_source_is_sender(source, LB_SPAN("0081")));
    assert_false(lb_source_is_sender(source, LB_SPAN("CNRAI")));
    assert_false(lb_source_is_sender(source, LB_SPAN("KTZ")));
    assert_true(lb_source_is_sender(source, LB_EMPTY)); /* the message names no sender */
    lb_source_close(&source);
    assert_true(lb_source_is_sender(lb_source_default(), LB_SPAN("KTZ")));
}

/* The flags of an event in a message with sender CNRAIL. */
static int64_t flags_of_message(const lb_source *source)
{
    static const char message[] =
        "UNB+UNOC:3+CNRAIL+LANDPORT+260312:0930+417'UNH+1+IFTSTA:D:00B:UN'"
        "BGM+77+ST417+9'CNI+1+LB2603170'STS+1+24'"
        "DTM+334:20260312091500?+08:304'LOC+5+CNULZ:139:6'"
        "EQD+CN+LBKU2048176+45G1:102:5+++5'UNT+8+1'UNZ+1+417'";
    lb_sink *sink = NULL;
    const lb_reading reading = {.received_us = 0, .source = source};
    assert_int_equal(lb_sink_open(&sink, (size_t)1024 * 1024), LB_OK);
    assert_int_equal(
        lb_adapter_read(lb_adapter_find(LB_SPAN("hub.iftsta")), &reading, LB_SPAN(message), sink),
        LB_VERDICT_READ);
    assert_int_equal(lb_sink_count(sink), 1);
    int64_t flags = lb_sink_event(sink, 0)->quality_flags;
    lb_sink_close(&sink);
    return flags == LB_UNKNOWN ? 0 : flags;
}

static void test_an_event_of_another_sender_is_flagged(void **state)
{
    (void)state;
    lb_source *source = NULL;
    assert_int_equal(open_profile("[source]\nsenders = KTZ CNRAIL\n", &source, NULL, 0), LB_OK);
    assert_int_equal(flags_of_message(source) & LB_FLAG(LB_DOUBT_REF_MISMATCH), 0);
    lb_source_close(&source);
    assert_int_equal(open_profile("[source]\nsenders = KTZ\n", &source, NULL, 0), LB_OK);
    assert_int_not_equal(flags_of_message(source) & LB_FLAG(LB_DOUBT_REF_MISMATCH), 0);
    lb_source_close(&source);
}

static void test_the_constants_of_a_cipher_are_three_numbers(void **state)
{
    (void)state;
    lb_source *source = NULL;
    uint32_t constants[3];
    assert_int_equal(
        open_profile("[source]\njt809_cipher = 30000000  20000000 4294967295\n", &source, NULL, 0),
        LB_OK);
    assert_true(lb_source_jt809_cipher(source, constants));
    assert_int_equal(constants[0], 30000000);
    assert_int_equal(constants[1], 20000000);
    assert_int_equal(constants[2], UINT32_MAX);
    lb_source_close(&source);
    assert_false(lb_source_jt809_cipher(lb_source_default(), constants));
}

static void test_a_wrong_line_is_named_with_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } wrong[] = {
        {"[source]\nid = x\nzome = UTC\n", "line 3: unknown key 'zome' in [source]"},
        {"[source]\nzone = Asia/Atlantis\n", "line 2: unknown zone 'Asia/Atlantis'"},
        {"[source]\nnewline_terminator = maybe\n",
         "line 2: newline_terminator is yes or no, not 'maybe'"},
        {"[sauce]\nid = x\n", "line 2: unknown section [sauce]"},
        {"id = x\n", "line 1: unknown section []"},
        {"\n[codes]\nHS:P = DEPART\n", "line 3: no event type 'DEPART'"},
        {"[codes]\nHS:P = DEPA REAL\n", "line 2: no classifier 'REAL'"},
        {"[codes]\nHS = DEPA\n", "line 2: [codes] takes scheme:code = TYPE [CLASSIFIER], not 'HS'"},
        {"[codes]\nHS: = DEPA\n",
         "line 2: [codes] takes scheme:code = TYPE [CLASSIFIER], not 'HS'"},
        {"[places]\nESR6:1 = ATLANTIS\n", "line 2: no place with the key 'ATLANTIS'"},
        {"[places]\nESR6 = CNULZ\n", "line 2: [places] takes scheme:value = place, not 'ESR6'"},
        {"[source]\nid\n", "line 2: not understood"},
        {"[source\n", "line 1: not understood"},
        {"[source]\njt809_cipher = 1 2\n", "line 2: jt809_cipher is three numbers, not '1 2'"},
        {"[source]\njt809_cipher = 1 2 3 4\n",
         "line 2: jt809_cipher is three numbers, not '1 2 3 4'"},
        {"[source]\njt809_cipher = 1 2 4294967296\n",
         "line 2: jt809_cipher is three numbers, not '1 2 4294967296'"},
        {"[source]\njt809_cipher = 1 2 -3\n",
         "line 2: jt809_cipher is three numbers, not '1 2 -3'"},
        {"[source]\nzome = a\nzime = b\n", "line 2: unknown key 'zome' in [source]"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        lb_source *source = NULL;
        char why[200] = "";
        assert_int_equal(open_profile(wrong[i].text, &source, why, sizeof why), LB_ERR_MISUSE);
        assert_null(source);
        assert_string_equal(why, wrong[i].why);
    }
}

static void test_a_reason_is_cut_to_the_room_there_is(void **state)
{
    (void)state;
    lb_source *source = NULL;
    char why[12];
    assert_int_equal(open_profile("[source]\nzome = a\n", &source, why, sizeof why), LB_ERR_MISUSE);
    assert_string_equal(why, "line 2: unk");
    assert_int_equal(open_profile("[source]\nzome = a\n", &source, NULL, 0), LB_ERR_MISUSE);
}

static void test_a_file_that_is_not_there_is_not_found(void **state)
{
    (void)state;
    lb_source *source = NULL;
    char why[200] = "";
    assert_int_equal(lb_source_open(&source, "/nowhere/at/all.ini", why, sizeof why),
                     LB_ERR_NOT_FOUND);
    assert_string_equal(why, "cannot be opened");
}

/* None of them may block: a pipe would wait for a writer, a device has no end. */
static void test_what_is_no_regular_file_is_no_profile(void **state)
{
    (void)state;
    lb_source *source = NULL;
    char why[200] = "", other[] = "/tmp/landbridge-source-XXXXXX", at[64];
    assert_non_null(mkdtemp(other));
    snprintf(at, sizeof at, "%s/pipe.ini", other);
    assert_int_equal(mkfifo(at, 0600), 0);
    assert_int_equal(lb_source_open(&source, at, why, sizeof why), LB_ERR_NOT_FOUND);
    assert_string_equal(why, "is no regular file");
    assert_int_equal(unlink(at), 0);
    static const char *const targets[] = {"/dev/zero", "/dev/tty", "/"};
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        assert_int_equal(symlink(targets[i], at), 0);
        assert_int_equal(lb_source_open(&source, at, why, sizeof why), LB_ERR_NOT_FOUND);
        assert_string_equal(why, "is no regular file");
        assert_int_equal(unlink(at), 0);
    }
    assert_int_equal(symlink("nowhere", at), 0);
    assert_int_equal(lb_source_open(&source, at, why, sizeof why), LB_ERR_NOT_FOUND);
    assert_string_equal(why, "cannot be opened");
    assert_int_equal(unlink(at), 0);
    assert_int_equal(rmdir(other), 0);
}

static void test_a_profile_has_a_mebibyte_at_most(void **state)
{
    enum { MEBIBYTE = 1024 * 1024 };
    (void)state;
    for (int more = -1; more <= 1; more++) {
        lb_source *source = NULL;
        char why[200] = "";
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        for (int i = 0; i < MEBIBYTE + more; i++)
            putc(i % 64 == 0 ? ';' : i % 64 == 63 ? '\n' : ' ', file);
        assert_int_equal(fclose(file), 0);
        lb_err err = lb_source_open(&source, path, why, sizeof why);
        assert_int_equal(err, more <= 0 ? LB_OK : LB_ERR_NOT_FOUND);
        assert_string_equal(why, more <= 0 ? "" : "is longer than 1 MiB");
        lb_source_close(&source);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_profile_has_all_settings_of_a_feed),
        cmocka_unit_test(test_without_a_profile_nothing_is_known_and_any_format_is_accepted),
        cmocka_unit_test(test_a_feed_accepts_only_its_named_senders),
        cmocka_unit_test(test_an_event_of_another_sender_is_flagged),
        cmocka_unit_test(test_the_constants_of_a_cipher_are_three_numbers),
        cmocka_unit_test(test_a_wrong_line_is_named_with_what_is_wrong),
        cmocka_unit_test(test_a_reason_is_cut_to_the_room_there_is),
        cmocka_unit_test(test_a_file_that_is_not_there_is_not_found),
        cmocka_unit_test(test_what_is_no_regular_file_is_no_profile),
        cmocka_unit_test(test_a_profile_has_a_mebibyte_at_most),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
