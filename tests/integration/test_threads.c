/* test_threads.c - the threads of a hub that runs have the names of base/thread.h, as `ps -L` shows them, and
 * broker/README.md lists the same ones. */
#include "base/thread.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <string.h>

#include "live.h"
#include "scratch.h"

enum {
    DEADLINE_MS = 20000,
    STEP_US = 20000,
    NAME_ROOM = 32,
    ROWS_MAX = 64,
    LINE_ROOM = 1024,
};

typedef struct name_list {
    char at[ROWS_MAX][NAME_ROOM];
    size_t count;
} name_list;

static const struct {
    const char *name;
    bool is_lasting;
} listed[] = {
#define X(id, name, is_lasting) {name, is_lasting},
    LB_THREADS(X)
#undef X
#define LB_GATE(name, sends_as) {#name, true},
#include "gate/gates.def"
};

static void add(name_list *list, const char *name)
{
    assert_true(list->count < ROWS_MAX);
    snprintf(list->at[list->count++], NAME_ROOM, "%.*s", NAME_ROOM - 1, name);
}

static bool has(const name_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->at[i], name) == 0)
            return true;
    return false;
}

static bool is_known(const char *name)
{
    for (size_t i = 0; i < LB_THREAD_NAMES; i++)
        if (strcmp(listed[i].name, name) == 0)
            return true;
    return strcmp(name, "landbridged") == 0 || strncmp(name, "ZMQbg/", 6) == 0;
}

/* -- the hub ---------------------------------------------------------------------------------------- */

static pid_t start(const lb_scratch *folder)
{
    const char *config = scratch_path(folder, "hub.conf");
    FILE *file = fopen(config, "w");

    assert_non_null(file);
    fputs("[listen]\nintake = off\nquery = off\nlive = off\nreplay = off\n", file);
#define LB_GATE_AT(name, sends_as, port) fputs(#name " = 0\n", file);
#include "gate/gates.def"
    assert_int_equal(fclose(file), 0);
    return live_start(LB_BIN_DIR "/landbridged", scratch_path(folder, "data"), config,
                      scratch_path(folder, "log"), NULL);
}

/* A thread that ends while it is looked at has no name any more. */
static void read_threads(pid_t pid, name_list *names)
{
    char path[NAME_ROOM * 3], name[NAME_ROOM];

    names->count = 0;
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *tasks = opendir(path);
    assert_non_null(tasks);
    for (const struct dirent *task; (task = readdir(tasks)) != NULL;) {
        snprintf(path, sizeof path, "/proc/%d/task/%.20s/comm", (int)pid, task->d_name);
        FILE *comm = task->d_name[0] == '.' ? NULL : fopen(path, "r");
        if (comm == NULL)
            continue;
        if (fscanf(comm, "%31s", name) == 1)
            add(names, name);
        fclose(comm);
    }
    closedir(tasks);
}

static bool has_all_that_last(const name_list *names)
{
    for (size_t i = 0; i < LB_THREAD_NAMES; i++)
        if (listed[i].is_lasting && !has(names, listed[i].name))
            return false;
    return true;
}

static bool are_all_known(const name_list *names)
{
    for (size_t i = 0; i < names->count; i++)
        if (!is_known(names->at[i]))
            return false;
    return true;
}

/* A thread that has just started has the name of its maker for a moment. */
static void test_each_thread_of_a_hub_has_the_name_of_the_list(void **state)
{
    lb_scratch folder;
    name_list names = {0};
    int status = 0;

    (void)state;
    scratch_make(&folder);
    pid_t pid = start(&folder);
    assert_true(pid > 0);
    for (int64_t until_ms = live_now_ms() + DEADLINE_MS; live_now_ms() < until_ms;) {
        read_threads(pid, &names);
        if (has_all_that_last(&names) && are_all_known(&names))
            break;
        usleep(STEP_US);
    }
    assert_true(has(&names, "landbridged"));
    for (size_t i = 0; i < LB_THREAD_NAMES; i++)
        if (listed[i].is_lasting && !has(&names, listed[i].name))
            fail_msg("no thread \"%s\"", listed[i].name);
    for (size_t i = 0; i < names.count; i++)
        if (!is_known(names.at[i]))
            fail_msg("a thread \"%s\" that is not in base/thread.h", names.at[i]);
    kill(pid, SIGTERM);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    scratch_remove(&folder);
}

/* -- the page --------------------------------------------------------------------------------------- */

/* The rows below "| thread |": their names stand between back-ticks. */
static void read_page(name_list *names)
{
    char line[LINE_ROOM], name[NAME_ROOM];
    bool is_in_table = false;
    FILE *page = fopen(LB_SOURCE_DIR "/broker/README.md", "r");

    assert_non_null(page);
    while (fgets(line, sizeof line, page) != NULL) {
        if (strncmp(line, "| thread |", 10) == 0)
            is_in_table = true;
        else if (line[0] != '|')
            is_in_table = false;
        else if (is_in_table && sscanf(line, "| `%31[^`]` |", name) == 1)
            add(names, name);
    }
    fclose(page);
}

static void test_the_page_lists_each_thread_and_no_other(void **state)
{
    name_list names = {0};

    (void)state;
    read_page(&names);
    assert_int_equal(names.count, LB_THREAD_NAMES + 1);
    assert_true(has(&names, "landbridged"));
    for (size_t i = 0; i < LB_THREAD_NAMES; i++)
        if (!has(&names, listed[i].name))
            fail_msg("broker/README.md has no row for the thread \"%s\"", listed[i].name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_thread_of_a_hub_has_the_name_of_the_list),
        cmocka_unit_test(test_the_page_lists_each_thread_and_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
