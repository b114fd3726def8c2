/* child.c - starts and stops a temporary hub. */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"

enum { READY_MS = 10 * 1000 };

static bool write_config(const child_hub *hub)
{
    char path[256];
    snprintf(path, sizeof path, "%s/hub.conf", hub->folder);
    FILE *file = fopen(path, "w");
    if (file == NULL)
        return false;
    fputs("[listen]\nintake = 0\ncurve_intake = 0\nquery = off\nlive = off\nreplay = off\n"
          "curve_query = off\ncurve_live = off\ncurve_replay = off\njt808 = off\n"
          "[limits]\nparty_messages = 100000000\nparty_bytes = 1000000000000\n",
          file);
    return fclose(file) == 0;
}

bool child_program(char *path, size_t room)
{
    ssize_t len = readlink("/proc/self/exe", path, room - 1);
    path[len < 0 ? 0 : len] = '\0';
    char *slash = strrchr(path, '/');
    size_t left = slash == NULL ? 0 : room - (size_t)(slash + 1 - path);
    if (slash != NULL && snprintf(slash + 1, left, "landbridged") < (int)left &&
        access(path, X_OK) == 0)
        return true;
    fputs("landbridge: no landbridged beside this program\n", stderr);
    return false;
}

static void become_hub(const child_hub *hub, const char *program)
{
    char config[256], log[256];
    snprintf(config, sizeof config, "%s/hub.conf", hub->folder);
    snprintf(log, sizeof log, "%s/hub.log", hub->folder);
    int out = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (out >= 0) {
        dup2(out, STDOUT_FILENO);
        dup2(out, STDERR_FILENO);
    }
    execl(program, program, "--data", hub->folder, "--config", config, (char *)NULL);
    _exit(127);
}

static bool answers(const child_hub *hub)
{
    lb_client *client;
    lb_query query;
    const lb_answer *answer;
    if (lb_client_open(&client, hub->folder) != LB_OK)
        return false;
    lb_query_init(&query, LB_ASK_STATUS);
    bool is_up = lb_client_ask(client, &query, READY_MS, &answer) == LB_OK;
    lb_client_close(&client);
    return is_up;
}

bool child_start(child_hub *hub)
{
    char program[4096];
    const char *tmp = getenv("TMPDIR");
    hub->pid = 0;
    snprintf(hub->folder, sizeof hub->folder, "%s/landbridge-XXXXXX", tmp == NULL ? "/tmp" : tmp);
    if (!child_program(program, sizeof program))
        return false;
    if (mkdtemp(hub->folder) == NULL || !write_config(hub)) {
        complain("landbridge: cannot make a folder %s: %s\n", hub->folder, strerror(errno));
        return false;
    }
    hub->pid = fork();
    if (hub->pid == 0)
        become_hub(hub, program);
    if (hub->pid > 0 && answers(hub))
        return true;
    complain("landbridge: landbridged did not start; its log is %s/hub.log\n", hub->folder);
    if (hub->pid > 0)
        kill(hub->pid, SIGKILL), waitpid(hub->pid, NULL, 0);
    return false;
}

bool child_endpoint(const child_hub *hub, const char *name, const char *head, char *value,
                    size_t room)
{
    char path[256], line[512];
    bool is_found = false;
    snprintf(path, sizeof path, "%s/endpoints", hub->folder);
    FILE *file = fopen(path, "r");
    while (file != NULL && !is_found && fgets(line, sizeof line, file) != NULL) {
        lb_span words = lb_span_trim(lb_span_of(line)), word;
        is_found = lb_span_cut(&words, ' ', &word) && lb_span_is(word, name) &&
                   lb_span_cut(&words, ' ', &word) && lb_span_starts(words, head) &&
                   words.len < room;
        if (is_found)
            snprintf(value, room, "%.*s", LB_ARG(words));
    }
    if (file != NULL)
        fclose(file);
    return is_found;
}

static int remove_one(const char *path, const struct stat *about, int type, struct FTW *walk)
{
    (void)about, (void)type, (void)walk;
    return remove(path);
}

void child_stop(child_hub *hub)
{
    if (hub->pid <= 0)
        return;
    kill(hub->pid, SIGTERM);
    waitpid(hub->pid, NULL, 0);
    hub->pid = 0;
    nftw(hub->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
