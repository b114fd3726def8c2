/* test_track_follow.c - `landbridge track --follow` prints a track again after a change: to an operator, who may follow the
 * stream, and to a shipper, who may not. */
#include "parties.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

enum { SEEN_ROOM = 64 * 1024 };

typedef struct follower {
    pid_t pid;
    int from; /* its stdout and stderr */
    char seen[SEEN_ROOM];
    size_t len;
} follower;

static void write_key(test_hub *hub, const identity *who, const char *path)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fprintf(file, "public = %s\nsecret = %s\nhub = %s\n", who->own_public, who->own_secret,
            hub->key);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0600), 0);
}

static void become(test_hub *hub, const char *key, int out)
{
    char at[64];

    snprintf(at, sizeof at, "tcp://127.0.0.1:%d", hub->port);
    if (dup2(out, STDOUT_FILENO) >= 0 && dup2(out, STDERR_FILENO) >= 0)
        execl(LB_BIN_DIR "/landbridge", "landbridge", "track", OWN, "--follow", "--at", at, "--key",
              key, (char *)NULL);
    _exit(127);
}

static void begin(follower *one, test_hub *hub, int who)
{
    char path[SCRATCH_PATH_ROOM + 16];
    int ends[2];

    snprintf(path, sizeof path, "%s.key", scratch_path(&hub->folder, hub->who[who].name));
    write_key(hub, &hub->who[who], path);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    *one = (follower){.pid = fork(), .from = ends[0]};
    if (one->pid == 0)
        become(hub, path, ends[1]);
    assert_true(one->pid > 0);
    close(ends[1]);
}

/* Reads until the text has been seen, or the program has ended, which must not be before. */
static void wait_for(follower *one, const char *text)
{
    struct pollfd in = {.fd = one->from, .events = POLLIN};
    int64_t until_ms = live_now_ms() + DEADLINE_MS;

    while (strstr(one->seen, text) == NULL) {
        if (poll(&in, 1, (int)(until_ms - live_now_ms())) <= 0)
            fail_msg("no '%s' in: %s", text, one->seen);
        ssize_t got = read(one->from, one->seen + one->len, SEEN_ROOM - 1 - one->len);
        if (got <= 0)
            fail_msg("it ended before '%s': %s", text, one->seen);
        one->len += (size_t)got;
        one->seen[one->len] = '\0';
    }
}

static void end(follower *one)
{
    kill(one->pid, SIGTERM);
    waitpid(one->pid, NULL, 0);
    close(one->from);
}

static void check_follower(test_hub *hub, int who)
{
    static follower one;

    begin(&one, hub, who);
    wait_for(&one, "AT_ORIGIN");
    say(hub, hub->local,
        "FSU/14\r\n" OWN "PVGURC/T24K812.5\r\n"
        "DEP/CZ5417/12MAR/PVGURC/T24K812.5/A1652\r\n");
    wait_for(&one, "IN_AIR");
    end(&one);
}

static void test_an_operator_s_track_is_printed_again_after_each_change(void **state)
{
    check_follower(*state, CHIEF);
}

static void test_a_shipper_s_track_too_though_it_may_not_follow_the_stream(void **state)
{
    check_follower(*state, SHIPPER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_an_operator_s_track_is_printed_again_after_each_change,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_a_shipper_s_track_too_though_it_may_not_follow_the_stream, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
