/* test_samples - real messages, when the folder with them is there: each is read, none is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SAMPLES LB_SOURCE_DIR "/../shared/samples"

static int inspect(const char *file, char *out, size_t room)
{
    char command[1024];
    snprintf(command, sizeof command,
             "%s/landbridge inspect --text --received 2026-03-12T12:00:00Z %s/%s", LB_BIN_DIR,
             SAMPLES, file);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t len = fread(out, 1, room - 1, pipe);
    out[len] = '\0';
    int status = pclose(pipe);
    return status < 0 ? 99 : WEXITSTATUS(status);
}

static void skip_without_samples(void)
{
    if (access(SAMPLES, R_OK) == 0)
        return;
    puts("SKIPPED: no folder ../shared/samples beside the project");
    skip();
}

/* Refused: exit code 2. `must` are texts that the output must contain. */
static void check_sample(const char *file, const char *const *must)
{
    static char out[1024 * 1024];
    skip_without_samples();
    int code = inspect(file, out, sizeof out);
    if (code != 0 && code != 1)
        fail_msg("%s: exit %d\n%s", file, code, out);
    for (; *must != NULL; must++)
        if (strstr(out, *must) == NULL)
            fail_msg("%s: '%s' is not in\n%s", file, *must, out);
}

static void test_every_terminal_frame_is_read(void **state)
{
    (void)state;
    check_sample("road/jt808.hex",
                 (const char *const[]){"format road.jt808", "PING ACTUAL", "refused 0", NULL});
}

static void test_a_partner_code_keeps_its_text_and_gives_its_estimates(void **state)
{
    (void)state;
    check_sample("hub/iftsta-d00b.edi",
                 (const char *const[]){"format hub.iftsta", "TRHU4561222", "Rail Departed", "USCHI",
                                       "ARRI ESTIMATED", "DEPA ACTUAL", NULL});
}

static void test_a_truck_status_gives_a_stop_for_each_line(void **state)
{
    (void)state;
    check_sample("road/x12-214-1.edi",
                 (const char *const[]){"ARRI ACTUAL", "DLVR ACTUAL", "refused 0", NULL});
}

static void test_a_rail_status_names_its_container(void **state)
{
    (void)state;
    check_sample("rail/x12-322-1.edi", (const char *const[]){"HASU4316", "refused 0", NULL});
    check_sample("rail/x12-322-2.edi", (const char *const[]){"HASU4316", "refused 0", NULL});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_terminal_frame_is_read),
        cmocka_unit_test(test_a_partner_code_keeps_its_text_and_gives_its_estimates),
        cmocka_unit_test(test_a_truck_status_gives_a_stop_for_each_line),
        cmocka_unit_test(test_a_rail_status_names_its_container),
    };
    return cmocka_run_group_tests_name("samples", tests, NULL, NULL);
}
