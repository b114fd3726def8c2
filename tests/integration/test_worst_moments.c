/* test_worst_moments.c - conditions that would block or end a hub: a pipe for a profile, too few descriptors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "landbridge/client/client.h"
#include "run.h"
#include "scratch.h"

enum { DEADLINE_MS = 20000, LOG_ROOM = 64 * 1024 };

static run_result result;

typedef struct small_hub {
    lb_scratch folder;
    char data[SCRATCH_PATH_ROOM], log[SCRATCH_PATH_ROOM], config[SCRATCH_PATH_ROOM];
    pid_t pid;
    lb_client *client;
    char error[64], text[256];
} small_hub;

static void begin(small_hub *hub)
{
    scratch_make(&hub->folder);
    snprintf(hub->data, sizeof hub->data, "%s", scratch_path(&hub->folder, "data"));
    snprintf(hub->log, sizeof hub->log, "%s", scratch_path(&hub->folder, "log"));
    snprintf(hub->config, sizeof hub->config, "%s", scratch_path(&hub->folder, "hub.conf"));
    assert_true(live_config(hub->config));
}

static void on_receipt(void *whose, uint64_t ticket, const lb_receipt *receipt)
{
    small_hub *hub = whose;

    (void)ticket;
    snprintf(hub->error, sizeof hub->error, "%.*s", LB_ARG(receipt->error));
    snprintf(hub->text, sizeof hub->text, "%.*s", LB_ARG(receipt->text));
}

static void start(small_hub *hub)
{
    lb_query query;
    const lb_answer *answer;

    hub->pid = live_start(LB_BIN_DIR "/landbridged", hub->data, hub->config, hub->log, NULL);
    lb_query_init(&query, LB_ASK_STATUS);
    assert_int_equal(lb_client_open(&hub->client, hub->data), LB_OK);
    assert_int_equal(lb_client_ask(hub->client, &query, DEADLINE_MS, &answer), LB_OK);
    lb_client_on_receipt(hub->client, on_receipt, hub);
}

static void end(small_hub *hub)
{
    lb_client_close(&hub->client);
    kill(hub->pid, SIGTERM);
    waitpid(hub->pid, NULL, 0);
    scratch_remove(&hub->folder);
}

static void say_as(small_hub *hub, const char *source)
{
    static const char status[] =
        "FSU/14\r\n784-30418264PVGURC/T24K812.5\r\nRCS/12MAR1030/PVG/T24K812.5\r\n";
    uint64_t ticket;

    assert_int_equal(lb_client_source(hub->client, source), LB_OK);
    assert_int_equal(
        lb_client_push(hub->client, LB_EMPTY, LB_EMPTY, lb_span_of(status), DEADLINE_MS, &ticket),
        LB_OK);
    assert_int_equal(lb_client_flush(hub->client, DEADLINE_MS), LB_OK);
}

/* The feed of that profile is refused with the reason; no other one waits. */
static void test_a_pipe_for_a_profile_stops_its_feed_only(void **state)
{
    static const char *const links[][2] = {
        {"piped", NULL}, {"zero", "/dev/zero"}, {"lost", "/nowhere/at/all"}};
    small_hub hub = {.pid = 0};
    char path[SCRATCH_PATH_ROOM + 32];

    (void)state;
    begin(&hub);
    start(&hub);
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
        snprintf(path, sizeof path, "%s/sources/%s.ini", hub.data, links[i][0]);
        assert_int_equal(links[i][1] == NULL ? mkfifo(path, 0600) : symlink(links[i][1], path), 0);
        say_as(&hub, links[i][0]);
        assert_string_equal(hub.error, "DENIED");
        assert_non_null(strstr(hub.text, i < 2 ? "is no regular file" : "cannot be opened"));
        say_as(&hub, "another");
        assert_string_equal(hub.error, "");
    }
    end(&hub);
}

static void read_log(const small_hub *hub, char text[LOG_ROOM])
{
    FILE *file = fopen(hub->log, "r");

    assert_non_null(file);
    size_t len = fread(text, 1, LOG_ROOM - 1, file);
    text[len] = '\0';
    fclose(file);
}

/* With any number of descriptors the hub works, or reports what ran out and what to raise. */
static void test_too_few_descriptors_are_reported_with_what_to_raise(void **state)
{
    static const rlim_t numbers[] = {12, 16, 20, 24, 32, 40, 48, 64, 80, 96, 128, 200};
    static char text[LOG_ROOM];
    struct rlimit before;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        small_hub hub = {.pid = 0};
        int status = 0;
        begin(&hub);
        pid_t pid = fork();
        if (pid == 0) {
            const struct rlimit few = {numbers[i], numbers[i]};
            if (setrlimit(RLIMIT_NOFILE, &few) == 0 && freopen(hub.log, "a", stderr) != NULL)
                execl(LB_BIN_DIR "/landbridged", "landbridged", "--data", hub.data, "--config",
                      hub.config, (char *)NULL);
            _exit(127);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
        read_log(&hub, text);
        assert_non_null(strstr(text, "what=descriptors"));
        assert_non_null(strstr(text, "LimitNOFILE"));
        scratch_remove(&hub.folder);
    }
}

/* A soft limit that may be raised is raised. */
static void test_a_soft_limit_of_descriptors_is_raised(void **state)
{
    small_hub hub = {.pid = 0};
    struct rlimit before, few;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    few = (struct rlimit){32, before.rlim_max};
    begin(&hub);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    hub.pid = live_start(LB_BIN_DIR "/landbridged", hub.data, hub.config, hub.log, NULL);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    RUN(&result, "admin", "status", "--at", hub.data);
    for (int64_t until_ms = live_now_ms() + DEADLINE_MS; result.code != 0;) {
        assert_true(live_now_ms() < until_ms);
        RUN(&result, "admin", "status", "--at", hub.data);
    }
    end(&hub);
}

/* Endless connections: libzmq would end the hub with the next ipc peer. They come at some 2,000
 * a second, and the hub checks ten times a second. */
static void test_connections_never_take_the_last_descriptors(void **state)
{
    enum { FEW = 1000, MANY = 1200, ROUNDS = 2 };
    small_hub hub = {.pid = 0};
    struct rlimit before;
    int files[MANY], port = live_free_ports(8);

    (void)state;
    begin(&hub);
    FILE *config = fopen(hub.config, "w");
    assert_non_null(config);
    fprintf(config,
            "[listen]\nintake = %d\nquery = %d\nlive = %d\nreplay = %d\njt808 = off\n"
            "curve_intake = off\ncurve_query = off\ncurve_live = %d\ncurve_replay = off\n",
            port, port + 1, port + 2, port + 3, port + 4);
    assert_int_equal(fclose(config), 0);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    const struct rlimit few = {FEW, FEW};
    hub.pid = fork();
    if (hub.pid == 0) {
        if (setrlimit(RLIMIT_NOFILE, &few) == 0 && freopen(hub.log, "a", stderr) != NULL)
            execl(LB_BIN_DIR "/landbridged", "landbridged", "--data", hub.data, "--config",
                  hub.config, (char *)NULL);
        _exit(127);
    }
    for (int64_t until_ms = live_now_ms() + DEADLINE_MS; result.code != 0 || result.len == 0;) {
        assert_true(live_now_ms() < until_ms);
        RUN(&result, "admin", "status", "--at", hub.data);
    }
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < MANY; i++) {
            struct sockaddr_in at = {.sin_family = AF_INET,
                                     .sin_port = htons((uint16_t)(port + i % 5)),
                                     .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
            files[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
            assert_true(files[i] >= 0);
            connect(files[i], (struct sockaddr *)&at, sizeof at);
            usleep(500);
        }
        RUN(&result, "admin", "status", "--at", hub.data);
        assert_int_equal(result.code, 0);
        assert_int_equal(waitpid(hub.pid, NULL, WNOHANG), 0);
        for (int i = 0; i < MANY; i++)
            close(files[i]);
    }
    static char text[LOG_ROOM];
    read_log(&hub, text);
    assert_non_null(strstr(text, "too few descriptors, raise LimitNOFILE"));
    end(&hub);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_pipe_for_a_profile_stops_its_feed_only),
        cmocka_unit_test(test_too_few_descriptors_are_reported_with_what_to_raise),
        cmocka_unit_test(test_a_soft_limit_of_descriptors_is_raised),
        cmocka_unit_test(test_connections_never_take_the_last_descriptors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
