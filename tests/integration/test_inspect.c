/* test_inspect.c - inspect shows what was understood of each part of a message, and why not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

enum { ROOM = 64 * 1024 };

/* Runs `landbridge inspect OPTIONS -` on a message; its exit code. */
static int inspect(const char *options, const char *message, char *said)
{
    char path[] = "/tmp/landbridge-inspect-XXXXXX", command[1024];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *file = fdopen(fd, "wb");
    fwrite(message, 1, strlen(message), file);
    fclose(file);
    snprintf(command, sizeof command, "%s/landbridge inspect --received 2026-03-12T12:00:00Z %s %s",
             LB_BIN_DIR, options, path);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t len = fread(said, 1, ROOM - 1, pipe);
    said[len] = '\0';
    int status = pclose(pipe);
    remove(path);
    return WEXITSTATUS(status);
}

static void assert_says(const char *said, const char *what)
{
    if (strstr(said, what) == NULL)
        fail_msg("'%s' is not in:\n%s", what, said);
}

static const char iftsta[] = "UNB+UNOC:3+CNRAIL+LANDPORT+260312:0930+417'"
                             "UNH+1+IFTSTA:D:00B:UN'BGM+77+ST417+9'CNI+1+LB2603170'STS+1+24'"
                             "DTM+334:20260312091500?+08:304'LOC+5+CNULZ:139:6'"
                             "EQD+CN+LBKU2048175+45G1:102:5+++5'UNT+8+1'UNZ+1+417'";

static void test_each_segment_is_shown_beside_its_event_fields(void **state)
{
    char said[ROOM];
    (void)state;
    assert_int_equal(inspect("--explain", iftsta, said), 1);
    assert_says(said, "STS  STS+1+24\n              event 1  raw.code = 24  -> DEPA ACTUAL\n");
    assert_says(said,
                "event 1  occurred.local_text = 20260312091500+08  -> 2026-03-12T01:15:00Z\n");
    assert_says(said, "event 1  place.locode = CNULZ\n");
    assert_says(said, "! event 1  CHECKDIGIT_FAILED, the check digit is wrong: LBKU2048175\n");
    assert_says(said, "event 1  DEPA ACTUAL  2026-03-12T01:15:00Z  CNULZ  LBKU2048175\n");
}

static void test_a_refusal_stands_where_it_happened(void **state)
{
    char said[ROOM];
    (void)state;
    assert_int_equal(inspect("--explain",
                             "UNB+UNOC:3+CNRAIL+LANDPORT+260312:0930+417'"
                             "UNH+1+IFTSTA:D:00B:UN'BGM+77+ST417+9'CNI+1+LB26",
                             said),
                     2);
    assert_says(said, "CNI  CNI+1+LB26\n              ! refused, CUT_SHORT: ");
}

static void test_programs_get_the_same_as_json(void **state)
{
    char said[ROOM];
    (void)state;
    assert_int_equal(inspect("--explain --json", iftsta, said), 1);
    assert_says(said, "{\"part\":\"STS\",\"offset\":96,\"length\":8,\"understood\":"
                      "[{\"event\":1,\"field\":\"raw.code\",\"value\":\"24  -> DEPA ACTUAL\"}]}\n");
}

static void test_a_format_without_parts_is_shown_by_lines(void **state)
{
    char said[ROOM];
    (void)state;
    assert_int_equal(inspect("--explain", "hello\nworld\n", said), 2);
    assert_says(said, "0  line  hello\n");
    assert_says(said, "6  line  world\n");
    assert_says(said, "no adapter reads this format");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_segment_is_shown_beside_its_event_fields),
        cmocka_unit_test(test_a_refusal_stands_where_it_happened),
        cmocka_unit_test(test_programs_get_the_same_as_json),
        cmocka_unit_test(test_a_format_without_parts_is_shown_by_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
