/* options.c - reads the command line by a table, and prints help from the same table. */
#include "command.h"

#include <stdlib.h>

enum { COMMON_ROWS = 5 };

static void common_rows(common_options *common, option_row *rows)
{
    rows[0] =
        (option_row){"--at", "HUB", "data folder or tcp://HOST:PORT of the hub", &common->at, NULL};
    rows[4] =
        (option_row){"--key", "FILE", "file with your key (admin keygen)", &common->key, NULL};
    rows[1] = (option_row){"--zone", "ZONE", "clock to print times in (Asia/Shanghai)",
                           &common->zone_name, NULL};
    rows[2] = (option_row){"--json", NULL, "newline-delimited JSON", NULL, &common->json};
    rows[3] = (option_row){"--help", NULL, "this", NULL, &common->help};
}

static void print_rows(const option_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        printf("  %-12s %-10s %s\n", rows[i].name, rows[i].value == NULL ? "" : rows[i].value,
               rows[i].words);
}

static void print_help(const subcommand *self, const option_row *rows, size_t count,
                       const option_row *shared)
{
    printf("landbridge %s - %s\n\nusage: landbridge %s %s\n\n", self->name, self->words, self->name,
           self->usage);
    print_rows(rows, count);
    print_rows(shared, COMMON_ROWS);
    if (self->example != NULL)
        printf("\nexamples:\n%s", self->example);
}

static const option_row *find_row(const option_row *rows, size_t count, lb_span name)
{
    for (size_t i = 0; i < count; i++)
        if (lb_span_is(name, rows[i].name))
            return &rows[i];
    return NULL;
}

/* Takes the option at argv[*i], with its value; false on an error. */
static bool take(const subcommand *self, const option_row *row, int argc, char **argv, int *i)
{
    const char *equals = strchr(argv[*i], '=');
    if (row->value == NULL) {
        *row->flag = true;
        return equals == NULL;
    }
    if (equals != NULL) {
        *row->text = equals + 1;
        return true;
    }
    if (*i + 1 >= argc) {
        complain("landbridge %s: %s needs a value: %s %s\n", self->name, row->name, row->name,
                 row->value);
        return false;
    }
    *row->text = argv[++*i];
    return true;
}

static bool finish_common(common_options *common)
{
    if (common->at == NULL)
        common->at = getenv("LANDBRIDGE_AT");
    if (common->key == NULL)
        common->key = getenv("LANDBRIDGE_KEY");
    if (common->at == NULL)
        common->at = common->key == NULL ? "tcp://127.0.0.1:5710" : "tcp://127.0.0.1:5720";
    if (common->zone_name == NULL)
        common->zone_name = getenv("LANDBRIDGE_ZONE");
    if (common->zone_name == NULL)
        common->zone_name = "Asia/Shanghai";
    common->zone = lb_zone_find(lb_span_of(common->zone_name));
    if (common->zone == NULL)
        complain("landbridge: no zone '%s'; write Asia/Almaty, UTC or +05:00\n", common->zone_name);
    return common->zone != NULL;
}

bool options_read(const subcommand *self, const option_row *rows, size_t count,
                  common_options *common, int argc, char **argv, int *words)
{
    option_row shared[COMMON_ROWS];
    common_rows(common, shared);
    *words = 0;

    for (int i = 0; i < argc; i++) {
        if (argv[i][0] != '-' || argv[i][1] == '\0') {
            argv[(*words)++] = argv[i];
            continue;
        }
        const char *equals = strchr(argv[i], '=');
        lb_span name = equals == NULL ? lb_span_of(argv[i]) : lb_span_between(argv[i], equals);
        const option_row *row = find_row(rows, count, name);
        if (row == NULL)
            row = find_row(shared, COMMON_ROWS, name);
        if (row == NULL) {
            complain("landbridge %s: no option '%s'; `landbridge %s --help` lists them\n",
                     self->name, show_text(name), self->name);
            return false;
        }
        if (!take(self, row, argc, argv, &i))
            return false;
    }
    if (common->help) {
        print_help(self, rows, count, shared);
        return false;
    }
    return finish_common(common);
}

bool option_number(const char *name, const char *text, int64_t least, int64_t most, int64_t *value)
{
    int64_t number;
    if (lb_span_number(lb_span_of(text), &number) && number >= least && number <= most) {
        *value = number;
        return true;
    }
    complain("landbridge: %s takes a whole number from %lld to %lld, not '%s'\n", name,
             (long long)least, (long long)most, text);
    return false;
}

bool option_position(const char *name, const char *text, int64_t least,
                     lb_position_entry entries[LB_POSITION_ENTRIES], lb_position *position)
{
    const char *why = "numbers of events begin at 1";
    if (lb_position_read(lb_span_of(text), entries, position, &why) == LB_OK &&
        entries[0].number >= least)
        return true;
    complain("landbridge: %s takes a number or a position that a hub gave, not '%s': %s\n", name,
             text, why);
    return false;
}

bool option_at_least(const char *text, lb_position_entry entries[LB_POSITION_ENTRIES],
                     lb_query *query)
{
    return text == NULL || option_position("--at-least", text, 0, entries, &query->at_least);
}

/* The next such day of the week, today included; -1 when the text names none. */
static int64_t find_weekday(lb_span text, int64_t today)
{
    static const char *const days[] = {"thu", "fri", "sat", "sun", "mon", "tue", "wed"};
    if (text.len < 3)
        return -1;
    for (int i = 0; i < 7; i++)
        if (strncasecmp(text.at, days[i], 3) == 0)
            return today + (i - today % 7 + 7) % 7; /* day 0 was a Thursday */
    return -1;
}

/* "+3d", "+12h" from now. */
static bool read_offset(lb_span text, int64_t now_us, int64_t *us)
{
    int64_t number;
    if (text.len < 3 || text.at[0] != '+')
        return false;
    char unit = text.at[text.len - 1];
    if (!lb_span_number((lb_span){text.at + 1, text.len - 2}, &number) || number > 10000)
        return false;
    if (unit != 'd' && unit != 'h')
        return false;
    *us = now_us + number * (unit == 'd' ? LB_DAY_US : LB_HOUR_US);
    return true;
}

bool option_time(const char *name, const char *text, const common_options *common, bool is_end,
                 int64_t *us)
{
    lb_span span = lb_span_of(text);
    int64_t now_us = wall_now_us();
    lb_civil civil;
    int64_t offset_min;

    if (lb_span_is(span, "now")) {
        *us = now_us;
        return true;
    }
    if (read_offset(span, now_us, us))
        return true;

    lb_utc_to_civil(now_us, lb_zone_offset_at(common->zone, now_us), &civil);
    int64_t day = find_weekday(span, lb_civil_day(&civil));
    if (day >= 0) {
        lb_civil_from_day(day, &civil);
        offset_min = LB_UNKNOWN;
    } else if (!lb_civil_iso(span, &civil, &offset_min) || !lb_civil_is_valid(&civil)) {
        complain(
            "landbridge: %s takes a day or time: 2026-03-13, 2026-03-13T08:00:00+08:00, fri, now "
            "or +3d, not '%s'\n",
            name, text);
        return false;
    }
    bool is_day = day >= 0 || span.len == 10;
    if (offset_min == LB_UNKNOWN)
        offset_min = lb_zone_offset_for(common->zone, &civil);
    *us = lb_civil_to_utc(&civil, (int)offset_min) + (is_day && is_end ? LB_DAY_US - 1 : 0);
    return true;
}
