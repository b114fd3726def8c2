/* test_no_hub.c - without a hub every command reports that at once, and an impossible address is a usage error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>

#include "landbridge/client/client.h"
#include "run.h"
#include "scratch.h"

enum { AT_ONCE_MS = 2500, DEADLINE_MS = 20000, USAGE = 2, NO_HUB = 4 };

static run_result result;

static void assert_reported(const char *const *words, int code, const char *what)
{
    run_program(&result, LB_BIN_DIR "/landbridge", words);
    if (result.code != code || result.took_ms > AT_ONCE_MS || strstr(result.said, what) == NULL)
        fail_msg("landbridge %s %s: code %d instead of %d after %lld ms, without '%s': %s",
                 words[0], words[1], result.code, code, (long long)result.took_ms, what,
                 result.said);
}

/* Every command that queries a hub. */
static void assert_all_tell(const char *at, int code, const char *what)
{
    static const char *const commands[][4] = {
        {"admin", "status"},
        {"admin", "verify"},
        {"admin", "rebuild"},
        {"admin", "backup", "/tmp/nowhere"},
        {"admin", "party", "list"},
        {"admin", "audit"},
        {"admin", "audit", "verify"},
        {"send", "/etc/hostname"},
        {"track", "LBKU2048176"},
        {"capacity", "BAN:"},
        {"departures", "--json"},
        {"yard", "--json"},
        {"feeds", "--json"},
        {"quarantine", "list"},
        {"quarantine", "show", "1"},
        {"stream", "--to-head"},
        {"stream", "--from", "7"},
        {"track", "X", "--follow"},
        {"find-space", "--from", "CNULZ", "--to=UZTAS"},
        {"play", "/tmp"},
    };

    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        const char *words[8] = {NULL};
        size_t count = 0;
        while (count < 4 && commands[i][count] != NULL) {
            words[count] = commands[i][count];
            count++;
        }
        words[count++] = "--at";
        words[count] = at;
        assert_reported(words, code, what);
    }
}

static void test_a_folder_without_a_hub_fails_at_once(void **state)
{
    lb_scratch folder;

    (void)state;
    scratch_make(&folder);
    assert_all_tell(folder.folder, NO_HUB, "no landbridged runs on this folder");
    assert_all_tell(scratch_path(&folder, "absent"), NO_HUB, "No such file or directory");
    scratch_remove(&folder);
}

/* Its sockets, its file `endpoints` and its lock are all there still. */
static void test_a_hub_that_was_killed_is_noticed_at_once(void **state)
{
    lb_scratch folder;
    lb_client *client;
    lb_query query;
    const lb_answer *answer;

    (void)state;
    scratch_make(&folder);
    const char *data = scratch_path(&folder, "data"), *config = scratch_path(&folder, "hub.conf");
    assert_true(live_config(config));
    pid_t pid =
        live_start(LB_BIN_DIR "/landbridged", data, config, scratch_path(&folder, "log"), NULL);
    assert_int_equal(lb_client_open(&client, data), LB_OK);
    lb_query_init(&query, LB_ASK_STATUS);
    assert_int_equal(lb_client_ask(client, &query, DEADLINE_MS, &answer), LB_OK);
    assert_reported((const char *const[]){"admin", "status", "--at", data, NULL}, 0, "view");
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    assert_reported((const char *const[]){"admin", "status", "--at", data, NULL}, NO_HUB,
                    "no hub at");
    assert_reported((const char *const[]){"admin", "backup", "/tmp/nowhere", "--at", data, NULL},
                    NO_HUB, "no hub at");
    lb_client_close(&client);
    scratch_remove(&folder);
}

/* Beside the hub that works on the folder, and without it. */
static void test_a_folder_is_dumped_without_its_hub(void **state)
{
    lb_scratch folder;
    char status[SCRATCH_PATH_ROOM];
    const char *dump[] = {"admin", "dump", NULL, NULL};

    (void)state;
    scratch_make(&folder);
    dump[2] = folder.folder;
    assert_reported(dump, 1, "view.db");
    const char *data = scratch_path(&folder, "data"), *config = scratch_path(&folder, "hub.conf");
    assert_true(live_config(config));
    pid_t pid =
        live_start(LB_BIN_DIR "/landbridged", data, config, scratch_path(&folder, "log"), NULL);
    snprintf(status, sizeof status, "%s/query.sock", data);
    for (int64_t until_ms = live_now_ms() + DEADLINE_MS; access(status, F_OK) != 0;)
        assert_true(live_now_ms() < until_ms);
    snprintf(status, sizeof status, "%s", scratch_path(&folder, "status.fsu"));
    FILE *file = fopen(status, "w");
    assert_non_null(file);
    fputs("FSU/14\r\n784-30418264PVGURC/T24K812.5\r\nRCS/12MAR1030/PVG/T24K812.5\r\n", file);
    fclose(file);
    assert_reported((const char *const[]){"send", status, "--at", data, NULL}, 0, "1 kept");
    assert_reported((const char *const[]){"track", "784-30418264", "--at", data, NULL}, 0, "784");
    dump[2] = data;
    assert_reported(dump, 0, "track awb:784-30418264\n");
    kill(pid, SIGTERM);
    waitpid(pid, NULL, 0);
    assert_reported(dump, 0, "track awb:784-30418264\n");
    assert_reported((const char *const[]){"admin", "dump", "--at", data, NULL}, 0, "status = ");
    scratch_remove(&folder);
}

static void test_a_port_without_a_listener_fails_at_once(void **state)
{
    char at[64];

    (void)state;
    snprintf(at, sizeof at, "tcp://127.0.0.1:%d", live_free_ports(4));
    assert_all_tell(at, NO_HUB, "Connection refused");
}

static void test_an_address_that_can_never_work_is_a_usage_error(void **state)
{
    static const char *const addresses[] = {"",
                                            "tcp://",
                                            "tcp://127.0.0.1",
                                            "tcp://127.0.0.1:",
                                            "tcp://:5710",
                                            "tcp://127.0.0.1:0",
                                            "tcp://127.0.0.1:65533",
                                            "tcp://127.0.0.1:99999",
                                            "tcp://127.0.0.1:57l0",
                                            "tcp://127.0.0.1:5710/x",
                                            "tcp://[::1]:5710",
                                            "tcp://*:5710",
                                            "http://127.0.0.1:5710",
                                            "ipc:///tmp/intake.sock",
                                            "/etc/hostname",
                                            "/etc/hostname/data"};
    char too_long[200];

    (void)state;
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++)
        assert_reported((const char *const[]){"admin", "status", "--at", addresses[i], NULL}, USAGE,
                        "--at takes");
    memset(too_long, 'x', sizeof too_long);
    too_long[0] = '/';
    too_long[sizeof too_long - 1] = '\0';
    assert_reported((const char *const[]){"admin", "verify", "--at", too_long, NULL}, USAGE,
                    "107 bytes");
    assert_all_tell("tcp://127.0.0.1:0", USAGE, "--at takes");
}

/* A folder whose lock is held, without sockets: a hub that reads its journal. It is waited for. */
static void test_a_hub_that_starts_is_waited_for(void **state)
{
    lb_scratch folder;
    char path[SCRATCH_PATH_ROOM];

    (void)state;
    scratch_make(&folder);
    const char *data = scratch_path(&folder, "data"), *config = scratch_path(&folder, "hub.conf");
    assert_true(live_config(config));
    pid_t pid =
        live_start(LB_BIN_DIR "/landbridged", data, config, scratch_path(&folder, "log"), NULL);
    snprintf(path, sizeof path, "%s/lock", data);
    for (int64_t until_ms = live_now_ms() + DEADLINE_MS; access(path, F_OK) != 0;)
        assert_true(live_now_ms() < until_ms);
    for (int i = 0; i < 20; i++) { /* from the moment at which it holds its lock */
        RUN(&result, "admin", "status", "--at", data);
        if (result.code == NO_HUB && i < 3)
            continue; /* made, and not yet held */
        assert_int_equal(result.code, 0);
    }
    kill(pid, SIGTERM);
    waitpid(pid, NULL, 0);
    scratch_remove(&folder);
}

/* -- stream --to-head ----------------------------------------------------------------------------------------- */

static void test_a_stream_to_the_head_ends_there_at_once(void **state)
{
    lb_scratch folder;
    char status[SCRATCH_PATH_ROOM];

    (void)state;
    scratch_make(&folder);
    const char *data = scratch_path(&folder, "data"), *config = scratch_path(&folder, "hub.conf");
    assert_true(live_config(config));
    pid_t pid =
        live_start(LB_BIN_DIR "/landbridged", data, config, scratch_path(&folder, "log"), NULL);
    snprintf(status, sizeof status, "%s/query.sock", data);
    for (int64_t until_ms = live_now_ms() + DEADLINE_MS; access(status, F_OK) != 0;)
        assert_true(live_now_ms() < until_ms);
    assert_reported((const char *const[]){"stream", "--to-head", "--at", data, NULL}, 0, "");
    assert_int_equal(result.len, 0); /* no event is there: no output, and no error */
    snprintf(status, sizeof status, "%s", scratch_path(&folder, "status.fsu"));
    FILE *file = fopen(status, "w");
    assert_non_null(file);
    fputs("FSU/14\r\n784-30418264PVGURC/T24K812.5\r\nRCS/12MAR1030/PVG/T24K812.5\r\n", file);
    fclose(file);
    assert_reported((const char *const[]){"send", status, "--at", data, NULL}, 0, "1 kept");
    assert_reported((const char *const[]){"stream", "--to-head", "--at", data, NULL}, 0, "1 ");
    assert_reported((const char *const[]){"stream", "--to-head", "--from", "2", "--at", data, NULL},
                    0, "");
    assert_int_equal(result.len, 0);
    /* Numbers that the journal never had: it may be an older copy of the one that assigned them. */
    assert_reported((const char *const[]){"stream", "--to-head", "--from", "7", "--at", data, NULL},
                    9, "journal");
    kill(pid, SIGTERM);
    waitpid(pid, NULL, 0);
    scratch_remove(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_folder_without_a_hub_fails_at_once),
        cmocka_unit_test(test_a_hub_that_was_killed_is_noticed_at_once),
        cmocka_unit_test(test_a_folder_is_dumped_without_its_hub),
        cmocka_unit_test(test_a_port_without_a_listener_fails_at_once),
        cmocka_unit_test(test_an_address_that_can_never_work_is_a_usage_error),
        cmocka_unit_test(test_a_hub_that_starts_is_waited_for),
        cmocka_unit_test(test_a_stream_to_the_head_ends_there_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
