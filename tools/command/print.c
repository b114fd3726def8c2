/* print.c - formatting of values, and reading of files. */
#include "command.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int64_t wall_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

bool is_coloured(FILE *out)
{
    return isatty(fileno(out)) && getenv("NO_COLOR") == NULL;
}

const char *colour(FILE *out, const char *code)
{
    return is_coloured(out) ? code : "";
}

cell show_time_at(int64_t us, int64_t offset_min)
{
    static const char *const days[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    cell out = {"-"};
    if (us == LB_UNKNOWN)
        return out;
    lb_civil civil;
    lb_utc_to_civil(us, offset_min == LB_UNKNOWN ? 0 : (int)offset_min, &civil);
    int64_t day = lb_civil_day(&civil);
    snprintf(out.text, sizeof out.text, "%s %2d %s %02d:%02d", days[((day % 7) + 7) % 7], civil.day,
             months[civil.month - 1], civil.hour, civil.minute);
    return out;
}

cell show_time(const common_options *common, int64_t us)
{
    return show_time_at(us, us == LB_UNKNOWN ? 0 : lb_zone_offset_at(common->zone, us));
}

cell show_number(int64_t value)
{
    cell out = {"unknown"};
    if (value != LB_UNKNOWN)
        snprintf(out.text, sizeof out.text, "%lld", (long long)value);
    return out;
}

cell show_quantity(lb_unit unit, int64_t value)
{
    cell out = {"unknown"};
    if (value == LB_UNKNOWN)
        return out;
    if (unit == LB_UNIT_MILLI_TEU && value % 1000 == 0)
        snprintf(out.text, sizeof out.text, "%lld", (long long)(value / 1000));
    else if (unit == LB_UNIT_MILLI_TEU)
        snprintf(out.text, sizeof out.text, "%lld.%02lld", (long long)(value / 1000),
                 (long long)(llabs(value) % 1000 / 10));
    else
        snprintf(out.text, sizeof out.text, "%lld", (long long)value);
    return out;
}

cell show_age(int64_t now_us, int64_t then_us)
{
    cell out = {"-"};
    if (then_us == LB_UNKNOWN)
        return out;
    int64_t minutes = (now_us - then_us) / LB_MINUTE_US;
    if (minutes < 60)
        snprintf(out.text, sizeof out.text, "%lld min", (long long)minutes);
    else if (minutes < 48 * 60)
        snprintf(out.text, sizeof out.text, "%lld h %lld min", (long long)(minutes / 60),
                 (long long)(minutes % 60));
    else
        snprintf(out.text, sizeof out.text, "%lld d %lld h", (long long)(minutes / 1440),
                 (long long)(minutes % 1440 / 60));
    return out;
}

void progress_start(progress *bar, const char *what, int64_t total)
{
    *bar = (progress){what, total, 0, isatty(fileno(stderr)) != 0};
}

void progress_show(progress *bar, int64_t done)
{
    enum { WIDTH = 40 };
    int64_t now_us = wall_now_us();
    if (!bar->is_on || bar->total <= 0 || now_us - bar->last_us < 100 * 1000)
        return;
    bar->last_us = now_us;
    int filled = (int)(done * WIDTH / bar->total);
    fprintf(stderr, "\r%s [%.*s%*s] %lld/%lld", bar->what, filled,
            "========================================", WIDTH - filled, "", (long long)done,
            (long long)bar->total);
}

void progress_end(progress *bar)
{
    if (bar->is_on && bar->last_us != 0)
        fputs("\r\033[K", stderr);
}

bool file_read(const char *path, size_t max_bytes, char **bytes, size_t *len)
{
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *file = is_stdin ? stdin : fopen(path, "rb");
    if (file == NULL) {
        complain("landbridge: cannot open %s: %s\n", path, strerror(errno));
        return false;
    }
    size_t room = 64 * 1024, used = 0;
    char *at = malloc(room);
    while (at != NULL && used <= max_bytes) {
        size_t got = fread(at + used, 1, room - used, file);
        used += got;
        if (got == 0)
            break;
        if (used == room) {
            char *wider = realloc(at, room *= 2);
            if (wider == NULL)
                free(at);
            at = wider;
        }
    }
    bool is_read = at != NULL && !ferror(file) && used <= max_bytes;
    if (!is_read)
        complain("landbridge: cannot read %s: %s\n", path,
                 used > max_bytes ? "it is too large" : strerror(errno));
    if (!is_stdin)
        fclose(file);
    if (!is_read) {
        free(at);
        return false;
    }
    *bytes = at;
    *len = used;
    return true;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Converts digits without blanks and comments, into `out` unless it is NULL; -1: the text is not
 * hex. */
static long hex_digits(const char *text, size_t len, char *out)
{
    long digits = 0;
    bool in_comment = false;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c == '\n' || c == '\r')
            in_comment = false;
        if (in_comment || c == '\n' || c == '\r' || c == ' ' || c == '\t')
            continue;
        in_comment = c == '#';
        int value = hex_value(c);
        if (value < 0 && !in_comment)
            return -1;
        if (in_comment)
            continue;
        if (out != NULL && digits % 2 == 0)
            out[digits / 2] = (char)(value << 4);
        else if (out != NULL)
            out[digits / 2] = (char)(out[digits / 2] | value);
        digits++;
    }
    return digits;
}

bool hex_read(char *text, size_t *len)
{
    /* checked first: text that is not hex stays as it is */
    long digits = hex_digits(text, *len, NULL);
    if (digits <= 0 || digits % 2 != 0)
        return false;
    hex_digits(text, *len, text);
    *len = (size_t)digits / 2;
    return true;
}
