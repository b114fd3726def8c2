/* log.c - one line per event that the operator should know of. */
#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "landbridge/client/show.h"
#include "landbridge/client/time.h"

enum { LINE_ROOM = 1024, QUIET_US = 1000000 };

static const struct {
    const char *name;
    lb_level level;
} ids[LB_LOGS] = {
#define X(name, level) {#name, LB_##level},
    LB_LOG_IDS(X)
#undef X
};

static const char *const level_names[LB_LEVELS] = {"DEBUG", "INFO", "WARN", "ERROR"};

/* The log sink is the only global of the hub. */
static _Atomic int least = LB_INFO;
static _Atomic int64_t quiet_until_us[LB_LOGS];
static _Atomic int64_t held_back[LB_LOGS];
static _Atomic int64_t counted[LB_LOGS];

void lb_log_least(lb_level level)
{
    atomic_store(&least, (int)level);
}

int64_t lb_log_count(lb_log_id id)
{
    return atomic_load(&counted[id]);
}

/* Only warnings and errors are counted instead of repeated; the rest is rare anyway. */
static bool is_repetition(lb_log_id id)
{
    if (ids[id].level < LB_WARN)
        return false;

    int64_t now_us = lb_clock_monotonic_us();
    if (now_us < atomic_load(&quiet_until_us[id])) {
        atomic_fetch_add(&held_back[id], 1);
        return true;
    }
    atomic_store(&quiet_until_us[id], now_us + QUIET_US);
    return false;
}

static size_t clip(int printed, size_t room)
{
    if (printed < 0)
        return 0;
    return (size_t)printed < room ? (size_t)printed : room - 1;
}

static size_t print_head(char *line, size_t room, lb_log_id id)
{
    char time[LB_TIME_ROOM];
    size_t len;

    lb_time_print(time, sizeof time, lb_clock_now_us(), 0);
    len = clip(snprintf(line, room, "%s %s ", time, level_names[ids[id].level]), room);
    for (const char *at = ids[id].name; *at != '\0' && len + 2 < room; at++)
        line[len++] = *at == '_' ? '-' : *at;
    line[len++] = ' ';
    return len;
}

void lb_log(lb_log_id id, const char *format, ...)
{
    char line[LINE_ROOM], shown[LB_SHOW_ROOM * LINE_ROOM + 1];
    va_list facts;

    atomic_fetch_add(&counted[id], 1);
    if ((int)ids[id].level < atomic_load(&least) || is_repetition(id))
        return;

    size_t len = print_head(line, sizeof line - 1, id);
    va_start(facts, format);
    len += clip(vsnprintf(line + len, sizeof line - 1 - len, format, facts), sizeof line - 1 - len);
    va_end(facts);

    int64_t again = atomic_exchange(&held_back[id], 0);
    if (again > 0)
        len += clip(snprintf(line + len, sizeof line - 1 - len, " again=%lld", (long long)again),
                    sizeof line - 1 - len);
    /* A fact may come from outside (a path, a reason): it must not break the line. */
    len = lb_show(shown, sizeof shown - 1, (lb_span){line, len}, LB_SHOW_PLAIN);
    shown[len++] = '\n';
    if (write(STDERR_FILENO, shown, len) < 0)
        return; /* stderr is gone; there is nowhere to report it */
}
